//! Builds the queries of the engine: one that finds threads and puts them into ranks by how many pieces of the query
//! they have, as typed or as something that may stand for it; and those whose BM25 decides within a rank.

use std::collections::BTreeSet;
use std::ops::Bound;

use tantivy::query::{
    AllQuery, BooleanQuery, BoostQuery, ConstScoreQuery, DisjunctionMaxQuery, EmptyQuery,
    InvertedIndexRangeQuery, Occur, PhraseQuery, Query, RangeQuery, TermQuery, TermSetQuery,
};
use tantivy::schema::{Field, IndexRecordOption};

use super::interpret::{Interpretation, Origin, Piece};
use super::settled::Settled;
use super::term::{Atom, Script, Term, atoms, chain};
use crate::analyzer::normalised;
use crate::fold_key;
use crate::model::Filters;
use crate::schema::Fields;

type Clause = (Occur, Box<dyn Query>);

/// Weights of the fields beside the body (1.0). Title and names are short, so that BM25 alone already favours
/// them; measured on public retrieval data, 0.3 to 0.5 is best for the title and 1.0 already
/// loses a little.
const TITLE_WEIGHT: f32 = 0.5;
const NAMES_WEIGHT: f32 = 0.5;
const REPLIES_WEIGHT: f32 = 0.6;
const LABELS_WEIGHT: f32 = 0.2;

/// What a piece adds to the rank of a thread that has it as typed. Ranks go before BM25, so that all of it comes
/// before half of it. Measured on public retrieval data: a bonus of 5 and more, to which BM25 is added, gains .02 MRR on
/// questions and .006 on keywords; from 20 on nothing changes, so the two are kept apart, which is faster. Whole
/// numbers, so that equal ranks are equal in a float.
const PIECE_RANK: f32 = 256.0;
/// As much for something else in its place.
const SYNONYM_RANK: f32 = 154.0;
const WEAK_SYNONYM_RANK: f32 = 26.0;
const SPELLING_RANK: f32 = 179.0;
/// For a lone kanji with a meaning – 出 of 出せない, 消 of 消えた – in what is found otherwise. Measured on the own collection:
/// .05 nDCG on whole sentences, .03 on synonyms, for .002 MRR on the questions of public data.
const HINT_RANK: f32 = 128.0;
/// For a term of several pieces that is found whole.
const WHOLE_RANK: f32 = 128.0;

/// What BM25 of something else in the place of a piece counts.
const SYNONYM_WEIGHT: f32 = 0.6;
const WEAK_SYNONYM_WEIGHT: f32 = 0.1;
const SPELLING_WEIGHT: f32 = 0.7;

/// Which threads are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Those with at least one piece, or what may stand for it.
    Pieces,
    /// Those with any token: the last resort.
    Tokens,
}

/// The query that decides which threads are found, and their ranks. Its score is a sum of the constants above.
pub(crate) fn finding(fields: &Fields, asked: &Interpretation, reach: Reach) -> Box<dyn Query> {
    if asked.is_kana() {
        let kana = asked.terms.iter().filter_map(Term::lone_kana);
        return any(kana.map(|kana| begins_with(fields, kana)).collect());
    }
    let places = places(fields, asked);
    let pieces = asked.telling();
    let mut clauses: Vec<Box<dyn Query>> = pieces
        .iter()
        .map(|piece| piece_rank(&places, piece))
        .collect();
    for (number, term) in asked.terms.iter().enumerate() {
        let mut own = asked.pieces.iter().filter(|piece| piece.term == number);
        let single = own.next().is_some() && own.next().is_none();
        if let (false, Some(chain)) = (single, term.chain()) {
            clauses.push(constant(anywhere(&places, &chain, None), WHOLE_RANK));
        }
    }
    if reach == Reach::Tokens || clauses.is_empty() {
        let tokens = tokens(asked).into_iter();
        let tokens =
            tokens.flat_map(|token| searched(fields).map(|(field, _)| term_query(field, token)));
        clauses.push(constant(any(tokens.collect()), 0.0));
    }
    let hints: Vec<Clause> = asked
        .pieces
        .iter()
        .filter(|piece| piece.is_hint())
        .map(|piece| anywhere(&places, &piece.chain, None))
        .map(|hint| (Occur::Should, constant(hint, HINT_RANK)))
        .collect();
    if hints.is_empty() {
        return any(clauses);
    }
    let mut all = vec![(Occur::Must, any(clauses))];
    all.extend(hints);
    Box::new(BooleanQuery::new(all))
}

