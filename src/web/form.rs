//! Reading what was sent: JSON and forms, bounded, UTF-8 only. Shapes are forgiving (missing fields are empty), so that
//! the rules can name every field that must change.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest};
use percent_encoding::percent_decode;
use serde::de::DeserializeOwned;

use super::patience;
use crate::error::{Error, FieldErrors};

/// A JSON body.
pub struct Json<T>(pub T);

/// A body of `application/x-www-form-urlencoded`; repeated names make lists.
pub struct Form<T>(pub T);

/// The query of the address; what is unknown in it is passed over, a value of the wrong form is a 400.
pub struct Query<T>(pub T);

type Reading<T> = Pin<Box<dyn Future<Output = Result<T, Error>>>>;

impl<T: DeserializeOwned + 'static> FromRequest for Json<T> {
    type Error = Error;
    type Future = Reading<Json<T>>;
    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let bytes = bytes(request, payload);
        Box::pin(async move { parse_json(&bytes.await?).map(Json) })
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for Form<T> {
    type Error = Error;
    type Future = Reading<Form<T>>;
    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let bytes = bytes(request, payload);
        Box::pin(async move { parse_form(&bytes.await?).map(Form) })
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for Query<T> {
    type Error = Error;
    type Future = std::future::Ready<Result<Query<T>, Error>>;
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(parse_query(request.query_string()).map(Query))
    }
}

fn bytes(request: &HttpRequest, payload: &mut Payload) -> Reading<Bytes> {
    let too_large = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<usize>().ok())
        .is_some_and(|length| length > super::MAX_BODY);
    if too_large {
        return Box::pin(std::future::ready(Err(Error::TooLarge)));
    }
    let reading = Bytes::from_request(request, payload);
    Box::pin(async move {
        reading
            .await
            .map_err(|error| match error.as_error::<PayloadError>() {
                Some(error) => patience::unread(error),
                _ if error.as_response_error().status_code()
                    == actix_web::http::StatusCode::PAYLOAD_TOO_LARGE =>
                {
                    Error::TooLarge
                }
                _ => Error::BadRequest("the body cannot be read".to_owned()),
            })
    })
}

fn parse_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    let text = std::str::from_utf8(bytes)
        .map_err(|_| Error::BadRequest("the body is not UTF-8".to_owned()))?;
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let field = error.path().to_string();
        let name = field.split(['[', '.']).next().unwrap_or_default();
        if error.inner().is_data() && !name.is_empty() {
            Error::Invalid(FieldErrors::one(
                name,
                "wrong_type",
                "この項目の書き方を確かめてください。",
            ))
        } else {
            Error::BadRequest(format!(
                "not the JSON that was expected (line {}, column {})",
                error.inner().line(),
                error.inner().column()
            ))
        }
    })?;
    reader
        .end()
        .map_err(|_| Error::BadRequest("something follows the JSON value".to_owned()))?;
    Ok(value)
}

/// The query of an address, read as `Query` reads it.
///
/// # Errors
/// `BadRequest` for a value of the wrong form.
pub fn parse_query<T: DeserializeOwned>(query: &str) -> Result<T, Error> {
    parse_form(query.as_bytes())
}

fn parse_form<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    let spaced: Vec<u8> = bytes
        .iter()
        .map(|byte| if *byte == b'+' { b' ' } else { *byte })
        .collect();
    if percent_decode(&spaced).decode_utf8().is_err() {
        return Err(Error::BadRequest("the text is not UTF-8".to_owned()));
    }
    serde_html_form::from_bytes(bytes)
        .map_err(|_| Error::BadRequest("a field has the wrong form".to_owned()))
}

/// The fields of a form by name, as a browser would send them; lists repeat their name.
pub fn pairs(form: &impl serde::Serialize) -> Vec<(String, String)> {
    let sent = serde_html_form::to_string(form).unwrap_or_default();
    url::form_urlencoded::parse(sent.as_bytes())
        .into_owned()
        .collect()
}

/// A form from its fields, read as `Form` reads it.
///
/// # Errors
/// `BadRequest` for a value of the wrong form.
pub fn from_pairs<'a, T: DeserializeOwned>(
    pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<T, Error> {
    let mut sent = url::form_urlencoded::Serializer::new(String::new());
    sent.extend_pairs(pairs);
    parse_form(sent.finish().as_bytes())
}

/// Encodes `pairs` as a query, leaving out empty values.
pub fn query_string(pairs: &[(&str, &str)]) -> String {
    let given: Vec<_> = pairs
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .collect();
    serde_html_form::to_string(given).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Serialize, serde::Deserialize, Default, Debug, PartialEq)]
    #[serde(default)]
    struct Shape {
        title: String,
        policies: Vec<String>,
    }

    #[test]
    fn forms_repeat_names_and_refuse_other_encodings() {
        let shape: Shape = parse_form(b"title=%E5%BA%83%E5%A0%B4+a&policies=1&policies=3").unwrap();
        assert_eq!(shape.title, "広場 a");
        assert_eq!(shape.policies, ["1", "3"]);
        assert!(parse_form::<Shape>(b"title=%83%65").is_err());
        assert!(parse_form::<Shape>(b"title=\xff").is_err());
        assert_eq!(parse_form::<Shape>(b"").unwrap(), Shape::default());
    }

    #[test]
    fn a_form_becomes_pairs_and_comes_back() {
        for title in ["", "a+b & c=d 100%", "広場\n二行目", "\0"] {
            for policies in [&[][..], &["1"], &["1", "3"]] {
                let shape = Shape {
                    title: title.to_owned(),
                    policies: policies.iter().map(|one| (*one).to_owned()).collect(),
                };
                let sent = pairs(&shape);
                let again = sent
                    .iter()
                    .map(|(name, value)| (name.as_str(), value.as_str()));
                assert_eq!(from_pairs::<Shape>(again).unwrap(), shape);
            }
        }
    }

    #[test]
    fn json_of_the_wrong_type_names_its_field() {
        let wrong = parse_json::<Shape>(br#"{"title": 3}"#);
        assert!(matches!(wrong, Err(Error::Invalid(errors)) if errors.of("title").is_some()));
        assert!(matches!(
            parse_json::<Shape>(b"{"),
            Err(Error::BadRequest(_))
        ));
        assert!(matches!(
            parse_json::<Shape>(b"\xff"),
            Err(Error::BadRequest(_))
        ));
        assert!(matches!(
            parse_json::<Shape>(b"[]x"),
            Err(Error::BadRequest(_))
        ));
    }
}
