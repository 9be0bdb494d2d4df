//! SQL of merging: everything that names a thread, or a reply in it, names another.

use diesel::prelude::*;

use crate::clock::At;
use crate::db::Db;
use crate::db::portable::OnBoth;
use crate::db::schema::{claims, marks, replies, reports, resubmissions, revisions, seal_requests};
use crate::error::Result;
use crate::id::Id;
use crate::replies::marks::Mark;
use crate::threads::Thread;

const FOLLOWING: [Mark; 2] = [Mark::Bookmark, Mark::Follow];

/// Replies of a thread, and people who follow it or read it later.
pub fn counts(db: &mut Db, thread: Id) -> Result<(i64, i64)> {
    let answers = replies::table
        .filter(replies::thread_id.eq(thread))
        .count()
        .get_result(db)?;
    let people = marks::table
        .filter(marks::post_id.eq(thread))
        .filter(marks::kind.eq_any(FOLLOWING))
        .count()
        .get_result(db)?;
    Ok((answers, people))
}

/// Names from elsewhere are good for one thread alone, so a moved reply goes by its own id.
pub fn carry_replies(db: &mut Db, from: Id, to: Id) -> Result<()> {
    let named: Vec<Id> = replies::table
        .filter(replies::thread_id.eq(from))
        .filter(replies::external_id.is_not_null())
        .select(replies::id)
        .load(db)?;
    for id in named {
        diesel::update(replies::table.find(id))
            .set(replies::external_id.eq(id.to_string()))
            .execute(db)?;
    }
    diesel::update(replies::table.filter(replies::thread_id.eq(from)))
        .set(replies::thread_id.eq(to))
        .execute(db)?;
    diesel::update(
        revisions::table
            .filter(revisions::thread_id.eq(from))
            .filter(revisions::reply_id.is_not_null()),
    )
    .set(revisions::thread_id.eq(to))
    .execute(db)?;
    diesel::update(
        reports::table
            .filter(reports::thread_id.eq(from))
            .filter(reports::reply_id.is_not_null()),
    )
    .set(reports::thread_id.eq(to))
    .execute(db)?;
    diesel::update(
        marks::table
            .filter(marks::thread_id.eq(from))
            .filter(marks::post_id.ne(from)),
    )
    .set(marks::thread_id.eq(to))
    .execute(db)?;
    diesel::update(
        claims::table
            .filter(claims::thread_id.eq(from))
            .filter(claims::reply_id.is_not_null()),
    )
    .set(claims::thread_id.eq(to))
    .execute(db)?;
    diesel::update(
        resubmissions::table
            .filter(resubmissions::thread_id.eq(from))
            .filter(resubmissions::reply_id.is_not_null()),
    )
    .set(resubmissions::thread_id.eq(to))
    .execute(db)?;
    diesel::update(
        seal_requests::table
            .filter(seal_requests::thread_id.eq(from))
            .filter(seal_requests::reply_id.is_not_null()),
    )
    .set(seal_requests::thread_id.eq(to))
    .execute(db)?;
    Ok(())
}

/// What belonged to the opening words of `source` belongs to `reply`, as which they go on.
pub fn carry_opening(db: &mut Db, source: &Thread, reply: Id, to: Id) -> Result<()> {
    diesel::update(replies::table.find(reply))
        .set((
            replies::revision.eq(source.revision),
            replies::updated_at.eq(source.updated_at),
        ))
        .execute(db)?;
    diesel::update(
        revisions::table
            .filter(revisions::thread_id.eq(source.id))
            .filter(revisions::reply_id.is_null()),
    )
    .set((revisions::thread_id.eq(to), revisions::reply_id.eq(reply)))
    .execute(db)?;
    diesel::update(
        reports::table
            .filter(reports::thread_id.eq(source.id))
            .filter(reports::reply_id.is_null()),
    )
    .set((reports::thread_id.eq(to), reports::reply_id.eq(reply)))
    .execute(db)?;
    diesel::update(
        marks::table
            .filter(marks::post_id.eq(source.id))
            .filter(marks::kind.eq_any([Mark::Helpful, Mark::WantToTry])),
    )
    .set((marks::post_id.eq(reply), marks::thread_id.eq(to)))
    .execute(db)?;
    diesel::update(
        seal_requests::table
            .filter(seal_requests::thread_id.eq(source.id))
            .filter(seal_requests::reply_id.is_null()),
    )
    .set((
        seal_requests::thread_id.eq(to),
        seal_requests::reply_id.eq(reply),
    ))
    .execute(db)?;
    diesel::delete(claims::table.find(source.id)).execute(db)?;
    Ok(())
}

/// Who follows the one or reads it later has marked the other so; those who had already keep their time.
pub fn carry_followers(db: &mut Db, from: Id, to: Id) -> Result<()> {
    let rows: Vec<(Id, Mark, At)> = diesel::delete(
        marks::table
            .filter(marks::post_id.eq(from))
            .filter(marks::kind.eq_any(FOLLOWING)),
    )
    .returning((marks::account_id, marks::kind, marks::at))
    .get_results(db)?;
    for (account, mark, at) in rows {
        set_mark(db, account, to, mark, at)?;
    }
    Ok(())
}

pub fn follow(db: &mut Db, account: Id, thread: Id, now: At) -> Result<()> {
    set_mark(db, account, thread, Mark::Follow, now)
}

fn set_mark(db: &mut Db, account: Id, thread: Id, mark: Mark, at: At) -> Result<()> {
    OnBoth(
        diesel::insert_into(marks::table)
            .values((
                marks::account_id.eq(account),
                marks::post_id.eq(thread),
                marks::thread_id.eq(thread),
                marks::kind.eq(mark),
                marks::at.eq(at),
            ))
            .on_conflict_do_nothing(),
    )
    .execute(db)?;
    Ok(())
}
