//! Notices on the site: replies that concern a person, what moderators decided of their posts, and which of both they have
//! not seen yet.

use std::collections::HashMap;

use chrono::TimeDelta;

use super::store;
use crate::accounts::{self, Action, Who};
use crate::clock::At;
use crate::db::Db;
use crate::db::types::Word;
use crate::error::Result;
use crate::id::Id;
use crate::moderation::Post;
use crate::moderation::log::{Decided, Deed};
use crate::replies::{self, Reply};
use crate::text_enum;
use crate::threads::{self, Kind, Summary, Thread, Visibility};
use crate::tryouts::{self, Tryout};

text_enum! {
    /// Why a reply is told.
    pub enum Event {
        /// It answers what one wrote.
        Own = "own",
        Mention = "mention",
        Followed = "followed",
        /// One's own reply was chosen as the answer.
        Accepted = "accepted",
    }
}

/// How long notices are kept.
pub const KEPT: TimeDelta = TimeDelta::days(180);

/// A notice with what it is about.
#[derive(Clone, Debug)]
pub struct Told {
    pub why: Event,
    pub thread: Summary,
    pub reply: Reply,
    pub at: At,
    pub new: bool,
}

impl Told {
    pub fn words(&self) -> &'static str {
        match (self.why, self.thread.kind) {
            (Event::Own, Kind::Question) => "あなたの質問に回答がありました",
            (Event::Own, _) => "あなたの投稿に返信がありました",
            (Event::Mention, _) => "あなたの名前を呼んだ返信があります",
            (Event::Followed, _) => "続きを追っている話題に返信がありました",
            (Event::Accepted, _) => "あなたの回答が、解決した回答に選ばれました",
        }
    }
}

/// A decision on a post of one's own.
#[derive(Clone, Debug)]
pub struct Ruling {
    pub decision: String,
    pub post: Post,
    /// Of the thread, or of the thread of the reply.
    pub title: String,
    pub reason: String,
    pub at: At,
    pub new: bool,
    /// Whether its author can still open it.
    pub open: bool,
}

impl Ruling {
    /// Whether it tells of a step rather than of a decision, which has a reason.
    pub fn is_step(&self) -> bool {
        Step::from_word(&self.decision).is_some()
    }

    pub fn words(&self) -> &'static str {
        if let Some(step) = Step::from_word(&self.decision) {
            return step.words();
        }
        let is = |deed: Deed| self.decision == deed.to_string();
        if is(Deed::Held) {
            "あなたの投稿が、確認のため非公開になりました"
        } else if is(Deed::Hidden) {
            "あなたの投稿が、非公開になりました"
        } else if is(Deed::Shown) {
            "あなたの投稿が、みんなに見えるようになりました"
        } else if is(Deed::Removed) {
            "あなたの投稿を、運営担当が取り下げました"
        } else if is(Deed::TryoutRemoved) {
            "あなたの「まねしてみた」を、運営担当が取り下げました"
        } else if is(Deed::Moved) {
            "あなたの投稿の分類を直しました"
        } else if is(Deed::Linked) {
            "あなたの投稿を、同じ話題とつなぎました"
        } else if is(Deed::Merged) {
            "あなたの投稿を、同じ話題にまとめました"
        } else if is(Deed::Locked) {
            "あなたの投稿を締め切りました"
        } else if is(Deed::Unlocked) {
            "あなたの投稿の締め切りをやめました"
        } else if is(Deed::Recommended) {
            "あなたの投稿が、研修担当のおすすめになりました"
        } else if is(Deed::Unrecommended) {
            "あなたの投稿への、研修担当のおすすめが外れました"
        } else if is(Deed::ProposalAccepted) {
            "あなたが推薦した話題が、研修担当のおすすめになりました"
        } else if is(Deed::ProposalDeclined) {
            "あなたが推薦した話題は、今回はおすすめになりませんでした"
        } else if is(Deed::FreshnessAsked) {
            "あなたの投稿がいまも同じか、研修担当が確かめています"
        } else if is(Deed::Verified) {
            "あなたの投稿が、いまも使えると確かめられました"
        } else if is(Deed::Outdated) {
            "あなたの投稿に、古い内容という印がつきました"
        } else {
            "あなたの投稿について、運営担当からのお知らせです"
        }
    }
}

impl Ruling {
    /// Who says it, where it is not a decision of moderators: never more than the role.
    pub fn from(&self) -> &'static str {
        let of_trainers = [
            Deed::Recommended,
            Deed::Unrecommended,
            Deed::ProposalAccepted,
            Deed::ProposalDeclined,
            Deed::FreshnessAsked,
            Deed::Verified,
            Deed::Outdated,
        ];
        let is = |deed: &Deed| self.decision == deed.to_string();
        if of_trainers.iter().any(is) && !self.reason.is_empty() {
            "研修担当から"
        } else {
            ""
        }
    }
}

