//! Sealing: who may, what is shown instead of a name, forms, edits, files – and how two moderators open a seal.

use actix_web::http::{Method, StatusCode};
use chrono::TimeDelta;
use hiroba::accounts::signature::FEWEST_ALIKE;
use hiroba::accounts::{self, Role};
use hiroba::exchange::{self, Options, Tally};
use hiroba::id::Id;
use hiroba::moderation::Post;
use hiroba::replies::{self, NewReply};
use hiroba::seals::{self, AGREE_WITHIN, Standing};
use hiroba::threads::Submit;
use serde_json::{Value, json};

use crate::harness::ground::{Ground, ask_sealed, person, query, settle};
use crate::harness::html::check_page;
use crate::harness::town::Town;
use crate::harness::{Actor, Answer, TestApp, text};

const SECONDARY: &str = "中等教育学校";

fn colleagues(app: &TestApp, count: usize, role: Role, school_type: &str) {
    for number in 0..count {
        app.person(&format!("{role}-{number}"), role, school_type);
    }
}

/// A question as JSON, sealed.
fn sealed(title: &str) -> Value {
    json!({ "kind": "question", "title": title, "body": "本文です。", "school_type": "小学校", "policies": [3], "sealed": true })
}

async fn ask(actor: &Actor<'_>, title: &str) -> Value {
    let answer = actor.api_post("/api/v1/threads", sealed(title)).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    answer.json()
}

async fn answer(actor: &Actor<'_>, thread: &Value, body: Value) -> Answer {
    let path = format!("/api/v1/threads/{}/replies", text(&thread["id"]));
    actor.api_post(&path, body).await
}

fn path(kind: &str, of: &Value) -> String {
    format!("/{kind}/{}", text(&of["id"]))
}

#[actix_web::test]
async fn few_who_are_alike_sign_as_teachers_only() {
    let app = TestApp::new().await;
    let one = app.person("one", Role::Teacher, SECONDARY);
    colleagues(&app, FEWEST_ALIKE - 2, Role::Teacher, SECONDARY);
    let before = ask(&one, "九人のうちのひとり").await;
    assert_eq!(before["author"]["name"], "先生");
    assert_eq!(before["author"]["school_type"], "");
    // Other roles of the type are not alike.
    app.person("trainer", Role::Trainer, SECONDARY);
    assert_eq!(ask(&one, "まだ九人です").await["author"]["name"], "先生");
    app.person("tenth", Role::Teacher, SECONDARY);
    let after = ask(&one, "十人のうちのひとり").await;
    assert_eq!(after["author"]["name"], "中等教育学校の先生");
    assert_eq!(after["author"]["school_type"], "chuutou");
    // What was sealed before stays as it was.
    let path = format!("/api/v1{}", path("threads", &before));
    assert_eq!(one.get(&path).await.json()["author"]["name"], "先生");
    // Those who support teachers are alike whatever their school type.
    let supporter = app.person("helper", Role::Supporter, "小学校");
    colleagues(&app, FEWEST_ALIKE - 2, Role::Supporter, "中学校");
    assert_eq!(
        ask(&supporter, "九人の支援員").await["author"]["name"],
        "先生"
    );
    app.person("last", Role::Supporter, "高等学校");
    let supported = ask(&supporter, "十人の支援員").await;
    assert_eq!(supported["author"]["name"], "ICT支援員");
    assert_eq!(supported["author"]["badge"], Value::Null);
}

/// Leaving, moving or another role would show whose posts change with it.
#[actix_web::test]
async fn a_seal_shows_for_ever_what_it_showed() {
    let app = TestApp::new().await;
    colleagues(&app, FEWEST_ALIKE, Role::Teacher, "小学校");
    let (aoi, sota) = (app.teacher("aoi"), app.teacher("sota"));
    let thread = ask(&aoi, "言いにくいことですが").await;
    let before = sota.get(&path("threads", &thread)).await.body;
    let house = accounts::house();
    let id = aoi.id.unwrap();
    for role in [Role::Moderator, Role::Supporter] {
        app.app
            .write_here(|db, now| accounts::set_role(db, &house, id, role, now))
            .unwrap();
        assert_eq!(shown_by(&sota, &thread, &before).await, "");
    }
    app.app
        .write_here(|db, now| accounts::suspend(db, &house, id, now))
        .unwrap();
    assert_eq!(shown_by(&sota, &thread, &before).await, "");
}

