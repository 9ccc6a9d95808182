//! Row RT-7 as the API enforces it.

use super::world::*;
use super::{Net, net, table};
use croft_control::*;
use croft_model::route::{RouteDestination, RouteTarget};
use croft_model::*;

fn associate(table: &RouteTableId, gateway: &InternetGatewayId) -> AssociateGatewayRouteTable {
    AssociateGatewayRouteTable { route_table_id: table.clone(), gateway_id: gateway.clone() }
}

fn cidr(block: &str) -> RouteDestination {
    RouteDestination::Cidr(block.parse().unwrap())
}

fn replace(table: &RouteTableId, block: &str, target: RouteTarget) -> ReplaceRoute {
    ReplaceRoute { route_table_id: table.clone(), destination: cidr(block), target }
}

#[test]
fn rt_7_a_gateway_has_one_table_that_can_be_replaced_and_taken_away() {
    let Net { mut w, vpc, table: first, igw, .. } = net();
    let second = table(&mut w, &vpc);
    let association = w.run(associate(&first, &igw));
    assert_eq!(w.run(associate(&first, &igw)), association, "the same again changes nothing");
    let message = w.refused(associate(&second, &igw), "Resource.AlreadyAssociated");
    assert!(message.contains(association.as_str()) && message.contains(first.as_str()), "{message}");
    w.refused(DeleteRouteTable { route_table_id: first.clone() }, "DependencyViolation");
    let other =
        w.run(ReplaceRouteTableAssociation { association_id: association.clone(), route_table_id: second.clone() });
    let held = |w: &World| w.cloud().route_table_of_gateway(&w.cloud().internet_gateways[&igw]).map(|t| t.id.clone());
    assert_eq!(held(&w), Some(second));
    w.run(DeleteRouteTable { route_table_id: first });
    w.refused(DisassociateRouteTable { association_id: association }, "InvalidAssociationID.NotFound");
    w.run(DisassociateRouteTable { association_id: other });
    assert_eq!(held(&w), None);
}

#[test]
fn rt_7_a_subnet_may_use_the_same_table() {
    let Net { mut w, subnet, table, igw, .. } = net();
    w.run(AssociateRouteTable { route_table_id: table.clone(), subnet_id: subnet.id.clone() });
    w.run(associate(&table, &igw));
    let used = w.cloud().route_table_of(&w.cloud().subnets[&subnet.id]).map(|t| t.id.clone());
    assert_eq!(used, Some(table));
}

#[test]
fn rt_7_gateway_and_table_are_of_one_vpc() {
    let Net { mut w, table: own, igw, vpc, .. } = net();
    let unknown: InternetGatewayId = "igw-0".parse().unwrap();
    w.refused(associate(&own, &unknown), "InvalidGatewayID.NotFound");
    w.refused(associate(&"rtb-0".parse().unwrap(), &igw), "InvalidRouteTableID.NotFound");
    let loose = w.run(CreateInternetGateway { tags: Tags::new() }).id;
    w.refused(associate(&own, &loose), "InvalidParameterValue");
    let elsewhere = w.vpc("10.1.0.0/16");
    let foreign = table(&mut w, &elsewhere);
    let message = w.refused(associate(&foreign, &igw), "InvalidParameterValue");
    assert_eq!(message, format!("route table {foreign} and network gateway {igw} belong to different networks"));
    let association_id = w.run(associate(&vpc.main_route_table, &igw));
    let replace = ReplaceRouteTableAssociation { association_id, route_table_id: foreign };
    w.refused(replace, "InvalidParameterValue");
}

