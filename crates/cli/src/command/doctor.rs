//! `croft doctor`.

use super::print_json;
use crate::failure::{Failure, NO};
use crate::privilege;
use croft_daemon::client::Client;
use croft_daemon::doctor::{Report, StandsStill};
use croft_daemon::options::RUN_BASE;
use croft_daemon::protocol::{Reply, Request};
use std::path::Path;

pub fn doctor(state: &Path, clean: bool, json: bool) -> Result<u8, Failure> {
    if clean {
        privilege::require_root("removing fabrics", state)?;
    }
    let mut report = croft_daemon::doctor::doctor(Path::new(RUN_BASE), clean)?;
    if let Ok(client) = Client::connect(state)
        && let Ok(Reply::Drops(drops)) = client.request(&Request::Drops { follow: false }, &[], |_| {})
    {
        report.count(&drops);
    }
    let status = Client::connect(state).and_then(|client| client.status()).ok();
    report.api_only = status.as_ref().is_some_and(|status| status.run_dir.is_none());
    report.resumed = status.map(|status| status.resumed).unwrap_or_default();
    match json {
        true => print_json(&report)?,
        false => print!("{}", text(&report)),
    }
    Ok(if report.ok { 0 } else { NO })
}

fn text(report: &Report) -> String {
    let mut lines = vec!["This machine".to_string()];
    for check in &report.checks {
        lines.push(format!("  {:<4} {:<16} {}", if check.ok { "ok" } else { "NO" }, check.name, check.detail));
    }
    lines.push(format!("\nEnforcement\n  {}", report.enforcement));
    if report.api_only {
        lines.push("  the daemon runs with --api-only: no packet flows, and nothing runs in an instance".to_string());
    }
    if !report.resumed.is_empty() {
        lines.push("\nTaken up when the daemon started".to_string());
        lines.extend(report.resumed.iter().map(|what| format!("  - {what}")));
    }
    lines.push("\nWhile no daemon runs".to_string());
    lines.push(
        "  packets of known and new flows, ARP, NAT and time-outs go on in the kernel; these do not:".to_string(),
    );
    lines.extend(report.without_daemon.iter().map(stands_still));
    lines.push("\nKept and returned, but not carried".to_string());
    lines.extend(report.kept_only.iter().map(stands_still));
    lines.push("\nFabrics".to_string());
    match report.fabrics.as_deref() {
        None => lines.push("  only root sees them".to_string()),
        Some([]) => lines.push("  none".to_string()),
        Some(_) => {}
    }
    for fabric in report.fabrics.iter().flatten() {
        let state = fabric.state_dir.as_ref().map_or("of an unknown region".into(), |s| format!("of {}", s.display()));
        let what = match (fabric.owned, fabric.kept) {
            (true, _) => "held by a daemon".to_string(),
            (false, true) => "kept on purpose; `croft serve` with that --state adopts it".to_string(),
            (false, false) => {
                "its owner is gone; `croft doctor --clean` removes it, `croft serve` adopts it".to_string()
            }
        };
        lines.push(format!("  {} {state}: {what}", fabric.run_dir.display()));
    }
    for removed in &report.removed {
        lines.push(format!("removed {}", removed.display()));
    }
    lines.join("\n") + "\n"
}

fn stands_still(still: &StandsStill) -> String {
    let counted = match still.counted_as.is_empty() {
        true => String::new(),
        false => {
            let so_far = still.packets.map_or(String::new(), |packets| format!(": {packets} so far"));
            format!(" (dropped and counted as {}{so_far})", still.counted_as.join(", "))
        }
    };
    format!("  - {}{counted}", still.what)
}