/// Empty where the page says who wrote the thread as `before` did.
async fn shown_by(reader: &Actor<'_>, thread: &Value, before: &str) -> String {
    let by = |body: &str| {
        let (_, rest) = body.split_once("<p class=\"by\">").unwrap();
        rest.split_once("</p>").unwrap().0.to_owned()
    };
    let now = by(&reader.get(&path("threads", thread)).await.body);
    assert!(now.contains("小学校の先生"), "{now}");
    if now == by(before) {
        String::new()
    } else {
        now
    }
}

#[actix_web::test]
async fn whose_words_weigh_more_sign_with_their_names() {
    let app = TestApp::new().await;
    for role in [Role::Trainer, Role::Moderator, Role::Administrator] {
        let actor = app.person(&format!("{role}"), role, "小学校");
        let refused = actor
            .api_post("/api/v1/threads", sealed("名前なしで"))
            .await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(refused.json()["errors"][0]["field"], "sealed");
        let page = actor.get("/threads/new").await.body;
        assert!(!page.contains("name=\"sealed\""));
        let fields = [
            ("kind", "question"),
            ("title", "名前なしで"),
            ("body", "残ってほしい本文です。"),
            ("school_type", "shogakkou"),
            ("policies", "3"),
            ("sealed", "true"),
        ];
        let again = actor.post("/threads", &fields).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            again.body.contains("残ってほしい本文です。")
                && again.body.contains("名前と役割が必要です")
        );
        let open = actor.ask("名前を出して").await;
        let refused = answer(
            &actor,
            &open,
            json!({ "body": "名前なしで", "sealed": true }),
        )
        .await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        let kept = format!("/api/v1{}", path("threads", &open));
        let refused = actor
            .api(Method::PATCH, &kept, json!({ "sealed": true }))
            .await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    // What was sealed before one got such a role stays sealed when it is edited.
    let aoi = app.teacher("aoi");
    let thread = ask(&aoi, "まだ教員のとき").await;
    let house = accounts::house();
    app.app
        .write_here(|db, now| accounts::set_role(db, &house, aoi.id.unwrap(), Role::Trainer, now))
        .unwrap();
    let kept = format!("/api/v1{}", path("threads", &thread));
    let edited = aoi
        .api(Method::PATCH, &kept, json!({ "body": "書き直しました。" }))
        .await;
    assert_eq!(edited.json()["sealed"], true);
    let form = check_page(
        &aoi.get(&format!("{}/edit", path("threads", &thread)))
            .await
            .body,
        "edit",
    );
    assert_eq!(form.values("sealed"), ["true"]);
    // A later answer is not drawn into the seal: it cannot be.
    let reply = answer(&aoi, &thread, json!({ "body": "研修担当として書きます。" })).await;
    assert_eq!(reply.json()["sealed"], false);
}

#[actix_web::test]
async fn an_answer_is_signed_as_one_has_signed_in_the_thread_before() {
    let app = TestApp::new().await;
    let (aoi, sota) = (app.teacher("aoi"), app.teacher("sota"));
    let thread = ask(&aoi, "言いにくいことですが").await;
    let page = aoi.get(&path("threads", &thread)).await.body;
    assert!(page.contains("書き方などから同じ人だと分かる"));
    let form = check_page(&page, "own sealed thread");
    assert_eq!(form.values("sealed"), ["true"]);
    let again = answer(&aoi, &thread, json!({ "body": "続きです。" }))
        .await
        .json();
    assert_eq!(again["sealed"], true);
    let named = answer(
        &aoi,
        &thread,
        json!({ "body": "名前を出します。", "sealed": false }),
    )
    .await
    .json();
    assert_eq!(named["author"]["id"], aoi.id.unwrap().to_string());
    // Somebody else begins with their name, until they seal a reply there.
    let page = sota.get(&path("threads", &thread)).await.body;
    assert!(!page.contains("書き方などから同じ人だと分かる"));
    assert_eq!(
        check_page(&page, "thread of another").values("sealed"),
        ["false"]
    );
    let form = [
        ("body", "名前なしで書きます。"),
        ("sealed", "true"),
        ("key", ""),
    ];
    let path_of_replies = format!("{}/replies", path("threads", &thread));
    assert_eq!(
        sota.post(&path_of_replies, &form).await.status,
        StatusCode::SEE_OTHER
    );
    let page = sota.get(&path("threads", &thread)).await.body;
    assert_eq!(
        check_page(&page, "after a sealed reply").values("sealed"),
        ["true"]
    );
    // A preview keeps what was chosen.
    let form = [
        ("body", "見ます。"),
        ("sealed", "false"),
        ("action", "preview"),
    ];
    let page = sota.post(&path_of_replies, &form).await.body;
    assert_eq!(check_page(&page, "preview").values("sealed"), ["false"]);
    // In another thread nothing is remembered.
    let other = sota.ask("別の話").await;
    let reply = answer(&aoi, &other, json!({ "body": "名前を出します。" }))
        .await
        .json();
    assert_eq!(reply["sealed"], false);
}

