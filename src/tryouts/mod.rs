//! 「まねしてみた」: what became of a practice in somebody else's class. A record says in which school type it was tried, how
//! it went and one sentence; a practice is ranked by them, and what came to another school type weighs more than what
//! stayed in its own. Failures count too: they say where a practice ends.

pub mod api;
pub mod http;
pub mod json;
mod store;
pub mod view;

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::TimeDelta;

use crate::accounts::{Action, Mask, Signature, Who, Writer, signature};
use crate::clock::At;
use crate::db::Db;
use crate::db::types::Word;
use crate::error::{Error, FieldErrors, Result};
use crate::id::Id;
use crate::jobs;
use crate::taxonomy::Vocabulary;
use crate::text::{Rule, refuse_my_number};
use crate::text_enum;
use crate::threads::standing::Tried;
use crate::threads::{self, Cursor, Kind, Page, Submit, Thread, Visibility};

pub const NOTE: Rule = Rule {
    field: "note",
    label: "気づいたこと",
    max: 200,
    lines: false,
    hint: "気づいたことを、一言書いてください。例：班を3人にしたら、図を描かない人がいなくなった",
};
pub const CHANGED: Rule = Rule {
    field: "changed",
    label: "変えたこと",
    max: 200,
    lines: false,
    hint: "",
};
pub const REASON: Rule = Rule {
    field: "reason",
    label: "理由",
    max: 500,
    lines: true,
    hint: "理由を書いてください。書いた人にも見えます。",
};

text_enum! {
    /// How it went.
    pub enum Outcome {
        Worked = "worked",
        Partly = "partly",
        Failed = "failed",
    }
}

impl Outcome {
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Worked => "うまくいった",
            Outcome::Partly => "手直しした",
            Outcome::Failed => "合わなかった",
        }
    }

    /// Stands beside the words, never alone.
    pub fn symbol(self) -> &'static str {
        match self {
            Outcome::Worked => "○",
            Outcome::Partly => "△",
            Outcome::Failed => "×",
        }
    }

    /// Slug or Japanese name.
    pub fn parse(text: &str) -> Option<Outcome> {
        let text = text.trim();
        Outcome::from_word(text)
            .or_else(|| Outcome::ALL.iter().copied().find(|one| one.name() == text))
    }

    /// What a try-out of this outcome weighs within the practice's own school type, in reactions (参考になった, 試したい).
    /// A failed one weighs as much as a reaction: somebody took the practice into a class and told of it.
    fn weight(self) -> i64 {
        match self {
            Outcome::Worked => 3,
            Outcome::Partly => 2,
            Outcome::Failed => 1,
        }
    }
}

/// How many times a try-out from another school type weighs what it would in the practice's own. With the weights above even
/// a failed one weighs two reactions, so that try-outs from elsewhere come before any equal number of reactions.
pub const FROM_ANOTHER_TYPE: i64 = 2;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tryout {
    pub id: Id,
    pub thread: Id,
    /// For rules alone; what is shown is the signature.
    pub author: Writer,
    pub signature: Signature,
    /// Where it was tried; slug.
    pub school_type: String,
    /// Slug.
    pub grade: Option<String>,
    pub outcome: Outcome,
    /// What was done otherwise than written.
    pub changed: Option<String>,
    pub note: String,
    pub visibility: Visibility,
    pub created_at: At,
}

/// A try-out as typed.
#[derive(Clone, Debug, Default)]
pub struct TryoutInput {
    pub outcome: String,
    /// Empty: that of the account.
    pub school_type: String,
    pub grade: String,
    pub changed: String,
    pub note: String,
}

/// A try-out whose every field is right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTryout {
    pub outcome: Outcome,
    pub school_type: String,
    pub grade: Option<String>,
    pub changed: Option<String>,
    pub note: String,
    /// Without the author's name.
    pub sealed: bool,
}

