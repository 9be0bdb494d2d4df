//! The queue of reports.

use askama::Template;

use super::{Post, Waiting};
use crate::text::gist;
use crate::threads::Visibility;
use crate::web::page::{Choice, Layout, Now, When};

/// Characters of a reported post that are shown.
const EXTRACT: usize = 200;

/// One reason that somebody gave.
pub struct ReportLine {
    pub reason: &'static str,
    pub detail: String,
    pub when: When,
}

/// A reported post with the form that decides on it.
pub struct WaitingView {
    /// 「質問」, or 「返信」.
    pub what: &'static str,
    pub title: String,
    pub url: String,
    pub extract: String,
    pub visibility: &'static str,
    pub reports: Vec<ReportLine>,
    pub action: String,
    pub choices: Vec<Choice>,
}

impl WaitingView {
    fn new(waiting: &Waiting, now: Now) -> WaitingView {
        let (what, body, url, path) = match (waiting.post, &waiting.reply) {
            (Post::Reply(id), Some(reply)) => (
                "返信",
                reply.body.as_str(),
                format!("/replies/{id}"),
                format!("/replies/{id}"),
            ),
            _ => (
                waiting.thread.kind.name(),
                waiting.thread.body.as_str(),
                format!("/threads/{}", waiting.thread.id),
                format!("/threads/{}", waiting.thread.id),
            ),
        };
        let present = waiting.visibility();
        let choices = [
            (Visibility::Visible, "みんなに見えるようにする"),
            (Visibility::Held, "確認のため、いったん非公開にする"),
            (Visibility::Hidden, "非公開にする"),
        ];
        WaitingView {
            what,
            title: waiting.thread.title.clone(),
            url,
            extract: gist(body, EXTRACT),
            visibility: match present {
                Visibility::Visible => "いま、みんなに見えています",
                Visibility::Held => "いま、確認のため非公開です",
                Visibility::Hidden => "いま、非公開です",
                Visibility::Deleted => "書いた人が取り下げました",
            },
            reports: waiting
                .reports
                .iter()
                .map(|(reason, detail, at)| ReportLine {
                    reason: reason.name(),
                    detail: detail.clone(),
                    when: now.when(*at),
                })
                .collect(),
            action: format!("{path}/visibility"),
            choices: choices
                .into_iter()
                .map(|(value, label)| Choice::new(value.to_string(), label, false))
                .collect(),
        }
    }
}

/// `/desk/reports`.
#[derive(Template)]
#[template(path = "moderation/reports.html")]
pub struct ReportsPage {
    pub layout: Layout,
    pub waiting: Vec<WaitingView>,
}

impl ReportsPage {
    pub fn new(layout: Layout, waiting: &[Waiting], now: Now) -> ReportsPage {
        ReportsPage {
            layout,
            waiting: waiting
                .iter()
                .map(|one| WaitingView::new(one, now))
                .collect(),
        }
    }
}
