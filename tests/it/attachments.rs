//! Images and files: who may see them, how they come into posts, what is sent with them, when they go. Hostile ones are in
//! `hostile_files.rs`.

use actix_web::http::{Method, StatusCode, header};
use chrono::TimeDelta;
use hiroba::accounts::Role;
use hiroba::attachments::intake::SentFile;
use hiroba::attachments::shelf::Form;
use hiroba::attachments::{self, LabelsInput, MAX_STORED};
use hiroba::error::Error;
use hiroba::id::Id;
use serde_json::{Value, json};

use crate::harness::files::{PDF, encoded, jpeg, png, slope};
use crate::harness::ground::{person, query, sql};
use crate::harness::html::check_page;
use crate::harness::{Actor, Answer, TestApp, text};

fn url(file: &Value) -> String {
    text(&file["url"])
}

fn body_with(file: &Value) -> String {
    format!("画面はこうなります。\n\n{}", text(&file["markdown"]))
}

async fn status(actor: &Actor<'_>, path: &str) -> u16 {
    actor.get(path).await.status.as_u16()
}

#[actix_web::test]
async fn an_image_is_stored_and_shown() {
    let app = TestApp::new().await;
    let (aoi, sota) = (app.teacher("aoi"), app.teacher("sota"));
    let file = aoi.store("提出箱.png", &png(900, 600)).await;
    let id = text(&file["id"]);
    assert_eq!(file["url"], format!("/files/{id}"));
    assert_eq!(file["thumb_url"], format!("/files/{id}/thumb"));
    assert_eq!(file["markdown"], format!("![提出箱の画面](/files/{id})"));
    assert_eq!(file["media_type"], "image/png");
    assert_eq!(file["name"], "提出箱.png");
    assert_eq!(
        (&file["width"], &file["height"]),
        (&json!(900), &json!(600))
    );
    assert!(!file.to_string().contains(&aoi.id.unwrap().to_string()));

    let thread = aoi
        .thread("question", "送信中のまま", &body_with(&file))
        .await;
    let page = sota.get(&format!("/threads/{}", text(&thread["id"]))).await;
    let page = check_page(&page.body, "the thread");
    let image = page.all("img").next().unwrap();
    assert_eq!(
        image.get("src"),
        Some(format!("/files/{id}/thumb").as_str())
    );
    assert_eq!(image.get("alt"), Some("提出箱の画面"));
    assert_eq!(image.get("loading"), Some("lazy"));
    assert!(
        page.all("a")
            .any(|link| link.get("href") == Some(&url(&file)))
    );

    let whole = sota.get(&url(&file)).await;
    assert_eq!(whole.status, StatusCode::OK);
    assert_eq!(
        whole.bytes.len(),
        usize::try_from(file["bytes"].as_i64().unwrap()).unwrap()
    );
    let seen = image::load_from_memory(&whole.bytes).unwrap().to_rgb8();
    assert_eq!(seen, slope(900, 600), "PNG keeps every pixel");
    let thumb = sota.get(&format!("/files/{id}/thumb")).await;
    let seen = image::load_from_memory(&thumb.bytes).unwrap();
    assert_eq!((seen.width(), seen.height()), (480, 320));
    assert!(thumb.bytes.len() < 30_000, "{}", thumb.bytes.len());
}

#[actix_web::test]
async fn images_are_bounded_and_photographs_stay_photographs() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    for (bytes, kind, size) in [
        (jpeg(2_001, 100), "image/jpeg", (2_000, 100)),
        (jpeg(2_000, 2_000), "image/jpeg", (2_000, 2_000)),
        (png(100, 4_000), "image/png", (50, 2_000)),
        (png(4_000, 1), "image/png", (2_000, 1)),
        (png(1, 1), "image/png", (1, 1)),
        (
            encoded(&slope(64, 48), image::ImageFormat::WebP),
            "image/png",
            (64, 48),
        ),
        (
            encoded(&slope(64, 48), image::ImageFormat::Gif),
            "image/png",
            (64, 48),
        ),
    ] {
        let file = aoi.store("x", &bytes).await;
        let got = (
            file["width"].as_i64().unwrap(),
            file["height"].as_i64().unwrap(),
        );
        assert_eq!((file["media_type"].as_str().unwrap(), got), (kind, size));
        let sent = aoi.get(&url(&file)).await;
        assert_eq!(sent.header("content-type"), kind);
        let seen = image::load_from_memory(&sent.bytes).unwrap();
        assert_eq!((i64::from(seen.width()), i64::from(seen.height())), size);
    }
    // Noise does not pack: an opaque PNG of it becomes a JPEG, one with a transparent corner stays PNG.
    let mut dice = crate::harness::ground::Dice(7);
    let mut noise = image::RgbaImage::from_fn(800, 800, |_, _| {
        let mut roll = || u8::try_from(dice.roll(256)).unwrap();
        image::Rgba([roll(), roll(), roll(), 255])
    });
    let sent = |noise: &image::RgbaImage| {
        let mut bytes = std::io::Cursor::new(Vec::new());
        noise.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
        bytes.into_inner()
    };
    assert_eq!(
        aoi.store("x", &sent(&noise)).await["media_type"],
        "image/jpeg"
    );
    noise.put_pixel(0, 0, image::Rgba([0, 0, 0, 0]));
    let file = aoi.store("x", &sent(&noise)).await;
    assert_eq!(file["media_type"], "image/png");
    let thumb = aoi.get(&text(&file["thumb_url"])).await;
    assert_eq!(thumb.header("content-type"), "image/jpeg");
}

