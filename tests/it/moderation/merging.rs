//! Two threads about one topic: linked, and merged.

use std::collections::BTreeSet;

use actix_web::http::{Method, StatusCode};
use chrono::TimeDelta;
use hiroba::accounts::Role;
use hiroba::exchange::{self, Options};
use serde_json::{Value, json};

use super::{
    api_of, decide, fresh, link, look, merge, notices, page_of, replies, reply_page, report,
};
use crate::harness::files::png;
use crate::harness::ground::{query, together};
use crate::harness::html::check_page;
use crate::harness::{Actor, Answer, TestApp, text, with_query};
use crate::hostile::hostile;

#[actix_web::test]
async fn two_threads_about_one_topic_are_linked() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let trainer = app.trainer("haruka");
    let moderator = app.person("mika", Role::Moderator, "小学校");
    let first = aoi.ask("体育館でロイロが止まる").await;
    let second = aoi.ask("体育館のロイロが止まります").await;
    app.drain();
    let form = look(&trainer, &format!("{}/duplicate", page_of(&second))).await;
    assert!(form.values("offered").is_empty());
    assert!(
        form.text().contains("体育館でロイロが止まる"),
        "like ones are offered"
    );
    let (id, code) = (text(&first["id"]), text(&first["short_code"]));
    let addresses = [
        id.clone(),
        code.clone(),
        format!("/threads/{id}"),
        format!("https://hiroba.example/threads/{id}?done=posted#replies"),
        format!(" https://hiroba.example/t/{code} "),
    ];
    for of in &addresses {
        let linked = link(&trainer, &second, of).await;
        let to = format!("{}?done=linked", page_of(&second));
        assert_eq!(linked.location(), to, "{of}: {}", linked.body);
        let page = look(&aoi, &page_of(&second)).await;
        assert!(page.text().contains("同じ話題がこちらにあります"));
        assert!(
            page.all("a")
                .any(|a| a.get("href") == Some(&page_of(&first)))
        );
        assert_eq!(fresh(&aoi, &second).await["duplicate_of"], first["id"]);
        let taken = trainer
            .post(&format!("{}/duplicate/withdraw", page_of(&second)), &[])
            .await;
        assert_eq!(taken.status, StatusCode::SEE_OTHER);
        assert_eq!(fresh(&aoi, &second).await["duplicate_of"], Value::Null);
    }
    // Both stay, and the author hears of it.
    let api = format!("{}/duplicate-of", api_of(&second));
    let set = trainer
        .api(Method::PUT, &api, json!({ "thread": code }))
        .await;
    assert_eq!(set.json()["duplicate_of"], first["id"]);
    let list = aoi.get("/threads").await.body;
    assert!(list.contains(&id) && list.contains(&text(&second["id"])));
    assert!(notices(&app, &aoi).await.contains("同じ話題とつなぎました"));
    // What is none, is itself, leads in a circle or is out of sight is refused, and what was typed is kept.
    let hidden = aoi.ask("非公開の話題").await;
    decide(&moderator, &page_of(&hidden), "hidden", "確かめます。").await;
    let unknown = hiroba::id::Id::new(app.now()).to_string();
    let third = aoi.ask("三つ目").await;
    let refused = [
        (&third, String::new()),
        (&third, unknown),
        (&third, "bcdfghj".to_owned()),
        (&third, text(&third["id"])),
        (&third, text(&hidden["id"])),
        (&third, text(&second["id"])),
        (&first, text(&second["id"])),
    ];
    for (thread, of) in &refused {
        let answer = link(&moderator, thread, of).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{of}");
        let page = check_page(&answer.body, of);
        let form = page.form(&format!("{}/duplicate", page_of(thread)));
        assert_eq!(form.value("of"), *of);
        assert!(page.by_id("e-of").is_some(), "{of}");
    }
    for of in hostile() {
        let answer = link(&moderator, &third, &of).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{of}");
        check_page(&answer.body, "hostile");
    }
    // A thread that goes out of sight is not named any more.
    decide(&moderator, &page_of(&first), "held", "確かめます。").await;
    let sota = app.teacher("sota");
    let page = look(&sota, &page_of(&second)).await.text();
    assert!(!page.contains("同じ話題がこちらにあります"));
    assert_eq!(fresh(&sota, &second).await["duplicate_of"], Value::Null);
}

