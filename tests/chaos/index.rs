//! An index that is taken away, cut, locked or damaged: posts go on, searches answer old results or say that they cannot,
//! and in the end the index equals the database.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::forum::Forum;
use crate::room::{self, Cramped};
use crate::server::{Client, Server};

const POSTS: usize = 12;

/// Writes, and searches after each post: old results, new ones, or a page that says what is the matter.
fn write_and_search(forum: &Forum, client: &Client) {
    for _ in 0..POSTS {
        forum.write_well(client);
        let (status, page) = client.get("/search?q=%E6%8F%90%E5%87%BA%E7%AE%B1", &forum.token);
        assert_eq!(status, 200, "{page}");
        let (status, body) =
            client.get("/api/v1/search?q=%E6%8F%90%E5%87%BA%E7%AE%B1", &forum.token);
        assert!(
            status == 200 || (status == 503 && body.contains("/problems/busy")),
            "{status} {body}"
        );
    }
}

fn forum_with_posts() -> (Forum, Server) {
    let forum = Forum::new();
    let server = forum.place.serve();
    for _ in 0..POSTS {
        forum.write_well(&server);
    }
    forum.assert_sound(&server);
    (forum, server)
}

/// All files of the index, but what says which generation it is.
fn files(forum: &Forum) -> Vec<PathBuf> {
    let folders = fs::read_dir(forum.place.data.join("index")).unwrap();
    let folders = folders.flatten().map(|entry| entry.path());
    let files: Vec<PathBuf> = folders
        .filter(|path| path.is_dir())
        .flat_map(|path| fs::read_dir(path).unwrap().flatten())
        .map(|entry| entry.path())
        .collect();
    assert!(!files.is_empty());
    files
}

fn cut_to_half(path: &Path) {
    let file = File::options().write(true).open(path).unwrap();
    let length = file.metadata().unwrap().len();
    file.set_len(length / 2).unwrap();
}

#[test]
fn an_index_deleted_while_running_is_built_again() {
    let (forum, server) = forum_with_posts();
    fs::remove_dir_all(forum.place.data.join("index")).unwrap();
    write_and_search(&forum, &server);
    forum.assert_sound(&server);
    // And is on the disk again.
    assert!(forum.place.data.join("index/CURRENT").exists());
    server.stop();
}

#[test]
fn an_index_cut_while_running_is_built_again() {
    let (forum, mut server) = forum_with_posts();
    for path in files(&forum) {
        cut_to_half(&path);
    }
    write_and_search(&forum, &server);
    assert_eq!(server.child.try_wait().unwrap(), None, "it lives");
    forum.assert_sound(&server);
    server.stop();
}

#[test]
fn an_index_that_cannot_be_written_is_caught_up_later() {
    let Some(way) = room::way() else { return };
    let forum = Forum::new();
    let disk = Cramped::start(way, &forum, &forum.place.data.join("index"), "16m");
    let client = &disk.server.client;
    for _ in 0..POSTS {
        forum.write_well(client);
    }
    forum.assert_sound(client);
    disk.make_read_only();
    write_and_search(&forum, client);
    forum.wait_for_log("the search index lags");
    write_and_search(&forum, client);
    assert_eq!(client.status("/readyz"), 200);
    disk.make_writable();
    forum.assert_sound(client);
}

#[test]
fn an_index_damaged_before_a_start_is_built_again() {
    let (forum, server) = forum_with_posts();
    server.stop();
    for path in files(&forum) {
        let mut bytes = fs::read(&path).unwrap();
        for byte in bytes.iter_mut().step_by(7) {
            *byte = byte.wrapping_add(91);
        }
        fs::write(&path, bytes).unwrap();
    }
    let server = forum.place.serve();
    write_and_search(&forum, &server);
    forum.assert_sound(&server);
    server.stop();
    // Cut: the same.
    for path in files(&forum) {
        cut_to_half(&path);
    }
    let server = forum.place.serve();
    forum.assert_sound(&server);
    server.stop();
}
