//! Which threads a list holds, in which order, and what it shows of each.

mod store;

use std::collections::HashMap;

use chrono::Datelike;

use super::{Kind, Labels, Standing, Tended, Visibility};
use crate::accounts::{Action, Signature, Who, Writer};
use crate::clock::At;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::id::Id;
use crate::text;
use crate::text_enum;

/// A thread as lists show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    pub id: Id,
    pub short_code: String,
    pub kind: Kind,
    pub title: String,
    /// As much of the body as `gist` needs.
    head: String,
    pub school_type: String,
    pub subject: Option<String>,
    pub grade: Option<String>,
    /// For rules alone; what is shown is the signature.
    pub author: Writer,
    pub signature: Signature,
    pub visibility: Visibility,
    pub solved: bool,
    pub revision: i32,
    pub reply_count: i32,
    pub created_at: At,
    pub updated_at: At,
    pub active_at: At,
    pub locked: bool,
    pub standing: Standing,
    pub labels: Labels,
}

impl Summary {
    /// The first words of the body, without marks. Made when it is asked for: most places show titles alone.
    pub fn gist(&self) -> String {
        text::gist(&self.head, store::GIST)
    }
}

/// Which threads a list holds; None = any.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub kind: Option<Kind>,
    pub policy: Option<u8>,
    pub initiative: Option<String>,
    pub school_type: Option<String>,
    pub subject: Option<String>,
    pub tag: Option<String>,
    /// An item of the self-check, as `chk-b4`.
    pub item: Option<String>,
    /// What this person wrote; what they sealed only where they ask themselves.
    pub author: Option<Id>,
    pub solved: Option<bool>,
    /// How far a problem with the environment has come.
    pub environment: Option<Tended>,
    pub sort: Sort,
}

text_enum! {
    pub enum Sort {
        New = "new",
        Active = "active",
        /// Questions without a visible reply, the newest first.
        Unanswered = "unanswered",
        /// Practices by what was tried of them, the most telling first.
        Tried = "tried",
    }
}

#[expect(
    clippy::derivable_impls,
    reason = "text_enum! has no place for a default mark"
)]
impl Default for Sort {
    fn default() -> Sort {
        Sort::New
    }
}

/// The place after which a list goes on: the moment it is sorted by and the thread. Where a list is sorted by a number,
/// that stands for the moment, in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub at: At,
    pub id: Id,
}

/// In which posts can have been written: those that RFC 3339 can write.
const YEARS: std::ops::RangeInclusive<i32> = 0..=9999;

impl Cursor {
    /// Before every post.
    pub const FIRST: Cursor = Cursor {
        at: At::YEAR_0,
        id: Id::NIL,
    };

    pub fn encode(self) -> String {
        let text = format!("{}:{}", self.at.micros(), self.id);
        data_encoding::BASE64URL_NOPAD.encode(text.as_bytes())
    }

    /// # Errors
    /// `BadRequest` for anything that `encode` did not make, also for moments that PostgreSQL cannot take.
    pub fn decode(text: &str) -> Result<Cursor> {
        let parse = || {
            let bytes = data_encoding::BASE64URL_NOPAD
                .decode(text.as_bytes())
                .ok()?;
            let plain = String::from_utf8(bytes).ok()?;
            let (at, id) = plain.split_once(':')?;
            Some(Cursor {
                at: At::from_micros(at.parse().ok()?).filter(|at| YEARS.contains(&at.0.year()))?,
                id: id.parse().ok()?,
            })
        };
        parse().ok_or_else(|| Error::BadRequest("cursor".to_owned()))
    }
}

