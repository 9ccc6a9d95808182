//! A daemon inside the test's own process, as labs run it: needs root, and fails without it.

#[path = "in_process/attach.rs"]
mod attach;

use croft_control::*;
use croft_daemon::daemon::{Daemon, Stop};
use croft_daemon::options::Options;
use croft_daemon::protocol::{Event, ReachRequest, StackRequest, Transport};
use croft_daemon::socket::Caller;
use croft_daemon::stacks::Patient;
use croft_model::group::{Direction, Peer};
use croft_model::instance::InstanceState;
use croft_model::protocol::{Ports, Protocol};
use croft_model::{NetworkInterfaceId, SecurityGroupId};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

fn start(home: &Path, ephemeral: bool) -> Daemon {
    assert!(nix::unistd::geteuid().is_root(), "these tests make network namespaces: run them as root");
    let options = Options {
        ephemeral,
        connections: 4096,
        program: env!("CARGO_BIN_EXE_croft").into(),
        ..Options::new(home.join("state")).unwrap()
    };
    Daemon::start(options).unwrap()
}

fn stack(template: &str) -> StackRequest {
    StackRequest {
        name: "test".into(),
        file: "template.yaml".into(),
        template: template.into(),
        ..StackRequest::default()
    }
}

fn up(daemon: &Daemon, template: &str) {
    let done = daemon.up(&stack(template), &Patient(|_| {})).unwrap();
    assert_eq!(done.status, "CREATE_COMPLETE");
}

fn asks(source: &str, destination: &str, port: u16) -> ReachRequest {
    ReachRequest { source: source.into(), destination: destination.into(), protocol: Transport::Tcp, port: Some(port) }
}

const PAIR: &str = include_str!("../../../labs/hello/template.yaml");
const NO_WAY_OUT: &str = include_str!("../../../labs/no-nat-gateway/template.yaml");

/// A rule change is in the kernel when the command is answered (rows SG-1, SG-3), and both are quick.
#[test]
fn an_answered_rule_change_has_taken_effect() {
    let home = tempfile::tempdir().unwrap();
    let daemon = start(home.path(), true);
    up(&daemon, PAIR);
    let cloud = daemon.cloud();
    let group = |name: &str| -> SecurityGroupId { daemon.stack_value("test", name).unwrap().parse().unwrap() };
    let (server, client) = (group("ServerGroup"), group("ClientGroup"));
    assert!(cloud.security_groups.contains_key(&server));
    let permission = IpPermission {
        protocol: Protocol::Number(6),
        ports: Ports::Range { from: 9000, to: 9000 },
        peer: Peer::Group(client),
        description: None,
    };
    let mut times = Vec::new();
    for round in 0..20 {
        let began = Instant::now();
        daemon
            .keeper()
            .run(AuthorizeSecurityGroupIngress {
                group_id: server.clone(),
                ip_permissions: vec![permission.clone()],
                tags: Default::default(),
            })
            .unwrap();
        times.push(began.elapsed());
        assert_eq!(daemon.host().unwrap().agent().applied(), daemon.cloud().version);
        assert!(daemon.reach(&asks("client", "server", 9000)).unwrap().probed, "round {round}");
        let rules = &daemon.cloud().security_groups[&server].rules;
        let added = rules.iter().find(|r| r.direction == Direction::Ingress && r.ports == permission.ports);
        let id = added.unwrap().id.clone();
        let revoke = RevokeSecurityGroupIngress {
            group_id: server.clone(),
            ip_permissions: vec![],
            security_group_rule_ids: vec![id],
        };
        daemon.keeper().run(revoke).unwrap();
        let report = daemon.reach(&asks("client", "server", 9000)).unwrap();
        assert!(!report.probed && report.agree, "round {round}: {}", report.evidence);
    }
    times.sort();
    println!("answered and applied: median {:?}, slowest {:?}", times[times.len() / 2], times[times.len() - 1]);
}

/// A service that takes datagrams and never answers does not make a path closed.
#[test]
fn a_silent_service_is_reachable() {
    let home = tempfile::tempdir().unwrap();
    let daemon = start(home.path(), true);
    up(&daemon, &PAIR.replace("IpProtocol: tcp", "IpProtocol: udp"));
    let server = daemon.instance("server").unwrap();
    let held =
        daemon.host().unwrap().fabric().in_namespace(server.as_str(), || std::net::UdpSocket::bind("0.0.0.0:8080"));
    let _silent = held.unwrap().unwrap();
    let question = ReachRequest { protocol: Transport::Udp, ..asks("client", "server", 8080) };
    let report = daemon.reach(&question).unwrap();
    assert!(report.probed && report.agree, "{}", report.evidence);
}

