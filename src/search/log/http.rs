//! The page of what was searched for, and the way from results to threads.

use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use chrono::TimeDelta;
use serde::Deserialize;

use super::view::{Row, SearchesPage};
use super::{SearchLog, Searched};
use crate::accounts::Who;
use crate::app::App;
use crate::clock::At;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::search::api::SearchQuery;
use crate::secret::Credentials;
use crate::taxonomy::{self, Vocabulary};
use crate::web::form::{self, Query};
use crate::web::respond;

/// Spans of days that the page can show.
pub const SPANS: [u32; 3] = [7, 30, 90];

#[derive(Clone, Deserialize, Default)]
#[serde(default)]
pub struct SpanQuery {
    days: String,
}

pub async fn list(
    app: Data<App>,
    credentials: Credentials,
    Query(query): Query<SpanQuery>,
) -> Result<HttpResponse> {
    let house = app.clone();
    let page = app
        .read_as(credentials, move |db, who, now| {
            let [_, usual, _] = SPANS;
            let days = SPANS
                .into_iter()
                .find(|span| span.to_string() == query.days)
                .unwrap_or(usual);
            let since = now.minus(TimeDelta::days(i64::from(days)));
            let fruitless = super::fruitless(db, who, since)?;
            let unopened = super::unopened(db, who, since)?;
            let words = taxonomy::current(db)?;
            let mut rows = |list: Vec<Searched>| {
                list.into_iter()
                    .map(|one| row(&house, db, who, &words, one))
                    .collect::<Result<Vec<Row>>>()
            };
            let (fruitless, unopened) = (rows(fruitless)?, rows(unopened)?);
            let kept = house.search_log.days();
            let layout = house.frame(who);
            Ok(SearchesPage::new(layout, days, kept, fruitless, unopened))
        })
        .await?;
    respond::page(&page)
}

/// With what the same search finds by now.
fn row(app: &App, db: &mut Db, who: &Who, words: &Vocabulary, searched: Searched) -> Result<Row> {
    let query: SearchQuery = form::parse_query(&searched.search.filters)?;
    let query = SearchQuery {
        q: searched.search.term.clone(),
        ..query
    };
    let question = query.question(db, who, words)?;
    let zone = app.config.timezone;
    let found = match super::super::count(db, who, &app.searcher, &question, zone) {
        Ok(found) => Some(found),
        Err(Error::Busy(_)) => None,
        Err(error) => return Err(error),
    };
    Ok(Row::new(
        &searched,
        &question,
        words,
        found,
        app.page_time(),
    ))
}

/// A search whose results led to another page.
pub struct Left(SearchQuery);

/// The search whose results were left for the page asked for, if our own results page was.
pub fn left_for(request: &HttpRequest) -> Option<Left> {
    let referer = request.headers().get(header::REFERER)?.to_str().ok()?;
    let from = url::Url::parse(referer).ok()?;
    let host = request.headers().get(header::HOST)?.to_str().ok()?;
    let is_own = url::Url::parse(&format!("{}://{host}", from.scheme()))
        .is_ok_and(|own| own.origin() == from.origin());
    if !is_own || from.path() != "/search" {
        return None;
    }
    let query = form::parse_query(from.query().unwrap_or_default()).ok()?;
    Some(Left(query))
}

impl Left {
    /// Counts that a thread was opened.
    ///
    /// # Errors
    /// Of the database.
    pub fn opened(self, app: &App, db: &mut Db, who: &Who, now: At) -> Result<()> {
        let log: &SearchLog = &app.search_log;
        let words = taxonomy::current(db)?;
        match self.0.question(db, who, &words) {
            Ok(question) => log.opened(&question, now),
            Err(Error::Invalid(_) | Error::BadRequest(_)) => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }
}
