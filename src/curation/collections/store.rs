//! SQL of collections.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use diesel::prelude::*;

use super::{Collection, Content, Filter, Item, Pick, State, Training, TrainingForm, Version};
use crate::accounts::Experience;
use crate::clock::At;
use crate::db::among::AmongIds as _;
use crate::db::portable::{OnBoth, duplicates};
use crate::db::schema::{
    collection_editors as editors, collection_items as items, collection_revisions as revisions,
    collections, refusals, threads,
};
use crate::db::{Db, MultiBackend};
use crate::error::{Error, Result};
use crate::id::Id;
use crate::text::{RENDERER_VERSION, render};
use crate::threads::{Cursor, Visibility};

#[derive(Queryable, Selectable)]
#[diesel(table_name = collections, check_for_backend(MultiBackend))]
struct Row {
    id: Id,
    short_code: String,
    owner_id: Id,
    state: State,
    title: String,
    cover: String,
    cover_html: String,
    renderer_version: i32,
    policy: i32,
    other_policy: Option<i32>,
    school_types: String,
    experience: String,
    training_form: Option<TrainingForm>,
    training_on: Option<NaiveDate>,
    training_place: Option<String>,
    revision: i32,
    created_at: At,
    updated_at: At,
    published_at: Option<At>,
}

impl Row {
    fn into_collection(self, items: Vec<Item>, editors: Vec<Id>) -> Collection {
        let cover_html = if self.renderer_version == RENDERER_VERSION {
            self.cover_html
        } else {
            render(&self.cover)
        };
        let (on, place) = (self.training_on, self.training_place);
        Collection {
            id: self.id,
            short_code: self.short_code,
            owner: self.owner_id,
            editors,
            state: self.state,
            content: Content {
                title: self.title,
                cover: self.cover,
                policies: std::iter::once(self.policy)
                    .chain(self.other_policy)
                    .filter_map(|number| u8::try_from(number).ok())
                    .collect(),
                school_types: listed(&self.school_types).map(str::to_owned).collect(),
                experience: listed(&self.experience)
                    .filter_map(Experience::parse)
                    .collect(),
                training: self.training_form.map(|form| Training { form, on, place }),
                items,
            },
            cover_html,
            revision: self.revision,
            created_at: self.created_at,
            updated_at: self.updated_at,
            published_at: self.published_at,
        }
    }
}

/// A list as a column holds it, with a comma on each side of every word: `,a,b,`; empty for none.
fn joined<T: ToString>(words: &[T]) -> String {
    if words.is_empty() {
        return String::new();
    }
    let words: Vec<String> = words.iter().map(ToString::to_string).collect();
    format!(",{},", words.join(","))
}

fn listed(column: &str) -> impl Iterator<Item = &str> {
    column.split(',').filter(|word| !word.is_empty())
}

fn policies(content: &Content) -> (i32, Option<i32>) {
    let mut numbers = content.policies.iter().map(|number| i32::from(*number));
    (numbers.next().unwrap_or_default(), numbers.next())
}

macro_rules! content_columns {
    ($collection:expr) => {{
        let content = &$collection.content;
        let (policy, other_policy) = policies(content);
        let training = content.training.as_ref();
        (
            collections::state.eq($collection.state),
            collections::title.eq(&content.title),
            collections::cover.eq(&content.cover),
            collections::cover_html.eq(&$collection.cover_html),
            collections::renderer_version.eq(RENDERER_VERSION),
            collections::policy.eq(policy),
            collections::other_policy.eq(other_policy),
            collections::school_types.eq(joined(&content.school_types)),
            collections::experience.eq(joined(&content.experience)),
            collections::training_form.eq(training.map(|one| one.form)),
            collections::training_on.eq(training.and_then(|one| one.on)),
            collections::training_place.eq(training.and_then(|one| one.place.clone())),
            collections::revision.eq($collection.revision),
            collections::updated_at.eq($collection.updated_at),
            collections::published_at.eq($collection.published_at),
        )
    }};
}

