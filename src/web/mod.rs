//! Tools for handlers: reading requests, answering, sessions, errors, and the layers around every route. Knows no domain.

pub mod assets;
pub mod error;
pub mod form;
pub mod guard;
pub mod meter;
pub mod page;
pub mod parts;
pub mod patience;
pub mod respond;
pub mod session;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::{Compress, from_fn};
use actix_web::web::{Data, PayloadConfig};

use crate::app::App;
use crate::routes;

/// The largest body taken: 20,000 characters of four bytes, percent-encoded, and the rest of a form.
pub const MAX_BODY: usize = 1024 * 1024;

/// The whole program behind HTTP: every route with every layer, in production and in tests. The last layer named is the
/// first that a request meets.
pub fn create_app(
    app: App,
) -> actix_web::App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = actix_web::Error,
        InitError = (),
    >,
> {
    actix_web::App::new()
        .app_data(Data::new(app))
        .app_data(PayloadConfig::new(MAX_BODY))
        .configure(routes::configure)
        .default_service(actix_web::web::to(routes::nothing_here))
        .wrap(from_fn(guard::same_origin))
        .wrap(from_fn(guard::throttle))
        .wrap(from_fn(error::shape))
        .wrap(from_fn(patience::layer))
        .wrap(Compress::default())
        .wrap(from_fn(guard::headers))
        .wrap(from_fn(guard::log))
}
