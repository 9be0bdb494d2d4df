//! What keeps other sites out: the proof of origin, the headers, the cookie, own addresses only, nothing inline.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use actix_web::http::{Method, StatusCode, header};
use actix_web::test::TestRequest;
use hiroba::accounts::{self, Role};
use hiroba::config::Config;
use hiroba::routes::TABLE;
use hiroba::web::assets;
use serde_json::{Value, json};

use crate::harness::files::png;
use crate::harness::ground::gap_report;
use crate::harness::html::{check_page, is_own};
use crate::harness::{Actor, Answer, TestApp, text, with_query};

const HOST: &str = "10.0.0.5:8080";
const PUBLIC: &str = "https://hiroba.example";

/// A request with the actor's cookie and without any word of where it comes from.
fn bare(actor: &Actor<'_>, method: Method, path: &str) -> TestRequest {
    let request = TestRequest::with_uri(path)
        .method(method)
        .peer_addr("203.0.113.7:4000".parse().unwrap())
        .insert_header((header::HOST, HOST));
    match &actor.cookie {
        Some(cookie) => request.insert_header((header::COOKIE, format!("hiroba_session={cookie}"))),
        None => request,
    }
}

#[actix_web::test]
async fn a_cookie_alone_changes_nothing() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let question = aoi.ask("電子黒板の字が薄い").await;
    let path = format!("/api/v1/threads/{}/bookmark", text(&question["id"]));
    let cases: &[(&[(&str, &str)], bool)] = &[
        (&[], false),
        (&[("sec-fetch-site", "same-origin")], true),
        (&[("sec-fetch-site", "none")], true),
        (&[("sec-fetch-site", "same-site")], false),
        (&[("sec-fetch-site", "cross-site")], false),
        (
            &[("sec-fetch-site", "cross-site"), ("origin", PUBLIC)],
            false,
        ),
        (&[("sec-fetch-site", "")], false),
        (&[("origin", "http://10.0.0.5:8080")], true),
        (&[("origin", "https://10.0.0.5:8080")], true),
        (&[("origin", "http://10.0.0.5")], false),
        (&[("origin", "http://10.0.0.5:8081")], false),
        (&[("origin", PUBLIC)], true),
        (&[("origin", "http://hiroba.example")], false),
        (&[("origin", "https://hiroba.example.evil.example")], false),
        (
            &[("origin", "https://evil.example/https://hiroba.example")],
            false,
        ),
        (&[("origin", "https://evil.example")], false),
        (&[("origin", "null")], false),
        (
            &[
                ("origin", "https://evil.example"),
                ("referer", "https://hiroba.example/"),
            ],
            false,
        ),
        (&[("referer", "https://hiroba.example/threads/1")], true),
        (&[("referer", "http://10.0.0.5:8080/")], true),
        (
            &[("referer", "https://evil.example/?hiroba.example")],
            false,
        ),
        // Some other scheme of authorization, as a proxy's, is no proof: the cookie is what lets in.
        (&[("authorization", "Basic YTpi")], false),
        (
            &[
                ("authorization", "Basic YTpi"),
                ("origin", "https://evil.example"),
            ],
            false,
        ),
        (&[("x-requested-with", "XMLHttpRequest")], false),
    ];
    for (headers, allowed) in cases {
        let mut request = bare(&aoi, Method::PUT, &path);
        for pair in *headers {
            request = request.insert_header(*pair);
        }
        let answer = aoi.send(request).await;
        let wanted = if *allowed {
            StatusCode::NO_CONTENT
        } else {
            StatusCode::FORBIDDEN
        };
        assert_eq!(answer.status, wanted, "{headers:?}");
        if !allowed {
            assert_eq!(answer.json()["type"], "/problems/cross-site");
        }
    }
}

#[actix_web::test]
async fn every_unsafe_route_refuses_other_sites() {
    let app = TestApp::new().await;
    let administrator = app.person("admin", Role::Administrator, "小学校");
    for (method, path) in TABLE.iter().filter(|route| route.0 != "GET") {
        let path = path.replace("{id}", "01990000-0000-7000-8000-000000000000");
        let request = bare(&administrator, method.parse().unwrap(), &path)
            .insert_header(("sec-fetch-site", "cross-site"))
            .insert_header((header::ORIGIN, "https://evil.example"));
        let answer = administrator.send(request).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{method} {path}");
        let silent = administrator
            .send(bare(&administrator, method.parse().unwrap(), &path))
            .await;
        assert_eq!(silent.status, StatusCode::FORBIDDEN, "{method} {path}");
    }
    assert_eq!(administrator.get("/settings").await.status, StatusCode::OK);
}