#[actix_web::test]
async fn documents_are_saved_not_shown() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let fields = [
        ("rights", "引用・出典"),
        ("source", "仙台市「手引き」[第2版]"),
    ];
    let answer = aoi
        .post_parts("/api/v1/files", &fields, Some(("手引き (案).PDF", PDF)))
        .await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    assert_eq!(answer.location(), url(&answer.json()));
    let file = answer.json();
    assert_eq!(file["thumb_url"], Value::Null);
    assert_eq!(file["rights"], "quote");
    let sent = aoi.get(&url(&file)).await;
    assert_eq!(sent.bytes, PDF);
    assert_eq!(sent.header("content-type"), "application/pdf");
    assert_eq!(
        sent.header("content-disposition"),
        "attachment; filename=\"file.pdf\"; filename*=UTF-8''%E6%89%8B%E5%BC%95%E3%81%8D%20%28%E6%A1%88%29.pdf"
    );
    assert_eq!(status(&aoi, &format!("{}/thumb", url(&file))).await, 404);
    // In a post it is a link with its source.
    let thread = aoi
        .thread("practice", "手引き", &text(&file["markdown"]))
        .await;
    let html = text(&thread["body_html"]);
    assert!(
        html.contains(&format!("<a href=\"{}\"", url(&file))),
        "{html}"
    );
    assert!(html.contains(">手引き (案).pdf</a>"), "{html}");
    assert!(html.contains("出典：仙台市「手引き」[第2版]"), "{html}");
    assert!(!html.contains("<img"), "{html}");
}

fn check_sent(answer: &Answer, what: &str) {
    assert_eq!(
        answer.header("content-security-policy"),
        "default-src 'none'; sandbox; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        "{what}"
    );
    assert_eq!(answer.header("x-content-type-options"), "nosniff", "{what}");
    assert_eq!(
        answer.header("cache-control"),
        "private, no-cache",
        "{what}"
    );
    assert_eq!(
        answer.header("cross-origin-resource-policy"),
        "same-origin",
        "{what}"
    );
    assert!(answer.header("etag").starts_with('"'), "{what}");
}

#[actix_web::test]
async fn what_a_browser_has_is_not_sent_again() {
    let app = TestApp::new().await;
    let (aoi, sota) = (app.teacher("aoi"), app.teacher("sota"));
    let file = aoi.store("x.png", &png(20, 20)).await;
    let thread = aoi.thread("question", "画面", &body_with(&file)).await;
    let (whole, thumb) = (url(&file), text(&file["thumb_url"]));
    let mut tags = Vec::new();
    for path in [&whole, &thumb] {
        let first = sota.get(path).await;
        check_sent(&first, path);
        let tag = first.header("etag").to_owned();
        let ask = |tag: &str| {
            let request = sota.request(Method::GET, path);
            request.insert_header((header::IF_NONE_MATCH, tag.to_owned()))
        };
        for known in [
            tag.clone(),
            format!("W/{tag}"),
            format!("\"x\", {tag}"),
            "*".to_owned(),
        ] {
            let again = sota.send(ask(&known)).await;
            assert_eq!(again.status, StatusCode::NOT_MODIFIED, "{known}");
            assert!(again.bytes.is_empty());
            check_sent(&again, path);
        }
        for other in ["\"x\"", "nonsense"] {
            assert_eq!(
                sota.send(ask(other)).await.status,
                StatusCode::OK,
                "{other}"
            );
        }
        tags.push(tag);
    }
    assert_ne!(tags[0], tags[1]);
    let head = sota.send(sota.request(Method::HEAD, &whole)).await;
    assert_eq!(head.status, StatusCode::OK);
    // What is known is still asked for: out of sight is out of sight.
    let moderator = app.person("moderator", Role::Moderator, "小学校");
    let path = format!("/api/v1/threads/{}/visibility", text(&thread["id"]));
    let body = json!({ "visibility": "held", "reason": "確かめます。" });
    assert!(
        moderator
            .api(Method::PUT, &path, body)
            .await
            .status
            .is_success()
    );
    let again = sota.request(Method::GET, &whole);
    let again = again.insert_header((header::IF_NONE_MATCH, tags[0].clone()));
    assert_eq!(sota.send(again).await.status, StatusCode::NOT_FOUND);
}

