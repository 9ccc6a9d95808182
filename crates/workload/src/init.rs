//! What the launcher's program does for this crate: supervise an instance, or enter one.
//!
//! Both begin in the same way: they execute their own program again from a read-only mount that nobody else has.
//! A process of ours is inside for a moment with its program file still the machine's; through `/proc/PID/exe`, or an
//! interpreter line `#!/proc/self/exe`, an instance could otherwise get hold of that file and write to it.

mod environment;
mod exec;
mod log;
mod machine;
mod relay;
mod supervise;

use crate::{Error, confinement, error::During, mount};
use nix::{
    fcntl::AtFlags,
    sys::{
        signal::Signal,
        statvfs::{FsFlags, statvfs},
    },
    unistd::execveat,
};
use serde::{Deserialize, Serialize};
use std::{
    ffi::CString,
    io::{self, Write},
    os::{
        fd::{AsFd, AsRawFd},
        unix::ffi::OsStringExt,
    },
    path::{Path, PathBuf},
};

/// Argument that asks for a supervisor; the description comes by standard input.
pub(crate) const SUPERVISE: &str = "supervise";
/// Argument that asks to run a program inside; `--` and the program follow, the directory is in [`DIRECTORY`].
pub(crate) const EXEC: &str = "exec";
/// Variable with the instance's directory. Arguments can be read inside (`/proc/PID/cmdline`) while a process of ours
/// is there; variables cannot.
pub(crate) const DIRECTORY: &str = "CROFT_INSTANCE_DIRECTORY";
/// Exit code when an instance could not be entered.
const NOT_ENTERED: i32 = 125;

/// What a supervisor tells its starter, once.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Answer {
    Up,
    AlreadyRunning,
    Failed(String),
}

/// The entry point behind a [`Launcher`](crate::Launcher): `args` are the arguments after the launcher's own. Returns
/// the exit code. The process must have no other thread yet.
pub fn main(args: Vec<String>) -> i32 {
    let done = match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [SUPERVISE] => prepare().and_then(|()| supervise::start()),
        [EXEC, "--", _, ..] => prepare().and_then(|()| {
            let directory = PathBuf::from(std::env::var_os(DIRECTORY).unwrap_or_default());
            exec::run(&directory, args.get(2..).unwrap_or_default())
        }),
        _ => Err(Error::Step {
            action: "read the arguments".into(),
            source: io::Error::other("this command is run by croft itself, not by hand"),
        }),
    };
    done.unwrap_or_else(|error| {
        // With nobody left to read it there is nothing else to tell.
        let _ = writeln!(io::stderr(), "croft: {error}");
        NOT_ENTERED
    })
}

fn prepare() -> Result<(), Error> {
    // A starter that ignores the end of its children would leave us nothing to wait for.
    confinement::default_signal(Signal::SIGCHLD)?;
    leave_writable_program().during(|| "execute this program from a read-only mount".into())?;
    // Whatever the starter forgot to close.
    close_range(3, u32::MAX).during(|| "close inherited files".into())
}

/// Executes this program again unless its file is seen through a read-only mount.
fn leave_writable_program() -> io::Result<()> {
    let program = Path::new("/proc/self/exe");
    if statvfs(program)?.flags().contains(FsFlags::ST_RDONLY) {
        return Ok(());
    }
    let held = mount::copy(program)?;
    mount::restrict(&held, mount::READ_ONLY | mount::NO_SUID | mount::NO_DEVICES)?;
    // The first argument, where programs have their path, is seen inside too.
    let args: Vec<CString> = [c"croft".to_owned()]
        .into_iter()
        .map(Ok)
        .chain(std::env::args_os().skip(1).map(|arg| CString::new(arg.into_vec())))
        .collect::<Result<_, _>>()?;
    let directory = std::env::var_os(DIRECTORY).map(|directory| {
        let variable = [DIRECTORY.as_bytes(), b"=", directory.as_encoded_bytes()].concat();
        CString::new(variable)
    });
    let environment: Vec<CString> = directory.into_iter().collect::<Result<_, _>>()?;
    match execveat(held.as_fd(), c"", &args, &environment, AtFlags::AT_EMPTY_PATH) {
        Err(error) => Err(error.into()),
    }
}

/// Closes every descriptor from 3 on but that of `kept`. What owned one of them must never be used or dropped again.
fn close_all_but(kept: &impl AsRawFd) -> io::Result<()> {
    let kept = u32::try_from(kept.as_raw_fd()).map_err(io::Error::other)?;
    close_range(3, kept - 1).and_then(|()| close_range(kept + 1, u32::MAX))
}

fn close_range(first: u32, last: u32) -> io::Result<()> {
    if first > last {
        return Ok(());
    }
    // SAFETY: nothing that owns a descriptor in this range is used afterwards; the callers see to it.
    match unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
