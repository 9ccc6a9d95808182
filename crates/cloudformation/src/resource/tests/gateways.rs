use super::*;
use croft_control::{
    DeleteRoute, DetachInternetGateway, DisassociateRouteTable, ReplaceNetworkAclEntry, ReplaceRoute,
    ReplaceRouteTableAssociation,
};
use croft_model::group::Direction;
use croft_model::network_acl::NetworkAclEntry;
use croft_model::protocol::{Ports, Protocol};
use croft_model::route::{RouteDestination, RouteTarget};

#[test]
fn igw_1_internet_gateways_and_their_attachments() {
    let mut world = World::new();
    let vpc = world.vpc();
    let mut gateway = world.make("AWS::EC2::InternetGateway", json!({ "Tags": tags("one") }));
    assert_eq!(world.text(&gateway, "InternetGatewayId"), gateway.id);
    world.in_place(&mut gateway, "Tags", tags("two"));
    world.all_were_given("AWS::EC2::InternetGateway");
    let other = world.make("AWS::EC2::InternetGateway", json!({}));
    let given = json!({ "VpcId": vpc, "InternetGatewayId": gateway.id });
    let mut attachment = world.make("AWS::EC2::VPCGatewayAttachment", given);
    assert_eq!(world.text(&attachment, "AttachmentType"), "IGW");
    world.in_place(&mut attachment, "InternetGatewayId", json!(other.id));
    world.replaces(&mut attachment, "VpcId", json!("vpc-1"));
    let internet_gateway_id = gateway.id.parse().unwrap();
    world.run(DetachInternetGateway { internet_gateway_id, vpc_id: vpc }).expect("by hand");
    assert_eq!(world.live(&attachment), None);
    world.delete(attachment);
    world.all_were_given("AWS::EC2::VPCGatewayAttachment");
    world.delete(gateway);
    world.delete(other);
}

#[test]
fn net_9_egress_only_internet_gateways() {
    let mut world = World::new();
    let vpc = world.vpc();
    let given = json!({ "VpcId": vpc, "Tags": tags("one") });
    let mut gateway = world.make("AWS::EC2::EgressOnlyInternetGateway", given);
    assert_eq!(world.text(&gateway, "Id"), gateway.id);
    world.in_place(&mut gateway, "Tags", tags("two"));
    world.replaces(&mut gateway, "VpcId", json!("vpc-1"));
    world.delete(gateway);
    world.all_were_given("AWS::EC2::EgressOnlyInternetGateway");
}

