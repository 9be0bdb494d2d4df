//! The versions of a post, what each of them changed, and any two of them side by side.

use std::collections::HashSet;

use askama::Template;

use super::reply_word;
use crate::replies::Reply;
use crate::text::clean_line;
use crate::threads::past::compare::{Change, Piece, compare};
use crate::threads::{Practice, Revision, Thread};
use crate::web::page::{Choice, Layout, Now, When};

/// A line of an earlier version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub text: String,
    /// Not in the version before.
    pub new: bool,
}

/// One version of a text.
#[derive(Clone, Debug)]
pub struct Version {
    pub number: i32,
    pub current: bool,
    pub when: When,
    pub title: String,
    pub title_changed: bool,
    pub lines: Vec<Line>,
    /// Lines of the version before that this one no longer has.
    pub gone: Vec<String>,
    /// Whether only what a practice says beside its body was changed.
    pub beside: bool,
}

/// A piece of a comparison, for the template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    pub added: bool,
    pub removed: bool,
    pub text: String,
}

/// One part of a post in two versions: the title, the body, what a practice says beside it.
#[derive(Clone, Debug)]
pub struct ComparedText {
    pub label: &'static str,
    pub parts: Vec<Part>,
}

/// Two versions side by side.
#[derive(Clone, Debug)]
pub struct Compared {
    pub before: String,
    pub after: String,
    /// Those of which anything was changed.
    pub texts: Vec<ComparedText>,
}

/// Of which post the versions are.
#[derive(Clone, Debug)]
pub struct PastOf {
    pub title: String,
    /// `/threads/{id}/revisions` or `/replies/{id}/revisions`.
    pub path: String,
    /// Where the post is.
    pub back: String,
    /// 話題, 回答 …
    pub word: &'static str,
}

impl PastOf {
    pub fn thread(thread: &Thread) -> PastOf {
        PastOf {
            title: thread.title.clone(),
            path: format!("/threads/{}/revisions", thread.id),
            back: format!("/threads/{}", thread.id),
            word: "話題",
        }
    }

    pub fn reply(reply: &Reply, thread: &Thread) -> PastOf {
        PastOf {
            title: thread.title.clone(),
            path: format!("/replies/{}/revisions", reply.id),
            back: format!("/replies/{}", reply.id),
            word: reply_word(thread.kind),
        }
    }
}

/// `/threads/{id}/revisions`, `/replies/{id}/revisions`.
#[derive(Template)]
#[template(path = "threads/revisions.html")]
pub struct RevisionsPage {
    pub layout: Layout,
    pub of: PastOf,
    /// The newest first.
    pub versions: Vec<Version>,
    pub earlier: Vec<Choice>,
    pub later: Vec<Choice>,
    pub compared: Option<Compared>,
}

impl RevisionsPage {
    /// `revisions`: the present one first. `from` and `to`: which two are compared; none where one of them is unknown.
    pub fn new(
        layout: Layout,
        of: PastOf,
        revisions: &[Revision],
        (from, to): (Option<i32>, Option<i32>),
        now: Now,
    ) -> RevisionsPage {
        let mut own: Vec<&Revision> = revisions.iter().collect();
        own.sort_by_key(|revision| std::cmp::Reverse(revision.number));
        let present = own.first().map_or(1, |revision| revision.number);
        let befores = own.iter().skip(1).map(|revision| Some(*revision));
        let versions = own
            .iter()
            .zip(befores.chain(std::iter::once(None)))
            .map(|(revision, before)| version(revision, before, present, now))
            .collect();
        let find = |number: Option<i32>| {
            own.iter()
                .find(|revision| Some(revision.number) == number)
                .copied()
        };
        let compared = find(from).zip(find(to)).map(|(one, other)| {
            let (before, after) = if one.number <= other.number {
                (one, other)
            } else {
                (other, one)
            };
            Compared {
                before: name(before, present, now),
                after: name(after, present, now),
                texts: texts(before, after),
            }
        });
        let choices = |chosen: i32| {
            own.iter()
                .map(|revision| {
                    let here = revision.number == chosen;
                    Choice::new(
                        revision.number.to_string(),
                        name(revision, present, now),
                        here,
                    )
                })
                .collect()
        };
        RevisionsPage {
            layout,
            versions,
            earlier: choices(from.unwrap_or(present.saturating_sub(1))),
            later: choices(to.unwrap_or(present)),
            compared,
            of,
        }
    }
}

/// 「いまの内容（16:12）」
fn name(revision: &Revision, present: i32, now: Now) -> String {
    let when = now.when(revision.written_at).words;
    if revision.number == present {
        format!("いまの内容（{when}）")
    } else {
        format!("{}回目に書いた内容（{when}）", revision.number)
    }
}

fn texts(before: &Revision, after: &Revision) -> Vec<ComparedText> {
    let title = |revision: &Revision| revision.title.clone().unwrap_or_default();
    [
        ("タイトル", title(before), title(after)),
        ("本文", before.body.clone(), after.body.clone()),
        ("実践の項目", said_beside(before), said_beside(after)),
    ]
    .into_iter()
    .filter(|(_, old, new)| old != new)
    .map(|(label, old, new)| ComparedText {
        label,
        parts: compare(&old, &new).into_iter().map(Part::from).collect(),
    })
    .collect()
}

/// What a practice says beside its body, a field a line.
fn said_beside(revision: &Revision) -> String {
    revision
        .practice
        .as_ref()
        .map(Practice::words)
        .unwrap_or_default()
        .into_iter()
        .map(|(label, words)| format!("{label}：{words}\n"))
        .collect()
}

impl From<Piece> for Part {
    fn from(piece: Piece) -> Part {
        Part {
            added: piece.change == Change::Added,
            removed: piece.change == Change::Removed,
            text: piece.text,
        }
    }
}

/// What `revision` changed of `before`; `present` is the number of the present version.
pub fn version(revision: &Revision, before: Option<&Revision>, present: i32, now: Now) -> Version {
    let old: Vec<&str> = before.map(|b| b.body.lines().collect()).unwrap_or_default();
    let lines: Vec<&str> = revision.body.lines().collect();
    let (old_set, new_set): (HashSet<&str>, HashSet<&str>) = (
        old.iter().copied().collect(),
        lines.iter().copied().collect(),
    );
    let blank = |line: &str| clean_line(line).is_empty();
    Version {
        number: revision.number,
        current: revision.number == present,
        when: now.when(revision.written_at),
        title: revision.title.clone().unwrap_or_default(),
        title_changed: before.is_some_and(|before| before.title != revision.title),
        lines: lines
            .iter()
            .map(|line| Line {
                text: (*line).to_owned(),
                new: before.is_some() && !blank(line) && !old_set.contains(line),
            })
            .collect(),
        gone: old
            .iter()
            .filter(|line| !blank(line) && !new_set.contains(*line))
            .map(|line| (*line).to_owned())
            .collect(),
        beside: before.is_some_and(|before| {
            before.title == revision.title
                && before.body == revision.body
                && before.practice != revision.practice
        }),
    }
}
