//! Notices on the site: replies that concern a person, and which of them they have not seen yet.

use std::collections::HashMap;

use chrono::TimeDelta;

use super::store;
use crate::accounts::{self, Action, Who};
use crate::clock::At;
use crate::db::Db;
use crate::error::Result;
use crate::id::Id;
use crate::replies::{self, Reply};
use crate::text_enum;
use crate::threads::{self, Kind, Summary};

text_enum! {
    /// Why a reply is told.
    pub enum Event {
        /// It answers what one wrote.
        Own = "own",
        Mention = "mention",
        Followed = "followed",
        /// One's own reply was chosen as the answer.
        Accepted = "accepted",
    }
}

/// How long notices are kept.
pub const KEPT: TimeDelta = TimeDelta::days(180);

/// A notice with what it is about.
#[derive(Clone, Debug)]
pub struct Told {
    pub why: Event,
    pub thread: Summary,
    pub reply: Reply,
    pub at: At,
    pub new: bool,
}

impl Told {
    pub fn words(&self) -> &'static str {
        match (self.why, self.thread.kind) {
            (Event::Own, Kind::Question) => "あなたの質問に回答がありました",
            (Event::Own, _) => "あなたの投稿に返信がありました",
            (Event::Mention, _) => "あなたの名前を呼んだ返信があります",
            (Event::Followed, _) => "続きを追っている話題に返信がありました",
            (Event::Accepted, _) => "あなたの回答が、解決した回答に選ばれました",
        }
    }
}

/// Notes that a reply is told to somebody. Noting it twice is noting it once.
pub(super) fn note(db: &mut Db, account: Id, reply: Id, why: Event, at: At) -> Result<()> {
    store::insert_site_notice(db, account, reply, why, at)
}

/// Tells the author of a reply that it was chosen; nobody where it is gone or they chose it themselves.
pub fn note_accepted(db: &mut Db, reply: Id, now: At) -> Result<()> {
    let Some(reply) = replies::visible_by_ids(db, &[reply])?.into_iter().next() else {
        return Ok(());
    };
    let house = accounts::house();
    let thread = threads::visible(db, &house, &[reply.thread])?
        .into_iter()
        .next();
    if thread.is_some_and(|thread| !thread.author.is_same_hand(reply.author)) {
        note(db, reply.author.addressee(), reply.id, Event::Accepted, now)?;
    }
    Ok(())
}

/// One's own newest notices, of what can still be seen.
///
/// # Errors
/// `SignInRequired`.
pub fn own(db: &mut Db, who: &Who, limit: i64) -> Result<Vec<Told>> {
    who.may(Action::Post)?;
    let rows = store::site_notices(db, who.member()?.id, limit)?;
    let ids: Vec<Id> = rows.iter().map(|row| row.reply).collect();
    let replies: HashMap<Id, Reply> = replies::visible_by_ids(db, &ids)?
        .into_iter()
        .map(|reply| (reply.id, reply))
        .collect();
    let mut ids: Vec<Id> = replies.values().map(|reply| reply.thread).collect();
    ids.sort_unstable();
    ids.dedup();
    let threads: HashMap<Id, Summary> = threads::visible(db, who, &ids)?
        .into_iter()
        .map(|thread| (thread.id, thread))
        .collect();
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let reply = replies.get(&row.reply)?.clone();
            let thread = threads.get(&reply.thread)?.clone();
            Some(Told {
                why: row.why,
                thread,
                reply,
                at: row.at,
                new: !row.seen,
            })
        })
        .collect())
}

/// How many notices one has not seen; those of what was hidden since are counted until they are.
pub fn count_new(db: &mut Db, who: &Who) -> Result<i64> {
    match who.id() {
        Some(account) => store::count_new_notices(db, account),
        None => Ok(0),
    }
}

/// Everything up to now is seen.
///
/// # Errors
/// `SignInRequired`.
pub fn see(db: &mut Db, who: &Who, now: At) -> Result<()> {
    who.may(Action::Post)?;
    store::see_notices(db, who.member()?.id, now)
}

/// Removes at most `limit` notices of long ago. Returns how many there were.
pub fn forget(db: &mut Db, limit: i64, now: At) -> Result<usize> {
    store::forget_notices(db, now.minus(KEPT), limit)
}
