//! Changing, taking back, accepting, quoting, marking, reporting – by the API and by the forms.

use actix_web::http::{Method, StatusCode};
use chrono::TimeDelta;
use hiroba::accounts::{self, DEPARTED, Role};
use serde_json::{Value, json};

use crate::harness::ground::query;
use crate::harness::html::{Page, check_page};
use crate::harness::{Actor, Answer, TestApp, text};

fn thread_at(thread: &Value) -> String {
    format!("/api/v1/threads/{}", text(&thread["id"]))
}

fn reply_at(reply: &Value) -> String {
    format!("/api/v1/replies/{}", text(&reply["id"]))
}

fn page_of(thread: &Value) -> String {
    format!("/threads/{}", text(&thread["id"]))
}

async fn read(actor: &Actor<'_>, path: &str) -> Value {
    let answer = actor.get(path).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}");
    answer.json()
}

async fn patch(actor: &Actor<'_>, path: &str, tag: Option<&str>, body: Value) -> Answer {
    let mut request = actor.request(Method::PATCH, path);
    if let Some(tag) = tag {
        request = request.insert_header(("if-match", tag));
    }
    actor.send(request.set_json(body)).await
}

#[actix_web::test]
async fn an_edit_of_what_one_has_before_one() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let question = aoi.ask("ログインできない").await;
    let reply = aoi.reply(&question, "試してみます。").await;
    for (path, field) in [(thread_at(&question), "title"), (reply_at(&reply), "body")] {
        let first = aoi.get(&path).await;
        assert_eq!(first.header("etag"), "\"1\"");
        app.advance(TimeDelta::minutes(1));
        let edited = patch(&aoi, &path, Some("\"1\""), json!({ field: "二つ目" })).await;
        assert_eq!(edited.status, StatusCode::OK);
        assert_eq!(edited.header("etag"), "\"2\"");
        let edited = edited.json();
        assert_eq!(
            (&edited[field], &edited["revision"]),
            (&json!("二つ目"), &json!(2))
        );
        assert_eq!(edited["created_at"], first.json()["created_at"]);
        assert!(text(&edited["updated_at"]) > text(&first.json()["updated_at"]));
        for stale in ["\"1\"", "\"3\"", "\"0\"", "1", "W/\"1\""] {
            let answer = patch(&aoi, &path, Some(stale), json!({ field: "三つ目" })).await;
            assert_eq!(answer.status, StatusCode::PRECONDITION_FAILED, "{stale}");
            assert_eq!(answer.json()["type"], "/problems/stale");
        }
        for garbage in [
            "\"\"",
            "\"a\"",
            "garbage",
            "\"99999999999\"",
            "\"1\", \"2\"",
        ] {
            let answer = patch(&aoi, &path, Some(garbage), json!({ field: "三つ目" })).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{garbage}");
        }
        assert_eq!(
            read(&aoi, &path).await,
            edited,
            "nothing was changed meanwhile"
        );
        for (tag, value) in [
            (Some("*"), "三つ目"),
            (None, "四つ目"),
            (Some("W/\"4\""), "五つ目"),
        ] {
            let answer = patch(&aoi, &path, tag, json!({ field: value })).await;
            assert_eq!(answer.status, StatusCode::OK, "{tag:?}");
            assert_eq!(answer.json()[field], value);
        }
        // What changes nothing makes no version.
        let same = patch(&aoi, &path, None, json!({ field: "五つ目 \n" })).await;
        assert_eq!(same.json()["revision"], 5);
        let other = app.teacher(&format!("other-{field}"));
        let answer = patch(&other, &path, None, json!({ field: "六つ目" })).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        let moderator = app.person(&format!("mod-{field}"), Role::Moderator, "小学校");
        let answer = patch(&moderator, &path, None, json!({ field: "六つ目" })).await;
        assert_eq!(
            answer.status,
            StatusCode::FORBIDDEN,
            "words are the author's alone"
        );
    }
}

#[actix_web::test]
async fn a_patch_leaves_alone_what_it_does_not_name() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let full = json!({
        "kind": "practice", "title": "音読の録音", "body": "本文です。", "school_type": "中学校", "policies": [1, 3],
        "initiatives": ["p1-lesson-design"], "subject": "国語", "grade": "中1", "tags": ["録音", "音読"],
        "tools": ["Chromebook"], "practice": { "aim": "話す力", "steps": ["録る", "聞く"] },
    });
    let thread = aoi.api_post("/api/v1/threads", full).await.json();
    let path = thread_at(&thread);
    let parts = [
        "kind",
        "title",
        "body",
        "school_type",
        "policies",
        "initiatives",
        "subject",
        "grade",
        "tags",
        "tools",
        "practice",
    ];
    let mut before = thread.clone();
    for (field, value) in [
        ("title", json!("録音と音読")),
        ("body", json!("書き直しました。")),
        ("school_type", json!("shogakkou")),
        ("policies", json!([2])),
        ("initiatives", json!([])),
        ("subject", json!("算数")),
        ("grade", json!("")),
        ("tags", json!(["タブレット"])),
        ("tools", json!([])),
        ("practice", json!({ "aim": "聞く力" })),
    ] {
        let mut sent = json!({});
        sent[field] = value.clone();
        let after = patch(&aoi, &path, None, sent).await.json();
        for part in parts {
            if part == field {
                let cleared = value == "" && after[part].is_null();
                assert!(cleared || after[part] == value, "{field}: {}", after[part]);
            } else {
                assert_eq!(after[part], before[part], "{part} with {field}");
            }
        }
        before = after;
    }
    let refused = patch(&aoi, &path, None, json!({ "policies": [] })).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    // A thread stays what it is.
    let kind = patch(&aoi, &path, None, json!({ "kind": "question" })).await;
    assert_eq!(kind.json()["kind"], "practice");
}