#[actix_web::test]
async fn a_merged_thread_is_an_address_that_leads_on() {
    let app = TestApp::new().await;
    let (aoi, sota, haru) = (app.teacher("aoi"), app.teacher("sota"), app.teacher("haru"));
    let moderator = app.person("mika", Role::Moderator, "小学校");
    let old = aoi.ask("体育館でロイロが止まる").await;
    app.advance(TimeDelta::minutes(1));
    let source = aoi
        .thread(
            "question",
            "白い画面のまま動かない",
            "延長コードも試しました。",
        )
        .await;
    app.advance(TimeDelta::minutes(1));
    let reply = sota.reply(&source, "前の日に開いておきます。").await;
    app.advance(TimeDelta::minutes(1));
    let own = haru.reply(&old, "無線の設定を見ます。").await;
    app.advance(TimeDelta::minutes(1));
    let quoting = json!({ "body": "それで動きました。", "quote_of": reply["id"] });
    let path = format!("{}/replies", api_of(&source));
    let last = aoi.api_post(&path, quoting).await.json();
    // All that hangs on it: an accepted answer, versions, marks, followers, a report, a held reply.
    let accepted = json!({ "reply_id": reply["id"] });
    aoi.api(
        Method::PUT,
        &format!("{}/accepted-reply", api_of(&source)),
        accepted,
    )
    .await;
    let patch = json!({ "body": "前の日に、一度開いておきます。" });
    sota.api(
        Method::PATCH,
        &format!("/api/v1{}", reply_page(&reply)),
        patch,
    )
    .await;
    let patch = json!({ "body": "延長コードも、別の端末も試しました。" });
    aoi.api(Method::PATCH, &api_of(&source), patch).await;
    for path in [
        format!("{}/reactions/helpful", api_of(&source)),
        format!("{}/bookmark", api_of(&source)),
        format!("{}/follow", api_of(&source)),
        format!("{}/follow", api_of(&old)),
        format!("/api/v1{}/reactions/helpful", reply_page(&reply)),
    ] {
        let marked = haru.api(Method::PUT, &path, Value::Null).await;
        assert_eq!(marked.status, StatusCode::NO_CONTENT, "{path}");
    }
    report(&haru, &reply_page(&reply), "wrong").await;
    report(&haru, &page_of(&source), "rude").await;
    let held = sota.reply(&source, "確かめてもらう返信").await;
    decide(&moderator, &reply_page(&held), "held", "確かめます。").await;
    app.drain();

    // First the question what will happen; nothing has happened yet.
    let ask = format!("{}/duplicate", page_of(&source));
    let fields = [
        ("of", &*page_of(&old)),
        ("how", "merge"),
        ("reason", "同じ質問でした。"),
    ];
    let asked = moderator.post(&ask, &fields).await;
    assert_eq!(asked.status, StatusCode::OK);
    let page = check_page(&asked.body, &ask);
    assert!(page.text().contains("返信3件も移ります") && page.text().contains("2人分のしるし"));
    assert!(page.text().contains("まとめた先でも解決した回答のままです"));
    assert_eq!(aoi.get(&page_of(&source)).await.status, StatusCode::OK);
    let form = page.form(&ask);
    let sent: Vec<(&str, String)> = ["of", "how", "reason", "confirmed"]
        .map(|name| (name, form.value(name)))
        .to_vec();
    let sent: Vec<(&str, &str)> = sent.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let done = moderator.post(&ask, &sent).await;
    assert_eq!(done.location(), format!("{}?done=merged", page_of(&old)));
    app.drain();

    // Everything that was written stands in one place, by time, of whom it was.
    let there = replies(&haru, &old).await;
    let bodies: Vec<String> = there.iter().map(|reply| text(&reply["body"])).collect();
    assert_eq!(
        bodies,
        [
            "「白い画面のまま動かない」\n\n延長コードも、別の端末も試しました。",
            "前の日に、一度開いておきます。",
            "無線の設定を見ます。",
            "それで動きました。",
        ]
    );
    assert_eq!(there[0]["author"]["id"], source["author"]["id"]);
    assert_eq!(there[0]["created_at"], source["created_at"]);
    assert_eq!(there[0]["revision"], 2);
    assert_eq!(there[1]["id"], reply["id"]);
    assert_eq!(there[1]["created_at"], reply["created_at"]);
    assert_eq!(there[1]["counts"]["reactions"]["helpful"], 1);
    assert_eq!(there[0]["counts"]["reactions"]["helpful"], 1);
    assert_eq!(there[2]["id"], own["id"]);
    assert_eq!(there[3]["quote_of"], reply["id"]);
    let target = fresh(&haru, &old).await;
    assert_eq!(target["counts"]["replies"], 4);
    assert_eq!(
        target["accepted_reply_id"], reply["id"],
        "one person asked both"
    );
    let listed = aoi.get("/api/v1/threads?sort=active").await.json();
    assert_eq!(listed["items"][0]["active_at"], last["created_at"]);
    let revisions = query(
        &app.app,
        "SELECT body AS value FROM revisions ORDER BY body",
    );
    assert_eq!(
        revisions,
        ["前の日に開いておきます。", "延長コードも試しました。"]
    );
    for (table, rows) in [("marks", "4"), ("reports", "2"), ("revisions", "2")] {
        let here = query(
            &app.app,
            &format!(
                "SELECT CAST(count(*) AS TEXT) AS value FROM {table} JOIN threads ON threads.id = {table}.thread_id WHERE threads.title = '体育館でロイロが止まる'"
            ),
        );
        assert_eq!(here, [rows], "{table}");
    }
    assert!(aoi.get("/settings/bookmarks").await.body.contains("まだ"));
    assert!(
        haru.get("/settings/bookmarks")
            .await
            .body
            .contains("体育館でロイロが止まる")
    );
    let seen = look(&sota, &page_of(&old)).await.text();
    assert!(
        seen.contains("確かめてもらう返信"),
        "held replies move too, for their author"
    );
    let queue = look(&moderator, "/desk/reports").await.text();
    assert_eq!(queue.matches("知らせ 1件").count(), 2, "{queue}");

    // The old addresses lead there; the thread itself is nowhere any more.
    let anon = app.anon();
    for who in [&aoi, &haru, &moderator] {
        let page = who.get(&page_of(&source)).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER);
        assert_eq!(page.location(), format!("{}?done=forwarded", page_of(&old)));
        let short = who
            .get(&format!("/t/{}", text(&source["short_code"])))
            .await;
        assert_eq!(short.location(), page_of(&source));
        let api = who.get(&api_of(&source)).await;
        assert_eq!(api.status, StatusCode::PERMANENT_REDIRECT);
        assert_eq!(api.location(), api_of(&old));
        let list = who.get("/threads").await.body;
        assert!(!list.contains(&text(&source["id"])));
        assert_eq!(who.search("白い画面").await, ["体育館でロイロが止まる"]);
        for ending in ["/revisions", "/edit", "/remove"] {
            let gone = who.get(&format!("{}{ending}", page_of(&source))).await;
            assert_eq!(gone.status, StatusCode::NOT_FOUND, "{ending}");
        }
        let late = who
            .post(
                &format!("{}/replies", page_of(&source)),
                &[("body", "遅れた返信")],
            )
            .await;
        assert_eq!(late.status, StatusCode::NOT_FOUND);
        assert!(late.body.contains("遅れた返信"), "the text is not lost");
    }
    assert_eq!(
        anon.get(&api_of(&source)).await.status,
        StatusCode::UNAUTHORIZED
    );
    let landed = look(&aoi, &format!("{}?done=forwarded", page_of(&old))).await;
    assert!(
        landed
            .text()
            .contains("お探しの話題は、ここにまとめられました")
    );
    let told = moderator
        .api(
            Method::PUT,
            &format!("{}/visibility", api_of(&source)),
            json!({ "visibility": "visible", "reason": "戻します。" }),
        )
        .await;
    assert_eq!(
        told.status,
        StatusCode::NOT_FOUND,
        "it does not come back empty"
    );
    // The author of the one hears what becomes of the other.
    let hear = notices(&app, &aoi).await;
    assert!(hear.contains("同じ話題にまとめました") && hear.contains("同じ質問でした。"));
    let log = look(
        &moderator,
        &with_query("/desk/audit", &[("thread", &text(&old["short_code"]))]),
    )
    .await;
    assert!(log.text().contains("ほかの話題にまとめた"));

    // What was merged once leads on when its target is merged too, and a held target is nobody's business.
    let newest = sota.ask("体育館の話題").await;
    assert_eq!(
        merge(&moderator, &old, &newest).await.status,
        StatusCode::SEE_OTHER
    );
    let page = haru.get(&page_of(&source)).await;
    assert_eq!(
        page.location(),
        format!("{}?done=forwarded", page_of(&newest))
    );
    let target = fresh(&haru, &newest).await;
    assert_eq!(target["counts"]["replies"], 5);
    assert_eq!(
        target["accepted_reply_id"],
        Value::Null,
        "another person asks"
    );
    // The author of what was merged follows it now.
    let follows = look(&aoi, "/settings/follows").await.text();
    assert!(follows.contains("体育館の話題"));
    decide(&moderator, &page_of(&newest), "hidden", "確かめます。").await;
    assert_eq!(
        haru.get(&page_of(&source)).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        haru.get(&api_of(&source)).await.status,
        StatusCode::NOT_FOUND
    );
}

