//! Collections as the API shows them.

use chrono::NaiveDate;
use serde::Serialize;

use super::{State, TrainingForm};
use crate::accounts::Experience;
use crate::clock::At;
use crate::id::Id;
use crate::threads::json::SummaryJson;

/// The training that a collection belongs to.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct TrainingJson {
    pub form: TrainingForm,
    #[schema(required, value_type = Option<String>, format = Date)]
    pub on: Option<NaiveDate>,
    #[schema(required)]
    pub place: Option<String>,
}

/// One thread of a collection.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct ItemJson {
    #[schema(value_type = uuid::Uuid)]
    pub thread_id: Id,
    /// What the trainers say of it.
    pub comment: String,
    /// Null where readers may not see it: only those who write the collection are told that it stands there.
    #[schema(required)]
    pub thread: Option<SummaryJson>,
}

/// A collection in full. It is signed by the role of trainers, never by a name.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct CollectionJson {
    #[schema(value_type = uuid::Uuid)]
    pub id: Id,
    pub short_code: String,
    pub state: State,
    pub title: String,
    pub cover: String,
    pub cover_html: String,
    pub policies: Vec<u8>,
    /// Slugs; none = all.
    pub school_types: Vec<String>,
    /// None = all.
    pub experience: Vec<Experience>,
    #[schema(required)]
    pub training: Option<TrainingJson>,
    /// In their order.
    pub items: Vec<ItemJson>,
    pub revision: i32,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: At,
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: At,
    /// When it was published first.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub published_at: Option<At>,
}

/// A collection as lists show it.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct CollectionSummaryJson {
    #[schema(value_type = uuid::Uuid)]
    pub id: Id,
    pub short_code: String,
    pub state: State,
    pub title: String,
    /// The first words of the cover, without Markdown.
    pub gist: String,
    pub policies: Vec<u8>,
    pub school_types: Vec<String>,
    pub experience: Vec<Experience>,
    #[schema(required)]
    pub training: Option<TrainingJson>,
    /// Threads that readers may see.
    pub count: usize,
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: At,
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub published_at: Option<At>,
}
