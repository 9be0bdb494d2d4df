//! SQL of reports, claims and resubmissions.

use diesel::dsl::{exists, not};
use diesel::prelude::*;

use super::claims::Claim;
use super::resubmit::Resubmitted;
use super::{Place, Post, ReportReason};
use crate::clock::At;
use crate::db::among::AmongIds as _;
use crate::db::portable::OnBoth;
use crate::db::schema::{claims, report_answers, reports, resubmissions, revisions};
use crate::db::{Db, MultiBackend};
use crate::error::Result;
use crate::id::Id;
use crate::threads::Revision;

pub struct NewReport<'a> {
    pub id: Id,
    pub reporter: Id,
    pub thread: Id,
    pub reply: Option<Id>,
    pub reason: ReportReason,
    pub detail: &'a str,
    pub now: At,
}

pub fn insert_report(db: &mut Db, report: &NewReport<'_>) -> Result<Id> {
    diesel::insert_into(reports::table)
        .values((
            reports::id.eq(report.id),
            reports::reporter_id.eq(report.reporter),
            reports::thread_id.eq(report.thread),
            reports::reply_id.eq(report.reply),
            reports::reason.eq(report.reason),
            reports::detail.eq(report.detail),
            reports::created_at.eq(report.now),
        ))
        .execute(db)?;
    Ok(report.id)
}

/// A report that nobody has decided on.
#[derive(Queryable, Selectable)]
#[diesel(table_name = reports, check_for_backend(MultiBackend))]
pub struct OpenReport {
    #[diesel(column_name = thread_id)]
    pub thread: Id,
    #[diesel(column_name = reply_id)]
    pub reply: Option<Id>,
    pub reason: ReportReason,
    pub detail: String,
    #[diesel(column_name = created_at)]
    pub at: At,
}

pub fn open_reports(db: &mut Db, limit: i64) -> Result<Vec<OpenReport>> {
    let answered = report_answers::table.filter(report_answers::report_id.eq(reports::id));
    Ok(reports::table
        .filter(not(exists(answered)))
        .order((reports::created_at, reports::id))
        .limit(limit)
        .select(OpenReport::as_select())
        .load(db)?)
}

pub fn count_open(db: &mut Db) -> Result<i64> {
    let answered = report_answers::table.filter(report_answers::report_id.eq(reports::id));
    Ok(reports::table
        .filter(not(exists(answered)))
        .count()
        .get_result(db)?)
}

/// Marks the open reports of a post as decided on.
pub fn answer(db: &mut Db, post: Post, moderator: Id, now: At) -> Result<()> {
    let answered = report_answers::table.filter(report_answers::report_id.eq(reports::id));
    let open = reports::table.filter(not(exists(answered)));
    let ids: Vec<Id> = match post {
        Post::Thread(id) => open
            .filter(reports::thread_id.eq(id))
            .filter(reports::reply_id.is_null())
            .select(reports::id)
            .load(db)?,
        Post::Reply(id) => open
            .filter(reports::reply_id.eq(id))
            .select(reports::id)
            .load(db)?,
    };
    for id in ids {
        diesel::insert_into(report_answers::table)
            .values((
                report_answers::report_id.eq(id),
                report_answers::moderator_id.eq(moderator),
                report_answers::at.eq(now),
            ))
            .execute(db)?;
    }
    Ok(())
}

/// Removes a claim of before `lapsed`, or of that moment.
pub fn forget_claim(db: &mut Db, post: Post, lapsed: At) -> Result<()> {
    diesel::delete(claims::table.find(post.id()).filter(claims::at.le(lapsed))).execute(db)?;
    Ok(())
}

/// False when somebody has it.
pub fn insert_claim(db: &mut Db, place: &Place, moderator: Id, now: At) -> Result<bool> {
    let inserted = OnBoth(
        diesel::insert_into(claims::table)
            .values((
                claims::post_id.eq(place.post().id()),
                claims::thread_id.eq(place.thread.id),
                claims::reply_id.eq(place.reply.as_ref().map(|reply| reply.id)),
                claims::moderator_id.eq(moderator),
                claims::at.eq(now),
            ))
            .on_conflict_do_nothing(),
    )
    .execute(db)?;
    Ok(inserted == 1)
}

pub fn claim_of(db: &mut Db, post: Post) -> Result<Option<Claim>> {
    let row: Option<(Id, At)> = claims::table
        .find(post.id())
        .select((claims::moderator_id, claims::at))
        .first(db)
        .optional()?;
    Ok(row.map(|(moderator, at)| Claim {
        post: post.id(),
        moderator,
        at,
    }))
}

pub fn renew_claim(db: &mut Db, post: Post, now: At) -> Result<()> {
    diesel::update(claims::table.find(post.id()))
        .set(claims::at.eq(now))
        .execute(db)?;
    Ok(())
}

