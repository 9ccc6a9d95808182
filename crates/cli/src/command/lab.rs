//! `croft lab list` and `croft lab run`.

use super::print_json;
use crate::failure::{Failure, NO};
use crate::lab::run::Run;
use crate::lab::{file, source};
use crate::privilege;
use crate::signal;
use crate::table::Table;
use croft_daemon::daemon::{Daemon, Stop};
use croft_daemon::options::{Options, SHARE};
use croft_daemon::state_dir;
use std::io::Write;
use std::path::Path;

/// Of a lab's fabric: more than any lab opens.
const CONNECTIONS: u32 = 65_536;

pub fn list(json: bool) -> Result<u8, Failure> {
    let mut labs = Vec::new();
    for source in source::all() {
        let script = read(&source)?;
        labs.push((source.name, script.title, script.shows));
    }
    if json {
        let labs: Vec<_> = labs
            .iter()
            .map(|(name, title, shows)| serde_json::json!({ "name": name, "title": title, "shows": shows }))
            .collect();
        print_json(&labs)?;
    } else {
        let mut table = Table::new(&["NAME", "SHOWS"]);
        for (name, title, _) in labs {
            table.row(vec![name, title]);
        }
        print!("{table}");
    }
    Ok(0)
}

fn read(source: &source::Source) -> Result<file::Script, Failure> {
    let text = source.files.get("lab.txt").map(String::as_str).unwrap_or_default();
    file::parse(text).map_err(|e| Failure::new(format!("{}/lab.txt {e}", source.place)))
}

/// Runs every lab. The answer is yes if each one's is.
pub fn run_all(state: &Path, json: bool) -> Result<u8, Failure> {
    let (mut answer, mut failed) = (0, Vec::new());
    for source in source::all() {
        if run(state, &source.name, false, json)? != 0 {
            answer = NO;
            failed.push(source.name);
        }
    }
    if !failed.is_empty() {
        eprintln!("croft: these labs are not as expected: {}", failed.join(", "));
    }
    Ok(answer)
}

/// Runs one lab in a world of its own: its region, its fabric and its workloads are nobody else's.
pub fn run(state: &Path, name: &str, keep: bool, json: bool) -> Result<u8, Failure> {
    let source = source::find(name).map_err(|e| Failure::new(e.to_string()))?;
    let script = read(&source)?;
    privilege::require_root("a lab, which builds a network of its own,", state)?;
    let interrupted = signal::block()?;
    let home = tempfile::Builder::new().prefix(&format!("croft-lab-{}-", source.name)).tempdir()?;
    if keep {
        std::fs::write(home.path().join(state_dir::TEMPORARY), "")?;
    }
    let options = Options {
        ephemeral: !keep,
        connections: CONNECTIONS,
        interface_connections: CONNECTIONS / SHARE,
        storage: croft_daemon::options::Storage::Relaxed,
        socket: false,
        ..Options::new(home.path())?
    };
    let daemon = Daemon::start(options)?;
    // Progress for people; with --json standard output holds the report alone.
    // Where nobody reads any more the lab goes on to its end, and takes its world down.
    let mut say = |text: &str| {
        let _ = if json { write!(std::io::stderr(), "{text}") } else { write!(std::io::stdout(), "{text}") };
    };
    say(&format!("{}: {}\n{}\n", source.name, script.title, script.shows));
    let result =
        Run { source: &source, script: &script, daemon: &daemon, interrupted: &interrupted, say: &mut say }.run();
    let keep = keep && !interrupted.now();
    daemon.stop(Stop { keep_fabric: keep })?;
    if keep {
        let home = home.keep();
        let home = home.display();
        eprintln!(
            "\nThe world runs on, without a daemon. To look at it:\n  croft serve --state {home} &\n  croft ps --state {home}\nTo end it:\n  croft stop --state {home}"
        );
    }
    let report = result?;
    if json {
        print_json(&report)?;
    } else {
        say(&format!("\n{}\n", report.summary()));
    }
    Ok(if report.ok { 0 } else { NO })
}
