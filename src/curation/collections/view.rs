//! Pages of collections: the list, one of them, the form, its versions, and the way of a thread into one.

use std::collections::HashMap;

use askama::Template;
use chrono::{Datelike, NaiveDate};

use super::{
    Collection, CollectionInput, Content, Filter, MAX_ITEMS, State, TrainingForm, Version,
};
use crate::accounts::{Author, Experience, Person};
use crate::clock::era_year;
use crate::db::types::Word;
use crate::error::FieldErrors;
use crate::id::Id;
use crate::taxonomy::Vocabulary;
use crate::text::gist;
use crate::threads::view::{Card, Mini, PolicyLabel, Present, policy_labels};
use crate::threads::{Kind, Summary};
use crate::web::page::{Choice, Layout, Link, Nav, Now, Tab, When, address};

/// Graphemes of a cover that lists show.
const GIST: usize = 90;

/// 「令和8年8月3日」.
pub fn day_in_words(day: NaiveDate) -> String {
    format!("{}{}月{}日", era_year(day), day.month(), day.day())
}

/// For whom it is: 「小学校・中学校／1年目・2〜5年」; empty where it is for all.
fn audience(content: &Content, words: &Vocabulary) -> String {
    let types: Vec<&str> = content
        .school_types
        .iter()
        .map(|slug| words.school_type_name(slug))
        .collect();
    let bands: Vec<&str> = content.experience.iter().map(|one| one.name()).collect();
    [types.join("・"), bands.join("・")]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("／")
}

/// The training that it belongs to, in words: 「オンライン・令和8年8月3日・教育センター」.
fn training(content: &Content) -> Option<String> {
    let training = content.training.as_ref()?;
    let parts = [
        Some(training.form.name().to_owned()),
        training.on.map(day_in_words),
        training.place.clone(),
    ];
    Some(parts.into_iter().flatten().collect::<Vec<_>>().join("・"))
}

impl Mini {
    /// A collection in a short list at the side.
    pub fn of_collection(collection: &Collection) -> Mini {
        Mini {
            url: format!("/collections/{}", collection.id),
            title: collection.content.title.clone(),
            note: format!("研修担当のまとめ・{}件", collection.shown().len()),
        }
    }
}

/// A collection in the list.
pub struct CollectionCard {
    pub url: String,
    pub title: String,
    pub gist: String,
    pub policies: Vec<PolicyLabel>,
    pub audience: String,
    pub training: bool,
    pub count: usize,
    /// 「下書き」; empty for what is published.
    pub state: &'static str,
    pub when: When,
}

impl CollectionCard {
    pub fn new(one: &Collection, words: &Vocabulary, now: Now) -> CollectionCard {
        CollectionCard {
            url: format!("/collections/{}", one.id),
            title: one.content.title.clone(),
            gist: gist(&one.content.cover, GIST),
            policies: policy_labels(&one.content.policies, words),
            audience: audience(&one.content, words),
            training: one.content.training.is_some(),
            count: one.shown().len(),
            state: if one.state == State::Published {
                ""
            } else {
                one.state.name()
            },
            when: now.when(one.updated_at),
        }
    }
}

/// `/collections`.
#[derive(Template)]
#[template(path = "collections/list.html")]
pub struct ListPage {
    pub layout: Layout,
    pub tabs: Vec<Tab>,
    pub school_types: Vec<Choice>,
    /// What the form for the school type must carry along.
    pub policy: String,
    pub mine: bool,
    /// Whether anything narrows the list.
    pub narrowed: bool,
    pub cards: Vec<CollectionCard>,
    pub next: Option<String>,
    pub later: bool,
    pub first: String,
    pub subscribe: &'static str,
}

impl ListPage {
    pub fn new(
        layout: Layout,
        filter: &Filter,
        cards: Vec<CollectionCard>,
        (later, next): (bool, Option<String>),
        words: &Vocabulary,
    ) -> ListPage {
        let policy = filter.policy.map(|number| number.to_string());
        let policy = policy.unwrap_or_default();
        let school_type = filter.school_type.clone().unwrap_or_default();
        let mine = if filter.mine { "1" } else { "" };
        let at = |policy: &str, mine: &str, cursor: &str| {
            let pairs = [
                ("policy", policy),
                ("school_type", school_type.as_str()),
                ("mine", mine),
                ("cursor", cursor),
            ];
            address("/collections", pairs)
        };
        let tab = |label: String, url: String, current: bool| Tab {
            label,
            url,
            current,
            count: String::new(),
        };
        let all = tab(
            "すべて".to_owned(),
            at("", "", ""),
            policy.is_empty() && !filter.mine,
        );
        let of_policies = words.policies.iter().map(|one| {
            let number = one.number.to_string();
            let label = format!("{} {}", one.number, one.short);
            let current = !filter.mine && policy == number;
            tab(label, at(&number, "", ""), current)
        });
        let own = layout
            .curates()
            .then(|| tab("自分のまとめ".to_owned(), at("", "1", ""), filter.mine));
        let tabs = std::iter::once(all).chain(of_policies).chain(own).collect();
        ListPage {
            tabs,
            school_types: type_choices(words, |slug| slug == school_type),
            narrowed: !policy.is_empty() || !school_type.is_empty(),
            first: at(&policy, mine, ""),
            next: next.map(|cursor| at(&policy, mine, &cursor)),
            later,
            policy,
            mine: filter.mine,
            cards,
            subscribe: if layout.signed_in() {
                "/settings/feeds"
            } else {
                "/feeds/collections.atom"
            },
            layout: layout.at(Nav::Collections),
        }
    }
}