/// Owner, another teacher, moderator, administrator, visitor.
async fn who_sees(app: &TestApp, owner: &Actor<'_>, path: &str) -> [u16; 4] {
    let number = query(
        &app.app,
        "SELECT CAST(count(*) AS TEXT) AS value FROM accounts",
    )
    .remove(0);
    let other = app.teacher(&format!("other{number}"));
    let moderator = app.person(&format!("moderator{number}"), Role::Moderator, "小学校");
    let mut seen = [0; 4];
    for (place, actor) in [owner, &other, &moderator, &app.anon()]
        .into_iter()
        .enumerate()
    {
        seen[place] = status(actor, path).await;
    }
    seen
}

async fn set(app: &TestApp, path: &str, visibility: &str) {
    let number = query(
        &app.app,
        "SELECT CAST(count(*) AS TEXT) AS value FROM accounts",
    )
    .remove(0);
    let moderator = app.person(&format!("setter{number}"), Role::Moderator, "小学校");
    let answer = if visibility == "deleted" {
        moderator.api(Method::DELETE, path, Value::Null).await
    } else {
        let body = json!({ "visibility": visibility, "reason": "確かめます。" });
        moderator
            .api(Method::PUT, &format!("{path}/visibility"), body)
            .await
    };
    assert!(answer.status.is_success(), "{}", answer.body);
}

#[actix_web::test]
async fn a_file_is_seen_by_those_who_see_its_post() {
    let app = TestApp::with(|config| config.open_reading = true).await;
    let (aoi, sota) = (app.teacher("aoi"), app.teacher("sota"));
    let image = aoi.store("x.png", &png(4, 4)).await;
    let thumb = text(&image["thumb_url"]);
    for path in [&url(&image), &thumb] {
        assert_eq!(
            who_sees(&app, &aoi, path).await,
            [200, 404, 404, 404],
            "in no post"
        );
    }
    let thread = aoi.thread("question", "画面", &body_with(&image)).await;
    let thread_path = format!("/api/v1/threads/{}", text(&thread["id"]));
    for path in [&url(&image), &thumb] {
        assert_eq!(who_sees(&app, &aoi, path).await, [200; 4], "in a thread");
    }
    let answer = sota.store("y.png", &png(4, 4)).await;
    let reply = sota.reply(&thread, &body_with(&answer)).await;
    let reply_path = format!("/api/v1/replies/{}", text(&reply["id"]));
    let in_reply = url(&answer);
    assert_eq!(
        who_sees(&app, &sota, &in_reply).await,
        [200; 4],
        "in a reply"
    );

    for hidden in ["held", "hidden", "deleted"] {
        set(&app, &reply_path, hidden).await;
        assert_eq!(
            who_sees(&app, &sota, &in_reply).await,
            [200, 404, 200, 404],
            "reply {hidden}"
        );
        assert_eq!(
            who_sees(&app, &aoi, &url(&image)).await,
            [200; 4],
            "its thread is seen"
        );
    }
    set(&app, &reply_path, "visible").await;
    for hidden in ["held", "hidden", "deleted"] {
        set(&app, &thread_path, hidden).await;
        for path in [&url(&image), &thumb] {
            assert_eq!(
                who_sees(&app, &aoi, path).await,
                [200, 404, 200, 404],
                "thread {hidden}"
            );
        }
        assert_eq!(
            who_sees(&app, &sota, &in_reply).await,
            [200, 404, 200, 404],
            "thread {hidden}"
        );
    }
    set(&app, &thread_path, "visible").await;
    assert_eq!(who_sees(&app, &sota, &in_reply).await, [200; 4]);
}

