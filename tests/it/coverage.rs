//! 見取り図: what is counted, what is never said, and how fresh it is.

use actix_web::http::{Method, StatusCode};
use chrono::TimeDelta;
use hiroba::accounts::Role;
use hiroba::coverage;
use serde_json::{Value, json};

use crate::harness::html::check_page;
use crate::harness::{Actor, TestApp, text};

async fn write(actor: &Actor<'_>, kind: &str, school_type: &str, change: Value) -> Value {
    let mut thread = json!({
        "kind": kind, "title": "題名", "body": "本文です。", "school_type": school_type, "policies": [3],
    });
    for (name, value) in change.as_object().unwrap() {
        thread[name] = value.clone();
    }
    let answer = actor.api_post("/api/v1/threads", thread).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    answer.json()
}

/// Makes the map anew, as it stands after the next quarter of an hour.
fn count(app: &TestApp) {
    let zone = app.app.config.timezone;
    let calendar = app.app.config.digest.calendar().unwrap();
    coverage::count(&app.app.database, &calendar, zone, app.now()).unwrap();
}

/// The value of a cell: a number, null, or "hidden".
async fn cell(actor: &Actor<'_>, query: &str, key: Option<&str>, policy: Option<u8>) -> Value {
    let answer = actor.get(&format!("/api/v1/coverage?{query}")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let map = answer.json();
    let found = map["cells"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["key"] == json!(key) && one["policy"] == json!(policy))
        .cloned()
        .unwrap();
    if found["hidden"] == json!(true) {
        json!("hidden")
    } else {
        found["value"].clone()
    }
}

#[actix_web::test]
async fn practices_and_questions_are_counted_once_each() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let moderator = app.person("moderator", Role::Moderator, "小学校");
    write(
        &aoi,
        "practice",
        "小学校",
        json!({ "policies": [1, 3], "subject": "算数", "items": ["chk-b4"] }),
    )
    .await;
    write(&aoi, "practice", "小学校", json!({})).await;
    write(&aoi, "question", "幼稚園", json!({})).await;
    write(&aoi, "discussion", "幼稚園", json!({})).await;
    for (visibility, kind) in [("held", "practice"), ("hidden", "question")] {
        let thread = write(&aoi, kind, "小学校", json!({})).await;
        let see = format!("/api/v1/threads/{}/visibility", text(&thread["id"]));
        let body = json!({ "visibility": visibility, "reason": "確かめます。" });
        moderator.api(Method::PUT, &see, body).await;
    }
    let gone = write(&aoi, "practice", "小学校", json!({})).await;
    let own = format!("/api/v1/threads/{}", text(&gone["id"]));
    aoi.api(Method::DELETE, &own, Value::Null).await;
    count(&app);
    for (query, key, policy, wanted) in [
        ("", Some("shogakkou"), Some(3), json!(2.0)),
        ("", Some("shogakkou"), Some(1), json!(1.0)),
        ("", Some("shogakkou"), Some(2), Value::Null),
        ("", Some("shogakkou"), None, json!(2.0)),
        ("", None, None, json!(2.0)),
        ("", Some("youchien"), Some(3), Value::Null),
        ("measure=questions", Some("youchien"), Some(3), json!(1.0)),
        ("measure=questions", Some("shogakkou"), None, Value::Null),
        ("axis=subject", Some("sansuu"), Some(1), json!(1.0)),
        ("axis=subject", None, None, json!(1.0)),
        ("axis=item", Some("chk-b4"), Some(3), json!(1.0)),
        ("axis=item", Some("chk-b4"), None, json!(1.0)),
        ("axis=item", Some("chk-a1"), None, Value::Null),
    ] {
        assert_eq!(
            cell(&aoi, query, key, policy).await,
            wanted,
            "{query} {key:?} {policy:?}"
        );
    }
    // Of the last school year only under 「これまで」.
    app.advance(TimeDelta::days(140));
    let aoi = aoi.again();
    count(&app);
    assert_eq!(
        cell(&aoi, "", Some("shogakkou"), Some(3)).await,
        Value::Null
    );
    assert_eq!(
        cell(&aoi, "period=all", Some("shogakkou"), Some(3)).await,
        json!(2.0)
    );
}

