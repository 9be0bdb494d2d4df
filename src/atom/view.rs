//! A feed as XML, and the page that tells people their addresses.

use askama::Template;
use atom_syndication::{Category, Entry, Feed, Generator, Link, Person, Text};
use sha2::{Digest, Sha256};

use crate::accounts::Author;
use crate::accounts::view::ByLine;
use crate::clock::At;
use crate::curation::collections::Collection;
use crate::error::{Error, Result};
use crate::notices::site::Told;
use crate::replies::Reply;
use crate::taxonomy::Vocabulary;
use crate::text::{clean_line, gist};
use crate::threads::view::reply_word;
use crate::threads::{Kind, Summary};
use crate::web::page::{Layout, Nav};

/// Graphemes of a summary.
const GIST: usize = 200;
/// Graphemes of a reply that stand for its title.
const TITLE: usize = 40;

/// One thing that a feed tells.
pub struct Item {
    /// Stable, and unique within the feed.
    id: String,
    /// A path of ours.
    path: String,
    title: String,
    author: String,
    summary: String,
    kind: &'static str,
    published: At,
    updated: At,
}

impl Item {
    pub fn of_thread(thread: &Summary, author: &Author, words: &Vocabulary) -> Item {
        Item {
            id: format!("urn:uuid:{}", thread.id),
            path: format!("/threads/{}", thread.id),
            title: thread.title.clone(),
            author: ByLine::new(author, words).name,
            summary: thread.gist(),
            kind: thread.kind.name(),
            published: thread.created_at,
            updated: thread.updated_at,
        }
    }

    /// Signed by the role, as everywhere.
    pub fn of_collection(collection: &Collection) -> Item {
        Item {
            id: format!("urn:uuid:{}", collection.id),
            path: format!("/collections/{}", collection.id),
            title: collection.content.title.clone(),
            author: "研修担当".to_owned(),
            summary: gist(&collection.content.cover, GIST),
            kind: "まとめ",
            published: collection.published_at.unwrap_or(collection.created_at),
            updated: collection.updated_at,
        }
    }

    /// `about`: the title of its thread, where the feed does not say it.
    pub fn of_reply(
        reply: &Reply,
        kind: Kind,
        about: Option<&str>,
        author: &Author,
        words: &Vocabulary,
    ) -> Item {
        let word = reply_word(kind);
        let title = match about {
            Some(title) => format!("{word}：{title}"),
            None => format!("{word}：{}", gist(&reply.body, TITLE)),
        };
        Item {
            id: format!("urn:uuid:{}", reply.id),
            path: format!("/replies/{}", reply.id),
            title,
            author: ByLine::new(author, words).name,
            summary: gist(&reply.body, GIST),
            kind: word,
            published: reply.created_at,
            updated: reply.updated_at,
        }
    }

    /// A reply may be told for two reasons: each is an entry of its own.
    pub fn of_notice(told: &Told, author: &Author, words: &Vocabulary, public_url: &str) -> Item {
        let (reply, thread) = (&told.reply, &told.thread);
        let item = Item::of_reply(reply, thread.kind, Some(&thread.title), author, words);
        Item {
            id: format!("{}/replies/{}#{}", base(public_url), reply.id, told.why),
            title: format!("{}：{}", told.words(), thread.title),
            published: told.at,
            updated: told.at.max(item.updated),
            ..item
        }
    }
}

/// A feed about to be written.
pub struct Source {
    pub title: String,
    /// The feed's own address without a key: a path of ours, which is also what it is known by.
    pub path: String,
    /// The page that shows the same.
    pub page: String,
    /// The newest first.
    pub items: Vec<Item>,
}

/// A feed as it is sent.
pub struct Sheet {
    pub body: String,
    pub updated: At,
    /// Another one is another text.
    pub tag: String,
}

fn base(public_url: &str) -> &str {
    public_url.trim_end_matches('/')
}

