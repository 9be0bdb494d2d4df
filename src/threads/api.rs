//! `/api/v1/threads`: lists, one thread, its history.

use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::json::{Context, PageJson, RevisionJson, SummaryJson, ThreadJson};
use super::{
    Cursor, Filter, Kind, Sort, Submit, Summary, Tended, Thread, ThreadInput, ThreadPatch,
    Visibility,
};
use crate::accounts::json::AuthorJson;
use crate::accounts::{self, Action, Who};
use crate::app::App;
use crate::attachments;
use crate::clock::At;
use crate::curation;
use crate::db::Db;
use crate::db::once::OnceKey;
use crate::db::types::Word;
use crate::environment;
use crate::environment::json::EnvironmentJson;
use crate::error::{Error, Result};
use crate::id::Id;
use crate::moderation::{self, Post};
use crate::replies::marks;
use crate::secret::Credentials;
use crate::taxonomy::{self, Vocabulary};
use crate::text::clean_line;
use crate::tryouts;
use crate::web::error::Problem;
use crate::web::form::{Json, Query};
use crate::web::respond;

/// Items on a page where the client does not say.
pub const DEFAULT_LIMIT: usize = 20;
pub const MAX_LIMIT: usize = 100;

/// What a list is asked for; slugs or Japanese names.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// question, practice, discussion
    pub kind: String,
    pub policy: String,
    pub initiative: String,
    pub school_type: String,
    pub subject: String,
    pub tag: String,
    /// An item of the self-check, as chk-b4
    pub item: String,
    /// A person's id.
    pub author: String,
    /// true, false
    pub solved: String,
    /// Of problems with the environment: received, investigating, planned, solved
    pub environment: String,
    /// new, active, unanswered, tried
    pub sort: String,
    /// 1 to 100, 20 by default.
    pub limit: String,
    pub cursor: String,
}

impl ListQuery {
    /// # Errors
    /// `Invalid` naming the first filter that no vocabulary knows.
    pub fn filter(&self, words: &Vocabulary) -> Result<Filter> {
        fn known<T>(
            field: &str,
            text: &str,
            find: impl FnOnce(&str) -> Option<T>,
        ) -> Result<Option<T>> {
            if text.trim().is_empty() {
                return Ok(None);
            }
            find(text).map(Some).ok_or_else(|| {
                Error::field(
                    field,
                    "unknown",
                    "この条件は使えません。選び直してください。",
                )
            })
        }
        Ok(Filter {
            kind: known("kind", &self.kind, Kind::parse)?,
            policy: known("policy", &self.policy, |text| {
                words.find_policy(text).map(|found| found.number)
            })?,
            initiative: known("initiative", &self.initiative, |text| {
                words.find_initiative(text).map(|found| found.slug.clone())
            })?,
            school_type: known("school_type", &self.school_type, |text| {
                words.find_school_type(text).map(|found| found.slug.clone())
            })?,
            subject: known("subject", &self.subject, |text| {
                words.find_subject(text).map(|found| found.slug.clone())
            })?,
            tag: Some(clean_line(&self.tag)).filter(|tag| !tag.is_empty()),
            item: known("item", &self.item, super::input::item_slug)?,
            author: known("author", &self.author, |text| text.parse().ok())?,
            solved: known("solved", &self.solved, truth)?,
            environment: known("environment", &self.environment, Tended::parse)?,
            sort: known("sort", &self.sort, Sort::from_word)?.unwrap_or_default(),
        })
    }

    /// # Errors
    /// `BadRequest` for a cursor that is none of ours.
    pub fn cursor(&self) -> Result<Option<Cursor>> {
        cursor(&self.cursor)
    }
}

/// `true`/`yes`/`1`/はい or their opposites.
pub fn truth(text: &str) -> Option<bool> {
    match text.trim() {
        "true" | "yes" | "1" | "はい" => Some(true),
        "false" | "no" | "0" | "いいえ" => Some(false),
        _ => None,
    }
}

/// # Errors
/// `BadRequest` for a cursor that is none of ours.
pub fn cursor(text: &str) -> Result<Option<Cursor>> {
    if text.is_empty() {
        return Ok(None);
    }
    Cursor::decode(text).map(Some)
}

