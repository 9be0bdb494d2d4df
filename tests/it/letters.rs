//! What letters look like, hostile text in them, the links that leave, the pages of settings and of the ledger, and mail
//! that comes back.

use actix_web::http::{Method, StatusCode};
use chrono::TimeDelta;
use hiroba::accounts::{self, PersonInput, Role};
use hiroba::calendar::Week;
use hiroba::curation;
use hiroba::digest::preview;
use hiroba::mail::Letter;
use hiroba::mail::plain::{COLUMNS, columns};
use hiroba::mail::read::incoming;
use hiroba::notices::bounce::{Done, receive};
use hiroba::notices::settings::{self, Frequency, Reason};
use hiroba::replies::marks::Mark;
use hiroba::worker;

use crate::harness::ground::{query, sql};
use crate::harness::html::{Page, check_page};
use crate::harness::smtp::MailServer;
use crate::harness::town::{Town, Written, at};
use crate::harness::{Actor, TestApp, text, with_query};
use crate::hostile::hostile;

const TUESDAY: &str = "2026-11-17T10:00:00+09:00";
const THURSDAY: &str = "2026-11-19T15:30:00+09:00";

/// `text` with what is different in every run written the same.
fn redacted(text: &str) -> String {
    let mut parts = text.split("https://hiroba.example/");
    let mut all = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part
            .find(|c: char| c.is_whitespace() || c == '"')
            .unwrap_or(part.len());
        let (path, rest) = part.split_at(end);
        let kept = match path.rsplit_once('/') {
            Some((before, _)) if !path.starts_with("settings") => format!("{before}/…"),
            _ => path.to_owned(),
        };
        all.push_str("https://hiroba.example/");
        all.push_str(&kept);
        all.push_str(rest);
    }
    all
}

/// A forum with one thing for every part of a letter to `r0`.
fn full_town() -> Town {
    let town = Town::new(TUESDAY);
    let people = town.people(8);
    town.prefer(&people[0], |input| input.at_once = Vec::new());
    let trainer = town.trainer();
    let mine = town.ask(
        &people[0],
        "体育館で学年全員がロイロに入ると、途中から白い画面になります",
    );
    town.reply(&people[1], mine, "前の日に教室で開いておきます。");
    town.reply(&people[2], mine, "うちもそうでした。");
    let followed = town.ask(&people[3], "充電保管庫の「さし忘れ」を減らす工夫");
    town.mark(&people[0], followed, Mark::Follow);
    town.reply(&people[4], followed, "係を決めました。");
    let write = |place: usize, kind, title, school_type, subject| {
        town.set(town.now().plus(TimeDelta::minutes(1)));
        let author = &people[place];
        town.write(&Written {
            author,
            kind,
            title,
            school_type,
            subject,
            policy: 1,
        })
    };
    let pick = write(
        5,
        "practice",
        "初めてのGIGA担当、4月にすること",
        "chugakkou",
        None,
    );
    town.app
        .write_here(|db, now| {
            curation::recommend(
                db,
                &trainer,
                pick,
                "来年度の担当が決まりはじめる前に、上から3つだけ読んでみてください。",
                now,
            )
        })
        .unwrap();
    write(
        6,
        "practice",
        "算数の「ちがいは何だろう」を、共有スライド1枚で話し合う",
        "shogakkou",
        None,
    );
    write(
        7,
        "discussion",
        "欠席連絡がアプリになって、朝の電話はどれくらい減りましたか",
        "chugakkou",
        None,
    );
    write(
        2,
        "question",
        "録音した音読、全員分をどう聞いていますか",
        "shogakkou",
        Some("国語"),
    );
    town.set(at(THURSDAY));
    town
}

fn letter_to(letters: &[Letter], address: &str) -> Letter {
    letters
        .iter()
        .find(|letter| letter.to == address)
        .unwrap()
        .clone()
}

