//! Groups, as interfaces and instances show theirs.

use croft_control::Cloud;
use croft_model::SecurityGroupId;
use serde::Serialize;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GroupIdentifier {
    pub group_id: String,
    pub group_name: String,
}

/// In the order of the list.
pub fn group_identifiers(cloud: &Cloud, groups: &[SecurityGroupId]) -> Vec<GroupIdentifier> {
    let shown = |id: &SecurityGroupId| {
        let name = cloud.security_groups.get(id)?.name.clone();
        Some(GroupIdentifier { group_id: id.to_string(), group_name: name })
    };
    groups.iter().filter_map(shown).collect()
}
