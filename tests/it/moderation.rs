//! What moderators do beside holding and hiding: claims, another look, same topics, places, locks; the log of it; and how
//! much newcomers may write.

use std::collections::BTreeSet;

use actix_web::http::{Method, StatusCode};
use chrono::TimeDelta;
use diesel::connection::SimpleConnection;
use hiroba::accounts::{self, Role};
use hiroba::error::Error;
use hiroba::exchange::{self, Options};
use hiroba::moderation::claims::CLAIM_LASTS;
use serde_json::{Value, json};

use crate::harness::files::png;
use crate::harness::ground::{query, together};
use crate::harness::html::{Page, check_page};
use crate::harness::{Actor, Answer, TestApp, text, with_query};
use crate::hostile::hostile;

fn page_of(thread: &Value) -> String {
    format!("/threads/{}", text(&thread["id"]))
}

fn api_of(thread: &Value) -> String {
    format!("/api/v1/threads/{}", text(&thread["id"]))
}

fn reply_page(reply: &Value) -> String {
    format!("/replies/{}", text(&reply["id"]))
}

async fn decide(who: &Actor<'_>, path: &str, visibility: &str, reason: &str) {
    let fields = [("visibility", visibility), ("reason", reason)];
    let set = who.post(&format!("{path}/visibility"), &fields).await;
    assert_eq!(set.status, StatusCode::SEE_OTHER, "{}", set.body);
}

async fn report(who: &Actor<'_>, path: &str, reason: &str) {
    let told = who
        .post(&format!("{path}/reports"), &[("reason", reason)])
        .await;
    assert_eq!(told.status, StatusCode::SEE_OTHER, "{}", told.body);
}

async fn look(who: &Actor<'_>, path: &str) -> Page {
    let answer = who.get(path).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
    check_page(&answer.body, path)
}

async fn fresh(who: &Actor<'_>, thread: &Value) -> Value {
    let answer = who.get(&api_of(thread)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer.json()
}

async fn replies(who: &Actor<'_>, thread: &Value) -> Vec<Value> {
    let path = format!("{}/replies?limit=100", api_of(thread));
    who.get(&path).await.json()["items"]
        .as_array()
        .cloned()
        .unwrap()
}

async fn notices(app: &TestApp, who: &Actor<'_>) -> String {
    app.drain();
    look(who, "/settings/notices").await.text()
}

#[actix_web::test]
async fn one_moderator_has_a_post_and_the_others_see_who() {
    let app = TestApp::new().await;
    let (aoi, sota) = (app.teacher("aoi"), app.teacher("sota"));
    let (mika, ken) = (
        app.person("mika", Role::Moderator, "小学校"),
        app.person("ken", Role::Administrator, "小学校"),
    );
    let thread = aoi.ask("児童の名前が見える写真").await;
    let reply = sota.reply(&thread, "右上に名札が見えます。").await;
    report(&sota, &page_of(&thread), "wrong").await;
    report(&aoi, &reply_page(&reply), "rude").await;
    for path in [page_of(&thread), reply_page(&reply)] {
        let claim = format!("{path}/claim");
        let release = format!("{claim}/release");
        let taken = mika.post(&claim, &[]).await;
        assert_eq!(taken.location(), "/desk/reports?done=claimed");
        app.advance(TimeDelta::minutes(4));
        // The second is told who has it and since when, and loses nothing of the queue.
        let late = ken.post(&claim, &[]).await;
        assert_eq!(late.status, StatusCode::CONFLICT);
        let page = check_page(&late.body, &claim);
        assert!(
            page.text()
                .contains("先生 mikaさんが4分前から担当しています")
        );
        assert!(page.text().contains("児童の名前が見える写真"));
        let queue = look(&ken, "/desk/reports").await;
        assert!(queue.text().contains("運営担当 先生 mika"));
        assert!(
            !queue
                .all("form")
                .any(|form| form.get("action") == Some(&format!("{path}/visibility")))
        );
        let own = look(&mika, "/desk/reports").await;
        assert!(
            own.all("form")
                .any(|form| form.get("action") == Some(&release))
        );
        assert!(
            own.all("form")
                .any(|form| form.get("action") == Some(&format!("{path}/visibility")))
        );
        // Giving back what somebody else has changes nothing.
        ken.post(&release, &[]).await;
        assert_eq!(ken.post(&claim, &[]).await.status, StatusCode::CONFLICT);
        // Taking it again is taking it for longer.
        app.advance(CLAIM_LASTS - TimeDelta::minutes(5));
        assert_eq!(mika.post(&claim, &[]).await.status, StatusCode::SEE_OTHER);
        app.advance(CLAIM_LASTS - TimeDelta::microseconds(1));
        assert_eq!(ken.post(&claim, &[]).await.status, StatusCode::CONFLICT);
        app.advance(TimeDelta::microseconds(1));
        let queue = look(&ken, "/desk/reports").await.text();
        assert!(!queue.contains("先生 mika"), "a claim lapses by itself");
        assert_eq!(ken.post(&claim, &[]).await.status, StatusCode::SEE_OTHER);
        ken.post(&release, &[]).await;
        assert_eq!(mika.post(&claim, &[]).await.status, StatusCode::SEE_OTHER);
        // Whoever decides ends it, also somebody else where it cannot wait.
        decide(&ken, &path, "visible", "大丈夫でした。").await;
        assert_eq!(ken.post(&claim, &[]).await.status, StatusCode::SEE_OTHER);
        ken.post(&release, &[]).await;
    }
    let left = query(
        &app.app,
        "SELECT CAST(count(*) AS TEXT) AS value FROM claims",
    );
    assert_eq!(left, ["0"]);
    // What somebody did who has left can still be read.
    report(&sota, &page_of(&thread), "wrong").await;
    let administrator = app.person("admin", Role::Administrator, "小学校");
    mika.post(&format!("{}/claim", page_of(&thread)), &[]).await;
    let house = accounts::house();
    for gone in [&mika, &sota] {
        app.app
            .write_here(|db, now| accounts::suspend(db, &house, gone.id.unwrap(), now))
            .unwrap();
    }
    let queue = look(&administrator, "/desk/reports").await.text();
    assert!(queue.contains("(退職・異動)") && queue.contains("内容が違う・古い"));
    look(&administrator, "/desk/audit").await;
}

#[actix_web::test]
async fn of_many_who_claim_at_once_one_has_it() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let moderators: Vec<Actor<'_>> = (0..6)
        .map(|n| app.person(&format!("moderator{n}"), Role::Moderator, "小学校"))
        .collect();
    for round in 0..8 {
        let thread = aoi.ask(&format!("質問 {round}")).await;
        let claim = format!("{}/claim", page_of(&thread));
        let claiming = moderators.iter().map(|who| who.post(&claim, &[]));
        let answers = together(claiming.collect()).await;
        let count = |status: StatusCode| {
            answers
                .iter()
                .filter(|answer| answer.status == status)
                .count()
        };
        assert_eq!(count(StatusCode::SEE_OTHER), 1, "round {round}");
        assert_eq!(count(StatusCode::CONFLICT), 5, "round {round}");
    }
}

