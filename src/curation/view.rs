//! The form of a recommendation.

use askama::Template;

use super::Recommendation;
use crate::error::FieldErrors;
use crate::threads::Thread;
use crate::web::page::Layout;

/// `/threads/{id}/recommendation`.
#[derive(Template)]
#[template(path = "curation/form.html")]
pub struct RecommendationPage {
    pub layout: Layout,
    pub path: String,
    pub title: String,
    pub comment: String,
    /// Whether it is recommended already.
    pub stands: bool,
    pub errors: FieldErrors,
}

impl RecommendationPage {
    pub fn new(
        layout: Layout,
        thread: &Thread,
        present: Option<Recommendation>,
        typed: Option<String>,
        errors: FieldErrors,
    ) -> RecommendationPage {
        RecommendationPage {
            layout,
            path: format!("/threads/{}", thread.id),
            title: thread.title.clone(),
            stands: present.is_some(),
            comment: typed.or(present.map(|one| one.comment)).unwrap_or_default(),
            errors,
        }
    }
}
