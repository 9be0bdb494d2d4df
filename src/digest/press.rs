//! Makes the letters: opens the issues that are due, chooses and freezes (`freeze.rs`), gathers news that come at once,
//! delivers and settles (`deliver.rs`). Any number of processes may do it at once; each step can be cut off and is taken up
//! again.

use crate::bell::Bell;
use crate::calendar::{Calendar, Slot, Week};
use crate::clock::{At, Clock};
use crate::config::Config;
use crate::db::{Database, Db};
use crate::error::{Error, Result};
use crate::mail::Mailer;
use crate::notices::outbox::{self, Settled, State};
use crate::notices::{news, settings, site};

use super::{Progress, store};

/// Readers chosen for, and rows written, in one step: so long is the writer held at most.
pub(super) const CHUNK: i64 = 500;
/// Weeks that are entered as missed at most, after a long stop.
const MISSED: usize = 53;

/// What is needed to make letters, without a search index or a server.
pub struct Press<'a> {
    pub database: &'a Database,
    pub mailer: &'a Mailer,
    pub config: &'a Config,
    pub clock: &'a Clock,
    /// Where it is heard that the program ends: what is not done then stays due.
    pub bell: Option<&'a Bell>,
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
    pub(super) fn count(&mut self, settled: &[Settled]) {
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
        while self.write(|db| site::forget(db, CHUNK, now))? > 0 {}
        self.write(|db| {
            store::forget(db, now.minus(outbox::KEPT))?;
            for slot in &slots {
                if let Some(last) = store::last_of(db, *slot)? {
                    enter_missed(db, last.slot.week, *slot, now)?;
                }
                store::open_issue(db, *slot, Progress::Choosing, now)?;
            }
            Ok(())
        })?;
        Ok(slots.len())
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.bell.is_some_and(Bell::is_stopped)
    }

    pub(super) fn write<T>(&self, work: impl FnOnce(&mut Db) -> Result<T>) -> Result<T> {
        self.database.write_here(work)
    }

    /// Writes the letters with news that are due.
    fn gather(&self) -> Result<usize> {
        let public_url = self.config.public_url();
        let mut all = 0;
        loop {
            let now = self.clock.now();
            if self.is_stopped() {
                return Ok(all);
            }
            let due = self.database.read_here(|db| news::any_due(db, now))?;
            if !due {
                return Ok(all);
            }
            all += self.write(|db| news::gather(db, CHUNK / 5, &public_url, now))?;
        }
    }
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
