//! What people are writing and have not sent: kept on the server while they type, so that a killed tab, a dead battery or
//! another device loses nothing. A draft is its author's alone: no other page, list, search or export ever holds it. It
//! is not checked, only bounded: it is published by sending the form that it fills, or never.

pub mod api;
pub mod http;
pub mod json;
mod store;
pub mod view;

use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde::{Deserialize, Deserializer, Serialize};

use crate::accounts::{Action, Who};
use crate::clock::At;
use crate::db::Db;
use crate::db::once::{self, OnceKey};
use crate::error::{Error, Result};
use crate::id::Id;
use crate::text::{clean_line, gist};
use crate::text_enum;
use crate::{replies, threads};

/// Drafts of one person.
pub const MAX_DRAFTS: i64 = 50;
/// Bytes of all names and values of a draft: the longest body with everything that goes with it.
pub const MAX_BYTES: usize = 256 * 1024;
/// Values of a draft, lists counted by their entries.
pub const MAX_VALUES: usize = 200;
/// Bytes of a field's name.
pub const MAX_NAME: usize = 40;
/// How long a draft is kept that nobody touches.
pub const KEPT: TimeDelta = TimeDelta::days(180);
/// Graphemes by which a draft is told from others.
const GIST: usize = 60;

text_enum! {
    /// What a draft will be.
    pub enum Purpose {
        NewThread = "new_thread",
        EditThread = "edit_thread",
        Reply = "reply",
        EditReply = "edit_reply",
    }
}

/// What a form sends that is no part of what is being written.
const NOT_KEPT: [&str; 4] = ["key", "action", "draft", "draft_revision"];

/// What somebody writes, as opposed to what they choose.
const WRITTEN: [&str; 13] = [
    "title",
    "body",
    "steps",
    "children",
    "failed",
    "care",
    "aim",
    "unit",
    "materials",
    "tools",
    "tags",
    "os_version",
    "app_version",
];

/// What a form holds: values by the name of their field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(transparent)]
#[schema(value_type = std::collections::BTreeMap<String, Vec<String>>)]
pub struct Fields(BTreeMap<String, Vec<String>>);

impl<'de> Deserialize<'de> for Fields {
    /// A single value may stand without a list round it.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Fields, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Values {
            One(String),
            Many(Vec<String>),
        }
        let all = BTreeMap::<String, Values>::deserialize(deserializer)?;
        let pairs = all.into_iter().flat_map(|(name, values)| {
            let values = match values {
                Values::One(value) => vec![value],
                Values::Many(values) => values,
            };
            values.into_iter().map(move |value| (name.clone(), value))
        });
        Ok(Fields::of(pairs))
    }
}

