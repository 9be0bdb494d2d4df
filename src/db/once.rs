//! Double submits make one post: the first use of a key names what it made, every later one within a day finds it.

use chrono::TimeDelta;
use diesel::prelude::*;

use crate::clock::At;
use crate::db::Db;
use crate::db::portable::OnBoth;
use crate::db::schema::idempotency_keys as keys;
use crate::error::{Error, Result};
use crate::id::Id;

/// How long a key is remembered.
pub const REMEMBERED: TimeDelta = TimeDelta::days(1);
/// Longest key taken, in bytes.
pub const MAX_KEY: usize = 200;

/// A key for one kind of work ("thread", "reply:…"), as the client chose it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnceKey(String);

impl OnceKey {
    /// None for an empty key.
    ///
    /// # Errors
    /// `BadRequest` when it is longer than `MAX_KEY` or not plain ASCII.
    pub fn new(purpose: &str, key: &str) -> Result<Option<OnceKey>> {
        if key.is_empty() {
            return Ok(None);
        }
        if key.len() > MAX_KEY || !key.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(Error::BadRequest(
                "Idempotency-Key: up to 200 printable ASCII characters".to_owned(),
            ));
        }
        Ok(Some(OnceKey(format!("{purpose}:{key}"))))
    }
}

/// Claims `key` for `resource`. Some(id) when it was used before: what was made then.
pub fn claim(db: &mut Db, account: Id, key: &OnceKey, resource: Id, now: At) -> Result<Option<Id>> {
    forget(db, now)?;
    let inserted = OnBoth(
        diesel::insert_into(keys::table)
            .values((
                keys::account_id.eq(account),
                keys::key.eq(key.0.as_str()),
                keys::resource_id.eq(resource),
                keys::created_at.eq(now),
            ))
            .on_conflict_do_nothing(),
    )
    .execute(db)?;
    if inserted == 1 {
        return Ok(None);
    }
    Ok(Some(
        keys::table
            .find((account, key.0.as_str()))
            .select(keys::resource_id)
            .first(db)?,
    ))
}

/// Forgets every key of `account`.
pub fn forget_person(db: &mut Db, account: Id) -> Result<()> {
    diesel::delete(keys::table.filter(keys::account_id.eq(account))).execute(db)?;
    Ok(())
}

/// What was made with `key`, if it was used.
pub fn used(db: &mut Db, account: Id, key: &OnceKey) -> Result<Option<Id>> {
    Ok(keys::table
        .find((account, key.0.as_str()))
        .select(keys::resource_id)
        .first(db)
        .optional()?)
}

fn forget(db: &mut Db, now: At) -> Result<()> {
    diesel::delete(keys::table.filter(keys::created_at.lt(now.minus(REMEMBERED)))).execute(db)?;
    Ok(())
}
