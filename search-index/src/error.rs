//! What can go wrong with an index. A query is never an error; these are faults of the disk, of a second
//! process, or of an index that this version cannot read.

use std::io;

use tantivy::TantivyError;

/// A fault of the index itself.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The index in the folder is damaged, unfinished or of another format: build a new one beside it.
    #[error("the index cannot be used: {0}")]
    Unusable(String),
    /// Another [`Index`](crate::Index), here or in another process, writes to the same folder.
    #[error("the index is in use by another writer")]
    InUse,
    /// The folder could not be read or written.
    #[error("the index folder cannot be accessed")]
    Io(#[from] io::Error),
    /// The engine reported a fault while working on an index that had opened well.
    #[error(transparent)]
    Engine(#[from] TantivyError),
}
