//! What trainers choose: a practice that a teacher proposes, a trainer recommends and its author does not want recommended;
//! a collection of five that is written without scripts, published and printed.

use serde_json::{Value, json};

use crate::browser::{Browser, Scripts, journey};
use crate::forum::Forum;
use crate::pages::look_at;

fn practice(forum: &Forum, author: &str, title: &str) -> String {
    let thread = json!({
        "kind": "practice", "title": title, "body": "書くことが苦手な子が、図を動かしながら話し始めました。",
        "policies": [1], "school_type": "小学校", "practice": { "failed": "ほかの班の図を消してしまう子がいました。" },
    });
    let thread = forum.post(&forum.token(author), "/threads", &thread);
    format!("/threads/{}", thread["id"].as_str().unwrap())
}

async fn main_text(browser: &Browser) -> String {
    browser.text("main").await
}

#[test]
fn a_practice_is_proposed_recommended_and_declined_by_its_author() {
    journey(Scripts::Off, Forum::empty, async |forum, browser| {
        let author = forum.person("aoi", "見本 あおい", "teacher");
        let reader = forum.person("sota", "見本 そうた", "teacher");
        let trainer = forum.person("kenshuu", "見本 けんた", "trainer");
        let thread = practice(
            forum,
            &author,
            "「ちがいは何だろう」を、共有スライド1枚で話し合う",
        );

        browser.sign_in(&reader).await;
        browser.go(&thread).await;
        browser.press("main", "おすすめに推薦する").await;
        browser
            .fill("#reason", "3年生でも、すぐまねできました。")
            .await;
        browser.press("main form.panel", "推薦する").await;
        assert_eq!(browser.path().await, thread);
        assert!(
            main_text(browser)
                .await
                .contains("おすすめに推薦しています")
        );
        browser.sign_out().await;

        browser.sign_in(&trainer).await;
        browser.go("/desk/proposals").await;
        look_at(browser, "desk-proposals").await;
        assert!(
            main_text(browser)
                .await
                .contains("3年生でも、すぐまねできました。")
        );
        browser
            .fill("#comment-1", "「文字を使わない12分」が効いています。")
            .await;
        browser.press("main", "おすすめにする").await;
        assert!(
            main_text(browser)
                .await
                .contains("待っている推薦はありません")
        );
        browser.sign_out().await;

        browser.sign_in(&author).await;
        browser.go("/settings/notices").await;
        let told = main_text(browser).await;
        assert!(told.contains("研修担当のおすすめになりました"), "{told}");
        assert!(!told.contains("見本 けんた"), "{told}");
        browser.go(&thread).await;
        look_at(browser, "thread-recommended").await;
        let shown = main_text(browser).await;
        assert!(
            shown.contains("「文字を使わない12分」が効いています。"),
            "{shown}"
        );
        browser.press("main", "掲載を辞退する").await;
        look_at(browser, "refuse").await;
        browser.press("main .dialog", "掲載を辞退する").await;
        let shown = main_text(browser).await;
        assert!(!shown.contains("「文字を使わない12分」"), "{shown}");
        assert!(shown.contains("掲載を辞退しています"), "{shown}");
        browser.sign_out().await;

        // Nobody recommends it again.
        browser.sign_in(&trainer).await;
        browser.go(&thread).await;
        assert!(!main_text(browser).await.contains("まとめに入れる"));
        browser.go(&format!("{thread}/recommendation")).await;
        browser.fill("#comment", "もう一度すすめます。").await;
        browser.press("main form.panel", "すすめる").await;
        let kept = main_text(browser).await;
        assert!(kept.contains("辞退しています"), "{kept}");
        assert_eq!(browser.value("#kept").await, "もう一度すすめます。");
    });
}

