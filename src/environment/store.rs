//! SQL of the steps by which problems are solved.

use std::collections::HashMap;

use diesel::dsl::{count_star, exists};
use diesel::prelude::*;

use super::{POLICY, Present, State, Step};
use crate::accounts::Role;
use crate::clock::At;
use crate::db::among::AmongIds as _;
use crate::db::schema::{environment_states as states, environment_steps as steps};
use crate::db::schema::{thread_labels, threads};
use crate::db::{Db, MultiBackend};
use crate::error::Result;
use crate::id::Id;
use crate::threads::{Cursor, Visibility};

type PresentRow = (Id, State, Option<chrono::NaiveDate>, i32, At);

fn present((thread, state, planned_on, revision, at): PresentRow) -> Present {
    Present {
        thread,
        state,
        planned_on,
        revision,
        at,
    }
}

macro_rules! present_columns {
    () => {
        (
            states::thread_id,
            states::state,
            states::planned_on,
            states::revision,
            states::at,
        )
    };
}

type StepRow = (
    Id,
    Id,
    i32,
    State,
    Option<chrono::NaiveDate>,
    String,
    Role,
    At,
);

fn into_step((id, thread, number, state, planned_on, note, role, at): StepRow) -> Step {
    Step {
        id,
        thread,
        number,
        state,
        planned_on,
        note,
        role,
        at,
    }
}

macro_rules! step_columns {
    () => {
        (
            steps::id,
            steps::thread_id,
            steps::number,
            steps::state,
            steps::planned_on,
            steps::note,
            steps::role,
            steps::at,
        )
    };
}

pub fn state_of(db: &mut Db, thread: Id) -> Result<Option<Present>> {
    let row = states::table
        .find(thread)
        .select(present_columns!())
        .first::<PresentRow>(db)
        .optional()?;
    Ok(row.map(present))
}

pub fn add(db: &mut Db, step: &Step, author: Id) -> Result<()> {
    diesel::insert_into(steps::table)
        .values((
            steps::id.eq(step.id),
            steps::thread_id.eq(step.thread),
            steps::number.eq(step.number),
            steps::state.eq(step.state),
            steps::planned_on.eq(step.planned_on),
            steps::note.eq(&step.note),
            steps::author_id.eq(author),
            steps::role.eq(step.role),
            steps::at.eq(step.at),
        ))
        .execute(db)?;
    diesel::delete(states::table.find(step.thread)).execute(db)?;
    diesel::insert_into(states::table)
        .values((
            states::thread_id.eq(step.thread),
            states::state.eq(step.state),
            states::planned_on.eq(step.planned_on),
            states::revision.eq(step.number),
            states::at.eq(step.at),
        ))
        .execute(db)?;
    Ok(())
}

pub fn steps_of(db: &mut Db, thread: Id) -> Result<Vec<Step>> {
    let rows = steps::table
        .filter(steps::thread_id.eq(thread))
        .order(steps::number.desc())
        .select(step_columns!())
        .load::<StepRow>(db)?;
    Ok(rows.into_iter().map(into_step).collect())
}

pub fn step(db: &mut Db, id: Id) -> Result<Option<Step>> {
    let row = steps::table
        .find(id)
        .select(step_columns!())
        .first::<StepRow>(db)
        .optional()?;
    Ok(row.map(into_step))
}

pub fn steps_by(db: &mut Db, author: Id) -> Result<Vec<Step>> {
    let rows = steps::table
        .filter(steps::author_id.eq(author))
        .order((steps::at, steps::id))
        .select(step_columns!())
        .load::<StepRow>(db)?;
    Ok(rows.into_iter().map(into_step).collect())
}

/// The last step of each of these.
pub fn last_steps(db: &mut Db, found: &[Present]) -> Result<HashMap<Id, Step>> {
    let ids: Vec<Id> = found.iter().map(|present| present.thread).collect();
    let rows = steps::table
        .filter(steps::thread_id.among(&ids))
        .order(steps::number)
        .select(step_columns!())
        .load::<StepRow>(db)?;
    // Of each thread the last one stays.
    Ok(rows
        .into_iter()
        .map(into_step)
        .map(|step| (step.thread, step))
        .collect())
}

/// Those of visible threads of the policy: the others are looked for along the sorted index and passed over. Marked threads
/// are few beside the others, so it is they that lead.
pub fn list(
    db: &mut Db,
    state: Option<State>,
    after: Option<Cursor>,
    limit: i64,
) -> Result<Vec<Present>> {
    let mut query = states::table
        .filter(exists(
            threads::table
                .filter(threads::id.eq(states::thread_id))
                .filter(threads::visibility.eq(Visibility::Visible)),
        ))
        .filter(exists(
            thread_labels::table
                .filter(thread_labels::thread_id.eq(states::thread_id))
                .filter(thread_labels::kind.eq("policy"))
                .filter(thread_labels::key.eq(POLICY.to_string())),
        ))
        .limit(limit)
        .select(present_columns!())
        .into_boxed::<MultiBackend>();
    if let Some(state) = state {
        query = query.filter(states::state.eq(state));
    }
    let rows = if state == Some(State::Planned) {
        if let Some(after) = after {
            let day = after.at.0.date();
            query = query.filter(
                states::planned_on.ge(day).and(
                    states::planned_on
                        .gt(day)
                        .or(states::thread_id.gt(after.id)),
                ),
            );
        }
        query
            .order((states::planned_on.asc(), states::thread_id.asc()))
            .load::<PresentRow>(db)?
    } else {
        if let Some(after) = after {
            query = query.filter(
                states::at
                    .le(after.at)
                    .and(states::at.lt(after.at).or(states::thread_id.lt(after.id))),
            );
        }
        query
            .order((states::at.desc(), states::thread_id.desc()))
            .load::<PresentRow>(db)?
    };
    Ok(rows.into_iter().map(present).collect())
}

pub fn counts(db: &mut Db) -> Result<Vec<(State, i64)>> {
    Ok(states::table
        .filter(exists(
            threads::table
                .filter(threads::id.eq(states::thread_id))
                .filter(threads::visibility.eq(Visibility::Visible)),
        ))
        .filter(exists(
            thread_labels::table
                .filter(thread_labels::thread_id.eq(states::thread_id))
                .filter(thread_labels::kind.eq("policy"))
                .filter(thread_labels::key.eq(POLICY.to_string())),
        ))
        .group_by(states::state)
        .select((states::state, count_star()))
        .load(db)?)
}
