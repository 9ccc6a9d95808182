//! Runs that died halfway: the next one takes up what they left.

use super::*;
use croft_control::{PutStack, RunInstances};

const EACH: &[&str] = &[
    "VPC",
    "Gateway",
    "Attachment",
    "ElasticIP",
    "PublicSubnet1",
    "PublicTable",
    "PublicRoute",
    "PublicAssociation1",
    "AppACL",
    "AppACLIn",
    "AppACLAssociation",
    "ALBSecurityGroup",
    "Front",
    "NATGateway",
];

/// As if the run had died when this had been made and was not written down yet.
fn lose(memory: &mut Memory, lost: &str) {
    let mut stack = memory.stack().clone();
    stack.status = "CREATE_IN_PROGRESS".to_string();
    let entry = stack.resources.iter_mut().find(|r| r.logical_id == lost).expect("held");
    entry.physical_id = None;
    entry.status = "CREATE_IN_PROGRESS".to_string();
    memory.run(PutStack { stack }).expect("put");
}

#[test]
fn a_creation_that_died_is_taken_up_where_it_stopped() {
    let mut memory = Memory::new();
    memory.up(TIERS).expect("it comes up");
    let (whole, resources) = (memory.bare(), memory.stack().resources.len());
    for lost in EACH {
        lose(&mut memory, lost);
        memory.up(TIERS).unwrap_or_else(|e| panic!("{lost}: {e}"));
        assert_eq!(memory.stack().resources.len(), resources);
        assert_eq!(memory.bare(), whole, "{lost} was found again");
    }
}

#[test]
fn a_creation_that_died_can_be_deleted_wholly() {
    for lost in EACH {
        let mut memory = Memory::new();
        let before = memory.bare();
        memory.up(TIERS).expect("it comes up");
        lose(&mut memory, lost);
        memory.down().unwrap_or_else(|e| panic!("{lost}: {e}"));
        assert_eq!(memory.bare(), before, "{lost}");
    }
}

#[test]
fn what_was_still_coming_up_is_waited_for() {
    let mut memory = Memory::new();
    let template = "
Resources:
  V: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: 10.0.0.0/16 } }
  S: { Type: 'AWS::EC2::Subnet', Properties: { VpcId: !Ref V, CidrBlock: 10.0.0.0/24 } }
  M: { Type: 'AWS::EC2::Instance', Properties: { ImageId: ami-0c02fb55956c7d316, SubnetId: !Ref S } }
";
    memory.up(template).expect("it comes up");
    let (whole, image_id) = (memory.bare(), "ami-0c02fb55956c7d316".to_string());
    // Another instance that is on its way, in the record in the place of the one that runs.
    let pending = memory
        .run(RunInstances {
            image_id,
            subnet_id: Some(memory.physical("S").parse().unwrap()),
            ..RunInstances::default()
        })
        .expect("pending")
        .remove(0);
    let mut stack = memory.stack().clone();
    stack.status = "CREATE_IN_PROGRESS".to_string();
    let entry = stack.resources.iter_mut().find(|r| r.logical_id == "M").expect("held");
    entry.physical_id = Some(pending.id.to_string());
    entry.status = "CREATE_IN_PROGRESS".to_string();
    memory.run(PutStack { stack }).expect("put");
    memory.up(template).expect("it comes up");
    assert_eq!(memory.physical("M"), pending.id.to_string());
    assert_eq!(memory.stack().resources.len(), 3);
    assert_eq!(memory.bare().instances.len(), whole.instances.len() + 1);
}

#[test]
fn an_update_that_died_before_it_was_done_is_done_again() {
    let mut memory = Memory::new();
    memory.up(TIERS).expect("it comes up");
    let mut stack = memory.stack().clone();
    stack.status = "UPDATE_IN_PROGRESS".to_string();
    let entry = stack.resources.iter_mut().find(|r| r.logical_id == "ALBSecurityGroup").expect("held");
    entry.status = "UPDATE_IN_PROGRESS".to_string();
    memory.run(PutStack { stack }).expect("put");
    let changed = TIERS.replace("CidrIp: 0.0.0.0/0", "CidrIp: 198.51.100.0/24");
    memory.up(&changed).expect("it changes");
    let group: croft_model::SecurityGroupId = memory.physical("ALBSecurityGroup").parse().unwrap();
    let rules = format!("{:?}", memory.control.cloud().security_groups[&group].rules);
    assert!(rules.contains("198.51.100.0/24"), "{rules}");
    assert_eq!(memory.stack().status, "UPDATE_COMPLETE");
    memory.up(TIERS).expect("and back");
    // The same where the cloud had been changed and the record had not.
    let mut stack = memory.stack().clone();
    memory.up(&changed).expect("it changes");
    stack.status = "UPDATE_IN_PROGRESS".to_string();
    memory.run(PutStack { stack }).expect("put");
    memory.up(&changed).expect("it is so already");
    assert!(matches!(memory.up(&changed), Ok(Done::Unchanged(_))));
}
