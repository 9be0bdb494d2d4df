//! One database handle for SQLite and PostgreSQL: connections, pools, transactions. Knows no domain and no HTTP.
//!
//! SQLite: one writing connection behind a fair queue and a pool of read-only ones. PostgreSQL: one pool for both.
//! Every piece of work is one transaction; a writing one on SQLite begins IMMEDIATE, since a deferred one that first
//! reads fails at once when another writes.

pub mod among;
pub mod migrate;
pub mod once;
pub mod portable;
mod postgres;
pub mod schema;
pub mod types;

use std::time::{Duration, Instant};

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::pg::PgConnection;
use diesel::r2d2::{self, ManageConnection, PooledConnection};
use diesel::sqlite::SqliteConnection;
use diesel::{Connection, ConnectionError, QueryResult};
use tokio::sync::OwnedSemaphorePermit;

use crate::error::{Error, Result};
use crate::gate::Gate;

/// A connection to either database.
#[derive(diesel::MultiConnection)]
pub enum Db {
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
}

/// How long a request waits for its turn before it is told to come again.
pub const ADMISSION_DEADLINE: Duration = Duration::from_secs(5);
/// How long a request waits for its work in the database before it is told to come again. A server that hangs without
/// closing its connections would keep it for ever. The work goes on by itself: it is done wholly, or not at all.
pub const WORK_DEADLINE: Duration = Duration::from_secs(20);
/// Requests that wait for a place to read, and as many for one to write. More are told at once to come again: each holds
/// what was sent with it, a mebibyte at most.
pub const MOST_WAITING: usize = 1_000;
/// Connections that read at once; on PostgreSQL also those that write.
pub const CONNECTIONS: u32 = 8;
/// A connection that was waited for until the deadline of admission is still given this long.
const LEAST_WAIT: Duration = Duration::from_secs(1);

/// What can fail before a query runs.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error("{0}")]
    Url(String),
    #[error("cannot connect to the database: {0}")]
    Connect(#[from] ConnectionError),
    #[error("no database connection: {0}")]
    Pool(#[from] ::diesel::r2d2::PoolError),
    #[error("database: {0}")]
    Query(#[from] diesel::result::Error),
    #[error("migration failed: {0}")]
    Migration(String),
    #[error(
        "a later release has used this database (it has migration {0}): start that release, or restore a backup of before it"
    )]
    Newer(String),
}

pub type DbResult<T> = std::result::Result<T, Fault>;

impl From<Fault> for Error {
    fn from(fault: Fault) -> Error {
        Error::internal(fault)
    }
}

/// An empty answer to a question for one row is `NotFound`; what passes by itself is `Busy`. SQLite tells by its words alone
/// that the disk is full, or that another process has written longer than we wait. Everything else is our fault.
impl From<diesel::result::Error> for Error {
    fn from(error: diesel::result::Error) -> Error {
        match error {
            diesel::result::Error::NotFound => Error::NotFound,
            passing if postgres::passes(&passing) => {
                tracing::warn!(error = %passing, "the database gave up on a transaction");
                Error::Busy(ADMISSION_DEADLINE.as_secs())
            }
            other => match other.to_string().as_str() {
                "database or disk is full" => Error::NoRoom("database".to_owned()),
                "database is locked" => Error::Busy(ADMISSION_DEADLINE.as_secs()),
                text => Error::Internal(format!("database: {text}")),
            },
        }
    }
}

/// Where the data is. Only these two forms exist; a mistyped scheme must never become a file name.
#[derive(Clone, PartialEq, Eq)]
pub enum Address {
    /// A file.
    Sqlite(String),
    /// libpq's URL; may hold a password, so it has no Debug.
    Postgres(String),
}

