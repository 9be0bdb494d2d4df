//! The page about the forum.

use actix_web::HttpResponse;
use actix_web::web::Data;

use super::view::AboutPage;
use crate::app::App;
use crate::error::Result;
use crate::secret::Credentials;
use crate::web::respond;

pub async fn about(app: Data<App>, credentials: Credentials) -> Result<HttpResponse> {
    let house = app.clone();
    let page = app
        .read_as(credentials, move |db, who, _| {
            let words = super::current(db)?;
            Ok(AboutPage::new(house.frame(who), &words))
        })
        .await?;
    respond::page(&page)
}