#[actix_web::test]
async fn what_cannot_be_merged_is_refused_with_a_word() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let trainer = app.trainer("haruka");
    let moderator = app.person("mika", Role::Moderator, "小学校");
    let target = aoi.ask("質問").await;
    let practice = aoi.thread("practice", "実践", "やってみました。").await;
    let refused = merge(&trainer, &practice, &target).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        check_page(&refused.body, "practice")
            .by_id("e-how")
            .is_some()
    );
    let held = aoi.ask("確かめている質問").await;
    decide(&moderator, &page_of(&held), "held", "確かめます。").await;
    let refused = merge(&moderator, &held, &target).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    let refused = merge(&trainer, &target, &target).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(fresh(&aoi, &target).await["counts"]["replies"], 0);
}

#[actix_web::test]
async fn an_import_doubles_nothing_that_was_merged() {
    let app = TestApp::new().await;
    let moderator = app.person("mika", Role::Moderator, "小学校");
    app.teacher("aoi");
    let line = |id: &str, title: &str| {
        json!({
            "id": id, "kind": "question", "title": title, "body": "本文です。", "school_type": "小学校",
            "policies": [3], "tags": [], "author": "aoi@hiroba.example", "created_at": "2026-05-01T00:00:00Z",
            "replies": [
                { "id": "r1", "body": format!("{title}の回答"), "author": "aoi@hiroba.example", "accepted": true },
                { "id": "r2", "body": "続き", "author": "aoi@hiroba.example", "quote_of": "r1" },
            ],
        })
    };
    let file = format!("{}\n{}\n", line("t1", "一つ目"), line("t2", "二つ目"));
    let import = |source: &str, update: bool| {
        let options = Options {
            update,
            ..Options::default()
        };
        let mut source = source.as_bytes();
        exchange::import(
            &app.app.database,
            &mut source,
            &options,
            || app.now(),
            &mut |n, why| panic!("line {n}: {why}"),
        )
        .unwrap()
    };
    let export = || {
        let mut sink = Vec::new();
        exchange::export(&app.app.database, None, &mut sink).unwrap();
        String::from_utf8(sink).unwrap()
    };
    assert_eq!(import(&file, false).imported, 2);
    let listed = moderator.get("/api/v1/threads").await.json();
    let of = |title: &str| {
        let items = listed["items"].as_array().cloned().unwrap();
        items
            .into_iter()
            .find(|item| item["title"] == title)
            .unwrap()
    };
    // Both threads have replies of the same names.
    let merged = merge(&moderator, &of("二つ目"), &of("一つ目")).await;
    assert_eq!(merged.status, StatusCode::SEE_OTHER, "{}", merged.body);
    let count = || {
        query(
            &app.app,
            "SELECT CAST(count(*) AS TEXT) AS value FROM replies",
        )[0]
        .clone()
    };
    assert_eq!(count(), "5");
    let before = export();
    assert_eq!(before.lines().count(), 1, "the merged one is not exported");
    for update in [false, true] {
        let tally = import(&file, update);
        assert_eq!((tally.imported, tally.refused), (0, 0));
        assert_eq!(count(), "5", "update: {update}");
        assert_eq!(export(), before, "update: {update}");
    }
    let target = fresh(&moderator, &of("一つ目")).await;
    assert_eq!(target["counts"]["replies"], 5);
    // What was exported makes the same thread elsewhere.
    let other = TestApp::new().await;
    let mut source = before.as_bytes();
    let tally = exchange::import(
        &other.app.database,
        &mut source,
        &Options::default(),
        || other.now(),
        &mut |n, why| panic!("{n}: {why}"),
    )
    .unwrap();
    assert_eq!(tally.imported, 1);
    let mut sink = Vec::new();
    exchange::export(&other.app.database, None, &mut sink).unwrap();
    assert_eq!(String::from_utf8(sink).unwrap(), before);
}

