//! What trainers recommend: a thread with a comment, signed by their role. It is shown on the thread and stands in the
//! digest as the trainers' pick.

pub mod http;
mod store;
pub mod view;

use std::collections::HashMap;

use crate::accounts::{Action, Who};
use crate::clock::At;
use crate::db::Db;
use crate::error::{Error, FieldErrors, Result};
use crate::id::Id;
use crate::text::{Rule, refuse_my_number};
use crate::threads::{self, Visibility};

/// What is said of a thread.
pub const COMMENT: Rule = Rule {
    field: "comment",
    label: "ひとこと",
    max: 200,
    lines: false,
    hint: "どんな先生に、どこを読んでほしいかを書いてください。例：はじめて端末を持ち帰らせる先生に",
};

/// What a trainer says of a thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recommendation {
    pub thread: Id,
    pub comment: String,
    pub at: At,
}

/// Recommends a thread; a second recommendation replaces the first.
///
/// # Errors
/// `Forbidden`, `NotFound`, `Invalid`.
pub fn recommend(db: &mut Db, who: &Who, thread: Id, comment: &str, now: At) -> Result<()> {
    who.may(Action::Curate)?;
    let found = threads::find(db, who, thread)?;
    if found.visibility != Visibility::Visible {
        return Err(Error::Forbidden("公開されている話題だけをすすめられます。"));
    }
    let comment = COMMENT
        .parse(comment)
        .and_then(|comment| refuse_my_number("comment", &comment).map(|()| comment))
        .map_err(|error| Error::Invalid(FieldErrors(vec![error])))?;
    store::save(db, thread, who.member()?.id, &comment, now)
}

/// Takes a recommendation back; taking back what is not there is no error.
///
/// # Errors
/// `Forbidden`, `NotFound` for a thread that `who` may not see.
pub fn withdraw(db: &mut Db, who: &Who, thread: Id) -> Result<()> {
    who.may(Action::Curate)?;
    threads::find(db, who, thread)?;
    store::remove(db, thread)
}

/// What is said of a thread; that `who` may see it is the caller's check.
pub fn of_thread(db: &mut Db, thread: Id) -> Result<Option<Recommendation>> {
    store::of_thread(db, thread)
}

/// Threads recommended after `since`, up to `until`, the newest first, for the house.
pub fn recommended(db: &mut Db, since: At, until: At) -> Result<Vec<Id>> {
    store::recommended(db, since, until)
}

/// What is said of these threads.
pub fn comments(db: &mut Db, threads: &[Id]) -> Result<HashMap<Id, String>> {
    Ok(store::comments(db, threads)?.into_iter().collect())
}
