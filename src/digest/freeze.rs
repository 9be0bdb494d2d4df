//! Chooses what stands in an issue for each reader and freezes it, in chunks.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::{NaiveDate, TimeDelta};
use chrono_tz::Tz;

use super::choose::{Personal, Pool, Wanted, choose};
use super::press::{CHUNK, Press};
use super::print::Printer;
use super::view::{detail, spoken};
use super::{Entry, Extract, Issue, Progress, entry_in, store};
use crate::accounts;
use crate::calendar::{Calendar, Slot, Week};
use crate::clock::At;
use crate::config::Config;
use crate::curation;
use crate::db::Db;
use crate::error::Result;
use crate::id::Id;
use crate::mail::Letter;
use crate::notices::outbox::{self, About, Item, NewLetter, State, Told};
use crate::notices::settings::{self, Frequency, Reader};
use crate::replies::{self, marks};
use crate::requests;
use crate::taxonomy::{self, Loaded, Vocabulary};
use crate::threads;

/// From how far back an issue chooses: what was not told in the longest vacation still is.
pub const REACH: TimeDelta = TimeDelta::days(63);
/// What was told is remembered for longer.
const MEMORY: TimeDelta = TimeDelta::days(100);
/// Threads whose marks are counted at once.
const COUNTED: usize = 5_000;

impl Press<'_> {
    /// Chooses for every reader of an issue, from where it stands. Returns for how many.
    pub(super) fn choose_all(&self, calendar: &Calendar, mut issue: Issue) -> Result<usize> {
        let since = issue.opened_at.minus(REACH);
        let from = self.database.read_here(|db| {
            Ok(Choosing {
                calendar,
                pool: pool(db, since, issue.opened_at, self.config.timezone)?,
                words: taxonomy::current(db)?,
            })
        })?;
        let mut printer = Printer::new(self.config.public_url());
        let mut chosen = 0;
        loop {
            if self.is_stopped() {
                return Ok(chosen);
            }
            let now = self.clock.now();
            let made = |db: &mut Db| self.choose_chunk(db, &from, &issue, &mut printer, now);
            let chunk = self.database.read_here(made)?;
            let ours = self.write(|db| {
                if !store::advance(db, &issue, chunk.last)? {
                    return Ok(false);
                }
                store::add_extracts(db, issue.id, &chunk.extracts)?;
                outbox::add(db, &chunk.letters, now)?;
                Ok(true)
            })?;
            if ours {
                chosen += chunk.letters.len();
                if chunk.last.is_none() {
                    return Ok(chosen);
                }
            } else {
                printer.forget();
            }
            let present = self
                .database
                .read_here(|db| store::issue_of(db, issue.slot))?;
            match present {
                Some(present) if present.progress == Progress::Choosing => issue = present,
                _ => return Ok(chosen),
            }
        }
    }

    fn choose_chunk(
        &self,
        db: &mut Db,
        from: &Choosing<'_>,
        issue: &Issue,
        printer: &mut Printer,
        now: At,
    ) -> Result<Chunk> {
        let slot = issue.slot;
        let readers =
            settings::digest_readers(db, slot.weekday, slot.window, issue.chosen_to, CHUNK)?;
        let ids: Vec<Id> = readers.iter().map(|reader| reader.account).collect();
        let mut chosen = choose_for(db, &readers, &from.pool, issue.opened_at, slot.week)?;
        let served: HashSet<Id> = store::served(db, issue, &ids)?.into_iter().collect();
        let week_before: HashSet<Id> = store::in_week(db, slot.week.before(), &ids, None)?
            .into_iter()
            .collect();
        let items = chosen.iter().flatten();
        let threads: HashSet<Id> = items.filter_map(Item::of_thread).collect();
        let threads: Vec<Id> = threads.into_iter().collect();
        let missing = printer.load(db, issue.id, &threads)?;
        let extracts = extracts_of(db, &missing, &from.words)?;
        printer.learn(issue.id, extracts.iter().cloned());
        // What was hidden since the issue began has no extract, and no place.
        for items in &mut chosen {
            items.retain(|item| item.spoken.is_some() || printer.knows(issue.id, item.thread));
        }
        let zone = self.config.timezone;
        let mut letters = Vec::with_capacity(readers.len());
        for (reader, items) in readers.iter().zip(chosen) {
            let set = &reader.settings;
            let next = from.calendar.next(slot, set.in_vacation, now, zone);
            let anyhow = from.calendar.next(slot, true, now, zone);
            let in_between =
                set.frequency == Frequency::Fortnightly && week_before.contains(&reader.account);
            let skipped = match next {
                _ if set.silenced => Some("silenced"),
                _ if set.is_pausing(now.day(zone)) => Some("paused"),
                _ if served.contains(&reader.account) => Some("other_slot"),
                _ if in_between => Some("fortnightly"),
                None if anyhow.is_some() => Some("vacation"),
                None => Some("no_working_day"),
                Some(_) if items.is_empty() => Some("nothing"),
                Some(_) => None,
            };
            let id = Id::new(now);
            let (state, frozen, frozen_hash) = if skipped.is_some() {
                (State::Skipped, String::new(), String::new())
            } else {
                let letter = printer.letter(id, issue.id, slot, reader, &items)?;
                (State::Queued, outbox::freeze(&items)?, letter.hash())
            };
            letters.push(NewLetter {
                id,
                account: reader.account,
                about: About::Issue(issue.id),
                state,
                reason: skipped.unwrap_or_default(),
                frozen,
                frozen_hash,
                run_at: next.unwrap_or(now),
            });
        }
        Ok(Chunk {
            last: ids.last().copied(),
            letters,
            extracts,
        })
    }
}

