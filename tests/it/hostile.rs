//! Hostile text in every field that takes text: never a fault of ours, never half a post, never markup on a page.

use actix_web::http::{Method, StatusCode, header};
use hiroba::accounts::Role;
use serde_json::{Value, json};

use crate::harness::html::{Page, check_page};
use crate::harness::{Actor, Answer, TestApp, text, with_query};

/// Texts that have hurt other programs.
pub fn hostile() -> Vec<String> {
    let mut texts: Vec<String> = [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "' onmouseover='alert(1)",
        "</textarea></title></style><svg/onload=alert(1)>",
        "[x](javascript:alert(1)) <a href=\"javascript:alert(1)\">y</a>",
        "![x](https://evil.example/pixel.png \"t\")",
        "{{ 7 * 7 }} {% raw %} ${7*7} <%= 7 %>",
        "\u{202e}txet lavresrever\u{202c}",
        "\u{200b}\u{200c}\u{200d}\u{2060}\u{feff}",
        "\0NUL\0",
        "\u{1b}[31m\r\nset-cookie: a=b\r\n\r\n",
        "'; DROP TABLE threads; --",
        "%' OR '1'='1",
        "100%_\\_%",
        "../../../../etc/passwd",
        "..\\..\\windows\\win.ini",
        "http://169.254.169.254/",
        "&lt;b&gt; &amp;amp; &#x3c;script&#x3e;",
        "<mark>marked</mark> \u{e000}\u{e001}",
        "AND OR NOT (( \" : * ~ ^ [a TO b] {!x}",
        "\u{fffd}\u{ffff}\u{1f469}\u{200d}\u{1f3eb}",
        "﷽﷽﷽",
        "-1",
        "1e309",
        "NaN",
        "null",
        "=cmd|'/C calc'!A0",
    ]
    .map(str::to_owned)
    .to_vec();
    texts.push(format!("Z{}", "\u{301}\u{327}\u{489}".repeat(400)));
    texts.push("長".repeat(5_000));
    texts.push("(".repeat(3_000));
    texts.push("> ".repeat(2_000));
    texts.push("*_[".repeat(2_000));
    texts
}

/// Characters that go into an address: servers cut them somewhere.
const IN_ADDRESS: usize = 1_000;

/// What problem+json must look like.
fn check_problem(answer: &Answer, whence: &str) -> Value {
    assert_eq!(
        answer.header("content-type"),
        "application/problem+json",
        "{whence}"
    );
    let problem = answer.json();
    assert_eq!(problem["status"], answer.status.as_u16(), "{whence}");
    for name in ["type", "title", "detail", "instance"] {
        assert!(
            problem[name].as_str().is_some_and(|text| !text.is_empty()),
            "{whence}: {problem}"
        );
    }
    let errors = problem["errors"].as_array().unwrap();
    let named = answer.status == StatusCode::UNPROCESSABLE_ENTITY;
    assert_eq!(!errors.is_empty(), named, "{whence}: {problem}");
    for error in errors {
        for name in ["field", "code", "message"] {
            assert!(
                error[name].as_str().is_some_and(|text| !text.is_empty()),
                "{whence}: {problem}"
            );
        }
    }
    problem
}

fn field_of(problem: &Value) -> String {
    text(&problem["errors"][0]["field"])
}

/// All that the list of threads holds.
async fn titles(actor: &Actor<'_>) -> Vec<String> {
    let mut all = Vec::new();
    let mut cursor = String::new();
    loop {
        let path = with_query("/api/v1/threads", &[("limit", "100"), ("cursor", &cursor)]);
        let page = actor.get(&path).await.json();
        all.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|item| text(&item["title"])),
        );
        match page["next_cursor"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => return all,
        }
    }
}

fn thread_body() -> Value {
    json!({
        "kind": "practice", "title": "題名", "body": "本文です。", "school_type": "小学校", "policies": [3],
        "initiatives": ["p3-network"], "subject": "算数", "grade": "小4", "tags": ["タグ"], "tools": ["道具"],
        "practice": { "aim": "ねらい", "steps": ["はじめに"], "prep_minutes": 10 },
    })
}

/// Fields of a thread as paths into its JSON.
const THREAD_FIELDS: &[&str] = &[
    "/kind",
    "/title",
    "/body",
    "/school_type",
    "/policies/0",
    "/initiatives/0",
    "/subject",
    "/grade",
    "/tags/0",
    "/tools/0",
    "/practice/aim",
    "/practice/steps/0",
    "/practice/unit",
    "/practice/scene",
    "/practice/materials",
    "/practice/children",
    "/practice/failed",
    "/practice/care",
    "/practice/checked_on",
    "/practice/os_version",
    "/practice/app_version",
];

fn set(body: &mut Value, pointer: &str, value: Value) {
    match body.pointer_mut(pointer) {
        Some(place) => *place = value,
        None => body["practice"][pointer.rsplit('/').next().unwrap()] = value,
    }
}

/// No character of a stored text changes how other text is shown.
fn check_stored(stored: &str, whence: &str) {
    let bad = stored
        .chars()
        .find(|c| (c.is_control() && !matches!(c, '\n' | '\t')) || matches!(c, '\u{200b}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}'));
    assert_eq!(bad, None, "{whence}");
}

