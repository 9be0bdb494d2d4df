//! The program over HTTP beside the bare limits of the same machine, in one run: each pair of figures is measured in turns.
//!
//!     cargo bench --bench limits                       # 10,000 and 100,000 threads, SQLite
//!     cargo bench --bench limits -- 10000
//!     BENCH_DATABASE_URL=postgres://… cargo bench --bench limits     # makes databases `hiroba_bench_…` of its own there

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a tool for people: a panic ends it"
)]

mod bare;
mod client;
#[path = "../ground/mod.rs"]
mod ground;
mod node;

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use actix_web::web::Bytes;
use chrono::TimeDelta;
use diesel::Connection as _;
use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use hiroba::accounts::password::{Hasher, Password};
use hiroba::accounts::{self, SessionKind};
use hiroba::app::App;
use hiroba::clock::Clock;
use hiroba::config::Config;
use hiroba::id::Id;
use hiroba::mail::Mailer;
use hiroba::search::Searcher;
use hiroba::synonyms;
use hiroba::web::page::address;
use hiroba::worker;
use search_index::Request;
use search_index::language::Query;

use self::client::{Connection, Round, race, request};
use self::node::Node;

/// Of one measurement.
const SPAN: Duration = Duration::from_millis(1500);
/// Times that both sides are measured, in turns.
const ROUNDS: usize = 3;
const CONNECTIONS: [usize; 3] = [1, 16, 64];
const WORD: &str = "iPad";
const PASSWORD: &str = "correct horse battery";
/// People who sign in.
const PEOPLE: usize = 64;
const HTML: &str = "Accept-Encoding: identity\r\n";
const GZIP: &str = "Accept-Encoding: gzip\r\n";

fn main() {
    let sizes = std::env::args()
        .skip(1)
        .filter_map(|word| word.parse().ok());
    let mut sizes: Vec<usize> = sizes.collect();
    if sizes.is_empty() {
        sizes = vec![10_000, 100_000];
    }
    let mut medians: Vec<Vec<(String, f64)>> = Vec::new();
    for size in &sizes {
        medians.push(measure(*size));
    }
    if let [small, .., large] = medians.as_slice() {
        println!(
            "\n| growth, {} → {} threads | p50 ms | p50 ms | ratio | target |",
            sizes[0],
            sizes[sizes.len() - 1]
        );
        println!("|---|---|---|---|---|");
        for ((work, before), (_, after)) in small.iter().zip(large) {
            let ratio = after / before;
            println!(
                "| {work} | {before:.2} | {after:.2} | {ratio:.2} | ≤ 1.2 {} |",
                verdict(ratio <= 1.2)
            );
        }
    }
}

fn verdict(met: bool) -> &'static str {
    if met { "✓" } else { "✗" }
}

/// A forum of one size, and what is asked of it.
struct Ground {
    config: Config,
    /// Threads with twenty replies.
    busy: Vec<Id>,
    sessions: Vec<String>,
}

