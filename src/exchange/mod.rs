//! Threads in and out as JSON lines, people in as CSV. One line is one unit: a thread with its replies, all or nothing.
//! No mails are sent for what is imported. An export holds addresses: it is for the command line alone.

pub mod closing;
pub mod http;
pub mod own;
pub mod people;
mod view;

use std::collections::{HashMap, HashSet};
use std::io::{BufRead, Write};

use chrono::TimeDelta;
use serde::{Deserialize, Serialize, Serializer};

use crate::accounts::{self, Email, Mask, Signature, Writer};
use crate::attachments::{self, Post};
use crate::clock::At;
use crate::db::{Database, Db, savepoint};
use crate::error::{Error, Result};
use crate::id::Id;
use crate::replies::{self, Reply};
use crate::taxonomy;
use crate::text::clean_line;
use crate::threads::{self, Kind, Loose, Practice, Thread, ThreadInput, Visibility};

/// Lines written in one transaction: a long one would hold up the change feed.
const BATCH: usize = 25;
/// Longest line taken, in bytes.
pub const MAX_LINE: usize = 8 * 1024 * 1024;
/// Replies of one thread.
pub const MAX_REPLIES: usize = 5_000;
/// Characters of an id from elsewhere.
const MAX_EXTERNAL_ID: usize = 200;

/// A thread as a line holds it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Line {
    pub id: Loose,
    pub kind: String,
    pub title: String,
    pub body: String,
    pub school_type: String,
    #[serde(serialize_with = "as_numbers")]
    pub policies: Vec<Loose>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub initiatives: Vec<String>,
    pub tags: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grade: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// Signed without a name: then an export has no author.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub sealed: bool,
    /// What a sealed post is signed with: 「小学校の先生」.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub practice: Option<Practice>,
    pub replies: Vec<ReplyLine>,
}

/// Policies are numbers where they go out; they come in as numbers, slugs or names.
fn as_numbers<S: Serializer>(
    policies: &[Loose],
    serializer: S,
) -> std::result::Result<S::Ok, S::Error> {
    serializer.collect_seq(policies.iter().map(|policy| match policy.0.parse::<u8>() {
        Ok(number) => serde_json::Value::from(number),
        Err(_) => serde_json::Value::from(policy.0.as_str()),
    }))
}

/// A reply as a line holds it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReplyLine {
    pub id: Loose,
    pub body: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// As of a thread.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub sealed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quote_of: Option<Loose>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub accepted: bool,
}

/// What became of the lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub imported: usize,
    pub updated: usize,
    pub skipped: usize,
    pub refused: usize,
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "imported {}, updated {}, skipped {}, refused {}",
            self.imported, self.updated, self.skipped, self.refused
        )
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Imported,
    Updated,
    Skipped,
}

/// How lines are taken.
#[derive(Clone, Default)]
pub struct Options {
    /// For lines without an author.
    pub author: Option<Email>,
    /// Bring known threads up to date instead of skipping them.
    pub update: bool,
}

/// Imports every line of `source`. Refused lines are told to `refusals` (number, reason); the rest goes on.
///
/// # Errors
/// When `source` cannot be read or the database fails.
pub fn import(
    database: &Database,
    source: &mut dyn BufRead,
    options: &Options,
    now: impl Fn() -> At,
    refusals: &mut dyn FnMut(usize, &str),
) -> Result<Tally> {
    let mut tally = Tally::default();
    let mut number = 0;
    loop {
        let batch = read_batch(source, &mut number)?;
        if batch.is_empty() {
            return Ok(tally);
        }
        let outcomes = database.write_here(|db| {
            let now = now();
            batch
                .iter()
                .map(|(number, line)| Ok((*number, take(db, line, options, now)?)))
                .collect::<Result<Vec<_>>>()
        })?;
        for (number, outcome) in outcomes {
            match outcome {
                Ok(Outcome::Imported) => tally.imported += 1,
                Ok(Outcome::Updated) => tally.updated += 1,
                Ok(Outcome::Skipped) => tally.skipped += 1,
                Err(reason) => {
                    tally.refused += 1;
                    refusals(number, &reason);
                }
            }
        }
    }
}

