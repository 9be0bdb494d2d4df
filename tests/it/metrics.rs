//! `/metrics`, read as a monitoring program reads it (OpenMetrics 1.0).

use std::collections::{BTreeMap, BTreeSet};

use actix_web::http::{Method, header};
use hiroba::routes::TABLE;

use crate::harness::ground::dead_job;
use crate::harness::{Actor, TestApp, text};

/// Labels by which numbers are told apart. None of them is of a person.
const LABELS: &[&str] = &[
    "method", "route", "status", "kind", "state", "le", "version", "database",
];

/// What is told whatever happens; `docs/monitoring.md` says what each is for.
const FAMILIES: &[(&str, &str)] = &[
    ("hiroba_build", "info"),
    ("hiroba_connections", "gauge"),
    ("hiroba_connections_in_use", "gauge"),
    ("hiroba_database_bytes", "gauge"),
    ("hiroba_feed_lag_changes", "gauge"),
    ("hiroba_index_bytes", "gauge"),
    ("hiroba_index_documents", "gauge"),
    ("hiroba_index_ready", "gauge"),
    ("hiroba_jobs", "gauge"),
    ("hiroba_letters", "gauge"),
    ("hiroba_overdue_seconds", "gauge"),
    ("hiroba_request_seconds", "histogram"),
    ("hiroba_requests", "counter"),
    ("hiroba_requests_waiting", "gauge"),
    ("process_cpu_seconds", "counter"),
    ("process_max_fds", "gauge"),
    ("process_open_fds", "gauge"),
    ("process_resident_memory_bytes", "gauge"),
    ("process_start_time_seconds", "gauge"),
];

type Labels = BTreeMap<String, String>;

#[derive(Debug)]
struct Family {
    kind: String,
    help: String,
    /// Ending of the name, labels, value.
    samples: Vec<(String, Labels, f64)>,
}

/// `{a="b",c="d"}`; values are taken to hold no quotation marks.
fn labels(text: &str) -> Labels {
    let inner = text
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'))
        .unwrap();
    let mut labels = Labels::new();
    for pair in inner.split("\",").filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.trim_end_matches('"').split_once("=\"").unwrap();
        assert!(!value.contains(['"', '\\']), "{text}");
        assert!(
            labels.insert(name.to_owned(), value.to_owned()).is_none(),
            "twice: {text}"
        );
    }
    labels
}

/// The families of a page, or a panic that says what a strict reader would refuse.
fn parse(page: &str) -> BTreeMap<String, Family> {
    let (body, end) = page.split_at(page.len() - "# EOF\n".len());
    assert_eq!(end, "# EOF\n");
    let mut families: BTreeMap<String, Family> = BTreeMap::new();
    let mut present = String::new();
    let mut seen = BTreeSet::new();
    for line in body.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').unwrap();
            let family = Family {
                kind: String::new(),
                help: help.to_owned(),
                samples: Vec::new(),
            };
            assert!(
                families.insert(name.to_owned(), family).is_none(),
                "twice: {line}"
            );
            name.clone_into(&mut present);
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            assert_eq!(name, present, "{line}");
            kind.clone_into(&mut families.get_mut(name).unwrap().kind);
        } else {
            let (series, value) = line.rsplit_once(' ').unwrap();
            assert!(seen.insert(series.to_owned()), "twice: {series}");
            let at = series.find('{').unwrap_or(series.len());
            let (name, rest) = series.split_at(at);
            let family = families.get_mut(&present).unwrap();
            let ending = name
                .strip_prefix(present.as_str())
                .unwrap_or_else(|| panic!("{line} in {present}"));
            let known: &[&str] = match family.kind.as_str() {
                "gauge" => &[""],
                "counter" => &["_total"],
                "info" => &["_info"],
                "histogram" => &["_bucket", "_sum", "_count"],
                other => panic!("{other}: {line}"),
            };
            assert!(known.contains(&ending), "{line}");
            let found = if rest.is_empty() {
                Labels::new()
            } else {
                labels(rest)
            };
            let value: f64 = value.parse().unwrap();
            assert!(value.is_finite() && value >= 0.0, "{line}");
            family.samples.push((ending.to_owned(), found, value));
        }
    }
    families
}

async fn read(actor: &Actor<'_>) -> BTreeMap<String, Family> {
    let request = actor
        .request(Method::GET, "/metrics")
        .insert_header((header::HOST, "localhost:8080"))
        .peer_addr("127.0.0.1:4000".parse().unwrap());
    parse(&actor.send(request).await.body)
}

