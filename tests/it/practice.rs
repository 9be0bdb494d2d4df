//! Practices: what they may say beside their body, asked for one field at a time after publishing.

use actix_web::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::ground::query;
use crate::harness::html::{Page, check_page};
use crate::harness::{Actor, Answer, TestApp, text};

/// A field, what is typed into it, and what is said of it then.
type Told = (
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static str,
);

/// The fields in the order in which they are asked for.
const FIELDS: [Told; 11] = [
    (
        "failed",
        &[("failed", "音が混ざりました。")],
        "音が混ざりました。",
    ),
    (
        "steps",
        &[("steps", "家で録音する\n\n教室で聞き合う")],
        "教室で聞き合う",
    ),
    (
        "children",
        &[("children", "笑顔が増えました。")],
        "笑顔が増えました。",
    ),
    (
        "tools",
        &[("tools", "Chromebook、ロイロノート")],
        "ロイロノート",
    ),
    (
        "time",
        &[("prep_minutes", "１０"), ("lesson_minutes", "45")],
        "準備 10分・授業 45分",
    ),
    ("scene", &[("scene", "協働")], "協働"),
    (
        "materials",
        &[("materials", "マイク付きイヤホン")],
        "マイク付きイヤホン",
    ),
    (
        "care",
        &[("care", "別室でも録音できるようにしました。")],
        "別室でも録音できるようにしました。",
    ),
    (
        "aim",
        &[("aim", "場面を想像して読む")],
        "場面を想像して読む",
    ),
    (
        "unit",
        &[("unit", "スイミー"), ("lessons", "8")],
        "スイミー・全8時間",
    ),
    (
        "checked",
        &[
            ("os_version", "ChromeOS 130"),
            ("app_version", "5.2"),
            ("checked_on", "令和8年11月20日"),
        ],
        "令和8年11月20日・ChromeOS 130・5.2",
    ),
];

async fn practice(actor: &Actor<'_>) -> Value {
    actor
        .thread(
            "practice",
            "音読の録音を聞き合う",
            "二人組で聞き合いました。",
        )
        .await
}

fn at(thread: &Value) -> String {
    format!("/threads/{}", text(&thread["id"]))
}

async fn read(actor: &Actor<'_>, thread: &Value) -> Value {
    actor.get(&format!("/api/v1{}", at(thread))).await.json()
}

async fn add(actor: &Actor<'_>, thread: &Value, field: &str, typed: &[(&str, &str)]) -> Answer {
    let path = format!("{}/practice?field={field}", at(thread));
    actor.post(&path, typed).await
}

/// The field that a page asks its reader for.
fn asked(page: &Page) -> Option<String> {
    let form = page.tags.iter().find(|tag| {
        tag.name == "form"
            && tag
                .get("action")
                .is_some_and(|to| to.contains("/practice?"))
    })?;
    let (_, field) = form.get("action").unwrap().split_once("field=").unwrap();
    Some(field.to_owned())
}

async fn page(actor: &Actor<'_>, path: &str) -> Page {
    let answer = actor.get(path).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}");
    check_page(&answer.body, path)
}

#[actix_web::test]
async fn an_author_is_asked_for_one_field_after_another() {
    let app = TestApp::new().await;
    let (aoi, sota) = (app.teacher("aoi"), app.teacher("sota"));
    let thread = practice(&aoi).await;
    assert_eq!(thread["completeness"]["written"], 0);
    assert_eq!(thread["completeness"]["of"], 11);
    for (place, (field, typed, shown)) in FIELDS.iter().enumerate() {
        let own = page(&aoi, &at(&thread)).await;
        assert_eq!(asked(&own).as_deref(), Some(*field));
        let words = own.text();
        assert!(words.contains("もう一つだけ書き足せます"));
        let told = match place {
            0 => "このままでも、十分役に立ちます。".to_owned(),
            written => format!("11のうち{written}つ書けています。"),
        };
        assert!(words.contains(&told), "{told}");
        assert_eq!(
            asked(&page(&sota, &at(&thread)).await),
            None,
            "nobody else is asked"
        );
        let added = add(&aoi, &thread, field, typed).await;
        assert_eq!(
            added.status,
            StatusCode::SEE_OTHER,
            "{field}: {}",
            added.body
        );
        assert!(added.location().ends_with("?done=added#grow"));
        let read = page(&sota, &at(&thread)).await.text();
        assert!(read.contains(shown), "{shown} in {read}");
        // Each is an edit, and the same again is none.
        let after = self::read(&aoi, &thread).await;
        assert_eq!(after["revision"], place + 2);
        assert_eq!(after["completeness"]["written"], place + 1);
        add(&aoi, &thread, field, typed).await;
        assert_eq!(self::read(&aoi, &thread).await["revision"], place + 2);
    }
    assert_eq!(asked(&page(&aoi, &at(&thread)).await), None);
    let full = read(&aoi, &thread).await;
    assert_eq!(full["completeness"]["missing"], json!([]));
    assert_eq!(
        full["practice"]["steps"],
        json!(["家で録音する", "教室で聞き合う"])
    );
    assert_eq!(full["practice"]["checked_on"], "2026-11-20");
    assert_eq!(full["practice"]["lessons"], 8);
    assert_eq!(full["tools"], json!(["Chromebook", "ロイロノート"]));
    assert_eq!(
        full["body"], "二人組で聞き合いました。",
        "the rest stays as it was"
    );
    let own = page(&aoi, &format!("{}/practice", at(&thread)))
        .await
        .text();
    assert!(own.contains("11すべて書けています。"), "{own}");
}

