//! The city's words: plan, basic policies, initiatives, tags, school types, schools, subjects, grades, positions.
//! They are data, loaded from a file that another city can replace, and versioned: a thread keeps the version it was
//! tagged with. This module never decides who may do what.

pub mod api;
mod differences;
pub mod http;
pub mod json;
mod schools;
mod store;
pub mod view;

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use self::differences::{Difference, Differs};
pub use self::schools::{SchoolRow, keep_school, school, schools};
use crate::clock::At;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::id::Id;
use crate::text::fold;

/// The vocabulary that a new forum begins with.
pub const SENDAI: &str = include_str!("sendai.toml");

/// The whole vocabulary of one version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vocabulary {
    pub plan: Plan,
    pub policies: Vec<Policy>,
    pub initiatives: Vec<Initiative>,
    #[serde(default)]
    pub tags: Vec<Term>,
    pub school_types: Vec<SchoolType>,
    #[serde(default)]
    pub school_attributes: Vec<Term>,
    #[serde(default)]
    pub subjects: Vec<Subject>,
    #[serde(default)]
    pub grades: Vec<Subject>,
    #[serde(default)]
    pub positions: Vec<Position>,
    #[serde(default)]
    pub schools: Vec<School>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Stable through the versions.
    pub slug: String,
    pub version: String,
    pub city: String,
    pub name: String,
    /// The sentence that the forum exists for.
    pub charter: String,
}

/// 基本方針. `name` and `description` are the plan's words, `short` is ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    pub number: u8,
    pub slug: String,
    pub short: String,
    pub name: String,
    pub description: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Initiative {
    pub slug: String,
    pub policy: u8,
    pub name: String,
    pub short: String,
    #[serde(default)]
    pub aliases: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Term {
    pub slug: String,
    pub name: String,
    #[serde(default)]
    pub aliases: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SchoolType {
    pub slug: String,
    pub name: String,
    pub short: String,
    #[serde(default)]
    pub aliases: Vec<String>,
    /// What its learners are called: 児童, 生徒, 園児 …
    #[serde(default)]
    pub learners: String,
    #[serde(default)]
    pub teacher: String,
    /// May be chosen for a thread.
    #[serde(default = "yes")]
    pub tagging: bool,
    /// May be chosen for a person.
    #[serde(default = "yes")]
    pub account: bool,
}

fn yes() -> bool {
    true
}

/// A subject or a grade; no school types = offered everywhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    pub slug: String,
    pub name: String,
    #[serde(default)]
    pub school_types: Vec<String>,
    #[serde(default)]
    pub aliases: Vec<String>,
}

/// 立場. A badge is shown for those few whose word weighs more; it comes from here, never from a display name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Position {
    pub slug: String,
    pub name: String,
    #[serde(default)]
    pub badge: Option<String>,
}

impl Position {
    /// Whether its holders are shown with a badge.
    pub fn has_badge(&self) -> bool {
        self.badge.as_ref().is_some_and(|badge| !badge.is_empty())
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct School {
    pub slug: String,
    pub name: String,
    pub school_type: String,
    /// `YYYY-MM-DD` or empty.
    #[serde(default)]
    pub valid_from: String,
    #[serde(default)]
    pub valid_to: String,
}

/// What can be looked up by slug, name or alias.
trait Named {
    fn slug(&self) -> &str;
    fn names(&self) -> Vec<&str>;
}

macro_rules! named {
    ($($kind:ident { $($field:ident),* $(, ..$aliases:ident)? })+) => {$(
        impl Named for $kind {
            fn slug(&self) -> &str {
                &self.slug
            }
            fn names(&self) -> Vec<&str> {
                let names = [$(self.$field.as_str()),*].into_iter();
                $(let names = names.chain(self.$aliases.iter().map(String::as_str));)?
                names.collect()
            }
        }
    )+};
}

named! {
    Initiative { name, short, ..aliases }
    Term { name, ..aliases }
    SchoolType { name, short, ..aliases }
    Subject { name, ..aliases }
    Position { name }
}

/// By slug, then by exact name, then by a name in any spelling (which folds every name: the rare case).
fn find<'a, T: Named>(all: &'a [T], wanted: &str) -> Option<&'a T> {
    let wanted = wanted.trim();
    if wanted.is_empty() {
        return None;
    }
    let exact = |item: &&T| item.slug() == wanted || item.names().contains(&wanted);
    all.iter().find(exact).or_else(|| {
        let key = fold(wanted);
        let like = |name: &&str| !key.is_empty() && fold(name) == key;
        all.iter().find(|item| item.names().iter().any(like))
    })
}

impl Vocabulary {
    /// Parses and checks a vocabulary file (TOML).
    ///
    /// # Errors
    /// `BadRequest` naming the first thing that is wrong.
    pub fn parse(text: &str) -> Result<Vocabulary> {
        let vocabulary: Vocabulary =
            toml::from_str(text).map_err(|error| Error::BadRequest(error.to_string()))?;
        vocabulary.check()?;
        Ok(vocabulary)
    }

