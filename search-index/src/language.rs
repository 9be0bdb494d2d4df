//! What a visitor types, read as a query: words, `"phrases"`, `-without`, and operators like `kind:` or 校種:. Every
//! text is a query. What an operator's value means is for the caller, who knows the vocabulary.

use std::fmt;

use crate::analyzer::is_dash;
use crate::fold_key;

/// Only this many characters of a text are read. Long questions stay far below.
pub const MAX_QUERY_CHARS: usize = 1_000;

/// A text read as a query. [`Display`](fmt::Display) writes it so that reading it again gives the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    pub clauses: Vec<Clause>,
}

/// One piece of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    pub part: Part,
    /// Stood behind a minus: must not occur. Never with an operator.
    pub excluded: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Without white space and quotes, not empty.
    Word(String),
    /// Stood in quotes: must occur as it is. Not blank.
    Phrase(String),
    /// A known operator and one value, as typed, not blank.
    Operator(Operator, String),
}

/// What can be asked for beside words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operator {
    Kind,
    Policy,
    Initiative,
    School,
    Subject,
    Grade,
    Tag,
    Author,
    Solved,
    After,
    Before,
}

/// The operators by their names; the first one is written.
const OPERATORS: &[(Operator, &[&str])] = &[
    (Operator::Kind, &["kind", "種類", "種別"]),
    (Operator::Policy, &["policy", "方針", "基本方針"]),
    (
        Operator::Initiative,
        &["initiative", "取組", "取り組み", "施策"],
    ),
    (
        Operator::School,
        &["school", "school_type", "校種", "学校種"],
    ),
    (Operator::Subject, &["subject", "教科", "場面"]),
    (Operator::Grade, &["grade", "学年"]),
    (Operator::Tag, &["tag", "タグ", "話題"]),
    (Operator::Author, &["author", "投稿者", "書いた人"]),
    (Operator::Solved, &["solved", "解決"]),
    (Operator::After, &["after", "以降", "から"]),
    (Operator::Before, &["before", "以前", "まで"]),
];

impl Operator {
    /// The name that is written, as in the parameters of an address.
    pub fn name(self) -> &'static str {
        OPERATORS
            .iter()
            .find(|(operator, _)| *operator == self)
            .and_then(|(_, names)| names.first())
            .copied()
            .unwrap_or_default()
    }

    fn find(name: &str) -> Option<Operator> {
        let key = fold_key(name);
        let named = |names: &[&str]| names.iter().any(|one| fold_key(one) == key);
        OPERATORS
            .iter()
            .find(|(_, names)| !key.is_empty() && named(names))
            .map(|(operator, _)| *operator)
    }
}

impl Clause {
    pub fn word(text: impl Into<String>) -> Clause {
        Clause {
            part: Part::Word(text.into()),
            excluded: false,
        }
    }
}

impl Query {
    /// Reads any text; characters behind [`MAX_QUERY_CHARS`] are left out.
    pub fn parse(text: &str) -> Query {
        let chars: Vec<char> = text.trim_start().chars().take(MAX_QUERY_CHARS).collect();
        let mut clauses = Vec::new();
        let mut rest = chars.as_slice();
        while !rest.is_empty() {
            rest = clause(rest, &mut clauses);
        }
        Query { clauses }
    }

    /// The words of a text that is no query, such as a title: no quotes, no minus, no operators.
    pub fn of_words(text: &str) -> Query {
        let text: String = text.chars().take(MAX_QUERY_CHARS).collect();
        let words = text.split(|c| is_gap(c) || is_quote(c));
        Query {
            clauses: words
                .filter(|word| !word.is_empty())
                .map(Clause::word)
                .collect(),
        }
    }

    /// No words, no phrases, nothing without: at most operators.
    pub fn is_blank(&self) -> bool {
        let operator = |clause: &Clause| matches!(clause.part, Part::Operator(..));
        self.clauses.iter().all(operator)
    }

    /// The query without its operators.
    pub fn words(&self) -> Query {
        let words = self.clauses.iter();
        Query {
            clauses: words
                .filter(|clause| !matches!(clause.part, Part::Operator(..)))
                .cloned()
                .collect(),
        }
    }
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, clause) in self.clauses.iter().enumerate() {
            let gap = if at > 0 { " " } else { "" };
            let minus = if clause.excluded { "-" } else { "" };
            match &clause.part {
                Part::Word(text) => write!(f, "{gap}{minus}{text}")?,
                Part::Phrase(text) => write!(f, "{gap}{minus}\"{text}\"")?,
                Part::Operator(operator, value) if value.contains(|c| is_gap(c) || is_comma(c)) => {
                    write!(f, "{gap}{}:\"{value}\"", operator.name())?;
                }
                Part::Operator(operator, value) => write!(f, "{gap}{}:{value}", operator.name())?,
            }
        }
        Ok(())
    }
}

