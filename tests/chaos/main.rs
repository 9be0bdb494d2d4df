//! What breaks: the program as a process while something is taken from it. After every fault the same two things must
//! hold: nothing that was confirmed is lost, and the index equals the database.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod forum;
mod killed;
#[path = "../server/mod.rs"]
mod server;
