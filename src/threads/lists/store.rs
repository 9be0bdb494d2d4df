//! SQL of threads as lists show them.

use std::collections::HashMap;

use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::sql_types::{Integer, Text};

use super::{Cursor, Filter, News, Sort, Summary};
use crate::accounts::{Signature, Writer};
use crate::clock::At;
use crate::db::among::AmongIds as _;
use crate::db::schema::{environment_states, thread_labels, threads};
use crate::db::{Db, MultiBackend};
use crate::error::Result;
use crate::id::Id;
use crate::straight;
use crate::text::fold;
use crate::threads::store::{LabelKind, labels_of};
use crate::threads::{Kind, Labels, Standing, Visibility};

/// The policy whose threads are tended: `environment::POLICY`.
const TENDED_POLICY: &str = "3";
/// Graphemes of a summary's extract.
pub const GIST: usize = 90;
/// Characters of the body that lists read: enough for an extract even where half of it is marks.
const HEAD: i32 = 400;

diesel::define_sql_function! {
    /// The same in both databases: `length` characters from the 1-based `from`.
    fn substr(text: Text, from: Integer, length: Integer) -> Text;
}

type SummaryRow = (
    Id,
    String,
    Kind,
    String,
    String,
    String,
    Option<String>,
    Option<String>,
    Id,
    Visibility,
    Option<Id>,
    i32,
    i32,
    At,
    At,
    At,
    Option<String>,
    bool,
    (bool, bool, i32, i32),
);

fn into_summary(row: SummaryRow) -> Summary {
    let (
        id,
        short_code,
        kind,
        title,
        head,
        school_type,
        subject,
        grade,
        author,
        visibility,
        accepted,
        revision,
        reply_count,
        created_at,
        updated_at,
        active_at,
        sealed_as,
        locked,
        (recommended, outdated, tries, tried_types),
    ) = row;
    Summary {
        id,
        short_code,
        kind,
        title,
        head,
        school_type,
        subject,
        grade,
        author: Writer::new(author),
        signature: Signature::new(author, sealed_as.as_deref()),
        visibility,
        solved: accepted.is_some(),
        revision,
        reply_count,
        created_at,
        updated_at,
        active_at,
        locked,
        standing: Standing {
            recommended,
            outdated,
            tries,
            tried_types,
        },
        labels: Labels::default(),
    }
}

macro_rules! summary_columns {
    () => {
        (
            threads::id,
            threads::short_code,
            threads::kind,
            threads::title,
            substr(threads::body, 1, HEAD),
            threads::school_type,
            threads::subject,
            threads::grade,
            threads::author_id,
            threads::visibility,
            threads::accepted_reply_id,
            threads::revision,
            threads::reply_count,
            threads::created_at,
            threads::updated_at,
            threads::active_at,
            threads::sealed_as,
            threads::lock_reason.is_not_null(),
            (
                threads::recommended,
                threads::outdated,
                threads::tries,
                threads::tried_types,
            ),
        )
    };
}

fn summaries(db: &mut Db, rows: Vec<SummaryRow>) -> Result<Vec<Summary>> {
    let mut all: Vec<Summary> = rows.into_iter().map(into_summary).collect();
    let ids: Vec<Id> = all.iter().map(|summary| summary.id).collect();
    let mut labels = labels_of(db, &ids)?;
    for summary in &mut all {
        summary.labels = labels.remove(&summary.id).unwrap_or_default();
    }
    Ok(all)
}

