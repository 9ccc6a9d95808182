//! Which stacks there are, and what happened to one.

use super::progress;
use crate::daemon::Inner;
use crate::error::Error;
use crate::protocol::{Progress, StackRow};

impl Inner {
    /// The home region's stacks, by name.
    pub fn stack_rows(&self) -> Vec<StackRow> {
        let cloud = self.cloud();
        let mut rows: Vec<StackRow> = cloud
            .live_stacks_in(&cloud.home)
            .map(|stack| StackRow {
                name: stack.name.clone(),
                id: stack.id.clone(),
                status: stack.status.as_str().to_string(),
                reason: stack.status_reason.clone(),
                resources: cloud.stack_resources(&stack.id).filter(|resource| resource.is_there()).count(),
                created: stack.created,
                updated: stack.updated,
                parent: stack.parent_id.clone(),
                termination_protection: stack.termination_protection,
            })
            .collect();
        rows.sort_by(|one, other| one.name.cmp(&other.name));
        rows
    }

    /// What happened to a stack, oldest first. A deleted one goes by its identifier.
    pub fn stack_events(&self, name: &str) -> Result<Vec<Progress>, Error> {
        let stack = self.known(name)?;
        let cloud = self.cloud();
        Ok(cloud.stack_events(&stack.id).map(progress).collect())
    }
}
