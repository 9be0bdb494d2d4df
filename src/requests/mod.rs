//! 求む！: what trainers ask for where practices are missing – one of this policy and school type, perhaps of this subject
//! or item of the self-check – until a day. A request is filled by the first practice that fits and was published after
//! it; it opens again when that one is no longer to be seen. Which practice fills it follows from the threads alone, so
//! `keep` can be asked at any time and any number of times.

pub mod api;
pub mod http;
pub mod json;
mod store;
pub mod view;

use chrono::{Days, NaiveDate};
use chrono_tz::Tz;
use serde::Deserialize;

use crate::accounts::{Action, Who};
use crate::clock::At;
use crate::db::Db;
use crate::db::once::{self, OnceKey};
use crate::error::{Error, FieldErrors, Result};
use crate::id::Id;
use crate::mirror::checklist;
use crate::taxonomy::Vocabulary;
use crate::text::{Rule, narrow, refuse_my_number};
use crate::text_enum;
use crate::threads::{Cursor, Page, item_slug};

pub const SENTENCE: Rule = Rule {
    field: "sentence",
    label: "お願いの一文",
    max: 120,
    lines: false,
    hint: "どんな実践を読みたいかを、一文で書いてください。例：園のタブレット2台の、置き場所と充電だけでも",
};

/// How far ahead a request may end.
pub const LONGEST_DAYS: i64 = 366;
/// Requests that are open at once, so that each of them is still seen.
pub const MOST_OPEN: usize = 100;

/// Where a practice is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    pub policy: u8,
    /// Slug.
    pub school_type: String,
    /// Slug.
    pub subject: Option<String>,
    /// An item of the self-check, `chk-a1` to `chk-d4`.
    pub item: Option<String>,
}

impl Cell {
    /// 「幼稚園 × 環境を整える（音楽・A-1）」.
    pub fn in_words(&self, words: &Vocabulary) -> String {
        let policy = words
            .policy(self.policy)
            .map_or_else(|| self.policy.to_string(), |policy| policy.short.clone());
        let school_type = words.school_type_name(&self.school_type);
        let subject = self
            .subject
            .as_deref()
            .map(|slug| words.subject_name(slug).to_owned());
        let item = self.item.as_deref().map(checklist::label);
        let more: Vec<String> = subject.into_iter().chain(item).collect();
        if more.is_empty() {
            format!("{school_type} × {policy}")
        } else {
            format!("{school_type} × {policy}（{}）", more.join("・"))
        }
    }
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub id: Id,
    pub cell: Cell,
    pub sentence: String,
    /// The last day.
    pub until: NaiveDate,
    pub created_at: At,
    /// The practice that came.
    pub filled_by: Option<Id>,
    pub filled_at: Option<At>,
    pub closed_at: Option<At>,
}

text_enum! {
    pub enum RequestState {
        Open = "open",
        Filled = "filled",
        /// Its last day is over.
        Ended = "ended",
        /// By a trainer.
        Closed = "closed",
    }
}

impl RequestState {
    pub fn name(self) -> &'static str {
        match self {
            RequestState::Open => "募集中",
            RequestState::Filled => "集まりました",
            RequestState::Ended => "期間が終わりました",
            RequestState::Closed => "募集をやめました",
        }
    }
}

impl Request {
    pub fn state(&self, today: NaiveDate) -> RequestState {
        if self.closed_at.is_some() {
            RequestState::Closed
        } else if self.filled_by.is_some() {
            RequestState::Filled
        } else if self.until < today {
            RequestState::Ended
        } else {
            RequestState::Open
        }
    }
}

text_enum! {
    /// What whoever asked is told of it.
    pub enum News {
        Filled = "filled",
        /// The practice that filled it can no longer be seen.
        Reopened = "reopened",
        Ended = "ended",
    }
}

/// A request as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct RequestInput {
    pub policy: String,
    pub school_type: String,
    pub subject: String,
    pub item: String,
    pub sentence: String,
    /// `YYYY-MM-DD`.
    pub until: String,
}

/// A request whose fields are right.
#[derive(Clone, Debug)]
pub struct NewRequest {
    pub cell: Cell,
    pub sentence: String,
    pub until: NaiveDate,
}

