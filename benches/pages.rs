//! How long pages take in forums of several sizes: each asked for again and again through the whole program (session,
//! transaction, index, template, headers), without a network.
//!
//!     cargo bench --bench pages                         # 10,000 and 100,000 threads, SQLite
//!     cargo bench --bench pages -- 10000 100000 1000000
//!     BENCH_DATABASE_URL=postgres://… cargo bench --bench pages -- 100000     # an empty database

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a tool for people: a panic ends it"
)]

mod ground;

use std::time::Instant;

use actix_web::http::header;
use actix_web::test::{TestRequest, init_service};
use chrono::TimeDelta;
use hiroba::accounts::{self, SessionKind};
use hiroba::app::App;
use hiroba::clock::Clock;
use hiroba::config::Config;
use hiroba::coverage;
use hiroba::mail::Mailer;
use hiroba::web::create_app;
use hiroba::web::page::address;
use hiroba::worker;

/// Requests for each page that are measured, after as many that are not.
const TIMES: usize = 200;

fn main() {
    let sizes: Vec<usize> = std::env::args()
        .skip(1)
        .filter_map(|word| word.parse().ok())
        .collect();
    let sizes = if sizes.is_empty() {
        vec![10_000, 100_000]
    } else {
        sizes
    };
    let runtime = actix_web::rt::System::new();
    println!("| threads | page | first ms | p50 ms | p95 ms | p99 ms | kB |");
    println!("|---|---|---|---|---|---|---|");
    for size in sizes {
        runtime.block_on(measure(size));
    }
}

async fn measure(size: usize) {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config {
        data_dir: folder.path().to_owned(),
        database_url: std::env::var("BENCH_DATABASE_URL").unwrap_or_default(),
        ..Config::default()
    };
    config.limits.requests_per_minute = 0;
    let begun = Instant::now();
    let app = App::start(config, Clock::System, Mailer::Memory(Default::default())).unwrap();
    let made = ground::fill(&app.database, size, app.now());
    let filled = begun.elapsed();
    worker::drain(&app).unwrap();
    eprintln!(
        "{size} threads: filled in {:.1} s, indexed and counted in {:.1} s",
        filled.as_secs_f64(),
        (begun.elapsed() - filled).as_secs_f64()
    );
    let counting = Instant::now();
    let (calendar, zone) = (app.config.digest.calendar().unwrap(), app.config.timezone);
    coverage::count(&app.database, &calendar, zone, app.now()).unwrap();
    eprintln!(
        "{size} threads: the map counted in {:.2} s",
        counting.elapsed().as_secs_f64()
    );
    let (teacher, trainer) = (
        sign_in(&app, "p0@hiroba.example"),
        sign_in(&app, "p1@hiroba.example"),
    );
    let service = init_service(create_app(app.clone())).await;
    let busy: Vec<String> = made
        .busy()
        .take(10_000)
        .step_by(50)
        .map(|number| format!("/threads/{}", made.thread_id(number)))
        .collect();
    let one = |path: &str| vec![path.to_owned()];
    let find = |words: &str| address("/search", [("q", words)]);
    let pages = [
        ("first page", &teacher, one("/")),
        ("thread with 20 replies", &teacher, busy.clone()),
        ("list", &teacher, one("/threads")),
        ("list of a policy", &teacher, one("/policies/3")),
        (
            "practices by what was tried",
            &teacher,
            one("/threads?kind=practice&sort=tried"),
        ),
        ("search, common word", &teacher, one(&find("iPad"))),
        (
            "search, three words",
            &teacher,
            one(&find("体育館 ロイロ 止まる")),
        ),
        ("desk", &trainer, one("/desk")),
        ("map", &trainer, one("/coverage")),
        (
            "map of subjects",
            &trainer,
            one("/coverage?axis=subject&period=all"),
        ),
        ("requests", &teacher, one("/requests")),
    ];
    for (name, session, paths) in pages {
        let mut times = Vec::new();
        let (mut bytes, mut first) = (0, 0.0);
        for turn in 0..2 * TIMES {
            let path = &paths[turn % paths.len()];
            let request = TestRequest::with_uri(path)
                .insert_header((header::HOST, "127.0.0.1:8080"))
                .insert_header((header::COOKIE, format!("hiroba_session={session}")))
                .to_request();
            let begun = Instant::now();
            let response = actix_web::test::call_service(&service, request).await;
            assert!(
                response.status().is_success(),
                "{path}: {}",
                response.status()
            );
            bytes = actix_web::test::read_body(response).await.len();
            let took = begun.elapsed().as_secs_f64() * 1e3;
            match turn {
                0 => first = took,
                1..TIMES => {}
                _ => times.push(took),
            }
        }
        times.sort_by(f64::total_cmp);
        let share = |share: usize| times[(times.len() * share / 100).min(times.len() - 1)];
        println!(
            "| {size} | {name} | {first:.1} | {:.1} | {:.1} | {:.1} | {:.0} |",
            share(50),
            share(95),
            share(99),
            bytes as f64 / 1e3
        );
    }
}

fn sign_in(app: &App, email: &str) -> String {
    let opened = app.write_here(|db, now| {
        let person = accounts::by_email(db, email)?;
        let span = TimeDelta::days(1);
        accounts::open_session(db, person.id, SessionKind::Browser, "bench", span, now)
    });
    opened.unwrap().reveal().to_owned()
}