#[test]
fn a_letter_with_every_part_looks_so() {
    let town = full_town();
    town.run();
    let letter = letter_to(&town.taken(), "r0@hiroba.example");
    insta::assert_snapshot!("digest_text", redacted(&letter.text));
    let html = letter.html.unwrap();
    assert!(html.len() <= 8 * 1024, "{} bytes", html.len());
    insta::assert_snapshot!("digest_html", redacted(&html));
    // Whatever the form with pictures has, the text has too.
    let links = Page::read(&html);
    for link in links.all("a").filter_map(|tag| tag.get("href")) {
        assert!(letter.text.lines().any(|line| line == link), "{link}");
    }
    assert!(links.all("img").next().is_none());
}

#[test]
fn a_letter_with_news_looks_so() {
    let town = Town::new(TUESDAY);
    let people = town.people(3);
    let thread = town.ask(
        &people[0],
        "体育館で学年全員がロイロに入ると、途中から白い画面になります",
    );
    for number in 0..7 {
        town.set(town.now().plus(TimeDelta::seconds(1)));
        town.reply(
            &people[1],
            thread,
            &format!("**{number}番目**の返信です。[手順](https://example.com)を見てください。"),
        );
    }
    town.run();
    let letter = letter_to(&town.taken(), "r0@hiroba.example");
    insta::assert_snapshot!("news_text", redacted(&letter.text));
    insta::assert_snapshot!("news_html", redacted(&letter.html.unwrap()));
}

/// The headers that our letters have, and no others.
const HEADERS: [&str; 12] = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "MIME-Version",
    "Auto-Submitted",
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "Precedence",
    "Content-Type",
];

#[test]
fn hostile_titles_and_names_stay_what_they_are() {
    let server = MailServer::start(&[]);
    let town = Town::with(TUESDAY, |config| {
        config.smtp_url = server.url();
        config.smtp_connections = 1;
    });
    let author = town.people(2).remove(1);
    let mut texts = hostile();
    texts.extend(
        [
            "㈱広場 ①②③ Ⅳ ﾛｲﾛﾉｰﾄ ～〜 髙﨑彅 😀👩‍🏫🇯🇵",
            "題\r\nBcc: evil@example.jp",
            "題\u{2028}X-Evil: 1\u{2029}",
            "\r\n\r\n.\r\nQUIT\r\n",
            "=?utf-8?B?PHNjcmlwdD4=?=",
        ]
        .map(str::to_owned),
    );
    texts.push("あ".repeat(10_000));
    let mut taken = 0;
    let mut readers = Vec::new();
    for (number, hostile) in texts.iter().enumerate() {
        town.set(town.now().plus(TimeDelta::minutes(1)));
        // As a name: past the form, as an old row could hold it.
        let name = hostile.replace('\0', "").replace('\'', "''");
        let email = format!("h{number}@hiroba.example");
        let input = PersonInput {
            email: email.clone(),
            name: "見本".to_owned(),
            school_type: "shogakkou".to_owned(),
            role: "teacher".to_owned(),
            ..PersonInput::default()
        };
        town.app
            .write_here(|db, now| {
                let new = input.parse(db)?;
                accounts::create(db, &accounts::house(), &new, None, now)
            })
            .unwrap();
        sql(
            &town.app,
            &format!("UPDATE accounts SET name = '{name}' WHERE email = '{email}'"),
        );
        readers.push(email);
        // As a title: where the form takes it.
        let title = hiroba::threads::TITLE.parse(hostile);
        if let Ok(title) = title {
            let written = Written {
                author: &author,
                kind: "practice",
                title: &title,
                school_type: "chugakkou",
                subject: None,
                policy: 1,
            };
            town.write(&written);
            taken += 1;
        }
    }
    assert!(taken > 15, "{taken}");
    town.set(at(THURSDAY));
    let report = town.run();
    assert_eq!(report.failed + report.later, 0, "{report:?}");
    let accepted = server.accepted();
    for email in &readers {
        assert!(
            accepted.iter().any(|one| one.to == [email.clone()]),
            "{email}"
        );
    }
    for one in &accepted {
        assert_eq!(one.defects, Vec::<String>::new(), "{:?}", one.to);
        assert_eq!(one.to.len(), 1);
        assert!(one.longest <= 998, "{}", one.longest);
        for (name, value) in &one.headers {
            assert!(HEADERS.contains(&name.as_str()), "{name}: {value}");
            assert!(
                !value.contains(|c: char| c.is_control()),
                "{name}: {value:?}"
            );
        }
        assert!(
            one.header("To").ends_with(&format!("<{}>", one.to[0])),
            "{}",
            one.header("To")
        );
        assert!(one.header("Subject").starts_with("【広場】週のまとめ"));
        let text = one.text.as_ref().unwrap();
        for line in text.lines() {
            let width: usize = line.chars().map(columns).sum();
            assert!(
                width <= COLUMNS || line.starts_with("https://"),
                "{width}: {line}"
            );
            assert!(!line.contains(|c: char| c.is_control()), "{line:?}");
        }
        let html = Page::read(one.html.as_ref().unwrap());
        for name in ["script", "img", "svg", "iframe", "form", "object"] {
            assert!(html.all(name).next().is_none(), "{name}: {:?}", one.html);
        }
        for link in html.all("a").filter_map(|tag| tag.get("href")) {
            assert!(link.starts_with("https://hiroba.example/"), "{link}");
        }
    }
    // What is no danger arrives as it was typed.
    assert!(accepted.iter().any(|one| {
        one.text
            .as_ref()
            .unwrap()
            .contains("㈱広場 ①②③ Ⅳ ﾛｲﾛﾉｰﾄ ～〜 髙﨑彅 😀")
    }));
}

