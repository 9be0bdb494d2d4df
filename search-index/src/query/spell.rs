//! Other spellings of words that are hardly found: one letter more, less, another or changed places, among the
//! katakana and Latin words of the index and of the synonyms; and the ends of unfinished Latin words. Pairs of
//! characters cannot do that, so the index keeps such words whole in a field of their own.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use levenshtein_automata::{DFA, Distance, LevenshteinAutomatonBuilder, SINK_STATE};
use tantivy::collector::Count;
use tantivy::{Searcher, TantivyError};
use tantivy_fst::Automaton;

use super::build::phrase;
use super::interpret::{Alternative, Interpretation, Origin, Piece};
use super::term::{Script, atoms};
use crate::analyzer::normalised;
use crate::schema::Fields;
use crate::synonyms::Synonyms;

/// Shorter words are left alone: one letter makes another word of them.
const MIN_CHARS: usize = 4;
/// Shorter beginnings of a Latin word are not finished.
const MIN_PREFIX: usize = 3;
/// A word found in more threads than this is taken to be meant.
const FEW: usize = 2;
/// Spellings taken for one word.
const MAX_SPELLINGS: usize = 3;
/// Pieces of one query that are looked at.
const MAX_PIECES: usize = 4;
/// Words of the index read for one beginning, in each segment.
const MAX_PREFIXED: usize = 200;

/// The shortest katakana run that is kept whole, and the shortest Latin word.
const MIN_RUN: usize = 3;
/// Longer runs are data rather than words.
const MAX_RUN: usize = 40;

/// The katakana runs and Latin words of a text, normalised.
pub(crate) fn runs(text: &str) -> Vec<String> {
    let mut runs = Vec::new();
    let mut run = String::new();
    let mut length = 0;
    let mut end = 0;
    let mut close = |run: &mut String, length: &mut usize| {
        if (MIN_RUN..=MAX_RUN).contains(length) {
            runs.push(std::mem::take(run));
        }
        run.clear();
        *length = 0;
    };
    for atom in atoms(&normalised(text)) {
        match atom.script {
            Script::Katakana => {
                if atom.start != end {
                    close(&mut run, &mut length);
                }
                run.push_str(&atom.text);
                length += 1;
                end = atom.end;
            }
            Script::Latin if atom.text.chars().any(char::is_alphabetic) => {
                close(&mut run, &mut length);
                run.push_str(&atom.text);
                length = atom.text.chars().count();
                close(&mut run, &mut length);
            }
            _ => close(&mut run, &mut length),
        }
    }
    close(&mut run, &mut length);
    runs
}

/// Adds other spellings to the pieces that are hardly found as they are.
pub(crate) fn correct(
    asked: &mut Interpretation,
    synonyms: &Synonyms,
    fields: &Fields,
    searcher: &Searcher,
) -> Result<(), TantivyError> {
    let doubtful = asked.pieces.iter_mut().filter(|piece| is_word(piece));
    for piece in doubtful.take(MAX_PIECES) {
        let word = tantivy::Term::from_field_text(fields.runs, &piece.text);
        if searcher.doc_freq(&word)? > FEW as u64 {
            continue; // the common case, without reading a list
        }
        if searcher.search(phrase(fields, &piece.chain, None).as_ref(), &Count)? > FEW {
            continue;
        }
        let spellings = spellings(piece, synonyms, fields, searcher)?;
        for spelling in spellings {
            let known = |one: &Alternative| one.text() == spelling;
            if piece.alternatives.iter().any(known) {
                continue;
            }
            let Some(mut found) = Alternative::new(&spelling, Origin::Spelling) else {
                continue;
            };
            found.written = spelling.chars().map(katakana).collect();
            let (atoms, all) = (found.atoms.clone(), 0..found.atoms.len());
            piece.alternatives.push(found);
            let meant = synonyms
                .matches(&atoms)
                .into_iter()
                .filter(|(range, _)| *range == all);
            piece
                .alternatives
                .extend(meant.flat_map(|(_, others)| others));
        }
    }
    Ok(())
}

