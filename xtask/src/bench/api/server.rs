//! The servers that are measured. Each is ended when it is dropped.

use super::Done;
use croft_api_client::Client;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The program to measure.
pub fn croft(named: Option<&Path>) -> Done<PathBuf> {
    let usual = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/release/croft");
    let program = named.map_or_else(usual, Path::to_path_buf);
    match program.exists() {
        true => Ok(program),
        false => Err(format!("{} is missing: cargo build --release -p croft-cli", program.display()).into()),
    }
}

pub struct Croft {
    child: Child,
    pub client: Client,
    program: PathBuf,
    folder: tempfile::TempDir,
}

impl Croft {
    /// The API alone, in a folder of its own.
    pub fn start(program: &Path, options: &[&str]) -> Done<Croft> {
        let folder = tempfile::Builder::new().prefix("croft-bench-").tempdir()?;
        let mut child = Command::new(program)
            .args(["--json", "serve", "--api-only", "--listen", ":0"])
            .args(options)
            .env("CROFT_HOME", folder.path().join("state"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(folder.path().join("log"))?)
            .spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().ok_or("no output")?).read_line(&mut line)?;
        let ready: serde_json::Value = serde_json::from_str(&line)?;
        let text = |name: &str| ready[name].as_str().unwrap_or_default().to_string();
        let address: SocketAddr = text("endpoint").trim_start_matches("http://").parse()?;
        let client = Client::new(address, &text("access_key_id"), &text("secret_access_key"), &text("region"));
        Ok(Croft { child, client, program: program.to_path_buf(), folder })
    }

    /// Bytes of memory that it holds.
    pub fn resident(&self) -> Done<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
        Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? * 1024)
    }

    /// Of all its threads, in user and kernel.
    pub fn processor_time(&self) -> Done<Duration> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let (_, rest) = stat.rsplit_once(") ").ok_or("no stat")?;
        let fields: Vec<&str> = rest.split(' ').collect();
        let ticks = fields[11].parse::<u64>()? + fields[12].parse::<u64>()?;
        // Linux tells these in hundredths of a second, whatever the kernel's own clock does.
        Ok(Duration::from_millis(ticks * 10))
    }

    /// What each call to AWS's API took inside the server, in milliseconds, as its log says; with its operation.
    pub fn logged(&self) -> Done<Vec<(String, f64)>> {
        let log = std::fs::read_to_string(self.folder.path().join("log"))?;
        let calls = log.lines().filter(|line| line.contains("operation=") && line.contains(" status="));
        let read = |line: &str| {
            let operation = line.split_once("operation=")?.1.split(' ').next()?.trim_matches('"');
            let us: f64 = line.rsplit_once("us=")?.1.trim().parse().ok()?;
            Some((operation.to_string(), us / 1000.0))
        };
        Ok(calls.filter_map(read).collect())
    }

    pub fn import(&self, file: &Path) -> Done<()> {
        let mut command = Command::new(&self.program);
        command.args(["state", "import"]).arg(file).env("CROFT_HOME", self.folder.path().join("state"));
        match command.stdout(Stdio::null()).status()?.success() {
            true => Ok(()),
            false => Err("the large region was not taken in".into()),
        }
    }
}

impl Drop for Croft {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub struct Moto {
    child: Child,
    pub client: Client,
}

impl Moto {
    /// Finds and starts it, or says what is missing.
    pub fn start(named: Option<&Path>) -> Done<Moto> {
        let from_environment = || std::env::var_os("MOTO_SERVER").map(PathBuf::from);
        let program = named.map(Path::to_path_buf).or_else(from_environment).unwrap_or_else(|| "moto_server".into());
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let child = Command::new(&program)
            .args(["-H", "127.0.0.1", "-p", &address.port().to_string()])
            .env("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|e| {
                format!("{} cannot be started ({e}): install moto[server], or name it with --moto", program.display())
            })?;
        let client = Client::new(address, "123456789012", "x", "us-east-1");
        let mut moto = Moto { child, client };
        let began = Instant::now();
        while TcpStream::connect(address).is_err() {
            if let Some(status) = moto.child.try_wait()? {
                return Err(format!("{} ended: {status}", program.display()).into());
            }
            if began.elapsed() > Duration::from_secs(30) {
                return Err(format!("{} does not answer", program.display()).into());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(moto)
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