fn measure(size: usize) -> Vec<(String, f64)> {
    let folder = tempfile::tempdir().unwrap();
    let ground = prepare(size, folder.path());
    let database = ground.config.database().unwrap();
    let copy = folder.path().join("copy");
    copy_folder(&folder.path().join("index"), &copy.join("index"));
    let searcher = Searcher::open(&copy).unwrap();

    let node = Node::start(folder.path(), &ground.config.database_url);
    std::thread::sleep(Duration::from_secs(3));
    let idle = node.megabytes();
    let page = bare::Page::default();
    let bare = bare::serve(&database, Arc::clone(&page));
    let table = bare::table(&database);
    let mut medians = Vec::new();

    println!(
        "\n| {size} threads: work | connections | ours /s | limit /s | ratio | target | p50 ms | p99 ms | limit's p99 |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    let read = |path: &str, session: &str, headers: &str| {
        request(("GET", path), &node.address, session, headers, None)
    };
    let session = |number: usize| ground.sessions[number % ground.sessions.len()].as_str();
    let thread = |number: usize| ground.busy[number % ground.busy.len()];
    let pages: [(&str, &str, f64, bool); 4] = [
        ("thread page, 20 replies", HTML, 0.6, true),
        ("thread page, 20 replies, gzip", GZIP, 0.6, true),
        ("thread list", HTML, 0.5, false),
        ("thread list, gzip", GZIP, 0.5, false),
    ];
    for (work, encoding, target, of_thread) in pages {
        let path = |turn: usize| match of_thread {
            true => format!("/threads/{}", thread(turn)),
            false => "/threads".to_owned(),
        };
        let mut first = Connection::open(&node.address);
        let (status, body) = first.ask(&read(&path(0), session(0), HTML));
        assert_eq!(status, 200);
        *page.lock().unwrap() = Bytes::copy_from_slice(body);
        for connections in CONNECTIONS {
            let ours = || {
                get(&node.address, connections, |one, turn| {
                    read(&path(one * 7 + turn), session(one), encoding)
                })
            };
            let limit = || {
                get(&bare, connections, |one, turn| {
                    let path = format!("/threads/{}", thread(one * 7 + turn));
                    read(&path, session(one), encoding)
                })
            };
            let (ours, limit) = in_turns(ours, limit);
            line(work, connections, &ours, &limit, target);
            if connections == 1 {
                medians.push((work.to_owned(), ours.within(50)));
            }
        }
    }

    let find = address("/search", [("q", WORD)]);
    let asked = Query::of_words(WORD);
    let groups = hiroba::db::Database::open(&database).unwrap();
    let groups = groups.read_here(synonyms::current).unwrap();
    let index = searcher.index().unwrap();
    for connections in CONNECTIONS {
        let ours = || {
            get(&node.address, connections, |one, _| {
                read(&find, session(one), HTML)
            })
        };
        let limit = || {
            race(connections, SPAN, |_, _| {
                let asked = index.interpret(&asked, &groups).unwrap();
                let request = Request {
                    asked,
                    limit: 20,
                    ..Request::default()
                };
                assert_eq!(index.search(&request).unwrap().hits.len(), 20);
            })
        };
        let (ours, limit) = in_turns(ours, limit);
        line("search, common word", connections, &ours, &limit, 0.5);
        if connections == 1 {
            medians.push(("search, common word".to_owned(), ours.within(50)));
        }
    }

    let body = serde_json::json!({ "body": "前の日に一度開いておくと、次の日は待たずに始められました。4人ずつに分けて開かせています。" }).to_string();
    for connections in CONNECTIONS {
        let ours = || {
            connected(&node.address, connections, |connection, one, turn| {
                let path = format!("/api/v1/threads/{}/replies", thread(1000 + one * 50 + turn));
                let ask = request(
                    ("POST", &path),
                    &node.address,
                    session(one),
                    "",
                    Some(("application/json", &body)),
                );
                let (status, answer) = connection.ask(&ask);
                assert_eq!(status, 201, "{}", String::from_utf8_lossy(answer));
            })
        };
        let limit = || {
            race(connections, SPAN, |_, turn| {
                let id = Id::new(Clock::System.now());
                bare::insert(&table, id, thread(turn), &body);
            })
        };
        let (ours, limit) = in_turns(ours, limit);
        line("confirmed reply", connections, &ours, &limit, 0.6);
        if connections == 1 {
            medians.push(("confirmed reply".to_owned(), ours.within(50)));
        }
    }
    let loaded = node.heaviest();
    storm(&ground, &node);
    let stormed = node.heaviest();
    println!(
        "\n{size} threads: ready after {:.2} s {}; memory beside mapped files: idle {idle:.0} MB {}, loaded {loaded:.0} MB {}, in the storm {stormed:.0} MB {}",
        node.ready.as_secs_f64(),
        verdict(node.ready <= Duration::from_secs(1)),
        verdict(idle <= 60.0),
        verdict(loaded <= 150.0),
        verdict(stormed <= 150.0)
    );
    medians
}

/// Sign-ins beside argon2id in a loop on all cores, while somebody reads.
fn storm(ground: &Ground, node: &Node) {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let hasher = Hasher::new(&ground.config).unwrap();
    for connections in [16, 64] {
        let pages = Mutex::new(Vec::new());
        let ours = || {
            let reading = || {
                connected(&node.address, 2, |connection, one, _| {
                    let ask = request(
                        ("GET", "/threads"),
                        &node.address,
                        &ground.sessions[one],
                        HTML,
                        None,
                    );
                    let begun = Instant::now();
                    assert_eq!(connection.ask(&ask).0, 200);
                    let took = begun.elapsed();
                    pages.lock().unwrap().push(took.as_secs_f64() * 1e3);
                    std::thread::sleep(Duration::from_millis(20));
                })
            };
            std::thread::scope(|scope| {
                let reading = scope.spawn(reading);
                let begun = AtomicUsize::new(0);
                let storm = connected(&node.address, connections, |connection, _, _| {
                    let person = begun.fetch_add(1, Ordering::Relaxed) % PEOPLE;
                    let form = address(
                        "",
                        [
                            ("email", format!("p{person}@hiroba.example").as_str()),
                            ("password", PASSWORD),
                        ],
                    );
                    let form = form.trim_start_matches('?');
                    let ask = request(
                        ("POST", "/login"),
                        &node.address,
                        "",
                        "",
                        Some(("application/x-www-form-urlencoded", form)),
                    );
                    let (status, answer) = connection.ask(&ask);
                    assert_eq!(status, 303, "{}", String::from_utf8_lossy(answer));
                });
                reading.join().unwrap();
                storm
            })
        };
        let limit = || {
            race(cores, SPAN, |_, _| {
                hasher.hash_here(&Password::attempt(PASSWORD)).unwrap();
            })
        };
        let (ours, limit) = in_turns(ours, limit);
        line("sign-in storm", connections, &ours, &limit, 0.9);
        let mut pages = pages.into_inner().unwrap();
        pages.sort_by(f64::total_cmp);
        let p99 = pages[(pages.len() * 99 / 100).min(pages.len() - 1)];
        println!(
            "| list page meanwhile | 2 | | | | p99 ≤ 300 ms {} | {:.1} | {p99:.1} | |",
            verdict(p99 <= 300.0),
            pages[pages.len() / 2]
        );
    }
}

