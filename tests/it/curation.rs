//! What trainers choose: collections, recommendations that others propose and authors refuse, and whether what was chosen
//! still holds.

use actix_web::http::{Method, StatusCode};
use chrono::TimeDelta;
use hiroba::accounts::{self, Role};
use hiroba::curation::{self, collections};
use hiroba::exchange;
use hiroba::id::Id;
use hiroba::threads::{self, Visibility};
use serde_json::{Value, json};

use crate::harness::ground::query;
use crate::harness::html::{Page, check_page};
use crate::harness::town::Town;
use crate::harness::{Actor, Answer, TestApp, text, with_query};
use crate::hostile::hostile;

const TITLE: &str = "初めてのGIGA担当、4月にすること";
const COMMENT: &str = "まずはここから。";

fn id(value: &Value) -> Id {
    text(&value["id"]).parse().unwrap()
}

fn page(of: &Value) -> String {
    format!("/threads/{}", text(&of["id"]))
}

/// A published collection of these threads.
async fn gathered(trainer: &Actor<'_>, threads: &[&Value]) -> Value {
    let items: Vec<Value> = threads
        .iter()
        .map(|thread| json!({ "thread": thread["id"], "comment": COMMENT }))
        .collect();
    let input =
        json!({ "title": TITLE, "cover": "順に並べました。", "policies": [2, 4], "items": items });
    let made = trainer.api_post("/api/v1/collections", input).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    let path = format!("/api/v1/collections/{}", text(&made.json()["id"]));
    let published = trainer
        .api(Method::PATCH, &path, json!({ "state": "published" }))
        .await;
    assert_eq!(published.status, StatusCode::OK, "{}", published.body);
    published.json()
}

fn collection(of: &Value) -> String {
    format!("/collections/{}", text(&of["id"]))
}

fn set_visibility(app: &TestApp, thread: &Value, visibility: Visibility) {
    let set = app
        .app
        .write_here(|db, now| threads::set_visibility(db, id(thread), visibility, now));
    set.unwrap();
}

async fn see_other(actor: &Actor<'_>, path: &str, fields: &[(&str, &str)]) -> Answer {
    let answer = actor.post(path, fields).await;
    assert_eq!(
        answer.status,
        StatusCode::SEE_OTHER,
        "{path}: {}",
        answer.body
    );
    answer
}

async fn notices(actor: &Actor<'_>) -> String {
    Page::read(&actor.get("/settings/notices").await.body).text()
}

