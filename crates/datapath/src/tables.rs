//! The maps of a fabric, open and typed.

use croft_engine::{Ip, tables::*};

use crate::{
    FabricError,
    bpf::{Map, Mapped, Prefix},
    clock::tick,
    run_dir::RunDir,
};

/// Every map of the packet program but the clock, by the name it is pinned under.
pub(crate) const NAMES: &[&str] = &[
    "PUNT",
    "UPLINK",
    "INTERFACES",
    "SUBNETS",
    "NATS",
    "OWNERS",
    "PUBLICS",
    "PRIVATES",
    "ROUTES",
    "CLASSES",
    "MEMBERS",
    "RULES",
    "CONNS",
    "FLOW_CACHE",
    "RECLAIM",
    "RECLAIM_HAND",
    "NAT_CLAIMS",
    "NAT_LOCKS",
    "NAT_CURSOR",
    "USAGE",
    "DROPS",
    "EVENTS",
];

/// The clock: its name in the object, where it is a section, and that of its pin.
pub(crate) const CLOCK: (&str, &str) = (".bss.clock", "CLOCK");

macro_rules! maps { ($($field:ident : $name:literal, $key:ty => $value:ty;)*) => {
    /// The maps. Every one is open for as long as this lives.
    #[derive(Debug)]
    pub struct Maps {
        $(pub $field: Map<$key, $value>,)*
        pub flows: Mapped<FlowSlot>,
    }

    impl Maps {
        pub(crate) fn open(dir: &RunDir) -> Result<Maps, FabricError> {
            let maps = Maps {
                $($field: Map::open(&dir.map($name), $name)?,)*
                flows: Mapped::open(&dir.map("FLOW_CACHE"), "FLOW_CACHE")?,
            };
            maps.set_reclaim()?;
            maps.set_clock()?;
            Ok(maps)
        }
    }
} }

impl Maps {
    /// Tells the kernel how many slots it may reclaim from: as many as there are.
    fn set_reclaim(&self) -> Result<(), FabricError> {
        let hand = self.reclaim_hand.get(&0)?.unwrap_or_default();
        if hand.slots == 0 {
            let slots = u64::from(self.reclaim.capacity());
            self.reclaim_hand.set(&0, &ReclaimHand { slots, ..hand })?;
        }
        Ok(())
    }

    /// Tells the kernel how long its ticks are, and how large the flow cache is.
    fn set_clock(&self) -> Result<(), FabricError> {
        let clock = self.clock.get(&0)?.unwrap_or_default();
        let flow_mask = self.flows.length().saturating_sub(1);
        if clock.tick == 0 || clock.flow_mask != flow_mask {
            self.clock.set(&0, &Clock { tick: tick()?, flow_mask, ..clock })?;
        }
        Ok(())
    }
}

maps! {
    clock: "CLOCK", u32 => Clock;
    punt: "PUNT", u32 => Punt;
    uplink: "UPLINK", u32 => Uplink;
    interfaces: "INTERFACES", u32 => Interface;
    subnets: "SUBNETS", u32 => Subnet;
    nats: "NATS", u32 => NatGateway;
    owners: "OWNERS", VpcAddress => Owner;
    publics: "PUBLICS", VpcAddress => Public;
    privates: "PRIVATES", Ip => Private;
    routes: "ROUTES", Prefix<RouteKey> => Route;
    classes: "CLASSES", Prefix<ClassKey> => Class;
    members: "MEMBERS", MemberKey => Class;
    rules: "RULES", Prefix<RuleKey> => Verdict;
    connections: "CONNS", ConnKey => Conn;
    reclaim: "RECLAIM", u32 => ConnKey;
    reclaim_hand: "RECLAIM_HAND", u32 => ReclaimHand;
    nat_claims: "NAT_CLAIMS", NatKey => NatClaim;
    nat_cursors: "NAT_CURSOR", u32 => u32;
    usage: "USAGE", u32 => Usage;
    drops: "DROPS", DropKey => DropCount;
}
