//! Many at once: what is sent twice is made once, who edits at the same moment is told so, counts are exact, and nobody
//! waits for one who waits for them.

use std::collections::BTreeSet;

use actix_web::http::{Method, StatusCode};
use diesel::RunQueryDsl as _;
use hiroba::accounts::Role;
use hiroba::db::{Address, Db};
use hiroba::error::Error;
use serde_json::{Value, json};

use crate::harness::ground::{query, together};
use crate::harness::{Actor, Answer, TestApp, text};

/// A thread as the API is sent it.
fn question(title: &str) -> Value {
    json!({ "kind": "question", "title": title, "body": "本文です。", "school_type": "小学校", "policies": [3] })
}

async fn send_keyed(who: &Actor<'_>, path: &str, key: &str, body: Value) -> Answer {
    let request = who
        .request(Method::POST, path)
        .insert_header(("idempotency-key", key.to_owned()));
    who.send(request.set_json(body)).await
}

fn statuses(answers: &[Answer], status: StatusCode) -> usize {
    answers
        .iter()
        .filter(|answer| answer.status == status)
        .count()
}

async fn fresh(who: &Actor<'_>, thread: &Value) -> Value {
    who.get(&format!("/api/v1/threads/{}", text(&thread["id"])))
        .await
        .json()
}

#[derive(diesel::QueryableByName)]
struct Synchronous {
    #[diesel(sql_type = diesel::sql_types::Integer)]
    synchronous: i32,
}

#[actix_web::test]
async fn only_what_is_done_again_does_not_wait_for_the_disk() {
    let app = TestApp::new().await;
    let database = &app.app.database;
    let waits = |db: &mut Db| match db {
        Db::Sqlite(_) => {
            let asked = diesel::sql_query("PRAGMA synchronous");
            Ok(asked.get_result::<Synchronous>(db)?.synchronous == 2)
        }
        Db::Postgres(_) => {
            let asked = diesel::select(diesel::dsl::sql::<diesel::sql_types::Text>(
                "current_setting('synchronous_commit')",
            ));
            Ok(asked.get_result::<String>(db)? != "off")
        }
    };
    // The server of the tests does not wait at all.
    let always = database.write_here(waits).unwrap();
    assert!(always || matches!(database.address(), Address::Postgres(_)));
    for _ in 0..2 {
        assert!(!database.write_soon_here(waits).unwrap());
        let failed = database.write_soon_here(|_| Err::<(), _>(Error::NotFound));
        assert!(failed.is_err());
        assert_eq!(database.write_here(waits).unwrap(), always);
        assert_eq!(database.write(waits).await.unwrap(), always);
    }
}

#[actix_web::test]
async fn a_double_submit_makes_one_thread() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let sota = app.teacher("sota");
    for round in 0..5 {
        let title = format!("二度押し {round}");
        let key = format!("key-{round}");
        let answers = together(
            (0..8)
                .map(|_| send_keyed(&aoi, "/api/v1/threads", &key, question(&title)))
                .collect(),
        )
        .await;
        let ids: BTreeSet<String> = answers
            .iter()
            .map(|answer| {
                assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
                text(&answer.json()["id"])
            })
            .collect();
        assert_eq!(ids.len(), 1, "{ids:?}");
        // The same key of somebody else is another thing.
        let other = send_keyed(&sota, "/api/v1/threads", &key, question(&title)).await;
        assert!(!ids.contains(&text(&other.json()["id"])));
        let thread = answers[0].json();
        let path = format!("/api/v1/threads/{}/replies", text(&thread["id"]));
        let body = json!({ "body": "前の日に開いておく" });
        let answers = together(
            (0..8)
                .map(|_| send_keyed(&sota, &path, &key, body.clone()))
                .collect(),
        )
        .await;
        assert_eq!(statuses(&answers, StatusCode::CREATED), 8);
        assert_eq!(fresh(&aoi, &thread).await["counts"]["replies"], 1);
    }
    let made = query(
        &app.app,
        "SELECT CAST(count(*) AS TEXT) AS value FROM threads",
    );
    assert_eq!(made, ["10"]);
}