type Numbered = (usize, std::result::Result<Vec<u8>, String>);

fn read_batch(source: &mut dyn BufRead, number: &mut usize) -> Result<Vec<Numbered>> {
    let mut batch = Vec::new();
    while batch.len() < BATCH {
        let Some(line) = read_line(source)? else {
            break;
        };
        *number += 1;
        match line {
            Ok(bytes) if bytes.iter().all(u8::is_ascii_whitespace) => {}
            other => batch.push((*number, other)),
        }
    }
    Ok(batch)
}

/// The next line; a longer one than `MAX_LINE` is passed over without being kept.
fn read_line(source: &mut dyn BufRead) -> Result<Option<std::result::Result<Vec<u8>, String>>> {
    let mut line = Vec::new();
    let mut too_long = false;
    loop {
        let available = source.fill_buf().map_err(Error::internal)?;
        if available.is_empty() {
            if line.is_empty() && !too_long {
                return Ok(None);
            }
            break;
        }
        let (taken, ended) = match available.iter().position(|byte| *byte == b'\n') {
            Some(end) => (end + 1, true),
            None => (available.len(), false),
        };
        if !too_long {
            line.extend(available.iter().take(taken));
        }
        source.consume(taken);
        if line.len() > MAX_LINE {
            too_long = true;
            line = Vec::new();
        }
        if ended {
            break;
        }
    }
    Ok(Some(if too_long {
        Err(format!("the line is longer than {MAX_LINE} bytes"))
    } else {
        Ok(line)
    }))
}

/// One line in a savepoint. The inner error is the reason of a refusal, the outer one a fault.
fn take(
    db: &mut Db,
    line: &std::result::Result<Vec<u8>, String>,
    options: &Options,
    now: At,
) -> Result<std::result::Result<Outcome, String>> {
    let bytes = match line {
        Ok(bytes) => bytes,
        Err(reason) => return Ok(Err(reason.clone())),
    };
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Ok(Err("not UTF-8".to_owned()));
    };
    let line: Line = match serde_json::from_str(text.trim_start_matches('\u{feff}')) {
        Ok(line) => line,
        Err(error) => return Ok(Err(format!("not the JSON that was expected: {error}"))),
    };
    match savepoint(db, |db| put(db, &line, options, now)) {
        Ok(outcome) => Ok(Ok(outcome)),
        Err(Error::Invalid(errors)) => {
            let reasons: Vec<String> = errors
                .0
                .iter()
                .map(|error| format!("{}: {}", error.field, error.message))
                .collect();
            Ok(Err(reasons.join(" / ")))
        }
        Err(Error::BadRequest(reason)) => Ok(Err(reason)),
        Err(error) => Err(error),
    }
}

fn put(db: &mut Db, line: &Line, options: &Options, now: At) -> Result<Outcome> {
    let external_id = external_id("id", &line.id)?;
    let new = ThreadInput {
        kind: line.kind.clone(),
        title: line.title.clone(),
        body: line.body.clone(),
        school_type: line.school_type.clone(),
        policies: line.policies.clone(),
        initiatives: line.initiatives.clone(),
        subject: line.subject.clone(),
        grade: line.grade.clone(),
        tags: line.tags.clone(),
        tools: line.tools.clone(),
        items: line.items.clone(),
        practice: line.practice.clone(),
        sealed: line.sealed,
    }
    .parse(db)?;
    let known = threads::by_external_id(db, &external_id)?;
    match known {
        Some(_) if !options.update => Ok(Outcome::Skipped),
        Some(id) => {
            let present = threads::in_full(db, &[id])?.pop().ok_or(Error::NotFound)?;
            // Its replies stand elsewhere: writing them here again would double them.
            if present.merged_into.is_some() {
                return Ok(Outcome::Skipped);
            }
            let signature = line.by().over(db, &present.signature, present.author)?;
            threads::update(db, &present, &new, &signature, now)?;
            let post = Post::Thread(id);
            if present.visibility != Visibility::Visible {
                attachments::withdraw(db, post, &new.body, now)?;
            }
            attachments::attach(db, present.author, post, &new.body, now)?;
            put_replies(db, id, new.kind, present.created_at, line, options, now)?;
            Ok(Outcome::Updated)
        }
        None => {
            let created_at = time("created_at", line.created_at.as_deref())?.unwrap_or(now);
            let (author, mask) = line.by().sign(db, options, now)?;
            let id = Id::new(now);
            threads::insert(
                db,
                &threads::Draft {
                    id,
                    author,
                    sealed_as: mask.as_ref(),
                    new: &new,
                    external_id: Some(&external_id),
                    created_at,
                },
            )?;
            attachments::attach(db, Writer::new(author), Post::Thread(id), &new.body, now)?;
            put_replies(db, id, new.kind, created_at, line, options, now)?;
            Ok(Outcome::Imported)
        }
    }
}

