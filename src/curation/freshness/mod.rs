//! Whether what trainers have chosen still holds: what it was checked with and when it is to be looked at again, a year
//! after it was chosen unless somebody says otherwise. What is due waits for a trainer, who verifies it, asks its author, or
//! marks it as outdated; such a thread can still be read, says so, and leaves digests.

pub mod http;
mod store;
pub mod view;

use std::collections::HashMap;

use chrono::{Datelike, Months, NaiveDate, NaiveTime};

use super::{curated_among, decide, held, parsed, words};
use crate::accounts::{Action, Who};
use crate::clock::At;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::id::Id;
use crate::moderation::Post;
use crate::moderation::log::{self, Deed};
use crate::text::{Rule, narrow};
use crate::text_enum;
use crate::threads::practice::{APP_VERSION, Checked, OS_VERSION};
use crate::threads::{self, Cursor, Page, Summary, Thread, standing};

/// Months after which something is looked at again.
const MONTHS: Months = Months::new(12);
/// Years ahead that a date may lie.
const FARTHEST: u32 = 5;

/// Why it no longer holds; readers see it.
pub const REASON: Rule = Rule {
    field: "reason",
    label: "理由",
    max: 200,
    lines: false,
    hint: "何が変わったのかを書いてください。読む人にも見えます。例：2026年4月の更新で、提出箱の場所が変わりました",
};
/// What the author is asked, where more is to be said than that it is asked.
pub const QUESTION: Rule = Rule {
    field: "reason",
    label: "たずねること",
    max: 200,
    lines: false,
    hint: "",
};

text_enum! {
    pub enum State {
        Fresh = "fresh",
        /// Its author was asked.
        Asked = "asked",
        /// Its author says that things have changed.
        Changed = "changed",
        Outdated = "outdated",
    }
}

/// How far a thread still holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Freshness {
    pub thread: Id,
    /// Recommended, or in a published collection.
    pub curated: bool,
    pub state: State,
    /// May be empty.
    pub os_version: String,
    pub app_version: String,
    pub checked_on: NaiveDate,
    /// When it is to be looked at again.
    pub review_on: NaiveDate,
    /// Why it is outdated, or what its author was asked.
    pub reason: String,
    pub at: At,
}

impl Freshness {
    pub fn is_due(&self, today: NaiveDate) -> bool {
        self.curated && self.state != State::Outdated && self.review_on <= today
    }

    /// Whether its author is to be asked on its page.
    pub fn waits_for_author(&self, today: NaiveDate) -> bool {
        self.state == State::Asked || (self.state == State::Fresh && self.is_due(today))
    }
}

/// A year after `day`.
fn next_review(day: NaiveDate) -> NaiveDate {
    day.checked_add_months(MONTHS).unwrap_or(day)
}

/// The day on which something was decided. In UTC: whether a year ends today or tomorrow is all the same.
fn day_of(now: At) -> NaiveDate {
    now.0.date()
}

/// What a practice says of when and with what it was checked.
fn checked(thread: &Thread) -> (Option<NaiveDate>, String, String) {
    let practice = thread.practice.clone().unwrap_or_default();
    let on = practice.checked_on.as_deref().and_then(Checked::read);
    (
        on.map(Checked::first_day),
        practice.os_version.unwrap_or_default(),
        practice.app_version.unwrap_or_default(),
    )
}

/// Notes which of `threads` are curated from now on; what is so for the first time is to be looked at in a year.
pub(super) fn recount(db: &mut Db, threads: &[Id], now: At) -> Result<()> {
    let curated = curated_among(db, threads)?;
    let known: HashMap<Id, Freshness> = store::of_threads(db, threads)?
        .into_iter()
        .map(|one| (one.thread, one))
        .collect();
    for thread in threads {
        let is_curated = curated.contains(thread);
        match known.get(thread) {
            Some(one) if one.curated == is_curated => {}
            Some(one) if is_curated && one.state == State::Fresh => {
                // Chosen anew: what a trainer has just read is good for a year.
                let review_on = one.review_on.max(next_review(day_of(now)));
                let chosen = Freshness {
                    curated: true,
                    review_on,
                    ..one.clone()
                };
                store::put(db, &chosen, None)?;
            }
            Some(one) => store::set_curated(db, one.thread, is_curated)?,
            None if is_curated => begin(db, *thread, true, now)?,
            None => {}
        }
    }
    Ok(())
}

fn begin(db: &mut Db, thread: Id, curated: bool, now: At) -> Result<()> {
    let Some(found) = threads::in_full(db, &[thread])?.pop() else {
        return Ok(());
    };
    let (on, os_version, app_version) = checked(&found);
    let today = day_of(now);
    let one = Freshness {
        thread,
        curated,
        state: State::Fresh,
        os_version,
        app_version,
        checked_on: on.unwrap_or(today),
        review_on: next_review(today),
        reason: String::new(),
        at: now,
    };
    store::put(db, &one, None)
}

