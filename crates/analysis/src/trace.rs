//! A request and its reply, walked by the engine with a recorder that goes on behind refusals.

use croft_engine::memory::{MemoryTables, Step};
use croft_engine::tables::{Action, KIND_ECHO, KIND_NONE, Tuple};
use croft_engine::{DropReason, Ip, Parsed, Walk};

use crate::answer::Direction;
use crate::ends::Ends;
use crate::question::Transport;
use crate::world::World;

/// Bytes of the packets, IP header included: as small as probes are.
const LENGTH: u32 = 60;

/// One way.
pub(crate) struct Leg {
    pub(crate) direction: Direction,
    /// Where it begins.
    pub(crate) port: u32,
    pub(crate) tuple: Tuple,
    pub(crate) steps: Vec<Step>,
    pub(crate) result: Result<Action, DropReason>,
    pub(crate) walk: Walk,
    /// It arrived, and where it should.
    pub(crate) arrived: bool,
}

impl Leg {
    /// No gate refused, and it arrived.
    pub(crate) fn open(&self) -> bool {
        self.arrived && !self.steps.iter().any(|step| matches!(step, Step::Refused { .. }))
    }
}

/// There, and back if the request arrives (or would, but for gates that refuse). Only `tables` that record go on behind
/// a refusal.
pub(crate) fn trace(world: &World, tables: &MemoryTables, ends: &Ends, protocol: Transport) -> Vec<Leg> {
    let uplink = world.uplink();
    let port_of = |end: &Option<_>| end.as_ref().map_or(Some(uplink), |interface| world.port(interface));
    // Every interface that is an end has been given a port.
    let Some(from) = port_of(&ends.source.interface) else { return Vec::new() };

    let asked = Tuple {
        source: Ip::from(ends.source.address),
        destination: Ip::from(ends.destination.address),
        source_port: ends.source.port,
        destination_port: ends.destination.port,
        protocol: protocol.number(),
        kind: if protocol == Transport::Icmp { KIND_ECHO } else { KIND_NONE },
        pad: 0,
    };
    let mut request = leg(tables, Direction::Request, from, Parsed::opening(asked, LENGTH));
    let wanted = ends.wanted.as_ref().map(|interface| world.port(interface));
    request.arrived = request.result.is_ok_and(|action| match wanted {
        Some(port) => Some(action.port) == port,
        None if ends.to_internet => action.port == uplink,
        None => true,
    });
    let Some(action) = request.result.ok().filter(|_| request.arrived) else { return vec![request] };

    let answer = Parsed::following(action.tuple.reversed(), LENGTH);
    let mut reply = leg(tables, Direction::Reply, action.port, answer);
    reply.arrived = reply.result.is_ok_and(|action| action.port == from && action.tuple == asked.reversed());
    vec![request, reply]
}

fn leg(tables: &MemoryTables, direction: Direction, port: u32, packet: Parsed) -> Leg {
    let (result, walk) = tables.walk(port, packet);
    Leg { direction, port, tuple: packet.tuple, steps: tables.take_record(), result, walk, arrived: false }
}
