//! What was found, as the API shows it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Facets, Found, Suggestions};
use crate::id::Id;
use crate::threads::json::SummaryJson;
use crate::web::page::address;

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
    /// Only when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explain: Option<ExplainJson>,
}

/// For developers.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct ExplainJson {
    /// What the words were cut into.
    pub pieces: Vec<PieceJson>,
    /// Of each hit: the part of its score for having pieces at all; the rest is BM25.
    pub ranks: Vec<f32>,
}

#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct PieceJson {
    /// As compared.
    pub text: String,
    /// What may stand in its place → synonym, weak synonym, spelling.
    pub alternatives: BTreeMap<String, String>,
}

/// Something that completes what is being typed.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct SuggestedJson {
    /// tag, tool, thread
    pub kind: String,
    pub label: String,
    /// Where it leads.
    pub url: String,
}

pub fn explain(found: &Found) -> ExplainJson {
    let pieces = found.explained.iter().map(|(text, others)| PieceJson {
        text: text.clone(),
        alternatives: others
            .iter()
            .map(|(word, why)| (word.clone(), (*why).to_owned()))
            .collect(),
    });
    ExplainJson {
        pieces: pieces.collect(),
        ranks: found.hits.iter().map(|hit| hit.rank).collect(),
    }
}

pub fn suggested(found: &Suggestions) -> Vec<SuggestedJson> {
    let names = found.names.iter().map(|name| SuggestedJson {
        kind: if name.tool { "tool" } else { "tag" }.to_owned(),
        label: name.value.clone(),
        url: if name.tool {
            address("/search", [("q", name.value.as_str())])
        } else {
            address("/search", [("tag", name.value.as_str())])
        },
    });
    let threads = found.threads.iter().map(|thread| SuggestedJson {
        kind: "thread".to_owned(),
        label: thread.title.clone(),
        url: format!("/threads/{}", thread.id),
    });
    names.chain(threads).collect()
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
