//! Route tables of internet gateways.

use croft_analysis::{Endpoint, Kind, ReachQuestion, Transport};
use croft_conformance::frame::{ACK, SYN, SYN_ACK};
use croft_conformance::{End, Packet, World};
use croft_control::*;
use croft_engine::DropReason::*;
use croft_model::route::{RouteDestination, RouteTarget};
use croft_model::{InternetGatewayId, RouteTableAssociationId, RouteTableId, SubnetId, Tags, VpcId};
use std::net::Ipv4Addr;

/// A server in a public subnet, an appliance in another one, and a table for what comes in, which nothing uses yet.
struct Inspected {
    world: World,
    vpc: VpcId,
    gateway: InternetGatewayId,
    inbound: RouteTableId,
    subnet: SubnetId,
    server: End,
    appliance: End,
    public: Ipv4Addr,
}

fn inspected() -> Inspected {
    let mut world = World::new();
    let vpc = world.vpc("10.0.0.0/16");
    let gateway = world.internet_gateway(&vpc);
    let subnet = world.public_subnet(&vpc, "10.0.1.0/24", &gateway);
    let edge = world.public_subnet(&vpc, "10.0.2.0/24", &gateway);
    let inbound = world.run(CreateRouteTable { vpc_id: vpc.clone(), tags: Tags::new() }).id;
    let open = world.open_group(&vpc);
    let server = world.instance(&subnet, "10.0.1.10", &[&open]);
    let appliance = world.instance(&edge, "10.0.2.20", &[&open]);
    let public = world.elastic_ip(&server);
    world.elastic_ip(&appliance);
    let uncheck = ModifyNetworkInterfaceAttribute::of(appliance.id());
    world.run(ModifyNetworkInterfaceAttribute { source_dest_check: Some(false), ..uncheck });
    world.route(&inbound, "10.0.1.0/24", RouteTarget::NetworkInterface(appliance.id()));
    Inspected { world, vpc, gateway, inbound, subnet, server, appliance, public }
}

impl Inspected {
    fn associate(&mut self) -> RouteTableAssociationId {
        let (route_table_id, gateway_id) = (self.inbound.clone(), self.gateway.clone());
        self.world.run(AssociateGatewayRouteTable { route_table_id, gateway_id })
    }

    fn replace(&mut self, block: &str, target: RouteTarget) {
        let destination = RouteDestination::Cidr(block.parse().expect("a block"));
        self.world.run(ReplaceRoute { route_table_id: self.inbound.clone(), destination, target });
    }

    fn coming_in(&self, port: u16) -> Packet {
        Packet::tcp((self.world.internet().address, port), (self.public, 443), SYN)
    }
}

#[test]
fn rt_7_what_comes_in_goes_by_the_gateways_table_from_the_next_packet_on() {
    let mut i = inspected();
    i.world.send(&i.world.internet(), &i.coming_in(40_000)).delivered_to(&i.server);
    let association_id = i.associate();
    let passed = i.world.send(&i.world.internet(), &i.coming_in(40_001));
    assert_eq!(passed.delivered_to(&i.appliance).destination, i.server.address, "still for the server");
    i.replace("10.0.1.0/24", RouteTarget::Local);
    i.world.send(&i.world.internet(), &i.coming_in(40_002)).delivered_to(&i.server);
    i.replace("10.0.0.0/16", RouteTarget::NetworkInterface(i.appliance.id()));
    i.world.send(&i.world.internet(), &i.coming_in(40_003)).delivered_to(&i.server);
    let destination = RouteDestination::Cidr("10.0.1.0/24".parse().expect("a block"));
    i.world.run(DeleteRoute { route_table_id: i.inbound.clone(), destination });
    i.world.send(&i.world.internet(), &i.coming_in(40_004)).delivered_to(&i.appliance);
    i.world.run(DisassociateRouteTable { association_id });
    i.world.send(&i.world.internet(), &i.coming_in(40_005)).delivered_to(&i.server);
}

