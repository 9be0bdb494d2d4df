//! Everything that the forum keeps of one person as theirs, for that person alone.

use serde::Serialize;

use crate::accounts::{self, Experience, Item, Who};
use crate::attachments::{self, Media, Rights};
use crate::clock::At;
use crate::curation::{self, collections, proposals};
use crate::db::Db;
use crate::drafts::{self, Fields, Purpose};
use crate::environment;
use crate::error::Result;
use crate::id::Id;
use crate::mirror::{self, Answers};
use crate::notices::settings::{self, Frequency, Reason};
use crate::notices::site;
use crate::replies::{self, marks};
use crate::requests;
use crate::threads::{self, Kind, Practice, Tended, Visibility};
use crate::tryouts::{self, Outcome};

/// Threads read at once.
const BATCH: usize = 500;
/// Decisions of the last half year; nobody has so many.
const DECISIONS: i64 = 10_000;

#[derive(Debug, Serialize)]
pub struct OwnData {
    pub person: OwnPerson,
    pub mail: OwnMail,
    /// Oldest first, whatever their visibility but what was taken back.
    pub threads: Vec<OwnThread>,
    pub replies: Vec<OwnReply>,
    /// What became of others' practices in one's own class, oldest first.
    pub tryouts: Vec<OwnTryout>,
    /// Oldest first. They are fetched at their addresses.
    pub files: Vec<OwnFile>,
    pub marks: Vec<OwnMark>,
    /// What they are writing and have not sent.
    pub drafts: Vec<OwnDraft>,
    /// Their self-checks, the newest first.
    pub self_checks: Vec<OwnCheck>,
    /// What moderators decided of their posts, and why, as far as it is kept; the newest first.
    pub decisions: Vec<OwnDecision>,
    /// What they proposed to trainers, and what became of it.
    pub proposals: Vec<OwnProposal>,
    /// Of trainers: what they recommend, and with which words.
    pub recommendations: Vec<OwnRecommendation>,
    /// Of trainers: the collections that they began, as they stand.
    pub collections: Vec<OwnCollection>,
    /// What they said of problems with networks and devices, oldest first.
    pub steps: Vec<OwnStep>,
    /// What they asked for as trainers, oldest first.
    pub requests: Vec<OwnRequest>,
}

#[derive(Debug, Serialize)]
pub struct OwnProposal {
    pub thread: Id,
    pub reason: String,
    pub state: proposals::State,
    pub at: At,
}

#[derive(Debug, Serialize)]
pub struct OwnStep {
    pub thread: Id,
    pub state: Tended,
    pub planned_on: Option<String>,
    pub note: String,
    pub at: At,
}

#[derive(Debug, Serialize)]
pub struct OwnRecommendation {
    pub thread: Id,
    pub comment: String,
    pub at: At,
}

#[derive(Debug, Serialize)]
pub struct OwnCollection {
    pub id: Id,
    pub state: collections::State,
    pub content: collections::Content,
    pub created_at: At,
    pub updated_at: At,
}

#[derive(Debug, Serialize)]
pub struct OwnRequest {
    pub policy: u8,
    pub school_type: String,
    pub subject: Option<String>,
    pub item: Option<String>,
    pub sentence: String,
    pub until: String,
    pub created_at: At,
}

#[derive(Debug, Serialize)]
pub struct OwnCheck {
    /// That of the first day of the school year.
    pub year: i32,
    /// Of the checklist.
    pub version: String,
    /// Grades 1 to 4 by item.
    pub answers: Answers,
    /// Whether they may be counted in the report of a term.
    pub shared: bool,
}

#[derive(Debug, Serialize)]
pub struct OwnDecision {
    pub post: Id,
    /// Of the thread.
    pub title: String,
    pub decision: String,
    pub reason: String,
    pub at: At,
}

#[derive(Debug, Serialize)]
pub struct OwnPerson {
    pub id: Id,
    pub email: String,
    pub name: String,
    pub role: String,
    pub school_type: String,
    pub school: Option<String>,
    pub position: Option<String>,
    pub grades: Vec<String>,
    pub subjects: Vec<String>,
    pub tools: Vec<String>,
    pub experience: Option<Experience>,
    pub shown: Vec<Item>,
    pub created_at: At,
}

