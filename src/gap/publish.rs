//! What of a term's self-checks may be shown. Pure: answers go in, the tables that everybody may have come out. The method
//! with its reasons is in `docs/gap.md`; `tests/it/attack.rs` plays somebody who has every table that was ever published.
//!
//! 1. A school type or band with fewer than `min_cell` people is left out altogether, out of every total too.
//! 2. Of what remains, cells of fewer people are hidden, and further ones until no sum of hidden cells that follows from
//!    the totals is of fewer people (complementary suppression).
//! 3. What is shown is coarse: how many people only as a range, means to one decimal, the highest and lowest not exactly.
//!
//! All areas share one pattern: only complete self-checks count, so that all are of the same people.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::accounts::Experience;
use crate::db::types::Word;
use crate::mirror::{AREAS, Counted};
use crate::term::Term;

/// Where ranges of people begin, above `min_cell`. All are multiples of ten, so that sums of ranges never fit exactly.
const RANGES: [u32; 4] = [10, 20, 50, 100];
/// The lowest and the highest mean that are shown as they are, in tenths: beyond them everybody must have answered nearly
/// the same, and the mean of a table would tell of each.
const LOWEST: u32 = 14;
const HIGHEST: u32 = 36;

/// How many people, roughly. `most` None: any number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = GapPeople)]
pub struct People {
    pub least: u32,
    #[schema(required)]
    pub most: Option<u32>,
}

impl People {
    fn of(count: u32, min_cell: u32) -> People {
        let starts =
            std::iter::once(min_cell).chain(RANGES.into_iter().filter(|at| *at > min_cell));
        let mut range = People {
            least: min_cell,
            most: None,
        };
        for start in starts {
            if start > count {
                range.most = Some(start - 1);
                break;
            }
            range.least = start;
        }
        range
    }

    /// 「10〜19人」, 「100人以上」.
    pub fn words(self) -> String {
        match self.most {
            Some(most) if most == self.least => format!("{most}人"),
            Some(most) => format!("{}〜{most}人", self.least),
            None => format!("{}人以上", self.least),
        }
    }
}

/// A mean of an area in tenths, from 10 (all 1) to 40 (all 4); never beyond `LOWEST` and `HIGHEST`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(transparent)]
#[schema(as = GapMean)]
pub struct Mean(u32);

impl Mean {
    /// `sum` of the four items of an area over `people`.
    fn of(sum: u32, people: u32) -> Mean {
        let whole = people.saturating_mul(4).max(1);
        // Half up: 10 × sum ÷ whole + ½.
        let tenths = (sum.saturating_mul(20).saturating_add(whole)) / whole.saturating_mul(2);
        Mean(tenths.clamp(LOWEST, HIGHEST))
    }

    pub fn tenths(self) -> u32 {
        self.0
    }

    pub fn value(self) -> f64 {
        f64::from(self.0) / 10.0
    }

    /// 「2.7」, 「3.6以上」, 「1.4以下」.
    pub fn words(self) -> String {
        let number = format!("{}.{}", self.0 / 10, self.0 % 10);
        match self.0 {
            LOWEST => format!("{number}以下"),
            HIGHEST => format!("{number}以上"),
            _ => number,
        }
    }

    /// Between which means the true one lies.
    pub fn bounds(self) -> (f64, f64) {
        let low = if self.0 == LOWEST {
            1.0
        } else {
            self.value() - 0.05
        };
        let high = if self.0 == HIGHEST {
            4.0
        } else {
            self.value() + 0.05
        };
        (low, high)
    }
}

/// What is shown of a group of people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = GapFigures)]
pub struct Figures {
    pub people: People,
    /// By area, A to D, in tenths.
    pub means: Vec<Mean>,
}

/// A line of a one-way table. No figures: too few people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = GapLine)]
pub struct Line {
    /// A school type, or an experience band; an empty band: not stated.
    pub of: String,
    #[schema(required)]
    pub figures: Option<Figures>,
}

