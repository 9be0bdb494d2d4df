//! The demo forum: invented people and threads over a school year, moved so that the last of it was this week.

mod curation;
mod extras;
mod mirror;
mod pictures;
mod survey;
mod tryouts;

use std::io::Cursor;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use chrono::TimeDelta;

use crate::accounts::password::Password;
use crate::accounts::{self, ProfileInput, Role};
use crate::app::App;
use crate::calendar::{Slot, Week};
use crate::clock::{At, Clock};
use crate::db::Db;
use crate::db::types::Word;
use crate::digest::press::Press;
use crate::error::{Error, Result};
use crate::exchange::{self, Line, Options};
use crate::id::Id;
use crate::notices::news::{self, Hours};
use crate::notices::settings::{DEFAULT_WEEKDAY, DEFAULT_WINDOW};
use crate::replies;
use crate::replies::marks::{self, Mark};
use crate::threads::{self, Filter, Sort};
use crate::worker;

const PEOPLE: &str = include_str!("data/people.csv");
const THREADS: &str = include_str!("data/threads.jsonl");

/// Threads that the demo's trainer recommends, by their ids in the data, and with which words.
const RECOMMENDED: [(&str, &str); 2] = [
    (
        "demo-022",
        "校内研修の時間がとれない学校の先生に。20分で、3つの机に持ち寄る形です。",
    ),
    (
        "demo-034",
        "年間指導計画をこれから見直す先生に。「足さずに拾う」1枚の作り方が、どの校種でも使えます。",
    ),
];
/// Of so many threads the replies are told by mail at once.
const NOTICED: usize = 4;

/// What some say of themselves: address, tools, years of teaching, what of their profile others are shown.
const PROFILES: [(&str, &str, &str, &[&str]); 6] = [
    (
        "aoi@es.hiroba.example",
        "Chromebook、ロイロノート",
        "2-5",
        &["position", "grades", "subjects", "tools"],
    ),
    (
        "sasaki@es.hiroba.example",
        "Chromebook、スプレッドシート、Googleフォーム",
        "11-20",
        &[
            "school",
            "position",
            "grades",
            "subjects",
            "tools",
            "experience",
        ],
    ),
    (
        "sugawara@es.hiroba.example",
        "iPad",
        "21-",
        &["position", "experience"],
    ),
    ("onodera@es.hiroba.example", "", "", &["position"]),
    ("chiba@k.hiroba.example", "iPad", "6-10", &["position"]),
    (
        "suzuki@hs.hiroba.example",
        "Python、Googleスライド",
        "1",
        &["position", "subjects", "tools"],
    ),
];

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
    let moved = moved_to(app, now)?;
    let options = Options::default();
    let mut source = Cursor::new(moved);
    exchange::import(&app.database, &mut source, &options, || now, &mut note)?;
    if let Some(first) = refused.first() {
        return Err(Error::internal(format!(
            "the demo's data is refused: {first}"
        )));
    }
    let logins = open_doors(app)?;
    app.database.write_here(|db| {
        spread_marks(db, now)?;
        tryouts::record(db, now)?;
        extras::begin_drafts(db, now)?;
        survey::mark_problems(app, db, now)?;
        survey::ask(app, db, now)?;
        mirror::fill(app, db, now)
    })?;
    last_digest(app)?;
    app.database.write_here(|db| extras::report(db, now))?;
    app.database.write_here(|db| curation::fill(db, app, now))?;
    survey::count(app)?;
    app.bell.ring();
    Ok(logins)
}

/// The threads with their pictures, every time moved by the same whole weeks, so that weekdays and hours stay.
fn moved_to(app: &App, now: At) -> Result<Vec<u8>> {
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
    extras::put_pictures(app, &mut lines)?;
    mirror::tag(&mut lines);
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
        for (email, tools, experience, shown) in PROFILES {
            let person = accounts::by_email(db, email)?;
            let profile = ProfileInput {
                school: person.school.clone().unwrap_or_default(),
                tools: tools.to_owned(),
                experience: experience.to_owned(),
                shown: shown.iter().map(|item| (*item).to_owned()).collect(),
                ..accounts::view::as_typed(&person)
            };
            let today = now.day(app.config.timezone);
            accounts::change_own(db, &accounts::as_member(&person), &profile, today, now)?;
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
            app.database
                .write_here(|db| curate_and_notice(db, app, at))?;
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

/// What a trainer had recommended by `at`, and who hears of the newest replies by mail at once.
fn curate_and_notice(db: &mut Db, app: &App, at: At) -> Result<()> {
    let people = accounts::list(db, &accounts::house(), "", None, 100)?;
    let trainer = people.iter().find(|person| person.role == Role::Trainer);
    let trainer = accounts::as_member(trainer.ok_or(Error::NotFound)?);
    for (name, comment) in RECOMMENDED {
        if let Some(thread) = threads::by_external_id(db, name)? {
            crate::curation::recommend(db, &trainer, thread, comment, at)?;
        }
    }
    let calendar = app.config.digest.calendar().map_err(Error::internal)?;
    let hours = Hours {
        calendar: &calendar,
        zone: app.config.timezone,
    };
    let newest = Filter {
        sort: Sort::Active,
        ..Filter::default()
    };
    let active = threads::list(db, &accounts::house(), &newest, None, NOTICED)?;
    let ids: Vec<Id> = active.items.iter().map(|thread| thread.id).collect();
    for reply in replies::visible_of(db, &ids)? {
        news::note_reply(db, reply.id, hours, at)?;
    }
    Ok(())
}

/// Some marks, so that counts are seen: who marks what follows from their places in the lists alone.
fn spread_marks(db: &mut Db, now: At) -> Result<()> {
    let house = accounts::house();
    let all = threads::list(db, &house, &Filter::default(), None, 100)?;
    let people = accounts::list(db, &house, "", None, 100)?;
    for (place, thread) in all.items.iter().enumerate() {
        for (seat, person) in people.iter().enumerate() {
            if thread.author.is(person.id) || person.state != accounts::State::Active {
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