#[actix_web::test]
async fn every_version_is_kept() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let question = aoi.thread("question", "一つ目の題", "一つ目の本文").await;
    let reply = aoi.reply(&question, "返事です。").await;
    let path = thread_at(&question);
    let mut written = vec![text(&question["updated_at"])];
    for (field, value) in [
        ("title", "二つ目の題"),
        ("body", "二つ目の本文"),
        ("title", "三つ目の題"),
    ] {
        app.advance(TimeDelta::minutes(5));
        let edited = patch(&aoi, &path, None, json!({ field: value })).await;
        written.push(text(&edited.json()["updated_at"]));
    }
    patch(
        &aoi,
        &reply_at(&reply),
        None,
        json!({ "body": "直した返事" }),
    )
    .await;
    let history = read(&app.teacher("sota"), &format!("{path}/revisions")).await;
    let items = history["items"].as_array().unwrap();
    let seen: Vec<(i64, String, String, String)> = items
        .iter()
        .map(|one| {
            let number = one["revision"].as_i64().unwrap();
            (
                number,
                text(&one["title"]),
                text(&one["body"]),
                text(&one["written_at"]),
            )
        })
        .collect();
    let wanted = [
        (4, "三つ目の題", "二つ目の本文", 3),
        (3, "二つ目の題", "二つ目の本文", 2),
        (2, "二つ目の題", "一つ目の本文", 1),
        (1, "一つ目の題", "一つ目の本文", 0),
    ];
    let wanted: Vec<_> = wanted
        .into_iter()
        .map(|(number, title, body, at)| {
            (
                number,
                title.to_owned(),
                body.to_owned(),
                written[at].clone(),
            )
        })
        .collect();
    assert_eq!(seen, wanted);
    let page = aoi.get(&format!("{}/revisions", page_of(&question))).await;
    let shown = check_page(&page.body, "revisions").text();
    for words in ["一つ目の題", "二つ目の題", "三つ目の題", "一つ目の本文"] {
        assert!(shown.contains(words), "{words}");
    }
}

/// Fields of the form of a question.
fn form<'a>(title: &'a str, body: &'a str, revision: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("kind", "question"),
        ("title", title),
        ("body", body),
        ("school_type", "shogakkou"),
        ("policies", "3"),
        ("revision", revision),
    ]
}

#[actix_web::test]
async fn a_stale_form_keeps_what_was_typed_and_shows_what_is() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let question = aoi.ask("はじめの題").await;
    let edit = format!("{}/edit", page_of(&question));
    let open = check_page(&aoi.get(&edit).await.body, &edit).form(&edit);
    assert_eq!(
        (open.value("title"), open.value("revision")),
        ("はじめの題".to_owned(), "1".to_owned())
    );
    patch(
        &aoi,
        &thread_at(&question),
        None,
        json!({ "title": "ほかの画面の題", "body": "ほかの画面の本文" }),
    )
    .await;
    let stale = aoi
        .post(&edit, &form("こちらの題", "こちらの本文", "1"))
        .await;
    assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED);
    let page = check_page(&stale.body, &edit);
    let again = page.form(&edit);
    assert_eq!(again.value("title"), "こちらの題");
    assert_eq!(again.value("body"), "こちらの本文");
    let present = page.text_of("stale");
    assert!(
        present.contains("ほかの画面の題") && present.contains("ほかの画面の本文"),
        "{present}"
    );
    assert_eq!(
        read(&aoi, &thread_at(&question)).await["title"],
        "ほかの画面の題"
    );
    // Having seen it, the second press is heard.
    let sure = aoi
        .post(
            &edit,
            &form("こちらの題", "こちらの本文", &again.value("revision")),
        )
        .await;
    assert_eq!(
        sure.status,
        StatusCode::SEE_OTHER,
        "{}",
        again.value("revision")
    );
    assert_eq!(
        sure.location(),
        format!("{}?done=edited", page_of(&question))
    );
    assert_eq!(
        read(&aoi, &thread_at(&question)).await["title"],
        "こちらの題"
    );

    let reply = aoi.reply(&question, "はじめの返事").await;
    let edit = format!("/replies/{}/edit", text(&reply["id"]));
    patch(
        &aoi,
        &reply_at(&reply),
        None,
        json!({ "body": "ほかの画面の返事" }),
    )
    .await;
    let stale = aoi
        .post(&edit, &[("body", "こちらの返事"), ("revision", "1")])
        .await;
    assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED);
    let page = check_page(&stale.body, &edit);
    let again = page.form(&edit);
    assert_eq!(again.value("body"), "こちらの返事");
    assert!(page.text_of("stale").contains("ほかの画面の返事"));
    let revision = again.value("revision");
    let sure = aoi
        .post(&edit, &[("body", "こちらの返事"), ("revision", &revision)])
        .await;
    assert_eq!(sure.status, StatusCode::SEE_OTHER, "{revision}");
    assert_eq!(read(&aoi, &reply_at(&reply)).await["body"], "こちらの返事");
}

