//! The steps of a thread as the API shows them.

use serde::Serialize;

use super::{Listed, Present, State, Step};
use crate::accounts::Role;
use crate::clock::At;
use crate::threads::json::SummaryJson;

/// How a problem stands.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct EnvironmentJson {
    pub state: State,
    /// `YYYY-MM-DD`, exactly where it is planned.
    #[schema(required)]
    pub planned_on: Option<String>,
    /// Steps so far.
    pub revision: i32,
    #[schema(value_type = String, format = DateTime)]
    pub at: At,
}

impl From<Present> for EnvironmentJson {
    fn from(present: Present) -> EnvironmentJson {
        EnvironmentJson {
            state: present.state,
            planned_on: present.planned_on.map(|day| day.to_string()),
            revision: present.revision,
            at: present.at,
        }
    }
}

/// A step.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct StepJson {
    pub state: State,
    #[schema(required)]
    pub planned_on: Option<String>,
    pub note: String,
    /// Of who wrote it, when they did.
    pub role: Role,
    #[schema(value_type = String, format = DateTime)]
    pub at: At,
}

impl From<Step> for StepJson {
    fn from(step: Step) -> StepJson {
        StepJson {
            state: step.state,
            planned_on: step.planned_on.map(|day| day.to_string()),
            note: step.note,
            role: step.role,
            at: step.at,
        }
    }
}

/// A thread's steps. `present` is null where nothing is marked, and where the thread has left policy 3.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct EnvironmentHistoryJson {
    #[schema(required)]
    pub present: Option<EnvironmentJson>,
    /// The last first.
    pub history: Vec<StepJson>,
}

/// A marked thread in the list.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct EnvironmentItemJson {
    pub thread: SummaryJson,
    pub present: EnvironmentJson,
    /// Whether the day that was planned has passed.
    pub overdue: bool,
    pub last: StepJson,
}

impl EnvironmentItemJson {
    pub fn new(
        listed: Listed,
        thread: SummaryJson,
        today: chrono::NaiveDate,
    ) -> EnvironmentItemJson {
        EnvironmentItemJson {
            thread,
            overdue: listed.present.is_overdue(today),
            present: listed.present.into(),
            last: listed.last.into(),
        }
    }
}
