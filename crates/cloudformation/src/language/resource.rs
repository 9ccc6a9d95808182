//! One entry of the Resources section.

use super::creation_policy::{self, CreationPolicy};
use super::diagnostic::{Position, Said};
use super::expression::{Compiler, Expression};
use super::node::{Name, Node};
use super::policy::{self, Policy, Written};
use super::section::Section;
use crate::resource::{ResourceType, table};

/// A resource as the template declares it.
#[derive(Clone, Debug)]
pub struct Resource {
    pub name: Name,
    pub of: &'static ResourceType,
    pub properties: Vec<(Name, Expression)>,
    pub depends_on: Vec<Name>,
    pub condition: Option<Name>,
    /// What becomes of it when it leaves the template or the stack is deleted. Right only once the template is bound
    /// to its parameters: it may be computed.
    pub deletion_policy: Policy,
    /// What becomes of the old one when it is replaced. Right only once the template is bound.
    pub update_replace_policy: Policy,
    /// What the two policies are computed from, in this order.
    pub computed_policies: [Option<Expression>; 2],
    pub creation_policy: Option<CreationPolicy>,
    /// As it is given; nothing here reads it.
    pub metadata: Option<serde_json::Value>,
}

/// A resource that is left out because its type is not supported, or because it needs one that is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    pub logical_id: String,
    pub resource_type: String,
    pub because: String,
    pub at: Position,
}

/// What an entry comes to.
pub enum Entry {
    Resource(Box<Resource>),
    Skipped(Skipped),
    /// The report says why.
    Wrong,
}

const KEYS: &[&str] = &[
    "Condition",
    "CreationPolicy",
    "DeletionPolicy",
    "DependsOn",
    "Metadata",
    "Properties",
    "Type",
    "UpdatePolicy",
    "UpdateReplacePolicy",
    "Version",
];

/// Reads an entry; `skip` leaves unsupported types out instead of reporting them.
pub fn read(name: &Name, node: &Node, skip: bool, compiler: &mut Compiler) -> Entry {
    let Some(mut section) = Section::open(node, name.at, "a resource", KEYS, compiler.report) else {
        return Entry::Wrong;
    };
    let of = match resource_type(name, &mut section) {
        Some(Ok(of)) => Some(of),
        Some(Err(skipped)) if skip => return Entry::Skipped(skipped),
        Some(Err(skipped)) => {
            unsupported(&skipped, &mut section);
            None
        }
        None => None,
    };
    let names = |places: Vec<(String, Position)>| places.into_iter().map(|(text, at)| Name { text, at });
    let depends_on = names(section.places("DependsOn")).collect();
    let condition = condition(&mut section);
    if let Some(policy) = section.optional("UpdatePolicy").filter(|node| node.text().is_some()) {
        section.report.error(policy.at, "UpdatePolicy is a map, and this is a text");
    }
    let entries = section.map("Properties");
    let [deletion, replacement] = ["DeletionPolicy", "UpdateReplacePolicy"].map(|key| section.optional(key));
    let (creation, metadata) = (section.optional("CreationPolicy"), section.optional("Metadata").map(Node::to_json));
    let properties = compiler.map(entries);
    let deletion = policy::read("DeletionPolicy", deletion, compiler);
    let replacement = policy::read("UpdateReplacePolicy", replacement, compiler);
    let creation_policy = creation.and_then(|node| creation_policy::read(node, of.map(|of| of.name), compiler));
    let Some(of) = of else { return Entry::Wrong };
    let known = |written: &Written| match written {
        Written::Known(policy) => *policy,
        Written::Computed(_) => Policy::Delete,
    };
    let (deletion_policy, update_replace_policy) = (known(&deletion), known(&replacement));
    let computed_policies = [deletion, replacement].map(|written| match written {
        Written::Known(_) => None,
        Written::Computed(expression) => Some(expression),
    });
    Entry::Resource(Box::new(Resource {
        name: name.clone(),
        of,
        properties,
        depends_on,
        condition,
        deletion_policy,
        update_replace_policy,
        computed_policies,
        creation_policy,
        metadata,
    }))
}

