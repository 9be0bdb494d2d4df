//! SQL of the map: what it is counted from, and the cells.

use chrono::NaiveDate;
use diesel::dsl::min;
use diesel::prelude::*;

use super::{Axis, Cell, Counted, Place, State};
use crate::accounts::signature::UNKNOWN_HAND;
use crate::clock::At;
use crate::db::Db;
use crate::db::portable::OnBoth;
use crate::db::schema::{
    accounts, coverage_cells as cells, coverage_state as state, replies, thread_labels, threads,
};
use crate::error::{Error, Result};
use crate::id::Id;
use crate::threads::{Kind, Visibility};

pub fn threads(db: &mut Db) -> Result<Vec<Counted>> {
    type Row = (Id, Kind, String, Option<String>, At, i32);
    let rows: Vec<Row> = threads::table
        .filter(threads::visibility.eq(Visibility::Visible))
        .filter(threads::kind.eq_any([Kind::Practice, Kind::Question]))
        .select((
            threads::id,
            threads::kind,
            threads::school_type,
            threads::subject,
            threads::created_at,
            threads::tries,
        ))
        .load(db)?;
    Ok(rows
        .into_iter()
        .map(
            |(id, kind, school_type, subject, created_at, tries)| Counted {
                id,
                kind,
                school_type,
                subject,
                created_at,
                tries,
            },
        )
        .collect())
}

/// Of all threads: whether they are counted is known elsewhere.
pub fn labels(db: &mut Db, kind: &'static str) -> Result<Vec<(Id, String)>> {
    Ok(thread_labels::table
        .filter(thread_labels::kind.eq(kind))
        .select((thread_labels::thread_id, thread_labels::key))
        .load(db)?)
}

/// Visible answers of others to visible questions. What stands for several people is somebody else each time.
macro_rules! answers_of_others {
    () => {
        replies::table
            .inner_join(threads::table.on(threads::id.eq(replies::thread_id)))
            .filter(threads::kind.eq(Kind::Question))
            .filter(threads::visibility.eq(Visibility::Visible))
            .filter(replies::visibility.eq(Visibility::Visible))
            .filter(
                replies::author_id
                    .ne(threads::author_id)
                    .or(replies::author_id.eq(UNKNOWN_HAND)),
            )
    };
}

pub fn first_answers(db: &mut Db) -> Result<Vec<(Id, At)>> {
    let rows: Vec<(Id, Option<At>)> = answers_of_others!()
        .group_by(replies::thread_id)
        .select((replies::thread_id, min(replies::created_at)))
        .load(db)?;
    Ok(rows
        .into_iter()
        .filter_map(|(thread, at)| Some((thread, at?)))
        .collect())
}

/// Thread, its school type, that of the account behind a named answer.
pub fn named_answers(db: &mut Db) -> Result<Vec<(Id, String, String)>> {
    Ok(answers_of_others!()
        .inner_join(accounts::table.on(accounts::id.eq(replies::author_id)))
        .filter(replies::sealed_as.is_null())
        .filter(accounts::school_type.ne(threads::school_type))
        .select((
            replies::thread_id,
            threads::school_type,
            accounts::school_type,
        ))
        .distinct()
        .load(db)?)
}

/// Thread, its school type, the mask of a sealed answer.
pub fn sealed_answers(db: &mut Db) -> Result<Vec<(Id, String, String)>> {
    let rows: Vec<(Id, String, Option<String>)> = answers_of_others!()
        .filter(replies::sealed_as.is_not_null())
        .select((replies::thread_id, threads::school_type, replies::sealed_as))
        .distinct()
        .load(db)?;
    Ok(rows
        .into_iter()
        .filter_map(|(thread, asked, mask)| Some((thread, asked, mask?)))
        .collect())
}

pub fn cells(db: &mut Db, axis: Axis, year: i32) -> Result<Vec<((String, u8), Cell)>> {
    type Row = (String, i32, (i32, i32, i32, Option<i32>, i32, i32));
    let rows: Vec<Row> = cells::table
        .filter(cells::axis.eq(axis))
        .filter(cells::year.eq(year))
        .select((
            cells::key,
            cells::policy,
            (
                cells::practices,
                cells::questions,
                cells::answered,
                cells::minutes,
                cells::bridged,
                cells::tries,
            ),
        ))
        .load(db)?;
    rows.into_iter()
        .map(|(key, policy, counts)| {
            let (practices, questions, answered, minutes, bridged, tries) = counts;
            let cell = Cell {
                practices,
                questions,
                answered,
                minutes,
                bridged,
                tries,
            };
            Ok(((key, u8::try_from(policy).map_err(Error::internal)?), cell))
        })
        .collect()
}