/// One page of a list.
#[derive(Clone, Debug)]
pub struct Page<T> {
    pub items: Vec<T>,
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// At most `limit` of what `read` gives: it is asked for one more, which tells whether the list goes on. `place` is where
    /// it goes on after an item.
    pub fn read(
        limit: usize,
        read: impl FnOnce(i64) -> Result<Vec<T>>,
        place: impl FnOnce(&T) -> Cursor,
    ) -> Result<Page<T>> {
        let mut items = read(i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1))?;
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(place);
        Ok(Page { items, next })
    }

    /// The same place of the list with what `shown` makes of its items, which may be fewer.
    pub fn into_shown<U>(self, shown: impl FnMut(T) -> Option<U>) -> Page<U> {
        Page {
            items: self.items.into_iter().filter_map(shown).collect(),
            next: self.next,
        }
    }
}

/// A page of what all readers may see.
pub fn list(
    db: &mut Db,
    who: &Who,
    filter: &Filter,
    after: Option<Cursor>,
    limit: usize,
) -> Result<Page<Summary>> {
    who.may(Action::Read)?;
    let sealed_too = filter.author.is_none() || filter.author == who.id();
    let read = |wanted| store::list(db, filter, sealed_too, after, wanted);
    let mut page = Page::read(limit, read, |last| Cursor {
        at: match filter.sort {
            Sort::Active => last.active_at,
            Sort::New | Sort::Unanswered | Sort::Tried => last.created_at,
        },
        id: last.id,
    })?;
    if let Some(next) = page.next.as_mut().filter(|_| filter.sort == Sort::Tried) {
        let worth = i64::from(store::worth_of(db, next.id)?);
        next.at = At::from_micros(worth).unwrap_or(next.at);
    }
    Ok(page)
}

/// The visible ones of `ids`, in their order: what a search may show.
pub fn visible(db: &mut Db, who: &Who, ids: &[Id]) -> Result<Vec<Summary>> {
    who.may(Action::Read)?;
    Ok(ordered(store::visible_by_ids(db, ids)?, ids))
}

/// As `visible`, but with empty labels: one query less for where titles stand beside something.
pub fn visible_without_labels(db: &mut Db, who: &Who, ids: &[Id]) -> Result<Vec<Summary>> {
    who.may(Action::Read)?;
    Ok(ordered(store::visible_without_labels(db, ids)?, ids))
}

fn ordered(found: Vec<Summary>, ids: &[Id]) -> Vec<Summary> {
    let found = found.into_iter().map(|summary| (summary.id, summary));
    let mut found: HashMap<Id, Summary> = found.collect();
    ids.iter().filter_map(|id| found.remove(id)).collect()
}

/// Visible questions without an answer written after `since`, up to `until`, that are not closed; the one that has waited
/// longest first.
///
/// # Errors
/// `SignInRequired`.
pub fn unanswered(
    db: &mut Db,
    who: &Who,
    since: At,
    until: At,
    limit: usize,
) -> Result<Vec<Summary>> {
    who.may(Action::Read)?;
    store::unanswered(db, since, until, i64::try_from(limit).unwrap_or(i64::MAX))
}

/// A visible thread with what a digest chooses by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    pub id: Id,
    pub revision: i32,
    pub kind: Kind,
    pub school_type: String,
    pub subject: Option<String>,
    pub author: Writer,
    pub created_at: At,
    pub reply_count: i32,
    pub solved: bool,
    pub locked: bool,
    pub policies: Vec<u8>,
    /// Of try-outs by others, in reactions.
    pub worth: i32,
}

/// Visible threads written after `since`, up to `until`, without those that do not hold any more, for the house.
pub fn news(db: &mut Db, since: At, until: At) -> Result<Vec<News>> {
    store::news(db, since, until)
}

/// Threads written after `since` that readers may not see, for the house: few, beside those that they may.
pub fn unseen(db: &mut Db, since: At) -> Result<Vec<Id>> {
    store::unseen(db, since)
}

/// Those of `ids` that are visible, for the house.
pub fn visible_among(db: &mut Db, ids: &[Id]) -> Result<Vec<Id>> {
    store::visible_among(db, ids)
}

/// Those of `ids` that were found not to hold any more, for the house.
pub fn outdated_among(db: &mut Db, ids: &[Id]) -> Result<Vec<Id>> {
    store::outdated_among(db, ids)
}
