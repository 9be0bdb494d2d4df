//! The configuration: built-in defaults, a TOML file over them, `HIROBA_…` environment variables over that; checked once
//! at start. Secrets never show in Debug or in `config check`.

use std::path::{Path, PathBuf};

use chrono::TimeDelta;
use chrono_tz::Tz;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::calendar::{Calendar, Span};
use crate::db::Address;
use crate::term::Terms;

/// Everything that can be set. Field names are the file's keys; `HIROBA_` + upper case in the environment.
#[derive(Clone, Serialize, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    pub data_dir: PathBuf,
    /// `sqlite://…` or `postgres://…`; empty: a file in the data directory.
    pub database_url: String,
    pub bind: String,
    /// Seconds for which a server that was told to stop goes on taking requests while `/readyz` says 503, so that a load
    /// balancer sees it in time; 0 (nobody looks) to 8.
    pub drain_seconds: u32,
    /// Address in mails, feeds and QR codes; empty: from `bind`.
    pub public_url: String,
    /// lettre's URL form, may hold a password; empty: mails are written as files.
    pub smtp_url: String,
    pub mail_from: String,
    /// Whether visitors may read.
    pub open_reading: bool,
    pub signup_domains: Vec<String>,
    /// Networks whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Hours without use after which a browser session ends.
    pub session_idle: u32,
    /// Hours after which a browser session ends in any case.
    pub session_max: u32,
    pub argon2_memory_kib: u32,
    pub argon2_iterations: u32,
    /// A certificate authority (PEM file) that the mail server's certificate may be signed by, beside the public ones.
    pub smtp_ca_file: PathBuf,
    /// Connections to the mail server at once.
    pub smtp_connections: u32,
    /// Mails a second at most, over all connections of a process; 0: any number.
    pub smtp_rate: u32,
    /// Seconds that the mail server may take for a step, at most 60.
    pub smtp_timeout: u32,
    pub dkim: Dkim,
    pub digest: Digest,
    pub gap: Gap,
    pub files: Files,
    /// The key of the self-checks, 64 hexadecimal digits, the same for every process; empty: the file `mirror.key` of the
    /// data directory.
    pub mirror_key: String,
    /// Days for which searched words are counted, without anybody's name; 0: not at all.
    pub search_log_days: u32,
    pub limits: Limits,
    pub timezone: Tz,
    pub log_format: LogFormat,
    /// Bearer token with which `/metrics` may be read from elsewhere; empty: from this machine alone.
    pub metrics_token: String,
    /// Set by the demo alone: its mails can be seen on a page.
    #[serde(skip)]
    pub demo: bool,
}

/// Signs mails when a key is given.
#[derive(Clone, Default, Serialize, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub struct Dkim {
    pub domain: String,
    pub selector: String,
    /// An RSA key in PEM; empty: mails are not signed here.
    pub key_file: PathBuf,
}

/// When schools are closed. Days as `12-29/01-03` (every year) or `2026-10-10/2026-10-13`.
#[derive(Clone, Serialize, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub struct Digest {
    /// Nothing is mailed on these days, as on weekends and national holidays.
    pub closed_days: Vec<String>,
    /// Mailed only to those who want it then.
    pub vacations: Vec<String>,
}

impl Default for Digest {
    /// Year's end, the closing days of summer, and the vacations of the city's schools.
    fn default() -> Digest {
        let owned = |days: &[&str]| days.iter().map(|day| (*day).to_owned()).collect();
        Digest {
            closed_days: owned(&["12-29/01-03", "08-13/08-16"]),
            vacations: owned(&["07-21/08-25", "12-24/01-07", "03-25/04-07"]),
        }
    }
}

impl Digest {
    /// # Errors
    /// The first text that names no days.
    pub fn calendar(&self) -> Result<Calendar, ConfigError> {
        let spans = |texts: &[String]| {
            let wrong = |text: &str| {
                ConfigError(format!(
                    "digest: {text:?} names no days; 12-29/01-03 or 2026-10-10 would"
                ))
            };
            texts
                .iter()
                .map(|text| Span::parse(text).ok_or_else(|| wrong(text)))
                .collect::<Result<Vec<Span>, ConfigError>>()
        };
        Ok(Calendar {
            closed: spans(&self.closed_days)?,
            vacations: spans(&self.vacations)?,
        })
    }
}

