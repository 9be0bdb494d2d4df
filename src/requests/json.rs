//! Requests as the API shows them.

use serde::Serialize;

use super::{Request, RequestState};
use crate::clock::At;
use crate::id::Id;

/// What trainers ask for. Who of them asked is not said.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct RequestJson {
    #[schema(value_type = uuid::Uuid)]
    pub id: Id,
    pub policy: u8,
    /// Slug.
    pub school_type: String,
    /// Slug.
    #[schema(required)]
    pub subject: Option<String>,
    /// An item of the self-check, as `chk-a1`.
    #[schema(required)]
    pub item: Option<String>,
    pub sentence: String,
    /// The last day, `YYYY-MM-DD`.
    pub until: String,
    pub state: RequestState,
    /// The practice that came, while readers may see it.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    pub filled_by: Option<Id>,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: At,
}

impl RequestJson {
    /// `visible`: the threads among those that filled requests that readers may see.
    pub fn new(request: Request, visible: &[Id], today: chrono::NaiveDate) -> RequestJson {
        RequestJson {
            state: request.state(today),
            filled_by: request.filled_by.filter(|thread| visible.contains(thread)),
            id: request.id,
            policy: request.cell.policy,
            school_type: request.cell.school_type,
            subject: request.cell.subject,
            item: request.cell.item,
            sentence: request.sentence,
            until: request.until.to_string(),
            created_at: request.created_at,
        }
    }
}
