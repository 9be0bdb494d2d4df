//! What became of the demo's practices in other classes: in several school types, with what was changed and what did not
//! work.

use chrono::TimeDelta;
use serde::Deserialize;

use crate::accounts;
use crate::clock::At;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::id::Id;
use crate::taxonomy;
use crate::threads;
use crate::tryouts::{self, Draft, TryoutInput};

const TRYOUTS: &str = include_str!("data/tryouts.jsonl");

#[derive(Deserialize)]
struct Line {
    /// The practice, by its id in the data.
    of: String,
    by: String,
    outcome: String,
    #[serde(default)]
    grade: String,
    #[serde(default)]
    changed: String,
    note: String,
    /// After the practice was written.
    days: i64,
}

/// Records them, each some days after its practice but before now; whom it concerns is told of the newest.
pub fn record(db: &mut Db, now: At) -> Result<()> {
    let words = taxonomy::current(db)?;
    let mut touched: Vec<Id> = Vec::new();
    for line in TRYOUTS.lines().filter(|line| !line.trim().is_empty()) {
        let line: Line = serde_json::from_str(line).map_err(Error::internal)?;
        let Some(thread) = threads::by_external_id(db, &line.of)? else {
            return Err(Error::internal(format!("there is no {}", line.of)));
        };
        let who = accounts::as_member(&accounts::by_email(db, &line.by)?);
        let practice = threads::find(db, &accounts::house(), thread)?;
        tryouts::check(&who, &practice)?;
        let input = TryoutInput {
            outcome: line.outcome,
            grade: line.grade,
            changed: line.changed,
            note: line.note,
            school_type: String::new(),
        };
        let new = input.parse(&who, &words, false)?;
        let tried = practice.created_at.plus(TimeDelta::days(line.days));
        let created_at = tried.min(now.minus(TimeDelta::hours(line.days)));
        let id = Id::new(created_at);
        let draft = Draft {
            id,
            thread,
            author: who.member()?.id,
            sealed_as: None,
            new: &new,
            created_at,
        };
        tryouts::insert(db, &draft)?;
        tryouts::tell(db, id, created_at)?;
        if !touched.contains(&thread) {
            touched.push(thread);
        }
    }
    for thread in touched {
        tryouts::recount(db, thread, now)?;
    }
    Ok(())
}
