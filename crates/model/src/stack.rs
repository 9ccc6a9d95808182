//! Stacks: what the template engine remembers of a template that it has applied (row CFN-1).
//!
//! The cloud keeps the records so that they survive with the resources that they describe; what they mean is the
//! template engine's affair. The head of a stack, its resources and its events are records of their own, so that a
//! step writes only what it changed.

mod change_set;
mod drift;
mod event;
mod resource;
mod signals;
mod status;
mod work;

pub use change_set::{ChangeSet, ChangeSetKind, ExecutionStatus};
pub use drift::{Drift, DriftDetection, DriftStatus, PropertyDifference, ResourceDrift};
pub use event::StackEvent;
pub use resource::{HIDDEN, ResourceVersion, StackResource};
pub use signals::{StackSignal, StackSignals};
pub use status::Status;
pub use work::{OnFailure, Phase, Work};

use crate::{Scope, Tags};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The head of a stack. A deleted one stays, to be shown by its identifier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stack {
    /// Such as `arn:aws:cloudformation:us-east-1:000000000000:stack/web/5e0f…`; another one for a stack made anew
    /// under an old name. What a cloud keeps it under.
    pub id: String,
    /// Unique in its scope among those that are not deleted.
    pub name: String,
    #[serde(default)]
    pub scope: Scope,
    pub status: Status,
    #[serde(default)]
    pub status_reason: Option<String>,
    /// What is in force, or is about to be.
    #[serde(flatten)]
    pub version: StackVersion,
    /// What was in force when the stack was whole for the last time, while it is not: what a rollback goes back to.
    #[serde(default)]
    pub before: Option<Box<StackVersion>>,
    #[serde(default)]
    pub on_failure: OnFailure,
    #[serde(default)]
    pub timeout_in_minutes: Option<u64>,
    #[serde(default)]
    pub termination_protection: bool,
    /// The stack policy in force, as JSON.
    #[serde(default)]
    pub policy: Option<String>,
    /// The stack whose resource this one is.
    #[serde(default)]
    pub parent_id: Option<String>,
    #[serde(default)]
    pub root_id: Option<String>,
    /// Milliseconds since 1970, as all times here.
    pub created: u64,
    #[serde(default)]
    pub updated: Option<u64>,
    #[serde(default)]
    pub deleted: Option<u64>,
    /// The last detection of drift.
    #[serde(default)]
    pub drift: Option<Drift>,
    /// The change set that was carried out last.
    #[serde(default)]
    pub change_set_id: Option<String>,
    /// What was asked for and is not done yet.
    #[serde(default)]
    pub work: Option<Work>,
}

/// What a template and its parameters make of a stack.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackVersion {
    /// The template as it was given.
    pub template: String,
    /// With what its transforms made of it, as JSON. None: it has none.
    #[serde(default)]
    pub processed: Option<String>,
    #[serde(default)]
    pub description: Option<String>,
    /// As they were given or by default.
    pub parameters: BTreeMap<String, String>,
    /// Names of parameters whose values are never shown.
    #[serde(default)]
    pub no_echo: BTreeSet<String>,
    /// Of parameters that name a value kept elsewhere, that value.
    #[serde(default)]
    pub resolved_parameters: BTreeMap<String, String>,
    #[serde(default)]
    pub tags: Tags,
    #[serde(default)]
    pub capabilities: BTreeSet<String>,
    #[serde(default)]
    pub notification_arns: Vec<String>,
    #[serde(default)]
    pub role_arn: Option<String>,
    /// Resources of types that are not supported are left out.
    #[serde(default)]
    pub skip_unsupported: bool,
    /// Templates of nested stacks that came with this one: by the URL or path that names them.
    #[serde(default)]
    pub nested_templates: BTreeMap<String, String>,
    #[serde(default)]
    pub outputs: Vec<StackOutput>,
    /// Names of exports that the template imports.
    #[serde(default)]
    pub imports: BTreeSet<String>,
}

impl Stack {
    /// A new one that has nothing yet. `unique` ends its identifier; `created` in milliseconds since 1970.
    pub fn new(scope: &Scope, name: &str, unique: &str, status: Status, version: StackVersion, created: u64) -> Stack {
        Stack {
            id: stack_id_prefix(scope, Some(name)) + unique,
            name: name.to_string(),
            scope: scope.clone(),
            status,
            status_reason: None,
            version,
            before: None,
            on_failure: OnFailure::default(),
            timeout_in_minutes: None,
            termination_protection: false,
            policy: None,
            parent_id: None,
            root_id: None,
            created,
            updated: None,
            deleted: None,
            drift: None,
            change_set_id: None,
            work: None,
        }
    }

    /// The stack policy that an update is held against.
    pub fn policy(&self) -> Option<&str> {
        let for_now = self.work.as_ref().and_then(|work| work.policy.as_deref());
        for_now.or(self.policy.as_deref())
    }

    /// Is it only remembered?
    pub fn is_deleted(&self) -> bool {
        self.status == Status::DeleteComplete
    }

    /// Values that others may import, by name.
    pub fn exports(&self) -> impl Iterator<Item = (&str, &str)> {
        let outputs = self.version.outputs.iter();
        outputs.filter_map(|o| Some((o.export.as_deref()?, o.value.as_str())))
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackOutput {
    pub key: String,
    pub value: String,
    pub description: Option<String>,
    pub export: Option<String>,
}

/// With what the identifiers of all stacks of a name begin; of a scope, without a name.
pub fn stack_id_prefix(scope: &Scope, name: Option<&str>) -> String {
    let Scope { account, region } = scope;
    match name {
        Some(name) => format!("arn:aws:cloudformation:{region}:{account}:stack/{name}/"),
        None => format!("arn:aws:cloudformation:{region}:{account}:stack/"),
    }
}

/// What a cloud keeps the nth record of a stack under.
pub(crate) fn numbered(stack_id: &str, number: u64) -> String {
    format!("{stack_id}/{number:08}")
}
