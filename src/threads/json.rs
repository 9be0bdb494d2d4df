//! Threads as the API shows them, made from the same values as the pages.

use std::collections::HashMap;

use serde::Serialize;

use super::{
    Completeness, Kind, Practice, PracticeField, Revision, Standing, Summary, Thread, Visibility,
};
use crate::accounts::Signers;
use crate::accounts::json::AuthorJson;
use crate::clock::At;
use crate::environment::json::EnvironmentJson;
use crate::id::Id;
use crate::replies::marks::Counts;
use crate::taxonomy::Vocabulary;

#[derive(Clone, Copy, Debug, Serialize, utoipa::ToSchema)]
pub struct ReactionsJson {
    pub helpful: i64,
    pub want_to_try: i64,
}

impl From<Counts> for ReactionsJson {
    fn from(counts: Counts) -> ReactionsJson {
        ReactionsJson {
            helpful: counts.helpful,
            want_to_try: counts.want_to_try,
        }
    }
}

#[derive(Clone, Copy, Debug, Serialize, utoipa::ToSchema)]
pub struct CountsJson {
    pub replies: i32,
    pub reactions: ReactionsJson,
    /// Try-outs of a practice by others.
    pub tryouts: i32,
}

/// What trainers and try-outs say of a thread.
#[derive(Clone, Copy, Debug, Serialize, utoipa::ToSchema)]
pub struct StandingJson {
    /// Trainers recommend it.
    pub recommended: bool,
    /// It no longer holds.
    pub outdated: bool,
    /// Records of those who tried it.
    pub tries: i32,
    /// School types in which it was tried.
    pub tried_types: i32,
}

impl From<Standing> for StandingJson {
    fn from(standing: Standing) -> StandingJson {
        StandingJson {
            recommended: standing.recommended,
            outdated: standing.outdated,
            tries: standing.tries,
            tried_types: standing.tried_types,
        }
    }
}

/// The plan version that a thread was tagged with.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct PlanJson {
    #[schema(value_type = uuid::Uuid)]
    pub id: Id,
    pub plan: String,
    pub version: String,
}

/// How many of the fields that a practice may have are written, and which are not, the most useful first.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct CompletenessJson {
    pub written: usize,
    pub of: usize,
    pub missing: Vec<PracticeField>,
}

impl From<Completeness> for CompletenessJson {
    fn from(completeness: Completeness) -> CompletenessJson {
        CompletenessJson {
            written: completeness.written.len(),
            of: completeness.written.len() + completeness.missing.len(),
            missing: completeness.missing,
        }
    }
}

/// A thread in full.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct ThreadJson {
    #[schema(value_type = uuid::Uuid)]
    pub id: Id,
    #[schema(required)]
    pub external_id: Option<String>,
    pub short_code: String,
    pub kind: Kind,
    pub title: String,
    pub body: String,
    pub body_html: String,
    #[schema(required)]
    pub practice: Option<Practice>,
    /// How much of a practice is written; null for other kinds.
    #[schema(required)]
    pub completeness: Option<CompletenessJson>,
    pub author: AuthorJson,
    /// Signed without a name.
    pub sealed: bool,
    /// Slug.
    pub school_type: String,
    pub policies: Vec<u8>,
    /// Slugs.
    pub initiatives: Vec<String>,
    /// Name, as 「算数」.
    #[schema(required)]
    pub subject: Option<String>,
    /// Name, as 「小4」.
    #[schema(required)]
    pub grade: Option<String>,
    pub tags: Vec<String>,
    pub tools: Vec<String>,
    /// Items of the teachers' self-check, as `chk-b4`.
    pub items: Vec<String>,
    pub standing: StandingJson,
    pub vocabulary: PlanJson,
    pub solved: bool,
    #[schema(required, value_type = Option<uuid::Uuid>)]
    pub accepted_reply_id: Option<Id>,
    pub counts: CountsJson,
    /// School types in which a practice was tried by others.
    pub tried_types: i32,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: At,
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: At,
    pub visibility: Visibility,
    pub revision: i32,
    /// Nothing more can be written in it.
    pub locked: bool,
    /// Why it is locked.
    #[schema(required)]
    pub lock_reason: Option<String>,
    /// The thread about the same topic.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    pub duplicate_of: Option<Id>,
    /// What becomes of a problem with networks or devices, where it is marked.
    #[schema(required)]
    pub environment: Option<EnvironmentJson>,
}

