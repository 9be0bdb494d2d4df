//! What the commands do. Results go to standard output, progress and reasons to standard error; nothing here parses
//! arguments. Every command but `serve` and `demo` works beside a running server: none of them opens the search index. Only `restore` wants the
//! place for itself.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use chrono::TimeDelta;

use crate::accounts::password::{Hasher, Password};
use crate::accounts::{self, Email, PersonInput, Role};
use crate::app::{App, open_database};
use crate::backup;
use crate::bridge;
use crate::calendar::{Slot, Week};
use crate::clock::{At, Clock};
use crate::config::{Config, Files};
use crate::db::{Address, Database};
use crate::demo;
use crate::digest;
use crate::digest::press::{Press, Report};
use crate::error::{Error, FieldErrors, Result};
use crate::exchange::{self, Options, Tally};
use crate::feed;
use crate::gap;
use crate::id::Id;
use crate::mail::Mailer;
use crate::mail::read::{MOST_BYTES, incoming};
use crate::mirror;
use crate::notices::bounce;
use crate::search::evaluate::{Collection, evaluate};
use crate::server::{self, say};
use crate::taxonomy::{self, Vocabulary};
use crate::term::Term;
use crate::threads::Kind;

/// How a command ended: exit status 0 or 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    All,
    /// Some lines were refused.
    InPart,
}

fn open(config: &Config) -> Result<Database> {
    open_database(config, Clock::System.now())
}

pub fn serve(config: Config) -> Result<Done> {
    let address = config.database().map_err(Error::internal)?;
    let _lock = server::lock(&address, &config.data_dir)?;
    let listener = server::bind(&config.bind)?;
    let config = with_bound(config, &listener)?;
    let mailer = Mailer::new(&config)?;
    let app = App::start(config, Clock::System, mailer)?;
    server::run(&app, listener, |url| say(&format!("listening on {url}")))?;
    Ok(Done::All)
}

/// Port 0 becomes the port that was given, so that mails name an address that works.
fn with_bound(config: Config, listener: &std::net::TcpListener) -> Result<Config> {
    let bind = listener.local_addr().map_err(Error::internal)?.to_string();
    Ok(Config { bind, ..config })
}

/// `data_dir` None: a temporary one, removed at the end.
pub fn run_demo(config: Config, data_dir: Option<PathBuf>) -> Result<Done> {
    let temporary = data_dir.is_none();
    let folder = data_dir.unwrap_or_else(|| {
        let name = format!("hiroba-demo-{}", Id::new(Clock::System.now()));
        std::env::temp_dir().join(name)
    });
    let used = folder.join("hiroba.db").exists();
    if used && !temporary {
        return Err(Error::internal(format!(
            "{} already holds a forum; the demo wants an empty directory",
            folder.display()
        )));
    }
    let config = Config {
        data_dir: folder.clone(),
        database_url: String::new(),
        smtp_url: String::new(), // its people are invented
        files: Files::default(),
        demo: true,
        ..config
    };
    let address = config.database().map_err(Error::internal)?;
    let lock = server::lock(&address, &folder)?;
    let served = serve_demo(config);
    drop(lock);
    if temporary {
        std::fs::remove_dir_all(&folder).map_err(Error::internal)?;
    }
    served
}

fn serve_demo(config: Config) -> Result<Done> {
    let listener = server::bind(&config.bind)?;
    let config = with_bound(config, &listener)?;
    let mailer = Mailer::new(&config)?;
    let app = App::start(config, Clock::System, mailer)?;
    let logins = demo::fill(&app)?;
    server::run(&app, listener, |url| {
        say("広場のデモです。次の人でログインできます。")?;
        for login in &logins {
            say(&format!(
                "  {}  {}  {}",
                login.role,
                login.email,
                demo::PASSWORD
            ))?;
        }
        say(&format!("メールは {url}/dev/mails で見られます。"))?;
        say(&format!("listening on {url}"))
    })?;
    Ok(Done::All)
}

