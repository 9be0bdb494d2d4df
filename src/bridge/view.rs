//! Relatives in the side column.

use super::Relative;
use super::likeness::reason;
use crate::taxonomy::Vocabulary;
use crate::threads::view::Mini;

/// A relative with the reason why it is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelativeView {
    pub mini: Mini,
    /// 「同じロイロノート・協働の場面」.
    pub reason: String,
}

impl RelativeView {
    pub fn new(relative: &Relative, words: &Vocabulary) -> RelativeView {
        RelativeView {
            mini: Mini::new(&relative.thread, words),
            reason: reason(&relative.shared),
        }
    }
}