#[actix_web::test]
async fn where_reading_is_closed_visitors_are_asked_to_sign_in() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let image = aoi.store("x.png", &png(4, 4)).await;
    for path in [
        url(&image),
        "/files/01990000-0000-7000-8000-000000000000".to_owned(),
    ] {
        let answer = app.anon().get(&path).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        assert!(answer.location().starts_with("/login?next="));
    }
    let refused = app.anon().send_file("x.png", &png(4, 4)).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
}

/// Naming somebody else's file gives nobody a look at it, in no way of writing.
#[actix_web::test]
async fn a_reference_to_anothers_file_opens_nothing() {
    let app = TestApp::new().await;
    let (aoi, sota, third) = (
        app.teacher("aoi"),
        app.teacher("sota"),
        app.teacher("third"),
    );
    let image = aoi.store("x.png", &png(4, 4)).await;
    let body = body_with(&image);
    let thread = sota.thread("question", "画面", &body).await;
    let own = sota.ask("別の話題").await;
    let reply = sota.reply(&own, &body).await;
    let edit = json!({ "body": format!("{body}\n直しました。") });
    for path in [
        format!("/api/v1/threads/{}", text(&own["id"])),
        format!("/api/v1/replies/{}", text(&reply["id"])),
    ] {
        let answer = sota.api(Method::PATCH, &path, edit.clone()).await;
        assert_eq!(answer.status, StatusCode::OK);
    }
    assert!(text(&thread["body_html"]).contains("<img"));
    for actor in [&sota, &third] {
        assert_eq!(status(actor, &url(&image)).await, 404);
    }
    app.advance(TimeDelta::hours(49));
    app.drain();
    assert_eq!(
        status(&aoi.again(), &url(&image)).await,
        404,
        "nobody of whom it is refers to it"
    );
}

/// Every way in which words come into the forum lets readers see at once what they refer to.
#[actix_web::test]
async fn every_way_of_writing_shows_its_files_at_once() {
    let app = TestApp::new().await;
    let (aoi, sota) = (app.teacher("aoi"), app.teacher("sota"));
    let other = aoi.ask("はじめの話題").await;
    let thread_path = text(&other["id"]);
    let reply = aoi.reply(&other, "はじめの回答").await;
    let reply_path = text(&reply["id"]);
    let form = |body: &str| {
        [
            ("kind", "question".to_owned()),
            ("title", "提出箱に出すと止まります".to_owned()),
            ("body", body.to_owned()),
            ("school_type", "shogakkou".to_owned()),
            ("policies", "3".to_owned()),
            ("revision", String::new()),
        ]
    };
    let ways = [
        "form thread",
        "form edit",
        "form reply",
        "form reply edit",
        "api thread",
        "api edit",
        "api reply",
        "api reply edit",
        "import",
    ];
    for way in ways {
        let image = aoi.store("x.png", &png(4, 4)).await;
        let body = body_with(&image);
        let fields = form(&body);
        let fields: Vec<(&str, &str)> = fields
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let only = [("body", body.as_str())];
        let json = json!({ "body": body });
        assert_eq!(status(&sota, &url(&image)).await, 404, "{way}");
        let answer = match way {
            "form thread" => aoi.post("/threads", &fields).await,
            "form edit" => {
                aoi.post(&format!("/threads/{thread_path}/edit"), &fields)
                    .await
            }
            "form reply" => {
                aoi.post(&format!("/threads/{thread_path}/replies"), &only)
                    .await
            }
            "form reply edit" => {
                aoi.post(&format!("/replies/{reply_path}/edit"), &only)
                    .await
            }
            "api edit" => {
                aoi.api(
                    Method::PATCH,
                    &format!("/api/v1/threads/{thread_path}"),
                    json,
                )
                .await
            }
            "api reply" => {
                aoi.api_post(&format!("/api/v1/threads/{thread_path}/replies"), json)
                    .await
            }
            "api reply edit" => {
                aoi.api(
                    Method::PATCH,
                    &format!("/api/v1/replies/{reply_path}"),
                    json,
                )
                .await
            }
            "import" => {
                let line = json!({ "id": "t1", "kind": "question", "title": "取り込んだ話題", "body": body, "school_type": "小学校", "policies": [1], "author": aoi.email });
                import(&app, &line);
                assert_eq!(status(&sota, &url(&image)).await, 200, "{way}");
                continue;
            }
            _ => {
                aoi.thread("question", "画面", &body).await;
                assert_eq!(status(&sota, &url(&image)).await, 200, "{way}");
                continue;
            }
        };
        assert!(
            answer.status.is_success() || answer.status == StatusCode::SEE_OTHER,
            "{way}: {}",
            answer.body
        );
        assert_eq!(status(&sota, &url(&image)).await, 200, "{way}");
    }
    // Replies of an import, and what an update brings.
    let (first, second) = (
        aoi.store("x.png", &png(4, 4)).await,
        aoi.store("y.png", &png(4, 4)).await,
    );
    let line = |thread: &str, reply: &str| {
        json!({ "id": "t2", "kind": "question", "title": "取り込んだ話題", "body": thread, "school_type": "小学校", "policies": [1], "author": aoi.email,
            "replies": [{ "id": "r1", "body": reply, "author": aoi.email }] })
    };
    import(&app, &line("本文", &body_with(&first)));
    assert_eq!(status(&sota, &url(&first)).await, 200);
    import(&app, &line(&body_with(&second), "回答"));
    assert_eq!(status(&sota, &url(&second)).await, 200);
}

