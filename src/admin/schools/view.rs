//! Schools in a table, and the form for one.

use std::collections::HashMap;

use askama::Template;
use chrono::NaiveDate;

use super::SchoolInput;
use crate::error::FieldErrors;
use crate::taxonomy::{SchoolRow, Vocabulary};
use crate::web::page::{Choice, Layout, Nav};

pub struct Row {
    pub edit_url: String,
    pub name: String,
    pub slug: String,
    pub school_type: String,
    /// 「2026-03-31まで」 or empty.
    pub span: String,
    /// 「閉校」, 「開校前」 or empty.
    pub state: &'static str,
    pub people: i64,
}

/// `/admin/schools`.
#[derive(Template)]
#[template(path = "admin/schools.html")]
pub struct ListPage {
    pub layout: Layout,
    pub query: String,
    pub schools: Vec<Row>,
}

impl ListPage {
    /// `people`: active accounts by slug.
    pub fn new(
        layout: Layout,
        query: &str,
        schools: &[SchoolRow],
        people: &HashMap<String, i64>,
        words: &Vocabulary,
        today: NaiveDate,
    ) -> ListPage {
        let query = query.trim();
        let wanted = |row: &&SchoolRow| {
            let school_type = words.school_type_name(&row.school_type);
            [&row.name, &row.slug, school_type]
                .iter()
                .any(|text| text.contains(query))
        };
        let place = |row: &SchoolRow| {
            let types = &words.school_types;
            types.iter().position(|one| one.slug == row.school_type)
        };
        let mut found: Vec<&SchoolRow> = schools.iter().filter(wanted).collect();
        found.sort_by_key(|row| place(row)); // a stable sort: by name within a type
        ListPage {
            layout: layout.at(Nav::Mine),
            query: query.to_owned(),
            schools: found
                .into_iter()
                .map(|row| Row {
                    edit_url: format!("/admin/schools/{}/edit", row.slug),
                    name: row.name.clone(),
                    slug: row.slug.clone(),
                    school_type: words.school_type_name(&row.school_type).to_owned(),
                    span: span(row),
                    state: match row.valid_from {
                        _ if row.stands_on(today) => "",
                        Some(from) if today < from => "開校前",
                        _ => "閉校",
                    },
                    people: people.get(&row.slug).copied().unwrap_or(0),
                })
                .collect(),
        }
    }
}

fn span(row: &SchoolRow) -> String {
    let from = row.valid_from.map(|day| format!("{day}から"));
    let to = row.valid_to.map(|day| format!("{day}まで"));
    [from, to]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join("")
}

/// `/admin/schools/new` and `/admin/schools/{slug}/edit`.
#[derive(Template)]
#[template(path = "admin/school_form.html")]
pub struct FormPage {
    pub layout: Layout,
    pub action: String,
    /// The name that stands; None for a new one.
    pub present: Option<String>,
    pub name: String,
    pub school_types: Vec<Choice>,
    pub valid_from: String,
    pub valid_to: String,
    pub errors: FieldErrors,
}

impl FormPage {
    pub fn new(
        layout: Layout,
        present: Option<&SchoolRow>,
        typed: SchoolInput,
        errors: FieldErrors,
        words: &Vocabulary,
    ) -> FormPage {
        let chosen = words
            .find_school_type(&typed.school_type)
            .map(|found| &found.slug);
        FormPage {
            layout: layout.at(Nav::Mine),
            action: present.map_or_else(
                || "/admin/schools".to_owned(),
                |row| format!("/admin/schools/{}/edit", row.slug),
            ),
            present: present.map(|row| row.name.clone()),
            school_types: words
                .school_types
                .iter()
                .map(|one| Choice::new(&one.slug, &one.name, chosen == Some(&one.slug)))
                .collect(),
            name: typed.name,
            valid_from: typed.valid_from,
            valid_to: typed.valid_to,
            errors,
        }
    }
}
