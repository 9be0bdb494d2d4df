//! Closing one's account: what is of the person goes, the row stays without a name for what they wrote. Only what this
//! domain holds; `exchange::closing` has the whole of it.

use super::{Action, Role, Who, store};
use crate::clock::At;
use crate::db::Db;
use crate::db::once;
use crate::error::{Error, Result};
use crate::feed::{self, Subject};
use crate::id::Id;

/// Whether `who` may close their account.
///
/// # Errors
/// `SignInRequired`; `Forbidden` for the last administrator, who would lock the door from outside.
pub fn check(db: &mut Db, who: &Who) -> Result<()> {
    let administrators = store::administrators(db)?;
    decide(who, &administrators)
}

/// As `check`, and it stays so until this transaction ends. Before anything else in it, so that two administrators who close
/// their accounts at once wait in one order.
///
/// # Errors
/// As `check`.
pub fn hold(db: &mut Db, who: &Who) -> Result<()> {
    if who.member()?.role != Role::Administrator {
        return who.may(Action::Post);
    }
    let administrators = store::held_administrators(db)?;
    decide(who, &administrators)
}

fn decide(who: &Who, administrators: &[Id]) -> Result<()> {
    who.may(Action::Post)?;
    let member = who.member()?;
    if member.role == Role::Administrator && administrators == [member.id] {
        return Err(Error::Forbidden(
            "管理者があなただけなので、退会できません。先に、ほかの人を管理者にしてください。",
        ));
    }
    Ok(())
}

/// Takes name, address, profile, password, sessions, tokens, links, invitations and keys away. The address is free for
/// whoever signs up with it next. That they may is the caller's check, by `hold`.
///
/// # Errors
/// `SignInRequired`.
pub fn close(db: &mut Db, who: &Who, now: At) -> Result<()> {
    let account = who.member()?.id;
    store::close(db, account, &tombstone(account), now)?;
    store::delete_links(db, account)?;
    store::delete_sessions_but(db, account, None)?;
    store::delete_keys(db, account)?;
    once::forget_person(db, account)?;
    feed::append(db, Subject::Account, account, now)
}

/// What stands in place of an address: unlike any that can be typed.
fn tombstone(account: Id) -> String {
    format!("closed:{account}")
}

/// The author of what a closed account wrote, in an export: well-formed, one for each, and never anybody's (RFC 2606).
pub(super) fn stand_in(account: Id) -> String {
    format!("{account}@closed.invalid")
}
