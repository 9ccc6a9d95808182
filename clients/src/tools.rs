//! Where the clients are on this machine: `scripts/find-clients.sh` says.

use crate::ran::Ran;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

#[derive(Clone, Debug)]
pub struct Tools {
    /// The `aws` command.
    pub aws: PathBuf,
    /// A Python that has boto3.
    pub python: PathBuf,
    pub terraform: PathBuf,
    /// The AWS provider's program.
    pub provider: PathBuf,
    pub node: PathBuf,
    /// Node's modules, with the CDK's library among them.
    pub cdk: PathBuf,
}

impl Tools {
    /// Looks once in the life of a process.
    ///
    /// # Panics
    /// If one of them is missing, with what the script says of it.
    pub fn find() -> &'static Tools {
        static FOUND: OnceLock<Tools> = OnceLock::new();
        FOUND.get_or_init(|| {
            let script = crate::folder("../scripts/find-clients.sh");
            let ran = Ran::of(&mut Command::new(script)).success();
            let found: BTreeMap<&str, &str> = ran.output.lines().filter_map(|line| line.split_once('=')).collect();
            let path = |name: &str| {
                PathBuf::from(found.get(name).unwrap_or_else(|| panic!("{name} is not in {}", ran.output)))
            };
            Tools {
                aws: path("CROFT_AWS"),
                python: path("CROFT_PYTHON"),
                terraform: path("CROFT_TERRAFORM"),
                provider: path("CROFT_TERRAFORM_PROVIDER"),
                node: path("CROFT_NODE"),
                cdk: path("CROFT_CDK"),
            }
        })
    }
}
