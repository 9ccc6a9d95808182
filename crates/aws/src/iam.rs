//! AWS Identity and Access Management. Policies are kept and given back; nothing evaluates them.

pub mod access_key;
pub mod attachment;
pub mod caller;
pub mod document;
pub mod inline_policy;
pub mod instance_profile;
pub mod page;
pub mod plain;
pub mod policy;
pub mod policy_version;
pub mod role;
pub mod service_linked_role;
pub mod tag;
pub mod user;

use crate::operation::Entry;

/// Every operation of IAM that Croft has.
pub const OPERATIONS: &[&[Entry]] = &[
    access_key::OPERATIONS,
    attachment::OPERATIONS,
    inline_policy::OPERATIONS,
    instance_profile::OPERATIONS,
    plain::OPERATIONS,
    policy::OPERATIONS,
    policy_version::OPERATIONS,
    role::OPERATIONS,
    service_linked_role::OPERATIONS,
    tag::OPERATIONS,
    user::OPERATIONS,
];

/// Seconds of the state as milliseconds of the API.
pub(crate) fn millis(seconds: u64) -> i64 {
    i64::try_from(seconds).unwrap_or(i64::MAX / 1000) * 1000
}
