//! Stacks from the command line: `up`, `down`, `diff`, `stacks`, `events`, `drift`, `signal`.

mod diff;
mod down;
mod drift;
mod list;
mod paths;
mod plan;
mod progress;
mod request;
mod signal;
mod up;

pub use diff::diff;
pub use down::down;
pub use drift::drift;
pub use list::{events, stacks};
pub use signal::signal;
pub use up::up;

use crate::failure::Failure;
use croft_daemon::client::Client;
use croft_daemon::protocol::{Event, Reply, Request, StackReport};
use progress::Live;

/// As shells have it: 128 and the signal's number.
const INTERRUPTED: u8 = 130;

/// Sends a request and shows the steps that it takes.
fn follow(client: &Client, request: &Request, live: &Live) -> Result<StackReport, Failure> {
    let reply = client.request(request, &[], |event| {
        if let Event::Progress(progress) = event {
            live.step(&progress);
        }
    })?;
    match reply {
        Reply::Stack(report) => Ok(report),
        other => Err(super::unexpected(other)),
    }
}

fn print_report(report: &StackReport) {
    println!("stack {} {}", report.name, report.status);
    let width = report.outputs.keys().map(String::len).max().unwrap_or(0);
    for (key, value) in &report.outputs {
        println!("  {key:<width$} = {value}");
    }
}
