//! Lists and searches through the API: filters, order, pages that give each thread once.

use std::collections::BTreeSet;

use actix_web::http::{Method, StatusCode};
use chrono::TimeDelta;
use hiroba::accounts::Role;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::harness::html::check_page;
use crate::harness::{Actor, TestApp, text, with_query};

const THREADS: &str = "/api/v1/threads";
const SEARCH: &str = "/api/v1/search";

/// Names and values of a query.
type Pairs<'a> = &'a [(&'a str, &'a str)];

async fn page(actor: &Actor<'_>, path: &str, pairs: Pairs<'_>) -> Value {
    let path = with_query(path, pairs);
    let answer = actor.get(&path).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
    answer.json()
}

fn titles_of(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().unwrap();
    items.iter().map(|item| text(&item["title"])).collect()
}

async fn titles(actor: &Actor<'_>, pairs: Pairs<'_>) -> Vec<String> {
    titles_of(&page(actor, THREADS, pairs).await)
}

async fn found(actor: &Actor<'_>, pairs: Pairs<'_>) -> BTreeSet<String> {
    let page = page(actor, SEARCH, pairs).await;
    let hits = page["hits"].as_array().unwrap();
    hits.iter()
        .map(|hit| text(&hit["thread"]["title"]))
        .collect()
}

async fn post(actor: &Actor<'_>, body: Value) -> Value {
    let answer = actor.api_post(THREADS, body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    answer.json()
}

async fn accept(asker: &Actor<'_>, thread: &Value, reply: &Value) {
    let path = format!("{THREADS}/{}/accepted-reply", text(&thread["id"]));
    let body = json!({ "reply_id": reply["id"] });
    let answer = asker.api(Method::PUT, &path, body).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
}

/// Three threads that differ in everything, a minute apart: 「い」, 「ろ」, 「は」 the newest.
async fn three<'a>(app: &'a TestApp) -> (Actor<'a>, Actor<'a>) {
    let aoi = app.teacher("aoi");
    let sota = app.teacher("sota");
    post(
        &aoi,
        json!({
            "kind": "question", "title": "い 体育館", "body": "無線が切れます。", "school_type": "小学校",
            "policies": [3], "initiatives": ["p3-network", "p3-gym-wifi"], "subject": "体育", "grade": "小4",
            "tags": ["ロイロノート"],
        }),
    )
    .await;
    app.advance(TimeDelta::minutes(1));
    let solved = post(
        &sota,
        json!({
            "kind": "question", "title": "ろ 体育館", "body": "音が出ません。", "school_type": "中学校",
            "policies": [1, 3], "initiatives": ["p1-lesson-design"], "subject": "国語", "grade": "中1",
            "tags": ["個別最適な学び", "Google Classroom"],
        }),
    )
    .await;
    let reply = aoi.reply(&solved, "端子を確かめます。").await;
    accept(&sota, &solved, &reply).await;
    app.advance(TimeDelta::minutes(1));
    post(
        &aoi,
        json!({
            "kind": "practice", "title": "は 体育館", "body": "跳び箱を撮りました。", "school_type": "特別支援学校",
            "policies": [2], "tags": ["ロイロノート"],
        }),
    )
    .await;
    app.drain();
    (aoi, sota)
}

