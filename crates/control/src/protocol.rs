//! Protocols and ports of rules in one form, so that rules that mean the same are the same.

use crate::error::{Error, Result};
use croft_model::protocol::*;

impl From<Illegal> for Error {
    fn from(illegal: Illegal) -> Error {
        Error::invalid(illegal.to_string())
    }
}

/// TCP and UDP with all ports become 0–65535; protocols without ports have all of them, whatever was said (as AWS
/// does).
pub(crate) fn canonical_ports(protocol: Protocol, ports: Ports) -> Result<Ports> {
    match (protocol, ports) {
        (Protocol::Number(TCP | UDP), Ports::All) => Ok(Ports::Range { from: 0, to: u16::MAX }),
        (Protocol::Number(TCP | UDP), Ports::Range { from, to }) if from <= to => Ok(ports),
        (Protocol::Number(TCP | UDP), Ports::Range { from, to }) => Err(Error::invalid(format!(
            "Invalid port range ({from}-{to}): the first port must not be larger than the last."
        ))),
        (Protocol::Number(TCP | UDP), Ports::Icmp { .. }) => {
            Err(Error::invalid("Must specify both from and to ports with TCP/UDP."))
        }
        (Protocol::Number(ICMP | ICMPV6), Ports::All | Ports::Icmp { .. }) => Ok(ports),
        (Protocol::Number(ICMP | ICMPV6), Ports::Range { from, to }) => Err(Error::invalid(format!(
            "ICMP has a type and a code, no ports ({from}-{to}); -1 is every type and code."
        ))),
        (Protocol::All | Protocol::Number(_), _) => Ok(Ports::All),
    }
}