/// What an issue is chosen from, the same for all its readers.
struct Choosing<'a> {
    calendar: &'a Calendar,
    pool: Pool,
    words: Arc<Loaded>,
}

/// What was chosen in one step.
struct Chunk {
    /// None: there were no more readers.
    last: Option<Id>,
    letters: Vec<NewLetter>,
    /// Of threads that the issue had not told yet.
    extracts: Vec<(Id, Extract)>,
}

fn pool(db: &mut Db, since: At, until: At, zone: Tz) -> Result<Pool> {
    let news = threads::news(db, since, until)?;
    let ids: Vec<Id> = news.iter().map(|one| one.id).collect();
    let mut merit = HashMap::new();
    for some in ids.chunks(COUNTED) {
        for (id, counts) in marks::counts(db, some)? {
            merit.insert(id, counts.helpful + counts.want_to_try);
        }
    }
    for one in &news {
        *merit.entry(one.id).or_default() += i64::from(one.worth);
    }
    let picked = curation::picks(db, since, until)?;
    let picks = threads::visible(db, &accounts::house(), &picked)?
        .into_iter()
        .filter(|thread| !thread.standing.outdated)
        .map(|thread| (thread.id, thread.revision, thread.author))
        .collect();
    Ok(Pool::new(news, &merit, picks, until).wanting(wanted(db, until.day(zone))?))
}

/// What trainers ask for on that day.
fn wanted(db: &mut Db, day: NaiveDate) -> Result<Vec<Wanted>> {
    let words = taxonomy::current(db)?;
    Ok(requests::open(db, day)?
        .into_iter()
        .map(|request| Wanted {
            request: request.id,
            policy: request.cell.policy,
            spoken: spoken(&request, &words),
            school_type: request.cell.school_type,
        })
        .collect())
}

