//! A request for a page, from inside one end: what a lab expects of its services, and whether they are up.

use crate::daemon::Inner;
use crate::error::Error;
use crate::probe::{Place, socket};
use crate::protocol::Transport;
use croft_analysis::Endpoint;
use croft_model::NetworkInterfaceId;
use nix::poll::{PollFd, PollFlags, poll};
use nix::sys::socket::SockType;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

/// For the connection, and again for each part of the answer.
const PATIENCE: Duration = Duration::from_secs(3);
/// Of an answer.
const LARGEST: u64 = 1 << 20;

impl Inner {
    /// The body that an HTTP server gives to a request from `source`.
    pub fn http(&self, source: &str, destination: &str, port: u16, path: &str) -> Result<String, Error> {
        let cloud = self.cloud();
        let primary = |id: &NetworkInterfaceId| {
            let interface = cloud.interfaces.get(id)?;
            Some((interface, *interface.private_ips.first()?))
        };
        let outside = |address: Option<Ipv4Addr>| address.unwrap_or(croft_analysis::INTERNET_ADDRESS);
        let (site, from) = match self.endpoint(source)? {
            Endpoint::Internet(address) => (self.internet()?, outside(address)),
            Endpoint::Interface(id) => {
                let site = self.site(&cloud, &id).zip(primary(&id).map(|(_, address)| address));
                let state = || Error::NotRunning { name: source.to_string(), state: "not running".to_string() };
                site.ok_or_else(state)?
            }
            Endpoint::Address(address) => {
                return Err(Error::Invalid(format!("name the workload or internet@{address} as the source")));
            }
        };
        let target = match self.endpoint(destination)? {
            Endpoint::Internet(address) => outside(address),
            Endpoint::Address(address) => address,
            Endpoint::Interface(id) => {
                let (to, private) = primary(&id).ok_or_else(|| Error::NoWorkload(destination.to_string()))?;
                // From the internet there is only the public address.
                match source.starts_with("internet") {
                    true => cloud.public_ip(to, private).unwrap_or(private),
                    false => private,
                }
            }
        };
        let mut client = None;
        let opened = site.inside(&mut || {
            client = Some(socket::open_client(site.end(from), SockType::Stream)?);
            Ok(())
        });
        let fail = |error| Error::Invalid(format!("http://{target}:{port}{path}: {error}"));
        opened.map_err(fail)?;
        let client = client.ok_or_else(|| fail(io::Error::other("the namespace could not be entered")))?;
        get(client, target, port, path).map_err(fail)
    }

    /// Does anything in the workload listen on the port?
    pub fn listens(&self, name: &str, port: u16, protocol: Transport) -> Result<bool, Error> {
        let id = self.instance(name)?;
        self.workload(name)?;
        let table = match protocol {
            Transport::Tcp => "/proc/thread-self/net/tcp",
            Transport::Udp => "/proc/thread-self/net/udp",
            Transport::Icmp => return Ok(true),
        };
        let sockets = self.host()?.fabric.in_namespace(id.as_str(), || std::fs::read_to_string(table))?;
        let sockets = sockets.map_err(|e| Error::io(table.as_ref(), e))?;
        Ok(has_listener(&sockets, port, protocol))
    }
}

/// Lines of `/proc/net/tcp`: number, local address, remote address, state …; 0A is LISTEN, 07 an unconnected UDP one.
fn has_listener(table: &str, port: u16, protocol: Transport) -> bool {
    let state = if protocol == Transport::Tcp { "0A" } else { "07" };
    table.lines().skip(1).any(|line| {
        let mut fields = line.split_whitespace().skip(1);
        let local = fields.next().and_then(|a| a.rsplit_once(':')).and_then(|(_, p)| u16::from_str_radix(p, 16).ok());
        local == Some(port) && fields.nth(1) == Some(state)
    })
}

fn get(client: OwnedFd, target: Ipv4Addr, port: u16, path: &str) -> io::Result<String> {
    socket::connect(&client, target, port)?;
    let mut watched = [PollFd::new(client.as_fd(), PollFlags::POLLOUT)];
    if poll(&mut watched, u16::try_from(PATIENCE.as_millis()).unwrap_or(u16::MAX))? == 0 {
        return Err(io::Error::from(io::ErrorKind::TimedOut));
    }
    match nix::sys::socket::getsockopt(&client, nix::sys::socket::sockopt::SocketError)? {
        0 => {}
        code => return Err(io::Error::from_raw_os_error(code)),
    }
    let mut stream = TcpStream::from(client);
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {target}:{port}\r\nConnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.take(LARGEST).read_to_end(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer);
    match answer.split_once("\r\n\r\n") {
        Some((head, body)) if head.starts_with("HTTP/1.") => Ok(body.to_string()),
        _ => Err(io::Error::new(io::ErrorKind::InvalidData, "the answer is not HTTP")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listeners_are_told_from_connections() {
        let table = "  sl  local_address rem_address   st\n\
                     0: 00000000:1F90 00000000:0000 0A 0\n\
                     1: 0100000A:C350 0200000A:1F91 01 0\n";
        assert!(has_listener(table, 8080, Transport::Tcp));
        assert!(!has_listener(table, 0xc350, Transport::Tcp));
        assert!(!has_listener(table, 8080, Transport::Udp));
    }
}