/// Makes the digests that are due; with `now`, as if it were then. Says what is due with `dry_run`.
pub fn digest_run(config: &Config, now: Option<At>, dry_run: bool) -> Result<Done> {
    let database = open(config)?;
    let mailer = Mailer::new(config)?;
    let clock = now.map_or(Clock::System, |now| {
        Clock::Fixed(Arc::new(AtomicI64::new(now.micros())))
    });
    let press = Press {
        database: &database,
        mailer: &mailer,
        config,
        clock: &clock,
        bell: None,
    };
    if dry_run {
        let calendar = config.digest.calendar().map_err(Error::internal)?;
        for slot in press.due(&calendar)? {
            let Slot {
                week,
                weekday,
                window,
            } = slot;
            say(&format!("due {week} {weekday} {window}"))?;
        }
        return Ok(Done::All);
    }
    let Report {
        opened,
        chosen,
        news,
        sent,
        skipped,
        failed,
        later,
    } = press.run()?;
    say(&format!(
        "opened {opened} chosen {chosen} news {news} sent {sent} skipped {skipped} failed {failed} later {later}"
    ))?;
    Ok(Done::All)
}

pub fn digest_preview(config: &Config, email: &str, week: Option<Week>) -> Result<Done> {
    let database = open(config)?;
    let now = Clock::System.now();
    let week = week.unwrap_or_else(|| Week::of(now.day(config.timezone)));
    let preview = database.read_here(|db| {
        let person = known(db, email)?;
        digest::preview(db, person.id, week, config, now)
    })?;
    say(&digest::view::preview_text(week, &preview))?;
    Ok(Done::All)
}

/// Issues that `digest status` counts.
const ISSUES: i64 = 20;

pub fn digest_status(config: &Config) -> Result<Done> {
    let database = open(config)?;
    for figures in database.read_here(|db| digest::figures(db, &accounts::house(), ISSUES))? {
        for line in digest::view::status_lines(&figures) {
            say(&line)?;
        }
    }
    Ok(Done::All)
}

/// Reads one mail that arrived at the forum's address.
pub fn mail_bounce(config: &Config, source: &mut dyn Read) -> Result<Done> {
    let mut bytes = Vec::new();
    let most = u64::try_from(MOST_BYTES).unwrap_or(u64::MAX);
    source
        .take(most)
        .read_to_end(&mut bytes)
        .map_err(Error::internal)?;
    let mail = incoming(&bytes);
    let now = Clock::System.now();
    let done = open(config)?.write_here(|db| bounce::receive(db, &mail, now))?;
    say(&match done {
        bounce::Done::Returned(count) => format!("returned {count}"),
        bounce::Done::Left(list) => format!("left {}", list.word()),
        bounce::Done::Nothing => "nothing".to_owned(),
    })?;
    Ok(Done::All)
}

pub fn migrate(config: &Config) -> Result<Done> {
    let address = config.database().map_err(Error::internal)?;
    std::fs::create_dir_all(&config.data_dir).map_err(Error::internal)?;
    let database = Database::open(&address)?;
    for name in database.migrate()? {
        say(&name)?;
    }
    Ok(Done::All)
}

pub fn config_check(config: &Config) -> Result<Done> {
    say(config.redacted().trim_end())?;
    Ok(Done::All)
}

/// Creates a person, verified at once. `password`: the first line of `source`.
pub fn user_create(
    config: &Config,
    input: &PersonInput,
    password: Option<&mut dyn Read>,
) -> Result<Done> {
    let database = open(config)?;
    let new = database.read_here(|db| input.parse(db))?;
    let hash = match password {
        Some(source) => Some(read_password(config, source)?),
        None => None,
    };
    let now = Clock::System.now();
    let id = database
        .write_here(|db| accounts::create(db, &accounts::house(), &new, hash.as_deref(), now))?;
    say(&id.to_string())?;
    Ok(Done::All)
}

fn read_password(config: &Config, source: &mut dyn Read) -> Result<String> {
    let mut text = String::new();
    source
        .take(4096)
        .read_to_string(&mut text)
        .map_err(|_| Error::BadRequest("the password is not UTF-8".to_owned()))?;
    let line = text.lines().next().unwrap_or_default();
    let password = Password::new("password", line)
        .map_err(|error| Error::Invalid(FieldErrors(vec![error])))?;
    Hasher::new(config)?.hash_here(&password)
}

pub fn user_import(config: &Config, file: &Path) -> Result<Done> {
    let database = open(config)?;
    let source = File::open(file).map_err(|error| cannot_read(file, &error))?;
    let who = accounts::house();
    let now = || Clock::System.now();
    let tally = exchange::people::import(&database, &who, source, now, &mut refuse)?;
    told(&tally)
}

