//! Questions, practices and discussions: writing, changing, taking back, listing. Knows nothing of replies but their
//! number and which of them is accepted.

pub mod api;
pub mod form;
pub mod http;
mod input;
pub mod json;
mod lists;
pub mod outline;
mod pace;
pub mod past;
pub mod practice;
pub mod standing;
mod store;
pub mod view;
pub mod writing;

use std::collections::HashMap;

pub use self::input::{
    BODY, Loose, MAX_POLICIES, MAX_TAGS, NewThread, TITLE, ThreadInput, ThreadPatch, item_slug,
    split_list,
};
pub use self::lists::{
    Cursor, Filter, News, Page, Sort, Summary, list, news, outdated_among, unanswered, unseen,
    visible, visible_among, visible_without_labels,
};
pub use self::pace::Submit;
pub use self::past::{Revision, keep_reply_revision, reads_withheld, revisions, withhold_versions};
pub use self::practice::{Completeness, Practice, PracticeField};
pub use self::standing::Standing;
use crate::accounts::{Action, Mask, Signature, Who, Writer, signature};
use crate::clock::At;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::feed::{self, Subject};
use crate::id::{self, Id};
use crate::text;
use crate::text_enum;

text_enum! {
    pub enum Kind {
        Question = "question",
        Practice = "practice",
        Discussion = "discussion",
    }
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Kind::Question => "質問",
            Kind::Practice => "実践",
            Kind::Discussion => "意見交換",
        }
    }

    /// Slug or Japanese name.
    pub fn parse(text: &str) -> Option<Kind> {
        use crate::db::types::Word;
        let text = text.trim();
        Kind::from_word(text).or_else(|| Kind::ALL.iter().copied().find(|k| k.name() == text))
    }
}

text_enum! {
    /// Who may see a post: all / author and moderators, until checked / the same, after a decision / moderators.
    pub enum Visibility {
        Visible = "visible",
        Held = "held",
        Hidden = "hidden",
        Deleted = "deleted",
    }
}

impl Visibility {
    /// Whether `who` may see a post of `author` that stands so.
    pub fn shows(self, who: &Who, author: Writer) -> bool {
        match self {
            Visibility::Visible => who.can(Action::Read),
            Visibility::Held | Visibility::Hidden => {
                author.is_who(who) || who.can(Action::Moderate)
            }
            Visibility::Deleted => who.can(Action::Moderate),
        }
    }
}

text_enum! {
    /// How far those who look after networks and devices have come with a problem. `environment` keeps it; it is here so
    /// that lists can be narrowed by it.
    pub enum Tended {
        Received = "received",
        Investigating = "investigating",
        Planned = "planned",
        Solved = "solved",
    }
}

impl Tended {
    pub fn name(self) -> &'static str {
        match self {
            Tended::Received => "受付",
            Tended::Investigating => "調査中",
            Tended::Planned => "対応予定",
            Tended::Solved => "解決",
        }
    }

    /// Slug or Japanese name.
    pub fn parse(text: &str) -> Option<Tended> {
        use crate::db::types::Word;
        let text = text.trim();
        Tended::from_word(text)
            .or_else(|| Tended::ALL.iter().copied().find(|one| one.name() == text))
    }
}

/// The words under which a thread is found, in the order they were given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels {
    pub policies: Vec<u8>,
    /// Slugs.
    pub initiatives: Vec<String>,
    pub tags: Vec<String>,
    pub tools: Vec<String>,
    /// Items of the teachers' self-check that it is about, as `chk-b4`.
    pub items: Vec<String>,
}

/// A thread in full.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thread {
    pub id: Id,
    pub short_code: String,
    pub external_id: Option<String>,
    pub kind: Kind,
    pub title: String,
    pub body: String,
    /// Safe HTML of `body` by the present renderer.
    pub body_html: String,
    pub practice: Option<Practice>,
    pub school_type: String,
    pub subject: Option<String>,
    pub grade: Option<String>,
    /// For rules alone; what is shown is the signature.
    pub author: Writer,
    pub signature: Signature,
    /// The vocabulary it was tagged with.
    pub vocabulary: Id,
    pub visibility: Visibility,
    pub accepted_reply: Option<Id>,
    /// Visible replies.
    pub reply_count: i32,
    pub revision: i32,
    pub created_at: At,
    pub updated_at: At,
    /// Last reply, or creation.
    pub active_at: At,
    pub labels: Labels,
    /// Why nothing more can be written here; None while it is open.
    pub lock: Option<String>,
    /// The thread of the same topic, where one was named.
    pub duplicate_of: Option<Id>,
    /// The thread that took its replies; such a one is only an address any more.
    pub merged_into: Option<Id>,
    pub standing: Standing,
}