#[actix_web::test]
async fn hostile_text_in_every_field_of_a_thread() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let sota = app.teacher("sota");
    let mut written = 0;
    for value in hostile() {
        for pointer in THREAD_FIELDS {
            let mut body = thread_body();
            set(&mut body, pointer, json!(value));
            let answer = aoi.api_post("/api/v1/threads", body).await;
            let whence = format!("{pointer} {:?}", value.chars().take(40).collect::<String>());
            if answer.status == StatusCode::UNPROCESSABLE_ENTITY {
                let problem = check_problem(&answer, &whence);
                assert_eq!(
                    field_of(&problem),
                    pointer.split('/').nth(1).unwrap(),
                    "{whence}"
                );
                continue;
            }
            assert_eq!(
                answer.status,
                StatusCode::CREATED,
                "{whence}: {}",
                answer.body
            );
            written += 1;
            let thread = answer.json();
            for name in ["title", "body", "body_html", "practice", "tags", "tools"] {
                let part = thread[name].to_string();
                check_stored(&part.replace("\\n", "\n"), &whence);
            }
            let page = sota.get(&format!("/threads/{}", text(&thread["id"]))).await;
            assert_eq!(page.status, StatusCode::OK, "{whence}");
            check_page(&page.body, &whence);
        }
    }
    let titles = titles(&aoi).await;
    assert_eq!(
        titles.len(),
        written,
        "each success is one thread, each refusal none"
    );
    assert!(titles.contains(&"<script>alert(1)</script>".to_owned()));
    app.drain();
    for value in hostile() {
        let value: String = value.chars().take(IN_ADDRESS).collect();
        for (path, name) in [
            ("/search", "q"),
            ("/threads/new", "title"),
            ("/threads", "tag"),
        ] {
            let answer = sota.get(&with_query(path, &[(name, &value)])).await;
            assert_eq!(answer.status, StatusCode::OK, "{path} {value:?}");
            check_page(&answer.body, &format!("{path} {value:?}"));
        }
        let found = sota
            .get(&with_query("/api/v1/search", &[("q", &value)]))
            .await;
        assert_eq!(found.status, StatusCode::OK, "{value:?}");
        for hit in found.json()["hits"].as_array().unwrap() {
            check_snippet(&text(&hit["snippet_html"]));
        }
        let similar = sota
            .get(&with_query("/api/v1/threads/similar", &[("title", &value)]))
            .await;
        assert_eq!(similar.status, StatusCode::OK, "{value:?}");
    }
    for path in ["/", "/threads", "/policies/3"] {
        check_page(&sota.get(path).await.body, path);
    }
}

/// A snippet holds text and `<mark>`, nothing else.
fn check_snippet(html: &str) {
    let wrapped = format!("<p>{html}</p>");
    for tag in Page::read(&wrapped).tags {
        assert!(
            matches!(tag.name.as_str(), "p" | "mark") && tag.attributes.is_empty(),
            "{html}"
        );
    }
}

#[actix_web::test]
async fn hostile_text_in_replies_edits_and_reports() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let moderator = app.person("moderator", Role::Moderator, "小学校");
    let question = aoi.ask("ログインできない").await;
    let reply = aoi.reply(&question, "試してみます。").await;
    let thread = format!("/api/v1/threads/{}", text(&question["id"]));
    let reply = format!("/api/v1/replies/{}", text(&reply["id"]));
    for value in hostile() {
        let requests = [
            (
                Method::POST,
                format!("{thread}/replies"),
                json!({ "body": value }),
                "body",
            ),
            (
                Method::POST,
                format!("{thread}/replies"),
                json!({ "body": "a", "quote_of": value }),
                "quote_of",
            ),
            (
                Method::PATCH,
                thread.clone(),
                json!({ "title": value }),
                "title",
            ),
            (
                Method::PATCH,
                thread.clone(),
                json!({ "body": value }),
                "body",
            ),
            (
                Method::PATCH,
                thread.clone(),
                json!({ "tags": [value] }),
                "tags",
            ),
            (
                Method::PATCH,
                thread.clone(),
                json!({ "subject": value }),
                "subject",
            ),
            (
                Method::PATCH,
                reply.clone(),
                json!({ "body": value }),
                "body",
            ),
            (
                Method::PUT,
                format!("{thread}/accepted-reply"),
                json!({ "reply_id": value }),
                "reply_id",
            ),
            (
                Method::POST,
                format!("{thread}/reports"),
                json!({ "reason": value }),
                "reason",
            ),
            (
                Method::POST,
                format!("{thread}/reports"),
                json!({ "reason": "other", "detail": value }),
                "detail",
            ),
            (
                Method::POST,
                format!("{reply}/reports"),
                json!({ "reason": value }),
                "reason",
            ),
            (
                Method::PUT,
                format!("{thread}/visibility"),
                json!({ "visibility": value, "reason": "a" }),
                "visibility",
            ),
            (
                Method::PUT,
                format!("{thread}/visibility"),
                json!({ "visibility": "visible", "reason": value }),
                "reason",
            ),
        ];
        for (method, path, body, field) in requests {
            let actor = if path.ends_with("/visibility") {
                &moderator
            } else {
                &aoi
            };
            let answer = actor.api(method.clone(), &path, body).await;
            let whence = format!(
                "{method} {field} {:?}",
                value.chars().take(40).collect::<String>()
            );
            if answer.status.is_success() {
                continue;
            }
            assert_eq!(
                answer.status,
                StatusCode::UNPROCESSABLE_ENTITY,
                "{whence}: {}",
                answer.body
            );
            assert_eq!(
                field_of(&check_problem(&answer, &whence)),
                field,
                "{whence}"
            );
        }
        let page = aoi
            .get(&format!("/threads/{}", text(&question["id"])))
            .await;
        assert_eq!(page.status, StatusCode::OK);
        check_page(&page.body, &value);
    }
    let history = aoi
        .get(&format!("/threads/{}/revisions", text(&question["id"])))
        .await;
    check_page(&history.body, "revisions");
}

