//! Lists: the first page, threads by filter and by policy, what one person has written.

use std::collections::HashMap;

use askama::Template;

use super::{Card, Mini, initiative_groups, kind_nav};
use crate::db::types::Word;
use crate::environment;
use crate::mirror::checklist;
use crate::taxonomy::Vocabulary;
use crate::threads::{Cursor, Filter, Kind, Sort, Tended};
use crate::web::page::{Choice, Group, Layout, Link, Tab, address};

/// One of the large tiles of the policies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyTile {
    pub number: u8,
    pub short: String,
    /// New threads of this month, where that is known.
    pub month: Option<i64>,
    pub current: bool,
}

fn tiles(words: &Vocabulary, month: &HashMap<u8, i64>, current: Option<u8>) -> Vec<PolicyTile> {
    words
        .policies
        .iter()
        .map(|policy| PolicyTile {
            number: policy.number,
            short: policy.short.clone(),
            month: month.get(&policy.number).copied(),
            current: current == Some(policy.number),
        })
        .collect()
}

/// `/`.
#[derive(Template)]
#[template(path = "threads/home.html")]
pub struct HomePage {
    pub layout: Layout,
    pub policies: Vec<PolicyTile>,
    pub cards: Vec<Card>,
    /// Questions that wait for an answer.
    pub waiting: Vec<Mini>,
    /// What trainers ask for, nearest to the reader first.
    pub wanted: Vec<Mini>,
    pub city: String,
    pub plan: String,
    pub charter: String,
    /// Notices that the reader has not seen.
    pub unseen: i64,
    /// No mail reaches the reader any more.
    pub silenced: bool,
    /// What trainers gathered, the newest first.
    pub collections: Vec<Mini>,
}

impl HomePage {
    /// `month`: new threads of this month by policy. Visitors who may not read get no cards but an invitation.
    pub fn new(
        layout: Layout,
        words: &Vocabulary,
        month: &HashMap<u8, i64>,
        cards: Vec<Card>,
        waiting: Vec<Mini>,
    ) -> HomePage {
        let counted: HashMap<u8, i64> = words
            .policies
            .iter()
            .map(|policy| {
                let number = policy.number;
                (number, month.get(&number).copied().unwrap_or(0))
            })
            .collect();
        HomePage {
            layout: layout.without_find(),
            policies: tiles(words, &counted, None),
            cards,
            waiting,
            wanted: Vec::new(),
            city: words.plan.city.clone(),
            plan: words.plan.name.clone(),
            charter: words.plan.charter.clone(),
            unseen: 0,
            silenced: false,
            collections: Vec::new(),
        }
    }
}

/// What a policy's own page says above its list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyHead {
    pub number: u8,
    pub short: String,
    pub name: String,
    pub description: String,
}

/// The form that narrows a list.
pub struct FilterForm {
    pub action: &'static str,
    pub kinds: Vec<Choice>,
    pub policies: Vec<Choice>,
    /// By policy.
    pub initiatives: Vec<Group>,
    pub school_types: Vec<Choice>,
    pub subjects: Vec<Choice>,
    pub solved: Vec<Choice>,
    /// How far a problem has come; nothing to choose where the list is of another policy.
    pub environment: Vec<Choice>,
    pub tag: String,
    pub sort: String,
}

