//! The layers around every route: request log, security headers, request limits, and the check that unsafe requests come
//! from our own pages.

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::ConnectionType;
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{HttpMessage, HttpRequest};
use tracing::Instrument;

use super::session::{self, COOKIE};
use crate::app::App;
use crate::error::Error;
use crate::id::Id;
use crate::secret::Credentials;

/// Names one request in logs and, for our own faults, on the page.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

/// Nothing from elsewhere, no inline script or style, no frames.
const POLICY: &str = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Logs one line a request: method, route, status, time. Never query text, tokens, addresses or bodies.
pub async fn log(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let app = request.app_data::<Data<App>>().cloned();
    let id = app.as_ref().map_or_else(String::new, |app| {
        let id = Id::new(app.now()).to_string();
        id.chars().filter(|c| *c != '-').skip(16).take(12).collect()
    });
    request.extensions_mut().insert(RequestId(id.clone()));
    let span = tracing::info_span!("request", id = id.as_str());
    let method = request.method().clone();
    let started = std::time::Instant::now();
    let mut response = next.call(request).instrument(span.clone()).await?;
    if let Ok(value) = HeaderValue::from_str(&id) {
        let name = header::HeaderName::from_static("x-request-id");
        response.headers_mut().insert(name, value);
    }
    let _entered = span.enter();
    let route = response
        .request()
        .match_pattern()
        .unwrap_or_else(|| "-".to_owned());
    let took = started.elapsed();
    if let Some(app) = &app {
        let status = response.status().as_u16();
        app.meter.note(method.as_str(), &route, status, took);
    }
    let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    tracing::info!(
        %method,
        route,
        status = response.status().as_u16(),
        micros,
        "answered"
    );
    Ok(response)
}

/// Security headers on everything; what is made for one reader is kept by nobody. A server that is about to stop has no
/// connection kept: the next request goes elsewhere.
pub async fn headers(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let app = request.app_data::<Data<App>>().cloned();
    let https = app.as_ref().is_some_and(|app| app.config.is_https());
    let mut response = next.call(request).await?;
    if app.is_some_and(|app| app.is_stopping()) {
        let head = response.response_mut().head_mut();
        head.set_connection_type(ConnectionType::Close);
    }
    let headers = response.headers_mut();
    let stricter = [header::CONTENT_SECURITY_POLICY, header::REFERRER_POLICY]
        .map(|name| (headers.get(&name).cloned(), name));
    let mut set = |name, value| headers.insert(name, HeaderValue::from_static(value));
    set(header::CONTENT_SECURITY_POLICY, POLICY);
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::X_FRAME_OPTIONS, "DENY");
    set(header::REFERRER_POLICY, "same-origin");
    set(
        header::PERMISSIONS_POLICY,
        "camera=(), microphone=(), geolocation=()",
    );
    set(header::CROSS_ORIGIN_OPENER_POLICY, "same-origin");
    if https {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    for (policy, name) in stricter {
        if let Some(policy) = policy {
            headers.insert(name, policy);
        }
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(
            header::CACHE_CONTROL,
            HeaderValue::from_static("private, no-store"),
        );
    }
    Ok(response)
}

/// `limits.requests_per_minute`, per session where there is one, else per address, and generously per address in any
/// case. Static files and health are free.
pub async fn throttle<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, actix_web::Error> {
    let free = ["/static/", "/healthz", "/readyz", "/metrics"];
    if let Some(app) = request.app_data::<Data<App>>()
        && !free.iter().any(|path| request.path().starts_with(path))
    {
        let plain = request.request();
        let address = session::client_address(plain, &app.config.trusted_proxies)
            .map_or_else(String::new, |address| address.to_string());
        let key = match session::credentials(plain) {
            Credentials::Cookie(secret) | Credentials::Bearer(secret) => secret.hash(),
            Credentials::None => address.clone(),
        };
        let (now, throttles) = (app.now(), &app.throttles);
        let counted = throttles
            .requests_per_address
            .count(&address, now)
            .and_then(|()| throttles.requests.count(&key, now));
        if let Err(error) = counted {
            return Ok(request.error_response(error).map_into_right_body());
        }
    }
    Ok(next.call(request).await?.map_into_left_body())
}

/// Unsafe requests with a cookie must come from our own pages: browsers say so in `Sec-Fetch-Site` or `Origin` (old ones
/// in `Referer`). Without any of them, or from elsewhere: refused. A bearer token needs no such proof.
pub async fn same_origin<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, actix_web::Error> {
    if !request.method().is_safe() && !is_allowed(request.request()) {
        let refused = request.error_response(Error::CrossSite);
        return Ok(refused.map_into_right_body());
    }
    Ok(next.call(request).await?.map_into_left_body())
}

fn is_allowed(request: &HttpRequest) -> bool {
    // Only a token that is really used in place of the cookie: a browser may add `Authorization: Basic` by itself.
    if let Credentials::Bearer(_) = session::credentials(request) {
        return true;
    }
    match proof(request, request.headers()) {
        Some(own) => own,
        None => request.cookie(COOKIE).is_none(),
    }
}

/// What the browser says of the origin; None when it says nothing.
fn proof(request: &HttpRequest, headers: &HeaderMap) -> Option<bool> {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text(header::HeaderName::from_static("sec-fetch-site")) {
        return Some(matches!(site, "same-origin" | "none"));
    }
    let named = text(header::ORIGIN).or_else(|| text(header::REFERER))?;
    let Ok(origin) = url::Url::parse(named) else {
        return Some(false);
    };
    let origin = origin.origin();
    let host = text(header::HOST).unwrap_or_default();
    let same_host = ["http", "https"].iter().any(|scheme| {
        url::Url::parse(&format!("{scheme}://{host}")).is_ok_and(|own| own.origin() == origin)
    });
    let public = request.app_data::<Data<App>>().is_some_and(|app| {
        url::Url::parse(&app.config.public_url()).is_ok_and(|own| own.origin() == origin)
    });
    Some(same_host || public)
}
