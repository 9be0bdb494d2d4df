//! SQL of drafts. Every question names the account: nobody's draft is ever read without its author.

use diesel::prelude::*;

use super::{Draft, Fields, Purpose};
use crate::clock::At;
use crate::db::among::AmongIds as _;
use crate::db::portable::duplicates;
use crate::db::schema::drafts;
use crate::db::{Db, MultiBackend};
use crate::error::{Error, Result};
use crate::id::Id;

#[derive(Queryable, Selectable)]
#[diesel(table_name = drafts, check_for_backend(MultiBackend))]
struct DraftRow {
    id: Id,
    purpose: Purpose,
    target_id: Option<Id>,
    fields: String,
    device: String,
    revision: i32,
    created_at: At,
    updated_at: At,
}

impl DraftRow {
    fn into_draft(self) -> Result<Draft> {
        Ok(Draft {
            id: self.id,
            purpose: self.purpose,
            target: self.target_id,
            fields: serde_json::from_str(&self.fields).map_err(Error::internal)?,
            device: self.device,
            revision: self.revision,
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }
}

fn document(fields: &Fields) -> Result<String> {
    serde_json::to_string(fields).map_err(Error::internal)
}

/// # Errors
/// `Stale` where the account has a draft for this target already.
pub fn insert(db: &mut Db, account: Id, draft: &Draft) -> Result<()> {
    diesel::insert_into(drafts::table)
        .values((
            drafts::id.eq(draft.id),
            drafts::account_id.eq(account),
            drafts::purpose.eq(draft.purpose),
            drafts::target_id.eq(draft.target),
            drafts::fields.eq(document(&draft.fields)?),
            drafts::device.eq(&draft.device),
            drafts::revision.eq(draft.revision),
            drafts::created_at.eq(draft.created_at),
            drafts::updated_at.eq(draft.updated_at),
        ))
        .execute(db)
        .map_err(|error| {
            if duplicates(&error, "drafts", "target_id") {
                Error::Stale(draft.revision)
            } else {
                error.into()
            }
        })?;
    Ok(())
}

/// False when it is not at revision `before` any more.
pub fn update(db: &mut Db, draft: &Draft, before: i32) -> Result<bool> {
    let changed = diesel::update(
        drafts::table
            .find(draft.id)
            .filter(drafts::revision.eq(before)),
    )
    .set((
        drafts::fields.eq(document(&draft.fields)?),
        drafts::device.eq(&draft.device),
        drafts::revision.eq(draft.revision),
        drafts::updated_at.eq(draft.updated_at),
    ))
    .execute(db)?;
    Ok(changed == 1)
}

pub fn by_id(db: &mut Db, account: Id, id: Id) -> Result<Option<Draft>> {
    drafts::table
        .find(id)
        .filter(drafts::account_id.eq(account))
        .select(DraftRow::as_select())
        .first(db)
        .optional()?
        .map(DraftRow::into_draft)
        .transpose()
}

pub fn for_target(db: &mut Db, account: Id, purpose: Purpose, target: Id) -> Result<Option<Draft>> {
    drafts::table
        .filter(drafts::account_id.eq(account))
        .filter(drafts::purpose.eq(purpose))
        .filter(drafts::target_id.eq(target))
        .select(DraftRow::as_select())
        .first(db)
        .optional()?
        .map(DraftRow::into_draft)
        .transpose()
}

pub fn of_account(db: &mut Db, account: Id, since: At) -> Result<Vec<Draft>> {
    let rows = drafts::table
        .filter(drafts::account_id.eq(account))
        .filter(drafts::updated_at.ge(since))
        .order((drafts::updated_at.desc(), drafts::id.desc()))
        .select(DraftRow::as_select())
        .load(db)?;
    rows.into_iter().map(DraftRow::into_draft).collect()
}

pub fn count(db: &mut Db, account: Id) -> Result<i64> {
    Ok(drafts::table
        .filter(drafts::account_id.eq(account))
        .count()
        .get_result(db)?)
}

/// How many there were.
pub fn remove(db: &mut Db, account: Id, ids: &[Id]) -> Result<usize> {
    let own = drafts::table
        .filter(drafts::account_id.eq(account))
        .filter(drafts::id.among(ids));
    Ok(diesel::delete(own).execute(db)?)
}

pub fn carry(db: &mut Db, from: Id, to: Id) -> Result<()> {
    let begun = |target: Id| {
        drafts::table
            .filter(drafts::purpose.eq(Purpose::Reply))
            .filter(drafts::target_id.eq(target))
    };
    let there: Vec<Id> = begun(to).select(drafts::account_id).load(db)?;
    diesel::update(begun(from).filter(drafts::account_id.ne_all(there)))
        .set(drafts::target_id.eq(to))
        .execute(db)?;
    Ok(())
}

pub fn remove_all_of(db: &mut Db, account: Id) -> Result<()> {
    diesel::delete(drafts::table.filter(drafts::account_id.eq(account))).execute(db)?;
    Ok(())
}

pub fn remove_for(db: &mut Db, account: Id, purpose: Purpose, target: Id) -> Result<()> {
    let own = drafts::table
        .filter(drafts::account_id.eq(account))
        .filter(drafts::purpose.eq(purpose))
        .filter(drafts::target_id.eq(target));
    diesel::delete(own).execute(db)?;
    Ok(())
}

/// Those of anybody that nobody has touched since `before`.
pub fn forget(db: &mut Db, before: At) -> Result<()> {
    diesel::delete(drafts::table.filter(drafts::updated_at.lt(before))).execute(db)?;
    Ok(())
}