#[actix_web::test]
async fn what_is_not_wanted_is_passed_over_or_never_asked_again() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let thread = practice(&aoi).await;
    let mut path = at(&thread);
    let mut seen = Vec::new();
    while let Some(field) = asked(&page(&aoi, &path).await) {
        path = format!("{}?skip={field}", at(&thread));
        seen.push(field);
    }
    assert_eq!(seen, FIELDS.map(|(field, _, _)| field.to_owned()));
    assert!(
        asked(&page(&aoi, &at(&thread)).await).is_some(),
        "the next day it is asked again"
    );
    for _ in 0..2 {
        let quiet = add(
            &aoi,
            &thread,
            "failed",
            &[("action", "quiet"), ("failed", "書きかけ")],
        )
        .await;
        assert_eq!(quiet.status, StatusCode::SEE_OTHER);
        assert_eq!(asked(&page(&aoi, &at(&thread)).await), None);
    }
    assert_eq!(read(&aoi, &thread).await["revision"], 1);
    let other = practice(&aoi).await;
    assert!(
        asked(&page(&aoi, &at(&other)).await).is_some(),
        "for each practice by itself"
    );
    // The page is still there for those who look for it.
    let wanted = page(&aoi, &format!("{}/practice?field=care", at(&thread))).await;
    assert_eq!(asked(&wanted).as_deref(), Some("care"));
}

#[actix_web::test]
async fn only_the_author_of_a_practice_adds_to_it() {
    let app = TestApp::new().await;
    let (aoi, sota) = (app.teacher("aoi"), app.teacher("sota"));
    let thread = practice(&aoi).await;
    let question = aoi.ask("ログインできない").await;
    let typed = [("failed", "音が混ざりました。")];
    assert_eq!(
        add(&sota, &thread, "failed", &typed).await.status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        add(&sota, &thread, "failed", &[("action", "quiet")])
            .await
            .status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        add(&aoi, &question, "failed", &typed).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        add(&aoi, &thread, "nonsense", &typed).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(read(&aoi, &thread).await["revision"], 1);
    assert_eq!(read(&aoi, &question).await["completeness"], Value::Null);
}

#[actix_web::test]
async fn what_must_change_stands_beside_its_field() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let thread = practice(&aoi).await;
    let long = "あ".repeat(2_001);
    let unit = "あ".repeat(201);
    for (field, name, value, word) in [
        ("failed", "failed", long.as_str(), "2,000字まで"),
        ("steps", "steps", long.as_str(), "2,000字まで"),
        ("unit", "unit", unit.as_str(), "200字まで"),
        ("unit", "lessons", "たくさん", "数字で"),
        ("unit", "lessons", "0", "1から99まで"),
        ("unit", "lessons", "100", "1から99まで"),
        ("time", "prep_minutes", "10分くらい", "数字で"),
        ("time", "lesson_minutes", "10000", "9999まで"),
        ("checked", "checked_on", "きのう", "日付で"),
        ("checked", "checked_on", "2026-11-21", "今日までの日付"),
        ("care", "care", "番号は123456789018です", "マイナンバー"),
    ] {
        let answer = add(&aoi, &thread, field, &[(name, value), ("revision", "1")]).await;
        assert_eq!(
            answer.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{name} {word}"
        );
        let page = check_page(&answer.body, name);
        let error = page.text_of(&format!("e-{name}"));
        assert!(error.contains(word), "{name}: {error}");
        let action = format!("{}/practice?field={field}", at(&thread));
        assert_eq!(
            page.form(&action).values(name),
            [value],
            "what was typed stays"
        );
    }
    assert_eq!(read(&aoi, &thread).await["revision"], 1);
    for (field, name, value) in [
        ("failed", "failed", "あ".repeat(2_000)),
        ("unit", "unit", "あ".repeat(200)),
        ("unit", "lessons", "99".to_owned()),
        ("time", "lesson_minutes", "9999".to_owned()),
        ("checked", "checked_on", "2026-11-20".to_owned()),
    ] {
        let answer = add(&aoi, &thread, field, &[(name, &value)]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{name}");
    }
    // The API names the whole of it.
    let path = format!("/api/v1{}", at(&thread));
    for wrong in [
        json!({ "lessons": 0 }),
        json!({ "prep_minutes": 10_000 }),
        json!({ "scene": "あ".repeat(41) }),
    ] {
        let answer = aoi
            .api(Method::PATCH, &path, json!({ "practice": wrong }))
            .await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(answer.json()["errors"][0]["field"], "practice");
    }
}

#[actix_web::test]
async fn words_that_were_written_before_days_were_asked_for_stay() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let thread = practice(&aoi).await;
    let path = format!("/api/v1{}", at(&thread));
    let old = json!({ "practice": { "checked_on": "去年の秋ごろ" } });
    assert_eq!(
        aoi.api(Method::PATCH, &path, old).await.status,
        StatusCode::OK
    );
    assert!(
        page(&aoi, &at(&thread))
            .await
            .text()
            .contains("去年の秋ごろ")
    );
    let edit = format!("{}/edit", at(&thread));
    let form = page(&aoi, &edit).await;
    let fields: Vec<(String, String)> = form.form(&edit).fields();
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let saved = aoi.post(&edit, &fields).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    let typed = [("checked_on", "去年の秋ごろ"), ("app_version", "5.2")];
    let added = add(&aoi, &thread, "checked", &typed).await;
    assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.body);
    let wrong = add(
        &aoi,
        &thread,
        "checked",
        &[("checked_on", "ことしの秋ごろ")],
    )
    .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    for (typed, stored, shown) in [
        ("令和7年11月", "2025-11", "令和7年11月"),
        ("２０２６／４／１", "2026-04-01", "令和8年4月1日"),
    ] {
        let body = json!({ "practice": { "checked_on": typed } });
        let answer = aoi.api(Method::PATCH, &path, body).await;
        assert_eq!(answer.json()["practice"]["checked_on"], stored);
        assert!(page(&aoi, &at(&thread)).await.text().contains(shown));
    }
}

