//! SQL of mail settings, notices and the outbox.

use std::collections::HashMap;

use chrono::TimeDelta;
use diesel::dsl::{count_star, exists, max, not};
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::outbox::{About, Claimed, Failure, NewLetter, Settled, State};
use super::settings::{Frequency, Reader, Reason, Settings};
use super::site::{Event, StepNews};
use crate::accounts;
use crate::calendar::Window;
use crate::clock::At;
use crate::db::among::AmongIds as _;
use crate::db::portable::OnBoth;
use crate::db::schema::{
    accounts as people, mail_settings, notices, outbox, post_notices, requests, seal_requests,
    site_notices, tryout_notices,
};
use crate::db::types::Word;
use crate::db::{Db, MultiBackend};
use crate::error::{Error, Result};
use crate::id::Id;
use crate::moderation::log::Decided;
use crate::replies::Reply;
use crate::seals::Standing;
use crate::straight;

#[derive(Queryable, Selectable)]
#[diesel(table_name = mail_settings, check_for_backend(MultiBackend))]
struct SettingsRow {
    account_id: Id,
    frequency: Frequency,
    weekday: i32,
    time_window: Window,
    contents: String,
    policies: String,
    school_types: String,
    subjects: String,
    at_once: String,
    any_time: bool,
    paused_until: Option<chrono::NaiveDate>,
    in_vacation: bool,
    token: String,
    bounces: i32,
    silenced: bool,
}

/// Lists of words without commas stand in one column.
fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').filter(|part| !part.is_empty())
}

fn words_of<T: Word>(text: &str) -> Vec<T> {
    split(text).filter_map(T::from_word).collect()
}

fn joined<T: Word>(list: &[T]) -> String {
    let words: Vec<&str> = list.iter().map(|one| one.word()).collect();
    words.join(",")
}

impl SettingsRow {
    fn into_settings(self) -> Settings {
        let texts = |text: &str| split(text).map(ToOwned::to_owned).collect();
        Settings {
            frequency: self.frequency,
            weekday: u32::try_from(self.weekday).unwrap_or(super::settings::DEFAULT_WEEKDAY),
            window: self.time_window,
            contents: words_of(&self.contents),
            policies: split(&self.policies)
                .filter_map(|number| number.parse().ok())
                .collect(),
            school_types: texts(&self.school_types),
            subjects: texts(&self.subjects),
            at_once: words_of(&self.at_once),
            any_time: self.any_time,
            paused_until: self.paused_until,
            in_vacation: self.in_vacation,
            token: self.token,
            bounces: self.bounces,
            silenced: self.silenced,
        }
    }
}

fn day_number(weekday: u32) -> i32 {
    i32::try_from(weekday).unwrap_or(i32::MAX)
}

pub fn settings_of(db: &mut Db, account: Id) -> Result<Option<Settings>> {
    let row = mail_settings::table
        .find(account)
        .select(SettingsRow::as_select())
        .first(db)
        .optional()?;
    Ok(row.map(SettingsRow::into_settings))
}

pub fn by_token(db: &mut Db, token: &str) -> Result<Option<(Id, Settings)>> {
    if token.is_empty() || token.contains('\0') {
        return Ok(None);
    }
    let row = mail_settings::table
        .filter(mail_settings::token.eq(token))
        .select(SettingsRow::as_select())
        .first(db)
        .optional()?;
    Ok(row.map(|row| (row.account_id, row.into_settings())))
}

/// Writes settings where there are none; leaves others alone.
pub fn insert_settings(db: &mut Db, account: Id, settings: &Settings, now: At) -> Result<()> {
    OnBoth(
        diesel::insert_into(mail_settings::table)
            .values((
                mail_settings::account_id.eq(account),
                mail_settings::frequency.eq(settings.frequency),
                mail_settings::weekday.eq(day_number(settings.weekday)),
                mail_settings::time_window.eq(settings.window),
                mail_settings::contents.eq(joined(&settings.contents)),
                mail_settings::policies.eq(""),
                mail_settings::school_types.eq(""),
                mail_settings::subjects.eq(""),
                mail_settings::at_once.eq(joined(&settings.at_once)),
                mail_settings::any_time.eq(settings.any_time),
                mail_settings::in_vacation.eq(settings.in_vacation),
                mail_settings::token.eq(&settings.token),
                mail_settings::updated_at.eq(now),
            ))
            .on_conflict_do_nothing(),
    )
    .execute(db)?;
    Ok(())
}

