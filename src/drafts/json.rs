//! Drafts as the API shows them.

use serde::{Deserialize, Serialize};

use super::{Draft, Fields, Purpose};
use crate::clock::At;
use crate::id::Id;

/// A draft of one's own.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct DraftJson {
    #[schema(value_type = uuid::Uuid)]
    pub id: Id,
    pub purpose: Purpose,
    /// The thread or reply that it is for; null for a new thread.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    pub target: Option<Id>,
    pub fields: Fields,
    /// Where it was saved last.
    pub device: String,
    pub revision: i32,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: At,
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: At,
}

impl From<Draft> for DraftJson {
    fn from(draft: Draft) -> DraftJson {
        DraftJson {
            id: draft.id,
            purpose: draft.purpose,
            target: draft.target,
            fields: draft.fields,
            device: draft.device,
            revision: draft.revision,
            created_at: draft.created_at,
            updated_at: draft.updated_at,
        }
    }
}

/// A draft to be begun. `fields` are those of the form, each a value or a list of values.
#[derive(Clone, Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct NewDraft {
    /// new_thread, edit_thread, reply, edit_reply
    #[schema(example = "new_thread")]
    pub purpose: String,
    /// The thread that is answered or changed, or the reply that is changed.
    #[schema(nullable)]
    pub target: Option<String>,
    pub fields: Fields,
}

/// What a draft is to hold from now on.
#[derive(Clone, Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct DraftPut {
    pub fields: Fields,
}
