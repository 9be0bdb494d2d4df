//! The trainers' desk: what waits, what is worth showing, what seems to be asked twice.

use actix_web::http::{Method, StatusCode};
use chrono::TimeDelta;
use hiroba::accounts::Role;
use hiroba::desk::{ALIKE, REFRESH_EVERY, likeness};
use hiroba::id::Id;
use hiroba::memory::SPAN;
use hiroba::threads::{self, Filter, ThreadInput, standing};
use serde_json::{Value, json};

use crate::harness::ground::{self, Ground};
use crate::harness::html::Page;
use crate::harness::{Actor, TestApp, text, with_query};

const DESK: &str = "/desk";

/// The text of one part of the page, from its heading to the next one.
async fn part(trainer: &Actor<'_>, address: &str, heading: &str) -> String {
    let answer = trainer.get(address).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let page = Page::read(&answer.body).text();
    let (_, rest) = page
        .split_once(heading)
        .unwrap_or_else(|| panic!("{heading}\n{page}"));
    let headings = [
        "おすすめの候補",
        "同じことを聞いているかもしれない質問",
        "見つからなかったことば",
    ];
    let end = headings.iter().filter_map(|next| rest.find(next)).min();
    rest[..end.unwrap_or(rest.len())].to_owned()
}

fn refreshed(app: &TestApp) {
    app.advance(REFRESH_EVERY);
    app.drain();
}

async fn helpful(actor: &Actor<'_>, thread: &Value) {
    let path = format!("/api/v1/threads/{}/reactions/helpful", text(&thread["id"]));
    let set = actor.api(Method::PUT, &path, Value::Null).await;
    assert_eq!(set.status, StatusCode::NO_CONTENT);
}

async fn solved(asker: &Actor<'_>, solver: &Actor<'_>, title: &str) -> Value {
    let thread = asker.ask(title).await;
    let reply = solver.reply(&thread, "前の日に一度開いておきます。").await;
    let path = format!("/api/v1/threads/{}/accepted-reply", text(&thread["id"]));
    let accepted = asker
        .api(Method::PUT, &path, json!({ "reply_id": reply["id"] }))
        .await;
    assert_eq!(accepted.status, StatusCode::OK);
    thread
}

#[actix_web::test]
async fn a_question_that_waits_is_shown_with_those_who_could_be_asked() {
    let app = TestApp::new().await;
    let (aoi, sota) = (app.teacher("aoi"), app.teacher("sota"));
    let himari = app.person("himari", Role::Teacher, "中学校");
    let trainer = app.trainer("otomo");
    solved(&aoi, &himari, "体育館のWi-Fiが切れて動画が止まります").await;
    sota.ask("体育館のWi-Fiが切れて困っています").await;
    app.drain();
    let waiting = part(&trainer, DESK, "回答を待っている質問").await;
    assert!(waiting.contains("この時間より長く待っている質問は、ありません"));

    app.advance(TimeDelta::days(7));
    let aoi = aoi.again();
    let trainer = trainer.again();
    let waiting = part(&trainer, DESK, "回答を待っている質問").await;
    assert!(
        waiting.contains("体育館のWi-Fiが切れて困っています"),
        "{waiting}"
    );
    assert!(waiting.contains("勤務時間で"), "{waiting}");
    assert!(
        waiting.contains("himari"),
        "who solved one like it: {waiting}"
    );
    assert!(!waiting.contains("aoi"), "she only asked: {waiting}");

    let list = aoi.get("/api/v1/threads?sort=unanswered").await.json();
    aoi.reply(&list["items"][0], "ルーターを替えてもらいました。")
        .await;
    let waiting = part(&trainer, DESK, "回答を待っている質問").await;
    assert!(!waiting.contains("困っています"), "{waiting}");
}

#[actix_web::test]
async fn nobody_who_hid_their_name_is_named_as_one_to_ask() {
    let app = TestApp::new().await;
    let (aoi, sota) = (app.teacher("aoi"), app.teacher("sota"));
    let trainer = app.trainer("otomo");
    let body = json!({
        "kind": "practice", "title": "体育館のWi-Fiが切れて困ったときの授業", "body": "紙に替えました。",
        "school_type": "小学校", "policies": [3], "sealed": true,
    });
    let sealed = aoi.api_post("/api/v1/threads", body).await;
    assert_eq!(sealed.status, StatusCode::CREATED, "{}", sealed.body);
    sota.ask("体育館のWi-Fiが切れて困っています").await;
    app.advance(TimeDelta::days(7));
    app.drain();
    let waiting = part(&trainer.again(), DESK, "回答を待っている質問").await;
    assert!(
        waiting.contains("近い話題に答えた人は、まだ見つかりません"),
        "{waiting}"
    );
}

