//! The pages of published reports.

use askama::Template;
use chrono::NaiveDate;

use super::{Figures, Published};
use crate::accounts::Experience;
use crate::chart::{Bars, Chart};
use crate::clock::At;
use crate::db::types::Word;
use crate::error::{Error, Result};
use crate::mirror::checklist::{self, Checklist};
use crate::taxonomy::Vocabulary;
use crate::term::{Term, day_name};
use crate::web::page::{Layout, Nav, Now, When};

/// What stands where too few people answered.
pub const TOO_FEW: &str = "人数が少ないため出しません";
/// The same beside a bar, where there is less room.
const ABSENT: &str = "人数が少ないため出しません";
/// The best that an area can have.
const MOST: f64 = 4.0;

/// A term in the list.
pub struct TermLine {
    pub url: String,
    pub name: String,
    pub when: When,
}

/// `/gap`.
#[derive(Template)]
#[template(path = "gap/list.html")]
pub struct ListPage {
    pub layout: Layout,
    pub terms: Vec<TermLine>,
    /// The term that runs, and the day on which it is over.
    pub running: String,
    pub closes: String,
    pub min_cell: u32,
}

impl ListPage {
    pub fn new(
        layout: Layout,
        published: &[(Term, At)],
        running: Term,
        closes: NaiveDate,
        min_cell: u32,
        now: Now,
    ) -> ListPage {
        ListPage {
            layout: layout.at(Nav::None),
            terms: published
                .iter()
                .map(|(term, at)| TermLine {
                    url: format!("/gap/{term}"),
                    name: term.name(),
                    when: now.when(*at),
                })
                .collect(),
            running: running.name(),
            closes: day_name(closes),
            min_cell,
        }
    }
}

/// A line of a table; no values: too few people.
pub struct Row {
    pub name: String,
    pub people: String,
    pub values: Vec<String>,
}

/// A table with its picture.
pub struct Table {
    pub id: &'static str,
    pub heading: &'static str,
    pub first: &'static str,
    pub chart: String,
    pub rows: Vec<Row>,
}

/// A line of the two-way table of one area.
pub struct Crossed {
    pub name: String,
    /// None: too few people.
    pub values: Vec<Option<String>>,
}

/// The two-way table of one area.
pub struct Cross {
    pub letter: String,
    pub name: String,
    pub rows: Vec<Crossed>,
}

/// `/gap/{term}`.
#[derive(Template)]
#[template(path = "gap/report.html")]
pub struct ReportPage {
    pub layout: Layout,
    pub name: String,
    pub when: When,
    pub file_url: String,
    /// A to D with their names.
    pub areas: Vec<(String, String)>,
    pub all: Row,
    pub tables: Vec<Table>,
    pub bands: Vec<&'static str>,
    pub crosses: Vec<Cross>,
    /// Whether any cell of the two-way table is shown.
    pub crossed: bool,
    pub min_cell: u32,
    pub source: String,
    pub too_few: &'static str,
}

fn band_name(slug: &str) -> &'static str {
    Experience::from_word(slug).map_or("経験年数を書いていない", Experience::name)
}

fn row(name: &str, figures: Option<&Figures>) -> Row {
    Row {
        name: name.to_owned(),
        people: figures
            .map(|found| found.people.words())
            .unwrap_or_default(),
        values: figures
            .map(|found| found.means.iter().map(|mean| mean.words()).collect())
            .unwrap_or_default(),
    }
}

fn checklist_of(published: &Published) -> Result<&'static Checklist> {
    checklist::version(&published.report.version).map_or_else(checklist::current, Ok)
}

/// The picture of a one-way table.
fn chart(
    id: &str,
    title: String,
    areas: &[(String, String)],
    lines: &[(String, Option<&Figures>)],
) -> Result<String> {
    let said: Vec<String> = lines
        .iter()
        .map(|(name, figures)| match figures {
            Some(figures) => {
                let means = figures.means.iter().zip(areas);
                let means: Vec<String> = means
                    .map(|(mean, (letter, _))| format!("{letter} {}", mean.words()))
                    .collect();
                format!("{name}は{}", means.join("、"))
            }
            None => format!("{name}は{TOO_FEW}"),
        })
        .collect();
    Chart {
        id: id.to_owned(),
        title,
        description: format!("{}。", said.join("。")),
        series: areas
            .iter()
            .map(|(letter, name)| format!("{letter} {name}"))
            .collect(),
        groups: lines
            .iter()
            .map(|(name, figures)| Bars {
                label: name.clone(),
                values: match figures {
                    Some(figures) => figures
                        .means
                        .iter()
                        .map(|mean| Some(mean.value()))
                        .collect(),
                    None => vec![None],
                },
            })
            .collect(),
        most: Some(MOST),
        decimals: 1,
        absent: ABSENT.to_owned(),
    }
    .svg()
}

