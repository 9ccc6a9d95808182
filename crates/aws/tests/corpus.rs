//! Whole templates through the API: up, through their updates, and down to what was there before.
//!
//! A case is a folder of `crates/cloudformation/corpus`: a template, and `expected.json` with a list of steps. The first
//! creates the stack, each further one updates it with its parameters. Of each step is said what the outputs are, which
//! resources get another identifier, which go, and what the API then says of some: each member that is named. `*` at the
//! end of a text stands for any rest, `@Name` for the identifier of a resource.

mod client;

use client::Client;
use croft_cloudformation::Template;
use croft_cloudformation::language::function;
use croft_cloudformation::resource::{Kind, Property, Update, table};
use croft_control::Cloud;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const STACK: &str = "corpus";

/// What `croft up` or a running instance is needed for: `crates/cloudformation/tests` have them.
const ELSEWHERE: [&str; 3] =
    ["AWS::CloudFormation::Stack", "AWS::CloudFormation::WaitCondition", "AWS::CloudFormation::WaitConditionHandle"];

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../cloudformation/corpus")
}

fn cases() -> Vec<PathBuf> {
    let mut cases: Vec<_> = fs::read_dir(corpus()).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.retain(|case| case.join("expected.json").exists());
    cases.sort();
    cases
}

/// What no template of its own can give: an address that the account has had before.
const NOT_GIVEN: (&str, &str) = ("AWS::EC2::EIP", "Address");

/// A change in place gives these another identifier, as `docs/cloudformation.md` says.
const OTHER_IDENTIFIER: [&str; 2] = ["AWS::EC2::NetworkInterfaceAttachment", "AWS::EC2::SubnetRouteTableAssociation"];

/// A resource as the stack remembers it.
#[derive(Clone)]
struct Held {
    kind: String,
    id: String,
    properties: Map<String, Value>,
}

type Resources = BTreeMap<String, Held>;

/// Type and property.
type Name = (String, String);

#[derive(Default)]
struct Seen {
    given: BTreeSet<Name>,
    /// Changed while the resource stayed what it was.
    changed: BTreeSet<Name>,
    /// Types of which one was replaced.
    replaced: BTreeSet<String>,
}

struct Case<'a> {
    client: Client,
    folder: &'a Path,
    failures: Vec<String>,
}

fn export(cloud: &Cloud) -> Vec<String> {
    let text = |resource| {
        let mut resource = serde_json::to_value(resource).unwrap();
        // When the region's setting was last touched is no part of what it is.
        if let Some(setting) = resource.pointer_mut("/RegionSettings/block_public_access/updated") {
            *setting = Value::Null;
        }
        resource.to_string()
    };
    let mut all: Vec<String> = cloud.export_resources().iter().map(text).collect();
    all.sort();
    all
}

