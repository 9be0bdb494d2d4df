//! SQL of images and files.

use diesel::prelude::*;

use super::{Attachment, Media, Rights};
use crate::clock::At;
use crate::db::among::AmongIds as _;
use crate::db::portable::OnBoth;
use crate::db::schema::{attachment_places as places, attachments, replies, threads};
use crate::db::{Db, MultiBackend};
use crate::error::Result;
use crate::id::Id;

#[derive(Queryable, Selectable)]
#[diesel(table_name = attachments, check_for_backend(MultiBackend))]
struct Row {
    id: Id,
    owner_id: Id,
    media_type: Media,
    name: String,
    bytes: i32,
    width: Option<i32>,
    height: Option<i32>,
    alt: String,
    rights: Rights,
    source: String,
    created_at: At,
}

impl From<Row> for Attachment {
    fn from(row: Row) -> Attachment {
        Attachment {
            id: row.id,
            owner: row.owner_id,
            media: row.media_type,
            name: row.name,
            bytes: row.bytes,
            width: row.width,
            height: row.height,
            alt: row.alt,
            rights: row.rights,
            source: row.source,
            created_at: row.created_at,
        }
    }
}

/// Does nothing where it stands.
pub fn insert(db: &mut Db, new: &Attachment) -> Result<()> {
    OnBoth(
        diesel::insert_into(attachments::table)
            .values((
                attachments::id.eq(new.id),
                attachments::owner_id.eq(new.owner),
                attachments::media_type.eq(new.media),
                attachments::name.eq(new.name.as_str()),
                attachments::bytes.eq(new.bytes),
                attachments::width.eq(new.width),
                attachments::height.eq(new.height),
                attachments::alt.eq(new.alt.as_str()),
                attachments::rights.eq(new.rights),
                attachments::source.eq(new.source.as_str()),
                attachments::created_at.eq(new.created_at),
            ))
            .on_conflict_do_nothing(),
    )
    .execute(db)?;
    Ok(())
}

pub fn by_id(db: &mut Db, id: Id) -> Result<Attachment> {
    let row = attachments::table
        .find(id)
        .select(Row::as_select())
        .first(db)?;
    Ok(row.into())
}

pub fn stored_since(db: &mut Db, owner: Id, since: At) -> Result<i64> {
    Ok(attachments::table
        .filter(attachments::owner_id.eq(owner))
        .filter(attachments::created_at.gt(since))
        .count()
        .get_result(db)?)
}

/// Oldest first.
pub fn of_owner(db: &mut Db, owner: Id) -> Result<Vec<Attachment>> {
    let rows = attachments::table
        .filter(attachments::owner_id.eq(owner))
        .order((attachments::created_at, attachments::id))
        .select(Row::as_select())
        .load(db)?;
    Ok(rows.into_iter().map(Attachment::from).collect())
}

/// File and post, in the order of their being put there.
pub fn places_of(db: &mut Db, owner: Id) -> Result<Vec<(Id, Id)>> {
    Ok(places::table
        .inner_join(attachments::table.on(attachments::id.eq(places::attachment_id)))
        .filter(attachments::owner_id.eq(owner))
        .order((places::at, places::post_id))
        .select((places::attachment_id, places::post_id))
        .load(db)?)
}

pub fn owned_among(db: &mut Db, owner: Id, ids: &[Id]) -> Result<Vec<Id>> {
    Ok(attachments::table
        .filter(attachments::id.among(ids))
        .filter(attachments::owner_id.eq(owner))
        .select(attachments::id)
        .load(db)?)
}

/// Notes the post; does nothing where it is noted.
pub fn place(db: &mut Db, attachment: Id, post: Id, thread: Id, now: At) -> Result<()> {
    OnBoth(
        diesel::insert_into(places::table)
            .values((
                places::attachment_id.eq(attachment),
                places::post_id.eq(post),
                places::thread_id.eq(thread),
                places::at.eq(now),
            ))
            .on_conflict_do_nothing(),
    )
    .execute(db)?;
    Ok(())
}

/// The files of a post.
pub fn in_post(db: &mut Db, post: Id) -> Result<Vec<Id>> {
    Ok(places::table
        .filter(places::post_id.eq(post))
        .select(places::attachment_id)
        .load(db)?)
}

/// Forgets all files of a post but `kept`. Returns those that were forgotten.
pub fn forget_places(db: &mut Db, post: Id, kept: &[Id]) -> Result<Vec<Id>> {
    let stands = places::table
        .filter(places::post_id.eq(post))
        .filter(places::attachment_id.ne_all(kept));
    Ok(diesel::delete(stands)
        .returning(places::attachment_id)
        .get_results(db)?)
}

/// Post and thread, the newest first; the two are the same where the file stands in the thread itself.
pub fn places(db: &mut Db, attachment: Id, limit: i64) -> Result<Vec<(Id, Id)>> {
    Ok(places::table
        .filter(places::attachment_id.eq(attachment))
        .order((places::at.desc(), places::post_id.desc()))
        .limit(limit)
        .select((places::post_id, places::thread_id))
        .load(db)?)
}

pub fn is_placed(db: &mut Db, attachment: Id) -> Result<bool> {
    let noted = places::table
        .filter(places::attachment_id.eq(attachment))
        .select(places::post_id)
        .first::<Id>(db)
        .optional()?;
    Ok(noted.is_some())
}

/// Post and thread of everything by `owner` that holds the text `url`, which has no character with a meaning in LIKE.
pub fn posts_naming(db: &mut Db, owner: Id, url: &str) -> Result<Vec<(Id, Id)>> {
    let pattern = format!("%{url}%");
    let mut found: Vec<(Id, Id)> = threads::table
        .filter(threads::author_id.eq(owner))
        .filter(threads::body.like(&pattern))
        .select((threads::id, threads::id))
        .load(db)?;
    found.extend(
        replies::table
            .filter(replies::author_id.eq(owner))
            .filter(replies::body.like(&pattern))
            .select((replies::id, replies::thread_id))
            .load::<(Id, Id)>(db)?,
    );
    Ok(found)
}

/// False when a post has been noted meanwhile.
pub fn remove_unplaced(db: &mut Db, id: Id) -> Result<bool> {
    let placed = places::table
        .filter(places::attachment_id.eq(id))
        .select(places::attachment_id);
    let gone = diesel::delete(
        attachments::table
            .filter(attachments::id.eq(id))
            .filter(diesel::dsl::not(diesel::dsl::exists(placed))),
    )
    .execute(db)?;
    Ok(gone == 1)
}
