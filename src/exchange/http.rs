//! One's own data as a file.

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::Data;

use super::own;
use crate::app::App;
use crate::error::{Error, Result};
use crate::secret::Credentials;

pub async fn own_data(app: Data<App>, credentials: Credentials) -> Result<HttpResponse> {
    let data = app
        .read_as(credentials, move |db, who, _| own::own(db, who))
        .await?;
    let text = serde_json::to_string_pretty(&data).map_err(Error::internal)?;
    Ok(HttpResponse::Ok()
        .content_type("application/json; charset=utf-8")
        .insert_header((
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"hiroba-own-data.json\"",
        ))
        .body(text))
}
