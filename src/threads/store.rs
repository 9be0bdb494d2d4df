//! SQL of threads and their labels.

use std::collections::HashMap;

use diesel::dsl::count_star;
use diesel::prelude::*;

use super::standing::Tried;
use super::{Draft, Kind, Labels, Named, NewThread, Practice, Standing, Thread, Visibility};
use crate::accounts::{Mask, Signature, Writer};
use crate::clock::At;
use crate::db::among::AmongIds as _;
use crate::db::portable::{OnBoth, duplicates};
use crate::db::schema::{finished_practices, thread_labels, threads};
use crate::db::{Db, MultiBackend};
use crate::error::{Error, Result};
use crate::id::Id;
use crate::straight;
use crate::text::{self, RENDERER_VERSION, fold};
use crate::text_enum;

text_enum! {
    pub enum LabelKind {
        Policy = "policy",
        Initiative = "initiative",
        Tag = "tag",
        Tool = "tool",
        Item = "item",
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = threads, check_for_backend(MultiBackend))]
struct ThreadRow {
    id: Id,
    short_code: String,
    external_id: Option<String>,
    kind: Kind,
    title: String,
    body: String,
    body_html: String,
    renderer_version: i32,
    practice: Option<String>,
    school_type: String,
    subject: Option<String>,
    grade: Option<String>,
    author_id: Id,
    vocabulary_id: Id,
    visibility: Visibility,
    accepted_reply_id: Option<Id>,
    reply_count: i32,
    revision: i32,
    created_at: At,
    updated_at: At,
    active_at: At,
    sealed_as: Option<String>,
    lock_reason: Option<String>,
    duplicate_of: Option<Id>,
    merged_into: Option<Id>,
    recommended: bool,
    outdated: bool,
    tries: i32,
    tried_types: i32,
}

impl ThreadRow {
    fn into_thread(self, labels: Labels) -> Result<Thread> {
        let practice = read_practice(self.practice)?;
        let body_html = if self.renderer_version == RENDERER_VERSION {
            self.body_html
        } else {
            text::render(&self.body)
        };
        Ok(Thread {
            id: self.id,
            short_code: self.short_code,
            external_id: self.external_id,
            kind: self.kind,
            title: self.title,
            body: self.body,
            body_html,
            practice,
            school_type: self.school_type,
            subject: self.subject,
            grade: self.grade,
            author: Writer::new(self.author_id),
            signature: Signature::new(self.author_id, self.sealed_as.as_deref()),
            vocabulary: self.vocabulary_id,
            visibility: self.visibility,
            accepted_reply: self.accepted_reply_id,
            reply_count: self.reply_count,
            revision: self.revision,
            created_at: self.created_at,
            updated_at: self.updated_at,
            active_at: self.active_at,
            labels,
            lock: self.lock_reason,
            duplicate_of: self.duplicate_of,
            merged_into: self.merged_into,
            standing: Standing {
                recommended: self.recommended,
                outdated: self.outdated,
                tries: self.tries,
                tried_types: self.tried_types,
            },
        })
    }
}

pub fn insert(db: &mut Db, draft: &Draft<'_>, short_code: &str) -> Result<()> {
    let new = draft.new;
    diesel::insert_into(threads::table)
        .values((
            threads::id.eq(draft.id),
            threads::short_code.eq(short_code),
            threads::external_id.eq(draft.external_id),
            threads::kind.eq(new.kind),
            threads::title.eq(&new.title),
            threads::body.eq(&new.body),
            threads::body_html.eq(text::render(&new.body)),
            threads::renderer_version.eq(RENDERER_VERSION),
            threads::practice.eq(practice_json(new.practice.as_ref())?),
            threads::school_type.eq(&new.school_type),
            threads::subject.eq(&new.subject),
            threads::grade.eq(&new.grade),
            threads::author_id.eq(draft.author),
            threads::sealed_as.eq(draft.sealed_as.map(Mask::word)),
            threads::vocabulary_id.eq(new.vocabulary),
            threads::visibility.eq(Visibility::Visible),
            threads::created_at.eq(draft.created_at),
            threads::updated_at.eq(draft.created_at),
            threads::active_at.eq(draft.created_at),
        ))
        .execute(db)
        .map_err(|error| {
            if duplicates(&error, "threads", "short_code") {
                Error::field("short_code", "taken", "")
            } else {
                error.into()
            }
        })?;
    Ok(())
}

pub fn practice_json(practice: Option<&Practice>) -> Result<Option<String>> {
    practice
        .map(serde_json::to_string)
        .transpose()
        .map_err(Error::internal)
}

pub fn read_practice(stored: Option<String>) -> Result<Option<Practice>> {
    stored
        .map(|text| serde_json::from_str::<Practice>(&text))
        .transpose()
        .map_err(Error::internal)
}

