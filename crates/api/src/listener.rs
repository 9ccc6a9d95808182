//! The port: who gets in, how many at a time, for how long, and how it ends.

use crate::application::Application;
use crate::exchange::Exchange;
use crate::metrics::Metrics;
use crate::tls::{self, TlsFiles};
use croft_model::credential::Secret;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio_rustls::TlsAcceptor;

/// More wait in the kernel's queue.
const MOST_CONNECTIONS: usize = 512;
/// For a request's head, which is also how long a connection may say nothing.
const HEAD_TIME: Duration = Duration::from_secs(30);
const HANDSHAKE_TIME: Duration = Duration::from_secs(10);
/// Of a request's head.
const LARGEST_HEAD: usize = 64 << 10;
/// What requests under way get when the listener ends.
const END_TIME: Duration = Duration::from_secs(5);
/// Answering is quick; a second one keeps health and metrics near while a commit waits for the disk.
const WORKERS: usize = 2;

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
    runtime: Option<Runtime>,
    connections: Arc<Semaphore>,
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
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(WORKERS)
            .thread_name("croft-api")
            .enable_io()
            .enable_time()
            .build()
            .map_err(fail)?;
        let listener = runtime.block_on(TcpListener::bind(address)).map_err(fail)?;
        let bound = listener.local_addr().map_err(fail)?;
        let (end, ended) = watch::channel(false);
        let connections = Arc::new(Semaphore::new(MOST_CONNECTIONS));
        let exchange = Arc::new(Exchange::new(&options, application, Metrics::default()));
        let port = Port { exchange, acceptor, ended, connections: Arc::clone(&connections) };
        let tls = port.acceptor.is_some();
        runtime.spawn(port.accept(listener));
        Ok(Listener { address: bound, tls, end, runtime: Some(runtime), connections })
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
        let Some(runtime) = self.runtime.take() else { return };
        let _ = self.end.send(true);
        runtime.block_on(async {
            let all = self.connections.acquire_many(MOST_CONNECTIONS as u32);
            if tokio::time::timeout(END_TIME, all).await.is_err() {
                tracing::warn!("connections were cut off: they did not end in time");
            }
        });
        runtime.shutdown_timeout(END_TIME);
    }
}

struct Port<A> {
    exchange: Arc<Exchange<A>>,
    acceptor: Option<TlsAcceptor>,
    ended: watch::Receiver<bool>,
    connections: Arc<Semaphore>,
}

impl<A: Application> Port<A> {
    async fn accept(self, listener: TcpListener) {
        let mut ended = self.ended.clone();
        loop {
            let next = async {
                let permit = Arc::clone(&self.connections).acquire_owned().await;
                (permit, listener.accept().await)
            };
            let (permit, accepted) = tokio::select! {
                _ = ended.changed() => return,
                next = next => next,
            };
            match (permit, accepted) {
                (Ok(permit), Ok((stream, _))) => self.admit(stream, permit),
                (Err(_), _) => return,
                (_, Err(error)) => {
                    // Of one connection, or no descriptors left: the next one may do.
                    tracing::warn!(%error, "a connection was not accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
    }

    fn admit(&self, stream: TcpStream, permit: OwnedSemaphorePermit) {
        let (exchange, acceptor, ended) = (Arc::clone(&self.exchange), self.acceptor.clone(), self.ended.clone());
        tokio::spawn(async move {
            exchange.metrics.connections.fetch_add(1, Ordering::Relaxed);
            let metrics = Arc::clone(&exchange);
            if let (Ok(local), Ok(())) = (stream.local_addr(), stream.set_nodelay(true)) {
                match acceptor {
                    None => serve(exchange, stream, local.ip(), ended).await,
                    Some(acceptor) => match tokio::time::timeout(HANDSHAKE_TIME, acceptor.accept(stream)).await {
                        Ok(Ok(stream)) => serve(exchange, stream, local.ip(), ended).await,
                        // A client that does not trust the certificate, or no client of ours.
                        Ok(Err(error)) => tracing::debug!(%error, "no TLS"),
                        Err(_) => tracing::debug!("no TLS in time"),
                    },
                }
            }
            metrics.metrics.connections.fetch_sub(1, Ordering::Relaxed);
            drop(permit);
        });
    }
}

async fn serve<A: Application>(
    exchange: Arc<Exchange<A>>,
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    local: IpAddr,
    mut ended: watch::Receiver<bool>,
) {
    let service = service_fn(move |request| {
        let exchange = Arc::clone(&exchange);
        async move { Ok::<_, std::convert::Infallible>(exchange.answer(request, local).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(LARGEST_HEAD)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    let finished = tokio::select! {
        finished = connection.as_mut() => finished,
        _ = until_ended(&mut ended) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = finished {
        // Hung up, too slow, or not HTTP.
        tracing::debug!(%error, "a connection ended");
    }
}

async fn until_ended(ended: &mut watch::Receiver<bool>) {
    // An error says that the sender is gone, which is an end too.
    let _ = ended.wait_for(|ended| *ended).await;
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
