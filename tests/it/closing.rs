//! Closing one's account: what goes, what stays, who may not.

use std::collections::BTreeSet;

use actix_web::http::{Method, StatusCode};
use chrono::TimeDelta;
use hiroba::accounts::{self, DEPARTED, Role};
use hiroba::exchange::{self, Options};
use hiroba::id::Id;
use hiroba::worker;
use serde_json::{Value, json};

use crate::harness::ground::{query, sql, together};
use crate::harness::html::{Page, check_page};
use crate::harness::{Actor, Answer, TestApp, text, with_query};
use crate::people::{PASSWORD, newest_link, places_of, set_password, sign_in};

const NAME: &str = "白鳥 そらみ";
const ADDRESS: &str = "sorami@hiroba.example";

/// Lets somebody sign in with `PASSWORD`.
pub async fn give_password(app: &TestApp, person: &Actor<'_>) {
    let password = accounts::password::Password::new("password", PASSWORD).unwrap();
    let hash = app.app.hasher.hash(password).await.unwrap();
    let house = accounts::house();
    app.app
        .write_here(|db, now| accounts::set_password(db, &house, person.id.unwrap(), &hash, now))
        .unwrap();
}

/// Closes the account of somebody.
pub async fn close(person: &Actor<'_>, password: &str) -> Answer {
    person
        .post("/settings/close", &[("password", password)])
        .await
}

fn path(post: &Value) -> String {
    format!("/api/v1/threads/{}", text(&post["id"]))
}

/// Somebody who has left a trace wherever one can.
async fn busy<'a>(app: &'a TestApp, other: &Actor<'a>) -> (Actor<'a>, Value) {
    let sorami = app.person("sorami", Role::Trainer, "小学校");
    give_password(app, &sorami).await;
    let profile = [
        ("name", NAME),
        ("school_type", "shogakkou"),
        ("school", "萩ヶ沢小学校"),
        ("position", "kyouyu"),
        ("grades", "shou4"),
        ("subjects", "sansuu"),
        ("tools", "ロイロノート"),
        ("experience", "2-5"),
        ("shown", "school"),
    ];
    let saved = sorami.post("/settings/profile", &profile).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    let mail = [
        ("frequency", "weekly"),
        ("weekday", "2"),
        ("window", "0800"),
        ("contents", "own"),
        ("at_once", "own"),
    ];
    sorami.post("/settings/mail", &mail).await;
    let own = sorami.ask("そらみの質問").await;
    let theirs = other.ask("ほかの人の質問").await;
    let answer = sorami.reply(&theirs, "そらみの回答").await;
    sorami
        .api(
            Method::PATCH,
            &path(&own),
            json!({ "body": "書き直しました。" }),
        )
        .await;
    for mark in ["bookmark", "follow", "reactions/helpful"] {
        let set = sorami
            .api(
                Method::PUT,
                &format!("{}/{mark}", path(&theirs)),
                Value::Null,
            )
            .await;
        assert_eq!(set.status, StatusCode::NO_CONTENT);
    }
    other.reply(&own, "回答です。").await;
    other
        .api(
            Method::PUT,
            &format!("{}/accepted-reply", path(&theirs)),
            json!({ "reply_id": answer["id"] }),
        )
        .await;
    sorami
        .api_post(
            &format!("{}/reports", path(&theirs)),
            json!({ "reason": "wrong" }),
        )
        .await;
    let once = sorami
        .request(Method::POST, &format!("{}/replies", path(&theirs)))
        .insert_header(("idempotency-key", "k1"))
        .set_json(json!({ "body": "もう一つの回答" }));
    assert_eq!(sorami.send(once).await.status, StatusCode::CREATED);
    sorami
        .api(
            Method::PUT,
            "/api/v1/me/self-check",
            json!({ "answers": { "a1": 2 }, "shared": true }),
        )
        .await;
    app.drain();
    // A letter that was sent, and news that wait for the next.
    worker::press(&app.app).run().unwrap();
    other.reply(&own, "もう一つ回答です。").await;
    app.drain();
    // A link and another session that wait to be used.
    app.anon()
        .post("/password/forgot", &[("email", ADDRESS)])
        .await;
    app.drain();
    sorami.again();
    (sorami, own)
}

fn rows(app: &TestApp, table: &str) -> i64 {
    let count = format!("SELECT CAST(count(*) AS TEXT) AS value FROM {table}");
    query(&app.app, &count)[0].parse().unwrap()
}

fn count(app: &TestApp, table: &str, owner: Id) -> i64 {
    let id = owner.to_string().replace('-', "");
    let count = format!(
        "SELECT CAST(count(*) AS TEXT) AS value FROM {table} WHERE {}",
        same(app, "account_id", &id)
    );
    query(&app.app, &count)[0].parse().unwrap()
}

