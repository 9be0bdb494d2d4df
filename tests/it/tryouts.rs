//! 「まねしてみた」: recording what became of a practice elsewhere, counting and ranking by it, taking it back.

use actix_web::http::{Method, StatusCode};
use chrono::TimeDelta;
use hiroba::accounts::{self, DEPARTED, Role};
use hiroba::exchange;
use hiroba::worker;
use serde_json::{Value, json};

use crate::harness::html::check_page;
use crate::harness::{Actor, TestApp, text};

fn path(practice: &Value) -> String {
    format!("/threads/{}", text(&practice["id"]))
}

fn form(practice: &Value) -> String {
    format!("{}/tryouts", path(practice))
}

fn api(practice: &Value) -> String {
    format!("/api/v1{}/tryouts", path(practice))
}

async fn practice(actor: &Actor<'_>, title: &str) -> Value {
    let body = "班に1枚ずつ白いスライドを配ります。";
    actor.thread("practice", title, body).await
}

async fn send(actor: &Actor<'_>, practice: &Value, body: Value) -> (StatusCode, Value) {
    let answer = actor.api_post(&api(practice), body).await;
    (answer.status, answer.json())
}

async fn tried(actor: &Actor<'_>, practice: &Value, outcome: &str, note: &str) -> Value {
    let body = json!({ "outcome": outcome, "note": note });
    let (status, tryout) = send(actor, practice, body).await;
    assert_eq!(status, StatusCode::CREATED, "{tryout}");
    tryout
}

/// How often and in how many school types it was tried, as the API says.
async fn standing(reader: &Actor<'_>, practice: &Value) -> (i64, i64) {
    let thread = reader.get(&format!("/api/v1{}", path(practice))).await;
    let thread = thread.json();
    let number = |value: &Value| value.as_i64().unwrap();
    (
        number(&thread["counts"]["tryouts"]),
        number(&thread["tried_types"]),
    )
}

async fn words(reader: &Actor<'_>, path: &str) -> String {
    let page = reader.get(path).await;
    assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.body);
    check_page(&page.body, path).text()
}

fn middle<'a>(app: &'a TestApp, name: &str) -> Actor<'a> {
    app.person(name, Role::Teacher, "中学校")
}

fn fields<'a>(outcome: &'a str, note: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("outcome", outcome),
        ("note", note),
        ("school_type", "chugakkou"),
        ("grade", "chuu1"),
        ("changed", "班を3人にした。"),
        ("key", "k1"),
    ]
}

const NOTE: &str = "比例の導入で。図を描かない人がいなくなった。";

#[actix_web::test]
async fn a_record_is_shown_by_school_type_counted_and_told_to_the_author() {
    let app = TestApp::new().await;
    let (author, sota) = (app.teacher("author"), middle(&app, "sota"));
    let practice = practice(&author, "共有スライド1枚で話し合う").await;
    let before = words(&sota, &path(&practice)).await;
    assert!(before.contains("まだ記録はありません"), "{before}");
    let sent = fields("worked", NOTE);
    let recorded = sota.post(&form(&practice), &sent).await;
    assert_eq!(recorded.status, StatusCode::SEE_OTHER, "{}", recorded.body);
    assert!(recorded.location().contains("?done=tried#tried-"));
    // Pressed twice: recorded once.
    let again = sota.post(&form(&practice), &sent).await;
    assert_eq!(again.location(), recorded.location());
    app.advance(TimeDelta::minutes(1));
    tried(
        &app.teacher("mei"),
        &practice,
        "合わなかった",
        "画面が小さかった。",
    )
    .await;
    app.drain();
    assert_eq!(standing(&author, &practice).await, (2, 2));
    let shown = words(&app.teacher("reader"), &path(&practice)).await;
    for said in [
        "まねしてみた 2件（2つの学校種）",
        "うまくいった",
        NOTE,
        "変えたこと：班を3人にした。",
        "中学校・中1",
        "画面が小さかった。",
    ] {
        assert!(shown.contains(said), "{said}: {shown}");
    }
    assert!(words(&author, &form(&practice)).await.contains(NOTE));
    let told = words(&author, "/settings/notices").await;
    assert!(told.contains("ほかの先生がまねしてみました") && told.contains(NOTE));
    assert!(told.contains("まだ見ていません"), "{told}");
    author.post("/settings/notices/seen", &[]).await;
    let told = words(&author, "/settings/notices").await;
    assert!(!told.contains("まだ見ていません"), "{told}");
    let list = author.get(&api(&practice)).await.json();
    assert_eq!(list["items"][0]["note"], "画面が小さかった。");
    assert_eq!(list["items"][0]["school_type"], "shogakkou");
    assert_eq!(list["items"][1]["outcome"], "worked");
    assert_eq!(list["items"][1]["grade"], "中1");
    assert_eq!(list["items"][1]["school_type"], "chugakkou");
}

