//! The way of one packet through the gates, in the order of section 1 of the semantics.

mod translate;

use crate::addresses::{Holder, holder, interface_of, is_blocked, nat_works, private_of, public_of, resolver};
use crate::connections::{Connections, End};
use crate::flow::{Flow, TCP, UDP};
use crate::groups::{self, Question};
use crate::judge::Hint;
use crate::packet::Packet;
use crate::rewrite::Delivery;
use crate::routes::{self, Target};
use crate::translations::{Claim, Translation};
use crate::{Reason, Wiring, acl};
use croft_control::Cloud;
use croft_model::gateway::NatGateway;
use croft_model::group::Direction;
use croft_model::interface::NetworkInterface;
use croft_model::route::RouteTable;
use croft_model::subnet::Subnet;
use croft_model::{NatGatewayId, NetworkInterfaceId, SubnetId, VpcId};
use std::collections::HashMap;
use std::net::Ipv4Addr;

/// Row NET-8.
const MTU_INSIDE: usize = 9001;
const MTU_NAT: usize = 8500;
const MTU_INTERNET: usize = 1500;

/// What is next on the way.
enum Hop {
    NatOut(NatGatewayId),
    NatIn(NatGatewayId),
    InternetOut,
    InternetIn,
    Enter(NetworkInterfaceId),
    Uplink,
}

/// What an end of the connection said of the packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Knowledge {
    /// It belongs to a connection that this end has an entry for.
    Known,
    /// The rules let it in, as a flow that is tracked if nothing else keeps it from being untracked (row SG-6).
    New { tracked: bool },
}

/// The state that a walk looks at.
pub struct World<'a> {
    pub cloud: &'a Cloud,
    pub wiring: &'a Wiring,
    pub connections: &'a Connections,
    pub translations: &'a HashMap<Claim, Translation>,
    pub by_origin: &'a HashMap<End, Claim>,
    pub now: u64,
    pub hint: &'a Hint,
}

/// A packet on its way.
pub struct Walk<'a> {
    world: &'a World<'a>,
    packet: &'a Packet,
    from: u32,
    /// As it is now.
    flow: Flow,
    source: Ipv4Addr,
    destination: Ipv4Addr,
    vpc: Option<VpcId>,
    /// The subnet it is in; none: outside.
    at: Option<SubnetId>,
    ttl_cost: u8,
    mtu: usize,
    private_nat: bool,
    pub translation: Option<Translation>,
    pub source_end: Option<Knowledge>,
    pub destination_end: Option<Knowledge>,
}