fn put_replies(
    db: &mut Db,
    thread: Id,
    kind: Kind,
    begun: At,
    line: &Line,
    options: &Options,
    now: At,
) -> Result<()> {
    if line.replies.len() > MAX_REPLIES {
        return Err(Error::BadRequest(format!(
            "more than {MAX_REPLIES} replies"
        )));
    }
    let present: HashMap<String, Reply> = replies::all_of(db, &[thread])?
        .into_iter()
        .filter_map(|reply| Some((reply.external_id.clone()?, reply)))
        .collect();
    let mut ids: HashMap<String, Id> = present
        .iter()
        .map(|(external, reply)| (external.clone(), reply.id))
        .collect();
    let mut seen = HashSet::new();
    let mut accepted = None;
    let mut before = begun;
    let mut drafts = Vec::new();
    // Replies of one moment keep the order of the file: identities of one moment are random, so they are sorted.
    let mut fresh: Vec<Id> = line.replies.iter().map(|_| Id::new(now)).collect();
    fresh.sort_unstable();
    for (reply, fresh) in line.replies.iter().zip(fresh) {
        let external = external_id("replies.id", &reply.id)?;
        if !seen.insert(external.clone()) {
            return Err(Error::BadRequest(format!(
                "replies: the id {external} stands twice"
            )));
        }
        let body = replies::parse_body(&reply.body)?;
        let id = match present.get(&external) {
            Some(known) => {
                let signature = reply.by().over(db, &known.signature, known.author)?;
                replies::update(db, known, &body, &signature, now)?;
                let post = Post::Reply {
                    reply: known.id,
                    thread,
                };
                if known.visibility != Visibility::Visible {
                    attachments::withdraw(db, post, &body, now)?;
                }
                attachments::attach(db, known.author, post, &body, now)?;
                before = known.created_at;
                known.id
            }
            None => {
                let created_at = time("replies.created_at", reply.created_at.as_deref())?
                    .unwrap_or_else(|| before.plus(TimeDelta::milliseconds(1)));
                let (author, mask) = reply.by().sign(db, options, now)?;
                before = created_at;
                drafts.push(NewLine {
                    id: fresh,
                    author,
                    mask,
                    body,
                    quote_of: reply.quote_of.as_ref().map(|quoted| quoted.0.clone()),
                    external,
                    created_at,
                });
                fresh
            }
        };
        if reply.accepted && accepted.replace(id).is_some() {
            return Err(Error::BadRequest(
                "replies: more than one is accepted".to_owned(),
            ));
        }
    }
    insert_quoted_first(db, thread, drafts, &mut ids)?;
    if accepted.is_some() && kind != Kind::Question {
        return Err(Error::BadRequest(
            "replies: only questions have an accepted reply".to_owned(),
        ));
    }
    threads::set_accepted(db, thread, accepted, now)?;
    replies::recount(db, thread, now)
}

/// A reply to be written, its quotation still by name.
struct NewLine {
    id: Id,
    author: Id,
    mask: Option<Mask>,
    body: String,
    quote_of: Option<String>,
    external: String,
    created_at: At,
}