impl Thread {
    /// # Errors
    /// `Conflict` where it is locked.
    pub fn open(&self) -> Result<()> {
        match self.lock {
            Some(_) => Err(Error::Conflict(LOCKED.to_owned())),
            None => Ok(()),
        }
    }

    pub fn solved(&self) -> bool {
        self.accepted_reply.is_some()
    }
}

/// What whoever writes in a locked thread is told.
const LOCKED: &str = "この話題は、運営担当が締め切りました。読むことはできますが、新しく書いたり書き直したりはできません。";

/// Posts a thread. The same key gives the thread that it made before.
///
/// # Errors
/// `SignInRequired`, `TooMany`.
pub fn post(
    db: &mut Db,
    who: &Who,
    new: &NewThread,
    submit: &Submit<'_>,
    now: At,
) -> Result<Thread> {
    who.may(Action::Post)?;
    let author = who.member()?.id;
    let id = Id::new(now);
    if let Some(made) = submit.claim(db, author, id, now)? {
        return find(db, who, made);
    }
    let mask = if new.sealed {
        Some(signature::own_mask(db, who)?)
    } else {
        None
    };
    insert(
        db,
        &Draft {
            id,
            author,
            sealed_as: mask.as_ref(),
            new,
            external_id: None,
            created_at: now,
        },
    )?;
    find(db, who, id)
}

/// A thread about to be written.
pub struct Draft<'a> {
    pub id: Id,
    pub author: Id,
    /// None: signed with the author's name.
    pub sealed_as: Option<&'a Mask>,
    pub new: &'a NewThread,
    pub external_id: Option<&'a str>,
    pub created_at: At,
}

/// How often another short code is tried when one is taken (at 10⁶ threads one in 10⁴ is).
const CODE_TRIES: usize = 5;

/// Writes a thread with everything that belongs to it: the row, its labels, the news. For `post` and the import.
pub fn insert(db: &mut Db, draft: &Draft<'_>) -> Result<()> {
    for _ in 0..CODE_TRIES {
        let code = id::short_code();
        match crate::db::savepoint(db, |db| store::insert(db, draft, &code)) {
            Err(Error::Invalid(errors)) if errors.of("short_code").is_some() => {}
            done => {
                done?;
                store::put_labels(db, draft.id, &draft.new.labels)?;
                return feed::append(db, Subject::Thread, draft.id, draft.created_at);
            }
        }
    }
    Err(Error::internal("no free short code was found"))
}

/// A thread that `who` may see.
///
/// # Errors
/// `SignInRequired` where reading is closed, `NotFound` for what is not there or not theirs to know of.
pub fn find(db: &mut Db, who: &Who, id: Id) -> Result<Thread> {
    who.may(Action::Read)?;
    let thread = store::by_id(db, id)?;
    if thread.merged_into.is_none() && thread.visibility.shows(who, thread.author) {
        Ok(thread)
    } else {
        Err(Error::NotFound)
    }
}

/// Where the replies of a merged thread stand now, if `who` may see that.
///
/// # Errors
/// `SignInRequired`; `NotFound` for every other thread.
pub fn forwarding(db: &mut Db, who: &Who, id: Id) -> Result<Id> {
    who.may(Action::Read)?;
    let target = store::merged_into(db, id)?.ok_or(Error::NotFound)?;
    find(db, who, target).map(|thread| thread.id)
}

