//! Real instances in real namespaces. They need root and fail without it.

mod hostile;
mod life;
mod service;
mod world;
