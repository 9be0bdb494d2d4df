//! One's own self-checks as the API shows them, to their owner.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{CheckInput, Checklist, SelfCheck};

/// The checklist in force, and one's own answers by it.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct MirrorJson {
    pub version: String,
    pub source: String,
    /// The words of the grades 1 to 4.
    pub scale: Vec<String>,
    pub items: Vec<CheckItemJson>,
    /// The school year that is answered now: that of its first day.
    pub year: i32,
    /// The newest first; one for each school year.
    pub checks: Vec<CheckJson>,
}

#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct CheckItemJson {
    /// a1 … d4
    pub code: String,
    /// As a thread carries it: chk-a1 … chk-d4
    pub tag: String,
    pub short: String,
    pub text: String,
}

#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct CheckJson {
    pub year: i32,
    pub version: String,
    /// Grades by item; what was not answered is not in it.
    pub answers: BTreeMap<String, u8>,
    /// Means by area (a to d), of what was answered.
    pub areas: BTreeMap<String, f64>,
    /// Whether complete answers are counted in the report of the term, with school type and experience band alone.
    pub shared: bool,
}

impl CheckJson {
    pub fn new(check: &SelfCheck, list: &Checklist) -> CheckJson {
        let areas = list.areas.iter();
        CheckJson {
            year: check.year,
            version: check.version.clone(),
            areas: areas
                .filter_map(|area| Some((area.code.clone(), check.answers.mean(area)?)))
                .collect(),
            answers: check.answers.grades().clone(),
            shared: check.shared,
        }
    }
}

impl MirrorJson {
    pub fn new(list: &Checklist, year: i32, all: &[SelfCheck]) -> MirrorJson {
        MirrorJson {
            version: list.version.clone(),
            source: list.source.clone(),
            scale: list.scale.clone(),
            items: list
                .items
                .iter()
                .map(|item| CheckItemJson {
                    code: item.code.clone(),
                    tag: item.tag(),
                    short: item.short.clone(),
                    text: item.text.clone(),
                })
                .collect(),
            year,
            checks: all
                .iter()
                .map(|check| CheckJson::new(check, list))
                .collect(),
        }
    }
}

/// Answers in place of those of this school year.
#[derive(Clone, Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct CheckPut {
    /// Grades 1 to 4 by item (a1 … d4); what is missing or null is not answered.
    pub answers: BTreeMap<String, Option<i64>>,
    /// Whether complete answers may be counted in the report of the term.
    pub shared: bool,
}

impl CheckPut {
    pub fn input(self) -> CheckInput {
        CheckInput {
            answers: self
                .answers
                .into_iter()
                .map(|(code, grade)| {
                    (
                        code,
                        grade.map(|grade| grade.to_string()).unwrap_or_default(),
                    )
                })
                .collect(),
            shared: self.shared,
        }
    }
}
