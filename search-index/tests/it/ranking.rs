//! What is found, and in which order.

use crate::support::{find, find_widely, finds, ids, index_of, put, request, thread};
use search_index::{Index, MAX_WINDOW, Request, Sort, ThreadDoc};

#[test]
fn the_thread_with_all_terms_comes_first() {
    let index = index_of([
        ThreadDoc {
            body: "端末 端末 端末 端末 の話".into(),
            ..thread(1, "端末")
        },
        ThreadDoc {
            body: "端末の話のついでに、充電の工夫もいくつか長く書いておきます。".into(),
            ..thread(2, "雑談")
        },
        ThreadDoc {
            body: "充電 充電 充電".into(),
            ..thread(3, "充電")
        },
        thread(4, "算数の問題"),
    ]);
    let found = find(&index, "端末　充電");
    assert_eq!(found.first(), Some(&2));
    assert_eq!(found.len(), 3);
}

#[test]
fn a_question_finds_what_has_only_parts_of_it() {
    let index = index_of([thread(1, "体育館の無線が切れる"), thread(2, "給食の献立表")]);
    assert_eq!(
        find(
            &index,
            "体育館でネットにつながらないときはどうすればよいですか"
        ),
        [1]
    );
}

#[test]
fn quotes_demand_the_phrase() {
    let index = index_of([
        thread(1, "学校の図書館の本"),
        thread(2, "図書の学校と館の本"),
        thread(3, "本"),
    ]);
    assert_eq!(find(&index, "\"図書館\""), [1]);
    assert_eq!(find(&index, "＂図書館＂ 本"), [1]);
    assert_eq!(find(&index, "“図書館”"), [1]);
    assert_eq!(find(&index, "図書館").len(), 2);
    assert_eq!(find(&index, "\"学校 図書館\""), [0u128; 0]);
    assert_eq!(find(&index, "\"図書館").len(), 2, "an open quote is text");
    assert_eq!(find(&index, "\"\" 本").len(), 3);
}

#[test]
fn phrases_cross_scripts() {
    assert!(finds("GIGAスクール構想について", "GIGAスクール構想"));
    assert!(finds(
        "Google Classroomで3年生の課題を配る",
        "google classroomで3年生の課題"
    ));
    assert!(!finds("GIGA構想のスクール", "GIGAスクール構想"));
}

#[test]
fn operators_that_do_not_exist_are_text() {
    let index = index_of([thread(1, "算数 NOT 国語"), thread(2, "理科")]);
    assert_eq!(find(&index, "title:算数 AND (国語 OR"), [1]);
    assert_eq!(find(&index, "算*"), [1]);
}

#[test]
fn a_minus_excludes() {
    let index = index_of([
        thread(1, "端末の充電"),
        thread(2, "端末の保管"),
        thread(3, "Wi-Fi"),
    ]);
    assert_eq!(find(&index, "端末 -充電"), [2]);
    assert_eq!(find(&index, "端末 －充電"), [2]);
    assert_eq!(find(&index, "-端末"), [3]);
    assert_eq!(find(&index, "端末 -\"の保管\""), [1]);
    assert_eq!(find(&index, "wi-fi"), [3], "a hyphen is no minus");
    assert_eq!(
        find(&index, "端末 - 充電").len(),
        2,
        "a minus alone is nothing"
    );
}

#[test]
fn synonyms_are_found_below_the_word_itself() {
    let index = index_of([
        thread(1, "クロームブックが重い"),
        thread(2, "Chromebookが重い"),
        thread(3, "Chrome bookが重い"),
        thread(4, "給食の献立"),
    ]);
    let wide = find_widely(&index, "くろーむぶっく　重い");
    assert_eq!(wide.first(), Some(&1));
    assert_eq!(wide.len(), 3);
    assert_eq!(find(&index, "Chromebook").len(), 1);
    assert_eq!(
        find_widely(&index, "\"Chromebook\""),
        [2],
        "quotes mean the word itself"
    );
    let index = index_of([
        thread(1, "Google Classroomの課題"),
        thread(2, "GoogleClassroomの課題"),
        thread(3, "クラスの課題"),
    ]);
    assert_eq!(find_widely(&index, "google classroom 課題").len(), 3);
    assert_eq!(
        find_widely(&index, "グーグルクラスルーム 課題").last(),
        Some(&3)
    );
}

#[test]
fn one_slip_in_a_katakana_or_latin_word_is_forgiven() {
    let index = index_of([
        thread(1, "キュビナの使い方"),
        thread(2, "Chromebookの充電"),
        thread(3, "理科の実験"),
    ]);
    for (typed, meant) in [
        ("キュビア", 1),
        ("キビュナ", 1),
        ("chromebok", 2),
        ("chrmoebook", 2),
        ("きゅびな", 1),
        ("chromeb", 2),
    ] {
        assert_eq!(find_widely(&index, typed).first(), Some(&meant), "{typed}");
    }
}

#[test]
fn a_middle_grade_is_no_middle_school() {
    assert!(!finds("小学校中学年の端末", "中学"));
    assert!(finds("小学校中学年の端末", "中学年"));
    assert!(finds("中学3年の端末", "中学"));
    assert!(finds("中学校の端末", "中学"));
}

