//! Feeds: what stands in them, who may read them, and what their key does not open.

use actix_web::http::{Method, StatusCode, header};
use atom_syndication::Feed;
use hiroba::accounts::{self, DEPARTED, Role};
use hiroba::atom::ENTRIES;
use hiroba::routes::TABLE;
use serde_json::{Value, json};

use crate::harness::ground::query;
use crate::harness::html::{Page, check_page};
use crate::harness::{Actor, Answer, TestApp, text, with_query};

/// Reads a feed and holds it to RFC 4287.
fn check_feed(answer: &Answer, path: &str) -> Feed {
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
    assert_eq!(
        answer.header("content-type"),
        "application/atom+xml; charset=utf-8"
    );
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
    assert_eq!(answer.header("cache-control"), "private, no-cache");
    let is_xml = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    assert!(answer.body.chars().all(is_xml), "{path}: no XML character");
    assert!(
        answer
            .body
            .contains("<feed xmlns=\"http://www.w3.org/2005/Atom\""),
        "{}",
        answer.body
    );
    let feed = match Feed::read_from(answer.body.as_bytes()) {
        Ok(feed) => feed,
        Err(error) => panic!("{path}: {error}: {}", answer.body),
    };
    let is_iri =
        |text: &str| text.starts_with("https://hiroba.example/") || text.starts_with("urn:uuid:");
    assert!(is_iri(&feed.id) && !feed.title.is_empty() && !feed.authors.is_empty());
    let own: Vec<&str> = feed
        .links
        .iter()
        .filter(|link| link.rel == "self")
        .map(|link| link.href.as_str())
        .collect();
    assert_eq!(own, [feed.id.as_str()], "known by its own address");
    let mut ids: Vec<&str> = feed.entries.iter().map(|entry| entry.id.as_str()).collect();
    for entry in &feed.entries {
        assert!(is_iri(&entry.id), "{}", entry.id);
        assert!(!entry.title.is_empty() && entry.summary.is_some(), "{path}");
        assert!(
            entry.authors.iter().any(|author| !author.name.is_empty()),
            "{path}"
        );
        let links: Vec<_> = entry
            .links
            .iter()
            .filter(|link| link.rel == "alternate")
            .collect();
        assert!(
            links.len() == 1 && links[0].href.starts_with("https://hiroba.example/"),
            "{path}"
        );
        assert!(
            entry.updated <= feed.updated && entry.published.unwrap() <= entry.updated,
            "{path}"
        );
    }
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all, "{path}: ids stand twice");
    assert!(!answer.body.contains("token"), "{path}");
    feed
}

async fn read(actor: &Actor<'_>, path: &str) -> Feed {
    check_feed(&actor.get(path).await, path)
}

fn titles(feed: &Feed) -> Vec<&str> {
    feed.entries
        .iter()
        .map(|entry| entry.title.as_str())
        .collect()
}

/// The key of somebody, made on their page, from the address shown there.
async fn key(person: &Actor<'_>) -> String {
    let made = person.post("/settings/feeds", &[]).await;
    assert_eq!(made.location(), "/settings/feeds?done=feeds");
    shown_key(person).await
}

async fn shown_key(person: &Actor<'_>) -> String {
    let page = check_page(&person.get("/settings/feeds").await.body, "feeds");
    let address = page
        .by_id("feed-1")
        .unwrap()
        .get("value")
        .unwrap()
        .to_owned();
    address.split_once("token=").unwrap().1.to_owned()
}

const FEEDS: &[&str] = &[
    "/feeds/threads.atom",
    "/feeds/policies/3.atom",
    "/feeds/follows.atom",
    "/feeds/notices.atom",
];

