//! `croft diff`: what a template would change, in resources and in reachability. Nothing is changed.

use super::request::requests;
use super::{paths, plan};
use crate::args::{Diff, FailOn};
use crate::command::{print_json, unexpected};
use crate::failure::{Failure, NO};
use crate::session;
use croft_daemon::client::Client;
use croft_daemon::protocol::{DifferenceReport, Event, Reply, Request, StackRequest};
use std::io::IsTerminal;
use std::path::Path;

pub fn diff(state: &Path, diff: &Diff, json: bool) -> Result<u8, Failure> {
    let requests = requests(diff.template.as_deref(), &diff.stack)?;
    let report = ask(&session::connect(state)?, requests)?;
    match json {
        true => print_json(&report)?,
        false => print!("{}", text(&report)),
    }
    Ok(if differs(&report, diff.fail_on) { NO } else { 0 })
}

/// Resources of each stack, then paths.
pub(super) fn text(report: &DifferenceReport) -> String {
    let plans: String = report.stacks.iter().map(|stack| plan::text(&stack.stack, &stack.plan)).collect();
    plans + &paths::text(&report.reachability, &report.names)
}

/// Is this a difference that the caller asked about?
fn differs(report: &DifferenceReport, fail_on: FailOn) -> bool {
    let found = &report.reachability;
    match fail_on {
        FailOn::Any => report.stacks.iter().any(|stack| !stack.plan.changes.is_empty()) || !found.is_empty(),
        FailOn::Opened => !found.opened.is_empty(),
        FailOn::Closed => !found.closed.is_empty(),
        FailOn::Never => false,
    }
}

pub(super) fn ask(client: &Client, requests: Vec<StackRequest>) -> Result<DifferenceReport, Failure> {
    let terminal = std::io::stderr().is_terminal();
    let reply = client.request(&Request::Difference(requests), &[], |event| {
        if let (Event::Compared { done, total }, true) = (event, terminal) {
            eprint!("\r\x1b[Kcomparing: {done} of {total} pairs of ends");
        }
    });
    if terminal {
        eprint!("\r\x1b[K");
    }
    match reply? {
        Reply::Difference(report) => Ok(*report),
        other => Err(unexpected(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use croft_analysis::{Difference, PathChange};

    #[test]
    fn the_exit_code_tells_what_was_asked_about() {
        let path = PathChange { sources: vec![], destinations: vec![], traffic: vec![], because: None };
        let report = |opened: bool, closed: bool| DifferenceReport {
            reachability: Difference {
                opened: if opened { vec![path.clone()] } else { vec![] },
                closed: if closed { vec![path.clone()] } else { vec![] },
                ..Difference::default()
            },
            ..DifferenceReport::default()
        };
        for (opened, closed, expected) in [
            (false, false, [false, false, false, false]),
            (true, false, [true, true, false, false]),
            (false, true, [true, false, true, false]),
        ] {
            let asked = [FailOn::Any, FailOn::Opened, FailOn::Closed, FailOn::Never];
            assert_eq!(asked.map(|fail_on| differs(&report(opened, closed), fail_on)), expected);
        }
    }
}
