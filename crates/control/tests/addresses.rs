//! Rows NET-1, NET-2, NET-3, NET-4, NET-7, NET-10, AZ-1, AZ-2 as the API enforces them.

mod world;

use croft_control::*;
use croft_model::interface::IdleTimeouts;
use croft_model::route::RouteTarget;
use croft_model::*;
use std::net::Ipv4Addr;
use world::*;

#[test]
fn net_1_a_vpc_is_a_16_to_a_28() {
    let mut w = World::new();
    w.vpc("10.0.0.0/16");
    w.vpc("10.0.0.0/28");
    w.refused(create_vpc("10.0.0.0/15"), "InvalidVpc.Range");
    w.refused(create_vpc("10.0.0.0/29"), "InvalidVpc.Range");
}

#[test]
fn net_1_a_block_is_brought_into_its_canonical_form() {
    let mut w = World::new();
    let vpc = w.vpc("100.68.0.18/18");
    assert_eq!(vpc.cidr_blocks[0].block.to_string(), "100.68.0.0/18");
}

#[test]
fn net_1_reserved_ranges_are_no_vpc() {
    let mut w = World::new();
    for block in ["0.1.0.0/16", "127.0.0.0/24", "169.254.0.0/16", "224.0.0.0/16", "198.18.0.0/16", "198.19.3.0/24"] {
        w.refused(create_vpc(block), "InvalidVpc.Range");
    }
}

#[test]
fn net_1_subnets_lie_inside_and_apart() {
    let mut w = World::new();
    let vpc = w.vpc("10.0.0.0/16");
    w.subnet(&vpc, "10.0.0.0/24");
    w.refused(create_subnet(&vpc, "10.1.0.0/24"), "InvalidSubnet.Range");
    w.refused(create_subnet(&vpc, "10.0.1.0/29"), "InvalidSubnet.Range");
    w.refused(create_subnet(&vpc, "10.0.0.0/15"), "InvalidSubnet.Range");
    w.refused(create_subnet(&vpc, "10.0.0.128/25"), "InvalidSubnet.Conflict");
    w.refused(create_subnet(&vpc, "10.0.0.0/23"), "InvalidSubnet.Conflict");
    w.subnet(&vpc, "10.0.1.0/24");
}

#[test]
fn net_1_five_blocks_that_do_not_mix_private_ranges() {
    let mut w = World::new();
    let vpc = w.vpc("10.0.0.0/16");
    let add = |block: &str| add_block(&vpc, block);
    w.refused(add("10.0.128.0/17"), "InvalidVpc.Range");
    w.refused(add("192.168.0.0/16"), "InvalidVpc.Range");
    for block in ["10.1.0.0/16", "10.2.0.0/16", "100.64.0.0/16", "8.8.0.0/16"] {
        w.run(add(block));
    }
    w.refused(add("10.4.0.0/16"), "CidrLimitExceeded");
    w.quota("cidr_blocks_per_vpc", 6);
    w.run(add("10.4.0.0/16"));
}

#[test]
fn net_1_a_block_in_use_stays_and_so_does_the_primary_one() {
    let mut w = World::new();
    let vpc = w.vpc("10.0.0.0/16");
    let second = w.run(add_block(&vpc, "10.1.0.0/16")).association().clone();
    let subnet = w.subnet(&vpc, "10.1.0.0/24");
    let remove =
        |association_id: &CidrAssociationId| DisassociateVpcCidrBlock { association_id: association_id.clone() };
    w.refused(remove(&second), "InvalidCidrBlock.InUse");
    w.run(DeleteSubnet { subnet_id: subnet.id });
    w.run(remove(&second));
    w.refused(remove(&second), "InvalidVpcCidrBlockAssociationID.NotFound");
    w.refused(remove(&vpc.cidr_blocks[0].association), "OperationNotPermitted");
}

