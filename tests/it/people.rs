//! Signing up, in and out; passwords, links, sessions; what is never stored and never logged.

use std::collections::BTreeSet;
use std::io;
use std::sync::{Arc, Mutex};

use actix_web::http::{Method, StatusCode, header};
use chrono::TimeDelta;
use hiroba::accounts::password::{Hasher, Password};
use hiroba::accounts::{self, Email, LINK_LIFETIME, PersonInput, Role, SessionKind, WORKING_DAY};
use hiroba::config::Config;
use hiroba::db::schema::TABLES;
use hiroba::db::types;
use serde_json::{Value, json};

use crate::harness::ground::{number, query, sql, texts, together};
use crate::harness::{Actor, Answer, TestApp, text};

pub const PASSWORD: &str = "夏の体育館は少し暑い";

async fn with_domains() -> TestApp {
    TestApp::with(|config| {
        config.signup_domains = vec!["sendai.ed.jp".to_owned(), "@School.example".to_owned()];
    })
    .await
}

async fn sign_up(app: &TestApp, email: &str) -> Answer {
    let fields = [
        ("email", email),
        ("name", "見本 あおい"),
        ("school_type", "shogakkou"),
    ];
    app.anon().post("/signup", &fields).await
}

/// The link of the newest mail, as path and token.
pub fn newest_link(app: &TestApp) -> (String, String) {
    app.drain();
    let mails = app.mails.lock().unwrap();
    let letter = mails.last().unwrap();
    let line = letter
        .text
        .lines()
        .find(|line| line.starts_with("https://"))
        .unwrap();
    let path = line.trim().strip_prefix("https://hiroba.example").unwrap();
    let (_, token) = path.split_once("token=").unwrap();
    (path.to_owned(), token.to_owned())
}

fn mails(app: &TestApp) -> usize {
    app.drain();
    app.mails.lock().unwrap().len()
}

pub async fn set_password(app: &TestApp, token: &str, password: &str) -> Answer {
    let fields = [("token", token), ("password", password)];
    app.anon().post("/password/set", &fields).await
}

pub async fn sign_in(app: &TestApp, email: &str, password: &str) -> Answer {
    let body = json!({ "email": email, "password": password });
    app.anon().api_post("/api/v1/sessions", body).await
}

/// The value of the session cookie that an answer sets, and its attributes.
fn cookie(answer: &Answer) -> (String, String) {
    let set = answer.headers.get_all(header::SET_COOKIE).next().unwrap();
    let set = set.to_str().unwrap();
    let (pair, attributes) = set.split_once(';').unwrap();
    let value = pair.strip_prefix("hiroba_session=").unwrap();
    (value.to_owned(), attributes.to_lowercase())
}

fn carrying<'a>(app: &'a TestApp, cookie: &str) -> Actor<'a> {
    let mut actor = app.anon();
    actor.cookie = Some(cookie.to_owned());
    actor
}

async fn is_in(who: &Actor<'_>) -> bool {
    who.get("/api/v1/me").await.status == StatusCode::OK
}

fn state(app: &TestApp, email: &str) -> Vec<String> {
    query(
        &app.app,
        &format!("SELECT state AS value FROM accounts WHERE email = '{email}'"),
    )
}

fn set_state(app: &TestApp, email: &str, on: bool) {
    app.app
        .write_here(|db, now| {
            let id = accounts::by_email(db, email)?.id;
            if on {
                accounts::restore(db, &accounts::house(), id, now)
            } else {
                accounts::suspend(db, &accounts::house(), id, now)
            }
        })
        .unwrap();
}

#[actix_web::test]
async fn only_the_named_domains_may_sign_up() {
    let app = with_domains().await;
    for wrong in [
        "a@example.jp",
        "a@evil-sendai.ed.jp",
        "a@sendai.ed.jp.evil.jp",
        "a@sub.sendai.ed.jp",
        "a@ed.jp",
        "sendai.ed.jp@evil.jp",
        "a@evil.jp@sendai.ed.jp",
        "\"a@evil.jp\"@sendai.ed.jp ,b@evil.jp",
        "a@sendai.ed.jp\n.evil.jp",
        "a@ｓendai.ed.jp",
        "@sendai.ed.jp",
        "",
    ] {
        let answer = sign_up(&app, wrong).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong:?}");
    }
    assert_eq!(mails(&app), 0);
    assert_eq!(
        query(&app.app, "SELECT email AS value FROM accounts"),
        Vec::<String>::new()
    );
    for right in ["Aoi@SENDAI.ed.jp", " sota@school.EXAMPLE "] {
        let answer = sign_up(&app, right).await;
        assert_eq!(answer.status, StatusCode::OK, "{right}: {}", answer.body);
    }
    assert_eq!(mails(&app), 2);
    assert_eq!(
        query(
            &app.app,
            "SELECT email AS value FROM accounts ORDER BY email"
        ),
        ["aoi@sendai.ed.jp", "sota@school.example"]
    );
}

#[actix_web::test]
async fn without_domains_nobody_signs_up() {
    let app = TestApp::new().await;
    let answer = sign_up(&app, "aoi@sendai.ed.jp").await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(mails(&app), 0);
}

