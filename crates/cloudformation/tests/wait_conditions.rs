//! Wait conditions (row CFN-1): what waits, what is told, and what comes of it.

mod world;

use croft_cloudformation::resource::cloudformation::signal;
use croft_cloudformation::stack::Host;
use croft_control::{Cloud, SendStackSignal};
use croft_model::stack::{Stack, Status};
use std::sync::atomic::Ordering;
use world::{ENDPOINT, World};

const WAITS: &str = "
Resources:
  Handle: { Type: 'AWS::CloudFormation::WaitConditionHandle' }
  Wait:
    Type: AWS::CloudFormation::WaitCondition
    Properties: { Handle: !Ref Handle, Count: 2, Timeout: '600' }
  After: { Type: 'AWS::EC2::InternetGateway', DependsOn: Wait }
Outputs:
  Data: { Value: !GetAtt Wait.Data }
  Url: { Value: !Ref Handle }
";

/// The state once the condition waits.
fn waiting(world: &World) -> Cloud {
    loop {
        let cloud = world.ground.cloud();
        let stack = cloud.stack(&world.scope, "web").expect("the stack is there");
        assert!(stack.work.is_some(), "{} {:?}", stack.status, world.reasons(&stack.id));
        if cloud.stack_resource(&stack.id, "Wait").is_some_and(|entry| entry.physical_id.is_some()) {
            return cloud;
        }
        std::thread::yield_now();
    }
}

fn tell(world: &World, url: &str, unique_id: &str, success: bool, data: &str) {
    let key = signal::key(url).expect("a handle's URL").to_string();
    let (unique_id, data, reason) = (unique_id.to_string(), data.to_string(), "it broke".to_string());
    world.run(SendStackSignal { key, unique_id, success, data, reason });
}

#[test]
fn cfn_1_a_condition_holds_up_what_needs_it_until_it_is_told_often_enough() {
    let world = World::new();
    let begun = world.create(WAITS).expect("it begins");
    let cloud = waiting(&world);
    let handle = cloud.stack_resource(&begun.stack_id, "Handle").unwrap().physical_id.clone().unwrap();
    assert!(handle.starts_with(&format!("{ENDPOINT}/_croft/signals/")));
    assert_eq!(signal::key(&handle).unwrap().len(), 32);
    tell(&world, &handle, "one", true, "first");
    tell(&world, &handle, "one", true, "again");
    assert_eq!(waiting(&world).internet_gateways.len(), 0, "told once, twice are wanted");
    tell(&world, &handle, "two", true, "second");
    let stack = world.whole(world.ended(begun));
    assert_eq!(world.output("Data"), r#"{"one":"first","two":"second"}"#);
    assert_eq!(world.output("Url"), handle);
    assert_eq!(world.id("Wait"), format!("{}/Wait", stack.id));
    assert_eq!(world.cloud().internet_gateways.len(), 1);
    assert_eq!(world.down().status, Status::DeleteComplete);
    assert!(world.cloud().stack_signals.is_empty());
}

fn end(world: &World, template: &str, act: impl FnOnce(&str)) -> Stack {
    let begun = world.create(template).expect("it begins");
    let cloud = waiting(world);
    let handle = cloud.stack_resource(&begun.stack_id, "Handle").unwrap().physical_id.clone().unwrap();
    act(&handle);
    world.ended(begun)
}

#[test]
fn cfn_1_a_signal_of_failure_fails_the_stack() {
    let world = World::new();
    let stack = end(&world, WAITS, |handle| tell(&world, handle, "one", false, ""));
    assert_eq!(stack.status, Status::RollbackComplete);
    let reason = "WaitCondition received failed message: 'it broke' for uniqueId: one";
    assert_eq!(world.failure(&stack.id, "Wait"), reason);
    assert!(world.cloud().stack_signals.is_empty(), "nothing stays");
}

#[test]
fn cfn_1_a_condition_that_is_not_told_in_time_fails_the_stack() {
    let world = World::new();
    let stack = end(&world, WAITS, |handle| {
        tell(&world, handle, "one", true, "");
        world.ground.passes.store(true, Ordering::Relaxed);
    });
    assert_eq!(stack.status, Status::RollbackComplete);
    let reason = "WaitCondition timed out. Received 1 conditions when expecting 2";
    assert_eq!(world.failure(&stack.id, "Wait"), reason);
    let waited = world.ground.now_millis() - stack.created;
    assert!((600_000..700_000).contains(&waited), "as long as the template says, not as long as others: {waited}");
}

#[test]
fn cfn_1_what_waits_goes_on_where_another_process_left_it() {
    let world = World::new();
    let begun = world.create(WAITS).expect("it begins");
    let cloud = waiting(&world);
    let handle = cloud.stack_resource(&begun.stack_id, "Handle").unwrap().physical_id.clone().unwrap();
    tell(&world, &handle, "one", true, "before");
    world.stacks.stop();
    let stacks = croft_cloudformation::stack::Stacks::new(world.ground.clone(), Default::default());
    assert_eq!(stacks.resume().expect("it is taken up").len(), 1);
    tell(&world, &handle, "two", true, "after");
    let outcome = stacks.finish(&begun).expect("it comes to an end");
    assert_eq!(outcome.stack.status, Status::CreateComplete);
    assert_eq!(world.output("Data"), r#"{"one":"before","two":"after"}"#);
    stacks.stop();
}

#[test]
fn cfn_1_a_handle_needs_a_listener_and_a_condition_a_handle_of_ours() {
    let world = World::new();
    world.ground.served.store(false, Ordering::Relaxed);
    let stack = world.up(WAITS);
    assert!(world.failure(&stack.id, "Handle").contains("AWS's API is not served here"));
    let world = World::new();
    let wait = |handle: &str, rest: &str| {
        format!(
            "Resources:\n  Wait:\n    Type: AWS::CloudFormation::WaitCondition\n    Properties: {{ Handle: '{handle}'{rest} }}"
        )
    };
    let stack = world.up(&wait("https://example.com/x", ", Timeout: 5"));
    let reason = "Handle is no URL that takes signals: https://example.com/x";
    assert_eq!(world.failure(&stack.id, "Wait"), reason);
    let world = World::new();
    let stack = world.up(&wait("https://example.com/x", ""));
    assert!(world.failure(&stack.id, "Wait").starts_with("Timeout is missing"));
}

#[test]
fn cfn_1_a_condition_cannot_be_changed() {
    let world = World::new();
    let stack = end(&world, WAITS, |handle| {
        tell(&world, handle, "one", true, "");
        tell(&world, handle, "two", true, "");
    });
    world.whole(stack);
    let stack = world.update(&WAITS.replace("Count: 2", "Count: 1"));
    assert_eq!(stack.status, Status::UpdateRollbackComplete);
    let reason = "Update to resource type AWS::CloudFormation::WaitCondition is not supported.";
    assert_eq!(world.failure(&stack.id, "Wait"), reason);
}
