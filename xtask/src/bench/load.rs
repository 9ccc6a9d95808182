//! Loads between two ends, client and server pinned to one processor so that it never idles and the figures are tight.
//!
//! Each load is bounded in time and stops by itself. The ends are made by threads that are already where they should
//! be: a namespace belongs to a thread.

use nix::sched::{CpuSet, sched_setaffinity};
use nix::unistd::Pid;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// What is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Load {
    /// One TCP connection, as many bytes as go: bytes a second.
    Stream,
    /// One TCP connection, a byte there and a byte back: exchanges a second.
    RequestResponse,
    /// Connect, a byte, close: connections a second.
    Connections,
    /// Datagrams of 64 bytes, 32 on the way at a time: datagrams a second.
    Datagrams,
}

impl Load {
    pub const ALL: [Load; 4] = [Load::Stream, Load::RequestResponse, Load::Connections, Load::Datagrams];

    pub fn name(self) -> &'static str {
        match self {
            Load::Stream => "TCP stream",
            Load::RequestResponse => "request/response",
            Load::Connections => "connections",
            Load::Datagrams => "UDP 64 B",
        }
    }
}

/// Ports of the server, several for connections so that the client's ports last.
const PORT: u16 = 7000;
const PORTS: u16 = 8;
const WINDOW: usize = 32;

/// Pins the calling thread.
pub fn pin(processor: usize) -> nix::Result<()> {
    let mut set = CpuSet::new();
    set.set(processor)?;
    sched_setaffinity(Pid::from_raw(0), &set)
}

/// The answering end. Runs until `stop`; `ready` is set once it listens.
pub fn serve(address: Ipv4Addr, processor: usize, stop: &Arc<AtomicBool>, ready: &AtomicBool) -> io::Result<()> {
    pin(processor)?;
    let mut threads = vec![];
    for i in 0..PORTS {
        let listener = TcpListener::bind((address, PORT + i))?;
        listener.set_nonblocking(true)?;
        let stop = stop.clone();
        threads.push(std::thread::spawn(move || accept(&listener, &stop)));
    }
    let socket = UdpSocket::bind((address, PORT))?;
    socket.set_read_timeout(Some(Duration::from_millis(50)))?;
    let udp_stop = stop.clone();
    threads.push(std::thread::spawn(move || acknowledge(&socket, &udp_stop)));
    ready.store(true, Ordering::Release);
    for thread in threads {
        thread.join().map_err(|_| io::Error::other("a server thread ended early"))??;
    }
    Ok(())
}

fn accept(listener: &TcpListener, stop: &Arc<AtomicBool>) -> io::Result<()> {
    use nix::poll::{PollFd, PollFlags, poll};
    use std::os::fd::AsFd;
    while !stop.load(Ordering::Relaxed) {
        let mut wait = [PollFd::new(listener.as_fd(), PollFlags::POLLIN)];
        poll(&mut wait, 50u16)?;
        while let Ok((stream, _)) = listener.accept() {
            stream.set_nonblocking(false)?;
            answer(stream, stop)?;
        }
    }
    Ok(())
}

/// The first byte says what the client wants: `s` a sink, `r` bytes back, `c` one byte.
fn answer(mut stream: TcpStream, stop: &AtomicBool) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_millis(500)))?;
    let mut buffer = vec![0u8; 256 * 1024];
    if stream.read(&mut buffer[..1]).unwrap_or(0) == 0 {
        return Ok(());
    }
    match buffer[0] {
        b's' => while !stop.load(Ordering::Relaxed) && stream.read(&mut buffer).unwrap_or(0) > 0 {},
        b'r' => {
            while !stop.load(Ordering::Relaxed) && stream.read(&mut buffer[..1]).unwrap_or(0) > 0 {
                stream.write_all(&buffer[..1])?;
            }
        }
        _ => {}
    }
    Ok(())
}

fn acknowledge(socket: &UdpSocket, stop: &AtomicBool) -> io::Result<()> {
    let mut buffer = [0u8; 64];
    let mut seen = 0;
    while !stop.load(Ordering::Relaxed) {
        match socket.recv_from(&mut buffer) {
            Ok((_, from)) => {
                seen += 1;
                if buffer[0] == 1 || seen == WINDOW {
                    seen = 0;
                    socket.send_to(&[0], from)?;
                }
            }
            Err(e) if matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => seen = 0,
            Err(e) => return Err(e),
        }
    }
    Ok(())
}

/// The asking end: what it did in a second.
pub fn drive(load: Load, server: Ipv4Addr, processor: usize, time: Duration) -> io::Result<f64> {
    pin(processor)?;
    let done = match load {
        Load::Stream => stream(server, time),
        Load::RequestResponse => requests(server, time),
        Load::Connections => connections(server, time),
        Load::Datagrams => datagrams(server, time),
    }?;
    Ok(done as f64 / time.as_secs_f64())
}

fn connect(server: Ipv4Addr, port: u16) -> io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&SocketAddr::from((server, port)), Duration::from_secs(2))?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(2)))?;
    stream.set_write_timeout(Some(Duration::from_secs(2)))?;
    Ok(stream)
}

fn stream(server: Ipv4Addr, time: Duration) -> io::Result<u64> {
    let mut stream = connect(server, PORT)?;
    stream.write_all(b"s")?;
    let chunk = vec![7u8; 128 * 1024];
    let (began, mut sent) = (Instant::now(), 0u64);
    while began.elapsed() < time {
        stream.write_all(&chunk)?;
        sent += chunk.len() as u64;
    }
    stream.shutdown(Shutdown::Both)?;
    Ok(sent)
}

fn requests(server: Ipv4Addr, time: Duration) -> io::Result<u64> {
    let mut stream = connect(server, PORT)?;
    stream.write_all(b"r")?;
    let (began, mut done, mut byte) = (Instant::now(), 0u64, [7u8]);
    while began.elapsed() < time {
        for _ in 0..64 {
            stream.write_all(&byte)?;
            stream.read_exact(&mut byte)?;
        }
        done += 64;
    }
    Ok(done)
}

fn connections(server: Ipv4Addr, time: Duration) -> io::Result<u64> {
    let (began, mut done, mut byte) = (Instant::now(), 0u64, [0u8]);
    while began.elapsed() < time {
        let mut stream = connect(server, PORT + (done % u64::from(PORTS)) as u16)?;
        stream.write_all(b"c")?;
        // The server closes first, so the waiting time of the closed connection lies with its few ports.
        let _ = stream.read(&mut byte)?;
        done += 1;
    }
    Ok(done)
}

fn datagrams(server: Ipv4Addr, time: Duration) -> io::Result<u64> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
    socket.connect((server, PORT))?;
    socket.set_read_timeout(Some(Duration::from_millis(200)))?;
    let (began, mut done) = (Instant::now(), 0u64);
    let (plain, last) = ([0u8; 64], {
        let mut b = [0u8; 64];
        b[0] = 1;
        b
    });
    let mut byte = [0u8; 8];
    while began.elapsed() < time {
        for i in 0..WINDOW {
            socket.send(if i + 1 == WINDOW { &last } else { &plain })?;
        }
        match socket.recv(&mut byte) {
            Ok(_) => done += WINDOW as u64,
            Err(e) if matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {}
            Err(e) => return Err(e),
        }
    }
    Ok(done)
}
