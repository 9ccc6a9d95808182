//! `croft serve` of a test's own.

use crate::ran::Ran;
use crate::tools::Tools;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Whether packets are to flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packets {
    /// A fabric is built, which needs root.
    Flow,
    /// `--api-only`.
    None,
}

/// Ended when it is dropped.
pub struct Server {
    process: Child,
    folder: tempfile::TempDir,
    /// The line that says that it is ready.
    ready: Value,
}

/// The command as this workspace has built it.
///
/// # Panics
/// If it is not built.
pub fn croft() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    let folder = own.ancestors().find(|f| f.join("croft").is_file());
    let folder =
        folder.unwrap_or_else(|| panic!("there is no `croft` above {}: cargo build -p croft-cli", own.display()));
    folder.join("croft")
}

impl Server {
    /// Starts one that keeps nothing, on a free port, and waits until it answers.
    ///
    /// # Panics
    /// If it does not come up.
    #[track_caller]
    pub fn start(packets: Packets) -> Server {
        Server::with(packets, &["--ephemeral"])
    }

    /// With other options of `croft serve`.
    #[track_caller]
    pub fn with(packets: Packets, options: &[&str]) -> Server {
        let folder = tempfile::Builder::new().prefix("croft-clients-").tempdir().unwrap();
        let mut command = Command::new(croft());
        command.args(["--json", "--state"]).arg(folder.path().join("state"));
        command.args(["serve", "--listen", "127.0.0.1:0"]).args(options);
        if packets == Packets::None {
            command.arg("--api-only");
        }
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        command.env("TMPDIR", folder.path()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
        let mut process = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready = serde_json::from_str(&line).unwrap_or_else(|e| {
            let _ = process.kill();
            let said = std::fs::read_to_string(folder.path().join("log")).unwrap_or_default();
            panic!("the server did not come up ({e}): {line}\n{said}")
        });
        Server { process, folder, ready }
    }

    fn said(&self, name: &str) -> &str {
        self.ready[name].as_str().unwrap_or_else(|| panic!("the ready line has no {name}: {}", self.ready))
    }

    pub fn endpoint(&self) -> &str {
        self.said("endpoint")
    }

    /// A folder that lives as long as the server.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    /// What the server wrote to its log.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// The environment of a client: what is said at start, and nothing of the machine's own settings.
    pub fn environment(&self) -> Vec<(&'static str, OsString)> {
        let tools = Tools::find();
        let mut path = OsString::new();
        for folder in [tools.aws.parent(), croft().parent(), Some(Path::new("/usr/bin")), Some(Path::new("/bin"))] {
            path.push(folder.unwrap_or(Path::new("/")));
            path.push(":");
        }
        for folder in [tools.terraform.parent(), tools.node.parent()] {
            path.push(folder.unwrap_or(Path::new("/")));
            path.push(":");
        }
        vec![
            ("AWS_ENDPOINT_URL", self.endpoint().into()),
            ("AWS_DEFAULT_REGION", self.said("region").into()),
            ("AWS_REGION", self.said("region").into()),
            ("AWS_ACCESS_KEY_ID", self.said("access_key_id").into()),
            ("AWS_SECRET_ACCESS_KEY", self.said("secret_access_key").into()),
            ("AWS_EC2_METADATA_DISABLED", "true".into()),
            ("AWS_PAGER", "".into()),
            ("CROFT_HOME", self.state().into()),
            ("HOME", self.folder.path().into()),
            ("TMPDIR", self.folder.path().into()),
            ("NODE_PATH", tools.cdk.clone().into()),
            ("PATH", path),
            ("PYTHONDONTWRITEBYTECODE", "1".into()),
            ("PYTHONPATH", crate::folder("impatient").into()),
        ]
    }

    /// A command that knows this server and nothing else.
    pub fn client(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env_clear().envs(self.environment()).current_dir(self.folder.path());
        command
    }

    /// `aws ARGUMENTS`, with JSON as its output.
    #[track_caller]
    pub fn aws(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.client(&Tools::find().aws).args(arguments).args(["--output", "json"]))
    }

    /// `croft ARGUMENTS` on this server's state.
    #[track_caller]
    pub fn croft(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.client(croft()).args(arguments))
    }

    /// A script of this package's folder `boto3`.
    #[track_caller]
    pub fn python(&self, script: &str) -> Ran {
        let mut command = self.client(&Tools::find().python);
        command.env("PYTHONDONTWRITEBYTECODE", "1").env("PYTHONWARNINGS", "ignore");
        Ran::of(command.arg(crate::folder("boto3").join(script)))
    }

    /// # Panics
    /// Unless source and destination are open to each other, or closed; and prediction and probe agree.
    #[track_caller]
    pub fn reach(&self, source: &str, destination: &str, open: bool) {
        self.croft(&["reach", source, destination]).code(if open { 0 } else { 1 });
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let id = Pid::from_raw(i32::try_from(self.process.id()).unwrap_or(i32::MAX));
        let _ = kill(id, Signal::SIGINT);
        let _ = self.process.wait();
        if std::thread::panicking() {
            let log = self.log();
            let lines: Vec<_> = log.lines().collect();
            eprintln!("the server's last lines:\n{}", lines[lines.len().saturating_sub(40)..].join("\n"));
        }
    }
}
