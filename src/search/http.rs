//! The search page.

use std::collections::HashMap;

use actix_web::HttpResponse;
use actix_web::web::Data;
use chrono_tz::Tz;

use super::api::{SearchQuery, cursor};
use super::view::{SearchPage, SearchParts};
use super::{Found, Question};
use crate::accounts::{self, Who};
use crate::app::App;
use crate::clock::At;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::id::Id;
use crate::secret::Credentials;
use crate::taxonomy;
use crate::threads::http::cards;
use crate::web::form::Query;
use crate::web::respond;

/// Smaller searches offered where nothing was found.
const SMALLER: usize = 3;

pub async fn search(
    app: Data<App>,
    credentials: Credentials,
    Query(query): Query<SearchQuery>,
) -> Result<HttpResponse> {
    let house = app.clone();
    let page = app
        .read_as(credentials, move |db, who, now| {
            let words = taxonomy::current(db)?;
            let question = query.question(db, who, &words)?;
            let at = (now, house.config.timezone);
            let (found, missing) = match super::search(db, who, &house.searcher, &question, at) {
                Ok(found) => (found, false),
                Err(Error::Busy(_)) => (Found::default(), true),
                Err(error) => return Err(error),
            };
            if !missing {
                house.search_log.asked(&question, found.total, now);
            }
            let summaries: Vec<_> = found.hits.iter().map(|hit| hit.thread.clone()).collect();
            let authors = author_names(db, &question)?;
            let cards = cards(db, &summaries, &words, house.page_time())?
                .into_iter()
                .zip(found.hits)
                .map(|(card, hit)| card.found(hit.title_html, hit.snippet_html, hit.reply))
                .collect();
            let smaller = if found.total == 0 && !missing {
                smaller(&house, db, who, &question, at)?
            } else {
                Vec::new()
            };
            Ok(SearchPage::new(
                house.frame(who),
                SearchParts {
                    question: &question,
                    total: found.total,
                    facets: &found.facets,
                    cards,
                    next: found.next_offset.map(cursor),
                    also: found.also,
                    smaller,
                    rebuilding: missing || house.searcher.is_stuck() || !house.searcher.is_ready(),
                    words: &words,
                    authors,
                },
            ))
        })
        .await?;
    respond::page(&page)
}

/// The names of those whose posts are wanted, by id.
fn author_names(db: &mut Db, question: &Question) -> Result<HashMap<String, String>> {
    let ids: Vec<Id> = question
        .authors
        .iter()
        .filter_map(|id| id.parse().ok())
        .collect();
    let people = accounts::authors(db, &ids)?;
    Ok(people
        .into_iter()
        .map(|(id, author)| (id.to_string(), author.name))
        .collect())
}

/// The same question with one word less, where that finds something.
fn smaller(
    app: &App,
    db: &mut Db,
    who: &Who,
    question: &Question,
    at: (At, Tz),
) -> Result<Vec<(String, u64)>> {
    let words = question.words();
    let terms: Vec<&str> = words.split_whitespace().collect();
    if terms.len() < 2 {
        return Ok(Vec::new());
    }
    let mut offers = Vec::new();
    for left_out in (0..terms.len()).rev().take(SMALLER) {
        let fewer: Vec<&str> = terms
            .iter()
            .enumerate()
            .filter(|(place, _)| *place != left_out)
            .map(|(_, term)| *term)
            .collect();
        let text = fewer.join(" ");
        let asked = Question {
            limit: 1,
            ..question.asking(&text)
        };
        let found = super::search(db, who, &app.searcher, &asked, at)?;
        if found.total > 0 {
            offers.push((text, found.total));
        }
    }
    Ok(offers)
}