#[actix_web::test]
async fn a_link_proves_the_address_once() {
    let app = with_domains().await;
    sign_up(&app, "aoi@sendai.ed.jp").await;
    let (path, token) = newest_link(&app);
    {
        let sent = app.mails.lock().unwrap();
        assert_eq!(sent[0].to, "aoi@sendai.ed.jp");
        assert!(sent[0].subject.contains("広場"), "{}", sent[0].subject);
        assert!(
            sent[0].text.contains("見本 あおい 先生"),
            "{}",
            sent[0].text
        );
        assert!(sent[0].text.contains("24時間"), "{}", sent[0].text);
    }
    // Gateways open links before readers do: looking changes nothing.
    for _ in 0..3 {
        let page = app.anon().get(&path).await;
        assert_eq!(page.status, StatusCode::OK);
        let head = app.anon().request(Method::HEAD, &path);
        assert_eq!(app.anon().send(head).await.status, StatusCode::OK);
    }
    assert_eq!(state(&app, "aoi@sendai.ed.jp"), ["unverified"]);
    assert_eq!(
        sign_in(&app, "aoi@sendai.ed.jp", PASSWORD).await.status,
        StatusCode::UNAUTHORIZED
    );
    let done = set_password(&app, &token, PASSWORD).await;
    assert_eq!(
        (done.status, done.location()),
        (StatusCode::SEE_OTHER, "/login?done=password")
    );
    assert_eq!(state(&app, "aoi@sendai.ed.jp"), ["active"]);
    assert_eq!(
        sign_in(&app, "aoi@sendai.ed.jp", PASSWORD).await.status,
        StatusCode::CREATED
    );
    // Once.
    assert_eq!(app.anon().get(&path).await.status, StatusCode::NOT_FOUND);
    let again = set_password(&app, &token, "ほかのパスワード2026").await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
    assert_eq!(
        sign_in(&app, "aoi@sendai.ed.jp", PASSWORD).await.status,
        StatusCode::CREATED
    );
    for wrong in ["", "x", &token[1..], &format!("{token}x")] {
        assert_eq!(
            set_password(&app, wrong, PASSWORD).await.status,
            StatusCode::NOT_FOUND
        );
    }
}

#[actix_web::test]
async fn a_link_used_at_the_same_moment_works_once() {
    let app = with_domains().await;
    for round in 0..4 {
        let email = format!("aoi{round}@sendai.ed.jp");
        sign_up(&app, &email).await;
        let (_, token) = newest_link(&app);
        let passwords: Vec<String> = (0..6)
            .map(|n| format!("同時のパスワード{round}-{n}"))
            .collect();
        let answers = together(
            passwords
                .iter()
                .map(|password| set_password(&app, &token, password))
                .collect(),
        )
        .await;
        let won: Vec<usize> = (0..6)
            .filter(|n| answers[*n].status == StatusCode::SEE_OTHER)
            .collect();
        assert_eq!(
            won.len(),
            1,
            "{:?}",
            answers.iter().map(|a| a.status).collect::<Vec<_>>()
        );
        let entered = sign_in(&app, &email, &passwords[won[0]]).await;
        assert_eq!(entered.status, StatusCode::CREATED);
    }
}