#[actix_web::test]
async fn every_filter_by_slug_and_by_name() {
    let app = TestApp::new().await;
    let (aoi, sota) = three(&app).await;
    let author = aoi.id.unwrap().to_string();
    let stranger = app.teacher("haruka").id.unwrap().to_string();
    let cases: &[(&str, &[&str], &[&str])] = &[
        ("kind", &["question", "質問"], &["ろ", "い"]),
        ("kind", &["practice", "実践"], &["は"]),
        ("kind", &["discussion", "意見交換"], &[]),
        (
            "policy",
            &["3", "p3", "P3", "３", "基本方針3", "環境を整える"],
            &["ろ", "い"],
        ),
        ("policy", &["1"], &["ろ"]),
        ("policy", &["4"], &[]),
        (
            "initiative",
            &["p3-gym-wifi", "体育館Wi－Fi整備", "体育館Wi-Fi"],
            &["い"],
        ),
        ("initiative", &["p1-lesson-design", "授業づくり"], &["ろ"]),
        ("school_type", &["shogakkou", "小学校", "小"], &["い"]),
        ("school_type", &["chugakkou", "中学校"], &["ろ"]),
        ("school_type", &["tokushi", "特別支援学校", "特支"], &["は"]),
        ("school_type", &["koukou"], &[]),
        ("subject", &["kokugo", "国語"], &["ろ"]),
        ("subject", &["taiiku", "体育"], &["い"]),
        (
            "tag",
            &["ロイロノート", "ﾛｲﾛﾉｰﾄ", "ろいろのーと"],
            &["は", "い"],
        ),
        ("tag", &["個別最適な学び"], &["ろ"]),
        (
            "tag",
            &["google classroom", "ＧＯＯＧＬＥ　Ｃｌａｓｓｒｏｏｍ"],
            &["ろ"],
        ),
        ("tag", &["ロイロ", "%", "nothing"], &[]),
        ("author", &[&author], &["は", "い"]),
        ("author", &[&stranger], &[]),
        ("solved", &["true", "はい", "1"], &["ろ"]),
        ("solved", &["false"], &["は", "い"]),
        ("sort", &["new", ""], &["は", "ろ", "い"]),
        ("sort", &["unanswered"], &["い"]),
    ];
    for (name, values, wanted) in cases {
        for value in *values {
            let seen = titles(&sota, &[(name, value)]).await;
            let wanted: Vec<String> = wanted
                .iter()
                .map(|title| format!("{title} 体育館"))
                .collect();
            assert_eq!(seen, wanted, "{name}={value}");
            if *name == "sort" {
                continue;
            }
            // The page of the list and the search agree with it.
            let page = sota.get(&with_query("/threads", &[(name, value)])).await;
            for title in ["い 体育館", "ろ 体育館", "は 体育館"] {
                let listed = wanted.contains(&title.to_owned());
                assert_eq!(
                    page.body.contains(title),
                    listed,
                    "page of {name}={value}: {title}"
                );
            }
            let both = [("q", "体育館"), (name, value)];
            let wanted: BTreeSet<String> = wanted.into_iter().collect();
            assert_eq!(found(&sota, &both).await, wanted, "search {name}={value}");
        }
    }
    // Several filters narrow.
    let narrow = [("kind", "question"), ("policy", "3"), ("solved", "false")];
    assert_eq!(titles(&sota, &narrow).await, ["い 体育館"]);
    let none = [("tag", "ロイロノート"), ("policy", "1")];
    assert_eq!(titles(&sota, &none).await, Vec::<String>::new());
    let answer = sota.get(&with_query(THREADS, &[("policy", "5")])).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[actix_web::test]
async fn an_empty_forum_has_empty_lists() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    for sort in ["new", "active", "unanswered"] {
        let page = page(&aoi, THREADS, &[("sort", sort)]).await;
        assert_eq!(page, json!({ "items": [], "next_cursor": null }), "{sort}");
    }
    let search = page(&aoi, SEARCH, &[]).await;
    assert_eq!((&search["hits"], &search["total"]), (&json!([]), &json!(0)));
    assert_eq!(search["next_cursor"], Value::Null);
    let similar = page(&aoi, "/api/v1/threads/similar", &[("title", "体育館")]).await;
    assert_eq!(similar, json!([]));
    let question = aoi.ask("ログインできない").await;
    let path = format!("{THREADS}/{}/replies", text(&question["id"]));
    assert_eq!(
        page(&aoi, &path, &[]).await,
        json!({ "items": [], "next_cursor": null })
    );
    for path in [
        "/",
        "/threads",
        "/search",
        "/policies/4",
        "/threads?kind=practice",
    ] {
        assert_eq!(aoi.get(path).await.status, StatusCode::OK, "{path}");
    }
}

