//! The Unix socket: who may speak, one request a connection.

use crate::daemon::Inner;
use crate::error::{Error, Failure};
use crate::protocol::{Event, Message, Reply, Request};
use crate::{client, state_dir, wire};
use nix::poll::{PollFd, PollFlags, poll};
use nix::sys::socket::{getsockopt, sockopt};
use std::os::fd::AsFd;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// Requests under way at a time; one more is told to come again.
const MOST_CONNECTIONS: usize = 64;
/// What a client gets to send its request.
const REQUEST_TIME: Duration = Duration::from_secs(10);
/// What a client gets to take a line of an answer: one that does not read holds up nobody but itself.
const ANSWER_TIME: Duration = Duration::from_secs(30);

/// Whoever asked: takes events, and may hang up.
pub trait Caller: Sync {
    fn event(&self, event: Event);
    /// Nobody waits for the answer any more.
    fn gone(&self) -> bool;
}

/// Answers on the socket until it is dropped.
pub struct Server {
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    socket: std::path::PathBuf,
}

impl Server {
    /// `owner`: the user and group that may speak to the daemon beside root.
    pub(crate) fn start(inner: Arc<Inner>, owner: (u32, u32)) -> Result<Server, Error> {
        let state = inner.state_path().to_path_buf();
        let socket = state.join(state_dir::SOCKET);
        let fail = |e| Error::io(&socket, e);
        let listener = client::bind(&state, state_dir::SOCKET).map_err(fail)?;
        chown(&socket, Some(owner.0), Some(owner.1)).map_err(fail)?;
        std::fs::set_permissions(&socket, std::fs::Permissions::from_mode(0o660)).map_err(fail)?;
        listener.set_nonblocking(true).map_err(fail)?;
        let ended = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&ended);
        let thread = std::thread::Builder::new()
            .name("croft-socket".into())
            .spawn(move || accept(&listener, &inner, owner, &stop))
            .map_err(fail)?;
        Ok(Server { ended, thread: Some(thread), socket })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // A panic in it has been printed.
            let _ = thread.join();
        }
        let _ = std::fs::remove_file(&self.socket);
    }
}

fn accept(listener: &UnixListener, inner: &Arc<Inner>, owner: (u32, u32), ended: &Arc<AtomicBool>) {
    let mut connections: Vec<JoinHandle<()>> = Vec::new();
    while !ended.load(Ordering::Relaxed) {
        let _ = poll(&mut [PollFd::new(listener.as_fd(), PollFlags::POLLIN)], 100u8);
        connections.retain(|c| !c.is_finished());
        let Ok((stream, _)) = listener.accept() else { continue };
        if let Err(failure) = admit(&stream, owner, connections.len()) {
            let _ = wire::send(&stream, &Message::Failed(failure), &[]);
            continue;
        }
        let (inner, ended) = (Arc::clone(inner), Arc::clone(ended));
        let spawned =
            std::thread::Builder::new().name("croft-request".into()).spawn(move || serve(&inner, stream, &ended));
        match spawned {
            Ok(connection) => connections.push(connection),
            Err(error) => tracing::error!(%error, "no thread for a request"),
        }
    }
    for connection in connections {
        // A panic in it has been printed.
        let _ = connection.join();
    }
}

/// Root, and the user or group that the state directory belongs to.
fn admit(stream: &UnixStream, owner: (u32, u32), connections: usize) -> Result<(), Failure> {
    let refuse = |message: String| Err(Failure { code: None, message });
    let peer = match getsockopt(stream, sockopt::PeerCredentials) {
        Ok(peer) => peer,
        Err(error) => return refuse(format!("who asks cannot be told: {error}")),
    };
    if peer.uid() != 0 && peer.uid() != owner.0 && peer.gid() != owner.1 {
        return refuse(format!(
            "user {} may not speak to this daemon: its state belongs to user {}",
            peer.uid(),
            owner.0
        ));
    }
    if connections >= MOST_CONNECTIONS {
        return refuse(format!("{MOST_CONNECTIONS} requests are under way: try again"));
    }
    let prepared = stream
        .set_nonblocking(false)
        .and_then(|()| stream.set_read_timeout(Some(REQUEST_TIME)))
        .and_then(|()| stream.set_write_timeout(Some(ANSWER_TIME)));
    prepared.or_else(|error| refuse(error.to_string()))
}

fn serve(inner: &Arc<Inner>, stream: UnixStream, ended: &AtomicBool) {
    let answer = match wire::receive_request::<Request>(&stream) {
        Ok((request, descriptors)) => {
            let caller = Connection { stream: &stream, ended };
            inner.answer(request, descriptors, &caller)
        }
        Err(error) => Err(Error::Protocol(error.to_string())),
    };
    let message = match answer {
        Ok(reply) => Message::Done(reply),
        Err(error) => Message::Failed(error.failure()),
    };
    // Whoever hung up does not hear it.
    let _ = wire::send(&stream, &message, &[]);
    if let Message::Done(Reply::Stopping { keep_fabric }) = message {
        inner.ask_to_stop(crate::daemon::Stop { keep_fabric });
    }
}

struct Connection<'a> {
    stream: &'a UnixStream,
    ended: &'a AtomicBool,
}

impl Caller for Connection<'_> {
    fn event(&self, event: Event) {
        let _ = wire::send(self.stream, &Message::Event(event), &[]);
    }

    /// A client says nothing after its request: what can be read is its end.
    fn gone(&self) -> bool {
        let mut watched = [PollFd::new(self.stream.as_fd(), PollFlags::POLLIN)];
        self.ended.load(Ordering::Relaxed) || poll(&mut watched, 0u8).is_ok_and(|ready| ready > 0)
    }
}
