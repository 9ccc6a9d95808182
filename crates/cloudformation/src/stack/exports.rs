//! Values that a stack gives to others of its scope, each under a name that no other stack gives.

use croft_control::Cloud;
use croft_model::Scope;
use croft_model::stack::{Stack, StackOutput};
use std::collections::BTreeMap;

/// All exports of a scope: name → value.
pub fn of(cloud: &Cloud, scope: &Scope) -> BTreeMap<String, String> {
    let stacks = cloud.live_stacks_in(scope);
    stacks
        .flat_map(|s| s.exports().map(|(name, value)| (name.to_string(), value.to_string())).collect::<Vec<_>>())
        .collect()
}

/// The stack that gives an export.
pub fn exporter<'a>(cloud: &'a Cloud, scope: &Scope, name: &str) -> Option<&'a Stack> {
    cloud.live_stacks_in(scope).find(|stack| stack.exports().any(|(export, _)| export == name))
}

/// Names of the stacks that import an export.
pub fn importers(cloud: &Cloud, scope: &Scope, name: &str) -> Vec<String> {
    let imports = |stack: &&Stack| {
        let before = stack.before.iter().any(|before| before.imports.contains(name));
        before || stack.version.imports.contains(name)
    };
    cloud.live_stacks_in(scope).filter(imports).map(|stack| stack.name.clone()).collect()
}

/// Why a stack cannot have these outputs: another exports one already, or an export that others import would change.
pub(super) fn check(cloud: &Cloud, stack: &Stack, outputs: &[StackOutput]) -> Result<(), String> {
    let named = |o: &StackOutput| Some((o.export.clone()?, o.value.clone()));
    let new: BTreeMap<String, String> = outputs.iter().filter_map(named).collect();
    if new.len() != outputs.iter().filter(|o| o.export.is_some()).count() {
        return Err("Two outputs export the same name.".to_string());
    }
    for name in new.keys() {
        if let Some(other) = exporter(cloud, &stack.scope, name).filter(|other| other.id != stack.id) {
            return Err(format!("Export with name {name} is already exported by stack {}.", other.name));
        }
    }
    let before = stack.before.as_ref().map_or(&stack.version.outputs, |before| &before.outputs);
    for (name, value) in before.iter().filter_map(named) {
        let what = match new.get(&name) {
            Some(now) if *now == value => continue,
            Some(_) => "updated",
            None => "deleted",
        };
        let by = importers(cloud, &stack.scope, &name);
        if !by.is_empty() {
            return Err(format!("Export {name} cannot be {what} as it is in use by {}", by.join(", ")));
        }
    }
    Ok(())
}

/// Why a stack cannot be deleted.
pub(super) fn hold(cloud: &Cloud, stack: &Stack) -> Result<(), String> {
    check(cloud, stack, &[])
}
