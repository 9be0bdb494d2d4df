//! Somebody who has every table of every term, and knows the rules, tries to find out what single people answered. They
//! write down what the tables say as linear inequalities over the cells' counts and sums and look how far each cell can
//! still vary; for small tables they try every population there can be. Publishers that do less show that they can win.

use std::collections::{BTreeMap, BTreeSet};

use hiroba::accounts::Experience;
use hiroba::db::types::Word;
use hiroba::gap::publish::{Counts, Figures, Pattern, Report, bands, report};
use hiroba::mirror::{AREAS, Counted};
use hiroba::term::Term;
use microlp::{ComparisonOp, OptimizationDirection, Problem, Variable};

/// Nobody may learn of fewer people than these, whatever is configured.
const FEW: u32 = 5;
/// What the tables must leave open of a cell of few people: so many counts at least.
const COUNTS_OPEN: f64 = 3.0;
/// And so much of its mean, on the scale from 1 to 4, even to somebody who knows how many they are.
const MEAN_OPEN: f64 = 1.0;
/// The same to somebody who knows how many people every cell has, from elsewhere.
const INSIDER_OPEN: f64 = 0.2;
/// And of the answers of the one person by whom, as they know, two terms differ.
const NEWCOMER_OPEN: f64 = 0.4;
/// What the solver may be wrong by.
const SLACK: f64 = 1e-6;

const TERM: Term = Term {
    year: 2026,
    second: false,
};

/// Random numbers from a seed (SplitMix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        u32::try_from((z ^ (z >> 31)) % u64::from(sides)).unwrap()
    }
}

type Place = (usize, usize);

/// Who answered, by school type and band: sums of the four items of each area.
#[derive(Clone, Debug, Default)]
struct Population {
    size: (usize, usize),
    people: BTreeMap<Place, Vec<[u32; AREAS]>>,
}

impl Population {
    fn new(rows: usize, columns: usize) -> Population {
        Population {
            size: (rows, columns),
            people: BTreeMap::new(),
        }
    }

    /// `count` people who all answered `grade` in every area (sum 4 × grade).
    fn with(mut self, place: Place, count: u32, sum: u32) -> Population {
        let cell = self.people.entry(place).or_default();
        cell.extend((0..count).map(|_| [sum; AREAS]));
        self
    }

    fn count(&self, place: Place) -> u32 {
        self.people
            .get(&place)
            .map_or(0, |all| u32::try_from(all.len()).unwrap())
    }

    fn counts(&self) -> Counts {
        self.people
            .keys()
            .map(|place| (*place, self.count(*place)))
            .collect()
    }

    fn places(&self) -> Vec<Place> {
        let (rows, columns) = self.size;
        (0..rows)
            .flat_map(|row| (0..columns).map(move |column| (row, column)))
            .collect()
    }

    /// The sum of the means of an area.
    fn sum(&self, place: Place, area: usize) -> f64 {
        let all = self.people.get(&place).into_iter().flatten();
        all.map(|sums| f64::from(sums[area]) / 4.0).sum()
    }

    fn publish(&self, min_cell: u32) -> Report {
        let types: Vec<String> = (0..self.size.0).map(|row| format!("type{row}")).collect();
        let counted: Vec<Counted> = self
            .people
            .iter()
            .flat_map(|((row, column), all)| {
                let band = Experience::from_word(bands()[*column]);
                let school_type = types[*row].clone();
                all.iter().map(move |sums| Counted {
                    school_type: school_type.clone(),
                    band,
                    sums: *sums,
                })
            })
            .collect();
        report(TERM, "v", min_cell, &types, &counted)
    }

    /// People in lumps and drips, as schools have them, with answers of one of several kinds.
    fn random(dice: &mut Dice) -> Population {
        let (rows, columns) = (2 + dice.roll(6) as usize, 2 + dice.roll(5) as usize);
        let (most, kind) = ([4, 9, 14, 30, 60][dice.roll(5) as usize], dice.roll(6));
        let mut population = Population::new(rows, columns);
        for place in population.places() {
            let count = match dice.roll(4) {
                0 => dice.roll(5),
                1 => 0,
                _ => dice.roll(most + 1),
            };
            for _ in 0..count {
                let sums = std::array::from_fn(|_| match kind {
                    0 => 16,
                    1 => 4,
                    2 => [4, 16][(place.0 + place.1) % 2],
                    3 => 12,
                    _ => 4 + dice.roll(13),
                });
                population.people.entry(place).or_default().push(sums);
            }
        }
        population
    }
}

