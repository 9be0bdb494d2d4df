//! The city's schools: opening, renaming, closing. A school that has closed stays for those who taught there.

pub mod http;
pub mod view;

use chrono::NaiveDate;

use crate::accounts::{Action, Who};
use crate::db::Db;
use crate::error::{Error, FieldErrors, Result};
use crate::id;
use crate::taxonomy::{self, SchoolRow};
use crate::text::Rule;

pub const NAME: Rule = Rule {
    field: "name",
    label: "学校の名前",
    max: 60,
    lines: false,
    hint: "正式な名前を書いてください。例：見本市立見本小学校",
};

/// A school as typed.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct SchoolInput {
    pub name: String,
    pub school_type: String,
    /// `YYYY-MM-DD` or empty.
    pub valid_from: String,
    pub valid_to: String,
}

impl From<&SchoolRow> for SchoolInput {
    fn from(row: &SchoolRow) -> SchoolInput {
        let day = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
        SchoolInput {
            name: row.name.clone(),
            school_type: row.school_type.clone(),
            valid_from: day(row.valid_from),
            valid_to: day(row.valid_to),
        }
    }
}

/// All schools, by type and name.
///
/// # Errors
/// `SignInRequired`, `Forbidden`.
pub fn list(db: &mut Db, who: &Who) -> Result<Vec<SchoolRow>> {
    who.may(Action::Administer)?;
    taxonomy::schools(db)
}

/// # Errors
/// `SignInRequired`, `Forbidden`, `NotFound`.
pub fn find(db: &mut Db, who: &Who, slug: &str) -> Result<SchoolRow> {
    who.may(Action::Administer)?;
    if slug.contains('\0') {
        return Err(Error::NotFound); // PostgreSQL takes none, not even to look for it
    }
    taxonomy::school(db, slug)
}

/// Enters a new school (`slug` None) or changes one.
///
/// # Errors
/// `SignInRequired`, `Forbidden`, `NotFound`, `Invalid` with every field that must change.
pub fn keep(db: &mut Db, who: &Who, slug: Option<&str>, input: &SchoolInput) -> Result<()> {
    who.may(Action::Administer)?;
    let slug = match slug {
        Some(slug) => find(db, who, slug)?.slug,
        None => format!("s-{}", id::short_code()),
    };
    let words = taxonomy::current(db)?;
    let mut errors = FieldErrors::default();
    let name = errors.take(NAME.parse(&input.name));
    let school_type = words
        .find_school_type(&input.school_type)
        .map(|found| found.slug.clone());
    if school_type.is_none() {
        errors.add("school_type", "required", "学校種を選んでください。");
    }
    let valid_from = day(&mut errors, "valid_from", &input.valid_from);
    let valid_to = day(&mut errors, "valid_to", &input.valid_to);
    if let (Some(from), Some(to)) = (valid_from, valid_to)
        && to < from
    {
        errors.add(
            "valid_to",
            "order",
            "閉校の日は、開校の日よりあとにしてください。",
        );
    }
    let (Some(name), Some(school_type), true) = (name, school_type, errors.is_empty()) else {
        return Err(Error::Invalid(errors));
    };
    let row = SchoolRow {
        slug,
        name,
        school_type,
        valid_from,
        valid_to,
    };
    let same = |other: &SchoolRow| {
        other.slug != row.slug && other.name == row.name && other.overlaps(&row)
    };
    if taxonomy::schools(db)?.iter().any(same) {
        return Err(Error::field(
            "name",
            "taken",
            "同じ名前の学校が、同じ時期にもうあります。",
        ));
    }
    taxonomy::keep_school(db, &row)
}

fn day(errors: &mut FieldErrors, field: &str, typed: &str) -> Option<NaiveDate> {
    let typed = typed.trim();
    if typed.is_empty() {
        return None;
    }
    let day = typed.parse::<NaiveDate>().ok();
    if day.is_none() {
        errors.add(
            field,
            "invalid",
            "日付の形を確かめてください。例：2026-04-01",
        );
    }
    day
}
