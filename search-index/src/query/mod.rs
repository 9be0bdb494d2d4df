//! From what a visitor typed to a query of the engine, in two steps: reading the text into terms
//! ([`parse`]), and building the ranking query from them ([`build`]). Every text is a query; there is no
//! syntax to get wrong and no error to show.

mod build;
mod parse;

pub(crate) use build::{filters, ranking};
pub(crate) use parse::{Term, parse};

/// Only this many characters of the text are read. Long questions stay far below.
pub const MAX_QUERY_CHARS: usize = 1_000;

/// Only this many tokens of the text are searched for; the cost of a query grows with them.
pub const MAX_QUERY_TOKENS: usize = 64;

/// Only this many quoted phrases are demanded.
const MAX_QUOTED_PHRASES: usize = 8;

/// `offset + limit` of a request is cut here: nobody reads further, and a page costs all pages before it.
pub const MAX_WINDOW: usize = 1_000;