/// What is known of the people of some cells together: how many, and their mean in one area, between bounds.
#[derive(Clone, Debug)]
struct Fact {
    cells: Vec<Place>,
    people: (f64, f64),
    mean: (f64, f64),
}

/// What a report says of an area.
fn facts(report: &Report, size: (usize, usize), area: usize) -> Vec<Fact> {
    let rows: Vec<usize> = (0..size.0)
        .filter(|row| report.school_types[*row].figures.is_some())
        .collect();
    let columns: Vec<usize> = (0..size.1)
        .filter(|column| report.bands[*column].figures.is_some())
        .collect();
    let fact = |cells: Vec<Place>, figures: &Figures| Fact {
        cells,
        people: (
            f64::from(figures.people.least),
            figures.people.most.map_or(f64::INFINITY, f64::from),
        ),
        mean: figures.means[area].bounds(),
    };
    let mut facts = Vec::new();
    let cross = |rows: &[usize], columns: &[usize]| -> Vec<Place> {
        rows.iter()
            .flat_map(|row| columns.iter().map(move |column| (*row, *column)))
            .collect()
    };
    if let Some(figures) = &report.all {
        facts.push(fact(cross(&rows, &columns), figures));
    }
    for row in &rows {
        let figures = report.school_types[*row].figures.as_ref().unwrap();
        facts.push(fact(cross(&[*row], &columns), figures));
    }
    for column in &columns {
        let figures = report.bands[*column].figures.as_ref().unwrap();
        facts.push(fact(cross(&rows, &[*column]), figures));
    }
    let width = bands().len();
    for (at, cell) in report.cells.iter().enumerate() {
        if let Some(figures) = &cell.figures {
            facts.push(fact(vec![(at / width, at % width)], figures));
        }
    }
    facts
}

/// What a publisher says who leaves out small cells, and nothing more: exact figures and every total.
fn naive_facts(population: &Population, min_cell: u32, area: usize) -> Vec<Fact> {
    let (rows, columns) = population.size;
    let mut sets: Vec<Vec<Place>> = vec![population.places()];
    sets.extend((0..rows).map(|row| (0..columns).map(|column| (row, column)).collect()));
    sets.extend((0..columns).map(|column| (0..rows).map(|row| (row, column)).collect()));
    sets.extend(population.places().into_iter().map(|place| vec![place]));
    exact(population, sets, min_cell, area)
}

/// Exact figures of those of `sets` that have enough people.
fn exact(population: &Population, sets: Vec<Vec<Place>>, min_cell: u32, area: usize) -> Vec<Fact> {
    sets.into_iter()
        .filter_map(|cells| {
            let people: u32 = cells.iter().map(|place| population.count(*place)).sum();
            let sum: f64 = cells.iter().map(|place| population.sum(*place, area)).sum();
            let (count, mean) = (f64::from(people), sum / f64::from(people.max(1)));
            (people >= min_cell).then_some(Fact {
                cells,
                people: (count, count),
                mean: (mean, mean),
            })
        })
        .collect()
}

/// The unknowns of one term: how many people a cell has, and the sum of their means.
struct Unknown {
    counts: BTreeMap<Place, Variable>,
    sums: BTreeMap<Place, Variable>,
}

/// What is asked of the facts: how small or great a cell's count or sum can be.
#[derive(Clone, Copy)]
enum Asked {
    Count(Place),
    Sum(Place),
}

/// What somebody knows beside the tables.
type Beside<'a> = &'a BTreeMap<Place, u32>;

