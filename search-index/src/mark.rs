//! Finds the places where a query occurs in a text and marks them in HTML. It works on the text itself, not on
//! the index: what is shown may be a part of a thread that the index never saw apart.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::analyzer::{Unit, normalised};
use crate::query::{Atom, Interpretation, Script, Span, atoms, spans};

/// A place in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Match {
    pub(crate) bytes: Range<usize>,
    /// Which of the things looked for it is.
    pub(crate) pattern: usize,
    pub(crate) weight: usize,
    /// Whether it is of the best that is looked for.
    pub(crate) best: bool,
}

/// What is looked for in a text, from best to poorest: pieces and what stands for them; pairs of their characters, and kanji
/// that were asked for alone; single kanji of words, and grammar. The poorer are marked only where nothing better is found, and
/// the last only where nothing better was asked for: they would mark half of the text and say nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Patterns {
    levels: [Level; 3],
}

/// By their first character.
type Level = BTreeMap<char, Vec<Pattern>>;

#[derive(Clone, Debug, PartialEq)]
struct Pattern {
    /// The same for a piece and what stands for it.
    number: usize,
    /// All atoms, the first among them.
    atoms: Vec<String>,
    weight: usize,
}

/// Longer terms are sentences: their pieces are marked, not the whole.
const MAX_TERM_ATOMS: usize = 12;

/// Weight of a whole piece, of a pair of its characters, and of one character.
const WEIGHTS: [usize; 3] = [64, 8, 1];

impl Patterns {
    pub(crate) fn new(asked: &Interpretation) -> Patterns {
        let mut made = Patterns::default();
        let mut seen: BTreeSet<(usize, Vec<String>)> = BTreeSet::new();
        let mut add = |number: Option<usize>, level: usize, atoms: &[Atom]| {
            let texts: Vec<String> = atoms.iter().map(|atom| atom.text.clone()).collect();
            let number = number.unwrap_or(asked.pieces.len() + seen.len());
            if let (Some(first), Some(weight), Some(patterns)) = (
                texts.first().and_then(|text| text.chars().next()),
                WEIGHTS.get(level),
                made.levels.get_mut(level),
            ) && seen.insert((level, texts.clone()))
            {
                patterns.entry(first).or_default().push(Pattern {
                    number,
                    weight: weight * texts.len().min(4),
                    atoms: texts,
                });
            }
        };
        for (number, piece) in asked.pieces.iter().enumerate() {
            let level = if piece.is_telling() || asked.pieces.len() == 1 {
                0
            } else if piece.is_hint() {
                1
            } else {
                2
            };
            add(Some(number), level, &piece.atoms);
            for other in &piece.alternatives {
                add(Some(number), 0, &other.atoms);
            }
            let kana = piece.script == Script::Hiragana;
            for pair in piece.atoms.windows(2) {
                add(None, if kana { 2 } else { 1 }, pair);
            }
            let kanji = |atom: &&Atom| atom.script == Script::Kanji;
            for atom in piece.atoms.iter().filter(kanji) {
                add(None, 2, std::slice::from_ref(atom));
            }
        }
        for term in &asked.terms {
            let all = atoms(&term.units);
            if (2..=MAX_TERM_ATOMS).contains(&all.len()) {
                add(None, 0, &all);
            }
            for pair in all.windows(2) {
                add(None, 2, pair);
            }
        }
        if let [best, good, poor] = &mut made.levels
            && !(best.is_empty() && good.is_empty())
        {
            poor.clear();
        }
        made
    }

    /// How many of the things looked for a text can have at its best.
    pub(crate) fn most(&self) -> usize {
        let best = self.levels.iter().find(|level| !level.is_empty());
        let numbers: BTreeSet<usize> = best
            .into_iter()
            .flat_map(BTreeMap::values)
            .flatten()
            .map(|pattern| pattern.number)
            .collect();
        numbers.len()
    }

    /// All places of the best level that has any, by start.
    pub(crate) fn matches(&self, text: &str) -> Vec<Match> {
        let units = normalised(text);
        let spans = spans(&units);
        let levels = self.levels.iter().filter(|level| !level.is_empty());
        for (place, patterns) in levels.enumerate() {
            let mut found = places(patterns, &spans, &units);
            if !found.is_empty() {
                found.iter_mut().for_each(|found| found.best = place == 0);
                return found;
            }
        }
        Vec::new()
    }
}

fn places(patterns: &Level, spans: &[Span], units: &[Unit]) -> Vec<Match> {
    let mut found = Vec::new();
    for (at, span) in spans.iter().enumerate() {
        let Some(first) = units.get(span.start) else {
            continue;
        };
        for pattern in patterns.get(&first.c).into_iter().flatten() {
            let Some(here) = spans.get(at..at + pattern.atoms.len()) else {
                continue;
            };
            let mut both = here.iter().zip(&pattern.atoms);
            let same = both.all(|(span, text)| span.text(units).eq(text.chars()));
            if same
                && here
                    .windows(2)
                    .all(|pair| matches!(pair, [a, b] if touch(a, b)))
                && let Some(last) = here
                    .last()
                    .and_then(|last| units.get(last.end.checked_sub(1)?))
            {
                found.push(Match {
                    bytes: first.start..last.end,
                    pattern: pattern.number,
                    weight: pattern.weight,
                    best: false,
                });
            }
        }
    }
    found
}

/// Characters of a Japanese run must follow one another; beside a Latin word there may be a gap.
fn touch(a: &Span, b: &Span) -> bool {
    a.end == b.start || a.script == Script::Latin || b.script == Script::Latin
}

/// Sorted ranges that neither overlap nor touch.
pub(crate) fn joined(ranges: impl Iterator<Item = Range<usize>>) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = ranges.filter(|range| !range.is_empty()).collect();
    ranges.sort_unstable_by_key(|range| (range.start, range.end));
    let mut out: Vec<Range<usize>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match out.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => out.push(range),
        }
    }
    out
}

/// `text[part]` escaped, with `<mark>` around what the ranges (joined, of the whole text) cover of it.
pub(crate) fn html(text: &str, part: Range<usize>, ranges: &[Range<usize>]) -> String {
    let mut out = String::with_capacity(part.len() + ranges.len() * 13 + 16);
    let mut at = part.start;
    for range in ranges {
        let (start, end) = (range.start.max(part.start), range.end.min(part.end));
        if start >= end {
            continue;
        }
        escape(text.get(at..start).unwrap_or_default(), &mut out);
        out.push_str("<mark>");
        escape(text.get(start..end).unwrap_or_default(), &mut out);
        out.push_str("</mark>");
        at = end;
    }
    escape(text.get(at..part.end).unwrap_or_default(), &mut out);
    out
}

fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
}
