//! `/metrics`.

use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use prometheus_client::registry::Registry;
use subtle::ConstantTimeEq;

use crate::app::App;
use crate::db::blocking;
use crate::error::{Error, Result};

/// From this machine, or with the token. Others may not know of it.
pub async fn show(app: Data<App>, request: HttpRequest) -> Result<HttpResponse> {
    if !is_local(&request) && !has_token(&request, &app.config.metrics_token) {
        return Err(Error::NotFound);
    }
    let house = app.clone();
    let mut registry = Registry::default();
    app.meter
        .register(registry.sub_registry_with_prefix(super::PREFIX));
    let (begun, now) = (app.meter.begun(), app.now());
    let text =
        blocking(move || super::text(registry, &house.database, &house.searcher, begun, now))
            .await?;
    Ok(HttpResponse::Ok()
        .content_type("application/openmetrics-text; version=1.0.0; charset=utf-8")
        .body(text))
}

/// Whether a program on this machine asks for itself: a proxy beside us speaks for others, and says so in a header or asks
/// by the public name.
fn is_local(request: &HttpRequest) -> bool {
    let forwarded = [
        "forwarded",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-proto",
        "x-real-ip",
        "via",
    ];
    let headers = request.headers();
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let named = host.and_then(|host| url::Url::parse(&format!("http://{host}")).ok());
    let by_own_name = named.is_some_and(|url| match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    });
    by_own_name
        && request
            .peer_addr()
            .is_some_and(|peer| peer.ip().is_loopback())
        && !forwarded.iter().any(|name| headers.contains_key(*name))
}

fn has_token(request: &HttpRequest, token: &str) -> bool {
    let given = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    !token.is_empty() && given.is_some_and(|given| given.as_bytes().ct_eq(token.as_bytes()).into())
}
