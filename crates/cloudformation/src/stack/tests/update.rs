use super::*;

/// The cloud before and after something that must not change it.
fn unchanged(memory: &mut Memory, template: &str, parts: &[&str]) {
    let before = memory.bare();
    let text = said(memory.up(template));
    for part in parts {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(memory.stack().status, "UPDATE_ROLLBACK_COMPLETE", "{text}");
    similar(&memory.bare(), &before);
    assert!(memory.plan(TIERS).expect("a plan").is_empty(), "the record is as it was");
}

/// Equal but for what a change and its undoing give anew: identifiers of associations and rules, starts of instances.
pub fn similar(one: &Cloud, other: &Cloud) {
    let plain = |cloud: &Cloud| {
        let mut cloud = cloud.clone();
        for id in cloud.subnets.keys().cloned().collect::<Vec<_>>() {
            let subnet = cloud.subnets.get_mut(&id).expect("there");
            subnet.network_acl.0 = "aclassoc-0".parse().unwrap();
            if let Some((id, _)) = &mut subnet.route_table {
                *id = "rtbassoc-0".parse().unwrap();
            }
        }
        for id in cloud.security_groups.keys().cloned().collect::<Vec<_>>() {
            let group = cloud.security_groups.get_mut(&id).expect("there");
            for rule in &mut group.rules {
                rule.id = "sgr-0".parse().unwrap();
            }
            group.rules.sort_by_key(|r| (r.direction, r.protocol, r.ports, r.peer.clone()));
        }
        // Whoever is stopped and started again, to be changed and changed back, has been started anew.
        for id in cloud.instances.keys().cloned().collect::<Vec<_>>() {
            let instance = cloud.instances.get_mut(&id).expect("there");
            (instance.generation, instance.launched, instance.state_reason) = (0, 0, None);
        }
        for id in cloud.interfaces.keys().cloned().collect::<Vec<_>>() {
            cloud.interfaces.get_mut(&id).expect("there").auto_public_ip.take();
        }
        for id in cloud.prefix_lists.keys().cloned().collect::<Vec<_>>() {
            cloud.prefix_lists.get_mut(&id).expect("there").version = 0;
        }
        cloud
    };
    assert_eq!(plain(one).changes_to(&plain(other)), []);
}

#[test]
fn cfn_1_an_update_changes_in_place_what_can_be() {
    let mut memory = Memory::new();
    memory.up(TIERS).expect("it comes up");
    let (before, bare) = (memory.control.cloud().clone(), memory.bare());
    let changed = TIERS
        .replace("Value: production-vpc", "Value: renamed")
        .replace("CidrIp: 0.0.0.0/0", "CidrIp: 198.51.100.0/24")
        .replace("EnableDnsHostnames: true", "EnableDnsHostnames: false")
        .replace("NatGatewayId: !Ref NATGateway", "GatewayId: !Ref Gateway");
    let plan = memory.plan(&changed).expect("a plan");
    let planned: Vec<String> = plan.changes.iter().map(|c| format!("{:?} {}", c.action, c.logical_id)).collect();
    for change in ["Modify VPC", "Modify ALBSecurityGroup", "Modify PrivateRoute"] {
        assert!(planned.contains(&change.to_string()), "{change}: {planned:?}");
    }
    assert!(matches!(memory.up(&changed), Ok(Done::Updated(_))));
    let cloud = memory.control.cloud();
    let vpc = cloud.vpcs.values().next().expect("the VPC");
    assert_eq!((vpc.tags["Name"].as_str(), vpc.enable_dns_hostnames), ("renamed", false));
    assert_eq!(vpc.id, before.vpcs.values().next().expect("the VPC").id);
    assert_eq!(cloud.instances, before.instances);
    let group =
        &cloud.security_groups[&memory.physical("ALBSecurityGroup").parse::<croft_model::SecurityGroupId>().unwrap()];
    let peers: Vec<String> = group.rules.iter().map(|r| format!("{:?}", r.peer)).collect();
    assert!(peers.contains(&"Ipv4(198.51.100.0/24)".to_string()), "{peers:?}");
    assert_eq!(group.rules.len(), 2, "the default egress rule stays");
    memory.up(TIERS).expect("and back");
    similar(&memory.bare(), &bare);
}

#[test]
fn cfn_1_a_replacement_is_made_before_the_old_one_goes_and_all_that_names_it_follows() {
    let mut memory = Memory::new();
    memory.up(TIERS).expect("it comes up");
    let (old, route) = (memory.physical("NATGateway"), memory.physical("PrivateRoute"));
    let changed = TIERS
        .replace(
            "AllocationId: !GetAtt ElasticIP.AllocationId\n      SubnetId: !Ref PublicSubnet1",
            "AllocationId: !GetAtt Second.AllocationId\n      SubnetId: !Ref PublicSubnet2",
        )
        .replace("  ElasticIP:", "  Second: { Type: 'AWS::EC2::EIP' }\n  ElasticIP:");
    let plan = memory.plan(&changed).expect("a plan").to_string();
    assert!(plan.contains("± replace     NATGateway (AWS::EC2::NatGateway): SubnetId"), "{plan}");
    assert!(plan.contains("~ modify      PrivateRoute (AWS::EC2::Route): NatGatewayId"), "{plan}");
    memory.up(&changed).expect("it changes");
    let new = memory.physical("NATGateway");
    assert_ne!(old, new);
    assert_eq!(memory.physical("PrivateRoute"), route);
    let table = &memory.control.cloud().route_tables
        [&memory.physical("PrivateTable").parse::<croft_model::RouteTableId>().unwrap()];
    assert_eq!(format!("{:?}", table.routes[0].target), format!("NatGateway({new})"));
    let told = memory.told();
    let place = |what: &str| told.iter().position(|t| t == what).unwrap_or_else(|| panic!("{what}: {told:?}"));
    assert!(place("UPDATE_COMPLETE NATGateway") < place("UPDATE_COMPLETE PrivateRoute"));
    assert!(place("UPDATE_COMPLETE PrivateRoute") < place("DELETE_IN_PROGRESS NATGateway"));
    assert!(place("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS web") < place("DELETE_COMPLETE NATGateway"));
    assert_eq!(memory.bare().nat_gateways.len(), 1);
    memory.down().expect("it goes");
    assert!(memory.bare().vpcs.is_empty() && memory.bare().addresses.is_empty());
}

#[test]
fn what_leaves_the_template_leaves_the_region() {
    let mut memory = Memory::new();
    memory.up(TIERS).expect("it comes up");
    let start = TIERS.find("  Front:\n").expect("there");
    let end = TIERS.find("  Back:\n").expect("there");
    let without = format!("{}{}", &TIERS[..start], &TIERS[end..TIERS.find("Outputs:").expect("there")]);
    let plan = memory.plan(&without).expect("a plan").to_string();
    assert!(plan.contains("- remove      Front (AWS::EC2::Instance)"), "{plan}");
    memory.up(&without).expect("it changes");
    assert_eq!(memory.bare().instances.len(), 1);
    assert!(memory.stack().version.outputs.is_empty());
}

#[test]
fn cfn_1_a_failed_update_gives_the_old_properties_back() {
    let mut memory = Memory::new();
    memory.up(TIERS).expect("it comes up");
    let changed = TIERS
        .replace("Value: production-vpc", "Value: renamed")
        .replace("CidrIp: 0.0.0.0/0", "CidrIp: 198.51.100.0/24")
        .replace("PortRange: { From: 1024, To: 65535 }", "PortRange: { From: 1, To: 2 }")
        .replace("RouteTableId: !Ref PrivateTable }\n  AppACL:", "RouteTableId: !Ref PublicTable }\n  AppACL:");
    // A replacement that overlaps what it would replace.
    let overlap = changed.replace("CidrBlock: 10.0.2.0/24", "CidrBlock: 10.0.1.128/25");
    unchanged(
        &mut memory,
        &overlap,
        &["template.yaml:55:3: PublicSubnet2: InvalidSubnet.Conflict", "UPDATE_ROLLBACK_COMPLETE"],
    );
    // A new resource that the cloud refuses.
    let refused = changed.replace(
        "  Gateway:\n",
        "  Bad: { Type: 'AWS::EC2::Subnet', Properties: { VpcId: !Ref VPC, CidrBlock: 10.1.0.0/24 } }\n  Gateway:\n",
    );
    unchanged(&mut memory, &refused, &["Bad: InvalidSubnet.Range"]);
    // An instance that does not come up, made in the place of another.
    memory.broken.push("Front".to_string());
    let broken = changed.replace(
        "SubnetId: !Ref PublicSubnet1\n      SecurityGroupIds: [!Ref ALB",
        "SubnetId: !Ref PublicSubnet2\n      SecurityGroupIds: [!Ref ALB",
    );
    assert_ne!(broken, changed);
    unchanged(&mut memory, &broken, &["Front: ", "it ended at once"]);
    memory.broken.clear();
    // One that was stopped to be changed and does not come up again.
    let broken = changed.replace("# a comment in the script", BREAKS);
    let front = memory.physical("Front");
    unchanged(&mut memory, &broken, &["Front: ", "it ended at once"]);
    assert_eq!(memory.physical("Front"), front);
    assert_eq!(memory.bare().instances.len(), 2);
}

#[test]
fn sg_8_a_rule_too_many_in_an_update_gives_the_old_rules_back() {
    let mut memory = Memory::new();
    memory.up(TIERS).expect("it comes up");
    let rules: String = (0..61)
        .map(|port| format!("        - {{ IpProtocol: udp, FromPort: {port}, ToPort: {port}, CidrIp: 0.0.0.0/0 }}\n"))
        .collect();
    let rule =
        "        - IpProtocol: tcp\n          FromPort: 443\n          ToPort: 443\n          CidrIp: 0.0.0.0/0\n";
    assert!(TIERS.contains(rule));
    unchanged(&mut memory, &TIERS.replace(rule, &rules), &["ALBSecurityGroup: RulesPerSecurityGroupLimitExceeded"]);
}

#[test]
fn a_resource_cannot_change_its_type() {
    let mut memory = Memory::new();
    memory.up(TIERS).expect("it comes up");
    let before = memory.control.cloud().clone();
    let association = "  PublicAssociation2:
    Type: AWS::EC2::SubnetRouteTableAssociation
    Properties: { SubnetId: !Ref PublicSubnet2, RouteTableId: !Ref PublicTable }
";
    assert!(TIERS.contains(association));
    let changed = TIERS.replace(association, "  PublicAssociation2: { Type: AWS::EC2::EIP }\n");
    let text = said(memory.up(&changed));
    let expected = "PublicAssociation2 was AWS::EC2::SubnetRouteTableAssociation and cannot become AWS::EC2::EIP";
    assert!(text.contains(expected), "{text}");
    assert_eq!(*memory.control.cloud(), before);
}

#[test]
fn an_update_replaces_a_whole_network_and_deletes_the_old_one() {
    let mut memory = Memory::new();
    memory.up(TIERS).expect("it comes up");
    let moved = TIERS.replace("10.0.", "10.7.");
    let plan = memory.plan(&moved).expect("a plan").to_string();
    assert!(plan.contains("± replace     VPC (AWS::EC2::VPC): CidrBlock"), "{plan}");
    assert!(plan.contains("± may replace AppACL (AWS::EC2::NetworkAcl): VpcId"), "{plan}");
    let gateway = memory.physical("Gateway");
    // The gateway can be on one VPC at a time, and cannot leave the old one while addresses are mapped there.
    let text = said(memory.up(&moved));
    assert!(text.contains("Attachment: DependencyViolation: Network vpc-"), "{text}");
    assert_eq!(memory.physical("Gateway"), gateway);
    assert!(matches!(memory.up(TIERS), Ok(Done::Unchanged(_))));
    let moved = moved.replace("  Gateway:\n", "  Other:\n").replace("!Ref Gateway", "!Ref Other");
    // So it is with the address of the NAT gateway.
    let moved = moved.replace("ElasticIP", "NewElasticIP");
    memory.up(&moved).expect("with a gateway of its own it does");
    let cloud = memory.bare();
    assert_eq!((cloud.vpcs.len(), cloud.subnets.len(), cloud.internet_gateways.len()), (1, 4, 1));
    assert_eq!(cloud.vpcs.values().next().expect("one").cidr_blocks[0].block.to_string(), "10.7.0.0/16");
    memory.down().expect("it goes");
    assert!(memory.bare().vpcs.is_empty());
}

#[test]
fn an_old_resource_that_cannot_be_deleted_is_kept_in_mind() {
    let mut memory = Memory::new();
    memory.up(TIERS).expect("it comes up");
    let group_id = memory.physical("ALBSecurityGroup");
    let guest = memory
        .run(croft_control::CreateNetworkInterface {
            groups: vec![group_id.parse().unwrap()],
            ..croft_control::CreateNetworkInterface::in_subnet(memory.physical("AppSubnet2").parse().unwrap())
        })
        .expect("made by hand");
    let changed = TIERS.replace("GroupDescription: ALB tier", "GroupDescription: Front tier");
    memory.up(&changed).expect("it changes");
    assert_ne!(memory.physical("ALBSecurityGroup"), group_id);
    assert_eq!(memory.resources().iter().filter(|r| r.logical_id == "ALBSecurityGroup").count(), 2);
    memory.run(croft_control::DeleteNetworkInterface { network_interface_id: guest.id }).expect("deleted by hand");
    memory.up(&changed).expect("it tries again");
    assert_eq!(memory.resources().iter().filter(|r| r.logical_id == "ALBSecurityGroup").count(), 1);
    assert!(!memory.bare().security_groups.contains_key(&group_id.parse::<croft_model::SecurityGroupId>().unwrap()));
}
