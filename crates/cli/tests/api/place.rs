//! A server in a folder of its own. It is ended when it is dropped, whatever happens.

use croft_api_client::{Answer, Client};
use croft_control::{Change, Cloud, Resource, check};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

pub struct Folder(tempfile::TempDir);

impl Folder {
    pub fn new() -> Folder {
        Folder(tempfile::Builder::new().prefix("croft-api-test-").tempdir().unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_croft"));
        command.args(arguments).env("CROFT_HOME", self.path("state")).env("TMPDIR", self.0.path());
        command.current_dir(self.0.path()).stdin(Stdio::null());
        command
    }

    /// Runs a command to its end.
    pub fn croft(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// A server without packets on a free port, once it is ready.
    pub fn serve(&self, options: &[&str]) -> Server {
        self.serve_whole(&[&["--api-only"], options].concat())
    }

    /// One with packets, which needs root, unless the options say otherwise.
    pub fn serve_whole(&self, options: &[&str]) -> Server {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(self.path("log")).unwrap();
        let mut command = self.command(&["--json", "serve", "--listen", ":0"]);
        let mut child = command.args(options).stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap_or_else(|e| {
            let _ = child.kill();
            let _ = child.wait();
            panic!("{e}: {line:?}\n{}", self.log())
        });
        assert_eq!(ready["ready"], true);
        Server { child, ready }
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    /// Everything in the state, and whether it holds together.
    #[track_caller]
    pub fn exported(&self) -> Cloud {
        let output = self.croft(&["state", "export"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let file: Value = serde_json::from_slice(&output.stdout).unwrap();
        let resources: Vec<Resource> = serde_json::from_value(file["resources"].clone()).unwrap();
        let mut cloud = Cloud::default();
        cloud.replay(0, resources.into_iter().map(Change::Put));
        let broken = check(&cloud);
        assert!(broken.is_empty(), "{broken:#?}");
        cloud
    }
}

pub struct Server {
    child: Child,
    /// The line that said so.
    pub ready: Value,
}

impl Server {
    pub fn address(&self) -> SocketAddr {
        let endpoint = self.ready["endpoint"].as_str().unwrap();
        endpoint.strip_prefix("http://").unwrap().parse().unwrap()
    }

    /// With the key that the server made at its first start.
    pub fn client(&self) -> Client {
        let text = |name: &str| self.ready[name].as_str().unwrap_or_else(|| panic!("{name}: {}", self.ready));
        Client::new(self.address(), text("access_key_id"), text("secret_access_key"), text("region"))
    }

    /// A page of Croft's own.
    pub fn page(&self, path: &str) -> Answer {
        self.send("GET", path, &[])
    }

    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        let host = self.address().to_string();
        let mut all = vec![("host", host.as_str())];
        all.extend_from_slice(headers);
        Client::new(self.address(), "", "", "").send(method, path, &all, b"").unwrap()
    }

    /// Nothing that the process could do about it.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// A plain `kill`, and waits for the end.
    pub fn end(mut self) -> i32 {
        let pid = nix::unistd::Pid::from_raw(self.child.id() as i32);
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
        self.child.wait().unwrap().code().unwrap_or(-1)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An operation that must succeed; gives an element's text.
#[track_caller]
pub fn made(client: &mut Client, action: &str, parameters: &[(&str, &str)], element: &str) -> String {
    let answer = client.ec2(action, parameters).unwrap();
    assert_eq!(answer.status, 200, "{action} {parameters:?}: {}", answer.body);
    answer.text(element).unwrap_or_else(|| panic!("{action}: no {element} in {}", answer.body)).to_string()
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The file's permissions.
pub fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[track_caller]
pub fn until(what: &str, mut done: impl FnMut() -> bool) {
    let began = std::time::Instant::now();
    while !done() {
        assert!(began.elapsed() < std::time::Duration::from_secs(30), "not yet: {what}");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}
