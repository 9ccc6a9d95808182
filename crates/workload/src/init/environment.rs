//! Executing a program of the instance: its variables, and where it is looked for.

use crate::Spec;
use nix::unistd::execve;
use std::{collections::BTreeMap, convert::Infallible, ffi::CString, io};

const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Variables of every program in the instance.
pub(super) fn of(spec: &Spec) -> BTreeMap<String, String> {
    let mut variables: BTreeMap<String, String> =
        [("PATH", PATH), ("HOME", "/root"), ("USER", "root"), ("LANG", "C.UTF-8")]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into();
    variables.extend(spec.environment.clone());
    variables
}

/// Executes `argv` in place of this process; returns only if that fails.
pub(super) fn execute(argv: &[String], variables: &BTreeMap<String, String>) -> io::Result<Infallible> {
    let c_string = |text: String| CString::new(text).map_err(io::Error::from);
    let program = argv.first().ok_or_else(|| io::Error::from_raw_os_error(libc::ENOENT))?;
    let args = argv.iter().cloned().map(c_string).collect::<io::Result<Vec<_>>>()?;
    let environment =
        variables.iter().map(|(key, value)| c_string(format!("{key}={value}"))).collect::<io::Result<Vec<_>>>()?;
    let mut failure = io::Error::from_raw_os_error(libc::ENOENT);
    for candidate in candidates(program, variables) {
        let Err(error) = execve(&c_string(candidate)?, &args, &environment);
        // As a shell does: a file that may not be executed is remembered while another one is looked for.
        match error {
            nix::Error::ENOENT | nix::Error::ENOTDIR => {}
            nix::Error::EACCES => failure = error.into(),
            other => return Err(other.into()),
        }
    }
    Err(failure)
}

fn candidates(program: &str, variables: &BTreeMap<String, String>) -> Vec<String> {
    if program.contains('/') {
        return vec![program.to_owned()];
    }
    let path = variables.get("PATH").map_or(PATH, String::as_str);
    path.split(':').filter(|folder| !folder.is_empty()).map(|folder| format!("{folder}/{program}")).collect()
}