pub fn without_settings(db: &mut Db, limit: i64) -> Result<Vec<Id>> {
    let known = mail_settings::table.filter(mail_settings::account_id.eq(people::id));
    Ok(people::table
        .filter(people::state.eq(accounts::State::Active))
        .filter(not(exists(known)))
        .order(people::id)
        .limit(limit)
        .select(people::id)
        .load(db)?)
}

pub fn save_settings(db: &mut Db, account: Id, settings: &Settings, now: At) -> Result<()> {
    let policies: Vec<String> = settings.policies.iter().map(ToString::to_string).collect();
    diesel::update(mail_settings::table.find(account))
        .set((
            mail_settings::frequency.eq(settings.frequency),
            mail_settings::weekday.eq(day_number(settings.weekday)),
            mail_settings::time_window.eq(settings.window),
            mail_settings::contents.eq(joined(&settings.contents)),
            mail_settings::policies.eq(policies.join(",")),
            mail_settings::school_types.eq(settings.school_types.join(",")),
            mail_settings::subjects.eq(settings.subjects.join(",")),
            mail_settings::at_once.eq(joined(&settings.at_once)),
            mail_settings::any_time.eq(settings.any_time),
            mail_settings::paused_until.eq(settings.paused_until),
            mail_settings::in_vacation.eq(settings.in_vacation),
            mail_settings::updated_at.eq(now),
        ))
        .execute(db)?;
    Ok(())
}

pub fn set_bounces(db: &mut Db, account: Id, bounces: i32, silenced: bool, now: At) -> Result<()> {
    diesel::update(mail_settings::table.find(account))
        .set((
            mail_settings::bounces.eq(bounces),
            mail_settings::silenced.eq(silenced),
            mail_settings::updated_at.eq(now),
        ))
        .execute(db)?;
    Ok(())
}

pub fn with_bounces(db: &mut Db, accounts: &[Id]) -> Result<Vec<Id>> {
    Ok(mail_settings::table
        .filter(mail_settings::account_id.among(accounts))
        .filter(mail_settings::bounces.gt(0))
        .filter(mail_settings::silenced.eq(false))
        .select(mail_settings::account_id)
        .load(db)?)
}

pub fn chosen_slots(db: &mut Db) -> Result<Vec<(u32, Window)>> {
    let rows: Vec<(i32, Window)> = mail_settings::table
        .select((mail_settings::weekday, mail_settings::time_window))
        .distinct()
        .load(db)?;
    let slots = rows.into_iter();
    Ok(slots
        .filter_map(|(day, window)| Some((u32::try_from(day).ok()?, window)))
        .collect())
}

type ReaderRow = (SettingsRow, String, String, String, String, accounts::State);

fn reader(row: ReaderRow) -> Result<Reader> {
    let (settings, email, name, school_type, subjects, state) = row;
    Ok(Reader {
        account: settings.account_id,
        email,
        name,
        school_type,
        own_subjects: serde_json::from_str(&subjects).map_err(Error::internal)?,
        active: state == accounts::State::Active,
        settings: settings.into_settings(),
    })
}

macro_rules! reader_columns {
    () => {
        (
            SettingsRow::as_select(),
            people::email,
            people::name,
            people::school_type,
            people::subjects,
            people::state,
        )
    };
}

pub fn digest_readers(
    db: &mut Db,
    weekday: u32,
    window: Window,
    after: Option<Id>,
    limit: i64,
) -> Result<Vec<Reader>> {
    let mut query = mail_settings::table
        .inner_join(people::table)
        .filter(mail_settings::weekday.eq(day_number(weekday)))
        .filter(mail_settings::time_window.eq(window))
        .filter(mail_settings::frequency.ne(Frequency::Never))
        .filter(people::state.eq(accounts::State::Active))
        .order(mail_settings::account_id)
        .limit(limit)
        .select(reader_columns!())
        .into_boxed::<MultiBackend>();
    if let Some(after) = after {
        query = query.filter(mail_settings::account_id.gt(after));
    }
    let rows: Vec<ReaderRow> = query.load(db)?;
    rows.into_iter().map(reader).collect()
}

