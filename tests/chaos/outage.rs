//! PostgreSQL is stopped, killed and frozen under a running node.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use hiroba::db::{ADMISSION_DEADLINE, WORK_DEADLINE};

use crate::forum::{Draft, Forum};
use crate::postgres::{Postgres, Stop};
use crate::server::{Client, PATIENCE, until};
use crate::wire::{self, Answer, Question};
use crate::{Over, WRITERS};

/// No answer may take longer: a place, the work, and some air.
const LONGEST: Duration = Duration::from_secs(
    ADMISSION_DEADLINE.as_secs() + WORK_DEADLINE.as_secs() + ADMISSION_DEADLINE.as_secs(),
);
/// Within this everything works again.
const SOON: Duration = Duration::from_secs(30);
/// Posts before a fault, and after it.
const POSTS: usize = 20;

/// How many were told to come again.
#[derive(Default)]
struct Told {
    readers: AtomicUsize,
    writers: AtomicUsize,
}

/// Asks within bounds: an answer is one, or says in full that one should come again.
fn ask(url: &str, question: &Question<'_>) -> Answer {
    let begun = Instant::now();
    let answer = wire::ask(url, question).unwrap();
    let took = begun.elapsed();
    assert!(took < LONGEST, "{} took {took:?}", question.path);
    match answer.status {
        200 | 201 => {}
        503 => {
            let wait: u64 = answer.header("retry-after").parse().unwrap();
            assert!(wait > 0);
            let kind = answer.header("content-type");
            if question.path.starts_with("/api/") {
                assert_eq!(kind, "application/problem+json");
                assert_eq!(answer.json()["type"], "/problems/busy");
            } else {
                assert!(kind.starts_with("text/html"), "{kind}");
                assert!(
                    answer
                        .body
                        .contains("少し待ってから、もう一度お試しください。")
                );
            }
        }
        other => panic!(
            "{} {}: {other} {}",
            question.method, question.path, answer.body
        ),
    }
    answer
}

/// Sends `draft` under one key until it is confirmed. False when it is over before.
fn insist(forum: &Forum, url: &str, draft: Draft, told: &AtomicUsize, over: &Over) -> bool {
    loop {
        let question = Question {
            key: &draft.word,
            ..Question::post(&draft.path, &forum.token, &draft.body)
        };
        let answer = ask(url, &question);
        if answer.status == 201 {
            forum.confirm(draft, &answer.body);
            return true;
        }
        told.fetch_add(1, Ordering::SeqCst);
        if over.is_over() {
            return false;
        }
    }
}

fn stop_under_load(postgres: &Postgres, forum: &Forum, server: &Client, how: Stop) {
    let (over, told) = (Over::default(), Told::default());
    let url = server.url.as_str();
    std::thread::scope(|scope| {
        let _ends = over.ends();
        for _ in 0..WRITERS {
            scope.spawn(|| {
                while !over.is_over() && insist(forum, url, forum.draft(), &told.writers, &over) {}
            });
        }
        for path in ["/threads", "/api/v1/threads"] {
            let told = &told;
            let over = &over;
            scope.spawn(move || {
                while !over.is_over() {
                    if ask(url, &Question::get(path, &forum.token)).status == 503 {
                        told.readers.fetch_add(1, Ordering::SeqCst);
                    }
                }
            });
        }
        let more = |what: &str, patience: Duration| {
            let before = forum.written.count();
            until(what, patience, || {
                (forum.written.count() >= before + POSTS).then_some(())
            });
        };
        more("posts before the fault", PATIENCE);
        postgres.stop(how);
        let ready = wire::ask(url, &Question::get("/readyz", "")).unwrap();
        assert_eq!((ready.status, ready.body.as_str()), (503, "[\"database\"]"));
        let typed = "体育館の白い画面のことを、長く書きました。";
        let form = hiroba::web::form::query_string(&[("title", "消えない"), ("body", typed)]);
        let sent = Question {
            method: "POST",
            path: "/threads",
            token: &forum.token,
            form: &form,
            ..Question::default()
        };
        let refused = ask(url, &sent);
        assert!(refused.body.contains(typed), "{}", refused.body);
        until("readers and writers to be told", PATIENCE, || {
            let told = [&told.readers, &told.writers].map(|told| told.load(Ordering::SeqCst));
            (told[0] >= 2 && told[1] >= 2).then_some(())
        });
        postgres.start_again();
        let back = Instant::now();
        until("readiness", SOON, || {
            (server.status("/readyz") == 200).then_some(())
        });
        more("posts after the fault", SOON);
        eprintln!("{how:?}: works again after {:?}", back.elapsed());
    });
}

