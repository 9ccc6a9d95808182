//! Croft beside its peers: interleaved rounds, one processor pinned, medians with quartiles and ratios round by round.

use super::bare::Redirect;
use super::cloud::{Measured, cloud};
use super::figures::Spread;
use super::load::{self, Load};
use clap::Args;
use croft_conformance::World;
use std::collections::BTreeMap;
use std::error::Error;
use std::fs::File;
use std::io;
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

#[derive(Args)]
pub struct Options {
    /// Rounds; each runs every load on every setup once
    #[arg(long, default_value_t = 21)]
    rounds: usize,
    /// Milliseconds a load
    #[arg(long, default_value_t = 400)]
    milliseconds: u64,
    /// The processor that both ends are pinned to
    #[arg(long, default_value_t = 1)]
    processor: usize,
    /// Only this load, by its name
    #[arg(long)]
    load: Option<String>,
    /// Only setups whose name begins so, and the bare redirect
    #[arg(long)]
    setup: Option<String>,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// One thing that is measured: how to be the client, how to be the server.
struct Setup<'a> {
    name: &'static str,
    server: Ipv4Addr,
    client_place: Place<'a>,
    server_place: Place<'a>,
}

#[derive(Clone, Copy)]
enum Place<'a> {
    /// A namespace of the peers' script.
    Named(&'a str),
    /// The namespace of an interface.
    Of(&'a World, &'a str),
    Internet(&'a World),
}

const PEERS: [&str; 3] = ["direct veth", "bare redirect", "nft router"];

pub fn run(options: &Options) -> Result<ExitCode, Box<dyn Error>> {
    let prefix = format!("cb{}", std::process::id());
    let peers = Peers::up(&prefix)?;
    let full = cloud(60, 1000);
    let one = cloud(1, 0);
    let mut setups = setups(&peers, &full, &one);
    setups.retain(|s| s.name == PEERS[1] || options.setup.as_ref().is_none_or(|name| s.name.starts_with(name)));
    let loads = Load::ALL.into_iter().filter(|l| options.load.as_ref().is_none_or(|name| l.name() == name));
    let loads: Vec<Load> = loads.collect();

    let mut series: BTreeMap<(&str, Load), Vec<f64>> = BTreeMap::new();
    for round in 0..options.rounds {
        eprintln!("round {} of {}", round + 1, options.rounds);
        for &load in &loads {
            for i in 0..setups.len() {
                let setup = &setups[(i + round) % setups.len()];
                let value =
                    measure(setup, load, options).map_err(|e| format!("{} {}: {e}", setup.name, load.name()))?;
                series.entry((setup.name, load)).or_default().push(value);
            }
        }
        full.world.fabric().sweep()?;
        one.world.fabric().sweep()?;
    }
    report(options, &setups, &loads, &series)?;
    Ok(ExitCode::SUCCESS)
}

fn setups<'a>(peers: &'a Peers, full: &'a Measured, one: &'a Measured) -> Vec<Setup<'a>> {
    let named = |i: usize, a: &'a str, b: &'a str, server| Setup {
        name: PEERS[i],
        server,
        client_place: Place::Named(a),
        server_place: Place::Named(b),
    };
    let croft = |name, m: &'a Measured| Setup {
        name,
        server: m.server.address,
        client_place: Place::Of(&m.world, &m.client.name),
        server_place: Place::Of(&m.world, &m.server.name),
    };
    let n = &peers.namespaces;
    vec![
        named(0, &n[0], &n[1], Ipv4Addr::new(10, 9, 1, 2)),
        named(1, &n[2], &n[3], Ipv4Addr::new(10, 9, 2, 2)),
        named(2, &n[4], &n[5], Ipv4Addr::new(10, 9, 4, 2)),
        croft("Croft, 300 rules", full),
        croft("Croft, 5 rules", one),
        Setup {
            name: "Croft, NAT gateway",
            server: Ipv4Addr::new(203, 0, 113, 80),
            client_place: Place::Of(&full.world, &full.private.name),
            server_place: Place::Internet(&full.world),
        },
    ]
}

fn measure(setup: &Setup, load: Load, options: &Options) -> Result<f64, Box<dyn Error + Send + Sync>> {
    let stop = Arc::new(AtomicBool::new(false));
    let ready = AtomicBool::new(false);
    let time = Duration::from_millis(options.milliseconds);
    std::thread::scope(|scope| {
        let server =
            scope.spawn(|| setup.server_place.within(|| load::serve(setup.server, options.processor, &stop, &ready)));
        while !ready.load(Ordering::Acquire) && !server.is_finished() {
            std::thread::sleep(Duration::from_millis(1));
        }
        let value = setup.client_place.within(|| load::drive(load, setup.server, options.processor, time));
        stop.store(true, Ordering::Relaxed);
        let served = server.join().map_err(|_| "the server's thread ended early")?;
        served??;
        Ok(value??)
    })
}