#[actix_web::test]
async fn a_preview_shows_and_stores_nothing() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let question = aoi.ask("はじめの題").await;
    let reply = aoi.reply(&question, "はじめの返事").await;
    let page = page_of(&question);
    let mut typed = form("見た目の題", "**太字**です。", "1");
    typed.push(("action", "preview"));
    let answer = [
        ("body", "**太字**です。"),
        ("action", "preview"),
        ("key", "k"),
        ("revision", "1"),
    ];
    for (path, action, fields) in [
        ("/threads".to_owned(), "/threads".to_owned(), &typed[..]),
        (format!("{page}/edit"), format!("{page}/edit"), &typed[..]),
        (
            format!("{page}/replies"),
            format!("{page}/replies#answer"),
            &answer[..],
        ),
        (
            format!("/replies/{}/edit", text(&reply["id"])),
            format!("/replies/{}/edit", text(&reply["id"])),
            &answer[..],
        ),
    ] {
        let shown = aoi.post(&path, fields).await;
        assert_eq!(shown.status, StatusCode::OK, "{path}");
        let page = check_page(&shown.body, &path);
        assert!(page.text_of("preview").contains("太字です。"), "{path}");
        assert_eq!(page.form(&action).value("body"), "**太字**です。", "{path}");
    }
    assert_eq!(read(&aoi, &thread_at(&question)).await["revision"], 1);
    assert_eq!(read(&aoi, &reply_at(&reply)).await["revision"], 1);
    assert_eq!(
        read(&aoi, "/api/v1/threads").await["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[actix_web::test]
async fn taking_back_hides_and_erases_nothing() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let sota = app.teacher("sota");
    let moderator = app.person("moderator", Role::Moderator, "小学校");
    let question = aoi.ask("ログインできない").await;
    let reply = sota.reply(&question, "試してみます。").await;
    let answer = sota
        .api(Method::DELETE, &reply_at(&reply), Value::Null)
        .await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    assert_eq!(
        read(&aoi, &thread_at(&question)).await["counts"]["replies"],
        0
    );
    assert_eq!(
        sota.get(&reply_at(&reply)).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        read(&moderator, &reply_at(&reply)).await["visibility"],
        "deleted"
    );
    let again = sota
        .api(Method::DELETE, &reply_at(&reply), Value::Null)
        .await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
    let removed = aoi
        .post(&format!("{}/remove", page_of(&question)), &[])
        .await;
    assert_eq!(removed.location(), "/?done=removed");
    assert_eq!(
        aoi.get(&page_of(&question)).await.status,
        StatusCode::NOT_FOUND
    );
    let kept = read(&moderator, &thread_at(&question)).await;
    assert_eq!(
        (&kept["visibility"], &kept["title"]),
        (&json!("deleted"), &json!("ログインできない"))
    );
    // A moderator brings it back, with a reason.
    let path = format!("{}/visibility", thread_at(&question));
    let body = json!({ "visibility": "visible", "reason": "間違って消えました。" });
    assert_eq!(
        moderator.api(Method::PUT, &path, body).await.status,
        StatusCode::OK
    );
    assert_eq!(
        read(&aoi, &thread_at(&question)).await["visibility"],
        "visible"
    );
    // 「deleted」 is the author's word.
    let body = json!({ "visibility": "deleted", "reason": "消します。" });
    let refused = moderator.api(Method::PUT, &path, body).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[actix_web::test]
async fn the_answer_that_solved_it() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let sota = app.teacher("sota");
    let trainer = app.trainer("kenshuu");
    let question = aoi.ask("ログインできない").await;
    let first = sota.reply(&question, "一つ目の答え").await;
    let second = sota.reply(&question, "二つ目の答え").await;
    let path = format!("{}/accepted-reply", thread_at(&question));
    let choose = |reply: &Value| json!({ "reply_id": reply["id"] });
    for stranger in [
        &sota,
        &app.person("moderator", Role::Moderator, "小学校"),
        &app.person("admin", Role::Administrator, "小学校"),
        &app.person("supporter", Role::Supporter, "小学校"),
    ] {
        let answer = stranger.api(Method::PUT, &path, choose(&first)).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        let answer = stranger.api(Method::DELETE, &path, Value::Null).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
    }
    let solved = aoi.api(Method::PUT, &path, choose(&first)).await.json();
    assert_eq!(
        (&solved["solved"], &solved["accepted_reply_id"]),
        (&json!(true), &first["id"])
    );
    assert_eq!(read(&aoi, &reply_at(&first)).await["accepted"], true);
    let changed = trainer
        .api(Method::PUT, &path, choose(&second))
        .await
        .json();
    assert_eq!(changed["accepted_reply_id"], second["id"]);
    assert_eq!(read(&aoi, &reply_at(&first)).await["accepted"], false);
    let withdrawn = aoi.api(Method::DELETE, &path, Value::Null).await.json();
    assert_eq!(
        (&withdrawn["solved"], &withdrawn["accepted_reply_id"]),
        (&json!(false), &Value::Null)
    );
    let again = aoi.api(Method::DELETE, &path, Value::Null).await;
    assert_eq!(
        again.status,
        StatusCode::OK,
        "withdrawing nothing is no error"
    );

    // What cannot be an answer.
    let other = aoi.ask("ほかの質問").await;
    let elsewhere = sota.reply(&other, "ほかの答え").await;
    let practice = aoi.thread("practice", "実践です", "本文です。").await;
    let comment = sota.reply(&practice, "感想です。").await;
    let not_a_question = format!("{}/accepted-reply", thread_at(&practice));
    for (path, reply, code) in [
        (&path, &elsewhere["id"], "unknown"),
        (&path, &question["id"], "unknown"),
        (&path, &json!(""), "unknown"),
        (&not_a_question, &comment["id"], "not_a_question"),
    ] {
        let answer = aoi
            .api(Method::PUT, path, json!({ "reply_id": reply }))
            .await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{reply}");
        let error = &answer.json()["errors"][0];
        assert_eq!(
            (&error["field"], &error["code"]),
            (&json!("reply_id"), &json!(code))
        );
    }

    // An answer that nobody sees any more solves nothing; brought back it is a reply like any other.
    let moderator = app.person("moderator2", Role::Moderator, "小学校");
    for visibility in ["held", "hidden", "deleted"] {
        let reply = sota.reply(&question, "もう一つの答え").await;
        let solved = aoi.api(Method::PUT, &path, choose(&reply)).await;
        assert_eq!(solved.json()["solved"], true);
        let set = format!("{}/visibility", reply_at(&reply));
        if visibility == "deleted" {
            sota.api(Method::DELETE, &reply_at(&reply), Value::Null)
                .await;
        } else {
            let body = json!({ "visibility": visibility, "reason": "確かめます。" });
            moderator.api(Method::PUT, &set, body).await;
        }
        let now = read(&aoi, &thread_at(&question)).await;
        assert_eq!(
            (&now["solved"], &now["accepted_reply_id"]),
            (&json!(false), &Value::Null)
        );
        let body = json!({ "visibility": "visible", "reason": "大丈夫でした。" });
        moderator.api(Method::PUT, &set, body).await;
        assert_eq!(
            read(&aoi, &thread_at(&question)).await["solved"],
            false,
            "{visibility}"
        );
    }
    // By the form.
    let page = page_of(&question);
    let id = text(&first["id"]);
    let chosen = aoi
        .post(&format!("{page}/accepted-reply"), &[("reply_id", &id)])
        .await;
    assert_eq!(chosen.location(), format!("{page}?done=accepted#r-{id}"));
    let shown = check_page(&aoi.get(&page).await.body, &page);
    assert!(shown.text().contains("解決した回答"));
    let withdrawn = aoi
        .post(&format!("{page}/accepted-reply/withdraw"), &[])
        .await;
    assert_eq!(withdrawn.location(), format!("{page}?done=withdrawn"));
}

#[actix_web::test]
async fn quoting_a_reply_of_the_same_thread() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let sota = app.teacher("sota");
    let question = aoi.ask("ログインできない").await;
    let reply = sota.reply(&question, "**前の日**に開いておきます。").await;
    let other = aoi.ask("ほかの質問").await;
    let elsewhere = sota.reply(&other, "ほかの答え").await;
    let path = format!("{}/replies", thread_at(&question));
    let body = json!({ "body": "やってみます。", "quote_of": reply["id"] });
    let quoting = aoi.api_post(&path, body).await;
    assert_eq!(quoting.status, StatusCode::CREATED);
    assert_eq!(quoting.json()["quote_of"], reply["id"]);
    for wrong in [&elsewhere["id"], &question["id"], &json!("nonsense")] {
        let answer = aoi
            .api_post(&path, json!({ "body": "a", "quote_of": wrong }))
            .await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        assert_eq!(answer.json()["errors"][0]["field"], "quote_of");
    }
    for none in [json!(null), json!(""), json!("  ")] {
        let answer = aoi
            .api_post(&path, json!({ "body": "a", "quote_of": none }))
            .await;
        assert_eq!(answer.json()["quote_of"], Value::Null);
    }
    // The form carries it, the page shows it, and it is gone from there when the quoted reply is.
    let page = page_of(&question);
    let quote = text(&reply["id"]);
    let asked = aoi.get(&format!("{page}?quote={quote}")).await;
    let form = check_page(&asked.body, &page).form(&format!("{page}/replies#answer"));
    assert_eq!(form.value("quote_of"), quote);
    let foreign = aoi
        .get(&format!("{page}?quote={}", text(&elsewhere["id"])))
        .await;
    let form = check_page(&foreign.body, &page).form(&format!("{page}/replies#answer"));
    assert_eq!(form.value("quote_of"), "");
    let quotations = |page: &Page| page.all("blockquote").count();
    assert_eq!(
        quotations(&check_page(&aoi.get(&page).await.body, &page)),
        1
    );
    sota.api(Method::DELETE, &reply_at(&reply), Value::Null)
        .await;
    let without = aoi.get(&page).await;
    assert_eq!(quotations(&check_page(&without.body, &page)), 0);
    assert!(!without.body.contains("前の日"));
}

