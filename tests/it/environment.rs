//! Problems with networks and devices, from being accepted to being solved.

use actix_web::http::{Method, StatusCode};
use chrono::TimeDelta;
use hiroba::accounts::{self, Role};
use serde_json::{Value, json};

use crate::closing::{close, give_password};
use crate::harness::html::{Page, check_page};
use crate::harness::{Actor, Answer, TestApp, text, with_query};
use crate::people::{PASSWORD, places_of};

fn api(thread: &Value) -> String {
    format!("/api/v1/threads/{}/environment", text(&thread["id"]))
}

fn page(thread: &Value) -> String {
    format!("/threads/{}", text(&thread["id"]))
}

async fn mark(actor: &Actor<'_>, thread: &Value, step: Value) -> Answer {
    actor.api(Method::PUT, &api(thread), step).await
}

fn step(state: &str, note: &str) -> Value {
    json!({ "state": state, "note": note })
}

fn planned(day: &str) -> Value {
    json!({ "state": "planned", "planned_on": day, "note": "業者が来ます。" })
}

/// Codes of the fields that were refused.
fn codes(answer: &Answer) -> Vec<String> {
    let problem = answer.json();
    let errors = problem["errors"].as_array().cloned().unwrap_or_default();
    errors
        .iter()
        .map(|error| format!("{}:{}", text(&error["field"]), text(&error["code"])))
        .collect()
}

#[actix_web::test]
async fn a_problem_goes_its_way_and_may_go_back() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let supporter = app.person("sapo", Role::Supporter, "小学校");
    let trainer = app.trainer("kenshuu");
    let question = aoi.ask("体育館のWi-Fiが切れます").await;
    let nothing = aoi.get(&api(&question)).await.json();
    assert_eq!(nothing, json!({ "present": null, "history": [] }));
    assert!(!aoi.get(&page(&question)).await.body.contains("環境の対応"));
    // Those who may are asked to.
    let shown = supporter.get(&page(&question)).await.body;
    assert!(shown.contains("対応の状況を書く") && shown.contains("まだ受け付けていません"));
    for (actor, step) in [
        (&supporter, step("受付", "受け取りました。")),
        (&supporter, step("調査中", "記録を見ています。")),
        (&trainer, planned("2026-11-20")),
        (&supporter, step("解決", "部品を替えました。")),
        (&supporter, step("investigating", "また切れたそうです。")),
    ] {
        app.advance(TimeDelta::minutes(10));
        let marked = mark(actor, &question, step).await;
        assert_eq!(marked.status, StatusCode::OK, "{}", marked.body);
    }
    let whole = aoi.get(&api(&question)).await.json();
    assert_eq!(whole["present"]["state"], "investigating");
    assert_eq!(whole["present"]["planned_on"], Value::Null);
    assert_eq!(whole["present"]["revision"], 5);
    let history = whole["history"].as_array().unwrap();
    let states: Vec<String> = history.iter().map(|one| text(&one["state"])).collect();
    assert_eq!(
        states,
        [
            "investigating",
            "solved",
            "planned",
            "investigating",
            "received"
        ]
    );
    assert_eq!(history[2]["role"], "trainer");
    assert_eq!(history[2]["planned_on"], "2026-11-20");
    let thread = format!("/api/v1/threads/{}", text(&question["id"]));
    let thread = aoi.get(&thread).await.json();
    assert_eq!(thread["environment"], whole["present"]);
    // Readers see the role, never who it was.
    let shown = aoi.get(&page(&question)).await.body;
    let words = check_page(&shown, "thread").text();
    for part in [
        "調査中（再調査）",
        "ICT支援員",
        "研修担当",
        "部品を替えました。",
        "11月20日の予定",
    ] {
        assert!(words.contains(part), "{part}: {words}");
    }
    for name in ["先生 sapo", "先生 kenshuu"] {
        assert!(!shown.contains(name), "{name}");
        assert!(!aoi.get(&api(&question)).await.body.contains(name));
    }
}

