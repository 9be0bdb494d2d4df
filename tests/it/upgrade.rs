//! A forum of an earlier release, with what people had written in it, is brought up to date and goes on.

use actix_web::http::StatusCode;
use chrono::TimeDelta;
use diesel::prelude::*;
use diesel_migrations::MigrationHarness;
use hiroba::accounts::password::{Hasher, Password};
use hiroba::config::Config;
use hiroba::db::Db;
use hiroba::db::migrate::{POSTGRES, SQLITE};
use hiroba::secret::Secret;
use hiroba::taxonomy::{SENDAI, Vocabulary};
use hiroba::worker;
use serde_json::{Value, json};

use crate::harness::database::TestDatabase;
use crate::harness::ground::{query, run};
use crate::harness::html::check_page;
use crate::harness::{Actor, TestApp, text};
use crate::people::{PASSWORD, sign_in};

/// A dump of a forum, and the last migration that it knew.
const FORUM: &str = include_str!("fixtures/forum-000016.sql");
const LAST: &str = "2026-11-26-000016_withheld_versions";

/// What the earlier release had handed out.
const SESSION: &str = "a-cookie-of-an-earlier-release";
const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n";

fn id(number: u8) -> String {
    format!("00000000-0000-7000-8000-0000000000{number:02}")
}

/// The dump in the words of the database.
fn dump(db: &Db, config: &Config) -> String {
    let vocabulary = Vocabulary::parse(SENDAI).unwrap();
    let document = serde_json::to_string(&vocabulary).unwrap();
    let password = Password::new("password", PASSWORD)
        .map_err(|error| error.message)
        .unwrap();
    let hash = Hasher::new(config).unwrap().hash_here(&password).unwrap();
    let dump = FORUM
        .replace("@vocabulary", &document.replace('\'', "''"))
        .replace("@session", &Secret::presented(SESSION).hash())
        .replace("@password", &hash);
    (1..=99).fold(dump, |dump, number| {
        let literal = match db {
            Db::Postgres(_) => format!("'{}'", id(number)),
            Db::Sqlite(_) => format!("x'{}'", id(number).replace('-', "")),
        };
        dump.replace(&format!("@{number:02}"), &literal)
    })
}

/// Brings an empty database to where the earlier release had it.
fn as_before(db: &mut Db) {
    loop {
        let done = match db {
            Db::Postgres(pg) => pg.run_next_migration(POSTGRES).unwrap().to_string(),
            Db::Sqlite(sqlite) => sqlite.run_next_migration(SQLITE).unwrap().to_string(),
        };
        if done == LAST.replace('-', "").split('_').next().unwrap() {
            return;
        }
    }
}

/// The forum, served by this release.
async fn upgraded() -> TestApp {
    let (database, folder) = (TestDatabase::empty(), tempfile::tempdir().unwrap());
    let config = Config {
        argon2_memory_kib: 8,
        argon2_iterations: 1,
        ..Config::default()
    };
    let mut db = match &database {
        TestDatabase::Sqlite(file) => {
            Db::Sqlite(SqliteConnection::establish(file.to_str().unwrap()).unwrap())
        }
        TestDatabase::Postgres { .. } => {
            Db::Postgres(PgConnection::establish(&database.url()).unwrap())
        }
    };
    as_before(&mut db);
    let dump = dump(&db, &config);
    run(&mut db, &dump);
    drop(db);
    let place = folder.path().join("files/31");
    std::fs::create_dir_all(&place).unwrap();
    std::fs::write(place.join(id(31)), PICTURE).unwrap();
    TestApp::on(database, folder, |_| {}).await
}

async fn page(reader: &Actor<'_>, path: &str) -> String {
    let answer = reader.get(path).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
    check_page(&answer.body, path).text()
}

async fn api(reader: &Actor<'_>, path: &str) -> Value {
    let answer = reader.get(&format!("/api/v1{path}")).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
    answer.json()
}

