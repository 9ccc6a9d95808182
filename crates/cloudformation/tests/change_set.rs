//! Change sets say what executing them then does (row CFN-1).

use croft_cloudformation::stack::change_set::{
    Change, ChangeAction, ChangeSource, Evaluation, Execution, Proposal, Replacement, change::KNOWN_AFTER_APPLY,
    execution_status,
};
use croft_cloudformation::stack::{Asked, Given, Memory, Options, Stacks};
use croft_control::Cloud;
use croft_model::Scope;
use croft_model::stack::{ChangeSet, ChangeSetKind, ExecutionStatus, Stack, StackResource, Status};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

struct Place {
    stacks: Arc<Stacks>,
    memory: Arc<Memory>,
    scope: Scope,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.stacks.stop();
    }
}

impl Place {
    fn new() -> Place {
        let scope = Scope::default();
        let memory = Arc::new(Memory::new(Cloud::new(scope.clone()), 1));
        Place { stacks: Stacks::new(memory.clone(), Options::default()), memory, scope }
    }

    fn cloud(&self) -> Cloud {
        self.stacks.host().cloud()
    }

    fn propose(&self, kind: ChangeSetKind, name: &str, asked: Asked) -> ChangeSet {
        let proposal = Proposal { name: name.into(), kind, description: None, client_token: None, asked };
        let made = self.stacks.create_change_set(&self.scope, "web", &proposal);
        made.unwrap_or_else(|e| panic!("{e}\n{}", proposal.asked.template.as_deref().unwrap_or_default()))
    }

    fn execute(&self, set: &ChangeSet) -> Stack {
        let begun = self.stacks.execute_change_set(&self.scope, &set.id, &Execution::default()).unwrap();
        self.stacks.finish(&begun).unwrap().stack
    }

    /// What there is by logical id.
    fn resources(&self, stack_id: &str) -> BTreeMap<String, StackResource> {
        let cloud = self.cloud();
        let there = cloud.stack_resources(stack_id).filter(|r| r.is_there() && !r.replaced);
        there.map(|r| (r.logical_id.clone(), r.clone())).collect()
    }
}

fn asked(template: &Json, parameters: &[(&str, &str)]) -> Asked {
    let parameters = parameters.iter().map(|(name, value)| (name.to_string(), Given::from(*value))).collect();
    Asked { template: Some(template.to_string()), parameters, ..Asked::default() }
}

fn changes(set: &ChangeSet) -> Vec<Change> {
    serde_json::from_value(set.changes.clone()).unwrap()
}

