//! What becomes of a stack when a step fails, as it was asked for (row CFN-1).

use super::*;
use croft_model::stack::OnFailure;

/// Two VPCs, and a subnet that the first has no room for; the second VPC needs nothing of it.
const BAD: &str = "
Resources:
  V: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: 10.0.0.0/16 } }
  Bad: { Type: 'AWS::EC2::Subnet', Properties: { VpcId: !Ref V, CidrBlock: 10.9.0.0/24 } }
  Other: { Type: 'AWS::EC2::VPC', DependsOn: V, Properties: { CidrBlock: 10.1.0.0/16 } }
";

fn good() -> String {
    BAD.replace("10.9.0.0/24", "10.0.0.0/24")
}

fn asked(template: &str, on_failure: OnFailure) -> Asked {
    Asked { template: Some(template.to_string()), on_failure: Some(on_failure), ..Asked::default() }
}

/// Creates or updates, and waits.
fn deploy(memory: &mut Memory, asked: &Asked) -> Outcome {
    let before = memory.control.cloud().clone();
    let outcome = memory.with(|stacks, scope| {
        let begun = match stacks.host().cloud().stack(scope, "web") {
            Some(_) => stacks.update(scope, "web", asked)?,
            None => stacks.create(scope, "web", asked)?,
        };
        stacks.finish(&begun)
    });
    memory.events = memory.news(&before);
    outcome.expect("it was taken on")
}

/// The stack's own events as `STATUS: reason`.
fn story(memory: &Memory) -> Vec<String> {
    let own = memory.events.iter().filter(|e| e.kind == STACK_TYPE);
    own.map(|e| format!("{}: {}", e.status, e.reason.as_deref().unwrap_or(""))).collect()
}

const FAILED: &str = "The following resource(s) failed to create: [Bad].";

#[test]
fn cfn_1_a_creation_that_fails_is_rolled_back_left_or_deleted_as_asked() {
    let cases = [
        (
            OnFailure::Rollback,
            vec![format!("ROLLBACK_IN_PROGRESS: {FAILED} Rollback requested by user."), "ROLLBACK_COMPLETE: ".into()],
        ),
        (OnFailure::DoNothing, vec![format!("CREATE_FAILED: {FAILED} ")]),
        (
            OnFailure::Delete,
            vec![format!("DELETE_IN_PROGRESS: {FAILED} Delete requested by user."), "DELETE_COMPLETE: ".into()],
        ),
    ];
    for (on_failure, expected) in cases {
        let mut memory = Memory::new();
        let before = memory.bare();
        let outcome = deploy(&mut memory, &asked(BAD, on_failure));
        assert_eq!(outcome.failures.len(), 1, "{outcome:?}");
        assert!(outcome.failures[0].1.contains("InvalidSubnet.Range"), "{outcome:?}");
        let told = story(&memory);
        assert_eq!(told[0], "CREATE_IN_PROGRESS: User Initiated");
        assert_eq!(told[1..], expected);
        match on_failure {
            // What does not need what failed is made all the same.
            OnFailure::DoNothing => assert_eq!(memory.bare().vpcs.len(), 2),
            _ => assert_eq!(memory.bare(), before),
        }
    }
}

#[test]
fn cfn_1_what_was_left_after_a_failed_creation_goes_back_or_on() {
    let mut memory = Memory::new();
    let before = memory.bare();
    deploy(&mut memory, &asked(BAD, OnFailure::DoNothing));
    let begun = memory.with(|stacks, scope| {
        let begun = stacks.roll_back(scope, "web", None).expect("it is CREATE_FAILED");
        stacks.finish(&begun).expect("it comes to an end")
    });
    assert_eq!(begun.stack.status, Status::RollbackComplete);
    assert_eq!(memory.bare(), before);
    let again = memory.with(|stacks, scope| stacks.roll_back(scope, "web", None)).expect_err("once");
    assert!(again.to_string().ends_with("is in ROLLBACK_COMPLETE state and can not be rolled back."), "{again}");
    memory.down().expect("it goes");
    // Or it is mended.
    deploy(&mut memory, &asked(BAD, OnFailure::DoNothing));
    let vpc = memory.physical("V");
    let outcome = deploy(&mut memory, &asked(&good(), OnFailure::DoNothing));
    assert_eq!(outcome.stack.status, Status::UpdateComplete);
    assert_eq!(memory.physical("V"), vpc);
    assert_eq!(memory.bare().subnets.len(), 1);
}

