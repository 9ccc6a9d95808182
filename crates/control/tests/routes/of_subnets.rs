//! Rows RT-2 to RT-6 as the API enforces them.

use super::world::*;
use super::{Net, net};
use croft_control::*;
use croft_model::group::Peer;
use croft_model::prefix_list::{AddressFamily, PrefixListChange, PrefixListEntry};
use croft_model::route::{RouteDestination, RouteTarget};
use croft_model::*;

fn cidr(block: &str) -> RouteDestination {
    RouteDestination::Cidr(block.parse().unwrap())
}

fn prefix_list(w: &mut World, max_entries: u32) -> PrefixListId {
    let entry = PrefixListEntry { cidr: "192.0.2.0/24".parse().unwrap(), description: None };
    w.run(CreateManagedPrefixList {
        prefix_list_name: "partners".into(),
        address_family: Default::default(),
        max_entries,
        entries: vec![entry],
        tags: Tags::new(),
    })
    .id
}

#[test]
fn rt_2_the_local_route_is_there_and_stays() {
    let Net { mut w, table, igw, interface, .. } = net();
    let target = RouteTarget::InternetGateway(igw);
    w.refused(route(&table, "10.0.0.0/16", target.clone()), "RouteAlreadyExists");
    let delete = DeleteRoute { route_table_id: table.clone(), destination: cidr("10.0.0.0/16") };
    w.refused(delete.clone(), "InvalidParameterValue");
    let replace = |target| ReplaceRoute { route_table_id: table.clone(), destination: cidr("10.0.0.0/16"), target };
    w.refused(replace(target), "InvalidParameterValue");
    w.run(replace(RouteTarget::NetworkInterface(interface.id.clone())));
    let held = |w: &World| w.cloud().route_tables[&table].routes.len();
    assert_eq!(held(&w), 1);
    w.refused(delete, "InvalidParameterValue");
    w.run(replace(RouteTarget::Local));
    assert_eq!(held(&w), 0);
}

#[test]
fn rt_2_a_more_specific_route_is_a_whole_subnets_and_goes_to_a_middlebox() {
    let Net { mut w, table, igw, interface, .. } = net();
    let eni = RouteTarget::NetworkInterface(interface.id.clone());
    w.refused(route(&table, "10.0.1.0/25", eni.clone()), "InvalidParameterValue");
    w.refused(route(&table, "10.0.9.0/24", eni.clone()), "InvalidParameterValue");
    w.refused(route(&table, "10.0.1.0/24", RouteTarget::InternetGateway(igw)), "InvalidParameterValue");
    w.run(route(&table, "10.0.1.0/24", eni));
    let replace = |destination| ReplaceRoute { route_table_id: table.clone(), destination, target: RouteTarget::Local };
    w.run(replace(cidr("10.0.1.0/24")));
    w.refused(replace(cidr("0.0.0.0/0")), "InvalidParameterValue");
}

#[test]
fn rt_2_nothing_is_routed_into_the_link_local_services() {
    let Net { mut w, table, igw, .. } = net();
    w.refused(route(&table, "169.254.169.254/32", RouteTarget::InternetGateway(igw)), "InvalidParameterValue");
}

#[test]
fn rt_3_a_subnet_has_its_own_table_or_the_main_one() {
    let Net { mut w, vpc, subnet, table, .. } = net();
    let of = |w: &World| w.cloud().route_table_of(&w.cloud().subnets[&subnet.id]).unwrap().id.clone();
    assert_eq!(of(&w), vpc.main_route_table);
    let associate =
        |table: &RouteTableId| AssociateRouteTable { route_table_id: table.clone(), subnet_id: subnet.id.clone() };
    let association = w.run(associate(&table));
    assert_eq!(of(&w), table);
    assert_eq!(w.run(associate(&table)), association, "the same again changes nothing");
    w.refused(associate(&vpc.main_route_table), "Resource.AlreadyAssociated");
    w.refused(DeleteRouteTable { route_table_id: table.clone() }, "DependencyViolation");
    let replaced = w.run(ReplaceRouteTableAssociation {
        association_id: association.clone(),
        route_table_id: vpc.main_route_table.clone(),
    });
    w.refused(DisassociateRouteTable { association_id: association }, "InvalidAssociationID.NotFound");
    w.run(DisassociateRouteTable { association_id: replaced });
    w.run(DeleteRouteTable { route_table_id: table.clone() });
    w.refused(DeleteRouteTable { route_table_id: table }, "InvalidRouteTableID.NotFound");
}

