//! The daemon that a command speaks to: found, or started.

use crate::failure::Failure;
use crate::privilege;
use croft_daemon::client::Client;
use croft_daemon::error::Error;
use croft_daemon::state_dir;
use std::fs::OpenOptions;
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A first start loads and verifies the programs; a slow machine may take its time.
const PATIENCE: Duration = Duration::from_secs(60);

/// The daemon of the directory. Where the user may not speak to it, asks for root.
pub fn connect(state: &Path) -> Result<Client, Failure> {
    match Client::connect(state) {
        Ok(client) => Ok(client),
        Err(Error::Io { source, .. }) if source.kind() == std::io::ErrorKind::PermissionDenied => {
            privilege::require_root("speaking to a daemon of another user", state)?;
            Ok(Client::connect(state)?)
        }
        Err(error) => Err(error.into()),
    }
}

/// The daemon of the directory; starts one when none runs, and says so.
pub fn connect_or_start(state: &Path) -> Result<Client, Failure> {
    match connect(state) {
        Ok(client) => return Ok(client),
        Err(failure) => match Client::connect(state) {
            Err(Error::NoDaemon { .. }) => {}
            Err(Error::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {}
            _ => return Err(failure),
        },
    }
    privilege::require_root("starting a daemon", state)?;
    start(state)
}

fn start(state: &Path) -> Result<Client, Failure> {
    state_dir::make(state)?;
    let path = state.join(state_dir::LOG);
    let mut log = OpenOptions::new()
        .create(true)
        .append(true)
        .read(true)
        .mode(0o600)
        .custom_flags(libc::O_NOFOLLOW)
        .open(&path)
        .map_err(|e| Failure::new(format!("{}: {e}", path.display())))?;
    let before = log.seek(SeekFrom::End(0))?;
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("--state").arg(state).args(["serve", "--listen", "none"]);
    command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log.try_clone()?);
    // SAFETY: only an async-signal-safe call between fork and exec. The daemon outlives the terminal of this command.
    unsafe {
        command.pre_exec(|| {
            nix::unistd::setsid()?;
            Ok(())
        });
    }
    let mut child = command.spawn()?;
    eprintln!("croft: started a daemon (process {}) for {}", child.id(), state.display());
    let began = Instant::now();
    loop {
        if let Ok(client) = Client::connect(state) {
            return Ok(client);
        }
        if let Some(status) = child.try_wait()? {
            let mut said = String::new();
            log.seek(SeekFrom::Start(before))?;
            log.read_to_string(&mut said)?;
            return Err(Failure::new(format!("the daemon ended ({status}):\n{}", said.trim())));
        }
        if began.elapsed() > PATIENCE {
            return Err(Failure::new(format!("the daemon does not answer; {} says why", path.display())));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}