    fn check(&self) -> Result<()> {
        let wrong = |what: String| Err(Error::BadRequest(what));
        if self.policies.is_empty() || self.school_types.is_empty() {
            return wrong("a vocabulary needs policies and school_types".to_owned());
        }
        unique("policies", self.policies.iter().map(|p| p.slug.as_str()))?;
        unique(
            "initiatives",
            self.initiatives.iter().map(|i| i.slug.as_str()),
        )?;
        unique("tags", self.tags.iter().map(|t| t.slug.as_str()))?;
        unique(
            "school_types",
            self.school_types.iter().map(|s| s.slug.as_str()),
        )?;
        unique("subjects", self.subjects.iter().map(|s| s.slug.as_str()))?;
        unique("grades", self.grades.iter().map(|g| g.slug.as_str()))?;
        unique("positions", self.positions.iter().map(|p| p.slug.as_str()))?;
        unique("schools", self.schools.iter().map(|s| s.slug.as_str()))?;
        for initiative in &self.initiatives {
            if self.policy(initiative.policy).is_none() {
                return wrong(format!("initiative {}: no such policy", initiative.slug));
            }
        }
        let types = self.subjects.iter().chain(&self.grades);
        for (slug, school_type) in types
            .flat_map(|item| item.school_types.iter().map(|t| (&item.slug, t)))
            .chain(self.schools.iter().map(|s| (&s.slug, &s.school_type)))
        {
            if !self.school_types.iter().any(|t| &t.slug == school_type) {
                return wrong(format!("{slug}: no school type {school_type}"));
            }
        }
        for school in &self.schools {
            school.days()?;
        }
        Ok(())
    }

    pub fn policy(&self, number: u8) -> Option<&Policy> {
        self.policies.iter().find(|policy| policy.number == number)
    }

    /// `3`, `p3`, 「基本方針3」 or a headline.
    pub fn find_policy(&self, wanted: &str) -> Option<&Policy> {
        let key = fold(wanted);
        self.policies.iter().find(|policy| {
            key == policy.number.to_string()
                || key == policy.slug
                || key == fold(&format!("基本方針{}", policy.number))
                || key == fold(&policy.short)
                || key == fold(&policy.name)
        })
    }

    pub fn find_initiative(&self, wanted: &str) -> Option<&Initiative> {
        find(&self.initiatives, wanted)
    }

    pub fn find_school_type(&self, wanted: &str) -> Option<&SchoolType> {
        find(&self.school_types, wanted)
    }

    pub fn find_subject(&self, wanted: &str) -> Option<&Subject> {
        find(&self.subjects, wanted)
    }

    pub fn find_grade(&self, wanted: &str) -> Option<&Subject> {
        find(&self.grades, wanted)
    }

    pub fn find_position(&self, wanted: &str) -> Option<&Position> {
        find(&self.positions, wanted)
    }

    pub fn find_tag(&self, wanted: &str) -> Option<&Term> {
        find(&self.tags, wanted)
    }

    /// The name behind a stored slug; the slug itself where this version no longer has it.
    pub fn school_type_name<'a>(&'a self, slug: &'a str) -> &'a str {
        name_of(&self.school_types, slug, |item| &item.name)
    }

    pub fn subject_name<'a>(&'a self, slug: &'a str) -> &'a str {
        name_of(&self.subjects, slug, |item| &item.name)
    }

    pub fn grade_name<'a>(&'a self, slug: &'a str) -> &'a str {
        name_of(&self.grades, slug, |item| &item.name)
    }

    pub fn initiative_name<'a>(&'a self, slug: &'a str) -> &'a str {
        name_of(&self.initiatives, slug, |item| &item.short)
    }
}

fn name_of<'a, T: Named>(all: &'a [T], slug: &'a str, name: impl Fn(&'a T) -> &'a str) -> &'a str {
    all.iter()
        .find(|item| item.slug() == slug)
        .map_or(slug, name)
}

fn unique<'a>(section: &str, slugs: impl Iterator<Item = &'a str>) -> Result<()> {
    let mut seen = std::collections::HashSet::new();
    for slug in slugs {
        if slug.is_empty() || !seen.insert(slug) {
            return Err(Error::BadRequest(format!(
                "{section}: slug {slug:?} is empty or stands twice"
            )));
        }
    }
    Ok(())
}

impl School {
    fn days(&self) -> Result<(Option<NaiveDate>, Option<NaiveDate>)> {
        let day = |text: &str| {
            if text.is_empty() {
                return Ok(None);
            }
            text.parse::<NaiveDate>()
                .map(Some)
                .map_err(|_| Error::BadRequest(format!("school {}: {text:?} is no day", self.slug)))
        };
        Ok((day(&self.valid_from)?, day(&self.valid_to)?))
    }
}

