//! `croft down`: deletes a stack and what it made.

use super::progress::Live;
use super::{follow, print_report};
use crate::command::print_json;
use crate::failure::Failure;
use crate::session;
use croft_daemon::protocol::Request;
use std::path::Path;

/// Ctrl-C ends this command alone: a deletion that has begun goes on in the daemon.
pub fn down(state: &Path, stack: &str, json: bool) -> Result<u8, Failure> {
    let client = session::connect(state)?;
    let report = {
        let live = Live::new(json);
        follow(&client, &Request::Down { stack: stack.to_string() }, &live)?
    };
    match json {
        true => print_json(&report)?,
        false => print_report(&report),
    }
    Ok(0)
}
