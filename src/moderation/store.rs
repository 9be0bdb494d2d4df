//! SQL of reports and the audit log.

use diesel::prelude::*;

use super::{Post, ReportReason};
use crate::clock::At;
use crate::db::Db;
use crate::db::schema::{audit_log, reports};
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
