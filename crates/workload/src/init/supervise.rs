//! The supervisor: brings an instance up, keeps its log, records its end, clears up.

use super::{Answer, log::Log, machine};
use crate::{
    AppliedLimits, Error, Spec, Status,
    cgroup::{Group, Hierarchies},
    directory::Files,
    error::During,
    process::ProcessIdentity,
    root,
    state::{self, State},
};
use nix::{
    fcntl::{Flock, FlockArg, OFlag},
    sched::{CloneFlags, unshare},
    sys::{
        signal::{Signal, kill},
        wait::{WaitStatus, waitpid},
    },
    unistd::{ForkResult, Pid, dup2_stderr, dup2_stdin, dup2_stdout, fork, getpid, pipe2, setsid},
};
use std::{
    fs::{self, File},
    io::{self, Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
    process, thread,
    time::{Duration, Instant},
};

/// Starts a supervisor that is nobody's child, and waits for its answer, which goes to standard output.
pub(super) fn start() -> Result<i32, Error> {
    let spec: Spec = serde_json::from_reader(io::stdin())
        .map_err(io::Error::from)
        .during(|| "read the workload's description".into())?;
    let (answer, told) = pipe2(OFlag::O_CLOEXEC).during(|| "make a pipe".into())?;
    // SAFETY: this process has one thread.
    match unsafe { fork() }.during(|| "start the supervisor".into())? {
        ForkResult::Child => {
            drop(answer);
            process::exit(supervise(&spec, File::from(told)))
        }
        ForkResult::Parent { .. } => {
            drop(told);
            let mut text = Vec::new();
            File::from(answer)
                .read_to_end(&mut text)
                .and_then(|_| io::stdout().write_all(&text))
                .during(|| "pass on the supervisor's answer".into())?;
            Ok(0)
        }
    }
}

/// The supervisor's life. Returns its exit code, which nobody reads: the exit record is what counts.
fn supervise(spec: &Spec, told: File) -> i32 {
    let dir = spec.dir.as_path();
    let tell = |answer: Answer| {
        let text = serde_json::to_vec(&answer).unwrap_or_default();
        // The starter may be gone; the instance runs all the same.
        let _ = (&told).write_all(&text);
    };
    let lock = match lock(dir) {
        Ok(Some(lock)) => lock,
        Ok(None) => {
            tell(Answer::AlreadyRunning);
            return 1;
        }
        Err(error) => {
            tell(failed(error));
            return 1;
        }
    };
    let up = match bring_up(dir, spec) {
        Ok(up) => up,
        Err(error) => {
            tell(failed(error));
            return 1;
        }
    };
    tell(Answer::Up);
    drop(told);
    let result = watch(dir, up);
    drop(lock);
    i32::from(result.is_err())
}

/// The starter says by itself whose start it was.
fn failed(error: Error) -> Answer {
    match error {
        Error::NotStarted { reason, .. } => Answer::Failed(reason),
        other => Answer::Failed(other.to_string()),
    }
}

/// An instance that runs: its pid 1, and the only reader of its output.
struct Up {
    init: Pid,
    output: File,
    group: Group,
    log: Log,
}

fn bring_up(dir: &Path, spec: &Spec) -> Result<Up, Error> {
    setsid().during(|| "leave the starter's session".into())?;
    let null = fs::OpenOptions::new().read(true).write(true).open("/dev/null");
    let null = null.during(|| "open /dev/null".into())?;
    dup2_stdin(&null)
        .and_then(|()| dup2_stdout(&null))
        .and_then(|()| dup2_stderr(&null))
        .during(|| "close stdio".into())?;
    clear_remains(dir)?;
    let log = Log::open(Files(dir).log());
    let hierarchies = Hierarchies::detect()?;
    let (group, limits) = Group::create(&hierarchies, &spec.fabric, &spec.name, &spec.limits)?;
    let up = match root::mount_disk(spec).and_then(|()| run(spec, group.clone(), log)) {
        Ok(up) => up,
        Err(error) => return Err(give_up(spec, &group, error)),
    };
    if let Err(error) = record(dir, spec, &up, limits) {
        kill(up.init, Signal::SIGKILL).and_then(|()| waitpid(up.init, None)).during(|| "end pid 1".into())?;
        return Err(give_up(spec, &group, error));
    }
    Ok(up)
}

/// Removes the groups of an instance that did not come up.
fn give_up(spec: &Spec, group: &Group, error: Error) -> Error {
    match group.remove() {
        Ok(()) => error,
        Err(left) => Error::NotStarted { name: spec.name.clone(), reason: format!("{error}; what is more, {left}") },
    }
}

/// Writes down by what the instance is found again.
fn record(dir: &Path, spec: &Spec, up: &Up, limits: AppliedLimits) -> Result<(), Error> {
    let identity = |pid: Pid| ProcessIdentity::of(pid.as_raw()).during(|| format!("look at process {pid}"));
    let (supervisor, init) = (identity(getpid())?, identity(up.init)?);
    state::write_spec(spec)?;
    state::write_state(dir, &State { supervisor, init, group: up.group.clone(), limits })
}

/// How long a predecessor that has recorded its end may take to be gone, on a machine under load.
const LETTING_GO: Duration = Duration::from_secs(30);

/// Held until this process ends, however it ends. A predecessor that has recorded its end may need a moment more.
fn lock(dir: &Path) -> Result<Option<Flock<File>>, Error> {
    let path = Files(dir).lock();
    let action = || format!("lock {}", path.display());
    let began = Instant::now();
    loop {
        let late = began.elapsed() > LETTING_GO;
        let file = fs::OpenOptions::new().append(true).create(true).mode(0o600).open(&path).during(action)?;
        match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
            Ok(lock) => return Ok(Some(lock)),
            Err((_, nix::Error::EWOULDBLOCK)) if !late && state::read_exit(dir)?.is_some() => {
                thread::sleep(Duration::from_millis(20));
            }
            Err((_, nix::Error::EWOULDBLOCK)) => return Ok(None),
            Err((_, error)) => return Err(error).during(action),
        }
    }
}