#[actix_web::test]
async fn hostile_text_at_the_doors() {
    let app = TestApp::with(|config| {
        config.signup_domains = vec!["hiroba.example".to_owned()];
        config.limits.login_per_address = 0;
        config.limits.login_per_account = 0;
    })
    .await;
    let anon = app.anon();
    let administrator = app.person("admin", Role::Administrator, "小学校");
    let mut number = 0;
    for value in hostile() {
        let whence = value.chars().take(40).collect::<String>();
        let short: String = value.chars().take(IN_ADDRESS).collect();
        let body = json!({ "email": value, "password": value });
        let answer = anon.api_post("/api/v1/sessions", body).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{whence:?}");
        check_problem(&answer, &whence);
        let login = anon
            .post(
                "/login",
                &[("email", &value), ("password", &value), ("next", &value)],
            )
            .await;
        assert_eq!(login.status, StatusCode::UNAUTHORIZED, "{whence:?}");
        check_page(&login.body, &whence);
        let forgot = anon.post("/password/forgot", &[("email", &value)]).await;
        assert_eq!(
            forgot.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{whence:?}"
        );
        check_page(&forgot.body, &whence);
        let set = anon
            .post(
                "/password/set",
                &[("token", &value), ("password", "とても長い合言葉です")],
            )
            .await;
        assert_eq!(set.status, StatusCode::NOT_FOUND, "{whence:?}");
        check_page(&set.body, &whence);
        let link = anon
            .get(&with_query("/password/set", &[("token", &short)]))
            .await;
        assert_eq!(link.status, StatusCode::NOT_FOUND, "{whence:?}");
        for field in ["email", "name", "school_type", "role", "position", "school"] {
            number += 1;
            let own = format!("new{number}@hiroba.example");
            let given = |name: &str, usual: &str| {
                if name == field {
                    value.clone()
                } else {
                    usual.to_owned()
                }
            };
            let (email, name) = (given("email", &own), given("name", "見本"));
            let (school_type, role) = (given("school_type", "小学校"), given("role", "teacher"));
            let (position, school) = (given("position", ""), given("school", ""));
            let fields = [
                ("email", email.as_str()),
                ("name", &name),
                ("school_type", &school_type),
                ("role", &role),
                ("position", &position),
                ("school", &school),
            ];
            for (actor, path) in [(&anon, "/signup"), (&administrator, "/admin/people")] {
                let answer = actor.post(path, &fields).await;
                let status = answer.status.as_u16();
                assert!(
                    [200, 303, 422].contains(&status),
                    "{path} {field} {whence:?}: {status}"
                );
                if status != 303 {
                    check_page(&answer.body, &format!("{path} {field} {whence:?}"));
                }
            }
        }
        let pairs = [
            ("q", short.as_str()),
            ("cursor", short.as_str()),
            ("done", short.as_str()),
        ];
        let people = administrator
            .get(&with_query("/admin/people", &pairs))
            .await;
        assert_eq!(people.status, StatusCode::OK, "{whence:?}");
        check_page(&people.body, &whence);
    }
    // LIKE's own signs are only themselves.
    for (wanted, found) in [
        ("new2@", true),
        ("n_w2@", false),
        ("n%2@", false),
        ("new2\\@", false),
    ] {
        let people = administrator
            .get(&with_query("/admin/people", &[("q", wanted)]))
            .await;
        let listed = Page::read(&people.body)
            .text()
            .contains("new2@hiroba.example");
        assert_eq!(listed, found, "{wanted}");
    }
    // Names reach mails as one line.
    app.drain();
    for letter in app.mails.lock().unwrap().iter() {
        let header = format!("{}{}{}", letter.to, letter.to_name, letter.subject);
        assert!(!header.contains(['\r', '\n', '\0']), "{letter:?}");
    }
}