fn write_down(
    problem: &mut Problem,
    places: &[Place],
    facts: &[Fact],
    beside: Beside<'_>,
    asked: Option<Asked>,
) -> Unknown {
    let weight = |yes: bool| if yes { 1.0 } else { 0.0 };
    let mut unknown = Unknown {
        counts: BTreeMap::new(),
        sums: BTreeMap::new(),
    };
    for place in places {
        let wanted = matches!(asked, Some(Asked::Count(one)) if one == *place);
        let bounds = beside.get(place).map_or((0.0, f64::INFINITY), |count| {
            (f64::from(*count), f64::from(*count))
        });
        let count = problem.add_var(weight(wanted), bounds);
        let wanted = matches!(asked, Some(Asked::Sum(one)) if one == *place);
        let sum = problem.add_var(weight(wanted), (0.0, f64::INFINITY));
        // Everybody's mean is between 1 and 4.
        problem.add_constraint([(sum, 1.0), (count, -1.0)], ComparisonOp::Ge, 0.0);
        problem.add_constraint([(sum, 1.0), (count, -4.0)], ComparisonOp::Le, 0.0);
        unknown.counts.insert(*place, count);
        unknown.sums.insert(*place, sum);
    }
    for fact in facts {
        let counts = |weight: f64| fact.cells.iter().map(move |place| (*place, weight));
        let people: Vec<(Variable, f64)> = counts(1.0)
            .map(|(place, one)| (unknown.counts[&place], one))
            .collect();
        problem.add_constraint(&people, ComparisonOp::Ge, fact.people.0);
        if fact.people.1.is_finite() {
            problem.add_constraint(&people, ComparisonOp::Le, fact.people.1);
        }
        for (mean, op) in [
            (fact.mean.0, ComparisonOp::Ge),
            (fact.mean.1, ComparisonOp::Le),
        ] {
            let sums = fact.cells.iter().map(|place| (unknown.sums[place], 1.0));
            let all: Vec<(Variable, f64)> = sums
                .chain(counts(-mean).map(|(place, less)| (unknown.counts[&place], less)))
                .collect();
            problem.add_constraint(&all, op, 0.0);
        }
    }
    unknown
}

/// Between which values what is asked must lie.
fn bounds(places: &[Place], facts: &[Fact], beside: Beside<'_>, asked: Asked) -> (f64, f64) {
    let end = |direction| {
        let mut problem = Problem::new(direction);
        write_down(&mut problem, places, facts, beside, Some(asked));
        value(&mut problem)
    };
    (
        end(OptimizationDirection::Minimize),
        end(OptimizationDirection::Maximize),
    )
}

/// The best value; what has no end is infinite.
fn value(problem: &mut Problem) -> f64 {
    match problem.solve() {
        Ok(outcome) => outcome.into_solution().unwrap().objective(),
        Err(microlp::Error::Unbounded) => f64::INFINITY,
        Err(error) => panic!("{error}"),
    }
}

/// How many whole numbers lie between two ends.
fn whole(low: f64, high: f64) -> f64 {
    (high + SLACK).floor() - (low - SLACK).ceil() + 1.0
}

/// How many counts of a cell the facts leave open.
fn counts_open(places: &[Place], facts: &[Fact], place: Place) -> f64 {
    let (low, high) = bounds(places, facts, &BTreeMap::new(), Asked::Count(place));
    whole(low, high)
}

/// How much of a cell's mean they leave open to somebody who knows the counts `beside`, the cell's own among them.
fn mean_open(places: &[Place], facts: &[Fact], beside: Beside<'_>, place: Place) -> f64 {
    let (low, high) = bounds(places, facts, beside, Asked::Sum(place));
    (high - low) / f64::from(beside[&place])
}

/// The least that was left open of any cell of few people.
#[derive(Debug)]
struct Least {
    counts: f64,
    mean: f64,
    insider: f64,
    cells: usize,
}

impl Least {
    fn new() -> Least {
        Least {
            counts: f64::INFINITY,
            mean: f64::INFINITY,
            insider: f64::INFINITY,
            cells: 0,
        }
    }

    /// Attacks every cell of few people of one term, in one area.
    fn attack(&mut self, population: &Population, facts: &[Fact]) {
        let places = population.places();
        for place in &places {
            let count = population.count(*place);
            if count >= FEW {
                continue;
            }
            self.cells += 1;
            self.counts = self.counts.min(counts_open(&places, facts, *place));
            if count > 0 {
                let own = BTreeMap::from([(*place, count)]);
                self.mean = self.mean.min(mean_open(&places, facts, &own, *place));
                let all = places
                    .iter()
                    .map(|place| (*place, population.count(*place)))
                    .collect();
                self.insider = self.insider.min(mean_open(&places, facts, &all, *place));
            }
        }
    }
}

