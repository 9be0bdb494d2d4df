//! The log of who did what to somebody else's post or account, and why; and what the authors are told of it. Rows are only
//! ever added: the databases refuse everything else.

pub mod http;
mod store;

use serde::{Deserialize, Serialize};

use super::{Place, Post};
use crate::accounts::{self, Action, Who, Writer};
use crate::clock::At;
use crate::db::Db;
use crate::db::types::Word;
use crate::error::Result;
use crate::id::Id;
use crate::jobs;
use crate::text_enum;
use crate::threads::{Cursor, Page, Visibility};

text_enum! {
    /// What was done.
    pub enum Deed {
        Shown = "visibility:visible",
        Held = "visibility:held",
        Hidden = "visibility:hidden",
        Removed = "removed",
        Moved = "moved",
        Linked = "linked",
        Unlinked = "unlinked",
        Merged = "merged",
        Locked = "locked",
        Unlocked = "unlocked",
        TryoutRemoved = "tryout:removed",
        SealAsked = "seal:asked",
        SealAgreed = "seal:agreed",
        SealDeclined = "seal:declined",
        SealSeen = "seal:seen",
        Recommended = "recommended",
        Unrecommended = "unrecommended",
        ProposalAccepted = "proposal:accepted",
        ProposalDeclined = "proposal:declined",
        FreshnessAsked = "freshness:asked",
        Verified = "freshness:verified",
        Outdated = "freshness:outdated",
        Created = "created",
        Role = "role",
        Suspended = "suspended",
        Restored = "restored",
    }
}

impl Deed {
    pub fn name(self) -> &'static str {
        match self {
            Deed::Shown => "公開にした",
            Deed::Held => "確認のため非公開にした",
            Deed::Hidden => "非公開にした",
            Deed::Removed => "取り下げた",
            Deed::Moved => "分類を直した",
            Deed::Linked => "同じ話題とつないだ",
            Deed::Unlinked => "同じ話題とのつながりを外した",
            Deed::Merged => "ほかの話題にまとめた",
            Deed::Locked => "締め切った",
            Deed::Unlocked => "締め切りをやめた",
            Deed::TryoutRemoved => "まねしてみたを取り下げた",
            Deed::SealAsked => "名前の確認を申し出た",
            Deed::SealAgreed => "名前の確認に合意した",
            Deed::SealDeclined => "名前の確認を見送った",
            Deed::SealSeen => "名前を見た",
            Deed::Recommended => "おすすめにした",
            Deed::Unrecommended => "おすすめを外した",
            Deed::ProposalAccepted => "推薦を受けた",
            Deed::ProposalDeclined => "推薦を見送った",
            Deed::FreshnessAsked => "いまも同じかをたずねた",
            Deed::Verified => "いまも使えると確かめた",
            Deed::Outdated => "古い内容と示した",
            Deed::Created => "利用者を登録した",
            Deed::Role => "役割を変えた",
            Deed::Suspended => "利用を止めた",
            Deed::Restored => "また使えるようにした",
        }
    }

    /// The deed that sets this visibility; None for what only authors set.
    pub(super) fn of(visibility: Visibility) -> Option<Deed> {
        match visibility {
            Visibility::Visible => Some(Deed::Shown),
            Visibility::Held => Some(Deed::Held),
            Visibility::Hidden => Some(Deed::Hidden),
            Visibility::Deleted => None,
        }
    }
}

/// The words for what stands in the log; also for deeds that another version of the program has written.
pub fn name_of(action: &str) -> &'static str {
    Deed::from_word(action).map_or("そのほか", Deed::name)
}

/// An entry about to be written.
pub(super) struct NewEntry<'a> {
    pub actor: Id,
    pub deed: Deed,
    pub thread: Option<Id>,
    pub reply: Option<Id>,
    pub person: Option<Id>,
    pub reason: &'a str,
}

/// An entry as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub id: Id,
    pub actor: Id,
    pub action: String,
    pub thread: Option<Id>,
    pub reply: Option<Id>,
    pub person: Option<Id>,
    pub reason: String,
    pub at: At,
}

/// Job kind: the author of a post is to hear what was decided of it; its payload is a `Decided`.
pub const DECIDED: &str = "post_decided";

/// What was decided of somebody's post.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Decided {
    pub id: Id,
    /// The author.
    pub account: Id,
    pub thread: Id,
    pub reply: Option<Id>,
    pub decision: Deed,
    /// In the moderator's words; empty where none were wanted.
    pub reason: String,
    pub at: At,
}

/// Writes down what `who` did to a post of somebody else, and has its author told.
pub fn decide(
    db: &mut Db,
    who: &Who,
    place: &Place,
    deed: Deed,
    reason: &str,
    now: At,
) -> Result<()> {
    note(db, who, place.post(), deed, reason, now)?;
    tell(db, who, place, deed, reason, now)
}