pub fn put_cells(db: &mut Db, counted: &[(Place, Cell)]) -> Result<()> {
    diesel::delete(cells::table).execute(db)?;
    for ((axis, year, key, policy), cell) in counted {
        diesel::insert_into(cells::table)
            .values((
                cells::axis.eq(*axis),
                cells::year.eq(*year),
                cells::key.eq(key),
                cells::policy.eq(i32::from(*policy)),
                cells::practices.eq(cell.practices),
                cells::questions.eq(cell.questions),
                cells::answered.eq(cell.answered),
                cells::minutes.eq(cell.minutes),
                cells::bridged.eq(cell.bridged),
                cells::tries.eq(cell.tries),
            ))
            .execute(db)?;
    }
    Ok(())
}

type StateRow = (Id, i64, i64, NaiveDate, Option<At>, Option<At>);

fn into_state(row: StateRow) -> State {
    let (feed_epoch, xid, seq, day, changed_at, counted_at) = row;
    State {
        feed_epoch,
        xid,
        seq,
        day,
        changed_at,
        counted_at,
    }
}

macro_rules! state_columns {
    () => {
        (
            state::feed_epoch,
            state::xid,
            state::seq,
            state::day,
            state::changed_at,
            state::counted_at,
        )
    };
}

pub fn state(db: &mut Db) -> Result<Option<State>> {
    let row = state::table
        .find(1)
        .select(state_columns!())
        .first::<StateRow>(db)
        .optional()?;
    Ok(row.map(into_state))
}

/// SQLite has one writer at a time; on PostgreSQL the row's lock makes others wait.
pub fn held_state(db: &mut Db) -> Result<State> {
    let one = state::table.find(1).select(state_columns!());
    let row = match db {
        Db::Postgres(pg) => one.for_update().first::<StateRow>(pg)?,
        Db::Sqlite(sqlite) => one.first::<StateRow>(sqlite)?,
    };
    Ok(into_state(row))
}

/// Writes the one row of a new database. Does nothing where it stands.
pub fn begin(db: &mut Db, feed_epoch: Id, today: NaiveDate) -> Result<()> {
    OnBoth(
        diesel::insert_into(state::table)
            .values((
                state::id.eq(1),
                state::feed_epoch.eq(feed_epoch),
                state::xid.eq(0_i64),
                state::seq.eq(0_i64),
                state::day.eq(today),
            ))
            .on_conflict_do_nothing(),
    )
    .execute(db)?;
    Ok(())
}

pub fn set_state(db: &mut Db, present: &State) -> Result<()> {
    diesel::update(state::table.find(1))
        .set((
            state::feed_epoch.eq(present.feed_epoch),
            state::xid.eq(present.xid),
            state::seq.eq(present.seq),
            state::day.eq(present.day),
            state::changed_at.eq(present.changed_at),
        ))
        .execute(db)?;
    Ok(())
}

/// Takes the counting for this process, unless another one has taken it since `abandoned`.
pub fn claim(db: &mut Db, abandoned: At, now: At) -> Result<bool> {
    let free = state::table.filter(state::id.eq(1)).filter(
        state::claimed_at
            .is_null()
            .or(state::claimed_at.lt(abandoned))
            .or(state::claimed_at.gt(now)),
    );
    let taken = diesel::update(free)
        .set(state::claimed_at.eq(now))
        .execute(db)?;
    Ok(taken == 1)
}

/// The cells hold everything that was heard of up to `begun`.
pub fn set_counted(db: &mut Db, begun: At) -> Result<()> {
    diesel::update(state::table.find(1))
        .set((
            state::counted_at.eq(begun),
            state::claimed_at.eq(None::<At>),
        ))
        .execute(db)?;
    diesel::update(
        state::table
            .filter(state::id.eq(1))
            .filter(state::changed_at.le(begun)),
    )
    .set(state::changed_at.eq(None::<At>))
    .execute(db)?;
    Ok(())
}
