//! SQL of self-checks. No question names an account: rows are found by a key that only this forum can make.

use diesel::prelude::*;

use super::{Answers, Counted, SelfCheck};
use crate::accounts::Experience;
use crate::db::portable::OnBoth;
use crate::db::schema::{mirror_keys, self_checks};
use crate::db::{Db, MultiBackend};
use crate::error::{Error, Result};

#[derive(Queryable, Selectable)]
#[diesel(table_name = self_checks, check_for_backend(MultiBackend))]
struct Row {
    year: i32,
    version: String,
    answers: String,
    shared: bool,
}

impl Row {
    fn into_check(self) -> Result<SelfCheck> {
        Ok(SelfCheck {
            year: self.year,
            version: self.version,
            answers: serde_json::from_str(&self.answers).map_err(Error::internal)?,
            shared: self.shared,
        })
    }
}

/// The school years of which anybody has answers.
pub fn years(db: &mut Db) -> Result<Vec<i32>> {
    let years = self_checks::table.select(self_checks::year).distinct();
    Ok(years.order(self_checks::year.desc()).load(db)?)
}

pub fn by_keys(db: &mut Db, keys: &[String]) -> Result<Vec<SelfCheck>> {
    let rows: Vec<Row> = self_checks::table
        .filter(self_checks::owner_key.eq_any(keys))
        .order(self_checks::year.desc())
        .select(Row::as_select())
        .load(db)?;
    rows.into_iter().map(Row::into_check).collect()
}

/// What stands with the answers until the report of the term: None where they are not to be counted.
pub struct Group<'a> {
    pub term: &'a str,
    pub school_type: &'a str,
    pub band: Option<Experience>,
}

/// Writes the answers of a year, over those that were.
pub fn put(db: &mut Db, key: &str, check: &SelfCheck, group: Option<&Group<'_>>) -> Result<()> {
    let answers = serde_json::to_string(&check.answers).map_err(Error::internal)?;
    let values = (
        self_checks::version.eq(&check.version),
        self_checks::answers.eq(&answers),
        self_checks::shared.eq(check.shared),
        self_checks::term.eq(group.map(|group| group.term)),
        self_checks::school_type.eq(group.map(|group| group.school_type)),
        self_checks::band.eq(group.and_then(|group| group.band)),
    );
    OnBoth(
        diesel::insert_into(self_checks::table)
            .values((
                self_checks::owner_key.eq(key),
                self_checks::year.eq(check.year),
                values,
            ))
            .on_conflict(self_checks::owner_key)
            .do_update()
            .set(values),
    )
    .execute(db)?;
    Ok(())
}

pub fn delete(db: &mut Db, keys: &[String]) -> Result<usize> {
    let rows = self_checks::table.filter(self_checks::owner_key.eq_any(keys));
    Ok(diesel::delete(rows).execute(db)?)
}

/// The terms of which answers wait to be counted.
pub fn waiting_terms(db: &mut Db) -> Result<Vec<String>> {
    let terms = self_checks::table
        .filter(self_checks::term.is_not_null())
        .select(self_checks::term)
        .distinct();
    let terms: Vec<Option<String>> = terms.order(self_checks::term).load(db)?;
    Ok(terms.into_iter().flatten().collect())
}

pub fn counted(db: &mut Db, term: &str, version: &str) -> Result<Vec<Counted>> {
    let rows: Vec<(String, Option<String>, Option<Experience>)> = self_checks::table
        .filter(self_checks::term.eq(term))
        .filter(self_checks::version.eq(version))
        .select((
            self_checks::answers,
            self_checks::school_type,
            self_checks::band,
        ))
        .load(db)?;
    let mut counted = Vec::with_capacity(rows.len());
    for (answers, school_type, band) in rows {
        let answers: Answers = serde_json::from_str(&answers).map_err(Error::internal)?;
        if let (Some(school_type), Some(sums)) = (school_type, answers.sums()) {
            counted.push(Counted {
                school_type,
                band,
                sums,
            });
        }
    }
    Ok(counted)
}

pub fn forget_groups(db: &mut Db, term: &str) -> Result<()> {
    diesel::update(self_checks::table.filter(self_checks::term.eq(term)))
        .set((
            self_checks::term.eq(None::<String>),
            self_checks::school_type.eq(None::<String>),
            self_checks::band.eq(None::<Experience>),
        ))
        .execute(db)?;
    Ok(())
}

pub fn check_value(db: &mut Db) -> Result<Option<String>> {
    let value = mirror_keys::table.select(mirror_keys::check_value);
    Ok(value.first(db).optional()?)
}

/// Keeps `value` where there is none yet; returns the one that is kept.
pub fn keep_check_value(db: &mut Db, value: &str) -> Result<String> {
    OnBoth(
        diesel::insert_into(mirror_keys::table)
            .values((mirror_keys::id.eq(1), mirror_keys::check_value.eq(value)))
            .on_conflict_do_nothing(),
    )
    .execute(db)?;
    check_value(db)?.ok_or_else(|| Error::internal("the check value of the key is gone"))
}

/// Everybody's answers, and what says which key they are filed under.
pub fn delete_all(db: &mut Db) -> Result<usize> {
    diesel::delete(mirror_keys::table).execute(db)?;
    Ok(diesel::delete(self_checks::table).execute(db)?)
}
