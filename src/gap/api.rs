//! `/api/v1/gap`.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};

use super::json::{GapLineJson, GapNextJson, GapReportJson, GapReportsJson};
use crate::app::App;
use crate::error::{Error, Result};
use crate::secret::Credentials;
use crate::web::error::Problem;
use crate::web::respond;

/// The terms that were published, and when the next is over.
#[utoipa::path(get, path = "/api/v1/gap", tag = "gap",
    responses((status = 200, body = GapReportsJson), (status = 401, body = Problem)))]
pub async fn list(app: Data<App>, credentials: Credentials) -> Result<HttpResponse> {
    let house = app.clone();
    let list = app
        .read_as(credentials, move |db, who, now| {
            let published = super::list(db, who)?;
            let terms = house.config.gap.terms().map_err(Error::internal)?;
            let running = terms.of(now.day(house.config.timezone));
            Ok(GapReportsJson {
                items: published
                    .into_iter()
                    .map(|(term, published_at)| GapLineJson {
                        term: term.to_string(),
                        name: term.name(),
                        published_at,
                    })
                    .collect(),
                next: GapNextJson {
                    term: running.to_string(),
                    name: running.name(),
                    closes_on: terms.closes(running).to_string(),
                },
            })
        })
        .await?;
    Ok(respond::json(StatusCode::OK, &list))
}

/// The report of a closed term.
#[utoipa::path(get, path = "/api/v1/gap/{term}", tag = "gap", params(("term" = String, Path, description = "As 2026-1")),
    responses((status = 200, body = GapReportJson), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub async fn show(
    app: Data<App>,
    credentials: Credentials,
    term: Path<String>,
) -> Result<HttpResponse> {
    let shown = app
        .read_as(credentials, move |db, who, _| {
            super::find(db, who, &term).map(GapReportJson::from)
        })
        .await?;
    Ok(respond::json(StatusCode::OK, &shown))
}
