//! Reach: may this end open a connection to that one, and if not, what is in the way and what opens it?
//!
//! The engine walks the request and the reply. What refuses is mended in a copy of the region, by the same commands
//! that a user would give, and the question is asked again there, until it says yes or nothing more can be done. So
//! every gate is found, also one behind another, and a fix is known to open the path before it is proposed.

use croft_control::Region;
use croft_policy::Ports;

use crate::answer::{Answer, Blocker, Fix, Hop, Step};
use crate::blocker;
use crate::change::Change;
use crate::ends::{Ends, resolve};
use crate::fix::{Case, NOT_CONNECTED, NoWay, Ways, nothing};
use crate::path::{Finding, follow};
use crate::question::{ReachError, ReachQuestion};
use crate::trace::trace;
use crate::world::{Down, World};

/// How often the question is asked again. Every round mends something, and a path has no more gates than this.
const ROUNDS: usize = 24;

/// Answers a question about a region whose interfaces are plugged in at `ports`. An interface of a running instance
/// that has no port yet is taken for plugged in; one of a stopped instance is a blocker, and the gates behind it are
/// asked all the same.
pub fn reach(region: &Region, ports: &Ports, question: &ReachQuestion) -> Result<Answer, ReachError> {
    let mut world = World::new(region, ports);
    let mut first = None;
    let mut blockers: Vec<Blocker> = Vec::new();
    let mut steps: Vec<Step> = Vec::new();
    let mut opens = false;
    let mut ask_again = false;
    for _ in 0..ROUNDS {
        let ends = resolve(world.region(), question)?;
        let round = look(&mut world, &ends, question);
        if first.is_none() {
            first = Some((ends.clone(), round.path));
        }
        if round.open {
            opens = true;
            break;
        }
        let mut mended = false;
        let mut stuck = false;
        ask_again = false;
        // A wrong turn is put right first, and by itself: what lies on the way changes with it.
        let wrong_way = round.troubles.iter().position(|(trouble, _)| trouble.is_wrong_way());
        for (number, (trouble, mut blocker)) in round.troubles.into_iter().enumerate() {
            if wrong_way.is_none_or(|only| only == number) {
                match mend(&mut world, (question, &ends, region), &trouble, &steps) {
                    Ok(done) => {
                        mended |= !done.is_empty();
                        blocker.fix = done.clone();
                        steps.extend(done);
                    }
                    Err(NoWay::Because(reason)) => {
                        blocker.no_fix = Some(reason);
                        stuck = true;
                    }
                    Err(NoWay::AskAgain(reason)) => {
                        blocker.no_fix = Some(reason);
                        ask_again = true;
                    }
                }
            }
            match blockers.iter_mut().find(|b| is_same(b, &blocker)) {
                Some(known) => {
                    known.fix.extend(blocker.fix);
                    known.no_fix = known.no_fix.take().or(blocker.no_fix);
                }
                None => {
                    // A real packet falls at the first one.
                    blocker.drop = blocker.drop.filter(|_| blockers.is_empty());
                    blockers.push(blocker);
                }
            }
        }
        if stuck {
            ask_again = false;
        }
        if stuck || !mended {
            break;
        }
    }
    // Half a fix is none, unless its second half only waits for what the first one makes.
    if !opens && !ask_again {
        steps.clear();
    }
    // The first round always runs.
    let Some((ends, path)) = first else { return Err(ReachError::BothOutside) };
    let predicted = opens && blockers.is_empty();
    let mut codes = Vec::new();
    for blocker in &blockers {
        if !codes.contains(&blocker.code) {
            codes.push(blocker.code);
        }
    }
    let fix = (!predicted && !steps.is_empty()).then_some(Fix { steps, opens });
    Ok(Answer {
        reachable: predicted,
        predicted,
        codes,
        source: ends.source,
        destination: ends.destination,
        protocol: question.protocol,
        path,
        blockers,
        fix,
    })
}

