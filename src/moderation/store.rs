//! SQL of reports and the audit log.

use diesel::dsl::{exists, not};
use diesel::prelude::*;

use super::{Post, ReportReason};
use crate::clock::At;
use crate::db::schema::{audit_log, report_answers, reports};
use crate::db::{Db, MultiBackend};
use crate::error::Result;
use crate::id::Id;

pub fn log(db: &mut Db, actor: Id, action: &str, post: Post, reason: &str, now: At) -> Result<()> {
    let (thread, reply) = match post {
        Post::Thread(id) => (Some(id), None),
        Post::Reply(id) => (None, Some(id)),
    };
    diesel::insert_into(audit_log::table)
        .values((
            audit_log::id.eq(Id::new(now)),
            audit_log::actor_id.eq(actor),
            audit_log::action.eq(action),
            audit_log::thread_id.eq(thread),
            audit_log::reply_id.eq(reply),
            audit_log::reason.eq(reason),
            audit_log::at.eq(now),
        ))
        .execute(db)?;
    Ok(())
}

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
