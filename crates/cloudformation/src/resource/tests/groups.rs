use super::*;
use croft_control::{
    AuthorizeSecurityGroupIngress, CreateManagedPrefixList, DisassociateSecurityGroupVpc, IpPermission,
    ModifyManagedPrefixList,
};
use croft_model::group::Peer;
use croft_model::protocol::{Ports, Protocol};
use croft_model::{PrefixListId, SecurityGroupId};

fn list(world: &mut World) -> PrefixListId {
    let request = CreateManagedPrefixList {
        prefix_list_name: "offices".to_string(),
        address_family: Default::default(),
        max_entries: 1,
        entries: Vec::new(),
        tags: Default::default(),
    };
    world.run(request).expect("a list").id
}

#[test]
fn sg_1_sg_3_sg_8_groups_with_every_sort_of_rule() {
    let mut world = World::open();
    let vpc = world.vpc();
    let list = list(&mut world);
    let other = world.make("AWS::EC2::SecurityGroup", json!({ "GroupDescription": "other", "VpcId": vpc }));
    let given = json!({
        "GroupDescription": "one", "GroupName": "one", "VpcId": vpc, "Tags": tags("one"),
        "SecurityGroupIngress": [
            { "IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIp": "10.0.0.9/8", "Description": "web" },
            { "IpProtocol": "udp", "FromPort": 53, "ToPort": 53, "CidrIpv6": "2001:db8::1/32" },
            { "IpProtocol": "icmp", "FromPort": -1, "ToPort": -1, "SourcePrefixListId": list },
            { "IpProtocol": "-1", "SourceSecurityGroupId": other.id, "SourceSecurityGroupOwnerId": "000000000000" },
            { "IpProtocol": "6", "FromPort": 0, "ToPort": 65535, "CidrIp": "192.0.2.0/24" },
        ],
        "SecurityGroupEgress": [
            { "IpProtocol": "58", "FromPort": 128, "ToPort": 0, "CidrIpv6": "::/0" },
            { "IpProtocol": "50", "CidrIp": "0.0.0.0/0" },
            { "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "DestinationPrefixListId": list },
            { "IpProtocol": "tcp", "FromPort": 1, "ToPort": 2, "DestinationSecurityGroupId": other.id },
        ],
    });
    let mut group = world.make("AWS::EC2::SecurityGroup", given);
    assert_eq!((world.text(&group, "GroupId"), world.text(&group, "VpcId")), (group.id.clone(), vpc.to_string()));
    let one = json!([{ "IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "192.0.2.0/24" }]);
    world.in_place(&mut group, "SecurityGroupIngress", one.clone());
    world.in_place(&mut group, "SecurityGroupIngress", Json::Null);
    world.in_place(&mut group, "SecurityGroupEgress", one);
    world.in_place(&mut group, "SecurityGroupEgress", json!([]));
    world.in_place(&mut group, "Tags", tags("two"));
    for name in ["GroupDescription", "GroupName", "VpcId"] {
        world.replaces(&mut group, name, json!("vpc-1"));
    }
    let hand = IpPermission {
        protocol: Protocol::Number(6),
        ports: Ports::Range { from: 8080, to: 8081 },
        peer: Peer::Group(other.id.parse().unwrap()),
        description: None,
    };
    let group_id: SecurityGroupId = group.id.parse().unwrap();
    let hand = AuthorizeSecurityGroupIngress { group_id, ip_permissions: vec![hand], tags: Default::default() };
    world.run(hand).expect("by hand");
    let live = world.live(&group).expect("there");
    let rules = live["SecurityGroupIngress"].as_array().expect("rules");
    let added = json!({
        "IpProtocol": "tcp", "FromPort": 8080, "ToPort": 8081, "SourceSecurityGroupId": other.id,
    });
    assert_eq!((rules.len(), &rules[5]), (6, &added));
    world.delete(group);
    world.delete(other);
    world.all_were_given("AWS::EC2::SecurityGroup");
}

/// Row SG-1: with IPv6 a new group has two rules that let everything out, and both make room and come back.
#[test]
fn sg_1_the_rules_of_a_new_group_of_a_vpc_with_ipv6() {
    let mut world = World::new();
    let vpc = world.vpc();
    let egress = |world: &World, id: &str| -> Vec<String> {
        let rules = &world.control.cloud().security_groups[&id.parse::<SecurityGroupId>().unwrap()].rules;
        let out = rules.iter().filter(|r| r.direction == croft_model::group::Direction::Egress);
        out.map(|r| format!("{:?}", r.peer)).collect()
    };
    let default = ["Ipv4(0.0.0.0/0)", "Ipv6(::/0)"];
    let mut group = world.make("AWS::EC2::SecurityGroup", json!({ "GroupDescription": "g", "VpcId": vpc }));
    assert_eq!(egress(&world, &group.id), default);
    let one = json!([{ "IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "192.0.2.0/24" }]);
    let with = map(json!({ "GroupDescription": "g", "VpcId": vpc, "SecurityGroupEgress": one }));
    let without = group.properties.clone();
    world.update(&mut group, &with).expect("changed");
    assert_eq!(egress(&world, &group.id), ["Ipv4(192.0.2.0/24)"]);
    world.update(&mut group, &without).expect("back");
    assert_eq!(egress(&world, &group.id), default);
    let rule = json!({ "GroupId": group.id, "IpProtocol": "-1", "CidrIp": "192.0.2.0/24" });
    let rule = world.make("AWS::EC2::SecurityGroupEgress", rule);
    assert_eq!(egress(&world, &group.id), ["Ipv4(192.0.2.0/24)"]);
    // A rule that the cloud refuses leaves those of a new group where they were.
    let twice = json!({ "GroupId": group.id, "IpProtocol": "-1", "DestinationSecurityGroupId": "sg-1" });
    world.delete(rule);
    assert_eq!(egress(&world, &group.id), default);
    assert!(world.try_make("AWS::EC2::SecurityGroupEgress", twice).is_err());
    assert_eq!(egress(&world, &group.id), default);
}

#[test]
fn sg_3_rules_that_stand_alone() {
    let mut world = World::open();
    let vpc = world.vpc();
    let list = list(&mut world);
    let group = world.make("AWS::EC2::SecurityGroup", json!({ "GroupDescription": "g", "VpcId": vpc }));
    for (kind, peers) in [
        ("Ingress", ["SourcePrefixListId", "SourceSecurityGroupId"]),
        ("Egress", ["DestinationPrefixListId", "DestinationSecurityGroupId"]),
    ] {
        let name = format!("AWS::EC2::SecurityGroup{kind}");
        let given = json!({
            "GroupId": group.id, "IpProtocol": "tcp", "FromPort": 80, "ToPort": 81, "CidrIp": "10.0.0.0/8",
            "Description": "one",
        });
        let mut rule = world.make(&name, given);
        assert_eq!(world.text(&rule, "Id"), rule.id);
        let id = rule.id.clone();
        world.in_place(&mut rule, "Description", json!("two"));
        world.in_place(&mut rule, "Description", Json::Null);
        assert_eq!(rule.id, id);
        for (property, value) in [
            ("CidrIp", json!("10.0.0.0/9")),
            ("FromPort", json!(79)),
            ("GroupId", json!("sg-1")),
            ("IpProtocol", json!("udp")),
            ("ToPort", json!(82)),
        ] {
            world.replaces(&mut rule, property, value);
        }
        let ipv6 = json!({ "GroupId": group.id, "IpProtocol": "-1", "CidrIpv6": "::/0" });
        let ipv6 = world.make(&name, ipv6);
        let to_list = json!({ "GroupId": group.id, "IpProtocol": "-1", peers[0]: list });
        let to_list = world.make(&name, to_list);
        let to_group = json!({ "GroupId": group.id, "IpProtocol": "-1", peers[1]: group.id });
        let to_group = world.make(&name, to_group);
        for rule in [rule, ipv6, to_list, to_group] {
            world.delete(rule);
        }
    }
    world.all_were_given("AWS::EC2::SecurityGroupEgress");
    // By their names groups of the default VPC are named.
    let front = world.make("AWS::EC2::SecurityGroup", json!({ "GroupDescription": "g", "GroupName": "front" }));
    world.make("AWS::EC2::SecurityGroup", json!({ "GroupDescription": "g", "GroupName": "back" }));
    let given = json!({
        "GroupName": "back", "IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "SourceSecurityGroupName": "front",
        "SourceSecurityGroupOwnerId": "000000000000",
    });
    let mut rule = world.make("AWS::EC2::SecurityGroupIngress", given);
    let peer = rule::find(world.control.cloud(), &rule.id).expect("there").1.peer.clone();
    assert_eq!(peer, Peer::Group(front.id.parse().unwrap()));
    world.replaces(&mut rule, "SourceSecurityGroupName", json!("default"));
    let foreign = json!({
        "GroupName": "back", "IpProtocol": "-1", "SourceSecurityGroupName": "front",
        "SourceSecurityGroupOwnerId": "111111111111",
    });
    let refused = world.try_make("AWS::EC2::SecurityGroupIngress", foreign).err().map(|f| f.to_string());
    assert!(refused.is_some_and(|why| why.contains("groups of other accounts are not supported")));
    world.all_were_given("AWS::EC2::SecurityGroupIngress");
    // What the rule is of may be changed by hand; it is then another rule.
    let (group, there) = rule::find(world.control.cloud(), &rule.id).expect("there");
    let mut permission = rule::permission_of(there);
    permission.ports = Ports::Range { from: 1, to: 9 };
    let update = croft_control::SecurityGroupRuleUpdate { security_group_rule_id: there.id.clone(), permission };
    let request =
        croft_control::ModifySecurityGroupRules { group_id: group.id.clone(), security_group_rules: vec![update] };
    world.run(request).expect("by hand");
    let live = world.live(&rule).expect("there");
    assert_eq!((&live["FromPort"], &live["ToPort"]), (&json!(1), &json!(9)));
    world.delete(rule);
}

#[test]
fn sg_8_rt_5_prefix_lists_of_both_families() {
    let mut world = World::new();
    let given = json!({
        "PrefixListName": "one", "AddressFamily": "IPv6", "MaxEntries": 3, "Tags": tags("one"),
        "Entries": [{ "Cidr": "2001:db8::1/32", "Description": "one" }, { "Cidr": "2001:db8:1::/48" }],
    });
    let mut list = world.make("AWS::EC2::PrefixList", given);
    assert_eq!((world.text(&list, "Version"), world.text(&list, "OwnerId")), ("1".into(), "000000000000".into()));
    world.in_place(&mut list, "PrefixListName", json!("two"));
    world.in_place(&mut list, "MaxEntries", json!(9));
    world.in_place(&mut list, "Entries", json!([{ "Cidr": "2001:db8:2::/48" }]));
    world.in_place(&mut list, "Tags", tags("two"));
    world.replaces(&mut list, "AddressFamily", json!("IPv4"));
    let hand = ModifyManagedPrefixList {
        prefix_list_id: list.id.parse().unwrap(),
        current_version: None,
        prefix_list_name: None,
        max_entries: None,
        add_entries: Vec::new(),
        remove_entries: vec!["2001:db8:1::/48".parse().unwrap()],
    };
    world.run(hand).expect("by hand");
    assert_eq!(world.live(&list).expect("there")["Entries"].as_array().map(Vec::len), Some(1));
    world.delete(list);
    world.all_were_given("AWS::EC2::PrefixList");
}

#[test]
fn sg_12_a_group_in_a_second_vpc() {
    let mut world = World::new();
    let (own, other) = (world.vpc(), world.vpc());
    let group = world.make("AWS::EC2::SecurityGroup", json!({ "GroupDescription": "shared", "VpcId": own }));
    let given = json!({ "GroupId": group.id, "VpcId": other });
    let mut association = world.make("AWS::EC2::SecurityGroupVpcAssociation", given.clone());
    assert_eq!(association.id, format!("{}|{other}", group.id));
    assert_eq!(world.text(&association, "State"), "associated");
    assert_eq!(world.text(&association, "VpcOwnerId"), "000000000000");
    world.replaces(&mut association, "GroupId", json!("sg-1"));
    world.replaces(&mut association, "VpcId", json!("vpc-1"));
    let again = world.try_make("AWS::EC2::SecurityGroupVpcAssociation", given).err().expect("it is there");
    assert!(again.to_string().contains("already associated"), "{again}");
    let (group_id, vpc_id) = (group.id.parse().unwrap(), other);
    world.run(DisassociateSecurityGroupVpc { group_id, vpc_id }).expect("by hand");
    assert_eq!(world.live(&association), None);
    world.delete(association);
    world.all_were_given("AWS::EC2::SecurityGroupVpcAssociation");
}
