//! SQL of proposals.

use diesel::prelude::*;

use super::{Own, State};
use crate::clock::At;
use crate::db::schema::{proposals, threads};
use crate::db::{Db, MultiBackend};
use crate::error::Result;
use crate::id::Id;
use crate::threads::{Cursor, Visibility};

pub fn insert(db: &mut Db, id: Id, thread: Id, proposer: Id, reason: &str, now: At) -> Result<()> {
    diesel::insert_into(proposals::table)
        .values((
            proposals::id.eq(id),
            proposals::thread_id.eq(thread),
            proposals::proposer_id.eq(proposer),
            proposals::reason.eq(reason),
            proposals::state.eq(State::Open),
            proposals::created_at.eq(now),
        ))
        .execute(db)?;
    Ok(())
}

pub fn open_of(db: &mut Db, thread: Id, proposer: Id) -> Result<Option<Id>> {
    Ok(proposals::table
        .filter(proposals::thread_id.eq(thread))
        .filter(proposals::proposer_id.eq(proposer))
        .filter(proposals::state.eq(State::Open))
        .select(proposals::id)
        .first(db)
        .optional()?)
}

pub fn by_id(db: &mut Db, id: Id) -> Result<(Id, State)> {
    Ok(proposals::table
        .find(id)
        .select((proposals::thread_id, proposals::state))
        .first(db)?)
}

/// An open proposal as its row has it.
#[derive(Queryable)]
pub struct OpenRow {
    pub id: Id,
    pub thread: Id,
    pub reason: String,
    pub created_at: At,
}

pub fn open(db: &mut Db, after: Option<Cursor>, limit: i64) -> Result<Vec<OpenRow>> {
    let mut query = proposals::table
        .inner_join(threads::table)
        .filter(proposals::state.eq(State::Open))
        .filter(threads::visibility.eq(Visibility::Visible))
        .order((proposals::created_at, proposals::id))
        .limit(limit)
        .select((
            proposals::id,
            proposals::thread_id,
            proposals::reason,
            proposals::created_at,
        ))
        .into_boxed::<MultiBackend>();
    if let Some(Cursor { at, id }) = after {
        query = query.filter(
            proposals::created_at
                .ge(at)
                .and(proposals::created_at.gt(at).or(proposals::id.gt(id))),
        );
    }
    Ok(query.load(db)?)
}

pub fn count_open(db: &mut Db) -> Result<i64> {
    Ok(proposals::table
        .inner_join(threads::table)
        .filter(proposals::state.eq(State::Open))
        .filter(threads::visibility.eq(Visibility::Visible))
        .count()
        .get_result(db)?)
}

/// Whose they were.
pub fn settle(
    db: &mut Db,
    thread: Id,
    state: State,
    answer: &str,
    trainer: Option<Id>,
    now: At,
) -> Result<Vec<Id>> {
    let waiting = proposals::table
        .filter(proposals::thread_id.eq(thread))
        .filter(proposals::state.eq(State::Open));
    Ok(diesel::update(waiting)
        .set((
            proposals::state.eq(state),
            proposals::answer.eq(answer),
            proposals::trainer_id.eq(trainer),
            proposals::decided_at.eq(now),
        ))
        .returning(proposals::proposer_id)
        .get_results(db)?)
}

pub fn of_proposer(db: &mut Db, proposer: Id) -> Result<Vec<Own>> {
    let rows: Vec<(Id, String, State, At)> = proposals::table
        .filter(proposals::proposer_id.eq(proposer))
        .order((proposals::created_at, proposals::id))
        .select((
            proposals::thread_id,
            proposals::reason,
            proposals::state,
            proposals::created_at,
        ))
        .load(db)?;
    let own = |(thread, reason, state, at)| Own {
        thread,
        reason,
        state,
        at,
    };
    Ok(rows.into_iter().map(own).collect())
}

pub fn forget_person(db: &mut Db, account: Id) -> Result<()> {
    diesel::delete(proposals::table.filter(proposals::proposer_id.eq(account))).execute(db)?;
    Ok(())
}