#[actix_web::test]
async fn authors_see_the_reason_and_have_their_post_looked_at_again() {
    let app = TestApp::new().await;
    let (aoi, sota) = (app.teacher("aoi"), app.teacher("sota"));
    let moderator = app.person("mika", Role::Moderator, "小学校");
    let thread = aoi
        .thread(
            "question",
            "写真を載せたい",
            "一行目\n名前：見本 太郎\n三行目",
        )
        .await;
    let home = aoi.ask("元気な話題").await;
    let reply = aoi.reply(&home, "一行目\n名前：見本 太郎\n三行目").await;
    let places = [
        (page_of(&thread), page_of(&thread)),
        (reply_page(&reply), page_of(&home)),
    ];
    for (path, shown_at) in &places {
        let resubmit = format!("{path}/resubmit");
        decide(
            &moderator,
            path,
            "held",
            "児童の名前があります。\n外してください。",
        )
        .await;
        app.advance(TimeDelta::minutes(10));
        let page = look(&aoi, shown_at).await;
        assert!(page.text().contains("児童の名前があります。"), "{path}");
        assert!(
            !page.text().contains("先生 mika"),
            "who decided is not told"
        );
        let is_link = |page: &Page| page.all("a").any(|a| a.get("href") == Some(&resubmit));
        assert!(is_link(&page));
        let told = notices(&app, &aoi).await;
        assert!(told.contains("確認のため非公開になりました") && told.contains("外してください。"));
        assert!(!told.contains("先生 mika"));
        // The form holds what stands there.
        let form = look(&aoi, &resubmit).await.form(&resubmit);
        assert_eq!(form.value("body"), "一行目\n名前：見本 太郎\n三行目");
        // Too long a word to the moderators, and a body that is refused: both are told, both are kept.
        let long = "あ".repeat(501);
        let fields = [
            ("title", "写真を載せたい <&>"),
            ("body", ""),
            ("message", long.as_str()),
            ("revision", "1"),
        ];
        let refused = aoi.post(&resubmit, &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        let again = check_page(&refused.body, &resubmit).form(&resubmit);
        assert_eq!(again.value("message"), long);
        let words = check_page(&refused.body, &resubmit).text();
        assert!(
            words.contains("500字まで") && words.contains("本文を書いてください"),
            "{words}"
        );
        // An edit elsewhere meanwhile is not overwritten.
        let stale = [
            ("title", "写真を載せたい"),
            ("body", "x"),
            ("revision", "7"),
        ];
        let refused = aoi.post(&resubmit, &stale).await;
        assert_eq!(refused.status, StatusCode::PRECONDITION_FAILED);
        let again = check_page(&refused.body, &resubmit);
        assert_eq!(again.form(&resubmit).value("body"), "x");
        assert!(again.text().contains("見本 太郎"));
        // The longest word that is taken.
        let message = "直".repeat(500);
        let fields = [
            ("title", "写真を載せたい"),
            ("body", "一行目\n三行目"),
            ("message", message.as_str()),
            ("revision", "1"),
        ];
        let sent = aoi.post(&resubmit, &fields).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.body);
        assert!(sent.location().contains("done=resubmitted"));
        // It stays out of sight, and one look is asked for at a time; nothing that was typed is lost.
        assert_eq!(sota.get(path).await.status, StatusCode::NOT_FOUND);
        let twice = aoi
            .post(
                &resubmit,
                &[("title", "写真を載せたい"), ("body", "三行目だけ")],
            )
            .await;
        assert_eq!(twice.status, StatusCode::CONFLICT);
        let kept = check_page(&twice.body, "twice").text_of("kept");
        assert!(kept.contains("三行目だけ"));
        let page = look(&aoi, shown_at).await;
        assert!(page.text().contains("お願いしてあります") && !is_link(&page));
        let stored = moderator.get(&format!("/api/v1{path}")).await.json();
        assert_eq!(
            stored["body"], "一行目\n三行目",
            "the refused change is undone"
        );
        // The queue says so, with the author's word, what changed and what was decided.
        let queue = look(&moderator, "/desk/reports").await;
        let words = queue.text();
        assert!(words.contains("再提出") && words.contains(&message));
        assert!(
            words.contains("なくなったところ：名前：見本 太郎"),
            "{words}"
        );
        assert!(words.contains("児童の名前があります。") && words.contains("運営担当 先生 mika"));
        let settings = moderator.get("/settings").await.body;
        assert!(settings.contains("届いた知らせ（1件）"));
        // A second no, with its reason; then another try, without a change; then a yes.
        decide(
            &moderator,
            path,
            "hidden",
            "二行目の学級名も外してください。",
        )
        .await;
        assert!(notices(&app, &aoi).await.contains("二行目の学級名も"));
        assert!(
            look(&aoi, shown_at)
                .await
                .text()
                .contains("二行目の学級名も")
        );
        let fields = [("title", "写真を載せたい"), ("body", "一行目\n三行目")];
        let sent = aoi.post(&resubmit, &fields).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.body);
        let words = look(&moderator, "/desk/reports").await.text();
        assert!(words.contains("文は変わっていません") && words.contains("ひとことはありません"));
        decide(&moderator, path, "visible", "ありがとうございました。").await;
        assert!(
            notices(&app, &aoi)
                .await
                .contains("みんなに見えるようになりました")
        );
        let queue = look(&moderator, "/desk/reports").await.text();
        assert!(queue.contains("待っている知らせはありません"));
        let page = look(&sota, shown_at).await.text();
        assert!(page.contains("三行目") && !page.contains("見本 太郎"));
        // Of what all see there is nothing to ask for, and it is nobody else's to ask.
        let back = aoi.get(&resubmit).await;
        assert_eq!(back.location(), path);
        assert_eq!(sota.get(&resubmit).await.status, StatusCode::FORBIDDEN);
    }
    let open = query(
        &app.app,
        "SELECT CAST(count(*) AS TEXT) AS value FROM resubmissions WHERE decided_at IS NULL",
    );
    assert_eq!(open, ["0"]);
    aoi.post("/settings/notices/seen", &[]).await;
    assert!(!aoi.get("/settings").await.body.contains("新しいもの"));
}

#[actix_web::test]
async fn a_post_that_a_report_has_held_says_so_to_its_author() {
    let app = TestApp::new().await;
    let (aoi, haru) = (app.teacher("aoi"), app.teacher("haru"));
    let moderator = app.person("mika", Role::Moderator, "小学校");
    let thread = aoi.ask("写真について").await;
    report(&haru, &page_of(&thread), "personal_data").await;
    let page = look(&aoi, &page_of(&thread)).await.text();
    assert!(page.contains("「個人情報かもしれない」という知らせがありました"));
    let told = notices(&app, &aoi).await;
    assert!(told.contains("「個人情報かもしれない」という知らせがありました"));
    assert!(!page.contains("先生 haru") && !told.contains("先生 haru"));
    // After a decision a new report speaks for itself again.
    decide(&moderator, &page_of(&thread), "visible", "大丈夫でした。").await;
    report(&haru, &page_of(&thread), "personal_data").await;
    let page = look(&aoi, &page_of(&thread)).await.text();
    assert!(page.contains("「個人情報かもしれない」という") && !page.contains("大丈夫でした。"));
    // Reported in vain: nothing was out of sight, and there is nothing to tell.
    let other = aoi.ask("もう一つ").await;
    report(&haru, &page_of(&other), "wrong").await;
    decide(
        &moderator,
        &page_of(&other),
        "visible",
        "正しい内容でした。",
    )
    .await;
    assert!(!notices(&app, &aoi).await.contains("正しい内容でした。"));
}

#[actix_web::test]
async fn a_post_that_a_moderator_takes_back_is_told_and_logged() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let moderator = app.person("mika", Role::Moderator, "小学校");
    let home = aoi.ask("話題").await;
    let reply = aoi.reply(&home, "返信").await;
    let (by_form, by_api) = (aoi.ask("一つ目").await, aoi.ask("二つ目").await);
    moderator
        .post(&format!("{}/remove", page_of(&by_form)), &[])
        .await;
    moderator
        .api(Method::DELETE, &api_of(&by_api), Value::Null)
        .await;
    let own = aoi.ask("自分で取り下げる").await;
    decide(&moderator, &page_of(&own), "held", "確かめます。").await;
    let fields = [("title", "自分で取り下げる"), ("body", "直しました。")];
    aoi.post(&format!("{}/resubmit", page_of(&own)), &fields)
        .await;
    assert!(
        look(&moderator, "/desk/reports")
            .await
            .text()
            .contains("再提出")
    );
    aoi.post(&format!("{}/remove", page_of(&own)), &[]).await;
    report(&aoi, &page_of(&home), "wrong").await;
    moderator
        .post(&format!("{}/remove", reply_page(&reply)), &[])
        .await;
    let told = notices(&app, &aoi).await;
    assert_eq!(
        told.matches("運営担当が取り下げました").count(),
        3,
        "{told}"
    );
    let log = look(&moderator, "/desk/audit?action=removed").await.text();
    assert!(log.contains("一つ目") && log.contains("二つ目") && log.contains("返信：話題"));
    assert!(!log.contains("自分で取り下げる"));
    // Nothing waits any more of what is gone.
    let queue = look(&moderator, "/desk/reports").await.text();
    assert!(!queue.contains("再提出") && queue.contains("内容が違う・古い"));
    moderator
        .post(&format!("{}/remove", page_of(&home)), &[])
        .await;
    let queue = look(&moderator, "/desk/reports").await.text();
    assert!(queue.contains("待っている知らせはありません"));
}

