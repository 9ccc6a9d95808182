//! Labs: small worlds that are built, measured and taken down. `labs/README.md` describes how one is written.

pub mod file;
pub mod report;
pub mod run;
pub mod source;
