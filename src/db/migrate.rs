//! Brings a database up to date. The two folders hold the same names; `tests/it/migrations.rs` applies them one by
//! one over rows that already exist.

use std::collections::HashSet;

use diesel::backend::Backend;
use diesel::connection::SimpleConnection;
use diesel::migration::{self, MigrationSource};
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
    let fault = |error: Box<_>| Fault::Migration(ToString::to_string(&error));
    if let Some(foreign) = foreign(db, &ours).map_err(fault)? {
        return Err(Fault::Newer(foreign));
    }
    let done = db.run_pending_migrations(ours).map_err(fault)?;
    Ok(done.iter().map(ToString::to_string).collect())
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
