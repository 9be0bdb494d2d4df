//! The bell: what background threads wait for, and by which they hear that the program ends.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Wakes threads that wait for work.
#[derive(Default)]
pub struct Bell {
    rung: Mutex<u64>,
    waiting: Condvar,
    stopped: AtomicBool,
}

impl Bell {
    pub fn ring(&self) {
        *self.rung.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.waiting.notify_all();
    }

    /// Waits until it is rung after `heard`, or for `patience`. Returns what was heard.
    pub fn wait(&self, heard: u64, patience: Duration) -> u64 {
        let rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
        let (rung, _) = self
            .waiting
            .wait_timeout_while(rung, patience, |rung| *rung == heard && !self.is_stopped())
            .unwrap_or_else(PoisonError::into_inner);
        *rung
    }

    /// Waits for `patience`, whoever rings.
    pub fn rest(&self, patience: Duration) {
        let rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
        // Rung or not: only the end cuts it short.
        drop(
            self.waiting
                .wait_timeout_while(rung, patience, |_| !self.is_stopped()),
        );
    }

    /// Ends every wait for good.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
        self.ring();
    }

    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::SeqCst)
    }
}
