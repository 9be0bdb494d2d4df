//! SQL of people, sessions and links.

use std::collections::HashMap;

use diesel::dsl::count_star;
use diesel::prelude::*;

use super::profile::{Experience, Extras, Item};
use super::{
    Author, DEPARTED, Email, Member, NewPerson, Person, Role, Session, SessionKind, Signed, State,
    UNPROVED,
};
use crate::clock::At;
use crate::db::among::AmongIds as _;
use crate::db::portable::{OnBoth, duplicates};
use crate::db::schema::{accounts, feed_keys, invitations, mail_links, sessions};
use crate::db::types::Word;
use crate::db::{Db, MultiBackend};
use crate::error::{Error, Result};
use crate::id::Id;
use crate::straight;

#[derive(Queryable, Selectable)]
#[diesel(table_name = accounts, check_for_backend(MultiBackend))]
struct PersonRow {
    id: Id,
    email: String,
    name: String,
    school_type: String,
    school: Option<String>,
    role: Role,
    position: Option<String>,
    grades: String,
    subjects: String,
    tools: String,
    experience: Option<Experience>,
    shown: String,
    state: State,
    created_at: At,
    closed_at: Option<At>,
}

impl PersonRow {
    fn into_person(self) -> Result<Person> {
        Ok(Person {
            id: self.id,
            email: self.email,
            name: self.name,
            school_type: self.school_type,
            school: self.school,
            role: self.role,
            position: self.position,
            grades: serde_json::from_str(&self.grades).map_err(Error::internal)?,
            subjects: serde_json::from_str(&self.subjects).map_err(Error::internal)?,
            tools: serde_json::from_str(&self.tools).map_err(Error::internal)?,
            experience: self.experience,
            shown: items(&self.shown),
            state: self.state,
            created_at: self.created_at,
            closed_at: self.closed_at,
        })
    }
}

/// Words parted by commas, in their order.
fn items(text: &str) -> Vec<Item> {
    text.split(',').filter_map(Item::from_word).collect()
}

fn json(list: &[String]) -> String {
    serde_json::Value::from(list).to_string()
}

pub fn by_id(db: &mut Db, id: Id) -> Result<Person> {
    accounts::table
        .find(id)
        .select(PersonRow::as_select())
        .first(db)?
        .into_person()
}

/// What posts of these are signed with.
pub fn authors(db: &mut Db, ids: &[Id]) -> Result<Vec<Author>> {
    type Row = (Id, String, State, String, Option<String>, String, Role);
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let query = accounts::table.filter(accounts::id.among(ids)).select((
        accounts::id,
        accounts::name,
        accounts::state,
        accounts::school_type,
        accounts::position,
        accounts::shown,
        accounts::role,
    ));
    let rows = straight!(db, query.load::<Row>)?;
    let signed =
        rows.into_iter().map(
            |(id, name, state, school_type, position, shown, role)| Signed {
                id,
                name,
                state,
                school_type,
                position,
                shows_position: items(&shown).contains(&Item::Position),
                role,
            },
        );
    Ok(signed.map(Signed::into_author).collect())
}

pub fn by_ids(db: &mut Db, ids: &[Id]) -> Result<Vec<Person>> {
    accounts::table
        .filter(accounts::id.among(ids))
        .select(PersonRow::as_select())
        .load(db)?
        .into_iter()
        .map(PersonRow::into_person)
        .collect()
}

/// At most this many persons of one name.
const MAX_NAMESAKES: i64 = 20;

pub fn ids_named(db: &mut Db, name: &str) -> Result<Vec<Id>> {
    Ok(accounts::table
        .filter(accounts::name.eq(name))
        .filter(accounts::state.ne(State::Suspended))
        .order(accounts::id)
        .limit(MAX_NAMESAKES)
        .select(accounts::id)
        .load(db)?)
}

/// At most this many persons whose names are alike.
const MAX_ALIKE: i64 = 100;

