//! What is like a text: the same as a search in a small index, a few comparisons in a large one.

use search_index::language::Query;
use search_index::{Index, Request, Synonyms};

use crate::support::{find, index_of, thread};

const ASKED: &str = "体育館のプロジェクターが映らない";

/// Sixty threads about the hall, three of them about its projector.
fn hall() -> Index {
    index_of((0..60).map(|number| {
        let title = match number % 20 {
            7 => format!("体育館のプロジェクターの置き場所 {number}"),
            _ => format!("体育館の使い方 {number}"),
        };
        thread(number + 1, &title)
    }))
}

fn alike(index: &Index, text: &str, most: u64) -> (u64, Vec<u128>) {
    let asked = index.interpret_alike(&Query::of_words(text), &Synonyms::none(), most);
    let request = Request {
        asked: asked.unwrap(),
        limit: 60,
        ..Request::default()
    };
    let answer = index.search(&request).unwrap();
    (answer.total, answer.hits.iter().map(|hit| hit.id).collect())
}

#[test]
fn a_small_forum_is_compared_whole() {
    let index = hall();
    let (total, found) = alike(&index, ASKED, 1_000);
    assert_eq!(total, 60);
    assert_eq!(found.get(..3), find(&index, ASKED).get(..3));
}

#[test]
fn in_a_large_one_the_rarest_words_decide() {
    let index = hall();
    let (total, mut found) = alike(&index, ASKED, 10);
    found.sort_unstable();
    assert_eq!((total, found), (3, vec![8, 28, 48]));
}

#[test]
fn at_least_one_word_is_looked_for() {
    let index = hall();
    assert_eq!(alike(&index, "体育館", 10).0, 60);
    assert_eq!(alike(&index, "、。", 10), (0, Vec::new()));
}

#[test]
fn in_a_large_one_titles_decide() {
    let mut threads: Vec<_> = (0..60)
        .map(|number| thread(number + 1, &format!("体育館の使い方 {number}")))
        .collect();
    if let Some(first) = threads.first_mut() {
        first.body = "プロジェクターが映らないときは、入力を切り替えます。".to_owned();
    }
    threads.push(thread(100, "体育館のプロジェクターの置き場所"));
    threads.push(thread(101, "体育館のプロジェクターの借り方"));
    let index = index_of(threads);
    assert_eq!(alike(&index, ASKED, 10), (2, vec![101, 100]));
    assert_eq!(alike(&index, ASKED, 1_000).0, 62);
}

#[test]
fn what_a_thread_alone_has_finds_more_than_itself() {
    let title = "体育館のドローン";
    let threads = (0..60).map(|number| thread(number + 1, &format!("体育館の使い方 {number}")));
    let index = index_of(threads.chain([thread(100, title)]));
    let (total, found) = alike(&index, title, 10);
    assert_eq!((total, found.first().copied()), (61, Some(100)));
}
