//! Walks the matching documents once and gathers everything an answer needs: the best hits in their order,
//! the total, and the facets. It applies the filters on facet values itself, because a facet's own filter must
//! not narrow its own counts; it knows nothing of the text that was searched for.

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BinaryHeap};

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::{Column, StrColumn};
use tantivy::query::{Scorer, Weight};
use tantivy::{DocId, DocSet, Score, SegmentOrdinal, SegmentReader, TERMINATED, TantivyError};

use crate::schema::{CREATED_AT, FACETS, ID_HIGH, ID_LOW, MERIT, PLAIN, split};

/// Scores are compared in steps of this size: the same text in another segment is summed in another order,
/// and the last bits of a float must not decide over "newest first".
const SCORE_STEPS: f32 = 256.0;

/// Documents are taken in blocks of this size: columns are read much faster so than one by one.
const BLOCK: usize = 128;

/// What to gather.
pub(crate) struct Gather {
    /// Accepted values by facet, in the order of [`FACETS`]; an empty list accepts everything.
    pub(crate) accepted: [Vec<String>; 5],
    /// How many of the best hits to keep.
    pub(crate) keep: usize,
    /// What scores hits of the same rank; `None` orders by date alone.
    pub(crate) scoring: Option<Vec<Box<dyn Weight>>>,
    /// The present moment in microseconds, when newer threads are to be favoured.
    pub(crate) now: Option<i64>,
}

/// Within a rank, a score is raised by this share for each merit above [`PLAIN`] or lowered for each below it, and by up to this share for a new thread, half of
/// it for one a year old: little beside a word more or less.
const MERIT_BOOST: f32 = 0.05;
const MOST_MERIT: u64 = 2;
const FRESH_BOOST: f32 = 0.03;
const FRESH_HALF_LIFE_MICROS: f32 = 365.0 * 86_400.0 * 1e6;

/// What was gathered.
#[derive(Default)]
pub(crate) struct Gathered {
    pub(crate) total: u64,
    /// Best first.
    pub(crate) best: Vec<Ranked>,
    /// By facet, value to number of documents.
    pub(crate) counts: [BTreeMap<String, u64>; 5],
}

/// A hit with what it is ordered by; the greater one comes first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ranked {
    /// How much of the query it has: the score of the query that found it.
    pub(crate) rank: f32,
    /// Within the rank.
    pub(crate) score: f32,
    created_at: i64,
    pub(crate) id: u128,
}

impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> Ordering {
        self.rank
            .total_cmp(&other.rank)
            .then(self.score.total_cmp(&other.score))
            .then(self.created_at.cmp(&other.created_at))
            .then(other.id.cmp(&self.id))
    }
}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Ranked {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Ranked {}

impl Collector for Gather {
    type Fruit = Gathered;
    type Child = Segment;

    fn for_segment(&self, _: SegmentOrdinal, reader: &SegmentReader) -> tantivy::Result<Segment> {
        let columns = reader.fast_fields();
        let mut facets = Vec::with_capacity(FACETS.len());
        for (name, accepted) in FACETS.into_iter().zip(&self.accepted) {
            let column = columns
                .str(name)?
                .ok_or_else(|| TantivyError::SchemaError(format!("column {name} is missing")))?;
            facets.push(Facet::open(column, accepted)?);
        }
        let scorers = match &self.scoring {
            None => None,
            Some(weights) => {
                let mut scorers = Vec::with_capacity(weights.len());
                for weight in weights {
                    let scorer = weight.scorer(reader, 1.0)?;
                    if scorer.doc() != TERMINATED {
                        scorers.push(scorer);
                    }
                }
                Some(scorers)
            }
        };
        Ok(Segment {
            docs: Vec::with_capacity(BLOCK),
            scores: Vec::with_capacity(BLOCK),
            facets,
            found: Vec::new(),
            scorers,
            best: Best {
                created_at: columns.i64(CREATED_AT)?,
                id_high: columns.u64(ID_HIGH)?,
                id_low: columns.u64(ID_LOW)?,
                merit: columns.u64(MERIT)?,
                now: self.now,
                keep: self.keep,
                heap: BinaryHeap::with_capacity(self.keep + 1),
            },
            total: 0,
        })
    }

    fn requires_scoring(&self) -> bool {
        self.scoring.is_some()
    }

    fn merge_fruits(&self, segments: Vec<tantivy::Result<Gathered>>) -> tantivy::Result<Gathered> {
        let mut all = Gathered::default();
        for segment in segments {
            let segment = segment?;
            all.total += segment.total;
            all.best.extend(segment.best);
            for (sum, counts) in all.counts.iter_mut().zip(segment.counts) {
                for (value, count) in counts {
                    *sum.entry(value).or_default() += count;
                }
            }
        }
        all.best.sort_unstable_by(|a, b| b.cmp(a));
        all.best.truncate(self.keep);
        Ok(all)
    }
}

/// The work within one segment.
pub(crate) struct Segment {
    /// The block being filled, with its scores.
    docs: Vec<DocId>,
    scores: Vec<Score>,
    facets: Vec<Facet>,
    /// What is accepted, with its rank, by document.
    found: Vec<(Score, DocId)>,
    /// `None` where the date alone decides.
    scorers: Option<Vec<Box<dyn Scorer>>>,
    best: Best,
    total: u64,
}

impl SegmentCollector for Segment {
    type Fruit = tantivy::Result<Gathered>;

    fn collect(&mut self, doc: DocId, score: Score) {
        self.docs.push(doc);
        self.scores.push(score);
        if self.docs.len() >= BLOCK {
            self.take_block();
        }
    }

    fn harvest(mut self) -> tantivy::Result<Gathered> {
        self.take_block();
        let mut counts: [BTreeMap<String, u64>; 5] = Default::default();
        for (counts, facet) in counts.iter_mut().zip(&self.facets) {
            *counts = facet.counts()?;
        }
        self.choose();
        let best = self.best.heap.into_iter().map(|Reverse(hit)| hit).collect();
        Ok(Gathered {
            total: self.total,
            best,
            counts,
        })
    }
}

impl Segment {
    fn take_block(&mut self) {
        for facet in &mut self.facets {
            facet.read(&self.docs);
        }
        if self.facets.iter().all(|facet| facet.accepted.is_none()) {
            for facet in &mut self.facets {
                facet.count_all();
            }
            for (doc, score) in self.docs.iter().zip(&self.scores) {
                self.found.push((*score, *doc));
            }
            self.total += self.docs.len() as u64;
        } else {
            for (at, (doc, score)) in self.docs.iter().zip(&self.scores).enumerate() {
                let mut refusing = self.facets.iter_mut().filter(|facet| !facet.accepts(at));
                match (refusing.next(), refusing.next()) {
                    (None, _) => {
                        drop(refusing);
                        self.facets.iter_mut().for_each(|facet| facet.count(at));
                        self.found.push((*score, *doc));
                        self.total += 1;
                    }
                    // Only its own filter refuses it: the facet still counts it.
                    (Some(only), None) => only.count(at),
                    (Some(_), Some(_)) => {}
                }
            }
        }
        self.docs.clear();
        self.scores.clear();
    }

    /// Offers what was found, scored where that can matter: a hit of a lower rank than the last that is kept
    /// cannot come before it.
    fn choose(&mut self) {
        let keep = self.best.keep;
        if keep == 0 {
            return;
        }
        let Some(scorers) = &mut self.scorers else {
            for (_, doc) in &self.found {
                self.best.offer(*doc, 0.0, 0.0);
            }
            return;
        };
        if self.found.len() > keep {
            let mut ranks: Vec<Score> = self.found.iter().map(|(rank, _)| *rank).collect();
            let (_, last, _) = ranks.select_nth_unstable_by(keep - 1, |a, b| b.total_cmp(a));
            let last = *last;
            self.found.retain(|(rank, _)| *rank >= last);
        }
        let mut scores = vec![0.0; self.found.len()];
        for scorer in scorers {
            for ((_, doc), score) in self.found.iter().zip(&mut scores) {
                if scorer.doc() < *doc {
                    scorer.seek(*doc);
                }
                if scorer.doc() == *doc {
                    *score += scorer.score();
                }
            }
        }
        for ((rank, doc), score) in self.found.iter().zip(scores) {
            self.best.offer(*doc, *rank, score);
        }
    }
}

/// The best hits of one segment.
struct Best {
    created_at: Column<i64>,
    id_high: Column<u64>,
    id_low: Column<u64>,
    merit: Column<u64>,
    now: Option<i64>,
    keep: usize,
    /// The worst kept hit on top.
    heap: BinaryHeap<Reverse<Ranked>>,
}

impl Best {
    fn offer(&mut self, doc: DocId, rank: Score, score: Score) {
        let worst = self
            .heap
            .peek()
            .filter(|_| self.heap.len() >= self.keep)
            .map(|Reverse(hit)| *hit);
        let most =
            score * (1.0 + MOST_MERIT as f32 * MERIT_BOOST + FRESH_BOOST) + SCORE_STEPS.recip();
        if worst.is_some_and(|worst| rank == worst.rank && most < worst.score) {
            return; // the common case, before any column is read
        }
        let created_at = self.created_at.first(doc).unwrap_or_default();
        let raised = score * (1.0 + self.boost(doc, created_at));
        let score = (raised * SCORE_STEPS).round() / SCORE_STEPS;
        let high = self.id_high.first(doc).unwrap_or_default();
        let low = self.id_low.first(doc).unwrap_or_default();
        let hit = Ranked {
            rank,
            score,
            created_at,
            id: (u128::from(high) << 64) | u128::from(low),
        };
        if worst.is_none() {
            self.heap.push(Reverse(hit));
        } else if worst.is_some_and(|worst| hit > worst) {
            self.heap.pop();
            self.heap.push(Reverse(hit));
        }
    }
}

impl Best {
    /// By which share the score is raised.
    fn boost(&self, doc: DocId, created_at: i64) -> f32 {
        let most = PLAIN + MOST_MERIT;
        let merit = self.merit.first(doc).unwrap_or(PLAIN).min(most) as f32 - PLAIN as f32;
        let fresh = self.now.map_or(0.0, |now| {
            let age = now.saturating_sub(created_at).max(0) as f32;
            (-age / FRESH_HALF_LIFE_MICROS).exp2()
        });
        merit * MERIT_BOOST + fresh * FRESH_BOOST
    }
}

/// One facet in one segment, working on the ordinals of its column: one for each set of values.
struct Facet {
    column: StrColumn,
    /// By ordinal; `None` accepts everything, also documents without a value.
    accepted: Option<Vec<bool>>,
    /// By ordinal.
    counts: Vec<u64>,
    /// The ordinals of the block.
    block: Vec<Option<u64>>,
}

impl Facet {
    fn open(column: StrColumn, accepted: &[String]) -> tantivy::Result<Facet> {
        let size = column.num_terms();
        let accepted = if accepted.is_empty() {
            None
        } else {
            let mut by_ordinal = Vec::with_capacity(size);
            let mut values = String::new();
            for ordinal in (0u64..).take(size) {
                column.ord_to_str(ordinal, &mut values)?;
                by_ordinal
                    .push(split(&values).any(|value| accepted.iter().any(|one| one == value)));
            }
            Some(by_ordinal)
        };
        Ok(Facet {
            column,
            accepted,
            counts: vec![0; size],
            block: Vec::with_capacity(BLOCK),
        })
    }

    fn read(&mut self, docs: &[DocId]) {
        self.block.clear();
        self.block.resize(docs.len(), None);
        self.column.ords().first_vals(docs, &mut self.block);
    }

    /// The ordinal of the document at this place of the block.
    fn ordinal(&self, place: usize) -> Option<usize> {
        self.block
            .get(place)
            .copied()
            .flatten()
            .and_then(|ordinal| usize::try_from(ordinal).ok())
    }

    fn accepts(&self, place: usize) -> bool {
        let Some(accepted) = &self.accepted else {
            return true;
        };
        self.ordinal(place)
            .and_then(|ordinal| accepted.get(ordinal))
            .copied()
            .unwrap_or(false)
    }

    fn count(&mut self, place: usize) {
        if let Some(count) = self
            .ordinal(place)
            .and_then(|ordinal| self.counts.get_mut(ordinal))
        {
            *count += 1;
        }
    }

    fn count_all(&mut self) {
        for ordinal in self.block.iter().copied().flatten() {
            if let Some(count) = usize::try_from(ordinal)
                .ok()
                .and_then(|ordinal| self.counts.get_mut(ordinal))
            {
                *count += 1;
            }
        }
    }

    /// By value.
    fn counts(&self) -> tantivy::Result<BTreeMap<String, u64>> {
        let mut counts = BTreeMap::new();
        let mut values = String::new();
        for (ordinal, count) in (0u64..).zip(&self.counts) {
            if *count > 0 && self.column.ord_to_str(ordinal, &mut values)? {
                for value in split(&values) {
                    *counts.entry(value.to_owned()).or_default() += count;
                }
            }
        }
        Ok(counts)
    }
}
