//! The choice of how a post is signed.

use super::signed;
use crate::accounts::{Mask, Signature, Who};
use crate::taxonomy::Vocabulary;

/// 「名前の出し方」: a group of two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignField {
    /// 「見本 あおい（小学校・教諭）」.
    pub named: String,
    /// 「小学校の先生」.
    pub masked: String,
    /// Which of them is chosen.
    pub sealed: bool,
    /// Too few people are alike for more than 「先生」.
    pub few: bool,
    /// How the post is signed so far; None for new ones.
    pub present: Option<bool>,
    /// The writer has sealed something in this thread before.
    pub sealed_before: bool,
}

impl SignField {
    /// `mask`: what the writer would sign with; `present`: of the post that is changed.
    pub fn new(
        who: &Who,
        mask: &Mask,
        present: Option<&Signature>,
        sealed: bool,
        sealed_before: bool,
        words: &Vocabulary,
    ) -> SignField {
        SignField {
            named: signed(who, words),
            masked: mask.label(words),
            sealed,
            few: *mask == Mask::Anybody,
            present: present.map(Signature::is_sealed),
            sealed_before,
        }
    }
}
