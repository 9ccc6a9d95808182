//! What the engine's record means: the path hop by hop, by AWS's names, and what refused on it.

use std::net::Ipv4Addr;

use croft_control::Cloud;
use croft_engine::memory::Step;
use croft_engine::observer::{Direction as Way, Tracking};
use croft_engine::tables::*;
use croft_engine::{DropReason, Event, Ip};
use croft_model::group;
use croft_model::*;
use croft_policy::{Node, RuleRef, SetName, Traffic, matching};

use crate::answer::{Direction, Header, Hop, Kind};
use crate::router::Router;
use crate::trace::Leg;
use crate::world::World;

/// A gate that refused, or the end of a walk that did not arrive.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    pub(crate) direction: Direction,
    /// None: the packet arrived, but not where it should.
    pub(crate) reason: Option<DropReason>,
    pub(crate) gate: u32,
    /// What the rules were asked, if it was rules that refused.
    pub(crate) asked: Option<Asked>,
    /// The packet as it was there.
    pub(crate) packet: Header,
    pub(crate) place: Place,
}

impl Finding {
    /// The packet is on a way that does not lead to its destination: what else refuses there does not matter.
    pub(crate) fn is_wrong_way(&self) -> bool {
        match self.reason {
            None | Some(DropReason::DestinationCheck | DropReason::Loop) => true,
            Some(DropReason::NoPublicAddress) => self.place.nat.is_some() || self.at_appliance(),
            Some(_) => false,
        }
    }

    /// The route table of an internet gateway sent the packet where it stands.
    pub(crate) fn at_appliance(&self) -> bool {
        matches!(self.place.routed.last(), Some((Router::Gateway(_), _)))
    }
}

/// A question to the rules of a group or ACL.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) set: SetName,
    pub(crate) traffic: Traffic,
    pub(crate) rules: Vec<RuleRef>,
}

/// Where a packet is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Place {
    pub(crate) subnet: Option<SubnetId>,
    /// The interface that it left or reached last.
    pub(crate) interface: Option<NetworkInterfaceId>,
    /// Whose table was asked for a route and for which address, the first one first.
    pub(crate) routed: Vec<(Router, Ipv4Addr)>,
    pub(crate) nat: Option<NatGatewayId>,
    /// The NAT gateway gave the packet its source.
    pub(crate) translated: bool,
    pub(crate) gateway: Option<InternetGatewayId>,
    pub(crate) at_internet: bool,
}

impl Place {
    /// Where the table was that was asked last.
    pub(crate) fn vpc<'a>(&self, cloud: &'a Cloud) -> Option<&'a VpcId> {
        let here = || self.subnet.clone().map(Router::Subnet);
        self.routed.last().map(|(router, _)| router.clone()).or_else(here)?.vpc(cloud)
    }
}

/// Reads the record of one way.
pub(crate) fn follow(world: &World, leg: &Leg) -> (Vec<Hop>, Vec<Finding>) {
    let mut follower = Follower {
        world,
        cloud: world.cloud(),
        direction: leg.direction,
        packet: header(&leg.tuple),
        place: Place::default(),
        asked: None,
        hops: Vec::new(),
        findings: Vec::new(),
    };
    for step in &leg.steps {
        match step {
            Step::Saw(event) => follower.saw(event),
            Step::Refused { reason, gate } => follower.refused(*reason, *gate),
        }
    }
    match leg.result {
        Err(reason) => follower.ended(reason, leg.walk.gate),
        Ok(_) if !leg.arrived => {
            follower.asked = None;
            follower.finding(None, 0);
        }
        Ok(_) => {}
    }
    // Behind a wrong turn nothing matters.
    if let Some(at) = follower.findings.iter().position(Finding::is_wrong_way) {
        follower.findings.truncate(at + 1);
    }
    (follower.hops, follower.findings)
}

struct Follower<'a> {
    world: &'a World,
    cloud: &'a Cloud,
    direction: Direction,
    packet: Header,
    place: Place,
    asked: Option<Asked>,
    hops: Vec<Hop>,
    findings: Vec<Finding>,
}

