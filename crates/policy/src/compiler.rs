//! The compiler: keeps the tables true to the cloud, part by part.
//!
//! An update compares the new cloud with the last one (maps that share their structure are compared quickly), turns
//! the differences into facts that changed, and compiles the parts that read them. A set whose number and openness stay
//! the same stops there: the interfaces that use it are not touched, however many they are.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use croft_control::Cloud;
use croft_engine::memory::{Delta, Snapshot};
use croft_engine::tables::{ASKS_GROUPS, Class, ClassKey, IN_SPANS, MemberKey};

use crate::class::Classes;
use crate::content::Content;
use crate::fact::{Fact, Part, Reader};
use crate::index::Index;
use crate::name::{Node, Registry, SetName};
use crate::parts;
use crate::plug::Ports;
use crate::rows::{PartRows, Writer};
use crate::set::{self, Block};

/// Turns regions into tables. Keep one: its memory is what makes the next update cheap.
#[derive(Default)]
pub struct Compiler {
    pub(crate) cloud: Cloud,
    ports: Ports,
    /// `Clock::interface_connections`.
    interface_connections: u32,
    index: Index,
    state: State,
}

/// What an update did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Update {
    /// The cloud's version that the tables now follow.
    pub version: u64,
    /// The entries that changed.
    pub delta: Delta,
    pub recompiled: Recompiled,
}

/// How many parts an update compiled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recompiled {
    pub sets: usize,
    pub subnets: usize,
    pub interfaces: usize,
    pub nat_gateways: usize,
    pub route_tables: usize,
}

/// A set as its users see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CompiledSet {
    /// 0 allows everything.
    pub(crate) number: u32,
    /// `OPEN_*` that hold for every address.
    pub(crate) open_to_all: u32,
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) nodes: Registry<Node>,
    pub(crate) set_numbers: Registry<SetName>,
    classes: Classes,
    sets: HashMap<SetName, CompiledSet>,
    parts: HashMap<Part, Compiled>,
    readers: HashMap<Fact, HashSet<Part>>,
    tables: Snapshot,
}

/// What is remembered of a part.
#[derive(Default)]
struct Compiled {
    reads: BTreeSet<Fact>,
    rows: PartRows,
    /// Of a set: the classes that it holds.
    classes: Vec<u32>,
}

/// An update under way.
#[derive(Default)]
struct Pass {
    writer: Writer,
    dirty: BTreeSet<Part>,
    recompiled: Recompiled,
    /// Sets that lost their last reader; they may have found another since.
    idle: Vec<SetName>,
}

impl Compiler {
    /// A compiler whose tables are empty.
    pub fn new() -> Compiler {
        Compiler::default()
    }

    /// The same with a limit on the connections that one interface may have; 0 = no limit.
    pub fn with_interface_connections(limit: u32) -> Compiler {
        Compiler { interface_connections: limit, ..Compiler::default() }
    }

    /// Brings the tables to this cloud and these ports.
    pub fn update(&mut self, cloud: &Cloud, ports: &Ports) -> Update {
        let Compiler { cloud: old, ports: old_ports, interface_connections: limit, index, state } = self;
        let changed = index.advance((old, cloud), (old_ports, ports), &mut state.nodes);
        let mut pass = Pass { dirty: changed.parts, ..Pass::default() };
        for fact in &changed.facts {
            pass.dirty.extend(state.readers.get(fact).into_iter().flatten().cloned());
        }
        let uplink = (state.tables.uplink != ports.uplink).then_some(ports.uplink);
        state.tables.uplink = ports.uplink;
        let interface_connections = (state.tables.interface_connections != *limit).then_some(*limit);
        state.tables.interface_connections = *limit;
        *old = cloud.clone();
        *old_ports = ports.clone();

        while let Some(part) = pass.dirty.pop_first() {
            state.compile(&mut pass, part, &|| Reader::new(old, old_ports, index));
        }
        pass.writer.flush(&mut state.tables);
        for set in std::mem::take(&mut pass.idle) {
            if !state.readers.contains_key(&Fact::Set(set.clone())) {
                state.drop_set(&mut pass, set);
            }
        }
        let delta = Delta { uplink, interface_connections, ..pass.writer.finish(&state.tables) };
        Update { version: cloud.version, delta, recompiled: pass.recompiled }
    }

    /// The tables as of the last update.
    pub fn snapshot(&self) -> &Snapshot {
        &self.state.tables
    }

    /// The cloud as of the last update.
    pub fn cloud(&self) -> &Cloud {
        &self.cloud
    }

    /// What a number in the tables stands for: a subnet's node, a gateway's, a route table, a VPC.
    pub fn node(&self, number: u32) -> Option<&Node> {
        self.state.nodes.name_of(number)
    }

    /// The number that stands for something in the tables.
    pub fn number(&self, node: &Node) -> Option<u32> {
        self.state.nodes.number_of(node)
    }

    /// What a set in the tables stands for.
    pub fn set(&self, number: u32) -> Option<&SetName> {
        self.state.set_numbers.name_of(number)
    }
}

