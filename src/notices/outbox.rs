//! The outbox: a row for every letter to one reader, from the moment it is chosen to what became of it. Letters are taken
//! under a lease with a fence, so several processes share the work, and one that dies leaves its letters due again.

use std::collections::{HashMap, HashSet};

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::settings::{MOST_BOUNCES, Reason};
use super::store;
use crate::accounts::{Action, Who};
use crate::clock::At;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::id::Id;
use crate::text_enum;

text_enum! {
    /// What became of a letter.
    pub enum State {
        Queued = "queued",
        /// Taken by a process, until its lease ends.
        Sending = "sending",
        /// The mail server has taken it.
        Sent = "sent",
        Skipped = "skipped",
        Failed = "failed",
        /// Taken by the server, and come back.
        Bounced = "bounced",
    }
}

impl State {
    /// For readers and administrators.
    pub fn name(self) -> &'static str {
        match self {
            State::Queued => "送る順番を待っています",
            State::Sending => "送っているところです",
            State::Sent => "送りました",
            State::Skipped => "送りませんでした",
            State::Failed => "送れませんでした",
            State::Bounced => "届かずに戻ってきました",
        }
    }
}

/// How long letters are kept in the ledger.
pub const KEPT: TimeDelta = TimeDelta::days(400);
/// Failures that are listed.
const LISTED: i64 = 200;

/// One thing that a letter tells: a thread, or replies in one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    pub why: Reason,
    pub thread: Id,
    pub revision: i32,
    /// The newest reply, where replies are the news.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<Id>,
    /// New replies.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub replies: u32,
    /// What is told where it is no thread (`thread` is its id): written down when it was chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spoken: Option<Spoken>,
}

/// What a letter says of something that is no thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spoken {
    /// 「募集」.
    pub label: String,
    pub title: String,
    pub extract: String,
    /// A path of the forum.
    pub path: String,
}

impl Item {
    /// The thread that it is of; None for what is no thread.
    pub fn of_thread(&self) -> Option<Id> {
        self.spoken.is_none().then_some(self.thread)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// What was frozen for a letter; nothing for one that was skipped.
///
/// # Errors
/// `Internal` when the row was not written by this program.
pub fn thaw(frozen: &str) -> Result<Vec<Item>> {
    if frozen.is_empty() {
        return Ok(Vec::new());
    }
    serde_json::from_str(frozen).map_err(Error::internal)
}

/// # Errors
/// None in practice.
pub fn freeze(items: &[Item]) -> Result<String> {
    serde_json::to_string(items).map_err(Error::internal)
}

/// What a letter is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// An issue of the digest.
    Issue(Id),
    /// News of a thread.
    Thread(Id),
}

/// A letter to be added to the ledger.
#[derive(Clone, Debug)]
pub struct NewLetter {
    pub id: Id,
    pub account: Id,
    pub about: About,
    pub state: State,
    pub reason: &'static str,
    pub frozen: String,
    pub frozen_hash: String,
    pub run_at: At,
}

/// Adds letters to the ledger, in the transaction that chose them.
pub fn add(db: &mut Db, letters: &[NewLetter], now: At) -> Result<()> {
    store::add(db, letters, now)
}

/// A letter that a process has taken.
#[derive(Clone, Debug)]
pub struct Claimed {
    pub id: Id,
    pub account: Id,
    pub about: About,
    pub frozen: String,
    pub frozen_hash: String,
    pub attempts: i32,
    pub fence: i32,
}

/// Takes at most `limit` due letters for `lease`: those with news first, then digests, the longest due before the others.
/// Those that another process is just taking are passed over.
pub fn claim(db: &mut Db, limit: i64, lease: TimeDelta, now: At) -> Result<Vec<Claimed>> {
    store::claim(db, limit, lease, now)
}

/// What a claimed letter has come to.
#[derive(Clone, Debug)]
pub struct Settled {
    pub claimed: Claimed,
    pub state: State,
    pub reason: String,
    pub sent_hash: Option<String>,
    /// For one that waits: when it is due again.
    pub run_at: At,
    /// Whether the server was asked.
    pub tried: bool,
    /// Whether the address itself was refused.
    pub bounced: bool,
}

/// Writes down what has become of letters. One whose lease ran out and that somebody else has taken is left to them –
/// unless it was sent: that is a fact whoever says it.
pub fn settle(db: &mut Db, settled: &[Settled], now: At) -> Result<()> {
    let (sent, others): (Vec<&Settled>, Vec<&Settled>) =
        settled.iter().partition(|one| one.state == State::Sent);
    // Nearly all are sent as they were frozen: those are one statement.
    let as_frozen = |one: &&&Settled| one.sent_hash.as_ref() == Some(&one.claimed.frozen_hash);
    let plain: Vec<Id> = sent
        .iter()
        .filter(as_frozen)
        .map(|one| one.claimed.id)
        .collect();
    if !plain.is_empty() {
        store::settle_as_frozen(db, &plain, now)?;
    }
    for one in sent.iter().filter(|one| !as_frozen(one)).chain(&others) {
        store::settle(db, one, now)?;
        if one.bounced {
            note_bounce(db, one.claimed.account, now)?;
        }
    }
    let sent: Vec<Id> = sent.iter().map(|one| one.claimed.account).collect();
    if sent.is_empty() {
        return Ok(());
    }
    // A letter that is taken may still come back: only the second in a row clears the address.
    for account in store::with_bounces(db, &sent)? {
        let last = store::last_states(db, account, 2)?;
        if last.iter().all(|state| *state == State::Sent) {
            store::set_bounces(db, account, 0, false, now)?;
        }
    }
    Ok(())
}

fn note_bounce(db: &mut Db, account: Id, now: At) -> Result<()> {
    let Some(settings) = store::settings_of(db, account)? else {
        return Ok(());
    };
    let bounces = settings.bounces + 1;
    store::set_bounces(db, account, bounces, bounces >= MOST_BOUNCES, now)
}

/// A letter that the server had taken came back. False for one that is unknown, or known to have come back.
pub fn come_back(db: &mut Db, letter: Id, reason: &str, now: At) -> Result<bool> {
    let Some(account) = store::mark_bounced(db, letter, reason, now)? else {
        return Ok(false);
    };
    note_bounce(db, account, now)?;
    Ok(true)
}

/// What a reader has been told.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// Threads, and single replies.
    pub posts: HashSet<Id>,
    /// By thread: replies up to this one. Ids grow with time.
    pub upto: HashMap<Id, Id>,
}