#[test]
fn net_1_a_block_does_not_swallow_a_route() {
    let mut w = World::new();
    let vpc = w.vpc("10.0.0.0/16");
    let igw = w.gateway(&vpc);
    w.run(route(&vpc.main_route_table, "10.2.3.0/24", RouteTarget::InternetGateway(igw)));
    let add = |block: &str| add_block(&vpc, block);
    w.refused(add("10.2.0.0/16"), "InvalidVpc.Range");
    w.refused(add("10.2.3.0/24"), "InvalidVpc.Range");
    w.run(add("10.2.3.0/25"));
}

#[test]
fn net_2_a_24_gives_251_addresses_and_a_28_eleven() {
    let mut w = World::new();
    let vpc = w.vpc("10.0.0.0/16");
    let large = w.subnet(&vpc, "10.0.0.0/24");
    assert_eq!(w.cloud().available_ip_address_count(&large), 251);
    let small = w.subnet(&vpc, "10.0.1.0/28");
    for n in 0..11 {
        assert_eq!(w.cloud().available_ip_address_count(&small), 11 - n);
        w.interface(&small);
    }
    w.refused(create_interface(&small), "InsufficientFreeAddressesInSubnet");
    let held = w.cloud().addresses_held_in(&small.id);
    assert_eq!(held.first(), Some(&Ipv4Addr::new(10, 0, 1, 4)));
    assert_eq!(held.last(), Some(&Ipv4Addr::new(10, 0, 1, 14)));
}

#[test]
fn net_2_reserved_foreign_and_taken_addresses_are_refused() {
    let mut w = World::new();
    let vpc = w.vpc("10.0.0.0/16");
    let subnet = w.subnet(&vpc, "10.0.1.0/24");
    let with = |last: [u8; 2]| CreateNetworkInterface {
        private_ip_address: Some(Ipv4Addr::new(10, 0, last[0], last[1])),
        ..create_interface(&subnet)
    };
    for reserved in [0, 1, 2, 3, 255] {
        w.refused(with([1, reserved]), "InvalidParameterValue");
    }
    w.refused(with([2, 9]), "InvalidParameterValue");
    w.run(with([1, 9]));
    w.refused(with([1, 9]), "InvalidIPAddress.InUse");
}

#[test]
fn net_2_an_address_that_was_given_back_is_free_again() {
    let mut w = World::new();
    let vpc = w.vpc("10.0.0.0/16");
    let subnet = w.subnet(&vpc, "10.0.1.0/28");
    let one = w.interface(&subnet);
    w.run(DeleteNetworkInterface { network_interface_id: one.id });
    assert_eq!(w.interface(&subnet).private_ips, one.private_ips);
}

#[test]
fn net_3_two_vpcs_may_have_one_block() {
    let mut w = World::new();
    let (one, other) = (w.vpc("10.0.0.0/16"), w.vpc("10.0.0.0/16"));
    let (a, b) = (w.subnet(&one, "10.0.0.0/24"), w.subnet(&other, "10.0.0.0/24"));
    assert_eq!(w.interface(&a).private_ips, w.interface(&b).private_ips);
}

#[test]
fn net_4_secondary_addresses_come_and_go() {
    let mut w = World::new();
    let vpc = w.vpc("10.0.0.0/16");
    let subnet = w.subnet(&vpc, "10.0.1.0/24");
    let (one, other) = (w.interface(&subnet), w.interface(&subnet));
    let assign = |id: &NetworkInterfaceId, named: &[u8], count| AssignPrivateIpAddresses {
        network_interface_id: id.clone(),
        private_ip_addresses: named.iter().map(|n| Ipv4Addr::new(10, 0, 1, *n)).collect(),
        secondary_private_ip_address_count: count,
        allow_reassignment: false,
    };
    w.run(assign(&one.id, &[50, 51], None));
    assert_eq!(w.run(assign(&one.id, &[], Some(2))).len(), 2);
    w.refused(assign(&one.id, &[], None), "InvalidParameterCombination");
    w.refused(assign(&other.id, &[50], None), "InvalidParameterValue");
    w.refused(assign(&other.id, &[60, 60], None), "InvalidIPAddress.InUse");
    w.run(AssignPrivateIpAddresses { allow_reassignment: true, ..assign(&other.id, &[50], None) });
    let held = |w: &World, id| w.cloud().interfaces[id].private_ips.clone();
    assert!(held(&w, &other.id).contains(&Ipv4Addr::new(10, 0, 1, 50)));
    assert!(!held(&w, &one.id).contains(&Ipv4Addr::new(10, 0, 1, 50)));
    let unassign = |address| UnassignPrivateIpAddresses {
        network_interface_id: one.id.clone(),
        private_ip_addresses: vec![address],
    };
    w.run(unassign(Ipv4Addr::new(10, 0, 1, 51)));
    w.refused(unassign(one.private_ips[0]), "InvalidParameterValue");
    w.quota("private_ips_per_interface", 3);
    w.refused(assign(&one.id, &[], Some(1)), "PrivateIpAddressLimitExceeded");
}

