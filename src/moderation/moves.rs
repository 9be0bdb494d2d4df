//! Putting a thread where it is looked for: kind, school type, policies, initiatives and tags, by those who know the
//! shelves. The words stay the author's.

use super::{Post, REASON, log, place};
use crate::accounts::{Action, Who};
use crate::clock::At;
use crate::db::Db;
use crate::error::{Error, FieldErrors, Result};
use crate::id::Id;
use crate::taxonomy::{self, Vocabulary};
use crate::threads::{self, Kind, Loose, NewThread, Thread, ThreadInput};

/// Where a thread is to stand, as typed.
#[derive(Clone, Debug, Default)]
pub struct MoveInput {
    pub kind: String,
    pub school_type: String,
    pub policies: Vec<String>,
    pub initiatives: Vec<String>,
    pub tags: Vec<String>,
    pub reason: String,
}

impl MoveInput {
    /// Where it stands now.
    pub fn of(thread: &Thread) -> MoveInput {
        let labels = &thread.labels;
        MoveInput {
            kind: thread.kind.to_string(),
            school_type: thread.school_type.clone(),
            policies: labels.policies.iter().map(ToString::to_string).collect(),
            initiatives: labels.initiatives.clone(),
            tags: labels.tags.clone(),
            reason: String::new(),
        }
    }
}

/// Moves a thread. An accepted answer of what is no question any more is one no longer.
///
/// # Errors
/// `Forbidden`, `NotFound`; `Invalid` with everything that must change, also where nothing would.
pub fn move_thread(db: &mut Db, who: &Who, thread: Id, input: &MoveInput, now: At) -> Result<()> {
    who.may(Action::Arrange)?;
    threads::hold(db, thread)?;
    let place = place(db, who, Post::Thread(thread))?;
    let present = &place.thread;
    let mut errors = FieldErrors::default();
    let reason = errors.take(REASON.parse(&input.reason));
    let whole = ThreadInput {
        kind: input.kind.clone(),
        title: present.title.clone(),
        body: present.body.clone(),
        school_type: input.school_type.clone(),
        policies: input.policies.iter().cloned().map(Loose).collect(),
        initiatives: input.initiatives.clone(),
        subject: present.subject.clone(),
        grade: present.grade.clone(),
        tags: input.tags.clone(),
        tools: present.labels.tools.clone(),
        items: present.labels.items.clone(),
        practice: present.practice.clone(),
        sealed: present.signature.is_sealed(),
    };
    let new = match whole.parse(db) {
        Ok(new) => Some(new),
        Err(Error::Invalid(found)) => {
            errors.0.splice(0..0, found.0).for_each(drop);
            None
        }
        Err(error) => return Err(error),
    };
    let (Some(new), Some(reason)) = (new, reason) else {
        return Err(Error::Invalid(errors));
    };
    if new.is_same_as(present) {
        return Err(Error::field(
            "kind",
            "unchanged",
            "変わるところがありません。直すところを選んでから送ってください。",
        ));
    }
    let words = taxonomy::current(db)?;
    let changes = changes(present, &new, &words);
    threads::update(db, present, &new, &present.signature, now)?;
    if new.kind != Kind::Question && present.accepted_reply.is_some() {
        threads::set_accepted(db, thread, None, now)?;
    }
    let reason = format!("{reason}\n{}", changes.join("、"));
    log::decide(db, who, &place, log::Deed::Moved, &reason, now)
}

/// 「種類：質問 → 意見交換」 for everything that changes.
fn changes(old: &Thread, new: &NewThread, words: &Vocabulary) -> Vec<String> {
    let policies = |numbers: &[u8]| {
        let names: Vec<&str> = numbers
            .iter()
            .filter_map(|number| words.policy(*number))
            .map(|policy| policy.short.as_str())
            .collect();
        names.join("・")
    };
    let initiatives = |slugs: &[String]| {
        let names: Vec<&str> = slugs
            .iter()
            .map(|slug| words.initiative_name(slug))
            .collect();
        names.join("・")
    };
    let school_type = |slug: &str| words.school_type_name(slug).to_owned();
    let (before, after) = (&old.labels, &new.labels);
    let parts = [
        (
            "種類",
            old.kind.name().to_owned(),
            new.kind.name().to_owned(),
        ),
        (
            "学校種",
            school_type(&old.school_type),
            school_type(&new.school_type),
        ),
        (
            "基本方針",
            policies(&before.policies),
            policies(&after.policies),
        ),
        (
            "取組",
            initiatives(&before.initiatives),
            initiatives(&after.initiatives),
        ),
        ("タグ", before.tags.join("・"), after.tags.join("・")),
    ];
    let named = |text: String| {
        if text.is_empty() {
            "なし".to_owned()
        } else {
            text
        }
    };
    parts
        .into_iter()
        .filter(|(_, before, after)| before != after)
        .map(|(what, before, after)| format!("{what}：{} → {}", named(before), named(after)))
        .collect()
}
