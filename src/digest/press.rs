//! Makes the letters: opens the issues that are due, chooses and freezes in chunks, gathers news that come at once, delivers,
//! and settles in the ledger. Any number of processes may do it at once; each step can be cut off and is taken up again.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::TimeDelta;

use super::choose::{Personal, Pool, choose};
use super::view::{detail, letter};
use super::{Entry, Extract, Issue, Progress, entry_in, store};
use crate::accounts;
use crate::calendar::{Calendar, Slot, Week};
use crate::clock::{At, Clock};
use crate::config::Config;
use crate::curation;
use crate::db::{Database, Db};
use crate::error::{Error, Result};
use crate::id::Id;
use crate::mail::{Fate, Letter, Line, Mailer};
use crate::notices::news::{self, Hours};
use crate::notices::outbox::{self, About, Claimed, Item, NewLetter, Settled, State, Told};
use crate::notices::settings::{self, Frequency, List, Reader};
use crate::replies::{self, marks};
use crate::taxonomy::{self, Loaded, Vocabulary};
use crate::threads;

/// Readers chosen for, and rows written, in one step: so long is the writer held at most.
const CHUNK: i64 = 500;
/// Letters that a connection takes at once: as many may come twice after a crash.
pub const BATCH: i64 = 32;
/// How long a process keeps letters that it has taken. A letter takes five steps of a minute at most, and none is begun
/// after `BEGIN_WITHIN`.
pub const LEASE: TimeDelta = TimeDelta::minutes(10);
const BEGIN_WITHIN: Duration = Duration::from_secs(4 * 60);
/// After the server could not be reached.
const DOWN: TimeDelta = TimeDelta::minutes(1);
/// A letter about news is given up after so many attempts, about a day.
const MOST_ATTEMPTS: i32 = 50;
/// From how far back an issue chooses: what was not told in the longest vacation still is.
pub const REACH: TimeDelta = TimeDelta::days(63);
/// What was told is remembered for longer.
const MEMORY: TimeDelta = TimeDelta::days(100);
/// Threads whose marks are counted at once.
const COUNTED: usize = 5_000;
/// Weeks that are entered as missed at most, after a long stop.
const MISSED: usize = 53;

/// What is needed to make letters, without a search index or a server.
pub struct Press<'a> {
    pub database: &'a Database,
    pub mailer: &'a Mailer,
    pub config: &'a Config,
    pub clock: &'a Clock,
}

/// What a run did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Issues.
    pub opened: usize,
    /// Readers that were chosen for.
    pub chosen: usize,
    /// Letters with news that were written.
    pub news: usize,
    pub sent: usize,
    pub skipped: usize,
    pub failed: usize,
    /// Put off to another attempt.
    pub later: usize,
}

impl Report {
    fn count(&mut self, settled: &[Settled]) {
        for one in settled {
            match one.state {
                State::Sent => self.sent += 1,
                State::Skipped => self.skipped += 1,
                State::Failed | State::Bounced => self.failed += 1,
                State::Queued | State::Sending => self.later += 1,
            }
        }
    }
}