/// Populations that are made to give somebody away.
fn adversarial() -> Vec<(&'static str, Population)> {
    let twelve = |one: u32, others: u32| {
        Population::new(3, 3)
            .with((0, 0), 11, others)
            .with((0, 1), 1, one)
            .with((1, 0), 20, 10)
            .with((1, 1), 14, 11)
            .with((1, 2), 12, 9)
            .with((2, 0), 12, 12)
            .with((2, 1), 13, 8)
            .with((2, 2), 25, 10)
    };
    let squeezed = |few: u32| {
        // One cell whose row all answered 4 and whose column all answered 1.
        Population::new(2, 2)
            .with((0, 0), few, 10)
            .with((0, 1), 10 - few, 16)
            .with((1, 0), 10 - few, 4)
            .with((1, 1), 30, 10)
    };
    vec![
        ("one of a row of twelve", twelve(4, 12)),
        ("one of a row of twelve, all at the top", twelve(16, 16)),
        ("one of a row of twelve who differs from all", twelve(4, 16)),
        (
            "a type with one band only",
            Population::new(3, 3)
                .with((0, 1), 12, 8)
                .with((1, 0), 15, 10)
                .with((1, 1), 3, 16)
                .with((1, 2), 11, 9)
                .with((2, 0), 14, 12)
                .with((2, 1), 10, 12)
                .with((2, 2), 2, 5),
        ),
        ("four squeezed between a row and a column", squeezed(4)),
        ("one squeezed between a row and a column", squeezed(1)),
        (
            "every line at its least",
            Population::new(2, 2)
                .with((0, 0), 9, 16)
                .with((0, 1), 1, 4)
                .with((1, 0), 1, 16)
                .with((1, 1), 9, 4),
        ),
        (
            "a type that falls away with a band",
            Population::new(3, 2)
                .with((0, 0), 8, 16)
                .with((0, 1), 3, 12)
                .with((1, 0), 40, 10)
                .with((1, 1), 4, 10)
                .with((2, 0), 30, 8)
                .with((2, 1), 2, 8),
        ),
        (
            "a bridge between two rings of hidden cells",
            Population::new(4, 4)
                .with((0, 0), 6, 8)
                .with((0, 1), 6, 9)
                .with((1, 0), 6, 10)
                .with((1, 1), 6, 11)
                .with((1, 2), 2, 16)
                .with((2, 2), 6, 12)
                .with((2, 3), 6, 13)
                .with((3, 2), 6, 14)
                .with((3, 3), 6, 15)
                .with((0, 2), 12, 10)
                .with((2, 0), 12, 10)
                .with((3, 1), 12, 10),
        ),
    ]
}

#[test]
fn every_table_of_every_term_recovers_nobody() {
    for min_cell in [10, FEW] {
        let mut least = Least::new();
        for (name, population) in adversarial() {
            let facts = facts(&population.publish(min_cell), population.size, 0);
            let mut here = Least::new();
            here.attack(&population, &facts);
            assert!(
                here.counts >= COUNTS_OPEN && here.mean >= MEAN_OPEN,
                "{name}: {here:?}"
            );
            least.attack(&population, &facts);
        }
        let mut dice = Dice(7);
        for _ in 0..60 {
            let population = Population::random(&mut dice);
            let area = dice.roll(4) as usize;
            least.attack(
                &population,
                &facts(&population.publish(min_cell), population.size, area),
            );
        }
        assert!(least.cells > 300, "{least:?}");
        assert!(least.counts >= COUNTS_OPEN, "{least:?}");
        assert!(least.mean >= MEAN_OPEN, "{least:?}");
        assert!(least.insider >= INSIDER_OPEN, "{least:?}");
    }
}

#[test]
fn who_leaves_out_small_cells_alone_gives_them_away() {
    let mut given_away = 0;
    let mut missed = Vec::new();
    for (name, population) in adversarial() {
        let mut least = Least::new();
        least.attack(&population, &naive_facts(&population, 10, 0));
        if least.counts < 1.5 && least.mean < 0.001 {
            given_away += 1;
        } else {
            missed.push(name);
        }
    }
    assert!(given_away >= 8, "the attacker is too weak: {missed:?}");
}

