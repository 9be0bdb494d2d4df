//! `/api/v1/threads/{id}/relatives`.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};

use super::SHOWN;
use super::json::RelativeJson;
use crate::app::App;
use crate::error::Result;
use crate::id::Id;
use crate::secret::Credentials;
use crate::threads;
use crate::threads::api::summaries;
use crate::web::error::Problem;
use crate::web::respond;

/// The nearest relatives of a practice or a question in other school types, and what they share.
#[utoipa::path(get, path = "/api/v1/threads/{id}/relatives", tag = "threads", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = Vec<RelativeJson>), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub async fn relatives(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
) -> Result<HttpResponse> {
    let house = app.clone();
    let found = app
        .read_as(credentials, move |db, who, _| {
            let thread = threads::find(db, who, *id)?;
            let found = super::relatives(db, who, &house.searcher, &thread, SHOWN)?;
            let shown = summaries(db, found.iter().map(|one| one.thread.clone()).collect())?;
            let shown = shown.into_iter().zip(found);
            Ok(shown
                .map(|(thread, one)| RelativeJson::new(thread, &one.shared))
                .collect::<Vec<_>>())
        })
        .await?;
    Ok(respond::json(StatusCode::OK, &found))
}
