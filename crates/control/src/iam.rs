//! Identity and access management: who is in an account. Policies are checked for their form, kept and given back;
//! nothing evaluates them.
//!
//! What belongs here belongs to the account in every region: of the caller's scope only the account counts.

mod access_key;
mod attachment;
mod aws_managed;
mod document;
mod entity;
mod inline_policy;
mod instance_profile;
mod managed_policy;
mod permissions_boundary;
mod policy_version;
mod role;
mod service_linked_role;
mod session;
mod tagging;
mod user;

pub use access_key::*;
pub use attachment::*;
pub use aws_managed::{AWS_MANAGED, AwsManagedPolicy, aws_managed};
pub use inline_policy::*;
pub use instance_profile::*;
pub use managed_policy::*;
pub use permissions_boundary::*;
pub use policy_version::*;
pub use role::*;
pub use service_linked_role::*;
pub use session::*;
pub use tagging::*;
pub use user::*;

pub(crate) use entity::check_iam;