impl Follower<'_> {
    fn saw(&mut self, event: &Event) {
        match *event {
            Event::Left { interface, subnet, .. } => {
                self.stand(subnet);
                self.at_interface(interface, "leaves");
            }
            Event::FromInternet { .. } => self.hop(Kind::Internet, "internet", "comes from the internet"),
            Event::Groups { interface, direction, tracking, set, bits, remote, protocol, port, .. } => {
                self.groups(interface, way(direction), tracking, set, bits, traffic(remote, protocol, port));
            }
            Event::SameSubnet { subnet } => {
                if let Some(Node::Subnet(id)) = self.node(subnet) {
                    self.hop(Kind::Subnet, id.as_str(), "both ends are here: no network ACL, no route table");
                }
            }
            Event::NetworkAcl { subnet, direction, bits, remote, protocol, port, .. } => {
                self.stand(subnet);
                self.network_acl(way(direction), bits, traffic(remote, protocol, port));
            }
            Event::Routed { subnet, destination, route, .. } => {
                self.stand(subnet);
                let router = self.place.subnet.clone().map(Router::Subnet);
                self.routed(router, v4(destination), route);
            }
            Event::RoutedByGateway { gateway, destination, route, .. } => {
                self.place.subnet = None;
                let router = match self.node(gateway) {
                    Some(Node::InternetGateway(id)) => Some(Router::Gateway(id)),
                    _ => None,
                };
                self.routed(router, v4(destination), route);
            }
            Event::NatOut { nat, address, port, .. } => {
                (self.packet.source, self.packet.source_port) = (v4(address), port);
                self.at_nat(nat, "translates the source");
                self.place.translated = true;
            }
            Event::NatIn { nat, address, port } => {
                (self.packet.destination, self.packet.destination_port) = (v4(address), port);
                self.at_nat(nat, "translates the destination back");
            }
            Event::PublicSource { gateway, public, .. } => {
                self.packet.source = v4(public);
                self.at_gateway(gateway, "maps the source to its public address");
            }
            Event::Hairpin { .. } => {}
            Event::PrivateDestination { gateway, private, .. } => {
                self.packet.destination = v4(private);
                self.at_gateway(gateway, "maps the destination to its private address");
            }
            Event::Reached { interface, .. } => self.at_interface(interface, "is reached"),
            Event::Delivered { .. } => {}
            Event::ToInternet { .. } => {
                self.place.at_internet = true;
                self.hop(Kind::Internet, "internet", "arrives on the internet");
            }
        }
    }

    fn groups(
        &mut self,
        interface: u32,
        way: group::Direction,
        tracking: Tracking,
        set: u32,
        bits: u32,
        traffic: Traffic,
    ) {
        let Some(Node::Interface(id)) = self.node(interface) else { return };
        let Some(held) = self.cloud.interfaces.get(&id) else { return };
        let name = SetName::groups(&held.vpc, &held.groups, way);
        debug_assert!(set == 0 || self.world.compiler.set(set) == Some(&name));
        let known = tracking == Tracking::Known;
        let rules = if known { Vec::new() } else { matching(self.cloud, &name, traffic).rules };
        let passed = bits & VERDICT_ALLOW != 0;
        debug_assert!(known || passed != rules.is_empty(), "the rules do not explain the verdict");
        let note = match (passed, known) {
            (false, _) => "no rule allows it",
            (true, true) => "belongs to a tracked connection",
            (true, false) => "a rule allows it",
        };
        let groups: Vec<&str> = held.groups.iter().map(|g| g.as_str()).collect();
        self.hop(Kind::SecurityGroup, &groups.join(","), note);
        self.last(passed, rules.iter().map(rule_name).collect());
        self.asked = Some(Asked { set: name, traffic, rules });
    }

    fn network_acl(&mut self, direction: group::Direction, bits: u32, traffic: Traffic) {
        let subnet = self.place.subnet.as_ref().and_then(|id| self.cloud.subnets.get(id));
        let Some((_, acl)) = subnet.map(|subnet| subnet.network_acl.clone()) else { return };
        let set = SetName::NetworkAcl { acl: acl.clone(), direction };
        let rules = matching(self.cloud, &set, traffic).rules;
        let passed = bits & VERDICT_ALLOW != 0;
        let note = if passed { "an entry allows it" } else { "an entry denies it" };
        self.hop(Kind::NetworkAcl, acl.as_str(), note);
        self.last(passed, rules.iter().map(rule_name).collect());
        self.asked = Some(Asked { set, traffic, rules });
    }

    fn routed(&mut self, router: Option<Router>, destination: Ipv4Addr, route: Route) {
        let Some(router) = router else { return };
        let Some(table) = router.table(self.cloud) else { return };
        self.place.routed.push((router, destination));
        let note = match (route.kind, self.node(route.node)) {
            (ROUTE_LOCAL, _) => "local".to_string(),
            (ROUTE_BLACKHOLE, _) => "blackhole".to_string(),
            (ROUTE_INTERFACE, _) => "to a network interface".to_string(),
            (_, Some(node)) => format!("to {node}"),
            (_, None) => String::new(),
        };
        self.hop(Kind::RouteTable, table.id.as_str(), &note);
        let matched = crate::fix::route::matching(self.cloud, &table.id, destination);
        let local = self.cloud.vpcs.get(&table.vpc).and_then(|vpc| {
            let blocks = vpc.cidr_blocks.iter().map(|b| b.block).filter(|b| b.contains(&destination));
            blocks.max_by_key(|b| b.prefix_len()).map(|b| b.to_string())
        });
        let matched = matched.map(|route| destination_text(&route.destination)).or(local);
        self.last(route.kind != ROUTE_BLACKHOLE, matched.into_iter().collect());
    }

    /// A gate refused, and the engine goes on behind it.
    fn refused(&mut self, reason: DropReason, gate: u32) {
        if let Some(hop) = self.hops.last_mut() {
            hop.passed = false;
        }
        if matches!(reason, DropReason::SourceCheck | DropReason::DestinationCheck) {
            self.asked = None;
            if let Some(hop) = self.hops.iter_mut().rev().find(|hop| hop.kind == Kind::NetworkInterface) {
                hop.passed = false;
                hop.note = "its source/destination check refuses the address".into();
            }
        }
        self.finding(Some(reason), gate);
    }

    /// The walk ended at a gate that has no way on.
    fn ended(&mut self, reason: DropReason, gate: u32) {
        self.asked = None;
        let table = || {
            let subnet = self.cloud.subnets.get(self.place.subnet.as_ref()?)?;
            Some(self.cloud.route_table_of(subnet)?.id.to_string())
        };
        match (reason, self.node(gate)) {
            (DropReason::NoRoute, _) => {
                let table = table().unwrap_or_default();
                self.hop(Kind::RouteTable, &table, "has no route for the destination");
                self.last(false, Vec::new());
            }
            (_, Some(Node::NatGateway(id))) => {
                self.hop(Kind::NatGateway, id.as_str(), reason.name());
                self.last(false, Vec::new());
                self.place.nat = Some(id);
            }
            (DropReason::NoPublicAddress, Some(Node::Interface(id))) => {
                self.hop(Kind::NetworkInterface, id.as_str(), "has no public address");
                self.last(false, Vec::new());
                self.place.interface = Some(id);
            }
            (DropReason::Blackhole, _) => {
                if let Some(hop) = self.hops.last_mut() {
                    hop.passed = false;
                }
            }
            (_, Some(Node::InternetGateway(id))) => {
                self.hop(Kind::InternetGateway, id.as_str(), reason.name());
                self.last(false, Vec::new());
                self.place.gateway = Some(id);
            }
            _ => {
                if let Some(hop) = self.hops.last_mut() {
                    hop.passed = false;
                }
            }
        }
        self.finding(Some(reason), gate);
    }

    fn finding(&mut self, reason: Option<DropReason>, gate: u32) {
        self.findings.push(Finding {
            direction: self.direction,
            reason,
            gate,
            asked: self.asked.take(),
            packet: self.packet,
            place: self.place.clone(),
        });
    }

    fn stand(&mut self, subnet: u32) {
        if let Some(Node::Subnet(id)) = self.node(subnet) {
            self.place.subnet = Some(id);
        }
    }

    fn at_interface(&mut self, node: u32, note: &str) {
        if let Some(Node::Interface(id)) = self.node(node) {
            self.hop(Kind::NetworkInterface, id.as_str(), note);
            self.place.interface = Some(id);
        }
    }

    fn at_nat(&mut self, node: u32, note: &str) {
        if let Some(Node::NatGateway(id)) = self.node(node) {
            self.hop(Kind::NatGateway, id.as_str(), note);
            self.place.nat = Some(id);
        }
    }

    fn at_gateway(&mut self, node: u32, note: &str) {
        if let Some(Node::InternetGateway(id)) = self.node(node) {
            self.hop(Kind::InternetGateway, id.as_str(), note);
            self.place.gateway = Some(id);
        }
    }

    fn node(&self, number: u32) -> Option<Node> {
        self.world.compiler.node(number).cloned()
    }

    fn hop(&mut self, kind: Kind, component: &str, note: &str) {
        self.hops.push(Hop {
            direction: self.direction,
            kind,
            component: component.to_string(),
            passed: true,
            rules: Vec::new(),
            note: note.to_string(),
            packet: self.packet,
        });
    }

    /// The verdict of the hop that was added last.
    fn last(&mut self, passed: bool, rules: Vec<String>) {
        if let Some(hop) = self.hops.last_mut() {
            (hop.passed, hop.rules) = (passed, rules);
        }
    }
}

