//! SQL of try-outs.

use diesel::dsl::exists;
use diesel::prelude::*;

use super::{Draft, Outcome, Tryout};
use crate::accounts::{Mask, Signature, Writer};
use crate::clock::At;
use crate::db::among::AmongIds as _;
use crate::db::schema::{replies, tryouts};
use crate::db::{Db, MultiBackend};
use crate::error::Result;
use crate::id::Id;
use crate::straight;
use crate::threads::{Cursor, Visibility};

#[derive(Queryable, Selectable)]
#[diesel(table_name = tryouts, check_for_backend(MultiBackend))]
struct Row {
    id: Id,
    thread_id: Id,
    author_id: Id,
    sealed_as: Option<String>,
    school_type: String,
    grade: Option<String>,
    outcome: Outcome,
    changed: Option<String>,
    note: String,
    visibility: Visibility,
    created_at: At,
}

impl From<Row> for Tryout {
    fn from(row: Row) -> Tryout {
        Tryout {
            id: row.id,
            thread: row.thread_id,
            author: Writer::new(row.author_id),
            signature: Signature::new(row.author_id, row.sealed_as.as_deref()),
            school_type: row.school_type,
            grade: row.grade,
            outcome: row.outcome,
            changed: row.changed,
            note: row.note,
            visibility: row.visibility,
            created_at: row.created_at,
        }
    }
}

fn all(rows: Vec<Row>) -> Vec<Tryout> {
    rows.into_iter().map(Tryout::from).collect()
}

pub fn insert(db: &mut Db, draft: &Draft<'_>) -> Result<()> {
    diesel::insert_into(tryouts::table)
        .values((
            tryouts::id.eq(draft.id),
            tryouts::thread_id.eq(draft.thread),
            tryouts::author_id.eq(draft.author),
            tryouts::sealed_as.eq(draft.sealed_as.map(Mask::word)),
            tryouts::school_type.eq(&draft.new.school_type),
            tryouts::grade.eq(draft.new.grade.as_deref()),
            tryouts::outcome.eq(draft.new.outcome),
            tryouts::changed.eq(draft.new.changed.as_deref()),
            tryouts::note.eq(&draft.new.note),
            tryouts::visibility.eq(Visibility::Visible),
            tryouts::created_at.eq(draft.created_at),
        ))
        .execute(db)?;
    Ok(())
}

pub fn by_id(db: &mut Db, id: Id) -> Result<Tryout> {
    let row: Row = tryouts::table.find(id).select(Row::as_select()).first(db)?;
    Ok(row.into())
}

pub fn visible_by_ids(db: &mut Db, ids: &[Id]) -> Result<Vec<Tryout>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = tryouts::table
        .filter(tryouts::id.among(ids))
        .filter(tryouts::visibility.eq(Visibility::Visible))
        .select(Row::as_select())
        .load(db)?;
    Ok(all(rows))
}

/// The visible ones, the newest first.
pub fn of_thread(
    db: &mut Db,
    thread: Id,
    after: Option<Cursor>,
    limit: i64,
) -> Result<Vec<Tryout>> {
    let mut query = tryouts::table
        .filter(tryouts::thread_id.eq(thread))
        .filter(tryouts::visibility.eq(Visibility::Visible))
        .order((tryouts::created_at.desc(), tryouts::id.desc()))
        .limit(limit)
        .select(Row::as_select())
        .into_boxed::<MultiBackend>();
    if let Some(after) = after {
        query = query.filter(
            tryouts::created_at.le(after.at).and(
                tryouts::created_at
                    .lt(after.at)
                    .or(tryouts::id.lt(after.id)),
            ),
        );
    }
    Ok(all(query.load(db)?))
}

/// Of the visible ones: who, in which school type, how it went.
pub fn outcomes(db: &mut Db, thread: Id) -> Result<Vec<(Id, String, Outcome)>> {
    Ok(tryouts::table
        .filter(tryouts::thread_id.eq(thread))
        .filter(tryouts::visibility.eq(Visibility::Visible))
        .select((tryouts::author_id, tryouts::school_type, tryouts::outcome))
        .load(db)?)
}

pub fn of_author(db: &mut Db, author: Id) -> Result<Vec<Tryout>> {
    let rows = tryouts::table
        .filter(tryouts::author_id.eq(author))
        .filter(tryouts::visibility.ne(Visibility::Deleted))
        .order((tryouts::created_at, tryouts::id))
        .select(Row::as_select())
        .load(db)?;
    Ok(all(rows))
}

/// Without what a clock wrote that was set back since.
pub fn count_since(db: &mut Db, author: Id, since: At, now: At) -> Result<i64> {
    Ok(tryouts::table
        .filter(tryouts::author_id.eq(author))
        .filter(tryouts::created_at.gt(since))
        .filter(tryouts::created_at.le(now))
        .count()
        .get_result(db)?)
}

/// Whether `author` has a sealed try-out or reply in `thread`.
pub fn has_sealed_beside(db: &mut Db, author: Id, thread: Id) -> Result<bool> {
    let tried = tryouts::table
        .filter(tryouts::author_id.eq(author))
        .filter(tryouts::thread_id.eq(thread))
        .filter(tryouts::sealed_as.is_not_null());
    let said = replies::table
        .filter(replies::thread_id.eq(thread))
        .filter(replies::author_id.eq(author))
        .filter(replies::sealed_as.is_not_null());
    let any = diesel::select(exists(tried).or(exists(said)));
    Ok(straight!(db, any.get_result::<bool>)?)
}

pub fn set_visibility(db: &mut Db, id: Id, visibility: Visibility) -> Result<()> {
    diesel::update(tryouts::table.find(id))
        .set(tryouts::visibility.eq(visibility))
        .execute(db)?;
    Ok(())
}
