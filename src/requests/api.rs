//! `/api/v1/requests`.

use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::json::RequestJson;
use super::{Request, RequestInput, Shelf};
use crate::accounts::{Action, Who};
use crate::app::App;
use crate::clock::At;
use crate::db::Db;
use crate::db::once::OnceKey;
use crate::db::types::Word;
use crate::error::{Error, Result};
use crate::id::Id;
use crate::secret::Credentials;
use crate::taxonomy;
use crate::threads::json::PageJson;
use crate::threads::{self, Cursor, Loose};
use crate::web::error::Problem;
use crate::web::form::{Json, Query};
use crate::web::respond;

/// A request as a client sends it; slugs or Japanese names.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct NewRequestInput {
    #[schema(value_type = String)]
    pub policy: Loose,
    pub school_type: String,
    #[schema(nullable)]
    pub subject: Option<String>,
    /// `chk-a1` or 「A-1」.
    #[schema(nullable)]
    pub item: Option<String>,
    /// Up to 120 characters.
    pub sentence: String,
    /// The last day, `YYYY-MM-DD`: today at the earliest.
    pub until: String,
}

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct RequestsQuery {
    /// open (default), filled, over
    pub state: String,
    /// 1 to 100, 20 by default.
    pub limit: String,
    pub cursor: String,
}

impl RequestsQuery {
    /// # Errors
    /// `Invalid` for a list that is none.
    pub fn shelf(&self) -> Result<Shelf> {
        if self.state.trim().is_empty() {
            return Ok(Shelf::Open);
        }
        Shelf::from_word(self.state.trim()).ok_or_else(|| {
            Error::field(
                "state",
                "unknown",
                "この条件は使えません。選び直してください。",
            )
        })
    }
}

fn shown(db: &mut Db, found: Vec<Request>, today: chrono::NaiveDate) -> Result<Vec<RequestJson>> {
    let fillers: Vec<Id> = found.iter().filter_map(|one| one.filled_by).collect();
    let visible = threads::visible_among(db, &fillers)?;
    Ok(found
        .into_iter()
        .map(|one| RequestJson::new(one, &visible, today))
        .collect())
}

fn shown_one(db: &mut Db, found: Request, today: chrono::NaiveDate) -> Result<RequestJson> {
    shown(db, vec![found], today)?.pop().ok_or(Error::NotFound)
}

/// What trainers ask for: the open ones that end first, the others the last first.
#[utoipa::path(get, path = "/api/v1/requests", tag = "requests", params(RequestsQuery),
    responses((status = 200, body = PageJson<RequestJson>), (status = 400, body = Problem), (status = 401, body = Problem), (status = 422, body = Problem)))]
pub async fn list(
    app: Data<App>,
    credentials: Credentials,
    Query(query): Query<RequestsQuery>,
) -> Result<HttpResponse> {
    let zone = app.config.timezone;
    let page = app
        .read_as(credentials, move |db, who, now| {
            let today = now.day(zone);
            let limit = threads::api::limit(&query.limit, threads::api::MAX_LIMIT)?;
            let after = threads::api::cursor(&query.cursor)?;
            let page = super::list(db, who, query.shelf()?, today, after, limit)?;
            Ok(PageJson {
                items: shown(db, page.items, today)?,
                next_cursor: page.next.map(Cursor::encode),
            })
        })
        .await?;
    Ok(respond::json(StatusCode::OK, &page))
}

/// Checks and asks: the same for the form and the API.
pub fn post(
    db: &mut Db,
    who: &Who,
    input: &RequestInput,
    key: Option<&OnceKey>,
    today: chrono::NaiveDate,
    now: At,
) -> Result<Request> {
    who.may(Action::Curate)?;
    let words = taxonomy::current(db)?;
    let new = input.parse(&words, today)?;
    super::post(db, who, &new, key, today, now)
}

/// Asks for a practice: trainers.
#[utoipa::path(post, path = "/api/v1/requests", request_body = NewRequestInput, tag = "requests",
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key gives the same answer within a day")),
    responses((status = 201, body = RequestJson), (status = 400, body = Problem), (status = 413, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn create(
    app: Data<App>,
    request: HttpRequest,
    credentials: Credentials,
    Json(input): Json<NewRequestInput>,
) -> Result<HttpResponse> {
    let key = threads::api::once_key(&request, "request")?;
    let zone = app.config.timezone;
    let input = RequestInput {
        policy: input.policy.0,
        school_type: input.school_type,
        subject: input.subject.unwrap_or_default(),
        item: input.item.unwrap_or_default(),
        sentence: input.sentence,
        until: input.until,
    };
    let made = app
        .write_as(credentials, move |db, who, now| {
            let today = now.day(zone);
            let made = post(db, who, &input, key.as_ref(), today, now)?;
            shown_one(db, made, today)
        })
        .await?;
    let mut response = respond::json(StatusCode::CREATED, &made);
    let location = format!("/api/v1/requests/{}", made.id);
    response
        .headers_mut()
        .insert(header::LOCATION, location.parse().map_err(Error::internal)?);
    Ok(response)
}

/// A request.
#[utoipa::path(get, path = "/api/v1/requests/{id}", tag = "requests", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = RequestJson), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub async fn show(app: Data<App>, credentials: Credentials, id: Path<Id>) -> Result<HttpResponse> {
    let zone = app.config.timezone;
    let found = app
        .read_as(credentials, move |db, who, now| {
            let found = super::find(db, who, *id)?;
            shown_one(db, found, now.day(zone))
        })
        .await?;
    Ok(respond::json(StatusCode::OK, &found))
}

/// Ends a request before its day: trainers.
#[utoipa::path(post, path = "/api/v1/requests/{id}/close", tag = "requests", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = RequestJson), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn close(app: Data<App>, credentials: Credentials, id: Path<Id>) -> Result<HttpResponse> {
    let zone = app.config.timezone;
    let closed = app
        .write_as(credentials, move |db, who, now| {
            let today = now.day(zone);
            let closed = super::close(db, who, *id, today, now)?;
            shown_one(db, closed, today)
        })
        .await?;
    Ok(respond::json(StatusCode::OK, &closed))
}
