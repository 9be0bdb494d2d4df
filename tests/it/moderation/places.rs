//! Threads that are moved and locked.

use actix_web::http::{Method, StatusCode};
use hiroba::accounts::Role;
use serde_json::{Value, json};

use super::{api_of, fresh, look, merge, notices, page_of, reply_page};
use crate::harness::html::check_page;
use crate::harness::{TestApp, text};
use crate::hostile::hostile;

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