#[test]
fn a_stack_is_created_by_a_change_set() {
    let place = Place::new();
    let template = json!({"Resources": {"Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}}});
    let set = place.propose(ChangeSetKind::Create, "first", asked(&template, &[]));
    assert_eq!((set.status.as_str(), set.execution_status), ("CREATE_COMPLETE", ExecutionStatus::Available));
    let stack = place.cloud().stack(&place.scope, "web").unwrap().clone();
    assert_eq!((stack.status, stack.id.as_str()), (Status::ReviewInProgress, set.stack_id.as_str()));
    let [change] = &changes(&set)[..] else { panic!("{set:?}") };
    assert_eq!((change.action, change.logical_resource_id.as_str()), (ChangeAction::Add, "Vpc"));
    let other = place.propose(ChangeSetKind::Create, "second", asked(&template, &[]));
    let stack = place.execute(&set);
    assert_eq!((stack.status, stack.change_set_id.as_deref()), (Status::CreateComplete, Some(set.id.as_str())));
    assert_eq!(stack.id, set.stack_id);
    let cloud = place.cloud();
    assert!(!cloud.change_sets.contains_key(&other.id), "the others of the stack go");
    assert_eq!(execution_status(&cloud, &cloud.change_sets[&set.id]), ExecutionStatus::ExecuteComplete);
    let again = place.stacks.execute_change_set(&place.scope, &set.id, &Execution::default()).unwrap_err();
    assert_eq!(again.code(), "InvalidChangeSetStatus");
    assert!(again.to_string().ends_with("current execution status of [EXECUTE_COMPLETE]"), "{again}");
}

#[test]
fn nothing_to_change_is_a_failed_change_set() {
    let place = Place::new();
    let template = json!({"Resources": {"Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}}});
    let first = place.propose(ChangeSetKind::Create, "first", asked(&template, &[]));
    place.execute(&first);
    let set = place.propose(ChangeSetKind::Update, "same", asked(&template, &[]));
    assert_eq!((set.status.as_str(), set.execution_status), ("FAILED", ExecutionStatus::Unavailable));
    let said = "The submitted information didn't contain changes. Submit different information to create a change set.";
    assert_eq!(set.status_reason.as_deref(), Some(said));
    let refused = place.stacks.execute_change_set(&place.scope, &set.id, &Execution::default()).unwrap_err();
    assert_eq!(refused.code(), "InvalidChangeSetStatus");
    assert!(refused.to_string().ends_with("cannot be executed in its current status of [FAILED]"), "{refused}");
}

/// `aws cloudformation deploy` names by the second: two in one second are asked for by one name.
#[test]
fn a_name_is_free_again_once_its_change_set_is_done() {
    let place = Place::new();
    let vpc = |host_names: bool| {
        json!({"Resources": {"Vpc": {"Type": "AWS::EC2::VPC",
            "Properties": {"CidrBlock": "10.0.0.0/16", "EnableDnsHostnames": host_names}}}})
    };
    let first = place.propose(ChangeSetKind::Create, "deploy", asked(&vpc(false), &[]));
    place.execute(&first);
    let second = place.propose(ChangeSetKind::Update, "deploy", asked(&vpc(true), &[]));
    assert_ne!(second.id, first.id);
    assert!(!place.cloud().change_sets.contains_key(&first.id), "the one that was carried out has given way");
    let proposal = Proposal {
        name: "deploy".into(),
        kind: ChangeSetKind::Update,
        description: None,
        client_token: None,
        asked: asked(&vpc(false), &[]),
    };
    let waiting = place.stacks.create_change_set(&place.scope, "web", &proposal).unwrap_err();
    assert_eq!(
        (waiting.code(), waiting.to_string().contains("ChangeSet [deploy] already exists")),
        ("AlreadyExistsException", true)
    );
    assert_eq!(place.execute(&second).status, Status::UpdateComplete);

    // One that found nothing to change keeps its name, but for the second in which it was made.
    let none = place.propose(ChangeSetKind::Update, "none", asked(&vpc(true), &[]));
    let again = place.propose(ChangeSetKind::Update, "none", asked(&vpc(true), &[]));
    assert_eq!((none.status.as_str(), again.status.as_str()), ("FAILED", "FAILED"));
    assert!(!place.cloud().change_sets.contains_key(&none.id));
    place.memory.advance(Duration::from_secs(1));
    let proposal = Proposal { name: "none".into(), ..proposal };
    let later = place.stacks.create_change_set(&place.scope, "web", &proposal).unwrap_err();
    assert_eq!(later.code(), "AlreadyExistsException");
}

#[test]
fn a_change_set_of_another_state_is_obsolete() {
    let place = Place::new();
    let vpc = |host_names: bool| {
        json!({"Resources": {"Vpc": {"Type": "AWS::EC2::VPC",
            "Properties": {"CidrBlock": "10.0.0.0/16", "EnableDnsHostnames": host_names}}}})
    };
    place.execute(&place.propose(ChangeSetKind::Create, "first", asked(&vpc(false), &[])));
    let set = place.propose(ChangeSetKind::Update, "late", asked(&vpc(true), &[]));
    let tagged = Asked { tags: Some([("a".to_string(), "b".to_string())].into()), ..asked(&vpc(false), &[]) };
    let begun = place.stacks.update(&place.scope, "web", &tagged).unwrap();
    place.stacks.finish(&begun).unwrap();
    assert_eq!(execution_status(&place.cloud(), &set), ExecutionStatus::Obsolete);
    let refused = place.stacks.execute_change_set(&place.scope, &set.id, &Execution::default()).unwrap_err();
    assert!(refused.to_string().ends_with("current execution status of [OBSOLETE]"), "{refused}");
}

#[test]
fn causes_are_named() {
    let place = Place::new();
    let template = |description: &str| {
        json!({
            "Parameters": {
                "Block": {"Type": "String", "Default": "10.0.0.0/16"},
                "Secret": {"Type": "String", "Default": "hush", "NoEcho": true},
            },
            "Resources": {
                "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": {"Ref": "Block"}}},
                "Subnet": {"Type": "AWS::EC2::Subnet", "Properties": {
                    "VpcId": {"Ref": "Vpc"},
                    "CidrBlock": {"Fn::Select": [0, {"Fn::Cidr": [{"Fn::GetAtt": ["Vpc", "CidrBlock"]}, 2, 8]}]},
                }},
                "Group": {"Type": "AWS::EC2::SecurityGroup", "Properties": {
                    "GroupDescription": description, "VpcId": {"Ref": "Vpc"},
                }},
                "Address": {"Type": "AWS::EC2::EIP", "Properties": {
                    "Tags": [{"Key": "Secret", "Value": {"Fn::Sub": "${Secret}!"}}],
                }},
            },
        })
    };
    place.execute(&place.propose(ChangeSetKind::Create, "first", asked(&template("a"), &[])));
    let parameters = [("Block", "10.1.0.0/16"), ("Secret", "other")];
    let set = place.propose(ChangeSetKind::Update, "all", asked(&template("b"), &parameters));
    let changes: BTreeMap<String, Change> =
        changes(&set).into_iter().map(|change| (change.logical_resource_id.clone(), change)).collect();
    let causes = |resource: &str| -> Vec<(String, ChangeSource, Option<String>, Evaluation)> {
        let name = |name: &Option<String>| name.clone().unwrap_or_else(|| "Tags".into());
        let details = changes[resource].details.iter();
        details.map(|d| (name(&d.target.name), d.change_source, d.causing_entity.clone(), d.evaluation)).collect()
    };
    let cause = |property: &str, source, entity: Option<&str>, evaluation| {
        (property.to_string(), source, entity.map(String::from), evaluation)
    };
    use ChangeSource::*;
    use Evaluation::*;
    assert_eq!(causes("Vpc"), [cause("CidrBlock", ParameterReference, Some("Block"), Static)]);
    assert_eq!(changes["Vpc"].replacement, Some(Replacement::True));
    let mut of_subnet = causes("Subnet");
    of_subnet.sort_by(|a, b| a.0.cmp(&b.0));
    let expected = [
        cause("CidrBlock", ResourceAttribute, Some("Vpc.CidrBlock"), Dynamic),
        cause("VpcId", ResourceReference, Some("Vpc"), Dynamic),
    ];
    assert_eq!(of_subnet, expected);
    assert_eq!(changes["Subnet"].replacement, Some(Replacement::Conditional));
    let mut of_group = causes("Group");
    of_group.sort_by(|a, b| a.0.cmp(&b.0));
    let expected = [
        cause("GroupDescription", DirectModification, None, Static),
        cause("VpcId", ResourceReference, Some("Vpc"), Dynamic),
    ];
    assert_eq!(of_group, expected);
    assert_eq!(changes["Group"].replacement, Some(Replacement::True));
    assert_eq!(causes("Address"), [cause("Tags", ParameterReference, Some("Secret"), Static)]);
    assert_eq!(changes["Address"].replacement, Some(Replacement::False));
    assert!(
        !set.changes.to_string().contains("hush") && !set.changes.to_string().contains("other!"),
        "{}",
        set.changes
    );
}

/// So many updates of random templates.
const UPDATES: usize = 120;

#[test]
fn what_a_change_set_says_is_what_the_update_does() {
    let mut draws = Draws(11);
    let (mut done, mut said) = (0, BTreeMap::<String, usize>::new());
    for round in 0..UPDATES {
        let place = Place::new();
        let (template, parameters) = draw(&mut draws);
        let first = place.propose(ChangeSetKind::Create, "first", with(&template, &parameters));
        assert_eq!(place.execute(&first).status, Status::CreateComplete, "round {round}: {template}");
        let before = place.resources(&first.stack_id);
        let (next, parameters) = draw(&mut draws);
        let set = place.propose(ChangeSetKind::Update, "second", with(&next, &parameters));
        if set.status == "FAILED" {
            continue;
        }
        let stack = place.execute(&set);
        if stack.status != Status::UpdateComplete {
            // Two subnets want one block for a moment, say: nothing can be compared.
            continue;
        }
        done += 1;
        let after = place.resources(&set.stack_id);
        let changes = changes(&set);
        for change in &changes {
            let kind = format!("{:?} {:?}", change.action, change.replacement);
            *said.entry(kind).or_default() += 1;
            let (old, new) = (before.get(&change.logical_resource_id), after.get(&change.logical_resource_id));
            if let Err(wrong) = holds(change, old, new) {
                panic!("round {round}: {wrong}\n{change:#?}\n{old:#?}\n{new:#?}\n{template}\n{next}");
            }
        }
        for (name, old) in &before {
            if changes.iter().any(|change| change.logical_resource_id == *name) {
                continue;
            }
            let new = &after[name];
            assert_eq!(
                (&old.physical_id, &old.properties),
                (&new.physical_id, &new.properties),
                "round {round}: {name} was to stay as it was"
            );
        }
        let added = after.keys().filter(|name| !before.contains_key(*name));
        for name in added {
            assert!(changes.iter().any(|c| c.logical_resource_id == *name), "round {round}: {name} was not told");
        }
    }
    assert!(done * 2 > UPDATES, "too few updates came to their end: {done}");
    for kind in ["Add None", "Remove None", "Modify Some(True)", "Modify Some(False)", "Modify Some(Conditional)"] {
        assert!(said.contains_key(kind), "no change set said {kind}: {said:?}");
    }
}

fn with(template: &Json, parameters: &[(&str, String)]) -> Asked {
    let parameters: Vec<(&str, &str)> = parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
    asked(template, &parameters)
}

/// Does a change say what became of a resource?
fn holds(change: &Change, old: Option<&StackResource>, new: Option<&StackResource>) -> Result<(), String> {
    let (old, new) = match (change.action, old, new) {
        (ChangeAction::Add, None, Some(_)) | (ChangeAction::Remove, Some(_), None) => return Ok(()),
        (ChangeAction::Modify, Some(old), Some(new)) => (old, new),
        _ => return Err("the action is another one".into()),
    };
    let same = old.physical_id == new.physical_id;
    match change.replacement {
        Some(Replacement::True) if same => return Err("it was not replaced".into()),
        Some(Replacement::False) if !same => return Err("it was replaced".into()),
        None => return Err("it does not say whether it is replaced".into()),
        _ => {}
    }
    for detail in &change.details {
        let name = detail.target.name.as_deref().unwrap_or("Tags");
        let shown = |resource: &StackResource| match resource.properties.get(name) {
            Some(Json::String(text)) => Some(text.clone()),
            other => other.map(Json::to_string),
        };
        if detail.target.before_value != shown(old) {
            return Err(format!("{name} was {:?}", shown(old)));
        }
        let will = detail.target.after_value.clone();
        if will.as_deref() != Some(KNOWN_AFTER_APPLY) && will != shown(new) {
            return Err(format!("{name} became {:?}", shown(new)));
        }
        if detail.evaluation == Evaluation::Static && will == detail.target.before_value {
            return Err(format!("{name} does not change"));
        }
    }
    let names: Vec<&str> = change.details.iter().map(|d| d.target.name.as_deref().unwrap_or("Tags")).collect();
    let properties = |resource: &StackResource| resource.properties.as_object().cloned().unwrap_or_default();
    let (had, has) = (properties(old), properties(new));
    for name in had.keys().chain(has.keys()) {
        if had.get(name) != has.get(name) && !names.contains(&name.as_str()) {
            return Err(format!("{name} changed and was not told"));
        }
    }
    Ok(())
}

/// Numbers that come the same every time (splitmix64).
struct Draws(u64);

impl Draws {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % most
    }
}

/// A template of a network, now this way, now that way.
fn draw(draws: &mut Draws) -> (Json, Vec<(&'static str, String)>) {
    let mut one = |most: u64| draws.below(most);
    let mut resources = json!({
        "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {
            "CidrBlock": match one(3) {
                0 => json!({"Fn::Sub": "10.${Octet}.0.0/16"}),
                _ => json!("10.7.0.0/16"),
            },
            "EnableDnsHostnames": one(2) == 0,
            "Tags": [{"Key": "Name", "Value": {"Ref": "Name"}}],
        }},
    });
    let block = |n: u64| json!({"Fn::Select": [n, {"Fn::Cidr": [{"Fn::GetAtt": ["Vpc", "CidrBlock"]}, 4, 8]}]});
    for n in 0..one(3) {
        let mut properties = json!({"VpcId": {"Ref": "Vpc"}, "CidrBlock": block(n)});
        match one(4) {
            0 => properties["MapPublicIpOnLaunch"] = json!(true),
            1 => properties["Tags"] = json!([{"Key": "Name", "Value": {"Fn::Sub": "${Name}-${Vpc}"}}]),
            _ => {}
        }
        resources[format!("Subnet{n}")] = json!({"Type": "AWS::EC2::Subnet", "Properties": properties});
    }
    for n in 0..one(3) {
        let mut properties = json!({"GroupDescription": format!("group {}", one(2)), "VpcId": {"Ref": "Vpc"}});
        if one(2) == 0 {
            let port = 80 + one(3);
            let from = if one(2) == 0 { json!({"Fn::GetAtt": "Vpc.CidrBlock"}) } else { json!("0.0.0.0/0") };
            properties["SecurityGroupIngress"] =
                json!([{"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "CidrIp": from}]);
        }
        resources[format!("Group{n}")] = json!({"Type": "AWS::EC2::SecurityGroup", "Properties": properties});
    }
    if resources.get("Subnet0").is_some() && one(2) == 0 {
        let mut properties = json!({"SubnetId": {"Ref": "Subnet0"}, "Description": format!("port {}", one(2))});
        if resources.get("Group0").is_some() {
            properties["GroupSet"] = json!([{"Fn::GetAtt": ["Group0", "GroupId"]}]);
        }
        resources["Port"] = json!({"Type": "AWS::EC2::NetworkInterface", "Properties": properties});
    }
    if one(2) == 0 {
        let name = if one(2) == 0 { json!({"Ref": "Name"}) } else { json!("plain") };
        resources["Address"] =
            json!({"Type": "AWS::EC2::EIP", "Properties": {"Tags": [{"Key": "Name", "Value": name}]}});
    }
    if one(2) == 0 {
        resources["Table"] = json!({"Type": "AWS::EC2::RouteTable", "Properties": {"VpcId": {"Ref": "Vpc"}}});
    }
    let template = json!({
        "Parameters": {"Name": {"Type": "String"}, "Octet": {"Type": "Number"}},
        "Resources": resources,
    });
    let parameters = vec![("Name", format!("name{}", one(2))), ("Octet", one(3).to_string())];
    (template, parameters)
}
