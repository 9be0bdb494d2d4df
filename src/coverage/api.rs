//! `/api/v1/coverage`.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use serde::Deserialize;

use super::json::{CoverageCellJson, CoverageJson};
use super::view::{keys, request_for};
use super::{Axis, Measure, Period};
use crate::app::App;
use crate::db::types::Word;
use crate::error::{Error, Result};
use crate::requests;
use crate::secret::Credentials;
use crate::taxonomy;
use crate::web::error::Problem;
use crate::web::form::Query;
use crate::web::respond;

#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct CoverageQuery {
    /// school_type (default), subject, item
    pub axis: String,
    /// practices (default), questions, answered, hours, bridged, tries
    pub measure: String,
    /// year (default): this school year; all
    pub period: String,
}

/// What is asked for, checked.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    pub axis: Axis,
    pub measure: Measure,
    pub period: Period,
}

impl CoverageQuery {
    /// # Errors
    /// `Invalid` naming the first that is none.
    pub fn asked(&self) -> Result<Asked> {
        fn one<T: Word>(field: &str, text: &str, usual: T) -> Result<T> {
            if text.trim().is_empty() {
                return Ok(usual);
            }
            T::from_word(text.trim()).ok_or_else(|| {
                Error::field(
                    field,
                    "unknown",
                    "この条件は使えません。選び直してください。",
                )
            })
        }
        Ok(Asked {
            axis: one("axis", &self.axis, Axis::SchoolType)?,
            measure: one("measure", &self.measure, Measure::Practices)?,
            period: one("period", &self.period, Period::Year)?,
        })
    }
}

/// Where there are practices and answers, and where there are none: policies by school types, subjects or items of the
/// self-check. Never of one school or person.
#[utoipa::path(get, path = "/api/v1/coverage", tag = "coverage", params(CoverageQuery),
    responses((status = 200, body = CoverageJson), (status = 401, body = Problem), (status = 422, body = Problem)))]
pub async fn show(
    app: Data<App>,
    credentials: Credentials,
    Query(query): Query<CoverageQuery>,
) -> Result<HttpResponse> {
    let zone = app.config.timezone;
    let json = app
        .read_as(credentials, move |db, who, now| {
            let today = now.day(zone);
            let Asked {
                axis,
                measure,
                period,
            } = query.asked()?;
            let map = super::map(db, who, axis, period, today)?;
            let open = requests::open(db, today)?;
            let words = taxonomy::current(db)?;
            let mut rows = vec![String::new()];
            rows.extend(keys(axis, &words).into_iter().map(|(slug, _)| slug));
            let policies: Vec<u8> = std::iter::once(0)
                .chain(words.policies.iter().map(|policy| policy.number))
                .collect();
            let cells = rows.iter().flat_map(|key| {
                policies.iter().map(|policy| {
                    let value = map.cell(key, *policy).value(measure);
                    let request = request_for(&open, axis, key, *policy).map(|one| one.id);
                    CoverageCellJson::new(key, *policy, value, request)
                })
            });
            Ok(CoverageJson {
                axis,
                measure,
                period,
                counted_at: map.counted_at,
                cells: cells.collect(),
            })
        })
        .await?;
    Ok(respond::json(StatusCode::OK, &json))
}