#[actix_web::test]
async fn a_feed_lists_what_its_page_lists() {
    let app = TestApp::new().await;
    let (aoi, sota) = (app.teacher("aoi"), app.teacher("sota"));
    assert!(read(&aoi, "/feeds/threads.atom").await.entries.is_empty());
    let question = aoi
        .thread("question", "電子黒板の字が薄い", "**本文**です。")
        .await;
    app.advance(chrono::TimeDelta::seconds(1));
    sota.thread("practice", "音読の録音", "本文です。").await;
    let all = read(&sota, "/feeds/threads.atom").await;
    assert_eq!(titles(&all), ["音読の録音", "電子黒板の字が薄い"]);
    let entry = &all.entries[1];
    assert_eq!(entry.id, format!("urn:uuid:{}", text(&question["id"])));
    assert_eq!(entry.authors[0].name, "先生 aoi");
    assert_eq!(entry.summary.as_ref().unwrap().as_str(), "本文です。");
    assert_eq!(entry.categories[0].term, "質問");
    for (query, wanted) in [
        (vec![("kind", "question")], vec!["電子黒板の字が薄い"]),
        (
            vec![("kind", "質問"), ("policy", "3")],
            vec!["電子黒板の字が薄い"],
        ),
        (vec![("school_type", "chugakkou")], vec![]),
        (vec![("tag", "ロイロノート")], vec![]),
        (vec![("sort", "unanswered")], vec!["電子黒板の字が薄い"]),
    ] {
        let feed = read(&sota, &with_query("/feeds/threads.atom", &query)).await;
        assert_eq!(titles(&feed), wanted, "{query:?}");
    }
    // However a filter is spelt, it is the same feed.
    let spelt = [("kind", "質問"), ("policy", "環境を整える")];
    let feed = read(&sota, &with_query("/feeds/threads.atom", &spelt)).await;
    assert_eq!(
        feed.id,
        "https://hiroba.example/feeds/threads.atom?kind=question&policy=3"
    );
    assert_eq!(feed.title.as_str(), "質問・環境を整える｜広場");
    assert_eq!(read(&sota, "/feeds/policies/3.atom").await.entries.len(), 2);
    // Nobody subscribes to everything by a slip.
    for wrong in ["?kind=nonsense", "?policy=9", "?school_type=x"] {
        let answer = sota.get(&format!("/feeds/threads.atom{wrong}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{wrong}");
    }
    let page = sota.get("/threads?kind=question").await;
    let links = Page::read(&page.body);
    let link = links
        .all("link")
        .find(|link| link.get("rel") == Some("alternate"))
        .unwrap();
    assert_eq!(link.get("href"), Some("/feeds/threads.atom?kind=question"));
    // What is edited comes anew.
    let before = read(&sota, "/feeds/threads.atom").await;
    app.advance(chrono::TimeDelta::minutes(1));
    let path = format!("/api/v1/threads/{}", text(&question["id"]));
    aoi.api(Method::PATCH, &path, json!({ "body": "書き直しました。" }))
        .await;
    let after = read(&sota, "/feeds/threads.atom").await;
    assert_eq!(after.entries[1].id, before.entries[1].id);
    assert!(after.entries[1].updated > before.entries[1].updated && after.updated > before.updated);
}

#[actix_web::test]
async fn feeds_of_a_thread_of_follows_and_of_notices() {
    let app = TestApp::new().await;
    let (aoi, sota) = (app.teacher("aoi"), app.teacher("sota"));
    let question = aoi.ask("電子黒板の字が薄い").await;
    let other = sota.ask("体育館の白い画面").await;
    let api = |thread: &Value| format!("/api/v1/threads/{}", text(&thread["id"]));
    aoi.api(Method::PUT, &format!("{}/follow", api(&other)), Value::Null)
        .await;
    let mine = aoi.reply(&other, "前の日に開いておきます。").await;
    app.advance(chrono::TimeDelta::seconds(1));
    sota.reply(&other, "ありがとうございます。").await;
    sota.reply(&question, "明るさを上げます。").await;
    sota.api(
        Method::PUT,
        &format!("{}/accepted-reply", api(&other)),
        json!({ "reply_id": mine["id"] }),
    )
    .await;
    app.drain();
    let feed = read(&sota, &format!("/threads/{}/feed.atom", text(&other["id"]))).await;
    assert_eq!(
        titles(&feed),
        [
            "回答：ありがとうございます。",
            "回答：前の日に開いておきます。"
        ]
    );
    assert_eq!(feed.title.as_str(), "体育館の白い画面｜広場");
    let follows = read(&aoi, "/feeds/follows.atom").await;
    assert_eq!(
        titles(&follows),
        ["回答：体育館の白い画面"],
        "of others alone"
    );
    assert!(read(&sota, "/feeds/follows.atom").await.entries.is_empty());
    let notices = read(&aoi, "/feeds/notices.atom").await;
    let mut told = titles(&notices);
    told.sort_unstable();
    assert_eq!(
        told,
        [
            "あなたの回答が、解決した回答に選ばれました：体育館の白い画面",
            "あなたの質問に回答がありました：電子黒板の字が薄い",
            "続きを追っている話題に返信がありました：体育館の白い画面",
        ]
    );
    // By key as by cookie, and only one's own.
    let key = key(&aoi).await;
    for path in FEEDS {
        let by_key = app.anon().get(&format!("{path}?token={key}")).await;
        assert_eq!(check_feed(&by_key, path), read(&aoi, path).await, "{path}");
        // The key goes before the cookie beside it.
        let beside = sota.get(&format!("{path}?token={key}")).await;
        assert_eq!(beside.body, by_key.body, "{path}");
        assert_eq!(
            sota.get(&format!("{path}?token=wrong")).await.status,
            StatusCode::UNAUTHORIZED,
            "{path}"
        );
    }
}

#[actix_web::test]
async fn what_is_out_of_sight_is_in_no_feed() {
    let app = TestApp::with(|config| config.open_reading = true).await;
    let (aoi, sota) = (app.teacher("aoi"), app.teacher("sota"));
    let moderator = app.person("moderator", Role::Moderator, "小学校");
    let question = aoi.ask("見えなくなる質問").await;
    let other = sota.ask("残る質問").await;
    for thread in [&question, &other] {
        aoi.api(
            Method::PUT,
            &format!("/api/v1/threads/{}/follow", text(&thread["id"])),
            Value::Null,
        )
        .await;
    }
    sota.reply(&question, "見えなくなる質問への回答").await;
    let hidden = aoi.reply(&other, "見えなくなる回答").await;
    let kept = sota.reply(&other, "残る回答").await;
    app.drain();
    let thread = format!("/threads/{}/feed.atom", text(&other["id"]));
    let gone = format!("/threads/{}/feed.atom", text(&question["id"]));
    assert_eq!(read(&app.anon(), &thread).await.entries.len(), 2);
    for (kind, id) in [("threads", &question["id"]), ("replies", &hidden["id"])] {
        let path = format!("/api/v1/{kind}/{}/visibility", text(id));
        moderator
            .api(
                Method::PUT,
                &path,
                json!({ "visibility": "held", "reason": "確かめます。" }),
            )
            .await;
    }
    let (mine, theirs) = (key(&aoi).await, key(&moderator).await);
    let readers = [
        String::new(),
        format!("token={mine}"),
        format!("token={theirs}"),
    ];
    for actor in [&app.anon(), &aoi, &moderator] {
        for token in &readers {
            let of = |path: &str| format!("{path}?{token}");
            assert_eq!(actor.get(&of(&gone)).await.status, StatusCode::NOT_FOUND);
            for path in FEEDS.iter().copied().chain([thread.as_str()]) {
                let answer = actor.get(&of(path)).await;
                if answer.status == StatusCode::UNAUTHORIZED {
                    assert!(actor.id.is_none() && token.is_empty(), "{path}");
                    continue;
                }
                check_feed(&answer, path);
                assert!(
                    !answer.body.contains("見えなくなる"),
                    "{path}: {}",
                    answer.body
                );
            }
            let feed = check_feed(&actor.get(&of(&thread)).await, &thread);
            assert_eq!(feed.entries.len(), 1);
            assert_eq!(
                feed.entries[0].id,
                format!("urn:uuid:{}", text(&kept["id"]))
            );
        }
    }
    // Nor does the name of those who have left.
    app.app
        .write_here(|db, now| accounts::suspend(db, &accounts::house(), sota.id.unwrap(), now))
        .unwrap();
    let feed = read(&aoi, &thread).await;
    assert_eq!(feed.entries[0].authors[0].name, DEPARTED);
}

#[actix_web::test]
async fn where_reading_is_closed_feeds_want_a_key_and_say_so_without_a_redirect() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let question = aoi.ask("電子黒板の字が薄い").await;
    let thread = format!("/threads/{}/feed.atom", text(&question["id"]));
    let key = key(&aoi).await;
    for path in FEEDS.iter().copied().chain([thread.as_str()]) {
        for token in [
            "",
            "?token=wrong",
            "?token=",
            "?token=%00",
            "?token=%FF",
            &format!("?token={}", "a".repeat(5_000)),
        ] {
            let answer = app.anon().get(&format!("{path}{token}")).await;
            let refused = [StatusCode::UNAUTHORIZED, StatusCode::BAD_REQUEST];
            assert!(
                refused.contains(&answer.status),
                "{path}{token}: {}",
                answer.status
            );
            assert_eq!(answer.location(), "", "{path}{token}");
            assert!(!answer.body.contains("電子黒板"));
        }
        let by_key = app.anon().get(&format!("{path}?token={key}")).await;
        assert_eq!(by_key.status, StatusCode::OK, "{path}");
        // Only read.
        for method in [Method::POST, Method::PUT, Method::DELETE] {
            let request = app
                .anon()
                .request(method.clone(), &format!("{path}?token={key}"));
            assert!(
                app.anon().send(request).await.status.is_client_error(),
                "{method} {path}"
            );
        }
    }
    // A new key ends the old one; who stops has none; who is suspended too.
    let second = {
        aoi.post("/settings/feeds", &[]).await;
        shown_key(&aoi).await
    };
    let works = async |key: &str| {
        app.anon()
            .get(&format!("/feeds/notices.atom?token={key}"))
            .await
            .status
            == StatusCode::OK
    };
    assert_ne!(key, second);
    assert!(!works(&key).await && works(&second).await);
    aoi.post("/settings/feeds/stop", &[]).await;
    assert!(!works(&second).await);
    aoi.post("/settings/feeds", &[]).await;
    let third = shown_key(&aoi).await;
    assert!(works(&third).await);
    let house = accounts::house();
    app.app
        .write_here(|db, now| accounts::suspend(db, &house, aoi.id.unwrap(), now))
        .unwrap();
    assert!(!works(&third).await);
    app.app
        .write_here(|db, now| accounts::restore(db, &house, aoi.id.unwrap(), now))
        .unwrap();
    assert!(!works(&third).await, "it does not come back with them");
    assert_eq!(
        query(&app.app, "SELECT token AS value FROM feed_keys"),
        Vec::<String>::new()
    );
}

