//! Measures the bridge on a collection of one's own: posts and what is near them, as somebody has judged by reading. The posts
//! are imported into a forum of the moment, so that what is measured is what readers get: index, database and ranking.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde::Deserialize;

use super::relatives;
use crate::accounts::{self, Email};
use crate::clock::At;
use crate::db::{Address, Database};
use crate::error::{Error, Result};
use crate::exchange::{self, Options};
use crate::feed;
use crate::id::Id;
use crate::search::Searcher;
use crate::synonyms;
use crate::taxonomy;
use crate::threads::{self, Thread};

/// Places that count: recall is of the first three.
pub const DEPTH: usize = 3;

/// A judgement: what is near a post.
#[derive(Clone, Debug, Deserialize)]
struct Judged {
    of: String,
    near: Vec<String>,
    /// Which half it is of, as `tuning` and `held`; figures are given for each.
    #[serde(default)]
    half: String,
}

/// The figures of some judgements.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    pub queries: usize,
    recall: f64,
    found: usize,
    of_same_type: usize,
    times: Vec<Duration>,
}

impl Figures {
    /// The mean, over queries, of the share of what is near (at most `DEPTH`) among the first `DEPTH`.
    pub fn recall(&self) -> f64 {
        self.recall / (self.queries.max(1)) as f64
    }

    /// The share of relatives that are of the thread's own school type.
    pub fn same_type(&self) -> f64 {
        self.of_same_type as f64 / (self.found.max(1)) as f64
    }

    /// Milliseconds within which this share of the queries was answered (nearest rank).
    pub fn ms(&self, share: f64) -> f64 {
        let mut times = self.times.clone();
        times.sort_unstable();
        let place = (times.len() as f64 * share).ceil().max(1.0) as usize - 1;
        times
            .get(place)
            .map_or(0.0, |time| time.as_secs_f64() * 1_000.0)
    }

    fn add(&mut self, other: &Figures) {
        self.queries += other.queries;
        self.recall += other.recall;
        self.found += other.found;
        self.of_same_type += other.of_same_type;
        self.times.extend(&other.times);
    }
}

/// What was measured.
#[derive(Clone, Debug, Default)]
pub struct Report {
    pub posts: usize,
    pub pairs: usize,
    pub all: Figures,
    pub by_half: BTreeMap<String, Figures>,
    /// By recall, poorest first: the post, what was found, what is near and was not.
    pub answered: Vec<Answered>,
}

#[derive(Clone, Debug)]
pub struct Answered {
    pub of: String,
    pub recall: f64,
    pub found: Vec<String>,
    pub missed: Vec<String>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "posts {}, pairs {}", self.posts, self.pairs)?;
        writeln!(
            f,
            "{:<10} {:>7} {:>9} {:>10} {:>7} {:>7}",
            "", "queries", "recall@3", "same type", "p50 ms", "p95 ms"
        )?;
        let halves = self.by_half.iter().filter(|(half, _)| !half.is_empty());
        let halves = halves.map(|(half, figures)| (half.as_str(), figures));
        for (name, figures) in halves.chain([("all", &self.all)]) {
            writeln!(
                f,
                "{:<10} {:>7} {:>9.3} {:>9.1}% {:>7.2} {:>7.2}",
                name,
                figures.queries,
                figures.recall(),
                figures.same_type() * 100.0,
                figures.ms(0.5),
                figures.ms(0.95)
            )?;
        }
        Ok(())
    }
}

