//! Security groups in further VPCs (row SG-12): what may be associated, who may carry and name the group then, and what
//! keeps it there.

mod world;

use croft_control::*;
use croft_model::group::Peer;
use croft_model::subnet::Subnet;
use croft_model::vpc::Vpc;
use croft_model::*;
use world::*;

struct Two {
    w: World,
    /// The VPC in which the group was made.
    own: Vpc,
    other: Vpc,
    /// Of the other VPC.
    subnet: Subnet,
    group: SecurityGroupId,
}

/// Two VPCs with one block, and a group of the first.
fn two() -> Two {
    let mut w = World::new();
    let (own, other) = (w.vpc("10.0.0.0/16"), w.vpc("10.0.0.0/16"));
    let subnet = w.subnet(&other, "10.0.1.0/24");
    let group = w.group(&own, "shared");
    Two { w, own, other, subnet, group }
}

fn associate(group: &SecurityGroupId, vpc: &Vpc) -> AssociateSecurityGroupVpc {
    AssociateSecurityGroupVpc { group_id: group.clone(), vpc_id: vpc.id.clone() }
}

fn disassociate(group: &SecurityGroupId, vpc: &Vpc) -> DisassociateSecurityGroupVpc {
    DisassociateSecurityGroupVpc { group_id: group.clone(), vpc_id: vpc.id.clone() }
}

fn with_group(subnet: &Subnet, group: &SecurityGroupId) -> CreateNetworkInterface {
    CreateNetworkInterface { groups: vec![group.clone()], ..create_interface(subnet) }
}

#[test]
fn sg_12_interfaces_of_an_associated_vpc_may_carry_the_group() {
    let Two { mut w, other, subnet, group, .. } = two();
    let launch = RunInstances { security_group_ids: vec![group.clone()], ..run_instances(&subnet) };
    w.refused(with_group(&subnet, &group), "InvalidGroup.NotFound");
    w.refused(launch.clone(), "InvalidParameter");
    let plain = w.interface(&subnet);
    let modify = ModifyNetworkInterfaceAttribute {
        groups: Some(vec![group.clone()]),
        ..ModifyNetworkInterfaceAttribute::of(plain.id.clone())
    };
    w.refused(modify.clone(), "InvalidGroup.NotFound");

    w.run(associate(&group, &other));
    assert_eq!(w.run(with_group(&subnet, &group)).groups, std::slice::from_ref(&group));
    let instance = w.run(launch).remove(0);
    assert_eq!(w.primary(&instance.id).groups, std::slice::from_ref(&group));
    w.run(modify);
    assert_eq!(w.cloud().interfaces[&plain.id].groups, std::slice::from_ref(&group));
}

#[test]
fn sg_12_an_instance_of_an_associated_vpc_may_take_the_group() {
    let Two { mut w, other, subnet, group, .. } = two();
    let instance = w.launch(&subnet).id;
    let take = ModifyInstanceAttribute {
        instance_id: instance.clone(),
        attribute: InstanceAttribute::Groups(vec![group.clone()]),
    };
    w.refused(take.clone(), "InvalidGroup.NotFound");
    w.run(associate(&group, &other));
    w.run(take);
    assert_eq!(w.primary(&instance).groups, [group]);
}

#[test]
fn sg_12_default_groups_and_default_vpcs_are_not_associated() {
    let Two { mut w, own, other, group, .. } = two();
    let default = w.run(CreateDefaultVpc {});
    w.refused(associate(&own.default_security_group, &other), "InvalidParameterValue");
    w.refused(associate(&group, &default), "InvalidParameterValue");
    // Only the VPC that it goes to matters.
    let of_default = w.group(&default, "web");
    w.run(associate(&of_default, &other));
}

#[test]
fn sg_12_a_group_is_associated_with_a_vpc_once_and_never_with_its_own() {
    let Two { mut w, own, other, group, .. } = two();
    w.refused(associate(&group, &own), "Resource.AlreadyAssociated");
    w.run(associate(&group, &other));
    w.refused(associate(&group, &other), "Resource.AlreadyAssociated");
    w.run(disassociate(&group, &other));
    w.refused(disassociate(&group, &other), "InvalidAssociationID.NotFound");
    w.refused(disassociate(&group, &own), "InvalidAssociationID.NotFound");
    w.run(associate(&group, &other));
}

