//! What would become of one resource, in the words of AWS's change sets.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// One resource's change. Its members are named as in AWS's API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Change {
    /// What becomes of the physical resource that goes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub policy_action: Option<PolicyAction>,
    pub action: ChangeAction,
    pub logical_resource_id: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub physical_resource_id: Option<String>,
    pub resource_type: String,
    /// Only of what is modified.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub replacement: Option<Replacement>,
    pub scope: Vec<Attribute>,
    pub details: Vec<Detail>,
    /// The properties as JSON, as they are.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub before_context: Option<String>,
    /// As they will be.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub after_context: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChangeAction {
    Add,
    Modify,
    Remove,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PolicyAction {
    Delete,
    Retain,
    ReplaceAndDelete,
    ReplaceAndRetain,
}

/// Will a new resource be made in the place of the old one?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Replacement {
    True,
    False,
    /// It depends on what other resources become.
    Conditional,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Attribute {
    Properties,
    DeletionPolicy,
    UpdateReplacePolicy,
    Tags,
}

/// One cause of one property's change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Detail {
    pub target: Target,
    pub evaluation: Evaluation,
    pub change_source: ChangeSource,
    /// A parameter, a resource, or a resource with an attribute; none where the template itself says otherwise.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub causing_entity: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Target {
    pub attribute: Attribute,
    /// Of a property.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
    pub requires_recreation: RequiresRecreation,
    /// Such as `/Properties/CidrBlock`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub before_value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub after_value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub attribute_change_type: Option<ChangeAction>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RequiresRecreation {
    Never,
    Conditionally,
    Always,
}

/// Is it known what the property will be?
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Evaluation {
    Static,
    Dynamic,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ChangeSource {
    ParameterReference,
    ResourceReference,
    ResourceAttribute,
    DirectModification,
    /// The template of a nested stack: what it changes is seen in that stack.
    Automatic,
}

/// What stands for a value that is known only once other resources have been made.
pub const KNOWN_AFTER_APPLY: &str = "{{changeSet:KNOWN_AFTER_APPLY}}";

impl Change {
    /// As it is shown to whoever does not ask for values.
    pub fn without_values(self) -> Change {
        let bare = |detail: Detail| {
            let target = Target {
                path: None,
                before_value: None,
                after_value: None,
                attribute_change_type: None,
                ..detail.target
            };
            Detail { target, ..detail }
        };
        Change {
            before_context: None,
            after_context: None,
            details: self.details.into_iter().map(bare).collect(),
            ..self
        }
    }
}

/// A value of a property as a change set shows it: texts as they are, all else as JSON.
pub fn shown(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}