#[actix_web::test]
async fn what_is_wrong_is_named_and_what_was_typed_stays() {
    let app = TestApp::new().await;
    let (author, sota) = (app.teacher("author"), middle(&app, "sota"));
    let practice = practice(&author, "共有スライド1枚で話し合う").await;
    let mut sent = fields("", "");
    sent[2] = ("school_type", "daigaku");
    let refused = sota.post(&form(&practice), &sent).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = check_page(&refused.body, "refused");
    for said in [
        "3か所、確かめてください",
        "どれかを選んでください",
        "一言書いてください",
    ] {
        assert!(page.text().contains(said), "{said}: {}", page.text());
    }
    assert!(refused.body.contains("班を3人にした。"));
    let number = fields("worked", "番号は 123456789018 です");
    let refused = sota.post(&form(&practice), &number).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let (status, problem) = send(&sota, &practice, json!({ "grade": "大1" })).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let named: Vec<&str> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["field"].as_str().unwrap())
        .collect();
    assert_eq!(named, ["outcome", "grade", "note"]);
    assert_eq!(standing(&author, &practice).await, (0, 0));
}

#[actix_web::test]
async fn only_others_record_and_only_of_open_practices() {
    let app = TestApp::new().await;
    let (author, sota) = (app.teacher("author"), middle(&app, "sota"));
    let moderator = app.person("moderator", Role::Moderator, "小学校");
    let own = practice(&author, "共有スライド1枚で話し合う").await;
    let body = json!({ "outcome": "worked", "note": "よかった。" });
    let (status, _) = send(&author, &own, body.clone()).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let said = words(&author, &path(&own)).await;
    assert!(said.contains("あなたの実践です") && !said.contains("どうでしたか"));
    let question = author.ask("提出箱に出すと止まります").await;
    let (status, _) = send(&sota, &question, body.clone()).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(
        !words(&sota, &path(&question))
            .await
            .contains("まねしてみた")
    );
    let lock = format!("/api/v1{}/lock", path(&own));
    let reason = json!({ "reason": "話がまとまりました。" });
    moderator.api(Method::PUT, &lock, reason).await;
    let (status, _) = send(&sota, &own, body.clone()).await;
    assert_eq!(status, StatusCode::CONFLICT);
    // Whoever was writing keeps the words.
    let refused = sota.post(&form(&own), &fields("worked", NOTE)).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.body.contains(NOTE) && refused.body.contains("班を3人にした。"));
    moderator.api(Method::DELETE, &lock, Value::Null).await;
    let hide = json!({ "visibility": "held", "reason": "確かめます。" });
    let visibility = format!("/api/v1{}/visibility", path(&own));
    moderator.api(Method::PUT, &visibility, hide).await;
    let (status, _) = send(&sota, &own, body).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(sota.get(&form(&own)).await.status, StatusCode::NOT_FOUND);
    assert_eq!(sota.get(&api(&own)).await.status, StatusCode::NOT_FOUND);
}

