//! The change feed: what happened, appended in the transaction that did it, read by followers from a cursor.
//! Knows no domain. Sequence numbers become visible out of order on PostgreSQL, so a follower reads only rows whose
//! transaction is older than every running one, in the order (xid, seq). Rows are small and kept for good.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::clock::At;
use crate::db::portable::OnBoth;
use crate::db::schema::{change_feed, forum_state};
use crate::db::{Db, types};
use crate::error::Result;
use crate::id::Id;
use crate::text_enum;

text_enum! {
    /// What a change is about.
    pub enum Subject {
        Thread = "thread",
        Account = "account",
    }
}

/// How far a follower has read, and of which database: an index never outlives the feed that it was made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    pub feed_epoch: Id,
    pub index_epoch: i32,
    pub xid: i64,
    pub seq: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    pub subject: Subject,
    pub id: Id,
    pub xid: i64,
    pub seq: i64,
}

/// Says that `id` changed. Called in the transaction that changed it.
pub fn append(db: &mut Db, subject: Subject, id: Id, now: At) -> Result<()> {
    diesel::insert_into(change_feed::table)
        .values((
            change_feed::subject.eq(subject),
            change_feed::subject_id.eq(id),
            change_feed::at.eq(now),
        ))
        .execute(db)?;
    Ok(())
}

/// The epochs of this database; made on first use.
pub fn epochs(db: &mut Db) -> Result<(Id, i32)> {
    Ok(forum_state::table
        .select((forum_state::feed_epoch, forum_state::index_epoch))
        .first::<(Id, i32)>(db)?)
}

/// Writes the one row of a new database. Does nothing where it stands. Of nodes that begin together all but the first
/// wait here until the first has committed: what follows in their transaction sees its work.
pub fn begin(db: &mut Db, now: At) -> Result<()> {
    OnBoth(
        diesel::insert_into(forum_state::table)
            .values((
                forum_state::id.eq(1),
                forum_state::feed_epoch.eq(Id::new(now)),
            ))
            .on_conflict_do_nothing(),
    )
    .execute(db)?;
    Ok(())
}

/// Begins a new epoch: what followers have read is of another database. For a database that was brought back.
pub fn renew(db: &mut Db, now: At) -> Result<()> {
    diesel::update(forum_state::table)
        .set(forum_state::feed_epoch.eq(Id::new(now)))
        .execute(db)?;
    Ok(())
}

/// Asks every node to build its index anew.
pub fn raise_index_epoch(db: &mut Db) -> Result<i32> {
    diesel::update(forum_state::table)
        .set(forum_state::index_epoch.eq(forum_state::index_epoch + 1))
        .execute(db)?;
    Ok(epochs(db)?.1)
}

/// At most `limit` changes after `cursor`, oldest first, that no running transaction can still precede.
pub fn after(db: &mut Db, cursor: &Cursor, limit: i64) -> Result<Vec<Change>> {
    // As a range of the index: the feed is kept for good, and is asked several times a second.
    let query = settled(db);
    let query = if types::is_postgres(db) {
        query.filter(
            change_feed::xid.ge(cursor.xid).and(
                change_feed::xid
                    .gt(cursor.xid)
                    .or(change_feed::seq.gt(cursor.seq)),
            ),
        )
    } else {
        query
            .filter(change_feed::xid.eq(cursor.xid)) // its one writer leaves it at 0
            .filter(change_feed::seq.gt(cursor.seq))
    };
    let rows = query
        .order((change_feed::xid, change_feed::seq))
        .limit(limit)
        .select((
            change_feed::subject,
            change_feed::subject_id,
            change_feed::xid,
            change_feed::seq,
        ))
        .load::<(Subject, Id, i64, i64)>(db)?;
    Ok(rows
        .into_iter()
        .map(|(subject, id, xid, seq)| Change {
            subject,
            id,
            xid,
            seq,
        })
        .collect())
}

/// How many changes follow `cursor`, counted to `most`.
pub fn count_after(db: &mut Db, cursor: &Cursor, most: i64) -> Result<usize> {
    Ok(after(db, cursor, most)?.len())
}

/// The cursor behind the newest settled change: where a follower stands that has just read everything.
pub fn head(db: &mut Db) -> Result<Cursor> {
    let (feed_epoch, index_epoch) = epochs(db)?;
    let newest = settled(db)
        .order((change_feed::xid.desc(), change_feed::seq.desc()))
        .select((change_feed::xid, change_feed::seq))
        .first::<(i64, i64)>(db)
        .optional()?;
    let (xid, seq) = newest.unwrap_or((0, 0));
    Ok(Cursor {
        feed_epoch,
        index_epoch,
        xid,
        seq,
    })
}

fn settled(db: &Db) -> change_feed::BoxedQuery<'static, crate::db::MultiBackend> {
    let query = change_feed::table.into_boxed::<crate::db::MultiBackend>();
    if types::is_postgres(db) {
        query.filter(diesel::dsl::sql::<diesel::sql_types::Bool>(
            "xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint",
        ))
    } else {
        query
    }
}
