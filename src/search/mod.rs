//! Finding: a question to the local index, its hits re-read from the database with the reader's eyes, so that what was
//! hidden is gone at once even where the index lags.

pub mod api;
pub mod follow;
pub mod http;
pub mod json;
pub mod view;

use std::collections::HashMap;

pub use search_index::Facets;
use search_index::{Filters, Request};

pub use self::follow::Searcher;
use crate::accounts::{Action, Who};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::id::Id;
use crate::replies::{self, Reply};
use crate::text;
use crate::threads::{self, Summary};

/// Characters of a snippet.
pub const SNIPPET: usize = 110;
/// How far a search can be followed: beyond it one narrows the question.
pub const DEEPEST: usize = 1_000;
/// Hits on one page at most.
pub const MAX_LIMIT: usize = 50;
/// Longer questions are cut here (characters).
pub const LONGEST: usize = 500;

/// A question as asked: words and filters (slugs; several in one = any of them).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Question {
    pub text: String,
    pub kinds: Vec<String>,
    pub policies: Vec<String>,
    pub initiatives: Vec<String>,
    pub school_types: Vec<String>,
    pub subjects: Vec<String>,
    pub grades: Vec<String>,
    pub tags: Vec<String>,
    pub authors: Vec<String>,
    pub solved: Option<bool>,
    pub newest_first: bool,
    pub offset: usize,
    pub limit: usize,
}

/// A thread that was found.
#[derive(Clone, Debug)]
pub struct Hit {
    pub thread: Summary,
    pub score: f32,
    /// The reply that fits better than the thread's own text.
    pub reply: Option<Id>,
    /// Safe HTML with `<mark>`.
    pub title_html: String,
    pub snippet_html: String,
}

#[derive(Clone, Debug, Default)]
pub struct Found {
    pub hits: Vec<Hit>,
    pub total: u64,
    pub facets: Facets,
    /// Where the next page begins.
    pub next_offset: Option<usize>,
}

/// Asks the index and reads the hits.
///
/// # Errors
/// `SignInRequired`; `Busy` while there is no index yet.
pub fn search(db: &mut Db, who: &Who, searcher: &Searcher, question: &Question) -> Result<Found> {
    who.may(Action::Read)?;
    let index = searcher.index().ok_or(Error::Busy(5))?;
    let words: String = question.text.chars().take(LONGEST).collect();
    let request = Request {
        text: words.clone(),
        filters: Filters {
            kinds: question.kinds.clone(),
            policies: question.policies.clone(),
            initiatives: question.initiatives.clone(),
            school_types: question.school_types.clone(),
            subjects: question.subjects.clone(),
            grades: question.grades.clone(),
            tags: question.tags.clone(),
            authors: question.authors.clone(),
            solved: question.solved,
        },
        sort: if question.newest_first {
            search_index::Sort::Newest
        } else {
            search_index::Sort::Relevance
        },
        offset: question.offset,
        limit: question.limit,
    };
    let answer = index.search(&request).map_err(Error::internal)?;
    let asked = answer.hits.len();
    let hits = read_hits(db, who, &words, &answer.hits)?;
    let end = question.offset + asked;
    let more = asked == question.limit && (end as u64) < answer.total && end < DEEPEST;
    Ok(Found {
        hits,
        total: answer.total,
        facets: answer.facets,
        next_offset: more.then_some(end),
    })
}

/// At most `limit` visible threads whose words are like `title`, without `but`.
pub fn similar(
    db: &mut Db,
    who: &Who,
    searcher: &Searcher,
    title: &str,
    but: Option<Id>,
    limit: usize,
) -> Result<Vec<Summary>> {
    who.may(Action::Read)?;
    let Some(index) = searcher.index() else {
        return Ok(Vec::new());
    };
    let words: String = title.chars().take(LONGEST).collect();
    if words.trim().is_empty() {
        return Ok(Vec::new());
    }
    let request = Request {
        text: words,
        limit: limit + 1,
        ..Request::default()
    };
    let answer = index.search(&request).map_err(Error::internal)?;
    let ids: Vec<Id> = answer
        .hits
        .iter()
        .map(|hit| Id::from_u128(hit.id))
        .filter(|id| Some(*id) != but)
        .take(limit)
        .collect();
    threads::visible(db, who, &ids)
}

fn read_hits(db: &mut Db, who: &Who, words: &str, hits: &[search_index::Hit]) -> Result<Vec<Hit>> {
    let ids: Vec<Id> = hits.iter().map(|hit| Id::from_u128(hit.id)).collect();
    let summaries = threads::visible(db, who, &ids)?;
    let scores: HashMap<Id, f32> = ids
        .iter()
        .copied()
        .zip(hits.iter().map(|hit| hit.score))
        .collect();
    let bodies: HashMap<Id, String> = if words.trim().is_empty() {
        HashMap::new()
    } else {
        threads::visible_bodies(db, &ids)?.into_iter().collect()
    };
    let mut answers: HashMap<Id, Vec<Reply>> = HashMap::new();
    if !words.trim().is_empty() {
        for reply in replies::visible_of(db, &ids)? {
            answers.entry(reply.thread).or_default().push(reply);
        }
    }
    Ok(summaries
        .into_iter()
        .map(|thread| {
            let body = bodies.get(&thread.id).map_or("", String::as_str);
            let replies = answers.get(&thread.id).map_or(&[][..], Vec::as_slice);
            let (reply, snippet_html) = snippet(words, &thread, body, replies);
            Hit {
                score: scores.get(&thread.id).copied().unwrap_or_default(),
                title_html: search_index::highlight(words, &thread.title),
                reply,
                snippet_html,
                thread,
            }
        })
        .collect())
}

/// The place that fits best: the thread's own text, or the reply in which more of the words are found.
fn snippet(words: &str, thread: &Summary, body: &str, replies: &[Reply]) -> (Option<Id>, String) {
    let own = search_index::excerpt(words, &text::plain(body), SNIPPET);
    let mut best = own.as_ref().map_or(0, |excerpt| excerpt.matched);
    let mut chosen = (
        None,
        own.map_or_else(
            || search_index::highlight("", &thread.gist),
            |excerpt| excerpt.html,
        ),
    );
    for reply in replies {
        if let Some(excerpt) = search_index::excerpt(words, &text::plain(&reply.body), SNIPPET)
            && excerpt.matched > best
        {
            best = excerpt.matched;
            chosen = (Some(reply.id), excerpt.html);
        }
    }
    chosen
}
