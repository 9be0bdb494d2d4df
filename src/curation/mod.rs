//! What trainers choose for others: a thread that they recommend with a comment, signed by their role; threads that they
//! gather (`collections`); what others propose to them (`proposals`); and whether what they chose still holds (`freshness`).
//! The author of a thread may refuse all of it.

pub mod collections;
pub mod freshness;
pub mod http;
pub mod proposals;
mod store;
pub mod view;

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

pub use self::freshness::{count_overdue, overdue};
pub use self::proposals::{count_open as count_open_proposals, open as open_proposals};
use crate::accounts::{Action, Who};
use crate::clock::At;
use crate::db::Db;
use crate::error::{Error, FieldError, FieldErrors, Result};
use crate::id::Id;
use crate::moderation::log::{self, Deed};
use crate::moderation::{self, Place, Post};
use crate::text::{Rule, refuse_my_number};
use crate::threads::{self, Visibility, standing};

/// What is said of a thread.
pub const COMMENT: Rule = Rule {
    field: "comment",
    label: "ひとこと",
    max: 200,
    lines: false,
    hint: "どんな先生に、どこを読んでほしいかを書いてください。例：はじめて端末を持ち帰らせる先生に",
};

/// What whoever wants to recommend a thread is told whose author does not want it.
const REFUSED: &str =
    "書いた人が、おすすめへの掲載を辞退しています。辞退が取りやめられるまで、すすめられません。";

/// What a trainer says of a thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recommendation {
    pub thread: Id,
    pub comment: String,
    pub at: At,
}

fn parsed<T>(parsed: std::result::Result<T, FieldError>) -> Result<T> {
    parsed.map_err(|error| Error::Invalid(FieldErrors(vec![error])))
}

/// A text in the words of somebody, by its rule.
fn words(rule: &Rule, typed: &str) -> Result<String> {
    parsed(
        rule.parse(typed)
            .and_then(|text| refuse_my_number(rule.field, &text).map(|()| text)),
    )
}

/// The thread that a trainer decides on, held until this transaction ends.
fn held(db: &mut Db, who: &Who, thread: Id) -> Result<Place> {
    threads::find(db, who, thread)?;
    threads::hold(db, thread)?;
    let place = moderation::place(db, who, Post::Thread(thread))?;
    if place.visibility() == Visibility::Visible {
        Ok(place)
    } else {
        Err(Error::Forbidden("公開されている話題だけを選べます。"))
    }
}

/// Writes down what was decided of somebody's thread and has them told. One's own threads are one's own business.
fn decide(db: &mut Db, who: &Who, place: &Place, deed: Deed, reason: &str, now: At) -> Result<()> {
    if place.author().is_who(who) {
        return Ok(());
    }
    log::decide(db, who, place, deed, reason, now)
}

/// Recommends a thread; a second recommendation replaces the first. Whoever proposed it hears of it, and so does its author.
///
/// # Errors
/// `Forbidden`, `NotFound`, `Invalid`; `Conflict` where its author has refused.
pub fn recommend(db: &mut Db, who: &Who, thread: Id, comment: &str, now: At) -> Result<()> {
    who.may(Action::Curate)?;
    let place = held(db, who, thread)?;
    if is_refused(db, thread)? {
        return Err(Error::Conflict(REFUSED.to_owned()));
    }
    let comment = words(&COMMENT, comment)?;
    let before = store::of_thread(db, thread)?;
    if before.as_ref().is_some_and(|one| one.comment == comment) {
        return Ok(());
    }
    store::save(db, thread, who.member()?.id, &comment, now)?;
    if before.is_none() {
        standing::set_recommended(db, thread, true, now)?;
        freshness::recount(db, &[thread], now)?;
    }
    proposals::settle(db, who, thread, proposals::State::Accepted, &comment, now)?;
    decide(db, who, &place, Deed::Recommended, &comment, now)
}

/// Takes a recommendation back; taking back what is not there is no error.
///
/// # Errors
/// `Forbidden`, `NotFound` for a thread that `who` may not see.
pub fn withdraw(db: &mut Db, who: &Who, thread: Id, now: At) -> Result<()> {
    who.may(Action::Curate)?;
    let place = moderation::place(db, who, Post::Thread(thread))?;
    if drop_recommendation(db, thread, now)? {
        decide(db, who, &place, Deed::Unrecommended, "", now)?;
    }
    Ok(())
}

/// Whether there was one.
fn drop_recommendation(db: &mut Db, thread: Id, now: At) -> Result<bool> {
    if !store::remove(db, thread)? {
        return Ok(false);
    }
    standing::set_recommended(db, thread, false, now)?;
    freshness::recount(db, &[thread], now)?;
    Ok(true)
}