#[test]
fn an_item_that_vanished_is_dropped_and_told_later_is_another() {
    let server = MailServer::start(&["--down", "1"]);
    let town = Town::with(TUESDAY, |config| {
        config.smtp_url = server.url();
        config.smtp_connections = 1;
    });
    let people = town.people(3);
    let hidden = town.ask(&people[1], "あとで見えなくなる質問");
    town.ask(&people[1], "残る質問");
    town.set(at(THURSDAY));
    // The server is away: chosen and frozen, but not sent.
    assert_eq!(town.run().sent, 0);
    town.hide_thread(hidden);
    town.set(at(THURSDAY).plus(TimeDelta::minutes(2)));
    assert!(town.run().sent >= 1);
    for one in server.accepted() {
        let text = one.text.unwrap();
        assert!(
            !text.contains("あとで見えなくなる") && text.contains("残る質問"),
            "{text}"
        );
        assert!(text.contains("今週の1件です"), "{text}");
    }
    let hashes = query(
        &town.app,
        "SELECT CASE WHEN frozen_hash = sent_hash THEN 'same' ELSE 'other' END AS value FROM outbox WHERE state = 'sent' GROUP BY 1",
    );
    assert_eq!(hashes, ["other"]);
}

#[test]
fn one_issue_a_week_also_for_who_changes_the_day() {
    let town = Town::new(TUESDAY);
    let people = town.people(2);
    town.ask(&people[1], "一つ目の質問");
    town.set(at(THURSDAY));
    assert_eq!(town.run().sent, 1);
    town.ask(&people[1], "二つ目の質問");
    town.prefer(&people[0], |input| {
        input.weekday = "5".to_owned();
        input.window = "0800".to_owned();
    });
    town.set(at("2026-11-20T08:00:00+09:00"));
    let report = town.run();
    assert_eq!((report.opened, report.sent, report.skipped), (1, 0, 0));
    let reasons = query(
        &town.app,
        "SELECT reason AS value FROM outbox WHERE state = 'skipped' ORDER BY reason",
    );
    assert_eq!(reasons, ["nothing", "other_slot"]);
    // The next week on the new day, with what was not told yet.
    town.set(at("2026-11-27T08:00:00+09:00"));
    assert_eq!(town.run().sent, 1);
    assert!(town.taken().last().unwrap().text.contains("二つ目の質問"));
}

