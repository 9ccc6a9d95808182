//! Security groups (rows SG-1…6): allow rules, all of them read, the union over the interface's groups.

use crate::flow::{ICMP, TCP, UDP};
use croft_control::Cloud;
use croft_model::group::{Direction, Peer, SecurityGroupRule};
use croft_model::interface::NetworkInterface;
use croft_model::protocol::{Ports, Protocol};
use std::net::{IpAddr, Ipv4Addr};

/// What of a packet a rule looks at.
#[derive(Clone, Copy, Debug)]
pub struct Question {
    /// The other end's address.
    pub remote: Ipv4Addr,
    pub protocol: u8,
    pub destination_port: u16,
    /// Type and code.
    pub icmp: Option<(u8, u8)>,
}

/// Does it fall under a rule's protocol and ports?
pub fn covers(protocol: Protocol, ports: Ports, question: &Question) -> bool {
    match protocol {
        Protocol::All => return true,
        Protocol::Number(number) if number != question.protocol => return false,
        Protocol::Number(_) => {}
    }
    match (ports, question.icmp) {
        (Ports::All, _) => true,
        (Ports::Range { from, to }, _) => {
            matches!(question.protocol, TCP | UDP) && (from..=to).contains(&question.destination_port)
        }
        (Ports::Icmp { kind, code }, Some(icmp)) => {
            question.protocol == ICMP && kind == icmp.0 && code.is_none_or(|code| code == icmp.1)
        }
        (Ports::Icmp { .. }, None) => false,
    }
}

/// Does the remote address belong to the rule's peer? A group stands for the private addresses of the interfaces that
/// carry it now, in the VPC of the interface that is asked (rows SG-3, SG-5, SG-12).
fn is_peer(cloud: &Cloud, interface: &NetworkInterface, peer: &Peer, remote: Ipv4Addr) -> bool {
    match peer {
        Peer::Ipv4(block) => block.contains(&remote),
        Peer::Ipv6(_) => false,
        Peer::Group(group) => cloud
            .interfaces
            .values()
            .any(|i| i.vpc == interface.vpc && i.groups.contains(group) && i.private_ips.contains(&remote)),
        Peer::PrefixList(list) => {
            cloud.prefix_list(list).is_some_and(|l| l.entries.iter().any(|e| e.cidr.contains(&IpAddr::V4(remote))))
        }
    }
}

fn rules<'a>(
    cloud: &'a Cloud,
    interface: &'a NetworkInterface,
    direction: Direction,
) -> impl Iterator<Item = &'a SecurityGroupRule> {
    let groups = interface.groups.iter().filter_map(|id| cloud.security_groups.get(id));
    groups.flat_map(|g| &g.rules).filter(move |r| r.direction == direction)
}

/// Is the peer everybody (row SG-6)?
fn is_wide(rule: &SecurityGroupRule) -> bool {
    matches!(rule.peer, Peer::Ipv4(block) if block.prefix_len() == 0)
}

/// Does a rule allow it, and does one for all addresses?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    pub allowed: bool,
    pub by_wide_rule: bool,
}

pub fn ask(cloud: &Cloud, interface: &NetworkInterface, direction: Direction, question: &Question) -> Answer {
    let mut answer = Answer { allowed: false, by_wide_rule: false };
    for rule in rules(cloud, interface, direction) {
        if covers(rule.protocol, rule.ports, question) && is_peer(cloud, interface, &rule.peer, question.remote) {
            answer.allowed = true;
            answer.by_wide_rule |= is_wide(rule);
        }
    }
    answer
}

/// Is every port of the protocol open to all addresses in this direction (row SG-6)?
pub fn is_open(cloud: &Cloud, interface: &NetworkInterface, direction: Direction, protocol: u8) -> bool {
    let mut open = vec![false; 65_536];
    for rule in rules(cloud, interface, direction).filter(|r| is_wide(r)) {
        match (rule.protocol, rule.ports) {
            (Protocol::All, _) => return true,
            (Protocol::Number(number), _) if number != protocol => {}
            (Protocol::Number(_), Ports::All) => return true,
            (Protocol::Number(_), Ports::Range { from, to }) => {
                open[usize::from(from)..=usize::from(to)].fill(true);
            }
            (Protocol::Number(_), Ports::Icmp { .. }) => {}
        }
    }
    open.into_iter().all(|port| port)
}