/// How self-checks are published.
#[derive(Clone, Serialize, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub struct Gap {
    /// Nothing is published of fewer people than this; 5 at least.
    pub min_cell: u32,
    /// The first day of the second term, as `10-13`: from it on the first term is closed. The year begins on 1 April.
    pub second_term: String,
}

impl Default for Gap {
    fn default() -> Gap {
        Gap {
            min_cell: 10,
            second_term: "10-13".to_owned(),
        }
    }
}

/// The fewest people of whom anything may be published, whatever is configured.
pub const LEAST_CELL: u32 = 5;

impl Gap {
    /// # Errors
    /// A day that is none, or in the wrong half of the school year.
    pub fn terms(&self) -> Result<Terms, ConfigError> {
        Terms::parse(&self.second_term).ok_or_else(|| {
            ConfigError(format!(
                "gap.second_term: {:?} is no day between May and March; 10-13 would be",
                self.second_term
            ))
        })
    }

    fn check(&self) -> Result<(), ConfigError> {
        if self.min_cell < LEAST_CELL {
            return Err(ConfigError(format!(
                "gap.min_cell: at least {LEAST_CELL}; of fewer people nothing may be published"
            )));
        }
        self.terms().map(|_| ())
    }
}

/// Where images and files lie.
#[derive(Clone, Default, Serialize, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub struct Files {
    /// `s3://BUCKET` or `s3://BUCKET/FOLDER`; empty: the folder `files` of the data directory.
    pub url: String,
    /// Of a store that is not Amazon's own, `https://…`.
    pub endpoint: String,
    pub region: String,
    pub access_key: String,
    pub secret_key: String,
}

impl Files {
    /// Bucket and folder of a store; None for the data directory.
    pub fn bucket(&self) -> Option<(&str, &str)> {
        let place = self.url.strip_prefix("s3://")?;
        Some(match place.split_once('/') {
            Some((bucket, folder)) => (bucket, folder.trim_matches('/')),
            None => (place, ""),
        })
    }

    fn check(&self) -> Result<(), ConfigError> {
        let wrong = |what: &str| Err(ConfigError(what.to_owned()));
        let is_web = |address: &str| {
            url::Url::parse(address).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
        };
        if self.url.is_empty() {
            return Ok(());
        }
        if self.bucket().is_none_or(|(bucket, _)| bucket.is_empty()) {
            return wrong("files.url: s3://BUCKET or s3://BUCKET/FOLDER is wanted, or nothing");
        }
        if !self.endpoint.is_empty() && !is_web(&self.endpoint) {
            return wrong("files.endpoint: an http:// or https:// address is wanted");
        }
        if self.access_key.is_empty() || self.secret_key.is_empty() {
            return wrong("files.access_key, files.secret_key: wanted by a store");
        }
        Ok(())
    }
}

/// 0 switches a limit off.
#[derive(Clone, Serialize, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Wrong passwords in 15 minutes for one account.
    pub login_per_account: u32,
    /// Wrong passwords in 15 minutes from one address (a school).
    pub login_per_address: u32,
    /// Threads and replies of one person in an hour.
    pub posts_per_hour: u32,
    /// Threads and replies in a day of one who signed up within the last seven; off too where `posts_per_hour` is.
    pub new_account_posts_per_day: u32,
    /// Requests of one person (visitors: of one address) in a minute.
    pub requests_per_minute: u32,
}

impl Limits {
    /// 0 where load is tried out: then nobody's posts are counted.
    pub fn new_account_posts_per_day(&self) -> u32 {
        if self.posts_per_hour == 0 {
            0
        } else {
            self.new_account_posts_per_day
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            login_per_account: 10,
            login_per_address: 300,
            posts_per_hour: 30,
            new_account_posts_per_day: 10,
            requests_per_minute: 300,
        }
    }
}

