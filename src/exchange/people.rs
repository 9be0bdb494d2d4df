//! People from CSV: `email,name,school_type,role[,school,position,grades,subjects]`, lists parted by `;` or 、. The same
//! file twice changes nothing.

use std::io::Read;

use serde::Deserialize;

use super::Tally;
use crate::accounts::{self, PersonInput, Who};
use crate::clock::At;
use crate::db::{Database, savepoint};
use crate::error::{Error, Result};

/// People written in one transaction.
const BATCH: usize = 50;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Row {
    email: String,
    name: String,
    school_type: String,
    role: String,
    school: String,
    position: String,
    grades: String,
    subjects: String,
}

fn list(text: &str) -> Vec<String> {
    text.split([';', '；', '、', ','])
        .map(|part| part.trim().to_owned())
        .filter(|part| !part.is_empty())
        .collect()
}

impl From<Row> for PersonInput {
    fn from(row: Row) -> PersonInput {
        PersonInput {
            email: row.email,
            name: row.name,
            school_type: row.school_type,
            role: row.role,
            school: row.school,
            position: row.position,
            grades: list(&row.grades),
            subjects: list(&row.subjects),
        }
    }
}

/// Creates or updates everybody in `source`. Refused lines are told to `refusals` (line number, reason).
///
/// # Errors
/// `BadRequest` when the header lacks a required column; when the database fails.
pub fn import(
    database: &Database,
    who: &Who,
    source: impl Read,
    now: impl Fn() -> At,
    refusals: &mut dyn FnMut(usize, &str),
) -> Result<Tally> {
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .flexible(true)
        .from_reader(source);
    let headers = reader
        .headers()
        .map_err(|error| Error::BadRequest(error.to_string()))?
        .iter()
        .map(|name| name.trim_start_matches('\u{feff}').to_owned())
        .collect::<csv::StringRecord>();
    for wanted in ["email", "name", "school_type", "role"] {
        if !headers.iter().any(|name| name == wanted) {
            return Err(Error::BadRequest(format!(
                "the header lacks the column {wanted}"
            )));
        }
    }
    let mut tally = Tally::default();
    let mut rows = Vec::new();
    let mut number = 1;
    for record in reader.records() {
        number += 1;
        let row = record
            .and_then(|mut record| {
                // Columns at the end may be left out.
                while record.len() < headers.len() {
                    record.push_field("");
                }
                record.deserialize::<Row>(Some(&headers))
            })
            .map_err(|error| error.to_string());
        rows.push((number, row));
        if rows.len() == BATCH {
            write(
                database,
                who,
                std::mem::take(&mut rows),
                &now,
                &mut tally,
                refusals,
            )?;
        }
    }
    write(database, who, rows, &now, &mut tally, refusals)?;
    Ok(tally)
}

fn write(
    database: &Database,
    who: &Who,
    rows: Vec<(usize, std::result::Result<Row, String>)>,
    now: &impl Fn() -> At,
    tally: &mut Tally,
    refusals: &mut dyn FnMut(usize, &str),
) -> Result<()> {
    database.write_here(|db| {
        for (number, row) in rows {
            let outcome = match row {
                Ok(row) => savepoint(db, |db| {
                    let new = PersonInput::from(row).parse(db)?;
                    accounts::import(db, who, &new, now())
                }),
                Err(reason) => Err(Error::BadRequest(reason)),
            };
            match outcome {
                Ok(true) => tally.imported += 1,
                Ok(false) => tally.updated += 1,
                Err(Error::Invalid(errors)) => {
                    tally.refused += 1;
                    let reasons: Vec<String> = errors
                        .0
                        .iter()
                        .map(|error| format!("{}: {}", error.field, error.message))
                        .collect();
                    refusals(number, &reasons.join(" / "));
                }
                Err(Error::BadRequest(reason)) => {
                    tally.refused += 1;
                    refusals(number, &reason);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    })
}
