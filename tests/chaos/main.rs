//! What breaks: the program as a process while something is taken from it. After every fault the same two things must
//! hold: nothing that was confirmed is lost, and the index equals the database.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test that cannot go on fails, and one that cannot begin says so"
)]

mod balance;
mod clients;
mod crowded;
mod drain;
mod forum;
mod full_disk;
mod index;
mod killed;
mod mixed;
mod nodes;
mod outage;
mod postgres;
mod resources;
mod rolling;
mod room;
#[path = "../server/mod.rs"]
mod server;
mod wire;

use std::sync::atomic::{AtomicBool, Ordering};

/// Who write at once.
const WRITERS: usize = 4;

/// Tells those who go on and on that it is over; also when a test fails.
#[derive(Default)]
struct Over(AtomicBool);

impl Over {
    fn is_over(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    /// It is over when this is dropped.
    fn ends(&self) -> Ends<'_> {
        Ends(&self.0)
    }
}

struct Ends<'a>(&'a AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}
