//! How a reply, its marks and its forms are shown.

use askama::Template;

use super::marks::{Counts, Mark};
use super::{QUOTE, Reply};
use crate::accounts::signature::are_shown_as_one;
use crate::accounts::view::ByLine;
use crate::accounts::{Action, Author, Who};
use crate::attachments::view::AttachForm;
use crate::drafts::view::DraftBox;
use crate::error::FieldErrors;
use crate::id::Id;
use crate::moderation::view::StandingView;
use crate::taxonomy::Vocabulary;
use crate::text::gist;
use crate::threads::view::{Card, Care, Present, SignField, reply_word, seal_url};
use crate::threads::{Cursor, Kind, Thread, Visibility};
use crate::web::page::{Layout, Nav, Now, Tab, When, address};

/// A mark that can be set and taken back: a form with one button.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarkButton {
    /// Where the form goes.
    pub action: String,
    pub mark: &'static str,
    pub label: &'static str,
    /// Which picture: `thumb`, `hand`, `book` or `bell`.
    pub icon: &'static str,
    pub on: bool,
    /// None for what is one's own business.
    pub count: Option<i64>,
    /// Visitors see the count and cannot press.
    pub enabled: bool,
}

impl MarkButton {
    /// Whether anybody has set it and the number is everybody's business.
    pub fn counted(&self) -> bool {
        self.number() > 0
    }

    pub fn number(&self) -> i64 {
        self.count.unwrap_or(0)
    }
}

/// The buttons for `marks` with their counts under the post at `path`; 「やってみたい」 only under a practice.
pub fn mark_buttons(
    path: &str,
    marks: &[(Mark, Option<i64>)],
    own: &[Mark],
    practice: bool,
    who: &Who,
) -> Vec<MarkButton> {
    use crate::db::types::Word;
    let enabled = who.can(Action::Post);
    marks
        .iter()
        .filter(|(mark, _)| practice || *mark != Mark::WantToTry)
        .filter(|(_, count)| enabled || count.is_some_and(|count| count > 0))
        .map(|(mark, count)| {
            let (label, icon) = match mark {
                Mark::Helpful => ("参考になった", "thumb"),
                Mark::WantToTry => ("やってみたい", "hand"),
                Mark::Bookmark => ("あとで読む", "book"),
                Mark::Follow => ("続きを追う", "bell"),
            };
            MarkButton {
                action: format!("{path}/marks"),
                mark: mark.word(),
                label,
                icon,
                on: own.contains(mark),
                count: *count,
                enabled,
            }
        })
        .collect()
}

/// What an answer quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    pub id: Id,
    pub name: String,
    pub extract: String,
    /// Its place on the same page, or its own address, which leads to the page on which it stands.
    pub url: String,
}

impl Quote {
    pub fn new(reply: &Reply, author: &Author, on_this_page: bool) -> Quote {
        Quote {
            id: reply.id,
            name: author.name.clone(),
            extract: gist(&reply.body, QUOTE),
            url: if on_this_page {
                format!("#r-{}", reply.id)
            } else {
                format!("/replies/{}", reply.id)
            },
        }
    }
}

/// A reply as the page of its thread shows it.
pub struct ReplyView {
    pub id: Id,
    /// `/replies/{id}`.
    pub path: String,
    /// `/threads/{id}`.
    pub thread_path: String,
    /// 回答, コメント or 意見.
    pub word: &'static str,
    pub by: ByLine,
    /// Whether it may be said that the author of the thread wrote it, and what they are called then.
    pub asker: Option<&'static str>,
    /// One's own, signed without one's name.
    pub own_sealed: bool,
    /// Where moderators ask for the name of a sealed reply.
    pub seal_url: Option<String>,
    pub when: When,
    pub edited: Option<When>,
    pub body_html: String,
    pub quote: Option<Quote>,
    pub marks: Vec<MarkButton>,
    pub accepted: bool,
    pub may_quote: bool,
    pub may_edit: bool,
    pub may_remove: bool,
    /// Whether this reader may choose it as the one that solved the question.
    pub may_accept: bool,
    pub may_withdraw: bool,
    pub visibility: Visibility,
    /// Why it is out of sight, for its author.
    pub standing: Option<StandingView>,
    pub care: Option<Care>,
}

/// What a `ReplyView` is made of.
pub struct ReplyParts<'a> {
    pub reply: &'a Reply,
    pub author: &'a Author,
    pub thread: &'a Thread,
    pub who: &'a Who,
    pub counts: Counts,
    /// What `who` has marked on this reply.
    pub own: &'a [Mark],
    /// The quoted reply, where it is visible.
    pub quoted: Option<(&'a Reply, &'a Author)>,
    /// Whether the quoted reply stands on the same page.
    pub quoted_here: bool,
    pub standing: Option<StandingView>,
    pub words: &'a Vocabulary,
    pub now: Now,
}

