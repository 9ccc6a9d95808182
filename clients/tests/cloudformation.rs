//! `aws cloudformation deploy`, and the commands around it.

use croft_clients::folder;
use croft_clients::ran::Ran;
use croft_clients::server::{Packets, Server};

#[test]
fn a_stack_s_life_in_commands() {
    let server = Server::start(Packets::None);
    let ran = Ran::of(server.client("bash").arg(folder("cloudformation/stack.sh")).arg(folder("cloudformation")));
    let ran = ran.success();
    assert!(ran.output.contains("==> nothing is left"), "{}", ran.output);
}

#[test]
fn cfn_1_a_path_opens_and_closes_with_an_update() {
    let server = Server::start(Packets::Flow);
    let template = folder("cloudformation/network.yaml");
    let deploy = |port: &str| {
        let template = template.to_str().unwrap();
        let parameters = format!("Port={port}");
        let deploy = ["cloudformation", "deploy", "--stack-name", "shop", "--template-file", template];
        Ran::of(
            server
                .client(&croft_clients::tools::Tools::find().aws)
                .args(deploy)
                .args(["--parameter-overrides", &parameters]),
        )
    };
    deploy("8080").success();
    server.reach("client", "server:8080", true);
    server.reach("client", "server:9090", false);
    deploy("9090").success();
    server.reach("client", "server:8080", false);
    server.reach("client", "server:9090", true);
    // Nothing else is in the VPC's blocks: it cannot be made, and the paths stay.
    let failed = Ran::of(server.client(&croft_clients::tools::Tools::find().aws).args([
        "cloudformation",
        "deploy",
        "--stack-name",
        "shop",
        "--template-file",
        template.to_str().unwrap(),
        "--parameter-overrides",
        "ServerBlock=10.9.0.0/24",
        "Port=7070",
    ]));
    assert_ne!(failed.code, 0, "{}", failed.output);
    server.reach("client", "server:9090", true);
    server.reach("client", "server:7070", false);
    server.aws(&["cloudformation", "delete-stack", "--stack-name", "shop"]).success();
    server.aws(&["cloudformation", "wait", "stack-delete-complete", "--stack-name", "shop"]).success();
}
