//! A state directory of a test's own, and the command run against it. Whatever a test leaves running, a panic
//! included, is ended when this is dropped.

#![allow(dead_code)]

use nix::sys::signal::{SigHandler, Signal};
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Longer than anything here takes on a machine under load.
pub const PATIENCE: Duration = Duration::from_secs(120);

pub struct Place {
    folder: tempfile::TempDir,
}

pub struct Ran {
    pub code: i32,
    pub output: String,
    pub error: String,
}

impl Ran {
    #[track_caller]
    pub fn success(self) -> Ran {
        assert_eq!(self.code, 0, "{}\n{}", self.output, self.error);
        self
    }

    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.output).unwrap_or_else(|e| panic!("{e}: {}\n{}", self.output, self.error))
    }
}

impl Place {
    pub fn new() -> Place {
        assert!(nix::unistd::geteuid().is_root(), "these tests make network namespaces: run them as root");
        Place { folder: tempfile::Builder::new().prefix("croft-cli-test-").tempdir().unwrap() }
    }

    pub fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_croft"));
        command.args(arguments).env("CROFT_HOME", self.state()).current_dir(self.folder.path());
        command.env("TMPDIR", self.folder.path());
        command
    }

    pub fn croft(&self, arguments: &[&str]) -> Ran {
        self.with_input(arguments, b"")
    }

    pub fn with_input(&self, arguments: &[&str], input: &[u8]) -> Ran {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that does not read closes its end.
        let _ = child.stdin.take().unwrap().write_all(input);
        let output = child.wait_with_output().unwrap();
        Ran {
            code: output.status.code().unwrap_or(-1),
            output: String::from_utf8_lossy(&output.stdout).into_owned(),
            error: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Runs a command whose reader goes away at once, and ends it.
    pub fn with_closed_output(&self, arguments: &[&str]) {
        let mut command = self.command(arguments);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(200));
        drop(child.stdout.take());
        std::thread::sleep(Duration::from_millis(200));
        let _ = child.kill();
        child.wait().unwrap();
    }

    /// Starts a command whose output nobody reads.
    pub fn with_unread_output(&self, arguments: &[&str]) -> Running {
        let output = tempfile::NamedTempFile::new_in(self.folder.path()).unwrap();
        let mut command = self.command(arguments);
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(300));
        Running { child, output }
    }

    /// Starts a command that goes on.
    pub fn start(&self, arguments: &[&str]) -> Running {
        let output = tempfile::NamedTempFile::new_in(self.folder.path()).unwrap();
        // One open file: each writes behind what the other has written.
        let file = output.reopen().unwrap();
        let mut command = self.command(arguments);
        // SAFETY: only an async-signal-safe call between fork and exec. A shell that runs the tests in the background
        // has them ignore Ctrl-C, and what they start would inherit that.
        unsafe {
            command.pre_exec(|| {
                nix::sys::signal::signal(Signal::SIGINT, SigHandler::SigDfl)?;
                Ok(())
            });
        }
        let child = command.stdin(Stdio::null()).stdout(file.try_clone().unwrap()).stderr(file).spawn().unwrap();
        Running { child, output }
    }

    /// A daemon in the foreground, once it answers.
    pub fn serve(&self) -> Running {
        let serve = self.start(&["serve", "--connections", "4096", "--listen", "none"]);
        let began = Instant::now();
        while self.croft(&["ps"]).code != 0 {
            assert!(began.elapsed() < PATIENCE, "the daemon does not answer: {}", serve.output());
            std::thread::sleep(Duration::from_millis(20));
        }
        serve
    }

    pub fn kill_daemon(&self) {
        let pid = self.daemon().expect("a daemon runs");
        nix::sys::signal::kill(pid, Signal::SIGKILL).unwrap();
        self.until("the daemon is gone", || self.daemon().is_none());
    }

    fn daemon(&self) -> Option<nix::unistd::Pid> {
        let pid: i32 = std::fs::read_to_string(self.state().join("daemon.lock")).ok()?.trim().parse().ok()?;
        let command = std::fs::read_to_string(format!("/proc/{pid}/cmdline")).ok()?;
        command.contains("serve").then(|| nix::unistd::Pid::from_raw(pid))
    }

    #[track_caller]
    pub fn until(&self, what: &str, mut done: impl FnMut() -> bool) {
        let began = Instant::now();
        while !done() {
            assert!(began.elapsed() < PATIENCE, "not yet: {what}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    #[track_caller]
    pub fn row(&self, name: &str) -> serde_json::Value {
        let listing = self.croft(&["ps", "--json"]).success().json();
        let rows = listing["workloads"].as_array().unwrap();
        rows.iter().find(|row| row["name"] == name).unwrap_or_else(|| panic!("no {name}: {listing}")).clone()
    }

    /// How often a word stands in the logs of all instances, by their files.
    pub fn logged(&self, word: &str) -> usize {
        let instances = std::fs::read_dir(self.state().join("instances")).unwrap().map(|e| e.unwrap().path());
        instances.map(|i| std::fs::read_to_string(i.join("log")).unwrap_or_default().matches(word).count()).sum()
    }

    /// Packets dropped for a reason.
    pub fn dropped(&self, reason: &str) -> u64 {
        let lines = self.croft(&["drops", "--json"]).success().json();
        let lines = lines.as_array().unwrap().iter().filter(|line| line["reason"] == reason);
        lines.map(|line| line["packets"].as_u64().unwrap()).sum()
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).unwrap();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.folder.path().join(name)).unwrap()
    }

    pub fn size(&self, name: &str) -> u64 {
        std::fs::metadata(self.folder.path().join(name)).map_or(0, |m| m.len())
    }

    /// State directories of labs that run, or were left behind.
    pub fn worlds(&self, lab: &str) -> Vec<PathBuf> {
        let prefix = format!("croft-lab-{lab}-");
        let entries = std::fs::read_dir(self.folder.path()).unwrap().map(|e| e.unwrap().path());
        entries.filter(|p| p.file_name().unwrap().to_string_lossy().starts_with(&prefix)).collect()
    }

    /// Nothing of the fabric is left: no directory, no mount, no process.
    #[track_caller]
    pub fn assert_clean(&self) {
        let run = self.run_dir();
        assert!(!run.exists(), "{} is left", run.display());
        let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap();
        let folder = self.folder.path().to_str().unwrap();
        for line in mounts.lines() {
            assert!(!line.contains(run.to_str().unwrap()) && !line.contains(folder), "{line}");
        }
        for process in std::fs::read_dir("/proc").unwrap().flatten() {
            let command = std::fs::read_to_string(process.path().join("environ")).unwrap_or_default();
            assert!(!command.contains(folder), "{} is left", process.path().display());
        }
    }

    pub fn run_dir(&self) -> PathBuf {
        self.run_dir_of(&self.state())
    }

    /// Where the fabric of a state directory is.
    pub fn run_dir_of(&self, state: &Path) -> PathBuf {
        let state = state.canonicalize().unwrap_or_else(|_| state.to_path_buf());
        Path::new(croft_daemon::options::RUN_BASE).join(croft_daemon::state_dir::fabric_id(&state))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.daemon().is_some() {
            self.croft(&["stop"]);
        }
        let run = self.run_dir();
        if run.exists() {
            // After a panic: whatever is left.
            let _ = croft_daemon::doctor::remove_fabric(&run);
        }
    }
}

/// A command under way; killed when dropped.
pub struct Running {
    child: Child,
    output: tempfile::NamedTempFile,
}

impl Running {
    pub fn output(&self) -> String {
        std::fs::read_to_string(self.output.path()).unwrap()
    }

    /// Nothing that the process could do about it.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Ctrl-C, and waits for the end.
    pub fn interrupt(mut self) {
        let pid = nix::unistd::Pid::from_raw(self.child.id() as i32);
        nix::sys::signal::kill(pid, Signal::SIGINT).unwrap();
        self.child.wait().unwrap();
    }
}

impl Running {
    /// Ctrl-C: the exit code and what was said.
    pub fn interrupted(mut self) -> (Option<i32>, String) {
        let pid = nix::unistd::Pid::from_raw(self.child.id() as i32);
        nix::sys::signal::kill(pid, Signal::SIGINT).unwrap();
        let code = self.child.wait().unwrap().code();
        (code, self.output())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}