/// What is chosen for each of these readers, in their order.
fn choose_for(
    db: &mut Db,
    readers: &[Reader],
    pool: &Pool,
    until: At,
    week: Week,
) -> Result<Vec<Vec<Item>>> {
    let ids: Vec<Id> = readers.iter().map(|reader| reader.account).collect();
    let (own, followed) = replies::news_for(db, &ids, until.minus(REACH), until)?;
    let mut told = outbox::told(db, &ids, until.minus(MEMORY))?;
    for (account, thread, reply) in replies::involved(db, &ids, until.minus(MEMORY))? {
        let known = told.entry(account).or_default();
        known.posts.insert(thread);
        if let Some(reply) = reply {
            known.note_replies(thread, reply);
        }
    }
    let concerned: HashSet<Id> = own
        .values()
        .chain(followed.values())
        .flatten()
        .map(|heard| heard.thread)
        .collect();
    let concerned: Vec<Id> = concerned.into_iter().collect();
    let revisions: HashMap<Id, i32> = threads::visible(db, &accounts::house(), &concerned)?
        .into_iter()
        .map(|thread| (thread.id, thread.revision))
        .collect();
    let nothing = Told::default();
    let of =
        |map: &'_ replies::ByPerson, account: Id| map.get(&account).cloned().unwrap_or_default();
    Ok(readers
        .iter()
        .map(|reader| {
            let (own, followed) = (of(&own, reader.account), of(&followed, reader.account));
            let personal = Personal {
                own: &own,
                followed: &followed,
                revisions: &revisions,
            };
            let told = told.get(&reader.account).unwrap_or(&nothing);
            choose(reader, pool, personal, told, week)
        })
        .collect())
}

fn extracts_of(db: &mut Db, ids: &[Id], words: &Vocabulary) -> Result<Vec<(Id, Extract)>> {
    let mut comments = curation::comments(db, ids)?;
    Ok(threads::visible(db, &accounts::house(), ids)?
        .into_iter()
        .map(|thread| {
            let extract = Extract {
                kind: thread.kind,
                detail: detail(&thread, words),
                gist: thread.gist(),
                code: thread.short_code,
                title: thread.title,
                solved: thread.solved,
                comment: comments.remove(&thread.id),
            };
            (thread.id, extract)
        })
        .collect())
}

/// A letter of a week as one person was or would be sent it.
#[derive(Debug)]
pub struct Preview {
    /// What the ledger has of it.
    pub entry: Option<Entry>,
    /// None where nothing was or would be sent.
    pub letter: Option<Letter>,
}

/// What one person was sent in `week`, without what was hidden since; of the present or a coming week, what they would be sent if it were now.
///
/// # Errors
/// `NotFound` for somebody without settings.
pub fn preview(db: &mut Db, account: Id, week: Week, config: &Config, now: At) -> Result<Preview> {
    let reader = settings::reader(db, account)?;
    let mut printer = Printer::new(config.public_url());
    if let Some(mut entry) = entry_in(db, account, week)? {
        let threads: Vec<Id> = entry.items.iter().filter_map(Item::of_thread).collect();
        printer.load(db, entry.issue, &threads)?;
        // The mail is gone, but no page of ours shows what was hidden since.
        let visible = threads::visible_among(db, &threads)?;
        let open = requests::open(db, now.day(config.timezone))?;
        entry.items.retain(|item| match item.of_thread() {
            Some(thread) => visible.contains(&thread),
            None => open.iter().any(|request| request.id == item.thread),
        });
        let letter = (!entry.items.is_empty())
            .then(|| printer.letter(entry.id, entry.issue, entry.slot, &reader, &entry.items))
            .transpose()?;
        return Ok(Preview {
            entry: Some(entry),
            letter,
        });
    }
    if week < Week::of(now.day(config.timezone)) {
        return Ok(Preview {
            entry: None,
            letter: None,
        });
    }
    let slot = Slot {
        week,
        weekday: reader.settings.weekday,
        window: reader.settings.window,
    };
    let words = taxonomy::current(db)?;
    let pool = pool(db, now.minus(REACH), now, config.timezone)?;
    let items = choose_for(db, std::slice::from_ref(&reader), &pool, now, week)?;
    let items = items.into_iter().next().unwrap_or_default();
    let threads: Vec<Id> = items.iter().filter_map(Item::of_thread).collect();
    let issue = Id::new(now); // there is none yet
    printer.learn(issue, extracts_of(db, &threads, &words)?);
    let letter = (!items.is_empty())
        .then(|| printer.letter(issue, issue, slot, &reader, &items))
        .transpose()?;
    Ok(Preview {
        entry: None,
        letter,
    })
}