impl RequestInput {
    /// # Errors
    /// `Invalid` with every field to correct.
    pub fn parse(&self, words: &Vocabulary, today: NaiveDate) -> Result<NewRequest> {
        let mut errors = FieldErrors::default();
        let policy = words.find_policy(&self.policy).map(|found| found.number);
        if policy.is_none() {
            errors.add("policy", "unknown", "基本方針を一つ選んでください。");
        }
        let school_type = words
            .find_school_type(&self.school_type)
            .filter(|found| found.tagging)
            .map(|found| found.slug.clone());
        if school_type.is_none() {
            errors.add("school_type", "unknown", "学校種を一つ選んでください。");
        }
        let subject = words
            .find_subject(&self.subject)
            .map(|found| found.slug.clone());
        if subject.is_none() && !self.subject.trim().is_empty() {
            errors.add("subject", "unknown", "教科・場面を選び直してください。");
        }
        let item = item_slug(&self.item);
        if item.is_none() && !self.item.trim().is_empty() {
            errors.add(
                "item",
                "unknown",
                "チェックリストの項目を選び直してください。",
            );
        }
        let sentence = SENTENCE
            .parse(&self.sentence)
            .and_then(|text| refuse_my_number("sentence", &text).map(|()| text));
        let sentence = errors.take(sentence);
        let until = self.last_day(&mut errors, today);
        match (policy, school_type, sentence, until) {
            (Some(policy), Some(school_type), Some(sentence), Some(until)) if errors.is_empty() => {
                Ok(NewRequest {
                    cell: Cell {
                        policy,
                        school_type,
                        subject,
                        item,
                    },
                    sentence,
                    until,
                })
            }
            _ => Err(Error::Invalid(errors)),
        }
    }

    fn last_day(&self, errors: &mut FieldErrors, today: NaiveDate) -> Option<NaiveDate> {
        let text = narrow(&self.until);
        let (code, message) = match text.parse::<NaiveDate>() {
            _ if text.is_empty() => ("required", "いつまで募集するかを選んでください。"),
            Ok(day) if day < today => ("past", "終わりの日は、今日かそのあとの日にしてください。"),
            Ok(day) if (day - today).num_days() > LONGEST_DAYS => {
                ("too_far", "募集できるのは1年先までです。")
            }
            Ok(day) => return Some(day),
            Err(_) => ("not_a_day", "日付は 2026-12-01 のように書いてください。"),
        };
        errors.add("until", code, message);
        None
    }
}

/// Asks for a practice. The same key gives the request that it made before.
///
/// # Errors
/// `SignInRequired`, `Forbidden`; `Invalid` where the same is asked for already; `Conflict` where too much is.
pub fn post(
    db: &mut Db,
    who: &Who,
    new: &NewRequest,
    key: Option<&OnceKey>,
    today: NaiveDate,
    now: At,
) -> Result<Request> {
    who.may(Action::Curate)?;
    let trainer = who.member()?.id;
    let id = Id::new(now);
    if let Some(key) = key
        && let Some(made) = once::claim(db, trainer, key, id, now)?
    {
        return find(db, who, made);
    }
    // Two who ask for the same at once see one another.
    store::hold(db)?;
    let open = store::open(db, today)?;
    if open.iter().any(|one| one.cell == new.cell) {
        return Err(Error::field(
            "policy",
            "taken",
            "ここは、もう募集しています。「募集中」の一覧を見てください。",
        ));
    }
    if open.len() >= MOST_OPEN {
        return Err(Error::Conflict(format!(
            "一度に募集できるのは{MOST_OPEN}件までです。終わったものを閉じてから、もう一度お試しください。"
        )));
    }
    store::insert(db, id, trainer, new, now)?;
    find(db, who, id)
}

/// A request. Readers see all of them.
///
/// # Errors
/// `SignInRequired` where reading is closed, `NotFound`.
pub fn find(db: &mut Db, who: &Who, id: Id) -> Result<Request> {
    who.may(Action::Read)?;
    store::by_id(db, id)?.ok_or(Error::NotFound)
}