/// # Errors
/// `Invalid` naming `short_code` when that is taken.
pub fn insert(db: &mut Db, collection: &Collection) -> Result<()> {
    diesel::insert_into(collections::table)
        .values((
            collections::id.eq(collection.id),
            collections::short_code.eq(&collection.short_code),
            collections::owner_id.eq(collection.owner),
            collections::created_at.eq(collection.created_at),
            content_columns!(collection),
        ))
        .execute(db)
        .map_err(|error| {
            if duplicates(&error, "collections", "short_code") {
                Error::field("short_code", "taken", "")
            } else {
                error.into()
            }
        })?;
    put_items(db, collection, &HashMap::new())
}

/// False when it is not at revision `before` any more.
pub fn update(db: &mut Db, collection: &Collection, before: i32) -> Result<bool> {
    let changed = diesel::update(
        collections::table
            .find(collection.id)
            .filter(collections::revision.eq(before)),
    )
    .set(content_columns!(collection))
    .execute(db)?;
    if changed == 0 {
        return Ok(false);
    }
    let known: HashMap<Id, At> = items::table
        .filter(items::collection_id.eq(collection.id))
        .select((items::thread_id, items::added_at))
        .load::<(Id, At)>(db)?
        .into_iter()
        .collect();
    diesel::delete(items::table.filter(items::collection_id.eq(collection.id))).execute(db)?;
    put_items(db, collection, &known)?;
    Ok(true)
}

/// `known`: since when those that stood in it before do.
fn put_items(db: &mut Db, collection: &Collection, known: &HashMap<Id, At>) -> Result<()> {
    for (place, item) in (0..).zip(&collection.content.items) {
        let since = known.get(&item.thread).copied();
        diesel::insert_into(items::table)
            .values((
                items::collection_id.eq(collection.id),
                items::thread_id.eq(item.thread),
                items::place.eq(place),
                items::comment.eq(&item.comment),
                items::added_at.eq(since.unwrap_or(collection.updated_at)),
            ))
            .execute(db)?;
    }
    Ok(())
}

/// SQLite has one writer at a time; on PostgreSQL the row's lock makes others wait.
pub fn hold(db: &mut Db, id: Id) -> Result<()> {
    if let Db::Postgres(pg) = db {
        collections::table
            .find(id)
            .select(collections::id)
            .for_no_key_update()
            .first::<Id>(pg)?;
    }
    Ok(())
}

/// Keeps the version that stands now, as one that `editor` wrote.
pub fn keep_revision(db: &mut Db, id: Id, editor: Id) -> Result<()> {
    let present = by_id(db, id)?;
    let document = serde_json::to_string(&present.content).map_err(Error::internal)?;
    diesel::insert_into(revisions::table)
        .values((
            revisions::collection_id.eq(id),
            revisions::number.eq(present.revision),
            revisions::editor_id.eq(editor),
            revisions::document.eq(document),
            revisions::written_at.eq(present.updated_at),
        ))
        .execute(db)?;
    Ok(())
}

pub fn versions(db: &mut Db, id: Id) -> Result<Vec<Version>> {
    let rows: Vec<(i32, Id, String, At)> = revisions::table
        .filter(revisions::collection_id.eq(id))
        .order(revisions::number.desc())
        .select((
            revisions::number,
            revisions::editor_id,
            revisions::document,
            revisions::written_at,
        ))
        .load(db)?;
    rows.into_iter()
        .map(|(number, editor, document, written_at)| {
            Ok(Version {
                number,
                editor,
                content: serde_json::from_str(&document).map_err(Error::internal)?,
                written_at,
            })
        })
        .collect()
}

