//! The search page.

use actix_web::HttpResponse;
use actix_web::web::Data;

use super::api::{SearchQuery, cursor};
use super::view::{SearchPage, SearchParts};
use super::{Found, Question};
use crate::accounts::Who;
use crate::app::App;
use crate::db::Db;
use crate::error::{Error, Result};
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
        .read_as(credentials, move |db, who, _| {
            let words = taxonomy::current(db)?;
            let question = query.question(&words)?;
            let (found, missing) = match super::search(db, who, &house.searcher, &question) {
                Ok(found) => (found, false),
                Err(Error::Busy(_)) => (Found::default(), true),
                Err(error) => return Err(error),
            };
            let summaries: Vec<_> = found.hits.iter().map(|hit| hit.thread.clone()).collect();
            let cards = cards(db, &summaries, &words, house.page_time())?
                .into_iter()
                .zip(found.hits)
                .map(|(card, hit)| card.found(hit.title_html, hit.snippet_html, hit.reply))
                .collect();
            let smaller = if found.total == 0 && !missing {
                smaller(&house, db, who, &question)?
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
                    smaller,
                    rebuilding: missing || !house.searcher.is_ready(),
                    words: &words,
                },
            ))
        })
        .await?;
    respond::page(&page)
}

/// The same question with one word less, where that finds something.
fn smaller(app: &App, db: &mut Db, who: &Who, question: &Question) -> Result<Vec<(String, u64)>> {
    let terms: Vec<&str> = question.text.split_whitespace().collect();
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
            text: text.clone(),
            limit: 1,
            ..question.clone()
        };
        let found = super::search(db, who, &app.searcher, &asked)?;
        if found.total > 0 {
            offers.push((text, found.total));
        }
    }
    Ok(offers)
}
