//! A search as asked: the words and operators typed and the controls chosen become one question. Where an operator's
//! value is in no vocabulary, it is text that is looked for.

use chrono::{Days, Months, NaiveDate};
use chrono_tz::Tz;
use search_index::Filters;
use search_index::language::{Clause, Operator, Part, Query};

use crate::clock::At;
use crate::error::Result;
use crate::taxonomy::Vocabulary;
use crate::threads::Kind;

/// Words and filters (slugs; several in one = any of them).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Question {
    /// As typed, operators among it.
    pub typed: String,
    /// Without the operators that became filters.
    pub query: Query,
    pub kinds: Vec<String>,
    pub policies: Vec<String>,
    pub initiatives: Vec<String>,
    pub school_types: Vec<String>,
    pub subjects: Vec<String>,
    pub grades: Vec<String>,
    pub tags: Vec<String>,
    pub authors: Vec<String>,
    pub solved: Option<bool>,
    /// Written on this day or later, where the forum is.
    pub after: Option<NaiveDate>,
    /// Written on this day or earlier.
    pub before: Option<NaiveDate>,
    pub newest_first: bool,
    pub offset: usize,
    pub limit: usize,
}

/// The name and the value of one thing that was asked.
pub type Pair = (&'static str, String);

/// Finds the persons that a text means.
pub type People<'a> = dyn FnMut(&str) -> Result<Vec<String>> + 'a;

impl Question {
    /// The words as text, without operators that are filters now.
    pub fn words(&self) -> String {
        self.query.to_string()
    }

    /// The same words, each as it stands: nothing is looked for in their place.
    pub fn literally(&self) -> String {
        let clauses = self
            .query
            .clauses
            .iter()
            .cloned()
            .map(|clause| match clause {
                Clause {
                    part: Part::Word(word),
                    excluded: false,
                } => Clause {
                    part: Part::Phrase(word),
                    excluded: false,
                },
                other => other,
            });
        Query {
            clauses: clauses.collect(),
        }
        .to_string()
    }

    /// The same filters with other words.
    #[must_use]
    pub fn asking(&self, words: &str) -> Question {
        Question {
            typed: words.to_owned(),
            query: Query::parse(words),
            ..self.clone()
        }
    }

    /// Reads `typed` and turns its operators into filters.
    ///
    /// # Errors
    /// Of `people`.
    pub fn read(&mut self, typed: &str, words: &Vocabulary, people: &mut People<'_>) -> Result<()> {
        self.typed = typed.trim().to_owned();
        let mut kept = Vec::new();
        for clause in Query::parse(typed).clauses {
            match &clause.part {
                Part::Operator(operator, value) => {
                    if !self.take(*operator, value, words, people)? {
                        let text = format!("{}:{value}", operator.name());
                        kept.extend(text.split_whitespace().map(Clause::word));
                    }
                }
                _ => kept.push(clause),
            }
        }
        self.query = Query { clauses: kept };
        Ok(())
    }

    fn take(
        &mut self,
        operator: Operator,
        value: &str,
        words: &Vocabulary,
        people: &mut People<'_>,
    ) -> Result<bool> {
        let (list, found) = match operator {
            Operator::Solved => {
                let solved = solved(value);
                self.solved = solved.or(self.solved);
                return Ok(solved.is_some());
            }
            Operator::After => {
                let first = days(value).map(|(first, _)| first);
                self.after = first.or(self.after);
                return Ok(first.is_some());
            }
            Operator::Before => {
                let last = days(value).map(|(_, last)| last);
                self.before = last.or(self.before);
                return Ok(last.is_some());
            }
            Operator::Kind => (&mut self.kinds, kind(value).into_iter().collect()),
            Operator::Policy => (
                &mut self.policies,
                policy(words, value).into_iter().collect(),
            ),
            Operator::Initiative => (
                &mut self.initiatives,
                initiative(words, value).into_iter().collect(),
            ),
            Operator::School => (
                &mut self.school_types,
                school_type(words, value).into_iter().collect(),
            ),
            Operator::Subject => (
                &mut self.subjects,
                subject(words, value).into_iter().collect(),
            ),
            Operator::Grade => (&mut self.grades, grade(words, value).into_iter().collect()),
            Operator::Tag => (&mut self.tags, vec![value.to_owned()]),
            Operator::Author => (&mut self.authors, people(value)?),
        };
        let known = !found.is_empty();
        for one in found {
            if !list.contains(&one) {
                list.push(one);
            }
        }
        Ok(known)
    }

    /// The question as the names and values of its address, words first.
    pub fn pairs(&self) -> Vec<Pair> {
        let mut pairs: Vec<Pair> = vec![("q", self.words())];
        for (name, values) in [
            ("kind", &self.kinds),
            ("policy", &self.policies),
            ("initiative", &self.initiatives),
            ("school_type", &self.school_types),
            ("subject", &self.subjects),
            ("grade", &self.grades),
            ("tag", &self.tags),
            ("author", &self.authors),
        ] {
            pairs.extend(values.iter().map(|value| (name, value.clone())));
        }
        if let Some(solved) = self.solved {
            pairs.push(("solved", solved.to_string()));
        }
        if let Some(day) = self.after {
            pairs.push(("after", day.to_string()));
        }
        if let Some(day) = self.before {
            pairs.push(("before", day.to_string()));
        }
        if self.newest_first {
            pairs.push(("sort", "new".to_owned()));
        }
        pairs
    }

    /// As the index compares them; days begin at midnight in `zone`.
    pub fn filters(&self, zone: Tz) -> Filters {
        let end = self
            .before
            .and_then(|day| day.checked_add_days(Days::new(1)));
        Filters {
            kinds: self.kinds.clone(),
            policies: self.policies.clone(),
            initiatives: self.initiatives.clone(),
            school_types: self.school_types.clone(),
            subjects: self.subjects.clone(),
            grades: self.grades.clone(),
            tags: self.tags.clone(),
            authors: self.authors.clone(),
            solved: self.solved,
            after: self.after.map(|day| At::start_of(day, zone).micros()),
            before: end.map(|day| At::start_of(day, zone).micros()),
        }
    }
}

pub fn kind(text: &str) -> Option<String> {
    Kind::parse(text).map(|kind| kind.to_string())
}

pub fn policy(words: &Vocabulary, text: &str) -> Option<String> {
    let found = words.find_policy(text)?;
    Some(found.number.to_string())
}

pub fn initiative(words: &Vocabulary, text: &str) -> Option<String> {
    words.find_initiative(text).map(|found| found.slug.clone())
}

pub fn school_type(words: &Vocabulary, text: &str) -> Option<String> {
    words.find_school_type(text).map(|found| found.slug.clone())
}

pub fn subject(words: &Vocabulary, text: &str) -> Option<String> {
    words.find_subject(text).map(|found| found.slug.clone())
}

pub fn grade(words: &Vocabulary, text: &str) -> Option<String> {
    words.find_grade(text).map(|found| found.slug.clone())
}

/// yes, no and how teachers say it.
pub fn solved(text: &str) -> Option<bool> {
    match crate::text::fold(text).as_str() {
        "yes" | "true" | "はい" | "済" | "済み" | "解決済み" | "解決した" => {
            Some(true)
        }
        "no" | "false" | "いいえ" | "未" | "未解決" | "まだ" => Some(false),
        _ => None,
    }
}

/// The first and the last day of what is written: `2026-05-01`, `2026/5`, 2026年5月1日, `2026`.
pub fn days(text: &str) -> Option<(NaiveDate, NaiveDate)> {
    let text = crate::text::narrow(text);
    let digits = |c: char| c.is_ascii_digit();
    let numbers: Vec<u32> = text
        .split(|c| !digits(c))
        .filter(|part| !part.is_empty())
        .map(|part| part.parse().ok())
        .collect::<Option<_>>()?;
    let between = |c: char| digits(c) || matches!(c, '-' | '/' | '.' | '年' | '月' | '日');
    if !text.trim().chars().all(between) {
        return None;
    }
    let year = i32::try_from(*numbers.first()?).ok();
    let year = year.filter(|year| (1900..=9999).contains(year))?;
    let first = |month, day| NaiveDate::from_ymd_opt(year, month, day);
    let until = |first: NaiveDate, months| {
        let next = first.checked_add_months(Months::new(months))?;
        Some((first, next.pred_opt()?))
    };
    match *numbers.as_slice() {
        [_] => until(first(1, 1)?, 12),
        [_, month] => until(first(month, 1)?, 1),
        [_, month, day] => first(month, day).map(|day| (day, day)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Question, days, solved};
    use crate::taxonomy::Vocabulary;

    fn read(text: &str) -> Question {
        let words = Vocabulary::parse(crate::taxonomy::SENDAI).unwrap();
        let mut question = Question::default();
        let mut people = |name: &str| {
            Ok(if name == "青葉" {
                vec!["7".to_owned()]
            } else {
                vec![]
            })
        };
        question.read(text, &words, &mut people).unwrap();
        question
    }

    #[test]
    fn operators_become_filters_in_both_languages() {
        let question = read(
            "ロイロ 校種:小学校 policy:1,3 種類：実践 tag:ロイロノート 解決:はい author:青葉 -端末",
        );
        assert_eq!(question.words(), "ロイロ -端末");
        assert_eq!(question.school_types, ["shogakkou"]);
        assert_eq!(question.policies, ["1", "3"]);
        assert_eq!(question.kinds, ["practice"]);
        assert_eq!(question.tags, ["ロイロノート"]);
        assert_eq!(question.authors, ["7"]);
        assert_eq!(question.solved, Some(true));
    }

    #[test]
    fn values_that_nobody_knows_are_text() {
        let question = read("school:宇宙 after:きのう author:誰か solved:たぶん 目次:1");
        assert_eq!(
            question.words(),
            "school:宇宙 after:きのう author:誰か solved:たぶん 目次:1"
        );
        assert_eq!(
            question.filters(chrono_tz::Asia::Tokyo).school_types,
            [""; 0]
        );
    }

    #[test]
    fn days_are_read_as_they_are_written() {
        let day = |y, m, d| chrono::NaiveDate::from_ymd_opt(y, m, d).unwrap();
        for (text, first, last) in [
            ("2026-05-01", day(2026, 5, 1), day(2026, 5, 1)),
            ("２０２６年５月１日", day(2026, 5, 1), day(2026, 5, 1)),
            ("2026/2", day(2026, 2, 1), day(2026, 2, 28)),
            ("2026年12月", day(2026, 12, 1), day(2026, 12, 31)),
            ("2026", day(2026, 1, 1), day(2026, 12, 31)),
        ] {
            assert_eq!(days(text), Some((first, last)), "{text}");
        }
        for text in [
            "",
            "5月",
            "2026-13",
            "2026-02-30",
            "99999999999",
            "2026-1-1-1",
            "昨日2026",
        ] {
            assert_eq!(days(text), None, "{text}");
        }
    }

    #[test]
    fn words_can_be_taken_literally() {
        assert_eq!(
            read("クロームブック 重い -\"a b\"").literally(),
            "\"クロームブック\" \"重い\" -\"a b\""
        );
        assert_eq!(solved("未解決"), Some(false));
    }
}