#[actix_web::test]
async fn hostile_addresses() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let question = aoi.ask("ログインできない").await;
    app.drain();
    let id = text(&question["id"]);
    let replies = format!("/api/v1/threads/{id}/replies");
    for value in hostile() {
        let short: String = value.chars().take(IN_ADDRESS).collect();
        for name in [
            "kind",
            "policy",
            "initiative",
            "school_type",
            "subject",
            "author",
            "solved",
            "sort",
            "limit",
        ] {
            let path = with_query("/api/v1/threads", &[(name, &short)]);
            let answer = aoi.get(&path).await;
            // 「-1」 and 「null」 are words like any other; blanks alone ask for nothing.
            if answer.status != StatusCode::OK {
                assert_eq!(
                    answer.status,
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "{name} {short:?}"
                );
                assert_eq!(field_of(&check_problem(&answer, &path)), name);
            }
            assert_ne!(
                (answer.status, name),
                (StatusCode::OK, "limit"),
                "{short:?}"
            );
            // A page leaves out what it does not understand.
            let page = aoi.get(&with_query("/threads", &[(name, &short)])).await;
            assert_eq!(page.status, StatusCode::OK, "{name} {short:?}");
            check_page(&page.body, &path);
        }
        for path in [
            "/api/v1/threads",
            "/api/v1/search",
            "/search",
            "/threads",
            &replies,
            &format!("/threads/{id}"),
        ] {
            let answer = aoi.get(&with_query(path, &[("cursor", &short)])).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path} {short:?}");
        }
        for name in [
            "kind",
            "policy",
            "initiative",
            "school_type",
            "subject",
            "grade",
            "tag",
            "author",
            "solved",
            "sort",
        ] {
            for path in ["/api/v1/search", "/search"] {
                let answer = aoi
                    .get(&with_query(path, &[("q", "ログイン"), (name, &short)]))
                    .await;
                assert_eq!(answer.status, StatusCode::OK, "{path} {name} {short:?}");
            }
        }
        for name in ["quote", "done"] {
            let answer = aoi
                .get(&with_query(&format!("/threads/{id}"), &[(name, &short)]))
                .await;
            assert_eq!(answer.status, StatusCode::OK, "{name} {short:?}");
            check_page(&answer.body, &short);
        }
        if let Ok(key) = header::HeaderValue::from_str(&short) {
            let request = aoi
                .request(Method::POST, &replies)
                .insert_header(("idempotency-key", key))
                .set_json(json!({ "body": "答えです。" }));
            let answer = aoi.send(request).await;
            let status = answer.status.as_u16();
            assert!([201, 400].contains(&status), "{short:?}: {status}");
        }
    }
}

/// Cursors that have our form and impossible contents.
#[actix_web::test]
async fn forged_cursors() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let question = aoi.ask("ログインできない").await;
    app.drain();
    let id = text(&question["id"]);
    let encode = |text: &str| data_encoding(text.as_bytes());
    for plain in [
        format!("9223372036854775807:{id}"),
        format!("-9223372036854775808:{id}"),
        format!("8210266876799999999:{id}"),
        format!("-8334601228800000000:{id}"),
        format!("-300000000000000000:{id}"),
        format!("0:{id}:0"),
        format!("0:{}", "f".repeat(32)),
        "0:".to_owned(),
        ":".to_owned(),
        "o:18446744073709551615".to_owned(),
        "o:9223372036854775807".to_owned(),
        "o:-1".to_owned(),
        "o:1001".to_owned(),
    ] {
        for path in [
            "/api/v1/threads".to_owned(),
            "/api/v1/threads?sort=active".to_owned(),
            "/threads".to_owned(),
            format!("/api/v1/threads/{id}/replies"),
            format!("/threads/{id}"),
            format!("/people/{}", aoi.id.unwrap()),
            "/api/v1/search".to_owned(),
            "/search".to_owned(),
            "/environment".to_owned(),
            "/environment?state=planned".to_owned(),
            "/api/v1/environment".to_owned(),
            "/requests".to_owned(),
            "/api/v1/requests?state=over".to_owned(),
        ] {
            let sign = if path.contains('?') { '&' } else { '?' };
            let answer = aoi
                .get(&format!("{path}{sign}cursor={}", encode(&plain)))
                .await;
            let status = answer.status.as_u16();
            assert!([200, 400].contains(&status), "{path} {plain}: {status}");
        }
    }
}

/// Base64 for addresses, as cursors are written.
fn data_encoding(bytes: &[u8]) -> String {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let mut bits = 0_u32;
        for place in 0..3 {
            bits = (bits << 8) | u32::from(chunk.get(place).copied().unwrap_or(0));
        }
        for place in 0..=chunk.len() {
            let sign = (bits >> (18 - 6 * place)) & 63;
            text.push(char::from(SIGNS[sign as usize]));
        }
    }
    text
}