impl ThreadJson {
    pub fn new(
        thread: Thread,
        author: AuthorJson,
        counts: Counts,
        vocabulary: Id,
        words: &Vocabulary,
    ) -> ThreadJson {
        ThreadJson {
            solved: thread.solved(),
            completeness: Completeness::of(&thread).map(CompletenessJson::from),
            id: thread.id,
            external_id: thread.external_id,
            short_code: thread.short_code,
            kind: thread.kind,
            title: thread.title,
            body: thread.body,
            body_html: thread.body_html,
            practice: thread.practice,
            author,
            sealed: thread.signature.is_sealed(),
            school_type: thread.school_type,
            policies: thread.labels.policies,
            initiatives: thread.labels.initiatives,
            subject: thread
                .subject
                .map(|slug| words.subject_name(&slug).to_owned()),
            grade: thread.grade.map(|slug| words.grade_name(&slug).to_owned()),
            tags: thread.labels.tags,
            tools: thread.labels.tools,
            items: thread.labels.items,
            standing: thread.standing.into(),
            vocabulary: PlanJson {
                id: vocabulary,
                plan: words.plan.slug.clone(),
                version: words.plan.version.clone(),
            },
            accepted_reply_id: thread.accepted_reply,
            counts: CountsJson {
                replies: thread.reply_count,
                reactions: counts.into(),
                tryouts: thread.standing.tries,
            },
            tried_types: thread.standing.tried_types,
            created_at: thread.created_at,
            updated_at: thread.updated_at,
            visibility: thread.visibility,
            revision: thread.revision,
            locked: thread.lock.is_some(),
            lock_reason: thread.lock,
            duplicate_of: thread.duplicate_of,
            environment: None,
        }
    }
}

/// A thread as lists show it.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct SummaryJson {
    #[schema(value_type = uuid::Uuid)]
    pub id: Id,
    pub short_code: String,
    pub kind: Kind,
    pub title: String,
    /// The first words of the body, without Markdown.
    pub gist: String,
    pub author: AuthorJson,
    /// Signed without a name.
    pub sealed: bool,
    pub school_type: String,
    pub policies: Vec<u8>,
    pub initiatives: Vec<String>,
    #[schema(required)]
    pub subject: Option<String>,
    #[schema(required)]
    pub grade: Option<String>,
    pub tags: Vec<String>,
    pub tools: Vec<String>,
    pub items: Vec<String>,
    pub standing: StandingJson,
    pub solved: bool,
    pub counts: CountsJson,
    /// School types in which a practice was tried by others.
    pub tried_types: i32,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: At,
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: At,
    #[schema(value_type = String, format = DateTime)]
    pub active_at: At,
}

/// Who and how often, for all summaries of a page.
pub struct Context<'a> {
    pub words: &'a Vocabulary,
    pub signers: &'a Signers,
    pub counts: &'a HashMap<Id, Counts>,
}

impl SummaryJson {
    /// None when the author's row is gone, which foreign keys forbid.
    pub fn new(summary: Summary, context: &Context<'_>) -> Option<SummaryJson> {
        let author = context.signers.of(&summary.signature, context.words)?;
        let author = AuthorJson::new(&author, context.words);
        let words = context.words;
        Some(SummaryJson {
            counts: CountsJson {
                replies: summary.reply_count,
                reactions: context
                    .counts
                    .get(&summary.id)
                    .copied()
                    .unwrap_or_default()
                    .into(),
                tryouts: summary.standing.tries,
            },
            tried_types: summary.standing.tried_types,
            gist: summary.gist(),
            id: summary.id,
            short_code: summary.short_code,
            kind: summary.kind,
            title: summary.title,
            author,
            sealed: summary.signature.is_sealed(),
            school_type: summary.school_type,
            policies: summary.labels.policies,
            initiatives: summary.labels.initiatives,
            subject: summary
                .subject
                .map(|slug| words.subject_name(&slug).to_owned()),
            grade: summary.grade.map(|slug| words.grade_name(&slug).to_owned()),
            tags: summary.labels.tags,
            tools: summary.labels.tools,
            items: summary.labels.items,
            standing: summary.standing.into(),
            solved: summary.solved,
            created_at: summary.created_at,
            updated_at: summary.updated_at,
            active_at: summary.active_at,
        })
    }
}

/// A page of a list. `next_cursor` is null on the last one.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct PageJson<T> {
    pub items: Vec<T>,
    #[schema(required)]
    pub next_cursor: Option<String>,
}

/// A version of a thread.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct RevisionJson {
    pub revision: i32,
    #[schema(required)]
    pub title: Option<String>,
    pub body: String,
    #[schema(required)]
    pub practice: Option<Practice>,
    #[schema(value_type = String, format = DateTime)]
    pub written_at: At,
}

impl From<Revision> for RevisionJson {
    fn from(revision: Revision) -> RevisionJson {
        RevisionJson {
            revision: revision.number,
            title: revision.title,
            body: revision.body,
            practice: revision.practice,
            written_at: revision.written_at,
        }
    }
}
