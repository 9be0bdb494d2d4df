//! The queue: what was reported, and what its authors have put right.

use std::collections::HashMap;

use askama::Template;

use super::signed;
use crate::accounts::{Author, Who};
use crate::id::Id;
use crate::moderation::claims::CLAIM_LASTS;
use crate::moderation::log;
use crate::moderation::{Post, Waiting};
use crate::taxonomy::Vocabulary;
use crate::text::gist;
use crate::threads::view::{Version, version};
use crate::threads::{Revision, Visibility};
use crate::web::page::{Choice, Layout, Nav, Now, When};

/// Characters of a reported post that are shown.
const EXTRACT: usize = 200;

/// One reason that somebody gave.
pub struct ReportLine {
    pub reason: &'static str,
    pub detail: String,
    pub when: When,
}

/// What was decided before.
pub struct EarlierLine {
    pub what: &'static str,
    pub who: String,
    pub when: When,
    pub reason: String,
}

/// What the author asks.
pub struct AskedView {
    pub message: String,
    pub when: When,
    /// What they changed; None where nothing.
    pub change: Option<Version>,
}

/// A waiting post with the form that decides on it.
pub struct WaitingView {
    /// 「質問」, or 「返信」.
    pub what: &'static str,
    pub title: String,
    pub url: String,
    /// All versions; empty for replies.
    pub versions_url: String,
    pub extract: String,
    pub visibility: &'static str,
    pub since: Option<When>,
    pub reports: Vec<ReportLine>,
    pub asked: Option<AskedView>,
    pub earlier: Vec<EarlierLine>,
    /// `/threads/{id}` or `/replies/{id}`.
    pub path: String,
    /// Who has it, and since when.
    pub claimed: Option<(String, When)>,
    pub own_claim: bool,
    pub choices: Vec<Choice>,
}

impl WaitingView {
    fn new(waiting: &Waiting, parts: &Parts<'_>) -> WaitingView {
        let now = parts.now;
        let (what, body) = match &waiting.reply {
            Some(reply) => ("返信", reply.body.as_str()),
            None => (waiting.thread.kind.name(), waiting.thread.body.as_str()),
        };
        let path = waiting.post.path();
        let choices = [
            (Visibility::Visible, "みんなに見えるようにする"),
            (Visibility::Held, "確認のため、いったん非公開にする"),
            (Visibility::Hidden, "非公開にする"),
        ];
        let name = |id: Id| signed(parts.people.get(&id), parts.words);
        WaitingView {
            what,
            title: waiting.thread.title.clone(),
            url: path.clone(),
            versions_url: match waiting.post {
                Post::Thread(_) => format!("{path}/revisions"),
                Post::Reply(_) => String::new(),
            },
            extract: gist(body, EXTRACT),
            visibility: match waiting.visibility() {
                Visibility::Visible => "いま、みんなに見えています",
                Visibility::Held => "いま、確認のため非公開です",
                Visibility::Hidden => "いま、非公開です",
                Visibility::Deleted => "取り下げられています",
            },
            since: waiting.since().map(|at| now.when(at)),
            reports: waiting
                .reports
                .iter()
                .map(|(reason, detail, at)| ReportLine {
                    reason: reason.name(),
                    detail: detail.clone(),
                    when: now.when(*at),
                })
                .collect(),
            asked: waiting.resubmitted.as_ref().map(|asked| AskedView {
                message: asked.message.clone(),
                when: now.when(asked.at),
                change: asked
                    .before
                    .as_ref()
                    .map(|before| version(&present(waiting), Some(before), 0, now)),
            }),
            earlier: waiting
                .earlier
                .iter()
                .map(|entry| EarlierLine {
                    what: log::name_of(&entry.action),
                    who: name(entry.actor),
                    when: now.when(entry.at),
                    reason: entry.reason.clone(),
                })
                .collect(),
            claimed: waiting
                .claim
                .map(|claim| (name(claim.moderator), now.when(claim.at))),
            own_claim: waiting
                .claim
                .is_some_and(|claim| parts.who.id() == Some(claim.moderator)),
            choices: choices
                .into_iter()
                .map(|(value, label)| Choice::new(value.to_string(), label, false))
                .collect(),
            path,
        }
    }

    /// Whether somebody else has it: then the form that decides is left to them.
    pub fn taken(&self) -> bool {
        self.claimed.is_some() && !self.own_claim
    }
}

/// The post as it stands, as a version to compare with.
fn present(waiting: &Waiting) -> Revision {
    match &waiting.reply {
        Some(reply) => Revision {
            number: reply.revision,
            title: None,
            body: reply.body.clone(),
            practice: None,
            written_at: reply.updated_at,
            reply: Some(reply.id),
        },
        None => Revision {
            number: waiting.thread.revision,
            title: Some(waiting.thread.title.clone()),
            body: waiting.thread.body.clone(),
            practice: None, // as the version that it is compared with
            written_at: waiting.thread.updated_at,
            reply: None,
        },
    }
}

struct Parts<'a> {
    who: &'a Who,
    people: &'a HashMap<Id, Author>,
    words: &'a Vocabulary,
    now: Now,
}

/// `/desk/reports`.
#[derive(Template)]
#[template(path = "moderation/reports.html")]
pub struct ReportsPage {
    pub layout: Layout,
    pub waiting: Vec<WaitingView>,
    /// How long a claim lasts, in minutes.
    pub claim_minutes: i64,
}

impl ReportsPage {
    /// `people`: who has claimed or decided anything of it.
    pub fn new(
        layout: Layout,
        who: &Who,
        waiting: &[Waiting],
        people: &HashMap<Id, Author>,
        words: &Vocabulary,
        now: Now,
    ) -> ReportsPage {
        let parts = Parts {
            who,
            people,
            words,
            now,
        };
        ReportsPage {
            layout: layout.at(Nav::Mine),
            waiting: waiting
                .iter()
                .map(|one| WaitingView::new(one, &parts))
                .collect(),
            claim_minutes: CLAIM_LASTS.num_minutes(),
        }
    }
}
