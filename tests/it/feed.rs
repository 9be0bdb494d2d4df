//! The change feed and the index that follows it: nothing skipped, nothing twice, and an index that is lost or damaged
//! in whatever way is built again from the database.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::test::{TestRequest, call_service, init_service};
use diesel::prelude::*;
use hiroba::accounts::{self, Role, SessionKind, Who};
use hiroba::app::App;
use hiroba::clock::At;
use hiroba::db::Db;
use hiroba::feed::{self, Cursor, Subject};
use hiroba::id::Id;
use hiroba::moderation::{self, Post};
use hiroba::threads::{self, ThreadPatch, Visibility};
use hiroba::web::create_app;
use hiroba::worker;
use proptest::prelude::*;

use crate::harness::START;
use crate::harness::database::{TestDatabase, postgres_server};
use crate::harness::ground::{
    Dice, Ground, ask, cursor, found, person, query, reply, run, settle, sql, texts, until,
};

/// Somebody who reads the feed as the index does.
struct Follower {
    cursor: Cursor,
    seen: Vec<Id>,
}

impl Follower {
    fn new(db: &mut Db) -> Follower {
        let cursor = feed::head(db).unwrap();
        let seen = Vec::new();
        Follower { cursor, seen }
    }

    /// Reads at most `limit` changes. Returns their number.
    fn read(&mut self, db: &mut Db, limit: i64) -> usize {
        let news = feed::after(db, &self.cursor, limit).unwrap();
        for change in &news {
            let (xid, seq) = (change.xid, change.seq);
            assert!(
                (self.cursor.xid, self.cursor.seq) < (xid, seq),
                "the cursor goes back"
            );
            self.cursor = Cursor {
                xid,
                seq,
                ..self.cursor
            };
            assert!(!self.seen.contains(&change.id), "{} comes twice", change.id);
            self.seen.push(change.id);
        }
        news.len()
    }

    fn sorted(&self) -> Vec<Id> {
        let mut ids = self.seen.clone();
        ids.sort_unstable();
        ids
    }
}

/// One who remembers only the highest number: shows that the scenario would lose changes of a simpler feed.
fn naive(db: &mut Db, highest: &mut i64, seen: &mut usize) {
    let text = format!(
        "SELECT CAST(seq AS TEXT) AS value FROM change_feed WHERE seq > {highest} ORDER BY seq"
    );
    for seq in texts(db, &text) {
        *highest = seq.parse().unwrap();
        *seen += 1;
    }
}

fn now() -> At {
    At::parse(START).unwrap()
}

/// Six connections whose transactions begin, append, commit and roll back in any order, and one that stays open long.
#[test]
fn nothing_is_lost_where_transactions_commit_out_of_order() {
    let Some(server) = postgres_server() else {
        return;
    };
    drop(server);
    let ground = Ground::new();
    let url = ground.database.url();
    let connect = || Db::Postgres(PgConnection::establish(&url).unwrap());
    let mut reader = connect();
    let mut writers: Vec<Db> = (0..6).map(|_| connect()).collect();
    let mut long = connect();
    let mut lost_by_naive = 0;
    for seed in 0..8 {
        let mut dice = Dice(seed);
        let mut follower = Follower::new(&mut reader);
        let mut highest = texts(
            &mut reader,
            "SELECT CAST(coalesce(max(seq), 0) AS TEXT) AS value FROM change_feed",
        )[0]
        .parse()
        .unwrap();
        let mut seen_by_naive = 0;
        let mut open: Vec<Option<Vec<Id>>> = vec![None; writers.len()];
        let mut committed = Vec::new();
        run(&mut long, "BEGIN");
        let late = Id::new(now());
        for step in 0..500 {
            if step == 60 {
                feed::append(&mut long, Subject::Account, late, now()).unwrap();
            }
            if step == 300 {
                run(&mut long, "COMMIT");
                committed.push(late);
            }
            let place = dice.roll(writers.len());
            let (db, transaction) = (&mut writers[place], &mut open[place]);
            match (transaction.is_some(), dice.roll(10)) {
                (false, roll) => {
                    run(db, "BEGIN");
                    if roll < 5 {
                        // Its number as a transaction is older than its first change.
                        run(db, "SELECT pg_current_xact_id()");
                    }
                    *transaction = Some(Vec::new());
                }
                (true, 0..=4) => {
                    let id = Id::new(now());
                    feed::append(db, Subject::Thread, id, now()).unwrap();
                    transaction.as_mut().unwrap().push(id);
                }
                (true, 5) => {
                    run(db, "ROLLBACK");
                    *transaction = None;
                }
                (true, _) => {
                    run(db, "COMMIT");
                    committed.extend(transaction.take().unwrap());
                }
            }
            if dice.roll(3) == 0 {
                follower.read(&mut reader, 1 + i64::try_from(dice.roll(4)).unwrap());
                naive(&mut reader, &mut highest, &mut seen_by_naive);
            }
        }
        for (db, transaction) in writers.iter_mut().zip(&mut open) {
            if let Some(ids) = transaction.take() {
                run(db, "COMMIT");
                committed.extend(ids);
            }
        }
        // Transactions of other tests on the same server count as well: wait for them.
        until("the feed to settle", Duration::from_secs(20), || {
            let read = follower.read(&mut reader, 3);
            (read == 0 && follower.seen.len() >= committed.len()).then_some(())
        });
        naive(&mut reader, &mut highest, &mut seen_by_naive);
        committed.sort_unstable();
        assert!(committed.len() > 80, "{}", committed.len());
        assert_eq!(follower.sorted(), committed, "seed {seed}");
        lost_by_naive += committed.len() - seen_by_naive;
    }
    assert!(lost_by_naive > 0, "the scenario has nothing out of order");
}

