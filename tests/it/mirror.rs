//! The private mirror: its owner sees it, nobody and nothing else does.

use std::fs;

use actix_web::http::{Method, StatusCode};
use chrono::TimeDelta;
use hiroba::accounts::Role;
use hiroba::app::App;
use hiroba::clock::Clock;
use hiroba::config::Config;
use hiroba::mail::Mailer;
use hiroba::mirror::{self, checklist, key};
use hiroba::secret::Key;
use serde_json::{Value, json};

use crate::harness::ground::{Ground, query};
use crate::harness::html::check_page;
use crate::harness::{Actor, TestApp, text};

const PAGE: &str = "/settings/mirror";
const API: &str = "/api/v1/me/self-check";

fn grades(grade: &str) -> Vec<(&'static str, &str)> {
    let items = &checklist::current().unwrap().items;
    items
        .iter()
        .map(|item| (item.code.as_str(), grade))
        .collect()
}

async fn put(actor: &Actor<'_>, answers: Value) -> Value {
    let body = json!({ "answers": answers, "shared": true });
    let answer = actor.api(Method::PUT, API, body).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer.json()
}

/// Year, answers, shared, term, school type, band of every row.
fn rows(app: &App) -> Vec<String> {
    query(
        app,
        "SELECT year || '|' || answers || '|' || (CASE WHEN shared THEN 1 ELSE 0 END) || '|' || coalesce(term, '-') || '|'
           || coalesce(school_type, '-') || '|' || coalesce(band, '-') AS value FROM self_checks ORDER BY year, answers",
    )
}

#[actix_web::test]
async fn answers_are_kept_in_part_and_changed_within_the_year() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let empty = aoi.get(PAGE).await;
    assert_eq!(empty.header("cache-control"), "private, no-store");
    let words = check_page(&empty.body, "mirror").text();
    assert!(
        words.contains("あなたにしか見えません") && !words.contains("ふりかえりの結果"),
        "{words}"
    );
    // In part, and what is no answer is said beside its item, with what was typed.
    let kept = aoi
        .post(
            PAGE,
            &[("a1", "2"), ("b1", ""), ("shared", "1"), ("other", "x")],
        )
        .await;
    assert_eq!(kept.location(), "/settings/mirror?done=mirror#result");
    let wrong = aoi.post(PAGE, &[("a1", "3"), ("a2", "7")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = check_page(&wrong.body, "mirror");
    assert!(page.text().contains("1から4までを選んでください。"));
    assert!(wrong.body.contains("name=\"a1\" value=\"3\" checked"));
    // Only in part: counted nowhere, so nothing stands beside it.
    assert_eq!(rows(&app.app), ["2026|{\"a1\":2}|1|-|-|-"]);
    aoi.post(PAGE, &grades("3")).await;
    let all = rows(&app.app);
    assert_eq!(all.len(), 1, "{all:?}");
    assert!(all[0].ends_with("|0|-|-|-"), "not shared: {all:?}");
    let mut shared = grades("4");
    shared.push(("shared", "1"));
    aoi.post(PAGE, &shared).await;
    assert!(
        rows(&app.app)[0].ends_with("|1|2026-2|shogakkou|-"),
        "{:?}",
        rows(&app.app)
    );
    // The next school year begins a new row; the old one is compared.
    app.advance(TimeDelta::days(200));
    let aoi = aoi.again();
    put(&aoi, json!({ "a1": 1 })).await;
    assert_eq!(rows(&app.app).len(), 2);
    let page = aoi.get(PAGE).await;
    let words = check_page(&page.body, "mirror").text();
    assert!(
        words.contains("令和8年度") && words.contains("令和9年度"),
        "{words}"
    );
    assert!(page.body.contains("<svg class=\"bars\""));
    let seen = aoi.get(API).await.json();
    assert_eq!(seen["year"], 2027);
    assert_eq!(seen["checks"][0]["answers"], json!({ "a1": 1 }));
    assert_eq!(
        seen["checks"][1]["areas"],
        json!({ "a": 4.0, "b": 4.0, "c": 4.0, "d": 4.0 })
    );
}

#[actix_web::test]
async fn nobody_else_sees_them_and_the_database_does_not_say_whose_they_are() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    put(&aoi, json!({ "a1": 2, "d4": 3 })).await;
    for other in [
        app.teacher("sota"),
        app.person("admin", Role::Administrator, "小学校"),
    ] {
        assert_eq!(other.get(API).await.json()["checks"], json!([]));
        let page = other.get(PAGE).await;
        assert!(
            !check_page(&page.body, "mirror")
                .text()
                .contains("ふりかえりの結果")
        );
    }
    assert_eq!(app.anon().get(API).await.status, StatusCode::UNAUTHORIZED);
    // In one's own data, in no other's.
    let own = aoi.get("/settings/own-data").await.json();
    assert_eq!(
        own["self_checks"][0]["answers"],
        json!({ "a1": 2, "d4": 3 })
    );
    // The row holds neither the account nor anything that its id alone leads to.
    let id = aoi.id.unwrap();
    let row = &query(&app.app, "SELECT owner_key AS value FROM self_checks")[0];
    assert!(row.len() == 64 && !row.contains(&id.0.simple().to_string()));
    assert_ne!(
        *row,
        Key::new().hmac(
            "hiroba.self-check",
            &[id.0.as_bytes(), &2026_i32.to_be_bytes()]
        )
    );
    let columns = hiroba::db::schema::TABLES
        .iter()
        .find(|(name, _)| *name == "self_checks")
        .unwrap()
        .1;
    assert_eq!(
        columns,
        [
            "owner_key",
            "year",
            "version",
            "answers",
            "shared",
            "term",
            "school_type",
            "band"
        ]
    );
    // Gone at once when asked to.
    assert_eq!(
        aoi.post("/settings/mirror/forget", &[]).await.location(),
        "/settings/mirror?done=mirror-gone"
    );
    assert_eq!(rows(&app.app), Vec::<String>::new());
}