#[actix_web::test]
async fn a_collection_grows_without_scripts_from_draft_to_published() {
    let app = TestApp::new().await;
    let (aoi, trainer) = (app.teacher("aoi"), app.trainer("kenshuu"));
    let (first, second) = (
        aoi.ask("最初の1週間のメモ").await,
        aoi.ask("名簿の切り替え").await,
    );
    let empty = trainer.get("/collections").await;
    check_page(&empty.body, "empty list");
    let form = trainer
        .get(&with_query(
            "/collections/new",
            &[("thread", &text(&first["id"]))],
        ))
        .await;
    let begun = check_page(&form.body, "new").form("/collections");
    assert_eq!(begun.value("threads"), text(&first["id"]));
    let key = begun.value("key");
    // Another is added by its short address; nothing is saved yet.
    let short = format!("https://hiroba.example/t/{}", text(&second["short_code"]));
    let added = trainer
        .post(
            "/collections",
            &[
                ("title", TITLE),
                ("threads", &text(&first["id"])),
                ("comments", COMMENT),
                ("add", &short),
                ("key", &key),
                ("action", "add"),
            ],
        )
        .await;
    assert_eq!(added.status, StatusCode::OK, "{}", added.body);
    let form = check_page(&added.body, "added").form("/collections");
    let order = [text(&first["id"]), text(&second["id"])];
    assert_eq!(form.values("threads"), order);
    assert_eq!(form.values("comments"), [COMMENT, ""]);
    assert!(query(&app.app, "SELECT title AS value FROM collections").is_empty());
    // Moved up, then taken out, then saved: what was typed stays all the way.
    let fields = |action: &'static str| {
        vec![
            ("title".to_owned(), TITLE.to_owned()),
            ("policies".to_owned(), "2".to_owned()),
            ("threads".to_owned(), order[0].clone()),
            ("threads".to_owned(), order[1].clone()),
            ("comments".to_owned(), COMMENT.to_owned()),
            ("comments".to_owned(), String::new()),
            ("key".to_owned(), key.clone()),
            ("action".to_owned(), action.to_owned()),
        ]
    };
    let send = async |path: &str, fields: &[(String, String)]| {
        let fields: Vec<(&str, &str)> = fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        trainer.post(path, &fields).await
    };
    for (action, expected) in [
        ("up-2", vec![order[1].clone(), order[0].clone()]),
        ("down-1", vec![order[1].clone(), order[0].clone()]),
        ("remove-1", vec![order[1].clone()]),
        ("up-9", order.to_vec()),
    ] {
        let moved = send("/collections", &fields(action)).await;
        let form = check_page(&moved.body, action).form("/collections");
        assert_eq!(form.values("threads"), expected, "{action}");
        assert_eq!(form.value("title"), TITLE);
    }
    let saved = send("/collections", &fields("")).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    // The same key again makes no second one.
    assert_eq!(
        send("/collections", &fields("")).await.location(),
        saved.location()
    );
    let path = saved.location().split('?').next().unwrap().to_owned();
    // A draft is nobody's business.
    assert_eq!(aoi.get(&path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(
        app.trainer("other").get(&path).await.status,
        StatusCode::NOT_FOUND
    );
    assert!(!aoi.get("/collections").await.body.contains(TITLE));
    // Without a comment on each it cannot be published; the form says so.
    let refused = trainer.post(&format!("{path}/publish"), &[]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        check_page(&refused.body, "refused")
            .text_of("e-items")
            .contains("2番目")
    );
    let mut whole = fields("");
    whole[5].1 = "次にここを。".to_owned();
    whole.push(("revision".to_owned(), "1".to_owned()));
    let saved = send(&format!("{path}/edit"), &whole).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    see_other(&trainer, &format!("{path}/publish"), &[]).await;
    let shown = aoi.get(&path).await;
    let words = check_page(&shown.body, "shown").text();
    for word in [
        TITLE,
        COMMENT,
        "次にここを。",
        "最初の1週間のメモ",
        "研修担当のまとめ",
    ] {
        assert!(words.contains(word), "{word}: {words}");
    }
    assert!(!shown.body.contains("kenshuu") && shown.body.contains("class=\"qr\""));
    // It is met everywhere else.
    for place in [
        "/",
        "/policies/2",
        "/collections",
        "/collections?policy=2",
        &page(&first),
    ] {
        let met = aoi.get(place).await;
        assert!(
            check_page(&met.body, place).text().contains(TITLE),
            "{place}"
        );
    }
    assert!(!aoi.get("/collections?policy=3").await.body.contains(TITLE));
    let feed = aoi.get("/feeds/collections.atom").await;
    assert!(feed.body.contains(TITLE) && !feed.body.contains("kenshuu"));
    let code = query(&app.app, "SELECT short_code AS value FROM collections");
    let short = aoi.get(&format!("/c/{}", code[0])).await;
    assert_eq!(short.location(), path);
    let history = trainer.get(&format!("{path}/revisions")).await;
    assert!(check_page(&history.body, "history").text().contains("3版"));
    // Taken back: nobody but those who write it sees it, and nothing is erased.
    see_other(&trainer, &format!("{path}/withdraw"), &[]).await;
    assert_eq!(aoi.get(&path).await.status, StatusCode::NOT_FOUND);
    assert!(trainer.get(&path).await.body.contains(COMMENT));
    see_other(&trainer, &format!("{path}/publish"), &[]).await;
    assert_eq!(aoi.get(&path).await.status, StatusCode::OK);
}

#[actix_web::test]
async fn a_stale_edit_is_refused_and_keeps_the_text() {
    let app = TestApp::new().await;
    let (aoi, trainer, other) = (
        app.teacher("aoi"),
        app.trainer("kenshuu"),
        app.trainer("soudan"),
    );
    let thread = aoi.ask("最初の1週間のメモ").await;
    let made = gathered(&trainer, &[&thread]).await;
    let (path, api) = (collection(&made), format!("/api/v1{}", collection(&made)));
    see_other(
        &trainer,
        &format!("{path}/editors"),
        &[("email", &other.email)],
    )
    .await;
    let newer = json!({ "title": "4月と5月にすること" });
    let answer = other.api(Method::PATCH, &api, newer.clone()).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let sent = [
        ("title", "わたしの題名"),
        ("cover", "わたしのことば"),
        ("policies", "2"),
        ("threads", &text(&thread["id"])),
        ("comments", "わたしのコメント"),
        ("revision", "2"),
    ];
    let stale = trainer.post(&format!("{path}/edit"), &sent).await;
    assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED);
    let read = check_page(&stale.body, "stale");
    let form = read.form(&format!("{path}/edit"));
    assert_eq!(form.value("title"), "わたしの題名");
    assert_eq!(form.value("cover"), "わたしのことば");
    assert_eq!(form.value("comments"), "わたしのコメント");
    assert!(read.text_of("stale").contains("4月と5月にすること"));
    // Whoever has seen the other version may write over it.
    let revision = form.value("revision");
    let again = [&sent[..5], &[("revision", revision.as_str())]].concat();
    see_other(&trainer, &format!("{path}/edit"), &again).await;
    let request = trainer
        .request(Method::PATCH, &api)
        .insert_header(("if-match", "\"2\""))
        .set_json(newer);
    assert_eq!(
        trainer.send(request).await.status,
        StatusCode::PRECONDITION_FAILED
    );
    let shown = trainer.get(&api).await;
    assert_eq!(shown.json()["title"], "わたしの題名");
    assert_eq!(shown.header("etag"), "\"4\"");
}

