//! The index on disk: opening it with a check that it can be trusted, applying changes with the cursor they
//! came from, and answering requests. One writer; readers never wait for it.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tantivy::collector::Count;
use tantivy::directory::error::{LockError, OpenDirectoryError, OpenReadError};
use tantivy::directory::{INDEX_WRITER_LOCK, MmapDirectory};
use tantivy::indexer::{IndexWriterOptions, LogMergePolicy};
use tantivy::query::{AllQuery, EnableScoring};
use tantivy::{Directory, IndexReader, IndexWriter, ReloadPolicy, TantivyError, Term};

use crate::analyzer;
use crate::collector::{Gather, Gathered};
use crate::error::Error;
use crate::language::Query;
use crate::model::{Answer, Change, Facets, Hit, Request, Sort};
use crate::query::{self, Interpretation, MAX_WINDOW, Reach, correct, filters, finding};
use crate::schema::{Fields, schema, solved_value};
use crate::synonyms::Synonyms;

/// Counts up whenever the fields or the analysis change: an index of another version cannot be used.
pub const FORMAT_VERSION: u32 = 3;

/// Where fewer threads than this have a piece of the query, those with any token of it are added below.
const FEW: u64 = 10;

/// Holds [`FORMAT_VERSION`] beside the engine's files; written before them.
const FORMAT_FILE: &str = "format";

/// Names read for one beginning, in each segment.
const MAX_NAMES: usize = 500;

/// The smallest heap that the engine accepts, for its one thread; taken only while documents are being added.
const WRITER_HEAP_BYTES: usize = 15_000_000;

/// Segments with more than this share of replaced documents are merged even when they are few.
const MAX_DELETED_SHARE: f32 = 0.3;

/// The index: one writer and its readers. All methods take `&self`; it can be shared between threads.
///
/// Dropping it waits for merges under way (seconds at most), so that nothing touches the folder afterwards.
pub struct Index {
    engine: tantivy::Index,
    fields: Fields,
    reader: IndexReader,
    /// `None` only while dropping.
    writer: Mutex<Option<IndexWriter>>,
    /// `None` for an index without a folder.
    folder: Option<MmapDirectory>,
}

