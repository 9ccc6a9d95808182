//! Ctrl-C and `kill`, taken in order: what was begun is ended, what was made is removed.

use crate::failure::Failure;
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, Ordering};

/// Signals that are held back and asked for.
pub struct Interrupted {
    descriptor: SignalFd,
    seen: AtomicBool,
    given_up: AtomicBool,
}

/// Holds SIGINT, SIGTERM and SIGHUP back, for this thread and those it starts. Call it before any other is started.
pub fn block() -> Result<Interrupted, Failure> {
    let fail = |e: nix::Error| Failure::new(format!("signals cannot be held back: {e}"));
    let mut signals = SigSet::empty();
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        signals.add(signal);
    }
    signals.thread_block().map_err(fail)?;
    let descriptor = SignalFd::with_flags(&signals, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK).map_err(fail)?;
    Ok(Interrupted { descriptor, seen: AtomicBool::new(false), given_up: AtomicBool::new(false) })
}

/// A reader that has seen enough (`croft ps | head`) ends the command without a word, as it ends any other.
pub fn die_of_closed_pipes() {
    // SAFETY: the default action runs no code of ours.
    let _ = unsafe { nix::sys::signal::signal(Signal::SIGPIPE, nix::sys::signal::SigHandler::SigDfl) };
}

impl Interrupted {
    /// Has one come?
    pub fn now(&self) -> bool {
        if let Ok(Some(_)) = self.descriptor.read_signal() {
            self.seen.store(true, Ordering::Relaxed);
        }
        self.seen.load(Ordering::Relaxed)
    }

    /// Waits for one; no if it is given up.
    pub fn wait(&self) -> bool {
        self.wait_for(|| self.now())
    }

    /// Waits for one more after the first; no if it is given up.
    pub fn wait_again(&self) -> bool {
        self.wait_for(|| matches!(self.descriptor.read_signal(), Ok(Some(_))))
    }

    fn wait_for(&self, seen: impl Fn() -> bool) -> bool {
        loop {
            if seen() {
                return true;
            }
            if self.given_up.load(Ordering::Relaxed) {
                return false;
            }
            let mut watched = [nix::poll::PollFd::new(self.descriptor.as_fd(), nix::poll::PollFlags::POLLIN)];
            let _ = nix::poll::poll(&mut watched, 100u8);
        }
    }

    /// Takes back that it was given up.
    pub fn take_up(&self) {
        self.given_up.store(false, Ordering::Relaxed);
    }

    /// Lets [`Interrupted::wait`] return.
    pub fn give_up(&self) {
        self.given_up.store(true, Ordering::Relaxed);
    }
}
