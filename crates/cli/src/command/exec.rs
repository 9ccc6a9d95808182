//! `croft exec` and `croft logs`: this process lends its standard streams to the daemon.

use super::unexpected;
use crate::failure::Failure;
use crate::session;
use croft_daemon::protocol::{Reply, Request};
use std::io::{stderr, stdin, stdout};
use std::os::fd::AsFd;
use std::path::Path;

pub fn exec(state: &Path, name: String, command: Vec<String>) -> Result<u8, Failure> {
    let client = session::connect(state)?;
    let (input, output, error) = (stdin(), stdout(), stderr());
    let streams = [input.as_fd(), output.as_fd(), error.as_fd()];
    match client.request(&Request::Exec { name, command }, &streams, |_| {})? {
        // A signal's code is 128 and its number, as shells have it; more than a byte cannot be passed on.
        Reply::Exit { code } => Ok((code & 0xff) as u8),
        other => Err(unexpected(other)),
    }
}

pub fn logs(state: &Path, name: String, follow: bool) -> Result<u8, Failure> {
    let client = session::connect(state)?;
    match client.request(&Request::Logs { name, follow }, &[stdout().as_fd()], |_| {})? {
        Reply::Nothing => Ok(0),
        other => Err(unexpected(other)),
    }
}