#[test]
fn weeks_without_a_server_are_entered_as_missed() {
    let town = Town::new(TUESDAY);
    let people = town.people(2);
    town.ask(&people[1], "質問");
    town.prefer(&people[1], |input| {
        input.weekday = "5".to_owned();
        input.window = "0800".to_owned();
    });
    // Both slots; a week with the first alone; nothing for a week; both again.
    for moment in [
        THURSDAY,
        "2026-11-20T08:00:00+09:00",
        "2026-11-26T15:30:00+09:00",
        "2026-12-10T15:30:00+09:00",
        "2026-12-11T08:00:00+09:00",
    ] {
        town.set(at(moment));
        town.run();
    }
    let weeks = query(
        &town.app,
        "SELECT time_window || ' ' || week || ' ' || state AS value FROM digest_issues ORDER BY time_window DESC, week",
    );
    assert_eq!(
        weeks,
        [
            "1530 2026-W47 chosen",
            "1530 2026-W48 chosen",
            "1530 2026-W49 missed",
            "1530 2026-W50 chosen",
            "0800 2026-W47 chosen",
            "0800 2026-W48 missed",
            "0800 2026-W49 missed",
            "0800 2026-W50 chosen",
        ]
    );
}

// ---- links and pages ------------------------------------------------------------------------------------------------

fn token_of(app: &TestApp, actor: &Actor<'_>) -> String {
    let id = actor.id.unwrap();
    let reader = app.app.write_here(|db, now| {
        settings::ensure(db, id, now)?;
        settings::reader(db, id)
    });
    reader.unwrap().settings.token
}

fn receives(app: &TestApp, actor: &Actor<'_>) -> (Frequency, Vec<Reason>) {
    let id = actor.id.unwrap();
    let set = app
        .app
        .write_here(|db, _| settings::reader(db, id))
        .unwrap()
        .settings;
    (set.frequency, set.at_once)
}

#[actix_web::test]
async fn one_click_leaves_one_list_and_opening_a_link_changes_nothing() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let token = token_of(&app, &aoi);
    let all = Reason::AT_ONCE.to_vec();
    // A gateway that opens every link, as often as it likes.
    let gateway = app.anon();
    for list in ["digest", "news"] {
        for method in [Method::GET, Method::HEAD] {
            let path = format!("/mail/{list}/leave/{token}");
            let answer = gateway.send(gateway.request(method, &path)).await;
            assert_eq!(answer.status, StatusCode::OK);
        }
    }
    let join = format!("/mail/digest/join/{token}");
    assert_eq!(gateway.get(&join).await.status, StatusCode::NOT_FOUND);
    assert_eq!(receives(&app, &aoi), (Frequency::Weekly, all.clone()));
    // RFC 8058: a POST from a mail provider, without cookie, origin or referer.
    let path = format!("/mail/digest/leave/{token}");
    let request = actix_web::test::TestRequest::with_uri(&path)
        .method(Method::POST)
        .set_form([("List-Unsubscribe", "One-Click")]);
    let answer = gateway.send(request).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert!(answer.body.contains("やめました"));
    assert_eq!(receives(&app, &aoi), (Frequency::Never, all.clone()));
    // Twice is once; and back with one click, a year later too.
    app.advance(TimeDelta::days(365));
    gateway.post(&path, &[]).await;
    assert_eq!(receives(&app, &aoi).0, Frequency::Never);
    let page = gateway.get(&path).await;
    let form = Page::read(&page.body);
    assert!(
        form.all("form")
            .any(|form| form.get("action") == Some(join.as_str()))
    );
    let answer = gateway.post(&join, &[]).await;
    assert!(answer.body.contains("また受け取れるようになりました"));
    assert_eq!(receives(&app, &aoi), (Frequency::Weekly, all));
    gateway
        .post(&format!("/mail/news/leave/{token}"), &[])
        .await;
    assert_eq!(receives(&app, &aoi), (Frequency::Weekly, Vec::new()));
    // A link of somebody else's making says nothing.
    for wrong in ["x", "", "%00", &token[1..]] {
        let answer = gateway
            .post(&format!("/mail/digest/leave/{wrong}"), &[])
            .await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{wrong}");
    }
}

