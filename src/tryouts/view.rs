//! Try-outs on the page of their practice, on a page of their own, and the page that takes one back.

use std::collections::BTreeMap;

use askama::Template;

use super::{Outcome, Tally, Tryout, TryoutInput};
use crate::accounts::view::ByLine;
use crate::accounts::{Action, Author, Signers, Who};
use crate::db::types::Word;
use crate::error::FieldErrors;
use crate::id::Id;
use crate::taxonomy::Vocabulary;
use crate::threads::view::{SignField, kind_nav};
use crate::threads::{Cursor, Kind, Thread};
use crate::web::page::{Choice, Layout, Now, When, address};

/// The class that gives an outcome its colour; symbol and words say the same.
fn class(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Worked => "good",
        Outcome::Partly => "part",
        Outcome::Failed => "no",
    }
}

/// One try-out as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TryoutView {
    pub id: Id,
    pub class: &'static str,
    pub symbol: &'static str,
    pub outcome: &'static str,
    pub by: ByLine,
    /// 「中学校・中1」.
    pub place: String,
    pub when: When,
    pub changed: Option<String>,
    pub note: String,
    /// One's own, signed without one's name.
    pub own_sealed: bool,
    pub remove_url: Option<String>,
}

impl TryoutView {
    fn new(tryout: &Tryout, author: &Author, who: &Who, words: &Vocabulary, now: Now) -> Self {
        let grade = tryout.grade.as_deref().map(|slug| words.grade_name(slug));
        let place: Vec<&str> = std::iter::once(words.school_type_name(&tryout.school_type))
            .chain(grade)
            .collect();
        let removable = who.can(Action::Remove {
            author: tryout.author,
        });
        TryoutView {
            id: tryout.id,
            class: class(tryout.outcome),
            symbol: tryout.outcome.symbol(),
            outcome: tryout.outcome.name(),
            by: ByLine::new(author, words),
            place: place.join("・"),
            when: now.when(tryout.created_at),
            changed: tryout.changed.clone(),
            note: tryout.note.clone(),
            own_sealed: tryout.signature.is_sealed() && tryout.author.is_who(who),
            remove_url: removable.then(|| format!("/tryouts/{}/remove", tryout.id)),
        }
    }

    /// Those of a page, in their order.
    pub fn list(
        tryouts: &[Tryout],
        signers: &Signers,
        who: &Who,
        words: &Vocabulary,
        now: Now,
    ) -> Vec<TryoutView> {
        let shown = tryouts.iter().filter_map(|one| {
            let author = signers.of(&one.signature, words)?;
            Some(TryoutView::new(one, &author, who, words, now))
        });
        shown.collect()
    }
}

/// A row of the table: a school type, and how often it went how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TallyRow {
    pub school_type: String,
    /// 「3」 or 「–」, in the order of the head.
    pub cells: [String; 3],
}

/// Those with the most try-outs first; among equals in the order of the vocabulary.
fn rows(tallies: &BTreeMap<String, Tally>, words: &Vocabulary) -> Vec<TallyRow> {
    let place = |slug: &str| {
        let mut known = words.school_types.iter();
        known.position(|one| one.slug == slug).unwrap_or(usize::MAX)
    };
    let mut all: Vec<(&String, &Tally)> = tallies.iter().collect();
    all.sort_by_key(|(slug, tally)| (std::cmp::Reverse(tally.all()), place(slug)));
    let cell = |count: usize| match count {
        0 => "–".to_owned(),
        some => some.to_string(),
    };
    all.into_iter()
        .map(|(slug, tally)| TallyRow {
            school_type: words.school_type_name(slug).to_owned(),
            cells: [tally.worked, tally.partly, tally.failed].map(cell),
        })
        .collect()
}

/// The form, as it stands.
pub struct TryoutForm {
    pub outcomes: Vec<Choice>,
    pub school_types: Vec<Choice>,
    pub grades: Vec<Choice>,
    pub changed: String,
    pub note: String,
    /// Idempotency.
    pub key: String,
    pub errors: FieldErrors,
    /// None for those who always sign with their names.
    pub sign: Option<SignField>,
}

