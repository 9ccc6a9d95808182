//! What a request names: a stack by its name or identifier, one of its resources, a change set.

use crate::fault::Fault;
use croft_control::Cloud;
use croft_model::Scope;
use croft_model::stack::{ChangeSet, Stack};

/// A refusal of what is asked.
pub fn invalid(message: impl Into<String>) -> Fault {
    Fault::new("ValidationError", message)
}

/// A stack by its name, or by its identifier: by that, a deleted one too.
pub fn find<'c>(cloud: &'c Cloud, scope: &Scope, name: &str) -> Option<&'c Stack> {
    match name.starts_with("arn:") {
        true => cloud.stacks.get(name).filter(|stack| stack.scope == *scope),
        false => cloud.stack(scope, name),
    }
}

/// As [`find`], in the words of the operations that look at a stack.
pub fn stack<'c>(cloud: &'c Cloud, scope: &Scope, name: &str) -> Result<&'c Stack, Fault> {
    find(cloud, scope, name).ok_or_else(|| invalid(format!("Stack with id {name} does not exist")))
}

/// As [`find`], in the words of the operations that look at events and change sets, or change a stack.
pub fn known<'c>(cloud: &'c Cloud, scope: &Scope, name: &str) -> Result<&'c Stack, Fault> {
    find(cloud, scope, name).ok_or_else(|| invalid(format!("Stack [{name}] does not exist")))
}

/// A change set by its identifier, or by its name and its stack's.
pub fn change_set<'c>(
    cloud: &'c Cloud,
    scope: &Scope,
    name: &str,
    stack_name: Option<&str>,
) -> Result<&'c ChangeSet, Fault> {
    let missing = || Fault::new("ChangeSetNotFound", format!("ChangeSet [{name}] does not exist"));
    if name.starts_with("arn:") {
        return cloud.change_sets.get(name).filter(|set| set.scope == *scope).ok_or_else(missing);
    }
    let Some(stack_name) = stack_name else {
        return Err(invalid("StackName must be specified if ChangeSetName is not specified as an ARN."));
    };
    let stack = known(cloud, scope, stack_name)?;
    cloud.change_sets_of(&stack.id).find(|set| set.name == name).ok_or_else(missing)
}
