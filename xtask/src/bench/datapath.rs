//! Croft beside its peers, one processor pinned: all take turns in short slices, in several worlds one after the other;
//! medians with quartiles, and ratios slice by slice.

use super::cloud::{Measured, cloud};
use super::figures::Spread;
use super::load::{self, Client, Load};
use super::programs::{Programs, Runs};
use clap::Args;
use croft_conformance::World;
use std::collections::BTreeMap;
use std::error::Error;
use std::fs::File;
use std::io;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
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
    /// Only setups whose name begins so, and the bare redirects
    #[arg(long)]
    setup: Option<String>,
    /// Another build of the packet program (an object file), which takes its turns beside the one that is built in
    #[arg(long, value_name = "OBJECT")]
    other: Option<PathBuf>,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Two ends that talk.
struct Pair<'a> {
    server: Ipv4Addr,
    client_place: Place<'a>,
    server_place: Place<'a>,
}

/// One thing that is measured.
struct Setup<'a> {
    name: &'static str,
    /// Of the pairs.
    pair: usize,
    /// What runs on the host ends of the pair's interfaces; `None`: that is the peers' own.
    runs: Option<(&'a Programs, Runs)>,
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

const DIRECT: &str = "direct veth";
const ROUTER: &str = "nft router";
/// The ceiling of any design with tcx and `redirect_peer`, in the place of Croft's program: between the same two interfaces and for
/// the same sockets.
const BARE: &str = "bare redirect";
const BARE_FEW: &str = "bare redirect, 5";
const CROFT: &str = "Croft, 300 rules";
const CROFT_FEW: &str = "Croft, 5 rules";
const CROFT_NAT: &str = "Croft, NAT gateway";
const OTHER: &str = "other program";
/// Places in memory that programs are tried at.
const PLACES: usize = 7;
/// All setups, in the order of the report.
const NAMES: [&str; 8] = [DIRECT, ROUTER, BARE, CROFT, OTHER, BARE_FEW, CROFT_FEW, CROFT_NAT];

/// The bare redirect that a setup is compared with.
fn bare_of(name: &str) -> &'static str {
    if name == CROFT_FEW { BARE_FEW } else { BARE }
}

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
        let other = options.other.as_ref().map(std::fs::read).transpose()?;
        let programs = Programs::of(&full.world, [&full.client, &full.server], other.as_deref(), world % PLACES)?;
        let programs_few = Programs::of(&few.world, [&few.client, &few.server], None, world % PLACES)?;
        let pairs = pairs(&peers, &full, &few);
        let mut setups = setups(&programs, &programs_few);
        setups.retain(|s| s.name != OTHER || other.is_some());
        setups.retain(|s| match &options.setup {
            Some(name) => s.name == OTHER || s.name.starts_with("bare") || s.name.starts_with(name.as_str()),
            None => true,
        });
        for round in 0..options.rounds {
            eprintln!("world {} of {}, round {} of {}", world + 1, options.worlds, round + 1, options.rounds);
            for &load in &loads {
                let values = measure(&pairs, &setups, load, options).map_err(|e| format!("{}: {e}", load.name()))?;
                for (setup, values) in setups.iter().zip(values) {
                    series.entry((setup.name, load)).or_default().extend(values);
                }
            }
            full.world.fabric().sweep()?;
            few.world.fabric().sweep()?;
        }
    }
    report(options, &loads, &series)?;
    Ok(ExitCode::SUCCESS)
}

/// A value a slice.
type Series = BTreeMap<(&'static str, Load), Vec<f64>>;

fn pairs<'a>(peers: &'a Peers, full: &'a Measured, few: &'a Measured) -> Vec<Pair<'a>> {
    let named =
        |a: &'a str, b: &'a str, server| Pair { server, client_place: Place::Named(a), server_place: Place::Named(b) };
    let croft = |m: &'a Measured| Pair {
        server: m.server.address,
        client_place: Place::Of(&m.world, &m.client.name),
        server_place: Place::Of(&m.world, &m.server.name),
    };
    let n = &peers.namespaces;
    vec![
        named(&n[0], &n[1], Ipv4Addr::new(10, 9, 1, 2)),
        named(&n[2], &n[3], Ipv4Addr::new(10, 9, 4, 2)),
        croft(full),
        croft(few),
        Pair {
            server: Ipv4Addr::new(203, 0, 113, 80),
            client_place: Place::Of(&full.world, &full.private.name),
            server_place: Place::Internet(&full.world),
        },
    ]
}

