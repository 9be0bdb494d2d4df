//! People: who they are, how they prove it, what they may do. Never knows what they wrote.

pub mod api;
pub mod closing;
pub mod feed_key;
pub mod http;
mod input;
pub mod invitation;
pub mod json;
pub mod password;
mod permission;
pub mod profile;
pub mod signature;
mod store;
pub mod view;

use std::collections::HashMap;

use chrono::TimeDelta;

pub use self::input::{Email, NAME, NewPerson, PersonInput, school_type};
pub use self::permission::Action;
pub use self::profile::{Experience, Item, ProfileInput, change_own, own};
pub use self::signature::{Mask, Signature, Signers, Writer, signers};
use crate::clock::At;
use crate::config::Config;
use crate::db::Db;
use crate::db::types::Word;
use crate::error::{Error, Result};
use crate::feed::{self, Subject};
use crate::id::Id;
use crate::jobs;
use crate::secret::{Credentials, Secret};
use crate::taxonomy::{Position, Vocabulary};
use crate::text::{clean_line, fold};
use crate::text_enum;

text_enum! {
    /// What an account may do. Distinct from the position at school (教諭, 養護教諭 …).
    pub enum Role {
        Teacher = "teacher",
        Supporter = "supporter",
        Trainer = "trainer",
        Moderator = "moderator",
        Administrator = "administrator",
    }
}

impl Role {
    pub fn name(self) -> &'static str {
        match self {
            Role::Teacher => "教員",
            Role::Supporter => "ICT支援員",
            Role::Trainer => "研修担当",
            Role::Moderator => "運営担当",
            Role::Administrator => "管理者",
        }
    }

    /// Slug or Japanese name.
    pub fn parse(text: &str) -> Option<Role> {
        let text = text.trim();
        Role::from_word(text).or_else(|| Role::ALL.iter().copied().find(|role| role.name() == text))
    }
}

text_enum! {
    pub enum State {
        /// Known only as the author of imported posts; cannot sign in.
        Placeholder = "placeholder",
        /// Signed up, address not yet proved.
        Unverified = "unverified",
        Active = "active",
        /// Left or moved on: posts stay, the name goes.
        Suspended = "suspended",
    }
}

/// The name shown for somebody who has left.
pub const DEPARTED: &str = "(退職・異動)";
/// The name shown for the author of imported posts until somebody has proved that the address is theirs: whoever types
/// it into the sign-up form does not name its owner.
pub const UNPROVED: &str = "(登録前の先生)";
/// How long a link in a mail works.
pub const LINK_LIFETIME: TimeDelta = TimeDelta::hours(24);
/// `last_seen_at` is written no more often than this.
pub const SEEN_EVERY: TimeDelta = TimeDelta::minutes(10);
/// A session that was not asked to stay ends after this, also on a device that many people use.
pub const WORKING_DAY: TimeDelta = TimeDelta::hours(12);
/// How long somebody who signed up themselves is a newcomer.
pub const NEWCOMER: TimeDelta = TimeDelta::days(7);
/// A bearer token without `--expires`.
pub const TOKEN_LIFETIME: TimeDelta = TimeDelta::days(90);

/// A person as the database has them.
#[derive(Clone, Debug)]
pub struct Person {
    pub id: Id,
    pub email: String,
    pub name: String,
    pub school_type: String,
    pub school: Option<String>,
    pub role: Role,
    pub position: Option<String>,
    pub grades: Vec<String>,
    pub subjects: Vec<String>,
    pub tools: Vec<String>,
    pub experience: Option<Experience>,
    /// What others are shown beside name and school type.
    pub shown: Vec<Item>,
    pub state: State,
    pub created_at: At,
    /// When they closed their account; the row then names nobody.
    pub closed_at: Option<At>,
}

