//! CloudFormation's own types: what waits for signals, and stacks inside stacks.

pub mod nested_stack;
pub mod signal;
pub mod wait_condition;
pub mod wait_condition_handle;