impl TryoutForm {
    /// `typed`: what the fields hold, the school type of the account in an untouched one.
    pub fn new(
        typed: &TryoutInput,
        key: String,
        errors: FieldErrors,
        sign: Option<SignField>,
        words: &Vocabulary,
    ) -> TryoutForm {
        let chosen = Outcome::parse(&typed.outcome);
        let school_type = words
            .find_school_type(&typed.school_type)
            .map(|found| found.slug.as_str());
        let grade = words
            .find_grade(&typed.grade)
            .map(|found| found.slug.as_str());
        TryoutForm {
            outcomes: Outcome::ALL
                .iter()
                .map(|one| Choice::new(one.to_string(), one.name(), chosen == Some(*one)))
                .collect(),
            school_types: words
                .school_types
                .iter()
                .filter(|one| one.tagging && one.account)
                .map(|one| Choice::new(&one.slug, &one.name, school_type == Some(&one.slug)))
                .collect(),
            grades: words
                .grades
                .iter()
                .map(|one| Choice::new(&one.slug, &one.name, grade == Some(&one.slug)))
                .collect(),
            changed: typed.changed.clone(),
            note: typed.note.clone(),
            key,
            errors,
            sign,
        }
    }
}

/// 「まねしてみた」 on the page of a practice.
pub struct TryoutSection {
    /// The practice's, without a slash at its end.
    pub path: String,
    pub count: usize,
    pub types: usize,
    pub rows: Vec<TallyRow>,
    pub tryouts: Vec<TryoutView>,
    /// How many are not shown here.
    pub more: usize,
    pub form: Option<TryoutForm>,
    /// Why there is no form, where that is worth saying.
    pub instead: &'static str,
    pub login_url: Option<String>,
    /// 「小学校・教諭」, as it will be signed.
    pub signed: String,
}

impl TryoutSection {
    pub fn new(
        thread: &Thread,
        tallies: &BTreeMap<String, Tally>,
        tryouts: Vec<TryoutView>,
        words: &Vocabulary,
    ) -> TryoutSection {
        let path = format!("/threads/{}", thread.id);
        let count: usize = tallies.values().map(|tally| tally.all()).sum();
        TryoutSection {
            count,
            types: tallies.len(),
            rows: rows(tallies, words),
            more: count.saturating_sub(tryouts.len()),
            tryouts,
            form: None,
            instead: "",
            login_url: None,
            signed: String::new(),
            path,
        }
    }
}

/// `/threads/{id}/tryouts`.
#[derive(Template)]
#[template(path = "tryouts/list.html")]
pub struct TryoutsPage {
    pub layout: Layout,
    pub title: String,
    pub path: String,
    pub count: usize,
    pub types: usize,
    pub rows: Vec<TallyRow>,
    pub tryouts: Vec<TryoutView>,
    pub may_record: bool,
    pub first: String,
    pub later: bool,
    pub next: Option<String>,
}

impl TryoutsPage {
    pub fn new(
        layout: Layout,
        thread: &Thread,
        section: TryoutSection,
        may_record: bool,
        after: Option<Cursor>,
        next: Option<Cursor>,
    ) -> TryoutsPage {
        let own = format!("{}/tryouts", section.path);
        TryoutsPage {
            layout: layout.at(kind_nav(Some(Kind::Practice))),
            title: thread.title.clone(),
            path: section.path,
            count: section.count,
            types: section.types,
            rows: section.rows,
            tryouts: section.tryouts,
            may_record,
            later: after.is_some(),
            next: next.map(|cursor| address(&own, [("cursor", cursor.encode().as_str())])),
            first: own,
        }
    }
}

/// `/tryouts/{id}/remove`.
#[derive(Template)]
#[template(path = "tryouts/remove.html")]
pub struct RemovePage {
    pub layout: Layout,
    pub action: String,
    pub back: String,
    pub extract: String,
    /// Whether a moderator takes back what is somebody else's.
    pub asks_reason: bool,
    pub reason: String,
    pub errors: FieldErrors,
}
