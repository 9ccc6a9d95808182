//! Blocks of VPCs and subnets of both families, reservations, DHCP options, egress-only gateways, block public access.

mod world;

use croft_control::*;
use croft_model::block_public_access::*;
use croft_model::dhcp_options::DhcpConfiguration;
use croft_model::subnet::{HostnameType, ReservationType, Subnet};
use croft_model::vpc::Vpc;
use croft_model::*;
use ipnet::Ipv6Net;
use world::*;

fn dual_stack(w: &mut World) -> (Vpc, Ipv6Net) {
    let vpc = w.run(CreateVpc { amazon_provided_ipv6_cidr_block: true, ..create_vpc("10.0.0.0/16") });
    let block = vpc.ipv6_cidr_blocks[0].block;
    (vpc, block)
}

/// The nth /64 of a /56.
fn sixty_four(whole: Ipv6Net, n: usize) -> Ipv6Net {
    whole.subnets(64).unwrap().nth(n).unwrap()
}

fn ipv6_subnet(w: &mut World, vpc: &Vpc, block: &str, ipv6: Ipv6Net) -> Subnet {
    w.run(CreateSubnet { ipv6_cidr_block: Some(ipv6), ..create_subnet(vpc, block) })
}

#[test]
fn net_9_every_vpc_has_ipv6_blocks_of_its_own() {
    let mut w = World::new();
    w.quota("vpcs_per_region", 50);
    let blocks: Vec<_> = (0..40).map(|_| dual_stack(&mut w).1).collect();
    for (n, block) in blocks.iter().enumerate() {
        assert_eq!(block.prefix_len(), 56);
        assert!(blocks.iter().skip(n + 1).all(|other| other != block));
    }
    let vpc = w.cloud().vpcs.values().next().unwrap().clone();
    let more =
        AssociateVpcCidrBlock { vpc_id: vpc.id.clone(), cidr_block: None, amazon_provided_ipv6_cidr_block: true };
    for _ in 0..4 {
        w.run(more.clone());
    }
    w.refused(more, "CidrLimitExceeded");
}

#[test]
fn net_9_a_subnet_s_ipv6_block_is_of_its_vpc_and_nobody_else_s() {
    let mut w = World::new();
    let (vpc, whole) = dual_stack(&mut w);
    let a = ipv6_subnet(&mut w, &vpc, "10.0.1.0/24", sixty_four(whole, 1));
    let b = w.subnet(&vpc, "10.0.2.0/24");
    let add =
        |subnet: &Subnet, ipv6_cidr_block| AssociateSubnetCidrBlock { subnet_id: subnet.id.clone(), ipv6_cidr_block };
    w.refused(add(&b, sixty_four(whole, 1)), "InvalidSubnet.Conflict");
    w.refused(add(&b, Ipv6Net::new(whole.network(), 60).unwrap()), "InvalidSubnet.Conflict");
    w.refused(add(&b, Ipv6Net::new(whole.network(), 63).unwrap()), "InvalidSubnet.Range");
    w.refused(add(&b, "2001:db8:ffff:ffff::/64".parse().unwrap()), "InvalidSubnet.Range");
    w.refused(add(&a, sixty_four(whole, 3)), "InvalidParameterValue");
    w.run(add(&b, sixty_four(whole, 2)));
    let association_id = vpc.ipv6_cidr_blocks[0].association.clone();
    w.refused(DisassociateVpcCidrBlock { association_id: association_id.clone() }, "InvalidCidrBlock.InUse");
    for id in [a.id, b.id] {
        let association_id = w.cloud().subnets[&id].ipv6_cidr_block.clone().unwrap().association;
        let (of, _) = w.run(DisassociateSubnetCidrBlock { association_id: association_id.clone() });
        assert_eq!(of, id);
        w.refused(DisassociateSubnetCidrBlock { association_id }, "InvalidSubnetCidrBlockAssociationID.NotFound");
    }
    w.run(DisassociateVpcCidrBlock { association_id });
}

#[test]
fn net_9_an_ipv6_block_in_use_stays() {
    let mut w = World::new();
    let (vpc, whole) = dual_stack(&mut w);
    let subnet = ipv6_subnet(&mut w, &vpc, "10.0.1.0/24", sixty_four(whole, 1));
    let attributes = SubnetAttributes {
        assign_ipv6_address_on_creation: Some(true),
        enable_resource_name_dns_aaaa_record_on_launch: Some(true),
        ..SubnetAttributes::default()
    };
    w.run(ModifySubnetAttribute { subnet_id: subnet.id.clone(), attributes });
    let interface = w.interface(&subnet);
    assert!(sixty_four(whole, 1).contains(&interface.ipv6_addresses[0]), "{interface:?}");
    let association_id = subnet.ipv6_cidr_block.clone().unwrap().association;
    let leave = DisassociateSubnetCidrBlock { association_id };
    w.refused(leave.clone(), "InvalidCidrBlock.InUse");
    w.run(DeleteNetworkInterface { network_interface_id: interface.id });
    w.run(leave);
    let subnet = &w.cloud().subnets[&subnet.id];
    assert!(!subnet.assign_ipv6_address_on_creation && !subnet.private_dns.resource_name_aaaa_record);
}

