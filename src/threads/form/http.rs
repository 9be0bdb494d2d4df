//! What the form of a thread holds, as it was typed, and what is made of it.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::attachments::view::AttachForm;
use crate::db::Db;
use crate::error::{Error, FieldErrors, Result};
use crate::text;
use crate::threads::api;
use crate::threads::practice::Checked;
use crate::threads::split_list;
use crate::threads::view::PracticeNumbers;
use crate::threads::{Loose, Practice, ThreadInput, ThreadPatch};

/// The form of a thread as it is sent. Lists typed into one field are parted by 、 or commas.
#[derive(Clone, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct ThreadForm {
    pub(in crate::threads) kind: String,
    pub(in crate::threads) title: String,
    pub(in crate::threads) body: String,
    pub(in crate::threads) school_type: String,
    pub(in crate::threads) policies: Vec<String>,
    pub(in crate::threads) initiatives: Vec<String>,
    /// Items of the self-check.
    pub(in crate::threads) items: Vec<String>,
    /// true, false; empty where the form did not ask.
    pub(in crate::threads) sealed: String,
    pub(in crate::threads) subject: String,
    pub(in crate::threads) grade: String,
    pub(in crate::threads) tools: String,
    pub(in crate::threads) tags: String,
    pub(in crate::threads) aim: String,
    pub(in crate::threads) unit: String,
    pub(in crate::threads) lessons: String,
    pub(in crate::threads) prep_minutes: String,
    pub(in crate::threads) lesson_minutes: String,
    pub(in crate::threads) scene: String,
    pub(in crate::threads) materials: String,
    pub(in crate::threads) steps: String,
    pub(in crate::threads) children: String,
    pub(in crate::threads) failed: String,
    pub(in crate::threads) care: String,
    pub(in crate::threads) checked_on: String,
    pub(in crate::threads) os_version: String,
    pub(in crate::threads) app_version: String,
    pub(in crate::threads) key: String,
    pub(in crate::threads) revision: String,
    /// `preview` shows the form again with the text as it will look, `template` with headings to fill in, `attach` with a
    /// file put into it, `draft` keeps it for later.
    pub(in crate::threads) action: String,
    /// The draft that the form shows, and its version; both may be empty.
    pub(in crate::threads) draft: String,
    pub(in crate::threads) draft_revision: String,
    /// The section for files as it is to be shown again.
    #[serde(skip)]
    pub(in crate::threads) attach: AttachForm,
}

const NOT_MINUTES: &str = "分は数字で書いてください。例：45";
const NOT_LESSONS: &str = "時数は数字で書いてください。例：8";

/// A whole number as typed, in any width; None where nothing is.
fn number(typed: &str) -> std::result::Result<Option<u16>, std::num::ParseIntError> {
    let plain = text::narrow(typed);
    if plain.is_empty() {
        return Ok(None);
    }
    plain.parse().map(Some)
}

impl ThreadForm {
    /// What it says of a practice; numbers that cannot be read are left out.
    pub(in crate::threads) fn practice(&self) -> Practice {
        let given = |text: &String| Some(text.clone()).filter(|text| !text.trim().is_empty());
        let number = |text: &String| number(text).ok().flatten();
        Practice {
            aim: given(&self.aim),
            unit: given(&self.unit),
            lessons: number(&self.lessons),
            prep_minutes: number(&self.prep_minutes),
            lesson_minutes: number(&self.lesson_minutes),
            scene: given(&self.scene),
            materials: given(&self.materials),
            steps: self
                .steps
                .lines()
                .map(str::to_owned)
                .filter(|line| !line.trim().is_empty())
                .collect(),
            children: given(&self.children),
            failed: given(&self.failed),
            care: given(&self.care),
            checked_on: given(&self.checked_on),
            os_version: given(&self.os_version),
            app_version: given(&self.app_version),
        }
    }

