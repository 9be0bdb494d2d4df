//! Whose a sealed post is: nobody learns it alone. One moderator asks with a reason, another one agrees; then these two may
//! see the name, the post stays sealed for all others, the log keeps every step and the author is told.

pub mod http;
mod store;
pub mod view;

use std::collections::HashMap;

use chrono::TimeDelta;

use crate::accounts::{self, Action, Person, Signature, State, Who, Writer};
use crate::clock::At;
use crate::db::Db;
use crate::error::{Error, FieldErrors, Result};
use crate::id::Id;
use crate::jobs;
use crate::moderation::Post;
use crate::moderation::log::{self, Deed};
use crate::replies::{self, Reply};
use crate::text::Rule;
use crate::text_enum;
use crate::threads::{self, Thread};

pub const REASON: Rule = Rule {
    field: "reason",
    label: "理由",
    max: 500,
    lines: true,
    hint: "理由を書いてください。もう一人の運営担当と、書いた人が読みます。",
};
/// How long a second moderator may agree.
pub const AGREE_WITHIN: TimeDelta = TimeDelta::days(7);
/// Job kind: a seal was opened; its payload names the request.
pub const OPENED: &str = "seal_opened";

text_enum! {
    pub enum Standing {
        Asked = "asked",
        Agreed = "agreed",
        Declined = "declined",
    }
}

/// A moderator's wish to know whose a post is.
#[derive(Clone, Debug)]
pub struct Request {
    pub id: Id,
    pub post: Post,
    pub thread: Id,
    pub author: Writer,
    pub asker: Id,
    pub reason: String,
    pub asked_at: At,
    pub standing: Standing,
    /// Who agreed or declined.
    pub second: Option<Id>,
    pub decided_at: Option<At>,
}

impl Request {
    /// Until when another moderator may agree.
    pub fn ends_at(&self) -> At {
        self.asked_at.plus(AGREE_WITHIN)
    }

    pub fn waits(&self, now: At) -> bool {
        self.standing == Standing::Asked && now <= self.ends_at()
    }

    /// Whether `who` is one of the two who may see the name.
    pub fn is_opened_for(&self, who: &Who) -> bool {
        let one_of_two = who
            .id()
            .is_some_and(|id| id == self.asker || self.second == Some(id));
        self.standing == Standing::Agreed && one_of_two && who.can(Action::Moderate)
    }
}

/// A post as those who decide see it.
#[derive(Clone, Debug)]
pub struct Subject {
    pub thread: Thread,
    pub reply: Option<Reply>,
}

impl Subject {
    fn find(db: &mut Db, who: &Who, post: Post) -> Result<Subject> {
        match post {
            Post::Thread(id) => Ok(Subject {
                thread: threads::find(db, who, id)?,
                reply: None,
            }),
            Post::Reply(id) => {
                let reply = replies::find(db, who, id)?;
                Ok(Subject {
                    thread: threads::find(db, who, reply.thread)?,
                    reply: Some(reply),
                })
            }
        }
    }

    fn author(&self) -> Writer {
        self.reply
            .as_ref()
            .map_or(self.thread.author, |reply| reply.author)
    }

    pub fn signature(&self) -> &Signature {
        self.reply
            .as_ref()
            .map_or(&self.thread.signature, |reply| &reply.signature)
    }

    pub fn body(&self) -> &str {
        self.reply
            .as_ref()
            .map_or(&self.thread.body, |reply| &reply.body)
    }
}

/// A sealed post that `who` may ask about.
///
/// # Errors
/// `Forbidden` for those who do not moderate, `NotFound` for what is not sealed, and for one's own: their authors need
/// nobody's word, and others do not learn from an answer who they are.
pub fn subject(db: &mut Db, who: &Who, post: Post) -> Result<Subject> {
    who.may(Action::Moderate)?;
    let subject = Subject::find(db, who, post)?;
    if !subject.signature().is_sealed() || subject.author().is_who(who) {
        return Err(Error::NotFound);
    }
    Ok(subject)
}