/// Two moderators merge two threads into one another while people go on writing in both: one merge is done, and no reply
/// that was confirmed is lost.
#[actix_web::test]
async fn nothing_is_lost_while_threads_are_merged() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let writers: Vec<Actor<'_>> = (0..3).map(|n| app.teacher(&format!("writer{n}"))).collect();
    let (mika, ken) = (
        app.person("mika", Role::Moderator, "小学校"),
        app.person("ken", Role::Moderator, "小学校"),
    );
    for round in 0..6 {
        let (one, two) = (
            aoi.ask(&format!("甲 {round}")).await,
            aoi.ask(&format!("乙 {round}")).await,
        );
        let write = async |who: &Actor<'_>, thread: &Value, body: String| {
            let path = format!("{}/replies", api_of(thread));
            who.api_post(&path, json!({ "body": body })).await
        };
        let shown = json!({ "visibility": "visible", "reason": "大丈夫でした。" });
        let see = format!("{}/visibility", api_of(&one));
        let mut work: Vec<std::pin::Pin<Box<dyn Future<Output = Answer> + '_>>> = vec![
            Box::pin(merge(&mika, &one, &two)),
            Box::pin(merge(&ken, &two, &one)),
        ];
        work.push(Box::pin(async { ken.api(Method::PUT, &see, shown).await }));
        for (n, writer) in writers.iter().enumerate() {
            let thread = if n % 2 == 0 { &one } else { &two };
            work.insert(n, Box::pin(write(writer, thread, format!("返信 {n}"))));
        }
        let answers = together(work).await;
        let (written, merged): (Vec<&Answer>, Vec<&Answer>) = answers
            .iter()
            .partition(|answer| answer.body.starts_with('{'));
        let done = merged
            .iter()
            .filter(|answer| answer.status == StatusCode::SEE_OTHER)
            .count();
        assert_eq!(done, 1, "round {round}: {merged:?}");
        let target = if fresh_or_none(&aoi, &one).await {
            &one
        } else {
            &two
        };
        let bodies: BTreeSet<String> = replies(&aoi, target)
            .await
            .iter()
            .map(|reply| text(&reply["body"]))
            .collect();
        let mut confirmed = 0;
        for answer in written
            .iter()
            .filter(|answer| answer.status == StatusCode::CREATED)
        {
            confirmed += 1;
            assert!(
                bodies.contains(&text(&answer.json()["body"])),
                "round {round}"
            );
        }
        // With the opening words of the one that was merged.
        assert_eq!(
            fresh(&aoi, target).await["counts"]["replies"],
            confirmed + 1
        );
    }
    let came_back = query(
        &app.app,
        "SELECT CAST(count(*) AS TEXT) AS value FROM threads WHERE merged_into IS NOT NULL AND visibility <> 'deleted'",
    );
    assert_eq!(came_back, ["0"]);
}

