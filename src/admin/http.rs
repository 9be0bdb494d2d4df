//! People: creating, roles, suspending.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use serde::Deserialize;

use super::view::{PeoplePage, PeopleParts};
use crate::accounts::{self, Action, PersonInput, Role};
use crate::app::App;
use crate::error::{Error, FieldErrors, Result};
use crate::id::Id;
use crate::moderation::log::{self, Deed};
use crate::secret::Credentials;
use crate::taxonomy;
use crate::web::form::{Form, Query};
use crate::web::page::Notice;
use crate::web::respond;

/// People on a page.
const PEOPLE: usize = 50;

#[derive(Clone, Deserialize, Default)]
#[serde(default)]
pub struct PeopleQuery {
    q: String,
    cursor: String,
    done: String,
}

pub async fn people(
    app: Data<App>,
    credentials: Credentials,
    Query(query): Query<PeopleQuery>,
) -> Result<HttpResponse> {
    let typed = PersonInput::default();
    people_page(&app, credentials, query, typed, FieldErrors::default()).await
}

async fn people_page(
    app: &App,
    credentials: Credentials,
    query: PeopleQuery,
    typed: PersonInput,
    errors: FieldErrors,
) -> Result<HttpResponse> {
    let house = app.clone();
    let status = respond::form_status(&errors);
    let page = app
        .read_as(credentials, move |db, who, _| {
            let after = Some(query.cursor.as_str()).filter(|cursor| !cursor.is_empty());
            let wanted = i64::try_from(PEOPLE + 1).unwrap_or(i64::MAX);
            let mut people = accounts::list(db, who, &query.q, after, wanted)?;
            let more = people.len() > PEOPLE;
            people.truncate(PEOPLE);
            let next = people
                .last()
                .filter(|_| more)
                .map(|person| person.email.clone());
            let words = taxonomy::current(db)?;
            let slugs: Vec<String> = people.iter().filter_map(|p| p.school.clone()).collect();
            let schools = taxonomy::school_names(db, &slugs)?;
            let layout = house.frame(who).noting(Notice::of(&query.done));
            Ok(PeoplePage::new(
                layout,
                PeopleParts {
                    query: &query.q,
                    people: &people,
                    schools: &schools,
                    next,
                    own: who.id(),
                    typed: &typed,
                    errors,
                    words: &words,
                },
            ))
        })
        .await?;
    respond::page_as(status, &page)
}

#[derive(Clone, Deserialize, Default)]
#[serde(default)]
pub struct PersonForm {
    email: String,
    name: String,
    school_type: String,
    school: String,
    role: String,
    position: String,
}

pub async fn create(
    app: Data<App>,
    credentials: Credentials,
    Form(form): Form<PersonForm>,
) -> Result<HttpResponse> {
    let typed = PersonInput {
        email: form.email,
        name: form.name,
        school_type: form.school_type,
        role: form.role,
        school: form.school,
        position: form.position,
        ..PersonInput::default()
    };
    let input = typed.clone();
    let created = app
        .write_as(credentials.clone(), move |db, who, now| {
            who.may(Action::ManagePeople)?;
            let new = input.parse(db)?;
            let id = accounts::create(db, who, &new, None, now)?;
            log::note_person(db, who, id, Deed::Created, new.role.name(), now)
        })
        .await;
    match created {
        Ok(_) => Ok(respond::see_other("/admin/people?done=created")),
        Err(Error::Invalid(errors)) => {
            people_page(&app, credentials, PeopleQuery::default(), typed, errors).await
        }
        Err(error) => Err(error),
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct RoleForm {
    role: String,
}

pub async fn set_role(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
    Form(form): Form<RoleForm>,
) -> Result<HttpResponse> {
    app.write_as(credentials, move |db, who, now| {
        who.may(Action::ManagePeople)?;
        let role = Role::parse(&form.role)
            .ok_or_else(|| Error::field("role", "unknown", "役割を一覧から選んでください。"))?;
        let before = accounts::by_id(db, *id)?.role;
        accounts::set_role(db, who, *id, role, now)?;
        let change = format!("{} → {}", before.name(), role.name());
        log::note_person(db, who, *id, Deed::Role, &change, now)
    })
    .await?;
    Ok(respond::see_other("/admin/people?done=role"))
}

pub async fn suspend(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
) -> Result<HttpResponse> {
    app.write_as(credentials, move |db, who, now| {
        accounts::suspend(db, who, *id, now)?;
        log::note_person(db, who, *id, Deed::Suspended, "", now)
    })
    .await?;
    Ok(respond::see_other("/admin/people?done=suspended"))
}

pub async fn restore(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
) -> Result<HttpResponse> {
    app.write_as(credentials, move |db, who, now| {
        accounts::restore(db, who, *id, now)?;
        log::note_person(db, who, *id, Deed::Restored, "", now)
    })
    .await?;
    Ok(respond::see_other("/admin/people?done=restored"))
}
