//! The internet inside the fabric (row EXT-1): a namespace in which every public address is local.
//!
//! A packet for any public address arrives over the uplink and finds itself at home; a ping is answered by the kernel,
//! the rest by [`internet_services`]. The fabric's own public addresses lead back over the uplink, but for one at which
//! stacks are told what they wait for (row EXT-2). Nothing leaves: the namespace has no other device.

mod answer;
mod echo;
mod http;
mod request;
mod serve;
pub(crate) mod services;
mod signal;
mod turn;
pub(crate) mod uplink;

#[cfg(test)]
mod tests;

pub use serve::internet_services;
pub use signal::{LARGEST_SIGNAL, SIGNALS_ADDRESS, SIGNALS_SOCKET};
pub use uplink::{INTERNET_ADDRESS, PUBLIC_POOL, PUBLIC_POOL_PREFIX};
