//! AWS CloudFormation: stacks of resources, made and changed by templates. The work is `croft-cloudformation`'s.

pub mod account_limit;
pub mod capability;
pub mod change_set;
pub mod describe;
pub mod drift;
pub mod event;
pub mod export;
pub mod import_identifier;
pub mod named;
pub mod page;
pub mod parameter;
pub mod policy;
pub mod resource;
pub mod rollback;
pub mod signal;
pub mod source;
pub mod stack;
pub mod tag;
pub mod template;

use crate::fault::Fault;
use crate::operation::Entry;
use croft_cloudformation::stack::StackError;

/// Every operation of CloudFormation that Croft has.
pub const OPERATIONS: &[&[Entry]] = &[
    account_limit::OPERATIONS,
    change_set::OPERATIONS,
    change_set::describe::OPERATIONS,
    describe::OPERATIONS,
    drift::OPERATIONS,
    event::OPERATIONS,
    export::OPERATIONS,
    policy::OPERATIONS,
    resource::OPERATIONS,
    rollback::OPERATIONS,
    signal::OPERATIONS,
    stack::OPERATIONS,
    template::OPERATIONS,
];

impl From<StackError> for Fault {
    fn from(error: StackError) -> Fault {
        let message = match &error {
            StackError::Template(wrong) => wrong.api_message(),
            other => other.to_string(),
        };
        Fault::new(error.code(), message)
    }
}
