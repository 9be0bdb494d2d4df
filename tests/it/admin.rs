//! The administrator's pages: the roll, schools, the vocabulary, how the forum stands.

use actix_web::http::{Method, StatusCode, header};
use chrono::TimeDelta;
use hiroba::accounts::{self, Role};
use hiroba::db::Address;
use hiroba::exchange;
use hiroba::jobs;
use hiroba::taxonomy::{self, SENDAI};

use crate::harness::ground::dead_job;
use crate::harness::html::check_page;
use crate::harness::{Actor, Answer, TestApp, with_query};

fn administrator(app: &TestApp) -> Actor<'_> {
    app.person("admin", Role::Administrator, "教育委員会・教育センター")
}

async fn roll(actor: &Actor<'_>, csv: &str, action: &str) -> Answer {
    let fields = [("csv", csv), ("action", action)];
    actor.post("/admin/people/import", &fields).await
}

fn person(app: &TestApp, email: &str) -> Option<accounts::Person> {
    app.app
        .write_here(|db, _| Ok(accounts::by_email(db, email).ok()))
        .unwrap()
}

#[actix_web::test]
async fn a_roll_is_shown_before_it_is_taken_in() {
    let app = TestApp::new().await;
    let admin = administrator(&app);
    app.teacher("aoi");
    let csv = "email,name,school_type,role,grades\n\
        aoi@hiroba.example,青井 美咲,中学校,研修担当,中1;中2\n\
        sota@hiroba.example,見本 そうた,特支,教員,\n\
        nobody,見本,小学校,教員,\n";
    let shown = roll(&admin, csv, "check").await;
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.body);
    let page = check_page(&shown.body, "shown");
    let text = page.text();
    for wanted in [
        "新しく登録される人　1人",
        "変わる人　1人",
        "変わらない人　0人",
        "取り込めない行　1行",
        "名前：「先生 aoi」から「青井 美咲」へ",
        "学校種：「小学校」から「中学校」へ",
        "役割：「教員」から「研修担当」へ",
        "学年：（なし）から「中1、中2」へ",
        "メールアドレスの形を確かめてください",
    ] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
    assert_eq!(page.form("/admin/people/import").value("csv"), csv);
    // Nothing has happened yet.
    assert_eq!(person(&app, "sota@hiroba.example").map(|p| p.name), None);
    let aoi = person(&app, "aoi@hiroba.example").unwrap();
    assert_eq!((aoi.name.as_str(), aoi.role), ("先生 aoi", Role::Teacher));

    let taken = roll(&admin, csv, "import").await;
    let page = check_page(&taken.body, "taken");
    assert!(
        page.text()
            .contains("新しく登録 1人、変わった人 1人、取り込めなかった行 1行。"),
        "{}",
        page.text()
    );
    let aoi = person(&app, "aoi@hiroba.example").unwrap();
    assert_eq!((aoi.name.as_str(), aoi.role), ("青井 美咲", Role::Trainer));
    let sota = person(&app, "sota@hiroba.example").unwrap();
    assert_eq!(sota.school_type, "tokushi");

    // The same once more changes nothing.
    let again = roll(&admin, csv, "check").await;
    assert!(
        check_page(&again.body, "again")
            .text()
            .contains("変わらない人　2人")
    );
}

#[actix_web::test]
async fn what_a_roll_has_no_column_for_stays() {
    let app = TestApp::new().await;
    let admin = administrator(&app);
    let full = "email,name,school_type,role,school,position,grades,subjects\n\
        aoi@hiroba.example,青井 美咲,小学校,教員,hagigasawa-sho,養護教諭,小4,算数;国語\n";
    roll(&admin, full, "import").await;
    let short = "email,name,school_type,role\naoi@hiroba.example,青井 みさき,小学校,教員\n";
    let shown = roll(&admin, short, "check").await;
    let text = check_page(&shown.body, "short").text();
    assert!(text.contains("名前："), "{text}");
    assert!(
        !text.contains("学校：") && !text.contains("学年："),
        "{text}"
    );
    roll(&admin, short, "import").await;
    let aoi = person(&app, "aoi@hiroba.example").unwrap();
    assert_eq!(aoi.name, "青井 みさき");
    assert_eq!(aoi.school.as_deref(), Some("hagigasawa-sho"));
    assert_eq!(aoi.grades, ["shou4"]);
    assert_eq!(aoi.subjects, ["sansuu", "kokugo"]);
    // An empty column empties the field.
    let empty = "email,name,school_type,role,grades\naoi@hiroba.example,青井 みさき,小学校,教員,\n";
    roll(&admin, empty, "import").await;
    assert!(
        person(&app, "aoi@hiroba.example")
            .unwrap()
            .grades
            .is_empty()
    );
}

