//! Who has a post in hand, what its author is told, and another look at it.

use actix_web::http::{Method, StatusCode};
use chrono::TimeDelta;
use hiroba::accounts::{self, Role};
use hiroba::moderation::claims::CLAIM_LASTS;
use serde_json::{Value, json};

use super::{api_of, decide, look, notices, page_of, reply_page, report};
use crate::harness::files::png;
use crate::harness::ground::{query, together};
use crate::harness::html::{Page, check_page};
use crate::harness::{Actor, TestApp, text};
use crate::hostile::hostile;

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