#[test]
fn net_2_attributes_of_a_subnet() {
    let mut w = World::new();
    let vpc = w.vpc("10.0.0.0/16");
    let subnet = w.subnet(&vpc, "10.0.1.0/24");
    let modify = |attributes| ModifySubnetAttribute { subnet_id: subnet.id.clone(), attributes };
    let without_ipv6 = SubnetAttributes { assign_ipv6_address_on_creation: Some(true), ..SubnetAttributes::default() };
    w.refused(modify(without_ipv6), "InvalidParameterValue");
    w.run(modify(SubnetAttributes {
        enable_dns64: Some(true),
        private_dns_hostname_type_on_launch: Some(HostnameType::ResourceName),
        enable_resource_name_dns_a_record_on_launch: Some(true),
        ..SubnetAttributes::default()
    }));
    let after = &w.cloud().subnets[&subnet.id];
    assert!(after.enable_dns64 && after.private_dns.resource_name_a_record && !after.map_public_ip_on_launch);
    assert_eq!(after.private_dns.hostname_type, HostnameType::ResourceName);
}

#[test]
fn net_2_reserved_addresses_are_given_out_only_where_they_are_named() {
    let mut w = World::new();
    let vpc = w.vpc("10.0.0.0/16");
    let subnet = w.subnet(&vpc, "10.0.1.0/28");
    let reserve = |cidr: &str, reservation_type| CreateSubnetCidrReservation {
        subnet_id: subnet.id.clone(),
        cidr: cidr.parse().unwrap(),
        reservation_type,
        description: None,
        tags: Tags::new(),
    };
    // .4 and .6 to .15 remain of .4 to .14.
    let one = w.run(reserve("10.0.1.5/32", ReservationType::Explicit));
    w.run(reserve("10.0.1.8/30", ReservationType::Prefix));
    w.refused(reserve("10.0.1.8/29", ReservationType::Explicit), "InvalidParameterValue");
    w.refused(reserve("10.0.2.0/28", ReservationType::Explicit), "InvalidParameterValue");
    let given: Vec<_> = (0..6).map(|_| w.interface(&subnet).private_ips[0].octets()[3]).collect();
    assert_eq!(given, [4, 6, 7, 12, 13, 14]);
    w.refused(create_interface(&subnet), "InsufficientFreeAddressesInSubnet");
    let named =
        CreateNetworkInterface { private_ip_address: Some("10.0.1.9".parse().unwrap()), ..create_interface(&subnet) };
    w.run(named);
    w.run(DeleteSubnetCidrReservation { subnet_cidr_reservation_id: one.id });
    assert_eq!(w.interface(&subnet).private_ips[0].octets()[3], 5);
    assert_eq!(w.cloud().available_ip_address_count(&subnet), 3);
}

#[test]
fn a_subnet_takes_its_reservations_and_exclusions_with_it() {
    let mut w = World::new();
    let vpc = w.vpc("10.0.0.0/16");
    let subnet = w.subnet(&vpc, "10.0.1.0/28");
    w.run(CreateSubnetCidrReservation {
        subnet_id: subnet.id.clone(),
        cidr: "10.0.1.8/30".parse().unwrap(),
        reservation_type: ReservationType::Explicit,
        description: None,
        tags: Tags::new(),
    });
    for of in [Excluded::Subnet(subnet.id.clone()), Excluded::Vpc(vpc.id.clone())] {
        w.run(exclude(of, ExclusionMode::AllowEgress));
    }
    w.run(DeleteSubnet { subnet_id: subnet.id });
    assert!(w.cloud().subnet_cidr_reservations.is_empty());
    assert_eq!(w.cloud().block_public_access_exclusions.len(), 1);
    w.run(DeleteVpc { vpc_id: vpc.id });
    assert!(w.cloud().block_public_access_exclusions.is_empty());
}

