//! Reports and visibility through the API.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use serde::{Deserialize, Serialize};

use super::{Post, duplicates};
use crate::accounts::Who;
use crate::app::App;
use crate::clock::At;
use crate::db::Db;
use crate::db::types::Word;
use crate::error::{Error, Result};
use crate::id::Id;
use crate::secret::Credentials;
use crate::threads::json::ThreadJson;
use crate::threads::{self, Visibility};
use crate::web::error::Problem;
use crate::web::form::Json;
use crate::web::respond;

#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct ReportInput {
    /// personal_data, copyright, rude, wrong, advertising, other – or the words of the form.
    pub reason: String,
    #[schema(nullable)]
    pub detail: Option<String>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ReportJson {
    #[schema(value_type = uuid::Uuid)]
    pub id: Id,
}

#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct VisibilityInput {
    /// visible, held, hidden.
    pub visibility: String,
    pub reason: String,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct VisibilityJson {
    pub visibility: Visibility,
}

/// # Errors
/// `Invalid` naming `visibility`.
pub fn parse_visibility(text: &str) -> Result<Visibility> {
    Visibility::from_word(text.trim()).ok_or_else(|| {
        Error::field(
            "visibility",
            "unknown",
            "visible・held・hidden のどれかにしてください。",
        )
    })
}

async fn report(
    app: &App,
    credentials: Credentials,
    post: Post,
    input: ReportInput,
) -> Result<HttpResponse> {
    let id = app
        .write_as(credentials, move |db, who, now| {
            let detail = input.detail.as_deref().unwrap_or_default();
            super::report(db, who, post, &input.reason, detail, now)
        })
        .await?;
    Ok(respond::json(StatusCode::CREATED, &ReportJson { id }))
}

async fn set_visibility(
    app: &App,
    credentials: Credentials,
    post: Post,
    input: VisibilityInput,
) -> Result<HttpResponse> {
    let visibility = app
        .write_as(credentials, move |db, who, now| {
            who.may(crate::accounts::Action::Moderate)?;
            let visibility = parse_visibility(&input.visibility)?;
            super::set_visibility(db, who, post, visibility, &input.reason, now)?;
            Ok(visibility)
        })
        .await?;
    Ok(respond::json(
        StatusCode::OK,
        &VisibilityJson { visibility },
    ))
}

#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct LockInput {
    /// Readers see it.
    pub reason: String,
}

#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct DuplicateInput {
    /// The other thread: its id, short code or address.
    pub thread: String,
    /// True moves the replies there and leaves only the address of this one; false links the two.
    pub merge: bool,
    #[schema(nullable)]
    pub reason: Option<String>,
}

/// The thread of an answer, as it stands now.
async fn changed(
    app: &App,
    credentials: Credentials,
    change: impl FnOnce(&mut Db, &Who, At) -> Result<Id> + Send + 'static,
) -> Result<HttpResponse> {
    let thread = app
        .write_as(credentials, move |db, who, now| {
            let id = change(db, who, now)?;
            let thread = threads::find(db, who, id)?;
            threads::api::in_full(db, thread)
        })
        .await?;
    Ok(respond::tagged(StatusCode::OK, thread.revision, &thread))
}

/// Locks a thread: it is read on, and nothing more is written in it. Moderators.
#[utoipa::path(put, path = "/api/v1/threads/{id}/lock", request_body = LockInput, tag = "moderation",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = ThreadJson), (status = 400, body = Problem), (status = 413, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn lock(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
    Json(input): Json<LockInput>,
) -> Result<HttpResponse> {
    let thread = *id;
    changed(&app, credentials, move |db, who, now| {
        super::lock::lock(db, who, thread, &input.reason, now).map(|()| thread)
    })
    .await
}

/// Opens a locked thread again. Moderators.
#[utoipa::path(delete, path = "/api/v1/threads/{id}/lock", tag = "moderation", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = ThreadJson), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn unlock(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
) -> Result<HttpResponse> {
    let thread = *id;
    changed(&app, credentials, move |db, who, now| {
        super::lock::unlock(db, who, thread, "", now).map(|()| thread)
    })
    .await
}

/// Says that a thread repeats another, or merges it into that one; the answer of a merge is the other thread. Trainers
/// and moderators.
#[utoipa::path(put, path = "/api/v1/threads/{id}/duplicate-of", request_body = DuplicateInput, tag = "moderation",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = ThreadJson), (status = 400, body = Problem), (status = 413, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn set_duplicate(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
    Json(input): Json<DuplicateInput>,
) -> Result<HttpResponse> {
    let thread = *id;
    changed(&app, credentials, move |db, who, now| {
        let reason = input.reason.as_deref().unwrap_or_default();
        if input.merge {
            duplicates::http::merge_whole(db, who, thread, &input.thread, reason, now)
        } else {
            duplicates::link(db, who, thread, &input.thread, reason, now).map(|_| thread)
        }
    })
    .await
}

/// Takes the link to the other thread back. Trainers and moderators.
#[utoipa::path(delete, path = "/api/v1/threads/{id}/duplicate-of", tag = "moderation", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = ThreadJson), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn withdraw_duplicate(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
) -> Result<HttpResponse> {
    let thread = *id;
    changed(&app, credentials, move |db, who, now| {
        duplicates::unlink(db, who, thread, now).map(|()| thread)
    })
    .await
}

/// Tells the moderators of a thread.
#[utoipa::path(post, path = "/api/v1/threads/{id}/reports", request_body = ReportInput, tag = "moderation",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 201, body = ReportJson), (status = 400, body = Problem), (status = 413, body = Problem), (status = 401, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn report_thread(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
    Json(input): Json<ReportInput>,
) -> Result<HttpResponse> {
    report(&app, credentials, Post::Thread(*id), input).await
}

/// Tells the moderators of a reply.
#[utoipa::path(post, path = "/api/v1/replies/{id}/reports", request_body = ReportInput, tag = "moderation",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 201, body = ReportJson), (status = 400, body = Problem), (status = 413, body = Problem), (status = 401, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn report_reply(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
    Json(input): Json<ReportInput>,
) -> Result<HttpResponse> {
    report(&app, credentials, Post::Reply(*id), input).await
}

/// Holds, hides or restores a thread; moderators, with a reason, in the audit log.
#[utoipa::path(put, path = "/api/v1/threads/{id}/visibility", request_body = VisibilityInput, tag = "moderation",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = VisibilityJson), (status = 400, body = Problem), (status = 413, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn set_thread_visibility(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
    Json(input): Json<VisibilityInput>,
) -> Result<HttpResponse> {
    set_visibility(&app, credentials, Post::Thread(*id), input).await
}

/// Holds, hides or restores a reply; moderators, with a reason, in the audit log.
#[utoipa::path(put, path = "/api/v1/replies/{id}/visibility", request_body = VisibilityInput, tag = "moderation",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = VisibilityJson), (status = 400, body = Problem), (status = 413, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn set_reply_visibility(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
    Json(input): Json<VisibilityInput>,
) -> Result<HttpResponse> {
    set_visibility(&app, credentials, Post::Reply(*id), input).await
}
