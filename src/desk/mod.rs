//! The trainers' desk: where help is missing and what is worth showing to others, on one page. It decides nothing: it reads
//! what other domains hold. What would be too dear to count while somebody waits is counted by `refresh` every few minutes:
//! threads that were found helpful, questions that are asked again, questions that seem to ask the same.

pub mod http;
mod likeness;
mod store;
pub mod view;

use std::collections::{HashMap, HashSet};

use chrono::TimeDelta;
use chrono_tz::Tz;

pub use self::likeness::likeness;
use crate::accounts::{self, Action, Author, Who};
use crate::calendar::Calendar;
use crate::clock::At;
use crate::curation::{self, freshness::Overdue, proposals::Proposal};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::id::Id;
use crate::replies;
use crate::search::log::{self, Searched};
use crate::search::{self, Near, Searcher};
use crate::taxonomy::Vocabulary;
use crate::text_enum;
use crate::threads::{self, Filter, Kind, Sort, Summary};

/// The lists are made anew as often.
pub const REFRESH_EVERY: TimeDelta = TimeDelta::minutes(10);
/// Marks of so long count.
const RECENT: TimeDelta = TimeDelta::days(180);
/// Questions of so long are compared with others.
const COMPARED: TimeDelta = TimeDelta::days(30);
/// Questions compared in one refresh at most: the first in a large forum would take minutes.
const COMPARED_AT_ONCE: i64 = 300;
/// Likeness, in hundredths, from which two questions are shown side by side: set by hand on pairs of the demo and of the
/// search collection, see `tests/it/desk.rs`. It suggests; a trainer decides.
pub const ALIKE: i32 = 45;
/// Threads kept in each list: some of them will have been recommended since.
const KEPT: i64 = 40;
/// Lines in each part of the page.
pub const SHOWN: usize = 6;
/// Colleagues named for one question, and threads looked at to find them.
const ASKED: usize = 3;
const LOOKED_AT: usize = 8;
/// Marks from which a solved question is a candidate.
const FEWEST_HELPFUL: i64 = 2;
/// A question that nobody has answered for so long is found in the list of all such, not here.
const WAITS_AT_MOST: TimeDelta = TimeDelta::days(90);
/// Working hours after which an unanswered question is shown: half a day, a day, three days. The middle one is the usual.
pub const PATIENCE: [i64; 3] = [4, 9, 27];
/// Days of searches that are looked at.
const SEARCH_DAYS: i64 = 30;

text_enum! {
    pub enum List {
        /// Solved questions that many found helpful.
        Answered = "answered",
        /// Questions that others have asked again.
        AskedAgain = "asked_again",
    }
}

/// Somebody who could be asked: they have answered, or written, something like it.
#[derive(Clone, Debug)]
pub struct Colleague {
    pub author: Author,
    /// What they wrote, or answered.
    pub known_by: Summary,
}

/// A question that waits.
#[derive(Clone, Debug)]
pub struct Waiting {
    pub question: Summary,
    /// Working hours, whole ones.
    pub hours: i64,
    pub colleagues: Vec<Colleague>,
}

/// Two questions that seem to ask the same, the newer one first.
#[derive(Clone, Debug)]
pub struct Pair {
    pub newer: Summary,
    pub older: Summary,
}

/// A thread with the number that brought it here.
#[derive(Clone, Debug)]
pub struct Counted {
    pub thread: Summary,
    pub number: i32,
}

/// Everything on the page.
#[derive(Clone, Debug, Default)]
pub struct Desk {
    /// The one that has waited longest first.
    pub waiting: Vec<Waiting>,
    /// Practices that were tried and are not recommended yet.
    pub tried: Vec<Summary>,
    pub answered: Vec<Counted>,
    pub asked_again: Vec<Counted>,
    pub pairs: Vec<Pair>,
    /// What others proposed to recommend: the first of them, and how many wait.
    pub proposals: (Vec<Proposal>, i64),
    /// What was chosen and has to be looked at again.
    pub overdue: (Vec<Overdue>, i64),
    pub fruitless: Vec<Searched>,
    /// When the lists that are not of this moment were made; None: not yet.
    pub refreshed: Option<At>,
}

/// How time is counted for those who could answer.
#[derive(Clone, Copy)]
pub struct Hours<'a> {
    pub calendar: &'a Calendar,
    pub zone: Tz,
}