/// Goes through a list with a page size for each step, repeating the last; ids in the order in which they came.
async fn walk(actor: &Actor<'_>, path: &str, pairs: Pairs<'_>, sizes: &[usize]) -> Vec<String> {
    let mut ids = Vec::new();
    let mut cursor = String::new();
    for step in 0.. {
        let size = sizes[step.min(sizes.len() - 1)];
        let limit = size.to_string();
        let mut query = pairs.to_vec();
        query.extend([("limit", limit.as_str()), ("cursor", cursor.as_str())]);
        let page = page(actor, path, &query).await;
        let items = page["items"]
            .as_array()
            .or(page["hits"].as_array())
            .unwrap()
            .clone();
        assert!(items.len() <= size, "{path}: {} of {size}", items.len());
        ids.extend(items.iter().map(|item| {
            let one = if item["thread"].is_object() {
                &item["thread"]
            } else {
                item
            };
            text(&one["id"])
        }));
        match page["next_cursor"].as_str() {
            // A page that is not the last is full.
            Some(next) => {
                assert_eq!(items.len(), size, "{path}");
                next.clone_into(&mut cursor);
            }
            None => break,
        }
    }
    ids
}

#[actix_web::test]
async fn pages_of_any_size_give_each_item_once() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let long = aoi.thread("discussion", "長い話", "本文です。").await;
    // Groups that were written in the same microsecond, and neighbours one microsecond apart.
    for group in 0..6 {
        for number in 0..7 {
            aoi.ask(&format!("体育館 {group}-{number}")).await;
        }
        app.advance(TimeDelta::microseconds(1));
    }
    for number in 0..23 {
        aoi.reply(&long, &format!("返事 {number}")).await;
        if number % 5 == 0 {
            app.advance(TimeDelta::microseconds(1));
        }
    }
    app.drain();
    let replies = format!("{THREADS}/{}/replies", text(&long["id"]));
    let lists: [(&str, Pairs<'_>, usize); 6] = [
        (THREADS, &[], 43),
        (THREADS, &[("sort", "active")], 43),
        (THREADS, &[("sort", "unanswered")], 42),
        (THREADS, &[("kind", "question"), ("policy", "3")], 42),
        (&replies, &[], 23),
        (SEARCH, &[("q", "体育館"), ("sort", "new")], 42),
    ];
    let sizes = prop::collection::vec(1_usize..=50, 1..6);
    let mut runner = TestRunner::deterministic();
    for (path, pairs, count) in lists {
        let whole = walk(&aoi, path, pairs, &[50]).await;
        let unique: BTreeSet<&String> = whole.iter().collect();
        assert_eq!(
            (whole.len(), unique.len()),
            (count, count),
            "{path} {pairs:?}"
        );
        let mut tried = vec![
            vec![1],
            vec![7],
            vec![count.min(50)],
            vec![(count - 1).min(50)],
        ];
        for _ in 0..6 {
            tried.push(sizes.new_tree(&mut runner).unwrap().current());
        }
        for sizes in tried {
            let walked = walk(&aoi, path, pairs, &sizes).await;
            assert_eq!(walked, whole, "{path} {pairs:?} in pages of {sizes:?}");
        }
    }
}

/// What is posted while somebody turns pages neither doubles nor hides what was there.
#[actix_web::test]
async fn turning_pages_while_others_write() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let mut asked = Vec::new();
    for number in 0..6 {
        asked.push(text(&aoi.ask(&format!("質問 {number}")).await["id"]));
        app.advance(TimeDelta::seconds(1));
    }
    let first = page(&aoi, THREADS, &[("limit", "3")]).await;
    aoi.ask("あとから来た質問").await;
    let cursor = text(&first["next_cursor"]);
    let second = page(&aoi, THREADS, &[("limit", "3"), ("cursor", &cursor)]).await;
    assert_eq!(second["next_cursor"], Value::Null);
    let both = [&first, &second].into_iter();
    let mut seen: Vec<String> = both
        .flat_map(|page| page["items"].as_array().unwrap())
        .map(|item| text(&item["id"]))
        .collect();
    seen.reverse();
    assert_eq!(seen, asked);
}

