//! Counts requests: how many, how they ended, how long they took; by route pattern, never by address, person or words.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

use crate::clock::At;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: String,
    /// The pattern, as `/threads/{id}`; `-` for what no route takes.
    route: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: String,
}

/// From 1 ms, each twice the one before: the last is 8.2 s.
const FIRST_BUCKET: f64 = 0.001;
const BUCKETS: u16 = 14;

/// Of one process since its start. Cheap to clone.
#[derive(Clone)]
pub struct Meter {
    begun: At,
    answered: Family<Answered, Counter<u64, AtomicU64>>,
    seconds: Family<Route, Histogram, fn() -> Histogram>,
}

impl Meter {
    /// Of a process that begins now.
    pub fn new(now: At) -> Meter {
        let buckets: fn() -> Histogram =
            || Histogram::new(exponential_buckets(FIRST_BUCKET, 2.0, BUCKETS));
        Meter {
            begun: now,
            answered: Family::default(),
            seconds: Family::new_with_constructor(buckets),
        }
    }

    pub fn begun(&self) -> At {
        self.begun
    }

    pub fn note(&self, method: &str, route: &str, status: u16, took: Duration) {
        let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
        let method = known.into_iter().find(|known| *known == method);
        self.answered
            .get_or_create(&Answered {
                // A client may make methods up without end.
                method: method.unwrap_or("other").to_owned(),
                route: route.to_owned(),
                status,
            })
            .inc();
        let route = Route {
            route: route.to_owned(),
        };
        self.seconds
            .get_or_create(&route)
            .observe(took.as_secs_f64());
    }

    pub fn register(&self, registry: &mut Registry) {
        registry.register("requests", "Requests answered", self.answered.clone());
        registry.register(
            "request_seconds",
            "From the head of a request to the head of its answer",
            self.seconds.clone(),
        );
    }
}
