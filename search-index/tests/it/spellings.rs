//! Spellings of the same word find one another, and different words do not.

use crate::support::{find, finds, index_of, thread};
use search_index::fold_key;

/// Every spelling of a row finds every other one as a phrase.
const SAME: &[&[&str]] = &[
    &[
        "ロイロノート",
        "ﾛｲﾛﾉｰﾄ",
        "ろいろのーと",
        "ロイロノ－ト",
        "ロイロノｰト",
    ],
    &[
        "ガイドブック",
        "ｶﾞｲﾄﾞﾌﾞｯｸ",
        "がいどぶっく",
        "カ\u{3099}イト\u{3099}フ\u{3099}ック",
    ],
    &["サーバー", "サーバ", "ｻｰﾊﾞｰ", "サ-バ-", "さーばー", "さーば"],
    &["プリンター", "プリンタ"],
    &["フォルダー", "フォルダ", "フオルダ"],
    &["コンピューター", "コンピュータ"],
    &["ヴァイオリン", "バイオリン"],
    &["ウェブ", "ウエブ"],
    &[
        "Wi-Fi",
        "WiFi",
        "wifi",
        "ＷｉＦｉ",
        "Wi－Fi",
        "Wi‐Fi",
        "WI–FI",
    ],
    &["L-Gate", "LGate", "Ｌ－Ｇａｔｅ"],
    &["micro:bit", "microbit"],
    &[
        "デジタル・シティズンシップ",
        "デジタルシティズンシップ",
        "ﾃﾞｼﾞﾀﾙ･ｼﾃｨｽﾞﾝｼｯﾌﾟ",
    ],
    &["取り組み", "取組み", "取組"],
    &["打ち込み", "打込み"],
    &["引き継ぎ", "引継ぎ", "引継"],
    &["申し込み", "申込み", "申込"],
    &["問い合わせ", "問合せ", "問合わせ"],
    &["受け付け", "受付け", "受付"],
    &["振り返り", "振返り", "ふりかえり", "フリカエリ"],
    &["書き込み", "書込み"],
    &["組み合わせ", "組合せ"],
    &["打ち合わせ", "打合せ"],
    &["話し合い", "話合い"],
    &["割り当て", "割当"],
    &["入れ替え", "入替"],
    &["持ち帰り", "持帰り"],
    &["使い分け", "使分け"],
    &["見通し", "見とおし"],
    &["一人一台", "1人1台", "１人１台", "ひとり一台", "1人一台"],
    &["一人一人", "一人ひとり", "ひとりひとり"],
    &["3年生", "三年生", "３年生"],
    &["25人", "二十五人", "２５人"],
    &["2026年", "二〇二六年", "二千二十六年"],
    &["1か月", "1ヶ月", "1ヵ月", "1カ月", "1箇月", "一ヶ月"],
    &["子ども", "子供", "こども"],
    &["㈱広場", "(株)広場"],
    &["図\u{fe00}書\u{200b}館", "図書館"],
];

#[test]
fn spellings_of_a_word_find_one_another() {
    for row in SAME {
        let ids: Vec<u128> = (0..).take(row.len()).collect();
        let alone = index_of(
            ids.iter()
                .zip(*row)
                .map(|(id, written)| thread(*id, written)),
        );
        let inside = index_of(
            ids.iter()
                .zip(*row)
                .map(|(id, written)| thread(*id, &format!("今日の「{written}」を"))),
        );
        for typed in *row {
            for index in [&alone, &inside] {
                let mut found = find(index, &format!("\"{typed}\""));
                found.sort_unstable();
                assert_eq!(found, ids, "{typed} should find all of {row:?}");
            }
        }
    }
}

#[test]
fn different_words_stay_apart() {
    for (title, query) in [
        ("病院の予約", "美容院"),
        ("図。書館", "図書館"),
        ("三角の面積", "3角"),
        ("十分な時間", "10分"),
        ("2024-10-01の予定", "20241001"),
        ("3-2の教室", "32"),
        ("りんご・みかん", "りんごみかん"),
        ("ビルの工事", "ビール"),
        ("カードの管理", "カートの管理"),
        ("はは", "ぱぱ"),
    ] {
        assert!(!finds(title, query), "{query} should not find {title}");
    }
}

#[test]
fn one_and_two_characters_are_enough() {
    let index = index_of([
        thread(1, "VRゴーグルで図書館を歩く"),
        thread(2, "生成AIの使い方"),
        thread(3, "ノートの取り方"),
        thread(4, "mail and repair"),
    ]);
    assert_eq!(find(&index, "VR"), [1]);
    assert_eq!(find(&index, "vr"), [1]);
    assert_eq!(find(&index, "AI"), [2]);
    assert_eq!(find(&index, "図"), [1]);
    assert_eq!(find(&index, "館"), [1]);
    assert_eq!(find(&index, "方"), [3, 2]);
    assert_eq!(find(&index, "の"), [3, 2]);
    assert_eq!(find(&index, "ノ"), [3, 2]);
    assert_eq!(find(&index, "ゴ"), [1]);
    assert_eq!(find(&index, "ぬ"), [0u128; 0]);
}

#[test]
fn a_hyphenated_word_is_found_by_its_parts_too() {
    let index = index_of([thread(1, "体育館のWi-Fi"), thread(2, "算数")]);
    assert_eq!(find(&index, "wi fi"), [1]);
    assert_eq!(find(&index, "Fi"), [1]);
}

#[test]
fn names_share_a_key_in_all_spellings() {
    for row in [
        &["Wi-Fi", "wifi", "Ｗｉ－Ｆｉ", "wi fi", "WI_FI"][..],
        &[
            "Google Classroom",
            "googleclassroom",
            "ｇｏｏｇｌｅ　ｃｌａｓｓｒｏｏｍ",
        ],
        &[
            "ロイロノート・スクール",
            "ロイロノート スクール",
            "ﾛｲﾛﾉｰﾄｽｸｰﾙ",
            "ろいろのーとすくーる",
        ],
        &["サーバー", "サーバ", "ｻｰﾊﾞ", "さーばー"],
        &["GIGAスクール構想", "gigaｽｸｰﾙ構想"],
    ] {
        for name in row {
            assert_eq!(fold_key(name), fold_key(row.first().unwrap()), "{name}");
        }
    }
    assert_eq!(fold_key("サーバー"), "さーば");
    assert_eq!(fold_key("C++"), "c++");
    assert_ne!(fold_key("算数"), fold_key("数学"));
    assert_ne!(fold_key("取り組み"), fold_key("取組"));
    assert_eq!(fold_key(" ・ - "), "");
}