/// Tells the author of a post what was decided of it. Telling it twice is telling it once.
pub fn note_decided(db: &mut Db, decided: &Decided) -> Result<()> {
    store::insert_post_notice(db, decided)
}

/// One's own newest decisions, of posts whose thread one may know of.
///
/// # Errors
/// `SignInRequired`.
pub fn rulings(db: &mut Db, who: &Who, limit: i64) -> Result<Vec<Ruling>> {
    who.may(Action::Post)?;
    let own = who.member()?.id;
    let rows = store::post_notices(db, own, limit)?;
    // A reply may stand in another thread by now.
    let answers: Vec<Id> = rows.iter().filter_map(|row| row.reply).collect();
    let answers: HashMap<Id, (Id, Visibility)> = if answers.is_empty() {
        HashMap::new()
    } else {
        let house = accounts::house();
        replies::in_full(db, &house, &answers)?
            .into_iter()
            .map(|reply| (reply.id, (reply.thread, reply.visibility)))
            .collect()
    };
    let place = |row: &store::PostNotice| {
        let answer = row.reply.and_then(|id| answers.get(&id));
        answer.map_or(row.thread, |(thread, _)| *thread)
    };
    let ids: Vec<Id> = rows.iter().map(place).collect();
    let threads: HashMap<Id, Thread> = threads::in_full(db, &ids)?
        .into_iter()
        .map(|thread| (thread.id, thread))
        .collect();
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let thread = threads.get(&place(&row))?;
            let seen = thread.visibility.shows(who, thread.author) || thread.merged_into.is_some();
            if !seen && !thread.author.is(own) {
                return None;
            }
            let answer = row.reply.and_then(|id| answers.get(&id));
            let back = |visibility: Visibility| visibility == Visibility::Deleted;
            Some(Ruling {
                post: row.reply.map_or(Post::Thread(row.thread), Post::Reply),
                title: thread.title.clone(),
                open: seen && !answer.is_some_and(|(_, visibility)| back(*visibility)),
                decision: row.decision,
                reason: row.reason,
                at: row.at,
                new: !row.seen,
            })
        })
        .collect())
}

text_enum! {
    /// What is told of a thread beside decisions; stands where the decision of a notice does.
    pub enum Step {
        Received = "environment:received",
        Investigating = "environment:investigating",
        Planned = "environment:planned",
        Solved = "environment:solved",
    }
}

impl Step {
    fn words(self) -> &'static str {
        match self {
            Step::Received => "環境の困りごとを受け付けました",
            Step::Investigating => "環境の困りごとを調べています",
            Step::Planned => "環境の困りごとへの対応の予定が決まりました",
            Step::Solved => "環境の困りごとが解決しました",
        }
    }
}

/// A step to be told.
pub struct StepNews {
    /// Of the step: telling it twice is telling it once.
    pub id: Id,
    pub thread: Id,
    pub step: Step,
    /// Who made it: they know.
    pub by: Id,
    /// With the role of who made it.
    pub text: String,
    pub at: At,
}

/// Tells the author of a thread, and those who follow it, of a step; nobody where it cannot be seen any more.
pub fn note_step(db: &mut Db, news: &StepNews) -> Result<()> {
    let house = accounts::house();
    let Some(thread) = threads::visible(db, &house, &[news.thread])?
        .into_iter()
        .next()
    else {
        return Ok(());
    };
    let mut concerned = replies::marks::followers(db, news.thread)?;
    concerned.push(thread.author.addressee());
    concerned.sort_unstable();
    concerned.dedup();
    concerned.retain(|account| *account != news.by);
    for account in accounts::active_among(db, &concerned)? {
        // One notice for each step and person, whatever the number of attempts.
        let id = Id::from_u128(news.id.as_u128() ^ account.as_u128().rotate_left(64));
        store::insert_step_notice(db, id, account, news)?;
    }
    Ok(())
}

/// Notes that a reply is told to somebody. Noting it twice is noting it once.
pub(super) fn note(db: &mut Db, account: Id, reply: Id, why: Event, at: At) -> Result<()> {
    store::insert_site_notice(db, account, reply, why, at)
}

/// Tells the author of a reply that it was chosen; nobody where it is gone or they chose it themselves.
pub fn note_accepted(db: &mut Db, reply: Id, now: At) -> Result<()> {
    let Some(reply) = replies::visible_by_ids(db, &[reply])?.into_iter().next() else {
        return Ok(());
    };
    let house = accounts::house();
    let thread = threads::visible(db, &house, &[reply.thread])?
        .into_iter()
        .next();
    let account = reply.author.addressee();
    let here = !accounts::active_among(db, &[account])?.is_empty();
    if here && thread.is_some_and(|thread| !thread.author.is_same_hand(reply.author)) {
        note(db, account, reply.id, Event::Accepted, now)?;
    }
    Ok(())
}

