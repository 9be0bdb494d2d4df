//! Links by which people sign up with an address outside the usual domains.

use actix_web::http::StatusCode;
use chrono::TimeDelta;
use hiroba::accounts::invitation::{DAYS, LABEL, USES};
use hiroba::accounts::{self, Role};

use crate::harness::ground::{query, together};
use crate::harness::html::{Page, check_page};
use crate::harness::{Actor, Answer, TestApp};
use crate::people::{PASSWORD, newest_link, places_of, set_password, sign_in};

const SCHOOL: &str = "萩ヶ沢小学校";

async fn make(maker: &Actor<'_>, days: &str, uses: &str) -> String {
    let fields = [
        ("label", "秋の研修の先生"),
        ("school_type", "小学校"),
        ("school", SCHOOL),
        ("days", days),
        ("uses", uses),
    ];
    let answer = maker.post("/settings/invitations", &fields).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let page = check_page(&answer.body, "made");
    let link = page.by_id("made").unwrap().get("value").unwrap();
    link.strip_prefix("https://hiroba.example")
        .unwrap()
        .to_owned()
}

async fn take(app: &TestApp, link: &str, email: &str) -> Answer {
    let fields = [
        ("email", email),
        ("name", "招かれた人"),
        ("school_type", "shogakkou"),
        ("role", "administrator"),
    ];
    app.anon().post(link, &fields).await
}

fn uses(app: &TestApp) -> Vec<String> {
    query(
        &app.app,
        "SELECT CAST(uses AS TEXT) AS value FROM invitations ORDER BY created_at, id",
    )
}

#[actix_web::test]
async fn whoever_is_invited_signs_up_from_anywhere_and_proves_the_address() {
    let app = TestApp::new().await;
    let trainer = app.trainer("kenshuu");
    let link = make(&trainer, "14", "2").await;
    let form = app.anon().get(&link).await;
    assert_eq!(form.status, StatusCode::OK);
    assert_eq!(form.header("referrer-policy"), "same-origin");
    let page = check_page(&form.body, &link);
    assert!(page.text().contains(SCHOOL) && !page.text().contains("秋の研修の先生"));
    assert_eq!(page.form(&link).value("school_type"), "shogakkou");
    let asked = take(&app, &link, "neko@anywhere.example").await;
    assert_eq!(asked.status, StatusCode::OK, "{}", asked.body);
    // Nobody is in before the address is proved.
    assert_eq!(
        sign_in(&app, "neko@anywhere.example", PASSWORD)
            .await
            .status,
        StatusCode::UNAUTHORIZED
    );
    let (_, secret) = newest_link(&app);
    assert_eq!(
        set_password(&app, &secret, PASSWORD).await.status,
        StatusCode::SEE_OTHER
    );
    let me = sign_in(&app, "neko@anywhere.example", PASSWORD)
        .await
        .json()["user"]
        .clone();
    assert_eq!(
        (&me["role"], &me["school"]),
        (&"teacher".into(), &"hagigasawa-sho".into())
    );
    assert_eq!(uses(&app), ["1"]);
    // Who is known takes no use, and hears nothing of it.
    for email in ["neko@anywhere.example", &trainer.email] {
        let again = take(&app, &link, email).await;
        assert_eq!(
            (again.status, &again.body),
            (StatusCode::OK, &asked.body),
            "{email}"
        );
    }
    assert_eq!(uses(&app), ["1"]);
    let role = query(
        &app.app,
        "SELECT role AS value FROM accounts WHERE email = 'kenshuu@hiroba.example'",
    );
    assert_eq!(role, ["trainer"]);
    // The link is kept as a hash, and shown to nobody again.
    let secret = link.strip_prefix("/invite/").unwrap();
    assert_eq!(places_of(&app, secret), std::collections::BTreeSet::new());
    let list = trainer.get("/settings/invitations").await;
    assert!(!list.body.contains(secret));
    assert!(
        Page::read(&list.body).text().contains("1／2人"),
        "{}",
        list.body
    );
}