/// The desk as `who` finds it; `patience` in working hours.
///
/// # Errors
/// `SignInRequired`, `Forbidden`.
pub fn look(
    db: &mut Db,
    who: &Who,
    near: Near<'_>,
    words: &Vocabulary,
    (patience, hours): (i64, Hours<'_>),
    now: At,
) -> Result<Desk> {
    who.may(Action::Curate)?;
    let since = now.minus(TimeDelta::days(SEARCH_DAYS));
    let mut fruitless = log::fruitless(db, who, since)?;
    fruitless.truncate(SHOWN);
    let today = now.day(hours.zone);
    Ok(Desk {
        waiting: waiting(db, who, near, words, (patience, hours), now)?,
        tried: tried(db, who)?,
        answered: counted(db, who, List::Answered)?,
        asked_again: counted(db, who, List::AskedAgain)?,
        pairs: pairs(db, who)?,
        proposals: (
            curation::open_proposals(db, who, None, SHOWN)?.items,
            curation::count_open_proposals(db, who)?,
        ),
        overdue: (
            curation::overdue(db, who, today, None, SHOWN)?.items,
            curation::count_overdue(db, who, today)?,
        ),
        fruitless,
        refreshed: store::state(db)?.map(|(at, _)| at),
    })
}

fn waiting(
    db: &mut Db,
    who: &Who,
    near: Near<'_>,
    words: &Vocabulary,
    (patience, hours): (i64, Hours<'_>),
    now: At,
) -> Result<Vec<Waiting>> {
    let Hours { calendar, zone } = hours;
    let until = calendar.working_ago(patience * 60, now, zone);
    let questions = threads::unanswered(db, who, now.minus(WAITS_AT_MOST), until, SHOWN)?;
    questions
        .into_iter()
        .map(|question| {
            let minutes = calendar.working_minutes(question.created_at, now, zone);
            Ok(Waiting {
                colleagues: colleagues(db, who, near, words, &question, now)?,
                hours: minutes / 60,
                question,
            })
        })
        .collect()
}

/// Remembers what is like the questions that wait now, for the house: on the first look at the desk nobody has to wait until
/// the index was asked for each of them.
pub fn warm(db: &mut Db, near: Near<'_>, hours: Hours<'_>, now: At) -> Result<()> {
    let house = accounts::house();
    for patience in PATIENCE {
        let until = hours.calendar.working_ago(patience * 60, now, hours.zone);
        let since = now.minus(WAITS_AT_MOST);
        for question in threads::unanswered(db, &house, since, until, SHOWN)? {
            let version = (question.id, question.revision);
            if near.1.fades(version, now) {
                let asked = (version, question.title.as_str());
                search::remember(db, near, asked, LOOKED_AT, now)?;
            }
        }
    }
    Ok(())
}

/// Whom one could ask: those who wrote a practice like it or solved a question like it, with their names. Who left, and who
/// asked with their name, is left out; of what is sealed nothing is known.
fn colleagues(
    db: &mut Db,
    who: &Who,
    near: Near<'_>,
    words: &Vocabulary,
    question: &Summary,
    now: At,
) -> Result<Vec<Colleague>> {
    let asked = ((question.id, question.revision), question.title.as_str());
    let ids = search::remembered(db, near, asked, LOOKED_AT, now)?;
    let alike = threads::visible(db, who, &ids)?;
    let mut solvers: HashMap<Id, _> = replies::solvers(db, &ids)?.into_iter().collect();
    let known: Vec<_> = alike
        .into_iter()
        .filter_map(|thread| {
            let by = match thread.kind {
                Kind::Practice => Some(thread.signature.clone()),
                Kind::Question | Kind::Discussion => solvers.remove(&thread.id),
            }?;
            (by.named().is_some() && by.named() != question.signature.named())
                .then_some((by, thread))
        })
        .collect();
    let signers = accounts::signers(db, known.iter().map(|(by, _)| by))?;
    let mut named = HashSet::new();
    Ok(known
        .into_iter()
        .filter_map(|(by, known_by)| {
            let author = signers.of(&by, words).filter(|author| !author.departed)?;
            named
                .insert(author.id?)
                .then_some(Colleague { author, known_by })
        })
        .take(ASKED)
        .collect())
}

/// Leaves out what is recommended already, what does not hold any more, and what its author does not want to see there.
fn leave_candidates(db: &mut Db, threads: &mut Vec<Summary>) -> Result<()> {
    threads.retain(|thread| !thread.standing.recommended && !thread.standing.outdated);
    let ids: Vec<Id> = threads.iter().map(|thread| thread.id).collect();
    let refused = curation::refused_among(db, &ids)?;
    threads.retain(|thread| !refused.contains(&thread.id));
    threads.truncate(SHOWN);
    Ok(())
}

fn tried(db: &mut Db, who: &Who) -> Result<Vec<Summary>> {
    let filter = Filter {
        kind: Some(Kind::Practice),
        sort: Sort::Tried,
        ..Filter::default()
    };
    let wanted = usize::try_from(KEPT).unwrap_or(SHOWN);
    let mut best = threads::list(db, who, &filter, None, wanted)?.items;
    leave_candidates(db, &mut best)?;
    Ok(best)
}

fn counted(db: &mut Db, who: &Who, list: List) -> Result<Vec<Counted>> {
    let numbers = store::items(db, list)?;
    let ids: Vec<Id> = numbers.iter().map(|(id, _)| *id).collect();
    let numbers: HashMap<Id, i32> = numbers.into_iter().collect();
    let mut all = threads::visible(db, who, &ids)?;
    leave_candidates(db, &mut all)?;
    Ok(all
        .into_iter()
        .map(|thread| Counted {
            number: numbers.get(&thread.id).copied().unwrap_or_default(),
            thread,
        })
        .collect())
}

fn pairs(db: &mut Db, who: &Who) -> Result<Vec<Pair>> {
    let found = store::open_pairs(db, KEPT)?;
    let ids: Vec<Id> = found
        .iter()
        .flat_map(|(one, other)| [*one, *other])
        .collect();
    let threads: HashMap<Id, Summary> = threads::visible(db, who, &ids)?
        .into_iter()
        .map(|thread| (thread.id, thread))
        .collect();
    Ok(found
        .into_iter()
        .filter_map(|(newer, older)| {
            Some(Pair {
                newer: threads.get(&newer)?.clone(),
                older: threads.get(&older)?.clone(),
            })
        })
        .take(SHOWN)
        .collect())
}

/// Says that two questions ask different things: the pair is not shown again. Saying it twice is saying it once.
///
/// # Errors
/// `SignInRequired`, `Forbidden`; `NotFound` for what is no id.
pub fn dismiss(db: &mut Db, who: &Who, newer: &str, older: &str) -> Result<()> {
    who.may(Action::Curate)?;
    let read = |typed: &str| typed.parse::<Id>().map_err(|_| Error::NotFound);
    store::dismiss(db, read(newer)?, read(older)?)
}

/// What a refresh has found.
#[derive(Debug, Default)]
pub struct Found {
    answered: Vec<(List, Id, i64)>,
    pairs: Vec<(Id, Id, i32)>,
    seen_to: Option<Id>,
}

/// Whether the lists are as old as they may get.
pub fn is_due(db: &mut Db, now: At) -> Result<bool> {
    let state = store::state(db)?;
    Ok(state.is_none_or(|(at, _)| now.since(at) >= REFRESH_EVERY || at > now))
}

/// Counts what the lists are made of: reads only, for the house. Questions are compared once, when they are new.
pub fn count(db: &mut Db, searcher: &Searcher, now: At) -> Result<Found> {
    let mut found = Found::default();
    for (thread, number) in store::helpful(db, now.minus(RECENT), FEWEST_HELPFUL, KEPT)? {
        found.answered.push((List::Answered, thread, number));
    }
    found.seen_to = store::state(db)?.and_then(|(_, seen_to)| seen_to);
    if !searcher.is_ready() {
        return Ok(found); // they are compared when there is something to compare with
    }
    let since = now.minus(COMPARED);
    let ids = store::new_questions(db, found.seen_to, since, COMPARED_AT_ONCE)?;
    found.seen_to = ids.last().copied().or(found.seen_to);
    let house = accounts::house();
    for question in threads::visible(db, &house, &ids)? {
        let (id, title) = (question.id, &question.title);
        for other in search::similar(db, &house, searcher, title, Some(id), LOOKED_AT)? {
            let like = likeness(&question, &other);
            // Each pair once, by the one that came later.
            if other.kind == Kind::Question && other.id < id && like >= ALIKE {
                found.pairs.push((id, other.id, like));
            }
        }
    }
    Ok(found)
}

/// Puts what was found in place of what was there.
pub fn keep(db: &mut Db, found: &Found, now: At) -> Result<()> {
    store::add_pairs(db, &found.pairs, now)?;
    let again = store::asked_again(db, KEPT)?.into_iter();
    let mut items: Vec<_> = again
        .map(|(thread, number)| (List::AskedAgain, thread, number))
        .collect();
    items.extend(&found.answered);
    store::replace_items(db, &items)?;
    store::set_state(db, found.seen_to, now)
}