/// False when the thread was changed, or merged, since `present` was read.
pub fn update(
    db: &mut Db,
    present: &Thread,
    new: &NewThread,
    signature: &Signature,
    now: At,
) -> Result<bool> {
    let changed = diesel::update(
        threads::table
            .find(present.id)
            .filter(threads::revision.eq(present.revision))
            .filter(threads::merged_into.is_null()),
    )
    .set((
        threads::kind.eq(new.kind),
        threads::title.eq(&new.title),
        threads::body.eq(&new.body),
        threads::body_html.eq(text::render(&new.body)),
        threads::renderer_version.eq(RENDERER_VERSION),
        threads::practice.eq(practice_json(new.practice.as_ref())?),
        threads::school_type.eq(&new.school_type),
        threads::subject.eq(&new.subject),
        threads::grade.eq(&new.grade),
        threads::vocabulary_id.eq(new.vocabulary),
        threads::sealed_as.eq(signature.mask().map(Mask::word)),
        threads::revision.eq(present.revision + 1),
        threads::updated_at.eq(now),
    ))
    .execute(db)?;
    Ok(changed == 1)
}

/// Replaces the labels of a thread.
pub fn put_labels(db: &mut Db, thread: Id, labels: &Labels) -> Result<()> {
    diesel::delete(thread_labels::table.filter(thread_labels::thread_id.eq(thread))).execute(db)?;
    let policies = labels
        .policies
        .iter()
        .map(|number| (LabelKind::Policy, number.to_string(), number.to_string()));
    let initiatives = labels
        .initiatives
        .iter()
        .map(|slug| (LabelKind::Initiative, slug.clone(), slug.clone()));
    let tags = labels
        .tags
        .iter()
        .map(|tag| (LabelKind::Tag, fold(tag), tag.clone()));
    let tools = labels
        .tools
        .iter()
        .map(|tool| (LabelKind::Tool, fold(tool), tool.clone()));
    let items = labels
        .items
        .iter()
        .map(|item| (LabelKind::Item, item.clone(), item.clone()));
    let all = policies
        .chain(initiatives)
        .chain(tags)
        .chain(tools)
        .chain(items);
    for (place, (kind, key, value)) in (0..).zip(all) {
        diesel::insert_into(thread_labels::table)
            .values((
                thread_labels::thread_id.eq(thread),
                thread_labels::kind.eq(kind),
                thread_labels::key.eq(key),
                thread_labels::value.eq(value),
                thread_labels::place.eq(place),
            ))
            .execute(db)?;
    }
    Ok(())
}

pub fn labels_of(db: &mut Db, ids: &[Id]) -> Result<HashMap<Id, Labels>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let query = thread_labels::table
        .filter(thread_labels::thread_id.among(ids))
        .order((thread_labels::thread_id, thread_labels::place))
        .select((
            thread_labels::thread_id,
            thread_labels::kind,
            thread_labels::value,
        ));
    let rows = straight!(db, query.load::<(Id, LabelKind, String)>)?;
    let mut all: HashMap<Id, Labels> = HashMap::new();
    for (thread, kind, value) in rows {
        let labels = all.entry(thread).or_default();
        match kind {
            LabelKind::Policy => labels.policies.extend(value.parse::<u8>()),
            LabelKind::Initiative => labels.initiatives.push(value),
            LabelKind::Tag => labels.tags.push(value),
            LabelKind::Tool => labels.tools.push(value),
            LabelKind::Item => labels.items.push(value),
        }
    }
    Ok(all)
}

pub fn by_id(db: &mut Db, id: Id) -> Result<Thread> {
    let query = threads::table.find(id).limit(1);
    let row = match db {
        Db::Postgres(pg) => query.select(ThreadRow::as_select()).get_result(pg)?,
        Db::Sqlite(sqlite) => query.select(ThreadRow::as_select()).get_result(sqlite)?,
    };
    let labels = labels_of(db, &[id])?.remove(&id).unwrap_or_default();
    row.into_thread(labels)
}

pub fn by_short_code(db: &mut Db, code: &str) -> Result<(Id, Writer, Visibility)> {
    let (id, author, visibility) = threads::table
        .filter(threads::short_code.eq(code))
        .select((threads::id, threads::author_id, threads::visibility))
        .first(db)?;
    Ok((id, Writer::new(author), visibility))
}

pub fn by_external_id(db: &mut Db, external_id: &str) -> Result<Option<Id>> {
    Ok(threads::table
        .filter(threads::external_id.eq(external_id))
        .select(threads::id)
        .first(db)
        .optional()?)
}