/// The secret of the links in letters is left out.
#[derive(Debug, Serialize)]
pub struct OwnMail {
    pub frequency: Frequency,
    pub weekday: u32,
    pub window: String,
    pub contents: Vec<Reason>,
    pub policies: Vec<u8>,
    pub school_types: Vec<String>,
    pub subjects: Vec<String>,
    pub at_once: Vec<Reason>,
    pub any_time: bool,
    pub paused_until: Option<String>,
    pub in_vacation: bool,
}

#[derive(Debug, Serialize)]
pub struct OwnThread {
    pub id: Id,
    pub kind: Kind,
    pub title: String,
    pub body: String,
    pub practice: Option<Practice>,
    pub school_type: String,
    pub policies: Vec<u8>,
    pub tags: Vec<String>,
    pub tools: Vec<String>,
    pub items: Vec<String>,
    pub visibility: Visibility,
    /// Signed without one's name.
    pub sealed: bool,
    pub created_at: At,
    pub updated_at: At,
}

#[derive(Debug, Serialize)]
pub struct OwnReply {
    pub id: Id,
    pub thread: Id,
    pub body: String,
    pub visibility: Visibility,
    /// Signed without one's name.
    pub sealed: bool,
    pub created_at: At,
    pub updated_at: At,
}

#[derive(Debug, Serialize)]
pub struct OwnTryout {
    pub id: Id,
    pub thread: Id,
    pub school_type: String,
    pub grade: Option<String>,
    pub outcome: Outcome,
    pub changed: Option<String>,
    pub note: String,
    pub visibility: Visibility,
    /// Signed without one's name.
    pub sealed: bool,
    pub created_at: At,
}

#[derive(Debug, Serialize)]
pub struct OwnFile {
    pub id: Id,
    /// A path of the forum.
    pub url: String,
    pub name: String,
    pub media_type: Media,
    pub bytes: i32,
    pub alt: String,
    pub rights: Rights,
    pub source: String,
    /// Threads and replies that it stands or stood in.
    pub posts: Vec<Id>,
    pub created_at: At,
}

#[derive(Debug, Serialize)]
pub struct OwnMark {
    pub post: Id,
    pub mark: marks::Mark,
    pub at: At,
}

#[derive(Debug, Serialize)]
pub struct OwnDraft {
    pub purpose: Purpose,
    pub target: Option<Id>,
    pub fields: Fields,
    pub updated_at: At,
}

