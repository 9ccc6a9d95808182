use super::*;
use croft_control::{AssociateDhcpOptions, CreateTags, ModifySubnetAttribute, ModifyVpcAttribute, SubnetAttributes};

#[test]
fn net_1_net_3_vpcs() {
    let mut world = World::new();
    let mut vpc = world.make(
        "AWS::EC2::VPC",
        json!({
            "CidrBlock": "10.0.0.0/16", "EnableDnsHostnames": true, "EnableDnsSupport": true,
            "InstanceTenancy": "dedicated", "Tags": tags("one"),
        }),
    );
    assert_eq!(world.text(&vpc, "CidrBlock"), "10.0.0.0/16");
    assert_eq!(world.text(&vpc, "EnableDnsHostnames"), "true");
    world.in_place(&mut vpc, "EnableDnsHostnames", json!(false));
    world.in_place(&mut vpc, "EnableDnsSupport", json!(false));
    world.in_place(&mut vpc, "Tags", tags("two"));
    world.in_place(&mut vpc, "Tags", Json::Null);
    world.replaces(&mut vpc, "CidrBlock", json!("10.1.0.0/16"));
    // Back to default it goes, and never again to dedicated.
    let mut shared = vpc.properties.clone();
    shared.insert("InstanceTenancy".to_string(), json!("default"));
    assert_eq!(world.change(&vpc, &shared), Update::InPlace);
    world.update(&mut vpc, &shared).expect("changed");
    assert_eq!(world.live(&vpc), Some(shared));
    world.replaces(&mut vpc, "InstanceTenancy", json!("dedicated"));

    let vpc_id = vpc.id.parse().unwrap();
    let (enable_dns_support, enable_network_address_usage_metrics) = (None, None);
    let hand = ModifyVpcAttribute {
        vpc_id,
        enable_dns_support,
        enable_dns_hostnames: Some(false),
        enable_network_address_usage_metrics,
    };
    world.run(hand).expect("by hand");
    world
        .run(CreateTags { resource_ids: vec![vpc.id.clone()], tags: [("k".into(), "v".into())].into() })
        .expect("tagged");
    let live = world.live(&vpc).expect("there");
    assert_eq!(live["EnableDnsHostnames"], json!(false));
    assert_eq!(live["Tags"], json!([{ "Key": "Name", "Value": "one" }, { "Key": "k", "Value": "v" }]));
    world.delete(vpc);
    world.all_were_given("AWS::EC2::VPC");
}

#[test]
fn net_9_blocks_of_vpcs_and_subnets() {
    let mut world = World::new();
    let vpc = world.vpc();
    let mut ipv4 = world.make("AWS::EC2::VPCCidrBlock", json!({ "VpcId": vpc, "CidrBlock": "10.1.0.0/16" }));
    world.replaces(&mut ipv4, "CidrBlock", json!("10.2.0.0/16"));
    assert!(matches!(world.attribute(&ipv4, "IpSource"), Known::Never(..)));
    let amazon = json!({ "VpcId": vpc, "AmazonProvidedIpv6CidrBlock": true });
    let ipv6 = world.make("AWS::EC2::VPCCidrBlock", amazon);
    assert_eq!(world.text(&ipv6, "IpSource"), "amazon");
    assert_eq!(world.text(&ipv6, "Ipv6AddressAttribute"), "public");
    let blocks =
        table::find("AWS::EC2::VPC").unwrap().which.attribute(world.control.cloud(), vpc.as_str(), "Ipv6CidrBlocks");
    assert!(matches!(blocks, Some(Known::List(blocks)) if blocks.len() == 2));
    world.delete(ipv6);
    world.delete(ipv4);
    world.all_were_given("AWS::EC2::VPCCidrBlock");
    let of = table::find("AWS::EC2::VPCCidrBlock").unwrap();
    assert_eq!(of.which.check(&map(json!({ "AmazonProvidedIpv6CidrBlock": false }))).len(), 1);

    let (block, other) = (world.ipv6_block(&vpc, 1), world.ipv6_block(&vpc, 2));
    let subnet = world.make("AWS::EC2::Subnet", json!({ "VpcId": vpc, "CidrBlock": "10.0.1.0/24" }));
    let given = json!({ "SubnetId": subnet.id, "Ipv6CidrBlock": block.to_string() });
    let mut association = world.make("AWS::EC2::SubnetCidrBlock", given);
    assert_eq!(world.text(&association, "Id"), association.id);
    world.replaces(&mut association, "Ipv6CidrBlock", json!(other.to_string()));
    world.all_were_given("AWS::EC2::SubnetCidrBlock");
    world.delete(association);
}