#[actix_web::test]
async fn reading_from_elsewhere_and_tokens_need_no_proof() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let question = aoi.ask("電子黒板の字が薄い").await;
    let page = format!("/threads/{}", text(&question["id"]));
    let request = bare(&aoi, Method::GET, &page)
        .insert_header(("sec-fetch-site", "cross-site"))
        .insert_header((header::REFERER, "https://mail.example/"));
    assert_eq!(aoi.send(request).await.status, StatusCode::OK);
    let path = format!("/api/v1/threads/{}/bookmark", text(&question["id"]));
    let token = format!("Bearer {}", aoi.cookie.clone().unwrap());
    let request =
        bare(&app.anon(), Method::PUT, &path).insert_header((header::AUTHORIZATION, token));
    assert_eq!(aoi.send(request).await.status, StatusCode::NO_CONTENT);
    // A wrong token never falls back to the cookie beside it.
    let request =
        bare(&aoi, Method::PUT, &path).insert_header((header::AUTHORIZATION, "Bearer wrong"));
    assert_eq!(aoi.send(request).await.status, StatusCode::UNAUTHORIZED);
    // Nobody is signed in to somebody else's account from another site.
    let request = bare(&app.anon(), Method::POST, "/login")
        .insert_header((header::ORIGIN, "https://evil.example"))
        .set_form([("email", "a@hiroba.example"), ("password", "x")]);
    assert_eq!(aoi.send(request).await.status, StatusCode::FORBIDDEN);
}

#[actix_web::test]
async fn every_answer_has_its_security_headers() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let large = aoi
        .request(Method::POST, "/threads")
        .set_payload(vec![b'a'; 1_100_000]);
    let answers = [
        ("page", aoi.get("/").await),
        ("form again", aoi.post("/threads", &[]).await),
        ("no page", aoi.get("/nothing").await),
        ("redirect", app.anon().get("/settings").await),
        ("api", aoi.get("/api/v1/me").await),
        ("api error", app.anon().get("/api/v1/me").await),
        ("static", aoi.get(&assets::url("css/hiroba.css")).await),
        ("health", app.anon().get("/healthz").await),
        ("too large", aoi.send(large).await),
        (
            "cross-site",
            aoi.send(bare(&aoi, Method::POST, "/logout")).await,
        ),
    ];
    for (what, answer) in &answers {
        check_headers(what, answer);
        let hsts = answer.header("strict-transport-security");
        assert!(hsts.starts_with("max-age="), "{what}");
        let kept = answer.header("cache-control");
        if *what == "static" {
            assert!(kept.contains("immutable"), "{kept}");
        } else {
            assert_eq!(kept, "private, no-store", "{what}");
        }
    }
    let plain = TestApp::with(|config| config.public_url = "http://10.0.0.5:8080".to_owned()).await;
    let answer = plain.anon().get("/").await;
    check_headers("http", &answer);
    assert_eq!(answer.header("strict-transport-security"), "");
}

fn check_headers(what: &str, answer: &Answer) {
    let policy = answer.header("content-security-policy");
    for part in [
        "default-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ] {
        assert!(policy.contains(part), "{what}: {policy}");
    }
    for loose in [
        "unsafe-inline",
        "unsafe-eval",
        "*",
        "data:",
        "http:",
        "https:",
    ] {
        assert!(!policy.contains(loose), "{what}: {policy}");
    }
    assert_eq!(answer.header("x-content-type-options"), "nosniff", "{what}");
    assert_eq!(answer.header("x-frame-options"), "DENY", "{what}");
    assert_eq!(answer.header("referrer-policy"), "same-origin", "{what}");
    assert_eq!(
        answer.header("cross-origin-opener-policy"),
        "same-origin",
        "{what}"
    );
    assert!(
        answer.header("permissions-policy").contains("camera=()"),
        "{what}"
    );
    assert_eq!(answer.header("access-control-allow-origin"), "", "{what}");
    assert_eq!(answer.header("server"), "", "{what}");
}

