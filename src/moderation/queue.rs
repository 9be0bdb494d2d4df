//! What waits for moderators: posts that were reported, and posts whose authors ask for another look.

use std::collections::HashMap;

use super::claims::{self, Claim};
use super::log::{self, Entry};
use super::resubmit::Resubmitted;
use super::{Post, ReportReason, store};
use crate::accounts::{Action, Who};
use crate::clock::At;
use crate::db::Db;
use crate::error::Result;
use crate::id::Id;
use crate::replies::{self, Reply};
use crate::threads::{self, Thread, Visibility};

/// One post that waits for a decision, with everything that is known about it.
#[derive(Clone, Debug)]
pub struct Waiting {
    pub post: Post,
    pub thread: Thread,
    /// The reply, where it is about one.
    pub reply: Option<Reply>,
    /// Reason, detail, time; the oldest first. Who reported is nobody's business.
    pub reports: Vec<(ReportReason, String, At)>,
    /// What the author says to it, where they ask for another look.
    pub resubmitted: Option<Resubmitted>,
    pub claim: Option<Claim>,
    /// What was decided of it before, the newest first.
    pub earlier: Vec<Entry>,
}

impl Waiting {
    pub fn visibility(&self) -> Visibility {
        self.reply
            .as_ref()
            .map_or(self.thread.visibility, |reply| reply.visibility)
    }

    /// Since when it waits.
    pub fn since(&self) -> Option<At> {
        let asked = self.resubmitted.iter().map(|one| one.at);
        self.reports.iter().map(|(_, _, at)| *at).chain(asked).min()
    }
}

/// Posts that nobody has decided on, the one that waits longest first; of at most `limit` reports and as many
/// resubmissions.
///
/// # Errors
/// `SignInRequired`, `Forbidden`.
pub fn waiting(db: &mut Db, who: &Who, limit: i64, now: At) -> Result<Vec<Waiting>> {
    who.may(Action::Moderate)?;
    let reports = store::open_reports(db, limit)?;
    let asked = store::open_resubmissions(db, limit)?;
    let in_threads: Vec<Id> = reports
        .iter()
        .map(|report| report.thread)
        .chain(asked.iter().map(|one| one.thread))
        .collect();
    let threads: HashMap<Id, Thread> = threads::in_full(db, &in_threads)?
        .into_iter()
        .map(|thread| (thread.id, thread))
        .collect();
    let answers: Vec<Id> = reports
        .iter()
        .filter_map(|report| report.reply)
        .chain(asked.iter().filter_map(|one| match one.post {
            Post::Reply(id) => Some(id),
            Post::Thread(_) => None,
        }))
        .collect();
    let replies: HashMap<Id, Reply> = replies::in_full(db, who, &answers)?
        .into_iter()
        .map(|reply| (reply.id, reply))
        .collect();
    let blank = |post: Post, thread: Id| {
        Some(Waiting {
            post,
            thread: threads.get(&thread)?.clone(),
            reply: match post {
                Post::Reply(id) => replies.get(&id).cloned(),
                Post::Thread(_) => None,
            },
            reports: Vec::new(),
            resubmitted: None,
            claim: None,
            earlier: Vec::new(),
        })
    };
    let mut all: Vec<Waiting> = Vec::new();
    for report in reports {
        let post = report
            .reply
            .map_or(Post::Thread(report.thread), Post::Reply);
        let told = (report.reason, report.detail, report.at);
        if let Some(known) = all.iter_mut().find(|known| known.post == post) {
            known.reports.push(told);
        } else if let Some(mut fresh) = blank(post, report.thread) {
            fresh.reports.push(told);
            all.push(fresh);
        }
    }
    for one in asked {
        if let Some(known) = all.iter_mut().find(|known| known.post == one.post) {
            known.resubmitted = Some(one);
        } else if let Some(mut fresh) = blank(one.post, one.thread) {
            fresh.resubmitted = Some(one);
            all.push(fresh);
        }
    }
    all.sort_by_key(Waiting::since);
    add_history(db, &mut all, now)?;
    Ok(all)
}

/// Who has each of them, and what was decided before.
fn add_history(db: &mut Db, all: &mut [Waiting], now: At) -> Result<()> {
    let posts: Vec<Post> = all.iter().map(|one| one.post).collect();
    let ids: Vec<Id> = posts.iter().map(|post| post.id()).collect();
    let claims = claims::of_posts(db, &ids, now)?;
    let decisions = log::of_posts(db, &posts)?;
    for one in all {
        one.claim = claims
            .iter()
            .find(|claim| claim.post == one.post.id())
            .copied();
        one.earlier = decisions
            .iter()
            .filter(|entry| match one.post {
                Post::Thread(id) => entry.thread == Some(id),
                Post::Reply(id) => entry.reply == Some(id),
            })
            .cloned()
            .collect();
    }
    Ok(())
}

/// How many reports and resubmissions wait for a decision.
///
/// # Errors
/// `SignInRequired`, `Forbidden`.
pub fn count_waiting(db: &mut Db, who: &Who) -> Result<i64> {
    who.may(Action::Moderate)?;
    Ok(store::count_open(db)? + store::count_resubmissions(db)?)
}
