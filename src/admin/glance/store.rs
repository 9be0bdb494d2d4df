//! Counting over all domains' tables, for the administrator's page alone.

use diesel::dsl::{count_star, min};
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use crate::accounts::{Role, State};
use crate::clock::At;
use crate::db::Db;
use crate::db::schema::{accounts, jobs, outbox, replies, threads};
use crate::error::Result;
use crate::jobs::State as JobState;
use crate::notices::outbox::State as LetterState;
use crate::threads::{Kind, Visibility};

pub fn people(db: &mut Db) -> Result<Vec<(State, i64)>> {
    Ok(accounts::table
        .group_by(accounts::state)
        .select((accounts::state, count_star()))
        .load(db)?)
}

pub fn roles(db: &mut Db) -> Result<Vec<(Role, i64)>> {
    Ok(accounts::table
        .filter(accounts::state.eq(State::Active))
        .group_by(accounts::role)
        .select((accounts::role, count_star()))
        .load(db)?)
}

pub fn threads(db: &mut Db) -> Result<Vec<(Kind, Visibility, i64)>> {
    Ok(threads::table
        .group_by((threads::kind, threads::visibility))
        .select((threads::kind, threads::visibility, count_star()))
        .load(db)?)
}

pub fn replies(db: &mut Db) -> Result<Vec<(Visibility, i64)>> {
    Ok(replies::table
        .group_by(replies::visibility)
        .select((replies::visibility, count_star()))
        .load(db)?)
}

const WAITING: [LetterState; 2] = [LetterState::Queued, LetterState::Sending];

pub fn letters(db: &mut Db) -> Result<i64> {
    Ok(outbox::table
        .filter(outbox::state.eq_any(WAITING))
        .count()
        .get_result(db)?)
}

pub fn letters_by_state(db: &mut Db) -> Result<Vec<(LetterState, i64)>> {
    Ok(outbox::table
        .group_by(outbox::state)
        .select((outbox::state, count_star()))
        .load(db)?)
}

/// The earliest moment for which a job or a letter waits.
pub fn oldest_due(db: &mut Db) -> Result<Option<At>> {
    let job: Option<At> = jobs::table
        .filter(jobs::state.ne(JobState::Dead))
        .select(min(jobs::run_at))
        .first(db)?;
    let letter: Option<At> = outbox::table
        .filter(outbox::state.eq_any(WAITING))
        .select(min(outbox::run_at))
        .first(db)?;
    Ok([job, letter].into_iter().flatten().min())
}

#[derive(QueryableByName)]
struct Bytes {
    #[diesel(sql_type = BigInt)]
    bytes: i64,
}

/// What the database takes up, without a write-ahead log.
pub fn database_bytes(db: &mut Db) -> Result<i64> {
    let row: Bytes = match db {
        Db::Sqlite(sqlite) => diesel::sql_query(
            "SELECT page_count * page_size AS bytes FROM pragma_page_count(), pragma_page_size()",
        )
        .get_result(sqlite)?,
        Db::Postgres(pg) => {
            diesel::sql_query("SELECT pg_database_size(current_database()) AS bytes")
                .get_result(pg)?
        }
    };
    Ok(row.bytes)
}