#[test]
fn rt_7_an_appliance_passes_on_what_comes_in_and_what_answers() {
    let mut i = inspected();
    i.associate();
    let outside = i.world.internet().address;
    // The answers go through the appliance too: by the table of the server's subnet.
    let (_, table) = i.world.cloud().subnets[&i.subnet].route_table.clone().expect("an association");
    let (destination, target) =
        ("0.0.0.0/0".parse().expect("a block"), RouteTarget::NetworkInterface(i.appliance.id()));
    let destination = RouteDestination::Cidr(destination);
    i.world.run(ReplaceRoute { route_table_id: table, destination, target });
    for (flags, answer) in [(SYN, SYN_ACK), (ACK, ACK)] {
        let there = Packet::tcp((outside, 40_000), (i.public, 443), flags);
        i.world.send(&i.world.internet(), &there).delivered_to(&i.appliance);
        let there = Packet::tcp((outside, 40_000), (i.server.address, 443), flags);
        let outcome = i.world.send(&i.appliance, &there);
        assert_eq!(outcome.delivered_to(&i.server).source, outside, "the client's own address");
        let back = Packet::tcp((i.server.address, 443), (outside, 40_000), answer);
        i.world.send(&i.server, &back).delivered_to(&i.appliance);
        let outcome = i.world.send(&i.appliance, &back);
        assert_eq!(outcome.delivered_to(&i.world.internet()).source, i.public, "the server's public address");
    }
}

#[test]
fn rt_7_an_appliance_needs_its_check_off_and_a_public_address_and_must_be_there() {
    let mut i = inspected();
    i.associate();
    let check = ModifyNetworkInterfaceAttribute::of(i.appliance.id());
    i.world.run(ModifyNetworkInterfaceAttribute { source_dest_check: Some(true), ..check.clone() });
    i.world.send(&i.world.internet(), &i.coming_in(40_000)).dropped(DestinationCheck, i.appliance.id());
    i.world.run(ModifyNetworkInterfaceAttribute { source_dest_check: Some(false), ..check });
    let mut associated = i.world.cloud().addresses.values().filter_map(|a| a.association.as_ref());
    let association_id = associated.find(|on| on.interface == i.appliance.id()).expect("its Elastic IP").id.clone();
    i.world.run(DisassociateAddress { association_id });
    i.world.send(&i.world.internet(), &i.coming_in(40_001)).dropped(NoPublicAddress, i.appliance.id());
    let gone = RouteTarget::NetworkInterface(i.world.interface(&i.subnet.clone(), &[]));
    i.replace("10.0.1.0/24", gone);
    i.world.send(&i.world.internet(), &i.coming_in(40_002)).dropped(Blackhole, &i.gateway);
}

#[test]
fn rt_7_a_gateway_has_one_table_which_leads_into_the_vpc_to_interfaces() {
    let mut i = inspected();
    let (gateway_id, out) = (i.gateway.clone(), RouteTarget::InternetGateway(i.gateway.clone()));
    let (_, public) = i.world.cloud().subnets[&i.subnet].route_table.clone().expect("an association");
    let refused = |world: &mut World, table: &RouteTableId, code: &str| {
        let request = AssociateGatewayRouteTable { route_table_id: table.clone(), gateway_id: gateway_id.clone() };
        assert_eq!(world.try_run(request).map_err(|e| e.code), Err(code));
    };
    refused(&mut i.world, &public, "RouteNotSupported");
    i.associate();
    let other = i.world.run(CreateRouteTable { vpc_id: i.vpc.clone(), tags: Tags::new() }).id;
    refused(&mut i.world, &other, "Resource.AlreadyAssociated");
    let destination = RouteDestination::Cidr("0.0.0.0/0".parse().expect("a block"));
    let away = CreateRoute { route_table_id: i.inbound.clone(), destination, target: out };
    assert_eq!(i.world.try_run(away).map_err(|e| e.code), Err("RouteConflict"));
    let detach = DetachInternetGateway { internet_gateway_id: i.gateway.clone(), vpc_id: i.vpc.clone() };
    assert_eq!(i.world.try_run(detach).map_err(|e| e.code), Err("DependencyViolation"));
    i.world.send(&i.world.internet(), &i.coming_in(40_000)).delivered_to(&i.appliance);
}

#[test]
fn rt_7_an_explanation_names_the_gateways_table() {
    let mut i = inspected();
    i.associate();
    let question = ReachQuestion {
        source: Endpoint::Internet(None),
        destination: Endpoint::Interface(i.server.id()),
        protocol: Transport::Tcp,
        port: 443,
    };
    let answer = i.world.reach(&question);
    let hop = answer.path.iter().find(|hop| hop.kind == Kind::RouteTable).expect("a route table");
    assert_eq!((hop.component.as_str(), &hop.rules[..]), (i.inbound.as_str(), &["10.0.1.0/24".to_string()][..]));
    assert_eq!(answer.blockers[0].component, i.inbound.as_str(), "{answer:#?}");
    i.replace("10.0.1.0/24", RouteTarget::Local);
    assert!(i.world.reach(&question).predicted);
    i.world.send(&i.world.internet(), &i.coming_in(40_000)).delivered_to(&i.server);
}