#[test]
fn rt_1_rt_3_route_tables_their_routes_and_subnets() {
    let mut world = World::open();
    let vpc = world.vpc();
    let (subnet, gateway) = (world.subnet(&vpc, 1), world.gateway(&vpc));
    let mut table = world.make("AWS::EC2::RouteTable", json!({ "VpcId": vpc, "Tags": tags("one") }));
    assert_eq!(world.text(&table, "RouteTableId"), table.id);
    world.in_place(&mut table, "Tags", tags("two"));
    world.replaces(&mut table, "VpcId", json!("vpc-1"));
    world.all_were_given("AWS::EC2::RouteTable");

    let other = world.make("AWS::EC2::RouteTable", json!({ "VpcId": vpc }));
    let given = json!({ "RouteTableId": table.id, "SubnetId": subnet });
    let mut association = world.make("AWS::EC2::SubnetRouteTableAssociation", given);
    let first = association.id.clone();
    world.in_place(&mut association, "RouteTableId", json!(other.id));
    assert_ne!(association.id, first, "as AWS documents, its identifier changes with the table");
    world.replaces(&mut association, "SubnetId", json!("subnet-1"));
    let association_id = association.id.parse().unwrap();
    world.run(DisassociateRouteTable { association_id }).expect("by hand");
    assert_eq!(world.live(&association), None);
    world.delete(association);
    world.all_were_given("AWS::EC2::SubnetRouteTableAssociation");

    let instance = world.make("AWS::EC2::Instance", json!({ "ImageId": IMAGE, "SubnetId": subnet }));
    let interface = world.make("AWS::EC2::NetworkInterface", json!({ "SubnetId": subnet }));
    let egress_only = world.make("AWS::EC2::EgressOnlyInternetGateway", json!({ "VpcId": vpc }));
    let nat = world.make("AWS::EC2::NatGateway", json!({ "SubnetId": subnet, "ConnectivityType": "private" }));
    let list = json!({ "PrefixListName": "offices", "AddressFamily": "IPv4", "Entries": [{ "Cidr": "192.0.2.0/24" }] });
    let list = world.make("AWS::EC2::PrefixList", list);
    let given = json!({ "RouteTableId": table.id, "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": gateway });
    let mut route = world.make("AWS::EC2::Route", given);
    assert_eq!(world.text(&route, "CidrBlock"), "0.0.0.0/0");
    world.replaces(&mut route, "DestinationCidrBlock", json!("0.0.0.0/1"));
    for (name, id) in [("NatGatewayId", &nat.id), ("InstanceId", &instance.id), ("NetworkInterfaceId", &interface.id)] {
        let wanted = map(json!({ "RouteTableId": table.id, "DestinationCidrBlock": "0.0.0.0/0", name: id }));
        assert_eq!(world.change(&route, &wanted), Update::InPlace);
        world.used.entry("AWS::EC2::Route").or_default().insert(name.to_string());
        world.update(&mut route, &wanted).expect(name);
        assert_eq!(world.live(&route), Some(wanted));
    }
    let back = RouteTarget::InternetGateway(gateway.clone());
    let destination = RouteDestination::Cidr("0.0.0.0/0".parse().unwrap());
    let route_table_id: croft_model::RouteTableId = table.id.parse().unwrap();
    let hand = ReplaceRoute { route_table_id: route_table_id.clone(), destination: destination.clone(), target: back };
    world.run(hand).expect("by hand");
    assert!(!world.live(&route).expect("there").contains_key("NetworkInterfaceId"));
    world.run(DeleteRoute { route_table_id, destination }).expect("by hand");
    assert_eq!(world.live(&route), None);
    assert!(route.of.which.delete(&mut world, &route.id, &route.properties).is_ok());

    let ipv6 = json!({
        "RouteTableId": table.id, "DestinationIpv6CidrBlock": "::/0", "EgressOnlyInternetGatewayId": egress_only.id,
    });
    let ipv6 = world.make("AWS::EC2::Route", ipv6);
    assert_eq!(world.text(&ipv6, "CidrBlock"), "::/0");
    let to_list = json!({ "RouteTableId": table.id, "DestinationPrefixListId": list.id, "NatGatewayId": nat.id });
    let to_list = world.make("AWS::EC2::Route", to_list);
    world.delete(ipv6);
    world.delete(to_list);
    world.all_were_given("AWS::EC2::Route");
}

#[test]
fn rt_7_the_route_table_of_a_gateway() {
    let mut world = World::open();
    let vpc = world.vpc();
    let gateway = world.gateway(&vpc);
    let first = world.make("AWS::EC2::RouteTable", json!({ "VpcId": vpc }));
    let second = world.make("AWS::EC2::RouteTable", json!({ "VpcId": vpc }));
    let given = json!({ "GatewayId": gateway, "RouteTableId": first.id });
    let mut association = world.make("AWS::EC2::GatewayRouteTableAssociation", given);
    assert_eq!(association.id, gateway.as_str());
    let of = world.text(&association, "AssociationId");
    world.in_place(&mut association, "RouteTableId", json!(second.id));
    assert_ne!(world.text(&association, "AssociationId"), of, "it goes with the table");
    world.replaces(&mut association, "GatewayId", json!("igw-1"));
    let association_id = world.text(&association, "AssociationId").parse().unwrap();
    let route_table_id = second.id.parse().unwrap();
    world.run(ReplaceRouteTableAssociation { association_id, route_table_id }).expect("by hand");
    assert_eq!(world.live(&association).unwrap()["RouteTableId"], json!(second.id));
    assert!(association.of.which.delete(&mut world, &association.id, &association.properties).is_ok());
    assert!(world.live(&association).is_some(), "another table that somebody gave it stays");
    world.in_place(&mut association, "RouteTableId", json!(second.id));
    let association_id = world.text(&association, "AssociationId").parse().unwrap();
    world.run(DisassociateRouteTable { association_id }).expect("by hand");
    assert_eq!(world.live(&association), None);
    world.in_place(&mut association, "RouteTableId", json!(second.id));
    world.delete(association);
    world.all_were_given("AWS::EC2::GatewayRouteTableAssociation");
}

