//! Keeps this process's index behind the database: reads the change feed from the cursor in the index's last commit,
//! and builds an index anew beside the old one when it is missing, damaged, of another format, of another database,
//! or when a rebuild was asked for. Nothing here writes to the database.
//!
//! A crash leaves either the former generation (named in `CURRENT`) or a half-built one that nothing names and the next
//! start removes.

use std::collections::{HashMap, HashSet};
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use search_index::{Change, Index, ThreadDoc};

use crate::clock::At;
use crate::db::{Database, Db};
use crate::error::{Error, Result};
use crate::feed::{self, Cursor, Subject};
use crate::id::Id;
use crate::replies;
use crate::taxonomy;
use crate::text;
use crate::threads::{self, Thread};

/// Changes taken in one step, and threads read at once while building anew.
const BATCH: i64 = 500;
/// Seconds after which a search may find the index built anew.
pub(super) const COME_AGAIN: u64 = 5;
/// Names the generation in use.
const CURRENT: &str = "CURRENT";

/// Processes on one machine that may keep their indexes in one data directory.
const NEIGHBOURS: usize = 16;

/// Raised whenever `document` puts other words of the same thread into the index: an older index is built anew.
const DOCUMENTS: u32 = 3;

/// What the index's last commit says of itself.
#[derive(serde::Serialize, serde::Deserialize)]
struct Payload {
    #[serde(flatten)]
    cursor: Cursor,
    /// `DOCUMENTS` of the program that built it; absent before the number was kept.
    #[serde(default)]
    documents: u32,
}

impl Payload {
    fn write(cursor: Cursor) -> Result<String> {
        let payload = Payload {
            cursor,
            documents: DOCUMENTS,
        };
        serde_json::to_string(&payload).map_err(Error::internal)
    }
}

/// This process's index and how far it has read.
pub struct Searcher {
    folder: PathBuf,
    /// Keeps others out of the folder as long as it lives.
    _lock: File,
    index: RwLock<Option<Arc<Index>>>,
    /// One follower at a time.
    step: Mutex<()>,
    rebuilding: AtomicBool,
    /// The index took no change: another is to be built beside it.
    stuck: AtomicBool,
}

impl Searcher {
    /// Opens the index in `data_dir`: in `index`, or in `index-2` … where other processes have taken that. A missing or
    /// unusable index is built by the next `follow`.
    ///
    /// # Errors
    /// When no folder can be made or all are taken.
    pub fn open(data_dir: &Path) -> Result<Searcher> {
        let (folder, lock) = claim_folder(data_dir)?;
        let index = open_current(&folder);
        Ok(Searcher {
            folder,
            _lock: lock,
            rebuilding: AtomicBool::new(true), // until the first follow has looked at it
            index: RwLock::new(index.map(Arc::new)),
            step: Mutex::default(),
            stuck: AtomicBool::new(false),
        })
    }