pub fn readers(db: &mut Db, accounts: &[Id]) -> Result<Vec<Reader>> {
    let rows: Vec<ReaderRow> = mail_settings::table
        .inner_join(people::table)
        .filter(mail_settings::account_id.among(accounts))
        .select(reader_columns!())
        .load(db)?;
    rows.into_iter().map(reader).collect()
}

/// Keeps other transactions from writing to this reader until ours ends.
pub fn hold(db: &mut Db, account: Id) -> Result<()> {
    diesel::update(mail_settings::table.find(account))
        .set(mail_settings::bounces.eq(mail_settings::bounces))
        .execute(db)?;
    Ok(())
}

pub fn insert_notice(
    db: &mut Db,
    account: Id,
    reply: &Reply,
    why: Reason,
    run_at: At,
) -> Result<()> {
    OnBoth(
        diesel::insert_into(notices::table)
            .values((
                notices::account_id.eq(account),
                notices::reply_id.eq(reply.id),
                notices::thread_id.eq(reply.thread),
                notices::why.eq(why),
                notices::run_at.eq(run_at),
            ))
            .on_conflict_do_nothing(),
    )
    .execute(db)?;
    Ok(())
}

/// When each of these people was last written to about this thread.
pub fn last_news(db: &mut Db, thread: Id, accounts: &[Id]) -> Result<HashMap<Id, At>> {
    let rows: Vec<(Id, Option<At>)> = outbox::table
        .filter(outbox::thread_id.eq(thread))
        .filter(outbox::account_id.among(accounts))
        .group_by(outbox::account_id)
        .select((outbox::account_id, max(outbox::created_at)))
        .load(db)?;
    Ok(rows
        .into_iter()
        .filter_map(|(account, at)| Some((account, at?)))
        .collect())
}

/// Reader and thread of notices that are due, in a fixed order.
pub fn due_notices(db: &mut Db, limit: i64, now: At) -> Result<Vec<(Id, Id)>> {
    let mut pairs: Vec<(Id, Id)> = notices::table
        .filter(notices::run_at.le(now))
        .order(notices::run_at)
        .limit(limit)
        .select((notices::account_id, notices::thread_id))
        .load(db)?;
    pairs.sort_unstable();
    pairs.dedup();
    Ok(pairs)
}

/// Takes the due notices of a pair out of the queue, in the order of their replies.
pub fn take_notices(db: &mut Db, account: Id, thread: Id, now: At) -> Result<Vec<(Id, Reason)>> {
    let mut taken: Vec<(Id, Reason)> = diesel::delete(
        notices::table
            .filter(notices::account_id.eq(account))
            .filter(notices::thread_id.eq(thread))
            .filter(notices::run_at.le(now)),
    )
    .returning((notices::reply_id, notices::why))
    .get_results(db)?;
    taken.sort_unstable_by_key(|(reply, _)| *reply);
    Ok(taken)
}

pub fn put_off_notices(db: &mut Db, account: Id, thread: Id, to: At, now: At) -> Result<()> {
    diesel::update(
        notices::table
            .filter(notices::account_id.eq(account))
            .filter(notices::thread_id.eq(thread))
            .filter(notices::run_at.le(now)),
    )
    .set(notices::run_at.eq(to))
    .execute(db)?;
    Ok(())
}

/// Replies that wait for a letter to these readers.
pub fn noticed(db: &mut Db, accounts: &[Id]) -> Result<Vec<(Id, Id)>> {
    Ok(notices::table
        .filter(notices::account_id.among(accounts))
        .select((notices::account_id, notices::reply_id))
        .load(db)?)
}