#[actix_web::test]
async fn a_link_ends_after_a_day() {
    let app = with_domains().await;
    sign_up(&app, "aoi@sendai.ed.jp").await;
    let (path, token) = newest_link(&app);
    app.advance(LINK_LIFETIME - TimeDelta::seconds(1));
    assert_eq!(app.anon().get(&path).await.status, StatusCode::OK);
    app.advance(TimeDelta::seconds(1));
    assert_eq!(app.anon().get(&path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(
        set_password(&app, &token, PASSWORD).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(state(&app, "aoi@sendai.ed.jp"), ["unverified"]);
}

#[actix_web::test]
async fn a_new_password_ends_every_session_and_link() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let token = aoi.by_bearer();
    for _ in 0..2 {
        let asked = app
            .anon()
            .post("/password/forgot", &[("email", &aoi.email)])
            .await;
        assert_eq!(asked.status, StatusCode::OK);
    }
    let (_, newest) = newest_link(&app);
    let first = {
        let sent = app.mails.lock().unwrap();
        let (_, rest) = sent[0].text.split_once("token=").unwrap();
        rest.lines().next().unwrap().to_owned()
    };
    assert_ne!(first, newest);
    assert!(is_in(&aoi).await && is_in(&token).await);
    assert_eq!(
        set_password(&app, &newest, PASSWORD).await.status,
        StatusCode::SEE_OTHER
    );
    assert!(!is_in(&aoi).await && !is_in(&token).await);
    assert_eq!(
        set_password(&app, &first, PASSWORD).await.status,
        StatusCode::NOT_FOUND
    );
}

/// Somebody who knows the old password and signs in while it is being changed does not stay.
#[actix_web::test]
async fn a_new_password_overtakes_who_signs_in_with_the_old_one() {
    let app = TestApp::with(|config| config.limits.login_per_account = 0).await;
    let person = app.with_password("aoi", "前からのパスワードです");
    for round in 0..12 {
        let old = if round == 0 {
            "前からのパスワードです".to_owned()
        } else {
            format!("次の新しいパスワード{}", round - 1)
        };
        let new = format!("次の新しいパスワード{round}");
        let secret = app
            .app
            .write_here(|db, now| accounts::make_link(db, person.id, now));
        let (_, secret) = secret.unwrap().unwrap();
        let change = async || {
            let answer = set_password(&app, secret.reveal(), &new).await;
            assert_eq!(answer.status, StatusCode::SEE_OTHER);
            None
        };
        let enter = async || Some(sign_in(&app, &person.email, &old).await);
        let both = (0..9).map(async |n| {
            if n == 3 {
                change().await
            } else {
                enter().await
            }
        });
        for answer in together(both.collect()).await.into_iter().flatten() {
            if answer.status == StatusCode::CREATED {
                let who = carrying(&app, &cookie(&answer).0);
                assert!(
                    !is_in(&who).await,
                    "round {round}: the old password still opens"
                );
            } else {
                assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
            }
        }
    }
}

#[actix_web::test]
async fn nobody_learns_who_has_an_account() {
    let app = with_domains().await;
    app.with_password("sota", PASSWORD);
    let hidden = app.with_password("ren", PASSWORD);
    set_state(&app, &hidden.email, false);
    sign_up(&app, "yui@sendai.ed.jp").await;
    let known = app
        .anon()
        .post("/password/forgot", &[("email", "sota@hiroba.example")])
        .await;
    for email in [
        "nobody@hiroba.example",
        "ren@hiroba.example",
        "yui@sendai.ed.jp",
    ] {
        let answer = app
            .anon()
            .post("/password/forgot", &[("email", email)])
            .await;
        assert_eq!(
            (answer.status, &answer.body),
            (known.status, &known.body),
            "{email}"
        );
    }
    // One for sota, two for yui (the first was her sign-up); none for the others.
    assert_eq!(mails(&app), 3);
    let new = sign_up(&app, "new@sendai.ed.jp").await;
    let known = sign_up(&app, "yui@sendai.ed.jp").await;
    assert_eq!((new.status, new.body), (known.status, known.body));
}

#[actix_web::test]
async fn whoever_fails_to_sign_in_hears_the_same() {
    let app = with_domains().await;
    app.with_password("aoi", PASSWORD);
    let left = app.with_password("sota", PASSWORD);
    set_state(&app, &left.email, false);
    sign_up(&app, "yui@sendai.ed.jp").await;
    app.teacher("nopassword");
    let mut texts = BTreeSet::new();
    for (email, password) in [
        ("aoi@hiroba.example", "まちがい"),
        ("aoi@hiroba.example", ""),
        ("nobody@hiroba.example", PASSWORD),
        ("sota@hiroba.example", PASSWORD),
        ("yui@sendai.ed.jp", PASSWORD),
        ("nopassword@hiroba.example", PASSWORD),
        ("", ""),
        ("aoi@hiroba.example' OR '1'='1", PASSWORD),
    ] {
        let answer = sign_in(&app, email, password).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{email}");
        assert!(!answer.headers.contains_key(header::SET_COOKIE));
        texts.insert(answer.body);
        let page = app
            .anon()
            .post("/login", &[("email", email), ("password", password)])
            .await;
        assert_eq!(page.status, StatusCode::UNAUTHORIZED, "{email}");
    }
    assert_eq!(texts.len(), 1, "{texts:?}");
    let right = sign_in(&app, " AOI@hiroba.example ", PASSWORD).await;
    assert_eq!(right.status, StatusCode::CREATED, "{}", right.body);
    assert_eq!(right.json()["user"]["email"], "aoi@hiroba.example");
    assert!(right.json()["user"].get("password_hash").is_none());
    let mut bearer = app.anon();
    bearer.bearer = Some(text(&right.json()["token"]));
    assert!(is_in(&bearer).await);
    assert!(is_in(&carrying(&app, &cookie(&right).0)).await);
}

#[actix_web::test]
async fn guessing_one_account_is_slowed_down() {
    let app = TestApp::new().await;
    app.with_password("aoi", PASSWORD);
    app.with_password("sota", PASSWORD);
    let burst = app.app.config.limits.login_per_account;
    for _ in 0..burst {
        let answer = sign_in(&app, "aoi@hiroba.example", "まちがい").await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    }
    // Now the right password does not help either, spelt however.
    for spelling in ["aoi@hiroba.example", "AOI@hiroba.example "] {
        let answer = sign_in(&app, spelling, PASSWORD).await;
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{spelling}");
        let seconds: i64 = answer.header("retry-after").parse().unwrap();
        assert!((1..=900).contains(&seconds), "{seconds}");
    }
    let fields = [("email", "aoi@hiroba.example"), ("password", PASSWORD)];
    let page = app.anon().post("/login", &fields).await;
    assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS);
    // Others of the same school are not held up.
    let other = sign_in(&app, "sota@hiroba.example", PASSWORD).await;
    assert_eq!(other.status, StatusCode::CREATED);
    // It leaks one by one; success forgives the rest.
    app.advance(TimeDelta::seconds(900 / i64::from(burst)));
    assert_eq!(
        sign_in(&app, "aoi@hiroba.example", PASSWORD).await.status,
        StatusCode::CREATED
    );
    for _ in 0..burst {
        let answer = sign_in(&app, "aoi@hiroba.example", "まちがい").await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    }
    // Addresses that nobody has are slowed down in the same way.
    for _ in 0..burst {
        sign_in(&app, "nobody@hiroba.example", "x").await;
    }
    let unknown = sign_in(&app, "nobody@hiroba.example", "x").await;
    assert_eq!(unknown.status, StatusCode::TOO_MANY_REQUESTS);
}

#[actix_web::test]
async fn a_whole_school_may_sign_in_from_one_address() {
    let app = TestApp::with(|config| config.limits.login_per_address = 60).await;
    app.with_password("aoi", PASSWORD);
    for n in 0..59 {
        let answer = sign_in(&app, &format!("teacher{n}@hiroba.example"), "x").await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{n}");
    }
    assert_eq!(
        sign_in(&app, "aoi@hiroba.example", PASSWORD).await.status,
        StatusCode::CREATED
    );
    let over = sign_in(&app, "other@hiroba.example", "x").await;
    assert_eq!(over.status, StatusCode::TOO_MANY_REQUESTS);
    // Elsewhere nobody notices.
    let body = json!({ "email": "aoi@hiroba.example", "password": PASSWORD });
    let elsewhere = app
        .anon()
        .request(Method::POST, "/api/v1/sessions")
        .peer_addr("198.51.100.9:4000".parse().unwrap())
        .set_json(body);
    assert_eq!(app.anon().send(elsewhere).await.status, StatusCode::CREATED);
    assert!(Config::default().limits.login_per_address >= 300);
}

#[actix_web::test]
async fn nobody_floods_a_mailbox() {
    let app = with_domains().await;
    app.with_password("aoi", PASSWORD);
    let mut refused = 0;
    for _ in 0..20 {
        let answer = app
            .anon()
            .post("/password/forgot", &[("email", "aoi@hiroba.example")])
            .await;
        refused += usize::from(answer.status == StatusCode::TOO_MANY_REQUESTS);
    }
    assert_eq!(refused, 15);
    assert_eq!(mails(&app), 5);
}

#[actix_web::test]
async fn a_hash_is_made_anew_when_the_parameters_change() {
    let app = TestApp::with(|config| config.argon2_iterations = 2).await;
    let person = app.with_password("aoi", PASSWORD);
    let weak = Config {
        argon2_memory_kib: 8,
        argon2_iterations: 1,
        ..Config::default()
    };
    let old = Hasher::new(&weak).unwrap();
    let old = old.hash_here(&Password::attempt(PASSWORD)).unwrap();
    let stored = || query(&app.app, "SELECT password_hash AS value FROM accounts").remove(0);
    let put = || {
        app.app
            .write_here(|db, now| {
                accounts::set_password(db, &accounts::house(), person.id, &old, now)
            })
            .unwrap();
    };
    put();
    assert_eq!(
        sign_in(&app, &person.email, "まちがい").await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(stored(), old, "a wrong password changes nothing");
    assert_eq!(
        sign_in(&app, &person.email, PASSWORD).await.status,
        StatusCode::CREATED
    );
    let new = stored();
    assert!(new.starts_with("$argon2id$v=19$m=8,t=2,p=1$"), "{new}");
    assert_eq!(
        sign_in(&app, &person.email, PASSWORD).await.status,
        StatusCode::CREATED
    );
    assert_eq!(stored(), new, "once is enough");
    // Several at once are not taken for wrong because the first has stored its hash.
    put();
    let answers = together(
        (0..6)
            .map(|_| sign_in(&app, &person.email, PASSWORD))
            .collect(),
    )
    .await;
    assert!(
        answers
            .iter()
            .all(|answer| answer.status == StatusCode::CREATED)
    );
}

#[actix_web::test]
async fn production_hashes_with_what_owasp_asks_for() {
    let hasher = Hasher::new(&Config::default()).unwrap();
    let password = |text: &str| {
        Password::new("password", text)
            .map_err(|e| e.message)
            .unwrap()
    };
    let hash = hasher.hash(password(PASSWORD)).await.unwrap();
    assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1"), "{hash}");
    let other = hasher.hash(password(PASSWORD)).await.unwrap();
    assert_ne!(hash, other, "every hash has its own salt");
    let right = hasher
        .verify(Password::attempt(PASSWORD), Some(hash.clone()))
        .await
        .unwrap();
    assert!(right.right && right.rehash.is_none());
    let wrong = hasher
        .verify(Password::attempt("まちがい"), Some(hash))
        .await
        .unwrap();
    assert!(!wrong.right && wrong.rehash.is_none());
    assert!(
        !hasher
            .verify(Password::attempt(PASSWORD), None)
            .await
            .unwrap()
            .right
    );
}

#[actix_web::test]
async fn passwords_are_measured_in_characters() {
    let app = with_domains().await;
    sign_up(&app, "aoi@sendai.ed.jp").await;
    let (_, token) = newest_link(&app);
    let letters = |count: usize| -> String { ('a'..='z').rev().cycle().take(count).collect() };
    for (password, why) in [
        (letters(9), "nine"),
        (letters(129), "129"),
        ("あ".repeat(9), "nine kana"),
        ("あ".repeat(20), "one letter"),
        ("PASSWORD123".to_owned(), "known to all"),
        (
            "１２３４５６７８９０".to_owned(),
            "known to all, in wide digits",
        ),
        (String::new(), "nothing"),
    ] {
        let answer = set_password(&app, &token, &password).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{why}");
        assert!(
            password.is_empty() || !answer.body.contains(&password),
            "{why}: it is shown"
        );
    }
    assert_eq!(state(&app, "aoi@sendai.ed.jp"), ["unverified"]);
    for (place, password) in [
        letters(10),
        letters(128),
        "あいうえおかきくけこ".to_owned(),
        "👩🏽‍🏫".repeat(9) + "です",
    ]
    .into_iter()
    .enumerate()
    {
        let email = format!("p{place}@sendai.ed.jp");
        sign_up(&app, &email).await;
        let (_, token) = newest_link(&app);
        let answer = set_password(&app, &token, &password).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{password}");
        assert_eq!(
            sign_in(&app, &email, &password).await.status,
            StatusCode::CREATED
        );
        let cut: String = password
            .chars()
            .take(password.chars().count() - 1)
            .collect();
        assert_eq!(
            sign_in(&app, &email, &cut).await.status,
            StatusCode::UNAUTHORIZED
        );
    }
    // A keyboard that writes wide letters signs in as well.
    let wide = sign_in(&app, "p0@sendai.ed.jp", "ｚｙｘｗｖｕｔｓｒｑ").await;
    assert_eq!(wide.status, StatusCode::CREATED);
    let endless = sign_in(&app, "p0@sendai.ed.jp", &"x".repeat(500_000)).await;
    assert_eq!(endless.status, StatusCode::UNAUTHORIZED);
}

#[actix_web::test]
async fn many_sign_in_at_once() {
    let app = TestApp::with(|config| config.limits.login_per_account = 0).await;
    app.with_password("aoi", PASSWORD);
    let all = (0..40).map(|n| {
        let password = if n % 4 == 0 { "まちがい" } else { PASSWORD };
        sign_in(&app, "aoi@hiroba.example", password)
    });
    let answers = together(all.collect()).await;
    for (n, answer) in answers.iter().enumerate() {
        let expected = if n % 4 == 0 {
            StatusCode::UNAUTHORIZED
        } else {
            StatusCode::CREATED
        };
        assert_eq!(answer.status, expected, "{n}");
    }
    let cookies: BTreeSet<String> = answers
        .iter()
        .filter(|answer| answer.status == StatusCode::CREATED)
        .map(|answer| cookie(answer).0)
        .collect();
    assert_eq!(cookies.len(), 30, "every session has its own secret");
}

#[actix_web::test]
async fn a_browser_session_ends_when_it_is_not_used_and_in_any_case() {
    let app = TestApp::with(|config| (config.session_idle, config.session_max) = (24, 72)).await;
    app.with_password("aoi", PASSWORD);
    let fields = [
        ("email", "aoi@hiroba.example"),
        ("password", PASSWORD),
        ("stay", "on"),
    ];
    let login = app.anon().post("/login", &fields).await;
    assert_eq!(
        (login.status, login.location()),
        (StatusCode::SEE_OTHER, "/")
    );
    let (secret, attributes) = cookie(&login);
    for wanted in [
        "httponly",
        "samesite=lax",
        "secure",
        "path=/",
        "max-age=259200",
    ] {
        assert!(attributes.contains(wanted), "{attributes}");
    }
    let who = carrying(&app, &secret);
    // Used every day it lives for three days.
    for _ in 0..3 {
        app.advance(TimeDelta::hours(24) - TimeDelta::seconds(1));
        assert!(is_in(&who).await);
    }
    app.advance(TimeDelta::seconds(4));
    assert!(!is_in(&who).await, "the absolute end");
    // Unused it ends after one.
    let who = carrying(&app, &cookie(&app.anon().post("/login", &fields).await).0);
    app.advance(TimeDelta::hours(24) - TimeDelta::seconds(1));
    assert!(is_in(&who).await);
    app.advance(TimeDelta::hours(24));
    assert!(!is_in(&who).await, "the idle end");
    assert!(!is_in(&who).await);
}

#[actix_web::test]
async fn a_session_that_was_not_asked_to_stay_ends_after_a_working_day() {
    let app = TestApp::new().await;
    app.with_password("aoi", PASSWORD);
    let fields = [("email", "aoi@hiroba.example"), ("password", PASSWORD)];
    let login = app.anon().post("/login", &fields).await;
    let (secret, attributes) = cookie(&login);
    assert!(
        !attributes.contains("max-age") && !attributes.contains("expires"),
        "{attributes}"
    );
    let who = carrying(&app, &secret);
    app.advance(WORKING_DAY - TimeDelta::seconds(1));
    assert!(is_in(&who).await);
    app.advance(TimeDelta::seconds(1));
    assert!(!is_in(&who).await);
}

#[actix_web::test]
async fn sessions_are_listed_and_ended() {
    let app = TestApp::new().await;
    app.with_password("aoi", PASSWORD);
    let login = async |agent: &str| {
        let body = json!({ "email": "aoi@hiroba.example", "password": PASSWORD });
        let request = app
            .anon()
            .request(Method::POST, "/api/v1/sessions")
            .insert_header((header::USER_AGENT, agent.to_owned()))
            .set_json(body);
        carrying(&app, &cookie(&app.anon().send(request).await).0)
    };
    let here = login("Mozilla/5.0 (X11; CrOS x86_64) Chrome/140.0").await;
    let tablet = login("Mozilla/5.0 (iPad) Safari/605.1").await;
    let third = login("curl/8").await;
    let stranger = app.teacher("sota");
    let page = here.get("/settings").await.body;
    for device in ["Chromebook・Chrome", "iPad・Safari", "そのほかの端末"] {
        assert!(page.contains(device), "{device}: {page}");
    }
    let ids = query(
        &app.app,
        &format!(
            "SELECT {} AS value FROM sessions WHERE label LIKE 'iPad%'",
            id_as_text(&app)
        ),
    );
    let end = format!(
        "/settings/sessions/{}/end",
        ids[0].parse::<hiroba::id::Id>().unwrap()
    );
    assert_eq!(stranger.post(&end, &[]).await.status, StatusCode::NOT_FOUND);
    assert!(is_in(&tablet).await);
    assert_eq!(here.post(&end, &[]).await.status, StatusCode::SEE_OTHER);
    assert!(!is_in(&tablet).await);
    assert!(is_in(&here).await && is_in(&third).await);
    assert_eq!(
        here.post("/settings/sessions/end-others", &[]).await.status,
        StatusCode::SEE_OTHER
    );
    assert!(is_in(&here).await && !is_in(&third).await && is_in(&stranger).await);
    let out = here
        .api(Method::DELETE, "/api/v1/sessions/current", json!({}))
        .await;
    assert_eq!(out.status, StatusCode::NO_CONTENT);
    assert!(!is_in(&here).await);
    let (emptied, attributes) = cookie(&out);
    assert!(
        emptied.is_empty() && attributes.contains("max-age=0"),
        "{attributes}"
    );
}

fn id_as_text(app: &TestApp) -> &'static str {
    app.app
        .database
        .read_here(|db| {
            Ok(if types::is_postgres(db) {
                "id::text"
            } else {
                "lower(hex(id))"
            })
        })
        .unwrap()
}

#[actix_web::test]
async fn bearer_tokens_end_on_their_day_but_not_by_idleness() {
    let app = TestApp::new().await;
    let person = app.with_password("aoi", PASSWORD);
    let house = accounts::house();
    let secret = app
        .app
        .write_here(|db, now| accounts::make_token(db, &house, &person, TimeDelta::days(90), now))
        .unwrap();
    let mut who = app.anon();
    who.bearer = Some(secret.reveal().to_owned());
    app.advance(TimeDelta::days(90) - TimeDelta::seconds(1));
    assert!(is_in(&who).await);
    app.advance(TimeDelta::seconds(1));
    assert_eq!(who.get("/api/v1/me").await.status, StatusCode::UNAUTHORIZED);
    set_state(&app, &person.email, false);
    let refused = app.app.write_here(|db, now| {
        let person = accounts::by_id(db, person.id)?;
        accounts::make_token(db, &house, &person, TimeDelta::days(90), now)
    });
    assert!(refused.is_err());
}

#[actix_web::test]
async fn a_suspended_account_is_out_at_once() {
    let app = TestApp::new().await;
    app.with_password("aoi", PASSWORD);
    let login = sign_in(&app, "aoi@hiroba.example", PASSWORD).await;
    let browser = carrying(&app, &cookie(&login).0);
    let asked = browser.ask("残る質問").await;
    app.anon()
        .post("/password/forgot", &[("email", "aoi@hiroba.example")])
        .await;
    let (_, token) = newest_link(&app);
    set_state(&app, "aoi@hiroba.example", false);
    assert!(!is_in(&browser).await);
    assert_eq!(
        sign_in(&app, "aoi@hiroba.example", PASSWORD).await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        set_password(&app, &token, PASSWORD).await.status,
        StatusCode::NOT_FOUND
    );
    // The posts stay, the name goes.
    let reader = app.teacher("sota");
    let path = format!("/api/v1/threads/{}", text(&asked["id"]));
    let seen = reader.get(&path).await.json();
    assert_eq!(seen["author"]["name"], accounts::DEPARTED);
    assert!(
        !reader
            .get(&format!("/threads/{}", text(&asked["id"])))
            .await
            .body
            .contains("先生 aoi")
    );
    set_state(&app, "aoi@hiroba.example", true);
    assert!(!is_in(&browser).await, "old sessions stay dead");
    assert_eq!(
        sign_in(&app, "aoi@hiroba.example", PASSWORD).await.status,
        StatusCode::CREATED
    );
    assert_eq!(reader.get(&path).await.json()["author"]["name"], "先生 aoi");
}

#[actix_web::test]
async fn a_role_takes_effect_on_the_next_request() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let set = |role: Role| {
        let id = aoi.id.unwrap();
        app.app
            .write_here(|db, now| accounts::set_role(db, &accounts::house(), id, role, now))
            .unwrap();
    };
    let status = async || aoi.get("/admin/people").await.status;
    assert_eq!(status().await, StatusCode::FORBIDDEN);
    set(Role::Administrator);
    assert_eq!(status().await, StatusCode::OK);
    assert_eq!(aoi.get("/api/v1/me").await.json()["role"], "administrator");
    set(Role::Teacher);
    assert_eq!(status().await, StatusCode::FORBIDDEN);
}