async fn fresh_or_none(who: &Actor<'_>, thread: &Value) -> bool {
    who.get(&api_of(thread)).await.status == StatusCode::OK
}

/// Pictures go with the words that are merged, and with those that are sent for another look.
#[actix_web::test]
async fn pictures_stay_with_their_words() {
    let app = TestApp::new().await;
    let (aoi, sota) = (app.teacher("aoi"), app.teacher("sota"));
    let mika = app.person("mika", Role::Moderator, "小学校");
    let image = aoi.store("a.png", &png(60, 40)).await;
    let other = aoi.store("b.png", &png(50, 40)).await;
    let old = aoi
        .thread("question", "充電庫の下の段", &text(&image["markdown"]))
        .await;
    let target = sota.ask("充電庫の下の段が充電されません").await;
    assert_eq!(
        merge(&mika, &old, &target).await.status,
        StatusCode::SEE_OTHER
    );
    assert_eq!(sota.get(&text(&image["url"])).await.status, StatusCode::OK);
    assert!(
        sota.get(&page_of(&target))
            .await
            .body
            .contains(&text(&image["url"]))
    );

    let held = aoi.ask("見え方の相談").await;
    report(&sota, &page_of(&held), "personal_data").await;
    let body = format!("図を足しました。\n\n{}", text(&other["markdown"]));
    let fields = [
        ("title", "見え方の相談"),
        ("body", &body),
        ("revision", "1"),
    ];
    aoi.post(&format!("{}/resubmit", page_of(&held)), &fields)
        .await;
    assert_eq!(
        sota.get(&text(&other["url"])).await.status,
        StatusCode::NOT_FOUND
    );
    decide(&mika, &page_of(&held), "visible", "確かめました。").await;
    assert_eq!(sota.get(&text(&other["url"])).await.status, StatusCode::OK);
}

