//! Which groups interfaces carry together: the memberships in use.
//!
//! An address that joins or leaves a group gets another membership, and that is all: the sets that name the group have an
//! entry for each membership that holds it, not for each address. Only where a membership comes into use or goes out of
//! it do they change.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use croft_model::interface::NetworkInterface;
use croft_model::{SecurityGroupId, VpcId};

use crate::name::{Membership, Registry};

#[derive(Default)]
pub(crate) struct Memberships {
    numbers: Registry<Membership>,
    /// How many interfaces carry it. What is 0 goes when the changes have settled.
    carriers: HashMap<Membership, usize>,
    /// A reference means members in one VPC, that of the interface that bears the rule, so the VPC is part of the key
    /// (rows SG-3, SG-12, NET-3).
    by_group: HashMap<(VpcId, SecurityGroupId), BTreeSet<u32>>,
    /// Since things last settled: how many carried it then.
    touched: BTreeMap<Membership, usize>,
}

static NONE: BTreeSet<u32> = BTreeSet::new();

impl Memberships {
    /// The memberships that hold a group.
    pub(crate) fn of<'a>(&'a self, vpc: &VpcId, group: &SecurityGroupId) -> impl Iterator<Item = u32> + use<'a> {
        self.by_group.get(&(vpc.clone(), group.clone())).unwrap_or(&NONE).iter().copied()
    }

    /// The membership of an interface's addresses, 0 = none.
    pub(crate) fn number(&self, interface: &NetworkInterface) -> u32 {
        let membership = Membership::new(&interface.vpc, &interface.groups);
        membership.and_then(|m| self.numbers.number_of(&m)).unwrap_or(0)
    }

    /// An interface before and after: it comes, goes, or carries other groups.
    pub(crate) fn change(&mut self, (before, after): (Option<&NetworkInterface>, Option<&NetworkInterface>)) {
        let of = |i: Option<&NetworkInterface>| i.and_then(|i| Membership::new(&i.vpc, &i.groups));
        if let Some(membership) = of(before) {
            let carriers = self.touch(membership);
            *carriers = carriers.saturating_sub(1);
        }
        if let Some(membership) = of(after) {
            *self.touch(membership) += 1;
        }
    }

    fn touch(&mut self, membership: Membership) -> &mut usize {
        let carriers = self.carriers.entry(membership.clone()).or_default();
        self.touched.entry(membership).or_insert(*carriers);
        carriers
    }

    /// After all changes: gives numbers to the memberships that have come into use, takes those of the others, and gives
    /// the groups whose memberships are others now.
    pub(crate) fn settle(&mut self) -> impl Iterator<Item = SecurityGroupId> + use<> {
        let mut groups = BTreeSet::new();
        for (membership, before) in std::mem::take(&mut self.touched) {
            let now = self.carriers.get(&membership).copied().unwrap_or(0);
            if now == 0 {
                self.carriers.remove(&membership);
            }
            if (now == 0) == (before == 0) {
                continue;
            }
            groups.extend(membership.groups.iter().cloned());
            let number = self.numbers.number(&membership);
            for group in membership.groups.iter() {
                let key = (membership.vpc.clone(), group.clone());
                let numbers = self.by_group.entry(key.clone()).or_default();
                if now > 0 {
                    numbers.insert(number);
                } else {
                    numbers.remove(&number);
                }
                if numbers.is_empty() {
                    self.by_group.remove(&key);
                }
            }
            if now == 0 {
                self.numbers.forget(&membership);
            }
        }
        groups.into_iter()
    }
}
