//! Hands that use no mouse: the way through the pages by Tab, Enter and Space alone, with the focus always in sight.

use serde_json::json;

use crate::browser::{Browser, DOWN, ENTER, ESCAPE, Scripts, TAB, journey};
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
fn a_suggestion_is_chosen_by_keyboard() {
    journey(Scripts::On, Forum::demo, async |_, browser| {
        browser.sign_in("aoi@es.hiroba.example").await;
        browser.go("/search").await;
        browser.steps_to("q").await;
        let role = "return document.activeElement.getAttribute('role')";
        browser
            .until("a combobox", async || browser.run(role).await == "combobox")
            .await;
        browser.keys("ろいろ").await;
        let open = "return document.activeElement.getAttribute('aria-expanded')";
        browser
            .until("suggestions", async || browser.run(open).await == "true")
            .await;
        browser.keys(DOWN).await;
        let active = browser
            .run(
                "const id = document.activeElement.getAttribute('aria-activedescendant');
                 const option = document.getElementById(id);
                 return { role: option.getAttribute('role'), chosen: option.getAttribute('aria-selected'),
                          list: option.parentElement.getAttribute('role'), url: option.dataset.url };",
            )
            .await;
        assert_eq!(active["role"], "option");
        assert_eq!(active["chosen"], "true");
        assert_eq!(active["list"], "listbox");
        browser.shoot("search-suggested");
        browser.follow_by_keys(ENTER, "what was chosen").await;
        let here = browser
            .run("return location.pathname + location.search")
            .await;
        assert_eq!(here, active["url"]);

        // Escape closes the list and leaves what was typed.
        browser.go("/search").await;
        browser.steps_to("q").await;
        browser.keys("ろいろ").await;
        browser
            .until("suggestions", async || browser.run(open).await == "true")
            .await;
        browser.keys(ESCAPE).await;
        assert_eq!(browser.run(open).await, "false");
        assert_eq!(browser.value("main input[name='q']").await, "ろいろ");
    });
}

#[test]
fn operators_and_controls_lead_to_the_same_without_script() {
    journey(Scripts::Off, Forum::demo, async |_, browser| {
        browser.sign_in("aoi@es.hiroba.example").await;
        browser
            .go("/search?q=%E7%AB%AF%E6%9C%AB+%E6%A0%A1%E7%A8%AE:%E5%B0%8F%E5%AD%A6%E6%A0%A1")
            .await;
        assert_eq!(
            browser.value("main input[type=search]").await,
            "端末 校種:小学校"
        );
        let typed = browser.text("h1 small").await;
        browser
            .find("#facets input[name='school_type'][value='shogakkou']:checked")
            .await;
        browser.press("#facets", "この条件で見る").await;
        assert_eq!(browser.value("main input[type=search]").await, "端末");
        assert_eq!(browser.text("h1 small").await, typed);
    });
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
        browser.follow_by_keys(ENTER, "the log-in").await;
        browser.find("nav a[href='/settings']").await;

        // The way in: past the header in one step, or to its search.
        browser.go("/threads").await;
        assert_eq!(browser.step().await, "skip");
        browser.keys(ENTER).await;
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
        browser.follow_by_keys(ENTER, "the search").await;
        assert_eq!(browser.path().await, "/search");
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
        browser.follow_by_keys(ENTER, "the question").await;
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
            browser.keys(ENTER).await;
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
        browser.keys(&format!("{TAB} ")).await;
        browser.steps_to("btn primary big").await;
        browser.follow_by_keys(" ", "the question").await;
        browser.find(".flash").await;
        assert_eq!(browser.text("h1").await, "提出箱が開きません");
    });
}