impl TryoutInput {
    /// # Errors
    /// `SignInRequired`; `Invalid` with every field that must change.
    pub fn parse(&self, who: &Who, words: &Vocabulary, sealed: bool) -> Result<NewTryout> {
        let mut errors = FieldErrors::default();
        let outcome = Outcome::parse(&self.outcome);
        if outcome.is_none() {
            errors.add(
                "outcome",
                "required",
                "うまくいった・手直しした・合わなかった のどれかを選んでください。",
            );
        }
        let wanted = if self.school_type.trim().is_empty() {
            &who.member()?.school_type
        } else {
            &self.school_type
        };
        let school_type = words
            .find_school_type(wanted)
            .filter(|found| found.tagging && found.account) // not 全校種: it was tried in one place
            .map(|found| found.slug.clone());
        if school_type.is_none() {
            errors.add(
                "school_type",
                "unknown",
                "どの学校種で試したかを選んでください。例：小学校",
            );
        }
        let grade = Some(self.grade.trim()).filter(|wanted| !wanted.is_empty());
        let known = grade.map(|wanted| words.find_grade(wanted));
        if known.is_some_and(|found| found.is_none()) {
            errors.add(
                "grade",
                "unknown",
                "その学年は一覧にありません。選び直すか、空けておいてください。",
            );
        }
        let careful = |rule: &Rule, text: Option<String>| match text {
            Some(text) => refuse_my_number(rule.field, &text).map(|()| Some(text)),
            None => Ok(None),
        };
        let changed = CHANGED.parse_optional(&self.changed);
        let changed = errors.take(changed.and_then(|text| careful(&CHANGED, text)));
        let note = NOTE.parse(&self.note);
        let note = errors.take(note.and_then(|text| careful(&NOTE, Some(text))));
        match (outcome, school_type, note.flatten()) {
            (Some(outcome), Some(school_type), Some(note)) if errors.is_empty() => Ok(NewTryout {
                outcome,
                school_type,
                grade: known.flatten().map(|found| found.slug.clone()),
                changed: changed.flatten(),
                note,
                sealed,
            }),
            _ => Err(Error::Invalid(errors)),
        }
    }
}

/// Job kind: a try-out was recorded; its payload names it.
pub const RECORDED: &str = "tryout_recorded";

/// Try-outs of one person in an hour are counted over this span, and held to the same number as their posts.
const WINDOW: TimeDelta = TimeDelta::hours(1);
/// Seconds after which one who has recorded too often may look again.
const PAUSE: u64 = 600;

/// Whether `who` may record something of this thread now.
///
/// # Errors
/// `SignInRequired`; `Forbidden` for one's own practice, for what is no practice or out of sight; `Conflict` where it is locked.
pub fn check(who: &Who, thread: &Thread) -> Result<()> {
    who.may(Action::Post)?;
    if thread.kind != Kind::Practice {
        return Err(Error::Forbidden(
            "「まねしてみた」を書けるのは、実践だけです。",
        ));
    }
    if thread.visibility != Visibility::Visible {
        return Err(Error::Forbidden(
            "いまは非公開になっている実践です。公開に戻るまで記録できません。",
        ));
    }
    if thread.author.is_who(who) {
        return Err(Error::Forbidden(
            "自分の実践には記録できません。やってみて分かったことは、「書き直す」から足せます。",
        ));
    }
    thread.open()
}

/// Records what became of a practice. The same key gives the record that it made before.
///
/// # Errors
/// `NotFound` for a thread that `who` may not see; as `check`; `TooMany`; `Invalid`.
pub fn record(
    db: &mut Db,
    who: &Who,
    thread: Id,
    new: &NewTryout,
    submit: &Submit<'_>,
    now: At,
) -> Result<Tryout> {
    who.may(Action::Post)?;
    let author = who.member()?.id;
    // Held before it is read: what is locked or hidden meanwhile takes no record any more.
    threads::hold(db, thread)?;
    let practice = threads::find(db, who, thread)?;
    check(who, &practice)?;
    let id = Id::new(now);
    if let Some(made) = submit.claim(db, author, id, now)? {
        return find(db, who, made);
    }
    let most = i64::from(submit.posts_per_hour);
    if most > 0 && store::count_since(db, author, now.minus(WINDOW), now)? >= most {
        return Err(Error::TooMany(PAUSE));
    }
    let mask = if new.sealed {
        Some(signature::own_mask(db, who)?)
    } else {
        None
    };
    let draft = Draft {
        id,
        thread,
        author,
        sealed_as: mask.as_ref(),
        new,
        created_at: now,
    };
    store::insert(db, &draft)?;
    recount(db, thread, now)?;
    tell(db, id, now)?;
    find(db, who, id)
}

