//! `/api/v1/search` and similar threads.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use serde::Deserialize;

use super::json::{FoundJson, HitJson, facets};
use super::{MAX_LIMIT, Question};
use crate::app::App;
use crate::error::{Error, Result};
use crate::secret::Credentials;
use crate::taxonomy::{self, Vocabulary};
use crate::threads::Kind;
use crate::threads::api::{limit, summaries, truth};
use crate::threads::json::SummaryJson;
use crate::web::error::Problem;
use crate::web::form::Query;
use crate::web::respond;

/// A search as asked in the address; filters repeat (any of one, all of different ones). Unknown values find nothing.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct SearchQuery {
    /// Words; empty lists the newest.
    pub q: String,
    pub kind: Vec<String>,
    pub policy: Vec<String>,
    pub initiative: Vec<String>,
    pub school_type: Vec<String>,
    pub subject: Vec<String>,
    pub grade: Vec<String>,
    pub tag: Vec<String>,
    pub author: Vec<String>,
    /// true, false
    pub solved: Vec<String>,
    /// relevance, new
    pub sort: String,
    /// 1 to 50, 20 by default.
    pub limit: String,
    pub cursor: String,
}

impl SearchQuery {
    /// Slugs for names; what no vocabulary knows stays as it is and finds nothing.
    ///
    /// # Errors
    /// `Invalid` for a limit out of range, `BadRequest` for a cursor that is none of ours.
    pub fn question(&self, words: &Vocabulary) -> Result<Question> {
        let given = |list: &[String], slug: &dyn Fn(&str) -> Option<String>| {
            list.iter()
                .filter(|text| !text.trim().is_empty())
                .map(|text| slug(text).unwrap_or_else(|| text.clone()))
                .collect::<Vec<_>>()
        };
        let mut solved: Vec<bool> = self.solved.iter().filter_map(|text| truth(text)).collect();
        solved.sort_unstable();
        solved.dedup();
        Ok(Question {
            text: self.q.clone(),
            kinds: given(&self.kind, &|text| Kind::parse(text).map(|k| k.to_string())),
            policies: given(&self.policy, &|text| {
                words
                    .find_policy(text)
                    .map(|found| found.number.to_string())
            }),
            initiatives: given(&self.initiative, &|text| {
                words.find_initiative(text).map(|found| found.slug.clone())
            }),
            school_types: given(&self.school_type, &|text| {
                words.find_school_type(text).map(|found| found.slug.clone())
            }),
            subjects: given(&self.subject, &|text| {
                words.find_subject(text).map(|found| found.slug.clone())
            }),
            grades: given(&self.grade, &|text| {
                words.find_grade(text).map(|found| found.slug.clone())
            }),
            tags: given(&self.tag, &|_| None),
            authors: given(&self.author, &|_| None),
            solved: match solved.as_slice() {
                [one] => Some(*one),
                _ => None,
            },
            newest_first: self.sort == "new",
            offset: self.offset()?,
            limit: limit(&self.limit, MAX_LIMIT)?,
        })
    }

    fn offset(&self) -> Result<usize> {
        if self.cursor.is_empty() {
            return Ok(0);
        }
        let bytes = data_encoding::BASE64URL_NOPAD.decode(self.cursor.as_bytes());
        bytes
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .and_then(|text| text.strip_prefix("o:")?.parse().ok())
            .ok_or_else(|| Error::BadRequest("cursor".to_owned()))
    }
}

/// The cursor of the page that begins at `offset`.
pub fn cursor(offset: usize) -> String {
    data_encoding::BASE64URL_NOPAD.encode(format!("o:{offset}").as_bytes())
}

/// Searches titles, texts, replies, tags.
#[utoipa::path(get, path = "/api/v1/search", params(SearchQuery), tag = "search",
    responses((status = 200, body = FoundJson), (status = 400, body = Problem), (status = 401, body = Problem), (status = 503, body = Problem), (status = 422, body = Problem)))]
pub async fn search(
    app: Data<App>,
    credentials: Credentials,
    Query(query): Query<SearchQuery>,
) -> Result<HttpResponse> {
    let started = std::time::Instant::now();
    let house = app.clone();
    let mut found = app
        .read_as(credentials, move |db, who, _| {
            let words = taxonomy::current(db)?;
            let question = query.question(&words)?;
            let found = super::search(db, who, &house.searcher, &question)?;
            let summaries_of = found.hits.iter().map(|hit| hit.thread.clone()).collect();
            let hits = summaries(db, summaries_of)?
                .into_iter()
                .zip(found.hits)
                .map(|(thread, hit)| HitJson {
                    thread,
                    reply_id: hit.reply,
                    score: hit.score,
                    snippet_html: hit.snippet_html,
                })
                .collect();
            Ok(FoundJson {
                hits,
                total: found.total,
                took_ms: 0.0,
                facets: facets(&found.facets),
                next_cursor: found.next_offset.map(cursor),
            })
        })
        .await?;
    found.took_ms = started.elapsed().as_secs_f64() * 1000.0;
    Ok(respond::json(StatusCode::OK, &found))
}

#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct SimilarQuery {
    pub title: String,
}

/// Threads shown at most beside a title that is being written.
pub const SIMILAR: usize = 5;

/// Threads whose words are like a title that is being written.
#[utoipa::path(get, path = "/api/v1/threads/similar", params(SimilarQuery), tag = "search",
    responses((status = 200, body = Vec<SummaryJson>), (status = 401, body = Problem)))]
pub async fn similar(
    app: Data<App>,
    credentials: Credentials,
    Query(query): Query<SimilarQuery>,
) -> Result<HttpResponse> {
    let house = app.clone();
    let found = app
        .read_as(credentials, move |db, who, _| {
            let found = super::similar(db, who, &house.searcher, &query.title, None, SIMILAR)?;
            summaries(db, found)
        })
        .await?;
    Ok(respond::json(StatusCode::OK, &found))
}
