//! The own collection: teachers' posts and queries, graded. Fails when search gets worse.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use search_index::Synonyms;
use search_index::eval::{AsWritten, Settings, corpus_jsonl, qrels_jsonl, run};
use search_index::language::Query;

#[test]
fn teachers_find_what_helps_them() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("eval");
    let open = |name: &str| BufReader::new(File::open(folder.join(name)).unwrap());
    let corpus = corpus_jsonl(open("corpus.jsonl"), &AsWritten).unwrap();
    let queries = qrels_jsonl(open("queries.jsonl"), &AsWritten).unwrap();
    let place = tempfile::tempdir().unwrap();
    let report = run(
        &corpus,
        &queries,
        &Settings {
            folder: &place.path().join("index"),
            synonyms: &Synonyms::default_list(),
            understand: &|text| (Query::parse(text), search_index::Filters::default()),
            with_plain: true,
        },
    )
    .unwrap();
    let ndcg = |kind: &str| report.by_kind.get(kind).unwrap().ndcg();
    assert!(report.all.ndcg() >= 0.90, "{report}");
    assert!(ndcg("synonym") >= 0.85, "{report}");
    assert!(ndcg("orthography") >= 0.90, "{report}");
    assert!(ndcg("typo") >= 0.85, "{report}");
    assert!(ndcg("natural") >= 0.80, "{report}");
    assert!(report.all.zero() == 0.0, "{report}");
    assert!(
        report.plain.as_ref().unwrap().ndcg() < report.all.ndcg(),
        "{report}"
    );
}
