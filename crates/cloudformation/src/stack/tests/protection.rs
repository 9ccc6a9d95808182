//! Stack policies while a stack is worked on (row CFN-1).

use super::*;

const PARENT: &str = "
Resources:
  Net: { Type: 'AWS::CloudFormation::Stack', Properties: { TemplateURL: net.yaml } }
  Own: { Type: 'AWS::EC2::DHCPOptions', Properties: { DomainName: one.test } }
";
const CHILD: &str = "
Resources:
  V: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: 10.0.0.0/16 } }
";

fn asked(parent: &str, child: &str) -> Asked {
    Asked {
        template: Some(parent.to_string()),
        nested_templates: [("net.yaml".to_string(), child.to_string())].into(),
        ..Asked::default()
    }
}

/// Allows everything but this.
fn but(action: &str, resource: &str) -> String {
    let statement = |effect: &str, action: &str, resource: &str| {
        format!(r#"{{"Effect": "{effect}", "Principal": "*", "Action": "{action}", "Resource": "{resource}"}}"#)
    };
    format!(
        r#"{{"Statement": [{}, {}]}}"#,
        statement("Allow", "Update:*", "*"),
        statement("Deny", action, &format!("LogicalResourceId/{resource}"))
    )
}

#[test]
fn cfn_1_a_nested_stack_is_protected_from_another_template_behind_its_name() {
    let mut memory = Memory::new();
    let protected = Asked { policy: Some(but("Update:Modify", "Net")), ..asked(PARENT, CHILD) };
    memory.deploy("web", &protected).expect("it comes up");
    let renewed = CHILD.replace("CidrBlock", "EnableDnsHostnames: true, CidrBlock");
    let refused = said(memory.deploy("web", &asked(PARENT, &renewed)));
    assert!(refused.contains("Action denied by stack policy: Statement [#1]"), "{refused}");
    assert!(!memory.control.cloud().vpcs.values().any(|vpc| vpc.enable_dns_hostnames));
    // Where nothing of it changes nothing is asked.
    let other = PARENT.replace("one.test", "two.test");
    memory.deploy("web", &asked(&other, CHILD)).expect("the rest may change");
    let once = Asked { policy_during_update: Some("{}".to_string()), ..asked(&other, &renewed) };
    memory.deploy("web", &once).expect("for once it may");
    assert!(memory.control.cloud().vpcs.values().any(|vpc| vpc.enable_dns_hostnames));
    assert_eq!(memory.stack().policy, protected.policy);
}

#[test]
fn cfn_1_a_policy_for_one_update_outlives_the_process_that_began_it() {
    let plain = "Resources:\n  Own: { Type: 'AWS::EC2::DHCPOptions', Properties: { DomainName: one.test } }\n";
    let begun = |memory: &mut Memory, asked: &Asked| {
        memory.dies_after = Some(memory.commits + 1);
        memory.with(|stacks, scope| stacks.update(scope, "web", asked).expect("it is written down"));
        memory.dies_after = None;
        let resumed = memory.with(|stacks, _| {
            let resumed = stacks.resume().expect("it goes on");
            let begun = Begun { stack_id: resumed[0].stack_id.clone(), after: 0 };
            stacks.finish(&begun).expect("it comes to an end").stack
        });
        (resumed.status, resumed.policy)
    };
    let update = |policy: Option<String>, during: &str| Asked {
        policy,
        policy_during_update: Some(during.to_string()),
        ..asked(&plain.replace("one", "two"), "")
    };
    let nothing = but("Update:*", "*");
    let mut memory = Memory::new();
    memory.up(plain).expect("it comes up");
    assert_eq!(begun(&mut memory, &update(None, &nothing)), (Status::UpdateRollbackComplete, None));
    let kept = begun(&mut memory, &update(Some(nothing.clone()), "{}"));
    assert_eq!(kept, (Status::UpdateComplete, Some(nothing)));
}
