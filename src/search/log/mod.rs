//! What was searched for and not found, so that those who curate can help: words, filters and counts by the hour, never
//! who searched. Counted in memory and written down every few seconds; a crash loses those seconds.

pub mod http;
mod store;
pub mod view;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::TimeDelta;
use url::form_urlencoded;

use super::Question;
use crate::accounts::{Action, Who};
use crate::clock::At;
use crate::db::{Database, Db};
use crate::error::Result;
use crate::text;

/// Characters of a search that are kept.
pub const MAX_TERM: usize = 100;
/// Characters of its filters; what is longer is not kept at all.
pub const MAX_FILTERS: usize = 300;
/// Different searches that wait in memory at most; more are not counted.
const MAX_WAITING: usize = 10_000;
/// As many digits as a telephone number has, from which on a search may name a person.
const TELLING_DIGITS: usize = 9;
/// So many searches without anything opened say that the words found were not the ones meant.
pub const LEAST_UNOPENED: i64 = 3;
/// Rows of each list.
pub const ROWS: i64 = 30;

/// A search without the one who made it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Search {
    /// In the compatibility form, in small letters.
    pub term: String,
    /// As in the address, authors left out.
    pub filters: String,
}

impl Search {
    /// None where nothing was looked for, where authors were, and where the words may name a person.
    pub fn of(question: &Question) -> Option<Search> {
        let words: String = text::narrow(&question.words())
            .to_lowercase()
            .chars()
            .take(MAX_TERM)
            .collect();
        let term = words.trim_end().to_owned();
        if term.is_empty() || !question.authors.is_empty() || may_name_a_person(&term) {
            return None;
        }
        let mut filters = form_urlencoded::Serializer::new(String::new());
        for (name, value) in question.pairs() {
            if !["q", "sort"].contains(&name) {
                filters.append_pair(name, &value);
            }
        }
        let filters = filters.finish();
        (filters.len() <= MAX_FILTERS).then_some(Search { term, filters })
    }
}

/// Mail addresses, long numbers, and names with the title that pupils are called by.
fn may_name_a_person(term: &str) -> bool {
    let digits = term.chars().filter(char::is_ascii_digit).count();
    let is_called = |word: &str| {
        let title = ["さん", "くん", "ちゃん", "君"]
            .iter()
            .find_map(|title| word.strip_suffix(title));
        title.is_some_and(|name| !["", "たく", "皆", "みな"].contains(&name))
    };
    term.contains('@') || digits >= TELLING_DIGITS || term.split_whitespace().any(is_called)
}

/// How often something was searched for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub times: i32,
    /// Without any thread found.
    pub empty: i32,
    /// Threads opened from the results.
    pub opened: i32,
}

/// Counts searches of this process until they are written down.
pub struct SearchLog {
    /// Days for which counts are kept; 0: nothing is counted.
    days: u32,
    waiting: Mutex<HashMap<(At, Search), Tally>>,
    /// The hour in which old counts were last deleted.
    pruned: Mutex<Option<At>>,
}

impl SearchLog {
    pub fn new(days: u32) -> SearchLog {
        SearchLog {
            days,
            waiting: Mutex::default(),
            pruned: Mutex::default(),
        }
    }

    pub fn days(&self) -> u32 {
        self.days
    }

    /// Counts a search that found `total` threads; following pages are the same search.
    pub fn asked(&self, question: &Question, total: u64, now: At) {
        if question.offset == 0 {
            self.count(question, now, |tally| {
                tally.times = tally.times.saturating_add(1);
                if total == 0 {
                    tally.empty = tally.empty.saturating_add(1);
                }
            });
        }
    }

    /// Counts a thread opened from the results of `question`.
    pub fn opened(&self, question: &Question, now: At) {
        self.count(question, now, |tally| {
            tally.opened = tally.opened.saturating_add(1);
        });
    }

    fn count(&self, question: &Question, now: At, change: impl FnOnce(&mut Tally)) {
        if self.days == 0 {
            return;
        }
        let Some(search) = Search::of(question) else {
            return;
        };
        let key = (now.hour(), search);
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() < MAX_WAITING || waiting.contains_key(&key) {
            change(waiting.entry(key).or_default());
        }
    }

