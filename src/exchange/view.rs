//! The page on which one closes one's account.

use askama::Template;

use crate::error::FieldErrors;
use crate::web::page::{Layout, Nav};

/// `/settings/close`.
#[derive(Template)]
#[template(path = "exchange/close.html")]
pub struct ClosePage {
    pub layout: Layout,
    /// For password managers.
    pub email: String,
    /// Whether there is one to prove oneself by.
    pub has_password: bool,
    /// Why this person may not close their account now.
    pub refused: Option<&'static str>,
    pub errors: FieldErrors,
}

impl ClosePage {
    pub fn new(
        layout: Layout,
        email: String,
        has_password: bool,
        refused: Option<&'static str>,
        errors: FieldErrors,
    ) -> ClosePage {
        ClosePage {
            layout: layout.at(Nav::Mine),
            email,
            has_password,
            refused,
            errors,
        }
    }
}