#[actix_web::test]
async fn a_form_sent_twice_makes_one_thread() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let form = aoi.get("/threads/new?kind=question").await.body;
    let (_, rest) = form.split_once("name=\"key\" value=\"").unwrap();
    let (key, _) = rest.split_once('"').unwrap();
    let fields = [
        ("kind", "question"),
        ("title", "二度押し"),
        ("body", "本文です。"),
        ("school_type", "shogakkou"),
        ("policies", "3"),
        ("key", key),
    ];
    let answers = together((0..6).map(|_| aoi.post("/threads", &fields)).collect()).await;
    let places: BTreeSet<&str> = answers
        .iter()
        .map(|answer| {
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
            answer.location()
        })
        .collect();
    assert_eq!(places.len(), 1, "{places:?}");
    let made = query(
        &app.app,
        "SELECT CAST(count(*) AS TEXT) AS value FROM threads",
    );
    assert_eq!(made, ["1"]);
}

#[actix_web::test]
async fn one_of_many_acceptances_stands() {
    let app = TestApp::new().await;
    let asker = app.teacher("aoi");
    let trainer = app.trainer("haruka");
    let answerer = app.teacher("sota");
    let thread = asker.ask("白い画面のまま止まる").await;
    let mut replies = Vec::new();
    for n in 0..6 {
        replies.push(answerer.reply(&thread, &format!("回答 {n}")).await);
    }
    let path = format!("/api/v1/threads/{}/accepted-reply", text(&thread["id"]));
    let accepting = replies.iter().enumerate().map(|(n, reply)| {
        let who = if n % 2 == 0 { &asker } else { &trainer };
        who.api(Method::PUT, &path, json!({ "reply_id": reply["id"] }))
    });
    let answers = together(accepting.collect()).await;
    assert_eq!(statuses(&answers, StatusCode::OK), replies.len());
    let listed = asker
        .get(&format!("/api/v1/threads/{}/replies", text(&thread["id"])))
        .await
        .json();
    let accepted: Vec<&Value> = listed["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|reply| reply["accepted"] == true)
        .collect();
    assert_eq!(accepted.len(), 1);
    let present = fresh(&asker, &thread).await;
    assert_eq!(present["accepted_reply_id"], accepted[0]["id"]);
    assert_eq!(present["solved"], true);
}

/// An answer that is taken back while it is being accepted: whoever comes first, no hidden answer stays accepted.
#[actix_web::test]
async fn an_answer_taken_back_is_not_accepted() {
    let app = TestApp::new().await;
    let asker = app.teacher("aoi");
    let answerer = app.teacher("sota");
    for round in 0..12 {
        let thread = asker.ask(&format!("質問 {round}")).await;
        let reply = answerer.reply(&thread, "回答").await;
        let accept = format!("/api/v1/threads/{}/accepted-reply", text(&thread["id"]));
        let remove = format!("/api/v1/replies/{}", text(&reply["id"]));
        let wish = json!({ "reply_id": reply["id"] });
        let answers = together(vec![
            asker.api(Method::PUT, &accept, wish),
            answerer.api(Method::DELETE, &remove, json!({})),
        ])
        .await;
        assert!(answers[0].status.is_success() || answers[0].status.is_client_error());
        assert_eq!(answers[1].status, StatusCode::NO_CONTENT);
        let present = fresh(&asker, &thread).await;
        assert_eq!(present["accepted_reply_id"], Value::Null, "round {round}");
        assert_eq!(present["counts"]["replies"], 0);
    }
}

async fn edit(who: &Actor<'_>, path: &str, seen: &str, body: Value) -> Answer {
    let request = who
        .request(Method::PATCH, path)
        .insert_header(("if-match", seen.to_owned()));
    who.send(request.set_json(body)).await
}

#[actix_web::test]
async fn one_of_many_edits_wins_and_nothing_is_lost() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let thread = aoi.ask("題 0").await;
    let path = format!("/api/v1/threads/{}", text(&thread["id"]));
    let mut titles = vec!["題 0".to_owned()];
    for round in 1..=4 {
        let seen = aoi.get(&path).await.header("etag").to_owned();
        let editing = (0..6).map(|n| {
            let body = json!({ "title": format!("題 {round}-{n}") });
            edit(&aoi, &path, &seen, body)
        });
        let answers = together(editing.collect()).await;
        assert_eq!(statuses(&answers, StatusCode::OK), 1, "{answers:?}");
        assert_eq!(statuses(&answers, StatusCode::PRECONDITION_FAILED), 5);
        let won = answers
            .iter()
            .find(|answer| answer.status == StatusCode::OK)
            .unwrap();
        let title = text(&won.json()["title"]);
        assert_eq!(text(&aoi.get(&path).await.json()["title"]), title);
        titles.push(title);
    }
    titles.reverse();
    let history = aoi.get(&format!("{path}/revisions")).await.json();
    let kept: Vec<String> = history["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|revision| text(&revision["title"]))
        .collect();
    assert_eq!(kept, titles);
    // Without If-Match as well: nobody overwrites what they have not seen, or the loser is told.
    let blind = together(
        (0..6)
            .map(|n| {
                aoi.api(
                    Method::PATCH,
                    &path,
                    json!({ "title": format!("題 末{n}") }),
                )
            })
            .collect(),
    )
    .await;
    let won = statuses(&blind, StatusCode::OK);
    let lost = statuses(&blind, StatusCode::PRECONDITION_FAILED);
    assert!(won >= 1 && won + lost == 6, "{blind:?}");
    let history = aoi.get(&format!("{path}/revisions")).await.json();
    assert_eq!(
        history["items"].as_array().unwrap().len(),
        titles.len() + won
    );
}

#[actix_web::test]
async fn one_of_many_edits_of_a_reply_wins() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let thread = aoi.ask("質問").await;
    let reply = aoi.reply(&thread, "回答 0").await;
    let path = format!("/api/v1/replies/{}", text(&reply["id"]));
    for round in 1..=4 {
        let seen = aoi.get(&path).await.header("etag").to_owned();
        let editing = (0..6).map(|n| {
            let body = json!({ "body": format!("回答 {round}-{n}") });
            edit(&aoi, &path, &seen, body)
        });
        let answers = together(editing.collect()).await;
        assert_eq!(statuses(&answers, StatusCode::OK), 1, "{answers:?}");
        assert_eq!(statuses(&answers, StatusCode::PRECONDITION_FAILED), 5);
    }
    let kept = query(
        &app.app,
        "SELECT body AS value FROM revisions WHERE reply_id IS NOT NULL ORDER BY number",
    );
    assert_eq!(kept.len(), 4);
    assert_eq!(kept[0], "回答 0");
}

