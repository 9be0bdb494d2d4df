//! Bodies of `multipart/form-data`: texts as in any form, and one file. Bounded while they come in; what is too long is
//! read to its end and thrown away, since a browser that is cut off shows its own error instead of ours.

use std::future::Future;
use std::pin::Pin;

use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header;
use actix_web::web::{Bytes, BytesMut};
use actix_web::{FromRequest, HttpRequest};
use futures_util::StreamExt;
use serde::de::DeserializeOwned;

use super::MAX_BODY;
use super::form::{self, Form};
use super::patience;
use crate::error::{Error, Result};

/// Bytes of a file that are kept. One that fills them was longer than anything that is taken: limits lie below.
pub const MAX_FILE: usize = 10 * 1024 * 1024 + 1;
/// Bytes of a body that are read at all.
const MAX_READ: usize = 64 * 1024 * 1024;
/// Parts of a body that are read.
const MAX_PARTS: usize = 1_000;

/// A file as the client sent it. Its name may be anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FilePart {
    pub name: String,
    /// The first `MAX_FILE` bytes.
    pub bytes: Bytes,
}

/// A body in parts: its texts, read as a form, and its first file that is not empty.
pub struct Parts<T>(pub T, pub Option<FilePart>);

/// A form that may bring a file: in parts, or urlencoded as `Form`. Read as two shapes at once, the form's own and that
/// of what goes with the file.
pub struct Posted<T, U>(pub T, pub U, pub Option<FilePart>);

type Reading<T> = Pin<Box<dyn Future<Output = Result<T>>>>;

impl<T: DeserializeOwned + 'static> FromRequest for Parts<T> {
    type Error = Error;
    type Future = Reading<Parts<T>>;
    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let reading = read(request, payload);
        Box::pin(async move {
            let (pairs, file) = reading.await?;
            Ok(Parts(form::parse_query(&pairs)?, file))
        })
    }
}

impl<T: DeserializeOwned + 'static, U: DeserializeOwned + 'static> FromRequest for Posted<T, U> {
    type Error = Error;
    type Future = Reading<Posted<T, U>>;
    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        if is_in_parts(request) {
            let reading = read(request, payload);
            return Box::pin(async move {
                let (pairs, file) = reading.await?;
                let (form, with) = (form::parse_query(&pairs)?, form::parse_query(&pairs)?);
                Ok(Posted(form, with, file))
            });
        }
        let reading = Form::<Vec<(String, String)>>::from_request(request, payload);
        Box::pin(async move {
            let Form(pairs) = reading.await?;
            let pairs = encoded(&pairs)?;
            let (form, with) = (form::parse_query(&pairs)?, form::parse_query(&pairs)?);
            Ok(Posted(form, with, None))
        })
    }
}

fn is_in_parts(request: &HttpRequest) -> bool {
    request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| {
            let kind = value.split(';').next().unwrap_or_default().trim();
            kind.eq_ignore_ascii_case("multipart/form-data")
        })
}

fn encoded(pairs: &[(String, String)]) -> Result<String> {
    serde_html_form::to_string(pairs).map_err(Error::internal)
}

/// The texts as a query, and the file.
fn read(request: &HttpRequest, payload: &mut Payload) -> Reading<(String, Option<FilePart>)> {
    let length = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length > MAX_READ) {
        return Box::pin(std::future::ready(Err(Error::TooLarge)));
    }
    if !is_in_parts(request) {
        return Box::pin(std::future::ready(Err(unreadable())));
    }
    let parts = Multipart::new(request.headers(), payload.take());
    Box::pin(read_parts(parts))
}

async fn read_parts(mut parts: Multipart) -> Result<(String, Option<FilePart>)> {
    let mut pairs = Vec::new();
    let mut file: Option<FilePart> = None;
    let (mut left, mut left_for_texts) = (MAX_READ, MAX_BODY);
    let mut number = 0;
    while let Some(part) = parts.next().await {
        let mut part = part.map_err(|error| broken(&error))?;
        number += 1;
        if number > MAX_PARTS {
            return Err(Error::TooLarge);
        }
        let name = part.name().unwrap_or_default().to_owned();
        let called = part
            .content_disposition()
            .and_then(|disposition| disposition.get_filename().map(str::to_owned));
        match called {
            Some(called) => {
                let bytes = read_part(&mut part, MAX_FILE, &mut left).await?;
                if file.is_none() && !bytes.is_empty() {
                    let name = called;
                    file = Some(FilePart { name, bytes });
                }
            }
            None => {
                let bytes = read_part(&mut part, left_for_texts + 1, &mut left).await?;
                left_for_texts = left_for_texts
                    .checked_sub(bytes.len())
                    .ok_or(Error::TooLarge)?;
                let text = String::from_utf8(bytes.to_vec())
                    .map_err(|_| Error::BadRequest("the text is not UTF-8".to_owned()))?;
                pairs.push((name, text));
            }
        }
    }
    Ok((encoded(&pairs)?, file))
}

/// The first `most` bytes of a part; the rest is read and forgotten.
async fn read_part(part: &mut Field, most: usize, left: &mut usize) -> Result<Bytes> {
    let mut kept = BytesMut::new();
    while let Some(some) = part.next().await {
        let some = some.map_err(|error| broken(&error))?;
        *left = left.checked_sub(some.len()).ok_or(Error::TooLarge)?;
        let room = most.saturating_sub(kept.len()).min(some.len());
        kept.extend_from_slice(some.get(..room).unwrap_or_default());
    }
    Ok(kept.freeze())
}

fn broken(error: &MultipartError) -> Error {
    match error {
        MultipartError::Payload(error @ PayloadError::Io(_)) => patience::unread(error),
        _ => unreadable(),
    }
}

fn unreadable() -> Error {
    Error::BadRequest("the parts of the body cannot be read".to_owned())
}
