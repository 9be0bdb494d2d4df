//! Drafts on the server: kept while one writes, one's own alone, gone when the form is sent.

use actix_web::http::{Method, StatusCode};
use chrono::TimeDelta;
use hiroba::accounts::Role;
use hiroba::drafts::{KEPT, MAX_BYTES, MAX_DRAFTS, MAX_NAME, MAX_VALUES};
use serde_json::{Value, json};

use crate::harness::ground::query;
use crate::harness::html::{Page, check_page};
use crate::harness::{Actor, Answer, TestApp, text};

const API: &str = "/api/v1/drafts";

fn at(draft: &Value) -> String {
    format!("{API}/{}", text(&draft["id"]))
}

fn new_thread(title: &str) -> Value {
    json!({ "purpose": "new_thread", "fields": { "kind": "question", "title": title } })
}

async fn begin(actor: &Actor<'_>, body: Value) -> Value {
    let answer = actor.api_post(API, body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    answer.json()
}

async fn with_key(actor: &Actor<'_>, key: &str, body: &Value) -> Answer {
    let request = actor
        .request(Method::POST, API)
        .insert_header(("idempotency-key", key));
    actor.send(request.set_json(body)).await
}

async fn save(actor: &Actor<'_>, draft: &Value, tag: &str, fields: Value) -> Answer {
    let request = actor
        .request(Method::PUT, &at(draft))
        .insert_header(("if-match", format!("\"{tag}\"")));
    actor
        .send(request.set_json(json!({ "fields": fields })))
        .await
}

async fn own(actor: &Actor<'_>) -> Vec<Value> {
    let answer = actor.get(API).await;
    assert_eq!(answer.status, StatusCode::OK);
    answer.json()["items"].as_array().cloned().unwrap()
}

async fn page(actor: &Actor<'_>, path: &str) -> Page {
    let answer = actor.get(path).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
    check_page(&answer.body, path)
}

/// The fields of a form as they would be sent, with other values for some of them.
fn filled(form: &Page, changes: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut fields = form.fields();
    for (name, value) in changes {
        fields.retain(|(known, _)| known != name);
        fields.push(((*name).to_owned(), (*value).to_owned()));
    }
    fields
}

async fn send(actor: &Actor<'_>, path: &str, fields: &[(String, String)]) -> Answer {
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    actor.post(path, &fields).await
}

#[actix_web::test]
async fn a_draft_is_saved_and_never_written_over_unseen() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let tablet = aoi.again();
    let draft = begin(&aoi, new_thread("白い画面")).await;
    assert_eq!(
        (&draft["revision"], &draft["target"]),
        (&json!(1), &Value::Null)
    );
    assert_eq!(
        draft["fields"],
        json!({ "kind": ["question"], "title": ["白い画面"] })
    );
    app.advance(TimeDelta::minutes(1));
    let saved = save(
        &aoi,
        &draft,
        "1",
        json!({ "title": "白い画面のまま", "policies": ["1", "3"] }),
    )
    .await;
    assert_eq!(saved.status, StatusCode::OK, "{}", saved.body);
    assert_eq!(saved.header("etag"), "\"2\"");
    assert_eq!(saved.json()["fields"]["policies"], json!(["1", "3"]));
    // The tablet still has the first version.
    let late = save(&tablet, &draft, "1", json!({ "title": "タブレットの文" })).await;
    assert_eq!(late.status, StatusCode::PRECONDITION_FAILED);
    let present = tablet.get(&at(&draft)).await.json();
    assert_eq!(present["fields"]["title"], json!(["白い画面のまま"]));
    // The same text again is no new version, whatever the tag.
    let same = save(
        &tablet,
        &draft,
        "1",
        json!({ "title": "白い画面のまま", "policies": ["1", "3"] }),
    )
    .await;
    assert_eq!(
        (same.status, same.json()["revision"].clone()),
        (StatusCode::OK, json!(2))
    );
    let chosen = save(&tablet, &draft, "2", json!({ "title": "タブレットの文" })).await;
    assert_eq!(chosen.json()["revision"], 3);
    assert_eq!(
        aoi.api(Method::DELETE, &at(&draft), Value::Null)
            .await
            .status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(aoi.get(&at(&draft)).await.status, StatusCode::NOT_FOUND);
    assert_eq!(
        save(&aoi, &draft, "3", json!({ "title": "x" }))
            .await
            .status,
        StatusCode::NOT_FOUND
    );
    assert!(own(&aoi).await.is_empty());
}

#[actix_web::test]
async fn there_is_one_draft_for_each_post_and_several_new_ones() {
    let app = TestApp::new().await;
    let (aoi, sota) = (app.teacher("aoi"), app.teacher("sota"));
    let question = aoi.ask("ログインできない").await;
    let reply = aoi.reply(&question, "試しました。").await;
    begin(&aoi, new_thread("一つ目")).await;
    begin(&aoi, new_thread("二つ目")).await;
    for (purpose, target) in [
        ("reply", &question),
        ("edit_thread", &question),
        ("edit_reply", &reply),
    ] {
        let body =
            json!({ "purpose": purpose, "target": target["id"], "fields": { "body": "書きかけ" } });
        let first = begin(&aoi, body.clone()).await;
        let second = aoi.api_post(API, body).await;
        assert_eq!(second.status, StatusCode::PRECONDITION_FAILED, "{purpose}");
        let path = format!("{API}?purpose={purpose}&target={}", text(&target["id"]));
        let found = aoi.get(&path).await.json();
        assert_eq!(found["items"], json!([first]));
    }
    assert_eq!(own(&aoi).await.len(), 5);
    // Others may answer, but change nothing.
    let body = |purpose: &str, target: &Value| json!({ "purpose": purpose, "target": target["id"], "fields": { "body": "書きかけ" } });
    begin(&sota, body("reply", &question)).await;
    for (purpose, target) in [("edit_thread", &question), ("edit_reply", &reply)] {
        let answer = sota.api_post(API, body(purpose, target)).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{purpose}");
    }
    let moderator = app.person("moderator", Role::Moderator, "小学校");
    let hide = json!({ "visibility": "hidden", "reason": "確かめます。" });
    let path = format!("/api/v1/threads/{}/visibility", text(&question["id"]));
    moderator.api(Method::PUT, &path, hide).await;
    let haru = app.teacher("haru");
    let answer = haru.api_post(API, body("reply", &question)).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND, "what one may not see");
    // A draft that was begun before stays its author's, and says no title any more.
    let list = page(&sota, "/settings/drafts").await.text();
    assert!(
        list.contains("いまは見られない話題への書き込み") && !list.contains("ログインできない"),
        "{list}"
    );
}