impl Case<'_> {
    fn cfn(&self, operation: &str, with: Value) -> Value {
        let answer = self.client.call(&format!("cloudformation:{operation}"), with);
        self.client.settle();
        answer
    }

    fn wrong(&mut self, what: String) {
        self.failures.push(format!("{}: {what}", self.folder.file_name().unwrap().display()));
    }

    fn held(&self, stack: &str) -> Resources {
        let cloud = croft_aws::Backend::cloud(&*self.client.backend);
        let head = cloud.stack(&self.client.scope, stack).unwrap();
        let there = cloud.stack_resources(&head.id).filter(|r| !r.replaced && r.is_there());
        there
            .map(|r| {
                let properties = serde_json::from_str(&serde_json::to_string(&r.properties).unwrap()).unwrap();
                let properties = match properties {
                    Value::String(text) => serde_json::from_str(&text).unwrap(),
                    Value::Object(map) => map,
                    other => panic!("{other}"),
                };
                let id = r.physical_id.clone().unwrap_or_default();
                (r.logical_id.clone(), Held { kind: r.kind.clone(), id, properties })
            })
            .collect()
    }

    /// The identifier that `@Name` or `@stack.Name` stands for.
    fn named(&self, text: &str) -> Option<String> {
        let name = text.strip_prefix('@')?;
        let (stack, name) = name.split_once('.').unwrap_or((STACK, name));
        Some(self.held(stack).get(name).unwrap_or_else(|| panic!("there is no {name}")).id.clone())
    }

    fn ask(&self, step: &Value, operation: &str, file: &str, stack: &str) -> Value {
        let body = fs::read_to_string(self.folder.join(file)).unwrap();
        let parameters: Vec<Value> = step["parameters"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, value)| {
                let value = value.as_str().unwrap();
                json!({"ParameterKey": name, "ParameterValue": self.named(value).unwrap_or_else(|| value.to_string())})
            })
            .collect();
        let parameters = if stack == STACK { parameters } else { Vec::new() };
        let capabilities = ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"];
        self.cfn(
            operation,
            json!({"StackName": stack, "TemplateBody": body, "Parameters": parameters, "Capabilities": capabilities}),
        )
    }

    /// Has the stack come to this end? Otherwise what failed is told.
    fn ended(&mut self, wanted: &str) -> bool {
        let shown = self.cfn("DescribeStacks", json!({"StackName": STACK}));
        if shown["Stacks"][0]["StackStatus"] == wanted {
            return true;
        }
        let events = self.cfn("DescribeStackEvents", json!({"StackName": STACK}));
        let failed = events["StackEvents"].as_array().unwrap().iter().rev();
        let failed = failed.filter(|e| e["ResourceStatus"].as_str().is_some_and(|s| s.ends_with("FAILED")));
        let told: Vec<String> =
            failed.map(|e| format!("{}: {}", e["LogicalResourceId"], e["ResourceStatusReason"])).collect();
        self.wrong(format!("the stack is {}: {}", shown["Stacks"][0]["StackStatus"], told.join("\n  ")));
        false
    }

    fn outputs(&mut self, step: &Value) {
        let shown = self.cfn("DescribeStacks", json!({"StackName": STACK}));
        let outputs = shown["Stacks"][0]["Outputs"].as_array().cloned().unwrap_or_default();
        for (name, wanted) in step["outputs"].as_object().into_iter().flatten() {
            let found = outputs.iter().find(|o| o["OutputKey"] == **name).map(|o| o["OutputValue"].clone());
            if !self.fits(wanted, found.as_ref().unwrap_or(&Value::Null)) {
                self.wrong(format!("output {name} is {found:?}, not {wanted}"));
            }
        }
    }

    /// Is everything that is wanted there? Lists have the same elements in any order; tags may be more.
    fn fits(&self, wanted: &Value, found: &Value) -> bool {
        match (wanted, found) {
            (Value::Object(wanted), Value::Object(found)) => wanted.iter().all(|(name, wanted)| {
                let found = found.get(name).unwrap_or(&Value::Null);
                let all = name == "Tags" || found.as_array().map(Vec::len) == wanted.as_array().map(Vec::len);
                all && self.fits(wanted, found)
            }),
            (Value::Array(wanted), Value::Array(found)) => {
                wanted.iter().all(|wanted| found.iter().any(|found| self.fits(wanted, found)))
            }
            (Value::Array(wanted), Value::Null) => wanted.is_empty(),
            (Value::String(wanted), Value::String(found)) => match (self.named(wanted), wanted.strip_suffix('*')) {
                (Some(id), _) => id == *found,
                (None, Some(start)) => found.starts_with(start),
                (None, None) => wanted == found,
            },
            (wanted, found) => wanted == found,
        }
    }

    fn describe(&self, held: &Held) -> Value {
        let id = held.id.as_str();
        let (operation, with, path) = match held.kind.as_str() {
            "AWS::EC2::VPC" => ("DescribeVpcs", json!({"VpcIds": [id]}), "/Vpcs/0"),
            "AWS::EC2::Subnet" => ("DescribeSubnets", json!({"SubnetIds": [id]}), "/Subnets/0"),
            "AWS::EC2::RouteTable" => ("DescribeRouteTables", json!({"RouteTableIds": [id]}), "/RouteTables/0"),
            "AWS::EC2::InternetGateway" => {
                ("DescribeInternetGateways", json!({"InternetGatewayIds": [id]}), "/InternetGateways/0")
            }
            "AWS::EC2::NatGateway" => ("DescribeNatGateways", json!({"NatGatewayIds": [id]}), "/NatGateways/0"),
            "AWS::EC2::SecurityGroup" => ("DescribeSecurityGroups", json!({"GroupIds": [id]}), "/SecurityGroups/0"),
            "AWS::EC2::SecurityGroupIngress" | "AWS::EC2::SecurityGroupEgress" => {
                let with = json!({"SecurityGroupRuleIds": [id]});
                ("DescribeSecurityGroupRules", with, "/SecurityGroupRules/0")
            }
            "AWS::EC2::SecurityGroupVpcAssociation" => {
                let (group, vpc) = id.split_once('|').unwrap();
                let filters = [("group-id", group), ("vpc-id", vpc)];
                let filters = filters.map(|(name, value)| json!({"Name": name, "Values": [value]}));
                let with = json!({"Filters": filters});
                ("DescribeSecurityGroupVpcAssociations", with, "/SecurityGroupVpcAssociations/0")
            }
            "AWS::EC2::NetworkAcl" => ("DescribeNetworkAcls", json!({"NetworkAclIds": [id]}), "/NetworkAcls/0"),
            "AWS::EC2::NetworkInterface" => {
                ("DescribeNetworkInterfaces", json!({"NetworkInterfaceIds": [id]}), "/NetworkInterfaces/0")
            }
            "AWS::EC2::PrefixList" => ("DescribeManagedPrefixLists", json!({"PrefixListIds": [id]}), "/PrefixLists/0"),
            "AWS::EC2::Instance" => ("DescribeInstances", json!({"InstanceIds": [id]}), "/Reservations/0/Instances/0"),
            "AWS::EC2::LaunchTemplate" => {
                ("DescribeLaunchTemplates", json!({"LaunchTemplateIds": [id]}), "/LaunchTemplates/0")
            }
            "AWS::EC2::KeyPair" => ("DescribeKeyPairs", json!({"KeyNames": [id]}), "/KeyPairs/0"),
            "AWS::IAM::Role" => ("iam:GetRole", json!({"RoleName": id}), "/Role"),
            "AWS::IAM::User" => ("iam:GetUser", json!({"UserName": id}), "/User"),
            "AWS::IAM::ManagedPolicy" => ("iam:GetPolicy", json!({"PolicyArn": id}), "/Policy"),
            "AWS::IAM::InstanceProfile" => {
                ("iam:GetInstanceProfile", json!({"InstanceProfileName": id}), "/InstanceProfile")
            }
            other => panic!("nothing describes {other}"),
        };
        let answer = self.client.call(operation, with);
        answer.pointer(path).unwrap_or_else(|| panic!("{operation} shows no {id}: {answer}")).clone()
    }

    fn blocks(&self) -> BTreeSet<String> {
        let shown = self.client.call("DescribeSubnets", json!({}));
        let custom = shown["Subnets"].as_array().unwrap().iter().filter(|s| s["DefaultForAz"] == false);
        custom.map(|s| s["CidrBlock"].as_str().unwrap().to_string()).collect()
    }

    fn texts(step: &Value, name: &str) -> Option<BTreeSet<String>> {
        Some(step[name].as_array()?.iter().map(|text| text.as_str().unwrap().to_string()).collect())
    }

    fn look(&mut self, step: &Value, before: &Resources, seen: &mut Seen) -> Resources {
        let now = self.held(STACK);
        for (name, held) in &now {
            seen.given.extend(held.properties.keys().map(|property| (held.kind.clone(), property.clone())));
            let Some(old) = before.get(name) else { continue };
            let names: BTreeSet<&String> = held.properties.keys().chain(old.properties.keys()).collect();
            let differ: Vec<&String> =
                names.into_iter().filter(|name| held.properties.get(*name) != old.properties.get(*name)).collect();
            let legal = table::find(&held.kind).unwrap().shape.properties;
            let replaces = |property: &&Property| {
                property.update == Update::Replacement && differ.iter().any(|name| **name == property.name)
            };
            let in_place = OTHER_IDENTIFIER.contains(&held.kind.as_str()) && !legal.iter().any(|p| replaces(&p));
            if old.id != held.id && !in_place {
                seen.replaced.insert(held.kind.clone());
                continue;
            }
            seen.changed.extend(differ.into_iter().map(|property| (held.kind.clone(), property.clone())));
        }
        let other = |name: &&String| now.get(*name).is_some_and(|held| held.id != before[*name].id);
        let replaced: BTreeSet<String> = before.keys().filter(other).cloned().collect();
        let gone: BTreeSet<String> = before.keys().filter(|name| !now.contains_key(*name)).cloned().collect();
        let (wanted, leave) = (Case::texts(step, "replaced"), Case::texts(step, "gone").unwrap_or_default());
        if wanted.as_ref().is_some_and(|wanted| *wanted != replaced) {
            self.wrong(format!("replaced are {replaced:?}, not {wanted:?}"));
        }
        if gone != leave {
            self.wrong(format!("gone are {gone:?}, not {leave:?}"));
        }
        if let Some(wanted) = Case::texts(step, "subnets").filter(|wanted| *wanted != self.blocks()) {
            self.wrong(format!("subnets are {:?}, not {wanted:?}", self.blocks()));
        }
        for (name, wanted) in step["resources"].as_object().into_iter().flatten() {
            let held = now.get(name).unwrap_or_else(|| panic!("there is no {name}"));
            let found = self.describe(held);
            for (member, wanted) in wanted.as_object().unwrap() {
                let (wanted, found) = (json!({member: wanted}), json!({member: found[member]}));
                if !self.fits(&wanted, &found) {
                    self.wrong(format!("{name} has {found}, not {wanted}"));
                }
            }
        }
        now
    }

    fn run(&mut self, seen: &mut Seen) {
        let steps: Vec<Value> =
            serde_json::from_str(&fs::read_to_string(self.folder.join("expected.json")).unwrap()).unwrap();
        self.client.call("DescribeVpcs", json!({}));
        let before = export(&croft_aws::Backend::cloud(&*self.client.backend));
        let others = steps[0]["before"].as_object().cloned().unwrap_or_default();
        for (stack, file) in &others {
            self.ask(&Value::Null, "CreateStack", file.as_str().unwrap(), stack);
        }
        let mut held = Resources::new();
        for (n, step) in steps.iter().enumerate() {
            let (operation, status) = match n {
                0 => ("CreateStack", "CREATE_COMPLETE"),
                _ => ("UpdateStack", "UPDATE_COMPLETE"),
            };
            self.ask(step, operation, "template.yaml", STACK);
            if !self.ended(status) {
                break;
            }
            self.outputs(step);
            held = self.look(step, &held, seen);
        }
        for stack in [STACK].into_iter().chain(others.keys().map(String::as_str)) {
            self.cfn("DeleteStack", json!({"StackName": stack}));
            if let Ok(left) = self.client.try_call("cloudformation:DescribeStacks", json!({"StackName": stack})) {
                self.wrong(format!(
                    "{stack} is {}: {}",
                    left["Stacks"][0]["StackStatus"], left["Stacks"][0]["StackStatusReason"]
                ));
            }
        }
        if let Some(stays) = Case::texts(steps.last().unwrap(), "stays") {
            if self.blocks() != stays {
                self.wrong(format!("{:?} stay, not {stays:?}", self.blocks()));
            }
            return;
        }
        let after = export(&croft_aws::Backend::cloud(&*self.client.backend));
        let left: Vec<&String> = after.iter().filter(|line| !before.contains(line)).collect();
        let lost: Vec<&String> = before.iter().filter(|line| !after.contains(line)).collect();
        if after != before {
            self.wrong(format!("left: {left:#?}\nlost: {lost:#?}"));
        }
    }
}