#[actix_web::test]
async fn bodies_that_are_not_what_they_say() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    for body in [
        &b"{"[..],
        b"",
        b"[]x",
        b"nonsense",
        b"{\"title\":\"\\ud800\"}",
        b"{\"title\":\"\\udc00\\ud800\"}",
        b"{\"title\":\"\xff\xfe\"}",
        b"{\"title\":\"\x83\x65\x83\x58\x83\x67\"}",
        b"\xef\xbb\xbf{}",
        b"{\"title\":\"a\nb\"}",
        b"{\"title\":\"a\",\"title\":\"b\"}",
        b"title=a&body=b",
        deep.as_bytes(),
    ] {
        let request = aoi
            .request(Method::POST, "/api/v1/threads")
            .insert_header((header::CONTENT_TYPE, "application/json"))
            .set_payload(body.to_vec());
        let answer = aoi.send(request).await;
        let whence = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
        assert_eq!(
            answer.status,
            StatusCode::BAD_REQUEST,
            "{whence}: {}",
            answer.body
        );
        check_problem(&answer, &whence);
    }
    // JSON, but of another shape: 422 where a field can be named.
    for (body, field) in [
        (json!({ "title": 3 }), "title"),
        (json!({ "title": ["a"] }), "title"),
        (json!({ "title": null }), "title"),
        (json!({ "policies": "1" }), "policies"),
        (json!({ "policies": [1.5] }), "policies"),
        (json!({ "policies": [{}] }), "policies"),
        (json!({ "policies": [1e30] }), "policies"),
        (json!({ "tags": "a" }), "tags"),
        (json!({ "tags": [null] }), "tags"),
        (json!({ "tags": [[[["a"]]]] }), "tags"),
        (json!({ "practice": { "prep_minutes": -1 } }), "practice"),
        (
            json!({ "practice": { "prep_minutes": 70_000 } }),
            "practice",
        ),
        (json!({ "practice": [["aim"]] }), "practice"),
    ] {
        let answer = aoi.api_post("/api/v1/threads", body.clone()).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        assert_eq!(field_of(&check_problem(&answer, "shape")), field, "{body}");
    }
    for body in [json!([]), json!(null), json!("a"), json!(1)] {
        let answer = aoi.api_post("/api/v1/threads", body.clone()).await;
        let status = answer.status.as_u16();
        assert!([400, 422].contains(&status), "{body}: {status}");
    }
    for form in [
        &b"title=\xff"[..],
        b"title=%FF",
        b"title=%83%65%83%58%83%67",
        b"%FF=a",
    ] {
        let request = aoi
            .request(Method::POST, "/threads")
            .insert_header((header::CONTENT_TYPE, "application/x-www-form-urlencoded"))
            .set_payload(form.to_vec());
        let answer = aoi.send(request).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{form:?}");
        check_page(&answer.body, "form");
    }
    for path in [
        "/api/v1/search?q=%FF",
        "/api/v1/threads?tag=%83%65",
        "/api/v1/threads/similar?title=%FF",
    ] {
        let answer = aoi.get(path).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}");
        check_problem(&answer, path);
    }
    assert_eq!(
        aoi.get("/search?q=%FF").await.status,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(titles(&aoi).await, Vec::<String>::new());
}

#[actix_web::test]
async fn bodies_that_are_too_large() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let mut body = thread_body();
    body["title"] = json!("a".repeat(1_000_000));
    let answer = aoi.api_post("/api/v1/threads", body).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer.json()["errors"][0]["code"], "too_long");
    let mut body = thread_body();
    body["body"] = json!("a".repeat(1_100_000));
    let answer = aoi.api_post("/api/v1/threads", body).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    check_problem(&answer, "413");
    let long = "a".repeat(1_100_000);
    let answer = aoi
        .post("/threads", &[("title", "題名"), ("body", &long)])
        .await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    check_page(&answer.body, "413");
    // The length is not believed: chunks are counted.
    let request = aoi
        .request(Method::POST, "/api/v1/threads")
        .set_payload(long)
        .insert_header((header::CONTENT_LENGTH, "10"));
    assert_eq!(
        aoi.send(request).await.status,
        StatusCode::PAYLOAD_TOO_LARGE
    );
    assert_eq!(titles(&aoi).await, Vec::<String>::new());
}

/// Lists of very many short entries cost no more than any other refusal.
#[actix_web::test]
async fn very_many_entries_are_refused_at_once() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let many: Vec<String> = (0..5_000).map(|number| format!("t{number}")).collect();
    let more: Vec<String> = (0..100_000).map(|number| format!("{number}")).collect();
    for field in ["tags", "tools", "policies", "initiatives"] {
        for list in [&many, &more] {
            let mut body = thread_body();
            body[field] = json!(list);
            let answer = aoi.api_post("/api/v1/threads", body).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
            let problem = check_problem(&answer, field);
            assert_eq!(field_of(&problem), field);
            let told = problem["errors"].as_array().unwrap().len();
            assert!(told <= 2, "{field}: {told} messages for one field");
        }
    }
    let mut body = thread_body();
    body["practice"]["steps"] = json!(more);
    let answer = aoi.api_post("/api/v1/threads", body).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let typed = many.join("、");
    let fields = [
        ("kind", "question"),
        ("title", "題名"),
        ("body", "本文"),
        ("school_type", "小学校"),
        ("policies", "3"),
        ("tags", &typed),
    ];
    let answer = aoi.post("/threads", &fields).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let form = check_page(&answer.body, "form").form("/threads");
    assert_eq!(form.value("tags"), typed);
    assert_eq!(titles(&aoi).await, Vec::<String>::new());
}

const FAMILY: &str = "👩\u{200d}👩\u{200d}👧\u{200d}👦";

