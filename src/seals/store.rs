//! SQL of requests to open a seal.

use diesel::prelude::*;

use super::{Request, Standing};
use crate::accounts::Writer;
use crate::clock::At;
use crate::db::schema::seal_requests;
use crate::db::{Db, MultiBackend};
use crate::error::Result;
use crate::id::Id;
use crate::moderation::Post;

#[derive(Queryable, Selectable)]
#[diesel(table_name = seal_requests, check_for_backend(MultiBackend))]
struct Row {
    id: Id,
    thread_id: Id,
    reply_id: Option<Id>,
    author_id: Id,
    asker_id: Id,
    reason: String,
    asked_at: At,
    state: Standing,
    second_id: Option<Id>,
    decided_at: Option<At>,
    told: bool,
}

impl From<Row> for Request {
    fn from(row: Row) -> Request {
        Request {
            id: row.id,
            post: row
                .reply_id
                .map_or(Post::Thread(row.thread_id), Post::Reply),
            thread: row.thread_id,
            author: Writer::new(row.author_id),
            asker: row.asker_id,
            reason: row.reason,
            asked_at: row.asked_at,
            standing: row.state,
            second: row.second_id,
            decided_at: row.decided_at,
        }
    }
}

fn into_requests(rows: Vec<Row>) -> Vec<Request> {
    rows.into_iter().map(Request::from).collect()
}

pub fn insert(db: &mut Db, request: &Request) -> Result<()> {
    let reply = match request.post {
        Post::Thread(_) => None,
        Post::Reply(id) => Some(id),
    };
    diesel::insert_into(seal_requests::table)
        .values((
            seal_requests::id.eq(request.id),
            seal_requests::thread_id.eq(request.thread),
            seal_requests::reply_id.eq(reply),
            seal_requests::author_id.eq(request.author.addressee()),
            seal_requests::asker_id.eq(request.asker),
            seal_requests::reason.eq(&request.reason),
            seal_requests::asked_at.eq(request.asked_at),
            seal_requests::state.eq(request.standing),
        ))
        .execute(db)?;
    Ok(())
}

pub fn by_id(db: &mut Db, id: Id) -> Result<Request> {
    Ok(seal_requests::table
        .find(id)
        .select(Row::as_select())
        .first(db)?
        .into())
}

/// Those about posts of a thread that nobody has decided.
pub fn asked_of(db: &mut Db, thread: Id) -> Result<Vec<Request>> {
    let rows = seal_requests::table
        .filter(seal_requests::thread_id.eq(thread))
        .filter(seal_requests::state.eq(Standing::Asked))
        .select(Row::as_select())
        .load(db)?;
    Ok(into_requests(rows))
}

/// False when it was decided before.
pub fn decide(db: &mut Db, id: Id, standing: Standing, second: Id, now: At) -> Result<bool> {
    let open = seal_requests::table
        .find(id)
        .filter(seal_requests::state.eq(Standing::Asked));
    let decided = diesel::update(open)
        .set((
            seal_requests::state.eq(standing),
            seal_requests::second_id.eq(second),
            seal_requests::decided_at.eq(now),
        ))
        .execute(db)?;
    Ok(decided == 1)
}

/// Without those about posts of `reader`.
pub fn newest(db: &mut Db, reader: Id, limit: i64) -> Result<Vec<Request>> {
    let rows = seal_requests::table
        .filter(seal_requests::author_id.ne(reader))
        .order((seal_requests::asked_at.desc(), seal_requests::id.desc()))
        .limit(limit)
        .select(Row::as_select())
        .load(db)?;
    Ok(into_requests(rows))
}

/// Those that others asked after `since` and `reader` may decide.
pub fn count_waiting(db: &mut Db, reader: Id, since: At) -> Result<i64> {
    Ok(seal_requests::table
        .filter(seal_requests::asked_at.ge(since))
        .filter(seal_requests::state.eq(Standing::Asked))
        .filter(seal_requests::author_id.ne(reader))
        .filter(seal_requests::asker_id.ne(reader))
        .count()
        .get_result(db)?)
}

/// The opened ones of an author's posts, with whether they have seen it.
pub fn opened_of(db: &mut Db, author: Id, limit: i64) -> Result<Vec<(Request, bool)>> {
    let rows: Vec<Row> = seal_requests::table
        .filter(seal_requests::author_id.eq(author))
        .filter(seal_requests::state.eq(Standing::Agreed))
        .order((seal_requests::asked_at.desc(), seal_requests::id.desc()))
        .limit(limit)
        .select(Row::as_select())
        .load(db)?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let told = row.told;
            (Request::from(row), told)
        })
        .collect())
}

pub fn set_told(db: &mut Db, author: Id) -> Result<()> {
    let untold = seal_requests::table
        .filter(seal_requests::author_id.eq(author))
        .filter(seal_requests::state.eq(Standing::Agreed));
    diesel::update(untold)
        .set(seal_requests::told.eq(true))
        .execute(db)?;
    Ok(())
}
