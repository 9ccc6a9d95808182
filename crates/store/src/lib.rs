//! Where the cloud lives between two runs: a SQLite database in a directory of its own.
//!
//! [`Store::commit`] writes the resources that a command changed and a numbered record of it in one transaction, before
//! the command is answered. A process that is killed at any moment leaves every answered command and no half of
//! another; so does a loss of power with [`Durability::Full`].
#![forbid(unsafe_code)]

mod directory;
mod error;
mod log;
mod schema;

pub use error::{Error, Result};

use croft_control::{Change, Cloud, Kind, Resource};
use croft_model::Scope;
use directory::Directory;
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// What a commit waits for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// The disk has it: a loss of power takes nothing that was answered.
    #[default]
    Full,
    /// The operating system has it: a killed process loses nothing, a loss of power the last moments, but never the
    /// order of what is left.
    Normal,
}

/// How many change records are kept. They serve whoever wants to know what happened lately; the cloud itself is in
/// the resources.
pub const CHANGES_KEPT: u64 = 10_000;

/// A resource that a commit wrote or deleted. Its content is not kept twice: it is in the cloud.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Touched {
    pub kind: Kind,
    pub id: String,
    pub deleted: bool,
}

impl Touched {
    fn by(change: &Change) -> Touched {
        match change {
            Change::Put(resource) => Touched { kind: resource.kind(), id: resource.id(), deleted: false },
            Change::Delete(kind, id) => Touched { kind: *kind, id: id.clone(), deleted: true },
        }
    }
}

/// An open store. There is one for a directory at a time.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    version: u64,
    /// The log, until it has been grown.
    log: Option<PathBuf>,
    /// Held until the store is dropped or the process ends.
    _directory: Directory,
}

impl Store {
    /// Opens the store in `directory`, which is made if it does not exist, and reads the cloud. A new store holds an
    /// empty one.
    ///
    /// Refused if another process has it open, if it was written by a newer Croft, or if it cannot be read whole.
    pub fn open(directory: &Path, durability: Durability) -> Result<(Store, Cloud)> {
        let directory = Directory::take(directory)?;
        let file = directory.database()?;
        let mut connection = Connection::open(&file)?;
        schema::prepare(&mut connection, &file, durability)?;
        log::settle(&connection)?;
        // Where no commit waits for the disk there is nothing to gain.
        let log = (durability == Durability::Full).then(|| log::path(&file));
        let mut store = Store { connection, version: 0, log, _directory: directory };
        let mut cloud = Cloud::default();
        if store.is_empty()? {
            let new = Cloud::new(Scope::default());
            store.write(0, &cloud.changes_to(&new))?;
            return Ok((store, new));
        }
        store.version = store.last_version()?;
        cloud.replay(store.version, store.resources()?);
        Ok((store, cloud))
    }

    /// Makes a command's changes durable. Versions follow each other without a gap; a command that changed nothing
    /// keeps the version and needs no commit.
    pub fn commit(&mut self, version: u64, changes: &[Change]) -> Result<()> {
        if changes.is_empty() && version == self.version {
            return Ok(());
        }
        if version != self.version + 1 {
            return Err(Error::OutOfOrder { expected: self.version + 1, found: version });
        }
        self.write(version, changes)?;
        // After the first commit, not at the opening: a start waits for nothing. This one is kept whatever comes of it;
        // where there is no room the log grows by itself as far as it can, and the commit that does not fit says so.
        if let Some(log) = self.log.take() {
            let _ = log::grow(&log);
        }
        Ok(())
    }

    /// The version of the last commit.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// What one commit touched, if it is not too long ago.
    pub fn touched(&self, version: u64) -> Result<Option<Vec<Touched>>> {
        let mut select = self.connection.prepare_cached("SELECT body FROM change WHERE version = ?1")?;
        let mut rows = select.query(params![stored(version)])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let body: String = row.get(0)?;
        let unreadable = |source| Error::Unreadable { kind: "change".into(), id: version.to_string(), source };
        serde_json::from_str(&body).map(Some).map_err(unreadable)
    }

    fn write(&mut self, version: u64, changes: &[Change]) -> Result<()> {
        let transaction = self.connection.transaction()?;
        {
            let mut put = transaction.prepare_cached("INSERT OR REPLACE INTO resource VALUES (?1, ?2, ?3, ?4)")?;
            let mut delete = transaction.prepare_cached("DELETE FROM resource WHERE kind = ?1 AND id = ?2")?;
            for change in changes {
                match change {
                    Change::Put(resource) => {
                        let (kind, id) = (resource.kind().as_str(), resource.id());
                        let unwritable = |source| Error::Unreadable { kind: kind.into(), id: id.clone(), source };
                        let body = resource.to_json().map_err(unwritable)?;
                        put.execute(params![kind, id, stored(version), body])?;
                    }
                    Change::Delete(kind, id) => {
                        delete.execute(params![kind.as_str(), id])?;
                    }
                }
            }
            let unwritable = |source| Error::Unreadable { kind: "change".into(), id: version.to_string(), source };
            let touched: Vec<_> = changes.iter().map(Touched::by).collect();
            let body = serde_json::to_string(&touched).map_err(unwritable)?;
            let mut record = transaction.prepare_cached("INSERT INTO change VALUES (?1, ?2)")?;
            record.execute(params![stored(version), body])?;
            let mut forget = transaction.prepare_cached("DELETE FROM change WHERE version <= ?1")?;
            if let Some(old) = version.checked_sub(CHANGES_KEPT) {
                forget.execute(params![stored(old)])?;
            }
        }
        transaction.commit()?;
        self.version = version;
        Ok(())
    }

    fn is_empty(&self) -> Result<bool> {
        let none = "SELECT NOT EXISTS (SELECT 1 FROM change)";
        Ok(self.connection.query_row(none, [], |row| row.get(0))?)
    }

    fn last_version(&self) -> Result<u64> {
        let version: i64 = self.connection.query_row("SELECT max(version) FROM change", [], |row| row.get(0))?;
        Ok(version.cast_unsigned())
    }

    fn resources(&self) -> Result<Vec<Change>> {
        let mut select = self.connection.prepare("SELECT kind, id, body FROM resource")?;
        let mut rows = select.query([])?;
        let mut resources = Vec::new();
        while let Some(row) = rows.next()? {
            let (kind, id, body): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let known = Kind::ALL.iter().find(|k| k.as_str() == kind);
            let Some(known) = known else { return Err(Error::UnknownKind { kind, id }) };
            let resource = Resource::from_json(*known, &body);
            resources.push(Change::Put(resource.map_err(|source| Error::Unreadable { kind, id, source })?));
        }
        Ok(resources)
    }
}

/// SQLite's integers are signed.
fn stored(version: u64) -> i64 {
    version.cast_signed()
}
