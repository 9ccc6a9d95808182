//! What a template would make, change, replace and delete, without doing it.

use super::design::{Action, Design};
use std::fmt;

/// See the module. In the order in which it would happen.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Plan {
    pub stack_name: String,
    pub changes: Vec<Change>,
    /// Resources that stay as they are.
    pub kept: usize,
}

/// What would become of one resource.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Change {
    pub action: ChangeAction,
    pub logical_id: String,
    pub resource_type: String,
    pub physical_id: Option<String>,
    /// Names of properties that are the cause.
    pub properties: Vec<String>,
}

/// As AWS's change sets word them, where they have the word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub enum ChangeAction {
    Add,
    Modify,
    Replace,
    /// It depends on what another resource becomes.
    MayReplace,
    Remove,
}

/// What a design comes to.
pub fn plan(design: &Design) -> Plan {
    let mut plan = Plan { stack_name: design.stack_name.clone(), changes: Vec::new(), kept: 0 };
    for step in &design.steps {
        let (action, properties) = match &step.action {
            Action::Keep => {
                plan.kept += 1;
                continue;
            }
            Action::Create => (ChangeAction::Add, &Vec::new()),
            Action::Update(properties) => (ChangeAction::Modify, properties),
            Action::Replace { because, certain: true } => (ChangeAction::Replace, because),
            Action::Replace { because, certain: false } => (ChangeAction::MayReplace, because),
        };
        plan.changes.push(Change {
            action,
            logical_id: step.resource.name.text.clone(),
            resource_type: step.resource.of.name.to_string(),
            physical_id: step.physical_id.clone(),
            properties: properties.iter().map(|name| name.to_string()).collect(),
        });
    }
    plan.changes.extend(design.removed.iter().map(|removed| Change {
        action: ChangeAction::Remove,
        logical_id: removed.logical_id.clone(),
        resource_type: removed.kind.clone(),
        physical_id: removed.physical_id.clone(),
        properties: Vec::new(),
    }));
    plan
}

impl Plan {
    /// Nothing would happen.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}

impl fmt::Display for Plan {
    /// A line for each change, then a line that counts them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for change in &self.changes {
            let mark = match change.action {
                ChangeAction::Add => "+ add        ",
                ChangeAction::Modify => "~ modify     ",
                ChangeAction::Replace => "± replace    ",
                ChangeAction::MayReplace => "± may replace",
                ChangeAction::Remove => "- remove     ",
            };
            write!(f, "{mark} {} ({})", change.logical_id, change.resource_type)?;
            if !change.properties.is_empty() {
                write!(f, ": {}", change.properties.join(", "))?;
            }
            writeln!(f)?;
        }
        write!(f, "{}: {} changes, {} resources stay as they are", self.stack_name, self.changes.len(), self.kept)
    }
}