#[actix_web::test]
async fn the_weakest_items_lead_to_threads() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let sota = app.teacher("sota");
    let tagged = sota
        .api_post(
            "/api/v1/threads",
            json!({
                "kind": "practice", "title": "班で1枚の図にまとめる", "body": "本文です。", "school_type": "中学校",
                "policies": [1], "items": ["B-4"],
            }),
        )
        .await
        .json();
    assert_eq!(tagged["items"], json!(["chk-b4"]));
    sota.thread(
        "question",
        "タイピングの練習は毎朝何分にしていますか",
        "ローマ字の入力です。",
    )
    .await;
    let hidden = sota
        .api_post(
            "/api/v1/threads",
            json!({
                "kind": "question", "title": "取り下げる話題", "body": "本文です。", "school_type": "中学校",
                "policies": [1], "items": ["b4"],
            }),
        )
        .await
        .json();
    let gone = format!("/api/v1/threads/{}", text(&hidden["id"]));
    sota.api(Method::DELETE, &gone, Value::Null).await;
    app.drain();
    put(&aoi, json!({ "a1": 4, "b4": 1, "c1": 2 })).await;
    let page = aoi.get(PAGE).await;
    let words = check_page(&page.body, "mirror").text();
    for wanted in [
        "これから読むなら",
        "班で1枚の図にまとめる",
        "この項目の話題",
        "タイピングの練習",
        "ことばが近い話題",
    ] {
        assert!(words.contains(wanted), "{wanted}: {words}");
    }
    assert!(!words.contains("取り下げる話題"));
    assert!(
        page.body.contains("/threads?item=chk-b4") && !page.body.contains("/threads?item=chk-a1")
    );
    // The list of an item, and the thread that carries it.
    let list = aoi.get("/threads?item=chk-b4").await;
    let words = check_page(&list.body, "list").text();
    assert!(
        words.contains("B-4 グループで話し合い、作る") && words.contains("班で1枚の図にまとめる")
    );
    assert!(!words.contains("タイピングの練習"));
    let listed = aoi.get("/api/v1/threads?item=b4").await.json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    let shown = aoi.get(&format!("/threads/{}", text(&tagged["id"]))).await;
    assert!(
        check_page(&shown.body, "thread")
            .text()
            .contains("B-4 グループで話し合い、作る")
    );
}

