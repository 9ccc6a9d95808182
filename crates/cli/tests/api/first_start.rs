//! From nothing to a signed request; keys made and removed; what is said of a server without packets.

use crate::place::{Folder, made, mode, text};
use croft_api_client::Client;

#[test]
fn the_first_key_signs_and_goes_on_to_sign() {
    let folder = Folder::new();
    let server = folder.serve(&[]);
    let mut client = server.client();
    let vpc = made(&mut client, "CreateVpc", &[("CidrBlock", "10.0.0.0/16")], "vpcId");
    let old = server.address();
    assert_eq!(server.end(), 0, "a plain kill is an ordered end");

    let again = folder.serve(&[]);
    assert_ne!(again.address(), old);
    assert!(again.ready["secret_access_key"].is_null(), "told once: {}", again.ready);
    client.address = again.address();
    let mut client = client.clone();
    let found = made(&mut client, "DescribeVpcs", &[("VpcId.1", &vpc)], "cidrBlock");
    assert_eq!(found, "10.0.0.0/16");
    let log = folder.log();
    assert!(!log.contains(&client.secret), "{log}");
    assert!(log.contains("IAM's policies are kept and returned, and not evaluated"), "{log}");
    assert!(
        log.contains("operation=\"DescribeVpcs\" account=\"000000000000\" region=\"us-east-1\" status=200"),
        "{log}"
    );
}

#[test]
fn the_lines_for_a_shell_are_ready_to_paste() {
    let folder = Folder::new();
    let server = folder.serve(&[]);
    let added = folder.croft(&["credentials", "add", "--account", "111122223333", "--name", "other"]);
    assert!(added.status.success(), "{}", text(&added.stderr));
    let lines = text(&added.stdout);
    let value = |name: &str| {
        let start = format!("export {name}=");
        let line = lines.lines().find_map(|line| line.strip_prefix(&start));
        line.unwrap_or_else(|| panic!("{name}: {lines}")).to_string()
    };
    assert_eq!(value("AWS_ENDPOINT_URL"), format!("http://{}", server.address()));
    assert_eq!(value("AWS_DEFAULT_REGION"), "us-east-1");
    let mut other =
        Client::new(server.address(), &value("AWS_ACCESS_KEY_ID"), &value("AWS_SECRET_ACCESS_KEY"), "us-east-1");
    let vpc = made(&mut other, "CreateVpc", &[("CidrBlock", "10.9.0.0/16")], "vpcId");
    let foreign = server.client().ec2("DescribeVpcs", &[("VpcId.1", &vpc)]).unwrap();
    assert_eq!(foreign.code(), Some("InvalidVpcID.NotFound"), "accounts are apart");

    let list = text(&folder.croft(&["credentials", "list", "--json"]).stdout);
    let rows: serde_json::Value = serde_json::from_str(&list).unwrap();
    let names: Vec<_> = rows.as_array().unwrap().iter().map(|r| (&r["name"], &r["account"])).collect();
    assert!(names.contains(&(&"other".into(), &"111122223333".into())), "{list}");
    assert!(!list.contains(&other.secret) && !list.contains(&server.client().secret), "{list}");

    assert!(folder.croft(&["credentials", "remove", "other"]).status.success());
    assert_eq!(other.ec2("DescribeVpcs", &[]).unwrap().code(), Some("AuthFailure"));
    assert_eq!(server.client().ec2("DescribeVpcs", &[]).unwrap().status, 200);
    assert_eq!(folder.croft(&["credentials", "remove", "other"]).status.code(), Some(2));
}

#[test]
fn who_is_not_known_gets_nothing() {
    let folder = Folder::new();
    let server = folder.serve(&[]);
    let mut client = server.client();
    client.secret.push('x');
    assert_eq!(client.ec2("DescribeVpcs", &[]).unwrap().code(), Some("SignatureDoesNotMatch"));
    let mut stranger = Client::new(server.address(), "AKIAIOSFODNN7EXAMPLE", "x", "us-east-1");
    assert_eq!(stranger.ec2("DescribeVpcs", &[]).unwrap().code(), Some("AuthFailure"));
    let unsigned = server.send("POST", "/", &[("content-type", "application/x-www-form-urlencoded")]);
    assert_eq!((unsigned.status, unsigned.code()), (403, Some("MissingAuthenticationToken")));
    assert_eq!(unsigned.text("RequestID").or(unsigned.text("RequestId")), unsigned.header("x-amzn-requestid"));
    let page = server.send("GET", "/?Action=DescribeVpcs&Version=2016-11-15", &[("origin", "https://evil.example")]);
    assert_eq!(page.status, 403);
}

