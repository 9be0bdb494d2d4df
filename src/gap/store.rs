//! SQL of published reports. There is no update.

use diesel::prelude::*;

use super::{Published, Report};
use crate::clock::At;
use crate::db::Db;
use crate::db::portable::OnBoth;
use crate::db::schema::gap_reports;
use crate::error::{Error, Result};
use crate::term::Term;

pub fn terms(db: &mut Db) -> Result<Vec<(String, At)>> {
    Ok(gap_reports::table
        .order(gap_reports::term.desc())
        .select((gap_reports::term, gap_reports::published_at))
        .load(db)?)
}

pub fn find(db: &mut Db, term: Term) -> Result<Option<Published>> {
    let row: Option<(String, At)> = gap_reports::table
        .find(term.to_string())
        .select((gap_reports::document, gap_reports::published_at))
        .first(db)
        .optional()?;
    row.map(|(document, at)| {
        Ok(Published {
            term,
            report: serde_json::from_str(&document).map_err(Error::internal)?,
            at,
        })
    })
    .transpose()
}

/// Nothing happens where the term has a report.
pub fn insert(db: &mut Db, report: &Report, now: At) -> Result<()> {
    OnBoth(
        diesel::insert_into(gap_reports::table)
            .values((
                gap_reports::term.eq(&report.term),
                gap_reports::document.eq(serde_json::to_string(report).map_err(Error::internal)?),
                gap_reports::published_at.eq(now),
            ))
            .on_conflict_do_nothing(),
    )
    .execute(db)?;
    Ok(())
}
