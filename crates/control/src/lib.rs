//! The region as a state machine: a command gives a new state and its changes, or an error and nothing changed.
//!
//! One writer, all reads from memory. No I/O, no clock, no randomness of its own: time and bits are handed in, so a
//! test can drive the whole machine by a seed.
//!
//! Every operation is a struct of its own that implements [`Request`]: [`CreateVpc`], [`AuthorizeSecurityGroupIngress`]
//! and so on. [`Command`] holds any of them.
//!
//! ```
//! use croft_control::{Bits, Context, Control, CreateSubnet, CreateVpc, Cloud};
//!
//! let mut control = Control::new(Cloud::new("us-east-1", "000000000000"));
//! let mut context = Context { now: 0, bits: Bits::from_seed(1) };
//! let vpc = control.run(
//!     CreateVpc { cidr_block: "10.0.0.0/16".parse()?, instance_tenancy: None, tags: Default::default() },
//!     &mut context,
//! )?;
//! let refused = control.run(
//!     CreateSubnet {
//!         vpc_id: vpc.id,
//!         cidr_block: "10.1.0.0/24".parse()?,
//!         availability_zone: None,
//!         tags: Default::default(),
//!     },
//!     &mut context,
//! );
//! assert_eq!(refused.unwrap_err().code, "InvalidSubnet.Range");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

pub mod cloud;

mod address_set;
mod attachment;
mod bits;
mod check;
mod command;
mod control;
mod default_vpc;
mod elastic_ip;
mod error;
mod index;
mod instance;
mod interface;
mod internet_gateway;
mod nat_gateway;
mod nat_gateway_address;
mod network_acl;
mod observation;
mod prefix_list;
mod private_address;
mod protocol;
mod public_address;
mod quota;
mod request;
mod resource;
mod route;
mod route_table;
mod security_group;
mod security_group_rule;
mod stack;
mod subnet;
mod tag;
mod transaction;
mod vpc;
mod zone;

pub use attachment::*;
pub use bits::Bits;
pub use check::check;
pub use cloud::Cloud;
pub use command::{Command, Response};
pub use control::{Context, Control, Outcome, Prepared};
pub use default_vpc::*;
pub use elastic_ip::*;
pub use error::{Error, Result};
pub use instance::*;
pub use interface::*;
pub use internet_gateway::*;
pub use nat_gateway::*;
pub use nat_gateway_address::*;
pub use network_acl::*;
pub use observation::*;
pub use prefix_list::*;
pub use private_address::*;
pub use quota::*;
pub use request::Request;
pub use resource::{Change, Identity, Kind, Resource};
pub use route::*;
pub use route_table::*;
pub use security_group::*;
pub use security_group_rule::*;
pub use stack::*;
pub use subnet::*;
pub use tag::*;
pub use transaction::Transaction;
pub use vpc::*;
pub use zone::*;