impl State {
    fn compile<'a>(&mut self, pass: &mut Pass, part: Part, reader: &dyn Fn() -> Reader<'a>) {
        let mut read = reader();
        let rows = match &part {
            Part::Set(name) => {
                self.compile_set(pass, name.clone(), reader);
                return;
            }
            Part::Subnet(id) => {
                pass.recompiled.subnets += 1;
                let sets = parts::subnet::sets(&mut read, id);
                let sets = sets.map(|sets| self.ready(pass, &mut read, sets, reader));
                sets.and_then(|sets| parts::subnet::rows(&mut read, &self.nodes, id, sets))
            }
            Part::Interface(id) => {
                pass.recompiled.interfaces += 1;
                let sets = parts::interface::sets(&mut read, id);
                let sets = sets.map(|sets| self.ready(pass, &mut read, sets, reader));
                parts::interface::rows(&mut read, &self.nodes, id, sets)
            }
            Part::NatGateway(id) => {
                pass.recompiled.nat_gateways += 1;
                parts::nat_gateway::rows(&mut read, &self.nodes, id)
            }
            Part::RouteTable(id) => {
                pass.recompiled.route_tables += 1;
                parts::route_table::rows(&mut read, &self.nodes, id)
            }
        };
        let now = Compiled { reads: read.reads, rows: rows.unwrap_or_default(), classes: Vec::new() };
        self.put(pass, part, now);
    }

    /// Two sets, compiled if this is the first time that somebody asks for them.
    fn ready<'a>(
        &mut self,
        pass: &mut Pass,
        read: &mut Reader,
        (egress, ingress): (SetName, SetName),
        reader: &dyn Fn() -> Reader<'a>,
    ) -> (CompiledSet, CompiledSet) {
        let mut of = |name: SetName| {
            read.uses(&name);
            match self.sets.get(&name) {
                Some(&set) => set,
                None => self.compile_set(pass, name, reader),
            }
        };
        (of(egress), of(ingress))
    }

    fn compile_set<'a>(&mut self, pass: &mut Pass, name: SetName, reader: &dyn Fn() -> Reader<'a>) -> CompiledSet {
        pass.recompiled.sets += 1;
        let mut read = reader();
        let rules = parts::rule_set::rules(&mut read, &name);
        let atoms = set::atoms(&rules);

        let everything = matches!(&atoms[..], [(Block::ALL, content)] if content.is_everything());
        let number = match &name {
            SetName::NetworkAcl { .. } if everything => 0,
            _ => self.set_numbers.number(&name),
        };
        let open_to_all = atoms.first().filter(|(block, _)| *block == Block::ALL).map_or(0, |(_, all)| all.open());

        let mut now = Compiled { reads: read.reads, ..Compiled::default() };
        if number != 0 {
            let members = set::members(&rules);
            // By the content's address: thousands of atoms share a few contents.
            let mut held = HashMap::new();
            let mut class_of = |content: &Rc<Content>| {
                *held.entry(Rc::as_ptr(content)).or_insert_with(|| {
                    let (class, new) = self.classes.acquire(content);
                    if new {
                        pass.writer.put_rules(content.rules(class.id));
                    }
                    now.classes.push(class.id);
                    class
                })
            };
            let asks = if members.is_empty() { 0 } else { ASKS_GROUPS };
            if asks != 0 && atoms.first().is_none_or(|(block, _)| *block != Block::ALL) {
                now.rows
                    .classes
                    .push((ClassKey::v4(number, 0, 0), Class { open: asks | IN_SPANS, ..Class::default() }));
            }
            for (block, content) in &atoms {
                let class = class_of(content);
                let row = Class { open: class.open | asks, ..class };
                now.rows.classes.push((ClassKey::v4(number, block.network, u32::from(block.length)), row));
            }
            for (membership, content) in &members {
                now.rows.members.push((MemberKey { set: number, membership: *membership }, class_of(content)));
            }
        }
        self.put(pass, Part::Set(name.clone()), now);

        let set = CompiledSet { number, open_to_all };
        if self.sets.insert(name.clone(), set).is_some_and(|before| before != set) {
            pass.dirty.extend(self.readers.get(&Fact::Set(name)).into_iter().flatten().cloned());
        }
        set
    }

    fn drop_set(&mut self, pass: &mut Pass, name: SetName) {
        self.put(pass, Part::Set(name.clone()), Compiled::default());
        self.sets.remove(&name);
        self.set_numbers.forget(&name);
    }

    /// Puts what a part is now in the place of what it was.
    fn put(&mut self, pass: &mut Pass, part: Part, mut now: Compiled) {
        let before = self.parts.remove(&part).unwrap_or_default();
        pass.writer.replace(&mut self.tables, &before.rows, &mut now.rows);
        for fact in before.reads.difference(&now.reads) {
            let Some(parts) = self.readers.get_mut(fact) else { continue };
            parts.remove(&part);
            if parts.is_empty() {
                self.readers.remove(fact);
                if let Fact::Set(set) = fact {
                    pass.idle.push(set.clone());
                }
            }
        }
        for fact in now.reads.difference(&before.reads) {
            self.readers.entry(fact.clone()).or_default().insert(part.clone());
        }
        for class in before.classes {
            if let Some(content) = self.classes.release(class) {
                pass.writer.remove_rules(&mut self.tables, content.rules(class));
            }
        }
        if !now.reads.is_empty() {
            self.parts.insert(part, now);
        }
    }
}