#[actix_web::test]
async fn settings_are_kept_and_wrong_ones_named() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let fields = [
        ("frequency", "fortnightly"),
        ("weekday", "2"),
        ("window", "1215"),
        ("contents", "own"),
        ("contents", "waiting"),
        ("policies", "3"),
        ("policies", "1"),
        ("school_types", "koukou"),
        ("subjects", "国語"),
        ("at_once", "mention"),
        ("any_time", "1"),
        ("in_vacation", "1"),
        ("paused_until", "2026-12-01"),
    ];
    let answer = aoi.post("/settings/mail", &fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let page = aoi.get("/settings/mail").await;
    let form = check_page(&page.body, "/settings/mail").form("/settings/mail");
    for name in [
        "frequency",
        "weekday",
        "window",
        "contents",
        "policies",
        "school_types",
        "subjects",
        "at_once",
        "any_time",
        "in_vacation",
        "paused_until",
    ] {
        let mut expected: Vec<&str> = fields
            .iter()
            .filter(|(key, _)| *key == name)
            .map(|(_, value)| *value)
            .collect();
        let mut values = form.values(name);
        expected.sort_unstable();
        values.sort();
        // The form speaks in slugs.
        if name == "subjects" {
            assert_eq!(values.len(), 1);
        } else {
            assert_eq!(values, expected, "{name}");
        }
    }
    // 2026-12-01 is a Tuesday: the pause ends on it.
    assert!(
        page.body.contains("12月1日（火）12時15分ごろ"),
        "{}",
        page.body
    );
    for (name, value, field) in [
        ("frequency", "daily", "frequency"),
        ("weekday", "6", "weekday"),
        ("weekday", "0", "weekday"),
        ("window", "0300", "window"),
        ("contents", "everything", "contents"),
        ("paused_until", "あした", "paused_until"),
        ("paused_until", "2027-11-22", "paused_until"),
    ] {
        let mut wrong: Vec<(&str, &str)> = fields
            .iter()
            .copied()
            .filter(|(key, _)| *key != name)
            .collect();
        wrong.push((name, value));
        let answer = aoi.post("/settings/mail", &wrong).await;
        assert_eq!(
            answer.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{name}={value}"
        );
        let page = check_page(&answer.body, name);
        assert!(
            page.by_id(&format!("e-{field}")).is_some(),
            "{name}={value}: {}",
            answer.body
        );
        // What was typed beside it is still there.
        assert_eq!(
            page.form("/settings/mail").values("school_types"),
            ["koukou"]
        );
    }
    // At the edge of a year, and a day that has passed: no pause.
    for (day, kept) in [("2027-11-21", "2027-11-21"), ("2026-11-20", "")] {
        let mut edge: Vec<(&str, &str)> = fields
            .iter()
            .copied()
            .filter(|(key, _)| *key != "paused_until")
            .collect();
        edge.push(("paused_until", day));
        assert_eq!(
            aoi.post("/settings/mail", &edge).await.status,
            StatusCode::SEE_OTHER
        );
        let page = aoi.get("/settings/mail").await;
        assert_eq!(
            Page::read(&page.body)
                .form("/settings/mail")
                .value("paused_until"),
            kept
        );
    }
}

/// What a mail server says of a letter that it could not deliver.
fn notification(message_id: &str, action: &str) -> String {
    format!(
        "From: MAILER-DAEMON@mx.example\r\nTo: hiroba@hiroba.example\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n\
         --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n\
         Final-Recipient: rfc822; aoi@hiroba.example\r\nAction: {action}\r\nStatus: 5.1.1\r\n\r\n\
         --b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{message_id}>\r\nSubject: x\r\n\r\n--b--\r\n"
    )
}