impl Default for Config {
    fn default() -> Config {
        Config {
            data_dir: PathBuf::from("./data"),
            database_url: String::new(),
            bind: "127.0.0.1:8080".to_owned(),
            drain_seconds: 0,
            public_url: String::new(),
            smtp_url: String::new(),
            mail_from: "広場 <hiroba@localhost.localdomain>".to_owned(),
            open_reading: false,
            signup_domains: Vec::new(),
            trusted_proxies: Vec::new(),
            session_idle: 14 * 24,
            session_max: 60 * 24,
            argon2_memory_kib: 19 * 1024,
            argon2_iterations: 2,
            smtp_ca_file: PathBuf::new(),
            smtp_connections: 4,
            smtp_rate: 0,
            smtp_timeout: 60,
            dkim: Dkim::default(),
            digest: Digest::default(),
            gap: Gap::default(),
            files: Files::default(),
            mirror_key: String::new(),
            search_log_days: 90,
            limits: Limits::default(),
            timezone: chrono_tz::Asia::Tokyo,
            log_format: LogFormat::Text,
            metrics_token: String::new(),
            demo: false,
        }
    }
}

/// The weakest argon2id we accept (OWASP's minimum: 19 MiB, two passes).
pub const ARGON2_FLOOR: (u32, u32) = (19 * 1024, 2);

/// Connections to the mail server at once, at most.
const MOST_CONNECTIONS: u32 = 64;
/// Seconds for a step of SMTP at most: the lease of a letter counts on it.
const LONGEST_STEP: u32 = 60;

/// `drain_seconds` at most: of the ten seconds that a stop may take, two are left for what is under way.
const LONGEST_DRAIN: u32 = 8;

/// Characters of `metrics_token`.
const SHORTEST_TOKEN: usize = 16;

/// What is wrong with the configuration: one line for the person at the terminal.
#[derive(Debug, thiserror::Error)]
#[error("configuration: {0}")]
pub struct ConfigError(pub String);