#[actix_web::test]
async fn what_is_no_draft_is_refused() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let question = aoi.ask("ログインできない").await;
    let names = |length: usize| json!({ "purpose": "new_thread", "fields": { "title": "x", "a".repeat(length): "1" } });
    let values = |count: usize| json!({ "purpose": "new_thread", "fields": { "title": "x", "policies": vec!["1"; count - 1] } });
    let bytes = |count: usize| json!({ "purpose": "new_thread", "fields": { "body": "x".repeat(count - "body".len()) } });
    for (body, field) in [
        (json!({}), Some("purpose")),
        (
            json!({ "purpose": "poll", "fields": { "title": "x" } }),
            Some("purpose"),
        ),
        (
            json!({ "purpose": "reply", "fields": { "body": "x" } }),
            Some("target"),
        ),
        (
            json!({ "purpose": "reply", "target": "x", "fields": { "body": "x" } }),
            Some("target"),
        ),
        (
            json!({ "purpose": "new_thread", "target": question["id"], "fields": { "title": "x" } }),
            Some("target"),
        ),
        (
            json!({ "purpose": "new_thread", "fields": { "title": " \n" } }),
            Some("draft"),
        ),
        (
            json!({ "purpose": "new_thread", "fields": { "school_type": "shogakkou" } }),
            Some("draft"),
        ),
        (
            json!({ "purpose": "new_thread", "fields": { "title": "x", "Title": "y" } }),
            Some("fields"),
        ),
        (
            json!({ "purpose": "new_thread", "fields": { "title": 3 } }),
            Some("fields"),
        ),
        (names(MAX_NAME), None),
        (names(MAX_NAME + 1), Some("fields")),
        (values(MAX_VALUES), None),
        (values(MAX_VALUES + 1), Some("draft")),
        (bytes(MAX_BYTES), None),
        (bytes(MAX_BYTES + 1), Some("draft")),
    ] {
        let shown: String = body.to_string().chars().take(80).collect();
        let answer = aoi.api_post(API, body).await;
        match field {
            None => assert_eq!(
                answer.status,
                StatusCode::CREATED,
                "{shown}: {}",
                answer.body
            ),
            Some(field) => {
                assert_eq!(
                    answer.status,
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "{shown}: {}",
                    answer.body
                );
                assert_eq!(answer.json()["errors"][0]["field"], field, "{shown}");
            }
        }
    }
}

