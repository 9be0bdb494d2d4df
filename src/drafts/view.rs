//! What a form says of its draft, and the list of one's drafts.

use std::collections::HashMap;

use askama::Template;

use super::{Draft, Purpose};
use crate::id::Id;
use crate::threads::Kind;
use crate::web::page::{Layout, Nav, Now, When, address};

/// Where a draft is written on, with the notice of what was done.
pub fn resume(draft: &Draft, done: &str) -> String {
    let id = draft.id.to_string();
    let target = draft.target.map(|target| target.to_string());
    let target = target.unwrap_or_default();
    match draft.purpose {
        Purpose::NewThread => address("/threads/new", [("draft", id.as_str()), ("done", done)]),
        Purpose::EditThread => address(
            &format!("/threads/{target}/edit"),
            [("draft", "1"), ("done", done)],
        ),
        Purpose::Reply => address(&format!("/threads/{target}"), [("done", done)]) + "#answer",
        Purpose::EditReply => address(
            &format!("/replies/{target}/edit"),
            [("draft", "1"), ("done", done)],
        ),
    }
}

/// A draft that could be written on.
#[derive(Clone, Debug)]
pub struct Offer {
    pub id: Id,
    /// What it will be.
    pub label: String,
    /// Its first words.
    pub words: String,
    pub when: When,
    pub device: String,
    pub url: String,
}

impl Offer {
    fn new(draft: &Draft, title: Option<&str>, now: Now) -> Offer {
        let of = |title: Option<&str>, what: &str| match title {
            Some(title) => format!("「{title}」{what}"),
            None => format!("いまは見られない話題{what}"),
        };
        let label = match draft.purpose {
            Purpose::NewThread => {
                let kind = Kind::parse(draft.fields.value("kind")).unwrap_or(Kind::Question);
                format!("新しい{}", kind.name())
            }
            Purpose::EditThread => of(title, "の書き直し"),
            Purpose::Reply => of(title, "への書き込み"),
            Purpose::EditReply => of(title, "への書き込みの書き直し"),
        };
        let words = draft.fields.gist();
        Offer {
            id: draft.id,
            label,
            words: if words.is_empty() {
                "（まだ文がありません）".to_owned()
            } else {
                words
            },
            when: now.when(draft.updated_at),
            device: draft.device.clone(),
            url: resume(draft, ""),
        }
    }
}

/// What was saved elsewhere while this form was open.
#[derive(Clone, Debug)]
pub struct Other {
    pub when: When,
    pub device: String,
    pub text: String,
}

/// A form's draft: what the form sends of it, and what it says.
#[derive(Clone, Debug, Default)]
pub struct DraftBox {
    /// Empty where nothing is kept.
    pub purpose: String,
    pub target: String,
    pub id: String,
    pub revision: String,
    /// The address of the script that saves while one types.
    pub script: String,
    /// When that was saved which the form shows, and where.
    pub loaded: Option<(When, String)>,
    pub offers: Vec<Offer>,
    pub other: Option<Other>,
}

impl DraftBox {
    pub fn of(purpose: Purpose, target: Option<Id>) -> DraftBox {
        DraftBox {
            purpose: purpose.to_string(),
            target: target.map(|target| target.to_string()).unwrap_or_default(),
            script: crate::web::assets::url("js/draft.js"),
            ..DraftBox::default()
        }
    }

    /// The form shows `draft`.
    #[must_use]
    pub fn showing(self, draft: &Draft, now: Now) -> DraftBox {
        DraftBox {
            id: draft.id.to_string(),
            revision: draft.revision.to_string(),
            loaded: Some((now.when(draft.updated_at), draft.device.clone())),
            ..self
        }
    }

    /// The form could show one of `drafts`.
    #[must_use]
    pub fn offering<'a>(self, drafts: impl IntoIterator<Item = &'a Draft>, now: Now) -> DraftBox {
        DraftBox {
            offers: drafts
                .into_iter()
                .map(|draft| Offer::new(draft, Some("この文"), now))
                .collect(),
            ..self
        }
    }

    /// As the form was sent.
    #[must_use]
    pub fn sent(self, id: &str, revision: &str) -> DraftBox {
        DraftBox {
            id: id.to_owned(),
            revision: revision.to_owned(),
            ..self
        }
    }

    /// `present` was saved elsewhere: it is shown beside the form, and the next time it is written over.
    #[must_use]
    pub fn overtaken(self, present: &Draft, now: Now) -> DraftBox {
        let written = present
            .fields
            .pairs()
            .filter(|(name, _)| super::WRITTEN.contains(name))
            .map(|(_, value)| value);
        DraftBox {
            id: present.id.to_string(),
            revision: present.revision.to_string(),
            other: Some(Other {
                when: now.when(present.updated_at),
                device: present.device.clone(),
                text: written.collect::<Vec<_>>().join("\n\n"),
            }),
            ..self
        }
    }
}

/// `/settings/drafts`.
#[derive(Template)]
#[template(path = "drafts/list.html")]
pub struct DraftsPage {
    pub layout: Layout,
    pub drafts: Vec<Offer>,
    pub most: i64,
    pub days: i64,
}

impl DraftsPage {
    /// `titles`: of the threads that the targets are or belong to, by target; those that one may not see are absent.
    pub fn new(
        layout: Layout,
        drafts: &[Draft],
        titles: &HashMap<Id, String>,
        now: Now,
    ) -> DraftsPage {
        DraftsPage {
            layout: layout.at(Nav::Mine),
            drafts: drafts
                .iter()
                .map(|draft| {
                    let title = draft.target.and_then(|target| titles.get(&target));
                    Offer::new(draft, title.map(String::as_str), now)
                })
                .collect(),
            most: super::MAX_DRAFTS,
            days: super::KEPT.num_days(),
        }
    }
}
