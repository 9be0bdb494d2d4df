//! The versions of a thread or a reply, and how two of them differ.

pub mod compare;
pub mod http;
mod store;

use super::{Practice, Thread};
use crate::accounts::{Action, Who, Writer};
use crate::clock::At;
use crate::db::Db;
use crate::error::Result;
use crate::id::Id;

/// An earlier version of a thread or of a reply.
#[derive(Clone, Debug)]
pub struct Revision {
    pub number: i32,
    pub title: Option<String>,
    pub body: String,
    /// What a practice said beside its body; None also for versions that were replaced before this was kept.
    pub practice: Option<Practice>,
    pub written_at: At,
    pub reply: Option<Id>,
}

/// What was replaced while a post was out of sight, and all before it, is from now on for its author and moderators alone:
/// whoever puts right what should not have been there must not leave it in the history.
pub fn withhold_versions(db: &mut Db, thread: Id, reply: Option<Id>) -> Result<()> {
    store::withhold_versions(db, thread, reply)
}

/// Whether `who` may read versions that were withheld.
pub fn reads_withheld(who: &Who, author: Writer) -> bool {
    author.is_who(who) || who.can(Action::Moderate)
}

/// A thread as its present version.
fn version(thread: &Thread) -> Revision {
    Revision {
        number: thread.revision,
        title: Some(thread.title.clone()),
        body: thread.body.clone(),
        practice: thread.practice.clone(),
        written_at: thread.updated_at,
        reply: None,
    }
}

/// The versions of a thread that `who` may read, the present one first. Those of its replies are theirs.
pub fn revisions(db: &mut Db, who: &Who, thread: &Thread) -> Result<Vec<Revision>> {
    let mut all = vec![version(thread)];
    let withheld = reads_withheld(who, thread.author);
    all.extend(store::revisions(db, thread.id, withheld)?);
    Ok(all)
}

/// Keeps the version of a thread that an edit replaces.
pub fn keep(db: &mut Db, replaced: &Thread, now: At) -> Result<()> {
    store::insert(db, Id::new(now), replaced.id, &version(replaced))
}

/// Keeps a version of a reply of `thread` that an edit replaces.
pub fn keep_reply_revision(db: &mut Db, thread: Id, kept: &Revision, now: At) -> Result<()> {
    store::insert(db, Id::new(now), thread, kept)
}
