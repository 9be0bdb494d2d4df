//! 見取り図: where there are practices and answers, and where there are none. Counts stand ready in cells (policy × school
//! type, subject or item of the self-check), made anew from the threads a quarter of an hour after a change at the latest,
//! so that the page is a few indexed reads however large the forum is. Never a number of one school or person; no share of
//! fewer than `FEWEST` questions.
//!
//! It also follows the change feed for `requests`: what fills them is known as soon as it is published.

pub mod api;
pub mod http;
pub mod json;
mod store;
pub mod view;

use std::collections::{HashMap, HashSet};

use chrono::{NaiveDate, TimeDelta};
use chrono_tz::Tz;

use crate::accounts::{Action, Mask, Who};
use crate::calendar::Calendar;
use crate::clock::{At, school_year};
use crate::db::{Database, Db};
use crate::error::{Error, Result};
use crate::feed;
use crate::id::Id;
use crate::requests;
use crate::taxonomy::{self, Vocabulary};
use crate::text_enum;
use crate::threads::Kind;

/// Fewer questions than this have no share.
pub const FEWEST: i32 = 5;
/// Cells are made anew no more often than this.
pub const FRESH: TimeDelta = TimeDelta::minutes(15);
/// Without any change they are made anew after this: a school year begins, people change their school type.
pub const STALE: TimeDelta = TimeDelta::days(1);
/// How long a process that counts is waited for before another one does.
const CLAIM: TimeDelta = TimeDelta::minutes(10);
/// The year under which all years are counted.
const ALL_YEARS: i32 = 0;

text_enum! {
    /// What the rows of the map are.
    pub enum Axis {
        SchoolType = "school_type",
        Subject = "subject",
        Item = "item",
    }
}

impl Axis {
    pub fn name(self) -> &'static str {
        match self {
            Axis::SchoolType => "学校種",
            Axis::Subject => "教科・場面",
            Axis::Item => "チェックリストの項目",
        }
    }
}

text_enum! {
    /// What the map shows of a cell.
    pub enum Measure {
        Practices = "practices",
        Questions = "questions",
        Answered = "answered",
        /// The median of the working hours to the first answer.
        Hours = "hours",
        /// Answered from another school type.
        Bridged = "bridged",
        Tries = "tries",
    }
}

impl Measure {
    pub fn name(self) -> &'static str {
        match self {
            Measure::Practices => "実践の数",
            Measure::Questions => "質問の数",
            Measure::Answered => "回答がついた割合",
            Measure::Hours => "最初の回答までの勤務時間",
            Measure::Bridged => "ほかの学校種から回答がついた割合",
            Measure::Tries => "「まねしてみた」の数",
        }
    }

    pub fn unit(self) -> &'static str {
        match self {
            Measure::Practices | Measure::Questions => "件",
            Measure::Answered | Measure::Bridged => "%",
            Measure::Hours => "時間",
            Measure::Tries => "回",
        }
    }
}

text_enum! {
    /// Of which threads.
    pub enum Period {
        /// Written in this school year.
        Year = "year",
        All = "all",
    }
}

/// A cell as it is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    pub practices: i32,
    pub questions: i32,
    /// Questions with an answer of somebody else.
    pub answered: i32,
    /// The median of the working minutes to it.
    pub minutes: Option<i32>,
    /// Questions with an answer from another school type.
    pub bridged: i32,
    /// Try-outs of its practices.
    pub tries: i32,
}

/// What may be shown of a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// There is nothing.
    Empty,
    /// Too few to say.
    Hidden,
    Count(i32),
    /// Percent, or hours.
    Figure(f64),
}