fn import(app: &TestApp, line: &Value) {
    let options = hiroba::exchange::Options {
        update: true,
        ..Default::default()
    };
    let mut source = std::io::Cursor::new(line.to_string().into_bytes());
    let mut refused = Vec::new();
    let now = app.now();
    hiroba::exchange::import(
        &app.app.database,
        &mut source,
        &options,
        || now,
        &mut |_, reason| refused.push(reason.to_owned()),
    )
    .unwrap();
    assert!(refused.is_empty(), "{refused:?}");
}

/// An image that stood in a post stays with its older versions; one that is posted again is seen there too.
#[actix_web::test]
async fn files_stay_with_every_post_they_stood_in() {
    let app = TestApp::new().await;
    let (aoi, sota) = (app.teacher("aoi"), app.teacher("sota"));
    let image = aoi.store("x.png", &png(4, 4)).await;
    let first = aoi.thread("question", "はじめ", &body_with(&image)).await;
    let path = format!("/api/v1/threads/{}", text(&first["id"]));
    let changed = aoi
        .api(
            Method::PATCH,
            &path,
            json!({ "body": "画像を外しました。" }),
        )
        .await;
    assert_eq!(changed.status, StatusCode::OK);
    assert_eq!(status(&sota, &url(&image)).await, 200);
    aoi.api(Method::DELETE, &path, Value::Null).await;
    assert_eq!(status(&sota, &url(&image)).await, 404);
    app.advance(TimeDelta::minutes(1));
    let again = aoi.thread("question", "もう一度", &body_with(&image)).await;
    assert_eq!(status(&sota, &url(&image)).await, 200);

    let own = aoi.get("/settings/own-data").await.json();
    let file = &own["files"][0];
    assert_eq!(file["url"], url(&image));
    assert_eq!(file["alt"], "提出箱の画面");
    assert_eq!(file["posts"], json!([first["id"], again["id"]]));
    assert_eq!(
        sota.get("/settings/own-data").await.json()["files"],
        json!([])
    );
    // Long after, nothing of it has gone.
    app.advance(TimeDelta::hours(72));
    app.drain();
    assert_eq!(status(&sota, &url(&image)).await, 200);
}

fn on_the_shelf(app: &TestApp) -> usize {
    let folder = app.app.config.data_dir.join("files");
    let mut files = 0;
    for folder in std::fs::read_dir(folder).unwrap().flatten() {
        files += std::fs::read_dir(folder.path()).unwrap().count();
    }
    files
}

#[actix_web::test]
async fn orphans_go_after_two_days() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let orphan = aoi.store("x.png", &png(4, 4)).await;
    let kept = aoi.store("y.png", &png(4, 4)).await;
    let document = aoi.store("z.pdf", PDF).await;
    aoi.thread("question", "画面", &body_with(&kept)).await;
    assert_eq!(on_the_shelf(&app), 5);
    app.advance(TimeDelta::hours(48) - TimeDelta::seconds(1));
    app.drain();
    assert_eq!(
        status(&aoi, &url(&orphan)).await,
        200,
        "the time is not over"
    );
    app.advance(TimeDelta::seconds(1));
    app.drain();
    assert_eq!(status(&aoi, &url(&orphan)).await, 404);
    assert_eq!(status(&aoi, &url(&document)).await, 404);
    assert_eq!(status(&aoi, &url(&kept)).await, 200);
    assert_eq!(on_the_shelf(&app), 2);
    assert_eq!(
        query(
            &app.app,
            "SELECT kind AS value FROM jobs WHERE kind = 'attachment_check'"
        ),
        [""; 0]
    );
}

