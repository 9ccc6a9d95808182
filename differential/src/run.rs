//! A run: worlds until enough packets have been judged, or until two judges differ.

use crate::arena::{Arena, START};
use crate::edit::edit;
use crate::kernel::{self, Kernel};
use crate::random::Random;
use crate::report::{Failure, Mismatch, Report};
use crate::scene::{Scene, scene};
use crate::shrink::{replay, shrink};
use crate::step::Step;
use crate::traffic::{FEW, REMEMBERED, Theme, Traffic};
use crate::{exhaust, share};
use croft_reference::{Limits, Outcome};
use std::fmt::Write;

#[derive(Clone, Debug)]
pub struct Options {
    pub packets: u64,
    pub seed: u64,
    /// Judge in the kernel too: needs root.
    pub kernel: bool,
    /// Fill the 55,000 ports of a NAT gateway (row NAT-1); takes 83,000 of the packets, and is left out of runs of less than twice as many.
    pub exhaust: bool,
    /// Cut a mismatch down before it is reported.
    pub shrink: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options { packets: 200_000, seed: 1, kernel: true, exhaust: true, shrink: true }
    }
}

/// Packets of one world.
const WORLD: u64 = 600;

/// Entries of the table of connections: in most worlds, in those that are to fill it, and where 55,000 flows are.
pub const ORDINARY: usize = 4_096;
/// Odd, so that at times there is room for one end of a connection only.
const SMALL: usize = 25;
pub const LARGE: usize = 150_000;

const SECOND: u64 = 1_000_000_000;

/// The program loaded over tables of each size.
struct Kernels {
    ordinary: Kernel,
    small: Kernel,
    large: Kernel,
}

