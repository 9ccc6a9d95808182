//! Route tables.

use croft_conformance::frame::SYN;
use croft_conformance::{End, Packet, World};
use croft_control::*;
use croft_engine::DropReason::*;
use croft_model::prefix_list::PrefixListEntry;
use croft_model::route::{RouteDestination, RouteTarget};
use croft_model::{RouteTableId, SubnetId, Tags, VpcId};
use std::net::Ipv4Addr;

fn outside() -> Ipv4Addr {
    Ipv4Addr::new(203, 0, 113, 80)
}

fn syn(from: &End, to: Ipv4Addr) -> Packet {
    Packet::tcp((from.address, 40_000), (to, 443), SYN)
}

/// An instance with a public address in a subnet with a table of its own, and one in another subnet.
struct Routed {
    world: World,
    vpc: VpcId,
    subnet: SubnetId,
    table: RouteTableId,
    gateway: RouteTarget,
    a: End,
    b: End,
}

fn routed() -> Routed {
    let mut world = World::new();
    let vpc = world.vpc("10.0.0.0/16");
    let gateway = RouteTarget::InternetGateway(world.internet_gateway(&vpc));
    let (subnet, other) = (world.subnet(&vpc, "10.0.1.0/24"), world.subnet(&vpc, "10.0.2.0/24"));
    let table = world.route_table(&vpc, &subnet);
    let open = world.open_group(&vpc);
    let a = world.instance(&subnet, "10.0.1.10", &[&open]);
    let b = world.instance(&other, "10.0.2.20", &[&open]);
    world.elastic_ip(&a);
    Routed { world, vpc, subnet, table, gateway, a, b }
}

impl Routed {
    fn replace(&mut self, destination: &str, target: RouteTarget) {
        let destination = RouteDestination::Cidr(destination.parse().expect("a block"));
        self.world.run(ReplaceRoute { route_table_id: self.table.clone(), destination, target });
    }
}

#[test]
fn rt_1_the_longest_prefix_wins() {
    let mut r = routed();
    let middlebox = {
        let open = r.world.open_group(&r.vpc.clone());
        r.world.instance(&r.subnet.clone(), "10.0.1.50", &[&open])
    };
    uncheck(&mut r.world, &middlebox);
    r.world.route(&r.table, "0.0.0.0/0", r.gateway.clone());
    r.world.route(&r.table, "203.0.113.0/24", RouteTarget::NetworkInterface(middlebox.id()));
    r.world.send(&r.a, &syn(&r.a, outside())).delivered_to(&middlebox);
    r.world.send(&r.a, &syn(&r.a, Ipv4Addr::new(203, 0, 114, 1))).delivered_to(&r.world.internet());
    // The default route never takes what is local.
    r.world.send(&r.a, &syn(&r.a, r.b.address)).delivered_to(&r.b);
}

#[test]
fn rt_1_a_route_for_a_block_comes_before_one_for_a_prefix_list() {
    let mut r = routed();
    let open = r.world.open_group(&r.vpc.clone());
    let middlebox = r.world.instance(&r.subnet.clone(), "10.0.1.50", &[&open]);
    uncheck(&mut r.world, &middlebox);
    let list = r.world.run(CreateManagedPrefixList {
        prefix_list_name: "outside".into(),
        address_family: Default::default(),
        max_entries: 2,
        entries: vec![PrefixListEntry { cidr: "203.0.113.0/24".parse().expect("a block"), description: None }],
        tags: Tags::new(),
    });
    let target = RouteTarget::NetworkInterface(middlebox.id());
    let destination = RouteDestination::PrefixList(list.id);
    r.world.run(CreateRoute { route_table_id: r.table.clone(), destination, target });
    r.world.send(&r.a, &syn(&r.a, outside())).delivered_to(&middlebox);
    r.world.route(&r.table, "203.0.113.0/24", r.gateway.clone());
    r.world.send(&r.a, &syn(&r.a, outside())).delivered_to(&r.world.internet());
}

