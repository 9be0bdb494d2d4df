//! Who a request says it comes from: the session cookie, a bearer token, the client's address.

use std::future::{Ready, ready};
use std::net::IpAddr;

use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest};
use ipnet::IpNet;

use crate::config::Config;
use crate::error::Error;
use crate::secret::{Credentials, Secret};

/// The cookie of a browser session.
pub const COOKIE: &str = "hiroba_session";

/// Credentials of the request: a bearer token goes before a cookie.
pub fn credentials(request: &HttpRequest) -> Credentials {
    let bearer = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| {
            let (scheme, token) = value.split_once(' ')?;
            scheme
                .eq_ignore_ascii_case("bearer")
                .then(|| Secret::presented(token.trim()))
        });
    match (bearer, request.cookie(COOKIE)) {
        (Some(secret), _) => Credentials::Bearer(secret),
        (None, Some(cookie)) => Credentials::Cookie(Secret::presented(cookie.value())),
        (None, None) => Credentials::None,
    }
}

impl FromRequest for Credentials {
    type Error = Error;
    type Future = Ready<Result<Credentials, Error>>;
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(credentials(request)))
    }
}

/// The cookie that carries `secret`. `lifetime` None: until the browser is closed.
pub fn cookie(
    config: &Config,
    secret: &Secret,
    lifetime: Option<chrono::TimeDelta>,
) -> Cookie<'static> {
    let mut builder = Cookie::build(COOKIE, secret.reveal().to_owned())
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(config.is_https());
    if let Some(lifetime) = lifetime {
        builder = builder.max_age(Duration::seconds(lifetime.num_seconds()));
    }
    builder.finish()
}

/// The cookie that removes the session from the browser.
pub fn no_cookie(config: &Config) -> Cookie<'static> {
    let mut cookie = cookie(config, &Secret::presented(""), None);
    cookie.make_removal();
    cookie
}

/// The client's address: the peer, or what trusted proxies say of it (the last address that is not one of theirs).
pub fn client_address(request: &HttpRequest, trusted: &[IpNet]) -> Option<IpAddr> {
    let peer = request.peer_addr().map(|address| address.ip())?;
    let is_trusted = |address: &IpAddr| trusted.iter().any(|net| net.contains(address));
    if !is_trusted(&peer) {
        return Some(peer);
    }
    request
        .headers()
        .get_all("x-forwarded-for")
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|part| part.trim().parse::<IpAddr>())
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
        .map_while(Result::ok)
        .find(|address| !is_trusted(address))
        .or(Some(peer))
}

/// A path of our own to go on to after signing in; anything else becomes `/`.
pub fn own_path(next: &str) -> &str {
    let own = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains('\\')
        && !next.chars().any(char::is_control);
    if own { next } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn only_own_paths_are_followed() {
        assert_eq!(own_path("/threads?kind=question"), "/threads?kind=question");
        for foreign in [
            "//evil.example",
            "https://evil.example",
            "/\\evil",
            "",
            "/a\nb",
        ] {
            assert_eq!(own_path(foreign), "/", "{foreign}");
        }
    }

    #[test]
    fn forwarded_addresses_are_believed_only_from_proxies() {
        let from = |peer: &str, forwarded: &str| {
            let request = TestRequest::default()
                .peer_addr(format!("{peer}:1").parse().unwrap())
                .insert_header(("x-forwarded-for", forwarded))
                .to_http_request();
            let trusted = ["10.0.0.0/8".parse().unwrap()];
            client_address(&request, &trusted).unwrap().to_string()
        };
        assert_eq!(from("203.0.113.9", "198.51.100.1"), "203.0.113.9");
        assert_eq!(from("10.0.0.1", "198.51.100.1"), "198.51.100.1");
        assert_eq!(
            from("10.0.0.1", "1.1.1.1, 198.51.100.1, 10.0.0.2"),
            "198.51.100.1"
        );
        assert_eq!(from("10.0.0.1", "nonsense"), "10.0.0.1");
    }
}