/// Writes the replies, each after the one that it quotes: an export is in order of time, and a clock that went wrong may
/// have put an answer before its question.
fn insert_quoted_first(
    db: &mut Db,
    thread: Id,
    mut drafts: Vec<NewLine>,
    ids: &mut HashMap<String, Id>,
) -> Result<()> {
    while let Some(first) = drafts.first() {
        let stuck = first.external.clone();
        let before = drafts.len();
        let mut later = Vec::new();
        for draft in drafts {
            let quote_of = match &draft.quote_of {
                Some(quoted) => match ids.get(quoted) {
                    Some(id) => Some(*id),
                    None => {
                        later.push(draft);
                        continue;
                    }
                },
                None => None,
            };
            replies::insert(
                db,
                &replies::Draft {
                    id: draft.id,
                    thread,
                    author: draft.author,
                    sealed_as: draft.mask.as_ref(),
                    body: &draft.body,
                    quote_of,
                    external_id: Some(&draft.external),
                    created_at: draft.created_at,
                },
            )?;
            let post = Post::Reply {
                reply: draft.id,
                thread,
            };
            attachments::attach(
                db,
                Writer::new(draft.author),
                post,
                &draft.body,
                draft.created_at,
            )?;
            ids.insert(draft.external, draft.id);
        }
        if later.len() == before {
            return Err(Error::BadRequest(format!(
                "replies: {stuck} quotes an unknown reply"
            )));
        }
        drafts = later;
    }
    Ok(())
}

fn external_id(field: &str, id: &Loose) -> Result<String> {
    let cleaned = clean_line(&id.0);
    if cleaned.is_empty() || cleaned != id.0 || cleaned.chars().count() > MAX_EXTERNAL_ID {
        return Err(Error::BadRequest(format!(
            "{field}: 1 to {MAX_EXTERNAL_ID} characters on one line are wanted"
        )));
    }
    Ok(cleaned)
}

fn time(field: &str, text: Option<&str>) -> Result<Option<At>> {
    let Some(text) = text else { return Ok(None) };
    let parsed = At::parse(text).filter(|at| {
        // What every reader of the export understands: four-digit years.
        let year = chrono::Datelike::year(&at.0);
        (1970..=9999).contains(&year)
    });
    parsed
        .map(Some)
        .ok_or_else(|| Error::BadRequest(format!("{field}: an RFC 3339 time is wanted")))
}

/// How a line says that its post is signed.
struct By<'a> {
    author: Option<&'a str>,
    sealed: bool,
    signed: Option<&'a str>,
}

impl Line {
    fn by(&self) -> By<'_> {
        By {
            author: self.author.as_deref(),
            sealed: self.sealed,
            signed: self.signed.as_deref(),
        }
    }
}

impl ReplyLine {
    fn by(&self) -> By<'_> {
        By {
            author: self.author.as_deref(),
            sealed: self.sealed,
            signed: self.signed.as_deref(),
        }
    }
}

impl By<'_> {
    /// Whose the post is, and what it is signed with instead of their name. A sealed one without an address is nobody's:
    /// also not that of `--author`.
    fn sign(&self, db: &mut Db, options: &Options, now: At) -> Result<(Id, Option<Mask>)> {
        let account = if self.sealed && self.author.is_none() {
            accounts::unknown_author(db, now)?
        } else {
            author(db, self.author, options, now)?
        };
        let mask = if self.sealed {
            Some(self.mask(db, account)?)
        } else {
            None
        };
        Ok((account, mask))
    }

    fn mask(&self, db: &mut Db, account: Id) -> Result<Mask> {
        match self.signed {
            Some(label) => Ok(Mask::of_label(label, &*taxonomy::current(db)?)),
            None => accounts::mask_for_import(db, account),
        }
    }

    /// An update may seal what has a name; it breaks no seal.
    fn over(&self, db: &mut Db, present: &Signature, author: Writer) -> Result<Signature> {
        match present {
            Signature::Named(_) if self.sealed => {
                Ok(Signature::Sealed(self.mask(db, author.addressee())?))
            }
            _ => Ok(present.clone()),
        }
    }
}

fn author(db: &mut Db, address: Option<&str>, options: &Options, now: At) -> Result<Id> {
    let email = match (address, &options.author) {
        (Some(address), _) => Email::parse("author", address)
            .map_err(|error| Error::Invalid(crate::error::FieldErrors(vec![error])))?,
        (None, Some(author)) => author.clone(),
        (None, None) => {
            return Err(Error::BadRequest(
                "author: missing, and no --author given".to_owned(),
            ));
        }
    };
    accounts::author_for_import(db, &email, now)
}