pub fn add(db: &mut Db, letters: &[NewLetter], now: At) -> Result<()> {
    for letter in letters {
        let (issue, thread) = match letter.about {
            About::Issue(issue) => (Some(issue), None),
            About::Thread(thread) => (None, Some(thread)),
        };
        diesel::insert_into(outbox::table)
            .values((
                outbox::id.eq(letter.id),
                outbox::account_id.eq(letter.account),
                outbox::issue_id.eq(issue),
                outbox::thread_id.eq(thread),
                outbox::urgent.eq(thread.is_some()),
                outbox::state.eq(letter.state),
                outbox::reason.eq(letter.reason),
                outbox::frozen.eq(&letter.frozen),
                outbox::frozen_hash.eq(&letter.frozen_hash),
                outbox::run_at.eq(letter.run_at),
                outbox::created_at.eq(now),
                outbox::updated_at.eq(now),
            ))
            .execute(db)?;
    }
    Ok(())
}

type ClaimedRow = (Id, Id, Option<Id>, Option<Id>, String, String, i32, i32);

pub fn claim(db: &mut Db, limit: i64, lease: TimeDelta, now: At) -> Result<Vec<Claimed>> {
    let mut taken: Vec<Id> = Vec::new();
    for urgent in [true, false] {
        for state in [State::Queued, State::Sending] {
            let left = limit - i64::try_from(taken.len()).unwrap_or(limit);
            if left <= 0 {
                break;
            }
            let due = outbox::table
                .filter(outbox::state.eq(state))
                .filter(outbox::urgent.eq(urgent))
                .filter(outbox::run_at.le(now))
                .order(outbox::run_at)
                .limit(left)
                .select(outbox::id);
            let ids: Vec<Id> = match db {
                Db::Postgres(pg) => due.for_update().skip_locked().load(pg)?,
                Db::Sqlite(sqlite) => due.load(sqlite)?, // its one writer is us
            };
            taken.extend(ids);
        }
    }
    if taken.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<ClaimedRow> = diesel::update(outbox::table.filter(outbox::id.among(&taken)))
        .set((
            outbox::state.eq(State::Sending),
            outbox::fence.eq(outbox::fence + 1),
            outbox::run_at.eq(now.plus(lease)),
        ))
        .returning((
            outbox::id,
            outbox::account_id,
            outbox::issue_id,
            outbox::thread_id,
            outbox::frozen,
            outbox::frozen_hash,
            outbox::attempts,
            outbox::fence,
        ))
        .get_results(db)?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let (id, account, issue, thread, frozen, frozen_hash, attempts, fence) = row;
            let about = issue
                .map(About::Issue)
                .or_else(|| thread.map(About::Thread))?;
            Some(Claimed {
                id,
                account,
                about,
                frozen,
                frozen_hash,
                attempts,
                fence,
            })
        })
        .collect())
}

pub fn settle(db: &mut Db, settled: &Settled, now: At) -> Result<()> {
    let claimed = &settled.claimed;
    let change = (
        outbox::state.eq(settled.state),
        outbox::reason.eq(&settled.reason),
        outbox::sent_hash.eq(&settled.sent_hash),
        outbox::run_at.eq(settled.run_at),
        outbox::attempts.eq(claimed.attempts + i32::from(settled.tried)),
        outbox::updated_at.eq(now),
    );
    let row = outbox::table.filter(outbox::id.eq(claimed.id));
    if settled.state == State::Sent {
        diesel::update(row).set(change).execute(db)?;
    } else {
        diesel::update(row.filter(outbox::fence.eq(claimed.fence)))
            .set(change)
            .execute(db)?;
    }
    Ok(())
}

/// These letters were sent, and their text was that which was frozen.
pub fn settle_as_frozen(db: &mut Db, letters: &[Id], now: At) -> Result<()> {
    diesel::update(outbox::table.filter(outbox::id.among(letters)))
        .set((
            outbox::state.eq(State::Sent),
            outbox::reason.eq(""),
            outbox::sent_hash.eq(outbox::frozen_hash.nullable()),
            outbox::run_at.eq(now),
            outbox::attempts.eq(outbox::attempts + 1),
            outbox::updated_at.eq(now),
        ))
        .execute(db)?;
    Ok(())
}

