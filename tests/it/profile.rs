//! What people say of themselves, what of it others see, and the page of a person.

use actix_web::http::StatusCode;
use hiroba::accounts::profile::{MAX_TOOLS, TOOL};
use hiroba::accounts::{self, DEPARTED, PersonInput, Role};
use serde_json::{Value, json};

use crate::harness::html::{Page, check_page};
use crate::harness::{Actor, TestApp, text, with_query};

const SCHOOL: &str = "萩ヶ沢小学校";

/// What a profile can say.
const FULL: &[(&str, &str)] = &[
    ("name", "見本 あおい"),
    ("school_type", "shogakkou"),
    ("school", SCHOOL),
    ("position", "yougo"),
    ("grades", "shou4"),
    ("subjects", "sansuu"),
    ("tools", "Chromebook、ロイロノート,chromebook"),
    ("experience", "6-10"),
];

/// How each part of it looks to those who see it.
const SEEN: &[(&str, &str)] = &[
    ("school", SCHOOL),
    ("position", "養護教諭"),
    ("grades", "小4"),
    ("subjects", "算数"),
    ("tools", "Chromebook、ロイロノート"),
    ("experience", "6〜10年"),
];

async fn save(person: &Actor<'_>, shown: &[&str]) {
    let mut fields = FULL.to_vec();
    fields.extend(shown.iter().map(|item| ("shown", *item)));
    let answer = person.post("/settings/profile", &fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
}

/// The words of a page's main part.
async fn words(person: &Actor<'_>, path: &str) -> String {
    let answer = person.get(path).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}");
    check_page(&answer.body, path);
    let (_, main) = answer.body.split_once("<main").unwrap();
    Page::read(&format!("<main{main}")).text()
}

#[actix_web::test]
async fn others_see_what_was_chosen_and_nothing_else() {
    let app = TestApp::new().await;
    let (aoi, sota) = (app.teacher("aoi"), app.teacher("sota"));
    let question = aoi.ask("体育館の白い画面").await;
    let other = sota.ask("電子黒板の字が薄い").await;
    aoi.reply(&other, "前の日に開きます。").await;
    app.drain();
    let person = format!("/people/{}", aoi.id.unwrap());
    let pages = [
        format!("/threads/{}", text(&question["id"])),
        format!("/threads/{}", text(&other["id"])),
        "/threads".to_owned(),
        "/".to_owned(),
        with_query("/search", &[("q", "白い画面")]),
        format!("{person}?show=replies"),
        person.clone(),
    ];
    let singles: Vec<Vec<&str>> = SEEN.iter().map(|(item, _)| vec![*item]).collect();
    let all = SEEN.iter().map(|(item, _)| *item).collect();
    for shown in [vec![Vec::new(), all], singles].concat() {
        save(&aoi, &shown).await;
        let profile = words(&sota, &person).await;
        for (item, seen) in SEEN {
            let chosen = shown.contains(item);
            assert_eq!(
                profile.contains(seen),
                chosen,
                "{item} of {shown:?}: {profile}"
            );
        }
        for page in &pages {
            let words = words(&sota, page).await;
            for (item, seen) in SEEN.iter().filter(|(item, _)| !shown.contains(item)) {
                // The forms that narrow a list name every subject and grade.
                let narrowed = page.starts_with("/search") || page == "/threads";
                if narrowed && ["subjects", "grades"].contains(item) {
                    continue;
                }
                assert!(!words.contains(seen), "{page} shows {item}: {words}");
            }
        }
        // Beside what one writes stands the position alone.
        let beside = words(&sota, &pages[0]).await;
        assert!(
            beside.contains("見本 あおい") && beside.contains("小学校"),
            "{beside}"
        );
        assert_eq!(beside.contains("養護教諭"), shown.contains(&"position"));
        assert_eq!(
            words(&aoi, &pages[1])
                .await
                .contains("（小学校・養護教諭）"),
            shown.contains(&"position"),
            "as the answer will be signed"
        );
        let author = |body: Value| body["author"].clone();
        let path = format!("/api/v1/threads/{}", text(&question["id"]));
        let position = author(sota.get(&path).await.json())["position"].clone();
        let wanted = if shown.contains(&"position") {
            json!("yougo")
        } else {
            Value::Null
        };
        assert_eq!(position, wanted);
        let list = sota.get("/api/v1/threads?limit=100").await.body;
        assert_eq!(list.contains("yougo"), shown.contains(&"position"));
        assert!(
            !list.contains("hagigasawa") && !list.contains("ロイロノート"),
            "{list}"
        );
    }
    // Whose it is sees all of it.
    let me = aoi.get("/api/v1/me").await.json();
    assert_eq!(me["tools"], json!(["Chromebook", "ロイロノート"]));
    assert_eq!(me["experience"], "6-10");
    assert_eq!(me["shown"], json!(["experience"]));
    let own = aoi.get("/settings/own-data").await.json();
    assert_eq!(own["person"]["experience"], "6-10");
    assert_eq!(own["person"]["tools"], me["tools"]);
}

