//! Excerpts and highlights.

use crate::support::{excerpt, highlight};

fn cut(query: &str, text: &str, max_chars: usize) -> String {
    excerpt(query, text, max_chars).unwrap().html
}

#[test]
fn titles_are_marked_as_written() {
    for (query, text, expected) in [
        (
            "サーバ",
            "校内サーバーの更新",
            "校内<mark>サーバー</mark>の更新",
        ),
        ("サーバー", "ｻｰﾊﾞの更新", "<mark>ｻｰﾊﾞ</mark>の更新"),
        (
            "取組",
            "ICTの取り組みについて",
            "ICTの<mark>取り組み</mark>について",
        ),
        ("取り組み", "取組例", "<mark>取組</mark>例"),
        (
            "wifi",
            "Wi－Fi & <b>",
            "<mark>Wi－Fi</mark> &amp; &lt;b&gt;",
        ),
        ("1人1台", "一人一台の端末", "<mark>一人一台</mark>の端末"),
        (
            "学校図書館",
            "学校図書館の本",
            "<mark>学校図書館</mark>の本",
        ),
        ("図", "図書の図", "<mark>図</mark>書の<mark>図</mark>"),
        ("の", "端末の話", "端末<mark>の</mark>話"),
        (
            "ガイド",
            "カ\u{3099}イト\u{3099}です",
            "<mark>カ\u{3099}イト\u{3099}</mark>です",
        ),
        (
            "端末 充電",
            "充電と端末",
            "<mark>充電</mark>と<mark>端末</mark>",
        ),
        ("\"端末\"", "端末", "<mark>端末</mark>"),
        ("理科", "算数 \"'", "算数 &quot;&#39;"),
        ("", "算数", "算数"),
        ("算数", "", ""),
    ] {
        assert_eq!(highlight(query, text), expected, "{query}");
    }
}

#[test]
fn grammar_is_not_marked() {
    assert_eq!(
        highlight(
            "端末の使い方を教えてください",
            "理由も教えてください。端末です"
        ),
        "理由も教えてください。<mark>端末</mark>です"
    );
    assert_eq!(
        highlight("ひらがな", "ひらがなの練習"),
        "<mark>ひらがな</mark>の練習"
    );
}

#[test]
fn a_lone_kanji_of_a_word_is_not_marked() {
    assert_eq!(highlight("充電", "充電の電気"), "<mark>充電</mark>の電気");
    assert_eq!(highlight("体育館", "新体力テスト"), "新体力テスト");
    assert_eq!(highlight("体育館", "体育の記録"), "<mark>体育</mark>の記録");
    assert_eq!(excerpt("充電", "電気", 16), None);
    assert_eq!(
        excerpt("体力テスト 提出箱", "何人も出たのが、体育です。", 16),
        None
    );
}

#[test]
fn a_kanji_that_was_asked_for_is_marked() {
    assert_eq!(highlight("体", "新体力テスト"), "新<mark>体</mark>力テスト");
    assert_eq!(
        cut("図 体育館", "図を体操で使う", 16),
        "<mark>図</mark>を体操で使う"
    );
    // Grammar is not.
    assert_eq!(excerpt("体育館 の 上", "机の上", 16), None);
}

#[test]
fn nothing_found_is_no_excerpt() {
    assert_eq!(excerpt("理科", "算数の話", 80), None);
    assert_eq!(excerpt("", "算数の話", 80), None);
    assert_eq!(excerpt("。", "算数。", 80), None);
    assert_eq!(excerpt("算数", "", 80), None);
}

#[test]
fn a_short_text_is_shown_whole() {
    assert_eq!(
        cut("充電", "端末の\n\n充電  です。", 40),
        "端末の <mark>充電</mark> です。"
    );
}

#[test]
fn an_excerpt_begins_and_ends_at_sentences() {
    let text = format!(
        "{}充電の時刻を決めました。机ごとに並べます。{}",
        "前置きです。".repeat(20),
        "後書きです。".repeat(20)
    );
    let html = cut("充電", &text, 40);
    assert!(
        html.starts_with("…<mark>充電</mark>の時刻を決めました。"),
        "{html}"
    );
    assert!(html.ends_with("。…"), "{html}");
    let first = cut("前置き", &text, 40);
    assert!(first.starts_with("<mark>前置き</mark>です。"), "{first}");
    let last = cut(
        "充電",
        &"前の話。"
            .repeat(30)
            .replacen("前の話。", "", 1)
            .chars()
            .chain("充電した。".chars())
            .collect::<String>(),
        40,
    );
    assert!(
        last.starts_with('…') && last.ends_with("<mark>充電</mark>した。"),
        "{last}"
    );
}

#[test]
fn without_sentences_it_begins_at_a_pause() {
    let text = format!("{}、充電の時刻、{}", "あ".repeat(8), "い".repeat(100));
    let text = format!("{}{text}", "う".repeat(100));
    let html = cut("充電", &text, 40);
    assert!(html.starts_with("…<mark>充電</mark>の時刻、い"), "{html}");
}

#[test]
fn the_densest_place_is_shown() {
    let text = format!(
        "充電だけの文。{}充電と端末と保管庫の文。{}充電だけの文。",
        "別の話。".repeat(40),
        "別の話。".repeat(40)
    );
    let html = cut("充電 端末 保管庫", &text, 50);
    assert!(
        html.contains("<mark>充電</mark>と<mark>端末</mark>と<mark>保管庫</mark>の文。"),
        "{html}"
    );
}

#[test]
fn the_better_reply_has_the_greater_weight() {
    let weight = |text: &str| excerpt("端末の保管庫", text, 80).unwrap().matched;
    assert!(weight("端末の保管庫") > weight("端末です"));
    assert!(weight("端末です") > weight("本の保管"));
    assert_eq!(weight("端末、端末、端末"), weight("端末です"));
}

#[test]
fn a_match_longer_than_the_excerpt_is_cut() {
    let html = cut(&"a".repeat(100), &format!("x {} y", "a".repeat(100)), 20);
    assert!(html.contains("<mark>aaaa"), "{html}");
    let many = cut("の", &"のの".repeat(5_000), 30);
    assert!(many.contains("<mark>"), "{many}");
}