fn type_choices(words: &Vocabulary, chosen: impl Fn(&str) -> bool) -> Vec<Choice> {
    words
        .school_types
        .iter()
        .filter(|one| one.tagging)
        .map(|one| Choice::new(&one.slug, &one.name, chosen(&one.slug)))
        .collect()
}

/// One thread of a collection on its page.
pub struct Entry {
    pub comment: String,
    /// None where readers may not see it: then only those who write the collection see its place.
    pub card: Option<Card>,
    /// What is typed from paper.
    pub short_url: String,
    /// Why it is not shown.
    pub gone: &'static str,
    /// It no longer holds.
    pub outdated: bool,
}

/// `/collections/{id}`.
#[derive(Template)]
#[template(path = "collections/show.html")]
pub struct ShowPage {
    pub layout: Layout,
    pub path: String,
    pub title: String,
    pub state: State,
    pub cover_html: String,
    pub policies: Vec<PolicyLabel>,
    pub audience: String,
    pub training: Option<String>,
    pub entries: Vec<Entry>,
    /// 「質問 5・実践 3」.
    pub kinds: String,
    pub outdated: usize,
    pub when: When,
    pub editable: bool,
    /// The address that is printed.
    pub short_url: String,
    /// It as a picture.
    pub qr: Option<String>,
}

/// What the page of a collection is made of.
pub struct ShowParts<'a> {
    pub collection: &'a Collection,
    /// Those of its threads that readers may see.
    pub threads: &'a HashMap<Id, (Summary, Card)>,
    pub editable: bool,
    pub words: &'a Vocabulary,
    pub now: Now,
    pub public_url: &'a str,
}

impl ShowPage {
    pub fn new(layout: Layout, parts: ShowParts<'_>) -> ShowPage {
        let ShowParts {
            collection,
            threads,
            words,
            ..
        } = parts;
        let content = &collection.content;
        let mut entries = Vec::new();
        let mut counts: Vec<(Kind, usize)> = Vec::new();
        let mut outdated = 0;
        let base = parts.public_url.trim_end_matches('/');
        for item in &content.items {
            let found = threads.get(&item.thread).filter(|_| item.shown);
            if let Some((thread, _)) = found {
                outdated += usize::from(thread.standing.outdated);
                match counts.iter_mut().find(|(kind, _)| *kind == thread.kind) {
                    Some((_, count)) => *count += 1,
                    None => counts.push((thread.kind, 1)),
                }
            } else if !parts.editable {
                continue;
            }
            entries.push(Entry {
                comment: item.comment.clone(),
                outdated: found.is_some_and(|(thread, _)| thread.standing.outdated),
                short_url: found
                    .map(|(thread, _)| format!("{base}/t/{}", thread.short_code))
                    .unwrap_or_default(),
                card: found.map(|(_, card)| card.clone()),
                gone: gone_words(threads.contains_key(&item.thread)),
            });
        }
        let kinds: Vec<String> = Kind::ALL
            .iter()
            .filter_map(|kind| counts.iter().find(|(one, _)| one == kind))
            .map(|(kind, count)| format!("{} {count}", kind.name()))
            .collect();
        let short_url = format!("{base}/c/{}", collection.short_code);
        ShowPage {
            layout: layout.titled(&content.title).at(Nav::Collections),
            path: format!("/collections/{}", collection.id),
            title: content.title.clone(),
            state: collection.state,
            cover_html: collection.cover_html.clone(),
            policies: policy_labels(&content.policies, words),
            audience: audience(content, words),
            training: training(content),
            entries,
            kinds: kinds.join("・"),
            outdated,
            when: parts.now.when(collection.updated_at),
            editable: parts.editable,
            qr: crate::qr::svg(&short_url, "このまとめのページを開くQRコード"),
            short_url,
        }
    }
}