impl Told {
    pub fn note(&mut self, item: &Item) {
        self.posts.insert(item.thread);
        if let Some(reply) = item.reply {
            self.posts.insert(reply);
            if item.why != Reason::Mention && item.replies > 0 {
                self.note_replies(item.thread, reply);
            }
        }
    }

    pub fn note_replies(&mut self, thread: Id, upto: Id) {
        let newest = self.upto.entry(thread).or_insert(upto);
        *newest = (*newest).max(upto);
    }

    pub fn knows_reply(&self, thread: Id, reply: Id) -> bool {
        self.posts.contains(&reply) || self.upto.get(&thread).is_some_and(|upto| reply <= *upto)
    }
}

/// What these readers have been sent since `since` or are about to be: by letters, and by replies that wait for one.
pub fn told(db: &mut Db, readers: &[Id], since: At) -> Result<HashMap<Id, Told>> {
    let mut told: HashMap<Id, Told> = HashMap::new();
    for (account, frozen) in store::sent_to(db, readers, since)? {
        let known = told.entry(account).or_default();
        for item in thaw(&frozen)? {
            known.note(&item);
        }
    }
    for (account, reply) in store::noticed(db, readers)? {
        told.entry(account).or_default().posts.insert(reply);
    }
    Ok(told)
}

/// A letter that did not arrive.
#[derive(Clone, Debug)]
pub struct Failure {
    pub account: Id,
    pub name: String,
    pub state: State,
    pub reason: String,
    pub at: At,
    /// No mail goes there any more.
    pub silenced: bool,
}

/// Letters that were refused or came back, the newest first.
///
/// # Errors
/// `SignInRequired`, `Forbidden`.
pub fn failures(db: &mut Db, who: &Who) -> Result<Vec<Failure>> {
    who.may(Action::ManagePeople)?;
    store::failures(db, LISTED)
}

/// How many news letters stand in each state.
///
/// # Errors
/// `SignInRequired`, `Forbidden`.
pub fn news_figures(db: &mut Db, who: &Who) -> Result<Vec<(State, String, i64)>> {
    who.may(Action::ManagePeople)?;
    store::news_figures(db)
}

/// Removes at most `limit` letters of long ago. Returns how many there were.
pub fn forget(db: &mut Db, limit: i64, now: At) -> Result<usize> {
    store::forget(db, now.minus(KEPT), limit)
}
