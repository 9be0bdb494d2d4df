//! Builds the *tier* query: any token may match and BM25 ranks, and threads that have every term as a phrase
//! come before all others. One query ranks "all of it" first and never answers nothing when something fits.

use std::collections::BTreeSet;
use std::ops::Bound;

use tantivy::query::{
    AllQuery, BooleanQuery, BoostQuery, ConstScoreQuery, EmptyQuery, InvertedIndexRangeQuery,
    Occur, PhraseQuery, Query, TermQuery, TermSetQuery,
};
use tantivy::schema::{Field, IndexRecordOption};

use super::Term;
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

/// Added when every term of the query occurs as a phrase; above what BM25 reaches with usual queries.
const PHRASE_BONUS: f32 = 100.0;

/// The query that decides which threads match the text, and how well; none when the text has nothing that can
/// be searched for.
pub(crate) fn ranking(fields: &Fields, terms: &[Term]) -> Box<dyn Query> {
    if terms.is_empty() {
        return Box::new(EmptyQuery);
    }
    if terms.iter().all(|term| term.lone_kana().is_some()) {
        let prefixes = terms
            .iter()
            .filter_map(Term::lone_kana)
            .map(|kana| begins_with(fields, kana));
        return Box::new(BooleanQuery::new(
            prefixes.map(|query| (Occur::Should, query)).collect(),
        ));
    }
    let mut clauses = vec![(Occur::Should, any_token(fields, terms))];
    let phrases = terms.iter().filter(|term| term.lone_kana().is_none());
    let all = phrases
        .map(|term| (Occur::Must, phrase_anywhere(fields, term)))
        .collect();
    clauses.push((
        Occur::Should,
        constant(Box::new(BooleanQuery::new(all)), PHRASE_BONUS),
    ));
    let quoted: Vec<Clause> = terms
        .iter()
        .filter(|term| term.quoted)
        .map(|term| (Occur::Must, constant(phrase_anywhere(fields, term), 0.0)))
        .collect();
    let matched: Box<dyn Query> = Box::new(BooleanQuery::new(clauses));
    if quoted.is_empty() {
        return matched;
    }
    Box::new(BooleanQuery::new(
        std::iter::once((Occur::Must, matched))
            .chain(quoted)
            .collect(),
    ))
}

/// Adds the filters that are not facets (the collector applies those); they do not score.
pub(crate) fn filters(
    fields: &Fields,
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
    for (field, values) in wanted {
        if !values.is_empty() {
            let terms = values
                .iter()
                .map(|value| tantivy::Term::from_field_text(field, value));
            clauses.push((
                Occur::Must,
                constant(Box::new(TermSetQuery::new(terms)), 0.0),
            ));
        }
    }
    match (matched, clauses.is_empty()) {
        (Some(matched), true) => matched,
        (None, true) => Box::new(AllQuery),
        (matched, false) => {
            clauses.extend(matched.map(|matched| (Occur::Must, matched)));
            Box::new(BooleanQuery::new(clauses))
        }
    }
}

/// OR of all tokens in all fields. One Boolean per field: a flat OR of everything was three times slower.
fn any_token(fields: &Fields, terms: &[Term]) -> Box<dyn Query> {
    let tokens: BTreeSet<&str> = terms
        .iter()
        .flat_map(|term| &term.tokens)
        .map(|token| token.text.as_str())
        .collect();
    let clauses = searched(fields).map(|(field, weight)| {
        let any = tokens
            .iter()
            .map(|token| (Occur::Should, term_query(field, token)))
            .collect();
        let any: Box<dyn Query> = Box::new(BooleanQuery::new(any));
        let weighted: Box<dyn Query> = Box::new(BoostQuery::new(any, weight));
        (Occur::Should, weighted)
    });
    Box::new(BooleanQuery::new(clauses.into()))
}

/// The term as a phrase in any one field.
fn phrase_anywhere(fields: &Fields, term: &Term) -> Box<dyn Query> {
    let phrase = term.phrase();
    let clauses = searched(fields).map(|(field, _)| {
        let query: Box<dyn Query> = match phrase.as_slice() {
            [] => Box::new(EmptyQuery),
            [(_, only)] => term_query(field, only),
            chain => Box::new(PhraseQuery::new_with_offset(
                chain
                    .iter()
                    .map(|(at, token)| (*at, tantivy::Term::from_field_text(field, token)))
                    .collect(),
            )),
        };
        (Occur::Should, query)
    });
    Box::new(BooleanQuery::new(clauses.into()))
}

/// Documents do not have single kana as tokens; what begins with it is the nearest thing.
fn begins_with(fields: &Fields, kana: &str) -> Box<dyn Query> {
    let clauses = searched(fields).map(|(field, weight)| {
        let from = tantivy::Term::from_field_text(field, kana);
        let to = tantivy::Term::from_field_text(field, &format!("{kana}{}", char::MAX));
        let range = InvertedIndexRangeQuery::new(Bound::Included(from), Bound::Included(to));
        (Occur::Should, constant(Box::new(range), weight))
    });
    Box::new(BooleanQuery::new(clauses.into()))
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

fn constant(query: Box<dyn Query>, score: f32) -> Box<dyn Query> {
    Box::new(ConstScoreQuery::new(query, score))
}
