//! Images and files that people put into their posts: stored, stripped, labelled. A file is its owner's alone until one
//! of the owner's posts refers to it; from then on whoever may see such a post may see the file. What is stored never
//! changes; it goes only when no post has referred to it in time.

pub mod api;
pub mod document;
pub mod http;
mod input;
pub mod intake;
pub mod json;
pub mod name;
pub mod picture;
pub mod shelf;
mod store;
pub mod view;

use std::collections::HashMap;

use chrono::TimeDelta;

pub use self::input::{ALT, Labels, LabelsInput, SOURCE};
use self::intake::Prepared;
use crate::accounts::{Action, Who, Writer};
use crate::clock::At;
use crate::db::Db;
use crate::db::once::{self, OnceKey};
use crate::db::types::Word;
use crate::error::{Error, Result};
use crate::id::Id;
use crate::jobs;
use crate::replies;
use crate::text;
use crate::text_enum;
use crate::threads;

/// Bytes of a file as it is sent: 10 MiB.
pub const MAX_BYTES: usize = 10 * 1024 * 1024;
/// Files that one person may store in `STORING_WINDOW`.
pub const MAX_STORED: i64 = 100;
pub const STORING_WINDOW: TimeDelta = TimeDelta::days(1);
/// Seconds after which one who has stored too much may look again.
const STORING_PAUSE: u64 = 3_600;
/// References of one post that are looked at.
pub const MAX_REFERENCES: usize = 100;
/// How long a file may wait for a post that refers to it.
pub const ORPHANED: TimeDelta = TimeDelta::hours(48);
/// Posts that are asked whether they show a file, the newest first.
const PLACES: i64 = 20;

/// Job kind: a file was announced `ORPHANED` ago; its payload names it.
pub const CHECK: &str = "attachment_check";

text_enum! {
    /// What is kept, by its content. Images are always re-encoded; the rest is kept as it came.
    pub enum Media {
        Jpeg = "image/jpeg",
        Png = "image/png",
        Pdf = "application/pdf",
        Word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        Excel = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        PowerPoint = "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    }
}

impl Media {
    pub fn is_image(self) -> bool {
        matches!(self, Media::Jpeg | Media::Png)
    }

    /// The ending of its files' names, without a dot.
    pub fn ending(self) -> &'static str {
        match self {
            Media::Jpeg => "jpg",
            Media::Png => "png",
            Media::Pdf => "pdf",
            Media::Word => "docx",
            Media::Excel => "xlsx",
            Media::PowerPoint => "pptx",
        }
    }
}

text_enum! {
    /// By which right a file may stand here.
    pub enum Rights {
        Own = "own",
        /// Somebody else's work, quoted: with its source.
        Quote = "quote",
        /// Somebody else's work, with their permission.
        Licensed = "licensed",
    }
}

impl Rights {
    pub fn name(self) -> &'static str {
        match self {
            Rights::Own => "自作",
            Rights::Quote => "引用・出典",
            Rights::Licensed => "許諾済み",
        }
    }

    /// Slug or Japanese name.
    pub fn parse(text: &str) -> Option<Rights> {
        let text = text.trim();
        Rights::from_word(text)
            .or_else(|| Rights::ALL.iter().copied().find(|one| one.name() == text))
    }
}

/// A stored image or file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    pub id: Id,
    pub owner: Id,
    pub media: Media,
    /// Cleaned, with the ending of `media`.
    pub name: String,
    /// Of what is kept, not of what was sent.
    pub bytes: i32,
    /// Pixels of an image as it is kept.
    pub width: Option<i32>,
    pub height: Option<i32>,
    /// What an image shows, in words; may be empty for other files.
    pub alt: String,
    pub rights: Rights,
    /// Where it comes from; never empty for quotations.
    pub source: String,
    pub created_at: At,
}

impl Attachment {
    pub fn url(&self) -> String {
        url(self.id)
    }

    pub fn thumb_url(&self) -> Option<String> {
        self.media
            .is_image()
            .then(|| format!("{}/thumb", self.url()))
    }