/// Runs worlds from a seed.
pub fn run(options: Options) -> Result<Report, Failure> {
    if !options.kernel {
        return worlds(&options, None, &kernel::ports());
    }
    // A namespace of the run's own, which goes when its thread ends.
    let thread = std::thread::Builder::new().name("differential".into()).spawn(move || {
        let _devices = kernel::enter_namespace()?;
        let load = Kernel::load;
        let kernels = Kernels { ordinary: load(ORDINARY)?, small: load(SMALL)?, large: load(LARGE)? };
        worlds(&options, Some(kernels), &kernel::ports())
    });
    let thread = thread.map_err(|error| Failure::Kernel(format!("no thread for the run: {error}")))?;
    match thread.join() {
        Ok(report) => report,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

fn worlds(options: &Options, mut kernels: Option<Kernels>, ports: &[u32]) -> Result<Report, Failure> {
    let mut report = Report { seed: options.seed, ..Report::default() };
    if options.exhaust && options.packets >= 2 * exhaust::PACKETS {
        let kernel = kernels.as_mut().map(|k| &mut k.large);
        exhaust::world(&mut report, ports, kernel)?;
    }
    if options.exhaust && report.mismatch.is_none() {
        share::world(&mut report, ports, kernels.as_mut().map(|k| &mut k.ordinary))?;
    }
    while report.packets < options.packets && report.mismatch.is_none() {
        let number = report.worlds;
        world(options, number, &mut report, kernels.as_mut(), ports)?;
        report.worlds += 1;
    }
    Ok(report)
}

fn world(
    options: &Options,
    number: u64,
    report: &mut Report,
    kernels: Option<&mut Kernels>,
    ports: &[u32],
) -> Result<(), Failure> {
    let mut random = Random::new(options.seed.wrapping_mul(1_000_003).wrapping_add(number));
    let start = scene(&mut random, ports);
    let mut limits = Limits { entries: ORDINARY, entries_per_interface: 0 };
    match number % 12 {
        3 | 9 => limits.entries = SMALL,
        5 | 7 => limits.entries_per_interface = 5,
        _ => {}
    }
    let small = limits.entries == SMALL;
    let mut kernel = kernels.map(|k| if small { &mut k.small } else { &mut k.ordinary });
    // What the kernel takes in a test run fits on a page.
    let longest = if kernel.is_some() && !number.is_multiple_of(10) { 3_000 } else { 9_100 };
    if longest > 3_000 {
        kernel = None;
    }
    let full = limits != Limits { entries: ORDINARY, entries_per_interface: 0 };
    let (following, trying_again) = if full { (30, 20) } else { (76, 3) };
    let few = matches!(number % 12, 2 | 7 | 8 | 11);
    let following = if few { 90 } else { following };
    let remembered = if few { FEW } else { REMEMBERED };
    let theme = Theme { following, trying_again, outward: random.one([20, 50, 80, 95]), longest, remembered };
    let mut traffic = Traffic::new(theme);
    let mut steps = Vec::new();
    let found = {
        let mut arena = Arena::new(start.clone(), limits, kernel.as_deref_mut())?;
        let mut left = WORLD.min(options.packets - report.packets);
        loop {
            if left == 0 {
                return Ok(());
            }
            let step = next(&mut random, &mut traffic, &arena.scene);
            steps.push(step);
            let step = &steps[steps.len() - 1];
            let Some(result) = arena.step(step)? else {
                match step {
                    Step::Advance(_) => report.clock_jumps += 1,
                    _ => report.changes += 1,
                }
                continue;
            };
            left -= 1;
            report.count(&result.judged, result.trace);
            report.in_kernel += u64::from(result.in_kernel);
            if let Some((subject, got)) = result.mismatch {
                break (subject, result.judged, got);
            }
            match (step, &result.judged) {
                (Step::Packet { port, frame }, Outcome::Deliver { port: to, bytes }) => {
                    traffic.arrived((*port, frame), (*to, bytes), result.trace.nat);
                }
                (Step::Packet { port, frame }, Outcome::Drop { .. }) => traffic.refused(*port, frame),
                _ => {}
            }
        }
    };
    report.mismatch = Some(Box::new(mismatch(options, number, found, start, limits, steps, kernel)?));
    Ok(())
}

type Difference = (&'static str, Outcome, crate::compare::Fate);

fn mismatch(
    options: &Options,
    world: u64,
    (mut subject, mut judged, mut got): Difference,
    mut scene: Scene,
    limits: Limits,
    mut steps: Vec<Step>,
    mut kernel: Option<&mut Kernel>,
) -> Result<Mismatch, Failure> {
    if options.shrink {
        (scene, steps) = shrink(scene, limits, steps, kernel.as_deref_mut())?;
        if let Some(found) = replay(&scene, limits, &steps, kernel)? {
            (subject, judged, got) = (found.subject, found.judged, found.got);
        }
    }
    let cloud = describe(&scene);
    Ok(Mismatch { seed: options.seed, world, subject, judged, got, steps, cloud })
}

fn next(random: &mut Random, traffic: &mut Traffic, scene: &Scene) -> Step {
    match random.below(100) {
        0..2 => Step::Advance(jump(random)),
        2..5 => match edit(random, scene) {
            Some(edit) => Step::Change(Box::new(edit)),
            None => Step::Advance(jump(random)),
        },
        _ => {
            let (port, frame) = traffic.next(random, scene);
            Step::Packet { port, frame }
        }
    }
}

/// Around every time-out that there is, never on the very nanosecond; at times so shortly before one that an engine whose
/// memory of the last packet lags behind comes too late.
fn jump(random: &mut Random) -> u64 {
    if random.percent(30) {
        let limit = random.one([10, 10, 30, 30, 60, 180, 350, 600]);
        return limit * SECOND - SECOND / 50 - random.number() % (SECOND * 2 / 5);
    }
    let seconds = random.one([0, 0, 1, 4, 9, 11, 29, 31, 59, 62, 120, 178, 182, 348, 352, 598, 602, 432_100]);
    seconds * SECOND + 1 + random.number() % (SECOND / 2)
}

/// A cloud in words: what a reader of a mismatch needs.
fn describe(scene: &Scene) -> String {
    let cloud = &scene.cloud;
    let mut out = String::new();
    let _ = writeln!(out, "uplink port {}, clock starts at {START}", scene.uplink);
    for zone in cloud.zones.values().filter(|z| z.failed) {
        let _ = writeln!(out, "zone {} has failed", zone.name);
    }
    for subnet in cloud.subnets.values() {
        let table = cloud.route_table_of(subnet).map(|t| t.id.clone());
        let _ = writeln!(
            out,
            "{} {} {} {} {:?} {}",
            subnet.vpc, subnet.id, subnet.block, subnet.zone, table, subnet.network_acl.1
        );
    }
    for table in cloud.route_tables.values().filter(|t| !t.routes.is_empty()) {
        let _ = writeln!(out, "{} {:?}", table.id, table.routes);
    }
    for acl in cloud.network_acls.values() {
        for entry in &acl.entries {
            let _ = writeln!(out, "{} {entry:?}", acl.id);
        }
    }
    for group in cloud.security_groups.values() {
        for rule in &group.rules {
            let _ =
                writeln!(out, "{} {:?} {:?} {:?} {:?}", group.id, rule.direction, rule.protocol, rule.ports, rule.peer);
        }
    }
    for gateway in cloud.internet_gateways.values() {
        let _ = writeln!(out, "{} at {:?} routed by {:?}", gateway.id, gateway.vpc, gateway.route_table);
    }
    for nat in cloud.nat_gateways.values() {
        let _ = writeln!(out, "{} in {} public {} {:?} {:?}", nat.id, nat.subnet, nat.public, nat.state, nat.addresses);
    }
    for address in cloud.addresses.values() {
        let _ = writeln!(
            out,
            "{} {:?}",
            address.public_ip,
            address.association.as_ref().map(|a| (&a.interface, a.private_ip))
        );
    }
    for i in cloud.interfaces.values() {
        let (id, port) = (&i.id, scene.ports.get(&i.id));
        let (subnet, ips, groups, check) = (&i.subnet, &i.private_ips, &i.groups, i.source_dest_check);
        let _ = writeln!(
            out,
            "{id} port {port:?} {subnet} {ips:?} {groups:?} check {check} {:?} {:?}",
            i.auto_public_ip, i.idle
        );
    }
    out
}