pub fn ids_like(db: &mut Db, part: &str) -> Result<Vec<Id>> {
    Ok(accounts::table
        .filter(accounts::name.like(containing(part)).escape('\\'))
        .order(accounts::id)
        .limit(MAX_ALIKE)
        .select(accounts::id)
        .load(db)?)
}

pub fn signed_up_at(db: &mut Db, id: Id) -> Result<Option<At>> {
    Ok(accounts::table
        .find(id)
        .select(accounts::signed_up_at)
        .first(db)?)
}

pub fn set_signed_up(db: &mut Db, id: Id, at: At) -> Result<()> {
    diesel::update(accounts::table.find(id))
        .set(accounts::signed_up_at.eq(at))
        .execute(db)?;
    Ok(())
}

pub fn by_email(db: &mut Db, email: &str) -> Result<Option<Person>> {
    accounts::table
        .filter(accounts::email.eq(email))
        .select(PersonRow::as_select())
        .first(db)
        .optional()?
        .map(PersonRow::into_person)
        .transpose()
}

pub fn insert(
    db: &mut Db,
    id: Id,
    new: &NewPerson,
    state: State,
    password_hash: Option<&str>,
    now: At,
) -> Result<()> {
    diesel::insert_into(accounts::table)
        .values((
            accounts::id.eq(id),
            accounts::email.eq(new.email.as_str()),
            accounts::name.eq(&new.name),
            accounts::school_type.eq(&new.school_type),
            accounts::school.eq(&new.school),
            accounts::role.eq(new.role),
            accounts::position.eq(&new.position),
            accounts::grades.eq(json(&new.grades)),
            accounts::subjects.eq(json(&new.subjects)),
            accounts::state.eq(state),
            accounts::password_hash.eq(password_hash),
            accounts::created_at.eq(now),
            accounts::updated_at.eq(now),
        ))
        .execute(db)
        .map_err(|error| {
            if duplicates(&error, "accounts", "email") {
                Error::field("email", "taken", "このメールアドレスは登録されています。")
            } else {
                error.into()
            }
        })?;
    Ok(())
}

/// How many active people of a role (and school type) there are, counted up to `enough`.
pub fn count_alike(
    db: &mut Db,
    role: Role,
    school_type: Option<&str>,
    enough: usize,
) -> Result<usize> {
    let all = accounts::table
        .filter(accounts::role.eq(role))
        .filter(accounts::state.eq(State::Active))
        .limit(i64::try_from(enough).unwrap_or(i64::MAX))
        .select(accounts::id);
    let found = match school_type {
        Some(school_type) => {
            let among = all.filter(accounts::school_type.eq(school_type));
            straight!(db, among.load::<Id>)?
        }
        None => straight!(db, all.load::<Id>)?,
    };
    Ok(found.len())
}

pub fn insert_placeholder(db: &mut Db, id: Id, email: &Email, now: At) -> Result<()> {
    insert_without_owner(db, id, email.as_str(), now)
}

/// What stands in place of the address is none: nobody can sign up with it.
pub fn insert_unknown(db: &mut Db, id: Id, now: At) -> Result<()> {
    insert_without_owner(db, id, "(sealed)", now)
}

fn insert_without_owner(db: &mut Db, id: Id, email: &str, now: At) -> Result<()> {
    diesel::insert_into(accounts::table)
        .values((
            accounts::id.eq(id),
            accounts::email.eq(email),
            accounts::name.eq(UNPROVED),
            accounts::school_type.eq(""),
            accounts::role.eq(Role::Teacher),
            accounts::grades.eq("[]"),
            accounts::subjects.eq("[]"),
            accounts::state.eq(State::Placeholder),
            accounts::created_at.eq(now),
            accounts::updated_at.eq(now),
        ))
        .execute(db)?;
    Ok(())
}

/// As `by_id`; role and state stay as they are until this transaction ends.
pub fn held(db: &mut Db, id: Id) -> Result<Person> {
    if let Db::Postgres(pg) = db {
        accounts::table
            .find(id)
            .select(accounts::id)
            .for_no_key_update()
            .first::<Id>(pg)?;
    }
    by_id(db, id)
}

