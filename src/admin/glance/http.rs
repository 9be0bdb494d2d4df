//! `/admin` and the jobs on it.

use std::path::Path as Folder;

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use serde::Deserialize;

use super::view::{GlancePage, Sizes};
use super::{bytes_below, dead, figures};
use crate::app::App;
use crate::error::Result;
use crate::id::Id;
use crate::moderation;
use crate::secret::Credentials;
use crate::web::form::Query;
use crate::web::page::Notice;
use crate::web::respond;

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct DoneQuery {
    done: String,
}

pub async fn glance(
    app: Data<App>,
    credentials: Credentials,
    Query(query): Query<DoneQuery>,
) -> Result<HttpResponse> {
    let house = app.clone();
    let page = app
        .read_as(credentials, move |db, who, now| {
            let figures = figures(db, who, now)?;
            let dead = dead(db, who)?;
            let waiting = moderation::count_waiting(db, who)?;
            let layout = house.frame(who).noting(Notice::of(&query.done));
            let sizes = sizes(&house.config.data_dir, figures.database_bytes);
            let time = house.page_time();
            Ok(GlancePage::new(
                layout, &figures, waiting, &dead, sizes, time,
            ))
        })
        .await?;
    respond::page(&page)
}

/// Index folders are `index`, `index-2` …, as the follower names them.
fn sizes(data_dir: &Folder, database: i64) -> Sizes {
    let entries = std::fs::read_dir(data_dir).into_iter().flatten().flatten();
    let index = entries
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("index"))
        .map(|entry| bytes_below(&entry.path()))
        .sum();
    Sizes {
        database: u64::try_from(database).unwrap_or_default(),
        index,
        files: bytes_below(&data_dir.join("files")),
    }
}

pub async fn retry(app: Data<App>, credentials: Credentials, id: Path<Id>) -> Result<HttpResponse> {
    app.write_as(credentials, move |db, who, now| {
        super::retry(db, who, *id, now)
    })
    .await?;
    Ok(respond::see_other("/admin?done=job-retried#jobs"))
}

pub async fn discard(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
) -> Result<HttpResponse> {
    app.write_as(credentials, move |db, who, _| super::discard(db, who, *id))
        .await?;
    Ok(respond::see_other("/admin?done=job-discarded#jobs"))
}
