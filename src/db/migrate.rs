//! Brings a database up to date. The two folders hold the same names; `tests/it/migrations.rs` applies them one by
//! one over rows that already exist.

use diesel::connection::SimpleConnection;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::{Database, Db, DbResult, Fault, postgres};

pub const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
pub const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// A number for PostgreSQL's advisory lock, so that nodes that start together migrate one after the other: "hiroba".
const LOCK: i64 = 0x6869_726f_6261;

impl Database {
    /// Applies what is missing; returns the names of what was applied.
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
    let done = match db {
        Db::Postgres(pg) => pg.run_pending_migrations(POSTGRES),
        Db::Sqlite(sqlite) => sqlite.run_pending_migrations(SQLITE),
    };
    done.map(|versions| versions.iter().map(ToString::to_string).collect())
        .map_err(|error| Fault::Migration(error.to_string()))
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
