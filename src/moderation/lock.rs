//! Threads in which nothing more is written: everybody reads on, with the reason above.

use super::{Place, Post, REASON, log, place};
use crate::accounts::{Action, Who};
use crate::clock::At;
use crate::db::Db;
use crate::error::Result;
use crate::id::Id;
use crate::text::Rule;
use crate::threads;

/// Why a thread is opened again.
const OPENED: Rule = Rule { hint: "", ..REASON };

/// Locks a thread, or gives a new reason for its being locked.
///
/// # Errors
/// `Forbidden`, `NotFound`, `Invalid` without a reason.
pub fn lock(db: &mut Db, who: &Who, thread: Id, reason: &str, now: At) -> Result<()> {
    let place = held(db, who, thread)?;
    let reason = super::parsed(REASON.parse(reason))?;
    threads::set_lock(db, thread, Some(&reason), now)?;
    log::decide(db, who, &place, log::Deed::Locked, &reason, now)
}

/// Opens a locked thread again; opening an open one is no error.
///
/// # Errors
/// `Forbidden`, `NotFound`, `Invalid` for a reason that is too long.
pub fn unlock(db: &mut Db, who: &Who, thread: Id, reason: &str, now: At) -> Result<()> {
    let place = held(db, who, thread)?;
    let reason = super::parsed(OPENED.parse_optional(reason))?.unwrap_or_default();
    if place.thread.lock.is_none() {
        return Ok(());
    }
    threads::set_lock(db, thread, None, now)?;
    log::decide(db, who, &place, log::Deed::Unlocked, &reason, now)
}

fn held(db: &mut Db, who: &Who, thread: Id) -> Result<Place> {
    who.may(Action::Moderate)?;
    threads::hold(db, thread)?;
    place(db, who, Post::Thread(thread))
}
