//! What becomes of problems with networks and devices: those who look after them say how far they have come – accepted,
//! looked into, planned for a day, solved – each step with a note. Readers see it on the thread and in a list; who wrote a
//! step is shown by role alone. Threads that leave policy 3 keep their steps and leave the list.

pub mod api;
pub mod http;
pub mod json;
mod store;
pub mod view;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::accounts::{Action, Role, Who};
use crate::clock::At;
use crate::db::Db;
use crate::error::{Error, FieldErrors, Result};
use crate::id::Id;
use crate::jobs;
use crate::text::{Rule, narrow, refuse_my_number};
pub use crate::threads::Tended as State;
use crate::threads::{self, Cursor, Page, Summary, Thread, Visibility};

/// 「環境を整える」: threads of this policy can be marked.
pub const POLICY: u8 = 3;

pub const NOTE: Rule = Rule {
    field: "note",
    label: "ひとこと",
    max: 200,
    lines: false,
    hint: "何をしているか、いつ分かりそうかを、ひとこと書いてください。例：アクセスポイントの記録を業者と確かめています。",
};

/// How far ahead a plan may lie: the plan of the city covers five years.
pub const LONGEST_PLAN_DAYS: i64 = 5 * 366;

/// How a thread stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Present {
    pub thread: Id,
    pub state: State,
    /// Exactly where it is planned.
    pub planned_on: Option<NaiveDate>,
    /// Steps so far.
    pub revision: i32,
    pub at: At,
}

impl Present {
    /// Whether the day that was planned has passed.
    pub fn is_overdue(&self, today: NaiveDate) -> bool {
        self.planned_on.is_some_and(|day| day < today)
    }
}

/// One step of a thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub id: Id,
    pub thread: Id,
    pub number: i32,
    pub state: State,
    pub planned_on: Option<NaiveDate>,
    pub note: String,
    /// Of its author, when it was written.
    pub role: Role,
    pub at: At,
}

/// A step as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct StepInput {
    /// Slug or Japanese name.
    pub state: String,
    /// `YYYY-MM-DD`; empty = none.
    pub planned_on: String,
    pub note: String,
}

/// A step whose fields are right.
struct NewStep {
    state: State,
    planned_on: Option<NaiveDate>,
    note: String,
}

impl StepInput {
    fn parse(&self, today: NaiveDate) -> Result<NewStep> {
        let mut errors = FieldErrors::default();
        let state = State::parse(&self.state);
        if state.is_none() {
            errors.add("state", "unknown", "いまの状況を一つ選んでください。");
        }
        let planned_on = self.plan(state, &mut errors, today);
        let note = NOTE.parse(&self.note);
        let note = note.and_then(|note| refuse_my_number("note", &note).map(|()| note));
        let note = errors.take(note);
        match (state, note) {
            (Some(state), Some(note)) if errors.is_empty() => Ok(NewStep {
                state,
                planned_on,
                note,
            }),
            _ => Err(Error::Invalid(errors)),
        }
    }

    fn plan(
        &self,
        state: Option<State>,
        errors: &mut FieldErrors,
        today: NaiveDate,
    ) -> Option<NaiveDate> {
        let text = narrow(&self.planned_on);
        let mut wrong = |code: &str, message: &str| {
            errors.add("planned_on", code, message);
            None
        };
        match (state, text.is_empty()) {
            (Some(State::Planned), true) => wrong(
                "required",
                "「対応予定」のときは、予定の日を選んでください。決まっていないときは「調査中」にしてください。",
            ),
            (_, true) => None,
            (Some(State::Planned) | None, false) => match text.parse::<NaiveDate>() {
                Ok(day) if day < today => wrong(
                    "past",
                    "予定の日は、今日かそのあとの日にしてください。終わったときは「解決」にしてください。",
                ),
                Ok(day) if (day - today).num_days() > LONGEST_PLAN_DAYS => {
                    wrong("too_far", "予定の日は、5年先までにしてください。")
                }
                Ok(day) => Some(day),
                Err(_) => wrong("not_a_day", "日付は 2026-12-01 のように書いてください。"),
            },
            (Some(_), false) => wrong(
                "not_allowed",
                "予定の日は、「対応予定」を選んだときだけ書けます。",
            ),
        }
    }
}

/// Job kind: whoever a thread concerns is to hear of a step; its payload is a `Marked`.
pub const MARKED: &str = "environment_marked";

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Marked {
    pub step: Id,
    /// Who wrote it: they know.
    pub by: Id,
}

/// Whether steps of a thread are shown and taken.
pub fn concerns(thread: &Thread) -> bool {
    thread.visibility == Visibility::Visible && thread.labels.policies.contains(&POLICY)
}

