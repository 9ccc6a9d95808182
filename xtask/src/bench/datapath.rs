//! Croft beside its peers, one processor pinned: all take turns in short slices, in several worlds one after the other;
//! medians with quartiles, and ratios round by round.

use super::bare::Redirect;
use super::cloud::{Measured, cloud};
use super::figures::Spread;
use super::load::{self, Client, Load};
use clap::Args;
use croft_conformance::World;
use std::collections::BTreeMap;
use std::error::Error;
use std::fs::File;
use std::io;
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

#[derive(Args)]
pub struct Options {
    /// Worlds, one after the other: where things come to lie in memory weighs more than what is measured here
    #[arg(long, default_value_t = 7)]
    worlds: usize,
    /// Rounds in each; one runs every load on every setup
    #[arg(long, default_value_t = 3)]
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

/// How long a setup has its turn, ms, and how long it runs before that.
const SLICE: u64 = 20;
const WARM: Duration = Duration::from_millis(2);

const PEERS: [&str; 3] = ["direct veth", "bare redirect", "nft router"];
/// All setups, in the order of the report.
const NAMES: [&str; 6] = [PEERS[0], PEERS[1], PEERS[2], "Croft, 300 rules", "Croft, 5 rules", "Croft, NAT gateway"];

/// Rules of each of five groups, and members of the groups that they name.
const FULL: (usize, usize) = (60, 1000);
const FEW: (usize, usize) = (1, 0);

pub fn run(options: &Options) -> Result<ExitCode, Box<dyn Error>> {
    let loads = Load::ALL.into_iter().filter(|l| options.load.as_ref().is_none_or(|name| l.name() == name));
    let loads: Vec<Load> = loads.collect();
    let mut series = Series::new();
    for world in 0..options.worlds {
        let prefix = format!("cb{}-{world}", std::process::id());
        // What is made first has another place in memory than what is made last.
        let early = if world % 2 == 0 { Some(Peers::up(&prefix)?) } else { None };
        let swapped = world % 4 < 2;
        let (first, second) = if swapped { (FEW, FULL) } else { (FULL, FEW) };
        let (first, second) = (cloud(first.0, first.1), cloud(second.0, second.1));
        let (full, few) = if swapped { (second, first) } else { (first, second) };
        let peers = match early {
            Some(peers) => peers,
            None => Peers::up(&prefix)?,
        };
        let mut setups = setups(&peers, &full, &few);
        setups.retain(|s| s.name == PEERS[1] || options.setup.as_ref().is_none_or(|name| s.name.starts_with(name)));
        for round in 0..options.rounds {
            eprintln!("world {} of {}, round {} of {}", world + 1, options.worlds, round + 1, options.rounds);
            for &load in &loads {
                let values = measure(&setups, load, options).map_err(|e| format!("{}: {e}", load.name()))?;
                for (setup, value) in setups.iter().zip(values) {
                    series.entry((setup.name, load)).or_default().push(value);
                }
            }
            full.world.fabric().sweep()?;
            few.world.fabric().sweep()?;
        }
    }
    report(options, &loads, &series)?;
    Ok(ExitCode::SUCCESS)
}

/// A value a round.
type Series = BTreeMap<(&'static str, Load), Vec<f64>>;

fn setups<'a>(peers: &'a Peers, full: &'a Measured, few: &'a Measured) -> Vec<Setup<'a>> {
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
        croft(NAMES[3], full),
        croft(NAMES[4], few),
        Setup {
            name: NAMES[5],
            server: Ipv4Addr::new(203, 0, 113, 80),
            client_place: Place::Of(&full.world, &full.private.name),
            server_place: Place::Internet(&full.world),
        },
    ]
}

type Failure = Box<dyn Error + Send + Sync>;

