//! Backups: made beside a running server, brought back elsewhere, refused when anything is wrong with them.

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicI64;
use std::sync::{Arc, Mutex};

use diesel::prelude::*;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use hiroba::accounts::{self, Role};
use hiroba::app::App;
use hiroba::clock::Clock;
use hiroba::command::{self, Done};
use hiroba::config::Config;
use hiroba::db::Address;
use hiroba::error::Error;
use hiroba::feed;
use hiroba::mail::Mailer;
use hiroba::threads::{self, Filter};
use hiroba::worker;

use crate::harness::TestApp;
use crate::harness::ground::{self, settle};

fn is_sqlite(app: &TestApp) -> bool {
    matches!(app.app.database.address(), Address::Sqlite(_))
}

/// A forum with a thread and a file; the place for its backup.
async fn furnished() -> (TestApp, tempfile::TempDir) {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let question = aoi.ask("充電保管庫の下の段だけ充電されません").await;
    aoi.reply(&question, "コンセントが抜けかけていました。")
        .await;
    let folder = app.app.config.data_dir.join("files/ab");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("cd.webp"), b"picture").unwrap();
    app.drain();
    (app, tempfile::tempdir().unwrap())
}

/// The configuration of another, empty machine.
fn elsewhere(folder: &Path) -> Config {
    Config {
        data_dir: folder.join("data"),
        database_url: String::new(),
        argon2_memory_kib: 8,
        argon2_iterations: 1,
        ..Config::default()
    }
}

fn start(config: Config, now: &TestApp) -> App {
    let micros = Arc::new(AtomicI64::new(now.now().micros()));
    let mailer = Mailer::Memory(Arc::new(Mutex::new(Vec::new())));
    App::start(config, Clock::Fixed(micros), mailer).unwrap()
}

fn titles(app: &App) -> Vec<String> {
    let list = app
        .write_here(|db, _| threads::list(db, &accounts::house(), &Filter::default(), None, 100));
    let mut titles: Vec<String> = list.unwrap().items.into_iter().map(|t| t.title).collect();
    titles.sort();
    titles
}

fn reason(done: Result<Done, Error>) -> String {
    match done {
        Ok(_) => panic!("it was not refused"),
        Err(error) => error.to_string(),
    }
}

#[actix_web::test]
async fn a_forum_comes_back_whole_and_is_indexed_anew() {
    let (app, place) = furnished().await;
    if !is_sqlite(&app) {
        return; // PostgreSQL has tools of its own; see below
    }
    let file = place.path().join("forum.tar.gz");
    assert_eq!(command::backup(&app.app.config, &file).unwrap(), Done::All);
    let config = elsewhere(place.path());
    assert_eq!(command::restore(&config, &file).unwrap(), Done::All);
    let picture = fs::read(config.data_dir.join("files/ab/cd.webp")).unwrap();
    assert_eq!(picture, b"picture");
    // Nothing of the unpacking is left.
    let left: Vec<String> = fs::read_dir(&config.data_dir)
        .unwrap()
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with(".tmp"))
        .collect();
    assert!(left.is_empty(), "{left:?}");

    let restored = start(config, &app);
    worker::drain(&restored).unwrap();
    settle(&restored);
    assert_eq!(titles(&restored), titles(&app.app));
    // Everybody can still read their self-checks.
    assert_eq!(restored.mirror_key, app.app.mirror_key);
    let epoch = |app: &App| app.write_here(|db, _| feed::epochs(db)).unwrap().0;
    assert_ne!(
        epoch(&restored),
        epoch(&app.app),
        "an index of before must not be taken for its own"
    );
    assert_eq!(ground::found(&restored, "充電保管庫").len(), 1);
    // The people sign in with what they had.
    let person = restored.write_here(|db, _| accounts::by_email(db, "aoi@hiroba.example"));
    assert_eq!(person.unwrap().name, "先生 aoi");
}

