//! Carries bytes between the caller's streams and the pipes of a program inside, until the program ends.

use crate::{Error, error::During};
use nix::{
    fcntl::{FcntlArg, OFlag, fcntl},
    poll::{PollFd, PollFlags, PollTimeout, poll},
    sys::wait::{WaitPidFlag, WaitStatus, waitpid},
    unistd::{Pid, read, write},
};
use std::{
    fs::File,
    io::{self, Read, Write},
    os::fd::{AsFd, BorrowedFd, FromRawFd, OwnedFd},
};

/// What the child says just before it executes the program.
pub(super) const ENTERED: &[u8] = b"entered";
const CHUNK: usize = 64 << 10;

/// Relays until `child` has ended and what it wrote is passed on; returns its exit code. What it left running in the
/// background may keep the pipes open and is not waited for.
pub(super) fn run(
    child: Pid,
    input: OwnedFd,
    output: OwnedFd,
    errors: OwnedFd,
    failure: OwnedFd,
) -> Result<i32, Error> {
    let mut answer = Vec::new();
    File::from(failure).read_to_end(&mut answer).during(|| "wait for the entry into the instance".into())?;
    if answer != ENTERED {
        let _ = waitpid(child, None);
        return Err(Error::Step {
            action: "enter the instance".into(),
            source: io::Error::other(String::from_utf8_lossy(&answer).into_owned()),
        });
    }
    let ended = watch(child).during(|| "watch the program".into())?;
    let mut streams =
        Streams { input: Some(input), pending: Vec::new(), outputs: [Some(output), Some(errors)], ended: &ended };
    streams.relay().during(|| "relay between the caller and the program".into())?;
    // A pidfd is readable as soon as the child can be reaped.
    match waitpid(child, Some(WaitPidFlag::empty())).during(|| "reap the program".into())? {
        WaitStatus::Exited(_, code) => Ok(code),
        WaitStatus::Signaled(_, signal, _) => Ok(128 + signal as i32),
        other => Err(Error::Step { action: "reap the program".into(), source: io::Error::other(format!("{other:?}")) }),
    }
}

/// A descriptor that becomes readable when `child` ends.
fn watch(child: Pid) -> io::Result<OwnedFd> {
    // SAFETY: pidfd_open takes two integers and returns a new descriptor, owned by nobody else, or -1.
    match unsafe { libc::syscall(libc::SYS_pidfd_open, child.as_raw(), 0) } {
        fd @ 0.. => Ok(unsafe { OwnedFd::from_raw_fd(fd as i32) }),
        _ => Err(io::Error::last_os_error()),
    }
}

struct Streams<'a> {
    /// To the program; gone when the caller's input has ended or the program reads no more.
    input: Option<OwnedFd>,
    /// Read from the caller and not yet taken by the program.
    pending: Vec<u8>,
    /// From the program: what goes to standard output and to standard error.
    outputs: [Option<OwnedFd>; 2],
    ended: &'a OwnedFd,
}

impl Streams<'_> {
    fn relay(&mut self) -> io::Result<()> {
        for pipe in self.input.iter().chain(self.outputs.iter().flatten()) {
            fcntl(pipe, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
        }
        loop {
            let stdin = io::stdin();
            let watched: [Option<(BorrowedFd<'_>, PollFlags)>; 4] = [
                self.outputs[0].as_ref().map(|pipe| (pipe.as_fd(), PollFlags::POLLIN)),
                self.outputs[1].as_ref().map(|pipe| (pipe.as_fd(), PollFlags::POLLIN)),
                Some((self.ended.as_fd(), PollFlags::POLLIN)),
                self.input.as_ref().map(|pipe| match self.pending.is_empty() {
                    true => (stdin.as_fd(), PollFlags::POLLIN),
                    false => (pipe.as_fd(), PollFlags::POLLOUT),
                }),
            ];
            let mut fds: Vec<_> = watched.iter().flatten().map(|(fd, flags)| PollFd::new(*fd, *flags)).collect();
            match poll(&mut fds, PollTimeout::NONE) {
                Err(nix::Error::EINTR) => continue,
                other => other?,
            };
            let mut ready = fds.iter().map(|fd| fd.any().unwrap_or(true));
            let ready = watched.map(|watched| watched.is_some() && ready.next().unwrap_or(false));
            let [output, errors, ended, input] = ready;
            if input {
                self.feed()?;
            }
            if output || ended {
                self.pass_on(0, ended)?;
            }
            if errors || ended {
                self.pass_on(1, ended)?;
            }
            if ended {
                return Ok(());
            }
        }
    }

    /// Takes a piece of the caller's input, or gives the program what is pending of it.
    fn feed(&mut self) -> io::Result<()> {
        let Some(pipe) = &self.input else { return Ok(()) };
        if self.pending.is_empty() {
            let mut buffer = vec![0; CHUNK];
            match read(io::stdin(), &mut buffer) {
                Ok(0) | Err(nix::Error::EIO) => self.input = None,
                Ok(length) => {
                    buffer.truncate(length);
                    self.pending = buffer;
                }
                Err(nix::Error::EINTR | nix::Error::EAGAIN) => {}
                Err(error) => return Err(error.into()),
            }
            return Ok(());
        }
        match write(pipe, &self.pending) {
            Ok(length) => drop(self.pending.drain(..length)),
            Err(nix::Error::EAGAIN | nix::Error::EINTR) => {}
            // The program has closed its input.
            Err(_) => self.input = None,
        }
        Ok(())
    }

    /// Passes on what is there: one piece, or all of it once the program has ended.
    fn pass_on(&mut self, which: usize, all: bool) -> io::Result<()> {
        let Some(slot) = self.outputs.get_mut(which) else { return Ok(()) };
        // A background process may write for ever: no more than a full pipe is waited for at the end.
        let mut left = if all { 16 } else { 1 };
        let mut buffer = vec![0; CHUNK];
        while let (Some(pipe), 1..) = (slot.as_ref(), left) {
            left -= 1;
            match read(pipe, &mut buffer) {
                Ok(0) => *slot = None,
                Ok(length) => {
                    let bytes = buffer.get(..length).unwrap_or_default();
                    let written = match which {
                        0 => io::stdout().write_all(bytes).and_then(|()| io::stdout().flush()),
                        _ => io::stderr().write_all(bytes),
                    };
                    // A caller that reads no more is told as a pipe tells: the program's next write fails.
                    if written.is_err() {
                        *slot = None;
                    }
                }
                Err(nix::Error::EAGAIN) => return Ok(()),
                Err(nix::Error::EINTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}
