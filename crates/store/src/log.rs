//! SQLite's write-ahead log as a file of one size.
//!
//! A commit waits until the disk has what it appended to the log. Where the file grows with it, the file system has to
//! write down the new blocks too, and that is often a second wait. So the log is grown once and then
//! written over and over: SQLite begins again at its front whenever everything in it has gone into the database. What
//! follows the last commit in it is zeros or older commits; neither bears the salt and the checksum that the next one
//! must have, so a log is read up to its last whole commit, as one that ends there.

use crate::error::Result;
use rusqlite::Connection;
use std::fs::OpenOptions;
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Pages in the log from which on a commit brings them into the database.
const PAGES: u32 = 256;
/// Of SQLite, in bytes: a page, what stands before each in the log, what stands before all.
const PAGE: u64 = 4096;
const FRAME: u64 = 24;
const HEADER: u64 = 32;
/// The commit that makes it full goes over its end.
const ROOM: u64 = 64;

/// In bytes.
const SIZE: u64 = HEADER + (PAGES as u64 + ROOM) * (FRAME + PAGE);

/// Where SQLite keeps the log of a database.
pub(crate) fn path(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}

/// Sees to it that the log of an open database in WAL mode is begun anew once it has its size, and never cut.
pub(crate) fn settle(connection: &Connection) -> Result<()> {
    connection.pragma_update(None, "wal_autocheckpoint", PAGES)?;
    Ok(connection.pragma_update(None, "journal_size_limit", -1)?)
}

/// Grows a log that nobody is writing to: with zeros rather than a hole, whose blocks would be found at each commit. The
/// next commit has them on disk too.
pub(crate) fn grow(path: &Path) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).open(path)?;
    let length = file.seek(SeekFrom::End(0))?;
    let zeros = vec![0; usize::try_from(SIZE.saturating_sub(length)).unwrap_or(0)];
    file.write_all(&zeros)
}
