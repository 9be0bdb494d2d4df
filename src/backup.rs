//! Backups: one archive (tar, gzip) with the database as it stood at one moment, the files, and a list of both with their
//! checksums. It can be made while the server runs. The search index is not in it: it is made anew from the database. The
//! key of the self-checks is, where it is a file of the data directory: without it nobody could read theirs again.
//!
//! The database is copied before the files. A file is there before the database names it, and one that it names stays:
//! so the archive holds every file that its database knows.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Component, Path, PathBuf};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::clock::At;
use crate::db::{Database, migrate};
use crate::error::{Error, Result};
use crate::mirror::key::FILE as KEY;

/// Of the archive; raised when an older program could not read it.
const FORMAT: u32 = 1;
/// The database's name in the archive.
const DATABASE: &str = "hiroba.db";
/// The folder of images and files, in the data directory and in the archive.
const FILES: &str = "files";
/// What stands last in the archive.
const LIST: &str = "list.json";
/// A list of a million files takes about this many bytes.
const LONGEST_LIST: u64 = 256 * 1024 * 1024;

/// What the archive holds.
#[derive(Debug, Serialize, Deserialize)]
struct List {
    format: u32,
    program: String,
    made_at: String,
    /// Whether the database is in it: not for PostgreSQL.
    database: bool,
    /// By path in the archive.
    parts: BTreeMap<String, Part>,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Part {
    bytes: u64,
    sha256: String,
}

/// What was written or brought back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account {
    pub database: bool,
    /// Whether the key of the self-checks is in it.
    pub key: bool,
    /// Images and files.
    pub files: usize,
    /// Of everything, unpacked.
    pub bytes: u64,
}

impl List {
    fn account(&self) -> Account {
        Account {
            database: self.database,
            key: self.parts.contains_key(KEY),
            files: self
                .parts
                .keys()
                .filter(|name| name.starts_with(FILES))
                .count(),
            bytes: self.parts.values().map(|part| part.bytes).sum(),
        }
    }
}

/// Counts and digests what goes by.
struct Measured<T> {
    inner: T,
    bytes: u64,
    digest: Sha256,
}

impl<T> Measured<T> {
    fn new(inner: T) -> Measured<T> {
        Measured {
            inner,
            bytes: 0,
            digest: Sha256::new(),
        }
    }

    fn part(self) -> Part {
        Part {
            bytes: self.bytes,
            sha256: data_encoding::HEXLOWER.encode(&self.digest.finalize()),
        }
    }
}

impl<T: Read> Read for Measured<T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        if let Some(read) = buffer.get(..count) {
            self.digest.update(read);
        }
        self.bytes += u64::try_from(count).unwrap_or_default();
        Ok(count)
    }
}

fn failed(path: &Path, error: &io::Error) -> Error {
    Error::internal(format!("{}: {error}", path.display()))
}

/// Writes a backup of `database` and the files in `data_dir` to `file`, which must not exist.
///
/// # Errors
/// `Internal` with the path that is at fault. Nothing is left at `file` then.
pub fn write(database: &Database, data_dir: &Path, file: &Path, now: At) -> Result<Account> {
    if file.exists() {
        return Err(Error::internal(format!(
            "{} exists already; a backup overwrites nothing",
            file.display()
        )));
    }
    let beside = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let beside = beside.unwrap_or(Path::new("."));
    // Beside the target: the same file system, so that renaming is one step.
    let mut partial = tempfile::NamedTempFile::new_in(beside).map_err(|e| failed(beside, &e))?;
    let place = tempfile::tempdir_in(beside).map_err(|e| failed(beside, &e))?;
    let copy = place.path().join(DATABASE);
    let has_database = database.copy_to(&copy.to_string_lossy())?;

    let packed = GzEncoder::new(BufWriter::new(partial.as_file_mut()), Compression::fast());
    let mut archive = tar::Builder::new(packed);
    let mut parts = BTreeMap::new();
    if has_database {
        parts.insert(
            DATABASE.to_owned(),
            append(&mut archive, &copy, DATABASE, now)?,
        );
    }
    let key = data_dir.join(KEY);
    if key.exists() {
        parts.insert(KEY.to_owned(), append(&mut archive, &key, KEY, now)?);
    }
    let mut files = Vec::new();
    below(&data_dir.join(FILES), FILES, &mut files)?;
    for (path, name) in files {
        // One that is gone since was no post's: those stay.
        if path.exists() {
            let part = append(&mut archive, &path, &name, now)?;
            parts.insert(name, part);
        }
    }
    let list = List {
        format: FORMAT,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        made_at: now.rfc3339(),
        database: has_database,
        parts,
    };
    let text = serde_json::to_vec_pretty(&list).map_err(Error::internal)?;
    let mut header = header(u64::try_from(text.len()).map_err(Error::internal)?, now);
    archive
        .append_data(&mut header, LIST, text.as_slice())
        .and_then(|()| archive.into_inner()?.finish()?.flush())
        .map_err(|e| failed(file, &e))?;
    partial.as_file().sync_all().map_err(|e| failed(file, &e))?;
    partial
        .persist_noclobber(file)
        .map_err(|e| failed(file, &e.error))?;
    Ok(list.account())
}

