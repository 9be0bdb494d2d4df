//! A server that is told to stop says so before it closes the door.

use std::time::{Duration, Instant};

use crate::forum::Forum;
use crate::server::{PATIENCE, Server, until};
use crate::wire::{self, Question, Wire};

/// The longest that can be set.
const GRACE: Duration = Duration::from_secs(8);

#[test]
fn a_stop_is_announced_while_requests_are_still_taken() {
    let forum = Forum::new();
    let mut command = forum.place.command(&["serve", "--bind", "127.0.0.1:0"]);
    command.env("HIROBA_DRAIN_SECONDS", GRACE.as_secs().to_string());
    let server = Server::start(&mut command, &forum.place.log);
    server.wait_until_ready();
    let mut kept = Wire::connect(&server.url).unwrap();
    let login = Question::get("/login", "");
    assert!(!kept.ask(&login).unwrap().closes());
    let begun = Instant::now();
    server.terminate();
    let ready = until("the announcement", PATIENCE, || {
        let ready = wire::ask(&server.url, &Question::get("/readyz", "")).unwrap();
        (ready.status != 200).then_some(ready)
    });
    assert_eq!((ready.status, ready.body.as_str()), (503, "[\"stopping\"]"));
    // Who has a connection is served over it, and told to take another next time; who comes new is served too.
    let answer = kept.ask(&login).unwrap();
    assert!(answer.status == 200 && answer.closes());
    assert!(kept.ask(&login).is_err());
    assert_eq!(forum.write(&server).unwrap().0, 201);
    assert_eq!(server.status("/healthz"), 200);
    // A second word ends the grace.
    server.terminate();
    assert_eq!(server.ended(), (Some(0), Vec::new()));
    assert!(begun.elapsed() < GRACE, "the grace was not cut short");
    let server = forum.place.serve();
    forum.assert_sound(&server);
    server.stop();
}
