//! How often somebody may try: a leaky bucket per key (the generic cell rate algorithm), kept in memory by each process.
//! Limits per account are tight, those per address generous: a whole school shares one.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::TimeDelta;

use crate::clock::At;
use crate::error::{Error, Result};

/// Beyond this many keys, those that have recovered are forgotten.
const SWEEP_AT: usize = 10_000;

/// `burst` tries at once, then one more each `window / burst`.
pub struct Throttle {
    burst: u32,
    window: TimeDelta,
    /// Key → the moment at which its bucket will be empty again.
    buckets: Mutex<HashMap<String, At>>,
}

impl Throttle {
    /// `burst` 0 switches it off.
    pub fn new(burst: u32, window: TimeDelta) -> Throttle {
        Throttle {
            burst,
            window,
            buckets: Mutex::default(),
        }
    }

    /// Counts one try of `key`.
    ///
    /// # Errors
    /// `TooMany` with the seconds to wait.
    pub fn count(&self, key: &str, now: At) -> Result<()> {
        if self.burst == 0 {
            return Ok(());
        }
        let step = self.window / i32::try_from(self.burst).unwrap_or(i32::MAX);
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() > SWEEP_AT {
            buckets.retain(|_, empty_at| *empty_at > now);
        }
        let empty_at = buckets.get(key).copied().unwrap_or(now).max(now);
        // Fuller than any bucket gets: the clock was set back since, and nobody is to wait until it is there again.
        let empty_at = if empty_at.since(now) > self.window {
            now
        } else {
            empty_at
        };
        let filled = empty_at.plus(step);
        let over = filled.since(now) - self.window;
        if over > TimeDelta::zero() {
            let seconds = (over.num_milliseconds() + 999) / 1000;
            return Err(Error::TooMany(u64::try_from(seconds).unwrap_or(1).max(1)));
        }
        buckets.insert(key.to_owned(), filled);
        Ok(())
    }

    /// Forgets the tries of `key`: a right password shows that it was the owner.
    pub fn forgive(&self, key: &str) {
        self.buckets
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_then_one_by_one() {
        let throttle = Throttle::new(3, TimeDelta::seconds(30));
        let start = At::from_micros(0).unwrap_or(At(chrono::NaiveDateTime::MIN));
        for _ in 0..3 {
            assert!(throttle.count("a", start).is_ok());
        }
        assert!(matches!(
            throttle.count("a", start),
            Err(Error::TooMany(10))
        ));
        assert!(throttle.count("b", start).is_ok());
        assert!(
            throttle
                .count("a", start.plus(TimeDelta::seconds(9)))
                .is_err()
        );
        assert!(
            throttle
                .count("a", start.plus(TimeDelta::seconds(10)))
                .is_ok()
        );
        assert!(
            throttle
                .count("a", start.plus(TimeDelta::seconds(10)))
                .is_err()
        );
        throttle.forgive("a");
        assert!(
            throttle
                .count("a", start.plus(TimeDelta::seconds(10)))
                .is_ok()
        );
    }

    #[test]
    fn a_clock_that_was_set_back_locks_nobody_out() {
        let throttle = Throttle::new(2, TimeDelta::seconds(30));
        let early = At::from_micros(0).unwrap_or(At(chrono::NaiveDateTime::MIN));
        let late = early.plus(TimeDelta::days(1));
        assert!((0..2).all(|_| throttle.count("a", late).is_ok()));
        assert!(throttle.count("a", late).is_err());
        assert!((0..2).all(|_| throttle.count("a", early).is_ok()));
        assert!(throttle.count("a", early).is_err());
    }

    #[test]
    fn zero_is_off() {
        let throttle = Throttle::new(0, TimeDelta::seconds(1));
        let now = At::from_micros(0).unwrap_or(At(chrono::NaiveDateTime::MIN));
        assert!((0..10_000).all(|_| throttle.count("a", now).is_ok()));
    }
}
