//! Making and withdrawing links, and signing up by one.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::view::{InvitationsPage, InvitationsParts, InvitePage};
use super::{DEFAULT_DAYS, DEFAULT_USES, InvitationInput};
use crate::accounts::http::{DoneQuery, count_link, mail_sent};
use crate::accounts::{self, PersonInput};
use crate::app::App;
use crate::error::{Error, FieldErrors, Result};
use crate::id::Id;
use crate::secret::{Credentials, Secret};
use crate::taxonomy;
use crate::web::form::{Form, Query};
use crate::web::page::Notice;
use crate::web::respond;

pub async fn invitations(
    app: Data<App>,
    credentials: Credentials,
    Query(query): Query<DoneQuery>,
) -> Result<HttpResponse> {
    let notice = Notice::of(&query.done);
    page(
        &app,
        credentials,
        None,
        None,
        notice,
        FieldErrors::default(),
    )
    .await
}

/// The list with the form as it stands. `made` is shown once.
async fn page(
    app: &App,
    credentials: Credentials,
    typed: Option<InvitationInput>,
    made: Option<String>,
    notice: Option<Notice>,
    errors: FieldErrors,
) -> Result<HttpResponse> {
    let house = app.clone();
    let status = respond::form_status(&errors);
    let page = app
        .read_as(credentials, move |db, who, now| {
            let invitations = super::list(db, who)?;
            let makers: Vec<Id> = invitations.iter().map(|one| one.maker).collect();
            let makers = accounts::authors(db, &makers)?;
            let schools: Vec<String> = invitations
                .iter()
                .filter_map(|one| one.school.clone())
                .collect();
            let schools = taxonomy::school_names(db, &schools)?;
            let words = taxonomy::current(db)?;
            let parts = InvitationsParts {
                invitations: &invitations,
                makers: &makers,
                schools: &schools,
                own: who.id(),
                words: &words,
                now: house.page_time(),
            };
            let typed = typed.unwrap_or_else(|| InvitationInput {
                days: DEFAULT_DAYS.to_string(),
                uses: DEFAULT_USES.to_string(),
                key: Id::new(now).to_string(),
                ..InvitationInput::default()
            });
            let layout = house.frame(who).noting(notice);
            Ok(InvitationsPage::new(layout, &parts, &typed, made, errors))
        })
        .await?;
    respond::page_as(status, &page)
}

/// Answers with the page itself, not with a redirect: the link cannot be shown a second time.
pub async fn make(
    app: Data<App>,
    credentials: Credentials,
    Form(form): Form<InvitationInput>,
) -> Result<HttpResponse> {
    let input = form.clone();
    let made = app
        .write_as(credentials.clone(), move |db, who, now| {
            super::make(db, who, &input, now)
        })
        .await;
    match made {
        Ok(Some(secret)) => {
            let base = app.config.public_url();
            let link = format!("{}/invite/{}", base.trim_end_matches('/'), secret.reveal());
            let none = FieldErrors::default();
            page(&app, credentials, None, Some(link), None, none).await
        }
        Ok(None) => Ok(respond::see_other(
            "/settings/invitations?done=invited-before",
        )),
        Err(Error::Invalid(errors)) => {
            page(&app, credentials, Some(form), None, None, errors).await
        }
        Err(error) => Err(error),
    }
}

pub async fn withdraw(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
) -> Result<HttpResponse> {
    app.write_as(credentials, move |db, who, _| super::withdraw(db, who, *id))
        .await?;
    Ok(respond::see_other(
        "/settings/invitations?done=invitation-withdrawn",
    ))
}

pub async fn invite_form(
    app: Data<App>,
    credentials: Credentials,
    secret: Path<String>,
) -> Result<HttpResponse> {
    invite_page(&app, credentials, &secret, None, FieldErrors::default()).await
}

async fn invite_page(
    app: &App,
    credentials: Credentials,
    secret: &str,
    typed: Option<PersonInput>,
    errors: FieldErrors,
) -> Result<HttpResponse> {
    let house = app.clone();
    let status = respond::form_status(&errors);
    let (presented, action) = (Secret::presented(secret), format!("/invite/{secret}"));
    let found = app
        .read_as(credentials.clone(), move |db, who, now| {
            let invitation = super::open(db, &presented, now)?;
            let words = taxonomy::current(db)?;
            let typed = typed.unwrap_or_else(|| PersonInput {
                school_type: invitation.school_type,
                ..PersonInput::default()
            });
            let slugs: Vec<String> = invitation.school.into_iter().collect();
            let school = taxonomy::school_names(db, &slugs)?.into_values().next();
            let layout = house.frame(who);
            Ok(InvitePage::new(
                layout, action, &typed, school, &words, errors,
            ))
        })
        .await;
    match found {
        Ok(page) => respond::page_as(status, &page),
        Err(Error::NotFound) => dead_page(app, credentials).await,
        Err(error) => Err(error),
    }
}

async fn dead_page(app: &App, credentials: Credentials) -> Result<HttpResponse> {
    let layout = app.frame_for(credentials).await;
    respond::page_as(StatusCode::NOT_FOUND, &InvitePage::dead(layout))
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct InviteForm {
    email: String,
    name: String,
    school_type: String,
}

pub async fn invite(
    app: Data<App>,
    request: HttpRequest,
    credentials: Credentials,
    secret: Path<String>,
    Form(form): Form<InviteForm>,
) -> Result<HttpResponse> {
    // A dead link says so before anything else, and floods no mailbox.
    let (presented, now) = (Secret::presented(&secret), app.now());
    let known = presented.clone();
    let found = app.database.read(move |db| super::open(db, &known, now));
    match found.await {
        Ok(_) => count_link(&app, &request, &form.email)?,
        Err(Error::NotFound) => return dead_page(&app, credentials).await,
        Err(error) => return Err(error),
    }
    let typed = PersonInput {
        email: form.email,
        name: form.name,
        school_type: form.school_type,
        ..PersonInput::default()
    };
    let input = typed.clone();
    let asked = app
        .write_as(Credentials::None, move |db, _, now| {
            let new = input.parse(db)?;
            super::sign_up(db, &presented, &new, now)
        })
        .await;
    match asked {
        Ok(()) => mail_sent(&app, credentials).await,
        Err(Error::Invalid(errors)) => {
            invite_page(&app, credentials, &secret, Some(typed), errors).await
        }
        Err(Error::NotFound) => dead_page(&app, credentials).await,
        Err(error) => Err(error),
    }
}
