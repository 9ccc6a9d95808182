//! Deletion policies, and what the engine does upon an error of its own (row CFN-1).

use super::*;
use croft_model::stack::OnFailure;

const KEPT_ONCE_MADE: &str = "
Resources:
  V: { Type: 'AWS::EC2::VPC', DeletionPolicy: RetainExceptOnCreate, Properties: { CidrBlock: 10.0.0.0/16 } }
  S: { Type: 'AWS::EC2::Subnet', Properties: { VpcId: !Ref V, CidrBlock: 10.0.0.0/24 } }
";

#[test]
fn cfn_1_what_is_retained_except_on_create_goes_with_a_failed_creation_alone() {
    let wrong = KEPT_ONCE_MADE.replace("10.0.0.0/24", "10.9.0.0/24");
    for on_failure in [OnFailure::Rollback, OnFailure::Delete] {
        let mut memory = Memory::new();
        let asked = Asked { template: Some(wrong.clone()), on_failure: Some(on_failure), ..Asked::default() };
        memory.with(|stacks, scope| {
            let begun = stacks.create(scope, "web", &asked).expect("taken on");
            stacks.finish(&begun).expect("it comes to an end")
        });
        assert!(memory.bare().vpcs.is_empty(), "{on_failure:?}");
    }
    let mut memory = Memory::new();
    memory.up(KEPT_ONCE_MADE).expect("it comes up");
    memory.down().expect("it goes");
    assert_eq!((memory.bare().vpcs.len(), memory.bare().subnets.len()), (1, 0));
    let skipped = memory.events.iter().find(|e| e.logical_id == "V").map(|e| e.status);
    assert_eq!(skipped, Some(Status::DeleteSkipped));
    // An update that makes it and fails takes it along.
    let mut memory = Memory::new();
    memory.up("Resources:\n  I: { Type: 'AWS::EC2::InternetGateway' }\n").expect("it comes up");
    memory.up(&wrong).expect_err("there is no room");
    assert!(memory.bare().vpcs.is_empty());
    assert_eq!(memory.stack().status, Status::UpdateRollbackComplete);
}

#[test]
fn cfn_1_after_an_error_of_the_engine_s_own_a_stack_has_failed_and_can_be_deleted() {
    let mut memory = Memory::new();
    memory.breaks_after = Some(2);
    let outcome = memory.with(|stacks, scope| {
        let begun = stacks.create(scope, "web", &Asked { template: Some(TIERS.to_string()), ..Asked::default() });
        stacks.finish(&begun.expect("taken on")).expect("it comes to an end")
    });
    assert_eq!(outcome.stack.status, Status::CreateFailed);
    assert_eq!(outcome.reason.as_deref(), Some("Internal Failure"));
    assert_eq!(outcome.stack.work, None);
    assert!(memory.heard.iter().any(|said| said.contains("an error of Croft's own")), "{:?}", memory.heard);
    assert!(memory.bare().vpcs.len() == 1, "what was made stays until the stack is deleted");
    memory.down().expect("it goes");
    assert!(memory.bare().vpcs.is_empty());
}

#[test]
fn igw_1_a_gateway_goes_along_when_its_vpc_is_replaced_and_back_when_that_fails() {
    let with = |block: &str, rest: &str| {
        format!(
            "
Resources:
  V: {{ Type: 'AWS::EC2::VPC', Properties: {{ CidrBlock: {block}.0.0/16 }} }}
  I: {{ Type: 'AWS::EC2::InternetGateway' }}
  A: {{ Type: 'AWS::EC2::VPCGatewayAttachment', Properties: {{ VpcId: !Ref V, InternetGatewayId: !Ref I }} }}
  T: {{ Type: 'AWS::EC2::RouteTable', Properties: {{ VpcId: !Ref V }} }}
  R:
    Type: AWS::EC2::Route
    DependsOn: A
    Properties: {{ RouteTableId: !Ref T, DestinationCidrBlock: 0.0.0.0/0, GatewayId: !Ref I }}
{rest}"
        )
    };
    let mut memory = Memory::new();
    memory.up(&with("10.0", "")).expect("it comes up");
    let (vpc, gateway) = (memory.physical("V"), memory.physical("I"));
    let of =
        |memory: &Memory| memory.bare().internet_gateways.values().next().unwrap().vpc.as_ref().map(|v| v.to_string());
    assert_eq!(of(&memory), Some(vpc.clone()));
    let worse =
        "  S: { Type: 'AWS::EC2::Subnet', DependsOn: R, Properties: { VpcId: !Ref V, CidrBlock: 10.9.0.0/24 } }\n";
    memory.up(&with("10.1", worse)).expect_err("the subnet has no room");
    assert_eq!((memory.physical("V"), of(&memory)), (vpc.clone(), Some(vpc.clone())));
    assert_eq!(memory.stack().status, Status::UpdateRollbackComplete);
    memory.up(&with("10.1", "")).expect("it is replaced");
    assert_ne!(memory.physical("V"), vpc);
    assert_eq!((memory.physical("I"), of(&memory)), (gateway, Some(memory.physical("V"))));
    assert_eq!(memory.physical("A"), format!("IGW|{}", memory.physical("V")));
    assert_eq!(memory.bare().vpcs.len(), 1);
    memory.down().expect("it goes");
    assert!(memory.bare().vpcs.is_empty());
}

#[test]
fn cfn_1_what_names_an_attribute_of_a_skipped_resource_by_a_parameter_is_skipped_too() {
    let template = "
Parameters: { Which: { Type: String, Default: Arn } }
Resources:
  Queue: { Type: 'AWS::SQS::Queue' }
  V:
    Type: AWS::EC2::VPC
    Properties:
      CidrBlock: 10.0.0.0/16
  G:
    Type: AWS::EC2::InternetGateway
    Properties: { Tags: [{ Key: of, Value: !GetAtt [Queue, !Ref Which] }] }
";
    let mut memory = Memory::new();
    let asked = Asked { skip_unsupported: true, ..memory.asked() };
    let asked = Asked { template: Some(template.to_string()), ..asked };
    memory.deploy("web", &asked).expect("the rest comes up");
    let names: Vec<String> = memory.resources().into_iter().map(|r| r.logical_id).collect();
    assert_eq!(names, ["V"]);
}