async fn post_with_key(actor: &Actor<'_>, path: &str, key: &str, body: Value) -> Answer {
    let request = actor
        .request(Method::POST, path)
        .insert_header(("idempotency-key", key))
        .set_json(body);
    actor.send(request).await
}

#[actix_web::test]
async fn the_same_key_gives_the_same_post() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let sota = app.teacher("sota");
    let body = json!({
        "kind": "question", "title": "ログインできない", "body": "朝だけです。", "school_type": "小学校", "policies": [3],
    });
    let threads = "/api/v1/threads";
    let refused = post_with_key(&aoi, threads, "k", json!({ "title": "" })).await;
    assert_eq!(
        refused.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "a refusal uses no key up"
    );
    let first = post_with_key(&aoi, threads, "k", body.clone()).await;
    let second = post_with_key(&aoi, threads, "k", body.clone()).await;
    assert_eq!(
        (first.status, second.status),
        (StatusCode::CREATED, StatusCode::CREATED)
    );
    assert_eq!(first.body, second.body);
    assert_eq!(first.location(), second.location());
    let question = first.json();
    let of_another = post_with_key(&sota, threads, "k", body.clone())
        .await
        .json();
    assert_ne!(of_another["id"], question["id"]);
    // A key is for one kind of work.
    let path = format!("{}/replies", thread_at(&question));
    let other = format!("{}/replies", thread_at(&of_another));
    let answer = json!({ "body": "わたしもです。" });
    let reply = post_with_key(&aoi, &path, "k", answer.clone()).await;
    let again = post_with_key(&aoi, &path, "k", answer.clone()).await;
    assert_eq!(reply.status, StatusCode::CREATED);
    assert_eq!(reply.body, again.body);
    let elsewhere = post_with_key(&aoi, &other, "k", answer).await.json();
    assert_ne!(elsewhere["id"], reply.json()["id"]);
    assert_eq!(
        read(&aoi, &thread_at(&question)).await["counts"]["replies"],
        1
    );
    app.advance(TimeDelta::days(1));
    let kept = post_with_key(&aoi, threads, "k", body.clone()).await.json();
    assert_eq!(kept["id"], question["id"], "a whole day");
    app.advance(TimeDelta::microseconds(1));
    let fresh = post_with_key(&aoi, threads, "k", body).await.json();
    assert_ne!(fresh["id"], question["id"]);
    assert_eq!(
        read(&aoi, threads).await["items"].as_array().unwrap().len(),
        3
    );
}