#[test]
fn nat_1_nat_5_gateways() {
    let mut world = World::new();
    let vpc = world.vpc();
    let subnet = world.subnet(&vpc, 1);
    world.gateway(&vpc);
    let (one, two) = (world.make("AWS::EC2::EIP", json!({})), world.make("AWS::EC2::EIP", json!({})));
    let (one, two) = (world.text(&one, "AllocationId"), world.text(&two, "AllocationId"));
    let given = json!({
        "SubnetId": subnet, "AllocationId": one, "ConnectivityType": "public", "AvailabilityMode": "zonal",
        "PrivateIpAddress": "10.0.1.50", "Tags": tags("one"),
    });
    let mut public = world.make("AWS::EC2::NatGateway", given);
    assert!(world.text(&public, "EniId").starts_with("eni-"));
    world.in_place(&mut public, "SecondaryAllocationIds", json!([two]));
    world.in_place(&mut public, "Tags", Json::Null);
    for (name, value) in [
        ("AllocationId", json!(two)),
        ("AvailabilityMode", Json::Null),
        ("ConnectivityType", json!("private")),
        ("PrivateIpAddress", json!("10.0.1.51")),
        ("SubnetId", json!("subnet-1")),
    ] {
        world.replaces(&mut public, name, value);
    }
    let given = json!({ "SubnetId": subnet, "ConnectivityType": "private", "SecondaryPrivateIpAddressCount": 2 });
    let mut private = world.make("AWS::EC2::NatGateway", given);
    world.in_place(&mut private, "SecondaryPrivateIpAddressCount", json!(4));
    let given = json!({
        "SubnetId": subnet, "ConnectivityType": "private", "SecondaryPrivateIpAddresses": ["10.0.1.60"],
    });
    let mut named = world.make("AWS::EC2::NatGateway", given);
    world.in_place(&mut named, "SecondaryPrivateIpAddresses", json!(["10.0.1.62", "10.0.1.61"]));
    for gateway in [public, private, named] {
        world.delete(gateway);
    }
    world.all_were_given("AWS::EC2::NatGateway");
    // One that fails to come up says why.
    let other = world.run(croft_control::CreateVpc {
        cidr_block: "10.7.0.0/16".parse().unwrap(),
        instance_tenancy: None,
        amazon_provided_ipv6_cidr_block: true,
        tags: Default::default(),
    });
    let other = other.expect("a VPC").id;
    let apart = world.make("AWS::EC2::Subnet", json!({ "VpcId": other, "CidrBlock": "10.7.0.0/24" }));
    let failed = world.try_make("AWS::EC2::NatGateway", json!({ "SubnetId": apart.id, "AllocationId": one }));
    assert!(matches!(failed, Err(Failure::Settling(why)) if why.starts_with("Gateway.NotAttached")));
}

