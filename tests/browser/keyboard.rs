//! Hands that use no mouse: the way through the pages by Tab, Enter and Space alone, with the focus always in sight.

use fantoccini::key::Key;
use serde_json::json;

use crate::browser::{Browser, Scripts, journey};
use crate::forum::Forum;

/// What has the focus: how it is found again, and whether one sees it.
const FOCUS: &str = "
const el = document.activeElement, style = getComputedStyle(el);
const seen = (style) => style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
const label = el.closest('label');
return {
  name: el.name || el.id || el.className || el.tagName,
  value: el.type === 'radio' || el.type === 'checkbox' ? el.value : '',
  words: (el.getAttribute('aria-label') ?? el.textContent).trim(),
  seen: el === document.body || seen(style) || (label !== null && seen(getComputedStyle(label))),
  shown: el.getBoundingClientRect().height > 1,
};
";

impl Browser {
    /// One Tab further; returns the name of what has the focus then.
    async fn step(&self) -> String {
        self.tab().await;
        let focus = self.run(FOCUS).await;
        assert_eq!(focus["seen"], true, "the focus is not to be seen: {focus}");
        assert_eq!(
            focus["shown"], true,
            "the focus is on nothing that is shown: {focus}"
        );
        focus["name"].as_str().unwrap().to_owned()
    }

    /// Tab until `name` has the focus; returns what was passed.
    async fn steps_to(&self, name: &str) -> Vec<String> {
        let mut passed = Vec::new();
        loop {
            let at = self.step().await;
            if at == name {
                return passed;
            }
            passed.push(at);
            assert!(passed.len() < 60, "{name} is not reached: {passed:?}");
        }
    }
}

#[test]
fn a_question_is_posted_by_keyboard_alone() {
    journey(Scripts::On, Forum::empty, async |forum, browser| {
        let person = forum.person("aoi", "見本 あおい", "teacher");
        browser.go("/login").await;
        browser.steps_to("email").await;
        browser.keys(&person).await;
        assert!(browser.steps_to("password").await.is_empty());
        browser.keys(crate::forum::PASSWORD).await;
        browser.enter().await;
        browser.find("nav a[href='/settings']").await;

        // The way in: past the header in one step, or to its search.
        browser.go("/threads").await;
        assert_eq!(browser.step().await, "skip");
        browser.enter().await;
        browser.step().await;
        let inside = "return document.querySelector('main').contains(document.activeElement)";
        assert_eq!(
            browser.run(inside).await,
            true,
            "the skip link leads into the page"
        );
        browser.go("/threads").await;
        browser.steps_to("q").await;
        browser.keys("ロイロ").await;
        browser.enter().await;
        browser
            .until("/search", async || browser.path().await == "/search")
            .await;
        assert_eq!(browser.value("main input[name='q']").await, "ロイロ");

        browser.go("/threads/new?kind=question").await;
        browser.steps_to("kind").await;
        assert!(
            browser.steps_to("title").await.is_empty(),
            "nothing stands between kind and title"
        );
        browser.keys("図工の写真が提出箱に入りません").await;
        assert!(browser.steps_to("body").await.is_empty());
        browser.keys("3年生です。").await;
        browser.steps_to("school_type").await;
        assert!(browser.steps_to("policies").await.is_empty());
        browser.keys(" ").await;
        let passed = browser.steps_to("btn primary big").await;
        assert!(
            passed.iter().filter(|name| *name == "policies").count() == 3,
            "{passed:?}"
        );
        browser.enter().await;
        browser.find(".flash").await;
        assert_eq!(browser.text("h1").await, "図工の写真が提出箱に入りません");
    });
}

#[test]
fn a_failed_form_leads_to_its_fields() {
    journey(Scripts::On, Forum::empty, async |forum, browser| {
        let person = forum.person("aoi", "見本 あおい", "teacher");
        let thread = json!({
            "kind": "question", "title": "提出箱", "body": "本文です。", "school_type": "小学校", "policies": [3],
        });
        forum.post(&forum.token(&person), "/threads", &thread);
        browser.sign_in(&person).await;
        browser.go("/threads/new?kind=question").await;
        let focused = "return document.activeElement.id";
        let fields = ["title", "body", "policies"];
        for (place, field) in fields.iter().enumerate() {
            if place == 0 {
                browser.press("main form", "質問する").await;
            } else {
                browser
                    .run("document.querySelector('#errors').focus()")
                    .await;
            }
            browser.find("#errors").await;
            assert_eq!(
                browser.run(focused).await,
                "errors",
                "what is wrong has the focus"
            );
            for _ in 0..=place {
                browser.step().await;
            }
            browser.enter().await;
            assert_eq!(
                browser.run(focused).await,
                *field,
                "the link leads to its field"
            );
        }
        // What is right is kept, and the way back out works from the field.
        browser
            .run("document.querySelector('#title').focus()")
            .await;
        browser.keys("提出箱が開きません").await;
        browser.steps_to("body").await;
        browser.keys("昨日からです。").await;
        browser.steps_to("policies").await;
        browser.keys(&format!("{} ", char::from(Key::Tab))).await;
        browser.steps_to("btn primary big").await;
        browser.keys(" ").await;
        browser.find(".flash").await;
        assert_eq!(browser.text("h1").await, "提出箱が開きません");
    });
}