/// Reads posts and judgements, imports the posts, asks for the relatives of each that is judged.
///
/// # Errors
/// `BadRequest` for a file that cannot be read, a post that cannot be imported, a judgement of a post that is not there.
pub fn evaluate(file: &Path, now: At) -> Result<Report> {
    let wrong = |why: String| Error::BadRequest(format!("{}: {why}", file.display()));
    let text = fs::read_to_string(file).map_err(|why| wrong(why.to_string()))?;
    let (mut posts, mut judged) = (String::new(), Vec::new());
    for (number, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let value: serde_json::Value = serde_json::from_str(line)
            .map_err(|why| wrong(format!("line {}: {why}", number + 1)))?;
        if value.get("of").is_some() {
            let one: Judged = serde_json::from_value(value)
                .map_err(|why| wrong(format!("line {}: {why}", number + 1)))?;
            judged.push(one);
        } else {
            posts.push_str(line);
            posts.push('\n');
        }
    }
    let folder = tempfile::tempdir().map_err(Error::internal)?;
    let url = format!("sqlite://{}", folder.path().join("hiroba.db").display());
    let database = Database::open(&Address::parse(&url)?)?;
    database.migrate()?;
    database.write_here(|db| {
        feed::begin(db, now)?;
        taxonomy::begin(db, now)?;
        synonyms::begin(db, now)
    })?;
    let author =
        Email::parse("author", "author@hiroba.invalid").map_err(|why| wrong(why.message))?;
    let options = Options {
        author: Some(author),
        update: false,
    };
    let refused = Mutex::new(None);
    let mut source = std::io::Cursor::new(posts);
    let tally = exchange::import(
        &database,
        &mut source,
        &options,
        || now,
        &mut |line, why| {
            if let Ok(mut first) = refused.lock() {
                first.get_or_insert_with(|| format!("post {line}: {why}"));
            }
        },
    )?;
    if let Some(why) = refused.into_inner().ok().flatten() {
        return Err(wrong(why));
    }
    let searcher = Arc::new(Searcher::open(folder.path())?);
    searcher.follow(&database, now)?;
    let mut report = Report {
        posts: tally.imported,
        pairs: judged
            .iter()
            .map(|one| one.near.len())
            .sum::<usize>()
            .div_ceil(2),
        ..Report::default()
    };
    for one in &judged {
        let figures = database.read_here(|db| {
            let of = named(db, &one.of)?;
            let near = one.near.iter().map(|name| named(db, name));
            let near: HashMap<Id, &String> = near
                .zip(&one.near)
                .map(|(thread, name)| Ok((thread?.id, name)))
                .collect::<Result<_>>()?;
            let house = accounts::house();
            let started = Instant::now();
            let found = relatives(db, &house, &searcher, &of, DEPTH)?;
            let took = started.elapsed();
            let hit = found
                .iter()
                .filter(|relative| near.contains_key(&relative.thread.id));
            let recall = hit.count() as f64 / near.len().clamp(1, DEPTH) as f64;
            let ids: Vec<Id> = found.iter().map(|relative| relative.thread.id).collect();
            let full: HashMap<Id, Thread> = threads::in_full(db, &ids)?
                .into_iter()
                .map(|thread| (thread.id, thread))
                .collect();
            report.answered.push(Answered {
                of: one.of.clone(),
                recall,
                found: ids
                    .iter()
                    .filter_map(|id| full.get(id)?.external_id.clone())
                    .collect(),
                missed: near
                    .iter()
                    .filter(|(id, _)| !ids.contains(id))
                    .map(|(_, name)| (*name).clone())
                    .collect(),
            });
            let same = found
                .iter()
                .filter(|relative| relative.thread.school_type == of.school_type);
            Ok(Figures {
                queries: 1,
                recall,
                found: found.len(),
                of_same_type: same.count(),
                times: vec![took],
            })
        })?;
        report.all.add(&figures);
        report
            .by_half
            .entry(one.half.clone())
            .or_default()
            .add(&figures);
    }
    report
        .answered
        .sort_by(|a, b| a.recall.total_cmp(&b.recall).then_with(|| a.of.cmp(&b.of)));
    Ok(report)
}

fn named(db: &mut crate::db::Db, name: &str) -> Result<Thread> {
    let missing = || Error::BadRequest(format!("there is no post {name}"));
    let id = threads::by_external_id(db, name)?.ok_or_else(missing)?;
    threads::in_full(db, &[id])?.pop().ok_or_else(missing)
}
