//! The form of a recommendation, the page of a refusal, and what stands beside a thread.

use askama::Template;
use chrono::{Months, NaiveDate};

use super::Recommendation;
use super::collections::Collection;
use super::freshness::{Freshness, State, month_in_words};
use crate::accounts::{Action, Who};
use crate::error::FieldErrors;
use crate::threads::view::Mini;
use crate::threads::{Thread, Visibility};
use crate::web::page::{Layout, Link, Now, When};

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

/// `/threads/{id}/recommendation/refuse`.
#[derive(Template)]
#[template(path = "curation/refuse.html")]
pub struct RefusalPage {
    pub layout: Layout,
    pub path: String,
    pub title: String,
    /// It was refused before.
    pub refused: bool,
    /// Where it stands now.
    pub collections: Vec<Link>,
}

impl RefusalPage {
    pub fn new(
        layout: Layout,
        thread: &Thread,
        refused: bool,
        collections: &[Collection],
    ) -> RefusalPage {
        let link =
            |one: &Collection| Link::new(&one.content.title, format!("/collections/{}", one.id));
        RefusalPage {
            layout,
            path: format!("/threads/{}", thread.id),
            title: thread.title.clone(),
            refused,
            collections: collections.iter().map(link).collect(),
        }
    }
}

/// What a trainer says of a thread, as its page shows it: by the role, never by a name.
#[derive(Clone, Debug)]
pub struct Voice {
    pub comment: String,
    pub when: When,
}

/// What a thread's page says of how far it still holds.
#[derive(Clone, Debug)]
pub struct Warning {
    pub heading: String,
    pub text: String,
    /// Whether the reader, who wrote it, is asked.
    pub asks: bool,
}

/// What trainers have to do with a thread, for its page.
#[derive(Clone, Debug, Default)]
pub struct Beside {
    pub voice: Option<Voice>,
    pub warning: Option<Warning>,
    /// One's own thread: one may refuse, or has refused.
    pub may_refuse: bool,
    pub may_allow: bool,
    /// Where one proposes it.
    pub propose_url: Option<String>,
    /// One has proposed it and waits.
    pub proposed: bool,
    /// For trainers: recommending it, putting it into a collection, looking at it again.
    pub tools: Vec<Link>,
    pub collections: Vec<Mini>,
}

/// What `Beside` is made of.
pub struct BesideParts<'a> {
    pub thread: &'a Thread,
    pub who: &'a Who,
    pub recommendation: Option<Recommendation>,
    pub refused: bool,
    pub proposed: bool,
    pub freshness: Option<Freshness>,
    pub collections: &'a [Collection],
    pub now: Now,
}

impl Beside {
    pub fn new(parts: BesideParts<'_>) -> Beside {
        let BesideParts {
            thread, who, now, ..
        } = parts;
        if thread.visibility != Visibility::Visible {
            return Beside::default();
        }
        let own = thread.author.is_who(who);
        let recommended = parts.recommendation.is_some();
        let path = format!("/threads/{}", thread.id);
        let curates = who.can(Action::Curate);
        let mut tools = Vec::new();
        if curates && !parts.refused {
            let words = if recommended {
                "おすすめを書き直す"
            } else {
                "すすめる"
            };
            tools.push(Link::new(words, format!("{path}/recommendation")));
            tools.push(Link::new("まとめに入れる", format!("{path}/collect")));
        }
        if curates && parts.freshness.is_some() {
            let url = format!("/desk/freshness/{}", thread.id);
            tools.push(Link::new("内容の新しさを確かめる", url));
        }
        let chosen = recommended || !parts.collections.is_empty();
        let free = who.can(Action::Post) && !curates && !recommended && !parts.refused;
        let today = now.at.day(now.zone);
        let warning = parts
            .freshness
            .and_then(|freshness| Warning::new(&freshness, own, today));
        Beside {
            voice: parts.recommendation.map(|one| Voice {
                comment: one.comment,
                when: now.when(one.at),
            }),
            warning,
            may_refuse: own && chosen && !parts.refused,
            may_allow: own && parts.refused,
            propose_url: (free && !parts.proposed).then(|| format!("{path}/proposal")),
            proposed: free && parts.proposed,
            tools,
            collections: parts.collections.iter().map(Mini::of_collection).collect(),
        }
    }
}

impl Warning {
    fn new(freshness: &Freshness, own: bool, today: NaiveDate) -> Option<Warning> {
        let with = [&freshness.os_version, &freshness.app_version]
            .into_iter()
            .filter(|words| !words.is_empty());
        let checked: Vec<String> = std::iter::once(month_in_words(freshness.checked_on))
            .chain(with.cloned())
            .collect();
        let checked = checked.join("・");
        let year_old = freshness
            .checked_on
            .checked_add_months(Months::new(12))
            .is_some_and(|later| later <= today);
        let may_differ = "画面の名前や位置が変わっているかもしれません。";
        let (heading, text) = match freshness.state {
            State::Outdated => (
                format!("いまは古くなっている内容です（{checked}に確認）。"),
                freshness.reason.clone(),
            ),
            State::Changed => (
                "書いた人が「変わっていた」と答えています。".to_owned(),
                format!("{checked}に確認した内容です。{may_differ}"),
            ),
            State::Asked if own => (
                "いまも同じか、研修担当が確かめています。".to_owned(),
                match freshness.reason.as_str() {
                    "" => format!("{checked}に確認した内容です。"),
                    question => format!("{checked}に確認した内容です。「{question}」"),
                },
            ),
            State::Fresh | State::Asked if freshness.is_due(today) => {
                let heading = if year_old {
                    format!("1年以上前に確認した内容です（{checked}）。")
                } else {
                    format!("見直す時期になった内容です（{checked}に確認）。")
                };
                (heading, may_differ.to_owned())
            }
            State::Fresh | State::Asked => return None,
        };
        Some(Warning {
            heading,
            text,
            asks: own && freshness.waits_for_author(today),
        })
    }
}