#[actix_web::test]
async fn limits_at_their_edges() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let steps = |count: usize| json!({ "steps": vec!["一"; count] });
    let numbered = |count: usize| {
        let list: Vec<String> = (0..count).map(|number| format!("t{number}")).collect();
        json!(list)
    };
    let all_initiatives = [
        "p1-lesson-design",
        "p1-digital-drill",
        "p2-teacher-training",
        "p3-network",
        "p4-mexcbt",
        "p4-eportal",
    ];
    let cases: Vec<(&str, Value, Option<&str>)> = vec![
        ("/title", json!("あ".repeat(100)), None),
        ("/title", json!("あ".repeat(101)), Some("too_long")),
        (
            "/title",
            json!(format!("{}{}", "あ".repeat(99), FAMILY)),
            None,
        ),
        (
            "/title",
            json!(format!("{}{}", "あ".repeat(100), FAMILY)),
            Some("too_long"),
        ),
        ("/title", json!("か\u{3099}".repeat(100)), None),
        ("/title", json!(format!("  {}  ", "あ".repeat(100))), None),
        ("/title", json!(""), Some("required")),
        (
            "/title",
            json!(" \u{3000}\u{200b}\u{feff}"),
            Some("required"),
        ),
        ("/body", json!("あ".repeat(20_000)), None),
        ("/body", json!("あ".repeat(20_001)), Some("too_long")),
        ("/body", json!("\n\n"), Some("required")),
        ("/tags", numbered(10), None),
        ("/tags", numbered(11), Some("too_many")),
        ("/tags", json!(["あ".repeat(40)]), None),
        ("/tags", json!(["あ".repeat(41)]), Some("too_long")),
        ("/tags", json!(["", "#", "！"]), None),
        ("/tools", numbered(10), None),
        ("/tools", numbered(11), Some("too_many")),
        ("/tools", json!(["あ".repeat(41)]), Some("too_long")),
        ("/policies", json!([]), Some("required")),
        ("/policies", json!([1]), None),
        ("/policies", json!([1, 2, 3]), None),
        ("/policies", json!([1, "p1", "基本方針１", 2, 3]), None),
        ("/policies", json!([1, 2, 3, 4]), Some("too_many")),
        ("/policies", json!([5]), Some("unknown")),
        ("/initiatives", json!(all_initiatives[..5]), None),
        ("/initiatives", json!(all_initiatives), Some("too_many")),
        ("/initiatives", json!(["p9"]), Some("unknown")),
        ("/school_type", json!(""), Some("required")),
        ("/school_type", json!("大学"), Some("unknown")),
        ("/kind", json!("実践"), None),
        ("/kind", json!("poll"), Some("unknown")),
        ("/subject", json!(""), None),
        ("/subject", json!("錬金術"), Some("unknown")),
        ("/grade", json!("小7"), Some("unknown")),
        ("/practice", steps(30), None),
        ("/practice", steps(31), Some("too_many")),
        ("/practice", json!({ "aim": "あ".repeat(2_000) }), None),
        (
            "/practice",
            json!({ "aim": "あ".repeat(2_001) }),
            Some("too_long"),
        ),
    ];
    for (pointer, value, refused) in cases {
        let mut body = thread_body();
        set(&mut body, pointer, value.clone());
        let answer = aoi.api_post("/api/v1/threads", body).await;
        let shown: String = value.to_string().chars().take(60).collect();
        match refused {
            None => assert_eq!(
                answer.status,
                StatusCode::CREATED,
                "{pointer} {shown}: {}",
                answer.body
            ),
            Some(code) => {
                assert_eq!(
                    answer.status,
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "{pointer} {shown}"
                );
                let problem = check_problem(&answer, pointer);
                assert_eq!(problem["errors"][0]["code"], code, "{pointer} {shown}");
                assert_eq!(field_of(&problem), &pointer[1..]);
            }
        }
    }
    for (path, limit, right) in [
        ("/api/v1/threads", "0", false),
        ("/api/v1/threads", "1", true),
        ("/api/v1/threads", "100", true),
        ("/api/v1/threads", "101", false),
        ("/api/v1/search", "0", false),
        ("/api/v1/search", "1", true),
        ("/api/v1/search", "50", true),
        ("/api/v1/search", "51", false),
    ] {
        let answer = aoi.get(&with_query(path, &[("limit", limit)])).await;
        let wanted = if right {
            StatusCode::OK
        } else {
            StatusCode::UNPROCESSABLE_ENTITY
        };
        assert_eq!(answer.status, wanted, "{path} {limit}");
        if !right {
            assert_eq!(field_of(&check_problem(&answer, path)), "limit");
        }
    }
    for (length, right) in [(200, true), (201, false)] {
        let request = aoi
            .request(Method::POST, "/api/v1/threads")
            .insert_header(("idempotency-key", "k".repeat(length)))
            .set_json(thread_body());
        let answer = aoi.send(request).await;
        let wanted = if right {
            StatusCode::CREATED
        } else {
            StatusCode::BAD_REQUEST
        };
        assert_eq!(answer.status, wanted, "{length}");
    }
}

/// 12 digits with a right check digit are never stored; with a wrong one they are a number like any other.
#[actix_web::test]
async fn an_individual_number_is_refused_everywhere() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let question = aoi.ask("ログインできない").await;
    let reply = aoi.reply(&question, "試してみます。").await;
    let thread = format!("/api/v1/threads/{}", text(&question["id"]));
    let reply = format!("/api/v1/replies/{}", text(&reply["id"]));
    let rights = [
        "123456789018",
        "１２３４ ５６７８ ９０１８",
        "1234-5678-9018",
    ];
    for (number, refused) in rights
        .map(|number| (number, true))
        .into_iter()
        .chain([("123456789017", false)])
    {
        let written = format!("番号は{number}です");
        let mut requests = vec![
            (
                Method::POST,
                format!("{thread}/replies"),
                json!({ "body": written }),
                "body",
            ),
            (
                Method::PATCH,
                reply.clone(),
                json!({ "body": written }),
                "body",
            ),
            (
                Method::PATCH,
                thread.clone(),
                json!({ "title": written }),
                "title",
            ),
        ];
        for pointer in THREAD_FIELDS {
            let field = pointer.split('/').nth(1).unwrap();
            if matches!(field, "title" | "body" | "tags" | "tools" | "practice") {
                let mut body = thread_body();
                set(&mut body, pointer, json!(written));
                requests.push((Method::POST, "/api/v1/threads".to_owned(), body, field));
            }
        }
        for (method, path, body, field) in requests {
            let answer = aoi.api(method.clone(), &path, body).await;
            if refused {
                assert_eq!(
                    answer.status,
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "{method} {path} {field}"
                );
                let problem = check_problem(&answer, field);
                assert_eq!(field_of(&problem), field);
                assert_eq!(problem["errors"][0]["code"], "my_number");
                assert!(
                    !answer.body.contains(number),
                    "the number is not said again"
                );
            } else {
                assert!(
                    answer.status.is_success(),
                    "{method} {path} {field}: {}",
                    answer.body
                );
            }
        }
    }
}

