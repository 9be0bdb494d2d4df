//! One person: what they show of themselves, and what they have written.

use std::collections::HashMap;

use askama::Template;

use super::{Card, reply_word};
use crate::accounts::view::ByLine;
use crate::accounts::{Item, Person, Who};
use crate::db::types::Word;
use crate::id::Id;
use crate::replies::Reply;
use crate::taxonomy::Vocabulary;
use crate::text::gist;
use crate::threads::{Cursor, Summary};
use crate::web::page::{Layout, Now, Tab, When, address};

/// Graphemes of a reply that are shown.
const GIST: usize = 90;

/// What somebody chose to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileFact {
    pub label: &'static str,
    pub value: String,
}

/// A reply in the list of its author.
pub struct WrittenReply {
    /// 回答, コメント or 意見.
    pub word: &'static str,
    pub url: String,
    /// Of the thread.
    pub title: String,
    pub extract: String,
    pub when: When,
}

impl WrittenReply {
    /// The replies of a page with their threads; one whose thread is out of sight is left out.
    pub fn list(replies: &[Reply], threads: &HashMap<Id, Summary>, now: Now) -> Vec<WrittenReply> {
        let line = |reply: &Reply| {
            let thread = threads.get(&reply.thread)?;
            Some(WrittenReply {
                word: reply_word(thread.kind),
                url: format!("/replies/{}", reply.id),
                title: thread.title.clone(),
                extract: gist(&reply.body, GIST),
                when: now.when(reply.created_at),
            })
        };
        replies.iter().filter_map(line).collect()
    }
}

/// What of a person's writing is listed.
pub enum Written {
    Threads(Vec<Card>),
    Replies(Vec<WrittenReply>),
}

/// `/people/{id}`.
#[derive(Template)]
#[template(path = "threads/person.html")]
pub struct PersonPage {
    pub layout: Layout,
    pub by: ByLine,
    /// Nothing but the words for it is shown of those who have left.
    pub left: bool,
    pub facts: Vec<ProfileFact>,
    pub own: bool,
    pub tabs: Vec<Tab>,
    pub cards: Vec<Card>,
    pub replies: Vec<WrittenReply>,
    /// Which of the two is listed.
    pub of_replies: bool,
    pub next: Option<String>,
    pub later: bool,
    pub first: String,
}

/// What a person's page is made of.
pub struct PersonParts<'a> {
    pub person: &'a Person,
    /// The name of their school.
    pub school: Option<&'a str>,
    pub who: &'a Who,
    pub written: Written,
    pub after: Option<Cursor>,
    pub next: Option<Cursor>,
    pub words: &'a Vocabulary,
}

impl PersonPage {
    pub fn new(layout: Layout, parts: PersonParts<'_>) -> PersonPage {
        let PersonParts {
            person,
            school,
            words,
            ..
        } = parts;
        let by = ByLine::new(&person.as_author(), words);
        let fact = |item: &Item| {
            Some(ProfileFact {
                label: item.name(),
                value: person.shown(*item, school, words)?,
            })
        };
        let (cards, replies, of_replies) = match parts.written {
            Written::Threads(cards) => (cards, Vec::new(), false),
            Written::Replies(replies) => (Vec::new(), replies, true),
        };
        let path = format!("/people/{}", person.id);
        let answers = address(&path, [("show", "replies")]);
        let tab = |label: &str, url: &str, current: bool| Tab {
            label: label.to_owned(),
            url: url.to_owned(),
            current,
            count: String::new(),
        };
        let tabs = vec![
            tab("質問・実践・意見交換", &path, !of_replies),
            tab("回答・コメント", &answers, of_replies),
        ];
        let show = if of_replies { "replies" } else { "" };
        PersonPage {
            layout: layout.titled(&by.name),
            left: person.has_left(),
            facts: Item::ALL.iter().filter_map(fact).collect(),
            own: parts.who.id() == Some(person.id),
            by,
            tabs,
            cards,
            replies,
            of_replies,
            next: parts.next.map(|cursor| {
                let cursor = cursor.encode();
                address(&path, [("show", show), ("cursor", cursor.as_str())])
            }),
            later: parts.after.is_some(),
            first: if of_replies { answers } else { path },
        }
    }
}
