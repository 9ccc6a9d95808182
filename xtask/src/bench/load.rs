//! Loads between two ends, client and server pinned to one processor so that it never idles and the figures are tight.
//!
//! Each load is bounded in time and stops by itself. The ends are made by threads that are already where they should
//! be: a namespace belongs to a thread.

use nix::sched::{CpuSet, sched_setaffinity};
use nix::unistd::Pid;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
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
/// Bytes of a stream that the server confirms with one.
const BURST: usize = 4 << 20;
/// How often the server looks whether it should stop, ms. Idle servers share the processor with the load.
const STOP: u16 = 200;

/// Pins the calling thread.
pub fn pin(processor: usize) -> nix::Result<()> {
    let mut set = CpuSet::new();
    set.set(processor)?;
    sched_setaffinity(Pid::from_raw(0), &set)
}

/// The answering end. Runs until `stop`; `ready` is set once it listens.
pub fn serve(address: Ipv4Addr, processor: usize, stop: &Arc<AtomicBool>, ready: &mpsc::Sender<()>) -> io::Result<()> {
    pin(processor)?;
    let mut threads = vec![];
    for i in 0..PORTS {
        let listener = TcpListener::bind((address, PORT + i))?;
        listener.set_nonblocking(true)?;
        let stop = stop.clone();
        threads.push(std::thread::spawn(move || accept(&listener, &stop)));
    }
    let socket = UdpSocket::bind((address, PORT))?;
    socket.set_read_timeout(Some(Duration::from_millis(STOP.into())))?;
    let udp_stop = stop.clone();
    threads.push(std::thread::spawn(move || acknowledge(&socket, &udp_stop)));
    let _ = ready.send(());
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
        poll(&mut wait, STOP)?;
        while let Ok((stream, _)) = listener.accept() {
            stream.set_nonblocking(false)?;
            answer(stream, stop)?;
        }
    }
    Ok(())
}

/// The first byte says what the client wants: `s` a byte for each burst, `r` bytes back, `c` one byte. A client that is done
/// goes, and so ends this.
fn answer(mut stream: TcpStream, stop: &AtomicBool) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut byte = [0];
    if stream.read(&mut byte).unwrap_or(0) == 0 {
        return Ok(());
    }
    match byte[0] {
        b's' => {
            let mut buffer = vec![0u8; 256 * 1024];
            let mut read = 0;
            while !stop.load(Ordering::Relaxed) {
                match stream.read(&mut buffer).unwrap_or(0) {
                    0 => break,
                    n => read += n,
                }
                while read >= BURST {
                    read -= BURST;
                    stream.write_all(&[0])?;
                }
            }
        }
        b'r' => {
            while !stop.load(Ordering::Relaxed) && stream.read(&mut byte).unwrap_or(0) > 0 {
                stream.write_all(&byte)?;
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

/// The asking end of a load. What has one connection keeps it.
pub enum Client {
    Stream { stream: TcpStream, chunk: Vec<u8> },
    RequestResponse { stream: TcpStream },
    Connections { server: Ipv4Addr, made: u64 },
    Datagrams { socket: UdpSocket },
}

impl Client {
    pub fn new(load: Load, server: Ipv4Addr, processor: usize) -> io::Result<Client> {
        pin(processor)?;
        Ok(match load {
            Load::Stream => {
                let mut stream = connect(server, PORT)?;
                stream.write_all(b"s")?;
                Client::Stream { stream, chunk: vec![7u8; 128 * 1024] }
            }
            Load::RequestResponse => {
                let mut stream = connect(server, PORT)?;
                stream.write_all(b"r")?;
                Client::RequestResponse { stream }
            }
            Load::Connections => {
                // Finds the way: a program that only redirects answers no ARP.
                connection(server, PORT)?;
                Client::Connections { server, made: 0 }
            }
            Load::Datagrams => {
                let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
                socket.connect((server, PORT))?;
                socket.set_read_timeout(Some(Duration::from_millis(200)))?;
                Client::Datagrams { socket }
            }
        })
    }

    /// Runs for about `time` and says how much was done a second. When it returns, nothing is on its way any more.
    pub fn run(&mut self, time: Duration) -> io::Result<f64> {
        let (began, mut done) = (Instant::now(), 0);
        while began.elapsed() < time {
            done += self.some()?;
        }
        Ok(done as f64 / began.elapsed().as_secs_f64())
    }

    /// The smallest piece of work, and how much it is.
    fn some(&mut self) -> io::Result<u64> {
        match self {
            Client::Stream { stream, chunk } => burst(stream, chunk),
            Client::RequestResponse { stream } => requests(stream),
            Client::Connections { server, made } => {
                connection(*server, PORT + (*made % u64::from(PORTS)) as u16)?;
                *made += 1;
                Ok(1)
            }
            Client::Datagrams { socket } => datagrams(socket),
        }
    }
}

fn connect(server: Ipv4Addr, port: u16) -> io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&SocketAddr::from((server, port)), Duration::from_secs(2))?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(2)))?;
    stream.set_write_timeout(Some(Duration::from_secs(2)))?;
    Ok(stream)
}

fn burst(stream: &mut TcpStream, chunk: &[u8]) -> io::Result<u64> {
    for _ in 0..BURST / chunk.len() {
        stream.write_all(chunk)?;
    }
    stream.read_exact(&mut [0])?;
    Ok(BURST as u64)
}

fn requests(stream: &mut TcpStream) -> io::Result<u64> {
    let mut byte = [7u8];
    for _ in 0..64 {
        stream.write_all(&byte)?;
        stream.read_exact(&mut byte)?;
    }
    Ok(64)
}

fn connection(server: Ipv4Addr, port: u16) -> io::Result<()> {
    let mut stream = connect(server, port)?;
    stream.write_all(b"c")?;
    // The server closes first, so the waiting time of the closed connection lies with its few ports.
    let _ = stream.read(&mut [0])?;
    Ok(())
}

fn datagrams(socket: &UdpSocket) -> io::Result<u64> {
    let (plain, last) = ([0u8; 64], {
        let mut b = [0u8; 64];
        b[0] = 1;
        b
    });
    for i in 0..WINDOW {
        socket.send(if i + 1 == WINDOW { &last } else { &plain })?;
    }
    match socket.recv(&mut [0u8; 8]) {
        Ok(_) => Ok(WINDOW as u64),
        Err(e) if matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => Ok(0),
        Err(e) => Err(e),
    }
}