pub fn release_claim(db: &mut Db, post: Post, moderator: Id) -> Result<()> {
    diesel::delete(
        claims::table
            .find(post.id())
            .filter(claims::moderator_id.eq(moderator)),
    )
    .execute(db)?;
    Ok(())
}

pub fn drop_claim(db: &mut Db, post: Post) -> Result<()> {
    diesel::delete(claims::table.find(post.id())).execute(db)?;
    Ok(())
}

/// Claims of after `lapsed`.
pub fn claims(db: &mut Db, posts: &[Id], lapsed: At) -> Result<Vec<Claim>> {
    let rows: Vec<(Id, Id, At)> = claims::table
        .filter(claims::post_id.among(posts))
        .filter(claims::at.gt(lapsed))
        .select((claims::post_id, claims::moderator_id, claims::at))
        .load(db)?;
    Ok(rows
        .into_iter()
        .map(|(post, moderator, at)| Claim {
            post,
            moderator,
            at,
        })
        .collect())
}

pub struct NewResubmission<'a> {
    pub id: Id,
    /// The post as it was held.
    pub place: &'a Place,
    pub message: &'a str,
    pub now: At,
}

/// False when one is open.
pub fn insert_resubmission(db: &mut Db, new: &NewResubmission<'_>) -> Result<bool> {
    let inserted = OnBoth(
        diesel::insert_into(resubmissions::table)
            .values((
                resubmissions::id.eq(new.id),
                resubmissions::post_id.eq(new.place.post().id()),
                resubmissions::thread_id.eq(new.place.thread.id),
                resubmissions::reply_id.eq(new.place.reply.as_ref().map(|reply| reply.id)),
                resubmissions::message.eq(new.message),
                resubmissions::revision.eq(new.place.revision()),
                resubmissions::created_at.eq(new.now),
            ))
            .on_conflict_do_nothing(),
    )
    .execute(db)?;
    Ok(inserted == 1)
}

/// When another look was asked for, of those of `posts` that wait for it.
pub fn asked(db: &mut Db, posts: &[Id]) -> Result<Vec<(Id, At)>> {
    Ok(resubmissions::table
        .filter(resubmissions::post_id.among(posts))
        .filter(resubmissions::decided_at.is_null())
        .select((resubmissions::post_id, resubmissions::created_at))
        .load(db)?)
}

pub fn open_resubmissions(db: &mut Db, limit: i64) -> Result<Vec<Resubmitted>> {
    type Row = (Id, Option<Id>, String, i32, At);
    let rows: Vec<Row> = resubmissions::table
        .filter(resubmissions::decided_at.is_null())
        .order((resubmissions::created_at, resubmissions::id))
        .limit(limit)
        .select((
            resubmissions::thread_id,
            resubmissions::reply_id,
            resubmissions::message,
            resubmissions::revision,
            resubmissions::created_at,
        ))
        .load(db)?;
    let (threads, numbers): (Vec<Id>, Vec<i32>) = rows.iter().map(|row| (row.0, row.3)).unzip();
    let versions = versions(db, &threads, &numbers)?;
    Ok(rows
        .into_iter()
        .map(|(thread, reply, message, number, at)| Resubmitted {
            post: reply.map_or(Post::Thread(thread), Post::Reply),
            thread,
            message,
            at,
            before: versions
                .iter()
                .find(|(of, version)| {
                    *of == thread && version.reply == reply && version.number == number
                })
                .map(|(_, version)| version.clone()),
        })
        .collect())
}

/// Former versions by the thread that they belong to.
fn versions(db: &mut Db, threads: &[Id], numbers: &[i32]) -> Result<Vec<(Id, Revision)>> {
    type Row = (Id, Option<Id>, i32, Option<String>, String, At);
    let rows: Vec<Row> = revisions::table
        .filter(revisions::thread_id.among(threads))
        .filter(revisions::number.eq_any(numbers))
        .select((
            revisions::thread_id,
            revisions::reply_id,
            revisions::number,
            revisions::title,
            revisions::body,
            revisions::written_at,
        ))
        .load(db)?;
    Ok(rows
        .into_iter()
        .map(|(thread, reply, number, title, body, written_at)| {
            let revision = Revision {
                number,
                title,
                body,
                practice: None, // a resubmission changes title and body alone
                written_at,
                reply,
            };
            (thread, revision)
        })
        .collect())
}

pub fn count_resubmissions(db: &mut Db) -> Result<i64> {
    Ok(resubmissions::table
        .filter(resubmissions::decided_at.is_null())
        .count()
        .get_result(db)?)
}

/// Closes what waits of a post. Whether anything did.
pub fn decide_resubmission(db: &mut Db, post: Post, moderator: Id, now: At) -> Result<bool> {
    let closed = diesel::update(
        resubmissions::table
            .filter(resubmissions::post_id.eq(post.id()))
            .filter(resubmissions::decided_at.is_null()),
    )
    .set((
        resubmissions::decided_at.eq(now),
        resubmissions::moderator_id.eq(moderator),
    ))
    .execute(db)?;
    Ok(closed > 0)
}
