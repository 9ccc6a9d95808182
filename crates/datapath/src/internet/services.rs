//! The process that serves the internet: started inside its namespace, found again by the next owner, ended with the
//! fabric.

use std::{
    fs::{self, File},
    os::unix::{fs::MetadataExt, process::CommandExt},
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use nix::{
    sched::{CloneFlags, setns},
    sys::{
        signal::{Signal, kill},
        wait::{WaitPidFlag, waitpid},
    },
    unistd::Pid,
};

use crate::{FabricError, error::Doing, process::ProcessId, run_dir::RunDir};

/// What the process does. One of another version gives way to this one's.
const VERSION: &str = "2";

/// How long it may take to die.
const GRACE: Duration = Duration::from_secs(2);

/// Starts `command` in the internet's namespace unless the one started before is alive. It has a process group of its
/// own and no connection to this process, so it outlives it.
pub(crate) fn ensure(dir: &RunDir, command: &[String]) -> Result<(), FabricError> {
    let Some((program, arguments)) = command.split_first() else { return Ok(()) };
    if read(&dir.services()).is_some_and(|(id, current)| current && id.is_alive()) {
        return Ok(());
    }
    // One that has ended or is of another version, or whose start nobody lived to write down.
    stop(dir)?;
    let path = dir.internet_namespace();
    let namespace = File::open(&path).doing(|| format!("open the namespace {}", path.display()))?;
    let log_path = dir.services_log();
    let log = File::create(&log_path).doing(|| format!("create {}", log_path.display()))?;
    let error_log = log.try_clone().doing(|| format!("open {}", log_path.display()))?;
    let mut child = Command::new(program);
    child
        .args(arguments)
        .arg(dir.root())
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(log)
        .stderr(error_log)
        .process_group(0);
    // SAFETY: between fork and exec only setns is called, which allocates nothing and takes no lock.
    unsafe {
        child.pre_exec(move || setns(&namespace, CloneFlags::CLONE_NEWNET).map_err(Into::into));
    }
    let child = child.spawn().doing(|| format!("start the internet's services ({program})"))?;
    let id = ProcessId::of(child.id() as i32).ok_or(FabricError::Services(log_path))?;
    let path = dir.services();
    let new = path.with_extension("new");
    fs::write(&new, format!("{}{VERSION}\n", id.to_text()))
        .and_then(|()| fs::rename(&new, &path))
        .doing(|| format!("write {}", path.display()))
}

/// Ends the services' process: by the pid and start time that were written down, and should they not have been, by the
/// namespace, which is Croft's own.
pub(crate) fn stop(dir: &RunDir) -> Result<(), FabricError> {
    let path = dir.services();
    let mut ids = inside(&dir.internet_namespace());
    ids.extend(read(&path).map(|(id, _)| id));
    for id in ids {
        end(id)?;
    }
    let _ = fs::remove_file(&path);
    Ok(())
}

fn end(id: ProcessId) -> Result<(), FabricError> {
    let pid = Pid::from_raw(id.pid);
    let doing = || format!("end the internet's services (pid {pid})");
    let started = Instant::now();
    while id.is_alive() {
        match kill(pid, Signal::SIGKILL) {
            Ok(()) | Err(nix::Error::ESRCH) => {}
            Err(e) => return Err(e).doing(doing),
        }
        if started.elapsed() > GRACE {
            return Err(std::io::Error::from(std::io::ErrorKind::TimedOut)).doing(doing);
        }
        thread::sleep(Duration::from_millis(2));
    }
    // If it is a child of this process, it must not stay a zombie.
    let _ = waitpid(pid, Some(WaitPidFlag::WNOHANG));
    Ok(())
}

/// The processes in a namespace.
fn inside(namespace: &Path) -> Vec<ProcessId> {
    let Ok(namespace) = fs::metadata(namespace) else { return Vec::new() };
    let in_it = |pid: i32| {
        let net = fs::metadata(format!("/proc/{pid}/ns/net")).ok()?;
        ((net.dev(), net.ino()) == (namespace.dev(), namespace.ino())).then(|| ProcessId::of(pid))?
    };
    let pids = fs::read_dir("/proc").into_iter().flatten().flatten();
    pids.filter_map(|e| in_it(e.file_name().to_str()?.parse().ok()?)).collect()
}

/// The process that was written down, and whether it is of this version.
fn read(path: &Path) -> Option<(ProcessId, bool)> {
    let text = fs::read_to_string(path).ok()?;
    Some((ProcessId::from_text(&text)?, text.lines().nth(1) == Some(VERSION)))
}