/// SQL that compares an id.
fn same(app: &TestApp, column: &str, id: &str) -> String {
    let postgres = app
        .app
        .database
        .read_here(|db| Ok(hiroba::db::types::is_postgres(db)))
        .unwrap();
    if postgres {
        format!("replace({column}::text, '-', '') = '{id}'")
    } else {
        format!("lower(hex({column})) = '{id}'")
    }
}

#[actix_web::test]
async fn nothing_of_a_person_is_left_but_what_they_wrote() {
    let app = TestApp::new().await;
    let other = app.teacher("other");
    let (sorami, own) = busy(&app, &other).await;
    other
        .reply(&own, &format!("{NAME} 先生、ありがとうございます。"))
        .await;
    app.drain();
    let id = sorami.id.unwrap();
    let kept = places_of(&app, NAME);
    assert!(
        kept.contains("accounts.name") && kept.contains("replies.body"),
        "{kept:?}"
    );
    assert!(places_of(&app, ADDRESS).contains("accounts.email"));
    for table in [
        "sessions",
        "mail_links",
        "idempotency_keys",
        "mail_settings",
        "notices",
        "outbox",
        "site_notices",
        "marks",
    ] {
        assert!(
            count(&app, table, id) > 0,
            "nothing in {table} to take away"
        );
    }
    // What is filed under a key names nobody, and goes all the same.
    let self_checks = || rows(&app, "self_checks");
    assert_eq!(self_checks(), 1);
    let closed = close(&sorami, PASSWORD).await;
    assert_eq!(self_checks(), 0);
    assert_eq!(closed.status, StatusCode::SEE_OTHER, "{}", closed.body);
    assert_eq!(closed.location(), "/login?done=closed");
    assert!(closed.header("set-cookie").contains("Max-Age=0"));
    app.drain();
    // Everything that anybody typed of them is gone; what others wrote stays as they wrote it.
    let others_words = ["replies.body", "replies.body_html"].map(str::to_owned);
    assert_eq!(places_of(&app, NAME), BTreeSet::from(others_words));
    for gone in [ADDRESS, "sorami"] {
        assert_eq!(places_of(&app, gone), BTreeSet::new(), "{gone}");
    }
    for table in [
        "sessions",
        "mail_links",
        "idempotency_keys",
        "mail_settings",
        "notices",
        "outbox",
        "site_notices",
        "invitations",
        "feed_keys",
    ] {
        assert_eq!(count(&app, table, id), 0, "{table}");
    }
    // Of the marks only those that are counted for all.
    assert_eq!(count(&app, "marks", id), 1);
    let row = query(
        &app.app,
        "SELECT email || '|' || name || '|' || school_type || '|' || coalesce(school, '') || '|' || coalesce(position, '') || '|' || grades || '|' || subjects || '|' || tools || '|' || coalesce(experience, '') || '|' || shown || '|' || role || '|' || coalesce(password_hash, '') AS value FROM accounts WHERE closed_at IS NOT NULL",
    );
    assert_eq!(
        row,
        [format!("closed:{id}|{DEPARTED}||||[]|[]|[]|||teacher|")]
    );
    // The posts stand, in nobody's name.
    for reader in [&other, &app.person("moderator", Role::Moderator, "小学校")] {
        let author = reader.get(&path(&own)).await.json()["author"].clone();
        assert_eq!(author["name"], DEPARTED);
        assert_eq!(
            (
                &author["school_type"],
                &author["badge"],
                &author["position"]
            ),
            (&json!(""), &Value::Null, &Value::Null)
        );
        let page = reader.get(&format!("/threads/{}", text(&own["id"]))).await;
        assert!(page.body.contains(DEPARTED) && page.body.contains("書き直しました"));
        let person = reader.get(&format!("/people/{id}")).await;
        let words = check_page(&person.body, "person").text();
        assert!(
            words.contains(DEPARTED) && !words.contains("そらみの質問"),
            "{words}"
        );
        let found = reader.search("そらみの質問").await;
        assert!(found.contains(&"そらみの質問".to_owned()), "{found:?}");
    }
    for name in [NAME, DEPARTED] {
        let named = app.app.write_here(|db, _| accounts::ids_named(db, name));
        assert_eq!(named.unwrap(), [], "{name}");
    }
}

