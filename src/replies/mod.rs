//! Answers: writing with quotation, changing, taking back; which of them solved the question; what readers mark.

pub mod api;
pub mod http;
pub mod json;
pub mod marks;
mod store;
pub mod view;

use std::collections::HashMap;

use crate::accounts::{Action, Mask, Signature, Who, Writer, signature};
use crate::clock::At;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::id::Id;
use crate::jobs;
use crate::text::{self, refuse_my_number};
use crate::threads::{
    self, BODY, Cursor, Kind, Page, Revision, Submit, Thread, Visibility, resigned,
};

/// Characters of a quoted reply that are shown above the answer to it.
pub const QUOTE: usize = 80;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    pub id: Id,
    pub thread: Id,
    pub external_id: Option<String>,
    /// For rules alone; what is shown is the signature.
    pub author: Writer,
    pub signature: Signature,
    pub body: String,
    /// Safe HTML of `body` by the present renderer.
    pub body_html: String,
    pub quote_of: Option<Id>,
    pub visibility: Visibility,
    pub revision: i32,
    pub created_at: At,
    pub updated_at: At,
}

/// A reply whose text is right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewReply {
    pub body: String,
    pub quote_of: Option<Id>,
    /// Without the author's name. None: as they have written in this thread before.
    pub sealed: Option<bool>,
}

impl NewReply {
    /// # Errors
    /// `Invalid` for the body or a quotation that is no id.
    pub fn parse(body: &str, quote_of: Option<&str>) -> Result<NewReply> {
        let body = parse_body(body)?;
        let quote_of = match quote_of.map(str::trim).filter(|text| !text.is_empty()) {
            Some(text) => Some(text.parse().map_err(|_| unknown_quote())?),
            None => None,
        };
        Ok(NewReply {
            body,
            quote_of,
            sealed: None,
        })
    }
}

/// # Errors
/// `Invalid` naming `body`.
pub fn parse_body(raw: &str) -> Result<String> {
    BODY.parse(raw)
        .and_then(|body| {
            refuse_my_number("body", &body)?;
            Ok(body)
        })
        .map_err(|error| Error::Invalid(crate::error::FieldErrors(vec![error])))
}

fn unknown_quote() -> Error {
    Error::field(
        "quote_of",
        "unknown",
        "引用した回答が見つかりません。引用を外して、もう一度回答してください。",
    )
}

/// The thread that `who` is about to answer, held until this transaction ends, and before it is read: one that is locked or
/// merged meanwhile takes no reply any more.
///
/// # Errors
/// `SignInRequired`; `NotFound` for a thread that `who` may not see.
pub fn parent(db: &mut Db, who: &Who, thread: Id) -> Result<Thread> {
    who.may(Action::Post)?;
    threads::hold(db, thread)?;
    threads::find(db, who, thread)
}

/// `answer` to the thread of this id.
///
/// # Errors
/// As `parent` and `answer`.
pub fn post(
    db: &mut Db,
    who: &Who,
    thread: Id,
    new: &NewReply,
    submit: &Submit<'_>,
    now: At,
) -> Result<Reply> {
    let parent = parent(db, who, thread)?;
    answer(db, who, &parent, new, submit, now)
}

/// Answers the thread that `parent` gave. The same key gives the reply that it made before.
///
/// # Errors
/// `Forbidden` where it is not open to answers, `Conflict` where it is locked, `Invalid`.
pub fn answer(
    db: &mut Db,
    who: &Who,
    parent: &Thread,
    new: &NewReply,
    submit: &Submit<'_>,
    now: At,
) -> Result<Reply> {
    let (author, thread) = (who.member()?.id, parent.id);
    if parent.visibility != Visibility::Visible {
        return Err(Error::Forbidden(
            "いまは非公開になっている話題です。公開に戻るまで回答できません。",
        ));
    }
    parent.open()?;
    let id = Id::new(now);
    if let Some(made) = submit.claim(db, author, id, now)? {
        return find(db, who, made);
    }
    if let Some(quoted) = new.quote_of {
        let known = store::by_id(db, quoted).ok().is_some_and(|quoted| {
            quoted.thread == thread && quoted.visibility == Visibility::Visible
        });
        if !known {
            return Err(unknown_quote());
        }
    }
    let sealed = match new.sealed {
        Some(sealed) => sealed,
        None => who.can(Action::Seal) && has_sealed_in(db, who, parent)?,
    };
    let mask = if sealed {
        Some(signature::own_mask(db, who)?)
    } else {
        None
    };
    let draft = Draft {
        id,
        thread,
        author,
        sealed_as: mask.as_ref(),
        body: &new.body,
        quote_of: new.quote_of,
        external_id: None,
        created_at: now,
    };
    store::insert(db, &draft)?;
    recount(db, thread, now)?;
    jobs::enqueue(db, POSTED, &serde_json::json!({ "reply": id }), now, now)?;
    store::by_id(db, id)
}

