//! A fabric on this machine's kernel: real namespaces, real packets. Needs root.

mod adoption;
mod attach;
mod change;
mod flow_cache;
mod lifecycle;
mod nat;
mod signals;
mod slow_path;
mod traffic;
mod world;