/// # Errors
/// `Invalid` outside 1 to `max`.
pub fn limit(text: &str, max: usize) -> Result<usize> {
    if text.is_empty() {
        return Ok(DEFAULT_LIMIT.min(max));
    }
    text.parse()
        .ok()
        .filter(|limit| (1..=max).contains(limit))
        .ok_or_else(|| {
            Error::field(
                "limit",
                "out_of_range",
                format!("limit は1から{max}までです。"),
            )
        })
}

/// Summaries with their authors and counts: three queries, whatever their number.
pub fn summaries(db: &mut Db, items: Vec<Summary>) -> Result<Vec<SummaryJson>> {
    let words = taxonomy::current(db)?;
    let ids: Vec<Id> = items.iter().map(|item| item.id).collect();
    let signers = accounts::signers(db, items.iter().map(|item| &item.signature))?;
    let counts = marks::counts(db, &ids)?;
    let context = Context {
        words: &words,
        signers: &signers,
        counts: &counts,
    };
    Ok(items
        .into_iter()
        .filter_map(|item| SummaryJson::new(item, &context))
        .collect())
}

/// A thread with its author and counts, in the words it was tagged with.
pub fn in_full(db: &mut Db, thread: Thread) -> Result<ThreadJson> {
    let words = taxonomy::by_id(db, thread.vocabulary)?;
    let counts = marks::counts(db, &[thread.id])?;
    let signers = accounts::signers(db, [&thread.signature])?;
    let author = signers.of(&thread.signature, &words);
    let author = AuthorJson::new(&author.ok_or(Error::NotFound)?, &words);
    let counts = counts.get(&thread.id).copied().unwrap_or_default();
    // A thread that readers may not see is not named to them.
    let same: Vec<Id> = thread.duplicate_of.into_iter().collect();
    let same = if same.is_empty() {
        None
    } else {
        super::visible_among(db, &same)?.pop()
    };
    let thread = Thread {
        duplicate_of: same,
        ..thread
    };
    let environment = environment::of_thread(db, &thread)?;
    Ok(ThreadJson {
        environment: environment.map(EnvironmentJson::from),
        ..ThreadJson::new(thread, author, counts, words.id, &words)
    })
}

/// A page of threads.
#[utoipa::path(get, path = "/api/v1/threads", params(ListQuery), tag = "threads",
    responses((status = 200, body = PageJson<SummaryJson>), (status = 400, body = Problem), (status = 401, body = Problem), (status = 422, body = Problem)))]
pub async fn list(
    app: Data<App>,
    credentials: Credentials,
    Query(query): Query<ListQuery>,
) -> Result<HttpResponse> {
    let page = app
        .read_as(credentials, move |db, who, _| {
            let words = taxonomy::current(db)?;
            let limit = limit(&query.limit, MAX_LIMIT)?;
            let page = super::list(db, who, &query.filter(&words)?, query.cursor()?, limit)?;
            Ok(PageJson {
                items: summaries(db, page.items)?,
                next_cursor: page.next.map(Cursor::encode),
            })
        })
        .await?;
    Ok(respond::json(StatusCode::OK, &page))
}

/// The key of a POST that may come twice.
///
/// # Errors
/// `BadRequest` for a key that is too long or not ASCII.
pub fn once_key(request: &HttpRequest, purpose: &str) -> Result<Option<OnceKey>> {
    match request.headers().get("idempotency-key") {
        Some(value) => OnceKey::new(purpose, value.to_str().unwrap_or("\u{7f}")),
        None => Ok(None),
    }
}

