//! `/api/v1/files`.

use actix_web::http::{StatusCode, header};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::LabelsInput;
use super::http::receive;
use super::intake::SentFile;
use super::json::AttachmentJson;
use crate::app::App;
use crate::error::{Error, Result};
use crate::secret::Credentials;
use crate::threads::api::once_key;
use crate::web::error::Problem;
use crate::web::parts::Parts;
use crate::web::respond;

/// The parts of the body.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "describes what `Parts` reads")]
pub struct FileInput {
    /// PNG, JPEG, WebP, GIF, PDF, docx, xlsx or pptx; by content. At most 10 MiB, images at most 40 megapixels.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// What an image shows; required for images.
    alt: Option<String>,
    /// `own` (自作), `quote` (引用・出典) or `licensed` (許諾済み).
    rights: String,
    /// Where it comes from; required for quotations.
    source: Option<String>,
}

/// Stores an image or a file. It is its owner's alone until a post of theirs refers to it, and is forgotten after two days
/// without one. Images are encoded anew without any metadata.
#[utoipa::path(post, path = "/api/v1/files", tag = "files",
    request_body(content = FileInput, content_type = "multipart/form-data"),
    params(("Idempotency-Key" = Option<String>, Header)),
    responses((status = 201, body = AttachmentJson), (status = 400, body = Problem), (status = 413, body = Problem), (status = 401, body = Problem),
        (status = 422, body = Problem), (status = 429, body = Problem), (status = 503, body = Problem)))]
pub async fn create(
    app: Data<App>,
    request: HttpRequest,
    credentials: Credentials,
    Parts(labels, file): Parts<LabelsInput>,
) -> Result<HttpResponse> {
    let key = once_key(&request, "file")?;
    let file = file.map(SentFile::from).unwrap_or_default();
    let stored = receive(&app, &credentials, file, &labels, key).await?;
    let stored = AttachmentJson::from(stored);
    let mut response = respond::json(StatusCode::CREATED, &stored);
    let location = stored.url.parse().map_err(Error::internal)?;
    response.headers_mut().insert(header::LOCATION, location);
    Ok(response)
}
