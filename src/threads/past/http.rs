//! Pages of versions and comparisons.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path, block};
use serde::Deserialize;

use crate::app::App;
use crate::error::{Error, Result};
use crate::id::Id;
use crate::secret::Credentials;
use crate::threads::Revision;
use crate::threads::view::{PastOf, RevisionsPage, kind_nav};
use crate::web::form::Query;
use crate::web::page::Layout;
use crate::web::respond;

/// Which versions of a post are compared.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct CompareQuery {
    from: String,
    to: String,
}

impl CompareQuery {
    pub fn numbers(&self) -> (Option<i32>, Option<i32>) {
        (self.from.parse().ok(), self.to.parse().ok())
    }
}

pub async fn revisions(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
    Query(query): Query<CompareQuery>,
) -> Result<HttpResponse> {
    let house = app.clone();
    let (layout, of, all) = app
        .read_as(credentials, move |db, who, _| {
            let thread = crate::threads::find(db, who, *id)?;
            let all = crate::threads::revisions(db, who, &thread)?;
            let layout = house.frame(who).at(kind_nav(Some(thread.kind)));
            Ok((layout, PastOf::thread(&thread), all))
        })
        .await?;
    past_page(&app, layout, of, all, &query).await
}

/// The page of versions. Long texts take a while to compare: neither a connection nor other requests wait for it.
pub async fn past_page(
    app: &App,
    layout: Layout,
    of: PastOf,
    all: Vec<Revision>,
    query: &CompareQuery,
) -> Result<HttpResponse> {
    let (numbers, now) = (query.numbers(), app.page_time());
    let page = block(move || RevisionsPage::new(layout, of, &all, numbers, now))
        .await
        .map_err(Error::internal)?;
    respond::page(&page)
}