#[actix_web::test]
async fn what_was_written_is_served_and_found() {
    let app = upgraded().await;
    // The session of before goes on.
    let aoi = app.with_session(SESSION);
    assert_eq!(api(&aoi, "/me").await["name"], "見本 あおい");
    assert!(page(&aoi, "/").await.contains("白い画面のまま進まない"));
    let question = page(&aoi, &format!("/threads/{}", id(11))).await;
    for part in [
        "白い画面のまま進まない",
        "前の日に一度開いておくと",
        "試します。",
        "見本 そうた",
    ] {
        assert!(question.contains(part), "{part}: {question}");
    }
    let thread = api(&aoi, &format!("/threads/{}", id(11))).await;
    assert_eq!(thread["solved"], true);
    assert_eq!(thread["accepted_reply_id"], id(21));
    assert_eq!(thread["tags"], json!(["ロイロノート"]));
    // Rendered by what renders today.
    let html = text(&thread["body_html"]);
    assert!(
        html.contains(&format!("/files/{}", id(31))) && !html.contains("前の版"),
        "{html}"
    );
    let replies = api(&aoi, &format!("/threads/{}/replies", id(11))).await;
    assert_eq!(replies["items"][0]["counts"]["reactions"]["helpful"], 1);
    assert!(
        page(&aoi, &format!("/threads/{}/revisions", id(11)))
            .await
            .contains("白い画面")
    );
    let picture = aoi.get(&format!("/files/{}", id(31))).await;
    assert_eq!(
        (picture.status, picture.bytes.as_slice()),
        (StatusCode::OK, PICTURE)
    );
    for (words, title) in [
        ("提出箱", "白い画面のまま進まない"),
        ("前の日に開く", "白い画面のまま進まない"),
        ("スライド", "班に1枚ずつスライドを配る"),
    ] {
        let found = aoi.search(words).await;
        assert_eq!(
            found.first().map(String::as_str),
            Some(title),
            "{words}: {found:?}"
        );
    }
    // What came later knows of what was there: a recommendation is kept beside its thread, and is looked at again.
    let practice = page(&aoi, &format!("/threads/{}", id(12))).await;
    assert!(
        practice.contains("はじめての先生に勧めます。"),
        "{practice}"
    );
    assert_eq!(
        query(&app.app, "SELECT state AS value FROM freshness"),
        ["fresh"]
    );
    let recommended = "SELECT short_code AS value FROM threads WHERE recommended";
    assert_eq!(query(&app.app, recommended), ["bcdf235"]);
}

#[actix_web::test]
async fn what_was_out_of_sight_stays_so() {
    let app = upgraded().await;
    let aoi = app.with_session(SESSION);
    let hidden = aoi.get(&format!("/threads/{}", id(14))).await;
    assert_eq!(hidden.status, StatusCode::NOT_FOUND);
    assert!(
        !aoi.search("名前が出ていた")
            .await
            .contains(&"名前が出ていた質問".to_owned())
    );
    let sealed = aoi.get(&format!("/threads/{}", id(13))).await;
    assert_eq!(sealed.status, StatusCode::OK);
    assert!(
        sealed.body.contains("持ち帰りをどうしていますか") && !sealed.body.contains("見本 そうた")
    );
    assert_eq!(
        api(&aoi, &format!("/threads/{}", id(13))).await["sealed"],
        true
    );
    let of_sota = page(&aoi, &format!("/people/{}", id(2))).await;
    assert!(
        of_sota.contains("班に1枚ずつ") && !of_sota.contains("持ち帰り"),
        "{of_sota}"
    );
}

#[actix_web::test]
async fn people_go_on_where_they_were() {
    let app = upgraded().await;
    let signed_in = sign_in(&app, "aoi@example.ed.jp", PASSWORD).await;
    assert_eq!(signed_in.status, StatusCode::CREATED, "{}", signed_in.body);
    let aoi = app.with_session(SESSION);
    aoi.ask("電子黒板の字が薄い").await;
    let tryout = json!({ "outcome": "worked", "note": "うまくいきました。" });
    let tried = app
        .teacher("ken")
        .api_post(&format!("/api/v1/threads/{}/tryouts", id(12)), tryout)
        .await;
    assert_eq!(tried.status, StatusCode::CREATED, "{}", tried.body);
    app.drain();
    assert_eq!(aoi.search("電子黒板").await[0], "電子黒板の字が薄い");
    // On Tuesday after noon, as was chosen long ago; Monday is a holiday.
    app.advance(TimeDelta::days(4) - TimeDelta::hours(3) - TimeDelta::minutes(10));
    worker::press(&app.app).run().unwrap();
    let mails = app.mails.lock().unwrap();
    let to_aoi: Vec<_> = mails
        .iter()
        .filter(|letter| letter.to.contains("aoi@example.ed.jp"))
        .collect();
    assert_eq!(to_aoi.len(), 1, "{mails:?}");
}