/// What is not there yet cannot be named in one answer: the changes come in rounds, and the packet passes (row WHY-2).
#[test]
fn the_least_change_is_applied_until_the_path_is_open() {
    let home = tempfile::tempdir().unwrap();
    let daemon = start(home.path(), true);
    up(&daemon, NO_WAY_OUT);
    let question = asks("app", "internet", 443);
    assert!(!daemon.reach(&question).unwrap().probed);
    let commands = daemon.fix(&question).unwrap();
    assert!(commands.iter().any(|c| c.contains("create-nat-gateway")), "{commands:?}");
    let report = daemon.reach(&question).unwrap();
    assert!(report.probed && report.agree, "{}", report.evidence);
}

/// Ends what a test that panicked has left in a fabric that is kept.
struct Remains(std::path::PathBuf);

impl Drop for Remains {
    fn drop(&mut self) {
        if self.0.exists() {
            let _ = croft_daemon::doctor::remove_fabric(&self.0);
        }
    }
}

/// A cloud is on disk, its fabric in the kernel: the next daemon finds both and touches nothing that is right.
#[test]
fn adoption_touches_nothing_that_is_right() {
    let home = tempfile::tempdir().unwrap();
    let daemon = start(home.path(), false);
    let _remains = Remains(daemon.host().unwrap().fabric().run_dir().to_path_buf());
    up(&daemon, PAIR);
    let (tables, ports) = (daemon.host().unwrap().fabric().applied().unwrap(), daemon.host().unwrap().fabric().ports());
    let version = daemon.cloud().version;
    let epoch = daemon.host().unwrap().fabric().apply(&tables).unwrap().epoch;
    daemon.stop(Stop { keep_fabric: true }).unwrap();

    let daemon = start(home.path(), false);
    assert_eq!(daemon.cloud().version, version);
    assert_eq!(daemon.host().unwrap().fabric().ports(), ports);
    assert_eq!(daemon.host().unwrap().fabric().applied().unwrap(), tables);
    assert_eq!(daemon.host().unwrap().fabric().apply(&tables).unwrap().epoch, epoch, "no flow was judged anew");
    assert!(daemon.reach(&asks("client", "server", 8080)).unwrap().probed);
    daemon.down("test", &Patient(|_| {})).unwrap();
    assert!(daemon.cloud().instances.values().all(|i| i.state == InstanceState::Terminated));
    daemon.stop(Stop { keep_fabric: false }).unwrap();
}

