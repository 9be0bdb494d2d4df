//! The map as the API shows it.

use serde::Serialize;

use super::{Axis, Measure, Period, Value};
use crate::clock::At;
use crate::id::Id;

/// One cell.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct CoverageCellJson {
    /// Slug of the school type, subject or item of the self-check; null for all of them.
    #[schema(required)]
    pub key: Option<String>,
    /// 1 to 4; null for all of them.
    #[schema(required)]
    pub policy: Option<u8>,
    /// A number of posts, a percentage or a number of working hours; null where there is nothing or too little to say.
    #[schema(required)]
    pub value: Option<f64>,
    /// There are questions, but fewer than five: their share is not given.
    pub hidden: bool,
    /// The open request for it.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    pub request_id: Option<Id>,
}

impl CoverageCellJson {
    pub fn new(key: &str, policy: u8, value: Value, request: Option<Id>) -> CoverageCellJson {
        CoverageCellJson {
            key: Some(key.to_owned()).filter(|key| !key.is_empty()),
            policy: Some(policy).filter(|policy| *policy > 0),
            value: match value {
                Value::Empty | Value::Hidden => None,
                Value::Count(number) => Some(f64::from(number)),
                // As the page shows it.
                Value::Figure(figure) => Some((figure * 10.0).round() / 10.0),
            },
            hidden: value == Value::Hidden,
            request_id: request,
        }
    }
}

/// The cells of an axis.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct CoverageJson {
    pub axis: Axis,
    pub measure: Measure,
    pub period: Period,
    /// When it was counted; null before the first time.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub counted_at: Option<At>,
    pub cells: Vec<CoverageCellJson>,
}