    /// Writes down what was counted, and once an hour deletes what is too old.
    ///
    /// # Errors
    /// Of the database; the counts wait for the next call.
    pub fn flush(&self, database: &Database, now: At) -> Result<()> {
        let counted =
            std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        let mut pruned = self.pruned.lock().unwrap_or_else(PoisonError::into_inner);
        let prune = *pruned != Some(now.hour());
        if counted.is_empty() && !prune {
            return Ok(());
        }
        let mut rows: Vec<(At, Search, Tally)> = counted
            .into_iter()
            .map(|((hour, search), tally)| (hour, search, tally))
            .collect();
        // Nodes that take rows in one order do not wait for one another in a ring.
        rows.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
        let oldest = now.minus(TimeDelta::days(i64::from(self.days)));
        let written = database.write_soon_here(|db| {
            for (hour, search, tally) in &rows {
                store::add(db, *hour, search, *tally)?;
            }
            if prune {
                store::delete_before(db, if self.days == 0 { now } else { oldest })?;
            }
            Ok(())
        });
        match written {
            Ok(()) => *pruned = Some(now.hour()),
            Err(error) => {
                let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
                for (hour, search, tally) in rows {
                    let sum = waiting.entry((hour, search)).or_default();
                    sum.times = sum.times.saturating_add(tally.times);
                    sum.empty = sum.empty.saturating_add(tally.empty);
                    sum.opened = sum.opened.saturating_add(tally.opened);
                }
                return Err(error);
            }
        }
        Ok(())
    }
}

/// A search over a span of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Searched {
    pub search: Search,
    pub times: i64,
    pub empty: i64,
    pub last: At,
}

/// Searches since `since` that found nothing, the most frequent first.
///
/// # Errors
/// `SignInRequired`, `Forbidden`.
pub fn fruitless(db: &mut Db, who: &Who, since: At) -> Result<Vec<Searched>> {
    who.may(Action::Curate)?;
    store::fruitless(db, since)
}

/// Searches since `since` that found something of which nothing was ever opened, the most frequent first.
///
/// # Errors
/// `SignInRequired`, `Forbidden`.
pub fn unopened(db: &mut Db, who: &Who, since: At) -> Result<Vec<Searched>> {
    who.may(Action::Curate)?;
    store::unopened(db, since)
}

#[cfg(test)]
mod tests {
    use super::{MAX_FILTERS, MAX_TERM, Search, SearchLog};
    use crate::clock::At;
    use crate::search::Question;

    fn term(text: &str) -> Option<String> {
        Search::of(&Question::default().asking(text)).map(|search| search.term)
    }

    #[test]
    fn one_spelling_of_width_and_case_is_counted_together() {
        assert_eq!(
            term(" ＷｉＦｉ　つながらない "),
            Some("wifi つながらない".to_owned())
        );
        let long = "長".repeat(MAX_TERM + 1);
        assert_eq!(term(&long), Some("長".repeat(MAX_TERM)));
        assert_eq!(term("　 "), None);
    }

    #[test]
    fn what_may_name_a_person_is_not_counted() {
        for personal in [
            "aoi@es.hiroba.example",
            "090-1234-5678",
            "０９０１２３４５６",
            "佐藤さん 欠席",
            "たろうくん",
            "青葉ちゃん",
        ] {
            assert_eq!(term(personal), None, "{personal}");
        }
        for harmless in [
            "12345678",
            "たくさん 写真",
            "皆さん",
            "君",
            "2026-05-01 研修",
        ] {
            assert!(term(harmless).is_some(), "{harmless}");
        }
        let mut question = Question::default().asking("提出箱");
        question.authors = vec!["7".to_owned()];
        assert_eq!(Search::of(&question), None);
    }

    #[test]
    fn filters_are_kept_up_to_their_limit() {
        let mut question = Question::default().asking("提出箱");
        question.tags = vec!["a".repeat(MAX_FILTERS - "tag=".len())];
        assert!(Search::of(&question).is_some());
        question.tags = vec!["a".repeat(MAX_FILTERS - "tag=".len() + 1)];
        assert_eq!(Search::of(&question), None);
    }

    #[test]
    fn nothing_is_counted_where_that_is_switched_off_or_on_later_pages() {
        let now = At::from_micros(0).unwrap();
        let question = Question::default().asking("提出箱");
        let waiting = |log: &SearchLog| log.waiting.lock().unwrap().len();
        let log = SearchLog::new(0);
        log.asked(&question, 1, now);
        assert_eq!(waiting(&log), 0);
        let log = SearchLog::new(1);
        let later = Question {
            offset: 20,
            ..question.clone()
        };
        log.asked(&later, 1, now);
        assert_eq!(waiting(&log), 0);
        log.asked(&question, 1, now);
        assert_eq!(waiting(&log), 1);
    }
}