#[actix_web::test]
async fn a_backup_is_of_one_moment_while_people_write() {
    let (app, place) = furnished().await;
    if !is_sqlite(&app) {
        return;
    }
    let before = titles(&app.app).len();
    let writer = app.app.clone();
    let posting = std::thread::spawn(move || {
        let who = ground::person(&writer, "sota", Role::Teacher);
        for number in 0..60 {
            ground::ask(&writer, &who, &format!("同時に書く質問 {number:02}"));
        }
    });
    let mut counts = Vec::new();
    for round in 0..4 {
        let confirmed = titles(&app.app).len();
        let file = place.path().join(format!("{round}.tar.gz"));
        command::backup(&app.app.config, &file).unwrap();
        let folder = place.path().join(round.to_string());
        let config = elsewhere(&folder);
        command::restore(&config, &file).unwrap();
        let Address::Sqlite(path) = config.database().unwrap() else {
            panic!("an SQLite file");
        };
        let mut db = SqliteConnection::establish(&path).unwrap();
        let whole: String = diesel::dsl::sql::<diesel::sql_types::Text>("PRAGMA integrity_check")
            .get_result(&mut db)
            .unwrap();
        assert_eq!(whole, "ok");
        let restored = start(config, &app);
        let kept = titles(&restored).len();
        assert!(
            kept >= confirmed,
            "{kept} of {confirmed} that were confirmed"
        );
        counts.push(kept);
    }
    posting.join().unwrap();
    assert_eq!(titles(&app.app).len(), before + 60);
    assert!(counts.is_sorted(), "{counts:?}");
}

#[actix_web::test]
async fn nothing_is_overwritten() {
    let (app, place) = furnished().await;
    let file = place.path().join("forum.tar.gz");
    fs::write(&file, b"something else").unwrap();
    let refused = reason(command::backup(&app.app.config, &file));
    assert!(refused.contains("overwrites nothing"), "{refused}");
    assert_eq!(fs::read(&file).unwrap(), b"something else");
    fs::remove_file(&file).unwrap();
    command::backup(&app.app.config, &file).unwrap();
    // The forum's own place is taken.
    let refused = reason(command::restore(&app.app.config, &file));
    assert!(refused.contains("into an empty place"), "{refused}");
    assert_eq!(titles(&app.app).len(), 1);
}

/// What the archive holds, uncompressed.
fn unpacked(file: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    GzDecoder::new(fs::File::open(file).unwrap())
        .read_to_end(&mut bytes)
        .unwrap();
    bytes
}

fn packed(place: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let file = place.join(name);
    let mut out = GzEncoder::new(fs::File::create(&file).unwrap(), Compression::fast());
    out.write_all(bytes).unwrap();
    out.finish().unwrap();
    file
}

#[actix_web::test]
async fn a_damaged_archive_changes_nothing() {
    let (app, place) = furnished().await;
    let file = place.path().join("forum.tar.gz");
    command::backup(&app.app.config, &file).unwrap();
    let whole = unpacked(&file);
    let at = whole
        .windows(7)
        .position(|part| part == b"picture")
        .unwrap();
    let mut flipped = whole.clone();
    flipped[at] ^= 1;
    let packed_bytes = fs::read(&file).unwrap();
    let cut = place.path().join("cut.tar.gz");
    fs::write(&cut, &packed_bytes[..packed_bytes.len() / 2]).unwrap();
    let text = place.path().join("text.tar.gz");
    fs::write(&text, b"this is no archive").unwrap();
    let cases = [
        packed(place.path(), "flipped.tar.gz", &flipped),
        // Everything but the list, which stands last.
        packed(place.path(), "short.tar.gz", &whole[..at + 512]),
        packed(place.path(), "empty.tar.gz", b""),
        cut,
        text,
        place.path().join("nothing.tar.gz"),
    ];
    for case in cases {
        let config = elsewhere(&place.path().join("target"));
        reason(command::restore(&config, &case));
        let left: Vec<PathBuf> = fs::read_dir(&config.data_dir)
            .unwrap()
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| !path.ends_with("hiroba.lock"))
            .collect();
        assert!(left.is_empty(), "{}: {left:?}", case.display());
    }
}