#[actix_web::test]
async fn pressing_twice_posts_once() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let open = check_page(&aoi.get("/threads/new").await.body, "new").form("/threads");
    let key = open.value("key");
    assert!(!key.is_empty());
    let mut fields = form("ログインできない", "朝だけです。", "");
    fields.push(("key", &key));
    let first = aoi.post("/threads", &fields).await;
    let second = aoi.post("/threads", &fields).await;
    assert_eq!(first.status, StatusCode::SEE_OTHER, "{}", first.body);
    assert_eq!(first.location(), second.location());
    let page = first.location().split('?').next().unwrap().to_owned();
    let action = format!("{page}/replies#answer");
    let key = check_page(&aoi.get(&page).await.body, &page)
        .form(&action)
        .value("key");
    let answer = [("body", "わたしもです。"), ("key", key.as_str())];
    let first = aoi.post(&format!("{page}/replies"), &answer).await;
    let second = aoi.post(&format!("{page}/replies"), &answer).await;
    assert_eq!(first.status, StatusCode::SEE_OTHER);
    assert_eq!(first.location(), second.location());
    let threads = read(&aoi, "/api/v1/threads").await;
    assert_eq!(threads["items"].as_array().unwrap().len(), 1);
    assert_eq!(threads["items"][0]["counts"]["replies"], 1);
    // A refused form comes back with its key, a new form with a new one.
    let refused = [("body", ""), ("key", key.as_str())];
    let again = aoi.post(&format!("{page}/replies"), &refused).await;
    let form = check_page(&again.body, &page).form(&action);
    assert_eq!(form.value("key"), key);
    let fresh = check_page(&aoi.get(&page).await.body, &page)
        .form(&action)
        .value("key");
    assert_ne!(fresh, key);
}

