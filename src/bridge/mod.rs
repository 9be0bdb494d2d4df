//! The bridge between school types: for a practice or a question, its nearest relatives in *other* school types, with what
//! they truly share in words. Candidates come from the search index, by likeness of title and first words; what ranks them
//! is below, in constants. Nothing is kept: a relative that was hidden is gone at once.

pub mod api;
pub mod evaluate;
pub mod json;
mod likeness;
mod near;
pub mod view;

use std::collections::HashMap;

pub use self::likeness::{Ranked, Shared};
use self::likeness::{Side, rank};
use crate::accounts::{Action, Who};
use crate::clock::At;
use crate::db::Db;
use crate::error::Result;
use crate::id::Id;
use crate::memory::Memory;
use crate::search::{self, Searcher};
use crate::synonyms;
use crate::taxonomy::{self, Vocabulary};
use crate::threads::{self, Kind, Summary, Thread};

/// Relatives beside a thread.
pub const SHOWN: usize = 4;
/// Candidates that the index gives, to be ranked anew: beyond these nothing has come near the first four.
const CANDIDATES: usize = 60;
/// Characters of a text that are compared: the title says most of it, the beginning the rest.
const FIRST_WORDS: usize = 400;
/// Characters of the body that the index is asked with beside the title; the cost of a query grows with them.
const ASKED: usize = 60;

/// A thread of another school type about the same, and what both share.
#[derive(Clone, Debug)]
pub struct Relative {
    pub thread: Summary,
    pub shared: Vec<Shared>,
}

/// The nearest relatives of a thread in other school types, of its own kind, the nearest first; none for discussions.
///
/// # Errors
/// `SignInRequired`.
pub fn relatives(
    db: &mut Db,
    who: &Who,
    searcher: &Searcher,
    thread: &Thread,
    limit: usize,
) -> Result<Vec<Relative>> {
    who.may(Action::Read)?;
    if thread.kind == Kind::Discussion {
        return Ok(Vec::new());
    }
    let words = taxonomy::current(db)?;
    let kinds = vec![thread.kind.to_string()];
    let others = others(&thread.school_type, &words);
    let asked = asked(thread);
    let found = search::candidates(db, searcher, &asked, (kinds, others), CANDIDATES)?;
    let ids: Vec<Id> = found.iter().map(|(id, _)| *id).collect();
    // Read again: what was hidden, moved or given another school type meanwhile is none any more.
    let candidates: HashMap<Id, Thread> = threads::for_index(db, &ids)?
        .into_iter()
        .filter(|one| one.id != thread.id && one.kind == thread.kind)
        .filter(|one| one.school_type != thread.school_type)
        .map(|one| (one.id, one))
        .collect();
    let synonyms = synonyms::current(db)?;
    let sides: Vec<(Side, f32)> = found
        .iter()
        .filter_map(|(id, score)| Some((Side::new(candidates.get(id)?, &synonyms), *score)))
        .collect();
    let ranked = rank(&Side::new(thread, &synonyms), &sides, &words, limit);
    let ids: Vec<Id> = ranked.iter().map(|one| one.id).collect();
    let mut shared: HashMap<Id, Vec<Shared>> =
        ranked.into_iter().map(|one| (one.id, one.shared)).collect();
    let shown = threads::visible(db, who, &ids)?.into_iter();
    Ok(shown
        .map(|summary| Relative {
            shared: shared.remove(&summary.id).unwrap_or_default(),
            thread: summary,
        })
        .collect())
}

/// As `relatives`, remembered for a while: what ranks them reads forty threads.
pub fn remembered(
    db: &mut Db,
    who: &Who,
    (searcher, memory): (&Searcher, &Memory<Kin>),
    thread: &Thread,
    limit: usize,
    now: At,
) -> Result<Kin> {
    if let Some(kin) = memory.recall((thread.id, thread.revision), now) {
        return Ok(kin);
    }
    let found = relatives(db, who, searcher, thread, limit)?.into_iter();
    let kin: Kin = found.map(|one| (one.thread.id, one.shared)).collect();
    if searcher.is_ready() {
        memory.keep((thread.id, thread.revision), kin.clone(), now);
    }
    Ok(kin)
}

/// The relatives among `shown`, which are taken out of it, in their order; one that moved to another kind or to the school
/// type of `thread` meanwhile is none any more.
pub fn take(kin: Kin, shown: &mut Vec<Summary>, thread: &Thread) -> Vec<Relative> {
    let mut relatives = Vec::with_capacity(kin.len());
    for (id, shared) in kin {
        let Some(place) = shown.iter().position(|one| one.id == id) else {
            continue;
        };
        let one = shown.remove(place);
        if one.school_type != thread.school_type && one.kind == thread.kind {
            relatives.push(Relative {
                thread: one,
                shared,
            });
        } else {
            shown.insert(place, one);
        }
    }
    relatives
}

/// The relatives of a thread by id, with what they share.
pub type Kin = Vec<(Id, Vec<Shared>)>;

/// The school types that people teach in, but this one. What is for all of them is no other.
fn others(own: &str, words: &Vocabulary) -> Vec<String> {
    let types = words.school_types.iter();
    types
        .filter(|one| one.tagging && one.account && one.slug != own)
        .map(|one| one.slug.clone())
        .collect()
}

/// What the index is asked: the title, and the beginning of the text.
fn asked(thread: &Thread) -> String {
    let text = threads::searched_text(&beginning(&thread.body), None);
    let text: String = text.chars().take(ASKED).collect();
    format!("{} {text}", thread.title)
}

/// Enough of a body for what is compared: nobody needs a parse of 20,000 characters for its first words.
fn beginning(body: &str) -> String {
    body.chars().take(2 * FIRST_WORDS).collect()
}