impl Cell {
    pub fn value(&self, measure: Measure) -> Value {
        let count = |number: i32| {
            if number == 0 {
                Value::Empty
            } else {
                Value::Count(number)
            }
        };
        let of_questions = |enough: i32, figure: f64| match self.questions {
            0 => Value::Empty,
            _ if enough < FEWEST => Value::Hidden,
            _ => Value::Figure(figure),
        };
        let share = |part: i32| 100.0 * f64::from(part) / f64::from(self.questions.max(1));
        match measure {
            Measure::Practices => count(self.practices),
            Measure::Questions => count(self.questions),
            Measure::Tries => count(self.tries),
            Measure::Answered => of_questions(self.questions, share(self.answered)),
            Measure::Bridged => of_questions(self.questions, share(self.bridged)),
            // The middle of a few answers would be one of them.
            Measure::Hours => of_questions(
                self.answered,
                f64::from(self.minutes.unwrap_or_default()) / 60.0,
            ),
        }
    }
}

/// The cells of one axis and period.
#[derive(Clone, Debug, Default)]
pub struct Map {
    /// By row ('' all of them) and policy (0 all of them).
    cells: HashMap<(String, u8), Cell>,
    /// When they were counted; None: not yet.
    pub counted_at: Option<At>,
}

impl Map {
    pub fn cell(&self, key: &str, policy: u8) -> Cell {
        let found = self.cells.get(&(key.to_owned(), policy));
        found.copied().unwrap_or_default()
    }

    /// Whether there is anything in a row.
    pub fn has(&self, key: &str) -> bool {
        self.cells.contains_key(&(key.to_owned(), 0))
    }
}

/// The cells of an axis.
///
/// # Errors
/// `SignInRequired` where reading is closed.
pub fn map(db: &mut Db, who: &Who, axis: Axis, period: Period, today: NaiveDate) -> Result<Map> {
    who.may(Action::Read)?;
    let year = match period {
        Period::Year => school_year(today),
        Period::All => ALL_YEARS,
    };
    Ok(Map {
        cells: store::cells(db, axis, year)?.into_iter().collect(),
        counted_at: store::state(db)?.and_then(|state| state.counted_at),
    })
}

/// How far the change feed was read, and how fresh the cells are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    pub feed_epoch: Id,
    pub xid: i64,
    pub seq: i64,
    /// The day on which requests were last looked at.
    pub day: NaiveDate,
    /// When the last change was heard of that the cells lack; None: they have them all.
    pub changed_at: Option<At>,
    pub counted_at: Option<At>,
}

impl State {
    /// Whether the cells are to be made anew: also where they were made by a clock that was set back since.
    fn is_due(&self, now: At) -> bool {
        match self.counted_at {
            None => true,
            Some(at) => {
                let age = now.since(at);
                at > now || age >= STALE || (age >= FRESH && self.changed_at.is_some())
            }
        }
    }
}

/// Hears what has changed since the last time: brings the requests up to date and notes that the cells are old, in one
/// transaction with the place up to which the feed was read. A crash repeats it; any number of processes may do it at once.
/// Returns whether there was anything to do.
///
/// # Errors
/// Of the database.
pub fn follow(database: &Database, zone: Tz, now: At) -> Result<bool> {
    let news = database.read_here(|db| has_news(db, now.day(zone)))?;
    if news {
        database.write_soon_here(|db| take_news(db, zone, now))?;
    }
    Ok(news)
}

fn has_news(db: &mut Db, today: NaiveDate) -> Result<bool> {
    match store::state(db)? {
        Some(state) => Ok(state.day != today || is_behind(db, &state)?),
        None => Ok(true),
    }
}

/// Whether the feed goes on after what was read, or is that of a database that was brought back.
fn is_behind(db: &mut Db, state: &State) -> Result<bool> {
    let (feed_epoch, index_epoch) = feed::epochs(db)?;
    let read = feed::Cursor {
        feed_epoch: state.feed_epoch,
        index_epoch,
        xid: state.xid,
        seq: state.seq,
    };
    Ok(feed_epoch != state.feed_epoch || !feed::after(db, &read, 1)?.is_empty())
}