/// `/threads` and `/policies/{n}`.
#[derive(Template)]
#[template(path = "threads/list.html")]
pub struct ListPage {
    pub layout: Layout,
    /// The path of this list without a query.
    pub path: String,
    /// The kind that is listed; none = all.
    pub kind: &'static str,
    pub unanswered: bool,
    pub policy: Option<PolicyHead>,
    pub policies: Vec<PolicyTile>,
    pub tabs: Vec<Tab>,
    pub chosen: Vec<Link>,
    pub sorts: Vec<Choice>,
    /// What the form for the order must carry along.
    pub kept: Vec<(&'static str, String)>,
    pub form: FilterForm,
    pub cards: Vec<Card>,
    /// The same list for feed readers.
    pub feed: String,
    /// Where one is told how to read it so.
    pub subscribe: String,
    pub next: Option<String>,
    /// Whether this is not the first page: then the first one is linked.
    pub later: bool,
    pub first: String,
    /// What trainers gathered for the policy of this page, the newest first.
    pub collections: Vec<Mini>,
}

impl ListPage {
    /// `policy_page`: the list stands on `/policies/{n}` (with `filter.policy` set to it). `after` is the cursor that this
    /// page began at.
    pub fn new(
        layout: Layout,
        filter: &Filter,
        policy_page: bool,
        cards: Vec<Card>,
        after: Option<Cursor>,
        next: Option<Cursor>,
        words: &Vocabulary,
    ) -> ListPage {
        let head = filter
            .policy
            .filter(|_| policy_page)
            .and_then(|number| words.policy(number))
            .map(|policy| PolicyHead {
                number: policy.number,
                short: policy.short.clone(),
                name: policy.name.clone(),
                description: policy.description.clone(),
            });
        let path = match &head {
            Some(head) => format!("/policies/{}", head.number),
            None => "/threads".to_owned(),
        };
        let pairs = filter_pairs(filter, head.is_some());
        let first = with(&path, &pairs, None);
        let unanswered = filter.sort == Sort::Unanswered;
        let current = head.as_ref().map(|head| head.number);
        let feed = filtered("/feeds/threads.atom", filter);
        ListPage {
            subscribe: if layout.signed_in() {
                filtered("/settings/feeds", filter)
            } else {
                feed.clone()
            },
            feed,
            layout: layout.at(kind_nav(filter.kind)),
            kind: filter.kind.map_or("", Kind::name),
            unanswered,
            tabs: tabs(&path, &pairs, filter.kind),
            chosen: chosen(&path, &pairs, words),
            sorts: sorts(filter.sort),
            kept: pairs
                .iter()
                .filter(|(name, _)| *name != "sort")
                .cloned()
                .collect(),
            form: filter_form(filter, words),
            policies: tiles(words, &HashMap::new(), current),
            policy: head,
            cards,
            next: next.map(|cursor| with(&path, &pairs, Some(("cursor", cursor.encode())))),
            later: after.is_some(),
            first,
            collections: Vec::new(),
            path,
        }
    }
}

type Pair = (&'static str, String);

fn filter_pairs(filter: &Filter, without_policy: bool) -> Vec<Pair> {
    let mut pairs: Vec<Pair> = Vec::new();
    let mut add = |name, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            pairs.push((name, value));
        }
    };
    add("kind", filter.kind.map(|kind| kind.to_string()));
    if !without_policy {
        add("policy", filter.policy.map(|number| number.to_string()));
    }
    add("initiative", filter.initiative.clone());
    add("school_type", filter.school_type.clone());
    add("subject", filter.subject.clone());
    add("tag", filter.tag.clone());
    add("item", filter.item.clone());
    add("author", filter.author.map(|id| id.to_string()));
    add("solved", filter.solved.map(|solved| solved.to_string()));
    add(
        "environment",
        filter.environment.map(|tended| tended.to_string()),
    );
    let sort = Some(filter.sort).filter(|sort| *sort != Sort::New);
    add("sort", sort.map(|sort| sort.to_string()));
    pairs
}

/// `path` with `pairs`, one of them replaced or added.
fn with(path: &str, pairs: &[Pair], other: Option<Pair>) -> String {
    let replaced = other.as_ref().map(|(name, _)| *name);
    let kept = pairs
        .iter()
        .filter(|(name, _)| Some(*name) != replaced)
        .chain(other.as_ref())
        .map(|(name, value)| (*name, value.as_str()));
    address(path, kept)
}

fn without(path: &str, pairs: &[Pair], gone: &str) -> String {
    let kept = pairs
        .iter()
        .filter(|(name, _)| *name != gone)
        .map(|(name, value)| (*name, value.as_str()));
    address(path, kept)
}

fn tabs(path: &str, pairs: &[Pair], present: Option<Kind>) -> Vec<Tab> {
    let all = Tab {
        label: "すべて".to_owned(),
        url: without(path, pairs, "kind"),
        current: present.is_none(),
        count: String::new(),
    };
    let kinds = Kind::ALL.iter().map(|kind| Tab {
        label: kind.name().to_owned(),
        url: with(path, pairs, Some(("kind", kind.to_string()))),
        current: present == Some(*kind),
        count: String::new(),
    });
    std::iter::once(all).chain(kinds).collect()
}

