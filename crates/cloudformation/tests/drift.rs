//! Drift (row CFN-1): every type, changed behind its stack's back.

mod world;

use croft_cloudformation::resource::table;
use croft_cloudformation::stack::Host;
use croft_control::*;
use croft_model::block_public_access::InternetGatewayBlockMode;
use croft_model::credential::AccessKeyId;
use croft_model::group::Direction;
use croft_model::route::RouteDestination;
use croft_model::stack::{DriftStatus, ResourceDrift, Status};
use croft_model::{LaunchTemplateId, SubnetId, VpcId};
use std::collections::{BTreeMap, BTreeSet};
use world::World;

const TEMPLATE: &str = include_str!("drift/every_type.yaml");
const URL: &str = "https://bucket.s3.amazonaws.com/child.yaml";

/// Everything is up, and every signal told.
fn world() -> World {
    let world = World::new();
    let child = "Resources: { I: { Type: 'AWS::EC2::InternetGateway' } }";
    world.ground.bucket.lock().unwrap().insert(URL.to_string(), child.to_string());
    let begun = world.create(TEMPLATE).unwrap_or_else(|error| panic!("{error}"));
    loop {
        let cloud = world.ground.cloud();
        if let Some(signals) = cloud.stack_signals.values().next() {
            let (key, unique_id, data, reason) = (signals.key.clone(), "a".into(), String::new(), String::new());
            world.run(SendStackSignal { key, unique_id, success: true, data, reason });
            break;
        }
        let stack = cloud.stack(&world.scope, "web").expect("it is there");
        assert!(stack.work.is_some(), "{:#?}", world.reasons(&stack.id));
        std::thread::yield_now();
    }
    let stack = world.ended(begun);
    world.whole(stack);
    world
}

/// What a detection says of all resources, by their logical ids.
fn detect(world: &World) -> BTreeMap<String, ResourceDrift> {
    let detection = world.stacks.detect_drift(&world.scope, "web", &BTreeSet::new()).expect("it is looked");
    let cloud = world.cloud();
    assert_eq!(cloud.drift_detections[&detection.id], detection);
    let there = cloud.stack_resources(&detection.stack_id).filter(|r| r.is_there());
    there.map(|r| (r.logical_id.clone(), r.drift.clone().expect("looked at"))).collect()
}

/// `KIND PATH` of what differs.
fn differences(drift: &ResourceDrift) -> Vec<String> {
    drift.differences.iter().map(|d| format!("{} {}", d.kind, d.path)).collect()
}

#[test]
fn cfn_1_what_nobody_touched_is_in_sync() {
    let world = world();
    let not_checked = ["Child", "Handle", "Metadata", "Wait"];
    for (name, drift) in detect(&world) {
        let wanted = if not_checked.contains(&name.as_str()) { DriftStatus::NotChecked } else { DriftStatus::InSync };
        assert_eq!(drift.status, wanted, "{name}: {drift:#?}");
    }
    assert_eq!(world.stack().drift.map(|drift| drift.status), Some(DriftStatus::InSync));
    let cloud = world.cloud();
    let stack = world.stack();
    let types: BTreeSet<&str> = cloud.stack_resources(&stack.id).map(|r| r.kind.as_str()).collect();
    let missing: Vec<&str> = table::names().filter(|name| !types.contains(name)).collect();
    assert_eq!(missing, [""; 0], "every type is in the template");
}

/// Changes tags behind the stack's back.
fn retag(world: &World, id: &str) {
    world.run(CreateTags { resource_ids: vec![id.to_string()], tags: [("k".into(), "other".into())].into() });
}