#[actix_web::test]
async fn activity_moves_a_thread_up_and_a_withdrawn_reply_down() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let old = aoi.ask("古い質問").await;
    app.advance(TimeDelta::hours(1));
    aoi.ask("新しい質問").await;
    app.advance(TimeDelta::hours(1));
    let active = [("sort", "active")];
    assert_eq!(titles(&aoi, &active).await, ["新しい質問", "古い質問"]);
    let reply = app.teacher("sota").reply(&old, "答えです。").await;
    assert_eq!(titles(&aoi, &active).await, ["古い質問", "新しい質問"]);
    assert_eq!(titles(&aoi, &[]).await, ["新しい質問", "古い質問"]);
    assert_eq!(
        titles(&aoi, &[("sort", "unanswered")]).await,
        ["新しい質問"]
    );
    let listed = page(&aoi, THREADS, &active).await["items"][0].clone();
    assert_eq!(listed["counts"]["replies"], 1);
    assert_eq!(listed["active_at"], reply["created_at"]);
    assert_eq!(listed["updated_at"], old["updated_at"]);
    // Editing is no activity.
    app.advance(TimeDelta::hours(1));
    let path = format!("{THREADS}/{}", text(&listed["id"]));
    aoi.api(Method::PATCH, &path, json!({ "body": "書き直し" }))
        .await;
    let listed = page(&aoi, THREADS, &active).await["items"][0].clone();
    assert_eq!(listed["active_at"], reply["created_at"]);
    let path = format!("/api/v1/replies/{}", text(&reply["id"]));
    app.person("moderator", Role::Moderator, "小学校")
        .api(Method::DELETE, &path, Value::Null)
        .await;
    assert_eq!(titles(&aoi, &active).await, ["新しい質問", "古い質問"]);
    assert_eq!(titles(&aoi, &[("sort", "unanswered")]).await.len(), 2);
}

#[actix_web::test]
async fn summaries_count_replies_and_reactions() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let question = aoi.ask("ログインできない").await;
    for name in ["sota", "haruka", "ren"] {
        let reader = app.teacher(name);
        reader.reply(&question, "わたしもです。").await;
        for mark in ["reactions/helpful", "bookmark", "follow"] {
            let path = format!("{THREADS}/{}/{mark}", text(&question["id"]));
            for _ in 0..2 {
                let answer = reader.api(Method::PUT, &path, Value::Null).await;
                assert_eq!(answer.status, StatusCode::NO_CONTENT);
            }
        }
    }
    let wanted =
        json!({ "replies": 3, "reactions": { "helpful": 3, "want_to_try": 0 }, "tryouts": 0 });
    let one = page(&aoi, &format!("{THREADS}/{}", text(&question["id"])), &[]).await;
    assert_eq!(one["counts"], wanted);
    let listed = page(&aoi, THREADS, &[]).await;
    assert_eq!(listed["items"][0]["counts"], wanted);
    let summary = &listed["items"][0];
    for name in [
        "id",
        "short_code",
        "kind",
        "title",
        "school_type",
        "policies",
        "tags",
        "created_at",
    ] {
        assert_eq!(summary[name], one[name], "{name}");
    }
    assert_eq!(summary.get("body"), None, "a summary has no text in full");
}

#[actix_web::test]
async fn a_search_counts_filters_and_marks() {
    let app = TestApp::new().await;
    let (aoi, sota) = three(&app).await;
    let all = page(&sota, SEARCH, &[("q", "体育館")]).await;
    assert_eq!(all["total"], 3);
    assert_eq!(
        all["facets"]["kind"],
        json!({ "question": 2, "practice": 1 })
    );
    assert_eq!(all["facets"]["policy"], json!({ "1": 1, "2": 1, "3": 2 }));
    assert_eq!(
        all["facets"]["school_type"],
        json!({ "shogakkou": 1, "chugakkou": 1, "tokushi": 1 })
    );
    assert!(all["took_ms"].as_f64().unwrap() >= 0.0);
    // Repeated: any of one filter, all of different ones.
    let either = [
        ("q", "体育館"),
        ("school_type", "小学校"),
        ("school_type", "chugakkou"),
    ];
    assert_eq!(found(&sota, &either).await.len(), 2);
    let both = [
        ("q", "体育館"),
        ("school_type", "小学校"),
        ("school_type", "中学校"),
        ("solved", "true"),
    ];
    assert_eq!(
        found(&sota, &both).await,
        BTreeSet::from(["ろ 体育館".to_owned()])
    );
    let any = [("q", "体育館"), ("solved", "true"), ("solved", "false")];
    assert_eq!(found(&sota, &any).await.len(), 3);
    let unknown = [("q", "体育館"), ("school_type", "どこにもない")];
    assert_eq!(found(&sota, &unknown).await.len(), 0);
    // Without words: everything, the newest first.
    let newest = page(&sota, SEARCH, &[]).await;
    let order: Vec<String> = newest["hits"]
        .as_array()
        .unwrap()
        .iter()
        .map(|hit| text(&hit["thread"]["title"]))
        .collect();
    assert_eq!(order, ["は 体育館", "ろ 体育館", "い 体育館"]);
    // A hit in a reply names it and shows its words.
    let hits = page(&sota, SEARCH, &[("q", "端子")]).await;
    let hit = &hits["hits"][0];
    assert_eq!(hit["thread"]["title"], "ろ 体育館");
    assert!(
        text(&hit["snippet_html"]).contains("<mark>端子</mark>"),
        "{hit}"
    );
    let reply = format!("/api/v1/replies/{}", text(&hit["reply_id"]));
    assert_eq!(page(&sota, &reply, &[]).await["body"], "端子を確かめます。");
    // A solved thread is solved in the index too, and no longer when that is withdrawn.
    let path = format!("{THREADS}/{}/accepted-reply", text(&hit["thread"]["id"]));
    sota.api(Method::DELETE, &path, Value::Null).await;
    app.drain();
    assert_eq!(
        found(&aoi, &[("q", "体育館"), ("solved", "true")])
            .await
            .len(),
        0
    );
}