fn cannot_read(file: &Path, error: &std::io::Error) -> Error {
    Error::BadRequest(format!("{}: {error}", file.display()))
}

fn refuse(number: usize, reason: &str) {
    let mut err = std::io::stderr().lock();
    // Nobody reads it: nothing is left to tell.
    let _ = writeln!(err, "line {number}: {reason}");
}

fn told(tally: &Tally) -> Result<Done> {
    say(&tally.to_string())?;
    Ok(if tally.refused == 0 {
        Done::All
    } else {
        Done::InPart
    })
}

pub fn user_set_role(config: &Config, email: &str, role: &str) -> Result<Done> {
    let role = Role::parse(role).ok_or_else(|| {
        Error::BadRequest(format!(
            "no role {role:?}: teacher supporter trainer moderator administrator"
        ))
    })?;
    change(config, email, |db, id, now| {
        accounts::set_role(db, &accounts::house(), id, role, now)
    })
}

pub fn user_suspend(config: &Config, email: &str) -> Result<Done> {
    change(config, email, |db, id, now| {
        accounts::suspend(db, &accounts::house(), id, now)
    })
}

pub fn user_restore(config: &Config, email: &str) -> Result<Done> {
    change(config, email, |db, id, now| {
        accounts::restore(db, &accounts::house(), id, now)
    })
}

fn change(
    config: &Config,
    email: &str,
    work: impl FnOnce(&mut crate::db::Db, Id, crate::clock::At) -> Result<()>,
) -> Result<Done> {
    let now = Clock::System.now();
    open(config)?.write_here(|db| {
        let person = known(db, email)?;
        work(db, person.id, now)
    })?;
    Ok(Done::All)
}

fn known(db: &mut crate::db::Db, email: &str) -> Result<accounts::Person> {
    match accounts::by_email(db, email) {
        Err(Error::NotFound) => Err(Error::BadRequest("no account has this address".to_owned())),
        other => other,
    }
}

pub fn user_token(config: &Config, email: &str, lifetime: TimeDelta) -> Result<Done> {
    let now = Clock::System.now();
    let secret = open(config)?.write_here(|db| {
        let person = known(db, email)?;
        accounts::make_token(db, &accounts::house(), &person, lifetime, now)
    })?;
    say(secret.reveal())?;
    Ok(Done::All)
}

pub fn taxonomy_load(config: &Config, file: &Path) -> Result<Done> {
    let text = std::fs::read_to_string(file).map_err(|error| cannot_read(file, &error))?;
    let now = Clock::System.now();
    let words = open(config)?.write_here(|db| taxonomy::load(db, &text, now))?;
    say(&format!(
        "loaded {} {}: {} policies, {} initiatives, {} school types, {} subjects",
        words.plan.slug,
        words.plan.version,
        words.policies.len(),
        words.initiatives.len(),
        words.school_types.len(),
        words.subjects.len()
    ))?;
    Ok(Done::All)
}

pub fn import(config: &Config, file: &Path, author: Option<&str>, update: bool) -> Result<Done> {
    let author = author
        .map(|text| Email::parse("author", text))
        .transpose()
        .map_err(|error| Error::Invalid(FieldErrors(vec![error])))?;
    let database = open(config)?;
    let file = File::open(file).map_err(|error| cannot_read(file, &error))?;
    let mut source = BufReader::new(file);
    let options = Options { author, update };
    let now = || Clock::System.now();
    let tally = exchange::import(&database, &mut source, &options, now, &mut refuse)?;
    told(&tally)
}

pub fn export(config: &Config, kind: Option<&str>) -> Result<Done> {
    let kind = match kind {
        Some(text) => Some(Kind::parse(text).ok_or_else(|| {
            Error::BadRequest(format!("no kind {text:?}: question practice discussion"))
        })?),
        None => None,
    };
    let database = open(config)?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    exchange::export(&database, kind, &mut out)?;
    out.flush().map_err(Error::internal)?;
    Ok(Done::All)
}

