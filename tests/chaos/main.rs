//! What breaks: the program as a process while something is taken from it. After every fault the same two things must
//! hold: nothing that was confirmed is lost, and the index equals the database.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod clients;
mod crowded;
mod forum;
mod full_disk;
mod index;
mod killed;
mod mixed;
mod resources;
mod room;
#[path = "../server/mod.rs"]
mod server;
