//! Stacks inside stacks (row CFN-1).

mod world;

use croft_cloudformation::stack::{Deletion, Host};
use croft_model::stack::{Stack, Status};
use world::World;

const URL: &str = "https://bucket.s3.amazonaws.com/net.yaml";

const PARENT: &str = "
Parameters:
  Block: { Type: String, Default: 10.0.0.0/16 }
Resources:
  Net:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: https://bucket.s3.amazonaws.com/net.yaml
      Parameters: { Block: !Ref Block, Names: [a, b] }
      Tags: [{ Key: k, Value: v }]
      TimeoutInMinutes: 5
      NotificationARNs: ['arn:aws:sns:eu-west-1:222222222222:topic']
  Subnet:
    Type: AWS::EC2::Subnet
    Properties: { VpcId: !GetAtt Net.Outputs.Vpc, CidrBlock: !Select [0, !Cidr [!Ref Block, 1, 8]] }
Outputs:
  Names: { Value: !GetAtt Net.Outputs.Names }
";

const CHILD: &str = "
Parameters:
  Block: { Type: String }
  Names: { Type: CommaDelimitedList }
Resources:
  V: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: !Ref Block } }
Outputs:
  Vpc: { Value: !Ref V }
  Names: { Value: !Join ['+', !Ref Names] }
";

fn put(world: &World, url: &str, text: &str) {
    world.ground.bucket.lock().unwrap().insert(url.to_string(), text.to_string());
}

fn with_child(text: &str) -> World {
    let world = World::new();
    put(&world, URL, text);
    world
}

fn child(world: &World) -> Stack {
    let id = world.id("Net");
    world.cloud().stacks[&id].clone()
}

#[test]
fn cfn_1_a_nested_stack_is_made_and_deleted_with_its_parent() {
    let world = with_child(CHILD);
    let stack = world.whole(world.up(PARENT));
    let child = child(&world);
    assert!(child.name.starts_with("web-Net-"));
    assert_eq!(child.parent_id.as_ref(), Some(&stack.id));
    assert_eq!(child.root_id.as_ref(), Some(&stack.id));
    assert_eq!(child.status, Status::CreateComplete);
    assert_eq!(child.version.tags["k"], "v");
    assert_eq!(child.version.notification_arns, ["arn:aws:sns:eu-west-1:222222222222:topic"]);
    assert_eq!(child.timeout_in_minutes, Some(5));
    assert_eq!(world.output("Names"), "a+b");
    assert_eq!(world.cloud().vpcs_in(&world.scope).count(), 1);
    assert_eq!(world.down().status, Status::DeleteComplete);
    let cloud = world.cloud();
    assert_eq!(cloud.vpcs_in(&world.scope).count(), 0);
    assert!(cloud.stacks[&child.id].is_deleted());
}

#[test]
fn cfn_1_a_nested_stack_changes_with_its_parent_in_place() {
    let world = with_child(CHILD);
    world.whole(world.up(PARENT));
    let (before, vpc) = (child(&world), world.cloud().vpcs_in(&world.scope).next().unwrap().id.clone());
    let changed = CHILD.replace("CidrBlock: !Ref Block", "CidrBlock: !Ref Block, EnableDnsHostnames: true");
    put(&world, URL, &changed);
    world.whole(world.update(PARENT));
    let after = child(&world);
    assert_eq!((after.id.clone(), after.status), (before.id, Status::UpdateComplete));
    let cloud = world.cloud();
    assert!(cloud.vpcs[&vpc].enable_dns_hostnames, "the text behind the same URL was another one");
    let none = world.stacks.update(&world.scope, "web", &world.asked(PARENT, &[])).unwrap_err();
    assert_eq!(none.to_string(), "No updates are to be performed.");
}

#[test]
fn cfn_1_a_child_that_fails_takes_its_parent_back() {
    let failing = CHILD.replace(
        "Outputs:",
        "  S: { Type: 'AWS::EC2::Subnet', Properties: { VpcId: !Ref V, CidrBlock: 192.168.0.0/24 } }\nOutputs:",
    );
    let world = with_child(&failing);
    let stack = world.up(PARENT);
    assert_eq!(stack.status, Status::RollbackComplete);
    let reason = world.failure(&stack.id, "Net");
    assert!(
        reason.starts_with("Embedded stack arn:aws:cloudformation:eu-west-1:222222222222:stack/web-Net-"),
        "{reason}"
    );
    assert!(
        reason.contains("was not successfully created: The following resource(s) failed to create: [S]"),
        "{reason}"
    );
    let cloud = world.cloud();
    assert_eq!(cloud.vpcs_in(&world.scope).count(), 0);
    assert_eq!(cloud.live_stacks_in(&world.scope).count(), 1, "the child is gone");
}