/// Overwrites everything but the address; the password only where one is given. As everywhere here, a closed account stays
/// as it is, also for a request that began before it was closed.
pub fn fill_in(
    db: &mut Db,
    id: Id,
    new: &NewPerson,
    state: State,
    password_hash: Option<&str>,
    now: At,
) -> Result<()> {
    diesel::update(
        accounts::table
            .find(id)
            .filter(accounts::closed_at.is_null()),
    )
    .set((
        accounts::name.eq(&new.name),
        accounts::school_type.eq(&new.school_type),
        accounts::school.eq(&new.school),
        accounts::role.eq(new.role),
        accounts::position.eq(&new.position),
        accounts::grades.eq(json(&new.grades)),
        accounts::subjects.eq(json(&new.subjects)),
        accounts::state.eq(state),
        accounts::updated_at.eq(now),
    ))
    .execute(db)?;
    if let Some(hash) = password_hash {
        set_hash(db, id, hash)?;
    }
    Ok(())
}

pub fn set_extras(db: &mut Db, id: Id, extras: &Extras, now: At) -> Result<()> {
    let shown: Vec<&str> = extras.shown.iter().map(|item| item.word()).collect();
    diesel::update(
        accounts::table
            .find(id)
            .filter(accounts::closed_at.is_null()),
    )
    .set((
        accounts::tools.eq(json(&extras.tools)),
        accounts::experience.eq(extras.experience),
        accounts::shown.eq(shown.join(",")),
        accounts::updated_at.eq(now),
    ))
    .execute(db)?;
    Ok(())
}

fn set_hash(db: &mut Db, id: Id, hash: &str) -> Result<()> {
    diesel::update(
        accounts::table
            .find(id)
            .filter(accounts::closed_at.is_null()),
    )
    .set(accounts::password_hash.eq(hash))
    .execute(db)?;
    Ok(())
}

pub fn replace_hash(db: &mut Db, id: Id, old: &str, new: &str) -> Result<()> {
    diesel::update(
        accounts::table
            .find(id)
            .filter(accounts::password_hash.eq(old)),
    )
    .set(accounts::password_hash.eq(new))
    .execute(db)?;
    Ok(())
}

pub fn set_password(db: &mut Db, id: Id, hash: &str, now: At) -> Result<()> {
    diesel::update(
        accounts::table
            .find(id)
            .filter(accounts::closed_at.is_null()),
    )
    .set((
        accounts::password_hash.eq(hash),
        accounts::state.eq(State::Active),
        accounts::updated_at.eq(now),
    ))
    .execute(db)?;
    Ok(())
}

pub fn set_role(db: &mut Db, id: Id, role: Role, now: At) -> Result<()> {
    let changed = diesel::update(
        accounts::table
            .find(id)
            .filter(accounts::closed_at.is_null()),
    )
    .set((accounts::role.eq(role), accounts::updated_at.eq(now)))
    .execute(db)?;
    found(changed)
}

pub fn set_state(db: &mut Db, id: Id, state: State, now: At) -> Result<()> {
    let changed = diesel::update(
        accounts::table
            .find(id)
            .filter(accounts::state.ne(State::Placeholder))
            .filter(accounts::closed_at.is_null()),
    )
    .set((accounts::state.eq(state), accounts::updated_at.eq(now)))
    .execute(db)?;
    found(changed)
}

fn found(changed: usize) -> Result<()> {
    if changed == 0 {
        Err(Error::NotFound)
    } else {
        Ok(())
    }
}

/// A pattern for texts that hold `part`.
fn containing(part: &str) -> String {
    let escaped = part
        .replace('\\', "\\\\")
        .replace('%', "\\%")
        .replace('_', "\\_");
    format!("%{escaped}%")
}

