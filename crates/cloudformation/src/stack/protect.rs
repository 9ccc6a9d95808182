//! What a stack policy has to say of what is asked of a stack, and of the steps of an update.

use super::account::Account;
use super::asked::Asked;
use super::design::{Action, Design, Frame};
use super::error::StackError;
use super::policy::{Act, Policy};
use super::reason::Reason;
use super::step::Step;
use super::{STACK_TYPE, begin, nested, version};
use crate::Template;
use croft_control::PutStack;
use croft_model::stack::{Stack, StackResource};

/// Judges the policies that are asked for, and the one in force if it stays, against a template.
pub(super) fn check(asked: &Asked, template: &Template, in_force: Option<&str>) -> Result<(), StackError> {
    let ids = |id: &str| template.resource(id).is_some();
    let stays = in_force.filter(|_| asked.policy.is_none());
    let policies = [
        (asked.policy.as_deref(), "stack policy"),
        (asked.policy_during_update.as_deref(), "stack policy"),
        (stays, "existing stack policy"),
    ];
    for (policy, which) in policies {
        policy.map(|text| Policy::read(text, which, &ids)).transpose()?;
    }
    Ok(())
}

/// Sets the policy that updates are held against.
pub fn set_policy<A: Account>(account: &mut A, stack: &str, policy: &str) -> Result<(), StackError> {
    let cloud = account.cloud();
    let held = begin::find(&cloud, account.scope(), stack)?;
    if held.is_deleted() {
        return Err(StackError::invalid(format!("Stack [{stack}] does not exist")));
    }
    let version = &held.version;
    let template = version::parse("template", &version.template, version.skip_unsupported)?;
    let bound = Design::bind(&template, &Frame::of(held), &version.parameters, &cloud)?;
    Policy::read(policy, "stack policy", &|id| bound.template.resource(id).is_some())?;
    account.run(PutStack { stack: Stack { policy: Some(policy.to_string()), ..held.clone() } })?;
    Ok(())
}

/// Resources that would leave the stack and that its policy does not let go.
pub(super) fn leaving(step: &Step, design: &Design, policy: &Policy) -> Vec<(String, Reason)> {
    let leave = |entry: &&StackResource| {
        let stays = design.steps.iter().any(|planned| planned.resource.name.text == entry.logical_id);
        !stays && !entry.replaced && entry.is_there()
    };
    let leaving = step.held().stack_resources(&step.stack.id).filter(leave);
    let judged = leaving.map(|entry| (entry, policy.judge(Act::Delete, &entry.logical_id, &entry.kind)));
    judged.filter_map(|(entry, judged)| Some((entry.logical_id.clone(), Reason::own(judged.err()?)))).collect()
}

/// What a stack policy is asked about a change. None: nothing changes.
pub(super) fn act(step: &Step, action: &Action, old: &StackResource) -> Option<Act> {
    let renews = || step.stack.before.as_ref().is_some_and(|before| nested::renews(old, before, &step.stack.version));
    match action {
        Action::Update(_) => Some(Act::Modify),
        Action::Replace { .. } => Some(Act::Replace),
        Action::Keep if old.kind == STACK_TYPE && renews() => Some(Act::Modify),
        Action::Keep | Action::Create => None,
    }
}
