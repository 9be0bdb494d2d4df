//! Reports and moderators' decisions as forms.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::claims;
use super::lock;
use super::moves::{self, MoveInput};
use super::resubmit;
use super::view::{LockPage, MovePage, Notes, ReportsPage, StandingView};
use super::{Post, api};
use crate::accounts::http::DoneQuery;
use crate::accounts::{self, Action, Who, Writer};
use crate::app::App;
use crate::db::Db;
use crate::error::{Error, FieldErrors, Result};
use crate::id::Id;
use crate::replies;
use crate::secret::Credentials;
use crate::taxonomy;
use crate::threads::{self, Thread, Visibility, split_list};
use crate::tryouts;
use crate::web::form::{Form, Query};
use crate::web::page::{Notice, NoticeKind, Now};
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
    queue_page(&app, credentials, StatusCode::OK, Notice::of(&query.done)).await
}

async fn queue_page(
    app: &App,
    credentials: Credentials,
    status: StatusCode,
    notice: Option<Notice>,
) -> Result<HttpResponse> {
    let house = app.clone();
    let page = app
        .read_as(credentials, move |db, who, now| {
            let waiting = super::waiting(db, who, REPORTS, now)?;
            let people: Vec<Id> = waiting
                .iter()
                .flat_map(|one| {
                    let claim = one.claim.map(|claim| claim.moderator);
                    claim.into_iter().chain(one.earlier.iter().map(|e| e.actor))
                })
                .collect();
            let people = accounts::authors(db, &people)?;
            let words = taxonomy::current(db)?;
            let layout = house.frame(who).noting(notice);
            let now = house.page_time();
            Ok(ReportsPage::new(
                layout, who, &waiting, &people, &words, now,
            ))
        })
        .await?;
    respond::page_as(status, &page)
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

async fn claim(app: &App, credentials: Credentials, post: Post) -> Result<HttpResponse> {
    let claimed = app
        .write_as(credentials.clone(), move |db, who, now| {
            claims::claim(db, who, post, now)
        })
        .await;
    match claimed {
        Ok(()) => Ok(respond::see_other("/desk/reports?done=claimed")),
        Err(Error::Conflict(text)) => {
            let notice = Notice::new(NoticeKind::Error, text);
            queue_page(app, credentials, StatusCode::CONFLICT, Some(notice)).await
        }
        Err(error) => Err(error),
    }
}

async fn release(app: &App, credentials: Credentials, post: Post) -> Result<HttpResponse> {
    app.write_as(credentials, move |db, who, _| {
        claims::release(db, who, post)
    })
    .await?;
    Ok(respond::see_other("/desk/reports?done=released"))
}

pub async fn claim_thread(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
) -> Result<HttpResponse> {
    claim(&app, credentials, Post::Thread(*id)).await
}

pub async fn claim_reply(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
) -> Result<HttpResponse> {
    claim(&app, credentials, Post::Reply(*id)).await
}

pub async fn release_thread(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
) -> Result<HttpResponse> {
    release(&app, credentials, Post::Thread(*id)).await
}

pub async fn release_reply(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
) -> Result<HttpResponse> {
    release(&app, credentials, Post::Reply(*id)).await
}

/// What stands beside a thread that `who` sees: two queries at most, and none for most threads.
pub fn notes(db: &mut Db, who: &Who, thread: &Thread, now: Now) -> Result<Notes> {
    let same: Vec<Id> = thread.duplicate_of.into_iter().collect();
    let same = if same.is_empty() {
        None
    } else {
        threads::visible(db, who, &same)?.pop()
    };
    let post = Post::Thread(thread.id);
    let standing = standings(db, who, &[(post, thread.visibility, thread.author)], now)?.pop();
    let standing = standing.map(|(_, standing)| standing);
    Ok(Notes::new(thread, same.as_ref(), standing, who))
}

/// How those of `posts` stand that are held or hidden and that `who` wrote or may decide on: at most two queries.
pub fn standings(
    db: &mut Db,
    who: &Who,
    posts: &[(Post, Visibility, Writer)],
    now: Now,
) -> Result<Vec<(Id, StandingView)>> {
    let out_of_sight: Vec<(Post, bool)> = posts
        .iter()
        .filter(|(_, visibility, _)| matches!(visibility, Visibility::Held | Visibility::Hidden))
        .map(|(post, _, author)| (*post, author.is_who(who)))
        .filter(|(_, own)| *own || who.can(Action::Moderate))
        .collect();
    let plain: Vec<Post> = out_of_sight.iter().map(|(post, _)| *post).collect();
    let standings = resubmit::standings(db, &plain)?;
    Ok(out_of_sight
        .into_iter()
        .zip(standings)
        .map(|((post, own), standing)| (post.id(), StandingView::new(standing, post, own, now)))
        .collect())
}

#[derive(Clone, Deserialize, Default)]
#[serde(default)]
pub struct ReasonForm {
    reason: String,
}

pub async fn lock_form(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
) -> Result<HttpResponse> {
    lock_page(&app, credentials, *id, None, FieldErrors::default()).await
}

async fn lock_page(
    app: &App,
    credentials: Credentials,
    id: Id,
    typed: Option<String>,
    errors: FieldErrors,
) -> Result<HttpResponse> {
    let house = app.clone();
    let status = respond::form_status(&errors);
    let page = app
        .read_as(credentials, move |db, who, _| {
            who.may(Action::Moderate)?;
            let thread = threads::find(db, who, id)?;
            let reason = typed.or_else(|| thread.lock.clone()).unwrap_or_default();
            Ok(LockPage::new(house.frame(who), &thread, reason, errors))
        })
        .await?;
    respond::page_as(status, &page)
}

pub async fn lock_thread(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
    Form(form): Form<ReasonForm>,
) -> Result<HttpResponse> {
    let (thread, reason) = (*id, form.reason.clone());
    let locked = app
        .write_as(credentials.clone(), move |db, who, now| {
            lock::lock(db, who, thread, &reason, now)
        })
        .await;
    match locked {
        Ok(()) => Ok(respond::see_other(&format!(
            "/threads/{thread}?done=locked"
        ))),
        Err(Error::Invalid(errors)) => {
            lock_page(&app, credentials, thread, Some(form.reason), errors).await
        }
        Err(error) => Err(error),
    }
}

pub async fn unlock_thread(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
) -> Result<HttpResponse> {
    let thread = *id;
    app.write_as(credentials, move |db, who, now| {
        lock::unlock(db, who, thread, "", now)
    })
    .await?;
    Ok(respond::see_other(&format!(
        "/threads/{thread}?done=unlocked"
    )))
}

#[derive(Clone, Deserialize, Default)]
#[serde(default)]
pub struct MoveForm {
    kind: String,
    school_type: String,
    policies: Vec<String>,
    initiatives: Vec<String>,
    /// Parted by 、 or commas.
    tags: String,
    reason: String,
}

pub async fn move_form(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
) -> Result<HttpResponse> {
    move_page(&app, credentials, *id, None, FieldErrors::default()).await
}

async fn move_page(
    app: &App,
    credentials: Credentials,
    id: Id,
    typed: Option<MoveInput>,
    errors: FieldErrors,
) -> Result<HttpResponse> {
    let house = app.clone();
    let status = respond::form_status(&errors);
    let page = app
        .read_as(credentials, move |db, who, _| {
            who.may(Action::Arrange)?;
            let thread = threads::find(db, who, id)?;
            let typed = typed.unwrap_or_else(|| MoveInput::of(&thread));
            let words = taxonomy::current(db)?;
            let layout = house.frame(who);
            Ok(MovePage::new(layout, &thread, &typed, errors, &words))
        })
        .await?;
    respond::page_as(status, &page)
}

pub async fn move_thread(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
    Form(form): Form<MoveForm>,
) -> Result<HttpResponse> {
    let thread = *id;
    let input = MoveInput {
        kind: form.kind,
        school_type: form.school_type,
        policies: form.policies,
        initiatives: form.initiatives,
        tags: split_list(&form.tags),
        reason: form.reason,
    };
    let typed = input.clone();
    let moved = app
        .write_as(credentials.clone(), move |db, who, now| {
            moves::move_thread(db, who, thread, &input, now)?;
            tryouts::reweigh(db, thread, now)?;
            let moved = threads::find(db, who, thread)?;
            threads::api::note_files(db, &moved, now)
        })
        .await;
    match moved {
        Ok(()) => Ok(respond::see_other(&format!("/threads/{thread}?done=moved"))),
        Err(Error::Invalid(errors)) => {
            move_page(&app, credentials, thread, Some(typed), errors).await
        }
        Err(error) => Err(error),
    }
}