#[test]
fn net_4_a_primary_address_is_never_taken_by_another() {
    let mut w = World::new();
    let vpc = w.vpc("10.0.0.0/16");
    let subnet = w.subnet(&vpc, "10.0.1.0/24");
    let (one, other) = (w.interface(&subnet), w.interface(&subnet));
    let take = AssignPrivateIpAddresses {
        network_interface_id: other.id,
        private_ip_addresses: one.private_ips,
        secondary_private_ip_address_count: None,
        allow_reassignment: true,
    };
    w.refused(take, "InvalidIPAddress.InUse");
}

#[test]
fn net_4_macs_are_local_unicast_and_unique() {
    let mut w = World::new();
    let vpc = w.vpc("10.0.0.0/16");
    let subnet = w.subnet(&vpc, "10.0.1.0/24");
    let (one, other) = (w.interface(&subnet), w.interface(&subnet));
    assert_ne!(one.mac, other.mac);
    assert_eq!(one.mac[0], 2);
}

#[test]
fn sg_7_idle_timeouts_have_bounds() {
    let mut w = World::new();
    let vpc = w.vpc("10.0.0.0/16");
    let subnet = w.subnet(&vpc, "10.0.1.0/24");
    let id = w.interface(&subnet).id;
    let modify = |idle: IdleTimeouts| ModifyNetworkInterfaceAttribute {
        source_dest_check: Some(false),
        connection_tracking: idle.into(),
        ..ModifyNetworkInterfaceAttribute::of(id.clone())
    };
    let idle = IdleTimeouts { tcp_established: 350, udp: 60, udp_stream: 60 };
    w.run(modify(idle));
    assert_eq!(w.cloud().interfaces[&id].idle, idle);
    assert!(!w.cloud().interfaces[&id].source_dest_check);
    w.refused(modify(IdleTimeouts { tcp_established: 59, ..idle }), "InvalidParameterValue");
    w.refused(modify(IdleTimeouts { udp: 61, ..idle }), "InvalidParameterValue");
    w.refused(modify(IdleTimeouts { udp_stream: 181, ..idle }), "InvalidParameterValue");
}

#[test]
fn net_7_the_default_vpc_is_all_public() {
    let mut w = World::new();
    let vpc = w.run(CreateDefaultVpc {});
    assert_eq!(vpc.cidr_blocks[0].block.to_string(), "172.31.0.0/16");
    let subnets: Vec<_> = w.cloud().subnets.values().cloned().collect();
    assert_eq!(subnets.len(), w.cloud().zones.len());
    for subnet in &subnets {
        assert!(w.cloud().is_public(subnet) && subnet.map_public_ip_on_launch && subnet.default_for_az);
        assert_eq!(subnet.block.prefix_len(), 20);
    }
    w.refused(CreateDefaultVpc {}, "DefaultVpcAlreadyExists");
    let instance = w.run(RunInstances { subnet_id: None, ..run_instances(&subnets[0]) }).remove(0);
    assert!(w.public_ip(&instance.id).is_some());
}

