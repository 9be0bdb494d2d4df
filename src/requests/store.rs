//! SQL of requests.

use std::collections::HashSet;

use chrono::NaiveDate;
use diesel::dsl::exists;
use diesel::prelude::*;

use super::{Cell, NewRequest, News, Request, Shelf};
use crate::clock::At;
use crate::db::schema::{requests, thread_labels, threads};
use crate::db::{Db, MultiBackend};
use crate::error::{Error, Result};
use crate::id::Id;
use crate::threads::{Cursor, Kind, Visibility};

#[derive(Queryable, Selectable)]
#[diesel(table_name = requests, check_for_backend(MultiBackend))]
struct Row {
    id: Id,
    policy: i32,
    school_type: String,
    subject: Option<String>,
    item: Option<String>,
    sentence: String,
    until: NaiveDate,
    created_at: At,
    filled_by: Option<Id>,
    filled_at: Option<At>,
    closed_at: Option<At>,
}

impl Row {
    fn into_request(self) -> Result<Request> {
        Ok(Request {
            id: self.id,
            cell: Cell {
                policy: u8::try_from(self.policy).map_err(Error::internal)?,
                school_type: self.school_type,
                subject: self.subject,
                item: self.item,
            },
            sentence: self.sentence,
            until: self.until,
            created_at: self.created_at,
            filled_by: self.filled_by,
            filled_at: self.filled_at,
            closed_at: self.closed_at,
        })
    }
}

/// A number for PostgreSQL's advisory lock: "request".
const ASKING: i64 = 0x72_6571_7565_7374;

/// SQLite has one writer at a time; on PostgreSQL others who would ask wait until this transaction ends. No unique index
/// can say it: whether a request is open changes with the day.
pub fn hold(db: &mut Db) -> Result<()> {
    if let Db::Postgres(pg) = db {
        diesel::sql_query("SELECT pg_advisory_xact_lock($1)")
            .bind::<diesel::sql_types::BigInt, _>(ASKING)
            .execute(pg)?;
    }
    Ok(())
}

fn all(rows: Vec<Row>) -> Result<Vec<Request>> {
    rows.into_iter().map(Row::into_request).collect()
}

pub fn insert(db: &mut Db, id: Id, trainer: Id, new: &NewRequest, now: At) -> Result<()> {
    diesel::insert_into(requests::table)
        .values((
            requests::id.eq(id),
            requests::trainer_id.eq(trainer),
            requests::policy.eq(i32::from(new.cell.policy)),
            requests::school_type.eq(&new.cell.school_type),
            requests::subject.eq(&new.cell.subject),
            requests::item.eq(&new.cell.item),
            requests::sentence.eq(&new.sentence),
            requests::until.eq(new.until),
            requests::created_at.eq(now),
        ))
        .execute(db)?;
    Ok(())
}

pub fn by_id(db: &mut Db, id: Id) -> Result<Option<Request>> {
    requests::table
        .find(id)
        .select(Row::as_select())
        .first(db)
        .optional()?
        .map(Row::into_request)
        .transpose()
}

pub fn close(db: &mut Db, id: Id, now: At) -> Result<()> {
    diesel::update(requests::table.find(id))
        .set(requests::closed_at.eq(now))
        .execute(db)?;
    Ok(())
}

/// Those that end first before the others.
pub fn open(db: &mut Db, today: NaiveDate) -> Result<Vec<Request>> {
    let rows = requests::table
        .filter(requests::until.ge(today))
        .filter(requests::closed_at.is_null())
        .filter(requests::filled_by.is_null())
        .order((requests::until, requests::id))
        .select(Row::as_select())
        .load(db)?;
    all(rows)
}

pub fn list(
    db: &mut Db,
    shelf: Shelf,
    today: NaiveDate,
    after: Option<Cursor>,
    limit: i64,
) -> Result<Vec<Request>> {
    let mut query = requests::table
        .limit(limit)
        .select(Row::as_select())
        .into_boxed::<MultiBackend>();
    query = match shelf {
        Shelf::Open => query
            .filter(requests::until.ge(today))
            .filter(requests::closed_at.is_null())
            .filter(requests::filled_by.is_null()),
        Shelf::Filled => query
            .filter(requests::filled_by.is_not_null())
            .filter(requests::closed_at.is_null()),
        Shelf::Over => query.filter(
            requests::closed_at
                .is_not_null()
                .or(requests::filled_by.is_null().and(requests::until.lt(today))),
        ),
    };
    let rows = if shelf == Shelf::Open {
        if let Some(after) = after {
            let day = after.at.0.date();
            query = query.filter(
                requests::until
                    .ge(day)
                    .and(requests::until.gt(day).or(requests::id.gt(after.id))),
            );
        }
        query
            .order((requests::until.asc(), requests::id.asc()))
            .load(db)?
    } else {
        if let Some(after) = after {
            query = query.filter(
                requests::created_at.le(after.at).and(
                    requests::created_at
                        .lt(after.at)
                        .or(requests::id.lt(after.id)),
                ),
            );
        }
        query
            .order((requests::created_at.desc(), requests::id.desc()))
            .load(db)?
    };
    all(rows)
}