/// Has the author of the practice told.
pub fn tell(db: &mut Db, tryout: Id, now: At) -> Result<()> {
    let payload = serde_json::json!({ "tryout": tryout });
    jobs::enqueue(db, RECORDED, &payload, now, now).map(|_| ())
}

/// A try-out about to be written.
pub struct Draft<'a> {
    pub id: Id,
    pub thread: Id,
    pub author: Id,
    /// None: signed with the author's name.
    pub sealed_as: Option<&'a Mask>,
    pub new: &'a NewTryout,
    pub created_at: At,
}

/// Writes what the house brings along, and nobody is told of; the caller recounts.
pub fn insert(db: &mut Db, draft: &Draft<'_>) -> Result<()> {
    store::insert(db, draft)
}

/// Whether `who` has sealed a try-out or a reply of the thread: a name under another post would show whose those are.
pub fn has_sealed_beside(db: &mut Db, who: &Who, thread: Id) -> Result<bool> {
    match who.id() {
        Some(account) => store::has_sealed_beside(db, account, thread),
        None => Ok(false),
    }
}

/// A try-out that all may see, of a thread that `who` may see.
///
/// # Errors
/// `NotFound`, `SignInRequired`.
pub fn find(db: &mut Db, who: &Who, id: Id) -> Result<Tryout> {
    who.may(Action::Read)?;
    let tryout = store::by_id(db, id)?;
    threads::find(db, who, tryout.thread)?;
    if tryout.visibility == Visibility::Visible {
        Ok(tryout)
    } else {
        Err(Error::NotFound)
    }
}

/// A page of the visible try-outs of a thread, the newest first. The thread's own visibility is the caller's check.
pub fn of_thread(
    db: &mut Db,
    who: &Who,
    thread: Id,
    after: Option<Cursor>,
    limit: usize,
) -> Result<Page<Tryout>> {
    who.may(Action::Read)?;
    Page::read(
        limit,
        |wanted| store::of_thread(db, thread, after, wanted),
        |last| Cursor {
            at: last.created_at,
            id: last.id,
        },
    )
}

/// How a practice went in one school type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub worked: usize,
    pub partly: usize,
    pub failed: usize,
}

impl Tally {
    pub fn all(self) -> usize {
        self.worked + self.partly + self.failed
    }

    fn add(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Worked => self.worked += 1,
            Outcome::Partly => self.partly += 1,
            Outcome::Failed => self.failed += 1,
        }
    }
}

/// How a practice went, by school type (slug). The thread's own visibility is the caller's check.
pub fn tallies(db: &mut Db, thread: Id) -> Result<BTreeMap<String, Tally>> {
    let mut all: BTreeMap<String, Tally> = BTreeMap::new();
    for (_, school_type, outcome) in store::outcomes(db, thread)? {
        all.entry(school_type).or_default().add(outcome);
    }
    Ok(all)
}

/// What the visible try-outs of a practice written for `own` are worth, in reactions: of each person in each school type the
/// best one counts, so that nobody ranks a practice by recording it often.
fn worth(own: &str, outcomes: &[(Id, String, Outcome)]) -> i64 {
    let mut best: HashMap<(Id, &str), i64> = HashMap::new();
    for (author, school_type, outcome) in outcomes {
        let elsewhere = school_type != own;
        let times = if elsewhere { FROM_ANOTHER_TYPE } else { 1 };
        let weight = best.entry((*author, school_type)).or_default();
        *weight = (*weight).max(outcome.weight() * times);
    }
    best.values().sum()
}

