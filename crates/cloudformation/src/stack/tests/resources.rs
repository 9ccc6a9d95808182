//! Each resource type: what it makes, what it changes in place, what it gives back.

use super::*;
use croft_control::{CreateInstanceProfile, CreateKeyPair};
use croft_model::SecurityGroupId;
use croft_model::group::Direction;

pub const BASE: &str = "
Resources:
  V: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: 10.0.0.0/16 } }
  S: { Type: 'AWS::EC2::Subnet', Properties: { VpcId: !Ref V, CidrBlock: 10.0.0.0/24 } }
  I: { Type: 'AWS::EC2::InternetGateway' }
  A: { Type: 'AWS::EC2::VPCGatewayAttachment', Properties: { VpcId: !Ref V, InternetGatewayId: !Ref I } }
";

pub fn with(rest: &str) -> String {
    format!("{BASE}{rest}")
}

fn outputs(memory: &Memory) -> BTreeMap<String, String> {
    memory.stack().version.outputs.iter().map(|o| (o.key.clone(), o.value.clone())).collect()
}

/// Rules of a direction as `protocol peer`.
fn rules(memory: &Memory, logical_id: &str, direction: Direction) -> Vec<String> {
    let id: SecurityGroupId = memory.physical(logical_id).parse().unwrap();
    let rules = &memory.control.cloud().security_groups[&id].rules;
    let of = rules.iter().filter(|r| r.direction == direction);
    of.map(|r| format!("{:?} {:?} {:?}", r.protocol, r.ports, r.peer)).collect()
}

const EVERYTHING: &str = "All All Ipv4(0.0.0.0/0)";

#[test]
fn sg_1_without_an_egress_section_the_default_rule_stays_and_with_one_only_what_it_lists() {
    let mut memory = Memory::new();
    let group = |egress: &str| {
        with(&format!(
            "  G:\n    Type: AWS::EC2::SecurityGroup\n    Properties:\n      VpcId: !Ref V\n      GroupDescription: g\n{egress}"
        ))
    };
    memory.up(&group("")).expect("up");
    assert_eq!(rules(&memory, "G", Direction::Egress), [EVERYTHING]);
    let one = "      SecurityGroupEgress: [{ IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 10.0.0.0/8 }]\n";
    memory.up(&group(one)).expect("changed");
    let only = ["Number(6) Range { from: 443, to: 443 } Ipv4(10.0.0.0/8)"];
    assert_eq!(rules(&memory, "G", Direction::Egress), only);
    memory.up(&group("      SecurityGroupEgress: []\n")).expect("changed");
    assert_eq!(rules(&memory, "G", Direction::Egress), [EVERYTHING]);
}

#[test]
fn sg_1_a_standalone_egress_rule_takes_the_default_rule_away_and_gives_it_back() {
    let mut memory = Memory::new();
    let group = "  G: { Type: 'AWS::EC2::SecurityGroup', Properties: { VpcId: !Ref V, GroupDescription: g } }\n";
    let rule = "  R:\n    Type: AWS::EC2::SecurityGroupEgress\n    Properties: { GroupId: !Ref G, IpProtocol: '-1', CidrIp: 0.0.0.0/0 }\n";
    let other = rule.replace("  R:", "  T:").replace("0.0.0.0/0", "10.0.0.0/8");
    memory.up(&with(&format!("{group}{other}"))).expect("up");
    assert_eq!(rules(&memory, "G", Direction::Egress), ["All All Ipv4(10.0.0.0/8)"]);
    // One that says what the default rule says is another rule, and stays.
    memory.up(&with(&format!("{group}{other}{rule}"))).expect("changed");
    assert_eq!(rules(&memory, "G", Direction::Egress), ["All All Ipv4(10.0.0.0/8)", EVERYTHING]);
    memory.up(&with(&format!("{group}{rule}"))).expect("changed");
    assert_eq!(rules(&memory, "G", Direction::Egress), [EVERYTHING]);
    memory.up(&with(group)).expect("changed");
    assert_eq!(rules(&memory, "G", Direction::Egress), [EVERYTHING]);
}

