//! Finding: a question to the local index, its hits re-read from the database with the reader's eyes, so that what was
//! hidden is gone at once even where the index lags.

pub mod api;
pub mod evaluate;
pub mod follow;
pub mod http;
pub mod json;
pub mod log;
pub mod question;
pub mod view;

use std::collections::HashMap;

use chrono_tz::Tz;

pub use search_index::Facets;
use search_index::language::Query;
use search_index::{Excerpt, Filters, Marker, Request};

use self::follow::COME_AGAIN;
pub use self::follow::Searcher;
pub use self::question::Question;
use crate::accounts::{Action, Who};
use crate::clock::At;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::id::Id;
use crate::memory::{Memory, Version};
use crate::replies::{self, Reply};
use crate::synonyms;
use crate::text;
use crate::threads::{self, Named, Summary};

/// Characters of a snippet.
pub const SNIPPET: usize = 110;
/// How far a search can be followed: beyond it one narrows the question.
pub const DEEPEST: usize = 1_000;
/// Hits on one page at most.
pub const MAX_LIMIT: usize = 50;

/// A thread that was found.
#[derive(Clone, Debug)]
pub struct Hit {
    pub thread: Summary,
    pub score: f32,
    /// The part of the score that comes from having pieces of the question at all.
    pub rank: f32,
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
    /// What was looked for beside the words as typed.
    pub also: Vec<String>,
    /// How the words were understood: pieces, and what may stand for each, with the reason.
    pub explained: Vec<(String, Vec<(String, &'static str)>)>,
}

/// Asks the index and reads the hits.
///
/// # Errors
/// `SignInRequired`; `Busy` while there is no index yet.
pub fn search(
    db: &mut Db,
    who: &Who,
    searcher: &Searcher,
    question: &Question,
    (now, zone): (At, Tz),
) -> Result<Found> {
    who.may(Action::Read)?;
    let index = searcher.index().ok_or(Error::Busy(COME_AGAIN))?;
    let asked = index.interpret(&question.query, &*synonyms::current(db)?);
    let asked = searcher.heed(&index, asked)?;
    let marker = Marker::new(&asked);
    let (also, explained) = (asked.also(), asked.explain());
    let also = also.into_iter().map(ToOwned::to_owned).collect();
    let request = Request {
        asked,
        filters: filters(who, question, zone),
        now: Some(now.micros()),
        sort: if question.newest_first {
            search_index::Sort::Newest
        } else {
            search_index::Sort::Relevance
        },
        offset: question.offset,
        limit: question.limit,
    };
    let answer = searcher.heed(&index, index.search(&request))?;
    let asked = answer.hits.len();
    let by_author = !question.authors.is_empty();
    let mut hits = read_hits(db, who, &marker, question.query.is_blank(), &answer.hits)?;
    // Sealed since the index was told of it: it no longer says whose it is.
    hits.retain(|hit| {
        let thread = &hit.thread;
        !by_author || !thread.signature.is_sealed() || thread.author.is_who(who)
    });
    let end = question.offset + asked;
    let more = asked == question.limit && (end as u64) < answer.total && end < DEEPEST;
    Ok(Found {
        hits,
        total: answer.total,
        facets: answer.facets,
        next_offset: more.then_some(end),
        also,
        explained,
    })
}

/// What the index is asked for `who`: of authors nothing but accounts, and what was sealed for its author alone.
fn filters(who: &Who, question: &Question, zone: Tz) -> Filters {
    let mut filters = question.filters(zone);
    if filters.authors.is_empty() {
        return filters;
    }
    let accounts: Vec<Id> = filters
        .authors
        .iter()
        .filter_map(|text| text.parse().ok())
        .collect();
    filters.authors = accounts.iter().map(ToString::to_string).collect();
    if let Some(own) = who.id().filter(|own| accounts.contains(own)) {
        filters.authors.push(follow::sealed_key(own));
    }
    if filters.authors.is_empty() {
        filters.authors.push(String::new()); // nobody: nothing is found
    }
    filters
}

/// How many threads a question finds.
///
/// # Errors
/// As `search`.
pub fn count(
    db: &mut Db,
    who: &Who,
    searcher: &Searcher,
    question: &Question,
    zone: Tz,
) -> Result<u64> {
    who.may(Action::Read)?;
    let index = searcher.index().ok_or(Error::Busy(COME_AGAIN))?;
    let asked = index.interpret(&question.query, &*synonyms::current(db)?);
    let asked = searcher.heed(&index, asked)?;
    let request = Request {
        asked,
        filters: filters(who, question, zone),
        limit: 1,
        ..Request::default()
    };
    Ok(searcher.heed(&index, index.search(&request))?.total)
}

/// Threads that are compared for likeness: in a large forum the rarest words decide which.
const MOST_ALIKE: u64 = 2_000;

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
    let ids = alike(db, searcher, title, but, limit)?;
    threads::visible(db, who, &ids)
}

/// As `similar`, whoever may see them.
fn alike(
    db: &mut Db,
    searcher: &Searcher,
    title: &str,
    but: Option<Id>,
    limit: usize,
) -> Result<Vec<Id>> {
    let Some(index) = searcher.index() else {
        return Ok(Vec::new());
    };
    let query = Query::of_words(title);
    if query.is_blank() {
        return Ok(Vec::new());
    }
    let asked = index.interpret_alike(&query, &*synonyms::current(db)?, MOST_ALIKE);
    let asked = searcher.heed(&index, asked)?;
    let request = Request {
        asked,
        limit: limit + 1,
        ..Request::default()
    };
    let answer = searcher.heed(&index, index.search(&request))?;
    let ids = answer.hits.iter().map(|hit| Id::from_u128(hit.id));
    Ok(ids.filter(|id| Some(*id) != but).take(limit).collect())
}

/// At most `limit` threads whose words are like the title of a thread in this version: asked of the index when nothing of
/// it is remembered, which a page that many open cannot do each time. What of them may be seen is the caller's to ask.
pub fn remembered(
    db: &mut Db,
    (searcher, memory): Near<'_>,
    (version, title): (Version, &str),
    limit: usize,
    now: At,
) -> Result<Vec<Id>> {
    match memory.recall(version, now) {
        Some(ids) => Ok(ids),
        None => remember(db, (searcher, memory), (version, title), limit, now),
    }
}

/// As `remembered`, but asks the index in any case and remembers what it says from now on.
pub fn remember(
    db: &mut Db,
    (searcher, memory): Near<'_>,
    (version, title): (Version, &str),
    limit: usize,
    now: At,
) -> Result<Vec<Id>> {
    let ids = alike(db, searcher, title, Some(version.0), limit)?;
    if searcher.is_ready() {
        memory.keep(version, ids.clone(), now);
    }
    Ok(ids)
}

/// The index, and what is remembered of its answers about likeness.
pub type Near<'a> = (&'a Searcher, &'a Memory<Vec<Id>>);

/// Threads whose words are like a text, for a domain that ranks them anew: those of these kinds and school types alone, with
/// their score, best first. That they may be seen is the caller's check.
pub fn candidates(
    db: &mut Db,
    searcher: &Searcher,
    text: &str,
    (kinds, school_types): (Vec<String>, Vec<String>),
    limit: usize,
) -> Result<Vec<(Id, f32)>> {
    let query = Query::of_words(text);
    let (Some(index), false) = (searcher.index(), query.is_blank()) else {
        return Ok(Vec::new());
    };
    let asked = index.interpret_alike(&query, &*synonyms::current(db)?, MOST_ALIKE);
    let asked = searcher.heed(&index, asked)?;
    let request = Request {
        asked,
        filters: Filters {
            kinds,
            school_types,
            ..Filters::default()
        },
        limit,
        ..Request::default()
    };
    let answer = searcher.heed(&index, index.search(&request))?;
    let hits = answer.hits.iter();
    Ok(hits.map(|hit| (Id::from_u128(hit.id), hit.score)).collect())
}

/// What completes a text that is being typed.
#[derive(Clone, Debug, Default)]
pub struct Suggestions {
    pub names: Vec<Named>,
    pub threads: Vec<Summary>,
}

/// Names and threads suggested at most.
const SUGGESTED_NAMES: usize = 4;
const SUGGESTED_THREADS: usize = 5;

/// Tags, tools and threads for a text that is being typed; nothing for a blank one or while there is no index.
///
/// # Errors
/// `SignInRequired`.
pub fn suggest(db: &mut Db, who: &Who, searcher: &Searcher, text: &str) -> Result<Suggestions> {
    who.may(Action::Read)?;
    let Some(index) = searcher.index() else {
        return Ok(Suggestions::default());
    };
    let text: String = text.chars().take(MAX_SUGGEST_CHARS).collect();
    let keys = searcher.heed(&index, index.names_beginning(&text, SUGGESTED_NAMES))?;
    let found = searcher.heed(&index, index.suggest(&text, SUGGESTED_THREADS))?;
    let ids: Vec<Id> = found.into_iter().map(Id::from_u128).collect();
    Ok(Suggestions {
        names: threads::visible_names(db, &keys)?,
        threads: threads::visible(db, who, &ids)?,
    })
}

/// Only this much of a text is completed.
const MAX_SUGGEST_CHARS: usize = 60;

fn read_hits(
    db: &mut Db,
    who: &Who,
    marker: &Marker,
    blank: bool,
    hits: &[search_index::Hit],
) -> Result<Vec<Hit>> {
    let ids: Vec<Id> = hits.iter().map(|hit| Id::from_u128(hit.id)).collect();
    let summaries = threads::visible(db, who, &ids)?;
    let scores: HashMap<Id, (f32, f32)> = ids
        .iter()
        .copied()
        .zip(hits.iter().map(|hit| (hit.score, hit.rank)))
        .collect();
    let bodies: HashMap<Id, String> = if blank {
        HashMap::new()
    } else {
        threads::visible_texts(db, &ids)?.into_iter().collect()
    };
    let own: HashMap<Id, Option<Excerpt>> = bodies
        .into_iter()
        .map(|(id, body)| (id, marker.excerpt(&body, SNIPPET)))
        .collect();
    // Where the thread's own text has all that is looked for, no answer has more.
    let wanting: Vec<Id> = own
        .iter()
        .filter(|(_, own)| own.as_ref().is_none_or(|own| !own.complete))
        .map(|(id, _)| *id)
        .collect();
    let mut answers: HashMap<Id, Vec<Reply>> = HashMap::new();
    for reply in replies::visible_of(db, &wanting)? {
        answers.entry(reply.thread).or_default().push(reply);
    }
    Ok(summaries
        .into_iter()
        .map(|thread| {
            let own = own.get(&thread.id).and_then(Option::as_ref);
            let replies = answers.get(&thread.id).map_or(&[][..], Vec::as_slice);
            let (reply, snippet_html) = snippet(marker, &thread, own, replies);
            let (score, rank) = scores.get(&thread.id).copied().unwrap_or_default();
            Hit {
                score,
                rank,
                title_html: marker.highlight(&thread.title),
                reply,
                snippet_html,
                thread,
            }
        })
        .collect())
}

/// The place that fits best: the thread's own text, or the reply in which more of the words are found.
fn snippet(
    marker: &Marker,
    thread: &Summary,
    own: Option<&Excerpt>,
    replies: &[Reply],
) -> (Option<Id>, String) {
    let mut best = own.map_or(0, |excerpt| excerpt.matched);
    let mut chosen = (
        None,
        own.map_or_else(
            || Marker::default().highlight(&thread.gist()),
            |excerpt| excerpt.html.clone(),
        ),
    );
    for reply in replies {
        if let Some(excerpt) = marker.excerpt(&text::plain(&reply.body), SNIPPET)
            && excerpt.matched > best
        {
            best = excerpt.matched;
            let complete = excerpt.complete;
            chosen = (Some(reply.id), excerpt.html);
            if complete {
                break;
            }
        }
    }
    chosen
}