#[test]
fn rt_3_another_table_can_become_the_main_one() {
    let Net { mut w, vpc, subnet, table, .. } = net();
    let main = vpc.main_route_table_association.clone();
    w.refused(DisassociateRouteTable { association_id: main.clone() }, "InvalidParameterValue");
    w.refused(DeleteRouteTable { route_table_id: vpc.main_route_table.clone() }, "DependencyViolation");
    w.run(ReplaceRouteTableAssociation { association_id: main, route_table_id: table.clone() });
    assert_eq!(w.cloud().route_table_of(&subnet).unwrap().id, table);
    w.run(DeleteRouteTable { route_table_id: vpc.main_route_table });
}

#[test]
fn rt_3_tables_do_not_cross_vpcs() {
    let Net { mut w, subnet, .. } = net();
    let other = w.vpc("10.9.0.0/16");
    let foreign = AssociateRouteTable { route_table_id: other.main_route_table, subnet_id: subnet.id };
    w.refused(foreign, "InvalidParameterValue");
}

#[test]
fn rt_4_a_route_outlives_its_target_as_a_black_hole() {
    let Net { mut w, vpc, table, interface, igw, .. } = net();
    let eni = RouteTarget::NetworkInterface(interface.id.clone());
    w.run(route(&table, "192.0.2.0/24", eni.clone()));
    w.run(route(&table, "0.0.0.0/0", RouteTarget::InternetGateway(igw.clone())));
    w.run(DeleteNetworkInterface { network_interface_id: interface.id });
    w.run(DetachInternetGateway { internet_gateway_id: igw.clone(), vpc_id: vpc.id.clone() });
    assert_eq!(w.cloud().route_tables[&table].routes.len(), 2);
    assert!(!w.cloud().target_is_active(&vpc.id, &eni));
    assert!(!w.cloud().target_is_active(&vpc.id, &RouteTarget::InternetGateway(igw)));
}

#[test]
fn rt_4_a_route_to_nothing_is_refused() {
    let Net { mut w, table, .. } = net();
    let other = w.vpc("10.9.0.0/16");
    let foreign = w.gateway(&other);
    let loose = w.run(CreateInternetGateway { tags: Tags::new() }).id;
    let none = |target| route(&table, "0.0.0.0/0", target);
    w.refused(none(RouteTarget::InternetGateway("igw-0".parse().unwrap())), "InvalidGatewayID.NotFound");
    w.refused(none(RouteTarget::NatGateway("nat-0".parse().unwrap())), "InvalidNatGatewayID.NotFound");
    w.refused(none(RouteTarget::NetworkInterface("eni-0".parse().unwrap())), "InvalidNetworkInterfaceID.NotFound");
    w.refused(none(RouteTarget::InternetGateway(foreign)), "InvalidParameterValue");
    w.refused(none(RouteTarget::InternetGateway(loose)), "InvalidParameterValue");
    w.refused(none(RouteTarget::Local), "InvalidParameterValue");
}