/// # Errors
/// `Conflict` for threads that no step is taken of.
pub fn check(thread: &Thread) -> Result<()> {
    if concerns(thread) {
        Ok(())
    } else {
        Err(Error::Conflict(NOT_OURS.to_owned()))
    }
}

/// Writes the next step of a thread. `expected` is the number of steps that its author had before them. Any state may
/// follow any other: what seemed solved may have to be looked into again.
///
/// # Errors
/// `SignInRequired`, `Forbidden`, `NotFound`, `Conflict` for threads that are not of policy 3 or not for all to see,
/// `Stale` where somebody was faster, `Invalid`.
pub fn mark(
    db: &mut Db,
    who: &Who,
    thread: Id,
    input: &StepInput,
    expected: Option<i32>,
    today: NaiveDate,
    now: At,
) -> Result<Present> {
    who.may(Action::Tend)?;
    threads::find(db, who, thread)?;
    threads::hold(db, thread)?; // two who mark it at once wait for each other
    let found = threads::find(db, who, thread)?;
    check(&found)?;
    let revision = store::state_of(db, thread)?.map_or(0, |present| present.revision);
    if expected.is_some_and(|expected| expected != revision) {
        return Err(Error::Stale(revision));
    }
    let new = input.parse(today)?;
    let member = who.member()?;
    let step = Step {
        id: Id::new(now),
        thread,
        number: revision + 1,
        state: new.state,
        planned_on: new.planned_on,
        note: new.note,
        role: member.role,
        at: now,
    };
    store::add(db, &step, member.id)?;
    let marked = Marked {
        step: step.id,
        by: member.id,
    };
    let payload = serde_json::to_value(marked).map_err(Error::internal)?;
    jobs::enqueue(db, MARKED, &payload, now, now)?;
    store::state_of(db, thread)?.ok_or(Error::NotFound)
}

const NOT_OURS: &str = "対応の状況を書けるのは、公開中の「基本方針3 環境を整える」の話題だけです。分類が変わったか、非公開になったようです。";

/// How a thread stands; None where nothing is marked or it is not of policy 3 any more. That `who` may see it is the
/// caller's check.
pub fn of_thread(db: &mut Db, thread: &Thread) -> Result<Option<Present>> {
    if concerns(thread) {
        store::state_of(db, thread.id)
    } else {
        Ok(None)
    }
}

/// Every step of a thread, the last first, also where it has left policy 3. That `who` may see it is the caller's check.
pub fn history(db: &mut Db, thread: Id) -> Result<Vec<Step>> {
    store::steps_of(db, thread)
}

/// A step, for the house: to tell of it.
pub fn step(db: &mut Db, id: Id) -> Result<Option<Step>> {
    store::step(db, id)
}

/// A marked thread with its last step.
#[derive(Clone, Debug)]
pub struct Listed {
    pub thread: Summary,
    pub present: Present,
    pub last: Step,
}

/// A page of the marked threads: what is planned by its day, the next or longest overdue first; all else the last step first.
///
/// # Errors
/// `SignInRequired` where reading is closed.
pub fn list(
    db: &mut Db,
    who: &Who,
    state: Option<State>,
    after: Option<Cursor>,
    limit: usize,
) -> Result<Page<Listed>> {
    who.may(Action::Read)?;
    let read = |wanted| store::list(db, state, after, wanted);
    let page = Page::read(limit, read, |last| Cursor {
        at: match last.planned_on.filter(|_| state == Some(State::Planned)) {
            Some(day) => At(day.and_time(chrono::NaiveTime::MIN)),
            None => last.at,
        },
        id: last.thread,
    })?;
    let ids: Vec<Id> = page.items.iter().map(|present| present.thread).collect();
    let mut last = store::last_steps(db, &page.items)?;
    let threads = threads::visible(db, who, &ids)?;
    Ok(page.into_shown(|present| {
        let thread = threads.iter().find(|one| one.id == present.thread)?;
        Some(Listed {
            thread: thread.clone(),
            last: last.remove(&present.thread)?,
            present,
        })
    }))
}

/// How many marked threads stand in each state, in the order of the states.
///
/// # Errors
/// `SignInRequired` where reading is closed.
pub fn counts(db: &mut Db, who: &Who) -> Result<Vec<(State, i64)>> {
    use crate::db::types::Word;
    who.may(Action::Read)?;
    let counted = store::counts(db)?;
    Ok(State::ALL
        .iter()
        .map(|state| {
            let count = counted.iter().find(|(known, _)| known == state);
            (*state, count.map_or(0, |(_, count)| *count))
        })
        .collect())
}

/// What `who` has written, oldest first.
///
/// # Errors
/// `SignInRequired`.
pub fn own(db: &mut Db, who: &Who) -> Result<Vec<Step>> {
    store::steps_by(db, who.member()?.id)
}
