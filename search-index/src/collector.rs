//! Walks the matching documents once and gathers everything an answer needs: the best hits in their order,
//! the total, and the facets. It applies the filters on facet values itself, because a facet's own filter must
//! not narrow its own counts; it knows nothing of the text that was searched for.

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BinaryHeap};

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::{Column, StrColumn};
use tantivy::{DocId, Score, SegmentOrdinal, SegmentReader, TantivyError};

use crate::schema::{CREATED_AT, FACETS, ID_HIGH, ID_LOW, split};

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
    /// Rank by score; otherwise by date alone.
    pub(crate) by_score: bool,
}

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
    pub(crate) score: f32,
    created_at: i64,
    pub(crate) id: u128,
}

impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> Ordering {
        self.score
            .total_cmp(&other.score)
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
        Ok(Segment {
            docs: Vec::with_capacity(BLOCK),
            scores: Vec::with_capacity(BLOCK),
            facets,
            best: Best {
                created_at: columns.i64(CREATED_AT)?,
                id_high: columns.u64(ID_HIGH)?,
                id_low: columns.u64(ID_LOW)?,
                keep: self.keep,
                by_score: self.by_score,
                heap: BinaryHeap::with_capacity(self.keep + 1),
            },
            total: 0,
        })
    }

    fn requires_scoring(&self) -> bool {
        self.by_score
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
                self.best.offer(*doc, *score);
            }
            self.total += self.docs.len() as u64;
        } else {
            for (at, (doc, score)) in self.docs.iter().zip(&self.scores).enumerate() {
                let mut refusing = self.facets.iter_mut().filter(|facet| !facet.accepts(at));
                match (refusing.next(), refusing.next()) {
                    (None, _) => {
                        drop(refusing);
                        self.facets.iter_mut().for_each(|facet| facet.count(at));
                        self.best.offer(*doc, *score);
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
}

/// The best hits of one segment.
struct Best {
    created_at: Column<i64>,
    id_high: Column<u64>,
    id_low: Column<u64>,
    keep: usize,
    by_score: bool,
    /// The worst kept hit on top.
    heap: BinaryHeap<Reverse<Ranked>>,
}

impl Best {
    fn offer(&mut self, doc: DocId, score: Score) {
        if self.keep == 0 {
            return;
        }
        let worst = self
            .heap
            .peek()
            .filter(|_| self.heap.len() >= self.keep)
            .map(|Reverse(hit)| *hit);
        if self.by_score && worst.is_some_and(|worst| score < worst.score - SCORE_STEPS.recip()) {
            return; // the common case, before any column is read
        }
        let score = if self.by_score {
            (score * SCORE_STEPS).round() / SCORE_STEPS
        } else {
            0.0
        };
        let created_at = self.created_at.first(doc).unwrap_or_default();
        if worst.is_some_and(|worst| (score, created_at) < (worst.score, worst.created_at)) {
            return;
        }
        let high = self.id_high.first(doc).unwrap_or_default();
        let low = self.id_low.first(doc).unwrap_or_default();
        let hit = Ranked {
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
