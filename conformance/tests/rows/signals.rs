//! Croft's own address in the internet: the way to it is judged like the way to any other.

use croft_conformance::frame::SYN;
use croft_conformance::world::{TCP, allow, cidr, deny, port};
use croft_conformance::{Packet, World};
use croft_control::SIGNALS_ADDRESS;
use croft_engine::DropReason::*;
use croft_model::group::Direction::*;
use croft_model::route::RouteTarget;

const HTTP: u16 = 80;

#[test]
fn ext_2_the_address_is_reached_as_any_public_address_is() {
    let mut world = World::new();
    let vpc = world.vpc("10.0.0.0/16");
    let gateway = world.internet_gateway(&vpc);
    let subnet = world.public_subnet(&vpc, "10.0.1.0/24", &gateway);
    let (private, isolated) = (world.subnet(&vpc, "10.0.2.0/24"), world.subnet(&vpc, "10.0.3.0/24"));
    let open = world.open_group(&vpc);
    let group = world.group(&vpc);
    world.close(&group, Egress);
    let a = world.instance(&subnet, "10.0.1.10", &[&open]);
    let closed = world.instance(&subnet, "10.0.1.20", &[&group]);
    let behind = world.instance(&private, "10.0.2.10", &[&open]);
    let lost = world.instance(&isolated, "10.0.3.10", &[&open]);
    let signal = |from: &croft_conformance::End| Packet::tcp((from.address, 40_000), (SIGNALS_ADDRESS, HTTP), SYN);
    let internet = world.internet();

    // Through an internet gateway, with a public address only.
    world.send(&a, &signal(&a)).dropped_for(NoPublicAddress);
    let public = world.elastic_ip(&a);
    assert_eq!(world.send(&a, &signal(&a)).delivered_to(&internet).source, public);
    world.exchange(&a, &internet, &signal(&a));

    // Through a NAT gateway.
    let table = world.route_table(&vpc, &private);
    world.send(&behind, &signal(&behind)).dropped_for(NoRoute);
    let (nat, address) = world.nat_gateway(&subnet);
    world.route(&table, "0.0.0.0/0", RouteTarget::NatGateway(nat.id.clone()));
    assert_eq!(world.send(&behind, &signal(&behind)).delivered_to(&internet).source, address);

    // Not without a way, nor past a group or an ACL.
    world.send(&lost, &signal(&lost)).dropped_for(NoRoute);
    world.elastic_ip(&closed);
    world.send(&closed, &signal(&closed)).dropped_for(SecurityGroupEgress);
    world.allow_out(&group, TCP, port(HTTP), cidr("198.19.255.254/32"));
    world.send(&closed, &signal(&closed)).delivered_to(&internet);
    let acl = world.network_acl(&vpc, &subnet);
    world.entry(&acl, deny(100, Egress, TCP, port(HTTP), "198.19.255.254/32"));
    world.entry(&acl, allow(200, Egress, TCP, port(HTTP), "0.0.0.0/0"));
    world.send(&a, &signal(&a)).dropped(NetworkAclEgress, &subnet);
}
