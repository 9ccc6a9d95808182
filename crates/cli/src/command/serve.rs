//! `croft serve`: the daemon as a process of its own.

use crate::args::Serve;
use crate::failure::Failure;
use crate::privilege;
use crate::signal;
use croft_daemon::daemon::{Daemon, Stop};
use croft_daemon::options::{Options, SHARE};
use std::path::Path;

pub fn serve(state: &Path, arguments: &Serve) -> Result<u8, Failure> {
    privilege::require_root("the daemon", state)?;
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(false).init();
    let interrupted = signal::block()?;
    let options = Options {
        connections: arguments.connections,
        interface_connections: arguments.interface_connections.unwrap_or(arguments.connections / SHARE),
        durable: !arguments.relaxed_durability,
        ..Options::new(state)?
    };
    let daemon = Daemon::start(options)?;
    let status = daemon.status();
    eprintln!(
        "croft: region {} in {}, fabric in {}",
        status.cloud,
        status.state_dir.display(),
        status.run_dir.display()
    );
    // Ctrl-C and a plain kill end the daemon as `croft stop` does; `kill -9` leaves the fabric running.
    let stop = std::thread::scope(|scope| {
        let (daemon, interrupted) = (&daemon, &interrupted);
        scope.spawn(move || {
            if interrupted.wait() {
                daemon.ask_to_stop(Stop { keep_fabric: false });
            }
        });
        let stop = daemon.wait();
        interrupted.give_up();
        stop
    });
    daemon.stop(stop)?;
    Ok(0)
}
