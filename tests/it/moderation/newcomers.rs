//! How much newcomers may write.

use actix_web::http::{Method, StatusCode};
use chrono::TimeDelta;
use hiroba::accounts;
use serde_json::{Value, json};

use super::{api_of, page_of};
use crate::harness::html::check_page;
use crate::harness::{Actor, TestApp, text};

/// Somebody who has signed up themselves and proved the address.
async fn newcomer<'a>(app: &'a TestApp, email: &str) -> Actor<'a> {
    let fields = [
        ("email", email),
        ("name", "見本 あおい"),
        ("school_type", "shogakkou"),
    ];
    let asked = app.anon().post("/signup", &fields).await;
    assert_eq!(asked.status, StatusCode::OK, "{}", asked.body);
    let person = app
        .app
        .write_here(|db, _| accounts::by_email(db, email))
        .unwrap();
    let house = accounts::house();
    app.app
        .write_here(|db, now| accounts::set_password(db, &house, person.id, "unused", now))
        .unwrap();
    let mut actor = app.anon();
    actor.id = Some(person.id);
    email.clone_into(&mut actor.email);
    actor.again()
}

async fn with_newcomers(posts_per_hour: u32, a_day: u32) -> TestApp {
    TestApp::with(|config| {
        config.signup_domains = vec!["hiroba.example".to_owned()];
        config.limits.posts_per_hour = posts_per_hour;
        config.limits.new_account_posts_per_day = a_day;
    })
    .await
}

fn question(title: &str) -> Value {
    json!({ "kind": "question", "title": title, "body": "本文です。", "school_type": "小学校", "policies": [3] })
}

#[actix_web::test]
async fn newcomers_write_ten_posts_a_day_for_a_week() {
    let app = with_newcomers(1_000, 10).await;
    let new = newcomer(&app, "new@hiroba.example").await;
    let known = app.teacher("known");
    let thread = known.ask("話題").await;
    let replies = format!("{}/replies", api_of(&thread));
    let began = app.now();
    new.ask("はじめての質問").await;
    app.advance(TimeDelta::hours(1));
    for n in 0..9 {
        new.reply(&thread, &format!("返信 {n}")).await;
    }
    // The eleventh waits until the first is a day old; the words are kept.
    let refused = new.api_post("/api/v1/threads", question("十一個目")).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.header("retry-after"), (23 * 3_600).to_string());
    assert!(text(&refused.json()["detail"]).contains("1日に合わせて10件まで"));
    assert!(text(&refused.json()["detail"]).contains("23時間後"));
    let refused = new.api_post(&replies, json!({ "body": "十一個目" })).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    let fields = [("body", "十一個目の返信"), ("key", "k")];
    let page = new
        .post(&format!("{}/replies", page_of(&thread)), &fields)
        .await;
    assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS);
    let shown = check_page(&page.body, "replies");
    assert_eq!(
        shown
            .form(&format!("{}/replies#answer", page_of(&thread)))
            .value("body"),
        "十一個目の返信"
    );
    assert!(shown.text().contains("1日に合わせて10件まで"));
    let fields = [
        ("kind", "question"),
        ("title", "十一個目"),
        ("body", "消えては困る本文"),
        ("school_type", "shogakkou"),
        ("policies", "3"),
    ];
    let page = new.post("/threads", &fields).await;
    assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS);
    let shown = check_page(&page.body, "threads");
    assert_eq!(shown.form("/threads").value("body"), "消えては困る本文");
    // Changing what stands is no new post, and others are not counted.
    let own = new
        .get(&format!("/api/v1/threads?author={}", new.id.unwrap()))
        .await
        .json();
    let patch = json!({ "body": "書き直しました。" });
    let edited = new
        .api(Method::PATCH, &api_of(&own["items"][0]), patch)
        .await;
    assert_eq!(edited.status, StatusCode::OK, "{}", edited.body);
    for n in 0..12 {
        known.reply(&thread, &format!("前からの人 {n}")).await;
    }
    // To the microsecond: a day after the first post there is room for one.
    app.advance(began.plus(TimeDelta::days(1)).since(app.now()) - TimeDelta::microseconds(1));
    let refused = new.api_post(&replies, json!({ "body": "まだ" })).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.header("retry-after"), "1");
    app.advance(TimeDelta::microseconds(1));
    new.reply(&thread, "一日たちました").await;
    let refused = new.api_post(&replies, json!({ "body": "もう一つ" })).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    // On the last evening the end of the week comes before the end of the day.
    app.advance(began.plus(TimeDelta::days(7)).since(app.now()) - TimeDelta::hours(2));
    let new = new.again();
    for n in 0..10 {
        new.reply(&thread, &format!("最後の晩 {n}")).await;
    }
    let refused = new.api_post(&replies, json!({ "body": "十一個目" })).await;
    assert_eq!(refused.header("retry-after"), (2 * 3_600).to_string());
    app.advance(TimeDelta::hours(2) - TimeDelta::microseconds(1));
    let refused = new.api_post(&replies, json!({ "body": "まだ" })).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    app.advance(TimeDelta::microseconds(1));
    new.reply(&thread, "一週間たちました").await;
    new.ask("もう数えません").await;
}

#[actix_web::test]
async fn who_was_entered_by_others_is_no_newcomer() {
    // By an administrator, and wherever the limits are off.
    for (posts_per_hour, a_day) in [(0, 2), (1_000, 0)] {
        let app = with_newcomers(posts_per_hour, a_day).await;
        let new = newcomer(&app, "new@hiroba.example").await;
        for n in 0..4 {
            new.ask(&format!("質問 {n}")).await;
        }
    }
    let app = with_newcomers(1_000, 2).await;
    let entered = app.teacher("entered");
    for n in 0..4 {
        entered.ask(&format!("質問 {n}")).await;
    }
    // The same submit twice is one post, also when it was the last.
    let new = newcomer(&app, "new@hiroba.example").await;
    new.ask("一つ目").await;
    let send = async || {
        let request = new
            .request(Method::POST, "/api/v1/threads")
            .insert_header(("idempotency-key", "k"));
        new.send(request.set_json(question("二つ目"))).await
    };
    let first = send().await;
    let again = send().await;
    assert_eq!(
        (first.status, again.status),
        (StatusCode::CREATED, StatusCode::CREATED)
    );
    assert_eq!(first.json()["id"], again.json()["id"]);
    let refused = new.api_post("/api/v1/threads", question("三つ目")).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
}