impl Address {
    /// `sqlite://PATH` (relative or absolute), `postgres://…` or `postgresql://…`.
    pub fn parse(url: &str) -> DbResult<Address> {
        let scheme = url.split_once("://").map_or("", |(scheme, _)| scheme);
        match scheme {
            "sqlite" => match url.trim_start_matches("sqlite://") {
                "" | ":memory:" => Err(Fault::Url(
                    "database_url: sqlite:// wants the path of a file".to_owned(),
                )),
                path => Ok(Address::Sqlite(path.to_owned())),
            },
            "postgres" | "postgresql" => {
                let wants_tls = [
                    "sslmode=require",
                    "sslmode=verify-ca",
                    "sslmode=verify-full",
                ]
                .iter()
                .any(|mode| url.contains(mode));
                if wants_tls {
                    return Err(Fault::Url(
                        "database_url: sslmode=require wants a build with TLS, which this one has not; \
                         use a local socket or a TLS proxy"
                            .to_owned(),
                    ));
                }
                Ok(Address::Postgres(url.to_owned()))
            }
            other => Err(Fault::Url(format!(
                "database_url: unknown scheme {other:?}; sqlite:// and postgres:// are known"
            ))),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Mode {
    Read,
    Write,
    /// Not on the disk yet when it is committed.
    WriteSoon,
}

/// Opens connections of one kind.
pub struct Manager {
    address: Address,
    mode: Mode,
}

impl Manager {
    fn open(&self) -> std::result::Result<Db, ConnectionError> {
        match &self.address {
            Address::Postgres(url) => postgres::connect(url).map(Db::Postgres),
            Address::Sqlite(path) => {
                let mut connection = SqliteConnection::establish(path)?;
                let setup = match self.mode {
                    Mode::Write | Mode::WriteSoon => SQLITE_WRITER,
                    Mode::Read => SQLITE_READER,
                };
                connection
                    .batch_execute(setup)
                    .map_err(ConnectionError::CouldntSetupConfiguration)?;
                Ok(Db::Sqlite(connection))
            }
        }
    }
}

/// busy_timeout first: the others may have to wait. FULL: a confirmed post survives a power cut. 8 MB of pages for the
/// writer: with SQLite's 2 MB, hot pages are copied from the system again and again. Readers see them where the system
/// keeps them, mapped, so that eight connections do not hold eight copies.
const SQLITE_WRITER: &str = "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
     PRAGMA foreign_keys = ON; PRAGMA journal_size_limit = 16777216; PRAGMA temp_store = MEMORY; \
     PRAGMA cache_size = -8000;";
const SQLITE_READER: &str = "PRAGMA busy_timeout = 10000; PRAGMA foreign_keys = ON; PRAGMA query_only = ON; \
     PRAGMA temp_store = MEMORY; PRAGMA mmap_size = 1099511627776;";

impl ManageConnection for Manager {
    type Connection = Db;
    type Error = ConnectionError;

    fn connect(&self) -> std::result::Result<Db, ConnectionError> {
        self.open()
    }

    fn is_valid(&self, db: &mut Db) -> std::result::Result<(), ConnectionError> {
        db.batch_execute("SELECT 1")
            .map_err(ConnectionError::CouldntSetupConfiguration)
    }

    fn has_broken(&self, db: &mut Db) -> bool {
        // A closure that panicked may have left a transaction open: throw the connection away.
        std::thread::panicking()
            || match db {
                Db::Postgres(pg) => AnsiTransactionManager::is_broken_transaction_manager(pg),
                Db::Sqlite(sqlite) => AnsiTransactionManager::is_broken_transaction_manager(sqlite),
            }
    }
}

/// The database as the program uses it. Cheap to clone.
#[derive(Clone)]
pub struct Database {
    read: r2d2::Pool<Manager>,
    write: r2d2::Pool<Manager>,
    readers: Gate,
    writers: Gate,
    address: Address,
}

/// How busy the connections of this process are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// Places in use.
    pub reading: usize,
    pub writing: usize,
    /// Requests that wait for one. On PostgreSQL both kinds take the same places.
    pub waiting_to_read: usize,
    pub waiting_to_write: usize,
}

impl Database {
    /// Connects at once, so that a wrong address is known at start.
    pub fn open(address: &Address) -> DbResult<Database> {
        let first = Manager {
            address: address.clone(),
            mode: Mode::Write,
        };
        drop(first.open()?); // the pool's own error would hide the cause
        let pool = |mode: Mode, size: u32| {
            r2d2::Pool::builder()
                .max_size(size)
                .min_idle(Some(1))
                .test_on_check_out(matches!(address, Address::Postgres(_)))
                .connection_timeout(ADMISSION_DEADLINE)
                .build(Manager {
                    address: address.clone(),
                    mode,
                })
        };
        let gate = |places| Gate::new(places, ADMISSION_DEADLINE, MOST_WAITING);
        let readers = gate(CONNECTIONS as usize);
        match address {
            Address::Sqlite(_) => Ok(Database {
                write: pool(Mode::Write, 1)?,
                read: pool(Mode::Read, CONNECTIONS)?,
                readers,
                writers: gate(1),
                address: address.clone(),
            }),
            Address::Postgres(_) => {
                let both = pool(Mode::Write, CONNECTIONS)?;
                Ok(Database {
                    write: both.clone(),
                    read: both,
                    writers: readers.beside(),
                    readers,
                    address: address.clone(),
                })
            }
        }
    }

    /// Writes the database as it stands at this moment into the new SQLite file `to`, beside whoever reads and writes.
    /// False on PostgreSQL, which has tools of its own.
    ///
    /// # Errors
    /// When `to` exists or cannot be written.
    pub fn copy_to(&self, to: &str) -> DbResult<bool> {
        if matches!(self.address, Address::Postgres(_)) {
            return Ok(false);
        }
        let reader = Manager {
            address: self.address.clone(),
            mode: Mode::Write, // a reader's connection refuses to write anything, also elsewhere
        };
        let copying = format!("VACUUM INTO '{}'", to.replace('\'', "''"));
        // Outside a transaction, as VACUUM wants it; it reads in one of its own.
        reader.open()?.batch_execute(&copying)?;
        Ok(true)
    }

    /// How many may read and how many may write at once. On PostgreSQL both kinds take the same places.
    pub fn places(&self) -> (usize, usize) {
        let places = CONNECTIONS as usize;
        match self.address {
            Address::Sqlite(_) => (places, 1),
            Address::Postgres(_) => (places, places),
        }
    }

    /// How busy this process's connections are at this moment.
    pub fn load(&self) -> Load {
        let in_use = |gate: &Gate, places: usize| places.saturating_sub(gate.free());
        let (readers, writers) = self.places();
        Load {
            reading: in_use(&self.readers, readers),
            writing: in_use(&self.writers, writers),
            waiting_to_read: self.readers.waiting(),
            waiting_to_write: self.writers.waiting(),
        }
    }

    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Runs `work` in one reading transaction on a blocking thread.
    ///
    /// # Errors
    /// `Busy` when no place was free within the deadline, when the database is away, or when the work takes longer than
    /// `WORK_DEADLINE`; whatever `work` returns.
    pub async fn read<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Db) -> Result<T> + Send + 'static,
    {
        let place = Place::enter(&self.readers).await?;
        let pool = self.read.clone();
        in_time(move || transact(&pool, Mode::Read, place, work)).await
    }

    /// Runs `work` in one writing transaction on a blocking thread; commits when it returns Ok.
    ///
    /// # Errors
    /// As `read`. What ended with `Busy` may have been committed all the same, or may be later.
    pub async fn write<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Db) -> Result<T> + Send + 'static,
    {
        let place = Place::enter(&self.writers).await?;
        let pool = self.write.clone();
        in_time(move || transact(&pool, Mode::Write, place, work)).await
    }

