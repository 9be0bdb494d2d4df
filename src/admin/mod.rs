//! Administration pages. Composes the rules of other domains; has none of its own.

pub mod http;
pub mod view;
