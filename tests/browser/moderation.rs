//! The moderators' work: a post that names too much is held, put right and restored; two threads become one.

use serde_json::json;

use crate::browser::{Scripts, journey};
use crate::forum::Forum;
use crate::pages::look_at;

const TITLE: &str = "提出箱の写真が、1人だけ横向きになります";
const TOO_MUCH: &str = "4年2組の出席番号12番の子だけ、写真が横向きに届きます。";
const RIGHT: &str = "1人だけ、写真が横向きに届きます。端末はみな同じ機種です。";

#[test]
fn a_report_holds_a_post_until_it_is_put_right() {
    journey(Scripts::Off, Forum::empty, async |forum, browser| {
        let author = forum.person("aoi", "見本 あおい", "teacher");
        let reader = forum.person("sota", "見本 そうた", "teacher");
        let moderator = forum.person("mamoru", "見本 まもる", "moderator");

        browser.sign_in(&author).await;
        browser.go("/threads/new?kind=question").await;
        browser.fill("#title", TITLE).await;
        browser.fill("#body", TOO_MUCH).await;
        browser
            .click("input[name='school_type'][value='shogakkou']")
            .await;
        browser.click("input[name='policies'][value='1']").await;
        browser.press("main form.panel", "質問する").await;
        let thread = browser.path().await;
        browser.sign_out().await;

        // A reader tells of it: nobody else sees it from now on.
        browser.sign_in(&reader).await;
        browser.go(&thread).await;
        browser.click(".care summary").await;
        browser
            .click("#why-thread option[value='personal_data']")
            .await;
        browser.press(".care[open] form", "知らせる").await;
        assert!(
            browser
                .text("main")
                .await
                .contains("知らせを受け取りました")
                || browser
                    .text(".flash")
                    .await
                    .contains("知らせを受け取りました")
        );
        browser.go(&thread).await;
        assert_eq!(browser.text("h1").await, "このページは見つかりませんでした");
        browser.sign_out().await;

        // Its author sees why, and puts it right.
        browser.sign_in(&author).await;
        browser.go("/settings/notices").await;
        assert!(browser.text("main").await.contains(TITLE));
        browser.go(&thread).await;
        assert!(browser.text("main").await.contains("個人情報かもしれない"));
        browser.press("main", "直して、もう一度見てもらう").await;
        browser.fill("#body", RIGHT).await;
        browser.fill("#message", "番号を消しました。").await;
        browser.press("main form.panel", "もう一度見てもらう").await;
        assert_eq!(browser.path().await, thread);
        browser.sign_out().await;

        // A moderator reads what has changed and lets all see it.
        browser.sign_in(&moderator).await;
        browser.go("/desk/reports").await;
        let queue = browser.text("main").await;
        assert!(
            queue.contains("番号を消しました。") && queue.contains(RIGHT),
            "{queue}"
        );
        browser.press_at("main form[action$='/claim'] button").await;
        let decide = "main form:has(select[name='visibility'])";
        browser
            .click(&format!("{decide} option[value='visible']"))
            .await;
        browser
            .fill(
                &format!("{decide} input[name='reason']"),
                "番号が消えたのを確かめました。",
            )
            .await;
        browser.press(decide, "決める").await;
        assert!(
            browser
                .text("main")
                .await
                .contains("待っている知らせはありません")
        );
        browser.sign_out().await;

        browser.sign_in(&reader).await;
        browser.go(&thread).await;
        assert_eq!(browser.text("h1").await, TITLE);
        assert!(browser.text(".prose").await.contains(RIGHT));
        browser.go(&format!("{thread}/revisions")).await;
        assert!(!browser.text("main").await.contains("出席番号"));
        browser.sign_out().await;

        browser.sign_in(&author).await;
        browser.go("/settings/notices").await;
        let told = browser.text("main").await;
        assert!(told.contains("番号が消えたのを確かめました。"), "{told}");
        assert!(!told.contains("見本 まもる"), "{told}");
    });
}

#[test]
fn a_merged_thread_leads_to_the_other_one() {
    journey(Scripts::Off, Forum::empty, async |forum, browser| {
        let author = forum.person("aoi", "見本 あおい", "teacher");
        let moderator = forum.person("mamoru", "見本 まもる", "moderator");
        let ask = |title: &str| {
            let thread = json!({
                "kind": "question", "title": title, "body": RIGHT, "policies": [1], "school_type": "小学校",
            });
            let thread = forum.post(&forum.token(&author), "/threads", &thread);
            format!("/threads/{}", thread["id"].as_str().unwrap())
        };
        let (stays, goes) = (ask(TITLE), ask("提出箱に届く写真の向き"));

        browser.sign_in(&moderator).await;
        browser.go(&format!("{goes}/duplicate")).await;
        browser.click("input[name='how'][value='merge']").await;
        browser.fill("#of", &stays).await;
        browser.fill("#reason", "同じ困りごとです。").await;
        browser.press("main form.panel", "次へ").await;
        let asked = browser.text("main").await;
        assert!(asked.contains(TITLE), "{asked}");
        assert!(asked.contains("元には戻せません"), "{asked}");
        assert!(!asked.contains("も移ります"), "{asked}"); // Nothing to move.
        look_at(browser, "merge-confirm").await;
        browser.press("main form.panel", "まとめる").await;
        browser.sign_out().await;

        // Whoever kept the old address arrives at the one that stays.
        browser.sign_in(&author).await;
        browser.go(&goes).await;
        assert_eq!(browser.text("h1").await, TITLE);
        browser.go("/settings/notices").await;
        let told = browser.text("main").await;
        assert!(told.contains("同じ困りごとです。"), "{told}");
    });
}
