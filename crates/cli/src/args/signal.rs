//! What `croft signal` is told.

use clap::Args;

pub const HELP: &str = "\
Examples:
  croft signal shop Handle
  croft signal shop Handle --id web-1 --data 'listens on 8080'
  croft signal shop WebServer
  croft signal shop Handle --failure --reason 'the disk is full'

Exit codes: 0 it is kept, 2 error.";

#[derive(Debug, Args)]
pub struct Signal {
    /// The stack's name, or its identifier
    pub stack: String,
    /// The logical id of an AWS::CloudFormation::WaitConditionHandle, or of a resource with a CreationPolicy
    #[arg(value_name = "LOGICAL-ID")]
    pub logical_id: String,
    /// It failed: the stack fails
    #[arg(long)]
    pub failure: bool,
    /// Why; a stack that fails shows it (a handle only)
    #[arg(long, default_value = "", hide_default_value = true)]
    pub reason: String,
    /// What tells it from other signals: the first under an id counts [default: one that no other has]
    #[arg(long, value_name = "UNIQUE-ID")]
    pub id: Option<String>,
    /// What the wait condition's attribute Data says of it (a handle only)
    #[arg(long, default_value = "", hide_default_value = true)]
    pub data: String,
}
