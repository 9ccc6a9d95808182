//! What can go wrong with a store, and what to do about it.

use std::path::PathBuf;

pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the state in {directory} is in use by {holder}; stop it, or choose another directory", directory = .directory.display())]
    InUse {
        directory: PathBuf,
        /// Such as `process 4711`.
        holder: String,
    },
    #[error("the state in {file} has schema {found}, this Croft reads up to {known}; use the newer Croft that wrote it", file = .file.display())]
    NewerSchema { file: PathBuf, found: i64, known: i64 },
    #[error("{file} is no Croft state; move it away, or choose another directory", file = .file.display())]
    Foreign { file: PathBuf },
    #[error("{what} {path}: {source}", path = .path.display())]
    Io {
        /// Such as `cannot make the directory`.
        what: &'static str,
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("the state holds {kind} {id}, which this Croft does not know; use the newer Croft that wrote it")]
    UnknownKind { kind: String, id: String },
    #[error("{kind} {id} cannot be read from or written to the state: {source}; restore the directory from a copy")]
    Unreadable { kind: String, id: String, source: serde_json::Error },
    #[error("commit {found} does not follow the last one: {expected} was expected; a second writer is at work")]
    OutOfOrder { expected: u64, found: u64 },
    #[error("the database refused: {0}; check the disk and its space")]
    Database(#[from] rusqlite::Error),
}
