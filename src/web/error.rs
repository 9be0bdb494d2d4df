//! The one mapping from `Error` to a status and a face: problem+json for the API, a page in plain Japanese elsewhere.
//! Our own faults are logged here, once, with the incident id that the visitor is shown.

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{ConnectionType, StatusCode, header};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{HttpMessage, HttpRequest, HttpResponse, ResponseError};
use askama::Template;
use serde::Serialize;

use super::guard::RequestId;
use super::page::Layout;
use super::{respond, session};
use crate::app::App;
use crate::error::{Error, FieldError};

/// Seconds after which one may try again where the disk was full: somebody has to make room.
const ROOM_AFTER: u64 = 300;

/// RFC 9457.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Problem {
    /// A stable name of the kind of problem, relative to this API.
    #[serde(rename = "type")]
    pub kind: String,
    pub title: String,
    pub status: u16,
    pub detail: String,
    /// The path that was asked, or the incident id of our own fault.
    pub instance: String,
    pub errors: Vec<FieldError>,
}

/// The page that stands for a failure.
#[derive(Template)]
#[template(path = "error.html")]
pub struct ErrorPage {
    pub layout: Layout,
    pub heading: String,
    pub text: String,
    /// For our own faults only.
    pub incident: Option<String>,
    pub sign_in: bool,
    /// Whether to offer a search.
    pub find: bool,
    /// What was typed, so that nothing is lost.
    pub kept: Option<String>,
}

impl Error {
    /// Status, stable name, heading, text.
    pub fn face(&self) -> (StatusCode, &'static str, &'static str, String) {
        let own = |text: &str| text.to_owned();
        match self {
            Error::NotFound => (
                StatusCode::NOT_FOUND,
                "not-found",
                "このページは見つかりませんでした",
                own("投稿が取り下げられたか、アドレスが途中で切れているかもしれません。"),
            ),
            Error::SignInRequired => (
                StatusCode::UNAUTHORIZED,
                "sign-in-required",
                "ログインしてください",
                own("このページを見るには、ログインが必要です。"),
            ),
            Error::WrongCredentials => (
                StatusCode::UNAUTHORIZED,
                "wrong-credentials",
                "ログインできませんでした",
                own("メールアドレスかパスワードが違います。もう一度確かめてください。"),
            ),
            Error::Forbidden(needed) => (
                StatusCode::FORBIDDEN,
                "forbidden",
                "この操作はできません",
                own(needed),
            ),
            Error::CrossSite => (
                StatusCode::FORBIDDEN,
                "cross-site",
                "この操作は受け付けられませんでした",
                own("広場のページから、もう一度お試しください。"),
            ),
            Error::BadRequest(_) => (
                StatusCode::BAD_REQUEST,
                "bad-request",
                "送られた内容を読み取れませんでした",
                own(
                    "文字コードや形式が正しくないようです。前のページに戻って、もう一度お試しください。",
                ),
            ),
            Error::Invalid(errors) => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "invalid",
                "確かめてほしいところがあります",
                errors
                    .0
                    .iter()
                    .map(|error| error.message.as_str())
                    .collect::<Vec<_>>()
                    .join("\n"),
            ),
            Error::Stale(_) => (
                StatusCode::PRECONDITION_FAILED,
                "stale",
                "ほかの画面で先に変更されています",
                own("いまの内容を確かめてから、もう一度変更してください。"),
            ),
            Error::Conflict(text) => (
                StatusCode::CONFLICT,
                "conflict",
                "いまはこの操作ができません",
                text.clone(),
            ),
            Error::Newcomer { most, wait } => (
                StatusCode::TOO_MANY_REQUESTS,
                "too-many",
                "きょう書ける数になりました",
                format!(
                    "登録してから7日のあいだは、1日に合わせて{most}件まで書けます。次は{}ごろから書けます。書いた内容は、手元に残しておいてください。",
                    in_hours(*wait)
                ),
            ),
            Error::TooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "too-large",
                "大きすぎて受け取れませんでした",
                own(
                    "本文は20,000字まで、ファイルは1つ10MBまでです。前のページに戻ると、書いた内容が残っています。",
                ),
            ),
            Error::TooMany(_) => (
                StatusCode::TOO_MANY_REQUESTS,
                "too-many",
                "少し時間をおいてください",
                own("短い時間に何度も操作がありました。しばらくしてから、もう一度お試しください。"),
            ),
            Error::Busy(_) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "busy",
                "ただいま混み合っています",
                own("少し待ってから、もう一度お試しください。"),
            ),
            Error::NoRoom(_) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "no-room",
                "いまは保存できません",
                own(
                    "広場の置き場所がいっぱいで、保存できませんでした。書いた内容は手元に残して、運営担当にお知らせください。",
                ),
            ),
            Error::TooSlow => (
                StatusCode::REQUEST_TIMEOUT,
                "too-slow",
                "時間内に受け取れませんでした",
                own("通信が途中で止まったようです。前のページに戻って、もう一度お試しください。"),
            ),
            Error::Internal(_) => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal",
                "こちらの不具合で、表示できませんでした",
                own("少し待ってから、もう一度お試しください。"),
            ),
        }
    }

    /// Says in `Retry-After` when to come again, where that is the trouble, and lets go of who is too slow.
    pub fn tell_wait(&self, response: &mut HttpResponse) {
        if let Error::TooMany(seconds)
        | Error::Busy(seconds)
        | Error::Newcomer { wait: seconds, .. } = self
        {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, (*seconds).into());
        }
        if let Error::TooSlow = self {
            response
                .head_mut()
                .set_connection_type(ConnectionType::Close);
        }
        if let Error::NoRoom(_) = self {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, ROOM_AFTER.into());
        }
    }
}