/// What pages and answers show of an author.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// None behind a sealed post.
    pub id: Option<Id>,
    /// `DEPARTED` for those who have left; the words in place of a name behind a sealed post.
    pub name: String,
    pub departed: bool,
    pub sealed: bool,
    pub school_type: String,
    /// Read through `position` and `badge`: not every one is shown.
    position: Option<String>,
    shows_position: bool,
    pub role: Role,
}

impl Person {
    /// Suspended, or gone of their own will.
    pub fn has_left(&self) -> bool {
        self.state == State::Suspended
    }

    pub fn as_author(&self) -> Author {
        Signed {
            id: self.id,
            name: self.name.clone(),
            state: self.state,
            school_type: self.school_type.clone(),
            position: self.position.clone(),
            shows_position: self.shown.contains(&Item::Position),
            role: self.role,
        }
        .into_author()
    }
}

/// What of an account a post can be signed with.
struct Signed {
    id: Id,
    name: String,
    state: State,
    school_type: String,
    position: Option<String>,
    shows_position: bool,
    role: Role,
}

impl Signed {
    fn into_author(self) -> Author {
        let (name, school_type) = match self.state {
            State::Suspended => (DEPARTED.to_owned(), self.school_type),
            State::Unverified => (UNPROVED.to_owned(), String::new()),
            State::Placeholder | State::Active => (self.name, self.school_type),
        };
        Author {
            id: Some(self.id),
            name,
            departed: self.state == State::Suspended,
            sealed: false,
            school_type,
            position: self.position,
            shows_position: self.shows_position,
            role: self.role,
        }
    }
}

impl Author {
    /// Where there is no place for a name: 「小学校の先生」.
    pub fn in_few_words(&self, words: &Vocabulary) -> String {
        match words.school_type_name(&self.school_type) {
            _ if self.sealed => self.name.clone(),
            "" => "先生".to_owned(),
            name => format!("{name}の先生"),
        }
    }

    /// The position, where its holder shows it or its word weighs more.
    pub fn position<'a>(&self, words: &'a Vocabulary) -> Option<&'a Position> {
        profile::shown_position(self.position.as_deref(), self.shows_position, words)
            .filter(|_| !self.departed)
    }

    /// The word of a role or position that weighs more. It comes from the account, never from the display name.
    pub fn badge(&self, words: &Vocabulary) -> Option<String> {
        let of_position = self
            .position
            .as_deref()
            .and_then(|slug| words.positions.iter().find(|known| known.slug == slug))
            .and_then(|known| known.badge.clone())
            .filter(|badge| !badge.is_empty());
        match self.role {
            _ if self.departed || self.sealed => None,
            Role::Teacher => None,
            Role::Supporter | Role::Trainer => {
                of_position.or_else(|| Some(self.role.name().to_owned()))
            }
            Role::Moderator | Role::Administrator => Some(self.role.name().to_owned()),
        }
    }
}

/// Somebody signed in.
#[derive(Clone, Debug)]
pub struct Member {
    pub id: Id,
    pub name: String,
    pub email: String,
    pub role: Role,
    pub school_type: String,
    position: Option<String>,
    shows_position: bool,
    /// The session that this request came with.
    pub session: Id,
    /// Notices that they have not seen, for the head of a page: counted where one is made.
    pub unseen: i64,
}

impl Member {
    /// As `Author::position`: what stands beside one's own words.
    pub fn position<'a>(&self, words: &'a Vocabulary) -> Option<&'a Position> {
        profile::shown_position(self.position.as_deref(), self.shows_position, words)
    }
}

/// Who is asking.
#[derive(Clone, Debug)]
pub enum Who {
    Visitor { open_reading: bool },
    Member(Box<Member>),
}

impl Who {
    /// # Errors
    /// `SignInRequired` for visitors.
    pub fn member(&self) -> Result<&Member> {
        match self {
            Who::Member(member) => Ok(member),
            Who::Visitor { .. } => Err(Error::SignInRequired),
        }
    }

    pub fn id(&self) -> Option<Id> {
        match self {
            Who::Member(member) => Some(member.id),
            Who::Visitor { .. } => None,
        }
    }

