//! The demo forum: invented people and threads over a school year, moved so that the last of it was this week.

use std::io::Cursor;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use chrono::TimeDelta;

use crate::accounts::password::Password;
use crate::accounts::{self, Role};
use crate::app::App;
use crate::calendar::{Slot, Week};
use crate::clock::{At, Clock};
use crate::db::types::Word;
use crate::digest::press::Press;
use crate::error::{Error, Result};
use crate::exchange::{self, Line, Options};
use crate::notices::settings::{DEFAULT_WEEKDAY, DEFAULT_WINDOW};
use crate::replies::marks::{self, Mark};
use crate::threads::{self, Filter};
use crate::worker;

const PEOPLE: &str = include_str!("data/people.csv");
const THREADS: &str = include_str!("data/threads.jsonl");

/// How many weeks the last digest can lie back: a long vacation.
const WEEKS_BACK: usize = 10;

/// Everybody's password in the demo.
pub const PASSWORD: &str = "hiroba-demo-2026";

/// Somebody to sign in as.
pub struct Login {
    pub role: &'static str,
    pub email: String,
}

/// Fills an empty forum. Returns one log-in per role.
///
/// # Errors
/// When a part of the demo's own data is refused: then the data is wrong.
pub fn fill(app: &App) -> Result<Vec<Login>> {
    let house = accounts::house();
    let now = app.now();
    let mut refused = Vec::new();
    let mut note = |number: usize, reason: &str| refused.push(format!("line {number}: {reason}"));
    exchange::people::import(&app.database, &house, PEOPLE.as_bytes(), || now, &mut note)?;
    let moved = moved_to(now)?;
    let options = Options::default();
    let mut source = Cursor::new(moved);
    exchange::import(&app.database, &mut source, &options, || now, &mut note)?;
    if let Some(first) = refused.first() {
        return Err(Error::internal(format!(
            "the demo's data is refused: {first}"
        )));
    }
    let logins = open_doors(app)?;
    app.database.write_here(|db| spread_marks(db, now))?;
    last_digest(app)?;
    app.bell.ring();
    Ok(logins)
}

/// The threads with every time moved by the same whole weeks, so that weekdays and hours stay.
fn moved_to(now: At) -> Result<Vec<u8>> {
    let mut lines = THREADS
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| serde_json::from_str::<Line>(line).map_err(Error::internal))
        .collect::<Result<Vec<Line>>>()?;
    let times = lines.iter().flat_map(|line| {
        let replies = line.replies.iter().map(|reply| &reply.created_at);
        std::iter::once(&line.created_at).chain(replies)
    });
    let newest = times.flatten().filter_map(|text| At::parse(text)).max();
    let Some(newest) = newest else {
        return Err(Error::internal("the demo's threads have no times"));
    };
    let weeks = now.since(newest).num_days().div_euclid(7);
    let by = TimeDelta::weeks(weeks);
    let shift = |text: &mut Option<String>| {
        if let Some(at) = text.as_deref().and_then(At::parse) {
            *text = Some(at.plus(by).rfc3339());
        }
    };
    let mut bytes = Vec::new();
    for line in &mut lines {
        shift(&mut line.created_at);
        for reply in &mut line.replies {
            shift(&mut reply.created_at);
        }
        serde_json::to_writer(&mut bytes, line).map_err(Error::internal)?;
        bytes.push(b'\n');
    }
    Ok(bytes)
}

/// Gives everybody the demo's password; the last of the list has left.
fn open_doors(app: &App) -> Result<Vec<Login>> {
    let password = Password::new("password", PASSWORD).map_err(|e| Error::internal(e.message))?;
    let emails: Vec<&str> = PEOPLE
        .lines()
        .skip(1)
        .filter_map(|line| line.split(',').next())
        .collect();
    let hash = app.hasher.hash_here(&password)?;
    let now = app.now();
    app.database.write_here(|db| {
        let house = accounts::house();
        let mut people = Vec::new();
        for email in &emails {
            let person = accounts::by_email(db, email)?;
            accounts::set_password(db, &house, person.id, &hash, now)?;
            people.push(person);
        }
        let departed = people.pop();
        if let Some(person) = departed {
            accounts::suspend(db, &house, person.id, now)?;
        }
        Ok(Role::ALL
            .iter()
            .filter_map(|role| {
                let person = people.iter().find(|person| person.role == *role)?;
                Some(Login {
                    role: role.name(),
                    email: person.email.clone(),
                })
            })
            .collect())
    })
}

/// Sends the last digest before now, as if it had been its time, so that there are mails to look at.
fn last_digest(app: &App) -> Result<()> {
    let (now, zone) = (app.now(), app.config.timezone);
    let calendar = app.config.digest.calendar().map_err(Error::internal)?;
    let mut week = Week::of(now.day(zone));
    for _ in 0..WEEKS_BACK {
        let slot = Slot {
            week,
            weekday: DEFAULT_WEEKDAY,
            window: DEFAULT_WINDOW,
        };
        let planned = slot.planned(zone);
        if let Some(at) = calendar.next(slot, false, planned, zone)
            && at <= now
        {
            let clock = Clock::Fixed(Arc::new(AtomicI64::new(at.micros())));
            let press = Press {
                clock: &clock,
                ..worker::press(app)
            };
            press.run()?;
            return Ok(());
        }
        week = week.before();
    }
    Ok(())
}

/// Some marks, so that counts are seen: who marks what follows from their places in the lists alone.
fn spread_marks(db: &mut crate::db::Db, now: At) -> Result<()> {
    let house = accounts::house();
    let all = threads::list(db, &house, &Filter::default(), None, 100)?;
    let people = accounts::list(db, &house, "", None, 100)?;
    for (place, thread) in all.items.iter().enumerate() {
        for (seat, person) in people.iter().enumerate() {
            if person.id == thread.author || person.state != accounts::State::Active {
                continue;
            }
            let who = accounts::as_member(person);
            if (place * 7 + seat * 3) % 5 == 0 {
                marks::set(db, &who, thread.id, thread.id, Mark::Helpful, now)?;
            }
            let practice = thread.kind == threads::Kind::Practice;
            if practice && (place * 5 + seat) % 7 == 0 {
                marks::set(db, &who, thread.id, thread.id, Mark::WantToTry, now)?;
            }
        }
    }
    Ok(())
}