impl Source {
    /// # Errors
    /// `Internal` when it cannot be written.
    pub fn write(&self, public_url: &str) -> Result<Sheet> {
        let base = base(public_url);
        let updated = self.items.iter().map(|item| item.updated).max();
        // A feed without entries has changed at no time; it must name one all the same.
        let updated = updated.unwrap_or(At(chrono::DateTime::UNIX_EPOCH.naive_utc()));
        let own = format!("{base}{}", self.path);
        let feed = Feed {
            title: plain(&format!("{}｜広場", self.title)),
            id: own.clone(),
            updated: updated.0.and_utc().fixed_offset(),
            authors: vec![person("広場")],
            generator: Some(Generator {
                value: "広場".to_owned(),
                ..Generator::default()
            }),
            links: vec![
                link("self", own, "application/atom+xml"),
                link("alternate", format!("{base}{}", self.page), "text/html"),
            ],
            entries: self.items.iter().map(|item| entry(item, base)).collect(),
            lang: Some("ja".to_owned()),
            ..Feed::default()
        };
        let mut bytes = Vec::new();
        feed.write_to(&mut bytes).map_err(Error::internal)?;
        let hash = data_encoding::HEXLOWER.encode(&Sha256::digest(&bytes));
        Ok(Sheet {
            body: String::from_utf8(bytes).map_err(Error::internal)?,
            updated,
            tag: hash,
        })
    }
}

fn entry(item: &Item, base: &str) -> Entry {
    Entry {
        title: plain(&item.title),
        id: item.id.clone(),
        updated: item.updated.0.and_utc().fixed_offset(),
        published: Some(item.published.0.and_utc().fixed_offset()),
        authors: vec![person(&item.author)],
        categories: vec![Category {
            term: item.kind.to_owned(),
            ..Category::default()
        }],
        links: vec![link(
            "alternate",
            format!("{base}{}", item.path),
            "text/html",
        )],
        summary: Some(plain(&item.summary)),
        ..Entry::default()
    }
}

/// Without what XML cannot hold, and without what turns other text round.
fn plain(text: &str) -> Text {
    Text::plain(clean_line(text))
}

fn person(name: &str) -> Person {
    Person {
        name: clean_line(name),
        ..Person::default()
    }
}

fn link(rel: &str, href: String, mime: &str) -> Link {
    Link {
        rel: rel.to_owned(),
        href,
        mime_type: Some(mime.to_owned()),
        ..Link::default()
    }
}

/// A feed with its address.
pub struct Address {
    pub label: String,
    pub url: String,
}

/// `/settings/feeds`.
#[derive(Template)]
#[template(path = "atom/feeds.html")]
pub struct FeedsPage {
    pub layout: Layout,
    /// None until there is a key.
    pub addresses: Vec<Address>,
    /// The list that one came from, in words; empty where one came from none.
    pub wanted: String,
    /// Where a key is made: keeps the list that one came from.
    pub action: String,
}

/// What everybody may want: label and path.
const USUAL: [(&str, &str); 7] = [
    ("新しい話題すべて", "/feeds/threads.atom"),
    ("質問", "/feeds/threads.atom?kind=question"),
    ("実践", "/feeds/threads.atom?kind=practice"),
    (
        "回答を待っている質問",
        "/feeds/threads.atom?sort=unanswered",
    ),
    ("研修担当のまとめ", "/feeds/collections.atom"),
    ("続きを追っている話題への回答", "/feeds/follows.atom"),
    ("自分へのお知らせ", "/feeds/notices.atom"),
];

impl FeedsPage {
    /// `wanted`: words and feed of the list that one came from. `action`: this page's own address with that list.
    pub fn new(
        layout: Layout,
        key: Option<&str>,
        wanted: Option<(String, String)>,
        action: String,
        public_url: &str,
    ) -> FeedsPage {
        let usual = USUAL.map(|(label, path)| (label.to_owned(), path.to_owned()));
        let words = wanted.as_ref().map_or("", |(words, _)| words).to_owned();
        let addresses = key.map_or_else(Vec::new, |key| {
            let all = wanted.into_iter().chain(usual);
            all.map(|(label, path)| Address {
                label,
                url: format!("{}{}", base(public_url), with_key(&path, key)),
            })
            .collect()
        });
        FeedsPage {
            layout: layout.at(Nav::Mine),
            addresses,
            wanted: words,
            action,
        }
    }
}

fn with_key(path: &str, key: &str) -> String {
    let joint = if path.contains('?') { '&' } else { '?' };
    format!("{path}{joint}token={key}")
}
