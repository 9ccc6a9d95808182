//! Zones that fail, and quotas.

use croft_conformance::frame::SYN;
use croft_conformance::world::{TCP, allow, cidr, port};
use croft_conformance::{Packet, World};
use croft_control::*;
use croft_engine::DropReason::*;
use croft_model::Tags;
use croft_model::group::Direction::*;
use croft_model::route::RouteTarget;

#[test]
fn az_2_a_failed_zone_drops_what_is_from_to_or_through_it_and_nothing_else() {
    let mut world = World::new();
    let vpc = world.vpc("10.0.0.0/16");
    let gateway = world.internet_gateway(&vpc);
    let public = world.public_subnet(&vpc, "10.0.1.0/24", &gateway);
    let (near, far) =
        (world.subnet_in(&vpc, "10.0.10.0/24", "us-east-1a"), world.subnet_in(&vpc, "10.0.11.0/24", "us-east-1b"));
    let (nat, _) = world.nat_gateway(&public);
    let table = world.route_table(&vpc, &far);
    world.route(&table, "0.0.0.0/0", RouteTarget::NatGateway(nat.id.clone()));
    let open = world.open_group(&vpc);
    let a = world.instance(&near, "10.0.10.10", &[&open]);
    let b = world.instance(&far, "10.0.11.10", &[&open]);
    let c = world.instance(&far, "10.0.11.20", &[&open]);
    let outside = world.internet();
    let to = |from: &croft_conformance::End, to| Packet::tcp((from.address, 40_000), (to, 443), SYN);
    world.exchange(&a, &b, &to(&a, b.address));
    world.exchange(&b, &outside, &to(&b, outside.address));
    world.run(FailZone { zone_name: "us-east-1a".into() });
    world.send(&a, &to(&a, b.address)).dropped(ZoneFailed, &a);
    world.send(&b, &to(&b, a.address)).dropped(ZoneFailed, &a);
    world.send(&b, &to(&b, outside.address)).dropped(ZoneFailed, &nat.id);
    world.exchange(&b, &c, &to(&b, c.address));
    world.run(RestoreZone { zone_name: "us-east-1a".into() });
    world.exchange(&a, &b, &to(&a, b.address));
    world.exchange(&b, &outside, &to(&b, outside.address));
}

#[test]
fn az_1_a_region_has_zones_that_can_be_told_apart() {
    let mut world = World::new();
    let names: Vec<String> = world.cloud().zones.values().map(|z| z.name.clone()).collect();
    assert!(names.len() >= 2 && names[0] != names[1], "{names:?}");
    let vpc = world.vpc("10.0.0.0/16");
    let open = world.open_group(&vpc);
    let (one, two) = (world.subnet_in(&vpc, "10.0.1.0/24", &names[0]), world.subnet_in(&vpc, "10.0.2.0/24", &names[1]));
    let a = world.instance(&one, "10.0.1.10", &[&open]);
    let b = world.instance(&two, "10.0.2.10", &[&open]);
    let request = Packet::udp((a.address, 1), (b.address, 2));
    world.exchange(&a, &b, &request);
    world.run(FailZone { zone_name: names[1].clone() });
    world.send(&a, &request).dropped(ZoneFailed, &b);
}

#[test]
fn net_10_a_rule_over_the_quota_changes_nothing_on_the_wire() {
    let mut world = World::new();
    let vpc = world.vpc("10.0.0.0/16");
    let subnet = world.subnet(&vpc, "10.0.1.0/24");
    let (clients, servers) = (world.group(&vpc), world.group(&vpc));
    let a = world.instance(&subnet, "10.0.1.10", &[&clients]);
    let b = world.instance(&subnet, "10.0.1.20", &[&servers]);
    let rule = |p: u16| AuthorizeSecurityGroupIngress {
        group_id: servers.clone(),
        ip_permissions: vec![IpPermission {
            protocol: TCP,
            ports: port(p),
            peer: cidr("10.0.0.0/16"),
            description: None,
        }],
        tags: Tags::new(),
    };
    for p in 1..=60 {
        world.run(rule(p));
    }
    let refused = world.try_run(rule(61)).expect_err("the sixty-first rule");
    assert_eq!(refused.code, "RulesPerSecurityGroupLimitExceeded");
    let to = |p| Packet::tcp((a.address, 40_000), (b.address, p), SYN);
    world.send(&a, &to(60)).delivered_to(&b);
    world.send(&a, &to(61)).dropped(SecurityGroupIngress, &b);
    world.run(SetQuota { name: "rules_per_security_group".into(), value: 61 });
    world.run(rule(61));
    world.send(&a, &to(61)).delivered_to(&b);
}

