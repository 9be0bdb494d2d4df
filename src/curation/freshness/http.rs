//! What is due, how a trainer looks at one of them, and what its author answers.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::view::{DeskPage, LookPage};
use super::{Finding, of_thread};
use crate::accounts::Action;
use crate::app::App;
use crate::curation::http::refusal;
use crate::error::{Error, FieldErrors, Result};
use crate::id::Id;
use crate::secret::Credentials;
use crate::taxonomy;
use crate::threads::api::cursor;
use crate::threads::http::cards;
use crate::threads::{self, Cursor, Summary};
use crate::web::error::with_kept;
use crate::web::form::{Form, Query};
use crate::web::page::Notice;
use crate::web::respond;

/// Threads on a page.
const SHOWN: usize = 20;

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct DeskQuery {
    /// `outdated`; anything else lists what is due.
    show: String,
    cursor: String,
    done: String,
}

pub async fn list(
    app: Data<App>,
    credentials: Credentials,
    Query(query): Query<DeskQuery>,
) -> Result<HttpResponse> {
    let house = app.clone();
    let page = app
        .read_as(credentials, move |db, who, _| {
            let after = cursor(&query.cursor)?;
            let now = house.page_time();
            let today = now.at.day(now.zone);
            let outdated = query.show == "outdated";
            let page = if outdated {
                super::outdated(db, who, after, SHOWN)?
            } else {
                super::overdue(db, who, today, after, SHOWN)?
            };
            let count = super::count_overdue(db, who, today)?;
            let words = taxonomy::current(db)?;
            let threads: Vec<Summary> = page.items.iter().map(|one| one.thread.clone()).collect();
            let cards = cards(db, &threads, &words, now)?;
            let layout = house.frame(who).noting(Notice::of(&query.done));
            let place = (after.is_some(), page.next.map(Cursor::encode));
            Ok(DeskPage::new(
                layout,
                &page.items,
                cards,
                count,
                outdated,
                place,
            ))
        })
        .await?;
    respond::page(&page)
}

/// What a trainer does with one thread: `verify`, `ask` or `outdate`.
#[derive(Clone, Deserialize, Default)]
#[serde(default)]
pub struct LookForm {
    action: String,
    os_version: String,
    app_version: String,
    review_on: String,
    reason: String,
}

pub async fn form(app: Data<App>, credentials: Credentials, id: Path<Id>) -> Result<HttpResponse> {
    let page = look_page(&app, credentials, *id, None, FieldErrors::default()).await?;
    respond::page(&page)
}

async fn look_page(
    app: &App,
    credentials: Credentials,
    id: Id,
    typed: Option<LookForm>,
    errors: FieldErrors,
) -> Result<LookPage> {
    let house = app.clone();
    app.read_as(credentials, move |db, who, _| {
        who.may(Action::Curate)?;
        let thread = threads::find(db, who, id)?;
        let present = of_thread(db, id)?;
        let mut page = LookPage::new(house.frame(who), &thread, present.as_ref(), errors);
        if let Some(typed) = typed {
            page.action = typed.action;
            page.os_version = typed.os_version;
            page.app_version = typed.app_version;
            page.review_on = typed.review_on;
            page.reason = typed.reason;
        }
        Ok(page)
    })
    .await
}

pub async fn look(
    app: Data<App>,
    request: HttpRequest,
    credentials: Credentials,
    id: Path<Id>,
    Form(form): Form<LookForm>,
) -> Result<HttpResponse> {
    let (id, sent) = (*id, form.clone());
    let today = app.now().day(app.config.timezone);
    let done = app
        .write_as(credentials.clone(), move |db, who, now| {
            match sent.action.as_str() {
                "ask" => super::ask(db, who, id, &sent.reason, now).map(|()| "freshness-asked"),
                "outdate" => {
                    super::mark_outdated(db, who, id, &sent.reason, now).map(|()| "outdated")
                }
                _ => {
                    let finding = Finding {
                        os_version: sent.os_version,
                        app_version: sent.app_version,
                        review_on: sent.review_on,
                    };
                    super::verify(db, who, id, &finding, today, now).map(|()| "verified")
                }
            }
        })
        .await;
    let kept = form.reason.clone();
    match done {
        Ok(code) => Ok(respond::see_other(&format!("/desk/freshness?done={code}"))),
        Err(Error::Invalid(errors)) => {
            match look_page(&app, credentials, id, Some(form), errors).await {
                Ok(page) => respond::page_as(StatusCode::UNPROCESSABLE_ENTITY, &page),
                Err(error) => Ok(with_kept(&request, &refusal(error), kept).await),
            }
        }
        Err(error) => Ok(with_kept(&request, &refusal(error), kept).await),
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct AnswerForm {
    /// `same` or `changed`.
    answer: String,
}

pub async fn answer(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
    Form(form): Form<AnswerForm>,
) -> Result<HttpResponse> {
    let id = *id;
    let today = app.now().day(app.config.timezone);
    let same = form.answer == "same";
    app.write_as(credentials, move |db, who, now| {
        super::answer(db, who, id, same, today, now)
    })
    .await?;
    let code = if same { "still-same" } else { "has-changed" };
    Ok(respond::see_other(&format!("/threads/{id}?done={code}")))
}
