//! `/threads/{id}/practice`: adding to one's practice, one field at a time.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::{Addition, Completeness, PracticeField};
use crate::app::App;
use crate::db::types::Word;
use crate::error::{Error, FieldErrors, Result};
use crate::id::Id;
use crate::secret::Credentials;
use crate::threads::api::note_files;
use crate::threads::form::http::ThreadForm;
use crate::threads::view::GrowPage;
use crate::web::form::{Form, Query};
use crate::web::{error, respond};

#[derive(Clone, Deserialize, Default)]
#[serde(default)]
pub struct FieldQuery {
    field: String,
}

impl FieldQuery {
    fn field(&self) -> Option<PracticeField> {
        PracticeField::from_word(&self.field)
    }
}

pub async fn form(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
    Query(query): Query<FieldQuery>,
) -> Result<HttpResponse> {
    let house = app.clone();
    let page = app
        .read_as(credentials, move |db, who, _| {
            let thread = super::own(db, who, *id)?;
            let completeness = Completeness::of(&thread).ok_or(Error::NotFound)?;
            let layout = house.frame(who);
            Ok(GrowPage::new(layout, &thread, query.field(), &completeness))
        })
        .await?;
    respond::page(&page)
}

pub async fn add(
    app: Data<App>,
    request: HttpRequest,
    credentials: Credentials,
    id: Path<Id>,
    Query(query): Query<FieldQuery>,
    Form(form): Form<ThreadForm>,
) -> Result<HttpResponse> {
    let id = *id;
    if form.action == "quiet" {
        app.write_as(credentials, move |db, who, now| {
            super::stop_asking(db, who, id, now)
        })
        .await?;
        return Ok(respond::see_other(&format!("/threads/{id}?done=quiet")));
    }
    let today = app.now().day(app.config.timezone);
    let sent = form.clone();
    let field = query.field();
    let added = app
        .write_as(credentials.clone(), move |db, who, now| {
            let present = super::own(db, who, id)?;
            let field = field.ok_or(Error::NotFound)?;
            let errors = sent.practice_errors(present.practice.as_ref(), today);
            if !errors.is_empty() {
                return Err(Error::Invalid(errors));
            }
            let addition = Addition {
                field,
                typed: &sent.practice(),
                tools: &sent.tools(),
                expected: sent.revision.parse().ok(),
            };
            let thread = super::add(db, who, id, &addition, now)?;
            note_files(db, &thread, now)?;
            Ok(thread)
        })
        .await;
    match added {
        Ok(thread) => {
            let place = format!("/threads/{}?done=added#grow", thread.id);
            Ok(respond::see_other(&place))
        }
        Err(error) => again(&app, &request, credentials, id, field, form, error).await,
    }
}

/// The page with what was typed and what must change; the page of the failure, with the text, where there can be none.
async fn again(
    app: &App,
    request: &HttpRequest,
    credentials: Credentials,
    id: Id,
    field: Option<PracticeField>,
    form: ThreadForm,
    failed: Error,
) -> Result<HttpResponse> {
    let kept: Vec<String> = form
        .practice()
        .words()
        .into_iter()
        .map(|(_, words)| words)
        .chain(form.tools())
        .collect();
    let kept = kept.join("\n");
    let status: StatusCode = failed.face().0;
    let (errors, stale) = match failed {
        Error::Invalid(errors) => (errors, false),
        Error::Stale(_) => (FieldErrors::default(), true),
        error => return Ok(error::with_kept(request, &error, kept).await),
    };
    let house = app.clone();
    let made = app
        .read_as(credentials, move |db, who, _| {
            let thread = super::own(db, who, id)?;
            let completeness = Completeness::of(&thread).ok_or(Error::NotFound)?;
            let mut page = GrowPage::new(house.frame(who), &thread, field, &completeness);
            if stale {
                page = page.stale(&thread);
            }
            page.grow = page
                .grow
                .typed(form.practice(), form.numbers(), &form.tools(), errors);
            Ok(page)
        })
        .await;
    match made {
        Ok(page) => respond::page_as(status, &page),
        Err(error) => Ok(error::with_kept(request, &error, kept).await),
    }
}