fn take_news(db: &mut Db, zone: Tz, now: At) -> Result<()> {
    let (feed_epoch, _) = feed::epochs(db)?;
    store::begin(db, feed_epoch, now.day(zone))?;
    // Another process waits here until this one is through.
    let mut state = store::held_state(db)?;
    if is_behind(db, &state)? {
        // Which threads have changed matters to nobody here: requests are few and looked at anew.
        let head = feed::head(db)?;
        (state.feed_epoch, state.xid, state.seq) = (head.feed_epoch, head.xid, head.seq);
        state.changed_at = Some(now);
    }
    state.day = now.day(zone);
    requests::keep(db, zone, now)?;
    store::set_state(db, &state)
}

/// Makes the cells anew where they are due. The counting itself reads; only the cells are written. A change meanwhile is
/// heard of by `follow` and counted the next time. Returns whether it was done.
///
/// # Errors
/// Of the database.
pub fn count_if_due(database: &Database, calendar: &Calendar, zone: Tz, now: At) -> Result<bool> {
    let due = |state: Option<State>| state.is_some_and(|state| state.is_due(now));
    if !due(database.read_here(store::state)?) {
        return Ok(false);
    }
    let ours = database.write_soon_here(|db| {
        let still = due(store::state(db)?);
        Ok(still && store::claim(db, now.minus(CLAIM), now)?)
    })?;
    if ours {
        count(database, calendar, zone, now)?;
    }
    Ok(ours)
}

/// Makes the cells anew.
///
/// # Errors
/// Of the database.
pub fn count(database: &Database, calendar: &Calendar, zone: Tz, now: At) -> Result<()> {
    let year = school_year(now.day(zone));
    let cells = database.read_here(|db| counted(db, calendar, zone, year))?;
    database.write_soon_here(|db| {
        let (feed_epoch, _) = feed::epochs(db)?;
        store::begin(db, feed_epoch, now.day(zone))?;
        store::put_cells(db, &cells)?;
        store::set_counted(db, now)
    })
}

/// Where a cell stands: axis, year, row, policy.
type Place = (Axis, i32, String, u8);

/// A cell that is being counted.
#[derive(Default)]
struct Tally {
    cell: Cell,
    minutes: Vec<i32>,
}

fn counted(db: &mut Db, calendar: &Calendar, zone: Tz, year: i32) -> Result<Vec<(Place, Cell)>> {
    let words = taxonomy::current(db)?;
    let first_day = NaiveDate::from_ymd_opt(year, 4, 1)
        .ok_or_else(|| Error::internal("a school year without a beginning"))?;
    let year_begins = At::start_of(first_day, zone);
    let mut policies: HashMap<Id, Vec<u8>> = HashMap::new();
    let mut items: HashMap<Id, Vec<String>> = HashMap::new();
    for (thread, key) in store::labels(db, "policy")? {
        policies
            .entry(thread)
            .or_default()
            .extend(key.parse::<u8>());
    }
    for (thread, key) in store::labels(db, "item")? {
        items.entry(thread).or_default().push(key);
    }
    let first: HashMap<Id, At> = store::first_answers(db)?.into_iter().collect();
    let bridged = bridged(db, &words)?;
    let mut tallies: HashMap<Place, Tally> = HashMap::new();
    for thread in store::threads(db)? {
        let rows = rows_of(&thread, items.get(&thread.id));
        let minutes = first.get(&thread.id).map(|at| {
            let minutes = calendar.working_minutes(thread.created_at, *at, zone);
            i32::try_from(minutes).unwrap_or(i32::MAX)
        });
        let is_bridged = bridged.contains(&thread.id);
        let this_year = (thread.created_at >= year_begins).then_some(year);
        let mut columns = vec![0];
        columns.extend(policies.get(&thread.id).into_iter().flatten());
        for year in std::iter::once(ALL_YEARS).chain(this_year) {
            for (axis, key) in &rows {
                for policy in &columns {
                    let place = (*axis, year, (*key).to_owned(), *policy);
                    let tally = tallies.entry(place).or_default();
                    tally.take(&thread, minutes, is_bridged);
                }
            }
        }
    }
    Ok(tallies
        .into_iter()
        .map(|(place, tally)| (place, tally.into_cell()))
        .collect())
}

