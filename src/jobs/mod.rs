//! The durable queue: a job is enqueued in the transaction that wants it, claimed by one process under a lease, and
//! retried with growing pauses. Knows no domain; `worker.rs` maps kinds to handlers.
//!
//! `run_at` is the moment from which a job may be taken: claiming moves it behind the lease, so the job of a process that
//! died is simply due again. The fence number grows with every claim: one who comes back late can no longer complete.

use chrono::TimeDelta;
use diesel::prelude::*;

use crate::clock::At;
use crate::db::Db;
use crate::db::schema::jobs;
use crate::error::Result;
use crate::id::Id;
use crate::text_enum;

text_enum! {
    pub enum State {
        Queued = "queued",
        Running = "running",
        /// Given up after `MAX_ATTEMPTS`; kept for the administrator.
        Dead = "dead",
    }
}

/// Longer than the longest remote time-out (mail: 60 s).
pub const LEASE: TimeDelta = TimeDelta::minutes(5);
/// After this many failures a job is dead: with the pauses of `pause` about two days.
pub const MAX_ATTEMPTS: i32 = 12;

#[derive(Clone, Debug, Queryable)]
pub struct Job {
    pub id: Id,
    pub kind: String,
    pub payload: String,
    pub attempts: i32,
    pub fence: i32,
}

/// Queues a job of `kind` with a JSON payload, to be run at `run_at` or later.
pub fn enqueue(
    db: &mut Db,
    kind: &str,
    payload: &serde_json::Value,
    run_at: At,
    now: At,
) -> Result<Id> {
    let id = Id::new(now);
    diesel::insert_into(jobs::table)
        .values((
            jobs::id.eq(id),
            jobs::kind.eq(kind),
            jobs::payload.eq(payload.to_string()),
            jobs::state.eq(State::Queued),
            jobs::run_at.eq(run_at),
            jobs::created_at.eq(now),
        ))
        .execute(db)?;
    Ok(id)
}

/// Takes the job that is due longest, if any. It is ours until the lease ends: then it is due again. One that another
/// process is just taking is passed over, so that nobody waits for it or believes the queue empty.
pub fn claim(db: &mut Db, now: At) -> Result<Option<Job>> {
    // In so many words, as the index `jobs_waiting` has it: it leaves out what was given up.
    let waits = diesel::dsl::sql::<diesel::sql_types::Bool>("state <> 'dead'");
    let due = jobs::table
        .filter(waits)
        .filter(jobs::run_at.le(now))
        .order(jobs::run_at)
        .limit(1)
        .select(jobs::id);
    let next = match db {
        Db::Postgres(pg) => due.for_update().skip_locked().first::<Id>(pg),
        Db::Sqlite(sqlite) => due.first::<Id>(sqlite), // its one writer is us
    };
    let Some(next) = next.optional()? else {
        return Ok(None);
    };
    let claimed = diesel::update(jobs::table.find(next))
        .set((
            jobs::state.eq(State::Running),
            jobs::fence.eq(jobs::fence + 1),
            jobs::run_at.eq(now.plus(LEASE)),
        ))
        .returning((
            jobs::id,
            jobs::kind,
            jobs::payload,
            jobs::attempts,
            jobs::fence,
        ))
        .get_result::<Job>(db)?;
    Ok(Some(claimed))
}

/// Removes a finished job. False when another process has taken it since.
pub fn complete(db: &mut Db, job: &Job) -> Result<bool> {
    let gone = diesel::delete(
        jobs::table
            .filter(jobs::id.eq(job.id))
            .filter(jobs::fence.eq(job.fence)),
    )
    .execute(db)?;
    Ok(gone == 1)
}

/// Puts a failed job back for later, or declares it dead. `cause` must hold no addresses or secrets.
pub fn fail(db: &mut Db, job: &Job, cause: &str, now: At) -> Result<()> {
    let attempts = job.attempts + 1;
    let (state, run_at) = if attempts >= MAX_ATTEMPTS {
        (State::Dead, now)
    } else {
        (State::Queued, now.plus(pause(attempts)))
    };
    diesel::update(
        jobs::table
            .filter(jobs::id.eq(job.id))
            .filter(jobs::fence.eq(job.fence)),
    )
    .set((
        jobs::state.eq(state),
        jobs::attempts.eq(attempts),
        jobs::run_at.eq(run_at),
        jobs::last_error.eq(cause),
    ))
    .execute(db)?;
    Ok(())
}

/// 30 s, doubled with every attempt, at most 12 h.
fn pause(attempts: i32) -> TimeDelta {
    let doublings = u32::try_from(attempts.clamp(1, 12) - 1).unwrap_or(0);
    TimeDelta::seconds(30 * i64::from(2_u32.pow(doublings))).min(TimeDelta::hours(12))
}

/// How many jobs are (queued or running, dead).
pub fn counts(db: &mut Db) -> Result<(i64, i64)> {
    let dead = jobs::table
        .filter(jobs::state.eq(State::Dead))
        .count()
        .get_result::<i64>(db)?;
    let all = jobs::table.count().get_result::<i64>(db)?;
    Ok((all - dead, dead))
}

/// A job that was given up, for the administrator.
#[derive(Clone, Debug, Queryable)]
pub struct Dead {
    pub id: Id,
    pub kind: String,
    pub attempts: i32,
    pub last_error: Option<String>,
    pub created_at: At,
    /// When it failed for the last time.
    pub failed_at: At,
}

/// The jobs that were given up, the last first.
pub fn dead(db: &mut Db, limit: i64) -> Result<Vec<Dead>> {
    Ok(jobs::table
        .filter(jobs::state.eq(State::Dead))
        .order((jobs::run_at.desc(), jobs::id.desc()))
        .limit(limit)
        .select((
            jobs::id,
            jobs::kind,
            jobs::attempts,
            jobs::last_error,
            jobs::created_at,
            jobs::run_at,
        ))
        .load(db)?)
}

/// Gives a dead job all its attempts anew. False when it is not there or not dead.
pub fn revive(db: &mut Db, id: Id, now: At) -> Result<bool> {
    let revived = diesel::update(jobs::table.find(id).filter(jobs::state.eq(State::Dead)))
        .set((
            jobs::state.eq(State::Queued),
            jobs::attempts.eq(0),
            jobs::run_at.eq(now),
        ))
        .execute(db)?;
    Ok(revived == 1)
}

/// Removes a dead job for good. False when it is not there or not dead.
pub fn discard(db: &mut Db, id: Id) -> Result<bool> {
    let gone =
        diesel::delete(jobs::table.find(id).filter(jobs::state.eq(State::Dead))).execute(db)?;
    Ok(gone == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_stay_bounded() {
        assert_eq!(pause(1), TimeDelta::seconds(30));
        assert_eq!(pause(2), TimeDelta::seconds(60));
        assert_eq!(pause(12), TimeDelta::hours(12));
        assert_eq!(pause(i32::MAX), TimeDelta::hours(12));
    }
}