/// What a crash leaves at every step is cleared away by the one job, which may run twice.
#[actix_web::test]
async fn half_done_work_is_cleared_away() {
    let app = TestApp::new().await;
    let who = person(&app.app, "aoi", Role::Teacher);
    let announce = |app: &TestApp| {
        app.app
            .write_here(
                |db, now| match attachments::announce(db, &who, None, now)? {
                    attachments::Announced::Welcome(id) => Ok(id),
                    attachments::Announced::Stored(_) => Err(Error::NotFound),
                },
            )
            .unwrap()
    };
    // Announced, put there, never recorded.
    let lost = announce(&app);
    let file = SentFile {
        name: "x.png".to_owned(),
        bytes: png(4, 4).into(),
    };
    let (found, _) = attachments::intake::check(&file, &own_work()).unwrap();
    let prepared = app.app.intake.prepare(found, file.bytes).await.unwrap();
    app.app.intake.shelf.put(lost, &prepared).await.unwrap();
    // Announced and nothing more.
    announce(&app);
    // Recorded; the row went, then the power.
    let half = announce(&app);
    app.app.intake.shelf.put(half, &prepared).await.unwrap();
    assert_eq!(on_the_shelf(&app), 4);
    app.advance(TimeDelta::hours(48));
    app.drain();
    assert_eq!(on_the_shelf(&app), 0);
    assert_eq!(query(&app.app, "SELECT kind AS value FROM jobs"), [""; 0]);
    assert!(
        app.app
            .write_here(|db, now| attachments::forget_orphan(db, half, now))
            .unwrap()
    );
    app.app.intake.remove_here(half).unwrap();
}

fn own_work() -> LabelsInput {
    LabelsInput {
        alt: "提出箱の画面".to_owned(),
        rights: "自作".to_owned(),
        ..LabelsInput::default()
    }
}

/// A post that names a file without anybody having noted it still keeps it.
#[actix_web::test]
async fn a_file_that_a_post_names_is_never_an_orphan() {
    let app = TestApp::new().await;
    let (aoi, sota) = (app.teacher("aoi"), app.teacher("sota"));
    let in_thread = aoi.store("x.png", &png(4, 4)).await;
    let in_reply = aoi.store("y.png", &png(4, 4)).await;
    let thread = aoi.thread("question", "画面", &body_with(&in_thread)).await;
    aoi.reply(&thread, &body_with(&in_reply)).await;
    sql(&app.app, "DELETE FROM attachment_places;");
    assert_eq!(status(&sota, &url(&in_thread)).await, 404);
    app.advance(TimeDelta::hours(48));
    app.drain();
    for file in [&in_thread, &in_reply] {
        assert_eq!(status(&sota, &url(file)).await, 200);
    }
}

#[actix_web::test]
async fn a_person_stores_a_hundred_files_a_day() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let owner = match app.app.config.database_url.starts_with("postgres") {
        true => format!("'{}'", aoi.id.unwrap()),
        false => format!("x'{}'", aoi.id.unwrap().0.simple()),
    };
    for number in 1..MAX_STORED {
        let id = match app.app.config.database_url.starts_with("postgres") {
            true => format!("'00000000-0000-7000-8000-{number:012}'"),
            false => format!("x'0000000000007000800000{number:010}'"),
        };
        sql(&app.app, &format!(
            "INSERT INTO attachments (id, owner_id, media_type, name, bytes, alt, rights, source, created_at)
             VALUES ({id}, {owner}, 'image/png', 'x.png', 1, 'x', 'own', '', '2026-11-20 06:00:00');"
        ));
    }
    aoi.store("100.png", &png(4, 4)).await;
    let refused = aoi.send_file("101.png", &png(4, 4)).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.header("retry-after"), "3600");
    app.teacher("sota").store("x.png", &png(4, 4)).await;
    app.advance(TimeDelta::hours(24));
    aoi.again().store("101.png", &png(4, 4)).await;
}

