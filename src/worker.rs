//! What runs beside requests: jobs by kind, and the search index that follows the change feed. `drain` does all of it at
//! once, for tests and the command line.

use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::accounts;
use crate::app::App;
use crate::attachments;
use crate::curation::collections;
use crate::digest::press::{Press, Report};
use crate::error::{Error, Result};
use crate::gap;
use crate::id::Id;
use crate::jobs::{self, Job};
use crate::notices::news::{self, Hours};
use crate::notices::site::{self, StepNews};
use crate::term::Term;
use crate::web::page::day_in_words;
use crate::{coverage, desk, drafts, environment, moderation, replies, seals, threads, tryouts};

/// How often other processes' writes are looked for.
const FOLLOW_EVERY: Duration = Duration::from_millis(300);
/// Writes of so long are taken into the index together, after the first: each step waits for the disk several times.
const GATHER: Duration = Duration::from_millis(50);
/// Where many write, the follower rests so many times as long as its last step took, and no longer than `GATHER_MOST`: a
/// thread that is answered ten times meanwhile is read and indexed once, and a core is left to those who write.
const GATHER_TIMES: u32 = 4;
const GATHER_MOST: Duration = Duration::from_millis(500);
/// The map can wait longer.
const GATHER_FOR_MAP: Duration = Duration::from_millis(500);
const WORK_EVERY: Duration = Duration::from_secs(1);
/// How often the map looks for other processes' writes.
const SURVEY_EVERY: Duration = Duration::from_secs(2);
/// How often letters are looked after.
const PRESS_EVERY: Duration = Duration::from_secs(15);
/// How often counted searches are written down.
const LOG_EVERY: Duration = Duration::from_secs(5);
/// How often it is looked whether something is due by the clock alone.
const REGULAR_EVERY: Duration = Duration::from_secs(60);
/// After a failure of the follower.
const PAUSE: Duration = Duration::from_secs(5);
/// Posts rendered again in one transaction.
const RENDER_BATCH: i64 = 100;
/// Renders stored posts of an older renderer.
const RENDER_AGAIN: &str = "render_again";

/// The table job kind → handler.
fn run(app: &App, job: &Job) -> Result<()> {
    match job.kind.as_str() {
        accounts::MAIL_LINK => mail_link(app, &job.payload),
        attachments::CHECK => check_attachment(app, &job.payload),
        RENDER_AGAIN => render_again(app),
        replies::POSTED => note_reply(app, &job.payload),
        seals::OPENED => tell_of_seal(app, &job.payload),
        replies::ACCEPTED => note_accepted(app, &job.payload),
        moderation::log::DECIDED => note_decided(app, &job.payload),
        tryouts::RECORDED => note_tryout(app, &job.payload),
        environment::MARKED => note_step(app, &job.payload),
        other => Err(Error::internal(format!(
            "no handler for jobs of kind {other}"
        ))),
    }
}

/// Makes a link and mails it. A crash before the mail leaves an unused link, which ends by itself; the job runs again.
fn mail_link(app: &App, payload: &str) -> Result<()> {
    #[derive(Deserialize)]
    struct Payload {
        account: Id,
    }
    let Payload { account } = serde_json::from_str(payload).map_err(Error::internal)?;
    let made = app.write_here(|db, now| accounts::make_link(db, account, now))?;
    if let Some((person, secret)) = made {
        let letter = accounts::view::link_letter(&person, &secret, &app.config.public_url())?;
        app.mailer.send(&letter, app.now())?;
    }
    Ok(())
}

/// What jobs about a reply name.
#[derive(Deserialize)]
struct AboutReply {
    reply: Id,
}

/// Tells the author of a chosen answer. A crash leaves nothing told; the job runs again.
fn note_accepted(app: &App, payload: &str) -> Result<()> {
    let AboutReply { reply } = serde_json::from_str(payload).map_err(Error::internal)?;
    app.write_soon_here(|db, now| site::note_accepted(db, reply, now))
}

/// Tells an author that two moderators have seen whose their sealed post is. A crash after the mail sends it again.
fn tell_of_seal(app: &App, payload: &str) -> Result<()> {
    #[derive(Deserialize)]
    struct Payload {
        request: Id,
    }
    let Payload { request } = serde_json::from_str(payload).map_err(Error::internal)?;
    let (request, subject, person) = app.database.read_here(|db| seals::to_tell(db, request))?;
    if person.state != accounts::State::Active {
        return Ok(());
    }
    let letter = seals::view::letter(&request, &subject, &person, &app.config.public_url())?;
    app.mailer.send(&letter, app.now())?;
    Ok(())
}

/// Tells the author of a post what was decided of it. A crash leaves nothing told; the job runs again and tells it once.
fn note_decided(app: &App, payload: &str) -> Result<()> {
    let decided = serde_json::from_str(payload).map_err(Error::internal)?;
    app.write_soon_here(|db, _| site::note_decided(db, &decided))
}

