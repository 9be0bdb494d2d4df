//! The form by which trainers recommend a thread, the page by which its author refuses, and what stands beside a thread.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::view::{Beside, BesideParts, RecommendationPage, RefusalPage};
use super::{collections, freshness};
use crate::accounts::{Action, Who};
use crate::app::App;
use crate::db::Db;
use crate::error::{Error, FieldErrors, Result};
use crate::id::Id;
use crate::secret::Credentials;
use crate::threads::{self, Thread};
use crate::web::error::with_kept;
use crate::web::form::Form;
use crate::web::page::Now;
use crate::web::respond;

#[derive(Clone, Deserialize, Default)]
#[serde(default)]
pub struct RecommendationForm {
    comment: String,
}

/// How whoever was writing is told that they may not any more.
pub fn refusal(error: Error) -> Error {
    match error {
        Error::Forbidden(_) => Error::Forbidden(
            "書いているあいだに、あなたの役割か、いっしょに作る人が変わったようです。保存はしていません。心あたりがないときは、管理者に聞いてください。",
        ),
        other => other,
    }
}

/// What trainers say of a thread, for its page.
pub fn beside(db: &mut Db, who: &Who, thread: &Thread, now: Now) -> Result<Beside> {
    let traces = super::traces(db, who, thread.id)?;
    let gathered = if traces.gathered {
        collections::of_thread(db, who, thread.id)?
    } else {
        Vec::new()
    };
    let recommendation = if traces.recommended && !traces.refused {
        super::of_thread(db, thread.id)?
    } else {
        None
    };
    let freshness = if traces.judged {
        freshness::of_thread(db, thread.id)?
    } else {
        None
    };
    let parts = BesideParts {
        thread,
        who,
        recommendation,
        refused: traces.refused,
        proposed: traces.proposed,
        freshness,
        collections: &gathered,
        now,
    };
    Ok(Beside::new(parts))
}

pub async fn form(app: Data<App>, credentials: Credentials, id: Path<Id>) -> Result<HttpResponse> {
    form_page(&app, credentials, *id, None, FieldErrors::default()).await
}

async fn form_page(
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
            who.may(Action::Curate)?;
            let thread = threads::find(db, who, id)?;
            let present = super::of_thread(db, id)?;
            let layout = house.frame(who);
            Ok(RecommendationPage::new(
                layout, &thread, present, typed, errors,
            ))
        })
        .await?;
    respond::page_as(status, &page)
}

pub async fn recommend(
    app: Data<App>,
    request: HttpRequest,
    credentials: Credentials,
    id: Path<Id>,
    Form(form): Form<RecommendationForm>,
) -> Result<HttpResponse> {
    let (thread, comment) = (*id, form.comment.clone());
    let saved = app
        .write_as(credentials.clone(), move |db, who, now| {
            super::recommend(db, who, thread, &comment, now)
        })
        .await;
    match saved {
        Ok(()) => Ok(respond::see_other(&format!(
            "/threads/{thread}?done=recommended"
        ))),
        Err(Error::Invalid(errors)) => {
            form_page(&app, credentials, thread, Some(form.comment), errors).await
        }
        Err(error) => Ok(with_kept(&request, &refusal(error), form.comment).await),
    }
}

pub async fn withdraw(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
) -> Result<HttpResponse> {
    let thread = *id;
    app.write_as(credentials, move |db, who, now| {
        super::withdraw(db, who, thread, now)
    })
    .await?;
    Ok(respond::see_other(&format!(
        "/threads/{thread}?done=unrecommended"
    )))
}

/// Says what a refusal does; nothing is done yet.
pub async fn refuse_form(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
) -> Result<HttpResponse> {
    let house = app.clone();
    let page = app
        .read_as(credentials, move |db, who, _| {
            let thread = threads::find(db, who, *id)?;
            who.may(Action::Edit {
                author: thread.author,
            })?;
            let refused = super::is_refused(db, thread.id)?;
            let gathered = collections::of_thread(db, who, thread.id)?;
            Ok(RefusalPage::new(
                house.frame(who),
                &thread,
                refused,
                &gathered,
            ))
        })
        .await?;
    respond::page(&page)
}

pub async fn refuse(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
) -> Result<HttpResponse> {
    let thread = *id;
    app.write_as(credentials, move |db, who, now| {
        super::refuse(db, who, thread, now)
    })
    .await?;
    Ok(respond::see_other(&format!(
        "/threads/{thread}?done=refused"
    )))
}

pub async fn allow(app: Data<App>, credentials: Credentials, id: Path<Id>) -> Result<HttpResponse> {
    let thread = *id;
    app.write_as(credentials, move |db, who, now| {
        super::allow(db, who, thread, now)
    })
    .await?;
    Ok(respond::see_other(&format!(
        "/threads/{thread}?done=allowed"
    )))
}
