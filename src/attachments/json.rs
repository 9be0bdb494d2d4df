//! A file as JSON. Never says whose it is: a post may be signed without a name.

use serde::Serialize;

use super::{Attachment, Media, Rights};
use crate::clock::At;
use crate::id::Id;

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AttachmentJson {
    #[schema(value_type = uuid::Uuid)]
    pub id: Id,
    /// `/files/{id}`, for those who may see a post that it stands in.
    pub url: String,
    /// The small form of an image.
    pub thumb_url: Option<String>,
    /// What to put into the body of a post.
    pub markdown: String,
    pub media_type: Media,
    pub name: String,
    pub bytes: i32,
    pub width: Option<i32>,
    pub height: Option<i32>,
    pub alt: String,
    pub rights: Rights,
    pub source: String,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: At,
}

impl From<Attachment> for AttachmentJson {
    fn from(one: Attachment) -> AttachmentJson {
        AttachmentJson {
            id: one.id,
            url: one.url(),
            thumb_url: one.thumb_url(),
            markdown: one.markdown(),
            media_type: one.media,
            name: one.name,
            bytes: one.bytes,
            width: one.width,
            height: one.height,
            alt: one.alt,
            rights: one.rights,
            source: one.source,
            created_at: one.created_at,
        }
    }
}
