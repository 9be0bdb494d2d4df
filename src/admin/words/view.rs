//! The vocabulary in force, its versions, and what a new file would change.

use std::collections::HashMap;

use askama::Template;

use crate::error::FieldErrors;
use crate::id::Id;
use crate::taxonomy::{Difference, Differs, Version, Vocabulary};
use crate::web::page::{Layout, Link, Nav, Now, When, address};

/// A policy with its initiatives, each with how many visible threads carry it.
pub struct PolicyUses {
    pub number: u8,
    pub short: String,
    pub initiatives: Vec<Link>,
}

pub struct VersionLine {
    pub id: Id,
    pub name: String,
    pub current: bool,
    pub when: When,
}

/// 「取組：『…』を足す」.
pub struct DifferenceLine {
    pub section: &'static str,
    pub slug: String,
    pub text: String,
}

/// `/admin/taxonomy`.
#[derive(Template)]
#[template(path = "admin/words.html")]
pub struct WordsPage {
    pub layout: Layout,
    pub plan: String,
    pub version: String,
    pub policies: Vec<PolicyUses>,
    pub versions: Vec<VersionLine>,
    /// What was typed.
    pub file: String,
    pub errors: FieldErrors,
    /// Of the typed file, where one was looked at.
    pub differences: Option<Vec<DifferenceLine>>,
}

impl WordsPage {
    pub fn new(
        layout: Layout,
        words: &Vocabulary,
        versions: &[Version],
        uses: &HashMap<String, i64>,
        differences: Option<Vec<Difference>>,
        now: Now,
    ) -> WordsPage {
        WordsPage {
            layout: layout.at(Nav::Mine),
            plan: words.plan.name.clone(),
            version: words.plan.version.clone(),
            policies: words
                .policies
                .iter()
                .map(|policy| PolicyUses {
                    number: policy.number,
                    short: policy.short.clone(),
                    initiatives: words
                        .initiatives
                        .iter()
                        .filter(|initiative| initiative.policy == policy.number)
                        .map(|initiative| Link {
                            label: initiative.name.clone(),
                            url: address("/threads", [("initiative", initiative.slug.as_str())]),
                            count: uses.get(&initiative.slug).unwrap_or(&0).to_string(),
                        })
                        .collect(),
                })
                .collect(),
            versions: versions
                .iter()
                .map(|version| VersionLine {
                    id: version.id,
                    name: format!("{} {}", version.plan, version.version),
                    current: version.current,
                    when: now.when(version.loaded_at),
                })
                .collect(),
            file: String::new(),
            errors: FieldErrors::default(),
            differences: differences.map(|all| all.into_iter().map(line).collect()),
        }
    }
}

fn line(difference: Difference) -> DifferenceLine {
    let text = match difference.what {
        Differs::Added { name } => format!("「{name}」が増えます"),
        Differs::Removed { name } => format!("「{name}」がなくなります"),
        Differs::Renamed { from, to } => format!("「{from}」が「{to}」になります"),
        Differs::Changed { name } => format!("「{name}」の中身が変わります"),
    };
    DifferenceLine {
        section: difference.section,
        slug: difference.slug,
        text,
    }
}
