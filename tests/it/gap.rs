//! The reports of closed terms: made once, of enough people, and never changed.

use actix_web::http::StatusCode;
use chrono::TimeDelta;
use hiroba::accounts::Experience;
use hiroba::error::Error;
use hiroba::term::Term;
use hiroba::{gap, mirror, worker};
use serde_json::json;

use crate::harness::TestApp;
use crate::harness::ground::{query, self_check};
use crate::harness::html::check_page;

const FIRST: Term = Term {
    year: 2026,
    second: false,
};

fn invent(
    app: &TestApp,
    term: Term,
    from: u32,
    count: u32,
    school_type: &str,
    band: Option<Experience>,
    grade: u8,
) {
    app.app
        .write_here(|db, _| {
            for number in from..from + count {
                let input = self_check(grade);
                mirror::invent(
                    db,
                    &app.app.mirror_key,
                    (number, term),
                    (school_type, band),
                    &input,
                )?;
            }
            Ok(())
        })
        .unwrap();
}

fn publish(app: &TestApp, term: Term) -> Result<gap::Published, Error> {
    let rules = app.app.config.gap.clone();
    let zone = app.app.config.timezone;
    app.app
        .write_here(|db, now| gap::publish(db, term, &rules, now.day(zone), now))
}

#[actix_web::test]
async fn a_report_is_made_once_a_term_is_over() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let empty = check_page(&aoi.get("/gap").await.body, "gap").text();
    assert!(
        empty.contains("まだ集計はありません") && empty.contains("4月1日"),
        "{empty}"
    );
    let running = Term {
        year: 2026,
        second: true,
    };
    invent(&app, FIRST, 0, 12, "shogakkou", Some(Experience::First), 2);
    invent(
        &app,
        FIRST,
        100,
        25,
        "chugakkou",
        Some(Experience::ToTen),
        3,
    );
    invent(&app, FIRST, 200, 4, "tokushi", Some(Experience::First), 4);
    invent(&app, running, 0, 30, "shogakkou", None, 4);
    assert!(
        matches!(publish(&app, running), Err(Error::BadRequest(_))),
        "it still runs"
    );
    assert!(
        matches!(publish(&app, FIRST.before()), Err(Error::BadRequest(_))),
        "nobody answered"
    );
    assert_eq!(worker::publish_due(&app.app).unwrap(), [FIRST]);
    assert_eq!(worker::publish_due(&app.app).unwrap(), []);
    let report = aoi.get("/api/v1/gap/2026-1").await.json();
    assert_eq!(
        report["all"],
        json!({ "people": { "least": 20, "most": 49 }, "means": [27, 27, 27, 27] })
    );
    let of = |slug: &str| {
        let all = report["school_types"].as_array().unwrap().clone();
        all.into_iter().find(|line| line["of"] == slug).unwrap()["figures"].clone()
    };
    assert_eq!(
        of("shogakkou"),
        json!({ "people": { "least": 10, "most": 19 }, "means": [20, 20, 20, 20] })
    );
    assert_eq!(of("tokushi"), json!(null), "too few");
    assert_eq!(of("youchien"), json!(null), "nobody looks like too few");
    // What was counted by is gone; the answers are their owners'.
    assert_eq!(
        query(
            &app.app,
            "SELECT DISTINCT coalesce(term, '-') AS value FROM self_checks ORDER BY 1"
        ),
        ["-", "2026-2"]
    );
    // Never changed, also by those who come later.
    invent(&app, FIRST, 300, 40, "tokushi", Some(Experience::First), 4);
    let again = publish(&app, FIRST).unwrap();
    assert_eq!(
        serde_json::to_value(&again.report.all).unwrap(),
        report["all"]
    );
    assert_eq!(worker::publish_due(&app.app).unwrap(), []);
    app.advance(TimeDelta::days(150));
    assert_eq!(worker::publish_due(&app.app).unwrap(), [running]);
    let aoi = aoi.again();
    let list = aoi.get("/api/v1/gap").await.json();
    let terms: Vec<_> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["term"].clone())
        .collect();
    assert_eq!(terms, ["2026-2", "2026-1"]);
}

#[actix_web::test]
async fn tables_stand_beside_their_pictures_and_in_a_file() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    invent(&app, FIRST, 0, 14, "shogakkou", Some(Experience::First), 1);
    invent(
        &app,
        FIRST,
        100,
        25,
        "chugakkou",
        Some(Experience::ToTen),
        3,
    );
    invent(&app, FIRST, 200, 3, "koukou", Some(Experience::ToTen), 3);
    publish(&app, FIRST).unwrap();
    let answer = aoi.get("/gap/2026-1").await;
    let page = check_page(&answer.body, "report");
    let words = page.text();
    for wanted in [
        "令和8年度 前期",
        "人数が少ないため出しません",
        "10〜19人",
        "20〜49人",
        "1.4以下",
        "3.0",
    ] {
        assert!(words.contains(wanted), "{wanted}: {words}");
    }
    assert_eq!(answer.body.matches("<svg class=\"bars\"").count(), 2);
    let file = aoi.get("/gap/2026-1.csv").await;
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
    assert!(
        file.header("content-disposition")
            .contains("hiroba-gap-2026-1.csv")
    );
    let lines: Vec<&str> = file.body.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!(
        lines[0],
        "表,学校種,経験年数,人数,A 準備・評価・校務,B 授業で使う,C 子どもが使う,D 情報モラル・安全"
    );
    assert!(
        lines.contains(&"学校種,小学校,,10〜19人,1.4以下,1.4以下,1.4以下,1.4以下"),
        "{lines:?}"
    );
    let few = "人数が少ないため出しません";
    assert!(
        lines.contains(&format!("学校種,高等学校,,{few},{few},{few},{few},{few}").as_str()),
        "{lines:?}"
    );
    for gone in [
        "/gap/2026-2",
        "/gap/2026-2.csv",
        "/gap/x",
        "/gap/x.csv",
        "/api/v1/gap/x",
    ] {
        assert_eq!(aoi.get(gone).await.status, StatusCode::NOT_FOUND, "{gone}");
    }
}

#[actix_web::test]
async fn who_is_no_teacher_at_a_school_is_not_counted() {
    use hiroba::accounts::Role;
    let app = TestApp::new().await;
    for (name, role, school_type) in [
        ("trainer", Role::Trainer, "教育委員会・教育センター"),
        ("supporter", Role::Supporter, "小学校"),
    ] {
        let one = app.person(name, role, school_type);
        let answers: serde_json::Map<String, serde_json::Value> = self_check(3)
            .answers
            .into_iter()
            .map(|(code, _)| (code, json!(3)))
            .collect();
        let kept = one
            .api(
                actix_web::http::Method::PUT,
                "/api/v1/me/self-check",
                json!({ "answers": answers, "shared": true }),
            )
            .await;
        assert_eq!(kept.status, StatusCode::OK, "{}", kept.body);
    }
    assert_eq!(
        query(
            &app.app,
            "SELECT coalesce(school_type, '-') AS value FROM self_checks"
        ),
        ["-", "-"]
    );
}