/// Asks for the name behind a sealed post.
///
/// # Errors
/// As `subject`; `Invalid` without a reason, or while another request for the post waits.
pub fn ask(db: &mut Db, who: &Who, post: Post, reason: &str, now: At) -> Result<Id> {
    let subject = subject(db, who, post)?;
    let reason = REASON
        .parse(reason)
        .map_err(|error| Error::Invalid(FieldErrors(vec![error])))?;
    threads::hold(db, subject.thread.id)?;
    for known in store::asked_of(db, subject.thread.id)? {
        if known.post == post && known.waits(now) && asker_moderates(db, &known)? {
            return Err(Error::field(
                "reason",
                "waiting",
                "この投稿については、もう申し出があります。「名前の確認」の一覧を見てください。",
            ));
        }
    }
    let request = Request {
        id: Id::new(now),
        post,
        thread: subject.thread.id,
        author: subject.author(),
        asker: who.member()?.id,
        reason,
        asked_at: now,
        standing: Standing::Asked,
        second: None,
        decided_at: None,
    };
    store::insert(db, &request)?;
    log::note(db, who, post, Deed::SealAsked, &request.reason, now)?;
    Ok(request.id)
}

fn asker_moderates(db: &mut Db, request: &Request) -> Result<bool> {
    let asker = accounts::by_id(db, request.asker)?;
    Ok(asker.state == State::Active && accounts::as_member(&asker).can(Action::Moderate))
}

/// A request that `who` may know of: of one's own posts nobody sees one before it is decided.
fn find(db: &mut Db, who: &Who, id: Id) -> Result<Request> {
    who.may(Action::Moderate)?;
    let request = store::by_id(db, id)?;
    if request.author.is_who(who) {
        return Err(Error::NotFound);
    }
    Ok(request)
}

/// A second moderator agrees: from now on the two may see the name.
///
/// # Errors
/// `NotFound`, `Forbidden` for the asker, after `AGREE_WITHIN`, when it is decided already, and when the asker no longer
/// moderates.
pub fn agree(db: &mut Db, who: &Who, id: Id, now: At) -> Result<()> {
    let request = find(db, who, id)?;
    if !asker_moderates(db, &request)? {
        return Err(Error::Forbidden(
            "申し出た人は、いまは運営担当ではありません。必要なら、もう一度申し出てください。",
        ));
    }
    let subject = Subject::find(db, who, request.post)?;
    if !subject.signature().is_sealed() {
        return Err(Error::Forbidden(
            "この投稿は、もう名前を出しています。確認は要りません。",
        ));
    }
    decide(db, who, &request, Standing::Agreed, now)?;
    jobs::enqueue(
        db,
        OPENED,
        &serde_json::json!({ "request": request.id }),
        now,
        now,
    )
    .map(|_| ())
}

/// A second moderator declines; the seal stays.
///
/// # Errors
/// As `agree`.
pub fn decline(db: &mut Db, who: &Who, id: Id, now: At) -> Result<()> {
    let request = find(db, who, id)?;
    decide(db, who, &request, Standing::Declined, now)
}

fn decide(db: &mut Db, who: &Who, request: &Request, standing: Standing, now: At) -> Result<()> {
    let second = who.member()?.id;
    if request.asker == second {
        return Err(Error::Forbidden(
            "申し出た人とは別の運営担当が決めます。ひとりでは名前を見られません。",
        ));
    }
    if request.standing == Standing::Asked && !request.waits(now) {
        return Err(Error::Forbidden(
            "申し出から7日を過ぎました。必要なら、もう一度申し出てください。",
        ));
    }
    if !store::decide(db, request.id, standing, second, now)? {
        return Err(Error::Forbidden("この申し出は、もう決まっています。"));
    }
    let deed = match standing {
        Standing::Agreed => Deed::SealAgreed,
        Standing::Declined | Standing::Asked => Deed::SealDeclined,
    };
    log::note(db, who, request.post, deed, &request.reason, now)
}