#[actix_web::test]
async fn what_many_found_helpful_is_a_candidate_until_it_is_recommended() {
    let app = TestApp::new().await;
    let (aoi, sota) = (app.teacher("aoi"), app.teacher("sota"));
    let himari = app.teacher("himari");
    let trainer = app.trainer("otomo");
    let (good, plain) = (
        solved(&aoi, &sota, "提出箱の並べかえ").await,
        solved(&aoi, &sota, "充電の順番").await,
    );
    helpful(&sota, &good).await;
    helpful(&himari, &good).await;
    helpful(&himari, &plain).await;
    refreshed(&app);
    let candidates = part(&trainer, DESK, "おすすめの候補").await;
    assert!(candidates.contains("提出箱の並べかえ"), "{candidates}");
    assert!(candidates.contains("2人が参考になった"), "{candidates}");
    assert!(
        !candidates.contains("充電の順番"),
        "one alone: {candidates}"
    );

    let id = text(&good["id"]).parse().unwrap();
    app.app
        .write_here(|db, now| standing::set_recommended(db, id, true, now))
        .unwrap();
    refreshed(&app);
    let candidates = part(&trainer, DESK, "おすすめの候補").await;
    assert!(candidates.contains("いまは、ありません"), "{candidates}");
}

#[actix_web::test]
async fn questions_that_seem_to_ask_the_same_are_linked_or_parted() {
    let app = TestApp::new().await;
    let (aoi, sota) = (app.teacher("aoi"), app.teacher("sota"));
    let trainer = app.trainer("otomo");
    let first = aoi.ask("体育館のWi-Fiが切れて動画が止まります").await;
    app.advance(TimeDelta::minutes(1));
    let second = sota.ask("体育館でWi-Fiが切れて動画が止まる").await;
    sota.ask("図工の写真を提出箱に出すと、送信中のまま止まる")
        .await;
    app.drain();
    refreshed(&app);
    let heading = "同じことを聞いているかもしれない質問";
    let pairs = part(&trainer, DESK, heading).await;
    assert!(
        pairs.contains("体育館のWi-Fiが切れて動画が止まります")
            && pairs.contains("体育館でWi-Fiが切れて動画が止まる"),
        "{pairs}"
    );
    assert!(!pairs.contains("図工"), "{pairs}");
    let candidates = part(&trainer, DESK, "おすすめの候補").await;
    assert!(
        candidates.contains("1回、ほかの先生も聞いています"),
        "{candidates}"
    );

    // The form knows the other one already.
    let form = with_query(
        &format!("/threads/{}/duplicate", text(&second["id"])),
        &[("of", text(&first["short_code"]).as_str())],
    );
    let body = trainer.get(&form).await.body;
    assert_eq!(Page::read(&body).value("of"), text(&first["short_code"]));

    let fields = [
        ("newer", text(&second["id"])),
        ("older", text(&first["id"])),
    ];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(a, b)| (*a, b.as_str())).collect();
    let parted = trainer.post("/desk/pairs/dismiss", &fields).await;
    assert_eq!(parted.status, StatusCode::SEE_OTHER);
    refreshed(&app);
    let pairs = part(&trainer, DESK, heading).await;
    assert!(
        pairs.contains("いまは、ありません"),
        "it is not found again: {pairs}"
    );
}

#[actix_web::test]
async fn a_hidden_question_leaves_the_desk_at_once() {
    let app = TestApp::new().await;
    let (aoi, sota) = (app.teacher("aoi"), app.teacher("sota"));
    let trainer = app.trainer("otomo");
    let moderator = app.person("moderator", Role::Moderator, "小学校");
    aoi.ask("体育館のWi-Fiが切れて動画が止まります").await;
    let second = sota.ask("体育館でWi-Fiが切れて動画が止まる").await;
    app.drain();
    refreshed(&app);
    let path = format!("/api/v1/threads/{}/visibility", text(&second["id"]));
    let hidden = json!({ "visibility": "hidden", "reason": "確かめます。" });
    moderator.api(Method::PUT, &path, hidden).await;
    let page = trainer.get("/desk?hours=4").await.body;
    assert!(!page.contains("体育館でWi-Fiが切れて"), "{page}");
}