/// Its author wants a thread neither recommended nor gathered: what stands is taken back, and nobody can recommend it again
/// before the author allows it.
///
/// # Errors
/// `SignInRequired`, `NotFound`, `Forbidden` for everybody else.
pub fn refuse(db: &mut Db, who: &Who, thread: Id, now: At) -> Result<()> {
    authors_own(db, who, thread)?;
    store::refuse(db, thread, now)?;
    drop_recommendation(db, thread, now)?;
    freshness::recount(db, &[thread], now)?;
    proposals::settle(db, who, thread, proposals::State::Refused, "", now)
}

/// The author allows it again; what was taken back does not come back by itself, but collections show it again.
///
/// # Errors
/// As `refuse`.
pub fn allow(db: &mut Db, who: &Who, thread: Id, now: At) -> Result<()> {
    authors_own(db, who, thread)?;
    store::allow(db, thread)?;
    freshness::recount(db, &[thread], now)
}

fn authors_own(db: &mut Db, who: &Who, thread: Id) -> Result<()> {
    let author = threads::find(db, who, thread)?.author;
    if author.is_who(who) {
        threads::hold(db, thread)
    } else {
        Err(Error::refusal(
            who,
            "掲載を辞退できるのは、書いた本人だけです。",
        ))
    }
}

/// Whether the author of a thread has refused.
pub fn is_refused(db: &mut Db, thread: Id) -> Result<bool> {
    Ok(!refused_among(db, &[thread])?.is_empty())
}

/// Those of `threads` whose authors have refused.
pub fn refused_among(db: &mut Db, threads: &[Id]) -> Result<Vec<Id>> {
    store::refused_among(db, threads)
}

/// Whether there is something of a thread that trainers or `proposer` left: most threads have nothing, and a page asks for
/// what there is alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traces {
    pub refused: bool,
    pub recommended: bool,
    /// Whether its freshness was ever judged.
    pub judged: bool,
    /// Whether it stands in a published collection.
    pub gathered: bool,
    /// Whether `who` has proposed it and waits.
    pub proposed: bool,
}

/// What there is of a thread.
pub fn traces(db: &mut Db, who: &Who, thread: Id) -> Result<Traces> {
    store::traces(db, thread, who.id())
}

/// What is said of a thread; that `who` may see it is the caller's check.
pub fn of_thread(db: &mut Db, thread: Id) -> Result<Option<Recommendation>> {
    store::of_thread(db, thread)
}

/// Threads that trainers chose after `since`, up to `until`, for the house: recommended, or brought by a collection that was
/// published or added to. The newest first.
pub fn picks(db: &mut Db, since: At, until: At) -> Result<Vec<Id>> {
    let mut all: Vec<(At, Id)> = store::recommended(db, since, until)?;
    let gathered = collections::picks(db, since, until)?;
    all.extend(gathered.into_iter().map(|pick| (pick.at, pick.thread)));
    // Stable: threads of one collection stay in its order.
    all.sort_by_key(|(at, _)| Reverse(*at));
    let ids: Vec<Id> = all.into_iter().map(|(_, thread)| thread).collect();
    let curated = curated_among(db, &ids)?;
    let mut seen = HashSet::new();
    let mut picks = ids;
    picks.retain(|id| curated.contains(id) && seen.insert(*id));
    Ok(picks)
}

/// What is said of these threads: with the recommendation, else in the newest collection.
pub fn comments(db: &mut Db, threads: &[Id]) -> Result<HashMap<Id, String>> {
    let mut all: HashMap<Id, String> = HashMap::new();
    // The newest comes first, so that it is written over last.
    for pick in collections::comments(db, threads)?.into_iter().rev() {
        let words = format!("{}（まとめ『{}』）", pick.comment, pick.title);
        all.insert(pick.thread, words);
    }
    all.extend(store::comments(db, threads)?);
    Ok(all)
}

/// Those of `threads` that are recommended or stand in a published collection, and whose authors have not refused.
pub fn curated_among(db: &mut Db, threads: &[Id]) -> Result<HashSet<Id>> {
    let mut all = collections::published_among(db, threads)?;
    all.extend(store::recommended_among(db, threads)?);
    for refused in store::refused_among(db, threads)? {
        all.remove(&refused);
    }
    Ok(all)
}

/// What trainers said of a thread goes on with the one that it was merged into.
pub fn carry(db: &mut Db, from: Id, to: Id, now: At) -> Result<()> {
    collections::carry(db, from, to)?;
    if store::carry(db, from, to)? {
        standing::set_recommended(db, to, true, now)?;
    }
    freshness::recount(db, &[from, to], now)
}

/// What one has recommended, with what one said, oldest first.
///
/// # Errors
/// `SignInRequired`.
pub fn own(db: &mut Db, who: &Who) -> Result<Vec<Recommendation>> {
    store::by_trainer(db, who.member()?.id)
}

/// What only `account` had begun goes: proposals, drafts of collections. What was decided and published stays, signed by
/// the role.
pub fn forget_person(db: &mut Db, account: Id) -> Result<()> {
    proposals::forget_person(db, account)?;
    collections::forget_person(db, account)
}