    /// Notices that they have not seen.
    pub fn unseen(&self) -> i64 {
        match self {
            Who::Member(member) => member.unseen,
            Who::Visitor { .. } => 0,
        }
    }
}

/// A session as its owner sees it.
#[derive(Clone, Debug)]
pub struct Session {
    pub id: Id,
    pub kind: SessionKind,
    pub label: String,
    pub created_at: At,
    pub last_seen_at: At,
    pub expires_at: At,
}

text_enum! {
    pub enum SessionKind {
        Browser = "browser",
        Bearer = "bearer",
    }
}

/// Who is asking, and whether the session's `last_seen_at` is due to be written.
///
/// # Errors
/// `SignInRequired` for a bearer token that is wrong or ended; a dead cookie makes a visitor.
pub fn identify(
    db: &mut Db,
    credentials: &Credentials,
    config: &Config,
    now: At,
) -> Result<(Who, bool)> {
    let visitor = Who::Visitor {
        open_reading: config.open_reading,
    };
    let secret = match credentials {
        Credentials::None => return Ok((visitor, false)),
        Credentials::Cookie(secret) | Credentials::Bearer(secret) => secret,
    };
    let idle_since = now.minus(config.session_idle_span());
    match store::by_session(db, &secret.hash(), now, idle_since)? {
        Some((member, seen)) => {
            let stale = now.since(seen) >= SEEN_EVERY;
            Ok((Who::Member(Box::new(member)), stale))
        }
        None if matches!(credentials, Credentials::Bearer(_)) => Err(Error::SignInRequired),
        None => Ok((visitor, false)),
    }
}

/// Notes that a session was used.
pub fn touch(db: &mut Db, session: Id, now: At) -> Result<()> {
    store::touch_session(db, session, now)
}

/// The account that may sign in with `email`, with its stored hash. None for unknown, suspended, unproved ones.
pub fn sign_in_candidate(db: &mut Db, email: &str) -> Result<Option<(Id, Option<String>)>> {
    match Email::parse("email", email) {
        Ok(email) => store::sign_in_candidate(db, email.as_str()),
        Err(_) => Ok(None),
    }
}

/// Opens a session for `account`. The secret is shown once, here.
pub fn open_session(
    db: &mut Db,
    account: Id,
    kind: SessionKind,
    label: &str,
    lifetime: TimeDelta,
    now: At,
) -> Result<Secret> {
    let secret = Secret::new();
    let session = Session {
        id: Id::new(now),
        kind,
        label: label.to_owned(),
        created_at: now,
        last_seen_at: now,
        expires_at: now.plus(lifetime),
    };
    store::insert_session(db, account, &session, &secret.hash())?;
    store::forget_ended_sessions(db, account, now)?;
    Ok(secret)
}

/// Makes sure, in the transaction that opens the session, that what was proved still holds: hashing takes long, and the
/// password may have been changed or the account ended meanwhile.
///
/// # Errors
/// `WrongCredentials`.
pub fn hold_credentials(db: &mut Db, account: Id, proved: &str) -> Result<()> {
    if store::held_hash(db, account)?.as_deref() == Some(proved) {
        Ok(())
    } else {
        Err(Error::WrongCredentials)
    }
}

/// Stores a hash made with new parameters, unless the password was changed meanwhile.
pub fn store_rehash(db: &mut Db, account: Id, old: &str, new: &str) -> Result<()> {
    store::replace_hash(db, account, old, new)
}

/// Ends the session of this request.
pub fn sign_out(db: &mut Db, who: &Who) -> Result<()> {
    let member = who.member()?;
    store::delete_session(db, member.id, member.session)?;
    Ok(())
}

/// One's own sessions, the newest first.
pub fn sessions(db: &mut Db, who: &Who, now: At) -> Result<Vec<Session>> {
    store::sessions_of(db, who.member()?.id, now)
}

