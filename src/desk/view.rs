//! The desk as it is shown.

use askama::Template;

use super::{Counted, Desk, PATIENCE, Pair, Waiting};
use crate::accounts::view::ByLine;
use crate::curation::{freshness::Overdue, proposals::Proposal};
use crate::search::log::Searched;
use crate::taxonomy::Vocabulary;
use crate::threads::Summary;
use crate::threads::view::Mini;
use crate::web::page::{Layout, Link, Nav, Now, Tab, When, address};

/// Somebody to ask, and why them.
pub struct Colleague {
    pub by: ByLine,
    pub known_by: Link,
}

/// A question that waits.
pub struct WaitingLine {
    pub mini: Mini,
    pub when: When,
    /// 「勤務時間で12時間」.
    pub waited: String,
    pub colleagues: Vec<Colleague>,
}

/// A candidate: the thread, why it is one, where it is recommended or put into a collection.
pub struct Candidate {
    pub mini: Mini,
    pub why: String,
    pub recommend_url: String,
    pub collect_url: String,
}

/// Two questions side by side.
pub struct PairLine {
    pub newer: Mini,
    pub older: Mini,
    pub newer_id: String,
    pub older_id: String,
    /// Where they are linked or merged.
    pub link_url: String,
}

/// A search that found nothing.
pub struct Fruitless {
    pub term: String,
    pub times: i64,
    pub synonym_url: String,
}

/// `/desk`.
#[derive(Template)]
#[template(path = "desk/desk.html")]
pub struct DeskPage {
    pub layout: Layout,
    pub patience: Vec<Tab>,
    pub waiting: Vec<WaitingLine>,
    pub tried: Vec<Candidate>,
    pub answered: Vec<Candidate>,
    pub asked_again: Vec<Candidate>,
    pub pairs: Vec<PairLine>,
    pub proposals: Vec<Mini>,
    /// How many wait.
    pub proposed: i64,
    pub overdue: Vec<Mini>,
    pub due: i64,
    pub fruitless: Vec<Fruitless>,
    pub refreshed: Option<When>,
}

impl DeskPage {
    pub fn new(
        layout: Layout,
        desk: Desk,
        patience: i64,
        words: &Vocabulary,
        now: Now,
    ) -> DeskPage {
        DeskPage {
            layout: layout.at(Nav::Mine),
            patience: PATIENCE
                .into_iter()
                .map(|hours| Tab {
                    label: format!("{hours}時間"),
                    url: address("/desk", [("hours", hours.to_string().as_str())]),
                    current: hours == patience,
                    count: String::new(),
                })
                .collect(),
            waiting: desk
                .waiting
                .into_iter()
                .map(|one| waiting(one, words, now))
                .collect(),
            tried: desk
                .tried
                .iter()
                .map(|practice| candidate(practice, tried_words(practice), words))
                .collect(),
            answered: counted(&desk.answered, "人が参考になったと答えています", words),
            asked_again: counted(&desk.asked_again, "回、ほかの先生も聞いています", words),
            pairs: desk
                .pairs
                .iter()
                .map(|pair| pair_line(pair, words))
                .collect(),
            proposed: desk.proposals.1,
            proposals: desk.proposals.0.iter().map(proposal).collect(),
            due: desk.overdue.1,
            overdue: desk.overdue.0.iter().map(overdue).collect(),
            fruitless: desk.fruitless.iter().map(fruitless).collect(),
            refreshed: desk.refreshed.map(|at| now.when(at)),
        }
    }

    pub fn has_candidates(&self) -> bool {
        !(self.tried.is_empty() && self.answered.is_empty() && self.asked_again.is_empty())
    }
}

fn waiting(one: Waiting, words: &Vocabulary, now: Now) -> WaitingLine {
    WaitingLine {
        mini: Mini::new(&one.question, words),
        when: now.when(one.question.created_at),
        waited: format!("勤務時間で{}時間", one.hours),
        colleagues: one
            .colleagues
            .into_iter()
            .map(|colleague| Colleague {
                by: ByLine::new(&colleague.author, words),
                known_by: Link::new(
                    &colleague.known_by.title,
                    format!("/threads/{}", colleague.known_by.id),
                ),
            })
            .collect(),
    }
}

fn tried_words(practice: &Summary) -> String {
    let standing = practice.standing;
    format!(
        "{}人が試しました（{}つの学校種）",
        standing.tries, standing.tried_types
    )
}

fn candidate(thread: &Summary, why: String, words: &Vocabulary) -> Candidate {
    Candidate {
        mini: Mini::new(thread, words),
        why,
        recommend_url: format!("/threads/{}/recommendation", thread.id),
        collect_url: format!("/threads/{}/collect", thread.id),
    }
}

fn counted(all: &[Counted], why: &str, words: &Vocabulary) -> Vec<Candidate> {
    all.iter()
        .map(|one| candidate(&one.thread, format!("{}{why}", one.number), words))
        .collect()
}

fn pair_line(pair: &Pair, words: &Vocabulary) -> PairLine {
    let duplicate = format!("/threads/{}/duplicate", pair.newer.id);
    PairLine {
        newer: Mini::new(&pair.newer, words),
        older: Mini::new(&pair.older, words),
        newer_id: pair.newer.id.to_string(),
        older_id: pair.older.id.to_string(),
        link_url: address(&duplicate, [("of", pair.older.short_code.as_str())]),
    }
}

fn proposal(proposal: &Proposal) -> Mini {
    Mini {
        url: "/desk/proposals".to_owned(),
        title: proposal.thread.title.clone(),
        note: format!("理由：{}", proposal.reason),
    }
}

fn overdue(overdue: &Overdue) -> Mini {
    let thread = &overdue.thread;
    Mini {
        url: format!("/desk/freshness/{}", thread.id),
        title: thread.title.clone(),
        note: thread.kind.name().to_owned(),
    }
}

fn fruitless(searched: &Searched) -> Fruitless {
    let term = searched.search.term.clone();
    Fruitless {
        times: searched.times,
        synonym_url: address("/desk/synonyms/new", [("word", term.as_str())]),
        term,
    }
}
