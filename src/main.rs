//! The command line.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use chrono::TimeDelta;
use clap::{Args, Parser, Subcommand};
use hiroba::accounts::{PersonInput, TOKEN_LIFETIME};
use hiroba::calendar::Week;
use hiroba::clock::At;
use hiroba::command::{self, Done};
use hiroba::config::{Config, LogFormat};
use hiroba::error::Error;
use hiroba::search::evaluate::Collection;
use hiroba::term::Term;

/// 広場: a forum where teachers of all school types help each other teach with ICT.
#[derive(Parser)]
#[command(name = "hiroba", version)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Args)]
struct Global {
    /// Where everything is kept that is not in the database [default: ./data]
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// sqlite://FILE or postgres://… [default: a file in the data directory]
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,
    /// Configuration (TOML)
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    /// Bring the database up to date and serve
    Serve {
        /// Address and port; port 0 takes a free one [default: 127.0.0.1:8080]
        #[arg(long, value_name = "ADDR:PORT")]
        bind: Option<String>,
    },
    /// Serve a forum full of invented content
    Demo {
        #[arg(long, value_name = "ADDR:PORT")]
        bind: Option<String>,
    },
    /// Bring the database up to date
    Migrate,
    /// The configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// People
    #[command(subcommand)]
    User(UserCommand),
    /// The city's vocabulary
    #[command(subcommand)]
    Taxonomy(TaxonomyCommand),
    /// Threads and replies from JSON lines
    Import {
        file: PathBuf,
        /// Author of lines that name none
        #[arg(long, value_name = "EMAIL")]
        author: Option<String>,
        /// Bring known threads up to date instead of skipping them
        #[arg(long)]
        update: bool,
    },
    /// Threads and replies as JSON lines
    Export {
        #[arg(long, value_name = "KIND")]
        kind: Option<String>,
    },
    /// The search index
    #[command(subcommand)]
    Search(SearchCommand),
    /// Relatives in other school types
    #[command(subcommand)]
    Bridge(BridgeCommand),
    /// The weekly digest
    #[command(subcommand)]
    Digest(DigestCommand),
    /// Write database and files into one archive; works beside a running server
    Backup { file: PathBuf },
    /// Bring a backup back into an empty data directory
    Restore { file: PathBuf },
    /// The reports of closed terms
    #[command(subcommand)]
    Gap(GapCommand),
    /// The self-checks
    #[command(subcommand)]
    Mirror(MirrorCommand),
    /// Mail that arrives
    #[command(subcommand)]
    Mail(MailCommand),
}

#[derive(Subcommand)]
enum MailCommand {
    /// Read one mail from standard input: a delivery notification (RFC 3464) or a request to leave a list
    Bounce,
}