/// The account of a letter that was sent and now came back.
pub fn mark_bounced(db: &mut Db, letter: Id, reason: &str, now: At) -> Result<Option<Id>> {
    let row = outbox::table
        .filter(outbox::id.eq(letter))
        .filter(outbox::state.eq(State::Sent));
    let accounts: Vec<Id> = diesel::update(row)
        .set((
            outbox::state.eq(State::Bounced),
            outbox::reason.eq(reason),
            outbox::updated_at.eq(now),
        ))
        .returning(outbox::account_id)
        .get_results(db)?;
    Ok(accounts.first().copied())
}

/// What became of the newest letters that were really handed in, the newest first.
pub fn last_states(db: &mut Db, account: Id, count: i64) -> Result<Vec<State>> {
    Ok(outbox::table
        .filter(outbox::account_id.eq(account))
        .filter(outbox::state.eq_any([State::Sent, State::Failed, State::Bounced]))
        .order((outbox::created_at.desc(), outbox::id.desc()))
        .limit(count)
        .select(outbox::state)
        .load(db)?)
}

/// What was frozen for letters that these people were sent, or that are on their way.
pub fn sent_to(db: &mut Db, accounts: &[Id], since: At) -> Result<Vec<(Id, String)>> {
    Ok(outbox::table
        .filter(outbox::account_id.among(accounts))
        .filter(outbox::updated_at.ge(since))
        .filter(outbox::state.eq_any([State::Sent, State::Queued, State::Sending]))
        .select((outbox::account_id, outbox::frozen))
        .load(db)?)
}

pub fn failures(db: &mut Db, limit: i64) -> Result<Vec<Failure>> {
    type Row = (Id, String, State, String, At, bool);
    let rows: Vec<Row> = outbox::table
        .inner_join(people::table)
        .inner_join(mail_settings::table.on(mail_settings::account_id.eq(people::id)))
        .filter(outbox::state.eq_any([State::Failed, State::Bounced]))
        .order(outbox::updated_at.desc())
        .limit(limit)
        .select((
            people::id,
            people::name,
            outbox::state,
            outbox::reason,
            outbox::updated_at,
            mail_settings::silenced,
        ))
        .load(db)?;
    Ok(rows
        .into_iter()
        .map(|(account, name, state, reason, at, silenced)| Failure {
            account,
            name,
            state,
            reason,
            at,
            silenced,
        })
        .collect())
}

pub fn news_figures(db: &mut Db) -> Result<Vec<(State, String, i64)>> {
    Ok(outbox::table
        .filter(outbox::urgent.eq(true))
        .group_by((outbox::state, outbox::reason))
        .order((outbox::state, outbox::reason))
        .select((outbox::state, outbox::reason, count_star()))
        .load(db)?)
}

pub fn forget(db: &mut Db, before: At, limit: i64) -> Result<usize> {
    let old: Vec<Id> = outbox::table
        .filter(outbox::created_at.lt(before))
        .limit(limit)
        .select(outbox::id)
        .load(db)?;
    Ok(diesel::delete(outbox::table.filter(outbox::id.among(&old))).execute(db)?)
}

pub fn insert_site_notice(db: &mut Db, account: Id, reply: Id, why: Event, at: At) -> Result<()> {
    OnBoth(
        diesel::insert_into(site_notices::table)
            .values((
                site_notices::account_id.eq(account),
                site_notices::reply_id.eq(reply),
                site_notices::why.eq(why),
                site_notices::at.eq(at),
            ))
            .on_conflict_do_nothing(),
    )
    .execute(db)?;
    Ok(())
}

/// A notice on the site as it is stored.
#[derive(Queryable, Selectable)]
#[diesel(table_name = site_notices, check_for_backend(MultiBackend))]
pub struct SiteNotice {
    #[diesel(column_name = reply_id)]
    pub reply: Id,
    pub why: Event,
    pub at: At,
    pub seen: bool,
}

