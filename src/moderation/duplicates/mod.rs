//! Two threads about one topic: linked, so that readers find the other, or merged, so that the replies stand in one place
//! and the old address leads there.

pub mod http;
mod store;

use std::collections::BTreeSet;

use super::{Place, Post, REASON, log, place};
use crate::accounts::signature::are_shown_as_one;
use crate::accounts::{Action, Who};
use crate::clock::At;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::id::Id;
use crate::replies;
use crate::text::{Rule, narrow};
use crate::threads::{self, Kind, Thread, Visibility};

/// Why two threads belong together; may be left empty.
const WHY: Rule = Rule { hint: "", ..REASON };

/// Characters of an address that are looked at.
const MAX_ADDRESS: usize = 500;

/// What a merge will do, before it is done.
#[derive(Clone, Debug)]
pub struct Plan {
    pub target: Thread,
    /// Replies that move, whatever their visibility.
    pub replies: i64,
    /// People who follow the thread or have it among what they read later.
    pub marks: i64,
    /// Whether it has an accepted answer, and whether that stays accepted.
    pub accepted: Option<bool>,
}

/// What somebody is told whose text names no thread.
pub(super) fn unknown() -> Error {
    Error::field(
        "of",
        "unknown",
        "その話題は見つかりませんでした。話題のページのアドレスを、そのまま貼り付けてください。",
    )
}

/// The id that `typed` names by an address, a short code or itself; of any thread, also one that is not there.
///
/// # Errors
/// `Invalid` naming `of`.
pub fn id_named(db: &mut Db, who: &Who, typed: &str) -> Result<Id> {
    let typed: String = narrow(typed).chars().take(MAX_ADDRESS).collect();
    if typed.is_empty() {
        return Err(Error::field(
            "of",
            "required",
            "どの話題と同じかを、話題のページのアドレスで書いてください。",
        ));
    }
    let name = last_part(&typed);
    if let Ok(id) = name.parse::<Id>() {
        return Ok(id);
    }
    match threads::by_short_code(db, who, name) {
        Err(Error::NotFound) => Err(unknown()),
        found => found,
    }
}

/// The thread that `typed` names, or the one into which that was merged.
///
/// # Errors
/// `Invalid` naming `of` for what is none, or none that all can see.
pub fn named(db: &mut Db, who: &Who, typed: &str) -> Result<Thread> {
    let id = id_named(db, who, typed)?;
    let found = match threads::find(db, who, id) {
        Err(Error::NotFound) => {
            threads::forwarding(db, who, id).and_then(|id| threads::find(db, who, id))
        }
        found => found,
    };
    match found {
        Ok(thread) if thread.visibility == Visibility::Visible => Ok(thread),
        Ok(_) => Err(Error::field(
            "of",
            "not_visible",
            "みんなに見えている話題だけを選べます。",
        )),
        Err(Error::NotFound) => Err(unknown()),
        Err(error) => Err(error),
    }
}

/// The id or the code in an address: what follows `/threads/` or `/t/`, or the whole text.
fn last_part(typed: &str) -> &str {
    let after = ["/threads/", "/t/"]
        .iter()
        .find_map(|mark| typed.split_once(mark))
        .map_or(typed, |(_, rest)| rest);
    let end = |c: char| !(c.is_ascii_alphanumeric() || c == '-');
    after.split(end).next().unwrap_or_default()
}

/// The thread and the one that it repeats.
fn look(db: &mut Db, who: &Who, thread: Id, typed: &str) -> Result<(Place, Thread)> {
    who.may(Action::Arrange)?;
    let here = place(db, who, Post::Thread(thread))?;
    let target = named(db, who, typed)?;
    if target.id == thread {
        return Err(Error::field(
            "of",
            "itself",
            "この話題そのものは選べません。もう一つの話題のアドレスを書いてください。",
        ));
    }
    Ok((here, target))
}

/// As `look`, and both stay as they are until the transaction ends, as do those that name the thread and would be led on.
///
/// # Errors
/// `Conflict` where another merge came between: what stands now was not waited for.
fn pair(db: &mut Db, who: &Who, thread: Id, typed: &str) -> Result<(Place, Thread)> {
    let (_, meant) = look(db, who, thread, typed)?;
    let mut held = BTreeSet::from([thread, meant.id]);
    held.extend(threads::naming(db, thread)?);
    // In one order, whoever comes from which side.
    for id in &held {
        threads::hold(db, *id)?;
    }
    let (here, target) = look(db, who, thread, &meant.id.to_string())?;
    let naming = threads::naming(db, thread)?;
    if target.id != meant.id || naming.iter().any(|id| !held.contains(id)) {
        return Err(Error::Conflict(
            "ちょうどいま、ほかの人がこの話題をまとめたりつないだりしました。いまの様子を確かめて、もう一度お試しください。"
                .to_owned(),
        ));
    }
    Ok((here, target))
}

