//! A server that keeps nothing.

use crate::place::{Folder, made};
use croft_api_client::Client;

#[test]
fn a_reset_throws_everything_away_and_the_keys_go_on() {
    let folder = Folder::new();
    let server = folder.serve(&["--ephemeral"]);
    let mut client = server.client();
    let vpc = made(&mut client, "CreateVpc", &[("CidrBlock", "10.0.0.0/16")], "vpcId");
    let fresh =
        made(&mut client, "DescribeVpcs", &[("Filter.1.Name", "is-default"), ("Filter.1.Value.1", "true")], "vpcId");
    assert_eq!(server.send("POST", "/_croft/reset", &[]).status, 200);
    assert!(folder.exported().vpcs.is_empty());
    let gone = client.ec2("DescribeVpcs", &[("VpcId.1", &vpc)]).unwrap();
    assert_eq!(gone.code(), Some("InvalidVpcID.NotFound"));
    let default = made(&mut client, "DescribeVpcs", &[], "vpcId");
    assert_ne!(default, fresh, "a default VPC of its own");
    let page = server.send("POST", "/_croft/reset", &[("origin", "https://evil.example")]);
    assert_eq!(page.status, 403);
    assert_eq!(folder.exported().vpcs.len(), 1);
    assert_eq!(server.end(), 0);
    assert!(!folder.path("state").exists(), "nothing is left");
}

#[test]
fn any_credentials_are_good_where_it_is_asked_for() {
    let folder = Folder::new();
    let server = folder.serve(&["--ephemeral", "--any-credentials"]);
    let mut one = Client::new(server.address(), "111122223333", "x", "eu-central-1");
    let vpc = made(&mut one, "CreateVpc", &[("CidrBlock", "10.0.0.0/16")], "vpcId");
    let owner = made(&mut one, "DescribeVpcs", &[("VpcId.1", &vpc)], "ownerId");
    assert_eq!(owner, "111122223333");
    let mut elsewhere = Client::new(server.address(), "111122223333", "x", "eu-west-1");
    let foreign = elsewhere.ec2("DescribeVpcs", &[("VpcId.1", &vpc)]).unwrap();
    assert_eq!(foreign.code(), Some("InvalidVpcID.NotFound"), "regions are apart");
    assert!(folder.log().contains("signatures are not verified"), "{}", folder.log());
    let open = folder.croft(&["serve", "--api-only", "--any-credentials", "--listen", "0.0.0.0:0", "--state", "other"]);
    assert_eq!(open.status.code(), Some(2));
}

#[test]
fn a_directory_that_holds_anything_is_not_for_it() {
    let folder = Folder::new();
    drop(folder.serve(&[]));
    let refused = folder.croft(&["serve", "--api-only", "--ephemeral", "--listen", ":0"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--state"));
    std::fs::create_dir(folder.path("mine")).unwrap();
    std::fs::write(folder.path("mine/letter"), "dear").unwrap();
    let refused = folder.croft(&["serve", "--api-only", "--ephemeral", "--listen", ":0", "--state", "mine"]);
    assert_eq!(refused.status.code(), Some(2));
    assert_eq!(std::fs::read_to_string(folder.path("mine/letter")).unwrap(), "dear");
}

#[test]
fn one_that_was_killed_leaves_the_way_free() {
    let folder = Folder::new();
    folder.serve(&["--ephemeral"]).kill();
    let again = folder.serve(&["--ephemeral"]);
    assert!(again.ready["secret_access_key"].is_string(), "it knows nothing of the first");
}
