//! The key of a person's feeds. A feed reader cannot sign in, so the addresses that it is given hold a secret: it reads what
//! all members may read, and what is told to its owner, and signs in nowhere.

use uuid::Uuid;

use super::{Action, Member, Role, Who, store};
use crate::clock::At;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::id::Id;
use crate::secret::Secret;

/// Longer than any key that we make, in bytes.
const LONGEST: usize = 64;

/// One's own key, where there is one.
///
/// # Errors
/// `SignInRequired`.
pub fn own(db: &mut Db, who: &Who) -> Result<Option<String>> {
    who.may(Action::Post)?;
    store::feed_key(db, who.member()?.id)
}

/// Gives oneself a new key; addresses with the old one are dead.
///
/// # Errors
/// `SignInRequired`.
pub fn renew(db: &mut Db, who: &Who, now: At) -> Result<()> {
    who.may(Action::Post)?;
    let account = who.member()?.id;
    store::put_feed_key(db, account, Secret::new().reveal(), now)
}

/// Takes one's key away.
///
/// # Errors
/// `SignInRequired`.
pub fn stop(db: &mut Db, who: &Who) -> Result<()> {
    who.may(Action::Post)?;
    store::delete_feed_key(db, who.member()?.id)
}

/// Who reads with `token`: its owner as any member, whatever their role.
///
/// # Errors
/// `SignInRequired` for a key that nobody has, or somebody who may not sign in.
pub fn reader(db: &mut Db, token: &str) -> Result<Who> {
    let plain = token.len() <= LONGEST && token.bytes().all(|byte| byte.is_ascii_graphic());
    let owner = if plain {
        store::feed_reader(db, token)?
    } else {
        None
    };
    let person = owner.ok_or(Error::SignInRequired)?;
    Ok(Who::Member(Box::new(Member {
        id: person.id,
        name: person.name,
        email: String::new(),
        role: Role::Teacher,
        school_type: person.school_type,
        position: None,
        shows_position: false,
        session: Id(Uuid::nil()),
        unseen: 0,
    })))
}