#[actix_web::test]
async fn hostile_words_between_authors_and_moderators() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let moderator = app.person("mika", Role::Moderator, "小学校");
    let thread = aoi.ask("質問").await;
    let path = page_of(&thread);
    decide(&moderator, &path, "held", "確かめます。").await;
    for value in hostile() {
        let fields = [
            ("title", value.as_str()),
            ("body", &value),
            ("message", &value),
        ];
        let sent = aoi.post(&format!("{path}/resubmit"), &fields).await;
        let status = sent.status.as_u16();
        assert!([303, 422].contains(&status), "{value}: {status}");
        if status == 422 {
            let form = check_page(&sent.body, "resubmit").form(&format!("{path}/resubmit"));
            if !value.contains(['\0', '\r', '\u{1b}']) {
                assert_eq!(form.value("message"), value);
            }
            let fields = [("title", "質問"), ("body", "本文です。"), ("message", "")];
            aoi.post(&format!("{path}/resubmit"), &fields).await;
        }
        look(&moderator, "/desk/reports").await;
        look(&aoi, &path).await;
        let fields = [
            ("visibility", "hidden"),
            ("reason", value.as_str()),
            ("back", "reports"),
        ];
        let decided = moderator.post(&format!("{path}/visibility"), &fields).await;
        let status = decided.status.as_u16();
        assert!([303, 422].contains(&status), "{value}: {status}");
        decide(&moderator, &path, "held", "確かめます。").await;
        moderator
            .post(&format!("{path}/lock"), &[("reason", &value)])
            .await;
        look(&aoi, &path).await;
        moderator.post(&format!("{path}/unlock"), &[]).await;
    }
    notices(&app, &aoi).await;
    look(&moderator, "/desk/audit").await;
}

async fn link(who: &Actor<'_>, thread: &Value, of: &str) -> Answer {
    let fields = [("of", of), ("how", "link")];
    who.post(&format!("{}/duplicate", page_of(thread)), &fields)
        .await
}

#[actix_web::test]
async fn two_threads_about_one_topic_are_linked() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let trainer = app.trainer("haruka");
    let moderator = app.person("mika", Role::Moderator, "小学校");
    let first = aoi.ask("体育館でロイロが止まる").await;
    let second = aoi.ask("体育館のロイロが止まります").await;
    app.drain();
    let form = look(&trainer, &format!("{}/duplicate", page_of(&second))).await;
    assert!(form.values("offered").is_empty());
    assert!(
        form.text().contains("体育館でロイロが止まる"),
        "like ones are offered"
    );
    let (id, code) = (text(&first["id"]), text(&first["short_code"]));
    let addresses = [
        id.clone(),
        code.clone(),
        format!("/threads/{id}"),
        format!("https://hiroba.example/threads/{id}?done=posted#replies"),
        format!(" https://hiroba.example/t/{code} "),
    ];
    for of in &addresses {
        let linked = link(&trainer, &second, of).await;
        let to = format!("{}?done=linked", page_of(&second));
        assert_eq!(linked.location(), to, "{of}: {}", linked.body);
        let page = look(&aoi, &page_of(&second)).await;
        assert!(page.text().contains("同じ話題がこちらにあります"));
        assert!(
            page.all("a")
                .any(|a| a.get("href") == Some(&page_of(&first)))
        );
        assert_eq!(fresh(&aoi, &second).await["duplicate_of"], first["id"]);
        let taken = trainer
            .post(&format!("{}/duplicate/withdraw", page_of(&second)), &[])
            .await;
        assert_eq!(taken.status, StatusCode::SEE_OTHER);
        assert_eq!(fresh(&aoi, &second).await["duplicate_of"], Value::Null);
    }
    // Both stay, and the author hears of it.
    let api = format!("{}/duplicate-of", api_of(&second));
    let set = trainer
        .api(Method::PUT, &api, json!({ "thread": code }))
        .await;
    assert_eq!(set.json()["duplicate_of"], first["id"]);
    let list = aoi.get("/threads").await.body;
    assert!(list.contains(&id) && list.contains(&text(&second["id"])));
    assert!(notices(&app, &aoi).await.contains("同じ話題とつなぎました"));
    // What is none, is itself, leads in a circle or is out of sight is refused, and what was typed is kept.
    let hidden = aoi.ask("非公開の話題").await;
    decide(&moderator, &page_of(&hidden), "hidden", "確かめます。").await;
    let unknown = hiroba::id::Id::new(app.now()).to_string();
    let third = aoi.ask("三つ目").await;
    let refused = [
        (&third, String::new()),
        (&third, unknown),
        (&third, "bcdfghj".to_owned()),
        (&third, text(&third["id"])),
        (&third, text(&hidden["id"])),
        (&third, text(&second["id"])),
        (&first, text(&second["id"])),
    ];
    for (thread, of) in &refused {
        let answer = link(&moderator, thread, of).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{of}");
        let page = check_page(&answer.body, of);
        let form = page.form(&format!("{}/duplicate", page_of(thread)));
        assert_eq!(form.value("of"), *of);
        assert!(page.by_id("e-of").is_some(), "{of}");
    }
    for of in hostile() {
        let answer = link(&moderator, &third, &of).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{of}");
        check_page(&answer.body, "hostile");
    }
    // A thread that goes out of sight is not named any more.
    decide(&moderator, &page_of(&first), "held", "確かめます。").await;
    let sota = app.teacher("sota");
    let page = look(&sota, &page_of(&second)).await.text();
    assert!(!page.contains("同じ話題がこちらにあります"));
    assert_eq!(fresh(&sota, &second).await["duplicate_of"], Value::Null);
}

async fn merge(who: &Actor<'_>, thread: &Value, of: &Value) -> Answer {
    let id = text(&of["id"]);
    let fields = [
        ("of", id.as_str()),
        ("how", "merge"),
        ("reason", "同じ質問でした。"),
        ("confirmed", "1"),
    ];
    who.post(&format!("{}/duplicate", page_of(thread)), &fields)
        .await
}