#[derive(Subcommand)]
enum DigestCommand {
    /// Choose, freeze and deliver what is due
    Run {
        /// As if it were this moment (RFC 3339)
        #[arg(long, value_name = "TIME", value_parser = moment)]
        now: Option<At>,
        /// Say what is due, change nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Print what a person was sent, or would be sent now
    Preview {
        #[arg(long, value_name = "EMAIL")]
        user: String,
        /// As 2026-W47; this week without it
        #[arg(long, value_name = "WEEK", value_parser = week)]
        week: Option<Week>,
    },
    /// Print the ledger's figures
    Status,
}

#[derive(Subcommand)]
enum GapCommand {
    /// Publish the report of a term that is over; one that was published stays as it is
    Publish {
        /// As 2026-1; the last that is over without it
        #[arg(long, value_name = "TERM", value_parser = term)]
        term: Option<Term>,
    },
}

#[derive(Subcommand)]
enum MirrorCommand {
    /// Remove everybody's self-checks where their key is lost, so that a new one can be begun
    Reset,
}

fn term(text: &str) -> Result<Term, String> {
    Term::parse(text).ok_or_else(|| "a term is wanted, as 2026-1".to_owned())
}

fn moment(text: &str) -> Result<At, String> {
    At::parse(text).ok_or_else(|| "a time is wanted, as 2026-11-26T15:30:00+09:00".to_owned())
}

fn week(text: &str) -> Result<Week, String> {
    Week::parse(text).ok_or_else(|| "an ISO week is wanted, as 2026-W47".to_owned())
}

#[derive(Subcommand)]
enum ConfigCommand {
    /// Validate and print the effective configuration, secrets redacted
    Check,
}

#[derive(Subcommand)]
enum TaxonomyCommand {
    /// Make FILE (TOML) the vocabulary in force
    Load { file: PathBuf },
}

#[derive(Subcommand)]
enum SearchCommand {
    /// Ask every node to build its index anew beside the old one
    Rebuild,
    /// Measure how well and how fast a collection is searched
    Eval {
        /// Documents: id, title, text by tabs; or JSON lines in the format of import (*.jsonl)
        #[arg(long, value_name = "FILE")]
        corpus: PathBuf,
        /// id, query, id of the relevant document, by tabs
        #[arg(long, value_name = "FILE", required_unless_present = "qrels", num_args = 1..)]
        queries: Vec<PathBuf>,
        /// JSON lines: {"query","type","rel":{"id":3},"filter":{}}
        #[arg(long, value_name = "FILE", num_args = 1..)]
        qrels: Vec<PathBuf>,
        /// Only documents whose id begins so
        #[arg(long, value_name = "PREFIX", default_value = "")]
        part: String,
        /// Also ask with pairs of characters alone, to compare
        #[arg(long)]
        plain: bool,
        /// Without synonyms
        #[arg(long)]
        no_synonyms: bool,
        /// List so many of the queries that were answered worst
        #[arg(long, value_name = "N", default_value_t = 0)]
        worst: usize,
    },
}

#[derive(Subcommand)]
enum BridgeCommand {
    /// Measure how well and how fast relatives in other school types are found
    Eval {
        /// JSON lines: posts in the format of import, and {"of","near":[…],"half"} for what was judged
        file: PathBuf,
        /// List so many of the posts whose relatives were found worst
        #[arg(long, value_name = "N", default_value_t = 0)]
        worst: usize,
    },
}

#[derive(Subcommand)]
enum UserCommand {
    /// Create a person, verified at once
    Create {
        email: String,
        #[arg(long)]
        name: String,
        #[arg(long, value_name = "S")]
        school_type: String,
        #[arg(long, value_name = "X", default_value = "")]
        school: String,
        #[arg(long, value_name = "R")]
        role: String,
        #[arg(long, default_value = "")]
        position: String,
        /// Read the password from the first line of standard input
        #[arg(long)]
        password_stdin: bool,
    },
    /// Create or update people from CSV: email,name,school_type,role[,school,position,grades,subjects]
    Import { file: PathBuf },
    /// Give a role: teacher supporter trainer moderator administrator
    SetRole { email: String, role: String },
    /// End an account; its posts stay without a name
    Suspend { email: String },
    /// Bring a suspended account back
    Restore { email: String },
    /// A new bearer token
    Token {
        email: String,
        /// As 90d or 12h
        #[arg(long, value_name = "SPAN", value_parser = span)]
        expires: Option<TimeDelta>,
    },
}

/// `90d` or `12h`, at most ten years.
fn span(text: &str) -> Result<TimeDelta, String> {
    let wrong = || "a number of days or hours is wanted, as 90d or 12h".to_owned();
    let number = |digits: &str| digits.parse::<i64>().map_err(|_| wrong());
    let span = if let Some(days) = text.strip_suffix('d') {
        TimeDelta::try_days(number(days)?)
    } else if let Some(hours) = text.strip_suffix('h') {
        TimeDelta::try_hours(number(hours)?)
    } else {
        None
    };
    span.filter(|span| *span > TimeDelta::zero() && *span <= TimeDelta::days(3660))
        .ok_or_else(wrong)
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let config = match configuration(&cli) {
        Ok(config) => config,
        Err(problem) => return ended(2, &problem),
    };
    log(config.log_format);
    match run(cli, config) {
        Ok(Done::All) => ExitCode::SUCCESS,
        Ok(Done::InPart) => ExitCode::from(3),
        Err(error) => ended(1, &reason(&error)),
    }
}

fn ended(status: u8, reason: &str) -> ExitCode {
    // Nobody reads it: the status still tells.
    let _ = writeln!(std::io::stderr(), "hiroba: {reason}");
    ExitCode::from(status)
}

/// One line for the person at the terminal.
fn reason(error: &Error) -> String {
    match error {
        Error::Invalid(errors) => {
            let all: Vec<String> = errors
                .0
                .iter()
                .map(|error| format!("{}: {}", error.field, error.message))
                .collect();
            all.join(" / ")
        }
        Error::BadRequest(text) | Error::Internal(text) => text.clone(),
        Error::Forbidden(text) => (*text).to_owned(),
        other => other.to_string(),
    }
}

fn configuration(cli: &Cli) -> Result<Config, String> {
    let file = cli.global.config.as_deref();
    let mut config = Config::load(file, std::env::vars()).map_err(|error| error.to_string())?;
    if let Some(data_dir) = &cli.global.data_dir {
        config.data_dir.clone_from(data_dir);
    }
    if let Some(url) = &cli.global.database_url {
        config.database_url.clone_from(url);
    }
    if let Command::Serve { bind: Some(bind) } | Command::Demo { bind: Some(bind) } = &cli.command {
        config.bind.clone_from(bind);
    }
    config.check().map_err(|error| error.to_string())?;
    Ok(config)
}

fn log(format: LogFormat) {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("info,tantivy=warn,actix_server=warn"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    match format {
        LogFormat::Text => builder.with_ansi(false).init(),
        LogFormat::Json => builder.json().init(),
    }
}

fn run(cli: Cli, config: Config) -> Result<Done, Error> {
    match cli.command {
        Command::Serve { .. } => command::serve(config),
        Command::Demo { .. } => command::run_demo(config, cli.global.data_dir),
        Command::Migrate => command::migrate(&config),
        Command::Config(ConfigCommand::Check) => command::config_check(&config),
        Command::User(user) => run_user(user, &config),
        Command::Taxonomy(TaxonomyCommand::Load { file }) => command::taxonomy_load(&config, &file),
        Command::Import {
            file,
            author,
            update,
        } => command::import(&config, &file, author.as_deref(), update),
        Command::Export { kind } => command::export(&config, kind.as_deref()),
        Command::Digest(DigestCommand::Run { now, dry_run }) => {
            command::digest_run(&config, now, dry_run)
        }
        Command::Digest(DigestCommand::Preview { user, week }) => {
            command::digest_preview(&config, &user, week)
        }
        Command::Digest(DigestCommand::Status) => command::digest_status(&config),
        Command::Mail(MailCommand::Bounce) => command::mail_bounce(&config, &mut std::io::stdin()),
        Command::Gap(GapCommand::Publish { term }) => command::gap_publish(&config, term),
        Command::Mirror(MirrorCommand::Reset) => command::mirror_reset(&config),
        Command::Backup { file } => command::backup(&config, &file),
        Command::Restore { file } => command::restore(&config, &file),
        Command::Bridge(BridgeCommand::Eval { file, worst }) => command::bridge_eval(&file, worst),
        Command::Search(SearchCommand::Rebuild) => command::search_rebuild(&config),
        Command::Search(SearchCommand::Eval {
            corpus,
            queries,
            qrels,
            part,
            plain,
            no_synonyms,
            worst,
        }) => {
            let collection = Collection {
                corpus,
                queries,
                qrels,
                part,
                with_plain: plain,
                with_synonyms: !no_synonyms,
            };
            command::search_eval(&collection, worst)
        }
    }
}

fn run_user(user: UserCommand, config: &Config) -> Result<Done, Error> {
    match user {
        UserCommand::Create {
            email,
            name,
            school_type,
            school,
            role,
            position,
            password_stdin,
        } => {
            let input = PersonInput {
                email,
                name,
                school_type,
                role,
                school,
                position,
                ..PersonInput::default()
            };
            let mut stdin = std::io::stdin();
            let password: Option<&mut dyn std::io::Read> = if password_stdin {
                Some(&mut stdin)
            } else {
                None
            };
            command::user_create(config, &input, password)
        }
        UserCommand::Import { file } => command::user_import(config, &file),
        UserCommand::SetRole { email, role } => command::user_set_role(config, &email, &role),
        UserCommand::Suspend { email } => command::user_suspend(config, &email),
        UserCommand::Restore { email } => command::user_restore(config, &email),
        UserCommand::Token { email, expires } => {
            command::user_token(config, &email, expires.unwrap_or(TOKEN_LIFETIME))
        }
    }
}
