//! The form of a proposal, and the list of those that wait.

use askama::Template;

use super::Proposal;
use crate::error::FieldErrors;
use crate::id::Id;
use crate::threads::view::Card;
use crate::web::page::{Layout, Nav, Now, When, address};

/// `/threads/{id}/proposal`.
#[derive(Template)]
#[template(path = "curation/propose.html")]
pub struct ProposalPage {
    pub layout: Layout,
    pub path: String,
    pub title: String,
    pub reason: String,
    pub errors: FieldErrors,
}

/// What was typed into one of the forms of the list, and what must change.
pub struct Typed {
    pub proposal: Id,
    pub comment: String,
    pub reason: String,
    pub errors: FieldErrors,
}

/// A thread with what was said for it.
pub struct DeskLine {
    pub path: String,
    pub card: Card,
    pub reasons: Vec<(String, When)>,
    pub comment: String,
    pub reason: String,
    pub errors: FieldErrors,
}

/// `/desk/proposals`.
#[derive(Template)]
#[template(path = "curation/proposals.html")]
pub struct DeskPage {
    pub layout: Layout,
    pub count: i64,
    pub lines: Vec<DeskLine>,
    /// Of the form that was sent.
    pub errors: FieldErrors,
    pub next: Option<String>,
    pub later: bool,
    pub first: &'static str,
}

impl DeskPage {
    /// `cards` are those of `proposals`, in their order.
    pub fn new(
        layout: Layout,
        proposals: &[Proposal],
        cards: Vec<Card>,
        count: i64,
        (later, next): (bool, Option<String>),
        mut typed: Option<Typed>,
        now: Now,
    ) -> DeskPage {
        let errors = typed.as_ref().map(|one| one.errors.clone());
        let mut lines: Vec<(Id, DeskLine)> = Vec::new();
        for (proposal, card) in proposals.iter().zip(cards) {
            let said = (proposal.reason.clone(), now.when(proposal.at));
            // Several who propose one thread are decided on at once.
            let known = lines
                .iter_mut()
                .find(|(thread, _)| *thread == proposal.thread.id);
            let line = match known {
                Some((_, line)) => {
                    line.reasons.push(said);
                    line
                }
                None => {
                    let line = DeskLine {
                        path: format!("/desk/proposals/{}", proposal.id),
                        card,
                        reasons: vec![said],
                        comment: String::new(),
                        reason: String::new(),
                        errors: FieldErrors::default(),
                    };
                    lines.push((proposal.thread.id, line));
                    match lines.last_mut() {
                        Some((_, line)) => line,
                        None => continue,
                    }
                }
            };
            if let Some(sent) = typed.take_if(|one| one.proposal == proposal.id) {
                line.comment = sent.comment;
                line.reason = sent.reason;
                line.errors = sent.errors;
            }
        }
        DeskPage {
            layout: layout.at(Nav::Mine),
            count,
            lines: lines.into_iter().map(|(_, line)| line).collect(),
            errors: errors.unwrap_or_default(),
            next: next.map(|cursor| address("/desk/proposals", [("cursor", cursor.as_str())])),
            later,
            first: "/desk/proposals",
        }
    }
}