/// A cell of the two-way table. No figures: too few people, here or in a cell that could be told from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = GapCell)]
pub struct Cell {
    pub school_type: String,
    pub band: String,
    #[schema(required)]
    pub figures: Option<Figures>,
}

/// Everything that is published of a term.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    pub term: String,
    /// Of the checklist.
    pub version: String,
    pub min_cell: u32,
    /// Everybody in the tables below.
    pub all: Option<Figures>,
    pub school_types: Vec<Line>,
    pub bands: Vec<Line>,
    pub cells: Vec<Cell>,
}

/// The experience bands as the tables have them, the last for those who did not say.
pub fn bands() -> Vec<&'static str> {
    let known = Experience::ALL.iter().map(|band| band.word());
    known.chain([""]).collect()
}

/// People and sums of a group.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    people: u32,
    areas: [u32; AREAS],
}

impl Sums {
    fn add(&mut self, other: &Sums) {
        self.people += other.people;
        for (sum, more) in self.areas.iter_mut().zip(other.areas) {
            *sum += more;
        }
    }

    fn figures(&self, min_cell: u32) -> Option<Figures> {
        (self.people >= min_cell).then(|| Figures {
            people: People::of(self.people, min_cell),
            means: self
                .areas
                .iter()
                .map(|sum| Mean::of(*sum, self.people))
                .collect(),
        })
    }
}

/// Makes the report of `term` from its complete self-checks. `school_types` are those that its tables have lines for.
pub fn report(
    term: Term,
    version: &str,
    min_cell: u32,
    school_types: &[String],
    counted: &[Counted],
) -> Report {
    let bands = bands();
    let mut cells: BTreeMap<(usize, usize), Sums> = BTreeMap::new();
    for one in counted {
        let band = one.band.map_or("", Word::word);
        let row = school_types
            .iter()
            .position(|slug| *slug == one.school_type);
        let column = bands.iter().position(|slug| *slug == band);
        if let (Some(row), Some(column)) = (row, column) {
            cells.entry((row, column)).or_default().add(&Sums {
                people: 1,
                areas: one.sums,
            });
        }
    }
    let counts = cells
        .iter()
        .map(|(place, sums)| (*place, sums.people))
        .collect();
    let pattern = Pattern::of(&counts, (school_types.len(), bands.len()), min_cell);
    // Only those in lines and columns that are kept.
    let total = |wanted: &dyn Fn(usize, usize) -> bool| {
        let mut sums = Sums::default();
        for ((row, column), more) in &cells {
            let kept = pattern.rows.contains(row) && pattern.columns.contains(column);
            if kept && wanted(*row, *column) {
                sums.add(more);
            }
        }
        sums.figures(min_cell)
    };
    Report {
        term: term.to_string(),
        version: version.to_owned(),
        min_cell,
        all: total(&|_, _| true),
        school_types: school_types
            .iter()
            .enumerate()
            .map(|(line, slug)| Line {
                of: slug.clone(),
                figures: total(&|row, _| row == line),
            })
            .collect(),
        bands: bands
            .iter()
            .enumerate()
            .map(|(line, slug)| Line {
                of: (*slug).to_owned(),
                figures: total(&|_, column| column == line),
            })
            .collect(),
        cells: school_types
            .iter()
            .enumerate()
            .flat_map(|(row, school_type)| {
                bands
                    .iter()
                    .enumerate()
                    .map(move |(column, band)| (row, school_type, column, *band))
            })
            .map(|(row, school_type, column, band)| Cell {
                school_type: school_type.clone(),
                band: band.to_owned(),
                figures: cells
                    .get(&(row, column))
                    .filter(|_| pattern.shown.contains(&(row, column)))
                    .and_then(|sums| sums.figures(min_cell)),
            })
            .collect(),
    }
}

/// People by place: row, column.
pub type Counts = BTreeMap<(usize, usize), u32>;

/// Which lines, columns and cells of a two-way table with totals are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    pub rows: BTreeSet<usize>,
    pub columns: BTreeSet<usize>,
    pub shown: BTreeSet<(usize, usize)>,
}

