//! 求む！: what trainers ask for, and what becomes of it.

use actix_web::http::{Method, StatusCode};
use chrono::TimeDelta;
use hiroba::accounts::{self, Role};
use serde_json::{Value, json};

use crate::closing::{close, give_password};
use crate::harness::html::check_page;
use crate::harness::{Actor, Answer, TestApp, text, with_query};
use crate::people::PASSWORD;

fn asked(policy: u8, school_type: &str) -> Value {
    json!({ "policy": policy.to_string(), "school_type": school_type, "sentence": "短いものでも助かります。", "until": "2026-12-20" })
}

async fn ask(trainer: &Actor<'_>, request: Value) -> Value {
    let answer = trainer.api_post("/api/v1/requests", request).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    answer.json()
}

async fn state(actor: &Actor<'_>, request: &Value) -> String {
    let answer = actor.get(&path(request)).await;
    text(&answer.json()["state"])
}

fn path(request: &Value) -> String {
    format!("/api/v1/requests/{}", text(&request["id"]))
}

async fn write(actor: &Actor<'_>, change: Value) -> Value {
    let mut thread = json!({
        "kind": "practice", "title": "園の保管庫", "body": "かごに入れました。", "school_type": "幼稚園", "policies": [3],
    });
    for (name, value) in change.as_object().unwrap() {
        thread[name] = value.clone();
    }
    let answer = actor.api_post("/api/v1/threads", thread).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    answer.json()
}

async fn set_visibility(moderator: &Actor<'_>, thread: &Value, visibility: &str) {
    let see = format!("/api/v1/threads/{}/visibility", text(&thread["id"]));
    let body = json!({ "visibility": visibility, "reason": "確かめます。" });
    let answer = moderator.api(Method::PUT, &see, body).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
}

#[actix_web::test]
async fn the_first_practice_that_fits_fills_it() {
    let app = TestApp::new().await;
    let (trainer, chiba) = (app.trainer("kenshuu"), app.teacher("chiba"));
    // Before it was asked for does not count.
    write(&chiba, json!({})).await;
    app.advance(TimeDelta::minutes(1));
    let request = ask(&trainer, asked(3, "幼稚園")).await;
    app.advance(TimeDelta::minutes(1));
    app.drain();
    assert_eq!(state(&chiba, &request).await, "open");
    for wrong in [
        json!({ "kind": "question" }),
        json!({ "school_type": "小学校" }),
        json!({ "policies": [1, 2] }),
    ] {
        write(&chiba, wrong.clone()).await;
        app.drain();
        assert_eq!(state(&chiba, &request).await, "open", "{wrong}");
    }
    let first = write(
        &chiba,
        json!({ "policies": [1, 3], "title": "はじめの実践" }),
    )
    .await;
    app.advance(TimeDelta::minutes(1));
    write(&chiba, json!({})).await;
    app.drain();
    let filled = chiba.get(&path(&request)).await.json();
    assert_eq!(
        (&filled["state"], &filled["filled_by"]),
        (&json!("filled"), &first["id"])
    );
    let page = chiba
        .get(&format!("/requests/{}", text(&request["id"])))
        .await;
    let words = check_page(&page.body, "request").text();
    assert!(
        words.contains("集まりました") && words.contains("はじめの実践"),
        "{words}"
    );
    assert!(!words.contains("先生 kenshuu"), "{words}");
    let list = check_page(&chiba.get("/requests?state=filled").await.body, "list").text();
    assert!(list.contains("はじめの実践"), "{list}");
    // The trainer is told, others are not.
    let told = check_page(&trainer.get("/settings/notices").await.body, "notices").text();
    assert!(told.contains("募集していた実践が集まりました"), "{told}");
    assert!(
        trainer
            .get("/")
            .await
            .body
            .contains("まだ見ていないお知らせが1件")
    );
    let others = app.trainer("other").get("/settings/notices").await.body;
    assert!(!others.contains("募集していた"));
    trainer.post("/settings/notices/seen", &[]).await;
    assert!(
        !trainer
            .get("/")
            .await
            .body
            .contains("まだ見ていないお知らせ")
    );
}