/// Measures both sides in turns: what disturbs the machine disturbs both.
fn in_turns(ours: impl Fn() -> Round, limit: impl Fn() -> Round) -> (Round, Round) {
    ours();
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        left.push(ours());
        right.push(limit());
    }
    (Round::together(left), Round::together(right))
}

fn line(work: &str, connections: usize, ours: &Round, limit: &Round, target: f64) {
    let ratio = ours.rate / limit.rate;
    println!(
        "| {work} | {connections} | {:.0} | {:.0} | {ratio:.2} | ≥ {target} {} | {:.2} | {:.2} | {:.2} |",
        ours.rate,
        limit.rate,
        verdict(ratio >= target),
        ours.within(50),
        ours.within(99),
        limit.within(99)
    );
}

fn get(server: &str, connections: usize, ask: impl Fn(usize, usize) -> Vec<u8> + Sync) -> Round {
    connected(server, connections, |connection, one, turn| {
        let (status, body) = connection.ask(&ask(one, turn));
        assert!(status == 200 && body.len() > 1000, "{status}");
    })
}

/// As `race`, each thread with a connection of its own.
fn connected(
    server: &str,
    connections: usize,
    work: impl Fn(&mut Connection, usize, usize) + Sync,
) -> Round {
    let open: Vec<_> = (0..connections)
        .map(|_| Mutex::new(Connection::open(server)))
        .collect();
    race(connections, SPAN, |one, turn| {
        work(&mut open[one].lock().unwrap(), one, turn);
    })
}

fn prepare(size: usize, folder: &Path) -> Ground {
    let config = Config {
        data_dir: folder.to_owned(),
        database_url: database_url(size),
        ..Config::default()
    };
    let app = App::start(
        config.clone(),
        Clock::System,
        Mailer::Memory(Default::default()),
    )
    .unwrap();
    let made = ground::fill(&app.database, size, app.now());
    worker::drain(&app).unwrap();
    let hash = app.hasher.hash_here(&Password::attempt(PASSWORD)).unwrap();
    let sessions = app.write_here(|db, now| {
        db.batch_execute(&format!("UPDATE accounts SET password_hash = '{hash}'"))
            .unwrap();
        let mut sessions = Vec::new();
        for person in 0..PEOPLE {
            let person = accounts::by_email(db, &format!("p{person}@hiroba.example"))?;
            let secret = accounts::open_session(
                db,
                person.id,
                SessionKind::Browser,
                "bench",
                TimeDelta::days(1),
                now,
            )?;
            sessions.push(secret.reveal().to_owned());
        }
        Ok(sessions)
    });
    let busy = made
        .busy()
        .step_by(7)
        .take(5_000)
        .map(|number| made.thread_id(number))
        .collect();
    Ground {
        config,
        busy,
        sessions: sessions.unwrap(),
    }
}

/// A fresh database on the server of `BENCH_DATABASE_URL`; empty: SQLite.
fn database_url(size: usize) -> String {
    let Ok(server) = std::env::var("BENCH_DATABASE_URL") else {
        return String::new();
    };
    let name = format!("hiroba_bench_{size}");
    let mut db = PgConnection::establish(&server).unwrap();
    for statement in [
        format!("DROP DATABASE IF EXISTS {name}"),
        format!("CREATE DATABASE {name}"),
    ] {
        db.batch_execute(&statement).unwrap();
    }
    let mut url = url::Url::parse(&server).unwrap();
    url.set_path(&name);
    url.to_string()
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