/// Nowhere else does the key make a difference.
#[actix_web::test]
async fn the_key_opens_feeds_and_nothing_else() {
    let app = TestApp::new().await;
    let admin = app.person("admin", Role::Administrator, "小学校");
    let question = admin.ask("電子黒板の字が薄い").await;
    let key = key(&admin).await;
    let mut as_cookie = app.anon();
    as_cookie.cookie = Some(key.clone());
    let mut as_bearer = app.anon();
    as_bearer.bearer = Some(key.clone());
    for (method, pattern) in TABLE
        .iter()
        .filter(|(_, path)| !path.ends_with(".atom") && *path != "/static/{path:.*}")
    {
        let path = pattern
            .replace("{id}", &text(&question["id"]))
            .replace("{number}", "3")
            .replace("{short_code}", &text(&question["short_code"]))
            .replace("{list}", "digest")
            .replace("{token}", &key)
            .replace("{secret}", &key)
            .replace("{name}", "x")
            .replace("{reaction}", "helpful");
        let method: Method = method.parse().unwrap();
        let plain = app
            .anon()
            .send(app.anon().request(method.clone(), &path))
            .await;
        let with_key = format!("{path}?token={key}");
        let by_query = app
            .anon()
            .send(app.anon().request(method.clone(), &with_key))
            .await;
        assert_eq!(by_query.status, plain.status, "{method} {pattern}");
        assert!(
            !by_query.body.contains("電子黒板の字が薄い"),
            "{method} {pattern}"
        );
        let by_cookie = as_cookie
            .send(as_cookie.request(method.clone(), &path))
            .await;
        assert_eq!(by_cookie.status, plain.status, "{method} {pattern}");
        let by_bearer = as_bearer
            .send(as_bearer.request(method.clone(), &path))
            .await;
        assert!(
            !by_bearer.body.contains("電子黒板の字が薄い"),
            "{method} {pattern}"
        );
        assert!(
            by_bearer.header("set-cookie").is_empty() || path == "/logout",
            "{method} {pattern}"
        );
    }
    assert_eq!(
        as_bearer.get("/api/v1/me").await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[actix_web::test]
async fn hostile_text_stays_text_in_a_feed() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let hostile = [
        "]]> <script>alert(1)</script> & &amp; <!-- --> <![CDATA[ x",
        "制御\u{0}\u{1}\u{8}\u{b}\u{c}\u{1b}\u{7f}\u{85}文字",
        "右から\u{202e}左へ\u{2066}と\u{200f}読む",
        "非文字\u{fffe}\u{ffff}と絵文字👩‍🏫𠮷",
        "<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY x \"y\">]>&x;",
        "引用符 \" ' と改行\n\r\n\tの題名",
    ];
    for name in hostile {
        let short: String = name.chars().take(30).collect();
        let fields = [("name", short.as_str()), ("school_type", "小学校")];
        let saved = aoi.post("/settings/profile", &fields).await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER, "{name}");
        let body = json!({ "kind": "question", "title": name, "body": name, "school_type": "小学校", "policies": [3], "tags": [short] });
        let thread = aoi.api_post("/api/v1/threads", body).await;
        assert_eq!(
            thread.status,
            StatusCode::CREATED,
            "{name}: {}",
            thread.body
        );
        let thread = thread.json();
        aoi.api_post(
            &format!("/api/v1/threads/{}/replies", text(&thread["id"])),
            json!({ "body": name }),
        )
        .await;
        let feed = read(&aoi, "/feeds/threads.atom").await;
        assert_eq!(feed.entries[0].title.as_str(), text(&thread["title"]));
        assert_eq!(
            feed.entries[0].authors[0].name,
            text(&thread["author"]["name"])
        );
        let tag = text(&thread["tags"][0]);
        let by_tag = read(&aoi, &with_query("/feeds/threads.atom", &[("tag", &tag)])).await;
        assert!(
            by_tag.title.as_str().contains(&tag),
            "{}",
            by_tag.title.as_str()
        );
        assert_eq!(by_tag.entries.len(), 1);
        read(&aoi, &format!("/threads/{}/feed.atom", text(&thread["id"]))).await;
        app.advance(chrono::TimeDelta::seconds(1));
    }
}

