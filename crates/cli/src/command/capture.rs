//! `croft capture`: a pcap of one interface, until Ctrl-C.

use super::unexpected;
use crate::failure::Failure;
use crate::session;
use croft_daemon::protocol::{Reply, Request};
use std::fs::File;
use std::io::{IsTerminal, stdout};
use std::os::fd::AsFd;
use std::path::Path;

pub fn capture(state: &Path, name: String, write: Option<&Path>) -> Result<u8, Failure> {
    let client = session::connect(state)?;
    let request = Request::Capture { name: name.clone() };
    let reply = match write {
        Some(path) => {
            let file = File::create(path).map_err(|e| Failure::new(format!("{}: {e}", path.display())))?;
            eprintln!("croft: capturing {name} into {} until Ctrl-C", path.display());
            client.request(&request, &[file.as_fd()], |_| {})?
        }
        None if stdout().is_terminal() => {
            return Err(Failure::new("a capture is no text: name a file with -w FILE, or pipe it into tcpdump -r -"));
        }
        None => client.request(&request, &[stdout().as_fd()], |_| {})?,
    };
    match reply {
        Reply::Nothing => Ok(0),
        other => Err(unexpected(other)),
    }
}