#[actix_web::test]
async fn like_threads_are_offered_while_a_title_is_written() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    for number in 0..7 {
        aoi.ask(&format!("体育館の無線が切れる その{number}")).await;
    }
    let other = aoi.ask("通知表の所見を書くとき").await;
    app.drain();
    let like = page(
        &aoi,
        "/api/v1/threads/similar",
        &[("title", "体育館の無線が弱い")],
    )
    .await;
    let like = like.as_array().unwrap();
    assert_eq!(like.len(), 5, "at most five");
    assert!(like.iter().all(|one| one["id"] != other["id"]));
    let own = page(
        &aoi,
        "/api/v1/threads/similar",
        &[("title", "通知表の所見")],
    )
    .await;
    assert_eq!(own[0]["id"], other["id"]);
    for nothing in ["", "   ", "\u{3000}"] {
        let answer = aoi
            .get(&with_query(
                "/api/v1/threads/similar",
                &[("title", nothing)],
            ))
            .await;
        assert_eq!(answer.json(), json!([]), "{nothing:?}");
    }
}

#[actix_web::test]
async fn operators_and_controls_ask_the_same() {
    let app = TestApp::new().await;
    let (_, sota) = three(&app).await;
    let typed = page(&sota, SEARCH, &[("q", "体育館 校種:小学校 解決:はい")]).await;
    let chosen = [
        ("q", "体育館"),
        ("school_type", "小学校"),
        ("solved", "true"),
    ];
    let chosen = page(&sota, SEARCH, &chosen).await;
    assert_eq!(typed["total"], chosen["total"]);
    assert_eq!(typed["facets"], chosen["facets"]);
    assert_eq!(
        page(&sota, SEARCH, &[("q", "体育館 種類:質問")]).await["total"],
        2
    );
    assert_eq!(
        page(&sota, SEARCH, &[("q", "author:自分 体育館")]).await["hits"]
            .as_array()
            .unwrap()
            .len() as u64,
        page(&sota, SEARCH, &[("q", "author:自分 体育館")]).await["total"]
            .as_u64()
            .unwrap()
    );
    assert_eq!(
        page(&sota, SEARCH, &[("q", "体育館 以降:2999-01-01")]).await["total"],
        0
    );
    assert_eq!(
        page(&sota, SEARCH, &[("q", "体育館"), ("before", "2999-01")]).await["total"],
        3
    );
    let wrong = sota
        .api(
            Method::GET,
            &with_query(SEARCH, &[("after", "きのう")]),
            Value::Null,
        )
        .await;
    assert_eq!(
        (wrong.status, text(&wrong.json()["errors"][0]["field"])),
        (StatusCode::UNPROCESSABLE_ENTITY, "after".to_owned())
    );
    let explained = page(&sota, SEARCH, &[("q", "体育館"), ("explain", "1")]).await;
    assert_eq!(explained["explain"]["pieces"][0]["text"], "体育館");
    // On the page an operator becomes a control, and what stands there leads to the same again.
    let html = sota
        .get(&with_query("/search", &[("q", "体育館 校種:小学校")]))
        .await
        .body;
    assert!(html.contains("value=\"shogakkou\" checked"), "{html}");
    assert!(html.contains("name=\"q\" value=\"体育館\""), "{html}");
}