#[test]
fn all_texts_of_a_thread_are_searched_and_the_thread_comes_once() {
    let index = index_of([ThreadDoc {
        body: "本文だけ".into(),
        replies: vec!["返信ひとつ".into(), "返答ふたつ 本文だけ".into()],
        tags: vec!["標識".into()],
        tools: vec!["Padlet".into()],
        labels: vec!["特別支援".into()],
        ..thread(1, "題名")
    }]);
    for query in [
        "題名",
        "本文だけ",
        "返信",
        "返答",
        "標識",
        "padlet",
        "特別支援",
        "題名 返信 標識",
    ] {
        assert_eq!(find(&index, query), [1], "{query}");
    }
    assert_eq!(
        find(&index, "\"ひとつ返答\""),
        [0u128; 0],
        "a phrase does not run from one reply into the next"
    );
}

#[test]
fn ties_are_newest_first_then_by_id() {
    let same = |id, created_at| ThreadDoc {
        created_at,
        ..thread(id, "端末の充電")
    };
    let index = index_of([
        same(5, 10),
        same(7, 20),
        same(1, 20),
        same(6, 30),
        same(2, 30),
    ]);
    index
        .apply(&[put(same(4, 20)), put(same(3, 30))], "2")
        .unwrap();
    for text in ["充電", ""] {
        let all = [2, 3, 6, 1, 4, 7, 5];
        assert_eq!(find(&index, text), all);
        for (offset, id) in all.into_iter().enumerate() {
            let one = Request {
                offset,
                limit: 1,
                ..request(text)
            };
            assert_eq!(ids(&index.search(&one).unwrap()), [id]);
        }
    }
}

#[test]
fn newest_and_blank_go_by_date() {
    let index = index_of([
        thread(1, "充電"),
        thread(3, "端末"),
        thread(2, "充電と端末と充電器"),
    ]);
    let newest = Request {
        sort: Sort::Newest,
        ..request("充電")
    };
    assert_eq!(ids(&index.search(&newest).unwrap()), [2, 1]);
    assert_eq!(find(&index, " \u{3000}\n"), [3, 2, 1]);
    assert_eq!(find(&index, "！？…"), [0u128; 0]);
}

#[test]
fn pages_follow_one_another_up_to_the_window() {
    let index = index_of((0..50).map(|id| thread(id, "充電")));
    let page = |offset, limit| {
        ids(&index
            .search(&Request {
                offset,
                limit,
                ..request("充電")
            })
            .unwrap())
    };
    let all = page(0, 50);
    assert_eq!(all, (0..50).rev().collect::<Vec<u128>>());
    let paged: Vec<u128> = (0..5).flat_map(|n| page(n * 10, 10)).collect();
    assert_eq!(paged, all);
    let none = index
        .search(&Request {
            limit: 0,
            ..request("充電")
        })
        .unwrap();
    assert_eq!((none.total, none.hits.len()), (50, 0));
    assert!(page(MAX_WINDOW, 10).is_empty());
    assert!(page(usize::MAX, usize::MAX).is_empty());
}

#[test]
fn the_window_is_capped() {
    let index = index_of((0..1_100).map(|id| thread(id, "充電")));
    let answer = index
        .search(&Request {
            limit: 5_000,
            ..request("充電")
        })
        .unwrap();
    assert_eq!((answer.total, answer.hits.len()), (1_100, MAX_WINDOW));
}

#[test]
fn an_empty_index_answers() {
    let index = Index::in_memory().unwrap();
    for text in ["", "充電", "の", "\"充電\""] {
        let answer = index.search(&request(text)).unwrap();
        assert_eq!((answer.total, answer.hits.len()), (0, 0));
    }
}

#[test]
fn a_query_of_a_megabyte_is_cut_and_answered() {
    let index = index_of([thread(1, "充電の工夫"), thread(2, "端末の工夫")]);
    let word: String = "充電とタブレットの使い方を教えてください。"
        .chars()
        .cycle()
        .take(400_000)
        .collect();
    let spaced: String = "充 電 \"端末\" ".repeat(60_000);
    let latin = format!("充電 {}", "a-".repeat(500_000));
    let kanji: String = ('一'..='龠').cycle().take(400_000).collect();
    for text in [word, spaced, latin, kanji] {
        let started = std::time::Instant::now();
        index.search(&request(&text)).unwrap();
        assert!(started.elapsed().as_secs() < 2, "{:?}", started.elapsed());
    }
}

#[test]
fn compounds_that_nobody_wrote_are_found_by_their_parts() {
    let index = index_of([
        thread(1, "顕微鏡で見た写真を、うまく撮影したい"),
        thread(2, "鏡の写り方と撮り方"),
        thread(3, "写真の写し方"),
        thread(4, "クラスルームのアンケートの作り方"),
    ]);
    assert_eq!(find_widely(&index, "顕微鏡写真撮影").first(), Some(&1));
    assert_eq!(
        find_widely(&index, "顕微鏡的写真用撮影法").first(),
        Some(&1)
    );
    assert_eq!(find_widely(&index, "アンケートクラスルーム"), [4]);
    // Found whole, it stays whole.
    assert_eq!(find_widely(&index, "撮影").first(), Some(&1));
    // One edge: as long as a division may be, and one character more.
    let long = "顕微鏡写真撮影顕微鏡写真撮影撮影";
    assert_eq!(find_widely(&index, long).first(), Some(&1));
    find_widely(&index, &format!("{long}影"));
}

#[test]
fn a_lone_kanji_prefers_among_what_is_found() {
    let index = index_of([
        thread(1, "端末の画面を回す"),
        thread(2, "端末の画面が消えました"),
        thread(3, "黒板を消す"),
        thread(4, "端末の画面を映す"),
    ]);
    let found = find(&index, "端末の画面が急に消えてしまう");
    assert_eq!(found.first(), Some(&2));
    assert_eq!(found.last(), Some(&3), "only as a last resort");
}
