//! The index on disk: what stays, what is replaced, and what is refused.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{find, put, request, thread};
use search_index::{Change, Error, Index, ThreadDoc};

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
}

/// A folder with an index of two commits and one removed thread, closed.
fn closed() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let index = Index::open(dir.path()).unwrap();
    let first: Vec<Change> = (10..20).map(|id| put(thread(id, "端末"))).collect();
    index.apply(&first, "7").unwrap();
    index
        .apply(&[put(thread(1, "充電の工夫")), Change::Remove(12)], "9")
        .unwrap();
    dir
}

#[test]
fn a_put_replaces_and_a_remove_removes_in_order() {
    let index = Index::in_memory().unwrap();
    let first = ThreadDoc {
        replies: vec!["無線".into()],
        ..thread(1, "充電")
    };
    index
        .apply(&[put(first), put(thread(2, "充電"))], "1")
        .unwrap();
    index
        .apply(
            &[
                put(thread(1, "端末")),
                Change::Remove(2),
                Change::Remove(99),
            ],
            "2",
        )
        .unwrap();
    assert_eq!(find(&index, "端末"), [1]);
    assert_eq!(find(&index, "充電"), [0u128; 0]);
    assert_eq!(find(&index, "無線"), [0u128; 0]);
    assert_eq!(index.document_count(), 1);

    let both = [
        put(thread(5, "一度目")),
        Change::Remove(5),
        put(thread(5, "二度目")),
        put(thread(5, "三度目")),
    ];
    index.apply(&both, "3").unwrap();
    index.apply(&both, "3").unwrap();
    assert_eq!(
        (find(&index, "\"三度目\""), find(&index, "\"二度目\"").len()),
        (vec![5], 0)
    );
    assert_eq!(index.document_count(), 2);
    index
        .apply(&[put(thread(6, "一度目")), Change::Remove(6)], "4")
        .unwrap();
    assert_eq!(index.document_count(), 2);
}

#[test]
fn ids_keep_all_their_bits() {
    let ids = [
        u128::MAX,
        1 << 64,
        1,
        0x0198_0000_0000_7000_8000_0000_0000_0001,
    ];
    let index = Index::in_memory().unwrap();
    let changes: Vec<Change> = ids
        .map(|id| {
            put(ThreadDoc {
                id,
                ..thread(1, "充電")
            })
        })
        .into();
    index.apply(&changes, "1").unwrap();
    let mut found = find(&index, "充電");
    found.sort_unstable();
    let mut expected = ids.to_vec();
    expected.sort_unstable();
    assert_eq!(found, expected);
}

#[test]
fn the_payload_and_the_documents_survive() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("not/yet/there");
    let index = Index::open(&path).unwrap();
    assert_eq!(index.payload().unwrap(), None);
    index.apply(&[put(thread(1, "充電"))], "cursor 1").unwrap();
    index.apply(&[], "cursor 2").unwrap();
    assert_eq!(index.payload().unwrap().as_deref(), Some("cursor 2"));
    drop(index);
    let index = Index::open(&path).unwrap();
    assert_eq!(index.payload().unwrap().as_deref(), Some("cursor 2"));
    assert_eq!(find(&index, "充電"), [1]);
    index.apply(&[Change::Remove(1)], "cursor 3").unwrap();
    drop(index);
    let index = Index::open(&path).unwrap();
    assert_eq!(
        (index.document_count(), index.payload().unwrap()),
        (0, Some("cursor 3".into()))
    );
}

#[test]
fn an_empty_folder_and_a_never_written_index_open() {
    let dir = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        assert_eq!(Index::open(dir.path()).unwrap().document_count(), 0);
    }
}

#[test]
fn dropping_releases_the_folder_with_merges_done() {
    let dir = tempfile::tempdir().unwrap();
    for round in 1..4 {
        let index = Index::open(dir.path()).unwrap();
        for id in 0..12 {
            index
                .apply(&[put(thread(round * 100 + id, "充電"))], "x")
                .unwrap();
        }
        drop(index);
        let index = Index::open(dir.path()).unwrap();
        assert_eq!(u128::from(index.document_count()), round * 12);
    }
}

