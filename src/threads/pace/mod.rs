//! How a post comes in: once for each submit, and no faster than people write.

mod store;

use chrono::TimeDelta;

use crate::accounts;
use crate::clock::At;
use crate::config::Limits;
use crate::db::Db;
use crate::db::once::{self, OnceKey};
use crate::error::{Error, Result};
use crate::id::Id;

/// Threads and replies of one person in an hour are counted over this span.
const POSTING_WINDOW: TimeDelta = TimeDelta::hours(1);
/// The posts of newcomers are counted over this span.
const NEWCOMERS_DAY: TimeDelta = TimeDelta::days(1);
/// Seconds after which one who has posted too often may look again.
const POSTING_PAUSE: u64 = 600;

/// How a post comes: the key of a submit that may come twice, and how many posts a person may make in an hour
/// (0 = any number).
pub struct Submit<'a> {
    pub key: Option<&'a OnceKey>,
    pub posts_per_hour: u32,
    /// What a newcomer may write in a day (0 = any number).
    pub new_account_posts_per_day: u32,
}

impl<'a> Submit<'a> {
    pub fn new(key: Option<&'a OnceKey>, limits: &Limits) -> Submit<'a> {
        Submit {
            key,
            posts_per_hour: limits.posts_per_hour,
            new_account_posts_per_day: limits.new_account_posts_per_day(),
        }
    }
}

impl Submit<'_> {
    /// Claims the key for `resource`, or gives what was made with it before. New posts are held to the hourly rate.
    ///
    /// # Errors
    /// `TooMany` when `author` has posted that often within the hour, `Newcomer` when as often as newcomers may in a day.
    pub fn claim(&self, db: &mut Db, author: Id, resource: Id, now: At) -> Result<Option<Id>> {
        if let Some(key) = self.key
            && let Some(made) = once::claim(db, author, key, resource, now)?
        {
            return Ok(Some(made));
        }
        let limit = i64::from(self.posts_per_hour);
        if limit > 0 && store::posts_since(db, author, now.minus(POSTING_WINDOW), now)? >= limit {
            return Err(Error::TooMany(POSTING_PAUSE));
        }
        self.hold_newcomer(db, author, now)?;
        Ok(None)
    }

    /// # Errors
    /// `Newcomer`, with the time until the first of the counted posts is a day old or the first days are over.
    fn hold_newcomer(&self, db: &mut Db, author: Id, now: At) -> Result<()> {
        let most = self.new_account_posts_per_day;
        if most == 0 {
            return Ok(());
        }
        let Some(until) = accounts::newcomer_until(db, author, now)? else {
            return Ok(());
        };
        let day_ago = now.minus(NEWCOMERS_DAY);
        let Some(first) = store::nth_newest_post(db, author, (day_ago, now), most)? else {
            return Ok(());
        };
        let free = first.plus(NEWCOMERS_DAY).min(until);
        let wait = u64::try_from(free.since(now).num_seconds()).unwrap_or(0);
        Err(Error::Newcomer {
            most,
            wait: wait.max(1),
        })
    }
}
