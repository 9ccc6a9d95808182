//! The state as a file.

use crate::place::{Folder, made, mode, text};

#[test]
fn a_state_moves_to_another_machine() {
    let one = Folder::new();
    let server = one.serve(&[]);
    let mut client = server.client();
    let vpc = made(&mut client, "CreateVpc", &[("CidrBlock", "10.0.0.0/16")], "vpcId");
    assert!(one.croft(&["state", "export", "--credentials", "all.json"]).status.success());
    assert!(one.croft(&["state", "export", "without.json"]).status.success());
    assert_eq!(mode(&one.path("all.json")), 0o600);
    let all = std::fs::read_to_string(one.path("all.json")).unwrap();
    let without = std::fs::read_to_string(one.path("without.json")).unwrap();
    assert!(all.contains(&client.secret) && !without.contains(&client.secret));

    let other = Folder::new();
    let there = other.serve(&[]);
    let file = one.path("all.json");
    let taken = other.croft(&["state", "import", file.to_str().unwrap()]);
    assert!(taken.status.success(), "{}", text(&taken.stderr));
    client.address = there.address();
    let mut client = client.clone();
    assert_eq!(made(&mut client, "DescribeVpcs", &[("VpcId.1", &vpc)], "cidrBlock"), "10.0.0.0/16");
    let again = other.croft(&["state", "import", file.to_str().unwrap()]);
    assert_eq!(again.status.code(), Some(2));
    assert!(text(&again.stderr).contains("StateNotEmpty"), "{}", text(&again.stderr));
    there.kill();
    // What was taken in was durable when that was said.
    let back = other.serve(&[]);
    client.address = back.address();
    assert_eq!(made(&mut client.clone(), "DescribeVpcs", &[("VpcId.1", &vpc)], "vpcId"), vpc);
}

#[test]
fn what_is_no_state_is_refused() {
    let folder = Folder::new();
    let _server = folder.serve(&[]);
    std::fs::write(folder.path("wrong.json"), "{\"resources\": []}").unwrap();
    let refused = folder.croft(&["state", "import", "wrong.json"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("no state"), "{}", text(&refused.stderr));
    assert_eq!(folder.croft(&["state", "import", "missing.json"]).status.code(), Some(2));
}