/// 「3時間後」, or 「20分後」 within the hour; rounded up.
fn in_hours(seconds: u64) -> String {
    let minutes = seconds.div_ceil(60);
    if minutes < 60 {
        format!("{minutes}分後")
    } else {
        format!("{}時間後", minutes.div_ceil(60))
    }
}

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        self.face().0
    }

    /// A bare status: `shape` gives it its face.
    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status_code())
    }
}

/// The layer that gives every failure its face. Inner layers refuse by `ServiceRequest::error_response`, since a
/// request may not be held while the routes look at it.
pub async fn shape<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, actix_web::Error> {
    let response = next.call(request).await?;
    match response.response().error().map(known) {
        None => Ok(response.map_into_left_body()),
        Some(error) => {
            let shaped = face_of(response.request(), error).await;
            Ok(response.into_response(shaped).map_into_right_body())
        }
    }
}

/// Our error behind actix's; what its extractors refuse is sorted by status.
fn known(cause: &actix_web::Error) -> Error {
    if let Some(error) = cause.as_error::<Error>() {
        return error.clone();
    }
    match cause.as_response_error().status_code() {
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => Error::NotFound,
        StatusCode::PAYLOAD_TOO_LARGE => Error::TooLarge,
        status if status.is_client_error() => Error::BadRequest(cause.to_string()),
        _ => Error::Internal(cause.to_string()),
    }
}

async fn face_of(request: &HttpRequest, error: Error) -> HttpResponse {
    let incident = log(request, &error);
    let mut response = if request.path().starts_with("/api/") {
        problem(request, &error, incident)
    } else if matches!(error, Error::SignInRequired) {
        respond::see_other(&sign_in_address(request))
    } else {
        error_page(request, &error, incident, None).await
    };
    error.tell_wait(&mut response);
    response
}

/// The page of a failure with the text that would otherwise be lost: also where one would be sent to sign in.
pub async fn with_kept(request: &HttpRequest, error: &Error, kept: String) -> HttpResponse {
    let incident = log(request, error);
    let mut response = error_page(request, error, incident, Some(kept)).await;
    error.tell_wait(&mut response);
    response
}

/// Our faults go to the log with an id; the rest is the visitor's business.
fn log(request: &HttpRequest, error: &Error) -> Option<String> {
    if let Error::NoRoom(what) = error {
        tracing::error!(what, "no room left on the disk");
    }
    let Error::Internal(cause) = error else {
        return None;
    };
    let incident = request
        .extensions()
        .get::<RequestId>()
        .map_or_else(String::new, |id| id.0.clone());
    tracing::error!(incident, cause, "internal error");
    Some(incident)
}

/// Where to sign in and come back; forms come back to the page they were on, not to the address they were sent to.
pub fn sign_in_address(request: &HttpRequest) -> String {
    let next = if request.method().is_safe() {
        request
            .uri()
            .path_and_query()
            .map_or("/", |path| path.as_str())
            .to_owned()
    } else {
        request
            .headers()
            .get(header::REFERER)
            .and_then(|value| url::Url::parse(value.to_str().ok()?).ok())
            .map_or_else(|| "/".to_owned(), |url| url.path().to_owned())
    };
    format!("/login?{}", super::form::query_string(&[("next", &next)]))
}

fn problem(request: &HttpRequest, error: &Error, incident: Option<String>) -> HttpResponse {
    let (status, kind, title, detail) = error.face();
    let errors = match error {
        Error::Invalid(errors) => errors.0.clone(),
        _ => Vec::new(),
    };
    let problem = Problem {
        kind: format!("/problems/{kind}"),
        title: title.to_owned(),
        status: status.as_u16(),
        detail,
        instance: incident.unwrap_or_else(|| request.path().to_owned()),
        errors,
    };
    let body = serde_json::to_string(&problem).unwrap_or_default();
    HttpResponse::build(status)
        .content_type("application/problem+json")
        .body(body)
}

/// The page for `error`; `kept` is what had been typed.
async fn error_page(
    request: &HttpRequest,
    error: &Error,
    incident: Option<String>,
    kept: Option<String>,
) -> HttpResponse {
    let (status, _, heading, text) = error.face();
    let layout = match (request.app_data::<Data<App>>(), error) {
        // Who it is would be asked of a database that is busy or away: a second wait, for nothing.
        (None, _) | (_, Error::Busy(_)) => Layout::default(),
        (Some(app), _) => app.frame_for(session::credentials(request)).await,
    }
    .titled(heading);
    let page = ErrorPage {
        layout,
        heading: heading.to_owned(),
        text,
        incident,
        sign_in: matches!(error, Error::SignInRequired | Error::WrongCredentials),
        find: matches!(error, Error::NotFound),
        kept,
    };
    match respond::page_as(status, &page) {
        Ok(response) => response,
        Err(_) => HttpResponse::build(status)
            .content_type("text/plain; charset=utf-8")
            .body(heading),
    }
}
