//! Pages of requests, and the lines by which other pages name them.

use askama::Template;
use chrono::NaiveDate;

use super::{Cell, Request, RequestInput, RequestState, SENTENCE, Shelf};
use crate::accounts::{Action, Who};
use crate::db::types::Word;
use crate::error::FieldErrors;
use crate::mirror::checklist;
use crate::taxonomy::Vocabulary;
use crate::threads::view::{Mini, PolicyLabel, policy_labels};
use crate::threads::{Cursor, Summary, item_slug};
use crate::web::page::{Choice, Layout, Nav, Now, Tab, When, address, day_in_words};

/// The form for a practice of this cell.
pub fn write_url(cell: &Cell) -> String {
    let policy = cell.policy.to_string();
    address(
        "/threads/new",
        [
            ("kind", "practice"),
            ("school_type", cell.school_type.as_str()),
            ("policy", policy.as_str()),
            ("subject", cell.subject.as_deref().unwrap_or_default()),
            ("item", cell.item.as_deref().unwrap_or_default()),
        ],
    )
}

/// An open request beside other things.
pub fn mini(request: &Request, words: &Vocabulary, today: NaiveDate) -> Mini {
    Mini {
        url: format!("/requests/{}", request.id),
        title: request.cell.in_words(words),
        note: format!(
            "研修担当から：{}（{}まで）",
            request.sentence,
            day_in_words(request.until, today)
        ),
    }
}

/// A request in a list.
pub struct Row {
    pub url: String,
    pub title: String,
    pub sentence: String,
    pub state: &'static str,
    pub open: bool,
    pub filled: bool,
    pub until: String,
    pub policies: Vec<PolicyLabel>,
    pub write_url: String,
    pub when: When,
    /// The practice that came, while it can be seen.
    pub practice: Option<Mini>,
}

impl Row {
    pub fn new(request: &Request, filler: Option<&Summary>, words: &Vocabulary, now: Now) -> Row {
        let today = now.at.day(now.zone);
        let state = request.state(today);
        Row {
            url: format!("/requests/{}", request.id),
            title: request.cell.in_words(words),
            sentence: request.sentence.clone(),
            state: state.name(),
            open: state == RequestState::Open,
            filled: state == RequestState::Filled,
            until: day_in_words(request.until, today),
            policies: policy_labels(&[request.cell.policy], words),
            write_url: write_url(&request.cell),
            when: now.when(request.created_at),
            practice: filler.map(|thread| Mini::new(thread, words)),
        }
    }
}

/// `/requests`.
#[derive(Template)]
#[template(path = "requests/list.html")]
pub struct ListPage {
    pub layout: Layout,
    pub tabs: Vec<Tab>,
    pub shelf: &'static str,
    pub rows: Vec<Row>,
    pub may_ask: bool,
    pub next: Option<String>,
    pub later: bool,
    pub first: String,
}

impl ListPage {
    pub fn new(
        layout: Layout,
        who: &Who,
        shelf: Shelf,
        rows: Vec<Row>,
        (after, next): (Option<Cursor>, Option<Cursor>),
    ) -> ListPage {
        let path = "/requests";
        let name = |shelf: Shelf| match shelf {
            Shelf::Open => "募集中",
            Shelf::Filled => "集まりました",
            Shelf::Over => "終わりました",
        };
        let url = |shelf: Shelf| match shelf {
            Shelf::Open => path.to_owned(),
            Shelf::Filled | Shelf::Over => address(path, [("state", shelf.word())]),
        };
        ListPage {
            layout: layout.at(Nav::None),
            tabs: Shelf::ALL
                .iter()
                .map(|one| Tab {
                    label: name(*one).to_owned(),
                    url: url(*one),
                    current: *one == shelf,
                    count: String::new(),
                })
                .collect(),
            shelf: name(shelf),
            rows,
            may_ask: who.can(Action::Curate),
            next: next.map(|cursor| {
                let cursor = cursor.encode();
                address(path, [("state", shelf.word()), ("cursor", cursor.as_str())])
            }),
            later: after.is_some(),
            first: url(shelf),
        }
    }
}

/// `/requests/{id}`.
#[derive(Template)]
#[template(path = "requests/show.html")]
pub struct ShowPage {
    pub layout: Layout,
    pub path: String,
    pub row: Row,
    /// Threads of the same policy and school type, to read or to begin with.
    pub list_url: String,
    pub may_close: bool,
}

impl ShowPage {
    pub fn new(
        layout: Layout,
        who: &Who,
        request: &Request,
        filler: Option<&Summary>,
        words: &Vocabulary,
        now: Now,
    ) -> ShowPage {
        let row = Row::new(request, filler, words, now);
        let policy = request.cell.policy.to_string();
        ShowPage {
            layout: layout.titled(format!("求む！ {}", row.title)),
            path: format!("/requests/{}", request.id),
            list_url: address(
                "/threads",
                [
                    ("policy", policy.as_str()),
                    ("school_type", request.cell.school_type.as_str()),
                ],
            ),
            may_close: row.open && who.can(Action::Curate),
            row,
        }
    }
}

/// `/requests/new`.
#[derive(Template)]
#[template(path = "requests/form.html")]
pub struct FormPage {
    pub layout: Layout,
    pub policies: Vec<Choice>,
    pub school_types: Vec<Choice>,
    pub subjects: Vec<Choice>,
    pub items: Vec<Choice>,
    pub sentence: String,
    pub sentence_max: usize,
    pub until: String,
    pub today: String,
    /// Idempotency.
    pub key: String,
    pub errors: FieldErrors,
}

impl FormPage {
    pub fn new(
        layout: Layout,
        typed: &RequestInput,
        key: String,
        errors: FieldErrors,
        words: &Vocabulary,
        now: Now,
    ) -> FormPage {
        let policy = words.find_policy(&typed.policy).map(|found| found.number);
        let school_type = words.find_school_type(&typed.school_type);
        let subject = words.find_subject(&typed.subject);
        let item = item_slug(&typed.item);
        FormPage {
            layout,
            policies: words
                .policies
                .iter()
                .map(|one| {
                    let label = format!("{} {}", one.number, one.short);
                    Choice::new(one.number.to_string(), label, policy == Some(one.number))
                })
                .collect(),
            school_types: words
                .school_types
                .iter()
                .filter(|one| one.tagging)
                .map(|one| {
                    let chosen = school_type.is_some_and(|found| found.slug == one.slug);
                    Choice::new(&one.slug, &one.name, chosen)
                })
                .collect(),
            subjects: words
                .subjects
                .iter()
                .map(|one| {
                    let chosen = subject.is_some_and(|found| found.slug == one.slug);
                    Choice::new(&one.slug, &one.name, chosen)
                })
                .collect(),
            items: checklist::tags()
                .into_iter()
                .map(|tag| {
                    let chosen = item.as_deref() == Some(tag.as_str());
                    Choice::new(&tag, checklist::label(&tag), chosen)
                })
                .collect(),
            sentence: typed.sentence.clone(),
            sentence_max: SENTENCE.max,
            until: typed.until.clone(),
            today: now.at.day(now.zone).to_string(),
            key,
            errors,
        }
    }
}
