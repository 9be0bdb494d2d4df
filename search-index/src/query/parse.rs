//! Reads a text into terms: pieces between white space, and what stands in double quotes. It knows no
//! operators; whatever else is in the text is searched for as text.

use super::{MAX_QUERY_CHARS, MAX_QUERY_TOKENS, MAX_QUOTED_PHRASES};
use crate::analyzer::{Kind, Token, analyze};

/// One piece of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Term {
    /// Stood in quotes: must occur as it is.
    pub(crate) quoted: bool,
    /// At least one.
    pub(crate) tokens: Vec<Token>,
}

impl Term {
    /// The tokens that make the term a phrase, with their distance from its first: a lone kana between
    /// other scripts is left out, as documents do not have it as a token.
    pub(crate) fn phrase(&self) -> Vec<(usize, &str)> {
        let links: Vec<&Token> = self
            .tokens
            .iter()
            .filter(|token| token.kind.is_link())
            .collect();
        let firm: Vec<&Token> = links
            .iter()
            .copied()
            .filter(|token| !is_lone_kana(token))
            .collect();
        let chosen = if firm.is_empty() { links } else { firm };
        let first = chosen.first().map_or(0, |token| token.position);
        chosen
            .iter()
            .map(|token| (token.position - first, token.text.as_str()))
            .collect()
    }

    /// The kana, when the term is nothing but one.
    pub(crate) fn lone_kana(&self) -> Option<&str> {
        match self.tokens.as_slice() {
            [only] if is_lone_kana(only) => Some(&only.text),
            _ => None,
        }
    }
}

fn is_lone_kana(token: &Token) -> bool {
    token.kind == Kind::Single && token.text.chars().all(|c| matches!(c, 'ぁ'..='ヿ'))
}

/// The terms of a text, cut to the limits of this module. Pieces without any searchable character vanish.
pub(crate) fn parse(text: &str) -> Vec<Term> {
    let mut terms = Vec::new();
    let (mut budget, mut phrases) = (MAX_QUERY_TOKENS, MAX_QUOTED_PHRASES);
    for (quoted, piece) in pieces(text) {
        let mut tokens = analyze(&piece);
        tokens.truncate(budget);
        budget -= tokens.len();
        if tokens.is_empty() {
            continue;
        }
        let quoted = quoted && phrases > 0;
        phrases -= usize::from(quoted);
        let term = Term { quoted, tokens };
        if !terms.contains(&term) {
            terms.push(term);
        }
    }
    terms
}

/// Splits at white space outside quotes. A quote that is never closed is not a quote.
fn pieces(text: &str) -> Vec<(bool, String)> {
    let chars: Vec<char> = text.trim_start().chars().take(MAX_QUERY_CHARS).collect();
    let mut pieces = Vec::new();
    let mut word = String::new();
    let mut rest = chars.as_slice();
    while let Some((c, after)) = rest.split_first() {
        let closing = if is_quote(*c) {
            after.iter().position(|c| is_quote(*c))
        } else {
            None
        };
        if let Some(length) = closing {
            let (inside, tail) = after.split_at(length);
            pieces.push((false, std::mem::take(&mut word)));
            pieces.push((true, inside.iter().collect()));
            rest = tail.get(1..).unwrap_or_default();
            continue;
        }
        if c.is_whitespace() {
            pieces.push((false, std::mem::take(&mut word)));
        } else {
            word.push(*c);
        }
        rest = after;
    }
    pieces.push((false, word));
    pieces.retain(|(_, piece)| !piece.is_empty());
    pieces
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '＂' | '“' | '”')
}

#[cfg(test)]
mod tests {
    use super::{MAX_QUERY_TOKENS, MAX_QUOTED_PHRASES, parse, pieces};

    #[test]
    fn white_space_and_quotes_separate() {
        let read = |text: &str| -> Vec<(bool, String)> { pieces(text) };
        let is = |quoted: bool, piece: &str| (quoted, piece.to_owned());
        assert_eq!(
            read("端末\u{3000}充電 \t x"),
            [is(false, "端末"), is(false, "充電"), is(false, "x")]
        );
        assert_eq!(
            read("a\"b c\"d"),
            [is(false, "a"), is(true, "b c"), is(false, "d")]
        );
        assert_eq!(read("“b”＂c＂"), [is(true, "b"), is(true, "c")]);
        assert_eq!(
            read("a \"b c"),
            [is(false, "a"), is(false, "\"b"), is(false, "c")]
        );
        assert_eq!(read(" \"\" "), []);
    }

    #[test]
    fn a_phrase_leaves_kana_between_scripts_out() {
        let phrase = |text: &str| -> Vec<(usize, String)> {
            let terms = parse(text);
            terms[0]
                .phrase()
                .into_iter()
                .map(|(at, token)| (at, token.to_owned()))
                .collect()
        };
        assert_eq!(
            phrase("AIで3年"),
            [(0, "ai".into()), (2, "3".into()), (3, "年".into())]
        );
        assert_eq!(phrase("図書館"), [(0, "図書".into()), (1, "書館".into())]);
        assert_eq!(phrase("の"), [(0, "の".into())]);
    }

    #[test]
    fn terms_are_limited_and_distinct() {
        let many: String = ('一'..).take(500).flat_map(|c| [c, ' ']).collect();
        let tokens: usize = parse(&many).iter().map(|term| term.tokens.len()).sum();
        assert_eq!(tokens, MAX_QUERY_TOKENS);
        let quoted: String = ('一'..).take(20).map(|c| format!("\"{c}\"")).collect();
        assert_eq!(
            parse(&quoted).iter().filter(|term| term.quoted).count(),
            MAX_QUOTED_PHRASES
        );
        assert_eq!(parse("端末 端末 ！ 端末").len(), 1);
    }
}