#[test]
fn sg_4_groups_that_name_themselves_and_each_other_by_rules_of_their_own() {
    let mut memory = Memory::new();
    let template = with(
        "
  One: { Type: 'AWS::EC2::SecurityGroup', Properties: { VpcId: !Ref V, GroupDescription: g, GroupName: one } }
  Two: { Type: 'AWS::EC2::SecurityGroup', Properties: { VpcId: !Ref V, GroupDescription: g } }
  Self:
    Type: AWS::EC2::SecurityGroupIngress
    Properties: { GroupId: !Ref One, IpProtocol: -1, SourceSecurityGroupId: !Ref One }
  There:
    Type: AWS::EC2::SecurityGroupIngress
    Properties: { GroupId: !GetAtt One.GroupId, IpProtocol: udp, FromPort: 53, ToPort: 53, SourceSecurityGroupId: !Ref Two }
  Back:
    Type: AWS::EC2::SecurityGroupIngress
    Properties: { GroupId: !Ref Two, IpProtocol: icmp, FromPort: 8, ToPort: -1, SourceSecurityGroupId: !Ref One }
",
    );
    memory.up(&template).expect("up");
    let (one, two) = (memory.physical("One"), memory.physical("Two"));
    let expected = [format!("All All Group({one})"), format!("Number(17) Range {{ from: 53, to: 53 }} Group({two})")];
    assert_eq!(rules(&memory, "One", Direction::Ingress), expected);
    let expected = format!("Number(1) Icmp {{ kind: 8, code: None }} Group({one})");
    assert_eq!(rules(&memory, "Two", Direction::Ingress), [expected]);
    let name = &memory.control.cloud().security_groups[&two.parse::<SecurityGroupId>().unwrap()].name;
    assert!(name.starts_with("web-Two-") && name.len() == "web-Two-".len() + 12, "{name}");
    memory.down().expect("it goes");
    assert!(memory.bare().vpcs.is_empty());
}

#[test]
fn net_4_an_interface_changes_in_place_and_goes_on_an_instance() {
    let mut memory = Memory::new();
    let interface = |properties: &str| {
        with(&format!(
            "
  G: {{ Type: 'AWS::EC2::SecurityGroup', Properties: {{ VpcId: !Ref V, GroupDescription: g }} }}
  N:
    Type: AWS::EC2::NetworkInterface
    Properties:
      SubnetId: !Ref S
      PrivateIpAddress: 10.0.0.10
{properties}
  M: {{ Type: 'AWS::EC2::Instance', Properties: {{ ImageId: ami-0c02fb55956c7d316, SubnetId: !Ref S }} }}
  T: {{ Type: 'AWS::EC2::NetworkInterfaceAttachment', Properties: {{ InstanceId: !Ref M, NetworkInterfaceId: !Ref N, DeviceIndex: '1' }} }}
Outputs:
  Primary: {{ Value: !GetAtt N.PrimaryPrivateIpAddress }}
  Secondary: {{ Value: !Join [' ', !GetAtt N.SecondaryPrivateIpAddresses] }}
"
        ))
    };
    let before = memory.bare();
    let first = interface("      PrivateIpAddresses: [{ Primary: false, PrivateIpAddress: 10.0.0.11 }]");
    memory.up(&first).expect("up");
    assert_eq!(outputs(&memory)["Primary"], "10.0.0.10");
    assert_eq!(outputs(&memory)["Secondary"], "10.0.0.11");
    let id = memory.physical("N");
    let second = interface(
        "      PrivateIpAddresses: [{ Primary: false, PrivateIpAddress: 10.0.0.12 }]
      SourceDestCheck: false
      Description: a middlebox
      GroupSet: [!Ref G]
      ConnectionTrackingSpecification: { UdpTimeout: 45 }",
    );
    memory.up(&second).expect("changed");
    assert_eq!((memory.physical("N"), outputs(&memory)["Secondary"].as_str()), (id.clone(), "10.0.0.12"));
    let held = memory.bare().interfaces[&id.parse::<croft_model::NetworkInterfaceId>().unwrap()].clone();
    assert!(!held.source_dest_check);
    assert_eq!((held.description.as_str(), held.idle.udp), ("a middlebox", 45));
    assert_eq!(held.groups[0].to_string(), memory.physical("G"));
    assert_eq!(held.attachment.as_ref().map(|a| (a.device_index, a.delete_on_termination)), Some((1, true)));
    memory.up(&first).expect("and back");
    let back = memory.bare().interfaces[&id.parse::<croft_model::NetworkInterfaceId>().unwrap()].clone();
    assert!(back.source_dest_check);
    assert_ne!(back.groups, held.groups);
    memory.down().expect("it goes");
    assert_eq!(memory.bare(), before);
}