/// An older program would bring back what it cannot serve, and leave the epoch as it was.
#[actix_web::test]
async fn what_a_later_release_has_kept_is_not_brought_back() {
    let (app, place) = furnished().await;
    let later = "INSERT INTO __diesel_schema_migrations (version) VALUES ('29991231000001')";
    let known = |db: &mut _| {
        ground::run(db, later);
        Ok(())
    };
    app.app.database.write_here(known).unwrap();
    let file = place.path().join("forum.tar.gz");
    command::backup(&app.app.config, &file).unwrap();
    let target = place.path().join("target");
    let config = if is_sqlite(&app) {
        elsewhere(&target)
    } else {
        Config {
            data_dir: target.join("data"),
            ..app.app.config.clone()
        }
    };
    let refused = reason(command::restore(&config, &file));
    assert!(refused.contains("29991231000001"), "{refused}");
    // On PostgreSQL it is refused before there is a folder.
    let left: Vec<PathBuf> = fs::read_dir(&config.data_dir)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| !path.ends_with("hiroba.lock"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

/// An archive that somebody made up.
fn made_up(place: &Path, entries: &[(&str, tar::EntryType)]) -> PathBuf {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, kind) in entries {
        let mut header = tar::Header::new_gnu();
        header.set_size(0);
        header.set_mode(0o644);
        header.set_entry_type(*kind);
        // As written, also where the library itself would refuse it.
        let field = &mut header.as_old_mut().name;
        field[..name.len()].copy_from_slice(name.as_bytes());
        if kind.is_symlink() {
            header.set_link_name("/etc").unwrap();
        }
        header.set_cksum();
        archive.append(&header, std::io::empty()).unwrap();
    }
    let bytes = archive.into_inner().unwrap();
    packed(place, "made-up.tar.gz", &bytes)
}

#[actix_web::test]
async fn an_archive_that_was_made_up_leads_nowhere() {
    use tar::EntryType;
    let place = tempfile::tempdir().unwrap();
    // A whole path: the archive decides nothing about where it lands.
    let absolute = place.path().join("outside");
    for entry in [
        ("../outside", EntryType::Regular),
        ("files/../../outside", EntryType::Regular),
        (absolute.to_str().unwrap(), EntryType::Regular),
        ("files", EntryType::Symlink),
        ("files/link", EntryType::Symlink),
        ("files/link", EntryType::Link),
        ("files/device", EntryType::Char),
        ("hiroba.toml", EntryType::Regular),
    ] {
        let file = made_up(place.path(), &[entry]);
        let config = elsewhere(&place.path().join("target"));
        let refused = reason(command::restore(&config, &file));
        assert!(
            refused.contains("does not belong into a backup"),
            "{entry:?}: {refused}"
        );
        assert!(!absolute.exists());
        assert!(!place.path().join("target/outside").exists());
    }
}

#[actix_web::test]
async fn with_postgresql_the_files_alone_are_kept() {
    let (app, place) = furnished().await;
    if is_sqlite(&app) {
        return;
    }
    let file = place.path().join("forum.tar.gz");
    command::backup(&app.app.config, &file).unwrap();
    let refused = reason(command::restore(&elsewhere(place.path()), &file));
    assert!(refused.contains("holds no database"), "{refused}");
    // Beside a database that its own tools brought back.
    let before = app.app.write_here(|db, _| feed::epochs(db)).unwrap().0;
    let config = Config {
        data_dir: place.path().join("other"),
        ..app.app.config.clone()
    };
    command::restore(&config, &file).unwrap();
    assert_eq!(
        fs::read(config.data_dir.join("files/ab/cd.webp")).unwrap(),
        b"picture"
    );
    let after = app.app.write_here(|db, _| feed::epochs(db)).unwrap().0;
    assert_ne!(before, after);
}