#[actix_web::test]
async fn a_field_that_was_written_elsewhere_is_not_written_over() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let thread = practice(&aoi).await;
    add(
        &aoi,
        &thread,
        "failed",
        &[("failed", "先に書いた文"), ("revision", "1")],
    )
    .await;
    let late = add(
        &aoi,
        &thread,
        "failed",
        &[("failed", "あとの文"), ("revision", "1")],
    )
    .await;
    assert_eq!(late.status, StatusCode::PRECONDITION_FAILED);
    let shown = check_page(&late.body, "late");
    assert!(shown.text().contains("先に書いた文"));
    let action = format!("{}/practice?field=failed", at(&thread));
    assert_eq!(shown.form(&action).values("failed"), ["あとの文"]);
    assert_eq!(shown.form(&action).values("revision"), ["2"]);
    // Another field, or the body, is nobody's rival.
    let other = add(
        &aoi,
        &thread,
        "care",
        &[("care", "別室"), ("revision", "1")],
    )
    .await;
    assert_eq!(other.status, StatusCode::SEE_OTHER);
}

#[actix_web::test]
async fn every_field_is_found_and_shown_where_it_was_found() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let words = [
        ("aim", json!("想像力を育てる"), "想像力"),
        ("unit", json!("スイミーの物語"), "スイミー"),
        ("scene", json!("協働"), "協働"),
        ("materials", json!("延長コード"), "延長コード"),
        ("steps", json!(["朗読を録音する"]), "朗読"),
        ("children", json!("笑顔が増えた"), "笑顔"),
        ("failed", json!("雑音が混ざった"), "雑音"),
        ("care", json!("聴覚過敏に配慮"), "聴覚過敏"),
        ("os_version", json!("ChromeOS 130"), "ChromeOS"),
        ("app_version", json!("バージョン九十九"), "九十九"),
        ("lessons", json!(17), "17時間"),
        ("checked_on", json!("2025-02-03"), "令和7年2月3日"),
    ];
    for (number, (field, value, _)) in words.iter().enumerate() {
        let body = json!({
            "kind": "practice", "title": format!("実践その{number}"), "body": "本文です。", "school_type": "小学校",
            "policies": [1], "practice": { *field: value },
        });
        let answer = aoi.api_post("/api/v1/threads", body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    }
    app.drain();
    for (number, (field, _, asked)) in words.iter().enumerate() {
        let found = aoi.search(asked).await;
        assert_eq!(
            found.first(),
            Some(&format!("実践その{number}")),
            "{field}: {found:?}"
        );
        let path = crate::harness::with_query("/api/v1/search", &[("q", asked)]);
        let snippet = text(&aoi.get(&path).await.json()["hits"][0]["snippet_html"]);
        assert!(snippet.contains("<mark>"), "{field}: {snippet}");
    }
    // What is added later is found too.
    let thread = practice(&aoi).await;
    add(&aoi, &thread, "care", &[("care", "色覚に配慮した付せん")]).await;
    app.drain();
    let found = aoi.search("色覚").await;
    assert_eq!(
        found.first().map(String::as_str),
        Some("音読の録音を聞き合う")
    );
}