impl Pattern {
    /// The pattern for a table of `size` (rows, columns; few columns).
    pub fn of(counts: &Counts, size: (usize, usize), min: u32) -> Pattern {
        let mut pattern = Pattern {
            rows: (0..size.0).collect(),
            columns: (0..size.1).collect(),
            shown: BTreeSet::new(),
        };
        pattern.leave_out(counts, min);
        for place in pattern.places() {
            if people(counts, place) >= min {
                pattern.shown.insert(place);
            }
        }
        while let Some(place) = pattern.further(counts, min) {
            pattern.shown.remove(&place);
        }
        pattern
    }

    fn places(&self) -> Vec<(usize, usize)> {
        let rows = self.rows.iter();
        rows.flat_map(|row| self.columns.iter().map(|column| (*row, *column)))
            .collect()
    }

    /// Takes lines and columns of too few people out, the smallest first: each makes the others smaller.
    fn leave_out(&mut self, counts: &Counts, min: u32) {
        loop {
            let row = self.rows.iter().map(|row| {
                let sum: u32 = self
                    .columns
                    .iter()
                    .map(|column| people(counts, (*row, *column)))
                    .sum();
                (sum, true, *row)
            });
            let column = self.columns.iter().map(|column| {
                let sum: u32 = self
                    .rows
                    .iter()
                    .map(|row| people(counts, (*row, *column)))
                    .sum();
                (sum, false, *column)
            });
            match row.chain(column).filter(|(sum, _, _)| *sum < min).min() {
                Some((_, true, row)) => self.rows.remove(&row),
                Some((_, false, column)) => self.columns.remove(&column),
                None => return,
            };
        }
    }

    /// A shown cell that has to be hidden too; None when all that follows is of enough people.
    ///
    /// Row and column totals of hidden cells are known to everybody. Every sum of hidden cells that follows from them is
    /// made of these: all hidden cells of one row; and, for a set of columns, their hidden cells without the rows that are
    /// hidden in these columns alone (the columns' totals less those rows'). `docs/gap.md` has the proof.
    fn further(&self, counts: &Counts, min: u32) -> Option<(usize, usize)> {
        let hidden: BTreeSet<(usize, usize)> = self
            .places()
            .into_iter()
            .filter(|place| !self.shown.contains(place))
            .collect();
        let smallest = |candidates: &dyn Fn(usize, usize) -> bool| {
            let shown = self
                .shown
                .iter()
                .filter(|(row, column)| candidates(*row, *column));
            shown
                .min_by_key(|place| (people(counts, **place), **place))
                .copied()
        };
        let too_few = |sum: &dyn Fn(usize, usize) -> bool| {
            let cells: Vec<_> = hidden
                .iter()
                .filter(|(row, column)| sum(*row, *column))
                .collect();
            !cells.is_empty()
                && cells
                    .into_iter()
                    .map(|place| people(counts, *place))
                    .sum::<u32>()
                    < min
        };
        for line in &self.rows {
            if too_few(&|row, _| row == *line) {
                return smallest(&|row, _| row == *line);
            }
        }
        for set in subsets(&self.columns) {
            let reaching: BTreeSet<usize> = hidden
                .iter()
                .filter(|(_, column)| !set.contains(column))
                .map(|(row, _)| *row)
                .collect();
            if too_few(&|row, column| set.contains(&column) && reaching.contains(&row)) {
                return smallest(&|row, column| set.contains(&column) == reaching.contains(&row));
            }
        }
        None
    }
}

fn people(counts: &Counts, place: (usize, usize)) -> u32 {
    counts.get(&place).copied().unwrap_or(0)
}

/// Every set of some of `all`; there are few.
fn subsets(all: &BTreeSet<usize>) -> impl Iterator<Item = BTreeSet<usize>> {
    let count = 1_u32
        .checked_shl(u32::try_from(all.len()).unwrap_or(u32::MAX))
        .unwrap_or(u32::MAX);
    (1..count).map(move |mask| {
        all.iter()
            .enumerate()
            .filter(|(place, _)| mask >> place & 1 == 1)
            .map(|(_, item)| *item)
            .collect()
    })
}
