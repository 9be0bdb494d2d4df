//! What a monitoring program reads: numbers of this process and of the database, in the OpenMetrics text format. No
//! number is of a person.

pub mod http;

use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::glance;
use crate::db::Database;
use crate::db::types::Word;
use crate::error::{Error, Result};
use crate::feed;
use crate::search::Searcher;

/// Changes that the index has still to take in are counted to here.
const MOST_CHANGES: i64 = 10_000;

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

/// The text of `/metrics`: what `registry` holds and what is counted here. On a blocking thread: it reads the database and the index folder.
///
/// # Errors
/// Of the database.
pub fn text(mut registry: Registry, database: &Database, searcher: &Searcher) -> Result<String> {
    let load = database.load();
    let in_use = [("read", load.reading), ("write", load.writing)];
    let waiting = [
        ("read", load.waiting_to_read),
        ("write", load.waiting_to_write),
    ];
    let each = |pairs: [(&str, usize); 2]| pairs.map(|(what, n)| (what.to_owned(), size(n)));
    put_each(
        &mut registry,
        "connections_in_use",
        "Places at the database in use",
        "kind",
        each(in_use),
    );
    put_each(
        &mut registry,
        "requests_waiting",
        "Requests that wait for a place at the database",
        "kind",
        each(waiting),
    );

    let cursor = searcher.read_to();
    let (jobs, letters, lag) = database.read_here(|db| {
        let lag = match &cursor {
            Some(cursor) => Some(feed::count_after(db, cursor, MOST_CHANGES)?),
            None => None,
        };
        Ok((crate::jobs::counts(db)?, glance::letters_by_state(db)?, lag))
    })?;
    let (queued, dead) = jobs;
    let states = [("queued", queued), ("dead", dead)];
    put_each(
        &mut registry,
        "jobs",
        "Jobs by state",
        "state",
        states.map(|(state, count)| (state.to_owned(), number(count))),
    );
    put_each(
        &mut registry,
        "letters",
        "Letters by state",
        "state",
        letters
            .into_iter()
            .map(|(state, count)| (state.word().to_owned(), number(count))),
    );
    if let Some(lag) = lag {
        put(
            &mut registry,
            "feed_lag_changes",
            "Changes that this process's index has still to take in, counted to 10000",
            size(lag),
        );
    }
    if let Some(index) = searcher.index() {
        let documents = i64::try_from(index.document_count()).unwrap_or(i64::MAX);
        put(
            &mut registry,
            "index_documents",
            "Documents in this process's index",
            number(documents),
        );
    }
    put(
        &mut registry,
        "index_bytes",
        "Bytes of this process's index on disk",
        number(i64::try_from(glance::bytes_below(searcher.folder())).unwrap_or(i64::MAX)),
    );
    let mut text = String::new();
    encode(&mut text, &registry).map_err(Error::internal)?;
    Ok(text)
}
