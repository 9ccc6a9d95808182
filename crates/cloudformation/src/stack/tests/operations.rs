//! Operations and what they refuse: two at once, protection, tokens, other accounts and regions (row CFN-1).

use super::*;
use std::collections::BTreeSet;

const SMALL: &str = "
Resources:
  V: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: 10.0.0.0/16 } }
  S: { Type: 'AWS::EC2::Subnet', Properties: { VpcId: !Ref V, CidrBlock: 10.0.0.0/24 } }
  M: { Type: 'AWS::EC2::Instance', Properties: { ImageId: ami-0c02fb55956c7d316, SubnetId: !Ref S } }
";

fn asked(template: &str) -> Asked {
    Asked { template: Some(template.to_string()), ..Asked::default() }
}

#[test]
fn cfn_1_two_operations_on_one_stack_at_once_are_refused() {
    let mut memory = Memory::new();
    let halted = Arc::clone(&memory.halted);
    halted.store(true, Ordering::Relaxed);
    memory.with(|stacks, scope| {
        let begun = stacks.create(scope, "web", &asked(SMALL)).expect("taken on");
        let again = stacks.create(scope, "web", &asked(SMALL)).expect_err("there is one");
        assert_eq!(
            (again.code(), again.to_string().as_str()),
            ("AlreadyExistsException", "Stack [web] already exists")
        );
        let text = stacks.update(scope, "web", &asked(SMALL)).expect_err("it is being created").to_string();
        assert_eq!(text, format!("Stack:{} is in CREATE_IN_PROGRESS state and can not be updated.", begun.stack_id));
        stacks.roll_back(scope, "web", None).expect_err("it is being created");
        stacks.cancel_update(scope, "web").expect_err("it is no update");
        stacks.continue_update_rollback(scope, "web", &BTreeSet::new(), None).expect_err("nothing failed");
        halted.store(false, Ordering::Relaxed);
        assert_eq!(stacks.finish(&begun).expect("done").stack.status, Status::CreateComplete);
        halted.store(true, Ordering::Relaxed);
        let changed = SMALL.replace("SubnetId", "UserData: eA==, SubnetId");
        let begun = stacks.update(scope, "web", &asked(&changed)).expect("taken on");
        let text = stacks.delete(scope, "web", &Deletion::default()).expect_err("it is being updated").to_string();
        assert_eq!(text, "Stack [web] cannot be deleted while in status UPDATE_IN_PROGRESS");
        // What is under way can be taken back.
        stacks.cancel_update(scope, "web").expect("it is an update");
        halted.store(false, Ordering::Relaxed);
        assert_eq!(stacks.finish(&begun).expect("done").stack.status, Status::UpdateRollbackComplete);
        let text = stacks.update(scope, "web", &asked(SMALL)).expect_err("nothing to do").to_string();
        assert_eq!(text, "No updates are to be performed.");
        assert_eq!(stacks.update_if_changed(scope, "web", &asked(SMALL)), Ok(None));
    });
}

#[test]
fn cfn_1_a_stack_that_is_being_created_can_be_deleted() {
    let mut memory = Memory::new();
    let before = memory.bare();
    let halted = Arc::clone(&memory.halted);
    halted.store(true, Ordering::Relaxed);
    memory.with(|stacks, scope| {
        let created = stacks.create(scope, "web", &asked(SMALL)).expect("taken on");
        let begun = stacks.delete(scope, "web", &Deletion::default()).expect("it may").expect("there is something");
        assert_eq!(stacks.delete(scope, "web", &Deletion::default()), Ok(None), "it is under way");
        halted.store(false, Ordering::Relaxed);
        assert_eq!(stacks.finish(&begun).expect("done").stack.status, Status::DeleteComplete);
        assert_eq!(stacks.delete(scope, "web", &Deletion::default()), Ok(None), "it is gone");
        // It is remembered by its identifier alone.
        assert!(begin::find(&stacks.host().cloud(), scope, &created.stack_id).expect("remembered").is_deleted());
        let missing = stacks.update(scope, "web", &asked(SMALL)).expect_err("gone").to_string();
        assert_eq!(missing, "Stack [web] does not exist");
    });
    assert_eq!(memory.bare(), before);
}

