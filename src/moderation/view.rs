//! Pages of moderators, and what the pages of threads show of their decisions.

mod audit;
mod forms;
mod notes;
mod queue;

pub use self::audit::{AuditPage, AuditParts, AuditTyped};
pub use self::forms::{DuplicatePage, LockPage, MergePage, MovePage, ResubmitPage};
pub use self::notes::{Notes, StandingView};
pub use self::queue::ReportsPage;

use crate::accounts::Author;
use crate::taxonomy::Vocabulary;

/// 「運営担当 見本 あおい」: a moderator as other moderators see them.
fn signed(author: Option<&Author>, words: &Vocabulary) -> String {
    let Some(author) = author else {
        return String::new();
    };
    match author.badge(words) {
        Some(badge) => format!("{badge} {}", author.name),
        None => author.name.clone(),
    }
}