/// Ends one of one's own sessions.
///
/// # Errors
/// `NotFound` when it is not one's own.
pub fn end_session(db: &mut Db, who: &Who, session: Id) -> Result<()> {
    if store::delete_session(db, who.member()?.id, session)? {
        Ok(())
    } else {
        Err(Error::NotFound)
    }
}

/// Ends all of one's own sessions but this one.
pub fn end_other_sessions(db: &mut Db, who: &Who) -> Result<()> {
    let member = who.member()?;
    store::delete_sessions_but(db, member.id, Some(member.session))
}

/// Creates a person whose address is taken as proved. A placeholder of that address becomes this person.
///
/// # Errors
/// `Invalid` when the address has an account.
pub fn create(
    db: &mut Db,
    who: &Who,
    new: &NewPerson,
    password_hash: Option<&str>,
    now: At,
) -> Result<Id> {
    who.may(Action::ManagePeople)?;
    let id = settle(db, new, State::Active, password_hash, now)?;
    id.ok_or_else(|| {
        Error::field(
            "email",
            "taken",
            "このメールアドレスの人は、もう登録されています。",
        )
    })
}

/// Writes a new person, or fills in the placeholder of that address. None when an account has the address.
fn settle(
    db: &mut Db,
    new: &NewPerson,
    state: State,
    password_hash: Option<&str>,
    now: At,
) -> Result<Option<Id>> {
    match store::by_email(db, new.email.as_str())? {
        Some(known) if known.state == State::Placeholder => {
            store::fill_in(db, known.id, new, state, password_hash, now)?;
            feed::append(db, Subject::Account, known.id, now)?;
            Ok(Some(known.id))
        }
        Some(_) => Ok(None),
        None => {
            let id = Id::new(now);
            let inserted = crate::db::savepoint(db, |db| {
                store::insert(db, id, new, state, password_hash, now)
            });
            match inserted {
                Ok(()) => Ok(Some(id)),
                Err(Error::Invalid(_)) => Ok(None),
                Err(error) => Err(error),
            }
        }
    }
}

/// The author of imported posts: the account of that address, or a placeholder that is merged when it is created.
pub fn author_for_import(db: &mut Db, email: &Email, now: At) -> Result<Id> {
    if let Some(known) = store::by_email(db, email.as_str())? {
        return Ok(known.id);
    }
    let id = Id::new(now);
    store::insert_placeholder(db, id, email, now)?;
    Ok(id)
}

/// The author of imported posts that are sealed: whose they are did not come with them.
pub fn unknown_author(db: &mut Db, now: At) -> Result<Id> {
    let id = signature::UNKNOWN_HAND;
    if store::by_ids(db, &[id])?.is_empty() {
        store::insert_unknown(db, id, now)?;
    }
    Ok(id)
}

/// What imported sealed posts of this account are signed with where their line does not say.
pub fn mask_for_import(db: &mut Db, author: Id) -> Result<Mask> {
    let person = store::by_id(db, author)?;
    if person.state == State::Active {
        signature::mask_of(db, person.role, &person.school_type)
    } else {
        Ok(Mask::Anybody)
    }
}

/// Brings an imported person up to date, or creates them. True when they are new.
pub fn import(db: &mut Db, who: &Who, new: &NewPerson, now: At) -> Result<bool> {
    who.may(Action::ManagePeople)?;
    match store::by_email(db, new.email.as_str())? {
        Some(known) if known.state != State::Placeholder => {
            if takes_last_key(db, who, known.id, new.role)? {
                return Err(Error::field("role", "last", LAST_ADMINISTRATOR));
            }
            let known = store::held(db, known.id)?;
            store::fill_in(db, known.id, new, known.state, None, now)?;
            feed::append(db, Subject::Account, known.id, now)?;
            Ok(false)
        }
        _ => {
            settle(db, new, State::Active, None, now)?;
            Ok(true)
        }
    }
}