/// Writes down what `who` did to a post.
///
/// # Errors
/// `SignInRequired`.
pub fn note(db: &mut Db, who: &Who, post: Post, deed: Deed, reason: &str, now: At) -> Result<()> {
    let (thread, reply) = match post {
        Post::Thread(id) => (Some(id), None),
        Post::Reply(id) => (None, Some(id)),
    };
    let entry = NewEntry {
        actor: who.member()?.id,
        deed,
        thread,
        reply,
        person: None,
        reason,
    };
    store::insert(db, &entry, now)
}

/// Has the author of a post told; not of what they did themselves.
pub(super) fn tell(
    db: &mut Db,
    who: &Who,
    place: &Place,
    deed: Deed,
    reason: &str,
    now: At,
) -> Result<()> {
    if place.author().is_who(who) {
        return Ok(());
    }
    let decided = Decided {
        id: Id::new(now),
        account: place.author().addressee(),
        thread: place.thread.id,
        reply: place.reply.as_ref().map(|reply| reply.id),
        decision: deed,
        reason: reason.to_owned(),
        at: now,
    };
    enqueue_decided(db, &decided)
}

/// Writes down that `who` took back what somebody recorded of a practice, and has that person told. It stands in the log as
/// done in the practice's thread.
///
/// # Errors
/// `SignInRequired`, `Forbidden`.
pub fn took_tryout(
    db: &mut Db,
    who: &Who,
    (thread, author): (Id, Writer),
    reason: &str,
    now: At,
) -> Result<()> {
    who.may(Action::Moderate)?;
    note(
        db,
        who,
        Post::Thread(thread),
        Deed::TryoutRemoved,
        reason,
        now,
    )?;
    enqueue_decided(
        db,
        &Decided {
            id: Id::new(now),
            account: author.addressee(),
            thread,
            reply: None,
            decision: Deed::TryoutRemoved,
            reason: reason.to_owned(),
            at: now,
        },
    )
}

fn enqueue_decided(db: &mut Db, decided: &Decided) -> Result<()> {
    let payload = serde_json::to_value(decided).map_err(crate::error::Error::internal)?;
    jobs::enqueue(db, DECIDED, &payload, decided.at, decided.at).map(|_| ())
}

/// Has somebody told what came of a thread that is not theirs: what they had proposed was decided on.
pub fn tell_person(
    db: &mut Db,
    account: Id,
    thread: Id,
    deed: Deed,
    reason: &str,
    now: At,
) -> Result<()> {
    let decided = Decided {
        id: Id::new(now),
        account,
        thread,
        reply: None,
        decision: deed,
        reason: reason.to_owned(),
        at: now,
    };
    let payload = serde_json::to_value(decided).map_err(crate::error::Error::internal)?;
    jobs::enqueue(db, DECIDED, &payload, now, now).map(|_| ())
}

/// Writes down what `who` did to an account, in the transaction that did it.
///
/// # Errors
/// `SignInRequired`, `Forbidden`.
pub fn note_person(
    db: &mut Db,
    who: &Who,
    person: Id,
    deed: Deed,
    reason: &str,
    now: At,
) -> Result<()> {
    who.may(Action::ManagePeople)?;
    let entry = NewEntry {
        actor: who.member()?.id,
        deed,
        thread: None,
        reply: None,
        person: Some(person),
        reason,
    };
    store::insert(db, &entry, now)
}

/// The decisions on what all may see of these posts, the newest first.
pub(super) fn of_posts(db: &mut Db, posts: &[Post]) -> Result<Vec<Entry>> {
    store::decisions(db, posts)
}

/// What is looked for in the log; None = any.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// A part of the name of who did it, or of whom it was done to.
    pub person: Option<String>,
    pub deed: Option<Deed>,
    /// With everything that was done in it, and what was merged into it.
    pub thread: Option<Id>,
    /// A part of the reason.
    pub text: Option<String>,
    pub from: Option<At>,
    /// Before this moment.
    pub until: Option<At>,
}

/// A page of the log, the newest first.
///
/// # Errors
/// `SignInRequired`, `Forbidden`.
pub fn search(
    db: &mut Db,
    who: &Who,
    filter: &Filter,
    after: Option<Cursor>,
    limit: usize,
) -> Result<Page<Entry>> {
    who.may(Action::Moderate)?;
    let people = match &filter.person {
        Some(part) => Some(accounts::ids_like(db, who, part)?),
        None => None,
    };
    Page::read(
        limit,
        |wanted| store::search(db, filter, people.as_deref(), after, wanted),
        |last| Cursor {
            at: last.at,
            id: last.id,
        },
    )
}