#[actix_web::test]
async fn a_roll_that_cannot_be_read_is_refused_whole() {
    let app = TestApp::new().await;
    let admin = administrator(&app);
    let line = |number: usize| format!("t{number}@hiroba.example,見本,小学校,教員\n");
    let head = "email,name,school_type,role\n";
    let most: String = (0..2_000).map(line).collect();
    let over: String = (0..2_001).map(line).collect();
    for (csv, wanted) in [
        (String::new(), "名簿を貼り付けるか"),
        (
            "名前\n見本\n".to_owned(),
            "1行目に、email,name,school_type,role の見出し",
        ),
        (head.to_owned(), "人が1人も書かれていません"),
        (format!("{head}{over}"), "2000人までです。いまは2001人です"),
        (
            "email,name,school_type,role\n\0,\0,\0,\0\n".to_owned(),
            "取り込めない行　1行",
        ),
    ] {
        let answer = roll(&admin, &csv, "import").await;
        let page = check_page(&answer.body, wanted);
        let said = page.text().contains(wanted) || page.text().contains("取り込めなかった行 1行");
        assert!(said, "{wanted}: {}", page.text());
    }
    let shown = roll(&admin, &format!("{head}{most}"), "check").await;
    assert_eq!(shown.status, StatusCode::OK);
    assert!(shown.body.contains("新しく登録される人　2000人"));
    assert!(person(&app, "t0@hiroba.example").is_none());
}