/// What scores threads of the same rank; the scores are added.
pub(crate) fn scoring(fields: &Fields, asked: &Interpretation) -> Vec<Box<dyn Query>> {
    let places = places(fields, asked);
    let mut queries: Vec<Box<dyn Query>> = Vec::new();
    for token in tokens(asked) {
        for (field, weight) in &places {
            queries.push(boosted(term_query(*field, token), *weight));
        }
    }
    for piece in asked.telling() {
        let others = piece.alternatives.iter();
        let others =
            others.map(|other| anywhere(&places, &other.chain, Some(weight(other.origin))));
        queries.extend(best(others.collect()));
    }
    queries
}

/// Where words are looked for, with the weights. What is like a text in a large forum has one of its rarest words in its
/// title or names: bodies would bring thousands more, and ten times the work.
fn places(fields: &Fields, asked: &Interpretation) -> Vec<(Field, f32)> {
    let short = short(fields);
    let all = searched(fields).into_iter();
    all.filter(|(field, _)| !asked.narrowed || short.contains(field))
        .collect()
}

/// The fields of a few words.
pub(crate) fn short(fields: &Fields) -> [Field; 2] {
    [fields.title, fields.names]
}

/// What pairs of characters alone would do, see [`Index::search_plainly`](crate::Index).
pub(crate) fn plain(fields: &Fields, asked: &Interpretation) -> Box<dyn Query> {
    let tokens = tokens(asked).into_iter();
    let tokens = tokens.flat_map(|token| {
        searched(fields).map(|(field, weight)| boosted(term_query(field, token), weight))
    });
    let phrases = asked.terms.iter().filter_map(Term::chain);
    let phrases = phrases.map(|chain| (Occur::Must, phrase(fields, &chain, None)));
    let all = constant(Box::new(BooleanQuery::new(phrases.collect())), PLAIN_BONUS);
    any(vec![any(tokens.collect()), all])
}

/// Above any BM25 of real queries.
const PLAIN_BONUS: f32 = 100.0;

/// Threads whose title or names have every word of a text that is still being typed: the last word may be unfinished,
/// and letters behind kana are an input method at work. `None` for a text without words.
pub(crate) fn suggesting(fields: &Fields, text: &str) -> Option<Box<dyn Query>> {
    let words: Vec<&str> = text.split_whitespace().take(MAX_SUGGESTED_WORDS).collect();
    let ranked = [(fields.title, 2.0), (fields.names, 1.0)].map(|(field, rank)| {
        let mut clauses: Vec<Clause> = Vec::new();
        for (place, word) in words.iter().enumerate() {
            let units = normalised(word);
            let all = atoms(&units);
            let last = place + 1 == words.len();
            let open = all
                .last()
                .filter(|atom| last && atom.script == Script::Latin);
            let done = open.map_or(units.len(), |atom| atom.start);
            let done = units.get(..done).unwrap_or_default();
            match (atoms(done).as_slice(), open) {
                ([], None) => {}
                ([], Some(open)) => clauses.push((Occur::Must, beginning(field, &open.text))),
                ([only], _) if only.script != Script::Kanji => {
                    clauses.push((Occur::Must, beginning(field, &only.text)));
                }
                (_, open) => {
                    if let Some(chain) = chain(done) {
                        clauses.push((Occur::Must, phrase_in(field, &chain)));
                    }
                    let typing = |open: &&Atom| open.text.chars().count() > MAX_HALF_KANA;
                    if let Some(open) = open.filter(typing) {
                        clauses.push((Occur::Must, beginning(field, &open.text)));
                    }
                }
            }
        }
        (!clauses.is_empty()).then(|| constant(Box::new(BooleanQuery::new(clauses)), rank))
    });
    best(ranked.into_iter().flatten().collect())
}