#[test]
fn net_7_without_a_default_vpc_a_subnet_must_be_named() {
    let mut w = World::new();
    let vpc = w.vpc("10.0.0.0/16");
    let subnet = w.subnet(&vpc, "10.0.1.0/24");
    w.refused(RunInstances { subnet_id: None, ..run_instances(&subnet) }, "VPCIdNotSpecified");
    w.refused(CreateSecurityGroup { vpc_id: None, ..create_group(&vpc, "web") }, "VPCIdNotSpecified");
}

#[test]
fn net_10_quotas_refuse_by_name_and_can_be_raised() {
    let mut w = World::new();
    for _ in 0..5 {
        w.vpc("10.0.0.0/16");
    }
    w.refused(create_vpc("10.0.0.0/16"), "VpcLimitExceeded");
    w.quota("vpcs_per_region", 6);
    let vpc = w.vpc("10.0.0.0/16");

    w.quota("subnets_per_vpc", 1);
    w.subnet(&vpc, "10.0.0.0/24");
    w.refused(create_subnet(&vpc, "10.0.1.0/24"), "SubnetLimitExceeded");
    for _ in 0..5 {
        w.run(CreateInternetGateway { tags: Tags::new() });
    }
    w.refused(CreateInternetGateway { tags: Tags::new() }, "InternetGatewayLimitExceeded");
    for _ in 0..5 {
        w.elastic();
    }
    w.refused(AllocateAddress { tags: Tags::new() }, "AddressLimitExceeded");
    w.quota("route_tables_per_vpc", 1);
    let table = CreateRouteTable { vpc_id: vpc.id.clone(), tags: Tags::new() };
    w.refused(table, "RouteTableLimitExceeded");
    w.quota("network_acls_per_vpc", 1);
    let acl = CreateNetworkAcl { vpc_id: vpc.id.clone(), tags: Tags::new() };
    w.refused(acl, "NetworkAclLimitExceeded");
    w.quota("security_groups_per_region", 6);
    w.refused(create_group(&vpc, "web"), "SecurityGroupLimitExceeded");
    w.refused(SetQuota { name: "moons".into(), value: 1 }, "InvalidParameterValue");
}

#[test]
fn net_10_a_lowered_quota_takes_nothing_away() {
    let mut w = World::new();
    w.vpc("10.0.0.0/16");
    w.quota("vpcs_per_region", 0);
    assert_eq!(w.cloud().vpcs.len(), 1);
    w.refused(create_vpc("10.1.0.0/16"), "VpcLimitExceeded");
}

#[test]
fn az_1_a_subnet_lies_in_a_zone_of_the_region() {
    let mut w = World::new();
    let vpc = w.vpc("10.0.0.0/16");
    let in_zone =
        |zone: &str, block| CreateSubnet { availability_zone: Some(zone.into()), ..create_subnet(&vpc, block) };
    assert_eq!(w.run(in_zone("us-east-1b", "10.0.0.0/24")).zone, "us-east-1b");
    assert_eq!(w.run(in_zone("use1-az1", "10.0.1.0/24")).zone, "us-east-1a");
    let message = w.refused(in_zone("us-east-1z", "10.0.2.0/24"), "InvalidParameterValue");
    assert!(message.contains("us-east-1a, us-east-1b"), "{message}");
}

#[test]
fn az_2_zones_fail_and_come_back() {
    let mut w = World::new();
    w.run(FailZone { zone_name: "us-east-1a".into() });
    assert!(w.cloud().zone_failed("us-east-1a") && !w.cloud().zone_failed("us-east-1b"));
    w.run(RestoreZone { zone_name: "us-east-1a".into() });
    assert!(!w.cloud().zone_failed("us-east-1a"));
    w.refused(FailZone { zone_name: "mars-1a".into() }, "InvalidZone.NotFound");
}