#[test]
fn rt_2_local_is_there_from_the_start_and_a_whole_subnet_can_be_sent_elsewhere() {
    let mut r = routed();
    r.world.send(&r.a, &syn(&r.a, r.b.address)).delivered_to(&r.b);
    let open = r.world.open_group(&r.vpc.clone());
    let middlebox = r.world.instance(&r.subnet.clone(), "10.0.1.50", &[&open]);
    uncheck(&mut r.world, &middlebox);
    let target = RouteTarget::NetworkInterface(middlebox.id());
    let part = RouteDestination::Cidr("10.0.2.0/25".parse().expect("a block"));
    let refused = CreateRoute { route_table_id: r.table.clone(), destination: part, target: target.clone() };
    assert!(r.world.try_run(refused).is_err(), "half a subnet is no destination");
    r.world.route(&r.table, "10.0.2.0/24", target);
    r.world.send(&r.a, &syn(&r.a, r.b.address)).delivered_to(&middlebox);
}

#[test]
fn rt_2_the_whole_vpc_can_be_sent_through_a_middlebox_and_put_back() {
    let mut r = routed();
    let open = r.world.open_group(&r.vpc.clone());
    let middlebox = r.world.instance(&r.subnet.clone(), "10.0.1.50", &[&open]);
    uncheck(&mut r.world, &middlebox);
    r.replace("10.0.0.0/16", RouteTarget::NetworkInterface(middlebox.id()));
    r.world.send(&r.a, &syn(&r.a, r.b.address)).delivered_to(&middlebox);
    r.replace("10.0.0.0/16", RouteTarget::Local);
    r.world.send(&r.a, &syn(&r.a, r.b.address)).delivered_to(&r.b);
}

#[test]
fn rt_3_the_main_table_serves_who_has_no_other_and_changes_count_at_once() {
    let mut r = routed();
    r.world.route(&r.table, "0.0.0.0/0", r.gateway.clone());
    r.world.send(&r.a, &syn(&r.a, outside())).delivered_to(&r.world.internet());
    let (association_id, _) = r.world.cloud().subnets[&r.subnet].route_table.clone().expect("an association");
    r.world.run(DisassociateRouteTable { association_id });
    r.world.send(&r.a, &syn(&r.a, outside())).dropped(NoRoute, &r.subnet);
    let main = r.world.cloud().vpcs[&r.vpc].main_route_table.clone();
    r.world.route(&main, "0.0.0.0/0", r.gateway.clone());
    r.world.send(&r.a, &syn(&r.a, outside())).delivered_to(&r.world.internet());
}

#[test]
fn rt_4_a_route_whose_target_is_gone_drops_what_it_matches() {
    let mut r = routed();
    let open = r.world.open_group(&r.vpc.clone());
    let middlebox = r.world.instance(&r.subnet.clone(), "10.0.1.50", &[&open]);
    uncheck(&mut r.world, &middlebox);
    r.world.route(&r.table, "203.0.113.0/24", RouteTarget::NetworkInterface(middlebox.id()));
    r.world.send(&r.a, &syn(&r.a, outside())).delivered_to(&middlebox);
    let instance = middlebox.instance.clone().expect("an instance");
    let generation = r.world.cloud().instances[&instance].generation;
    r.world.run(TerminateInstances { instance_ids: vec![instance.clone()] });
    r.world.run(ObserveInstance {
        instance_id: instance,
        generation,
        state: croft_model::instance::InstanceState::Terminated,
        reason: None,
    });
    r.world.send(&r.a, &syn(&r.a, outside())).dropped(Blackhole, &r.subnet);
    r.replace("203.0.113.0/24", r.gateway.clone());
    r.world.send(&r.a, &syn(&r.a, outside())).delivered_to(&r.world.internet());
}

#[test]
fn rt_6_a_route_to_an_internet_gateway_is_what_makes_a_subnet_public() {
    let mut r = routed();
    r.world.send(&r.a, &syn(&r.a, outside())).dropped(NoRoute, &r.subnet);
    r.world.route(&r.table, "0.0.0.0/0", r.gateway.clone());
    r.world.exchange(&r.a, &r.world.internet(), &syn(&r.a, outside()));
    assert!(r.world.cloud().is_public(&r.world.cloud().subnets[&r.subnet]));
    let destination = RouteDestination::Cidr("0.0.0.0/0".parse().expect("a block"));
    r.world.run(DeleteRoute { route_table_id: r.table.clone(), destination });
    r.world.send(&r.a, &syn(&r.a, outside())).dropped(NoRoute, &r.subnet);
}

fn uncheck(world: &mut World, end: &End) {
    world.run(ModifyNetworkInterfaceAttribute {
        source_dest_check: Some(false),
        ..ModifyNetworkInterfaceAttribute::of(end.id())
    });
}