#[test]
fn sg_8_sixty_rules_in_each_direction_are_all_enforced() {
    let mut world = World::new();
    let vpc = world.vpc("10.0.0.0/16");
    let subnet = world.subnet(&vpc, "10.0.1.0/24");
    let (clients, servers) = (world.group(&vpc), world.group(&vpc));
    world.close(&clients, Egress);
    for p in 1..=60 {
        world.allow_in(&servers, TCP, port(p * 2), cidr("10.0.1.10/32"));
        world.allow_out(&clients, TCP, port(p * 2), cidr("10.0.1.20/32"));
    }
    let a = world.instance(&subnet, "10.0.1.10", &[&clients]);
    let b = world.instance(&subnet, "10.0.1.20", &[&servers]);
    for p in 1..=60 {
        world.send(&a, &Packet::tcp((a.address, 40_000), (b.address, p * 2), SYN)).delivered_to(&b);
        world.send(&a, &Packet::tcp((a.address, 40_000), (b.address, p * 2 + 1), SYN)).dropped(SecurityGroupEgress, &a);
    }
}

#[test]
fn acl_2_twenty_entries_a_direction() {
    let mut world = World::new();
    let vpc = world.vpc("10.0.0.0/16");
    let (one, two) = (world.subnet(&vpc, "10.0.1.0/24"), world.subnet(&vpc, "10.0.2.0/24"));
    let open = world.open_group(&vpc);
    let a = world.instance(&one, "10.0.1.10", &[&open]);
    let b = world.instance(&two, "10.0.2.10", &[&open]);
    let acl = world.network_acl(&vpc, &two);
    for p in 1..=20 {
        world.entry(&acl, allow(p, Ingress, TCP, port(p), "10.0.1.0/24"));
    }
    let refused =
        CreateNetworkAclEntry { network_acl_id: acl.clone(), entry: allow(21, Ingress, TCP, port(21), "10.0.1.0/24") };
    assert_eq!(world.try_run(refused).expect_err("the twenty-first").code, "NetworkAclEntryLimitExceeded");
    for p in [1, 20] {
        world.send(&a, &Packet::tcp((a.address, 40_000), (b.address, p), SYN)).delivered_to(&b);
    }
    world.send(&a, &Packet::tcp((a.address, 40_000), (b.address, 21), SYN)).dropped(NetworkAclIngress, &two);
}

#[test]
fn net_7_an_instance_of_the_default_vpc_talks_to_the_internet_both_ways() {
    let mut world = World::new();
    let vpc = world.run(CreateDefaultVpc {});
    assert_eq!(vpc.cidr_blocks[0].block.to_string(), "172.31.0.0/16");
    let request = RunInstances { image_id: "ami-0c02fb55956c7d316".into(), ..RunInstances::default() };
    let instance = world.run(request).remove(0);
    let a = world.plug(&instance.interfaces[0]);
    let outside = world.internet();
    world.exchange(&a, &outside, &Packet::tcp((a.address, 40_000), (outside.address, 443), SYN));
    let public = world.cloud().interfaces[&a.id()].auto_public_ip.expect("a public address");
    // The default group lets its own members in and nobody else.
    let knock = Packet::tcp((outside.address, 40_000), (public, 22), SYN);
    world.send(&outside, &knock).dropped(SecurityGroupIngress, &a);
    world.allow_in(&vpc.default_security_group, TCP, port(22), cidr("0.0.0.0/0"));
    world.exchange(&outside, &a, &knock);
}

