//! SQL of invitations.

use diesel::prelude::*;

use super::Invitation;
use crate::accounts::{Role, State};
use crate::clock::At;
use crate::db::schema::{accounts, invitations};
use crate::db::{Db, MultiBackend};
use crate::error::Result;
use crate::id::Id;

#[derive(Queryable, Selectable)]
#[diesel(table_name = invitations, check_for_backend(MultiBackend))]
struct InvitationRow {
    id: Id,
    account_id: Id,
    label: String,
    school_type: String,
    school: Option<String>,
    uses: i32,
    max_uses: i32,
    withdrawn: bool,
    created_at: At,
    expires_at: At,
}

impl From<InvitationRow> for Invitation {
    fn from(row: InvitationRow) -> Invitation {
        Invitation {
            id: row.id,
            maker: row.account_id,
            label: row.label,
            school_type: row.school_type,
            school: row.school,
            uses: row.uses,
            max_uses: row.max_uses,
            withdrawn: row.withdrawn,
            created_at: row.created_at,
            expires_at: row.expires_at,
        }
    }
}

pub fn insert(db: &mut Db, new: &Invitation, secret_hash: &str) -> Result<()> {
    diesel::insert_into(invitations::table)
        .values((
            invitations::id.eq(new.id),
            invitations::account_id.eq(new.maker),
            invitations::secret_hash.eq(secret_hash),
            invitations::label.eq(&new.label),
            invitations::school_type.eq(&new.school_type),
            invitations::school.eq(&new.school),
            invitations::max_uses.eq(new.max_uses),
            invitations::created_at.eq(new.created_at),
            invitations::expires_at.eq(new.expires_at),
        ))
        .execute(db)?;
    Ok(())
}

/// Of `maker`, or of all.
pub fn list(db: &mut Db, maker: Option<Id>, limit: i64) -> Result<Vec<Invitation>> {
    let mut query = invitations::table
        .order((invitations::created_at.desc(), invitations::id.desc()))
        .limit(limit)
        .select(InvitationRow::as_select())
        .into_boxed::<MultiBackend>();
    if let Some(maker) = maker {
        query = query.filter(invitations::account_id.eq(maker));
    }
    let rows = query.load(db)?;
    Ok(rows.into_iter().map(Invitation::from).collect())
}

/// False when there is none such of `maker`.
pub fn withdraw(db: &mut Db, id: Id, maker: Option<Id>) -> Result<bool> {
    let one = invitations::table.filter(invitations::id.eq(id));
    let change = invitations::withdrawn.eq(true);
    let changed = match maker {
        Some(maker) => diesel::update(one.filter(invitations::account_id.eq(maker)))
            .set(change)
            .execute(db)?,
        None => diesel::update(one).set(change).execute(db)?,
    };
    Ok(changed == 1)
}

/// Whatever its standing; not of those who may not invite any more.
pub fn by_secret(db: &mut Db, secret_hash: &str) -> Result<Option<Invitation>> {
    let row = invitations::table
        .inner_join(accounts::table.on(accounts::id.eq(invitations::account_id)))
        .filter(invitations::secret_hash.eq(secret_hash))
        .filter(accounts::state.eq(State::Active))
        .filter(accounts::role.eq_any([Role::Trainer, Role::Administrator]))
        .select(InvitationRow::as_select())
        .first(db)
        .optional()?;
    Ok(row.map(Invitation::from))
}

/// False when none is left. On PostgreSQL the second of two at once waits here for the first and then looks again.
pub fn take_use(db: &mut Db, id: Id, now: At) -> Result<bool> {
    let open = invitations::table
        .find(id)
        .filter(invitations::withdrawn.eq(false))
        .filter(invitations::expires_at.gt(now))
        .filter(invitations::uses.lt(invitations::max_uses));
    let taken = diesel::update(open)
        .set(invitations::uses.eq(invitations::uses + 1))
        .execute(db)?;
    Ok(taken == 1)
}
