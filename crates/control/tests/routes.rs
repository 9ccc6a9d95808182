//! Rows RT-2 to RT-6 as the API enforces them.

mod world;

use croft_control::*;
use croft_model::interface::NetworkInterface;
use croft_model::prefix_list::PrefixListEntry;
use croft_model::route::{RouteDestination, RouteTarget};
use croft_model::subnet::Subnet;
use croft_model::vpc::Vpc;
use croft_model::*;
use world::*;

struct Net {
    w: World,
    vpc: Vpc,
    subnet: Subnet,
    table: RouteTableId,
    igw: InternetGatewayId,
    interface: NetworkInterface,
}

fn net() -> Net {
    let mut w = World::new();
    let vpc = w.vpc("10.0.0.0/16");
    let subnet = w.subnet(&vpc, "10.0.1.0/24");
    let table = w.run(CreateRouteTable { vpc_id: vpc.id.clone(), tags: Tags::new() }).id;
    let igw = w.gateway(&vpc);
    let interface = w.interface(&subnet);
    Net { w, vpc, subnet, table, igw, interface }
}

fn cidr(block: &str) -> RouteDestination {
    RouteDestination::Cidr(block.parse().unwrap())
}

fn prefix_list(w: &mut World, max_entries: u32) -> PrefixListId {
    let entry = PrefixListEntry { cidr: "192.0.2.0/24".parse().unwrap(), description: None };
    w.run(CreateManagedPrefixList {
        prefix_list_name: "partners".into(),
        max_entries,
        entries: vec![entry],
        tags: Tags::new(),
    })
    .id
}

#[test]
fn rt_2_the_local_route_is_there_and_stays() {
    let Net { mut w, table, igw, .. } = net();
    let target = RouteTarget::InternetGateway(igw);
    w.refused(route(&table, "10.0.0.0/16", target.clone()), "RouteAlreadyExists");
    let delete = DeleteRoute { route_table_id: table.clone(), destination: cidr("10.0.0.0/16") };
    w.refused(delete, "InvalidParameterValue");
    let replace = ReplaceRoute { route_table_id: table, destination: cidr("10.0.0.0/16"), target };
    w.refused(replace, "UnsupportedOperation");
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
    let target = w.cloud().route_target_of_instance(&instance.id).unwrap();
    assert_eq!(target, RouteTarget::NetworkInterface(instance.interfaces[0].clone()));
    let second = w.interface(&subnet).id;
    w.run(AttachNetworkInterface { network_interface_id: second, instance_id: instance.id.clone(), device_index: 1 });
    assert_eq!(w.cloud().route_target_of_instance(&instance.id).unwrap_err().code, "InvalidInstanceID");
}