#[test]
fn rt_5_a_prefix_list_counts_as_its_largest_size_and_routes_as_its_entries() {
    let mut world = World::new();
    let vpc = world.vpc("10.0.0.0/16");
    let gateway = RouteTarget::InternetGateway(world.internet_gateway(&vpc));
    let subnet = world.subnet(&vpc, "10.0.1.0/24");
    let table = world.route_table(&vpc, &subnet);
    let open = world.open_group(&vpc);
    let a = world.instance(&subnet, "10.0.1.10", &[&open]);
    world.elastic_ip(&a);
    let entry = croft_model::prefix_list::PrefixListEntry {
        cidr: "203.0.113.0/24".parse().expect("a block"),
        description: None,
    };
    let list = world.run(CreateManagedPrefixList {
        prefix_list_name: "outside".into(),
        address_family: Default::default(),
        max_entries: 10,
        entries: vec![entry],
        tags: Tags::new(),
    });
    world.run(SetQuota { name: "routes_per_table".into(), value: 9 });
    let destination = croft_model::route::RouteDestination::PrefixList(list.id.clone());
    let route = CreateRoute { route_table_id: table, destination, target: gateway };
    assert_eq!(world.try_run(route.clone()).expect_err("ten entries in nine").code, "RouteLimitExceeded");
    let outside = world.internet();
    let knock = Packet::tcp((a.address, 40_000), (outside.address, 443), SYN);
    world.send(&a, &knock).dropped(NoRoute, &subnet);
    world.run(SetQuota { name: "routes_per_table".into(), value: 11 });
    world.run(route);
    world.send(&a, &knock).delivered_to(&outside);
}

#[test]
fn sg_9_a_group_in_use_stays_and_goes_on_judging() {
    let mut world = World::new();
    let vpc = world.vpc("10.0.0.0/16");
    let subnet = world.subnet(&vpc, "10.0.1.0/24");
    let (clients, servers) = (world.group(&vpc), world.group(&vpc));
    world.allow_in(&servers, TCP, port(80), croft_model::group::Peer::Group(clients.clone()));
    let a = world.instance(&subnet, "10.0.1.10", &[&clients]);
    let b = world.instance(&subnet, "10.0.1.20", &[&servers]);
    for group_id in [&clients, &servers] {
        let refused = world.try_run(DeleteSecurityGroup { group_id: group_id.clone() }).expect_err("in use");
        assert_eq!(refused.code, "DependencyViolation");
    }
    world.exchange(&a, &b, &Packet::tcp((a.address, 40_000), (b.address, 80), SYN));
    world.send(&a, &Packet::tcp((a.address, 40_000), (b.address, 81), SYN)).dropped(SecurityGroupIngress, &b);
}

#[test]
fn nat_7_a_regional_nat_gateway_is_refused_by_name_and_carries_nothing() {
    let mut world = World::new();
    let vpc = world.vpc("10.0.0.0/16");
    let gateway = world.internet_gateway(&vpc);
    let public = world.public_subnet(&vpc, "10.0.1.0/24", &gateway);
    let address = world.run(AllocateAddress { tags: Tags::new() });
    let request = CreateNatGateway {
        subnet_id: public,
        connectivity_type: None,
        availability_mode: Some(AvailabilityMode::Regional),
        allocation_id: Some(address.id),
        private_ip_address: None,
        secondary_allocation_ids: vec![],
        secondary_private_ip_addresses: vec![],
        secondary_private_ip_address_count: None,
        tags: Tags::new(),
    };
    let refused = world.try_run(request).expect_err("not built yet");
    assert!(refused.message.contains("regional"), "{}", refused.message);
    let outside = world.internet();
    let knock = Packet::tcp((outside.address, 443), (address.public_ip, 40_000), SYN);
    world.send(&outside, &knock).dropped_for(UnknownPublicAddress);
}
