//! `/api/v1/search` and similar threads.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use chrono::NaiveDate;
use serde::Deserialize;

use super::json::{FoundJson, HitJson, SuggestedJson, explain, facets, suggested};
use super::question;
use super::{MAX_LIMIT, Question};
use crate::accounts::{self, Who};
use crate::app::App;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::id::Id;
use crate::secret::Credentials;
use crate::taxonomy::{self, Vocabulary};
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
    /// Words and operators (`"phrase"`, `-word`, `kind:`, 校種: …); empty lists the newest.
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
    /// A day, month or year, from whose first day on
    pub after: String,
    /// A day, month or year, to whose last day
    pub before: String,
    /// relevance, new
    pub sort: String,
    /// 1 to 50, 20 by default.
    pub limit: String,
    pub cursor: String,
    /// 1: how the words were understood and what the scores are made of, for developers
    pub explain: String,
}

impl SearchQuery {
    /// Slugs for names; what no vocabulary knows stays as it is and finds nothing. Operators among the words are taken
    /// out of them.
    ///
    /// # Errors
    /// `Invalid` for a limit out of range or a date that is none, `BadRequest` for a cursor that is none of ours.
    pub fn question(&self, db: &mut Db, who: &Who, words: &Vocabulary) -> Result<Question> {
        let given = |list: &[String], slug: &dyn Fn(&str) -> Option<String>| {
            list.iter()
                .filter(|text| !text.trim().is_empty())
                .map(|text| slug(text).unwrap_or_else(|| text.trim().to_owned()))
                .collect::<Vec<_>>()
        };
        let mut solved: Vec<bool> = self.solved.iter().filter_map(|text| truth(text)).collect();
        solved.sort_unstable();
        solved.dedup();
        let mut people = |name: &str| authors(db, who, name);
        let mut by = Vec::new();
        for text in given(&self.author, &|_| None) {
            let known = people(&text)?;
            by.extend(if known.is_empty() { vec![text] } else { known });
        }
        let mut question = Question {
            kinds: given(&self.kind, &question::kind),
            policies: given(&self.policy, &|text| question::policy(words, text)),
            initiatives: given(&self.initiative, &|text| question::initiative(words, text)),
            school_types: given(&self.school_type, &|text| {
                question::school_type(words, text)
            }),
            subjects: given(&self.subject, &|text| question::subject(words, text)),
            grades: given(&self.grade, &|text| question::grade(words, text)),
            tags: given(&self.tag, &|_| None),
            authors: by,
            solved: match solved.as_slice() {
                [one] => Some(*one),
                _ => None,
            },
            after: day("after", &self.after)?.map(|(first, _)| first),
            before: day("before", &self.before)?.map(|(_, last)| last),
            newest_first: self.sort == "new",
            offset: self.offset()?,
            limit: limit(&self.limit, MAX_LIMIT)?,
            ..Question::default()
        };
        question.read(&self.q, words, &mut people)?;
        Ok(question)
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

fn day(field: &'static str, text: &str) -> Result<Option<(NaiveDate, NaiveDate)>> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let days = question::days(text);
    let wrong = || {
        Error::field(
            field,
            "not_a_day",
            "日付は 2026-05-01 のように書いてください。",
        )
    };
    days.map(Some).ok_or_else(wrong)
}

/// The persons that a text means: 自分, an id, a name as it is shown.
fn authors(db: &mut Db, who: &Who, text: &str) -> Result<Vec<String>> {
    if let (Who::Member(member), "自分" | "私" | "わたし" | "me") = (who, text) {
        return Ok(vec![member.id.to_string()]);
    }
    if let Ok(id) = text.parse::<Id>() {
        return Ok(vec![id.to_string()]);
    }
    let ids = accounts::ids_named(db, text)?;
    Ok(ids.iter().map(ToString::to_string).collect())
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
        .read_as(credentials, move |db, who, now| {
            let words = taxonomy::current(db)?;
            let question = query.question(db, who, &words)?;
            let at = (now, house.config.timezone);
            let found = super::search(db, who, &house.searcher, &question, at)?;
            house.search_log.asked(&question, found.total, now);
            let explain = (query.explain == "1").then(|| explain(&found));
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
                explain,
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

#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct SuggestQuery {
    /// As typed so far; the last word may be unfinished.
    pub q: String,
}

/// Tags, tools and threads for a text that is being typed.
#[utoipa::path(get, path = "/api/v1/search/suggest", params(SuggestQuery), tag = "search",
    responses((status = 200, body = Vec<SuggestedJson>), (status = 401, body = Problem)))]
pub async fn suggest(
    app: Data<App>,
    credentials: Credentials,
    Query(query): Query<SuggestQuery>,
) -> Result<HttpResponse> {
    let house = app.clone();
    let found = app
        .read_as(credentials, move |db, who, _| {
            super::suggest(db, who, &house.searcher, &query.q)
        })
        .await?;
    Ok(respond::json(StatusCode::OK, &suggested(&found)))
}
