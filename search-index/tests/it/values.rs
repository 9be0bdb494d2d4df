//! Filters and facets.

use crate::support::{find, ids, index_of, put, request, thread};
use search_index::{Change, Facets, Filters, Index, Request, ThreadDoc};

fn school() -> Index {
    let doc = |id, kind: &str, policies: &[&str], subject: Option<&str>, solved| ThreadDoc {
        kind: kind.into(),
        policies: policies.iter().map(|p| (*p).into()).collect(),
        subject: subject.map(Into::into),
        solved,
        ..thread(id, "端末の充電")
    };
    index_of([
        ThreadDoc {
            tags: vec!["Wi-Fi".into()],
            author: "x".into(),
            ..doc(1, "question", &["1"], Some("math"), false)
        },
        ThreadDoc {
            school_type: "junior".into(),
            grade: Some("j1".into()),
            ..doc(2, "question", &["1", "3"], None, true)
        },
        ThreadDoc {
            initiatives: vec!["1-2".into()],
            ..doc(3, "practice", &["2"], Some("math"), false)
        },
        ThreadDoc {
            school_type: "junior".into(),
            ..doc(4, "practice", &["3", "3"], Some("music"), false)
        },
        ThreadDoc {
            title: "給食".into(),
            ..doc(5, "discussion", &["4"], None, false)
        },
    ])
}

fn found(index: &Index, text: &str, filters: Filters) -> (Vec<u128>, Facets) {
    let answer = index
        .search(&Request {
            filters,
            ..request(text)
        })
        .unwrap();
    let hits = ids(&answer);
    assert_eq!(answer.total, hits.len() as u64);
    (hits, answer.facets)
}

fn texts(values: &[&str]) -> Vec<String> {
    values.iter().map(|value| (*value).into()).collect()
}

fn counts(values: &[(&str, u64)]) -> Vec<(String, u64)> {
    values
        .iter()
        .map(|(value, count)| ((*value).into(), *count))
        .collect()
}

#[test]
fn each_filter_narrows() {
    let index = school();
    let none = Filters::default;
    for (filters, expected) in [
        (
            Filters {
                kinds: texts(&["question"]),
                ..none()
            },
            &[2, 1][..],
        ),
        (
            Filters {
                kinds: texts(&["question", "discussion"]),
                ..none()
            },
            &[5, 2, 1],
        ),
        (
            Filters {
                policies: texts(&["3"]),
                ..none()
            },
            &[4, 2],
        ),
        (
            Filters {
                initiatives: texts(&["1-2", "9-9"]),
                ..none()
            },
            &[3],
        ),
        (
            Filters {
                school_types: texts(&["junior"]),
                ..none()
            },
            &[4, 2],
        ),
        (
            Filters {
                subjects: texts(&["math"]),
                ..none()
            },
            &[3, 1],
        ),
        (
            Filters {
                grades: texts(&["j1"]),
                ..none()
            },
            &[2],
        ),
        (
            Filters {
                tags: texts(&["ＷＩＦＩ"]),
                ..none()
            },
            &[1],
        ),
        (
            Filters {
                authors: texts(&["x"]),
                ..none()
            },
            &[1],
        ),
        (
            Filters {
                solved: Some(true),
                ..none()
            },
            &[2],
        ),
        (
            Filters {
                solved: Some(false),
                kinds: texts(&["question"]),
                ..none()
            },
            &[1],
        ),
        (
            Filters {
                kinds: texts(&["unknown"]),
                ..none()
            },
            &[],
        ),
        (
            Filters {
                authors: texts(&["unknown"]),
                ..none()
            },
            &[],
        ),
        (
            Filters {
                policies: texts(&["3"]),
                subjects: texts(&["music"]),
                tags: vec![],
                ..none()
            },
            &[4],
        ),
    ] {
        assert_eq!(
            found(&index, "", filters.clone()).0,
            expected,
            "{filters:?}"
        );
    }
}

#[test]
fn filters_do_not_change_scores() {
    let index = school();
    let filters = Filters {
        authors: texts(&["a"]),
        kinds: texts(&["question"]),
        ..Filters::default()
    };
    let plain = index.search(&request("充電")).unwrap();
    let narrowed = index
        .search(&Request {
            filters,
            ..request("充電")
        })
        .unwrap();
    let score =
        |answer: &search_index::Answer| answer.hits.iter().find(|hit| hit.id == 2).unwrap().score;
    assert!((score(&plain) - score(&narrowed)).abs() < 0.001);
}

#[test]
fn facets_count_what_matches_the_text() {
    let (_, facets) = found(&school(), "充電", Filters::default());
    assert_eq!(facets.kind, counts(&[("practice", 2), ("question", 2)]));
    assert_eq!(facets.policy, counts(&[("1", 2), ("3", 2), ("2", 1)]));
    assert_eq!(
        facets.school_type,
        counts(&[("elementary", 2), ("junior", 2)])
    );
    assert_eq!(facets.subject, counts(&[("math", 2), ("music", 1)]));
    assert_eq!(facets.solved, counts(&[("false", 3), ("true", 1)]));
}

#[test]
fn a_facet_ignores_its_own_filter_and_obeys_the_others() {
    let filters = Filters {
        kinds: texts(&["question"]),
        policies: texts(&["1"]),
        ..Filters::default()
    };
    let (hits, facets) = found(&school(), "充電", filters);
    assert_eq!(hits, [2, 1]);
    assert_eq!(
        facets.kind,
        counts(&[("question", 2)]),
        "with policy 1, any kind"
    );
    assert_eq!(
        facets.policy,
        counts(&[("1", 2), ("3", 1)]),
        "questions, any policy"
    );
    assert_eq!(facets.solved, counts(&[("false", 1), ("true", 1)]));
    let filters = Filters {
        subjects: texts(&["music"]),
        authors: texts(&["a"]),
        ..Filters::default()
    };
    let (hits, facets) = found(&school(), "", filters);
    assert_eq!(hits, [4]);
    assert_eq!(
        facets.subject,
        counts(&[("math", 1), ("music", 1)]),
        "the author's filter is no facet"
    );
    assert_eq!(facets.kind, counts(&[("practice", 1)]));
}

#[test]
fn facets_are_summed_over_commits_and_forget_what_was_removed() {
    let index = Index::in_memory().unwrap();
    for id in 0..6 {
        index.apply(&[put(thread(id, "充電"))], "x").unwrap();
    }
    index
        .apply(
            &[
                Change::Remove(2),
                put(ThreadDoc {
                    kind: "practice".into(),
                    ..thread(3, "充電")
                }),
            ],
            "y",
        )
        .unwrap();
    let (hits, facets) = found(&index, "充電", Filters::default());
    assert_eq!(hits.len(), 5);
    assert_eq!(facets.kind, counts(&[("question", 4), ("practice", 1)]));
}

#[test]
fn values_are_not_searched_as_text() {
    assert!(find(&school(), "elementary").is_empty());
}
