//! The two terms of a school year (前期・後期): what was answered within one is reported together. Pure; knows no database.

use std::fmt;

use chrono::{Datelike, NaiveDate};

use crate::clock::{era_year, school_year};

/// The first month of a school year.
const FIRST_MONTH: u32 = 4;

/// Where the year is parted: the first day of its second term, month and day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    month: u32,
    day: u32,
}

/// A term of a school year, written `2026-1` or `2026-2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Term {
    pub year: i32,
    pub second: bool,
}

impl Terms {
    /// `10-13`; None for what is no day, or would leave the first term without one.
    pub fn parse(text: &str) -> Option<Terms> {
        let (month, day) = text.trim().split_once('-')?;
        let terms = Terms {
            month: month.parse().ok()?,
            day: day.parse().ok()?,
        };
        // No leap year: the day is to come every year.
        NaiveDate::from_ymd_opt(2025, terms.month, terms.day)?;
        (terms.month != FIRST_MONTH).then_some(terms)
    }

    /// The term that `day` is in.
    pub fn of(self, day: NaiveDate) -> Term {
        let year = school_year(day);
        Term {
            year,
            second: day >= self.first_day(Term { year, second: true }),
        }
    }

    pub fn first_day(self, term: Term) -> NaiveDate {
        let (month, day) = if term.second {
            (self.month, self.day)
        } else {
            (FIRST_MONTH, 1)
        };
        let year = term.year + i32::from(month < FIRST_MONTH);
        NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default()
    }

    /// The first day on which `term` is over.
    pub fn closes(self, term: Term) -> NaiveDate {
        self.first_day(term.next())
    }
}

impl Term {
    pub fn parse(text: &str) -> Option<Term> {
        let (year, half) = text.split_once('-')?;
        let term = Term {
            year: year.parse().ok()?,
            second: half == "2",
        };
        (term.to_string() == text).then_some(term)
    }

    pub fn next(self) -> Term {
        Term {
            year: self.year + i32::from(self.second),
            second: !self.second,
        }
    }

    pub fn before(self) -> Term {
        Term {
            year: self.year - i32::from(!self.second),
            second: !self.second,
        }
    }

    /// 「令和8年度 前期」.
    pub fn name(self) -> String {
        let half = if self.second { "後期" } else { "前期" };
        format!("{} {half}", year_name(self.year))
    }
}

/// 「令和8年度」.
pub fn year_name(year: i32) -> String {
    let first = NaiveDate::from_ymd_opt(year, FIRST_MONTH, 1).unwrap_or_default();
    format!("{}度", era_year(first))
}

/// 「10月13日」.
pub fn day_name(day: NaiveDate) -> String {
    format!("{}月{}日", day.month(), day.day())
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{}", self.year, 1 + u32::from(self.second))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_school_year_has_two_terms() {
        let terms = Terms::parse("10-13").unwrap();
        for (day, term) in [
            ("2026-03-31", "2025-2"),
            ("2026-04-01", "2026-1"),
            ("2026-10-12", "2026-1"),
            ("2026-10-13", "2026-2"),
            ("2027-01-01", "2026-2"),
            ("2027-03-31", "2026-2"),
        ] {
            let day: NaiveDate = day.parse().unwrap();
            let found = terms.of(day);
            assert_eq!(found.to_string(), term, "{day}");
            assert_eq!(Term::parse(term), Some(found));
            assert!(terms.first_day(found) <= day && day < terms.closes(found));
            assert_eq!(found.next().before(), found);
            assert_eq!(terms.closes(found), terms.first_day(found.next()));
        }
        // A second term that begins after the turn of the year.
        let late = Terms::parse("01-08").unwrap();
        assert_eq!(late.of("2026-12-31".parse().unwrap()).to_string(), "2026-1");
        assert_eq!(late.of("2027-01-08".parse().unwrap()).to_string(), "2026-2");
        assert_eq!(
            Term {
                year: 2026,
                second: false
            }
            .name(),
            "令和8年度 前期"
        );
    }

    #[test]
    fn what_is_no_term_is_refused() {
        for wrong in ["", "10", "02-29", "13-01", "04-05", "x-y"] {
            assert_eq!(Terms::parse(wrong), None, "{wrong}");
        }
        for wrong in [
            "", "2026", "2026-0", "2026-3", "26-1", "02026-1", "2026-01", "x-1", "+026-1",
        ] {
            assert_eq!(Term::parse(wrong), None, "{wrong}");
        }
    }
}