/// Three queries, whatever their number.
fn whole(db: &mut Db, rows: Vec<Row>) -> Result<Vec<Collection>> {
    if rows.is_empty() {
        return Ok(Vec::new()); // most threads stand in no collection
    }
    let ids: Vec<Id> = rows.iter().map(|row| row.id).collect();
    let found: Vec<(Id, Id, String, Visibility)> = items::table
        .inner_join(threads::table)
        .filter(items::collection_id.among(&ids))
        .order((items::collection_id, items::place))
        .select((
            items::collection_id,
            items::thread_id,
            items::comment,
            threads::visibility,
        ))
        .load(db)?;
    let named: Vec<Id> = found.iter().map(|(_, thread, _, _)| *thread).collect();
    let refused: HashSet<Id> = refusals::table
        .filter(refusals::thread_id.among(&named))
        .select(refusals::thread_id)
        .load::<Id>(db)?
        .into_iter()
        .collect();
    let mut by_collection: HashMap<Id, Vec<Item>> = HashMap::new();
    for (collection, thread, comment, visibility) in found {
        by_collection.entry(collection).or_default().push(Item {
            shown: visibility == Visibility::Visible && !refused.contains(&thread),
            thread,
            comment,
        });
    }
    let mut writers: HashMap<Id, Vec<Id>> = HashMap::new();
    let pairs: Vec<(Id, Id)> = editors::table
        .filter(editors::collection_id.among(&ids))
        .order((editors::at, editors::account_id))
        .select((editors::collection_id, editors::account_id))
        .load(db)?;
    for (collection, account) in pairs {
        writers.entry(collection).or_default().push(account);
    }
    Ok(rows
        .into_iter()
        .map(|row| {
            let id = row.id;
            let items = by_collection.remove(&id).unwrap_or_default();
            row.into_collection(items, writers.remove(&id).unwrap_or_default())
        })
        .collect())
}

pub fn by_id(db: &mut Db, id: Id) -> Result<Collection> {
    let row = collections::table
        .find(id)
        .select(Row::as_select())
        .first(db)?;
    whole(db, vec![row])?.pop().ok_or(Error::NotFound)
}

pub fn by_short_code(db: &mut Db, code: &str) -> Result<Id> {
    Ok(collections::table
        .filter(collections::short_code.eq(code))
        .select(collections::id)
        .first(db)?)
}

/// `mine`: those that this account writes, in any state; else what is published.
pub fn list(
    db: &mut Db,
    filter: &Filter,
    mine: Option<Id>,
    after: Option<Cursor>,
    limit: i64,
) -> Result<Vec<Collection>> {
    let mut query = collections::table
        .order((collections::updated_at.desc(), collections::id.desc()))
        .limit(limit)
        .select(Row::as_select())
        .into_boxed::<MultiBackend>();
    if let Some(account) = mine {
        let shared: Vec<Id> = editors::table
            .filter(editors::account_id.eq(account))
            .select(editors::collection_id)
            .load(db)?;
        query = query.filter(
            collections::owner_id
                .eq(account)
                .or(collections::id.among(&shared)),
        );
    } else {
        query = query.filter(collections::state.eq(State::Published));
    }
    if let Some(number) = filter.policy.map(i32::from) {
        query = query.filter(
            collections::policy
                .eq(number)
                .or(collections::other_policy.assume_not_null().eq(number)),
        );
    }
    if let Some(slug) = &filter.school_type {
        query = query.filter(
            collections::school_types
                .eq("")
                .or(collections::school_types.like(format!("%,{slug},%"))),
        );
    }
    if let Some(Cursor { at, id }) = after {
        query = query.filter(
            collections::updated_at
                .le(at)
                .and(collections::updated_at.lt(at).or(collections::id.lt(id))),
        );
    }
    let rows = query.load(db)?;
    whole(db, rows)
}

pub fn of_thread(db: &mut Db, thread: Id) -> Result<Vec<Collection>> {
    let rows = collections::table
        .inner_join(items::table)
        .filter(items::thread_id.eq(thread))
        .filter(collections::state.eq(State::Published))
        .order((collections::updated_at.desc(), collections::id.desc()))
        .select(Row::as_select())
        .load(db)?;
    whole(db, rows)
}

pub fn owned(db: &mut Db, owner: Id) -> Result<Vec<Collection>> {
    let rows = collections::table
        .filter(collections::owner_id.eq(owner))
        .order(collections::id)
        .select(Row::as_select())
        .load(db)?;
    whole(db, rows)
}

pub fn add_editor(db: &mut Db, id: Id, account: Id, now: At) -> Result<()> {
    OnBoth(
        diesel::insert_into(editors::table)
            .values((
                editors::collection_id.eq(id),
                editors::account_id.eq(account),
                editors::at.eq(now),
            ))
            .on_conflict_do_nothing(),
    )
    .execute(db)?;
    Ok(())
}