#[actix_web::test]
async fn it_opens_again_when_the_practice_goes_away() {
    let app = TestApp::new().await;
    let (trainer, chiba) = (app.trainer("kenshuu"), app.teacher("chiba"));
    let moderator = app.person("moderator", Role::Moderator, "小学校");
    let request = ask(&trainer, asked(3, "幼稚園")).await;
    app.advance(TimeDelta::minutes(1));
    let first = write(&chiba, json!({})).await;
    app.drain();
    assert_eq!(state(&chiba, &request).await, "filled");
    set_visibility(&moderator, &first, "held").await;
    // At once nothing leads to what is out of sight.
    assert_eq!(
        chiba.get(&path(&request)).await.json()["filled_by"],
        Value::Null
    );
    app.drain();
    assert_eq!(state(&chiba, &request).await, "open");
    let told = check_page(&trainer.get("/settings/notices").await.body, "notices").text();
    assert!(told.contains("募集を続けています"), "{told}");
    set_visibility(&moderator, &first, "visible").await;
    app.drain();
    assert_eq!(state(&chiba, &request).await, "filled");
    // Another one stands in for one that is taken back; moving it elsewhere is going away too.
    app.advance(TimeDelta::minutes(1));
    let second = write(&chiba, json!({})).await;
    let own = format!("/api/v1/threads/{}", text(&first["id"]));
    chiba.api(Method::DELETE, &own, Value::Null).await;
    app.drain();
    assert_eq!(
        chiba.get(&path(&request)).await.json()["filled_by"],
        second["id"]
    );
    let own = format!("/api/v1/threads/{}", text(&second["id"]));
    let moved = chiba
        .api(Method::PATCH, &own, json!({ "school_type": "小学校" }))
        .await;
    assert_eq!(moved.status, StatusCode::OK, "{}", moved.body);
    app.drain();
    assert_eq!(state(&chiba, &request).await, "open");
    // After the last day it stays as it was.
    let last = write(&chiba, json!({})).await;
    app.drain();
    app.advance(TimeDelta::days(40));
    let (moderator, chiba) = (moderator.again(), chiba.again());
    set_visibility(&moderator, &last, "hidden").await;
    app.drain();
    let filled = chiba.get(&path(&request)).await.json();
    assert_eq!(
        (&filled["state"], &filled["filled_by"]),
        (&json!("filled"), &Value::Null)
    );
}

#[actix_web::test]
async fn subjects_and_items_are_asked_for_too() {
    let app = TestApp::new().await;
    let (trainer, chiba) = (app.trainer("kenshuu"), app.teacher("chiba"));
    let mut request = asked(1, "小学校");
    request["subject"] = json!("算数");
    request["item"] = json!("A-1");
    let request = ask(&trainer, request).await;
    assert_eq!(
        (&request["subject"], &request["item"]),
        (&json!("sansuu"), &json!("chk-a1"))
    );
    app.advance(TimeDelta::minutes(1));
    let fits =
        json!({ "school_type": "小学校", "policies": [1], "subject": "算数", "items": ["chk-a1"] });
    for (name, value) in [("subject", json!("国語")), ("items", json!(["chk-a2"]))] {
        let mut other = fits.clone();
        other[name] = value;
        write(&chiba, other).await;
        app.drain();
        assert_eq!(state(&chiba, &request).await, "open", "{name}");
    }
    write(&chiba, fits).await;
    app.drain();
    assert_eq!(state(&chiba, &request).await, "filled");
}

