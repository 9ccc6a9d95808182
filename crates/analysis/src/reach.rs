//! Reach: may this end open a connection to that one, and if not, what is in the way and what opens it?
//!
//! The engine walks the request and the reply. What refuses is mended in a copy of the cloud, by the same commands
//! that a user would give, and the question is asked again there, until it says yes or nothing more can be done. So
//! every gate is found, also one behind another, and a fix is known to open the path before it is proposed.

use croft_control::Cloud;
use croft_engine::memory::MemoryTables;
use croft_policy::Ports;

use crate::answer::{Answer, Blocker, Fix, Hop, Step};
use crate::blocker;
use crate::change::Change;
use crate::ends::{Ends, resolve};
use crate::fix::{Case, NOT_CONNECTED, NoWay, Ways, nothing};
use crate::path::{Finding, follow};
use crate::question::{ReachError, ReachQuestion, Transport};
use crate::trace::trace;
use crate::world::{Down, World};

/// How often the question is asked again. Every round mends something, and a path has no more gates than this.
const ROUNDS: usize = 24;

/// Answers a question about a cloud whose interfaces are plugged in at `ports`. An interface of a running instance
/// that has no port yet is taken for plugged in; one of a stopped instance is a blocker, and the gates behind it are
/// asked all the same.
pub fn reach(cloud: &Cloud, ports: &Ports, question: &ReachQuestion) -> Result<Answer, ReachError> {
    let world = World::new(cloud, ports);
    let mut inquiry = Inquiry { question, before: cloud, world, blockers: Vec::new(), steps: Vec::new() };
    let first = inquiry.look()?;
    let (ends, path, predicted) = (first.ends.clone(), first.path.clone(), first.open);
    let outcome = inquiry.settle(first)?;
    let Inquiry { blockers, steps, .. } = inquiry;

    let mut codes = Vec::new();
    for blocker in &blockers {
        if !codes.contains(&blocker.code) {
            codes.push(blocker.code);
        }
    }
    let opens = outcome == Outcome::Open;
    // Half a fix is none, unless its second half only waits for what the first one makes.
    let fix = (outcome != Outcome::Closed && !steps.is_empty()).then_some(Fix { steps, opens });
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

/// A question on its way to an answer.
struct Inquiry<'a> {
    question: &'a ReachQuestion,
    /// The cloud that the question is about ...
    before: &'a Cloud,
    /// ... and with the changes so far.
    world: World,
    blockers: Vec<Blocker>,
    steps: Vec<Step>,
}

/// Where the changes led.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Open,
    /// Something that the changes make has to be known first.
    AskAgain,
    Closed,
}

/// What one asking of the question gave.
pub(crate) struct Round {
    pub(crate) ends: Ends,
    pub(crate) open: bool,
    pub(crate) path: Vec<Hop>,
    pub(crate) troubles: Vec<(Trouble, Blocker)>,
}

pub(crate) enum Trouble {
    Found(Box<Finding>),
    Down(Down),
    Disconnected,
}

impl Trouble {
    fn is_wrong_way(&self) -> bool {
        matches!(self, Trouble::Found(finding) if finding.is_wrong_way())
    }
}