#[actix_web::test]
async fn a_seal_can_be_set_and_taken_off_by_its_author() {
    let app = TestApp::new().await;
    colleagues(&app, FEWEST_ALIKE, Role::Teacher, "小学校");
    let (aoi, sota) = (app.teacher("aoi"), app.teacher("sota"));
    let thread = aoi.ask("名前を出して書きました").await;
    let reply = aoi.reply(&thread, "名前を出した続きです。").await;
    for (kind, of) in [("threads", &thread), ("replies", &reply)] {
        let api = format!("/api/v1{}", path(kind, of));
        let form = aoi.get(&format!("{}/edit", path(kind, of))).await.body;
        assert!(form.contains("すでに送られたメール"));
        assert_eq!(check_page(&form, "edit").values("sealed"), ["false"]);
        let sealed = aoi
            .api(Method::PATCH, &api, json!({ "sealed": true }))
            .await;
        assert_eq!(sealed.status, StatusCode::OK, "{}", sealed.body);
        let seen = sota.get(&api).await;
        assert_eq!(
            seen.json()["author"],
            json!({
                "id": null, "name": "小学校の先生", "school_type": "shogakkou", "position": null, "role": "teacher", "badge": null,
            })
        );
        assert_eq!(seen.json()["body"], of["body"]);
        assert_eq!(seen.header("etag"), "\"2\"");
        // The same once more changes nothing.
        aoi.api(Method::PATCH, &api, json!({ "sealed": true }))
            .await;
        assert_eq!(sota.get(&api).await.header("etag"), "\"2\"");
        let form = aoi.get(&format!("{}/edit", path(kind, of))).await.body;
        assert!(form.contains("誰が書いたかがみんなに見えます"));
        assert_eq!(check_page(&form, "edit").values("sealed"), ["true"]);
        let refused = sota
            .api(Method::PATCH, &api, json!({ "sealed": false }))
            .await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        let stale = aoi
            .request(Method::PATCH, &api)
            .insert_header(("if-match", "\"1\""))
            .set_json(json!({ "sealed": false }));
        assert_eq!(
            aoi.send(stale).await.status,
            StatusCode::PRECONDITION_FAILED
        );
        let open = aoi
            .api(Method::PATCH, &api, json!({ "sealed": false }))
            .await
            .json();
        assert_eq!(open["author"]["id"], aoi.id.unwrap().to_string());
    }
    let nothing = format!("/api/v1{}", path("replies", &reply));
    let refused = aoi.api(Method::PATCH, &nothing, json!({})).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
}

/// In a thread, by the name of somebody who wrote there without it.
#[test]
fn a_name_calls_nobody_who_did_not_show_it() {
    let town = Town::new("2026-11-18T10:00:00+09:00");
    let people = town.people(4);
    let [asker, hidden, caller, named] = &people[..] else {
        panic!("four people");
    };
    let thread = town.ask(asker, "体育館でロイロが止まります");
    let submit = Submit {
        key: None,
        posts_per_hour: 0,
        new_account_posts_per_day: 0,
    };
    town.app
        .write_here(|db, now| {
            let new = NewReply {
                sealed: Some(true),
                ..NewReply::parse("名前なしで書きます。", None)?
            };
            replies::post(db, hidden, thread, &new, &submit, now)
        })
        .unwrap();
    town.reply(named, thread, "名前を出して書きます。");
    town.run();
    town.taken();
    town.set(town.now().plus(TimeDelta::hours(2)));
    town.reply(caller, thread, "@見本1 さん、@見本3 さん、どうですか。");
    town.run();
    let told: Vec<String> = town.taken().into_iter().map(|letter| letter.to).collect();
    assert!(told.contains(&"r3@hiroba.example".to_owned()), "{told:?}");
    assert!(!told.contains(&"r1@hiroba.example".to_owned()), "{told:?}");
}