#[actix_web::test]
async fn a_merged_thread_is_an_address_that_leads_on() {
    let app = TestApp::new().await;
    let (aoi, sota, haru) = (app.teacher("aoi"), app.teacher("sota"), app.teacher("haru"));
    let moderator = app.person("mika", Role::Moderator, "小学校");
    let old = aoi.ask("体育館でロイロが止まる").await;
    app.advance(TimeDelta::minutes(1));
    let source = aoi
        .thread(
            "question",
            "白い画面のまま動かない",
            "延長コードも試しました。",
        )
        .await;
    app.advance(TimeDelta::minutes(1));
    let reply = sota.reply(&source, "前の日に開いておきます。").await;
    app.advance(TimeDelta::minutes(1));
    let own = haru.reply(&old, "無線の設定を見ます。").await;
    app.advance(TimeDelta::minutes(1));
    let quoting = json!({ "body": "それで動きました。", "quote_of": reply["id"] });
    let path = format!("{}/replies", api_of(&source));
    let last = aoi.api_post(&path, quoting).await.json();
    // All that hangs on it: an accepted answer, versions, marks, followers, a report, a held reply.
    let accepted = json!({ "reply_id": reply["id"] });
    aoi.api(
        Method::PUT,
        &format!("{}/accepted-reply", api_of(&source)),
        accepted,
    )
    .await;
    let patch = json!({ "body": "前の日に、一度開いておきます。" });
    sota.api(
        Method::PATCH,
        &format!("/api/v1{}", reply_page(&reply)),
        patch,
    )
    .await;
    let patch = json!({ "body": "延長コードも、別の端末も試しました。" });
    aoi.api(Method::PATCH, &api_of(&source), patch).await;
    for path in [
        format!("{}/reactions/helpful", api_of(&source)),
        format!("{}/bookmark", api_of(&source)),
        format!("{}/follow", api_of(&source)),
        format!("{}/follow", api_of(&old)),
        format!("/api/v1{}/reactions/helpful", reply_page(&reply)),
    ] {
        let marked = haru.api(Method::PUT, &path, Value::Null).await;
        assert_eq!(marked.status, StatusCode::NO_CONTENT, "{path}");
    }
    report(&haru, &reply_page(&reply), "wrong").await;
    report(&haru, &page_of(&source), "rude").await;
    let held = sota.reply(&source, "確かめてもらう返信").await;
    decide(&moderator, &reply_page(&held), "held", "確かめます。").await;
    app.drain();

    // First the question what will happen; nothing has happened yet.
    let ask = format!("{}/duplicate", page_of(&source));
    let fields = [
        ("of", &*page_of(&old)),
        ("how", "merge"),
        ("reason", "同じ質問でした。"),
    ];
    let asked = moderator.post(&ask, &fields).await;
    assert_eq!(asked.status, StatusCode::OK);
    let page = check_page(&asked.body, &ask);
    assert!(page.text().contains("返信3件も移ります") && page.text().contains("2人分のしるし"));
    assert!(page.text().contains("まとめた先でも解決した回答のままです"));
    assert_eq!(aoi.get(&page_of(&source)).await.status, StatusCode::OK);
    let form = page.form(&ask);
    let sent: Vec<(&str, String)> = ["of", "how", "reason", "confirmed"]
        .map(|name| (name, form.value(name)))
        .to_vec();
    let sent: Vec<(&str, &str)> = sent.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let done = moderator.post(&ask, &sent).await;
    assert_eq!(done.location(), format!("{}?done=merged", page_of(&old)));
    app.drain();

    // Everything that was written stands in one place, by time, of whom it was.
    let there = replies(&haru, &old).await;
    let bodies: Vec<String> = there.iter().map(|reply| text(&reply["body"])).collect();
    assert_eq!(
        bodies,
        [
            "「白い画面のまま動かない」\n\n延長コードも、別の端末も試しました。",
            "前の日に、一度開いておきます。",
            "無線の設定を見ます。",
            "それで動きました。",
        ]
    );
    assert_eq!(there[0]["author"]["id"], source["author"]["id"]);
    assert_eq!(there[0]["created_at"], source["created_at"]);
    assert_eq!(there[0]["revision"], 2);
    assert_eq!(there[1]["id"], reply["id"]);
    assert_eq!(there[1]["created_at"], reply["created_at"]);
    assert_eq!(there[1]["counts"]["reactions"]["helpful"], 1);
    assert_eq!(there[0]["counts"]["reactions"]["helpful"], 1);
    assert_eq!(there[2]["id"], own["id"]);
    assert_eq!(there[3]["quote_of"], reply["id"]);
    let target = fresh(&haru, &old).await;
    assert_eq!(target["counts"]["replies"], 4);
    assert_eq!(
        target["accepted_reply_id"], reply["id"],
        "one person asked both"
    );
    let listed = aoi.get("/api/v1/threads?sort=active").await.json();
    assert_eq!(listed["items"][0]["active_at"], last["created_at"]);
    let revisions = query(
        &app.app,
        "SELECT body AS value FROM revisions ORDER BY body",
    );
    assert_eq!(
        revisions,
        ["前の日に開いておきます。", "延長コードも試しました。"]
    );
    for (table, rows) in [("marks", "4"), ("reports", "2"), ("revisions", "2")] {
        let here = query(
            &app.app,
            &format!(
                "SELECT CAST(count(*) AS TEXT) AS value FROM {table} JOIN threads ON threads.id = {table}.thread_id WHERE threads.title = '体育館でロイロが止まる'"
            ),
        );
        assert_eq!(here, [rows], "{table}");
    }
    assert!(aoi.get("/settings/bookmarks").await.body.contains("まだ"));
    assert!(
        haru.get("/settings/bookmarks")
            .await
            .body
            .contains("体育館でロイロが止まる")
    );
    let seen = look(&sota, &page_of(&old)).await.text();
    assert!(
        seen.contains("確かめてもらう返信"),
        "held replies move too, for their author"
    );
    let queue = look(&moderator, "/desk/reports").await.text();
    assert_eq!(queue.matches("知らせ 1件").count(), 2, "{queue}");

    // The old addresses lead there; the thread itself is nowhere any more.
    let anon = app.anon();
    for who in [&aoi, &haru, &moderator] {
        let page = who.get(&page_of(&source)).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER);
        assert_eq!(page.location(), format!("{}?done=forwarded", page_of(&old)));
        let short = who
            .get(&format!("/t/{}", text(&source["short_code"])))
            .await;
        assert_eq!(short.location(), page_of(&source));
        let api = who.get(&api_of(&source)).await;
        assert_eq!(api.status, StatusCode::PERMANENT_REDIRECT);
        assert_eq!(api.location(), api_of(&old));
        let list = who.get("/threads").await.body;
        assert!(!list.contains(&text(&source["id"])));
        assert_eq!(who.search("白い画面").await, ["体育館でロイロが止まる"]);
        for ending in ["/revisions", "/edit", "/remove"] {
            let gone = who.get(&format!("{}{ending}", page_of(&source))).await;
            assert_eq!(gone.status, StatusCode::NOT_FOUND, "{ending}");
        }
        let late = who
            .post(
                &format!("{}/replies", page_of(&source)),
                &[("body", "遅れた返信")],
            )
            .await;
        assert_eq!(late.status, StatusCode::NOT_FOUND);
        assert!(late.body.contains("遅れた返信"), "the text is not lost");
    }
    assert_eq!(
        anon.get(&api_of(&source)).await.status,
        StatusCode::UNAUTHORIZED
    );
    let landed = look(&aoi, &format!("{}?done=forwarded", page_of(&old))).await;
    assert!(
        landed
            .text()
            .contains("お探しの話題は、ここにまとめられました")
    );
    let told = moderator
        .api(
            Method::PUT,
            &format!("{}/visibility", api_of(&source)),
            json!({ "visibility": "visible", "reason": "戻します。" }),
        )
        .await;
    assert_eq!(
        told.status,
        StatusCode::NOT_FOUND,
        "it does not come back empty"
    );
    // The author of the one hears what becomes of the other.
    let hear = notices(&app, &aoi).await;
    assert!(hear.contains("同じ話題にまとめました") && hear.contains("同じ質問でした。"));
    let log = look(
        &moderator,
        &with_query("/desk/audit", &[("thread", &text(&old["short_code"]))]),
    )
    .await;
    assert!(log.text().contains("ほかの話題にまとめた"));

    // What was merged once leads on when its target is merged too, and a held target is nobody's business.
    let newest = sota.ask("体育館の話題").await;
    assert_eq!(
        merge(&moderator, &old, &newest).await.status,
        StatusCode::SEE_OTHER
    );
    let page = haru.get(&page_of(&source)).await;
    assert_eq!(
        page.location(),
        format!("{}?done=forwarded", page_of(&newest))
    );
    let target = fresh(&haru, &newest).await;
    assert_eq!(target["counts"]["replies"], 5);
    assert_eq!(
        target["accepted_reply_id"],
        Value::Null,
        "another person asks"
    );
    // The author of what was merged follows it now.
    let follows = look(&aoi, "/settings/follows").await.text();
    assert!(follows.contains("体育館の話題"));
    decide(&moderator, &page_of(&newest), "hidden", "確かめます。").await;
    assert_eq!(
        haru.get(&page_of(&source)).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        haru.get(&api_of(&source)).await.status,
        StatusCode::NOT_FOUND
    );
}