/// A vocabulary as it stands in the database.
#[derive(Clone, Debug)]
pub struct Loaded {
    pub id: Id,
    pub words: Vocabulary,
}

impl std::ops::Deref for Loaded {
    type Target = Vocabulary;
    fn deref(&self) -> &Vocabulary {
        &self.words
    }
}

/// The vocabulary now in force. Parsed once per process and version.
pub fn current(db: &mut Db) -> Result<Arc<Loaded>> {
    let id = store::current_id(db)?.ok_or_else(|| Error::internal("no vocabulary is loaded"))?;
    by_id(db, id)
}

/// A vocabulary of any version: rows never change, so they are kept parsed.
pub fn by_id(db: &mut Db, id: Id) -> Result<Arc<Loaded>> {
    static PARSED: OnceLock<RwLock<HashMap<Id, Arc<Loaded>>>> = OnceLock::new();
    let parsed = PARSED.get_or_init(RwLock::default);
    if let Some(known) = parsed
        .read()
        .unwrap_or_else(PoisonError::into_inner)
        .get(&id)
    {
        return Ok(Arc::clone(known));
    }
    let document = store::document(db, id)?;
    let words = serde_json::from_str(&document).map_err(Error::internal)?;
    let loaded = Arc::new(Loaded { id, words });
    parsed
        .write()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(id, Arc::clone(&loaded));
    Ok(loaded)
}

/// Makes the vocabulary of `text` (TOML) the one in force. Loading the same text again brings its version back.
pub fn load(db: &mut Db, text: &str, now: At) -> Result<Vocabulary> {
    let vocabulary = Vocabulary::parse(text)?;
    let digest = data_encoding::HEXLOWER.encode(&Sha256::digest(text.as_bytes()));
    let document = serde_json::to_string(&vocabulary).map_err(Error::internal)?;
    store::make_current(db, &vocabulary.plan, &document, &digest, now)?;
    for school in &vocabulary.schools {
        let (from, to) = school.days()?;
        store::put_school(db, school, from, to)?;
    }
    Ok(vocabulary)
}

/// Loads `SENDAI` into a forum that has no vocabulary yet.
pub fn begin(db: &mut Db, now: At) -> Result<()> {
    if store::current_id(db)?.is_none() {
        load(db, SENDAI, now)?;
    }
    Ok(())
}

/// A version of the vocabulary as the list of versions shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    pub id: Id,
    pub plan: String,
    pub version: String,
    pub current: bool,
    pub loaded_at: At,
}

/// All versions, the last loaded first.
pub fn versions(db: &mut Db) -> Result<Vec<Version>> {
    store::versions(db)
}

/// Brings an earlier version back into force.
///
/// # Errors
/// `NotFound`.
pub fn bring_back(db: &mut Db, id: Id) -> Result<()> {
    by_id(db, id)?;
    store::bring_back(db, id)
}

/// The name of a school, if it is known.
pub fn school_names(db: &mut Db, slugs: &[String]) -> Result<HashMap<String, String>> {
    store::school_names(db, slugs)
}

/// A school by slug or name.
pub fn find_school(db: &mut Db, wanted: &str) -> Result<Option<String>> {
    store::find_school(db, wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_citys_vocabulary_is_complete() {
        let words = Vocabulary::parse(SENDAI).unwrap();
        assert_eq!(words.policies.len(), 4);
        assert_eq!(words.initiatives.len(), 22);
        assert_eq!(words.tags.len(), 11);
        for (wanted, slug) in [
            ("小学校", "shogakkou"),
            ("shogakkou", "shogakkou"),
            ("特支", "tokushi"),
            ("高校", "koukou"),
        ] {
            assert_eq!(
                words.find_school_type(wanted).map(|t| t.slug.as_str()),
                Some(slug),
                "{wanted}"
            );
        }
        for wanted in ["3", "p3", "基本方針３", "環境を整える", "P3"] {
            assert_eq!(
                words.find_policy(wanted).map(|p| p.number),
                Some(3),
                "{wanted}"
            );
        }
        assert_eq!(
            words.policy(1).map(|p| p.name.as_str()),
            Some("児童生徒が、ICTを適切に使いこなし、生涯学び続けるための資質・能力の育成")
        );
        assert!(words.find_grade("小３").is_some());
        assert!(words.find_subject("").is_none());
    }

    #[test]
    fn a_vocabulary_that_contradicts_itself_is_refused() {
        let twice = SENDAI.replacen("slug = \"p2\"", "slug = \"p1\"", 1);
        assert!(Vocabulary::parse(&twice).is_err());
        let lost = SENDAI.replacen("policy = 1", "policy = 9", 1);
        assert!(Vocabulary::parse(&lost).is_err());
        assert!(Vocabulary::parse("[plan]").is_err());
    }
}