impl<'a> Walk<'a> {
    pub fn new(world: &'a World<'a>, packet: &'a Packet, from: u32) -> Walk<'a> {
        Walk {
            world,
            packet,
            from,
            flow: packet.flow,
            source: packet.source,
            destination: packet.destination,
            vpc: None,
            at: None,
            ttl_cost: 0,
            mtu: MTU_INSIDE,
            private_nat: false,
            translation: None,
            source_end: None,
            destination_end: None,
        }
    }

    /// From the port it came from to where it is delivered.
    pub fn run(&mut self) -> Result<Delivery, Reason> {
        let wiring = self.world.wiring;
        let mut hop = if self.from == wiring.uplink.port { Hop::InternetIn } else { self.leave()? };
        loop {
            hop = match hop {
                Hop::NatOut(id) => self.nat_out(&id)?,
                Hop::NatIn(id) => self.nat_in(&id)?,
                Hop::InternetOut => self.internet_out()?,
                Hop::InternetIn => self.internet_in()?,
                Hop::Enter(id) => return self.enter(&id),
                Hop::Uplink => {
                    let uplink = wiring.uplink;
                    return self.deliver(uplink.port, uplink.mac, uplink.router_mac);
                }
            };
        }
    }

    // ---- hops

    fn leave(&mut self) -> Result<Hop, Reason> {
        let cloud = self.world.cloud;
        let plugged = self.world.wiring.plugs.iter().find(|(_, plug)| plug.port == self.from);
        let interface = plugged.and_then(|(id, _)| cloud.interfaces.get(id)).ok_or(Reason::NoInterface)?;
        let subnet = cloud.subnets.get(&interface.subnet).ok_or(Reason::NoInterface)?;
        self.vpc = Some(interface.vpc.clone());
        // Row AZ-2.
        if cloud.zone_failed(&subnet.zone) {
            return Err(Reason::ZoneFailed);
        }
        // Row NET-4.
        if interface.source_dest_check && !interface.private_ips.contains(&self.source) {
            return Err(Reason::SourceCheck);
        }
        // Section 1: link-local and Amazon services are exempt from groups and ACLs. None is there yet.
        if self.destination.is_link_local() || resolver(cloud, &interface.vpc) == Some(self.destination) {
            return Err(Reason::NoService);
        }
        let end = End { port: self.from, flow: self.flow };
        self.source_end = Some(self.judge_by_groups(interface, end, Direction::Egress)?);
        self.depart(subnet, false)
    }

    fn enter(&mut self, id: &NetworkInterfaceId) -> Result<Delivery, Reason> {
        let cloud = self.world.cloud;
        let interface = cloud.interfaces.get(id).ok_or(Reason::NoInterface)?;
        let plug = self.world.wiring.plugs.get(id).ok_or(Reason::NoInterface)?;
        let subnet = cloud.subnets.get(&interface.subnet).ok_or(Reason::NoInterface)?;
        if plug.port == self.from {
            return Err(Reason::Loop);
        }
        if cloud.zone_failed(&subnet.zone) {
            return Err(Reason::ZoneFailed);
        }
        self.cross_edge_into(subnet)?;
        // Row NET-4.
        if interface.source_dest_check && !interface.private_ips.contains(&self.destination) {
            return Err(Reason::DestinationCheck);
        }
        let end = End { port: plug.port, flow: self.flow.reversed() };
        self.destination_end = Some(self.judge_by_groups(interface, end, Direction::Ingress)?);
        self.deliver(plug.port, interface.mac, plug.router_mac)
    }

    /// Rows IGW-1, IGW-3, NAT-5.
    fn internet_out(&mut self) -> Result<Hop, Reason> {
        self.cross_gateway(MTU_INTERNET);
        let cloud = self.world.cloud;
        let vpc = self.vpc.clone().ok_or(Reason::NoPublicAddress)?;
        if self.private_nat {
            return Err(Reason::NoPublicAddress);
        }
        let public = public_of(cloud, &vpc, self.flow.source).ok_or(Reason::NoPublicAddress)?;
        // An ICMP error that somebody else wrote bears that one's public address.
        self.source = public_of(cloud, &vpc, self.source).ok_or(Reason::NoPublicAddress)?;
        self.flow.source = public;
        self.at = None;
        if private_of(cloud, self.destination).is_some() {
            return Ok(Hop::InternetIn);
        }
        // Row IGW-5.
        let [first, second, ..] = self.destination.octets();
        let nobodys = self.destination.is_private()
            || self.destination.is_loopback()
            || self.destination.is_link_local()
            || first == 0
            || (first == 100 && (64..128).contains(&second));
        if nobodys { Err(Reason::PrivateDestination) } else { Ok(Hop::Uplink) }
    }

    /// Rows IGW-1, IGW-2: whatever the route tables of subnets say.
    fn internet_in(&mut self) -> Result<Hop, Reason> {
        let cloud = self.world.cloud;
        self.cross_gateway(MTU_INTERNET);
        let (vpc, private) = private_of(cloud, self.destination).ok_or(Reason::UnknownPublicAddress)?;
        let blocked = interface_of(cloud, &vpc, private).is_some_and(|i| is_blocked(cloud, i));
        let Some(gateway) = cloud.internet_gateway_of(&vpc).filter(|_| !blocked) else {
            return Err(Reason::NoInternetGateway);
        };
        self.flow.destination = private;
        self.destination = private;
        self.vpc = Some(vpc.clone());
        self.at = None;
        match gateway.route_table.as_ref().and_then(|(_, table)| cloud.route_tables.get(table)) {
            Some(table) => self.routed_by_gateway(table),
            None => self.hop_to_holder(&vpc),
        }
    }

    /// Row RT-7: local, or to an interface that has a public address.
    fn routed_by_gateway(&self, table: &RouteTable) -> Result<Hop, Reason> {
        let World { cloud, wiring, .. } = *self.world;
        match routes::lookup(cloud, wiring, table, self.destination).ok_or(Reason::NoRoute)? {
            Target::Local => self.hop_to_holder(&table.vpc),
            Target::Interface(id) => {
                let appliance = cloud.interfaces.get(&id).ok_or(Reason::NoInterface)?;
                let public = appliance.private_ips.iter().any(|a| public_of(cloud, &appliance.vpc, *a).is_some());
                if public { Ok(Hop::Enter(id)) } else { Err(Reason::NoPublicAddress) }
            }
            Target::Internet(_) | Target::Nat(_) | Target::Blackhole => Err(Reason::Blackhole),
        }
    }

    // ---- parts of hops

    /// Out of a subnet: to a neighbour, or over the edge and where the route table says.
    fn depart(&mut self, subnet: &Subnet, is_nat: bool) -> Result<Hop, Reason> {
        let (cloud, wiring) = (self.world.cloud, self.world.wiring);
        self.at = Some(subnet.id.clone());
        // Row ACL-1: neighbours meet no ACL and no route table.
        if subnet.block.contains(&self.destination) {
            return self.hop_to_holder(&subnet.vpc);
        }
        if !acl::allows(cloud, &subnet.id, Direction::Egress, &self.question(self.destination)) {
            return Err(Reason::NetworkAclEgress);
        }
        match routes::from_subnet(cloud, wiring, subnet, self.destination).ok_or(Reason::NoRoute)? {
            Target::Local => self.hop_to_holder(&subnet.vpc),
            Target::Internet(_) => Ok(Hop::InternetOut),
            Target::Nat(_) if is_nat => Err(Reason::Loop),
            Target::Nat(id) => Ok(Hop::NatOut(id)),
            Target::Interface(id) => Ok(Hop::Enter(id)),
            Target::Blackhole => Err(Reason::Blackhole),
        }
    }

    fn hop_to_holder(&self, vpc: &VpcId) -> Result<Hop, Reason> {
        match holder(self.world.cloud, self.world.wiring, vpc, self.destination).ok_or(Reason::NoAddress)? {
            Holder::Interface(id) => Ok(Hop::Enter(id)),
            Holder::Nat(id) => Ok(Hop::NatIn(id)),
        }
    }

    /// Into a subnet: its ACL, if the packet was not there already (row ACL-1).
    fn cross_edge_into(&mut self, subnet: &Subnet) -> Result<(), Reason> {
        if self.at.as_ref() == Some(&subnet.id) {
            return Ok(());
        }
        if !acl::allows(self.world.cloud, &subnet.id, Direction::Ingress, &self.question(self.source)) {
            return Err(Reason::NetworkAclIngress);
        }
        self.at = Some(subnet.id.clone());
        Ok(())
    }

    fn cross_gateway(&mut self, mtu: usize) {
        self.mtu = self.mtu.min(mtu);
        self.ttl_cost += 1;
    }

    fn nat(&self, id: &NatGatewayId) -> Result<(&'a NatGateway, &'a Subnet), Reason> {
        let cloud = self.world.cloud;
        let nat = cloud.nat_gateways.get(id).filter(|nat| nat_works(nat)).ok_or(Reason::Blackhole)?;
        let subnet = cloud.subnets.get(&nat.subnet).ok_or(Reason::Blackhole)?;
        // Row AZ-2.
        if cloud.zone_failed(&subnet.zone) { Err(Reason::ZoneFailed) } else { Ok((nat, subnet)) }
    }

    fn question(&self, remote: Ipv4Addr) -> Question {
        let protocol = if self.packet.icmp_error { crate::flow::ICMP } else { self.flow.protocol };
        let destination_port = if self.packet.icmp_error { 0 } else { self.flow.destination_port() };
        Question { remote, protocol, destination_port, icmp: self.packet.icmp }
    }

    /// Rows SG-1, SG-2, SG-6, SG-10, SG-11 at one interface. `end` is its end of the connection.
    fn judge_by_groups(
        &self,
        interface: &NetworkInterface,
        end: End,
        direction: Direction,
    ) -> Result<Knowledge, Reason> {
        let (refused, remote, back) = match direction {
            Direction::Egress => (Reason::SecurityGroupEgress, self.destination, Direction::Ingress),
            Direction::Ingress => (Reason::SecurityGroupIngress, self.source, Direction::Egress),
        };
        let connections = self.world.connections;
        let entry = connections.live(&end, &interface.idle, self.world.now);
        // Another connection with the same ports, once the last one is closing.
        let reopens = self.packet.opens && connections.is_closing(&end);
        let entry = entry.filter(|_| !reopens);
        match entry {
            Some(entry) if entry.tracked => return Ok(Knowledge::Known),
            None if self.packet.icmp_error => return Err(Reason::Unrelated),
            _ => {}
        }
        let cloud = self.world.cloud;
        let answer = groups::ask(cloud, interface, direction, &self.question(remote));
        if !answer.allowed {
            return Err(refused);
        }
        if entry.is_some() {
            return Ok(Knowledge::Known);
        }
        let protocol = self.flow.protocol;
        let untracked =
            matches!(protocol, TCP | UDP) && answer.by_wide_rule && groups::is_open(cloud, interface, back, protocol);
        Ok(Knowledge::New { tracked: !untracked })
    }

    /// All gates are passed: now the packet must survive the way. Inside of a VPC the time to live does not count.
    fn deliver(&mut self, port: u32, destination_mac: [u8; 6], source_mac: [u8; 6]) -> Result<Delivery, Reason> {
        if self.ttl_cost > 0 && self.packet.ttl <= self.ttl_cost {
            return Err(Reason::TtlExpired);
        }
        // Row NET-8.
        if self.packet.length > self.mtu {
            return Err(Reason::TooBig);
        }
        // The uplink has no groups: it knows what the interface at the other end knows.
        if self.from == self.world.wiring.uplink.port {
            self.source_end = self.destination_end;
        } else if port == self.world.wiring.uplink.port {
            self.destination_end = self.source_end;
        }
        // Row SG-11.
        if self.packet.closes && !self.packet.icmp_error && self.source_end != Some(Knowledge::Known) {
            return Err(Reason::NoConnection);
        }
        let (flow, ttl_cost) = (self.flow, self.ttl_cost);
        let (source, destination) = (self.source, self.destination);
        Ok(Delivery { port, destination_mac, source_mac, ttl_cost, flow, source, destination })
    }
}