#[actix_web::test]
async fn items_are_chosen_in_the_form() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let new = aoi.get("/threads/new?kind=practice").await;
    assert!(new.body.contains("name=\"items\" value=\"chk-d3\""));
    let fields = [
        ("kind", "practice"),
        ("title", "班で1枚の図にまとめる"),
        ("body", "本文です。"),
        ("school_type", "中学校"),
        ("policies", "1"),
        ("items", "chk-b4"),
        ("items", "chk-c4"),
    ];
    let posted = aoi.post("/threads", &fields).await;
    let path = posted.location().split('?').next().unwrap().to_owned();
    let edit = aoi.get(&format!("{path}/edit")).await;
    assert!(
        edit.body.contains("value=\"chk-b4\" checked")
            && edit.body.contains("value=\"chk-c4\" checked")
    );
    // The form shows everything: what it leaves empty is taken away.
    let changed = aoi
        .post(
            &format!("{path}/edit"),
            &[&fields[..5], &[("items", "chk-a1"), ("revision", "1")]].concat(),
        )
        .await;
    assert_eq!(changed.status, StatusCode::SEE_OTHER, "{}", changed.body);
    let api = path.replace("/threads", "/api/v1/threads");
    assert_eq!(aoi.get(&api).await.json()["items"], json!(["chk-a1"]));
    let wrong = aoi
        .post("/threads", &[&fields[..5], &[("items", "chk-e1")]].concat())
        .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let patched = aoi
        .api(Method::PATCH, &api, json!({ "items": ["d3", "D-4"] }))
        .await;
    assert_eq!(patched.json()["items"], json!(["chk-d3", "chk-d4"]));
}

fn start(config: &Config) -> Result<App, String> {
    let mails = Mailer::Memory(std::sync::Arc::default());
    App::start(config.clone(), Clock::System, mails).map_err(|error| error.to_string())
}

#[test]
fn a_node_with_another_key_does_not_start() {
    let ground = Ground::new();
    let config = ground.config();
    let path = config.data_dir.join(key::FILE);
    let first = start(&config).unwrap();
    let made = fs::read_to_string(&path).unwrap();
    assert_eq!(made.trim(), first.mirror_key.key().unwrap().reveal());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
    // The same key from the configuration, on a node without the file.
    let elsewhere = tempfile::tempdir().unwrap();
    let node = |mirror_key: String| Config {
        data_dir: elsewhere.path().to_owned(),
        database_url: config.database_url.clone(),
        mirror_key,
        ..config.clone()
    };
    drop(start(&node(made.trim().to_owned())).unwrap());
    // None, or another one.
    let without = start(&node(String::new())).unwrap();
    assert!(without.mirror_key.key().is_err());
    assert!(!elsewhere.path().join(key::FILE).exists());
    drop(without);
    let other = start(&node(Key::new().reveal())).map(drop).unwrap_err();
    assert!(other.contains("every process needs the same"), "{other}");
    // Without the answers a new one is begun.
    fs::remove_file(&path).unwrap();
    assert!(start(&config).unwrap().mirror_key.key().is_err());
    first.write_here(|db, _| mirror::forget_all(db)).unwrap();
    let next = start(&config).unwrap();
    assert_ne!(next.mirror_key, first.mirror_key);
    fs::write(&path, "no key").unwrap();
    assert!(start(&config).is_err());
}
