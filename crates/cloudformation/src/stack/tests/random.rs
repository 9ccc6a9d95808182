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
            memory.broken = if broken == 0 { vec!["Front".to_string()] } else { Vec::new() };
            let before = memory.bare();
            let stood = memory.control.cloud().stack(&croft_model::Scope::default(), "web").is_some_and(|s| !s.resources.is_empty());
            match memory.up(&template) {
                Ok(Done::Unchanged(_)) => prop_assert_eq!(memory.bare(), before),
                Ok(_) => {
                    prop_assert!(memory.plan(&template).expect("a plan").is_empty(), "it is what it says");
                    prop_assert!(matches!(memory.up(&template), Ok(Done::Unchanged(_))));
                }
                Err(StackError::RolledBack { .. }) if stood => update::similar(&memory.bare(), &before),
                Err(StackError::RolledBack { .. } | StackError::Template(_)) => prop_assert_eq!(memory.bare(), before),
                Err(other) => prop_assert!(false, "{}", other),
            }
        }
        if memory.control.cloud().stack(&croft_model::Scope::default(), "web").is_some() {
            memory.down().expect("it goes");
        }
        prop_assert_eq!(memory.bare(), empty);
    }
}
