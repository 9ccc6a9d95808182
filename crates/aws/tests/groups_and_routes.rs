//! Security groups, network ACLs, route tables and prefix lists: each filter that AWS documents finds what it describes
//! and nothing else; pages, accounts and regions.

mod client;

use client::Client;
use croft_aws::ec2::listing::Listed;
use croft_model::group::SecurityGroup;
use croft_model::network_acl::NetworkAcl;
use croft_model::route::RouteTable;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_string()
}

/// Identifiers of what a description finds by one filter.
fn found(client: &Client, operation: &str, id: &str, name: &str, value: &str) -> Vec<String> {
    let answer = client.call(operation, json!({"Filters": [{"Name": name, "Values": [value]}]}));
    let (_, list) = answer.as_object().unwrap().iter().find(|(_, v)| v.is_array()).unwrap();
    list.as_array().unwrap().iter().map(|item| text(&item[id])).collect()
}

/// Each filter finds `wanted` by its value, and by another value finds nothing.
fn check(client: &Client, operation: &str, id: &str, wanted: &str, filters: &[(&str, &str)]) {
    for (name, value) in filters {
        let all = found(client, operation, id, name, value);
        assert!(all.contains(&wanted.to_string()), "{operation}: {name}={value} does not find {wanted}: {all:?}");
        let none = found(client, operation, id, name, "no such value");
        assert!(none.is_empty(), "{operation}: {name} finds {none:?} by a value that nothing has");
    }
    let refused = json!({"Filters": [{"Name": "colour", "Values": ["red"]}]});
    assert_eq!(client.refused(operation, refused), "InvalidParameterValue");
}

/// Every filter of the table is in the list, but for those whose resources do not exist yet.
fn complete<T: Listed>(filters: &[(&str, &str)], nothing_yet: &[&str]) {
    let tested: BTreeSet<_> = filters.iter().map(|(name, _)| *name).filter(|n| !n.starts_with("tag")).collect();
    let known: BTreeSet<_> = T::FILTERS.iter().map(|(name, _)| *name).filter(|n| !nothing_yet.contains(n)).collect();
    assert_eq!(tested, known);
}

fn vpc(client: &Client) -> String {
    text(&client.call("CreateVpc", json!({"CidrBlock": "10.0.0.0/16"}))["Vpc"]["VpcId"])
}

#[test]
fn security_groups_are_found_by_every_filter() {
    let client = Client::new();
    let vpc = vpc(&client);
    let create = |name: &str, tag: &str| {
        let tags = json!([{"ResourceType": "security-group", "Tags": [{"Key": "Tier", "Value": tag}]}]);
        let group =
            json!({"GroupName": name, "Description": format!("{name} group"), "VpcId": vpc, "TagSpecifications": tags});
        text(&client.call("CreateSecurityGroup", group)["GroupId"])
    };
    let (group, friend) = (create("web", "front"), create("app", "back"));
    let permissions = json!([
        {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 81, "IpRanges": [{"CidrIp": "192.0.2.0/24"}],
         "Ipv6Ranges": [{"CidrIpv6": "2001:db8::/32"}], "UserIdGroupPairs": [{"GroupId": friend}],
         "PrefixListIds": [{"PrefixListId": "pl-63a5400a"}]}
    ]);
    for operation in ["AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress"] {
        client.call(operation, json!({"GroupId": group, "IpPermissions": permissions}));
    }
    let rules = [
        ("cidr", "192.0.2.0/24"),
        ("from-port", "80"),
        ("group-id", &friend),
        ("group-name", "app"),
        ("ipv6-cidr", "2001:db8::/32"),
        ("prefix-list-id", "pl-63a5400a"),
        ("protocol", "tcp"),
        ("to-port", "81"),
        ("user-id", "000000000000"),
    ];
    let both_ways: Vec<(String, &str)> = ["ip-permission.", "egress.ip-permission."]
        .iter()
        .flat_map(|prefix| rules.iter().map(move |(name, value)| (format!("{prefix}{name}"), *value)))
        .collect();
    let mut filters = vec![
        ("description", "web group"),
        ("group-id", &group),
        ("group-name", "web"),
        ("owner-id", "000000000000"),
        ("vpc-id", &vpc),
        ("tag:Tier", "front"),
        ("tag-key", "Tier"),
    ];
    filters.extend(both_ways.iter().map(|(name, value)| (name.as_str(), *value)));
    check(&client, "DescribeSecurityGroups", "GroupId", &group, &filters);
    complete::<SecurityGroup>(&filters, &[]);
    let only = std::slice::from_ref(&group);
    assert_eq!(found(&client, "DescribeSecurityGroups", "GroupId", "ip-permission.protocol", "6"), only);
    assert_eq!(found(&client, "DescribeSecurityGroups", "GroupId", "group-name", "w?b"), only);

    let primary =
        [("description", "web*"), ("group-id", group.as_str()), ("group-name", "web"), ("primary-vpc-id", &vpc)];
    for (name, value) in primary {
        let query = json!({"VpcId": vpc, "Filters": [{"Name": name, "Values": [value]}]});
        let groups = &client.call("GetSecurityGroupsForVpc", query)["SecurityGroupForVpcs"];
        assert!(groups.as_array().unwrap().iter().any(|g| g["GroupId"] == *group), "{name}: {groups}");
    }
    let of_group = found(&client, "DescribeSecurityGroupRules", "GroupId", "group-id", &group);
    assert_eq!(of_group.len(), 9, "four rules each way and the one that lets everything out");
    assert!(of_group.iter().all(|of| *of == group));
}

