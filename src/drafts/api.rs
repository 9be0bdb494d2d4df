//! `/api/v1/drafts`: what one is writing, for one's own programs and for the script of the forms.

use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::json::{DraftJson, DraftPut, NewDraft};
use super::{Keeping, Purpose};
use crate::accounts::http::device;
use crate::app::App;
use crate::db::types::Word;
use crate::error::{Error, Result};
use crate::id::Id;
use crate::secret::Credentials;
use crate::threads::json::PageJson;
use crate::web::error::Problem;
use crate::web::form::{Json, Query};
use crate::web::respond;

/// Which drafts are listed; both may be empty.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct DraftsQuery {
    /// new_thread, edit_thread, reply, edit_reply
    pub purpose: String,
    /// The id of a thread or reply.
    pub target: String,
}

fn purpose(word: &str) -> Result<Purpose> {
    Purpose::from_word(word).ok_or_else(|| {
        Error::field(
            "purpose",
            "unknown",
            "new_thread、edit_thread、reply、edit_reply のどれかを選んでください。",
        )
    })
}

fn target(text: &str) -> Result<Option<Id>> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let wrong = || Error::field("target", "unknown", "話題か回答の id を書いてください。");
    text.trim().parse().map(Some).map_err(|_| wrong())
}

/// One's own drafts, the newest first: all of them, there are never many.
#[utoipa::path(get, path = "/api/v1/drafts", tag = "drafts", params(DraftsQuery),
    responses((status = 200, body = PageJson<DraftJson>), (status = 401, body = Problem), (status = 422, body = Problem)))]
pub async fn list(
    app: Data<App>,
    credentials: Credentials,
    Query(query): Query<DraftsQuery>,
) -> Result<HttpResponse> {
    let drafts = app
        .read_as(credentials, move |db, who, now| {
            let mut all = super::own(db, who, now)?;
            if !query.purpose.is_empty() {
                let wanted = purpose(&query.purpose)?;
                all.retain(|draft| draft.purpose == wanted);
            }
            if let Some(wanted) = target(&query.target)? {
                all.retain(|draft| draft.target == Some(wanted));
            }
            Ok(all)
        })
        .await?;
    let page = PageJson {
        items: drafts.into_iter().map(DraftJson::from).collect(),
        next_cursor: None,
    };
    Ok(respond::json(StatusCode::OK, &page))
}

/// Begins a draft: at most 50 a person, one for each thread or reply that is answered or changed. Where there is one
/// already: 412.
#[utoipa::path(post, path = "/api/v1/drafts", request_body = NewDraft, tag = "drafts",
    params(("Idempotency-Key" = Option<String>, Header, description = "The key with which the post itself will be sent: the same key begins one draft, and none after the post was made")),
    responses((status = 201, body = DraftJson), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 412, body = Problem), (status = 413, body = Problem), (status = 422, body = Problem)))]
pub async fn create(
    app: Data<App>,
    request: HttpRequest,
    credentials: Credentials,
    Json(input): Json<NewDraft>,
) -> Result<HttpResponse> {
    let key = match request.headers().get("idempotency-key") {
        Some(value) => value.to_str().unwrap_or("\u{7f}").to_owned(),
        None => String::new(),
    };
    let device = device(&request);
    let draft = app
        .write_as(credentials, move |db, who, now| {
            // Visitors are asked to sign in before anything that they sent is looked at.
            who.member()?;
            let keeping = Keeping {
                purpose: purpose(&input.purpose)?,
                target: target(input.target.as_deref().unwrap_or_default())?,
                fields: input.fields,
                device,
                key,
            };
            super::create(db, who, &keeping, now)
        })
        .await?;
    let location = format!("/api/v1/drafts/{}", draft.id);
    let revision = draft.revision;
    let mut response = respond::tagged(StatusCode::CREATED, revision, &DraftJson::from(draft));
    response
        .headers_mut()
        .insert(header::LOCATION, location.parse().map_err(Error::internal)?);
    Ok(response)
}

/// A draft of one's own.
#[utoipa::path(get, path = "/api/v1/drafts/{id}", tag = "drafts", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = DraftJson), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub async fn show(app: Data<App>, credentials: Credentials, id: Path<Id>) -> Result<HttpResponse> {
    let draft = app
        .read_as(credentials, move |db, who, now| {
            super::find(db, who, *id, now)
        })
        .await?;
    let revision = draft.revision;
    Ok(respond::tagged(
        StatusCode::OK,
        revision,
        &DraftJson::from(draft),
    ))
}

/// Saves a draft of one's own. `If-Match` with an older revision: 412, and nothing is written over.
#[utoipa::path(put, path = "/api/v1/drafts/{id}", request_body = DraftPut, tag = "drafts",
    params(("id" = uuid::Uuid, Path), ("If-Match" = Option<String>, Header)),
    responses((status = 200, body = DraftJson), (status = 400, body = Problem), (status = 401, body = Problem), (status = 404, body = Problem), (status = 412, body = Problem),
        (status = 413, body = Problem), (status = 422, body = Problem)))]
pub async fn save(
    app: Data<App>,
    request: HttpRequest,
    credentials: Credentials,
    id: Path<Id>,
    Json(put): Json<DraftPut>,
) -> Result<HttpResponse> {
    let expected = respond::if_match(&request)?;
    let device = device(&request);
    let draft = app
        .write_as(credentials, move |db, who, now| {
            super::save(db, who, *id, &put.fields, &device, expected, now)
        })
        .await?;
    let revision = draft.revision;
    Ok(respond::tagged(
        StatusCode::OK,
        revision,
        &DraftJson::from(draft),
    ))
}

/// Throws a draft away.
#[utoipa::path(delete, path = "/api/v1/drafts/{id}", tag = "drafts", params(("id" = uuid::Uuid, Path)),
    responses((status = 204), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub async fn discard(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
) -> Result<HttpResponse> {
    app.write_as(credentials, move |db, who, _| super::discard(db, who, *id))
        .await?;
    Ok(respond::no_content())
}
