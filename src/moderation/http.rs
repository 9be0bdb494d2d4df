//! Reports and moderators' decisions as forms.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::view::ReportsPage;
use super::{Post, api};
use crate::accounts::Action;
use crate::accounts::http::DoneQuery;
use crate::app::App;
use crate::error::Result;
use crate::id::Id;
use crate::replies;
use crate::secret::Credentials;
use crate::threads;
use crate::web::form::{Form, Query};
use crate::web::page::Notice;
use crate::web::{error, respond};

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct ReportForm {
    reason: String,
    detail: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct VisibilityForm {
    visibility: String,
    reason: String,
    /// `reports`: decided in the queue, and back to it.
    back: String,
}

/// Reports that the queue shows at once.
const REPORTS: i64 = 100;

pub async fn reports(
    app: Data<App>,
    credentials: Credentials,
    Query(query): Query<DoneQuery>,
) -> Result<HttpResponse> {
    let house = app.clone();
    let page = app
        .read_as(credentials, move |db, who, _| {
            let waiting = super::waiting(db, who, REPORTS)?;
            let layout = house.frame(who).noting(Notice::of(&query.done));
            Ok(ReportsPage::new(layout, &waiting, house.page_time()))
        })
        .await?;
    respond::page(&page)
}

async fn report(
    app: &App,
    request: &HttpRequest,
    credentials: Credentials,
    post: Post,
    form: ReportForm,
) -> Result<HttpResponse> {
    let kept = form.detail.clone();
    let told = app
        .write_as(credentials, move |db, who, now| {
            super::report(db, who, post, &form.reason, &form.detail, now)?;
            // A post reported for personal data may be out of sight now: then the list is the place to go on.
            let thread = match post {
                Post::Thread(id) => Some(id),
                Post::Reply(id) => replies::find(db, who, id).ok().map(|reply| reply.thread),
            };
            Ok(thread.filter(|id| threads::find(db, who, *id).is_ok()))
        })
        .await;
    match told {
        Ok(Some(thread)) => Ok(respond::see_other(&format!(
            "/threads/{thread}?done=reported"
        ))),
        Ok(None) => Ok(respond::see_other("/?done=reported")),
        Err(error) => Ok(error::with_kept(request, &error, kept).await),
    }
}

async fn set_visibility(
    app: &App,
    request: &HttpRequest,
    credentials: Credentials,
    post: Post,
    form: VisibilityForm,
) -> Result<HttpResponse> {
    let kept = form.reason.clone();
    let back = form.back == "reports";
    let set = app
        .write_as(credentials, move |db, who, now| {
            who.may(Action::Moderate)?;
            let visibility = api::parse_visibility(&form.visibility)?;
            super::set_visibility(db, who, post, visibility, &form.reason, now)?;
            match post {
                Post::Thread(id) => Ok(id),
                Post::Reply(id) => Ok(replies::find(db, who, id)?.thread),
            }
        })
        .await;
    match set {
        Ok(_) if back => Ok(respond::see_other("/desk/reports?done=moderated")),
        Ok(thread) => Ok(respond::see_other(&format!(
            "/threads/{thread}?done=moderated"
        ))),
        Err(error) => Ok(error::with_kept(request, &error, kept).await),
    }
}

pub async fn report_thread(
    app: Data<App>,
    request: HttpRequest,
    credentials: Credentials,
    id: Path<Id>,
    Form(form): Form<ReportForm>,
) -> Result<HttpResponse> {
    report(&app, &request, credentials, Post::Thread(*id), form).await
}

pub async fn report_reply(
    app: Data<App>,
    request: HttpRequest,
    credentials: Credentials,
    id: Path<Id>,
    Form(form): Form<ReportForm>,
) -> Result<HttpResponse> {
    report(&app, &request, credentials, Post::Reply(*id), form).await
}

pub async fn set_thread_visibility(
    app: Data<App>,
    request: HttpRequest,
    credentials: Credentials,
    id: Path<Id>,
    Form(form): Form<VisibilityForm>,
) -> Result<HttpResponse> {
    set_visibility(&app, &request, credentials, Post::Thread(*id), form).await
}

pub async fn set_reply_visibility(
    app: Data<App>,
    request: HttpRequest,
    credentials: Credentials,
    id: Path<Id>,
    Form(form): Form<VisibilityForm>,
) -> Result<HttpResponse> {
    set_visibility(&app, &request, credentials, Post::Reply(*id), form).await
}
