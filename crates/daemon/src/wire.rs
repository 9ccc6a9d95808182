//! Lines of JSON over a Unix socket, with file descriptors beside the first one.
//!
//! A connection carries one request: a line from the client, which may bring up to [`MOST_DESCRIPTORS`] descriptors
//! (the standard streams of `exec`, the file of `capture`), then lines from the daemon until the last one.

use nix::sys::socket::{ControlMessage, ControlMessageOwned, MsgFlags, UnixAddr, recvmsg, sendmsg};
use serde::{Serialize, de::DeserializeOwned};
use std::io::{self, BufRead, IoSlice, IoSliceMut, Write};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;

/// A template may have a megabyte; JSON may double it.
pub const LONGEST_LINE: usize = 4 << 20;
pub const MOST_DESCRIPTORS: usize = 3;

/// Sends one line; the descriptors travel with its first byte.
pub fn send<T: Serialize>(stream: &UnixStream, message: &T, descriptors: &[RawFd]) -> io::Result<()> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    let rights = [ControlMessage::ScmRights(descriptors)];
    let control = if descriptors.is_empty() { &rights[..0] } else { &rights[..] };
    let sent = loop {
        match sendmsg::<UnixAddr>(stream.as_raw_fd(), &[IoSlice::new(&line)], control, MsgFlags::MSG_NOSIGNAL, None) {
            Err(nix::Error::EINTR) => continue,
            other => break other?,
        }
    };
    let mut rest = stream;
    rest.write_all(&line[sent..])
}

/// Receives the one line of a request and the descriptors that came with it. Bytes behind the line are an error: a
/// connection carries one request.
pub fn receive_request<T: DeserializeOwned>(stream: &UnixStream) -> io::Result<(T, Vec<OwnedFd>)> {
    let mut line = Vec::new();
    let mut descriptors = Vec::new();
    let mut buffer = vec![0u8; 64 << 10];
    loop {
        let mut control = nix::cmsg_space!([RawFd; MOST_DESCRIPTORS]);
        let received = {
            let mut parts = [IoSliceMut::new(&mut buffer)];
            let message = match recvmsg::<UnixAddr>(
                stream.as_raw_fd(),
                &mut parts,
                Some(&mut control),
                MsgFlags::MSG_CMSG_CLOEXEC,
            ) {
                Err(nix::Error::EINTR) => continue,
                other => other?,
            };
            for part in message.cmsgs()? {
                if let ControlMessageOwned::ScmRights(numbers) = part {
                    // SAFETY: the kernel has just made these descriptors for this process; nothing else owns them.
                    descriptors.extend(numbers.into_iter().map(|n| unsafe { OwnedFd::from_raw_fd(n) }));
                }
            }
            if message.flags.contains(MsgFlags::MSG_CTRUNC) || descriptors.len() > MOST_DESCRIPTORS {
                return Err(invalid(format!("more than {MOST_DESCRIPTORS} file descriptors")));
            }
            message.bytes
        };
        if received == 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the connection ended before the request did"));
        }
        line.extend_from_slice(&buffer[..received]);
        if let Some(end) = line.iter().position(|b| *b == b'\n') {
            if end + 1 != line.len() {
                return Err(invalid("more than one request on a connection".to_string()));
            }
            return Ok((serde_json::from_slice(&line[..end])?, descriptors));
        }
        if line.len() > LONGEST_LINE {
            return Err(invalid(format!("a request of more than {LONGEST_LINE} bytes")));
        }
    }
}

/// Receives the next line of an answer; none at the end.
pub fn receive_line<T: DeserializeOwned>(reader: &mut impl BufRead) -> io::Result<Option<T>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    Ok(Some(serde_json::from_str(&line)?))
}

fn invalid(text: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufReader, Read, Seek, SeekFrom};

    #[test]
    fn a_long_request_brings_its_descriptors() {
        let (here, there) = UnixStream::pair().unwrap();
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"carried").unwrap();
        let text = "x".repeat(1 << 20);
        let sent = text.clone();
        let number = file.as_raw_fd();
        let sender = std::thread::spawn(move || send(&here, &sent, &[number]).unwrap());
        let (received, descriptors): (String, _) = receive_request(&there).unwrap();
        sender.join().unwrap();
        assert_eq!(received, text);
        let mut copy = std::fs::File::from(descriptors.into_iter().next().unwrap());
        copy.seek(SeekFrom::Start(0)).unwrap();
        let mut content = String::new();
        copy.read_to_string(&mut content).unwrap();
        assert_eq!(content, "carried");
    }

    #[test]
    fn what_is_no_request_is_an_error() {
        for bytes in [&b"{\n"[..], b"\xff\xfe\n", b"1\n2\n", b"\n"] {
            let (mut here, there) = UnixStream::pair().unwrap();
            here.write_all(bytes).unwrap();
            drop(here);
            assert!(receive_request::<u32>(&there).is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn an_endless_line_is_cut_off() {
        let (mut here, there) = UnixStream::pair().unwrap();
        let sender = std::thread::spawn(move || {
            let part = vec![b'x'; 1 << 20];
            while here.write_all(&part).is_ok() {}
        });
        assert!(receive_request::<String>(&there).is_err());
        drop(there);
        sender.join().unwrap();
    }

    #[test]
    fn an_answer_ends() {
        let (here, there) = UnixStream::pair().unwrap();
        send(&here, &1u32, &[]).unwrap();
        drop(here);
        let mut reader = BufReader::new(there);
        assert_eq!(receive_line::<u32>(&mut reader).unwrap(), Some(1));
        assert_eq!(receive_line::<u32>(&mut reader).unwrap(), None);
    }
}