pub fn site_notices(db: &mut Db, account: Id, limit: i64) -> Result<Vec<SiteNotice>> {
    Ok(site_notices::table
        .filter(site_notices::account_id.eq(account))
        .order((site_notices::at.desc(), site_notices::reply_id.desc()))
        .limit(limit)
        .select(SiteNotice::as_select())
        .load(db)?)
}

/// Notices of every kind, opened seals, and, where `curates`, what became of one's own requests.
pub fn count_unseen(db: &mut Db, account: Id, curates: bool) -> Result<i64> {
    let replies = site_notices::table
        .filter(site_notices::account_id.eq(account))
        .filter(site_notices::seen.eq(false))
        .count();
    let rulings = post_notices::table
        .filter(post_notices::account_id.eq(account))
        .filter(post_notices::seen.eq(false))
        .count();
    let tryouts = tryout_notices::table
        .filter(tryout_notices::account_id.eq(account))
        .filter(tryout_notices::seen.eq(false))
        .count();
    let seals = seal_requests::table
        .filter(seal_requests::author_id.eq(account))
        .filter(seal_requests::state.eq(Standing::Agreed))
        .filter(seal_requests::told.eq(false))
        .count();
    let asked = requests::table
        .filter(requests::trainer_id.eq(account))
        .filter(requests::news_seen.eq(false))
        .filter(curates.into_sql::<Bool>())
        .count();
    type Number = Option<i64>;
    let all = diesel::select((
        replies.single_value(),
        rulings.single_value(),
        tryouts.single_value(),
        seals.single_value(),
        asked.single_value(),
    ));
    let (replies, rulings, tryouts, seals, asked) =
        straight!(db, all.get_result::<(Number, Number, Number, Number, Number)>)?;
    let counts = [replies, rulings, tryouts, seals, asked];
    Ok(counts.into_iter().flatten().sum())
}

pub fn see_notices(db: &mut Db, account: Id, upto: At) -> Result<()> {
    diesel::update(
        site_notices::table
            .filter(site_notices::account_id.eq(account))
            .filter(site_notices::seen.eq(false))
            .filter(site_notices::at.le(upto)),
    )
    .set(site_notices::seen.eq(true))
    .execute(db)?;
    Ok(())
}

pub fn forget_notices(db: &mut Db, before: At, limit: i64) -> Result<usize> {
    let old: Vec<(Id, Id)> = site_notices::table
        .filter(site_notices::at.lt(before))
        .limit(limit)
        .select((site_notices::account_id, site_notices::reply_id))
        .load(db)?;
    let replies: Vec<Id> = old.iter().map(|(_, reply)| *reply).collect();
    Ok(diesel::delete(
        site_notices::table
            .filter(site_notices::reply_id.among(&replies))
            .filter(site_notices::at.lt(before)),
    )
    .execute(db)?)
}

pub fn insert_post_notice(db: &mut Db, decided: &Decided) -> Result<()> {
    OnBoth(
        diesel::insert_into(post_notices::table)
            .values((
                post_notices::id.eq(decided.id),
                post_notices::account_id.eq(decided.account),
                post_notices::thread_id.eq(decided.thread),
                post_notices::reply_id.eq(decided.reply),
                post_notices::decision.eq(decided.decision.word()),
                post_notices::reason.eq(&decided.reason),
                post_notices::at.eq(decided.at),
            ))
            .on_conflict_do_nothing(),
    )
    .execute(db)?;
    Ok(())
}

pub fn insert_step_notice(db: &mut Db, id: Id, account: Id, news: &StepNews) -> Result<()> {
    OnBoth(
        diesel::insert_into(post_notices::table)
            .values((
                post_notices::id.eq(id),
                post_notices::account_id.eq(account),
                post_notices::thread_id.eq(news.thread),
                post_notices::decision.eq(news.step.word()),
                post_notices::reason.eq(&news.text),
                post_notices::at.eq(news.at),
            ))
            .on_conflict_do_nothing(),
    )
    .execute(db)?;
    Ok(())
}

/// A decision on a post as its author is told it.
#[derive(Queryable, Selectable)]
#[diesel(table_name = post_notices, check_for_backend(MultiBackend))]
pub struct PostNotice {
    #[diesel(column_name = thread_id)]
    pub thread: Id,
    #[diesel(column_name = reply_id)]
    pub reply: Option<Id>,
    pub decision: String,
    pub reason: String,
    pub at: At,
    pub seen: bool,
}