impl Index {
    /// Opens the index in `dir`, or makes an empty one when `dir` is empty or absent.
    ///
    /// All files are read once and compared with their checksums. A damaged index and one of another
    /// [`FORMAT_VERSION`] are [`Error::Unusable`]: the caller builds a new one beside it.
    pub fn open(dir: &Path) -> Result<Index, Error> {
        fs::create_dir_all(dir)?;
        let (schema, fields) = schema();
        if fs::read_dir(dir)?.next().is_none() {
            fs::write(dir.join(FORMAT_FILE), FORMAT_VERSION.to_string())?;
            let folder = MmapDirectory::open(dir).map_err(TantivyError::from)?;
            let engine = tantivy::Index::builder()
                .schema(schema)
                .open_or_create(folder.clone())?;
            return Index::start(engine, fields, Some(folder));
        }
        match fs::read_to_string(dir.join(FORMAT_FILE)) {
            Ok(version) if version == FORMAT_VERSION.to_string() => {}
            Ok(_) => return Err(Error::Unusable(format!("not of format {FORMAT_VERSION}"))),
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::InvalidData
                ) =>
            {
                return Err(Error::Unusable(
                    "not an index, or one never finished".to_owned(),
                ));
            }
            Err(error) => return Err(error.into()),
        }
        let folder = MmapDirectory::open(dir).map_err(|error| refused(error.into()))?;
        let engine = tantivy::Index::open(folder.clone()).map_err(refused)?;
        if engine.schema() != schema {
            return Err(Error::Unusable("its fields are others".to_owned()));
        }
        check(&engine)?;
        let index = Index::start(engine, fields, Some(folder))?;
        index
            .reader
            .searcher()
            .search(&AllQuery, &Count)
            .map_err(refused)?;
        Ok(index)
    }

    /// An index without a folder, for tests.
    pub fn in_memory() -> Result<Index, Error> {
        let (schema, fields) = schema();
        Index::start(tantivy::Index::create_in_ram(schema), fields, None)
    }

    fn start(
        mut engine: tantivy::Index,
        fields: Fields,
        folder: Option<MmapDirectory>,
    ) -> Result<Index, Error> {
        engine.set_tokenizers(analyzer::manager());
        let options = IndexWriterOptions::builder()
            .memory_budget_per_thread(WRITER_HEAP_BYTES)
            .num_worker_threads(1)
            .num_merge_threads(1)
            .build();
        let writer: IndexWriter = engine.writer_with_options(options).map_err(refused)?;
        let mut policy = LogMergePolicy::default();
        policy.set_del_docs_ratio_before_merge(MAX_DELETED_SHARE);
        writer.set_merge_policy(Box::new(policy));
        let reader = engine
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .doc_store_cache_num_blocks(1)
            .try_into()
            .map_err(refused)?;
        Ok(Index {
            engine,
            fields,
            reader,
            writer: Mutex::new(Some(writer)),
            folder,
        })
    }

    /// The payload of the last commit (the feed cursor), `None` when nothing was committed.
    pub fn payload(&self) -> Result<Option<String>, Error> {
        Ok(self.engine.load_metas()?.payload)
    }

    /// Applies the changes in order, commits them together with `payload`, and makes them searchable before it
    /// returns. When it fails before the commit, nothing of them is kept; applying the same changes again is
    /// always safe.
    pub fn apply(&self, changes: &[Change], payload: &str) -> Result<(), Error> {
        let mut guard = self.lock();
        let Some(writer) = guard.as_mut() else {
            return Err(TantivyError::SystemError("the index is being closed".to_owned()).into());
        };
        if let Err(error) = commit(writer, &self.fields, changes, payload) {
            writer.rollback()?;
            return Err(error.into());
        }
        self.reader.reload()?;
        if let Some(folder) = &self.folder {
            // Asked what it has mapped, the engine forgets the files that are gone, and only then.
            let _ = folder.get_cache_info();
        }
        Ok(())
    }

    /// Understands a query: what it looks for, with synonyms, with other spellings of words
    /// that are not found, and compounds that are not found in parts.
    pub fn interpret(&self, query: &Query, synonyms: &Synonyms) -> Result<Interpretation, Error> {
        let mut asked = Interpretation::new(query, synonyms);
        let searcher = self.reader.searcher();
        correct(&mut asked, synonyms, &self.fields, &searcher)?;
        query::divide(&mut asked, &self.fields, &searcher)?;
        Ok(asked)
    }

    /// Understands a text for finding what is like it: as [`interpret`](Index::interpret), but in a large index only its
    /// rarest pieces are looked for, so that few more than `most` threads are compared.
    pub fn interpret_alike(
        &self,
        text: &Query,
        synonyms: &Synonyms,
        most: u64,
    ) -> Result<Interpretation, Error> {
        let mut asked = self.interpret(text, synonyms)?;
        query::narrow(&mut asked, most, &self.fields, &self.reader.searcher())?;
        Ok(asked)
    }

    /// Answers a request. What has nothing to search for (only punctuation) finds nothing; what asks for nothing
    /// finds everything.
    pub fn search(&self, request: &Request) -> Result<Answer, Error> {
        let asked = &request.asked;
        let ranked = !asked.terms.is_empty() || (!asked.blank && asked.excluded.is_empty());
        if !ranked {
            return self.gather(request, None);
        }
        let answer = self.gather(request, Some(Reach::Pieces))?;
        if answer.total >= FEW || asked.narrowed {
            return Ok(answer);
        }
        self.gather(request, Some(Reach::Tokens))
    }

    /// The best threads the plain way, which search here must not fall behind: any pair of characters finds, and
    /// those with every term as a phrase come first.
    pub(crate) fn search_plainly(&self, query: &Query, limit: usize) -> Result<Vec<u128>, Error> {
        let asked = Interpretation::new(query, &Synonyms::none());
        let gather = Gather {
            accepted: Default::default(),
            keep: limit,
            scoring: Some(Vec::new()),
            now: None,
        };
        let query = query::plain(&self.fields, &asked);
        let gathered = self.reader.searcher().search(query.as_ref(), &gather)?;
        Ok(gathered.best.iter().map(|hit| hit.id).collect())
    }

    /// Threads whose title or names have the words of a text that is still being typed, titles first, then the newest.
    pub fn suggest(&self, text: &str, limit: usize) -> Result<Vec<u128>, Error> {
        let Some(query) = query::suggesting(&self.fields, text) else {
            return Ok(Vec::new());
        };
        let gather = Gather {
            accepted: Default::default(),
            keep: limit.min(MAX_WINDOW),
            scoring: Some(Vec::new()),
            now: None,
        };
        let gathered = self.reader.searcher().search(query.as_ref(), &gather)?;
        Ok(gathered.best.iter().map(|hit| hit.id).collect())
    }

    /// Tags and tools that begin with a text, as [`fold_key`](crate::fold_key) writes them, most frequent first. Some
    /// may be of threads that are gone.
    pub fn names_beginning(&self, text: &str, limit: usize) -> Result<Vec<String>, Error> {
        let key = crate::fold_key(text);
        let mut found: BTreeMap<String, u64> = BTreeMap::new();
        if key.is_empty() {
            return Ok(Vec::new());
        }
        for segment in self.reader.searcher().segment_readers() {
            let index = segment.inverted_index(self.fields.name)?;
            let mut names = index.terms().range().ge(&key).into_stream()?;
            let mut read = 0;
            while let Some((name, info)) = names.next() {
                let Ok(name) = std::str::from_utf8(name) else {
                    break;
                };
                if read >= MAX_NAMES || !name.starts_with(&key) {
                    break;
                }
                *found.entry(name.to_owned()).or_default() += u64::from(info.doc_freq);
                read += 1;
            }
        }
        let mut found: Vec<(String, u64)> = found.into_iter().collect();
        found.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        Ok(found
            .into_iter()
            .take(limit)
            .map(|(name, _)| name)
            .collect())
    }

    fn gather(&self, request: &Request, reach: Option<Reach>) -> Result<Answer, Error> {
        let searcher = self.reader.searcher();
        let asked = &request.asked;
        let found = reach.map(|reach| finding(&self.fields, asked, reach));
        let query = filters(&self.fields, asked, &request.filters, found);
        let by_score = reach.is_some() && request.sort == Sort::Relevance;
        let scoring = if by_score {
            let scoring = EnableScoring::enabled_from_searcher(&searcher);
            let queries = query::scoring(&self.fields, asked);
            let weights = queries.iter().map(|query| query.weight(scoring));
            Some(weights.collect::<tantivy::Result<Vec<_>>>()?)
        } else {
            None
        };
        let window = request.offset.saturating_add(request.limit).min(MAX_WINDOW);
        let accepted = &request.filters;
        let gather = Gather {
            accepted: [
                accepted.kinds.clone(),
                accepted.policies.clone(),
                accepted.school_types.clone(),
                accepted.subjects.clone(),
                accepted
                    .solved
                    .map(|solved| solved_value(solved).to_owned())
                    .into_iter()
                    .collect(),
            ],
            keep: if request.limit == 0 { 0 } else { window },
            scoring,
            now: request.now,
        };
        let gathered = searcher.search(query.as_ref(), &gather)?;
        Ok(answer(gathered, request.offset))
    }

    /// The number of threads that can be found.
    pub fn document_count(&self) -> u64 {
        self.reader.searcher().num_docs()
    }

    fn lock(&self) -> MutexGuard<'_, Option<IndexWriter>> {
        // A writer that panicked has not committed; `apply` rolls back what it left.
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Index {
    fn drop(&mut self) {
        if let Some(writer) = self.lock().take() {
            // A merge that fails leaves the segments as they were; there is nobody left to tell.
            drop(writer.wait_merging_threads());
        }
    }
}