impl Place<'_> {
    /// Runs on a thread that is in the namespace.
    fn within<T: Send>(&self, work: impl FnOnce() -> T + Send) -> Result<T, Box<dyn Error + Send + Sync>> {
        Ok(match self {
            Place::Named(name) => in_named(name, work)?,
            Place::Of(world, interface) => world.fabric().in_namespace(interface, work)?,
            Place::Internet(world) => world.fabric().in_internet(work)?,
        })
    }
}

/// Enters a namespace of the peers' script on a thread of its own.
fn in_named<T: Send>(name: &str, work: impl FnOnce() -> T + Send) -> io::Result<T> {
    let namespace = File::open(Path::new("/run/netns").join(name))?;
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            nix::sched::setns(&namespace, nix::sched::CloneFlags::CLONE_NEWNET)?;
            Ok(work())
        });
        thread.join().map_err(|_| io::Error::other("the thread in the namespace ended early"))?
    })
}

/// The peers' namespaces, which go with it.
struct Peers {
    prefix: String,
    namespaces: Vec<String>,
    _redirects: Vec<Redirect>,
}

impl Peers {
    fn up(prefix: &str) -> Result<Peers, Box<dyn Error>> {
        let names = ["direct-a", "direct-b", "bare-a", "bare-b", "router-a", "router-b"];
        let mut peers = Peers {
            prefix: prefix.to_string(),
            namespaces: names.iter().map(|n| format!("{prefix}-{n}")).collect(),
            _redirects: vec![],
        };
        script(prefix, "up")?;
        peers._redirects = in_named(&format!("{prefix}-bare-m"), || {
            let a = nix::net::if_::if_nametoindex("a")?;
            let b = nix::net::if_::if_nametoindex("b")?;
            Ok::<_, io::Error>(vec![Redirect::attach(a, b)?, Redirect::attach(b, a)?])
        })??;
        Ok(peers)
    }
}

impl Drop for Peers {
    fn drop(&mut self) {
        if let Err(error) = script(&self.prefix, "down") {
            eprintln!("the peers could not be removed: {error}");
        }
    }
}

fn script(prefix: &str, what: &str) -> Result<(), Box<dyn Error>> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/bench-peers.sh");
    let status = Command::new(script).args([what, prefix]).status()?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("the peers' script failed: {status} (it needs ip and nft)").into())
    }
}

fn report(
    options: &Options,
    setups: &[Setup],
    loads: &[Load],
    series: &BTreeMap<(&str, Load), Vec<f64>>,
) -> Result<(), Box<dyn Error>> {
    let mut rows = vec![];
    for setup in setups {
        for &load in loads {
            let of = |name| series.get(&(name, load)).map(Vec::as_slice).unwrap_or_default();
            let row = serde_json::json!({
                "setup": setup.name,
                "load": load.name(),
                "a second": Spread::of(of(setup.name)),
                "to direct": Spread::of_ratios(of(setup.name), of(PEERS[0])),
                "to bare": Spread::of_ratios(of(setup.name), of(PEERS[1])),
                "to router": Spread::of_ratios(of(setup.name), of(PEERS[2])),
            });
            rows.push(row);
        }
    }
    if options.json {
        println!("{}", serde_json::to_string_pretty(&rows)?);
        return Ok(());
    }
    println!("{} rounds, {} ms a load, processor {}", options.rounds, options.milliseconds, options.processor);
    println!("{:20} {:18} {:>14}  {:24} {:24} {:24}", "setup", "load", "median/s", "to direct", "to bare", "to router");
    for setup in setups {
        for &load in loads {
            let of = |name| series.get(&(name, load)).map(Vec::as_slice).unwrap_or_default();
            let ratio = |peer| Spread::of_ratios(of(setup.name), of(peer)).map(|s| s.to_string()).unwrap_or_default();
            let median = Spread::of(of(setup.name)).map_or(0.0, |s| s.median);
            let [direct, bare, router] = PEERS.map(ratio);
            println!("{:20} {:18} {median:>14.0}  {direct:24} {bare:24} {router:24}", setup.name, load.name());
        }
    }
    Ok(())
}