#[actix_web::test]
async fn answers_are_counted_in_working_hours_and_of_others_only() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let chugakkou = app.person("jhs", Role::Teacher, "中学校");
    let shogakkou = app.teacher("es");
    let center = app.trainer("center");
    // Friday 15:40.
    let mut questions = Vec::new();
    for _ in 0..5 {
        questions.push(write(&aoi, "question", "小学校", json!({})).await);
    }
    aoi.reply(&questions[4], "自分で足します。").await;
    app.advance(TimeDelta::minutes(20));
    shogakkou.reply(&questions[0], "回答です。").await;
    count(&app);
    let of = |query: &'static str| cell(&aoi, query, Some("shogakkou"), Some(3));
    assert_eq!(of("measure=answered").await, json!(20.0));
    assert_eq!(of("measure=bridged").await, json!(0.0));
    assert_eq!(of("measure=hours").await, json!("hidden"), "of one answer");
    // Saturday, then Tuesday after the holiday at 8:30.
    app.advance(TimeDelta::hours(20));
    chugakkou.reply(&questions[1], "土曜ですが。").await;
    center.reply(&questions[2], "研修担当です。").await;
    app.advance(TimeDelta::minutes(3 * 1440 - 20 * 60 + 16 * 60 + 30));
    let (chugakkou, aoi) = (chugakkou.again(), aoi.again());
    chugakkou.reply(&questions[3], "おはようございます。").await;
    chugakkou.reply(&questions[4], "やっと見ました。").await;
    count(&app);
    let of = |query: &'static str| cell(&aoi, query, Some("shogakkou"), Some(3));
    assert_eq!(of("measure=answered").await, json!(100.0));
    // 20, 80 and 80 minutes, and twice 80 + 30 of Tuesday: 80 is in the middle.
    assert_eq!(of("measure=hours").await, json!(1.3));
    // The board of education is no school type.
    assert_eq!(of("measure=bridged").await, json!(60.0));
    // Sealed answers count by what they are signed with, where that names a school type.
    let sealed = write(&aoi, "question", "小学校", json!({})).await;
    let replies = format!("/api/v1/threads/{}/replies", text(&sealed["id"]));
    let body = json!({ "body": "言いにくいのですが。", "sealed": true });
    chugakkou.api_post(&replies, body.clone()).await;
    count(&app);
    assert_eq!(
        of("measure=bridged").await,
        json!(50.0),
        "signed as 「先生」"
    );
    for number in 0..10 {
        app.person(&format!("many{number}"), Role::Teacher, "中学校");
    }
    chugakkou.api_post(&replies, body).await;
    count(&app);
    let shown = of("measure=bridged").await;
    assert_eq!(shown, json!(66.7), "signed as 「中学校の先生」");
}

#[actix_web::test]
async fn shares_of_fewer_than_five_are_nowhere() {
    let app = TestApp::new().await;
    let (aoi, sota) = (app.teacher("aoi"), app.teacher("sota"));
    for number in 1..=5 {
        let question = write(&aoi, "question", "小学校", json!({ "policies": [2] })).await;
        sota.reply(&question, "回答です。").await;
        count(&app);
        let hidden = number < 5;
        for measure in ["answered", "bridged", "hours"] {
            let query = format!("measure={measure}");
            for policy in [Some(2), None] {
                let value = cell(&aoi, &query, Some("shogakkou"), policy).await;
                assert_eq!(
                    value == json!("hidden"),
                    hidden,
                    "{number} {query} {policy:?}"
                );
            }
        }
        let page = aoi.get("/coverage?measure=answered").await.body;
        assert_eq!(
            page.contains("100<span class=\"vh\">%"),
            !hidden,
            "{number}"
        );
        let csv = aoi.get("/coverage.csv").await.body;
        assert_eq!(csv.contains(",100,"), !hidden, "{number}: {csv}");
        assert!(
            csv.contains(&format!("小学校,2 先生を支える,0,{number},")),
            "{csv}"
        );
    }
}