#[actix_web::test]
async fn whoever_loses_the_role_while_writing_keeps_the_text() {
    let app = TestApp::new().await;
    let (aoi, trainer, other) = (
        app.teacher("aoi"),
        app.trainer("kenshuu"),
        app.trainer("soudan"),
    );
    let thread = aoi.ask("最初の1週間のメモ").await;
    let made = gathered(&trainer, &[&thread]).await;
    let path = collection(&made);
    see_other(
        &trainer,
        &format!("{path}/editors"),
        &[("email", &other.email)],
    )
    .await;
    let sent = [
        ("title", "書きかけの題名"),
        ("cover", "書きかけのことば"),
        ("policies", "2"),
        ("threads", &text(&thread["id"])),
        ("comments", "書きかけのコメント"),
    ];
    let check = |answer: &Answer, whence: &str| {
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{whence}");
        let words = check_page(&answer.body, whence).text();
        assert!(words.contains("保存はしていません"), "{whence}: {words}");
        for (_, word) in [sent[0], sent[1], sent[4]] {
            assert!(answer.body.contains(word), "{whence}: {word}");
        }
    };
    // Taken out of it by its owner.
    let remove = [("remove", other.id.unwrap().to_string())];
    see_other(
        &trainer,
        &format!("{path}/editors"),
        &[(remove[0].0, &remove[0].1)],
    )
    .await;
    check(&other.post(&format!("{path}/edit"), &sent).await, "editor");
    // No trainer any more.
    let house = accounts::house();
    app.app
        .write_here(|db, now| {
            accounts::set_role(db, &house, trainer.id.unwrap(), Role::Teacher, now)
        })
        .unwrap();
    check(&trainer.post(&format!("{path}/edit"), &sent).await, "edit");
    check(&trainer.post("/collections", &sent).await, "create");
    let moved = [&sent[..], &[("action", "up-1")]].concat();
    check(&trainer.post(&format!("{path}/edit"), &moved).await, "move");
    let comment = [("comment", "書きかけのひとこと")];
    let kept = trainer
        .post(&format!("{}/recommendation", page(&thread)), &comment)
        .await;
    assert_eq!(kept.status, StatusCode::FORBIDDEN);
    assert!(kept.body.contains("書きかけのひとこと") && kept.body.contains("保存はしていません"));
    // What was written stands; another trainer takes it over.
    assert_eq!(aoi.get(&path).await.status, StatusCode::OK);
    see_other(&other, &format!("{path}/edit"), &sent).await;
    assert!(aoi.get(&path).await.body.contains("書きかけの題名"));
}

