//! The gap report: what the self-checks of a closed term say of school types and experience bands, as means of enough
//! people. Made once, by the worker or by hand, and never changed; there is no view of a term that still runs, and only
//! what may be published is ever stored.

pub mod api;
pub mod http;
pub mod json;
pub mod publish;
mod store;
pub mod view;

use chrono::NaiveDate;

pub use self::publish::{Figures, Report};
use crate::accounts::Who;
use crate::clock::At;
use crate::config::Gap;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::mirror;
use crate::taxonomy::{self, Vocabulary};
use crate::term::{Term, Terms};

/// A report with when it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    pub term: Term,
    pub report: Report,
    pub at: At,
}

/// The terms that have been published, the newest first.
///
/// # Errors
/// `SignInRequired`.
pub fn list(db: &mut Db, who: &Who) -> Result<Vec<(Term, At)>> {
    who.member()?;
    let rows = store::terms(db)?;
    Ok(rows
        .into_iter()
        .filter_map(|(term, at)| Some((Term::parse(&term)?, at)))
        .collect())
}

/// The report of a term.
///
/// # Errors
/// `SignInRequired`, `NotFound`.
pub fn find(db: &mut Db, who: &Who, term: &str) -> Result<Published> {
    who.member()?;
    let term = Term::parse(term).ok_or(Error::NotFound)?;
    store::find(db, term)?.ok_or(Error::NotFound)
}

/// School types that the report has lines for: those that teach.
fn school_types(words: &Vocabulary) -> Vec<String> {
    words
        .school_types
        .iter()
        .filter(|one| one.account && one.tagging)
        .map(|one| one.slug.clone())
        .collect()
}

/// The terms that are over on `today`, have answers that wait to be counted, and were not published.
///
/// # Errors
/// Of the database.
pub fn due(db: &mut Db, terms: Terms, today: NaiveDate) -> Result<Vec<Term>> {
    let mut due = Vec::new();
    for term in mirror::waiting_terms(db)? {
        if terms.closes(term) <= today && store::find(db, term)?.is_none() {
            due.push(term);
        }
    }
    Ok(due)
}

/// Publishes the report of `term`, for the house. One that was published before is returned as it is. The answers then lose
/// what they were counted by.
///
/// # Errors
/// `BadRequest` while the term still runs, and when nobody's answers wait to be counted.
pub fn publish(
    db: &mut Db,
    term: Term,
    rules: &Gap,
    today: NaiveDate,
    now: At,
) -> Result<Published> {
    let terms = rules.terms().map_err(Error::internal)?;
    if let Some(published) = store::find(db, term)? {
        return Ok(published);
    }
    if terms.closes(term) > today {
        return Err(Error::BadRequest(format!(
            "{term} runs until {}: a report is made of closed terms alone",
            terms.closes(term)
        )));
    }
    let counted = mirror::counted(db, term)?;
    if counted.is_empty() {
        return Err(Error::BadRequest(format!(
            "{term} has no self-check to be counted"
        )));
    }
    let words = taxonomy::current(db)?;
    let version = &mirror::checklist::current()?.version;
    let report = publish::report(
        term,
        version,
        rules.min_cell,
        &school_types(&words),
        &counted,
    );
    store::insert(db, &report, now)?;
    mirror::forget_groups(db, term)?;
    // Where another process was first, theirs is the one.
    store::find(db, term)?.ok_or_else(|| Error::internal("the report was not kept"))
}
