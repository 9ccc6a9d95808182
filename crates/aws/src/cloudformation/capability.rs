//! What a template's author has to be told yes to, beyond making the stack.

use super::named::find;
use crate::call::Call;
use crate::fault::Fault;
use croft_cloudformation::Template;
use croft_cloudformation::stack::{Asked, Design, Frame, version};
use std::collections::BTreeSet;

/// IAM can be given away.
const IAM: &str = "CAPABILITY_IAM";
/// And under names that are known beforehand.
const NAMED_IAM: &str = "CAPABILITY_NAMED_IAM";
/// What is made is not what the template says word for word.
const AUTO_EXPAND: &str = "CAPABILITY_AUTO_EXPAND";

/// Types that need [`IAM`], and the property that makes it [`NAMED_IAM`].
const TYPES: &[(&str, Option<&str>)] = &[
    ("AWS::IAM::AccessKey", None),
    ("AWS::IAM::Group", Some("GroupName")),
    ("AWS::IAM::GroupPolicy", None),
    ("AWS::IAM::InstanceProfile", Some("InstanceProfileName")),
    ("AWS::IAM::ManagedPolicy", Some("ManagedPolicyName")),
    ("AWS::IAM::Policy", None),
    ("AWS::IAM::Role", Some("RoleName")),
    ("AWS::IAM::RolePolicy", None),
    ("AWS::IAM::User", Some("UserName")),
    ("AWS::IAM::UserPolicy", None),
    ("AWS::IAM::UserToGroupAddition", None),
];

/// What a template needs, and why.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Needed {
    pub capabilities: Vec<&'static str>,
    pub reason: Option<String>,
}

/// Of a template; of loops that are not written out, what stands in them.
pub fn needed(template: &Template) -> Needed {
    let mut types = BTreeSet::new();
    let mut named = false;
    let mut judge = |resource_type: &str, gives: &dyn Fn(&str) -> bool| {
        let Some((name, property)) = TYPES.iter().find(|(name, _)| *name == resource_type) else { return };
        types.insert(*name);
        named |= property.is_some_and(gives);
    };
    for resource in &template.resources {
        judge(resource.of.name, &|name| resource.properties.iter().any(|(given, _)| given.text == name));
    }
    for looped in &template.looped {
        judge(&looped.resource_type, &|name| looped.properties.iter().any(|given| given == name));
    }
    let mut needed = Needed::default();
    if !types.is_empty() {
        needed.capabilities.push(if named { NAMED_IAM } else { IAM });
        let types: Vec<&str> = types.into_iter().collect();
        needed.reason = Some(format!("The following resource(s) require capabilities: [{}]", types.join(", ")));
    }
    if !template.transforms.is_empty() {
        needed.capabilities.push(AUTO_EXPAND);
    }
    needed
}

/// The template that is asked for, with everything in it that its loops make.
fn unrolled(call: &Call<'_>, stack_name: &str, asked: &Asked) -> Option<Template> {
    let cloud = call.cloud();
    let held = find(&cloud, call.scope, stack_name);
    let template = version::read(asked, held).ok()?;
    if !template.open {
        return Some(template);
    }
    let frame = match held {
        Some(stack) => Frame::of(stack),
        None => Frame::new(&cloud, call.scope, stack_name, u64::try_from(call.now()).unwrap_or_default()),
    };
    let given = version::parameters(asked, &template, held).ok()?;
    Some(Design::bind(&template, &frame, &given, &cloud).ok()?.template)
}

/// Judges what a caller has said yes to of a template that can be read; one that cannot says so when it is used. A change set is not carried out unseen, so that it needs no
/// [`AUTO_EXPAND`].
///
/// # Errors
/// `InsufficientCapabilitiesException`.
pub fn check(call: &Call<'_>, stack_name: &str, asked: &Asked, change_set: bool) -> Result<(), Fault> {
    let Some(template) = unrolled(call, stack_name, asked) else { return Ok(()) };
    let has = |capability: &str| asked.capabilities.contains(capability);
    let missing: Vec<&str> = needed(&template)
        .capabilities
        .into_iter()
        .filter(|capability| match *capability {
            IAM => !has(IAM) && !has(NAMED_IAM),
            AUTO_EXPAND => !change_set && !has(AUTO_EXPAND),
            other => !has(other),
        })
        .collect();
    match missing.is_empty() {
        true => Ok(()),
        false => {
            let message = format!("Requires capabilities : [{}]", missing.join(", "));
            Err(Fault::new("InsufficientCapabilitiesException", message))
        }
    }
}