fn import(app: &hiroba::app::App, lines: &str, update: bool) -> Tally {
    let options = Options {
        update,
        ..Options::default()
    };
    let mut refused = |number: usize, reason: &str| panic!("line {number}: {reason}");
    let mut source = lines.as_bytes();
    exchange::import(
        &app.database,
        &mut source,
        &options,
        || app.now(),
        &mut refused,
    )
    .unwrap()
}

fn export(app: &hiroba::app::App) -> String {
    let mut sink = Vec::new();
    exchange::export(&app.database, None, &mut sink).unwrap();
    String::from_utf8(sink).unwrap()
}

#[test]
fn an_export_names_nobody_behind_a_seal_and_comes_back_as_it_was() {
    let ground = Ground::new();
    let app = ground.start();
    let people: Vec<_> = (0..FEWEST_ALIKE)
        .map(|n| person(&app, &format!("teacher{n}"), Role::Teacher))
        .collect();
    let thread = ask_sealed(&app, &people[0], "言いにくいことですが");
    let submit = Submit {
        key: None,
        posts_per_hour: 0,
        new_account_posts_per_day: 0,
    };
    for (who, sealed) in [(1, true), (2, false)] {
        app.write_here(|db, now| {
            let new = NewReply {
                sealed: Some(sealed),
                ..NewReply::parse("続きです。", None)?
            };
            replies::post(db, &people[who], thread.id, &new, &submit, now)
        })
        .unwrap();
    }
    settle(&app);
    let first = export(&app);
    let line: Value = serde_json::from_str(first.trim()).unwrap();
    assert_eq!(
        (line.get("author"), &line["sealed"], &line["signed"]),
        (None, &json!(true), &json!("小学校の先生"))
    );
    let replies = line["replies"].as_array().unwrap();
    let (masked, named): (Vec<_>, Vec<_>) = replies
        .iter()
        .partition(|reply| reply.get("sealed").is_some());
    assert_eq!((masked.len(), named.len()), (1, 1));
    assert_eq!(masked[0].get("author"), None);
    assert_eq!(masked[0]["signed"], "小学校の先生");
    assert_eq!(named[0]["author"], "teacher2@hiroba.example");

    let other = Ground::new();
    let app = other.start();
    assert_eq!(import(&app, &first, false).imported, 1);
    assert_eq!(export(&app), first, "twice the same");
    assert_eq!(import(&app, &first, false).skipped, 1);
    assert_eq!(import(&app, &first, true).updated, 1);
    assert_eq!(export(&app), first);
    // One stands for all whose posts came without them, and has no address that anybody could sign up with.
    let nobody = query(
        &app,
        "SELECT email AS value FROM accounts WHERE email NOT LIKE '%@%'",
    );
    assert_eq!(nobody, ["(sealed)"]);
    // An update seals what had a name, and breaks no seal.
    let mut open = line.clone();
    open["sealed"] = json!(false);
    open["author"] = json!("aoi@hiroba.example");
    open["title"] = json!("書き直しました");
    for reply in open["replies"].as_array_mut().unwrap() {
        reply["sealed"] = json!(true);
    }
    import(&app, &open.to_string(), true);
    let now: Value = serde_json::from_str(export(&app).trim()).unwrap();
    assert_eq!(
        (now.get("author"), &now["sealed"], &now["title"]),
        (None, &json!(true), &json!("書き直しました"))
    );
    let replies = now["replies"].as_array().unwrap();
    assert!(replies.iter().all(|reply| reply.get("author").is_none()));
    let mut signed: Vec<String> = replies.iter().map(|reply| text(&reply["signed"])).collect();
    signed.sort();
    assert_eq!(signed, ["先生", "小学校の先生"]);
}

/// Two sealed posts that came without their authors are not one person's.
#[actix_web::test]
async fn imported_seals_are_not_one_hand() {
    let app = TestApp::new().await;
    let reader = app.teacher("reader");
    let line = json!({
        "id": "t1", "kind": "question", "title": "言いにくいことですが", "body": "本文です。", "school_type": "小学校",
        "policies": [3], "sealed": true, "signed": "小学校の先生",
        "replies": [{ "id": "r1", "body": "別の人です。", "sealed": true, "signed": "中学校の先生" }],
    });
    import(&app.app, &line.to_string(), false);
    let list = reader.get("/api/v1/threads").await.json();
    let page = reader.get(&path("threads", &list["items"][0])).await.body;
    assert!(page.contains("小学校の先生") && page.contains("中学校の先生"));
    assert!(!page.contains("質問した人"));
}

