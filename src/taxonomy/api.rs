//! `/api/v1/taxonomy`.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;

use super::json::TaxonomyJson;
use crate::accounts::Action;
use crate::app::App;
use crate::error::Result;
use crate::secret::Credentials;
use crate::web::error::Problem;
use crate::web::respond;

/// Plan, policies, initiatives, tags, school types, subjects, grades now in force.
#[utoipa::path(get, path = "/api/v1/taxonomy", tag = "taxonomy",
    responses((status = 200, body = TaxonomyJson), (status = 401, body = Problem)))]
pub async fn show(app: Data<App>, credentials: Credentials) -> Result<HttpResponse> {
    let words = app
        .read_as(credentials, |db, who, _| {
            who.may(Action::Read)?;
            super::current(db)
        })
        .await?;
    Ok(respond::json(
        StatusCode::OK,
        &TaxonomyJson::from(words.as_ref()),
    ))
}
