//! The part of a form that brings a file into the text beside it.

use super::Rights;
use crate::db::types::Word;
use crate::web::page::Choice;

/// The section 「画像・ファイルを入れる」 of a form, as it stands.
#[derive(Clone, Debug)]
pub struct AttachForm {
    pub alt: String,
    pub rights: Vec<Choice>,
    pub source: String,
    /// Whether something was typed, went wrong or was done here: then it is open.
    pub open: bool,
    /// What was just done, or empty.
    pub done: String,
}

impl AttachForm {
    pub fn new(alt: &str, rights: &str, source: &str) -> AttachForm {
        let chosen = Rights::parse(rights);
        AttachForm {
            alt: alt.to_owned(),
            rights: Rights::ALL
                .iter()
                .map(|one| Choice::new(one.to_string(), one.name(), chosen == Some(*one)))
                .collect(),
            source: source.to_owned(),
            open: !alt.is_empty() || !source.is_empty() || chosen.is_some(),
            done: String::new(),
        }
    }

    /// Open, saying what was done.
    #[must_use]
    pub fn saying(self, done: impl Into<String>) -> AttachForm {
        AttachForm {
            open: true,
            done: done.into(),
            ..self
        }
    }

    /// Bytes of a file at most, for the script.
    pub fn max_bytes(&self) -> usize {
        super::MAX_BYTES
    }
}

impl Default for AttachForm {
    fn default() -> AttachForm {
        AttachForm::new("", "", "")
    }
}