pub(crate) fn rule_name(rule: &RuleRef) -> String {
    match rule {
        RuleRef::SecurityGroup { rule, .. } => rule.to_string(),
        RuleRef::NetworkAcl { number, .. } => number.to_string(),
        RuleRef::NetworkAclClosing { .. } => "*".to_string(),
    }
}

pub(crate) fn destination_text(destination: &croft_model::route::RouteDestination) -> String {
    match destination {
        croft_model::route::RouteDestination::Cidr(cidr) => cidr.to_string(),
        croft_model::route::RouteDestination::Ipv6Cidr(cidr) => cidr.to_string(),
        croft_model::route::RouteDestination::PrefixList(list) => list.to_string(),
    }
}

fn header(tuple: &Tuple) -> Header {
    Header {
        source: v4(tuple.source),
        source_port: tuple.source_port,
        destination: v4(tuple.destination),
        destination_port: tuple.destination_port,
    }
}

/// Every address in here is IPv4: questions are asked in it, and gateways map to it (row NET-13).
fn v4(ip: Ip) -> Ipv4Addr {
    ip.as_v4().map_or(Ipv4Addr::UNSPECIFIED, Ipv4Addr::from)
}

fn traffic(remote: Ip, protocol: u8, port: u16) -> Traffic {
    Traffic { remote: v4(remote), protocol, port }
}

fn way(direction: Way) -> group::Direction {
    match direction {
        Way::Egress => group::Direction::Egress,
        Way::Ingress => group::Direction::Ingress,
    }
}
