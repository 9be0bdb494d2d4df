//! Threads that somebody wants trainers to recommend. Anybody may propose, with a short reason; a trainer decides and the
//! proposer hears of it. Who proposed is shown to nobody.

pub mod http;
mod store;
pub mod view;

use std::collections::HashMap;

use super::{REFUSED, is_refused, of_thread, recommend, words};
use crate::accounts::{Action, Who};
use crate::clock::At;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::id::Id;
use crate::moderation::log::{self, Deed};
use crate::text::Rule;
use crate::text_enum;
use crate::threads::{self, Cursor, Page, Summary, Visibility};

pub const REASON: Rule = Rule {
    field: "reason",
    label: "すすめたい理由",
    max: 200,
    lines: false,
    hint: "どんな先生の助けになると思うかを、一言で書いてください。例：小規模校でもすぐまねできました",
};
/// What the proposer is told when a trainer does not recommend it.
pub const ANSWER: Rule = Rule {
    field: "reason",
    label: "見送る理由",
    max: 200,
    lines: false,
    hint: "推薦した先生に伝わります。理由を一言で書いてください。例：似た実践を先月すすめたので、今回は見送ります",
};

text_enum! {
    pub enum State {
        Open = "open",
        Accepted = "accepted",
        Declined = "declined",
        /// The author of the thread does not want it.
        Refused = "refused",
    }
}

/// A proposal that waits for a trainer.
#[derive(Clone, Debug)]
pub struct Proposal {
    pub id: Id,
    pub thread: Summary,
    pub reason: String,
    pub at: At,
}

/// Proposes a thread; one open proposal a person and thread. Returns its id.
///
/// # Errors
/// `SignInRequired`, `NotFound`, `Forbidden` for what not all may see, `Invalid`; `Conflict` for what is recommended already
/// and for what its author does not want recommended.
pub fn propose(db: &mut Db, who: &Who, thread: Id, reason: &str, now: At) -> Result<Id> {
    who.may(Action::Post)?;
    let found = threads::find(db, who, thread)?;
    if found.visibility != Visibility::Visible {
        return Err(Error::Forbidden("公開されている話題だけを推薦できます。"));
    }
    if of_thread(db, thread)?.is_some() {
        return Err(Error::Conflict(
            "この話題は、もう研修担当のおすすめになっています。".to_owned(),
        ));
    }
    if is_refused(db, thread)? {
        return Err(Error::Conflict(REFUSED.to_owned()));
    }
    let reason = words(&REASON, reason)?;
    let id = Id::new(now);
    let proposer = who.member()?.id;
    match crate::db::savepoint(db, |db| {
        store::insert(db, id, thread, proposer, &reason, now)
    }) {
        Ok(()) => Ok(id),
        // The database allows one that is open: theirs is there already.
        Err(error) => match store::open_of(db, thread, proposer)? {
            Some(_) => Err(Error::field(
                "reason",
                "known",
                "この話題は、もう推薦しています。研修担当が決めたら、お知らせに届きます。",
            )),
            None => Err(error),
        },
    }
}

/// Open proposals of visible threads, the one that waits longest first.
///
/// # Errors
/// `SignInRequired`, `Forbidden`.
pub fn open(db: &mut Db, who: &Who, after: Option<Cursor>, limit: usize) -> Result<Page<Proposal>> {
    who.may(Action::Curate)?;
    let read = |wanted| store::open(db, after, wanted);
    let page = Page::read(limit, read, |last| Cursor {
        at: last.created_at,
        id: last.id,
    })?;
    let ids: Vec<Id> = page.items.iter().map(|row| row.thread).collect();
    let found: HashMap<Id, Summary> = threads::visible(db, who, &ids)?
        .into_iter()
        .map(|thread| (thread.id, thread))
        .collect();
    Ok(page.into_shown(|row| {
        Some(Proposal {
            id: row.id,
            thread: found.get(&row.thread)?.clone(),
            reason: row.reason,
            at: row.created_at,
        })
    }))
}

/// How many wait.
///
/// # Errors
/// `SignInRequired`, `Forbidden`.
pub fn count_open(db: &mut Db, who: &Who) -> Result<i64> {
    who.may(Action::Curate)?;
    store::count_open(db)
}

/// Recommends what was proposed, with a comment. Returns the thread.
///
/// # Errors
/// `SignInRequired`, `Forbidden`, `NotFound`, `Invalid` naming `comment`; `Conflict` for what was decided meanwhile.
pub fn accept(db: &mut Db, who: &Who, id: Id, comment: &str, now: At) -> Result<Id> {
    let thread = waiting(db, who, id)?;
    recommend(db, who, thread, comment, now)?;
    // Also where it was recommended already, with the same words.
    settle(db, who, thread, State::Accepted, comment, now)?;
    Ok(thread)
}

/// Does not recommend what was proposed, with a reason for whoever proposed it. Returns the thread.
///
/// # Errors
/// As `accept`; `Invalid` naming `reason`.
pub fn decline(db: &mut Db, who: &Who, id: Id, reason: &str, now: At) -> Result<Id> {
    let thread = waiting(db, who, id)?;
    let reason = words(&ANSWER, reason)?;
    settle(db, who, thread, State::Declined, &reason, now)?;
    Ok(thread)
}

fn waiting(db: &mut Db, who: &Who, id: Id) -> Result<Id> {
    who.may(Action::Curate)?;
    let (thread, state) = store::by_id(db, id)?;
    threads::find(db, who, thread)?;
    threads::hold(db, thread)?;
    if state == State::Open {
        Ok(thread)
    } else {
        Err(Error::Conflict(
            "この推薦は、ほかの研修担当が先に決めました。".to_owned(),
        ))
    }
}

/// What the proposers of a thread hear when its author does not want it recommended.
const NOT_WANTED: &str = "書いた人が、おすすめへの掲載を辞退しました。";

/// Decides all open proposals of a thread at once and has their proposers told.
pub(super) fn settle(
    db: &mut Db,
    who: &Who,
    thread: Id,
    state: State,
    answer: &str,
    now: At,
) -> Result<()> {
    let decider = who.member()?.id;
    // An author who refuses has decided on their own thread; no trainer has.
    let trainer = (state != State::Refused).then_some(decider);
    let (deed, told) = match state {
        State::Accepted => (Deed::ProposalAccepted, answer),
        State::Refused => (Deed::ProposalDeclined, NOT_WANTED),
        State::Declined | State::Open => (Deed::ProposalDeclined, answer),
    };
    for proposer in store::settle(db, thread, state, answer, trainer, now)? {
        if proposer != decider {
            log::tell_person(db, proposer, thread, deed, told, now)?;
        }
    }
    Ok(())
}

/// A proposal of one's own, whatever became of it.
#[derive(Clone, Debug)]
pub struct Own {
    pub thread: Id,
    pub reason: String,
    pub state: State,
    pub at: At,
}

/// What one has proposed, oldest first.
///
/// # Errors
/// `SignInRequired`.
pub fn own(db: &mut Db, who: &Who) -> Result<Vec<Own>> {
    store::of_proposer(db, who.member()?.id)
}

pub(super) fn forget_person(db: &mut Db, account: Id) -> Result<()> {
    store::forget_person(db, account)
}