/// Tells the author of a practice that it was tried. A crash leaves nothing told; the job runs again.
fn note_tryout(app: &App, payload: &str) -> Result<()> {
    #[derive(Deserialize)]
    struct Payload {
        tryout: Id,
    }
    let Payload { tryout } = serde_json::from_str(payload).map_err(Error::internal)?;
    app.write_soon_here(|db, _| site::note_tryout(db, tryout))
}

/// Tells whom a problem concerns of the step that was taken. A crash leaves nothing told; the job runs again and tells it
/// once.
fn note_step(app: &App, payload: &str) -> Result<()> {
    let marked: environment::Marked = serde_json::from_str(payload).map_err(Error::internal)?;
    let zone = app.config.timezone;
    app.write_soon_here(|db, now| {
        let Some(step) = environment::step(db, marked.step)? else {
            return Ok(());
        };
        let plan = step.planned_on.map_or_else(String::new, |day| {
            format!("{}の予定です。", day_in_words(day, now.day(zone)))
        });
        let news = StepNews {
            id: step.id,
            thread: step.thread,
            step: match step.state {
                environment::State::Received => site::Step::Received,
                environment::State::Investigating => site::Step::Investigating,
                environment::State::Planned => site::Step::Planned,
                environment::State::Solved => site::Step::Solved,
            },
            by: marked.by,
            text: format!("{}：{plan}{}", step.role.name(), step.note),
            at: step.at,
        };
        site::note_step(db, &news)
    })
}

/// Notes whom a new reply concerns. A crash leaves nothing noted; the job runs again.
fn note_reply(app: &App, payload: &str) -> Result<()> {
    let AboutReply { reply } = serde_json::from_str(payload).map_err(Error::internal)?;
    let calendar = app.config.digest.calendar().map_err(Error::internal)?;
    let hours = Hours {
        calendar: &calendar,
        zone: app.config.timezone,
    };
    app.write_soon_here(|db, now| news::note_reply(db, reply, hours, now))
}

/// Removes a file that no post has referred to in time: the row, then what lies on the shelf. A crash between the two
/// leaves bytes under a name that nothing refers to; the job runs again, finds no row and removes them. The same removes
/// what was put there for a file that was never recorded.
fn check_attachment(app: &App, payload: &str) -> Result<()> {
    #[derive(Deserialize)]
    struct Payload {
        attachment: Id,
    }
    let Payload { attachment } = serde_json::from_str(payload).map_err(Error::internal)?;
    let forgotten = app.write_here(|db, now| {
        // What somebody is still writing about is no orphan yet.
        if let Some(owner) = attachments::owner_of(db, attachment)?
            && drafts::name(db, owner, &attachments::url(attachment), now)?
        {
            attachments::check_later(db, attachment, now)?;
            return Ok(false);
        }
        attachments::forget_orphan(db, attachment, now)
    })?;
    if forgotten {
        app.intake.remove_here(attachment)?;
    }
    Ok(())
}

/// Brings stored HTML to the present renderer. A crash leaves some of it old; reading renders those anew meanwhile.
fn render_again(app: &App) -> Result<()> {
    let more = app.write_here(|db, _| {
        let threads = threads::render_again(db, RENDER_BATCH)?;
        let covers = collections::render_again(db, RENDER_BATCH)?;
        Ok(replies::render_again(db, RENDER_BATCH)? || threads || covers)
    })?;
    if more {
        ask_to_render_again(app)?;
    }
    Ok(())
}

/// Queues the rendering of what an older program has stored.
pub fn ask_to_render_again(app: &App) -> Result<()> {
    app.write_here(|db, now| {
        jobs::enqueue(db, RENDER_AGAIN, &serde_json::json!({}), now, now).map(|_| ())
    })
}

/// Runs one due job, if there is one.
fn work(app: &App) -> Result<bool> {
    let now = app.now();
    let Some(job) = app.database.write_soon_here(|db| jobs::claim(db, now))? else {
        return Ok(false);
    };
    match run(app, &job) {
        Ok(()) => {
            app.database
                .write_soon_here(|db| jobs::complete(db, &job))?;
        }
        Err(error) => {
            tracing::warn!(job = %job.id, kind = job.kind, attempt = job.attempts + 1, %error, "job failed");
            let now = app.now();
            app.database
                .write_soon_here(|db| jobs::fail(db, &job, &error.to_string(), now))?;
        }
    }
    Ok(true)
}

/// Runs every due job and takes every change into the index, until nothing is left.
///
/// # Errors
/// Of the database or the index; failed jobs are not errors.
pub fn drain(app: &App) -> Result<()> {
    while work(app)? {}
    app.searcher.follow(&app.database, app.now())?;
    refresh_desk(app)?;
    warm_desk(app)?;
    survey(app)?;
    app.search_log.flush(&app.database, app.now())
}

/// Makes the lists of the trainers' desk anew where they are due: counted in a reading transaction, so that nobody waits.
/// Several processes may do so at once; the last one's lists stay.
fn refresh_desk(app: &App) -> Result<()> {
    let now = app.now();
    if !app.database.read_here(|db| desk::is_due(db, now))? {
        return Ok(());
    }
    let found = app
        .database
        .read_here(|db| desk::count(db, &app.searcher, now))?;
    app.database
        .write_soon_here(|db| desk::keep(db, &found, now))
}

