//! The versions of a thread, and what each of them changed.

use askama::Template;

use super::kind_nav;
use crate::text::clean_line;
use crate::threads::{Revision, Thread};
use crate::web::page::{Layout, Now, When};

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
}

/// `/threads/{id}/revisions`.
#[derive(Template)]
#[template(path = "threads/revisions.html")]
pub struct RevisionsPage {
    pub layout: Layout,
    pub title: String,
    pub back: String,
    /// The newest first.
    pub versions: Vec<Version>,
}

impl RevisionsPage {
    /// `revisions` as `threads::revisions` gives them; those of replies are left out.
    pub fn new(layout: Layout, thread: &Thread, revisions: &[Revision], now: Now) -> RevisionsPage {
        let mut own: Vec<&Revision> = revisions
            .iter()
            .filter(|revision| revision.reply.is_none())
            .collect();
        own.sort_by_key(|revision| std::cmp::Reverse(revision.number));
        let befores = own.iter().skip(1).map(|revision| Some(*revision));
        let versions = own
            .iter()
            .zip(befores.chain(std::iter::once(None)))
            .map(|(revision, before)| version(revision, before, thread.revision, now))
            .collect();
        RevisionsPage {
            layout: layout.at(kind_nav(Some(thread.kind))),
            title: thread.title.clone(),
            back: format!("/threads/{}", thread.id),
            versions,
        }
    }
}

/// What `revision` changed of `before`; `present` is the number of the present version.
pub fn version(revision: &Revision, before: Option<&Revision>, present: i32, now: Now) -> Version {
    let old: Vec<&str> = before.map(|b| b.body.lines().collect()).unwrap_or_default();
    let lines: Vec<&str> = revision.body.lines().collect();
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
                new: before.is_some() && !blank(line) && !old.contains(line),
            })
            .collect(),
        gone: old
            .iter()
            .filter(|line| !blank(line) && !lines.contains(line))
            .map(|line| (*line).to_owned())
            .collect(),
    }
}
