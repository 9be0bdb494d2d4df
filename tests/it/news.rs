//! Letters that come at once: whom a reply concerns, working hours, one letter a thread an hour, and the digest that does
//! not say it again.

use chrono::TimeDelta;
use hiroba::accounts::{self, Who};
use hiroba::clock::At;
use hiroba::digest;
use hiroba::id::Id;
use hiroba::mail::Letter;
use hiroba::notices::outbox::State;
use hiroba::notices::settings::Reason;
use hiroba::replies::marks::Mark;
use hiroba::replies::{self, NewReply};
use hiroba::threads::Submit;

use actix_web::http::Method;
use serde_json::Value;

use crate::harness::ground::query;
use crate::harness::html::check_page;
use crate::harness::town::{Town, at};
use crate::harness::{Actor, TestApp, text};

/// A Wednesday between two meetings.
const WEDNESDAY: &str = "2026-11-18T10:00:00+09:00";

fn to(letters: &[Letter]) -> Vec<(&str, &str)> {
    let mut all: Vec<(&str, &str)> = letters
        .iter()
        .map(|letter| (letter.to.as_str(), letter.subject.as_str()))
        .collect();
    all.sort_unstable();
    all
}

const OWN: &str = "【広場】あなたの質問に回答がありました";
const MENTION: &str = "【広場】あなたの名前を呼んだ返信があります";
const FOLLOWED: &str = "【広場】続きを追っている話題に返信がありました";

#[test]
fn a_reply_reaches_whom_it_concerns_and_nobody_else() {
    let town = Town::new(WEDNESDAY);
    let people = town.people(7);
    let [asker, first, second, follower, quoted, stranger, gone] = &people[..] else {
        panic!("seven people");
    };
    let thread = town.ask(asker, "体育館でロイロが止まります");
    town.reply(first, thread, "前の日に開いておきます。");
    let by_quoted = town.reply(quoted, thread, "アクセスポイントを足しました。");
    town.mark(follower, thread, Mark::Follow);
    town.mark(gone, thread, Mark::Follow);
    town.app
        .write_here(|db, now| accounts::suspend(db, &accounts::house(), gone.id().unwrap(), now))
        .unwrap();
    town.run();
    town.taken();
    town.set(town.now().plus(TimeDelta::hours(2)));
    // Calls two by name, in other widths and with a space less; quotes a third. A stranger's name calls nobody.
    let body = "＠見本　１ さん、助かりました。@見本5 さんもどうぞ。";
    let new = NewReply::parse(body, Some(&by_quoted.to_string())).unwrap();
    let submit = Submit {
        key: None,
        posts_per_hour: 0,
        new_account_posts_per_day: 0,
    };
    town.app
        .write_here(|db, now| replies::post(db, second, thread, &new, &submit, now))
        .unwrap();
    let report = town.run();
    assert_eq!((report.news, report.sent), (4, 4));
    let letters = town.taken();
    assert_eq!(
        to(&letters),
        [
            ("r0@hiroba.example", OWN),
            ("r1@hiroba.example", MENTION),
            ("r3@hiroba.example", FOLLOWED),
            ("r4@hiroba.example", MENTION),
        ]
    );
    let _ = stranger;
    // The letter is complete: the thread, who, what, and where, and no name of who wrote.
    let letter = letters
        .iter()
        .find(|letter| letter.to == "r0@hiroba.example")
        .unwrap();
    for part in [
        "体育館でロイロが止まります",
        "■ 高等学校の先生から",
        "助かりました",
        "https://hiroba.example/replies/",
        "/mail/news/leave/",
    ] {
        assert!(letter.text.contains(part), "{part}: {}", letter.text);
    }
    assert!(!letter.text.contains("見本 2"), "{}", letter.text);
    // Nobody hears of their own words.
    assert!(
        !letters
            .iter()
            .any(|letter| letter.to == "r2@hiroba.example")
    );
}

#[test]
fn a_thread_writes_to_a_reader_once_an_hour_at_most() {
    let town = Town::new(WEDNESDAY);
    let people = town.people(2);
    let thread = town.ask(&people[0], "充電保管庫の鍵について");
    let other = town.ask(&people[0], "名札の色について");
    let start = town.now();
    // Replies every seven minutes for four hours; the press runs every minute.
    let mut came: Vec<(i64, usize)> = Vec::new();
    let mut written = 0;
    for minute in 0..=300 {
        town.set(start.plus(TimeDelta::minutes(minute)));
        if minute % 7 == 0 && minute < 240 {
            town.reply(&people[1], thread, &format!("返信 {written}"));
            written += 1;
        }
        if minute == 30 {
            town.reply(&people[1], other, "こちらは別の話題です。");
        }
        town.run();
        for letter in town.taken() {
            if letter.text.contains("名札の色") {
                assert_eq!(minute, 30, "another thread waits for nobody");
                continue;
            }
            let more = letter
                .text
                .lines()
                .find_map(|line| line.strip_prefix("ほかに"));
            let more: usize = more.map_or(0, |text| {
                text.trim_end_matches("件の返信があります。")
                    .parse()
                    .unwrap()
            });
            came.push((minute, letter.text.matches("■ ").count() + more));
        }
    }
    let minutes: Vec<i64> = came.iter().map(|(minute, _)| *minute).collect();
    assert_eq!(minutes, [0, 60, 120, 180, 240]);
    // Every reply was told, each once.
    assert_eq!(came.iter().map(|(_, count)| count).sum::<usize>(), written);
}

