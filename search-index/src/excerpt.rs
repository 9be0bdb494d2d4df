//! Cuts the piece out of a text that shows best why it was found. It begins and ends where a reader would
//! pause when it can, and never shows a match that the text does not have.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::mark::{Match, Patterns, html, joined};
use crate::query::Interpretation;

/// Marks one query in any number of texts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Marker {
    patterns: Patterns,
    /// `Patterns::most`.
    most: usize,
}

/// A piece of a text with the matches marked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// Escaped, `<mark>` around matches, white space collapsed, `…` where the text goes on.
    pub html: String,
    /// How much of the query the whole text has, to choose the best of several texts.
    pub matched: usize,
    /// Whether the whole text has all of it: no other text can have more.
    pub complete: bool,
}

/// Shorter excerpts say nothing; a smaller `max_chars` is taken for this.
const MIN_CHARS: usize = 16;

impl Marker {
    /// What `asked` looks for.
    pub fn new(asked: &Interpretation) -> Marker {
        let patterns = Patterns::new(asked);
        Marker {
            most: patterns.most(),
            patterns,
        }
    }

    /// The whole text escaped, with `<mark>` around matches (for titles).
    pub fn highlight(&self, text: &str) -> String {
        let found = self.patterns.matches(text).into_iter();
        html(text, 0..text.len(), &joined(found.map(|found| found.bytes)))
    }

    /// An excerpt of at most `max_chars` characters (at least 16) around the densest place. `None` when nothing
    /// matches.
    pub fn excerpt(&self, text: &str, max_chars: usize) -> Option<Excerpt> {
        let found = self.patterns.matches(text);
        if found.is_empty() {
            return None;
        }
        let chars: Vec<(usize, char)> = text.char_indices().collect();
        let max_chars = max_chars.max(MIN_CHARS);
        let dense = densest(&found, &chars, max_chars - 2)?;
        let shown = window(&chars, dense, max_chars);
        let byte = |at: usize| chars.get(at).map_or(text.len(), |(byte, _)| *byte);
        let ranges = joined(found.iter().map(|found| found.bytes.clone()));
        let marked = html(text, byte(shown.start)..byte(shown.end), &ranges);
        let mut html = String::with_capacity(marked.len() + 6);
        if shown.start > 0 {
            html.push('…');
        }
        for (at, word) in marked.split_whitespace().enumerate() {
            if at > 0 {
                html.push(' ');
            }
            html.push_str(word);
        }
        if shown.end < chars.len() {
            html.push('…');
        }
        let distinct = distinct(&found);
        Some(Excerpt {
            html,
            matched: distinct.values().sum(),
            complete: distinct.len() >= self.most && found.iter().all(|found| found.best),
        })
    }
}

/// The weight of each thing that was found.
fn distinct(found: &[Match]) -> BTreeMap<usize, usize> {
    let weights = found.iter().map(|found| (found.pattern, found.weight));
    weights.collect()
}

/// The stretch of at most `size` characters with the most distinct tokens, then the most matches; the first of
/// equals.
fn densest(found: &[Match], chars: &[(usize, char)], size: usize) -> Option<Range<usize>> {
    let index = |byte: usize| chars.partition_point(|(at, _)| *at < byte);
    let spans: Vec<(Range<usize>, usize)> = found
        .iter()
        .map(|found| {
            (
                index(found.bytes.start)..index(found.bytes.end),
                found.pattern,
            )
        })
        .collect();
    let mut inside: BTreeMap<usize, usize> = BTreeMap::new();
    let mut best: Option<((usize, usize), Range<usize>)> = None;
    let mut ahead = spans.iter().peekable();
    let mut count = 0;
    for (first, token) in &spans {
        while let Some((span, token)) = ahead.next_if(|(span, _)| span.end <= first.start + size) {
            *inside.entry(*token).or_default() += 1;
            count += 1;
            let rank = (inside.len(), count);
            if best.as_ref().is_none_or(|(best, _)| rank > *best) {
                best = Some((rank, first.start..span.end));
            }
        }
        if count > 0 {
            count -= 1;
            if let Some(left) = inside.get_mut(token) {
                *left -= 1;
                if *left == 0 {
                    inside.remove(token);
                }
            }
        } else {
            ahead.next(); // a single match longer than the excerpt
        }
    }
    let longest_first = || {
        spans
            .first()
            .map(|(span, _)| span.start..span.end.min(span.start + size))
    };
    best.map(|(_, range)| range).or_else(longest_first)
}

/// The characters to show: around `dense`, at most `max_chars` with the ellipses.
fn window(chars: &[(usize, char)], dense: Range<usize>, max_chars: usize) -> Range<usize> {
    if chars.len() <= max_chars {
        return 0..chars.len();
    }
    let size = max_chars - 2;
    let before = |at: usize| {
        at.checked_sub(1)
            .and_then(|at| chars.get(at))
            .map(|(_, c)| *c)
    };
    let after_sentence = |at: &usize| before(*at).is_none_or(ends_sentence);
    let after_pause = |at: &usize| before(*at).is_none_or(|c| ends_sentence(c) || is_pause(c));

    let lead = size.saturating_sub(dense.len()).min(size / 3);
    let lowest = dense.start.saturating_sub(lead);
    let mut start = (lowest..=dense.start)
        .rev()
        .find(after_sentence)
        .or_else(|| (lowest..=dense.start).find(after_pause))
        .unwrap_or(lowest);
    if start + size >= chars.len() {
        // The text ends before the excerpt is full: show more of what comes before.
        let lowest = chars.len() - size;
        start = (lowest..=start)
            .find(after_sentence)
            .unwrap_or(lowest.min(start));
        return start..chars.len();
    }
    let highest = start + size;
    let enough = dense.end.max(start + size * 3 / 5).min(highest);
    let end = (enough..=highest)
        .rev()
        .find(after_sentence)
        .or_else(|| (enough..=highest).rev().find(after_pause))
        .unwrap_or(highest);
    start..end
}

fn ends_sentence(c: char) -> bool {
    matches!(c, '。' | '！' | '？' | '!' | '?' | '\n')
}

fn is_pause(c: char) -> bool {
    matches!(c, '、' | ',' | '，') || c.is_whitespace()
}
