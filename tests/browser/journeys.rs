//! The main job as people do it: one asks, another answers with a quotation, the asker accepts, a third finds it; and
//! two tabs that edit the same thread.

use serde_json::json;

use crate::browser::{Browser, DOWN, ENTER, Scripts, journey};
use crate::forum::Forum;

const TITLE: &str = "体育館で学年全員がロイロノートに入ると、白い画面のままになります";
const DETAIL: &str = "追記です。教室では同じ端末で開けます。";
const ANSWER: &str = "前の日に教室のＷｉ－Ｆｉで一度開いておくと止まりません。";

#[test]
fn a_question_is_answered_accepted_and_found() {
    journey(Scripts::On, Forum::empty, main_job);
}

#[test]
fn the_same_goes_without_scripts() {
    journey(Scripts::Off, Forum::empty, async |forum, browser| {
        let page =
            "data:text/html,<p>off<script>document.querySelector('p').textContent='on'</script>";
        browser.client.goto(page).await.unwrap();
        assert_eq!(
            browser.text("p").await,
            "off",
            "scripts of pages must not run"
        );
        main_job(forum, browser).await;
        // Our own scripts would have moved the focus to the list of what is wrong.
        browser.go("/threads/new?kind=question").await;
        browser.press("main form", "質問する").await;
        browser.find("#errors").await;
        assert_eq!(
            browser.run("return document.activeElement.tagName").await,
            "BODY"
        );
    });
}

async fn main_job(forum: &Forum, browser: &Browser) {
    let asker = forum.person("aoi", "見本 あおい", "teacher");
    let answerer = forum.person("sota", "見本 そうた", "teacher");
    let third = forum.person("haru", "見本 はる", "teacher");
    forum.import(&others(), &third);

    browser.sign_in(&asker).await;
    browser.press("main", "質問する").await;
    browser.click("input[name='kind'][value='question']").await;
    browser.fill("#title", TITLE).await;
    browser
        .fill("#body", "6年生3クラスで一斉に開いたときだけです。\n\n- 教室では開けます\n- 体育館では半分が白い画面です")
        .await;
    browser
        .click("input[name='school_type'][value='shogakkou']")
        .await;
    browser.click("input[name='policies'][value='3']").await;
    browser.press("main form", "質問する").await;
    assert_eq!(browser.text("h1").await, TITLE);
    assert!(
        browser
            .text(".flash [role='status']")
            .await
            .contains("公開しました")
    );
    assert_eq!(
        browser.text(".prose li:last-child").await,
        "体育館では半分が白い画面です"
    );
    let thread = browser.path().await;
    browser.fill("#answer textarea", DETAIL).await;
    browser.press("#answer form", "回答する").await;
    assert!(browser.text("article.answer").await.contains(DETAIL));
    browser.sign_out().await;

    browser.sign_in(&answerer).await;
    browser.go("/threads?kind=question").await;
    browser.press("main", TITLE).await;
    assert_eq!(browser.path().await, thread);
    browser.press("article.answer", "引用して回答").await;
    assert!(browser.text("#answer blockquote").await.contains(DETAIL));
    browser.fill("#answer textarea", ANSWER).await;
    browser.press("#answer form", "回答する").await;
    let quoting = "article.answer:has(blockquote)";
    assert!(browser.text(quoting).await.contains(ANSWER));
    assert!(
        browser
            .text(&format!("{quoting} blockquote"))
            .await
            .contains(DETAIL)
    );
    browser.sign_out().await;

    browser.sign_in(&asker).await;
    browser.go(&thread).await;
    browser.press(quoting, "この回答で解決した").await;
    assert!(
        browser
            .text("article.answer.accepted")
            .await
            .contains(ANSWER)
    );
    assert!(browser.text("main").await.contains("解決しました"));
    browser.sign_out().await;

    browser.sign_in(&third).await;
    for spelling in ["ﾛｲﾛﾉｰﾄ　体育館", "しろい画面　ロイロ", "wi-fi　教室"]
    {
        browser
            .until(spelling, async || {
                browser.go("/threads").await;
                browser.fill("header input[name='q']", spelling).await;
                browser.press_at("header .find button").await;
                let first = browser
                    .client
                    .find(fantoccini::Locator::Css(".cards > li a"))
                    .await;
                match first {
                    Ok(first) => first.text().await.unwrap() == TITLE,
                    Err(_) => false,
                }
            })
            .await;
    }
    browser.press("main", TITLE).await;
    assert_eq!(browser.path().await, thread);
    assert!(
        browser
            .text("article.answer.accepted")
            .await
            .contains(ANSWER)
    );
}

