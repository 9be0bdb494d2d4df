//! What holds for any text.

use std::sync::OnceLock;

use crate::support::{excerpt, highlight, index_of, put, request, thread};
use proptest::prelude::*;
use search_index::analyzer::{Kind, analyze};
use search_index::language::{Clause, MAX_QUERY_CHARS, Part, Query};
use search_index::{Index, ThreadDoc, fold_key};

/// Texts of the kind that break analyzers: Japanese, marks, widths, dashes, quotes, and anything else.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => prop::sample::select(vec![
            "端末", "充電", "サーバー", "ｻｰﾊﾞｰ", "ﾞ", "ﾟ", "\u{3099}", "ー", "－", "-", "・", "ヴ", "ヴァ", "ヴュ", "ァ", "ヶ",
            "Wi-Fi", "a-b-c", "取り組み", "取", "組", "み", "合わせ", "一", "十", "千", "人", "台", "1", "年", "時", "分", "一人ひとり", "㈱",
            "①", "½", "ﬁ", "İ", "ß", "\u{200b}", "\u{fe0f}", "\u{e0100}", "👨‍👩‍👧", "각", "\u{1112}\u{1161}", "न\u{93f}", "ا",
            "\"", "”", "\u{3000}", " ", "\n", "\r\n", "。", "、", "<", "&", "'", "…", "…", "𠮷", "〇", "々", "㍿", "ｶﾞ",
        ]).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
        1 => "\\PC{0,12}",
        1 => "[ぁ-ヺー一-龠a-z0-9]{0,12}",
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

fn index() -> &'static Index {
    static INDEX: OnceLock<Index> = OnceLock::new();
    INDEX.get_or_init(|| {
        index_of((0..30).map(|id| ThreadDoc {
            body: "端末の充電とサーバーの取り組み。Wi-Fiが切れる。".into(),
            replies: vec!["一人一台です".into()],
            ..thread(id, "体育館の端末")
        }))
    })
}

fn unescape(html: &str) -> String {
    html.replace("<mark>", "")
        .replace("</mark>", "")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}

