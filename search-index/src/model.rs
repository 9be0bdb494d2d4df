//! The values that cross the border of the crate: documents in, requests in, answers out. Plain data; no
//! rules live here.

use crate::query::Interpretation;

/// One searchable thread: the unit of the index. A thread appears once in results.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ThreadDoc {
    /// The thread's UUID.
    pub id: u128,
    /// `question`, `practice`, `discussion`: any short slug. Filter and facet.
    pub kind: String,
    pub title: String,
    /// Plain text; Markdown source is fine.
    pub body: String,
    /// Visible replies, oldest first.
    pub replies: Vec<String>,
    /// As displayed. Searchable text; as a filter compared by [`fold_key`](crate::fold_key).
    pub tags: Vec<String>,
    /// As displayed. Searchable text.
    pub tools: Vec<String>,
    /// Further searchable words (names of the school type, the policy, the subject, the grade), lowest weight.
    pub labels: Vec<String>,
    /// Filter and facet values, `1` to `4`.
    pub policies: Vec<String>,
    /// Filter values.
    pub initiatives: Vec<String>,
    /// Filter and facet value.
    pub school_type: String,
    /// Filter and facet value.
    pub subject: Option<String>,
    /// Filter value.
    pub grade: Option<String>,
    /// Opaque id, filter only.
    pub author: String,
    /// Filter and facet value.
    pub solved: bool,
    /// Chosen by the trainers: a modest boost.
    pub recommended: bool,
    /// What it says no longer holds: it stands below others that fit equally.
    pub outdated: bool,
    /// Microseconds since the epoch, UTC.
    pub created_at: i64,
}

/// One step of the feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Adds the thread, or replaces what was indexed under its id.
    Put(Box<ThreadDoc>),
    /// Removes the thread with this id; nothing happens when there is none.
    Remove(u128),
}

/// Values inside one field are alternatives, fields are joined by AND, an empty field filters nothing.
#[derive(Clone, Debug, Default)]
pub struct Filters {
    pub kinds: Vec<String>,
    pub policies: Vec<String>,
    pub initiatives: Vec<String>,
    pub school_types: Vec<String>,
    pub subjects: Vec<String>,
    pub grades: Vec<String>,
    /// Compared by [`fold_key`](crate::fold_key).
    pub tags: Vec<String>,
    pub authors: Vec<String>,
    pub solved: Option<bool>,
    /// Written at or after this moment, microseconds since the epoch.
    pub after: Option<i64>,
    /// Written before this moment.
    pub before: Option<i64>,
}

impl Filters {
    /// Both: values of the same field become alternatives, moments and `solved` are taken from `other` where it has
    /// them.
    #[must_use]
    pub fn and(mut self, other: Filters) -> Filters {
        for (mine, theirs) in [
            (&mut self.kinds, other.kinds),
            (&mut self.policies, other.policies),
            (&mut self.initiatives, other.initiatives),
            (&mut self.school_types, other.school_types),
            (&mut self.subjects, other.subjects),
            (&mut self.grades, other.grades),
            (&mut self.tags, other.tags),
            (&mut self.authors, other.authors),
        ] {
            mine.extend(theirs);
        }
        self.solved = other.solved.or(self.solved);
        self.after = other.after.or(self.after);
        self.before = other.before.or(self.before);
        self
    }
}

/// The order of the hits. Ties: newest first, then by id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    #[default]
    Relevance,
    Newest,
}

/// One question to the index.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// What is looked for; a blank one asks for everything, newest first.
    pub asked: Interpretation,
    pub filters: Filters,
    pub sort: Sort,
    /// The present moment, microseconds since the epoch: newer threads are favoured a little. `None`: they are not.
    pub now: Option<i64>,
    /// `offset + limit` is cut at [`MAX_WINDOW`](crate::MAX_WINDOW).
    pub offset: usize,
    pub limit: usize,
}

/// One thread found.
#[derive(Clone, Debug)]
pub struct Hit {
    pub id: u128,
    /// Comparable within one answer only; 0 when the order is by date.
    pub score: f32,
    /// How much of it comes from having pieces of the query at all, see [`Request::asked`]; the rest is BM25.
    pub rank: f32,
}

/// How many found threads have each value, most frequent first; values that no thread has are absent.
///
/// The counts of a facet obey the text and all filters except the facet's own: they say what a visitor
/// would get by choosing another value of it.
#[derive(Clone, Debug, Default)]
pub struct Facets {
    pub kind: Vec<(String, u64)>,
    pub policy: Vec<(String, u64)>,
    pub school_type: Vec<(String, u64)>,
    pub subject: Vec<(String, u64)>,
    /// `true` and `false`.
    pub solved: Vec<(String, u64)>,
}

/// What [`Index::search`](crate::Index::search) found.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// All threads that match, not only those on this page.
    pub total: u64,
    pub hits: Vec<Hit>,
    pub facets: Facets,
}
