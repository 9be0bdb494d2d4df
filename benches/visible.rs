//! How soon a post is found: writes at a steady rate beside a running follower and looks for each until the index has it.
//!
//!     cargo bench --bench visible
//!     cargo bench --bench visible -- 100 30     # writes a second, seconds

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a tool for people: a panic ends it, and a rate is kept by sleeping"
)]

use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use hiroba::accounts::{self, PersonInput, Who};
use hiroba::app::App;
use hiroba::clock::Clock;
use hiroba::config::Config;
use hiroba::mail::Mailer;
use hiroba::threads::{self, Loose, Submit, ThreadInput};
use hiroba::worker;
use search_index::language::Query;
use search_index::{Request, Synonyms};

/// Threads that stand before the first write is measured.
const STANDING: usize = 5_000;

fn ask(app: &App, who: &Who, titles: impl IntoIterator<Item = String>) {
    app.write_here(|db, now| {
        for title in titles {
            let input = ThreadInput {
                kind: "question".to_owned(),
                title,
                body: "体育館で一斉に開くと、白い画面のまま動かなくなります。どうしていますか。"
                    .repeat(6),
                school_type: "小学校".to_owned(),
                policies: vec![Loose("3".to_owned())],
                ..ThreadInput::default()
            };
            let new = input.parse(db)?;
            let at_will = Submit {
                key: None,
                posts_per_hour: 0,
                new_account_posts_per_day: 0,
            };
            threads::post(db, who, &new, &at_will, now)?;
        }
        Ok(())
    })
    .unwrap();
}

fn is_found(app: &App, title: &str) -> bool {
    let index = app.searcher.index().unwrap();
    let request = Request {
        asked: index
            .interpret(&Query::parse(&format!("\"{title}\"")), &Synonyms::none())
            .unwrap(),
        limit: 1,
        ..Request::default()
    };
    index.search(&request).unwrap().total > 0
}

fn main() {
    let mut numbers = std::env::args().filter_map(|text| text.parse::<u32>().ok());
    let rate = numbers.next().unwrap_or(50);
    let seconds = numbers.next().unwrap_or(20);
    let folder = tempfile::tempdir().unwrap();
    let config = Config {
        data_dir: folder.path().to_owned(),
        ..Config::default()
    };
    let mailer = Mailer::Memory(Arc::new(Mutex::new(Vec::new())));
    let app = App::start(config, Clock::System, mailer).unwrap();
    let who = app
        .write_here(|db, now| {
            let input = PersonInput {
                email: "aoi@hiroba.example".to_owned(),
                name: "見本 あおい".to_owned(),
                school_type: "小学校".to_owned(),
                role: "teacher".to_owned(),
                ..PersonInput::default()
            };
            let new = input.parse(db)?;
            let id = accounts::create(db, &accounts::house(), &new, None, now)?;
            Ok(accounts::as_member(&accounts::by_id(db, id)?))
        })
        .unwrap();
    for batch in 0..STANDING / 500 {
        ask(
            &app,
            &who,
            (0..500).map(|n| format!("前の話題{batch}の{n}")),
        );
    }
    worker::drain(&app).unwrap();
    let background = worker::start(&app).unwrap();

    let (written, to_find) = mpsc::channel::<(String, Instant)>();
    let finder = std::thread::spawn({
        let app = app.clone();
        move || {
            let mut waits: Vec<Duration> = Vec::new();
            for (title, committed) in to_find {
                while !is_found(&app, &title) {
                    std::thread::sleep(Duration::from_millis(2));
                }
                waits.push(committed.elapsed());
            }
            waits
        }
    });
    let began = Instant::now();
    for number in 0..rate * seconds {
        let due = Duration::from_secs(1) * number / rate;
        std::thread::sleep(due.saturating_sub(began.elapsed()));
        let title = format!("目印{number}番");
        ask(&app, &who, [title.clone()]);
        written.send((title, Instant::now())).unwrap();
    }
    let took = began.elapsed();
    drop(written);
    let mut waits = finder.join().unwrap();
    app.bell.stop();
    for thread in background {
        thread.join().unwrap();
    }
    waits.sort_unstable();
    let at = |share: usize| waits[(waits.len() - 1) * share / 100].as_secs_f64() * 1e3;
    println!(
        "{} writes at {:.1} a second · found after p50 {:.0} ms · p95 {:.0} ms · p99 {:.0} ms · max {:.0} ms",
        waits.len(),
        waits.len() as f64 / took.as_secs_f64(),
        at(50),
        at(95),
        at(99),
        at(100),
    );
}
