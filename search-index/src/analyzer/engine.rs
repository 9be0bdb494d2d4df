//! The analyzer as the engine wants it. Nothing but the adapter.

use tantivy::tokenizer::{TextAnalyzer, Token, TokenStream, Tokenizer, TokenizerManager};

/// The name under which text fields refer to the analyzer.
pub(crate) const NAME: &str = "japanese";

/// The engine's register of analyzers with ours in it.
pub(crate) fn manager() -> TokenizerManager {
    let manager = TokenizerManager::default();
    manager.register(NAME, TextAnalyzer::from(Japanese));
    manager
}

#[derive(Clone)]
struct Japanese;

impl Tokenizer for Japanese {
    type TokenStream<'a> = Stream;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Stream {
        Stream {
            rest: super::analyze(text).into_iter(),
            current: Token::default(),
        }
    }
}

struct Stream {
    rest: std::vec::IntoIter<super::Token>,
    current: Token,
}

impl TokenStream for Stream {
    fn advance(&mut self) -> bool {
        let Some(next) = self.rest.next() else {
            return false;
        };
        self.current = Token {
            offset_from: next.start,
            offset_to: next.end,
            position: next.position,
            text: next.text,
            position_length: 1,
        };
        true
    }

    fn token(&self) -> &Token {
        &self.current
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.current
    }
}
