//! Answers: pages, JSON, redirects.

use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use serde::Serialize;

use crate::error::{Error, FieldErrors, Result};

/// A page. Private and not kept: it is made for one reader.
pub fn page(template: &impl askama::Template) -> Result<HttpResponse> {
    page_as(StatusCode::OK, template)
}

/// A page with another status, as a form with errors.
pub fn page_as(status: StatusCode, template: &impl askama::Template) -> Result<HttpResponse> {
    let html = template.render().map_err(Error::internal)?;
    Ok(HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .body(html))
}

/// The status of a page with a form: 422 while there is something to correct.
pub fn form_status(errors: &FieldErrors) -> StatusCode {
    if errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    }
}

/// 303: what follows a form. Characters that a header cannot hold are percent-encoded.
pub fn see_other(location: &str) -> HttpResponse {
    let ascii = percent_encoding::utf8_percent_encode(location, percent_encoding::CONTROLS);
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, ascii.to_string()))
        .finish()
}

pub fn json(status: StatusCode, value: &impl Serialize) -> HttpResponse {
    HttpResponse::build(status).json(value)
}

/// A resource with the tag that `If-Match` refers to.
pub fn tagged(status: StatusCode, revision: i32, value: &impl Serialize) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((header::ETAG, format!("\"{revision}\"")))
        .json(value)
}

pub fn no_content() -> HttpResponse {
    HttpResponse::NoContent().finish()
}

/// The revision that a request's `If-Match` expects; None when it expects nothing in particular.
///
/// # Errors
/// `BadRequest` for a tag that we never gave.
pub fn if_match(request: &actix_web::HttpRequest) -> Result<Option<i32>> {
    let Some(value) = request.headers().get(header::IF_MATCH) else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(None);
    }
    text.trim_start_matches("W/")
        .trim_matches('"')
        .parse()
        .map(Some)
        .map_err(|_| Error::BadRequest("If-Match: an ETag of this resource is wanted".to_owned()))
}