#[test]
fn cfn_1_a_protected_stack_is_not_deleted() {
    let mut memory = Memory::new();
    memory.with(|stacks, scope| {
        let asked = Asked { termination_protection: true, ..asked(SMALL) };
        let begun = stacks.create(scope, "web", &asked).expect("taken on");
        stacks.finish(&begun).expect("done");
        let text = stacks.delete(scope, "web", &Deletion::default()).expect_err("protected").to_string();
        assert_eq!(text, "Stack [web] cannot be deleted while TerminationProtection is enabled");
        assert!(!stacks.set_termination_protection(scope, "web", false).expect("set").termination_protection);
        let begun = stacks.delete(scope, "web", &Deletion::default()).expect("free").expect("there");
        assert_eq!(stacks.finish(&begun).expect("done").stack.status, Status::DeleteComplete);
    });
}

#[test]
fn cfn_1_a_request_under_its_token_is_done_once() {
    let mut memory = Memory::new();
    memory.with(|stacks, scope| {
        let asked = Asked { client_request_token: Some("first".into()), ..asked(SMALL) };
        let one = stacks.create(scope, "web", &asked).expect("taken on");
        let two = stacks.create(scope, "web", &asked).expect("the same");
        assert_eq!(one.stack_id, two.stack_id);
        stacks.finish(&one).expect("done");
        let events = stacks.host().cloud().stack_events.clone();
        assert!(events.values().all(|e| e.client_request_token.as_deref() == Some("first")), "{events:?}");
        let changed = Asked {
            client_request_token: Some("second".into()),
            ..super::operations::asked(&SMALL.replace("SubnetId", "UserData: eA==, SubnetId"))
        };
        let one = stacks.update(scope, "web", &changed).expect("taken on");
        stacks.finish(&one).expect("done");
        let two = stacks.update(scope, "web", &changed).expect("the same");
        assert_eq!(stacks.finish(&two).expect("done").stack.status, Status::UpdateComplete);
        let begun = |e: &&StackEvent| e.status == Status::UpdateInProgress && e.kind == STACK_TYPE;
        assert_eq!(stacks.host().cloud().stack_events.values().filter(begun).count(), 1);
    });
}

#[test]
fn cfn_1_each_account_and_region_has_its_own_stacks() {
    let mut memory = Memory::new();
    let zones = "
Resources:
  V: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: 10.0.0.0/16 } }
  S: { Type: 'AWS::EC2::Subnet', Properties: { VpcId: !Ref V, CidrBlock: 10.0.0.0/24, AvailabilityZone: !Select [0, !GetAZs ''] } }
Outputs:
  Where: { Value: !Sub '${AWS::AccountId} ${AWS::Region} ${AWS::StackId}', Export: { Name: where } }
";
    memory.up(zones).expect("at home");
    let elsewhere = Scope::new("111122223333", "eu-west-3").unwrap();
    memory.go_to(&elsewhere);
    memory.up(zones).expect("elsewhere");
    let stack = memory.stack().clone();
    assert_eq!(stack.version.outputs[0].value, format!("111122223333 eu-west-3 {}", stack.id));
    assert!(stack.id.starts_with("arn:aws:cloudformation:eu-west-3:111122223333:stack/web/"), "{}", stack.id);
    let cloud = memory.control.cloud().clone();
    let subnets: Vec<_> = cloud.subnets_in(&elsewhere).map(|s| s.zone.as_str()).collect();
    assert_eq!(subnets, ["eu-west-3a"]);
    assert_eq!((cloud.vpcs_in(&elsewhere).count(), cloud.vpcs.len()), (1, 2));
    assert_eq!(exports::of(&cloud, &elsewhere).len(), 1);
    memory.down().expect("it goes");
    let left = memory.control.cloud();
    assert_eq!((left.vpcs_in(&elsewhere).count(), left.vpcs.len()), (0, 1));
    // A parameter that names a resource names one of its own account and region.
    let asks = "
Parameters: { V: { Type: 'AWS::EC2::VPC::Id' } }
Resources:
  S: { Type: 'AWS::EC2::Subnet', Properties: { VpcId: !Ref V, CidrBlock: 10.0.9.0/24 } }
";
    let foreign = left.vpcs.keys().next().unwrap().to_string();
    let text = said(memory.up_with(asks, &[("V", &foreign)]));
    assert!(text.contains("there is no such AWS::EC2::VPC::Id"), "{text}");
}