/// Asks for an account. Whatever is already known of the address, the answer is the same; the mail tells its owner.
///
/// # Errors
/// `Invalid` when the domain is not one of the configured.
pub fn sign_up(db: &mut Db, config: &Config, new: &NewPerson, now: At) -> Result<()> {
    let domain = new.email.domain();
    let admitted = config
        .signup_domains
        .iter()
        .any(|allowed| domain.eq_ignore_ascii_case(allowed.trim_start_matches('@')));
    if !admitted {
        return Err(Error::field(
            "email",
            "domain",
            "このメールアドレスでは登録できません。職員用のメールアドレスをお使いください。",
        ));
    }
    let teacher = NewPerson {
        role: Role::Teacher,
        position: None,
        ..new.clone()
    };
    enrol(db, &teacher, now).map(|_| ())
}

/// Enters somebody whose address is still to be proved, and mails the link to its owner; to whoever has the address
/// already, where they may sign in. True for somebody new.
fn enrol(db: &mut Db, new: &NewPerson, now: At) -> Result<bool> {
    if let Some(id) = settle(db, new, State::Unverified, None, now)? {
        store::set_signed_up(db, id, now)?;
        send_link(db, id, now)?;
        return Ok(true);
    }
    match store::by_email(db, new.email.as_str())? {
        Some(known) if known.state != State::Suspended => send_link(db, known.id, now)?,
        _ => {}
    }
    Ok(false)
}

/// Until when `account` is new here: those who asked for their account themselves, for `NEWCOMER`; None for others.
pub fn newcomer_until(db: &mut Db, account: Id, now: At) -> Result<Option<At>> {
    let until = store::signed_up_at(db, account)?.map(|at| at.plus(NEWCOMER));
    Ok(until.filter(|until| now < *until))
}

/// Sends a link for a new password to `email`, if it has an account; says nothing either way.
pub fn ask_for_link(db: &mut Db, email: &str, now: At) -> Result<()> {
    match store::by_email(db, &email.trim().to_lowercase())? {
        Some(person) if matches!(person.state, State::Active | State::Unverified) => {
            send_link(db, person.id, now)
        }
        _ => Ok(()),
    }
}

/// The job that makes a link and mails it: the secret never stands in the queue.
pub const MAIL_LINK: &str = "mail_link";

fn send_link(db: &mut Db, account: Id, now: At) -> Result<()> {
    jobs::enqueue(
        db,
        MAIL_LINK,
        &serde_json::json!({ "account": account }),
        now,
        now,
    )?;
    Ok(())
}

/// Makes the link for `account`; None when the account can no longer use one. Links made before stay good.
pub fn make_link(db: &mut Db, account: Id, now: At) -> Result<Option<(Person, Secret)>> {
    let person = store::by_id(db, account)?;
    if !matches!(person.state, State::Active | State::Unverified) {
        return Ok(None);
    }
    let secret = Secret::new();
    store::insert_link(
        db,
        Id::new(now),
        account,
        &secret.hash(),
        now,
        now.plus(LINK_LIFETIME),
    )?;
    Ok(Some((person, secret)))
}

/// The person whom a link belongs to.
///
/// # Errors
/// `NotFound` when it is wrong, used or older than `LINK_LIFETIME`.
pub fn link_owner(db: &mut Db, secret: &Secret, now: At) -> Result<Person> {
    store::link_owner(db, &secret.hash(), now)?.ok_or(Error::NotFound)
}

/// Proves the address and sets the password; every other link and session of the account, and its key for feeds, ends.
///
/// # Errors
/// `NotFound` as `link_owner`, and for the second of two who use a link at the same moment.
pub fn set_password_by_link(
    db: &mut Db,
    secret: &Secret,
    password_hash: &str,
    now: At,
) -> Result<Id> {
    let person = link_owner(db, secret, now)?;
    if !store::use_link(db, &secret.hash())? {
        return Err(Error::NotFound);
    }
    store::set_password(db, person.id, password_hash, now)?;
    store::delete_links(db, person.id)?;
    store::delete_sessions_but(db, person.id, None)?;
    store::delete_feed_key(db, person.id)?;
    Ok(person.id)
}