/// A try-out of one's own practice.
#[derive(Clone, Debug)]
pub struct Tried {
    pub thread: Summary,
    pub tryout: Tryout,
    pub at: At,
    pub new: bool,
}

/// Tells the author of a practice that it was tried; nobody where the record or the practice is gone. Telling it twice is
/// telling it once.
pub fn note_tryout(db: &mut Db, tryout: Id) -> Result<()> {
    let Some(tryout) = tryouts::visible_by_ids(db, &[tryout])?.pop() else {
        return Ok(());
    };
    let house = accounts::house();
    let Some(thread) = threads::visible(db, &house, &[tryout.thread])?.pop() else {
        return Ok(());
    };
    let account = thread.author.addressee();
    if thread.author.is_same_hand(tryout.author)
        || accounts::active_among(db, &[account])?.is_empty()
    {
        return Ok(());
    }
    store::insert_tryout_notice(db, account, tryout.id, tryout.created_at)
}

/// The newest try-outs of one's own practices, of what can still be seen.
///
/// # Errors
/// `SignInRequired`.
pub fn tried(db: &mut Db, who: &Who, limit: i64) -> Result<Vec<Tried>> {
    who.may(Action::Post)?;
    let rows = store::tryout_notices(db, who.member()?.id, limit)?;
    let ids: Vec<Id> = rows.iter().map(|row| row.tryout).collect();
    let tryouts: HashMap<Id, Tryout> = tryouts::visible_by_ids(db, &ids)?
        .into_iter()
        .map(|tryout| (tryout.id, tryout))
        .collect();
    let ids: Vec<Id> = tryouts.values().map(|tryout| tryout.thread).collect();
    let threads: HashMap<Id, Summary> = threads::visible(db, who, &ids)?
        .into_iter()
        .map(|thread| (thread.id, thread))
        .collect();
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let tryout = tryouts.get(&row.tryout)?.clone();
            let thread = threads.get(&tryout.thread)?.clone();
            Some(Tried {
                thread,
                tryout,
                at: row.at,
                new: !row.seen,
            })
        })
        .collect())
}

/// One's own newest notices, of what can still be seen.
///
/// # Errors
/// `SignInRequired`.
pub fn own(db: &mut Db, who: &Who, limit: i64) -> Result<Vec<Told>> {
    who.may(Action::Post)?;
    let rows = store::site_notices(db, who.member()?.id, limit)?;
    let ids: Vec<Id> = rows.iter().map(|row| row.reply).collect();
    let replies: HashMap<Id, Reply> = replies::visible_by_ids(db, &ids)?
        .into_iter()
        .map(|reply| (reply.id, reply))
        .collect();
    let mut ids: Vec<Id> = replies.values().map(|reply| reply.thread).collect();
    ids.sort_unstable();
    ids.dedup();
    let threads: HashMap<Id, Summary> = threads::visible(db, who, &ids)?
        .into_iter()
        .map(|thread| (thread.id, thread))
        .collect();
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let reply = replies.get(&row.reply)?.clone();
            let thread = threads.get(&reply.thread)?.clone();
            Some(Told {
                why: row.why,
                thread,
                reply,
                at: row.at,
                new: !row.seen,
            })
        })
        .collect())
}

/// How much one has not seen of all that the page of notices shows, opened seals and one's own requests among it; what was
/// hidden since is counted until it is seen. One query: the head of every page tells it.
pub fn count_new(db: &mut Db, who: &Who) -> Result<i64> {
    match who.id() {
        Some(account) => store::count_unseen(db, account, who.can(Action::Curate)),
        None => Ok(0),
    }
}

/// Everything up to now is seen.
///
/// # Errors
/// `SignInRequired`.
pub fn see(db: &mut Db, who: &Who, now: At) -> Result<()> {
    who.may(Action::Post)?;
    let account = who.member()?.id;
    store::see_post_notices(db, account, now)?;
    store::see_tryout_notices(db, account, now)?;
    store::see_notices(db, account, now)
}

/// Removes at most `limit` notices of long ago. Returns how many there were.
pub fn forget(db: &mut Db, limit: i64, now: At) -> Result<usize> {
    let before = now.minus(KEPT);
    Ok(store::forget_notices(db, before, limit)?
        + store::forget_post_notices(db, before, limit)?
        + store::forget_tryout_notices(db, before, limit)?)
}