/// Readable by its owner alone: a backup holds everything.
fn header(bytes: u64, now: At) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes);
    header.set_mode(0o600);
    header.set_mtime(u64::try_from(now.micros() / 1_000_000).unwrap_or_default());
    header
}

fn append(
    archive: &mut tar::Builder<impl Write>,
    path: &Path,
    name: &str,
    now: At,
) -> Result<Part> {
    let opened = File::open(path).and_then(|file| Ok((file.metadata()?.len(), file)));
    let (bytes, file) = opened.map_err(|e| failed(path, &e))?;
    let mut measured = Measured::new(file.take(bytes));
    archive
        .append_data(&mut header(bytes, now), name, &mut measured)
        .map_err(|e| failed(path, &e))?;
    if measured.bytes != bytes {
        return Err(Error::internal(format!(
            "{} became shorter while it was read",
            path.display()
        )));
    }
    Ok(measured.part())
}

/// The files below `folder` with their names in the archive. No folder: no files.
fn below(folder: &Path, name: &str, found: &mut Vec<(PathBuf, String)>) -> Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    for entry in fs::read_dir(folder).map_err(|e| failed(folder, &e))? {
        let entry = entry.map_err(|e| failed(folder, &e))?;
        let kind = entry.file_type().map_err(|e| failed(&entry.path(), &e))?;
        let inner = format!("{name}/{}", entry.file_name().to_string_lossy());
        if kind.is_dir() {
            below(&entry.path(), &inner, found)?;
        } else if kind.is_file() && !inner.contains('#') {
            // The store writes beside a file's place, under its name and a #, before it takes it.
            found.push((entry.path(), inner));
        }
    }
    found.sort();
    Ok(())
}

/// Brings the archive `file` back: its database to `database` (None: PostgreSQL, which is restored by its own tools) and
/// its files to `data_dir`. Everything is unpacked and checked beside its place before any of it takes it.
///
/// # Errors
/// `Internal` when something stands where it would go, when the archive is damaged, cut off or not one of ours, or of a
/// newer program. Nothing is changed then.
pub fn bring_back(file: &Path, data_dir: &Path, database: Option<&Path>) -> Result<Account> {
    let files = data_dir.join(FILES);
    let key = data_dir.join(KEY);
    for taken in database.into_iter().chain([files.as_path(), key.as_path()]) {
        if taken.exists() {
            return Err(Error::internal(format!(
                "{} exists already; a backup is brought back into an empty place",
                taken.display()
            )));
        }
    }
    fs::create_dir_all(data_dir).map_err(|e| failed(data_dir, &e))?;
    let place = tempfile::tempdir_in(data_dir).map_err(|e| failed(data_dir, &e))?;
    let list = unpack(file, place.path())?;
    if list.database != database.is_some() {
        return Err(Error::internal(if list.database {
            "this backup holds an SQLite database, and the configured database is another"
        } else {
            "this backup holds no database: restore that with PostgreSQL's own tools, and name it with --database-url"
        }));
    }
    if list.database {
        migrate::check_file(&place.path().join(DATABASE))?;
    }
    let unpacked = place.path().join(FILES);
    if unpacked.exists() {
        fs::rename(&unpacked, &files).map_err(|e| failed(&files, &e))?;
    }
    let unpacked = place.path().join(KEY);
    if unpacked.exists() {
        fs::rename(&unpacked, &key).map_err(|e| failed(&key, &e))?;
    }
    if let Some(target) = database {
        let folder = target.parent().unwrap_or(data_dir);
        fs::create_dir_all(folder).map_err(|e| failed(folder, &e))?;
        let from = place.path().join(DATABASE);
        // A rename within the data directory; a copy where the database is kept elsewhere.
        if fs::rename(&from, target).is_err() {
            fs::copy(&from, target).map_err(|e| failed(target, &e))?;
        }
    }
    Ok(list.account())
}