#[actix_web::test]
async fn a_badge_is_shown_whatever_was_chosen() {
    let app = TestApp::new().await;
    let sota = app.teacher("sota");
    let people = [
        (Role::Trainer, "shidoushuji", "指導主事"),
        (Role::Trainer, "", "研修担当"),
        (Role::Teacher, "shidoushuji", "指導主事"),
        (Role::Moderator, "", "運営担当"),
    ];
    for (number, (role, position, badge)) in people.into_iter().enumerate() {
        let someone = app.person(&format!("p{number}"), role, "教育委員会・教育センター");
        let input = PersonInput {
            email: someone.email.clone(),
            name: format!("見本 {number}"),
            school_type: "iinkai".to_owned(),
            role: role.to_string(),
            position: position.to_owned(),
            ..PersonInput::default()
        };
        app.app
            .write_here(|db, now| {
                let new = input.parse(db)?;
                accounts::import(db, &accounts::house(), &new, now)
            })
            .unwrap();
        let thread = someone.ask("研修のお知らせ").await;
        let path = format!("/threads/{}", text(&thread["id"]));
        assert!(words(&sota, &path).await.contains(badge), "{role} {badge}");
        let page = format!("/people/{}", someone.id.unwrap());
        assert!(words(&sota, &page).await.contains(badge), "{role} {badge}");
    }
}

#[actix_web::test]
async fn a_profile_is_refused_at_its_edges_and_keeps_what_was_typed() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let longest = "あ".repeat(TOOL.max);
    let many = |count: usize| {
        (0..count)
            .map(|n| format!("道具{n}"))
            .collect::<Vec<_>>()
            .join("、")
    };
    let cases: Vec<(&str, String, Option<&str>)> = vec![
        ("tools", longest.clone(), None),
        (
            "tools",
            format!("{longest}あ"),
            Some("よく使うものは40字まで"),
        ),
        ("tools", many(MAX_TOOLS), None),
        ("tools", many(MAX_TOOLS + 1), Some("よく使うものは10個まで")),
        // The same one, however it is spelt, is one.
        ("tools", format!("{}、道具０", many(MAX_TOOLS)), None),
        ("tools", many(3).replace('、', "\n"), None),
        ("tools", "123456789018".to_owned(), Some("マイナンバー")),
        ("tools", "、、,;".to_owned(), None),
        ("experience", "21年以上".to_owned(), None),
        ("experience", "100年".to_owned(), Some("一覧から選んで")),
        ("experience", "\u{0}".to_owned(), Some("一覧から選んで")),
        ("shown", "email".to_owned(), None),
    ];
    for (field, value, refused) in cases {
        let mut fields = vec![
            ("name", "見本"),
            ("school_type", "小学校"),
            ("shown", "tools"),
        ];
        fields.push((field, &value));
        let answer = aoi.post("/settings/profile", &fields).await;
        let Some(words) = refused else {
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "{field}={value}");
            continue;
        };
        assert_eq!(
            answer.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{field}={value}"
        );
        let page = check_page(&answer.body, field);
        assert!(
            page.text_of(&format!("e-{field}")).contains(words),
            "{}",
            answer.body
        );
        let form = page.form("/settings/profile");
        assert_eq!(form.values("shown"), ["tools"], "{field}={value}");
        if field == "tools" {
            assert_eq!(form.value("tools"), value);
        }
    }
    // Unknown words among what is shown show nothing.
    assert_eq!(
        aoi.get("/api/v1/me").await.json()["shown"],
        json!(["tools"])
    );
}