#[test]
fn a_vpc_has_the_dhcp_options_of_its_region_until_it_gets_others() {
    let mut w = World::new();
    assert_eq!(w.vpc("10.9.0.0/16").dhcp_options, None, "the region is not open");
    w.run(OpenRegion {});
    let (one, two) = (w.vpc("10.0.0.0/16"), w.vpc("10.1.0.0/16"));
    assert!(one.dhcp_options.is_some() && one.dhcp_options == two.dhcp_options);
    let default = one.dhcp_options.clone().unwrap();
    w.refused(DeleteDhcpOptions { dhcp_options_id: default.clone() }, "DependencyViolation");
    let option = |key: &str, value: &str| DhcpConfiguration { key: key.into(), values: vec![value.into()] };
    let create = |dhcp_configurations| CreateDhcpOptions { dhcp_configurations, tags: Tags::new() };
    for wrong in [
        option("moons", "2"),
        option("netbios-node-type", "3"),
        option("ntp-servers", "here"),
        option("ipv6-address-preferred-lease-time", "1"),
        DhcpConfiguration { key: "domain-name".into(), values: vec![] },
    ] {
        w.refused(create(vec![wrong]), "InvalidParameterValue");
    }
    w.refused(create(vec![option("domain-name", "a"), option("domain-name", "b")]), "InvalidParameterValue");
    w.refused(create(vec![]), "MissingParameter");
    let own = w.run(create(vec![option("domain-name", "example.com")])).id;
    let third = w.cloud().default_vpc(&Scope::default()).unwrap().clone();
    for vpc in [&one, &two, &third] {
        w.run(AssociateDhcpOptions { dhcp_options_id: Some(own.clone()), vpc_id: vpc.id.clone() });
    }
    w.run(DeleteDhcpOptions { dhcp_options_id: default.clone() });
    let three = w.vpc("10.2.0.0/16");
    assert!(three.dhcp_options.is_some_and(|id| id != own && id != default), "made again when it is needed");
    w.run(AssociateDhcpOptions { dhcp_options_id: None, vpc_id: one.id.clone() });
    assert_eq!(w.cloud().vpcs[&one.id].dhcp_options, None);
    w.refused(DeleteDhcpOptions { dhcp_options_id: own }, "DependencyViolation");
}

#[test]
fn an_egress_only_gateway_keeps_its_vpc() {
    let mut w = World::new();
    let vpc = w.vpc("10.0.0.0/16");
    let gateway = w.run(CreateEgressOnlyInternetGateway { vpc_id: vpc.id.clone(), tags: Tags::new() }).id;
    w.refused(DeleteVpc { vpc_id: vpc.id.clone() }, "DependencyViolation");
    let delete = DeleteEgressOnlyInternetGateway { egress_only_internet_gateway_id: gateway };
    w.run(delete.clone());
    w.refused(delete, "InvalidGatewayID.NotFound");
    w.run(DeleteVpc { vpc_id: vpc.id });
}

fn exclude(of: Excluded, mode: ExclusionMode) -> CreateVpcBlockPublicAccessExclusion {
    CreateVpcBlockPublicAccessExclusion { of, internet_gateway_exclusion_mode: mode, tags: Tags::new() }
}

#[test]
fn igw_6_the_exclusion_of_a_subnet_counts_before_that_of_its_vpc() {
    use InternetGatewayBlockMode::*;
    let mut w = World::new();
    let vpc = w.vpc("10.0.0.0/16");
    let (a, b) = (w.subnet(&vpc, "10.0.1.0/24"), w.subnet(&vpc, "10.0.2.0/24"));
    let modes = |w: &World| {
        let cloud = w.cloud();
        [&a, &b].map(|s| cloud.internet_gateway_block_mode(s))
    };
    let set = |mode| ModifyVpcBlockPublicAccessOptions { internet_gateway_block_mode: mode };
    w.run(set(BlockBidirectional));
    assert_eq!(modes(&w), [BlockBidirectional; 2]);
    let vpcs = w.run(exclude(Excluded::Vpc(vpc.id.clone()), ExclusionMode::AllowBidirectional));
    assert_eq!(modes(&w), [Off; 2]);
    let subnets = w.run(exclude(Excluded::Subnet(b.id.clone()), ExclusionMode::AllowEgress));
    assert_eq!(modes(&w), [Off, BlockIngress]);
    w.refused(exclude(Excluded::Vpc(vpc.id), ExclusionMode::AllowEgress), "InvalidParameterValue");
    w.run(DeleteVpcBlockPublicAccessExclusion { exclusion_id: vpcs.id.clone() });
    assert_eq!(modes(&w), [BlockBidirectional, BlockIngress]);
    w.refused(DeleteVpcBlockPublicAccessExclusion { exclusion_id: vpcs.id }, "InvalidParameterValue");
    w.run(set(BlockIngress));
    assert_eq!(modes(&w), [BlockIngress; 2]);
    w.run(ModifyVpcBlockPublicAccessExclusion {
        exclusion_id: subnets.id,
        internet_gateway_exclusion_mode: ExclusionMode::AllowBidirectional,
    });
    assert_eq!(modes(&w), [BlockIngress, Off]);
    w.run(set(Off));
    assert_eq!(modes(&w), [Off; 2]);
}

#[test]
fn deleted_exclusions_are_listed_for_an_hour() {
    let mut w = World::new();
    let (one, two) = (w.vpc("10.0.0.0/16"), w.vpc("10.1.0.0/16"));
    let gone = w.run(exclude(Excluded::Vpc(one.id), ExclusionMode::AllowEgress));
    w.run(DeleteVpcBlockPublicAccessExclusion { exclusion_id: gone.id.clone() });
    let again = |w: &mut World| {
        let made = w.run(exclude(Excluded::Vpc(two.id.clone()), ExclusionMode::AllowEgress));
        w.run(DeleteVpcBlockPublicAccessExclusion { exclusion_id: made.id });
        w.cloud().block_public_access_exclusions.contains_key(&gone.id)
    };
    w.context.now += 3600;
    assert!(again(&mut w));
    w.context.now += 1;
    assert!(!again(&mut w));
}
