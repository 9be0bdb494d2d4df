//! What a monitoring program reads: numbers of this process and of the database, in the OpenMetrics text format. No
//! number is of a person.

pub mod http;
mod process;

use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use super::glance;
use crate::clock::At;
use crate::db::types::Word;
use crate::db::{Address, Database};
use crate::error::{Error, Result};
use crate::feed;
use crate::notices::outbox::State as LetterState;
use crate::search::Searcher;

/// Changes that the index has still to take in are counted to here.
const MOST_CHANGES: i64 = 10_000;

/// Before the names of everything that is ours alone.
pub const PREFIX: &str = "hiroba";

type Number = Gauge<f64, AtomicU64>;
/// One label with its value.
type Label = [(&'static str, String); 1];

fn put(registry: &mut Registry, name: &str, help: &str, value: f64) {
    let gauge = Number::default();
    gauge.set(value);
    registry.register(name, help, gauge);
}

fn put_each(
    registry: &mut Registry,
    name: &str,
    help: &str,
    label: &'static str,
    values: impl IntoIterator<Item = (String, f64)>,
) {
    let family = Family::<Label, Number>::default();
    for (value, number) in values {
        family.get_or_create(&[(label, value)]).set(number);
    }
    registry.register(name, help, family);
}

/// Counts and byte counts are far below 2⁵³.
fn number(count: i64) -> f64 {
    count as f64
}

fn size(count: usize) -> f64 {
    number(i64::try_from(count).unwrap_or(i64::MAX))
}

/// What is told of a process by the names that every program uses for it, and by which version of ours it is.
fn put_process(registry: &mut Registry, begun: At, database: &Database) {
    let process = process::look();
    put(
        registry,
        "process_start_time_seconds",
        "When this process began, in seconds since 1970",
        number(begun.micros()) / 1e6,
    );
    for (name, help, value) in [
        (
            "process_resident_memory_bytes",
            "Memory of this process, the pages of the mapped index that it has read included",
            process.resident_bytes,
        ),
        (
            "process_open_fds",
            "Files and connections that this process has open",
            process.open_files,
        ),
        (
            "process_max_fds",
            "How many it may have open",
            process.most_open_files,
        ),
    ] {
        if let Some(value) = value {
            put(registry, name, help, value);
        }
    }
    if let Some(seconds) = process.cpu_seconds {
        let counter = Counter::<f64, AtomicU64>::default();
        counter.inc_by(seconds);
        let help = "Seconds for which this process has had a processor";
        registry.register("process_cpu_seconds", help, counter);
    }
    let kind = match database.address() {
        Address::Sqlite(_) => "sqlite",
        Address::Postgres(_) => "postgres",
    };
    let build = [("version", env!("CARGO_PKG_VERSION")), ("database", kind)];
    let help = "Version of the program, and the database that it stands on";
    registry
        .sub_registry_with_prefix(PREFIX)
        .register("build", help, Info::new(build));
}

/// Places at the database, and who waits for one.
fn put_load(registry: &mut Registry, database: &Database) {
    let load = database.load();
    let (reading, writing) = database.places();
    let each = |read: usize, write: usize| {
        [("read", read), ("write", write)].map(|(what, n)| (what.to_owned(), size(n)))
    };
    put_each(
        registry,
        "connections",
        "Places at the database; on PostgreSQL both kinds take the same ones",
        "kind",
        each(reading, writing),
    );
    put_each(
        registry,
        "connections_in_use",
        "Places at the database in use",
        "kind",
        each(load.reading, load.writing),
    );
    put_each(
        registry,
        "requests_waiting",
        "Requests that wait for a place at the database",
        "kind",
        each(load.waiting_to_read, load.waiting_to_write),
    );
}

/// The text of `/metrics`: what `registry` holds and what is counted here, of a process that began at `begun`. On a blocking
/// thread: it reads the database and the index folder.
///
/// # Errors
/// Of the database.
pub fn text(
    mut registry: Registry,
    database: &Database,
    searcher: &Searcher,
    begun: At,
    now: At,
) -> Result<String> {
    put_process(&mut registry, begun, database);
    let house = registry.sub_registry_with_prefix(PREFIX);
    put_load(house, database);

    let cursor = searcher.read_to();
    let (jobs, letters, lag, due, bytes) = database.read_here(|db| {
        let lag = match &cursor {
            Some(cursor) => Some(feed::count_after(db, cursor, MOST_CHANGES)?),
            None => None,
        };
        Ok((
            crate::jobs::counts(db)?,
            glance::letters_by_state(db)?,
            lag,
            glance::oldest_due(db)?,
            glance::database_bytes(db)?,
        ))
    })?;
    let (queued, dead) = jobs;
    let states = [("queued", queued), ("dead", dead)];
    put_each(
        house,
        "jobs",
        "Jobs by state",
        "state",
        states.map(|(state, count)| (state.to_owned(), number(count))),
    );
    // A state without a letter is told too: what is not there raises no alarm.
    let of = |state: LetterState| {
        let found = letters.iter().find(|(one, _)| *one == state);
        (
            state.word().to_owned(),
            number(found.map_or(0, |(_, count)| *count)),
        )
    };
    put_each(
        house,
        "letters",
        "Letters by state",
        "state",
        LetterState::ALL.iter().copied().map(of),
    );
    let late = due.map_or(0, |due| now.since(due).num_seconds().max(0));
    put(
        house,
        "overdue_seconds",
        "For how long the job or letter that is due longest has waited",
        number(late),
    );
    put(
        house,
        "database_bytes",
        "Bytes of the database",
        number(bytes),
    );
    if let Some(lag) = lag {
        put(
            house,
            "feed_lag_changes",
            "Changes that this process's index has still to take in, counted to 10000",
            size(lag),
        );
    }
    put(
        house,
        "index_ready",
        "Whether this process has an index of this database to ask, 1 or 0",
        f64::from(u8::from(searcher.is_ready())),
    );
    if let Some(index) = searcher.index() {
        let documents = i64::try_from(index.document_count()).unwrap_or(i64::MAX);
        put(
            house,
            "index_documents",
            "Documents in this process's index",
            number(documents),
        );
    }
    put(
        house,
        "index_bytes",
        "Bytes of this process's index on disk",
        number(i64::try_from(glance::bytes_below(searcher.folder())).unwrap_or(i64::MAX)),
    );
    let mut text = String::new();
    encode(&mut text, &registry).map_err(Error::internal)?;
    Ok(text)
}
