//! What others say of a thread as a whole: that trainers recommend it, that it no longer holds, where it was tried. Higher
//! domains decide it; it is kept here so that lists, cards and the search index need no further query.

use super::store;
use crate::clock::At;
use crate::db::Db;
use crate::error::Result;
use crate::feed::{self, Subject};
use crate::id::Id;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Trainers recommend it.
    pub recommended: bool,
    /// What it says was found not to hold any more.
    pub outdated: bool,
    /// Visible records of those who tried it.
    pub tries: i32,
    /// School types in which it was tried.
    pub tried_types: i32,
}

/// The sum of what was tried of a practice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tried {
    pub tries: i32,
    pub types: i32,
    /// What lists by `Sort::Tried` go by; 0 for what nobody tried.
    pub worth: i32,
}

/// Who may is the caller's rule, as for all below.
pub fn set_recommended(db: &mut Db, id: Id, recommended: bool, now: At) -> Result<()> {
    store::set_recommended(db, id, recommended)?;
    feed::append(db, Subject::Thread, id, now)
}

pub fn set_outdated(db: &mut Db, id: Id, outdated: bool, now: At) -> Result<()> {
    store::set_outdated(db, id, outdated)?;
    feed::append(db, Subject::Thread, id, now)
}

pub fn set_tried(db: &mut Db, id: Id, tried: Tried, now: At) -> Result<()> {
    store::set_tried(db, id, tried)?;
    feed::append(db, Subject::Thread, id, now)
}
