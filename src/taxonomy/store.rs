//! SQL of the vocabulary.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use super::{Plan, School, SchoolRow, Version};
use crate::clock::At;
use crate::db::Db;
use crate::db::schema::{schools, vocabularies};
use crate::error::Result;
use crate::id::Id;
use crate::straight;

pub fn current_id(db: &mut Db) -> Result<Option<Id>> {
    let query = vocabularies::table
        .filter(vocabularies::current.eq(true))
        .select(vocabularies::id)
        .limit(1);
    Ok(straight!(db, query.get_result::<Id>).optional()?)
}

pub fn document(db: &mut Db, id: Id) -> Result<String> {
    Ok(vocabularies::table
        .find(id)
        .select(vocabularies::document)
        .first(db)?)
}

pub fn make_current(db: &mut Db, plan: &Plan, document: &str, digest: &str, now: At) -> Result<()> {
    diesel::update(vocabularies::table.filter(vocabularies::current.eq(true)))
        .set(vocabularies::current.eq(false))
        .execute(db)?;
    let known = diesel::update(vocabularies::table.filter(vocabularies::digest.eq(digest)))
        .set(vocabularies::current.eq(true))
        .execute(db)?;
    if known == 0 {
        diesel::insert_into(vocabularies::table)
            .values((
                vocabularies::id.eq(Id::new(now)),
                vocabularies::plan.eq(&plan.slug),
                vocabularies::version.eq(&plan.version),
                vocabularies::document.eq(document),
                vocabularies::digest.eq(digest),
                vocabularies::current.eq(true),
                vocabularies::loaded_at.eq(now),
            ))
            .execute(db)?;
    }
    Ok(())
}

pub fn put_school(
    db: &mut Db,
    school: &School,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
) -> Result<()> {
    let values = (
        schools::name.eq(&school.name),
        schools::school_type.eq(&school.school_type),
        schools::valid_from.eq(from),
        schools::valid_to.eq(to),
    );
    let known = diesel::update(schools::table.find(&school.slug))
        .set(values)
        .execute(db)?;
    if known == 0 {
        diesel::insert_into(schools::table)
            .values((schools::slug.eq(&school.slug), values))
            .execute(db)?;
    }
    Ok(())
}

pub fn versions(db: &mut Db) -> Result<Vec<Version>> {
    let rows = vocabularies::table
        .order((vocabularies::loaded_at.desc(), vocabularies::id.desc()))
        .select((
            vocabularies::id,
            vocabularies::plan,
            vocabularies::version,
            vocabularies::current,
            vocabularies::loaded_at,
        ))
        .load::<(Id, String, String, bool, At)>(db)?;
    Ok(rows
        .into_iter()
        .map(|(id, plan, version, current, loaded_at)| Version {
            id,
            plan,
            version,
            current,
            loaded_at,
        })
        .collect())
}

pub fn bring_back(db: &mut Db, id: Id) -> Result<()> {
    diesel::update(vocabularies::table.filter(vocabularies::current.eq(true)))
        .set(vocabularies::current.eq(false))
        .execute(db)?;
    diesel::update(vocabularies::table.find(id))
        .set(vocabularies::current.eq(true))
        .execute(db)?;
    Ok(())
}

type SchoolColumns = (String, String, String, Option<NaiveDate>, Option<NaiveDate>);

fn into_school((slug, name, school_type, valid_from, valid_to): SchoolColumns) -> SchoolRow {
    SchoolRow {
        slug,
        name,
        school_type,
        valid_from,
        valid_to,
    }
}

pub fn schools(db: &mut Db) -> Result<Vec<SchoolRow>> {
    let rows = schools::table
        .order((schools::school_type, schools::name))
        .select(schools::all_columns)
        .load::<SchoolColumns>(db)?;
    Ok(rows.into_iter().map(into_school).collect())
}

pub fn school(db: &mut Db, slug: &str) -> Result<SchoolRow> {
    let row = schools::table
        .find(slug)
        .select(schools::all_columns)
        .first::<SchoolColumns>(db)?;
    Ok(into_school(row))
}

pub fn school_names(db: &mut Db, slugs: &[String]) -> Result<HashMap<String, String>> {
    if slugs.is_empty() {
        return Ok(HashMap::new());
    }
    Ok(schools::table
        .filter(schools::slug.eq_any(slugs))
        .select((schools::slug, schools::name))
        .load::<(String, String)>(db)?
        .into_iter()
        .collect())
}

pub fn find_school(db: &mut Db, wanted: &str) -> Result<Option<String>> {
    Ok(schools::table
        .filter(schools::slug.eq(wanted).or(schools::name.eq(wanted)))
        // Of those of one name the one that has not closed, or closed last.
        .order((schools::valid_to.is_null().desc(), schools::valid_to.desc()))
        .select(schools::slug)
        .first(db)
        .optional()?)
}