/// Threads read at once.
const EXPORT_BATCH: i64 = 100;

/// Writes every visible thread (of `kind`) with its visible replies, a line each. What is held, hidden or taken back
/// stays here. Returns the number of lines.
///
/// # Errors
/// When the database fails or `sink` takes nothing more.
pub fn export(database: &Database, kind: Option<Kind>, sink: &mut dyn Write) -> Result<usize> {
    let mut after = None;
    let mut written = 0;
    loop {
        let (last, lines) = database.read_here(|db| {
            let ids = threads::ids_after(db, after, EXPORT_BATCH)?;
            let found: Vec<Thread> = threads::in_full(db, &ids)?
                .into_iter()
                .filter(|thread| thread.visibility == Visibility::Visible)
                .filter(|thread| kind.is_none_or(|kind| thread.kind == kind))
                .collect();
            Ok((ids.last().copied(), lines(db, found)?))
        })?;
        let Some(last) = last else { return Ok(written) };
        after = Some(last);
        for line in lines {
            serde_json::to_writer(&mut *sink, &line).map_err(Error::internal)?;
            sink.write_all(b"\n").map_err(Error::internal)?;
            written += 1;
        }
    }
}

fn lines(db: &mut Db, threads: Vec<Thread>) -> Result<Vec<Line>> {
    let ids: Vec<Id> = threads.iter().map(|thread| thread.id).collect();
    let answers = replies::visible_of(db, &ids)?;
    let people: Vec<Id> = threads
        .iter()
        .map(|thread| &thread.signature)
        .chain(answers.iter().map(|reply| &reply.signature))
        .filter_map(Signature::named)
        .collect();
    let addresses = accounts::addresses(db, &people)?;
    let address = |signature: &Signature| addresses.get(&signature.named()?).cloned();
    let names: HashMap<Id, String> = answers
        .iter()
        .map(|reply| (reply.id, name_of(reply.external_id.as_ref(), reply.id)))
        .collect();
    let mut by_thread: HashMap<Id, Vec<Reply>> = HashMap::new();
    for reply in answers {
        by_thread.entry(reply.thread).or_default().push(reply);
    }
    threads
        .into_iter()
        .map(|thread| {
            let words = taxonomy::by_id(db, thread.vocabulary)?;
            let replies = by_thread.remove(&thread.id).unwrap_or_default();
            Ok(Line {
                id: Loose(name_of(thread.external_id.as_ref(), thread.id)),
                kind: thread.kind.to_string(),
                school_type: words.school_type_name(&thread.school_type).to_owned(),
                policies: thread
                    .labels
                    .policies
                    .iter()
                    .map(|number| Loose(number.to_string()))
                    .collect(),
                initiatives: thread.labels.initiatives.clone(),
                tags: thread.labels.tags.clone(),
                tools: thread.labels.tools.clone(),
                items: thread.labels.items.clone(),
                subject: thread
                    .subject
                    .as_deref()
                    .map(|slug| words.subject_name(slug).to_owned()),
                grade: thread
                    .grade
                    .as_deref()
                    .map(|slug| words.grade_name(slug).to_owned()),
                author: address(&thread.signature),
                sealed: thread.signature.is_sealed(),
                signed: thread.signature.mask().map(|mask| mask.label(&words)),
                created_at: Some(thread.created_at.rfc3339()),
                practice: thread.practice.clone(),
                replies: replies
                    .into_iter()
                    .map(|reply| ReplyLine {
                        id: Loose(name_of(reply.external_id.as_ref(), reply.id)),
                        accepted: thread.accepted_reply == Some(reply.id),
                        author: address(&reply.signature),
                        sealed: reply.signature.is_sealed(),
                        signed: reply.signature.mask().map(|mask| mask.label(&words)),
                        created_at: Some(reply.created_at.rfc3339()),
                        quote_of: reply
                            .quote_of
                            .and_then(|quoted| names.get(&quoted))
                            .map(|name| Loose(name.clone())),
                        body: reply.body,
                    })
                    .collect(),
                title: thread.title,
                body: thread.body,
            })
        })
        .collect()
}

fn name_of(external: Option<&String>, id: Id) -> String {
    external.cloned().unwrap_or_else(|| id.to_string())
}
