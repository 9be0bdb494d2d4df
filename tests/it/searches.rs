//! What was searched for: counted without a name, shown to curators, the beginning of a synonym.

use actix_web::http::{Method, header};
use chrono::TimeDelta;

use crate::harness::ground::query;
use crate::harness::html::Page;
use crate::harness::{Actor, TestApp, with_query};

const LIST: &str = "/desk/searches";

async fn look_for(actor: &Actor<'_>, text: &str) {
    assert_eq!(
        actor
            .get(&with_query("/search", &[("q", text)]))
            .await
            .status,
        200
    );
}

/// Opens a thread as a click on a result does.
async fn open(actor: &Actor<'_>, thread: &str, from: &str) {
    let request = actor
        .request(Method::GET, &format!("/threads/{thread}"))
        .insert_header((header::REFERER, from));
    assert_eq!(actor.send(request).await.status, 200);
}

fn from(text: &str) -> String {
    format!(
        "https://hiroba.example{}",
        with_query("/search", &[("q", text)])
    )
}

async fn sections(trainer: &Actor<'_>) -> (String, String) {
    let body = trainer.get(LIST).await.body;
    let page = Page::read(&body).text();
    let (first, second) = page
        .split_once("見つかったのに、開かれなかったことば")
        .unwrap();
    (first.to_owned(), second.to_owned())
}

#[actix_web::test]
async fn a_fruitless_search_leads_a_trainer_to_the_synonym_that_helps() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    aoi.ask("くもの巣シートの共有").await;
    let trainer = app.trainer("otomo");
    app.drain();
    look_for(&aoi, "空中帳票").await;
    look_for(&aoi, " 空中帳票　").await;
    let answer = aoi
        .get(&with_query(
            "/api/v1/search",
            &[("q", "空中帳票"), ("school_type", "小学校")],
        ))
        .await;
    assert_eq!(answer.json()["total"], 0);
    app.drain();
    let page = trainer.get(LIST).await;
    assert_eq!(page.status, 200);
    let (fruitless, _) = sections(&trainer).await;
    assert!(
        fruitless.contains("空中帳票")
            && fruitless.contains("2回")
            && fruitless.contains("条件：小学校"),
        "{fruitless}"
    );
    let to = with_query("/desk/synonyms/new", &[("word", "空中帳票")]);
    assert!(page.body.contains(&to), "{}", page.body);
    let form = trainer.get(&to).await.body;
    assert_eq!(Page::read(&form).value("words"), "空中帳票");
    trainer
        .post("/desk/synonyms", &[("words", "空中帳票\nくもの巣シート")])
        .await;
    let (fruitless, _) = sections(&trainer).await;
    assert!(fruitless.contains("1件"), "{fruitless}");
}

#[actix_web::test]
async fn results_that_nobody_opens_are_shown_until_somebody_does() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let thread = aoi.ask("提出箱の締め切りを変えたい").await;
    let trainer = app.trainer("otomo");
    app.drain();
    let is_shown = async || {
        app.drain();
        sections(&trainer).await.1.contains("提出箱")
    };
    look_for(&aoi, "提出箱").await;
    look_for(&aoi, "提出箱").await;
    assert!(!is_shown().await);
    look_for(&aoi, "提出箱").await;
    assert!(is_shown().await);
    let id = thread["id"].as_str().unwrap();
    for elsewhere in [
        "http://other.example/search?q=%E6%8F%90%E5%87%BA%E7%AE%B1",
        "https://hiroba.example/threads?q=%E6%8F%90%E5%87%BA%E7%AE%B1",
        "https://hiroba.example/search?q=%FF",
        "https://hiroba.example/search?cursor=x&q=%E6%8F%90%E5%87%BA%E7%AE%B1",
        "no address",
        &from("別のことば"),
    ] {
        open(&aoi, id, elsewhere).await;
        assert!(is_shown().await, "{elsewhere}");
    }
    open(&aoi, id, &from("提出箱")).await;
    assert!(!is_shown().await);
}

