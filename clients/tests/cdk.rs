//! The CDK: an application of two stacks, synthesised by its own library, brought up in both ways.

use croft_clients::folder;
use croft_clients::ran::Ran;
use croft_clients::server::{Packets, Server};
use croft_clients::tools::Tools;

/// `node app.js`, into `cdk.out` of the server's folder.
#[track_caller]
fn synthesise(server: &Server, port: &str) {
    let mut node = server.client(&Tools::find().node);
    Ran::of(node.arg(folder("cdk/app.js")).env("PORT", port)).success();
}

/// Who reaches whom with a server's port at 8080, or moved to 9090.
#[track_caller]
fn paths(server: &Server, moved: bool) {
    for end in ["web", "app", "database"] {
        server.reach("bastion", &format!("{end}:8080"), !moved);
        server.reach("bastion", &format!("{end}:9090"), moved);
    }
    server.reach("internet", "web:8080", false);
    server.reach("bastion", "203.0.113.10:443", true);
    server.reach("app", "203.0.113.10:443", true);
    server.reach("database", "203.0.113.10:443", false);
    server.reach("web", "bastion:22", false);
}

#[test]
fn cfn_1_an_application_comes_up_is_updated_and_goes() {
    let server = Server::start(Packets::Flow);
    let before = server.croft(&["state", "export", "--resources"]).success().output;
    synthesise(&server, "8080");
    let up = server.croft(&["up", "--all", "--yes"]).success();
    assert!(up.output.contains("stack Network CREATE_COMPLETE"), "{}", up.output);
    assert!(up.output.contains("stack Web CREATE_COMPLETE"), "{}", up.output);
    paths(&server, false);

    synthesise(&server, "9090");
    let told = server.croft(&["diff", "--stack-name", "Web"]).code(1);
    assert!(told.output.contains("+ app, bastion, database → web: tcp 9090"), "{}", told.output);
    let up = server.croft(&["up", "--all", "--yes"]).success();
    assert!(up.output.contains("stack Network UNCHANGED"), "{}", up.output);
    assert!(up.output.contains("stack Web UPDATE_COMPLETE"), "{}", up.output);
    paths(&server, true);
    server.croft(&["up", "--all"]).success();

    // What another stack imports holds its stack.
    let held = server.croft(&["down", "Network"]).code(2);
    assert!(held.error.contains("in use by Web"), "{}", held.error);
    server.croft(&["down", "Web"]).success();
    server.croft(&["down", "Network"]).success();
    assert_eq!(server.croft(&["state", "export", "--resources"]).success().output, before);
}

#[test]
fn cfn_1_an_application_is_deployed_by_the_aws_command() {
    let server = Server::start(Packets::Flow);
    // The first request opens the region, with its default VPC.
    server.aws(&["ec2", "describe-vpcs"]).success();
    let before = server.croft(&["state", "export", "--resources"]).success().output;
    let deploy = |port: &str| {
        synthesise(&server, port);
        for stack in ["Network", "Web"] {
            let file = format!("cdk.out/{stack}.template.json");
            let arguments = ["cloudformation", "deploy", "--stack-name", stack, "--template-file", &file];
            let mut aws = server.client(&Tools::find().aws);
            aws.args(arguments).args(["--capabilities", "CAPABILITY_IAM", "--no-fail-on-empty-changeset"]);
            Ran::of(&mut aws).success();
        }
    };
    deploy("8080");
    paths(&server, false);
    deploy("9090");
    paths(&server, true);
    for stack in ["Web", "Network"] {
        server.aws(&["cloudformation", "delete-stack", "--stack-name", stack]).success();
        server.aws(&["cloudformation", "wait", "stack-delete-complete", "--stack-name", stack]).success();
    }
    assert_eq!(server.croft(&["state", "export", "--resources"]).success().output, before);
}
