//! What a VPC is: resources, identifiers, address blocks, quotas. Pure: no I/O, no clock, no randomness.
#![forbid(unsafe_code)]

pub mod address;
pub mod gateway;
pub mod group;
pub mod id;
pub mod instance;
pub mod interface;
pub mod network_acl;
pub mod prefix_list;
pub mod protocol;
pub mod quota;
pub mod route;
pub mod stack;
pub mod subnet;
pub mod tag;
pub mod vpc;
pub mod zone;

pub use id::*;
pub use tag::Tags;
