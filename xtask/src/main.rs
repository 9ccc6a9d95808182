//! What developers run beside `cargo test`: one file a subcommand.

mod aws_models;
mod bench;
mod clients;
mod coverage;
mod differential;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Tasks of Croft's developers")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// The models of AWS's services that the API is decoded and encoded by, from those of botocore
    AwsModels(aws_models::Options),
    /// Rows of docs/semantics.md with and without a test that sends packets
    Coverage(coverage::Options),
    /// The reference against the engine in user space and in the kernel, over random regions and packets
    Differential(differential::Options),
    /// The API under AWS's own clients: the aws command, boto3, Terraform, CloudFormation's deploy, the CDK
    Clients(clients::Options),
    /// Measurements, as ratios against a peer in the same run
    Bench(bench::Options),
}

fn main() -> ExitCode {
    let done = match Arguments::parse().task {
        Task::AwsModels(options) => aws_models::run(&options),
        Task::Coverage(options) => coverage::run(&options),
        Task::Differential(options) => differential::run(&options),
        Task::Clients(options) => clients::run(&options),
        Task::Bench(options) => bench::run(&options),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::from(2)
        }
    }
}