#[test]
fn network_acls_are_found_by_every_filter() {
    let client = Client::new();
    let vpc = vpc(&client);
    let subnet = json!({"VpcId": vpc, "CidrBlock": "10.0.1.0/24"});
    let subnet = text(&client.call("CreateSubnet", subnet)["Subnet"]["SubnetId"]);
    let tags = json!([{"ResourceType": "network-acl", "Tags": [{"Key": "Tier", "Value": "front"}]}]);
    let acl = client.call("CreateNetworkAcl", json!({"VpcId": vpc, "TagSpecifications": tags}));
    let acl = text(&acl["NetworkAcl"]["NetworkAclId"]);
    let by_subnet = json!({"Filters": [{"Name": "association.subnet-id", "Values": [subnet]}]});
    let before = client.call("DescribeNetworkAcls", by_subnet);
    let association = text(&before["NetworkAcls"][0]["Associations"][0]["NetworkAclAssociationId"]);
    let replace = json!({"AssociationId": association, "NetworkAclId": acl});
    let association = text(&client.call("ReplaceNetworkAclAssociation", replace)["NewAssociationId"]);
    for (number, more) in [
        (100, json!({"Protocol": "6", "CidrBlock": "192.0.2.0/24", "PortRange": {"From": 80, "To": 81}})),
        (110, json!({"Protocol": "1", "CidrBlock": "0.0.0.0/0", "IcmpTypeCode": {"Type": 3, "Code": 4}})),
        (120, json!({"Protocol": "-1", "Ipv6CidrBlock": "2001:db8::/32"})),
    ] {
        let mut entry = json!({"NetworkAclId": acl, "RuleNumber": number, "RuleAction": "allow", "Egress": true});
        entry.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        client.call("CreateNetworkAclEntry", entry);
    }
    let filters = [
        ("association.association-id", association.as_str()),
        ("association.network-acl-id", &acl),
        ("association.subnet-id", &subnet),
        ("default", "false"),
        ("entry.cidr", "192.0.2.0/24"),
        ("entry.egress", "true"),
        ("entry.icmp.code", "4"),
        ("entry.icmp.type", "3"),
        ("entry.ipv6-cidr", "2001:db8::/32"),
        ("entry.port-range.from", "80"),
        ("entry.port-range.to", "81"),
        ("entry.protocol", "tcp"),
        ("entry.rule-action", "allow"),
        ("entry.rule-number", "120"),
        ("network-acl-id", &acl),
        ("owner-id", "000000000000"),
        ("vpc-id", &vpc),
        ("tag:Tier", "front"),
        ("tag-key", "Tier"),
    ];
    check(&client, "DescribeNetworkAcls", "NetworkAclId", &acl, &filters);
    complete::<NetworkAcl>(&filters, &[]);
}

