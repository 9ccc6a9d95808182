//! The port: where it is, which threads answer, and how it ends.

use crate::application::Application;
use crate::connection::Port;
use crate::crowd::{Crowd, Limits};
use crate::exchange::Exchange;
use crate::metrics::Metrics;
use crate::tls::{self, TlsFiles};
use croft_model::credential::Secret;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::watch;

/// Each has its own connections and its own clock, so that an answer wakes no second thread. What waits for the disk is
/// answered apart (see [`Application::waits`]).
const WORKERS: usize = 2;
/// Threads for the latter, of each worker. The state has one writer, so more would only wait for each other.
const WAITING_THREADS: usize = 8;

#[derive(Clone, Debug)]
pub struct Options {
    pub listen: SocketAddr,
    pub tls: Option<TlsFiles>,
    /// Signatures are not verified, and a key id of twelve digits is the account.
    pub any_credentials: bool,
    /// Names that clients may use for this server beside its address and `localhost`.
    pub hosts: Vec<String>,
    /// What writes under `/_croft/` must bring; none: they need nothing.
    pub token: Option<Secret>,
    pub limits: Limits,
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{0:?} is no address to listen at: it is ADDRESS:PORT, such as 127.0.0.1:4566, or :PORT")]
    Address(String),
    #[error(
        "{address} is taken: another process listens there. End it, or choose another with --listen (:0 takes a free one)"
    )]
    Taken { address: SocketAddr },
    #[error("listening at {address}: {source}")]
    Listen { address: SocketAddr, source: io::Error },
    #[error("{address} can be reached from other machines: that needs TLS (--tls-cert and --tls-key)")]
    OpenWithoutTls { address: SocketAddr },
    #[error("{address} can be reached from other machines: --any-credentials would let everybody run programs here")]
    OpenToAnybody { address: SocketAddr },
    #[error("{}: {why}", path.display())]
    Tls { path: PathBuf, why: String },
}

/// `ADDRESS:PORT`, or `:PORT` for this machine alone.
pub fn listen_address(text: &str) -> Result<SocketAddr, Error> {
    let bad = || Error::Address(text.to_string());
    if let Some(port) = text.strip_prefix(':') {
        return port.parse().map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port))).map_err(|_| bad());
    }
    // The system's own names only: a name that has to be asked for may not be this machine.
    if let Some(port) = text.strip_prefix("localhost:") {
        return listen_address(&format!(":{port}"));
    }
    text.to_socket_addrs()
        .ok()
        .filter(|_| text.parse::<SocketAddr>().is_ok())
        .and_then(|mut a| a.next())
        .ok_or_else(bad)
}

/// Answers until it is dropped; requests under way are answered to their end.
pub struct Listener {
    address: SocketAddr,
    tls: bool,
    end: watch::Sender<bool>,
    workers: Vec<JoinHandle<()>>,
}

impl Listener {
    /// Takes the port and begins to answer.
    pub fn start<A: Application>(options: Options, application: Arc<A>) -> Result<Listener, Error> {
        let address = options.listen;
        if !address.ip().is_loopback() {
            if options.tls.is_none() {
                return Err(Error::OpenWithoutTls { address });
            }
            if options.any_credentials {
                return Err(Error::OpenToAnybody { address });
            }
        }
        let acceptor = options.tls.as_ref().map(tls::acceptor).transpose()?;
        let fail = |source: io::Error| match source.kind() {
            io::ErrorKind::AddrInUse => Error::Taken { address },
            _ => Error::Listen { address, source },
        };
        let runtime = runtime().map_err(fail)?;
        let socket = runtime.block_on(TcpListener::bind(address)).and_then(TcpListener::into_std).map_err(fail)?;
        let bound = socket.local_addr().map_err(fail)?;
        let (end, ended) = watch::channel(false);
        let tls = acceptor.is_some();
        let exchange = Arc::new(Exchange::new(&options, application, Metrics::default()));
        let port = Port { exchange, acceptor, ended, crowd: Crowd::new(options.limits) };
        let mut listener = Listener { address: bound, tls, end, workers: vec![] };
        let mut spare = Some(runtime);
        for number in 0..WORKERS {
            let runtime = spare.take().map_or_else(self::runtime, Ok).map_err(fail)?;
            let (port, socket) = (port.clone(), socket.try_clone().map_err(fail)?);
            let name = format!("croft-api-{number}");
            let worker = std::thread::Builder::new().name(name).spawn(move || work(runtime, port, socket));
            listener.workers.push(worker.map_err(fail)?);
        }
        Ok(listener)
    }

    /// Where it listens, the port that was found free included.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What clients call the endpoint.
    pub fn url(&self) -> String {
        let scheme = if self.tls { "https" } else { "http" };
        let ip = match self.address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::from(Ipv4Addr::LOCALHOST),
            IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::from(std::net::Ipv6Addr::LOCALHOST),
            ip => ip,
        };
        format!("{scheme}://{}", SocketAddr::new(ip, self.address.port()))
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self.end.send(true);
        for worker in self.workers.drain(..) {
            let _ = worker.join();
        }
    }
}

/// The loop of one thread.
fn runtime() -> io::Result<Runtime> {
    let mut loops = tokio::runtime::Builder::new_current_thread();
    loops.enable_io().enable_time().thread_name("croft-api-wait").max_blocking_threads(WAITING_THREADS).build()
}

/// Accepts and answers until the end, and sees the connections out.
fn work<A: Application>(runtime: Runtime, port: Port<A>, socket: std::net::TcpListener) {
    runtime.block_on(async {
        match TcpListener::from_std(socket) {
            Ok(socket) => port.accept(socket).await,
            Err(error) => tracing::error!(%error, "a thread of the API cannot listen"),
        }
        if !port.crowd.is_gone().await {
            tracing::warn!("connections were cut off: they did not end in time");
        }
    });
    runtime.shutdown_timeout(port.crowd.limits().end);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_alone_is_this_machine_s() {
        assert_eq!(listen_address(":0").unwrap(), "127.0.0.1:0".parse().unwrap());
        assert_eq!(listen_address("localhost:4566").unwrap(), "127.0.0.1:4566".parse().unwrap());
        assert_eq!(listen_address("[::1]:1").unwrap(), "[::1]:1".parse().unwrap());
        for text in ["", "4566", ":", ":x", ":65536", "127.0.0.1", "example.com:80"] {
            assert!(listen_address(text).is_err(), "{text}");
        }
    }
}
