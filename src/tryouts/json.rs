//! Try-outs as the API shows them.

use serde::{Deserialize, Serialize};

use super::{Outcome, Tryout, TryoutInput};
use crate::accounts::json::AuthorJson;
use crate::clock::At;
use crate::id::Id;
use crate::taxonomy::Vocabulary;

#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct TryoutJson {
    #[schema(value_type = uuid::Uuid)]
    pub id: Id,
    #[schema(value_type = uuid::Uuid)]
    pub thread_id: Id,
    pub author: AuthorJson,
    /// Signed without a name.
    pub sealed: bool,
    /// Where it was tried; slug.
    pub school_type: String,
    /// Name, as 「中1」.
    #[schema(required)]
    pub grade: Option<String>,
    pub outcome: Outcome,
    /// What was done otherwise than written.
    #[schema(required)]
    pub changed: Option<String>,
    pub note: String,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: At,
}

impl TryoutJson {
    pub fn new(tryout: Tryout, author: AuthorJson, words: &Vocabulary) -> TryoutJson {
        TryoutJson {
            id: tryout.id,
            thread_id: tryout.thread,
            author,
            sealed: tryout.signature.is_sealed(),
            school_type: tryout.school_type,
            grade: tryout.grade.map(|slug| words.grade_name(&slug).to_owned()),
            outcome: tryout.outcome,
            changed: tryout.changed,
            note: tryout.note,
            created_at: tryout.created_at,
        }
    }
}

/// A try-out as sent.
#[derive(Clone, Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct NewTryoutJson {
    /// worked, partly, failed; or the Japanese name.
    #[schema(example = "worked")]
    pub outcome: String,
    /// Slug or name; absent: that of the account.
    pub school_type: Option<String>,
    pub grade: Option<String>,
    pub changed: Option<String>,
    /// One sentence.
    pub note: String,
    /// Signed 「小学校の先生」 instead of with one's name. Absent: as one has signed in this thread before.
    pub sealed: Option<bool>,
}

impl NewTryoutJson {
    pub fn input(&self) -> TryoutInput {
        TryoutInput {
            outcome: self.outcome.clone(),
            school_type: self.school_type.clone().unwrap_or_default(),
            grade: self.grade.clone().unwrap_or_default(),
            changed: self.changed.clone().unwrap_or_default(),
            note: self.note.clone(),
        }
    }
}
