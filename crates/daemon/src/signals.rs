//! Signals that came to the fabric's internet (row EXT-2), over a Unix socket in the run directory. The internet's services
//! alone speak there, and it takes nothing but signals: a handle's secret, a line's end and the body, until the other side
//! has said all; back goes a status, a line's end and a text.
//!
//! One at a time is looked at. What comes in a crowd waits with the internet's services, which give each client its turn.

use crate::client;
use crate::daemon::Inner;
use crate::error::Error;
use croft_api::signal::{self, LARGEST};
use croft_datapath::{LARGEST_SIGNAL, SIGNALS_ADDRESS, SIGNALS_SOCKET};
use nix::poll::{PollFd, PollFlags, poll};
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

// Nobody else has the address, and what the internet takes is what the API takes.
const _: () = assert!(SIGNALS_ADDRESS.to_bits() == croft_control::SIGNALS_ADDRESS.to_bits());
const _: () = assert!(LARGEST_SIGNAL == LARGEST);

/// For the other side, which has all of a signal before it calls, to say it.
const TIME: Duration = Duration::from_secs(5);
/// Bytes of a request: a signal and a path of the internet's.
const LONGEST: u64 = (LARGEST_SIGNAL + (16 << 10)) as u64;

/// What handles' URLs begin with where a fabric runs.
pub(crate) fn endpoint() -> String {
    format!("http://{SIGNALS_ADDRESS}")
}

/// Takes signals until it is dropped.
pub(crate) struct Door {
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    socket: PathBuf,
}

impl Door {
    /// `run_dir`: the fabric's.
    pub(crate) fn open(inner: Arc<Inner>, run_dir: PathBuf) -> Result<Door, Error> {
        let socket = run_dir.join(SIGNALS_SOCKET);
        let fail = |e| Error::io(&socket, e);
        let listener = client::bind(&run_dir, SIGNALS_SOCKET).map_err(fail)?;
        std::fs::set_permissions(&socket, std::fs::Permissions::from_mode(0o600)).map_err(fail)?;
        listener.set_nonblocking(true).map_err(fail)?;
        let ended = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&ended);
        let thread = std::thread::Builder::new()
            .name("croft-signals".into())
            .spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    let _ = poll(&mut [PollFd::new(listener.as_fd(), PollFlags::POLLIN)], 100u8);
                    let Ok((stream, _)) = listener.accept() else { continue };
                    if let Err(error) = answer(&inner, &stream) {
                        tracing::warn!(%error, "a signal was not heard to its end, or its answer not taken");
                    }
                }
            })
            .map_err(fail)?;
        Ok(Door { ended, thread: Some(thread), socket })
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // A panic in it has been printed.
            let _ = thread.join();
        }
        let _ = std::fs::remove_file(&self.socket);
    }
}

fn answer(inner: &Inner, mut stream: &UnixStream) -> io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(TIME))?;
    stream.set_write_timeout(Some(TIME))?;
    let mut said = Vec::new();
    stream.take(LONGEST).read_to_end(&mut said)?;
    let end = said.iter().position(|byte| *byte == b'\n').ok_or(io::ErrorKind::InvalidData)?;
    let (key, body) = (String::from_utf8_lossy(&said[..end]), &said[end + 1..]);
    let (status, text) = signal::answer(body, |body| inner.signal(&key, body));
    stream.write_all(format!("{}\n{text}", status.as_u16()).as_bytes())
}
