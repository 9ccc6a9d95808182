//! Terraform with the AWS provider out of a mirror of files: no registry is asked.

use crate::ran::Ran;
use crate::server::Server;
use crate::tools::Tools;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// A configuration of this package, in a folder of its own.
pub struct Terraform<'a> {
    server: &'a Server,
    folder: PathBuf,
}

impl<'a> Terraform<'a> {
    /// Copies the configuration and initialises it.
    ///
    /// # Panics
    /// If that fails.
    #[track_caller]
    pub fn new(server: &'a Server, configuration: &str) -> Terraform<'a> {
        let folder = server.folder().join("terraform").join(configuration);
        copy(&crate::folder("terraform").join(configuration), &folder);
        Terraform::at(server, folder)
    }

    /// A folder that has a configuration already.
    #[track_caller]
    pub fn at(server: &'a Server, folder: PathBuf) -> Terraform<'a> {
        settings(server);
        let terraform = Terraform { server, folder };
        terraform.run(&["init"]).success();
        terraform
    }

    /// `terraform ARGUMENTS`.
    #[track_caller]
    pub fn run(&self, arguments: &[&str]) -> Ran {
        let mut command = self.server.client(&Tools::find().terraform);
        let (name, rest) = arguments.split_first().unwrap();
        command.arg(name).args(["-no-color"]).args(rest).current_dir(&self.folder);
        command.env("TF_CLI_CONFIG_FILE", self.server.folder().join(SETTINGS));
        command.env("TF_IN_AUTOMATION", "1").env("TF_INPUT", "0").env("CHECKPOINT_DISABLE", "1");
        Ran::of(&mut command)
    }

    /// Applies, and sees to it that a plan right after it changes nothing.
    #[track_caller]
    pub fn apply(&self, variables: &[&str]) -> Ran {
        let mut arguments = vec!["apply", "-auto-approve"];
        arguments.extend(variables);
        let applied = self.run(&arguments).success();
        let mut arguments = vec!["plan", "-detailed-exitcode"];
        arguments.extend(variables);
        self.run(&arguments).success();
        applied
    }

    #[track_caller]
    pub fn destroy(&self, variables: &[&str]) {
        let mut arguments = vec!["destroy", "-auto-approve"];
        arguments.extend(variables);
        self.run(&arguments).success();
    }

    /// The value of an output.
    #[track_caller]
    pub fn output(&self, name: &str) -> Value {
        self.run(&["output", "-json", name]).success().json()
    }
}

const SETTINGS: &str = "terraform.rc";

/// Terraform's own settings, so that it finds the provider and asks nobody.
pub fn settings(server: &Server) -> PathBuf {
    let mirror = mirror(&Tools::find().provider);
    let settings = server.folder().join(SETTINGS);
    if !settings.exists() {
        let text = format!("provider_installation {{\n  filesystem_mirror {{\n    path = {mirror:?}\n  }}\n}}\n");
        fs::write(&settings, text).unwrap();
    }
    settings
}

/// The mirror of files that a provider lies in: MIRROR/HOST/hashicorp/aws/VERSION/PLATFORM/PROGRAM.
fn mirror(provider: &Path) -> &Path {
    let above = |n| provider.ancestors().nth(n);
    let named = |n, name| above(n).and_then(Path::file_name).is_some_and(|found| found == name);
    match above(6) {
        Some(mirror) if named(3, "aws") && named(4, "hashicorp") => mirror,
        _ => panic!("{} does not lie in a filesystem mirror of Terraform's", provider.display()),
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap_or_else(|e| panic!("{}: {e}", from.display())) {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(fs::copy(entry.path(), target).unwrap()),
        }
    }
}