#[actix_web::test]
async fn it_ends_with_its_day_or_by_a_trainer() {
    let app = TestApp::new().await;
    let (trainer, chiba) = (app.trainer("kenshuu"), app.teacher("chiba"));
    let mut short = asked(3, "幼稚園");
    short["until"] = json!("2026-11-20");
    let short = ask(&trainer, short).await;
    let other = ask(&trainer, asked(4, "幼稚園")).await;
    app.drain();
    // Still open on its last day: 23:59 of it.
    app.advance(TimeDelta::minutes(8 * 60 + 19));
    assert_eq!(state(&chiba, &short).await, "open");
    let page = format!("/requests/{}", text(&short["id"]));
    assert!(chiba.get(&page).await.body.contains("実践を書く"));
    app.advance(TimeDelta::minutes(1));
    assert_eq!(state(&chiba, &short).await, "ended");
    app.drain();
    let told = check_page(&trainer.get("/settings/notices").await.body, "notices").text();
    assert!(told.contains("募集の期間が終わりました"), "{told}");
    write(&chiba, json!({})).await;
    app.drain();
    assert_eq!(state(&chiba, &short).await, "ended", "too late");
    let body = chiba.get(&page).await.body;
    assert!(!check_page(&body, "over").all("a").any(|a| {
        a.get("href")
            .is_some_and(|url| url.contains("kind=practice&school_type"))
    }));
    let closing = format!("/requests/{}/close", text(&other["id"]));
    assert_eq!(
        chiba.post(&closing, &[]).await.status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        app.trainer("second").post(&closing, &[]).await.status,
        StatusCode::SEE_OTHER
    );
    assert_eq!(state(&chiba, &other).await, "closed");
    assert_eq!(
        trainer.post(&closing, &[]).await.status,
        StatusCode::CONFLICT
    );
    write(&chiba, json!({ "policies": [4] })).await;
    app.drain();
    assert_eq!(state(&chiba, &other).await, "closed");
    let over = chiba.get("/api/v1/requests?state=over").await.json();
    assert_eq!(over["items"].as_array().unwrap().len(), 2);
    // What is over may be asked for again.
    ask(&trainer, asked(4, "幼稚園")).await;
}

fn refused(answer: &Answer) -> Vec<String> {
    let problem = answer.json();
    let errors = problem["errors"].as_array().cloned().unwrap_or_default();
    errors.iter().map(|error| text(&error["field"])).collect()
}

#[actix_web::test]
async fn limits_at_their_edges() {
    let app = TestApp::new().await;
    let trainer = app.trainer("kenshuu");
    let mut number = 0;
    let cells = [
        "幼稚園",
        "小学校",
        "中学校",
        "高等学校",
        "特別支援学校",
        "中等教育学校",
        "義務教育学校",
        "校種を問わない",
    ];
    let cases: &[(&str, Value, bool)] = &[
        ("sentence", json!("あ".repeat(120)), true),
        ("sentence", json!("あ".repeat(121)), false),
        ("sentence", json!(" "), false),
        ("sentence", json!("番号は 123456789018 です"), false),
        ("until", json!("2026-11-20"), true),
        ("until", json!("2026-11-19"), false),
        ("until", json!("2027-11-21"), true),
        ("until", json!("2027-11-22"), false),
        ("until", json!(""), false),
        ("until", json!("x"), false),
        ("policy", json!("5"), false),
        ("policy", json!(2), true),
        ("school_type", json!("教育委員会"), false),
        ("school_type", json!("x"), false),
        ("subject", json!("x"), false),
        ("item", json!("E-1"), false),
        ("item", json!("chk-d4"), true),
    ];
    for (field, value, right) in cases {
        let mut request = asked(1, cells[number % cells.len()]);
        request[*field] = value.clone();
        let answer = trainer.api_post("/api/v1/requests", request).await;
        if *right {
            number += 1;
            assert_eq!(
                answer.status,
                StatusCode::CREATED,
                "{field} {value}: {}",
                answer.body
            );
        } else {
            assert_eq!(
                answer.status,
                StatusCode::UNPROCESSABLE_ENTITY,
                "{field} {value}"
            );
            assert_eq!(refused(&answer), [*field], "{value}");
        }
    }
    // The same is not asked for twice.
    let again = trainer
        .api_post("/api/v1/requests", asked(1, cells[0]))
        .await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[actix_web::test]
async fn the_form_asks_once_and_keeps_what_was_typed() {
    let app = TestApp::new().await;
    let trainer = app.trainer("kenshuu");
    let form = trainer
        .get("/requests/new?policy=3&school_type=youchien")
        .await;
    let read = check_page(&form.body, "form");
    let fields = read.form("/requests");
    assert_eq!(
        (fields.value("policy"), fields.value("school_type")),
        ("3".into(), "youchien".into())
    );
    assert_eq!(fields.value("until"), "2026-12-20");
    let key = fields.value("key").to_string();
    let sentence = "<園>の\"充電\"だけでも";
    let mut typed = vec![
        ("policy", "3"),
        ("school_type", ""),
        ("sentence", sentence),
        ("until", "2026-12-01"),
        ("key", key.as_str()),
    ];
    let answer = trainer.post("/requests", &typed).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let read = check_page(&answer.body, "again");
    assert_eq!(read.form("/requests").value("sentence"), sentence);
    assert_eq!(read.form("/requests").value("key"), key);
    typed[1].1 = "youchien";
    let made = trainer.post("/requests", &typed).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.body);
    let twice = trainer.post("/requests", &typed).await;
    assert_eq!(twice.location(), made.location());
    let page = app.teacher("aoi").get(made.location()).await;
    assert!(!page.body.contains("<園>"), "{}", page.body);
    assert!(check_page(&page.body, "request").text().contains(sentence));
    // The button leads to a form that is filled in already, whoever presses it.
    let chiba = app.teacher("chiba");
    let write = with_query(
        "/threads/new",
        &[
            ("kind", "practice"),
            ("school_type", "youchien"),
            ("policy", "3"),
        ],
    );
    assert!(
        page.body.contains(&write.replace('&', "&#38;"))
            || page.body.contains(&write.replace('&', "&amp;"))
    );
    let form = chiba.get(&write).await;
    let read = check_page(&form.body, "practice");
    assert_eq!(read.form("/threads").value("school_type"), "youchien");
    assert!(
        read.text().contains("求む")
            || form.body.contains("value=\"3\" checked")
            || form.body.contains("checked")
    );
}