fn import_thread(app: &TestApp, author: &str) {
    let line = json!({ "id": "t1", "kind": "question", "title": "前からある質問", "body": "本文", "school_type": "小学校",
        "policies": [3], "author": author });
    let line = line.to_string();
    let mut refuse = |_: usize, reason: &str| panic!("{reason}");
    let options = hiroba::exchange::Options::default();
    let source = &mut line.as_bytes();
    hiroba::exchange::import(
        &app.app.database,
        source,
        &options,
        || app.now(),
        &mut refuse,
    )
    .unwrap();
}

#[actix_web::test]
async fn imported_posts_become_those_of_the_person_who_comes() {
    let app = with_domains().await;
    import_thread(&app, "aoi@sendai.ed.jp");
    let reader = app.teacher("sota");
    let author = async || {
        let list = reader.get("/api/v1/threads").await.json();
        list["items"][0]["author"].clone()
    };
    let before = author().await;
    assert_eq!(
        sign_in(&app, "aoi@sendai.ed.jp", PASSWORD).await.status,
        StatusCode::UNAUTHORIZED
    );
    app.anon()
        .post("/password/forgot", &[("email", "aoi@sendai.ed.jp")])
        .await;
    assert_eq!(mails(&app), 0, "a placeholder cannot let itself in");
    // Whoever types somebody else's address gives their posts no name.
    let fields = [
        ("email", "aoi@sendai.ed.jp"),
        ("name", "いたずら"),
        ("school_type", "shogakkou"),
    ];
    assert_eq!(
        app.anon().post("/signup", &fields).await.status,
        StatusCode::OK
    );
    let meanwhile = author().await;
    assert_eq!(meanwhile["id"], before["id"]);
    assert_ne!(
        meanwhile["name"], "いたずら",
        "an address that is not proved"
    );
    let (_, token) = newest_link(&app);
    set_password(&app, &token, PASSWORD).await;
    let login = sign_in(&app, "aoi@sendai.ed.jp", PASSWORD).await;
    assert_eq!(login.json()["user"]["id"], before["id"]);
    assert_eq!(author().await["id"], before["id"]);
    assert_eq!(author().await["name"], "いたずら");
    // By the command line as well.
    let input = PersonInput {
        email: "Ren@elsewhere.example".to_owned(),
        name: "れん".to_owned(),
        school_type: "中学校".to_owned(),
        ..PersonInput::default()
    };
    let (stand_in, came) = app
        .app
        .write_here(|db, now| {
            let email =
                Email::parse("email", &input.email).map_err(|_| hiroba::error::Error::NotFound)?;
            let stand_in = accounts::author_for_import(db, &email, now)?;
            let new = input.parse(db)?;
            Ok((
                stand_in,
                accounts::create(db, &accounts::house(), &new, None, now)?,
            ))
        })
        .unwrap();
    assert_eq!(stand_in, came);
}