#[actix_web::test]
async fn letters_that_come_back_silence_a_reader_who_can_wake_the_address() {
    let app = TestApp::new().await;
    let (aoi, sota) = (app.teacher("aoi"), app.teacher("sota"));
    let administrator = app.person("admin", Role::Administrator, "小学校");
    for week in 0..3 {
        sota.again().ask(&format!("質問 {week}")).await;
        let thursday = at("2026-11-26T15:30:00+09:00").plus(TimeDelta::weeks(week));
        app.advance(thursday.since(app.now()));
        worker::press(&app.app).run().unwrap();
        let letters = std::mem::take(&mut *app.mails.lock().unwrap());
        let letter = letter_to(&letters, "aoi@hiroba.example");
        let id = format!("{}@hiroba.example", letter.id.unwrap());
        // A delay is no failure; a failure counts once, however often it is said.
        for (action, wanted) in [
            ("delayed", Done::Nothing),
            ("failed", Done::Returned(1)),
            ("failed", Done::Nothing),
        ] {
            let mail = incoming(notification(&id, action).as_bytes());
            let done = app
                .app
                .write_here(|db, now| receive(db, &mail, now))
                .unwrap();
            assert_eq!(done, wanted, "{action}");
        }
    }
    let (aoi, sota, administrator) = (aoi.again(), sota.again(), administrator.again());
    let home = aoi.get("/").await;
    assert!(
        home.body.contains("メールが届かなかったので"),
        "{}",
        home.body
    );
    assert!(
        !sota
            .get("/")
            .await
            .body
            .contains("メールが届かなかったので")
    );
    let ledger = administrator.get("/admin/mails").await;
    check_page(&ledger.body, "/admin/mails");
    assert_eq!(
        ledger
            .body
            .matches("続いたので、送るのを止めています")
            .count(),
        3
    );
    // Nothing goes there any more.
    sota.ask("もう一つ").await;
    app.advance(TimeDelta::weeks(1));
    worker::press(&app.app).run().unwrap();
    assert!(
        !app.mails
            .lock()
            .unwrap()
            .iter()
            .any(|letter| letter.to == "aoi@hiroba.example")
    );
    let aoi = aoi.again();
    // One press of a button, and the next week it comes.
    assert_eq!(
        aoi.post("/settings/mail/wake", &[]).await.status,
        StatusCode::SEE_OTHER
    );
    assert!(!aoi.get("/").await.body.contains("メールが届かなかったので"));
    app.advance(TimeDelta::weeks(4)); // past the winter vacation
    worker::press(&app.app).run().unwrap();
    assert!(
        app.mails
            .lock()
            .unwrap()
            .iter()
            .any(|letter| letter.to == "aoi@hiroba.example")
    );
    // Leaving by mail.
    let token = token_of(&app, &aoi);
    for (subject, left) in [
        (format!("leave-digest-{token}"), true),
        (format!("Re: leave-news-{token}"), true),
        ("leave-digest-x".to_owned(), false),
        ("不在のお知らせ".to_owned(), false),
    ] {
        let mail = incoming(format!("Subject: {subject}\r\nFrom: a@b\r\n\r\n本文").as_bytes());
        let done = app
            .app
            .write_here(|db, now| receive(db, &mail, now))
            .unwrap();
        assert_eq!(matches!(done, Done::Left(_)), left, "{subject}");
    }
    assert_eq!(receives(&app, &aoi), (Frequency::Never, Vec::new()));
}