    /// The index to ask; None while the first one is being built.
    pub fn index(&self) -> Option<Arc<Index>> {
        self.index
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Whether there is an index of this database to ask; while another is built beside it, it goes on answering.
    pub fn is_ready(&self) -> bool {
        !self.rebuilding.load(Ordering::SeqCst)
    }

    /// Whether what it answers may be old, since it takes no change.
    pub fn is_stuck(&self) -> bool {
        self.stuck.load(Ordering::SeqCst)
    }

    /// Where this process keeps its index.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// How far the index has read; None while there is none.
    pub fn read_to(&self) -> Option<Cursor> {
        self.cursor()
    }

    /// Takes in everything that is settled in the feed when it is read last: where others write without a pause, one that
    /// waited for the end would never be ready. Returns the number of changes.
    ///
    /// # Errors
    /// Of the database or the index; the next call goes on from the last commit.
    pub fn follow(&self, database: &Database, now: At) -> Result<usize> {
        let _one = self.step.lock().unwrap_or_else(PoisonError::into_inner);
        let mut taken = 0;
        loop {
            let (epoch, wanted) = database.read_here(feed::epochs)?;
            let cursor = self.cursor();
            let usable = cursor
                .filter(|c| c.feed_epoch == epoch && c.index_epoch >= wanted)
                .filter(|_| !self.is_stuck());
            let (Some(index), Some(cursor)) = (self.index(), usable) else {
                taken += self.build(database, now)?;
                continue;
            };
            // A database that fails says nothing against the index.
            let news = database.read_here(|db| news(db, cursor))?;
            let mut more = false;
            if let Some(news) = news {
                index.apply(&news.changes, &news.payload).map_err(|error| {
                    tracing::error!(%error, "the index took no change; another is built beside it");
                    self.stuck.store(true, Ordering::SeqCst);
                    Error::internal(error)
                })?;
                taken += news.read;
                more = i64::try_from(news.read).unwrap_or(BATCH) >= BATCH;
            }
            if !more {
                self.rebuilding.store(false, Ordering::SeqCst);
                return Ok(taken);
            }
        }
    }

    fn cursor(&self) -> Option<Cursor> {
        let payload = self.index()?.payload().ok()??;
        let payload: Payload = serde_json::from_str(&payload).ok()?;
        (payload.documents == DOCUMENTS).then_some(payload.cursor)
    }

    /// What `index` answered. One that cannot be read answers nothing more: it is built anew.
    ///
    /// # Errors
    /// `Busy` until then.
    pub fn heed<T>(
        &self,
        index: &Arc<Index>,
        answer: std::result::Result<T, search_index::Error>,
    ) -> Result<T> {
        answer.map_err(|error| {
            tracing::error!(%error, "the index cannot be read; it is built anew");
            let mut present = self.index.write().unwrap_or_else(PoisonError::into_inner);
            // Another may have taken its place meanwhile.
            if present.as_ref().is_some_and(|now| Arc::ptr_eq(now, index)) {
                self.rebuilding.store(true, Ordering::SeqCst);
                *present = None;
            }
            Error::Busy(COME_AGAIN)
        })
    }

    /// Builds a generation from all threads, makes it the one in use and removes the others. What was begun goes where it
    /// fails: on a full disk it would be in the way of the next.
    fn build(&self, database: &Database, now: At) -> Result<usize> {
        let name = Id::new(now).to_string();
        let built = self.build_generation(database, &name);
        if built.is_err() {
            let _ = std::fs::remove_dir_all(self.folder.join(&name));
        }
        built
    }

    fn build_generation(&self, database: &Database, name: &str) -> Result<usize> {
        tracing::info!("building the search index anew");
        std::fs::create_dir_all(&self.folder).map_err(Error::internal)?;
        let folder = self.folder.join(name);
        let index = Index::open(&folder).map_err(Error::internal)?;
        // What is written from here on stands behind this cursor and is read again: applying twice changes nothing.
        let head = database.read_here(feed::head)?;
        let mut after = None;
        let mut built = 0;
        loop {
            let (ids, changes) = database.read_here(|db| {
                let ids = threads::ids_after(db, after, BATCH)?;
                let changes = changes(db, &ids)?;
                Ok((ids, changes))
            })?;
            let Some(last) = ids.last() else { break };
            after = Some(*last);
            built += ids.len();
            index.apply(&changes, "").map_err(Error::internal)?;
        }
        let payload = Payload::write(head)?;
        index.apply(&[], &payload).map_err(Error::internal)?;
        let partial = self.folder.join("CURRENT.part");
        std::fs::write(&partial, name).map_err(Error::internal)?;
        std::fs::rename(&partial, self.folder.join(CURRENT)).map_err(Error::internal)?;
        *self.index.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(index));
        self.stuck.store(false, Ordering::SeqCst);
        remove_others(&self.folder, name);
        tracing::info!(threads = built, "search index built");
        Ok(built)
    }
}

fn claim_folder(data_dir: &Path) -> Result<(PathBuf, File)> {
    for place in 1..=NEIGHBOURS {
        let name = if place == 1 {
            "index".to_owned()
        } else {
            format!("index-{place}")
        };
        let folder = data_dir.join(&name);
        std::fs::create_dir_all(&folder).map_err(Error::internal)?;
        let file = File::create(data_dir.join(format!("{name}.lock"))).map_err(Error::internal)?;
        match file.try_lock() {
            Ok(()) => return Ok((folder, file)),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(Error::internal(error)),
        }
    }
    Err(Error::internal(
        "too many processes share one data directory",
    ))
}

fn open_current(folder: &Path) -> Option<Index> {
    let name = std::fs::read_to_string(folder.join(CURRENT)).ok()?;
    let id: Id = name.trim().parse().ok()?;
    let generation = folder.join(id.to_string());
    if !generation.is_dir() {
        return None;
    }
    remove_others(folder, &id.to_string());
    Index::open(&generation)
        .inspect_err(|error| tracing::warn!(%error, "the search index cannot be used"))
        .ok()
}

