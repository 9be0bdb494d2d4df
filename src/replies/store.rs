//! SQL of replies.

use diesel::dsl::{count_star, max};
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::marks::Mark;
use super::{Draft, Heard, Reply};
use crate::accounts::{Mask, Signature, Writer};
use crate::clock::At;
use crate::db::among::AmongIds as _;
use crate::db::portable::OnBoth;
use crate::db::schema::{marks, replies, revisions, threads};
use crate::db::{Db, MultiBackend};
use crate::error::Result;
use crate::id::Id;
use crate::straight;
use crate::text::{self, RENDERER_VERSION};
use crate::threads::{Cursor, Revision, Visibility};

#[derive(Queryable, Selectable)]
#[diesel(table_name = replies, check_for_backend(MultiBackend))]
struct ReplyRow {
    id: Id,
    thread_id: Id,
    external_id: Option<String>,
    author_id: Id,
    body: String,
    body_html: String,
    renderer_version: i32,
    quote_of: Option<Id>,
    visibility: Visibility,
    revision: i32,
    created_at: At,
    updated_at: At,
    sealed_as: Option<String>,
}

impl From<ReplyRow> for Reply {
    fn from(row: ReplyRow) -> Reply {
        let body_html = if row.renderer_version == RENDERER_VERSION {
            row.body_html
        } else {
            text::render(&row.body)
        };
        Reply {
            id: row.id,
            thread: row.thread_id,
            external_id: row.external_id,
            author: Writer::new(row.author_id),
            signature: Signature::new(row.author_id, row.sealed_as.as_deref()),
            body: row.body,
            body_html,
            quote_of: row.quote_of,
            visibility: row.visibility,
            revision: row.revision,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

fn into_replies(rows: Vec<ReplyRow>) -> Vec<Reply> {
    rows.into_iter().map(Reply::from).collect()
}

pub fn insert(db: &mut Db, draft: &Draft<'_>) -> Result<()> {
    diesel::insert_into(replies::table)
        .values((
            replies::id.eq(draft.id),
            replies::thread_id.eq(draft.thread),
            replies::external_id.eq(draft.external_id),
            replies::author_id.eq(draft.author),
            replies::sealed_as.eq(draft.sealed_as.map(Mask::word)),
            replies::body.eq(draft.body),
            replies::body_html.eq(text::render(draft.body)),
            replies::renderer_version.eq(RENDERER_VERSION),
            replies::quote_of.eq(draft.quote_of),
            replies::visibility.eq(Visibility::Visible),
            replies::created_at.eq(draft.created_at),
            replies::updated_at.eq(draft.created_at),
        ))
        .execute(db)?;
    Ok(())
}

pub fn by_id(db: &mut Db, id: Id) -> Result<Reply> {
    Ok(replies::table
        .find(id)
        .select(ReplyRow::as_select())
        .first(db)?
        .into())
}

pub fn of_author(db: &mut Db, author: Id) -> Result<Vec<Reply>> {
    let rows = replies::table
        .filter(replies::author_id.eq(author))
        .order((replies::created_at, replies::id))
        .select(ReplyRow::as_select())
        .load(db)?;
    Ok(into_replies(rows))
}

/// Whether this person has sealed a reply of the thread.
pub fn has_sealed_in(db: &mut Db, author: Id, thread: Id) -> Result<bool> {
    let found: Option<Id> = replies::table
        .filter(replies::thread_id.eq(thread))
        .filter(replies::author_id.eq(author))
        .filter(replies::sealed_as.is_not_null())
        .select(replies::id)
        .first(db)
        .optional()?;
    Ok(found.is_some())
}

/// The visible replies of `author` in visible threads, the newest first; for others without those that are sealed.
pub fn visible_of_author(
    db: &mut Db,
    author: Id,
    own: bool,
    after: Option<Cursor>,
    limit: i64,
) -> Result<Vec<Reply>> {
    let mut query = replies::table
        .inner_join(threads::table.on(threads::id.eq(replies::thread_id)))
        .filter(replies::author_id.eq(author))
        .filter(replies::visibility.eq(Visibility::Visible))
        .filter(threads::visibility.eq(Visibility::Visible))
        .order((replies::created_at.desc(), replies::id.desc()))
        .limit(limit)
        .select(ReplyRow::as_select())
        .into_boxed::<MultiBackend>();
    if !own {
        query = query.filter(replies::sealed_as.is_null());
    }
    if let Some(after) = after {
        query = query.filter(
            replies::created_at.le(after.at).and(
                replies::created_at
                    .lt(after.at)
                    .or(replies::id.lt(after.id)),
            ),
        );
    }
    Ok(into_replies(query.load(db)?))
}

/// The visible replies of a thread, the newest first.
pub fn newest_of_thread(db: &mut Db, thread: Id, limit: i64) -> Result<Vec<Reply>> {
    let rows = replies::table
        .filter(replies::thread_id.eq(thread))
        .filter(replies::visibility.eq(Visibility::Visible))
        .order((replies::created_at.desc(), replies::id.desc()))
        .limit(limit)
        .select(ReplyRow::as_select())
        .load(db)?;
    Ok(into_replies(rows))
}

/// The visible replies of others in visible threads that `account` follows, the newest first.
pub fn newest_followed(db: &mut Db, account: Id, limit: i64) -> Result<Vec<Reply>> {
    let followed = marks::table
        .filter(marks::account_id.eq(account))
        .filter(marks::kind.eq(Mark::Follow))
        .select(marks::thread_id);
    let rows = replies::table
        .inner_join(threads::table.on(threads::id.eq(replies::thread_id)))
        .filter(replies::thread_id.eq_any(followed))
        .filter(replies::author_id.ne(account))
        .filter(replies::visibility.eq(Visibility::Visible))
        .filter(threads::visibility.eq(Visibility::Visible))
        .order((replies::created_at.desc(), replies::id.desc()))
        .limit(limit)
        .select(ReplyRow::as_select())
        .load(db)?;
    Ok(into_replies(rows))
}

pub fn all_marks_of(db: &mut Db, account: Id) -> Result<Vec<(Id, Mark, At)>> {
    Ok(marks::table
        .filter(marks::account_id.eq(account))
        .order((marks::at, marks::post_id))
        .select((marks::post_id, marks::kind, marks::at))
        .load(db)?)
}

pub fn delete_marks_of(db: &mut Db, account: Id, kinds: &[Mark]) -> Result<()> {
    diesel::delete(
        marks::table
            .filter(marks::account_id.eq(account))
            .filter(marks::kind.eq_any(kinds)),
    )
    .execute(db)?;
    Ok(())
}

pub fn by_ids(db: &mut Db, ids: &[Id]) -> Result<Vec<Reply>> {
    let rows = replies::table
        .filter(replies::id.among(ids))
        .select(ReplyRow::as_select())
        .load(db)?;
    Ok(into_replies(rows))
}

pub fn visible_by_ids(db: &mut Db, ids: &[Id]) -> Result<Vec<Reply>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = replies::table
        .filter(replies::id.among(ids))
        .filter(replies::visibility.eq(Visibility::Visible))
        .select(ReplyRow::as_select())
        .load(db)?;
    Ok(into_replies(rows))
}

/// Who looks at a list of replies.
#[derive(Clone, Copy)]
pub enum Viewer {
    /// Sees everything.
    Moderator,
    /// Sees what is visible, and their own while it is held or hidden.
    Reader(Option<Id>),
}

impl Viewer {
    fn sees_all(self) -> bool {
        matches!(self, Viewer::Moderator)
    }

    fn reader(self) -> Option<Id> {
        match self {
            Viewer::Moderator => None,
            Viewer::Reader(reader) => reader,
        }
    }
}

/// What of a thread a viewer sees: one expression for all of them, so that their statements are one. Not `eq_any`, which
/// SQLite would parse anew each time.
macro_rules! seen_by {
    ($viewer:expr) => {
        replies::visibility
            .eq(Visibility::Visible)
            .or(replies::author_id.nullable().eq($viewer.reader()).and(
                replies::visibility
                    .eq(Visibility::Held)
                    .or(replies::visibility.eq(Visibility::Hidden)),
            ))
            .or($viewer.sees_all().into_sql::<Bool>().nullable())
    };
}

/// The replies of a thread that `viewer` sees, oldest first, from `after` on.
pub fn of_thread(
    db: &mut Db,
    viewer: Viewer,
    thread: Id,
    after: Option<Cursor>,
    limit: i64,
) -> Result<Vec<Reply>> {
    let after = after.unwrap_or(Cursor::FIRST);
    let query = replies::table
        .filter(replies::thread_id.eq(thread))
        .filter(seen_by!(viewer))
        .filter(
            replies::created_at.ge(after.at).and(
                replies::created_at
                    .gt(after.at)
                    .or(replies::id.gt(after.id)),
            ),
        )
        .order((replies::created_at, replies::id))
        .limit(limit);
    let rows = match db {
        Db::Postgres(pg) => query.select(ReplyRow::as_select()).load(pg)?,
        Db::Sqlite(sqlite) => query.select(ReplyRow::as_select()).load(sqlite)?,
    };
    Ok(into_replies(rows))
}

/// The `limit` replies before `reply` on its thread, the nearest first: when each was written, and its id.
pub fn before(db: &mut Db, viewer: Viewer, reply: &Reply, limit: i64) -> Result<Vec<(At, Id)>> {
    let query = replies::table
        .filter(replies::thread_id.eq(reply.thread))
        .filter(seen_by!(viewer))
        .filter(
            replies::created_at.le(reply.created_at).and(
                replies::created_at
                    .lt(reply.created_at)
                    .or(replies::id.lt(reply.id)),
            ),
        )
        .order((replies::created_at.desc(), replies::id.desc()))
        .limit(limit)
        .select((replies::created_at, replies::id));
    Ok(query.load(db)?)
}

pub fn visible_of(db: &mut Db, of: &[Id]) -> Result<Vec<Reply>> {
    let rows = replies::table
        .filter(replies::thread_id.among(of))
        .filter(replies::visibility.eq(Visibility::Visible))
        .order((replies::thread_id, replies::created_at, replies::id))
        .select(ReplyRow::as_select())
        .load(db)?;
    Ok(into_replies(rows))
}

pub fn solvers(db: &mut Db, ids: &[Id]) -> Result<Vec<(Id, Signature)>> {
    let rows: Vec<(Id, Id, Option<String>)> = threads::table
        .inner_join(replies::table.on(threads::accepted_reply_id.eq(replies::id.nullable())))
        .filter(threads::id.among(ids))
        .filter(replies::visibility.eq(Visibility::Visible))
        .select((threads::id, replies::author_id, replies::sealed_as))
        .load(db)?;
    Ok(rows
        .into_iter()
        .map(|(thread, author, sealed)| (thread, Signature::new(author, sealed.as_deref())))
        .collect())
}

pub fn all_of(db: &mut Db, of: &[Id]) -> Result<Vec<Reply>> {
    let rows = replies::table
        .filter(replies::thread_id.among(of))
        .order((replies::thread_id, replies::created_at, replies::id))
        .select(ReplyRow::as_select())
        .load(db)?;
    Ok(into_replies(rows))
}

/// How many visible replies a thread has, and when the newest was written.
pub fn count_visible(db: &mut Db, thread: Id) -> Result<(i64, Option<At>)> {
    Ok(replies::table
        .filter(replies::thread_id.eq(thread))
        .filter(replies::visibility.eq(Visibility::Visible))
        .select((count_star(), max(replies::created_at)))
        .first(db)?)
}

/// False when the reply was changed since `present` was read.
pub fn update(
    db: &mut Db,
    present: &Reply,
    body: &str,
    signature: &Signature,
    now: At,
) -> Result<bool> {
    let changed = diesel::update(
        replies::table
            .find(present.id)
            .filter(replies::revision.eq(present.revision)),
    )
    .set((
        replies::body.eq(body),
        replies::body_html.eq(text::render(body)),
        replies::renderer_version.eq(RENDERER_VERSION),
        replies::sealed_as.eq(signature.mask().map(Mask::word)),
        replies::revision.eq(present.revision + 1),
        replies::updated_at.eq(now),
    ))
    .execute(db)?;
    Ok(changed == 1)
}

pub fn set_visibility(db: &mut Db, id: Id, visibility: Visibility) -> Result<()> {
    diesel::update(replies::table.find(id))
        .set(replies::visibility.eq(visibility))
        .execute(db)?;
    Ok(())
}

/// A reply that readers no longer see is no answer either.
pub fn withdraw_acceptance(db: &mut Db, reply: &Reply) -> Result<()> {
    diesel::update(
        threads::table
            .find(reply.thread)
            .filter(threads::accepted_reply_id.eq(reply.id)),
    )
    .set(threads::accepted_reply_id.eq(None::<Id>))
    .execute(db)?;
    Ok(())
}

/// `withheld`: also those that are for few.
pub fn revisions(db: &mut Db, reply: Id, withheld: bool) -> Result<Vec<Revision>> {
    let rows = revisions::table
        .filter(revisions::reply_id.eq(reply))
        .filter(
            revisions::withheld
                .eq(false)
                .or(revisions::withheld.eq(withheld)),
        )
        .order(revisions::number.desc())
        .select((revisions::number, revisions::body, revisions::written_at))
        .load::<(i32, String, At)>(db)?;
    Ok(rows
        .into_iter()
        .map(|(number, body, written_at)| Revision {
            number,
            title: None,
            body,
            practice: None,
            written_at,
            reply: Some(reply),
        })
        .collect())
}

pub fn rendered_before(db: &mut Db, version: i32, limit: i64) -> Result<Vec<(Id, String)>> {
    Ok(replies::table
        .filter(replies::renderer_version.lt(version))
        .limit(limit)
        .select((replies::id, replies::body))
        .load(db)?)
}

pub fn set_html(db: &mut Db, id: Id, html: &str) -> Result<()> {
    diesel::update(replies::table.find(id))
        .set((
            replies::body_html.eq(html),
            replies::renderer_version.eq(RENDERER_VERSION),
        ))
        .execute(db)?;
    Ok(())
}

pub fn set_mark(db: &mut Db, account: Id, thread: Id, post: Id, mark: Mark, now: At) -> Result<()> {
    OnBoth(
        diesel::insert_into(marks::table)
            .values((
                marks::account_id.eq(account),
                marks::post_id.eq(post),
                marks::thread_id.eq(thread),
                marks::kind.eq(mark),
                marks::at.eq(now),
            ))
            .on_conflict_do_nothing(),
    )
    .execute(db)?;
    Ok(())
}

pub fn clear_mark(db: &mut Db, account: Id, post: Id, mark: Mark) -> Result<()> {
    diesel::delete(marks::table.find((account, post, mark))).execute(db)?;
    Ok(())
}

pub fn count_marks(db: &mut Db, posts: &[Id]) -> Result<Vec<(Id, Mark, i64)>> {
    let query = marks::table
        .filter(marks::post_id.among(posts))
        // Not `eq_any`, which SQLite would parse anew each time.
        .filter(
            marks::kind
                .eq(Mark::Helpful)
                .or(marks::kind.eq(Mark::WantToTry)),
        )
        .group_by((marks::post_id, marks::kind))
        .select((marks::post_id, marks::kind, count_star()));
    Ok(straight!(db, query.load::<(Id, Mark, i64)>)?)
}

pub fn marks_of(db: &mut Db, account: Id, posts: &[Id]) -> Result<Vec<(Id, Mark)>> {
    let query = marks::table
        .filter(marks::account_id.eq(account))
        .filter(marks::post_id.among(posts))
        .select((marks::post_id, marks::kind));
    Ok(straight!(db, query.load::<(Id, Mark)>)?)
}

/// When and which visible threads a person has marked so, the newest first.
pub fn threads_marked(
    db: &mut Db,
    account: Id,
    mark: Mark,
    after: Option<Cursor>,
    limit: i64,
) -> Result<Vec<(At, Id)>> {
    let mut query = marks::table
        .inner_join(threads::table.on(threads::id.eq(marks::post_id)))
        .filter(marks::account_id.eq(account))
        .filter(marks::kind.eq(mark))
        .filter(threads::visibility.eq(Visibility::Visible))
        .order((marks::at.desc(), marks::post_id.desc()))
        .limit(limit)
        .select((marks::at, marks::post_id))
        .into_boxed::<MultiBackend>();
    if let Some(Cursor { at, id }) = after {
        query = query.filter(
            marks::at
                .le(at)
                .and(marks::at.lt(at).or(marks::post_id.lt(id))),
        );
    }
    Ok(query.load(db)?)
}

pub fn followers(db: &mut Db, thread: Id) -> Result<Vec<Id>> {
    Ok(marks::table
        .filter(marks::thread_id.eq(thread))
        .filter(marks::post_id.eq(thread))
        .filter(marks::kind.eq(Mark::Follow))
        .select(marks::account_id)
        .load(db)?)
}

type HeardRow = (Id, Id, Id, At);

fn heard(rows: Vec<HeardRow>) -> Vec<(Id, Heard)> {
    rows.into_iter()
        .map(|(person, thread, reply, at)| (person, Heard { thread, reply, at }))
        .collect()
}

/// Visible replies to visible threads that these people wrote, by others.
pub fn answers_to(db: &mut Db, people: &[Id], since: At, until: At) -> Result<Vec<(Id, Heard)>> {
    let rows: Vec<HeardRow> = replies::table
        .inner_join(threads::table.on(threads::id.eq(replies::thread_id)))
        .filter(threads::author_id.among(people))
        .filter(threads::active_at.gt(since))
        .filter(threads::visibility.eq(Visibility::Visible))
        .filter(replies::visibility.eq(Visibility::Visible))
        .filter(replies::author_id.ne(threads::author_id))
        .filter(replies::created_at.gt(since))
        .filter(replies::created_at.le(until))
        .select((
            threads::author_id,
            threads::id,
            replies::id,
            replies::created_at,
        ))
        .load(db)?;
    Ok(heard(rows))
}

/// Visible replies by others in visible threads that these people follow.
pub fn news_followed(db: &mut Db, people: &[Id], since: At, until: At) -> Result<Vec<(Id, Heard)>> {
    let rows: Vec<HeardRow> = marks::table
        .inner_join(threads::table.on(threads::id.eq(marks::thread_id)))
        .inner_join(replies::table.on(replies::thread_id.eq(marks::thread_id)))
        .filter(marks::account_id.among(people))
        .filter(marks::kind.eq(Mark::Follow))
        .filter(threads::active_at.gt(since))
        .filter(threads::visibility.eq(Visibility::Visible))
        .filter(replies::visibility.eq(Visibility::Visible))
        .filter(replies::author_id.ne(marks::account_id))
        .filter(replies::created_at.gt(since))
        .filter(replies::created_at.le(until))
        .select((
            marks::account_id,
            threads::id,
            replies::id,
            replies::created_at,
        ))
        .load(db)?;
    Ok(heard(rows))
}

/// Person, thread, reply: what these people have answered.
pub fn written_in(db: &mut Db, people: &[Id], since: At) -> Result<Vec<(Id, Id, Id)>> {
    Ok(replies::table
        .filter(replies::author_id.among(people))
        .filter(replies::created_at.gt(since))
        .select((replies::author_id, replies::thread_id, replies::id))
        .load(db)?)
}

/// Person, thread: what these people have marked.
pub fn marked(db: &mut Db, people: &[Id], since: At) -> Result<Vec<(Id, Id)>> {
    Ok(marks::table
        .filter(marks::account_id.among(people))
        .filter(marks::at.gt(since))
        .select((marks::account_id, marks::thread_id))
        .load(db)?)
}

pub fn visible_among(db: &mut Db, ids: &[Id]) -> Result<Vec<Id>> {
    Ok(replies::table
        .filter(replies::id.among(ids))
        .filter(replies::visibility.eq(Visibility::Visible))
        .select(replies::id)
        .load(db)?)
}
