//! What all may see: holding, hiding and restoring posts with a reason, reports, and the log of who did what.
//! Nothing here erases.

pub mod api;
pub mod http;
mod store;

use crate::accounts::{Action, Who};
use crate::clock::At;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::id::Id;
use crate::replies;
use crate::text::Rule;
use crate::text_enum;
use crate::threads::{self, Visibility};

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
    let action = format!("visibility:{visibility}");
    store::log(db, who.member()?.id, &action, post, &reason, now)
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
