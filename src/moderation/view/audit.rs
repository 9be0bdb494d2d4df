//! The log as those see it who moderate.

use std::collections::HashMap;

use askama::Template;

use crate::accounts::{Person, State};
use crate::db::types::Word;
use crate::error::FieldErrors;
use crate::id::Id;
use crate::moderation::log::{Deed, Entry, name_of};
use crate::threads::Thread;
use crate::web::page::{Choice, Layout, Nav, Now, When};

/// One line of the log.
pub struct AuditLine {
    pub when: When,
    pub what: &'static str,
    /// Who did it: name and role.
    pub who: String,
    /// To whom; empty where it was a post.
    pub whom: String,
    /// The title of the thread, or of the thread of the reply; empty where it was a person.
    pub title: String,
    pub url: String,
    pub reply: bool,
    pub reason: String,
}

/// What was typed into the form that searches it.
#[derive(Clone, Debug, Default)]
pub struct AuditTyped {
    pub person: String,
    pub action: String,
    pub thread: String,
    pub text: String,
    pub from: String,
    pub to: String,
}

/// `/desk/audit`.
#[derive(Template)]
#[template(path = "moderation/audit.html")]
pub struct AuditPage {
    pub layout: Layout,
    pub lines: Vec<AuditLine>,
    pub typed: AuditTyped,
    pub deeds: Vec<Choice>,
    /// Whether anything was looked for.
    pub searched: bool,
    pub first: String,
    pub next: Option<String>,
    pub later: bool,
    pub errors: FieldErrors,
}

/// What the page of the log is made of.
pub struct AuditParts<'a> {
    pub entries: &'a [Entry],
    pub people: &'a HashMap<Id, Person>,
    pub threads: &'a HashMap<Id, Thread>,
    /// The thread of each reply.
    pub places: &'a HashMap<Id, Id>,
    pub typed: AuditTyped,
    pub first: String,
    pub next: Option<String>,
    pub later: bool,
    pub errors: FieldErrors,
    pub now: Now,
}

impl AuditPage {
    pub fn new(layout: Layout, parts: AuditParts<'_>) -> AuditPage {
        let typed = &parts.typed;
        let lines = parts.entries.iter().map(|entry| line(entry, &parts));
        AuditPage {
            layout: layout.at(Nav::Mine),
            lines: lines.collect(),
            deeds: Deed::ALL
                .iter()
                .map(|deed| Choice::new(deed.word(), deed.name(), deed.word() == typed.action))
                .collect(),
            searched: [
                &typed.person,
                &typed.action,
                &typed.thread,
                &typed.text,
                &typed.from,
                &typed.to,
            ]
            .iter()
            .any(|text| !text.is_empty()),
            first: parts.first,
            next: parts.next,
            later: parts.later,
            errors: parts.errors,
            typed: parts.typed,
        }
    }
}

fn line(entry: &Entry, parts: &AuditParts<'_>) -> AuditLine {
    let thread = entry
        .thread
        .or_else(|| entry.reply.and_then(|id| parts.places.get(&id).copied()));
    let url = match (entry.reply, entry.thread, entry.person) {
        (Some(id), _, _) => format!("/replies/{id}"),
        (_, Some(id), _) => format!("/threads/{id}"),
        (_, _, Some(id)) => format!("/people/{id}"),
        _ => String::new(),
    };
    AuditLine {
        when: parts.now.when(entry.at),
        what: name_of(&entry.action),
        who: named(parts.people.get(&entry.actor)),
        whom: entry
            .person
            .map(|id| named(parts.people.get(&id)))
            .unwrap_or_default(),
        title: thread
            .and_then(|id| parts.threads.get(&id))
            .map(|thread| thread.title.clone())
            .unwrap_or_default(),
        url,
        reply: entry.reply.is_some(),
        reason: entry.reason.clone(),
    }
}

/// Name and role; also of those who have left, since this is about what they did.
fn named(person: Option<&Person>) -> String {
    let Some(person) = person else {
        return String::new();
    };
    let left = if person.state == State::Suspended {
        "・停止中"
    } else {
        ""
    };
    format!("{}（{}{left}）", person.name, person.role.name())
}