/// Posts a thread.
#[utoipa::path(post, path = "/api/v1/threads", request_body = ThreadInput, tag = "threads",
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key gives the same answer within a day")),
    responses((status = 201, body = ThreadJson), (status = 400, body = Problem), (status = 413, body = Problem), (status = 401, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub async fn create(
    app: Data<App>,
    request: HttpRequest,
    credentials: Credentials,
    Json(input): Json<ThreadInput>,
) -> Result<HttpResponse> {
    let key = once_key(&request, "thread")?;
    let limits = app.config.limits.clone();
    let thread = app
        .write_as(credentials, move |db, who, now| {
            let submit = Submit::new(key.as_ref(), &limits);
            let thread = post(db, who, &input, &submit, now)?;
            in_full(db, thread)
        })
        .await?;
    let mut response = respond::tagged(StatusCode::CREATED, thread.revision, &thread);
    let location = format!("/api/v1/threads/{}", thread.id);
    response
        .headers_mut()
        .insert(header::LOCATION, location.parse().map_err(Error::internal)?);
    Ok(response)
}

/// Checks and posts what was typed: the same for the form and the API.
pub fn post(
    db: &mut Db,
    who: &Who,
    input: &ThreadInput,
    submit: &Submit<'_>,
    now: At,
) -> Result<Thread> {
    who.may(Action::Post)?;
    let new = input.parse(db)?;
    let thread = super::post(db, who, &new, submit, now)?;
    note_files(db, &thread, now)?;
    Ok(thread)
}

/// Changes a thread: the same for the form and the API.
pub fn change(
    db: &mut Db,
    who: &Who,
    id: Id,
    patch: &ThreadPatch,
    expected: Option<i32>,
    now: At,
) -> Result<Thread> {
    let thread = super::edit(db, who, id, patch, expected, now)?;
    if patch.school_type.is_some() {
        tryouts::reweigh(db, id, now)?;
    }
    note_files(db, &thread, now)?;
    curation::freshness::note_edit(db, &thread, now)?;
    Ok(thread)
}

/// Lets its readers see the files that a thread refers to.
pub fn note_files(db: &mut Db, thread: &Thread, now: At) -> Result<()> {
    let post = attachments::Post::Thread(thread.id);
    if thread.visibility != Visibility::Visible {
        attachments::withdraw(db, post, &thread.body, now)?;
    }
    attachments::attach(db, thread.author, post, &thread.body, now)
}

/// A thread. One that was merged into another: 308 to that one.
#[utoipa::path(get, path = "/api/v1/threads/{id}", tag = "threads", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = ThreadJson), (status = 308), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub async fn show(app: Data<App>, credentials: Credentials, id: Path<Id>) -> Result<HttpResponse> {
    let (asked, sought) = (credentials.clone(), *id);
    let thread = app
        .read_as(credentials, move |db, who, _| {
            let thread = super::find(db, who, *id)?;
            in_full(db, thread)
        })
        .await;
    match thread {
        Ok(thread) => Ok(respond::tagged(StatusCode::OK, thread.revision, &thread)),
        Err(Error::NotFound) => {
            let target = app
                .read_as(asked, move |db, who, _| super::forwarding(db, who, sought))
                .await?;
            let location = format!("/api/v1/threads/{target}");
            Ok(HttpResponse::PermanentRedirect()
                .insert_header((header::LOCATION, location))
                .finish())
        }
        Err(error) => Err(error),
    }
}

/// Changes a thread of one's own. `If-Match` with an older revision: 412.
#[utoipa::path(patch, path = "/api/v1/threads/{id}", request_body = ThreadPatch, tag = "threads",
    params(("id" = uuid::Uuid, Path), ("If-Match" = Option<String>, Header)),
    responses((status = 200, body = ThreadJson), (status = 400, body = Problem), (status = 413, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 412, body = Problem), (status = 422, body = Problem)))]
pub async fn edit(
    app: Data<App>,
    request: HttpRequest,
    credentials: Credentials,
    id: Path<Id>,
    Json(patch): Json<ThreadPatch>,
) -> Result<HttpResponse> {
    let expected = respond::if_match(&request)?;
    let thread = app
        .write_as(credentials, move |db, who, now| {
            let thread = change(db, who, *id, &patch, expected, now)?;
            in_full(db, thread)
        })
        .await?;
    Ok(respond::tagged(StatusCode::OK, thread.revision, &thread))
}

/// Takes a thread back.
#[utoipa::path(delete, path = "/api/v1/threads/{id}", tag = "threads", params(("id" = uuid::Uuid, Path)),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn remove(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
) -> Result<HttpResponse> {
    app.write_as(credentials, move |db, who, now| {
        let removed = moderation::place(db, who, Post::Thread(*id))?;
        super::remove(db, who, *id, now)?;
        moderation::removed(db, who, &removed, now)
    })
    .await?;
    Ok(respond::no_content())
}

/// The versions of a thread, the present one first.
#[utoipa::path(get, path = "/api/v1/threads/{id}/revisions", tag = "threads", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = PageJson<RevisionJson>), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub async fn revisions(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
) -> Result<HttpResponse> {
    let all = app
        .read_as(credentials, move |db, who, _| {
            let thread = super::find(db, who, *id)?;
            super::revisions(db, who, &thread)
        })
        .await?;
    let page = PageJson {
        items: all.into_iter().map(RevisionJson::from).collect(),
        next_cursor: None,
    };
    Ok(respond::json(StatusCode::OK, &page))
}