impl Config {
    /// Defaults, then `file`, then the variables of `environment` that begin with `HIROBA_`.
    ///
    /// # Errors
    /// An unreadable file, an unknown key, a value of the wrong form.
    pub fn load(
        file: Option<&Path>,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<Config, ConfigError> {
        let mut table = match file {
            Some(path) => {
                let text = std::fs::read_to_string(path)
                    .map_err(|error| ConfigError(format!("{}: {error}", path.display())))?;
                // Its message alone: the whole error quotes the line, which may hold a password.
                text.parse::<toml::Table>().map_err(|error| {
                    ConfigError(format!("{}: {}", path.display(), error.message()))
                })?
            }
            None => toml::Table::new(),
        };
        let defaults =
            toml::Table::try_from(Config::default()).map_err(|e| ConfigError(e.to_string()))?;
        for (name, value) in environment {
            if let Some(key) = name.strip_prefix("HIROBA_") {
                set(&mut table, &defaults, &key.to_lowercase(), &value)
                    .map_err(|error| ConfigError(format!("{name}: {error}")))?;
            }
        }
        let config: Config = table.try_into().map_err(|e: toml::de::Error| {
            ConfigError(e.message().lines().collect::<Vec<_>>().join(" "))
        })?;
        config.check()?;
        Ok(config)
    }

    /// # Errors
    /// The first value that cannot work, in one line.
    pub fn check(&self) -> Result<(), ConfigError> {
        let wrong = |what: &str| Err(ConfigError(what.to_owned()));
        self.database()?;
        self.digest.calendar()?;
        self.gap.check()?;
        self.files.check()?;
        if !self.mirror_key.is_empty() && crate::secret::Key::parse(&self.mirror_key).is_none() {
            return wrong("mirror_key: 64 hexadecimal digits, or none");
        }
        if !(1..=MOST_CONNECTIONS).contains(&self.smtp_connections) {
            return wrong("smtp_connections: 1 to 64");
        }
        if !(1..=LONGEST_STEP).contains(&self.smtp_timeout) {
            return wrong("smtp_timeout: 1 to 60 seconds");
        }
        if self.drain_seconds > LONGEST_DRAIN {
            return wrong("drain_seconds: 0 to 8");
        }
        if self.bind.parse::<std::net::SocketAddr>().is_err() {
            return wrong("bind: an address and a port are wanted, as 127.0.0.1:8080");
        }
        if !self.public_url.is_empty() {
            match url::Url::parse(&self.public_url) {
                Ok(url) if matches!(url.scheme(), "http" | "https") && url.host().is_some() => {}
                _ => return wrong("public_url: an http:// or https:// address is wanted"),
            }
        }
        if !crate::mail::is_mailbox(&self.mail_from) {
            return wrong("mail_from: a mailbox is wanted, as 広場 <hiroba@example.jp>");
        }
        let (memory, iterations) = ARGON2_FLOOR;
        if !cfg!(debug_assertions)
            && (self.argon2_memory_kib < memory || self.argon2_iterations < iterations)
        {
            return wrong("argon2: at least 19456 KiB and 2 iterations are wanted");
        }
        if !self.metrics_token.is_empty() && self.metrics_token.len() < SHORTEST_TOKEN {
            return wrong("metrics_token: at least 16 characters, or none");
        }
        if self.session_idle == 0 || self.session_max == 0 {
            return wrong("session_idle, session_max: hours, at least 1");
        }
        Ok(())
    }

    /// Where the data is.
    ///
    /// # Errors
    /// An unknown scheme.
    pub fn database(&self) -> Result<Address, ConfigError> {
        if self.database_url.is_empty() {
            let file = self.data_dir.join("hiroba.db");
            return Ok(Address::Sqlite(file.to_string_lossy().into_owned()));
        }
        Address::parse(&self.database_url).map_err(|error| ConfigError(error.to_string()))
    }

    pub fn session_idle_span(&self) -> TimeDelta {
        TimeDelta::hours(i64::from(self.session_idle))
    }

    pub fn session_max_span(&self) -> TimeDelta {
        TimeDelta::hours(i64::from(self.session_max))
    }

    /// The address that mails and feeds name, without a slash at the end.
    pub fn public_url(&self) -> String {
        if self.public_url.is_empty() {
            format!("http://{}", self.bind)
        } else {
            self.public_url.trim_end_matches('/').to_owned()
        }
    }

    pub fn is_https(&self) -> bool {
        self.public_url.starts_with("https://")
    }

    /// The effective configuration as TOML, without secrets.
    pub fn redacted(&self) -> String {
        let mut shown = self.clone();
        shown.database_url = redact(&shown.database_url);
        shown.smtp_url = redact(&shown.smtp_url);
        if !shown.metrics_token.is_empty() {
            shown.metrics_token = "REDACTED".to_owned();
        }
        if !shown.mirror_key.is_empty() {
            shown.mirror_key = "REDACTED".to_owned();
        }
        if !shown.files.secret_key.is_empty() {
            shown.files.secret_key = "REDACTED".to_owned();
        }
        toml::to_string(&shown).unwrap_or_default()
    }
}

impl std::fmt::Debug for Config {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.redacted())
    }
}

/// Sets `key` (dots written as underscores) to `value`, in the type that the default has.
fn set(
    table: &mut toml::Table,
    defaults: &toml::Table,
    key: &str,
    value: &str,
) -> Result<(), String> {
    for (name, default) in defaults {
        if let toml::Value::Table(inner) = default {
            if let Some(rest) = key.strip_prefix(&format!("{name}_")) {
                let entry = table
                    .entry(name.clone())
                    .or_insert_with(|| toml::Table::new().into());
                let Some(section) = entry.as_table_mut() else {
                    return Err(format!("{name} is not a table"));
                };
                return set(section, inner, rest, value);
            }
        } else if name == key {
            table.insert(name.clone(), typed(default, value)?);
            return Ok(());
        }
    }
    Err("no such setting".to_owned())
}

fn typed(default: &toml::Value, value: &str) -> Result<toml::Value, String> {
    match default {
        toml::Value::Boolean(_) => match value.trim() {
            "true" | "1" => Ok(true.into()),
            "false" | "0" => Ok(false.into()),
            _ => Err("true or false is wanted".to_owned()),
        },
        toml::Value::Integer(_) => value
            .trim()
            .parse::<i64>()
            .map(toml::Value::Integer)
            .map_err(|_| "a whole number is wanted".to_owned()),
        toml::Value::Array(_) => Ok(value
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(toml::Value::from)
            .collect::<Vec<_>>()
            .into()),
        _ => Ok(value.into()),
    }
}

