//! The city's schools as they stand in the database: they open, merge and close.

use chrono::NaiveDate;

use super::{School, store};
use crate::db::Db;
use crate::error::Result;

/// A school with the days between which it exists; open ends are None.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchoolRow {
    pub slug: String,
    pub name: String,
    pub school_type: String,
    pub valid_from: Option<NaiveDate>,
    /// The last day.
    pub valid_to: Option<NaiveDate>,
}

impl SchoolRow {
    /// Whether the school exists on `day`.
    pub fn stands_on(&self, day: NaiveDate) -> bool {
        self.valid_from.is_none_or(|from| from <= day) && self.valid_to.is_none_or(|to| day <= to)
    }

    /// Whether there is a day on which both exist.
    pub fn overlaps(&self, other: &SchoolRow) -> bool {
        let begins_in_time = |a: Option<NaiveDate>, b: Option<NaiveDate>| match (a, b) {
            (Some(from), Some(to)) => from <= to,
            _ => true,
        };
        begins_in_time(self.valid_from, other.valid_to)
            && begins_in_time(other.valid_from, self.valid_to)
    }
}

/// All schools by type and name; a city has some hundred.
pub fn schools(db: &mut Db) -> Result<Vec<SchoolRow>> {
    store::schools(db)
}

/// # Errors
/// `NotFound`.
pub fn school(db: &mut Db, slug: &str) -> Result<SchoolRow> {
    store::school(db, slug)
}

/// Writes a school, new or known.
pub fn keep_school(db: &mut Db, row: &SchoolRow) -> Result<()> {
    let school = School {
        slug: row.slug.clone(),
        name: row.name.clone(),
        school_type: row.school_type.clone(),
        valid_from: String::new(),
        valid_to: String::new(),
    };
    store::put_school(db, &school, row.valid_from, row.valid_to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_school_stands_from_its_first_to_its_last_day() {
        let day = |text: &str| Some(text.parse::<NaiveDate>().unwrap());
        let row = |from: &str, to: &str| SchoolRow {
            slug: "s".to_owned(),
            name: "s".to_owned(),
            school_type: "shogakkou".to_owned(),
            valid_from: if from.is_empty() { None } else { day(from) },
            valid_to: if to.is_empty() { None } else { day(to) },
        };
        let school = row("2020-04-01", "2026-03-31");
        for (on, stands) in [
            ("2020-03-31", false),
            ("2020-04-01", true),
            ("2026-03-31", true),
            ("2026-04-01", false),
        ] {
            assert_eq!(school.stands_on(on.parse().unwrap()), stands, "{on}");
        }
        assert!(row("", "").stands_on("1900-01-01".parse().unwrap()));
        assert!(school.overlaps(&row("2026-03-31", "")));
        assert!(!school.overlaps(&row("2026-04-01", "")));
        assert!(school.overlaps(&row("", "2020-04-01")));
        assert!(!school.overlaps(&row("", "2020-03-31")));
    }
}
