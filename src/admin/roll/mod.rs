//! Taking in a roll of people (CSV): first shown, then done.

pub mod http;
pub mod view;

/// People that a page takes at once; more go in by the command line.
pub const MAX_LINES: usize = 2_000;