pub fn post_notices(db: &mut Db, account: Id, limit: i64) -> Result<Vec<PostNotice>> {
    Ok(post_notices::table
        .filter(post_notices::account_id.eq(account))
        .order((post_notices::at.desc(), post_notices::id.desc()))
        .limit(limit)
        .select(PostNotice::as_select())
        .load(db)?)
}

pub fn see_post_notices(db: &mut Db, account: Id, upto: At) -> Result<()> {
    diesel::update(
        post_notices::table
            .filter(post_notices::account_id.eq(account))
            .filter(post_notices::seen.eq(false))
            .filter(post_notices::at.le(upto)),
    )
    .set(post_notices::seen.eq(true))
    .execute(db)?;
    Ok(())
}

pub fn forget_post_notices(db: &mut Db, before: At, limit: i64) -> Result<usize> {
    let old: Vec<Id> = post_notices::table
        .filter(post_notices::at.lt(before))
        .limit(limit)
        .select(post_notices::id)
        .load(db)?;
    Ok(diesel::delete(post_notices::table.filter(post_notices::id.among(&old))).execute(db)?)
}
pub fn delete_all_of(db: &mut Db, account: Id) -> Result<()> {
    diesel::delete(mail_settings::table.find(account)).execute(db)?;
    diesel::delete(notices::table.filter(notices::account_id.eq(account))).execute(db)?;
    diesel::delete(site_notices::table.filter(site_notices::account_id.eq(account))).execute(db)?;
    diesel::delete(post_notices::table.filter(post_notices::account_id.eq(account))).execute(db)?;
    diesel::delete(tryout_notices::table.filter(tryout_notices::account_id.eq(account)))
        .execute(db)?;
    diesel::delete(outbox::table.filter(outbox::account_id.eq(account))).execute(db)?;
    Ok(())
}

pub fn insert_tryout_notice(db: &mut Db, account: Id, tryout: Id, at: At) -> Result<()> {
    OnBoth(
        diesel::insert_into(tryout_notices::table)
            .values((
                tryout_notices::account_id.eq(account),
                tryout_notices::tryout_id.eq(tryout),
                tryout_notices::at.eq(at),
            ))
            .on_conflict_do_nothing(),
    )
    .execute(db)?;
    Ok(())
}

/// That a practice of one's own was tried, as it is stored.
#[derive(Queryable, Selectable)]
#[diesel(table_name = tryout_notices, check_for_backend(MultiBackend))]
pub struct TryoutNotice {
    #[diesel(column_name = tryout_id)]
    pub tryout: Id,
    pub at: At,
    pub seen: bool,
}

pub fn tryout_notices(db: &mut Db, account: Id, limit: i64) -> Result<Vec<TryoutNotice>> {
    Ok(tryout_notices::table
        .filter(tryout_notices::account_id.eq(account))
        .order((tryout_notices::at.desc(), tryout_notices::tryout_id.desc()))
        .limit(limit)
        .select(TryoutNotice::as_select())
        .load(db)?)
}

pub fn see_tryout_notices(db: &mut Db, account: Id, upto: At) -> Result<()> {
    diesel::update(
        tryout_notices::table
            .filter(tryout_notices::account_id.eq(account))
            .filter(tryout_notices::seen.eq(false))
            .filter(tryout_notices::at.le(upto)),
    )
    .set(tryout_notices::seen.eq(true))
    .execute(db)?;
    Ok(())
}

pub fn forget_tryout_notices(db: &mut Db, before: At, limit: i64) -> Result<usize> {
    let old: Vec<Id> = tryout_notices::table
        .filter(tryout_notices::at.lt(before))
        .limit(limit)
        .select(tryout_notices::tryout_id)
        .load(db)?;
    Ok(diesel::delete(
        tryout_notices::table
            .filter(tryout_notices::tryout_id.among(&old))
            .filter(tryout_notices::at.lt(before)),
    )
    .execute(db)?)
}