fn chosen(path: &str, pairs: &[Pair], words: &Vocabulary) -> Vec<Link> {
    pairs
        .iter()
        .filter_map(|(name, value)| {
            let label = match *name {
                "policy" => words
                    .find_policy(value)
                    .map_or_else(|| value.clone(), |policy| policy.short.clone()),
                "initiative" => words.initiative_name(value).to_owned(),
                "school_type" => words.school_type_name(value).to_owned(),
                "subject" => words.subject_name(value).to_owned(),
                "tag" => format!("#{value}"),
                "item" => checklist::label(value),
                "author" => "この人が書いたもの".to_owned(),
                "solved" => solved_words(value).to_owned(),
                "environment" => {
                    let name = Tended::parse(value).map_or("", Tended::name);
                    format!("環境の対応：{name}")
                }
                _ => return None,
            };
            Some(Link::new(label, without(path, pairs, name)))
        })
        .collect()
}

/// `path` with everything that `filter` asks for.
pub fn filtered(path: &str, filter: &Filter) -> String {
    with(path, &filter_pairs(filter, false), None)
}

/// What `filter` asks for, in words: 「質問・小学校・#ロイロノート」; empty where it asks for nothing.
pub fn filter_words(filter: &Filter, words: &Vocabulary) -> String {
    let kind = filter.kind.map(|kind| kind.name().to_owned());
    let others = chosen("", &filter_pairs(filter, false), words);
    let sort = match filter.sort {
        Sort::New => None,
        Sort::Active | Sort::Unanswered | Sort::Tried => sorts(filter.sort)
            .into_iter()
            .find(|sort| sort.chosen)
            .map(|sort| sort.label),
    };
    kind.into_iter()
        .chain(others.into_iter().map(|link| link.label))
        .chain(sort)
        .collect::<Vec<_>>()
        .join("・")
}

/// The words for a filter's `true` and `false`.
pub fn solved_words(value: &str) -> &'static str {
    if value == "true" {
        "解決しました"
    } else {
        "まだ解決していません"
    }
}

fn sorts(present: Sort) -> Vec<Choice> {
    Sort::ALL
        .iter()
        .map(|sort| {
            let label = match sort {
                Sort::New => "新しい順",
                Sort::Active => "動きがあった順",
                Sort::Unanswered => "回答待ちの質問",
                Sort::Tried => "よく試された実践",
            };
            Choice::new(sort.to_string(), label, *sort == present)
        })
        .collect()
}

fn filter_form(filter: &Filter, words: &Vocabulary) -> FilterForm {
    let is = |present: &Option<String>, slug: &str| present.as_deref() == Some(slug);
    FilterForm {
        action: "/threads",
        kinds: Kind::ALL
            .iter()
            .map(|kind| Choice::new(kind.to_string(), kind.name(), filter.kind == Some(*kind)))
            .collect(),
        policies: words
            .policies
            .iter()
            .map(|policy| {
                let label = format!("{} {}", policy.number, policy.short);
                let here = filter.policy == Some(policy.number);
                Choice::new(policy.number.to_string(), label, here)
            })
            .collect(),
        initiatives: initiative_groups(words, |slug| is(&filter.initiative, slug)),
        school_types: words
            .school_types
            .iter()
            .filter(|school_type| school_type.tagging)
            .map(|school_type| {
                let here = is(&filter.school_type, &school_type.slug);
                Choice::new(&school_type.slug, &school_type.name, here)
            })
            .collect(),
        subjects: words
            .subjects
            .iter()
            .map(|s| Choice::new(&s.slug, &s.name, is(&filter.subject, &s.slug)))
            .collect(),
        solved: ["true", "false"]
            .into_iter()
            .map(|value| {
                let here = filter
                    .solved
                    .is_some_and(|solved| solved.to_string() == value);
                Choice::new(value, solved_words(value), here)
            })
            .collect(),
        environment: if filter.policy == Some(environment::POLICY) {
            Tended::ALL
                .iter()
                .map(|one| {
                    Choice::new(
                        one.to_string(),
                        one.name(),
                        filter.environment == Some(*one),
                    )
                })
                .collect()
        } else {
            Vec::new()
        },
        tag: filter.tag.clone().unwrap_or_default(),
        sort: if filter.sort == Sort::New {
            String::new()
        } else {
            filter.sort.to_string()
        },
    }
}