/// What the administration's file says of a person leaves alone what they say of themselves.
#[actix_web::test]
async fn an_import_keeps_what_people_chose() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    save(&aoi, &["tools", "experience"]).await;
    let file = "email,name,school_type,role\naoi@hiroba.example,見本 あおい,中学校,teacher\n";
    let house = accounts::house();
    let now = app.now();
    let tally = hiroba::exchange::people::import(
        &app.app.database,
        &house,
        file.as_bytes(),
        || now,
        &mut |line, reason| panic!("{line}: {reason}"),
    );
    assert_eq!(tally.unwrap().updated, 1);
    let me = aoi.get("/api/v1/me").await.json();
    assert_eq!(me["school_type"], "chugakkou");
    assert_eq!(me["tools"], json!(["Chromebook", "ロイロノート"]));
    assert_eq!(me["shown"], json!(["tools", "experience"]));
}

#[actix_web::test]
async fn a_persons_page_lists_what_can_be_seen_page_by_page() {
    let app = TestApp::new().await;
    let (aoi, sota) = (app.teacher("aoi"), app.teacher("sota"));
    let page = format!("/people/{}", aoi.id.unwrap());
    let answers = format!("{page}?show=replies");
    assert!(
        words(&aoi, &page)
            .await
            .contains("まだ質問や実践はありません")
    );
    assert!(
        words(&sota, &answers)
            .await
            .contains("まだ回答やコメントはありません")
    );
    let question = sota.ask("たくさん答えてください").await;
    let hidden = sota.ask("あとで隠れる話題").await;
    let mut replies = Vec::new();
    for number in 0..23 {
        app.advance(chrono::TimeDelta::seconds(1));
        replies.push(text(
            &aoi.reply(&question, &format!("答え その{number}")).await["id"],
        ));
    }
    let unseen = text(&aoi.reply(&hidden, "隠れる話題への答え").await["id"]);
    let moderator = app.person("moderator", Role::Moderator, "小学校");
    for (path, reason) in [
        (
            format!("/api/v1/threads/{}/visibility", text(&hidden["id"])),
            "確かめます。",
        ),
        (
            format!("/api/v1/replies/{}/visibility", replies[5]),
            "確かめます。",
        ),
    ] {
        let body = json!({ "visibility": "hidden", "reason": reason });
        let answer = moderator
            .api(actix_web::http::Method::PUT, &path, body)
            .await;
        assert_eq!(answer.status, StatusCode::OK);
    }
    for reader in [&sota, &aoi, &moderator] {
        let mut seen = Vec::new();
        let mut next = answers.clone();
        loop {
            let answer = reader.get(&next).await;
            let read = check_page(&answer.body, &next);
            let links: Vec<&str> = read.all("a").filter_map(|a| a.get("href")).collect();
            let ids = links.iter().filter_map(|url| url.strip_prefix("/replies/"));
            seen.extend(ids.map(str::to_owned));
            let further = links.into_iter().find(|url| url.contains("cursor="));
            match further {
                Some(url) => url.clone_into(&mut next),
                None => break,
            }
        }
        let wanted: Vec<String> = replies
            .iter()
            .rev()
            .filter(|id| **id != replies[5])
            .cloned()
            .collect();
        assert_eq!(seen, wanted);
        assert!(!seen.contains(&unseen));
    }
    for wrong in ["?cursor=x", "?show=replies&cursor=%00"] {
        let answer = sota.get(&format!("{page}{wrong}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{wrong}");
    }
}

#[actix_web::test]
async fn of_those_who_have_left_a_page_says_only_that() {
    let app = TestApp::new().await;
    let (aoi, sota) = (app.teacher("aoi"), app.teacher("sota"));
    save(
        &aoi,
        &[
            "school",
            "position",
            "grades",
            "subjects",
            "tools",
            "experience",
        ],
    )
    .await;
    let thread = aoi.ask("体育館の白い画面").await;
    app.app
        .write_here(|db, now| accounts::suspend(db, &accounts::house(), aoi.id.unwrap(), now))
        .unwrap();
    let page = format!("/people/{}", aoi.id.unwrap());
    for path in [page.clone(), format!("{page}?show=replies")] {
        let words = words(&sota, &path).await;
        assert!(words.contains(DEPARTED), "{words}");
        for (_, seen) in SEEN {
            assert!(!words.contains(seen), "{seen}: {words}");
        }
        assert!(
            !words.contains("見本") && !words.contains("白い画面"),
            "{words}"
        );
    }
    let path = format!("/api/v1/threads/{}", text(&thread["id"]));
    assert_eq!(
        sota.get(&path).await.json()["author"]["position"],
        Value::Null
    );
}
