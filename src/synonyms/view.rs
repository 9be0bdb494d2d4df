//! The pages of synonyms.

use std::collections::HashMap;

use askama::Template;
use search_index::Effect;

use super::{GroupInput, State, effect_slug};
use crate::accounts::Author;
use crate::error::FieldErrors;
use crate::id::Id;
use crate::web::page::{Choice, Layout, Nav, Now, When, address};

/// A group in the list or in the history.
pub struct Row {
    pub url: String,
    pub words: String,
    pub narrower: String,
    pub effect: &'static str,
    pub note: String,
    pub removed: bool,
    pub by: String,
    pub when: When,
    /// Tries the first word.
    pub try_url: String,
}

fn effect_name(effect: Effect) -> &'static str {
    match effect {
        Effect::Expand => "言いかえて探す",
        Effect::Weak => "ひかえめに言いかえる",
        Effect::Keep => "言いかえない",
    }
}

impl Row {
    pub fn new(state: &State, authors: &HashMap<Id, Author>, now: Now) -> Row {
        let author = state.author.and_then(|id| authors.get(&id));
        let first = state.synonyms.words.first();
        Row {
            url: format!("/desk/synonyms/{}/edit", state.group),
            words: state.synonyms.words.join("・"),
            narrower: state.synonyms.narrower.join("・"),
            effect: effect_name(state.synonyms.effect),
            note: state.note.clone(),
            removed: state.removed,
            by: author.map_or_else(
                || "広場のはじめの一覧".to_owned(),
                |author| author.name.clone(),
            ),
            when: now.when(state.at),
            try_url: address("/search", [("q", first.map_or("", String::as_str))]),
        }
    }
}

/// `/desk/synonyms`.
#[derive(Template)]
#[template(path = "synonyms/list.html")]
pub struct ListPage {
    pub layout: Layout,
    pub query: String,
    pub rows: Vec<Row>,
    pub new_url: String,
}

impl ListPage {
    pub fn new(layout: Layout, query: &str, rows: Vec<Row>) -> ListPage {
        ListPage {
            layout: layout.at(Nav::Mine),
            query: query.to_owned(),
            rows,
            new_url: address("/desk/synonyms/new", [("word", query)]),
        }
    }
}

/// A group being written: new, or one that stands.
#[derive(Template)]
#[template(path = "synonyms/form.html")]
pub struct FormPage {
    pub layout: Layout,
    pub action: String,
    /// None for a new group.
    pub group: Option<String>,
    /// The state that stands on the page.
    pub seen: String,
    pub removed: bool,
    pub words: String,
    pub narrower: String,
    pub note: String,
    pub effects: Vec<Choice>,
    pub errors: FieldErrors,
}

impl FormPage {
    pub fn new(
        layout: Layout,
        present: Option<&State>,
        typed: GroupInput,
        errors: FieldErrors,
    ) -> FormPage {
        let hints = [
            (
                Effect::Expand,
                "どのことばで探しても、ほかのことばの話題も見つかります。",
            ),
            (
                Effect::Weak,
                "ほかのことばの話題は、ずっと下に並びます。「端末」のように、どこにでもあることばに。",
            ),
            (
                Effect::Keep,
                "ほかの組にあっても、このことばは言いかえません。まちがって広がることばに。",
            ),
        ];
        let chosen = if typed.effect.is_empty() {
            "expand"
        } else {
            &typed.effect
        };
        FormPage {
            layout: layout.at(Nav::Mine),
            action: present.map_or_else(
                || "/desk/synonyms".to_owned(),
                |state| format!("/desk/synonyms/{}/edit", state.group),
            ),
            group: present.map(|state| state.group.to_string()),
            seen: present
                .map(|state| state.id.to_string())
                .unwrap_or_default(),
            removed: present.is_some_and(|state| state.removed),
            effects: hints
                .into_iter()
                .map(|(effect, hint)| {
                    let slug = effect_slug(effect);
                    Choice {
                        hint: hint.to_owned(),
                        ..Choice::new(slug, effect_name(effect), slug == chosen)
                    }
                })
                .collect(),
            words: typed.words,
            narrower: typed.narrower,
            note: typed.note,
            errors,
        }
    }
}

/// `/desk/synonyms/{id}/history`.
#[derive(Template)]
#[template(path = "synonyms/history.html")]
pub struct HistoryPage {
    pub layout: Layout,
    pub edit_url: String,
    pub rows: Vec<Row>,
}
