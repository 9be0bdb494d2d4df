//! What is dear to find out about a thread and changes slowly, remembered by this process for a while. Whoever recalls it
//! asks the database again what may be shown.

use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

use chrono::TimeDelta;
use lru::LruCache;

use crate::clock::At;
use crate::id::Id;

/// Threads remembered at once; a kilobyte each at most.
const MOST: NonZeroUsize = NonZeroUsize::new(10_000).expect("more than none");
/// How long something new can be missed.
pub const SPAN: TimeDelta = TimeDelta::minutes(10);

/// So long before its end something fades.
const FADING: TimeDelta = TimeDelta::minutes(3);

/// One value a thread and version.
pub struct Memory<V>(Mutex<LruCache<Version, (At, V)>>);

/// A thread and its revision.
pub type Version = (Id, i32);

impl<V> Default for Memory<V> {
    fn default() -> Memory<V> {
        Memory(Mutex::new(LruCache::new(MOST)))
    }
}

impl<V: Clone> Memory<V> {
    /// What was found out of this version of a thread not longer than `SPAN` ago.
    pub fn recall(&self, version: Version, now: At) -> Option<V> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, value) = kept.get(&version)?;
        let fresh = *at <= now && now.since(*at) < SPAN;
        fresh.then(|| value.clone())
    }

    /// Whether it is soon forgotten, or was never known: for who finds things out before somebody has to wait for them.
    pub fn fades(&self, version: Version, now: At) -> bool {
        self.recall(version, now.plus(FADING)).is_none()
    }

    pub fn keep(&self, version: Version, value: V, now: At) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.put(version, (now, value));
    }
}