#[actix_web::test]
async fn marks_are_set_once_and_taken_back() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let sota = app.teacher("sota");
    let question = aoi.ask("ログインできない").await;
    let reply = aoi.reply(&question, "試してみます。").await;
    let page = page_of(&question);
    let reactions = |count: i64| json!({ "helpful": count, "want_to_try": 0 });
    for path in [thread_at(&question), reply_at(&reply)] {
        let mark = format!("{path}/reactions/helpful");
        for (method, count) in [
            (Method::DELETE, 0),
            (Method::PUT, 1),
            (Method::PUT, 1),
            (Method::DELETE, 0),
            (Method::DELETE, 0),
            (Method::PUT, 1),
        ] {
            let answer = sota.api(method, &mark, Value::Null).await;
            assert_eq!(answer.status, StatusCode::NO_CONTENT);
            assert_eq!(
                read(&aoi, &path).await["counts"]["reactions"],
                reactions(count)
            );
        }
        aoi.api(Method::PUT, &mark, Value::Null).await;
        assert_eq!(read(&aoi, &path).await["counts"]["reactions"], reactions(2));
    }
    // By the forms: the button says whether it is pressed, and does the opposite.
    // 「参考になった」 is the first of the buttons.
    let next = |body: &str| {
        let form = check_page(body, &page).form(&format!("{page}/marks"));
        (form.value("mark"), form.value("on"))
    };
    let helpful = |on: &str| ("helpful".to_owned(), on.to_owned());
    assert_eq!(next(&sota.get(&page).await.body), helpful("0"));
    let undo = [("mark", "helpful"), ("on", "0")];
    let answer = sota.post(&format!("{page}/marks"), &undo).await;
    assert_eq!(answer.location(), page);
    assert_eq!(next(&sota.get(&page).await.body), helpful("1"));
    assert_eq!(
        read(&aoi, &thread_at(&question)).await["counts"]["reactions"],
        reactions(1)
    );
    for (mark, status) in [
        ("bookmark", 303),
        ("follow", 303),
        ("nonsense", 404),
        ("", 404),
    ] {
        let answer = sota
            .post(&format!("{page}/marks"), &[("mark", mark), ("on", "1")])
            .await;
        assert_eq!(answer.status.as_u16(), status, "{mark}");
        let marks = format!("/replies/{}/marks", text(&reply["id"]));
        let answer = sota.post(&marks, &[("mark", mark), ("on", "1")]).await;
        assert_eq!(
            answer.status,
            StatusCode::NOT_FOUND,
            "{mark} is for threads"
        );
    }
}

#[actix_web::test]
async fn a_report_of_personal_data_holds_at_once() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let sota = app.teacher("sota");
    let moderator = app.person("moderator", Role::Moderator, "小学校");
    for by_form in [false, true] {
        for reason in [
            "copyright",
            "rude",
            "wrong",
            "advertising",
            "other",
            "personal_data",
        ] {
            let question = aoi.ask("ログインできない").await;
            let reply = aoi.reply(&question, "試してみます。").await;
            let held = if reason == "personal_data" {
                "held"
            } else {
                "visible"
            };
            for (api, page) in [
                (reply_at(&reply), format!("/replies/{}", text(&reply["id"]))),
                (thread_at(&question), page_of(&question)),
            ] {
                let told = if by_form {
                    let fields = [("reason", reason), ("detail", "名前があります。")];
                    sota.post(&format!("{page}/reports"), &fields).await
                } else {
                    let body = json!({ "reason": reason, "detail": "名前があります。" });
                    sota.api_post(&format!("{api}/reports"), body).await
                };
                let done = if by_form {
                    StatusCode::SEE_OTHER
                } else {
                    StatusCode::CREATED
                };
                assert_eq!(told.status, done, "{}", told.body);
                if by_form {
                    assert!(
                        told.location().ends_with("?done=reported"),
                        "{}",
                        told.location()
                    );
                    let next = sota.get(told.location()).await;
                    assert_eq!(next.status, StatusCode::OK, "{}", told.location());
                }
                assert_eq!(read(&moderator, &api).await["visibility"], held, "{reason}");
                assert_eq!(
                    sota.get(&api).await.status == StatusCode::OK,
                    held == "visible"
                );
            }
        }
    }
    // What moderators have hidden stays hidden, and what they have shown again can be reported again.
    let question = aoi.ask("ログインできない").await;
    let path = thread_at(&question);
    let report = json!({ "reason": "個人情報かもしれない" });
    for (visibility, after) in [("hidden", "hidden"), ("visible", "held")] {
        let body = json!({ "visibility": visibility, "reason": "確かめました。" });
        moderator
            .api(Method::PUT, &format!("{path}/visibility"), body)
            .await;
        moderator
            .api_post(&format!("{path}/reports"), report.clone())
            .await;
        assert_eq!(read(&moderator, &path).await["visibility"], after);
    }
    let told = query(
        &app.app,
        "SELECT CAST(count(*) AS TEXT) AS value FROM reports WHERE detail = '名前があります。'",
    );
    assert_eq!(told, ["24"]);
}

#[actix_web::test]
async fn a_decision_stands_in_the_log() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let moderator = app.person("moderator", Role::Moderator, "小学校");
    let question = aoi.ask("ログインできない").await;
    let reply = aoi.reply(&question, "試してみます。").await;
    let log = || {
        query(
            &app.app,
            "SELECT action || ' ' || reason || ' ' || (CASE WHEN thread_id IS NULL THEN 'reply' ELSE 'thread' END) AS value \
             FROM audit_log WHERE action LIKE 'visibility%' ORDER BY at",
        )
    };
    let page = page_of(&question);
    for (visibility, reason) in [
        ("held", "確かめます。"),
        ("hidden", "名前がありました。"),
        ("visible", "直りました。"),
    ] {
        app.advance(TimeDelta::minutes(1));
        let fields = [("visibility", visibility), ("reason", reason)];
        let set = moderator.post(&format!("{page}/visibility"), &fields).await;
        assert_eq!(set.location(), format!("{page}?done=moderated"));
        assert_eq!(
            read(&moderator, &thread_at(&question)).await["visibility"],
            visibility
        );
        // The author sees it and what it is; replies wait until it is public again.
        assert_eq!(
            read(&aoi, &thread_at(&question)).await["visibility"],
            visibility
        );
        let path = format!("{}/replies", thread_at(&question));
        let answer = aoi.api_post(&path, json!({ "body": "a" })).await;
        let open = visibility == "visible";
        let wanted = if open {
            StatusCode::CREATED
        } else {
            StatusCode::FORBIDDEN
        };
        assert_eq!(answer.status, wanted, "{visibility}");
    }
    app.advance(TimeDelta::minutes(1));
    let body = json!({ "visibility": "hidden", "reason": "名前がありました。" });
    let path = format!("{}/visibility", reply_at(&reply));
    assert_eq!(
        moderator.api(Method::PUT, &path, body).await.status,
        StatusCode::OK
    );
    let wanted = [
        "visibility:held 確かめます。 thread",
        "visibility:hidden 名前がありました。 thread",
        "visibility:visible 直りました。 thread",
        "visibility:hidden 名前がありました。 reply",
    ];
    assert_eq!(log(), wanted);
    // Without a reason nothing happens, and nothing is logged.
    for reason in ["", "  ", "\u{200b}"] {
        let refused = json!({ "visibility": "hidden", "reason": reason });
        let answer = moderator
            .api(
                Method::PUT,
                &format!("{}/visibility", thread_at(&question)),
                refused,
            )
            .await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(answer.json()["errors"][0]["field"], "reason");
    }
    assert_eq!(
        read(&aoi, &thread_at(&question)).await["visibility"],
        "visible"
    );
    assert_eq!(log().len(), wanted.len());
}

