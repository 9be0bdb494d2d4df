//! SQL of recommendations and of their refusals.

use diesel::dsl::exists;
use diesel::prelude::*;

use super::collections::State as Publication;
use super::proposals::State as Decision;
use super::{Recommendation, Traces};
use crate::clock::At;
use crate::db::Db;
use crate::db::among::AmongIds as _;
use crate::db::portable::OnBoth;
use crate::db::schema::{
    collection_items, collections, freshness, proposals, recommendations, refusals,
};
use crate::error::Result;
use crate::id::Id;
use crate::straight;

pub fn save(db: &mut Db, thread: Id, trainer: Id, comment: &str, now: At) -> Result<()> {
    remove(db, thread)?;
    diesel::insert_into(recommendations::table)
        .values((
            recommendations::thread_id.eq(thread),
            recommendations::trainer_id.eq(trainer),
            recommendations::comment.eq(comment),
            recommendations::at.eq(now),
        ))
        .execute(db)?;
    Ok(())
}

/// Whether there was one.
pub fn remove(db: &mut Db, thread: Id) -> Result<bool> {
    let removed = diesel::delete(recommendations::table.find(thread)).execute(db)?;
    Ok(removed > 0)
}

type Row = (Id, String, At);

fn recommendation((thread, comment, at): Row) -> Recommendation {
    Recommendation {
        thread,
        comment,
        at,
    }
}

macro_rules! columns {
    () => {
        (
            recommendations::thread_id,
            recommendations::comment,
            recommendations::at,
        )
    };
}

pub fn of_thread(db: &mut Db, thread: Id) -> Result<Option<Recommendation>> {
    let row: Option<Row> = recommendations::table
        .find(thread)
        .select(columns!())
        .first(db)
        .optional()?;
    Ok(row.map(recommendation))
}

/// What there is of a thread, by one query; `proposer`: whose open proposal is looked for.
pub fn traces(db: &mut Db, thread: Id, proposer: Option<Id>) -> Result<Traces> {
    let gathered = collections::table
        .inner_join(collection_items::table)
        .filter(collection_items::thread_id.eq(thread))
        .filter(collections::state.eq(Publication::Published));
    let proposed = proposals::table
        .filter(proposals::thread_id.eq(thread))
        .filter(proposals::proposer_id.nullable().eq(proposer))
        .filter(proposals::state.eq(Decision::Open));
    let all = diesel::select((
        exists(refusals::table.find(thread)),
        exists(recommendations::table.find(thread)),
        exists(freshness::table.find(thread)),
        exists(gathered),
        exists(proposed),
    ));
    let (refused, recommended, judged, gathered, proposed) =
        straight!(db, all.get_result::<(bool, bool, bool, bool, bool)>)?;
    Ok(Traces {
        refused,
        recommended,
        judged,
        gathered,
        proposed,
    })
}

pub fn by_trainer(db: &mut Db, trainer: Id) -> Result<Vec<Recommendation>> {
    let rows: Vec<Row> = recommendations::table
        .filter(recommendations::trainer_id.eq(trainer))
        .order((recommendations::at, recommendations::thread_id))
        .select(columns!())
        .load(db)?;
    Ok(rows.into_iter().map(recommendation).collect())
}

pub fn recommended(db: &mut Db, since: At, until: At) -> Result<Vec<(At, Id)>> {
    Ok(recommendations::table
        .filter(recommendations::at.gt(since))
        .filter(recommendations::at.le(until))
        .order((
            recommendations::at.desc(),
            recommendations::thread_id.desc(),
        ))
        .select((recommendations::at, recommendations::thread_id))
        .load(db)?)
}

pub fn recommended_among(db: &mut Db, threads: &[Id]) -> Result<Vec<Id>> {
    Ok(recommendations::table
        .filter(recommendations::thread_id.among(threads))
        .select(recommendations::thread_id)
        .load(db)?)
}

pub fn comments(db: &mut Db, threads: &[Id]) -> Result<Vec<(Id, String)>> {
    Ok(recommendations::table
        .filter(recommendations::thread_id.among(threads))
        .select((recommendations::thread_id, recommendations::comment))
        .load(db)?)
}

/// Whether the other is recommended by it now, and was not before.
pub fn carry(db: &mut Db, from: Id, to: Id) -> Result<bool> {
    if of_thread(db, to)?.is_some() || !refused_among(db, &[to])?.is_empty() {
        remove(db, from)?;
        return Ok(false);
    }
    let moved = diesel::update(recommendations::table.find(from))
        .set(recommendations::thread_id.eq(to))
        .execute(db)?;
    Ok(moved > 0)
}

pub fn refuse(db: &mut Db, thread: Id, now: At) -> Result<()> {
    OnBoth(
        diesel::insert_into(refusals::table)
            .values((refusals::thread_id.eq(thread), refusals::at.eq(now)))
            .on_conflict_do_nothing(),
    )
    .execute(db)?;
    Ok(())
}

pub fn allow(db: &mut Db, thread: Id) -> Result<()> {
    diesel::delete(refusals::table.find(thread)).execute(db)?;
    Ok(())
}

pub fn refused_among(db: &mut Db, threads: &[Id]) -> Result<Vec<Id>> {
    Ok(refusals::table
        .filter(refusals::thread_id.among(threads))
        .select(refusals::thread_id)
        .load(db)?)
}
