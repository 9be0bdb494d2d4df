//! The author's answer to a decision: the post put right, and a word to the moderators, who look at it again. It stays out
//! of sight until one of them has decided.

pub mod http;

use super::{Place, Post, log, place, store};
use crate::accounts::{Action, Who};
use crate::clock::At;
use crate::db::Db;
use crate::error::{Error, FieldErrors, Result};
use crate::id::Id;
use crate::replies;
use crate::text::{Rule, clean_block, clean_line, refuse_my_number};
use crate::threads::{self, Revision, ThreadPatch, Visibility};

pub const MESSAGE: Rule = Rule {
    field: "message",
    label: "運営担当へ",
    max: 500,
    lines: true,
    hint: "",
};

/// What the author sends.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// Of a thread; replies have none.
    pub title: String,
    pub body: String,
    /// To the moderators; may be empty.
    pub message: String,
    /// The revision that the author had before them.
    pub revision: Option<i32>,
}

/// A post that waits for another look.
#[derive(Clone, Debug)]
pub struct Resubmitted {
    pub post: Post,
    pub thread: Id,
    pub message: String,
    pub at: At,
    /// The version that was held; None where it is still the present one.
    pub before: Option<Revision>,
}

/// How a post of one's own stands that not all can see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The moderator's words; None where a report held it and nobody has looked yet.
    pub reason: Option<String>,
    /// When the author asked for another look that nobody has given yet.
    pub asked: Option<At>,
}

/// A post of one's own that can be put right.
///
/// # Errors
/// `NotFound`, `Forbidden`; `Conflict` for what all can see.
pub fn answerable(db: &mut Db, who: &Who, post: Post) -> Result<Place> {
    let place = place(db, who, post)?;
    who.may(Action::Edit {
        author: place.author(),
    })?;
    match place.visibility() {
        Visibility::Held | Visibility::Hidden => Ok(place),
        Visibility::Visible | Visibility::Deleted => Err(Error::Conflict(
            "この投稿は、いまみんなに見えています。直すときは「書き直す」をお使いください。"
                .to_owned(),
        )),
    }
}

/// Changes the post where the text differs, and asks for another look.
///
/// # Errors
/// As `answerable`; `Conflict` while another look is waited for; `Invalid`, `Stale`.
pub fn resubmit(db: &mut Db, who: &Who, post: Post, answer: &Answer, now: At) -> Result<()> {
    let place = answerable(db, who, post)?;
    let mut errors = FieldErrors::default();
    let message = errors.take(MESSAGE.parse_optional(&answer.message).and_then(|message| {
        if let Some(message) = &message {
            refuse_my_number("message", message)?;
        }
        Ok(message.unwrap_or_default())
    }));
    match change(db, who, &place, answer, now) {
        Err(Error::Invalid(found)) => errors.0.splice(0..0, found.0).for_each(drop),
        done => done?,
    }
    let Some(message) = message.filter(|_| errors.is_empty()) else {
        return Err(Error::Invalid(errors));
    };
    let asked = store::insert_resubmission(
        db,
        &store::NewResubmission {
            id: Id::new(now),
            place: &place,
            message: &message,
            now,
        },
    )?;
    if asked {
        Ok(())
    } else {
        Err(Error::Conflict(
            "もう一度見てもらうことは、すでにお願いしてあります。運営担当が決めるまでお待ちください。"
                .to_owned(),
        ))
    }
}

fn change(db: &mut Db, who: &Who, place: &Place, answer: &Answer, now: At) -> Result<()> {
    let body_differs = clean_block(&answer.body) != place.body();
    match &place.reply {
        Some(reply) if body_differs => {
            let body = Some(answer.body.as_str());
            replies::edit(db, who, reply.id, body, None, answer.revision, now)?;
        }
        None if body_differs || clean_line(&answer.title) != place.thread.title => {
            let patch = ThreadPatch {
                title: Some(answer.title.clone()),
                body: Some(answer.body.clone()),
                ..ThreadPatch::default()
            };
            threads::edit(db, who, place.thread.id, &patch, answer.revision, now)?;
        }
        _ => {}
    }
    Ok(())
}

/// How these posts stand, those that are held or hidden, in their order. Whose they are is the caller's check.
pub fn standings(db: &mut Db, posts: &[Post]) -> Result<Vec<Standing>> {
    if posts.is_empty() {
        return Ok(Vec::new());
    }
    let decisions = log::of_posts(db, posts)?;
    let ids: Vec<Id> = posts.iter().map(|post| post.id()).collect();
    let asked = store::asked(db, &ids)?;
    Ok(posts
        .iter()
        .map(|post| {
            let last = decisions
                .iter()
                .find(|entry| match post {
                    Post::Thread(id) => entry.thread == Some(*id),
                    Post::Reply(id) => entry.reply == Some(*id),
                })
                .filter(|entry| entry.action != log::Deed::Shown.to_string());
            Standing {
                reason: last.map(|entry| entry.reason.clone()),
                asked: asked
                    .iter()
                    .find(|(id, _)| *id == post.id())
                    .map(|(_, at)| *at),
            }
        })
        .collect())
}