/// Threads that write while one reads, through the app's own pools, on both databases.
#[test]
fn a_follower_beside_writers_sees_everything_once() {
    let ground = Ground::new();
    let app = ground.start();
    let mut follower = app.database.read_here(|db| Ok(Follower::new(db))).unwrap();
    let stop = AtomicBool::new(false);
    let mut written: Vec<Id> = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..5)
            .map(|seed| {
                let app = app.clone();
                scope.spawn(move || {
                    let mut dice = Dice(seed);
                    let mut ids = Vec::new();
                    while ids.len() < 40 {
                        let batch: Vec<Id> =
                            (0..=dice.roll(4)).map(|_| Id::new(app.now())).collect();
                        app.write_here(|db, now| {
                            for id in &batch {
                                feed::append(db, Subject::Thread, *id, now)?;
                                std::thread::yield_now();
                            }
                            Ok(())
                        })
                        .unwrap();
                        ids.extend(batch);
                    }
                    ids
                })
            })
            .collect();
        let reading = scope.spawn(|| {
            while !stop.load(Ordering::SeqCst) {
                app.database
                    .read_here(|db| Ok(follower.read(db, 7)))
                    .unwrap();
            }
        });
        let written = writers
            .into_iter()
            .flat_map(|thread| thread.join().unwrap());
        let written = written.collect();
        stop.store(true, Ordering::SeqCst);
        reading.join().unwrap();
        written
    });
    until("the feed to settle", Duration::from_secs(10), || {
        let read = app
            .database
            .read_here(|db| Ok(follower.read(db, 50)))
            .unwrap();
        (read == 0 && follower.seen.len() >= written.len()).then_some(())
    });
    written.sort_unstable();
    assert_eq!(follower.sorted(), written);
}

/// What may happen to the threads of a forum; numbers choose among those that are there.
#[derive(Clone, Debug)]
enum Step {
    Ask,
    Reply(usize),
    Edit(usize),
    Show(usize, Visibility),
    TakeBack(usize),
    Follow,
    /// The index goes back to the beginning of the feed and reads everything again.
    Again,
}

fn step() -> impl Strategy<Value = Step> {
    let visibility = prop_oneof![
        Just(Visibility::Visible),
        Just(Visibility::Held),
        Just(Visibility::Hidden)
    ];
    prop_oneof![
        4 => Just(Step::Ask),
        2 => any::<usize>().prop_map(Step::Reply),
        3 => any::<usize>().prop_map(Step::Edit),
        3 => (any::<usize>(), visibility).prop_map(|(n, v)| Step::Show(n, v)),
        1 => any::<usize>().prop_map(Step::TakeBack),
        2 => Just(Step::Follow),
        1 => Just(Step::Again),
    ]
}