pub fn remove_editor(db: &mut Db, id: Id, account: Id) -> Result<()> {
    diesel::delete(editors::table.find((id, account))).execute(db)?;
    Ok(())
}

type PickRow = (Id, String, At, String, Option<At>);

macro_rules! pick_columns {
    () => {
        (
            items::thread_id,
            items::comment,
            items::added_at,
            collections::title,
            collections::published_at,
        )
    };
}

fn pick((thread, comment, added, title, published): PickRow) -> Pick {
    Pick {
        thread,
        comment,
        title,
        at: published.map_or(added, |published| published.max(added)),
    }
}

pub fn picks(db: &mut Db, since: At, until: At) -> Result<Vec<Pick>> {
    // What was brought in that time was written in it or later.
    let rows: Vec<PickRow> = items::table
        .inner_join(collections::table)
        .filter(collections::state.eq(State::Published))
        .filter(collections::updated_at.gt(since))
        .order((
            collections::updated_at.desc(),
            collections::id,
            items::place,
        ))
        .select(pick_columns!())
        .load(db)?;
    let all = rows.into_iter().map(pick);
    Ok(all
        .filter(|one| one.at > since && one.at <= until)
        .collect())
}

pub fn comments(db: &mut Db, threads: &[Id]) -> Result<Vec<Pick>> {
    let rows: Vec<PickRow> = items::table
        .inner_join(collections::table)
        .filter(items::thread_id.among(threads))
        .filter(collections::state.eq(State::Published))
        .order((collections::updated_at.desc(), collections::id))
        .select(pick_columns!())
        .load(db)?;
    Ok(rows.into_iter().map(pick).collect())
}

pub fn published_among(db: &mut Db, threads: &[Id]) -> Result<HashSet<Id>> {
    let found: Vec<Id> = items::table
        .inner_join(collections::table)
        .filter(items::thread_id.among(threads))
        .filter(collections::state.eq(State::Published))
        .select(items::thread_id)
        .load(db)?;
    Ok(found.into_iter().collect())
}

pub fn carry(db: &mut Db, from: Id, to: Id) -> Result<()> {
    let there: Vec<Id> = items::table
        .filter(items::thread_id.eq(to))
        .select(items::collection_id)
        .load(db)?;
    diesel::delete(
        items::table
            .filter(items::thread_id.eq(from))
            .filter(items::collection_id.among(&there)),
    )
    .execute(db)?;
    diesel::update(items::table.filter(items::thread_id.eq(from)))
        .set(items::thread_id.eq(to))
        .execute(db)?;
    Ok(())
}

/// Drafts that nobody else writes go with their owner.
pub fn forget_person(db: &mut Db, account: Id) -> Result<()> {
    diesel::delete(editors::table.filter(editors::account_id.eq(account))).execute(db)?;
    let drafts: Vec<Id> = collections::table
        .filter(collections::owner_id.eq(account))
        .filter(collections::state.eq(State::Draft))
        .select(collections::id)
        .load(db)?;
    let shared: Vec<Id> = editors::table
        .filter(editors::collection_id.among(&drafts))
        .select(editors::collection_id)
        .load(db)?;
    let alone: Vec<Id> = drafts
        .into_iter()
        .filter(|id| !shared.contains(id))
        .collect();
    diesel::delete(collections::table.filter(collections::id.among(&alone))).execute(db)?;
    Ok(())
}

pub fn render_again(db: &mut Db, limit: i64) -> Result<bool> {
    let dated: Vec<(Id, String)> = collections::table
        .filter(collections::renderer_version.lt(RENDERER_VERSION))
        .order(collections::id)
        .limit(limit)
        .select((collections::id, collections::cover))
        .load(db)?;
    let full = i64::try_from(dated.len()).unwrap_or(0) == limit;
    for (id, cover) in dated {
        diesel::update(collections::table.find(id))
            .set((
                collections::cover_html.eq(render(&cover)),
                collections::renderer_version.eq(RENDERER_VERSION),
            ))
            .execute(db)?;
    }
    Ok(full)
}
