//! Text to tokens, the same way for documents, queries and marks. Runs of kanji and kana give overlapping
//! pairs (学校図 → 学校, 校図) and each kanji alone; Latin letters and digits give words. Every token knows
//! which bytes of the original it covers and which position it has, so that phrases and marks are exact.
//!
//! It reads no dictionary, removes no stop words and knows no synonyms. It is total: any text has an analysis.

mod engine;
mod spelling;
mod units;

pub(crate) use engine::{NAME, manager};
pub(crate) use units::{Unit, drop_final_long_vowels, is_cjk, is_dash, is_han, units};

/// Longer words are cut to this many characters; they are addresses and encoded data.
const MAX_WORD_CHARS: usize = 64;

/// What a token stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A Latin word or a number, hyphens inside left out (Wi-Fi → `wifi`).
    Word,
    /// A part of a hyphenated word, at the position of the whole.
    Part,
    /// Two neighbouring characters of a Japanese run.
    Pair,
    /// A [`Kind::Pair`] written in hiragana on both sides: mostly grammar.
    HiraganaPair,
    /// The only character of a Japanese run.
    Single,
    /// A kanji inside a longer run, at the position of the pair that begins with it.
    Kanji,
}

impl Kind {
    /// Whether the token is a link of the chain that makes a phrase. The others stand beside it.
    pub fn is_link(self) -> bool {
        !matches!(self, Kind::Part | Kind::Kanji)
    }
}

/// One searchable piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    pub text: String,
    /// First byte in the original, on a character boundary.
    pub start: usize,
    /// One past the last byte in the original, on a character boundary.
    pub end: usize,
    pub position: usize,
    pub kind: Kind,
}

/// The tokens of `text`, by start, then as indexed.
pub fn analyze(text: &str) -> Vec<Token> {
    tokens(&normalised(text))
}

/// The characters of `text` in the one spelling that everything here works on.
pub(crate) fn normalised(text: &str) -> Vec<Unit> {
    let mut units = units(text);
    spelling::unify(&mut units);
    drop_final_long_vowels(&mut units);
    units
}

/// The tokens of normalised characters.
pub(crate) fn tokens(units: &[Unit]) -> Vec<Token> {
    let mut tokens = Vec::with_capacity(units.len() * 2);
    let mut position = 0;
    let mut rest = units;
    while let Some((first, after)) = rest.split_first() {
        if is_cjk(first.c) {
            let (run, tail) = rest.split_at(run_length(rest, is_cjk));
            japanese_run(run, position, &mut tokens);
            position += run.len();
            rest = tail;
        } else if is_word_char(first.c) {
            let (compound, tail) = rest.split_at(compound_length(rest));
            compound_word(compound, position, &mut tokens);
            position += 1;
            rest = tail;
        } else {
            rest = after;
        }
    }
    tokens
}

fn run_length(units: &[Unit], belongs: impl Fn(char) -> bool) -> usize {
    units.iter().take_while(|unit| belongs(unit.c)).count()
}

pub(crate) fn is_word_char(c: char) -> bool {
    c.is_alphanumeric() && !is_cjk(c)
}

fn japanese_run(run: &[Unit], position: usize, tokens: &mut Vec<Token>) {
    if let [only] = run {
        tokens.push(token(run, only.c.to_string(), position, Kind::Single));
        return;
    }
    for (offset, unit) in run.iter().enumerate() {
        let position = position + offset;
        if let Some(pair @ [first, second]) = run.get(offset..offset + 2) {
            let hiragana = |unit: &Unit| !unit.katakana && units::is_kana(unit.c);
            let kind = if hiragana(first) && hiragana(second) {
                Kind::HiraganaPair
            } else {
                Kind::Pair
            };
            tokens.push(token(
                pair,
                [first.c, second.c].iter().collect(),
                position,
                kind,
            ));
        }
        if is_han(unit.c) {
            tokens.push(token(
                std::slice::from_ref(unit),
                unit.c.to_string(),
                position,
                Kind::Kanji,
            ));
        }
    }
}

/// The length of a word with the hyphens that hold it together: between letters, or a letter and a digit
/// (UTF-8), never between two digits (2024-10, 3-2).
pub(crate) fn compound_length(units: &[Unit]) -> usize {
    let mut length = run_length(units, is_word_char);
    while let Some([before, joint, next]) = length
        .checked_sub(1)
        .and_then(|last| units.get(last..last + 3))
        && is_joint(joint.c)
        && is_word_char(next.c)
        && !(before.c.is_numeric() && next.c.is_numeric())
    {
        length += 1 + run_length(units.get(length + 1..).unwrap_or_default(), is_word_char);
    }
    length
}

fn is_joint(c: char) -> bool {
    is_dash(c) || matches!(c, '\'' | '’' | ':' | '・')
}

