//! `kill -9`, again and again, while people write.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::forum::Forum;
use crate::server::{Dice, PATIENCE, Server, until};

const ROUNDS: usize = 50;
const WRITERS: usize = 4;
/// A round is killed after fewer confirmed posts than this.
const POSTS: usize = 16;

#[test]
fn what_was_confirmed_survives_fifty_kills() {
    let forum = Forum::new();
    let mut dice = Dice(20_261_122);
    for round in 0..ROUNDS {
        let server = forum.place.serve();
        let before = forum.written.count();
        kill_while_writing(&forum, server, before + dice.roll(POSTS), dice.roll(5_000));
        if round % 10 == 9 {
            forum.place.run(&["search", "rebuild"]);
        }
        let again = forum.place.serve();
        again.wait_until_ready();
        forum.assert_nothing_lost(&again);
        if round % 2 == 0 {
            drop(again); // killed too, with nothing under way
        } else {
            again.stop();
        }
    }
    let server = forum.place.serve();
    assert!(
        forum.written.count() >= ROUNDS,
        "hardly anything was written"
    );
    forum.assert_sound(&server);
    server.stop();
}

/// Several who write until the server is gone: killed some microseconds after so many posts were confirmed in all.
fn kill_while_writing(forum: &Forum, mut server: Server, posts: usize, micros: usize) {
    let gone = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..WRITERS {
            let (client, gone) = (server.client.clone(), &gone);
            scope.spawn(move || {
                while !gone.load(Ordering::SeqCst) {
                    match forum.write(&client) {
                        Some((status, body)) => assert_eq!(status, 201, "{body}"),
                        None => break,
                    }
                }
            });
        }
        until("posts", PATIENCE, || {
            (forum.written.count() >= posts).then_some(())
        });
        std::thread::park_timeout(Duration::from_micros(micros as u64));
        server.child.kill().unwrap();
        server.child.wait().unwrap();
        gone.store(true, Ordering::SeqCst);
    });
}
