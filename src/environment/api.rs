//! `/api/v1/environment` and `/api/v1/threads/{id}/environment`.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::json::{EnvironmentHistoryJson, EnvironmentItemJson, EnvironmentJson};
use super::{State, StepInput};
use crate::accounts::Who;
use crate::app::App;
use crate::clock::At;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::id::Id;
use crate::secret::Credentials;
use crate::threads::json::PageJson;
use crate::threads::{self, Cursor};
use crate::web::error::Problem;
use crate::web::form::{Json, Query};
use crate::web::respond;

/// A step as a client sends it.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct EnvironmentInput {
    /// received, investigating, planned, solved; or 受付, 調査中, 対応予定, 解決
    pub state: String,
    /// `YYYY-MM-DD`: required for planned, not allowed for the others.
    #[schema(nullable)]
    pub planned_on: Option<String>,
    /// Readers see it; up to 200 characters.
    pub note: String,
}

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct EnvironmentQuery {
    /// received, investigating, planned, solved
    pub state: String,
    /// 1 to 100, 20 by default.
    pub limit: String,
    pub cursor: String,
}

impl EnvironmentQuery {
    /// # Errors
    /// `Invalid` for a state that is none.
    pub fn state(&self) -> Result<Option<State>> {
        if self.state.trim().is_empty() {
            return Ok(None);
        }
        State::parse(&self.state).map(Some).ok_or_else(|| {
            Error::field(
                "state",
                "unknown",
                "この条件は使えません。選び直してください。",
            )
        })
    }
}

fn whole(db: &mut Db, who: &Who, id: Id) -> Result<(i32, EnvironmentHistoryJson)> {
    let thread = threads::find(db, who, id)?;
    let present = super::of_thread(db, &thread)?;
    let history = super::history(db, id)?;
    let revision = history.first().map_or(0, |step| step.number);
    let json = EnvironmentHistoryJson {
        present: present.map(EnvironmentJson::from),
        history: history.into_iter().map(Into::into).collect(),
    };
    Ok((revision, json))
}

/// What has become of a problem with networks or devices, step by step.
#[utoipa::path(get, path = "/api/v1/threads/{id}/environment", tag = "environment", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = EnvironmentHistoryJson), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub async fn show(app: Data<App>, credentials: Credentials, id: Path<Id>) -> Result<HttpResponse> {
    let (revision, json) = app
        .read_as(credentials, move |db, who, _| whole(db, who, *id))
        .await?;
    Ok(respond::tagged(StatusCode::OK, revision, &json))
}

/// Writes the next step: supporters, trainers, administrators. `If-Match` with an older number of steps: 412.
#[utoipa::path(put, path = "/api/v1/threads/{id}/environment", request_body = EnvironmentInput, tag = "environment",
    params(("id" = uuid::Uuid, Path), ("If-Match" = Option<String>, Header)),
    responses((status = 200, body = EnvironmentHistoryJson), (status = 400, body = Problem), (status = 413, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 412, body = Problem), (status = 422, body = Problem)))]
pub async fn mark(
    app: Data<App>,
    request: HttpRequest,
    credentials: Credentials,
    id: Path<Id>,
    Json(input): Json<EnvironmentInput>,
) -> Result<HttpResponse> {
    let expected = respond::if_match(&request)?;
    let zone = app.config.timezone;
    let input = StepInput {
        state: input.state,
        planned_on: input.planned_on.unwrap_or_default(),
        note: input.note,
    };
    let (revision, json) = app
        .write_as(credentials, move |db, who, now: At| {
            let today = now.day(zone);
            super::mark(db, who, *id, &input, expected, today, now)?;
            whole(db, who, *id)
        })
        .await?;
    Ok(respond::tagged(StatusCode::OK, revision, &json))
}

/// Marked threads: what is planned by its day, all else the last step first.
#[utoipa::path(get, path = "/api/v1/environment", tag = "environment", params(EnvironmentQuery),
    responses((status = 200, body = PageJson<EnvironmentItemJson>), (status = 400, body = Problem), (status = 401, body = Problem), (status = 422, body = Problem)))]
pub async fn list(
    app: Data<App>,
    credentials: Credentials,
    Query(query): Query<EnvironmentQuery>,
) -> Result<HttpResponse> {
    let zone = app.config.timezone;
    let page = app
        .read_as(credentials, move |db, who, now| {
            let limit = threads::api::limit(&query.limit, threads::api::MAX_LIMIT)?;
            let after = threads::api::cursor(&query.cursor)?;
            let page = super::list(db, who, query.state()?, after, limit)?;
            let summaries = page.items.iter().map(|one| one.thread.clone()).collect();
            let summaries = threads::api::summaries(db, summaries)?;
            let items = page
                .items
                .into_iter()
                .filter_map(|one| {
                    let thread = summaries.iter().find(|json| json.id == one.thread.id)?;
                    Some(EnvironmentItemJson::new(one, thread.clone(), now.day(zone)))
                })
                .collect();
            Ok(PageJson {
                items,
                next_cursor: page.next.map(Cursor::encode),
            })
        })
        .await?;
    Ok(respond::json(StatusCode::OK, &page))
}
