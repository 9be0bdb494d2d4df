//! Closing one's account: everything that `own` hands out as theirs goes, but for what they wrote.

use crate::accounts::{self, Who};
use crate::clock::At;
use crate::curation;
use crate::db::Db;
use crate::drafts;
use crate::error::Result;
use crate::mirror;
use crate::notices;
use crate::replies::marks;

/// Closes the account of `who`, whose password was right for the hash `proved`. Posts, with their earlier versions, stay
/// under `DEPARTED`; so do names that others wrote into their texts.
///
/// # Errors
/// `WrongCredentials` when the password was changed meanwhile; `Forbidden` for the last administrator.
pub fn close(
    db: &mut Db,
    who: &Who,
    proved: &str,
    mirror_key: &mirror::Ring,
    now: At,
) -> Result<()> {
    let account = who.member()?.id;
    accounts::closing::hold(db, who)?;
    accounts::hold_credentials(db, account, proved)?;
    marks::forget_person(db, account)?;
    notices::forget_person(db, account)?;
    drafts::forget_person(db, account)?;
    curation::forget_person(db, account)?;
    mirror::forget(db, who, mirror_key)?;
    accounts::closing::close(db, who, now)
}
