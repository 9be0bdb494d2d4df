//! What is typed into the form, sent to the API or imported, turned into a thread whose every field is right.

use serde::{Deserialize, Deserializer, Serialize};

use super::{Kind, Labels, Practice, Thread, outline};
use crate::db::Db;
use crate::error::{Error, FieldError, FieldErrors, Result};
use crate::taxonomy::{self, Vocabulary};
pub use crate::text::split_list;
use crate::text::{self, Rule, clean_line, fold, refuse_my_number};

pub const TITLE: Rule = Rule {
    field: "title",
    label: "タイトル",
    max: 100,
    lines: false,
    hint: "タイトルを書いてください。例：「図工の写真を提出箱に出すと、送信中のまま止まる」",
};
pub const BODY: Rule = Rule {
    field: "body",
    label: "本文",
    max: 20_000,
    lines: true,
    hint: "本文を書いてください。困っている場面、端末、試したことなど。箇条書きで大丈夫です。",
};
pub const TAG: Rule = Rule {
    field: "tags",
    label: "タグ",
    max: 40,
    lines: false,
    hint: "",
};
pub const TOOL: Rule = Rule {
    field: "tools",
    label: "使ったもの",
    max: 40,
    lines: false,
    hint: "",
};
/// Two are nearly always enough; the form says so at the third.
pub const MAX_POLICIES: usize = 3;
pub const MAX_INITIATIVES: usize = 5;
pub const MAX_TAGS: usize = 10;
pub const MAX_TOOLS: usize = 10;
pub const MAX_ITEMS: usize = 4;
/// Entries of one list that are looked at, blanks and doubles included: every one is compared with the vocabulary and
/// with the others, and a body of 1 MiB has room for 200,000.
const MAX_ENTRIES: usize = 100;

/// A text or a number, kept as text: policies are written 3, "3", "p3" or 「環境を整える」.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(value_type = serde_json::Value)]
pub struct Loose(pub String);

impl<'de> Deserialize<'de> for Loose {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Loose, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either {
            Text(String),
            Number(i64),
        }
        Ok(Loose(match Either::deserialize(deserializer)? {
            Either::Text(text) => text,
            Either::Number(number) => number.to_string(),
        }))
    }
}

/// A thread as typed. Missing fields are empty: they are refused by name, not by a parser.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct ThreadInput {
    #[schema(example = "question")]
    pub kind: String,
    pub title: String,
    pub body: String,
    /// Slug or Japanese name.
    #[schema(example = "小学校")]
    pub school_type: String,
    /// Numbers, slugs or names; one to three.
    pub policies: Vec<Loose>,
    pub initiatives: Vec<String>,
    #[schema(nullable)]
    pub subject: Option<String>,
    #[schema(nullable)]
    pub grade: Option<String>,
    pub tags: Vec<String>,
    pub tools: Vec<String>,
    /// Items of the teachers' self-check, as `chk-b4` or `B-4`; four at most.
    pub items: Vec<String>,
    pub practice: Option<Practice>,
    /// Signed 「小学校の先生」 instead of with one's name, which then nobody learns.
    pub sealed: bool,
}

/// A thread whose every field is right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewThread {
    pub kind: Kind,
    pub title: String,
    pub body: String,
    pub practice: Option<Practice>,
    pub school_type: String,
    pub subject: Option<String>,
    pub grade: Option<String>,
    pub labels: Labels,
    /// Without the author's name.
    pub sealed: bool,
    /// The vocabulary that it was checked against.
    pub vocabulary: crate::id::Id,
}

impl ThreadInput {
    /// # Errors
    /// `Invalid` with every field that must change.
    pub fn parse(&self, db: &mut Db) -> Result<NewThread> {
        let words = taxonomy::current(db)?;
        self.parse_with(&words)
    }