#[test]
fn cfn_1_a_parent_s_rollback_brings_a_changed_child_back() {
    let world = with_child(CHILD);
    world.whole(world.up(PARENT));
    let vpc = world.cloud().vpcs_in(&world.scope).next().unwrap().id.clone();
    let before = child(&world);
    put(&world, URL, &CHILD.replace("CidrBlock: !Ref Block", "CidrBlock: !Ref Block, EnableDnsHostnames: true"));
    let failing = PARENT.replace("Outputs:\n", "  Bad: { Type: 'AWS::EC2::Subnet', Properties: { VpcId: !GetAtt Net.Outputs.Vpc, CidrBlock: 192.168.0.0/24 } }\nOutputs:\n");
    assert_eq!(world.update(&failing).status, Status::UpdateRollbackComplete, "{:?}", world.reasons(&world.stack().id));
    let after = child(&world);
    assert_eq!(after.version.template, before.version.template);
    assert!(after.status.is_whole());
    assert!(!world.cloud().vpcs[&vpc].enable_dns_hostnames);
}

#[test]
fn cfn_1_a_child_s_failed_update_rolls_both_back() {
    let world = with_child(CHILD);
    world.whole(world.up(PARENT));
    let failing = CHILD.replace(
        "Outputs:",
        "  S: { Type: 'AWS::EC2::Subnet', Properties: { VpcId: !Ref V, CidrBlock: 192.168.0.0/24 } }\nOutputs:",
    );
    put(&world, URL, &failing);
    let stack = world.update(PARENT);
    assert_eq!(stack.status, Status::UpdateRollbackComplete, "{:?}", world.reasons(&stack.id));
    assert!(world.failure(&stack.id, "Net").contains("was not successfully updated"));
    assert_eq!(child(&world).version.template, CHILD);
    assert!(child(&world).status.is_whole());
}

#[test]
fn cfn_1_a_wrong_child_is_seen_before_anything_is_made() {
    for (text, said) in [
        ("Resources: { V: { Type: 'AWS::EC2::VPC', Properties: { Cidr: x } } }", "has no property Cidr"),
        ("Resources: { I: { Type: 'AWS::EC2::InternetGateway' } }", "[Block, Names] do not exist"),
        (&CHILD.replace("Resources:", "  More: { Type: String }\nResources:"), "[More] must have values"),
    ] {
        let world = with_child(text);
        let error = world.create(PARENT).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
        assert_eq!(world.cloud().stacks.len(), 0);
    }
    let nowhere = World::new().create(PARENT).unwrap_err().to_string();
    assert!(nowhere.contains("leads nowhere"), "{nowhere}");
}

const INSIDE: &str = "Resources:\n  S: { Type: 'AWS::CloudFormation::Stack', Properties: { TemplateURL: PATH } }\n";

#[test]
fn cfn_1_paths_are_what_came_along_and_nothing_else() {
    let world = World::new();
    for path in ["/etc/passwd", "file:///etc/passwd", "../secret.yaml", "net.yaml"] {
        let error = world.create(&INSIDE.replace("PATH", path)).unwrap_err().to_string();
        assert!(error.contains("the file did not come along"), "{error}");
    }
    let mut asked = world.asked(&INSIDE.replace("PATH", "./net/mid.yaml"), &[]);
    let gateway = "Resources: { I: { Type: 'AWS::EC2::InternetGateway' } }";
    asked.nested_templates.insert("net/mid.yaml".into(), INSIDE.replace("PATH", "parts/leaf.yaml"));
    asked.nested_templates.insert("net/parts/leaf.yaml".into(), gateway.into());
    let begun = world.stacks.create(&world.scope, "web", &asked).expect("it begins");
    world.whole(world.ended(begun));
    let cloud = world.cloud();
    assert_eq!((cloud.stacks.len(), cloud.internet_gateways_in(&world.scope).count()), (3, 1));
    let root = world.stack().id;
    let roots = cloud.stacks.values().filter(|stack| stack.root_id.as_ref() == Some(&root));
    assert_eq!(roots.count(), 2);
    assert_eq!(world.down().status, Status::DeleteComplete);
    assert_eq!(world.cloud().internet_gateways_in(&world.scope).count(), 0);
}

