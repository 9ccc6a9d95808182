//! What is remembered of stacks, and for how long (row CFN-1).

use super::*;
use crate::stack::history::KEPT;

const VPC: &str = "Resources:\n  V: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: 10.0.0.0/16 } }\n";

fn wait(memory: &mut Memory, millis: u64) {
    memory.context.now += millis / 1000;
}

#[test]
fn cfn_1_a_deleted_stack_is_forgotten_after_ninety_days() {
    let mut memory = Memory::new();
    memory.up(VPC).expect("it comes up");
    let id = memory.stack().id.clone();
    memory.down().expect("it goes");
    wait(&mut memory, KEPT - 60_000);
    memory.with(|stacks, _| stacks.resume()).expect("another process begins");
    assert!(memory.control.cloud().stacks[&id].is_deleted());
    assert!(memory.control.cloud().stack_events(&id).count() > 4, "with all that was told of it");
    wait(&mut memory, 120_000);
    memory.with(|stacks, _| stacks.resume()).expect("another process begins");
    let cloud = memory.control.cloud();
    assert!(cloud.stacks.is_empty() && cloud.stack_events.is_empty() && cloud.stack_resources.is_empty());
}

#[test]
fn cfn_1_old_events_of_a_live_stack_go_and_their_numbers_go_on() {
    let mut memory = Memory::new();
    memory.up(VPC).expect("it comes up");
    let (id, last) = (memory.stack().id.clone(), memory.control.cloud().last_stack_event(&memory.stack().id));
    wait(&mut memory, KEPT + 60_000);
    memory.up(&VPC.replace("} }", ", EnableDnsHostnames: true } }")).expect("it changes");
    let numbers: Vec<u64> = memory.control.cloud().stack_events(&id).map(|event| event.number).collect();
    assert_eq!(numbers[..2], [last, last + 1], "the newest of the old ones stays");
    assert!(memory.stack().version.template.contains("EnableDnsHostnames"));
    // Nobody's else: a deleted stack's events stay with it, and another scope has its own days.
    let elsewhere = Scope::new("111122223333", "eu-west-3").unwrap();
    memory.go_to(&elsewhere);
    memory.up(VPC).expect("elsewhere");
    let cloud = memory.control.cloud();
    assert_eq!(cloud.stack_events(&id).count(), numbers.len());
    memory.down().expect("it goes");
}
