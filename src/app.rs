//! The program as one value: configuration, database, search index, mail, clock. Built the same way in production and
//! in tests; handlers, the worker and the command line reach everything through it.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use chrono::TimeDelta;

use crate::accounts::password::Hasher;
use crate::accounts::{self, Who};
use crate::attachments::intake::Intake;
use crate::bell::Bell;
use crate::bridge;
use crate::clock::{At, Clock};
use crate::config::Config;
use crate::db::{Database, Db};
use crate::error::{Error, Result};
use crate::feed;
use crate::id::Id;
use crate::mail::Mailer;
use crate::memory::Memory;
use crate::mirror;
use crate::notices::site;
use crate::search::Searcher;
use crate::search::log::SearchLog;
use crate::secret::Credentials;
use crate::synonyms;
use crate::taxonomy;
use crate::throttle::Throttle;
use crate::web::meter::Meter;
use crate::web::page::{Layout, Now};

/// Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

pub struct Inner {
    pub config: Config,
    pub database: Database,
    pub searcher: Searcher,
    pub search_log: SearchLog,
    pub mailer: Mailer,
    pub hasher: Hasher,
    pub intake: Intake,
    /// Under which self-checks are filed.
    pub mirror_key: mirror::Ring,
    pub clock: Clock,
    pub throttles: Throttles,
    /// What is like a thread, and its relatives in other school types.
    pub similar: Memory<Vec<Id>>,
    pub relatives: Memory<bridge::Kin>,
    /// Rung after every write: the follower and the worker listen.
    pub bell: Bell,
    /// Since when the server is about to stop.
    pub stopping: OnceLock<Instant>,
    pub meter: Meter,
}

/// Limits kept in memory.
pub struct Throttles {
    pub login_per_account: Throttle,
    pub login_per_address: Throttle,
    /// Link mails to one address.
    pub links_per_account: Throttle,
    /// Per session, or per address without one.
    pub requests: Throttle,
    /// Per address in any case: made-up sessions must not escape the limit.
    pub requests_per_address: Throttle,
}

/// Over which `limits.login_…` count.
const LOGIN_WINDOW: TimeDelta = TimeDelta::minutes(15);
/// A school shares one public address: so many times one person's requests are taken from it.
const PEOPLE_PER_ADDRESS: u32 = 50;
/// Link mails to one address in an hour.
const LINKS_PER_HOUR: u32 = 5;

impl std::ops::Deref for App {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

/// The configured database, up to date and with a vocabulary: for the server and for every command.
///
/// # Errors
/// A database that cannot be reached or migrated.
pub fn open_database(config: &Config, now: At) -> Result<Database> {
    let address = config.database().map_err(Error::internal)?;
    std::fs::create_dir_all(&config.data_dir).map_err(Error::internal)?;
    let database = Database::open(&address)?;
    for name in database.migrate()? {
        tracing::info!(migration = name, "migrated");
    }
    database.write_here(|db| {
        feed::begin(db, now)?;
        taxonomy::begin(db, now)?;
        synonyms::begin(db, now)
    })?;
    Ok(database)
}

impl App {
    /// Brings the database up to date, loads the vocabulary into a new forum and opens the index.
    ///
    /// # Errors
    /// A database that cannot be reached or migrated, a wrong SMTP address or argon2 parameter.
    pub fn start(config: Config, clock: Clock, mailer: Mailer) -> Result<App> {
        let database = open_database(&config, clock.now())?;
        let limits = &config.limits;
        let throttles = Throttles {
            login_per_account: Throttle::new(limits.login_per_account, LOGIN_WINDOW),
            login_per_address: Throttle::new(limits.login_per_address, LOGIN_WINDOW),
            links_per_account: Throttle::new(LINKS_PER_HOUR, TimeDelta::hours(1)),
            requests: Throttle::new(limits.requests_per_minute, TimeDelta::minutes(1)),
            requests_per_address: Throttle::new(
                limits
                    .requests_per_minute
                    .saturating_mul(PEOPLE_PER_ADDRESS),
                TimeDelta::minutes(1),
            ),
        };
        Ok(App(Arc::new(Inner {
            searcher: Searcher::open(&config.data_dir)?,
            search_log: SearchLog::new(config.search_log_days),
            hasher: Hasher::new(&config)?,
            intake: Intake::open(&config)?,
            mirror_key: mirror::key::open(&config, &database)?,
            throttles,
            database,
            mailer,
            meter: Meter::new(clock.now()),
            clock,
            similar: Memory::default(),
            relatives: Memory::default(),
            bell: Bell::default(),
            stopping: OnceLock::new(),
            config,
        })))
    }

