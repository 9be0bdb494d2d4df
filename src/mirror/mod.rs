//! The private mirror: how well people think they can teach with ICT, by the ministry's checklist, once a school year. It is
//! theirs alone: filed under an HMAC that nobody can make without the forum's key, apart from their accounts, and in no
//! list, log, mail or export but their own. What may be counted of it is `gap`'s.

pub mod api;
pub mod checklist;
pub mod http;
pub mod json;
pub mod key;
mod store;
pub mod view;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

pub use self::checklist::{Area, Checklist, Item};
pub use self::key::Ring;
use crate::accounts::{self, Action, Experience, Role, Who};
use crate::clock::school_year;
use crate::db::Db;
use crate::error::{Error, FieldErrors, Result};
use crate::id::Id;
use crate::secret::Key;
use crate::taxonomy;
use crate::term::{Term, Terms};

pub const AREAS: usize = 4;
pub const ITEMS_OF_AREA: usize = 4;
/// Grades of the scale.
const GRADES: std::ops::RangeInclusive<u8> = 1..=4;
/// Items that help is shown for: those that were answered lowest.
pub const WEAKEST: usize = 3;

/// Grades by item (`a1` … `d4`); items that were not answered are not in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Answers(BTreeMap<String, u8>);

impl Answers {
    pub fn grade(&self, item: &str) -> Option<u8> {
        self.0.get(item).copied()
    }

    pub fn grades(&self) -> &BTreeMap<String, u8> {
        &self.0
    }

    /// The mean of what was answered in an area.
    pub fn mean(&self, area: &Area) -> Option<f64> {
        let mut count = 0_u32;
        let mut sum = 0_u32;
        for (_, grade) in self
            .0
            .iter()
            .filter(|(code, _)| code.starts_with(&area.code))
        {
            count += 1;
            sum += u32::from(*grade);
        }
        (count > 0).then(|| f64::from(sum) / f64::from(count))
    }

    /// Whether every item is answered.
    pub fn complete(&self) -> bool {
        self.0.len() == AREAS * ITEMS_OF_AREA
    }

    /// Sums of the areas in their order; None unless complete.
    fn sums(&self) -> Option<[u32; AREAS]> {
        let mut sums = [0; AREAS];
        for (sum, area) in sums.iter_mut().zip(["a", "b", "c", "d"]) {
            let grades = self.0.iter().filter(|(code, _)| code.starts_with(area));
            *sum = grades.map(|(_, grade)| u32::from(*grade)).sum();
        }
        self.complete().then_some(sums)
    }

    /// The items that were answered lowest, at most `WEAKEST`, the lowest first; none that are done well.
    pub fn weakest<'a>(&self, list: &'a Checklist) -> Vec<&'a Item> {
        let mut found: Vec<(u8, &Item)> = list
            .items
            .iter()
            .filter_map(|item| Some((self.grade(&item.code)?, item)))
            .filter(|(grade, _)| grade < GRADES.end())
            .collect();
        found.sort_by_key(|(grade, _)| *grade);
        found
            .into_iter()
            .take(WEAKEST)
            .map(|(_, item)| item)
            .collect()
    }
}

/// The answers of one person in one school year.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelfCheck {
    /// That of its first day.
    pub year: i32,
    /// Of the checklist.
    pub version: String,
    pub answers: Answers,
    /// Whether its owner lets it be counted in the report of the term.
    pub shared: bool,
}

impl SelfCheck {
    pub fn checklist(&self) -> Option<&'static Checklist> {
        checklist::version(&self.version)
    }
}

/// Answers as typed or sent: grades by item, empty where there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckInput {
    pub answers: Vec<(String, String)>,
    pub shared: bool,
}