/// An index of a program that did not look into these fields is built anew.
#[actix_web::test]
async fn an_index_of_other_documents_is_built_anew() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    practice(&aoi).await;
    app.drain();
    let payload = || {
        let index = app.app.searcher.index().unwrap();
        let payload = index.payload().unwrap().unwrap();
        serde_json::from_str::<Value>(&payload).unwrap()
    };
    let present = payload();
    let mut old = present.clone();
    old.as_object_mut().unwrap().remove("documents");
    let index = app.app.searcher.index().unwrap();
    index.apply(&[], &old.to_string()).unwrap();
    app.drain();
    assert_eq!(payload(), present);
    assert!(!std::sync::Arc::ptr_eq(
        &index,
        &app.app.searcher.index().unwrap()
    ));
    assert_eq!(aoi.search("音読").await, ["音読の録音を聞き合う"]);
}

#[actix_web::test]
async fn a_new_practice_asks_for_what_fits_on_one_screen() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let form = page(&aoi, "/threads/new?kind=practice").await;
    let ids = form.ids();
    assert!(ids.contains(&"failed"));
    for later in ["aim", "unit", "steps", "children", "care", "checked_on"] {
        assert!(!ids.contains(&later), "{later}");
    }
    // What was sent all the same is not dropped when something must change.
    let sent = [
        ("kind", "practice"),
        ("title", ""),
        ("aim", "話す力"),
        ("lessons", "いくつか"),
    ];
    let again = aoi.post("/threads", &sent).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    let again = check_page(&again.body, "again");
    assert_eq!(again.form("/threads").values("aim"), ["話す力"]);
    assert_eq!(again.form("/threads").values("lessons"), ["いくつか"]);
    assert!(again.text_of("e-lessons").contains("数字で"));
}

#[actix_web::test]
async fn headings_come_when_they_are_asked_for_and_are_not_published_alone() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    for (kind, heading) in [
        ("question", "【困っていること】"),
        ("practice", "【やったこと】"),
        ("discussion", "【聞いてみたいこと】"),
    ] {
        let plain = page(&aoi, &format!("/threads/new?kind={kind}")).await;
        assert_eq!(plain.form("/threads").values("body"), [""], "never unasked");
        let filled = page(&aoi, &format!("/threads/new?kind={kind}&template=1")).await;
        assert!(filled.form("/threads").values("body")[0].contains(heading));
        let typed = [
            ("kind", kind),
            ("title", "題名"),
            ("school_type", "shogakkou"),
            ("policies", "3"),
        ];
        let mut asked = typed.to_vec();
        asked.extend([("body", " \n"), ("action", "template")]);
        let answer = aoi.post("/threads", &asked).await;
        assert_eq!(answer.status, StatusCode::OK);
        let filled = check_page(&answer.body, kind);
        let form = filled.form("/threads");
        assert_eq!(form.values("title"), ["題名"]);
        let body = form.values("body")[0].clone();
        assert!(body.contains(heading));
        // As it is, it says nothing.
        let mut sent = typed.to_vec();
        sent.push(("body", &body));
        let refused = aoi.post("/threads", &sent).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        let refused = check_page(&refused.body, kind);
        assert!(refused.text_of("e-body").contains("ひな形のままです"));
        // What is written stays.
        let mut asked = typed.to_vec();
        asked.extend([("body", "朝だけです。"), ("action", "template")]);
        let kept = aoi.post("/threads", &asked).await;
        let kept = check_page(&kept.body, kind);
        assert_eq!(kept.form("/threads").values("body"), ["朝だけです。"]);
        assert!(kept.text().contains("ひな形は入れませんでした"));
        let written = format!("{body}\n朝だけです。");
        let mut sent = typed.to_vec();
        sent.push(("body", &written));
        assert_eq!(
            aoi.post("/threads", &sent).await.status,
            StatusCode::SEE_OTHER
        );
    }
    assert_eq!(
        query(
            &app.app,
            "SELECT CAST(count(*) AS TEXT) AS value FROM threads"
        ),
        ["3"]
    );
}
