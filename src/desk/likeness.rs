//! How alike two questions are, by the words that carry a meaning.

use std::collections::HashSet;

use unicode_normalization::UnicodeNormalization;

use crate::threads::Summary;

/// In hundredths: the mean of two shares, that of the titles and that of the titles with the first words of the bodies.
/// A share is twice the pieces that both have, by all that they have (Dice's coefficient); a piece is two neighbouring
/// characters or a word in Latin letters. Hiragana do not count: in them questions are alike that have nothing in common (…してよいのでしょうか).
pub fn likeness(one: &Summary, other: &Summary) -> i32 {
    let whole = |question: &Summary| format!("{} {}", question.title, question.gist());
    let titles = share(&one.title, &other.title);
    (titles + share(&whole(one), &whole(other))) / 2
}

/// 0 where neither text has a piece.
fn share(one: &str, other: &str) -> i32 {
    let (one, other) = (pieces(one), pieces(other));
    let all = one.len() + other.len();
    let common = one.intersection(&other).count();
    i32::try_from((200 * common).checked_div(all).unwrap_or(0)).unwrap_or(0)
}

fn pieces(text: &str) -> HashSet<String> {
    let signs: Vec<char> = text
        .nfkc()
        .flat_map(char::to_lowercase)
        .filter(|c| c.is_alphanumeric() || *c == 'ー')
        .collect();
    let is_hiragana = |c: char| ('ぁ'..='ゖ').contains(&c);
    let mut pieces: HashSet<String> = signs
        .windows(2)
        .filter(|pair| !pair.iter().any(|c| is_hiragana(*c) || c.is_ascii()))
        .map(|pair| pair.iter().collect())
        .collect();
    // A name in Latin letters is one piece, however long.
    let words = signs.split(|c| !c.is_ascii());
    pieces.extend(
        words
            .filter(|word| !word.is_empty())
            .map(|word| word.iter().collect()),
    );
    pieces
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn width_and_grammar_do_not_count() {
        assert_eq!(share("体育館のＷｉ－Ｆｉ", "体育館でwi-fiが"), 100);
        assert_eq!(share("", ""), 0);
        assert_eq!(share("してよいのでしょうか", "してよいのでしょうか"), 0);
        let (same, other) = (
            share(
                "ドリルパークを勘でおして終わらせる子たち",
                "ドリルパークを適当に押して終わらせる子",
            ),
            share(
                "ドリルパークを勘でおして終わらせる子たち",
                "図工の写真を提出箱に出す",
            ),
        );
        assert!(same > 70 && other == 0, "{same} {other}");
    }
}
