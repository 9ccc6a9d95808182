//! The API in front of a fabric: needs root, and fails without it.

use crate::place::{Folder, Server, made, text, until};
use croft_daemon::options::RUN_BASE;
use croft_daemon::state_dir::fabric_id;
use std::path::Path;

/// What a test leaves behind when it fails.
struct Remains(std::path::PathBuf);

impl Drop for Remains {
    fn drop(&mut self) {
        if self.0.exists() {
            let _ = croft_daemon::doctor::remove_fabric(&self.0);
        }
    }
}

/// A server with packets, and what it leaves behind when a test fails.
fn serve(folder: &Folder) -> (Server, Remains) {
    assert!(nix::unistd::geteuid().is_root(), "these tests make network namespaces: run them as root");
    let server = folder.serve_whole(&["--ephemeral", "--connections", "4096"]);
    let state = folder.path("state").canonicalize().unwrap();
    (server, Remains(Path::new(RUN_BASE).join(fabric_id(&state))))
}

const WAITS: &str = "
Resources:
  Handle: {Type: 'AWS::CloudFormation::WaitConditionHandle'}
  Wait: {Type: 'AWS::CloudFormation::WaitCondition', Properties: {Handle: !Ref Handle, Timeout: 600}}
";

#[test]
fn ext_2_what_an_instance_puts_to_the_internet_the_host_puts_to_the_server() {
    let folder = Folder::new();
    let (server, _remains) = serve(&folder);
    std::fs::write(folder.path("waits.yaml"), WAITS).unwrap();
    let up = folder.croft(&["up", "waits.yaml", "--yes", "--detach"]);
    assert!(up.status.success(), "{}", text(&up.stderr));
    let json = |arguments: &[&str]| -> serde_json::Value {
        serde_json::from_slice(&folder.croft(arguments).stdout).unwrap_or_default()
    };
    let mut url = String::new();
    until("there is a handle", || {
        let events = json(&["events", "waits", "--json"]);
        let mut events = events.as_array().unwrap().iter().filter(|event| event["logical_id"] == "Handle");
        url = events.find_map(|event| event["physical_id"].as_str()).unwrap_or_default().to_string();
        !url.is_empty()
    });
    let path = url.strip_prefix("http://198.19.255.254").unwrap_or_else(|| panic!("{url}"));
    let host = server.address().to_string();
    let body = br#"{"Status":"SUCCESS","UniqueId":"a","Data":"b"}"#;
    let mut client = server.client();
    assert_eq!(
        client.send("PUT", &path.replace("signals/", "signals/0"), &[("host", &host)], body).unwrap().status,
        403
    );
    assert_eq!(client.send("PUT", path, &[("host", &host)], body).unwrap().status, 200);
    until("the stack is there", || json(&["stacks", "--json"])[0]["status"] == "CREATE_COMPLETE");
    assert_eq!(server.end(), 0);
}

#[test]
fn a_reset_takes_what_runs_and_what_packets_obey() {
    let folder = Folder::new();
    let (server, remains) = serve(&folder);
    let state = folder.path("state").canonicalize().unwrap();
    assert!(remains.0.exists());
    assert_eq!(server.ready["packets"], true);
    let mut client = server.client();
    let vpc = made(&mut client, "CreateVpc", &[("CidrBlock", "10.0.0.0/16")], "vpcId");
    let subnet = made(&mut client, "CreateSubnet", &[("VpcId", &vpc), ("CidrBlock", "10.0.1.0/24")], "subnetId");
    let launch =
        [("ImageId", "ami-0c0f7000000000001"), ("MinCount", "2"), ("MaxCount", "2"), ("SubnetId", subnet.as_str())];
    made(&mut client, "RunInstances", &launch, "instanceId");
    let states = || {
        let listing = text(&folder.croft(&["ps", "--json"]).stdout);
        let listing: serde_json::Value = serde_json::from_str(&listing).unwrap();
        let rows = listing["workloads"].as_array().unwrap().clone();
        rows.iter().map(|row| row["state"].as_str().unwrap().to_string()).collect::<Vec<_>>()
    };
    until("both run", || states() == ["running", "running"]);
    // The group lets its own members in: a packet goes from one to the other.
    let listing: serde_json::Value = serde_json::from_slice(&folder.croft(&["ps", "--json"]).stdout).unwrap();
    let id = |n: usize| listing["workloads"][n]["id"].as_str().unwrap().to_string();
    let reach = folder.croft(&["reach", &id(0), &format!("{}:80", id(1))]);
    assert_eq!(reach.status.code(), Some(0), "{} {}", text(&reach.stdout), text(&reach.stderr));

    let metrics = server.page("/_croft/metrics").body;
    let counted = |direction: &str| {
        let lines = metrics.lines().filter(|line| line.starts_with("croft_interface_packets_total{interface=\"eni-"));
        let lines = lines.filter(|line| line.contains(&format!("direction=\"{direction}\"")));
        lines.map(|line| line.rsplit_once(' ').unwrap().1.parse::<u64>().unwrap()).collect::<Vec<_>>()
    };
    for direction in ["sent", "delivered"] {
        let packets = counted(direction);
        assert!(packets.len() == 2 && packets.iter().all(|n| *n > 0), "{direction}: {packets:?}\n{metrics}");
    }

    assert_eq!(server.send("POST", "/_croft/reset", &[]).status, 200);
    assert!(states().is_empty());
    let health: serde_json::Value = serde_json::from_str(&server.page("/_croft/health").body).unwrap();
    assert_eq!(health["desired"], health["applied"], "{health}");
    let workloads = || std::fs::read_dir(state.join("instances")).map_or(0, |entries| entries.count());
    until("the workloads are gone", || workloads() == 0);
    let metrics = server.page("/_croft/metrics").body;
    assert!(metrics.contains("# TYPE croft_dropped_packets_total counter"), "{metrics}");
    // The same again: nothing of the first is in the way.
    let vpc = made(&mut client, "CreateVpc", &[("CidrBlock", "10.0.0.0/16")], "vpcId");
    made(&mut client, "CreateSubnet", &[("VpcId", &vpc), ("CidrBlock", "10.0.1.0/24")], "subnetId");
    assert_eq!(server.end(), 0);
    assert!(!state.exists() && !remains.0.exists(), "nothing is left");
}
