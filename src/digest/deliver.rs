//! Hands letters in: taken in batches under a lease, looked at once more, sent over one connection each, and settled.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use chrono_tz::Tz;

use super::press::{Press, Report};
use super::print::Printer;
use super::{Issue, REACH, store};
use crate::calendar::{Calendar, Slot};
use crate::clock::At;
use crate::curation;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::id::Id;
use crate::mail::{Fate, Letter, Line, Mailer};
use crate::notices::news::{self, Hours};
use crate::notices::outbox::{self, About, Claimed, Item, Settled, State};
use crate::notices::settings::{self, List, Reader, Reason};
use crate::replies;
use crate::requests;
use crate::taxonomy::{self, Loaded};
use crate::threads;

/// Letters that a connection takes at once: as many may come twice after a crash.
pub const BATCH: i64 = 32;
/// How long a process keeps letters that it has taken. A letter takes five steps of a minute at most, and none is begun
/// after `BEGIN_WITHIN`.
pub const LEASE: TimeDelta = TimeDelta::minutes(10);
const BEGIN_WITHIN: Duration = Duration::from_secs(4 * 60);
/// How long after its opening a letter of an issue can still leave: a week, and a day for clocks.
const IN_FLIGHT: TimeDelta = TimeDelta::days(8);
/// After the server could not be reached.
const DOWN: TimeDelta = TimeDelta::minutes(1);
/// A letter about news is given up after so many attempts, about a day.
const MOST_ATTEMPTS: i32 = 50;

impl Press<'_> {
    /// Delivers what is due over several connections, until nothing is left that is due.
    pub(super) fn deliver_all(&self, calendar: &Calendar, report: &mut Report) -> Result<()> {
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
        let mut courier = Courier {
            press: self,
            line: self.mailer.line(),
            printer: Printer::new(self.config.public_url()),
            hours: Hours {
                calendar,
                zone: self.config.timezone,
            },
        };
        let mut report = Report::default();
        let mut settled = Vec::new();
        let mut up = true;
        loop {
            let now = self.clock.now();
            // What has become of a batch and the taking of the next are one transaction: one wait for the disk.
            let claimed = self.write(|db| {
                outbox::settle(db, &settled, now)?;
                if up && !self.is_stopped() {
                    outbox::claim(db, BATCH, LEASE, now)
                } else {
                    Ok(Vec::new())
                }
            })?;
            report.count(&settled);
            if claimed.is_empty() {
                return Ok(report);
            }
            (settled, up) = courier.deliver(claimed)?;
        }
    }
}

/// Takes letters to the server, over one connection.
struct Courier<'a> {
    press: &'a Press<'a>,
    line: Line<'a>,
    printer: Printer,
    hours: Hours<'a>,
}

impl Courier<'_> {
    /// Hands a batch in. Returns what became of each letter, and whether the server is worth asking for more.
    fn deliver(&mut self, claimed: Vec<Claimed>) -> Result<(Vec<Settled>, bool)> {
        let begun = Instant::now();
        let (database, printer) = (self.press.database, &mut self.printer);
        let now = self.press.clock.now();
        let zone = self.hours.zone;
        let proof = database.read_here(|db| Proof::read(db, &claimed, printer, zone, now))?;
        let mut settled = Vec::with_capacity(claimed.len());
        let mut up = true;
        for one in claimed {
            let now = self.press.clock.now();
            if !up {
                settled.push(ended(one, State::Queued, "no connection", now.plus(DOWN)));
                continue;
            }
            if begun.elapsed() > BEGIN_WITHIN || self.press.is_stopped() {
                settled.push(ended(one, State::Queued, "", now));
                continue;
            }
            let (letter, when) = match self.ready(&proof, &one, now)? {
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
            settled.push(match self.line.send(&letter, now)? {
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
                Fate::Later(reason) => {
                    let again = when
                        .next(now.plus(pause(one.attempts)))
                        .filter(|_| one.attempts < MOST_ATTEMPTS);
                    let ended = match again {
                        Some(at) => ended(one, State::Queued, &reason, at),
                        None => ended(one, State::Failed, &reason, now),
                    };
                    Settled {
                        tried: true,
                        ..ended
                    }
                }
                Fate::Down(reason) => {
                    up = false;
                    ended(one, State::Queued, &reason, now.plus(DOWN))
                }
            });
        }
        Ok((settled, up))
    }

    /// Looks once more at a letter just before it is handed in.
    fn ready<'a>(&mut self, proof: &'a Proof, one: &Claimed, now: At) -> Result<Ready<'a>>
    where
        Self: 'a,
    {
        let hours = self.hours;
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
        if reader.settings.is_pausing(now.day(hours.zone)) {
            return Ok(Ready::Never("paused"));
        }
        match when.next(now) {
            None => return Ok(Ready::Never("too_late")),
            Some(at) if at > now => return Ok(Ready::At(at)),
            Some(_) => {}
        }
        let letter = match one.about {
            About::Thread(_) => {
                let items = outbox::thaw(&one.frozen)?;
                let (words, public_url) = (&proof.words, self.printer.public_url());
                let (id, account) = (one.id, one.account);
                proof.news.letter(id, account, &items, words, public_url)?
            }
            About::Issue(id) => {
                let items = proof.seen(one.id);
                match proof.issues.get(&id).filter(|_| !items.is_empty()) {
                    Some(issue) => {
                        let printer = &mut self.printer;
                        Some(printer.letter(one.id, id, issue.slot, reader, &items)?)
                    }
                    None => None,
                }
            }
        };
        Ok(match letter {
            Some(letter) => Ready::Now(Box::new(letter), when),
            None => Ready::Never("vanished"),
        })
    }
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
    /// What was frozen for each letter of an issue.
    items: HashMap<Id, Vec<Item>>,
    /// New threads that readers may not see.
    unseen: HashSet<Id>,
    /// Of the threads that may be old, and of the replies: those that they may.
    visible: HashSet<Id>,
    /// Threads that do not hold any more.
    outdated: HashSet<Id>,
    /// What trainers still recommend or gather.
    curated: HashSet<Id>,
    /// What trainers still ask for.
    wanted: HashSet<Id>,
    news: news::Page,
}

