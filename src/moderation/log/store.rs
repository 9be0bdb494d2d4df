//! SQL of the log: adding and reading. There is nothing else to do with it.

use diesel::prelude::*;
use diesel::sql_types::Text;

use super::{Entry, Filter, NewEntry, Post};
use crate::clock::At;
use crate::db::schema::{audit_log, replies, threads};
use crate::db::types::Word;
use crate::db::{Db, MultiBackend};
use crate::error::Result;
use crate::id::Id;
use crate::threads::Cursor;

/// Decisions on the threads, and on the replies, of a queue that are looked at.
const DECISIONS: i64 = 500;

/// The newest decisions of those that a condition takes.
macro_rules! decided {
    ($condition:expr) => {
        audit_log::table
            .filter($condition)
            .filter(audit_log::action.like("visibility:%"))
            .order((audit_log::at.desc(), audit_log::id.desc()))
            .limit(DECISIONS)
            .select(Row::as_select())
    };
}

diesel::define_sql_function! {
    /// Small letters: PostgreSQL's LIKE tells them from capitals, SQLite's does not.
    fn lower(text: Text) -> Text;
}

pub fn insert(db: &mut Db, entry: &NewEntry<'_>, now: At) -> Result<()> {
    diesel::insert_into(audit_log::table)
        .values((
            audit_log::id.eq(Id::new(now)),
            audit_log::actor_id.eq(entry.actor),
            audit_log::action.eq(entry.deed.word()),
            audit_log::thread_id.eq(entry.thread),
            audit_log::reply_id.eq(entry.reply),
            audit_log::person_id.eq(entry.person),
            audit_log::reason.eq(entry.reason),
            audit_log::at.eq(now),
        ))
        .execute(db)?;
    Ok(())
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = audit_log, check_for_backend(MultiBackend))]
struct Row {
    id: Id,
    actor_id: Id,
    action: String,
    thread_id: Option<Id>,
    reply_id: Option<Id>,
    person_id: Option<Id>,
    reason: String,
    at: At,
}

fn entries(rows: Vec<Row>) -> Vec<Entry> {
    rows.into_iter()
        .map(|row| Entry {
            id: row.id,
            actor: row.actor_id,
            action: row.action,
            thread: row.thread_id,
            reply: row.reply_id,
            person: row.person_id,
            reason: row.reason,
            at: row.at,
        })
        .collect()
}

pub fn decisions(db: &mut Db, posts: &[Post]) -> Result<Vec<Entry>> {
    let of = |wanted: fn(Post) -> Option<Id>| -> Vec<Id> {
        posts.iter().filter_map(|post| wanted(*post)).collect()
    };
    let threads = of(|post| matches!(post, Post::Thread(_)).then_some(post.id()));
    let replies = of(|post| matches!(post, Post::Reply(_)).then_some(post.id()));
    // One after the other: for both at once the whole log would be read, newest first.
    let mut rows: Vec<Row> = decided!(audit_log::thread_id.eq_any(threads)).load(db)?;
    rows.extend(decided!(audit_log::reply_id.eq_any(replies)).load::<Row>(db)?);
    rows.sort_by_key(|row| std::cmp::Reverse((row.at, row.id)));
    rows.dedup_by_key(|row| row.id); // a reply's decision names its thread, too
    Ok(entries(rows))
}

/// A pattern for texts that hold `part`.
fn containing(part: &str) -> String {
    let escaped = part
        .replace('\\', "\\\\")
        .replace('%', "\\%")
        .replace('_', "\\_");
    format!("%{escaped}%")
}

pub fn search(
    db: &mut Db,
    filter: &Filter,
    people: Option<&[Id]>,
    after: Option<Cursor>,
    limit: i64,
) -> Result<Vec<Entry>> {
    let mut query = audit_log::table
        .order((audit_log::at.desc(), audit_log::id.desc()))
        .limit(limit)
        .select(Row::as_select())
        .into_boxed::<MultiBackend>();
    if let Some(people) = people {
        query = query.filter(
            audit_log::actor_id
                .eq_any(people.to_vec())
                .or(audit_log::person_id.eq_any(people.to_vec())),
        );
    }
    if let Some(deed) = filter.deed {
        query = query.filter(audit_log::action.eq(deed.word()));
    }
    if let Some(thread) = filter.thread {
        let merged = threads::table
            .filter(threads::merged_into.eq(thread))
            .select(threads::id.nullable());
        let answers = replies::table
            .filter(replies::thread_id.eq(thread))
            .select(replies::id.nullable());
        query = query.filter(
            audit_log::thread_id
                .eq(thread)
                .or(audit_log::thread_id.eq_any(merged))
                .or(audit_log::reply_id.eq_any(answers)),
        );
    }
    if let Some(text) = &filter.text {
        let pattern = containing(&text.to_lowercase());
        query = query.filter(lower(audit_log::reason).like(pattern).escape('\\'));
    }
    if let Some(from) = filter.from {
        query = query.filter(audit_log::at.ge(from));
    }
    if let Some(until) = filter.until {
        query = query.filter(audit_log::at.lt(until));
    }
    if let Some(Cursor { at, id }) = after {
        query = query.filter(
            audit_log::at
                .le(at)
                .and(audit_log::at.lt(at).or(audit_log::id.lt(id))),
        );
    }
    Ok(entries(query.load(db)?))
}
