//! Images as people bring them: pasted, chosen by a button, and by a button alone where no script runs.

use crate::browser::{Browser, Scripts, journey};
use crate::forum::Forum;

const ALT: &str = "提出箱が「送信中」のまま止まった画面";

/// Makes an image in the page and pastes it into the field, as a screenshot would be.
const PASTE: &str = "
const canvas = Object.assign(document.createElement('canvas'), { width: 640, height: 400 });
const pen = canvas.getContext('2d');
pen.fillStyle = '#0017c1';
pen.fillRect(0, 0, 640, 80);
canvas.toBlob((blob) => {
  const clipboardData = new DataTransfer();
  clipboardData.items.add(new File([blob], 'image.png', { type: 'image/png' }));
  document.querySelector('#body').dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
}, 'image/png');
";

const CHOSEN: &str = "return document.querySelector('#file').files[0]?.name ?? ''";
const STATUS: &str = "return document.querySelector('#attach [data-status]').textContent";

async fn write(browser: &Browser) {
    browser.fill("#title", "提出箱に出すと止まります").await;
    browser
        .click("input[name='school_type'][value='shogakkou']")
        .await;
    browser.click("input[name='policies'][value='3']").await;
    browser.fill("#body", "画面はこうなります。").await;
}

async fn label(browser: &Browser) {
    browser.fill("#alt", ALT).await;
    browser.click("input[name='rights'][value='own']").await;
    browser.click("#looked").await;
}

/// The image of the thread that is open was fetched and leads to the whole one.
async fn is_seen(browser: &Browser, width: u64) {
    browser
        .until("the image", async || {
            let script = "const image = document.querySelector('.prose img'); return image?.complete ? image.naturalWidth : 0";
            browser.run(script).await.as_u64() == Some(width)
        })
        .await;
    let image = browser.find(".prose img").await;
    assert_eq!(image.attr("alt").await.unwrap().as_deref(), Some(ALT));
    let link = browser.find(".prose a:has(img)").await;
    let whole = link.attr("href").await.unwrap().unwrap();
    assert!(whole.starts_with("/files/") && !whole.ends_with("/thumb"));
}

#[test]
fn an_image_is_pasted_labelled_and_seen() {
    journey(Scripts::On, Forum::empty, async |forum, browser| {
        let asker = forum.person("aoi", "見本 あおい", "teacher");
        let reader = forum.person("sota", "見本 そうた", "teacher");
        browser.sign_in(&asker).await;
        browser.go("/threads/new?kind=practice").await;
        write(browser).await;
        browser
            .until("a pasted file", async || {
                browser.run(PASTE).await;
                browser.run(CHOSEN).await == "image.png"
            })
            .await;
        // The panel has opened and asks; nothing is sent before it is answered.
        assert_eq!(browser.run("return document.activeElement.id").await, "alt");
        browser.click("button[value='attach']").await;
        assert!(browser.text("#e-looked").await.contains("確かめて"));
        browser.click("#looked").await;
        browser.click("button[value='attach']").await;
        assert!(browser.text("#e-alt").await.contains("何が写っているか"));
        assert!(browser.text("#e-rights").await.contains("権利"));
        // A form that is sent now would lose the file.
        browser.click("main form .btn.primary").await;
        assert!(
            browser
                .text("#e-file")
                .await
                .contains("まだ本文に入っていません")
        );
        browser.fill("#alt", ALT).await;
        browser.click("input[name='rights'][value='own']").await;
        browser.click("button[value='attach']").await;
        browser
            .until("the reference", async || {
                browser
                    .value("#body")
                    .await
                    .contains(&format!("![{ALT}](/files/"))
            })
            .await;
        assert!(
            browser
                .run(STATUS)
                .await
                .as_str()
                .unwrap()
                .contains("入れました")
        );
        assert_eq!(
            browser.run("return document.activeElement.id").await,
            "body"
        );
        assert_eq!(browser.run(CHOSEN).await, "");
        browser.press("main form", "実践を書く").await;
        let thread = browser.path().await;
        is_seen(browser, 480).await;
        browser.sign_out().await;
        browser.sign_in(&reader).await;
        browser.go(&thread).await;
        is_seen(browser, 480).await;
        browser.press_at(".prose a:has(img)").await;
        let width = browser.run("return document.images[0].naturalWidth").await;
        assert_eq!(width, 640);
    });
}

#[test]
fn an_image_is_chosen_without_scripts() {
    journey(Scripts::Off, Forum::empty, async |forum, browser| {
        let asker = forum.person("aoi", "見本 あおい", "teacher");
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("画面.png");
        image::RgbImage::new(320, 200).save(&file).unwrap();
        browser.sign_in(&asker).await;
        browser.go("/threads/new?kind=question").await;
        write(browser).await;
        browser.click("#attach summary").await;
        browser
            .find("#file")
            .await
            .send_keys(file.to_str().unwrap())
            .await
            .unwrap();
        label(browser).await;
        browser.press("#attach", "本文に入れる").await;
        assert!(
            browser
                .text("#attach [role='status']")
                .await
                .contains("本文の終わりに入れました")
        );
        assert_eq!(browser.value("#title").await, "提出箱に出すと止まります");
        assert!(
            browser
                .value("#body")
                .await
                .starts_with("画面はこうなります。\n\n![")
        );
        browser.press("main form", "質問する").await;
        is_seen(browser, 320).await;
    });
}
