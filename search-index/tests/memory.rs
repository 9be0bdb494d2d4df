//! What an index keeps in memory while it is written to again and again. A binary of its own: it counts everything that the
//! process allocates.

#![expect(clippy::disallowed_methods, reason = "merges are waited for")]

use std::time::{Duration, Instant};

use peak_alloc::PeakAlloc;
use search_index::{Change, Index, ThreadDoc};

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// Each makes a dozen files and removes as many.
const COMMITS: usize = 300;
/// A quarter of what so many files took while they were not forgotten.
const KEPT_BYTES: usize = 100_000;
/// For merges to end and to give back what they took.
const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn files_that_are_gone_are_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let index = Index::open(folder.path()).unwrap();
    let commit = |times: usize| {
        for turn in 0..times {
            let thread = ThreadDoc {
                id: turn as u128 % 10,
                title: "提出箱が開きません".to_owned(),
                ..ThreadDoc::default()
            };
            index
                .apply(&[Change::Put(Box::new(thread))], "cursor")
                .unwrap();
        }
    };
    commit(100);
    let before = HEAP.current_usage();
    commit(COMMITS);
    let begun = Instant::now();
    let mut kept = usize::MAX;
    while kept > KEPT_BYTES && begun.elapsed() < PATIENCE {
        std::thread::sleep(Duration::from_millis(100));
        kept = HEAP.current_usage().saturating_sub(before);
    }
    assert!(kept <= KEPT_BYTES, "{kept} bytes more than before");
}