/// The thread behind a short address.
pub fn by_short_code(db: &mut Db, who: &Who, code: &str) -> Result<Id> {
    who.may(Action::Read)?;
    // PostgreSQL takes no NUL in a text, not even to look for it.
    if !code.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(Error::NotFound);
    }
    let (id, author, visibility) = store::by_short_code(db, code)?;
    // A merged thread keeps its address, which leads on.
    if visibility.shows(who, author) || forwarding(db, who, id).is_ok() {
        Ok(id)
    } else {
        Err(Error::NotFound)
    }
}

/// The texts of the visible ones of `ids` without marks, as they are searched: for snippets.
pub fn visible_texts(db: &mut Db, ids: &[Id]) -> Result<Vec<(Id, String)>> {
    let found = store::visible_bodies(db, ids)?;
    Ok(found
        .into_iter()
        .map(|(id, body, practice)| (id, searched_text(&body, practice.as_ref())))
        .collect())
}

/// A body without its marks, followed by what a practice says beside it: what search reads.
pub fn searched_text(body: &str, practice: Option<&Practice>) -> String {
    let mut text = text::plain(body);
    for (_, words) in practice.map(Practice::words).unwrap_or_default() {
        text.push('\n');
        text.push_str(&words);
    }
    text
}

/// A tag or tool as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    pub value: String,
    pub tool: bool,
}

/// The tags and tools of visible threads that are compared as `keys`, in their order.
pub fn visible_names(db: &mut Db, keys: &[String]) -> Result<Vec<Named>> {
    let mut names = Vec::with_capacity(keys.len());
    for key in keys {
        names.extend(store::visible_name(db, key)?);
    }
    Ok(names)
}

/// What the search index needs of `ids`: those that are visible to all, in full.
pub fn for_index(db: &mut Db, ids: &[Id]) -> Result<Vec<Thread>> {
    store::visible_in_full(db, ids)
}

/// The next ids in the order of identity, for going through all threads.
pub fn ids_after(db: &mut Db, after: Option<Id>, limit: i64) -> Result<Vec<Id>> {
    store::ids_after(db, after, limit)
}

/// The ids of all that `who` wrote, whatever their visibility, oldest first.
///
/// # Errors
/// `SignInRequired`.
pub fn own_ids(db: &mut Db, who: &Who) -> Result<Vec<Id>> {
    store::ids_of(db, who.member()?.id)
}

/// A thread in full whatever its visibility: for the export and the import.
pub fn in_full(db: &mut Db, ids: &[Id]) -> Result<Vec<Thread>> {
    store::in_full(db, ids)
}

/// The thread that was imported under `external_id`.
pub fn by_external_id(db: &mut Db, external_id: &str) -> Result<Option<Id>> {
    store::by_external_id(db, external_id)
}

/// Changes a thread. `expected` is the revision that the editor had before them.
///
/// # Errors
/// `NotFound`, `Forbidden`, `Stale` when it was changed meanwhile, `Invalid`.
pub fn edit(
    db: &mut Db,
    who: &Who,
    id: Id,
    patch: &ThreadPatch,
    expected: Option<i32>,
    now: At,
) -> Result<Thread> {
    find(db, who, id)?;
    hold(db, id)?; // what is decided meanwhile, a lock or a hold, is waited for
    let present = find(db, who, id)?;
    who.may(Action::Edit {
        author: present.author,
    })?;
    present.open()?;
    if expected.is_some_and(|revision| revision != present.revision) {
        return Err(Error::Stale(present.revision));
    }
    let new = patch.over(db, &present)?;
    let signature = resigned(db, who, (present.author, &present.signature), new.sealed)?;
    update(db, &present, &new, &signature, now)?;
    find(db, who, id)
}

/// How a post of `who` is signed after an edit that wants it sealed or not: a seal that stays is the one that was.
///
/// # Errors
/// `Invalid` for roles that may not seal.
pub fn resigned(
    db: &mut Db,
    who: &Who,
    (author, present): (Writer, &Signature),
    sealed: bool,
) -> Result<Signature> {
    match (present, sealed) {
        (Signature::Sealed(_), true) => Ok(present.clone()),
        (Signature::Named(_), true) => Ok(Signature::Sealed(signature::own_mask(db, who)?)),
        (_, false) => Ok(Signature::Named(author.addressee())),
    }
}

