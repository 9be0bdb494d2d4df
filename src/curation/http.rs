//! The form by which trainers recommend a thread.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use serde::Deserialize;

use super::view::RecommendationPage;
use crate::accounts::Action;
use crate::app::App;
use crate::error::{Error, FieldErrors, Result};
use crate::id::Id;
use crate::secret::Credentials;
use crate::threads;
use crate::web::form::Form;
use crate::web::respond;

#[derive(Clone, Deserialize, Default)]
#[serde(default)]
pub struct RecommendationForm {
    comment: String,
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
        Err(error) => Err(error),
    }
}

pub async fn withdraw(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
) -> Result<HttpResponse> {
    let thread = *id;
    app.write_as(credentials, move |db, who, _| {
        super::withdraw(db, who, thread)
    })
    .await?;
    Ok(respond::see_other(&format!(
        "/threads/{thread}?done=unrecommended"
    )))
}
