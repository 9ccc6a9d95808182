//! Instances.

mod attribute;
mod console;
mod describe;
mod filters;
mod interface;
mod metadata_defaults;
mod modify;
mod options;
mod output;
mod profile;
mod run;
mod state;
mod status;

use crate::operation::{Entry, operations};

pub use output::{InstanceOutput, OperatorOutput};

pub const OPERATIONS: &[Entry] = operations![
    run::RunInstances,
    describe::DescribeInstances,
    status::DescribeInstanceStatus,
    state::StartInstances,
    state::StopInstances,
    state::RebootInstances,
    state::TerminateInstances,
    attribute::DescribeInstanceAttribute,
    modify::ModifyInstanceAttribute,
    modify::ResetInstanceAttribute,
    options::ModifyInstanceMetadataOptions,
    metadata_defaults::GetInstanceMetadataDefaults,
    metadata_defaults::ModifyInstanceMetadataDefaults,
    options::ModifyInstanceCreditSpecification,
    options::DescribeInstanceCreditSpecifications,
    options::ModifyInstanceMaintenanceOptions,
    options::ModifyPrivateDnsNameOptions,
    options::MonitorInstances,
    options::UnmonitorInstances,
    profile::AssociateIamInstanceProfile,
    profile::DisassociateIamInstanceProfile,
    profile::ReplaceIamInstanceProfileAssociation,
    profile::DescribeIamInstanceProfileAssociations,
    console::GetConsoleOutput,
];
