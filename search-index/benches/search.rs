//! How fast the index is with 100,000 threads of about 1 kB, mixed from the sentences of the own collection; or, with
//! files of its own, how good and how fast on those.
//!
//!     cargo bench -p search-index
//!     cargo bench -p search-index -- 20000
//!     cargo bench -p search-index -- corpus.tsv PREFIX queries.tsv …

#![allow(
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a tool for people: a panic ends it"
)]

use std::error::Error;
use std::fs::{self, File};
use std::io::BufReader;
use std::path::Path;

use search_index::eval::{
    AsWritten, Document, Judged, Settings, corpus_jsonl, corpus_tsv, qrels_jsonl, queries_tsv, run,
};
use search_index::language::Query;
use search_index::{Filters, Synonyms, ThreadDoc};

const THREADS: usize = 100_000;
/// UTF-8, of title, text and replies.
const THREAD_BYTES: usize = 1_000;
/// Each query is asked so often.
const ROUNDS: usize = 3;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|one| one != "--bench")
        .collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("eval");
    let open = |path: &Path| File::open(path).map(BufReader::new);
    let (documents, queries) = match arguments.as_slice() {
        [corpus, part, files @ ..] if !files.is_empty() => {
            let mut documents = corpus_tsv(open(corpus.as_ref())?)?;
            documents.retain(|one| one.name.starts_with(part.as_str()));
            let mut queries = Vec::new();
            for file in files {
                let name = Path::new(file).file_stem().unwrap_or_default();
                queries.extend(queries_tsv(open(file.as_ref())?, &name.to_string_lossy())?);
            }
            (documents, queries)
        }
        count => {
            let count = count.first().map_or(Ok(THREADS), |count| count.parse())?;
            let corpus = corpus_jsonl(open(&folder.join("corpus.jsonl"))?, &AsWritten)?;
            let queries = qrels_jsonl(open(&folder.join("queries.jsonl"))?, &AsWritten)?;
            let rounds = std::iter::repeat_n(queries, ROUNDS).flatten();
            let unjudged = rounds.map(|one| Judged {
                relevant: std::collections::BTreeMap::new(),
                ..one
            });
            (mixed(&corpus, count), unjudged.collect())
        }
    };
    let place = tempfile::tempdir()?;
    let settings = Settings {
        folder: &place.path().join("index"),
        synonyms: &Synonyms::default_list(),
        understand: &|text| (Query::parse(text), Filters::default()),
        with_plain: true,
    };
    let before = anonymous_megabytes();
    let report = run(&documents, &queries, &settings)?;
    println!("{report}");
    println!(
        "index / text {:.2} · memory taken beside the mapped index {:.0} MB (the documents themselves were {before:.0} MB)",
        report.index_bytes as f64 / report.text_bytes as f64,
        anonymous_megabytes() - before,
    );
    Ok(())
}

/// Threads of sentences drawn at random, always the same.
fn mixed(corpus: &[Document], count: usize) -> Vec<Document> {
    let texts = corpus
        .iter()
        .flat_map(|one| std::iter::once(&one.thread.body).chain(&one.thread.replies));
    let sentences: Vec<&str> = texts.flat_map(|text| text.split_inclusive('。')).collect();
    let mut state = 1u64;
    let mut draw = move |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(state >> 33).unwrap_or_default() % below.max(1)
    };
    (0..count)
        .map(|number| {
            let model = &corpus[draw(corpus.len())].thread;
            let title = corpus[draw(corpus.len())].thread.title.clone();
            let mut body = String::new();
            while body.len() + title.len() < THREAD_BYTES {
                body.push_str(sentences[draw(sentences.len())]);
            }
            Document {
                name: number.to_string(),
                thread: ThreadDoc {
                    title,
                    body,
                    replies: Vec::new(),
                    ..model.clone()
                },
            }
        })
        .collect()
}

fn anonymous_megabytes() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("RssAnon:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok());
    kilobytes.unwrap_or_default() / 1e3
}
