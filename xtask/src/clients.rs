//! `cargo xtask clients`: Croft's API under AWS's own clients, with the command as this workspace builds it.

use std::error::Error;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Instant;

#[derive(clap::Args)]
pub struct Options {
    /// Only these: aws, boto3, terraform, cloudformation, cdk, pages
    #[arg(value_name = "CLIENT")]
    only: Vec<String>,
    /// Only tests whose name has this in it
    #[arg(long, value_name = "TEXT")]
    test: Option<String>,
}

const CLIENTS: [&str; 6] = ["aws", "boto3", "terraform", "cloudformation", "cdk", "pages"];

pub fn run(options: &Options) -> Result<ExitCode, Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    // Looked for once, and handed on.
    let found = Command::new(root.join("scripts/find-clients.sh")).stderr(std::process::Stdio::inherit()).output()?;
    if !found.status.success() {
        return Ok(ExitCode::FAILURE);
    }
    let found = String::from_utf8_lossy(&found.stdout).into_owned();
    let found: Vec<(&str, &str)> = found.lines().filter_map(|line| line.split_once('=')).collect();
    for (name, path) in &found {
        println!("{name}={path}");
    }
    let built = Command::new(&cargo).args(["build", "--locked", "-p", "croft-cli"]).current_dir(&root).status()?;
    if !built.success() {
        return Ok(ExitCode::FAILURE);
    }
    // The answers of croft-aws's tables, for the parser of boto3's tests.
    let answers = tempfile::tempdir()?;
    let mut tables = Command::new(&cargo);
    tables.args(["test", "--locked", "-p", "croft-aws", "--test", "answers"]).env("CROFT_ANSWERS", answers.path());
    let mut sound = tables.current_dir(&root).status()?.success();
    for client in CLIENTS.iter().filter(|c| options.only.is_empty() || options.only.iter().any(|o| o == *c)) {
        let began = Instant::now();
        let mut test = Command::new(&cargo);
        test.args(["test", "--locked", "-p", "croft-clients", "--test", client]);
        test.args(&options.test).args(["--", "--nocapture"]);
        sound &= test
            .env("CROFT_ANSWERS", answers.path())
            .envs(found.iter().copied())
            .current_dir(&root)
            .status()?
            .success();
        println!("clients: {client}: {} s", began.elapsed().as_secs());
    }
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