pub fn news(db: &mut Db, since: At, until: At) -> Result<Vec<News>> {
    type Row = (
        Id,
        i32,
        Kind,
        String,
        Option<String>,
        Id,
        At,
        i32,
        Option<Id>,
        Option<String>,
        i32,
    );
    let rows: Vec<Row> = threads::table
        .filter(threads::visibility.eq(Visibility::Visible))
        .filter(threads::outdated.eq(false))
        .filter(threads::created_at.gt(since))
        .filter(threads::created_at.le(until))
        .select((
            threads::id,
            threads::revision,
            threads::kind,
            threads::school_type,
            threads::subject,
            threads::author_id,
            threads::created_at,
            threads::reply_count,
            threads::accepted_reply_id,
            threads::lock_reason,
            threads::worth,
        ))
        .load(db)?;
    let labels: Vec<(Id, String)> = thread_labels::table
        .inner_join(threads::table)
        .filter(thread_labels::kind.eq(LabelKind::Policy))
        .filter(threads::visibility.eq(Visibility::Visible))
        .filter(threads::created_at.gt(since))
        .filter(threads::created_at.le(until))
        .select((thread_labels::thread_id, thread_labels::key))
        .load(db)?;
    let mut policies: HashMap<Id, Vec<u8>> = HashMap::new();
    for (thread, key) in labels {
        policies
            .entry(thread)
            .or_default()
            .extend(key.parse::<u8>());
    }
    Ok(rows
        .into_iter()
        .map(|row| {
            let (
                id,
                revision,
                kind,
                school_type,
                subject,
                author,
                created_at,
                replies,
                accepted,
                lock,
                worth,
            ) = row;
            News {
                id,
                revision,
                kind,
                school_type,
                subject,
                author: Writer::new(author),
                created_at,
                reply_count: replies,
                solved: accepted.is_some(),
                locked: lock.is_some(),
                policies: policies.remove(&id).unwrap_or_default(),
                worth,
            }
        })
        .collect())
}

pub fn visible_by_ids(db: &mut Db, ids: &[Id]) -> Result<Vec<Summary>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = visible_rows(db, ids)?;
    summaries(db, rows)
}

pub fn visible_without_labels(db: &mut Db, ids: &[Id]) -> Result<Vec<Summary>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = visible_rows(db, ids)?.into_iter();
    Ok(rows.map(into_summary).collect())
}

fn visible_rows(db: &mut Db, ids: &[Id]) -> Result<Vec<SummaryRow>> {
    let query = threads::table
        .filter(threads::id.among(ids))
        .filter(threads::visibility.eq(Visibility::Visible))
        .select(summary_columns!());
    Ok(straight!(db, query.load::<SummaryRow>)?)
}

