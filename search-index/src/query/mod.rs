//! From a query as typed to a query of the engine, in two steps: understanding it ([`interpret`]) and building what
//! ranks by it ([`build`]). Every text is a query; there is no syntax to get wrong and no error to show.

mod build;
mod divide;
mod interpret;
mod narrow;
mod settled;
mod spell;
mod term;

pub(crate) use build::{Reach, filters, finding, plain, scoring, suggesting};
pub(crate) use divide::divide;
pub use interpret::Interpretation;
pub(crate) use interpret::{Alternative, Origin};
pub(crate) use narrow::narrow;
pub(crate) use spell::{correct, runs};
pub(crate) use term::{Atom, Script, Span, atoms, spans};

/// Only this many tokens of the text are searched for; the cost of a query grows with them.
pub const MAX_QUERY_TOKENS: usize = 64;

/// Only this many quoted phrases are demanded.
const MAX_QUOTED_PHRASES: usize = 8;

/// `offset + limit` of a request is cut here: nobody reads further, and a page costs all pages before it.
pub const MAX_WINDOW: usize = 1_000;
