//! `/api/v1/collections`.

use std::collections::HashMap;

use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use super::http::CollectionsQuery;
use super::json::{CollectionJson, CollectionSummaryJson, ItemJson, TrainingJson};
use super::{Collection, CollectionInput, CollectionPatch, Training};
use crate::accounts::Who;
use crate::app::App;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::id::Id;
use crate::secret::Credentials;
use crate::taxonomy;
use crate::text::gist;
use crate::threads::api::{MAX_LIMIT, cursor, limit, once_key, summaries};
use crate::threads::json::{PageJson, SummaryJson};
use crate::threads::{self, Cursor};
use crate::web::error::Problem;
use crate::web::form::{Json, Query};
use crate::web::respond;

/// Graphemes of a cover that lists show.
const GIST: usize = 90;

fn training(training: Option<&Training>) -> Option<TrainingJson> {
    training.map(|one| TrainingJson {
        form: one.form,
        on: one.on,
        place: one.place.clone(),
    })
}

fn summary(one: &Collection) -> CollectionSummaryJson {
    let content = &one.content;
    CollectionSummaryJson {
        id: one.id,
        short_code: one.short_code.clone(),
        state: one.state,
        title: content.title.clone(),
        gist: gist(&content.cover, GIST),
        policies: content.policies.clone(),
        school_types: content.school_types.clone(),
        experience: content.experience.clone(),
        training: training(content.training.as_ref()),
        count: one.shown().len(),
        updated_at: one.updated_at,
        published_at: one.published_at,
    }
}

/// Readers are told of what they may see alone; those who write it, of every place.
fn in_full(db: &mut Db, who: &Who, one: Collection) -> Result<CollectionJson> {
    let editable = super::is_editable(db, who, &one)?;
    let shown = threads::visible(db, who, &one.shown())?;
    let mut shown: HashMap<Id, SummaryJson> = summaries(db, shown)?
        .into_iter()
        .map(|thread| (thread.id, thread))
        .collect();
    let content = one.content;
    let items = content.items.into_iter().map(|item| ItemJson {
        thread_id: item.thread,
        comment: item.comment,
        thread: shown.remove(&item.thread),
    });
    Ok(CollectionJson {
        id: one.id,
        short_code: one.short_code,
        state: one.state,
        title: content.title,
        cover: content.cover,
        cover_html: one.cover_html,
        policies: content.policies,
        school_types: content.school_types,
        experience: content.experience,
        training: training(content.training.as_ref()),
        items: items
            .filter(|item| editable || item.thread.is_some())
            .collect(),
        revision: one.revision,
        created_at: one.created_at,
        updated_at: one.updated_at,
        published_at: one.published_at,
    })
}

/// A page of published collections, what was changed last first; with `mine`, of one's own in any state.
#[utoipa::path(get, path = "/api/v1/collections", params(CollectionsQuery), tag = "collections",
    responses((status = 200, body = PageJson<CollectionSummaryJson>), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub async fn list(
    app: Data<App>,
    credentials: Credentials,
    Query(query): Query<CollectionsQuery>,
) -> Result<HttpResponse> {
    let page = app
        .read_as(credentials, move |db, who, _| {
            let words = taxonomy::current(db)?;
            let limit = limit(&query.limit, MAX_LIMIT)?;
            let after = cursor(&query.cursor)?;
            let page = super::list(db, who, &query.filter(&words)?, after, limit)?;
            Ok(PageJson {
                items: page.items.iter().map(summary).collect(),
                next_cursor: page.next.map(Cursor::encode),
            })
        })
        .await?;
    Ok(respond::json(StatusCode::OK, &page))
}

/// Begins a collection as a draft; for trainers.
#[utoipa::path(post, path = "/api/v1/collections", request_body = CollectionInput, tag = "collections",
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key gives the same answer within a day")),
    responses((status = 201, body = CollectionJson), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem), (status = 413, body = Problem), (status = 422, body = Problem)))]
pub async fn create(
    app: Data<App>,
    request: HttpRequest,
    credentials: Credentials,
    Json(input): Json<CollectionInput>,
) -> Result<HttpResponse> {
    let key = once_key(&request, "collection")?;
    let made = app
        .write_as(credentials, move |db, who, now| {
            let made = super::create(db, who, &input, key.as_ref(), now)?;
            in_full(db, who, made)
        })
        .await?;
    let location = format!("/api/v1/collections/{}", made.id);
    let mut response = respond::tagged(StatusCode::CREATED, made.revision, &made);
    response
        .headers_mut()
        .insert(header::LOCATION, location.parse().map_err(Error::internal)?);
    Ok(response)
}

/// A collection: published, or one's own.
#[utoipa::path(get, path = "/api/v1/collections/{id}", tag = "collections", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = CollectionJson), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub async fn show(app: Data<App>, credentials: Credentials, id: Path<Id>) -> Result<HttpResponse> {
    let found = app
        .read_as(credentials, move |db, who, _| {
            let found = super::find(db, who, *id)?;
            in_full(db, who, found)
        })
        .await?;
    Ok(respond::tagged(StatusCode::OK, found.revision, &found))
}

/// Changes a collection, publishes it or takes it back (`state`). `If-Match` with an older revision: 412.
#[utoipa::path(patch, path = "/api/v1/collections/{id}", request_body = CollectionPatch, tag = "collections",
    params(("id" = uuid::Uuid, Path), ("If-Match" = Option<String>, Header)),
    responses((status = 200, body = CollectionJson), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 412, body = Problem), (status = 413, body = Problem), (status = 422, body = Problem)))]
pub async fn edit(
    app: Data<App>,
    request: HttpRequest,
    credentials: Credentials,
    id: Path<Id>,
    Json(patch): Json<CollectionPatch>,
) -> Result<HttpResponse> {
    let expected = respond::if_match(&request)?;
    let saved = app
        .write_as(credentials, move |db, who, now| {
            let saved = super::save(db, who, *id, &patch, expected, now)?;
            in_full(db, who, saved)
        })
        .await?;
    Ok(respond::tagged(StatusCode::OK, saved.revision, &saved))
}

/// Takes a collection back; nothing is erased.
#[utoipa::path(delete, path = "/api/v1/collections/{id}", tag = "collections", params(("id" = uuid::Uuid, Path)),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn withdraw(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
) -> Result<HttpResponse> {
    app.write_as(credentials, move |db, who, now| {
        super::withdraw(db, who, *id, now)
    })
    .await?;
    Ok(respond::no_content())
}
