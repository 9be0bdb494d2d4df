//! The search page.

use std::collections::HashMap;

use askama::Template;

use super::question::Pair;
use super::{Facets, Question};
use crate::db::types::Word;
use crate::taxonomy::Vocabulary;
use crate::threads::Kind;
use crate::threads::view::{Card, solved_words};
use crate::web::page::{Choice, Layout, Link, Tab, address};

/// `/search`.
#[derive(Template)]
#[template(path = "search/results.html")]
pub struct SearchPage {
    pub layout: Layout,
    pub query: String,
    pub total: u64,
    pub tabs: Vec<Tab>,
    pub chosen: Vec<Link>,
    /// Looked for beside the words as typed, and the search without it.
    pub also: Vec<String>,
    pub literal_url: String,
    /// The words without operators: those are controls here.
    pub text: String,
    /// What is carried along with the words typed anew and with the filters.
    pub kept_kinds: Vec<String>,
    pub policies: Vec<Choice>,
    pub school_types: Vec<Choice>,
    pub subjects: Vec<Choice>,
    pub solved: Vec<Choice>,
    pub initiatives: Vec<Choice>,
    pub grades: Vec<Choice>,
    /// Typed into fields of their own; an empty one to add another.
    pub tags: Vec<String>,
    pub authors: Vec<String>,
    pub after: String,
    pub before: String,
    pub newest_first: bool,
    /// Whether one of the rarer controls is in use.
    pub detailed: bool,
    pub filtered: bool,
    /// The same words without any filter.
    pub unfiltered_url: String,
    pub cards: Vec<Card>,
    pub next: Option<String>,
    pub later: bool,
    pub first: String,
    /// For no results: searches with fewer words.
    pub smaller: Vec<Link>,
    pub ask_url: String,
    /// The index is being built: results may be incomplete or missing.
    pub rebuilding: bool,
}

/// What a search page is made of.
pub struct SearchParts<'a> {
    pub question: &'a Question,
    pub total: u64,
    pub facets: &'a Facets,
    pub cards: Vec<Card>,
    /// The cursor of the next page.
    pub next: Option<String>,
    /// Searches with fewer words and what they would find.
    pub smaller: Vec<(String, u64)>,
    pub rebuilding: bool,
    pub words: &'a Vocabulary,
    pub also: Vec<String>,
    /// Names of the authors chosen, by id.
    pub authors: HashMap<String, String>,
}

impl SearchPage {
    pub fn new(layout: Layout, parts: SearchParts<'_>) -> SearchPage {
        let SearchParts {
            question,
            facets,
            words,
            ..
        } = parts;
        let pairs = question.pairs();
        let filtered = pairs.iter().any(|(name, _)| !matches!(*name, "q" | "sort"));
        let query = question.typed.clone();
        let text = question.words();
        let mut layout = layout.without_find();
        query.clone_into(&mut layout.query);
        SearchPage {
            tabs: tabs(&pairs, question, facets, parts.total),
            chosen: chosen(&pairs, words, &parts.authors),
            kept_kinds: question.kinds.clone(),
            policies: choices(
                words
                    .policies
                    .iter()
                    .map(|policy| (policy.number.to_string(), policy.short.clone())),
                &question.policies,
                &facets.policy,
            ),
            school_types: choices(
                words
                    .school_types
                    .iter()
                    .filter(|one| one.tagging)
                    .map(|one| (one.slug.clone(), one.name.clone())),
                &question.school_types,
                &facets.school_type,
            ),
            subjects: choices(
                words
                    .subjects
                    .iter()
                    .map(|one| (one.slug.clone(), one.name.clone())),
                &question.subjects,
                &facets.subject,
            ),
            solved: choices(
                ["true", "false"]
                    .into_iter()
                    .map(|value| (value.to_owned(), solved_words(value).to_owned())),
                &question
                    .solved
                    .map(|solved| solved.to_string())
                    .into_iter()
                    .collect::<Vec<_>>(),
                &facets.solved,
            ),
            initiatives: plain_choices(
                words
                    .initiatives
                    .iter()
                    .map(|one| (one.slug.clone(), one.name.clone())),
                &question.initiatives,
            ),
            grades: plain_choices(
                words
                    .grades
                    .iter()
                    .map(|one| (one.slug.clone(), one.name.clone())),
                &question.grades,
            ),
            tags: with_empty(question.tags.clone()),
            authors: with_empty(
                question
                    .authors
                    .iter()
                    .map(|id| parts.authors.get(id).unwrap_or(id).clone())
                    .collect(),
            ),
            after: question
                .after
                .map(|day| day.to_string())
                .unwrap_or_default(),
            before: question
                .before
                .map(|day| day.to_string())
                .unwrap_or_default(),
            newest_first: question.newest_first,
            detailed: pairs.iter().any(|(name, _)| {
                matches!(
                    *name,
                    "initiative" | "grade" | "tag" | "author" | "after" | "before" | "sort"
                )
            }),
            literal_url: {
                let literal: Pair = ("q", question.literally());
                let others = pairs.iter().filter(|(name, _)| *name != "q");
                search_address(std::iter::once(&literal).chain(others))
            },
            also: parts.also,
            text: text.clone(),
            filtered,
            unfiltered_url: address("/search", [("q", text.as_str())]),
            next: parts.next.map(|cursor| {
                let cursor: Pair = ("cursor", cursor);
                search_address(pairs.iter().chain(std::iter::once(&cursor)))
            }),
            later: question.offset > 0,
            first: search_address(pairs.iter()),
            smaller: parts
                .smaller
                .into_iter()
                .map(|(text, count)| Link {
                    url: address("/search", [("q", text.as_str())]),
                    label: text,
                    count: count.to_string(),
                })
                .collect(),
            ask_url: address(
                "/threads/new",
                [("kind", "question"), ("title", text.as_str())],
            ),
            cards: parts.cards,
            total: parts.total,
            rebuilding: parts.rebuilding,
            query,
            layout,
        }
    }
}

