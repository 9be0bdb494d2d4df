//! Adding to a practice after it was published, one field at a time.

use askama::Template;

use super::form::scenes;
use crate::error::FieldErrors;
use crate::threads::{Completeness, Practice, PracticeField, Thread};
use crate::web::page::{Choice, Layout, Nav};

/// The numbers of a practice as they were typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PracticeNumbers {
    pub lessons: String,
    pub prep_minutes: String,
    pub lesson_minutes: String,
}

impl PracticeNumbers {
    pub fn of(practice: &Practice) -> PracticeNumbers {
        let digits =
            |number: Option<u16>| number.map(|number| number.to_string()).unwrap_or_default();
        PracticeNumbers {
            lessons: digits(practice.lessons),
            prep_minutes: digits(practice.prep_minutes),
            lesson_minutes: digits(practice.lesson_minutes),
        }
    }
}

/// The form for one field of a practice.
#[derive(Clone, Debug)]
pub struct GrowForm {
    /// As `PracticeField` writes it.
    pub field: String,
    pub name: &'static str,
    pub hint: &'static str,
    pub action: String,
    pub revision: i32,
    pub practice: Practice,
    pub numbers: PracticeNumbers,
    pub scenes: Vec<Choice>,
    /// One step a line.
    pub steps: String,
    pub tools: String,
    pub errors: FieldErrors,
    /// How much is written, as a number and in words.
    pub written: usize,
    pub all: usize,
    pub words: String,
    /// Where 「いまはいい」 leads.
    pub skip: String,
}

impl GrowForm {
    pub fn new(thread: &Thread, field: PracticeField, completeness: &Completeness) -> GrowForm {
        let practice = thread.practice.clone().unwrap_or_default();
        GrowForm {
            field: field.to_string(),
            name: field.name(),
            hint: field.hint(),
            action: format!("/threads/{}/practice?field={field}", thread.id),
            revision: thread.revision,
            numbers: PracticeNumbers::of(&practice),
            scenes: scenes(practice.scene.as_deref()),
            steps: practice.steps.join("\n"),
            tools: thread.labels.tools.join("、"),
            practice,
            errors: FieldErrors::default(),
            written: completeness.written.len(),
            all: completeness.written.len() + completeness.missing.len(),
            words: completeness.in_words(),
            skip: match completeness.next(Some(field)) {
                Some(_) => format!("/threads/{}?skip={field}#grow", thread.id),
                // Nothing more is asked: the panel is gone.
                None => format!("/threads/{}?skip={field}", thread.id),
            },
        }
    }

    /// With what was typed in place of what is stored, and what must change in it.
    #[must_use]
    pub fn typed(
        self,
        practice: Practice,
        numbers: PracticeNumbers,
        tools: &[String],
        errors: FieldErrors,
    ) -> GrowForm {
        GrowForm {
            scenes: scenes(practice.scene.as_deref()),
            steps: practice.steps.join("\n"),
            tools: tools.join("、"),
            numbers,
            practice,
            errors,
            ..self
        }
    }
}

/// One of the fields, to choose from.
#[derive(Clone, Debug)]
pub struct FieldLink {
    pub name: &'static str,
    pub url: String,
    pub written: bool,
    pub current: bool,
}

/// `/threads/{id}/practice?field=`.
#[derive(Template)]
#[template(path = "threads/practice.html")]
pub struct GrowPage {
    pub layout: Layout,
    pub title: String,
    pub back: String,
    pub grow: GrowForm,
    pub fields: Vec<FieldLink>,
    /// What was written into the field meanwhile.
    pub present: Option<String>,
}

impl GrowPage {
    /// `field`: None for the first that is not written yet.
    pub fn new(
        layout: Layout,
        thread: &Thread,
        field: Option<PracticeField>,
        completeness: &Completeness,
    ) -> GrowPage {
        use crate::db::types::Word;
        let field = field
            .or_else(|| completeness.next(None))
            .unwrap_or(PracticeField::Failed);
        GrowPage {
            layout: layout.at(Nav::Practices),
            title: thread.title.clone(),
            back: format!("/threads/{}", thread.id),
            grow: GrowForm::new(thread, field, completeness),
            fields: PracticeField::ALL
                .iter()
                .map(|one| FieldLink {
                    name: one.name(),
                    url: format!("/threads/{}/practice?field={one}", thread.id),
                    written: completeness.written.contains(one),
                    current: *one == field,
                })
                .collect(),
            present: None,
        }
    }

    /// The field was written in another place meanwhile: that is shown beside what was typed.
    #[must_use]
    pub fn stale(self, thread: &Thread) -> GrowPage {
        let practice = thread.practice.clone().unwrap_or_default();
        let all = practice.words();
        let tools = Some(("使ったもの", thread.labels.tools.join("、")));
        let lines = all
            .into_iter()
            .chain(tools)
            .map(|(label, words)| format!("{label}：{words}"));
        GrowPage {
            present: Some(lines.collect::<Vec<_>>().join("\n")),
            ..self
        }
    }
}
