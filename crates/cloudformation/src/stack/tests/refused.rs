//! What is refused before anything is made.

use super::resources::with;
use super::*;

#[test]
fn sg_4_a_circle_of_inline_rules_is_refused_with_its_path_and_the_way_out() {
    let mut memory = Memory::new();
    let group = |name: &str, of: &str| {
        format!(
            "  {name}:\n    Type: AWS::EC2::SecurityGroup\n    Properties:\n      GroupDescription: g\n      VpcId: !Ref V\n      SecurityGroupIngress: [{{ IpProtocol: -1, SourceSecurityGroupId: !Ref {of} }}]\n"
        )
    };
    let before = memory.control.cloud().clone();
    let text = said(memory.up(&with(&(group("One", "Two") + &group("Two", "One")))));
    assert!(text.contains("template.yaml:7:3: One: the resources go round in a circle: One → Two → One; "), "{text}");
    assert!(text.contains("AWS::EC2::SecurityGroupIngress"), "{text}");
    let text = said(memory.up(&with(&group("One", "One"))));
    assert!(text.contains("One → One"), "{text}");
    assert_eq!(*memory.control.cloud(), before);
}

#[test]
fn nat_7_a_regional_gateway_is_refused_by_name() {
    let mut memory = Memory::new();
    let template =
        with("  N: { Type: 'AWS::EC2::NatGateway', Properties: { SubnetId: !Ref S, AvailabilityMode: regional } }\n");
    let text = said(memory.up(&template));
    assert!(text.contains("template.yaml:7:70: N: a regional NAT gateway is not supported yet"), "{text}");
    assert!(memory.bare().vpcs.is_empty());
}

#[test]
fn what_aws_has_and_is_not_here_is_refused_by_name() {
    let mut memory = Memory::new();
    let cases = [
        (
            "R: { Type: 'AWS::EC2::Route', Properties: { RouteTableId: rtb-1, DestinationCidrBlock: 0.0.0.0/0, TransitGatewayId: tgw-1 } }",
            "the property TransitGatewayId of AWS::EC2::Route is not supported; transit gateways are not supported yet",
        ),
        (
            "M: { Type: 'AWS::EC2::Instance', Properties: { ImageId: a, SubnetId: !Ref S, UserData: '#!/bin/sh' } }",
            "UserData is not base64: wrap the script in Fn::Base64",
        ),
        (
            "R: { Type: 'AWS::EC2::Route', Properties: { RouteTableId: rtb-1, DestinationCidrBlock: 0.0.0.0/0 } }",
            "AWS::EC2::Route names none of GatewayId, NatGatewayId, NetworkInterfaceId, InstanceId, EgressOnlyInternetGatewayId; give one of them",
        ),
        (
            "R: { Type: 'AWS::EC2::Route', Properties: { RouteTableId: rtb-1, DestinationCidrBlock: 0.0.0.0/0, GatewayId: !Ref I, InstanceId: i-1 } }",
            "AWS::EC2::Route names both GatewayId and InstanceId; they exclude each other: keep one",
        ),
        (
            "G: { Type: 'AWS::EC2::SecurityGroup', Properties: { GroupDescription: g, SecurityGroupIngress: [{ IpProtocol: tcp, FromPort: 80, CidrIp: 0.0.0.0/0 }] } }",
            "a rule of TCP or UDP needs both ends of its ports",
        ),
        (
            "E: { Type: 'AWS::EC2::NetworkAclEntry', Properties: { NetworkAclId: acl-1, RuleNumber: 1, Protocol: 6, RuleAction: allow, CidrBlock: 0.0.0.0/0 } }",
            "a rule of TCP or UDP needs both ends of its ports",
        ),
        (
            "E: { Type: 'AWS::EC2::NetworkAclEntry', Properties: { NetworkAclId: acl-1, RuleNumber: 32767, Protocol: 6, RuleAction: allow, CidrBlock: 0.0.0.0/0, PortRange: { From: 1, To: 2 } } }",
            "RuleNumber is a whole number from 1 to 32766, and this is \"32767\"",
        ),
        (
            "G: { Type: 'AWS::EC2::SecurityGroup', Properties: { GroupDescription: g, Tags: [{ Key: 'aws:x', Value: y }] } }",
            "Tags.Key is a text that does not begin with aws:, and this is \"aws:x\"",
        ),
        (
            "M: { Type: 'AWS::EC2::Instance', Properties: { ImageId: ami-0c02fb55956c7d316, SubnetId: !Ref S, AvailabilityZone: us-east-1c } }",
            "Value (us-east-1c) for parameter availabilityZone is invalid. The subnet",
        ),
        (
            "M: { Type: 'AWS::EC2::Instance', Properties: { SubnetId: !Ref S } }",
            "ImageId is missing; AWS::EC2::Instance needs it",
        ),
        (
            "K: { Type: 'AWS::EC2::KeyPair', Properties: { KeyName: one } }",
            "PublicKeyMaterial is missing; give the public key of a pair of yours",
        ),
        (
            "U: { Type: 'AWS::EC2::Volume', Properties: { AvailabilityZone: us-east-1a, Size: 8 } }",
            "the resource type AWS::EC2::Volume is not supported; a volume is made at launch: give BlockDeviceMappings",
        ),
    ];
    for (resource, expected) in cases {
        let text = said(memory.up(&with(&format!("  {resource}\n"))));
        assert!(text.contains(expected), "{resource}\n{text}");
        assert!(text.contains("template.yaml:7:"), "{text}");
        assert!(memory.bare().vpcs.is_empty());
    }
}