pub fn list(
    db: &mut Db,
    folded: &str,
    typed: &str,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<Person>> {
    let mut query = accounts::table
        .filter(accounts::state.ne(State::Placeholder))
        .filter(accounts::closed_at.is_null())
        .order(accounts::email)
        .limit(limit)
        .select(PersonRow::as_select())
        .into_boxed::<MultiBackend>();
    if !folded.is_empty() {
        query = query.filter(
            accounts::email
                .like(containing(&typed.to_lowercase()))
                .escape('\\')
                .or(accounts::name.like(containing(typed)).escape('\\')),
        );
    }
    if let Some(after) = after {
        query = query.filter(accounts::email.gt(after.to_owned()));
    }
    query
        .load(db)?
        .into_iter()
        .map(PersonRow::into_person)
        .collect()
}

pub fn counts_by_school(db: &mut Db) -> Result<HashMap<String, i64>> {
    let rows = accounts::table
        .filter(accounts::state.eq(State::Active))
        .group_by(accounts::school)
        .select((accounts::school, count_star()))
        .load::<(Option<String>, i64)>(db)?;
    Ok(rows
        .into_iter()
        .filter_map(|(school, people)| Some((school?, people)))
        .collect())
}

pub fn sign_in_candidate(db: &mut Db, email: &str) -> Result<Option<(Id, Option<String>)>> {
    Ok(accounts::table
        .filter(accounts::email.eq(email))
        .filter(accounts::state.eq(State::Active))
        .select((accounts::id, accounts::password_hash))
        .first(db)
        .optional()?)
}

/// The stored hash of an active account, which stays as it is until this transaction ends.
pub fn held_hash(db: &mut Db, account: Id) -> Result<Option<String>> {
    let query = accounts::table
        .find(account)
        .filter(accounts::state.eq(State::Active))
        .select(accounts::password_hash);
    let hash = match db {
        Db::Postgres(pg) => query.for_no_key_update().first::<Option<String>>(pg),
        Db::Sqlite(sqlite) => query.first::<Option<String>>(sqlite), // its one writer is us
    };
    Ok(hash.optional()?.flatten())
}

/// The member behind a session that has not ended; browser sessions also end when they were idle since `idle_since`.
pub fn by_session(
    db: &mut Db,
    secret_hash: &str,
    now: At,
    idle_since: At,
) -> Result<Option<(Member, At)>> {
    type Row = (
        Id,
        String,
        String,
        Role,
        String,
        (Option<String>, String),
        Id,
        At,
    );
    let query = sessions::table
        .inner_join(accounts::table.on(accounts::id.eq(sessions::account_id)))
        .filter(sessions::secret_hash.eq(secret_hash))
        .filter(sessions::expires_at.gt(now))
        .filter(
            sessions::kind
                .ne(SessionKind::Browser)
                .or(sessions::last_seen_at.gt(idle_since)),
        )
        .filter(accounts::state.eq(State::Active))
        .select((
            accounts::id,
            accounts::name,
            accounts::email,
            accounts::role,
            accounts::school_type,
            (accounts::position, accounts::shown),
            sessions::id,
            sessions::last_seen_at,
        ))
        .limit(1);
    let row = straight!(db, query.get_result::<Row>).optional()?;
    Ok(row.map(
        |(id, name, email, role, school_type, (position, shown), session, seen)| {
            let member = Member {
                id,
                name,
                email,
                role,
                school_type,
                position,
                shows_position: items(&shown).contains(&Item::Position),
                session,
                unseen: 0,
            };
            (member, seen)
        },
    ))
}

pub fn touch_session(db: &mut Db, session: Id, now: At) -> Result<()> {
    diesel::update(sessions::table.find(session))
        .set(sessions::last_seen_at.eq(now))
        .execute(db)?;
    Ok(())
}

pub fn insert_session(
    db: &mut Db,
    account: Id,
    session: &Session,
    secret_hash: &str,
) -> Result<()> {
    diesel::insert_into(sessions::table)
        .values((
            sessions::id.eq(session.id),
            sessions::account_id.eq(account),
            sessions::kind.eq(session.kind),
            sessions::secret_hash.eq(secret_hash),
            sessions::label.eq(&session.label),
            sessions::created_at.eq(session.created_at),
            sessions::last_seen_at.eq(session.last_seen_at),
            sessions::expires_at.eq(session.expires_at),
        ))
        .execute(db)?;
    Ok(())
}

pub fn forget_ended_sessions(db: &mut Db, account: Id, now: At) -> Result<()> {
    diesel::delete(
        sessions::table
            .filter(sessions::account_id.eq(account))
            .filter(sessions::expires_at.le(now)),
    )
    .execute(db)?;
    Ok(())
}

pub fn sessions_of(db: &mut Db, account: Id, now: At) -> Result<Vec<Session>> {
    let rows = sessions::table
        .filter(sessions::account_id.eq(account))
        .filter(sessions::expires_at.gt(now))
        .order(sessions::last_seen_at.desc())
        .select((
            sessions::id,
            sessions::kind,
            sessions::label,
            sessions::created_at,
            sessions::last_seen_at,
            sessions::expires_at,
        ))
        .load::<(Id, SessionKind, String, At, At, At)>(db)?;
    Ok(rows
        .into_iter()
        .map(
            |(id, kind, label, created_at, last_seen_at, expires_at)| Session {
                id,
                kind,
                label,
                created_at,
                last_seen_at,
                expires_at,
            },
        )
        .collect())
}

pub fn delete_session(db: &mut Db, account: Id, session: Id) -> Result<bool> {
    let gone = diesel::delete(
        sessions::table
            .find(session)
            .filter(sessions::account_id.eq(account)),
    )
    .execute(db)?;
    Ok(gone == 1)
}

/// Ends every session of the account except `kept`.
pub fn delete_sessions_but(db: &mut Db, account: Id, kept: Option<Id>) -> Result<()> {
    let all = sessions::table.filter(sessions::account_id.eq(account));
    match kept {
        Some(kept) => diesel::delete(all.filter(sessions::id.ne(kept))).execute(db)?,
        None => diesel::delete(all).execute(db)?,
    };
    Ok(())
}

pub fn insert_link(
    db: &mut Db,
    id: Id,
    account: Id,
    secret_hash: &str,
    now: At,
    expires_at: At,
) -> Result<()> {
    diesel::insert_into(mail_links::table)
        .values((
            mail_links::id.eq(id),
            mail_links::account_id.eq(account),
            mail_links::secret_hash.eq(secret_hash),
            mail_links::created_at.eq(now),
            mail_links::expires_at.eq(expires_at),
        ))
        .execute(db)?;
    Ok(())
}

pub fn link_owner(db: &mut Db, secret_hash: &str, now: At) -> Result<Option<Person>> {
    mail_links::table
        .inner_join(accounts::table.on(accounts::id.eq(mail_links::account_id)))
        .filter(mail_links::secret_hash.eq(secret_hash))
        .filter(mail_links::expires_at.gt(now))
        .filter(accounts::state.eq_any([State::Active, State::Unverified]))
        .select(PersonRow::as_select())
        .first(db)
        .optional()?
        .map(PersonRow::into_person)
        .transpose()
}

/// False when the link is used or gone. On PostgreSQL the second of two at once waits here for the first.
pub fn use_link(db: &mut Db, secret_hash: &str) -> Result<bool> {
    let link = mail_links::table.filter(mail_links::secret_hash.eq(secret_hash));
    Ok(diesel::delete(link).execute(db)? == 1)
}

pub fn delete_links(db: &mut Db, account: Id) -> Result<()> {
    diesel::delete(mail_links::table.filter(mail_links::account_id.eq(account))).execute(db)?;
    Ok(())
}

pub fn active_among(db: &mut Db, ids: &[Id]) -> Result<Vec<Id>> {
    Ok(accounts::table
        .filter(accounts::id.among(ids))
        .filter(accounts::state.eq(State::Active))
        .select(accounts::id)
        .load(db)?)
}

/// Those with one of these roles who can sign in, by address.
pub fn active_with_roles(db: &mut Db, roles: &[Role]) -> Result<Vec<Person>> {
    accounts::table
        .filter(accounts::role.eq_any(roles))
        .filter(accounts::state.eq(State::Active))
        .order(accounts::email)
        .select(PersonRow::as_select())
        .load(db)?
        .into_iter()
        .map(PersonRow::into_person)
        .collect()
}

/// The administrators who can sign in.
pub fn administrators(db: &mut Db) -> Result<Vec<Id>> {
    Ok(accounts::table
        .filter(accounts::role.eq(Role::Administrator))
        .filter(accounts::state.eq(State::Active))
        .select(accounts::id)
        .load(db)?)
}

/// As `administrators`; none of them stops being one until this transaction ends.
pub fn held_administrators(db: &mut Db) -> Result<Vec<Id>> {
    let query = accounts::table
        .filter(accounts::role.eq(Role::Administrator))
        .filter(accounts::state.eq(State::Active))
        .order(accounts::id)
        .select(accounts::id);
    Ok(match db {
        Db::Postgres(pg) => query.for_no_key_update().load(pg)?,
        Db::Sqlite(sqlite) => query.load(sqlite)?, // its one writer is us
    })
}

/// Leaves of an account what foreign keys need.
pub fn close(db: &mut Db, id: Id, tombstone: &str, now: At) -> Result<()> {
    diesel::update(accounts::table.find(id))
        .set((
            (
                accounts::email.eq(tombstone),
                accounts::name.eq(DEPARTED),
                accounts::school_type.eq(""),
                accounts::school.eq(None::<String>),
                accounts::role.eq(Role::Teacher),
                accounts::position.eq(None::<String>),
                accounts::grades.eq("[]"),
                accounts::subjects.eq("[]"),
            ),
            accounts::tools.eq("[]"),
            accounts::experience.eq(None::<Experience>),
            accounts::shown.eq(""),
            accounts::state.eq(State::Suspended),
            accounts::password_hash.eq(None::<String>),
            accounts::closed_at.eq(now),
            accounts::updated_at.eq(now),
        ))
        .execute(db)?;
    Ok(())
}

/// Removes the links by which somebody invites, and their key for feeds.
pub fn delete_keys(db: &mut Db, account: Id) -> Result<()> {
    diesel::delete(invitations::table.filter(invitations::account_id.eq(account))).execute(db)?;
    delete_feed_key(db, account)
}

pub fn feed_key(db: &mut Db, account: Id) -> Result<Option<String>> {
    Ok(feed_keys::table
        .find(account)
        .select(feed_keys::token)
        .first(db)
        .optional()?)
}

pub fn put_feed_key(db: &mut Db, account: Id, token: &str, now: At) -> Result<()> {
    let values = (feed_keys::token.eq(token), feed_keys::created_at.eq(now));
    OnBoth(
        diesel::insert_into(feed_keys::table)
            .values((feed_keys::account_id.eq(account), values))
            .on_conflict(feed_keys::account_id)
            .do_update()
            .set(values),
    )
    .execute(db)?;
    Ok(())
}

pub fn delete_feed_key(db: &mut Db, account: Id) -> Result<()> {
    diesel::delete(feed_keys::table.find(account)).execute(db)?;
    Ok(())
}

/// The owner of a key, who can sign in.
pub fn feed_reader(db: &mut Db, token: &str) -> Result<Option<Person>> {
    feed_keys::table
        .inner_join(accounts::table.on(accounts::id.eq(feed_keys::account_id)))
        .filter(feed_keys::token.eq(token))
        .filter(accounts::state.eq(State::Active))
        .select(PersonRow::as_select())
        .first(db)
        .optional()?
        .map(PersonRow::into_person)
        .transpose()
}
