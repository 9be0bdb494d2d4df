//! Who looks at a reported post, so that two moderators do not do the same work. A claim binds nobody: it lapses by itself,
//! and what cannot wait can be decided on the post's own page.

use chrono::TimeDelta;

use super::{Post, place, store};
use crate::accounts::{self, Action, Who};
use crate::clock::At;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::id::Id;

/// How long a claim lasts.
pub const CLAIM_LASTS: TimeDelta = TimeDelta::minutes(30);

/// A post and the moderator who has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    pub post: Id,
    pub moderator: Id,
    pub at: At,
}

/// Takes a post, or takes it for another `CLAIM_LASTS`.
///
/// # Errors
/// `Forbidden`, `NotFound`; `Conflict` with the name of whoever has it.
pub fn claim(db: &mut Db, who: &Who, post: Post, now: At) -> Result<()> {
    who.may(Action::Moderate)?;
    let place = place(db, who, post)?;
    let moderator = who.member()?.id;
    store::forget_claim(db, post, now.minus(CLAIM_LASTS))?;
    if store::insert_claim(db, &place, moderator, now)? {
        return Ok(());
    }
    match store::claim_of(db, post)? {
        Some(present) if present.moderator == moderator => store::renew_claim(db, post, now),
        Some(present) => {
            let name = accounts::authors(db, &[present.moderator])?
                .remove(&present.moderator)
                .map_or_else(String::new, |author| author.name);
            let minutes = now.since(present.at).num_minutes();
            let since = if minutes < 1 {
                "たったいま".to_owned()
            } else {
                format!("{minutes}分前")
            };
            Err(Error::Conflict(format!(
                "{name}さんが{since}から担当しています。30分たっても決まらないときは、だれでも担当できるようになります。"
            )))
        }
        None => Err(Error::Conflict(
            "ちょうど同じときに担当が変わりました。もう一度お試しください。".to_owned(),
        )),
    }
}

/// Gives a post back; giving back what one does not have is no error.
///
/// # Errors
/// `Forbidden`, `NotFound`.
pub fn release(db: &mut Db, who: &Who, post: Post) -> Result<()> {
    who.may(Action::Moderate)?;
    place(db, who, post)?;
    store::release_claim(db, post, who.member()?.id)
}

/// The claims on `posts` that have not lapsed.
pub(super) fn of_posts(db: &mut Db, posts: &[Id], now: At) -> Result<Vec<Claim>> {
    store::claims(db, posts, now.minus(CLAIM_LASTS))
}
