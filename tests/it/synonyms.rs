//! Words that search takes for one another: kept by curators, in force at once.

use actix_web::http::StatusCode;
use hiroba::accounts::Role;
use hiroba::synonyms;

use crate::harness::{TestApp, with_query};

const LIST: &str = "/desk/synonyms";

#[actix_web::test]
async fn a_word_added_by_a_trainer_is_found_by_the_next_search() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    aoi.ask("くもの巣シートの共有").await;
    let trainer = app.person("otomo", Role::Trainer, "小学校");
    app.drain();
    let found = async || {
        let answer = aoi
            .get(&with_query("/api/v1/search", &[("q", "空中帳票")]))
            .await;
        answer.json()["total"].as_u64().unwrap()
    };
    assert_eq!(found().await, 0);
    let words = [
        ("words", "空中帳票\r\nくもの巣シート"),
        ("effect", "expand"),
        ("note", "校内の呼び名"),
    ];
    let saved = trainer.post(LIST, &words).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    assert_eq!(found().await, 1);
    let page = aoi
        .get(&with_query("/search", &[("q", "空中帳票")]))
        .await
        .body;
    assert!(page.contains("も一緒に探しました"), "{page}");

    let listed = trainer.get(&with_query(LIST, &[("q", "空中")])).await;
    assert_eq!(listed.status, StatusCode::OK);
    let all = app.app.write_here(|db, _| synonyms::states(db)).unwrap();
    let ours = |state: &synonyms::State| state.note == "校内の呼び名";
    let state = all.into_iter().find(ours).unwrap();
    let group = format!("{LIST}/{}", state.group);
    assert_eq!(
        trainer.post(&format!("{group}/remove"), &[]).await.status,
        StatusCode::SEE_OTHER
    );
    assert_eq!(found().await, 0);
    let past = trainer.get(&format!("{group}/history")).await.body;
    assert!(
        past.contains("外しました") && past.contains("校内の呼び名"),
        "{past}"
    );
    trainer.post(&format!("{group}/restore"), &[]).await;
    assert_eq!(found().await, 1);

    // Two editors: the second is told, and keeps what was typed.
    let first = [
        ("words", "空中帳票\nくもの巣シート\n雲帳"),
        ("seen", &state.id.to_string()),
    ];
    let stale = trainer.post(&format!("{group}/edit"), &first).await;
    assert_eq!(stale.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        stale.body.contains("先に書き直しました") && stale.body.contains("雲帳"),
        "{}",
        stale.body
    );
}

#[actix_web::test]
async fn wrong_words_are_told_and_kept_and_nothing_hostile_is_shown() {
    let app = TestApp::new().await;
    let trainer = app.person("otomo", Role::Trainer, "小学校");
    let sent = trainer
        .post(LIST, &[("words", "<script>alert(1)</script>")])
        .await;
    assert_eq!(sent.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!sent.body.contains("<script>alert"), "{}", sent.body);
    let sent = trainer
        .post(LIST, &[("words", "ひとつ"), ("note", "のこる")])
        .await;
    assert!(
        sent.body.contains("ひとつ") && sent.body.contains("のこる"),
        "{}",
        sent.body
    );
    let odd = trainer
        .get(&with_query("/desk/synonyms/new", &[("word", "\"><b>")]))
        .await;
    assert_eq!(odd.status, StatusCode::OK);
    assert!(
        !odd.body.contains("<b>\"") && !odd.body.contains("\"><b>"),
        "{}",
        odd.body
    );
    let nobody = trainer
        .get("/desk/synonyms/00000000-0000-7000-8000-000000000000/edit")
        .await;
    assert_eq!(nobody.status, StatusCode::NOT_FOUND);
}
