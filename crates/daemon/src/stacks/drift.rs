//! What of a stack is no longer as its template says.

use crate::daemon::Inner;
use crate::error::Error;
use crate::protocol::{DriftReport, DriftRow};
use croft_cloudformation::stack::drift;
use croft_model::stack::DriftStatus;

impl Inner {
    /// Looks at every resource of a stack; writes nothing down.
    pub fn drift(&self, name: &str) -> Result<DriftReport, Error> {
        let stack = self.known(name)?;
        if !drift::is_told_of(stack.status) {
            return Err(Error::Stack(format!(
                "the stack {} is {}: what differs can be told once it is whole",
                stack.name, stack.status
            )));
        }
        let cloud = self.cloud();
        let entries = cloud.stack_resources(&stack.id).filter(|entry| entry.is_there() && !entry.replaced);
        let resources: Vec<DriftRow> = entries
            .map(|entry| {
                let found = drift::of_resource(&cloud, entry, 0);
                DriftRow {
                    logical_id: entry.logical_id.clone(),
                    resource_type: entry.kind.clone(),
                    physical_id: entry.physical_id.clone(),
                    status: found.status,
                    differences: found.differences,
                }
            })
            .collect();
        let drifted = resources.iter().filter(|row| row.is_drifted()).count();
        Ok(DriftReport { stack: stack.name, drifted, resources })
    }
}

impl DriftRow {
    /// It differs, or is gone.
    pub fn is_drifted(&self) -> bool {
        matches!(self.status, DriftStatus::Modified | DriftStatus::Deleted)
    }
}
