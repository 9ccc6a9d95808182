//! A fabric on this machine's kernel: real namespaces, real packets. Needs root.

mod adoption;
mod lifecycle;
mod slow_path;
mod traffic;
mod world;
