//! Signals: a resource says that it is ready, or that it never will be.

use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use serde::Deserialize;

pub const OPERATIONS: &[Entry] = operations![SignalResource];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct SignalResource {
    stack_name: String,
    logical_resource_id: String,
    unique_id: String,
    status: String,
}

impl Operation for SignalResource {
    const NAME: &'static str = "SignalResource";
    type Output = ();

    fn run(self, call: &mut Call<'_>) -> Result<(), Fault> {
        let SignalResource { stack_name, logical_resource_id, unique_id, status } = self;
        let success = status == "SUCCESS";
        call.run(croft_control::SignalStackResource { stack_name, logical_resource_id, unique_id, success })
    }
}
