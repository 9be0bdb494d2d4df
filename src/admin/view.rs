//! Administration pages: people and their roles.

use std::collections::HashMap;

use askama::Template;

use crate::accounts::view::school_types;
use crate::accounts::{Person, PersonInput, Role, State};
use crate::db::types::Word;
use crate::error::FieldErrors;
use crate::id::Id;
use crate::taxonomy::Vocabulary;
use crate::web::page::{Choice, Layout, Nav, address};

/// A person in the list.
pub struct PersonRow {
    pub id: Id,
    pub name: String,
    pub email: String,
    /// 「小学校・教諭」.
    pub detail: String,
    pub school: String,
    pub state: &'static str,
    pub active: bool,
    pub suspended: bool,
    /// The reader themselves: they do not lock themselves out.
    pub own: bool,
    pub roles: Vec<Choice>,
}

/// `/admin/people`.
#[derive(Template)]
#[template(path = "admin/people.html")]
pub struct PeoplePage {
    pub layout: Layout,
    pub query: String,
    pub people: Vec<PersonRow>,
    pub next: Option<String>,
    /// Whether the form for a new person is open.
    pub creating: bool,
    pub email: String,
    pub name: String,
    pub school: String,
    pub school_types: Vec<Choice>,
    pub roles: Vec<Choice>,
    pub positions: Vec<Choice>,
    pub errors: FieldErrors,
}

/// What the page of people is made of.
pub struct PeopleParts<'a> {
    /// What was searched for.
    pub query: &'a str,
    pub people: &'a [Person],
    /// Names of schools by slug.
    pub schools: &'a HashMap<String, String>,
    /// The cursor of the next page.
    pub next: Option<String>,
    /// Who looks.
    pub own: Option<Id>,
    /// What the form for a new person holds.
    pub typed: &'a PersonInput,
    pub errors: FieldErrors,
    pub words: &'a Vocabulary,
}

impl PeoplePage {
    pub fn new(layout: Layout, parts: PeopleParts<'_>) -> PeoplePage {
        let words = parts.words;
        let typed = parts.typed;
        let position = words
            .find_position(&typed.position)
            .map(|found| &found.slug);
        PeoplePage {
            layout: layout.at(Nav::Mine),
            query: parts.query.to_owned(),
            people: parts
                .people
                .iter()
                .map(|person| row(person, parts.schools, parts.own, words))
                .collect(),
            next: parts.next.map(|cursor| {
                address(
                    "/admin/people",
                    [("q", parts.query), ("cursor", cursor.as_str())],
                )
            }),
            creating: !parts.errors.is_empty(),
            email: typed.email.clone(),
            name: typed.name.clone(),
            school: typed.school.clone(),
            school_types: school_types(words, &typed.school_type),
            roles: roles(Role::parse(&typed.role).unwrap_or(Role::Teacher)),
            positions: words
                .positions
                .iter()
                .map(|one| Choice::new(&one.slug, &one.name, position == Some(&one.slug)))
                .collect(),
            errors: parts.errors,
        }
    }
}

fn roles(present: Role) -> Vec<Choice> {
    Role::ALL
        .iter()
        .map(|role| Choice::new(role.to_string(), role.name(), *role == present))
        .collect()
}

fn row(
    person: &Person,
    schools: &HashMap<String, String>,
    own: Option<Id>,
    words: &Vocabulary,
) -> PersonRow {
    let position = person
        .position
        .as_deref()
        .and_then(|slug| words.find_position(slug))
        .map(|position| position.name.as_str());
    let school = person.school.as_deref().unwrap_or_default();
    PersonRow {
        id: person.id,
        name: person.name.clone(),
        email: person.email.clone(),
        detail: std::iter::once(words.school_type_name(&person.school_type))
            .chain(position)
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join("・"),
        school: schools
            .get(school)
            .map_or_else(|| school.to_owned(), Clone::clone),
        state: match person.state {
            State::Placeholder => "取り込んだ投稿の著者",
            State::Unverified => "メール未確認",
            State::Active => "利用中",
            State::Suspended => "停止中",
        },
        active: person.state == State::Active,
        suspended: person.state == State::Suspended,
        own: own == Some(person.id),
        roles: roles(person.role),
    }
}
