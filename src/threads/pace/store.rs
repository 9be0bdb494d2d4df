//! SQL of how often somebody has posted.

use diesel::prelude::*;

use crate::clock::At;
use crate::db::Db;
use crate::db::schema::{replies, threads};
use crate::error::Result;
use crate::id::Id;

/// What a clock wrote that was set back since does not count: nobody waits until it is there again.
pub fn posts_since(db: &mut Db, author: Id, since: At, now: At) -> Result<i64> {
    let begun: i64 = threads::table
        .filter(threads::author_id.eq(author))
        .filter(threads::created_at.gt(since))
        .filter(threads::created_at.le(now))
        .count()
        .get_result(db)?;
    let answered: i64 = replies::table
        .filter(replies::author_id.eq(author))
        .filter(replies::created_at.gt(since))
        .filter(replies::created_at.le(now))
        .count()
        .get_result(db)?;
    Ok(begun + answered)
}

/// When the `nth` newest post of a person after `since` was written; None where there are fewer.
pub fn nth_newest_post(
    db: &mut Db,
    author: Id,
    (since, now): (At, At),
    nth: u32,
) -> Result<Option<At>> {
    let mut times: Vec<At> = threads::table
        .filter(threads::author_id.eq(author))
        .filter(threads::created_at.gt(since))
        .filter(threads::created_at.le(now))
        .order(threads::created_at.desc())
        .limit(i64::from(nth))
        .select(threads::created_at)
        .load(db)?;
    let answers: Vec<At> = replies::table
        .filter(replies::author_id.eq(author))
        .filter(replies::created_at.gt(since))
        .filter(replies::created_at.le(now))
        .order(replies::created_at.desc())
        .limit(i64::from(nth))
        .select(replies::created_at)
        .load(db)?;
    times.extend(answers);
    times.sort_unstable_by(|a, b| b.cmp(a));
    let place = usize::try_from(nth).unwrap_or(usize::MAX).saturating_sub(1);
    Ok(times.get(place).copied())
}