/// How far a thread holds; None for what no trainer ever chose or judged. That `who` may see it is the caller's check.
pub fn of_thread(db: &mut Db, thread: Id) -> Result<Option<Freshness>> {
    Ok(store::of_threads(db, &[thread])?.pop())
}

/// The same for many.
pub fn of_threads(db: &mut Db, threads: &[Id]) -> Result<HashMap<Id, Freshness>> {
    let all = store::of_threads(db, threads)?.into_iter();
    Ok(all.map(|one| (one.thread, one)).collect())
}

/// A thread that waits to be looked at.
#[derive(Clone, Debug)]
pub struct Overdue {
    pub thread: Summary,
    pub freshness: Freshness,
}

/// Visible curated threads that are due on `today`, and those of which their authors say that things have changed; the one
/// that waits longest first.
///
/// # Errors
/// `SignInRequired`, `Forbidden`.
pub fn overdue(
    db: &mut Db,
    who: &Who,
    today: NaiveDate,
    after: Option<Cursor>,
    limit: usize,
) -> Result<Page<Overdue>> {
    who.may(Action::Curate)?;
    let rows = |db: &mut Db, wanted| store::overdue(db, today, place(after), wanted);
    page(db, who, limit, rows)
}

/// Visible threads that are marked as outdated.
///
/// # Errors
/// `SignInRequired`, `Forbidden`.
pub fn outdated(
    db: &mut Db,
    who: &Who,
    after: Option<Cursor>,
    limit: usize,
) -> Result<Page<Overdue>> {
    who.may(Action::Curate)?;
    page(db, who, limit, |db, wanted| {
        store::outdated(db, place(after), wanted)
    })
}

/// A cursor of these lists holds the day of the review.
fn place(after: Option<Cursor>) -> Option<(NaiveDate, Id)> {
    after.map(|cursor| (cursor.at.0.date(), cursor.id))
}

fn page(
    db: &mut Db,
    who: &Who,
    limit: usize,
    rows: impl FnOnce(&mut Db, i64) -> Result<Vec<Freshness>>,
) -> Result<Page<Overdue>> {
    let page = Page::read(
        limit,
        |wanted| rows(db, wanted),
        |last| Cursor {
            at: At(last.review_on.and_time(NaiveTime::MIN)),
            id: last.thread,
        },
    )?;
    let ids: Vec<Id> = page.items.iter().map(|row| row.thread).collect();
    let mut found: HashMap<Id, Summary> = threads::visible(db, who, &ids)?
        .into_iter()
        .map(|thread| (thread.id, thread))
        .collect();
    Ok(page.into_shown(|freshness| {
        Some(Overdue {
            thread: found.remove(&freshness.thread)?,
            freshness,
        })
    }))
}

/// How many are due.
///
/// # Errors
/// `SignInRequired`, `Forbidden`.
pub fn count_overdue(db: &mut Db, who: &Who, today: NaiveDate) -> Result<i64> {
    who.may(Action::Curate)?;
    store::count_overdue(db, today)
}

/// What a trainer found when they looked.
#[derive(Clone, Debug, Default)]
pub struct Finding {
    pub os_version: String,
    pub app_version: String,
    /// When it is to be looked at again, `2027-11-26`; empty: in a year.
    pub review_on: String,
}

/// It still holds: checked today, with these versions.
///
/// # Errors
/// `SignInRequired`, `Forbidden`, `NotFound`, `Invalid` naming a field of `Finding`.
pub fn verify(
    db: &mut Db,
    who: &Who,
    thread: Id,
    finding: &Finding,
    today: NaiveDate,
    now: At,
) -> Result<()> {
    let (place, before) = looked_at(db, who, thread, now)?;
    let os_version = parsed(OS_VERSION.parse_optional(&finding.os_version))?;
    let app_version = parsed(APP_VERSION.parse_optional(&finding.app_version))?;
    let one = Freshness {
        state: State::Fresh,
        os_version: os_version.unwrap_or_default(),
        app_version: app_version.unwrap_or_default(),
        checked_on: today,
        review_on: review_day(&finding.review_on, today)?,
        reason: String::new(),
        at: now,
        ..before.clone()
    };
    store::put(db, &one, who.id())?;
    if before.state == State::Outdated {
        standing::set_outdated(db, thread, false, now)?;
        return decide(db, who, &place, Deed::Verified, "", now);
    }
    log::note(db, who, Post::Thread(thread), Deed::Verified, "", now)
}