#[actix_web::test]
async fn replies_at_once_are_all_counted() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let others = [
        app.teacher("sota"),
        app.teacher("haruka"),
        app.teacher("ren"),
    ];
    let thread = aoi.ask("質問").await;
    let path = format!("/api/v1/threads/{}/replies", text(&thread["id"]));
    for round in 1..=5_u64 {
        let replying = (0..12).map(|n| {
            let body = json!({ "body": format!("回答 {round}-{n}") });
            others[n % 3].api(Method::POST, &path, body)
        });
        let answers = together(replying.collect()).await;
        assert_eq!(statuses(&answers, StatusCode::CREATED), 12, "{answers:?}");
        let present = fresh(&aoi, &thread).await;
        assert_eq!(present["counts"]["replies"], round * 12);
    }
    // Taken back at once as well, while new ones come.
    let listed = aoi.get(&format!("{path}?limit=100")).await.json();
    let listed = listed["items"].as_array().unwrap();
    assert_eq!(listed.len(), 60);
    let moderator = app.person("mori", hiroba::accounts::Role::Moderator, "小学校");
    let removing: Vec<String> = listed[..10]
        .iter()
        .map(|reply| format!("/api/v1/replies/{}", text(&reply["id"])))
        .collect();
    let removing = removing
        .iter()
        .map(|path| (Method::DELETE, path.as_str(), json!({})));
    let adding = (0..5).map(|n| {
        (
            Method::POST,
            path.as_str(),
            json!({ "body": format!("後 {n}") }),
        )
    });
    let all = removing.chain(adding);
    let answers = together(
        all.map(|(method, path, body)| moderator.api(method, path, body))
            .collect(),
    )
    .await;
    assert_eq!(
        statuses(&answers, StatusCode::NO_CONTENT),
        10,
        "{answers:?}"
    );
    assert_eq!(fresh(&aoi, &thread).await["counts"]["replies"], 55);
    app.drain();
}

