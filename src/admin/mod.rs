//! Administration pages: people, the roll, schools, the vocabulary, how the forum stands. What they change are the rules
//! of other domains; counting across all of them is its own.

pub mod glance;
pub mod http;
pub mod metrics;
pub mod roll;
pub mod schools;
pub mod view;
pub mod words;