impl CheckInput {
    /// # Errors
    /// `Invalid` with every item whose grade is none, and for items that there are not.
    fn parse(&self, list: &Checklist) -> Result<Answers> {
        let mut errors = FieldErrors::default();
        let mut answers = BTreeMap::new();
        for (code, grade) in &self.answers {
            let grade = grade.trim();
            if list.item(code).is_none() {
                let message = "この項目は、チェックリストにありません。";
                errors.add("answers", "unknown", message);
                break;
            }
            match grade
                .parse::<u8>()
                .ok()
                .filter(|grade| GRADES.contains(grade))
            {
                Some(grade) => {
                    answers.insert(code.clone(), grade);
                }
                None if grade.is_empty() => {}
                None => errors.add(code, "out_of_range", "1から4までを選んでください。"),
            }
        }
        if errors.is_empty() {
            Ok(Answers(answers))
        } else {
            Err(Error::Invalid(errors))
        }
    }
}

/// What the rows of a person are filed under, one for each year: without the key nobody can tell whose they are, nor that
/// two are of one person.
fn owner_key(key: &Key, account: Id, year: i32) -> String {
    key.hmac(
        "hiroba.self-check",
        &[account.0.as_bytes(), &year.to_be_bytes()],
    )
}

/// The keys of a person's rows of all years that anybody has rows of, and of `more`.
fn owner_keys(db: &mut Db, ring: &Ring, account: Id) -> Result<Vec<String>> {
    let years = store::years(db)?;
    if years.is_empty() {
        return Ok(Vec::new()); // nobody has answered: no key is needed to know it
    }
    let key = ring.key()?;
    Ok(years
        .into_iter()
        .map(|year| owner_key(key, account, year))
        .collect())
}

/// One's own self-checks, the newest first.
///
/// # Errors
/// `SignInRequired`.
pub fn own(db: &mut Db, who: &Who, ring: &Ring) -> Result<Vec<SelfCheck>> {
    who.may(Action::Post)?;
    let keys = owner_keys(db, ring, who.member()?.id)?;
    store::by_keys(db, &keys)
}

/// Keeps one's own answers of the school year that `today` is in, in place of those that were; no answers, no row. Nothing else of the
/// person is kept with them but, where they let complete answers be counted, school type, experience band and term.
///
/// # Errors
/// `SignInRequired`, `Invalid`.
pub fn keep(
    db: &mut Db,
    who: &Who,
    ring: &Ring,
    input: &CheckInput,
    (today, terms): (NaiveDate, Terms),
) -> Result<SelfCheck> {
    who.may(Action::Post)?;
    let list = checklist::current()?;
    let check = SelfCheck {
        year: school_year(today),
        version: list.version.clone(),
        answers: input.parse(list)?,
        shared: input.shared,
    };
    let person = accounts::own(db, who)?;
    let owner = owner_key(ring.key()?, person.id, check.year);
    if check.answers.grades().is_empty() {
        store::delete(db, &[owner])?;
        return Ok(check);
    }
    let term = terms.of(today).to_string();
    let counts =
        check.shared && check.answers.complete() && counts(db, person.role, &person.school_type)?;
    let group = counts.then_some(store::Group {
        term: &term,
        school_type: &person.school_type,
        band: person.experience,
    });
    store::put(db, &owner, &check, group.as_ref())?;
    Ok(check)
}

/// Whether the report is about such people: teachers at schools.
fn counts(db: &mut Db, role: Role, school_type: &str) -> Result<bool> {
    let words = taxonomy::current(db)?;
    let at_school = words
        .school_types
        .iter()
        .any(|one| one.slug == school_type && one.account && one.tagging);
    Ok(at_school && role != Role::Supporter)
}

/// Removes one's own answers of all years. What was published of them with those of others stays: nobody is in it.
///
/// # Errors
/// `SignInRequired`.
pub fn forget(db: &mut Db, who: &Who, ring: &Ring) -> Result<()> {
    who.may(Action::Post)?;
    let keys = owner_keys(db, ring, who.member()?.id)?;
    store::delete(db, &keys).map(|_| ())
}

/// A complete self-check as it is counted: nobody's name, and no key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    pub school_type: String,
    pub band: Option<Experience>,
    /// Of the four items of each area: 4 to 16.
    pub sums: [u32; AREAS],
}