    /// `write` where that can be done now: for what may as well be done by the next request. None when others write.
    ///
    /// # Errors
    /// Whatever `work` returns.
    pub async fn write_if_free<T, F>(&self, work: F) -> Result<Option<T>>
    where
        T: Send + 'static,
        F: FnOnce(&mut Db) -> Result<T> + Send + 'static,
    {
        let Some(permit) = self.writers.enter_if_free() else {
            return Ok(None);
        };
        let place = Place {
            _permit: permit,
            patience: LEAST_WAIT,
        };
        let pool = self.write.clone();
        in_time(move || transact(&pool, Mode::Write, place, work).map(Some)).await
    }

    /// `read` for the command line and the worker, on the calling thread.
    pub fn read_here<T>(&self, work: impl FnOnce(&mut Db) -> Result<T>) -> Result<T> {
        transact(
            &self.read,
            Mode::Read,
            Place::enter_here(&self.readers)?,
            work,
        )
    }

    /// `write_here` for what is done again when a power cut takes it back: it does not wait for the disk, which the next
    /// `write` does for both. What is committed is seen by all, and survives the end of the process.
    pub fn write_soon_here<T>(&self, work: impl FnOnce(&mut Db) -> Result<T>) -> Result<T> {
        let place = Place::enter_here(&self.writers)?;
        transact(&self.write, Mode::WriteSoon, place, work)
    }

    /// `write` for the command line and the worker, on the calling thread.
    pub fn write_here<T>(&self, work: impl FnOnce(&mut Db) -> Result<T>) -> Result<T> {
        transact(
            &self.write,
            Mode::Write,
            Place::enter_here(&self.writers)?,
            work,
        )
    }
}

/// The right to one connection, which is kept open, or opened within `patience`.
struct Place {
    _permit: OwnedSemaphorePermit,
    patience: Duration,
}

impl Place {
    /// What is left of the deadline after the wait for a place is for its connection.
    async fn enter(gate: &Gate) -> Result<Place> {
        let begun = Instant::now();
        let permit = gate.enter().await?;
        let left = ADMISSION_DEADLINE.saturating_sub(begun.elapsed());
        Ok(Place {
            _permit: permit,
            patience: left.max(LEAST_WAIT),
        })
    }