#[test]
fn sg_12_groups_and_vpcs_that_are_not_there_are_told_by_their_codes() {
    let Two { mut w, own, other, group, .. } = two();
    let (no_group, no_vpc) = ("sg-1".parse::<SecurityGroupId>().unwrap(), "vpc-1".parse::<VpcId>().unwrap());
    w.refused(associate(&no_group, &other), "InvalidGroup.NotFound");
    w.refused(AssociateSecurityGroupVpc { group_id: group.clone(), vpc_id: no_vpc.clone() }, "InvalidVpcID.NotFound");
    w.refused(disassociate(&no_group, &other), "InvalidGroup.NotFound");
    w.refused(DisassociateSecurityGroupVpc { group_id: group.clone(), vpc_id: no_vpc }, "InvalidVpcID.NotFound");
    // Nor from another account or region.
    for (account, region) in [("111111111111", "us-east-1"), ("000000000000", "eu-west-3")] {
        w.context.scope = Scope::new(account, region).unwrap();
        let theirs = w.vpc("10.0.0.0/16");
        w.refused(associate(&group, &theirs), "InvalidGroup.NotFound");
        let their_group = w.group(&theirs, "shared");
        w.refused(associate(&their_group, &own), "InvalidVpcID.NotFound");
    }
}

#[test]
fn sg_12_what_an_interface_carries_is_not_disassociated() {
    let Two { mut w, own, other, subnet, group } = two();
    w.run(associate(&group, &other));
    let interface = w.run(with_group(&subnet, &group));
    let message = w.refused(disassociate(&group, &other), "DependencyViolation");
    assert!(message.contains(interface.id.as_str()), "{message}");
    // One of its own VPC does not matter.
    let home = w.subnet(&own, "10.0.1.0/24");
    w.run(with_group(&home, &group));
    w.run(DeleteNetworkInterface { network_interface_id: interface.id });
    w.run(disassociate(&group, &other));
}

#[test]
fn sg_12_an_association_keeps_the_group_and_both_vpcs() {
    let Two { mut w, own, other, subnet, group } = two();
    w.run(associate(&group, &other));
    w.refused(DeleteSecurityGroup { group_id: group.clone() }, "DependencyViolation");
    w.run(DeleteSubnet { subnet_id: subnet.id });
    let message = w.refused(DeleteVpc { vpc_id: other.id.clone() }, "DependencyViolation");
    assert!(message.contains(group.as_str()), "{message}");
    w.refused(DeleteVpc { vpc_id: own.id.clone() }, "DependencyViolation");
    w.run(disassociate(&group, &other));
    w.run(DeleteVpc { vpc_id: other.id });
    w.run(DeleteSecurityGroup { group_id: group });
    w.run(DeleteVpc { vpc_id: own.id });
}

#[test]
fn sg_12_rules_name_groups_that_can_be_used_in_their_groups_vpc() {
    let Two { mut w, own, other, group, .. } = two();
    let (theirs, friend) = (w.group(&other, "theirs"), w.group(&own, "friend"));
    let from = |peer: &SecurityGroupId| vec![tcp(80, Peer::Group(peer.clone()))];
    w.refused(ingress(&theirs, from(&group)), "InvalidGroup.NotFound");
    w.run(associate(&group, &other));
    w.run(ingress(&theirs, from(&group)));
    w.run(ingress(&group, from(&friend)));
    // Those of the other VPC stay the other VPC's.
    w.refused(ingress(&group, from(&theirs)), "InvalidGroup.NotFound");
    w.refused(ingress(&theirs, from(&friend)), "InvalidGroup.NotFound");
}

#[test]
fn sg_12_a_rule_is_stale_once_its_group_is_disassociated() {
    let Two { mut w, other, group, .. } = two();
    let theirs = w.group(&other, "theirs");
    w.run(associate(&group, &other));
    let rule = w.run(ingress(&theirs, vec![tcp(80, Peer::Group(group.clone())), tcp(81, everyone())])).remove(0);
    let stale = |w: &World| -> Vec<SecurityGroupRuleId> {
        w.cloud().stale_rules(&w.cloud().security_groups[&theirs]).map(|r| r.id.clone()).collect()
    };
    assert_eq!(stale(&w), []);
    w.run(disassociate(&group, &other));
    assert_eq!(stale(&w), std::slice::from_ref(&rule.id));
    w.run(associate(&group, &other));
    assert_eq!(stale(&w), []);
    // A stale rule of another VPC does not keep the group, and can be taken away when it is gone.
    w.run(disassociate(&group, &other));
    w.run(DeleteSecurityGroup { group_id: group.clone() });
    assert_eq!(stale(&w), [rule.id]);
    w.run(RevokeSecurityGroupIngress {
        group_id: theirs.clone(),
        ip_permissions: vec![tcp(80, Peer::Group(group))],
        security_group_rule_ids: vec![],
    });
    assert_eq!(stale(&w), []);
}
