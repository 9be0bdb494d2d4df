//! The crate from outside: documents in, requests in, answers out. Nothing here looks behind the public API.
#![expect(clippy::unwrap_used, reason = "tests")]

mod alike;
mod eval;
mod lifecycle;
mod marks;
mod properties;
mod ranking;
mod spellings;
mod support;
mod values;
