//! What the cloud says only indirectly, kept up to date by its differences: which groups are carried together, which
//! gateway is attached to a VPC, which Elastic IPs an interface has. And the differences themselves, as facts that changed.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::Ipv4Addr;

use croft_control::Cloud;
use croft_model::address::Address;
use croft_model::gateway::InternetGateway;
use croft_model::group::Direction;
use croft_model::*;
use imbl::OrdMap;
use imbl::ordmap::DiffItem;

use crate::fact::{Fact, Part};
use crate::membership::Memberships;
use crate::name::{Node, Registry};
use crate::plug::Ports;

#[derive(Default)]
pub(crate) struct Index {
    pub(crate) memberships: Memberships,
    gateways: HashMap<VpcId, InternetGatewayId>,
    elastic: HashMap<NetworkInterfaceId, BTreeMap<Ipv4Addr, Ipv4Addr>>,
}

static NO_ADDRESSES: BTreeMap<Ipv4Addr, Ipv4Addr> = BTreeMap::new();

impl Index {
    pub(crate) fn gateway_of(&self, vpc: &VpcId) -> Option<&InternetGatewayId> {
        self.gateways.get(vpc)
    }

    pub(crate) fn elastic_of(&self, interface: &NetworkInterfaceId) -> &BTreeMap<Ipv4Addr, Ipv4Addr> {
        self.elastic.get(interface).unwrap_or(&NO_ADDRESSES)
    }

    fn detach(&mut self, gateway: &InternetGateway) {
        if let Some(vpc) = &gateway.vpc
            && self.gateways.get(vpc) == Some(&gateway.id)
        {
            self.gateways.remove(vpc);
        }
    }

    fn dissociate(&mut self, address: &Address) {
        if let Some(on) = &address.association
            && let Some(addresses) = self.elastic.get_mut(&on.interface)
        {
            addresses.remove(&on.private_ip);
            if addresses.is_empty() {
                self.elastic.remove(&on.interface);
            }
        }
    }
}

/// What an update has to look at.
#[derive(Default)]
pub(crate) struct Changed {
    pub(crate) facts: BTreeSet<Fact>,
    /// Parts that come, or whose resource is gone.
    pub(crate) parts: BTreeSet<Part>,
}

/// An entry of a map before and after.
type Pair<'a, V> = (Option<&'a V>, Option<&'a V>);

/// Every entry that differs. Subtrees that the two maps share are not visited.
fn differences<'a, K: Ord + Clone, V: PartialEq>(
    old: &'a OrdMap<K, V>,
    new: &'a OrdMap<K, V>,
) -> Vec<(&'a K, Pair<'a, V>)> {
    old.diff(new)
        .map(|item| match item {
            DiffItem::Add(key, value) => (key, (None, Some(value))),
            DiffItem::Remove(key, value) => (key, (Some(value), None)),
            DiffItem::Update { old: (_, before), new: (key, after) } => (key, (Some(before), Some(after))),
        })
        .collect()
}

/// Do the two differ in what `view` shows of them?
fn differ<'a, V, T: PartialEq>((old, new): Pair<'a, V>, view: impl Fn(&'a V) -> T) -> bool {
    old.map(&view) != new.map(&view)
}

impl Index {
    /// Brings the index from one cloud to the next, gives nodes their numbers, and says what changed.
    pub(crate) fn advance(
        &mut self,
        (old, new): (&Cloud, &Cloud),
        (old_ports, new_ports): (&Ports, &Ports),
        nodes: &mut Registry<Node>,
    ) -> Changed {
        let mut changed = Changed::default();
        self.networks(old, new, nodes, &mut changed);
        self.gateways(old, new, nodes, &mut changed);
        self.interfaces(old, new, nodes, &mut changed);
        rules(old, new, &mut changed);
        for (id, _) in differences(&old_ports.interfaces, &new_ports.interfaces) {
            changed.facts.insert(Fact::Port(id.clone()));
        }
        changed
    }

    fn networks(&mut self, old: &Cloud, new: &Cloud, nodes: &mut Registry<Node>, changed: &mut Changed) {
        for (id, pair) in differences(&old.vpcs, &new.vpcs) {
            if differ(pair, |v| (v.cidr_blocks.iter().map(|b| b.block).collect::<Vec<_>>(), &v.main_route_table)) {
                changed.facts.insert(Fact::Vpc(id.clone()));
            }
            keep(nodes, Node::Vpc(id.clone()), pair.1.is_some());
        }
        for (id, pair) in differences(&old.subnets, &new.subnets) {
            if differ(pair, |s| {
                (&s.vpc, s.block, &s.zone, s.route_table.as_ref().map(|(_, table)| table), &s.network_acl.1)
            }) {
                changed.facts.insert(Fact::Subnet(id.clone()));
                changed.parts.insert(Part::Subnet(id.clone()));
            }
            keep(nodes, Node::Subnet(id.clone()), pair.1.is_some());
        }
        for (id, pair) in differences(&old.route_tables, &new.route_tables) {
            if differ(pair, |t| (&t.vpc, &t.routes)) {
                changed.facts.insert(Fact::RouteTable(id.clone()));
                changed.parts.insert(Part::RouteTable(id.clone()));
            }
            keep(nodes, Node::RouteTable(id.clone()), pair.1.is_some());
        }
        let settings = differences(&old.settings, &new.settings);
        let exclusions = differences(&old.block_public_access_exclusions, &new.block_public_access_exclusions);
        if !exclusions.is_empty() || settings.iter().any(|(_, pair)| differ(*pair, |s| s.block_public_access.mode)) {
            for subnet in new.subnets.values() {
                let before = old.subnets.get(&subnet.id).map(|s| old.internet_gateway_block_mode(s));
                if before != Some(new.internet_gateway_block_mode(subnet)) {
                    changed.facts.insert(Fact::BlockMode(subnet.id.clone()));
                }
            }
        }
        if old.zones != new.zones {
            for zone in old.zones.values().chain(new.zones.values()) {
                if old.zone_failed(&zone.name) != new.zone_failed(&zone.name) {
                    changed.facts.insert(Fact::Zone(zone.name.clone()));
                }
            }
        }
    }

