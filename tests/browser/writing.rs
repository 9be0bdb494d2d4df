//! Writing in peace: a draft survives a killed tab and an offline phase, goes on elsewhere, and is never written over
//! unasked by another screen.

use serde_json::{Value, json};

use crate::browser::{Browser, Scripts, journey};
use crate::forum::Forum;

const TITLE: &str = "体育館で、提出箱が送信中のまま止まります";

/// Cuts the present tab off the network, or connects it again.
fn offline(browser: &Browser, off: bool) {
    browser.devtools("Network.enable", json!({}));
    browser.devtools(
        "Network.emulateNetworkConditions",
        json!({ "offline": off, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 }),
    );
}

/// Closes the present tab without a word, as a crash or an empty battery does, and goes on in a new one.
async fn kill_tab(browser: &Browser) {
    let killed = browser.client.window().await.unwrap();
    let next = browser.client.new_window(true).await.unwrap().handle;
    browser.client.switch_to_window(killed).await.unwrap();
    browser.client.close_window().await.unwrap();
    browser.client.switch_to_window(next).await.unwrap();
}

async fn add(browser: &Browser, css: &str, text: &str) {
    let field = browser.find(css).await;
    field.send_keys(text).await.unwrap();
}

async fn says(browser: &Browser, words: &str) {
    browser
        .until(words, async || {
            browser.text("[data-draft-said]").await.contains(words)
        })
        .await;
}

/// Until the server has all that stands in the form, not only what stood there when somebody was still typing.
async fn is_saved(browser: &Browser) {
    says(browser, "下書きを保存しました").await;
    browser
        .until("no warning any more", async || !warns(browser).await)
        .await;
}

/// Whether leaving the page would be warned of.
async fn warns(browser: &Browser) -> bool {
    browser
        .run("return document.querySelector('form[data-changed]') !== null")
        .await
        == true
}

fn drafts(forum: &Forum, token: &str) -> Vec<Value> {
    let page = forum.send("GET", token, "/drafts", &Value::Null);
    page["items"].as_array().cloned().unwrap()
}

#[test]
fn a_draft_survives_a_killed_tab_and_an_offline_phase() {
    journey(Scripts::On, Forum::empty, async |forum, browser| {
        let aoi = forum.person("aoi", "見本 あおい", "teacher");
        let token = forum.token(&aoi);
        browser.sign_in(&aoi).await;
        browser.go("/threads/new?kind=question").await;
        browser.fill("#title", TITLE).await;
        browser
            .fill("#body", "6年生3クラスで一斉に開いたときです。")
            .await;
        let ticked = "document.querySelector('input[name=policies][value=\"3\"]').click(); return document.querySelector('form[data-changed]') !== null";
        assert_eq!(browser.run(ticked).await, true, "nothing is saved yet");
        is_saved(browser).await;
        browser.shoot("form-saved");

        // What the server has is offered in a new tab, though this device has forgotten it.
        kill_tab(browser).await;
        let kept = "return Object.keys(localStorage).filter((key) => key.startsWith('hiroba:kept:')).length";
        browser.go("/threads/new?kind=question").await;
        assert_eq!(browser.run(kept).await, 0);
        assert_eq!(browser.value("#title").await, "", "never unasked");
        browser.press("main", TITLE).await;
        assert_eq!(browser.value("#title").await, TITLE);
        let checked = "return document.querySelector('input[name=policies][value=\"3\"]').checked";
        assert_eq!(browser.run(checked).await, true);
        let draft = browser.run("return location.search").await;
        let draft = format!("/threads/new{}", draft.as_str().unwrap());

        // Offline: the text stays on this device, and goes to the server when the network is back.
        offline(browser, true);
        add(browser, "#body", "一つ目の追記。").await;
        says(browser, "つながらない").await;
        assert!(warns(browser).await);
        offline(browser, false);
        is_saved(browser).await;
        let all = drafts(forum, &token);
        assert_eq!(all.len(), 1, "{all:?}");
        assert!(
            all[0]["fields"]["body"][0]
                .as_str()
                .unwrap()
                .ends_with("一つ目の追記。")
        );

        // Offline and killed: only this device has it.
        offline(browser, true);
        add(browser, "#body", "二つ目の追記。").await;
        says(browser, "つながらない").await;
        kill_tab(browser).await;
        browser.go(&draft).await;
        assert!(browser.value("#body").await.ends_with("一つ目の追記。"));
        browser.click("[data-use]").await;
        assert!(browser.value("#body").await.ends_with("二つ目の追記。"));
        add(browser, "#body", "三つ目。").await;
        is_saved(browser).await;

        // Elsewhere: signing out has emptied this device.
        browser.sign_out().await;
        assert_eq!(browser.run(kept).await, 0);
        browser.sign_in(&aoi).await;
        browser.go("/settings/drafts").await;
        browser
            .press("main li.panel", &format!("続きを書く：{TITLE}"))
            .await;
        assert!(
            browser
                .value("#body")
                .await
                .ends_with("二つ目の追記。三つ目。")
        );
        browser.press("main form", "質問する").await;
        assert_eq!(browser.text("h1").await, TITLE);
        assert!(drafts(forum, &token).is_empty());
        browser.go("/settings/drafts").await;
        assert!(browser.text("main").await.contains("下書きはありません"));
    });
}

