//! The URL table: every address and its handler, nothing else.

use actix_web::web::{Data, ServiceConfig};
use actix_web::{HttpResponse, guard, web};

use crate::app::App;
use crate::db::ADMISSION_DEADLINE;
use crate::error::{Error, Result};
use crate::{
    accounts, admin, atom, attachments, bridge, coverage, curation, desk, digest, drafts,
    environment, exchange, gap, mirror, moderation, notices, openapi, replies, requests, seals,
    search, synonyms, taxonomy, threads, tryouts, web as tools,
};

/// Declares the routes and the table of them that tests go through.
macro_rules! routes {
    ($($method:ident $path:literal => $handler:path;)+) => {
        /// Every route: method and pattern. `tests/it/routes.rs` fails when one has no expectation for every role.
        pub const TABLE: &[(&str, &str)] = &[$((stringify!($method), $path)),+];

        pub fn configure(config: &mut ServiceConfig) {
            $(config.route($path, routes!(@method $method).to($handler));)+
        }
    };
    (@method GET) => { web::route().guard(guard::Any(guard::Get()).or(guard::Head())) };
    (@method POST) => { web::post() };
    (@method PUT) => { web::put() };
    (@method PATCH) => { web::patch() };
    (@method DELETE) => { web::delete() };
}

routes! {
    GET "/" => threads::http::home;
    GET "/about" => taxonomy::http::about;
    GET "/login" => accounts::http::login_form;
    POST "/login" => accounts::http::login;
    POST "/logout" => accounts::http::logout;
    GET "/signup" => accounts::http::signup_form;
    POST "/signup" => accounts::http::signup;
    GET "/password/forgot" => accounts::http::forgot_form;
    POST "/password/forgot" => accounts::http::forgot;
    GET "/password/set" => accounts::http::set_password_form;
    POST "/password/set" => accounts::http::set_password;
    GET "/settings" => accounts::http::settings;
    POST "/settings/sessions/{id}/end" => accounts::http::end_session;
    POST "/settings/sessions/end-others" => accounts::http::end_other_sessions;
    GET "/people/{id}" => threads::http::person;

    GET "/threads" => threads::http::list;
    GET "/threads/new" => threads::writing::http::new_form;
    POST "/threads" => threads::writing::http::create;
    GET "/policies/{number}" => threads::http::policy;
    GET "/t/{short_code}" => threads::http::short_address;
    GET "/threads/{id}" => threads::http::show;
    GET "/threads/{id}/edit" => threads::writing::http::edit_form;
    POST "/threads/{id}/edit" => threads::writing::http::edit;
    GET "/threads/{id}/practice" => threads::practice::http::form;
    POST "/threads/{id}/practice" => threads::practice::http::add;
    GET "/threads/{id}/remove" => threads::http::remove_form;
    POST "/threads/{id}/remove" => threads::http::remove;
    GET "/threads/{id}/revisions" => threads::past::http::revisions;
    POST "/threads/{id}/marks" => replies::http::mark_thread;
    POST "/threads/{id}/reports" => moderation::http::report_thread;
    GET "/threads/{id}/recommendation" => curation::http::form;
    POST "/threads/{id}/recommendation" => curation::http::recommend;
    POST "/threads/{id}/recommendation/withdraw" => curation::http::withdraw;
    POST "/threads/{id}/visibility" => moderation::http::set_thread_visibility;
    POST "/threads/{id}/claim" => moderation::http::claim_thread;
    POST "/threads/{id}/claim/release" => moderation::http::release_thread;
    GET "/threads/{id}/resubmit" => moderation::resubmit::http::thread_form;
    POST "/threads/{id}/resubmit" => moderation::resubmit::http::thread;
    GET "/threads/{id}/lock" => moderation::http::lock_form;
    POST "/threads/{id}/lock" => moderation::http::lock_thread;
    POST "/threads/{id}/unlock" => moderation::http::unlock_thread;
    GET "/threads/{id}/move" => moderation::http::move_form;
    POST "/threads/{id}/move" => moderation::http::move_thread;
    GET "/threads/{id}/duplicate" => moderation::duplicates::http::form;
    POST "/threads/{id}/duplicate" => moderation::duplicates::http::send;
    POST "/threads/{id}/duplicate/withdraw" => moderation::duplicates::http::withdraw;
    POST "/threads/{id}/replies" => replies::http::create;
    POST "/threads/{id}/accepted-reply" => replies::http::accept;
    POST "/threads/{id}/accepted-reply/withdraw" => replies::http::withdraw;
    GET "/replies/{id}" => replies::http::show;
    GET "/replies/{id}/edit" => replies::http::edit_form;
    POST "/replies/{id}/edit" => replies::http::edit;
    GET "/replies/{id}/remove" => replies::http::remove_form;
    POST "/replies/{id}/remove" => replies::http::remove;
    GET "/replies/{id}/revisions" => replies::http::revisions;
    POST "/replies/{id}/marks" => replies::http::mark_reply;
    POST "/replies/{id}/reports" => moderation::http::report_reply;
    POST "/replies/{id}/visibility" => moderation::http::set_reply_visibility;
    GET "/threads/{id}/tryouts" => tryouts::http::list;
    POST "/threads/{id}/tryouts" => tryouts::http::create;
    GET "/tryouts/{id}/remove" => tryouts::http::remove_form;
    POST "/tryouts/{id}/remove" => tryouts::http::remove;
    GET "/files/{id}" => attachments::http::show;
    GET "/files/{id}/thumb" => attachments::http::thumb;
    POST "/replies/{id}/claim" => moderation::http::claim_reply;
    POST "/replies/{id}/claim/release" => moderation::http::release_reply;
    GET "/replies/{id}/resubmit" => moderation::resubmit::http::reply_form;
    POST "/replies/{id}/resubmit" => moderation::resubmit::http::reply;
    GET "/search" => search::http::search;
    GET "/threads/{id}/environment" => environment::http::form;
    POST "/threads/{id}/environment" => environment::http::mark;
    GET "/environment" => environment::http::list;
    GET "/coverage" => coverage::http::show;
    GET "/coverage.csv" => coverage::http::table;
    GET "/requests" => requests::http::list;
    POST "/requests" => requests::http::create;
    GET "/requests/new" => requests::http::new_form;
    GET "/requests/{id}" => requests::http::show;
    POST "/requests/{id}/close" => requests::http::close;
    GET "/gap" => gap::http::list;
    GET "/gap/{term}.csv" => gap::http::file;
    GET "/gap/{term}" => gap::http::show;

    GET "/collections" => curation::collections::http::list;
    POST "/collections" => curation::collections::http::create;
    GET "/collections/new" => curation::collections::http::new_form;
    GET "/collections/{id}" => curation::collections::http::show;
    GET "/collections/{id}/edit" => curation::collections::http::edit_form;
    POST "/collections/{id}/edit" => curation::collections::http::edit;
    POST "/collections/{id}/publish" => curation::collections::http::publish;
    POST "/collections/{id}/withdraw" => curation::collections::http::withdraw;
    POST "/collections/{id}/editors" => curation::collections::http::share;
    GET "/collections/{id}/revisions" => curation::collections::http::revisions;
    GET "/c/{short_code}" => curation::collections::http::short_address;
    GET "/feeds/collections.atom" => atom::http::collections;
    GET "/threads/{id}/collect" => curation::collections::http::collect_form;
    POST "/threads/{id}/collect" => curation::collections::http::collect;
    GET "/threads/{id}/recommendation/refuse" => curation::http::refuse_form;
    POST "/threads/{id}/recommendation/refuse" => curation::http::refuse;
    POST "/threads/{id}/recommendation/allow" => curation::http::allow;
    GET "/threads/{id}/proposal" => curation::proposals::http::form;
    POST "/threads/{id}/proposal" => curation::proposals::http::propose;
    POST "/threads/{id}/freshness" => curation::freshness::http::answer;
    GET "/desk/proposals" => curation::proposals::http::list;
    POST "/desk/proposals/{id}/accept" => curation::proposals::http::accept;
    POST "/desk/proposals/{id}/decline" => curation::proposals::http::decline;
    GET "/desk/freshness" => curation::freshness::http::list;
    GET "/desk/freshness/{id}" => curation::freshness::http::form;
    POST "/desk/freshness/{id}" => curation::freshness::http::look;

    GET "/settings/own-data" => exchange::http::own_data;
    GET "/settings/invitations" => accounts::invitation::http::invitations;
    POST "/settings/invitations" => accounts::invitation::http::make;
    POST "/settings/invitations/{id}/withdraw" => accounts::invitation::http::withdraw;
    GET "/invite/{secret}" => accounts::invitation::http::invite_form;
    POST "/invite/{secret}" => accounts::invitation::http::invite;
    GET "/settings/feeds" => atom::http::settings;
    POST "/settings/feeds" => atom::http::renew;
    POST "/settings/feeds/stop" => atom::http::stop;
    GET "/feeds/threads.atom" => atom::http::threads;
    GET "/feeds/policies/{number}.atom" => atom::http::policy;
    GET "/feeds/follows.atom" => atom::http::follows;
    GET "/feeds/notices.atom" => atom::http::notices;
    GET "/threads/{id}/feed.atom" => atom::http::thread;
    GET "/settings/close" => exchange::http::close_form;
    POST "/settings/close" => exchange::http::close;
    GET "/settings/bookmarks" => replies::http::bookmarks;
    GET "/settings/follows" => replies::http::follows;
    GET "/settings/drafts" => drafts::http::list;
    POST "/settings/drafts/{id}/discard" => drafts::http::discard;
    GET "/settings/profile" => accounts::http::profile;
    POST "/settings/profile" => accounts::http::change_profile;
    GET "/settings/mirror" => mirror::http::show;
    POST "/settings/mirror" => mirror::http::keep;
    POST "/settings/mirror/forget" => mirror::http::forget;
    GET "/settings/notices" => notices::http::notices;
    POST "/settings/notices/seen" => notices::http::see_notices;
    GET "/settings/mail" => notices::http::settings;
    POST "/settings/mail" => notices::http::change;
    POST "/settings/mail/wake" => notices::http::wake;
    GET "/settings/mail/preview" => digest::http::preview;
    GET "/settings/mail/letters" => digest::http::letters;
    GET "/mail/{list}/leave/{token}" => notices::http::leave_form;
    POST "/mail/{list}/leave/{token}" => notices::http::leave;
    POST "/mail/{list}/join/{token}" => notices::http::join;
    GET "/admin/mails" => digest::http::ledger;
    GET "/dev/mails" => digest::http::dev_mails;
    GET "/dev/mails/{name}" => digest::http::dev_mail;
    GET "/dev/mails/{name}/html" => digest::http::dev_mail_html;

    GET "/desk" => desk::http::show;
    POST "/desk/pairs/dismiss" => desk::http::dismiss;
    GET "/desk/reports" => moderation::http::reports;
    GET "/desk/seals" => seals::http::list;
    POST "/desk/seals" => seals::http::ask;
    GET "/desk/seals/new" => seals::http::new_form;
    POST "/desk/seals/{id}/agree" => seals::http::agree;
    POST "/desk/seals/{id}/decline" => seals::http::decline;
    POST "/desk/seals/{id}/name" => seals::http::name;
    GET "/desk/audit" => moderation::log::http::list;
    GET "/desk/searches" => search::log::http::list;
    GET "/desk/synonyms" => synonyms::http::list;
    POST "/desk/synonyms" => synonyms::http::create;
    GET "/desk/synonyms/new" => synonyms::http::new_form;
    GET "/desk/synonyms/{id}/edit" => synonyms::http::edit_form;
    POST "/desk/synonyms/{id}/edit" => synonyms::http::edit;
    POST "/desk/synonyms/{id}/remove" => synonyms::http::remove;
    POST "/desk/synonyms/{id}/restore" => synonyms::http::restore;
    GET "/desk/synonyms/{id}/history" => synonyms::http::history;

    GET "/admin" => admin::glance::http::glance;
    POST "/admin/jobs/{id}/retry" => admin::glance::http::retry;
    POST "/admin/jobs/{id}/discard" => admin::glance::http::discard;
    GET "/admin/schools" => admin::schools::http::list;
    POST "/admin/schools" => admin::schools::http::create;
    GET "/admin/schools/new" => admin::schools::http::new_form;
    GET "/admin/schools/{slug}/edit" => admin::schools::http::edit_form;
    POST "/admin/schools/{slug}/edit" => admin::schools::http::edit;
    GET "/admin/taxonomy" => admin::words::http::show;
    POST "/admin/taxonomy" => admin::words::http::load;
    GET "/admin/taxonomy/file" => admin::words::http::file;
    POST "/admin/taxonomy/{id}/restore" => admin::words::http::bring_back;
    GET "/admin/people" => admin::http::people;
    POST "/admin/people" => admin::http::create;
    GET "/admin/people/import" => admin::roll::http::form;
    POST "/admin/people/import" => admin::roll::http::import;
    POST "/admin/people/{id}/role" => admin::http::set_role;
    POST "/admin/people/{id}/suspend" => admin::http::suspend;
    POST "/admin/people/{id}/restore" => admin::http::restore;

    POST "/api/v1/sessions" => accounts::api::sign_in;
    DELETE "/api/v1/sessions/current" => accounts::api::sign_out;
    GET "/api/v1/me" => accounts::api::me;
    GET "/api/v1/me/self-check" => mirror::api::show;
    PUT "/api/v1/me/self-check" => mirror::api::keep;
    DELETE "/api/v1/me/self-check" => mirror::api::forget;
    GET "/api/v1/gap" => gap::api::list;
    GET "/api/v1/gap/{term}" => gap::api::show;
    GET "/api/v1/taxonomy" => taxonomy::api::show;
    GET "/api/v1/threads" => threads::api::list;
    POST "/api/v1/threads" => threads::api::create;
    GET "/api/v1/threads/similar" => search::api::similar;
    GET "/api/v1/threads/{id}" => threads::api::show;
    PATCH "/api/v1/threads/{id}" => threads::api::edit;
    DELETE "/api/v1/threads/{id}" => threads::api::remove;
    GET "/api/v1/threads/{id}/revisions" => threads::api::revisions;
    GET "/api/v1/threads/{id}/replies" => replies::api::list;
    POST "/api/v1/threads/{id}/replies" => replies::api::create;
    PUT "/api/v1/threads/{id}/accepted-reply" => replies::api::accept;
    DELETE "/api/v1/threads/{id}/accepted-reply" => replies::api::withdraw;
    PUT "/api/v1/threads/{id}/reactions/{reaction}" => replies::api::react;
    DELETE "/api/v1/threads/{id}/reactions/{reaction}" => replies::api::unreact;
    PUT "/api/v1/threads/{id}/bookmark" => replies::api::bookmark;
    DELETE "/api/v1/threads/{id}/bookmark" => replies::api::unbookmark;
    PUT "/api/v1/threads/{id}/follow" => replies::api::follow;
    DELETE "/api/v1/threads/{id}/follow" => replies::api::unfollow;
    POST "/api/v1/threads/{id}/reports" => moderation::api::report_thread;
    PUT "/api/v1/threads/{id}/lock" => moderation::api::lock;
    DELETE "/api/v1/threads/{id}/lock" => moderation::api::unlock;
    PUT "/api/v1/threads/{id}/duplicate-of" => moderation::api::set_duplicate;
    DELETE "/api/v1/threads/{id}/duplicate-of" => moderation::api::withdraw_duplicate;
    PUT "/api/v1/threads/{id}/visibility" => moderation::api::set_thread_visibility;
    GET "/api/v1/replies/{id}" => replies::api::show;
    PATCH "/api/v1/replies/{id}" => replies::api::edit;
    DELETE "/api/v1/replies/{id}" => replies::api::remove;
    GET "/api/v1/replies/{id}/revisions" => replies::api::revisions;
    PUT "/api/v1/replies/{id}/reactions/{reaction}" => replies::api::react_to_reply;
    DELETE "/api/v1/replies/{id}/reactions/{reaction}" => replies::api::unreact_to_reply;
    POST "/api/v1/replies/{id}/reports" => moderation::api::report_reply;
    PUT "/api/v1/replies/{id}/visibility" => moderation::api::set_reply_visibility;
    GET "/api/v1/threads/{id}/relatives" => bridge::api::relatives;
    GET "/api/v1/threads/{id}/tryouts" => tryouts::api::list;
    POST "/api/v1/threads/{id}/tryouts" => tryouts::api::create;
    DELETE "/api/v1/tryouts/{id}" => tryouts::api::remove;
    POST "/api/v1/files" => attachments::api::create;
    GET "/api/v1/drafts" => drafts::api::list;
    POST "/api/v1/drafts" => drafts::api::create;
    GET "/api/v1/drafts/{id}" => drafts::api::show;
    PUT "/api/v1/drafts/{id}" => drafts::api::save;
    DELETE "/api/v1/drafts/{id}" => drafts::api::discard;
    GET "/api/v1/collections" => curation::collections::api::list;
    POST "/api/v1/collections" => curation::collections::api::create;
    GET "/api/v1/collections/{id}" => curation::collections::api::show;
    PATCH "/api/v1/collections/{id}" => curation::collections::api::edit;
    DELETE "/api/v1/collections/{id}" => curation::collections::api::withdraw;
    GET "/api/v1/threads/{id}/environment" => environment::api::show;
    PUT "/api/v1/threads/{id}/environment" => environment::api::mark;
    GET "/api/v1/environment" => environment::api::list;
    GET "/api/v1/coverage" => coverage::api::show;
    GET "/api/v1/requests" => requests::api::list;
    POST "/api/v1/requests" => requests::api::create;
    GET "/api/v1/requests/{id}" => requests::api::show;
    POST "/api/v1/requests/{id}/close" => requests::api::close;
    GET "/api/v1/search" => search::api::search;
    GET "/api/v1/search/suggest" => search::api::suggest;

    GET "/api/openapi.json" => openapi::show;
    GET "/metrics" => admin::metrics::http::show;
    GET "/healthz" => alive;
    GET "/readyz" => ready;
    GET "/static/{path:.*}" => static_file;
}

