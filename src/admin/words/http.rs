//! `/admin/taxonomy`.

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::{Data, Path};
use serde::Deserialize;

use super::view::WordsPage;
use crate::accounts::Action;
use crate::accounts::Who;
use crate::app::App;
use crate::db::Db;
use crate::error::{Error, FieldErrors, Result};
use crate::id::Id;
use crate::secret::Credentials;
use crate::taxonomy::{self, Difference};
use crate::web::form::{Form, Query};
use crate::web::page::Notice;
use crate::web::respond;

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct DoneQuery {
    done: String,
}

/// What somebody typed and what came of it.
#[derive(Default)]
struct Tried {
    file: String,
    errors: FieldErrors,
    differences: Option<Vec<Difference>>,
    done: String,
}

fn page(app: &App, db: &mut Db, who: &Who, tried: Tried) -> Result<WordsPage> {
    who.may(Action::Administer)?;
    let words = taxonomy::current(db)?;
    let versions = taxonomy::versions(db)?;
    let uses = super::uses(db, who)?;
    let layout = app.frame(who).noting(Notice::of(&tried.done));
    let time = app.page_time();
    Ok(WordsPage {
        file: tried.file,
        errors: tried.errors,
        ..WordsPage::new(layout, &words, &versions, &uses, tried.differences, time)
    })
}

pub async fn show(
    app: Data<App>,
    credentials: Credentials,
    Query(query): Query<DoneQuery>,
) -> Result<HttpResponse> {
    let house = app.clone();
    let tried = Tried {
        done: query.done,
        ..Tried::default()
    };
    let page = app
        .read_as(credentials, move |db, who, _| page(&house, db, who, tried))
        .await?;
    respond::page(&page)
}

#[derive(Clone, Deserialize, Default)]
#[serde(default)]
pub struct WordsForm {
    file: String,
    /// `load`: what was shown is brought into force; anything else only shows it.
    action: String,
}

pub async fn load(
    app: Data<App>,
    credentials: Credentials,
    Form(form): Form<WordsForm>,
) -> Result<HttpResponse> {
    let text = form.file.clone();
    let loads = form.action == "load";
    let done = if loads {
        app.write_as(credentials.clone(), move |db, who, now| {
            super::load(db, who, &text, now).map(|()| Vec::new())
        })
        .await
    } else {
        app.read_as(credentials.clone(), move |db, who, _| {
            super::compare(db, who, &text)
        })
        .await
    };
    let mut tried = Tried {
        file: form.file,
        ..Tried::default()
    };
    match done {
        Ok(_) if loads => return Ok(respond::see_other("/admin/taxonomy?done=words")),
        Ok(differences) => tried.differences = Some(differences),
        Err(Error::Invalid(errors)) => tried.errors = errors,
        Err(error) => return Err(error),
    }
    let house = app.clone();
    let status = respond::form_status(&tried.errors);
    let page = app
        .read_as(credentials, move |db, who, _| page(&house, db, who, tried))
        .await?;
    respond::page_as(status, &page)
}

pub async fn bring_back(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
) -> Result<HttpResponse> {
    app.write_as(credentials, move |db, who, _| {
        super::bring_back(db, who, *id)
    })
    .await?;
    Ok(respond::see_other("/admin/taxonomy?done=words"))
}

pub async fn file(app: Data<App>, credentials: Credentials) -> Result<HttpResponse> {
    let text = app
        .read_as(credentials, move |db, who, _| super::file(db, who))
        .await?;
    Ok(HttpResponse::Ok()
        .content_type("application/toml; charset=utf-8")
        .insert_header((
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"hiroba-taxonomy.toml\"",
        ))
        .body(text))
}