#[actix_web::test]
async fn what_cannot_be_merged_is_refused_with_a_word() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let trainer = app.trainer("haruka");
    let moderator = app.person("mika", Role::Moderator, "小学校");
    let target = aoi.ask("質問").await;
    let practice = aoi.thread("practice", "実践", "やってみました。").await;
    let refused = merge(&trainer, &practice, &target).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        check_page(&refused.body, "practice")
            .by_id("e-how")
            .is_some()
    );
    let held = aoi.ask("確かめている質問").await;
    decide(&moderator, &page_of(&held), "held", "確かめます。").await;
    let refused = merge(&moderator, &held, &target).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    let refused = merge(&trainer, &target, &target).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(fresh(&aoi, &target).await["counts"]["replies"], 0);
}

#[actix_web::test]
async fn an_import_doubles_nothing_that_was_merged() {
    let app = TestApp::new().await;
    let moderator = app.person("mika", Role::Moderator, "小学校");
    app.teacher("aoi");
    let line = |id: &str, title: &str| {
        json!({
            "id": id, "kind": "question", "title": title, "body": "本文です。", "school_type": "小学校",
            "policies": [3], "tags": [], "author": "aoi@hiroba.example", "created_at": "2026-05-01T00:00:00Z",
            "replies": [
                { "id": "r1", "body": format!("{title}の回答"), "author": "aoi@hiroba.example", "accepted": true },
                { "id": "r2", "body": "続き", "author": "aoi@hiroba.example", "quote_of": "r1" },
            ],
        })
    };
    let file = format!("{}\n{}\n", line("t1", "一つ目"), line("t2", "二つ目"));
    let import = |source: &str, update: bool| {
        let options = Options {
            update,
            ..Options::default()
        };
        let mut source = source.as_bytes();
        exchange::import(
            &app.app.database,
            &mut source,
            &options,
            || app.now(),
            &mut |n, why| panic!("line {n}: {why}"),
        )
        .unwrap()
    };
    let export = || {
        let mut sink = Vec::new();
        exchange::export(&app.app.database, None, &mut sink).unwrap();
        String::from_utf8(sink).unwrap()
    };
    assert_eq!(import(&file, false).imported, 2);
    let listed = moderator.get("/api/v1/threads").await.json();
    let of = |title: &str| {
        let items = listed["items"].as_array().cloned().unwrap();
        items
            .into_iter()
            .find(|item| item["title"] == title)
            .unwrap()
    };
    // Both threads have replies of the same names.
    let merged = merge(&moderator, &of("二つ目"), &of("一つ目")).await;
    assert_eq!(merged.status, StatusCode::SEE_OTHER, "{}", merged.body);
    let count = || {
        query(
            &app.app,
            "SELECT CAST(count(*) AS TEXT) AS value FROM replies",
        )[0]
        .clone()
    };
    assert_eq!(count(), "5");
    let before = export();
    assert_eq!(before.lines().count(), 1, "the merged one is not exported");
    for update in [false, true] {
        let tally = import(&file, update);
        assert_eq!((tally.imported, tally.refused), (0, 0));
        assert_eq!(count(), "5", "update: {update}");
        assert_eq!(export(), before, "update: {update}");
    }
    let target = fresh(&moderator, &of("一つ目")).await;
    assert_eq!(target["counts"]["replies"], 5);
    // What was exported makes the same thread elsewhere.
    let other = TestApp::new().await;
    let mut source = before.as_bytes();
    let tally = exchange::import(
        &other.app.database,
        &mut source,
        &Options::default(),
        || other.now(),
        &mut |n, why| panic!("{n}: {why}"),
    )
    .unwrap();
    assert_eq!(tally.imported, 1);
    let mut sink = Vec::new();
    exchange::export(&other.app.database, None, &mut sink).unwrap();
    assert_eq!(String::from_utf8(sink).unwrap(), before);
}

/// Two moderators merge two threads into one another while people go on writing in both: one merge is done, and no reply
/// that was confirmed is lost.
#[actix_web::test]
async fn nothing_is_lost_while_threads_are_merged() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let writers: Vec<Actor<'_>> = (0..3).map(|n| app.teacher(&format!("writer{n}"))).collect();
    let (mika, ken) = (
        app.person("mika", Role::Moderator, "小学校"),
        app.person("ken", Role::Moderator, "小学校"),
    );
    for round in 0..6 {
        let (one, two) = (
            aoi.ask(&format!("甲 {round}")).await,
            aoi.ask(&format!("乙 {round}")).await,
        );
        let write = async |who: &Actor<'_>, thread: &Value, body: String| {
            let path = format!("{}/replies", api_of(thread));
            who.api_post(&path, json!({ "body": body })).await
        };
        let shown = json!({ "visibility": "visible", "reason": "大丈夫でした。" });
        let see = format!("{}/visibility", api_of(&one));
        let mut work: Vec<std::pin::Pin<Box<dyn Future<Output = Answer> + '_>>> = vec![
            Box::pin(merge(&mika, &one, &two)),
            Box::pin(merge(&ken, &two, &one)),
        ];
        work.push(Box::pin(async { ken.api(Method::PUT, &see, shown).await }));
        for (n, writer) in writers.iter().enumerate() {
            let thread = if n % 2 == 0 { &one } else { &two };
            work.insert(n, Box::pin(write(writer, thread, format!("返信 {n}"))));
        }
        let answers = together(work).await;
        let (written, merged): (Vec<&Answer>, Vec<&Answer>) = answers
            .iter()
            .partition(|answer| answer.body.starts_with('{'));
        let done = merged
            .iter()
            .filter(|answer| answer.status == StatusCode::SEE_OTHER)
            .count();
        assert_eq!(done, 1, "round {round}: {merged:?}");
        let target = if fresh_or_none(&aoi, &one).await {
            &one
        } else {
            &two
        };
        let bodies: BTreeSet<String> = replies(&aoi, target)
            .await
            .iter()
            .map(|reply| text(&reply["body"]))
            .collect();
        let mut confirmed = 0;
        for answer in written
            .iter()
            .filter(|answer| answer.status == StatusCode::CREATED)
        {
            confirmed += 1;
            assert!(
                bodies.contains(&text(&answer.json()["body"])),
                "round {round}"
            );
        }
        // With the opening words of the one that was merged.
        assert_eq!(
            fresh(&aoi, target).await["counts"]["replies"],
            confirmed + 1
        );
    }
    let came_back = query(
        &app.app,
        "SELECT CAST(count(*) AS TEXT) AS value FROM threads WHERE merged_into IS NOT NULL AND visibility <> 'deleted'",
    );
    assert_eq!(came_back, ["0"]);
}

async fn fresh_or_none(who: &Actor<'_>, thread: &Value) -> bool {
    who.get(&api_of(thread)).await.status == StatusCode::OK
}

