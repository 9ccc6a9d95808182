//! Random changes of a stack, right and wrong ones, in any order.

use super::*;
use proptest::prelude::*;

/// Edits of the template; some make it fail, at once or halfway.
const EDITS: &[(&str, &str)] = &[
    ("Value: production-vpc", "Value: renamed"),
    ("EnableDnsHostnames: true", "EnableDnsHostnames: false"),
    ("CidrIp: 0.0.0.0/0", "CidrIp: 198.51.100.0/24"),
    ("GroupDescription: ALB tier", "GroupDescription: Front tier"),
    ("CidrBlock: 10.0.2.0/24", "CidrBlock: 10.0.3.0/24"),
    ("CidrBlock: 10.0.2.0/24", "CidrBlock: 10.0.1.128/25"),
    ("CidrBlock: 10.0.11.0/24", "CidrBlock: 10.0.11.0/29"),
    ("NatGatewayId: !Ref NATGateway", "GatewayId: !Ref Gateway"),
    ("NatGatewayId: !Ref NATGateway", "NatGatewayId: nat-0"),
    (
        "RouteTableId: !Ref PrivateTable }\n  PrivateAssociation2",
        "RouteTableId: !Ref PublicTable }\n  PrivateAssociation2",
    ),
    ("PortRange: { From: 1024, To: 65535 }", "PortRange: { From: 443, To: 443 }"),
    ("RuleNumber: 100\n      Protocol: -1", "RuleNumber: 200\n      Protocol: -1"),
    ("SubnetId: !Ref AppSubnet1, NetworkAclId", "SubnetId: !Ref AppSubnet2, NetworkAclId"),
    ("# a comment in the script", "sleep 1"),
    ("PrivateIpAddress: 10.0.10.20", "PrivateIpAddress: 10.0.10.21"),
    ("PrivateIpAddress: 10.0.10.20", "PrivateIpAddress: 10.0.10.2"),
    ("SecurityGroupIds: [!Ref AppSecurityGroup]", "SecurityGroupIds: [!Ref ALBSecurityGroup, !Ref AppSecurityGroup]"),
    ("SecurityGroupIds: [!Ref AppSecurityGroup]", "SecurityGroupIds: [sg-0]"),
    ("Default: 8080", "Default: 9999"),
    (
        "  Gateway:\n",
        "  Guest: { Type: 'AWS::EC2::NetworkInterface', Properties: { SubnetId: !Ref AppSubnet2 } }\n  Gateway:\n",
    ),
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn cfn_1_whatever_is_tried_the_region_stays_sound_and_a_failure_changes_nothing(
        attempts in proptest::collection::vec((proptest::collection::vec(0..EDITS.len(), 0..5), 0..8), 1..5),
    ) {
        let mut memory = Memory::new();
        let empty = memory.bare();
        for (edits, broken) in attempts {
            let mut template = TIERS.to_string();
            for edit in edits {
                template = template.replace(EDITS[edit].0, EDITS[edit].1);
            }
            if broken == 0 {
                template = template.replace("#!/bin/sh", BREAKS);
            }
            let before = memory.bare();
            let stood = memory.control.cloud().stack(&croft_model::Scope::default(), "web").is_some_and(|s| s.status.is_whole());
            match memory.up(&template) {
                Ok(Done::Unchanged(_)) => prop_assert_eq!(memory.bare(), before),
                Ok(_) => {
                    prop_assert!(memory.plan(&template).expect("a plan").is_empty(), "it is what it says");
                    prop_assert!(matches!(memory.up(&template), Ok(Done::Unchanged(_))));
                }
                Err(StackError::Failed { .. }) if stood => update::similar(&memory.bare(), &before),
                Err(StackError::Failed { .. } | StackError::Template(_)) => prop_assert_eq!(memory.bare(), before),
                Err(other) => prop_assert!(false, "{}", other),
            }
        }
        if memory.control.cloud().stack(&croft_model::Scope::default(), "web").is_some() {
            memory.down().expect("it goes");
        }
        prop_assert_eq!(memory.bare(), empty);
    }
}

/// Resources with what each needs; `$` stands for the number of the template.
const PARTS: &[(&str, &str)] = &[
    ("V", "Type: AWS::EC2::VPC, Properties: { CidrBlock: 10.$.0.0/16 }"),
    ("S", "Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref V, CidrBlock: 10.$.1.0/24 }"),
    ("I", "Type: AWS::EC2::InternetGateway"),
    ("A", "Type: AWS::EC2::VPCGatewayAttachment, Properties: { VpcId: !Ref V, InternetGatewayId: !Ref I }"),
    ("T", "Type: AWS::EC2::RouteTable, Properties: { VpcId: !Ref V }"),
    (
        "R",
        "Type: AWS::EC2::Route, DependsOn: A, Properties: { RouteTableId: !Ref T, DestinationCidrBlock: 0.0.0.0/0, GatewayId: !Ref I }",
    ),
    ("Z", "Type: AWS::EC2::SubnetRouteTableAssociation, Properties: { SubnetId: !Ref S, RouteTableId: !Ref T }"),
    ("E", "Type: AWS::EC2::EIP"),
    (
        "N",
        "Type: AWS::EC2::NatGateway, DependsOn: A, Properties: { SubnetId: !Ref S, AllocationId: !GetAtt E.AllocationId }",
    ),
    ("G", "Type: AWS::EC2::SecurityGroup, Properties: { VpcId: !Ref V, GroupDescription: g }"),
    (
        "H",
        "Type: AWS::EC2::SecurityGroupIngress, Properties: { GroupId: !Ref G, IpProtocol: '-1', SourceSecurityGroupId: !Ref G }",
    ),
    ("L", "Type: AWS::EC2::NetworkAcl, Properties: { VpcId: !Ref V }"),
    (
        "M",
        "Type: AWS::EC2::NetworkAclEntry, Properties: { NetworkAclId: !Ref L, RuleNumber: 9, Protocol: -1, RuleAction: allow, CidrBlock: 0.0.0.0/0 }",
    ),
    ("O", "Type: AWS::EC2::SubnetNetworkAclAssociation, Properties: { SubnetId: !Ref S, NetworkAclId: !Ref L }"),
    ("F", "Type: AWS::EC2::NetworkInterface, Properties: { SubnetId: !Ref S, GroupSet: [!Ref G] }"),
    (
        "C",
        "Type: AWS::EC2::Instance, Properties: { ImageId: ami-0c02fb55956c7d316, SubnetId: !Ref S, SecurityGroupIds: [!Ref G] }",
    ),
    ("P", "Type: AWS::EC2::PrefixList, Properties: { PrefixListName: p$, AddressFamily: IPv4, MaxEntries: 2 }"),
];

