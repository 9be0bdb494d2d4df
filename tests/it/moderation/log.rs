//! The log of what moderators and trainers did.

use actix_web::http::StatusCode;
use chrono::TimeDelta;
use diesel::connection::SimpleConnection;
use hiroba::accounts::Role;
use hiroba::error::Error;

use super::{decide, look, page_of, reply_page};
use crate::harness::ground::query;
use crate::harness::html::check_page;
use crate::harness::{Actor, TestApp, text, with_query};
use crate::hostile::hostile;

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
