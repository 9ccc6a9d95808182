//! One module a section of `docs/semantics.md`; a test is named after its row.

mod acls;
mod addresses;
mod alone;
mod differences;
mod explanations;
mod gateway_tables;
mod gateways;
mod groups;
mod hostile;
mod order;
mod routes;
mod shared_groups;
mod signals;
mod state;
mod translation;
