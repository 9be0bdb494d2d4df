//! The description of the API, generated from the handlers.

use actix_web::HttpResponse;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use crate::web::session::COOKIE;
use crate::{
    accounts, attachments, bridge, coverage, curation, drafts, environment, gap, mirror,
    moderation, replies, requests, search, taxonomy, threads, tryouts,
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "広場 Hiroba",
        description = "A forum where teachers of all school types help each other teach with ICT. School types, roles and policies are taken as slug or Japanese name; times are RFC 3339 UTC; ids are UUIDs; errors are problem+json (RFC 9457).",
        license(name = "MIT")
    ),
    paths(
        accounts::api::sign_in, accounts::api::sign_out, accounts::api::me,
        taxonomy::api::show,
        threads::api::list, threads::api::create, threads::api::show, threads::api::edit, threads::api::remove, threads::api::revisions,
        replies::api::list, replies::api::create, replies::api::show, replies::api::edit, replies::api::remove, replies::api::revisions,
        replies::api::accept, replies::api::withdraw,
        replies::api::react, replies::api::unreact, replies::api::react_to_reply, replies::api::unreact_to_reply,
        replies::api::bookmark, replies::api::unbookmark, replies::api::follow, replies::api::unfollow,
        attachments::api::create,
        moderation::api::report_thread, moderation::api::report_reply,
        moderation::api::set_thread_visibility, moderation::api::set_reply_visibility,
        moderation::api::lock, moderation::api::unlock, moderation::api::set_duplicate, moderation::api::withdraw_duplicate,
        drafts::api::list, drafts::api::create, drafts::api::show, drafts::api::save, drafts::api::discard,
        curation::collections::api::list, curation::collections::api::create, curation::collections::api::show,
        curation::collections::api::edit, curation::collections::api::withdraw,
        search::api::search, search::api::similar, search::api::suggest,
        bridge::api::relatives,
        tryouts::api::list, tryouts::api::create, tryouts::api::remove,
        environment::api::show, environment::api::mark, environment::api::list,
        coverage::api::show,
        requests::api::list, requests::api::create, requests::api::show, requests::api::close,
        mirror::api::show, mirror::api::keep, mirror::api::forget, gap::api::list, gap::api::show,
    ),
    modifiers(&Security, &Names),
    security(("bearer" = []), ("cookie" = []))
)]
struct Description;

struct Security;

impl Modify for Security {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme(
            "bearer",
            SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build()),
        );
        components.add_security_scheme(
            "cookie",
            SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(COOKIE))),
        );
    }
}

/// Names every operation after its method and path: the handlers' own names stand several times.
struct Names;

impl Modify for Names {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        for (path, item) in &mut openapi.paths.paths {
            let words = path.trim_start_matches("/api/v1/");
            let named = [
                ("get", &mut item.get),
                ("post", &mut item.post),
                ("put", &mut item.put),
                ("patch", &mut item.patch),
                ("delete", &mut item.delete),
            ];
            for (method, operation) in named {
                if let Some(operation) = operation {
                    let name = format!("{method}_{words}");
                    let parts = name.split(|c: char| !c.is_ascii_alphanumeric());
                    let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
                    operation.operation_id = Some(parts.join("_"));
                }
            }
        }
    }
}

/// The description as a value.
pub fn description() -> utoipa::openapi::OpenApi {
    Description::openapi()
}

pub async fn show() -> HttpResponse {
    HttpResponse::Ok().json(description())
}