#[actix_web::test]
async fn those_who_have_left_leave_their_words_without_their_name() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let gone = app.trainer("hinata");
    let question = gone.ask("ログインできない").await;
    let reply = gone.reply(&question, "前の日に開いておきます。").await;
    let own = aoi.ask("ほかの質問").await;
    let answer = gone.reply(&own, "試してみてください。").await;
    let body = json!({ "body": "ありがとうございます。", "quote_of": answer["id"] });
    aoi.api_post(&format!("{}/replies", thread_at(&own)), body)
        .await;
    app.drain();
    let person = format!("/people/{}", gone.id.unwrap());
    let pages = [
        "/".to_owned(),
        "/threads".to_owned(),
        page_of(&question),
        page_of(&own),
        "/search".to_owned(),
    ];
    for path in &pages {
        let page = aoi.get(path).await;
        let shown = page.body.contains("先生 hinata");
        assert!(shown || !path.starts_with("/threads/"), "{path}");
    }
    let house = accounts::house();
    app.app
        .write_here(|db, now| accounts::suspend(db, &house, gone.id.unwrap(), now))
        .unwrap();
    app.drain();
    for path in &pages {
        let page = aoi.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert!(!page.body.contains("hinata"), "{path}");
        let links = check_page(&page.body, path);
        let links = links
            .all("a")
            .filter(|a| a.get("href") == Some(&person))
            .count();
        assert_eq!(links, 0, "{path} links to somebody who has left");
    }
    for path in [page_of(&question), page_of(&own)] {
        assert!(aoi.get(&path).await.body.contains(DEPARTED), "{path}");
    }
    for path in [thread_at(&question), reply_at(&reply), reply_at(&answer)] {
        let author = read(&aoi, &path).await["author"].clone();
        assert_eq!(author["name"], DEPARTED);
        assert_eq!(
            (&author["badge"], &author["position"]),
            (&Value::Null, &Value::Null)
        );
    }
    for path in ["/api/v1/threads", "/api/v1/search?q=ログイン"] {
        let path = path.replace("ログイン", "%E3%83%AD%E3%82%B0%E3%82%A4%E3%83%B3");
        let list = aoi.get(&path).await;
        assert!(
            list.body.contains(DEPARTED) && !list.body.contains("hinata"),
            "{path}"
        );
    }
    assert_eq!(
        app.anon().get("/api/v1/me").await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        gone.get("/api/v1/me").await.status,
        StatusCode::UNAUTHORIZED
    );
    // Coming back gives the name back.
    app.app
        .write_here(|db, now| accounts::restore(db, &house, gone.id.unwrap(), now))
        .unwrap();
    assert_eq!(
        read(&aoi, &thread_at(&question)).await["author"]["name"],
        "先生 hinata"
    );
}

/// Whoever writes the 21st reply sees it, and so does whoever follows its address.
#[actix_web::test]
async fn a_reply_on_a_later_page_is_reached_by_its_address() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let question = aoi.ask("たくさんの回答がある質問").await;
    let page = page_of(&question);
    let mut replies = Vec::new();
    for number in 0..45 {
        replies.push(aoi.reply(&question, &format!("返事 {number}")).await);
        app.advance(TimeDelta::seconds(1));
    }
    for reply in &replies {
        let id = text(&reply["id"]);
        let to = aoi.get(&format!("/replies/{id}")).await;
        let (path, fragment) = to.location().split_once('#').unwrap();
        assert_eq!(fragment, format!("r-{id}"));
        let shown = check_page(&aoi.get(path).await.body, path);
        assert!(
            shown.by_id(fragment).is_some(),
            "{} leads past it",
            to.location()
        );
    }
    let first = aoi
        .get(&format!("/replies/{}", text(&replies[19]["id"])))
        .await;
    assert!(
        first.location().starts_with(&format!("{page}#")),
        "{}",
        first.location()
    );
    let posted = aoi
        .post(
            &format!("{page}/replies"),
            &[("body", "いちばん新しい返事")],
        )
        .await;
    let last = text(&replies[44]["id"]);
    let edited = aoi
        .post(
            &format!("/replies/{last}/edit"),
            &[("body", "直した返事"), ("revision", "1")],
        )
        .await;
    let accepted = aoi
        .post(&format!("{page}/accepted-reply"), &[("reply_id", &last)])
        .await;
    let marked = aoi
        .post(
            &format!("/replies/{last}/marks"),
            &[("mark", "helpful"), ("on", "1")],
        )
        .await;
    for answer in [posted, edited, accepted, marked] {
        let (path, fragment) = answer.location().split_once('#').unwrap();
        let shown = check_page(&aoi.get(path).await.body, path);
        assert!(
            shown.by_id(fragment).is_some(),
            "{} leads past it",
            answer.location()
        );
    }
}

