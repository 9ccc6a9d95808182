//! Requests that move bytes: `exec`, `logs`, `capture`. The bytes never pass through the socket; the client lends its
//! descriptors.

use crate::daemon::Inner;
use crate::error::Error;
use crate::socket::Caller;
use croft_agent::name::Target;
use croft_workload::Streams;
use nix::poll::{PollFd, PollFlags};
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How often it is looked whether a command has ended, or its client has gone.
const LOOK: Duration = Duration::from_millis(5);

impl Inner {
    /// Runs a command inside a workload; gives its exit code. It is ended if the caller goes.
    pub fn exec(&self, name: &str, command: &[String], streams: Streams, caller: &dyn Caller) -> Result<i32, Error> {
        let workload = self.workload(name)?;
        let mut execution = workload.exec(&self.host()?.launcher, command, streams)?;
        loop {
            if let Some(code) = execution.try_wait()? {
                return Ok(code);
            }
            if caller.gone() {
                execution.kill()?;
                execution.wait()?;
                return Err(Error::Cancelled);
            }
            std::thread::sleep(LOOK);
        }
    }

    /// Copies what a workload has written; with `follow` until the caller goes.
    pub fn logs(&self, name: &str, follow: bool, to: OwnedFd, caller: &dyn Caller) -> Result<(), Error> {
        let id = self.instance(name)?;
        let directory = croft_agent::instance::directory(&self.instances(), &id);
        let workload = croft_workload::adopt(&directory)?
            .ok_or_else(|| Error::NotRunning { name: name.to_string(), state: "not started yet".to_string() })?;
        let path = workload.log_path();
        let mut to = Lent { file: File::from(to), caller };
        let older = path.with_extension("1");
        let fail = |e| Error::io(&path, e);
        if let Ok(mut older) = File::open(older) {
            io::copy(&mut older, &mut to).map_err(fail)?;
        }
        let mut log: Option<File> = None;
        loop {
            // Absent until the first word is said, and begun anew once it is long.
            let newest = File::open(&path).ok();
            if let Some(log) = &mut log {
                io::copy(log, &mut to).map_err(fail)?;
            }
            if let Some(newest) = newest
                && !log.as_ref().is_some_and(|log| same(log, &newest))
            {
                io::copy(log.insert(newest), &mut to).map_err(fail)?;
            }
            if !follow || caller.gone() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Captures the packets of an interface until the caller goes; gives how many.
    pub fn capture(&self, name: &str, to: OwnedFd, caller: &dyn Caller) -> Result<u64, Error> {
        let cloud = self.cloud();
        let host = self.host()?;
        let interface = match self.resolve(name)? {
            Target::Instance(id) => cloud.instances.get(&id).and_then(|i| i.interfaces.first().cloned()),
            Target::Interface(id) => Some(id),
            Target::NatGateway(_) => None,
        };
        let interface = interface.ok_or_else(|| Error::NoWorkload(name.to_string()))?;
        let (stop, done) = (&AtomicBool::new(false), &AtomicBool::new(false));
        std::thread::scope(|scope| {
            scope.spawn(move || {
                while !done.load(Ordering::Relaxed) && !caller.gone() {
                    std::thread::sleep(Duration::from_millis(20));
                }
                stop.store(true, Ordering::Relaxed);
            });
            let captured = host.fabric.capture(interface.as_str(), Lent { file: File::from(to), caller }, stop);
            done.store(true, Ordering::Relaxed);
            Ok(captured?)
        })
    }
}

/// Are these the same file, whatever it is called by now?
fn same(a: &File, b: &File) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (a.metadata(), b.metadata()) {
        (Ok(a), Ok(b)) => (a.dev(), a.ino()) == (b.dev(), b.ino()),
        _ => false,
    }
}

/// A descriptor that a client lent: a write waits for its reader only as long as the client is there.
pub(crate) struct Lent<'a> {
    file: File,
    caller: &'a dyn Caller,
}

impl Lent<'_> {
    pub(crate) fn new(descriptor: OwnedFd, caller: &dyn Caller) -> Lent<'_> {
        Lent { file: File::from(descriptor), caller }
    }
}

impl Write for Lent<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        /// A pipe that takes anything takes as much as this without waiting.
        const AT_ONCE: usize = 4096;
        loop {
            let mut watched = [PollFd::new(self.file.as_fd(), PollFlags::POLLOUT)];
            match nix::poll::poll(&mut watched, 100u8) {
                Ok(0) if self.caller.gone() => return Err(io::ErrorKind::BrokenPipe.into()),
                Ok(0) | Err(nix::Error::EINTR) => {}
                Ok(_) => return self.file.write(&bytes[..bytes.len().min(AT_ONCE)]),
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The three standard streams of a command from what a client lent.
pub(crate) fn streams(descriptors: Vec<OwnedFd>) -> Result<Streams, Error> {
    match <[OwnedFd; 3]>::try_from(descriptors) {
        Ok([stdin, stdout, stderr]) => {
            Ok(Streams { stdin: Stdio::from(stdin), stdout: Stdio::from(stdout), stderr: Stdio::from(stderr) })
        }
        Err(given) => Err(Error::Invalid(format!("exec takes 3 file descriptors, {} came", given.len()))),
    }
}

/// The one descriptor that a request takes.
pub(crate) fn one(descriptors: Vec<OwnedFd>) -> Result<OwnedFd, Error> {
    match <[OwnedFd; 1]>::try_from(descriptors) {
        Ok([one]) => Ok(one),
        Err(given) => Err(Error::Invalid(format!("this request takes 1 file descriptor, {} came", given.len()))),
    }
}
