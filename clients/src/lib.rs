//! Croft's API under AWS's own clients: the `aws` command, boto3, Terraform with its AWS provider,
//! CloudFormation's `deploy`, the CDK.
//!
//! Every test starts `croft serve` on a free port of loopback and gives a client nothing but what its users have: the
//! endpoint and an access key in the environment. A client that is not on the machine fails the test.
#![forbid(unsafe_code)]

pub mod page;
pub mod ran;
pub mod server;
pub mod terraform;
pub mod tools;

/// A folder of this package.
pub fn folder(name: &str) -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}