    fn enter_here(gate: &Gate) -> Result<Place> {
        Ok(Place {
            _permit: gate.enter_here()?,
            patience: ADMISSION_DEADLINE,
        })
    }
}

/// `blocking`, waited for no longer than `WORK_DEADLINE`.
async fn in_time<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    match tokio::time::timeout(WORK_DEADLINE, blocking(work)).await {
        Ok(done) => done,
        Err(_) => {
            tracing::error!("the database takes too long");
            Err(Error::Busy(ADMISSION_DEADLINE.as_secs()))
        }
    }
}

/// A blocking closure goes on after the client has left, so what it holds moves into it.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(Error::internal)?
}

fn transact<T>(
    pool: &r2d2::Pool<Manager>,
    mode: Mode,
    place: Place,
    work: impl FnOnce(&mut Db) -> Result<T>,
) -> Result<T> {
    let mut connection: PooledConnection<Manager> =
        pool.get_timeout(place.patience).map_err(|error| {
            tracing::error!(%error, "no database connection");
            Error::Busy(ADMISSION_DEADLINE.as_secs())
        })?;
    let db = &mut *connection;
    begin(db, mode)?;
    match work(db) {
        Ok(value) => {
            commit(db)?;
            Ok(value)
        }
        Err(error) => {
            if let Err(failed) = roll_back(db) {
                tracing::error!(error = %failed, "roll-back failed");
            }
            Err(error)
        }
    }
}

fn begin(db: &mut Db, mode: Mode) -> QueryResult<()> {
    match (db, mode) {
        // Said each time: the same connection serves both.
        (Db::Sqlite(sqlite), Mode::Write) => AnsiTransactionManager::begin_transaction_sql(
            sqlite,
            "PRAGMA synchronous = FULL; BEGIN IMMEDIATE",
        ),
        (Db::Sqlite(sqlite), Mode::WriteSoon) => AnsiTransactionManager::begin_transaction_sql(
            sqlite,
            "PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE",
        ),
        (Db::Sqlite(sqlite), Mode::Read) => AnsiTransactionManager::begin_transaction(sqlite),
        (Db::Postgres(pg), Mode::Write) => AnsiTransactionManager::begin_transaction(pg),
        (Db::Postgres(pg), Mode::WriteSoon) => AnsiTransactionManager::begin_transaction_sql(
            pg,
            "BEGIN; SET LOCAL synchronous_commit = off",
        ),
        (Db::Postgres(pg), Mode::Read) => AnsiTransactionManager::begin_transaction_sql(
            pg,
            "BEGIN READ ONLY ISOLATION LEVEL REPEATABLE READ",
        ),
    }
}

fn commit(db: &mut Db) -> QueryResult<()> {
    match db {
        Db::Sqlite(sqlite) => AnsiTransactionManager::commit_transaction(sqlite),
        Db::Postgres(pg) => AnsiTransactionManager::commit_transaction(pg),
    }
}

fn roll_back(db: &mut Db) -> QueryResult<()> {
    match db {
        Db::Sqlite(sqlite) => AnsiTransactionManager::rollback_transaction(sqlite),
        Db::Postgres(pg) => AnsiTransactionManager::rollback_transaction(pg),
    }
}

/// Runs `work` in a savepoint: what it did is undone when it fails, and the transaction around it goes on.
pub fn savepoint<T>(db: &mut Db, work: impl FnOnce(&mut Db) -> Result<T>) -> Result<T> {
    begin_nested(db)?;
    match work(db) {
        Ok(value) => {
            commit(db)?;
            Ok(value)
        }
        Err(error) => {
            roll_back(db)?;
            Err(error)
        }
    }
}

fn begin_nested(db: &mut Db) -> QueryResult<()> {
    match db {
        Db::Sqlite(sqlite) => AnsiTransactionManager::begin_transaction(sqlite),
        Db::Postgres(pg) => AnsiTransactionManager::begin_transaction(pg),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_schemes_are_databases() {
        assert!(Address::parse("sqlite://data/hiroba.db").is_ok());
        assert!(Address::parse("postgres://localhost/hiroba").is_ok());
        for wrong in [
            "postgres:/localhost",
            "hiroba.db",
            "mysql://x",
            "sqlite://",
            "",
            "postgres://h/d?sslmode=require",
        ] {
            assert!(Address::parse(wrong).is_err(), "{wrong}");
        }
    }
}
