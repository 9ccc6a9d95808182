//! Commands that change one thing: a zone, a quota, an instance, the daemon itself.

use super::unexpected;
use crate::args::{InstanceAction, ZoneAction};
use crate::failure::Failure;
use crate::session;
use croft_daemon::protocol::{Reply, Request};
use croft_daemon::state_dir;
use std::path::Path;
use std::time::{Duration, Instant};

fn change(state: &Path, request: &Request) -> Result<(), Failure> {
    match session::connect(state)?.request(request, &[], |_| {})? {
        Reply::Nothing => Ok(()),
        other => Err(unexpected(other)),
    }
}

pub fn zone(state: &Path, action: ZoneAction, name: String) -> Result<u8, Failure> {
    let failed = matches!(action, ZoneAction::Fail);
    change(state, &Request::Zone { name: name.clone(), failed })?;
    println!("zone {name} {}", if failed { "failed" } else { "restored" });
    Ok(0)
}

pub fn quota(state: &Path, name: String, value: u32) -> Result<u8, Failure> {
    change(state, &Request::Quota { name: name.clone(), value })?;
    println!("quota {name} = {value}");
    Ok(0)
}

pub fn instance(state: &Path, action: InstanceAction, name: String) -> Result<u8, Failure> {
    let run = matches!(action, InstanceAction::Start);
    change(state, &Request::Instance { name: name.clone(), run })?;
    println!("{name} {}", if run { "runs" } else { "is stopped" });
    Ok(0)
}

/// Ends the daemon and waits until it is gone.
pub fn stop(state: &Path, keep_fabric: bool) -> Result<u8, Failure> {
    let client = session::connect(state)?;
    let pid = client.status()?.pid;
    match client.request(&Request::Stop { keep_fabric }, &[], |_| {})? {
        Reply::Stopping { .. } => {}
        other => return Err(unexpected(other)),
    }
    let began = Instant::now();
    while state_dir::lives(&pid.to_string()) {
        if began.elapsed() > Duration::from_secs(60) {
            return Err(Failure::new(format!("the daemon (process {pid}) is still there after a minute")));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    if keep_fabric {
        println!("daemon {pid} ended; the fabric goes on (croft serve adopts it, croft doctor lists it)");
    } else {
        println!("daemon {pid} ended and took its fabric with it; the state stays in {}", state.display());
    }
    Ok(0)
}