/// Asks the index before a trainer has to wait for it.
fn warm_desk(app: &App) -> Result<()> {
    let calendar = app.config.digest.calendar().map_err(Error::internal)?;
    let hours = desk::Hours {
        calendar: &calendar,
        zone: app.config.timezone,
    };
    let near = (&app.searcher, &app.similar);
    app.database
        .read_here(|db| desk::warm(db, near, hours, app.now()))
}

/// Hears what has changed for the map and its requests, and counts the map anew where it is due.
fn survey(app: &App) -> Result<()> {
    let (now, zone) = (app.now(), app.config.timezone);
    coverage::follow(&app.database, zone, now)?;
    let calendar = app.config.digest.calendar().map_err(Error::internal)?;
    coverage::count_if_due(&app.database, &calendar, zone, now).map(|_| ())
}

/// What makes the letters of this app.
pub fn press(app: &App) -> Press<'_> {
    Press {
        database: &app.database,
        mailer: &app.mailer,
        config: &app.config,
        clock: &app.clock,
        bell: Some(&app.bell),
    }
}

/// Publishes the reports of terms that are over. A crash leaves a term without its report; the next look makes it.
///
/// # Errors
/// Of the database.
pub fn publish_due(app: &App) -> Result<Vec<Term>> {
    let rules = &app.config.gap;
    let terms = rules.terms().map_err(Error::internal)?;
    let now = app.now();
    let today = now.day(app.config.timezone);
    let due = app.database.read_here(|db| gap::due(db, terms, today))?;
    for term in &due {
        app.database
            .write_here(|db| gap::publish(db, *term, rules, today, now))?;
    }
    Ok(due)
}

/// Writes the searches down that were counted meanwhile.
fn log_searches(app: &App) {
    if let Err(error) = app.search_log.flush(&app.database, app.now()) {
        tracing::warn!(%error, "counted searches wait for the next attempt");
    }
}

/// The threads of a running server. They end after `app.bell.stop()`.
pub fn start(app: &App) -> Result<Vec<JoinHandle<()>>> {
    let spawn = |name: &str, body: fn(&App)| {
        let app = app.clone();
        std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || body(&app))
            .map_err(Error::internal)
    };
    Ok(vec![
        spawn("follower", |app| {
            let mut heard = 0;
            while !app.bell.is_stopped() {
                let begun = Instant::now();
                match app.searcher.follow(&app.database, app.now()) {
                    Ok(taken) => {
                        if taken > 0 {
                            let rest = begun.elapsed() * GATHER_TIMES;
                            app.bell.rest(rest.clamp(GATHER, GATHER_MOST));
                        }
                        heard = app.bell.wait(heard, FOLLOW_EVERY);
                    }
                    Err(error) => {
                        tracing::error!(%error, "the search index lags");
                        // A database that was away is asked soon again; a large index that cannot be built must not
                        // take a core, whoever rings.
                        let rest = match error {
                            Error::Busy(_) => PAUSE,
                            _ => PAUSE.max(begun.elapsed() * 10),
                        };
                        app.bell.rest(rest);
                    }
                }
            }
        })?,
        spawn("worker", |app| {
            let mut heard = 0;
            let mut logged = Instant::now();
            let mut regular: Option<Instant> = None;
            while !app.bell.is_stopped() {
                if logged.elapsed() >= LOG_EVERY {
                    log_searches(app);
                    logged = Instant::now();
                }
                if regular.is_none_or(|last| last.elapsed() >= REGULAR_EVERY) {
                    if let Err(error) = refresh_desk(app) {
                        tracing::warn!(%error, "the desk shows what it had");
                    }
                    if let Err(error) = warm_desk(app) {
                        tracing::warn!(%error, "the desk's first look will take longer");
                    }
                    match publish_due(app) {
                        Ok(terms) if !terms.is_empty() => tracing::info!(?terms, "gap reports"),
                        Ok(_) => {}
                        Err(error) => tracing::error!(%error, "a gap report waits"),
                    }
                    regular = Some(Instant::now());
                }
                match work(app) {
                    Ok(true) => continue,
                    Ok(false) => {}
                    Err(error) => tracing::error!(%error, "the job queue cannot be read"),
                }
                heard = app.bell.wait(heard, WORK_EVERY);
            }
            log_searches(app);
        })?,
        spawn("surveyor", |app| {
            let mut heard = 0;
            while !app.bell.is_stopped() {
                let patience = match survey(app) {
                    Ok(()) => {
                        app.bell.rest(GATHER_FOR_MAP);
                        SURVEY_EVERY
                    }
                    Err(error) => {
                        tracing::error!(%error, "the map and its requests lag");
                        PAUSE
                    }
                };
                heard = app.bell.wait(heard, patience);
            }
        })?,
        spawn("press", |app| {
            while !app.bell.is_stopped() {
                match press(app).run() {
                    Ok(done) if done != Report::default() => tracing::info!(?done, "letters"),
                    Ok(_) => {}
                    Err(error) => tracing::error!(%error, "letters wait"),
                }
                app.bell.rest(PRESS_EVERY);
            }
        })?,
    ])
}