const PASSWORD: &str = "とても長い合言葉です";

async fn with_password<'a>(app: &'a TestApp, name: &str) -> Actor<'a> {
    let person = app.teacher(name);
    let password = accounts::password::Password::new("password", PASSWORD).unwrap();
    let hash = app.app.hasher.hash(password).await.unwrap();
    let house = accounts::house();
    app.app
        .write_here(|db, now| accounts::set_password(db, &house, person.id.unwrap(), &hash, now))
        .unwrap();
    person
}

async fn cookies(change: fn(&mut Config)) -> Vec<String> {
    let app = TestApp::with(change).await;
    let aoi = with_password(&app, "aoi").await;
    let anon = app.anon();
    let credentials = [("email", aoi.email.as_str()), ("password", PASSWORD)];
    let by_page = anon.post("/login", &credentials).await;
    assert_eq!(by_page.status, StatusCode::SEE_OTHER);
    let mut staying = credentials.to_vec();
    staying.push(("stay", "1"));
    let staying = anon.post("/login", &staying).await;
    let body = json!({ "email": aoi.email, "password": PASSWORD });
    let by_api = anon.api_post("/api/v1/sessions", body).await;
    assert_eq!(by_api.status, StatusCode::CREATED);
    let out = aoi.post("/logout", &[]).await;
    [by_page, staying, by_api, out]
        .iter()
        .map(|answer| answer.header("set-cookie").to_owned())
        .collect()
}

#[actix_web::test]
async fn the_cookie_is_for_us_alone() {
    let secure = cookies(|_| {}).await;
    let plain = cookies(|config| config.public_url = "http://10.0.0.5:8080".to_owned()).await;
    for (cookies, https) in [(&secure, true), (&plain, false)] {
        for cookie in cookies {
            assert!(cookie.starts_with("hiroba_session="), "{cookie}");
            for flag in ["; HttpOnly", "; SameSite=Lax", "; Path=/"] {
                assert!(cookie.contains(flag), "{cookie}");
            }
            assert_eq!(cookie.contains("; Secure"), https, "{cookie}");
            assert!(!cookie.contains("Domain="), "{cookie}");
        }
        let lives = |place: usize| cookies[place].contains("Max-Age=");
        assert!(!lives(0) && lives(1), "{cookies:?}");
        assert!(cookies[3].contains("Max-Age=0"), "{cookies:?}");
    }
}

