//! Mail to people: how each of them gets it, whom a reply concerns, and the outbox – the ledger that says what became of
//! every letter. What stands in a digest is chosen above, in `digest`; both kinds of letters leave by the same door.

pub mod bounce;
pub mod http;
pub mod news;
pub mod outbox;
pub mod settings;
pub mod site;
mod store;
pub mod view;

use crate::db::Db;
use crate::error::Result;
use crate::id::Id;

/// Removes settings, notices and letters of somebody who goes away, also those on their way: a letter whose row is gone is
/// sent by nobody who has not taken it already.
pub fn forget_person(db: &mut Db, account: Id) -> Result<()> {
    store::delete_all_of(db, account)
}
