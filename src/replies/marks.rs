//! What one person marks on a post: 参考になった, やってみたい (counted for all), bookmark and follow (their own business).

use std::collections::HashMap;

use super::store;
use crate::accounts::{Action, Who};
use crate::clock::At;
use crate::db::Db;
use crate::error::Result;
use crate::id::Id;
use crate::text_enum;
use crate::threads::{Cursor, Page};

text_enum! {
    pub enum Mark {
        Helpful = "helpful",
        WantToTry = "want_to_try",
        Bookmark = "bookmark",
        Follow = "follow",
    }
}

/// The counts of one post.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub helpful: i64,
    pub want_to_try: i64,
}

/// Sets a mark; setting it twice is setting it once. That `who` may see the post is the caller's check.
pub fn set(db: &mut Db, who: &Who, thread: Id, post: Id, mark: Mark, now: At) -> Result<()> {
    who.may(Action::Post)?;
    store::set_mark(db, who.member()?.id, thread, post, mark, now)
}

/// Takes a mark back; taking back what is not there is no error.
pub fn clear(db: &mut Db, who: &Who, post: Id, mark: Mark) -> Result<()> {
    who.may(Action::Post)?;
    store::clear_mark(db, who.member()?.id, post, mark)
}

/// The counts of `posts` (threads or replies); those without any mark are absent.
pub fn counts(db: &mut Db, posts: &[Id]) -> Result<HashMap<Id, Counts>> {
    let mut all: HashMap<Id, Counts> = HashMap::new();
    if posts.is_empty() {
        return Ok(all);
    }
    for (post, mark, count) in store::count_marks(db, posts)? {
        let counts = all.entry(post).or_default();
        match mark {
            Mark::Helpful => counts.helpful = count,
            Mark::WantToTry => counts.want_to_try = count,
            Mark::Bookmark | Mark::Follow => {}
        }
    }
    Ok(all)
}

/// What `who` has marked among `posts`.
pub fn own(db: &mut Db, who: &Who, posts: &[Id]) -> Result<Vec<(Id, Mark)>> {
    match who.id() {
        Some(account) => store::marks_of(db, account, posts),
        None => Ok(Vec::new()),
    }
}

/// The visible threads that `who` has marked so, the newest mark first.
///
/// # Errors
/// `SignInRequired`.
pub fn own_threads(
    db: &mut Db,
    who: &Who,
    mark: Mark,
    after: Option<Cursor>,
    limit: usize,
) -> Result<Page<Id>> {
    who.may(Action::Post)?;
    let own = who.member()?.id;
    let page = Page::read(
        limit,
        |wanted| store::threads_marked(db, own, mark, after, wanted),
        |(at, id)| Cursor { at: *at, id: *id },
    )?;
    Ok(page.into_shown(|(_, id)| Some(id)))
}

/// Everything that `who` has marked, oldest first: post, mark, time.
///
/// # Errors
/// `SignInRequired`.
pub fn all_own(db: &mut Db, who: &Who) -> Result<Vec<(Id, Mark, At)>> {
    store::all_marks_of(db, who.member()?.id)
}

/// Takes bookmarks and follows of somebody who goes away. What they found helpful stays counted, under nobody's name.
pub fn forget_person(db: &mut Db, account: Id) -> Result<()> {
    store::delete_marks_of(db, account, &[Mark::Bookmark, Mark::Follow])
}

/// Who follows a thread, for the house.
pub fn followers(db: &mut Db, thread: Id) -> Result<Vec<Id>> {
    store::followers(db, thread)
}