/// The name of a condition, in a resource or an output.
pub fn condition(section: &mut Section) -> Option<Name> {
    let node = section.optional("Condition")?;
    let Some(text) = node.text() else {
        let said = Said::whole("Template format error: Every Condition member must be a string.");
        let what = format!("Condition is the name of a condition, and this is {}", node.what());
        section.report.say(said, node.at, what, "write the condition into the Conditions section and its name here");
        return None;
    };
    Some(Name { text: text.to_string(), at: node.at })
}

/// The type; inside, an error is one that is not supported. None: the report says why.
fn resource_type(name: &Name, section: &mut Section) -> Option<Result<&'static ResourceType, Skipped>> {
    let node = match section.optional("Type") {
        Some(node) => node,
        None => {
            let said = Said::whole("Template format error: Every Resources object must contain a Type member.");
            section.report.say(said, name.at, "Type is missing", "every resource has one");
            return None;
        }
    };
    let Some(text) = node.text() else {
        section.report.error(node.at, "Type is the name of a resource type");
        return None;
    };
    let skipped = || Skipped {
        logical_id: name.text.clone(),
        resource_type: text.to_string(),
        because: format!("the resource type {text} is not supported"),
        at: node.at,
    };
    Some(table::find(text).ok_or_else(skipped))
}

/// Kinds of types that are refused for a reason.
const REFUSED: &[(&str, &str)] = &[
    ("Custom::", "a custom resource needs a function, and there are none here yet"),
    ("AWS::CloudFormation::CustomResource", "a custom resource needs a function, and there are none here yet"),
    ("AWS::CloudFormation::Macro", "a macro needs a function, and there are none here yet"),
    ("AWS::Serverless::", "it needs functions and the serverless transform, and there are none here yet"),
    ("AWS::Lambda::", "there are no functions here yet"),
    ("AWS::EC2::CarrierGateway", "carrier gateways are not here"),
    ("AWS::EC2::CapacityReservation", "capacity is not reserved here"),
    ("AWS::EC2::CustomerGateway", "virtual private networks are not here"),
    ("AWS::EC2::EC2Fleet", "fleets are not here: write instances"),
    ("AWS::EC2::FlowLog", "flow logs are not here yet"),
    ("AWS::EC2::IPAM", "there is no IPAM here: give blocks"),
    ("AWS::EC2::LocalGateway", "Outposts are not here"),
    ("AWS::EC2::NetworkInterfacePermission", "an interface is for its own account here"),
    ("AWS::EC2::PlacementGroup", "there is one host"),
    ("AWS::EC2::SpotFleet", "fleets are not here: write instances"),
    ("AWS::EC2::TransitGateway", "transit gateways are not here yet"),
    ("AWS::EC2::VPCEndpoint", "VPC endpoints are not here yet"),
    ("AWS::EC2::VPCPeeringConnection", "peering connections are not here yet"),
    ("AWS::EC2::VPN", "virtual private networks are not here"),
    ("AWS::EC2::Volume", "a volume is made at launch: give BlockDeviceMappings to the instance"),
];

fn unsupported(skipped: &Skipped, section: &mut Section) {
    let of = skipped.resource_type.as_str();
    let said = Some(Said::Gathered("Template format error: Unrecognized resource types: ", of.to_string(), ""));
    match REFUSED.iter().find(|(begins, _)| of.starts_with(begins)) {
        Some((_, why)) => {
            let advice = format!("{why}: remove it, or leave such resources out with --skip-unsupported");
            section.report.say(said, skipped.at, skipped.because.clone(), advice);
        }
        None => section.report.suggest_said(said, skipped.at, skipped.because.clone(), of, table::names()),
    }
}
