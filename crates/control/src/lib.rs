//! Every account and region as one state machine: a command gives a new state and its changes, or an error and nothing changed.
//!
//! One writer, all reads from memory. No I/O, no clock, no randomness of its own: time and bits are handed in, so a
//! test can drive the whole machine by a seed.
//!
//! A command is somebody's: it runs in the [`Scope`](croft_model::Scope) of its caller, sees nothing of another and
//! changes nothing of another.
//!
//! Every operation is a struct of its own that implements [`Request`]: [`CreateVpc`], [`AuthorizeSecurityGroupIngress`]
//! and so on. [`Command`] holds any of them.
//!
//! ```
//! use croft_control::{Bits, Cloud, Context, Control, CreateSubnet, CreateVpc};
//! use croft_model::Scope;
//!
//! let mut control = Control::new(Cloud::new(Scope::default()));
//! let mut context = Context { scope: Scope::default(), now: 0, bits: Bits::from_seed(1) };
//! let vpc = control.run(
//!     CreateVpc {
//!         cidr_block: "10.0.0.0/16".parse()?,
//!         instance_tenancy: None,
//!         amazon_provided_ipv6_cidr_block: false,
//!         tags: Default::default(),
//!     },
//!     &mut context,
//! )?;
//! let refused = control.run(
//!     CreateSubnet {
//!         vpc_id: vpc.id,
//!         cidr_block: "10.1.0.0/24".parse()?,
//!         availability_zone: None,
//!         ipv6_cidr_block: None,
//!         tags: Default::default(),
//!     },
//!     &mut context,
//! );
//! assert_eq!(refused.unwrap_err().code, "InvalidSubnet.Range");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

pub mod cloud;

mod address_attribute;
mod address_set;
mod attachment;
mod bits;
mod block_public_access;
mod check;
mod client_token;
mod command;
mod control;
mod credential;
mod default_vpc;
mod dhcp_options;
mod egress_only_internet_gateway;
mod elastic_ip;
mod error;
mod gateway_route_table;
mod iam;
mod index;
mod instance;
mod interface;
mod interface_attribute;
mod internet_gateway;
mod ipv6_address;
mod key_pair;
mod launch_parameters;
mod launch_template;
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
mod security_group_rule_change;
mod security_group_vpc_association;
mod stack;
mod stack_history;
mod stack_signal;
mod subnet;
mod subnet_cidr_block;
mod subnet_cidr_reservation;
mod tag;
mod tag_specification;
mod transaction;
mod transfer;
mod volume;
mod vpc;
mod vpc_cidr_block;
mod zone;

pub use address_attribute::*;
pub use attachment::*;
pub use bits::Bits;
pub use block_public_access::*;
pub use check::check;
pub use client_token::*;
pub use cloud::Cloud;
pub use command::{Answered, Command, Response};
pub use control::{Context, Control, Outcome, Prepared};
pub use credential::*;
pub use default_vpc::*;
pub use dhcp_options::*;
pub use egress_only_internet_gateway::*;
pub use elastic_ip::*;
pub use error::{Error, Identified, MALFORMED, Result};
pub use gateway_route_table::AssociateGatewayRouteTable;
pub use iam::*;
pub use instance::*;
pub use interface::*;
pub use interface_attribute::*;
pub use internet_gateway::*;
pub use ipv6_address::*;
pub use key_pair::*;
pub use launch_parameters::*;
pub use launch_template::*;
pub use nat_gateway::*;
pub use nat_gateway_address::*;
pub use network_acl::*;
pub use observation::*;
pub use prefix_list::*;
pub use private_address::*;
pub use public_address::SIGNALS_ADDRESS;
pub use quota::*;
pub use request::Request;
pub use resource::{Change, Identity, Kind, Resource};
pub use route::*;
pub use route_table::*;
pub use security_group::*;
pub use security_group_rule::*;
pub use security_group_rule_change::*;
pub use security_group_vpc_association::*;
pub use stack::*;
pub use stack_history::*;
pub use stack_signal::*;
pub use subnet::*;
pub use subnet_cidr_block::*;
pub use subnet_cidr_reservation::*;
pub use tag::*;
pub use tag_specification::*;
pub use transaction::{Saved, Transaction};
pub use transfer::*;
pub use volume::*;
pub use vpc::*;
pub use vpc_cidr_block::*;
pub use zone::*;