/// The rows that a thread is counted in: of each axis all of them ('') and its own.
fn rows_of<'a>(thread: &'a Counted, items: Option<&'a Vec<String>>) -> Vec<(Axis, &'a str)> {
    let mut rows = vec![
        (Axis::SchoolType, ""),
        (Axis::SchoolType, thread.school_type.as_str()),
    ];
    if let Some(subject) = &thread.subject {
        rows.extend([(Axis::Subject, ""), (Axis::Subject, subject.as_str())]);
    }
    if let Some(items) = items {
        rows.push((Axis::Item, ""));
        rows.extend(items.iter().map(|item| (Axis::Item, item.as_str())));
    }
    rows
}

impl Tally {
    fn take(&mut self, thread: &Counted, minutes: Option<i32>, bridged: bool) {
        if thread.kind == Kind::Practice {
            self.cell.practices += 1;
            self.cell.tries = self.cell.tries.saturating_add(thread.tries);
        } else {
            self.cell.questions += 1;
            self.cell.bridged += i32::from(bridged);
            if let Some(minutes) = minutes {
                self.cell.answered += 1;
                self.minutes.push(minutes);
            }
        }
    }

    fn into_cell(mut self) -> Cell {
        self.cell.minutes = median(&mut self.minutes);
        self.cell
    }
}

/// The middle one; of an even number the mean of the two in the middle.
fn median(values: &mut [i32]) -> Option<i32> {
    values.sort_unstable();
    let upper = values.get(values.len() / 2).copied()?;
    let lower = values.get((values.len() - 1) / 2).copied()?;
    i32::try_from(i64::midpoint(i64::from(lower), i64::from(upper))).ok()
}

/// A visible practice or question.
#[derive(Clone, Debug)]
pub struct Counted {
    pub id: Id,
    pub kind: Kind,
    pub school_type: String,
    pub subject: Option<String>,
    pub created_at: At,
    pub tries: i32,
}

/// Questions that somebody of another school type has answered. The school type is that which the account has now: what it
/// was when the answer was written is not kept. Of sealed answers it is that of their mask, where it names one. Boards of
/// education are no school type here, nor is 「校種を問わない」 another one.
fn bridged(db: &mut Db, words: &Vocabulary) -> Result<HashSet<Id>> {
    let schools: HashSet<&str> = words
        .school_types
        .iter()
        .filter(|one| one.tagging && one.account)
        .map(|one| one.slug.as_str())
        .collect();
    let differs = |asked: &str, answered: &str| {
        asked != answered && schools.contains(asked) && schools.contains(answered)
    };
    let mut all = HashSet::new();
    for (thread, asked, answered) in store::named_answers(db)? {
        if differs(&asked, &answered) {
            all.insert(thread);
        }
    }
    for (thread, asked, mask) in store::sealed_answers(db)? {
        if let Mask::SchoolType(answered) = Mask::of_word(&mask)
            && differs(&asked, &answered)
        {
            all.insert(thread);
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(median(&mut []), None);
        assert_eq!(median(&mut [7]), Some(7));
        assert_eq!(median(&mut [9, 1, 5]), Some(5));
        assert_eq!(median(&mut [9, 1, 5, 6]), Some(5));
        assert_eq!(median(&mut [i32::MAX, i32::MAX]), Some(i32::MAX));
    }

    #[test]
    fn shares_of_few_are_not_shown() {
        let cell = |questions, answered| Cell {
            questions,
            answered,
            minutes: Some(90),
            ..Cell::default()
        };
        assert_eq!(cell(0, 0).value(Measure::Answered), Value::Empty);
        assert_eq!(cell(4, 4).value(Measure::Answered), Value::Hidden);
        assert_eq!(cell(5, 4).value(Measure::Answered), Value::Figure(80.0));
        assert_eq!(cell(5, 4).value(Measure::Hours), Value::Hidden);
        assert_eq!(cell(5, 5).value(Measure::Hours), Value::Figure(1.5));
        assert_eq!(cell(4, 4).value(Measure::Questions), Value::Count(4));
    }
}