fn is_word(piece: &Piece) -> bool {
    let length = piece.text.chars().count();
    let long_enough = match piece.script {
        Script::Katakana | Script::Hiragana => length >= MIN_CHARS,
        Script::Latin => length >= MIN_PREFIX && piece.text.chars().any(char::is_alphabetic),
        Script::Kanji => false,
    };
    long_enough
        && length <= MAX_RUN
        && !piece.quoted
        && piece.atoms.iter().all(|atom| atom.script == piece.script)
}

/// As such words are written: the index holds them as hiragana.
fn katakana(c: char) -> char {
    match c {
        'ぁ'..='ゖ' => char::from_u32(u32::from(c) + 0x60).unwrap_or(c),
        c => c,
    }
}

/// The nearest words, most frequent first.
fn spellings(
    piece: &Piece,
    synonyms: &Synonyms,
    fields: &Fields,
    searcher: &Searcher,
) -> Result<Vec<String>, TantivyError> {
    let mut found: BTreeMap<String, u64> = BTreeMap::new();
    if piece.text.chars().count() >= MIN_CHARS {
        let near = Near::new(&piece.text);
        for segment in searcher.segment_readers() {
            let index = segment.inverted_index(fields.runs)?;
            let mut words = index.terms().search(near.clone()).into_stream()?;
            while let Some((word, info)) = words.next() {
                if let Ok(word) = std::str::from_utf8(word) {
                    *found.entry(word.to_owned()).or_default() += u64::from(info.doc_freq);
                }
            }
        }
        for word in synonyms.words().filter(|word| near.is_near(word)) {
            found.entry(word.to_owned()).or_default();
        }
    }
    if found.is_empty() && piece.script == Script::Latin {
        for segment in searcher.segment_readers() {
            let index = segment.inverted_index(fields.runs)?;
            let mut words = index.terms().range().ge(&piece.text).into_stream()?;
            let mut read = 0;
            while let Some((word, info)) = words.next() {
                let Ok(word) = std::str::from_utf8(word) else {
                    break;
                };
                if read >= MAX_PREFIXED || !word.starts_with(&piece.text) {
                    break;
                }
                *found.entry(word.to_owned()).or_default() += u64::from(info.doc_freq);
                read += 1;
            }
        }
        for word in synonyms
            .words()
            .filter(|word| word.starts_with(&piece.text))
        {
            found.entry(word.to_owned()).or_default();
        }
    }
    found.remove(&piece.text);
    let mut found: Vec<(String, u64)> = found.into_iter().collect();
    found.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    found.truncate(MAX_SPELLINGS);
    Ok(found.into_iter().map(|(word, _)| word).collect())
}

/// Accepts words within one edit, a swap of neighbours among them.
#[derive(Clone)]
struct Near(std::sync::Arc<DFA>);

impl Near {
    fn new(word: &str) -> Near {
        static BUILDER: OnceLock<LevenshteinAutomatonBuilder> = OnceLock::new();
        let builder = BUILDER.get_or_init(|| LevenshteinAutomatonBuilder::new(1, true));
        Near(std::sync::Arc::new(builder.build_dfa(word)))
    }

    fn is_near(&self, word: &str) -> bool {
        matches!(self.0.eval(word), Distance::Exact(_))
    }
}

impl Automaton for Near {
    type State = u32;

    fn start(&self) -> u32 {
        self.0.initial_state()
    }

    fn is_match(&self, state: &u32) -> bool {
        matches!(self.0.distance(*state), Distance::Exact(_))
    }

    fn can_match(&self, state: &u32) -> bool {
        *state != SINK_STATE
    }

    fn accept(&self, state: &u32, byte: u8) -> u32 {
        self.0.transition(*state, byte)
    }
}