impl Press<'_> {
    /// Everything that is due now.
    ///
    /// # Errors
    /// Of the database, or when mail cannot be tried at all; what is not done stays due.
    pub fn run(&self) -> Result<Report> {
        let mut report = Report::default();
        let calendar = self.config.digest.calendar().map_err(Error::internal)?;
        report.opened = self.open(&calendar)?;
        for issue in self.database.read_here(store::open_issues)? {
            report.chosen += self.choose_all(&calendar, issue)?;
        }
        report.news = self.gather()?;
        self.deliver_all(&calendar, &mut report)?;
        Ok(report)
    }

    /// Slots of this week that are to be opened now.
    ///
    /// # Errors
    /// Of the database.
    pub fn due(&self, calendar: &Calendar) -> Result<Vec<Slot>> {
        let (now, zone) = (self.clock.now(), self.config.timezone);
        let week = Week::of(now.day(zone));
        self.database.read_here(|db| {
            let mut due = Vec::new();
            for (weekday, window) in settings::slots(db)? {
                let slot = Slot {
                    week,
                    weekday,
                    window,
                };
                let has_come = now >= slot.planned(zone);
                // Where the week has no day left for it, that is written down; else it waits for its day.
                let is_now = calendar
                    .next(slot, true, now, zone)
                    .is_none_or(|at| at <= now);
                if has_come && is_now && store::issue_of(db, slot)?.is_none() {
                    due.push(slot);
                }
            }
            Ok(due)
        })
    }

    fn open(&self, calendar: &Calendar) -> Result<usize> {
        let slots = self.due(calendar)?;
        if slots.is_empty() {
            return Ok(0);
        }
        let now = self.clock.now();
        while self.write(|db| settings::ensure_all(db, CHUNK, now))? > 0 {}
        while self.write(|db| outbox::forget(db, CHUNK, now))? > 0 {}
        self.write(|db| {
            let last = store::last_issues(db, 1)?;
            for slot in &slots {
                if let Some(last) = last.first() {
                    enter_missed(db, last.slot.week, *slot, now)?;
                }
                store::open_issue(db, *slot, Progress::Choosing, now)?;
            }
            Ok(())
        })?;
        Ok(slots.len())
    }

    fn write<T>(&self, work: impl FnOnce(&mut Db) -> Result<T>) -> Result<T> {
        self.database.write_here(work)
    }

    /// Chooses for every reader of an issue, from where it stands. Returns for how many.
    fn choose_all(&self, calendar: &Calendar, mut issue: Issue) -> Result<usize> {
        let since = issue.opened_at.minus(REACH);
        let (pool, words) = self.database.read_here(|db| {
            let words = taxonomy::current(db)?;
            Ok((pool(db, since, issue.opened_at)?, words))
        })?;
        let mut chosen = 0;
        loop {
            let now = self.clock.now();
            let chunk = self
                .database
                .read_here(|db| self.choose_chunk(db, calendar, &issue, &pool, &words, now))?;
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
        calendar: &Calendar,
        issue: &Issue,
        pool: &Pool,
        words: &Vocabulary,
        now: At,
    ) -> Result<Chunk> {
        let slot = issue.slot;
        let readers =
            settings::digest_readers(db, slot.weekday, slot.window, issue.chosen_to, CHUNK)?;
        let ids: Vec<Id> = readers.iter().map(|reader| reader.account).collect();
        let chosen = choose_for(db, &readers, pool, issue.opened_at, slot.week)?;
        let served: HashSet<Id> = store::served(db, issue, &ids)?.into_iter().collect();
        let week_before: HashSet<Id> = store::in_week(db, slot.week.before(), &ids, None)?
            .into_iter()
            .collect();
        let threads: HashSet<Id> = chosen.iter().flatten().map(|item| item.thread).collect();
        let threads: Vec<Id> = threads.into_iter().collect();
        let mut known = store::extracts(db, issue.id, &threads)?;
        let mut missing = threads;
        missing.retain(|id| !known.contains_key(id));
        let extracts = extracts_of(db, &missing, words)?;
        known.extend(extracts.iter().cloned());
        let public_url = self.config.public_url();
        let zone = self.config.timezone;
        let mut letters = Vec::with_capacity(readers.len());
        for (reader, items) in readers.iter().zip(chosen) {
            let set = &reader.settings;
            let next = calendar.next(slot, set.in_vacation, now, zone);
            let anyhow = calendar.next(slot, true, now, zone);
            let pausing = set.paused_until.is_some_and(|day| day > now.day(zone));
            let in_between =
                set.frequency == Frequency::Fortnightly && week_before.contains(&reader.account);
            let skipped = match next {
                _ if set.silenced => Some("silenced"),
                _ if pausing => Some("paused"),
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
                let letter = letter(id, issue.slot, reader, &items, &known, &public_url)?;
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

    /// Writes the letters with news that are due.
    fn gather(&self) -> Result<usize> {
        let public_url = self.config.public_url();
        let mut all = 0;
        loop {
            let now = self.clock.now();
            let due = self.database.read_here(|db| news::any_due(db, now))?;
            if !due {
                return Ok(all);
            }
            all += self.write(|db| news::gather(db, CHUNK / 5, &public_url, now))?;
        }
    }

    /// Delivers what is due over several connections, until nothing is left that is due.
    fn deliver_all(&self, calendar: &Calendar, report: &mut Report) -> Result<()> {
        let lines = match self.mailer {
            Mailer::Smtp { .. } => self.config.smtp_connections,
            Mailer::Files { .. } | Mailer::Memory(_) => 1,
        };
        let settled = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..lines)
                .map(|_| scope.spawn(|| self.deliver_line(calendar)))
                .collect();
            let joined = threads.into_iter().map(|thread| {
                let panicked = |_| Error::internal("a mail thread panicked");
                thread.join().map_err(panicked)?
            });
            joined.collect::<Result<Vec<Report>>>()
        })?;
        for sum in settled {
            report.sent += sum.sent;
            report.skipped += sum.skipped;
            report.failed += sum.failed;
            report.later += sum.later;
        }
        Ok(())
    }

    fn deliver_line(&self, calendar: &Calendar) -> Result<Report> {
        let mut line = self.mailer.line();
        let mut report = Report::default();
        loop {
            let now = self.clock.now();
            let claimed = self.write(|db| outbox::claim(db, BATCH, LEASE, now))?;
            if claimed.is_empty() {
                return Ok(report);
            }
            let (settled, up) = self.deliver(&mut line, calendar, claimed)?;
            let now = self.clock.now();
            self.write(|db| outbox::settle(db, &settled, now))?;
            report.count(&settled);
            if !up {
                return Ok(report);
            }
        }
    }

    /// Hands a batch in. Returns what became of each letter, and whether the server is worth asking for more.
    fn deliver(
        &self,
        line: &mut Line<'_>,
        calendar: &Calendar,
        claimed: Vec<Claimed>,
    ) -> Result<(Vec<Settled>, bool)> {
        let begun = Instant::now();
        let proof = self.database.read_here(|db| Proof::read(db, &claimed))?;
        let mut settled = Vec::with_capacity(claimed.len());
        let mut up = true;
        for one in claimed {
            let now = self.clock.now();
            if !up {
                settled.push(ended(one, State::Queued, "no connection", now.plus(DOWN)));
                continue;
            }
            if begun.elapsed() > BEGIN_WITHIN {
                settled.push(ended(one, State::Queued, "", now));
                continue;
            }
            let (letter, when) = match self.ready(&proof, calendar, &one, now)? {
                Ready::Now(letter, when) => (letter, when),
                Ready::At(at) => {
                    settled.push(ended(one, State::Queued, "", at));
                    continue;
                }
                Ready::Never(reason) => {
                    settled.push(ended(one, State::Skipped, reason, now));
                    continue;
                }
            };
            let fate = line.send(&letter, now)?;
            let later = |one: Claimed, reason: &str, at: At| match when.next(at) {
                Some(at) => ended(one, State::Queued, reason, at),
                None => ended(one, State::Failed, reason, now),
            };
            settled.push(match fate {
                Fate::Sent => Settled {
                    sent_hash: Some(letter.hash()),
                    tried: true,
                    ..ended(one, State::Sent, "", now)
                },
                Fate::Refused { reason, address } => Settled {
                    tried: true,
                    bounced: address,
                    ..ended(one, State::Failed, &reason, now)
                },
                Fate::Later(reason) if one.attempts < MOST_ATTEMPTS => Settled {
                    tried: true,
                    ..later(one.clone(), &reason, now.plus(pause(one.attempts)))
                },
                Fate::Later(reason) => ended(one, State::Failed, &reason, now),
                Fate::Down(reason) => {
                    up = false;
                    ended(one, State::Queued, &reason, now.plus(DOWN))
                }
            });
        }
        Ok((settled, up))
    }

    /// Looks once more at a letter just before it is handed in.
    fn ready<'a>(
        &'a self,
        proof: &'a Proof,
        calendar: &'a Calendar,
        one: &Claimed,
        now: At,
    ) -> Result<Ready<'a>> {
        let zone = self.config.timezone;
        let hours = Hours { calendar, zone };
        let public_url = self.config.public_url();
        let (reader, when) = match one.about {
            About::Issue(issue) => {
                let reader = proof.readers.get(&one.account).filter(|reader| {
                    reader.active
                        && !reader.settings.silenced
                        && reader.settings.receives(List::Digest)
                });
                let (Some(reader), Some(issue)) = (reader, proof.issues.get(&issue)) else {
                    return Ok(Ready::Never("left"));
                };
                (reader, When::Digest(issue.slot, reader, hours))
            }
            About::Thread(_) => {
                let Some(reader) = proof.news.reader(one.account) else {
                    return Ok(Ready::Never("left"));
                };
                (reader, When::News(reader, hours))
            }
        };
        match when.next(now) {
            None => return Ok(Ready::Never("too_late")),
            Some(at) if at > now => return Ok(Ready::At(at)),
            Some(_) => {}
        }
        let mut items = outbox::thaw(&one.frozen)?;
        let letter = match one.about {
            About::Thread(_) => {
                proof
                    .news
                    .letter(one.id, one.account, &items, &proof.words, &public_url)?
            }
            About::Issue(id) => {
                items.retain(|item| proof.shows(item));
                match (proof.issues.get(&id), proof.extracts.get(&id)) {
                    (Some(issue), Some(extracts)) if !items.is_empty() => Some(letter(
                        one.id,
                        issue.slot,
                        reader,
                        &items,
                        extracts,
                        &public_url,
                    )?),
                    _ => None,
                }
            }
        };
        Ok(match letter {
            Some(letter) => Ready::Now(Box::new(letter), when),
            None => Ready::Never("vanished"),
        })
    }
}