#[test]
fn igw_4_elastic_ips_on_instances_and_interfaces() {
    let mut memory = Memory::new();
    let before = memory.bare();
    let template = |instance: &str| {
        with(&format!(
            "
  M: {{ Type: 'AWS::EC2::Instance', Properties: {{ ImageId: ami-0c02fb55956c7d316, SubnetId: !Ref S }} }}
  O: {{ Type: 'AWS::EC2::Instance', Properties: {{ ImageId: ami-0c02fb55956c7d316, SubnetId: !Ref S }} }}
  E: {{ Type: 'AWS::EC2::EIP', Properties: {{ {instance} }} }}
  F: {{ Type: 'AWS::EC2::EIP' }}
  N: {{ Type: 'AWS::EC2::NetworkInterface', Properties: {{ SubnetId: !Ref S }} }}
  P: {{ Type: 'AWS::EC2::EIPAssociation', Properties: {{ AllocationId: !GetAtt F.AllocationId, NetworkInterfaceId: !Ref N }} }}
Outputs:
  Elastic: {{ Value: !Ref E }}
"
        ))
    };
    memory.up(&template("InstanceId: !Ref M")).expect("up");
    let of = |memory: &Memory, logical_id: &str| {
        let cloud = memory.control.cloud();
        let instance = &cloud.instances[&memory.physical(logical_id).parse::<croft_model::InstanceId>().unwrap()];
        let interface = &cloud.interfaces[&instance.interfaces[0]];
        cloud.public_ip(interface, interface.private_ips[0]).map(|ip| ip.to_string())
    };
    let elastic = outputs(&memory)["Elastic"].clone();
    assert_eq!((of(&memory, "M"), of(&memory, "O")), (Some(elastic.clone()), None));
    memory.up(&template("InstanceId: !Ref O")).expect("moved");
    assert_eq!((of(&memory, "M"), of(&memory, "O")), (None, Some(elastic)));
    memory.up(&template("")).expect("taken off");
    assert_eq!((of(&memory, "M"), of(&memory, "O")), (None, None));
    memory.down().expect("it goes");
    assert_eq!(memory.bare(), before);
}