#[actix_web::test]
async fn a_thread_is_moved_with_a_reason() {
    let app = TestApp::new().await;
    let (aoi, sota) = (app.teacher("aoi"), app.teacher("sota"));
    let trainer = app.trainer("haruka");
    let moderator = app.person("mika", Role::Moderator, "小学校");
    let thread = aoi.ask("朝の電話を減らしたい").await;
    let reply = sota.reply(&thread, "フォームにしました。").await;
    let accepted = json!({ "reply_id": reply["id"] });
    aoi.api(
        Method::PUT,
        &format!("{}/accepted-reply", api_of(&thread)),
        accepted,
    )
    .await;
    let path = format!("{}/move", page_of(&thread));
    let form = look(&trainer, &path).await.form(&path);
    assert_eq!(
        (form.value("kind"), form.value("policies")),
        ("question".to_owned(), "3".to_owned())
    );
    // Nothing to change, no reason, nothing known: refused, and what was typed is kept.
    let same = [
        ("kind", "question"),
        ("school_type", "shogakkou"),
        ("policies", "3"),
        ("reason", "なんとなく"),
    ];
    let refused = trainer.post(&path, &same).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        check_page(&refused.body, &path).form(&path).value("reason"),
        "なんとなく"
    );
    for value in hostile() {
        let fields = [
            ("kind", value.as_str()),
            ("school_type", &value),
            ("policies", &value),
            ("initiatives", &value),
            ("tags", &value),
            ("reason", ""),
        ];
        let refused = trainer.post(&path, &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{value}");
        let page = check_page(&refused.body, &path);
        assert!(page.by_id("e-reason").is_some() && page.by_id("e-kind").is_some());
    }
    let long = "あ".repeat(501);
    let fields = [
        ("kind", "discussion"),
        ("school_type", "shogakkou"),
        ("policies", "3"),
        ("reason", &long),
    ];
    assert_eq!(
        trainer.post(&path, &fields).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let fields = [
        ("kind", "discussion"),
        ("school_type", "chugakkou"),
        ("policies", "4"),
        ("policies", "2"),
        ("initiatives", "p4-parent-contact"),
        ("tags", "連絡、電話"),
        ("reason", "みなさんの工夫を聞く話題でした。"),
    ];
    let moved = trainer.post(&path, &fields).await;
    assert_eq!(moved.location(), format!("{}?done=moved", page_of(&thread)));
    let now = fresh(&aoi, &thread).await;
    assert_eq!(
        (&now["kind"], &now["school_type"]),
        (&json!("discussion"), &json!("chugakkou"))
    );
    assert_eq!(now["policies"], json!([4, 2]));
    assert_eq!(now["tags"], json!(["連絡", "電話"]));
    assert_eq!(now["solved"], false, "what is no question is not solved");
    assert_eq!(
        (&now["title"], &now["body"]),
        (&thread["title"], &thread["body"])
    );
    assert_eq!(now["revision"], 2);
    let told = notices(&app, &aoi).await;
    assert!(
        told.contains("みなさんの工夫を聞く話題でした。") && told.contains("種類：質問 → 意見交換"),
        "{told}"
    );
    let log = look(&moderator, "/desk/audit?action=moved").await.text();
    for part in [
        "先生 haruka（研修担当）",
        "学校種：小学校 → 中学校",
        "タグ：なし → 連絡・電話",
        "取組：なし → 保護者連絡ツール",
    ] {
        assert!(log.contains(part), "{part}: {log}");
    }
    app.drain();
    let found = aoi.get("/threads?kind=discussion&policy=4").await.body;
    assert!(found.contains(&text(&thread["id"])));
}

#[actix_web::test]
async fn nothing_is_written_in_a_locked_thread() {
    let app = TestApp::new().await;
    let (aoi, sota) = (app.teacher("aoi"), app.teacher("sota"));
    let moderator = app.person("mika", Role::Moderator, "小学校");
    let thread = aoi.ask("どちらがよいですか").await;
    let reply = sota.reply(&thread, "こちらです。").await;
    let lock = format!("{}/lock", page_of(&thread));
    look(&moderator, &lock).await;
    for reason in ["", "  ", &"あ".repeat(501)] {
        let refused = moderator.post(&lock, &[("reason", reason)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{reason}");
        assert!(check_page(&refused.body, &lock).by_id("e-reason").is_some());
    }
    let longest = "締".repeat(500);
    let locked = moderator.post(&lock, &[("reason", &longest)]).await;
    assert_eq!(
        locked.location(),
        format!("{}?done=locked", page_of(&thread))
    );
    let reason = "話がまとまりました。<b>続き</b>は新しい質問で。";
    moderator.post(&lock, &[("reason", reason)]).await;
    let edit = format!("{}/edit", page_of(&thread));
    for who in [&aoi, &sota, &moderator] {
        let page = look(who, &page_of(&thread)).await;
        assert!(page.text().contains("この話題は締め切られています"));
        assert!(page.text().contains(reason), "all see the reason");
        let leads = |to: &str| {
            page.tags.iter().any(|tag| {
                tag.get("action")
                    .or(tag.get("href"))
                    .is_some_and(|at| at.split(['?', '#']).next() == Some(to))
            })
        };
        for gone in [
            format!("{}/replies", page_of(&thread)),
            edit.clone(),
            format!("{}/edit", reply_page(&reply)),
        ] {
            assert!(!leads(&gone), "{gone}");
        }
        let json = fresh(who, &thread).await;
        assert_eq!(
            (&json["locked"], &json["lock_reason"]),
            (&json!(true), &json!(reason))
        );
        // A form that was open meanwhile: the words are not lost.
        let body = "書きかけの返事です。";
        let late = who
            .post(&format!("{}/replies", page_of(&thread)), &[("body", body)])
            .await;
        assert_eq!(late.status, StatusCode::CONFLICT);
        let page = check_page(&late.body, "late");
        assert!(page.text_of("kept").contains(body) && page.text().contains("締め切りました"));
        let late = who
            .api_post(
                &format!("{}/replies", api_of(&thread)),
                json!({ "body": body }),
            )
            .await;
        assert_eq!(late.status, StatusCode::CONFLICT);
        assert_eq!(late.json()["type"], "/problems/conflict");
        assert!(text(&late.json()["detail"]).contains("締め切りました"));
    }
    let fields = [
        ("title", "変えた題"),
        ("body", "変えた本文"),
        ("school_type", "shogakkou"),
        ("policies", "3"),
        ("revision", "1"),
    ];
    let late = aoi.post(&edit, &fields).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(
        check_page(&late.body, "edit")
            .text_of("kept")
            .contains("変えた本文")
    );
    let late = sota
        .post(
            &format!("{}/edit", reply_page(&reply)),
            &[("body", "変えた返信"), ("revision", "1")],
        )
        .await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(
        check_page(&late.body, "edit")
            .text_of("kept")
            .contains("変えた返信")
    );
    let now = fresh(&aoi, &thread).await;
    assert_eq!(
        (&now["revision"], &now["counts"]["replies"]),
        (&json!(1), &json!(1))
    );
    // A locked question asks for no answers.
    let quiet = aoi.ask("だれも答えていない質問").await;
    let waits = async || {
        let list = aoi.get("/api/v1/threads?sort=unanswered").await.body;
        let home = aoi.get("/").await.body;
        list.contains(&text(&quiet["id"])) && home.contains("回答を待っています")
    };
    assert!(waits().await);
    moderator
        .post(
            &format!("{}/lock", page_of(&quiet)),
            &[("reason", "重なっていました。")],
        )
        .await;
    assert!(!waits().await);
    let told = notices(&app, &aoi).await;
    assert!(told.contains("締め切りました") && told.contains("話がまとまりました。"));
    // Taking back what one wrote goes on; so does everything after the lock is gone.
    let gone = sota
        .api(
            Method::DELETE,
            &format!("/api/v1{}", reply_page(&reply)),
            Value::Null,
        )
        .await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    let opened = moderator
        .post(&format!("{}/unlock", page_of(&thread)), &[])
        .await;
    assert_eq!(
        opened.location(),
        format!("{}?done=unlocked", page_of(&thread))
    );
    assert_eq!(fresh(&aoi, &thread).await["locked"], false);
    sota.reply(&thread, "また書けます。").await;
    assert_eq!(aoi.post(&edit, &fields).await.status, StatusCode::SEE_OTHER);
    let log = look(
        &moderator,
        &format!("/desk/audit?thread={}", text(&thread["id"])),
    )
    .await
    .text();
    assert!(log.contains("締め切った") && log.contains("締め切りをやめた"));
}

/// Everything on the pages of the log, from the newest on.
async fn read_log(who: &Actor<'_>, query: &[(&str, &str)]) -> Vec<String> {
    let mut path = with_query("/desk/audit", query);
    let mut lines = Vec::new();
    loop {
        let page = look(who, &path).await;
        let reasons = page
            .tags
            .iter()
            .filter(|tag| tag.name == "p" && tag.get("class") == Some("lines"));
        lines.extend(reasons.map(|tag| tag.text.clone()));
        let next = page.all("a").find(|a| a.text.contains("もっと前の記録"));
        match next.and_then(|a| a.get("href")) {
            Some(next) => path = next.to_owned(),
            None => return lines,
        }
    }
}

#[actix_web::test]
async fn the_log_is_searched_page_by_page() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let (mika, ken) = (
        app.person("mika", Role::Moderator, "小学校"),
        app.person("ken", Role::Administrator, "小学校"),
    );
    assert!(
        look(&mika, "/desk/audit")
            .await
            .text()
            .contains("まだ記録はありません")
    );
    let (thread, other) = (
        aoi.ask("名前のある質問").await,
        aoi.ask("もう一つの質問").await,
    );
    let reply = aoi.reply(&thread, "返信です。").await;
    for n in 0..60 {
        app.advance(TimeDelta::minutes(1));
        decide(
            &mika,
            &page_of(&other),
            "held",
            &format!("確かめます {n:02}"),
        )
        .await;
    }
    app.advance(TimeDelta::days(2));
    let (mika, ken) = (mika.again(), ken.again());
    decide(&ken, &page_of(&thread), "hidden", "名前_100% ABCの確認").await;
    app.advance(TimeDelta::seconds(1));
    decide(&ken, &reply_page(&reply), "hidden", "返信の理由").await;
    let role = format!("/admin/people/{}/role", aoi.id.unwrap());
    ken.post(&role, &[("role", "trainer")]).await;
    ken.post(&format!("/admin/people/{}/suspend", aoi.id.unwrap()), &[])
        .await;
    ken.post(&format!("/admin/people/{}/restore", aoi.id.unwrap()), &[])
        .await;
    let fields = [
        ("email", "new@hiroba.example"),
        ("name", "見本 新しい"),
        ("school_type", "小学校"),
        ("role", "teacher"),
    ];
    ken.post("/admin/people", &fields).await;
    // Nothing is skipped or repeated.
    let all = read_log(&mika, &[]).await;
    let wanted: Vec<String> = (0..60)
        .rev()
        .map(|n| format!("確かめます {n:02}"))
        .collect();
    let held: Vec<&String> = all
        .iter()
        .filter(|reason| reason.starts_with("確かめます"))
        .collect();
    assert_eq!(held, wanted.iter().collect::<Vec<_>>());
    let found = async |query: &[(&str, &str)]| read_log(&mika, query).await;
    assert_eq!(
        found(&[("text", "abcの")]).await,
        ["名前_100% ABCの確認"],
        "capitals or not"
    );
    assert_eq!(
        found(&[("text", "_100%")]).await.len(),
        1,
        "signs are signs"
    );
    assert_eq!(found(&[("text", "%")]).await.len(), 1);
    assert_eq!(
        found(&[("action", "visibility:hidden")]).await,
        ["返信の理由", "名前_100% ABCの確認"]
    );
    assert_eq!(found(&[("person", "mika")]).await.len(), 60);
    let of_aoi = look(&mika, "/desk/audit?person=aoi").await.text();
    for words in [
        "役割を変えた",
        "教員 → 研修担当",
        "利用を止めた",
        "また使えるようにした",
    ] {
        assert!(of_aoi.contains(words), "{words}");
    }
    assert!(!of_aoi.contains("確かめます"));
    assert!(
        look(&mika, &with_query("/desk/audit", &[("person", "新しい")]))
            .await
            .text()
            .contains("利用者を登録した")
    );
    let code = text(&thread["short_code"]);
    assert_eq!(
        found(&[("thread", &code)]).await,
        ["返信の理由", "名前_100% ABCの確認"],
        "with its replies"
    );
    assert_eq!(found(&[("from", "2026-11-22")]).await.len(), 4);
    assert_eq!(
        found(&[("to", "２０２６-11-20")]).await.len(),
        60,
        "to the end of the day"
    );
    assert_eq!(
        found(&[("from", "2026-11-21"), ("to", "2026-11-21")]).await,
        Vec::<String>::new()
    );
    assert_eq!(
        found(&[
            ("person", "ken"),
            ("text", "返信"),
            ("thread", &page_of(&thread))
        ])
        .await,
        ["返信の理由"]
    );
    assert_eq!(
        found(&[("person", "だれでもない")]).await,
        Vec::<String>::new()
    );
    // What cannot be read is told beside the field.
    for (name, value) in [
        ("from", "きのう"),
        ("to", "2026-13-01"),
        ("action", "nonsense"),
        ("thread", "zzz"),
    ] {
        let answer = mika.get(&with_query("/desk/audit", &[(name, value)])).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        let page = check_page(&answer.body, name);
        assert!(page.by_id(&format!("e-{name}")).is_some(), "{name}");
        let kept = page.values(name).contains(&value.to_owned());
        assert!(kept || name == "action", "{name}");
    }
    for value in hostile() {
        let short: String = value.chars().take(300).collect();
        for name in ["person", "text", "thread", "action", "from", "to"] {
            let answer = mika
                .get(&with_query("/desk/audit", &[(name, &short)]))
                .await;
            assert!(
                [200, 422].contains(&answer.status.as_u16()),
                "{name}={short}: {}",
                answer.status
            );
            check_page(&answer.body, name);
        }
    }
    assert_eq!(
        mika.get("/desk/audit?cursor=x").await.status,
        StatusCode::BAD_REQUEST
    );
}

#[actix_web::test]
async fn the_log_can_only_grow() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let moderator = app.person("mika", Role::Moderator, "小学校");
    let thread = aoi.ask("質問").await;
    decide(&moderator, &page_of(&thread), "held", "確かめます。").await;
    let rows = || query(&app.app, "SELECT action || reason AS value FROM audit_log");
    let before = rows();
    for statement in [
        "UPDATE audit_log SET reason = '別の理由'",
        "UPDATE audit_log SET at = at",
        "DELETE FROM audit_log",
        "DELETE FROM audit_log WHERE action = 'visibility:held'",
    ] {
        let refused = app
            .app
            .database
            .write_here(|db| Ok(db.batch_execute(statement)?));
        let Err(Error::Internal(cause)) = refused else {
            panic!("{statement}: {refused:?}");
        };
        assert!(
            cause.contains("rows are only ever added"),
            "{statement}: {cause}"
        );
        assert_eq!(rows(), before, "{statement}");
    }
    if hiroba_postgres() {
        let refused = app
            .app
            .database
            .write_here(|db| Ok(db.batch_execute("TRUNCATE audit_log CASCADE")?));
        assert!(refused.is_err());
        assert_eq!(rows(), before);
    }
}

fn hiroba_postgres() -> bool {
    crate::harness::database::postgres_server().is_some()
}

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

/// What was put right while nobody could see it does not stand in the history for all to read.
#[actix_web::test]
async fn what_was_put_right_out_of_sight_is_not_left_in_the_history() {
    let app = TestApp::new().await;
    let (aoi, sota) = (app.teacher("aoi"), app.teacher("sota"));
    let mika = app.person("mika", Role::Moderator, "小学校");
    let image = aoi.store("meibo.png", &png(60, 40)).await;
    let (url, shown) = (text(&image["url"]), text(&image["markdown"]));
    let body = format!("出席番号12番の子だけです。\n\n{shown}");
    let thread = aoi.thread("question", "横向きになる写真", &body).await;
    let reply = aoi.reply(&thread, "12番の子の端末です。").await;
    let changed = json!({ "body": format!("{body}\n\n出席番号12番です。") });
    aoi.api(Method::PATCH, &api_of(&thread), changed).await;
    assert_eq!(sota.get(&url).await.status, StatusCode::OK);
    let versions = format!("{}/revisions", api_of(&thread));
    assert!(sota.get(&versions).await.body.contains("12番"));

    report(&sota, &page_of(&thread), "personal_data").await;
    let fields = [
        ("title", "横向きになる写真"),
        ("body", "1人だけ横向きです。"),
        ("message", ""),
        ("revision", "2"),
    ];
    let sent = aoi
        .post(&format!("{}/resubmit", page_of(&thread)), &fields)
        .await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.body);
    decide(&mika, &page_of(&thread), "visible", "確かめました。").await;
    // A reply that is put right by an edit while it is hidden.
    decide(
        &mika,
        &reply_page(&reply),
        "hidden",
        "番号を消してください。",
    )
    .await;
    let path = format!("/api/v1/replies/{}", text(&reply["id"]));
    let right = json!({ "body": "あの端末です。" });
    assert_eq!(
        aoi.api(Method::PATCH, &path, right).await.status,
        StatusCode::OK
    );
    decide(&mika, &reply_page(&reply), "visible", "確かめました。").await;

    let of_reply = format!("{path}/revisions");
    for (who, reads) in [(&sota, false), (&aoi, true), (&mika, true)] {
        for path in [
            versions.clone(),
            of_reply.clone(),
            format!("{}/revisions", page_of(&thread)),
            format!("{}/revisions?from=1&to=3", page_of(&thread)),
            format!("{}/revisions", reply_page(&reply)),
        ] {
            let answer = who.get(&path).await;
            assert_eq!(answer.status, StatusCode::OK, "{path}");
            assert_eq!(
                answer.body.contains("12番"),
                reads,
                "{path}: {}",
                answer.body
            );
        }
    }
    // Nor does the picture: it is its owner's alone again, and goes when no post takes it up.
    assert_eq!(sota.get(&url).await.status, StatusCode::NOT_FOUND);
    assert_eq!(aoi.get(&url).await.status, StatusCode::OK);
    app.advance(TimeDelta::hours(49));
    app.drain();
    let (aoi, sota) = (aoi.again(), sota.again());
    assert_eq!(aoi.get(&url).await.status, StatusCode::NOT_FOUND);
    let data = aoi.get("/settings/own-data").await.json();
    let decisions = data["decisions"].as_array().unwrap();
    assert!(
        decisions
            .iter()
            .any(|one| one["reason"] == "番号を消してください。"),
        "{decisions:?}"
    );
    // From now on versions are for all again.
    let later = json!({ "body": "1人だけ横向きでした。" });
    aoi.api(Method::PATCH, &api_of(&thread), later).await;
    assert!(
        sota.get(&versions)
            .await
            .body
            .contains("1人だけ横向きです。")
    );
}