#[actix_web::test]
async fn the_same_submit_stores_once() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let send = async || {
        let fields = [("alt", "画面"), ("rights", "own")];
        let body = crate::harness::files::parts(&fields, Some(("x.png", &png(4, 4))));
        let kind = "multipart/form-data; boundary=----hiroba-parts-7MA4YWxkTrZu0gW";
        let request = aoi
            .request(Method::POST, "/api/v1/files")
            .insert_header((header::CONTENT_TYPE, kind))
            .insert_header(("idempotency-key", "k1"))
            .set_payload(body);
        aoi.send(request).await
    };
    let (first, second) = (send().await, send().await);
    assert_eq!(first.status, StatusCode::CREATED);
    assert_eq!(first.json(), second.json());
    assert_eq!(on_the_shelf(&app), 2);
}

/// One image for whoever fills the forum by code.
#[actix_web::test]
async fn the_house_stores_images_too() {
    let app = TestApp::new().await;
    let who = person(&app.app, "aoi", Role::Teacher);
    let file = SentFile {
        name: "図.png".to_owned(),
        bytes: png(40, 30).into(),
    };
    let now = app.now();
    let stored = app
        .app
        .intake
        .store_here(&app.app.database, &who, &file, &own_work(), now)
        .unwrap();
    assert_eq!((stored.width, stored.height), (Some(40), Some(30)));
    let thread = crate::harness::ground::ask(&app.app, &who, "図");
    app.app
        .write_here(|db, now| {
            attachments::attach(
                db,
                thread.author,
                attachments::Post::Thread(thread.id),
                &stored.markdown(),
                now,
            )
        })
        .unwrap();
    assert_eq!(status(&app.teacher("sota"), &stored.url()).await, 200);
}

/// A missing object is nobody's fault of knowing: it is not found, and the next one is served.
#[actix_web::test]
async fn a_lost_object_is_not_found() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let file = aoi.store("x.png", &png(4, 4)).await;
    let id: Id = text(&file["id"]).parse().unwrap();
    assert!(app.app.intake.shelf.get(id, Form::Whole).await.is_ok());
    app.app.intake.shelf.remove(id).await.unwrap();
    assert_eq!(status(&aoi, &url(&file)).await, 404);
    assert!(matches!(
        app.app.intake.shelf.get(id, Form::Thumb).await,
        Err(Error::NotFound)
    ));
}

/* ---- the section of the forms, without a script ---- */

const LABELS: [(&str, &str); 4] = [
    ("action", "attach"),
    ("alt", "提出箱の[画面]"),
    ("rights", "own"),
    ("looked", "1"),
];

#[actix_web::test]
async fn forms_take_files_without_a_script() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let thread = aoi.ask("はじめの話題").await;
    let reply = aoi.reply(&thread, "はじめの回答").await;
    let (thread, reply) = (text(&thread["id"]), text(&reply["id"]));
    let typed = [
        ("title", "提出箱"),
        ("school_type", "shogakkou"),
        ("policies", "1"),
        ("policies", "3"),
        ("kind", "practice"),
        ("revision", "1"),
        ("key", "k1"),
    ];
    for (page, action) in [
        (
            "/threads/new?kind=question".to_owned(),
            "/threads".to_owned(),
        ),
        (
            format!("/threads/{thread}/edit"),
            format!("/threads/{thread}/edit"),
        ),
        (
            format!("/threads/{thread}"),
            format!("/threads/{thread}/replies"),
        ),
        (
            format!("/replies/{reply}/edit"),
            format!("/replies/{reply}/edit"),
        ),
    ] {
        let shown = check_page(&aoi.get(&page).await.body, &page);
        let button = shown
            .all("button")
            .find(|button| button.get("value") == Some("attach"))
            .unwrap();
        assert_eq!(button.get("formenctype"), Some("multipart/form-data"));
        assert_eq!(
            button.get("formaction"),
            Some(format!("{action}#attach").as_str())
        );

        let mut fields = typed.to_vec();
        fields.extend(LABELS);
        fields.push(("body", "一行目\r\n二行目"));
        let answer = aoi
            .post_parts(&action, &fields, Some(("画面.png", &png(4, 4))))
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{action}: {}", answer.body);
        let shown = check_page(&answer.body, &action);
        assert!(
            shown
                .text()
                .contains("「画面.png」を本文の終わりに入れました。"),
            "{action}"
        );
        let body = shown.text_of("body");
        let (words, line) = body.trim().rsplit_once("\n\n").unwrap();
        assert_eq!(
            words.trim().replace("\r\n", "\n"),
            "一行目\n二行目",
            "{action}"
        );
        let id = line
            .strip_prefix("![提出箱の\\[画面\\]](/files/")
            .unwrap()
            .strip_suffix(')')
            .unwrap();
        assert_eq!(status(&aoi, &format!("/files/{id}")).await, 200, "{action}");
        if action == "/threads" {
            assert_eq!(shown.form(&action).value("title"), "提出箱");
            assert_eq!(shown.form(&action).values("policies"), ["1", "3"]);
            assert_eq!(shown.form(&action).value("key"), "k1");
        }
    }
    assert_eq!(
        query(
            &app.app,
            "SELECT CAST(count(*) AS TEXT) AS value FROM threads"
        ),
        ["1"],
        "nothing was posted"
    );
    assert_eq!(
        query(
            &app.app,
            "SELECT CAST(count(*) AS TEXT) AS value FROM replies"
        ),
        ["1"]
    );
}