/// Why a thread is not shown: its row can still be read, or not.
fn gone_words(visible: bool) -> &'static str {
    if visible {
        "書いた人が掲載を辞退しているので、読む人には表示していません。"
    } else {
        "いまは公開されていないので、読む人には表示していません。"
    }
}

/// One thread in the form.
pub struct FormItem {
    pub number: usize,
    /// As it is sent.
    pub thread: String,
    pub title: String,
    /// None where it cannot be seen.
    pub url: Option<String>,
    pub note: &'static str,
    pub comment: String,
}

/// `/collections/new` and `/collections/{id}/edit`.
#[derive(Template)]
#[template(path = "collections/form.html")]
pub struct FormPage {
    pub layout: Layout,
    /// None for a new one.
    pub id: Option<String>,
    pub published: bool,
    pub action: String,
    pub back: String,
    pub key: String,
    pub revision: String,
    pub title: String,
    pub cover: String,
    pub policies: Vec<Choice>,
    pub school_types: Vec<Choice>,
    pub experience: Vec<Choice>,
    pub forms: Vec<Choice>,
    pub training_on: String,
    pub training_place: String,
    pub items: Vec<FormItem>,
    pub max_items: usize,
    /// The thread that is to be added, as typed.
    pub add: String,
    /// Something was moved or added that is not saved yet.
    pub unsaved: bool,
    /// What somebody else has written meanwhile.
    pub stale: Option<Present>,
    pub preview_html: Option<String>,
    pub errors: FieldErrors,
    /// Who else writes in it; with the link that takes them out, for those who may.
    pub editors: Vec<(String, String)>,
    /// Whom one could ask; None for those who may not.
    pub others: Option<Vec<Choice>>,
    pub owner: String,
}

/// What the form is made of.
pub struct FormParts<'a> {
    pub present: Option<&'a Collection>,
    pub typed: &'a CollectionInput,
    pub revision: String,
    pub key: String,
    pub titles: &'a HashMap<Id, String>,
    pub refused: &'a [Id],
    pub errors: FieldErrors,
    pub words: &'a Vocabulary,
}

impl FormPage {
    pub fn new(layout: Layout, parts: FormParts<'_>) -> FormPage {
        let FormParts {
            present,
            typed,
            words,
            ..
        } = parts;
        let id = present.map(|one| one.id.to_string());
        let path = id.as_ref().map(|id| format!("/collections/{id}"));
        let training = typed.training.clone().unwrap_or_default();
        let has = |list: &[String], value: &str| list.iter().any(|one| one == value);
        let items = typed.items.iter().enumerate().map(|(place, item)| {
            let known = item.thread.parse::<Id>().ok();
            let title = known.and_then(|id| parts.titles.get(&id));
            let refused = known.is_some_and(|id| parts.refused.contains(&id));
            FormItem {
                number: place + 1,
                url: title.map(|_| format!("/threads/{}", item.thread)),
                title: title
                    .cloned()
                    .unwrap_or_else(|| "見られない話題".to_owned()),
                note: match title {
                    Some(_) if refused => gone_words(true),
                    Some(_) => "",
                    None => gone_words(false),
                },
                thread: item.thread.clone(),
                comment: item.comment.clone(),
            }
        });
        FormPage {
            items: items.collect(),
            published: present.is_some_and(|one| one.state == State::Published),
            action: path
                .as_ref()
                .map_or("/collections".to_owned(), |path| format!("{path}/edit")),
            back: path.unwrap_or_else(|| "/collections".to_owned()),
            id,
            key: parts.key,
            revision: parts.revision,
            title: typed.title.clone(),
            cover: typed.cover.clone(),
            policies: words
                .policies
                .iter()
                .map(|one| {
                    let number = one.number.to_string();
                    let chosen = typed.policies.iter().any(|typed| typed.0 == number);
                    Choice::new(number, format!("{} {}", one.number, one.short), chosen)
                })
                .collect(),
            school_types: type_choices(words, |slug| has(&typed.school_types, slug)),
            experience: Experience::ALL
                .iter()
                .map(|band| {
                    let word = band.to_string();
                    let chosen = has(&typed.experience, &word);
                    Choice::new(word, band.name(), chosen)
                })
                .collect(),
            forms: TrainingForm::ALL
                .iter()
                .map(|form| {
                    let word = form.to_string();
                    let chosen = training.form == word;
                    Choice::new(word, form.name(), chosen)
                })
                .collect(),
            training_on: training.on,
            training_place: training.place,
            max_items: MAX_ITEMS,
            add: String::new(),
            unsaved: false,
            stale: None,
            preview_html: None,
            errors: parts.errors,
            editors: Vec::new(),
            others: None,
            owner: String::new(),
            layout: layout.at(Nav::Collections),
        }
    }