/// Unpacks into the empty folder `place` and checks every part against the list.
fn unpack(file: &Path, place: &Path) -> Result<List> {
    let damaged = |what: &str| Error::internal(format!("{}: {what}", file.display()));
    let source = File::open(file).map_err(|e| failed(file, &e))?;
    let mut archive = tar::Archive::new(GzDecoder::new(BufReader::new(source)));
    let mut seen: BTreeMap<String, Part> = BTreeMap::new();
    let mut list: Option<List> = None;
    for entry in archive.entries().map_err(|e| failed(file, &e))? {
        let entry = entry.map_err(|e| failed(file, &e))?;
        let path = entry.path().map_err(|e| failed(file, &e))?.into_owned();
        let name = path.to_string_lossy().into_owned();
        if !entry.header().entry_type().is_file() || !is_ours(&path) {
            return Err(damaged(&format!("{name:?} does not belong into a backup")));
        }
        if name == LIST {
            let text = entry.take(LONGEST_LIST);
            list = Some(serde_json::from_reader(text).map_err(|e| damaged(&e.to_string()))?);
            continue;
        }
        let target = place.join(&path);
        let folder = target.parent().unwrap_or(place);
        fs::create_dir_all(folder).map_err(|e| failed(folder, &e))?;
        let mut out = created(&target).map_err(|e| failed(&target, &e))?;
        let mut measured = Measured::new(entry);
        io::copy(&mut measured, &mut out)
            .and_then(|_| out.sync_all())
            .map_err(|e| failed(file, &e))?;
        seen.insert(name, measured.part());
    }
    let list = list.ok_or_else(|| damaged("it is cut off, or no backup"))?;
    if list.format > FORMAT {
        return Err(damaged(&format!(
            "it was made by a newer program ({})",
            list.program
        )));
    }
    for (name, part) in &list.parts {
        match seen.remove(name) {
            Some(found) if found == *part => {}
            Some(_) => return Err(damaged(&format!("{name} is damaged"))),
            None => return Err(damaged(&format!("{name} is missing"))),
        }
    }
    match seen.keys().next() {
        Some(more) => Err(damaged(&format!("{more} is not in its list"))),
        None => Ok(list),
    }
}

/// A new file that its owner alone can read, as what a backup holds should be.
fn created(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Whether `path` is one that `write` gives: no way leads out of the place.
fn is_ours(path: &Path) -> bool {
    let mut parts = path.components();
    let plain = path
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    plain
        && match parts.next() {
            Some(Component::Normal(first)) if first == FILES => parts.next().is_some(),
            Some(Component::Normal(first)) => {
                (first == DATABASE || first == LIST || first == KEY) && parts.next().is_none()
            }
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_backup_holds_is_unpacked() {
        for (path, ours) in [
            ("hiroba.db", true),
            ("list.json", true),
            ("mirror.key", true),
            ("files/mirror.key", true),
            ("mirror.key/x", false),
            ("files/ab/cd.webp", true),
            ("files", false),
            ("hiroba.db/x", false),
            ("../hiroba.db", false),
            ("files/../../etc/passwd", false),
            ("/etc/passwd", false),
            ("./hiroba.db", false),
            ("hiroba.toml", false),
            ("", false),
        ] {
            assert_eq!(is_ours(Path::new(path)), ours, "{path}");
        }
    }
}