/// What each setup does a second. All are there at once, and take turns in slices so short that what slows the machine for a
/// while slows all of them.
fn measure(setups: &[Setup], load: Load, options: &Options) -> Result<Vec<f64>, Failure> {
    let stop = Arc::new(AtomicBool::new(false));
    std::thread::scope(|scope| {
        let mut ends = vec![];
        for setup in setups {
            let (ask, asked) = mpsc::channel::<Duration>();
            let (tell, told) = mpsc::channel::<io::Result<f64>>();
            let (ready, is_ready) = mpsc::channel();
            let stop = stop.clone();
            let server = scope.spawn(move || {
                setup.server_place.within(|| load::serve(setup.server, options.processor, &stop, &ready))
            });
            // An error tells itself below.
            let _ = is_ready.recv();
            let client = scope.spawn(move || {
                setup.client_place.within(move || {
                    let mut client = Client::new(load, setup.server, options.processor)?;
                    for time in asked {
                        let _ = tell.send(client.run(time));
                    }
                    Ok::<_, io::Error>(())
                })
            });
            ends.push((ask, told, client, server));
        }
        let mut rates = vec![vec![]; setups.len()];
        let done = (|| {
            for turn in 0..options.milliseconds.div_ceil(SLICE) {
                for i in 0..ends.len() {
                    let i = (i + turn as usize) % ends.len();
                    let (ask, told, ..) = &ends[i];
                    // What others left in the caches is not this one's.
                    for (time, kept) in [(WARM, false), (Duration::from_millis(SLICE), true)] {
                        ask.send(time)?;
                        let rate = told.recv()??;
                        if kept {
                            rates[i].push(rate);
                        }
                    }
                }
            }
            Ok::<_, Failure>(())
        })();
        stop.store(true, Ordering::Relaxed);
        for (setup, (ask, _, client, server)) in setups.iter().zip(ends) {
            drop(ask);
            let named = |e: Failure| -> Failure { format!("{}: {e}", setup.name).into() };
            for end in [client, server] {
                let end = end.join().map_err(|_| format!("{}: a thread ended early", setup.name))?;
                end.map_err(named)?.map_err(|e| named(e.into()))?;
            }
        }
        done?;
        Ok(rates.iter().map(|rates| rates.iter().sum::<f64>() / rates.len() as f64).collect())
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

fn report(options: &Options, loads: &[Load], series: &Series) -> Result<(), Box<dyn Error>> {
    let mut rows = vec![];
    let measured = NAMES.iter().filter(|name| loads.iter().any(|load| series.contains_key(&(**name, *load))));
    for &setup in measured.clone() {
        for &load in loads {
            let of = |name| series.get(&(name, load)).map(Vec::as_slice).unwrap_or_default();
            let row = serde_json::json!({
                "setup": setup,
                "load": load.name(),
                "a second": Spread::of(of(setup)),
                "to direct": Spread::of_ratios(of(setup), of(PEERS[0])),
                "to bare": Spread::of_ratios(of(setup), of(PEERS[1])),
                "to router": Spread::of_ratios(of(setup), of(PEERS[2])),
            });
            rows.push(row);
        }
    }
    if options.json {
        println!("{}", serde_json::to_string_pretty(&rows)?);
        return Ok(());
    }
    let Options { worlds, rounds, milliseconds, processor, .. } = options;
    println!("{worlds} worlds, {rounds} rounds in each, {milliseconds} ms a load, processor {processor}");
    println!("{:20} {:18} {:>14}  {:24} {:24} {:24}", "setup", "load", "median/s", "to direct", "to bare", "to router");
    for &setup in measured {
        for &load in loads {
            let of = |name| series.get(&(name, load)).map(Vec::as_slice).unwrap_or_default();
            let ratio = |peer| Spread::of_ratios(of(setup), of(peer)).map(|s| s.to_string()).unwrap_or_default();
            let median = Spread::of(of(setup)).map_or(0.0, |s| s.median);
            let [direct, bare, router] = PEERS.map(ratio);
            println!("{:20} {:18} {median:>14.0}  {direct:24} {bare:24} {router:24}", setup, load.name());
        }
    }
    Ok(())
}
