//! A process known by its pid and the time it started, so that a pid that was given out anew is never mistaken for it.

use std::fs;

/// A process that can be found again after its parent is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ProcessId {
    pub(crate) pid: i32,
    /// Clock ticks since boot, from `/proc/PID/stat`.
    pub(crate) started: u64,
}

impl ProcessId {
    /// A living process by its pid. A zombie is not one.
    pub(crate) fn of(pid: i32) -> Option<ProcessId> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The command name, in parentheses, may hold anything: the fields start after the last one.
        let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace();
        if matches!(fields.next()?, "Z" | "X") {
            return None;
        }
        Some(ProcessId { pid, started: fields.nth(18)?.parse().ok()? })
    }

    pub(crate) fn is_alive(self) -> bool {
        ProcessId::of(self.pid) == Some(self)
    }

    pub(crate) fn to_text(self) -> String {
        format!("{} {}\n", self.pid, self.started)
    }

    pub(crate) fn from_text(text: &str) -> Option<ProcessId> {
        let mut words = text.split_ascii_whitespace();
        Some(ProcessId { pid: words.next()?.parse().ok()?, started: words.next()?.parse().ok()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_found_again_by_pid_and_start() {
        let me = ProcessId::of(std::process::id() as i32).unwrap();
        assert!(me.is_alive());
        assert_eq!(ProcessId::from_text(&me.to_text()), Some(me));
        assert!(!ProcessId { started: me.started + 1, ..me }.is_alive());
    }
}
