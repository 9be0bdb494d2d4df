//! What was found, as the API shows it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Facets;
use crate::id::Id;
use crate::threads::json::SummaryJson;

#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct HitJson {
    pub thread: SummaryJson,
    /// The reply that fits better than the thread's own text.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    pub reply_id: Option<Id>,
    pub score: f32,
    /// Safe HTML; matches in `<mark>`.
    pub snippet_html: String,
}

#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct FoundJson {
    pub hits: Vec<HitJson>,
    pub total: u64,
    pub took_ms: f64,
    /// Facet → value → number of threads.
    pub facets: BTreeMap<String, BTreeMap<String, u64>>,
    #[schema(required)]
    pub next_cursor: Option<String>,
}

/// The counts by facet and value.
pub fn facets(facets: &Facets) -> BTreeMap<String, BTreeMap<String, u64>> {
    let named = [
        ("kind", &facets.kind),
        ("policy", &facets.policy),
        ("school_type", &facets.school_type),
        ("subject", &facets.subject),
        ("solved", &facets.solved),
    ];
    named
        .into_iter()
        .map(|(name, counts)| (name.to_owned(), counts.iter().cloned().collect()))
        .collect()
}