#[test]
fn a_vpc_with_anything_in_it_stays() {
    let mut w = World::new();
    let vpc = w.vpc("10.0.0.0/16");
    let delete = || DeleteVpc { vpc_id: vpc.id.clone() };
    let subnet = w.subnet(&vpc, "10.0.0.0/24");
    w.refused(delete(), "DependencyViolation");
    w.run(DeleteSubnet { subnet_id: subnet.id });
    let igw = w.gateway(&vpc);
    w.refused(delete(), "DependencyViolation");
    w.run(DetachInternetGateway { internet_gateway_id: igw, vpc_id: vpc.id.clone() });
    let group = w.group(&vpc, "web");
    w.refused(delete(), "DependencyViolation");
    w.run(DeleteSecurityGroup { group_id: group });
    let table = w.run(CreateRouteTable { vpc_id: vpc.id.clone(), tags: Tags::new() }).id;
    w.refused(delete(), "DependencyViolation");
    w.run(DeleteRouteTable { route_table_id: table });
    let acl = w.run(CreateNetworkAcl { vpc_id: vpc.id.clone(), tags: Tags::new() }).id;
    w.refused(delete(), "DependencyViolation");
    w.run(DeleteNetworkAcl { network_acl_id: acl });
    w.run(delete());
    assert!(w.cloud().route_tables.is_empty() && w.cloud().network_acls.is_empty());
    assert!(w.cloud().security_groups.is_empty());
    w.refused(delete(), "InvalidVpcID.NotFound");
}

#[test]
fn a_subnet_with_an_interface_stays() {
    let mut w = World::new();
    let vpc = w.vpc("10.0.0.0/16");
    let subnet = w.subnet(&vpc, "10.0.0.0/24");
    let id = w.interface(&subnet).id;
    w.refused(DeleteSubnet { subnet_id: subnet.id.clone() }, "DependencyViolation");
    w.run(DeleteNetworkInterface { network_interface_id: id.clone() });
    w.refused(DeleteNetworkInterface { network_interface_id: id }, "InvalidNetworkInterfaceID.NotFound");
    w.run(DeleteSubnet { subnet_id: subnet.id.clone() });
    w.refused(DeleteSubnet { subnet_id: subnet.id }, "InvalidSubnetID.NotFound");
}

#[test]
fn tags_are_put_on_taken_off_and_bounded() {
    let mut w = World::new();
    let vpc = w.vpc("10.0.0.0/16");
    let id = vpc.id.to_string();
    let tag = |key: &str, value: &str| Tags::from([(key.to_string(), value.to_string())]);
    let create = |id: &str, tags| CreateTags { resource_ids: vec![id.into()], tags };
    w.run(create(&id, tag("Name", "web")));
    assert_eq!(w.cloud().vpcs[&vpc.id].tags["Name"], "web");
    w.refused(create(&id, tag("aws:x", "y")), "InvalidParameterValue");
    w.refused(create("moon-1", tag("a", "b")), "InvalidID");
    w.refused(create("subnet-1", tag("a", "b")), "InvalidSubnetID.NotFound");
    let many = (0..51).map(|n| (format!("k{n}"), String::new())).collect();
    w.refused(create(&id, many), "TagLimitExceeded");
    let delete = |value: Option<&str>| DeleteTags {
        resource_ids: vec![id.clone()],
        tags: [("Name".to_string(), value.map(String::from))].into(),
    };
    w.run(delete(Some("other")));
    assert!(w.cloud().vpcs[&vpc.id].tags.contains_key("Name"));
    w.run(delete(Some("web")));
    assert!(w.cloud().vpcs[&vpc.id].tags.is_empty());
}

#[test]
fn a_command_that_changes_nothing_keeps_the_version() {
    let mut w = World::new();
    let vpc = w.vpc("10.0.0.0/16");
    let version = w.cloud().version;
    let again = ModifyVpcAttribute {
        vpc_id: vpc.id.clone(),
        enable_dns_support: Some(true),
        enable_dns_hostnames: None,
        enable_network_address_usage_metrics: None,
    };
    let outcome = w.control.apply(again.clone(), &mut w.context).unwrap();
    assert!(outcome.changes.is_empty());
    assert_eq!(outcome.version, version);
    let other = ModifyVpcAttribute { enable_dns_hostnames: Some(true), ..again };
    assert_eq!(w.control.apply(other, &mut w.context).unwrap().version, version + 1);
}
