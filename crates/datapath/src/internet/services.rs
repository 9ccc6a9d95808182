//! The process that serves the internet: started inside its namespace, found again by the next owner, ended with the
//! fabric.

use std::{
    fs::{self, File},
    os::unix::process::CommandExt,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use nix::{
    sched::{CloneFlags, setns},
    sys::{
        signal::{Signal, killpg},
        wait::{WaitPidFlag, waitpid},
    },
    unistd::Pid,
};

use crate::{FabricError, error::Doing, process::ProcessId, run_dir::RunDir};

/// How long it may take to die.
const GRACE: Duration = Duration::from_secs(2);

/// Starts `command` in the internet's namespace unless the one started before is alive. It has a process group of its
/// own and no connection to this process, so it outlives it.
pub(crate) fn ensure(dir: &RunDir, command: &[String]) -> Result<(), FabricError> {
    let Some((program, arguments)) = command.split_first() else { return Ok(()) };
    if read(&dir.services()).is_some_and(ProcessId::is_alive) {
        return Ok(());
    }
    let path = dir.internet_namespace();
    let namespace = File::open(&path).doing(|| format!("open the namespace {}", path.display()))?;
    let log_path = dir.services_log();
    let log = File::create(&log_path).doing(|| format!("create {}", log_path.display()))?;
    let error_log = log.try_clone().doing(|| format!("open {}", log_path.display()))?;
    let mut child = Command::new(program);
    child
        .args(arguments)
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
    fs::write(&new, id.to_text()).and_then(|()| fs::rename(&new, &path)).doing(|| format!("write {}", path.display()))
}

/// Ends the services' process and its group, by the pid and start time that were written down.
pub(crate) fn stop(dir: &RunDir) -> Result<(), FabricError> {
    let path = dir.services();
    let Some(id) = read(&path) else { return Ok(()) };
    let started = Instant::now();
    while id.is_alive() {
        match killpg(Pid::from_raw(id.pid), Signal::SIGKILL) {
            Ok(()) | Err(nix::Error::ESRCH) => {}
            Err(e) => return Err(e).doing(|| format!("end the internet's services (pid {})", id.pid)),
        }
        if started.elapsed() > GRACE {
            let error = std::io::Error::from(std::io::ErrorKind::TimedOut);
            return Err(FabricError::System { what: format!("end the internet's services (pid {})", id.pid), error });
        }
        thread::sleep(Duration::from_millis(2));
    }
    // Ours or not: a child of this process must not stay a zombie.
    let _ = waitpid(Pid::from_raw(id.pid), Some(WaitPidFlag::WNOHANG));
    let _ = fs::remove_file(&path);
    Ok(())
}

fn read(path: &Path) -> Option<ProcessId> {
    ProcessId::from_text(&fs::read_to_string(path).ok()?)
}