#[test]
fn route_tables_are_found_by_every_filter() {
    let client = Client::new();
    let vpc = vpc(&client);
    let subnet = json!({"VpcId": vpc, "CidrBlock": "10.0.1.0/24"});
    let subnet = text(&client.call("CreateSubnet", subnet)["Subnet"]["SubnetId"]);
    let tags = json!([{"ResourceType": "route-table", "Tags": [{"Key": "Tier", "Value": "front"}]}]);
    let table = client.call("CreateRouteTable", json!({"VpcId": vpc, "TagSpecifications": tags}));
    let table = text(&table["RouteTable"]["RouteTableId"]);
    let associate = json!({"RouteTableId": table, "SubnetId": subnet});
    let association = text(&client.call("AssociateRouteTable", associate)["AssociationId"]);
    let gateway = text(&client.call("CreateInternetGateway", json!({}))["InternetGateway"]["InternetGatewayId"]);
    client.call("AttachInternetGateway", json!({"InternetGatewayId": gateway, "VpcId": vpc}));
    let out = client.call("CreateEgressOnlyInternetGateway", json!({"VpcId": vpc}));
    let out = text(&out["EgressOnlyInternetGateway"]["EgressOnlyInternetGatewayId"]);
    let allocation = text(&client.call("AllocateAddress", json!({"Domain": "vpc"}))["AllocationId"]);
    let nat = client.call("CreateNatGateway", json!({"SubnetId": subnet, "AllocationId": allocation}));
    let nat = text(&nat["NatGateway"]["NatGatewayId"]);
    let interface = client.call("CreateNetworkInterface", json!({"SubnetId": subnet}));
    let interface = text(&interface["NetworkInterface"]["NetworkInterfaceId"]);
    for route in [
        json!({"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": gateway}),
        json!({"DestinationIpv6CidrBlock": "::/0", "EgressOnlyInternetGatewayId": out}),
        json!({"DestinationPrefixListId": "pl-63a5400a", "NatGatewayId": nat}),
        json!({"DestinationCidrBlock": "192.0.2.0/24", "NetworkInterfaceId": interface}),
    ] {
        let mut route = route;
        route["RouteTableId"] = json!(table);
        client.call("CreateRoute", route);
    }
    let filters = [
        ("association.main", "false"),
        ("association.route-table-association-id", association.as_str()),
        ("association.route-table-id", &table),
        ("association.subnet-id", &subnet),
        ("owner-id", "000000000000"),
        ("route-table-id", &table),
        ("route.destination-cidr-block", "0.0.0.0/0"),
        ("route.destination-ipv6-cidr-block", "::/0"),
        ("route.destination-prefix-list-id", "pl-63a5400a"),
        ("route.egress-only-internet-gateway-id", &out),
        ("route.gateway-id", &gateway),
        ("route.nat-gateway-id", &nat),
        ("route.origin", "CreateRoute"),
        // The interface is attached to nothing.
        ("route.state", "blackhole"),
        ("vpc-id", &vpc),
        ("tag:Tier", "front"),
        ("tag-key", "Tier"),
    ];
    check(&client, "DescribeRouteTables", "RouteTableId", &table, &filters);
    let of_gateway = client.call("CreateRouteTable", json!({"VpcId": vpc}));
    let of_gateway = text(&of_gateway["RouteTable"]["RouteTableId"]);
    client.call("AssociateRouteTable", json!({"RouteTableId": of_gateway, "GatewayId": gateway}));
    let by_gateway = [("association.gateway-id", gateway.as_str())];
    check(&client, "DescribeRouteTables", "RouteTableId", &of_gateway, &by_gateway);
    let nothing_yet = ["route.instance-id", "route.transit-gateway-id", "route.vpc-peering-connection-id"];
    complete::<RouteTable>(&[&filters[..], &by_gateway[..]].concat(), &nothing_yet);
    for name in nothing_yet {
        assert!(found(&client, "DescribeRouteTables", "RouteTableId", name, "*").is_empty(), "{name}");
    }
}

#[test]
fn prefix_lists_are_found_by_every_filter() {
    let client = Client::new();
    let list = json!({"PrefixListName": "offices", "MaxEntries": 1, "AddressFamily": "IPv4"});
    let list = text(&client.call("CreateManagedPrefixList", list)["PrefixList"]["PrefixListId"]);
    let filters = [("owner-id", "000000000000"), ("prefix-list-id", list.as_str()), ("prefix-list-name", "offices")];
    check(&client, "DescribeManagedPrefixLists", "PrefixListId", &list, &filters);
    assert_eq!(found(&client, "DescribeManagedPrefixLists", "PrefixListId", "owner-id", "AWS").len(), 2);
    let filters = [("prefix-list-id", "pl-63a5400a"), ("prefix-list-name", "com.amazonaws.us-east-1.s3")];
    check(&client, "DescribePrefixLists", "PrefixListId", "pl-63a5400a", &filters);
}