fn redact(url: &str) -> String {
    match url::Url::parse(url) {
        Ok(mut parsed) if parsed.password().is_some() || parsed.query().is_some() => {
            if parsed.password().is_some() && parsed.set_password(Some("REDACTED")).is_err() {
                return "REDACTED".to_owned();
            }
            parsed.set_query(
                parsed
                    .query()
                    .map(|_| "REDACTED")
                    .map(str::to_owned)
                    .as_deref(),
            );
            parsed.into()
        }
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
        Config::load(
            None,
            pairs
                .iter()
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned())),
        )
    }

    #[test]
    fn the_environment_reaches_every_kind_of_value() {
        let config = load(&[
            ("HIROBA_LIMITS_POSTS_PER_HOUR", "7"),
            ("HIROBA_OPEN_READING", "true"),
            ("HIROBA_SIGNUP_DOMAINS", "a.ed.jp, b.ed.jp"),
            ("HIROBA_TRUSTED_PROXIES", "10.0.0.0/8"),
            ("HIROBA_LOG_FORMAT", "json"),
            ("PATH", "/bin"),
        ]);
        let config = config.unwrap();
        assert_eq!(config.limits.posts_per_hour, 7);
        assert!(config.open_reading);
        assert_eq!(config.signup_domains, ["a.ed.jp", "b.ed.jp"]);
        assert_eq!(config.trusted_proxies.len(), 1);
        assert_eq!(config.log_format, LogFormat::Json);
    }

    #[test]
    fn wrong_settings_are_named() {
        for (key, value) in [
            ("HIROBA_NO_SUCH", "1"),
            ("HIROBA_OPEN_READING", "maybe"),
            ("HIROBA_LIMITS_POSTS_PER_HOUR", "-1"),
            ("HIROBA_DATABASE_URL", "mysql://x"),
            ("HIROBA_BIND", "nowhere"),
            ("HIROBA_PUBLIC_URL", "ftp://x"),
            ("HIROBA_TIMEZONE", "Asia/Nowhere"),
            ("HIROBA_SESSION_IDLE", "0"),
            ("HIROBA_MAIL_FROM", "nobody"),
            ("HIROBA_DIGEST_VACATIONS", "summer"),
            ("HIROBA_SMTP_CONNECTIONS", "0"),
            ("HIROBA_SMTP_CONNECTIONS", "65"),
            ("HIROBA_SMTP_TIMEOUT", "0"),
            ("HIROBA_SMTP_TIMEOUT", "61"),
            ("HIROBA_FILES_URL", "/var/files"),
            ("HIROBA_FILES_URL", "s3://"),
            ("HIROBA_FILES_URL", "s3://bucket"),
            ("HIROBA_GAP_MIN_CELL", "4"),
            ("HIROBA_GAP_SECOND_TERM", "04-01"),
            ("HIROBA_GAP_SECOND_TERM", "autumn"),
            ("HIROBA_MIRROR_KEY", "short"),
        ] {
            assert!(load(&[(key, value)]).is_err(), "{key}={value}");
        }
    }

    #[test]
    fn stores_are_named_by_bucket_and_folder() {
        for (url, place) in [
            ("", None),
            ("s3://hiroba", Some(("hiroba", ""))),
            ("s3://hiroba/files/2026/", Some(("hiroba", "files/2026"))),
        ] {
            let files = Files {
                url: url.to_owned(),
                ..Files::default()
            };
            assert_eq!(files.bucket(), place, "{url}");
        }
    }

    #[test]
    fn secrets_are_not_shown() {
        let config = load(&[
            (
                "HIROBA_DATABASE_URL",
                "postgres://u:s3cret@h/d?password=s3cret",
            ),
            ("HIROBA_SMTP_URL", "smtps://u:s3cret@mail.example"),
            ("HIROBA_FILES_URL", "s3://bucket/files"),
            ("HIROBA_FILES_ACCESS_KEY", "k"),
            ("HIROBA_FILES_SECRET_KEY", "s3cret"),
            ("HIROBA_MIRROR_KEY", &"5ec1e7ab".repeat(8)),
        ]);
        let shown = config.map(|c| format!("{c:?}{}", c.redacted()));
        assert!(
            shown.as_ref().is_ok_and(|text| !text.contains("s3cret")
                && !text.contains("5ec1e7ab")
                && text.contains("REDACTED")),
            "{shown:?}"
        );
    }
}