#[actix_web::test]
async fn every_dead_link_is_the_same_page() {
    let app = TestApp::new().await;
    let trainer = app.trainer("kenshuu");
    let other = app.trainer("other");
    let admin = app.person("admin", Role::Administrator, "教育委員会・教育センター");
    let unknown = app.anon().get("/invite/unknown").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    check_page(&unknown.body, "unknown");
    let used = make(&trainer, "14", "1").await;
    assert_eq!(
        take(&app, &used, "one@anywhere.example").await.status,
        StatusCode::OK
    );
    app.advance(TimeDelta::seconds(1));
    let withdrawn = make(&trainer, "14", "9").await;
    let id = query(
        &app.app,
        "SELECT CAST(uses AS TEXT) AS value FROM invitations",
    )
    .len();
    assert_eq!(id, 2);
    let page = trainer.get("/settings/invitations").await;
    let read = check_page(&page.body, "list");
    let action = read
        .all("form")
        .filter_map(|form| form.get("action"))
        .find(|to| to.ends_with("/withdraw"))
        .unwrap()
        .to_owned();
    // Not somebody else's to withdraw, nor for them to see; those who manage people see all.
    assert_eq!(other.post(&action, &[]).await.status, StatusCode::NOT_FOUND);
    assert!(
        !other
            .get("/settings/invitations")
            .await
            .body
            .contains("秋の研修の先生")
    );
    assert!(
        admin
            .get("/settings/invitations")
            .await
            .body
            .contains("先生 kenshuu")
    );
    assert_eq!(
        trainer.post(&action, &[]).await.status,
        StatusCode::SEE_OTHER
    );
    let of_other = make(&other, "30", "9").await;
    app.app
        .write_here(|db, now| {
            accounts::set_role(
                db,
                &accounts::house(),
                other.id.unwrap(),
                Role::Teacher,
                now,
            )
        })
        .unwrap();
    let expired = make(&trainer, "1", "9").await;
    let still = app.anon().get(&expired).await;
    assert_eq!(still.status, StatusCode::OK);
    app.advance(TimeDelta::days(1));
    for link in [
        &used,
        &withdrawn,
        &of_other,
        &expired,
        &"/invite/%00".to_owned(),
    ] {
        let page = app.anon().get(link).await;
        assert_eq!(
            (page.status, &page.body),
            (StatusCode::NOT_FOUND, &unknown.body),
            "{link}"
        );
        let sent = take(&app, link, "late@anywhere.example").await;
        assert_eq!(
            (sent.status, &sent.body),
            (StatusCode::NOT_FOUND, &unknown.body),
            "{link}"
        );
        // What was typed wrongly does not matter either.
        let sent = take(&app, link, "nonsense").await;
        assert_eq!(sent.status, StatusCode::NOT_FOUND, "{link}");
    }
    let known = query(
        &app.app,
        "SELECT email AS value FROM accounts WHERE email LIKE 'late%'",
    );
    assert_eq!(known, Vec::<String>::new());
    // And when the maker goes.
    let last = make(&trainer.again(), "14", "9").await;
    app.app
        .write_here(|db, now| accounts::suspend(db, &accounts::house(), trainer.id.unwrap(), now))
        .unwrap();
    assert_eq!(app.anon().get(&last).await.body, unknown.body);
}

#[actix_web::test]
async fn the_last_use_is_taken_once() {
    let app = TestApp::new().await;
    let link = make(&app.trainer("kenshuu"), "14", "2").await;
    let addresses: Vec<String> = (0..6).map(|n| format!("n{n}@anywhere.example")).collect();
    let answers = together(
        addresses
            .iter()
            .map(|email| take(&app, &link, email))
            .collect(),
    )
    .await;
    let taken = answers
        .iter()
        .filter(|answer| answer.status == StatusCode::OK)
        .count();
    let refused = answers
        .iter()
        .filter(|answer| answer.status == StatusCode::NOT_FOUND)
        .count();
    assert_eq!((taken, refused), (2, 4));
    assert_eq!(uses(&app), ["2"]);
    let entered = query(
        &app.app,
        "SELECT email AS value FROM accounts WHERE state = 'unverified'",
    );
    assert_eq!(entered.len(), 2);
}

