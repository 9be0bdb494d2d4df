//! SQL of former versions.

use diesel::prelude::*;

use super::Revision;
use crate::clock::At;
use crate::db::Db;
use crate::db::schema::revisions;
use crate::error::Result;
use crate::id::Id;
use crate::threads::store::{practice_json, read_practice};

pub fn insert(db: &mut Db, id: Id, thread: Id, kept: &Revision) -> Result<()> {
    diesel::insert_into(revisions::table)
        .values((
            revisions::id.eq(id),
            revisions::thread_id.eq(thread),
            revisions::reply_id.eq(kept.reply),
            revisions::number.eq(kept.number),
            revisions::title.eq(&kept.title),
            revisions::body.eq(&kept.body),
            revisions::practice.eq(practice_json(kept.practice.as_ref())?),
            revisions::written_at.eq(kept.written_at),
        ))
        .execute(db)?;
    Ok(())
}

pub fn withhold_versions(db: &mut Db, thread: Id, reply: Option<Id>) -> Result<()> {
    let of_thread = revisions::table.filter(revisions::thread_id.eq(thread));
    let withheld = revisions::withheld.eq(true);
    match reply {
        Some(reply) => diesel::update(of_thread.filter(revisions::reply_id.eq(reply)))
            .set(withheld)
            .execute(db)?,
        None => diesel::update(of_thread.filter(revisions::reply_id.is_null()))
            .set(withheld)
            .execute(db)?,
    };
    Ok(())
}

/// `withheld`: also those that are for few.
pub fn revisions(db: &mut Db, thread: Id, withheld: bool) -> Result<Vec<Revision>> {
    let rows = revisions::table
        .filter(revisions::thread_id.eq(thread))
        .filter(revisions::reply_id.is_null())
        .filter(
            revisions::withheld
                .eq(false)
                .or(revisions::withheld.eq(withheld)),
        )
        .order(revisions::number.desc())
        .select((
            revisions::number,
            revisions::title,
            revisions::body,
            revisions::practice,
            revisions::written_at,
        ))
        .load::<(i32, Option<String>, String, Option<String>, At)>(db)?;
    rows.into_iter()
        .map(|(number, title, body, practice, written_at)| {
            Ok(Revision {
                number,
                title,
                body,
                practice: read_practice(practice)?,
                written_at,
                reply: None,
            })
        })
        .collect()
}
