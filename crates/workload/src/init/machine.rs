//! Pid 1 of an instance: takes its place, is confined, runs UserData, reaps, shuts down.

use super::{close_all_but, environment};
use crate::{Error, Spec, cgroup::Group, confinement, error::During, root};
use nix::{
    sched::{CloneFlags, setns, unshare},
    sys::{
        prctl,
        signal::{SigSet, SigmaskHow, Signal, kill, sigprocmask},
        stat::{Mode, umask},
        wait::{WaitPidFlag, WaitStatus, waitpid},
    },
    unistd::{ForkResult, Pid, dup2_stderr, dup2_stdin, dup2_stdout, fork, getpid, sethostname, setsid},
};
use std::{
    fs::{self, File, Permissions},
    io::{self, Write},
    os::{fd::OwnedFd, unix::fs::PermissionsExt},
    path::Path,
    process,
};

/// What pid 1 says when it is up.
pub(super) const UP: &str = "up";
/// Where UserData is written, as AWS's images do.
const USER_DATA: &str = "/var/lib/cloud/instance/user-data";

/// Asks for an orderly shutdown, from outside or inside; SIGPWR and SIGINT are what init systems take for it too.
const SHUT_DOWN: [Signal; 3] = [Signal::SIGTERM, Signal::SIGINT, Signal::SIGPWR];

/// The life of pid 1; returns its exit code.
pub(super) fn run(spec: &Spec, group: &Group, netns: File, output: OwnedFd, mut told: File) -> i32 {
    let up = take_place(spec, group, netns, output, &told);
    let answer = up.as_ref().map_or_else(ToString::to_string, |()| UP.to_owned());
    // An answer that nobody reads shows that the supervisor died before its death could end this process.
    if told.write_all(answer.as_bytes()).is_err() || up.is_err() {
        return 1;
    }
    drop(told);
    if let Some(text) = &spec.user_data
        && let Err(error) = run_user_data(text, spec)
    {
        say(&format!("UserData was not run: {error}"));
    }
    match reap() {
        Ok(()) => 0,
        Err(error) => {
            say(&error.to_string());
            1
        }
    }
}

/// Enters every namespace, the control groups and the root, and is confined.
fn take_place(spec: &Spec, group: &Group, netns: File, output: OwnedFd, told: &File) -> Result<(), Error> {
    // A shutdown signals every process that this one can see. They must be the instance's.
    if getpid() != Pid::from_raw(1) {
        let source = io::Error::other(format!("this is process {} of its namespace", getpid()));
        return Err(Error::Step { action: "be pid 1".into(), source });
    }
    prctl::set_dumpable(false).during(|| "set pid 1 undumpable".into())?;
    prctl::set_name(c"init").during(|| "name pid 1".into())?;
    group.enter()?;
    setns(netns, CloneFlags::CLONE_NEWNET).during(|| format!("enter {}", spec.netns.display()))?;
    let own =
        CloneFlags::CLONE_NEWNS | CloneFlags::CLONE_NEWUTS | CloneFlags::CLONE_NEWIPC | CloneFlags::CLONE_NEWCGROUP;
    unshare(own).during(|| "make namespaces".into())?;
    setsid().during(|| "lead a session".into())?;
    sethostname(&spec.hostname).during(|| "set the host name".into())?;
    umask(Mode::from_bits_truncate(0o022));
    root::enter(spec)?;
    let null = fs::OpenOptions::new().read(true).write(true).open("/dev/null");
    let null = null.during(|| "open /dev/null".into())?;
    dup2_stdin(&null)
        .and_then(|()| dup2_stdout(&output))
        .and_then(|()| dup2_stderr(&output))
        .during(|| "set up standard output".into())?;
    drop((output, null));
    // Among what is closed: the supervisor's lock and its way to tell the starter.
    close_all_but(told).during(|| "close inherited files".into())?;
    confinement::confine()?;
    sigprocmask(SigmaskHow::SIG_SETMASK, Some(&handled()), None).during(|| "take charge of signals".into())?;
    // If the supervisor dies, so does the instance: nobody would keep its log.
    prctl::set_pdeathsig(Signal::SIGKILL).during(|| "end with the supervisor".into())
}

fn handled() -> SigSet {
    SHUT_DOWN.into_iter().chain([Signal::SIGCHLD]).collect()
}

/// Writes UserData to a file and runs it as a script.
fn run_user_data(text: &str, spec: &Spec) -> Result<(), Error> {
    if !text.starts_with("#!") {
        let source = io::Error::other("it does not begin with #!");
        return Err(Error::Step { action: "run UserData as a script".into(), source });
    }
    let path = Path::new(USER_DATA);
    let write = || {
        fs::create_dir_all(path.parent().unwrap_or(Path::new("/")))?;
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => fs::write(path, text)?,
        }
        fs::set_permissions(path, Permissions::from_mode(0o700))
    };
    write().during(|| format!("write {USER_DATA}"))?;
    // SAFETY: this process has one thread.
    match unsafe { fork() }.during(|| "start UserData".into())? {
        ForkResult::Parent { .. } => Ok(()),
        ForkResult::Child => {
            let run = || -> Result<(), Error> {
                confinement::default_signals()?;
                setsid().during(|| "lead a session".into())?;
                environment::execute(&[USER_DATA.to_owned()], &environment::of(spec))
                    .map(drop)
                    .during(|| format!("execute {USER_DATA}"))
            };
            if let Err(error) = run() {
                say(&error.to_string());
            }
            process::exit(126)
        }
    }
}

/// Reaps whatever ends, UserData and orphans alike, until a shutdown has ended everything.
fn reap() -> Result<(), Error> {
    let signals = handled();
    let mut shutting_down = false;
    loop {
        let signal = signals.wait().during(|| "wait for a signal".into())?;
        if SHUT_DOWN.contains(&signal) {
            shutting_down = true;
            // A stopped process would not get it. No process at all is no error.
            for signal in [Signal::SIGTERM, Signal::SIGCONT] {
                let _ = kill(Pid::from_raw(-1), signal);
            }
        }
        if !reap_ended()? && shutting_down {
            return Ok(());
        }
    }
}

/// Whether any child is left.
fn reap_ended() -> Result<bool, Error> {
    loop {
        match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::StillAlive) => return Ok(true),
            Err(nix::Error::ECHILD) => return Ok(false),
            Ok(_) | Err(nix::Error::EINTR) => {}
            Err(error) => return Err(error).during(|| "reap".into()),
        }
    }
}

/// A line in the instance's log.
fn say(line: &str) {
    let _ = writeln!(io::stderr(), "croft: {line}");
}
