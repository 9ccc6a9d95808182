//! What can be asked: may this end open a connection to that one, and does the answer come back?

use std::fmt;
use std::net::Ipv4Addr;

use croft_model::NetworkInterfaceId;
use serde::{Deserialize, Serialize};

/// A path that may be open or closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReachQuestion {
    pub source: Endpoint,
    pub destination: Endpoint,
    pub protocol: Transport,
    /// Destination port; 0 for ICMP.
    pub port: u16,
}

/// One end of a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Endpoint {
    Interface(NetworkInterfaceId),
    /// Of an interface, private or public, or of anything that it may be routed to.
    Address(Ipv4Addr),
    /// Anybody on the internet, or one address there.
    Internet(Option<Ipv4Addr>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transport {
    Tcp,
    Udp,
    /// Echo request and reply.
    Icmp,
}

impl Transport {
    /// IANA's number.
    pub fn number(self) -> u8 {
        match self {
            Transport::Icmp => croft_engine::tables::ICMP,
            Transport::Tcp => croft_engine::tables::TCP,
            Transport::Udp => croft_engine::tables::UDP,
        }
    }
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Transport::Tcp => "tcp",
            Transport::Udp => "udp",
            Transport::Icmp => "icmp",
        })
    }
}

/// Where a question about the internet at large is asked from and to: an address that no fabric gives out.
pub const INTERNET_ADDRESS: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 1);

/// The source port of questions about TCP and UDP, and the identifier of echo requests.
pub const SOURCE_PORT: u16 = 50_123;

/// Why a question has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReachError {
    #[error("The network interface {0} does not exist; `croft ps` lists those that do.")]
    NoInterface(NetworkInterfaceId),
    #[error("No interface holds the address {0}; `internet@{0}` asks for a host of that address on the internet.")]
    NotHeld(Ipv4Addr),
    #[error("Several interfaces hold the address {address}, in different VPCs: name one of {interfaces:?}.")]
    Ambiguous { address: Ipv4Addr, interfaces: Vec<NetworkInterfaceId> },
    #[error("Both ends are on the internet: no packet between them crosses the fabric. Name a workload as one end.")]
    BothOutside,
    #[error("Source and destination are the same interface, {0}: a packet to itself never leaves it.")]
    SameInterface(NetworkInterfaceId),
    #[error("{0} is not an address on the internet: it is private, or of the fabric's own public addresses.")]
    NotOnTheInternet(Ipv4Addr),
    #[error("{0} is a NAT gateway's interface, which sends nothing of its own: ask for a workload behind it.")]
    NatGateway(NetworkInterfaceId),
    #[error("The interface {0} has no address.")]
    NoAddress(NetworkInterfaceId),
}
