//! The main job from end to end: one asks, another answers, the asker accepts, a third finds it.

use actix_web::http::{Method, StatusCode};
use serde_json::json;

use crate::harness::{TestApp, text};

#[actix_web::test]
async fn a_question_is_answered_accepted_and_found() {
    let app = TestApp::new().await;
    let asker = app.teacher("aoi");
    let answerer = app.teacher("sota");
    let third = app.teacher("haruka");
    let question = asker
        .ask("体育館で学年全員がロイロに入ると、白い画面のままになります")
        .await;
    let reply = answerer
        .reply(
            &question,
            "前の日に教室のＷｉ－Ｆｉで一度開いておくと止まりません。",
        )
        .await;
    let path = format!("/api/v1/threads/{}/accepted-reply", text(&question["id"]));
    let accepted = asker
        .api(Method::PUT, &path, json!({ "reply_id": reply["id"] }))
        .await;
    assert_eq!(accepted.status, StatusCode::OK, "{}", accepted.body);
    assert_eq!(accepted.json()["solved"], true);
    app.drain();
    for query in ["体育館 ロイロ", "wi-fi 教室", "ﾛｲﾛ", "しろい画面"] {
        let found = third.search(query).await;
        assert_eq!(found, [text(&question["title"])], "{query}");
    }
    let page = third
        .get(&format!("/threads/{}", text(&question["id"])))
        .await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("解決"), "{}", page.body);
}
