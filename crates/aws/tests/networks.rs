//! VPCs and subnets over the wire, where a table of answers does not reach.

mod client;

use client::Client;
use ipnet::Ipv6Net;
use serde_json::{Value, json};

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

#[test]
fn a_subnet_of_both_families() {
    let client = Client::new();
    let made = client.call("CreateVpc", json!({"CidrBlock": "10.0.0.0/16", "AmazonProvidedIpv6CidrBlock": true}));
    let vpc = text(&made["Vpc"]["VpcId"]);
    let whole: Ipv6Net = text(&made["Vpc"]["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"]).parse().unwrap();
    let blocks: Vec<String> = whole.subnets(64).unwrap().map(|b| b.to_string()).collect();
    let create = json!({"VpcId": vpc, "CidrBlock": "10.0.1.0/24", "Ipv6CidrBlock": blocks[1]});
    let made = client.call("CreateSubnet", create);
    let subnet = text(&made["Subnet"]["SubnetId"]);
    let block = &made["Subnet"]["Ipv6CidrBlockAssociationSet"][0];
    let expected = json!({
        "AssociationId": block["AssociationId"],
        "Ipv6CidrBlock": blocks[1],
        "Ipv6CidrBlockState": {"State": "associated"},
        "Ipv6AddressAttribute": "public",
        "IpSource": "amazon",
    });
    assert_eq!(*block, expected);
    for (name, value) in [
        ("ipv6-cidr-block-association.association-id", text(&block["AssociationId"])),
        ("ipv6-cidr-block-association.ipv6-cidr-block", &blocks[1]),
        ("ipv6-cidr-block-association.state", "associated"),
    ] {
        let filters = json!([{"Name": name, "Values": [value]}]);
        let found = client.call("DescribeSubnets", json!({"Filters": filters}));
        assert_eq!(found["Subnets"][0]["SubnetId"], subnet, "{name}");
    }
    let modify = |name: &str| client.call("ModifySubnetAttribute", json!({"SubnetId": subnet, name: {"Value": true}}));
    modify("AssignIpv6AddressOnCreation");
    modify("EnableResourceNameDnsAAAARecordOnLaunch");
    let shown = &client.call("DescribeSubnets", json!({"SubnetIds": [subnet]}))["Subnets"][0];
    assert_eq!(shown["AssignIpv6AddressOnCreation"], true);
    assert_eq!(shown["PrivateDnsNameOptionsOnLaunch"]["EnableResourceNameDnsAAAARecord"], true);

    let reserve = json!({"SubnetId": subnet, "Cidr": format!("{}/80", whole.subnets(64).unwrap().nth(1).unwrap().network()), "ReservationType": "prefix"});
    let reserved = client.call("CreateSubnetCidrReservation", reserve);
    let listed = client.call("GetSubnetCidrReservations", json!({"SubnetId": subnet}));
    assert_eq!(listed["SubnetIpv6CidrReservations"][0], reserved["SubnetCidrReservation"]);
    let leave = json!({"AssociationId": block["AssociationId"]});
    assert_eq!(client.refused("DisassociateSubnetCidrBlock", leave.clone()), "InvalidCidrBlock.InUse");
    let id = &reserved["SubnetCidrReservation"]["SubnetCidrReservationId"];
    client.call("DeleteSubnetCidrReservation", json!({"SubnetCidrReservationId": id}));
    let left = client.call("DisassociateSubnetCidrBlock", leave.clone());
    assert_eq!(left["SubnetId"], subnet);
    assert_eq!(left["Ipv6CidrBlockAssociation"]["Ipv6CidrBlockState"]["State"], "disassociating");
    assert_eq!(client.refused("DisassociateSubnetCidrBlock", leave), "InvalidSubnetCidrBlockAssociationID.NotFound");
    let again = client.call("AssociateSubnetCidrBlock", json!({"SubnetId": subnet, "Ipv6CidrBlock": blocks[2]}));
    assert_eq!(again["Ipv6CidrBlockAssociation"]["Ipv6CidrBlock"], blocks[2].as_str());
}

#[test]
fn accounts_and_regions_are_apart() {
    let home = Client::new();
    let places = [home.elsewhere("111111111111", "us-east-1"), home.elsewhere("000000000000", "eu-west-3"), home];
    let mut seen = Vec::new();
    for place in &places {
        let vpcs = place.call("DescribeVpcs", json!({}));
        assert_eq!(vpcs["Vpcs"].as_array().unwrap().len(), 1, "the default one: {vpcs}");
        let vpc = vpcs["Vpcs"][0]["VpcId"].clone();
        assert!(!seen.contains(&vpc));
        seen.push(vpc);
        let zones = place.call("DescribeAvailabilityZones", json!({}));
        let region = place.scope.region.as_str();
        assert_eq!(zones["AvailabilityZones"][0]["ZoneName"], format!("{region}a"));
        let subnets = place.call("DescribeSubnets", json!({}));
        assert_eq!(subnets["Subnets"].as_array().unwrap().len(), 3);
        assert!(text(&subnets["Subnets"][0]["AvailabilityZone"]).starts_with(region));
    }
    for place in &places {
        for vpc in &seen {
            let answer = place.try_call("DescribeVpcs", json!({"VpcIds": [vpc]}));
            let own = *vpc == place.call("DescribeVpcs", json!({}))["Vpcs"][0]["VpcId"];
            match own {
                true => assert!(answer.is_ok()),
                false => assert_eq!(answer.unwrap_err().code, "InvalidVpcID.NotFound"),
            }
        }
    }
}

#[test]
fn tags_come_in_pages_and_none_is_lost() {
    let client = Client::new();
    let tags: Vec<Value> = (0..17).map(|n| json!({"Key": format!("k{n:02}"), "Value": ""})).collect();
    let specification = json!([{"ResourceType": "vpc", "Tags": tags}]);
    client.call("CreateVpc", json!({"CidrBlock": "10.0.0.0/16", "TagSpecifications": specification}));
    let mut keys = Vec::new();
    let mut token = Value::Null;
    loop {
        let page = client.call("DescribeTags", json!({"MaxResults": 5, "NextToken": token}));
        keys.extend(page["Tags"].as_array().unwrap().iter().map(|t| text(&t["Key"]).to_string()));
        token = page["NextToken"].clone();
        if token.is_null() {
            break;
        }
    }
    let expected: Vec<String> = (0..17).map(|n| format!("k{n:02}")).collect();
    assert_eq!(keys, expected);
}