#[test]
fn cfn_1_tags_of_every_type_that_bears_them_are_compared() {
    let world = world();
    let tagged = [
        "Acl",
        "Dopt",
        "Eigw",
        "Exclusion",
        "Group",
        "Igw",
        "Instance",
        "Interface",
        "List",
        "Nat",
        "Subnet",
        "Table",
        "Vpc",
    ];
    for name in tagged {
        retag(&world, &world.id(name));
    }
    for output in ["AllocationId", "KeyPairId"] {
        retag(&world, &world.output(output));
    }
    let account = &world.scope.account;
    let cloud = world.cloud();
    let tags = |value: &str| [("k".to_string(), value.to_string())].into();
    world.run(TagRole { role_name: world.id("Role"), tags: tags("other") });
    world.run(TagUser { user_name: world.id("User"), tags: tags("other") });
    assert!(cloud.iam_role(account, &world.id("Role")).is_ok());
    let drifts = detect(&world);
    for name in tagged.into_iter().chain(["Eip", "KeyPair", "Role", "User"]) {
        let drift = &drifts[name];
        assert_eq!(drift.status, DriftStatus::Modified, "{name}");
        assert_eq!(differences(drift), ["NOT_EQUAL /Tags/0/Value"], "{name}");
        let one = &drift.differences[0];
        assert_eq!((one.expected.as_str(), one.actual.as_str()), ("v", "other"));
        assert!(drift.expected.as_ref().unwrap().contains(r#""Value":"v""#));
        assert!(drift.actual.as_ref().unwrap().contains(r#""Value":"other""#));
    }
    let stack = world.stack();
    assert_eq!(stack.drift.unwrap().status, DriftStatus::Drifted);
}

#[test]
fn cfn_1_what_joins_two_resources_and_is_gone_is_told() {
    let world = world();
    let id = |name: &str| world.id(name);
    let cloud = world.cloud();
    let (route_table, destination) = (id("Table").parse().unwrap(), "198.51.100.0/24".parse().unwrap());
    let destination = RouteDestination::Cidr(destination);
    world.run(DeleteRoute { route_table_id: route_table, destination });
    let entry = DeleteNetworkAclEntry {
        network_acl_id: id("Acl").parse().unwrap(),
        rule_number: 100,
        direction: Direction::Ingress,
    };
    world.run(entry);
    let group: croft_model::SecurityGroupId = id("Group").parse().unwrap();
    let rules = |name: &str| vec![id(name).parse().unwrap()];
    world.run(RevokeSecurityGroupIngress {
        group_id: group.clone(),
        ip_permissions: vec![],
        security_group_rule_ids: rules("Ingress"),
    });
    let (group_id, vpc_id) = (group.clone(), id("Second").parse().unwrap());
    world.run(DisassociateSecurityGroupVpc { group_id, vpc_id });
    world.run(RevokeSecurityGroupEgress {
        group_id: group,
        ip_permissions: vec![],
        security_group_rule_ids: rules("Egress"),
    });
    world.run(DisassociateAddress { association_id: id("EipAssociation").parse().unwrap() });
    world.run(DetachNetworkInterface { attachment_id: id("Attachment").parse().unwrap() });
    world.run(DisassociateRouteTable { association_id: id("TableAssociation").parse().unwrap() });
    let subnet = &cloud.subnets[&id("Subnet").parse::<SubnetId>().unwrap()];
    let vpc = &cloud.vpcs[&id("Vpc").parse::<VpcId>().unwrap()];
    let default = cloud.network_acls.values().find(|acl| acl.vpc == vpc.id && acl.is_default).expect("there is one");
    let association_id = subnet.network_acl.0.clone();
    world.run(ReplaceNetworkAclAssociation { association_id, network_acl_id: default.id.clone() });
    world.run(DisassociateSubnetCidrBlock { association_id: id("SubnetBlock").parse().unwrap() });
    world.run(DisassociateVpcCidrBlock { association_id: id("Block").parse().unwrap() });
    world.run(AssociateDhcpOptions { dhcp_options_id: None, vpc_id: vpc.id.clone() });
    world.run(ModifyVpcBlockPublicAccessOptions { internet_gateway_block_mode: InternetGatewayBlockMode::Off });
    let profile = id("Profile");
    world.run(RemoveRoleFromInstanceProfile { instance_profile_name: profile, role_name: id("Role") });
    let (role_name, user_name) = (id("Role"), id("User"));
    world.run(DeleteRolePolicy { role_name: role_name.clone(), policy_name: "only".into() });
    world.run(DeleteUserPolicy { user_name: user_name.clone(), policy_name: "mine".into() });
    world.run(DeleteRolePolicy { role_name: role_name.clone(), policy_name: "inline".into() });
    world.run(DeleteUserPolicy { user_name, policy_name: "inline".into() });
    let drifts = detect(&world);
    for name in [
        "Acl100",
        "Egress",
        "EipAssociation",
        "Ingress",
        "Inline",
        "Options",
        "RoleOnly",
        "Route",
        "Shared",
        "SubnetBlock",
        "TableAssociation",
        "Block",
        "UserOnly",
    ] {
        assert_eq!(drifts[name].status, DriftStatus::Deleted, "{name}: {:#?}", drifts[name]);
        assert!(
            drifts[name].expected.is_some() && drifts[name].actual.is_none() && drifts[name].differences.is_empty()
        );
    }
    assert_eq!(differences(&drifts["Profile"]), ["REMOVE /Roles/0"]);
    let differs = |name: &str| matches!(drifts[name].status, DriftStatus::Deleted | DriftStatus::Modified);
    for name in ["AclAssociation", "Attachment", "OptionsAssociation"] {
        assert!(differs(name), "{name}: {:#?}", drifts[name]);
    }
}

#[test]
fn cfn_1_other_properties_are_compared_where_they_lie() {
    let world = world();
    let id = |name: &str| world.id(name);
    let document =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:*","Resource":"*"}]}"#.to_string();
    let (role_name, user_name) = (id("Role"), id("User"));
    world.run(PutRolePolicy { role_name: id("Other"), policy_name: "own".into(), policy_document: document.clone() });
    world.run(AttachRolePolicy { role_name: id("Other"), policy_arn: "arn:aws:iam::aws:policy/ReadOnlyAccess".into() });
    world.run(PutRolePolicy {
        role_name: role_name.clone(),
        policy_name: "only".into(),
        policy_document: document.clone(),
    });
    world.run(PutUserPolicy {
        user_name: user_name.clone(),
        policy_name: "mine".into(),
        policy_document: document.clone(),
    });
    world.run(PutUserPolicy {
        user_name: user_name.clone(),
        policy_name: "inline".into(),
        policy_document: document.clone(),
    });
    let policy_arn = id("Managed");
    world.run(CreatePolicyVersion { policy_arn, policy_document: document, set_as_default: true });
    let access_key_id: AccessKeyId = id("Key").parse().unwrap();
    world.run(UpdateAccessKey { user_name: Some(user_name), access_key_id, active: false });
    world.run(UpdateRole { role_name: id("Linked"), description: Some("other".into()), max_session_duration: None });
    let data = serde_json::json!({ "InstanceType": "t3.large" }).as_object().cloned().unwrap();
    let template = world.cloud().launch_templates[&id("Template").parse::<LaunchTemplateId>().unwrap()].clone();
    world.run(CreateLaunchTemplateVersion {
        template: TemplateName::Id(template.id),
        source_version: None,
        version_description: None,
        data,
        created_by: "somebody".into(),
    });
    world.run(DeleteRoute {
        route_table_id: id("Table").parse().unwrap(),
        destination: RouteDestination::Cidr("0.0.0.0/0".parse().unwrap()),
    });
    let drifts = detect(&world);
    let statement = "/PolicyDocument/Statement";
    for name in ["Inline", "Managed", "RoleOnly", "UserOnly"] {
        let told = differences(&drifts[name]);
        assert!(!told.is_empty() && told.iter().all(|one| one.contains(statement)), "{name}: {told:?}");
    }
    assert_eq!(differences(&drifts["Other"]), ["ADD /ManagedPolicyArns/1", "ADD /Policies/0"]);
    assert_eq!(differences(&drifts["Key"]), ["NOT_EQUAL /Status"]);
    assert_eq!(differences(&drifts["Linked"]), ["NOT_EQUAL /Description"]);
    assert!(differences(&drifts["Template"]).iter().any(|one| one.contains("/LaunchTemplateData")));
    assert_eq!(drifts["Role"].status, DriftStatus::InSync, "what others of the stack give it is theirs");
    assert_eq!(drifts["DefaultRoute"].status, DriftStatus::Deleted);
}

#[test]
fn cfn_1_a_detection_is_of_whole_stacks_and_of_resources_that_are_there() {
    let world = World::new();
    let template = "Resources:\n  A: { Type: 'AWS::EC2::InternetGateway', Properties: { Tags: [{ Key: k, Value: v }] } }\n  B: { Type: 'AWS::EC2::InternetGateway' }\n";
    let missing = world.stacks.detect_drift(&world.scope, "web", &BTreeSet::new()).unwrap_err().to_string();
    assert_eq!(missing, "Stack [web] does not exist");
    world.whole(world.up(template));
    let one = |name: &str| world.stacks.detect_drift(&world.scope, "web", &BTreeSet::from([name.to_string()]));
    assert_eq!(one("C").unwrap_err().to_string(), "Resource C does not exist for stack web");
    retag(&world, &world.id("A"));
    assert_eq!(one("B").unwrap().drifted_resources, 0);
    assert_eq!(world.resource("A").drift, None, "it was not asked for");
    assert_eq!(one("A").unwrap().drifted_resources, 1);
    world.run(DeleteInternetGateway { internet_gateway_id: world.id("B").parse().unwrap() });
    let all = world.stacks.detect_drift(&world.scope, "web", &BTreeSet::new()).unwrap();
    assert_eq!((all.drift, all.drifted_resources), (Some(DriftStatus::Drifted), 2));
    for _ in 0..30 {
        one("A").unwrap();
    }
    assert!(world.cloud().drift_detections.len() <= 20, "old ones are forgotten");
    assert_eq!(world.down().status, Status::DeleteComplete);
    let gone = world.stacks.detect_drift(&world.scope, &all.stack_id, &BTreeSet::new()).unwrap_err().to_string();
    assert!(gone.contains("in state DELETE_COMPLETE"), "{gone}");
}

#[test]
fn cfn_1_a_gateway_that_was_taken_away_is_told() {
    let world = World::new();
    let template = "Resources:
  V: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: 10.0.0.0/16 } }
  I: { Type: 'AWS::EC2::InternetGateway' }
  A: { Type: 'AWS::EC2::VPCGatewayAttachment', Properties: { VpcId: !Ref V, InternetGatewayId: !Ref I } }
";
    world.whole(world.up(template));
    let (vpc_id, internet_gateway_id) = (world.id("V").parse().unwrap(), world.id("I").parse().unwrap());
    world.run(DetachInternetGateway { internet_gateway_id, vpc_id });
    assert_eq!(detect(&world)["A"].status, DriftStatus::Deleted);
}

#[test]
fn cfn_1_tags_that_the_stack_gives_are_no_drift() {
    let world = World::new();
    let template =
        "Resources:\n  A: { Type: 'AWS::EC2::InternetGateway', Properties: { Tags: [{ Key: k, Value: v }] } }\n";
    let mut asked = world.asked(template, &[]);
    asked.tags = Some([("team".to_string(), "net".to_string())].into());
    let begun = world.stacks.create(&world.scope, "web", &asked).expect("it begins");
    world.whole(world.ended(begun));
    assert_eq!(detect(&world)["A"].status, DriftStatus::InSync);
    let tags = [("team".to_string(), "other".to_string())].into();
    world.run(CreateTags { resource_ids: vec![world.id("A")], tags });
    assert_eq!(differences(&detect(&world)["A"]), ["NOT_EQUAL /Tags/1/Value"]);
}

#[test]
fn cfn_1_what_is_never_shown_is_not_shown_by_drift() {
    let world = World::new();
    world.whole(world.up("
Parameters: { Secret: { Type: String, NoEcho: true, Default: hush } }
Resources:
  I: { Type: 'AWS::EC2::InternetGateway', Properties: { Tags: [{ Key: k, Value: !Ref Secret }] } }
"));
    retag(&world, &world.id("I"));
    let drift = &detect(&world)["I"];
    assert_eq!(drift.status, DriftStatus::Modified);
    let text = format!("{drift:?}");
    assert!(!text.contains("hush") && text.contains("****"), "{text}");
    assert!(drift.differences.iter().all(|one| one.expected == "****" && one.actual == "****"), "{text}");
}
