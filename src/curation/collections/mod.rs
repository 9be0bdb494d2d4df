//! Collections (まとめ): threads that trainers put in an order, each with what they say of it, for a policy and an audience,
//! with a training where there is one. Several trainers write one together; readers see what is published, signed by the
//! role alone. A thread that readers may not see keeps its place and is passed over.

pub mod api;
pub mod http;
mod input;
pub mod json;
mod store;
pub mod view;

use std::collections::HashSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

pub use self::input::{CollectionInput, CollectionPatch, ItemInput, TrainingInput};
use super::freshness;
use crate::accounts::{self, Action, Experience, Person, Who};
use crate::clock::At;
use crate::db::Db;
use crate::db::once::{self, OnceKey};
use crate::error::{Error, Result};
use crate::id::{self, Id};
use crate::text::{self, Rule};
use crate::text_enum;
use crate::threads::{self, Cursor, Page, Visibility};

pub const TITLE: Rule = Rule {
    field: "title",
    label: "題名",
    max: 80,
    lines: false,
    hint: "だれの、何のためのまとめかが分かる題名にしてください。例：初めてのGIGA担当、4月にすること",
};
pub const COVER: Rule = Rule {
    field: "cover",
    label: "はじめのことば",
    max: 2_000,
    lines: true,
    hint: "",
};
/// What is said of one thread.
pub const COMMENT: Rule = Rule {
    field: "items",
    label: "話題へのコメント",
    max: 300,
    lines: false,
    hint: "",
};
pub const PLACE: Rule = Rule {
    field: "training_place",
    label: "研修の場所",
    max: 100,
    lines: false,
    hint: "",
};
/// Threads of a collection.
pub const MAX_ITEMS: usize = 30;
pub const MAX_POLICIES: usize = 2;
/// Who writes in one collection beside its owner.
pub const MAX_EDITORS: usize = 10;
/// Collections that are offered where a thread is put into one.
const OFFERED: usize = 50;
/// How often another short code is tried when one is taken.
const CODE_TRIES: usize = 5;

text_enum! {
    pub enum State {
        Draft = "draft",
        Published = "published",
        Withdrawn = "withdrawn",
    }
}

impl State {
    pub fn name(self) -> &'static str {
        match self {
            State::Draft => "下書き",
            State::Published => "公開中",
            State::Withdrawn => "取り下げ",
        }
    }
}

text_enum! {
    /// How a training is held.
    pub enum TrainingForm {
        Online = "online",
        Visit = "visit",
        Gathering = "gathering",
    }
}

impl TrainingForm {
    pub fn name(self) -> &'static str {
        match self {
            TrainingForm::Online => "オンライン",
            TrainingForm::Visit => "訪問",
            TrainingForm::Gathering => "参集",
        }
    }

    /// Slug or Japanese name.
    pub fn parse(text: &str) -> Option<TrainingForm> {
        use crate::db::types::Word;
        let text = text.trim();
        let named = || TrainingForm::ALL.iter().find(|form| form.name() == text);
        TrainingForm::from_word(text).or_else(|| named().copied())
    }
}

/// The training that a collection belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Training {
    pub form: TrainingForm,
    pub on: Option<NaiveDate>,
    pub place: Option<String>,
}

/// One thread of a collection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    pub thread: Id,
    /// Empty in drafts at most.
    pub comment: String,
    /// Whether readers may see it: not held or hidden, and its author has not refused.
    #[serde(skip)]
    pub shown: bool,
}

/// Everything that is written in a collection: what a version keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    pub title: String,
    /// Markdown.
    pub cover: String,
    /// One or two.
    pub policies: Vec<u8>,
    /// Slugs; none = all.
    pub school_types: Vec<String>,
    /// None = all.
    pub experience: Vec<Experience>,
    pub training: Option<Training>,
    pub items: Vec<Item>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collection {
    pub id: Id,
    pub short_code: String,
    pub owner: Id,
    /// Beside the owner.
    pub editors: Vec<Id>,
    pub state: State,
    pub content: Content,
    /// Safe HTML of the cover by the present renderer.
    pub cover_html: String,
    /// Counts from 1.
    pub revision: i32,
    pub created_at: At,
    pub updated_at: At,
    /// When it was published first.
    pub published_at: Option<At>,
}

impl Collection {
    /// The threads that readers may see, in their order.
    pub fn shown(&self) -> Vec<Id> {
        let items = self.content.items.iter();
        items
            .filter(|item| item.shown)
            .map(|one| one.thread)
            .collect()
    }

    pub fn threads(&self) -> Vec<Id> {
        self.content.items.iter().map(|item| item.thread).collect()
    }

    fn is_by(&self, account: Id) -> bool {
        self.owner == account || self.editors.contains(&account)
    }
}

