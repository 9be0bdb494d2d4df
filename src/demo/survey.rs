//! What the demo has for the map: problems with networks and devices on their way, what trainers ask for, and the counts.

use chrono::{Days, TimeDelta};
use serde::Deserialize;

use super::extras::{lines, member};
use crate::accounts::{self, Role};
use crate::app::App;
use crate::clock::At;
use crate::coverage;
use crate::db::Db;
use crate::environment::{self, StepInput};
use crate::error::{Error, Result};
use crate::requests::{self, RequestInput};
use crate::taxonomy;
use crate::threads;

const STEPS: &str = include_str!("data/environment.jsonl");
const REQUESTS: &str = include_str!("data/requests.jsonl");

#[derive(Deserialize)]
struct Step {
    thread: String,
    by: String,
    state: String,
    note: String,
    days_ago: i64,
    /// Days from the step to what it plans.
    plan_in: Option<u64>,
}

/// Marks problems as supporters and trainers would have: in every state, one of them overdue.
pub fn mark_problems(app: &App, db: &mut Db, now: At) -> Result<()> {
    for step in lines::<Step>(STEPS)? {
        let who = member(db, &step.by)?;
        let thread = threads::by_external_id(db, &step.thread)?.ok_or(Error::NotFound)?;
        let at = now.minus(TimeDelta::days(step.days_ago));
        let today = at.day(app.config.timezone);
        let plan = step
            .plan_in
            .map(|days| (today + Days::new(days)).to_string());
        let input = StepInput {
            state: step.state,
            planned_on: plan.unwrap_or_default(),
            note: step.note,
        };
        environment::mark(db, &who, thread, &input, None, today, at)?;
    }
    Ok(())
}

#[derive(Deserialize)]
struct Request {
    policy: String,
    school_type: String,
    #[serde(default)]
    item: String,
    sentence: String,
    /// The practice that fills it; its days are counted from that one, not from now.
    before: Option<String>,
    days_ago: i64,
    ends_in: u64,
}

/// What a trainer asks for, one of it filled already.
pub fn ask(app: &App, db: &mut Db, now: At) -> Result<()> {
    let words = taxonomy::current(db)?;
    let people = accounts::list(db, &accounts::house(), "", None, 100)?;
    let trainer = people.iter().find(|person| person.role == Role::Trainer);
    let trainer = accounts::as_member(trainer.ok_or(Error::NotFound)?);
    for request in lines::<Request>(REQUESTS)? {
        let from = match &request.before {
            Some(name) => {
                let thread = threads::by_external_id(db, name)?.ok_or(Error::NotFound)?;
                threads::find(db, &trainer, thread)?.created_at
            }
            None => now,
        };
        let at = from.minus(TimeDelta::days(request.days_ago));
        let today = at.day(app.config.timezone);
        let input = RequestInput {
            policy: request.policy,
            school_type: request.school_type,
            subject: String::new(),
            item: request.item,
            sentence: request.sentence,
            until: (today + Days::new(request.ends_in)).to_string(),
        };
        let new = input.parse(&words, today)?;
        requests::post(db, &trainer, &new, None, today, at)?;
    }
    Ok(())
}

/// Counts what stands on the map, so that it is there with the first page.
pub fn count(app: &App) -> Result<()> {
    let (now, zone) = (app.now(), app.config.timezone);
    let calendar = app.config.digest.calendar().map_err(Error::internal)?;
    coverage::follow(&app.database, zone, now)?;
    coverage::count(&app.database, &calendar, zone, now)
}
