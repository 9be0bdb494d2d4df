//! From the bytes that were sent to what is kept: recognised, checked, for images made anew on a thread of its own behind
//! its own gate. Nothing here happens inside a transaction.
//!
//! The order of storing: announce (with the job that looks after it), put on the shelf, record. Where it ends half-way,
//! the job removes what lies on the shelf; a record never stands for a file that is not there.

use std::time::Duration;

use bytes::Bytes;
use image::ImageFormat;

use super::shelf::Shelf;
use super::{Announced, Attachment, Labels, LabelsInput, MAX_BYTES, Media, document, picture};
use crate::accounts::Who;
use crate::clock::At;
use crate::config::Config;
use crate::db::{Database, blocking};
use crate::error::{Error, FieldError, FieldErrors, Result};
use crate::gate::Gate;
use crate::id::Id;

/// Images that are worked on at once, whatever the cores: each may take some hundred megabytes.
const AT_ONCE: usize = 2;
/// How long an image waits for its turn.
const PATIENCE: Duration = Duration::from_secs(20);
/// Files that wait for their turn, each up to `MAX_BYTES` of memory.
const MOST_WAITING: usize = 32;

/// A file that may be kept.
pub struct Prepared {
    pub media: Media,
    pub content: Bytes,
    /// The small form of an image, JPEG.
    pub thumb: Option<Bytes>,
    /// Width and height of an image.
    pub pixels: Option<(u32, u32)>,
}

/// A file as it was sent.
#[derive(Clone, Debug, Default)]
pub struct SentFile {
    pub name: String,
    pub bytes: Bytes,
}

/// What a file is, before anything is done with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    Image(ImageFormat),
    Document(Media),
}

/// Looks at the content; names and declared types say nothing.
///
/// # Errors
/// `FieldError` for `file`: none, empty, too long, of a kind that we do not take.
pub fn recognise(bytes: &[u8]) -> std::result::Result<Found, FieldError> {
    let refused = |code: &str, message: &str| FieldError {
        field: "file".to_owned(),
        code: code.to_owned(),
        message: message.to_owned(),
    };
    if bytes.is_empty() {
        return Err(refused(
            "required",
            "ファイルを選んでください。中身が空のファイルは入れられません。",
        ));
    }
    if bytes.len() > MAX_BYTES {
        return Err(refused(
            "too_large",
            "ファイルが大きすぎます。1つ10MBまでです。画像は小さくするか、必要なところを切り取ってください。",
        ));
    }
    match picture::format(bytes) {
        Some(format) => Ok(Found::Image(format)),
        None => document::recognise(bytes).map(Found::Document),
    }
}

/// `recognise` and the labels of the file, with everything that is wrong with either.
///
/// # Errors
/// `Invalid`.
pub fn check(file: &SentFile, labels: &LabelsInput) -> Result<(Found, Labels)> {
    let mut errors = FieldErrors::default();
    let found = errors.take(recognise(&file.bytes));
    let image = !matches!(found, Some(Found::Document(_)));
    match (found, labels.parse(image, &mut errors)) {
        (Some(found), Some(labels)) => Ok((found, labels)),
        _ => Err(Error::Invalid(errors)),
    }
}

fn prepare(found: Found, bytes: &Bytes) -> Result<Prepared> {
    match found {
        Found::Image(format) => picture::prepare(bytes, format)
            .map_err(|error| Error::Invalid(FieldErrors(vec![error]))),
        Found::Document(media) => Ok(Prepared {
            media,
            content: bytes.clone(),
            thumb: None,
            pixels: None,
        }),
    }
}

/// Cheap to clone.
#[derive(Clone)]
pub struct Intake {
    pub shelf: Shelf,
    turns: Gate,
}

impl Intake {
    /// # Errors
    /// Of the shelf.
    pub fn open(config: &Config) -> Result<Intake> {
        Ok(Intake {
            shelf: Shelf::open(config)?,
            turns: Gate::new(AT_ONCE, PATIENCE, MOST_WAITING),
        })
    }

    /// Makes what is to be kept.
    ///
    /// # Errors
    /// `Invalid` for what cannot be read; `Busy` when it was not its turn in time.
    pub async fn prepare(&self, found: Found, bytes: Bytes) -> Result<Prepared> {
        let turn = self.turns.enter().await?;
        blocking(move || {
            let prepared = prepare(found, &bytes);
            drop(turn); // only now: the work goes on after the client left
            prepared
        })
        .await
    }

    /// Removes what lies under `id`, on a thread of its own: for the worker, which has no runtime.
    ///
    /// # Errors
    /// Of the shelf.
    pub fn remove_here(&self, id: Id) -> Result<()> {
        let shelf = self.shelf.clone();
        here(async move { shelf.remove(id).await })
    }

    /// Stores a file of `who` on the calling thread, in transactions of its own: for the demo and the command line. A post
    /// that holds `markdown()` of it shows it once `super::attach` has seen that post.
    ///
    /// # Errors
    /// As over HTTP.
    pub fn store_here(
        &self,
        database: &Database,
        who: &Who,
        file: &SentFile,
        labels: &LabelsInput,
        now: At,
    ) -> Result<Attachment> {
        let (found, labels) = check(file, labels)?;
        let prepared = prepare(found, &file.bytes)?;
        let id = match database.write_here(|db| super::announce(db, who, None, now))? {
            Announced::Welcome(id) => id,
            Announced::Stored(stored) => return Ok(stored),
        };
        let shelf = self.shelf.clone();
        let prepared = here(async move {
            shelf.put(id, &prepared).await?;
            Ok(prepared)
        })?;
        database.write_here(|db| super::record(db, who, id, &prepared, &labels, &file.name, now))
    }
}

/// Runs `work` on a fresh thread with a runtime of its own, whatever thread asks.
fn here<T: Send + 'static>(work: impl Future<Output = Result<T>> + Send + 'static) -> Result<T> {
    let thread = std::thread::spawn(move || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(Error::internal)?
            .block_on(work)
    });
    thread
        .join()
        .map_err(|_| Error::internal("a thread that stores files panicked"))?
}