    /// As `parse`, in the words of one version of the vocabulary.
    fn parse_with(&self, words: &taxonomy::Loaded) -> Result<NewThread> {
        let mut errors = FieldErrors::default();
        let kind = Kind::parse(&self.kind);
        if kind.is_none() {
            errors.add(
                "kind",
                "unknown",
                "質問・実践・意見交換のどれかを選んでください。",
            );
        }
        let title = errors.take(TITLE.parse(&self.title).and_then(|title| {
            refuse_my_number("title", &title)?;
            Ok(title)
        }));
        let body = errors.take(BODY.parse(&self.body).and_then(|body| {
            refuse_my_number("body", &body)?;
            refuse_outline(&body)?;
            Ok(body)
        }));
        let school_type = self.parse_school_type(words, &mut errors);
        let policies = self.parse_policies(words, &mut errors);
        let initiatives = self.parse_initiatives(words, &mut errors);
        let subject = self.subject.as_deref().and_then(|wanted| {
            known(&mut errors, "subject", "教科", wanted, || {
                words.find_subject(wanted).map(|found| found.slug.clone())
            })
        });
        let grade = self.grade.as_deref().and_then(|wanted| {
            known(&mut errors, "grade", "学年", wanted, || {
                words.find_grade(wanted).map(|found| found.slug.clone())
            })
        });
        let tags = self.parse_tags(words, &mut errors);
        let tools = parse_list(&self.tools, &TOOL, MAX_TOOLS, &mut errors);
        let items = parse_items(&self.items, &mut errors);
        let practice = parse_practice(self.practice.as_ref(), &mut errors);
        match (kind, title, body, school_type) {
            (Some(kind), Some(title), Some(body), Some(school_type)) if errors.is_empty() => {
                Ok(NewThread {
                    kind,
                    title,
                    body,
                    practice,
                    school_type,
                    subject,
                    grade,
                    labels: Labels {
                        policies,
                        initiatives,
                        tags,
                        tools,
                        items,
                    },
                    sealed: self.sealed,
                    vocabulary: words.id,
                })
            }
            _ => Err(Error::Invalid(errors)),
        }
    }

    fn parse_school_type(&self, words: &Vocabulary, errors: &mut FieldErrors) -> Option<String> {
        let found = words
            .find_school_type(&self.school_type)
            .filter(|found| found.tagging);
        if found.is_none() {
            let code = if self.school_type.trim().is_empty() {
                "required"
            } else {
                "unknown"
            };
            errors.add("school_type", code, "学校種を選んでください。例：小学校");
        }
        found.map(|found| found.slug.clone())
    }

    fn parse_policies(&self, words: &Vocabulary, errors: &mut FieldErrors) -> Vec<u8> {
        let mut numbers = Vec::new();
        let mut unknown = false;
        for wanted in self.policies.iter().take(MAX_ENTRIES) {
            match words.find_policy(&wanted.0) {
                Some(policy) if numbers.contains(&policy.number) => {}
                Some(policy) => numbers.push(policy.number),
                None => unknown = true,
            }
        }
        if unknown {
            errors.add("policies", "unknown", "基本方針を一覧から選んでください。");
        }
        if self.policies.is_empty() {
            errors.add(
                "policies",
                "required",
                "基本方針を1つか2つ選んでください。迷ったら、いちばん近いもの1つで大丈夫です。",
            );
        } else if numbers.len() > MAX_POLICIES || self.policies.len() > MAX_ENTRIES {
            errors.add(
                "policies",
                "too_many",
                "基本方針は3つまでです。いちばん近いもの1つか2つにしてください。",
            );
        }
        numbers
    }

    fn parse_initiatives(&self, words: &Vocabulary, errors: &mut FieldErrors) -> Vec<String> {
        let mut slugs: Vec<String> = Vec::new();
        let mut unknown = false;
        let given = self.initiatives.iter().take(MAX_ENTRIES);
        for wanted in given.filter(|wanted| !wanted.trim().is_empty()) {
            match words.find_initiative(wanted) {
                Some(found) if slugs.contains(&found.slug) => {}
                Some(found) => slugs.push(found.slug.clone()),
                None => unknown = true,
            }
        }
        if unknown {
            errors.add("initiatives", "unknown", "取組を一覧から選んでください。");
        }
        if slugs.len() > MAX_INITIATIVES || self.initiatives.len() > MAX_ENTRIES {
            errors.add("initiatives", "too_many", "取組は5つまでにしてください。");
        }
        slugs
    }