/// Without `sealed_too` only what is signed with a name. Common labels (policies) are checked along the sorted index; rare ones (initiatives, tags) lead to their threads.
pub fn list(
    db: &mut Db,
    filter: &Filter,
    sealed_too: bool,
    after: Option<Cursor>,
    limit: i64,
) -> Result<Vec<Summary>> {
    let mut query = threads::table
        .filter(threads::visibility.eq(Visibility::Visible))
        .limit(limit)
        .select(summary_columns!())
        .into_boxed::<MultiBackend>();
    let kind = match filter.sort {
        Sort::Unanswered => {
            // A locked question waits for nothing any more.
            query = query
                .filter(threads::reply_count.eq(0))
                .filter(threads::lock_reason.is_null());
            filter.kind.or(Some(Kind::Question))
        }
        Sort::New | Sort::Active => filter.kind,
        Sort::Tried => {
            query = query.filter(threads::worth.gt(0));
            filter.kind.or(Some(Kind::Practice))
        }
    };
    if let Some(kind) = kind {
        query = query.filter(threads::kind.eq(kind));
    }
    if let Some(policy) = filter.policy {
        query = query.filter(exists(
            thread_labels::table
                .filter(thread_labels::thread_id.eq(threads::id))
                .filter(thread_labels::kind.eq(LabelKind::Policy))
                .filter(thread_labels::key.eq(policy.to_string())),
        ));
    }
    if let Some(tended) = filter.environment {
        // What is not of the policy any more is marked no longer.
        query = query
            .filter(
                threads::id.eq_any(
                    environment_states::table
                        .filter(environment_states::state.eq(tended))
                        .select(environment_states::thread_id),
                ),
            )
            .filter(exists(
                thread_labels::table
                    .filter(thread_labels::thread_id.eq(threads::id))
                    .filter(thread_labels::kind.eq(LabelKind::Policy))
                    .filter(thread_labels::key.eq(TENDED_POLICY)),
            ));
    }
    let rare = [
        (LabelKind::Initiative, filter.initiative.clone()),
        (LabelKind::Tag, filter.tag.as_deref().map(fold)),
        (LabelKind::Item, filter.item.clone()),
    ];
    for (kind, key) in rare {
        if let Some(key) = key {
            query = query.filter(
                threads::id.eq_any(
                    thread_labels::table
                        .filter(thread_labels::kind.eq(kind))
                        .filter(thread_labels::key.eq(key))
                        .select(thread_labels::thread_id),
                ),
            );
        }
    }
    if let Some(school_type) = &filter.school_type {
        query = query.filter(threads::school_type.eq(school_type));
    }
    if let Some(subject) = &filter.subject {
        query = query.filter(threads::subject.eq(subject));
    }
    if let Some(author) = filter.author {
        query = query.filter(threads::author_id.eq(author));
    }
    if !sealed_too {
        query = query.filter(threads::sealed_as.is_null());
    }
    match filter.solved {
        Some(true) => query = query.filter(threads::accepted_reply_id.is_not_null()),
        Some(false) => query = query.filter(threads::accepted_reply_id.is_null()),
        None => {}
    }
    let rows = match filter.sort {
        Sort::Active => {
            if let Some(after) = after {
                query = query.filter(
                    threads::active_at
                        .le(after.at)
                        .and(threads::active_at.lt(after.at).or(threads::id.lt(after.id))),
                );
            }
            query
                .order((threads::active_at.desc(), threads::id.desc()))
                .load::<SummaryRow>(db)?
        }
        Sort::Tried => {
            if let Some(after) = after {
                let worth = i32::try_from(after.at.micros()).unwrap_or(i32::MAX);
                query = query.filter(
                    threads::worth
                        .le(worth)
                        .and(threads::worth.lt(worth).or(threads::id.lt(after.id))),
                );
            }
            query
                .order((threads::worth.desc(), threads::id.desc()))
                .load::<SummaryRow>(db)?
        }
        Sort::New | Sort::Unanswered => {
            if let Some(after) = after {
                query = query.filter(
                    threads::created_at.le(after.at).and(
                        threads::created_at
                            .lt(after.at)
                            .or(threads::id.lt(after.id)),
                    ),
                );
            }
            query
                .order((threads::created_at.desc(), threads::id.desc()))
                .load::<SummaryRow>(db)?
        }
    };
    summaries(db, rows)
}

pub fn unanswered(db: &mut Db, since: At, until: At, limit: i64) -> Result<Vec<Summary>> {
    let rows = threads::table
        .filter(threads::kind.eq(Kind::Question))
        .filter(threads::visibility.eq(Visibility::Visible))
        .filter(threads::reply_count.eq(0))
        .filter(threads::lock_reason.is_null())
        .filter(threads::created_at.gt(since))
        .filter(threads::created_at.le(until))
        .order((threads::created_at, threads::id))
        .limit(limit)
        .select(summary_columns!())
        .load::<SummaryRow>(db)?;
    summaries(db, rows)
}

pub fn worth_of(db: &mut Db, id: Id) -> Result<i32> {
    Ok(threads::table.find(id).select(threads::worth).first(db)?)
}

/// Those written after `since` that readers may not see.
pub fn unseen(db: &mut Db, since: At) -> Result<Vec<Id>> {
    let unseen = [Visibility::Held, Visibility::Hidden, Visibility::Deleted];
    Ok(threads::table
        .filter(threads::visibility.eq_any(unseen))
        .filter(threads::created_at.gt(since))
        .select(threads::id)
        .load(db)?)
}

pub fn visible_among(db: &mut Db, ids: &[Id]) -> Result<Vec<Id>> {
    Ok(threads::table
        .filter(threads::id.among(ids))
        .filter(threads::visibility.eq(Visibility::Visible))
        .select(threads::id)
        .load(db)?)
}

pub fn outdated_among(db: &mut Db, ids: &[Id]) -> Result<Vec<Id>> {
    Ok(threads::table
        .filter(threads::id.among(ids))
        .filter(threads::outdated.eq(true))
        .select(threads::id)
        .load(db)?)
}