fn full(db: &mut Db, rows: Vec<ThreadRow>) -> Result<Vec<Thread>> {
    let ids: Vec<Id> = rows.iter().map(|row| row.id).collect();
    let mut labels = labels_of(db, &ids)?;
    rows.into_iter()
        .map(|row| {
            let labels = labels.remove(&row.id).unwrap_or_default();
            row.into_thread(labels)
        })
        .collect()
}

pub fn in_full(db: &mut Db, ids: &[Id]) -> Result<Vec<Thread>> {
    let rows = threads::table
        .filter(threads::id.among(ids))
        .order(threads::id)
        .select(ThreadRow::as_select())
        .load(db)?;
    full(db, rows)
}

pub fn visible_in_full(db: &mut Db, ids: &[Id]) -> Result<Vec<Thread>> {
    let rows = threads::table
        .filter(threads::id.among(ids))
        .filter(threads::visibility.eq(Visibility::Visible))
        .select(ThreadRow::as_select())
        .load(db)?;
    full(db, rows)
}

/// One indexed look-up a key.
pub fn visible_name(db: &mut Db, key: &str) -> Result<Option<Named>> {
    let found: Option<(LabelKind, String)> = thread_labels::table
        .inner_join(threads::table)
        .filter(thread_labels::kind.eq_any([LabelKind::Tag, LabelKind::Tool]))
        .filter(thread_labels::key.eq(key))
        .filter(threads::visibility.eq(Visibility::Visible))
        .select((thread_labels::kind, thread_labels::value))
        .first(db)
        .optional()?;
    Ok(found.map(|(kind, value)| Named {
        value,
        tool: kind == LabelKind::Tool,
    }))
}

pub fn visible_bodies(db: &mut Db, ids: &[Id]) -> Result<Vec<(Id, String, Option<Practice>)>> {
    let rows: Vec<(Id, String, Option<String>)> = threads::table
        .filter(threads::id.among(ids))
        .filter(threads::visibility.eq(Visibility::Visible))
        .select((threads::id, threads::body, threads::practice))
        .load(db)?;
    rows.into_iter()
        .map(|(id, body, practice)| Ok((id, body, read_practice(practice)?)))
        .collect()
}

pub fn stop_asking(db: &mut Db, practice: Id, now: At) -> Result<()> {
    OnBoth(
        diesel::insert_into(finished_practices::table)
            .values((
                finished_practices::thread_id.eq(practice),
                finished_practices::at.eq(now),
            ))
            .on_conflict_do_nothing(),
    )
    .execute(db)?;
    Ok(())
}

pub fn asks_no_more(db: &mut Db, practice: Id) -> Result<bool> {
    let found = finished_practices::table
        .find(practice)
        .select(finished_practices::thread_id)
        .first::<Id>(db)
        .optional()?;
    Ok(found.is_some())
}

pub fn ids_after(db: &mut Db, after: Option<Id>, limit: i64) -> Result<Vec<Id>> {
    let mut query = threads::table
        .order(threads::id)
        .limit(limit)
        .select(threads::id)
        .into_boxed::<MultiBackend>();
    if let Some(after) = after {
        query = query.filter(threads::id.gt(after));
    }
    Ok(query.load(db)?)
}

pub fn ids_of(db: &mut Db, author: Id) -> Result<Vec<Id>> {
    Ok(threads::table
        .filter(threads::author_id.eq(author))
        .order((threads::created_at, threads::id))
        .select(threads::id)
        .load(db)?)
}

pub fn set_recommended(db: &mut Db, id: Id, recommended: bool) -> Result<()> {
    diesel::update(threads::table.find(id))
        .set(threads::recommended.eq(recommended))
        .execute(db)?;
    Ok(())
}

pub fn set_outdated(db: &mut Db, id: Id, outdated: bool) -> Result<()> {
    diesel::update(threads::table.find(id))
        .set(threads::outdated.eq(outdated))
        .execute(db)?;
    Ok(())
}

pub fn set_tried(db: &mut Db, id: Id, tried: Tried) -> Result<()> {
    diesel::update(threads::table.find(id))
        .set((
            threads::tries.eq(tried.tries),
            threads::tried_types.eq(tried.types),
            threads::worth.eq(tried.worth),
        ))
        .execute(db)?;
    Ok(())
}

/// What was merged meanwhile does not come back as an empty thread.
pub fn set_visibility(db: &mut Db, id: Id, visibility: Visibility) -> Result<()> {
    let changed = diesel::update(
        threads::table
            .find(id)
            .filter(threads::merged_into.is_null()),
    )
    .set(threads::visibility.eq(visibility))
    .execute(db)?;
    if changed == 0 {
        return Err(Error::NotFound);
    }
    Ok(())
}

/// SQLite has one writer at a time; on PostgreSQL the row's lock makes others wait.
pub fn hold(db: &mut Db, id: Id) -> Result<()> {
    if let Db::Postgres(pg) = db {
        threads::table
            .find(id)
            .select(threads::id)
            .for_no_key_update()
            .first::<Id>(pg)?;
    }
    Ok(())
}