    /// Tags are free words; those that the vocabulary knows get its spelling.
    fn parse_tags(&self, words: &Vocabulary, errors: &mut FieldErrors) -> Vec<String> {
        if self.tags.len() > MAX_ENTRIES {
            return too_many(&TAG, MAX_TAGS, errors);
        }
        let spelt: Vec<String> = self
            .tags
            .iter()
            .map(|tag| {
                let tag = clean_line(tag);
                let tag = tag.trim_start_matches(['#', '＃', ' ']);
                words
                    .find_tag(tag)
                    .map_or_else(|| tag.to_owned(), |known| known.name.clone())
            })
            .collect();
        parse_list(&spelt, &TAG, MAX_TAGS, errors)
    }
}

/// Headings that somebody asked for and wrote nothing under.
fn refuse_outline(body: &str) -> std::result::Result<(), FieldError> {
    if outline::is_unfilled(body) {
        return Err(FieldError {
            field: "body".to_owned(),
            code: "outline".to_owned(),
            message: "ひな形のままです。見出しの下に、一言ずつ書いてください。使わない見出しは消して大丈夫です。"
                .to_owned(),
        });
    }
    Ok(())
}

fn known(
    errors: &mut FieldErrors,
    field: &str,
    label: &str,
    wanted: &str,
    find: impl Fn() -> Option<String>,
) -> Option<String> {
    if wanted.trim().is_empty() {
        return None;
    }
    let found = find();
    if found.is_none() {
        errors.add(
            field,
            "unknown",
            format!("その{label}は一覧にありません。選び直すか、空けておいてください。"),
        );
    }
    found
}

fn parse_list(raw: &[String], rule: &Rule, max: usize, errors: &mut FieldErrors) -> Vec<String> {
    if raw.len() > MAX_ENTRIES {
        return too_many(rule, max, errors);
    }
    let mut list: Vec<String> = Vec::new();
    for item in raw {
        let parsed = rule.parse_optional(item).and_then(|item| {
            if let Some(item) = &item {
                refuse_my_number(rule.field, item)?;
            }
            Ok(item)
        });
        if let Some(Some(item)) = errors.take(parsed) {
            let key = fold(&item);
            // Signs alone fold to nothing and could never be found.
            if !key.is_empty() && !list.iter().any(|known| fold(known) == key) {
                list.push(item);
            }
        }
    }
    if list.len() > max {
        return too_many(rule, max, errors);
    }
    list
}

/// The slug of an item of the self-check (areas A to D, four items each), from `chk-b4`, `B-4` or `b4` in any width.
pub fn item_slug(text: &str) -> Option<String> {
    let key = text::narrow(text).to_ascii_lowercase();
    let key = key.strip_prefix("chk-").unwrap_or(&key).replace('-', "");
    let mut signs = key.chars();
    match (signs.next(), signs.next(), signs.next()) {
        (Some(area @ 'a'..='d'), Some(number @ '1'..='4'), None) => {
            Some(format!("chk-{area}{number}"))
        }
        _ => None,
    }
}

fn parse_items(raw: &[String], errors: &mut FieldErrors) -> Vec<String> {
    let mut slugs: Vec<String> = Vec::new();
    let mut unknown = false;
    for wanted in raw.iter().take(MAX_ENTRIES) {
        match item_slug(wanted) {
            Some(slug) if slugs.contains(&slug) => {}
            Some(slug) => slugs.push(slug),
            None => unknown |= !wanted.trim().is_empty(),
        }
    }
    if unknown {
        errors.add(
            "items",
            "unknown",
            "チェックリストの項目を一覧から選んでください。",
        );
    }
    if slugs.len() > MAX_ITEMS || raw.len() > MAX_ENTRIES {
        errors.add(
            "items",
            "too_many",
            format!("チェックリストの項目は{MAX_ITEMS}つまでにしてください。"),
        );
    }
    slugs
}