/// Whose the post is, for one of the two who decided it. Every look is in the log.
///
/// # Errors
/// `NotFound` for all others.
pub fn name_behind(db: &mut Db, who: &Who, id: Id, now: At) -> Result<(Request, Subject, Person)> {
    let request = find(db, who, id)?;
    if !request.is_opened_for(who) {
        return Err(Error::NotFound);
    }
    let subject = Subject::find(db, who, request.post)?;
    let person = accounts::by_id(db, request.author.addressee())?;
    log::note(db, who, request.post, Deed::SealSeen, &request.reason, now)?;
    Ok((request, subject, person))
}

/// The newest requests with their posts, without those about posts of `who`.
///
/// # Errors
/// `SignInRequired`, `Forbidden`.
pub fn list(db: &mut Db, who: &Who, limit: i64) -> Result<Vec<(Request, Subject)>> {
    who.may(Action::Moderate)?;
    let requests = store::newest(db, who.member()?.id, limit)?;
    with_posts(db, requests)
}

fn with_posts(db: &mut Db, requests: Vec<Request>) -> Result<Vec<(Request, Subject)>> {
    let house = accounts::house();
    let ids: Vec<Id> = requests.iter().map(|one| one.thread).collect();
    let threads: HashMap<Id, Thread> = threads::in_full(db, &ids)?
        .into_iter()
        .map(|thread| (thread.id, thread))
        .collect();
    let reply_of = |request: &Request| match request.post {
        Post::Thread(_) => None,
        Post::Reply(id) => Some(id),
    };
    let ids: Vec<Id> = requests.iter().filter_map(reply_of).collect();
    let replies: HashMap<Id, Reply> = replies::in_full(db, &house, &ids)?
        .into_iter()
        .map(|reply| (reply.id, reply))
        .collect();
    Ok(requests
        .into_iter()
        .filter_map(|request| {
            let subject = Subject {
                thread: threads.get(&request.thread)?.clone(),
                reply: reply_of(&request).and_then(|id| replies.get(&id).cloned()),
            };
            Some((request, subject))
        })
        .collect())
}

/// How many requests wait for the word of `who`.
///
/// # Errors
/// `SignInRequired`, `Forbidden`.
pub fn count_waiting(db: &mut Db, who: &Who, now: At) -> Result<i64> {
    who.may(Action::Moderate)?;
    store::count_waiting(db, who.member()?.id, now.minus(AGREE_WITHIN))
}

/// Seals of one's own posts that were opened, the newest first, and whether one has seen that.
///
/// # Errors
/// `SignInRequired`.
pub fn opened(db: &mut Db, who: &Who, limit: i64) -> Result<Vec<(Request, Subject, bool)>> {
    who.may(Action::Post)?;
    let rows = store::opened_of(db, who.member()?.id, limit)?;
    let seen: HashMap<Id, bool> = rows.iter().map(|(one, told)| (one.id, *told)).collect();
    let requests = rows.into_iter().map(|(one, _)| one).collect();
    Ok(with_posts(db, requests)?
        .into_iter()
        .map(|(request, subject)| {
            let told = seen.get(&request.id).copied().unwrap_or_default();
            (request, subject, told)
        })
        .collect())
}

/// Everything up to now is seen.
///
/// # Errors
/// `SignInRequired`.
pub fn see(db: &mut Db, who: &Who) -> Result<()> {
    store::set_told(db, who.member()?.id)
}

/// What the letter to the author is made of.
pub fn to_tell(db: &mut Db, id: Id) -> Result<(Request, Subject, Person)> {
    let request = store::by_id(db, id)?;
    let subject = Subject::find(db, &accounts::house(), request.post)?;
    let person = accounts::by_id(db, request.author.addressee())?;
    Ok((request, subject, person))
}
