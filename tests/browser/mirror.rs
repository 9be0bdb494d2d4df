//! The private mirror, without scripts: from the answers to what helps, and to what is published of everybody's.

use crate::browser::{Scripts, journey};
use crate::forum::Forum;

const AOI: &str = "aoi@es.hiroba.example";

#[test]
fn a_self_check_leads_to_practices() {
    journey(Scripts::Off, Forum::demo, async |_, browser| {
        browser.sign_in(AOI).await;
        browser.go("/settings").await;
        browser.press("main", "自分だけのふりかえり").await;
        let words = browser.text("main").await;
        assert!(words.contains("あなたにしか見えません") && words.contains("ふりかえりの結果"));
        browser.shoot("mirror-two-years");
        // Two answers change; the other fourteen stay.
        browser.click("input[name='b4'][value='1']").await;
        browser.click("input[name='d1'][value='']").await;
        browser
            .press("main form[action='/settings/mirror']", "答えを残す")
            .await;
        assert!(
            browser
                .text(".flash")
                .await
                .contains("あなたにしか見えません")
        );
        let words = browser.text("main").await;
        assert!(
            words.contains("16項目のうち15項目に答えています"),
            "{words}"
        );
        let help = browser.text("#help").await;
        assert!(
            help.contains("B-4") && help.contains("この項目の話題"),
            "{help}"
        );
        browser.shoot("mirror-help");
        browser.press_at("#help .mini li a").await;
        assert!(browser.path().await.starts_with("/threads/"));
        assert!(
            browser
                .text("main")
                .await
                .contains("B-4 グループで話し合い、作る")
        );
        browser.shoot("thread-item");
        // What everybody sees is of many.
        browser.go("/gap").await;
        browser.press_at("main ul.bullets a[href^='/gap/']").await;
        let words = browser.text("main").await;
        assert!(words.contains("人数が少ないため出しません") && words.contains("学校種ごとの平均"));
        browser.shoot("gap-report");
        // And they can take theirs back.
        browser.go("/settings/mirror").await;
        browser.press("main", "自分の答えをすべて消す").await;
        assert!(browser.text(".flash").await.contains("すべて消しました"));
        assert!(!browser.text("main").await.contains("ふりかえりの結果"));
    });
}
