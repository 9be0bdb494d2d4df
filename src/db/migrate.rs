//! Brings a database up to date. The two folders hold the same names; `tests/it/migrations.rs` applies them one by
//! one over rows that already exist.

use std::collections::HashSet;
use std::path::Path;

use diesel::Connection;
use diesel::backend::Backend;
use diesel::connection::SimpleConnection;
use diesel::migration::{self, MigrationSource};
use diesel::sqlite::SqliteConnection;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::{Database, Db, DbResult, Fault, postgres};

pub const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
pub const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// A number for PostgreSQL's advisory lock, so that nodes that start together migrate one after the other: "hiroba".
const LOCK: i64 = 0x6869_726f_6261;

impl Database {
    /// Applies what is missing; returns the names of what was applied.
    ///
    /// # Errors
    /// `Newer` where a later release has been here: this one would leave out what that one keeps.
    pub fn migrate(&self) -> DbResult<Vec<String>> {
        let mut connection = self.write.get()?;
        let db = &mut *connection;
        if let Db::Postgres(pg) = db {
            pg.batch_execute(postgres::PATIENT)?;
        }
        lock(db, "SELECT pg_advisory_lock($1)")?;
        let applied = apply(db);
        lock(db, "SELECT pg_advisory_unlock($1)")?;
        if let Db::Postgres(pg) = db {
            postgres::limit(pg)?;
        }
        applied
    }

    /// That no later release has been here; applies nothing.
    ///
    /// # Errors
    /// `Newer`.
    pub fn check_release(&self) -> DbResult<()> {
        match &mut *self.write.get()? {
            Db::Postgres(pg) => refuse_newer(pg, &POSTGRES),
            Db::Sqlite(sqlite) => refuse_newer(sqlite, &SQLITE),
        }
    }
}

/// That no later release has been at the SQLite database in `file`, which is left as it is.
///
/// # Errors
/// `Newer`; others where it is no database.
pub fn check_file(file: &Path) -> DbResult<()> {
    let mut sqlite = SqliteConnection::establish(&file.to_string_lossy())?;
    refuse_newer(&mut sqlite, &SQLITE)
}

fn apply(db: &mut Db) -> DbResult<Vec<String>> {
    match db {
        Db::Postgres(pg) => apply_from(pg, POSTGRES),
        Db::Sqlite(sqlite) => apply_from(sqlite, SQLITE),
    }
}

fn apply_from<B: Backend>(
    db: &mut impl MigrationHarness<B>,
    ours: EmbeddedMigrations,
) -> DbResult<Vec<String>> {
    refuse_newer(db, &ours)?;
    let done = db.run_pending_migrations(ours).map_err(failed)?;
    Ok(done.iter().map(ToString::to_string).collect())
}

fn failed(error: Box<dyn std::error::Error + Send + Sync>) -> Fault {
    Fault::Migration(error.to_string())
}

fn refuse_newer<B: Backend>(
    db: &mut impl MigrationHarness<B>,
    ours: &EmbeddedMigrations,
) -> DbResult<()> {
    match foreign(db, ours).map_err(failed)? {
        Some(version) => Err(Fault::Newer(version)),
        None => Ok(()),
    }
}

/// What was applied and is not among `ours`.
fn foreign<B: Backend>(
    db: &mut impl MigrationHarness<B>,
    ours: &EmbeddedMigrations,
) -> migration::Result<Option<String>> {
    let all = MigrationSource::<B>::migrations(ours)?;
    let ours: HashSet<String> = all
        .iter()
        .map(|one| one.name().version().to_string())
        .collect();
    let applied = db.applied_migrations()?;
    let mut applied = applied.iter().map(ToString::to_string);
    Ok(applied.find(|version| !ours.contains(version)))
}

fn lock(db: &mut Db, statement: &str) -> DbResult<()> {
    use diesel::RunQueryDsl;
    if let Db::Postgres(pg) = db {
        diesel::sql_query(statement)
            .bind::<diesel::sql_types::BigInt, _>(LOCK)
            .execute(pg)?;
    }
    Ok(())
}