/// Threads that share a word with the question but do not answer it.
fn others() -> Vec<serde_json::Value> {
    ["体育館のスクリーンが暗くて見えません", "ロイロノートの資料箱を学年で共有したい", "教室の電子黒板に音が出ません"]
        .iter()
        .enumerate()
        .map(|(place, title)| {
            json!({
                "id": format!("other-{place}"), "kind": "question", "title": title, "body": "くわしい様子です。",
                "school_type": "小学校", "policies": [3],
            })
        })
        .collect()
}

#[test]
fn the_second_of_two_edits_is_told_and_keeps_its_text() {
    journey(Scripts::On, Forum::empty, async |forum, browser| {
        let author = forum.person("aoi", "見本 あおい", "teacher");
        let thread = json!({
            "kind": "question", "title": "提出箱に出せません", "body": "はじめの本文です。",
            "school_type": "小学校", "policies": [3],
        });
        let made = forum.post(&forum.token(&author), "/threads", &thread);
        let path = format!("/threads/{}", made["id"].as_str().unwrap());
        let edit = format!("{path}/edit");
        browser.sign_in(&author).await;
        browser.go(&edit).await;
        let first = browser.client.window().await.unwrap();
        let second = browser.client.new_window(true).await.unwrap().handle;
        browser.client.switch_to_window(second).await.unwrap();
        browser.go(&edit).await;
        browser.fill("#body", "先に出した書き直しです。").await;
        browser.press("main form", "書き直す").await;
        assert_eq!(browser.path().await, path);

        browser.client.switch_to_window(first).await.unwrap();
        browser.fill("#body", "あとから出した書き直しです。").await;
        browser.press("main form", "書き直す").await;
        assert!(
            browser
                .text("#stale")
                .await
                .contains("先に書き直されています")
        );
        let focused = "return document.activeElement.id";
        assert_eq!(
            browser.run(focused).await,
            "stale",
            "the news has the focus"
        );
        assert_eq!(browser.value("#body").await, "あとから出した書き直しです。");
        browser.click("#stale summary").await;
        assert!(
            browser
                .text("#stale")
                .await
                .contains("先に出した書き直しです。")
        );
        browser.press("main form", "書き直す").await;
        assert_eq!(browser.path().await, path);
        assert!(
            browser
                .text(".prose")
                .await
                .contains("あとから出した書き直しです。")
        );
    });
}

#[test]
fn a_reader_leaves_and_joins_by_the_links_of_a_letter() {
    journey(Scripts::Off, Forum::demo, async |_, browser| {
        browser.go("/dev/mails").await;
        // Letters with news are among them, in no fixed order.
        let digest = "return [...document.querySelectorAll('main .mini a')].find((a) => a.textContent.includes('週のまとめ')).pathname";
        let digest = browser.run(digest).await;
        browser.go(digest.as_str().unwrap()).await;
        let letter = browser.text("pre.plain").await;
        let link = letter
            .lines()
            .find(|line| line.contains("/mail/digest/leave/"))
            .unwrap();
        let (_, path) = link.trim().split_once("/mail/").unwrap();
        browser.go(&format!("/mail/{path}")).await;
        browser.press("main", "受け取るのをやめる").await;
        assert_eq!(browser.text("h1").await, "やめました");
        browser.shoot("left");
        browser.press("main", "また受け取る").await;
        assert_eq!(browser.text("h1").await, "また受け取れるようになりました");
    });
}

#[test]
fn settings_of_mail_are_changed_by_keyboard_alone() {
    journey(Scripts::On, Forum::demo, async |_, browser| {
        browser.sign_in("aoi@es.hiroba.example").await;
        browser.go("/settings/mail").await;
        // The weekday by an arrow; then the button.
        browser
            .run("document.getElementById('weekday').focus()")
            .await;
        browser.keys(DOWN).await; // from Thursday to Friday
        browser.tab().await;
        browser
            .run("document.querySelector('form[action=\"/settings/mail\"] .btn.primary').focus()")
            .await;
        browser.follow_by_keys(ENTER, "the settings").await;
        assert_eq!(browser.path().await, "/settings/mail");
        let page = browser.text("body").await;
        assert!(page.contains("メールの設定を変えました"), "{page}");
        assert_eq!(browser.value("#weekday").await, "5");
    });
}