fn setups<'a>(full: &'a Programs, few: &'a Programs) -> Vec<Setup<'a>> {
    let setup = |name, pair, runs| Setup { name, pair, runs };
    vec![
        setup(DIRECT, 0, None),
        setup(ROUTER, 1, None),
        setup(BARE, 2, Some((full, Runs::Bare))),
        setup(CROFT, 2, Some((full, Runs::Croft))),
        setup(OTHER, 2, Some((full, Runs::Other))),
        setup(BARE_FEW, 3, Some((few, Runs::Bare))),
        setup(CROFT_FEW, 3, Some((few, Runs::Croft))),
        setup(CROFT_NAT, 4, None),
    ]
}

type Failure = Box<dyn Error + Send + Sync>;

/// What each setup does a second. All are there at once, and take turns in slices so short that what slows the machine for a
/// while slows all of them.
fn measure(pairs: &[Pair], setups: &[Setup], load: Load, options: &Options) -> Result<Vec<Vec<f64>>, Failure> {
    let stop = Arc::new(AtomicBool::new(false));
    std::thread::scope(|scope| {
        let mut ends = vec![];
        for pair in pairs {
            let (ask, asked) = mpsc::channel::<Duration>();
            let (tell, told) = mpsc::channel::<io::Result<f64>>();
            let (ready, is_ready) = mpsc::channel();
            let stop = stop.clone();
            let server = scope
                .spawn(move || pair.server_place.within(|| load::serve(pair.server, options.processor, &stop, &ready)));
            // An error tells itself below.
            let _ = is_ready.recv();
            let client = scope.spawn(move || {
                pair.client_place.within(move || {
                    let mut client = Client::new(load, pair.server, options.processor)?;
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
                for i in 0..setups.len() {
                    let i = (i + turn as usize / 2) % setups.len();
                    // To come after another one is worth a per cent to some, so each comes before it as often.
                    let i = if turn % 2 == 0 { i } else { setups.len() - 1 - i };
                    let Setup { name, pair, runs } = &setups[i];
                    let (ask, told, ..) = &ends[*pair];
                    if let Some((programs, runs)) = runs {
                        programs.set(*runs)?;
                    }
                    // What others left in the caches is not this one's.
                    for (time, kept) in [(WARM, false), (Duration::from_millis(SLICE), true)] {
                        ask.send(time)?;
                        let rate = told.recv()?.map_err(|e| format!("{name}: {e}"))?;
                        if kept {
                            rates[i].push(rate);
                        }
                    }
                }
            }
            Ok::<_, Failure>(())
        })();
        stop.store(true, Ordering::Relaxed);
        for (programs, _) in setups.iter().filter_map(|s| s.runs.as_ref()) {
            programs.set(Runs::Croft)?;
        }
        for (pair, (ask, _, client, server)) in pairs.iter().zip(ends) {
            drop(ask);
            let named = |e: Failure| -> Failure { format!("{}: {e}", pair.server).into() };
            for end in [client, server] {
                let end = end.join().map_err(|_| format!("{}: a thread ended early", pair.server))?;
                end.map_err(named)?.map_err(|e| named(e.into()))?;
            }
        }
        done?;
        Ok(rates)
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
}

impl Peers {
    fn up(prefix: &str) -> Result<Peers, Box<dyn Error>> {
        let names = ["direct-a", "direct-b", "router-a", "router-b"];
        let peers =
            Peers { prefix: prefix.to_string(), namespaces: names.iter().map(|n| format!("{prefix}-{n}")).collect() };
        script(prefix, "up")?;
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
                "to direct": Spread::of_ratios(of(setup), of(DIRECT)),
                "to bare": Spread::of_ratios(of(setup), of(bare_of(setup))),
                "to router": Spread::of_ratios(of(setup), of(ROUTER)),
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
            let [direct, bare, router] = [DIRECT, bare_of(setup), ROUTER].map(ratio);
            println!("{:20} {:18} {median:>14.0}  {direct:24} {bare:24} {router:24}", setup, load.name());
        }
    }
    Ok(())
}
