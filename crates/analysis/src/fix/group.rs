//! One more rule in a security group: for the peer's group where it has one, and for one port.

use croft_control::Cloud;
use croft_engine::tables::{ICMP, TCP, UDP};
use croft_model::SecurityGroupId;
use croft_model::group::Peer;
use croft_model::interface::NetworkInterface;
use croft_model::protocol::{Ports, Protocol};

use super::{Case, NoWay, Ways, nothing};
use crate::change::Change;
use crate::path::{Asked, Finding};

pub(super) fn ways(case: &Case, finding: &Finding, asked: &Asked) -> Result<Ways, NoWay> {
    let held = finding.place.interface.as_ref().and_then(|id| case.cloud.interfaces.get(id));
    let interface = held.ok_or_else(|| nothing("the interface is gone"))?;
    let remote = asked.traffic.remote;
    let peer = case.cloud.interfaces.values().find(|i| i.vpc == interface.vpc && i.private_ips.contains(&remote));
    let own = least(case, interface, &interface.groups);
    let shared = peer.map(|peer| own.iter().filter(|g| peer.groups.contains(g)).cloned().collect::<Vec<_>>());
    // A group that both carry has to admit itself: what a user forgets most often (row SG-4).
    if let Some(shared) = shared.filter(|shared| !shared.is_empty()) {
        return Ok(shared.iter().map(|group| vec![rule(asked, group, Peer::Group(group.clone()))]).collect());
    }
    let peers = peer.map(|peer| least(case, peer, &peer.groups)).unwrap_or_default();
    let ways: Result<Ways, NoWay> = own
        .iter()
        .map(|group| {
            let named = peers.iter().find(|peer| may_name(case.cloud, group, peer));
            let peer = match named {
                Some(peer) => Peer::Group(peer.clone()),
                None => Peer::Ipv4(case.block(remote)?),
            };
            Ok(vec![rule(asked, group, peer)])
        })
        .collect();
    match own.is_empty() {
        true => Err(nothing("the interface carries no security group")),
        false => ways,
    }
}

/// May a rule of the one group name the other? Both may come from other VPCs (row SG-12).
fn may_name(cloud: &Cloud, group: &SecurityGroupId, peer: &SecurityGroupId) -> bool {
    let groups = &cloud.security_groups;
    groups.get(group).zip(groups.get(peer)).is_some_and(|(group, peer)| peer.is_usable_in(&group.vpc))
}

/// Groups in the order of how little else they touch: the VPC's default group last, then by members.
fn least(case: &Case, interface: &NetworkInterface, groups: &[SecurityGroupId]) -> Vec<SecurityGroupId> {
    let default = case.cloud.vpcs.get(&interface.vpc).map(|vpc| &vpc.default_security_group);
    let members = |group: &SecurityGroupId| case.cloud.interfaces.values().filter(|i| i.groups.contains(group)).count();
    let mut groups = groups.to_vec();
    groups.sort_by_cached_key(|group| (Some(group) == default, members(group), group.clone()));
    groups
}

fn rule(asked: &Asked, group: &SecurityGroupId, peer: Peer) -> Change {
    let (protocol, ports) = exactly(asked.traffic.protocol, asked.traffic.port);
    Change::AllowInGroup { group: group.clone(), direction: asked.set.direction(), protocol, ports, peer }
}

/// Protocol and port of a packet as a rule names them.
pub(super) fn exactly(protocol: u8, port: u16) -> (Protocol, Ports) {
    let ports = match protocol {
        TCP | UDP => Ports::Range { from: port, to: port },
        ICMP => Ports::Icmp { kind: (port >> 8) as u8, code: None },
        _ => Ports::All,
    };
    (Protocol::Number(protocol), ports)
}