/// Whether an item can be of a thread from before the time that an issue chooses from.
fn may_be_old(item: &Item) -> bool {
    item.reply.is_some() || item.why == Reason::Pick
}

impl Proof {
    fn read(
        db: &mut Db,
        claimed: &[Claimed],
        printer: &mut Printer,
        zone: Tz,
        now: At,
    ) -> Result<Proof> {
        let mut issues = Vec::new();
        let mut accounts = Vec::new();
        let mut items = HashMap::new();
        let mut threads_of: HashMap<Id, HashSet<Id>> = HashMap::new();
        let (mut old, mut replies_of) = (HashSet::new(), Vec::new());
        let (mut chosen, mut picks) = (HashSet::new(), HashSet::new());
        for one in claimed {
            let About::Issue(issue) = one.about else {
                continue;
            };
            issues.push(issue);
            accounts.push(one.account);
            let frozen = outbox::thaw(&one.frozen)?;
            for item in &frozen {
                threads_of
                    .entry(issue)
                    .or_default()
                    .extend(item.of_thread());
                old.extend(item.of_thread().filter(|_| may_be_old(item)));
                replies_of.extend(item.reply);
                chosen.extend(Some(item.thread).filter(|_| item.reply.is_none()));
                picks.extend(Some(item.thread).filter(|_| item.why == Reason::Pick));
            }
            items.insert(one.id, frozen);
        }
        let old: Vec<Id> = old.into_iter().collect();
        let mut visible: HashSet<Id> = threads::visible_among(db, &old)?.into_iter().collect();
        visible.extend(replies::visible_among(db, &replies_of)?);
        let unseen = threads::unseen(db, now.minus(REACH + IN_FLIGHT))?;
        let chosen: Vec<Id> = chosen.into_iter().collect();
        let picks: Vec<Id> = picks.into_iter().collect();
        for (issue, threads) in threads_of {
            let threads: Vec<Id> = threads.into_iter().collect();
            printer.load(db, issue, &threads)?;
        }
        let readers = settings::readers(db, &accounts)?;
        let wanted = requests::open(db, now.day(zone))?;
        Ok(Proof {
            words: taxonomy::current(db)?,
            issues: store::issues(db, &issues)?,
            readers: readers.into_iter().map(|one| (one.account, one)).collect(),
            items,
            unseen: unseen.into_iter().collect(),
            visible,
            outdated: threads::outdated_among(db, &chosen)?.into_iter().collect(),
            curated: curation::curated_among(db, &picks)?,
            wanted: wanted.into_iter().map(|one| one.id).collect(),
            news: news::Page::of(db, claimed)?,
        })
    }

    /// The items of a letter that can still be seen.
    fn seen(&self, letter: Id) -> Vec<Item> {
        let frozen = self.items.get(&letter).into_iter().flatten();
        frozen.filter(|item| self.shows(item)).cloned().collect()
    }

    fn shows(&self, item: &Item) -> bool {
        if item.spoken.is_some() {
            return self.wanted.contains(&item.thread);
        }
        // An answer is told whatever became of the thread; nobody is sent to what does not hold, or to what its author
        // does not want recommended.
        let holds = item.reply.is_some() || !self.outdated.contains(&item.thread);
        let chosen = item.why != Reason::Pick || self.curated.contains(&item.thread);
        let reply = item.reply.is_none_or(|reply| self.visible.contains(&reply));
        let thread = if may_be_old(item) {
            self.visible.contains(&item.thread)
        } else {
            !self.unseen.contains(&item.thread)
        };
        reply && thread && holds && chosen
    }
}
