//! What all may see: holding, hiding and restoring posts with a reason, reports, and the log of who did what.
//! Nothing here erases.

pub mod api;
pub mod http;
mod store;
pub mod view;

use std::collections::HashMap;

use crate::accounts::{Action, Who};
use crate::clock::At;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::id::Id;
use crate::replies::{self, Reply};
use crate::text::Rule;
use crate::text_enum;
use crate::threads::{self, Thread, Visibility};

pub const REASON: Rule = Rule {
    field: "reason",
    label: "理由",
    max: 500,
    lines: true,
    hint: "理由を書いてください。書いた人にも見えます。",
};
pub const DETAIL: Rule = Rule {
    field: "detail",
    label: "くわしく",
    max: 1_000,
    lines: true,
    hint: "",
};

text_enum! {
    pub enum ReportReason {
        PersonalData = "personal_data",
        Copyright = "copyright",
        Rude = "rude",
        Wrong = "wrong",
        Advertising = "advertising",
        Other = "other",
    }
}

impl ReportReason {
    pub fn name(self) -> &'static str {
        match self {
            ReportReason::PersonalData => "個人情報かもしれない",
            ReportReason::Copyright => "著作権が心配",
            ReportReason::Rude => "ことばがきつい",
            ReportReason::Wrong => "内容が違う・古い",
            ReportReason::Advertising => "宣伝",
            ReportReason::Other => "そのほか",
        }
    }
}

/// A post: a thread, or a reply in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Post {
    Thread(Id),
    Reply(Id),
}

/// Sets what all may see of a post, with a reason, in the log.
///
/// # Errors
/// `Forbidden`, `NotFound`, `Invalid` without a reason or for `deleted` (that is the author's to do).
pub fn set_visibility(
    db: &mut Db,
    who: &Who,
    post: Post,
    visibility: Visibility,
    reason: &str,
    now: At,
) -> Result<()> {
    who.may(Action::Moderate)?;
    let reason = REASON
        .parse(reason)
        .map_err(|error| Error::Invalid(crate::error::FieldErrors(vec![error])))?;
    if visibility == Visibility::Deleted {
        return Err(Error::field(
            "visibility",
            "unknown",
            "visible・held・hidden のどれかにしてください。",
        ));
    }
    match post {
        Post::Thread(id) => {
            threads::find(db, who, id)?;
            threads::set_visibility(db, id, visibility, now)?;
        }
        Post::Reply(id) => {
            let reply = replies::find(db, who, id)?;
            replies::set_visibility(db, &reply, visibility, now)?;
        }
    }
    let moderator = who.member()?.id;
    // A decision answers whatever was reported of the post.
    store::answer(db, post, moderator, now)?;
    let action = format!("visibility:{visibility}");
    store::log(db, moderator, &action, post, &reason, now)
}

/// Writes down what was done about a post. Rows of the log are only ever added.
///
/// # Errors
/// `SignInRequired`.
pub fn record(
    db: &mut Db,
    who: &Who,
    action: &str,
    post: Post,
    reason: &str,
    now: At,
) -> Result<()> {
    store::log(db, who.member()?.id, action, post, reason, now)
}

/// What was reported of one post and waits for a decision.
#[derive(Clone, Debug)]
pub struct Waiting {
    pub post: Post,
    pub thread: Thread,
    /// The reply, where one was reported.
    pub reply: Option<Reply>,
    /// Reason, detail, time; the oldest first. Who reported is nobody's business.
    pub reports: Vec<(ReportReason, String, At)>,
}

impl Waiting {
    pub fn visibility(&self) -> Visibility {
        self.reply
            .as_ref()
            .map_or(self.thread.visibility, |reply| reply.visibility)
    }
}

/// Posts with reports that nobody has decided on, the one that waits longest first; of at most `limit` reports.
///
/// # Errors
/// `SignInRequired`, `Forbidden`.
pub fn waiting(db: &mut Db, who: &Who, limit: i64) -> Result<Vec<Waiting>> {
    who.may(Action::Moderate)?;
    let reports = store::open_reports(db, limit)?;
    let ids: Vec<Id> = reports.iter().map(|report| report.thread).collect();
    let threads: HashMap<Id, Thread> = threads::in_full(db, &ids)?
        .into_iter()
        .map(|thread| (thread.id, thread))
        .collect();
    let ids: Vec<Id> = reports.iter().filter_map(|report| report.reply).collect();
    let replies: HashMap<Id, Reply> = replies::in_full(db, who, &ids)?
        .into_iter()
        .map(|reply| (reply.id, reply))
        .collect();
    let mut all: Vec<Waiting> = Vec::new();
    for report in reports {
        let post = report
            .reply
            .map_or(Post::Thread(report.thread), Post::Reply);
        let told = (report.reason, report.detail, report.at);
        if let Some(known) = all.iter_mut().find(|known| known.post == post) {
            known.reports.push(told);
        } else if let Some(thread) = threads.get(&report.thread) {
            all.push(Waiting {
                post,
                thread: thread.clone(),
                reply: report.reply.and_then(|id| replies.get(&id).cloned()),
                reports: vec![told],
            });
        }
    }
    Ok(all)
}

/// How many reports wait for a decision.
///
/// # Errors
/// `SignInRequired`, `Forbidden`.
pub fn count_waiting(db: &mut Db, who: &Who) -> Result<i64> {
    who.may(Action::Moderate)?;
    store::count_open(db)
}

/// Tells the moderators of a post. 「個人情報かもしれない」 holds it at once, until somebody has looked.
///
/// # Errors
/// `NotFound` for what `who` may not see, `Invalid`.
pub fn report(
    db: &mut Db,
    who: &Who,
    post: Post,
    reason: &str,
    detail: &str,
    now: At,
) -> Result<Id> {
    use crate::db::types::Word;
    who.may(Action::Post)?;
    let reason = ReportReason::from_word(reason.trim())
        .or_else(|| {
            ReportReason::ALL
                .iter()
                .copied()
                .find(|known| known.name() == reason.trim())
        })
        .ok_or_else(|| Error::field("reason", "unknown", "理由を一覧から選んでください。"))?;
    let detail = DETAIL
        .parse_optional(detail)
        .map_err(|error| Error::Invalid(crate::error::FieldErrors(vec![error])))?
        .unwrap_or_default();
    let (thread, reply) = match post {
        Post::Thread(id) => {
            let thread = threads::find(db, who, id)?;
            if reason == ReportReason::PersonalData && thread.visibility == Visibility::Visible {
                threads::set_visibility(db, id, Visibility::Held, now)?;
            }
            (id, None)
        }
        Post::Reply(id) => {
            let reply = replies::find(db, who, id)?;
            if reason == ReportReason::PersonalData && reply.visibility == Visibility::Visible {
                replies::set_visibility(db, &reply, Visibility::Held, now)?;
            }
            (reply.thread, Some(id))
        }
    };
    store::insert_report(
        db,
        &store::NewReport {
            id: Id::new(now),
            reporter: who.member()?.id,
            thread,
            reply,
            reason,
            detail: &detail,
            now,
        },
    )
}