#[actix_web::test]
async fn a_roll_is_in_the_log_and_leaves_an_administrator() {
    let app = TestApp::new().await;
    let admin = administrator(&app);
    app.teacher("aoi");
    let csv = "email,name,school_type,role\n\
        aoi@hiroba.example,青井 美咲,小学校,運営担当\n\
        sota@hiroba.example,見本 そうた,小学校,教員\n\
        admin@hiroba.example,管理の人,教育委員会・教育センター,教員\n";
    let taken = roll(&admin, csv, "import").await;
    let text = check_page(&taken.body, "taken").text();
    assert!(text.contains("管理者がだれもいなくなります。"), "{text}");
    assert_eq!(
        person(&app, "admin@hiroba.example").unwrap().role,
        Role::Administrator
    );
    let log = check_page(&admin.get("/desk/audit").await.body, "log").text();
    for wanted in ["役割を変えた", "教員 → 運営担当", "利用者を登録した"] {
        assert!(log.contains(wanted), "{wanted}: {log}");
    }
    // Nor by the list of people; with a second one it goes.
    let own = format!("/admin/people/{}/role", admin.id.unwrap());
    let refused = admin.post(&own, &[("role", "teacher")]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    app.person("second", Role::Administrator, "小学校");
    let gone = admin.post(&own, &[("role", "teacher")]).await;
    assert_eq!(gone.status, StatusCode::SEE_OTHER);
}

#[actix_web::test]
async fn what_left_the_vocabulary_hinders_no_edit() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let body = serde_json::json!({
        "kind": "question", "title": "体育館の電波", "body": "届きません。", "school_type": "小学校",
        "policies": [3], "initiatives": ["p3-gym-wifi"],
    });
    let thread = aoi.api_post("/api/v1/threads", body).await.json();
    let mut words = taxonomy::Vocabulary::parse(SENDAI).unwrap();
    words.initiatives.retain(|one| one.slug != "p3-gym-wifi");
    let text = toml::to_string(&words).unwrap();
    app.app
        .write_here(|db, now| taxonomy::load(db, &text, now))
        .unwrap();
    let path = format!("/api/v1/threads/{}", thread["id"].as_str().unwrap());
    let change = serde_json::json!({ "body": "奥だけ届きません。" });
    let answer = aoi.api(Method::PATCH, &path, change).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(answer.json()["initiatives"][0], "p3-gym-wifi");
    // Whoever chooses anew chooses from what there is.
    let relabel = serde_json::json!({ "policies": [1] });
    let answer = aoi.api(Method::PATCH, &path, relabel).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[actix_web::test]
async fn schools_open_and_close() {
    let app = TestApp::new().await;
    let admin = administrator(&app);
    let new = |name: &'static str, from: &'static str, to: &'static str| {
        [
            ("name", name),
            ("school_type", "小学校"),
            ("valid_from", from),
            ("valid_to", to),
        ]
    };
    let create = async |fields: [(&str, &str); 4]| admin.post("/admin/schools", &fields).await;
    let made = create(new("見本ひがし小学校", "2020-04-01", "2026-03-31")).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.body);
    // The name may be used again after it has closed, not before.
    let taken = create(new("見本ひがし小学校", "2026-03-31", "")).await;
    assert_eq!(taken.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        taken
            .body
            .contains("同じ名前の学校が、同じ時期にもうあります。")
    );
    let later = create(new("見本ひがし小学校", "2026-04-01", "")).await;
    assert_eq!(later.status, StatusCode::SEE_OTHER);
    for (fields, wanted) in [
        (new("", "", ""), "正式な名前を書いてください"),
        (
            new("見本", "2026-04-01", "2026-03-31"),
            "閉校の日は、開校の日よりあとに",
        ),
        (new("見本", "4月1日", ""), "日付の形を確かめてください"),
    ] {
        let answer = create(fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.body.contains(wanted), "{wanted}");
    }
    let longest = "あ".repeat(60);
    let name = [("name", longest.as_str()), ("school_type", "小学校")];
    assert_eq!(
        admin.post("/admin/schools", &name).await.status,
        StatusCode::SEE_OTHER
    );
    let longer = "あ".repeat(61);
    let name = [("name", longer.as_str()), ("school_type", "小学校")];
    assert_eq!(
        admin.post("/admin/schools", &name).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let list = admin
        .get(&with_query("/admin/schools", &[("q", "見本ひがし")]))
        .await;
    let page = check_page(&list.body, "schools");
    assert_eq!(page.text().matches("見本ひがし小学校を").count(), 0);
    assert_eq!(list.body.matches("閉校</span>").count(), 1, "{}", list.body);
    assert!(page.text().contains("2020-04-01から2026-03-31まで"));
    // Changing one keeps its slug.
    let edit = "/admin/schools/hagigasawa-sho/edit";
    let form = check_page(&admin.get(edit).await.body, "edit");
    let name = form.form(edit).value("name").to_owned();
    let fields = [
        ("name", name.as_str()),
        ("school_type", "小学校"),
        ("valid_to", "2027-03-31"),
    ];
    assert_eq!(
        admin.post(edit, &fields).await.status,
        StatusCode::SEE_OTHER
    );
    let school = app
        .app
        .write_here(|db, _| taxonomy::school(db, "hagigasawa-sho"))
        .unwrap();
    assert_eq!(school.valid_to.unwrap().to_string(), "2027-03-31");
    // Of two of one name the present one is meant; one that has closed can be kept, not chosen.
    let aoi = app.teacher("aoi");
    let choose = async |school: &str| {
        let fields = [
            ("name", "青井 美咲"),
            ("school_type", "小学校"),
            ("school", school),
        ];
        aoi.post("/settings/profile", &fields).await
    };
    assert_eq!(
        choose("見本ひがし小学校").await.status,
        StatusCode::SEE_OTHER
    );
    let now = app
        .app
        .write_here(|db, _| accounts::by_email(db, "aoi@hiroba.example"))
        .unwrap();
    let chosen = app
        .app
        .write_here(|db, _| taxonomy::school(db, now.school.as_deref().unwrap()))
        .unwrap();
    assert_eq!(chosen.valid_to, None);
    let closed = choose("kawaoto-sho").await;
    assert_eq!(closed.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(closed.body.contains("その学校は、いまはありません。"));
    app.app
        .write_here(|db, now| {
            let house = accounts::house();
            let csv = "email,name,school_type,role,school\naoi@hiroba.example,青井,小学校,教員,kawaoto-sho\n";
            let roll = exchange::people::Roll::read(csv.as_bytes())?;
            exchange::people::import_here(db, &house, roll, now)
        })
        .unwrap();
    assert_eq!(choose("kawaoto-sho").await.status, StatusCode::SEE_OTHER);
}

#[actix_web::test]
async fn the_vocabulary_is_shown_changed_and_brought_back() {
    let app = TestApp::new().await;
    let admin = administrator(&app);
    // The file that is handed out is the one that can be handed in.
    let file = admin.get("/admin/taxonomy/file").await;
    assert_eq!(file.status, StatusCode::OK);
    let same = [("file", file.body.as_str()), ("action", "check")];
    let answer = admin.post("/admin/taxonomy", &same).await;
    assert!(
        answer.body.contains("いまのことばと同じです。"),
        "{}",
        answer.body
    );

    let changed = SENDAI.replacen("体育館Wi-Fi", "たいいくかん", 1);
    assert_ne!(changed, SENDAI);
    let fields = |action| [("file", changed.as_str()), ("action", action)];
    let shown = admin.post("/admin/taxonomy", &fields("check")).await;
    assert_eq!(shown.status, StatusCode::OK);
    let page = check_page(&shown.body, "words");
    assert!(
        page.text().contains("の中身が変わります"),
        "{}",
        page.text()
    );
    let short = |app: &TestApp| {
        let words = app.app.write_here(|db, _| taxonomy::current(db)).unwrap();
        words.find_initiative("p3-gym-wifi").unwrap().short.clone()
    };
    assert_eq!(short(&app), "体育館Wi-Fi");
    app.advance(TimeDelta::hours(1));
    let loaded = admin.post("/admin/taxonomy", &fields("load")).await;
    assert_eq!(loaded.status, StatusCode::SEE_OTHER);
    assert_eq!(short(&app), "たいいくかん");
    // And back.
    let versions = app.app.write_here(|db, _| taxonomy::versions(db)).unwrap();
    assert_eq!(
        versions.iter().map(|v| v.current).collect::<Vec<_>>(),
        [true, false]
    );
    let back = format!("/admin/taxonomy/{}/restore", versions[1].id);
    assert_eq!(admin.post(&back, &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(short(&app), "体育館Wi-Fi");
    let current = app.app.write_here(|db, _| taxonomy::versions(db)).unwrap();
    assert_eq!(current.iter().filter(|v| v.current).count(), 1);
    // What cannot be read says why and changes nothing.
    let wrong = [("file", "policies = 3"), ("action", "load")];
    let refused = admin.post("/admin/taxonomy", &wrong).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(short(&app), "体育館Wi-Fi");
}

#[actix_web::test]
async fn a_given_up_job_is_seen_tried_again_and_discarded() {
    let app = TestApp::new().await;
    let admin = administrator(&app);
    let empty = admin.get("/admin").await;
    assert!(empty.body.contains("あきらめた仕事はありません"));
    let (first, second) = (dead_job(&app), dead_job(&app));
    let page = admin.get("/admin").await;
    let text = check_page(&page.body, "glance").text();
    assert!(
        text.contains("no handler for jobs of kind nonsense"),
        "{text}"
    );
    let counts = |app: &TestApp| app.app.write_here(|db, _| jobs::counts(db)).unwrap();
    assert_eq!(counts(&app), (0, 2));
    let act = async |id, what| {
        admin
            .post(&format!("/admin/jobs/{id}/{what}"), &[])
            .await
            .status
    };
    assert_eq!(act(first, "retry").await, StatusCode::SEE_OTHER);
    assert_eq!(counts(&app), (1, 1));
    // One that waits is no longer the administrator's to discard.
    assert_eq!(act(first, "discard").await, StatusCode::NOT_FOUND);
    assert_eq!(act(second, "discard").await, StatusCode::SEE_OTHER);
    assert_eq!(counts(&app), (1, 0));
    let job = app.app.write_here(jobs::claim).unwrap().unwrap();
    assert_eq!((job.id, job.attempts), (first, 0));
}

#[actix_web::test]
async fn the_first_page_counts_what_there_is() {
    let app = TestApp::new().await;
    let admin = administrator(&app);
    let aoi = app.teacher("aoi");
    let question = aoi.ask("電子黒板の字が薄い").await;
    aoi.reply(&question, "明るさを上げました。").await;
    aoi.thread("practice", "音読の録音", "聞き合いました。")
        .await;
    let sota = app.teacher("sota");
    let body = serde_json::json!({ "reason": "personal_data" });
    let reports = format!(
        "/api/v1/threads/{}/reports",
        question["id"].as_str().unwrap()
    );
    assert_eq!(
        sota.api_post(&reports, body).await.status,
        StatusCode::CREATED
    );
    let page = admin.get("/admin").await;
    check_page(&page.body, "glance");
    for (label, number) in [
        ("運営担当を待つ知らせ", "1件"),
        ("教員", "2人"),
        ("管理者", "1人"),
        ("質問", "0件"),
        ("実践", "1件"),
        ("返信", "1件"),
        ("確認待ち", "1件"),
    ] {
        let line = format!("<dt>{label}</dt><dd>{number}</dd>");
        assert!(page.body.contains(&line), "{line}: {}", page.body);
    }
}

const TOKEN: &str = "0123456789abcdef";

#[actix_web::test]
async fn metrics_are_for_this_machine_and_for_whoever_has_the_token() {
    let app = TestApp::with(|config| config.metrics_token = TOKEN.to_owned()).await;
    let admin = administrator(&app);
    let status = async |peer: &str, headers: &[(&str, &str)]| {
        let mut request = admin
            .request(Method::GET, "/metrics")
            .insert_header((header::HOST, "localhost:8080"))
            .peer_addr(peer.parse().unwrap());
        for (name, value) in headers {
            request = request.insert_header((*name, *value));
        }
        admin.send(request).await.status
    };
    let (local, elsewhere) = ("127.0.0.1:4000", "203.0.113.7:4000");
    let right = format!("Bearer {TOKEN}");
    for (peer, headers, wanted) in [
        (local, vec![], StatusCode::OK),
        ("[::1]:4000", vec![], StatusCode::OK),
        (
            "127.0.0.1:4000",
            vec![("host", "127.0.0.1:8080")],
            StatusCode::OK,
        ),
        ("[::1]:4000", vec![("host", "[::1]:8080")], StatusCode::OK),
        // A proxy on this machine speaks for somebody elsewhere.
        (
            local,
            vec![("host", "hiroba.example")],
            StatusCode::NOT_FOUND,
        ),
        (
            local,
            vec![("host", "localhost.evil.example")],
            StatusCode::NOT_FOUND,
        ),
        (
            local,
            vec![("x-forwarded-for", "203.0.113.7")],
            StatusCode::NOT_FOUND,
        ),
        (
            local,
            vec![("x-forwarded-for", "127.0.0.1")],
            StatusCode::NOT_FOUND,
        ),
        (
            local,
            vec![("forwarded", "for=203.0.113.7")],
            StatusCode::NOT_FOUND,
        ),
        (elsewhere, vec![], StatusCode::NOT_FOUND),
        (
            elsewhere,
            vec![("authorization", right.as_str())],
            StatusCode::OK,
        ),
        (
            elsewhere,
            vec![("authorization", "Bearer 0123456789abcdeF")],
            StatusCode::NOT_FOUND,
        ),
        (
            elsewhere,
            vec![("authorization", "Bearer ")],
            StatusCode::NOT_FOUND,
        ),
    ] {
        assert_eq!(status(peer, &headers).await, wanted, "{peer} {headers:?}");
    }
    // Without a token none is right, not even an empty one.
    let closed = TestApp::new().await;
    let empty = closed
        .anon()
        .request(Method::GET, "/metrics")
        .insert_header((header::AUTHORIZATION, "Bearer "));
    assert_eq!(
        closed.anon().send(empty).await.status,
        StatusCode::NOT_FOUND
    );
}

#[actix_web::test]
async fn metrics_tell_numbers_and_nobody() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let question = aoi.ask("電子黒板の字が薄い").await;
    let path = format!("/threads/{}", question["id"].as_str().unwrap());
    for _ in 0..3 {
        aoi.get(&path).await;
    }
    aoi.get(&with_query("/nothing", &[("q", "ひみつ")])).await;
    let read = async || {
        let request = aoi
            .request(Method::GET, "/metrics")
            .insert_header((header::HOST, "localhost:8080"))
            .peer_addr("127.0.0.1:4000".parse().unwrap());
        aoi.send(request).await
    };
    let answer = read().await;
    assert!(
        answer
            .header("content-type")
            .starts_with("application/openmetrics-text")
    );
    let lines: Vec<&str> = answer.body.lines().collect();
    let has = |line: &str| assert!(lines.contains(&line), "{line}: {}", answer.body);
    has("hiroba_requests_total{method=\"GET\",route=\"/threads/{id}\",status=\"200\"} 3");
    has("hiroba_requests_total{method=\"GET\",route=\"-\",status=\"404\"} 1");
    has("hiroba_request_seconds_count{route=\"/threads/{id}\"} 3");
    // On PostgreSQL a change counts once no older transaction runs, of other tests neither.
    if matches!(app.app.database.address(), Address::Sqlite(_)) {
        has("hiroba_feed_lag_changes 1.0");
    }
    has("hiroba_index_documents 0.0");
    has("hiroba_jobs{state=\"dead\"} 0.0");
    assert_eq!(lines.last(), Some(&"# EOF"));
    for secret in [
        "ひみつ",
        "aoi",
        "電子黒板",
        question["id"].as_str().unwrap(),
    ] {
        assert!(!answer.body.contains(secret), "{secret}");
    }
    app.drain();
    dead_job(&app);
    let later = read().await.body;
    for line in [
        "hiroba_feed_lag_changes 0.0",
        "hiroba_index_documents 1.0",
        "hiroba_jobs{state=\"dead\"} 1.0",
    ] {
        assert!(later.contains(line), "{line}: {later}");
    }
}
