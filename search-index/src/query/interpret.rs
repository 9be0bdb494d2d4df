//! From a query as typed to what will be looked for: terms, the pieces of each, and what else may stand for a
//! piece – synonyms, other spellings. It decides nothing about order; that is the ranking's.

use std::ops::Range;

use super::term::{Atom, Chain, Script, Term, atoms, chain, chain_of};
use super::{MAX_QUERY_TOKENS, MAX_QUOTED_PHRASES};
use crate::analyzer::normalised;
use crate::language::{Part, Query};
use crate::synonyms::Synonyms;

/// A query, understood: what [`Index::search`](crate::Index::search), marks and excerpts work with.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Interpretation {
    pub(crate) terms: Vec<Term>,
    pub(crate) excluded: Vec<Term>,
    /// What must be found of the terms, in order, where a term is not found whole.
    pub(crate) pieces: Vec<Piece>,
    /// Nothing was asked for: everything is found.
    pub(crate) blank: bool,
    /// Only some of the pieces are looked for, and nothing in their place where they find little.
    pub(crate) narrowed: bool,
}

/// A stretch of a term that means something by itself.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Piece {
    /// Which term it is of.
    pub(crate) term: usize,
    pub(crate) script: Script,
    /// As normalised, Latin words without hyphens.
    pub(crate) text: String,
    pub(crate) atoms: Vec<Atom>,
    pub(crate) chain: Chain,
    /// What may stand in its place.
    pub(crate) alternatives: Vec<Alternative>,
    /// Part of a quoted phrase: nothing may stand in its place.
    pub(crate) quoted: bool,
}

/// Something that may stand in the place of a piece.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Alternative {
    /// As it is shown to the visitor.
    pub(crate) written: String,
    pub(crate) atoms: Vec<Atom>,
    pub(crate) chain: Chain,
    pub(crate) origin: Origin,
}

/// Why an alternative is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Synonym,
    WeakSynonym,
    Spelling,
}

impl Alternative {
    pub(crate) fn new(written: &str, origin: Origin) -> Option<Alternative> {
        let units = normalised(written);
        Some(Alternative {
            written: written.to_owned(),
            atoms: atoms(&units),
            chain: chain(&units)?,
            origin,
        })
    }
}

impl Piece {
    /// Long enough to tell threads apart by itself.
    pub(crate) fn is_telling(&self) -> bool {
        self.script == Script::Latin || self.text.chars().count() > 1
    }

    /// Not enough to find threads by, but to prefer some of those found.
    pub(crate) fn is_hint(&self) -> bool {
        self.script == Script::Kanji && !self.is_telling() && !EMPTY_KANJI.contains(&self.text)
    }
}

/// Kanji that stand alone mostly as grammar, or mean nothing by themselves.
const EMPTY_KANJI: &str = "何誰事時方中上下後前間人月日年的者等";

impl Interpretation {
    /// Without an index: no spellings are corrected.
    pub fn new(query: &Query, synonyms: &Synonyms) -> Interpretation {
        let (mut terms, mut excluded): (Vec<Term>, Vec<Term>) = (Vec::new(), Vec::new());
        let (mut budget, mut phrases) = (MAX_QUERY_TOKENS, MAX_QUOTED_PHRASES);
        for (text, quoted, without) in texts(query, synonyms) {
            let quoted = quoted && phrases > 0;
            let Some(term) = Term::new(normalised(&text), quoted, budget) else {
                continue;
            };
            let place = if without { &mut excluded } else { &mut terms };
            if !place.contains(&term) {
                phrases -= usize::from(quoted);
                budget -= term.tokens.len();
                place.push(term);
            }
        }
        let pieces = pieces(&terms, synonyms);
        Interpretation {
            blank: query.is_blank(),
            terms,
            excluded,
            pieces,
            narrowed: false,
        }
    }