#[test]
fn sg_8_rt_5_a_prefix_list_grows_and_shrinks_under_a_route_and_a_rule() {
    let mut memory = Memory::new();
    let template = |max: u32, entries: &str| {
        with(&format!(
            "
  P:
    Type: AWS::EC2::PrefixList
    Properties: {{ PrefixListName: offices, AddressFamily: IPv4, MaxEntries: {max}, Entries: [{entries}] }}
  T: {{ Type: 'AWS::EC2::RouteTable', Properties: {{ VpcId: !Ref V }} }}
  R: {{ Type: 'AWS::EC2::Route', Properties: {{ RouteTableId: !Ref T, DestinationPrefixListId: !Ref P, GatewayId: !Ref I }} }}
  G:
    Type: AWS::EC2::SecurityGroup
    Properties:
      VpcId: !Ref V
      GroupDescription: g
      SecurityGroupIngress: [{{ IpProtocol: tcp, FromPort: 22, ToPort: 22, SourcePrefixListId: !GetAtt P.PrefixListId }}]
Outputs:
  Version: {{ Value: !GetAtt P.Version }}
  Arn: {{ Value: !GetAtt P.Arn }}
"
        ))
    };
    memory.up(&template(1, "{ Cidr: 198.51.100.0/24, Description: one }")).expect("up");
    assert_eq!(outputs(&memory)["Version"], "1");
    assert!(outputs(&memory)["Arn"].starts_with("arn:aws:ec2:us-east-1:000000000000:prefix-list/pl-"));
    memory.up(&template(3, "{ Cidr: 203.0.113.0/24 }, { Cidr: 192.0.2.0/24 }")).expect("grown");
    let list = memory.control.cloud().prefix_lists.values().next().expect("the list").clone();
    assert_eq!(list.entries.iter().map(|e| e.cidr.to_string()).collect::<Vec<_>>(), ["203.0.113.0/24", "192.0.2.0/24"]);
    memory.up(&template(1, "{ Cidr: 192.0.2.0/24 }")).expect("shrunk");
    let list = memory.control.cloud().prefix_lists.values().next().expect("the list").clone();
    assert_eq!((list.entries.len(), list.max_entries), (1, 1));
    assert_eq!(list.version.to_string(), outputs(&memory)["Version"]);
    memory.down().expect("it goes");
    assert!(memory.bare().prefix_lists.is_empty());
}

#[test]
fn net_1_more_blocks_and_subnets_in_them() {
    let mut memory = Memory::new();
    let before = memory.bare();
    let template = with(
        "
  B: { Type: 'AWS::EC2::VPCCidrBlock', Properties: { VpcId: !Ref V, CidrBlock: 10.1.0.0/16 } }
  U:
    Type: AWS::EC2::Subnet
    DependsOn: B
    Properties: { VpcId: !Ref V, CidrBlock: 10.1.0.0/24, AvailabilityZoneId: use1-az2 }
Outputs:
  Zone: { Value: !Sub '${U.AvailabilityZone} is ${U.AvailabilityZoneId}' }
",
    );
    memory.up(&template).expect("up");
    assert_eq!(outputs(&memory)["Zone"], "us-east-1b is use1-az2");
    memory.down().expect("it goes");
    assert_eq!(memory.bare(), before);
}

#[test]
fn nat_1_nat_5_public_gateways_with_more_addresses_and_private_ones() {
    let mut memory = Memory::new();
    let before = memory.bare();
    let template = |secondary: &str| {
        with(&format!(
            "
  E: {{ Type: 'AWS::EC2::EIP' }}
  F: {{ Type: 'AWS::EC2::EIP' }}
  N: {{ Type: 'AWS::EC2::NatGateway', Properties: {{ SubnetId: !Ref S, AllocationId: !GetAtt E.AllocationId{secondary} }} }}
  P: {{ Type: 'AWS::EC2::NatGateway', Properties: {{ SubnetId: !Ref S, ConnectivityType: private, PrivateIpAddress: 10.0.0.99 }} }}
Outputs:
  Interface: {{ Value: !GetAtt N.EniId }}
"
        ))
    };
    memory.up(&template("")).expect("up");
    let id = memory.physical("N");
    let addresses = |memory: &Memory| {
        memory.control.cloud().nat_gateways[&id.parse::<croft_model::NatGatewayId>().unwrap()].addresses.len()
    };
    memory.up(&template(", SecondaryAllocationIds: [!GetAtt F.AllocationId]")).expect("more");
    assert_eq!((addresses(&memory), memory.physical("N")), (2, id.clone()));
    memory.up(&template("")).expect("fewer");
    assert_eq!(addresses(&memory), 1);
    memory.down().expect("it goes");
    assert_eq!(memory.bare(), before);
}

