//! What moderators do beside holding and hiding, and what authors see of it; and how much newcomers may write.

mod hearing;
mod log;
mod merging;
mod newcomers;
mod places;

use actix_web::http::StatusCode;
use serde_json::Value;

use crate::harness::html::{Page, check_page};
use crate::harness::{Actor, Answer, TestApp, text};

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

async fn link(who: &Actor<'_>, thread: &Value, of: &str) -> Answer {
    let fields = [("of", of), ("how", "link")];
    who.post(&format!("{}/duplicate", page_of(thread)), &fields)
        .await
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
