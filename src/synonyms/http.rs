//! The pages of synonyms.

use std::collections::HashMap;

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use serde::Deserialize;

use super::view::{FormPage, HistoryPage, ListPage, Row};
use super::{GroupInput, State, effect_slug};
use crate::accounts::{self, Action, Author};
use crate::app::App;
use crate::db::Db;
use crate::error::{Error, FieldErrors, Result};
use crate::id::Id;
use crate::secret::Credentials;
use crate::web::form::{Form, Query};
use crate::web::page::{Nav, Notice};
use crate::web::respond;

#[derive(Clone, Deserialize, Default)]
#[serde(default)]
pub struct ListQuery {
    q: String,
    word: String,
    done: String,
}

fn authors(db: &mut Db, states: &[State]) -> Result<HashMap<Id, Author>> {
    let mut ids: Vec<Id> = states.iter().filter_map(|state| state.author).collect();
    ids.sort_unstable();
    ids.dedup();
    accounts::authors(db, &ids)
}

pub async fn list(
    app: Data<App>,
    credentials: Credentials,
    Query(query): Query<ListQuery>,
) -> Result<HttpResponse> {
    let house = app.clone();
    let page = app
        .read_as(credentials, move |db, who, _| {
            let states = super::list(db, who, &query.q)?;
            let authors = authors(db, &states)?;
            let rows = states
                .iter()
                .map(|state| Row::new(state, &authors, house.page_time()))
                .collect();
            let layout = house.frame(who).noting(Notice::of(&query.done));
            Ok(ListPage::new(layout, query.q.trim(), rows))
        })
        .await?;
    respond::page(&page)
}

#[derive(Clone, Deserialize, Default)]
#[serde(default)]
pub struct GroupForm {
    words: String,
    narrower: String,
    effect: String,
    note: String,
    seen: String,
}

impl GroupForm {
    fn input(&self) -> GroupInput {
        GroupInput {
            words: self.words.clone(),
            narrower: self.narrower.clone(),
            effect: self.effect.clone(),
            note: self.note.clone(),
        }
    }
}

pub async fn new_form(
    app: Data<App>,
    credentials: Credentials,
    Query(query): Query<ListQuery>,
) -> Result<HttpResponse> {
    let typed = GroupInput {
        words: query.word,
        ..GroupInput::default()
    };
    form_page(&app, credentials, None, Some(typed), FieldErrors::default()).await
}

pub async fn edit_form(
    app: Data<App>,
    credentials: Credentials,
    group: Path<Id>,
) -> Result<HttpResponse> {
    let group = Some(group.into_inner());
    form_page(&app, credentials, group, None, FieldErrors::default()).await
}

async fn form_page(
    app: &App,
    credentials: Credentials,
    group: Option<Id>,
    typed: Option<GroupInput>,
    errors: FieldErrors,
) -> Result<HttpResponse> {
    let house = app.clone();
    let status = respond::form_status(&errors);
    let page = app
        .read_as(credentials, move |db, who, _| {
            who.may(Action::Curate)?;
            let present = match group {
                Some(group) => Some(super::find(db, who, group)?),
                None => None,
            };
            let standing = present.as_ref().map(|state| GroupInput {
                words: state.synonyms.words.join("\n"),
                narrower: state.synonyms.narrower.join("\n"),
                effect: effect_slug(state.synonyms.effect).to_owned(),
                note: state.note.clone(),
            });
            let typed = typed.or(standing).unwrap_or_default();
            Ok(FormPage::new(
                house.frame(who),
                present.as_ref(),
                typed,
                errors,
            ))
        })
        .await?;
    respond::page_as(status, &page)
}

pub async fn create(
    app: Data<App>,
    credentials: Credentials,
    Form(form): Form<GroupForm>,
) -> Result<HttpResponse> {
    let input = form.input();
    let added = app
        .write_as(credentials.clone(), move |db, who, now| {
            super::add(db, who, &input, now)
        })
        .await;
    match added {
        Ok(_) => Ok(respond::see_other("/desk/synonyms?done=synonyms")),
        Err(Error::Invalid(errors)) => {
            form_page(&app, credentials, None, Some(form.input()), errors).await
        }
        Err(error) => Err(error),
    }
}

pub async fn edit(
    app: Data<App>,
    credentials: Credentials,
    group: Path<Id>,
    Form(form): Form<GroupForm>,
) -> Result<HttpResponse> {
    let (group, input, seen) = (group.into_inner(), form.input(), form.seen.clone());
    let changed = app
        .write_as(credentials.clone(), move |db, who, now| {
            super::change(db, who, group, &seen, &input, now)
        })
        .await;
    match changed {
        Ok(()) => Ok(respond::see_other("/desk/synonyms?done=synonyms")),
        Err(Error::Invalid(errors)) => {
            form_page(&app, credentials, Some(group), Some(form.input()), errors).await
        }
        Err(error) => Err(error),
    }
}

pub async fn remove(
    app: Data<App>,
    credentials: Credentials,
    group: Path<Id>,
) -> Result<HttpResponse> {
    set_removed(&app, credentials, group.into_inner(), true).await
}

pub async fn restore(
    app: Data<App>,
    credentials: Credentials,
    group: Path<Id>,
) -> Result<HttpResponse> {
    set_removed(&app, credentials, group.into_inner(), false).await
}

async fn set_removed(
    app: &App,
    credentials: Credentials,
    group: Id,
    removed: bool,
) -> Result<HttpResponse> {
    app.write_as(credentials, move |db, who, now| {
        super::set_removed(db, who, group, removed, now)
    })
    .await?;
    let code = if removed {
        "synonyms-removed"
    } else {
        "synonyms"
    };
    Ok(respond::see_other(&format!("/desk/synonyms?done={code}")))
}

pub async fn history(
    app: Data<App>,
    credentials: Credentials,
    group: Path<Id>,
) -> Result<HttpResponse> {
    let house = app.clone();
    let group = group.into_inner();
    let page = app
        .read_as(credentials, move |db, who, _| {
            let states = super::history(db, who, group)?;
            let authors = authors(db, &states)?;
            Ok(HistoryPage {
                layout: house.frame(who).at(Nav::Mine),
                edit_url: format!("/desk/synonyms/{group}/edit"),
                rows: states
                    .iter()
                    .map(|state| Row::new(state, &authors, house.page_time()))
                    .collect(),
            })
        })
        .await?;
    respond::page(&page)
}