struct Play {
    ground: Ground,
    app: App,
    author: Who,
    moderator: Who,
    /// Thread, and the words under which alone it is found.
    threads: Vec<(Id, Vec<String>)>,
    words: usize,
}

impl Play {
    fn new() -> Play {
        let ground = Ground::new();
        let app = ground.start();
        settle(&app);
        Play {
            author: person(&app, "aoi", Role::Teacher),
            moderator: person(&app, "mori", Role::Moderator),
            threads: Vec::new(),
            words: 0,
            ground,
            app,
        }
    }

    /// A word that stands nowhere else.
    fn word(&mut self) -> String {
        self.words += 1;
        // Letters only, each word of its own letters at the front, so that no word begins another.
        let letters: Vec<char> = ('a'..='z').collect();
        let pair = [letters[self.words / 26 % 26], letters[self.words % 26]];
        format!("q{}{}zx", pair[0], pair[1])
    }

    fn take(&mut self, step: &Step) {
        let app = self.app.clone();
        let choose = |n: &usize| n.checked_rem(self.threads.len());
        match step {
            Step::Ask => {
                let word = self.word();
                let thread = ask(&app, &self.author, &format!("質問 {word}"));
                self.threads.push((thread.id, vec![word]));
            }
            Step::Reply(n) => {
                let Some(n) = choose(n) else { return };
                let id = self.threads[n].0;
                let open = app.write_here(|db, _| {
                    Ok(threads::in_full(db, &[id])?[0].visibility == Visibility::Visible)
                });
                if open.unwrap() {
                    let word = self.word();
                    reply(&app, &self.author, id, &format!("回答 {word}"));
                    self.threads[n].1.push(word);
                }
            }
            Step::Edit(n) => {
                let Some(n) = choose(n) else { return };
                let id = self.threads[n].0;
                let word = self.word();
                let patch = ThreadPatch {
                    title: Some(format!("質問 {word}")),
                    ..ThreadPatch::default()
                };
                let edited = app
                    .write_here(|db, now| threads::edit(db, &self.author, id, &patch, None, now));
                if edited.is_ok() {
                    self.threads[n].1[0] = word; // the first is the title's
                }
            }
            Step::Show(n, visibility) => {
                let Some(n) = choose(n) else { return };
                let post = Post::Thread(self.threads[n].0);
                app.write_here(|db, now| {
                    moderation::set_visibility(db, &self.moderator, post, *visibility, "確認", now)
                })
                .unwrap();
            }
            Step::TakeBack(n) => {
                let Some(n) = choose(n) else { return };
                let id = self.threads[n].0;
                app.write_here(|db, now| threads::remove(db, &self.moderator, id, now))
                    .unwrap();
            }
            Step::Follow => self.follow(),
            Step::Again => {
                self.rewind();
                self.follow();
            }
        }
    }

    fn follow(&self) {
        settle(&self.app);
    }

    fn rewind(&self) {
        let index = self.app.searcher.index().unwrap();
        let payload = index.payload().unwrap().unwrap();
        let mut start: serde_json::Value = serde_json::from_str(&payload).unwrap();
        start["xid"] = 0.into();
        start["seq"] = 0.into();
        index.apply(&[], &start.to_string()).unwrap();
    }