/// Changes the world so that this is no trouble any more.
fn mend(
    world: &mut World,
    (question, ends, before): (&ReachQuestion, &Ends, &Region),
    trouble: &Trouble,
    done: &[Step],
) -> Result<Vec<Step>, NoWay> {
    let case = Case { question, ends, region: world.region(), before };
    let ways = match trouble {
        Trouble::Found(finding) => case.ways(finding),
        Trouble::Down(down) => start(down),
        Trouble::Disconnected => Err(nothing(NOT_CONNECTED)),
    }?;
    try_ways(world, ways, done)
}

fn is_same(one: &Blocker, other: &Blocker) -> bool {
    (one.direction, one.code, &one.component, &one.rule) == (other.direction, other.code, &other.component, &other.rule)
}

/// What one asking of the question gave.
struct Round {
    open: bool,
    path: Vec<Hop>,
    troubles: Vec<(Trouble, Blocker)>,
}

enum Trouble {
    Found(Box<Finding>),
    Down(Down),
    Disconnected,
}

impl Trouble {
    fn is_wrong_way(&self) -> bool {
        matches!(self, Trouble::Found(finding) if finding.is_wrong_way())
    }
}

fn look(world: &mut World, ends: &Ends, question: &ReachQuestion) -> Round {
    let mut troubles = Vec::new();
    for end in [&ends.source, &ends.destination] {
        let interface = end.interface.as_ref().and_then(|id| world.region().interfaces.get(id));
        if let Some(interface) = interface
            && let Some(down) = world.down(interface)
        {
            troubles.push((Trouble::Down(down.clone()), blocker::down(&interface.id, &down)));
        }
    }
    let legs = trace(world, ends, question.protocol);
    let mut path = Vec::new();
    let mut expected = troubles.is_empty();
    if ends.disconnected {
        troubles.push((Trouble::Disconnected, blocker::disconnected(world.region(), ends)));
    }
    for leg in &legs {
        let (hops, findings) = follow(world, leg);
        let lost = findings.last().is_some_and(Finding::is_wrong_way);
        path.extend(hops);
        for finding in findings {
            let drop = blocker::expected_drop(&world.compiler, leg, &finding).filter(|_| expected);
            expected = false;
            // Two VPCs that are not connected are one trouble, wherever the packet ends up.
            if ends.disconnected {
                if let Some((_, blocker)) = troubles.last_mut()
                    && drop.is_some()
                {
                    blocker.drop = drop;
                }
                continue;
            }
            let blocker = Blocker { drop, ..blocker::of(world.region(), ends, &finding) };
            troubles.push((Trouble::Found(Box::new(finding)), blocker));
        }
        // What an end would answer that should not have been reached is of no interest.
        if lost {
            break;
        }
    }
    let open = troubles.is_empty() && legs.len() == 2 && legs.iter().all(|leg| leg.open());
    Round { open, path, troubles }
}

/// What brings an interface back.
fn start(down: &Down) -> Result<Ways, NoWay> {
    match down {
        Down::Instance(instance) => Ok(vec![vec![Change::StartInstance { instance: instance.clone() }]]),
        Down::Detached => Err(NoWay::Because("the interface has to be attached to an instance".into())),
    }
}

/// Takes the first way that has not been tried and that the control does not refuse.
fn try_ways(world: &mut World, ways: Ways, done: &[Step]) -> Result<Vec<Step>, NoWay> {
    let mut refusal = None;
    for way in ways {
        if way.iter().all(|change| done.iter().any(|step| step.change == *change)) {
            continue;
        }
        let mut trial = world.trial.clone();
        let mut steps = Vec::new();
        let result = way.iter().try_for_each(|change| {
            steps.push(change.step(&crate::change::Runner::region(&trial)));
            trial.apply(change)
        });
        match result {
            Ok(()) => {
                world.trial = trial;
                return Ok(steps);
            }
            Err(error) => refusal = Some(error),
        }
    }
    Err(NoWay::Because(match refusal {
        Some(error) => format!("what would open it is refused: {error}"),
        None => "what should open it has been done, and does not".to_string(),
    }))
}
