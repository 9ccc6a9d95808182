//! IP protocols as rules name them.

use serde::{Deserialize, Serialize};
use std::fmt;

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

/// IANA's numbers.
pub const ICMP: u8 = 1;
pub const TCP: u8 = 6;
pub const UDP: u8 = 17;
pub const ICMPV6: u8 = 58;

/// The protocols that rules of security groups call by name; others go by their number.
const NAMES: [(&str, u8); 4] = [("icmp", ICMP), ("icmpv6", ICMPV6), ("tcp", TCP), ("udp", UDP)];

/// What a request says of protocol and ports and no rule can have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Illegal {
    #[error("Invalid value '{0}' for IP protocol. Unknown protocol.")]
    Protocol(String),
    #[error("Invalid value for portRange. Must specify both from and to ports with TCP/UDP.")]
    NoPorts,
    #[error("TCP/UDP port ({0}) out of range")]
    Port(i64),
    #[error("Invalid TCP/UDP port range ({0}:{1})")]
    PortRange(i64, i64),
    #[error("ICMP type ({0}) out of range")]
    IcmpType(i64),
    #[error("ICMP code ({0}) out of range")]
    IcmpCode(i64),
}

impl Protocol {
    /// By name or number; `-1` and `all` are every one.
    pub fn parse(text: &str) -> Result<Protocol, Illegal> {
        let name = text.to_ascii_lowercase();
        if name == "-1" || name == "all" {
            return Ok(Protocol::All);
        }
        let named = NAMES.iter().find(|(n, _)| *n == name).map(|(_, number)| *number);
        let number = named.or_else(|| name.parse().ok());
        number.map(Protocol::Number).ok_or_else(|| Illegal::Protocol(text.to_string()))
    }

    /// The number as text; `-1` is every one.
    pub fn number(self) -> String {
        match self {
            Protocol::All => "-1".to_string(),
            Protocol::Number(number) => number.to_string(),
        }
    }
}

impl fmt::Display for Protocol {
    /// As rules of security groups have it: `tcp`, `50`, `-1`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Protocol::Number(number) = self else { return f.write_str("-1") };
        match NAMES.iter().find(|(_, n)| n == number) {
            Some((name, _)) => f.write_str(name),
            None => number.fmt(f),
        }
    }
}

impl Ports {
    /// First and last port, or type and code of ICMP, where -1 is every one. Protocols that have neither have all
    /// ports, whatever was said.
    pub fn of(protocol: Protocol, from: Option<i64>, to: Option<i64>) -> Result<Ports, Illegal> {
        match protocol {
            Protocol::Number(TCP | UDP) => {
                let (from, to) = from.zip(to).ok_or(Illegal::NoPorts)?;
                if (from, to) == (-1, -1) {
                    return Ok(Ports::Range { from: 0, to: u16::MAX });
                }
                let port = |n: i64| u16::try_from(n).map_err(|_| Illegal::Port(n));
                let (first, last) = (port(from)?, port(to)?);
                match first <= last {
                    true => Ok(Ports::Range { from: first, to: last }),
                    false => Err(Illegal::PortRange(from, to)),
                }
            }
            Protocol::Number(ICMP | ICMPV6) => {
                let some = |n: Option<i64>| n.filter(|n| *n != -1);
                let code = some(to).map(|n| u8::try_from(n).map_err(|_| Illegal::IcmpCode(n))).transpose()?;
                match some(from) {
                    None => Ok(Ports::All),
                    Some(n) => Ok(Ports::Icmp { kind: u8::try_from(n).map_err(|_| Illegal::IcmpType(n))?, code }),
                }
            }
            Protocol::All | Protocol::Number(_) => Ok(Ports::All),
        }
    }

    /// First and last port, or type and code; none where the protocol has neither.
    pub fn ends(self, protocol: Protocol) -> Option<(i64, i64)> {
        match (protocol, self) {
            (Protocol::Number(TCP | UDP), Ports::All) => Some((0, i64::from(u16::MAX))),
            (Protocol::Number(ICMP | ICMPV6), Ports::All) => Some((-1, -1)),
            (_, Ports::Range { from, to }) => Some((i64::from(from), i64::from(to))),
            (_, Ports::Icmp { kind, code }) => Some((i64::from(kind), code.map_or(-1, i64::from))),
            (_, Ports::All) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protocols_by_name_and_number_are_the_same() {
        for (text, protocol, shown) in [
            ("tcp", Protocol::Number(6), "tcp"),
            ("TCP", Protocol::Number(6), "tcp"),
            ("17", Protocol::Number(17), "udp"),
            ("58", Protocol::Number(58), "icmpv6"),
            ("50", Protocol::Number(50), "50"),
            ("0", Protocol::Number(0), "0"),
            ("-1", Protocol::All, "-1"),
            ("all", Protocol::All, "-1"),
        ] {
            assert_eq!(Protocol::parse(text), Ok(protocol), "{text}");
            assert_eq!(protocol.to_string(), shown, "{text}");
        }
        for text in ["", "esp", "256", "-2", "tcp "] {
            assert_eq!(Protocol::parse(text), Err(Illegal::Protocol(text.to_string())));
        }
    }

    #[test]
    fn ports_and_their_ends() {
        let (tcp, icmp, esp) = (Protocol::Number(TCP), Protocol::Number(ICMP), Protocol::Number(50));
        let of = |protocol, from, to| Ports::of(protocol, Some(from), Some(to));
        assert_eq!(of(tcp, 80, 81).unwrap().ends(tcp), Some((80, 81)));
        assert_eq!(of(tcp, -1, -1).unwrap().ends(tcp), Some((0, 65535)));
        assert_eq!(of(icmp, -1, -1).unwrap().ends(icmp), Some((-1, -1)));
        assert_eq!(of(icmp, 8, -1).unwrap().ends(icmp), Some((8, -1)));
        assert_eq!(of(icmp, 3, 4).unwrap().ends(icmp), Some((3, 4)));
        assert_eq!(Ports::of(icmp, None, None).unwrap().ends(icmp), Some((-1, -1)));
        assert_eq!(of(esp, 80, 80).unwrap().ends(esp), None);
        assert_eq!(of(Protocol::All, 0, 0).unwrap().ends(Protocol::All), None);
        assert_eq!(Ports::of(tcp, Some(80), None), Err(Illegal::NoPorts));
        assert_eq!(of(tcp, 81, 80), Err(Illegal::PortRange(81, 80)));
        assert_eq!(of(tcp, 0, 65536), Err(Illegal::Port(65536)));
        assert_eq!(of(tcp, -1, 80), Err(Illegal::Port(-1)));
        assert_eq!(of(icmp, 256, 0), Err(Illegal::IcmpType(256)));
        assert_eq!(of(icmp, 8, 256), Err(Illegal::IcmpCode(256)));
    }
}
