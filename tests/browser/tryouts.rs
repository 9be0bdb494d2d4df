//! A practice travels: it is tried in another school type, its author hears of it, and it goes along on paper.

use serde_json::json;

use crate::browser::{Scripts, journey};
use crate::forum::Forum;
use crate::pages::look_at;

const TITLE: &str = "「ちがいは何だろう」を、共有スライド1枚で話し合う（45分・準備10分）";
const NOTE: &str = "比例の導入で。班を3人にしたら、図を描かない人がいなくなった。";
/// A4 in points, as PDF counts: 210 × 297 mm.
const A4: (f32, f32) = (595.0, 842.0);

/// A practice with every field written as long as teachers write them.
fn practice() -> serde_json::Value {
    json!({
        "kind": "practice", "title": TITLE, "school_type": "小学校", "grade": "小4", "subject": "算数", "policies": [1],
        "initiatives": ["授業づくり"], "tags": ["協働的な学び", "共有スライド"], "tools": ["Chromebook", "Googleスライド"],
        "body": "説明の文を先に書かせると、書ける子の考えだけで話が進んでしまいます。文字を使わない時間を先に置いて、図だけで比べる授業にしました。\n\n- 班に1枚ずつ、白いスライドを配る\n- 全部の班のスライドを並べる\n\n書くことが苦手な子から、違いを見つける声が出ました。",
        "practice": {
            "aim": "考えを図で表し、比べて話す", "unit": "変わり方調べ", "lessons": 6, "prep_minutes": 10, "lesson_minutes": 45,
            "scene": "協働", "materials": "白いスライド8枚、付せんの見本",
            "steps": [
                "班に1枚ずつ、白いスライドを配る。文字は使わず、図と矢印だけで求め方を表す（12分）。",
                "全部の班のスライドを並べて、同じところと違うところを探す。見つけたらコメントではなく、付せんの色で示す（10分）。",
                "違いを、言葉で説明し合う。話す順番は「図を描いていない人」から（15分）。",
                "今日の図から1つ選んで、ノートに写し、一言そえる（5分）。",
            ],
            "children": "書くことが苦手な子が、図を動かしながら「ここが1ふえると、こっちが3ふえる」と話し始めました。説明の文を先に書かせていたときより、話し合いの時間が長くなりました。",
            "failed": "ほかの班の図を消してしまう子がいました。次は、最初にスライドの複製を先生が1部とっておきます。8班だと見比べきれないので、4班ずつに分けるつもりです。",
            "care": "色の違いが見えにくい子がいるので、付せんは色と形（丸・四角）の両方で分けました。つながらないときは、ホワイトボード8枚で同じことができます。",
            "checked_on": "2026-11", "os_version": "ChromeOS 130",
        },
    })
}

fn id(made: &serde_json::Value) -> String {
    made["id"].as_str().unwrap().to_owned()
}

#[test]
fn what_became_of_a_practice_is_recorded_and_told_to_its_author() {
    journey(Scripts::On, Forum::empty, async |forum, browser| {
        let author = forum.person("aoi", "見本 あおい", "teacher");
        let reader = forum.person("sota", "見本 そうた", "teacher");
        let token = forum.token(&author);
        let thread = format!(
            "/threads/{}",
            id(&forum.post(&token, "/threads", &practice()))
        );
        browser.sign_in(&reader).await;
        browser.go(&thread).await;
        look_at(browser, "tryout-form").await;
        browser.fill("#changed", "班を3人にした。").await;
        browser.press("#record", "記録する").await;
        // Nothing is lost, and the places to put right are named.
        assert!(
            browser
                .text("#errors")
                .await
                .contains("2か所、確かめてください")
        );
        assert_eq!(browser.value("#changed").await, "班を3人にした。");
        browser.click("#outcome").await;
        browser.fill("#note", NOTE).await;
        browser
            .click("#school_type option[value='chugakkou']")
            .await;
        look_at(browser, "tryout-again").await;
        browser.press("#record", "記録する").await;
        assert!(browser.path().await.starts_with(&thread));
        let shown = browser.text("#try").await;
        for said in [
            "1件（1つの学校種）",
            "うまくいった",
            "中学校",
            NOTE,
            "班を3人にした。",
        ] {
            assert!(shown.contains(said), "{said}: {shown}");
        }
        // What arrived is not offered again.
        let offered = "return document.querySelectorAll('[data-use]').length";
        assert_eq!(browser.run(offered).await, json!(0));
        look_at(browser, "tried").await;
        browser.sign_out().await;
        browser.sign_in(&author).await;
        browser
            .until("the author to be told", async || {
                browser.go("/settings/notices").await;
                browser.text("main").await.contains(NOTE)
            })
            .await;
        browser.go(&thread).await;
        assert!(browser.text("#try").await.contains("あなたの実践です"));
    });
}

