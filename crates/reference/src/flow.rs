//! A flow: what makes two packets belong together.

use std::net::Ipv4Addr;

/// One direction of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Flow {
    pub source: Ipv4Addr,
    pub destination: Ipv4Addr,
    /// IANA's number.
    pub protocol: u8,
    pub detail: Detail,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Detail {
    /// TCP and UDP.
    Ports { source: u16, destination: u16 },
    /// ICMP questions that have answers.
    Query { timestamp: bool, reply: bool, identifier: u16 },
    /// Everything else: known by addresses and protocol alone (row SG-6).
    Bare,
    /// TCP, UDP or ICMP of which the header is out of sight: it belongs to no flow that could be known.
    Hidden,
}

pub const ICMP: u8 = 1;
pub const TCP: u8 = 6;
pub const UDP: u8 = 17;

impl Flow {
    /// The flow of the answers.
    pub fn reversed(self) -> Flow {
        let detail = match self.detail {
            Detail::Ports { source, destination } => Detail::Ports { source: destination, destination: source },
            Detail::Query { timestamp, reply, identifier } => Detail::Query { timestamp, reply: !reply, identifier },
            Detail::Bare | Detail::Hidden => self.detail,
        };
        Flow { source: self.destination, destination: self.source, protocol: self.protocol, detail }
    }

    /// The number by which a NAT gateway tells the flows of one source apart: source port, or identifier.
    pub fn source_number(self) -> u16 {
        match self.detail {
            Detail::Ports { source, .. } => source,
            Detail::Query { identifier, .. } => identifier,
            Detail::Bare | Detail::Hidden => 0,
        }
    }

    /// The same flow with another source.
    pub fn with_source(self, source: Ipv4Addr, number: u16) -> Flow {
        let detail = match self.detail {
            Detail::Ports { destination, .. } => Detail::Ports { source: number, destination },
            Detail::Query { timestamp, reply, .. } => Detail::Query { timestamp, reply, identifier: number },
            Detail::Bare | Detail::Hidden => self.detail,
        };
        Flow { source, detail, ..self }
    }

    /// The same flow with another destination.
    pub fn with_destination(self, destination: Ipv4Addr, number: u16) -> Flow {
        self.reversed().with_source(destination, number).reversed()
    }

    /// The destination port; 0 where there is none.
    pub fn destination_port(self) -> u16 {
        match self.detail {
            Detail::Ports { destination, .. } => destination,
            _ => 0,
        }
    }
}

impl Detail {
    /// Can the one be the answer to the other?
    pub fn is_answered_by(self, other: Detail) -> bool {
        match (self, other) {
            (Detail::Query { timestamp: a, reply: x, .. }, Detail::Query { timestamp: b, reply: y, .. }) => {
                a == b && x != y
            }
            (Detail::Ports { .. }, Detail::Ports { .. }) | (Detail::Bare, Detail::Bare) => true,
            _ => false,
        }
    }
}