/// An instance that was lost leaves its groups; every earlier one leaves its exit record.
fn clear_remains(dir: &Path) -> Result<(), Error> {
    if let Some(before) = state::read_state(dir)? {
        before.group.remove()?;
    }
    for path in [Files(dir).state(), Files(dir).exit()] {
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(error).during(|| format!("remove {}", path.display()));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Starts pid 1 and waits until it is confined.
fn run(spec: &Spec, group: Group, log: Log) -> Result<Up, Error> {
    let (output, write_output) = pipe2(OFlag::O_CLOEXEC).during(|| "make a pipe".into())?;
    let (failure, tell_failure) = pipe2(OFlag::O_CLOEXEC).during(|| "make a pipe".into())?;
    let netns = File::open(&spec.netns).during(|| format!("open {}", spec.netns.display()))?;
    unshare(CloneFlags::CLONE_NEWPID).during(|| "make a pid namespace".into())?;
    // SAFETY: this process has one thread.
    let init = match unsafe { fork() }.during(|| "start pid 1".into())? {
        ForkResult::Child => {
            drop((output, failure));
            // No return: what the frames above own is closed by number in there, and must not be closed again.
            process::exit(machine::run(spec, &group, netns, write_output, File::from(tell_failure)))
        }
        ForkResult::Parent { child } => child,
    };
    drop((write_output, tell_failure));
    // Pid 1 closes its end when it is up, and writes to it if it fails before.
    let mut reason = String::new();
    File::from(failure).read_to_string(&mut reason).during(|| "wait for pid 1".into())?;
    if reason != machine::UP {
        let ended = waitpid(init, None).during(|| "reap pid 1".into())?;
        let reason = if reason.is_empty() { format!("pid 1 ended early: {ended:?}") } else { reason };
        return Err(Error::NotStarted { name: spec.name.clone(), reason });
    }
    // Nothing of the starter's may be kept open for the life of the instance, the working directory included.
    std::env::set_current_dir("/").during(|| "leave the working directory".into())?;
    Ok(Up { init, output: File::from(output), group, log })
}

/// Copies output to the log until pid 1 is gone: it holds the pipe to its end, and all the others end with it.
fn watch(dir: &Path, up: Up) -> Result<(), Error> {
    let Up { init, mut output, group, mut log } = up;
    let mut buffer = vec![0; 64 << 10];
    loop {
        match output.read(&mut buffer) {
            Ok(0) => break,
            Ok(length) => log.write(buffer.get(..length).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error).during(|| "read the instance's output".into()),
        }
    }
    let status = match waitpid(init, None).during(|| "reap pid 1".into())? {
        WaitStatus::Signaled(_, signal, _) => Status::Killed { signal: signal as i32 },
        WaitStatus::Exited(_, code) => Status::Exited { code },
        _ => Status::Lost,
    };
    let removed = group.remove();
    state::write_exit(dir, status)?;
    removed
}