#[actix_web::test]
async fn as_many_as_the_limit_and_no_longer_than_kept() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    for number in 0..MAX_DRAFTS {
        begin(&aoi, new_thread(&format!("下書き {number}"))).await;
    }
    let over = aoi.api_post(API, new_thread("もう一つ")).await;
    assert_eq!(over.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(over.json()["errors"][0]["code"], "too_many");
    let all = own(&aoi).await;
    assert_eq!(i64::try_from(all.len()).unwrap(), MAX_DRAFTS);
    begin(&app.teacher("sota"), new_thread("ほかの人")).await;
    // On the last day all are there; touching one keeps it.
    app.advance(KEPT);
    let aoi = aoi.again();
    assert_eq!(own(&aoi).await.len(), all.len());
    let touched = save(&aoi, &all[3], "1", json!({ "title": "さわった" })).await;
    assert_eq!(touched.status, StatusCode::OK, "{}", touched.body);
    app.advance(TimeDelta::seconds(1));
    let left = own(&aoi).await;
    assert_eq!(left.len(), 1);
    assert_eq!(left[0]["id"], all[3]["id"]);
    assert_eq!(aoi.get(&at(&all[0])).await.status, StatusCode::NOT_FOUND);
    // The next that is begun clears away what nobody touched.
    begin(&aoi, new_thread("新しい")).await;
    let count = query(
        &app.app,
        "SELECT CAST(count(*) AS TEXT) AS value FROM drafts",
    );
    assert_eq!(count, ["2"]);
}

#[actix_web::test]
async fn a_form_keeps_its_draft_without_scripts_and_sends_it_from_elsewhere() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let form = page(&aoi, "/threads/new?kind=practice")
        .await
        .form("/threads");
    let typed = filled(
        &form,
        &[
            ("title", "音読の録音"),
            ("body", "一行目\r\n二行目"),
            ("failed", "音が&<混ざる>"),
            ("action", "draft"),
        ],
    );
    let kept = send(&aoi, "/threads", &typed).await;
    assert_eq!(kept.status, StatusCode::SEE_OTHER, "{}", kept.body);
    let place = kept.location().to_owned();
    assert!(
        place.starts_with("/threads/new?draft=") && place.ends_with("&done=drafted"),
        "{place}"
    );
    // Pressing again changes nothing; a form that was changed saves over it.
    send(&aoi, "/threads", &typed).await;
    assert_eq!(own(&aoi).await.len(), 1);
    let tablet = aoi.again();
    let list = page(&tablet, "/settings/drafts").await;
    assert!(list.text().contains("音読の録音") && list.text().contains("新しい実践"));
    let offer = page(&tablet, "/threads/new?kind=practice").await;
    assert!(offer.text().contains("書きかけの下書きがあります"));
    assert!(
        !page(&tablet, "/threads/new?kind=question")
            .await
            .text()
            .contains("書きかけの下書きがあります")
    );
    let restored = page(&tablet, &place).await;
    assert!(restored.text().contains("下書きに残しました"));
    let form = restored.form("/threads");
    for (name, value) in [
        ("title", "音読の録音"),
        ("body", "一行目\r\n二行目"),
        ("failed", "音が&<混ざる>"),
        ("kind", "practice"),
        ("school_type", "shogakkou"),
    ] {
        assert_eq!(form.value(name), value);
    }
    let again = filled(
        &form,
        &[("title", "音読の録音を聞き合う"), ("action", "draft")],
    );
    assert_eq!(send(&tablet, "/threads", &again).await.location(), place);
    let drafts = own(&aoi).await;
    assert_eq!(drafts.len(), 1);
    assert_eq!(drafts[0]["revision"], 2);
    // A failure keeps both: the form and its draft.
    let form = page(&tablet, &place).await.form("/threads");
    let failed = send(&tablet, "/threads", &filled(&form, &[("policies", "9")])).await;
    assert_eq!(failed.status, StatusCode::UNPROCESSABLE_ENTITY);
    let form = check_page(&failed.body, "failed").form("/threads");
    assert_eq!(form.value("draft"), text(&drafts[0]["id"]));
    let posted = send(&tablet, "/threads", &filled(&form, &[("policies", "1")])).await;
    assert_eq!(posted.status, StatusCode::SEE_OTHER, "{}", posted.body);
    assert!(
        own(&aoi).await.is_empty(),
        "what was sent is no draft any more"
    );
}