#[test]
fn letters_wait_for_working_hours_unless_their_reader_says_otherwise() {
    for (posted, in_hours) in [
        ("2026-11-18T07:59:00+09:00", "2026-11-18T08:00:00+09:00"),
        ("2026-11-18T08:00:00+09:00", "2026-11-18T08:00:00+09:00"),
        ("2026-11-18T16:59:59+09:00", "2026-11-18T16:59:59+09:00"),
        ("2026-11-18T17:00:00+09:00", "2026-11-19T08:00:00+09:00"),
        // Friday night, before a Monday that is a holiday.
        ("2026-11-20T22:00:00+09:00", "2026-11-24T08:00:00+09:00"),
        // Year's end; vacations are no holidays to whoever asked.
        ("2026-12-28T20:00:00+09:00", "2027-01-04T08:00:00+09:00"),
        ("2026-07-22T10:00:00+09:00", "2026-07-22T10:00:00+09:00"),
    ] {
        let town = Town::new("2026-07-15T10:00:00+09:00");
        let people = town.people(3);
        town.prefer(&people[1], |input| input.any_time = "1".to_owned());
        let threads: Vec<Id> = people[..2]
            .iter()
            .map(|who| town.ask(who, "夜の質問"))
            .collect();
        town.run();
        town.taken();
        town.set(at(posted));
        for thread in threads {
            town.reply(&people[2], thread, "返信です。");
        }
        let mut came: Vec<(At, String)> = Vec::new();
        for moment in [posted, in_hours] {
            // A second before, nothing comes.
            for now in [at(moment).minus(TimeDelta::seconds(1)), at(moment)] {
                if now < at(posted) {
                    continue;
                }
                town.set(now);
                town.run();
                let letters = town.taken().into_iter().filter(|one| one.subject == OWN);
                came.extend(letters.map(|letter| (now, letter.to)));
            }
        }
        came.sort();
        came.dedup();
        let mut expected = vec![
            (at(in_hours), "r0@hiroba.example".to_owned()),
            (at(posted), "r1@hiroba.example".to_owned()),
        ];
        expected.sort();
        assert_eq!(came, expected, "{posted}");
    }
}

#[test]
fn who_wants_none_or_pauses_or_is_silenced_gets_none() {
    let town = Town::new(WEDNESDAY);
    let people = town.people(5);
    town.prefer(&people[0], |input| {
        input.at_once = vec!["mention".to_owned()]
    });
    town.prefer(&people[1], |input| {
        input.paused_until = "2026-11-19".to_owned()
    });
    town.prefer(&people[2], |input| input.at_once = Vec::new());
    town.prefer(&people[3], |_| {});
    crate::harness::ground::sql(
        &town.app,
        "UPDATE mail_settings SET silenced = TRUE WHERE token IN (SELECT token FROM mail_settings JOIN accounts ON accounts.id = account_id WHERE email = 'r3@hiroba.example')",
    );
    for who in &people[..4] {
        let thread = town.ask(who, "質問です");
        town.reply(&people[4], thread, "返信です。");
    }
    assert_eq!(town.run().news, 0);
    // The pause is over on its day.
    town.set(at("2026-11-19T09:00:00+09:00"));
    let thread = town.ask(&people[1], "もう一つの質問");
    town.reply(&people[4], thread, "返信です。");
    assert_eq!(town.run().sent, 1);
    assert_eq!(town.taken()[0].to, "r1@hiroba.example");
}

#[test]
fn what_was_hidden_before_the_letter_left_is_not_in_it() {
    let town = Town::new("2026-11-18T18:00:00+09:00");
    let people = town.people(3);
    let thread = town.ask(&people[0], "夜の質問");
    let rude = town.reply(&people[1], thread, "ひどい言葉");
    town.reply(&people[2], thread, "親切な返信");
    let other = town.ask(&people[0], "もう一つの質問");
    let hidden = town.reply(&people[1], other, "これも、ひどい言葉");
    town.run();
    town.hide_reply(rude);
    town.hide_reply(hidden);
    town.set(at("2026-11-19T08:00:00+09:00"));
    let report = town.run();
    assert_eq!((report.sent, report.skipped), (1, 1));
    let letters = town.taken();
    assert!(letters[0].text.contains("親切な返信") && !letters[0].text.contains("ひどい"));
    let states = query(
        &town.app,
        "SELECT state || ' ' || reason AS value FROM outbox ORDER BY 1",
    );
    assert_eq!(states, ["sent ", "skipped vanished"]);
}