/// Which collections a list holds; None = any.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub policy: Option<u8>,
    /// Those for this school type, and those for all.
    pub school_type: Option<String>,
    /// One's own in any state, in place of what is published.
    pub mine: bool,
}

/// Whether `who` may change it: those who write it, administrators, and every trainer where its owner is a trainer no more.
fn may_edit(db: &mut Db, who: &Who, collection: &Collection) -> Result<bool> {
    let Who::Member(member) = who else {
        return Ok(false);
    };
    if !who.can(Action::Curate) {
        return Ok(false);
    }
    Ok(collection.is_by(member.id) || who.can(Action::Administer) || is_orphan(db, collection)?)
}

fn is_orphan(db: &mut Db, collection: &Collection) -> Result<bool> {
    Ok(accounts::curators_among(db, &[collection.owner])?.is_empty())
}

/// Whether `who` may say who else writes in it.
pub fn may_share(db: &mut Db, who: &Who, collection: &Collection) -> Result<bool> {
    Ok(who.can(Action::Curate)
        && (who.id() == Some(collection.owner)
            || who.can(Action::Administer)
            || is_orphan(db, collection)?))
}

/// A collection that `who` may see: published, or one's own.
///
/// # Errors
/// `SignInRequired`, `NotFound`.
pub fn find(db: &mut Db, who: &Who, id: Id) -> Result<Collection> {
    who.may(Action::Read)?;
    let collection = store::by_id(db, id)?;
    if collection.state == State::Published || may_edit(db, who, &collection)? {
        Ok(collection)
    } else {
        Err(Error::NotFound)
    }
}

/// The collection behind a short address.
///
/// # Errors
/// As `find`.
pub fn by_short_code(db: &mut Db, who: &Who, code: &str) -> Result<Id> {
    who.may(Action::Read)?;
    // PostgreSQL takes no NUL in a text, not even to look for it.
    if !code.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(Error::NotFound);
    }
    let id = store::by_short_code(db, code)?;
    find(db, who, id).map(|found| found.id)
}

/// A collection that `who` may change.
///
/// # Errors
/// `SignInRequired`, `Forbidden`, `NotFound`.
pub fn editable(db: &mut Db, who: &Who, id: Id) -> Result<Collection> {
    who.may(Action::Curate)?;
    let collection = find(db, who, id)?;
    if may_edit(db, who, &collection)? {
        Ok(collection)
    } else {
        Err(Error::Forbidden(
            "このまとめを書き直せるのは、いっしょに作っている研修担当だけです。",
        ))
    }
}

/// Whether `who` may change it, for showing the buttons.
pub fn is_editable(db: &mut Db, who: &Who, collection: &Collection) -> Result<bool> {
    may_edit(db, who, collection)
}

/// A page of collections, what was changed last first.
///
/// # Errors
/// `SignInRequired`, `Forbidden` for one's own where one is no trainer.
pub fn list(
    db: &mut Db,
    who: &Who,
    filter: &Filter,
    after: Option<Cursor>,
    limit: usize,
) -> Result<Page<Collection>> {
    who.may(Action::Read)?;
    let mine = if filter.mine {
        who.may(Action::Curate)?;
        Some(who.member()?.id)
    } else {
        None
    };
    Page::read(
        limit,
        |wanted| store::list(db, filter, mine, after, wanted),
        |last| Cursor {
            at: last.updated_at,
            id: last.id,
        },
    )
}

/// Published collections that a thread stands in; nothing where readers may not see it there.
///
/// # Errors
/// `SignInRequired`.
pub fn of_thread(db: &mut Db, who: &Who, thread: Id) -> Result<Vec<Collection>> {
    who.may(Action::Read)?;
    let mut all = store::of_thread(db, thread)?;
    all.retain(|one| one.shown().contains(&thread));
    Ok(all)
}

/// One's own that a thread could be put into, what was changed last first.
///
/// # Errors
/// `SignInRequired`, `Forbidden`.
pub fn offered(db: &mut Db, who: &Who) -> Result<Vec<Collection>> {
    let mine = Filter {
        mine: true,
        ..Filter::default()
    };
    let mut all = list(db, who, &mine, None, OFFERED)?.items;
    all.retain(|one| one.state != State::Withdrawn);
    Ok(all)
}

/// Begins a collection, as a draft. The same key gives the one that it began before.
///
/// # Errors
/// `SignInRequired`, `Forbidden`, `Invalid`.
pub fn create(
    db: &mut Db,
    who: &Who,
    input: &CollectionInput,
    key: Option<&OnceKey>,
    now: At,
) -> Result<Collection> {
    who.may(Action::Curate)?;
    let owner = who.member()?.id;
    let content = input.parse(db, who, &[], false)?;
    let id = Id::new(now);
    if let Some(key) = key
        && let Some(made) = once::claim(db, owner, key, id, now)?
    {
        return find(db, who, made);
    }
    let collection = Collection {
        id,
        short_code: String::new(),
        owner,
        editors: Vec::new(),
        state: State::Draft,
        cover_html: text::render(&content.cover),
        content,
        revision: 1,
        created_at: now,
        updated_at: now,
        published_at: None,
    };
    insert(db, collection)?;
    store::keep_revision(db, id, owner)?;
    find(db, who, id)
}

