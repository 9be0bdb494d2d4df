//! Below HTTP: a database and a folder on which an app can be started, stopped and started again; rules called
//! directly; SQL; waiting without fixed sleeps.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::AtomicI64;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use chrono::TimeDelta;
use diesel::RunQueryDsl;
use diesel::connection::SimpleConnection;
use hiroba::accounts::{self, Person, PersonInput, Role, Who};
use hiroba::app::App;
use hiroba::clock::{At, Clock};
use hiroba::config::Config;
use hiroba::db::Db;
use hiroba::feed::Cursor;
use hiroba::id::Id;
use hiroba::jobs;
use hiroba::mail::Mailer;
use hiroba::mirror::{self, CheckInput, checklist};
use hiroba::replies::{self, NewReply, Reply};
use hiroba::threads::{self, Loose, Submit, Thread, ThreadInput};
use hiroba::worker;
use hiroba::{gap, term::Term};

use super::database::TestDatabase;
use super::{START, TestApp};
pub use crate::server::{Dice, until};

/// What outlives an app. Dropped after the apps that stand on it.
pub struct Ground {
    pub folder: tempfile::TempDir,
    pub database: TestDatabase,
}

impl Ground {
    /// Migrated, with the city's vocabulary.
    pub fn new() -> Ground {
        Ground::on(TestDatabase::create())
    }

    pub fn on(database: TestDatabase) -> Ground {
        let folder = tempfile::tempdir().unwrap();
        Ground { folder, database }
    }

    /// An app as after a start of the program: nothing has been drained yet.
    pub fn start(&self) -> App {
        let clock = AtomicI64::new(At::parse(START).unwrap().micros());
        let mailer = Mailer::Memory(Arc::new(Mutex::new(Vec::new())));
        App::start(self.config(), Clock::Fixed(Arc::new(clock)), mailer).unwrap()
    }

    /// How apps on this ground are configured.
    pub fn config(&self) -> Config {
        let mut config = Config {
            data_dir: self.folder.path().to_owned(),
            database_url: self.database.url(),
            argon2_memory_kib: 8,
            argon2_iterations: 1,
            ..Config::default()
        };
        config.limits.requests_per_minute = 0;
        config.limits.posts_per_hour = 0;
        config
    }
}

impl TestApp {
    /// Signs `name` up at the command line's door, with a password.
    pub fn with_password(&self, name: &str, password: &str) -> Person {
        let hash = self.app.hasher.hash_here(
            &accounts::password::Password::new("password", password)
                .map_err(|error| error.message)
                .unwrap(),
        );
        create(&self.app, name, Role::Teacher, Some(&hash.unwrap()))
    }
}

/// A person of the house, without a session.
pub fn person(app: &App, name: &str, role: Role) -> Who {
    accounts::as_member(&create(app, name, role, None))
}

fn create(app: &App, name: &str, role: Role, hash: Option<&str>) -> Person {
    let input = PersonInput {
        email: format!("{name}@hiroba.example"),
        name: format!("先生 {name}"),
        school_type: "小学校".to_owned(),
        role: role.to_string(),
        ..PersonInput::default()
    };
    app.write_here(|db, now| {
        let new = input.parse(db)?;
        let id = accounts::create(db, &accounts::house(), &new, hash, now)?;
        accounts::by_id(db, id)
    })
    .unwrap()
}

/// A question as typed.
pub fn question(title: &str) -> ThreadInput {
    ThreadInput {
        kind: "question".to_owned(),
        title: title.to_owned(),
        body: "本文です。".to_owned(),
        school_type: "小学校".to_owned(),
        policies: vec![Loose("3".to_owned())],
        ..ThreadInput::default()
    }
}

/// Without a key, as often as one likes.
const AT_WILL: Submit<'static> = Submit {
    key: None,
    posts_per_hour: 0,
    new_account_posts_per_day: 0,
};

pub fn ask(app: &App, who: &Who, title: &str) -> Thread {
    app.write_here(|db, now| {
        let new = question(title).parse(db)?;
        threads::post(db, who, &new, &AT_WILL, now)
    })
    .unwrap()
}

/// A question without the asker's name.
pub fn ask_sealed(app: &App, who: &Who, title: &str) -> Thread {
    app.write_here(|db, now| {
        let input = ThreadInput {
            sealed: true,
            ..question(title)
        };
        let new = input.parse(db)?;
        threads::post(db, who, &new, &AT_WILL, now)
    })
    .unwrap()
}

pub fn reply(app: &App, who: &Who, thread: Id, body: &str) -> Reply {
    app.write_here(|db, now| {
        let new = NewReply::parse(body, None)?;
        replies::post(db, who, thread, &new, &AT_WILL, now)
    })
    .unwrap()
}

/// How far the index has read.
pub fn cursor(app: &App) -> Cursor {
    let payload = app.searcher.index().unwrap().payload().unwrap().unwrap();
    serde_json::from_str(&payload).unwrap()
}

