//! `/api/v1/me/self-check`: one's own, nobody else's.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;

use super::checklist;
use super::json::{CheckPut, MirrorJson};
use crate::accounts::Who;
use crate::app::App;
use crate::clock::{At, school_year};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::secret::Credentials;
use crate::web::error::Problem;
use crate::web::form::Json;
use crate::web::respond;

fn mirror(app: &App, db: &mut Db, who: &Who, now: At) -> Result<MirrorJson> {
    let all = super::own(db, who, &app.mirror_key)?;
    let year = school_year(now.day(app.config.timezone));
    Ok(MirrorJson::new(checklist::current()?, year, &all))
}

/// One's own self-checks of all years.
#[utoipa::path(get, path = "/api/v1/me/self-check", tag = "me",
    responses((status = 200, body = MirrorJson), (status = 401, body = Problem)))]
pub async fn show(app: Data<App>, credentials: Credentials) -> Result<HttpResponse> {
    let house = app.clone();
    let shown = app
        .read_as(credentials, move |db, who, now| {
            mirror(&house, db, who, now)
        })
        .await?;
    Ok(respond::json(StatusCode::OK, &shown))
}

/// Keeps one's own answers of this school year, in place of those that were.
#[utoipa::path(put, path = "/api/v1/me/self-check", tag = "me", request_body = CheckPut,
    responses((status = 200, body = MirrorJson), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 413, body = Problem), (status = 422, body = Problem)))]
pub async fn keep(
    app: Data<App>,
    credentials: Credentials,
    Json(put): Json<CheckPut>,
) -> Result<HttpResponse> {
    let house = app.clone();
    let input = put.input();
    let shown = app
        .write_as(credentials, move |db, who, now| {
            let terms = house.config.gap.terms().map_err(Error::internal)?;
            let today = now.day(house.config.timezone);
            super::keep(db, who, &house.mirror_key, &input, (today, terms))?;
            mirror(&house, db, who, now)
        })
        .await?;
    Ok(respond::json(StatusCode::OK, &shown))
}

/// Removes one's own answers of all years.
#[utoipa::path(delete, path = "/api/v1/me/self-check", tag = "me",
    responses((status = 204), (status = 401, body = Problem)))]
pub async fn forget(app: Data<App>, credentials: Credentials) -> Result<HttpResponse> {
    let house = app.clone();
    app.write_as(credentials, move |db, who, _| {
        super::forget(db, who, &house.mirror_key)
    })
    .await?;
    Ok(respond::no_content())
}
