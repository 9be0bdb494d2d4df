//! Pages of threads: what all of them share (cards, labels, words), and a file for each kind of page.

mod form;
mod list;
mod past;
mod person;
mod practice;
mod show;
mod sign;

pub use self::form::{ConfirmPage, FormMode, Present, ThreadFormPage, typed_of};
pub use self::list::{
    FilterForm, HomePage, ListPage, PolicyHead, PolicyTile, filter_words, filtered, solved_words,
};
pub use self::past::{Line, PastOf, RevisionsPage, Version, version};
pub use self::person::{PersonPage, PersonParts, ProfileFact, Written, WrittenReply};
pub use self::practice::{GrowForm, GrowPage, PracticeNumbers};
pub use self::show::{AnswerForm, Care, Fact, PracticeView, ThreadPage, ThreadParts, seal_url};
pub use self::sign::SignField;

use crate::accounts::view::short_position;
use crate::accounts::{Author, Who};
use crate::id::Id;
use crate::replies::marks::Counts;
use crate::taxonomy::Vocabulary;
use crate::threads::{Kind, Summary, Visibility};
use crate::web::page::{Choice, Group, Nav, Now, When};

/// A basic policy as a label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyLabel {
    pub number: u8,
    pub short: String,
}

/// The labels of `numbers`, those that this vocabulary knows.
pub fn policy_labels(numbers: &[u8], words: &Vocabulary) -> Vec<PolicyLabel> {
    numbers
        .iter()
        .filter_map(|number| words.policy(*number))
        .map(|policy| PolicyLabel {
            number: policy.number,
            short: policy.short.clone(),
        })
        .collect()
}

/// The class that gives a kind its own edge.
pub fn kind_class(kind: Kind) -> &'static str {
    match kind {
        Kind::Question => "q",
        Kind::Practice => "p",
        Kind::Discussion => "d",
    }
}

/// The verb of the button that writes a thread of this kind.
pub fn kind_verb(kind: Kind) -> &'static str {
    match kind {
        Kind::Question => "質問する",
        Kind::Practice => "実践を書く",
        Kind::Discussion => "意見交換を始める",
    }
}

/// What replies to this kind are called.
pub fn reply_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Question => "回答",
        Kind::Practice => "コメント",
        Kind::Discussion => "意見",
    }
}

pub fn kind_nav(kind: Option<Kind>) -> Nav {
    match kind {
        Some(Kind::Question) => Nav::Questions,
        Some(Kind::Practice) => Nav::Practices,
        Some(Kind::Discussion) => Nav::Discussions,
        None => Nav::None,
    }
}

/// 「小学校・小5・算数」.
fn context(
    school_type: &str,
    grade: Option<&str>,
    subject: Option<&str>,
    words: &Vocabulary,
) -> String {
    [
        Some(words.school_type_name(school_type)),
        grade.map(|slug| words.grade_name(slug)),
        subject.map(|slug| words.subject_name(slug)),
    ]
    .into_iter()
    .flatten()
    .collect::<Vec<_>>()
    .join("・")
}

/// A number and what it counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    pub label: &'static str,
    pub number: i64,
}

/// A thread in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    pub url: String,
    pub kind_class: &'static str,
    pub kind: &'static str,
    pub solved: bool,
    /// A question without an answer yet.
    pub waiting: bool,
    /// 「確認のため非公開」…; empty for what all see.
    pub held: &'static str,
    /// One's own, signed without one's name: marked on one's own page.
    pub sealed: bool,
    pub context: String,
    pub when: When,
    pub title: String,
    /// The title with marks, where it was searched for; instead of `title`.
    pub title_html: Option<String>,
    pub gist: String,
    /// The place that was found, with marks; instead of `gist`.
    pub gist_html: Option<String>,
    pub policies: Vec<PolicyLabel>,
    pub tags: Vec<String>,
    pub counts: Vec<Count>,
    /// Where the extract comes from a reply: its place on the page.
    pub reply_url: Option<String>,
}

