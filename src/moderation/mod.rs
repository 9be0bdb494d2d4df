//! What all may see: holding, hiding and restoring posts with a reason, reports, and the log of who did what; where
//! threads belong. Nothing here erases.

pub mod api;
pub mod claims;
pub mod duplicates;
pub mod http;
pub mod lock;
pub mod log;
pub mod moves;
mod queue;
pub mod resubmit;
mod store;
pub mod view;

pub use self::queue::{Waiting, count_waiting, waiting};
use crate::accounts::{Action, Who, Writer};
use crate::clock::At;
use crate::db::Db;
use crate::error::{Error, FieldError, FieldErrors, Result};
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

impl Post {
    pub fn id(self) -> Id {
        match self {
            Post::Thread(id) | Post::Reply(id) => id,
        }
    }

    /// Its address, without a slash at the end.
    pub fn path(self) -> String {
        match self {
            Post::Thread(id) => format!("/threads/{id}"),
            Post::Reply(id) => format!("/replies/{id}"),
        }
    }
}

/// A post as it stands: a thread, or a reply with its thread.
#[derive(Clone, Debug)]
pub struct Place {
    pub thread: Thread,
    pub reply: Option<Reply>,
}

impl Place {
    pub fn post(&self) -> Post {
        self.reply
            .as_ref()
            .map_or(Post::Thread(self.thread.id), |reply| Post::Reply(reply.id))
    }

    pub fn author(&self) -> Writer {
        self.reply
            .as_ref()
            .map_or(self.thread.author, |reply| reply.author)
    }

    pub fn body(&self) -> &str {
        self.reply
            .as_ref()
            .map_or(&self.thread.body, |reply| &reply.body)
    }

    pub fn visibility(&self) -> Visibility {
        self.reply
            .as_ref()
            .map_or(self.thread.visibility, |reply| reply.visibility)
    }

    pub fn revision(&self) -> i32 {
        self.reply
            .as_ref()
            .map_or(self.thread.revision, |reply| reply.revision)
    }
}

/// A post that `who` may see.
///
/// # Errors
/// `NotFound`, `SignInRequired`.
pub fn place(db: &mut Db, who: &Who, post: Post) -> Result<Place> {
    match post {
        Post::Thread(id) => Ok(Place {
            thread: threads::find(db, who, id)?,
            reply: None,
        }),
        Post::Reply(id) => {
            let reply = replies::find(db, who, id)?;
            Ok(Place {
                thread: threads::find(db, who, reply.thread)?,
                reply: Some(reply),
            })
        }
    }
}

fn parsed<T>(parsed: std::result::Result<T, FieldError>) -> Result<T> {
    parsed.map_err(|error| Error::Invalid(FieldErrors(vec![error])))
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
    let reason = parsed(REASON.parse(reason))?;
    let deed = log::Deed::of(visibility).ok_or_else(|| {
        Error::field(
            "visibility",
            "unknown",
            "visible・held・hidden のどれかにしてください。",
        )
    })?;
    let place = place(db, who, post)?;
    match &place.reply {
        None => threads::set_visibility(db, place.thread.id, visibility, now)?,
        Some(reply) => replies::set_visibility(db, reply, visibility, now)?,
    }
    let moderator = who.member()?.id;
    // A decision answers whatever was reported of the post, and its author.
    store::answer(db, post, moderator, now)?;
    let asked = store::decide_resubmission(db, post, moderator, now)?;
    store::drop_claim(db, post)?;
    log::note(db, who, post, deed, &reason, now)?;
    // Whoever was reported in vain need not hear of it.
    if asked || place.visibility() != Visibility::Visible || visibility != Visibility::Visible {
        log::tell(db, who, &place, deed, &reason, now)?;
    }
    Ok(())
}

/// Settles what waits of a post that was taken back, in the transaction that did it. By a moderator that is a decision,
/// which answers reports and is told; by its author it is nobody's business.
pub fn removed(db: &mut Db, who: &Who, place: &Place, now: At) -> Result<()> {
    let (post, remover) = (place.post(), who.member()?.id);
    store::decide_resubmission(db, post, remover, now)?;
    if place.author().is_who(who) {
        return Ok(());
    }
    store::answer(db, post, remover, now)?;
    store::drop_claim(db, post)?;
    log::decide(db, who, place, log::Deed::Removed, "", now)
}

/// What the author of a post hears that a report has held.
pub const HELD_BY_REPORT: &str = "「個人情報かもしれない」という知らせがありました。運営担当が確かめるまで、非公開にしています。";

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
    let detail = parsed(DETAIL.parse_optional(detail))?.unwrap_or_default();
    let place = place(db, who, post)?;
    if reason == ReportReason::PersonalData && place.visibility() == Visibility::Visible {
        match &place.reply {
            None => threads::set_visibility(db, place.thread.id, Visibility::Held, now)?,
            Some(reply) => replies::set_visibility(db, reply, Visibility::Held, now)?,
        }
        log::tell(db, who, &place, log::Deed::Held, HELD_BY_REPORT, now)?;
    }
    let (thread, reply) = (place.thread.id, place.reply.map(|reply| reply.id));
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