#[actix_web::test]
async fn a_plan_needs_its_day_and_nothing_else_has_one() {
    let app = TestApp::new().await;
    let question = app.teacher("aoi").ask("体育館のWi-Fiが切れます").await;
    let supporter = app.person("sapo", Role::Supporter, "小学校");
    let long = |count: usize| json!({ "state": "受付", "note": "あ".repeat(count) });
    let family = format!("{}👨‍👩‍👧‍👦", "あ".repeat(199));
    let cases: Vec<(Value, &[&str])> = vec![
        (
            json!({ "state": "planned", "note": "a" }),
            &["planned_on:required"],
        ),
        (planned("2026-11-19"), &["planned_on:past"]),
        (planned("2026-11-20"), &[]),
        // Five years of at most 366 days from 20 November 2026.
        (planned("2031-11-24"), &[]),
        (planned("2031-11-25"), &["planned_on:too_far"]),
        (planned("２０２６-12-01"), &[]),
        (planned("明日"), &["planned_on:not_a_day"]),
        (planned("2026-02-30"), &["planned_on:not_a_day"]),
        (planned("9999-12-31"), &["planned_on:too_far"]),
        (
            json!({ "state": "solved", "planned_on": "2026-12-01", "note": "a" }),
            &["planned_on:not_allowed"],
        ),
        (json!({ "state": "", "note": "a" }), &["state:unknown"]),
        (json!({ "state": "solved" }), &["note:required"]),
        (
            json!({ "state": "solved", "note": " \u{3000}\u{200b}" }),
            &["note:required"],
        ),
        (long(200), &[]),
        (long(201), &["note:too_long"]),
        (json!({ "state": "受付", "note": family }), &[]),
        (
            json!({ "state": "受付", "note": "番号は 123456789018 です" }),
            &["note:my_number"],
        ),
        (
            json!({ "state": "x", "planned_on": "x", "note": "" }),
            &["state:unknown", "planned_on:not_a_day", "note:required"],
        ),
    ];
    for (step, wrong) in cases {
        let answer = mark(&supporter, &question, step.clone()).await;
        if wrong.is_empty() {
            assert_eq!(answer.status, StatusCode::OK, "{step} {}", answer.body);
        } else {
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{step}");
            let seen = codes(&answer);
            assert_eq!(seen.len(), wrong.len(), "{step}: {seen:?}");
            for (one, wanted) in seen.iter().zip(wrong) {
                let field = wanted.split(':').next().unwrap();
                assert!(one.starts_with(field), "{step}: {one}, not {wanted}");
                assert!(
                    one == wanted || field == "note",
                    "{step}: {one}, not {wanted}"
                );
            }
        }
    }
}

#[actix_web::test]
async fn the_form_keeps_what_was_typed() {
    let app = TestApp::new().await;
    let question = app.teacher("aoi").ask("体育館のWi-Fiが切れます").await;
    let supporter = app.person("sapo", Role::Supporter, "小学校");
    let path = format!("{}/environment", page(&question));
    let note = "<b>業者</b>と確かめます。\"";
    let wrong = [
        ("state", "planned"),
        ("planned_on", "2026-11-01"),
        ("note", note),
        ("revision", "0"),
    ];
    let answer = supporter.post(&path, &wrong).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let read = check_page(&answer.body, "form");
    let form = read.form(&path);
    assert_eq!(form.value("note"), note);
    assert_eq!(form.value("planned_on"), "2026-11-01");
    assert!(read.text_of("e-planned_on").contains("今日かそのあと"));
    let right = [
        ("state", "planned"),
        ("planned_on", "2026-12-01"),
        ("note", note),
        ("revision", "0"),
    ];
    let answer = supporter.post(&path, &right).await;
    assert_eq!(
        answer.location(),
        format!("{}?done=environment", page(&question))
    );
    // Somebody was faster: the text stands, beside what they wrote.
    let late = app.trainer("kenshuu").post(&path, &right).await;
    assert_eq!(late.status, StatusCode::PRECONDITION_FAILED);
    let read = check_page(&late.body, "form");
    assert_eq!(read.form(&path).value("note"), note);
    assert_eq!(read.form(&path).value("revision"), "1");
    assert!(read.text().contains("先に状況を書いています"));
    let shown = app.teacher("sota").get(&page(&question)).await.body;
    assert!(
        !shown.contains("<b>業者</b>") && shown.contains("&#60;b&#62;業者"),
        "{shown}"
    );
}

