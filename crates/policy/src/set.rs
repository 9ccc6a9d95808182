//! Sets: the rules that judge one direction at an interface or subnet edge, with the remote addresses that each names.
//!
//! Every prefix that a rule names is an atom: the addresses in it that no narrower prefix names are matched by the same
//! rules, those of the prefix itself and of every prefix around it. So one walk over the sorted prefixes, with a stack
//! of those around, gives each its [`Content`]; a longest-prefix look-up then finds the right one.

use std::collections::HashMap;
use std::rc::Rc;

use crate::content::{Clause, Content, Painter};

/// An IPv4 block: the network in host order, and how many bits of it count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Block {
    pub network: u32,
    pub length: u8,
}

impl Block {
    /// Every address.
    pub const ALL: Block = Block { network: 0, length: 0 };

    pub fn new(network: u32, length: u8) -> Block {
        let length = length.min(32);
        Block { network: network & mask(length), length }
    }

    pub fn contains(&self, other: &Block) -> bool {
        self.length <= other.length && other.network & mask(self.length) == self.network
    }
}

impl From<ipnet::Ipv4Net> for Block {
    fn from(net: ipnet::Ipv4Net) -> Block {
        Block::new(u32::from(net.addr()), net.prefix_len())
    }
}

fn mask(length: u8) -> u32 {
    u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or(0)
}

/// How rules that match one packet are put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Combine {
    /// What one allows is allowed (row SG-1).
    Union,
    /// The first one decides (row ACL-2).
    FirstMatch,
}

/// The rules of a set, by what they match.
#[derive(Clone, Debug)]
pub struct Rules {
    pub combine: Combine,
    /// For `FirstMatch` in the order of their numbers.
    pub bundles: Vec<Bundle>,
    /// Which blocks name which bundle.
    pub named: Vec<(Block, u32)>,
    /// Which memberships are named by which bundle: rules whose peer is a group.
    pub members: Vec<(u32, u32)>,
}

/// Clauses that are always named together, such as all rules that refer to one group.
#[derive(Clone, Debug)]
pub struct Bundle {
    pub clauses: Vec<Clause>,
    /// The rules name all addresses, 0.0.0.0/0 (row SG-6).
    pub wide: bool,
}

impl Rules {
    pub fn new(combine: Combine) -> Rules {
        Rules { combine, bundles: Vec::new(), named: Vec::new(), members: Vec::new() }
    }
}

/// A block and what is allowed there. Blocks that say the same as the one around them are left out.
pub type Atom = (Block, Rc<Content>);

/// The atoms of a set, in the order of their blocks.
pub fn atoms(rules: &Rules) -> Vec<Atom> {
    let mut named = rules.named.clone();
    named.sort_unstable();
    named.dedup();

    let mut painted = Painted::new(rules);
    // Outside of every block nothing matches: content 0.
    let outside = painted.content(Vec::new());
    let mut around: Vec<(Block, usize)> = Vec::new();
    let mut atoms = Vec::new();
    let mut own: Vec<u32> = Vec::new();
    let mut at = 0;
    while let Some(&(block, _)) = named.get(at) {
        own.clear();
        while let Some(&(_, bundle)) = named.get(at).filter(|(same, _)| *same == block) {
            own.push(bundle);
            at += 1;
        }
        while around.last().is_some_and(|(outer, _)| !outer.contains(&block)) {
            around.pop();
        }
        let parent = around.last().map_or(outside, |&(_, content)| content);
        let content = painted.within(parent, &own);
        if painted.contents[content].1 != painted.contents[parent].1 {
            atoms.push((block, Rc::clone(&painted.contents[content].1)));
        }
        around.push((block, content));
    }
    atoms
}

/// What the rules that name groups allow to the addresses of each membership, in the order of their numbers.
pub fn members(rules: &Rules) -> Vec<(u32, Rc<Content>)> {
    let mut named = rules.members.clone();
    named.sort_unstable();
    named.dedup();
    let mut painted = Painted::new(rules);
    let same_membership = named.chunk_by(|a, b| a.0 == b.0);
    same_membership
        .map(|named| {
            let content = painted.content(named.iter().map(|&(_, bundle)| bundle).collect());
            (named[0].0, Rc::clone(&painted.contents[content].1))
        })
        .collect()
}

/// Contents by the bundles that make them: thousands of addresses share a few.
struct Painted<'a> {
    rules: &'a Rules,
    contents: Vec<(Vec<u32>, Rc<Content>)>,
    known: HashMap<Vec<u32>, usize>,
    /// By the content around and the one bundle that a block adds: what nearly every member of a group asks for.
    inner: HashMap<(usize, u32), usize>,
}

impl<'a> Painted<'a> {
    fn new(rules: &'a Rules) -> Painted<'a> {
        Painted { rules, contents: Vec::new(), known: HashMap::new(), inner: HashMap::new() }
    }

    /// The content of a block that adds `own` to what is around it.
    fn within(&mut self, parent: usize, own: &[u32]) -> usize {
        if let [only] = *own {
            if let Some(&content) = self.inner.get(&(parent, only)) {
                return content;
            }
            let content = self.merged(parent, own);
            self.inner.insert((parent, only), content);
            return content;
        }
        self.merged(parent, own)
    }

    fn merged(&mut self, parent: usize, own: &[u32]) -> usize {
        let mut bundles = self.contents[parent].0.clone();
        bundles.extend_from_slice(own);
        bundles.sort_unstable();
        bundles.dedup();
        self.content(bundles)
    }

    fn content(&mut self, bundles: Vec<u32>) -> usize {
        if let Some(&content) = self.known.get(&bundles) {
            return content;
        }
        let content = Rc::new(self.paint(&bundles));
        let index = self.contents.len();
        self.contents.push((bundles.clone(), content));
        self.known.insert(bundles, index);
        index
    }

    fn paint(&self, bundles: &[u32]) -> Content {
        let mut painter = Painter::default();
        let bundles = bundles.iter().filter_map(|&bundle| self.rules.bundles.get(bundle as usize));
        match self.rules.combine {
            Combine::Union => {
                for bundle in bundles {
                    for clause in &bundle.clauses {
                        painter.add(clause, bundle.wide);
                    }
                }
            }
            Combine::FirstMatch => {
                for bundle in bundles.rev() {
                    for clause in bundle.clauses.iter().rev() {
                        painter.cover(clause);
                    }
                }
            }
        }
        painter.content()
    }
}

#[cfg(test)]
mod tests;
