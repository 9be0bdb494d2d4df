//! Headings to write under, for those who do not know how to begin. They come only when they are asked for, and are
//! never published with nothing under them.

use super::Kind;
use crate::text::clean_line;

const QUESTION: &str = "【困っていること】\n\n\n【端末・アプリ】\n\n\n【試したこと】\n\n";
const PRACTICE: &str = "【やったこと】\n\n\n【子どもの様子】\n\n\n【うまくいかなかったこと】\n\n";
const DISCUSSION: &str = "【自分の学校の様子】\n\n\n【聞いてみたいこと】\n\n";

/// The headings for a kind, with room under each.
pub fn of(kind: Kind) -> &'static str {
    match kind {
        Kind::Question => QUESTION,
        Kind::Practice => PRACTICE,
        Kind::Discussion => DISCUSSION,
    }
}

/// Whether a body holds nothing but headings of ours, of whichever kinds.
pub fn is_unfilled(body: &str) -> bool {
    let ours = |line: &str| {
        [QUESTION, PRACTICE, DISCUSSION]
            .iter()
            .any(|outline| outline.lines().any(|known| known == line))
    };
    let mut lines = body.lines().map(clean_line).filter(|line| !line.is_empty());
    let first = lines.next();
    first.is_some_and(|first| ours(&first)) && lines.all(|line| ours(&line))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::types::Word;

    #[test]
    fn headings_alone_are_no_text() {
        for kind in Kind::ALL {
            assert!(is_unfilled(of(*kind)));
            assert!(is_unfilled(&of(*kind).replace('\n', "\r\n　")));
            assert!(!is_unfilled(&format!("{}朝だけです。", of(*kind))));
        }
        assert!(is_unfilled(&format!("{QUESTION}{PRACTICE}")));
        assert!(is_unfilled("【試したこと】"));
        assert!(!is_unfilled("【試したこと】再起動"));
        assert!(!is_unfilled(""));
    }
}
