//! A PostgreSQL server of one's own, that may be stopped, killed, frozen and started again. It keeps what it has
//! committed (`fsync` is on), and ends with the test that began it.

use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use diesel::prelude::*;
use tempfile::TempDir;

/// How often another port is tried, should somebody else take the free one.
const TRIES: usize = 5;

/// A running server.
pub struct Postgres {
    folder: TempDir,
    bin: PathBuf,
    /// Whom it runs as; none where we are nobody special.
    owner: Option<(u32, u32)>,
    port: u16,
}

/// How it is stopped.
#[derive(Clone, Copy, Debug)]
pub enum Stop {
    /// Connections are cut, what runs is rolled back, everything is written down.
    Fast,
    /// As if the power failed: the next start recovers.
    Immediate,
}

#[derive(QueryableByName)]
struct Text {
    #[diesel(sql_type = diesel::sql_types::Text)]
    value: String,
}

impl Postgres {
    /// None where PostgreSQL is not installed, which is said aloud; in CI that fails.
    pub fn start() -> Option<Postgres> {
        let Some(bin) = binaries() else {
            assert!(std::env::var_os("CI").is_none(), "PostgreSQL is missing");
            eprintln!("SKIPPED: PostgreSQL is not installed");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        // It refuses to run as root, who makes folders of their own.
        let owner = (folder.path().metadata().unwrap().uid() == 0).then(unprivileged);
        if let Some((user, group)) = owner {
            chown(folder.path(), Some(user), Some(group)).unwrap();
        }
        let mut server = Postgres {
            folder,
            bin,
            owner,
            port: 0,
        };
        let data = server.data();
        let mut making = server.command("initdb");
        making.args(["-D", &data, "-U", "hiroba", "-A", "trust", "-E", "UTF8"]);
        assert!(run(making.args(["--locale=C", "--no-sync"])));
        let started = (0..TRIES).any(|_| {
            let free = TcpListener::bind("127.0.0.1:0").unwrap();
            server.port = free.local_addr().unwrap().port();
            drop(free);
            server.launch()
        });
        assert!(started, "{}", server.said());
        Some(server)
    }

    pub fn url(&self) -> String {
        format!("postgres://hiroba@127.0.0.1:{}/postgres", self.port)
    }

    pub fn stop(&self, how: Stop) {
        let mode = match how {
            Stop::Fast => "fast",
            Stop::Immediate => "immediate",
        };
        let mut stopping = self.control();
        assert!(run(stopping.args(["-m", mode, "-w", "stop"])));
    }

    pub fn start_again(&self) {
        assert!(self.launch(), "{}", self.said());
    }

    /// Keeps the server and everything it does for others from doing anything more, until this is dropped. Connections
    /// stay open.
    pub fn freeze(&self) -> Frozen {
        let pid = std::fs::read_to_string(self.folder.path().join("data/postmaster.pid")).unwrap();
        let mut processes = vec![pid.lines().next().unwrap().to_owned()];
        // The one who asks has no further use.
        processes.extend(self.texts(
            "SELECT pid::text AS value FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()",
        ));
        signal("STOP", &processes);
        Frozen(processes)
    }

    /// The column `value` of a query, as text.
    pub fn texts(&self, query: &str) -> Vec<String> {
        let rows = diesel::sql_query(query).load::<Text>(&mut self.connect());
        rows.unwrap().into_iter().map(|row| row.value).collect()
    }

    pub fn count(&self, of: &str) -> usize {
        let counted = self.texts(&format!("SELECT count(*)::text AS value FROM {of}"));
        counted[0].parse().unwrap()
    }

    /// Somebody else on the same database.
    pub fn connect(&self) -> PgConnection {
        PgConnection::establish(&self.url()).unwrap()
    }

    fn data(&self) -> String {
        self.folder.path().join("data").display().to_string()
    }

    fn said(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    fn launch(&self) -> bool {
        let options = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories={} -c fsync=on -c max_connections=100 \
             -c shared_buffers=64MB",
            self.port,
            self.folder.path().display()
        );
        let log = self.folder.path().join("log").display().to_string();
        let mut starting = self.control();
        run(starting.args(["-w", "-l", &log, "-o", &options, "start"]))
    }

    fn control(&self) -> Command {
        let mut command = self.command("pg_ctl");
        command.args(["-D", &self.data()]);
        command
    }

    fn command(&self, name: &str) -> Command {
        let program = self.bin.join(name);
        match self.owner {
            None => Command::new(program),
            Some((user, group)) => {
                let mut command = Command::new("setpriv");
                command
                    .arg(format!("--reuid={user}"))
                    .arg(format!("--regid={group}"))
                    .arg("--clear-groups")
                    .arg(program);
                command
            }
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // It may be stopped already.
        let _ = run(self.control().args(["-m", "immediate", "-w", "stop"]));
    }
}

/// Processes that are held, and go on when this is dropped.
pub struct Frozen(Vec<String>);

impl Drop for Frozen {
    fn drop(&mut self) {
        signal("CONT", &self.0);
    }
}

fn signal(name: &str, processes: &[String]) {
    // One may have ended meanwhile.
    let _ = Command::new("kill")
        .arg(format!("-{name}"))
        .args(processes)
        .status();
}

/// Whether it ended well. Its output goes nowhere: the server would hold it open.
fn run(command: &mut Command) -> bool {
    let silent = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    silent.status().unwrap().success()
}

/// The newest installed version, as the script `test` finds it.
fn binaries() -> Option<PathBuf> {
    let version = |bin: &Path| -> Option<u32> {
        let name = bin.parent()?.file_name()?.to_str()?;
        name.parse().ok()
    };
    let installed = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .filter(|bin| bin.join("initdb").exists())
        .max_by_key(|bin| version(bin));
    installed.or_else(|| {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path).find(|bin| bin.join("initdb").exists())
    })
}

/// User and group of `postgres`, or of `nobody`.
fn unprivileged() -> (u32, u32) {
    let users = std::fs::read_to_string("/etc/passwd").unwrap();
    let of = |name: &str| {
        let line = users
            .lines()
            .find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2).map(|field| field.parse().unwrap());
        Some((fields.next()?, fields.next()?))
    };
    of("postgres").or_else(|| of("nobody")).unwrap()
}