#[actix_web::test]
async fn the_page_leads_to_lists_to_writing_and_to_requests() {
    let app = TestApp::new().await;
    let (aoi, trainer) = (app.teacher("aoi"), app.trainer("kenshuu"));
    write(&aoi, "practice", "小学校", json!({ "subject": "算数" })).await;
    count(&app);
    let page = aoi.get("/coverage").await.body;
    let read = check_page(&page, "coverage");
    let links: Vec<String> = read
        .all("a")
        .filter_map(|a| a.get("href").map(str::to_owned))
        .collect();
    for wanted in [
        "/threads?kind=practice&policy=3&school_type=shogakkou",
        "/threads/new?kind=practice&policy=3&school_type=youchien",
        "/coverage.csv?axis=school_type&period=year",
    ] {
        assert!(links.contains(&wanted.to_owned()), "{wanted}: {links:?}");
    }
    assert!(!page.contains("/requests/new"), "of trainers alone");
    assert!(
        read.text().contains("11月20日 15:40 の数"),
        "{}",
        read.text()
    );
    assert!(page.contains("role=\"img\"") && page.contains("role=\"region\""));
    let asks = trainer.get("/coverage").await.body;
    assert!(asks.contains("/requests/new?policy=3"), "{asks}");
    let request = json!({ "policy": "3", "school_type": "youchien", "sentence": "充電だけでも", "until": "2026-12-01" });
    let made = trainer.api_post("/api/v1/requests", request).await.json();
    let page = aoi.get("/coverage").await.body;
    let to = format!("/requests/{}", text(&made["id"]));
    assert!(page.contains(&to) && page.contains("募集中") && page.contains("充電だけでも"));
    let map = aoi.get("/api/v1/coverage").await.json();
    let asked = map["cells"].as_array().unwrap().iter();
    assert_eq!(
        asked.filter(|one| one["request_id"] == made["id"]).count(),
        1
    );
    for axis in ["school_type", "subject", "item"] {
        for measure in [
            "practices",
            "questions",
            "answered",
            "hours",
            "bridged",
            "tries",
        ] {
            for period in ["year", "all"] {
                let path = format!("/coverage?axis={axis}&measure={measure}&period={period}");
                let answer = trainer.get(&path).await;
                assert_eq!(answer.status, StatusCode::OK, "{path}");
                check_page(&answer.body, &path);
                assert!(answer.body.len() < 150_000, "{path}: {}", answer.body.len());
            }
        }
    }
    // What is wrong in the address is passed over on the page.
    assert_eq!(
        aoi.get("/coverage?axis=x&measure=%00").await.status,
        StatusCode::OK
    );
    let csv = aoi.get("/coverage.csv?axis=subject&period=all").await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    assert!(
        csv.body.starts_with('\u{feff}') && csv.body.contains("算数,3 環境を整える,1,0,,,,0"),
        "{}",
        csv.body
    );
}

/// A change is counted a quarter of an hour after the last counting, and a day without one as well.
#[actix_web::test]
async fn the_cells_follow_the_threads() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    app.drain();
    write(&aoi, "practice", "小学校", json!({})).await;
    app.drain();
    assert_eq!(
        cell(&aoi, "", Some("shogakkou"), Some(3)).await,
        Value::Null,
        "too early"
    );
    app.advance(TimeDelta::minutes(14));
    app.drain();
    assert_eq!(
        cell(&aoi, "", Some("shogakkou"), Some(3)).await,
        Value::Null,
        "too early"
    );
    app.advance(TimeDelta::minutes(1));
    app.drain();
    assert_eq!(cell(&aoi, "", Some("shogakkou"), Some(3)).await, json!(1.0));
    let counted = |map: Value| text(&map["counted_at"]);
    let first = counted(aoi.get("/api/v1/coverage").await.json());
    app.advance(TimeDelta::hours(20));
    app.drain();
    assert_eq!(
        counted(aoi.get("/api/v1/coverage").await.json()),
        first,
        "nothing has changed"
    );
    app.advance(TimeDelta::hours(5));
    app.drain();
    assert_ne!(
        counted(aoi.get("/api/v1/coverage").await.json()),
        first,
        "a day is over"
    );
}
