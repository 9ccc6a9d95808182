//! Are two fates the same?

use croft_engine::DropReason;
use croft_reference::{Outcome, Reason};

/// What an engine did with a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// `port` is not known where only the bytes can be seen; the destination's MAC is among them.
    Deliver {
        port: Option<u32>,
        bytes: Vec<u8>,
    },
    Answer {
        bytes: Vec<u8>,
    },
    Drop {
        reason: DropReason,
    },
}

/// The judge's name for an engine's reason; `None` for those that the rows do not know.
pub fn reason(reason: DropReason) -> Option<Reason> {
    macro_rules! same { ($($name:ident)*) => { Some(match reason {
        $(DropReason::$name => Reason::$name,)*
        DropReason::RateLimited | DropReason::Overload | DropReason::Internal => return None,
    }) } }
    same! {
        Malformed NotIp Ipv6 IpOptions Fragment Arp Multicast NoInterface SourceCheck DestinationCheck ZoneFailed
        SecurityGroupEgress NetworkAclEgress NoRoute Blackhole NoAddress NetworkAclIngress SecurityGroupIngress
        NoInternetGateway NoPublicAddress UnknownPublicAddress NatProtocol NatUnsolicited NatPortAllocation NatIdle
        TtlExpired TooBig Unrelated NoConnection TableFull InterfaceTableFull NoService TooManyHops Loop
        PrivateDestination
    }
}

/// Is it what the judge said?
pub fn agrees(judged: &Outcome, fate: &Fate) -> bool {
    match (judged, fate) {
        (Outcome::Deliver { port, bytes }, Fate::Deliver { port: to, bytes: got }) => {
            to.is_none_or(|to| to == *port) && same_bytes(bytes, got)
        }
        (Outcome::Answer { bytes }, Fate::Answer { bytes: got }) => bytes == got,
        (Outcome::Drop { reason: why }, Fate::Drop { reason: got }) => reason(*got) == Some(*why),
        _ => false,
    }
}

/// Byte by byte, but for checksums that are two forms of the same number: in one's complement 0 and 0xffff are equal.
/// (Not so for UDP, where 0 stands for none.)
fn same_bytes(judged: &[u8], got: &[u8]) -> bool {
    if judged == got {
        return true;
    }
    if judged.len() != got.len() || judged.len() < 42 {
        return false;
    }
    let mut fields = vec![24];
    match judged[23] {
        6 => fields.push(50),
        1 => {
            fields.push(36);
            // Inside of an ICMP error: the header's, and that of a TCP or ICMP packet.
            fields.push(52);
            match judged.get(51) {
                Some(6) => fields.push(78),
                Some(1) => fields.push(64),
                _ => {}
            }
        }
        _ => {}
    }
    let plain = |bytes: &[u8]| {
        let mut bytes = bytes.to_vec();
        for at in &fields {
            if let Some(field) = bytes.get_mut(*at..at + 2)
                && field == [0xff, 0xff]
            {
                field.fill(0);
            }
        }
        bytes
    };
    plain(judged) == plain(got)
}
