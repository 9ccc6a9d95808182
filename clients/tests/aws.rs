//! The `aws` command.

use croft_clients::ran::Ran;
use croft_clients::server::{Packets, Server};

#[test]
fn the_three_tiers_in_commands() {
    let server = Server::start(Packets::None);
    let script = croft_clients::folder("aws/three-tier.sh");
    let ran = Ran::of(server.client("bash").arg(script)).success();
    assert!(ran.output.contains("==> nothing is left"), "{}", ran.output);
}

#[test]
fn a_role_is_assumed_and_its_key_works() {
    let server = Server::start(Packets::None);
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"ec2.amazonaws.com"}}]}"#;
    let role = server
        .aws(&["iam", "create-role", "--role-name", "deploy", "--assume-role-policy-document", trust])
        .success()
        .json();
    assert_eq!(role["Role"]["AssumeRolePolicyDocument"]["Version"], "2012-10-17", "the document is escaped: {role}");
    let arn = role["Role"]["Arn"].as_str().unwrap();
    let session = server.aws(&["sts", "assume-role", "--role-arn", arn, "--role-session-name", "one"]).success().json();
    let key = &session["Credentials"];
    let text = |name: &str| key[name].as_str().unwrap().to_string();
    let mut identity = server.client(&croft_clients::tools::Tools::find().aws);
    identity
        .args(["sts", "get-caller-identity", "--query", "Arn", "--output", "text"])
        .env("AWS_ACCESS_KEY_ID", text("AccessKeyId"))
        .env("AWS_SECRET_ACCESS_KEY", text("SecretAccessKey"));
    let without_token = Ran::of(&mut identity);
    assert_ne!(without_token.code, 0, "{}", without_token.output);
    let with_token = Ran::of(identity.env("AWS_SESSION_TOKEN", text("SessionToken"))).success();
    assert!(with_token.output.trim().ends_with(":assumed-role/deploy/one"), "{}", with_token.output);
}

#[test]
fn a_user_has_keys_of_its_own() {
    let server = Server::start(Packets::None);
    server.aws(&["iam", "create-user", "--user-name", "bob", "--path", "/staff/"]).success();
    let made = server.aws(&["iam", "create-access-key", "--user-name", "bob"]).success().json();
    let text = |name: &str| made["AccessKey"][name].as_str().unwrap().to_string();
    let as_bob = |arguments: &[&str]| {
        let mut command = server.client(&croft_clients::tools::Tools::find().aws);
        command.env("AWS_ACCESS_KEY_ID", text("AccessKeyId")).env("AWS_SECRET_ACCESS_KEY", text("SecretAccessKey"));
        Ran::of(command.args(arguments).args(["--output", "json"]))
    };
    let user = as_bob(&["iam", "get-user"]).success().json();
    assert_eq!(user["User"]["UserName"], "bob");
    let identity = as_bob(&["sts", "get-caller-identity"]).success().json();
    assert_eq!(identity["Arn"], user["User"]["Arn"]);
    let id = text("AccessKeyId");
    server
        .aws(&["iam", "update-access-key", "--user-name", "bob", "--access-key-id", &id, "--status", "Inactive"])
        .success();
    let refused = as_bob(&["sts", "get-caller-identity"]);
    assert!(refused.error.contains("(InvalidClientTokenId)"), "{}", refused.error);
    let deleted = server.aws(&["iam", "delete-user", "--user-name", "bob"]);
    assert!(deleted.error.contains("(DeleteConflict)"), "{}", deleted.error);
    server.aws(&["iam", "delete-access-key", "--user-name", "bob", "--access-key-id", &id]).success();
    server.aws(&["iam", "delete-user", "--user-name", "bob"]).success();
}