#[actix_web::test]
async fn whoever_closed_their_account_is_out_and_hears_nothing_more() {
    let app =
        TestApp::with(|config| config.signup_domains = vec!["hiroba.example".to_owned()]).await;
    let other = app.teacher("other");
    let (sorami, own) = busy(&app, &other).await;
    let (second, token) = (sorami.again(), sorami.again().by_bearer());
    let (link, secret) = newest_link(&app);
    assert_eq!(close(&sorami, PASSWORD).await.status, StatusCode::SEE_OTHER);
    for dead in [&sorami, &second] {
        assert_eq!(dead.get("/settings").await.status, StatusCode::SEE_OTHER);
    }
    for dead in [&sorami, &second, &token] {
        assert_eq!(
            dead.get("/api/v1/me").await.status,
            StatusCode::UNAUTHORIZED
        );
    }
    assert_eq!(app.anon().get(&link).await.status, StatusCode::NOT_FOUND);
    assert_eq!(
        set_password(&app, &secret, PASSWORD).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        sign_in(&app, ADDRESS, PASSWORD).await.status,
        StatusCode::UNAUTHORIZED
    );
    let before = app.mails.lock().unwrap().len();
    app.anon()
        .post("/password/forgot", &[("email", ADDRESS)])
        .await;
    let answer = other.reply(&own, "遅くなりました。").await;
    other.reply(&own, &format!("@{NAME} 見てください。")).await;
    let by = format!("{}/accepted-reply", path(&own));
    app.person("kenshuu", Role::Trainer, "小学校")
        .api(Method::PUT, &by, json!({ "reply_id": answer["id"] }))
        .await;
    app.drain();
    for _ in 0..8 {
        app.advance(TimeDelta::days(1));
        app.drain();
        worker::press(&app.app).run().unwrap();
    }
    let letters = app.mails.lock().unwrap().split_off(before);
    assert!(
        letters
            .iter()
            .all(|letter| !letter.to.contains("sorami") && !letter.to.contains("closed"))
    );
    for table in ["site_notices", "notices", "mail_settings", "outbox"] {
        assert_eq!(count(&app, table, sorami.id.unwrap()), 0, "{table}");
    }
    // No door leads back, for nobody.
    let admin = app.person("admin", Role::Administrator, "小学校");
    let id = sorami.id.unwrap();
    for door in ["restore", "suspend", "role"] {
        let answer = admin
            .post(
                &format!("/admin/people/{id}/{door}"),
                &[("role", "teacher")],
            )
            .await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{door}");
    }
    assert!(
        !admin
            .get("/admin/people")
            .await
            .body
            .contains(&id.to_string())
    );
    for address in [format!("closed:{id}"), format!("{id}@closed.invalid")] {
        assert_eq!(
            sign_in(&app, &address, PASSWORD).await.status,
            StatusCode::UNAUTHORIZED
        );
    }
    // The address is free for somebody new, who has nothing of the old one.
    let fields = [
        ("email", ADDRESS),
        ("name", "別の人"),
        ("school_type", "shogakkou"),
    ];
    assert_eq!(
        app.anon().post("/signup", &fields).await.status,
        StatusCode::OK
    );
    let (_, secret) = newest_link(&app);
    assert_eq!(
        set_password(&app, &secret, PASSWORD).await.status,
        StatusCode::SEE_OTHER
    );
    let me = sign_in(&app, ADDRESS, PASSWORD).await.json()["user"].clone();
    assert_ne!(me["id"], json!(id.to_string()));
    assert_eq!(me["role"], "teacher");
    let page = other
        .again()
        .get(&format!("/people/{}", text(&me["id"])))
        .await;
    assert!(page.body.contains("別の人") && !page.body.contains("そらみの質問"));
}

#[actix_web::test]
async fn only_the_right_password_closes_an_account() {
    let app = TestApp::with(|config| config.limits.login_per_account = 3).await;
    let aoi = app.teacher("aoi");
    // Without one there is nothing to prove oneself by: the page says how to get one.
    let page = aoi.get("/settings/close").await;
    let read = check_page(&page.body, "close");
    assert!(page.body.contains("/password/forgot") && !page.body.contains("name=\"password\""));
    assert!(
        read.all("a")
            .any(|a| a.get("href") == Some("/settings/own-data"))
    );
    assert_eq!(
        close(&aoi, "").await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    give_password(&app, &aoi).await;
    app.advance(TimeDelta::hours(1));
    for wrong in ["", "ちがうことばです", "\u{0}"] {
        let answer = close(&aoi, wrong).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong:?}");
        let page = check_page(&answer.body, wrong);
        assert!(page.text_of("e-password").contains("パスワードが違います"));
        assert_eq!(
            page.form("/settings/close").value("password"),
            "",
            "{wrong:?}"
        );
    }
    // And nobody guesses on: the right one has to wait too.
    let answer = close(&aoi, PASSWORD).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    app.advance(TimeDelta::hours(1));
    assert_eq!(close(&aoi, PASSWORD).await.status, StatusCode::SEE_OTHER);
}

