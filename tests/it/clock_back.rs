//! A clock that was fast and is set back: writing goes on, lists and the index stay sound, work is done, nobody waits until
//! it is there again.

use std::collections::BTreeSet;

use actix_web::http::{Method, StatusCode};
use chrono::TimeDelta;
use serde_json::json;

use crate::harness::ground::query;
use crate::harness::{Actor, TestApp, text, with_query};

const JUMP: TimeDelta = TimeDelta::days(-3);

/// Titles of a list that is read one by one.
async fn one_by_one(actor: &Actor<'_>, sort: &str) -> Vec<String> {
    let (mut titles, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = [("sort", sort), ("limit", "1"), ("cursor", &cursor)];
        let answer = actor.get(&with_query("/api/v1/threads", &page)).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        let page = answer.json();
        let items = page["items"].as_array().cloned().unwrap();
        titles.extend(items.iter().map(|item| text(&item["title"])));
        cursor = text(&page["next_cursor"]);
        if cursor.is_empty() {
            return titles;
        }
        assert!(titles.len() < 50, "the list has no end");
    }
}

/// Jobs that wait or run.
fn waiting(app: &TestApp) -> i64 {
    let count = "SELECT CAST(count(*) AS TEXT) AS value FROM jobs WHERE state <> 'dead'";
    query(&app.app, count)[0].parse().unwrap()
}

#[actix_web::test]
async fn after_the_clock_was_set_back_everything_goes_on() {
    let app = TestApp::new().await;
    let (aoi, sota, ren) = (app.teacher("aoi"), app.teacher("sota"), app.trainer("ren"));
    let fast = aoi.ask("進んだ時計の質問").await;
    sota.reply(&fast, "進んだ時計の回答").await;
    app.drain();
    for page in ["/", "/desk", "/coverage"] {
        assert_eq!(ren.get(page).await.status, StatusCode::OK, "{page}");
    }
    let jobs = waiting(&app);

    app.advance(JUMP);
    // Sessions hold, writing goes on: new posts, replies to old ones, edits of them.
    let slow = aoi.ask("戻った時計の質問").await;
    sota.reply(&slow, "戻った時計の回答").await;
    sota.reply(&fast, "戻った時計の二つ目").await;
    let path = format!("/api/v1/threads/{}", text(&fast["id"]));
    let edited = aoi
        .api(
            Method::PATCH,
            &path,
            json!({ "title": "進んだ時計の質問、直した" }),
        )
        .await;
    assert_eq!(edited.status, StatusCode::OK, "{}", edited.body);
    app.drain();
    assert_eq!(waiting(&app), jobs, "what is due now is done now");
    // The index has both, as they stand.
    let found: BTreeSet<String> = aoi.search("時計").await.into_iter().collect();
    let titles = ["戻った時計の質問", "進んだ時計の質問、直した"].map(str::to_owned);
    assert_eq!(found, BTreeSet::from(titles.clone()));
    assert_eq!(aoi.search("二つ目").await, [titles[1].clone()]);
    // Lists have each once, and in the order of their times.
    for sort in ["new", "active", "unanswered"] {
        let listed = one_by_one(&sota, sort).await;
        let unique: BTreeSet<&String> = listed.iter().collect();
        assert_eq!(unique.len(), listed.len(), "{sort}: {listed:?}");
        if sort != "unanswered" {
            assert_eq!(unique.len(), 2, "{sort}: {listed:?}");
        }
    }
    assert_eq!(one_by_one(&sota, "new").await[0], titles[1]);
    let replies = sota.get(&format!("{path}/replies")).await.json();
    assert_eq!(replies["items"].as_array().unwrap().len(), 2);
    for page in [
        "/",
        "/desk",
        "/coverage",
        "/threads",
        "/search?q=%E6%99%82%E8%A8%88",
    ] {
        assert_eq!(ren.get(page).await.status, StatusCode::OK, "{page}");
    }
    let page = sota.get(&format!("/threads/{}", text(&fast["id"]))).await;
    assert_eq!(page.status, StatusCode::OK);
    // A new session opens too.
    assert_eq!(
        app.teacher("hina").get("/threads").await.status,
        StatusCode::OK
    );
}

#[actix_web::test]
async fn work_of_a_fast_clock_waits_and_is_not_lost() {
    let app = TestApp::new().await;
    let (aoi, sota) = (app.teacher("aoi"), app.teacher("sota"));
    let thread = aoi.ask("質問").await;
    app.drain();
    let before = waiting(&app);
    sota.reply(&thread, "まだ知らせていない回答").await;
    app.advance(JUMP);
    sota.reply(&thread, "時計が戻ってからの回答").await;
    app.drain();
    assert_eq!(waiting(&app), before + 1, "the one of the fast clock");
    app.advance(-JUMP);
    app.drain();
    assert_eq!(waiting(&app), before);
}

#[actix_web::test]
async fn nobody_is_locked_out_until_the_clock_is_there_again() {
    let app = TestApp::with(|config| {
        config.limits.posts_per_hour = 2;
        config.limits.requests_per_minute = 8;
        config.limits.login_per_account = 2;
    })
    .await;
    let aoi = app.teacher("aoi");
    app.with_password("sota", "夏の体育館は少し暑い");
    let question = json!({ "kind": "question", "title": "質問", "body": "本文です。", "school_type": "小学校", "policies": [3] });
    let post = || aoi.api_post("/api/v1/threads", question.clone());
    let sign_in = |password: &str| json!({ "email": "sota@hiroba.example", "password": password });
    let visitor = app.anon();
    let log_in = |password: &str| visitor.api_post("/api/v1/sessions", sign_in(password));
    for _ in 0..2 {
        assert_eq!(post().await.status, StatusCode::CREATED);
        assert_eq!(
            log_in("まちがった合いことばです").await.status,
            StatusCode::UNAUTHORIZED
        );
    }
    assert_eq!(post().await.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(
        log_in("夏の体育館は少し暑い").await.status,
        StatusCode::TOO_MANY_REQUESTS
    );
    for _ in 0..8 {
        aoi.get("/api/v1/me").await;
    }
    assert_eq!(
        aoi.get("/api/v1/me").await.status,
        StatusCode::TOO_MANY_REQUESTS
    );

    app.advance(JUMP);
    assert_eq!(aoi.get("/api/v1/me").await.status, StatusCode::OK);
    assert_eq!(post().await.status, StatusCode::CREATED);
    assert_eq!(
        log_in("夏の体育館は少し暑い").await.status,
        StatusCode::CREATED
    );
    // The limits hold as before.
    assert_eq!(post().await.status, StatusCode::CREATED);
    assert_eq!(post().await.status, StatusCode::TOO_MANY_REQUESTS);
}
