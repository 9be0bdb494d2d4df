//! The city's words: which version is in force, what a new file would change, going back.

pub mod http;
pub mod view;

use std::collections::HashMap;

use crate::accounts::{Action, Who};
use crate::clock::At;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::id::Id;
use crate::taxonomy::{self, Difference, Vocabulary};
use crate::threads;

/// # Errors
/// `SignInRequired`, `Forbidden`, `Invalid` on `file` with what is wrong with it.
pub fn compare(db: &mut Db, who: &Who, text: &str) -> Result<Vec<Difference>> {
    who.may(Action::Administer)?;
    let new = parse(text)?;
    Ok(taxonomy::current(db)?.differences(&new))
}

/// Brings the vocabulary of `text` into force.
///
/// # Errors
/// As `compare`.
pub fn load(db: &mut Db, who: &Who, text: &str, now: At) -> Result<()> {
    who.may(Action::Administer)?;
    parse(text)?;
    taxonomy::load(db, text, now)?;
    Ok(())
}

fn parse(text: &str) -> Result<Vocabulary> {
    if text.trim().is_empty() {
        return Err(Error::field(
            "file",
            "required",
            "ファイルを選ぶか、中身を貼り付けてください。",
        ));
    }
    Vocabulary::parse(text).map_err(|error| match error {
        Error::BadRequest(reason) => Error::field(
            "file",
            "invalid",
            format!("このファイルは読めませんでした。直すところ：{reason}"),
        ),
        other => other,
    })
}

/// Brings an earlier version back.
///
/// # Errors
/// `SignInRequired`, `Forbidden`, `NotFound`.
pub fn bring_back(db: &mut Db, who: &Who, id: Id) -> Result<()> {
    who.may(Action::Administer)?;
    taxonomy::bring_back(db, id)
}

/// The vocabulary in force as the file that `load` takes.
///
/// # Errors
/// `SignInRequired`, `Forbidden`.
pub fn file(db: &mut Db, who: &Who) -> Result<String> {
    who.may(Action::Administer)?;
    toml::to_string_pretty(&taxonomy::current(db)?.words).map_err(Error::internal)
}

/// Visible threads by initiative and tag (slug).
///
/// # Errors
/// `SignInRequired`, `Forbidden`.
pub fn uses(db: &mut Db, who: &Who) -> Result<HashMap<String, i64>> {
    who.may(Action::Administer)?;
    threads::counts_by_initiative(db)
}