/// A forum with a sealed question of `author` and two moderators.
struct Desk<'a> {
    app: &'a TestApp,
    author: Actor<'a>,
    first: Actor<'a>,
    second: Actor<'a>,
    thread: Value,
}

impl<'a> Desk<'a> {
    async fn new(app: &'a TestApp) -> Desk<'a> {
        let author = app.teacher("kakushi");
        let thread = ask(&author, "言いにくいことですが").await;
        Desk {
            app,
            author,
            first: app.person("first", Role::Moderator, "小学校"),
            second: app.person("second", Role::Administrator, "小学校"),
            thread,
        }
    }

    async fn ask(&self, who: &Actor<'_>, reason: &str) -> Answer {
        let id = text(&self.thread["id"]);
        who.post("/desk/seals", &[("thread", &id), ("reason", reason)])
            .await
    }

    fn request(&self) -> Id {
        let all = query(
            &self.app.app,
            "SELECT CAST(count(*) AS TEXT) AS value FROM seal_requests",
        );
        assert_ne!(all, ["0"]);
        let house = accounts::house();
        let list = self.app.app.write_here(|db, _| seals::list(db, &house, 10));
        list.unwrap()[0].0.id
    }

    fn standing(&self) -> Standing {
        let house = accounts::house();
        let list = self.app.app.write_here(|db, _| seals::list(db, &house, 10));
        list.unwrap()[0].0.standing
    }

    async fn act(&self, who: &Actor<'_>, what: &str) -> Answer {
        who.post(&format!("/desk/seals/{}/{what}", self.request()), &[])
            .await
    }

    fn log(&self) -> Vec<String> {
        query(
            &self.app.app,
            "SELECT action AS value FROM audit_log ORDER BY at, id",
        )
    }
}

#[actix_web::test]
async fn two_moderators_open_a_seal_and_the_author_is_told() {
    let app = TestApp::new().await;
    let desk = Desk::new(&app).await;
    let third = app.person("third", Role::Moderator, "小学校");
    assert_eq!(
        desk.ask(&desk.first, "安全に関わるためです。").await.status,
        StatusCode::SEE_OTHER
    );
    // Alone nobody gets on, and nobody sees the name before.
    let alone = desk.act(&desk.first, "agree").await;
    assert_eq!(alone.status, StatusCode::FORBIDDEN);
    assert!(alone.body.contains("別の運営担当"));
    assert_eq!(
        desk.act(&desk.first, "decline").await.status,
        StatusCode::FORBIDDEN
    );
    for actor in [&desk.first, &desk.second, &third] {
        assert_eq!(desk.act(actor, "name").await.status, StatusCode::NOT_FOUND);
    }
    let twice = desk.ask(&third, "わたしも知りたいです。").await;
    assert_eq!(twice.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        twice.body.contains("もう申し出があります")
            && twice.body.contains("わたしも知りたいです。")
    );
    let listed = desk.second.get("/desk/seals").await.body;
    assert!(listed.contains("安全に関わるためです。") && !listed.contains("kakushi"));
    assert!(
        desk.second
            .get("/settings")
            .await
            .body
            .contains("名前の確認（1件）")
    );
    assert!(
        !desk
            .first
            .get("/settings")
            .await
            .body
            .contains("名前の確認（1件）")
    );

    app.advance(TimeDelta::minutes(1));
    assert_eq!(
        desk.act(&desk.second, "agree").await.status,
        StatusCode::SEE_OTHER
    );
    assert_eq!(
        desk.act(&third, "agree").await.status,
        StatusCode::FORBIDDEN
    );
    for actor in [&desk.first, &desk.second] {
        app.advance(TimeDelta::minutes(1));
        let page = desk.act(actor, "name").await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(
            check_page(&page.body, "name")
                .text()
                .contains("先生 kakushi")
        );
    }
    for actor in [&third, &desk.author] {
        let page = desk.act(actor, "name").await;
        assert!(page.status.is_client_error() && !page.body.contains("先生 kakushi"));
    }
    assert_eq!(
        desk.log(),
        ["seal:asked", "seal:agreed", "seal:seen", "seal:seen"]
    );
    let people = query(
        &app.app,
        "SELECT CAST(count(*) AS TEXT) AS value FROM audit_log WHERE person_id IS NOT NULL",
    );
    assert_eq!(people, ["0"], "the log says which post, not whose");

    app.drain();
    let mails = app.mails.lock().unwrap().clone();
    let [letter] = &mails[..] else {
        panic!("{mails:?}")
    };
    assert_eq!(letter.to, desk.author.email);
    assert!(
        letter.text.contains("安全に関わるためです。")
            && letter.text.contains(&path("threads", &desk.thread))
    );
    assert!(
        letter.text.contains("先生 kakushi 先生\n\nあなたが"),
        "{}",
        letter.text
    );
    assert!(desk.author.get("/").await.body.contains("1件"));
    let notices = desk.author.get("/settings/notices").await.body;
    assert!(
        check_page(&notices, "notices")
            .text()
            .contains("理由：安全に関わるためです。")
    );
    assert!(notices.contains("まだ見ていません"));
    desk.author.post("/settings/notices/seen", &[]).await;
    let notices = desk.author.get("/settings/notices").await.body;
    assert!(
        notices.contains("理由：安全に関わるためです。") && !notices.contains("まだ見ていません")
    );
    assert!(
        !desk
            .first
            .get("/settings/notices")
            .await
            .body
            .contains("安全に関わる")
    );
    // The post is what it was.
    let seen = desk
        .second
        .get(&format!("/api/v1{}", path("threads", &desk.thread)))
        .await
        .json();
    assert_eq!(seen["author"]["id"], Value::Null);
}

#[actix_web::test]
async fn a_request_needs_a_reason_of_at_most_500_characters_and_a_sealed_post() {
    let app = TestApp::new().await;
    let desk = Desk::new(&app).await;
    for (reason, status) in [
        (String::new(), StatusCode::UNPROCESSABLE_ENTITY),
        (" 　\n".to_owned(), StatusCode::UNPROCESSABLE_ENTITY),
        ("あ".repeat(501), StatusCode::UNPROCESSABLE_ENTITY),
        ("あ".repeat(500), StatusCode::SEE_OTHER),
    ] {
        assert_eq!(
            desk.ask(&desk.first, &reason).await.status,
            status,
            "{}",
            reason.chars().count()
        );
    }
    let open = desk.author.ask("名前を出した質問").await;
    let id = text(&open["id"]);
    for fields in [
        [("thread", id.as_str()), ("reason", "理由")],
        [("thread", "x"), ("reason", "理由")],
    ] {
        assert_eq!(
            desk.first.post("/desk/seals", &fields).await.status,
            StatusCode::NOT_FOUND
        );
    }
    assert_eq!(
        desk.first
            .get(&format!("/desk/seals/new?thread={id}"))
            .await
            .status,
        StatusCode::NOT_FOUND
    );
    let teacher = app.teacher("sota");
    assert_eq!(
        desk.ask(&teacher, "知りたいです。").await.status,
        StatusCode::FORBIDDEN
    );
}

#[actix_web::test]
async fn a_request_ends_after_seven_days() {
    let app = TestApp::new().await;
    let mut desk = Desk::new(&app).await;
    desk.ask(&desk.first, "確かめます。").await;
    app.advance(AGREE_WITHIN + TimeDelta::microseconds(1));
    desk.second = desk.second.again();
    desk.first = desk.first.again();
    let late = desk.act(&desk.second, "agree").await;
    assert_eq!(late.status, StatusCode::FORBIDDEN);
    assert!(late.body.contains("7日を過ぎました"));
    assert_eq!(
        desk.act(&desk.second, "decline").await.status,
        StatusCode::FORBIDDEN
    );
    assert!(
        desk.first
            .get("/desk/seals")
            .await
            .body
            .contains("合意がなく、終わりました")
    );
    // Then one may ask anew, and agree in the last moment.
    assert_eq!(
        desk.ask(&desk.first, "もう一度。").await.status,
        StatusCode::SEE_OTHER
    );
    app.advance(AGREE_WITHIN);
    desk.second = desk.second.again();
    assert_eq!(
        desk.act(&desk.second, "agree").await.status,
        StatusCode::SEE_OTHER
    );
}

#[actix_web::test]
async fn a_declined_seal_stays_closed() {
    let app = TestApp::new().await;
    let desk = Desk::new(&app).await;
    desk.ask(&desk.first, "確かめます。").await;
    app.advance(TimeDelta::minutes(1));
    assert_eq!(
        desk.act(&desk.second, "decline").await.status,
        StatusCode::SEE_OTHER
    );
    assert_eq!(desk.standing(), Standing::Declined);
    for actor in [&desk.first, &desk.second] {
        assert_eq!(desk.act(actor, "name").await.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(
        desk.act(&desk.second, "agree").await.status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(desk.log(), ["seal:asked", "seal:declined"]);
    app.drain();
    assert!(app.mails.lock().unwrap().is_empty());
    assert!(
        !desk
            .author
            .get("/settings/notices")
            .await
            .body
            .contains("確かめ")
    );
}

/// Who no longer moderates can neither be one of the two nor see what they opened.
#[actix_web::test]
async fn a_lost_role_opens_nothing() {
    let app = TestApp::new().await;
    let desk = Desk::new(&app).await;
    let house = accounts::house();
    let set = |who: &Actor<'_>, role| {
        let id = who.id.unwrap();
        app.app
            .write_here(|db, now| accounts::set_role(db, &house, id, role, now))
            .unwrap();
    };
    desk.ask(&desk.first, "確かめます。").await;
    set(&desk.first, Role::Teacher);
    let refused = desk.act(&desk.second, "agree").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.body.contains("いまは運営担当ではありません"));
    // Another one may ask meanwhile.
    let third = app.person("third", Role::Moderator, "小学校");
    app.advance(TimeDelta::minutes(1));
    assert_eq!(
        desk.ask(&third, "代わりに確かめます。").await.status,
        StatusCode::SEE_OTHER
    );
    assert_eq!(
        desk.act(&desk.second, "agree").await.status,
        StatusCode::SEE_OTHER
    );
    assert_eq!(desk.act(&third, "name").await.status, StatusCode::OK);
    set(&third, Role::Trainer);
    assert_eq!(desk.act(&third, "name").await.status, StatusCode::FORBIDDEN);
    // The same with an account that was ended.
    let fourth = app.person("fourth", Role::Moderator, "小学校");
    let other = ask(&desk.author, "もうひとつ").await;
    let post = Post::Thread(text(&other["id"]).parse().unwrap());
    app.advance(TimeDelta::minutes(1));
    let fields = [
        ("thread", text(&other["id"])),
        ("reason", "理由".to_owned()),
    ];
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    assert_eq!(
        fourth.post("/desk/seals", &fields).await.status,
        StatusCode::SEE_OTHER
    );
    app.app
        .write_here(|db, now| accounts::suspend(db, &house, fourth.id.unwrap(), now))
        .unwrap();
    let list = app
        .app
        .write_here(|db, _| seals::list(db, &house, 10))
        .unwrap();
    assert_eq!(list[0].0.post, post);
    assert_eq!(
        desk.act(&desk.second, "agree").await.status,
        StatusCode::FORBIDDEN
    );
}

/// A moderator who sealed a post as a teacher hears of a request as any author does: afterwards.
#[actix_web::test]
async fn an_author_who_moderates_has_no_say() {
    let app = TestApp::new().await;
    let desk = Desk::new(&app).await;
    let house = accounts::house();
    let id = desk.author.id.unwrap();
    app.app
        .write_here(|db, now| accounts::set_role(db, &house, id, Role::Moderator, now))
        .unwrap();
    assert_eq!(
        desk.ask(&desk.author, "自分のものです。").await.status,
        StatusCode::NOT_FOUND
    );
    desk.ask(&desk.first, "確かめます。").await;
    assert!(
        !desk
            .author
            .get("/desk/seals")
            .await
            .body
            .contains("確かめます。")
    );
    assert!(
        !desk
            .author
            .get("/settings")
            .await
            .body
            .contains("名前の確認（1件）")
    );
    for what in ["agree", "decline", "name"] {
        assert_eq!(
            desk.act(&desk.author, what).await.status,
            StatusCode::NOT_FOUND,
            "{what}"
        );
    }
    assert_eq!(desk.standing(), Standing::Asked);
    // Once the author shows the name, there is nothing left to open.
    let api = format!("/api/v1{}", path("threads", &desk.thread));
    assert_eq!(
        desk.author
            .api(Method::PATCH, &api, json!({ "sealed": false }))
            .await
            .status,
        StatusCode::OK
    );
    assert_eq!(
        desk.act(&desk.second, "agree").await.status,
        StatusCode::FORBIDDEN
    );
}