fn collapsed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Marks are opened and closed in turn, hold something, and nothing else of the text is markup.
fn well_formed(html: &str) -> bool {
    let mut open = false;
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let (_, tag) = rest.split_at(at);
        let expected = if open { "</mark>" } else { "<mark>" };
        let Some(after) = tag.strip_prefix(expected) else {
            return false;
        };
        if !open && after.starts_with("</mark>") {
            return false;
        }
        open = !open;
        rest = after;
    }
    !open && !rest.contains('>')
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 800, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn tokens_lie_on_the_text(text in text()) {
        let tokens = analyze(&text);
        let (mut start, mut position) = (0, 0);
        for token in &tokens {
            prop_assert!(!token.text.is_empty());
            prop_assert!(token.start < token.end, "{token:?}");
            prop_assert!(text.is_char_boundary(token.start) && text.is_char_boundary(token.end), "{token:?}");
            prop_assert!(token.start >= start, "{token:?}");
            prop_assert!(token.position >= position, "{token:?}");
            prop_assert!(token.text.len() < 1_000);
            (start, position) = (token.start, token.position);
        }
        // No two links of the chain share a position: a phrase has one way to go.
        let mut links: Vec<usize> = tokens.iter().filter(|t| t.kind.is_link()).map(|t| t.position).collect();
        let before = links.len();
        links.dedup();
        prop_assert_eq!(links.len(), before);
        prop_assert!(tokens.iter().filter(|t| matches!(t.kind, Kind::Kanji)).all(|t| t.text.chars().count() == 1));
    }

    #[test]
    fn letters_and_digits_always_give_tokens(text in "[a-zａ-ｚ0-9０-９ア-ヺぁ-ゖ一-龠]{1,20}") {
        prop_assert!(!analyze(&text).is_empty());
    }

    #[test]
    fn any_text_is_a_query(text in text()) {
        let answer = index().search(&request(&text)).unwrap();
        prop_assert!(answer.total <= 30);
        let quoted = index().search(&request(&format!("\"{text}\" 端末"))).unwrap();
        prop_assert!(quoted.total <= 30);
    }

    #[test]
    fn a_highlight_is_the_text(query in text(), text in text()) {
        let html = highlight(&query, &text);
        prop_assert!(well_formed(&html), "{html}");
        prop_assert_eq!(unescape(&html), text);
    }

    #[test]
    fn an_excerpt_is_a_part_of_the_text(query in text(), text in text(), max in 0usize..60) {
        if let Some(found) = excerpt(&query, &text, max) {
            prop_assert!(found.matched > 0);
            prop_assert!(found.html.contains("<mark>"), "{}", found.html);
            prop_assert!(well_formed(&found.html), "{}", found.html);
            let shown = unescape(&found.html);
            prop_assert!(shown.chars().count() <= max.max(16), "{}", shown);
            let whole = collapsed(&text);
            let candidates = [
                Some(shown.as_str()),
                shown.strip_prefix('…'),
                shown.strip_suffix('…'),
                shown.strip_prefix('…').and_then(|shown| shown.strip_suffix('…')),
            ];
            prop_assert!(candidates.into_iter().flatten().any(|part| whole.contains(part)), "{shown:?} in {whole:?}");
        } else {
            prop_assert!(!highlight(&query, &text).contains("<mark>"));
        }
    }

    #[test]
    fn a_key_of_a_key_is_the_key(text in text()) {
        let key = fold_key(&text);
        prop_assert_eq!(fold_key(&key), key.clone());
        prop_assert!(!key.contains(char::is_whitespace));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_text_finds_itself(text in "[a-z0-9ァ-ヺーぁ-ゖ一二三四五十人台年取り組み、 ・-]{1,30}") {
        let tokens = analyze(&text);
        prop_assume!(tokens.iter().any(|t| t.kind != Kind::Single));
        prop_assume!(tokens.len() < 40);
        prop_assume!(Query::parse(&text).clauses.iter().all(|clause| !clause.excluded));
        let index = index_of([thread(1, &text)]);
        let answer = index.search(&request(&text)).unwrap();
        prop_assert_eq!(answer.total, 1);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 800, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_query_that_was_written_is_read_again(text in query()) {
        let query = Query::parse(&text);
        let written = query.to_string();
        prop_assume!(written.chars().count() <= MAX_QUERY_CHARS);
        prop_assert_eq!(Query::parse(&written), query, "{}", written);
    }

    #[test]
    fn whatever_is_read_is_there(text in text()) {
        for Clause { part, excluded } in Query::parse(&text).clauses {
            match part {
                Part::Word(word) => prop_assert!(!word.is_empty() && !word.contains(char::is_whitespace)),
                Part::Phrase(phrase) => prop_assert!(!phrase.trim().is_empty()),
                Part::Operator(_, value) => prop_assert!(!value.trim().is_empty() && !excluded),
            }
        }
    }
}

/// Texts that look like queries.
fn query() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            " ",
            "\u{3000}",
            "\"",
            "”",
            "-",
            "－",
            "ー",
            "--",
            ":",
            "：",
            ",",
            "、",
            "kind:",
            "校種:",
            "方針：",
            "tag:",
            "タグ:\"",
            "until:",
            "solved:yes",
            "after:2026-04",
            "充電",
            "小学校",
            "Wi-Fi",
            "サーバー",
            "1",
            "*",
            "\0",
            "\n",
            "(",
            "AND",
        ])
        .prop_map(str::to_owned),
        text(),
    ];
    prop::collection::vec(piece, 0..10).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn changes_may_be_applied_again(titles in prop::collection::vec("[充電器端末ア-ン]{1,6}", 1..8), from in 0usize..8) {
        let changes: Vec<_> = (0u128..).zip(&titles).map(|(id, title)| put(thread(id % 5, title))).collect();
        let once = index_of([]);
        once.apply(&changes, "1").unwrap();
        let again = index_of([]);
        again.apply(&changes, "1").unwrap();
        again.apply(changes.get(from..).unwrap_or_default(), "1").unwrap();
        for text in ["", "充電", "ア"] {
            let ids = |index: &Index| {
                let answer = index.search(&request(text)).unwrap();
                let mut ids = crate::support::ids(&answer);
                if !text.is_empty() {
                    ids.sort_unstable(); // replaced threads still count in the rarity of words
                }
                (answer.total, ids)
            };
            prop_assert_eq!(ids(&once), ids(&again));
        }
    }
}

#[test]
fn ten_megabytes_have_an_analysis() {
    let text = "端末の充電ｻｰﾊﾞｰ Wi-Fi 取り組み\u{200b}一人一台\0".repeat(10_000_000 / 60);
    let tokens = analyze(&text);
    assert!(tokens.len() > 1_000_000);
    let last = tokens.last().unwrap();
    assert!(text.is_char_boundary(last.start) && last.end <= text.len());
}