impl Fields {
    /// Empty values and what only serves the sending are left out.
    pub fn of(pairs: impl IntoIterator<Item = (String, String)>) -> Fields {
        let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in pairs {
            if !value.is_empty() && !NOT_KEPT.contains(&name.as_str()) {
                all.entry(name).or_default().push(value);
            }
        }
        Fields(all)
    }

    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().flat_map(|(name, values)| {
            values
                .iter()
                .map(move |value| (name.as_str(), value.as_str()))
        })
    }

    /// The first value of a field, or nothing.
    pub fn value(&self, name: &str) -> &str {
        self.0
            .get(name)
            .and_then(|values| values.first())
            .map_or("", String::as_str)
    }

    /// The words by which its author knows it again: the title, else the first that was written.
    pub fn gist(&self) -> String {
        let title = clean_line(self.value("title"));
        if !title.is_empty() {
            return gist(&title, GIST);
        }
        WRITTEN
            .iter()
            .map(|name| gist(self.value(name), GIST))
            .find(|words| !words.is_empty())
            .unwrap_or_default()
    }

    fn is_blank(&self) -> bool {
        WRITTEN
            .iter()
            .all(|name| clean_line(self.value(name)).is_empty())
    }

    fn check(&self) -> Result<()> {
        let values = self.pairs().count();
        let bytes: usize = self
            .pairs()
            .map(|(name, value)| name.len() + value.len())
            .sum();
        if bytes > MAX_BYTES || values > MAX_VALUES {
            return Err(Error::field(
                "draft",
                "too_long",
                "下書きとして残せる長さを超えています。少し短くするか、2つに分けてください。",
            ));
        }
        let named = |name: &str| {
            (1..=MAX_NAME).contains(&name.len())
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        };
        if self.0.keys().all(|name| named(name)) {
            Ok(())
        } else {
            Err(Error::field(
                "fields",
                "unknown",
                "項目の名前は、英小文字と数字で40字までです。",
            ))
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    pub id: Id,
    pub purpose: Purpose,
    /// The thread or reply that it is for; None for a new thread.
    pub target: Option<Id>,
    pub fields: Fields,
    /// Where it was saved last, as 「iPad・Safari」.
    pub device: String,
    /// Counts from 1.
    pub revision: i32,
    pub created_at: At,
    pub updated_at: At,
}

/// What is to be kept, and where it comes from.
#[derive(Clone, Debug)]
pub struct Keeping {
    pub purpose: Purpose,
    pub target: Option<Id>,
    pub fields: Fields,
    pub device: String,
    /// The key with which the form will be sent: it makes one draft however often it asks, and none once it was sent.
    pub key: String,
}

/// Begins a draft. The same key gives the draft that it began before, as that is now.
///
/// # Errors
/// `SignInRequired`; `NotFound` for a target that `who` may not see, and where the form was sent meanwhile; `Forbidden`;
/// `Invalid`; `Stale` where there is a draft for this target already.
pub fn create(db: &mut Db, who: &Who, new: &Keeping, now: At) -> Result<Draft> {
    who.may(Action::Post)?;
    let account = who.member()?.id;
    check_target(db, who, new.purpose, new.target)?;
    new.fields.check()?;
    if new.fields.is_blank() {
        return Err(Error::field(
            "draft",
            "required",
            "まだ何も書かれていません。一言でも書くと、下書きに残せます。",
        ));
    }
    if let Some(sent) = sent_key(new.purpose, new.target, &new.key)?
        && once::used(db, account, &sent)?.is_some()
    {
        return Err(Error::NotFound);
    }
    store::forget(db, now.minus(KEPT))?;
    let id = Id::new(now);
    if let Some(key) = OnceKey::new("draft", &new.key)?
        && let Some(made) = once::claim(db, account, &key, id, now)?
    {
        return find(db, who, made, now);
    }
    if store::count(db, account)? >= MAX_DRAFTS {
        let message = format!(
            "下書きは{MAX_DRAFTS}件までです。「マイページ」の「下書き」で使わないものを捨ててから、もう一度保存してください。"
        );
        return Err(Error::field("draft", "too_many", message));
    }
    let draft = Draft {
        id,
        purpose: new.purpose,
        target: new.target,
        fields: new.fields.clone(),
        device: new.device.clone(),
        revision: 1,
        created_at: now,
        updated_at: now,
    };
    let Err(refused) = crate::db::savepoint(db, |db| store::insert(db, account, &draft)) else {
        return Ok(draft);
    };
    if let (Error::Stale(_), Some(target)) = (&refused, new.target)
        && let Some(present) = store::for_target(db, account, new.purpose, target)?
    {
        return Err(Error::Stale(present.revision));
    }
    Err(refused)
}

/// The key under which sending the form is remembered; none for edits, which leave no key behind.
fn sent_key(purpose: Purpose, target: Option<Id>, key: &str) -> Result<Option<OnceKey>> {
    match (purpose, target) {
        (Purpose::NewThread, _) => OnceKey::new("thread", key),
        (Purpose::Reply, Some(thread)) => OnceKey::new(&format!("reply:{thread}"), key),
        _ => Ok(None),
    }
}

fn check_target(db: &mut Db, who: &Who, purpose: Purpose, target: Option<Id>) -> Result<()> {
    let wrong = || {
        Error::field(
            "target",
            "unknown",
            "何への下書きかを確かめてください。新しい話題には、target は要りません。",
        )
    };
    match (purpose, target) {
        (Purpose::NewThread, None) => Ok(()),
        (Purpose::NewThread, Some(_)) | (_, None) => Err(wrong()),
        (Purpose::Reply, Some(id)) => threads::find(db, who, id).map(|_| ()),
        (Purpose::EditThread, Some(id)) => {
            let author = threads::find(db, who, id)?.author;
            who.may(Action::Edit { author })
        }
        (Purpose::EditReply, Some(id)) => {
            let author = replies::find(db, who, id)?.author;
            who.may(Action::Edit { author })
        }
    }
}

/// Saves a draft. `expected` is the revision that was being written on; None to write over whatever there is.
///
/// # Errors
/// `SignInRequired`, `NotFound` also for drafts of others, `Invalid`, `Stale` when it was saved elsewhere meanwhile.
pub fn save(
    db: &mut Db,
    who: &Who,
    id: Id,
    fields: &Fields,
    device: &str,
    expected: Option<i32>,
    now: At,
) -> Result<Draft> {
    let present = find(db, who, id, now)?;
    fields.check()?;
    if present.fields == *fields {
        return Ok(present);
    }
    if expected.is_some_and(|revision| revision != present.revision) {
        return Err(Error::Stale(present.revision));
    }
    let saved = Draft {
        fields: fields.clone(),
        device: device.to_owned(),
        revision: present.revision.saturating_add(1),
        updated_at: now,
        ..present
    };
    if store::update(db, &saved, present.revision)? {
        Ok(saved)
    } else {
        Err(Error::Stale(saved.revision))
    }
}

/// Keeps what a form without scripts sends: over the draft that it shows, or as a new one.
///
/// # Errors
/// As `save` and `create`.
pub fn keep(
    db: &mut Db,
    who: &Who,
    keeping: &Keeping,
    shown: Option<(Id, Option<i32>)>,
    now: At,
) -> Result<Draft> {
    if let Some((id, revision)) = shown {
        let saved = save(db, who, id, &keeping.fields, &keeping.device, revision, now);
        match saved {
            // Thrown away elsewhere: what is written here is worth keeping all the same.
            Err(Error::NotFound) => {
                let anew = Keeping {
                    key: String::new(),
                    ..keeping.clone()
                };
                return create(db, who, &anew, now);
            }
            done => return done,
        }
    }
    let draft = create(db, who, keeping, now)?;
    // The same key again: the draft may hold what was typed before.
    save(
        db,
        who,
        draft.id,
        &keeping.fields,
        &keeping.device,
        Some(draft.revision),
        now,
    )
}

/// A draft of one's own.
///
/// # Errors
/// `SignInRequired`, `NotFound`.
pub fn find(db: &mut Db, who: &Who, id: Id, now: At) -> Result<Draft> {
    let account = who.member()?.id;
    store::by_id(db, account, id)?
        .filter(|draft| draft.updated_at >= now.minus(KEPT))
        .ok_or(Error::NotFound)
}

/// One's own draft for a thread or reply; none for visitors.
pub fn for_target(
    db: &mut Db,
    who: &Who,
    purpose: Purpose,
    target: Id,
    now: At,
) -> Result<Option<Draft>> {
    let Some(account) = who.id() else {
        return Ok(None);
    };
    let found = store::for_target(db, account, purpose, target)?;
    Ok(found.filter(|draft| draft.updated_at >= now.minus(KEPT)))
}

/// One's own drafts, the newest first: at most `MAX_DRAFTS`.
///
/// # Errors
/// `SignInRequired`.
pub fn own(db: &mut Db, who: &Who, now: At) -> Result<Vec<Draft>> {
    store::of_account(db, who.member()?.id, now.minus(KEPT))
}

/// Whether a draft of `account` holds `text` in any of its fields, for the house.
pub fn name(db: &mut Db, account: Id, text: &str, now: At) -> Result<bool> {
    let all = store::of_account(db, account, now.minus(KEPT))?;
    Ok(all
        .iter()
        .any(|draft| draft.fields.pairs().any(|(_, value)| value.contains(text))))
}

/// Replies that were begun in a thread go on in the one that it was merged into; where somebody has begun one there too,
/// that stays.
pub fn carry(db: &mut Db, from: Id, to: Id) -> Result<()> {
    store::carry(db, from, to)
}

/// Everything that `account` has begun goes: for closing it.
pub fn forget_person(db: &mut Db, account: Id) -> Result<()> {
    store::remove_all_of(db, account)
}

/// Throws a draft away.
///
/// # Errors
/// `SignInRequired`, `NotFound`.
pub fn discard(db: &mut Db, who: &Who, id: Id) -> Result<()> {
    if store::remove(db, who.member()?.id, &[id])? == 0 {
        return Err(Error::NotFound);
    }
    Ok(())
}

/// The form of a draft was sent: in the transaction that publishes, what was kept of it goes.
///
/// # Errors
/// `SignInRequired`.
pub fn arrived(
    db: &mut Db,
    who: &Who,
    purpose: Purpose,
    target: Option<Id>,
    shown: Option<Id>,
    key: &str,
) -> Result<()> {
    let account = who.member()?.id;
    if let Some(target) = target {
        return store::remove_for(db, account, purpose, target);
    }
    // A script may have begun a draft of which the form does not know yet.
    let begun = match OnceKey::new("draft", key)? {
        Some(key) => once::used(db, account, &key)?,
        None => None,
    };
    let ids: Vec<Id> = shown.into_iter().chain(begun).collect();
    store::remove(db, account, &ids).map(|_| ())
}
