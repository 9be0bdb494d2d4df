//! Finds the places where a query occurs in a text and marks them in HTML. It works on the text itself, not on
//! the index: what is shown may be a part of a thread that the index never saw apart.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::analyzer::{Kind, Token, analyze, is_cjk};
use crate::query::{Term, parse};

/// The whole text escaped, with `<mark>` around matches (for titles).
pub fn highlight(query: &str, text: &str) -> String {
    let ranges = joined(matches(query, text).into_iter().map(|found| found.bytes));
    html(text, 0..text.len(), &ranges)
}

/// A place in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Match {
    pub(crate) bytes: Range<usize>,
    /// Which token of the query it is.
    pub(crate) token: String,
    /// A word or a pair rather than a kanji alone or grammar.
    pub(crate) strong: bool,
}

/// All places where tokens of the query occur, by start. A kanji alone counts only where nothing better is
/// found, and pairs of hiragana only for terms that are all hiragana: both would mark half of a text.
pub(crate) fn matches(query: &str, text: &str) -> Vec<Match> {
    let terms = parse(query);
    if terms.is_empty() {
        return Vec::new();
    }
    let mut strong: BTreeSet<&str> = BTreeSet::new();
    let mut weak: BTreeSet<&str> = BTreeSet::new();
    for term in &terms {
        let content = term
            .tokens
            .iter()
            .any(|token| token.kind != Kind::HiraganaPair);
        for token in &term.tokens {
            let by_itself = match token.kind {
                Kind::Word | Kind::Pair | Kind::Single => true,
                Kind::HiraganaPair => !content,
                Kind::Part | Kind::Kanji => false,
            };
            if by_itself { &mut strong } else { &mut weak }.insert(&token.text);
        }
    }
    let kana: BTreeSet<char> = terms
        .iter()
        .filter_map(Term::lone_kana)
        .flat_map(str::chars)
        .collect();
    let tokens = analyze(text);
    let whole = |wanted: &BTreeSet<&str>, token: &Token, strong: bool| {
        let here = wanted.contains(token.text.as_str());
        here.then(|| Match {
            bytes: token.start..token.end,
            token: token.text.clone(),
            strong,
        })
    };
    let find =
        |token: &Token| whole(&strong, token, true).or_else(|| beginning(token, &kana, text));
    let found: Vec<Match> = tokens.iter().filter_map(find).collect();
    if !found.is_empty() {
        return found;
    }
    tokens
        .iter()
        .filter_map(|token| whole(&weak, token, false))
        .collect()
}

/// The first character of a token when the query has it as a lone kana, which is searched for as a beginning.
fn beginning(token: &Token, kana: &BTreeSet<char>, text: &str) -> Option<Match> {
    let first = token
        .text
        .chars()
        .next()
        .filter(|c| token.kind.is_link() && is_cjk(*c) && kana.contains(c))?;
    let written = text.get(token.start..token.end)?.chars().next()?;
    Some(Match {
        bytes: token.start..token.start + written.len_utf8(),
        token: first.to_string(),
        strong: true,
    })
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