#[test]
fn cfn_1_what_cannot_be_deleted_is_left_alone_on_demand() {
    let mut memory = Memory::new();
    memory.up(SMALL).expect("it comes up");
    let subnet = memory.physical("S").parse().unwrap();
    memory.run(croft_control::CreateNetworkInterface::in_subnet(subnet)).expect("by hand");
    let retain = |names: &[&str]| Deletion {
        retain_resources: names.iter().map(|n| n.to_string()).collect(),
        ..Deletion::default()
    };
    memory.with(|stacks, scope| {
        let early = stacks.delete(scope, "web", &retain(&["S"])).expect_err("nothing failed yet").to_string();
        assert!(early.contains("only when the stack is in a DELETE_FAILED state"), "{early}");
        let begun = stacks.delete(scope, "web", &Deletion::default()).expect("taken on").expect("there");
        let outcome = stacks.finish(&begun).expect("done");
        let reason = outcome.stack.status_reason.clone().unwrap_or_default();
        assert_eq!(outcome.stack.status, Status::DeleteFailed);
        assert_eq!(reason, "The following resource(s) failed to delete: [V, S]. ");
        stacks.delete(scope, "web", &retain(&["X"])).expect_err("there is no X");
        let begun = stacks.delete(scope, "web", &retain(&["S", "V"])).expect("taken on").expect("there");
        assert_eq!(stacks.finish(&begun).expect("done").stack.status, Status::DeleteComplete);
    });
    let cloud = memory.bare();
    assert_eq!((cloud.vpcs.len(), cloud.subnets.len(), cloud.instances.len()), (1, 1, 0));
}

#[test]
fn cfn_1_a_stack_of_two_hundred_resources_is_a_handful_of_commits() {
    let mut template =
        "Resources:\n  V: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: 10.0.0.0/16 } }\n".to_string();
    for n in 0..99 {
        template += &format!(
            "  G{n}: {{ Type: 'AWS::EC2::SecurityGroup', Properties: {{ VpcId: !Ref V, GroupDescription: g }} }}\n  I{n}:\n    Type: AWS::EC2::SecurityGroupIngress\n    Properties: {{ GroupId: !Ref G{n}, IpProtocol: tcp, FromPort: {n}, ToPort: {n}, CidrIp: 10.0.0.0/8 }}\n"
        );
    }
    let mut memory = Memory::new();
    memory.up(&template).expect("it comes up");
    assert_eq!(memory.resources().len(), 199);
    assert!(memory.commits < 12, "{}", memory.commits);
    memory.down().expect("it goes");
    assert!(memory.bare().vpcs.is_empty());
}

#[test]
fn cfn_1_tags_of_a_stack_are_tags_of_what_it_makes() {
    let mut memory = Memory::new();
    let template = "
Resources:
  V:
    Type: AWS::EC2::VPC
    Properties: { CidrBlock: 10.0.0.0/16, Tags: [{ Key: team, Value: green }] }
  S: { Type: 'AWS::EC2::Subnet', Properties: { VpcId: !Ref V, CidrBlock: 10.0.0.0/24 } }
";
    let with = |tags: &[(&str, &str)]| Asked {
        tags: Some(tags.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect()),
        ..asked(template)
    };
    let of = |memory: &Memory, id: &str| -> Vec<String> {
        let cloud = memory.control.cloud();
        let tags = match id.starts_with("vpc-") {
            true => cloud.vpcs[&id.parse::<croft_model::VpcId>().expect("an id")].tags.clone(),
            false => cloud.subnets[&id.parse::<croft_model::SubnetId>().expect("an id")].tags.clone(),
        };
        tags.iter().filter(|(k, _)| !k.starts_with("aws:")).map(|(k, v)| format!("{k}={v}")).collect()
    };
    memory.deploy("web", &with(&[("team", "blue"), ("cost", "7")])).expect("up");
    let (vpc, subnet) = (memory.physical("V"), memory.physical("S"));
    assert_eq!(of(&memory, &vpc), ["cost=7", "team=green"], "the template's own value counts");
    assert_eq!(of(&memory, &subnet), ["cost=7", "team=blue"]);
    memory.deploy("web", &with(&[("cost", "8")])).expect("up");
    assert_eq!((memory.physical("V"), memory.physical("S")), (vpc.clone(), subnet.clone()));
    assert_eq!(of(&memory, &vpc), ["cost=8", "team=green"]);
    assert_eq!(of(&memory, &subnet), ["cost=8"]);
    // Who says nothing of them leaves them as they are.
    assert!(matches!(memory.deploy("web", &asked(template)), Ok(Done::Unchanged(_))));
}
