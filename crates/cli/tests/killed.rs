//! `kill -9` of the daemon in the middle of an update: the next one goes on with it, or with taking it back, and says
//! which. Needs root, and fails without it.

mod place;

use place::{Place, Running};

const TEMPLATE: &str = include_str!("../../../labs/stack-updates/template.yaml");

/// Brings the stack up, kills the daemon once an update of it has had so many events, and gives what the next daemon
/// says and how the stack ends.
fn killed(place: &Place, events: usize, parameters: &[&str]) -> (Running, String) {
    place.write("t.yaml", TEMPLATE);
    let serve = place.serve();
    place.croft(&["up", "t.yaml", "--yes", "--stack-name", "pair"]).success();
    let mut update = vec!["up", "t.yaml", "--yes", "--stack-name", "pair"];
    update.extend(parameters.iter().flat_map(|parameter| ["--parameter", parameter]));
    let up = place.start(&update);
    let told = |what: &str| up.output().matches(what).count();
    place.until("so much has happened", || {
        told("UPDATE_") + told("CREATE_COMPLETE") + told("_FAILED") + told("DELETE_COMPLETE") >= events
    });
    place.kill_daemon();
    drop((up, serve));
    let serve = place.serve();
    let mut status = String::new();
    place.until("it has come to its end", || {
        let stacks = place.croft(&["stacks", "--json"]).success().json();
        status = stacks[0]["status"].as_str().unwrap_or("gone").to_string();
        !status.ends_with("_IN_PROGRESS")
    });
    (serve, status)
}

#[test]
fn cfn_1_an_update_that_a_kill_interrupts_is_gone_on_with() {
    let mut resumed = 0;
    for events in [1, 5, 9] {
        let place = Place::new();
        let parameters = ["Port=9090", "ServerBlock=10.0.3.0/24", "WayOut=yes"];
        let (serve, status) = killed(&place, events, &parameters);
        let said = serve.output();
        assert_eq!(status, "UPDATE_COMPLETE", "{said}");
        resumed += said.matches("the stack pair was UPDATE_").count();
        assert_eq!(place.croft(&["reach", "client", "server:9090"]).code, 0);
        assert_eq!(place.croft(&["reach", "client", "server:8080"]).code, 1);
        assert_eq!(place.croft(&["reach", "client", "203.0.113.10:443"]).code, 0);
        place.croft(&["down", "pair"]).success();
        place.croft(&["stop"]).success();
        place.assert_clean();
    }
    assert!(resumed > 0, "none was killed in the middle");
}

/// The block is none of the VPC's: the update fails, is taken back, and the daemon is killed somewhere in it.
#[test]
fn cfn_1_an_update_that_fails_is_taken_back_across_a_kill() {
    for events in [1, 3, 6] {
        let place = Place::new();
        let (serve, status) = killed(&place, events, &["Port=9090", "ServerBlock=10.9.0.0/24", "WayOut=yes"]);
        assert_eq!(status, "UPDATE_ROLLBACK_COMPLETE", "{}", serve.output());
        assert_eq!(place.croft(&["reach", "client", "server:8080"]).code, 0);
        assert_eq!(place.croft(&["reach", "client", "server:9090"]).code, 1);
        assert_eq!(place.croft(&["reach", "client", "203.0.113.10:443"]).code, 1);
        place.croft(&["down", "pair"]).success();
        place.croft(&["stop"]).success();
        place.assert_clean();
    }
}
