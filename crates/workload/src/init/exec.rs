//! Running a program in an instance that is already up.
//!
//! This process stays outside as a relay. Its child enters: control groups first, then the namespaces of pid 1, then
//! the same confinement, and only then the program is executed. While it still has rights it is undumpable, so that
//! nothing inside can look into it.

use super::{close_all_but, environment, relay};
use crate::{
    Error, Spec, confinement,
    error::During,
    state::{self, State},
};
use nix::{
    fcntl::OFlag,
    sched::{CloneFlags, setns},
    sys::{prctl, signal::Signal, stat::Mode},
    unistd::{ForkResult, dup2_stderr, dup2_stdin, dup2_stdout, fork, pipe2, setsid},
};
use std::{
    fs::File,
    io::{self, Write},
    os::fd::OwnedFd,
    path::Path,
    process,
};

const NOT_EXECUTABLE: i32 = 126;
const NOT_FOUND: i32 = 127;

/// Runs `argv` in the instance of `dir` and returns its exit code.
pub(super) fn run(dir: &Path, argv: &[String]) -> Result<i32, Error> {
    let not_running = |name: &str| Error::NotRunning { name: name.into(), status: "it is not up".into() };
    let (Some(spec), Some(state)) = (state::read_spec(dir)?, state::read_state(dir)?) else {
        return Err(not_running(&dir.display().to_string()));
    };
    let init = state.init.open().during(|| "look for pid 1".into())?.ok_or_else(|| not_running(&spec.name))?;
    prctl::set_dumpable(false).during(|| "set this process undumpable".into())?;
    let pipe = || pipe2(OFlag::O_CLOEXEC).during(|| "make a pipe".into());
    let ((stdin, input), (output, stdout), (errors, stderr)) = (pipe()?, pipe()?, pipe()?);
    let (failure, told) = pipe()?;
    // A pid namespace is entered by the children that come after.
    setns(&init, CloneFlags::CLONE_NEWPID).during(|| "enter the pid namespace".into())?;
    // SAFETY: this process has one thread.
    match unsafe { fork() }.during(|| "start a process in the instance".into())? {
        ForkResult::Child => {
            drop((input, output, errors, failure));
            let streams = Inside { stdin, stdout, stderr };
            // No return: what the frames above own is closed by number in there, and must not be closed again.
            process::exit(enter(&spec, &state, &init, streams, argv, File::from(told)))
        }
        ForkResult::Parent { child } => {
            drop((stdin, stdout, stderr, told));
            relay::run(child, input, output, errors, failure)
        }
    }
}

/// Ends of pipes that the program gets.
struct Inside {
    stdin: OwnedFd,
    stdout: OwnedFd,
    stderr: OwnedFd,
}

/// Becomes the program; returns an exit code if that fails.
fn enter(
    spec: &Spec,
    state: &State,
    init: &impl std::os::fd::AsFd,
    streams: Inside,
    argv: &[String],
    mut told: File,
) -> i32 {
    if let Err(error) = take_place(state, init, streams, &told) {
        let _ = told.write_all(error.to_string().as_bytes());
        return super::NOT_ENTERED;
    }
    // Shows that the relay lived when its death began to count; otherwise the program must not start.
    if told.write_all(relay::ENTERED).is_err() {
        return super::NOT_ENTERED;
    }
    let Err(error) = environment::execute(argv, &environment::of(spec));
    let program = argv.first().map(String::as_str).unwrap_or_default();
    let _ = writeln!(io::stderr(), "croft: {program}: {error}");
    match error.kind() {
        io::ErrorKind::NotFound => NOT_FOUND,
        _ => NOT_EXECUTABLE,
    }
}

fn take_place(state: &State, init: &impl std::os::fd::AsFd, streams: Inside, told: &File) -> Result<(), Error> {
    state.group.enter()?;
    let all = CloneFlags::CLONE_NEWNET
        | CloneFlags::CLONE_NEWUTS
        | CloneFlags::CLONE_NEWIPC
        | CloneFlags::CLONE_NEWCGROUP
        | CloneFlags::CLONE_NEWNS;
    setns(init, all).during(|| "enter the instance".into())?;
    std::env::set_current_dir("/").during(|| "enter the instance's root".into())?;
    nix::sys::stat::umask(Mode::from_bits_truncate(0o022));
    setsid().during(|| "lead a session".into())?;
    dup2_stdin(&streams.stdin)
        .and_then(|()| dup2_stdout(&streams.stdout))
        .and_then(|()| dup2_stderr(&streams.stderr))
        .during(|| "set up standard streams".into())?;
    drop(streams);
    close_all_but(told).during(|| "close inherited files".into())?;
    confinement::confine()?;
    confinement::default_signals()?;
    prctl::set_pdeathsig(Signal::SIGKILL).during(|| "end with the relay".into())
}