/// Pictures go with the words that are merged, and with those that are sent for another look.
#[actix_web::test]
async fn pictures_stay_with_their_words() {
    let app = TestApp::new().await;
    let (aoi, sota) = (app.teacher("aoi"), app.teacher("sota"));
    let mika = app.person("mika", Role::Moderator, "小学校");
    let image = aoi.store("a.png", &png(60, 40)).await;
    let other = aoi.store("b.png", &png(50, 40)).await;
    let old = aoi
        .thread("question", "充電庫の下の段", &text(&image["markdown"]))
        .await;
    let target = sota.ask("充電庫の下の段が充電されません").await;
    assert_eq!(
        merge(&mika, &old, &target).await.status,
        StatusCode::SEE_OTHER
    );
    assert_eq!(sota.get(&text(&image["url"])).await.status, StatusCode::OK);
    assert!(
        sota.get(&page_of(&target))
            .await
            .body
            .contains(&text(&image["url"]))
    );

    let held = aoi.ask("見え方の相談").await;
    report(&sota, &page_of(&held), "personal_data").await;
    let body = format!("図を足しました。\n\n{}", text(&other["markdown"]));
    let fields = [
        ("title", "見え方の相談"),
        ("body", &body),
        ("revision", "1"),
    ];
    aoi.post(&format!("{}/resubmit", page_of(&held)), &fields)
        .await;
    assert_eq!(
        sota.get(&text(&other["url"])).await.status,
        StatusCode::NOT_FOUND
    );
    decide(&mika, &page_of(&held), "visible", "確かめました。").await;
    assert_eq!(sota.get(&text(&other["url"])).await.status, StatusCode::OK);
}

