//! The internet inside the fabric (row EXT-1): a namespace in which every public address is local.
//!
//! A packet for any public address arrives over the uplink and finds itself at home; a ping is answered by the kernel,
//! the rest by [`internet_services`]. Croft's own public addresses lead back over the uplink. Nothing leaves: the
//! namespace has no other device.

mod echo;
mod http;
mod serve;
pub(crate) mod services;
pub(crate) mod uplink;

#[cfg(test)]
mod tests;

pub use serve::internet_services;
pub use uplink::{INTERNET_ADDRESS, PUBLIC_POOL, PUBLIC_POOL_PREFIX};