impl ReportPage {
    /// # Errors
    /// Where a picture cannot be drawn.
    pub fn new(
        layout: Layout,
        published: &Published,
        words: &Vocabulary,
        now: Now,
    ) -> Result<ReportPage> {
        let report = &published.report;
        let list = checklist_of(published)?;
        let areas: Vec<(String, String)> = list
            .areas
            .iter()
            .map(|area| (area.letter(), area.short.clone()))
            .collect();
        let name = published.term.name();
        let types: Vec<(String, Option<&Figures>)> = report
            .school_types
            .iter()
            .map(|line| {
                (
                    words.school_type_name(&line.of).to_owned(),
                    line.figures.as_ref(),
                )
            })
            .collect();
        let bands: Vec<(String, Option<&Figures>)> = report
            .bands
            .iter()
            .map(|line| (band_name(&line.of).to_owned(), line.figures.as_ref()))
            .collect();
        let table = |id, heading, first, lines: &[(String, Option<&Figures>)]| -> Result<Table> {
            Ok(Table {
                id,
                heading,
                first,
                chart: chart(id, format!("{heading}（{name}）"), &areas, lines)?,
                rows: lines
                    .iter()
                    .map(|(name, figures)| row(name, *figures))
                    .collect(),
            })
        };
        let crosses = list
            .areas
            .iter()
            .enumerate()
            .map(|(place, area)| Cross {
                letter: area.letter(),
                name: area.short.clone(),
                rows: report
                    .school_types
                    .iter()
                    .map(|line| Crossed {
                        name: words.school_type_name(&line.of).to_owned(),
                        values: report
                            .cells
                            .iter()
                            .filter(|cell| cell.school_type == line.of)
                            .map(|cell| {
                                let figures = cell.figures.as_ref()?;
                                figures.means.get(place).map(|mean| mean.words())
                            })
                            .collect(),
                    })
                    .collect(),
            })
            .collect();
        Ok(ReportPage {
            layout: layout.titled(format!("{name}の集計")).at(Nav::None),
            when: now.when(published.at),
            file_url: format!("/gap/{}.csv", published.term),
            all: row("全体", report.all.as_ref()),
            tables: vec![
                table("by-type", "学校種ごとの平均", "学校種", &types)?,
                table("by-band", "経験年数ごとの平均", "経験年数", &bands)?,
            ],
            bands: report
                .bands
                .iter()
                .map(|line| band_name(&line.of))
                .collect(),
            crosses,
            crossed: report.cells.iter().any(|cell| cell.figures.is_some()),
            min_cell: report.min_cell,
            source: list.source.clone(),
            too_few: TOO_FEW,
            areas,
            name,
        })
    }
}

/// All tables as one file. It begins with the mark by which spreadsheets know UTF-8.
///
/// # Errors
/// Of the writer.
pub fn csv(published: &Published, words: &Vocabulary) -> Result<String> {
    let report = &published.report;
    let areas = &checklist_of(published)?.areas;
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    let head = ["表", "学校種", "経験年数", "人数"]
        .map(str::to_owned)
        .into_iter();
    let means = areas
        .iter()
        .map(|area| format!("{} {}", area.letter(), area.short));
    let mut write = |cells: Vec<String>| writer.write_record(cells).map_err(Error::internal);
    write(head.chain(means).collect())?;
    let mut line = |table: &str, school_type: &str, band: &str, figures: Option<&Figures>| {
        let mut cells = vec![table.to_owned(), school_type.to_owned(), band.to_owned()];
        match figures {
            Some(figures) => {
                cells.push(figures.people.words());
                cells.extend(figures.means.iter().map(|mean| mean.words()));
            }
            None => cells.extend(std::iter::repeat_n(TOO_FEW.to_owned(), areas.len() + 1)),
        }
        write(cells)
    };
    line("全体", "", "", report.all.as_ref())?;
    for one in &report.school_types {
        let name = words.school_type_name(&one.of);
        line("学校種", name, "", one.figures.as_ref())?;
    }
    for one in &report.bands {
        line("経験年数", "", band_name(&one.of), one.figures.as_ref())?;
    }
    for one in &report.cells {
        let name = words.school_type_name(&one.school_type);
        line(
            "学校種×経験年数",
            name,
            band_name(&one.band),
            one.figures.as_ref(),
        )?;
    }
    let bytes = writer
        .into_inner()
        .map_err(|error| Error::internal(error.to_string()))?;
    let text = String::from_utf8(bytes).map_err(Error::internal)?;
    Ok(format!("\u{feff}{text}"))
}
