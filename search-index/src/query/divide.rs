//! Compounds that no thread has as a whole – 顕微鏡写真撮影, ドリルアンケート – are divided into the longest parts that
//! threads do have. The index itself is the dictionary.

use tantivy::collector::Count;
use tantivy::{Searcher, TantivyError, Term as Token};

use super::build::phrase;
use super::interpret::{Interpretation, Piece};
use super::term::{Chain, Script, Term, chain};
use crate::schema::Fields;

/// Compounds of one query that are looked at, and their characters; longer ones stay as they are.
const MAX_COMPOUNDS: usize = 4;
const MAX_CHARS: usize = 16;
/// Characters of a part.
const MAX_PART: usize = 6;
const MIN_KANJI_PART: usize = 2;
const MIN_KATAKANA_PART: usize = 3;
/// What a part and a character in no part cost: fewer, longer parts are better, and leaving out 的 or 用 better than
/// not dividing.
const PART_COST: f32 = 1.0;
const LEFT_OUT_COST: f32 = 1.6;
/// Of two equally good ways, the more usual words: taken off for each power of e that a part is found.
const USUAL: f32 = 0.01;

/// Puts the parts of compounds that are not found in their place.
pub(crate) fn divide(
    asked: &mut Interpretation,
    fields: &Fields,
    searcher: &Searcher,
) -> Result<(), TantivyError> {
    let mut divided = Vec::with_capacity(asked.pieces.len());
    let mut looked_at = 0;
    for piece in std::mem::take(&mut asked.pieces) {
        let term = asked.terms.get(piece.term);
        let parts = match term.filter(|_| looked_at < MAX_COMPOUNDS && is_compound(&piece)) {
            Some(term) if frequency(&piece.chain, fields, searcher)? == 0 => {
                looked_at += 1;
                parts(&piece, term, fields, searcher)?
            }
            _ => Vec::new(),
        };
        if parts.is_empty() {
            divided.push(piece);
        } else {
            divided.extend(parts);
        }
    }
    asked.pieces = divided;
    Ok(())
}

fn least_part(script: Script) -> Option<usize> {
    match script {
        Script::Kanji => Some(MIN_KANJI_PART),
        Script::Katakana => Some(MIN_KATAKANA_PART),
        Script::Hiragana | Script::Latin => None,
    }
}

fn is_compound(piece: &Piece) -> bool {
    let least = least_part(piece.script);
    least.is_some_and(|least| (2 * least..=MAX_CHARS).contains(&piece.atoms.len()))
        && piece.alternatives.is_empty()
        && !piece.quoted
        && piece.atoms.iter().all(|atom| atom.script == piece.script)
}

/// In how many threads at most the words stand; exact enough to tell usual from unusual.
fn frequency(words: &Chain, fields: &Fields, searcher: &Searcher) -> Result<u64, TantivyError> {
    if let [(_, only)] = words.as_slice() {
        let mut most = 0;
        for field in [fields.title, fields.body, fields.replies, fields.names] {
            most = most.max(searcher.doc_freq(&Token::from_field_text(field, only))?);
        }
        return Ok(most);
    }
    let found = searcher.search(phrase(fields, words, None).as_ref(), &Count)?;
    Ok(u64::try_from(found).unwrap_or(u64::MAX))
}

/// The cheapest way to a place in the compound.
#[derive(Clone, Copy)]
struct Way {
    cost: f32,
    /// Where the last step began, and whether it was a part.
    from: usize,
    is_part: bool,
}

/// The best division; empty where there is none.
fn parts(
    piece: &Piece,
    term: &Term,
    fields: &Fields,
    searcher: &Searcher,
) -> Result<Vec<Piece>, TantivyError> {
    let length = piece.atoms.len();
    let least = least_part(piece.script).unwrap_or(length);
    let part = |from: usize, to: usize| {
        let atoms = piece.atoms.get(from..to)?;
        let (first, last) = (atoms.first()?, atoms.last()?);
        Some(Piece {
            text: atoms.iter().map(|atom| atom.text.as_str()).collect(),
            atoms: atoms.to_vec(),
            chain: chain(term.units.get(first.start..last.end)?)?,
            alternatives: Vec::new(),
            ..piece.clone()
        })
    };
    let start = Way {
        cost: 0.0,
        from: 0,
        is_part: false,
    };
    let mut ways = vec![start];
    for to in 1..=length {
        let mut best = Way {
            cost: ways.get(to - 1).map_or(f32::MAX, |way| way.cost) + LEFT_OUT_COST,
            from: to - 1,
            is_part: false,
        };
        for from in to.saturating_sub(MAX_PART)..(to + 1).saturating_sub(least) {
            let (Some(way), Some(part)) = (ways.get(from).copied(), part(from, to)) else {
                continue;
            };
            let found = frequency(&part.chain, fields, searcher)?;
            let cost = way.cost + PART_COST - USUAL * (found.max(1) as f32).ln();
            if found > 0 && cost < best.cost {
                best = Way {
                    cost,
                    from,
                    is_part: true,
                };
            }
        }
        ways.push(best);
    }
    let mut found = Vec::new();
    let mut to = length;
    while let Some(way) = ways.get(to).copied().filter(|_| to > 0) {
        found.extend(part(way.from, to).filter(|_| way.is_part));
        to = way.from;
    }
    found.reverse();
    Ok(found)
}
