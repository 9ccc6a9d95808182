//! The log of an instance: all its output, at most twice 16 MiB of it.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::PathBuf,
};

/// Bytes after which the log is moved aside; the one moved aside before is dropped then.
const ROTATE_AT: u64 = 16 << 20;

pub(super) struct Log {
    path: PathBuf,
    rotate_at: u64,
    file: Option<File>,
    length: u64,
    /// Bytes that could not be written since the last that could.
    lost: u64,
}

impl Log {
    /// Appends to what is there.
    pub(super) fn open(path: PathBuf) -> Self {
        Self { path, rotate_at: ROTATE_AT, file: None, length: 0, lost: 0 }
    }

    /// Writes `bytes`. A full disk of the machine must not stop the instance, so what cannot be written is counted,
    /// and the count written once there is room.
    pub(super) fn write(&mut self, bytes: &[u8]) {
        if self.try_write(bytes).is_err() {
            self.lost += bytes.len() as u64;
            self.file = None;
        }
    }

    fn try_write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.length >= self.rotate_at {
            self.file = None;
            fs::rename(&self.path, self.path.with_extension("1"))?;
        }
        let file = match &mut self.file {
            Some(file) => file,
            empty => {
                let file = OpenOptions::new().append(true).create(true).mode(0o600).open(&self.path)?;
                self.length = file.metadata()?.len();
                empty.insert(file)
            }
        };
        if self.lost > 0 {
            writeln!(file, "\n[{} bytes could not be written here]", self.lost)?;
            self.lost = 0;
        }
        file.write_all(bytes)?;
        self.length += bytes.len() as u64;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_keeps_the_newest_and_is_bounded() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        let mut log = Log { rotate_at: 10, ..Log::open(path.clone()) };
        for line in ["first line\n", "second line\n", "third\n", "4\n"] {
            log.write(line.as_bytes());
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), "third\n4\n");
        assert_eq!(fs::read_to_string(dir.path().join("log.1")).unwrap(), "second line\n");
    }

    #[test]
    fn what_could_not_be_written_is_counted() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("absent/log");
        let mut log = Log::open(path.clone());
        log.write(b"gone");
        fs::create_dir(dir.path().join("absent")).unwrap();
        log.write(b"kept");
        assert_eq!(fs::read_to_string(path).unwrap(), "\n[4 bytes could not be written here]\nkept");
    }
}