/// All that the database holds, hexadecimal: columns of every table.
fn dump(app: &TestApp) -> Vec<(String, String)> {
    app.app
        .database
        .read_here(|db| {
            let postgres = types::is_postgres(db);
            let mut all = Vec::new();
            for (table, columns) in TABLES {
                for column in *columns {
                    let value = if postgres {
                        format!("encode(convert_to(\"{column}\"::text, 'UTF8'), 'hex')")
                    } else {
                        format!("lower(hex(\"{column}\"))")
                    };
                    let values = texts(
                        db,
                        &format!("SELECT coalesce({value}, '') AS value FROM {table}"),
                    );
                    all.extend(
                        values
                            .into_iter()
                            .map(|value| (format!("{table}.{column}"), value)),
                    );
                }
            }
            Ok(all)
        })
        .unwrap()
}

/// The columns in which `needle` stands.
pub fn places_of(app: &TestApp, needle: &str) -> BTreeSet<String> {
    let needle = data_encoding_hex(needle);
    let dump = dump(app).into_iter();
    dump.filter(|(_, value)| value.contains(&needle))
        .map(|(place, _)| place)
        .collect()
}

fn data_encoding_hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

#[actix_web::test]
async fn no_secret_stands_in_the_database() {
    let app = with_domains().await;
    let person = app.with_password("aoi", PASSWORD);
    let login = sign_in(&app, "aoi@hiroba.example", PASSWORD).await;
    let (browser, _) = cookie(&login);
    let token = text(&login.json()["token"]);
    let bearer = app
        .app
        .write_here(|db, now| {
            let (kind, span) = (SessionKind::Bearer, TimeDelta::days(1));
            accounts::open_session(db, person.id, kind, "test", span, now)
        })
        .unwrap();
    // A link that waits in the queue, and one that was sent.
    sign_up(&app, "sota@sendai.ed.jp").await;
    let waiting = dump(&app).len();
    let (_, link) = newest_link(&app);
    app.anon()
        .post("/password/forgot", &[("email", "aoi@hiroba.example")])
        .await;
    assert!(waiting > 100);
    for secret in [browser.as_str(), &token, bearer.reveal(), &link, PASSWORD] {
        assert!(secret.len() > 20);
        assert_eq!(places_of(&app, secret), BTreeSet::new());
    }
    // The search itself works: what may stand there is found.
    assert_eq!(
        places_of(&app, "sota@sendai.ed.jp"),
        BTreeSet::from(["accounts.email".to_owned()])
    );
    let stored = hiroba::secret::Secret::presented(&browser).hash();
    assert_eq!(
        places_of(&app, &stored),
        BTreeSet::from(["sessions.secret_hash".to_owned()])
    );
}

