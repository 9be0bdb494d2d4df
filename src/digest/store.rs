//! SQL of the digest: issues, their extracts, and the outbox seen by issue.

use std::collections::HashMap;

use diesel::dsl::count_star;
use diesel::prelude::*;

use super::{Entry, Extract, Issue, Progress};
use crate::calendar::{Slot, Week, Window};
use crate::clock::At;
use crate::db::among::AmongIds as _;
use crate::db::portable::OnBoth;
use crate::db::schema::{digest_issues, digest_items, outbox};
use crate::db::{Db, MultiBackend};
use crate::error::{Error, Result};
use crate::id::Id;
use crate::notices::outbox::{State, thaw};

type IssueRow = (Id, String, i32, Window, At, i32, Option<Id>, Progress);

macro_rules! issue_columns {
    () => {
        (
            digest_issues::id,
            digest_issues::week,
            digest_issues::weekday,
            digest_issues::time_window,
            digest_issues::opened_at,
            digest_issues::chunks,
            digest_issues::chosen_to,
            digest_issues::state,
        )
    };
}

fn slot(week: &str, weekday: i32, window: Window) -> Result<Slot> {
    let wrong = || Error::internal(format!("no slot: {week} {weekday}"));
    Ok(Slot {
        week: Week::parse(week).ok_or_else(wrong)?,
        weekday: u32::try_from(weekday).map_err(|_| wrong())?,
        window,
    })
}

fn day_number(slot: Slot) -> i32 {
    i32::try_from(slot.weekday).unwrap_or(i32::MAX)
}

fn issue(row: IssueRow) -> Result<Issue> {
    let (id, week, weekday, window, opened_at, chunks, chosen_to, progress) = row;
    Ok(Issue {
        id,
        slot: slot(&week, weekday, window)?,
        opened_at,
        chunks,
        chosen_to,
        progress,
    })
}

fn all_issues(rows: Vec<IssueRow>) -> Result<Vec<Issue>> {
    rows.into_iter().map(issue).collect()
}

pub fn issue_of(db: &mut Db, slot: Slot) -> Result<Option<Issue>> {
    let row: Option<IssueRow> = digest_issues::table
        .filter(digest_issues::week.eq(slot.week.to_string()))
        .filter(digest_issues::weekday.eq(day_number(slot)))
        .filter(digest_issues::time_window.eq(slot.window))
        .select(issue_columns!())
        .first(db)
        .optional()?;
    row.map(issue).transpose()
}

/// Opens the issue of a slot; leaves one that stands alone.
pub fn open_issue(db: &mut Db, slot: Slot, progress: Progress, now: At) -> Result<()> {
    OnBoth(
        diesel::insert_into(digest_issues::table)
            .values((
                digest_issues::id.eq(Id::new(now)),
                digest_issues::week.eq(slot.week.to_string()),
                digest_issues::weekday.eq(day_number(slot)),
                digest_issues::time_window.eq(slot.window),
                digest_issues::opened_at.eq(now),
                digest_issues::state.eq(progress),
            ))
            .on_conflict_do_nothing(),
    )
    .execute(db)?;
    Ok(())
}

/// Removes issues of long ago, with what they said of threads.
pub fn forget(db: &mut Db, before: At) -> Result<()> {
    diesel::delete(digest_issues::table.filter(digest_issues::opened_at.lt(before))).execute(db)?;
    Ok(())
}

/// Issues for which not all readers are chosen.
pub fn open_issues(db: &mut Db) -> Result<Vec<Issue>> {
    let rows: Vec<IssueRow> = digest_issues::table
        .filter(digest_issues::state.eq(Progress::Choosing))
        .order(digest_issues::id)
        .select(issue_columns!())
        .load(db)?;
    all_issues(rows)
}

pub fn last_issues(db: &mut Db, limit: i64) -> Result<Vec<Issue>> {
    let rows: Vec<IssueRow> = digest_issues::table
        .order((digest_issues::opened_at.desc(), digest_issues::id.desc()))
        .limit(limit)
        .select(issue_columns!())
        .load(db)?;
    all_issues(rows)
}

/// The newest issue on the weekday and in the window of `slot`.
pub fn last_of(db: &mut Db, slot: Slot) -> Result<Option<Issue>> {
    let row: Option<IssueRow> = digest_issues::table
        .filter(digest_issues::weekday.eq(day_number(slot)))
        .filter(digest_issues::time_window.eq(slot.window))
        .order(digest_issues::week.desc())
        .select(issue_columns!())
        .first(db)
        .optional()?;
    row.map(issue).transpose()
}

pub fn issues(db: &mut Db, ids: &[Id]) -> Result<HashMap<Id, Issue>> {
    let rows: Vec<IssueRow> = digest_issues::table
        .filter(digest_issues::id.among(ids))
        .select(issue_columns!())
        .load(db)?;
    let issues = all_issues(rows)?;
    Ok(issues.into_iter().map(|one| (one.id, one)).collect())
}