impl Card {
    /// `author` adds the position where the thread names neither grade nor subject.
    pub fn new(
        summary: &Summary,
        author: Option<&Author>,
        counts: Counts,
        words: &Vocabulary,
        now: Now,
    ) -> Card {
        let mut place = context(
            &summary.school_type,
            summary.grade.as_deref(),
            summary.subject.as_deref(),
            words,
        );
        if summary.grade.is_none()
            && summary.subject.is_none()
            && let Some(author) = author
            && author.school_type == summary.school_type
            && let Some(position) = author.position(words)
        {
            place = format!("{place}・{}", short_position(&position.name));
        }
        let replies = i64::from(summary.reply_count);
        let answers = Count {
            label: reply_word(summary.kind),
            number: replies,
        };
        let helpful = Count {
            label: "参考",
            number: counts.helpful,
        };
        let numbers = match summary.kind {
            Kind::Question | Kind::Discussion => vec![answers, helpful],
            // Once somebody has tried it, that says more than how many would like to.
            Kind::Practice if summary.standing.tries > 0 => vec![
                helpful,
                Count {
                    label: "試した",
                    number: i64::from(summary.standing.tries),
                },
            ],
            Kind::Practice => vec![
                helpful,
                Count {
                    label: "試したい",
                    number: counts.want_to_try,
                },
            ],
        };
        let initiatives = summary
            .labels
            .initiatives
            .iter()
            .map(|slug| words.initiative_name(slug).to_owned());
        Card {
            url: format!("/threads/{}", summary.id),
            kind_class: kind_class(summary.kind),
            kind: summary.kind.name(),
            solved: summary.solved,
            waiting: !summary.locked
                && summary.kind == Kind::Question
                && !summary.solved
                && replies == 0,
            held: held_words(summary.visibility),
            sealed: false,
            context: place,
            when: now.when(summary.created_at),
            title: summary.title.clone(),
            title_html: None,
            gist: summary.gist(),
            gist_html: None,
            policies: policy_labels(&summary.labels.policies, words),
            tags: initiatives
                .chain(summary.labels.tags.clone())
                .take(4)
                .collect(),
            counts: numbers,
            reply_url: None,
        }
    }

    /// As a search found it: `title_html` by `search_index::highlight`, `gist_html` by `search_index::excerpt`, from the
    /// text of `reply` where that fits best.
    #[must_use]
    pub fn found(self, title_html: String, gist_html: String, reply: Option<Id>) -> Card {
        Card {
            reply_url: reply.map(|id| format!("/replies/{id}")),
            title_html: Some(title_html),
            gist_html: Some(gist_html),
            ..self
        }
    }
}

fn held_words(visibility: Visibility) -> &'static str {
    match visibility {
        Visibility::Visible => "",
        Visibility::Held => "確認のため非公開",
        Visibility::Hidden => "非公開",
        Visibility::Deleted => "取り下げ",
    }
}

/// A thread in a short list at the side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mini {
    pub url: String,
    pub title: String,
    pub note: String,
}

impl Mini {
    pub fn new(summary: &Summary, words: &Vocabulary) -> Mini {
        let mut note = context(
            &summary.school_type,
            summary.grade.as_deref(),
            summary.subject.as_deref(),
            words,
        );
        if summary.kind != Kind::Question {
            note = format!("{}・{note}", summary.kind.name());
        }
        let state = if summary.standing.tries > 0 {
            format!("試した記録\u{a0}{}", summary.standing.tries)
        } else if summary.solved {
            "解決しました".to_owned()
        } else {
            format!("{}\u{a0}{}", reply_word(summary.kind), summary.reply_count)
        };
        Mini {
            url: format!("/threads/{}", summary.id),
            title: summary.title.clone(),
            note: format!("{note}・{state}"),
        }
    }
}

/// The initiatives under their policies.
pub fn initiative_groups(words: &Vocabulary, chosen: impl Fn(&str) -> bool) -> Vec<Group> {
    words
        .policies
        .iter()
        .map(|policy| Group {
            label: format!("{} {}", policy.number, policy.short),
            choices: words
                .initiatives
                .iter()
                .filter(|initiative| initiative.policy == policy.number)
                .map(|initiative| {
                    let here = chosen(&initiative.slug);
                    Choice::new(&initiative.slug, &initiative.short, here)
                })
                .collect(),
        })
        .collect()
}

/// How what `who` writes will be signed: 「見本 あおい（小学校・教諭）」.
pub fn signed(who: &Who, words: &Vocabulary) -> String {
    let Who::Member(member) = who else {
        return String::new();
    };
    let position = member
        .position(words)
        .map(|position| short_position(&position.name));
    let detail: Vec<&str> = std::iter::once(words.school_type_name(&member.school_type))
        .chain(position)
        .filter(|part| !part.is_empty())
        .collect();
    if detail.is_empty() {
        member.name.clone()
    } else {
        format!("{}（{}）", member.name, detail.join("・"))
    }
}