#[test]
fn pages_follow_each_other() {
    let client = Client::new();
    let vpc = vpc(&client);
    for n in 0..7 {
        client.call("CreateSecurityGroup", json!({"GroupName": format!("g{n}"), "Description": "d", "VpcId": vpc}));
    }
    let mut seen = Vec::new();
    let mut token = Value::Null;
    loop {
        let mut query = json!({"MaxResults": 5});
        if !token.is_null() {
            query["NextToken"] = token;
        }
        let page = client.call("DescribeSecurityGroupRules", query);
        let rules = page["SecurityGroupRules"].as_array().unwrap();
        assert!(rules.len() <= 5);
        seen.extend(rules.iter().map(|r| text(&r["SecurityGroupRuleId"])));
        token = page["NextToken"].clone();
        if token.is_null() {
            break;
        }
    }
    let distinct: BTreeSet<_> = seen.iter().collect();
    assert_eq!((seen.len(), distinct.len()), (11, 11), "two default groups with two rules each, seven with one");
}

#[test]
fn nothing_of_another_account_or_region_is_seen() {
    let client = Client::new();
    let vpc = vpc(&client);
    let group = json!({"GroupName": "web", "Description": "d", "VpcId": vpc});
    let group = text(&client.call("CreateSecurityGroup", group)["GroupId"]);
    let list = json!({"PrefixListName": "offices", "MaxEntries": 1, "AddressFamily": "IPv4"});
    let list = text(&client.call("CreateManagedPrefixList", list)["PrefixList"]["PrefixListId"]);
    for (account, region) in [("111111111111", "us-east-1"), ("000000000000", "eu-west-1")] {
        let other = client.elsewhere(account, region);
        assert_eq!(other.refused("DescribeSecurityGroups", json!({"GroupIds": [group]})), "InvalidGroup.NotFound");
        assert_eq!(other.refused("DeleteSecurityGroup", json!({"GroupId": group})), "InvalidGroup.NotFound");
        let entries = json!({"PrefixListId": list});
        assert_eq!(other.refused("GetManagedPrefixListEntries", entries), "InvalidPrefixListID.NotFound");
        let own = found(&other, "DescribeSecurityGroups", "GroupName", "group-name", "*");
        assert_eq!(own, ["default"]);
        let s3 = found(&other, "DescribePrefixLists", "PrefixListName", "prefix-list-name", "*.s3");
        assert_eq!(s3, [format!("com.amazonaws.{region}.s3")]);
    }
}

#[test]
fn the_local_route_is_shown_where_it_leads() {
    let client = Client::new();
    let vpc = vpc(&client);
    let subnet = json!({"VpcId": vpc, "CidrBlock": "10.0.1.0/24"});
    let subnet = text(&client.call("CreateSubnet", subnet)["Subnet"]["SubnetId"]);
    let interface = client.call("CreateNetworkInterface", json!({"SubnetId": subnet}));
    let interface = text(&interface["NetworkInterface"]["NetworkInterfaceId"]);
    let of_vpc = json!({"Filters": [{"Name": "vpc-id", "Values": [vpc]}]});
    let shown = || client.call("DescribeRouteTables", of_vpc.clone())["RouteTables"][0].clone();
    let before = shown();
    let mut replace = json!({"RouteTableId": before["RouteTableId"], "DestinationCidrBlock": "10.0.0.0/16"});
    replace["NetworkInterfaceId"] = json!(interface);
    client.call("ReplaceRoute", replace.clone());
    let elsewhere = json!([{
        "DestinationCidrBlock": "10.0.0.0/16",
        "NetworkInterfaceId": interface,
        "Origin": "CreateRouteTable",
        "State": "blackhole",
    }]);
    assert_eq!(shown()["Routes"], elsewhere);
    replace.as_object_mut().unwrap().remove("NetworkInterfaceId");
    replace["LocalTarget"] = json!(true);
    client.call("ReplaceRoute", replace);
    assert_eq!(shown(), before);
}