/// A form that comes back holds every word, and each message stands beside its field.
#[actix_web::test]
async fn a_refused_form_keeps_what_was_typed() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let long = "<b>\"長い\" & 題</b>".repeat(20);
    let fields = [
        ("kind", "practice"),
        ("title", long.as_str()),
        ("body", "\n一行目 <&>\n\n  二行目\n</textarea>"),
        ("school_type", "chugakkou"),
        ("policies", "1"),
        ("policies", "3"),
        ("initiatives", "p1-lesson-design"),
        ("subject", "kokugo"),
        ("grade", "中1"),
        ("tools", "Chromebook、<ロイロ>"),
        ("tags", "録音、音読"),
        ("aim", "話す力 \"x\""),
        ("unit", "物語"),
        ("prep_minutes", "10"),
        ("lesson_minutes", "45"),
        ("materials", "マイク"),
        ("steps", "録音する\n聞き合う"),
        ("children", "楽しそう"),
        ("failed", "音が混ざる"),
        ("care", "別室を用意"),
        ("checked_on", "令和8年11月"),
        ("app_version", "1.2"),
        ("key", "0123-key"),
    ];
    let answer = aoi.post("/threads", &fields).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = check_page(&answer.body, "form again");
    let form = page.form("/threads");
    for (name, typed) in fields {
        let kept = form.values(name);
        let typed = typed.trim();
        let same = |value: &String| value.trim().replace("\r\n", "\n") == typed;
        // A grade or subject typed as a name is kept as its slug.
        let known = name == "grade" && kept.iter().any(|value| !value.is_empty());
        assert!(
            known || kept.iter().any(same),
            "{name}: {kept:?}, not {typed:?}"
        );
    }
    beside(&page, "title");
    let empty = aoi
        .post(
            "/threads",
            &[("tags", &"あ".repeat(41)), ("subject", "錬金術")],
        )
        .await;
    let page = check_page(&empty.body, "form again");
    for field in ["title", "body", "tags", "subject"] {
        beside(&page, field);
    }
    for field in ["kind", "school_type", "policies"] {
        assert!(
            !page.text_of(&format!("e-{field}")).is_empty(),
            "{field} has no message"
        );
    }
    // The summary above names them all, each with a link to its field.
    let listed = page.text_of("errors");
    assert!(listed.contains("7か所"), "{listed}");
    for field in [
        "title",
        "body",
        "school_type",
        "policies",
        "kind",
        "tags",
        "subject",
    ] {
        let link = format!("#{field}");
        assert!(
            page.all("a").any(|a| a.get("href") == Some(&link)),
            "{link}"
        );
        assert!(page.by_id(field).is_some(), "{link} leads nowhere");
    }
}

/// The field is marked and names its message, which has words.
fn beside(page: &Page, field: &str) {
    let control = page.by_id(field).unwrap();
    assert_eq!(control.get("aria-invalid"), Some("true"), "{field}");
    let described = control.get("aria-describedby").unwrap_or_default();
    let message = format!("e-{field}");
    assert!(
        described.split(' ').any(|id| id == message),
        "{field}: {described}"
    );
    assert!(!page.text_of(&message).is_empty(), "{field} has no message");
}

/// Who sends, where to, the form that comes back, what was typed, the field that is wrong.
type Refused<'a> = (
    &'a Actor<'a>,
    &'a str,
    String,
    Vec<(&'a str, &'a str)>,
    &'a str,
);

/// What is no number is told and kept, also in the form of an edit; full-width digits are a number.
#[actix_web::test]
async fn minutes_that_are_no_number_are_told() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let practice = |minutes: &'static str| {
        [
            ("kind", "practice"),
            ("title", "録音で音読を聞き合う"),
            ("body", "班で録音しました。"),
            ("school_type", "shogakkou"),
            ("policies", "1"),
            ("prep_minutes", minutes),
        ]
    };
    for wrong in ["10分くらい", "-1", "65536", "1.5"] {
        let answer = aoi.post("/threads", &practice(wrong)).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        let page = check_page(&answer.body, wrong);
        beside(&page, "prep_minutes");
        assert_eq!(page.form("/threads").values("prep_minutes"), [wrong]);
    }
    let mut more = practice("十分");
    more[4] = ("policies", "99");
    let answer = aoi.post("/threads", &more).await;
    let page = check_page(&answer.body, "two to correct");
    beside(&page, "prep_minutes");
    assert!(
        answer.body.contains("基本方針を一覧から選んでください。"),
        "{}",
        answer.body
    );
    let posted = aoi.post("/threads", &practice("１０")).await;
    assert_eq!(posted.status, StatusCode::SEE_OTHER, "{}", posted.body);
    let path = posted.location().split('?').next().unwrap();
    let thread = aoi.get(&format!("/api/v1{path}")).await.json();
    assert_eq!(thread["practice"]["prep_minutes"], 10);
    let edit = format!("{path}/edit");
    let answer = aoi.post(&edit, &practice("いろいろ")).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = check_page(&answer.body, "edit again");
    assert_eq!(page.form(&edit).values("prep_minutes"), ["いろいろ"]);
}