/// Without ranges and rounding the pattern alone keeps every count open: nothing hangs on the coarseness.
#[test]
fn the_pattern_alone_pins_no_count() {
    let mut dice = Dice(11);
    let random: Vec<Population> = (0..60).map(|_| Population::random(&mut dice)).collect();
    for population in adversarial().into_iter().map(|(_, one)| one).chain(random) {
        let (rows, columns) = population.size;
        let pattern = Pattern::of(&population.counts(), population.size, 10);
        let line = |row: usize| {
            pattern
                .columns
                .iter()
                .map(|column| (row, *column))
                .collect::<Vec<_>>()
        };
        let kept: Vec<Place> = pattern.rows.iter().flat_map(|row| line(*row)).collect();
        let mut sets: Vec<Vec<Place>> = vec![kept.clone()];
        sets.extend(pattern.rows.iter().map(|row| line(*row)));
        sets.extend(
            pattern
                .columns
                .iter()
                .map(|column| pattern.rows.iter().map(|row| (*row, *column)).collect()),
        );
        sets.extend(pattern.shown.iter().map(|place| vec![*place]));
        let mut facts = exact(&population, sets, 10, 0);
        for fact in &mut facts {
            fact.mean = (1.0, 4.0);
        }
        for place in (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column))) {
            if population.count(place) < FEW {
                let open = counts_open(&population.places(), &facts, place);
                assert!(
                    open >= 2.0,
                    "{place:?} {:?} {pattern:?}",
                    population.counts()
                );
            }
        }
    }
}

/// The tables as they show counts: which range every line and cell is in, and what is hidden.
fn seen(counts: &Counts, size: (usize, usize), min: u32) -> Vec<u32> {
    let pattern = Pattern::of(counts, size, min);
    let range = |people: u32| {
        let starts = [min, 10, 20, 50, 100].into_iter();
        starts
            .filter(|at| *at >= min && people >= *at)
            .max()
            .unwrap_or(0)
    };
    let shown = |yes: bool, people: u32| if yes { range(people) } else { 0 };
    let mut all = Vec::new();
    for row in 0..size.0 {
        let line: u32 = pattern
            .columns
            .iter()
            .map(|column| counts[&(row, *column)])
            .sum();
        all.push(shown(pattern.rows.contains(&row), line));
    }
    for column in 0..size.1 {
        let line: u32 = pattern.rows.iter().map(|row| counts[&(*row, column)]).sum();
        all.push(shown(pattern.columns.contains(&column), line));
    }
    all.extend(
        counts
            .iter()
            .map(|(place, count)| shown(pattern.shown.contains(place), *count)),
    );
    all
}

/// All that anybody can ever know of counts in a small table, the publisher's every step included: which populations give
/// the same.
#[test]
fn among_all_small_populations_none_is_alone_with_its_tables() {
    // Ranges end below this: every population with such tables is tried.
    const MOST: u32 = 20;
    let size = (2, 2);
    for min in [FEW, 10] {
        // What the tables look like → the counts that each cell may have.
        let mut open: BTreeMap<Vec<u32>, [BTreeSet<u32>; 4]> = BTreeMap::new();
        for number in 0..MOST.pow(4) {
            let of = |cell: u32| number / MOST.pow(cell) % MOST;
            let lines = [of(0) + of(1), of(2) + of(3), of(0) + of(2), of(1) + of(3)];
            if lines.iter().any(|line| *line >= MOST) {
                continue;
            }
            let counts = Counts::from([
                ((0, 0), of(0)),
                ((0, 1), of(1)),
                ((1, 0), of(2)),
                ((1, 1), of(3)),
            ]);
            let possible = open.entry(seen(&counts, size, min)).or_default();
            for (set, count) in possible.iter_mut().zip(counts.values()) {
                set.insert(*count);
            }
        }
        assert!(open.len() >= 6, "{}", open.len());
        for (table, possible) in &open {
            for counts in possible {
                let few = counts.iter().any(|count| *count < FEW);
                assert!(
                    !few || counts.len() > 2,
                    "{min}: {table:?} leaves {counts:?}"
                );
            }
        }
    }
}

