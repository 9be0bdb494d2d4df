//! The page of the map: a table whose empty cells stand out, its chart, and what trainers ask for.

use std::cmp::Ordering;

use askama::Template;

use super::api::Asked;
use super::{Axis, Cell, FEWEST, Map, Measure, Period, Value};
use crate::accounts::{Action, Who};
use crate::chart::{Bars, Chart};
use crate::clock::{At, school_year};
use crate::db::types::Word;
use crate::error::{Error, Result};
use crate::mirror::checklist;
use crate::requests::{self, Request};
use crate::taxonomy::Vocabulary;
use crate::term::year_name;
use crate::threads::Kind;
use crate::threads::view::{Mini, PolicyLabel, policy_labels};
use crate::web::page::{Choice, Layout, Link, Nav, Now, address};

/// Subjects in the chart, the greatest first.
const DRAWN: usize = 15;
/// Requests beside the map.
const ASKED: usize = 8;

/// The rows of an axis: slug and name, in the order of the vocabulary.
pub fn keys(axis: Axis, words: &Vocabulary) -> Vec<(String, String)> {
    match axis {
        Axis::SchoolType => words
            .school_types
            .iter()
            .filter(|one| one.tagging)
            .map(|one| (one.slug.clone(), one.name.clone()))
            .collect(),
        Axis::Subject => words
            .subjects
            .iter()
            .map(|one| (one.slug.clone(), one.name.clone()))
            .collect(),
        Axis::Item => checklist::tags()
            .into_iter()
            .map(|tag| (tag.clone(), checklist::label(&tag)))
            .collect(),
    }
}

/// The open request for a cell. On the axis of school types every one for it, whatever else it asks for.
pub fn request_for<'a>(
    open: &'a [Request],
    axis: Axis,
    key: &str,
    policy: u8,
) -> Option<&'a Request> {
    open.iter().find(|one| {
        let cell = &one.cell;
        cell.policy == policy
            && match axis {
                Axis::SchoolType => cell.school_type == key,
                Axis::Subject => cell.subject.as_deref() == Some(key),
                Axis::Item => cell.item.as_deref() == Some(key),
            }
    })
}

/// What the page is made of.
pub struct CoverageParts<'a> {
    pub asked: Asked,
    pub map: Map,
    pub open: Vec<Request>,
    pub words: &'a Vocabulary,
    pub who: &'a Who,
    pub now: Now,
}

/// A cell as it is shown.
pub struct CellView {
    pub class: &'static str,
    /// For screen readers: 「幼稚園、基本方針1 子どもの学び：」.
    pub place: String,
    pub text: String,
    pub unit: &'static str,
    /// 「募集中」, 「まだありません」.
    pub note: &'static str,
    /// Empty where there is nothing to open.
    pub url: String,
    /// Where a trainer asks for it.
    pub ask_url: Option<String>,
}

pub struct RowView {
    pub label: String,
    pub cells: Vec<CellView>,
    pub total: String,
    pub unit: &'static str,
}

/// `/coverage`.
#[derive(Template)]
#[template(path = "coverage/show.html")]
pub struct CoveragePage {
    pub layout: Layout,
    pub axes: Vec<Choice>,
    pub measures: Vec<Choice>,
    pub periods: Vec<Choice>,
    pub axis: &'static str,
    pub caption: String,
    /// 「11月26日 15:40」; None: not counted yet.
    pub counted: Option<String>,
    pub policies: Vec<PolicyLabel>,
    pub rows: Vec<RowView>,
    /// Subjects of which there is nothing at all, each to write of.
    pub missing: Vec<Link>,
    /// How the shades are read; empty where there are none.
    pub legend: &'static str,
    pub hides: bool,
    pub chart: String,
    pub chart_title: String,
    pub csv_url: String,
    pub requests: Vec<Mini>,
    pub may_ask: bool,
}

fn kind_of(measure: Measure) -> Kind {
    match measure {
        Measure::Practices | Measure::Tries => Kind::Practice,
        Measure::Questions | Measure::Answered | Measure::Hours | Measure::Bridged => {
            Kind::Question
        }
    }
}

/// An address with the filters of a cell.
fn at_cell(path: &str, kind: Option<Kind>, axis: Axis, key: &str, policy: u8) -> String {
    let (kind, number) = (
        kind.map(|kind| kind.to_string()).unwrap_or_default(),
        policy.to_string(),
    );
    let number = if policy == 0 { "" } else { number.as_str() };
    address(
        path,
        [
            ("kind", kind.as_str()),
            ("policy", number),
            (axis.word(), key),
        ],
    )
}

