//! The outside of an instance: start it, find it again, look at it, run something in it, end it.

use crate::{
    AppliedLimits, Error, Launcher, Spec, Status,
    directory::Files,
    error::During,
    init,
    mount::unmount_all,
    process::ProcessIdentity,
    spec::{hosts_text, validate_hosts},
    state,
};
use std::{
    fs,
    io::{self, Read, Write},
    net::IpAddr,
    os::unix::{fs::DirBuilderExt, fs::OpenOptionsExt, process::ExitStatusExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

/// How long a process may outlive SIGKILL before this is an error.
const DEATH_SECONDS: u64 = 10;

/// An instance that was started, whether it still runs or not.
#[derive(Clone, Debug)]
pub struct Workload {
    spec: Spec,
    state: state::State,
}

/// Starts the instance that `spec` describes and returns when its pid 1 is up and confined. UserData runs then.
///
/// # Errors
/// [`Error::Invalid`] before anything is done, [`Error::AlreadyRunning`], or [`Error::NotStarted`] with the step that
/// failed; nothing runs then.
pub fn start(launcher: &Launcher, spec: &Spec) -> Result<Workload, Error> {
    spec.validate()?;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&spec.dir)
        .during(|| format!("make {}", spec.dir.display()))?;
    let answer = Command::new(&launcher.program)
        .args(&launcher.args)
        .arg(init::SUPERVISE)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .env_clear()
        .spawn()
        .and_then(|mut child| {
            let text = serde_json::to_vec(spec)?;
            // A supervisor that refuses early closes its end; its answer says why.
            let _ = child.stdin.take().map(|mut stdin| stdin.write_all(&text));
            child.wait_with_output()
        })
        .during(|| format!("run {}", launcher.program.display()))?;
    match serde_json::from_slice(&answer.stdout) {
        Ok(init::Answer::Up) => adopt(&spec.dir)?
            .ok_or_else(|| Error::NotStarted { name: spec.name.clone(), reason: "its state file is missing".into() }),
        Ok(init::Answer::AlreadyRunning) => Err(Error::AlreadyRunning { dir: spec.dir.clone() }),
        Ok(init::Answer::Failed(reason)) => Err(Error::NotStarted { name: spec.name.clone(), reason }),
        Err(_) => Err(Error::NotStarted {
            name: spec.name.clone(),
            reason: format!("{} gave no answer ({})", launcher.program.display(), answer.status),
        }),
    }
}

/// The instance that was last started in `dir`, running or not; `None` if none ever was.
///
/// # Errors
/// [`Error::Corrupt`] if the directory holds something else.
pub fn adopt(dir: &Path) -> Result<Option<Workload>, Error> {
    match (state::read_spec(dir)?, state::read_state(dir)?) {
        (Some(spec), Some(state)) => Ok(Some(Workload { spec, state })),
        _ => Ok(None),
    }
}

/// Ends the instance in `dir` at once, frees its disk and removes the directory: termination. A directory that is not
/// there is no error.
///
/// # Errors
/// [`Error::WillNotDie`], [`Error::Step`].
pub fn remove(dir: &Path) -> Result<(), Error> {
    if !dir.exists() {
        return Ok(());
    }
    if let Ok(Some(workload)) = adopt(dir) {
        workload.stop(Duration::ZERO)?;
        workload.state.group.remove()?;
    }
    unmount_all(&Files(dir).disk())?;
    fs::remove_dir_all(dir).during(|| format!("remove {}", dir.display()))
}

impl Workload {
    /// What it was started with.
    pub fn spec(&self) -> &Spec {
        &self.spec
    }

    /// How each limit is enforced on this machine.
    pub fn limits(&self) -> &AppliedLimits {
        &self.state.limits
    }

    /// Its pid 1, by its number outside.
    pub fn init(&self) -> &ProcessIdentity {
        &self.state.init
    }

    /// The process outside that keeps its log and records its end.
    pub fn supervisor(&self) -> &ProcessIdentity {
        &self.state.supervisor
    }

    /// Output of pid 1 and of UserData; what came before the newest 16 MiB is in `log.1` beside it.
    pub fn log_path(&self) -> PathBuf {
        Files(&self.spec.dir).log()
    }

    /// Whether it runs, and how it ended if not.
    ///
    /// # Errors
    /// [`Error::Corrupt`] if the exit record is not readable.
    pub fn status(&self) -> Result<Status, Error> {
        if self.state.supervisor.is_alive() && self.state.init.is_alive() {
            return Ok(Status::Running);
        }
        // Pid 1 is gone: its record is there, or about to be written by a supervisor that still lives.
        if let Some(supervisor) = self.open_supervisor()? {
            self.wait_for(&supervisor, Duration::from_secs(DEATH_SECONDS))?;
        }
        Ok(state::read_exit(&self.spec.dir)?.unwrap_or(Status::Lost))
    }

    /// Asks the instance to shut down (SIGTERM to everything in it), and ends it by force after `grace`. Returns when
    /// nothing of it runs and its control groups are gone. Its disk stays for the next [`start`].
    ///
    /// # Errors
    /// [`Error::WillNotDie`] if a process does not end even so.
    pub fn stop(&self, grace: Duration) -> Result<Status, Error> {
        let Some(supervisor) = self.open_supervisor()? else { return self.status() };
        let action = || format!("signal workload {}", self.spec.name);
        if let Some(init) = self.state.init.open().during(action)? {
            let shut_down = !grace.is_zero() && {
                init.signal(libc::SIGTERM).during(action)?;
                init.wait(grace).during(action)?
            };
            if !shut_down {
                init.signal(libc::SIGKILL).during(action)?;
            }
        }
        self.wait_for(&supervisor, Duration::from_secs(DEATH_SECONDS))?;
        self.status()
    }

    /// Runs `argv` inside, under the same confinement and limits as everything in there. `argv[0]` is looked up in
    /// the instance's `PATH`. The program sees pipes only, never the descriptors of `streams` themselves: through an
    /// open file of the machine it could open that file anew, for writing.
    ///
    /// # Errors
    /// [`Error::NotRunning`]; [`Error::Step`] if the launcher's program cannot be executed.
    pub fn exec(&self, launcher: &Launcher, argv: &[String], streams: Streams) -> Result<Execution, Error> {
        match self.status()? {
            Status::Running => {}
            status => {
                return Err(Error::NotRunning { name: self.spec.name.clone(), status: status.to_string() });
            }
        }
        let child = Command::new(&launcher.program)
            .args(&launcher.args)
            .args([init::EXEC, "--"])
            .args(argv)
            .env_clear()
            .env(init::DIRECTORY, &self.spec.dir)
            .stdin(streams.stdin)
            .stdout(streams.stdout)
            .stderr(streams.stderr)
            .spawn()
            .during(|| format!("run {}", launcher.program.display()))?;
        Ok(Execution { child })
    }

    /// Replaces the names of `/etc/hosts`, seen inside at once.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a name that is none; [`Error::Step`].
    pub fn update_hosts(&mut self, hosts: &[(IpAddr, Vec<String>)]) -> Result<(), Error> {
        validate_hosts(&self.spec.name, hosts)?;
        let spec = Spec { hosts: hosts.to_vec(), ..self.spec.clone() };
        state::write_spec(&spec)?;
        // Written in place: inside, this very file is mounted.
        let path = Files(&spec.dir).hosts();
        fs::OpenOptions::new()
            .write(true)
            .custom_flags(libc::O_NOFOLLOW)
            .open(&path)
            .and_then(|mut file| {
                let text = hosts_text(hosts);
                file.write_all(text.as_bytes())?;
                file.set_len(text.len() as u64)
            })
            .during(|| format!("write {}", path.display()))?;
        self.spec = spec;
        Ok(())
    }

    fn open_supervisor(&self) -> Result<Option<crate::process::ProcessHandle>, Error> {
        self.state.supervisor.open().during(|| format!("look for the supervisor of {}", self.spec.name))
    }

    fn wait_for(&self, process: &crate::process::ProcessHandle, timeout: Duration) -> Result<(), Error> {
        match process.wait(timeout).during(|| format!("wait for workload {}", self.spec.name))? {
            true => Ok(()),
            false => Err(Error::WillNotDie {
                name: self.spec.name.clone(),
                pid: self.state.init.pid,
                seconds: timeout.as_secs(),
            }),
        }
    }
}

/// Standard input, output and error of an [`Execution`].
#[derive(Debug)]
pub struct Streams {
    pub stdin: Stdio,
    pub stdout: Stdio,
    pub stderr: Stdio,
}

impl Streams {
    /// Those of the calling process.
    pub fn inherit() -> Self {
        Self { stdin: Stdio::inherit(), stdout: Stdio::inherit(), stderr: Stdio::inherit() }
    }

    /// No input; output and errors are kept for [`Execution::output`].
    pub fn captured() -> Self {
        Self { stdin: Stdio::null(), stdout: Stdio::piped(), stderr: Stdio::piped() }
    }
}

/// A program that runs in an instance. It is ended if this process's relay is killed, and goes on if this is dropped.
#[derive(Debug)]
pub struct Execution {
    child: Child,
}

/// What a program in an instance answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// Exit code: the program's own; 128 + n after signal n; 127 not found; 126 not executable; 125 if the instance
    /// could not be entered, with the reason in `stderr`.
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// Bytes of each stream that [`Execution::output`] keeps.
const OUTPUT_MAXIMUM: u64 = 4 << 20;

impl Execution {
    /// Waits for the program and returns its exit code as [`Output::code`] describes it.
    ///
    /// # Errors
    /// [`Error::Step`] if the wait fails.
    pub fn wait(&mut self) -> Result<i32, Error> {
        let status = self.child.wait().during(|| "wait for a program in an instance".into())?;
        Ok(status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0)))
    }

    /// The exit code if the program has ended.
    ///
    /// # Errors
    /// [`Error::Step`] if the look fails.
    pub fn try_wait(&mut self) -> Result<Option<i32>, Error> {
        let status = self.child.try_wait().during(|| "look at a program in an instance".into())?;
        Ok(status.map(|status| status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0))))
    }

    /// Ends the program at once.
    ///
    /// # Errors
    /// [`Error::Step`] if the signal cannot be sent.
    pub fn kill(&mut self) -> Result<(), Error> {
        self.child.kill().during(|| "end a program in an instance".into())
    }

    /// The pipe to its standard input, if [`Streams::stdin`] was piped; once only.
    pub fn stdin(&mut self) -> Option<std::process::ChildStdin> {
        self.child.stdin.take()
    }

    /// The pipe of its standard output, if [`Streams::stdout`] was piped; once only.
    pub fn stdout(&mut self) -> Option<std::process::ChildStdout> {
        self.child.stdout.take()
    }

    /// Waits for the program and returns what it wrote to piped streams, the first 4 MiB of each.
    ///
    /// # Errors
    /// [`Error::Step`] if reading or waiting fails.
    pub fn output(mut self) -> Result<Output, Error> {
        drop(self.child.stdin.take());
        let stderr = self.child.stderr.take().map(|pipe| std::thread::spawn(move || read_all(pipe)));
        let stdout = self.child.stdout.take().map(read_all).transpose();
        let stderr = stderr.map(|thread| thread.join().unwrap_or_else(|_| Ok(String::new()))).transpose();
        let action = || "read from a program in an instance".to_owned();
        let (stdout, stderr) = (stdout.during(action)?.unwrap_or_default(), stderr.during(action)?.unwrap_or_default());
        Ok(Output { code: self.wait()?, stdout, stderr })
    }
}

fn read_all(mut pipe: impl Read) -> io::Result<String> {
    let mut bytes = Vec::new();
    pipe.by_ref().take(OUTPUT_MAXIMUM).read_to_end(&mut bytes)?;
    io::copy(&mut pipe, &mut io::sink())?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