#[test]
fn acl_2_acl_3_network_acls_their_entries_and_subnets() {
    let mut world = World::new();
    let vpc = world.vpc();
    let subnet = world.subnet(&vpc, 1);
    let mut acl = world.make("AWS::EC2::NetworkAcl", json!({ "VpcId": vpc, "Tags": tags("one") }));
    assert_eq!(world.text(&acl, "Id"), acl.id);
    world.in_place(&mut acl, "Tags", tags("two"));
    world.replaces(&mut acl, "VpcId", json!("vpc-1"));
    world.all_were_given("AWS::EC2::NetworkAcl");

    let given = json!({
        "NetworkAclId": acl.id, "RuleNumber": 100, "Protocol": 6, "RuleAction": "allow", "Egress": true,
        "CidrBlock": "10.0.0.9/16", "PortRange": { "From": 80, "To": 443 },
    });
    let mut entry = world.make("AWS::EC2::NetworkAclEntry", given);
    assert_eq!(entry.id, format!("{}|100|egress", acl.id));
    world.in_place(&mut entry, "PortRange", json!({ "From": 22, "To": 22 }));
    world.in_place(&mut entry, "RuleAction", json!("deny"));
    world.in_place(&mut entry, "CidrBlock", json!("192.0.2.0/24"));
    world.in_place(&mut entry, "Protocol", json!(17));
    for (name, value) in [("Egress", json!(false)), ("NetworkAclId", json!("acl-1")), ("RuleNumber", json!(1))] {
        world.replaces(&mut entry, name, value);
    }
    for icmp in [json!({ "Type": 8, "Code": -1 }), json!({ "Type": -1, "Code": -1 }), json!({ "Type": 3, "Code": 4 })] {
        let given = json!({
            "NetworkAclId": acl.id, "RuleNumber": 7, "Protocol": 58, "RuleAction": "allow", "Ipv6CidrBlock": "::/0",
            "Icmp": icmp,
        });
        let icmp = world.make("AWS::EC2::NetworkAclEntry", given);
        world.delete(icmp);
    }
    let hand = NetworkAclEntry {
        number: 100,
        direction: Direction::Egress,
        protocol: Protocol::Number(6),
        ports: Ports::All,
        cidr: "::/0".parse().unwrap(),
        allow: true,
    };
    world.run(ReplaceNetworkAclEntry { network_acl_id: acl.id.parse().unwrap(), entry: hand }).expect("by hand");
    let live = world.live(&entry).expect("there");
    assert_eq!((live.get("CidrBlock"), &live["PortRange"]), (None, &json!({ "From": 0, "To": 65535 })));
    world.delete(entry);
    world.all_were_given("AWS::EC2::NetworkAclEntry");

    let given = json!({ "SubnetId": subnet, "NetworkAclId": acl.id });
    let mut association = world.make("AWS::EC2::SubnetNetworkAclAssociation", given);
    assert_eq!(world.text(&association, "AssociationId"), association.id);
    world.replaces(&mut association, "NetworkAclId", json!("acl-1"));
    world.replaces(&mut association, "SubnetId", json!("subnet-1"));
    world.delete(association);
    let default = world.control.cloud().vpcs[&vpc].default_network_acl.clone();
    assert_eq!(world.control.cloud().subnets[&subnet].network_acl.1, default, "a subnet always has one");
    world.all_were_given("AWS::EC2::SubnetNetworkAclAssociation");
    world.delete(acl);
}

/// A NAT gateway that goes away by hand is gone.
#[test]
fn nat_4_what_is_deleted_by_hand_is_gone() {
    let mut world = World::new();
    let vpc = world.vpc();
    let subnet = world.subnet(&vpc, 1);
    let given = json!({ "SubnetId": subnet, "ConnectivityType": "private" });
    let gateway = world.make("AWS::EC2::NatGateway", given);
    world.run(croft_control::DeleteNatGateway { nat_gateway_id: gateway.id.parse().unwrap() }).expect("by hand");
    assert_eq!(world.live(&gateway), None);
    world.delete(gateway);
}

pub const IMAGE: &str = "ami-0c02fb55956c7d316";