fn compound_word(compound: &[Unit], position: usize, tokens: &mut Vec<Token>) {
    let whole: String = compound
        .iter()
        .map(|unit| unit.c)
        .filter(|c| is_word_char(*c))
        .take(MAX_WORD_CHARS)
        .collect();
    tokens.push(token(compound, whole, position, Kind::Word));
    let parts: Vec<&[Unit]> = compound.split(|unit| !is_word_char(unit.c)).collect();
    if parts.len() > 1 {
        for part in parts.into_iter().filter(|part| part.len() > 1) {
            let text = part
                .iter()
                .map(|unit| unit.c)
                .take(MAX_WORD_CHARS)
                .collect();
            tokens.push(token(part, text, position, Kind::Part));
        }
    }
}

fn token(units: &[Unit], text: String, position: usize, kind: Kind) -> Token {
    let start = units.first().map_or(0, |unit| unit.start);
    let end = units.last().map_or(start, |unit| unit.end);
    Token {
        text,
        start,
        end,
        position,
        kind,
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, analyze};

    /// `token@position`, with the written form where it differs.
    fn show(text: &str) -> Vec<String> {
        let tokens = analyze(text);
        let shown = tokens.iter().map(|token| {
            let written = text.get(token.start..token.end).unwrap();
            let from = if written == token.text {
                String::new()
            } else {
                format!("<{written}")
            };
            format!("{}{from}@{}", token.text, token.position)
        });
        shown.collect()
    }

    #[test]
    fn japanese_gives_pairs_and_kanji_with_positions() {
        assert_eq!(
            show("学校の図"),
            ["学校@0", "学@0", "校の@1", "校@1", "の図@2", "図@3"]
        );
        assert_eq!(show("図"), ["図@0"]);
        assert_eq!(show("あ、い"), ["あ@0", "い@1"]);
    }

    #[test]
    fn scripts_follow_one_another_without_gaps() {
        assert_eq!(
            show("GIGAスクール構想"),
            [
                "giga<GIGA@0",
                "すく<スク@1",
                "くー<クー@2",
                "ーる<ール@3",
                "る構<ル構@4",
                "構想@5",
                "構@5",
                "想@6"
            ]
        );
        assert_eq!(
            show("Google Classroom"),
            ["google<Google@0", "classroom<Classroom@1"]
        );
    }

    #[test]
    fn hyphens_inside_words_go_and_the_parts_stay_findable() {
        assert_eq!(
            show("Wi-Fi環境"),
            [
                "wifi<Wi-Fi@0",
                "wi<Wi@0",
                "fi<Fi@0",
                "環境@1",
                "環@1",
                "境@2"
            ]
        );
        assert_eq!(show("L－Gate"), ["lgate<L－Gate@0", "gate<Gate@0"]);
        assert_eq!(show("2024-10"), ["2024@0", "10@1"]);
        assert_eq!(show("-a- b"), ["a@0", "b@1"]);
    }

    #[test]
    fn half_width_kana_compose_and_keep_their_place() {
        assert_eq!(show("ｶﾞｲﾄﾞ"), ["がい<ｶﾞｲ@0", "いど<ｲﾄﾞ@1"]);
        assert_eq!(show("サーバー。"), ["さー<サー@0", "ーば<ーバー@1"]);
        assert_eq!(show("ヴェール"), ["べー<ヴェー@0", "ーる<ール@1"]);
        assert_eq!(show("コピー"), ["こぴ<コピ@0", "ぴー<ピー@1"]);
    }

    #[test]
    fn okurigana_and_numbers_have_one_spelling_on_the_original_text() {
        assert_eq!(show("取り組み"), ["取組<取り組み@0", "取@0", "組<組み@1"]);
        assert_eq!(
            show("取り組む"),
            ["取組<取り組@0", "取@0", "組む@1", "組@1"]
        );
        assert_eq!(
            show("取り出す"),
            ["取出<取り出@0", "取@0", "出す@1", "出@1"]
        );
        assert_eq!(show("二十五人"), ["25<二十五@0", "人@1"]);
        assert_eq!(
            show("十人十色"),
            ["10<十@0", "人十@1", "人@1", "十色@2", "十@2", "色@3"]
        );
        assert_eq!(show("三角"), ["三角@0", "三@0", "角@1"]);
    }

    #[test]
    fn pairs_of_hiragana_are_told_from_katakana() {
        let kinds: Vec<Kind> = analyze("ですデスの")
            .iter()
            .map(|token| token.kind)
            .collect();
        assert_eq!(
            kinds,
            [Kind::HiraganaPair, Kind::Pair, Kind::Pair, Kind::Pair]
        );
    }

    #[test]
    fn endless_words_are_cut() {
        let tokens = analyze(&"x".repeat(10_000));
        assert_eq!(
            (tokens.len(), tokens[0].text.len(), tokens[0].end),
            (1, super::MAX_WORD_CHARS, 10_000)
        );
    }
}