/// A trainer's merge neither opens what moderators have locked nor writes into it; a locked question keeps its answer.
#[actix_web::test]
async fn a_lock_holds_against_merges_and_choices() {
    let app = TestApp::new().await;
    let (aoi, sota) = (app.teacher("aoi"), app.teacher("sota"));
    let (mika, trainer) = (
        app.person("mika", Role::Moderator, "小学校"),
        app.trainer("kenshuu"),
    );
    let locked = aoi.ask("締め切られた質問").await;
    let reply = sota.reply(&locked, "こうしました。").await;
    let other = aoi.ask("開いている質問").await;
    let reason = json!({ "reason": "話がまとまりました。" });
    let lock = format!("{}/lock", api_of(&locked));
    assert_eq!(
        mika.api(Method::PUT, &lock, reason).await.status,
        StatusCode::OK
    );
    assert_eq!(
        merge(&trainer, &locked, &other).await.status,
        StatusCode::CONFLICT
    );
    assert_eq!(
        merge(&trainer, &other, &locked).await.status,
        StatusCode::CONFLICT
    );
    let accepted = format!("{}/accepted-reply", api_of(&locked));
    let choice = json!({ "reply_id": reply["id"] });
    let chosen = aoi.api(Method::PUT, &accepted, choice).await;
    assert_eq!(chosen.status, StatusCode::CONFLICT);
    assert!(
        !aoi.get(&page_of(&locked))
            .await
            .body
            .contains("この回答で解決した")
    );
    assert_eq!(
        merge(&mika, &locked, &other).await.status,
        StatusCode::SEE_OTHER
    );
}

/// Who has begun a reply in a thread that is merged goes on in the other.
#[actix_web::test]
async fn drafts_go_on_where_their_thread_went() {
    let app = TestApp::new().await;
    let (aoi, sota) = (app.teacher("aoi"), app.teacher("sota"));
    let mika = app.person("mika", Role::Moderator, "小学校");
    let (old, target) = (aoi.ask("充電庫の下の段").await, aoi.ask("充電庫").await);
    let draft = json!({ "purpose": "reply", "target": old["id"], "fields": { "body": "書きかけの返事", "sealed": "true" } });
    let kept = sota.api_post("/api/v1/drafts", draft).await;
    assert_eq!(kept.status, StatusCode::CREATED, "{}", kept.body);
    // The choice of the name comes back with the text.
    let page = look(&sota, &page_of(&old)).await;
    let form = page.form(&format!("{}/replies#answer", page_of(&old)));
    assert_eq!(
        (form.value("body").as_str(), form.value("sealed").as_str()),
        ("書きかけの返事", "true")
    );
    assert_eq!(
        merge(&mika, &old, &target).await.status,
        StatusCode::SEE_OTHER
    );
    let page = look(&sota, &page_of(&target)).await;
    let form = page.form(&format!("{}/replies#answer", page_of(&target)));
    assert_eq!(
        (form.value("body").as_str(), form.value("sealed").as_str()),
        ("書きかけの返事", "true")
    );
}

#[actix_web::test]
async fn the_longest_text_can_be_changed_after_a_merge() {
    let app = TestApp::new().await;
    let (aoi, sota) = (app.teacher("aoi"), app.teacher("sota"));
    let mika = app.person("mika", Role::Moderator, "小学校");
    let target = sota.ask("充電庫").await;
    for (number, (length, titled)) in [(20_000, false), (19_989, false), (19_988, true)]
        .into_iter()
        .enumerate()
    {
        let title = format!("充電庫の下の段{number}"); // eight characters, two marks, two line ends
        let body = "あ".repeat(length);
        let old = aoi.thread("question", &title, &body).await;
        let merged = merge(&mika, &old, &target).await;
        assert_eq!(merged.status, StatusCode::SEE_OTHER);
        let all = replies(&aoi, &target).await;
        let opening = all
            .iter()
            .find(|reply| text(&reply["body"]).ends_with(&body))
            .unwrap();
        assert_eq!(
            text(&opening["body"]).starts_with(&format!("「{title}」")),
            titled
        );
        let path = format!("/api/v1/replies/{}", text(&opening["id"]));
        let shorter = json!({ "body": text(&opening["body"]).replacen('あ', "", 1) });
        assert_eq!(
            aoi.api(Method::PATCH, &path, shorter).await.status,
            StatusCode::OK
        );
        // Gone, so that the next is told from it.
        aoi.api(Method::DELETE, &path, Value::Null).await;
    }
}
