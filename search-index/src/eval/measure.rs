//! The figures of retrieval. Definitions as in TREC: the reciprocal rank of the first relevant document; discounted
//! cumulative gain with gains 2^grade − 1 and the discount log2(place + 1), relative to the ideal order (Järvelin
//! and Kekäläinen 2002; the exponential gain is Burges' of 2005); all cut behind [`DEPTH`](super::DEPTH) hits.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::DEPTH;

/// Means over queries; times as measured.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    pub queries: usize,
    first: f64,
    reciprocal: f64,
    gain: f64,
    recall: f64,
    empty: f64,
    searching: Vec<Duration>,
    excerpts: Vec<Duration>,
}

/// The figures of one query.
pub(super) fn of(
    found: &[&str],
    relevant: &BTreeMap<String, u32>,
    searching: Duration,
    excerpts: Duration,
) -> Figures {
    let grade = |name: &&str| relevant.get(*name).copied().unwrap_or_default();
    let grades: Vec<u32> = found.iter().take(DEPTH).map(grade).collect();
    let mut ideal: Vec<u32> = relevant.values().copied().filter(|one| *one > 0).collect();
    ideal.sort_unstable_by(|a, b| b.cmp(a));
    let first = grades.iter().position(|grade| *grade > 0);
    let hit = grades.iter().filter(|grade| **grade > 0).count();
    Figures {
        queries: 1,
        first: f64::from(u8::from(first == Some(0))),
        reciprocal: first.map_or(0.0, |place| 1.0 / (place + 1) as f64),
        gain: share(discounted(&grades), discounted(&ideal)),
        recall: share(hit as f64, ideal.len() as f64),
        empty: f64::from(u8::from(found.is_empty())),
        searching: vec![searching],
        excerpts: vec![excerpts],
    }
}

fn discounted(grades: &[u32]) -> f64 {
    let places = grades.iter().take(DEPTH).enumerate();
    places
        .map(|(place, grade)| (f64::from(*grade).exp2() - 1.0) / ((place + 2) as f64).log2())
        .sum()
}

fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

impl Figures {
    pub(super) fn add(&mut self, other: &Figures) {
        self.queries += other.queries;
        self.first += other.first;
        self.reciprocal += other.reciprocal;
        self.gain += other.gain;
        self.recall += other.recall;
        self.empty += other.empty;
        self.searching.extend(&other.searching);
        self.excerpts.extend(&other.excerpts);
    }

    fn mean(&self, sum: f64) -> f64 {
        share(sum, self.queries as f64)
    }

    /// Share of queries whose first hit is relevant.
    pub fn success_at_1(&self) -> f64 {
        self.mean(self.first)
    }

    pub fn mrr(&self) -> f64 {
        self.mean(self.reciprocal)
    }

    pub fn ndcg(&self) -> f64 {
        self.mean(self.gain)
    }

    pub fn recall(&self) -> f64 {
        self.mean(self.recall)
    }

    /// Share of queries that found nothing.
    pub fn zero(&self) -> f64 {
        self.mean(self.empty)
    }

    /// Milliseconds within which this share of the queries was answered.
    pub fn searching_ms(&self, share: f64) -> f64 {
        quantile(&self.searching, share)
    }

    /// Milliseconds for the excerpts of the hits of one query.
    pub fn excerpts_ms(&self, share: f64) -> f64 {
        quantile(&self.excerpts, share)
    }
}

/// Nearest rank.
fn quantile(times: &[Duration], share: f64) -> f64 {
    let mut times = times.to_vec();
    times.sort_unstable();
    let place = (times.len() as f64 * share).ceil().max(1.0) as usize - 1;
    times
        .get(place.min(times.len().saturating_sub(1)))
        .map_or(0.0, |time| time.as_secs_f64() * 1_000.0)
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:>7} {:>6.3} {:>6.3} {:>7.3} {:>9.3} {:>5.1}% {:>8.2} {:>8.2} {:>11.2}",
            self.queries,
            self.success_at_1(),
            self.mrr(),
            self.ndcg(),
            self.recall(),
            self.zero() * 100.0,
            self.searching_ms(0.5),
            self.searching_ms(0.95),
            self.excerpts_ms(0.95),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{Duration, Figures, of};

    fn figures(found: &[&str], relevant: &[(&str, u32)]) -> Figures {
        let relevant = relevant
            .iter()
            .map(|(name, grade)| ((*name).to_owned(), *grade))
            .collect();
        of(found, &relevant, Duration::ZERO, Duration::ZERO)
    }

    #[test]
    fn the_ideal_order_has_gain_one_and_a_swap_less() {
        let best = figures(&["a", "b"], &[("a", 3), ("b", 1)]);
        assert!((best.ndcg() - 1.0).abs() < 1e-9);
        let swapped = figures(&["b", "a"], &[("a", 3), ("b", 1)]);
        // (1 + 7 / log2 3) / (7 + 1 / log2 3)
        assert!((swapped.ndcg() - 0.7098).abs() < 1e-4, "{}", swapped.ndcg());
    }

    #[test]
    fn reciprocal_rank_recall_and_zero_are_means() {
        let mut all = figures(&["x", "a"], &[("a", 1), ("b", 2)]);
        all.add(&figures(&[], &[("a", 1)]));
        assert_eq!((all.mrr(), all.recall(), all.zero()), (0.25, 0.25, 0.5));
        assert_eq!(all.success_at_1(), 0.0);
    }

    #[test]
    fn hits_behind_the_tenth_do_not_count() {
        let found: Vec<String> = (0..10).map(|n| format!("x{n}")).collect();
        let mut found: Vec<&str> = found.iter().map(String::as_str).collect();
        found.push("a");
        assert_eq!(figures(&found, &[("a", 3)]).mrr(), 0.0);
    }
}