fn insert(db: &mut Db, collection: Collection) -> Result<()> {
    let mut coded = collection;
    for _ in 0..CODE_TRIES {
        coded.short_code = id::short_code();
        match crate::db::savepoint(db, |db| store::insert(db, &coded)) {
            Err(Error::Invalid(errors)) if errors.of("short_code").is_some() => {}
            done => return done,
        }
    }
    Err(Error::internal("no free short code was found"))
}

/// Writes a new version. `expected` is the revision that the editor had before them. Nothing happens where nothing changes.
///
/// # Errors
/// `SignInRequired`, `Forbidden`, `NotFound`, `Invalid`, `Stale` when it was changed meanwhile.
pub fn save(
    db: &mut Db,
    who: &Who,
    id: Id,
    patch: &CollectionPatch,
    expected: Option<i32>,
    now: At,
) -> Result<Collection> {
    who.may(Action::Curate)?; // before it is looked for: a visitor learns nothing
    store::hold(db, id)?;
    let present = editable(db, who, id)?;
    if expected.is_some_and(|revision| revision != present.revision) {
        return Err(Error::Stale(present.revision));
    }
    let state = patch.state(present.state)?;
    let input = patch.over(&present);
    let known = present.threads();
    let content = input.parse(db, who, &known, state == State::Published)?;
    write(db, who, &present, content, state, now)?;
    find(db, who, id)
}

fn write(
    db: &mut Db,
    who: &Who,
    present: &Collection,
    content: Content,
    state: State,
    now: At,
) -> Result<()> {
    if said(&content) == said(&present.content) && state == present.state {
        return Ok(());
    }
    let before = present.threads();
    let next = Collection {
        cover_html: text::render(&content.cover),
        content,
        state,
        revision: present.revision.saturating_add(1),
        updated_at: now,
        published_at: present
            .published_at
            .or((state == State::Published).then_some(now)),
        ..present.clone()
    };
    if !store::update(db, &next, present.revision)? {
        return Err(Error::Stale(next.revision));
    }
    store::keep_revision(db, next.id, who.member()?.id)?;
    let touched: HashSet<Id> = before.into_iter().chain(next.threads()).collect();
    let touched: Vec<Id> = touched.into_iter().collect();
    freshness::recount(db, &touched, now)
}

/// What a version says, without what readers may see of it.
fn said(content: &Content) -> Content {
    let mut said = content.clone();
    for item in &mut said.items {
        item.shown = false;
    }
    said
}

fn set_state(db: &mut Db, who: &Who, id: Id, state: State, now: At) -> Result<()> {
    let patch = CollectionPatch {
        state: Some(state.to_string()),
        ..CollectionPatch::default()
    };
    save(db, who, id, &patch, None, now).map(|_| ())
}

/// Lets all readers see it.
///
/// # Errors
/// As `save`; `Invalid` where a thread has no comment yet, or there is none.
pub fn publish(db: &mut Db, who: &Who, id: Id, now: At) -> Result<()> {
    set_state(db, who, id, State::Published, now)
}

/// Takes it back; nothing is erased, and it can be published again.
///
/// # Errors
/// As `save`.
pub fn withdraw(db: &mut Db, who: &Who, id: Id, now: At) -> Result<()> {
    who.may(Action::Curate)?; // before it is looked for: a visitor learns nothing
    store::hold(db, id)?;
    let present = editable(db, who, id)?;
    write(
        db,
        who,
        &present,
        present.content.clone(),
        State::Withdrawn,
        now,
    )
}

/// Puts a thread at the end of a collection.
///
/// # Errors
/// As `save`; `Invalid` where it stands there already.
pub fn add(
    db: &mut Db,
    who: &Who,
    id: Id,
    thread: Id,
    comment: &str,
    now: At,
) -> Result<Collection> {
    let present = editable(db, who, id)?;
    let mut input = CollectionInput::of(&present);
    if present.threads().contains(&thread) {
        return Err(Error::field(
            "collection",
            "known",
            "この話題は、そのまとめに入っています。ほかのまとめを選んでください。",
        ));
    }
    input.items.push(ItemInput {
        thread: thread.to_string(),
        comment: comment.to_owned(),
    });
    let patch = CollectionPatch {
        items: Some(input.items),
        ..CollectionPatch::default()
    };
    save(db, who, id, &patch, None, now)
}

