//! `croft drift`: what of a stack is no longer as its template says.

use crate::command::{print_json, unexpected};
use crate::failure::{Failure, NO};
use crate::session;
use croft_daemon::protocol::{DriftReport, Reply, Request};
use std::path::Path;

pub fn drift(state: &Path, stack: &str, json: bool) -> Result<u8, Failure> {
    let request = Request::Drift { stack: stack.to_string() };
    let report = match session::connect(state)?.request(&request, &[], |_| {})? {
        Reply::Drift(report) => report,
        other => return Err(unexpected(other)),
    };
    match json {
        true => print_json(&report)?,
        false => print!("{}", text(&report)),
    }
    Ok(if report.drifted > 0 { NO } else { 0 })
}

fn text(report: &DriftReport) -> String {
    let mut out = String::new();
    for row in report.resources.iter().filter(|row| row.is_drifted()) {
        let id = row.physical_id.as_deref().unwrap_or_default();
        out.push_str(&format!("{}  {} {} {id}\n", row.status.as_str(), row.resource_type, row.logical_id));
        for difference in &row.differences {
            let line = match difference.kind.as_str() {
                "ADD" => format!("{} is {} and not in the template", difference.path, difference.actual),
                "REMOVE" => format!("{} is {} in the template and not here", difference.path, difference.expected),
                _ => format!(
                    "{} is {} in the template and {} here",
                    difference.path, difference.expected, difference.actual
                ),
            };
            out.push_str(&format!("    {line}\n"));
        }
    }
    out.push_str(&format!(
        "stack {}: {} of {} resources differ from the template\n",
        report.stack,
        report.drifted,
        report.resources.len()
    ));
    out
}