#[test]
fn a_practice_of_usual_length_is_one_page_of_a4_with_its_address() {
    journey(Scripts::On, Forum::empty, async |forum, browser| {
        let author = forum.person("aoi", "見本 あおい", "teacher");
        let reader = forum.person("sota", "見本 そうた", "teacher");
        let token = forum.token(&author);
        let made = forum.post(&token, "/threads", &practice());
        let short = format!("/t/{}", made["short_code"].as_str().unwrap());
        let thread = format!("/threads/{}", id(&made));
        // What others say of it stays on the screen.
        let other = forum.token(&reader);
        let tried = json!({ "outcome": "worked", "note": NOTE, "school_type": "中学校" });
        forum.post(&other, &format!("{thread}/tryouts"), &tried);
        let reply = json!({ "body": "3年生でも図だけでできますか。" });
        forum.post(&other, &format!("{thread}/replies"), &reply);
        browser.sign_in(&reader).await;
        browser.go(&thread).await;
        assert!(browser.text("main").await.contains("A4で印刷する"));
        let pdf = browser.print("hand-out");
        let pdf = lopdf::Document::load_mem(&pdf).unwrap();
        let pages = pdf.get_pages();
        assert_eq!(pages.len(), 1, "of usual length it is one page");
        let (width, height) = size(&pdf, pages[&1]);
        assert!(
            (width - A4.0).abs() < 1.0 && (height - A4.1).abs() < 1.0,
            "{width} × {height}"
        );
        // What stands on it: the page as paper shows it (fonts in the file are subsets without names of their own).
        browser.devtools("Emulation.setEmulatedMedia", json!({ "media": "print" }));
        let words = browser.text("body").await;
        for said in [short.as_str(), "文字は使わず", "ホワイトボード8枚"] {
            assert!(words.contains(said), "{said}: {words}");
        }
        for said in ["まねしてみた 1件", "3年生でも図だけで", "質問する"] {
            assert!(!words.contains(said), "{said}: {words}");
        }
        let code = "return document.querySelector('.print-only svg').getBoundingClientRect().width / 96 * 25.4";
        let side = browser.run(code).await.as_f64().unwrap();
        assert!(side >= 18.0, "a phone wants to read it: {side} mm");
        browser.shoot("hand-out");
        browser.devtools("Emulation.setEmulatedMedia", json!({ "media": "" }));
        // The address leads back.
        browser.go(&short).await;
        assert_eq!(browser.text("h1").await, TITLE);
    });
}

/// Width and height of a page in points, its own or the document's.
fn size(pdf: &lopdf::Document, page: lopdf::ObjectId) -> (f32, f32) {
    let mut at = pdf.get_dictionary(page).unwrap();
    loop {
        if let Ok(edges) = at.get(b"MediaBox") {
            let edges = pdf.dereference(edges).unwrap().1.as_array().unwrap();
            let edge = |place: usize| edges[place].as_float().unwrap();
            return (edge(2) - edge(0), edge(3) - edge(1));
        }
        let parent = at.get(b"Parent").unwrap().as_reference().unwrap();
        at = pdf.get_dictionary(parent).unwrap();
    }
}
