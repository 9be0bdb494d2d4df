//! What is due, and the page on which a trainer looks at one of them.

use askama::Template;

use super::{Freshness, Overdue, State, month_in_words};
use crate::curation::collections::view::day_in_words;
use crate::error::FieldErrors;
use crate::threads::Thread;
use crate::threads::view::Card;
use crate::web::page::{Layout, Nav, Tab, address};

/// A thread that waits, or is marked.
pub struct DeskLine {
    pub url: String,
    pub card: Card,
    /// 「令和6年10月に確認・ChromeOS 130」.
    pub checked: String,
    pub review_on: String,
    /// What is known beside: asked, answered, why it is outdated.
    pub note: String,
}

/// `/desk/freshness`.
#[derive(Template)]
#[template(path = "curation/freshness.html")]
pub struct DeskPage {
    pub layout: Layout,
    pub outdated: bool,
    pub tabs: Vec<Tab>,
    pub lines: Vec<DeskLine>,
    pub next: Option<String>,
    pub later: bool,
    pub first: String,
}

fn checked(freshness: &Freshness) -> String {
    let with = [&freshness.os_version, &freshness.app_version]
        .into_iter()
        .filter(|words| !words.is_empty())
        .cloned();
    let first = format!("{}に確認", month_in_words(freshness.checked_on));
    std::iter::once(first)
        .chain(with)
        .collect::<Vec<_>>()
        .join("・")
}

fn note(freshness: &Freshness) -> String {
    match freshness.state {
        State::Fresh => String::new(),
        State::Asked => "書いた人にたずねています".to_owned(),
        State::Changed => "書いた人が「変わっていた」と答えました".to_owned(),
        State::Outdated => freshness.reason.clone(),
    }
}

impl DeskPage {
    /// `cards` are those of `items`, in their order.
    pub fn new(
        layout: Layout,
        items: &[Overdue],
        cards: Vec<Card>,
        count: i64,
        outdated: bool,
        (later, next): (bool, Option<String>),
    ) -> DeskPage {
        let at = |show: &str, cursor: &str| {
            address("/desk/freshness", [("show", show), ("cursor", cursor)])
        };
        let show = if outdated { "outdated" } else { "" };
        let lines = items.iter().zip(cards).map(|(one, card)| DeskLine {
            url: format!("/desk/freshness/{}", one.thread.id),
            card,
            checked: checked(&one.freshness),
            review_on: day_in_words(one.freshness.review_on),
            note: note(&one.freshness),
        });
        DeskPage {
            lines: lines.collect(),
            outdated,
            tabs: vec![
                Tab {
                    label: "確かめる時期のもの".to_owned(),
                    url: at("", ""),
                    current: !outdated,
                    count: count.to_string(),
                },
                Tab {
                    label: "古いと示したもの".to_owned(),
                    url: at("outdated", ""),
                    current: outdated,
                    count: String::new(),
                },
            ],
            first: at(show, ""),
            next: next.map(|cursor| at(show, &cursor)),
            later,
            layout: layout.at(Nav::Mine),
        }
    }
}

/// `/desk/freshness/{id}`.
#[derive(Template)]
#[template(path = "curation/look.html")]
pub struct LookPage {
    pub layout: Layout,
    pub path: String,
    pub thread_path: String,
    pub title: String,
    /// None for what nobody has chosen yet.
    pub checked: Option<String>,
    pub note: String,
    pub outdated: bool,
    /// Which of the forms was sent.
    pub action: String,
    pub os_version: String,
    pub app_version: String,
    pub review_on: String,
    pub reason: String,
    pub errors: FieldErrors,
}

impl LookPage {
    pub fn new(
        layout: Layout,
        thread: &Thread,
        present: Option<&Freshness>,
        errors: FieldErrors,
    ) -> LookPage {
        let practice = thread.practice.clone().unwrap_or_default();
        let os = present.map(|one| one.os_version.clone());
        let app = present.map(|one| one.app_version.clone());
        LookPage {
            layout: layout.at(Nav::Mine),
            path: format!("/desk/freshness/{}", thread.id),
            thread_path: format!("/threads/{}", thread.id),
            title: thread.title.clone(),
            checked: present.map(checked),
            note: present.map(note).unwrap_or_default(),
            outdated: present.is_some_and(|one| one.state == State::Outdated),
            action: String::new(),
            os_version: os.or(practice.os_version).unwrap_or_default(),
            app_version: app.or(practice.app_version).unwrap_or_default(),
            review_on: String::new(),
            reason: String::new(),
            errors,
        }
    }
}
