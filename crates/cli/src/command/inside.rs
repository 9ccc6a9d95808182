//! What this program is when the fabric starts it: hidden arguments, told apart before any other is parsed.
//!
//! Under the name `croft-service` it is the small services and clients that scripts in workloads run, such as
//! `croft-service http --port 80 --name web`.

use croft_daemon::options::SERVICE;
use croft_daemon::options::hidden;
use std::ffi::OsString;
use std::process::ExitCode;

/// Becomes what the first argument says; none: an ordinary command.
pub fn main() -> Option<ExitCode> {
    let mut arguments = std::env::args_os();
    let called = arguments.next().unwrap_or_default();
    if std::path::Path::new(&called).file_name() == Some(SERVICE.as_ref()) {
        return Some(exit(croft_workload::service::main(texts(arguments))));
    }
    let first = arguments.next()?;
    let code = match first.to_str()? {
        hidden::INIT => croft_workload::init::main(texts(arguments)),
        hidden::INTERNET => internet(arguments.next()),
        _ => return None,
    };
    Some(exit(code))
}

/// The argument is the fabric's directory.
fn internet(run_dir: Option<OsString>) -> i32 {
    match run_dir {
        Some(run_dir) => croft_datapath::internet_services(run_dir.as_ref()),
        None => 2,
    }
}

fn texts(arguments: impl Iterator<Item = OsString>) -> Vec<String> {
    arguments.map(|a| a.to_string_lossy().into_owned()).collect()
}

fn exit(code: i32) -> ExitCode {
    ExitCode::from(u8::try_from(code).unwrap_or(1))
}