/// Lets another trainer write in it: `person` is an address, or an id from the list.
///
/// # Errors
/// `SignInRequired`, `Forbidden`, `NotFound`, `Invalid` naming `person`.
pub fn add_editor(db: &mut Db, who: &Who, id: Id, person: &str, now: At) -> Result<()> {
    let present = sharable(db, who, id)?;
    let unknown = || {
        Error::field(
            "person",
            "unknown",
            "その人は、研修担当として登録されていません。メールアドレスを確かめてください。",
        )
    };
    let typed = text::clean_line(person);
    let account = match typed.parse::<Id>() {
        Ok(account) => account,
        Err(_) => match accounts::by_email(db, &typed) {
            Ok(found) => found.id,
            Err(Error::NotFound) => return Err(unknown()),
            Err(error) => return Err(error),
        },
    };
    if accounts::curators_among(db, &[account])?.is_empty() {
        return Err(unknown());
    }
    if present.is_by(account) {
        return Ok(());
    }
    if present.editors.len() >= MAX_EDITORS {
        let message = format!("いっしょに作れるのは、ほかに{MAX_EDITORS}人までです。");
        return Err(Error::field("person", "too_many", message));
    }
    store::add_editor(db, id, account, now)
}

/// Somebody writes in it no more: whom its owner takes out, or oneself.
///
/// # Errors
/// `SignInRequired`, `Forbidden`, `NotFound`.
pub fn remove_editor(db: &mut Db, who: &Who, id: Id, account: Id) -> Result<()> {
    if who.id() == Some(account) {
        editable(db, who, id)?;
    } else {
        sharable(db, who, id)?;
    }
    store::remove_editor(db, id, account)
}

fn sharable(db: &mut Db, who: &Who, id: Id) -> Result<Collection> {
    let present = editable(db, who, id)?;
    if may_share(db, who, &present)? {
        Ok(present)
    } else {
        Err(Error::Forbidden(
            "いっしょに作る人を決められるのは、このまとめを始めた研修担当だけです。",
        ))
    }
}

/// Whom one could ask to write in it: trainers who do not yet.
///
/// # Errors
/// `SignInRequired`, `Forbidden`.
pub fn others(db: &mut Db, who: &Who, collection: &Collection) -> Result<Vec<Person>> {
    let mut all = accounts::curators(db, who)?;
    all.retain(|one| !collection.is_by(one.id));
    Ok(all)
}

/// A version of a collection.
#[derive(Clone, Debug)]
pub struct Version {
    pub number: i32,
    pub editor: Id,
    pub content: Content,
    pub written_at: At,
}

/// All versions, the present one first, for those who may change it.
///
/// # Errors
/// `SignInRequired`, `Forbidden`, `NotFound`.
pub fn versions(db: &mut Db, who: &Who, id: Id) -> Result<Vec<Version>> {
    editable(db, who, id)?;
    store::versions(db, id)
}

/// A thread that a collection brings to the digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pick {
    pub thread: Id,
    pub comment: String,
    /// Of the collection.
    pub title: String,
    pub at: At,
}

/// What published collections brought after `since`, up to `until`, for the house: the threads of those that were published,
/// and those that were put into one later; in the order of the collection.
pub fn picks(db: &mut Db, since: At, until: At) -> Result<Vec<Pick>> {
    store::picks(db, since, until)
}

/// What the newest published collection says of these threads, for the house.
pub fn comments(db: &mut Db, threads: &[Id]) -> Result<Vec<Pick>> {
    store::comments(db, threads)
}

/// Those of `threads` that stand in a published collection.
pub(super) fn published_among(db: &mut Db, threads: &[Id]) -> Result<HashSet<Id>> {
    store::published_among(db, threads)
}

/// Collections name the thread that another was merged into.
pub(super) fn carry(db: &mut Db, from: Id, to: Id) -> Result<()> {
    store::carry(db, from, to)
}

/// Collections that `who` began, with what is written in them now.
///
/// # Errors
/// `SignInRequired`.
pub fn own(db: &mut Db, who: &Who) -> Result<Vec<Collection>> {
    let owner = who.member()?.id;
    store::owned(db, owner)
}

/// What only `account` was writing goes; what was published stays, signed by the role.
pub(super) fn forget_person(db: &mut Db, account: Id) -> Result<()> {
    store::forget_person(db, account)
}

/// Renders stored covers of an older renderer again: at most `limit`. True when there may be more.
pub fn render_again(db: &mut Db, limit: i64) -> Result<bool> {
    store::render_again(db, limit)
}

/// Whether a thread is one that readers may be shown in a collection.
fn is_open(db: &mut Db, who: &Who, thread: Id) -> Result<bool> {
    let visible = threads::find(db, who, thread)?.visibility == Visibility::Visible;
    Ok(visible && !super::is_refused(db, thread)?)
}