#[actix_web::test]
async fn two_forms_of_one_draft_are_both_kept() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let question = aoi.ask("ログインできない").await;
    let reply = aoi.reply(&question, "試しました。").await;
    let thread = format!("/threads/{}", text(&question["id"]));
    let (edit, answer) = (format!("{thread}/edit"), format!("{thread}/replies"));
    let reply_edit = format!("/replies/{}/edit", text(&reply["id"]));
    for (shown, action, anchor) in [
        (&thread, &answer, "#answer"),
        (&edit, &edit, ""),
        (&reply_edit, &reply_edit, ""),
    ] {
        let to = format!("{action}{anchor}");
        let first = page(&aoi, shown).await.form(&to);
        let second = page(&aoi.again(), shown).await.form(&to);
        let kept = send(
            &aoi,
            action,
            &filled(&first, &[("body", "先の文"), ("action", "draft")]),
        )
        .await;
        assert_eq!(kept.status, StatusCode::SEE_OTHER, "{}", kept.body);
        let place = kept.location().to_owned();
        let late = send(
            &aoi,
            action,
            &filled(&second, &[("body", "あとの文"), ("action", "draft")]),
        )
        .await;
        assert_eq!(
            late.status,
            StatusCode::PRECONDITION_FAILED,
            "{}",
            late.body
        );
        let late = check_page(&late.body, action);
        assert!(late.text_of("stale").contains("先の文"));
        let form = late.form(&to);
        assert_eq!(form.value("body"), "あとの文");
        let over = send(&aoi, action, &filled(&form, &[("action", "draft")])).await;
        assert_eq!(over.status, StatusCode::SEE_OTHER, "{}", over.body);
        let restored = page(&aoi, place.split('#').next().unwrap()).await;
        assert!(restored.text().contains("書きかけの下書きを出しています"));
        assert_eq!(restored.form(&to).value("body"), "あとの文");
        // Sending removes it, and it is not offered again.
        let sent = send(&aoi, action, &restored.form(&to).fields()).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.body);
        assert!(own(&aoi).await.is_empty(), "{action}");
        assert!(!page(&aoi, shown).await.text().contains("書きかけの下書き"));
    }
}

/// The draft of an edit remembers the version that it changes: what was published since is told when it is sent.
#[actix_web::test]
async fn the_draft_of_an_edit_does_not_undo_a_later_edit() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let question = aoi.ask("ログインできない").await;
    let edit = format!("/threads/{}/edit", text(&question["id"]));
    let form = page(&aoi, &edit).await.form(&edit);
    send(
        &aoi,
        &edit,
        &filled(&form, &[("body", "書きかけの本文"), ("action", "draft")]),
    )
    .await;
    let api = format!("/api/v1/threads/{}", text(&question["id"]));
    aoi.api(
        Method::PATCH,
        &api,
        json!({ "body": "あとから公開した本文" }),
    )
    .await;
    assert!(
        page(&aoi, &edit)
            .await
            .text()
            .contains("書きかけの下書きがあります")
    );
    let form = page(&aoi, &format!("{edit}?draft=1")).await.form(&edit);
    assert_eq!(form.value("body"), "書きかけの本文");
    let sent = send(&aoi, &edit, &form.fields()).await;
    assert_eq!(sent.status, StatusCode::PRECONDITION_FAILED);
    assert_eq!(own(&aoi).await.len(), 1, "nothing is lost by a refusal");
}