#[test]
fn the_draft_of_another_screen_is_not_written_over_unasked() {
    journey(Scripts::On, Forum::empty, async |forum, browser| {
        let aoi = forum.person("aoi", "見本 あおい", "teacher");
        let token = forum.token(&aoi);
        let question = json!({
            "kind": "question", "title": TITLE, "body": "本文です。", "school_type": "小学校", "policies": [3],
        });
        let made = forum.post(&token, "/threads", &question);
        let path = format!("/threads/{}", made["id"].as_str().unwrap());
        browser.sign_in(&aoi).await;
        browser.go(&path).await;
        let first = browser.client.window().await.unwrap();
        let second = browser.client.new_window(true).await.unwrap().handle;
        browser
            .client
            .switch_to_window(second.clone())
            .await
            .unwrap();
        browser.go(&path).await;
        browser.fill("#body", "先に書いた文").await;
        is_saved(browser).await;

        browser.client.switch_to_window(first).await.unwrap();
        browser.fill("#body", "あとに書いた文").await;
        browser.find("[data-mine]").await;
        assert_eq!(
            drafts(forum, &token)[0]["fields"]["body"],
            json!(["先に書いた文"])
        );
        browser.run("document.querySelector('[data-mine]').closest('.notice').querySelector('details').open = true").await;
        assert_eq!(browser.text("[data-text]").await, "先に書いた文");
        browser.shoot("draft-conflict");
        browser.click("[data-mine]").await;
        is_saved(browser).await;
        assert_eq!(
            drafts(forum, &token)[0]["fields"]["body"],
            json!(["あとに書いた文"])
        );

        browser.client.switch_to_window(second).await.unwrap();
        add(browser, "#body", "の続き").await;
        browser.click("[data-theirs]").await;
        assert_eq!(browser.value("#body").await, "あとに書いた文");
        // One's own is still there to be taken back.
        browser.click("[data-use]").await;
        assert_eq!(browser.value("#body").await, "先に書いた文の続き");
        assert_eq!(drafts(forum, &token).len(), 1);
    });
}

#[test]
fn a_draft_is_kept_and_thrown_away_without_scripts() {
    journey(Scripts::Off, Forum::empty, async |forum, browser| {
        let aoi = forum.person("aoi", "見本 あおい", "teacher");
        let token = forum.token(&aoi);
        browser.sign_in(&aoi).await;
        browser.go("/threads/new?kind=question").await;
        browser.press("main form", "本文にひな形を入れる").await;
        assert!(
            browser
                .value("#body")
                .await
                .starts_with("【困っていること】")
        );
        browser.fill("#title", TITLE).await;
        browser.press("main form", "下書きを保存する").await;
        assert!(browser.text(".flash").await.contains("下書きに残しました"));
        assert_eq!(browser.value("#title").await, TITLE);
        browser.press("main form", "質問する").await;
        assert!(browser.text("#errors").await.contains("ひな形のままです"));
        browser.go("/settings/drafts").await;
        browser.click("details summary").await;
        browser.press("main li.panel", "この下書きを捨てる").await;
        assert!(browser.text(".flash").await.contains("下書きを捨てました"));
        assert!(drafts(forum, &token).is_empty());
    });
}

#[test]
fn a_practice_grows_field_by_field() {
    journey(Scripts::Off, Forum::empty, async |forum, browser| {
        let aoi = forum.person("aoi", "見本 あおい", "teacher");
        browser.sign_in(&aoi).await;
        browser.go("/threads/new?kind=practice").await;
        browser
            .fill("#title", "音読の録音を、2人組で聞き合う")
            .await;
        browser
            .fill("#body", "家で録音し、教室で聞き合いました。")
            .await;
        browser.click("input[name='policies'][value='1']").await;
        browser.press("main form", "実践を書く").await;
        let path = browser.path().await;
        browser.fill("#failed", "教室では音が混ざりました。").await;
        browser.press("#grow", "書き足す").await;
        assert_eq!(browser.path().await, path);
        assert!(
            browser
                .text("article.panel")
                .await
                .contains("教室では音が混ざりました。")
        );
        assert!(
            browser
                .text("#grow")
                .await
                .contains("11のうち1つ書けています。")
        );
        browser.press("#grow", "いまはいい（次へ）").await;
        browser.find("#grow #children").await;
        browser.press("#grow", "もう出さない").await;
        assert!(
            browser
                .text(".flash")
                .await
                .contains("もうおたずねしません")
        );
        assert_eq!(
            browser.run("return document.querySelector('#grow')").await,
            Value::Null
        );
    });
}