    /// The lines that put it into a post: the image or a link, and what must be said of its rights.
    pub fn markdown(&self) -> String {
        let url = self.url();
        let reference = if self.media.is_image() {
            format!("![{}]({url})", text::escape(&self.alt))
        } else {
            format!("[{}]({url})", text::escape(&self.name))
        };
        let word = match self.rights {
            Rights::Own => return reference,
            Rights::Quote => "出典",
            Rights::Licensed => "許諾",
        };
        if self.source.is_empty() {
            return reference;
        }
        let source = text::escape_around_links(&self.source);
        format!("{reference}\n{word}：{source}")
    }
}

/// The address of a file, as posts refer to it.
pub fn url(id: Id) -> String {
    format!("{}{id}", text::FILES)
}

/// Whether `who` may store a file now.
///
/// # Errors
/// `SignInRequired`, `TooMany` after `MAX_STORED` in `STORING_WINDOW`.
pub fn may_store(db: &mut Db, who: &Who, now: At) -> Result<Id> {
    who.may(Action::Post)?;
    let owner = who.member()?.id;
    if store::stored_since(db, owner, now.minus(STORING_WINDOW))? >= MAX_STORED {
        return Err(Error::TooMany(STORING_PAUSE));
    }
    Ok(owner)
}

/// What follows an announcement.
pub enum Announced {
    /// The file may be put on the shelf under this id and be recorded then.
    Welcome(Id),
    /// The same submit has stored it before.
    Stored(Attachment),
}

/// Gives the file that is about to be stored its id, and queues the job that looks after it in time: before anything is
/// on the shelf, so that nothing can be left there that nobody knows of.
///
/// # Errors
/// As `may_store`.
pub fn announce(db: &mut Db, who: &Who, key: Option<&OnceKey>, now: At) -> Result<Announced> {
    let owner = may_store(db, who, now)?;
    let id = Id::new(now);
    if let Some(key) = key
        && let Some(made) = once::claim(db, owner, key, id, now)?
    {
        return Ok(match store::by_id(db, made) {
            Ok(stored) => Announced::Stored(stored),
            Err(Error::NotFound) => Announced::Welcome(made), // the first attempt ended half-way
            Err(other) => return Err(other),
        });
    }
    check_later(db, id, now)?;
    Ok(Announced::Welcome(id))
}

/// Has it looked at in `ORPHANED` whether any post refers to the file.
pub fn check_later(db: &mut Db, id: Id, now: At) -> Result<()> {
    let payload = serde_json::json!({ "attachment": id });
    jobs::enqueue(db, CHECK, &payload, now.plus(ORPHANED), now).map(|_| ())
}

/// Whose a file is, for the house; None where nothing was recorded.
pub fn owner_of(db: &mut Db, id: Id) -> Result<Option<Id>> {
    match store::by_id(db, id) {
        Ok(found) => Ok(Some(found.owner)),
        Err(Error::NotFound) => Ok(None),
        Err(other) => Err(other),
    }
}

/// Writes down what lies on the shelf under `id`. Done twice, it is there once.
///
/// # Errors
/// As `may_store`; `Internal` for what is longer than `MAX_BYTES`.
pub fn record(
    db: &mut Db,
    who: &Who,
    id: Id,
    prepared: &Prepared,
    labels: &Labels,
    name: &str,
    now: At,
) -> Result<Attachment> {
    let owner = may_store(db, who, now)?;
    let pixels = |side: u32| i32::try_from(side).map_err(Error::internal);
    let size = prepared.pixels;
    let attachment = Attachment {
        id,
        owner,
        media: prepared.media,
        name: name::clean(name, prepared.media),
        bytes: i32::try_from(prepared.content.len()).map_err(Error::internal)?,
        width: size.map(|(width, _)| pixels(width)).transpose()?,
        height: size.map(|(_, height)| pixels(height)).transpose()?,
        alt: labels.alt.clone(),
        rights: labels.rights,
        source: labels.source.clone(),
        created_at: now,
    };
    store::insert(db, &attachment)?;
    store::by_id(db, id)
}

