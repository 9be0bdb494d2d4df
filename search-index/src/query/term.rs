//! One term of a query: its characters, its tokens, and what of it must be found where it is not found whole.

use crate::analyzer::{Kind, Token, Unit, compound_length, is_han, is_word_char, tokens};

/// A word or phrase of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Term {
    /// Stood in quotes: must occur as it is.
    pub(crate) quoted: bool,
    /// Normalised.
    pub(crate) units: Vec<Unit>,
    /// At least one.
    pub(crate) tokens: Vec<Token>,
}

/// Tokens with their distance from the first: one token, or a phrase. Never empty.
pub(crate) type Chain = Vec<(usize, String)>;

/// The smallest thing that words are compared by: a Japanese character, or a Latin word without its hyphens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Atom {
    pub(crate) text: String,
    pub(crate) script: Script,
    /// Place among the units.
    pub(crate) start: usize,
    pub(crate) end: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Script {
    Katakana,
    Kanji,
    Hiragana,
    /// Letters and digits of all other scripts.
    Latin,
}

impl Term {
    /// `None` when there is nothing to search for; at most `budget` tokens are kept.
    pub(crate) fn new(units: Vec<Unit>, quoted: bool, budget: usize) -> Option<Term> {
        let mut tokens = tokens(&units);
        tokens.truncate(budget);
        (!tokens.is_empty()).then_some(Term {
            quoted,
            units,
            tokens,
        })
    }

    /// The kana, when the term is nothing but one.
    pub(crate) fn lone_kana(&self) -> Option<&str> {
        match self.tokens.as_slice() {
            [only] if is_lone_kana(only) => Some(&only.text),
            _ => None,
        }
    }
}

/// The phrase that these characters are; `None` when nothing in them can be searched for.
pub(crate) fn chain(units: &[Unit]) -> Option<Chain> {
    chain_of(&tokens(units))
}

/// The links among the tokens; a lone kana between other scripts is left out, as documents do not have it as
/// a token.
pub(crate) fn chain_of(tokens: &[Token]) -> Option<Chain> {
    let links = tokens.iter().filter(|token| token.kind.is_link());
    let mut chosen: Vec<&Token> = links.clone().filter(|token| !is_lone_kana(token)).collect();
    if chosen.is_empty() {
        chosen = links.collect();
    }
    let first = chosen.first()?.position;
    let link = |token: &&Token| (token.position - first, token.text.clone());
    Some(chosen.iter().map(link).collect())
}

fn is_lone_kana(token: &Token) -> bool {
    token.kind == Kind::Single && token.text.chars().all(|c| matches!(c, 'ぁ'..='ヿ'))
}

fn script(unit: &Unit) -> Option<Script> {
    if unit.katakana {
        Some(Script::Katakana)
    } else if is_han(unit.c) || matches!(unit.c, '々' | '〆') {
        Some(Script::Kanji)
    } else if matches!(unit.c, 'ぁ'..='ゟ' | 'ー') {
        Some(Script::Hiragana)
    } else if is_word_char(unit.c) {
        Some(Script::Latin)
    } else {
        None
    }
}

/// An atom without its text: where it stands among the units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) script: Script,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Span {
    /// The characters of the atom: those of `units` without hyphens.
    pub(crate) fn text<'a>(&self, units: &'a [Unit]) -> impl Iterator<Item = char> + use<'a> {
        let latin = self.script == Script::Latin;
        let written = units.get(self.start..self.end).unwrap_or_default();
        let chars = written.iter().map(|unit| unit.c);
        chars.filter(move |c| !latin || is_word_char(*c))
    }
}

/// The atoms of normalised characters, in order; what stands between words is left out.
pub(crate) fn atoms(units: &[Unit]) -> Vec<Atom> {
    let spans = spans(units).into_iter();
    spans
        .map(|span| Atom {
            text: span.text(units).collect(),
            script: span.script,
            start: span.start,
            end: span.end,
        })
        .collect()
}

/// As `atoms`: for whole texts, of which nearly all is only looked at.
pub(crate) fn spans(units: &[Unit]) -> Vec<Span> {
    let mut spans = Vec::with_capacity(units.len());
    let mut at = 0;
    while let Some(unit) = units.get(at) {
        let rest = units.get(at..).unwrap_or_default();
        let (script, length) = match script(unit) {
            None => {
                at += 1;
                continue;
            }
            Some(Script::Latin) => (Script::Latin, compound_length(rest).max(1)),
            Some(script) => (script, 1),
        };
        spans.push(Span {
            script,
            start: at,
            end: at + length,
        });
        at += length;
    }
    spans
}
