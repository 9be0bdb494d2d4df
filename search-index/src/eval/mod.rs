//! Measures how well and how fast the index answers: a collection of documents and judged queries goes in, figures
//! by type of query come out. The same code serves the command, the regression test and the benchmark.

mod measure;
mod read;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use rustix::time::{ClockId, clock_gettime};

pub use measure::Figures;
pub use read::{AsWritten, Values, corpus_jsonl, corpus_tsv, qrels_jsonl, queries_tsv};

use crate::language::Query;
use crate::{Change, Error, Filters, Index, Marker, Request, Synonyms, ThreadDoc};

/// A thread and the name that judgements know it by.
#[derive(Clone, Debug, Default)]
pub struct Document {
    pub name: String,
    pub thread: ThreadDoc,
}

/// A query and what should be found.
#[derive(Clone, Debug, Default)]
pub struct Judged {
    pub text: String,
    /// `keyword`, `synonym`, …: figures are given for each.
    pub kind: String,
    /// Grades by document, 1 and more; 0 and what is absent is not relevant.
    pub relevant: BTreeMap<String, u32>,
    pub filters: Filters,
}

/// What is measured.
pub struct Settings<'a> {
    /// An empty folder for the index.
    pub folder: &'a Path,
    pub synonyms: &'a Synonyms,
    /// Words and filters of a text as typed.
    pub understand: &'a dyn Fn(&str) -> (Query, Filters),
    /// Also ask plain: pairs of characters, all terms as phrases first, nothing else.
    pub with_plain: bool,
}

/// What was measured.
#[derive(Clone, Debug, Default)]
pub struct Report {
    pub documents: usize,
    /// Of titles, texts, replies, names.
    pub text_bytes: u64,
    pub index_bytes: u64,
    /// Of all threads of the process while indexing, seconds.
    pub indexing_cpu: f64,
    pub all: Figures,
    pub by_kind: BTreeMap<String, Figures>,
    /// The plain way on the same queries.
    pub plain: Option<Figures>,
    /// By gain, poorest first.
    pub answered: Vec<Answered>,
}

/// One query and what was found.
#[derive(Clone, Debug, Default)]
pub struct Answered {
    pub text: String,
    pub kind: String,
    pub ndcg: f64,
    /// Names of documents with their grade, as found.
    pub found: Vec<(String, u32)>,
}

/// Hits that are looked at.
pub const DEPTH: usize = 10;

/// Documents of one commit.
const BATCH: usize = 1_000;

/// Characters of the excerpts that are timed.
const EXCERPT_CHARS: usize = 110;

/// Indexes the documents and asks the queries, one after the other.
///
/// # Errors
/// Of the index.
pub fn run(
    documents: &[Document],
    queries: &[Judged],
    settings: &Settings<'_>,
) -> Result<Report, Error> {
    let index = Index::open(settings.folder)?;
    let mut numbered = Vec::with_capacity(documents.len());
    for (number, document) in (1u128..).zip(documents) {
        let mut thread = document.thread.clone();
        thread.id = number;
        numbered.push(Change::Put(Box::new(thread)));
    }
    let before = cpu_seconds();
    for batch in numbered.chunks(BATCH) {
        index.apply(batch, "")?;
    }
    let mut report = Report {
        documents: documents.len(),
        indexing_cpu: cpu_seconds() - before,
        text_bytes: documents.iter().map(|one| text_bytes(&one.thread)).sum(),
        index_bytes: folder_bytes(settings.folder)?,
        ..Report::default()
    };
    for judged in queries {
        let started = Instant::now();
        let (query, asked_filters) = (settings.understand)(&judged.text);
        let asked = index.interpret(&query, settings.synonyms)?;
        let marker = Marker::new(&asked);
        let answer = index.search(&Request {
            asked,
            filters: judged.filters.clone().and(asked_filters),
            limit: DEPTH,
            ..Request::default()
        })?;
        let took = started.elapsed();
        let found: Vec<&Document> = answer
            .hits
            .iter()
            .filter_map(|hit| documents.get(usize::try_from(hit.id).ok()?.checked_sub(1)?))
            .collect();
        let started = Instant::now();
        for document in &found {
            let texts = std::iter::once(&document.thread.body).chain(&document.thread.replies);
            let best = texts.filter_map(|text| marker.excerpt(text, EXCERPT_CHARS));
            std::hint::black_box(best.max_by_key(|excerpt| excerpt.matched));
        }
        let names: Vec<&str> = found.iter().map(|one| one.name.as_str()).collect();
        let figures = measure::of(&names, &judged.relevant, took, started.elapsed());
        report.answered.push(Answered {
            text: judged.text.clone(),
            kind: judged.kind.clone(),
            ndcg: figures.ndcg(),
            found: names
                .iter()
                .map(|name| {
                    (
                        (*name).to_owned(),
                        judged.relevant.get(*name).copied().unwrap_or_default(),
                    )
                })
                .collect(),
        });
        report.all.add(&figures);
        report
            .by_kind
            .entry(judged.kind.clone())
            .or_default()
            .add(&figures);
        if settings.with_plain {
            let started = Instant::now();
            let hits = index.search_plainly(&query, DEPTH)?;
            let took = started.elapsed();
            let found = hits
                .iter()
                .filter_map(|id| documents.get(usize::try_from(*id).ok()?.checked_sub(1)?));
            let names: Vec<&str> = found.map(|one| one.name.as_str()).collect();
            let figures = measure::of(&names, &judged.relevant, took, std::time::Duration::ZERO);
            report.plain.get_or_insert_default().add(&figures);
        }
    }
    report.answered.sort_by(|a, b| a.ndcg.total_cmp(&b.ndcg));
    Ok(report)
}

/// A table for people: one line a type of query.
impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let megabytes = |bytes: u64| bytes as f64 / 1e6;
        writeln!(
            f,
            "documents {} · {:.0} a CPU-second · text {:.1} MB · index {:.1} MB",
            self.documents,
            self.documents as f64 / self.indexing_cpu.max(1e-6),
            megabytes(self.text_bytes),
            megabytes(self.index_bytes),
        )?;
        writeln!(
            f,
            "{:<12} {:>7} {:>6} {:>6} {:>7} {:>9} {:>6} {:>8} {:>8} {:>11}",
            "type",
            "queries",
            "S@1",
            "MRR@10",
            "nDCG@10",
            "recall@10",
            "zero",
            "p50 ms",
            "p95 ms",
            "excerpts ms"
        )?;
        let lines = self
            .by_kind
            .iter()
            .map(|(kind, figures)| (kind.as_str(), figures));
        let plain = self.plain.iter().map(|figures| ("(plain)", figures));
        for (kind, figures) in lines.chain([("all", &self.all)]).chain(plain) {
            writeln!(f, "{kind:<12} {figures}")?;
        }
        Ok(())
    }
}

fn text_bytes(thread: &ThreadDoc) -> u64 {
    let texts = [&thread.title, &thread.body].into_iter();
    let texts = texts.chain(&thread.replies).chain(&thread.tags);
    texts
        .chain(&thread.tools)
        .map(|text| text.len() as u64)
        .sum()
}

fn folder_bytes(folder: &Path) -> Result<u64, Error> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        bytes += entry?.metadata()?.len();
    }
    Ok(bytes)
}

fn cpu_seconds() -> f64 {
    let spent = clock_gettime(ClockId::ProcessCPUTime);
    spent.tv_sec as f64 + spent.tv_nsec as f64 / 1e9
}