/// Whether `who` has sealed the thread, or a reply in it: a name under another one would show whose those are.
fn has_sealed_in(db: &mut Db, who: &Who, thread: &Thread) -> Result<bool> {
    let Some(reader) = who.id() else {
        return Ok(false);
    };
    let begun = thread.signature.is_sealed() && thread.author.is(reader);
    Ok(begun || store::has_sealed_in(db, reader, thread.id)?)
}

/// A reply about to be written.
pub struct Draft<'a> {
    pub id: Id,
    pub thread: Id,
    pub author: Id,
    /// None: signed with the author's name.
    pub sealed_as: Option<&'a Mask>,
    pub body: &'a str,
    pub quote_of: Option<Id>,
    pub external_id: Option<&'a str>,
    pub created_at: At,
}

/// Writes an imported reply; the importer recounts when the thread is whole.
pub fn insert(db: &mut Db, draft: &Draft<'_>) -> Result<()> {
    store::insert(db, draft)
}

/// Brings the thread's number of replies and last activity up to date and tells the followers.
pub fn recount(db: &mut Db, thread: Id, now: At) -> Result<()> {
    threads::hold(db, thread)?;
    let (count, newest) = store::count_visible(db, thread)?;
    threads::note_replies(db, thread, count, newest, now)
}

/// A reply that `who` may see, in a thread that they may see.
///
/// # Errors
/// `NotFound`, `SignInRequired`.
pub fn find(db: &mut Db, who: &Who, id: Id) -> Result<Reply> {
    who.may(Action::Read)?;
    let reply = store::by_id(db, id)?;
    threads::find(db, who, reply.thread)?;
    if reply.visibility.shows(who, reply.author) {
        Ok(reply)
    } else {
        Err(Error::NotFound)
    }
}

/// A page of the replies of a thread that `who` may see, oldest first. The thread's own visibility is the caller's check.
pub fn of_thread(
    db: &mut Db,
    who: &Who,
    thread: Id,
    after: Option<Cursor>,
    limit: usize,
) -> Result<Page<Reply>> {
    who.may(Action::Read)?;
    let viewer = viewer(who);
    Page::read(
        limit,
        |wanted| store::of_thread(db, viewer, thread, after, wanted),
        |last| Cursor {
            at: last.created_at,
            id: last.id,
        },
    )
}

fn viewer(who: &Who) -> store::Viewer {
    if who.can(Action::Moderate) {
        store::Viewer::Moderator
    } else {
        store::Viewer::Reader(who.id())
    }
}

/// Where a page that shows `reply` to `who` begins, with `size` replies on the first: None for the first page, otherwise
/// the page that begins with the reply.
pub fn page_with(db: &mut Db, who: &Who, reply: &Reply, size: usize) -> Result<Option<Cursor>> {
    let before = store::before(
        db,
        viewer(who),
        reply,
        i64::try_from(size).unwrap_or(i64::MAX),
    )?;
    let nearest = before.first().filter(|_| before.len() >= size);
    Ok(nearest.map(|(at, id)| Cursor { at: *at, id: *id }))
}

/// The visible replies of `threads`, oldest first: for the search index and for snippets.
pub fn visible_of(db: &mut Db, threads: &[Id]) -> Result<Vec<Reply>> {
    store::visible_of(db, threads)
}

/// How the accepted answers of `threads` are signed, by thread; without those that readers may not see.
pub fn solvers(db: &mut Db, threads: &[Id]) -> Result<Vec<(Id, Signature)>> {
    store::solvers(db, threads)
}

/// All replies of `threads` whatever their visibility, oldest first: for export and import.
pub fn all_of(db: &mut Db, threads: &[Id]) -> Result<Vec<Reply>> {
    store::all_of(db, threads)
}

/// All replies that `who` wrote, whatever their visibility, oldest first.
///
/// # Errors
/// `SignInRequired`.
pub fn own(db: &mut Db, who: &Who) -> Result<Vec<Reply>> {
    store::of_author(db, who.member()?.id)
}

