//! Tags of resources: those of the template, and those by which a resource tells which stack made it.

use super::Failure;
use super::schema::{Kind, Resolved, ResourceType, TAGS};
use crate::stack::Account;
use croft_control::{CreateTags, DeleteTags};
use croft_model::Tags;
use serde_json::{Map, Value as Json, json};

/// The name of the stack that made a resource.
pub const STACK_NAME: &str = "aws:cloudformation:stack-name";
/// The identifier of the stack that made a resource.
pub const STACK_ID: &str = "aws:cloudformation:stack-id";
/// What the template calls the resource.
pub const LOGICAL_ID: &str = "aws:cloudformation:logical-id";

/// What the stack adds.
pub fn marks(stack_name: &str, stack_id: &str, logical_id: &str) -> Tags {
    let marks = [(STACK_NAME, stack_name), (STACK_ID, stack_id), (LOGICAL_ID, logical_id)];
    marks.into_iter().map(|(key, value)| (key.to_string(), value.to_string())).collect()
}

/// The property `Tags`; of a key given twice the last value counts.
pub fn of(properties: &Map<String, Json>) -> Tags {
    let list = properties.get("Tags").and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
    let text = |tag: &Json, key: &str| tag.get(key).and_then(Json::as_str).map(str::to_string);
    list.iter().filter_map(|tag| Some((text(tag, "Key")?, text(tag, "Value")?))).collect()
}

/// Adds the tags of the stack to a resource of a type that has tags. Of a key that both have, the template's value
/// counts. Source: AWS CloudFormation User Guide, resource tags.
pub fn inherit(of: &ResourceType, resolved: &mut Resolved, stack: &Tags) {
    let takes = of.shape.properties.iter().any(|p| p.name == TAGS.name && matches!(p.kind, Kind::List(_)));
    if !takes || resolved.unknown.contains(&TAGS.name) {
        return;
    }
    let own = self::of(&resolved.json);
    let inherited: Vec<Json> = stack
        .iter()
        .filter(|(key, _)| !own.contains_key(*key))
        .map(|(key, value)| json!({"Key": key, "Value": value}))
        .collect();
    if inherited.is_empty() {
        return;
    }
    if let Json::Array(list) = resolved.json.entry(TAGS.name).or_insert_with(|| json!([])) {
        list.extend(inherited);
    }
}

/// Brings the tags of a resource from the old properties to the new ones.
pub fn update<A: Account>(
    account: &mut A,
    id: &str,
    old: &Map<String, Json>,
    new: &Map<String, Json>,
) -> Result<(), Failure> {
    let (old, new) = (of(old), of(new));
    let ids = || vec![id.to_string()];
    let gone: std::collections::BTreeMap<String, Option<String>> =
        old.keys().filter(|key| !new.contains_key(*key)).map(|key| (key.clone(), None)).collect();
    let changed: Tags =
        new.iter().filter(|(k, v)| old.get(*k) != Some(*v)).map(|(k, v)| (k.clone(), v.clone())).collect();
    if !gone.is_empty() {
        account.run(DeleteTags { resource_ids: ids(), tags: gone })?;
    }
    if !changed.is_empty() {
        account.run(CreateTags { resource_ids: ids(), tags: changed })?;
    }
    Ok(())
}
