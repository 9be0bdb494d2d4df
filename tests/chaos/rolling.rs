//! Two nodes are restarted one after the other behind a balancer, as for a new release: nobody notices.

use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::WRITERS;
use crate::balance::{Balancer, Kept};
use crate::forum::Forum;
use crate::postgres::Postgres;
use crate::server::{PATIENCE, Place, Server, until};
use crate::wire::Question;

/// Answers before, between and after the restarts.
const ANSWERS: usize = 60;
/// Between one's posts.
const PACE: Duration = Duration::from_millis(50);

fn serve(place: &Place, bind: &str) -> Server {
    let mut command: Command = place.command(&["serve", "--bind", bind]);
    command.env("HIROBA_DRAIN_SECONDS", "3");
    Server::start(&mut command, &place.log)
}

fn address(server: &Server) -> String {
    server.url.trim_start_matches("http://").to_owned()
}

/// What the load has seen.
#[derive(Default)]
struct Seen {
    /// Answers by node.
    answers: [AtomicUsize; 2],
    /// That are none.
    failed: Mutex<Vec<String>>,
}

/// Reads and writes in turn until it is over, at a pace that leaves the machine air.
fn load(forum: &Forum, balancer: &Balancer, seen: &Seen) {
    let mut kept = Kept::default();
    let mut note = |question: &Question<'_>, wanted: u16| {
        let failed = match balancer.ask(&mut kept, question) {
            Ok((node, answer)) if answer.status == wanted => {
                seen.answers[node].fetch_add(1, Ordering::SeqCst);
                return Some(answer);
            }
            Ok((node, answer)) => format!("node {node}: {} {}", answer.status, answer.body),
            Err(error) => error.to_string(),
        };
        let told = format!("{} {}: {failed}", question.method, question.path);
        seen.failed.lock().unwrap().push(told);
        None
    };
    while !balancer.over.is_over() {
        let draft = forum.draft();
        let question = Question::post(&draft.path, &forum.token, &draft.body);
        if let Some(answer) = note(&question, 201) {
            forum.confirm(draft, &answer.body);
        }
        std::thread::park_timeout(PACE);
        for path in ["/api/v1/threads", "/threads", "/policies/3"] {
            note(&Question::get(path, &forum.token), 200);
        }
    }
}

#[test]
fn nodes_are_restarted_one_after_the_other_without_a_failed_request() {
    let Some(postgres) = Postgres::start() else {
        return;
    };
    let forum = Forum::on(postgres.url());
    let beside = forum.beside();
    let places = [&forum.place, &beside];
    let mut servers = places.map(|place| Some(serve(place, "127.0.0.1:0")));
    let addresses = servers
        .each_ref()
        .map(|server| address(server.as_ref().unwrap()));
    servers
        .iter()
        .flatten()
        .for_each(|server| server.wait_until_ready());
    let balancer = Balancer::new(addresses.clone());
    let seen = Seen::default();
    std::thread::scope(|scope| {
        let _ends = balancer.over.ends();
        for node in 0..2 {
            let balancer = &balancer;
            scope.spawn(move || balancer.watch(node));
        }
        for _ in 0..WRITERS {
            scope.spawn(|| load(&forum, &balancer, &seen));
        }
        let more = |node: usize| {
            let before = seen.answers[node].load(Ordering::SeqCst);
            until("answers of a node", PATIENCE, || {
                (seen.answers[node].load(Ordering::SeqCst) >= before + ANSWERS).then_some(())
            });
        };
        for node in [0, 1] {
            more(0);
            more(1);
            servers[node].take().unwrap().stop();
            more(1 - node);
            servers[node] = Some(serve(places[node], &addresses[node]));
            until("the balancer to see it", PATIENCE, || {
                balancer.is_ready(node).then_some(())
            });
            more(node);
        }
    });
    let failed = seen.failed.into_inner().unwrap();
    assert!(failed.is_empty(), "{} failed: {failed:#?}", failed.len());
    for server in servers.into_iter().flatten() {
        forum.assert_sound(&server);
        server.stop();
    }
}
