//! Threads and requests in as few words as a test needs.

use search_index::language::Query;
use search_index::{
    Answer, Change, Excerpt, Index, Interpretation, Marker, Request, Synonyms, ThreadDoc,
};

/// A question with this id and title, one second newer than the one before it.
pub fn thread(id: u128, title: &str) -> ThreadDoc {
    ThreadDoc {
        id,
        kind: "question".into(),
        title: title.into(),
        school_type: "elementary".into(),
        author: "a".into(),
        created_at: i64::try_from(id).unwrap() * 1_000_000,
        ..ThreadDoc::default()
    }
}

pub fn put(thread: ThreadDoc) -> Change {
    Change::Put(Box::new(thread))
}

/// An index in memory with these threads.
pub fn index_of(threads: impl IntoIterator<Item = ThreadDoc>) -> Index {
    let index = Index::in_memory().unwrap();
    let changes: Vec<Change> = threads.into_iter().map(put).collect();
    index.apply(&changes, "1").unwrap();
    index
}

/// The words alone: no synonyms, no other spellings.
pub fn asked(text: &str) -> Interpretation {
    Interpretation::new(&Query::parse(text), &Synonyms::none())
}

pub fn highlight(query: &str, text: &str) -> String {
    Marker::new(&asked(query)).highlight(text)
}

pub fn excerpt(query: &str, text: &str, max_chars: usize) -> Option<Excerpt> {
    Marker::new(&asked(query)).excerpt(text, max_chars)
}

/// What is found with the synonyms of a new forum and with other spellings.
pub fn find_widely(index: &Index, text: &str) -> Vec<u128> {
    let asked = index
        .interpret(&Query::parse(text), &Synonyms::default_list())
        .unwrap();
    let wide = Request {
        asked,
        limit: 20,
        ..Request::default()
    };
    ids(&index.search(&wide).unwrap())
}

pub fn request(text: &str) -> Request {
    Request {
        asked: asked(text),
        limit: 20,
        ..Request::default()
    }
}

pub fn ids(answer: &Answer) -> Vec<u128> {
    answer.hits.iter().map(|hit| hit.id).collect()
}

pub fn find(index: &Index, text: &str) -> Vec<u128> {
    ids(&index.search(&request(text)).unwrap())
}

/// Whether a thread with only this title comes out for the query as one that has all of it (in quotes, as the
/// phrase must then match), so that a chance hit of one character does not count.
pub fn finds(title: &str, query: &str) -> bool {
    !find(&index_of([thread(1, title)]), &format!("\"{query}\"")).is_empty()
}
