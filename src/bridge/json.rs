//! Relatives as the API shows them.

use serde::Serialize;

use super::Shared;
use super::likeness::reason;
use crate::threads::json::SummaryJson;

/// Something that two threads share.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct SharedJson {
    /// tool, scene, tag, subject, initiative, policy, word
    pub what: &'static str,
    pub name: String,
}

/// A thread of another school type about the same.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct RelativeJson {
    pub thread: SummaryJson,
    /// In words, as 「同じロイロノート・協働の場面」.
    pub reason: String,
    pub shared: Vec<SharedJson>,
}

impl RelativeJson {
    pub fn new(thread: SummaryJson, shared: &[Shared]) -> RelativeJson {
        RelativeJson {
            thread,
            reason: reason(shared),
            shared: shared
                .iter()
                .map(|one| SharedJson {
                    what: one.what(),
                    name: one.name().to_owned(),
                })
                .collect(),
        }
    }
}
