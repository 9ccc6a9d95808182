//! Who is asked: a representative of each class of interfaces, and of each part of the internet.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use croft_control::Cloud;
use croft_model::NetworkInterfaceId;
use croft_model::interface::NetworkInterface;
use ipnet::Ipv4Net;

use super::Subject;
use super::block::Blocks;
use super::class::Facet;
use super::report::Party;
use super::side::Side;
use crate::question::Endpoint;

pub(crate) struct Parties<'a> {
    subjects: &'a [Subject],
    classes: Vec<Class>,
}

enum Class {
    /// Positions of the subjects.
    Interfaces {
        members: Vec<usize>,
        changed: bool,
    },
    Internet {
        block: Option<Ipv4Net>,
        address: Ipv4Addr,
    },
}

/// A member of a class.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Representative {
    pub(crate) class: usize,
    member: usize,
}

/// A pair of ends in both versions; none where one of them is not there.
pub(crate) struct Asked {
    pub(crate) before: Option<(Endpoint, Endpoint)>,
    pub(crate) after: Option<(Endpoint, Endpoint)>,
    pub(crate) classes: [usize; 2],
    /// Whether the source is there before, and after.
    sources: [bool; 2],
}

impl Asked {
    /// Of a path that changes: is it the source that the closed version has not?
    pub(crate) fn lacks_source(&self, opened: bool) -> bool {
        !self.sources[usize::from(!opened)]
    }
}

impl<'a> Parties<'a> {
    pub(crate) fn of(subjects: &'a [Subject], blocks: &Blocks, before: &Side, after: &Side) -> Parties<'a> {
        let facet = |side: &Side, id: &Option<NetworkInterfaceId>| {
            let interface = side.cloud().interfaces.get(id.as_ref()?)?;
            Some(Facet::of(side, blocks, interface))
        };
        let mut alike: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for (number, subject) in subjects.iter().enumerate() {
            let key = (facet(before, &subject.before), facet(after, &subject.after));
            alike.entry(key).or_default().push(number);
        }
        let mut classes: Vec<Class> = alike
            .into_iter()
            .map(|((was, is), members)| {
                let changed =
                    was != is || members.first().is_none_or(|n| surroundings_change(before, after, &subjects[*n]));
                Class::Interfaces { members, changed }
            })
            .collect();
        classes.extend(
            blocks.internet.iter().map(|(block, address)| Class::Internet { block: *block, address: *address }),
        );
        Parties { subjects, classes }
    }

    /// Everybody to everybody else, those first where something changes at an end.
    pub(crate) fn pairs(&self) -> Vec<(Representative, Representative)> {
        let mut pairs = Vec::new();
        for (source, from) in self.classes.iter().enumerate() {
            for (destination, to) in self.classes.iter().enumerate() {
                let member = match (from, to) {
                    (Class::Internet { .. }, Class::Internet { .. }) => continue,
                    // Two members speak for the paths inside a class.
                    (Class::Interfaces { members, .. }, _) if source == destination => match members.len() {
                        1 => continue,
                        _ => 1,
                    },
                    _ => 0,
                };
                let changed = [from, to].iter().any(|c| matches!(c, Class::Interfaces { changed: true, .. }));
                let ends = (Representative { class: source, member: 0 }, Representative { class: destination, member });
                pairs.push((!changed, ends));
            }
        }
        pairs.sort_by_key(|(later, _)| *later);
        pairs.into_iter().map(|(_, ends)| ends).collect()
    }

    pub(crate) fn ends(&self, source: &Representative, destination: &Representative) -> Asked {
        let both = |after: bool| self.endpoint(source, after).zip(self.endpoint(destination, after));
        let sources = [false, true].map(|after| self.endpoint(source, after).is_some());
        Asked { before: both(false), after: both(true), classes: [source.class, destination.class], sources }
    }

    fn endpoint(&self, end: &Representative, after: bool) -> Option<Endpoint> {
        match self.classes.get(end.class)? {
            Class::Internet { address, .. } => Some(Endpoint::Internet(Some(*address))),
            Class::Interfaces { members, .. } => {
                let subject = self.subjects.get(*members.get(end.member)?)?;
                let id = if after { &subject.after } else { &subject.before };
                id.clone().map(Endpoint::Interface)
            }
        }
    }

    /// For each class the interfaces in one version that stand for it: the first member of it.
    pub(crate) fn interfaces<'c>(&self, cloud: &'c Cloud, after: bool) -> Vec<Option<&'c NetworkInterface>> {
        let first = |class: &Class| {
            let Class::Interfaces { members, .. } = class else { return None };
            let subject = self.subjects.get(*members.first()?)?;
            let id = if after { &subject.after } else { &subject.before };
            cloud.interfaces.get(id.as_ref()?)
        };
        self.classes.iter().map(first).collect()
    }

    /// Of classes, the parts of the internet among them.
    pub(crate) fn count(&self) -> usize {
        self.classes.len()
    }

    pub(crate) fn representatives(&self) -> usize {
        self.classes.iter().filter(|c| matches!(c, Class::Interfaces { .. })).count()
    }

    pub(crate) fn internet(&self) -> usize {
        self.classes.iter().filter(|c| matches!(c, Class::Internet { .. })).count()
    }

    /// The parts of the internet by their class.
    pub(crate) fn blocks(&self) -> impl Iterator<Item = (usize, Option<Ipv4Net>)> {
        self.classes.iter().enumerate().filter_map(|(number, class)| match class {
            Class::Internet { block, .. } => Some((number, *block)),
            Class::Interfaces { .. } => None,
        })
    }

    /// Every interface of a class; nothing of the internet.
    pub(crate) fn members(&self, class: usize) -> impl Iterator<Item = Party> {
        let members = match self.classes.get(class) {
            Some(Class::Interfaces { members, .. }) => members.as_slice(),
            _ => &[],
        };
        members.iter().filter_map(|number| self.subjects.get(*number)).map(|subject| Party::Interface {
            name: subject.name.clone(),
            before: subject.before.clone(),
            stays: subject.after.is_some(),
        })
    }
}

/// Did something around an interface change that its facet does not show: rules, routes, entries?
fn surroundings_change(before: &Side, after: &Side, subject: &Subject) -> bool {
    let look = |side: &Side, id: &Option<NetworkInterfaceId>| {
        let cloud = side.cloud();
        let interface = cloud.interfaces.get(id.as_ref()?)?;
        let subnet = cloud.subnets.get(&interface.subnet)?;
        let rules: Vec<_> = interface.groups.iter().filter_map(|g| cloud.security_groups.get(g)).cloned().collect();
        let table = cloud.route_table_of(subnet).cloned();
        let gateway = cloud.internet_gateway_of(&interface.vpc);
        let tables = (table, gateway.and_then(|gateway| cloud.route_table_of_gateway(gateway)).cloned());
        Some((rules, tables, cloud.network_acls.get(&subnet.network_acl.1).cloned()))
    };
    look(before, &subject.before) != look(after, &subject.after)
}
