//! `/admin/schools`.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use serde::Deserialize;

use super::SchoolInput;
use super::view::{FormPage, ListPage};
use crate::accounts::{self, Action};
use crate::app::App;
use crate::error::{Error, FieldErrors, Result};
use crate::secret::Credentials;
use crate::taxonomy;
use crate::web::form::{Form, Query};
use crate::web::page::Notice;
use crate::web::respond;

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct ListQuery {
    q: String,
    done: String,
}

pub async fn list(
    app: Data<App>,
    credentials: Credentials,
    Query(query): Query<ListQuery>,
) -> Result<HttpResponse> {
    let house = app.clone();
    let page = app
        .read_as(credentials, move |db, who, now| {
            let schools = super::list(db, who)?;
            let people = accounts::counts_by_school(db, who)?;
            let words = taxonomy::current(db)?;
            let today = now.day(house.config.timezone);
            let layout = house.frame(who).noting(Notice::of(&query.done));
            Ok(ListPage::new(
                layout, &query.q, &schools, &people, &words, today,
            ))
        })
        .await?;
    respond::page(&page)
}

pub async fn new_form(app: Data<App>, credentials: Credentials) -> Result<HttpResponse> {
    form_page(&app, credentials, None, None, FieldErrors::default()).await
}

pub async fn edit_form(
    app: Data<App>,
    credentials: Credentials,
    slug: Path<String>,
) -> Result<HttpResponse> {
    let slug = Some(slug.into_inner());
    form_page(&app, credentials, slug, None, FieldErrors::default()).await
}

async fn form_page(
    app: &App,
    credentials: Credentials,
    slug: Option<String>,
    typed: Option<SchoolInput>,
    errors: FieldErrors,
) -> Result<HttpResponse> {
    let house = app.clone();
    let status = respond::form_status(&errors);
    let page = app
        .read_as(credentials, move |db, who, _| {
            who.may(Action::Administer)?;
            let present = match &slug {
                Some(slug) => Some(super::find(db, who, slug)?),
                None => None,
            };
            let standing = present.as_ref().map(SchoolInput::from);
            let typed = typed.or(standing).unwrap_or_default();
            let words = taxonomy::current(db)?;
            let layout = house.frame(who);
            Ok(FormPage::new(
                layout,
                present.as_ref(),
                typed,
                errors,
                &words,
            ))
        })
        .await?;
    respond::page_as(status, &page)
}

pub async fn create(
    app: Data<App>,
    credentials: Credentials,
    Form(form): Form<SchoolInput>,
) -> Result<HttpResponse> {
    keep(&app, credentials, None, form).await
}

pub async fn edit(
    app: Data<App>,
    credentials: Credentials,
    slug: Path<String>,
    Form(form): Form<SchoolInput>,
) -> Result<HttpResponse> {
    keep(&app, credentials, Some(slug.into_inner()), form).await
}

async fn keep(
    app: &App,
    credentials: Credentials,
    slug: Option<String>,
    form: SchoolInput,
) -> Result<HttpResponse> {
    let (which, input) = (slug.clone(), form.clone());
    let kept = app
        .write_as(credentials.clone(), move |db, who, _| {
            super::keep(db, who, which.as_deref(), &input)
        })
        .await;
    match kept {
        Ok(()) => Ok(respond::see_other("/admin/schools?done=school")),
        Err(Error::Invalid(errors)) => form_page(app, credentials, slug, Some(form), errors).await,
        Err(error) => Err(error),
    }
}
