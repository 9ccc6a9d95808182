//! The pages of `docs/clients`: every line to copy is executed.

use croft_clients::page::{Block, blocks};
use croft_clients::ran::Ran;
use croft_clients::server::{Packets, Server};
use croft_clients::terraform;
use croft_clients::tools::Tools;
use std::fs;

/// Writes what is to be a file, runs what is for a shell or for Python, in one shell session in the order of the page.
#[track_caller]
fn follow(page: &str) -> (Server, Ran) {
    let server = Server::start(Packets::None);
    let all = blocks(&croft_clients::folder("../docs/clients").join(page));
    let mut session = String::from("set -euo pipefail\n");
    let mut number = 0;
    for block in &all {
        let Block { language, text } = block;
        if let Some(file) = block.file() {
            fs::write(server.folder().join(file), text).unwrap();
            continue;
        }
        match language.as_str() {
            "sh" => session.push_str(text),
            "python" => {
                number += 1;
                let name = format!("block-{number}.py");
                fs::write(server.folder().join(&name), text).unwrap();
                session.push_str(&format!("\"{}\" {name}\n", Tools::find().python.display()));
            }
            // What a command prints, and what is not for this machine.
            "text" => {}
            other => panic!("{page} has a block of {other}: write sh, python, text or a file's name"),
        }
    }
    let mut shell = server.client("bash");
    shell.env("TF_CLI_CONFIG_FILE", terraform::settings(&server)).env("CHECKPOINT_DISABLE", "1");
    let ran = Ran::of(shell.args(["-c", &session])).success();
    (server, ran)
}

#[test]
fn the_page_of_the_aws_command() {
    let (_server, ran) = follow("aws.md");
    assert!(ran.output.contains("vpc-"), "{}", ran.output);
}

#[test]
fn the_page_of_boto3() {
    let (_server, ran) = follow("boto3.md");
    assert!(ran.output.contains("vpc-"), "{}", ran.output);
}

#[test]
fn the_page_of_terraform() {
    let (_server, ran) = follow("terraform.md");
    assert!(ran.output.contains("Apply complete!"), "{}", ran.output);
    assert!(ran.output.contains("No changes."), "{}", ran.output);
    assert!(ran.output.contains("Destroy complete!"), "{}", ran.output);
}

#[test]
fn the_page_of_cloudformation() {
    let (_server, ran) = follow("cloudformation.md");
    assert!(ran.output.contains("Successfully created/updated stack - shop"), "{}", ran.output);
    assert!(ran.output.contains("No changes to deploy. Stack shop is up to date"), "{}", ran.output);
    assert!(ran.output.contains("CREATE_COMPLETE\t10.0.1."), "{}", ran.output);
    assert!(ran.output.contains("shop-vpc\tvpc-"), "{}", ran.output);
    assert!(ran.output.contains("SecurityGroup\tWeb\tUPDATE_COMPLETE"), "{}", ran.output);
    assert!(ran.output.contains("UPDATE_ROLLBACK_COMPLETE"), "{}", ran.output);
    assert!(ran.output.contains("Subnet\tModify\tTrue"), "{}", ran.output);
}

#[test]
fn the_page_of_the_cdk() {
    let (_server, ran) = follow("cdk.md");
    assert!(ran.output.contains("stack Shop CREATE_COMPLETE"), "{}", ran.output);
    assert!(ran.output.contains("stack Shop UNCHANGED"), "{}", ran.output);
    assert!(ran.output.contains("Successfully created/updated stack - Shop"), "{}", ran.output);
}
