//! The form by which authors put a post right and ask for another look.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::{Answer, Place, Post};
use crate::accounts::Who;
use crate::app::App;
use crate::db::Db;
use crate::error::{Error, FieldErrors, Result};
use crate::id::Id;
use crate::moderation::view::ResubmitPage;
use crate::replies;
use crate::secret::Credentials;
use crate::threads;
use crate::web::form::Form;
use crate::web::{error, respond};

#[derive(Clone, Deserialize, Default)]
#[serde(default)]
pub struct ResubmitForm {
    title: String,
    body: String,
    message: String,
    revision: String,
}

impl ResubmitForm {
    fn answer(self) -> Answer {
        Answer {
            title: self.title,
            body: self.body,
            message: self.message,
            revision: self.revision.parse().ok(),
        }
    }
}

async fn form_page(app: &App, credentials: Credentials, post: Post) -> Result<HttpResponse> {
    let house = app.clone();
    let page = app
        .read_as(credentials, move |db, who, _| {
            let place = match super::answerable(db, who, post) {
                // Meanwhile all see it again: there is nothing to ask for.
                Err(Error::Conflict(_)) => return Ok(None),
                place => place?,
            };
            let answer = Answer {
                title: place.thread.title.clone(),
                body: place.body().to_owned(),
                message: String::new(),
                revision: Some(place.revision()),
            };
            filled(&house, db, who, &place, answer, FieldErrors::default()).map(Some)
        })
        .await?;
    match page {
        Some(page) => respond::page(&page),
        None => Ok(respond::see_other(&post.path())),
    }
}

fn filled(
    app: &App,
    db: &mut Db,
    who: &Who,
    place: &Place,
    answer: Answer,
    errors: FieldErrors,
) -> Result<ResubmitPage> {
    let standing = super::standings(db, &[place.post()])?
        .pop()
        .ok_or(Error::NotFound)?;
    let layout = app.frame(who);
    Ok(ResubmitPage::new(layout, place, &standing, answer, errors))
}

async fn send(
    app: &App,
    request: &HttpRequest,
    credentials: Credentials,
    post: Post,
    form: ResubmitForm,
) -> Result<HttpResponse> {
    let answer = form.clone().answer();
    let sent = app
        .write_as(credentials.clone(), move |db, who, now| {
            super::resubmit(db, who, post, &answer, now)?;
            // What the text shows now is seen with it again; what it showed before is not.
            match post {
                Post::Thread(id) => {
                    let thread = threads::find(db, who, id)?;
                    threads::api::note_files(db, &thread, now)
                }
                Post::Reply(id) => {
                    let reply = replies::find(db, who, id)?;
                    replies::api::note_files(db, &reply, now)
                }
            }
        })
        .await;
    let (status, errors, stale) = match sent {
        Ok(()) => {
            let to = format!("{}?done=resubmitted", post.path());
            return Ok(respond::see_other(&to));
        }
        Err(Error::Invalid(errors)) => (StatusCode::UNPROCESSABLE_ENTITY, errors, false),
        Err(error @ Error::Stale(_)) => (error.face().0, FieldErrors::default(), true),
        Err(error) => {
            let kept = format!("{}\n\n{}", form.body, form.message);
            return Ok(error::with_kept(request, &error, kept).await);
        }
    };
    let house = app.clone();
    let page = app
        .read_as(credentials, move |db, who, _| {
            let place = super::answerable(db, who, post)?;
            let page = filled(&house, db, who, &place, form.answer(), errors)?;
            Ok(if stale { page.stale(&place) } else { page })
        })
        .await?;
    respond::page_as(status, &page)
}

pub async fn thread_form(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
) -> Result<HttpResponse> {
    form_page(&app, credentials, Post::Thread(*id)).await
}

pub async fn reply_form(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
) -> Result<HttpResponse> {
    form_page(&app, credentials, Post::Reply(*id)).await
}

pub async fn thread(
    app: Data<App>,
    request: HttpRequest,
    credentials: Credentials,
    id: Path<Id>,
    Form(form): Form<ResubmitForm>,
) -> Result<HttpResponse> {
    send(&app, &request, credentials, Post::Thread(*id), form).await
}

pub async fn reply(
    app: Data<App>,
    request: HttpRequest,
    credentials: Credentials,
    id: Path<Id>,
    Form(form): Form<ResubmitForm>,
) -> Result<HttpResponse> {
    send(&app, &request, credentials, Post::Reply(*id), form).await
}