#[actix_web::test]
async fn every_other_form_keeps_what_was_typed_too() {
    let app =
        TestApp::with(|config| config.signup_domains = vec!["hiroba.example".to_owned()]).await;
    let aoi = app.teacher("aoi");
    let administrator = app.person("admin", Role::Administrator, "小学校");
    let question = aoi.ask("ログインできない").await;
    let reply = aoi.reply(&question, "試してみます。").await;
    let number = "番号は 123456789018 です <&>";
    let thread = format!("/threads/{}", text(&question["id"]));
    let answer_to = format!("{thread}/replies");
    let own = format!("/replies/{}/edit", text(&reply["id"]));
    let edit = format!("{thread}/edit");
    let long = "あ".repeat(41);
    let cases: Vec<Refused<'_>> = vec![
        (
            &aoi,
            &answer_to,
            format!("{answer_to}#answer"),
            vec![("body", number), ("key", "k")],
            "body",
        ),
        (
            &aoi,
            &own,
            own.clone(),
            vec![("body", number), ("revision", "1")],
            "body",
        ),
        (
            &aoi,
            &edit,
            edit.clone(),
            vec![
                ("title", number),
                ("body", "本文 <&>"),
                ("school_type", "shogakkou"),
                ("policies", "2"),
                ("revision", "1"),
                ("tags", "録音"),
            ],
            "title",
        ),
        (
            &administrator,
            "/signup",
            "/signup".to_owned(),
            vec![
                ("email", "a@elsewhere.example"),
                ("name", "見本 <&>"),
                ("school_type", "shogakkou"),
            ],
            "email",
        ),
        (
            &administrator,
            "/signup",
            "/signup".to_owned(),
            vec![
                ("email", "a@hiroba.example"),
                ("name", &long),
                ("school_type", ""),
            ],
            "name",
        ),
        (
            &administrator,
            "/admin/people",
            "/admin/people".to_owned(),
            vec![
                ("email", "aoi@hiroba.example"),
                ("name", "見本 <&>"),
                ("school_type", "shogakkou"),
                ("role", "trainer"),
                ("position", ""),
                ("school", ""),
            ],
            "email",
        ),
        (
            &administrator,
            "/admin/people",
            "/admin/people".to_owned(),
            vec![
                ("email", "b@hiroba.example"),
                ("name", "見本"),
                ("school_type", "shogakkou"),
                ("role", "teacher"),
                ("school", "どこにもない学校"),
            ],
            "school",
        ),
        (
            &administrator,
            "/admin/people/import",
            "/admin/people/import".to_owned(),
            vec![("csv", "だれか,<&>\nほか")],
            "csv",
        ),
        (
            &administrator,
            "/admin/taxonomy",
            "/admin/taxonomy".to_owned(),
            vec![("file", "[plan]\nslug = \"<&>\"")],
            "file",
        ),
        (
            &administrator,
            "/admin/schools",
            "/admin/schools".to_owned(),
            vec![
                ("name", "見本 <&>"),
                ("school_type", "shogakkou"),
                ("valid_from", "2026-04-01"),
                ("valid_to", "2026-03-31"),
            ],
            "valid_to",
        ),
        (
            &administrator,
            "/password/forgot",
            "/password/forgot".to_owned(),
            vec![("email", "nonsense <&>")],
            "email",
        ),
    ];
    for (actor, path, action, fields, wrong) in cases {
        let answer = actor.post(path, &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        let page = check_page(&answer.body, path);
        let form = page.form(&action);
        for (name, typed) in &fields {
            assert_eq!(form.value(name), *typed, "{path} {name}");
        }
        beside(&page, wrong);
    }
    // What has no form of its own to come back to is shown for copying.
    let detail = "くわしい話 <&>";
    let report = aoi
        .post(
            &format!("{thread}/reports"),
            &[("reason", ""), ("detail", detail)],
        )
        .await;
    assert_eq!(report.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = check_page(&report.body, "report");
    assert!(page.text_of("kept").contains(detail), "{}", report.body);
    assert!(page.text().contains("理由を一覧から選んでください"));
    // Signed out meanwhile: the text is on the page.
    let lost = app
        .anon()
        .post(
            "/threads",
            &[("title", "題名です"), ("body", "消えては困る本文")],
        )
        .await;
    assert_eq!(lost.status, StatusCode::UNAUTHORIZED);
    let page = check_page(&lost.body, "signed out");
    assert!(page.text_of("kept").contains("消えては困る本文"));
}
