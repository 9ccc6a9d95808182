//! Internet gateways and public addresses.

use croft_conformance::frame::SYN;
use croft_conformance::world::{TCP, cidr, port};
use croft_conformance::{End, Packet, World};
use croft_control::*;
use croft_engine::DropReason::*;
use croft_model::block_public_access::{Excluded, ExclusionMode, InternetGatewayBlockMode};
use croft_model::group::Peer;
use croft_model::route::RouteTarget;
use croft_model::{SubnetId, VpcId};
use std::net::Ipv4Addr;

struct Public {
    world: World,
    vpc: VpcId,
    subnet: SubnetId,
    a: End,
}

/// An instance in a public subnet, without a public address.
fn public() -> Public {
    let mut world = World::new();
    let vpc = world.vpc("10.0.0.0/16");
    let gateway = world.internet_gateway(&vpc);
    let subnet = world.public_subnet(&vpc, "10.0.1.0/24", &gateway);
    let open = world.open_group(&vpc);
    let a = world.instance(&subnet, "10.0.1.10", &[&open]);
    Public { world, vpc, subnet, a }
}

fn to_internet(p: &Public) -> Packet {
    Packet::tcp((p.a.address, 40_000), (p.world.internet().address, 443), SYN)
}

fn from_internet(p: &Public, public: Ipv4Addr) -> Packet {
    Packet::tcp((p.world.internet().address, 40_000), (public, 22), SYN)
}

#[test]
fn igw_1_without_a_public_address_nothing_passes_and_with_one_both_ways() {
    let mut p = public();
    p.world.send(&p.a, &to_internet(&p)).dropped_for(NoPublicAddress);
    let a = p.a.clone();
    let public = p.world.elastic_ip(&a);
    let seen = p.world.send(&p.a, &to_internet(&p)).delivered_to(&p.world.internet()).clone();
    assert_eq!(seen.source, public, "the internet sees the public address");
    p.world.exchange(&p.a, &p.world.internet(), &to_internet(&p));
    p.world.exchange(&p.world.internet(), &p.a, &from_internet(&p, public));
    let seen = p.world.send(&p.world.internet(), &from_internet(&p, public)).delivered_to(&p.a).clone();
    assert_eq!(seen.destination, p.a.address, "the workload never sees its public address");
}

#[test]
fn igw_1_a_public_address_that_nobody_holds_is_dropped() {
    let mut p = public();
    let free = Ipv4Addr::new(198, 19, 255, 1);
    p.world.send(&p.world.internet(), &from_internet(&p, free)).dropped_for(UnknownPublicAddress);
    let a = p.a.clone();
    let public = p.world.elastic_ip(&a);
    p.world.send(&p.world.internet(), &from_internet(&p, public)).delivered_to(&p.a);
}

#[test]
fn igw_1_the_private_address_is_unknown_outside() {
    let p = public();
    let direct = Packet::tcp((p.world.internet().address, 40_000), (p.a.address, 22), SYN);
    p.world.send(&p.world.internet(), &direct).dropped_for(UnknownPublicAddress);
}

#[test]
fn igw_2_what_comes_in_is_delivered_and_the_answer_dies_without_a_route() {
    let mut world = World::new();
    let vpc = world.vpc("10.0.0.0/16");
    let gateway = world.internet_gateway(&vpc);
    let subnet = world.subnet(&vpc, "10.0.1.0/24");
    let table = world.route_table(&vpc, &subnet);
    let open = world.open_group(&vpc);
    let a = world.instance(&subnet, "10.0.1.10", &[&open]);
    let public = world.elastic_ip(&a);
    let internet = world.internet();
    let request = Packet::tcp((internet.address, 40_000), (public, 22), SYN);
    world.send(&internet, &request).delivered_to(&a);
    let answer = Packet::tcp((a.address, 22), (internet.address, 40_000), croft_conformance::frame::SYN_ACK);
    world.send(&a, &answer).dropped(NoRoute, &subnet);
    world.route(&table, "0.0.0.0/0", RouteTarget::InternetGateway(gateway));
    world.send(&a, &answer).delivered_to(&internet);
}

#[test]
fn igw_3_a_public_address_inside_goes_out_and_back() {
    let mut p = public();
    let servers = p.world.group(&p.vpc.clone());
    let b = p.world.instance(&p.subnet.clone(), "10.0.1.20", &[&servers]);
    let a = p.a.clone();
    let (a_public, b_public) = (p.world.elastic_ip(&a), p.world.elastic_ip(&b));
    let group = p.world.cloud().interfaces[&a.id()].groups[0].clone();
    // A reference does not match what comes back from the gateway (row SG-5); the public address does.
    p.world.allow_in(&servers, TCP, port(80), Peer::Group(group));
    let request = Packet::tcp((a.address, 40_000), (b_public, 80), SYN);
    p.world.send(&a, &Packet::tcp((a.address, 40_000), (b.address, 80), SYN)).delivered_to(&b);
    p.world.send(&a, &request).dropped(SecurityGroupIngress, &b);
    p.world.allow_in(&servers, TCP, port(80), cidr(&format!("{a_public}/32")));
    let seen = p.world.send(&a, &request).delivered_to(&b).clone();
    assert_eq!((seen.source, seen.destination), (a_public, b.address));
}