#[actix_web::test]
async fn a_role_withdrawn_while_writing_loses_no_text() {
    let app = TestApp::new().await;
    let trainer = app.trainer("kenshuu");
    assert_eq!(trainer.get("/requests/new").await.status, StatusCode::OK);
    app.app
        .write_here(|db, now| {
            accounts::set_role(
                db,
                &accounts::house(),
                trainer.id.unwrap(),
                Role::Teacher,
                now,
            )
        })
        .unwrap();
    let sentence = "よく考えて書いた一文 <&>";
    let answer = trainer
        .post("/requests", &[("policy", "3"), ("sentence", sentence)])
        .await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(
        check_page(&answer.body, "refused")
            .text_of("kept")
            .contains(sentence)
    );
}

#[actix_web::test]
async fn those_who_could_answer_see_it_first() {
    let app = TestApp::new().await;
    let trainer = app.trainer("kenshuu");
    for (policy, school_type, until) in [
        (1, "中学校", "2026-11-25"),
        (2, "高等学校", "2026-11-26"),
        (4, "小学校", "2026-12-10"),
        (3, "幼稚園", "2026-12-20"),
    ] {
        let mut request = asked(policy, school_type);
        request["until"] = json!(until);
        ask(&trainer, request).await;
    }
    let aoi = app.teacher("aoi"); // of a primary school
    aoi.ask("体育館のWi-Fi").await; // policy 3
    let home = aoi.get("/").await.body;
    let place = |words: &str| home.find(words);
    let (own, near, soon) = (
        place("小学校 × 学校を動かす"),
        place("幼稚園 × 環境を整える"),
        place("中学校 × 子どもの学び"),
    );
    assert!(
        own.is_some() && own < near && near < soon,
        "{own:?} {near:?} {soon:?}"
    );
    assert_eq!(place("高等学校 × 先生を支える"), None);
    // Visitors who may not read see nothing of it.
    assert!(
        !app.anon()
            .get("/")
            .await
            .body
            .contains("小学校 × 学校を動かす")
    );
}

#[actix_web::test]
async fn requests_are_their_authors_own_and_outlast_them() {
    let app = TestApp::new().await;
    let trainer = app.trainer("kenshuu");
    let aoi = app.teacher("aoi");
    let request = ask(&trainer, asked(3, "幼稚園")).await;
    let own = trainer.get("/settings/own-data").await.json();
    assert_eq!(own["requests"][0]["sentence"], "短いものでも助かります。");
    assert_eq!(
        aoi.get("/settings/own-data").await.json()["requests"],
        json!([])
    );
    give_password(&app, &trainer).await;
    let closed = close(&trainer, PASSWORD).await;
    assert_eq!(closed.status, StatusCode::SEE_OTHER, "{}", closed.body);
    app.advance(TimeDelta::minutes(1));
    write(&aoi, json!({})).await;
    app.drain();
    assert_eq!(state(&aoi, &request).await, "filled");
    let page = aoi
        .get(&format!("/requests/{}", text(&request["id"])))
        .await;
    assert!(
        check_page(&page.body, "request")
            .text()
            .contains("研修担当から")
    );
}
