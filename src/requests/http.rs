//! Pages of requests.

use std::collections::HashMap;

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use chrono::Days;
use serde::Deserialize;

use super::api::{self, RequestsQuery};
use super::view::{FormPage, ListPage, Row, ShowPage};
use super::{Request, RequestInput};
use crate::accounts::{Action, Who};
use crate::app::App;
use crate::db::Db;
use crate::db::once::OnceKey;
use crate::error::{Error, FieldErrors, Result};
use crate::id::Id;
use crate::secret::Credentials;
use crate::taxonomy;
use crate::threads::{self, Summary};
use crate::web::form::{Form, Query};
use crate::web::page::Notice;
use crate::web::{error, respond};

/// Requests on a page of the list.
const ROWS: usize = 20;
/// How long a request stands that is given no other day: a month of school.
const USUAL_DAYS: u64 = 30;

/// The practices that came, by id, of those that `who` may see.
fn fillers(db: &mut Db, who: &Who, found: &[Request]) -> Result<HashMap<Id, Summary>> {
    let ids: Vec<Id> = found.iter().filter_map(|one| one.filled_by).collect();
    Ok(threads::visible(db, who, &ids)?
        .into_iter()
        .map(|thread| (thread.id, thread))
        .collect())
}

pub async fn list(
    app: Data<App>,
    credentials: Credentials,
    Query(query): Query<RequestsQuery>,
) -> Result<HttpResponse> {
    let house = app.clone();
    let page = app
        .read_as(credentials, move |db, who, _| {
            let now = house.page_time();
            let shelf = query.shelf().unwrap_or(super::Shelf::Open);
            let after = threads::api::cursor(&query.cursor)?;
            let page = super::list(db, who, shelf, now.at.day(now.zone), after, ROWS)?;
            let fillers = fillers(db, who, &page.items)?;
            let words = taxonomy::current(db)?;
            let rows = page.items.iter().map(|one| {
                let filler = one.filled_by.and_then(|thread| fillers.get(&thread));
                Row::new(one, filler, &words, now)
            });
            let rows = rows.collect();
            let layout = house.frame(who);
            Ok(ListPage::new(layout, who, shelf, rows, (after, page.next)))
        })
        .await?;
    respond::page(&page)
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct DoneQuery {
    done: String,
}

pub async fn show(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
    Query(query): Query<DoneQuery>,
) -> Result<HttpResponse> {
    let house = app.clone();
    let page = app
        .read_as(credentials, move |db, who, _| {
            let found = super::find(db, who, *id)?;
            let fillers = fillers(db, who, std::slice::from_ref(&found))?;
            let words = taxonomy::current(db)?;
            let filler = found.filled_by.and_then(|thread| fillers.get(&thread));
            let layout = house.frame(who).noting(Notice::of(&query.done));
            let now = house.page_time();
            Ok(ShowPage::new(layout, who, &found, filler, &words, now))
        })
        .await?;
    respond::page(&page)
}

#[derive(Clone, Deserialize, Default)]
#[serde(default)]
pub struct RequestForm {
    policy: String,
    school_type: String,
    subject: String,
    item: String,
    sentence: String,
    until: String,
    /// Idempotency.
    key: String,
}

impl RequestForm {
    fn input(&self) -> RequestInput {
        RequestInput {
            policy: self.policy.clone(),
            school_type: self.school_type.clone(),
            subject: self.subject.clone(),
            item: self.item.clone(),
            sentence: self.sentence.clone(),
            until: self.until.clone(),
        }
    }
}

pub async fn new_form(
    app: Data<App>,
    credentials: Credentials,
    Query(query): Query<RequestForm>,
) -> Result<HttpResponse> {
    form_page(&app, credentials, query, FieldErrors::default()).await
}

async fn form_page(
    app: &App,
    credentials: Credentials,
    form: RequestForm,
    errors: FieldErrors,
) -> Result<HttpResponse> {
    let house = app.clone();
    let status = respond::form_status(&errors);
    let page = app
        .read_as(credentials, move |db, who, at| {
            who.may(Action::Curate)?;
            let words = taxonomy::current(db)?;
            let now = house.page_time();
            let mut typed = form.input();
            if typed.until.is_empty() && errors.is_empty() {
                typed.until = (at.day(now.zone) + Days::new(USUAL_DAYS)).to_string();
            }
            let key = if form.key.is_empty() {
                Id::new(at).to_string()
            } else {
                form.key
            };
            let layout = house.frame(who);
            Ok(FormPage::new(layout, &typed, key, errors, &words, now))
        })
        .await?;
    respond::page_as(status, &page)
}

pub async fn create(
    app: Data<App>,
    request: HttpRequest,
    credentials: Credentials,
    Form(form): Form<RequestForm>,
) -> Result<HttpResponse> {
    let key = OnceKey::new("request", &form.key)?;
    let (input, zone) = (form.input(), app.config.timezone);
    let made = app
        .write_as(credentials.clone(), move |db, who, now| {
            api::post(db, who, &input, key.as_ref(), now.day(zone), now)
        })
        .await;
    match made {
        Ok(made) => Ok(respond::see_other(&format!(
            "/requests/{}?done=requested",
            made.id
        ))),
        Err(Error::Invalid(errors)) => form_page(&app, credentials, form, errors).await,
        Err(refused) => Ok(error::with_kept(&request, &refused, form.sentence).await),
    }
}

pub async fn close(app: Data<App>, credentials: Credentials, id: Path<Id>) -> Result<HttpResponse> {
    let (id, zone) = (*id, app.config.timezone);
    app.write_as(credentials, move |db, who, now| {
        super::close(db, who, id, now.day(zone), now)
    })
    .await?;
    Ok(respond::see_other(&format!(
        "/requests/{id}?done=request-closed"
    )))
}