/// The address of a search.
pub fn search_address<'a>(pairs: impl Iterator<Item = &'a Pair>) -> String {
    address(
        "/search",
        pairs.map(|(name, value)| (*name, value.as_str())),
    )
}

fn tabs(pairs: &[Pair], question: &Question, facets: &Facets, total: u64) -> Vec<Tab> {
    let kept: Vec<&Pair> = pairs.iter().filter(|(name, _)| *name != "kind").collect();
    let count_of = |word: &str| {
        let found = facets.kind.iter().find(|(value, _)| value == word);
        found.map_or(0, |(_, count)| *count)
    };
    let known: u64 = facets.kind.iter().map(|(_, count)| count).sum();
    let all = Tab {
        label: "すべて".to_owned(),
        url: search_address(kept.iter().copied()),
        current: question.kinds.is_empty(),
        count: known.max(total).to_string(),
    };
    let kinds = Kind::ALL.iter().map(|kind| {
        let pair: Pair = ("kind", kind.to_string());
        Tab {
            label: kind.name().to_owned(),
            url: search_address(kept.iter().copied().chain(std::iter::once(&pair))),
            current: question.kinds.iter().any(|chosen| chosen == kind.word()),
            count: count_of(kind.word()).to_string(),
        }
    });
    std::iter::once(all).chain(kinds).collect()
}

/// The filters in force, each with the address that leaves it out.
pub fn chosen(pairs: &[Pair], words: &Vocabulary, authors: &HashMap<String, String>) -> Vec<Link> {
    pairs
        .iter()
        .filter_map(|pair| {
            let (name, value) = pair;
            let label = match *name {
                "policy" => words
                    .find_policy(value)
                    .map_or_else(|| value.clone(), |policy| policy.short.clone()),
                "initiative" => words.initiative_name(value).to_owned(),
                "school_type" => words.school_type_name(value).to_owned(),
                "subject" => words.subject_name(value).to_owned(),
                "grade" => words.grade_name(value).to_owned(),
                "tag" => format!("#{value}"),
                "author" => format!("{}さんの投稿", authors.get(value).unwrap_or(value)),
                "after" => format!("{value} 以降"),
                "before" => format!("{value} 以前"),
                "solved" => solved_words(value).to_owned(),
                _ => return None,
            };
            Some(Link::new(
                label,
                search_address(pairs.iter().filter(|one| *one != pair)),
            ))
        })
        .collect()
}

/// All values, without counts.
fn plain_choices(all: impl Iterator<Item = (String, String)>, chosen: &[String]) -> Vec<Choice> {
    all.map(|(value, label)| {
        let here = chosen.contains(&value);
        Choice::new(value, label, here)
    })
    .collect()
}

/// One empty field where there is none.
fn with_empty(values: Vec<String>) -> Vec<String> {
    if values.is_empty() {
        vec![String::new()]
    } else {
        values
    }
}

/// What is chosen or would find something, with its count, in the order of the vocabulary.
fn choices(
    all: impl Iterator<Item = (String, String)>,
    chosen: &[String],
    counts: &[(String, u64)],
) -> Vec<Choice> {
    all.filter_map(|(value, label)| {
        let count = counts
            .iter()
            .find(|(known, _)| *known == value)
            .map_or(0, |(_, count)| *count);
        let here = chosen.contains(&value);
        (here || count > 0).then(|| Choice {
            hint: format!("{count}件"),
            ..Choice::new(value, label, here)
        })
    })
    .collect()
}
