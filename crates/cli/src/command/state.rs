//! `croft state`: the whole state, out and in.

use super::unexpected;
use crate::args::State;
use crate::failure::Failure;
use crate::session;
use croft_daemon::protocol::{Reply, Request};
use std::fs::{File, OpenOptions};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

pub fn run(state: &Path, command: State, json: bool) -> Result<u8, Failure> {
    let client = session::connect(state)?;
    match command {
        State::Export { credentials, resources, file } => {
            let to: OwnedFd = match &file {
                None => std::io::stdout().as_fd().try_clone_to_owned()?,
                Some(path) => {
                    let mut open = OpenOptions::new();
                    // It may hold secrets.
                    open.write(true).create(true).truncate(true).mode(0o600);
                    open.open(path).map_err(|e| failed(path, &e))?.into()
                }
            };
            let request = Request::Export { with_credentials: credentials, resources_only: resources };
            match client.request(&request, &[to.as_fd()], |_| {})? {
                Reply::Nothing => Ok(0),
                other => Err(unexpected(other)),
            }
        }
        State::Import { file } => {
            let from: OwnedFd = match &file {
                None => std::io::stdin().as_fd().try_clone_to_owned()?,
                Some(path) => File::open(path).map_err(|e| failed(path, &e))?.into(),
            };
            match client.request(&Request::Import, &[from.as_fd()], |_| {})? {
                Reply::Imported { resources } => {
                    match json {
                        true => println!("{}", serde_json::json!({ "resources": resources })),
                        false => println!("{resources} resources are taken in"),
                    }
                    Ok(0)
                }
                other => Err(unexpected(other)),
            }
        }
    }
}

fn failed(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("{}: {error}", path.display()))
}