/// Properties of every type that are not refused.
fn properties() -> impl Iterator<Item = (&'static str, &'static Property)> {
    let types = table::names().filter(|name| !ELSEWHERE.contains(name)).map(|name| table::find(name).unwrap());
    types
        .flat_map(|of| of.shape.properties.iter().map(|property| (of.name, property)))
        .filter(|(of, property)| !matches!(property.kind, Kind::Refused(_)) && (*of, property.name) != NOT_GIVEN)
}

#[test]
fn cfn_1_every_template_of_the_corpus_comes_up_is_updated_and_goes() {
    let mut seen = Seen::default();
    let mut failures = Vec::new();
    for folder in cases() {
        let mut case = Case { client: Client::new(), folder: &folder, failures: Vec::new() };
        case.run(&mut seen);
        failures.append(&mut case.failures);
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    let name = |(of, property): &(&str, &Property)| (of.to_string(), property.name.to_string());
    let absent: Vec<_> = properties().map(|p| name(&p)).filter(|name| !seen.given.contains(name)).collect();
    assert!(absent.is_empty(), "no template of the corpus gives {absent:#?}");
    let steady: Vec<_> = properties()
        .filter(|(_, property)| property.update != Update::Replacement || property.depends.is_some())
        .map(|p| name(&p))
        .filter(|name| !seen.changed.contains(name))
        .collect();
    assert!(steady.is_empty(), "no update of the corpus changes in place {steady:#?}");
    let kept: BTreeSet<_> = properties()
        .filter(|(_, property)| property.update == Update::Replacement && property.depends.is_none())
        .map(|(of, _)| of.to_string())
        .filter(|of| !seen.replaced.contains(of))
        .collect();
    assert!(kept.is_empty(), "no update of the corpus replaces a {kept:#?}");
}

#[test]
fn every_type_and_every_function_is_in_the_corpus() {
    let (mut text, mut types) = (String::new(), BTreeSet::new());
    for folder in cases() {
        for entry in fs::read_dir(folder).unwrap() {
            let file = entry.unwrap().path();
            if file.extension().is_some_and(|e| e == "yaml") {
                let one = fs::read_to_string(&file).unwrap();
                let template = Template::parse("template.yaml", one.as_bytes()).unwrap_or_else(|e| panic!("{e}"));
                types.extend(template.resources.iter().map(|resource| resource.of.name));
                text.push_str(&one);
            }
        }
    }
    let absent: Vec<_> = table::names().filter(|name| !types.contains(name) && !ELSEWHERE.contains(name)).collect();
    assert!(absent.is_empty(), "{absent:?}");
    let refused = |long: &str| function::REFUSED.iter().any(|(name, _)| *name == long);
    for (short, long) in function::SHORT_TAGS.iter().filter(|(_, long)| !refused(long)) {
        assert!(text.contains(&format!("!{short} ")) || text.contains(long), "{long}");
    }
    assert!(text.contains(function::FOR_EACH));
}

/// Parts of templates as tutorials show them: their second line says what is missing.
#[test]
fn cfn_1_what_a_template_lacks_is_named_and_nothing_is_made() {
    let mut judged = 0;
    for entry in fs::read_dir(corpus().join("incomplete")).unwrap() {
        let file = entry.unwrap().path();
        let body = fs::read_to_string(&file).unwrap();
        let missing = body.lines().nth(1).and_then(|line| line.strip_prefix("# missing: ")).unwrap();
        let client = Client::new();
        client.call("DescribeVpcs", json!({}));
        let before = export(&croft_aws::Backend::cloud(&*client.backend));
        let with = json!({"StackName": STACK, "TemplateBody": body});
        let refusal = client.try_call("cloudformation:CreateStack", with).unwrap_err();
        assert_eq!(refusal.code, "ValidationError", "{}", file.display());
        for name in missing.split(' ') {
            assert!(refusal.message.contains(name), "{}: {}", file.display(), refusal.message);
            judged += 1;
        }
        assert_eq!(export(&croft_aws::Backend::cloud(&*client.backend)), before, "{}", file.display());
    }
    assert!(judged >= 6, "{judged}");
}