/// A script saves while the form is on its way: whichever comes first, no draft outlives what was sent.
#[actix_web::test]
async fn nothing_is_left_of_a_form_that_was_sent() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let question = aoi.ask("ログインできない").await;
    let form = page(&aoi, "/threads/new?kind=question")
        .await
        .form("/threads");
    let key = form.value("key");
    let typed = filled(
        &form,
        &[
            ("title", "白い画面"),
            ("body", "朝だけです。"),
            ("policies", "3"),
        ],
    );
    // Begun by the script; the answer was lost, so that the form does not know of it.
    let begun = with_key(&aoi, &key, &new_thread("白い画面")).await;
    assert_eq!(begun.status, StatusCode::CREATED);
    let again = with_key(&aoi, &key, &new_thread("白い画面のまま")).await;
    assert_eq!(again.json()["id"], begun.json()["id"], "one key, one draft");
    assert_eq!(
        send(&aoi, "/threads", &typed).await.status,
        StatusCode::SEE_OTHER
    );
    assert!(own(&aoi).await.is_empty());
    assert_eq!(
        with_key(&aoi, &key, &new_thread("白い画面")).await.status,
        StatusCode::NOT_FOUND
    );
    let thread = format!("/threads/{}", text(&question["id"]));
    let action = format!("{thread}/replies");
    let form = page(&aoi, &thread).await.form(&format!("{action}#answer"));
    let key = form.value("key");
    assert_eq!(
        send(&aoi, &action, &filled(&form, &[("body", "答えです。")]))
            .await
            .status,
        StatusCode::SEE_OTHER
    );
    let late =
        json!({ "purpose": "reply", "target": question["id"], "fields": { "body": "答えです。" } });
    assert_eq!(
        with_key(&aoi, &key, &late).await.status,
        StatusCode::NOT_FOUND
    );
    assert!(own(&aoi).await.is_empty());
}

#[actix_web::test]
async fn a_draft_is_thrown_away_from_the_list() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let draft = begin(&aoi, new_thread("<b>白い画面</b>")).await;
    let question = aoi.ask("ログインできない").await;
    let body = json!({ "purpose": "reply", "target": question["id"], "fields": { "body": "**太字** の返事" } });
    begin(&aoi, body).await;
    let list = page(&aoi, "/settings/drafts").await;
    let words = list.text();
    assert!(
        words.contains("<b>白い画面</b>"),
        "as it was typed, not as marks: {words}"
    );
    assert!(words.contains("「ログインできない」への書き込み") && words.contains("太字 の返事"));
    let path = format!("/settings/drafts/{}/discard", text(&draft["id"]));
    assert!(list.all("form").any(|tag| tag.get("action") == Some(&path)));
    let gone = aoi.post(&path, &[]).await;
    assert_eq!(gone.location(), "/settings/drafts?done=discarded");
    assert_eq!(aoi.post(&path, &[]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(own(&aoi).await.len(), 1);
    let empty = page(&app.teacher("sota"), "/settings/drafts").await.text();
    assert!(empty.contains("下書きはありません"));
}

/// No page, list, search or file of anybody else ever holds the words of a draft.
#[actix_web::test]
async fn a_draft_is_its_authors_alone() {
    const SECRET: &str = "まだだれにも見せない文";
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let question = aoi.ask("ログインできない").await;
    begin(&aoi, new_thread(SECRET)).await;
    for purpose in ["reply", "edit_thread"] {
        let fields = json!({ "title": SECRET, "body": SECRET });
        begin(
            &aoi,
            json!({ "purpose": purpose, "target": question["id"], "fields": fields }),
        )
        .await;
    }
    app.drain();
    let own_data = aoi.get("/settings/own-data").await;
    let drafts = own_data.json()["drafts"].as_array().cloned().unwrap();
    assert_eq!(drafts.len(), 3);
    assert!(
        drafts
            .iter()
            .all(|draft| draft.to_string().contains(SECRET))
    );
    let thread = text(&question["id"]);
    let person = aoi.id.unwrap();
    let pages = [
        "/".to_owned(),
        "/threads".to_owned(),
        "/threads/new?kind=question".to_owned(),
        format!("/threads/{thread}"),
        format!("/threads/{thread}/revisions"),
        format!("/people/{person}"),
        "/settings/drafts".to_owned(),
        "/settings/own-data".to_owned(),
        "/search?q=%E3%81%A0%E3%82%8C%E3%81%AB%E3%82%82".to_owned(),
        "/admin/people".to_owned(),
        "/desk/reports".to_owned(),
        API.to_owned(),
        "/api/v1/threads".to_owned(),
        format!("/api/v1/threads/{thread}"),
        format!("/api/v1/threads/{thread}/revisions"),
        format!("/api/v1/threads/{thread}/replies"),
    ];
    let others = [
        app.teacher("sota"),
        app.person("moderator", Role::Moderator, "小学校"),
        app.person("administrator", Role::Administrator, "小学校"),
    ];
    for actor in &others {
        for path in &pages {
            assert!(!actor.get(path).await.body.contains(SECRET), "{path}");
        }
    }
    let mut exported = Vec::new();
    hiroba::exchange::export(&app.app.database, None, &mut exported).unwrap();
    assert!(!String::from_utf8(exported).unwrap().contains(SECRET));
}
