//! The moderators' pages about sealed names.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::view::{AskPage, NamePage, SealsPage};
use crate::accounts::http::DoneQuery;
use crate::accounts::{self, Action, Who};
use crate::app::App;
use crate::db::Db;
use crate::error::{Error, FieldErrors, Result};
use crate::id::Id;
use crate::moderation::Post;
use crate::secret::Credentials;
use crate::taxonomy;
use crate::web::form::{Form, Query};
use crate::web::page::Notice;
use crate::web::{error, respond};

/// Requests that the desk shows at once.
const REQUESTS: i64 = 50;

pub async fn list(
    app: Data<App>,
    credentials: Credentials,
    Query(query): Query<DoneQuery>,
) -> Result<HttpResponse> {
    let house = app.clone();
    let page = app
        .read_as(credentials, move |db, who, _| {
            let requests = super::list(db, who, REQUESTS)?;
            let people: Vec<Id> = requests
                .iter()
                .flat_map(|(request, _)| std::iter::once(request.asker).chain(request.second))
                .collect();
            let names = accounts::authors(db, &people)?;
            let words = taxonomy::current(db)?;
            let layout = house.frame(who).noting(Notice::of(&query.done));
            let now = house.page_time();
            Ok(SealsPage::new(layout, &requests, &names, who, &words, now))
        })
        .await?;
    respond::page(&page)
}

/// Which post, and why.
#[derive(Clone, Deserialize, Default)]
#[serde(default)]
pub struct AskForm {
    thread: String,
    reply: String,
    reason: String,
}

impl AskForm {
    fn post(&self) -> Result<Post> {
        let id = |text: &str| text.trim().parse::<Id>().ok();
        id(&self.reply)
            .map(Post::Reply)
            .or_else(|| id(&self.thread).map(Post::Thread))
            .ok_or(Error::NotFound)
    }
}

fn ask_page(
    app: &App,
    db: &mut Db,
    who: &Who,
    form: &AskForm,
    errors: FieldErrors,
) -> Result<AskPage> {
    who.may(Action::Moderate)?;
    let post = form.post()?;
    let subject = super::subject(db, who, post)?;
    let words = taxonomy::current(db)?;
    let reason = form.reason.clone();
    let layout = app.frame(who);
    Ok(AskPage::new(layout, post, &subject, reason, errors, &words))
}

pub async fn new_form(
    app: Data<App>,
    credentials: Credentials,
    Query(form): Query<AskForm>,
) -> Result<HttpResponse> {
    let house = app.clone();
    let page = app
        .read_as(credentials, move |db, who, _| {
            ask_page(&house, db, who, &form, FieldErrors::default())
        })
        .await?;
    respond::page(&page)
}

pub async fn ask(
    app: Data<App>,
    request: HttpRequest,
    credentials: Credentials,
    Form(form): Form<AskForm>,
) -> Result<HttpResponse> {
    let sent = form.clone();
    let asked = app
        .write_as(credentials.clone(), move |db, who, now| {
            who.may(Action::Moderate)?;
            super::ask(db, who, sent.post()?, &sent.reason, now)
        })
        .await;
    match asked {
        Ok(_) => Ok(respond::see_other("/desk/seals?done=seal-asked")),
        Err(Error::Invalid(errors)) => {
            let status = respond::form_status(&errors);
            let house = app.clone();
            let page = app
                .read_as(credentials, move |db, who, _| {
                    ask_page(&house, db, who, &form, errors)
                })
                .await?;
            respond::page_as(status, &page)
        }
        Err(error) => Ok(error::with_kept(&request, &error, form.reason).await),
    }
}

pub async fn agree(app: Data<App>, credentials: Credentials, id: Path<Id>) -> Result<HttpResponse> {
    app.write_as(credentials, move |db, who, now| {
        super::agree(db, who, *id, now)
    })
    .await?;
    Ok(respond::see_other("/desk/seals?done=seal-agreed"))
}

pub async fn decline(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
) -> Result<HttpResponse> {
    app.write_as(credentials, move |db, who, now| {
        super::decline(db, who, *id, now)
    })
    .await?;
    Ok(respond::see_other("/desk/seals?done=seal-declined"))
}

/// A form that shows a page: every look is written down, and no program that follows links looks.
pub async fn name(app: Data<App>, credentials: Credentials, id: Path<Id>) -> Result<HttpResponse> {
    let house = app.clone();
    let page = app
        .write_as(credentials, move |db, who, now| {
            let (request, subject, person) = super::name_behind(db, who, *id, now)?;
            let words = taxonomy::current(db)?;
            let layout = house.frame(who);
            Ok(NamePage::new(layout, &request, &subject, &person, &words))
        })
        .await?;
    respond::page(&page)
}