pub fn merged_into(db: &mut Db, id: Id) -> Result<Option<Id>> {
    Ok(threads::table
        .find(id)
        .select(threads::merged_into)
        .first(db)?)
}

pub fn naming(db: &mut Db, id: Id) -> Result<Vec<Id>> {
    Ok(threads::table
        .filter(threads::merged_into.eq(id).or(threads::duplicate_of.eq(id)))
        .select(threads::id)
        .load(db)?)
}

pub fn set_lock(db: &mut Db, id: Id, reason: Option<&str>) -> Result<()> {
    diesel::update(threads::table.find(id))
        .set(threads::lock_reason.eq(reason))
        .execute(db)?;
    Ok(())
}

pub fn set_duplicate(db: &mut Db, id: Id, of: Option<Id>) -> Result<()> {
    diesel::update(threads::table.find(id))
        .set(threads::duplicate_of.eq(of))
        .execute(db)?;
    Ok(())
}

/// What was merged into or named the thread before goes with it; the target is no duplicate of what it took in.
pub fn set_merged(db: &mut Db, id: Id, target: Id) -> Result<()> {
    diesel::update(threads::table.find(id))
        .set((
            threads::merged_into.eq(target),
            threads::visibility.eq(Visibility::Deleted),
            threads::duplicate_of.eq(None::<Id>),
            threads::accepted_reply_id.eq(None::<Id>),
            threads::reply_count.eq(0),
        ))
        .execute(db)?;
    diesel::update(threads::table.filter(threads::merged_into.eq(id)))
        .set(threads::merged_into.eq(target))
        .execute(db)?;
    diesel::update(
        threads::table
            .find(target)
            .filter(threads::duplicate_of.eq(id)),
    )
    .set(threads::duplicate_of.eq(None::<Id>))
    .execute(db)?;
    diesel::update(threads::table.filter(threads::duplicate_of.eq(id)))
        .set(threads::duplicate_of.eq(target))
        .execute(db)?;
    Ok(())
}

pub fn set_accepted(db: &mut Db, id: Id, reply: Option<Id>) -> Result<()> {
    diesel::update(threads::table.find(id))
        .set(threads::accepted_reply_id.eq(reply))
        .execute(db)?;
    Ok(())
}

/// `active_at` is that of the newest visible reply, or the thread's own.
pub fn note_replies(db: &mut Db, id: Id, count: i32, newest: Option<At>) -> Result<()> {
    let thread = diesel::update(threads::table.find(id));
    match newest {
        Some(newest) => thread
            .set((
                threads::reply_count.eq(count),
                threads::active_at.eq(newest),
            ))
            .execute(db)?,
        None => thread
            .set((
                threads::reply_count.eq(count),
                threads::active_at.eq(threads::created_at),
            ))
            .execute(db)?,
    };
    Ok(())
}

pub fn counts_by_policy(db: &mut Db, since: At) -> Result<HashMap<u8, i64>> {
    // From the threads to their labels: joined, SQLite would begin with the labels of all threads there are.
    let since = threads::table
        .filter(threads::visibility.eq(Visibility::Visible))
        .filter(threads::created_at.ge(since))
        .select(threads::id);
    let rows = thread_labels::table
        .filter(thread_labels::kind.eq(LabelKind::Policy))
        .filter(thread_labels::thread_id.eq_any(since))
        .group_by(thread_labels::key)
        .select((thread_labels::key, count_star()))
        .load::<(String, i64)>(db)?;
    Ok(rows
        .into_iter()
        .filter_map(|(key, count)| Some((key.parse().ok()?, count)))
        .collect())
}

pub fn counts_by_initiative(db: &mut Db) -> Result<HashMap<String, i64>> {
    Ok(thread_labels::table
        .inner_join(threads::table)
        .filter(thread_labels::kind.eq(LabelKind::Initiative))
        .filter(threads::visibility.eq(Visibility::Visible))
        .group_by(thread_labels::key)
        .select((thread_labels::key, count_star()))
        .load::<(String, i64)>(db)?
        .into_iter()
        .collect())
}

pub fn rendered_before(db: &mut Db, version: i32, limit: i64) -> Result<Vec<(Id, String)>> {
    Ok(threads::table
        .filter(threads::renderer_version.lt(version))
        .limit(limit)
        .select((threads::id, threads::body))
        .load(db)?)
}

pub fn set_html(db: &mut Db, id: Id, html: &str) -> Result<()> {
    diesel::update(threads::table.find(id))
        .set((
            threads::body_html.eq(html),
            threads::renderer_version.eq(RENDERER_VERSION),
        ))
        .execute(db)?;
    Ok(())
}
