//! SQL of synonyms.

use diesel::dsl::count_star;
use diesel::prelude::*;
use search_index::SynonymGroup;

use super::{Stamp, State};
use crate::clock::At;
use crate::db::Db;
use crate::db::schema::synonym_states;
use crate::error::{Error, Result};
use crate::id::Id;

type Row = (Id, Id, String, String, bool, Option<Id>, At);

const COLUMNS: (
    synonym_states::id,
    synonym_states::group_id,
    synonym_states::line,
    synonym_states::note,
    synonym_states::removed,
    synonym_states::author_id,
    synonym_states::at,
) = (
    synonym_states::id,
    synonym_states::group_id,
    synonym_states::line,
    synonym_states::note,
    synonym_states::removed,
    synonym_states::author_id,
    synonym_states::at,
);

fn state(row: Row) -> Result<State> {
    let (id, group, line, note, removed, author, at) = row;
    let synonyms = SynonymGroup::parse(&line)
        .ok_or_else(|| Error::internal(format!("no group of synonyms: {line}")))?;
    Ok(State {
        id,
        group,
        synonyms,
        note,
        removed,
        author,
        at,
    })
}

pub fn stamp(db: &mut Db) -> Result<Stamp> {
    let last = synonym_states::table
        .order(synonym_states::id.desc())
        .limit(1)
        .select(synonym_states::id);
    let count = synonym_states::table.select(count_star());
    let (count, last): (Option<i64>, Option<Id>) =
        diesel::select((count.single_value(), last.single_value())).get_result(db)?;
    Ok((count.unwrap_or_default(), last))
}

pub fn count(db: &mut Db) -> Result<usize> {
    let count: i64 = synonym_states::table
        .filter(synonym_states::current.eq(true))
        .filter(synonym_states::removed.eq(false))
        .select(count_star())
        .first(db)?;
    usize::try_from(count).map_err(Error::internal)
}

pub fn list(db: &mut Db) -> Result<Vec<State>> {
    let rows: Vec<Row> = synonym_states::table
        .filter(synonym_states::current.eq(true))
        .filter(synonym_states::removed.eq(false))
        .order(synonym_states::group_id)
        .select(COLUMNS)
        .load(db)?;
    rows.into_iter().map(state).collect()
}

pub fn current(db: &mut Db, group: Id) -> Result<Option<State>> {
    let row: Option<Row> = synonym_states::table
        .filter(synonym_states::group_id.eq(group))
        .filter(synonym_states::current.eq(true))
        .select(COLUMNS)
        .first(db)
        .optional()?;
    row.map(state).transpose()
}

pub fn history(db: &mut Db, group: Id) -> Result<Vec<State>> {
    let rows: Vec<Row> = synonym_states::table
        .filter(synonym_states::group_id.eq(group))
        .order((synonym_states::at.desc(), synonym_states::id.desc()))
        .select(COLUMNS)
        .load(db)?;
    rows.into_iter().map(state).collect()
}

/// The state becomes the one in force.
pub fn insert(db: &mut Db, state: &State) -> Result<()> {
    diesel::update(
        synonym_states::table
            .filter(synonym_states::group_id.eq(state.group))
            .filter(synonym_states::current.eq(true)),
    )
    .set(synonym_states::current.eq(false))
    .execute(db)?;
    diesel::insert_into(synonym_states::table)
        .values((
            synonym_states::id.eq(state.id),
            synonym_states::group_id.eq(state.group),
            synonym_states::line.eq(state.synonyms.to_string()),
            synonym_states::note.eq(&state.note),
            synonym_states::removed.eq(state.removed),
            synonym_states::current.eq(true),
            synonym_states::author_id.eq(state.author),
            synonym_states::at.eq(state.at),
        ))
        .execute(db)?;
    Ok(())
}
