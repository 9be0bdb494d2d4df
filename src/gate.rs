//! Places for work, and the queue before them: who finds no place waits, but neither for long nor behind too many others.
//! So a flood costs those in it a clear answer, and no memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::{Error, Result};

/// Cheap to clone.
#[derive(Clone)]
pub struct Gate {
    places: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    patience: Duration,
    most_waiting: usize,
}

/// Counts one who waits, also when the wait is given up.
struct OneWaits<'a>(&'a AtomicUsize);

impl Drop for OneWaits<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Gate {
    /// `most_waiting` others may wait, each for `patience`.
    pub fn new(places: usize, patience: Duration, most_waiting: usize) -> Gate {
        Gate {
            places: Arc::new(Semaphore::new(places)),
            waiting: Arc::default(),
            patience,
            most_waiting,
        }
    }

    /// A second queue before the same places.
    pub fn beside(&self) -> Gate {
        Gate {
            waiting: Arc::default(),
            ..self.clone()
        }
    }

    /// A place, given back when the permit is dropped.
    ///
    /// # Errors
    /// `Busy`: at once where too many wait already, else when none was free in time.
    pub async fn enter(&self) -> Result<OwnedSemaphorePermit> {
        let busy = || Error::Busy(self.patience.as_secs().max(1));
        if let Ok(permit) = Arc::clone(&self.places).try_acquire_owned() {
            return Ok(permit);
        }
        let before = self.waiting.fetch_add(1, Ordering::SeqCst);
        let _one = OneWaits(&self.waiting);
        if before >= self.most_waiting {
            return Err(busy());
        }
        let place = Arc::clone(&self.places).acquire_owned();
        match tokio::time::timeout(self.patience, place).await {
            Ok(permit) => permit.map_err(Error::internal),
            Err(_) => Err(busy()),
        }
    }

    /// A place, if one is free and nobody waits for it.
    pub fn enter_if_free(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.places).try_acquire_owned().ok()
    }

    /// A place, waited for as long as it takes, on the calling thread.
    ///
    /// # Errors
    /// None while the gate stands.
    pub fn enter_here(&self) -> Result<OwnedSemaphorePermit> {
        // Inside a task, tokio would have a waiting future come back later, when its thread is free: here it is not.
        let place = tokio::task::unconstrained(Arc::clone(&self.places).acquire_owned());
        pollster::block_on(place).map_err(Error::internal)
    }

    pub fn free(&self) -> usize {
        self.places.available_permits()
    }

    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::SeqCst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn as_many_wait_as_may_and_the_next_is_told_at_once() {
        let gate = Gate::new(1, Duration::from_secs(600), 2);
        let place = gate.enter().await.unwrap();
        let mut waiting: Vec<_> = (0..2)
            .map(|_| {
                let gate = gate.clone();
                tokio::spawn(async move { gate.enter().await.is_ok() })
            })
            .collect();
        while gate.waiting() < 2 {
            tokio::task::yield_now().await;
        }
        assert!(gate.enter_if_free().is_none());
        assert!(matches!(gate.enter().await, Err(Error::Busy(600))));
        assert_eq!(gate.waiting(), 2, "who was refused waits no more");
        // One who gives up makes room for another.
        waiting.remove(0).abort();
        while gate.waiting() > 1 {
            tokio::task::yield_now().await;
        }
        let third = {
            let gate = gate.clone();
            tokio::spawn(async move { gate.enter().await.is_ok() })
        };
        while gate.waiting() < 2 {
            tokio::task::yield_now().await;
        }
        assert!(gate.enter().await.is_err());
        drop(place);
        assert!(waiting.remove(0).await.unwrap() && third.await.unwrap());
        assert_eq!((gate.free(), gate.waiting()), (1, 0));
    }

    #[tokio::test]
    async fn nobody_waits_longer_than_patience() {
        let gate = Gate::new(1, Duration::from_millis(20), 2);
        let place = gate.enter().await.unwrap();
        assert!(matches!(gate.enter().await, Err(Error::Busy(1))));
        assert_eq!(gate.waiting(), 0);
        drop(place);
        assert!(gate.enter().await.is_ok());
    }
}