#[actix_web::test]
async fn only_trainers_share_and_only_with_trainers() {
    let app = TestApp::new().await;
    let (aoi, trainer, other) = (
        app.teacher("aoi"),
        app.trainer("kenshuu"),
        app.trainer("soudan"),
    );
    let made = gathered(&trainer, &[&aoi.ask("最初の1週間のメモ").await]).await;
    let path = collection(&made);
    let editors = format!("{path}/editors");
    assert_eq!(
        other.get(&format!("{path}/edit")).await.status,
        StatusCode::FORBIDDEN
    );
    for unknown in [aoi.email.as_str(), "nobody@hiroba.example", "", "\0"] {
        let answer = trainer.post(&editors, &[("email", unknown)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{unknown}");
        assert!(
            !check_page(&answer.body, unknown)
                .text_of("e-person")
                .is_empty()
        );
    }
    let form = trainer.get(&format!("{path}/edit")).await;
    assert!(
        check_page(&form.body, "edit")
            .form(&editors)
            .text()
            .contains("soudan")
    );
    see_other(
        &trainer,
        &editors,
        &[("person", &other.id.unwrap().to_string())],
    )
    .await;
    assert_eq!(
        other.get(&format!("{path}/edit")).await.status,
        StatusCode::OK
    );
    // Whoever was asked asks nobody else, but may leave.
    let third = app.trainer("third");
    let refused = other.post(&editors, &[("email", &third.email)]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    see_other(
        &other,
        &editors,
        &[("remove", &other.id.unwrap().to_string())],
    )
    .await;
    assert_eq!(
        other.get(&format!("{path}/edit")).await.status,
        StatusCode::FORBIDDEN
    );
}

#[actix_web::test]
async fn hidden_threads_keep_their_place_and_are_passed_over() {
    let app = TestApp::new().await;
    let (aoi, sota, trainer) = (
        app.teacher("aoi"),
        app.teacher("sota"),
        app.trainer("kenshuu"),
    );
    let (stays, goes) = (aoi.ask("残る質問").await, aoi.ask("隠れる質問").await);
    let made = gathered(&trainer, &[&goes, &stays]).await;
    let (path, api) = (collection(&made), format!("/api/v1{}", collection(&made)));
    set_visibility(&app, &goes, Visibility::Hidden);
    let shown = check_page(&sota.get(&path).await.body, "reader").text();
    assert!(
        shown.contains("残る質問") && !shown.contains("隠れる質問"),
        "{shown}"
    );
    assert_eq!(shown.matches(COMMENT).count(), 1);
    assert_eq!(
        sota.get(&api).await.json()["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(
        sota.get("/api/v1/collections").await.json()["items"][0]["count"],
        1
    );
    let own = check_page(&trainer.get(&path).await.body, "trainer").text();
    assert!(own.contains("いまは公開されていない") && own.matches(COMMENT).count() == 2);
    let items = trainer.get(&api).await.json()["items"].clone();
    assert_eq!(
        (items[0]["thread"].clone(), &items[0]["thread_id"]),
        (Value::Null, &goes["id"])
    );
    // What is out of sight does not stand in the way of an edit, and keeps its place.
    let edit = json!({ "title": "直した題名" });
    assert_eq!(
        trainer.api(Method::PATCH, &api, edit).await.status,
        StatusCode::OK
    );
    set_visibility(&app, &goes, Visibility::Visible);
    let back = sota.get(&api).await.json()["items"].clone();
    assert_eq!(back[0]["thread_id"], goes["id"]);
    // A hidden one cannot be put in.
    let held = aoi.ask("確認中の質問").await;
    set_visibility(&app, &held, Visibility::Held);
    let items = json!({ "items": [{ "thread": held["id"], "comment": "a" }] });
    let refused = trainer.api(Method::PATCH, &api, items).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.json()["errors"][0]["field"], "items");
}

#[actix_web::test]
async fn a_proposal_is_decided_and_the_author_may_refuse() {
    let app = TestApp::new().await;
    let (aoi, sota, trainer) = (
        app.teacher("aoi"),
        app.teacher("sota"),
        app.trainer("kenshuu"),
    );
    let thread = aoi.thread("practice", "小4の角", "本文です。").await;
    let path = page(&thread);
    let proposal = format!("{path}/proposal");
    assert!(sota.get(&path).await.body.contains(&proposal));
    see_other(&sota, &proposal, &[("reason", "すぐまねできました。")]).await;
    // One that is open, a person and thread.
    let twice = sota.post(&proposal, &[("reason", "もう一度。")]).await;
    assert_eq!(twice.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        check_page(&twice.body, "twice")
            .text_of("e-reason")
            .contains("もう推薦しています")
    );
    assert!(!sota.get(&path).await.body.contains(&proposal));
    let desk = trainer.get("/desk/proposals").await;
    let read = check_page(&desk.body, "desk");
    assert!(read.text().contains("すぐまねできました。") && !desk.body.contains("先生 sota"));
    let accept = read
        .all("form")
        .filter_map(|form| form.get("action"))
        .find(|action| action.ends_with("/accept"))
        .unwrap()
        .to_owned();
    let wrong = trainer.post(&accept, &[("comment", "")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    check_page(&wrong.body, "wrong");
    see_other(&trainer, &accept, &[("comment", "はじめての先生に。")]).await;
    let late = app
        .trainer("late")
        .post(&accept, &[("comment", "おそい。")])
        .await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(late.body.contains("おそい。"));
    app.drain();
    // Signed by the role alone, on the page and to both who are told.
    let shown = sota.get(&path).await;
    assert!(shown.body.contains("はじめての先生に。") && shown.body.contains("研修担当のおすすめ"));
    assert!(!shown.body.contains("kenshuu"));
    let api = format!("/api/v1{path}");
    assert_eq!(sota.get(&api).await.json()["standing"]["recommended"], true);
    let told = notices(&aoi).await;
    assert!(
        told.contains("研修担当のおすすめになりました") && !told.contains("kenshuu"),
        "{told}"
    );
    assert!(notices(&sota).await.contains("あなたが推薦した話題"));
    let log = query(&app.app, "SELECT action AS value FROM audit_log");
    assert!(log.contains(&"recommended".to_owned()), "{log:?}");

    // The author does not want it.
    assert_eq!(
        sota.get(&format!("{path}/recommendation/refuse"))
            .await
            .status,
        StatusCode::FORBIDDEN
    );
    assert!(aoi.get(&path).await.body.contains("掲載を辞退する"));
    check_page(
        &aoi.get(&format!("{path}/recommendation/refuse")).await.body,
        "refuse",
    );
    see_other(&aoi, &format!("{path}/recommendation/refuse"), &[]).await;
    let shown = sota.get(&path).await;
    assert!(
        !shown.body.contains("はじめての先生に。") && !shown.body.contains("研修担当のおすすめ")
    );
    assert_eq!(
        sota.get(&api).await.json()["standing"]["recommended"],
        false
    );
    let again = trainer
        .post(
            &format!("{path}/recommendation"),
            &[("comment", "もう一度。")],
        )
        .await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    assert!(again.body.contains("もう一度。") && again.body.contains("辞退"));
    assert_eq!(
        sota.post(&proposal, &[("reason", "ぜひ。")]).await.status,
        StatusCode::CONFLICT
    );
    // Nor can it be gathered; where it stood, it is passed over.
    let into = json!({ "title": TITLE, "policies": [2], "items": [{ "thread": thread["id"], "comment": "a" }] });
    let refused = trainer.api_post("/api/v1/collections", into).await;
    assert_eq!(refused.json()["errors"][0]["code"], "refused");
    see_other(&aoi, &format!("{path}/recommendation/allow"), &[]).await;
    see_other(
        &trainer,
        &format!("{path}/recommendation"),
        &[("comment", "もう一度。")],
    )
    .await;
    assert!(sota.get(&path).await.body.contains("もう一度。"));
}

#[actix_web::test]
async fn a_declined_proposal_tells_why_and_hidden_ones_are_not_counted() {
    let app = TestApp::new().await;
    let (aoi, sota, trainer) = (
        app.teacher("aoi"),
        app.teacher("sota"),
        app.trainer("kenshuu"),
    );
    let (one, other) = (aoi.ask("一つめ").await, aoi.ask("二つめ").await);
    for (actor, thread) in [(&aoi, &one), (&sota, &one), (&sota, &other)] {
        see_other(
            actor,
            &format!("{}/proposal", page(thread)),
            &[("reason", "助かりました。")],
        )
        .await;
    }
    let count = || {
        let who = app
            .app
            .write_here(|db, _| accounts::by_id(db, trainer.id.unwrap()));
        let who = accounts::as_member(&who.unwrap());
        app.app
            .write_here(|db, _| curation::count_open_proposals(db, &who))
            .unwrap()
    };
    assert_eq!(count(), 3);
    set_visibility(&app, &other, Visibility::Hidden);
    assert_eq!(count(), 2);
    let desk = trainer.get("/desk/proposals").await;
    assert!(!desk.body.contains("二つめ"));
    let decline = check_page(&desk.body, "desk")
        .all("form")
        .filter_map(|form| form.get("action"))
        .find(|action| action.ends_with("/decline"))
        .unwrap()
        .to_owned();
    see_other(
        &trainer,
        &decline,
        &[("reason", "似た質問を先月すすめました。")],
    )
    .await;
    assert_eq!(count(), 0, "both who proposed it are answered at once");
    app.drain();
    for actor in [&aoi, &sota] {
        let told = notices(actor).await;
        assert!(told.contains("似た質問を先月すすめました。"), "{told}");
    }
    // What was declined can be proposed again.
    see_other(
        &sota,
        &format!("{}/proposal", page(&one)),
        &[("reason", "やはり。")],
    )
    .await;
    assert_eq!(count(), 1);
}

#[actix_web::test]
async fn what_was_chosen_is_looked_at_again_in_a_year() {
    let app = TestApp::new().await;
    let (aoi, sota, trainer) = (
        app.teacher("aoi"),
        app.teacher("sota"),
        app.trainer("kenshuu"),
    );
    let thread = aoi.thread("practice", "角の見分け方", "本文です。").await;
    let gone = aoi.thread("practice", "角の測り方", "本文です。").await;
    let path = page(&thread);
    gathered(&trainer, &[&thread]).await;
    see_other(
        &trainer,
        &format!("{}/recommendation", page(&gone)),
        &[("comment", "a")],
    )
    .await;
    let desk = async |actor: &Actor<'_>| {
        let answer = actor.get("/desk/freshness").await;
        check_page(&answer.body, "desk").text()
    };
    assert!(!desk(&trainer).await.contains("角の"));
    app.advance(TimeDelta::days(366));
    let (aoi, sota, trainer) = (aoi.again(), sota.again(), trainer.again());
    let listed = desk(&trainer).await;
    assert!(
        listed.contains("角の見分け方") && listed.contains("角の測り方"),
        "{listed}"
    );
    // Everybody is told that it is old; its author is asked.
    let shown = check_page(&sota.get(&path).await.body, "old").text();
    assert!(shown.contains("1年以上前に確認した内容です"), "{shown}");
    assert!(!shown.contains("いまも同じだった"));
    let look = format!("/desk/freshness/{}", text(&thread["id"]));
    check_page(&trainer.get(&look).await.body, "look");
    see_other(
        &trainer,
        &look,
        &[("action", "ask"), ("reason", "ボタンの名前は同じですか。")],
    )
    .await;
    app.drain();
    assert!(notices(&aoi).await.contains("ボタンの名前は同じですか。"));
    assert!(
        check_page(&aoi.get(&path).await.body, "asked")
            .text()
            .contains("いまも同じだった")
    );
    assert_eq!(
        sota.post(&format!("{path}/freshness"), &[("answer", "same")])
            .await
            .status,
        StatusCode::FORBIDDEN
    );
    see_other(&aoi, &format!("{path}/freshness"), &[("answer", "changed")]).await;
    assert!(
        desk(&trainer)
            .await
            .contains("「変わっていた」と答えました")
    );
    assert!(
        sota.get(&path)
            .await
            .body
            .contains("「変わっていた」と答えています")
    );
    // Outdated: it says so, leaves the list, and ranks lower.
    let unsaid = trainer
        .post(&look, &[("action", "outdate"), ("reason", "")])
        .await;
    assert_eq!(unsaid.status, StatusCode::UNPROCESSABLE_ENTITY);
    see_other(
        &trainer,
        &look,
        &[("action", "outdate"), ("reason", "画面が変わりました。")],
    )
    .await;
    app.drain();
    assert!(!desk(&trainer).await.contains("角の見分け方"));
    let marked = trainer.get("/desk/freshness?show=outdated").await;
    assert!(marked.body.contains("画面が変わりました。"));
    let shown = sota.get(&path).await;
    assert!(
        shown.body.contains("いまは古くなっている内容です")
            && shown.body.contains("画面が変わりました。")
    );
    assert_eq!(
        sota.get(&format!("/api/v1{path}")).await.json()["standing"]["outdated"],
        true
    );
    assert_eq!(sota.search("角の").await, ["角の測り方", "角の見分け方"]);
    assert!(notices(&aoi).await.contains("古い内容という印がつきました"));
    // Found to hold again.
    let wrong = trainer
        .post(&look, &[("action", "verify"), ("review_on", "2020-01-01")])
        .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    see_other(
        &trainer,
        &look,
        &[("action", "verify"), ("app_version", "10.2")],
    )
    .await;
    assert!(!sota.get(&path).await.body.contains("古くなっている"));
    // The other one's author says that it is the same: good for another year.
    see_other(
        &aoi,
        &format!("{}/freshness", page(&gone)),
        &[("answer", "same")],
    )
    .await;
    assert!(!desk(&trainer).await.contains("角の"));
    let nothing = aoi
        .post(&format!("{}/freshness", page(&gone)), &[("answer", "same")])
        .await;
    assert_eq!(nothing.status, StatusCode::CONFLICT);
}

#[actix_web::test]
async fn an_author_who_checks_while_editing_has_verified_it() {
    let app = TestApp::new().await;
    let (aoi, trainer) = (app.teacher("aoi"), app.trainer("kenshuu"));
    let thread = aoi.thread("practice", "角の見分け方", "本文です。").await;
    see_other(
        &trainer,
        &format!("{}/recommendation", page(&thread)),
        &[("comment", "a")],
    )
    .await;
    app.advance(TimeDelta::days(400));
    let (aoi, trainer) = (aoi.again(), trainer.again());
    assert!(
        trainer
            .get("/desk/freshness")
            .await
            .body
            .contains("角の見分け方")
    );
    let checked = json!({ "practice": { "checked_on": "2027-12-20", "app_version": "11" } });
    let edited = aoi
        .api(Method::PATCH, &format!("/api/v1{}", page(&thread)), checked)
        .await;
    assert_eq!(edited.status, StatusCode::OK, "{}", edited.body);
    assert!(
        !trainer
            .get("/desk/freshness")
            .await
            .body
            .contains("角の見分け方")
    );
    let rows = query(&app.app, "SELECT app_version AS value FROM freshness");
    assert_eq!(rows, ["11"]);
}

/// What leaves digests, also those that are frozen already, and what a collection brings.
#[test]
fn digests_bring_what_trainers_gather_and_leave_out_what_does_not_hold() {
    let town = Town::new("2026-11-23T10:00:00+09:00");
    let people = town.people(2);
    let trainer = town.trainer();
    let [one, two, three] = ["一つめ", "二つめ", "三つめ"].map(|title| town.ask(&people[0], title));
    let picks = |town: &Town| {
        let picked = town
            .app
            .write_here(|db, now| curation::picks(db, now.minus(TimeDelta::days(60)), now));
        picked.unwrap()
    };
    let input = collections::CollectionInput {
        title: TITLE.to_owned(),
        policies: vec![threads::Loose("2".to_owned())],
        items: [one, two]
            .iter()
            .map(|thread| collections::ItemInput {
                thread: thread.to_string(),
                comment: COMMENT.to_owned(),
            })
            .collect(),
        ..collections::CollectionInput::default()
    };
    let made = town
        .app
        .write_here(|db, now| collections::create(db, &trainer, &input, None, now))
        .unwrap();
    assert!(picks(&town).is_empty(), "a draft brings nothing");
    town.app
        .write_here(|db, now| collections::publish(db, &trainer, made.id, now))
        .unwrap();
    assert_eq!(picks(&town), [one, two]);
    town.set(town.now().plus(TimeDelta::hours(1)));
    town.app
        .write_here(|db, now| {
            collections::add(db, &trainer, made.id, three, "あとから。", now)?;
            curation::recommend(db, &trainer, two, "すすめます。", now)
        })
        .unwrap();
    let now = picks(&town);
    assert!(
        now[..2].contains(&two) && now[..2].contains(&three) && now[2] == one,
        "{now:?}"
    );
    let said = town
        .app
        .write_here(|db, _| curation::comments(db, &[one, two, three]))
        .unwrap();
    assert_eq!(said[&two], "すすめます。");
    assert_eq!(said[&one], format!("{COMMENT}（まとめ『{TITLE}』）"));
    // Refused by its author: out of the picks.
    town.app
        .write_here(|db, now| curation::refuse(db, &people[0], two, now))
        .unwrap();
    assert!(!picks(&town).contains(&two));
    town.app
        .write_here(|db, now| {
            curation::freshness::mark_outdated(db, &trainer, three, "古いです。", now)?;
            let news = threads::news(db, now.minus(TimeDelta::days(9)), now)?;
            assert!(news.iter().all(|one| one.id != three));
            Ok(())
        })
        .unwrap();
    town.set(crate::harness::town::at("2026-11-26T15:30:00+09:00"));
    town.run();
    let letters = town.taken();
    assert!(!letters.is_empty());
    for letter in &letters {
        assert!(!letter.text.contains("三つめ"), "{}", letter.text);
        if letter.text.contains("研修担当のおすすめ") {
            assert!(letter.text.contains(COMMENT), "{}", letter.text);
        }
    }
}

#[actix_web::test]
async fn a_merge_carries_what_trainers_chose() {
    let app = TestApp::new().await;
    let (aoi, trainer) = (app.teacher("aoi"), app.trainer("kenshuu"));
    let (goes, stays) = (
        aoi.ask("写真が横向き").await,
        aoi.ask("提出箱の写真の向き").await,
    );
    let made = gathered(&trainer, &[&goes]).await;
    see_other(
        &trainer,
        &format!("{}/recommendation", page(&goes)),
        &[("comment", "役に立ちます。")],
    )
    .await;
    let merge = [
        ("of", text(&stays["id"])),
        ("how", "merge".to_owned()),
        ("confirmed", "1".to_owned()),
    ];
    let merge: Vec<(&str, &str)> = merge
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    see_other(&trainer, &format!("{}/duplicate", page(&goes)), &merge).await;
    let shown = aoi.get(&page(&stays)).await;
    assert!(shown.body.contains("役に立ちます。") && shown.body.contains(TITLE));
    let items = aoi
        .get(&format!("/api/v1{}", collection(&made)))
        .await
        .json()["items"]
        .clone();
    assert_eq!(items[0]["thread_id"], stays["id"]);
}

#[actix_web::test]
async fn who_leaves_leaves_what_was_published() {
    let app = TestApp::new().await;
    let (aoi, sota) = (app.teacher("aoi"), app.teacher("sota"));
    let (trainer, other) = (app.trainer("kenshuu"), app.trainer("soudan"));
    let thread = aoi.ask("最初の1週間のメモ").await;
    let made = gathered(&trainer, &[&thread]).await;
    let draft = json!({ "title": "ひとりの下書き", "policies": [2], "items": [] });
    trainer.api_post("/api/v1/collections", draft).await;
    let shared = json!({ "title": "ふたりの下書き", "policies": [2], "items": [] });
    let shared = trainer.api_post("/api/v1/collections", shared).await.json();
    let editors = format!("{}/editors", collection(&shared));
    see_other(&trainer, &editors, &[("email", &other.email)]).await;
    see_other(
        &trainer,
        &format!("{}/recommendation", page(&thread)),
        &[("comment", "読んでください。")],
    )
    .await;
    let second = aoi.ask("二つめの質問").await;
    see_other(
        &sota,
        &format!("{}/proposal", page(&second)),
        &[("reason", "わたしの理由")],
    )
    .await;
    // What is kept of them is handed out to them.
    let own = trainer.get("/settings/own-data").await.json();
    assert_eq!(own["collections"].as_array().unwrap().len(), 3);
    let mine = own["collections"].as_array().unwrap();
    let kept = mine.iter().find(|one| one["id"] == made["id"]).unwrap();
    assert_eq!(kept["content"]["items"][0]["comment"], COMMENT);
    assert_eq!(own["recommendations"][0]["comment"], "読んでください。");
    assert_eq!(
        sota.get("/settings/own-data").await.json()["proposals"][0]["reason"],
        "わたしの理由"
    );
    for actor in [&trainer, &sota] {
        app.app
            .write_here(|db, now| {
                let person = accounts::by_id(db, actor.id.unwrap())?;
                let who = accounts::as_member(&person);
                curation::forget_person(db, person.id)?;
                accounts::closing::close(db, &who, now)
            })
            .unwrap();
    }
    let titles = query(
        &app.app,
        "SELECT title AS value FROM collections ORDER BY title",
    );
    assert_eq!(titles.len(), 2, "{titles:?}");
    assert!(!titles.contains(&"ひとりの下書き".to_owned()));
    assert!(query(&app.app, "SELECT reason AS value FROM proposals").is_empty());
    let shown = aoi.get(&collection(&made)).await;
    assert!(shown.body.contains(COMMENT) && shown.body.contains("研修担当のまとめ"));
    assert!(
        aoi.get(&page(&thread))
            .await
            .body
            .contains("読んでください。")
    );
    // Any trainer looks after it from now on.
    let edit = json!({ "title": "引き継いだ題名" });
    let api = format!("/api/v1{}", collection(&made));
    assert_eq!(
        other.api(Method::PATCH, &api, edit).await.status,
        StatusCode::OK
    );
    let history = other.get(&format!("{}/revisions", collection(&made))).await;
    assert!(history.body.contains(accounts::DEPARTED) && !history.body.contains("先生 kenshuu"));
    let mut lines = Vec::new();
    exchange::export(&app.app.database, None, &mut lines).unwrap();
    assert!(!String::from_utf8(lines).unwrap().contains(COMMENT));
}

#[actix_web::test]
async fn hostile_text_in_everything_that_trainers_say() {
    let app = TestApp::new().await;
    let (aoi, trainer) = (app.teacher("aoi"), app.trainer("kenshuu"));
    let thread = aoi.ask("最初の1週間のメモ").await;
    let made = gathered(&trainer, &[&thread]).await;
    let api = format!("/api/v1{}", collection(&made));
    for value in hostile() {
        let whence: String = value.chars().take(40).collect();
        let training = |on: &str, place: &str, form: &str| json!({ "training": { "form": form, "on": on, "place": place } });
        for patch in [
            json!({ "title": value }),
            json!({ "cover": value }),
            json!({ "policies": [value] }),
            json!({ "school_types": [value] }),
            json!({ "experience": [value] }),
            json!({ "state": value }),
            json!({ "items": [{ "thread": value, "comment": "a" }] }),
            json!({ "items": [{ "thread": thread["id"], "comment": value }] }),
            training(&value, "", "online"),
            training("", &value, "online"),
            training("", "", &value),
        ] {
            let answer = trainer.api(Method::PATCH, &api, patch.clone()).await;
            assert!(
                [StatusCode::OK, StatusCode::UNPROCESSABLE_ENTITY].contains(&answer.status),
                "{whence}: {}",
                answer.body
            );
            check_page(&aoi.get(&collection(&made)).await.body, &whence);
        }
        check_page(
            &trainer
                .get(&format!("{}/edit", collection(&made)))
                .await
                .body,
            &whence,
        );
        let path = page(&thread);
        for (form, name) in [
            (format!("{path}/recommendation"), "comment"),
            (format!("{path}/proposal"), "reason"),
            (format!("{path}/collect"), "collection"),
            (format!("/desk/freshness/{}", text(&thread["id"])), "reason"),
            (
                format!("/desk/freshness/{}", text(&thread["id"])),
                "review_on",
            ),
            (
                format!("/desk/freshness/{}", text(&thread["id"])),
                "os_version",
            ),
            (format!("{}/editors", collection(&made)), "email"),
            (format!("{}/edit", collection(&made)), "add"),
            ("/collections".to_owned(), "title"),
        ] {
            let action = if name == "reason" {
                "outdate"
            } else {
                "verify"
            };
            let answer = trainer
                .post(&form, &[(name, &value), ("action", action)])
                .await;
            assert!(
                !answer.status.is_server_error(),
                "{form} {whence}: {}",
                answer.body
            );
            check_page(&aoi.get(&path).await.body, &whence);
        }
        let value: String = value.chars().take(1_000).collect();
        for (path, name) in [
            ("/collections", "policy"),
            ("/collections", "school_type"),
            ("/collections/new", "thread"),
        ] {
            let answer = trainer.get(&with_query(path, &[(name, &value)])).await;
            assert!(!answer.status.is_server_error(), "{path} {whence}");
            check_page(&answer.body, &whence);
        }
    }
    check_page(
        &trainer
            .get(&format!("{}/revisions", collection(&made)))
            .await
            .body,
        "history",
    );
    check_page(&aoi.get("/collections").await.body, "list");
    assert_eq!(
        aoi.get("/feeds/collections.atom").await.status,
        StatusCode::OK
    );
}

#[actix_web::test]
async fn every_limit_of_a_collection_is_named() {
    let app = TestApp::new().await;
    let (aoi, trainer) = (app.teacher("aoi"), app.trainer("kenshuu"));
    let thread = aoi.ask("最初の1週間のメモ").await;
    let long = |count: usize| "あ".repeat(count);
    let whole = |field: &str, value: Value| {
        let mut input = json!({ "title": TITLE, "policies": [2], "items": [] });
        input[field] = value;
        input
    };
    let item = |comment: String| json!([{ "thread": thread["id"], "comment": comment }]);
    let many: Vec<Value> = (0..31).map(|_| json!({ "thread": thread["id"] })).collect();
    for (field, value, expected) in [
        ("title", json!(long(80)), None),
        ("title", json!(long(81)), Some("title")),
        ("title", json!(" "), Some("title")),
        ("cover", json!(long(2_000)), None),
        ("cover", json!(long(2_001)), Some("cover")),
        ("cover", json!("1234 5678 9018"), Some("cover")),
        ("policies", json!([]), Some("policies")),
        ("policies", json!([1, 2, 3]), Some("policies")),
        ("policies", json!([9]), Some("policies")),
        ("school_types", json!(["小学校"]), None),
        ("school_types", json!(["塾"]), Some("school_types")),
        ("experience", json!(["1年目", "2-5"]), None),
        ("experience", json!(["3"]), Some("experience")),
        (
            "training",
            json!({ "form": "参集", "on": "2026-12-03", "place": "センター" }),
            None,
        ),
        (
            "training",
            json!({ "form": "", "on": "2026-12-03" }),
            Some("training_form"),
        ),
        (
            "training",
            json!({ "form": "online", "on": "2026-13-03" }),
            Some("training_on"),
        ),
        ("items", item(long(300)), None),
        ("items", item(long(301)), Some("items")),
        ("items", json!(many), Some("items")),
        ("items", json!([{ "thread": "nowhere" }]), Some("items")),
        (
            "items",
            json!([{ "thread": thread["id"] }, { "thread": thread["short_code"] }]),
            Some("items"),
        ),
    ] {
        let answer = trainer
            .api_post("/api/v1/collections", whole(field, value.clone()))
            .await;
        match expected {
            None => assert_eq!(
                answer.status,
                StatusCode::CREATED,
                "{value}: {}",
                answer.body
            ),
            Some(name) => {
                assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{value}");
                assert_eq!(answer.json()["errors"][0]["field"], name, "{value}");
            }
        }
    }
    let first = trainer
        .get("/api/v1/collections?mine=true&limit=3")
        .await
        .json();
    let next = with_query(
        "/api/v1/collections",
        &[
            ("mine", "true"),
            ("limit", "3"),
            ("cursor", &text(&first["next_cursor"])),
        ],
    );
    let second = trainer.get(&next).await.json();
    assert_ne!(first["items"][0]["id"], second["items"][0]["id"]);
    assert_eq!(
        aoi.get("/api/v1/collections?mine=true").await.status,
        StatusCode::FORBIDDEN
    );
}