#[actix_web::test]
async fn nothing_tells_who_searched_and_old_counts_go() {
    let app = TestApp::with(|config| config.search_log_days = 30).await;
    let aoi = app.teacher("aoi");
    app.drain();
    for text in [
        "どこにもない",
        "aoi@es.hiroba.example",
        "090-1234-5678",
        "佐藤さん",
        "書いた人:自分 あれ",
        "",
    ] {
        look_for(&aoi, text).await;
    }
    app.drain();
    let stored = || query(&app.app, "SELECT term AS value FROM search_log");
    assert_eq!(stored(), ["どこにもない"]);
    let hours = query(
        &app.app,
        "SELECT CAST(hour AS TEXT) AS value FROM search_log",
    );
    assert!(hours[0].contains(":00:00"), "{hours:?}");
    app.advance(TimeDelta::days(29));
    app.drain();
    assert_eq!(stored().len(), 1);
    app.advance(TimeDelta::days(2));
    app.drain();
    assert_eq!(stored().len(), 0);
}

#[actix_web::test]
async fn where_counting_is_off_nothing_is_kept_and_the_page_says_so() {
    let app = TestApp::with(|config| config.search_log_days = 0).await;
    let trainer = app.trainer("otomo");
    app.drain();
    look_for(&trainer, "どこにもない").await;
    app.drain();
    let page = trainer.get(LIST).await.body;
    assert!(
        page.contains("数えない設定") && !page.contains("どこにもない"),
        "{page}"
    );
}

#[actix_web::test]
async fn hostile_words_are_shown_as_text() {
    let app = TestApp::new().await;
    let trainer = app.trainer("otomo");
    app.drain();
    look_for(&trainer, "<script>alert(1)</script> \u{202e}\0\"><b>").await;
    app.drain();
    let page = trainer.get(&with_query(LIST, &[("days", "\"><b>")])).await;
    assert_eq!(page.status, 200);
    assert!(
        page.body.contains("script")
            && !page.body.contains("<script>alert")
            && !page.body.contains("<b>"),
        "{}",
        page.body
    );
}

/// As much of a text as an address can carry (64 KiB, three bytes for each that is not plain).
fn fitting(text: &str) -> String {
    let mut room = 60_000;
    let fits = |c: &char| {
        let size = if c.is_ascii_alphanumeric() {
            1
        } else {
            3 * c.len_utf8()
        };
        room -= size.min(room);
        room > 0
    };
    text.chars().take_while(fits).collect()
}

#[actix_web::test]
async fn bombs_are_answered_as_searches() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    aoi.ask("提出箱の締め切りを変えたい").await;
    app.drain();
    let terms: Vec<String> = (0..5_000).map(|number| format!("t{number}")).collect();
    let phrases: Vec<String> = terms
        .iter()
        .map(|term| format!("-\"{term} 提出\""))
        .collect();
    for bomb in [
        terms.join(" "),
        terms.join(""),
        phrases.join(" "),
        format!("提出 {}", phrases.join(" ")),
        "\"".repeat(3_001),
        "“\"「".repeat(1_000),
        "(((((NOT OR AND title:*".repeat(500),
        "*".to_owned(),
        "title:*".to_owned(),
        "tag:* -*".to_owned(),
        "提出\0箱".to_owned(),
        "ァ".repeat(10_000),
        "校種:".repeat(2_000),
        "after:99999999999999999999".to_owned(),
        format!("author:{}", "あ".repeat(10_000)),
        "\u{202e}\u{feff}\u{e0001}".to_owned(),
    ] {
        let shown: String = bomb.chars().take(40).collect();
        let bomb = fitting(&bomb);
        for path in ["/search", "/api/v1/search", "/api/v1/search/suggest"] {
            let answer = aoi.get(&with_query(path, &[("q", &bomb)])).await;
            assert_eq!(answer.status, 200, "{path} {shown}");
        }
        let similar = with_query("/api/v1/threads/similar", &[("title", &bomb)]);
        assert_eq!(aoi.get(&similar).await.status, 200, "{shown}");
    }
    let found = aoi.search("提出\0箱").await;
    assert_eq!(found, ["提出箱の締め切りを変えたい"]);
}