/// More words than this narrow nothing further.
const MAX_SUGGESTED_WORDS: usize = 8;

/// So many letters behind kana are half a kana (ky, ts).
const MAX_HALF_KANA: usize = 2;

fn tokens(asked: &Interpretation) -> BTreeSet<&str> {
    let tokens = asked.terms.iter().flat_map(|term| &term.tokens);
    tokens.map(|token| token.text.as_str()).collect()
}

/// What must or must not be there beside the ranking: quoted phrases, excluded words, filters that are no facets
/// (the collector applies those). None of it scores.
pub(crate) fn filters(
    fields: &Fields,
    asked: &Interpretation,
    filters: &Filters,
    matched: Option<Box<dyn Query>>,
) -> Box<dyn Query> {
    let tags: Vec<String> = filters.tags.iter().map(|tag| fold_key(tag)).collect();
    let wanted = [
        (fields.initiative, &filters.initiatives),
        (fields.grade, &filters.grades),
        (fields.tag, &tags),
        (fields.author, &filters.authors),
    ];
    let mut clauses: Vec<Clause> = Vec::new();
    let must = |query: Box<dyn Query>| (Occur::Must, constant(query, 0.0));
    for (field, values) in wanted {
        if !values.is_empty() {
            let terms = values
                .iter()
                .map(|value| tantivy::Term::from_field_text(field, value));
            clauses.push(must(Box::new(TermSetQuery::new(terms))));
        }
    }
    if filters.after.is_some() || filters.before.is_some() {
        let term = |at: i64| tantivy::Term::from_field_i64(fields.created_at, at);
        let from = filters
            .after
            .map_or(Bound::Unbounded, |at| Bound::Included(term(at)));
        let to = filters
            .before
            .map_or(Bound::Unbounded, |at| Bound::Excluded(term(at)));
        clauses.push(must(Box::new(RangeQuery::new(from, to))));
    }
    let quoted = asked.terms.iter().filter(|term| term.quoted);
    for chain in quoted.filter_map(Term::chain) {
        clauses.push(must(phrase(fields, &chain, None)));
    }
    for chain in asked.excluded.iter().filter_map(Term::chain) {
        clauses.push((
            Occur::MustNot,
            Box::new(Settled(phrase(fields, &chain, None))),
        ));
    }
    match (matched, clauses.is_empty()) {
        (Some(matched), true) => matched,
        (None, true) => Box::new(AllQuery),
        (matched, false) => {
            let matched = matched.unwrap_or_else(|| constant(Box::new(AllQuery), 0.0));
            clauses.push((Occur::Must, matched));
            Box::new(BooleanQuery::new(clauses))
        }
    }
}

fn weight(origin: Origin) -> f32 {
    match origin {
        Origin::Synonym => SYNONYM_WEIGHT,
        Origin::WeakSynonym => WEAK_SYNONYM_WEIGHT,
        Origin::Spelling => SPELLING_WEIGHT,
    }
}

fn rank(origin: Origin) -> f32 {
    match origin {
        Origin::Synonym => SYNONYM_RANK,
        Origin::WeakSynonym => WEAK_SYNONYM_RANK,
        Origin::Spelling => SPELLING_RANK,
    }
}