/// Marks count people: the same one many times at once is one.
#[actix_web::test]
async fn a_mark_set_many_times_counts_once() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let sota = app.teacher("sota");
    let thread = aoi.ask("質問").await;
    let path = format!("/api/v1/threads/{}/reactions/helpful", text(&thread["id"]));
    let marking = (0..8).map(|n| [&aoi, &sota][n % 2].api(Method::PUT, &path, json!({})));
    let answers = together(marking.collect()).await;
    assert_eq!(statuses(&answers, StatusCode::NO_CONTENT), 8, "{answers:?}");
    let counts = &fresh(&aoi, &thread).await["counts"];
    assert_eq!(counts["reactions"]["helpful"], 2, "{counts}");
}

#[actix_web::test]
async fn trainers_who_ask_for_the_same_at_once_ask_for_it_once() {
    let app = TestApp::new().await;
    let trainers: Vec<Actor<'_>> = (0..6)
        .map(|n| app.trainer(&format!("trainer{n}")))
        .collect();
    for policy in 1..=4 {
        let asked = json!({
            "policy": policy.to_string(), "school_type": "幼稚園", "sentence": "短いものでも助かります。", "until": "2026-12-20",
        });
        let asking = trainers
            .iter()
            .map(|trainer| trainer.api_post("/api/v1/requests", asked.clone()));
        let answers = together(asking.collect()).await;
        assert_eq!(statuses(&answers, StatusCode::CREATED), 1, "{answers:?}");
        let told = statuses(&answers, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(told, trainers.len() - 1, "{answers:?}");
    }
    let open = trainers[0].get("/api/v1/requests?state=open").await.json();
    assert_eq!(open["items"].as_array().unwrap().len(), 4);
}

async fn merge(who: &Actor<'_>, thread: &Value, into: &Value) -> Answer {
    let path = format!("/threads/{}/duplicate", text(&thread["id"]));
    let into = text(&into["id"]);
    let fields = [
        ("of", into.as_str()),
        ("how", "merge"),
        ("reason", "同じ質問でした。"),
        ("confirmed", "1"),
    ];
    who.post(&path, &fields).await
}

/// The one merge leads a thread on that the other is just merging: both take their places in one order, and none writes
/// into a thread that is gone meanwhile.
#[actix_web::test]
async fn merges_that_meet_in_a_third_thread_do_not_block_one_another() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let mika = app.person("mika", Role::Moderator, "小学校");
    let ken = app.person("ken", Role::Moderator, "小学校");
    for round in 0..12 {
        let mut three = Vec::new();
        for name in ["甲", "乙", "丙"] {
            three.push(aoi.ask(&format!("{name} {round}")).await);
        }
        // Whose id comes first takes its turn.
        three.sort_by_key(|thread| text(&thread["id"]));
        three.rotate_left(round % 3);
        let (first, middle, last) = (&three[0], &three[1], &three[2]);
        let fields = [("of", &*text(&middle["id"])), ("how", "link")];
        let linked = mika
            .post(
                &format!("/threads/{}/duplicate", text(&first["id"])),
                &fields,
            )
            .await;
        assert_eq!(linked.status, StatusCode::SEE_OTHER, "{}", linked.body);
        let answers = together(vec![merge(&mika, middle, last), merge(&ken, first, middle)]).await;
        for answer in &answers {
            assert!(
                matches!(answer.status, StatusCode::SEE_OTHER | StatusCode::CONFLICT),
                "round {round}: {} {}",
                answer.status,
                answer.body
            );
        }
        assert!(statuses(&answers, StatusCode::SEE_OTHER) >= 1);
        for (answer, thread, into) in [(&answers[0], middle, last), (&answers[1], first, middle)] {
            if answer.status == StatusCode::CONFLICT {
                let again = merge(&mika, thread, into).await;
                assert_eq!(again.status, StatusCode::SEE_OTHER, "{}", again.body);
            }
        }
        // Everything stands in one thread: the opening words of the two others are its replies.
        let all = fresh(&aoi, last).await;
        assert_eq!(all["counts"]["replies"], 2, "round {round}: {all}");
    }
}
