//! `croft signal`: tells a stack what it waits for, by a wait condition's handle or a resource with a creation policy.

use crate::args::Signal;
use crate::command::{print_json, unexpected};
use crate::failure::Failure;
use crate::session;
use croft_daemon::protocol::{Reply, Request, SignalRequest};
use std::path::Path;

pub fn signal(state: &Path, signal: &Signal, json: bool) -> Result<u8, Failure> {
    let request = Request::Signal(SignalRequest {
        stack: signal.stack.clone(),
        logical_id: signal.logical_id.clone(),
        success: !signal.failure,
        unique_id: signal.id.clone(),
        data: signal.data.clone(),
        reason: signal.reason.clone(),
    });
    let kept = match session::connect(state)?.request(&request, &[], |_| {})? {
        Reply::Signalled(kept) => kept,
        other => return Err(unexpected(other)),
    };
    if json {
        print_json(&kept)?;
        return Ok(0);
    }
    let (status, id) = (if kept.success { "SUCCESS" } else { "FAILURE" }, &kept.unique_id);
    match kept.counts {
        true => println!("{} of the stack {} is told {status} under the id {id}", kept.logical_id, kept.stack),
        false => println!("{id} has been told before, and the first under an id counts: nothing changes"),
    }
    Ok(0)
}
