//! What needs neither root nor a daemon: help, exit codes, refusals.

use std::process::{Command, Output};

fn croft(arguments: &[&str]) -> Output {
    let home = tempfile::tempdir().unwrap();
    Command::new(env!("CARGO_BIN_EXE_croft"))
        .args(arguments)
        .env("CROFT_HOME", home.path().join("state"))
        .current_dir(home.path())
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn every_command_has_help_with_an_example() {
    let all = croft(&["--help"]);
    assert_eq!(all.status.code(), Some(0));
    let listed = text(&all.stdout);
    let commands = [
        "serve",
        "stop",
        "up",
        "down",
        "diff",
        "stacks",
        "events",
        "drift",
        "ps",
        "exec",
        "logs",
        "reach",
        "drops",
        "capture",
        "zone",
        "quota",
        "instance",
        "doctor",
        "credentials",
        "state",
    ];
    for command in commands {
        assert!(listed.contains(&format!("\n  {command} ")), "{command} is not listed:\n{listed}");
        let help = croft(&[command, "--help"]);
        assert_eq!(help.status.code(), Some(0), "{command}");
        assert!(text(&help.stdout).contains("Example"), "{command} has no example");
    }
    assert!(text(&croft(&["lab", "run", "--help"]).stdout).contains("Example"));
}

#[test]
fn a_wrong_command_line_is_an_error() {
    for arguments in [&["nonsense"][..], &[], &["exec", "web"], &["up"], &["zone", "explode", "us-east-1a"]] {
        let output = croft(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", text(&output.stderr));
    }
}

#[test]
fn without_a_daemon_a_question_says_what_to_do() {
    for arguments in [&["ps"][..], &["reach", "a", "b:1"], &["down", "x"], &["stop"], &["exec", "a", "--", "true"]] {
        let output = croft(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let error = text(&output.stderr);
        assert!(error.contains("no daemon holds") && error.contains("croft serve"), "{error}");
    }
}

#[test]
fn errors_are_json_where_json_is_asked_for() {
    let output = croft(&["ps", "--json"]);
    let error: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(error["error"]["message"].as_str().unwrap().contains("no daemon"));
}

#[test]
fn the_labs_are_embedded() {
    let output = croft(&["lab", "list", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let labs: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).unwrap();
    assert!(labs.iter().any(|lab| lab["name"] == "hello" && !lab["shows"].as_str().unwrap().is_empty()));
    let unknown = croft(&["lab", "run", "nowhere"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(text(&unknown.stderr).contains("hello"));
}

#[test]
fn files_that_are_no_templates_start_no_daemon() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.yaml");
    for (bytes, says) in [(vec![b' '; 5 << 20], "larger than"), (b"\x7fELF\xff\xfe".to_vec(), "UTF-8")] {
        std::fs::write(&path, bytes).unwrap();
        let output = croft(&["up", path.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(2));
        let error = text(&output.stderr);
        assert!(error.contains(says) && !error.contains("started a daemon"), "{error}");
    }
}

#[test]
fn ports_are_checked_before_anything_is_asked() {
    for (arguments, says) in [
        (&["reach", "a", "b"][..], "needs a port"),
        (&["reach", "a", "b:70000"], "not a port"),
        (&["reach", "a", "b:1", "--protocol", "icmp"], "no ports"),
    ] {
        let output = croft(arguments);
        assert_eq!(output.status.code(), Some(2));
        assert!(text(&output.stderr).contains(says), "{}", text(&output.stderr));
    }
}

#[test]
fn doctor_says_what_stands_still_without_a_daemon() {
    let output = croft(&["doctor", "--json"]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(report["checks"].as_array().unwrap().iter().any(|check| check["name"] == "packet program"));
    let kept = report["kept_only"].to_string();
    assert!(kept.contains("IPv6") && kept.contains("ipv6_unsupported"), "{kept}");
    let still = report["without_daemon"].to_string();
    for reason in ["fragment", "too_big", "ttl_expired", "nat_idle", "no_service"] {
        assert!(still.contains(reason), "{reason}: {still}");
    }
}
