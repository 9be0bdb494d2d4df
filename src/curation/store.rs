//! SQL of recommendations.

use diesel::prelude::*;

use super::Recommendation;
use crate::clock::At;
use crate::db::Db;
use crate::db::schema::recommendations;
use crate::error::Result;
use crate::id::Id;

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

pub fn remove(db: &mut Db, thread: Id) -> Result<()> {
    diesel::delete(recommendations::table.find(thread)).execute(db)?;
    Ok(())
}

pub fn of_thread(db: &mut Db, thread: Id) -> Result<Option<Recommendation>> {
    let row: Option<(Id, String, At)> = recommendations::table
        .find(thread)
        .select((
            recommendations::thread_id,
            recommendations::comment,
            recommendations::at,
        ))
        .first(db)
        .optional()?;
    Ok(row.map(|(thread, comment, at)| Recommendation {
        thread,
        comment,
        at,
    }))
}

pub fn recommended(db: &mut Db, since: At, until: At) -> Result<Vec<Id>> {
    Ok(recommendations::table
        .filter(recommendations::at.gt(since))
        .filter(recommendations::at.le(until))
        .order((
            recommendations::at.desc(),
            recommendations::thread_id.desc(),
        ))
        .select(recommendations::thread_id)
        .load(db)?)
}

pub fn comments(db: &mut Db, threads: &[Id]) -> Result<Vec<(Id, String)>> {
    Ok(recommendations::table
        .filter(recommendations::thread_id.eq_any(threads))
        .select((recommendations::thread_id, recommendations::comment))
        .load(db)?)
}