#[actix_web::test]
async fn reports_wait_in_a_queue_until_a_moderator_decides() {
    let app = TestApp::new().await;
    let (aoi, sota, haru) = (app.teacher("aoi"), app.teacher("sota"), app.teacher("haru"));
    let moderator = app.person("moderator", Role::Moderator, "小学校");
    let empty = moderator.get("/desk/reports").await;
    check_page(&empty.body, "reports");
    assert!(empty.body.contains("待っている知らせはありません"));
    let thread = aoi.ask("児童の名前が見える写真について").await;
    let reply = sota.reply(&thread, "写真の右上に名札が見えます。").await;
    let other = aoi.ask("もう一つの質問").await;
    let path = |thread: &Value| format!("/threads/{}", text(&thread["id"]));
    let reply_path = format!("/replies/{}", text(&reply["id"]));
    for (who, path, reason, detail) in [
        (&haru, path(&thread), "personal_data", "<b>右上</b>の名札"),
        (&sota, path(&other), "wrong", ""),
        (&haru, path(&other), "rude", "言い方が強いです"),
        (&haru, reply_path.clone(), "other", ""),
    ] {
        app.advance(TimeDelta::seconds(1));
        let fields = [("reason", reason), ("detail", detail)];
        let answer = who.post(&format!("{path}/reports"), &fields).await;
        // The first holds the thread at once, so that its reply is out of the reporters' sight too.
        let wanted = if path == reply_path {
            StatusCode::NOT_FOUND
        } else {
            StatusCode::SEE_OTHER
        };
        assert_eq!(answer.status, wanted, "{path}");
    }
    assert!(
        moderator
            .get("/settings")
            .await
            .body
            .contains("届いた知らせ（3件）")
    );
    let queue = moderator.get("/desk/reports").await;
    check_page(&queue.body, "reports");
    let places: Vec<usize> = [
        "児童の名前が見える写真について",
        "もう一つの質問",
        "内容が違う・古い",
        "ことばがきつい",
    ]
    .iter()
    .map(|part| queue.body.find(part).unwrap())
    .collect();
    assert!(
        places.is_sorted(),
        "the longest waiting first, a post once: {places:?}"
    );
    assert!(
        queue.body.contains("&#60;b&#62;右上&#60;/b&#62;の名札"),
        "{}",
        queue.body
    );
    assert!(
        queue.body.contains("いま、確認のため非公開です")
            && queue.body.contains("いま、みんなに見えています")
    );
    // Who reported is not told.
    assert!(!queue.body.contains("先生 haru") && !queue.body.contains("先生 sota"));
    // Without a reason nothing is decided.
    let decide = |thread: &Value| format!("{}/visibility", path(thread));
    let fields = [
        ("visibility", "visible"),
        ("reason", ""),
        ("back", "reports"),
    ];
    let answer = moderator.post(&decide(&thread), &fields).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let fields = [
        ("visibility", "visible"),
        ("reason", "名札は職員のものでした。"),
        ("back", "reports"),
    ];
    let answer = moderator.post(&decide(&thread), &fields).await;
    assert_eq!(answer.location(), "/desk/reports?done=moderated");
    let queue = moderator.get("/desk/reports").await;
    assert!(
        !queue.body.contains("児童の名前が見える写真") && queue.body.contains("もう一つの質問")
    );
    assert_eq!(haru.get(&path(&thread)).await.status, StatusCode::OK);
    // A reply has a place of its own in the queue, and a new report after a decision too.
    haru.post(
        &format!("{reply_path}/reports"),
        &[("reason", "other"), ("detail", "")],
    )
    .await;
    haru.post(
        &format!("{}/reports", path(&thread)),
        &[("reason", "copyright"), ("detail", "")],
    )
    .await;
    let queue = moderator.get("/desk/reports").await;
    check_page(&queue.body, "reports");
    assert!(
        queue.body.contains("写真の右上に名札が見えます。") && queue.body.contains("著作権が心配")
    );
    assert!(
        moderator
            .get("/settings")
            .await
            .body
            .contains("届いた知らせ（4件）")
    );
    let fields = [
        ("visibility", "hidden"),
        ("reason", "話題に関わりがありません。"),
        ("back", "reports"),
    ];
    moderator
        .post(&format!("{reply_path}/visibility"), &fields)
        .await;
    let queue = moderator.get("/desk/reports").await;
    assert!(
        !queue.body.contains("写真の右上に名札が見えます。") && queue.body.contains("著作権が心配")
    );
}