/// No connection of before is left in the pool: whoever asks is answered, many at once too.
fn assert_all_are_served(forum: &Forum, server: &Client) {
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..8 {
                    let answer = ask(&server.url, &Question::get("/api/v1/threads", &forum.token));
                    assert_eq!(answer.status, 200, "{}", answer.body);
                }
            });
        }
    });
}

/// What was cut and sent again stands once.
fn assert_nothing_twice(postgres: &Postgres) {
    for (table, column) in [("threads", "title"), ("replies", "body")] {
        let twice = format!(
            "(SELECT {column} FROM {table} GROUP BY {column} HAVING count(*) > 1) AS twice"
        );
        assert_eq!(postgres.count(&twice), 0, "{table}");
    }
}

#[test]
fn a_database_that_stops_is_told_of_and_everything_works_when_it_is_back() {
    let Some(postgres) = Postgres::start() else {
        return;
    };
    let forum = Forum::on(postgres.url());
    let server = forum.place.serve();
    server.wait_until_ready();
    for how in [Stop::Fast, Stop::Immediate] {
        stop_under_load(&postgres, &forum, &server, how);
        assert_all_are_served(&forum, &server);
        forum.assert_sound(&server);
        assert_nothing_twice(&postgres);
    }
    server.stop();
}

/// A server that neither answers nor closes its connections: whoever asks is told to come again, and what was under way
/// is done when it goes on.
#[test]
fn a_database_that_hangs_keeps_nobody_waiting_for_ever() {
    let Some(postgres) = Postgres::start() else {
        return;
    };
    let forum = Forum::on(postgres.url());
    let server = forum.place.serve();
    server.wait_until_ready();
    for _ in 0..4 {
        assert_eq!(forum.write(&server).unwrap().0, 201);
    }
    assert_all_are_served(&forum, &server);
    let frozen = postgres.freeze();
    let (draft, client) = (forum.draft(), &server.client);
    let write = Question {
        key: &draft.word,
        ..Question::post(&draft.path, &forum.token, &draft.body)
    };
    let read = Question::get("/threads", &forum.token);
    std::thread::scope(|scope| {
        let ask_all = |question: Question<'_>| assert_eq!(ask(&client.url, &question).status, 503);
        for _ in 0..6 {
            scope.spawn(move || ask_all(write));
            scope.spawn(move || ask_all(read));
        }
        let ready = wire::ask(&client.url, &Question::get("/readyz", "")).unwrap();
        assert_eq!((ready.status, ready.body.as_str()), (503, "[\"database\"]"));
    });
    drop(frozen);
    until("readiness", SOON, || {
        (server.status("/readyz") == 200).then_some(())
    });
    let answer = until("the post to be taken", SOON, || {
        let answer = ask(&server.url, &write);
        (answer.status == 201).then_some(answer)
    });
    forum.confirm(draft, &answer.body);
    assert_all_are_served(&forum, &server);
    forum.assert_sound(&server);
    assert_nothing_twice(&postgres);
    // Nor does it keep the program from its end.
    let _frozen = postgres.freeze();
    let url = server.url.clone();
    std::thread::scope(|scope| {
        // Cut off, or told.
        scope.spawn(|| wire::ask(&url, &Question::get("/threads", &forum.token)).is_ok());
        server.stop();
    });
}