/// The piece, or the best of what may stand for it.
fn piece_rank(places: &[(Field, f32)], piece: &Piece) -> Box<dyn Query> {
    let others = piece
        .alternatives
        .iter()
        .map(|other| (&other.chain, rank(other.origin)));
    let mut by_rank: Vec<(f32, Vec<Box<dyn Query>>)> = Vec::new();
    for (chain, rank) in std::iter::once((&piece.chain, PIECE_RANK)).chain(others) {
        let query = anywhere(places, chain, None);
        match by_rank.iter_mut().find(|(known, _)| *known == rank) {
            Some((_, queries)) => queries.push(query),
            None => by_rank.push((rank, vec![query])),
        }
    }
    let ranks = by_rank
        .into_iter()
        .map(|(rank, queries)| constant(any(queries), rank));
    best(ranks.collect()).unwrap_or_else(|| Box::new(EmptyQuery))
}

/// The phrase in any one field: scored with this weight, or only matched.
pub(crate) fn phrase(
    fields: &Fields,
    chain: &[(usize, String)],
    weight: Option<f32>,
) -> Box<dyn Query> {
    anywhere(&searched(fields), chain, weight)
}

/// As `phrase`, in these fields.
fn anywhere(
    places: &[(Field, f32)],
    chain: &[(usize, String)],
    weight: Option<f32>,
) -> Box<dyn Query> {
    let by_field = places.iter().map(|(field, field_weight)| {
        let query = phrase_in(*field, chain);
        match weight {
            Some(weight) => boosted(query, weight * field_weight),
            None => query,
        }
    });
    any(by_field.collect())
}

fn phrase_in(field: Field, chain: &[(usize, String)]) -> Box<dyn Query> {
    match chain {
        [] => Box::new(EmptyQuery),
        [(_, only)] => term_query(field, only),
        chain => Box::new(PhraseQuery::new_with_offset(
            chain
                .iter()
                .map(|(at, token)| (*at, tantivy::Term::from_field_text(field, token)))
                .collect(),
        )),
    }
}

/// Documents do not have single kana as tokens; what begins with it is the nearest thing.
fn begins_with(fields: &Fields, kana: &str) -> Box<dyn Query> {
    let by_field = searched(fields).map(|(field, weight)| constant(beginning(field, kana), weight));
    any(by_field.into())
}

fn beginning(field: Field, text: &str) -> Box<dyn Query> {
    let from = tantivy::Term::from_field_text(field, text);
    let to = tantivy::Term::from_field_text(field, &format!("{text}{}", char::MAX));
    Box::new(InvertedIndexRangeQuery::new(
        Bound::Included(from),
        Bound::Included(to),
    ))
}

fn searched(fields: &Fields) -> [(Field, f32); 5] {
    [
        (fields.body, 1.0),
        (fields.title, TITLE_WEIGHT),
        (fields.replies, REPLIES_WEIGHT),
        (fields.names, NAMES_WEIGHT),
        (fields.labels, LABELS_WEIGHT),
    ]
}

fn term_query(field: Field, token: &str) -> Box<dyn Query> {
    Box::new(TermQuery::new(
        tantivy::Term::from_field_text(field, token),
        IndexRecordOption::WithFreqs,
    ))
}

fn any(queries: Vec<Box<dyn Query>>) -> Box<dyn Query> {
    let clauses = queries.into_iter().map(|query| (Occur::Should, query));
    Box::new(BooleanQuery::new(clauses.collect()))
}

/// The best score of several; none of none.
fn best(mut queries: Vec<Box<dyn Query>>) -> Option<Box<dyn Query>> {
    if queries.len() > 1 {
        return Some(Box::new(DisjunctionMaxQuery::new(queries)));
    }
    queries.pop()
}

fn boosted(query: Box<dyn Query>, weight: f32) -> Box<dyn Query> {
    Box::new(BoostQuery::new(query, weight))
}

fn constant(query: Box<dyn Query>, score: f32) -> Box<dyn Query> {
    Box::new(ConstScoreQuery::new(query, score))
}