/// What is kept of `who`.
///
/// # Errors
/// `SignInRequired`.
pub fn own(db: &mut Db, who: &Who, mirror_key: &mirror::Ring, now: At) -> Result<OwnData> {
    let person = accounts::own(db, who)?;
    let mail = settings::own(db, who)?;
    let ids = threads::own_ids(db, who)?;
    let mut own_threads = Vec::with_capacity(ids.len());
    for some in ids.chunks(BATCH) {
        let mut found = threads::in_full(db, some)?;
        found.sort_by_key(|thread| (thread.created_at, thread.id));
        own_threads.extend(found);
    }
    let taken_back = |visibility: Visibility| visibility == Visibility::Deleted;
    Ok(OwnData {
        person: OwnPerson {
            id: person.id,
            email: person.email,
            name: person.name,
            role: person.role.to_string(),
            school_type: person.school_type,
            school: person.school,
            position: person.position,
            grades: person.grades,
            subjects: person.subjects,
            tools: person.tools,
            experience: person.experience,
            shown: person.shown,
            created_at: person.created_at,
        },
        mail: OwnMail {
            frequency: mail.frequency,
            weekday: mail.weekday,
            window: mail.window.to_string(),
            contents: mail.contents,
            policies: mail.policies,
            school_types: mail.school_types,
            subjects: mail.subjects,
            at_once: mail.at_once,
            any_time: mail.any_time,
            paused_until: mail.paused_until.map(|day| day.to_string()),
            in_vacation: mail.in_vacation,
        },
        threads: own_threads
            .into_iter()
            .filter(|thread| !taken_back(thread.visibility))
            .map(|thread| OwnThread {
                id: thread.id,
                kind: thread.kind,
                title: thread.title,
                body: thread.body,
                practice: thread.practice,
                school_type: thread.school_type,
                policies: thread.labels.policies,
                tags: thread.labels.tags,
                tools: thread.labels.tools,
                items: thread.labels.items,
                visibility: thread.visibility,
                sealed: thread.signature.is_sealed(),
                created_at: thread.created_at,
                updated_at: thread.updated_at,
            })
            .collect(),
        replies: replies::own(db, who)?
            .into_iter()
            .filter(|reply| !taken_back(reply.visibility))
            .map(|reply| OwnReply {
                id: reply.id,
                thread: reply.thread,
                body: reply.body,
                visibility: reply.visibility,
                sealed: reply.signature.is_sealed(),
                created_at: reply.created_at,
                updated_at: reply.updated_at,
            })
            .collect(),
        tryouts: tryouts::own(db, who)?
            .into_iter()
            .map(|tryout| OwnTryout {
                id: tryout.id,
                thread: tryout.thread,
                school_type: tryout.school_type,
                grade: tryout.grade,
                outcome: tryout.outcome,
                changed: tryout.changed,
                note: tryout.note,
                visibility: tryout.visibility,
                sealed: tryout.signature.is_sealed(),
                created_at: tryout.created_at,
            })
            .collect(),
        files: attachments::own(db, who)?
            .into_iter()
            .map(|(file, posts)| OwnFile {
                id: file.id,
                url: file.url(),
                name: file.name,
                media_type: file.media,
                bytes: file.bytes,
                alt: file.alt,
                rights: file.rights,
                source: file.source,
                posts,
                created_at: file.created_at,
            })
            .collect(),
        marks: marks::all_own(db, who)?
            .into_iter()
            .map(|(post, mark, at)| OwnMark { post, mark, at })
            .collect(),
        drafts: drafts::own(db, who, now)?
            .into_iter()
            .map(|draft| OwnDraft {
                purpose: draft.purpose,
                target: draft.target,
                fields: draft.fields,
                updated_at: draft.updated_at,
            })
            .collect(),
        self_checks: mirror::own(db, who, mirror_key)?
            .into_iter()
            .map(|check| OwnCheck {
                year: check.year,
                version: check.version,
                answers: check.answers,
                shared: check.shared,
            })
            .collect(),
        decisions: site::rulings(db, who, DECISIONS)?
            .into_iter()
            .map(|ruling| OwnDecision {
                post: ruling.post.id(),
                title: ruling.title,
                decision: ruling.decision,
                reason: ruling.reason,
                at: ruling.at,
            })
            .collect(),
        proposals: proposals::own(db, who)?
            .into_iter()
            .map(|one| OwnProposal {
                thread: one.thread,
                reason: one.reason,
                state: one.state,
                at: one.at,
            })
            .collect(),
        recommendations: curation::own(db, who)?
            .into_iter()
            .map(|one| OwnRecommendation {
                thread: one.thread,
                comment: one.comment,
                at: one.at,
            })
            .collect(),
        collections: collections::own(db, who)?
            .into_iter()
            .map(|one| OwnCollection {
                id: one.id,
                state: one.state,
                content: one.content,
                created_at: one.created_at,
                updated_at: one.updated_at,
            })
            .collect(),
        steps: environment::own(db, who)?
            .into_iter()
            .map(|step| OwnStep {
                thread: step.thread,
                state: step.state,
                planned_on: step.planned_on.map(|day| day.to_string()),
                note: step.note,
                at: step.at,
            })
            .collect(),
        requests: requests::own(db, who)?
            .into_iter()
            .map(|request| OwnRequest {
                policy: request.cell.policy,
                school_type: request.cell.school_type,
                subject: request.cell.subject,
                item: request.cell.item,
                sentence: request.sentence,
                until: request.until.to_string(),
                created_at: request.created_at,
            })
            .collect(),
    })
}
