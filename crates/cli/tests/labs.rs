//! Labs as a user runs them: interrupted, killed, kept, without root. Needs root, and fails without it.

mod place;

use place::{PATIENCE, Place};
use std::time::Instant;

#[test]
fn a_lab_that_is_interrupted_takes_its_world_down() {
    let place = Place::new();
    let began = Instant::now();
    let lab = place.start(&["lab", "run", "hello"]);
    place.until("the world is being built", || !place.worlds("hello").is_empty());
    let run = place.worlds("hello").iter().map(|w| place.run_dir_of(w)).next().unwrap();
    lab.interrupt();
    assert!(!run.exists(), "{} is left", run.display());
    assert!(began.elapsed() < PATIENCE);
    assert_eq!(place.worlds("hello"), Vec::<std::path::PathBuf>::new());
}

#[test]
fn a_lab_that_is_killed_is_cleaned_up_by_the_next_start() {
    let place = Place::new();
    let lab = place.start(&["lab", "run", "three-tier"]);
    place.until("workloads run", || {
        let worlds = place.worlds("three-tier");
        worlds.iter().any(|w| std::fs::read_dir(w.join("instances")).is_ok_and(|d| d.count() > 2))
    });
    let run = place.run_dir_of(&place.worlds("three-tier")[0]);
    lab.kill();
    assert!(run.exists(), "what was made lives on without its process");
    place.croft(&["lab", "run", "hello"]).success();
    assert!(!run.exists(), "{} is left", run.display());
    // Another test's daemon may have found it first, and be at it.
    place.until("its state is gone", || place.worlds("three-tier").is_empty());
    place.assert_clean();
}

#[test]
fn a_lab_that_is_kept_is_adopted_and_goes_with_its_daemon() {
    let place = Place::new();
    let kept = place.croft(&["lab", "run", "hello", "--keep", "--json"]).success();
    assert_eq!(kept.json()["ok"], true);
    let world = place.worlds("hello").pop().unwrap();
    let state = world.to_str().unwrap();
    assert!(kept.error.contains(&format!("croft serve --state {state}")), "{}", kept.error);
    let run = place.run_dir_of(&world);
    let serve = place.start(&["serve", "--state", state]);
    place.until("the daemon answers", || place.croft(&["ps", "--state", state]).code == 0);
    assert_eq!(place.croft(&["reach", "client", "server:8080", "--state", state]).code, 0);
    place.croft(&["stop", "--state", state]).success();
    drop(serve);
    assert!(!run.exists() && !world.exists(), "a lab's world leaves nothing");
    place.assert_clean();
}

#[test]
fn who_is_not_root_is_asked_through_sudo() {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;
    let place = Place::new();
    place.write("sudo", "#!/bin/sh\necho sudo \"$@\"\n");
    let program = place.path("croft");
    std::fs::copy(env!("CARGO_BIN_EXE_croft"), &program).unwrap();
    for path in [place.path(""), place.path("sudo"), program.clone()] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let mut command = std::process::Command::new(&program);
    command.args(["lab", "run", "hello", "--json"]).env("PATH", format!("{}:/bin:/usr/bin", place.path("").display()));
    command.env("HOME", "/home/somebody").env_remove("CROFT_HOME").env_remove("XDG_STATE_HOME");
    let output = command.current_dir("/").uid(65_534).gid(65_534).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("needs root") && said.contains("asking sudo"), "{said}");
    assert_eq!(
        String::from_utf8_lossy(&output.stdout).trim(),
        format!("sudo -- {} --state /home/somebody/.local/state/croft lab run hello --json", program.display())
    );
}