    fn gateways(&mut self, old: &Cloud, new: &Cloud, nodes: &mut Registry<Node>, changed: &mut Changed) {
        let differing = differences(&old.internet_gateways, &new.internet_gateways);
        for (id, (before, after)) in &differing {
            if let Some(gateway) = before {
                self.detach(gateway);
            }
            for vpc in [before, after].into_iter().flatten().filter_map(|g| g.vpc.as_ref()) {
                changed.facts.insert(Fact::Gateway(vpc.clone()));
            }
            keep(nodes, Node::InternetGateway((*id).clone()), after.is_some());
        }
        for (id, (_, after)) in differing {
            if let Some(vpc) = after.and_then(|gateway| gateway.vpc.as_ref()) {
                self.gateways.insert(vpc.clone(), id.clone());
            }
        }
        for (id, pair) in differences(&old.nat_gateways, &new.nat_gateways) {
            if differ(pair, |n| (&n.vpc, &n.subnet, n.public, &n.state, &n.interface, &n.addresses)) {
                changed.facts.insert(Fact::NatGateway(id.clone()));
                changed.parts.insert(Part::NatGateway(id.clone()));
            }
            keep(nodes, Node::NatGateway(id.clone()), pair.1.is_some());
        }
    }

    fn interfaces(&mut self, old: &Cloud, new: &Cloud, nodes: &mut Registry<Node>, changed: &mut Changed) {
        let differing = differences(&old.interfaces, &new.interfaces);
        for &(id, pair) in &differing {
            if differ(pair, |i| {
                (
                    (&i.vpc, &i.subnet, &i.mac, &i.private_ips, &i.groups),
                    (i.source_dest_check, i.auto_public_ip, &i.kind, i.attachment.is_some(), &i.idle),
                )
            }) {
                changed.facts.insert(Fact::Interface(id.clone()));
                changed.parts.insert(Part::Interface(id.clone()));
            }
            if differ(pair, |i| (&i.vpc, &i.groups)) {
                self.memberships.change(pair);
            }
            keep(nodes, Node::Interface(id.clone()), pair.1.is_some());
        }
        changed.facts.extend(self.memberships.settle().map(Fact::Members));
        let differing = differences(&old.addresses, &new.addresses);
        for &(_, (before, after)) in &differing {
            for on in [before, after].into_iter().flatten().filter_map(|a| a.association.as_ref()) {
                changed.facts.insert(Fact::Elastic(on.interface.clone()));
            }
            if let Some(address) = before {
                self.dissociate(address);
            }
        }
        for (_, (_, after)) in differing {
            if let Some(address) = after
                && let Some(on) = &address.association
            {
                let addresses = self.elastic.entry(on.interface.clone()).or_default();
                addresses.insert(on.private_ip, address.public_ip);
            }
        }
    }
}

/// Groups, network ACLs and prefix lists.
fn rules(old: &Cloud, new: &Cloud, changed: &mut Changed) {
    for (id, pair) in differences(&old.security_groups, &new.security_groups) {
        for direction in [Direction::Ingress, Direction::Egress] {
            if differ(pair, |g| {
                let rules = g.rules.iter().filter(|r| r.direction == direction);
                (&g.vpc, rules.map(|r| (r.protocol, r.ports, &r.peer)).collect::<Vec<_>>())
            }) {
                changed.facts.insert(Fact::Rules(id.clone(), direction));
            }
        }
    }
    for (id, pair) in differences(&old.network_acls, &new.network_acls) {
        for direction in [Direction::Ingress, Direction::Egress] {
            if differ(pair, |a| a.entries.iter().filter(|e| e.direction == direction).collect::<Vec<_>>()) {
                changed.facts.insert(Fact::NetworkAcl(id.clone(), direction));
            }
        }
    }
    for (id, pair) in differences(&old.prefix_lists, &new.prefix_lists) {
        if differ(pair, |l| l.entries.iter().map(|e| e.cidr).collect::<Vec<_>>()) {
            changed.facts.insert(Fact::PrefixList(id.clone()));
        }
    }
}

fn keep(nodes: &mut Registry<Node>, node: Node, there: bool) {
    if there {
        nodes.number(&node);
    } else {
        nodes.forget(&node);
    }
}
