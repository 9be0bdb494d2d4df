//! From an empty cell of the map to the practice that fills it.

use crate::browser::{Scripts, journey};
use crate::forum::Forum;
use crate::pages::look_at;

const TITLE: &str = "園のタブレット2台を、かごに入れて職員室で充電しています";

#[test]
fn an_empty_cell_becomes_a_request_and_is_filled() {
    journey(Scripts::On, Forum::empty, async |forum, browser| {
        let trainer = forum.person("kenshuu", "見本 けんしゅう", "trainer");
        let teacher = forum.person("chiba", "見本 ちば", "teacher");

        // The trainer sees where nothing is, and asks for it.
        browser.sign_in(&trainer).await;
        browser.press("footer", "実践の見取り図").await;
        browser
            .until("the first counting", async || {
                browser.go("/coverage").await;
                browser.text("main").await.contains("の数")
            })
            .await;
        look_at(browser, "coverage-empty").await;
        browser
            .press_at("a.ask[href='/requests/new?policy=3&school_type=youchien']")
            .await;
        assert_eq!(browser.value("#policy").await, "3");
        assert_eq!(browser.value("#school_type").await, "youchien");
        browser.press("main form", "募集する").await;
        assert!(browser.text("#e-sentence").await.contains("一文で"));
        browser
            .fill("#sentence", "園のタブレット2台の、置き場所と充電だけでも")
            .await;
        browser.press("main form", "募集する").await;
        assert!(browser.text("main").await.contains("募集中"));
        look_at(browser, "request-open").await;
        let request = browser.path().await;
        browser.sign_out().await;

        // Somebody else finds it on the first page and writes.
        browser.sign_in(&teacher).await;
        browser.go("/").await;
        browser
            .press_at(&format!("aside a[href='{request}']"))
            .await;
        browser.press("main", "実践を書く").await;
        let chosen = "return [document.querySelector('[name=school_type]:checked')?.value, document.querySelector('[name=policies]:checked')?.value].join()";
        assert_eq!(browser.run(chosen).await, "youchien,3");
        browser.fill("#title", TITLE).await;
        browser
            .fill(
                "#body",
                "朝は職員室のかごから取り、帰りに戻すだけにしました。",
            )
            .await;
        browser.press("main form", "実践を書く").await;
        assert_eq!(browser.text("h1").await, TITLE);
        browser
            .until("the request is filled", async || {
                browser.go(&request).await;
                browser.text("main").await.contains("集まりました")
            })
            .await;
        assert!(browser.text("main").await.contains(TITLE));
        look_at(browser, "request-filled").await;
        browser.sign_out().await;

        // The trainer hears of it.
        browser.sign_in(&trainer).await;
        browser.go("/settings/notices").await;
        assert!(
            browser
                .text("main")
                .await
                .contains("募集していた実践が集まりました")
        );
    });
}