/// Whoever is no supporter any more when they press the button keeps what they wrote.
#[actix_web::test]
async fn a_role_withdrawn_while_writing_loses_no_text() {
    let app = TestApp::new().await;
    let question = app.teacher("aoi").ask("体育館のWi-Fiが切れます").await;
    let supporter = app.person("sapo", Role::Supporter, "小学校");
    let path = format!("{}/environment", page(&question));
    assert_eq!(supporter.get(&path).await.status, StatusCode::OK);
    let set = |role| {
        app.app.write_here(|db, now| {
            accounts::set_role(db, &accounts::house(), supporter.id.unwrap(), role, now)
        })
    };
    set(Role::Teacher).unwrap();
    let note = "長い時間をかけて書いたこと <&>";
    let fields = [("state", "received"), ("note", note), ("revision", "0")];
    let answer = supporter.post(&path, &fields).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let read = check_page(&answer.body, "refused");
    assert!(read.text_of("kept").contains(note), "{}", answer.body);
    assert!(read.text().contains("ICT支援員と研修担当だけ"));
    // As is the text for a thread that was hidden, or moved elsewhere, meanwhile.
    set(Role::Supporter).unwrap();
    let moderator = app.person("moderator", Role::Moderator, "小学校");
    let moved = [
        ("kind", "question"),
        ("school_type", "shogakkou"),
        ("policies", "2"),
        ("reason", "研修の話でした。"),
    ];
    let there = format!("{}/move", page(&question));
    assert_eq!(
        moderator.post(&there, &moved).await.status,
        StatusCode::SEE_OTHER
    );
    let answer = supporter.post(&path, &fields).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert!(
        check_page(&answer.body, "moved")
            .text_of("kept")
            .contains(note)
    );
    let hidden = json!({ "visibility": "hidden", "reason": "確かめます。" });
    let see = format!("/api/v1/threads/{}/visibility", text(&question["id"]));
    moderator.api(Method::PUT, &see, hidden).await;
    let answer = supporter.post(&path, &fields).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(
        check_page(&answer.body, "hidden")
            .text_of("kept")
            .contains(note)
    );
}

async fn listed(actor: &Actor<'_>, query: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut cursor = String::new();
    loop {
        let pairs = [
            ("limit", "2"),
            ("state", query),
            ("cursor", cursor.as_str()),
        ];
        let answer = actor.get(&with_query("/api/v1/environment", &pairs)).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        let page = answer.json();
        let items = page["items"].as_array().unwrap();
        all.extend(items.iter().map(|item| text(&item["thread"]["title"])));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => return all,
        }
    }
}

#[actix_web::test]
async fn the_list_goes_by_state_and_by_the_planned_day() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let supporter = app.person("sapo", Role::Supporter, "小学校");
    let mut threads = Vec::new();
    for (title, step) in [
        ("あと", planned("2026-12-20")),
        ("すぐ", planned("2026-11-25")),
        ("同じ日", planned("2026-11-25")),
        ("終わり", step("解決", "使えます。")),
        ("調べ", step("調査中", "見ています。")),
    ] {
        let thread = aoi.ask(title).await;
        app.advance(TimeDelta::minutes(1));
        let marked = mark(&supporter, &thread, step).await;
        assert_eq!(marked.status, StatusCode::OK, "{}", marked.body);
        threads.push(thread);
    }
    aoi.ask("印のない質問").await;
    assert_eq!(listed(&aoi, "planned").await, ["すぐ", "同じ日", "あと"]);
    assert_eq!(listed(&aoi, "対応予定").await.len(), 3);
    assert_eq!(
        listed(&aoi, "").await,
        ["調べ", "終わり", "同じ日", "すぐ", "あと"]
    );
    let narrowed = aoi
        .get("/api/v1/threads?policy=3&environment=planned")
        .await
        .json();
    assert_eq!(narrowed["items"].as_array().unwrap().len(), 3);
    let page = aoi.get("/policies/3?environment=solved").await.body;
    assert!(
        page.contains("終わり") && !page.contains("調べ</a>"),
        "{page}"
    );
    assert!(
        check_page(&page, "policy")
            .text()
            .contains("環境の対応：解決")
    );
    // Overdue is said gently, and only then.
    app.advance(TimeDelta::days(5));
    let aoi = aoi.again();
    let words = |body: &str| Page::read(body).text();
    let due = words(&aoi.get("/environment?state=planned").await.body);
    assert!(!due.contains("予定の日を過ぎました"), "{due}");
    app.advance(TimeDelta::days(1));
    let due = words(&aoi.get("/environment?state=planned").await.body);
    assert_eq!(due.matches("予定の日を過ぎました").count(), 2, "{due}");
    let items = aoi.get("/api/v1/environment?state=planned").await.json()["items"].clone();
    let overdue: Vec<bool> = items
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["overdue"].as_bool().unwrap())
        .collect();
    assert_eq!(overdue, [true, true, false]);
    // What moves away from the policy leaves the list and keeps its history; it comes back with it.
    let moderator = app.person("moderator", Role::Moderator, "小学校");
    let there = format!("/threads/{}/move", text(&threads[1]["id"]));
    for (policy, seen) in [("2", false), ("3", true)] {
        let fields = [
            ("kind", "question"),
            ("school_type", "shogakkou"),
            ("policies", policy),
            ("reason", "直します。"),
        ];
        let moved = moderator.post(&there, &fields).await;
        assert_eq!(moved.status, StatusCode::SEE_OTHER, "{}", moved.body);
        assert_eq!(
            listed(&aoi, "planned").await.contains(&"すぐ".to_owned()),
            seen
        );
        let whole = aoi.get(&api(&threads[1])).await.json();
        assert_eq!(whole["present"].is_null(), !seen);
        assert_eq!(whole["history"].as_array().unwrap().len(), 1);
        let narrowed = aoi.get("/api/v1/threads?environment=planned").await.json();
        let count = narrowed["items"].as_array().unwrap().len();
        assert_eq!(count, if seen { 3 } else { 2 });
    }
    // What is out of sight is in no list.
    let see = format!("/api/v1/threads/{}/visibility", text(&threads[0]["id"]));
    let hidden = json!({ "visibility": "hidden", "reason": "確かめます。" });
    moderator.api(Method::PUT, &see, hidden).await;
    assert_eq!(listed(&aoi, "planned").await, ["すぐ", "同じ日"]);
    assert!(!aoi.get("/environment").await.body.contains("あと</a>"));
}

