//! The list of problems by state, and the form by which those who look after them write the next step.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::StepInput;
use super::api::EnvironmentQuery;
use super::view::{FormPage, ListPage, Panel};
use crate::accounts::{Action, Who};
use crate::app::App;
use crate::db::Db;
use crate::error::{Error, FieldErrors, Result};
use crate::id::Id;
use crate::secret::Credentials;
use crate::taxonomy;
use crate::threads::{self, Thread};
use crate::web::form::{Form, Query};
use crate::web::page::Now;
use crate::web::{error, respond};

/// Threads on a page of the list.
const ROWS: usize = 20;

/// What stands on the page of a thread: one query for most threads of policy 3, none for others.
pub fn panel(db: &mut Db, who: &Who, thread: &Thread, now: Now) -> Result<Option<Panel>> {
    let present = super::of_thread(db, thread)?;
    let steps = match present {
        Some(_) => super::history(db, thread.id)?,
        None => Vec::new(),
    };
    Ok(Panel::new(thread, present.as_ref(), &steps, who, now))
}

pub async fn list(
    app: Data<App>,
    credentials: Credentials,
    Query(query): Query<EnvironmentQuery>,
) -> Result<HttpResponse> {
    let house = app.clone();
    let page = app
        .read_as(credentials, move |db, who, _| {
            // What is wrong in the address is left out rather than refused, as in the lists of threads.
            let state = query.state().unwrap_or_default();
            let after = threads::api::cursor(&query.cursor)?;
            let now = house.page_time();
            let page = super::list(db, who, state, after, ROWS)?;
            let counts = super::counts(db, who)?;
            let words = taxonomy::current(db)?;
            let found: Vec<_> = page.items.iter().map(|one| one.thread.clone()).collect();
            let cards = threads::http::cards(db, &found, &words, now)?;
            Ok(ListPage::new(
                house.frame(who),
                state,
                &counts,
                (page.items, cards),
                (after, page.next),
                now,
            ))
        })
        .await?;
    respond::page(&page)
}

#[derive(Clone, Deserialize, Default)]
#[serde(default)]
pub struct StepForm {
    state: String,
    planned_on: String,
    note: String,
    /// Steps that its author had before them.
    revision: String,
}

impl StepForm {
    fn input(&self) -> StepInput {
        StepInput {
            state: self.state.clone(),
            planned_on: self.planned_on.clone(),
            note: self.note.clone(),
        }
    }
}

pub async fn form(app: Data<App>, credentials: Credentials, id: Path<Id>) -> Result<HttpResponse> {
    let typed = StepInput::default();
    form_page(&app, credentials, *id, typed, false, FieldErrors::default()).await
}

async fn form_page(
    app: &App,
    credentials: Credentials,
    id: Id,
    typed: StepInput,
    stale: bool,
    errors: FieldErrors,
) -> Result<HttpResponse> {
    let house = app.clone();
    let status = if stale {
        actix_web::http::StatusCode::PRECONDITION_FAILED
    } else {
        respond::form_status(&errors)
    };
    let page = app
        .read_as(credentials, move |db, who, _| {
            who.may(Action::Tend)?;
            let thread = threads::find(db, who, id)?;
            super::check(&thread)?;
            let present = super::of_thread(db, &thread)?;
            let steps = super::history(db, id)?;
            let standing = (present.as_ref(), steps.as_slice());
            let now = house.page_time();
            let layout = house.frame(who);
            Ok(FormPage::new(
                layout,
                &thread,
                standing,
                typed,
                (stale, errors),
                now,
            ))
        })
        .await?;
    respond::page_as(status, &page)
}

pub async fn mark(
    app: Data<App>,
    request: HttpRequest,
    credentials: Credentials,
    id: Path<Id>,
    Form(form): Form<StepForm>,
) -> Result<HttpResponse> {
    let (thread, zone) = (*id, app.config.timezone);
    let input = form.input();
    let expected = form.revision.parse().ok();
    let marked = app
        .write_as(credentials.clone(), move |db, who, now| {
            super::mark(db, who, thread, &input, expected, now.day(zone), now)
        })
        .await;
    match marked {
        Ok(_) => Ok(respond::see_other(&format!(
            "/threads/{thread}?done=environment"
        ))),
        Err(Error::Invalid(errors)) => {
            form_page(&app, credentials, thread, form.input(), false, errors).await
        }
        Err(Error::Stale(_)) => {
            let none = FieldErrors::default();
            form_page(&app, credentials, thread, form.input(), true, none).await
        }
        Err(refused) => Ok(error::with_kept(&request, &refused, form.note).await),
    }
}