/// Items of the digests of one reader.
fn digest_items(town: &Town, who: &Who) -> Vec<(Reason, Option<Id>, u32)> {
    let entries = town
        .app
        .write_here(|db, _| digest::own_entries(db, who, 10))
        .unwrap();
    let sent = entries
        .into_iter()
        .filter(|entry| entry.state == State::Sent);
    sent.flat_map(|entry| entry.items)
        .map(|item| (item.why, item.reply, item.replies))
        .collect()
}

#[test]
fn the_digest_does_not_repeat_what_came_at_once() {
    let town = Town::new(WEDNESDAY);
    let people = town.people(3);
    town.prefer(&people[1], |input| input.at_once = Vec::new());
    // An hour or more before the digest.
    let mut told = Vec::new();
    for who in &people[..2] {
        let thread = town.ask(who, "質問です");
        told.push(town.reply(&people[2], thread, "返信です。"));
        town.set(town.now().plus(TimeDelta::seconds(1)));
        told.push(town.reply(&people[2], thread, "もう一つ。"));
    }
    town.run();
    town.set(at("2026-11-19T15:30:00+09:00"));
    town.run();
    let own = |who: &Who| {
        let mut items = digest_items(&town, who);
        items.retain(|(why, _, _)| *why == Reason::Own);
        items
    };
    assert_eq!(own(&people[0]), []);
    assert_eq!(own(&people[1]), [(Reason::Own, Some(told[3]), 2)]);
}

#[test]
fn imported_replies_write_to_nobody() {
    let town = Town::new(WEDNESDAY);
    town.people(2);
    let line = r#"{"id":"t1","kind":"question","title":"昔の質問","body":"本文","school_type":"小学校","policies":[1],"author":"r0@hiroba.example","replies":[{"id":"r1","body":"昔の返信","author":"r1@hiroba.example"}]}"#;
    let options = hiroba::exchange::Options::default();
    let mut refuse = |_: usize, reason: &str| panic!("{reason}");
    let now = town.now();
    hiroba::exchange::import(
        &town.app.database,
        &mut line.as_bytes(),
        &options,
        || now,
        &mut refuse,
    )
    .unwrap();
    let report = town.run();
    assert_eq!((report.news, report.sent), (0, 0));
}

#[actix_web::test]
async fn notices_stand_on_the_site_until_they_are_seen() {
    let app = TestApp::new().await;
    let (aoi, sota, haru) = (app.teacher("aoi"), app.teacher("sota"), app.teacher("haru"));
    // No letters: the site tells all the same.
    let settings = [("frequency", "none"), ("weekday", "4"), ("window", "1530")];
    aoi.post("/settings/mail", &settings).await;
    let empty = aoi.get("/settings/notices").await;
    check_page(&empty.body, "notices");
    assert!(empty.body.contains("まだお知らせはありません"));
    let question = aoi.ask("体育館の白い画面").await;
    let path = format!("/api/v1/threads/{}", text(&question["id"]));
    haru.api(Method::PUT, &format!("{path}/follow"), Value::Null)
        .await;
    let answer = sota.reply(&question, "前の日に開いておきます。").await;
    app.advance(TimeDelta::minutes(1));
    let own = aoi
        .reply(&question, "＠先生 sota ありがとうございます。")
        .await;
    let body = serde_json::json!({ "reply_id": answer["id"] });
    aoi.api(Method::PUT, &format!("{path}/accepted-reply"), body)
        .await;
    app.drain();
    let told = async |who: &Actor<'_>| who.get("/settings/notices").await.body;
    let of = |page: &str, words: &str| page.matches(words).count();
    let page = told(&aoi).await;
    check_page(&page, "notices");
    assert_eq!(of(&page, "あなたの質問に回答がありました"), 1);
    assert_eq!(
        of(&page, "<h2><a href="),
        1,
        "nobody hears of their own words"
    );
    assert!(page.contains("小学校の先生：前の日に開いておきます。") && !page.contains("先生 sota"));
    let page = told(&sota).await;
    assert_eq!(of(&page, "あなたの名前を呼んだ返信があります"), 1);
    assert_eq!(of(&page, "あなたの回答が、解決した回答に選ばれました"), 1);
    let page = told(&haru).await;
    assert_eq!(of(&page, "続きを追っている話題に返信がありました"), 2);
    // New until one says so; looking changes nothing.
    assert!(
        haru.get("/")
            .await
            .body
            .contains("まだ見ていないお知らせが2件")
    );
    assert!(haru.get("/settings").await.body.contains("新しいもの 2件"));
    assert_eq!(of(&told(&haru).await, "まだ見ていません"), 2);
    haru.post("/settings/notices/seen", &[]).await;
    assert_eq!(of(&told(&haru).await, "まだ見ていません"), 0);
    assert!(!haru.get("/").await.body.contains("まだ見ていないお知らせ"));
    assert!(
        sota.get("/")
            .await
            .body
            .contains("まだ見ていないお知らせが2件")
    );
    // What is taken back is told no more.
    let taken = format!("/api/v1/replies/{}", text(&own["id"]));
    aoi.api(Method::DELETE, &taken, Value::Null).await;
    assert_eq!(
        of(&told(&haru).await, "続きを追っている話題に返信がありました"),
        1
    );
}