#[test]
fn net_1_net_6_net_9_az_1_subnets() {
    let mut world = World::new();
    let vpc = world.vpc();
    let (block, other) = (world.ipv6_block(&vpc, 1).to_string(), world.ipv6_block(&vpc, 2).to_string());
    let given = json!({
        "VpcId": vpc, "CidrBlock": "10.0.1.7/24", "AvailabilityZone": "us-east-1b", "MapPublicIpOnLaunch": true,
        "Ipv6CidrBlock": block, "AssignIpv6AddressOnCreation": true, "EnableDns64": true, "Tags": tags("one"),
        "PrivateDnsNameOptionsOnLaunch": {
            "HostnameType": "resource-name", "EnableResourceNameDnsARecord": true, "EnableResourceNameDnsAAAARecord": true,
        },
    });
    let mut subnet = world.make("AWS::EC2::Subnet", given);
    for (name, expected) in [
        ("AvailabilityZoneId", "use1-az2"),
        ("CidrBlock", "10.0.1.0/24"),
        ("Ipv6CidrBlock", block.as_str()),
        ("BlockPublicAccessStates.InternetGatewayBlockMode", "off"),
        ("PrivateDnsNameOptionsOnLaunch.HostnameType", "resource-name"),
    ] {
        assert_eq!(world.text(&subnet, name), expected);
    }
    for name in ["MapPublicIpOnLaunch", "EnableDns64"] {
        world.in_place(&mut subnet, name, json!(false));
    }
    world.in_place(&mut subnet, "AssignIpv6AddressOnCreation", Json::Null);
    world.in_place(&mut subnet, "Ipv6CidrBlock", json!(other));
    world.in_place(&mut subnet, "PrivateDnsNameOptionsOnLaunch", json!({ "HostnameType": "ip-name" }));
    world.in_place(&mut subnet, "Tags", tags("two"));
    world.replaces(&mut subnet, "CidrBlock", json!("10.0.2.0/24"));
    world.replaces(&mut subnet, "AvailabilityZone", json!("us-east-1a"));
    world.replaces(&mut subnet, "VpcId", json!("vpc-1"));
    let by_id = json!({ "VpcId": vpc, "CidrBlock": "10.0.3.0/24", "AvailabilityZoneId": "use1-az3" });
    let by_id = world.make("AWS::EC2::Subnet", by_id);
    assert_eq!(world.text(&by_id, "AvailabilityZone"), "us-east-1c");
    assert!(matches!(world.attribute(&by_id, "Ipv6CidrBlock"), Known::Never(..)));

    let attributes = SubnetAttributes { map_public_ip_on_launch: Some(false), ..Default::default() };
    world.run(ModifySubnetAttribute { subnet_id: subnet.id.parse().unwrap(), attributes }).expect("by hand");
    assert_eq!(world.live(&subnet).expect("there")["MapPublicIpOnLaunch"], json!(false));
    // Without IPv6 nothing of it can be asked for, and nothing is left behind.
    let before = world.control.cloud().subnets.len();
    let wrong = json!({ "VpcId": vpc, "CidrBlock": "10.0.9.0/24", "AssignIpv6AddressOnCreation": true });
    assert!(world.try_make("AWS::EC2::Subnet", wrong).is_err());
    assert_eq!(world.control.cloud().subnets.len(), before);
    world.delete(subnet);
    world.delete(by_id);
    world.all_were_given("AWS::EC2::Subnet");
}

#[test]
fn sets_of_dhcp_options_and_which_vpc_has_which() {
    let mut world = World::new();
    let vpc = world.vpc();
    let mut options = world.make(
        "AWS::EC2::DHCPOptions",
        json!({
            "DomainName": "example.com", "DomainNameServers": ["10.0.0.2", "10.0.0.3"], "NtpServers": ["10.0.0.4"],
            "NetbiosNameServers": ["10.0.0.5"], "NetbiosNodeType": "2", "Ipv6AddressPreferredLeaseTime": 140,
            "Tags": tags("one"),
        }),
    );
    assert_eq!(world.text(&options, "DhcpOptionsId"), options.id);
    let held = &world.control.cloud().dhcp_options_sets[&options.id.parse::<croft_model::DhcpOptionsId>().unwrap()];
    let held: Vec<String> = held.configurations.iter().map(|c| format!("{} {}", c.key, c.values.join(","))).collect();
    assert!(held.contains(&"domain-name-servers 10.0.0.2,10.0.0.3".to_string()), "{held:?}");
    assert!(held.contains(&"ipv6-address-preferred-lease-time 140".to_string()), "{held:?}");
    world.in_place(&mut options, "Tags", tags("two"));
    for name in ["DomainName", "DomainNameServers", "NtpServers", "NetbiosNameServers", "NetbiosNodeType"] {
        world.replaces(&mut options, name, Json::Null);
    }
    world.all_were_given("AWS::EC2::DHCPOptions");

    let given = json!({ "VpcId": vpc, "DhcpOptionsId": options.id });
    let mut association = world.make("AWS::EC2::VPCDHCPOptionsAssociation", given);
    assert_eq!(association.id, format!("{}|{vpc}", options.id));
    world.replaces(&mut association, "DhcpOptionsId", json!("default"));
    world.run(AssociateDhcpOptions { dhcp_options_id: None, vpc_id: vpc.clone() }).expect("by hand");
    assert_eq!(world.live(&association).expect("the VPC is there")["DhcpOptionsId"], json!("default"));
    // The one that takes its place stays when the first one goes.
    let other = world.make("AWS::EC2::VPCDHCPOptionsAssociation", json!({ "VpcId": vpc, "DhcpOptionsId": options.id }));
    let held = |world: &World| world.control.cloud().vpcs[&vpc].dhcp_options.clone();
    let default = json!({ "VpcId": vpc, "DhcpOptionsId": "default" });
    let none = world.make("AWS::EC2::VPCDHCPOptionsAssociation", default);
    other.of.which.delete(&mut world, &other.id, &other.properties).expect("deleted");
    assert_eq!(held(&world), None);
    none.of.which.delete(&mut world, &none.id, &none.properties).expect("deleted");
    world.all_were_given("AWS::EC2::VPCDHCPOptionsAssociation");
    world.delete(options);
}
