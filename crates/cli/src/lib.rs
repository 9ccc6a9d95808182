//! The `croft` command: arguments in, one request to a daemon (or a lab in this very process), output and an exit
//! code out.
//!
//! The same program is what runs inside the fabric under hidden names: the first process of a workload, the built-in
//! services and the internet's services. A machine needs this one file and nothing else.

pub mod args;
pub mod command;
pub mod failure;
pub mod lab;
mod privilege;
mod session;
mod signal;
mod table;
pub mod template;

use args::Arguments;
use clap::Parser;
use failure::{ERROR, Failure};
use std::process::ExitCode;

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    if let Some(code) = command::inside::main() {
        return code;
    }
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let code = if error.use_stderr() { ExitCode::from(ERROR) } else { ExitCode::SUCCESS };
            let _ = error.print();
            return code;
        }
    };
    if arguments.command.only_asks() {
        // Not where this very process is the daemon: it writes into pipes of others, and outlives them.
        if !matches!(arguments.command, args::Command::Serve(_) | args::Command::Lab(args::Lab::Run { .. })) {
            signal::die_of_closed_pipes();
        }
    }
    let json = arguments.json;
    match command::run(arguments) {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            report(&failure, json);
            ExitCode::from(ERROR)
        }
    }
}

fn report(failure: &Failure, json: bool) {
    if json {
        let error = serde_json::json!({ "error": { "code": failure.code, "message": failure.message } });
        println!("{error}");
    }
    eprintln!("croft: {}", failure.message);
}