fn commit(
    writer: &mut IndexWriter,
    fields: &Fields,
    changes: &[Change],
    payload: &str,
) -> Result<(), TantivyError> {
    for change in changes {
        let id = match change {
            Change::Put(thread) => thread.id,
            Change::Remove(id) => *id,
        };
        writer.delete_term(Term::from_field_bytes(fields.id, &id.to_be_bytes()));
        if let Change::Put(thread) = change {
            writer.add_document(fields.document(thread))?;
        }
    }
    let mut prepared = writer.prepare_commit()?;
    prepared.set_payload(payload);
    prepared.commit()?;
    Ok(())
}

fn answer(gathered: Gathered, offset: usize) -> Answer {
    let [kind, policy, school_type, subject, solved] = gathered.counts.map(|counts| {
        let mut counts: Vec<(String, u64)> = counts.into_iter().collect();
        counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        counts
    });
    let hits = gathered.best.iter().skip(offset).map(|hit| Hit {
        id: hit.id,
        score: hit.rank + hit.score,
        rank: hit.rank,
    });
    Answer {
        total: gathered.total,
        hits: hits.collect(),
        facets: Facets {
            kind,
            policy,
            school_type,
            subject,
            solved,
        },
    }
}

/// Compares all files with their checksums, as the only writer: another one would replace files meanwhile. The
/// pages read are given back before anything stays open.
fn check(engine: &tantivy::Index) -> Result<(), Error> {
    let lock = engine.directory().acquire_lock(&INDEX_WRITER_LOCK);
    let _lock = lock.map_err(|error| refused(TantivyError::LockFailure(error, None)))?;
    let damaged = engine.validate_checksum().map_err(refused)?;
    match damaged.iter().next() {
        None => Ok(()),
        Some(file) => Err(Error::Unusable(format!(
            "{} files damaged, among them {}",
            damaged.len(),
            file.display()
        ))),
    }
}

/// Why an existing index did not open: only a busy lock and a folder that may not be touched are no fault of
/// its files.
fn refused(error: TantivyError) -> Error {
    match error {
        TantivyError::LockFailure(LockError::LockBusy, _) => Error::InUse,
        TantivyError::LockFailure(LockError::IoError(io), _)
        | TantivyError::IoError(io)
        | TantivyError::OpenReadError(OpenReadError::IoError { io_error: io, .. })
        | TantivyError::OpenDirectoryError(OpenDirectoryError::IoError { io_error: io, .. })
            if is_environment(io.kind()) =>
        {
            Error::Io(io::Error::new(io.kind(), io))
        }
        other => Error::Unusable(other.to_string()),
    }
}

/// The machine, not the index, is at fault.
fn is_environment(kind: io::ErrorKind) -> bool {
    matches!(
        kind,
        io::ErrorKind::PermissionDenied
            | io::ErrorKind::StorageFull
            | io::ErrorKind::ReadOnlyFilesystem
            | io::ErrorKind::OutOfMemory
            | io::ErrorKind::Interrupted
    )
}