/// Pairs that ask the same, judged by hand, and such as share a name alone. Longer names in common (「学校ホームページの写真」) pass
/// the threshold: a trainer parts those.
#[test]
fn the_threshold_parts_questions_that_ask_the_same_from_those_that_share_words() {
    let ground = Ground::new();
    let app = ground.start();
    let who = ground::person(&app, "aoi", Role::Teacher);
    let ask = |title: &str, body: &str| {
        let input = ThreadInput {
            body: body.to_owned(),
            ..ground::question(title)
        };
        app.write_here(|db, now| {
            let new = input.parse(db)?;
            let submit = threads::Submit {
                key: None,
                posts_per_hour: 0,
                new_account_posts_per_day: 0,
            };
            threads::post(db, &who, &new, &submit, now).map(|thread| thread.id)
        })
        .unwrap()
    };
    let mut judged = Vec::new();
    for (same, one, other) in [
        (
            true,
            (
                "ドリルパークを勘でおして終わらせる子たち",
                "考えずに押しています。",
            ),
            (
                "ドリルパークを適当に押して終わらせる子",
                "連打で終わらせます。",
            ),
        ),
        (
            true,
            (
                "MEXCBTの問題が子どもの画面に出てこない",
                "MEXCBTで配信した問題が6年生の画面に出ません。",
            ),
            (
                "MEXCBTの問題を配信したのに、6年1組の画面に出ない",
                "配信したのに画面に出ません。",
            ),
        ),
        (
            true,
            (
                "体育館だけWi-Fiが切れます",
                "体育館のWi-Fiがステージ側で切れます。",
            ),
            (
                "体育館のWi-Fi、学年4クラスで使うと奥が全滅します",
                "体育館の奥のWi-Fiが切れます。",
            ),
        ),
        (
            false,
            (
                "GeoGebraのサイトがフィルタで開けません",
                "フィルタで止まります。",
            ),
            (
                "5年の図形でGeoGebraは難しすぎますか",
                "5年生の図形の授業で迷っています。",
            ),
        ),
        (
            false,
            (
                "通知表の所見を生成AIに手伝わせたい",
                "どこまで入力してよいのでしょうか。",
            ),
            (
                "モデル校の募集に応募してよいのでしょうか",
                "小さい学校です。",
            ),
        ),
    ] {
        judged.push((same, ask(one.0, one.1), ask(other.0, other.1)));
    }
    let all = app
        .database
        .read_here(|db| threads::list(db, &who, &Filter::default(), None, 50))
        .unwrap()
        .items;
    let find = |id| all.iter().find(|thread| thread.id == id).unwrap();
    for (same, one, other) in judged {
        let (one, other) = (find(one), find(other));
        let like = likeness(one, other);
        assert_eq!(
            like >= ALIKE,
            same,
            "{like}: {} / {}",
            one.title,
            other.title
        );
        assert_eq!(like, likeness(other, one));
        assert_eq!(likeness(one, one), 100);
    }
}

#[actix_web::test]
async fn what_is_like_a_waiting_question_is_asked_of_the_index_before_anybody_looks() {
    let app = TestApp::new().await;
    let (aoi, himari) = (app.teacher("aoi"), app.teacher("himari"));
    solved(&aoi, &himari, "体育館のWi-Fiが切れて動画が止まります").await;
    let waiting = aoi.ask("体育館のWi-Fiが切れて困っています").await;
    let id: Id = text(&waiting["id"]).parse().unwrap();
    let version = (id, 1);
    app.drain();
    assert!(
        app.app.similar.fades(version, app.now()),
        "it does not wait yet"
    );
    app.advance(TimeDelta::days(7));
    app.drain();
    let known = app.app.similar.recall(version, app.now());
    assert_eq!(known.map(|threads| threads.len()), Some(1));

    app.advance(SPAN - TimeDelta::minutes(2));
    assert!(app.app.similar.recall(version, app.now()).is_some());
    assert!(app.app.similar.fades(version, app.now()));
    app.drain();
    app.advance(TimeDelta::minutes(2));
    let known = app.app.similar.recall(version, app.now());
    assert!(known.is_some(), "asked again before it was forgotten");
}
