//! Exports and imports between stacks (row CFN-1).

use super::*;

fn giver(value: &str) -> String {
    format!(
        "
Resources:
  V: {{ Type: 'AWS::EC2::VPC', Properties: {{ CidrBlock: 10.0.0.0/16 }} }}
Outputs:
  Vpc: {{ Value: {value}, Export: {{ Name: shared-vpc }} }}
"
    )
}

const TAKER: &str = "
Resources:
  S: { Type: 'AWS::EC2::Subnet', Properties: { VpcId: !ImportValue shared-vpc, CidrBlock: 10.0.0.0/24 } }
";

fn deploy(memory: &mut Memory, name: &str, template: &str) -> Result<Done, StackError> {
    let asked = Asked { template: Some(template.to_string()), ..memory.asked() };
    memory.deploy(name, &asked)
}

#[test]
fn cfn_1_an_export_in_use_is_neither_changed_nor_removed_nor_its_stack_deleted() {
    let mut memory = Memory::new();
    assert!(deploy(&mut memory, "taker", TAKER).is_err(), "nobody exports it");
    deploy(&mut memory, "giver", &giver("!Ref V")).expect("it comes up");
    deploy(&mut memory, "taker", TAKER).expect("it comes up");
    let cloud = memory.control.cloud().clone();
    assert_eq!(exports::importers(&cloud, &cloud.home, "shared-vpc"), ["taker"]);
    let changed = said(deploy(&mut memory, "giver", &giver("other")));
    assert!(changed.contains("Export shared-vpc cannot be updated as it is in use by taker"), "{changed}");
    let removed = giver("!Ref V").replace(", Export: { Name: shared-vpc }", "");
    let removed = said(deploy(&mut memory, "giver", &removed));
    assert!(removed.contains("Export shared-vpc cannot be deleted as it is in use by taker"), "{removed}");
    let other = said(deploy(&mut memory, "another", &giver("!Ref V")));
    assert!(other.contains("Export with name shared-vpc is already exported by stack giver"), "{other}");
    let held = said(memory.delete("giver"));
    assert!(held.contains("Export shared-vpc cannot be deleted as it is in use by taker"), "{held}");
    assert_eq!(memory.bare().vpcs.len(), 1, "nothing of it is gone");
    let cloud = memory.control.cloud().clone();
    let kept = cloud.stack(&cloud.home, "giver").expect("it is there");
    assert_eq!(kept.status, Status::UpdateRollbackComplete, "what it was before");
    deploy(&mut memory, "giver", &giver("!Ref V").replace("10.0.0.0/16", "10.0.0.0/16, EnableDnsHostnames: true"))
        .expect("it can be changed as before");
    let held = said(memory.delete("giver"));
    assert!(held.contains("Export shared-vpc cannot be deleted as it is in use by taker"), "{held}");
    let cloud = memory.control.cloud().clone();
    assert_eq!(cloud.stack(&cloud.home, "giver").expect("it is there").status, Status::UpdateComplete);
    memory.delete("taker").expect("it goes");
    memory.delete("giver").expect("now it goes too");
    assert!(exports::of(memory.control.cloud(), &Scope::default()).is_empty());
}