/// What is logged, kept for reading.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[actix_web::test]
async fn logs_hold_no_addresses_tokens_or_words() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let app = with_domains().await;
    app.with_password("aoi", PASSWORD);
    sign_in(&app, "aoi@hiroba.example", "まちがいのパスワード").await;
    let login = sign_in(&app, "aoi@hiroba.example", PASSWORD).await;
    let (secret, _) = cookie(&login);
    let aoi = carrying(&app, &secret);
    sign_up(&app, "sota@sendai.ed.jp").await;
    let (path, token) = newest_link(&app);
    app.anon().get(&path).await;
    set_password(&app, &token, PASSWORD).await;
    let thread = aoi.thread("question", "ひみつの題名", "ひみつの本文").await;
    aoi.reply(&thread, "ひみつの回答").await;
    app.drain();
    aoi.search("ひみつのことば").await;
    aoi.get("/search?q=himitsunokotoba").await;
    aoi.get("/nowhere/himitsunopath?q=himitsunokotoba").await;
    aoi.get("/login?next=/himitsunonext").await;
    aoi.get("/invite/himitsunosecret").await;
    app.anon()
        .get("/feeds/threads.atom?token=himitsunokey&tag=himitsunotag")
        .await;
    aoi.post("/settings/feeds", &[]).await;
    let key = query(&app.app, "SELECT token AS value FROM feed_keys").remove(0);
    for path in ["/feeds/threads.atom", "/feeds/notices.atom", "/settings"] {
        app.anon().get(&format!("{path}?token={key}")).await;
    }
    aoi.api_post("/api/v1/threads", json!({ "title": "ひみつの題名" }))
        .await;
    aoi.post("/threads", &[("title", "ひみつの題名")]).await;
    // Our own fault as well: its cause is logged, not what was asked.
    sql(&app.app, "ALTER TABLE thread_labels RENAME TO away");
    let failed = aoi.get("/api/v1/threads?tag=himitsunotag").await;
    assert_eq!(failed.status, StatusCode::INTERNAL_SERVER_ERROR);
    let told: Value = failed.json();
    sql(&app.app, "ALTER TABLE away RENAME TO thread_labels");
    // A mail that cannot be sent, a job that nobody knows.
    sql(
        &app.app,
        "UPDATE accounts SET grades = 'x' WHERE email = 'sota@sendai.ed.jp'",
    );
    app.anon()
        .post("/password/forgot", &[("email", "sota@sendai.ed.jp")])
        .await;
    app.drain();
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(
        text.contains("/api/v1/threads/{id}/replies") && text.contains("status=201"),
        "{text}"
    );
    assert!(text.contains("internal error") && text.contains(told["instance"].as_str().unwrap()));
    for hidden in [
        "@",
        "aoi",
        "sota",
        "203.0.113",
        "ひみつ",
        "himitsu",
        PASSWORD,
        "まちがい",
        secret.as_str(),
        token.as_str(),
        key.as_str(),
        "%E3",
    ] {
        let line = text.lines().find(|line| line.contains(hidden));
        assert_eq!(line, None, "{hidden}");
    }
    let count = app.app.database.read_here(|db| {
        Ok(number(
            db,
            "SELECT CAST(count(*) AS TEXT) AS value FROM threads",
        ))
    });
    assert_eq!(count.unwrap(), 1);
}

