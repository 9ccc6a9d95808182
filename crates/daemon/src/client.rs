//! The other side of the socket.

use crate::error::Error;
use crate::protocol::{Event, Message, Reply, Request, Status};
use crate::{state_dir, wire};
use std::io::{self, BufReader};
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

/// Speaks to the daemon that holds a state directory. Each request is a connection of its own.
#[derive(Clone, Debug)]
pub struct Client {
    state: PathBuf,
}

impl Client {
    /// Finds the daemon of a directory, or says that there is none.
    pub fn connect(state: &Path) -> Result<Client, Error> {
        let client = Client { state: state.to_path_buf() };
        client.open()?;
        Ok(client)
    }

    pub fn state(&self) -> &Path {
        &self.state
    }

    /// Sends a request and hands on every event until the reply.
    pub fn request(
        &self,
        request: &Request,
        descriptors: &[BorrowedFd<'_>],
        mut event: impl FnMut(Event),
    ) -> Result<Reply, Error> {
        let stream = self.open()?;
        let numbers: Vec<RawFd> = descriptors.iter().map(AsRawFd::as_raw_fd).collect();
        match wire::send(&stream, request, &numbers) {
            // A daemon that refuses to listen has said why before it closed.
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(Error::io(&self.state, error)),
            _ => {}
        }
        let mut reader = BufReader::new(stream);
        loop {
            match wire::receive_line(&mut reader) {
                Ok(Some(Message::Event(e))) => event(e),
                Ok(Some(Message::Done(reply))) => return Ok(reply),
                Ok(Some(Message::Failed(failure))) => return Err(Error::Remote(failure)),
                Ok(None) => return Err(Error::Ended),
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return Err(Error::Ended),
                Err(error) => return Err(Error::Protocol(error.to_string())),
            }
        }
    }

    pub fn status(&self) -> Result<Status, Error> {
        match self.request(&Request::Status, &[], |_| {})? {
            Reply::Status(status) => Ok(status),
            other => Err(Error::Protocol(format!("{other:?}"))),
        }
    }

    fn open(&self) -> Result<UnixStream, Error> {
        at_socket(&self.state, state_dir::SOCKET, |path| UnixStream::connect(path)).map_err(|e| match e.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => Error::NoDaemon { state: self.state.clone() },
            _ => Error::io(&self.state.join(state_dir::SOCKET), e),
        })
    }
}

/// Binds a socket in a directory, in place of what a dead daemon may have left.
pub(crate) fn bind(directory: &Path, name: &str) -> io::Result<UnixListener> {
    at_socket(directory, name, |path| {
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        UnixListener::bind(path)
    })
}

/// A socket's path has at most 107 bytes; by way of a descriptor of its directory every path is short enough.
fn at_socket<T>(directory: &Path, name: &str, with: impl FnOnce(&Path) -> io::Result<T>) -> io::Result<T> {
    let directory =
        std::fs::OpenOptions::new().read(true).custom_flags(libc::O_PATH | libc::O_DIRECTORY).open(directory)?;
    with(Path::new(&format!("/proc/self/fd/{}/{name}", directory.as_raw_fd())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_daemon_that_ends_before_it_answers_is_told_from_one_that_answers_nonsense() {
        let home = tempfile::tempdir().expect("a directory");
        let listener = bind(home.path(), state_dir::SOCKET).expect("a socket");
        let client = Client { state: home.path().to_path_buf() };
        let daemon = std::thread::spawn(move || {
            for answer in ["", "what?\n"] {
                let (mut stream, _) = listener.accept().expect("a client");
                io::BufRead::read_line(&mut BufReader::new(&stream), &mut String::new()).expect("its request");
                io::Write::write_all(&mut stream, answer.as_bytes()).expect("it listens");
            }
        });
        assert!(matches!(client.status(), Err(Error::Ended)));
        assert!(matches!(client.status(), Err(Error::Protocol(_))));
        daemon.join().expect("it has ended");
    }
}
