//! What can be asked of a stack.

use croft_model::Tags;
use croft_model::stack::OnFailure;
use std::collections::{BTreeMap, BTreeSet};

/// A template and what goes with it: to create a stack, to update one, to make a change set.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// None: the one in force.
    pub template: Option<String>,
    /// What errors call the template: the file's name; empty: `template`.
    pub file: String,
    pub parameters: BTreeMap<String, Given>,
    /// Parameters that are not given keep the value that they have in the stack. Else they take their default.
    pub keep_parameters: bool,
    /// None: as they are.
    pub tags: Option<Tags>,
    pub capabilities: BTreeSet<String>,
    /// None: as they are.
    pub notification_arns: Option<Vec<String>>,
    pub role_arn: Option<String>,
    /// None: roll back.
    pub on_failure: Option<OnFailure>,
    /// Of a creation.
    pub timeout_in_minutes: Option<u64>,
    /// Of a creation.
    pub termination_protection: bool,
    pub client_request_token: Option<String>,
    /// A stack policy: of a creation at once, of an update once it has been done.
    pub policy: Option<String>,
    /// A stack policy that an update is held against instead of the one in force.
    pub policy_during_update: Option<String>,
    /// Leaves out the resources whose types are not supported.
    pub skip_unsupported: bool,
    /// What AWS would begin and roll back is refused before anything is begun, where it can be told.
    pub preflight: bool,
    /// Templates of nested stacks: by the URL or path that names them.
    pub nested_templates: BTreeMap<String, String>,
}

/// The value of a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// Of a list with commas between.
    Value(String),
    /// The one that the stack has.
    Previous,
}

impl From<&str> for Given {
    fn from(text: &str) -> Given {
        Given::Value(text.to_string())
    }
}

/// What goes with a deletion.
#[derive(Clone, Debug, Default)]
pub struct Deletion {
    /// Logical ids of resources that could not be deleted before and are to be left alone.
    pub retain_resources: BTreeSet<String>,
    pub role_arn: Option<String>,
    pub client_request_token: Option<String>,
}

/// Work that has been taken on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Begun {
    pub stack_id: String,
    /// The number of the last event before it.
    pub after: u64,
}
