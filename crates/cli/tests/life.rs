//! The command and its daemon on a real machine: needs root, and fails without it.

mod place;

use place::{PATIENCE, Place};
use std::time::Instant;

const TEMPLATE: &str = include_str!("../../../labs/hello/template.yaml");

#[test]
fn cfn_1_a_stack_comes_up_is_looked_at_and_goes() {
    let place = Place::new();
    place.write("t.yaml", TEMPLATE);
    let up = place.croft(&["up", "t.yaml", "--yes", "--stack-name", "pair"]).success();
    assert!(up.error.contains("started a daemon"), "{}", up.error);
    let words = up.output.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("CREATE_COMPLETE AWS::EC2::Instance"), "{}", up.output);
    assert!(up.output.contains("stack pair CREATE_COMPLETE"), "{}", up.output);

    let listing = place.croft(&["ps", "--json"]).success().json();
    let rows = listing["workloads"].as_array().unwrap();
    let names: Vec<&str> = rows.iter().map(|row| row["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["client", "server"]);
    assert_eq!(listing["desired"], listing["applied"]);
    for row in rows {
        assert_eq!(row["state"], "running");
        assert_eq!(row["subnet"]["public"], false);
    }

    // Names by tag, logical id, stack and identifier; exit codes and streams are passed on.
    for name in ["client", "Client", "pair/client", rows[0]["id"].as_str().unwrap()] {
        let ran = place.croft(&["exec", name, "--", "sh", "-c", "echo out; echo err >&2; exit 7"]);
        assert_eq!((ran.code, ran.output.as_str(), ran.error.as_str()), (7, "out\n", "err\n"), "{name}");
    }
    assert_eq!(place.with_input(&["exec", "client", "--", "cat"], b"passed on").output, "passed on");
    let hosts = place.croft(&["exec", "client", "--", "cat", "/etc/hosts"]).success().output;
    assert!(hosts.contains(" server"), "{hosts}");
    place.until("the service has said so", || {
        place.croft(&["logs", "server"]).success().output.contains("listens on port 8080")
    });
    let page = place.croft(&["exec", "client", "--", "croft-service", "get", "http://server:8080/"]).success();
    assert!(page.output.contains("server"), "{}", page.output);

    // The second time there is nothing to do.
    let again = place.croft(&["up", "t.yaml", "--yes", "--stack-name", "pair"]).success();
    assert!(again.output.contains("stack pair UNCHANGED"), "{}", again.output);

    place.croft(&["down", "pair"]).success();
    let listing = place.croft(&["ps", "--json"]).success().json();
    assert_eq!(listing["workloads"].as_array().unwrap().len(), 0);
    place.croft(&["stop"]).success();
    place.assert_clean();
}

#[test]
fn reach_shows_prediction_and_probe_and_what_would_open_the_path() {
    let place = Place::new();
    place.write("t.yaml", TEMPLATE);
    place.croft(&["up", "t.yaml", "--yes", "--stack-name", "pair"]).success();

    let open = place.croft(&["reach", "client", "server:8080", "--json"]);
    assert_eq!(open.code, 0, "{} {}", open.output, open.error);
    let answer = open.json();
    for word in ["reachable", "predicted", "probed", "agree"] {
        assert_eq!(answer[word], true, "{word}");
    }
    assert!(!answer["path"].as_array().unwrap().is_empty());

    let before = place.dropped("security_group_ingress");
    let closed = place.croft(&["reach", "client", "server:22", "--json"]);
    assert_eq!(closed.code, 1, "{} {}", closed.output, closed.error);
    let answer = closed.json();
    assert_eq!(answer["codes"][0], "ENI_SG_RULES_MISMATCH");
    for word in ["reachable", "predicted", "probed"] {
        assert_eq!(answer[word], false, "{word}");
    }
    assert_eq!(answer["agree"], true);
    let command = answer["fix"]["steps"][0]["commands"][0].as_str().unwrap();
    assert!(command.starts_with("aws ec2 authorize-security-group-ingress"), "{command}");
    assert!(place.dropped("security_group_ingress") > before, "the probe's packet was dropped for real");

    let text = place.croft(&["reach", "client", "server", "--protocol", "icmp"]);
    assert_eq!(text.code, 1);
    assert!(text.output.contains("blocked by") && text.output.contains("aws ec2 "), "{}", text.output);

    for (arguments, says) in [
        (&["reach", "client", "nobody:1"][..], "nothing is called"),
        (&["reach", "clint", "server:1"], "did you mean \"client\""),
        (&["reach", "internet", "internet:1"], "on the internet"),
    ] {
        let wrong = place.croft(arguments);
        assert_eq!(wrong.code, 2, "{arguments:?}");
        assert!(wrong.error.contains(says), "{arguments:?}: {}", wrong.error);
    }
    place.croft(&["stop"]).success();
    place.assert_clean();
}

#[test]
fn a_killed_daemon_takes_nothing_with_it_and_the_next_one_adopts() {
    let place = Place::new();
    place.write("t.yaml", TEMPLATE);
    place.croft(&["up", "t.yaml", "--yes", "--stack-name", "pair"]).success();
    let before = place.croft(&["ps", "--json"]).success().json();
    place.croft(&["exec", "server", "--", "sh", "-c", "echo kept > /root/mark"]).success();
    place.kill_daemon();
    assert_eq!(place.croft(&["ps"]).code, 2);

    let serve = place.serve();
    let after = place.croft(&["ps", "--json"]).success().json();
    assert_eq!(before["workloads"], after["workloads"]);
    let mark = place.croft(&["exec", "server", "--", "cat", "/root/mark"]).success();
    assert_eq!(mark.output, "kept\n", "the very same instance goes on");
    assert_eq!(place.croft(&["reach", "client", "server:8080"]).code, 0);

    let second = place.croft(&["serve"]);
    assert_eq!(second.code, 2);
    assert!(second.error.contains("already holds"), "{}", second.error);

    // Left on purpose, found by doctor, adopted again.
    place.croft(&["stop", "--keep-fabric"]).success();
    drop(serve);
    assert!(place.croft(&["doctor"]).output.contains("kept on purpose"));
    let serve = place.serve();
    let mark = place.croft(&["exec", "server", "--", "cat", "/root/mark"]).success();
    assert_eq!(mark.output, "kept\n");
    place.croft(&["stop"]).success();
    drop(serve);
    place.assert_clean();

    // The cloud outlives its fabric: the instances start anew.
    let serve = place.serve();
    place.until("both run", || place.croft(&["reach", "client", "server:8080"]).code == 0);
    place.croft(&["down", "pair"]).success();
    place.croft(&["stop"]).success();
    drop(serve);
    place.assert_clean();
}

/// Half a stack is no dead end: the next daemon goes on with it, and says so.
#[test]
fn cfn_1_a_daemon_that_is_killed_in_the_middle_of_a_stack_is_followed_by_one_that_goes_on() {
    let place = Place::new();
    place.write("t.yaml", include_str!("../../../labs/three-tier/template.yaml"));
    let status = || {
        let stacks = place.croft(&["stacks", "--json"]).success().json();
        stacks[0]["status"].as_str().unwrap_or("gone").to_string()
    };
    let mut resumed = 0;
    for (events, after) in [(1, "up"), (15, "up"), (25, "down"), (38, "down")] {
        let serve = place.serve();
        let up = place.start(&["up", "t.yaml", "--yes", "--stack-name", "tiers"]);
        place.until("so much has happened", || up.output().matches("CREATE_").count() >= events);
        place.kill_daemon();
        drop((up, serve));
        let serve = place.serve();
        let doctor = place.croft(&["doctor", "--json"]).json();
        let goes_on = doctor["resumed"].as_array().unwrap().len();
        assert_eq!(serve.output().contains("its creation is gone on with"), goes_on == 1, "{}", serve.output());
        resumed += goes_on;
        place.until("it has come to its end", || !status().ends_with("_IN_PROGRESS"));
        assert_eq!(status(), "CREATE_COMPLETE");
        let events = place.croft(&["events", "tiers"]).success().output;
        assert_eq!(events.contains("Croft was started anew while this was under way"), goes_on == 1, "{events}");
        if after == "up" {
            let again = place.croft(&["up", "t.yaml", "--yes", "--stack-name", "tiers"]).success();
            assert!(again.output.contains("stack tiers UNCHANGED"), "{}", again.output);
            assert_eq!(place.croft(&["reach", "internet", "alb-a:443"]).code, 0);
        }
        place.croft(&["down", "tiers"]).success();
        let listing = place.croft(&["ps", "--json"]).success().json();
        assert_eq!(listing["workloads"].as_array().unwrap().len(), 0, "{listing}");
        place.croft(&["stop"]).success();
        drop(serve);
        place.assert_clean();
    }
    assert!(resumed > 0, "none was killed in the middle");
}

#[test]
fn new_connections_open_while_the_daemon_is_dead() {
    let place = Place::new();
    let calls = r#"
          while true; do
            if croft-service get http://server:8080/ >/dev/null; then echo answered; else echo lost; fi
          done &"#;
    let client = "        - { Key: Name, Value: client }\n";
    let user_data = format!("{client}      UserData:\n        Fn::Base64: |\n          #!/bin/sh{calls}\n");
    place.write("t.yaml", &TEMPLATE.replace(client, &user_data));
    place.croft(&["up", "t.yaml", "--yes", "--stack-name", "pair"]).success();
    let answered = |place: &Place| place.croft(&["logs", "client"]).success().output.matches("answered").count();
    place.until("the calls are answered", || answered(&place) > 20);
    let lost = |place: &Place| place.croft(&["logs", "client"]).success().output.matches("lost").count();
    let (before, none) = (answered(&place), lost(&place));
    place.kill_daemon();
    // There is nobody to ask for the log, but it lies where it always does.
    place.until("calls are answered without a daemon", || place.logged("answered") > before + 20);
    let serve = place.serve();
    assert_eq!(lost(&place), none, "no call was lost");
    place.croft(&["stop"]).success();
    drop(serve);
    place.assert_clean();
}

#[test]
fn what_is_replaced_is_asked_about_first() {
    let place = Place::new();
    place.write("t.yaml", TEMPLATE);
    place.croft(&["up", "t.yaml", "--yes", "--stack-name", "pair"]).success();
    let address = place.row("server")["address"].clone();
    place.write("t.yaml", &TEMPLATE.replace("CidrBlock: 10.0.1.0/24", "CidrBlock: 10.0.2.0/24"));
    let asked = place.croft(&["up", "t.yaml", "--stack-name", "pair"]);
    assert_eq!(asked.code, 2);
    assert!(asked.error.contains("--yes") && asked.output.contains("AWS::EC2::Instance"), "{}", asked.error);
    assert_eq!(place.row("server")["address"], address, "nothing was changed");
    let done = place.croft(&["up", "t.yaml", "--yes", "--stack-name", "pair"]).success();
    assert!(done.output.contains("stack pair UPDATE_COMPLETE"), "{}", done.output);
    assert_eq!(place.row("server")["address"].as_str().unwrap()[..7], *"10.0.2.");
    assert_eq!(place.croft(&["reach", "client", "server:8080"]).code, 0);
    place.croft(&["stop"]).success();
    place.assert_clean();
}

#[test]
fn an_instance_that_shuts_itself_down_is_stopped() {
    let place = Place::new();
    place.write("t.yaml", TEMPLATE);
    place.croft(&["up", "t.yaml", "--yes", "--stack-name", "pair"]).success();
    place.croft(&["exec", "server", "--", "kill", "-TERM", "1"]);
    place.until("it is stopped", || place.row("server")["state"] == "stopped");
    assert!(place.row("server")["reason"].as_str().unwrap().contains("InstanceInitiatedShutdown"));
    place.croft(&["instance", "start", "server"]).success();
    place.until("the service runs again", || {
        place.croft(&["exec", "client", "--", "croft-service", "get", "http://server:8080/"]).code == 0
    });
    place.croft(&["stop"]).success();
    place.assert_clean();
}

#[test]
fn instances_stop_and_start_and_keep_their_addresses() {
    let place = Place::new();
    place.write("t.yaml", TEMPLATE);
    place.croft(&["up", "t.yaml", "--yes", "--stack-name", "pair"]).success();
    let address = place.row("server")["address"].clone();
    place.croft(&["instance", "stop", "server"]).success();
    assert_eq!(place.row("server")["state"], "stopped");
    let refused = place.croft(&["exec", "server", "--", "true"]);
    assert_eq!(refused.code, 2);
    assert!(refused.error.contains("stopped"), "{}", refused.error);
    assert_eq!(place.croft(&["reach", "client", "server:8080"]).code, 1);
    place.croft(&["instance", "start", "server"]).success();
    assert_eq!(place.row("server")["address"], address);
    place.until("the service runs again", || {
        place.croft(&["exec", "client", "--", "croft-service", "get", "http://server:8080/"]).code == 0
    });
    place.croft(&["stop"]).success();
    place.assert_clean();
}

#[test]
fn a_zone_fails_and_comes_back() {
    let place = Place::new();
    place.write("t.yaml", TEMPLATE);
    place.croft(&["up", "t.yaml", "--yes", "--stack-name", "pair"]).success();
    place.croft(&["zone", "fail", "us-east-1a"]).success();
    let failed = place.croft(&["reach", "client", "server:8080", "--json"]);
    assert_eq!((failed.code, &failed.json()["agree"]), (1, &serde_json::Value::Bool(true)), "{}", failed.output);
    place.croft(&["zone", "restore", "us-east-1a"]).success();
    assert_eq!(place.croft(&["reach", "client", "server:8080"]).code, 0);
    let unknown = place.croft(&["zone", "fail", "eu-west-9z"]);
    assert_eq!(unknown.code, 2);
    place.croft(&["stop"]).success();
    place.assert_clean();
}

#[test]
fn a_stack_that_cannot_be_made_leaves_nothing() {
    let place = Place::new();
    let serve = place.serve();
    let version = place.croft(&["ps", "--json"]).success().json()["desired"].clone();
    place.write("typo.yaml", &TEMPLATE.replace("CidrBlock: 10.0.1.0/24", "CidrBlok: 10.0.1.0/24"));
    let typo = place.croft(&["up", "typo.yaml"]);
    assert_eq!(typo.code, 2);
    assert!(typo.error.contains("typo.yaml:12:7") && typo.error.contains("CidrBlock"), "{}", typo.error);
    assert_eq!(place.croft(&["ps", "--json"]).json()["desired"], version, "nothing was changed");

    // Refused by the cloud half-way: what was made is deleted again.
    place.write("small.yaml", &TEMPLATE.replace("CidrBlock: 10.0.1.0/24", "CidrBlock: 10.0.1.0/29"));
    let small = place.croft(&["up", "small.yaml", "--yes"]);
    assert_eq!(small.code, 2);
    assert!(small.error.contains("InvalidSubnet.Range"), "{}", small.error);
    assert_eq!(place.croft(&["ps", "--json"]).json()["workloads"].as_array().unwrap().len(), 0);
    // As on AWS the record stays, says how it ended, and can be deleted.
    place.croft(&["down", "small"]).success();
    assert_eq!(place.croft(&["down", "small"]).code, 2);
    place.croft(&["stop"]).success();
    drop(serve);
    place.assert_clean();
}

/// The daemon writes into what its callers lent it; one that closes it is no reason to die.
#[test]
fn callers_that_close_their_ends_do_not_harm_the_daemon() {
    let place = Place::new();
    let service = "croft-service http --port 8080";
    place.write("t.yaml", &TEMPLATE.replace(service, &format!("seq 200000; {service}")));
    place.croft(&["up", "t.yaml", "--yes", "--stack-name", "pair"]).success();
    place.until("much is in the log", || place.croft(&["logs", "server"]).success().output.len() > 1 << 20);
    for arguments in [
        &["logs", "server", "--follow"][..],
        &["capture", "server"],
        &["drops", "--follow"],
        &["exec", "server", "--", "seq", "1000000"],
    ] {
        place.with_closed_output(arguments);
        place.croft(&["reach", "client", "server:8080"]).success();
        place.croft(&["reach", "client", "server:4444"]);
    }
    // Nor one that reads nothing: its pipe is full, and the daemon ends nevertheless.
    let log = place.with_unread_output(&["logs", "server", "--follow"]);
    let began = Instant::now();
    place.croft(&["stop"]).success();
    assert!(began.elapsed() < PATIENCE);
    drop(log);
    place.assert_clean();
}

#[test]
fn captures_and_drops_are_real() {
    let place = Place::new();
    place.write("t.yaml", TEMPLATE);
    place.croft(&["up", "t.yaml", "--yes", "--stack-name", "pair"]).success();
    let capture = place.start(&["capture", "server", "-w", "server.pcap"]);
    let follow = place.start(&["drops", "--follow", "--json"]);
    place.until("the capture has begun", || place.size("server.pcap") >= 24);
    place.croft(&["reach", "client", "server:8080"]);
    place.croft(&["reach", "client", "server:4444"]);
    place.until("packets were captured", || place.size("server.pcap") > 24 + 3 * 16);
    capture.interrupt();
    let bytes = place.read("server.pcap");
    assert_eq!(u32::from_ne_bytes(bytes[..4].try_into().unwrap()), 0xa1b2_3c4d);
    place.until("the drop was told as it happened", || follow.output().contains("security_group_ingress"));
    let line: serde_json::Value = serde_json::from_str(follow.output().lines().next().unwrap()).unwrap();
    assert_eq!((line["from"].as_str(), line["packet"]["destination_port"].as_u64()), (Some("client"), Some(4444)));
    follow.interrupt();
    place.croft(&["stop"]).success();
    place.assert_clean();
}

/// Who is not root is told why root is needed, and sudo gets the very same command with the user's own state directory.
#[test]
fn daemons_of_two_directories_do_not_see_each_other() {
    let (one, two) = (Place::new(), Place::new());
    let (first, second) = (one.serve(), two.serve());
    one.write("t.yaml", TEMPLATE);
    one.croft(&["up", "t.yaml", "--yes", "--stack-name", "pair"]).success();
    assert_eq!(two.croft(&["ps", "--json"]).success().json()["workloads"].as_array().unwrap().len(), 0);
    two.croft(&["stop"]).success();
    assert_eq!(one.croft(&["reach", "client", "server:8080"]).code, 0);
    one.croft(&["stop"]).success();
    drop((first, second));
    one.assert_clean();
    two.assert_clean();
}
