//! SQL of freshness.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::{Freshness, State};
use crate::clock::At;
use crate::db::among::AmongIds as _;
use crate::db::schema::{freshness, threads};
use crate::db::{Db, MultiBackend};
use crate::error::Result;
use crate::id::Id;
use crate::threads::Visibility;

#[derive(Queryable, Selectable)]
#[diesel(table_name = freshness, check_for_backend(MultiBackend))]
struct Row {
    thread_id: Id,
    curated: bool,
    state: State,
    os_version: String,
    app_version: String,
    checked_on: NaiveDate,
    review_on: NaiveDate,
    reason: String,
    at: At,
}

impl From<Row> for Freshness {
    fn from(row: Row) -> Freshness {
        Freshness {
            thread: row.thread_id,
            curated: row.curated,
            state: row.state,
            os_version: row.os_version,
            app_version: row.app_version,
            checked_on: row.checked_on,
            review_on: row.review_on,
            reason: row.reason,
            at: row.at,
        }
    }
}

pub fn of_threads(db: &mut Db, threads: &[Id]) -> Result<Vec<Freshness>> {
    let rows: Vec<Row> = freshness::table
        .filter(freshness::thread_id.among(threads))
        .select(Row::as_select())
        .load(db)?;
    Ok(rows.into_iter().map(Freshness::from).collect())
}

/// Writes it over what there is. `trainer`: who judged it, where a trainer did.
pub fn put(db: &mut Db, one: &Freshness, trainer: Option<Id>) -> Result<()> {
    let values = (
        freshness::curated.eq(one.curated),
        freshness::state.eq(one.state),
        freshness::os_version.eq(&one.os_version),
        freshness::app_version.eq(&one.app_version),
        freshness::checked_on.eq(one.checked_on),
        freshness::review_on.eq(one.review_on),
        freshness::reason.eq(&one.reason),
        freshness::trainer_id.eq(trainer),
        freshness::at.eq(one.at),
    );
    let changed = diesel::update(freshness::table.find(one.thread))
        .set(values)
        .execute(db)?;
    if changed == 0 {
        diesel::insert_into(freshness::table)
            .values((freshness::thread_id.eq(one.thread), values))
            .execute(db)?;
    }
    Ok(())
}

pub fn set_curated(db: &mut Db, thread: Id, curated: bool) -> Result<()> {
    diesel::update(freshness::table.find(thread))
        .set(freshness::curated.eq(curated))
        .execute(db)?;
    Ok(())
}

macro_rules! waiting {
    ($today:expr) => {
        freshness::table
            .inner_join(threads::table)
            .filter(threads::visibility.eq(Visibility::Visible))
            .filter(freshness::curated.eq(true))
            .filter(freshness::state.ne(State::Outdated))
            .filter(
                freshness::review_on
                    .le($today)
                    .or(freshness::state.eq(State::Changed)),
            )
    };
}

macro_rules! after {
    ($query:expr, $after:expr) => {
        match $after {
            Some((day, id)) => $query.filter(
                freshness::review_on
                    .ge(day)
                    .and(freshness::review_on.gt(day).or(freshness::thread_id.gt(id))),
            ),
            None => $query,
        }
    };
}

pub fn overdue(
    db: &mut Db,
    today: NaiveDate,
    place: Option<(NaiveDate, Id)>,
    limit: i64,
) -> Result<Vec<Freshness>> {
    let query = waiting!(today)
        .order((freshness::review_on, freshness::thread_id))
        .limit(limit)
        .select(Row::as_select())
        .into_boxed::<MultiBackend>();
    let rows: Vec<Row> = after!(query, place).load(db)?;
    Ok(rows.into_iter().map(Freshness::from).collect())
}

pub fn count_overdue(db: &mut Db, today: NaiveDate) -> Result<i64> {
    Ok(waiting!(today).count().get_result(db)?)
}

pub fn outdated(db: &mut Db, place: Option<(NaiveDate, Id)>, limit: i64) -> Result<Vec<Freshness>> {
    let query = freshness::table
        .inner_join(threads::table)
        .filter(threads::visibility.eq(Visibility::Visible))
        .filter(freshness::state.eq(State::Outdated))
        .order((freshness::review_on, freshness::thread_id))
        .limit(limit)
        .select(Row::as_select())
        .into_boxed::<MultiBackend>();
    let rows: Vec<Row> = after!(query, place).load(db)?;
    Ok(rows.into_iter().map(Freshness::from).collect())
}
