//! The page of what was searched for.

use askama::Template;

use super::Searched;
use super::http::SPANS;
use crate::search::Question;
use crate::search::view::{chosen, search_address};
use crate::taxonomy::Vocabulary;
use crate::threads::Kind;
use crate::web::page::{Layout, Nav, Now, Tab, When, address};

/// One search.
pub struct Row {
    pub term: String,
    /// 「小学校・質問」, may be empty.
    pub filters: String,
    pub times: i64,
    pub when: When,
    /// What the search finds by now; None while there is no index.
    pub found: Option<u64>,
    pub search_url: String,
    pub synonym_url: String,
}

impl Row {
    pub fn new(
        searched: &Searched,
        question: &Question,
        words: &Vocabulary,
        found: Option<u64>,
        now: Now,
    ) -> Row {
        let pairs = question.pairs();
        let kinds = question.kinds.iter().filter_map(|kind| Kind::parse(kind));
        let filters = chosen(&pairs, words, &std::collections::HashMap::new())
            .into_iter()
            .map(|link| link.label);
        let labels: Vec<String> = kinds
            .map(|kind| kind.name().to_owned())
            .chain(filters)
            .collect();
        Row {
            term: searched.search.term.clone(),
            filters: labels.join("・"),
            times: searched.times,
            when: now.when(searched.last),
            found,
            search_url: search_address(pairs.iter()),
            synonym_url: address(
                "/desk/synonyms/new",
                [("word", searched.search.term.as_str())],
            ),
        }
    }
}

/// `/desk/searches`.
#[derive(Template)]
#[template(path = "search/searches.html")]
pub struct SearchesPage {
    pub layout: Layout,
    pub spans: Vec<Tab>,
    /// Days for which counts are kept; 0: nothing is counted.
    pub kept: u32,
    pub fruitless: Vec<Row>,
    pub unopened: Vec<Row>,
}

impl SearchesPage {
    pub fn new(
        layout: Layout,
        days: u32,
        kept: u32,
        fruitless: Vec<Row>,
        unopened: Vec<Row>,
    ) -> SearchesPage {
        SearchesPage {
            layout: layout.at(Nav::Mine),
            spans: SPANS
                .into_iter()
                .map(|span| Tab {
                    label: format!("{span}日間"),
                    url: address("/desk/searches", [("days", span.to_string().as_str())]),
                    current: span == days,
                    count: String::new(),
                })
                .collect(),
            kept,
            fruitless,
            unopened,
        }
    }
}
