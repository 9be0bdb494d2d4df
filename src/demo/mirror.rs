//! The demo's self-checks: two closed terms of invented answers with their reports, and the mirror of two years of one
//! teacher (the first to sign in as). Threads carry items, so that there is something to lead to.

use serde::Deserialize;

use super::extras::{lines, member};
use crate::accounts::Experience;
use crate::app::App;
use crate::clock::At;
use crate::db::Db;
use crate::db::types::Word;
use crate::error::{Error, Result};
use crate::exchange::Line;
use crate::gap;
use crate::mirror::{self, AREAS, CheckInput, checklist};

const GROUPS: &str = include_str!("data/self_checks.jsonl");

/// Whose mirror the demo shows, and the grades of the items a1 to d4: of last year, and of this one.
const OWNER: &str = "aoi@es.hiroba.example";
const OWN: [&str; 2] = ["3342332132222332", "3443433233232333"];

/// Items that the demo's threads carry, by their ids in the data.
const TAGGED: [(&str, &[&str]); 18] = [
    ("demo-008", &["chk-b2", "chk-a4"]),
    ("demo-010", &["chk-b4", "chk-c2"]),
    ("demo-017", &["chk-b1"]),
    ("demo-022", &["chk-a1"]),
    ("demo-024", &["chk-b4", "chk-c4"]),
    ("demo-025", &["chk-b1"]),
    ("demo-027", &["chk-c2", "chk-d1"]),
    ("demo-034", &["chk-a1"]),
    ("demo-035", &["chk-d1"]),
    ("demo-038", &["chk-b3"]),
    ("demo-040", &["chk-a2"]),
    ("demo-041", &["chk-d3"]),
    ("demo-052", &["chk-a4", "chk-c3"]),
    ("demo-061", &["chk-d2"]),
    ("demo-067", &["chk-d4"]),
    ("demo-079", &["chk-c1"]),
    ("demo-084", &["chk-c1"]),
    ("demo-091", &["chk-a3"]),
];

/// People of one school type and band: how many in the term before the last and in the last, and the means of the areas.
#[derive(Deserialize)]
struct Group {
    school_type: String,
    band: String,
    people: [u32; 2],
    means: [f64; AREAS],
}

/// Puts the items on the threads, before they are imported.
pub fn tag(threads: &mut [Line]) {
    for line in threads {
        let tagged = TAGGED.iter().find(|(id, _)| *id == line.id.0);
        if let Some((_, items)) = tagged {
            line.items = items.iter().map(|item| (*item).to_owned()).collect();
        }
    }
}

/// Publishes the last two closed terms, the day after each, and keeps two years of the one teacher.
pub fn fill(app: &App, db: &mut Db, now: At) -> Result<()> {
    let (rules, zone) = (&app.config.gap, app.config.timezone);
    let terms = rules.terms().map_err(Error::internal)?;
    let today = now.day(zone);
    let running = terms.of(today);
    let last = running.before();
    let groups = lines::<Group>(GROUPS)?;
    for (place, term) in [last.before(), last].into_iter().enumerate() {
        let mut number = 0;
        for group in &groups {
            let people = group.people.get(place).copied().unwrap_or(0);
            let band = Experience::from_word(&group.band);
            for person in 0..people {
                let input = answers(&group.means, number, person, place)?;
                let of = (group.school_type.as_str(), band);
                mirror::invent(db, &app.mirror_key, (number, term), of, &input)?;
                number += 1;
            }
        }
        let closed = terms.closes(term);
        gap::publish(db, term, rules, closed, At::start_of(closed, zone))?;
    }
    let owner = member(db, OWNER)?;
    let a_year_ago = terms.first_day(last.before());
    for (grades, day, shared) in [(OWN[0], a_year_ago, false), (OWN[1], today, true)] {
        let items = &checklist::current()?.items;
        let input = CheckInput {
            answers: items
                .iter()
                .zip(grades.chars())
                .map(|(item, grade)| (item.code.clone(), grade.to_string()))
                .collect(),
            shared,
        };
        mirror::keep(db, &owner, &app.mirror_key, &input, (day, terms))?;
    }
    Ok(())
}

/// Grades around the means of an area, spread by who answers and which item it is.
fn answers(means: &[f64; AREAS], number: u32, person: u32, place: usize) -> Result<CheckInput> {
    const SPREAD: [f64; 7] = [0.0, -0.9, 0.7, -0.4, 1.1, 0.3, -0.8];
    let list = checklist::current()?;
    let mut answers = Vec::with_capacity(list.items.len());
    for (area, mean) in list.areas.iter().zip(means) {
        for (item, of_area) in list.items_of(area).zip(0_u32..) {
            let at = (number * 5 + person * 3 + of_area * 2) as usize + place;
            let spread = SPREAD.get(at % SPREAD.len()).copied().unwrap_or(0.0);
            // What was learned between the two terms.
            let learned = if place == 0 { -0.12 } else { 0.0 };
            let grade = (mean + spread + learned).round().clamp(1.0, 4.0);
            answers.push((item.code.clone(), format!("{grade:.0}")));
        }
    }
    Ok(CheckInput {
        answers,
        shared: true,
    })
}