fn figure(value: f64, measure: Measure) -> String {
    match measure {
        Measure::Hours => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

/// What stands in a cell, without its unit where there is none.
fn words_of(value: Value, measure: Measure) -> (String, &'static str) {
    match value {
        Value::Empty => match measure {
            Measure::Practices | Measure::Questions | Measure::Tries => {
                ("0".to_owned(), measure.unit())
            }
            _ => ("–".to_owned(), ""),
        },
        Value::Hidden => ("…".to_owned(), "少ないので出しません"),
        Value::Count(number) => (number.to_string(), measure.unit()),
        Value::Figure(value) => (figure(value, measure), measure.unit()),
    }
}

/// The darker, the more; working hours have no more.
fn shade(value: Value, measure: Measure) -> &'static str {
    let (size, some, many) = match (value, measure) {
        (Value::Count(number), _) => (f64::from(number), 5.0, 20.0),
        (Value::Figure(share), Measure::Answered | Measure::Bridged) => (share, 50.0, 80.0),
        _ => return "",
    };
    if size >= many {
        "l3"
    } else if size >= some {
        "l2"
    } else {
        "l1"
    }
}

fn legend(measure: Measure) -> &'static str {
    match measure {
        Measure::Practices | Measure::Questions => {
            "色が濃いほど多いところです（1–4件、5–19件、20件以上）。"
        }
        Measure::Tries => "色が濃いほど多いところです（1–4回、5–19回、20回以上）。",
        Measure::Answered | Measure::Bridged => {
            "色が濃いほど高いところです（50%未満、50–79%、80%以上）。"
        }
        Measure::Hours => {
            "平日8時から17時まで（祝日と学校閉庁日を除く）を数えた、まん中の質問の時間です。短いほどよいわけでも、急いで答えるためのものでもありません。"
        }
    }
}

impl CoverageParts<'_> {
    fn cell(&self, (key, name): (&str, &str), policy: &PolicyLabel) -> CellView {
        let Asked { axis, measure, .. } = self.asked;
        let cell: Cell = self.map.cell(key, policy.number);
        let value = cell.value(measure);
        let (text, unit) = words_of(value, measure);
        let kind = kind_of(measure);
        let place = format!("{name}、基本方針{} {}：", policy.number, policy.short);
        let request = request_for(&self.open, axis, key, policy.number);
        let shown = CellView {
            class: shade(value, measure),
            place,
            text,
            unit,
            note: "",
            url: at_cell("/threads", Some(kind), axis, key, policy.number),
            ask_url: None,
        };
        // Where nothing can be read, what can be done about it stands in its place.
        let nothing = match kind {
            Kind::Practice => cell.practices == 0,
            _ => cell.questions == 0,
        };
        match (nothing, request.filter(|_| kind == Kind::Practice)) {
            (false, _) => shown,
            (true, Some(request)) => CellView {
                class: "l0",
                note: "募集中",
                url: format!("/requests/{}", request.id),
                ..shown
            },
            (true, None) if measure == Measure::Practices || measure == Measure::Questions => {
                let asks = kind == Kind::Practice && self.who.can(Action::Curate);
                CellView {
                    class: "l0",
                    note: "まだありません",
                    url: at_cell("/threads/new", Some(kind), axis, key, policy.number),
                    ask_url: asks.then(|| at_cell("/requests/new", None, axis, key, policy.number)),
                    ..shown
                }
            }
            (true, None) => CellView {
                url: String::new(),
                ..shown
            },
        }
    }

    fn chart(&self, rows: &[(String, String)], title: &str) -> Result<String> {
        let Asked { axis, measure, .. } = self.asked;
        let value = |key: &str| match self.map.cell(key, 0).value(measure) {
            Value::Empty | Value::Hidden => None,
            Value::Count(number) => Some(f64::from(number)),
            Value::Figure(figure) => Some(figure),
        };
        let mut rows = rows.to_vec();
        if axis == Axis::Subject {
            rows.retain(|(key, _)| value(key).is_some());
            rows.sort_by(|(one, _), (other, _)| {
                value(other)
                    .partial_cmp(&value(one))
                    .unwrap_or(Ordering::Equal)
            });
            rows.truncate(DRAWN);
        }
        let groups: Vec<Bars> = rows
            .iter()
            .map(|(key, name)| Bars {
                label: name.clone(),
                values: vec![value(key)],
            })
            .collect();
        let said: Vec<String> = rows
            .iter()
            .map(|(key, name)| match self.map.cell(key, 0).value(measure) {
                Value::Hidden => format!("{name}は出しません"),
                value => {
                    let (text, unit) = words_of(value, measure);
                    format!("{name}{text}{unit}")
                }
            })
            .collect();
        let percent = matches!(measure, Measure::Answered | Measure::Bridged);
        Chart {
            id: "map".to_owned(),
            title: title.to_owned(),
            description: format!("{}。", said.join("、")),
            series: vec![measure.name().to_owned()],
            groups,
            most: percent.then_some(100.0),
            decimals: usize::from(measure == Measure::Hours),
            absent: "–".to_owned(),
        }
        .svg()
    }
}

fn moment_in_words(at: At, now: Now) -> String {
    let local = at.0.and_utc().with_timezone(&now.zone);
    local.format("%-m月%-d日 %-H:%M").to_string()
}