#[actix_web::test]
async fn after_signing_in_one_stays_here() {
    let app = TestApp::with(|config| config.limits.login_per_account = 0).await;
    let aoi = with_password(&app, "aoi").await;
    for (next, wanted) in [
        ("/threads?kind=question", "/threads?kind=question"),
        ("/threads/1#answer", "/threads/1#answer"),
        ("", "/"),
        ("threads", "/"),
        ("https://evil.example", "/"),
        ("//evil.example", "/"),
        ("///evil.example", "/"),
        ("/\\evil.example", "/"),
        ("\\\\evil.example", "/"),
        ("/\t/evil.example", "/"),
        ("/\n/evil.example", "/"),
        ("/\r\nset-cookie: a=b", "/"),
        ("\u{0}//evil.example", "/"),
        (" //evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("data:text/html,x", "/"),
    ] {
        let fields = [
            ("email", aoi.email.as_str()),
            ("password", PASSWORD),
            ("next", next),
        ];
        let answer = app.anon().post("/login", &fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{next:?}");
        assert_eq!(answer.location(), wanted, "{next:?}");
        let path = with_query("/login", &[("next", next)]);
        assert_eq!(aoi.get(&path).await.location(), wanted, "{next:?}");
        let form = check_page(&app.anon().get(&path).await.body, &path).form("/login");
        assert_eq!(form.value("next"), wanted, "{next:?}");
        let wrong = [
            ("email", "a@b.example"),
            ("password", "wrong"),
            ("next", next),
        ];
        let again = app.anon().post("/login", &wrong).await;
        assert_eq!(again.status, StatusCode::UNAUTHORIZED);
        let form = check_page(&again.body, &path).form("/login");
        assert_eq!(form.value("next"), wanted, "{next:?}");
    }
    // A page that wants a sign-in says where to come back to; a form comes back to the page it stood on.
    let away = app.anon().get("/threads/new?kind=practice").await;
    let come_back = with_query("/login", &[("next", "/threads/new?kind=practice")]);
    assert_eq!(away.location(), come_back);
    let request = app
        .anon()
        .request(Method::POST, "/settings/sessions/end-others")
        .insert_header((header::REFERER, "https://hiroba.example/settings"));
    let away = app.anon().send(request).await;
    assert_eq!(
        away.location(),
        with_query("/login", &[("next", "/settings")])
    );
}

#[actix_web::test]
async fn static_files_are_served_under_their_present_hash_only() {
    let app = TestApp::new().await;
    let anon = app.anon();
    for (name, content_type) in [
        ("css/hiroba.css", "text/css; charset=utf-8"),
        ("js/form.js", "text/javascript; charset=utf-8"),
        ("js/similar.js", "text/javascript; charset=utf-8"),
        ("icons/favicon.svg", "image/svg+xml"),
    ] {
        let url = assets::url(name);
        let answer = anon.get(&url).await;
        assert_eq!(answer.status, StatusCode::OK, "{url}");
        assert_eq!(answer.header("content-type"), content_type);
        let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("frontend/static")
            .join(name);
        assert_eq!(answer.body, std::fs::read_to_string(file).unwrap());
        let (rest, ending) = url.rsplit_once('.').unwrap();
        let (stem, hash) = rest.rsplit_once('.').unwrap();
        let other = if hash.starts_with('0') { "1" } else { "0" };
        for wrong in [
            format!("/static/{name}"),
            format!("{stem}.{other}{}.{ending}", &hash[1..]),
            format!("{stem}.{}.{ending}", &hash[1..]),
            format!("{stem}..{ending}"),
            format!("{stem}.{hash}.map"),
            format!("/static/../static/{name}"),
        ] {
            let answer = anon.get(&wrong).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{wrong}");
        }
    }
    for wrong in [
        "/static/",
        "/static/..%2f..%2fCargo.toml",
        "/static/%2e%2e/%2e%2e/Cargo.toml",
        "/static//etc/passwd",
        "/static/css/hiroba.css%00.0000000000000000.css",
    ] {
        assert_eq!(
            anon.get(wrong).await.status,
            StatusCode::NOT_FOUND,
            "{wrong}"
        );
    }
}

/// A forum with a little of everything.
async fn furnish(app: &TestApp) -> (Actor<'_>, Actor<'_>, Value) {
    let aoi = app.teacher("aoi");
    let administrator = app.person("admin", Role::Administrator, "教育委員会・教育センター");
    let trainer = app.trainer("kenshuu");
    let gone = app.teacher("gone");
    let question = aoi.ask("体育館で、ロイロが白い画面のままになります").await;
    let reply = trainer
        .reply(
            &question,
            "# 手順\n\n1. 前の日に開く\n\n<https://example.com/a?b=1&c=2>",
        )
        .await;
    let own = aoi.reply(&question, "試してみます。").await;
    gone.reply(&question, "| 端末 | 数 |\n|---|---|\n| Chromebook | 30 |")
        .await;
    let thread = format!("/api/v1/threads/{}", text(&question["id"]));
    let quoting = json!({ "body": "ありがとうございます。", "quote_of": reply["id"] });
    aoi.api_post(&format!("{thread}/replies"), quoting).await;
    let accepted = json!({ "reply_id": reply["id"] });
    aoi.api(Method::PUT, &format!("{thread}/accepted-reply"), accepted)
        .await;
    aoi.api(
        Method::PATCH,
        &thread,
        json!({ "body": "書き直しました。\n\n**太字**" }),
    )
    .await;
    let practice = json!({
        "kind": "practice", "title": "音読の録音を、2人組で聞き合う", "body": "うまくいきました。",
        "school_type": "中学校", "policies": [1, 3], "initiatives": ["p1-lesson-design"], "subject": "国語",
        "grade": "中1", "tags": ["ロイロノート", "個別最適な学び"], "tools": ["Chromebook"],
        "practice": { "aim": "話す力", "steps": ["録音する", "聞き合う"], "failed": "音が混ざりました。", "prep_minutes": 10 },
    });
    gone.api_post("/api/v1/threads", practice).await;
    let file = aoi.store("画面.png", &png(4, 4)).await;
    aoi.thread("practice", "画面の写真", &text(&file["markdown"]))
        .await;
    for number in 0..25 {
        aoi.thread(
            "discussion",
            &format!("朝の電話は減りましたか {number}"),
            "本文です。",
        )
        .await;
    }
    let long = aoi.ask("たくさんの回答がある質問").await;
    for number in 0..21 {
        trainer
            .reply(&long, &format!("みじかい返事 {number}"))
            .await;
    }
    let held = aoi.ask("確かめてもらっている質問").await;
    let path = format!("/api/v1/threads/{}/visibility", text(&held["id"]));
    let body = json!({ "visibility": "held", "reason": "確かめます。" });
    administrator.api(Method::PUT, &path, body).await;
    let gathered = json!({
        "title": "4月にすること", "policies": [3],
        "items": [{ "thread": question["id"], "comment": "まずはここから。" }, { "thread": long["id"], "comment": "次にここを。" }],
    });
    let gathered = trainer
        .api_post("/api/v1/collections", gathered)
        .await
        .json();
    let path = format!("/api/v1/collections/{}", text(&gathered["id"]));
    let published = json!({ "state": "published" });
    trainer.api(Method::PATCH, &path, published).await;
    let house = accounts::house();
    app.app
        .write_here(|db, now| accounts::suspend(db, &house, gone.id.unwrap(), now))
        .unwrap();
    app.drain();
    let scene = json!({ "question": question["id"], "code": question["short_code"], "reply": own["id"], "held": held["id"], "long": long["id"], "file": file["id"], "collection": gathered["id"], "collection_code": gathered["short_code"], "term": gap_report(&app.app) });
    (aoi, administrator, scene)
}

/// Every page that can be reached from the routes: well-formed, nothing inline, no dead end.
async fn walk(actor: &Actor<'_>, scene: &Value) {
    let mut waiting: VecDeque<String> = VecDeque::new();
    for (_, pattern) in TABLE.iter().filter(|(method, path)| {
        *method == "GET" && !path.starts_with("/api/") && !path.contains("static")
    }) {
        if pattern.starts_with("/desk/synonyms/{id}") {
            continue; // the list leads there
        }
        let id = if pattern.starts_with("/replies") {
            &scene["reply"]
        } else if pattern.starts_with("/files") {
            &scene["file"]
        } else if pattern.starts_with("/collections/") {
            &scene["collection"]
        } else {
            &scene["question"]
        };
        let person = actor.id.map(|id| id.to_string()).unwrap_or_default();
        let id = if pattern.starts_with("/people") {
            person
        } else {
            text(id)
        };
        let code = if pattern.starts_with("/c/") {
            "collection_code"
        } else {
            "code"
        };
        let path = pattern
            .replace("{id}", &id)
            .replace("{number}", "3")
            .replace("{list}", "news")
            .replace("{slug}", "hagigasawa-sho")
            .replace("{token}", "unknown")
            .replace("{term}", &text(&scene["term"]))
            .replace("{name}", "unknown")
            .replace("{secret}", "unknown")
            .replace("{short_code}", &text(&scene[code]));
        waiting.push_back(path);
    }
    waiting.extend([
        "/threads/new?kind=practice".to_owned(),
        format!("/threads/{}", text(&scene["held"])),
        with_query("/search", &[("q", "体育館 白い画面 \"><script>")]),
        with_query("/search", &[("q", "どこにもないことば もうひとつ")]),
        with_query(
            "/threads",
            &[
                ("kind", "question"),
                ("solved", "true"),
                ("subject", "国語"),
            ],
        ),
        "/nothing".to_owned(),
    ]);
    let mut seen: BTreeSet<String> = waiting.iter().cloned().collect();
    let mut fragments: BTreeMap<(String, String), String> = BTreeMap::new();
    let mut ids: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    while let Some(path) = waiting.pop_front() {
        let answer = actor.get(&path).await;
        let status = answer.status.as_u16();
        // Those that were asked for on purpose, not by a link.
        let given = path == "/nothing"
            || path == "/password/set"
            || path.ends_with("/edit")
            || path.ends_with("/remove")
            || path.ends_with("/recommendation")
            || path.ends_with("/resubmit")
            || path.ends_with("/lock")
            || path.ends_with("/move")
            || path.ends_with("/duplicate")
            || path.ends_with("/practice")
            || path.ends_with("/refuse")
            || path.ends_with("/collect")
            || path == "/collections/new"
            || (path.starts_with("/collections/") && path.ends_with("/revisions"))
            || path == "/desk"
            || path == "/desk/proposals"
            || path.starts_with("/desk/freshness")
            || path.ends_with("/environment")
            || path.starts_with("/requests/")
            || path.ends_with("/unknown")
            || path.starts_with("/dev/")
            || path == "/metrics"
            || path == "/admin"
            || path.starts_with("/admin/")
            || path == "/desk/reports"
            || path.starts_with("/desk/seals")
            || path == "/desk/audit"
            || path == "/desk/searches"
            || path == "/desk/synonyms"
            || path == "/desk/synonyms/new"
            || path.starts_with("/settings/invitations")
            || path.contains(".atom")
            || path.starts_with("/people/");
        assert!(status < 400 || given, "{path}: {status}");
        if answer.status == StatusCode::SEE_OTHER {
            let to = answer
                .location()
                .split('#')
                .next()
                .unwrap_or_default()
                .to_owned();
            assert!(is_own(&to), "{path} leads to {to}");
            if seen.insert(to.clone()) {
                waiting.push_back(to);
            }
            continue;
        }
        if !answer.header("content-type").starts_with("text/html") {
            continue;
        }
        let page = check_page(&answer.body, &path);
        ids.insert(
            path.clone(),
            page.ids().into_iter().map(str::to_owned).collect(),
        );
        for tag in &page.tags {
            let posted = tag.name == "form" && tag.get("method") == Some("post");
            for name in ["href", "src", "action"] {
                let Some(link) = tag.get(name).filter(|link| is_own(link) && !posted) else {
                    continue;
                };
                let (to, fragment) = link.split_once('#').unwrap_or((link, ""));
                let to = if to.is_empty() { path.as_str() } else { to };
                // Every list has a feed: atom.rs goes to those.
                if to.contains(".atom?") || to.starts_with("/settings/feeds?") {
                    continue;
                }
                if !fragment.is_empty() {
                    let target = (to.to_owned(), fragment.to_owned());
                    fragments.entry(target).or_insert_with(|| path.clone());
                }
                if seen.insert(to.to_owned()) {
                    waiting.push_back(to.to_owned());
                }
            }
        }
        assert!(seen.len() < 3_000, "the pages have no end");
    }
    for ((page, fragment), whence) in fragments {
        // Redirects keep the fragment for the page they lead to.
        if let Some(ids) = ids.get(&page) {
            assert!(
                ids.contains(&fragment),
                "{whence} leads to {page}#{fragment}"
            );
        }
    }
}

#[actix_web::test]
async fn no_page_of_the_author_has_a_dead_end_or_anything_inline() {
    let app = TestApp::new().await;
    let (aoi, _, scene) = furnish(&app).await;
    walk(&aoi, &scene).await;
}

#[actix_web::test]
async fn no_page_of_an_administrator_has_a_dead_end_or_anything_inline() {
    let app =
        TestApp::with(|config| config.signup_domains = vec!["hiroba.example".to_owned()]).await;
    let (_, administrator, scene) = furnish(&app).await;
    walk(&administrator, &scene).await;
}

#[actix_web::test]
async fn no_page_of_a_reading_visitor_has_a_dead_end_or_anything_inline() {
    let app = TestApp::with(|config| config.open_reading = true).await;
    let (_, _, mut scene) = furnish(&app).await;
    scene["held"] = scene["question"].clone();
    walk(&app.anon(), &scene).await;
}

/// Where reading is closed a visitor's pages lead to what asks them to sign in, never to an error.
#[actix_web::test]
async fn no_page_of_a_visitor_has_a_dead_end() {
    let app = TestApp::new().await;
    let (_, _, mut scene) = furnish(&app).await;
    scene["held"] = scene["question"].clone();
    walk(&app.anon(), &scene).await;
}