/// What cannot come up.
const BAD: &[&str] = &[
    "Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref V, CidrBlock: 10.77.0.0/24 }",
    "Type: AWS::EC2::Instance, Properties: { ImageId: ami-0c02fb55956c7d316, SubnetId: !Ref S, UserData: !Base64 'exit 1' }",
    "Type: AWS::EC2::Route, Properties: { RouteTableId: !Ref T, DestinationCidrBlock: 10.0.0.0/8, NatGatewayId: nat-00000000000000000 }",
    "Type: AWS::EC2::SecurityGroupIngress, Properties: { GroupId: !Ref G, IpProtocol: tcp, FromPort: 1, ToPort: 1, SourceSecurityGroupId: sg-00000000000000000 }",
];

/// A template of these parts and all that they need.
fn template(number: usize, chosen: &BTreeMap<usize, ()>, bad: Option<(usize, usize)>) -> String {
    let mut wanted: Vec<String> = chosen.keys().map(|at| PARTS[*at].0.to_string()).collect();
    let mut lines: BTreeMap<String, String> = BTreeMap::new();
    if let Some((bad, after)) = bad {
        let after = PARTS[after].0;
        wanted.push(after.to_string());
        lines.insert("Bad".to_string(), BAD[bad].replacen(", ", &format!(", DependsOn: {after}, "), 1));
    }
    let needs = |text: &str| -> Vec<String> {
        let of = |(name, _): &&(&str, &str)| {
            [format!("!Ref {name} "), format!("!Ref {name},"), format!("!Ref {name}]"), format!("GetAtt {name}.")]
                .iter()
                .any(|r| text.contains(r))
                || text.contains(&format!("DependsOn: {name},"))
        };
        PARTS.iter().filter(of).map(|(name, _)| name.to_string()).collect()
    };
    wanted.extend(lines.values().flat_map(|text| needs(text)));
    while let Some(name) = wanted.pop() {
        let text = PARTS.iter().find(|(part, _)| *part == name).expect("a part").1;
        if lines.insert(name, text.replace('$', &number.to_string())).is_none() {
            wanted.extend(needs(text));
        }
    }
    let lines: String = lines.iter().map(|(name, text)| format!("  {name}: {{ {text} }}\n")).collect();
    format!("Resources:\n{lines}")
}

/// What `croft state export --resources` writes.
fn exported(memory: &Memory) -> Vec<String> {
    let mut all: Vec<String> =
        memory.control.cloud().export_resources().iter().map(|r| serde_json::to_string(r).expect("JSON")).collect();
    all.sort();
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 80, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn cfn_1_a_stack_that_fails_leaves_the_resources_as_they_were_to_the_letter(
        other in proptest::collection::btree_map(0..PARTS.len(), Just(()), 1..6),
        chosen in proptest::collection::btree_map(0..PARTS.len(), Just(()), 1..12),
        bad in 0..BAD.len(),
        after in 0..PARTS.len(),
        delete in any::<bool>(),
        dies in proptest::option::of(1..8_u64),
    ) {
        let mut memory = Memory::new();
        let neighbour = Asked { template: Some(template(1, &other, None)), ..memory.asked() };
        memory.deploy("neighbour", &neighbour).expect("it comes up");
        let before = exported(&memory);
        let asked = Asked {
            template: Some(template(2, &chosen, Some((bad, after)))),
            on_failure: delete.then_some(croft_model::stack::OnFailure::Delete),
            ..memory.asked()
        };
        // Whoever works on it may die on the way.
        (memory.commits, memory.dies_after) = (0, dies);
        memory.with(|stacks, scope| {
            if let Ok(begun) = stacks.create(scope, "web", &asked) {
                let _ = stacks.finish(&begun);
            }
        });
        memory.dies_after = None;
        memory.with(|stacks, _| {
            for one in stacks.resume().expect("it can be taken up") {
                stacks.finish(&Begun { stack_id: one.stack_id, after: 0 }).expect("it comes to an end");
            }
        });
        let ended = memory.control.cloud().stacks.values().find(|s| s.name == "web").expect("remembered").status;
        prop_assert_eq!(ended, if delete { Status::DeleteComplete } else { Status::RollbackComplete });
        prop_assert_eq!(&exported(&memory), &before);
        // And the same without what fails comes up, and goes without a trace.
        let asked = Asked { template: Some(template(2, &chosen, None)), ..memory.asked() };
        memory.deploy("web", &asked).expect("it comes up");
        memory.delete("web").expect("it goes");
        prop_assert_eq!(&exported(&memory), &before);
    }
}