/// The terms of which answers wait to be counted, for the house.
pub fn waiting_terms(db: &mut Db) -> Result<Vec<Term>> {
    let terms = store::waiting_terms(db)?;
    Ok(terms.iter().filter_map(|text| Term::parse(text)).collect())
}

/// What is counted of a term, by the checklist in force: for the house, which shows none of it.
pub fn counted(db: &mut Db, term: Term) -> Result<Vec<Counted>> {
    store::counted(db, &term.to_string(), &checklist::current()?.version)
}

/// Takes school type, band and term off the answers of a term that has been counted: nothing needs them any more.
pub fn forget_groups(db: &mut Db, term: Term) -> Result<()> {
    store::forget_groups(db, &term.to_string())
}

/// Removes everybody's answers with what is known of their key, so that a new one can be begun: for the command line,
/// where the key is lost and nobody can read theirs any more. Returns how many there were.
pub fn forget_all(db: &mut Db) -> Result<usize> {
    store::delete_all(db)
}

/// Writes somebody's complete answers who is nobody: for the demo, whose charts need more people than it has.
///
/// # Errors
/// `Invalid`.
pub fn invent(
    db: &mut Db,
    ring: &Ring,
    (number, term): (u32, Term),
    (school_type, band): (&str, Option<Experience>),
    input: &CheckInput,
) -> Result<()> {
    let list = checklist::current()?;
    let check = SelfCheck {
        year: term.year,
        version: list.version.clone(),
        answers: input.parse(list)?,
        shared: true,
    };
    let owner = ring.key()?.hmac(
        "hiroba.self-check.invented",
        &[term.to_string().as_bytes(), &number.to_be_bytes()],
    );
    let term = term.to_string();
    let group = store::Group {
        term: &term,
        school_type,
        band,
    };
    store::put(db, &owner, &check, Some(&group))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(pairs: &[(&str, &str)]) -> CheckInput {
        CheckInput {
            answers: pairs
                .iter()
                .map(|(code, grade)| ((*code).to_owned(), (*grade).to_owned()))
                .collect(),
            shared: true,
        }
    }

    #[test]
    fn answers_are_items_with_grades() {
        let list = checklist::current().unwrap();
        let parsed = input(&[("a1", "4"), ("a2", " 1 "), ("b1", ""), ("d4", "2")]).parse(list);
        let answers = parsed.unwrap();
        assert_eq!(answers.grades().len(), 3);
        assert_eq!(answers.mean(&list.areas[0]), Some(2.5));
        assert_eq!(answers.mean(&list.areas[1]), None);
        assert!(!answers.complete() && answers.sums().is_none());
        let weakest: Vec<&str> = answers
            .weakest(list)
            .iter()
            .map(|item| item.code.as_str())
            .collect();
        assert_eq!(weakest, ["a2", "d4"]);
        for (code, grade, field) in [
            ("a1", "0", "a1"),
            ("a1", "5", "a1"),
            ("a1", "x", "a1"),
            ("e1", "3", "answers"),
        ] {
            let Err(Error::Invalid(errors)) = input(&[(code, grade)]).parse(list) else {
                panic!("{code}={grade}");
            };
            assert!(errors.of(field).is_some());
        }
        let all: Vec<(&str, &str)> = list
            .items
            .iter()
            .map(|item| (item.code.as_str(), "3"))
            .collect();
        assert_eq!(input(&all).parse(list).unwrap().sums(), Some([12; AREAS]));
    }

    #[test]
    fn without_the_key_no_year_leads_to_another() {
        let (one, other) = (Key::new(), Key::new());
        let account = Id(uuid::Uuid::from_u128(7));
        assert_eq!(
            owner_key(&one, account, 2026),
            owner_key(&one, account, 2026)
        );
        assert_ne!(
            owner_key(&one, account, 2026),
            owner_key(&one, account, 2027)
        );
        assert_ne!(
            owner_key(&one, account, 2026),
            owner_key(&other, account, 2026)
        );
        assert_ne!(
            owner_key(&one, account, 2026),
            owner_key(&one, Id(uuid::Uuid::from_u128(8)), 2026)
        );
    }
}