/// Runs every job and takes every change into the index. On PostgreSQL a change is settled when no older transaction
/// runs on the server, and those of other tests count: wait for them.
pub fn settle(app: &App) {
    until("the change feed to settle", Duration::from_secs(30), || {
        worker::drain(app).unwrap();
        let Cursor { xid, seq, .. } = cursor(app);
        let left = format!(
            "SELECT CAST(count(*) AS TEXT) AS value FROM change_feed WHERE xid > {xid} OR (xid = {xid} AND seq > {seq})"
        );
        (query(app, &left) == ["0"]).then_some(())
    });
}

/// Ids of the threads that the index finds, in order of id.
pub fn found(app: &App, text: &str) -> Vec<Id> {
    let request = search_index::Request {
        asked: search_index::Interpretation::new(
            &search_index::language::Query::parse(text),
            &search_index::Synonyms::none(),
        ),
        limit: 1_000,
        ..search_index::Request::default()
    };
    let answer = app.searcher.index().unwrap().search(&request).unwrap();
    let mut ids: Vec<Id> = answer
        .hits
        .iter()
        .map(|hit| Id::from_u128(hit.id))
        .collect();
    assert_eq!(ids.len() as u64, answer.total);
    ids.sort_unstable();
    ids
}

#[derive(diesel::QueryableByName)]
struct Text {
    #[diesel(sql_type = diesel::sql_types::Text)]
    value: String,
}

/// The column `value` of a query, as text.
pub fn texts(db: &mut Db, query: &str) -> Vec<String> {
    match diesel::sql_query(query).load::<Text>(db) {
        Ok(rows) => rows.into_iter().map(|row| row.value).collect(),
        Err(error) => panic!("{error}: {query}"),
    }
}

/// The first text of a query, as a number.
pub fn number(db: &mut Db, query: &str) -> i64 {
    texts(db, query)[0].parse().unwrap()
}

pub fn run(db: &mut Db, statements: &str) {
    if let Err(error) = db.batch_execute(statements) {
        panic!("{error}: {statements}");
    }
}

/// SQL against the app's database, committed.
pub fn sql(app: &App, statements: &str) {
    app.database
        .write_here(|db| {
            run(db, statements);
            Ok(())
        })
        .unwrap();
}

pub fn query(app: &App, query: &str) -> Vec<String> {
    app.database.read_here(|db| Ok(texts(db, query))).unwrap()
}

/// A future and, once it has ended, what it gave.
type Running<F> = (Pin<Box<F>>, Option<<F as Future>::Output>);

/// All of `futures` at once, on this thread; their database work runs on threads of its own.
pub async fn together<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let mut all: Vec<Running<F>> = futures
        .into_iter()
        .map(|future| (Box::pin(future), None))
        .collect();
    std::future::poll_fn(|context| {
        let mut waiting = false;
        for (future, output) in all.iter_mut().filter(|(_, output)| output.is_none()) {
            match future.as_mut().poll(context) {
                Poll::Ready(value) => *output = Some(value),
                Poll::Pending => waiting = true,
            }
        }
        if waiting {
            Poll::Pending
        } else {
            Poll::Ready(())
        }
    })
    .await;
    all.into_iter().filter_map(|(_, output)| output).collect()
}

/// A job that was given up.
pub fn dead_job(app: &TestApp) -> Id {
    let begun = app.now().minus(TimeDelta::days(400));
    app.app
        .write_here(|db, _| {
            let payload = serde_json::json!({});
            let id = jobs::enqueue(db, "nonsense", &payload, begun, begun)?;
            for attempt in 0..jobs::MAX_ATTEMPTS {
                // Long ago, so that it is due before every other.
                let now = begun.plus(TimeDelta::days(i64::from(attempt)));
                let job = jobs::claim(db, now)?.unwrap();
                assert_eq!(job.id, id);
                jobs::fail(db, &job, "no handler for jobs of kind nonsense", now)?;
            }
            Ok(id)
        })
        .unwrap()
}

/// Every item of the checklist with one grade.
pub fn self_check(grade: u8) -> CheckInput {
    let items = &checklist::current().unwrap().items;
    CheckInput {
        answers: items
            .iter()
            .map(|item| (item.code.clone(), grade.to_string()))
            .collect(),
        shared: true,
    }
}

/// Publishes a term that is over, of invented people; returns its name.
pub fn gap_report(app: &App) -> String {
    let term = Term {
        year: 2026,
        second: false,
    };
    app.write_here(|db, now| {
        for number in 0..24 {
            let school_type = ["shogakkou", "chugakkou"][number as usize % 2];
            let input = self_check(if number % 3 == 0 { 2 } else { 3 });
            mirror::invent(
                db,
                &app.mirror_key,
                (number, term),
                (school_type, None),
                &input,
            )?;
        }
        let today = now.day(app.config.timezone);
        gap::publish(db, term, &app.config.gap, today, now)
    })
    .unwrap()
    .term
    .to_string()
}