#[test]
fn cfn_1_what_was_left_after_a_failed_update_goes_back_to_what_was_whole() {
    let mut memory = Memory::new();
    deploy(&mut memory, &asked(&good(), OnFailure::Rollback));
    let (before, version) = (memory.bare(), memory.stack().version.clone());
    let worse = good().replace("10.1.0.0/16", "10.2.0.0/16").replace(
        "  Other:",
        "  Worse: { Type: 'AWS::EC2::Subnet', Properties: { VpcId: !Ref Other, CidrBlock: 10.9.0.0/24 } }\n  Other:",
    );
    let outcome = deploy(&mut memory, &asked(&worse, OnFailure::DoNothing));
    assert_eq!(outcome.stack.status, Status::UpdateFailed);
    assert_eq!(story(&memory)[1], "UPDATE_FAILED: The following resource(s) failed to create: [Worse]. ");
    // Worse still.
    let worst = worse.replace("10.9.0.0/24", "10.8.0.0/24");
    assert_eq!(deploy(&mut memory, &asked(&worst, OnFailure::DoNothing)).stack.status, Status::UpdateFailed);
    let outcome = memory.with(|stacks, scope| {
        let begun = stacks.roll_back(scope, "web", None).expect("it is UPDATE_FAILED");
        stacks.finish(&begun).expect("it comes to an end")
    });
    assert_eq!(outcome.stack.status, Status::UpdateRollbackComplete);
    assert_eq!((memory.bare(), memory.stack().version.clone()), (before, version));
}

#[test]
fn cfn_1_a_rollback_that_cannot_be_done_goes_on_later_or_without_what_cannot() {
    let group = |description: &str, cidr: &str| {
        format!(
            "
Resources:
  V: {{ Type: 'AWS::EC2::VPC', Properties: {{ CidrBlock: 10.0.0.0/16 }} }}
  G:
    Type: AWS::EC2::SecurityGroup
    Properties:
      VpcId: !Ref V
      GroupDescription: g
      SecurityGroupIngress: [{{ IpProtocol: tcp, FromPort: 1, ToPort: 1, CidrIp: {cidr} }}]
  {description}
"
        )
    };
    let late = |gone: bool, skip: &[&str]| {
        let mut memory = Memory::new();
        deploy(
            &mut memory,
            &asked(&group("I: { Type: 'AWS::EC2::InternetGateway' }", "10.0.0.0/8"), OnFailure::Rollback),
        );
        let id = memory.physical("G").parse().unwrap();
        // Left as it is, so that somebody can get in between.
        let bad =
            "B: { Type: 'AWS::EC2::Subnet', DependsOn: G, Properties: { VpcId: !Ref V, CidrBlock: 10.9.0.0/24 } }";
        let outcome = deploy(&mut memory, &asked(&group(bad, "10.1.0.0/16"), OnFailure::DoNothing));
        assert_eq!(outcome.stack.status, Status::UpdateFailed, "{outcome:?}");
        if gone {
            memory.run(croft_control::DeleteSecurityGroup { group_id: id }).expect("by hand");
        }
        let status = memory.with(|stacks, scope| {
            let begun = stacks.roll_back(scope, "web", None).expect("it is UPDATE_FAILED");
            let status = stacks.finish(&begun).expect("it comes to an end").stack.status;
            if status == Status::UpdateRollbackComplete {
                return status;
            }
            let busy = stacks.update(scope, "web", &Asked::default()).expect_err("it is stuck").to_string();
            assert!(busy.contains("is in UPDATE_ROLLBACK_FAILED state and can not be updated."), "{busy}");
            let unknown = ["X".to_string()].into();
            stacks.continue_update_rollback(scope, "web", &unknown, None).expect_err("there is no X");
            let skip = skip.iter().map(|name| name.to_string()).collect();
            let begun = stacks.continue_update_rollback(scope, "web", &skip, None).expect("it can go on");
            stacks.finish(&begun).expect("it comes to an end").stack.status
        });
        let failed = memory.control.cloud().stack_events.values().any(|e| e.status == Status::UpdateRollbackFailed);
        (status, failed)
    };
    assert_eq!(late(false, &[]), (Status::UpdateRollbackComplete, false));
    assert_eq!(late(true, &[]), (Status::UpdateRollbackFailed, true));
    assert_eq!(late(true, &["G"]), (Status::UpdateRollbackComplete, true));
}

#[test]
fn cfn_1_a_creation_that_takes_too_long_is_rolled_back() {
    let mut memory = Memory::new();
    memory.asleep = true;
    let slow = "
Resources:
  V: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: 10.0.0.0/16 } }
  S: { Type: 'AWS::EC2::Subnet', Properties: { VpcId: !Ref V, CidrBlock: 10.0.0.0/24 } }
  M: { Type: 'AWS::EC2::Instance', Properties: { ImageId: ami-0c02fb55956c7d316, SubnetId: !Ref S } }
";
    let asked = Asked { timeout_in_minutes: Some(1), ..asked(slow, OnFailure::DoNothing) };
    let outcome = deploy(&mut memory, &asked);
    let reason = outcome.stack.status_reason.clone().unwrap();
    let expected =
        "Stack creation time exceeded the specified timeout. The following resource(s) failed to create: [M]. ";
    assert_eq!((outcome.stack.status, reason.as_str()), (Status::CreateFailed, expected));
    let told = memory.events.iter().find(|e| e.logical_id == "M" && e.status == Status::CreateFailed).unwrap();
    assert_eq!(told.reason.as_deref(), Some("Resource creation cancelled"));
}
