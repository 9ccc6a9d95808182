//! IP protocols as rules name them.

use serde::{Deserialize, Serialize};

/// The protocol of a rule: `-1` is all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Protocol {
    All,
    /// IANA's number: 1 ICMP, 6 TCP, 17 UDP.
    Number(u8),
}

/// Ports of TCP and UDP, or type and code of ICMP. Both ends belong to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Ports {
    /// Every port, or every type and code; the only choice for other protocols.
    All,
    Range {
        from: u16,
        to: u16,
    },
    /// `code` none is every code of the type.
    Icmp {
        kind: u8,
        code: Option<u8>,
    },
}
