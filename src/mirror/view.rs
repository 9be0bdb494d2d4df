//! The page of one's own self-check.

use askama::Template;
use chrono::NaiveDate;

use super::{CheckInput, Checklist, Item, SelfCheck};
use crate::accounts::Person;
use crate::chart::{Bars, Chart};
use crate::clock::school_year;
use crate::error::{FieldErrors, Result};
use crate::taxonomy::Vocabulary;
use crate::term::year_name;
use crate::threads::view::Mini;
use crate::web::page::{Choice, Layout, Link, Nav};

/// Years that are compared: as many columns as a phone has room for.
const COMPARED: usize = 3;
/// The best that an area can have.
const MOST: f64 = 4.0;

/// What the fields hold.
pub enum Typed {
    /// What was kept of this year.
    Kept,
    /// What was sent and has to be corrected.
    Again(CheckInput),
}

/// An area with its items in the form.
pub struct AreaField {
    pub letter: String,
    pub name: String,
    pub items: Vec<ItemField>,
}

pub struct ItemField {
    pub code: String,
    pub number: String,
    pub short: String,
    pub text: String,
    pub grades: Vec<Choice>,
}

/// A line of a table that compares years, the newest first.
pub struct Compared {
    pub number: String,
    pub name: String,
    pub values: Vec<String>,
}

/// What the answers say.
pub struct Outcome {
    pub years: Vec<String>,
    pub areas: Vec<Compared>,
    pub items: Vec<Compared>,
    pub chart: String,
    /// How many items of the newest are answered.
    pub answered: usize,
    pub whole: usize,
}

/// What helps with an item.
pub struct Help {
    pub number: String,
    pub short: String,
    pub list_url: String,
    pub search_url: String,
    pub threads: Vec<HelpThread>,
    pub collections: Vec<Link>,
}

pub struct HelpThread {
    pub mini: Mini,
    pub why: &'static str,
}

/// `/settings/mirror`.
#[derive(Template)]
#[template(path = "mirror/mirror.html")]
pub struct MirrorPage {
    pub layout: Layout,
    pub year: String,
    pub source: String,
    pub version: String,
    pub areas: Vec<AreaField>,
    pub shared: bool,
    /// What would stand beside counted answers: 「小学校・2〜5年」.
    pub group: String,
    pub errors: FieldErrors,
    pub outcome: Option<Outcome>,
    pub help: Vec<Help>,
}

impl MirrorPage {
    #[expect(
        clippy::too_many_arguments,
        reason = "each is a part of the one page; a struct would only repeat the fields"
    )]
    pub fn new(
        layout: Layout,
        list: &Checklist,
        all: &[SelfCheck],
        person: &Person,
        words: &Vocabulary,
        today: NaiveDate,
        typed: Typed,
        errors: FieldErrors,
        help: Vec<Help>,
    ) -> Result<MirrorPage> {
        let year = school_year(today);
        let kept = all.iter().find(|check| check.year == year);
        let grade = |item: &Item| -> String {
            match &typed {
                Typed::Again(input) => input
                    .answers
                    .iter()
                    .find(|(code, _)| *code == item.code)
                    .map(|(_, grade)| grade.clone()),
                Typed::Kept => kept
                    .and_then(|check| check.answers.grade(&item.code))
                    .map(|grade| grade.to_string()),
            }
            .unwrap_or_default()
        };
        let band = person
            .experience
            .map_or("経験年数は書いていない", |band| band.name());
        let outcome = if all.is_empty() {
            None
        } else {
            Some(Outcome::new(list, all)?)
        };
        Ok(MirrorPage {
            layout: layout.at(Nav::Mine),
            year: year_name(year),
            source: list.source.clone(),
            version: list.version.clone(),
            areas: list
                .areas
                .iter()
                .map(|area| AreaField {
                    letter: area.letter(),
                    name: area.name.clone(),
                    items: list
                        .items_of(area)
                        .map(|item| ItemField {
                            code: item.code.clone(),
                            number: item.number(),
                            short: item.short.clone(),
                            text: item.text.clone(),
                            grades: grades(list, &grade(item)),
                        })
                        .collect(),
                })
                .collect(),
            shared: match &typed {
                Typed::Again(input) => input.shared,
                Typed::Kept => kept.or(all.first()).is_none_or(|check| check.shared),
            },
            group: format!("{}・{band}", words.school_type_name(&person.school_type)),
            errors,
            outcome,
            help,
        })
    }
}

/// The grades to choose from, and the choice of none.
fn grades(list: &Checklist, chosen: &str) -> Vec<Choice> {
    let words = list.scale.iter().enumerate().map(|(place, words)| {
        let value = (place + 1).to_string();
        let here = value == chosen;
        Choice::new(value, words, here)
    });
    let none = Choice::new("", "まだ答えない", chosen.is_empty());
    words.chain([none]).collect()
}

impl Outcome {
    /// # Errors
    /// Where the picture cannot be drawn.
    fn new(list: &Checklist, all: &[SelfCheck]) -> Result<Outcome> {
        let shown: Vec<&SelfCheck> = all.iter().take(COMPARED).collect();
        let years: Vec<String> = shown.iter().map(|check| year_name(check.year)).collect();
        let areas: Vec<Compared> = list
            .areas
            .iter()
            .map(|area| Compared {
                number: area.letter(),
                name: area.short.clone(),
                values: shown
                    .iter()
                    .map(|check| {
                        let mean = check.answers.mean(area);
                        mean.map_or_else(|| "—".to_owned(), |mean| format!("{mean:.1}"))
                    })
                    .collect(),
            })
            .collect();
        let items = list
            .items
            .iter()
            .map(|item| Compared {
                number: item.number(),
                name: item.short.clone(),
                values: shown
                    .iter()
                    .map(|check| match check.answers.grade(&item.code) {
                        Some(grade) => format!("{grade} {}", list.grade(grade)),
                        None => "—".to_owned(),
                    })
                    .collect(),
            })
            .collect();
        let said = areas.iter().map(|line| {
            let values = line.values.iter().zip(&years);
            let values: Vec<String> = values
                .map(|(value, year)| format!("{year} {value}"))
                .collect();
            format!("{} {}は{}。", line.number, line.name, values.join("、"))
        });
        let chart = Chart {
            id: "mirror".to_owned(),
            title: "領域ごとの平均".to_owned(),
            description: said.collect(),
            series: years.clone(),
            groups: list
                .areas
                .iter()
                .map(|area| Bars {
                    label: format!("{} {}", area.letter(), area.short),
                    values: shown.iter().map(|check| check.answers.mean(area)).collect(),
                })
                .collect(),
            most: Some(MOST),
            decimals: 1,
            absent: "まだ答えていません".to_owned(),
        };
        Ok(Outcome {
            chart: chart.svg()?,
            years,
            areas,
            items,
            answered: shown
                .first()
                .map_or(0, |check| check.answers.grades().len()),
            whole: list.items.len(),
        })
    }
}