/// Those that a thread can still fill or leave.
pub fn watched(db: &mut Db, since: NaiveDate) -> Result<Vec<Request>> {
    let rows = requests::table
        .filter(requests::until.ge(since))
        .filter(requests::closed_at.is_null())
        .order(requests::id)
        .select(Row::as_select())
        .load(db)?;
    all(rows)
}

/// The first visible practice that fits and was published after the request and before `end`.
pub fn filler(db: &mut Db, request: &Request, end: At) -> Result<Option<Id>> {
    let cell = &request.cell;
    let mut query = threads::table
        .filter(threads::kind.eq(Kind::Practice))
        .filter(threads::visibility.eq(Visibility::Visible))
        .filter(threads::created_at.gt(request.created_at))
        .filter(threads::created_at.lt(end))
        .filter(threads::school_type.eq(cell.school_type.clone()))
        .filter(exists(
            thread_labels::table
                .filter(thread_labels::thread_id.eq(threads::id))
                .filter(thread_labels::kind.eq("policy"))
                .filter(thread_labels::key.eq(cell.policy.to_string())),
        ))
        .order((threads::created_at, threads::id))
        .limit(1)
        .select(threads::id)
        .into_boxed::<MultiBackend>();
    if let Some(subject) = &cell.subject {
        query = query.filter(threads::subject.eq(subject.clone()));
    }
    if let Some(item) = &cell.item {
        query = query.filter(exists(
            thread_labels::table
                .filter(thread_labels::thread_id.eq(threads::id))
                .filter(thread_labels::kind.eq("item"))
                .filter(thread_labels::key.eq(item.clone())),
        ));
    }
    Ok(query.first(db).optional()?)
}

pub fn set_filled(db: &mut Db, id: Id, by: Option<Id>, news: Option<News>, now: At) -> Result<()> {
    diesel::update(requests::table.find(id))
        .set((
            requests::filled_by.eq(by),
            requests::filled_at.eq(by.map(|_| now)),
        ))
        .execute(db)?;
    if let Some(news) = news {
        diesel::update(requests::table.find(id))
            .set((
                requests::news.eq(news),
                requests::news_at.eq(now),
                requests::news_seen.eq(false),
            ))
            .execute(db)?;
    }
    Ok(())
}

/// Notes of those whose last day is over without a practice that it is. Returns of how many.
pub fn note_ended(db: &mut Db, today: NaiveDate, now: At) -> Result<usize> {
    let ended = requests::table
        .filter(requests::until.lt(today))
        .filter(requests::filled_by.is_null())
        .filter(requests::closed_at.is_null())
        .filter(requests::news.is_null().or(requests::news.ne(News::Ended)));
    Ok(diesel::update(ended)
        .set((
            requests::news.eq(News::Ended),
            requests::news_at.eq(now),
            requests::news_seen.eq(false),
        ))
        .execute(db)?)
}

pub fn told(db: &mut Db, trainer: Id, limit: i64) -> Result<Vec<(Request, News, At, bool)>> {
    let rows: Vec<(Row, Option<News>, Option<At>, bool)> = requests::table
        .filter(requests::trainer_id.eq(trainer))
        .filter(requests::news.is_not_null())
        .order((requests::created_at.desc(), requests::id.desc()))
        .limit(limit)
        .select((
            Row::as_select(),
            requests::news,
            requests::news_at,
            requests::news_seen,
        ))
        .load(db)?;
    let mut told = Vec::with_capacity(rows.len());
    for (row, news, at, seen) in rows {
        if let (Some(news), Some(at)) = (news, at) {
            told.push((row.into_request()?, news, at, seen));
        }
    }
    told.sort_by_key(|(_, _, at, _)| std::cmp::Reverse(*at));
    Ok(told)
}

pub fn see(db: &mut Db, trainer: Id) -> Result<()> {
    diesel::update(
        requests::table
            .filter(requests::trainer_id.eq(trainer))
            .filter(requests::news_seen.eq(false)),
    )
    .set(requests::news_seen.eq(true))
    .execute(db)?;
    Ok(())
}

pub fn of_trainer(db: &mut Db, trainer: Id) -> Result<Vec<Request>> {
    let rows = requests::table
        .filter(requests::trainer_id.eq(trainer))
        .order((requests::created_at, requests::id))
        .select(Row::as_select())
        .load(db)?;
    all(rows)
}

/// Policies of the threads that somebody has written, for themselves.
pub fn policies_written_of(db: &mut Db, account: Id) -> Result<HashSet<u8>> {
    let keys: Vec<String> = thread_labels::table
        .inner_join(threads::table)
        .filter(threads::author_id.eq(account))
        .filter(threads::visibility.eq(Visibility::Visible))
        .filter(thread_labels::kind.eq("policy"))
        .select(thread_labels::key)
        .distinct()
        .load(db)?;
    Ok(keys.iter().filter_map(|key| key.parse().ok()).collect())
}
