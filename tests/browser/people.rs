//! How somebody comes in: signing up, proving the address, saying who they are.

use crate::browser::{Scripts, journey};
use crate::forum::{Forum, PASSWORD};

#[test]
fn somebody_signs_up_proves_the_address_and_says_who_they_are() {
    journey(Scripts::On, Forum::empty, async |forum, browser| {
        let email = "michi@es.hiroba.example";
        browser.go("/login").await;
        browser.press("main", "職員用メールアドレスで登録").await;
        browser.fill("#email", "michi@elsewhere.example").await;
        browser.fill("#name", "見本 みち").await;
        browser
            .click("#school_type option[value='chugakkou']")
            .await;
        browser.press("main form", "リンクを受け取る").await;
        // An address of elsewhere is refused beside its field; the rest has stayed.
        assert!(browser.text("#e-email").await.contains("登録できません"));
        assert_eq!(browser.value("#name").await, "見本 みち");
        browser.fill("#email", email).await;
        browser.press("main form", "リンクを受け取る").await;
        assert!(browser.text("main").await.contains("メール"));

        let letter = forum.letter("登録を続けるためのリンク").await;
        let link = letter.lines().find(|line| line.contains("/password/set"));
        let (_, rest) = link.unwrap().split_once("/password/set").unwrap();
        browser.go(&format!("/password/set{rest}")).await;
        browser.fill("#password", PASSWORD).await;
        browser.press("main form", "このパスワードにする").await;
        // The link works once.
        browser.go(&format!("/password/set{rest}")).await;
        let fields = "return document.querySelectorAll('#password').length";
        assert_eq!(browser.run(fields).await, 0);

        browser.sign_in(email).await;
        browser.go("/settings/profile").await;
        assert_eq!(browser.value("#name").await, "見本 みち");
        browser.fill("#name", "見本 みちこ").await;
        browser
            .press("main form[action='/settings/profile']", "この内容にする")
            .await;
        assert!(
            browser
                .text(".flash")
                .await
                .contains("プロフィールを変えました")
        );
        browser.go("/threads/new?kind=question").await;
        assert!(browser.text("main").await.contains("見本 みちこ"));
    });
}