/// Writes a new version over `present`, keeping the old one. Nothing happens where nothing changes.
pub fn update(
    db: &mut Db,
    present: &Thread,
    new: &NewThread,
    signature: &Signature,
    now: At,
) -> Result<()> {
    if new.is_same_as(present) && *signature == present.signature {
        return Ok(());
    }
    past::keep(db, present, now)?;
    if present.visibility != Visibility::Visible {
        withhold_versions(db, present.id, None)?;
    }
    if !store::update(db, present, new, signature, now)? {
        return Err(Error::Stale(present.revision + 1));
    }
    store::put_labels(db, present.id, &new.labels)?;
    feed::append(db, Subject::Thread, present.id, now)
}

/// Takes a thread back: nobody but moderators sees it any more; nothing is erased.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub fn remove(db: &mut Db, who: &Who, id: Id, now: At) -> Result<()> {
    let present = find(db, who, id)?;
    who.may(Action::Remove {
        author: present.author,
    })?;
    set_visibility(db, id, Visibility::Deleted, now)
}

/// Sets what all may see. Who may ask for it is the caller's rule.
pub fn set_visibility(db: &mut Db, id: Id, visibility: Visibility, now: At) -> Result<()> {
    store::set_visibility(db, id, visibility)?;
    feed::append(db, Subject::Thread, id, now)
}

/// Lets nobody else count, hide or accept the replies of a thread until this transaction ends: what is read after it
/// stays true. Taken before any of their rows is written, so that two who change one thread wait in one order.
pub fn hold(db: &mut Db, id: Id) -> Result<()> {
    store::hold(db, id)
}

/// The threads that were merged into `id`, or are said to repeat it.
pub fn naming(db: &mut Db, id: Id) -> Result<Vec<Id>> {
    store::naming(db, id)
}

/// Locks a thread, with the reason that readers see, or opens it again. Who may is the caller's rule.
pub fn set_lock(db: &mut Db, id: Id, reason: Option<&str>, now: At) -> Result<()> {
    store::set_lock(db, id, reason)?;
    feed::append(db, Subject::Thread, id, now)
}

/// Names the thread of the same topic, or none. Who may is the caller's rule.
pub fn set_duplicate(db: &mut Db, id: Id, of: Option<Id>, now: At) -> Result<()> {
    store::set_duplicate(db, id, of)?;
    feed::append(db, Subject::Thread, id, now)
}

/// Leaves of a thread only its address, which leads to `target`; whatever led here leads there too.
pub fn set_merged(db: &mut Db, id: Id, target: Id, now: At) -> Result<()> {
    store::set_merged(db, id, target)?;
    feed::append(db, Subject::Thread, id, now)
}

/// Marks a reply as the accepted one, or none.
pub fn set_accepted(db: &mut Db, id: Id, reply: Option<Id>, now: At) -> Result<()> {
    store::set_accepted(db, id, reply)?;
    feed::append(db, Subject::Thread, id, now)
}

/// Says that the visible replies are now `count`, the newest of `newest`.
pub fn note_replies(db: &mut Db, id: Id, count: i64, newest: Option<At>, now: At) -> Result<()> {
    store::note_replies(db, id, i32::try_from(count).unwrap_or(i32::MAX), newest)?;
    feed::append(db, Subject::Thread, id, now)
}

/// Visible threads by initiative (slug), for the house.
pub fn counts_by_initiative(db: &mut Db) -> Result<HashMap<String, i64>> {
    store::counts_by_initiative(db)
}

/// How many visible threads each policy has had since `since`.
pub fn counts_by_policy(db: &mut Db, since: At) -> Result<HashMap<u8, i64>> {
    store::counts_by_policy(db, since)
}

/// Renders stored posts of an older renderer again: at most `limit` of them. True when there may be more.
pub fn render_again(db: &mut Db, limit: i64) -> Result<bool> {
    let dated = store::rendered_before(db, text::RENDERER_VERSION, limit)?;
    let full = i64::try_from(dated.len()).unwrap_or(0) == limit;
    for (id, body) in dated {
        store::set_html(db, id, &text::render(&body))?;
    }
    Ok(full)
}
