//! `/api/v1/threads/{id}/tryouts`, `/api/v1/tryouts/{id}`.

use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::json::{NewTryoutJson, TryoutJson};
use super::{Tryout, TryoutInput};
use crate::accounts::json::AuthorJson;
use crate::accounts::{self, Action, Who};
use crate::app::App;
use crate::clock::At;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::id::Id;
use crate::moderation;
use crate::replies::api::PageQuery;
use crate::secret::Credentials;
use crate::taxonomy;
use crate::threads::api::{self, once_key};
use crate::threads::json::PageJson;
use crate::threads::{self, Cursor, Submit, Thread};
use crate::web::error::Problem;
use crate::web::form::{Json, Query};
use crate::web::respond;

/// Try-outs with their authors: two queries, whatever their number.
fn in_full(db: &mut Db, tryouts: Vec<Tryout>) -> Result<Vec<TryoutJson>> {
    let words = taxonomy::current(db)?;
    let signers = accounts::signers(db, tryouts.iter().map(|one| &one.signature))?;
    Ok(tryouts
        .into_iter()
        .filter_map(|one| {
            let author = AuthorJson::new(&signers.of(&one.signature, &words)?, &words);
            Some(TryoutJson::new(one, author, &words))
        })
        .collect())
}

/// Whether `who` has written in this thread without their name: what they write next is signed so too, unless they say
/// otherwise.
pub fn sealed_before(db: &mut Db, who: &Who, thread: &Thread) -> Result<bool> {
    let begun = thread.signature.is_sealed() && thread.author.is_who(who);
    Ok(begun || super::has_sealed_beside(db, who, thread.id)?)
}

/// Checks and records what was typed: the same for the form and the API.
pub fn record(
    db: &mut Db,
    who: &Who,
    thread: Id,
    (input, sealed): (&TryoutInput, Option<bool>),
    submit: &Submit<'_>,
    now: At,
) -> Result<Tryout> {
    who.may(Action::Post)?;
    let practice = threads::find(db, who, thread)?;
    super::check(who, &practice)?;
    let sealed = match sealed {
        Some(sealed) => sealed,
        None => who.can(Action::Seal) && sealed_before(db, who, &practice)?,
    };
    let words = taxonomy::current(db)?;
    let new = input.parse(who, &words, sealed)?;
    super::record(db, who, thread, &new, submit, now)
}

/// Takes one back; what a moderator takes back is told and stands in the log: the same for the form and the API.
pub fn remove_one(db: &mut Db, who: &Who, id: Id, reason: &str, now: At) -> Result<Tryout> {
    let removed = super::remove(db, who, id, reason, now)?;
    if let Some(reason) = &removed.reason {
        let tryout = &removed.tryout;
        let of = (tryout.thread, tryout.author);
        moderation::log::took_tryout(db, who, of, reason, now)?;
    }
    Ok(removed.tryout)
}

/// What became of a practice elsewhere, the newest first.
#[utoipa::path(get, path = "/api/v1/threads/{id}/tryouts", tag = "tryouts",
    params(("id" = uuid::Uuid, Path), PageQuery),
    responses((status = 200, body = PageJson<TryoutJson>), (status = 400, body = Problem), (status = 401, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn list(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
    Query(query): Query<PageQuery>,
) -> Result<HttpResponse> {
    let page = app
        .read_as(credentials, move |db, who, _| {
            let thread = threads::find(db, who, *id)?;
            let limit = api::limit(&query.limit, api::MAX_LIMIT)?;
            let cursor = api::cursor(&query.cursor)?;
            let page = super::of_thread(db, who, thread.id, cursor, limit)?;
            Ok(PageJson {
                items: in_full(db, page.items)?,
                next_cursor: page.next.map(Cursor::encode),
            })
        })
        .await?;
    Ok(respond::json(StatusCode::OK, &page))
}

/// Records what became of somebody else's practice.
#[utoipa::path(post, path = "/api/v1/threads/{id}/tryouts", request_body = NewTryoutJson, tag = "tryouts",
    params(("id" = uuid::Uuid, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 201, body = TryoutJson), (status = 400, body = Problem), (status = 413, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub async fn create(
    app: Data<App>,
    request: HttpRequest,
    credentials: Credentials,
    id: Path<Id>,
    Json(sent): Json<NewTryoutJson>,
) -> Result<HttpResponse> {
    let key = once_key(&request, &format!("tryout:{id}"))?;
    let limits = app.config.limits.clone();
    let tryout = app
        .write_as(credentials, move |db, who, now| {
            let submit = Submit::new(key.as_ref(), &limits);
            let input = (&sent.input(), sent.sealed);
            let tryout = record(db, who, *id, input, &submit, now)?;
            in_full(db, vec![tryout])?.pop().ok_or(Error::NotFound)
        })
        .await?;
    let mut response = respond::json(StatusCode::CREATED, &tryout);
    let location = format!("/threads/{}/tryouts#tried-{}", tryout.thread_id, tryout.id);
    response
        .headers_mut()
        .insert(header::LOCATION, location.parse().map_err(Error::internal)?);
    Ok(response)
}

#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct RemoveQuery {
    /// Of a moderator who takes back what somebody else recorded: required then, in the log, and told to its author.
    pub reason: String,
}

/// Takes a try-out back: its author, or a moderator with a reason.
#[utoipa::path(delete, path = "/api/v1/tryouts/{id}", tag = "tryouts", params(("id" = uuid::Uuid, Path), RemoveQuery),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn remove(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
    Query(query): Query<RemoveQuery>,
) -> Result<HttpResponse> {
    app.write_as(credentials, move |db, who, now| {
        remove_one(db, who, *id, &query.reason, now).map(|_| ())
    })
    .await?;
    Ok(respond::no_content())
}