/// The same for tables of every size: for each cell of few people, other populations are found that give the same tables
/// with another count there.
#[test]
fn every_table_has_other_populations_behind_it() {
    let mut dice = Dice(31);
    let random: Vec<Population> = (0..30).map(|_| Population::random(&mut dice)).collect();
    let mut found = 0;
    for population in adversarial().into_iter().map(|(_, one)| one).chain(random) {
        let places = population.places();
        let counts: Counts = places
            .iter()
            .map(|place| (*place, population.count(*place)))
            .collect();
        for min_cell in [10, FEW] {
            let tables = seen(&counts, population.size, min_cell);
            for place in places.iter().filter(|place| counts[*place] < FEW) {
                let other = (0..60_000).any(|attempt| {
                    let other = near(&counts, *place, attempt, &mut dice);
                    seen(&other, population.size, min_cell) == tables
                });
                assert!(other, "{min_cell} {place:?} {counts:?}");
                found += 1;
            }
        }
    }
    assert!(found > 300, "{found}");
}

/// `counts` with one more or one fewer in `place`, and some that come and go elsewhere so that lines stay in their ranges.
fn near(counts: &Counts, place: Place, attempt: u32, dice: &mut Dice) -> Counts {
    let mut other = counts.clone();
    let mut step = |at: &Place, by: u32, more: bool| {
        if let Some(count) = other.get_mut(at) {
            *count = if more {
                *count + by
            } else {
                count.saturating_sub(by)
            };
        }
    };
    step(&place, 1, attempt.is_multiple_of(2) || counts[&place] == 0);
    let places: Vec<Place> = counts.keys().copied().filter(|one| *one != place).collect();
    for _ in 0..dice.roll(4 + attempt / 10_000) {
        let elsewhere = places[dice.roll(u32::try_from(places.len()).unwrap()) as usize];
        step(&elsewhere, 1 + dice.roll(3), dice.roll(2) == 0);
    }
    other
}

/// Two terms with the same people and answers, but for one who joined, as the attacker knows: what did they answer?
#[test]
fn two_terms_do_not_tell_of_the_one_who_joined() {
    let mut dice = Dice(23);
    let (mut least, mut fewest) = (f64::INFINITY, f64::INFINITY);
    let random = (0..40)
        .map(|_| Population::random(&mut dice))
        .collect::<Vec<_>>();
    for first in adversarial().into_iter().map(|(_, one)| one).chain(random) {
        for place in first.places().into_iter().step_by(2) {
            for sum in [4, 10, 16] {
                let second = first.clone().with(place, 1, sum);
                let (answers, counts) = joined_open(&first, &second, place, 10);
                least = least.min(answers);
                if first.count(place) < FEW {
                    fewest = fewest.min(counts);
                }
            }
        }
    }
    assert!(least >= NEWCOMER_OPEN, "{least}");
    assert!(fewest >= COUNTS_OPEN, "{fewest}");
}

/// How much is left open of the answers of the one who joined the cell `place`, and how many counts that cell may have had.
fn joined_open(first: &Population, second: &Population, place: Place, min_cell: u32) -> (f64, f64) {
    let places = first.places();
    let (before, after) = (
        facts(&first.publish(min_cell), first.size, 0),
        facts(&second.publish(min_cell), first.size, 0),
    );
    let end = |direction, asked: Option<Asked>| {
        let mut problem = Problem::new(direction);
        let none = BTreeMap::new();
        let old = write_down(&mut problem, &places, &before, &none, asked);
        let new = write_down(&mut problem, &places, &after, &none, None);
        let wanted = if asked.is_none() { 1.0 } else { 0.0 };
        let joined = problem.add_var(wanted, (1.0, 4.0));
        for one in &places {
            let more = if *one == place { 1.0 } else { 0.0 };
            let counts = [(new.counts[one], 1.0), (old.counts[one], -1.0)];
            problem.add_constraint(counts, ComparisonOp::Eq, more);
            let sums = [(new.sums[one], 1.0), (old.sums[one], -1.0), (joined, -more)];
            problem.add_constraint(sums, ComparisonOp::Eq, 0.0);
        }
        value(&mut problem)
    };
    let (low, high) = (
        OptimizationDirection::Minimize,
        OptimizationDirection::Maximize,
    );
    let count = Some(Asked::Count(place));
    (
        end(high, None) - end(low, None),
        whole(end(low, count), end(high, count)),
    )
}
