//! One's own data as a file, and closing one's account.

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::Data;
use serde::Deserialize;

use super::view::ClosePage;
use super::{closing, own};
use crate::accounts;
use crate::app::App;
use crate::error::{Error, FieldErrors, Result};
use crate::secret::Credentials;
use crate::web::form::Form;
use crate::web::{respond, session};

pub async fn own_data(app: Data<App>, credentials: Credentials) -> Result<HttpResponse> {
    let data = app
        .read_as(credentials, {
            let house = app.clone();
            move |db, who, now| own::own(db, who, &house.mirror_key, now)
        })
        .await?;
    let text = serde_json::to_string_pretty(&data).map_err(Error::internal)?;
    Ok(HttpResponse::Ok()
        .content_type("application/json; charset=utf-8")
        .insert_header((
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"hiroba-own-data.json\"",
        ))
        .body(text))
}

pub async fn close_form(app: Data<App>, credentials: Credentials) -> Result<HttpResponse> {
    close_page(&app, credentials, FieldErrors::default()).await
}

async fn close_page(
    app: &App,
    credentials: Credentials,
    errors: FieldErrors,
) -> Result<HttpResponse> {
    let status = respond::form_status(&errors);
    let house = app.clone();
    let page = app
        .read_as(credentials, move |db, who, _| {
            let email = accounts::own(db, who)?.email;
            let refused = match accounts::closing::check(db, who) {
                Ok(()) => None,
                Err(Error::Forbidden(why)) => Some(why),
                Err(error) => return Err(error),
            };
            let known = accounts::sign_in_candidate(db, &email)?;
            let has_password = known.is_some_and(|(_, hash)| hash.is_some());
            let layout = house.frame(who);
            Ok(ClosePage::new(layout, email, has_password, refused, errors))
        })
        .await?;
    respond::page_as(status, &page)
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct CloseForm {
    password: String,
}

pub async fn close(
    app: Data<App>,
    credentials: Credentials,
    Form(form): Form<CloseForm>,
) -> Result<HttpResponse> {
    let email = app
        .read_as(credentials.clone(), |db, who, _| {
            accounts::closing::check(db, who)?;
            Ok(accounts::own(db, who)?.email)
        })
        .await?;
    let closed = match accounts::http::prove_again(&app, &email, &form.password).await {
        Ok(proved) => {
            let house = app.clone();
            app.write_as(credentials.clone(), move |db, who, now| {
                closing::close(db, who, &proved, &house.mirror_key, now)
            })
            .await
        }
        Err(error) => Err(error),
    };
    match closed {
        Ok(()) => {
            let mut response = respond::see_other("/login?done=closed");
            response
                .add_removal_cookie(&session::no_cookie(&app.config))
                .map_err(Error::internal)?;
            Ok(response)
        }
        Err(Error::WrongCredentials) => {
            let errors = FieldErrors::one(
                "password",
                "wrong",
                "パスワードが違います。もう一度確かめてください。",
            );
            close_page(&app, credentials, errors).await
        }
        Err(error) => Err(error),
    }
}
