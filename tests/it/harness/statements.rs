//! The SQL that the program really sends: heard through diesel's instrumentation, told apart by database, and asked for its
//! plan.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use diesel::connection::{
    Instrumentation, InstrumentationEvent, SimpleConnection, set_default_instrumentation,
};
use diesel::prelude::*;
use hiroba::db::{Address, Db};

/// What was sent to each database that somebody listens to, by its address.
static SENT: Mutex<BTreeMap<String, Vec<String>>> = Mutex::new(BTreeMap::new());

fn sent<T>(work: impl FnOnce(&mut BTreeMap<String, Vec<String>>) -> T) -> T {
    work(&mut SENT.lock().unwrap_or_else(PoisonError::into_inner))
}

/// An address without what connections add to it.
fn named(url: &str) -> &str {
    url.split_once('?').map_or(url, |(name, _)| name)
}

/// Hears one connection, which tells its address first.
#[derive(Default)]
struct Ear(String);

impl Instrumentation for Ear {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartEstablishConnection { url, .. } => {
                named(url).clone_into(&mut self.0);
            }
            InstrumentationEvent::StartQuery { query, .. } => sent(|all| {
                if let Some(heard) = all.get_mut(&self.0) {
                    heard.push(query.to_string());
                }
            }),
            _ => {}
        }
    }
}

/// Connections that are opened from now on can be listened to. To be called before the app is started.
pub fn prick_up() {
    set_default_instrumentation(|| Some(Box::new(Ear::default()))).unwrap();
}

/// Listens to one database until it is dropped.
pub struct Listener(String);

impl Listener {
    pub fn on(address: &Address) -> Listener {
        let name = match address {
            Address::Sqlite(path) => path,
            Address::Postgres(url) => url,
        };
        let name = named(name).to_owned();
        sent(|all| all.insert(name.clone(), Vec::new()));
        Listener(name)
    }

    /// What was asked and written since the last call, without values, transactions and settings.
    pub fn taken(&self) -> Vec<String> {
        let all = sent(|all| all.get_mut(&self.0).map(std::mem::take).unwrap_or_default());
        all.iter()
            .filter(|statement| {
                // Each pooled connection of PostgreSQL is tried before it is used.
                statement.as_str() != "SELECT 1"
                    && ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"]
                        .iter()
                        .any(|verb| statement.trim_start().starts_with(verb))
            })
            .map(|statement| {
                let (text, _) = statement
                    .split_once(" -- binds: ")
                    .unwrap_or((statement, ""));
                text.to_owned()
            })
            .collect()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        sent(|all| all.remove(&self.0));
    }
}

#[derive(QueryableByName)]
struct Detail {
    #[diesel(sql_type = diesel::sql_types::Text)]
    detail: String,
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = diesel::sql_types::Text, column_name = "QUERY PLAN")]
    line: String,
}

/// What the database would do, a step a line, whatever the values. PostgreSQL is told to avoid reading whole tables: it does so where
/// there is no other way.
pub fn plan(db: &mut Db, statement: &str) -> Vec<String> {
    match db {
        Db::Sqlite(_) => {
            let asked = diesel::sql_query(format!("EXPLAIN QUERY PLAN {statement}"));
            match asked.load::<Detail>(db) {
                Ok(steps) => steps.into_iter().map(|step| step.detail).collect(),
                Err(error) => panic!("{error}: {statement}"),
            }
        }
        Db::Postgres(_) => {
            let last = (1..)
                .take_while(|n| statement.contains(&format!("${n}")))
                .count();
            let values = match last {
                0 => String::new(),
                n => format!("({})", vec!["NULL"; n].join(", ")),
            };
            let prepare = format!(
                "SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL enable_seqscan = off; PREPARE asked AS {statement}"
            );
            if let Err(error) = db.batch_execute(&prepare) {
                panic!("{error}: {statement}");
            }
            let explained = diesel::sql_query(format!("EXPLAIN EXECUTE asked{values}"));
            let lines = match explained.load::<Line>(db) {
                Ok(lines) => lines.into_iter().map(|line| line.line).collect(),
                Err(error) => panic!("{error}: {statement}"),
            };
            db.batch_execute("DEALLOCATE asked").unwrap();
            lines
        }
    }
}