    fn check(&self) {
        let shown = query(
            &self.app,
            &format!(
                "SELECT {} AS value FROM threads WHERE visibility = 'visible'",
                match &self.ground.database {
                    TestDatabase::Sqlite(_) => "lower(hex(id))",
                    TestDatabase::Postgres { .. } => "id::text",
                }
            ),
        );
        let shown: BTreeSet<Id> = shown.iter().map(|text| text.parse().unwrap()).collect();
        let all: BTreeSet<Id> = found(&self.app, "").into_iter().collect();
        assert_eq!(all, shown);
        let index = self.app.searcher.index().unwrap();
        assert_eq!(index.document_count(), shown.len() as u64);
        for (id, words) in &self.threads {
            for word in words {
                let expected: Vec<Id> = shown.get(id).copied().into_iter().collect();
                assert_eq!(found(&self.app, word), expected, "{word}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if postgres_server().is_some() { 6 } else { 12 }, failure_persistence: None, ..ProptestConfig::default() })]

    /// After a drain the index holds what readers may see, whatever came before and however often it was applied.
    #[test]
    fn the_index_equals_the_database(steps in proptest::collection::vec(step(), 1..40)) {
        let mut play = Play::new();
        for step in &steps {
            play.take(step);
        }
        play.follow();
        play.check();
        play.rewind();
        play.follow();
        play.check();
    }
}

/// The folder of the generation in use.
fn generation(folder: &Path) -> PathBuf {
    let index = folder.join("index");
    index.join(fs::read_to_string(index.join("CURRENT")).unwrap().trim())
}

/// Stops the program, does something to its index, starts it again: everything is found, old and new. Returns the
/// generation that is in use then.
fn survives(what: &str, damage: impl FnOnce(&Path)) -> PathBuf {
    let ground = Ground::new();
    let app = ground.start();
    let author = person(&app, "aoi", Role::Teacher);
    let old = ask(&app, &author, "白い画面のまま止まる");
    reply(&app, &author, old.id, "前の日に開いておく");
    settle(&app);
    assert_eq!(found(&app, "白い画面"), [old.id]);
    drop(app);
    damage(ground.folder.path());
    let app = ground.start();
    let new = ask(&app, &author, "提出箱が開かない");
    settle(&app);
    let both = BTreeSet::from([old.id, new.id]);
    assert!(found(&app, "").into_iter().eq(both), "{what}");
    assert!(app.searcher.is_ready(), "{what}");
    assert_eq!(found(&app, "前の日"), [old.id], "{what}");
    assert_eq!(found(&app, "提出箱"), [new.id], "{what}");
    let entries = fs::read_dir(ground.folder.path().join("index"))
        .unwrap()
        .flatten();
    let generations = entries.filter(|entry| entry.path().is_dir()).count();
    assert_eq!(generations, 1, "{what}: the former one stays");
    generation(ground.folder.path())
}

#[test]
fn an_index_without_damage_goes_on() {
    let mut before = PathBuf::new();
    let after = survives("nothing", |folder| before = generation(folder));
    assert_eq!(after, before);
}

#[test]
fn a_lost_index_is_built_again() {
    survives("no folder", |folder| {
        fs::remove_dir_all(folder.join("index")).unwrap()
    });
    survives("no CURRENT", |folder| {
        fs::remove_file(folder.join("index/CURRENT")).unwrap()
    });
    survives("no generation", |folder| {
        fs::remove_dir_all(generation(folder)).unwrap()
    });
}

#[test]
fn a_damaged_index_is_built_again() {
    survives("garbage in CURRENT", |folder| {
        fs::write(folder.join("index/CURRENT"), b"\xff../../etc\n").unwrap();
    });
    survives("garbage everywhere", |folder| {
        for file in fs::read_dir(generation(folder)).unwrap().flatten() {
            fs::write(file.path(), b"garbage").unwrap();
        }
    });
    survives("another format", |folder| {
        fs::write(generation(folder).join("format"), "0").unwrap();
    });
    survives("a truncated segment", |folder| {
        let files = fs::read_dir(generation(folder)).unwrap().flatten();
        let largest = files
            .max_by_key(|file| file.metadata().unwrap().len())
            .unwrap();
        let bytes = fs::read(largest.path()).unwrap();
        fs::write(largest.path(), &bytes[..bytes.len() / 2]).unwrap();
    });
    survives("nothing in CURRENT", |folder| {
        fs::write(folder.join("index/CURRENT"), "").unwrap();
    });
}

#[test]
fn another_database_or_a_wish_makes_a_new_index() {
    let ground = Ground::new();
    let app = ground.start();
    let author = person(&app, "aoi", Role::Teacher);
    let thread = ask(&app, &author, "白い画面のまま止まる");
    settle(&app);
    let mut before = generation(ground.folder.path());
    settle(&app);
    assert_eq!(
        generation(ground.folder.path()),
        before,
        "nothing was asked for"
    );
    let epoch = match &ground.database {
        TestDatabase::Sqlite(_) => "randomblob(16)".to_owned(),
        TestDatabase::Postgres { .. } => "gen_random_uuid()".to_owned(),
    };
    let restored = format!("UPDATE forum_state SET feed_epoch = {epoch}");
    for wish in [
        restored.as_str(),
        "UPDATE forum_state SET index_epoch = index_epoch + 1",
    ] {
        sql(&app, wish);
        settle(&app);
        let after = generation(ground.folder.path());
        assert_ne!(after, before, "{wish}");
        assert!(!before.exists(), "the former generation stays");
        assert_eq!(found(&app, "白い画面"), [thread.id]);
        before = after;
    }
    let raised = app.database.write_here(feed::raise_index_epoch).unwrap();
    settle(&app);
    assert_eq!(cursor(&app).index_epoch, raised);
    // Asked for while the program was stopped.
    sql(&app, "UPDATE forum_state SET index_epoch = index_epoch + 1");
    drop(app);
    let app = ground.start();
    settle(&app);
    assert_eq!(cursor(&app).index_epoch, raised + 1);
    assert_eq!(found(&app, "白い画面"), [thread.id]);
}

/// The index is not thrown away because the database hiccups.
#[test]
fn a_database_that_fails_leaves_the_index() {
    let ground = Ground::new();
    let app = ground.start();
    let author = person(&app, "aoi", Role::Teacher);
    let thread = ask(&app, &author, "白い画面のまま止まる");
    settle(&app);
    let before = generation(ground.folder.path());
    sql(&app, "ALTER TABLE change_feed RENAME TO away");
    assert!(worker::drain(&app).is_err());
    assert_eq!(found(&app, "白い画面"), [thread.id]);
    sql(&app, "ALTER TABLE away RENAME TO change_feed");
    settle(&app);
    assert_eq!(generation(ground.folder.path()), before);
}

#[actix_web::test]
async fn reading_goes_on_while_the_index_is_built() {
    let ground = Ground::new();
    let app = ground.start();
    let author = person(&app, "aoi", Role::Teacher);
    let thread = ask(&app, &author, "白い画面のまま止まる");
    let account = author.id().unwrap();
    let secret = app
        .write_here(|db, now| {
            let (kind, span) = (SessionKind::Bearer, accounts::TOKEN_LIFETIME);
            accounts::open_session(db, account, kind, "test", span, now)
        })
        .unwrap();
    // As after a start without an index: nothing has been followed yet.
    let service = init_service(create_app(app.clone())).await;
    let get = |path: &str| {
        let bearer = format!("Bearer {}", secret.reveal());
        let request = TestRequest::get()
            .uri(path)
            .peer_addr("203.0.113.7:4000".parse().unwrap())
            .insert_header(("authorization", bearer))
            .to_request();
        call_service(&service, request)
    };
    let ready = get("/readyz").await;
    assert_eq!(ready.status(), StatusCode::SERVICE_UNAVAILABLE);
    let body = actix_web::test::read_body(ready).await;
    assert_eq!(body, "[\"search\"]");
    assert_eq!(get("/healthz").await.status(), StatusCode::OK);
    let page = format!("/threads/{}", thread.id);
    for path in [
        "/",
        "/threads",
        page.as_str(),
        "/api/v1/threads",
        "/policies/3",
    ] {
        assert_eq!(get(path).await.status(), StatusCode::OK, "{path}");
    }
    let similar = get("/api/v1/threads/similar?title=%E7%94%BB%E9%9D%A2").await;
    assert_eq!(similar.status(), StatusCode::OK);
    let search = get("/api/v1/search?q=x").await;
    assert_eq!(search.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(search.headers().contains_key("retry-after"));
    settle(&app);
    assert_eq!(found(&app, ""), [thread.id]);
    assert_eq!(get("/readyz").await.status(), StatusCode::OK);
    assert_eq!(get("/api/v1/search?q=x").await.status(), StatusCode::OK);
    // The database gone: the other half of the answer.
    sql(&app, "ALTER TABLE forum_state RENAME TO away");
    let ready = get("/readyz").await;
    assert_eq!(ready.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(actix_web::test::read_body(ready).await, "[\"database\"]");
}