#[actix_web::test]
async fn one_changes_ones_own_profile_and_nothing_that_is_not_ones_own() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let thread = aoi.ask("体育館の白い画面").await;
    let fields = [
        ("name", "見本　あおい"),
        ("school_type", "chugakkou"),
        ("position", "教諭"),
        ("grades", "中2"),
        ("subjects", "国語"),
        ("subjects", "理科"),
        // Not for them to say.
        ("role", "administrator"),
        ("email", "else@hiroba.example"),
    ];
    let answer = aoi.post("/settings/profile", &fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let page = aoi.get("/settings").await;
    for part in [
        "見本 あおい",
        "中学校",
        "国語、理科",
        "中2",
        "aoi@hiroba.example",
    ] {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
    let me = aoi.get("/api/v1/me").await.json();
    assert_eq!(
        (&me["role"], &me["email"]),
        (&json!("teacher"), &json!("aoi@hiroba.example"))
    );
    // What they wrote carries the new name.
    let path = format!("/threads/{}", text(&thread["id"]));
    assert!(
        app.teacher("sota")
            .get(&path)
            .await
            .body
            .contains("見本 あおい")
    );
    for (name, value) in [
        ("name", ""),
        ("name", "あ".repeat(41).as_str()),
        ("school_type", "daigakuin"),
        ("school", "どこにもない学校"),
        ("position", "船長"),
        // A position with a badge is given, not taken.
        ("position", "指導主事"),
        ("subjects", "魔法"),
    ] {
        let mut wrong: Vec<(&str, &str)> =
            fields.into_iter().filter(|(key, _)| *key != name).collect();
        wrong.push((name, value));
        let answer = aoi.post("/settings/profile", &wrong).await;
        assert_eq!(
            answer.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{name}={value}"
        );
        let page = crate::harness::html::check_page(&answer.body, name);
        assert!(
            page.by_id(&format!("e-{name}")).is_some(),
            "{name}={value}: {}",
            answer.body
        );
        assert_eq!(
            page.form("/settings/profile").values("grades").len(),
            1,
            "{name}={value}"
        );
    }
    assert!(aoi.get("/settings").await.body.contains("見本 あおい"));
    // At the edge.
    let longest = "あ".repeat(40);
    let answer = aoi
        .post(
            "/settings/profile",
            &[("name", &longest), ("school_type", "小学校")],
        )
        .await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(aoi.get("/api/v1/me").await.json()["name"], json!(longest));
}

#[actix_web::test]
async fn ones_own_data_is_whole_and_holds_nobody_elses() {
    let app = TestApp::new().await;
    let (aoi, sota) = (app.teacher("aoi"), app.teacher("sota"));
    let mine = aoi.ask("わたしの質問").await;
    let theirs = sota.ask("ほかの人の質問").await;
    let gone = aoi.ask("取り下げた質問").await;
    let reply = aoi.reply(&theirs, "わたしの回答").await;
    sota.reply(&mine, "ほかの人の回答").await;
    let path = |thread: &Value| format!("/api/v1/threads/{}", text(&thread["id"]));
    aoi.api(Method::DELETE, &path(&gone), Value::Null).await;
    aoi.api(
        Method::PUT,
        &format!("{}/bookmark", path(&theirs)),
        Value::Null,
    )
    .await;
    aoi.post(
        "/settings/mail",
        &[
            ("frequency", "weekly"),
            ("weekday", "2"),
            ("window", "0800"),
            ("contents", "own"),
        ],
    )
    .await;
    let answer = aoi.get("/settings/own-data").await;
    assert_eq!(
        answer.header("content-disposition"),
        "attachment; filename=\"hiroba-own-data.json\""
    );
    assert_eq!(answer.header("cache-control"), "private, no-store");
    let data = answer.json();
    assert_eq!(data["person"]["email"], json!("aoi@hiroba.example"));
    assert_eq!(data["mail"]["weekday"], json!(2));
    let ids = |list: &str, key: &str| -> Vec<Value> {
        data[list]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one[key].clone())
            .collect()
    };
    assert_eq!(ids("threads", "id"), [mine["id"].clone()]);
    assert_eq!(ids("replies", "id"), [reply["id"].clone()]);
    assert_eq!(ids("marks", "post"), [theirs["id"].clone()]);
    assert_eq!(data["threads"][0]["body"], mine["body"]);
    for foreign in ["ほかの人", "取り下げた質問", "sota@", "token", "password"] {
        assert!(!answer.body.contains(foreign), "{foreign}: {}", answer.body);
    }
}