/// A page of what somebody has answered, of what all readers may see, the newest first. What is sealed is there for its
/// author alone.
pub fn visible_of_author(
    db: &mut Db,
    who: &Who,
    author: Id,
    after: Option<Cursor>,
    limit: usize,
) -> Result<Page<Reply>> {
    who.may(Action::Read)?;
    Page::read(
        limit,
        |wanted| store::visible_of_author(db, author, who.id() == Some(author), after, wanted),
        |last| Cursor {
            at: last.created_at,
            id: last.id,
        },
    )
}

/// The newest replies of a thread that all readers may see. The thread's own visibility is the caller's check.
pub fn newest(db: &mut Db, who: &Who, thread: Id, limit: i64) -> Result<Vec<Reply>> {
    who.may(Action::Read)?;
    store::newest_of_thread(db, thread, limit)
}

/// The newest replies of others in what `who` follows, of what all readers may see.
///
/// # Errors
/// `SignInRequired`.
pub fn newest_followed(db: &mut Db, who: &Who, limit: i64) -> Result<Vec<Reply>> {
    who.may(Action::Post)?;
    store::newest_followed(db, who.member()?.id, limit)
}

/// Replies whatever their visibility: for those who moderate.
///
/// # Errors
/// `SignInRequired`, `Forbidden`.
pub fn in_full(db: &mut Db, who: &Who, ids: &[Id]) -> Result<Vec<Reply>> {
    who.may(Action::Moderate)?;
    store::by_ids(db, ids)
}

/// Quoted replies by id: those that are visible.
pub fn visible_by_ids(db: &mut Db, ids: &[Id]) -> Result<Vec<Reply>> {
    store::visible_by_ids(db, ids)
}

/// Changes one's reply; what is absent stays. `expected` is the revision that the editor had before them.
///
/// # Errors
/// `NotFound`, `Forbidden`, `Stale`, `Invalid`.
pub fn edit(
    db: &mut Db,
    who: &Who,
    id: Id,
    body: Option<&str>,
    sealed: Option<bool>,
    expected: Option<i32>,
    now: At,
) -> Result<Reply> {
    let thread = find(db, who, id)?.thread;
    threads::hold(db, thread)?; // what is decided meanwhile, a lock, a hold or a merge, is waited for
    let present = find(db, who, id)?;
    who.may(Action::Edit {
        author: present.author,
    })?;
    threads::find(db, who, present.thread)?.open()?;
    if expected.is_some_and(|revision| revision != present.revision) {
        return Err(Error::Stale(present.revision));
    }
    let body = match (body, sealed) {
        (None, Some(_)) => present.body.clone(),
        (body, _) => parse_body(body.unwrap_or_default())?,
    };
    let sealed = sealed.unwrap_or(present.signature.is_sealed());
    let signature = resigned(db, who, (present.author, &present.signature), sealed)?;
    update(db, &present, &body, &signature, now)?;
    find(db, who, id)
}

/// Writes a new version over `present`, keeping the old one. Nothing happens where nothing changes.
pub fn update(
    db: &mut Db,
    present: &Reply,
    body: &str,
    signature: &Signature,
    now: At,
) -> Result<()> {
    if body == present.body && *signature == present.signature {
        return Ok(());
    }
    threads::hold(db, present.thread)?;
    threads::keep_reply_revision(db, present.thread, &version(present), now)?;
    if present.visibility != Visibility::Visible {
        threads::withhold_versions(db, present.thread, Some(present.id))?;
    }
    if !store::update(db, present, body, signature, now)? {
        return Err(Error::Stale(present.revision + 1));
    }
    recount(db, present.thread, now)
}

/// Takes a reply back. An accepted one is withdrawn as the answer too.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub fn remove(db: &mut Db, who: &Who, id: Id, now: At) -> Result<Reply> {
    let present = find(db, who, id)?;
    who.may(Action::Remove {
        author: present.author,
    })?;
    set_visibility(db, &present, Visibility::Deleted, now)?;
    Ok(present)
}

/// Sets what all may see. Who may ask for it is the caller's rule.
pub fn set_visibility(db: &mut Db, reply: &Reply, visibility: Visibility, now: At) -> Result<()> {
    threads::hold(db, reply.thread)?;
    store::set_visibility(db, reply.id, visibility)?;
    if visibility != Visibility::Visible {
        store::withdraw_acceptance(db, reply)?;
    }
    recount(db, reply.thread, now)
}

