//! The durable queue: each job to one worker, a lease that ends, pauses that grow, and nothing of what was rolled back.

use std::collections::BTreeMap;
use std::sync::Barrier;

use chrono::TimeDelta;
use diesel::prelude::*;
use hiroba::app::App;
use hiroba::clock::At;
use hiroba::db::Db;
use hiroba::error::Error;
use hiroba::id::Id;
use hiroba::jobs::{self, Job, LEASE, MAX_ATTEMPTS};
use hiroba::worker;
use serde_json::json;

use crate::harness::database::postgres_server;
use crate::harness::ground::{Ground, query, run};

fn enqueue(app: &App, run_at: At) -> Id {
    app.write_here(|db, now| jobs::enqueue(db, "test", &json!({ "n": 1 }), run_at, now))
        .unwrap()
}

fn claim(app: &App, now: At) -> Option<Job> {
    app.database.write_here(|db| jobs::claim(db, now)).unwrap()
}

fn fail(app: &App, job: &Job, now: At) {
    app.database
        .write_here(|db| jobs::fail(db, job, "no luck", now))
        .unwrap();
}

fn complete(app: &App, job: &Job) -> bool {
    app.database
        .write_here(|db| jobs::complete(db, job))
        .unwrap()
}

fn counts(app: &App) -> (i64, i64) {
    app.database.read_here(jobs::counts).unwrap()
}

fn state(app: &App) -> Vec<String> {
    query(app, "SELECT state AS value FROM jobs")
}

#[test]
fn every_job_goes_to_one_worker() {
    let ground = Ground::new();
    let app = ground.start();
    worker::drain(&app).unwrap();
    let now = app.now();
    let wanted: Vec<Id> = (0..60).map(|_| enqueue(&app, now)).collect();
    let together = Barrier::new(6);
    let taken: Vec<Id> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..6)
            .map(|_| {
                scope.spawn(|| {
                    together.wait();
                    let mut mine = Vec::new();
                    while let Some(job) = claim(&app, now) {
                        mine.push(job.id);
                        assert_eq!(job.fence, 1);
                        if mine.len() % 2 == 0 {
                            assert!(complete(&app, &job));
                        }
                    }
                    mine
                })
            })
            .collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().unwrap())
            .collect()
    });
    let mut times: BTreeMap<Id, usize> = BTreeMap::new();
    for id in taken {
        *times.entry(id).or_default() += 1;
    }
    assert_eq!(
        times.len(),
        wanted.len(),
        "a worker saw an empty queue too early"
    );
    assert!(times.values().all(|count| *count == 1), "{times:?}");
}

/// A worker that is just taking one job keeps no other from the next.
#[test]
fn a_claim_under_way_holds_up_nobody() {
    if postgres_server().is_none() {
        return;
    }
    let ground = Ground::new();
    let app = ground.start();
    worker::drain(&app).unwrap();
    let now = app.now();
    let first = enqueue(&app, now.minus(TimeDelta::seconds(2)));
    let second = enqueue(&app, now.minus(TimeDelta::seconds(1)));
    let mut slow = Db::Postgres(PgConnection::establish(&ground.database.url()).unwrap());
    run(&mut slow, "BEGIN");
    assert_eq!(jobs::claim(&mut slow, now).unwrap().unwrap().id, first);
    run(&mut slow, "SET lock_timeout = 0");
    let other = app.database.write_here(|db| {
        run(db, "SET LOCAL lock_timeout = '2s'");
        jobs::claim(db, now)
    });
    assert_eq!(other.unwrap().unwrap().id, second);
    run(&mut slow, "ROLLBACK");
    assert_eq!(claim(&app, now).unwrap().id, first);
}

#[test]
fn what_is_due_longest_comes_first_and_the_future_waits() {
    let ground = Ground::new();
    let app = ground.start();
    worker::drain(&app).unwrap();
    let now = app.now();
    let later = enqueue(&app, now.plus(TimeDelta::seconds(1)));
    let second = enqueue(&app, now);
    let first = enqueue(&app, now.minus(TimeDelta::hours(1)));
    assert_eq!(claim(&app, now).unwrap().id, first);
    assert_eq!(claim(&app, now).unwrap().id, second);
    assert!(claim(&app, now).is_none());
    assert_eq!(
        claim(&app, now.plus(TimeDelta::seconds(1))).unwrap().id,
        later
    );
}