    /// Tools, parted.
    pub(in crate::threads) fn tools(&self) -> Vec<String> {
        split_list(&self.tools)
    }

    /// Numbers as they were typed, beside what they were read as.
    pub(in crate::threads) fn numbers(&self) -> PracticeNumbers {
        PracticeNumbers {
            lessons: self.lessons.clone(),
            prep_minutes: self.prep_minutes.clone(),
            lesson_minutes: self.lesson_minutes.clone(),
        }
    }

    pub(in crate::threads) fn input(&self) -> ThreadInput {
        ThreadInput {
            kind: self.kind.clone(),
            title: self.title.clone(),
            body: self.body.clone(),
            school_type: self.school_type.clone(),
            policies: self.policies.iter().cloned().map(Loose).collect(),
            initiatives: self.initiatives.clone(),
            subject: Some(self.subject.clone()),
            grade: Some(self.grade.clone()),
            tags: split_list(&self.tags),
            tools: self.tools(),
            items: self.items.clone(),
            practice: Some(self.practice()).filter(|practice| *practice != Practice::default()),
            sealed: api::truth(&self.sealed) == Some(true),
        }
    }

    /// What must change in the fields of a practice, by their names: numbers that are none, days that are none, and what
    /// the rules find. `before` is what stood there.
    pub(in crate::threads) fn practice_errors(
        &self,
        before: Option<&Practice>,
        today: NaiveDate,
    ) -> FieldErrors {
        let mut errors = FieldErrors::default();
        for (field, typed, message) in [
            ("lessons", &self.lessons, NOT_LESSONS),
            ("prep_minutes", &self.prep_minutes, NOT_MINUTES),
            ("lesson_minutes", &self.lesson_minutes, NOT_MINUTES),
        ] {
            if number(typed).is_err() {
                errors.add(field, "not_a_number", message);
            }
        }
        let before = before.and_then(|before| before.checked_on.as_deref());
        if let Some(message) = Checked::refuse(&self.checked_on, before, today) {
            errors.add("checked_on", "not_a_day", message);
        }
        if let Err(mut wrong) = self.practice().parse() {
            errors.0.append(&mut wrong.0);
        }
        errors
    }

    /// As `input`, where everything can be read.
    ///
    /// # Errors
    /// `Invalid` for what the rules would never see or would not find the field of, with all that they find beside.
    pub(in crate::threads) fn checked(
        &self,
        db: &mut Db,
        before: Option<&Practice>,
        today: NaiveDate,
    ) -> Result<ThreadInput> {
        let mut errors = self.practice_errors(before, today);
        let input = self.input();
        if errors.is_empty() {
            return Ok(input);
        }
        if let Err(Error::Invalid(mut all)) = input.parse(db) {
            // The form of an edit does not ask for the kind.
            all.0.retain(|error| {
                error.field != "practice" && (error.field != "kind" || !self.kind.is_empty())
            });
            all.0.append(&mut errors.0);
            return Err(Error::Invalid(all));
        }
        Err(Error::Invalid(errors))
    }

    /// Everything the form shows: what it leaves empty is taken away.
    ///
    /// # Errors
    /// As `checked`.
    pub(in crate::threads) fn patch(
        &self,
        db: &mut Db,
        before: Option<&Practice>,
        today: NaiveDate,
    ) -> Result<ThreadPatch> {
        let input = self.checked(db, before, today)?;
        Ok(ThreadPatch {
            title: Some(input.title),
            body: Some(input.body),
            school_type: Some(input.school_type),
            policies: Some(input.policies),
            initiatives: Some(input.initiatives),
            subject: input.subject,
            grade: input.grade,
            tags: Some(input.tags),
            tools: Some(input.tools),
            items: Some(input.items),
            practice: Some(input.practice.unwrap_or_default()),
            sealed: api::truth(&self.sealed),
        })
    }

    pub(in crate::threads) fn wants_preview(&self) -> bool {
        self.action == "preview"
    }
}
