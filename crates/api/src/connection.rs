//! One connection from the port to its end.

use crate::application::Application;
use crate::crowd::{Crowd, Limits, Place};
use crate::exchange::Exchange;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::futures::OwnedNotified;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

/// Of a request's head.
const LARGEST_HEAD: usize = 64 << 10;
/// For the rest of an answer to leave a connection that nothing else is going on with.
const FLUSH_TIME: Duration = Duration::from_millis(100);

/// What a connection needs of its listener.
pub(crate) struct Port<A> {
    pub exchange: Arc<Exchange<A>>,
    pub acceptor: Option<TlsAcceptor>,
    pub ended: watch::Receiver<bool>,
    pub crowd: Crowd,
}

impl<A> Clone for Port<A> {
    fn clone(&self) -> Port<A> {
        let Port { exchange, acceptor, ended, crowd } = self;
        let (exchange, acceptor) = (Arc::clone(exchange), acceptor.clone());
        Port { exchange, acceptor, ended: ended.clone(), crowd: crowd.clone() }
    }
}

impl<A: Application> Port<A> {
    /// Takes connections in until the end.
    pub async fn accept(&self, listener: TcpListener) {
        let mut ended = self.ended.clone();
        loop {
            let next = async {
                match listener.accept().await {
                    Ok((stream, _)) => Ok(self.crowd.enter().await.map(|place| (stream, place))),
                    Err(error) => Err(error),
                }
            };
            let accepted = tokio::select! {
                _ = until_ended(&mut ended) => return,
                next = next => next,
            };
            match accepted {
                Ok(Some((stream, place))) => self.admit(stream, place),
                Ok(None) => return,
                Err(error) => {
                    // Of one connection, or no descriptors left: the next one may do.
                    tracing::warn!(%error, "a connection was not accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
    }

    fn admit(&self, stream: TcpStream, place: Place) {
        let port = self.clone();
        // In the order in which they came.
        let wanted = self.crowd.wanted();
        tokio::spawn(async move {
            let connections = &port.exchange.metrics.connections;
            connections.fetch_add(1, Ordering::Relaxed);
            port.speak(stream, wanted).await;
            connections.fetch_sub(1, Ordering::Relaxed);
            drop(place);
        });
    }

    async fn speak(&self, stream: TcpStream, mut wanted: Pin<Box<OwnedNotified>>) {
        let (Ok(local), Ok(())) = (stream.local_addr(), stream.set_nodelay(true)) else { return };
        let Some(acceptor) = self.acceptor.clone() else {
            return self.serve(stream, local.ip(), wanted).await;
        };
        let handshake = tokio::time::timeout(self.crowd.limits().handshake, acceptor.accept(stream));
        let shaken = tokio::select! {
            shaken = handshake => shaken,
            () = wanted.as_mut() => return,
        };
        match shaken {
            Ok(Ok(stream)) => self.serve(stream, local.ip(), wanted).await,
            // A client that does not trust the certificate, or no client of ours.
            Ok(Err(error)) => tracing::debug!(%error, "no TLS"),
            Err(_) => tracing::debug!("no TLS in time"),
        }
    }

    /// Answers what comes over a connection. `wanted`: somebody else needs its place.
    async fn serve(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        local: IpAddr,
        wanted: impl Future<Output = ()>,
    ) {
        let answering = Arc::new(AtomicBool::new(false));
        let service = service_fn(|request| {
            let (exchange, answering) = (Arc::clone(&self.exchange), Arc::clone(&answering));
            async move {
                answering.store(true, Ordering::Relaxed);
                let answer = exchange.answer(request, local).await;
                answering.store(false, Ordering::Relaxed);
                Ok::<_, std::convert::Infallible>(answer)
            }
        });
        let Limits { head, end, .. } = *self.crowd.limits();
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(head)
            .max_buf_size(LARGEST_HEAD)
            .serve_connection(TokioIo::new(stream), service);
        let mut connection = pin!(connection);
        let mut ended = self.ended.clone();
        let finished = tokio::select! {
            finished = connection.as_mut() => finished,
            _ = until_ended(&mut ended) => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
            () = wanted => {
                connection.as_mut().graceful_shutdown();
                let patience = if answering.load(Ordering::Relaxed) { end } else { FLUSH_TIME };
                match tokio::time::timeout(patience, connection).await {
                    Ok(finished) => finished,
                    Err(_) => return tracing::debug!("a connection was cut off: its place was wanted"),
                }
            }
        };
        if let Err(error) = finished {
            // Hung up, too slow, or not HTTP.
            tracing::debug!(%error, "a connection ended");
        }
    }
}

async fn until_ended(ended: &mut watch::Receiver<bool>) {
    // An error says that the sender is gone, which is an end too.
    let _ = ended.wait_for(|ended| *ended).await;
}