#[actix_web::test]
async fn what_is_typed_is_completed_by_visible_threads_and_tags() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let asked = aoi.ask("クラスルームの課題が消えた").await;
    let id = text(&asked["id"]);
    app.drain();
    let suggested = async |q: &str| page(&aoi, "/api/v1/search/suggest", &[("q", q)]).await;
    for typed in ["ク", "くらするー", "くらするーむ　がk", "課題"] {
        let found = suggested(typed).await;
        assert_eq!(
            found[0]["label"], "クラスルームの課題が消えた",
            "{typed}: {found}"
        );
        assert_eq!(found[0]["url"], format!("/threads/{id}"));
    }
    for nothing in ["", " ", "zzz", "%", "\u{0}"] {
        assert_eq!(suggested(nothing).await, json!([]), "{nothing}");
    }
}

#[actix_web::test]
async fn what_one_marks_for_oneself_stands_in_lists_of_ones_own() {
    let app = TestApp::new().await;
    let (aoi, sota) = (app.teacher("aoi"), app.teacher("sota"));
    let empty = aoi.get("/settings/bookmarks").await;
    check_page(&empty.body, "bookmarks");
    assert!(empty.body.contains("まだありません"));
    let mut threads = Vec::new();
    for number in 0..23 {
        threads.push(sota.ask(&format!("しるしの話題{number:02}")).await);
    }
    // Marked in another order than written; two of them at the same moment.
    let api =
        |thread: &Value, mark: &str| format!("/api/v1/threads/{}/{mark}", text(&thread["id"]));
    for (place, thread) in threads.iter().rev().enumerate() {
        if place != 5 {
            app.advance(TimeDelta::seconds(1));
        }
        aoi.api(Method::PUT, &api(thread, "bookmark"), Value::Null)
            .await;
    }
    aoi.api(Method::PUT, &api(&threads[3], "follow"), Value::Null)
        .await;
    // The newest mark first, over two pages, each once.
    let (mut found, mut path) = (Vec::new(), "/settings/bookmarks".to_owned());
    for _ in 0..2 {
        let page = aoi.get(&path).await;
        check_page(&page.body, &path);
        let on_it = page
            .body
            .split("しるしの話題")
            .skip(1)
            .filter_map(|part| part.get(..2)?.parse::<usize>().ok());
        let mut on_it: Vec<usize> = on_it.collect();
        on_it.dedup();
        found.extend(on_it);
        if let Some((_, rest)) = page.body.split_once("/settings/bookmarks?cursor=") {
            path = format!(
                "/settings/bookmarks?cursor={}",
                rest.split('"').next().unwrap()
            );
        }
    }
    assert_eq!(found.len(), 23, "{found:?}");
    assert_eq!((found[0], found[22]), (0, 22));
    let follows = aoi.get("/settings/follows").await;
    assert!(follows.body.contains("しるしの話題03") && !follows.body.contains("しるしの話題04"));
    // Nobody else's, nothing hidden, nothing taken back.
    assert!(
        !sota
            .get("/settings/bookmarks")
            .await
            .body
            .contains("しるしの話題")
    );
    sota.api(
        Method::DELETE,
        &format!("/api/v1/threads/{}", text(&threads[3]["id"])),
        Value::Null,
    )
    .await;
    aoi.api(Method::DELETE, &api(&threads[0], "bookmark"), Value::Null)
        .await;
    assert!(
        !aoi.get("/settings/follows")
            .await
            .body
            .contains("しるしの話題03")
    );
    assert!(
        !aoi.get("/settings/bookmarks")
            .await
            .body
            .contains("しるしの話題00")
    );
    assert_eq!(
        aoi.get("/settings/bookmarks?cursor=x").await.status,
        StatusCode::BAD_REQUEST
    );
}