#[test]
fn cfn_1_a_stack_in_itself_is_refused() {
    let world = World::new();
    put(&world, "https://b/self.yaml", &INSIDE.replace("PATH", "https://b/self.yaml"));
    let error = world.create(&INSIDE.replace("PATH", "https://b/self.yaml")).unwrap_err().to_string();
    assert!(error.contains("nested 10 deep at most"), "{error}");
    let dynamic = "
Parameters: { Url: { Type: String, Default: 'https://b/self.yaml' } }
Resources:
  S: { Type: 'AWS::CloudFormation::Stack', Properties: { TemplateURL: !Ref Url } }
";
    put(&world, "https://b/self.yaml", dynamic);
    let stack = world.up(dynamic);
    assert_eq!(stack.status, Status::RollbackComplete, "{:?}", world.reasons(&stack.id));
    assert_eq!(world.cloud().live_stacks_in(&world.scope).count(), 1);
}

#[test]
fn cfn_1_an_output_that_a_child_has_not_is_named() {
    let world = with_child(CHILD);
    let stack = world.up(&PARENT.replace("Net.Outputs.Vpc", "Net.Outputs.Vcp"));
    let reason = world.failure(&stack.id, "Subnet");
    assert!(reason.contains("has no output Vcp"), "{reason}");
}

#[test]
fn cfn_1_work_on_parent_and_child_goes_on_where_another_process_left_it() {
    let waits = CHILD.replace("Outputs:", "  H: { Type: 'AWS::CloudFormation::WaitConditionHandle' }\n  W: { Type: 'AWS::CloudFormation::WaitCondition', Properties: { Handle: !Ref H, Timeout: 600 } }\nOutputs:");
    let world = with_child(&waits);
    let begun = world.create(PARENT).expect("it begins");
    let key = loop {
        if let Some(signals) = world.ground.cloud().stack_signals.values().next() {
            break signals.key.clone();
        }
        std::thread::yield_now();
    };
    world.stacks.stop();
    let stacks = croft_cloudformation::stack::Stacks::new(world.ground.clone(), Default::default());
    assert_eq!(stacks.resume().expect("taken up").len(), 2);
    let (unique_id, data, reason) = ("a".to_string(), String::new(), String::new());
    world.run(croft_control::SendStackSignal { key, unique_id, success: true, data, reason });
    let ended = stacks.finish(&begun).expect("it ends").stack;
    assert_eq!(ended.status, Status::CreateComplete, "{:?}", world.reasons(&ended.id));
    let deletion = stacks.delete(&world.scope, "web", &Deletion::default()).expect("it may be").expect("it is there");
    assert_eq!(stacks.finish(&deletion).expect("it ends").stack.status, Status::DeleteComplete);
    stacks.stop();
}

#[test]
fn cfn_1_a_child_of_which_only_the_template_changed_is_in_the_change_set() {
    use croft_cloudformation::stack::change_set::{Change, ChangeAction, ChangeSource, Proposal};
    let world = with_child(CHILD);
    world.whole(world.up(PARENT));
    let propose = |name: &str| {
        let (name, asked) = (name.to_string(), world.asked(PARENT, &[]));
        let kind = croft_model::stack::ChangeSetKind::Update;
        let proposal = Proposal { name, kind, description: None, client_token: None, asked };
        world.stacks.create_change_set(&world.scope, "web", &proposal).unwrap()
    };
    let none = propose("none");
    assert_eq!((none.status.as_str(), none.changes), ("FAILED", serde_json::json!([])));
    put(&world, URL, &CHILD.replace("CidrBlock: !Ref Block", "CidrBlock: !Ref Block, EnableDnsHostnames: true"));
    let some = propose("some");
    let changes: Vec<Change> = serde_json::from_value(some.changes).unwrap();
    assert_eq!(changes.iter().map(|c| c.logical_resource_id.as_str()).collect::<Vec<_>>(), ["Net"]);
    assert_eq!(changes[0].action, ChangeAction::Modify);
    assert_eq!(changes[0].details[0].change_source, ChangeSource::Automatic);
    assert_eq!(changes[0].details[0].target.name.as_deref(), Some("TemplateURL"));
    // What lies there later is not what was looked at.
    put(&world, URL, "Resources: {}");
    let begun = world.stacks.execute_change_set(&world.scope, &some.id, &Default::default()).unwrap();
    assert_eq!(world.stacks.finish(&begun).unwrap().stack.status, Status::UpdateComplete);
    assert!(world.cloud().vpcs_in(&world.scope).all(|vpc| vpc.enable_dns_hostnames));
}
