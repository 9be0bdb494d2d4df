//! The page about the forum: what it exists for, the four policies word for word, what must not be posted.

use askama::Template;

use super::Vocabulary;
use crate::web::page::{Layout, Link, address};

/// A basic policy in the plan's own words.
pub struct PolicySection {
    pub number: u8,
    pub short: String,
    pub name: String,
    pub description: String,
    /// In the plan's own words, each to its threads.
    pub initiatives: Vec<Link>,
}

/// `/about`.
#[derive(Template)]
#[template(path = "taxonomy/about.html")]
pub struct AboutPage {
    pub layout: Layout,
    pub city: String,
    pub plan: String,
    pub version: String,
    pub charter: String,
    pub policies: Vec<PolicySection>,
}

impl AboutPage {
    pub fn new(layout: Layout, words: &Vocabulary) -> AboutPage {
        let section = |policy: &super::Policy| PolicySection {
            number: policy.number,
            short: policy.short.clone(),
            name: policy.name.clone(),
            description: policy.description.clone(),
            initiatives: words
                .initiatives
                .iter()
                .filter(|initiative| initiative.policy == policy.number)
                .map(|initiative| {
                    let url = address("/threads", [("initiative", initiative.slug.as_str())]);
                    Link::new(&initiative.name, url)
                })
                .collect(),
        };
        AboutPage {
            layout,
            city: words.plan.city.clone(),
            plan: words.plan.name.clone(),
            version: words.plan.version.clone(),
            charter: words.plan.charter.clone(),
            policies: words.policies.iter().map(section).collect(),
        }
    }
}
