//! `croft serve`: the daemon as a process of its own.

use super::credentials::exports;
use crate::args::{Durability, Serve};
use crate::failure::Failure;
use crate::privilege;
use crate::signal;
use croft_api::{TlsFiles, listen_address};
use croft_daemon::api::ApiOptions;
use croft_daemon::daemon::{Daemon, Stop};
use croft_daemon::options::{Options, SHARE, Storage};
use croft_model::credential::Credential;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Where an ephemeral daemon has its socket, unless it is told.
pub fn ephemeral_state(named: Option<&Path>) -> PathBuf {
    let home = || std::env::var_os("CROFT_HOME").filter(|v| !v.is_empty()).map(PathBuf::from);
    let own = || std::env::temp_dir().join(format!("croft-{}", std::process::id()));
    named.map(Path::to_path_buf).or_else(home).unwrap_or_else(own)
}

pub fn serve(state: &Path, arguments: &Serve, json: bool) -> Result<u8, Failure> {
    if !arguments.api_only {
        privilege::require_root("the daemon", state)?;
    }
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(false).init();
    let interrupted = signal::block()?;
    let storage = match (arguments.ephemeral, arguments.durability) {
        (true, _) => Storage::Memory,
        (false, Durability::Full) => Storage::Durable,
        (false, Durability::Normal) => Storage::Relaxed,
    };
    let daemon = Daemon::start(Options {
        connections: arguments.connections,
        interface_connections: arguments.interface_connections.unwrap_or(arguments.connections / SHARE),
        storage,
        ephemeral: arguments.ephemeral,
        api_only: arguments.api_only,
        api: api(arguments)?,
        template_buckets: arguments.template_buckets.clone(),
        ..Options::new(state)?
    })?;
    // Somebody must be able to sign the first request.
    let first = arguments.listen != "none" && !arguments.any_credentials && daemon.cloud().credentials.is_empty();
    let made = first.then(|| daemon.keeper().add_credential(None, Some("first".to_string()))).transpose()?;
    banner(&daemon, arguments);
    ready(&daemon, arguments, made.as_ref(), json)?;
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

fn api(arguments: &Serve) -> Result<Option<ApiOptions>, Failure> {
    if arguments.listen == "none" {
        return Ok(None);
    }
    let tls = arguments.tls_cert.clone().zip(arguments.tls_key.clone());
    Ok(Some(ApiOptions {
        listen: listen_address(&arguments.listen).map_err(|e| Failure::new(e.to_string()))?,
        tls: tls.map(|(certificate, key)| TlsFiles { certificate, key }),
        any_credentials: arguments.any_credentials,
        hosts: arguments.hosts.clone(),
    }))
}

/// What is served, and what of it is not as somebody may take it to be.
fn banner(daemon: &Daemon, arguments: &Serve) {
    let status = daemon.status();
    let fabric = match &status.run_dir {
        Some(run_dir) => format!("fabric in {}", run_dir.display()),
        None => "no fabric".to_string(),
    };
    eprintln!("croft: {} in {}, {fabric}", status.region, status.state_dir.display());
    if arguments.api_only {
        eprintln!("croft: --api-only: no packet flows and nothing runs in an instance; states change all the same");
    }
    if arguments.ephemeral {
        eprintln!("croft: --ephemeral: nothing is kept");
    }
    if status.endpoint.is_some() {
        eprintln!(
            "croft: IAM's policies are kept and returned, and not evaluated: every signed request may do everything"
        );
    }
    if arguments.any_credentials {
        eprintln!("croft: --any-credentials: signatures are not verified");
    }
}

/// The endpoint, and the first key as lines for a shell.
fn ready(daemon: &Daemon, arguments: &Serve, made: Option<&Credential>, json: bool) -> Result<(), Failure> {
    let status = daemon.status();
    let region = daemon.cloud().home.region.to_string();
    let key = made.map(|c| (c.access_key_id.to_string(), c.secret_access_key.reveal().to_string()));
    let any = || (daemon.cloud().home.account.to_string(), "any".to_string());
    let key = key.or_else(|| arguments.any_credentials.then(any));
    let mut out = std::io::stdout().lock();
    if json {
        let line = serde_json::json!({
            "ready": true,
            "endpoint": status.endpoint,
            "region": region,
            "access_key_id": key.as_ref().map(|(id, _)| id),
            "secret_access_key": key.as_ref().map(|(_, secret)| secret),
            "packets": status.run_dir.is_some(),
            "state_dir": status.state_dir,
            "pid": status.pid,
        });
        writeln!(out, "{line}")?;
    } else if let Some(endpoint) = &status.endpoint {
        if let Some((id, secret)) = &key {
            write!(out, "{}", exports(endpoint, &region, id, secret))?;
        }
        writeln!(out, "# ready: {endpoint}")?;
    }
    // Whoever started it may have hung up; the daemon goes on.
    let _ = out.flush();
    Ok(())
}