fn review_day(typed: &str, today: NaiveDate) -> Result<NaiveDate> {
    let typed = narrow(typed);
    if typed.is_empty() {
        return Ok(next_review(today));
    }
    let farthest = today
        .checked_add_months(Months::new(FARTHEST * 12))
        .unwrap_or(today);
    NaiveDate::parse_from_str(&typed, "%Y-%m-%d")
        .ok()
        .filter(|day| *day > today && *day <= farthest)
        .ok_or_else(|| {
            Error::field(
                "review_on",
                "out_of_range",
                format!("次に見直す日は、あすから{FARTHEST}年先までの日付にしてください。"),
            )
        })
}

/// Asks the author whether it still holds.
///
/// # Errors
/// `SignInRequired`, `Forbidden`, `NotFound`, `Invalid` naming `reason`.
pub fn ask(db: &mut Db, who: &Who, thread: Id, question: &str, now: At) -> Result<()> {
    let (place, before) = looked_at(db, who, thread, now)?;
    let question = parsed(QUESTION.parse_optional(question).and_then(|question| {
        let question = question.unwrap_or_default();
        crate::text::refuse_my_number("reason", &question).map(|()| question)
    }))?;
    if before.state == State::Outdated {
        return Err(Error::Conflict(
            "古い内容として示してあります。直ったことを確かめたら「いまも使える」を選んでください。"
                .to_owned(),
        ));
    }
    let one = Freshness {
        state: State::Asked,
        reason: question.clone(),
        at: now,
        ..before
    };
    store::put(db, &one, who.id())?;
    decide(db, who, &place, Deed::FreshnessAsked, &question, now)
}

/// It no longer holds: readers are told so, and why.
///
/// # Errors
/// As `ask`.
pub fn mark_outdated(db: &mut Db, who: &Who, thread: Id, reason: &str, now: At) -> Result<()> {
    let (place, before) = looked_at(db, who, thread, now)?;
    let reason = words(&REASON, reason)?;
    let one = Freshness {
        state: State::Outdated,
        reason: reason.clone(),
        at: now,
        ..before
    };
    store::put(db, &one, who.id())?;
    standing::set_outdated(db, thread, true, now)?;
    decide(db, who, &place, Deed::Outdated, &reason, now)
}

fn looked_at(
    db: &mut Db,
    who: &Who,
    thread: Id,
    now: At,
) -> Result<(crate::moderation::Place, Freshness)> {
    who.may(Action::Curate)?;
    let place = held(db, who, thread)?;
    if of_thread(db, thread)?.is_none() {
        begin(db, thread, false, now)?;
    }
    let before = of_thread(db, thread)?.ok_or(Error::NotFound)?;
    Ok((place, before))
}

/// What the author of a thread answers: still the same, or changed.
///
/// # Errors
/// `SignInRequired`, `NotFound`, `Forbidden` for everybody else; `Conflict` where nobody asks.
pub fn answer(
    db: &mut Db,
    who: &Who,
    thread: Id,
    same: bool,
    today: NaiveDate,
    now: At,
) -> Result<()> {
    let author = threads::find(db, who, thread)?.author;
    if !author.is_who(who) {
        return Err(Error::refusal(who, "答えられるのは、書いた本人だけです。"));
    }
    threads::hold(db, thread)?;
    let before = of_thread(db, thread)?.filter(|one| one.waits_for_author(today));
    let Some(before) = before else {
        return Err(Error::Conflict(
            "いまは、確かめるお願いは出ていません。".to_owned(),
        ));
    };
    let one = if same {
        Freshness {
            state: State::Fresh,
            checked_on: today,
            review_on: next_review(today),
            reason: String::new(),
            at: now,
            ..before
        }
    } else {
        Freshness {
            state: State::Changed,
            at: now,
            ..before
        }
    };
    store::put(db, &one, None)
}

/// An author who says in an edit that they have checked their practice later than is known has verified it.
pub fn note_edit(db: &mut Db, thread: &Thread, now: At) -> Result<()> {
    let (Some(on), os_version, app_version) = checked(thread) else {
        return Ok(());
    };
    let known = of_thread(db, thread.id)?;
    let Some(before) = known.filter(|one| one.state != State::Outdated && one.checked_on < on)
    else {
        return Ok(());
    };
    let one = Freshness {
        state: State::Fresh,
        os_version,
        app_version,
        checked_on: on,
        review_on: next_review(on),
        reason: String::new(),
        at: now,
        ..before
    };
    store::put(db, &one, None)
}

/// 「令和6年10月」.
pub(super) fn month_in_words(day: NaiveDate) -> String {
    format!("{}{}月", crate::clock::era_year(day), day.month())
}