/// A file that `who` may see: their own, or one in a post that they may see.
///
/// # Errors
/// `SignInRequired` where reading is closed, `NotFound` for what is not there or not theirs to know of.
pub fn find(db: &mut Db, who: &Who, id: Id) -> Result<Attachment> {
    who.may(Action::Read)?;
    let found = store::by_id(db, id)?;
    if who.id() == Some(found.owner) {
        return Ok(found);
    }
    for (post, thread) in store::places(db, id, PLACES)? {
        let seen = if post == thread {
            threads::find(db, who, post).map(drop)
        } else {
            replies::find(db, who, post).map(drop)
        };
        match seen {
            Ok(()) => return Ok(found),
            Err(Error::NotFound) => {}
            Err(other) => return Err(other),
        }
    }
    Err(Error::NotFound)
}

/// A post of one's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Post {
    Thread(Id),
    Reply { reply: Id, thread: Id },
}

impl Post {
    fn id(self) -> Id {
        match self {
            Post::Thread(id) | Post::Reply { reply: id, .. } => id,
        }
    }
}

/// Notes that a post of `author` refers to files of theirs. Called in the transaction that writes the post, after it.
/// Files of others are passed over: a reference never lets anybody see more. What once stood in a post stays noted, since
/// its older versions can be read.
pub fn attach(db: &mut Db, author: Writer, post: Post, body: &str, now: At) -> Result<()> {
    let named = text::file_references(body, MAX_REFERENCES);
    if named.is_empty() {
        return Ok(());
    }
    let (post, thread) = match post {
        Post::Thread(thread) => (thread, thread),
        Post::Reply { reply, thread } => (reply, thread),
    };
    for id in store::owned_among(db, author.addressee(), &named)? {
        store::place(db, id, post, thread, now)?;
    }
    Ok(())
}

/// After an edit of a post that is out of sight: what its text no longer shows is its author's alone again, whatever
/// older versions say.
pub fn withdraw(db: &mut Db, post: Post, body: &str, now: At) -> Result<()> {
    let kept = text::file_references(body, MAX_REFERENCES);
    for file in store::forget_places(db, post.id(), &kept)? {
        check_later(db, file, now)?;
    }
    Ok(())
}

/// What stands in `from`, in its older versions too, stands in `to` as well: `from` goes on as that.
pub fn also_in(db: &mut Db, from: Id, to: Post, now: At) -> Result<()> {
    let (post, thread) = match to {
        Post::Thread(thread) => (thread, thread),
        Post::Reply { reply, thread } => (reply, thread),
    };
    for file in store::in_post(db, from)? {
        store::place(db, file, post, thread, now)?;
    }
    Ok(())
}

/// A file with the posts that it stands in.
pub type Placed = (Attachment, Vec<Id>);

/// Everything that `who` has stored, oldest first.
///
/// # Errors
/// `SignInRequired`.
pub fn own(db: &mut Db, who: &Who) -> Result<Vec<Placed>> {
    let owner = who.member()?.id;
    let mut posts: HashMap<Id, Vec<Id>> = HashMap::new();
    for (attachment, post) in store::places_of(db, owner)? {
        posts.entry(attachment).or_default().push(post);
    }
    let all = store::of_owner(db, owner)?.into_iter();
    Ok(all
        .map(|one| {
            let posts = posts.remove(&one.id).unwrap_or_default();
            (one, posts)
        })
        .collect())
}

/// Forgets a file that no post has referred to since it was announced. True when nothing of it may stay on the shelf:
/// also where nothing was ever recorded. A post of the owner that names it after all keeps it, and is noted.
pub fn forget_orphan(db: &mut Db, id: Id, now: At) -> Result<bool> {
    let found = match store::by_id(db, id) {
        Ok(found) => found,
        Err(Error::NotFound) => return Ok(true),
        Err(other) => return Err(other),
    };
    if store::is_placed(db, id)? {
        return Ok(false);
    }
    let named = store::posts_naming(db, found.owner, &found.url())?;
    for (post, thread) in &named {
        store::place(db, id, *post, *thread, now)?;
    }
    if named.is_empty() {
        return store::remove_unplaced(db, id);
    }
    Ok(false)
}
