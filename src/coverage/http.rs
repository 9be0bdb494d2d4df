//! The page of the map, and the same as a file for spreadsheets.

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::Data;

use super::api::{Asked, CoverageQuery};
use super::view::{CoveragePage, CoverageParts, csv};
use super::{Axis, Measure, Period};
use crate::app::App;
use crate::error::Result;
use crate::requests;
use crate::secret::Credentials;
use crate::taxonomy;
use crate::web::form::Query;
use crate::web::respond;

/// What is wrong in the address is left out rather than refused, as in the lists of threads.
fn asked(query: &CoverageQuery) -> Asked {
    query.asked().unwrap_or(Asked {
        axis: Axis::SchoolType,
        measure: Measure::Practices,
        period: Period::Year,
    })
}

pub async fn show(
    app: Data<App>,
    credentials: Credentials,
    Query(query): Query<CoverageQuery>,
) -> Result<HttpResponse> {
    let house = app.clone();
    let page = app
        .read_as(credentials, move |db, who, _| {
            let now = house.page_time();
            let today = now.at.day(now.zone);
            let asked = asked(&query);
            let parts = CoverageParts {
                asked,
                map: super::map(db, who, asked.axis, asked.period, today)?,
                open: requests::open(db, today)?,
                words: &*taxonomy::current(db)?,
                who,
                now,
            };
            CoveragePage::new(house.frame(who), &parts)
        })
        .await?;
    respond::page(&page)
}

pub async fn table(
    app: Data<App>,
    credentials: Credentials,
    Query(query): Query<CoverageQuery>,
) -> Result<HttpResponse> {
    let zone = app.config.timezone;
    let text = app
        .read_as(credentials, move |db, who, now| {
            let asked = asked(&query);
            let map = super::map(db, who, asked.axis, asked.period, now.day(zone))?;
            let words = taxonomy::current(db)?;
            csv(asked.axis, &map, &words)
        })
        .await?;
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"hiroba-coverage.csv\"",
        ))
        .body(text))
}