fn too_many(rule: &Rule, max: usize, errors: &mut FieldErrors) -> Vec<String> {
    errors.add(
        rule.field,
        "too_many",
        format!("{}は{max}個までにしてください。", rule.label),
    );
    Vec::new()
}

/// The API names the whole of it; forms ask `Practice::parse` for the field.
fn parse_practice(practice: Option<&Practice>, errors: &mut FieldErrors) -> Option<Practice> {
    match practice?.parse() {
        Ok(parsed) => parsed,
        Err(wrong) => {
            errors.0.extend(wrong.0.into_iter().map(|error| FieldError {
                field: "practice".to_owned(),
                ..error
            }));
            None
        }
    }
}

impl NewThread {
    pub fn is_same_as(&self, present: &Thread) -> bool {
        self.title == present.title
            && self.body == present.body
            && self.practice == present.practice
            && self.school_type == present.school_type
            && self.subject == present.subject
            && self.grade == present.grade
            && self.labels == present.labels
            && self.kind == present.kind
    }
}

/// A change of a thread: what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct ThreadPatch {
    pub title: Option<String>,
    pub body: Option<String>,
    pub school_type: Option<String>,
    pub policies: Option<Vec<Loose>>,
    pub initiatives: Option<Vec<String>>,
    /// Empty text takes the subject away.
    pub subject: Option<String>,
    pub grade: Option<String>,
    pub tags: Option<Vec<String>>,
    pub tools: Option<Vec<String>>,
    pub items: Option<Vec<String>>,
    pub practice: Option<Practice>,
    /// True takes one's name away, false shows it again.
    pub sealed: Option<bool>,
}

impl ThreadPatch {
    /// The thread as it would be, checked like a new one.
    ///
    /// # Errors
    /// As `ThreadInput::parse`.
    pub fn over(&self, db: &mut Db, present: &Thread) -> Result<NewThread> {
        let labels = &present.labels;
        let input = ThreadInput {
            kind: present.kind.to_string(),
            title: self.title.clone().unwrap_or_else(|| present.title.clone()),
            body: self.body.clone().unwrap_or_else(|| present.body.clone()),
            school_type: self
                .school_type
                .clone()
                .unwrap_or_else(|| present.school_type.clone()),
            policies: self.policies.clone().unwrap_or_else(|| {
                let numbers = labels.policies.iter();
                numbers.map(|number| Loose(number.to_string())).collect()
            }),
            initiatives: self
                .initiatives
                .clone()
                .unwrap_or_else(|| labels.initiatives.clone()),
            subject: self.subject.clone().or_else(|| present.subject.clone()),
            grade: self.grade.clone().or_else(|| present.grade.clone()),
            tags: self.tags.clone().unwrap_or_else(|| labels.tags.clone()),
            tools: self.tools.clone().unwrap_or_else(|| labels.tools.clone()),
            items: self.items.clone().unwrap_or_else(|| labels.items.clone()),
            practice: self.practice.clone().or_else(|| present.practice.clone()),
            sealed: self.sealed.unwrap_or(present.signature.is_sealed()),
        };
        // What is not touched was right when it was chosen, though the vocabulary may have left it since.
        let relabels = self.school_type.is_some()
            || self.policies.is_some()
            || self.initiatives.is_some()
            || self.subject.is_some()
            || self.grade.is_some()
            || self.tags.is_some();
        let words = if relabels {
            taxonomy::current(db)?
        } else {
            taxonomy::by_id(db, present.vocabulary)?
        };
        input.parse_with(&words)
    }
}