#[actix_web::test]
async fn one_from_another_school_type_comes_before_as_many_reactions_and_before_one_of_its_own() {
    let app = TestApp::new().await;
    let author = app.teacher("author");
    let liked = practice(&author, "よく見られた実践").await;
    let own = practice(&author, "同じ校種で試された実践").await;
    let abroad = practice(&author, "ほかの校種で試された実践").await;
    let newest = practice(&author, "だれも試していない実践").await;
    let mark = format!("/api/v1{}/reactions/helpful", path(&liked));
    middle(&app, "sota")
        .api(Method::PUT, &mark, Value::Null)
        .await;
    tried(&app.teacher("mei"), &own, "failed", "合わなかった。").await;
    tried(&middle(&app, "rin"), &abroad, "failed", "合わなかった。").await;
    app.drain();
    let list = author.get("/api/v1/threads?kind=practice&sort=tried").await;
    let titles: Vec<String> = list.json()["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| text(&one["title"]))
        .collect();
    assert_eq!(titles[..2], [text(&abroad["title"]), text(&own["title"])]);
    assert!(!titles.contains(&text(&newest["title"])));
    let card = words(&author, "/threads?kind=practice&sort=tried").await;
    assert!(card.contains("試した"), "{card}");
    // The digest chooses by the same worth: the letter names what was tried elsewhere first.
    let reader = app.person("reader", Role::Teacher, "高等学校");
    for _ in 0..8 {
        app.advance(TimeDelta::days(1));
        worker::press(&app.app).run().unwrap();
    }
    let mails = app.mails.lock().unwrap();
    let letter = mails.iter().find(|letter| letter.to.contains("reader"));
    let letter = &letter.unwrap().text;
    let place = |title: &Value| letter.find(&text(title)).unwrap();
    assert!(place(&abroad["title"]) < place(&liked["title"]), "{letter}");
    assert!(place(&abroad["title"]) < place(&own["title"]), "{letter}");
    drop(reader);
}

#[actix_web::test]
async fn another_school_type_of_the_practice_weighs_its_records_anew() {
    let app = TestApp::new().await;
    let author = app.teacher("author");
    let first = practice(&author, "先に書いた実践").await;
    let second = practice(&author, "あとに書いた実践").await;
    tried(&middle(&app, "sota"), &first, "failed", "合わなかった。").await;
    tried(&app.teacher("mei"), &second, "worked", "よかった。").await;
    let order = async || {
        let list = author.get("/api/v1/threads?sort=tried").await.json();
        text(&list["items"][0]["title"])
    };
    assert_eq!(order().await, "あとに書いた実践");
    // What was a record of its own school type (3) is one from elsewhere now, the other one the other way round.
    let moved = json!({ "school_type": "中学校" });
    for thread in [&first, &second] {
        let path = format!("/api/v1{}", path(thread));
        author.api(Method::PATCH, &path, moved.clone()).await;
    }
    assert_eq!(order().await, "あとに書いた実践");
    tried(&app.teacher("rin"), &first, "partly", "手直しした。").await;
    tried(&app.teacher("sora"), &first, "partly", "手直しした。").await;
    assert_eq!(order().await, "先に書いた実践");
    assert_eq!(standing(&author, &first).await, (3, 2));
}

#[actix_web::test]
async fn its_author_takes_it_back_and_a_moderator_with_a_reason() {
    let app = TestApp::new().await;
    let (author, sota) = (app.teacher("author"), middle(&app, "sota"));
    let moderator = app.person("moderator", Role::Moderator, "小学校");
    let practice = practice(&author, "共有スライド1枚で話し合う").await;
    let own = tried(&sota, &practice, "worked", NOTE).await;
    let other = tried(
        &app.teacher("mei"),
        &practice,
        "failed",
        "〇〇先生のせいで失敗した。",
    )
    .await;
    app.drain();
    let remove = |tryout: &Value| format!("/tryouts/{}/remove", text(&tryout["id"]));
    let refused = sota.post(&remove(&other), &[]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(
        author.get(&remove(&own)).await.status,
        StatusCode::FORBIDDEN
    );
    let back = sota.post(&remove(&own), &[]).await;
    assert_eq!(back.status, StatusCode::SEE_OTHER, "{}", back.body);
    assert_eq!(standing(&author, &practice).await, (1, 1));
    assert_eq!(sota.get(&remove(&own)).await.status, StatusCode::NOT_FOUND);
    let asked = moderator.post(&remove(&other), &[]).await;
    assert_eq!(asked.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        check_page(&asked.body, "remove")
            .text()
            .contains("理由を書いてください")
    );
    let id = text(&other["id"]);
    let bare = format!("/api/v1/tryouts/{id}");
    let asked = moderator.api(Method::DELETE, &bare, Value::Null).await;
    assert_eq!(asked.status, StatusCode::UNPROCESSABLE_ENTITY);
    let reason = "特定の先生を責める書き方でした。";
    let taken = moderator.post(&remove(&other), &[("reason", reason)]).await;
    assert_eq!(taken.status, StatusCode::SEE_OTHER, "{}", taken.body);
    app.drain();
    assert_eq!(standing(&author, &practice).await, (0, 0));
    let log = words(&moderator, "/desk/audit").await;
    assert!(
        log.contains("まねしてみたを取り下げた") && log.contains(reason),
        "{log}"
    );
    let mei = app
        .app
        .write_here(|db, _| accounts::by_email(db, "mei@hiroba.example"));
    let told = app.app.write_here(|db, _| {
        let who = accounts::as_member(&mei.unwrap());
        hiroba::notices::site::rulings(db, &who, 10)
    });
    let told = told.unwrap();
    assert!(told[0].words().contains("まねしてみた") && told[0].reason == reason);
    // The author of the practice hears of neither any more.
    let notices = words(&author, "/settings/notices").await;
    assert!(!notices.contains("まねしてみました"), "{notices}");
}

#[actix_web::test]
async fn a_sealed_record_and_one_of_somebody_who_left_show_nobody() {
    let app = TestApp::new().await;
    let (author, sota) = (app.teacher("author"), middle(&app, "sota"));
    let practice = practice(&author, "共有スライド1枚で話し合う").await;
    for number in 0..10 {
        middle(&app, &format!("colleague{number}"));
    }
    let body = json!({ "outcome": "worked", "note": NOTE, "sealed": true });
    let (status, sealed) = send(&sota, &practice, body).await;
    assert_eq!(status, StatusCode::CREATED);
    assert_eq!(sealed["author"]["name"], "中学校の先生");
    assert_eq!(sealed["author"]["id"], Value::Null);
    // What they write next in the thread is sealed too, unless they say otherwise.
    let reply = sota.reply(&practice, "ありがとうございました。").await;
    let next = tried(&sota, &practice, "partly", "2回目は手直しした。").await;
    assert_eq!(next["sealed"], true);
    assert_eq!(reply["sealed"], true);
    let own = sota.get("/settings/own-data").await;
    assert!(own.body.contains(NOTE) && own.body.contains("\"tryouts\""));
    let data = app.app.write_here(|db, now| {
        let person = accounts::by_id(db, sota.id.unwrap())?;
        let key = &app.app.mirror_key;
        exchange::own::own(db, &accounts::as_member(&person), key, now)
    });
    let data = data.unwrap();
    assert_eq!(data.tryouts.len(), 2);
    assert!(data.tryouts.iter().all(|one| one.sealed));
    assert!(data.tryouts.iter().any(|one| one.note == NOTE));

    let rin = middle(&app, "rin");
    app.advance(TimeDelta::minutes(1));
    tried(&rin, &practice, "failed", "合わなかった。").await;
    app.app
        .write_here(|db, now| {
            let who = accounts::as_member(&accounts::by_id(db, rin.id.unwrap())?);
            accounts::closing::close(db, &who, now)
        })
        .unwrap();
    app.drain();
    assert_eq!(standing(&author, &practice).await, (3, 1));
    let list = author.get(&api(&practice)).await.json();
    assert_eq!(list["items"][0]["author"]["name"], DEPARTED);
    assert_eq!(list["items"][0]["school_type"], "chugakkou");
}

#[actix_web::test]
async fn long_lists_go_on_page_by_page() {
    let app = TestApp::new().await;
    let (author, sota) = (app.teacher("author"), middle(&app, "sota"));
    let practice = practice(&author, "共有スライド1枚で話し合う").await;
    for number in 1..=32 {
        app.advance(TimeDelta::minutes(1));
        tried(&sota, &practice, "worked", &format!("{number}回目です。")).await;
    }
    let first = words(&author, &path(&practice)).await;
    assert!(first.contains("残り27件を見る") && !first.contains("27回目です"));
    let page = author.get(&form(&practice)).await;
    let page = check_page(&page.body, "tryouts");
    assert!(page.text().contains("3回目です。") && !page.text().contains("。2回目です。"));
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let list = author
            .get(&format!("{}?limit=10&cursor={cursor}", api(&practice)))
            .await
            .json();
        for one in list["items"].as_array().unwrap() {
            seen.push(text(&one["note"]));
        }
        let Some(next) = list["next_cursor"].as_str() else {
            break;
        };
        cursor = next.to_owned();
    }
    let expected: Vec<String> = (1..=32).rev().map(|n| format!("{n}回目です。")).collect();
    assert_eq!(seen, expected);
}