#[actix_web::test]
async fn whom_it_concerns_is_told_once() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let sota = app.teacher("sota");
    let other = app.teacher("other");
    let supporter = app.person("sapo", Role::Supporter, "小学校");
    let question = aoi.ask("体育館のWi-Fiが切れます").await;
    for follower in [&sota, &supporter] {
        let follow = format!("/api/v1/threads/{}/follow", text(&question["id"]));
        follower.api(Method::PUT, &follow, Value::Null).await;
    }
    mark(&supporter, &question, planned("2026-12-01")).await;
    app.drain();
    for actor in [&aoi, &sota] {
        let words = check_page(&actor.get("/settings/notices").await.body, "notices").text();
        assert!(words.contains("対応の予定が決まりました"), "{words}");
        assert!(
            words.contains("ICT支援員：12月1日の予定です。業者が来ます。"),
            "{words}"
        );
        assert!(!words.contains("理由"), "{words}");
        assert!(words.contains("体育館のWi-Fiが切れます"));
    }
    for actor in [&other, &supporter] {
        let page = actor.get("/settings/notices").await.body;
        assert!(!page.contains("対応の予定"), "{page}");
    }
    // A job that runs again tells nobody twice.
    let step = app.app.write_here(|db, _| {
        let thread = text(&question["id"]).parse().unwrap();
        let steps = hiroba::environment::history(db, thread)?;
        Ok(steps[0].id)
    });
    let again = hiroba::environment::Marked {
        step: step.unwrap(),
        by: supporter.id.unwrap(),
    };
    let payload = serde_json::to_value(again).unwrap();
    app.app
        .write_here(|db, now| {
            hiroba::jobs::enqueue(db, hiroba::environment::MARKED, &payload, now, now)
        })
        .unwrap();
    app.drain();
    let page = aoi.get("/settings/notices").await.body;
    assert_eq!(page.matches("対応の予定が決まりました").count(), 1);
}

/// What supporters wrote is handed out to them and stays when they go, under their role.
#[actix_web::test]
async fn steps_are_their_authors_own_and_outlast_them() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let supporter = app.person("sapo", Role::Supporter, "小学校");
    let question = aoi.ask("体育館のWi-Fiが切れます").await;
    mark(&supporter, &question, step("調査中", "記録を見ています。")).await;
    let own = supporter.get("/settings/own-data").await.json();
    assert_eq!(own["steps"][0]["note"], "記録を見ています。");
    assert_eq!(
        aoi.get("/settings/own-data").await.json()["steps"],
        json!([])
    );
    give_password(&app, &supporter).await;
    let closed = close(&supporter, PASSWORD).await;
    assert_eq!(closed.location(), "/login?done=closed", "{}", closed.body);
    app.drain();
    assert!(places_of(&app, "先生 sapo").is_empty());
    let shown = check_page(&aoi.get(&page(&question)).await.body, "thread").text();
    assert!(
        shown.contains("記録を見ています。") && shown.contains("ICT支援員"),
        "{shown}"
    );
}