    /// How the query was understood, for developers: the pieces, each with what may stand for it and why.
    pub fn explain(&self) -> Vec<(String, Vec<(String, &'static str)>)> {
        let alternative = |other: &Alternative| {
            let why = match other.origin {
                Origin::Synonym => "synonym",
                Origin::WeakSynonym => "weak synonym",
                Origin::Spelling => "spelling",
            };
            (other.written.clone(), why)
        };
        let pieces = self.pieces.iter();
        pieces
            .map(|piece| {
                let others = piece.alternatives.iter().map(alternative);
                (piece.text.clone(), others.collect())
            })
            .collect()
    }

    /// Nothing but single kana: what begins with them is found.
    pub(crate) fn is_kana(&self) -> bool {
        !self.terms.is_empty() && self.terms.iter().all(|term| term.lone_kana().is_some())
    }

    /// The pieces that must be found where the terms are not found whole: those that tell threads apart, or all
    /// where none does.
    pub(crate) fn telling(&self) -> Vec<&Piece> {
        let telling: Vec<&Piece> = self
            .pieces
            .iter()
            .filter(|piece| piece.is_telling())
            .collect();
        if telling.is_empty() {
            self.pieces.iter().collect()
        } else {
            telling
        }
    }

    /// What is looked for beside the words themselves, as it is written, without repetition.
    pub fn also(&self) -> Vec<&str> {
        let mut all: Vec<&str> = Vec::new();
        let alternatives = self.pieces.iter().flat_map(|piece| &piece.alternatives);
        for alternative in alternatives {
            if !all.contains(&alternative.written.as_str()) {
                all.push(&alternative.written);
            }
        }
        all
    }
}

/// The pieces of all terms. Words with synonyms are pieces of their own; the rest is cut where the script changes.
fn pieces(terms: &[Term], synonyms: &Synonyms) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for (number, term) in terms.iter().enumerate() {
        let all = atoms(&term.units);
        let widened = if term.quoted {
            Vec::new()
        } else {
            synonyms.matches(&all)
        };
        let mut cuts: Vec<(Range<usize>, Vec<Alternative>)> = Vec::new();
        let mut at = 0;
        for (range, alternatives) in widened {
            by_script(&all, at..range.start, &mut cuts);
            at = range.end;
            cuts.push((range, alternatives));
        }
        by_script(&all, at..all.len(), &mut cuts);
        let mut own = Vec::new();
        for (range, alternatives) in cuts {
            let atoms = all.get(range).unwrap_or_default();
            let (Some(first), Some(last)) = (atoms.first(), atoms.last()) else {
                continue;
            };
            let Some(chain) = term.units.get(first.start..last.end).and_then(chain) else {
                continue;
            };
            own.push(Piece {
                term: number,
                script: first.script,
                text: atoms.iter().map(|atom| atom.text.as_str()).collect(),
                atoms: atoms.to_vec(),
                chain,
                alternatives,
                quoted: term.quoted,
            });
        }
        // Hiragana is mostly grammar: it counts only where it is all there is, or has synonyms.
        let grammar =
            |piece: &Piece| piece.script == Script::Hiragana && piece.alternatives.is_empty();
        if !own.iter().all(grammar) {
            own.retain(|piece| !grammar(piece));
        }
        pieces.append(&mut own);
    }
    pieces
}

/// The words, phrases and exclusions, each with whether it stood in quotes and behind a minus. Neighbouring words that
/// a known word goes across are one: `google classroom`, 無線 LAN.
fn texts(query: &Query, synonyms: &Synonyms) -> Vec<(String, bool, bool)> {
    let mut texts: Vec<(String, bool, bool)> = Vec::new();
    let mut joinable = false;
    for clause in &query.clauses {
        match &clause.part {
            Part::Word(word) => {
                let free = !clause.excluded;
                match texts.last_mut() {
                    Some((before, ..))
                        if free && joinable && goes_across(before, word, synonyms) =>
                    {
                        before.push(' ');
                        before.push_str(word);
                    }
                    _ => texts.push((word.clone(), false, clause.excluded)),
                }
                joinable = free;
            }
            Part::Phrase(phrase) => {
                texts.push((phrase.clone(), true, clause.excluded));
                joinable = false;
            }
            Part::Operator(..) => joinable = false,
        }
        if texts.len() >= MAX_QUERY_TOKENS {
            break;
        }
    }
    texts
}

/// Whether a known word begins in `before` and ends in `after`.
fn goes_across(before: &str, after: &str, synonyms: &Synonyms) -> bool {
    let border = atoms(&normalised(before)).len();
    let all = atoms(&normalised(&format!("{before} {after}")));
    let found = synonyms.matches(&all);
    found
        .iter()
        .any(|(range, _)| range.start < border && range.end > border)
}

/// Cuts where the script changes; a number and what it counts stay together (1人1台, 3年, 35条), and so does a number
/// behind a lone kanji (小3).
fn by_script(
    atoms: &[Atom],
    range: Range<usize>,
    cuts: &mut Vec<(Range<usize>, Vec<Alternative>)>,
) {
    let atoms = atoms.get(..range.end).unwrap_or(atoms);
    let mut at = range.start;
    while let Some(first) = atoms.get(at) {
        let mut end = counted(atoms, at).unwrap_or(at + 1);
        if end == at + 1 && first.script != Script::Latin {
            while touching(atoms, end).is_some_and(|next| next.script == first.script) {
                end += 1;
            }
        }
        cuts.push((at..end, Vec::new()));
        at = end;
    }
}

/// The atom at `at`, when it follows the one before it without a gap.
fn touching(atoms: &[Atom], at: usize) -> Option<&Atom> {
    let before = atoms.get(at.checked_sub(1)?)?;
    atoms.get(at).filter(|next| next.start == before.end)
}

/// The end of a number with its counter, or of a lone kanji with its number, that begins at `at`.
fn counted(atoms: &[Atom], at: usize) -> Option<usize> {
    let digits = |atom: &Atom| atom.text.chars().all(|c| c.is_ascii_digit());
    let kanji = |atom: &Atom| atom.script == Script::Kanji;
    let first = atoms.get(at)?;
    if kanji(first) && touching(atoms, at + 1).is_some_and(digits) {
        return Some(at + 2);
    }
    let mut end = at;
    while atoms.get(end).is_some_and(digits)
        && (end == at || touching(atoms, end).is_some())
        && touching(atoms, end + 1).is_some_and(kanji)
    {
        end += 2;
    }
    (end > at).then_some(end)
}

impl Term {
    /// The whole term as a phrase.
    pub(crate) fn chain(&self) -> Option<Chain> {
        chain_of(&self.tokens)
    }
}
