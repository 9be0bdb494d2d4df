//! The pages of published reports, and their tables as a file.

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::{Data, Path};

use super::view::{ListPage, ReportPage, csv};
use crate::app::App;
use crate::error::{Error, Result};
use crate::secret::Credentials;
use crate::taxonomy;
use crate::web::respond;

pub async fn list(app: Data<App>, credentials: Credentials) -> Result<HttpResponse> {
    let house = app.clone();
    let page = app
        .read_as(credentials, move |db, who, now| {
            let published = super::list(db, who)?;
            let rules = &house.config.gap;
            let terms = rules.terms().map_err(Error::internal)?;
            let running = terms.of(now.day(house.config.timezone));
            Ok(ListPage::new(
                house.frame(who),
                &published,
                running,
                terms.closes(running),
                rules.min_cell,
                house.page_time(),
            ))
        })
        .await?;
    respond::page(&page)
}

pub async fn show(
    app: Data<App>,
    credentials: Credentials,
    term: Path<String>,
) -> Result<HttpResponse> {
    let house = app.clone();
    let page = app
        .read_as(credentials, move |db, who, _| {
            let published = super::find(db, who, &term)?;
            let words = taxonomy::current(db)?;
            ReportPage::new(house.frame(who), &published, &words, house.page_time())
        })
        .await?;
    respond::page(&page)
}

pub async fn file(
    app: Data<App>,
    credentials: Credentials,
    term: Path<String>,
) -> Result<HttpResponse> {
    let name = format!("attachment; filename=\"hiroba-gap-{term}.csv\"");
    let text = app
        .read_as(credentials, move |db, who, _| {
            let published = super::find(db, who, &term)?;
            let words = taxonomy::current(db)?;
            csv(&published, &words)
        })
        .await?;
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((header::CONTENT_DISPOSITION, name))
        .body(text))
}