#[test]
fn rt_7_a_table_that_leads_out_of_the_vpc_is_none_for_a_gateway() {
    let Net { mut w, vpc, subnet, table: plain, igw, interface } = net();
    let eni = RouteTarget::NetworkInterface(interface.id);
    let allocation = w.elastic();
    let nat = w.run(create_nat(&subnet, Some(&allocation))).id;
    let list = CreateManagedPrefixList {
        prefix_list_name: "partners".into(),
        address_family: Default::default(),
        max_entries: 1,
        entries: vec![],
        tags: Tags::new(),
    };
    let list = RouteDestination::PrefixList(w.run(list).id);
    for (destination, target, what) in [
        (cidr("0.0.0.0/0"), RouteTarget::InternetGateway(igw.clone()), "destination: 0.0.0.0/0"),
        (cidr("10.0.0.0/8"), eni.clone(), "destination: 10.0.0.0/8"),
        (RouteDestination::Ipv6Cidr("::/0".parse().unwrap()), eni.clone(), "destination: ::/0"),
        (list, eni.clone(), "destination: pl-"),
        (cidr("10.0.1.0/24"), RouteTarget::NatGateway(nat.clone()), "target: nat-"),
    ] {
        let with = table(&mut w, &vpc);
        w.run(CreateRoute { route_table_id: with.clone(), destination, target });
        let message = w.refused(associate(&with, &igw), "RouteNotSupported");
        assert!(message.starts_with(&format!("Route table contains unsupported route {what}")), "{message}");
    }
    let away = table(&mut w, &vpc);
    w.run(replace(&away, "10.0.0.0/16", RouteTarget::NatGateway(nat)));
    w.refused(associate(&away, &igw), "RouteNotSupported");
    w.run(route(&plain, "10.0.1.0/24", eni));
    let association_id = w.run(associate(&plain, &igw));
    w.refused(ReplaceRouteTableAssociation { association_id, route_table_id: away }, "RouteNotSupported");
}

#[test]
fn rt_7_the_table_of_a_gateway_takes_no_other_routes() {
    let Net { mut w, subnet, table, igw, interface, .. } = net();
    let eni = RouteTarget::NetworkInterface(interface.id);
    let allocation = w.elastic();
    let nat = RouteTarget::NatGateway(w.run(create_nat(&subnet, Some(&allocation))).id);
    w.run(associate(&table, &igw));
    for (block, target) in [
        ("0.0.0.0/0", RouteTarget::InternetGateway(igw.clone())),
        ("0.0.0.0/0", eni.clone()),
        ("192.0.2.0/24", eni.clone()),
        ("10.0.1.0/24", nat.clone()),
    ] {
        let message = w.refused(route(&table, block, target), "RouteConflict");
        assert_eq!(message, format!("Route table has a conflicting association with the gateway {igw}"));
    }
    w.refused(route(&table, "10.0.1.0/25", eni.clone()), "InvalidParameterValue");
    w.refused(replace(&table, "10.0.0.0/16", nat.clone()), "RouteConflict");
    w.run(replace(&table, "10.0.0.0/16", eni.clone()));
    w.run(replace(&table, "10.0.0.0/16", RouteTarget::Local));
    w.run(route(&table, "10.0.1.0/24", eni));
    w.refused(replace(&table, "10.0.1.0/24", nat), "RouteConflict");
    w.run(replace(&table, "10.0.1.0/24", RouteTarget::Local));
    w.run(DeleteRoute { route_table_id: table, destination: cidr("10.0.1.0/24") });
}

#[test]
fn rt_7_a_gateway_with_a_table_stays_attached() {
    let Net { mut w, vpc, table, igw, .. } = net();
    let association_id = w.run(associate(&table, &igw));
    let detach = DetachInternetGateway { internet_gateway_id: igw.clone(), vpc_id: vpc.id.clone() };
    let message = w.refused(detach.clone(), "DependencyViolation");
    assert!(message.contains(association_id.as_str()), "{message}");
    let delete = DeleteInternetGateway { internet_gateway_id: igw };
    w.refused(delete.clone(), "DependencyViolation");
    w.run(DisassociateRouteTable { association_id });
    w.run(detach);
    w.run(delete);
}

#[test]
fn rt_7_a_block_to_which_a_gateway_routes_stays_with_the_vpc() {
    let Net { mut w, vpc, table, igw, interface, .. } = net();
    w.run(add_block(&vpc, "10.1.0.0/16"));
    let association_id = w.cloud().vpcs[&vpc.id].cidr_blocks[1].association.clone();
    w.run(associate(&table, &igw));
    w.run(replace(&table, "10.1.0.0/16", RouteTarget::NetworkInterface(interface.id)));
    w.refused(DisassociateVpcCidrBlock { association_id: association_id.clone() }, "InvalidCidrBlock.InUse");
    w.run(replace(&table, "10.1.0.0/16", RouteTarget::Local));
    w.run(DisassociateVpcCidrBlock { association_id });
}