#[test]
fn a_second_writer_is_told_so() {
    let dir = closed();
    let index = Index::open(dir.path()).unwrap();
    assert!(matches!(Index::open(dir.path()), Err(Error::InUse)));
    assert_eq!(index.document_count(), 10);
    drop(index);
    assert!(Index::open(dir.path()).is_ok());
}

#[test]
fn a_lock_left_by_a_killed_process_does_not_matter() {
    let dir = closed();
    for name in [".tantivy-writer.lock", ".tantivy-meta.lock"] {
        fs::write(dir.path().join(name), "").unwrap();
    }
    assert_eq!(Index::open(dir.path()).unwrap().document_count(), 10);
}

#[test]
fn another_format_and_strange_folders_are_refused() {
    let dir = closed();
    fs::write(dir.path().join("format"), "999999").unwrap();
    assert!(matches!(Index::open(dir.path()), Err(Error::Unusable(_))));
    fs::remove_file(dir.path().join("format")).unwrap();
    assert!(matches!(Index::open(dir.path()), Err(Error::Unusable(_))));

    let strange = tempfile::tempdir().unwrap();
    fs::write(strange.path().join("notes.txt"), "not an index").unwrap();
    assert!(matches!(
        Index::open(strange.path()),
        Err(Error::Unusable(_))
    ));
    assert_eq!(
        files(strange.path()).len(),
        1,
        "nothing is put beside other files"
    );
}

/// Every file of the index, cut or overwritten in every way below, is noticed at opening, without a panic.
#[test]
fn damage_is_refused() {
    type Damage = fn(&[u8]) -> Option<Vec<u8>>;
    let damages: [(&str, Damage); 6] = [
        ("removed", |_| None),
        ("emptied", |_| Some(Vec::new())),
        ("cut in half", |bytes| {
            Some(bytes.iter().copied().take(bytes.len() / 2).collect())
        }),
        ("short of two bytes", |bytes| {
            Some(
                bytes
                    .iter()
                    .copied()
                    .take(bytes.len().saturating_sub(2))
                    .collect(),
            )
        }),
        ("garbage", |bytes| Some(vec![0xa7; bytes.len()])),
        ("one bit", |bytes| {
            let mut bytes = bytes.to_vec();
            *bytes.first_mut()? ^= 1;
            Some(bytes)
        }),
    ];
    let dir = closed();
    let mut seen = 0;
    for file in files(dir.path()) {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        if name.ends_with(".lock") {
            continue;
        }
        seen += 1;
        let whole = fs::read(&file).unwrap();
        for (what, damage) in damages {
            match damage(&whole) {
                Some(bytes) => fs::write(&file, bytes).unwrap(),
                None => fs::remove_file(&file).unwrap(),
            }
            let opened = Index::open(dir.path());
            // The list of managed files only serves the cleaning up; without it everything still is there.
            if !(name == ".managed.json"
                && opened
                    .as_ref()
                    .is_ok_and(|index| find(index, "充電") == [1]))
            {
                assert!(
                    matches!(opened, Err(Error::Unusable(_))),
                    "{name} {what}: {:?}",
                    opened.err()
                );
            }
            drop(opened);
            fs::write(&file, &whole).unwrap();
        }
        assert!(Index::open(dir.path()).is_ok(), "{name} restored");
    }
    assert!(seen > 8, "{seen} files");
}

#[test]
fn readers_and_the_writer_work_side_by_side() {
    let index = Index::in_memory().unwrap();
    std::thread::scope(|scope| {
        for worker in 0..2u128 {
            let index = &index;
            scope.spawn(move || {
                for n in 0..15 {
                    let id = worker * 100 + n;
                    index.apply(&[put(thread(id, "充電"))], "x").unwrap();
                    let answer = index.search(&request("充電")).unwrap();
                    assert!(
                        answer.hits.iter().any(|hit| hit.id == id) || answer.total > 20,
                        "searchable on return"
                    );
                }
            });
        }
    });
    assert_eq!(index.document_count(), 30);
}
