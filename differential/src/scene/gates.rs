//! The entries of a region's network ACLs and the rules of its groups, from open to strict.

use super::build::Builder;
use super::everywhere;
use super::rules::{acl_entry, group_rule};
use croft_model::group::{Direction, Peer, SecurityGroupRule};
use croft_model::network_acl::NetworkAclEntry;
use croft_model::protocol::{Ports, Protocol};
use croft_model::*;
use ipnet::IpNet;

impl Builder<'_> {
    /// 0: all that the default ACL allows; 1: most things; 2: few.
    pub(super) fn acl_entries(&mut self, kind: usize) -> Vec<NetworkAclEntry> {
        let mut entries = Vec::new();
        for direction in [Direction::Ingress, Direction::Egress] {
            if kind > 0 {
                let count = self.random.between(1, 4);
                for n in 0..count {
                    let number = (n * 10 + self.random.between(1, 9)) as u16;
                    entries.push(acl_entry(self.random, number, direction, kind == 2));
                }
            }
            if kind < 2 {
                let cidr = IpNet::V4(everywhere());
                let (protocol, ports) = (Protocol::All, Ports::All);
                entries.push(NetworkAclEntry { number: 100, direction, protocol, ports, cidr, allow: true });
            }
        }
        entries
    }

    /// 0: the default group; 1: everything open, untracked; 2: a public server; 3 and 4: anything.
    pub(super) fn group_rules(&mut self, kind: usize, groups: &[SecurityGroupId]) -> Vec<SecurityGroupRule> {
        let everywhere = Peer::Ipv4(everywhere());
        let mut rules = Vec::new();
        let all = (Protocol::All, Ports::All);
        if kind < 3 || self.random.percent(70) {
            rules.push((Direction::Egress, all, everywhere.clone()));
        }
        match kind {
            0 => rules.push((Direction::Ingress, all, Peer::Group(groups[0].clone()))),
            1 => rules.push((Direction::Ingress, all, everywhere)),
            2 => {
                for port in [80, 443] {
                    let ports = Ports::Range { from: port, to: port };
                    rules.push((Direction::Ingress, (Protocol::Number(6), ports), everywhere.clone()));
                }
                rules.push((Direction::Ingress, (Protocol::Number(1), Ports::All), everywhere));
            }
            _ => {}
        }
        let mut list: Vec<_> =
            rules.into_iter().map(|(direction, (protocol, ports), peer)| (direction, protocol, ports, peer)).collect();
        if kind >= 3 {
            for _ in 0..self.random.between(1, 5) {
                let lists: Vec<PrefixListId> = self.cloud.prefix_lists.keys().cloned().collect();
                list.push(group_rule(self.random, groups, &lists));
            }
        }
        let mut out = Vec::new();
        for (direction, protocol, ports, peer) in list {
            let id = SecurityGroupRuleId::from_bits(self.id());
            out.push(SecurityGroupRule { id, direction, protocol, ports, peer, description: None, tags: Tags::new() });
        }
        out
    }
}
