//! One more entry in a network ACL, before the one that denies.

use std::collections::BTreeMap;

use croft_model::NetworkAclId;
use croft_model::group::Direction as Way;
use croft_model::network_acl::NetworkAclEntry;
use croft_model::protocol::Ports;
use croft_policy::RuleRef;

use super::group::exactly;
use super::{Case, NoWay, Ways, nothing};
use crate::answer::Direction;
use crate::change::Change;
use crate::path::{Asked, Finding};

/// Where clients' ports are (row ACL-4).
const EPHEMERAL: Ports = Ports::Range { from: 1024, to: u16::MAX };
/// The highest number that an entry may have (row ACL-2).
const LAST: u16 = 32_766;

pub(super) fn ways(
    case: &Case,
    finding: &Finding,
    asked: &Asked,
    id: &NetworkAclId,
    direction: Way,
) -> Result<Ways, NoWay> {
    let acl = case.cloud.network_acls.get(id).ok_or_else(|| nothing("the network ACL is gone"))?;
    let (protocol, mut ports) = exactly(asked.traffic.protocol, asked.traffic.port);
    // The answer goes to whatever port the client happens to use.
    if finding.direction == Direction::Reply && asked.traffic.port >= 1024 && matches!(ports, Ports::Range { .. }) {
        ports = EPHEMERAL;
    }
    let cidr = case.block(asked.traffic.remote)?.into();
    let entry = |number| NetworkAclEntry { number, direction, protocol, ports, cidr, allow: true };
    let entries: BTreeMap<u16, &NetworkAclEntry> =
        acl.entries.iter().filter(|e| e.direction == direction).map(|e| (e.number, e)).collect();
    let free = |number: &u16| !entries.contains_key(number);
    let create = |number| Change::CreateAclEntry { acl: id.clone(), entry: entry(number) };

    let Some(RuleRef::NetworkAcl { number: denying, .. }) = asked.rules.first() else {
        // The closing entry denies: behind all others, ten further on as is the custom.
        let last = entries.keys().next_back().copied().unwrap_or(90);
        let behind = last.checked_add(10).filter(|&number| number <= LAST);
        let number = behind.or_else(|| (1..=LAST).rev().find(free));
        let number = number.ok_or_else(|| nothing("the network ACL has no number left"))?;
        return Ok(vec![vec![create(number)]]);
    };
    if let Some(number) = (1..*denying).rev().find(free) {
        return Ok(vec![vec![create(number)]]);
    }
    // Every number before it is taken: the entries from it on move up by one, the last one first.
    let gap = (*denying..=LAST).find(free).ok_or_else(|| nothing("the network ACL has no number left"))?;
    let mut changes = Vec::new();
    for number in (*denying..gap).rev() {
        let Some(&moved) = entries.get(&number) else { continue };
        let entry = NetworkAclEntry { number: number + 1, ..moved.clone() };
        changes.push(match number + 1 == gap {
            true => Change::CreateAclEntry { acl: id.clone(), entry },
            false => Change::ReplaceAclEntry { acl: id.clone(), entry },
        });
    }
    changes.push(Change::ReplaceAclEntry { acl: id.clone(), entry: entry(*denying) });
    Ok(vec![changes])
}
