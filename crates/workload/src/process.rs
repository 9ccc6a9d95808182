//! Naming a process so that another one with the same number is never taken for it.

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use serde::{Deserialize, Serialize};
use std::{
    fs, io,
    os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd},
    time::Duration,
};

/// A process, by its number, the tick at which it started, and the boot of the machine that counted the tick.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessIdentity {
    pub pid: i32,
    /// Clock ticks between boot and the start of the process (field 22 of `/proc/PID/stat`).
    pub start_ticks: u64,
    /// `/proc/sys/kernel/random/boot_id`.
    pub boot: String,
}

impl ProcessIdentity {
    /// The identity of the living process `pid`.
    pub(crate) fn of(pid: i32) -> io::Result<Self> {
        let (start_ticks, ended) = read_stat(pid)?;
        if ended {
            return Err(io::Error::from_raw_os_error(libc::ESRCH));
        }
        Ok(Self { pid, start_ticks, boot: boot()? })
    }

    /// Whether this very process lives. A zombie does not.
    pub fn is_alive(&self) -> bool {
        boot().is_ok_and(|boot| boot == self.boot)
            && read_stat(self.pid).is_ok_and(|(ticks, ended)| ticks == self.start_ticks && !ended)
    }

    /// A handle on this very process, or `None` if it is gone. Checked after opening, so it cannot name a successor.
    pub(crate) fn open(&self) -> io::Result<Option<ProcessHandle>> {
        // SAFETY: pidfd_open takes two integers and returns a new descriptor or -1.
        let fd = unsafe { libc::syscall(libc::SYS_pidfd_open, self.pid, 0) };
        if fd < 0 {
            let error = io::Error::last_os_error();
            return if error.raw_os_error() == Some(libc::ESRCH) { Ok(None) } else { Err(error) };
        }
        // SAFETY: the kernel just handed this descriptor to us alone.
        let fd = unsafe { OwnedFd::from_raw_fd(fd as i32) };
        Ok(self.is_alive().then_some(ProcessHandle { fd }))
    }
}

/// A handle on one process that stays right when its number is used again.
pub(crate) struct ProcessHandle {
    fd: OwnedFd,
}

impl ProcessHandle {
    /// Sends `signal`. A process that has already ended is no error.
    pub(crate) fn signal(&self, signal: i32) -> io::Result<()> {
        // SAFETY: no pointer but a null one, which means "as kill() does".
        let sent = unsafe {
            libc::syscall(libc::SYS_pidfd_send_signal, self.fd.as_raw_fd(), signal, std::ptr::null::<()>(), 0)
        };
        match sent {
            0 => Ok(()),
            _ => match io::Error::last_os_error() {
                error if error.raw_os_error() == Some(libc::ESRCH) => Ok(()),
                error => Err(error),
            },
        }
    }

    /// Waits until the process has ended, `timeout` at most. Returns whether it has.
    pub(crate) fn wait(&self, timeout: Duration) -> io::Result<bool> {
        let end = std::time::Instant::now() + timeout;
        loop {
            let left = end.saturating_duration_since(std::time::Instant::now());
            let milliseconds = u16::try_from(left.as_millis()).unwrap_or(u16::MAX);
            let mut fds = [PollFd::new(self.fd.as_fd(), PollFlags::POLLIN)];
            match poll(&mut fds, PollTimeout::from(milliseconds)) {
                Ok(0) if left.is_zero() => return Ok(false),
                Ok(0) | Err(nix::Error::EINTR) => {}
                Ok(_) => return Ok(true),
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl AsFd for ProcessHandle {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

fn boot() -> io::Result<String> {
    Ok(fs::read_to_string("/proc/sys/kernel/random/boot_id")?.trim().to_owned())
}

/// Start tick, and whether the process has ended and only waits to be reaped.
fn read_stat(pid: i32) -> io::Result<(u64, bool)> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    parse_stat(&text).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, format!("/proc/{pid}/stat: {text:?}")))
}

/// The name in parentheses may hold anything, so fields are counted from the last `)`.
fn parse_stat(text: &str) -> Option<(u64, bool)> {
    let mut fields = text.rsplit_once(')')?.1.split_ascii_whitespace();
    let ended = matches!(fields.next()?, "Z" | "X" | "x");
    Some((fields.nth(18)?.parse().ok()?, ended))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_parentheses_and_spaces_does_not_shift_the_fields() {
        let text = "7 (a) R 1 (b) S 1 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654 1 2";
        assert_eq!(parse_stat(text), Some((987654, false)));
        assert_eq!(parse_stat("7 (x) Z 1 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 5"), Some((5, true)));
        assert_eq!(parse_stat("garbage"), None);
    }

    #[test]
    fn the_own_process_lives_and_one_with_another_start_does_not() {
        let me = ProcessIdentity::of(std::process::id() as i32).unwrap();
        assert!(me.is_alive());
        assert!(me.open().unwrap().is_some());
        let other = ProcessIdentity { start_ticks: me.start_ticks + 1, ..me.clone() };
        assert!(!other.is_alive());
        assert!(other.open().unwrap().is_none());
        let earlier_boot = ProcessIdentity { boot: "another".into(), ..me };
        assert!(!earlier_boot.is_alive());
    }
}