impl Inquiry<'_> {
    /// Mends and asks again, until the path is open or nothing more can be done.
    fn settle(&mut self, first: Round) -> Result<Outcome, ReachError> {
        let mut round = first;
        for _ in 0..ROUNDS {
            if round.open {
                return Ok(Outcome::Open);
            }
            if let Some(end) = self.mend_round(round) {
                return Ok(end);
            }
            round = self.look()?;
        }
        Ok(Outcome::Closed)
    }

    /// Mends what a round found. Gives the outcome if there is no use in going on.
    fn mend_round(&mut self, round: Round) -> Option<Outcome> {
        let (mut mended, mut stuck, mut ask_again) = (false, false, false);
        // A wrong turn is put right first, and by itself: what lies on the way changes with it.
        let wrong_way = round.troubles.iter().position(|(trouble, _)| trouble.is_wrong_way());
        for (number, (trouble, mut blocker)) in round.troubles.into_iter().enumerate() {
            if wrong_way.is_none_or(|only| only == number) {
                match self.mend(&round.ends, &trouble) {
                    Ok(steps) => {
                        mended |= !steps.is_empty();
                        blocker.fix = steps.clone();
                        self.steps.extend(steps);
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
            self.list(blocker);
        }
        match (stuck, mended, ask_again) {
            (false, true, _) => None,
            (false, false, true) => Some(Outcome::AskAgain),
            _ => Some(Outcome::Closed),
        }
    }

    /// Changes the world so that this is no trouble any more.
    fn mend(&mut self, ends: &Ends, trouble: &Trouble) -> Result<Vec<Step>, NoWay> {
        let case = Case { question: self.question, ends, cloud: self.world.cloud(), before: self.before };
        let ways = match trouble {
            Trouble::Found(finding) => case.ways(finding),
            Trouble::Down(down) => start(down),
            Trouble::Disconnected => Err(nothing(NOT_CONNECTED)),
        }?;
        self.take(ways)
    }

    /// Takes the first way that has not been tried and that the control does not refuse.
    fn take(&mut self, ways: Ways) -> Result<Vec<Step>, NoWay> {
        let mut refusal = None;
        for way in ways {
            if way.iter().all(|change| self.steps.iter().any(|step| step.change == *change)) {
                continue;
            }
            let mut trial = self.world.trial.clone();
            match way.iter().try_for_each(|change| trial.apply(change)) {
                Ok(()) => {
                    self.world.trial = trial;
                    return Ok(way.iter().map(|change| change.step(self.before)).collect());
                }
                Err(error) => refusal = Some(error),
            }
        }
        Err(NoWay::Because(match refusal {
            Some(error) => format!("what would open it is refused: {error}"),
            None => "what should open it has been done, and does not".to_string(),
        }))
    }

    /// Lists a blocker, once.
    fn list(&mut self, mut blocker: Blocker) {
        match self.blockers.iter_mut().find(|known| is_same(known, &blocker)) {
            Some(known) => {
                known.fix.extend(blocker.fix);
                known.no_fix = known.no_fix.take().or(blocker.no_fix);
            }
            None => {
                // A real packet falls at the first one.
                blocker.drop = blocker.drop.filter(|_| self.blockers.is_empty());
                self.blockers.push(blocker);
            }
        }
    }

    /// Asks the question once.
    fn look(&mut self) -> Result<Round, ReachError> {
        let ends = resolve(self.world.cloud(), self.question)?;
        let tables = self.world.tables(&ends.interfaces());
        tables.record(true);
        Ok(look(&self.world, &tables, ends, self.question.protocol))
    }
}

/// Walks there and back and says what is in the way. `tables` record.
pub(crate) fn look(world: &World, tables: &MemoryTables, ends: Ends, protocol: Transport) -> Round {
    let cloud = world.cloud();
    let mut troubles = Vec::new();
    for end in [&ends.source, &ends.destination] {
        let interface = end.interface.as_ref().and_then(|id| cloud.interfaces.get(id));
        if let Some(interface) = interface
            && let Some(down) = world.down(interface)
        {
            let blocker = blocker::down(&interface.id, &down);
            troubles.push((Trouble::Down(down), blocker));
        }
    }
    let legs = trace(world, tables, &ends, protocol);
    let mut falls = troubles.is_empty();
    if ends.disconnected {
        troubles.push((Trouble::Disconnected, blocker::disconnected(cloud, &ends)));
    }
    let mut path = Vec::new();
    for leg in &legs {
        let (hops, findings) = follow(world, leg);
        let lost = findings.last().is_some_and(Finding::is_wrong_way);
        path.extend(hops);
        for finding in findings {
            // A real packet falls at the first gate, unless nothing is there to send or to take one.
            let drop = blocker::expected_drop(&world.compiler, leg, &finding).filter(|_| falls);
            falls = false;
            // Two VPCs that are not connected are one trouble, wherever the packet ends up.
            if ends.disconnected {
                if let Some((_, blocker)) = troubles.last_mut() {
                    blocker.drop = blocker.drop.take().or(drop);
                }
                continue;
            }
            let blocker = Blocker { drop, ..blocker::of(cloud, &ends, &finding) };
            troubles.push((Trouble::Found(Box::new(finding)), blocker));
        }
        // What an end would answer that should not have been reached is of no interest.
        if lost {
            break;
        }
    }
    let open = troubles.is_empty() && legs.len() == 2 && legs.iter().all(|leg| leg.open());
    Round { ends, open, path, troubles }
}

fn is_same(one: &Blocker, other: &Blocker) -> bool {
    (one.direction, one.code, &one.component, &one.rule) == (other.direction, other.code, &other.component, &other.rule)
}

/// What brings an interface back.
fn start(down: &Down) -> Result<Ways, NoWay> {
    match down {
        Down::Instance(instance) => Ok(vec![vec![Change::StartInstance { instance: instance.clone() }]]),
        Down::Detached => Err(NoWay::Because("the interface has to be attached to an instance".into())),
    }
}