    /// With what stands now, beside what was typed over an older version.
    #[must_use]
    pub fn stale(mut self, collection: &Collection, titles: &HashMap<Id, String>) -> FormPage {
        let content = &collection.content;
        let mut body = content.cover.clone();
        for (number, item) in (1..).zip(&content.items) {
            let title = titles
                .get(&item.thread)
                .map_or("見られない話題", String::as_str);
            body.push_str(&format!("\n\n{number}. {title}\n{}", item.comment));
        }
        self.revision = collection.revision.to_string();
        self.stale = Some(Present {
            title: content.title.clone(),
            body,
        });
        self
    }

    /// With those who write in it; `others` where `who` may ask somebody.
    #[must_use]
    pub fn shared(
        mut self,
        collection: &Collection,
        people: &HashMap<Id, Author>,
        others: Option<Vec<Person>>,
    ) -> FormPage {
        let name = |id: &Id| {
            people
                .get(id)
                .map(|one| one.name.clone())
                .unwrap_or_default()
        };
        self.owner = name(&collection.owner);
        self.editors = collection
            .editors
            .iter()
            .map(|id| (id.to_string(), name(id)))
            .collect();
        self.others = others.map(|all| {
            all.iter()
                .map(|one| Choice::new(one.id.to_string(), &one.name, false))
                .collect()
        });
        self
    }
}

/// A version in the history.
pub struct VersionView {
    pub number: i32,
    pub by: String,
    pub when: When,
    pub title: String,
    pub cover: String,
    pub policies: Vec<PolicyLabel>,
    pub audience: String,
    pub training: Option<String>,
    /// Title and comment.
    pub items: Vec<(String, String)>,
}

/// `/collections/{id}/revisions`.
#[derive(Template)]
#[template(path = "collections/revisions.html")]
pub struct RevisionsPage {
    pub layout: Layout,
    pub path: String,
    pub title: String,
    pub versions: Vec<VersionView>,
}

impl RevisionsPage {
    pub fn new(
        layout: Layout,
        collection: &Collection,
        versions: &[Version],
        people: &HashMap<Id, Author>,
        titles: &HashMap<Id, String>,
        words: &Vocabulary,
        now: Now,
    ) -> RevisionsPage {
        let view = |one: &Version| VersionView {
            number: one.number,
            by: people
                .get(&one.editor)
                .map(|author| author.name.clone())
                .unwrap_or_default(),
            when: now.when(one.written_at),
            title: one.content.title.clone(),
            cover: one.content.cover.clone(),
            policies: policy_labels(&one.content.policies, words),
            audience: audience(&one.content, words),
            training: training(&one.content),
            items: one
                .content
                .items
                .iter()
                .map(|item| {
                    let title = titles.get(&item.thread).cloned();
                    let title = title.unwrap_or_else(|| "見られない話題".to_owned());
                    (title, item.comment.clone())
                })
                .collect(),
        };
        RevisionsPage {
            layout: layout.at(Nav::Collections),
            path: format!("/collections/{}", collection.id),
            title: collection.content.title.clone(),
            versions: versions.iter().map(view).collect(),
        }
    }
}

/// `/threads/{id}/collect`.
#[derive(Template)]
#[template(path = "collections/collect.html")]
pub struct CollectPage {
    pub layout: Layout,
    pub path: String,
    pub title: String,
    pub choices: Vec<Choice>,
    pub new_url: String,
    pub comment: String,
    /// Collections that hold it already.
    pub known: Vec<Link>,
    pub errors: FieldErrors,
}

impl CollectPage {
    pub fn new(
        layout: Layout,
        thread: (Id, &str),
        offered: &[Collection],
        (chosen, comment): (&str, String),
        errors: FieldErrors,
    ) -> CollectPage {
        let (id, title) = thread;
        let (known, free): (Vec<&Collection>, Vec<&Collection>) =
            offered.iter().partition(|one| one.threads().contains(&id));
        let choices = free.into_iter().map(|one| {
            let word = one.id.to_string();
            let label = format!(
                "{}（{}・{}件）",
                one.content.title,
                one.state.name(),
                one.content.items.len()
            );
            let here = chosen == word;
            Choice::new(word, label, here)
        });
        let named =
            |one: &&Collection| Link::new(&one.content.title, format!("/collections/{}", one.id));
        CollectPage {
            path: format!("/threads/{id}"),
            title: title.to_owned(),
            choices: choices.collect(),
            new_url: address("/collections/new", [("thread", id.to_string().as_str())]),
            comment,
            known: known.iter().map(named).collect(),
            errors,
            layout: layout.at(Nav::Collections),
        }
    }
}