/// Chooses the reply that solved the question, or another one than before.
///
/// # Errors
/// `NotFound`, `Forbidden`, `Invalid` when the thread is no question or the reply not a visible one of it.
pub fn accept(db: &mut Db, who: &Who, thread: Id, reply: Id, now: At) -> Result<()> {
    let question = threads::find(db, who, thread)?;
    who.may(Action::Accept {
        asker: question.author,
    })?;
    question.open()?;
    if question.kind != Kind::Question {
        return Err(Error::field(
            "reply_id",
            "not_a_question",
            "解決した回答を選べるのは、質問だけです。",
        ));
    }
    threads::hold(db, thread)?;
    let chosen = store::by_id(db, reply)
        .ok()
        .is_some_and(|reply| reply.thread == thread && reply.visibility == Visibility::Visible);
    if !chosen {
        return Err(Error::field(
            "reply_id",
            "unknown",
            "その回答は取り下げられたか、この質問の回答ではありません。",
        ));
    }
    threads::set_accepted(db, thread, Some(reply), now)?;
    jobs::enqueue(
        db,
        ACCEPTED,
        &serde_json::json!({ "reply": reply }),
        now,
        now,
    )
    .map(|_| ())
}

/// Withdraws the accepted answer.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub fn withdraw(db: &mut Db, who: &Who, thread: Id, now: At) -> Result<()> {
    let question = threads::find(db, who, thread)?;
    who.may(Action::Accept {
        asker: question.author,
    })?;
    question.open()?;
    threads::set_accepted(db, thread, None, now)
}

/// A reply as it stands, as a version of itself.
fn version(present: &Reply) -> Revision {
    Revision {
        number: present.revision,
        title: None,
        body: present.body.clone(),
        practice: None,
        written_at: present.updated_at,
        reply: Some(present.id),
    }
}

/// The versions of a reply, the present one first.
pub fn revisions(db: &mut Db, who: &Who, reply: &Reply) -> Result<Vec<Revision>> {
    let mut all = vec![version(reply)];
    let withheld = threads::reads_withheld(who, reply.author);
    all.extend(store::revisions(db, reply.id, withheld)?);
    Ok(all)
}

/// Renders stored replies of an older renderer again: at most `limit` of them. True when there may be more.
pub fn render_again(db: &mut Db, limit: i64) -> Result<bool> {
    let dated = store::rendered_before(db, text::RENDERER_VERSION, limit)?;
    let full = i64::try_from(dated.len()).unwrap_or(0) == limit;
    for (id, body) in dated {
        store::set_html(db, id, &text::render(&body))?;
    }
    Ok(full)
}

/// Job kind: a reply was posted; its payload names it.
pub const POSTED: &str = "reply_posted";
/// Job kind: a reply was chosen as the answer; its payload names it.
pub const ACCEPTED: &str = "reply_accepted";

/// A reply by somebody else, as one person may hear of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    pub thread: Id,
    pub reply: Id,
    pub at: At,
}

/// What is new for people, by person, for the house.
pub type ByPerson = HashMap<Id, Vec<Heard>>;

/// Visible replies by others after `since`, up to `until`: to what these people wrote, and in what they follow.
pub fn news_for(db: &mut Db, people: &[Id], since: At, until: At) -> Result<(ByPerson, ByPerson)> {
    let own = store::answers_to(db, people, since, until)?;
    let followed = store::news_followed(db, people, since, until)?;
    Ok((by_person(own), by_person(followed)))
}

fn by_person(rows: Vec<(Id, Heard)>) -> ByPerson {
    let mut all = ByPerson::new();
    for (person, heard) in rows {
        all.entry(person).or_default().push(heard);
    }
    all
}

/// With which threads these people have had to do since `since`, for the house: person, thread, and their newest reply in
/// it where they wrote one. Whoever wrote or marked has seen what stood there.
pub fn involved(db: &mut Db, people: &[Id], since: At) -> Result<Vec<(Id, Id, Option<Id>)>> {
    let mut all: Vec<(Id, Id, Option<Id>)> = store::written_in(db, people, since)?
        .into_iter()
        .map(|(person, thread, reply)| (person, thread, Some(reply)))
        .collect();
    let marked = store::marked(db, people, since)?.into_iter();
    all.extend(marked.map(|(person, thread)| (person, thread, None)));
    Ok(all)
}

/// Those of `ids` that are visible, for the house.
pub fn visible_among(db: &mut Db, ids: &[Id]) -> Result<Vec<Id>> {
    store::visible_among(db, ids)
}