#[actix_web::test]
async fn a_feed_that_has_not_changed_is_not_sent_again() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    aoi.ask("電子黒板の字が薄い").await;
    let path = "/feeds/threads.atom";
    let first = aoi.get(path).await;
    let (tag, time) = (
        first.header("etag").to_owned(),
        first.header("last-modified").to_owned(),
    );
    assert!(
        tag.starts_with("W/\"") && time.ends_with("GMT"),
        "{tag} {time}"
    );
    assert_eq!(aoi.get(path).await.header("etag"), tag);
    let ask = async |name: header::HeaderName, value: &str| {
        let request = aoi.request(Method::GET, path).insert_header((name, value));
        aoi.send(request).await
    };
    for (name, value, known) in [
        (header::IF_NONE_MATCH, tag.as_str(), true),
        (header::IF_NONE_MATCH, tag.trim_start_matches("W/"), true),
        (header::IF_NONE_MATCH, &format!("\"x\", {tag}"), true),
        (header::IF_NONE_MATCH, "*", true),
        (header::IF_NONE_MATCH, "\"x\"", false),
        (header::IF_NONE_MATCH, "nonsense", false),
        (header::IF_MODIFIED_SINCE, &time, true),
        (
            header::IF_MODIFIED_SINCE,
            "Fri, 20 Nov 2026 06:39:59 GMT",
            false,
        ),
        (
            header::IF_MODIFIED_SINCE,
            "Sat, 21 Nov 2026 06:40:00 GMT",
            true,
        ),
        (header::IF_MODIFIED_SINCE, "yesterday", false),
    ] {
        let answer = ask(name.clone(), value).await;
        let wanted = if known {
            StatusCode::NOT_MODIFIED
        } else {
            StatusCode::OK
        };
        assert_eq!(answer.status, wanted, "{name}: {value}");
        assert_eq!(answer.body.is_empty(), known);
        assert_eq!(answer.header("etag"), tag);
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
    }
    app.advance(chrono::TimeDelta::seconds(2));
    aoi.ask("もう一つの質問").await;
    assert_eq!(
        ask(header::IF_NONE_MATCH, &tag).await.status,
        StatusCode::OK
    );
    assert_eq!(
        ask(header::IF_MODIFIED_SINCE, &time).await.status,
        StatusCode::OK
    );
    // The tag counts where both are sent.
    let request = aoi
        .request(Method::GET, path)
        .insert_header((header::IF_NONE_MATCH, tag.as_str()))
        .insert_header((header::IF_MODIFIED_SINCE, "Sat, 21 Nov 2099 06:40:00 GMT"));
    assert_eq!(aoi.send(request).await.status, StatusCode::OK);
}

