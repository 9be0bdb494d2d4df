//! People at work: nine in ten requests read, two in twenty-five search, one in fifty writes. `CHAOS_MINUTES` makes it last.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::forum::Forum;
use crate::resources::Taken;
use crate::server::{Client, Dice};

const PEOPLE: u64 = 8;
const MINUTE: Duration = Duration::from_secs(60);
const USUAL: Duration = Duration::from_secs(30);
/// What is compared with the end: caches are full and threads started by then.
const WARM_UP_AT_MOST: Duration = MINUTE;
/// Allocators keep some of what was freed, and what is remembered of threads grows with them, up to its bound.
const MEMORY_KIB: u64 = 24 * 1024;
/// Threads that run requests end when they have nothing to do, and begin anew.
const THREADS: u64 = 16;
/// Connections come and go, segments of the index are merged.
const FILES: usize = 48;

#[test]
fn a_mixed_load_meets_no_error_and_takes_no_more_with_time() {
    let minutes = std::env::var("CHAOS_MINUTES").ok();
    let length = minutes.map_or(USUAL, |minutes| MINUTE * minutes.parse().unwrap());
    let forum = Forum::new();
    let server = forum.place.serve();
    server.wait_until_ready();
    for _ in 0..100 {
        forum.write_well(&server);
    }
    let pid = server.child.id();
    let begun = Instant::now();
    let (over, done) = (AtomicBool::new(false), AtomicUsize::new(0));
    let wrong = Mutex::new(Vec::new());
    let (warm, end) = std::thread::scope(|scope| {
        for person in 0..PEOPLE {
            let client = server.client.clone();
            let (forum, over, done, wrong) = (&forum, &over, &done, &wrong);
            scope.spawn(move || {
                let mut dice = Dice(person);
                while !over.load(Ordering::SeqCst) {
                    if let Err(error) = one(forum, &client, &mut dice) {
                        wrong.lock().unwrap().push(error);
                    }
                    done.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        let wait = |until: Duration| {
            while begun.elapsed() < until {
                std::thread::park_timeout(MINUTE.min(until.saturating_sub(begun.elapsed())));
                println!("{:4} s: {}", begun.elapsed().as_secs(), Taken::by(pid));
            }
        };
        wait(WARM_UP_AT_MOST.min(length / 2));
        let warm = Taken::by(pid);
        wait(length);
        let end = Taken::by(pid);
        over.store(true, Ordering::SeqCst);
        (warm, end)
    });
    println!(
        "{} requests, {} posts: {warm} after the warm-up, {end} at the end",
        done.into_inner(),
        forum.written.count()
    );
    let wrong = wrong.into_inner().unwrap();
    assert!(
        wrong.is_empty(),
        "{} errors, the first: {:?}",
        wrong.len(),
        wrong.first()
    );
    assert!(
        end.kib <= warm.kib + MEMORY_KIB,
        "memory grows: {warm}, then {end}"
    );
    assert!(
        end.threads <= warm.threads + THREADS,
        "threads grow: {warm}, then {end}"
    );
    assert!(
        end.files <= warm.files + FILES,
        "open files grow: {warm}, then {end}"
    );
    forum.assert_sound(&server);
    server.stop();
}

/// One request of somebody; what went wrong with it.
fn one(forum: &Forum, client: &Client, dice: &mut Dice) -> Result<(), String> {
    let path = match dice.roll(100) {
        0..2 => {
            let answer = forum.write(client).ok_or("no answer to a post")?;
            return if answer.0 == 201 {
                Ok(())
            } else {
                Err(format!("{answer:?}"))
            };
        }
        2..10 => {
            let words = [
                "提出箱",
                "締め切り 提出箱",
                "ていしゅつばこ",
                "見つからない言葉",
            ];
            let pages = ["/search", "/api/v1/search"];
            crate::server::with_query(pages[dice.roll(2)], &[("q", words[dice.roll(words.len())])])
        }
        10..30 => "/".to_owned(),
        30..50 => "/threads".to_owned(),
        _ => forum.written.page(dice),
    };
    let answer = client.try_to_ask("GET", &path, &forum.token, None);
    match answer {
        Ok((200, _)) => Ok(()),
        other => Err(format!("{path}: {other:?}")),
    }
}