/// Sets somebody's password without a link: for the command line and the demo.
pub fn set_password(
    db: &mut Db,
    who: &Who,
    person: Id,
    password_hash: &str,
    now: At,
) -> Result<()> {
    who.may(Action::ManagePeople)?;
    store::set_password(db, person, password_hash, now)
}

/// A bearer token for `person`, shown once.
pub fn make_token(
    db: &mut Db,
    who: &Who,
    person: &Person,
    lifetime: TimeDelta,
    now: At,
) -> Result<Secret> {
    who.may(Action::ManagePeople)?;
    if person.state != State::Active {
        return Err(Error::Forbidden("利用中の人にだけ、トークンを作れます。"));
    }
    open_session(db, person.id, SessionKind::Bearer, "API", lifetime, now)
}

/// `person` as the one who asks, without a session: for what the house does in their name.
pub fn as_member(person: &Person) -> Who {
    Who::Member(Box::new(Member {
        id: person.id,
        name: person.name.clone(),
        email: person.email.clone(),
        role: person.role,
        school_type: person.school_type.clone(),
        position: person.position.clone(),
        shows_position: person.shown.contains(&Item::Position),
        session: Id(uuid::Uuid::nil()),
        unseen: 0,
    }))
}

const LAST_ADMINISTRATOR: &str =
    "管理者がだれもいなくなります。先に、ほかの人を管理者にしてください。";

/// Whether nobody could administer any more once `person` had `role`. The command line may: it can undo it.
fn takes_last_key(db: &mut Db, who: &Who, person: Id, role: Role) -> Result<bool> {
    let from_a_page = who.member()?.id != Id(uuid::Uuid::nil());
    Ok(from_a_page && role != Role::Administrator && store::held_administrators(db)? == [person])
}

/// Gives a role.
pub fn set_role(db: &mut Db, who: &Who, person: Id, role: Role, now: At) -> Result<()> {
    who.may(Action::ManagePeople)?;
    if takes_last_key(db, who, person, role)? {
        return Err(Error::Forbidden(LAST_ADMINISTRATOR));
    }
    store::set_role(db, person, role, now)?;
    feed::append(db, Subject::Account, person, now)
}

/// Ends an account: sessions, tokens and links die at once, posts stay as 「(退職・異動)」.
///
/// # Errors
/// `Forbidden` for oneself: an administrator does not lock the door behind them by mistake.
pub fn suspend(db: &mut Db, who: &Who, person: Id, now: At) -> Result<()> {
    who.may(Action::ManagePeople)?;
    if who.id() == Some(person) {
        return Err(Error::Forbidden("自分自身は停止できません。"));
    }
    store::set_state(db, person, State::Suspended, now)?;
    store::delete_links(db, person)?;
    store::delete_sessions_but(db, person, None)?;
    store::delete_feed_key(db, person)?;
    feed::append(db, Subject::Account, person, now)
}

/// Brings a suspended account back.
pub fn restore(db: &mut Db, who: &Who, person: Id, now: At) -> Result<()> {
    who.may(Action::ManagePeople)?;
    store::set_state(db, person, State::Active, now)?;
    feed::append(db, Subject::Account, person, now)
}

/// A person by id, whatever their state.
pub fn by_id(db: &mut Db, id: Id) -> Result<Person> {
    store::by_id(db, id)
}

/// A person by address.
///
/// # Errors
/// `NotFound`.
pub fn by_email(db: &mut Db, email: &str) -> Result<Person> {
    store::by_email(db, &email.trim().to_lowercase())?.ok_or(Error::NotFound)
}

/// A person as others may see them. Unproved accounts do not exist for others.
///
/// # Errors
/// `NotFound`, `SignInRequired`.
pub fn person(db: &mut Db, who: &Who, id: Id) -> Result<Person> {
    who.may(Action::Read)?;
    let person = store::by_id(db, id)?;
    if person.state == State::Unverified && who.id() != Some(id) {
        return Err(Error::NotFound);
    }
    Ok(person)
}