#[test]
fn a_lease_that_ends_gives_the_job_to_another() {
    let ground = Ground::new();
    let app = ground.start();
    worker::drain(&app).unwrap();
    let now = app.now();
    enqueue(&app, now);
    let late = claim(&app, now).unwrap();
    let almost = now.plus(LEASE).minus(TimeDelta::microseconds(1));
    assert!(claim(&app, almost).is_none(), "the lease still runs");
    let other = claim(&app, now.plus(LEASE)).unwrap();
    assert_eq!((other.id, other.fence), (late.id, late.fence + 1));
    // The one who comes back late changes nothing, neither as done nor as failed.
    fail(&app, &late, now.plus(LEASE));
    assert_eq!(state(&app), ["running"]);
    assert!(!complete(&app, &late));
    assert_eq!(counts(&app), (1, 0));
    assert!(complete(&app, &other));
    assert_eq!(counts(&app), (0, 0));
    assert!(!complete(&app, &other));
}

#[test]
fn pauses_grow_until_the_job_is_dead() {
    let ground = Ground::new();
    let app = ground.start();
    worker::drain(&app).unwrap();
    let mut now = app.now();
    enqueue(&app, now);
    let mut last = TimeDelta::zero();
    for attempt in 1..MAX_ATTEMPTS {
        let job = claim(&app, now).unwrap();
        assert_eq!(job.attempts, attempt - 1);
        fail(&app, &job, now);
        assert_eq!(state(&app), ["queued"]);
        // The pause ends somewhere between the last one and twelve hours.
        let pause = (0..=12 * 120)
            .map(|half_minutes| TimeDelta::seconds(30 * half_minutes))
            .find(|pause| {
                let due = format!(
                    "SELECT CAST(count(*) AS TEXT) AS value FROM jobs WHERE run_at <= '{}'",
                    now.plus(*pause).0.format("%Y-%m-%d %H:%M:%S%.6f")
                );
                query(&app, &due) == ["1"]
            })
            .unwrap();
        assert!(
            pause > last || pause == TimeDelta::hours(12),
            "{attempt}: {pause}"
        );
        assert!(claim(&app, now.plus(pause).minus(TimeDelta::seconds(1))).is_none());
        now = now.plus(pause);
        last = pause;
    }
    let job = claim(&app, now).unwrap();
    fail(&app, &job, now);
    assert_eq!(state(&app), ["dead"]);
    assert_eq!(counts(&app), (0, 1));
    assert!(
        claim(&app, now.plus(TimeDelta::days(365))).is_none(),
        "the dead rise"
    );
    let causes = query(&app, "SELECT last_error AS value FROM jobs");
    assert_eq!(causes, ["no luck"]);
}

#[test]
fn what_is_rolled_back_is_never_run() {
    let ground = Ground::new();
    let app = ground.start();
    worker::drain(&app).unwrap();
    let failed = app.write_here(|db, now| {
        jobs::enqueue(db, "test", &json!({}), now, now)?;
        Err::<(), _>(Error::NotFound)
    });
    assert!(failed.is_err());
    assert_eq!(counts(&app), (0, 0));
    assert!(claim(&app, app.now()).is_none());
}

/// A job that nobody knows fails like any other: it is kept, with its cause, and holds up nothing.
#[test]
fn an_unknown_job_is_kept_for_later() {
    let ground = Ground::new();
    let app = ground.start();
    enqueue(&app, app.now());
    worker::drain(&app).unwrap();
    assert_eq!(state(&app), ["queued"]);
    assert_eq!(
        query(&app, "SELECT CAST(attempts AS TEXT) AS value FROM jobs"),
        ["1"]
    );
    let cause = query(&app, "SELECT last_error AS value FROM jobs");
    assert!(cause[0].contains("no handler"), "{cause:?}");
}