impl CoveragePage {
    /// # Errors
    /// Where the chart cannot be drawn.
    pub fn new(layout: Layout, parts: &CoverageParts<'_>) -> Result<CoveragePage> {
        let CoverageParts {
            asked, map, words, ..
        } = parts;
        let Asked {
            axis,
            measure,
            period,
        } = *asked;
        let today = parts.now.at.day(parts.now.zone);
        let year = year_name(school_year(today));
        let numbers: Vec<u8> = words.policies.iter().map(|policy| policy.number).collect();
        let policies = policy_labels(&numbers, words);
        let asks = |key: &str| {
            let mut asked = numbers.iter();
            asked.any(|policy| request_for(&parts.open, axis, key, *policy).is_some())
        };
        // Of a hundred subjects those stand in the table of which there is something.
        let (shown, missing): (Vec<_>, Vec<_>) = keys(axis, words)
            .into_iter()
            .partition(|(key, _)| axis != Axis::Subject || map.has(key) || asks(key));
        let rows = shown.iter().map(|(key, name)| {
            let (total, unit) = words_of(map.cell(key, 0).value(measure), measure);
            RowView {
                label: name.clone(),
                cells: policies
                    .iter()
                    .map(|policy| parts.cell((key, name), policy))
                    .collect(),
                total,
                unit,
            }
        });
        let of_when = match period {
            Period::Year => year.as_str(),
            Period::All => "これまで",
        };
        let caption = format!("{of_when}の{}（{}）", measure.name(), measure.unit());
        let chart_title = format!("{}ごとの{}（{of_when}）", axis.name(), measure.name());
        let choices = |all: Vec<(&'static str, String)>, chosen: &str| -> Vec<Choice> {
            let all = all.into_iter();
            all.map(|(word, name)| Choice::new(word, name, word == chosen))
                .collect()
        };
        Ok(CoveragePage {
            axes: choices(
                Axis::ALL
                    .iter()
                    .map(|one| (one.word(), format!("{} × 基本方針", one.name())))
                    .collect(),
                axis.word(),
            ),
            measures: choices(
                Measure::ALL
                    .iter()
                    .map(|one| (one.word(), one.name().to_owned()))
                    .collect(),
                measure.word(),
            ),
            periods: choices(
                vec![
                    (Period::Year.word(), format!("今年度（{year}）")),
                    (Period::All.word(), "これまですべて".to_owned()),
                ],
                period.word(),
            ),
            axis: axis.name(),
            counted: map.counted_at.map(|at| moment_in_words(at, parts.now)),
            rows: rows.collect(),
            missing: missing
                .into_iter()
                .map(|(key, name)| {
                    let url = at_cell("/threads/new", Some(kind_of(measure)), axis, &key, 0);
                    Link::new(name, url)
                })
                .collect(),
            legend: legend(measure),
            hides: matches!(
                measure,
                Measure::Answered | Measure::Bridged | Measure::Hours
            ),
            chart: parts.chart(&shown, &chart_title)?,
            csv_url: address(
                "/coverage.csv",
                [("axis", axis.word()), ("period", period.word())],
            ),
            requests: parts
                .open
                .iter()
                .take(ASKED)
                .map(|one| requests::view::mini(one, words, today))
                .collect(),
            may_ask: parts.who.can(Action::Curate),
            layout: layout.at(Nav::Coverage),
            caption,
            policies,
            chart_title,
        })
    }

    /// For the sentence that says what is left out.
    pub fn fewest(&self) -> i32 {
        FEWEST
    }
}

/// All measures of an axis, a line for each row and policy; with a mark at its front by which spreadsheets know UTF-8.
///
/// # Errors
/// `Internal` where the library refuses a line.
pub fn csv(axis: Axis, map: &Map, words: &Vocabulary) -> Result<String> {
    let mut lines = csv::Writer::from_writer(Vec::new());
    let head = [axis.name(), "基本方針"].into_iter().map(ToOwned::to_owned);
    let measures = Measure::ALL
        .iter()
        .map(|one| format!("{}（{}）", one.name(), one.unit()));
    lines
        .write_record(head.chain(measures))
        .map_err(Error::internal)?;
    let mut rows = keys(axis, words);
    rows.push((String::new(), "すべて".to_owned()));
    for (key, name) in &rows {
        let policies = words
            .policies
            .iter()
            .map(|policy| (policy.number, format!("{} {}", policy.number, policy.short)))
            .chain([(0, "すべて".to_owned())]);
        for (number, policy) in policies {
            let cell = map.cell(key, number);
            let values = Measure::ALL.iter().map(|one| match cell.value(*one) {
                Value::Empty | Value::Hidden => match one {
                    Measure::Practices | Measure::Questions | Measure::Tries => "0".to_owned(),
                    _ => String::new(),
                },
                Value::Count(number) => number.to_string(),
                Value::Figure(value) => figure(value, *one),
            });
            let line = [harmless(name), harmless(&policy)]
                .into_iter()
                .chain(values);
            lines.write_record(line).map_err(Error::internal)?;
        }
    }
    let bytes = lines.into_inner().map_err(Error::internal)?;
    let text = String::from_utf8(bytes).map_err(Error::internal)?;
    Ok(format!("\u{feff}{text}"))
}

/// A name that no spreadsheet takes for a formula.
fn harmless(name: &str) -> String {
    if name.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{name}")
    } else {
        name.to_owned()
    }
}
