//! The smallest launcher: what `croft` does in its hidden subcommands, for this crate's tests.

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    let code = match args.first().map(String::as_str) {
        Some("service") => croft_workload::service::main(args.split_off(1)),
        _ => croft_workload::init::main(args),
    };
    ExitCode::from(u8::try_from(code).unwrap_or(1))
}