fn remove_others(folder: &Path, kept: &str) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let old = name
            .to_str()
            .is_some_and(|name| name != kept && name.parse::<Id>().is_ok());
        if old && let Err(error) = std::fs::remove_dir_all(entry.path()) {
            tracing::warn!(%error, "an old search index stays");
        }
    }
}

/// One batch of the feed, ready for the index.
struct News {
    changes: Vec<Change>,
    /// The cursor behind it.
    payload: String,
    /// Changes read; several of one thread become one.
    read: usize,
}

/// What follows `cursor` in the feed; None when nothing does.
fn news(db: &mut Db, cursor: Cursor) -> Result<Option<News>> {
    let news = feed::after(db, &cursor, BATCH)?;
    let Some(last) = news.last() else {
        return Ok(None);
    };
    let mut ids: Vec<Id> = news
        .iter()
        .filter(|change| change.subject == Subject::Thread)
        .map(|change| change.id)
        .collect();
    ids.sort_unstable();
    ids.dedup();
    let reached = Cursor {
        xid: last.xid,
        seq: last.seq,
        ..cursor
    };
    Ok(Some(News {
        changes: changes(db, &ids)?,
        payload: Payload::write(reached)?,
        read: news.len(),
    }))
}

/// The present documents of `ids`; those that readers may not see are removed.
fn changes(db: &mut Db, ids: &[Id]) -> Result<Vec<Change>> {
    let threads = threads::for_index(db, ids)?;
    let mut texts = HashMap::<Id, Vec<String>>::new();
    for reply in replies::visible_of(db, ids)? {
        texts
            .entry(reply.thread)
            .or_default()
            .push(text::plain(&reply.body));
    }
    let mut changes: Vec<Change> = Vec::with_capacity(ids.len());
    let mut visible = HashSet::new();
    for thread in threads {
        visible.insert(thread.id);
        let replies = texts.remove(&thread.id).unwrap_or_default();
        changes.push(Change::Put(Box::new(document(db, thread, replies)?)));
    }
    changes.extend(
        ids.iter()
            .filter(|id| !visible.contains(*id))
            .map(|id| Change::Remove(id.as_u128())),
    );
    Ok(changes)
}

/// Under what the author's posts are found: what they sealed, only by themselves.
fn author_key(thread: &Thread) -> String {
    match thread.signature.named() {
        Some(account) => account.to_string(),
        None => sealed_key(thread.author.addressee()),
    }
}

/// The key of what `account` sealed: for their own searches alone.
pub(super) fn sealed_key(account: Id) -> String {
    format!("sealed:{account}")
}

fn document(db: &mut Db, thread: Thread, replies: Vec<String>) -> Result<ThreadDoc> {
    let words = taxonomy::by_id(db, thread.vocabulary)?;
    let named = |slug: &Option<String>, name: &dyn Fn(&str) -> String| {
        slug.as_deref().map(name).into_iter().collect::<Vec<_>>()
    };
    let mut labels = vec![words.school_type_name(&thread.school_type).to_owned()];
    labels.extend(named(&thread.subject, &|slug| {
        words.subject_name(slug).to_owned()
    }));
    labels.extend(named(&thread.grade, &|slug| {
        words.grade_name(slug).to_owned()
    }));
    labels.extend(
        thread
            .labels
            .initiatives
            .iter()
            .map(|slug| words.initiative_name(slug).to_owned()),
    );
    labels.extend(
        thread
            .labels
            .policies
            .iter()
            .filter_map(|number| words.policy(*number))
            .map(|policy| policy.short.clone()),
    );
    let author = author_key(&thread);
    Ok(ThreadDoc {
        id: thread.id.as_u128(),
        kind: thread.kind.to_string(),
        solved: thread.solved(),
        recommended: thread.standing.recommended,
        outdated: thread.standing.outdated,
        body: threads::searched_text(&thread.body, thread.practice.as_ref()),
        title: thread.title,
        replies,
        policies: thread
            .labels
            .policies
            .iter()
            .map(ToString::to_string)
            .collect(),
        initiatives: thread.labels.initiatives,
        tags: thread.labels.tags,
        tools: thread.labels.tools,
        labels,
        school_type: thread.school_type,
        subject: thread.subject,
        grade: thread.grade,
        author,
        created_at: thread.created_at.micros(),
    })
}
