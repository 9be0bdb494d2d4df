//! `/api/v1/sessions`, `/api/v1/me`.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::http::{Entered, enter};
use super::json::{MeJson, SessionJson};
use crate::app::App;
use crate::error::{Error, Result};
use crate::secret::Credentials;
use crate::web::error::Problem;
use crate::web::form::Json;
use crate::web::{respond, session};

#[derive(Deserialize, Default, utoipa::ToSchema)]
#[serde(default)]
pub struct SignIn {
    pub email: String,
    pub password: String,
}

/// Signs in. Wrong address or password: 401, the same time and text whoever it is.
#[utoipa::path(post, path = "/api/v1/sessions", request_body = SignIn, tag = "people", security(()),
    responses((status = 201, body = SessionJson), (status = 400, body = Problem), (status = 413, body = Problem), (status = 401, body = Problem), (status = 429, body = Problem)))]
pub async fn sign_in(
    app: Data<App>,
    request: HttpRequest,
    Json(input): Json<SignIn>,
) -> Result<HttpResponse> {
    let Entered { person, secret } =
        enter(&app, &request, &input.email, &input.password, true).await?;
    let cookie = session::cookie(&app.config, &secret, None);
    let body = SessionJson {
        user: person.into(),
        token: secret.reveal().to_owned(),
    };
    let mut response = respond::json(StatusCode::CREATED, &body);
    response.add_cookie(&cookie).map_err(Error::internal)?;
    Ok(response)
}

/// Signs out.
#[utoipa::path(delete, path = "/api/v1/sessions/current", tag = "people",
    responses((status = 204), (status = 401, body = Problem)))]
pub async fn sign_out(app: Data<App>, credentials: Credentials) -> Result<HttpResponse> {
    app.write_as(credentials, |db, who, _| super::sign_out(db, who))
        .await?;
    let mut response = respond::no_content();
    response
        .add_removal_cookie(&session::no_cookie(&app.config))
        .map_err(Error::internal)?;
    Ok(response)
}

/// Oneself.
#[utoipa::path(get, path = "/api/v1/me", tag = "people",
    responses((status = 200, body = MeJson), (status = 401, body = Problem)))]
pub async fn me(app: Data<App>, credentials: Credentials) -> Result<HttpResponse> {
    let person = app
        .read_as(credentials, |db, who, _| super::own(db, who))
        .await?;
    Ok(respond::json(StatusCode::OK, &MeJson::from(person)))
}