/// Writes everything that the forum holds into one archive, beside a running server.
pub fn backup(config: &Config, file: &Path) -> Result<Done> {
    let address = config.database().map_err(Error::internal)?;
    let account = backup::write(
        &Database::open(&address)?, // as it is: a backup migrates nothing
        &config.data_dir,
        file,
        Clock::System.now(),
    )?;
    if !account.database {
        let hint = "the database is not in it: back up PostgreSQL with its own tools (pg_dump) before this command";
        writeln!(std::io::stderr(), "{hint}").map_err(Error::internal)?;
    }
    if !account.key {
        let hint = "the key of the self-checks is not in it: without mirror_key, as it is configured now, nobody could read theirs";
        writeln!(std::io::stderr(), "{hint}").map_err(Error::internal)?;
    }
    say(&in_words(&account))?;
    Ok(Done::All)
}

/// Brings a backup back into an empty data directory. No server may run on it.
pub fn restore(config: &Config, file: &Path) -> Result<Done> {
    let address = config.database().map_err(Error::internal)?;
    let _lock = server::lock(&address, &config.data_dir)?;
    let target = match &address {
        Address::Sqlite(path) => Some(Path::new(path)),
        Address::Postgres(_) => {
            Database::open(&address)?.check_release()?;
            None
        }
    };
    let account = backup::bring_back(file, &config.data_dir, target)?;
    let now = Clock::System.now();
    open(config)?.write_here(|db| feed::renew(db, now))?;
    say(&in_words(&account))?;
    Ok(Done::All)
}

fn in_words(account: &backup::Account) -> String {
    let database = if account.database { "database, " } else { "" };
    let key = if account.key {
        "key of the self-checks, "
    } else {
        ""
    };
    format!(
        "{database}{key}files {}, bytes {}",
        account.files, account.bytes
    )
}

/// Publishes the report of `term`, or of the last that is over. One that was published stays as it is.
pub fn gap_publish(config: &Config, term: Option<Term>) -> Result<Done> {
    let terms = config.gap.terms().map_err(Error::internal)?;
    let now = Clock::System.now();
    let today = now.day(config.timezone);
    let term = term.unwrap_or_else(|| terms.of(today).before());
    let published =
        open(config)?.write_here(|db| gap::publish(db, term, &config.gap, today, now))?;
    let cells = &published.report.cells;
    let shown = cells.iter().filter(|cell| cell.figures.is_some()).count();
    let state = if published.at == now {
        "published"
    } else {
        "published before"
    };
    say(&format!("{term} {state}: cells {shown} of {}", cells.len()))?;
    Ok(Done::All)
}

/// Removes everybody's self-checks, whose key is lost, so that the next start begins with a new one.
pub fn mirror_reset(config: &Config) -> Result<Done> {
    let database = open(config)?;
    if mirror::key::open(config, &database).is_ok() {
        return Err(Error::internal(
            "the key of the self-checks is here: everybody can read theirs, and nothing has to be removed",
        ));
    }
    let gone = database.write_here(mirror::forget_all)?;
    say(&format!("removed {gone} self-checks"))?;
    Ok(Done::All)
}

pub fn search_rebuild(config: &Config) -> Result<Done> {
    let epoch = open(config)?.write_here(feed::raise_index_epoch)?;
    say(&format!("every node builds index epoch {epoch}"))?;
    Ok(Done::All)
}

/// Prints the figures of a collection of relatives, and the posts whose were found worst.
pub fn bridge_eval(file: &Path, worst: usize) -> Result<Done> {
    let report = bridge::evaluate::evaluate(file, Clock::System.now())?;
    say(report.to_string().trim_end())?;
    for one in report.answered.iter().take(worst) {
        let (found, missed) = (one.found.join(" "), one.missed.join(" "));
        say(&format!(
            "{:.2} {} → {found} (missed: {missed})",
            one.recall, one.of
        ))?;
    }
    Ok(Done::All)
}

/// Prints the figures of a collection, and the queries answered worst.
pub fn search_eval(collection: &Collection, worst: usize) -> Result<Done> {
    let report = evaluate(collection, &Vocabulary::parse(taxonomy::SENDAI)?)?;
    say(report.to_string().trim_end())?;
    for one in report.answered.iter().take(worst) {
        let found = one.found.iter();
        let found: Vec<String> = found
            .map(|(name, grade)| format!("{name}={grade}"))
            .collect();
        say(&format!(
            "{:.3} {} {} → {}",
            one.ndcg,
            one.kind,
            one.text,
            found.join(" ")
        ))?;
    }
    Ok(Done::All)
}