#[actix_web::test]
async fn the_last_administrator_stays() {
    let app = TestApp::new().await;
    let first = app.person("first", Role::Administrator, "教育委員会・教育センター");
    give_password(&app, &first).await;
    let page = first.get("/settings/close").await;
    assert_eq!(page.status, StatusCode::OK);
    let words = Page::read(&page.body).text();
    assert!(
        words.contains("管理者があなただけ") && !page.body.contains("name=\"password\""),
        "{words}"
    );
    assert_eq!(close(&first, PASSWORD).await.status, StatusCode::FORBIDDEN);
    // A suspended one does not count.
    let gone = app.person("gone", Role::Administrator, "教育委員会・教育センター");
    app.app
        .write_here(|db, now| accounts::suspend(db, &accounts::house(), gone.id.unwrap(), now))
        .unwrap();
    assert_eq!(close(&first, PASSWORD).await.status, StatusCode::FORBIDDEN);
    // Of two who go at once, one stays.
    let second = app.person("second", Role::Administrator, "教育委員会・教育センター");
    give_password(&app, &second).await;
    let answers = together(vec![close(&first, PASSWORD), close(&second, PASSWORD)]).await;
    let mut statuses: Vec<u16> = answers
        .iter()
        .map(|answer| answer.status.as_u16())
        .collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 403]);
}

/// A profile that was being saved while the account was closed does not bring the name back.
#[actix_web::test]
async fn a_closed_account_is_never_written_to_again() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    give_password(&app, &aoi).await;
    let id = aoi.id.unwrap();
    let who = app
        .app
        .write_here(|db, _| Ok(accounts::as_member(&accounts::by_id(db, id)?)))
        .unwrap();
    assert_eq!(close(&aoi, PASSWORD).await.status, StatusCode::SEE_OTHER);
    let late = accounts::ProfileInput {
        name: NAME.to_owned(),
        school_type: "shogakkou".to_owned(),
        tools: "そらいろの道具".to_owned(),
        ..accounts::ProfileInput::default()
    };
    // Whoever still holds what they were before: the row refuses.
    let tried = app.app.write_here(|db, now| {
        accounts::change_own(db, &who, &late, now.day(chrono_tz::Asia::Tokyo), now)
    });
    drop(tried);
    let house = accounts::house();
    for change in [
        app.app
            .write_here(|db, now| accounts::restore(db, &house, id, now)),
        app.app
            .write_here(|db, now| accounts::set_role(db, &house, id, Role::Trainer, now)),
    ] {
        assert!(matches!(change, Err(hiroba::error::Error::NotFound)));
    }
    app.app
        .write_here(|db, now| accounts::set_password(db, &house, id, "$argon2id$x", now))
        .unwrap();
    assert_eq!(places_of(&app, NAME), BTreeSet::new());
    assert_eq!(places_of(&app, "そらいろ"), BTreeSet::new());
    let state = query(
        &app.app,
        "SELECT state || coalesce(password_hash, '') AS value FROM accounts",
    );
    assert_eq!(state, ["suspended"]);
}

/// What they wrote comes back from an export, all of it by one author whom nobody can be.
#[actix_web::test]
async fn an_export_keeps_posts_of_closed_accounts_together() {
    let app = TestApp::new().await;
    let other = app.teacher("other");
    let (sorami, _) = busy(&app, &other).await;
    let id = sorami.id.unwrap();
    assert_eq!(close(&sorami, PASSWORD).await.status, StatusCode::SEE_OTHER);
    let mut lines = Vec::new();
    exchange::export(&app.app.database, None, &mut lines).unwrap();
    let lines = String::from_utf8(lines).unwrap();
    let stand_in = format!("{id}@closed.invalid");
    assert_eq!(lines.matches(&stand_in).count(), 3, "{lines}");
    let fresh = TestApp::new().await;
    let now = fresh.now();
    let tally = exchange::import(
        &fresh.app.database,
        &mut std::io::Cursor::new(lines.into_bytes()),
        &Options::default(),
        || now,
        &mut |line, reason| panic!("{line}: {reason}"),
    );
    assert_eq!(tally.unwrap().imported, 2);
    let authors = query(
        &fresh.app,
        "SELECT email AS value FROM accounts ORDER BY email",
    );
    assert!(
        authors.contains(&stand_in) && authors.len() == 2,
        "{authors:?}"
    );
    sql(&fresh.app, "SELECT 1");
    let found = fresh
        .teacher("reader")
        .get(&with_query("/api/v1/threads", &[("kind", "question")]))
        .await;
    assert_eq!(found.json()["items"].as_array().unwrap().len(), 2);
}