#[test]
fn rt_5_routes_have_a_quota_and_prefix_lists_count_their_largest_size() {
    let Net { mut w, table, igw, .. } = net();
    w.quota("routes_per_table", 11);
    let list = prefix_list(&mut w, 10);
    let target = RouteTarget::InternetGateway(igw);
    let by_list = CreateRoute {
        route_table_id: table.clone(),
        destination: RouteDestination::PrefixList(list.clone()),
        target: target.clone(),
    };
    w.run(by_list.clone());
    w.run(by_list);
    w.run(route(&table, "0.0.0.0/0", target.clone()));
    w.refused(route(&table, "192.0.2.0/24", target), "RouteLimitExceeded");
    let modify = |max| ModifyManagedPrefixList {
        prefix_list_id: list.clone(),
        current_version: None,
        prefix_list_name: None,
        max_entries: Some(max),
        add_entries: vec![],
        remove_entries: vec![],
    };
    w.refused(modify(11), "RouteLimitExceeded");
    w.refused(modify(0), "InvalidParameterValue");
    w.refused(DeleteManagedPrefixList { prefix_list_id: list.clone() }, "DependencyViolation");
    w.run(DeleteRoute { route_table_id: table, destination: RouteDestination::PrefixList(list.clone()) });
    w.run(DeleteManagedPrefixList { prefix_list_id: list.clone() });
    w.refused(DeleteManagedPrefixList { prefix_list_id: list }, "InvalidPrefixListID.NotFound");
}

#[test]
fn a_prefix_list_has_versions_and_a_largest_size() {
    let mut w = World::new();
    let list = prefix_list(&mut w, 2);
    let modify = |version, add: &[&str], remove: &[&str]| ModifyManagedPrefixList {
        prefix_list_id: list.clone(),
        current_version: version,
        prefix_list_name: None,
        max_entries: None,
        add_entries: add.iter().map(|b| PrefixListEntry { cidr: b.parse().unwrap(), description: None }).collect(),
        remove_entries: remove.iter().map(|b| b.parse().unwrap()).collect(),
    };
    assert_eq!(w.run(modify(Some(1), &["198.51.100.7/24"], &[])).version, 2);
    assert_eq!(w.cloud().prefix_lists[&list].entries[1].cidr.to_string(), "198.51.100.0/24");
    w.refused(modify(Some(1), &[], &["192.0.2.0/24"]), "PrefixListVersionMismatch");
    w.refused(modify(None, &["203.0.113.0/24"], &[]), "InvalidParameterValue");
    w.refused(modify(None, &[], &["203.0.113.0/24"]), "InvalidParameterValue");
    w.run(modify(None, &["203.0.113.0/24"], &["192.0.2.0/24"]));
}

#[test]
fn a_prefix_list_goes_back_to_an_earlier_version_under_a_new_one() {
    let mut w = World::new();
    let list = prefix_list(&mut w, 2);
    let entry = |block: &str| PrefixListEntry { cidr: block.parse().unwrap(), description: None };
    let modify = |add: &[&str], remove: &[&str], max| ModifyManagedPrefixList {
        prefix_list_id: list.clone(),
        current_version: None,
        prefix_list_name: None,
        max_entries: max,
        add_entries: add.iter().map(|b| entry(b)).collect(),
        remove_entries: remove.iter().map(|b| b.parse().unwrap()).collect(),
    };
    w.run(modify(&["198.51.100.0/24"], &[], None));
    assert_eq!(w.run(modify(&[], &["192.0.2.0/24"], None)).version, 3);
    let restore = |previous, current| RestoreManagedPrefixListVersion {
        prefix_list_id: list.clone(),
        previous_version: previous,
        current_version: current,
    };
    w.refused(restore(1, 2), "PrefixListVersionMismatch");
    w.refused(restore(3, 3), "InvalidParameterValue");
    w.refused(restore(9, 3), "InvalidParameterValue");
    let restored = w.run(restore(2, 3));
    assert_eq!((restored.version, restored.last_change), (4, PrefixListChange::Restored));
    assert_eq!(restored.entries, [entry("192.0.2.0/24"), entry("198.51.100.0/24")]);
    w.run(modify(&[], &["192.0.2.0/24"], None));
    assert_eq!(w.run(modify(&[], &[], Some(1))).version, 5, "another size is no other version");
    w.refused(restore(2, 5), "InvalidParameterValue");
    let scope = w.cloud().home.clone();
    let of = |version| w.cloud().prefix_list_entries(&scope, &list, version).map(<[_]>::len);
    assert_eq!((of(Some(1)).unwrap(), of(Some(2)).unwrap(), of(None).unwrap()), (1, 2, 1));
    assert_eq!(of(Some(6)).unwrap_err().code, "InvalidParameterValue");
}

