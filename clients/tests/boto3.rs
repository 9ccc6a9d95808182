//! boto3, and botocore's parser under it.

use croft_clients::folder;
use croft_clients::ran::Ran;
use croft_clients::server::{Packets, Server};
use croft_clients::tools::Tools;
use std::process::Command;

#[test]
fn waiters_paginators_resources_and_errors() {
    let server = Server::start(Packets::None);
    server.python("three_tier.py").success();
}

#[test]
fn the_parser_reads_every_answer() {
    let server = Server::start(Packets::None);
    server.python("answers.py").success();
}

/// Those of the tables in `crates/aws/answers`, every resource in every state: `cargo xtask clients` has them written.
#[test]
fn the_parser_reads_the_answers_of_every_state() {
    let answers = std::env::var_os("CROFT_ANSWERS").expect("CROFT_ANSWERS is not set: run `cargo xtask clients`");
    let mut parser = Command::new(&Tools::find().python);
    parser.env("PYTHONDONTWRITEBYTECODE", "1").arg(folder("boto3/states.py"));
    Ran::of(parser.arg(answers)).success();
}
