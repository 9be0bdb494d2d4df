//! A full disk: under the database, under the index, under the files. Who writes is told plainly and keeps the text, who
//! reads notices nothing, and everything works again once there is room, without a restart.

use serde_json::Value;

use crate::forum::Forum;
use crate::room::{self, Cramped};
use crate::server::{Client, PATIENCE, text, until};

/// More posts than any of these disks holds.
const MANY: usize = 5_000;
const POSTS: usize = 6;

fn write_some(forum: &Forum, client: &Client) {
    for _ in 0..POSTS {
        forum.write_well(client);
    }
}

/// Everybody reads: lists, a post, the search, the check of a load balancer.
fn assert_readable(forum: &Forum, client: &Client) {
    forum.assert_nothing_lost(client);
    for path in ["/threads", "/search?q=%E6%8F%90%E5%87%BA%E7%AE%B1", "/"] {
        let (status, body) = client.get(path, &forum.token);
        assert_eq!(status, 200, "{path}: {body}");
    }
    assert_eq!(client.status("/readyz"), 200);
}

fn assert_told_plainly(status: u16, body: &str) {
    let problem: Value = serde_json::from_str(body).unwrap();
    assert_eq!(status, 503, "{problem}");
    assert_eq!(problem["type"], "/problems/no-room");
    assert_eq!(problem["title"], "いまは保存できません");
    assert!(
        text(&problem["detail"]).contains("手元に残して"),
        "{problem}"
    );
}

#[test]
fn a_full_disk_under_the_database_refuses_writers_and_loses_nothing() {
    let Some(way) = room::way() else { return };
    let forum = Forum::new();
    forum.let_sessions_grow_old();
    let disk = Cramped::start(way, &forum, &forum.database_folder(), "8m");
    let client = &disk.server.client;
    client.wait_until_ready();
    write_some(&forum, client);
    disk.fill();
    let refused = (0..MANY).find_map(|_| {
        let (status, body) = forum.write(client).unwrap();
        (status != 201).then_some((status, body))
    });
    let (status, body) = refused.unwrap();
    assert_told_plainly(status, &body);
    // The page of a form keeps what was typed.
    let typed = [
        ("kind", "question"),
        ("title", "書きかけの題名"),
        ("body", "書きかけの本文です。"),
        ("school_type", "shogakkou"),
        ("policies", "3"),
    ];
    let (status, page) = client.send_form("/threads", &forum.token, &typed);
    assert_eq!(status, 503);
    for words in [
        "置き場所がいっぱい",
        "書きかけの題名",
        "書きかけの本文です。",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert_readable(&forum, client);
    disk.make_room();
    until("room", PATIENCE, || {
        (forum.write(client).unwrap().0 == 201).then_some(())
    });
    write_some(&forum, client);
    forum.assert_sound(client);
}

#[test]
fn a_full_disk_under_the_index_leaves_old_results_and_is_caught_up() {
    let Some(way) = room::way() else { return };
    let forum = Forum::new();
    let index = forum.place.data.join("index");
    let disk = Cramped::start(way, &forum, &index, "4m");
    let client = &disk.server.client;
    write_some(&forum, client);
    forum.assert_sound(client);
    disk.fill();
    write_some(&forum, client);
    // The page says that something may be missing.
    let search = "/search?q=%E6%8F%90%E5%87%BA%E7%AE%B1";
    until("a page that says it", PATIENCE, || {
        let (_, page) = client.get(search, &forum.token);
        page.contains("見つからない話題があるかもしれません")
            .then_some(())
    });
    for _ in 0..3 {
        forum.wait_for_log("the search index lags");
        assert_readable(&forum, client);
        let (_, page) = client.get(search, &forum.token);
        assert!(
            page.contains("の締め切り"),
            "the old results are gone: {page}"
        );
        let left = std::fs::read_dir(disk.inside()).unwrap().flatten();
        let generations = left.filter(|entry| entry.path().is_dir()).count();
        assert!(generations <= 2, "what failed lies about: {generations}");
    }
    disk.make_room();
    write_some(&forum, client);
    forum.assert_sound(client);
    let (_, page) = client.get(search, &forum.token);
    assert!(
        !page.contains("見つからない話題があるかもしれません"),
        "{page}"
    );
}

#[test]
fn a_full_disk_under_the_files_refuses_files_alone() {
    let Some(way) = room::way() else { return };
    let forum = Forum::new();
    let folder = forum.place.data.join("files");
    let disk = Cramped::start(way, &forum, &folder, "1m");
    let client = &disk.server.client;
    client.wait_until_ready();
    let pdf = pdf(100_000);
    let fields = [("rights", "own"), ("alt", "")];
    let send = || client.send_file("/api/v1/files", &forum.token, &fields, &pdf);
    let (status, body) = send();
    assert_eq!(status, 201, "{body}");
    let kept = text(&serde_json::from_str::<Value>(&body).unwrap()["url"]);
    disk.fill();
    let lying = |disk: &Cramped| bytes_in(&disk.inside());
    let before = lying(&disk);
    let (status, body) = send();
    assert_told_plainly(status, &body);
    // From the form: the text stands on the page.
    let typed = [
        ("kind", "question"),
        ("title", "書きかけの題名"),
        ("body", "書きかけの本文です。"),
        ("school_type", "shogakkou"),
        ("policies", "3"),
        ("rights", "own"),
        ("looked", "1"),
        ("action", "attach"),
    ];
    let (status, page) = client.send_file("/threads", &forum.token, &typed, &pdf);
    assert_eq!(status, 503);
    assert!(page.contains("置き場所がいっぱい"), "{page}");
    assert!(page.contains("書きかけの本文です。"), "{page}");
    assert_eq!(lying(&disk), before, "parts of what failed lie about");
    write_some(&forum, client);
    assert_eq!(client.get(&kept, &forum.token).0, 200);
    assert_readable(&forum, client);
    disk.make_room();
    let (status, body) = send();
    assert_eq!(status, 201, "{body}");
    let url = text(&serde_json::from_str::<Value>(&body).unwrap()["url"]);
    assert_eq!(client.get(&url, &forum.token).0, 200);
    forum.assert_sound(client);
}

/// A small document, made longer.
pub fn pdf(bytes: usize) -> Vec<u8> {
    let mut pdf = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n%".to_vec();
    pdf.resize(bytes, b'x');
    pdf.extend(b"\ntrailer<</Root 1 0 R>>\n%%EOF\n");
    pdf
}

/// Of all files below a folder, the ballast too.
fn bytes_in(folder: &std::path::Path) -> u64 {
    let mut sum = 0;
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let meta = entry.metadata().unwrap();
        sum += if meta.is_dir() {
            bytes_in(&entry.path())
        } else {
            meta.len()
        };
    }
    sum
}