/// Moves an issue on by a chunk of readers that ended with `last`; None: there are no more. False when another process
/// has done so meanwhile.
pub fn advance(db: &mut Db, issue: &Issue, last: Option<Id>) -> Result<bool> {
    let progress = if last.is_none() {
        Progress::Chosen
    } else {
        Progress::Choosing
    };
    let moved = diesel::update(
        digest_issues::table
            .filter(digest_issues::id.eq(issue.id))
            .filter(digest_issues::chunks.eq(issue.chunks))
            .filter(digest_issues::state.eq(Progress::Choosing)),
    )
    .set((
        digest_issues::chunks.eq(issue.chunks + 1),
        digest_issues::chosen_to.eq(last.or(issue.chosen_to)),
        digest_issues::state.eq(progress),
    ))
    .execute(db)?;
    Ok(moved == 1)
}

pub fn add_extracts(db: &mut Db, issue: Id, extracts: &[(Id, Extract)]) -> Result<()> {
    for (thread, extract) in extracts {
        let document = serde_json::to_string(extract).map_err(Error::internal)?;
        OnBoth(
            diesel::insert_into(digest_items::table)
                .values((
                    digest_items::issue_id.eq(issue),
                    digest_items::thread_id.eq(*thread),
                    digest_items::document.eq(document),
                ))
                .on_conflict_do_nothing(),
        )
        .execute(db)?;
    }
    Ok(())
}

/// What was written down of these threads for an issue.
pub fn extracts(db: &mut Db, issue: Id, threads: &[Id]) -> Result<HashMap<Id, Extract>> {
    let rows: Vec<(Id, String)> = digest_items::table
        .filter(digest_items::issue_id.eq(issue))
        .filter(digest_items::thread_id.among(threads))
        .select((digest_items::thread_id, digest_items::document))
        .load(db)?;
    rows.into_iter()
        .map(|(thread, document)| {
            let extract = serde_json::from_str(&document).map_err(Error::internal)?;
            Ok((thread, extract))
        })
        .collect()
}

/// Which of these readers an issue of this week has already reached or is about to, in another slot.
pub fn served(db: &mut Db, issue: &Issue, readers: &[Id]) -> Result<Vec<Id>> {
    in_week(db, issue.slot.week, readers, Some(issue.id))
}

/// Which of these readers an issue of `week` has reached or is about to.
pub fn in_week(db: &mut Db, week: Week, readers: &[Id], but: Option<Id>) -> Result<Vec<Id>> {
    let mut query = outbox::table
        .inner_join(digest_issues::table)
        .filter(outbox::account_id.among(readers))
        .filter(digest_issues::week.eq(week.to_string()))
        .filter(outbox::state.eq_any([State::Queued, State::Sending, State::Sent, State::Bounced]))
        .select(outbox::account_id)
        .into_boxed::<MultiBackend>();
    if let Some(but) = but {
        query = query.filter(digest_issues::id.ne(but));
    }
    Ok(query.load(db)?)
}

type EntryRow = (
    (
        Id,
        Option<Id>,
        State,
        String,
        String,
        String,
        Option<String>,
        At,
    ),
    (String, i32, Window),
);

/// The lines of one reader in the ledger, the newest first.
pub fn entries_of(db: &mut Db, account: Id, week: Option<Week>, limit: i64) -> Result<Vec<Entry>> {
    let mut query = outbox::table
        .inner_join(digest_issues::table)
        .filter(outbox::account_id.eq(account))
        .order((digest_issues::opened_at.desc(), outbox::id.desc()))
        .limit(limit)
        .select((
            (
                outbox::id,
                outbox::issue_id,
                outbox::state,
                outbox::reason,
                outbox::frozen,
                outbox::frozen_hash,
                outbox::sent_hash,
                outbox::updated_at,
            ),
            (
                digest_issues::week,
                digest_issues::weekday,
                digest_issues::time_window,
            ),
        ))
        .into_boxed::<MultiBackend>();
    if let Some(week) = week {
        query = query.filter(digest_issues::week.eq(week.to_string()));
    }
    let rows: Vec<EntryRow> = query.load(db)?;
    rows.into_iter()
        .map(|(entry, (week, weekday, window))| {
            let (id, issue, state, reason, frozen, frozen_hash, sent_hash, updated_at) = entry;
            Ok(Entry {
                id,
                issue: issue.ok_or(Error::NotFound)?,
                slot: slot(&week, weekday, window)?,
                state,
                reason,
                items: thaw(&frozen)?,
                frozen_hash,
                sent_hash,
                updated_at,
            })
        })
        .collect()
}

/// Readers of an issue by state and reason.
pub fn counts(db: &mut Db, issue: Id) -> Result<Vec<(State, String, i64)>> {
    Ok(outbox::table
        .filter(outbox::issue_id.eq(issue))
        .group_by((outbox::state, outbox::reason))
        .order((outbox::state, outbox::reason))
        .select((outbox::state, outbox::reason, count_star()))
        .load(db)?)
}