#[test]
fn a_prefix_list_is_of_one_address_family() {
    let mut w = World::new();
    let create = |family, block: &str| CreateManagedPrefixList {
        prefix_list_name: "partners".into(),
        address_family: family,
        max_entries: 2,
        entries: vec![PrefixListEntry { cidr: block.parse().unwrap(), description: None }],
        tags: Tags::new(),
    };
    w.refused(create(AddressFamily::Ipv4, "2001:db8::/32"), "InvalidParameterValue");
    w.refused(create(AddressFamily::Ipv6, "192.0.2.0/24"), "InvalidParameterValue");
    let list = w.run(create(AddressFamily::Ipv6, "2001:db8::1/32"));
    assert_eq!(list.entries[0].cidr.to_string(), "2001:db8::/32");
}

#[test]
fn the_lists_of_aws_are_named_and_not_changed() {
    let Net { mut w, vpc, table, igw, .. } = net();
    let s3: PrefixListId = "pl-63a5400a".parse().unwrap();
    w.refused(DeleteManagedPrefixList { prefix_list_id: s3.clone() }, "OperationNotPermitted");
    let group = w.group(&vpc, "web");
    w.run(egress(&group, vec![tcp(443, Peer::PrefixList(s3.clone()))]));
    let destination = RouteDestination::PrefixList(s3.clone());
    let target = RouteTarget::InternetGateway(igw);
    w.run(CreateRoute { route_table_id: table.clone(), destination, target });
    let scope = w.cloud().home.clone();
    assert_eq!(w.cloud().prefix_list_users(&scope, &s3), [group.to_string(), table.to_string()]);
    let elsewhere = Peer::PrefixList("pl-7ba54012".parse().unwrap());
    w.refused(egress(&group, vec![tcp(443, elsewhere)]), "InvalidPrefixListID.NotFound");
}

#[test]
fn routes_of_ipv6_are_kept_and_fit_their_target() {
    let Net { mut w, table, igw, interface, .. } = net();
    let to = |block: &str| RouteDestination::Ipv6Cidr(block.parse().unwrap());
    let create = |destination, target| CreateRoute { route_table_id: table.clone(), destination, target };
    let gateway = RouteTarget::InternetGateway(igw);
    w.run(create(to("::/0"), gateway.clone()));
    w.refused(create(to("::/0"), RouteTarget::NetworkInterface(interface.id.clone())), "RouteAlreadyExists");
    w.run(create(to("2001:db8::1/32"), RouteTarget::NetworkInterface(interface.id)));
    let kept = &w.cloud().route_tables[&table].routes;
    assert_eq!(kept.iter().map(|r| r.destination.clone()).collect::<Vec<_>>(), [to("::/0"), to("2001:db8::/32")]);
    let nat = RouteTarget::NatGateway("nat-0".parse().unwrap());
    w.refused(create(to("2001:db8:1::/48"), nat.clone()), "InvalidParameterValue");
    w.refused(create(to("64:ff9b::/96"), nat), "InvalidNatGatewayID.NotFound");
    let egress_only = RouteTarget::EgressOnlyInternetGateway("eigw-0".parse().unwrap());
    w.refused(create(cidr("0.0.0.0/0"), egress_only.clone()), "InvalidParameterValue");
    w.refused(create(to("2001:db8:1::/48"), egress_only), "InvalidGatewayID.NotFound");
    w.run(DeleteRoute { route_table_id: table.clone(), destination: to("::/0") });
    let message = w.refused(DeleteRoute { route_table_id: table, destination: to("::/0") }, "InvalidRoute.NotFound");
    assert!(message.contains("destination-ipv6-cidr-block ::/0"), "{message}");
}

#[test]
fn rt_6_a_subnet_is_public_by_its_table_alone() {
    let Net { mut w, subnet, table, igw, vpc, .. } = net();
    let public = |w: &World| w.cloud().is_public(&w.cloud().subnets[&subnet.id]);
    w.run(route(&table, "0.0.0.0/0", RouteTarget::InternetGateway(igw.clone())));
    assert!(!public(&w));
    let association = w.run(AssociateRouteTable { route_table_id: table, subnet_id: subnet.id.clone() });
    assert!(public(&w));
    w.run(DisassociateRouteTable { association_id: association });
    assert!(!public(&w));
    w.run(route(&vpc.main_route_table, "0.0.0.0/0", RouteTarget::InternetGateway(igw)));
    assert!(public(&w));
}