#[test]
fn a_collection_of_five_is_published_and_printed() {
    journey(Scripts::Off, Forum::empty, async |forum, browser| {
        let author = forum.person("aoi", "見本 あおい", "teacher");
        let trainer = forum.person("kenshuu", "見本 けんた", "trainer");
        let titles = [
            "名簿の切り替えを、3月中に「からの組」で済ませておく",
            "最初の1週間に渡すメモを、紙1枚にした",
            "支援員さんの予約表を、4月の初めに貼り出す",
            "初ログインの日は、班ごとに時間をずらす",
            "パスワードのカードを、筆箱の大きさにそろえる",
        ];
        let threads: Vec<String> = titles
            .iter()
            .map(|title| practice(forum, &author, title))
            .collect();

        browser.sign_in(&trainer).await;
        browser.go("/collections").await;
        browser.press("main", "まとめを作る").await;
        browser
            .fill("#title", "初めてのGIGA担当、4月にすること")
            .await;
        browser
            .fill(
                "#cover",
                "始業式までの2週間で必要なものから順に並べました。",
            )
            .await;
        browser.click("input[name='policies'][value='2']").await;
        for thread in &threads {
            let address = format!("{}{thread}", forum.url);
            browser.fill("#add", &address).await;
            browser.press("main form.panel", "この話題を足す").await;
        }
        // The last one goes to the top.
        for number in (2..=5).rev() {
            browser
                .press_at(&format!("button[name='action'][value='up-{number}']"))
                .await;
        }
        for number in 1..=5 {
            let words =
                format!("{number}番目に読んでください。校名を入れ替えればそのまま使えます。");
            browser.fill(&format!("#comment-{number}"), &words).await;
        }
        look_at(browser, "collection-form").await;
        browser.press("main form.panel", "下書きに残す").await;
        let path = browser.path().await;
        assert!(main_text(browser).await.contains("下書きです。"));
        browser.press("main", "公開する").await;
        browser.sign_out().await;

        browser.sign_in(&author).await;
        browser.go("/").await;
        browser
            .press("aside", "初めてのGIGA担当、4月にすること")
            .await;
        assert_eq!(browser.path().await, path);
        look_at(browser, "collection").await;
        let order = browser
            .run("return [...document.querySelectorAll('.picks h2 a')].map((el) => el.textContent)")
            .await;
        assert_eq!(order[0], titles[4]);
        assert_eq!(order[1], titles[0]);

        browser.devtools("Emulation.setEmulatedMedia", json!({ "media": "print" }));
        let left = browser.run(LEFT_IN_PRINT).await;
        assert_eq!(left, json!([]));
        let coded = browser
            .run("return document.querySelector('.print-only svg').getClientRects().length")
            .await;
        assert_eq!(coded, 1);
        let address = browser.text(".print-only").await;
        assert!(address.contains("/c/"), "{address}");
        browser.devtools("Emulation.setEmulatedMedia", json!({ "media": "" }));
        let pdf = browser.print("collection");
        let (pages, sizes) = sheets(&pdf);
        assert_eq!(pages, 1, "five short ones are one sheet");
        assert!(!sizes.is_empty());
        for (width, height) in sizes {
            // A4 in points: 595.3 by 841.9.
            assert!((width - 595.3).abs() < 1.5, "{width}");
            assert!((height - 841.9).abs() < 1.5, "{height}");
        }
    });
}

/// How many pages a PDF of Chromium has, and their sizes in points.
fn sheets(pdf: &[u8]) -> (usize, Vec<(f64, f64)>) {
    let text = String::from_utf8_lossy(pdf);
    let pages = text.matches("/Type /Page\n").count();
    let sizes = text.split("/MediaBox [").skip(1).filter_map(|rest| {
        let numbers: Vec<f64> = rest
            .split(']')
            .next()?
            .split_whitespace()
            .filter_map(|number| number.parse().ok())
            .collect();
        match *numbers {
            [_, _, width, height] => Some((width, height)),
            _ => None,
        }
    });
    (pages, sizes.collect())
}

/// What can only be pressed or followed, though it would be printed.
const LEFT_IN_PRINT: &str = "
const useless = '.site-head, .site-foot, .skip, aside, nav, form, button, .btn, input, summary, .notice';
return [...document.querySelectorAll(useless)].filter((el) => el.getClientRects().length).map((el) => el.outerHTML.slice(0, 120));
";

/// Pages of the demo's trainers, for those who look at them.
#[test]
fn what_the_demo_has_chosen_can_be_read() {
    journey(Scripts::On, Forum::demo, async |forum, browser| {
        let trainer = "otomo@center.hiroba.example";
        let token = forum.token(trainer);
        let all = forum.send("GET", &token, "/collections?mine=true", &Value::Null);
        let all = all["items"].as_array().cloned().unwrap();
        browser.sign_in(trainer).await;
        for (name, path) in [
            ("demo-home", "/"),
            ("demo-collections", "/collections"),
            ("demo-proposals", "/desk/proposals"),
            ("demo-freshness", "/desk/freshness"),
            ("demo-outdated", "/desk/freshness?show=outdated"),
            ("demo-policy", "/policies/2"),
        ] {
            browser.go(path).await;
            look_at(browser, name).await;
        }
        let (shared, _) = all.split_first().unwrap();
        for one in all
            .iter()
            .filter(|one| one["state"] == "draft")
            .chain([shared])
        {
            let id = one["id"].as_str().unwrap();
            browser.go(&format!("/collections/{id}")).await;
            look_at(browser, "demo-collection").await;
            browser.go(&format!("/collections/{id}/edit")).await;
            look_at(browser, "demo-collection-edit").await;
            browser.go(&format!("/collections/{id}/revisions")).await;
            look_at(browser, "demo-collection-revisions").await;
        }
        browser.go("/desk/freshness").await;
        browser.press_at("main .cards .btn").await;
        look_at(browser, "demo-look").await;
        browser.go("/desk/freshness?show=outdated").await;
        browser.press_at("main .cards h2 a").await;
        assert!(
            main_text(browser)
                .await
                .contains("いまは古くなっている内容です")
        );
        look_at(browser, "demo-thread-outdated").await;
    });
}