fn value(families: &BTreeMap<String, Family>, name: &str, with: &[(&str, &str)]) -> f64 {
    let found: Vec<f64> = families[name]
        .samples
        .iter()
        .filter(|(_, labels, _)| {
            with.iter()
                .all(|(name, value)| labels.get(*name).is_some_and(|has| has == value))
        })
        .map(|(_, _, value)| *value)
        .collect();
    assert_eq!(found.len(), 1, "{name} {with:?}: {found:?}");
    found[0]
}

#[actix_web::test]
async fn every_family_has_one_type_and_no_label_is_of_a_person() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let thread = aoi.ask("電子黒板の字が薄い").await;
    aoi.get(&format!("/threads/{}", text(&thread["id"]))).await;
    aoi.get("/nowhere").await;
    app.drain();
    dead_job(&app);
    let families = read(&aoi).await;
    let known = families
        .iter()
        .map(|(name, family)| (name.as_str(), family.kind.as_str()));
    assert_eq!(known.collect::<Vec<_>>(), FAMILIES);
    let patterns: BTreeSet<&str> = TABLE.iter().map(|(_, pattern)| *pattern).collect();
    for (name, family) in &families {
        assert!(!family.samples.is_empty(), "{name}");
        assert!(
            family.help.ends_with('.') && family.help.len() > 10,
            "{name}: {}",
            family.help
        );
        for (_, labels, _) in &family.samples {
            for (label, value) in labels {
                assert!(LABELS.contains(&label.as_str()), "{name}: {label}");
                if label == "route" {
                    assert!(value == "-" || patterns.contains(value.as_str()), "{value}");
                }
            }
        }
    }
    let guide = include_str!("../../docs/monitoring.md");
    for (name, _) in FAMILIES {
        assert!(
            guide.contains(&format!("`{name}")),
            "{name} is not explained"
        );
    }
}

#[actix_web::test]
async fn buckets_of_times_add_up() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    for _ in 0..3 {
        aoi.get("/threads").await;
    }
    let families = read(&aoi).await;
    let times = &families["hiroba_request_seconds"].samples;
    let of = |ending: &str| {
        let list = times
            .iter()
            .filter(|(is, labels, _)| is == ending && labels["route"] == "/threads");
        list.map(|(_, labels, value)| (labels.get("le").cloned(), *value))
            .collect::<Vec<_>>()
    };
    let buckets = of("_bucket");
    assert!(buckets.len() > 10);
    assert!(buckets.is_sorted_by(|a, b| a.1 <= b.1), "{buckets:?}");
    assert_eq!(buckets.last(), Some(&(Some("+Inf".to_owned()), 3.0)));
    assert_eq!(of("_count"), [(None, 3.0)]);
    assert!(of("_sum")[0].1 > 0.0);
}

#[actix_web::test]
async fn the_process_and_what_waits_are_told() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let before = read(&aoi).await;
    assert_eq!(value(&before, "hiroba_overdue_seconds", &[]), 0.0);
    assert_eq!(
        value(&before, "hiroba_letters", &[("state", "failed")]),
        0.0
    );
    assert_eq!(value(&before, "hiroba_index_ready", &[]), 1.0);
    let version = [("version", env!("CARGO_PKG_VERSION"))];
    assert_eq!(value(&before, "hiroba_build", &version), 1.0);
    // What the harness says the time is.
    let begun = value(&before, "process_start_time_seconds", &[]);
    assert_eq!(begun, app.now().micros() as f64 / 1e6);
    assert!(value(&before, "process_resident_memory_bytes", &[]) > 1e6);
    assert!(value(&before, "process_open_fds", &[]) < value(&before, "process_max_fds", &[]));
    assert!(value(&before, "hiroba_database_bytes", &[]) > 1e5);
    // The transaction that counts is one of those that read.
    let reading = [("kind", "read")];
    assert!(
        value(&before, "hiroba_connections_in_use", &reading)
            <= value(&before, "hiroba_connections", &reading)
    );

    // A question whose asker is to be told of an answer: the job waits for whoever drains.
    let thread = aoi.ask("電子黒板の字が薄い").await;
    app.teacher("sota")
        .reply(&thread, "明るさを上げます。")
        .await;
    app.advance(chrono::TimeDelta::minutes(7));
    let later = read(&aoi).await;
    assert_eq!(value(&later, "hiroba_jobs", &[("state", "queued")]), 1.0);
    assert_eq!(value(&later, "hiroba_overdue_seconds", &[]), 420.0);
    assert_eq!(value(&later, "process_start_time_seconds", &[]), begun);
}

#[test]
#[should_panic(expected = "twice")]
fn a_family_told_twice_is_refused() {
    parse("# HELP a A.\n# TYPE a gauge\na 1\n# HELP a A.\n# TYPE a gauge\n# EOF\n");
}