/// What no route takes.
pub async fn nothing_here() -> Result<HttpResponse> {
    Err(Error::NotFound)
}

async fn alive() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain").body("ok\n")
}

/// 200 when database and search answer; else 503 with a list of what does not. Also 503 while the server waits for its
/// balancer to see that it is about to stop.
async fn ready(app: Data<App>) -> HttpResponse {
    let mut missing = Vec::new();
    let epochs = app.database.read(crate::feed::epochs);
    let in_time = tokio::time::timeout(ADMISSION_DEADLINE, epochs).await;
    if !in_time.is_ok_and(|asked| asked.is_ok()) {
        missing.push("database");
    }
    if !app.searcher.is_ready() {
        missing.push("search");
    }
    if app.is_stopping() {
        missing.push("stopping");
    }
    if missing.is_empty() {
        HttpResponse::Ok().json(missing)
    } else {
        HttpResponse::ServiceUnavailable().json(missing)
    }
}

async fn static_file(path: web::Path<String>) -> Result<HttpResponse> {
    let asset = tools::assets::find(&path).ok_or(Error::NotFound)?;
    Ok(HttpResponse::Ok()
        .content_type(asset.content_type)
        .insert_header(("cache-control", "public, max-age=31536000, immutable"))
        .body(asset.body.into_owned()))
}
