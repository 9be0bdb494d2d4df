//! The key that self-checks are filed under. It stands outside the database, so that the database alone tells nobody
//! whose answers are whose: in a file of the data directory, or in the configuration where several processes share it.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::Path;

use super::store;
use crate::config::Config;
use crate::db::Database;
use crate::error::{Error, Result};
use crate::secret::Key;

/// Its name in the data directory.
pub const FILE: &str = "mirror.key";

/// What is kept of it in the database: its HMAC of nothing, under this purpose.
const CHECK: &str = "hiroba.mirror.check";

/// The key, where this process has it. One that does not serves everything but self-checks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ring(Option<Key>);

impl Ring {
    /// # Errors
    /// `Conflict` where it is not here.
    pub fn key(&self) -> Result<&Key> {
        self.0.as_ref().ok_or_else(|| {
            Error::Conflict(
                "「自分だけのふりかえり」の鍵がこのサーバーにないため、いまはできません。答えは消えていません。広場の連絡先に知らせてください。"
                    .to_owned(),
            )
        })
    }
}

/// The key of this forum: configured, from its file, or made for a forum that has none yet. A crash after the file was
/// made leaves a key that nothing was filed under; the next start takes it.
///
/// # Errors
/// `Internal`, in words for the person at the terminal, when the key that is here is not the one that the answers in this
/// database were filed under. Where there is none, that is only said.
pub fn open(config: &Config, database: &Database) -> Result<Ring> {
    let path = config.data_dir.join(FILE);
    let wanted = database.read_here(store::check_value)?;
    let (key, made) = if config.mirror_key.is_empty() {
        match read(&path)? {
            Some(key) => (key, false),
            None if wanted.is_some() => return Ok(missing(&path)),
            None => (make(&path)?, true),
        }
    } else {
        let key = Key::parse(&config.mirror_key)
            .ok_or_else(|| Error::internal("mirror_key: 64 hexadecimal digits are wanted"))?;
        (key, false)
    };
    let ours = key.hmac(CHECK, &[]);
    let kept = database.write_here(|db| store::keep_check_value(db, &ours))?;
    if kept == ours {
        return Ok(Ring(Some(key)));
    }
    if made {
        // Another process was first; nothing was filed under ours.
        fs::remove_file(&path).map_err(|error| failed(&path, &error))?;
        return Ok(missing(&path));
    }
    Err(Error::internal(
        "the key of the self-checks (mirror_key, or mirror.key in the data directory) is not the one that this database \
         was begun with: every process needs the same; docs/gap.md says how to go on without it",
    ))
}

fn missing(path: &Path) -> Ring {
    tracing::warn!(
        wanted = %path.display(),
        "self-checks cannot be used in this process: their key is not here; bring the file back, or set mirror_key to that of \
         the other processes (docs/gap.md)"
    );
    Ring(None)
}

fn failed(path: &Path, error: &std::io::Error) -> Error {
    Error::internal(format!("{}: {error}", path.display()))
}

fn read(path: &Path) -> Result<Option<Key>> {
    match fs::read_to_string(path) {
        Ok(text) => Key::parse(&text).map(Some).ok_or_else(|| {
            Error::internal(format!(
                "{}: 64 hexadecimal digits are wanted",
                path.display()
            ))
        }),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(path, &error)),
    }
}

fn make(path: &Path) -> Result<Key> {
    let key = Key::new();
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(path)
        .and_then(|mut file| {
            writeln!(file, "{}", key.reveal())?;
            file.sync_all()
        })
        .map_err(|error| failed(path, &error))?;
    Ok(key)
}