#[actix_web::test]
async fn what_is_wrong_with_a_file_is_said_beside_its_field() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let fields = [
        ("action", "attach"),
        ("body", "書いたこと"),
        ("title", "題"),
        ("rights", ""),
        ("alt", " "),
        ("source", ""),
    ];
    let answer = aoi
        .post_parts("/threads", &fields, Some(("x.svg", b"<svg/>")))
        .await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = check_page(&answer.body, "/threads");
    for field in ["file", "alt", "rights", "looked"] {
        assert!(page.by_id(&format!("e-{field}")).is_some(), "{field}");
    }
    assert!(page.by_id("e-title").is_none() && page.by_id("e-body").is_none());
    assert_eq!(page.text_of("body").trim(), "書いたこと");
    // A quotation wants its source; a document no description.
    let fields = [("rights", "quote")];
    let answer = aoi
        .post_parts("/api/v1/files", &fields, Some(("x.pdf", PDF)))
        .await;
    assert_eq!(answer.json()["errors"][0]["field"], "source");
    assert_eq!(answer.json()["errors"].as_array().unwrap().len(), 1);
    let fields = [("rights", "licensed")];
    let answer = aoi
        .post_parts("/api/v1/files", &fields, Some(("x.pdf", PDF)))
        .await;
    assert_eq!(answer.status, StatusCode::CREATED);
    // No file at all.
    let answer = aoi
        .post_parts("/api/v1/files", &[("alt", "画面"), ("rights", "own")], None)
        .await;
    assert_eq!(
        answer.json()["errors"][0],
        json!({ "field": "file", "code": "required", "message": "ファイルを選んでください。中身が空のファイルは入れられません。" })
    );
    // Labels have their length.
    for (length, wanted) in [(200, 201), (201, 422)] {
        let long = "あ".repeat(length);
        let fields = [
            ("alt", long.as_str()),
            ("rights", "quote"),
            ("source", long.as_str()),
        ];
        let answer = aoi
            .post_parts("/api/v1/files", &fields, Some(("x.png", &png(4, 4))))
            .await;
        assert_eq!(answer.status.as_u16(), wanted, "{}", answer.body);
    }
    let fields = [("alt", "番号 1234-5678-9018"), ("rights", "own")];
    let answer = aoi
        .post_parts("/api/v1/files", &fields, Some(("x.png", &png(4, 4))))
        .await;
    assert_eq!(answer.json()["errors"][0]["code"], "my_number");
}

/// Chosen but not put in, a file would vanish when the form is sent: that is said instead.
#[actix_web::test]
async fn a_forgotten_file_stops_the_form() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let thread = aoi.ask("はじめの話題").await;
    let reply = aoi.reply(&thread, "はじめの回答").await;
    let fields = [
        ("kind", "question"),
        ("title", "題"),
        ("body", "書いたこと"),
        ("school_type", "shogakkou"),
        ("policies", "3"),
        ("revision", "1"),
        ("file", "画面.png"),
    ];
    for path in [
        "/threads".to_owned(),
        format!("/threads/{}/edit", text(&thread["id"])),
        format!("/threads/{}/replies", text(&thread["id"])),
        format!("/replies/{}/edit", text(&reply["id"])),
    ] {
        let answer = aoi.post(&path, &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        let page = check_page(&answer.body, &path);
        assert!(page.by_id("e-file").is_some(), "{path}");
        assert_eq!(page.text_of("body").trim(), "書いたこと", "{path}");
        let mut empty = fields.to_vec();
        empty.pop();
        empty.push(("file", ""));
        assert_eq!(
            aoi.post(&path, &empty).await.status,
            StatusCode::SEE_OTHER,
            "{path}"
        );
    }
}