#[test]
fn rt_2_a_route_to_a_whole_subnet_and_back_to_local() {
    let mut memory = Memory::new();
    let template = |target: &str| {
        with(&format!(
            "
  N: {{ Type: 'AWS::EC2::NetworkInterface', Properties: {{ SubnetId: !Ref S, SourceDestCheck: false }} }}
  T: {{ Type: 'AWS::EC2::RouteTable', Properties: {{ VpcId: !Ref V }} }}
  R: {{ Type: 'AWS::EC2::Route', Properties: {{ RouteTableId: !Ref T, DestinationCidrBlock: !GetAtt S.CidrBlock, {target} }} }}
"
        ))
    };
    memory.up(&template("NetworkInterfaceId: !Ref N")).expect("up");
    assert_eq!(memory.physical("R"), format!("{}|10.0.0.0/24", memory.physical("T")));
    memory.up(&template("GatewayId: local")).expect("back to local");
    let routes =
        &memory.control.cloud().route_tables[&memory.physical("T").parse::<croft_model::RouteTableId>().unwrap()];
    assert!(routes.routes.iter().all(|r| r.target == croft_model::route::RouteTarget::Local), "{routes:?}");
    memory.down().expect("it goes");
    assert!(memory.bare().vpcs.is_empty());
}

#[test]
fn an_instance_with_interfaces_of_its_own_and_one_that_exists() {
    let mut memory = Memory::new();
    let key = CreateKeyPair {
        key_name: "key".into(),
        kind: Default::default(),
        fingerprint: String::new(),
        public_key: String::new(),
        tags: Default::default(),
    };
    memory.run(key).expect("a key pair");
    let profile =
        CreateInstanceProfile { instance_profile_name: "profile".into(), path: None, tags: Default::default() };
    memory.run(profile).expect("a profile");
    let before = memory.bare();
    let template = with(
        "
  G: { Type: 'AWS::EC2::SecurityGroup', Properties: { VpcId: !Ref V, GroupDescription: g } }
  N: { Type: 'AWS::EC2::NetworkInterface', Properties: { SubnetId: !Ref S } }
  M:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: ami-0c02fb55956c7d316
      KeyName: key
      IamInstanceProfile: profile
      InstanceType: t3.small
      SourceDestCheck: false
      NetworkInterfaces:
        - { DeviceIndex: 0, SubnetId: !Ref S, GroupSet: [!Ref G], PrivateIpAddress: 10.0.0.50 }
        - { DeviceIndex: 1, NetworkInterfaceId: !Ref N }
  O:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: ami-0c02fb55956c7d316
      NetworkInterfaces: [{ DeviceIndex: 0, SubnetId: !Ref S, AssociatePublicIpAddress: true }]
Outputs:
  Ip: { Value: !GetAtt M.PrivateIp }
  State: { Value: !Sub '${M.State.Name} ${M.State.Code} ${M.AvailabilityZone}' }
  Public: { Value: !GetAtt O.PublicIp }
",
    );
    memory.up(&template).expect("up");
    assert_eq!(outputs(&memory)["Ip"], "10.0.0.50");
    assert_eq!(outputs(&memory)["State"], "running 16 us-east-1a");
    assert!(outputs(&memory)["Public"].starts_with("198."));
    let cloud = memory.bare();
    let instance = &cloud.instances[&memory.physical("M").parse::<croft_model::InstanceId>().unwrap()];
    assert_eq!(instance.interfaces.len(), 2);
    assert!(!cloud.interfaces[&instance.interfaces[0]].source_dest_check);
    assert_eq!((instance.key_name.as_deref(), instance.instance_profile.as_deref()), (Some("key"), Some("profile")));
    // Groups of interfaces are the interfaces' own: a tag changes nothing in them.
    let tagged =
        template.replace("      KeyName: key\n", "      KeyName: key\n      Tags: [{ Key: Name, Value: m }]\n");
    memory.up(&tagged).expect("tagged");
    let cloud = memory.bare();
    let instance = &cloud.instances[&memory.physical("M").parse::<croft_model::InstanceId>().unwrap()];
    assert_eq!(instance.tags["Name"], "m");
    assert_eq!(cloud.interfaces[&instance.interfaces[0]].groups[0].to_string(), memory.physical("G"));
    memory.down().expect("it goes");
    assert_eq!(memory.bare(), before);
}