#[actix_web::test]
async fn a_link_is_refused_at_its_edges_and_made_once() {
    let app = TestApp::new().await;
    let trainer = app.trainer("kenshuu");
    let longest = "あ".repeat(LABEL.max);
    let (days, uses_) = (DAYS.end().to_string(), USES.end().to_string());
    let over = ((DAYS.end() + 1).to_string(), (USES.end() + 1).to_string());
    let cases = [
        ("label", longest.as_str(), true),
        ("label", &format!("{longest}あ"), false),
        ("label", " ", false),
        ("days", "1", true),
        ("days", &days, true),
        ("days", "３０", true),
        ("days", &over.0, false),
        ("days", "0", false),
        ("days", "-1", false),
        ("days", "", false),
        ("days", "99999999999999999999", false),
        ("uses", "1", true),
        ("uses", &uses_, true),
        ("uses", &over.1, false),
        ("uses", "0", false),
        ("uses", "2.5", false),
        ("school_type", "大学院", false),
        ("school", "どこにもない学校", false),
        ("school", "\u{0}", true),
    ];
    for (field, value, right) in cases {
        let usual = [
            ("label", "研修の先生"),
            ("school_type", "中学校"),
            ("school", ""),
            ("days", "14"),
            ("uses", "30"),
        ];
        let fields: Vec<(&str, &str)> = usual
            .into_iter()
            .map(|(name, usual)| (name, if name == field { value } else { usual }))
            .collect();
        let answer = trainer.post("/settings/invitations", &fields).await;
        if right {
            assert_eq!(
                answer.status,
                StatusCode::OK,
                "{field}={value}: {}",
                answer.body
            );
            continue;
        }
        assert_eq!(
            answer.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{field}={value}"
        );
        let page = check_page(&answer.body, field);
        assert!(
            page.by_id(&format!("e-{field}")).is_some(),
            "{field}={value}"
        );
        let form = page.form("/settings/invitations");
        for (name, kept) in fields
            .iter()
            .filter(|(name, _)| ["label", "days", "uses"].contains(name))
        {
            assert_eq!(form.value(name), *kept, "{field}={value}");
        }
    }
    // The same form twice makes one link.
    let before = uses(&app).len();
    let form = check_page(&trainer.get("/settings/invitations").await.body, "form");
    let key = form.form("/settings/invitations").value("key");
    let fields = [
        ("label", "研修の先生"),
        ("school_type", "中学校"),
        ("days", "14"),
        ("uses", "30"),
        ("key", key.as_str()),
    ];
    assert_eq!(
        trainer.post("/settings/invitations", &fields).await.status,
        StatusCode::OK
    );
    let again = trainer.post("/settings/invitations", &fields).await;
    assert_eq!(
        again.location(),
        "/settings/invitations?done=invited-before"
    );
    assert_eq!(uses(&app).len(), before + 1);
}

#[actix_web::test]
async fn nobody_floods_a_mailbox_by_an_invitation() {
    let app = TestApp::new().await;
    let link = make(&app.trainer("kenshuu"), "14", "200").await;
    let mut statuses = Vec::new();
    for _ in 0..6 {
        statuses.push(take(&app, &link, "neko@anywhere.example").await.status);
    }
    assert_eq!(statuses[4], StatusCode::OK);
    assert_eq!(statuses[5], StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(uses(&app), ["1"]);
}

/// On every page, for those who are signed in.
#[actix_web::test]
async fn the_head_of_a_page_counts_what_is_new() {
    let app = TestApp::new().await;
    let (aoi, sota) = (app.teacher("aoi"), app.teacher("sota"));
    let question = aoi.ask("体育館の白い画面").await;
    let head = async |actor: &Actor<'_>, path: &str| {
        let body = actor.get(path).await.body;
        check_page(&body, path);
        let (head, _) = body.split_once("<main").unwrap();
        Page::read(&format!("{head}</body></html>")).text()
    };
    assert!(!head(&aoi, "/threads").await.contains("お知らせ"));
    for number in 1..=2 {
        sota.reply(&question, &format!("答え {number}")).await;
    }
    app.drain();
    for path in [
        "/",
        "/threads",
        "/settings",
        "/settings/profile",
        "/about",
        "/nothing",
        "/search",
        "/settings/notices",
    ] {
        assert!(
            head(&aoi, path).await.contains("お知らせ、新しいもの 2件"),
            "{path}"
        );
        assert!(
            !head(&sota, path).await.contains("お知らせ、新しいもの"),
            "{path}"
        );
    }
    aoi.post("/settings/notices/seen", &[]).await;
    assert!(!head(&aoi, "/threads").await.contains("新しいもの"));
}