#[test]
fn a_route_is_replaced_and_deleted_by_its_destination() {
    let Net { mut w, table, igw, interface, .. } = net();
    w.run(route(&table, "0.0.0.0/0", RouteTarget::InternetGateway(igw.clone())));
    w.run(route(&table, "0.0.0.0/0", RouteTarget::InternetGateway(igw)));
    assert_eq!(w.cloud().route_tables[&table].routes.len(), 1, "the same again changes nothing");
    let eni = RouteTarget::NetworkInterface(interface.id);
    w.refused(route(&table, "0.0.0.0/0", eni.clone()), "RouteAlreadyExists");
    let replace = |destination| ReplaceRoute { route_table_id: table.clone(), destination, target: eni.clone() };
    w.run(replace(cidr("0.0.0.0/0")));
    assert_eq!(w.cloud().route_tables[&table].routes[0].target, eni);
    w.refused(replace(cidr("192.0.2.0/24")), "InvalidParameterValue");
    let delete = DeleteRoute { route_table_id: table.clone(), destination: cidr("0.0.0.0/0") };
    w.run(delete.clone());
    w.refused(delete, "InvalidRoute.NotFound");
}

#[test]
fn a_route_to_an_instance_goes_to_its_one_interface() {
    let Net { mut w, subnet, .. } = net();
    let instance = w.running(&subnet);
    let scope = w.cloud().home.clone();
    let target = w.cloud().route_target_of_instance(&scope, &instance.id).unwrap();
    assert_eq!(target, RouteTarget::NetworkInterface(instance.interfaces[0].clone()));
    let second = w.interface(&subnet).id;
    w.run(AttachNetworkInterface { network_interface_id: second, instance_id: instance.id.clone(), device_index: 1 });
    assert_eq!(w.cloud().route_target_of_instance(&scope, &instance.id).unwrap_err().code, "InvalidInstanceID");
}

#[test]
fn rt_2_the_local_route_of_ipv6_is_there_and_stays() {
    let mut w = World::new();
    let vpc = w.run(CreateVpc { amazon_provided_ipv6_cidr_block: true, ..create_vpc("10.0.0.0/16") });
    let block = vpc.ipv6_cidr_blocks[0].block;
    let own = ipnet::Ipv6Net::new(block.addr(), 64).unwrap();
    let subnet = w.run(CreateSubnet { ipv6_cidr_block: Some(own), ..create_subnet(&vpc, "10.0.1.0/24") });
    let interface = w.interface(&subnet).id;
    let gateway = RouteTarget::InternetGateway(w.gateway(&vpc));
    let create = |to, target: &RouteTarget| CreateRoute {
        route_table_id: vpc.main_route_table.clone(),
        destination: RouteDestination::Ipv6Cidr(to),
        target: target.clone(),
    };
    w.refused(create(block, &gateway), "RouteAlreadyExists");
    w.refused(create(own, &gateway), "InvalidParameterValue");
    let part = ipnet::Ipv6Net::new(block.addr(), 65).unwrap();
    let middlebox = RouteTarget::NetworkInterface(interface);
    w.refused(create(part, &middlebox), "InvalidParameterValue");
    w.run(create(own, &middlebox));
    let egress_only = w.run(CreateEgressOnlyInternetGateway { vpc_id: vpc.id.clone(), tags: Tags::new() });
    let out = RouteTarget::EgressOnlyInternetGateway(egress_only.id.clone());
    w.run(create("::/0".parse().unwrap(), &out));
    assert!(w.cloud().target_is_active(&vpc.id, &out));
    w.run(DeleteEgressOnlyInternetGateway { egress_only_internet_gateway_id: egress_only.id });
    assert!(!w.cloud().target_is_active(&vpc.id, &out), "row RT-4");
}
