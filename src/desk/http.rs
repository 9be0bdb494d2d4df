//! The desk's page.

use actix_web::HttpResponse;
use actix_web::web::Data;
use serde::Deserialize;

use super::view::DeskPage;
use super::{Hours, PATIENCE};
use crate::app::App;
use crate::error::{Error, Result};
use crate::secret::Credentials;
use crate::taxonomy;
use crate::web::form::{Form, Query};
use crate::web::page::Notice;
use crate::web::respond;

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct DeskQuery {
    /// Working hours after which a question is shown; one of `PATIENCE`.
    hours: String,
    done: String,
}

pub async fn show(
    app: Data<App>,
    credentials: Credentials,
    Query(query): Query<DeskQuery>,
) -> Result<HttpResponse> {
    let house = app.clone();
    let page = app
        .read_as(credentials, move |db, who, now| {
            let [_, usual, _] = PATIENCE;
            let patience = PATIENCE
                .into_iter()
                .find(|hours| hours.to_string() == query.hours)
                .unwrap_or(usual);
            let words = taxonomy::current(db)?;
            let calendar = house.config.digest.calendar().map_err(Error::internal)?;
            let hours = Hours {
                calendar: &calendar,
                zone: house.config.timezone,
            };
            let desk = super::look(
                db,
                who,
                (&house.searcher, &house.similar),
                &words,
                (patience, hours),
                now,
            )?;
            let layout = house.frame(who).noting(Notice::of(&query.done));
            Ok(DeskPage::new(
                layout,
                desk,
                patience,
                &words,
                house.page_time(),
            ))
        })
        .await?;
    respond::page(&page)
}

#[derive(Clone, Deserialize, Default)]
#[serde(default)]
pub struct PairForm {
    newer: String,
    older: String,
}

pub async fn dismiss(
    app: Data<App>,
    credentials: Credentials,
    Form(form): Form<PairForm>,
) -> Result<HttpResponse> {
    app.write_as(credentials, move |db, who, _| {
        super::dismiss(db, who, &form.newer, &form.older)
    })
    .await?;
    Ok(respond::see_other("/desk?done=parted#pairs"))
}