impl ReplyView {
    pub fn new(parts: &ReplyParts<'_>) -> ReplyView {
        let ReplyParts {
            reply,
            thread,
            who,
            now,
            ..
        } = *parts;
        let path = format!("/replies/{}", reply.id);
        let accepted = thread.accepted_reply == Some(reply.id);
        let visible = reply.visibility == Visibility::Visible;
        let may_choose = thread.kind == Kind::Question
            && thread.lock.is_none()
            && who.can(Action::Accept {
                asker: thread.author,
            });
        let changed = reply.revision > 1;
        ReplyView {
            id: reply.id,
            thread_path: format!("/threads/{}", thread.id),
            word: reply_word(thread.kind),
            by: ByLine::new(parts.author, parts.words),
            asker: are_shown_as_one(
                (reply.author, &reply.signature),
                (thread.author, &thread.signature),
            )
            .then_some(match thread.kind {
                Kind::Question => "質問した人",
                Kind::Practice | Kind::Discussion => "書いた人",
            }),
            own_sealed: reply.signature.is_sealed() && reply.author.is_who(who),
            seal_url: seal_url("reply", reply.id, &reply.signature, who),
            when: now.when(reply.created_at),
            edited: changed.then(|| now.when(reply.updated_at)),
            body_html: reply.body_html.clone(),
            quote: parts
                .quoted
                .map(|(quoted, author)| Quote::new(quoted, author, parts.quoted_here)),
            marks: mark_buttons(
                &path,
                &[(Mark::Helpful, Some(parts.counts.helpful))],
                parts.own,
                false,
                who,
            ),
            accepted,
            may_quote: visible
                && thread.lock.is_none()
                && thread.visibility == Visibility::Visible
                && who.can(Action::Post),
            may_edit: thread.lock.is_none()
                && who.can(Action::Edit {
                    author: reply.author,
                }),
            may_remove: reply.visibility != Visibility::Deleted
                && who.can(Action::Remove {
                    author: reply.author,
                }),
            may_accept: may_choose && visible && !accepted,
            may_withdraw: may_choose && accepted,
            visibility: reply.visibility,
            standing: parts.standing.clone(),
            care: Care::new(&path, reply.author, reply.visibility, who),
            path,
        }
    }
}

/// `/replies/{id}/edit`.
#[derive(Template)]
#[template(path = "replies/edit.html")]
pub struct ReplyEditPage {
    pub layout: Layout,
    pub word: &'static str,
    /// The title of the thread.
    pub title: String,
    pub action: String,
    pub back: String,
    pub body: String,
    pub sign: Option<SignField>,
    pub revision: i32,
    pub errors: FieldErrors,
    /// Safe HTML of `body`, where the author asked to see it.
    pub preview_html: Option<String>,
    pub stale: Option<Present>,
    pub attach: AttachForm,
    pub draft: DraftBox,
}

impl ReplyEditPage {
    /// `body`: what the field holds; `revision`: the version that is being changed.
    pub fn new(
        layout: Layout,
        thread: &Thread,
        reply: &Reply,
        body: &str,
        revision: i32,
        errors: FieldErrors,
    ) -> ReplyEditPage {
        ReplyEditPage {
            layout,
            word: reply_word(thread.kind),
            title: thread.title.clone(),
            action: format!("/replies/{}/edit", reply.id),
            back: format!("/replies/{}", reply.id),
            body: body.to_owned(),
            sign: None,
            revision,
            errors,
            preview_html: None,
            stale: None,
            attach: AttachForm::default(),
            draft: DraftBox::default(),
        }
    }

    #[must_use]
    pub fn signing(self, sign: Option<SignField>) -> ReplyEditPage {
        ReplyEditPage { sign, ..self }
    }

    #[must_use]
    pub fn drafting(self, draft: DraftBox) -> ReplyEditPage {
        ReplyEditPage { draft, ..self }
    }

    /// Shows how the text will look; `body_html` by `text::render`.
    #[must_use]
    pub fn previewing(self, body_html: String) -> ReplyEditPage {
        ReplyEditPage {
            preview_html: Some(body_html),
            ..self
        }
    }

    /// `present` was saved meanwhile: it is shown beside what was typed, and the next submit is made over it.
    #[must_use]
    pub fn stale(self, present: &Reply) -> ReplyEditPage {
        ReplyEditPage {
            revision: present.revision,
            stale: Some(Present {
                title: String::new(),
                body: present.body.clone(),
            }),
            ..self
        }
    }
}
/// `/settings/bookmarks`, `/settings/follows`: what one has marked for oneself.
#[derive(Template)]
#[template(path = "replies/marked.html")]
pub struct MarkedPage {
    pub layout: Layout,
    pub heading: &'static str,
    /// Who sees the list.
    pub note: &'static str,
    /// How a thread comes into it.
    pub hint: &'static str,
    pub tabs: Vec<Tab>,
    pub cards: Vec<Card>,
    pub next: Option<String>,
    pub later: bool,
    pub first: &'static str,
}

const BOOKMARKS: &str = "/settings/bookmarks";
const FOLLOWS: &str = "/settings/follows";

impl MarkedPage {
    /// `mark`: bookmarks or follows.
    pub fn new(
        layout: Layout,
        mark: Mark,
        cards: Vec<Card>,
        after: Option<Cursor>,
        next: Option<Cursor>,
    ) -> MarkedPage {
        let follows = mark == Mark::Follow;
        let first = if follows { FOLLOWS } else { BOOKMARKS };
        let tab = |label: &str, url: &str| Tab {
            label: label.to_owned(),
            url: url.to_owned(),
            current: url == first,
            count: String::new(),
        };
        let tabs = vec![
            tab("あとで読む", BOOKMARKS),
            tab("続きを追っている話題", FOLLOWS),
        ];
        let (heading, note, hint) = if follows {
            (
                "続きを追っている話題",
                "この一覧は、あなただけに見えます。返信があると、メールの設定にしたがってお知らせします。",
                "話題のページで「続きを追う」を押すと、ここに並びます。",
            )
        } else {
            (
                "あとで読む",
                "この一覧は、あなただけに見えます。",
                "話題のページで「あとで読む」を押すと、ここに並びます。",
            )
        };
        MarkedPage {
            layout: layout.at(Nav::Mine),
            heading,
            note,
            hint,
            tabs,
            cards,
            next: next.map(|cursor| address(first, [("cursor", cursor.encode().as_str())])),
            later: after.is_some(),
            first,
        }
    }
}
