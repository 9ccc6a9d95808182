//! Rights: what makes namespaces and loads programs needs root. Where the user is not root the command starts itself
//! again through `sudo` and says why; everything else only speaks to the daemon's socket.

use crate::failure::Failure;
use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

/// Returns if the process is root; else replaces it by `sudo` with the same arguments. `state` is named outright,
/// because root's usual place is another.
pub fn require_root(why: &str, state: &Path) -> Result<(), Failure> {
    if nix::unistd::geteuid().is_root() {
        return Ok(());
    }
    let program = std::env::current_exe().map_err(|e| Failure::new(format!("this program's own path: {e}")))?;
    eprintln!("croft: {why} needs root (network namespaces, eBPF): asking sudo");
    let mut arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    if !arguments.iter().any(|a| a == "--state" || a.to_string_lossy().starts_with("--state=")) {
        arguments.splice(0..0, [OsString::from("--state"), state.as_os_str().to_owned()]);
    }
    let error = Command::new("sudo").arg("--").arg(&program).args(&arguments).exec();
    Err(Failure::new(format!("{why} needs root, and sudo cannot be started ({error}): run this command as root")))
}
