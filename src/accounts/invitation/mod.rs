//! Invitations: links by which people sign up with an address outside the usual domains. Whoever follows one still proves
//! the address by mail, and is a teacher whatever the link says. Only the hash of a link is kept.

pub mod http;
mod store;
pub mod view;

use std::ops::RangeInclusive;

use chrono::TimeDelta;

use super::{Action, NewPerson, Role, Who, enrol, school_type};
use crate::clock::At;
use crate::db::Db;
use crate::db::once::{self, OnceKey};
use crate::error::{Error, FieldErrors, Result};
use crate::id::Id;
use crate::secret::Secret;
use crate::taxonomy;
use crate::text::{Rule, clean_line, narrow};

/// How many days a link may work, and usually does.
pub const DAYS: RangeInclusive<i64> = 1..=30;
pub const DEFAULT_DAYS: i64 = 14;
/// How many people may sign up by one link, and usually do.
pub const USES: RangeInclusive<i32> = 1..=200;
pub const DEFAULT_USES: i32 = 30;
/// Links that a list shows, the newest first.
const LISTED: i64 = 100;

pub const LABEL: Rule = Rule {
    field: "label",
    label: "だれに渡すか",
    max: 60,
    lines: false,
    hint: "だれに渡すリンクかを書いてください。例：萩ヶ沢小の先生",
};

/// A link as its maker sees it.
#[derive(Clone, Debug)]
pub struct Invitation {
    pub id: Id,
    pub maker: Id,
    /// Whom it is for; only those who make links read it.
    pub label: String,
    /// What the form begins with.
    pub school_type: String,
    /// The school of those who keep that school type.
    pub school: Option<String>,
    pub uses: i32,
    pub max_uses: i32,
    pub withdrawn: bool,
    pub created_at: At,
    pub expires_at: At,
}

/// Whether a link works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Open,
    UsedUp,
    Expired,
    Withdrawn,
}

impl Invitation {
    pub fn standing(&self, now: At) -> Standing {
        if self.withdrawn {
            Standing::Withdrawn
        } else if self.uses >= self.max_uses {
            Standing::UsedUp
        } else if self.expires_at <= now {
            Standing::Expired
        } else {
            Standing::Open
        }
    }
}

/// A link as typed.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct InvitationInput {
    pub label: String,
    pub school_type: String,
    pub school: String,
    pub days: String,
    pub uses: String,
    /// Of a submit that may come twice.
    pub key: String,
}

/// A link about to be made.
struct NewInvitation {
    label: String,
    school_type: String,
    school: Option<String>,
    days: i64,
    max_uses: i32,
}

/// A whole number of `range`, in any width.
fn number<T>(
    errors: &mut FieldErrors,
    field: &str,
    label: &str,
    typed: &str,
    range: &RangeInclusive<T>,
) -> Option<T>
where
    T: std::str::FromStr + PartialOrd + std::fmt::Display,
{
    let found = narrow(typed).parse().ok();
    let found = found.filter(|number| range.contains(number));
    if found.is_none() {
        let message = format!(
            "{label}は{}から{}までの数字で書いてください。",
            range.start(),
            range.end()
        );
        errors.add(field, "out_of_range", message);
    }
    found
}

impl InvitationInput {
    fn parse(&self, db: &mut Db) -> Result<NewInvitation> {
        let words = taxonomy::current(db)?;
        let mut errors = FieldErrors::default();
        let label = errors.take(LABEL.parse(&self.label));
        let school_type = errors.take(school_type(&words, &self.school_type));
        let wanted = clean_line(&self.school);
        let mut school = None;
        if !wanted.is_empty() {
            school = taxonomy::find_school(db, &wanted)?;
            if school.is_none() {
                errors.add(
                    "school",
                    "unknown",
                    "その学校は一覧にありません。学校の名前を確かめてください。",
                );
            }
        }
        let days = number(&mut errors, "days", "使える日数", &self.days, &DAYS);
        let max_uses = number(&mut errors, "uses", "使える人数", &self.uses, &USES);
        match (label, school_type, days, max_uses) {
            (Some(label), Some(school_type), Some(days), Some(max_uses)) if errors.is_empty() => {
                Ok(NewInvitation {
                    label,
                    school_type,
                    school,
                    days,
                    max_uses,
                })
            }
            _ => Err(Error::Invalid(errors)),
        }
    }
}

/// Makes a link. Its secret is shown once, here; None when this form was sent before.
///
/// # Errors
/// `SignInRequired`, `Forbidden`, `Invalid`.
pub fn make(db: &mut Db, who: &Who, input: &InvitationInput, now: At) -> Result<Option<Secret>> {
    who.may(Action::Invite)?;
    let maker = who.member()?.id;
    let new = input.parse(db)?;
    let id = Id::new(now);
    if let Some(key) = OnceKey::new("invitation", &input.key)?
        && once::claim(db, maker, &key, id, now)?.is_some()
    {
        return Ok(None);
    }
    let secret = Secret::new();
    let invitation = Invitation {
        id,
        maker,
        label: new.label,
        school_type: new.school_type,
        school: new.school,
        uses: 0,
        max_uses: new.max_uses,
        withdrawn: false,
        created_at: now,
        expires_at: now.plus(TimeDelta::days(new.days)),
    };
    store::insert(db, &invitation, &secret.hash())?;
    Ok(Some(secret))
}

/// One's own links, the newest first; those who manage people see everybody's.
///
/// # Errors
/// `SignInRequired`, `Forbidden`.
pub fn list(db: &mut Db, who: &Who) -> Result<Vec<Invitation>> {
    who.may(Action::Invite)?;
    let maker = Some(who.member()?.id).filter(|_| !who.can(Action::ManagePeople));
    store::list(db, maker, LISTED)
}

/// Makes a link work no more.
///
/// # Errors
/// `SignInRequired`, `Forbidden`; `NotFound` when it is not one's own.
pub fn withdraw(db: &mut Db, who: &Who, id: Id) -> Result<()> {
    who.may(Action::Invite)?;
    let maker = Some(who.member()?.id).filter(|_| !who.can(Action::ManagePeople));
    if store::withdraw(db, id, maker)? {
        Ok(())
    } else {
        Err(Error::NotFound)
    }
}

/// The link that `secret` belongs to, while it works and whoever made it may still invite.
///
/// # Errors
/// `NotFound`.
pub fn open(db: &mut Db, secret: &Secret, now: At) -> Result<Invitation> {
    let found = store::by_secret(db, &secret.hash())?.ok_or(Error::NotFound)?;
    if found.standing(now) == Standing::Open {
        Ok(found)
    } else {
        Err(Error::NotFound)
    }
}

/// Asks for an account by a link. As with `sign_up`, whatever is known of the address, the answer is the same; a use is
/// taken only by somebody new.
///
/// # Errors
/// `NotFound` as `open`, and for the second of two who take the last use at the same moment.
pub fn sign_up(db: &mut Db, secret: &Secret, new: &NewPerson, now: At) -> Result<()> {
    let invitation = open(db, secret, now)?;
    let same_type = new.school_type == invitation.school_type;
    let teacher = NewPerson {
        role: Role::Teacher,
        position: None,
        school: invitation.school.filter(|_| same_type),
        ..new.clone()
    };
    if enrol(db, &teacher, now)? && !store::take_use(db, invitation.id, now)? {
        return Err(Error::NotFound);
    }
    Ok(())
}