    pub fn now(&self) -> At {
        self.clock.now()
    }

    /// Whether the server was told to stop.
    pub fn is_stopping(&self) -> bool {
        self.stopping.get().is_some()
    }

    /// One reading transaction in which `credentials` are resolved first.
    ///
    /// # Errors
    /// Of admission, of the session, of `work`.
    pub async fn read_as<T, F>(&self, credentials: Credentials, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Db, &Who, At) -> Result<T> + Send + 'static,
    {
        let app = self.clone();
        let now = self.now();
        let (value, stale) = self
            .database
            .read(move |db| {
                let (mut who, stale) = accounts::identify(db, &credentials, &app.config, now)?;
                // Browsers alone: their pages have a head that tells it.
                if matches!(credentials, Credentials::Cookie(_)) {
                    let unseen = site::count_new(db, &who)?;
                    if let Who::Member(member) = &mut who {
                        member.unseen = unseen;
                    }
                }
                let session = match &who {
                    Who::Member(member) if stale => Some(member.session),
                    _ => None,
                };
                Ok((work(db, &who, now)?, session))
            })
            .await?;
        if let Some(session) = stale {
            // Reading goes on where nothing can be written; the next request tries again.
            let touched = self
                .database
                .write_if_free(move |db| accounts::touch(db, session, now));
            if let Err(error) = touched.await {
                tracing::warn!(%error, "a session's use is not noted");
            }
        }
        Ok(value)
    }

    /// One writing transaction in which `credentials` are resolved first.
    ///
    /// # Errors
    /// Of admission, of the session, of `work`.
    pub async fn write_as<T, F>(&self, credentials: Credentials, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Db, &Who, At) -> Result<T> + Send + 'static,
    {
        let app = self.clone();
        let now = self.now();
        let value = self
            .database
            .write(move |db| {
                let (who, stale) = accounts::identify(db, &credentials, &app.config, now)?;
                if let (Who::Member(member), true) = (&who, stale) {
                    accounts::touch(db, member.session, now)?;
                }
                work(db, &who, now)
            })
            .await?;
        self.bell.ring();
        Ok(value)
    }

    /// `write_here` for what is done again when a power cut takes it back, as the work of jobs.
    ///
    /// # Errors
    /// Of `work`.
    pub fn write_soon_here<T>(&self, work: impl FnOnce(&mut Db, At) -> Result<T>) -> Result<T> {
        let now = self.now();
        let value = self.database.write_soon_here(|db| work(db, now))?;
        self.bell.ring();
        Ok(value)
    }

    /// A writing transaction of the house itself, on the calling thread: command line, worker, tests.
    ///
    /// # Errors
    /// Of `work`.
    pub fn write_here<T>(&self, work: impl FnOnce(&mut Db, At) -> Result<T>) -> Result<T> {
        let now = self.now();
        let value = self.database.write_here(|db| work(db, now))?;
        self.bell.ring();
        Ok(value)
    }
}

impl App {
    /// The frame of a page for `who`.
    pub fn frame(&self, who: &Who) -> Layout {
        accounts::view::layout(who)
    }

    /// The frame for whoever came with `credentials`; a visitor's where that cannot be found out.
    pub async fn frame_for(&self, credentials: Credentials) -> Layout {
        let visitor = Who::Visitor {
            open_reading: self.config.open_reading,
        };
        let who = self.read_as(credentials, |_, who, _| Ok(who.clone())).await;
        self.frame(&who.unwrap_or(visitor))
    }

    /// The moment a page is made, where its readers are.
    pub fn page_time(&self) -> Now {
        Now::new(self.now(), self.config.timezone)
    }
}