/// What no region wants is taken off the host.
#[test]
fn orphans_are_removed() {
    let home = tempfile::tempdir().unwrap();
    let daemon = start(home.path(), true);
    let lost = NetworkInterfaceId::from_bits(1);
    daemon.host().unwrap().fabric().ensure_namespace("i-00000000000000001").unwrap();
    daemon
        .host()
        .unwrap()
        .fabric()
        .ensure_interface(&croft_datapath::InterfaceSpec {
            name: lost.to_string(),
            namespace: "i-00000000000000001".into(),
            device: "eth0".into(),
            mac: [2, 0, 0, 0, 0, 1],
            addresses: vec![("10.0.0.4".parse().unwrap(), 24)],
            gateway: "10.0.0.1".parse().unwrap(),
            mtu: 9001,
        })
        .unwrap();
    let began = Instant::now();
    while !daemon.host().unwrap().fabric().ports().is_empty()
        || !daemon.host().unwrap().fabric().namespaces().unwrap().is_empty()
    {
        assert!(began.elapsed() < Duration::from_secs(20), "{:?}", daemon.host().unwrap().fabric().ports());
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// What dies without having been asked to comes back: the internet's services, an instance.
#[test]
fn what_is_killed_comes_back() {
    let home = tempfile::tempdir().unwrap();
    let daemon = start(home.path(), true);
    up(&daemon, PAIR);
    let until = |what: &str, done: &dyn Fn() -> bool| {
        let began = Instant::now();
        while !done() {
            assert!(began.elapsed() < Duration::from_secs(20), "not yet: {what}");
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    let internet = || daemon.http("internet", "internet", 80, "/").is_ok();
    until("the internet answers", &internet);
    let services = std::fs::read_to_string(daemon.host().unwrap().fabric().run_dir().join("services")).unwrap();
    kill(services.split_whitespace().next().unwrap().parse().unwrap());
    until("the internet's services are gone", &|| !internet());
    until("the internet answers again", &internet);

    let server = daemon.instance("server").unwrap();
    let pid = || daemon.host().unwrap().agent().workload(&server).map(|w| w.init().pid);
    let before = pid().unwrap();
    kill(before);
    until("the instance runs anew", &|| pid().is_some_and(|pid| pid != before));
    until("its service answers", &|| daemon.http("client", "server", 8080, "/").is_ok());
    assert_eq!(daemon.cloud().instances[&server].state, InstanceState::Running);
}

fn kill(pid: i32) {
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), nix::sys::signal::Signal::SIGKILL).unwrap();
}

/// Hangs up after so many events.
struct Impatient(AtomicUsize);

impl Caller for Impatient {
    fn event(&self, _: Event) {
        let left = self.0.load(Ordering::Relaxed);
        self.0.store(left.saturating_sub(1), Ordering::Relaxed);
    }

    fn gone(&self) -> bool {
        self.0.load(Ordering::Relaxed) == 0
    }
}

/// Ctrl-C at `croft up`: what was made is deleted again.
#[test]
fn a_stack_is_rolled_back_when_its_caller_hangs_up() {
    let home = tempfile::tempdir().unwrap();
    let daemon = start(home.path(), true);
    let error = daemon.up(&stack(PAIR), &Impatient(AtomicUsize::new(6))).unwrap_err().to_string();
    assert!(error.contains("ROLLBACK_COMPLETE"), "{error}");
    let cloud = daemon.cloud();
    assert!(cloud.vpcs.is_empty() && cloud.interfaces.is_empty(), "{cloud:?}");
    // One at a time works on a stack, and the next may.
    up(&daemon, PAIR);
}

/// What is told of a template before it is brought up is what real packets find afterwards (row WHY-5).
#[test]
fn why_5_paths_that_are_told_to_open_and_close_do() {
    let home = tempfile::tempdir().unwrap();
    let daemon = start(home.path(), true);
    up(&daemon, PAIR);
    let changed = stack(&PAIR.replace("8080\n          ToPort: 8080", "9090\n          ToPort: 9091"));
    let version = daemon.cloud().version;
    let told = daemon.difference(std::slice::from_ref(&changed), &Patient(|_| {})).unwrap();
    assert_eq!(daemon.cloud().version, version);
    let ports = |changes: &[croft_analysis::PathChange]| -> Vec<(u16, u16)> {
        changes.iter().flat_map(|change| &change.traffic).map(|traffic| (traffic.from, traffic.to)).collect()
    };
    assert_eq!(ports(&told.reachability.opened), [(9090, 9091)], "{told:#?}");
    assert_eq!(ports(&told.reachability.closed), [(8080, 8080)], "{told:#?}");
    let probed = |port: u16| {
        let report = daemon.reach(&asks("client", "server", port)).unwrap();
        assert!(report.agree, "{report:#?}");
        report.probed
    };
    let all = [8079, 8080, 8081, 9089, 9090, 9091, 9092];
    assert_eq!(all.map(probed), [false, true, false, false, false, false, false]);
    daemon.up(&changed, &Patient(|_| {})).unwrap();
    assert_eq!(all.map(probed), [false, false, false, false, true, true, false]);
}

/// Whatever is said over the socket, the daemon goes on.
#[test]
fn nonsense_over_the_socket_harms_nobody() {
    use std::io::{Read, Write};
    use std::os::unix::net::UnixStream;
    let home = tempfile::tempdir().unwrap();
    let daemon = start(home.path(), true);
    let socket = daemon.state_path().join("croft.sock");
    for said in [
        &b"\n"[..],
        b"{}\n",
        b"\"Reboot\"\n",
        b"\xff\xfe\x00\n",
        b"\"status\"\n\"status\"\n",
        b"{\"exec\":{\"name\":\"a\",\"command\":[]}}\n",
    ] {
        let mut stream = UnixStream::connect(&socket).unwrap();
        stream.write_all(said).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("{\"failed\""), "{said:?}: {answer}");
    }
    // Those who connect and say nothing are bounded, and do not keep others out for long.
    let silent: Vec<UnixStream> = (0..80).map(|_| UnixStream::connect(&socket).unwrap()).collect();
    drop(silent);
    let client = croft_daemon::client::Client::connect(daemon.state_path()).unwrap();
    let began = Instant::now();
    while client.status().is_err() {
        assert!(began.elapsed() < Duration::from_secs(30));
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Only root and the owner of the state directory are answered, whatever the socket's mode says.
#[test]
fn a_stranger_is_refused_by_credentials() {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;
    let home = tempfile::tempdir().unwrap();
    let daemon = start(home.path(), true);
    let socket = daemon.state_path().join("croft.sock");
    let mode = std::fs::metadata(&socket).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o660);
    for (path, mode) in [(home.path(), 0o755), (daemon.state_path(), 0o755), (socket.as_path(), 0o666)] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }
    // A copy that a stranger may execute: the build's own folder need not be open to all.
    let program = home.path().join("croft");
    std::fs::copy(env!("CARGO_BIN_EXE_croft"), &program).unwrap();
    let ps = |user: u32| {
        let mut command = std::process::Command::new(&program);
        command.args(["ps", "--state"]).arg(daemon.state_path());
        command.uid(user).gid(user).output().unwrap()
    };
    let refused = ps(65_534);
    let error = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(2), "{error}");
    assert!(error.contains("may not speak to this daemon"), "{error}");
    assert_eq!(ps(0).status.code(), Some(0));
}
