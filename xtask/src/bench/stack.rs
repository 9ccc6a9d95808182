//! How long a stack takes from `croft up` to CREATE_COMPLETE, with real interfaces and running instances.

mod template;

use super::figures::Spread;
use clap::Args;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use std::error::Error;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

#[derive(Args)]
pub struct Options {
    /// The program to measure, built with --release [default: target/release/croft]
    #[arg(long, value_name = "FILE")]
    croft: Option<PathBuf>,
    /// Resources in the stack
    #[arg(long, default_value_t = 200)]
    resources: usize,
    /// Stacks measured, one after the other
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// As JSON
    #[arg(long)]
    json: bool,
}

type Done<T> = Result<T, Box<dyn Error>>;

/// Seconds that a stack of the usual size may take.
const AIM: f64 = 2.0;

/// A daemon with packets, ended when it is dropped, and its fabric with it.
pub struct Daemon {
    child: Child,
    program: PathBuf,
    folder: tempfile::TempDir,
}

impl Daemon {
    pub fn start(program: &Path) -> Done<Daemon> {
        let folder = tempfile::Builder::new().prefix("croft-bench-").tempdir()?;
        let log = File::create(folder.path().join("log"))?;
        let mut command = Command::new(program);
        command.args(["serve", "--listen", "none"]).env("CROFT_HOME", folder.path().join("state"));
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn()?;
        let mut daemon = Daemon { child, program: program.to_path_buf(), folder };
        let began = Instant::now();
        while !daemon.croft(&["ps"]).output()?.status.success() {
            if daemon.child.try_wait()?.is_some() || began.elapsed() > Duration::from_secs(30) {
                let said = std::fs::read_to_string(daemon.folder.path().join("log"))?;
                return Err(format!("the daemon does not answer: {said}").into());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(daemon)
    }

    /// The folder that goes with it.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A command under the same state.
    pub fn croft(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(arguments).env("CROFT_HOME", self.folder.path().join("state")).stdin(Stdio::null());
        command
    }

    /// Milliseconds that a command took, and what it wrote.
    fn timed(&self, arguments: &[&str]) -> Done<(f64, String)> {
        let began = Instant::now();
        let done = self.croft(arguments).output()?;
        let took = began.elapsed().as_secs_f64() * 1000.0;
        let output = String::from_utf8_lossy(&done.stdout).into_owned();
        match done.status.success() {
            true => Ok((took, output)),
            false => {
                let error = String::from_utf8_lossy(&done.stderr);
                Err(format!("croft {}: {output}{error}", arguments.join(" ")).into())
            }
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let id = Pid::from_raw(i32::try_from(self.child.id()).unwrap_or(i32::MAX));
        let _ = kill(id, Signal::SIGINT);
        let _ = self.child.wait();
    }
}

/// The phases of a stack, each a series of milliseconds.
#[derive(Default)]
struct Phases {
    /// `croft up` until it ends, all in all.
    whole: Vec<f64>,
    /// Template read, judged and planned: the command that would stop here, without what it takes to start it.
    plan: Vec<f64>,
    /// From the stack's first event to the last one that says that a creation begins.
    create: Vec<f64>,
    /// From then on: what was begun comes up.
    wait: Vec<f64>,
    down: Vec<f64>,
}

pub fn run(options: &Options) -> Done<ExitCode> {
    let program = super::api::program(options.croft.as_deref())?;
    let daemon = Daemon::start(&program)?;
    let file = daemon.folder.path().join("template.json");
    std::fs::write(&file, template::template(options.resources).to_string())?;
    let file = file.to_str().ok_or("the temporary folder's name is no text")?;
    let mut phases = Phases::default();
    for _ in 0..options.rounds {
        round(&daemon, file, &mut phases)?;
    }
    let spread = |values: &[f64]| Spread::of(values).ok_or("nothing was measured");
    let whole = spread(&phases.whole)?;
    let rows = [
        ("plan", spread(&phases.plan)?),
        ("create", spread(&phases.create)?),
        ("wait", spread(&phases.wait)?),
        ("whole", whole),
        ("down", spread(&phases.down)?),
    ];
    if options.json {
        let rows: serde_json::Map<String, Value> =
            rows.iter().map(|(name, spread)| (format!("{name} ms"), serde_json::json!(spread))).collect();
        println!("{}", serde_json::to_string_pretty(&rows)?);
        return Ok(ExitCode::SUCCESS);
    }
    println!("{} resources, 20 instances and 2 NAT gateways among them", options.resources);
    for (name, spread) in rows {
        println!("{name:8} {spread} ms");
    }
    println!("from `croft up` to its end {:.2} s (aim {AIM} s)", whole.median / 1000.0);
    Ok(ExitCode::SUCCESS)
}

fn round(daemon: &Daemon, file: &str, phases: &mut Phases) -> Done<()> {
    let start = daemon.timed(&["ps"])?.0;
    // Without --yes it shows the plan and stops.
    let began = Instant::now();
    daemon.croft(&["up", file, "--stack-name", "measured"]).output()?;
    phases.plan.push(began.elapsed().as_secs_f64() * 1000.0 - start);
    phases.whole.push(daemon.timed(&["up", file, "--stack-name", "measured", "--yes"])?.0);
    let events: Value = serde_json::from_str(&daemon.timed(&["events", "measured", "--json"])?.1)?;
    let times = |status: &str| {
        let events = events.as_array().into_iter().flatten();
        let told = events.filter(|event| event["status"] == status);
        told.filter_map(|event| event["time"].as_f64()).collect::<Vec<f64>>()
    };
    let (begun, ended) = (times("CREATE_IN_PROGRESS"), times("CREATE_COMPLETE"));
    let bounds =
        |times: &[f64]| Some((times.iter().copied().reduce(f64::min)?, times.iter().copied().reduce(f64::max)?));
    let ((first, last), (_, end)) = bounds(&begun).zip(bounds(&ended)).ok_or("the events have no times")?;
    phases.create.push(last - first);
    phases.wait.push(end - last);
    phases.down.push(daemon.timed(&["down", "measured"])?.0);
    Ok(())
}