#[actix_web::test]
async fn one_sees_what_one_was_sent_and_would_be_sent() {
    let app = TestApp::new().await;
    let (aoi, sota) = (app.teacher("aoi"), app.teacher("sota"));
    let page = aoi.get("/settings/mail/preview").await;
    check_page(&page.body, "preview");
    assert!(page.body.contains("まだお伝えする話題がありません"));
    assert!(
        aoi.get("/settings/mail/letters")
            .await
            .body
            .contains("まだまとめはありません")
    );
    sota.ask("体育館の白い画面").await;
    let page = aoi.get("/settings/mail/preview").await;
    assert!(page.body.contains("体育館の白い画面") && page.body.contains("いま届くとしたら"));
    app.advance(at("2026-11-26T15:30:00+09:00").since(app.now()));
    worker::press(&app.app).run().unwrap();
    let sent = letter_to(&app.mails.lock().unwrap(), "aoi@hiroba.example");
    sota.ask("あとから来た質問").await;
    let page = aoi
        .get(&with_query(
            "/settings/mail/preview",
            &[("week", "2026-W48")],
        ))
        .await;
    assert!(page.body.contains("送りました") && !page.body.contains("あとから来た質問"));
    let list = aoi.get("/settings/mail/letters").await;
    check_page(&list.body, "letters");
    assert!(list.body.contains("/settings/mail/preview?week=2026-W48"));
    // A week before there was anything; no week at all.
    assert!(
        aoi.get("/settings/mail/preview?week=2026-W10")
            .await
            .body
            .contains("この週のまとめはありませんでした")
    );
    assert_eq!(
        aoi.get("/settings/mail/preview?week=x").await.status,
        StatusCode::NOT_FOUND
    );
    // To the letter what was sent.
    let config = app.app.config.clone();
    let shown = app
        .app
        .write_here(|db, now| {
            preview(
                db,
                aoi.id.unwrap(),
                Week::parse("2026-W48").unwrap(),
                &config,
                now,
            )
        })
        .unwrap();
    assert_eq!(shown.letter.unwrap().text, sent.text);
    assert_eq!(shown.entry.unwrap().sent_hash, Some(sent.hash()));
}