/// The persons who are shown by exactly this name; several may be.
pub fn ids_named(db: &mut Db, name: &str) -> Result<Vec<Id>> {
    // As names are stored: PostgreSQL refuses to compare with a NUL.
    store::ids_named(db, &clean_line(name))
}

/// The persons whose name holds `part`: for those who read the log of decisions.
///
/// # Errors
/// `SignInRequired`, `Forbidden`.
pub fn ids_like(db: &mut Db, who: &Who, part: &str) -> Result<Vec<Id>> {
    who.may(Action::Moderate)?;
    store::ids_like(db, &clean_line(part))
}

/// Persons by their own names, also those who have left: for those who read the log of decisions.
///
/// # Errors
/// `SignInRequired`, `Forbidden`.
pub fn in_full(db: &mut Db, who: &Who, ids: &[Id]) -> Result<HashMap<Id, Person>> {
    who.may(Action::Moderate)?;
    let people = store::by_ids(db, ids)?.into_iter();
    Ok(people.map(|person| (person.id, person)).collect())
}

/// The authors of a page, by id: one query.
pub fn authors(db: &mut Db, ids: &[Id]) -> Result<HashMap<Id, Author>> {
    let authors = store::authors(db, ids)?.into_iter();
    Ok(authors.filter_map(|one| Some((one.id?, one))).collect())
}

/// Addresses by id: for the export alone. Closed accounts have a stand-in.
pub fn addresses(db: &mut Db, ids: &[Id]) -> Result<HashMap<Id, String>> {
    Ok(store::by_ids(db, ids)?
        .into_iter()
        .map(|person| match person.closed_at {
            Some(_) => (person.id, closing::stand_in(person.id)),
            None => (person.id, person.email),
        })
        .collect())
}

/// Those of `ids` who can sign in: nobody else is told anything.
pub fn active_among(db: &mut Db, ids: &[Id]) -> Result<Vec<Id>> {
    store::active_among(db, ids)
}

/// People for the administration page: by name or address, in order of address.
pub fn list(
    db: &mut Db,
    who: &Who,
    wanted: &str,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<Person>> {
    who.may(Action::ManagePeople)?;
    let (wanted, after) = (clean_line(wanted), after.map(clean_line));
    store::list(db, &fold(&wanted), &wanted, after.as_deref(), limit)
}

/// Whose role lets them curate.
const CURATORS: [Role; 2] = [Role::Trainer, Role::Administrator];

/// Active trainers and administrators, by address: whom trainers ask to work with them.
///
/// # Errors
/// `SignInRequired`, `Forbidden`.
pub fn curators(db: &mut Db, who: &Who) -> Result<Vec<Person>> {
    who.may(Action::Curate)?;
    store::active_with_roles(db, &CURATORS)
}

/// Those of `ids` who can sign in and curate.
pub fn curators_among(db: &mut Db, ids: &[Id]) -> Result<Vec<Id>> {
    let found = store::by_ids(db, ids)?.into_iter();
    Ok(found
        .filter(|one| one.state == State::Active && CURATORS.contains(&one.role))
        .map(|one| one.id)
        .collect())
}

/// Active accounts by school (slug).
///
/// # Errors
/// `SignInRequired`, `Forbidden`.
pub fn counts_by_school(db: &mut Db, who: &Who) -> Result<HashMap<String, i64>> {
    who.may(Action::ManagePeople)?;
    store::counts_by_school(db)
}

/// The command line acts as the house itself: whoever can start the program can read its database.
pub fn house() -> Who {
    Who::Member(Box::new(Member {
        id: Id(uuid::Uuid::nil()),
        name: "hiroba".to_owned(),
        email: String::new(),
        role: Role::Administrator,
        school_type: String::new(),
        position: None,
        shows_position: false,
        session: Id(uuid::Uuid::nil()),
        unseen: 0,
    }))
}