/// Ends a request before its day.
///
/// # Errors
/// `SignInRequired`, `Forbidden`, `NotFound`, `Conflict` for one that is over.
pub fn close(db: &mut Db, who: &Who, id: Id, today: NaiveDate, now: At) -> Result<Request> {
    who.may(Action::Curate)?;
    let found = find(db, who, id)?;
    if found.state(today) != RequestState::Open {
        return Err(Error::Conflict(
            "この募集は、もう終わっています。".to_owned(),
        ));
    }
    store::close(db, id, now)?;
    find(db, who, id)
}

text_enum! {
    /// The lists of requests.
    pub enum Shelf {
        Open = "open",
        Filled = "filled",
        /// Ended without a practice, by their day or by a trainer.
        Over = "over",
    }
}

/// A page of requests: the open ones that end first, the others the last first.
///
/// # Errors
/// `SignInRequired` where reading is closed.
pub fn list(
    db: &mut Db,
    who: &Who,
    shelf: Shelf,
    today: NaiveDate,
    after: Option<Cursor>,
    limit: usize,
) -> Result<Page<Request>> {
    who.may(Action::Read)?;
    Page::read(
        limit,
        |wanted| store::list(db, shelf, today, after, wanted),
        |last| Cursor {
            at: match shelf {
                Shelf::Open => At(last.until.and_time(chrono::NaiveTime::MIN)),
                Shelf::Filled | Shelf::Over => last.created_at,
            },
            id: last.id,
        },
    )
}

/// All open requests, those that end first before the others; for the house.
pub fn open(db: &mut Db, today: NaiveDate) -> Result<Vec<Request>> {
    store::open(db, today)
}

/// At most `limit` open requests, those first that `who` could fill: of their own school type, then near to what they have
/// written of.
///
/// # Errors
/// `SignInRequired` where reading is closed.
pub fn for_reader(db: &mut Db, who: &Who, today: NaiveDate, limit: usize) -> Result<Vec<Request>> {
    who.may(Action::Read)?;
    let mut open = store::open(db, today)?;
    if let Who::Member(member) = who
        && open.len() > 1
    {
        let near = store::policies_written_of(db, member.id)?;
        // Stable: among equals the order of the end stays.
        open.sort_by_key(|one| {
            if one.cell.school_type == member.school_type {
                0
            } else if near.contains(&one.cell.policy) {
                1
            } else {
                2
            }
        });
    }
    open.truncate(limit);
    Ok(open)
}

/// Brings every request up to date with the threads: fills, opens again, notes the end. Doing it twice is doing it once.
/// Returns whether anything changed.
pub fn keep(db: &mut Db, zone: Tz, now: At) -> Result<bool> {
    let today = now.day(zone);
    // A practice of the last minute may be heard of after midnight.
    let since = today.pred_opt().unwrap_or(today);
    let mut changed = false;
    for one in store::watched(db, since)? {
        let end = At::start_of(one.until + Days::new(1), zone);
        let filler = store::filler(db, &one, end)?;
        if filler == one.filled_by {
            continue;
        }
        let news = match (one.filled_by, filler) {
            (None, Some(_)) => Some(News::Filled),
            (Some(_), None) => Some(News::Reopened),
            // Another practice stands in: whoever asked knows that there is one.
            _ => None,
        };
        store::set_filled(db, one.id, filler, news, now)?;
        changed = true;
    }
    Ok(store::note_ended(db, today, now)? > 0 || changed)
}

/// What `who` is told of their own requests, the newest first.
///
/// # Errors
/// `SignInRequired`.
pub fn told(db: &mut Db, who: &Who, limit: i64) -> Result<Vec<(Request, News, At, bool)>> {
    store::told(db, who.member()?.id, limit)
}

/// Everything up to now is seen.
///
/// # Errors
/// `SignInRequired`.
pub fn see(db: &mut Db, who: &Who) -> Result<()> {
    store::see(db, who.member()?.id)
}

/// What `who` has asked for, oldest first.
///
/// # Errors
/// `SignInRequired`.
pub fn own(db: &mut Db, who: &Who) -> Result<Vec<Request>> {
    store::of_trainer(db, who.member()?.id)
}