/// Says that a thread repeats another; both stay. Returns the other.
///
/// # Errors
/// `Forbidden`, `NotFound`, `Invalid` naming `of`; `Conflict` where another came between.
pub fn link(db: &mut Db, who: &Who, thread: Id, typed: &str, reason: &str, now: At) -> Result<Id> {
    let (here, target) = pair(db, who, thread, typed)?;
    let reason = super::parsed(WHY.parse_optional(reason))?.unwrap_or_default();
    if target.duplicate_of.is_some() {
        return Err(Error::field(
            "of",
            "duplicate",
            "その話題も、ほかの話題と同じとされています。もとの話題を選んでください。",
        ));
    }
    threads::set_duplicate(db, thread, Some(target.id), now)?;
    let reason = with_target(&reason, &target);
    log::decide(db, who, &here, log::Deed::Linked, &reason, now)?;
    Ok(target.id)
}

/// Takes the link back; taking back what is not there is no error.
///
/// # Errors
/// `Forbidden`, `NotFound`.
pub fn unlink(db: &mut Db, who: &Who, thread: Id, now: At) -> Result<()> {
    who.may(Action::Arrange)?;
    let here = place(db, who, Post::Thread(thread))?;
    if here.thread.duplicate_of.is_none() {
        return Ok(());
    }
    threads::set_duplicate(db, thread, None, now)?;
    log::note(db, who, here.post(), log::Deed::Unlinked, "", now)
}

/// What a merge would do.
///
/// # Errors
/// As `merge`.
pub fn plan(db: &mut Db, who: &Who, thread: Id, typed: &str) -> Result<Plan> {
    let (here, target) = look(db, who, thread, typed)?;
    mergeable(&here.thread)?;
    respects_locks(who, &here.thread, &target)?;
    let (replies, marks) = store::counts(db, thread)?;
    Ok(Plan {
        replies,
        marks,
        accepted: here
            .thread
            .accepted_reply
            .map(|_| keeps_accepted(&here.thread, &target)),
        target,
    })
}

/// A merge would open a locked thread again, or write into one: that is for those who lock.
fn respects_locks(who: &Who, here: &Thread, target: &Thread) -> Result<()> {
    if who.can(Action::Moderate) {
        return Ok(());
    }
    here.open()?;
    target.open()
}

fn mergeable(thread: &Thread) -> Result<()> {
    if thread.visibility != Visibility::Visible {
        return Err(Error::Conflict(
            "非公開の話題はまとめられません。先に公開するかどうかを決めてください。".to_owned(),
        ));
    }
    if thread.kind == Kind::Practice {
        return Err(Error::field(
            "how",
            "practice",
            "実践の記録は、ほかの話題の返信にはできません。「つなぐ」を選んでください。",
        ));
    }
    Ok(())
}

/// An answer that solved the one question solves the other only where one person asked both, readers may know that, and
/// no other is chosen.
fn keeps_accepted(thread: &Thread, target: &Thread) -> bool {
    target.kind == Kind::Question
        && target.accepted_reply.is_none()
        && are_shown_as_one(
            (thread.author, &thread.signature),
            (target.author, &target.signature),
        )
}

/// Moves everything that was written in a thread into another: the opening words become its first reply there, replies
/// keep author, time, versions, marks and reports; who follows the one follows the other. The old address leads there.
/// Returns the other thread, and the reply that the opening words became.
///
/// # Errors
/// `Forbidden`, `NotFound`; `Conflict` for what is out of sight; `Invalid` naming `of`, or `how` for practices.
pub fn merge(
    db: &mut Db,
    who: &Who,
    thread: Id,
    typed: &str,
    reason: &str,
    now: At,
) -> Result<(Id, Id)> {
    let (here, target) = pair(db, who, thread, typed)?;
    mergeable(&here.thread)?;
    respects_locks(who, &here.thread, &target)?;
    let reason = super::parsed(WHY.parse_optional(reason))?.unwrap_or_default();
    let source = &here.thread;
    store::carry_replies(db, source.id, target.id)?;
    let opening = Id::new(now);
    let titled = format!("「{}」\n\n{}", source.title, source.body);
    // A text that fills its limit goes without its title: its author could not change it any more.
    let body = threads::BODY
        .parse(&titled)
        .unwrap_or_else(|_| source.body.clone());
    replies::insert(
        db,
        &replies::Draft {
            id: opening,
            thread: target.id,
            author: source.author.addressee(),
            sealed_as: source.signature.mask(),
            body: &body,
            quote_of: None,
            external_id: None,
            created_at: source.created_at,
        },
    )?;
    store::carry_opening(db, source, opening, target.id)?;
    store::carry_followers(db, source.id, target.id)?;
    if source.author != target.author {
        store::follow(db, source.author.addressee(), target.id, now)?;
    }
    threads::set_merged(db, source.id, target.id, now)?;
    if let Some(accepted) = source.accepted_reply
        && keeps_accepted(source, &target)
    {
        threads::set_accepted(db, target.id, Some(accepted), now)?;
    }
    replies::recount(db, target.id, now)?;
    let reason = with_target(&reason, &target);
    log::decide(db, who, &here, log::Deed::Merged, &reason, now)?;
    Ok((target.id, opening))
}

fn with_target(reason: &str, target: &Thread) -> String {
    let named = format!("「{}」（/t/{}）", target.title, target.short_code);
    if reason.is_empty() {
        named
    } else {
        format!("{reason}\n{named}")
    }
}