/// Brings a thread's number of try-outs, school types and worth up to date and tells the followers.
pub fn recount(db: &mut Db, thread: Id, now: At) -> Result<()> {
    threads::hold(db, thread)?;
    let Some(practice) = threads::in_full(db, &[thread])?.pop() else {
        return Err(Error::NotFound);
    };
    let outcomes = store::outcomes(db, thread)?;
    let types: HashSet<&str> = outcomes
        .iter()
        .map(|(_, school_type, _)| school_type.as_str())
        .collect();
    let small = |number: usize| i32::try_from(number).unwrap_or(i32::MAX);
    let worth = i32::try_from(worth(&practice.school_type, &outcomes)).unwrap_or(i32::MAX);
    let tried = Tried {
        tries: small(outcomes.len()),
        types: small(types.len()),
        worth,
    };
    threads::standing::set_tried(db, thread, tried, now)
}

/// As `recount`, where there is anything to count: after a thread was given another school type.
pub fn reweigh(db: &mut Db, thread: Id, now: At) -> Result<()> {
    if store::outcomes(db, thread)?.is_empty() {
        return Ok(());
    }
    recount(db, thread, now)
}

/// What was taken back.
#[derive(Clone, Debug)]
pub struct Removed {
    pub tryout: Tryout,
    /// Of the moderator; None where its author took it back.
    pub reason: Option<String>,
}

/// Takes a try-out back: its author, or a moderator with a reason. Nothing is erased.
///
/// # Errors
/// `NotFound`, `Forbidden`; `Invalid` naming `reason` for moderators who give none.
pub fn remove(db: &mut Db, who: &Who, id: Id, reason: &str, now: At) -> Result<Removed> {
    let tryout = find(db, who, id)?;
    who.may(Action::Remove {
        author: tryout.author,
    })?;
    threads::hold(db, tryout.thread)?;
    let (visibility, reason) = if tryout.author.is_who(who) {
        (Visibility::Deleted, None)
    } else {
        let reason = REASON
            .parse(reason)
            .map_err(|error| Error::Invalid(FieldErrors(vec![error])))?;
        (Visibility::Hidden, Some(reason))
    };
    store::set_visibility(db, id, visibility)?;
    recount(db, tryout.thread, now)?;
    Ok(Removed { tryout, reason })
}

/// All try-outs that `who` recorded but took back, oldest first.
///
/// # Errors
/// `SignInRequired`.
pub fn own(db: &mut Db, who: &Who) -> Result<Vec<Tryout>> {
    store::of_author(db, who.member()?.id)
}

/// The visible ones of `ids`, for the house.
pub fn visible_by_ids(db: &mut Db, ids: &[Id]) -> Result<Vec<Tryout>> {
    store::visible_by_ids(db, ids)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u128) -> Id {
        Id::from_u128(number)
    }

    fn tried(author: u128, school_type: &str, outcome: Outcome) -> (Id, String, Outcome) {
        (id(author), school_type.to_owned(), outcome)
    }

    #[test]
    fn from_another_school_type_any_outcome_outweighs_a_reaction() {
        for outcome in Outcome::ALL {
            for many in 1..5 {
                let tries: Vec<_> = (0..many)
                    .map(|author| tried(author, "chugakkou", *outcome))
                    .collect();
                let reactions = i64::try_from(many).unwrap();
                assert!(worth("shogakkou", &tries) > reactions, "{outcome}");
                assert!(worth("shogakkou", &tries) > worth("chugakkou", &tries));
            }
        }
    }

    #[test]
    fn one_person_counts_once_in_a_school_type_by_their_best() {
        let often = [
            tried(1, "chugakkou", Outcome::Failed),
            tried(1, "chugakkou", Outcome::Worked),
            tried(1, "chugakkou", Outcome::Partly),
        ];
        assert_eq!(worth("shogakkou", &often), 6);
        let elsewhere = [
            tried(1, "chugakkou", Outcome::Worked),
            tried(1, "koukou", Outcome::Worked),
        ];
        assert_eq!(worth("shogakkou", &elsewhere), 12);
        assert_eq!(worth("shogakkou", &[]), 0);
    }
}
