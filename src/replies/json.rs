//! Replies as the API shows them.

use serde::{Deserialize, Serialize};

use super::Reply;
use super::marks::Counts;
use crate::accounts::json::AuthorJson;
use crate::clock::At;
use crate::id::Id;
use crate::threads::Visibility;
use crate::threads::json::ReactionsJson;

#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct ReplyCountsJson {
    pub reactions: ReactionsJson,
}

#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct ReplyJson {
    #[schema(value_type = uuid::Uuid)]
    pub id: Id,
    #[schema(value_type = uuid::Uuid)]
    pub thread_id: Id,
    #[schema(required)]
    pub external_id: Option<String>,
    pub author: AuthorJson,
    /// Signed without a name.
    pub sealed: bool,
    pub body: String,
    pub body_html: String,
    #[schema(required, value_type = Option<uuid::Uuid>)]
    pub quote_of: Option<Id>,
    pub accepted: bool,
    pub counts: ReplyCountsJson,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: At,
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: At,
    pub visibility: Visibility,
    pub revision: i32,
}

impl ReplyJson {
    pub fn new(
        reply: Reply,
        author: AuthorJson,
        accepted: Option<Id>,
        counts: Counts,
    ) -> ReplyJson {
        ReplyJson {
            accepted: accepted == Some(reply.id),
            id: reply.id,
            thread_id: reply.thread,
            external_id: reply.external_id,
            author,
            sealed: reply.signature.is_sealed(),
            body: reply.body,
            body_html: reply.body_html,
            quote_of: reply.quote_of,
            counts: ReplyCountsJson {
                reactions: counts.into(),
            },
            created_at: reply.created_at,
            updated_at: reply.updated_at,
            visibility: reply.visibility,
            revision: reply.revision,
        }
    }
}

/// A reply as sent.
#[derive(Clone, Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct ReplyInput {
    pub body: String,
    /// A reply of the same thread.
    pub quote_of: Option<String>,
    /// Signed 「小学校の先生」 instead of with one's name. Absent: as one has signed in this thread before.
    pub sealed: Option<bool>,
}

/// A change of a reply.
#[derive(Clone, Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct ReplyPatch {
    pub body: Option<String>,
    /// True takes one's name away, false shows it again.
    pub sealed: Option<bool>,
}

#[derive(Clone, Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct AcceptInput {
    pub reply_id: String,
}