/// Who has begun a reply in a thread that is merged goes on in the other.
#[actix_web::test]
async fn drafts_go_on_where_their_thread_went() {
    let app = TestApp::new().await;
    let (aoi, sota) = (app.teacher("aoi"), app.teacher("sota"));
    let mika = app.person("mika", Role::Moderator, "小学校");
    let (old, target) = (aoi.ask("充電庫の下の段").await, aoi.ask("充電庫").await);
    let draft = json!({ "purpose": "reply", "target": old["id"], "fields": { "body": "書きかけの返事", "sealed": "true" } });
    let kept = sota.api_post("/api/v1/drafts", draft).await;
    assert_eq!(kept.status, StatusCode::CREATED, "{}", kept.body);
    // The choice of the name comes back with the text.
    let page = look(&sota, &page_of(&old)).await;
    let form = page.form(&format!("{}/replies#answer", page_of(&old)));
    assert_eq!(
        (form.value("body").as_str(), form.value("sealed").as_str()),
        ("書きかけの返事", "true")
    );
    assert_eq!(
        merge(&mika, &old, &target).await.status,
        StatusCode::SEE_OTHER
    );
    let page = look(&sota, &page_of(&target)).await;
    let form = page.form(&format!("{}/replies#answer", page_of(&target)));
    assert_eq!(
        (form.value("body").as_str(), form.value("sealed").as_str()),
        ("書きかけの返事", "true")
    );
}

#[actix_web::test]
async fn the_longest_text_can_be_changed_after_a_merge() {
    let app = TestApp::new().await;
    let (aoi, sota) = (app.teacher("aoi"), app.teacher("sota"));
    let mika = app.person("mika", Role::Moderator, "小学校");
    let target = sota.ask("充電庫").await;
    for (number, (length, titled)) in [(20_000, false), (19_989, false), (19_988, true)]
        .into_iter()
        .enumerate()
    {
        let title = format!("充電庫の下の段{number}"); // eight characters, two marks, two line ends
        let body = "あ".repeat(length);
        let old = aoi.thread("question", &title, &body).await;
        let merged = merge(&mika, &old, &target).await;
        assert_eq!(merged.status, StatusCode::SEE_OTHER);
        let all = replies(&aoi, &target).await;
        let opening = all
            .iter()
            .find(|reply| text(&reply["body"]).ends_with(&body))
            .unwrap();
        assert_eq!(
            text(&opening["body"]).starts_with(&format!("「{title}」")),
            titled
        );
        let path = format!("/api/v1/replies/{}", text(&opening["id"]));
        let shorter = json!({ "body": text(&opening["body"]).replacen('あ', "", 1) });
        assert_eq!(
            aoi.api(Method::PATCH, &path, shorter).await.status,
            StatusCode::OK
        );
        // Gone, so that the next is told from it.
        aoi.api(Method::DELETE, &path, Value::Null).await;
    }
}
