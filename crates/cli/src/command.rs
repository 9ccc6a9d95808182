//! One module a command.

pub mod capture;
pub mod change;
pub mod credentials;
pub mod doctor;
pub mod drops;
pub mod exec;
pub mod inside;
pub mod lab;
pub mod ps;
pub mod reach;
pub mod serve;
pub mod stack;
pub mod state;

use crate::args::{Arguments, Command, Lab};
use crate::failure::Failure;
use croft_daemon::state_dir;

/// Runs a command and gives its exit code.
pub fn run(arguments: Arguments) -> Result<u8, Failure> {
    let state = match &arguments.command {
        Command::Serve(serve) if serve.ephemeral => serve::ephemeral_state(arguments.state.as_deref()),
        _ => state_dir::usual(arguments.state.as_deref())?,
    };
    let state = std::path::absolute(state)?;
    let json = arguments.json;
    match arguments.command {
        Command::Lab(Lab::List) => lab::list(json),
        Command::Lab(Lab::Run { name: Some(name), keep, .. }) => lab::run(&state, &name, keep, json),
        Command::Lab(Lab::Run { name: None, .. }) => lab::run_all(&state, json),
        Command::Serve(options) => serve::serve(&state, &options, json),
        Command::Stop { keep_fabric } => change::stop(&state, keep_fabric),
        Command::Up(up) => stack::up(&state, &up, json),
        Command::Down { stack } => stack::down(&state, &stack, json),
        Command::Diff(diff) => stack::diff(&state, &diff, json),
        Command::Stacks => stack::stacks(&state, json),
        Command::Events { stack } => stack::events(&state, &stack, json),
        Command::Drift { stack } => stack::drift(&state, &stack, json),
        Command::Signal(signal) => stack::signal(&state, &signal, json),
        Command::Ps => ps::ps(&state, json),
        Command::Exec { name, command } => exec::exec(&state, name, command),
        Command::Logs { name, follow } => exec::logs(&state, name, follow),
        Command::Reach { source, destination, protocol } => reach::reach(&state, source, &destination, protocol, json),
        Command::Drops { follow } => drops::drops(&state, follow, json),
        Command::Capture { name, write } => capture::capture(&state, name, write.as_deref()),
        Command::Zone { action, name } => change::zone(&state, action, name),
        Command::Quota { action: _, name, value } => change::quota(&state, name, value),
        Command::Instance { action, name } => change::instance(&state, action, name),
        Command::Credentials(command) => credentials::run(&state, command, json),
        Command::State(command) => state::run(&state, command, json),
        Command::Doctor { clean } => doctor::doctor(&state, clean, json),
    }
}

/// What a daemon of another version may send.
fn unexpected(reply: impl std::fmt::Debug) -> Failure {
    croft_daemon::error::Error::Protocol(format!("{reply:?}")).into()
}

fn print_json(value: &impl serde::Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value).map_err(|e| Failure::new(e.to_string()))?;
    println!("{text}");
    Ok(())
}
