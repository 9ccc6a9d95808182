//! One of the two versions, compiled once and asked often.

use croft_control::Cloud;
use croft_engine::memory::MemoryTables;
use croft_policy::Ports;

use crate::ends::{Ends, resolve};
use crate::question::{Endpoint, ReachQuestion, Transport};
use crate::reach::{Round, look};
use crate::trace::trace;
use crate::world::World;

pub(crate) struct Side {
    pub(crate) world: World,
    /// Stop at the first refusal ...
    verdicts: MemoryTables,
    /// ... and go on behind it, writing everything down.
    records: MemoryTables,
}

impl Side {
    pub(crate) fn new(cloud: &Cloud) -> Side {
        let mut world = World::new(cloud, &Ports::default());
        let verdicts = world.tables(&[]);
        let records = verdicts.clone();
        records.record(true);
        Side { world, verdicts, records }
    }

    pub(crate) fn cloud(&self) -> &Cloud {
        self.world.cloud()
    }

    /// The two ends of a question; none if one of them is not there, takes no packets, or is out of reach by any way.
    pub(crate) fn ends(&self, ends: &Option<(Endpoint, Endpoint)>) -> Option<Ends> {
        let ends = self.resolved(ends)?;
        let all_up = ends.interfaces().iter().all(|id| {
            let interface = self.cloud().interfaces.get(*id);
            interface.is_some_and(|interface| self.world.down(interface).is_none())
        });
        (all_up && !ends.disconnected).then_some(ends)
    }

    /// Do a request and its reply arrive?
    pub(crate) fn open(&self, ends: &Ends, protocol: Transport, port: u16) -> bool {
        let legs = trace(&self.world, &self.verdicts, &to(ends, port), protocol);
        self.verdicts.forget();
        legs.len() == 2 && legs.iter().all(|leg| leg.open())
    }

    /// The whole path with what refuses on it; none if an end is not there.
    pub(crate) fn look(&self, ends: &Option<(Endpoint, Endpoint)>, protocol: Transport, port: u16) -> Option<Round> {
        let ends = to(&self.resolved(ends)?, port);
        let round = look(&self.world, &self.records, ends, protocol);
        self.records.forget();
        Some(round)
    }

    fn resolved(&self, ends: &Option<(Endpoint, Endpoint)>) -> Option<Ends> {
        let (source, destination) = ends.clone()?;
        // The port comes with each question; echo requests have none.
        let question = ReachQuestion { source, destination, protocol: Transport::Icmp, port: 0 };
        resolve(self.cloud(), &question).ok()
    }
}

fn to(ends: &Ends, port: u16) -> Ends {
    let mut ends = ends.clone();
    ends.destination.port = port;
    ends
}
