//! How the forum stands: how much it holds, what waits, which jobs were given up.

pub mod http;
mod store;
pub mod view;

use std::path::Path;

use crate::accounts::{self, Action, Role, Who};
use crate::clock::At;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::id::Id;
use crate::jobs::{self, Dead};
use crate::notices::outbox::State as LetterState;
use crate::threads::{Kind, Visibility};

/// Given-up jobs that the page shows.
pub const DEAD: i64 = 50;

/// What is counted. Every number is of this moment; bytes are those on disk.
#[derive(Clone, Debug)]
pub struct Figures {
    /// Accounts by state.
    pub people: Vec<(accounts::State, i64)>,
    /// Active accounts by role.
    pub roles: Vec<(Role, i64)>,
    /// Threads by kind and visibility.
    pub threads: Vec<(Kind, Visibility, i64)>,
    pub replies: Vec<(Visibility, i64)>,
    /// Jobs that wait or run.
    pub queued: i64,
    pub dead_jobs: i64,
    /// Letters that are still to leave.
    pub letters: i64,
    /// The oldest moment for which a job or letter waits, if it has passed.
    pub late_since: Option<At>,
    pub database_bytes: i64,
}

/// # Errors
/// `SignInRequired`, `Forbidden`.
pub fn figures(db: &mut Db, who: &Who, now: At) -> Result<Figures> {
    who.may(Action::Administer)?;
    let (queued, dead_jobs) = jobs::counts(db)?;
    Ok(Figures {
        people: store::people(db)?,
        roles: store::roles(db)?,
        threads: store::threads(db)?,
        replies: store::replies(db)?,
        queued,
        dead_jobs,
        letters: store::letters(db)?,
        late_since: store::oldest_due(db)?.filter(|due| *due < now),
        database_bytes: store::database_bytes(db)?,
    })
}

/// The jobs that were given up, the last first.
///
/// # Errors
/// `SignInRequired`, `Forbidden`.
pub fn dead(db: &mut Db, who: &Who) -> Result<Vec<Dead>> {
    who.may(Action::Administer)?;
    jobs::dead(db, DEAD)
}

/// Lets a given-up job be tried again.
///
/// # Errors
/// `SignInRequired`, `Forbidden`; `NotFound` for one that is not given up.
pub fn retry(db: &mut Db, who: &Who, job: Id, now: At) -> Result<()> {
    who.may(Action::Administer)?;
    found(jobs::revive(db, job, now)?)
}

/// Removes a given-up job for good.
///
/// # Errors
/// As `retry`.
pub fn discard(db: &mut Db, who: &Who, job: Id) -> Result<()> {
    who.may(Action::Administer)?;
    found(jobs::discard(db, job)?)
}

fn found(there: bool) -> Result<()> {
    if there { Ok(()) } else { Err(Error::NotFound) }
}

/// Letters by state, for the house.
pub fn letters_by_state(db: &mut Db) -> Result<Vec<(LetterState, i64)>> {
    store::letters_by_state(db)
}

/// The earliest moment for which a job or a letter waits, for the house.
pub fn oldest_due(db: &mut Db) -> Result<Option<At>> {
    store::oldest_due(db)
}

/// For the house.
pub fn database_bytes(db: &mut Db) -> Result<i64> {
    store::database_bytes(db)
}

/// Bytes of all files below `folder`; what cannot be read counts nothing, as it may just be going.
pub fn bytes_below(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return 0;
    };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(data) if data.is_dir() => bytes_below(&entry.path()),
            Ok(data) => data.len(),
            Err(_) => 0,
        })
        .sum()
}
