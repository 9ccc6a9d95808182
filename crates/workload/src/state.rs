//! The files by which an instance is found again: description, state, exit record.

use crate::{AppliedLimits, Error, Spec, cgroup::Group, directory::Files, error::During, process::ProcessIdentity};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{
    fmt, fs,
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

/// Where an instance is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// Its pid 1 lives.
    Running,
    /// It ended by itself or was stopped; the code of its pid 1, 0 after an orderly shutdown.
    Exited { code: i32 },
    /// Its pid 1 was ended by this signal.
    Killed { signal: i32 },
    /// It is gone without a record: its supervisor was killed, or the machine was started anew.
    Lost,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Running => f.write_str("running"),
            Self::Exited { code } => write!(f, "exited with code {code}"),
            Self::Killed { signal } => write!(f, "ended by signal {signal}"),
            Self::Lost => f.write_str("lost without an exit record"),
        }
    }
}

/// What the supervisor writes once the instance is up.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct State {
    pub(crate) supervisor: ProcessIdentity,
    /// The instance's pid 1, by its number outside.
    pub(crate) init: ProcessIdentity,
    pub(crate) group: Group,
    pub(crate) limits: AppliedLimits,
}

pub(crate) fn write_spec(spec: &Spec) -> Result<(), Error> {
    write(&Files(&spec.dir).spec(), spec)
}

pub(crate) fn read_spec(dir: &Path) -> Result<Option<Spec>, Error> {
    read(&Files(dir).spec(), "a workload's description")
}

pub(crate) fn write_state(dir: &Path, state: &State) -> Result<(), Error> {
    write(&Files(dir).state(), state)
}

pub(crate) fn read_state(dir: &Path) -> Result<Option<State>, Error> {
    read(&Files(dir).state(), "a workload's state")
}

pub(crate) fn write_exit(dir: &Path, status: Status) -> Result<(), Error> {
    write(&Files(dir).exit(), &status)
}

pub(crate) fn read_exit(dir: &Path) -> Result<Option<Status>, Error> {
    read(&Files(dir).exit(), "an exit record")
}

/// Replaces the file as a whole: a reader sees the old one or the new one.
fn write(path: &Path, value: &impl Serialize) -> Result<(), Error> {
    let temporary = path.with_extension("new");
    let text = serde_json::to_vec_pretty(value).map_err(io::Error::from);
    text.and_then(|text| {
        let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
        file.write_all(&text)?;
        file.sync_all()?;
        fs::rename(&temporary, path)
    })
    .during(|| format!("write {}", path.display()))
}

fn read<T: DeserializeOwned>(path: &Path, what: &'static str) -> Result<Option<T>, Error> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).during(|| format!("read {}", path.display())),
    };
    serde_json::from_slice(&text).map(Some).map_err(|error| Error::Corrupt {
        path: path.into(),
        what,
        reason: error.to_string(),
    })
}
