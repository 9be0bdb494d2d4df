//! A database for one test: a copy of a migrated template, made once per set of migrations and shared by all test
//! processes. SQLite files lie in memory (`/dev/shm`) where there is such a place.

use std::fs;
use std::path::{Path, PathBuf};

use diesel::prelude::*;
use hiroba::clock::{At, Clock};
use hiroba::db::{Address, Database};
use hiroba::{feed, taxonomy};
use sha2::{Digest, Sha256};

pub enum TestDatabase {
    Sqlite(PathBuf),
    Postgres { server: String, name: String },
}

/// The server of `TEST_DATABASE_URL`, if the tests run on PostgreSQL.
pub fn postgres_server() -> Option<String> {
    std::env::var("TEST_DATABASE_URL")
        .ok()
        .filter(|url| url.starts_with("postgres"))
}

impl TestDatabase {
    /// Migrated, with the city's vocabulary.
    pub fn create() -> TestDatabase {
        match postgres_server() {
            Some(server) => postgres(server),
            None => sqlite(),
        }
    }

    /// Without any table.
    pub fn empty() -> TestDatabase {
        match postgres_server() {
            Some(server) => {
                let name = format!("hiroba_{}", fresh());
                execute(&server, &format!("CREATE DATABASE {name}"));
                TestDatabase::Postgres { server, name }
            }
            None => TestDatabase::Sqlite(memory().join(format!("hiroba-{}.db", fresh()))),
        }
    }

    pub fn url(&self) -> String {
        match self {
            TestDatabase::Sqlite(file) => format!("sqlite://{}", file.display()),
            TestDatabase::Postgres { server, name } => on(server, name),
        }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        match self {
            TestDatabase::Sqlite(file) => {
                for ending in ["", "-wal", "-shm"] {
                    let _ = fs::remove_file(format!("{}{ending}", file.display()));
                }
            }
            TestDatabase::Postgres { server, name } => {
                execute(
                    server,
                    &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
                );
            }
        }
    }
}

fn fresh() -> String {
    hiroba::id::Id::new(Clock::System.now())
        .0
        .simple()
        .to_string()
}

fn memory() -> PathBuf {
    let shm = Path::new("/dev/shm");
    if shm.is_dir() {
        shm.to_owned()
    } else {
        std::env::temp_dir()
    }
}

/// Changes with the migrations and with the vocabulary.
fn fingerprint() -> String {
    let mut hash = Sha256::new();
    for folder in ["sqlite", "postgres"] {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("migrations")
            .join(folder);
        let mut files: Vec<_> = fs::read_dir(root).unwrap().flatten().collect();
        files.sort_by_key(fs::DirEntry::file_name);
        for file in files {
            hash.update(fs::read(file.path().join("up.sql")).unwrap());
        }
    }
    hash.update(taxonomy::SENDAI);
    hash.finalize()
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn prepare(address: &Address) {
    let database = Database::open(address).unwrap();
    database.migrate().unwrap();
    let now = At::parse(super::START).unwrap();
    database
        .write_here(|db| {
            feed::begin(db, now)?;
            taxonomy::begin(db, now)
        })
        .unwrap();
}

fn sqlite() -> TestDatabase {
    let template = memory().join(format!("hiroba-template-{}.db", fingerprint()));
    if !template.exists() {
        let making = memory().join(format!("hiroba-making-{}.db", fresh()));
        prepare(&Address::parse(&format!("sqlite://{}", making.display())).unwrap());
        // The last connection that closes writes everything back into the one file.
        fs::rename(&making, &template).unwrap();
        for ending in ["-wal", "-shm"] {
            let _ = fs::remove_file(format!("{}{ending}", making.display()));
        }
    }
    let file = memory().join(format!("hiroba-{}.db", fresh()));
    fs::copy(&template, &file).unwrap();
    TestDatabase::Sqlite(file)
}

fn postgres(server: String) -> TestDatabase {
    let template = format!("hiroba_template_{}", fingerprint());
    let mut connection = PgConnection::establish(&server).unwrap();
    diesel::sql_query("SELECT pg_advisory_lock(20261122)")
        .execute(&mut connection)
        .unwrap();
    let known: i64 = diesel::select(diesel::dsl::sql::<diesel::sql_types::BigInt>(&format!(
        "(SELECT count(*) FROM pg_database WHERE datname = '{template}')"
    )))
    .get_result(&mut connection)
    .unwrap();
    if known == 0 {
        let making = format!("hiroba_making_{}", fresh());
        execute(&server, &format!("CREATE DATABASE {making}"));
        prepare(&Address::parse(&on(&server, &making)).unwrap());
        execute(
            &server,
            &format!("ALTER DATABASE {making} RENAME TO {template}"),
        );
    }
    let name = format!("hiroba_{}", fresh());
    diesel::sql_query(format!(
        "CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy"
    ))
    .execute(&mut connection)
    .unwrap();
    TestDatabase::Postgres { server, name }
}

fn execute(server: &str, statement: &str) {
    let mut connection = PgConnection::establish(server).unwrap();
    diesel::sql_query(statement)
        .execute(&mut connection)
        .unwrap();
}

/// The URL of database `name` on the server of `url`.
fn on(url: &str, name: &str) -> String {
    let mut parsed = url::Url::parse(url).unwrap();
    parsed.set_path(name);
    parsed.into()
}