/// What was chosen in one step.
struct Chunk {
    /// None: there were no more readers.
    last: Option<Id>,
    letters: Vec<NewLetter>,
    /// Of threads that the issue had not told yet.
    extracts: Vec<(Id, Extract)>,
}

/// Enters the weeks between the last issue and that of `slot` as missed, so that no gap is silent.
fn enter_missed(db: &mut Db, last: Week, slot: Slot, now: At) -> Result<()> {
    let mut week = slot.week.before();
    for _ in 0..MISSED {
        if week <= last {
            return Ok(());
        }
        store::open_issue(db, Slot { week, ..slot }, Progress::Missed, now)?;
        week = week.before();
    }
    Ok(())
}

/// When a letter may leave.
enum When<'a> {
    Digest(Slot, &'a Reader, Hours<'a>),
    News(&'a Reader, Hours<'a>),
}

impl When<'_> {
    /// The first moment, not before `at`; None when there is none any more.
    fn next(&self, at: At) -> Option<At> {
        match self {
            When::Digest(slot, reader, hours) => {
                hours
                    .calendar
                    .next(*slot, reader.settings.in_vacation, at, hours.zone)
            }
            When::News(reader, hours) => Some(hours.for_news(reader, at)),
        }
    }
}

enum Ready<'a> {
    Now(Box<Letter>, When<'a>),
    At(At),
    Never(&'static str),
}

/// 1, 2, 4, 8 … minutes, at most half an hour.
fn pause(attempts: i32) -> TimeDelta {
    let doublings = u32::try_from(attempts.clamp(0, 5)).unwrap_or(0);
    TimeDelta::minutes(i64::from(2_u32.pow(doublings))).min(TimeDelta::minutes(30))
}

fn ended(claimed: Claimed, state: State, reason: &str, run_at: At) -> Settled {
    Settled {
        claimed,
        state,
        reason: reason.to_owned(),
        sent_hash: None,
        run_at,
        tried: false,
        bounced: false,
    }
}

/// What stands just before a batch is sent.
struct Proof {
    words: Arc<Loaded>,
    issues: HashMap<Id, Issue>,
    readers: HashMap<Id, Reader>,
    extracts: HashMap<Id, HashMap<Id, Extract>>,
    visible: HashSet<Id>,
    news: news::Page,
}

impl Proof {
    fn read(db: &mut Db, claimed: &[Claimed]) -> Result<Proof> {
        let mut issues = Vec::new();
        let mut accounts = Vec::new();
        let mut threads_of: HashMap<Id, HashSet<Id>> = HashMap::new();
        let mut replies_of = Vec::new();
        for one in claimed {
            let About::Issue(issue) = one.about else {
                continue;
            };
            issues.push(issue);
            accounts.push(one.account);
            for item in outbox::thaw(&one.frozen)? {
                threads_of.entry(issue).or_default().insert(item.thread);
                replies_of.extend(item.reply);
            }
        }
        let all: HashSet<Id> = threads_of.values().flatten().copied().collect();
        let all: Vec<Id> = all.into_iter().collect();
        let mut visible: HashSet<Id> = threads::visible_among(db, &all)?.into_iter().collect();
        visible.extend(replies::visible_among(db, &replies_of)?);
        let mut extracts = HashMap::new();
        for (issue, threads) in threads_of {
            let threads: Vec<Id> = threads.into_iter().collect();
            extracts.insert(issue, store::extracts(db, issue, &threads)?);
        }
        let readers = settings::readers(db, &accounts)?;
        Ok(Proof {
            words: taxonomy::current(db)?,
            issues: store::issues(db, &issues)?,
            readers: readers.into_iter().map(|one| (one.account, one)).collect(),
            extracts,
            visible,
            news: news::Page::of(db, claimed)?,
        })
    }

    fn shows(&self, item: &Item) -> bool {
        let reply = item.reply.is_none_or(|reply| self.visible.contains(&reply));
        reply && self.visible.contains(&item.thread)
    }
}

fn pool(db: &mut Db, since: At, until: At) -> Result<Pool> {
    let news = threads::news(db, since, until)?;
    let ids: Vec<Id> = news.iter().map(|one| one.id).collect();
    let mut merit = HashMap::new();
    for some in ids.chunks(COUNTED) {
        for (id, counts) in marks::counts(db, some)? {
            merit.insert(id, counts.helpful + counts.want_to_try);
        }
    }
    let picked = curation::recommended(db, since, until)?;
    let picks = threads::visible(db, &accounts::house(), &picked)?
        .into_iter()
        .map(|thread| (thread.id, thread.revision, thread.author))
        .collect();
    Ok(Pool::new(news, &merit, picks, until))
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
                revisions: Some(&revisions),
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
                code: thread.short_code,
                title: thread.title,
                gist: thread.gist,
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

/// What one person was sent in `week`; of the present or a coming week, what they would be sent if it were now.
///
/// # Errors
/// `NotFound` for somebody without settings.
pub fn preview(db: &mut Db, account: Id, week: Week, config: &Config, now: At) -> Result<Preview> {
    let reader = settings::reader(db, account)?;
    let public_url = config.public_url();
    if let Some(entry) = entry_in(db, account, week)? {
        let threads: Vec<Id> = entry.items.iter().map(|item| item.thread).collect();
        let extracts = store::extracts(db, entry.issue, &threads)?;
        let letter = (!entry.items.is_empty())
            .then(|| {
                letter(
                    entry.id,
                    entry.slot,
                    &reader,
                    &entry.items,
                    &extracts,
                    &public_url,
                )
            })
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
    let pool = pool(db, now.minus(REACH), now)?;
    let items = choose_for(db, std::slice::from_ref(&reader), &pool, now, week)?;
    let items = items.into_iter().next().unwrap_or_default();
    let threads: Vec<Id> = items.iter().map(|item| item.thread).collect();
    let extracts = extracts_of(db, &threads, &words)?.into_iter().collect();
    let letter = (!items.is_empty())
        .then(|| letter(Id::new(now), slot, &reader, &items, &extracts, &public_url))
        .transpose()?;
    Ok(Preview {
        entry: None,
        letter,
    })
}