#[actix_web::test]
async fn trainers_recommend_with_a_word_and_by_their_role() {
    let app = TestApp::new().await;
    let (sota, trainer) = (app.teacher("sota"), app.trainer("otomo"));
    let thread = sota.ask("体育館の白い画面").await;
    let path = format!("/threads/{}", text(&thread["id"]));
    let form = trainer.get(&format!("{path}/recommendation")).await;
    check_page(&form.body, "recommendation");
    for (comment, status) in [
        ("", StatusCode::UNPROCESSABLE_ENTITY),
        ("あ".repeat(201).as_str(), StatusCode::UNPROCESSABLE_ENTITY),
        (
            "個人番号は 1234 5678 9018 です",
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        ("あ".repeat(200).as_str(), StatusCode::SEE_OTHER),
        ("体育館で使う前の日に", StatusCode::SEE_OTHER),
    ] {
        let answer = trainer
            .post(&format!("{path}/recommendation"), &[("comment", comment)])
            .await;
        assert_eq!(answer.status, status, "{comment}");
        if status == StatusCode::UNPROCESSABLE_ENTITY {
            let page = check_page(&answer.body, comment);
            assert!(page.by_id("e-comment").is_some());
            assert!(answer.body.contains(comment));
        }
    }
    let page = sota.get(&path).await;
    assert!(page.body.contains("体育館で使う前の日に") && page.body.contains("研修担当のおすすめ"));
    assert!(
        !page.body.contains("先生 otomo"),
        "a display name signs nothing"
    );
    trainer
        .post(&format!("{path}/recommendation/withdraw"), &[])
        .await;
    assert!(!sota.get(&path).await.body.contains("体育館で使う前の日に"));
}

#[test]
fn who_leaves_or_pauses_meanwhile_gets_nothing() {
    let server = MailServer::start(&["--down", "1"]);
    let town = Town::with(TUESDAY, |config| {
        config.smtp_url = server.url();
        config.smtp_connections = 1;
    });
    let people = town.people(5);
    town.prefer(&people[1], |input| {
        input.paused_until = "2026-11-26".to_owned()
    });
    town.ask(&people[4], "質問です");
    town.set(at(THURSDAY));
    // Chosen and frozen, while the server is away.
    town.run();
    town.prefer(&people[2], |input| input.frequency = "none".to_owned());
    town.prefer(&people[0], |input| {
        input.paused_until = "2026-11-20".to_owned();
    });
    town.app
        .write_here(|db, now| {
            accounts::suspend(db, &accounts::house(), people[3].id().unwrap(), now)
        })
        .unwrap();
    town.set(at(THURSDAY).plus(TimeDelta::minutes(2)));
    town.run();
    let states = query(
        &town.app,
        "SELECT email || ' ' || outbox.state || ' ' || reason AS value FROM outbox JOIN accounts ON accounts.id = account_id ORDER BY email",
    );
    assert_eq!(
        states,
        [
            "r0@hiroba.example skipped paused",
            "r1@hiroba.example skipped paused",
            "r2@hiroba.example skipped left",
            "r3@hiroba.example skipped left",
            "r4@hiroba.example skipped nothing",
        ]
    );
    assert!(server.accepted().is_empty());
    // On the day that the pause names, letters come again, with what was not told.
    town.set(at("2026-11-26T15:30:00+09:00"));
    town.run();
    let mut came: Vec<String> = Vec::new();
    for one in server.accepted() {
        assert!(one.text.unwrap().contains("質問です"));
        came.extend(one.to);
    }
    came.sort();
    assert_eq!(came, ["r0@hiroba.example", "r1@hiroba.example"]);
}

#[test]
fn what_was_missed_is_caught_up_within_the_window_or_on_the_next_day() {
    for (begun, sent) in [
        ("2026-11-19T16:59:59+09:00", "2026-11-19T16:59:59+09:00"),
        ("2026-11-19T17:00:00+09:00", "2026-11-20T15:30:00+09:00"),
        ("2026-11-20T09:00:00+09:00", "2026-11-20T15:30:00+09:00"),
        ("2026-11-20T16:00:00+09:00", "2026-11-20T16:00:00+09:00"),
        ("2026-11-20T17:00:00+09:00", "2026-11-26T15:30:00+09:00"),
    ] {
        let town = Town::new(TUESDAY);
        let people = town.people(2);
        town.ask(&people[1], "質問です");
        // From `begun` on, every quarter of an hour.
        let mut now = at(begun);
        while town.mails.lock().unwrap().is_empty() {
            town.set(now);
            town.run();
            assert!(now <= at(sent), "{begun}");
            if town.mails.lock().unwrap().is_empty() {
                now = now.plus(TimeDelta::minutes(15)).max(now);
                let (quarter, late) = (15 * 60 * 1_000_000, now.micros());
                now = hiroba::clock::At::from_micros(late - late.rem_euclid(quarter)).unwrap();
            }
        }
        assert_eq!(now, at(sent), "{begun}");
    }
}

#[test]
fn no_page_shows_of_an_old_letter_what_was_hidden_since() {
    let town = Town::new(TUESDAY);
    let people = town.people(2);
    let hidden = town.ask(&people[1], "名前が写っていた質問");
    town.ask(&people[1], "残る質問");
    town.set(at(THURSDAY));
    town.run();
    let config = town.app.config.clone();
    let shown = || {
        let week = Week::parse("2026-W47").unwrap();
        let account = people[0].id().unwrap();
        let shown = town
            .app
            .write_here(|db, now| preview(db, account, week, &config, now));
        shown.unwrap().letter.unwrap().text
    };
    assert!(shown().contains("名前が写っていた質問"));
    town.hide_thread(hidden);
    assert!(!shown().contains("名前が写っていた質問") && shown().contains("残る質問"));
}

#[test]
fn letters_and_what_they_said_are_kept_for_400_days() {
    let town = Town::new(TUESDAY);
    let people = town.people(2);
    town.ask(&people[1], "質問");
    town.set(at(THURSDAY));
    town.run();
    let counts = || {
        query(
            &town.app,
            "SELECT CAST((SELECT count(*) FROM digest_issues WHERE week = '2026-W47') AS TEXT) || ' ' || \
             CAST((SELECT count(*) FROM digest_items) AS TEXT) || ' ' || \
             CAST((SELECT count(*) FROM outbox WHERE state = 'sent') AS TEXT) AS value",
        )
    };
    assert_eq!(counts(), ["1 1 1"]);
    // Thursdays before and after the 400th day.
    for (moment, left) in [
        ("2027-12-16T15:30:00+09:00", "1 1 1"),
        ("2027-12-23T15:30:00+09:00", "1 1 1"),
        ("2028-01-13T15:30:00+09:00", "0 0 0"),
    ] {
        town.set(at(moment));
        town.run();
        assert_eq!(counts(), [left], "{moment}");
    }
}