#[actix_web::test]
async fn a_feed_holds_the_newest() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let question = aoi.ask("たくさん").await;
    for number in 0..=ENTRIES {
        app.advance(chrono::TimeDelta::seconds(1));
        aoi.thread("discussion", &format!("話題 {number}"), "本文です。")
            .await;
        aoi.reply(&question, &format!("回答 {number}")).await;
    }
    let list = read(&aoi, "/feeds/threads.atom").await;
    let thread = read(
        &aoi,
        &format!("/threads/{}/feed.atom", text(&question["id"])),
    )
    .await;
    for feed in [&list, &thread] {
        assert_eq!(feed.entries.len(), ENTRIES);
        assert!(
            feed.entries[0]
                .title
                .as_str()
                .ends_with(&ENTRIES.to_string())
        );
        assert!(feed.entries[ENTRIES - 1].title.as_str().ends_with(" 1"));
    }
}

/// The page shows the list that one came from, and keeps it over the making of a key.
#[actix_web::test]
async fn the_page_tells_the_addresses() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let list = aoi.get("/threads?kind=question&policy=1").await;
    let page = check_page(&list.body, "list");
    let subscribe = "/settings/feeds?kind=question&policy=1";
    assert!(page.all("a").any(|a| a.get("href") == Some(subscribe)));
    let before = check_page(&aoi.get(subscribe).await.body, subscribe);
    assert!(before.by_id("feed-1").is_none() && before.text().contains("質問・子どもの学び"));
    let made = aoi.post(subscribe, &[]).await;
    assert_eq!(made.location(), format!("{subscribe}&done=feeds"));
    let after = check_page(&aoi.get(made.location()).await.body, subscribe);
    let first = after
        .by_id("feed-1")
        .unwrap()
        .get("value")
        .unwrap()
        .to_owned();
    assert!(
        first
            .starts_with("https://hiroba.example/feeds/threads.atom?kind=question&policy=1&token="),
        "{first}"
    );
    for number in 1..=7 {
        let address = after
            .by_id(&format!("feed-{number}"))
            .unwrap()
            .get("value")
            .unwrap();
        let path = address.strip_prefix("https://hiroba.example").unwrap();
        check_feed(&app.anon().get(path).await, path);
    }
    // Every field that is no vocabulary's is passed over.
    assert_eq!(
        aoi.get("/settings/feeds?kind=nonsense&cursor=x")
            .await
            .status,
        StatusCode::OK
    );
    let open = TestApp::with(|config| config.open_reading = true).await;
    let list = check_page(
        &open.anon().get("/threads?kind=question").await.body,
        "open",
    );
    assert!(
        list.all("a")
            .any(|a| a.get("href") == Some("/feeds/threads.atom?kind=question"))
    );
}