#[test]
fn what_croft_has_not_is_said_to_be_unsupported() {
    let folder = Folder::new();
    let server = folder.serve(&[]);
    let mut client = server.client();
    let answer = client.ec2("CreateTransitGateway", &[]).unwrap();
    assert_eq!((answer.status, answer.code()), (400, Some("UnsupportedOperation")), "{}", answer.body);
    assert!(answer.body.contains("CreateTransitGateway"), "{}", answer.body);
    let answer = client.form("rds", "2014-10-31", "DescribeDBInstances", &[]).unwrap();
    assert_eq!((answer.status, answer.code()), (400, Some("UnsupportedOperation")), "{}", answer.body);
    assert!(answer.body.contains("rds:DescribeDBInstances"), "{}", answer.body);
    let metrics = server.page("/_croft/metrics").body;
    assert!(metrics.contains("{service=\"rds\",operation=\"unknown\",code=\"UnsupportedOperation\"} 1"), "{metrics}");
    let counted =
        "croft_api_requests_total{service=\"ec2\",operation=\"CreateTransitGateway\",code=\"UnsupportedOperation\"} 1";
    assert!(metrics.lines().any(|line| line == counted), "{metrics}");
}

#[test]
fn without_packets_nothing_looks_as_if_there_were() {
    let folder = Folder::new();
    let server = folder.serve(&[]);
    assert_eq!(server.ready["packets"], false);
    let health: serde_json::Value = serde_json::from_str(&server.page("/_croft/health").body).unwrap();
    assert_eq!((&health["status"], &health["packets"]), (&"running".into(), &false.into()));
    assert!(folder.log().contains("--api-only: no packet flows"), "{}", folder.log());
    let doctor = folder.croft(&["doctor"]);
    assert!(text(&doctor.stdout).contains("--api-only"), "{}", text(&doctor.stdout));
    let reach = folder.croft(&["reach", "a", "b:1"]);
    assert!(text(&reach.stderr).contains("--api-only"), "{}", text(&reach.stderr));
    assert_eq!(mode(&folder.path("state")), 0o700);
    assert_eq!(mode(&folder.path("state/api-token")), 0o600);
    let reset = server.send("POST", "/_croft/reset", &[]);
    assert_eq!(reset.status, 403);
    let token = std::fs::read_to_string(folder.path("state/api-token")).unwrap();
    let reset = server.send("POST", "/_croft/reset", &[("x-croft-token", token.trim())]);
    assert_eq!(reset.status, 409, "this state is kept: {}", reset.body);
}

#[test]
fn instances_and_gateways_reach_their_states_and_say_why_nothing_runs() {
    let folder = Folder::new();
    let server = folder.serve(&[]);
    let mut client = server.client();
    let vpc = made(&mut client, "CreateVpc", &[("CidrBlock", "10.0.0.0/16")], "vpcId");
    let subnet = made(&mut client, "CreateSubnet", &[("VpcId", &vpc), ("CidrBlock", "10.0.1.0/24")], "subnetId");
    let launch =
        [("ImageId", "ami-0c0f7000000000001"), ("MinCount", "1"), ("MaxCount", "1"), ("SubnetId", subnet.as_str())];
    let instance = made(&mut client, "RunInstances", &launch, "instanceId");
    let gateway = [("SubnetId", subnet.as_str()), ("ConnectivityType", "private")];
    let gateway = made(&mut client, "CreateNatGateway", &gateway, "natGatewayId");
    let describe = |client: &mut Client| client.ec2("DescribeInstances", &[("InstanceId.1", &instance)]).unwrap().body;
    let states = |client: &mut Client, wanted: &str| {
        crate::place::until(wanted, || describe(client).contains(&format!("<name>{wanted}</name>")));
        describe(client)
    };
    let running = states(&mut client, "running");
    assert!(running.contains("ApiOnly") && running.contains("nothing runs in this instance"), "{running}");
    crate::place::until("available", || {
        let answer = client.ec2("DescribeNatGateways", &[("NatGatewayId.1", &gateway)]).unwrap();
        answer.body.contains("<state>available</state>")
    });
    made(&mut client, "StopInstances", &[("InstanceId.1", &instance)], "instanceId");
    states(&mut client, "stopped");
    made(&mut client, "StartInstances", &[("InstanceId.1", &instance)], "instanceId");
    let running = states(&mut client, "running");
    assert!(running.contains("ApiOnly"), "{running}");
    made(&mut client, "DeleteNatGateway", &[("NatGatewayId", &gateway)], "natGatewayId");
    made(&mut client, "TerminateInstances", &[("InstanceId.1", &instance)], "instanceId");
    states(&mut client, "terminated");
    let cloud = folder.exported();
    assert!(cloud.interfaces.is_empty(), "{:?}", cloud.interfaces);
}

#[test]
fn a_port_that_is_taken_is_named() {
    let folder = Folder::new();
    let server = folder.serve(&[]);
    let other = Folder::new();
    let address = server.address().to_string();
    let refused = other.croft(&["serve", "--api-only", "--listen", &address]);
    let said = text(&refused.stderr);
    assert_eq!(refused.status.code(), Some(2), "{said}");
    assert!(said.contains(&address) && said.contains("taken") && said.contains("--listen"), "{said}");
    for open in [&["--listen", "0.0.0.0:0"][..], &["--listen", "nonsense"], &["--tls-cert", "c.pem"]] {
        let refused = other.croft(&[&["serve", "--api-only"], open].concat());
        assert_eq!(refused.status.code(), Some(2), "{open:?}");
    }
    // What was refused holds nothing.
    other.serve(&[]);
}
