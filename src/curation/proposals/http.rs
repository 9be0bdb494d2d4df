//! The form by which anybody proposes a thread, and the list in which trainers decide.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::view::{DeskPage, ProposalPage, Typed};
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

/// Proposals on a page.
const SHOWN: usize = 20;

#[derive(Clone, Deserialize, Default)]
#[serde(default)]
pub struct ProposalForm {
    reason: String,
}

pub async fn form(app: Data<App>, credentials: Credentials, id: Path<Id>) -> Result<HttpResponse> {
    let page = form_page(
        &app,
        credentials,
        *id,
        String::new(),
        FieldErrors::default(),
    )
    .await?;
    respond::page(&page)
}

async fn form_page(
    app: &App,
    credentials: Credentials,
    id: Id,
    reason: String,
    errors: FieldErrors,
) -> Result<ProposalPage> {
    let house = app.clone();
    app.read_as(credentials, move |db, who, _| {
        who.may(Action::Post)?;
        let thread = threads::find(db, who, id)?;
        Ok(ProposalPage {
            layout: house.frame(who),
            path: format!("/threads/{id}"),
            title: thread.title,
            reason,
            errors,
        })
    })
    .await
}

pub async fn propose(
    app: Data<App>,
    request: HttpRequest,
    credentials: Credentials,
    id: Path<Id>,
    Form(form): Form<ProposalForm>,
) -> Result<HttpResponse> {
    let (id, sent) = (*id, form.clone());
    let done = app
        .write_as(credentials.clone(), move |db, who, now| {
            super::propose(db, who, id, &sent.reason, now)
        })
        .await;
    match done {
        Ok(_) => Ok(respond::see_other(&format!("/threads/{id}?done=proposed"))),
        Err(Error::Invalid(errors)) => {
            let page = form_page(&app, credentials, id, form.reason, errors).await?;
            respond::page_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Ok(with_kept(&request, &error, form.reason).await),
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct DeskQuery {
    cursor: String,
    done: String,
}

pub async fn list(
    app: Data<App>,
    credentials: Credentials,
    Query(query): Query<DeskQuery>,
) -> Result<HttpResponse> {
    let page = desk_page(&app, credentials, query, None).await?;
    respond::page(&page)
}

async fn desk_page(
    app: &App,
    credentials: Credentials,
    query: DeskQuery,
    typed: Option<Typed>,
) -> Result<DeskPage> {
    let house = app.clone();
    app.read_as(credentials, move |db, who, _| {
        let after = cursor(&query.cursor)?;
        let page = super::open(db, who, after, SHOWN)?;
        let count = super::count_open(db, who)?;
        let words = taxonomy::current(db)?;
        let now = house.page_time();
        let threads: Vec<Summary> = page.items.iter().map(|one| one.thread.clone()).collect();
        let cards = cards(db, &threads, &words, now)?;
        let layout = house.frame(who).noting(Notice::of(&query.done));
        let place = (after.is_some(), page.next.map(Cursor::encode));
        Ok(DeskPage::new(
            layout,
            &page.items,
            cards,
            count,
            place,
            typed,
            now,
        ))
    })
    .await
}

#[derive(Clone, Deserialize, Default)]
#[serde(default)]
pub struct DecisionForm {
    comment: String,
    reason: String,
}

pub async fn accept(
    app: Data<App>,
    request: HttpRequest,
    credentials: Credentials,
    id: Path<Id>,
    Form(form): Form<DecisionForm>,
) -> Result<HttpResponse> {
    decide(&app, &request, credentials, *id, form, true).await
}

pub async fn decline(
    app: Data<App>,
    request: HttpRequest,
    credentials: Credentials,
    id: Path<Id>,
    Form(form): Form<DecisionForm>,
) -> Result<HttpResponse> {
    decide(&app, &request, credentials, *id, form, false).await
}

async fn decide(
    app: &App,
    request: &HttpRequest,
    credentials: Credentials,
    id: Id,
    form: DecisionForm,
    accepted: bool,
) -> Result<HttpResponse> {
    let sent = form.clone();
    let done = app
        .write_as(credentials.clone(), move |db, who, now| {
            if accepted {
                super::accept(db, who, id, &sent.comment, now)
            } else {
                super::decline(db, who, id, &sent.reason, now)
            }
        })
        .await;
    let kept = if accepted {
        form.comment.clone()
    } else {
        form.reason.clone()
    };
    match done {
        Ok(_) => {
            let code = if accepted { "accepted" } else { "declined" };
            Ok(respond::see_other(&format!(
                "/desk/proposals?done=proposal-{code}"
            )))
        }
        Err(Error::Invalid(errors)) => {
            let typed = Typed {
                proposal: id,
                comment: form.comment,
                reason: form.reason,
                errors,
            };
            let query = DeskQuery::default();
            match desk_page(app, credentials, query, Some(typed)).await {
                Ok(page) => respond::page_as(StatusCode::UNPROCESSABLE_ENTITY, &page),
                Err(error) => Ok(with_kept(request, &refusal(error), kept).await),
            }
        }
        Err(error) => Ok(with_kept(request, &refusal(error), kept).await),
    }
}
