//! The full-text index of the forum: it turns threads into an index on disk, answers queries with ranked
//! thread ids and facet counts, and marks the places in a text where a query matches.
//!
//! The unit is the thread: a thread with all its visible replies is one document and appears once in a
//! result. The crate stores no text for display (the caller has it) and decides nothing about who may see
//! what: what must not be found must not be put in. It never speaks HTTP or SQL.
//!
//! Text passes through one analyzer ([`analyzer`]) when it is indexed, searched and marked, so that the
//! three always agree about which spellings are the same.

pub mod analyzer;
mod collector;
mod error;
pub mod eval;
mod excerpt;
mod fold;
mod index;
pub mod language;
mod mark;
mod model;
mod query;
mod schema;
mod synonyms;

pub use error::Error;
pub use excerpt::{Excerpt, Marker};
pub use fold::fold_key;
pub use index::{FORMAT_VERSION, Index};
pub use model::{Answer, Change, Facets, Filters, Hit, Request, Sort, ThreadDoc};
pub use query::{Interpretation, MAX_QUERY_TOKENS, MAX_WINDOW};
pub use synonyms::{
    DEFAULT_SYNONYMS, Effect, MAX_GROUP_WORDS, MAX_SYNONYM_CHARS, SynonymGroup, Synonyms,
};
