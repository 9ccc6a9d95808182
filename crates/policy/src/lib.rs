//! Compiles a cloud's network into the tables of the engine, incrementally.
//!
//! The cloud speaks AWS (groups, ACLs, route tables); the engine knows ports, sets, classes and verdicts. A
//! [`Compiler`] stands between: [`Compiler::update`] takes a cloud and the interfaces that are plugged in, and brings
//! its [`Snapshot`](croft_engine::memory::Snapshot) up to date. It recomputes only the parts that read what changed and
//! says which table entries that touched ([`Delta`](croft_engine::memory::Delta)).
//!
//! - Rules become *classes*: the addresses of which a set allows the same form one class, and the ports that a class
//!   allows are looked up by class. The cost of a packet does not grow with the rules (`content.rs`, `set.rs`).
//! - Rules that name a group are kept by *membership*, the groups that an address carries: a reference costs an entry for
//!   each membership that holds the group, however many addresses have it (`membership.rs`).
//! - Identifiers are hashes of names and contents, so a restarted compiler makes the same tables (`name.rs`).
//! - [`Compiler::explain`] names the rules behind a verdict. It names them; the engine alone decides.
#![forbid(unsafe_code)]

mod class;
mod compiler;
mod content;
mod explain;
mod fact;
mod hash;
mod index;
mod membership;
mod name;
mod parts;
mod plug;
mod rows;
mod set;

pub use compiler::{Compiler, Recompiled, Update};
pub use explain::{Explanation, RuleRef, Traffic, matching};
pub use name::{Node, SetName};
pub use parts::ROUTER_MAC;
pub use plug::Ports;