#[test]
fn sg_5_a_reference_never_matches_a_public_address() {
    igw_3_a_public_address_inside_goes_out_and_back();
}

#[test]
fn igw_4_an_elastic_ip_takes_the_place_of_the_first_address() {
    let mut p = public();
    let attributes = SubnetAttributes { map_public_ip_on_launch: Some(true), ..SubnetAttributes::default() };
    p.world.run(ModifySubnetAttribute { subnet_id: p.subnet.clone(), attributes });
    let open = p.world.open_group(&p.vpc.clone());
    let b = p.world.instance(&p.subnet.clone(), "10.0.1.20", &[&open]);
    let given = p.world.cloud().interfaces[&b.id()].auto_public_ip.expect("an address given at launch");
    let request = Packet::tcp((b.address, 40_000), (p.world.internet().address, 443), SYN);
    assert_eq!(p.world.send(&b, &request).delivered_to(&p.world.internet()).source, given);
    let elastic = p.world.elastic_ip(&b);
    assert_eq!(p.world.send(&b, &request).delivered_to(&p.world.internet()).source, elastic);
    p.world.send(&p.world.internet(), &from_internet(&p, given)).dropped_for(UnknownPublicAddress);
}

#[test]
fn igw_4_a_gateway_with_mapped_addresses_stays_attached() {
    let mut p = public();
    let a = p.a.clone();
    p.world.elastic_ip(&a);
    let gateway = p.world.cloud().internet_gateway_of(&p.vpc).expect("a gateway").id.clone();
    let detach = DetachInternetGateway { internet_gateway_id: gateway, vpc_id: p.vpc.clone() };
    assert_eq!(p.world.try_run(detach).expect_err("refused").code, "DependencyViolation");
    p.world.send(&p.a, &to_internet(&p)).delivered_to(&p.world.internet());
}

#[test]
fn net_6_an_address_given_at_launch_works_in_both_directions() {
    let mut p = public();
    p.world.send(&p.a, &to_internet(&p)).dropped_for(NoPublicAddress);
    let attributes = SubnetAttributes { map_public_ip_on_launch: Some(true), ..SubnetAttributes::default() };
    p.world.run(ModifySubnetAttribute { subnet_id: p.subnet.clone(), attributes });
    let open = p.world.open_group(&p.vpc.clone());
    let b = p.world.instance(&p.subnet.clone(), "10.0.1.20", &[&open]);
    let given = p.world.cloud().interfaces[&b.id()].auto_public_ip.expect("an address given at launch");
    let request = Packet::tcp((b.address, 40_000), (p.world.internet().address, 443), SYN);
    p.world.exchange(&b, &p.world.internet(), &request);
    p.world.exchange(&p.world.internet(), &b, &from_internet(&p, given));
}

#[test]
fn igw_5_nothing_goes_to_an_address_that_is_nobodys() {
    let mut p = public();
    let a = p.a.clone();
    p.world.elastic_ip(&a);
    let gateway = p.world.cloud().internet_gateway_of(&p.vpc).expect("a gateway").id.clone();
    for address in ["10.1.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "127.0.0.1"] {
        let to = Packet::tcp((a.address, 40_000), (address.parse().expect("an address"), 443), SYN);
        p.world.send(&a, &to).dropped(PrivateDestination, &gateway);
    }
    for address in ["11.0.0.1", "172.32.0.1", "192.169.0.1", "100.128.0.1"] {
        let to = Packet::tcp((a.address, 40_000), (address.parse().expect("an address"), 443), SYN);
        p.world.send(&a, &to).delivered_to(&p.world.internet());
    }
}

#[test]
fn igw_6_block_public_access_holds_whatever_else_is_open() {
    use InternetGatewayBlockMode::*;
    let mut p = public();
    let (a, subnet) = (p.a.clone(), p.subnet.clone());
    let public = p.world.elastic_ip(&a);
    let gateway = p.world.cloud().internet_gateway_of(&p.vpc).expect("a gateway").id.clone();
    let (out, into) = (to_internet(&p), from_internet(&p, public));
    let internet = p.world.internet();
    p.world.send(&a, &out).delivered_to(&internet);
    p.world.send(&internet, &into).delivered_to(&a);
    for internet_gateway_block_mode in [BlockBidirectional, BlockIngress] {
        p.world.run(ModifyVpcBlockPublicAccessOptions { internet_gateway_block_mode });
        p.world.send(&a, &out).dropped(NoPublicAddress, &gateway);
        p.world.send(&internet, &into).dropped_for(NoInternetGateway);
    }
    let exclusion = p.world.run(CreateVpcBlockPublicAccessExclusion {
        of: Excluded::Subnet(subnet),
        internet_gateway_exclusion_mode: ExclusionMode::AllowBidirectional,
        tags: croft_model::Tags::new(),
    });
    p.world.send(&a, &out).delivered_to(&internet);
    p.world.send(&internet, &into).delivered_to(&a);
    p.world.run(DeleteVpcBlockPublicAccessExclusion { exclusion_id: exclusion.id });
    p.world.send(&a, &out).dropped(NoPublicAddress, &gateway);
    p.world.run(ModifyVpcBlockPublicAccessOptions { internet_gateway_block_mode: Off });
    p.world.send(&a, &out).delivered_to(&internet);
}