/// Takes one clause, or what is none, from the front.
fn clause<'a>(text: &'a [char], clauses: &mut Vec<Clause>) -> &'a [char] {
    let Some((first, after)) = text.split_first() else {
        return text;
    };
    if is_gap(*first) {
        return after;
    }
    let excluded = is_minus(*first) && after.first().is_some_and(|c| !is_gap(*c));
    let rest = if excluded { after } else { text };
    let mut add = |part: Part| clauses.push(Clause { part, excluded });
    if rest.first().is_some_and(|c| is_quote(*c)) {
        let (inside, tail) = quoted(rest);
        if !inside.trim().is_empty() {
            add(Part::Phrase(inside));
        }
        return tail;
    }
    let length = rest
        .iter()
        .take_while(|c| !is_gap(**c) && !is_quote(**c))
        .count();
    let (word, tail) = rest.split_at(length);
    if !excluded && let Some((operator, value)) = operator(word) {
        let quote = value.is_empty() && tail.first().is_some_and(|c| is_quote(*c));
        let (values, tail) = if quote {
            let (inside, tail) = quoted(tail);
            (vec![inside.trim().to_owned()], tail)
        } else {
            let values = value.split(|c| is_comma(*c));
            (values.map(|value| value.iter().collect()).collect(), tail)
        };
        let values: Vec<String> = values
            .into_iter()
            .filter(|value| !value.is_empty())
            .collect();
        if !values.is_empty() {
            for value in values {
                add(Part::Operator(operator, value));
            }
            return tail;
        }
    }
    if !word.is_empty() {
        add(Part::Word(word.iter().collect()));
    }
    tail
}

/// The text in quotes, of which `text` begins with the first, and what follows them. An only quote is nothing.
fn quoted(text: &[char]) -> (String, &[char]) {
    let inside = text.get(1..).unwrap_or_default();
    match inside.iter().position(|c| is_quote(*c)) {
        Some(end) => {
            let (inside, tail) = inside.split_at(end);
            let inside = inside.iter().map(|c| if is_gap(*c) { ' ' } else { *c });
            (inside.collect(), tail.get(1..).unwrap_or_default())
        }
        None => (String::new(), inside),
    }
}

/// The operator that a word begins with, and the rest behind its colon.
fn operator(word: &[char]) -> Option<(Operator, &[char])> {
    let colon = word.iter().position(|c| matches!(c, ':' | '：'))?;
    let (name, value) = word.split_at(colon);
    let name: String = name.iter().collect();
    Some((Operator::find(&name)?, value.get(1..)?))
}

fn is_comma(c: char) -> bool {
    matches!(c, ',' | '，' | '、')
}

fn is_gap(c: char) -> bool {
    c.is_whitespace() || c.is_control()
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '＂' | '“' | '”' | '„' | '〝' | '〞' | '〟')
}

/// Also the ー that the minus key gives in Japanese input: no word begins with it.
fn is_minus(c: char) -> bool {
    is_dash(c) || matches!(c, '－' | 'ー' | 'ｰ' | '﹣')
}

#[cfg(test)]
mod tests {
    use super::{Clause, MAX_QUERY_CHARS, Operator, Part, Query};

    fn read(text: &str) -> Vec<String> {
        let show = |clause: &Clause| {
            let minus = if clause.excluded { "not " } else { "" };
            match &clause.part {
                Part::Word(text) => format!("{minus}{text}"),
                Part::Phrase(text) => format!("{minus}「{text}」"),
                Part::Operator(operator, value) => format!("{}={value}", operator.name()),
            }
        };
        Query::parse(text).clauses.iter().map(show).collect()
    }

    #[test]
    fn words_phrases_and_what_must_not_occur() {
        assert_eq!(read("端末\u{3000}充電 \t x\0y"), ["端末", "充電", "x", "y"]);
        assert_eq!(read("a\"b c\"d"), ["a", "「b c」", "d"]);
        assert_eq!(read("“b”＂c\nd＂"), ["「b」", "「c d」"]);
        assert_eq!(read("a \"b c"), ["a", "b", "c"], "an open quote is nothing");
        assert_eq!(read(" \"\" \" \" "), [""; 0]);
        assert_eq!(
            read("体育館 -避難所 －\"雨の日\" ー給食"),
            ["体育館", "not 避難所", "not 「雨の日」", "not 給食"]
        );
        assert_eq!(read("- Wi-Fi --x"), ["-", "Wi-Fi", "not -x"]);
    }

    #[test]
    fn operators_in_both_languages() {
        assert_eq!(
            read("kind:question 校種：小学校 ＴＡＧ:\"体育館 Wi-Fi\" 解決:はい"),
            [
                "kind=question",
                "school=小学校",
                "tag=体育館 Wi-Fi",
                "solved=はい"
            ]
        );
        assert_eq!(read("方針:1,3、4"), ["policy=1", "policy=3", "policy=4"]);
        assert_eq!(
            read("after:2026-04-01 まで:2026-05"),
            ["after=2026-04-01", "before=2026-05"]
        );
    }

    #[test]
    fn what_is_no_operator_is_text() {
        assert_eq!(
            read("title:算数 8:30 https://a.example kind: tag:\"\" :x"),
            [
                "title:算数",
                "8:30",
                "https://a.example",
                "kind:",
                "tag:",
                ":x"
            ]
        );
        assert_eq!(read("-kind:question"), ["not kind:question"]);
        assert_eq!(
            read("NOT (算数 OR 国語) 算*"),
            ["NOT", "(算数", "OR", "国語)", "算*"]
        );
    }

    #[test]
    fn every_operator_has_a_name_and_is_found_by_it() {
        for (operator, names) in super::OPERATORS {
            assert!(
                names
                    .iter()
                    .all(|name| Operator::find(name) == Some(*operator))
            );
            assert_eq!(operator.name(), names[0]);
        }
        assert_eq!(Operator::find("title"), None);
        assert_eq!(Operator::find(""), None);
    }

    #[test]
    fn only_so_much_is_read() {
        let text = "あ".repeat(MAX_QUERY_CHARS + 10);
        assert_eq!(read(&text)[0].chars().count(), MAX_QUERY_CHARS);
    }
}
