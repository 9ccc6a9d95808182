//! What a VPC is: resources, identifiers, address blocks, quotas. Pure: no I/O, no clock, no randomness.
#![forbid(unsafe_code)]

pub mod address;
pub mod aws_prefix_list;
pub mod block_public_access;
pub mod calendar;
pub mod client_token;
pub mod credential;
pub mod dhcp_options;
pub mod gateway;
pub mod group;
pub mod hostname;
pub mod iam;
pub mod id;
pub mod image;
pub mod instance;
pub mod instance_type;
pub mod interface;
pub mod key_pair;
pub mod launch_template;
pub mod network_acl;
pub mod prefix_list;
pub mod protocol;
pub mod quota;
pub mod region;
pub mod route;
pub mod scope;
pub mod settings;
pub mod stack;
pub mod subnet;
pub mod tag;
pub mod volume;
pub mod vpc;
pub mod zone;

pub use id::*;
pub use scope::{AccountId, RegionName, Scope, Scoped};
pub use tag::Tags;
