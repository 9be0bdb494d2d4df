//! Versions of threads and replies, side by side.

use actix_web::http::{Method, StatusCode};
use hiroba::accounts::Role;
use serde_json::{Value, json};

use crate::harness::html::{Page, check_page};
use crate::harness::{Actor, TestApp, text};

async fn page(actor: &Actor<'_>, path: &str) -> Page {
    let answer = actor.get(path).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}");
    check_page(&answer.body, path)
}

/// The marked pieces of a page, inserted and deleted ones, without the words for those who do not see them.
fn marked(page: &Page, name: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut inside = false;
    let compared = page
        .tags
        .iter()
        .position(|tag| tag.get("id") == Some("compared"));
    let mut hidden = false;
    for tag in &page.tags[compared.unwrap()..] {
        if tag.name == "section" && tag.closes {
            break;
        }
        if tag.name == "span" {
            hidden = !tag.closes;
        }
        if tag.name == name {
            inside = !tag.closes;
            if inside {
                all.push(String::new());
            }
        }
        if inside && !hidden {
            all.last_mut().unwrap().push_str(&tag.text);
        }
    }
    all
}

async fn patch(actor: &Actor<'_>, path: &str, body: Value) {
    let answer = actor.api(Method::PATCH, path, body).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
}

#[actix_web::test]
async fn readers_compare_any_two_versions_of_a_thread() {
    let app = TestApp::new().await;
    let (aoi, sota) = (app.teacher("aoi"), app.teacher("sota"));
    let thread = aoi
        .thread(
            "practice",
            "音読を聞き合う",
            "教室ではChromebookで録音します。\n家でもできます。",
        )
        .await;
    let at = format!("/threads/{}", text(&thread["id"]));
    let api = format!("/api/v1{at}");
    patch(
        &aoi,
        &api,
        json!({ "body": "教室ではiPadで録音します。\n家でもできます。" }),
    )
    .await;
    patch(&aoi, &api, json!({ "title": "音読の録音を聞き合う" })).await;
    patch(
        &aoi,
        &api,
        json!({ "practice": { "failed": "音が混ざりました。" } }),
    )
    .await;
    let path = format!("{at}/revisions");
    let plain = page(&sota, &path).await;
    assert!(plain.by_id("compared").is_none());
    assert_eq!(plain.values("from"), ["3"]);
    assert_eq!(plain.values("to"), ["4"]);
    let compared = page(&sota, &format!("{path}?from=1&to=2")).await;
    // The legend shows both marks first.
    assert_eq!(marked(&compared, "ins")[1..], ["iPad"]);
    assert_eq!(marked(&compared, "del")[1..], ["Chromebook"]);
    // Screen readers are told in words where a change begins and ends.
    assert!(
        compared
            .text_of("compared")
            .contains("（ここから足した）iPad（ここまで足した）")
    );
    let titles = page(&sota, &format!("{path}?from=2&to=3")).await;
    assert_eq!(marked(&titles, "ins")[1..], ["の録音"]);
    assert!(marked(&titles, "del")[1..].is_empty());
    let beside = page(&sota, &format!("{path}?from=4&to=3")).await;
    let (shown, words) = (marked(&beside, "ins"), beside.text_of("compared"));
    assert_eq!(shown[1..], ["うまくいかなかったこと：音が混ざりました。\n"]);
    assert!(words.contains("3回目に書いた内容") && words.contains("いまの内容"));
    let same = page(&sota, &format!("{path}?from=2&to=2")).await;
    assert!(same.text_of("compared").contains("同じ内容です"));
    for unknown in [
        "from=1&to=9",
        "from=0&to=1",
        "from=x&to=1",
        "from=1",
        "from=99999999999&to=1",
    ] {
        assert!(
            page(&sota, &format!("{path}?{unknown}"))
                .await
                .by_id("compared")
                .is_none()
        );
    }
    let versions = sota.get(&format!("{api}/revisions")).await.json();
    assert_eq!(
        versions["items"][0]["practice"]["failed"],
        "音が混ざりました。"
    );
    assert_eq!(versions["items"][1]["practice"], Value::Null);
}

#[actix_web::test]
async fn replies_have_a_history_too() {
    let app = TestApp::new().await;
    let (aoi, sota) = (app.teacher("aoi"), app.teacher("sota"));
    let moderator = app.person("moderator", Role::Moderator, "小学校");
    let question = aoi.ask("ログインできない").await;
    let reply = sota.reply(&question, "前の日に開きます。").await;
    let at = format!("/replies/{}", text(&reply["id"]));
    let api = format!("/api/v1{at}");
    patch(&sota, &api, json!({ "body": "前の日に一度開きます。" })).await;
    let thread = page(&aoi, &format!("/threads/{}", text(&question["id"]))).await;
    let link = format!("{at}/revisions");
    assert!(thread.all("a").any(|tag| tag.get("href") == Some(&link)));
    let compared = page(&aoi, &format!("{link}?from=1&to=2")).await;
    assert_eq!(marked(&compared, "ins")[1..], ["一度"]);
    let versions = aoi.get(&format!("{api}/revisions")).await.json();
    let bodies: Vec<String> = versions["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|version| text(&version["body"]))
        .collect();
    assert_eq!(bodies, ["前の日に一度開きます。", "前の日に開きます。"]);
    assert_eq!(versions["items"][0]["revision"], 2);
    // What may not be seen has no history either.
    let hide = json!({ "visibility": "hidden", "reason": "確かめます。" });
    moderator
        .api(Method::PUT, &format!("{api}/visibility"), hide)
        .await;
    for path in [
        link.clone(),
        format!("{link}?from=1&to=2"),
        format!("{api}/revisions"),
    ] {
        assert_eq!(aoi.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(sota.get(&path).await.status, StatusCode::OK, "{path}");
        assert_eq!(moderator.get(&path).await.status, StatusCode::OK, "{path}");
    }
}

/// The longest texts that can be written are compared in a moment.
#[actix_web::test]
async fn long_texts_are_compared_too() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let old: String = (0..20_000)
        .map(|n: u32| char::from_u32(0x4e00 + n * 7 % 6_000).unwrap())
        .collect();
    let new: String = old.chars().rev().collect();
    let thread = aoi.thread("question", "長い本文", &old).await;
    let at = format!("/threads/{}", text(&thread["id"]));
    patch(&aoi, &format!("/api/v1{at}"), json!({ "body": new })).await;
    let begun = std::time::Instant::now();
    let compared = page(&aoi, &format!("{at}/revisions?from=1&to=2")).await;
    assert!(begun.elapsed().as_secs() < 5);
    assert!(!marked(&compared, "ins")[1..].is_empty());
}
