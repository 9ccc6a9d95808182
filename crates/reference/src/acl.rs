//! Network ACLs (rows ACL-1…5): numbered entries, the lowest that matches decides, and the closing `*` denies.

use crate::groups::{Question, covers};
use croft_control::Cloud;
use croft_model::SubnetId;
use croft_model::group::Direction;
use ipnet::IpNet;

/// Does the ACL of this subnet let it cross the subnet's edge?
pub fn allows(cloud: &Cloud, subnet: &SubnetId, direction: Direction, question: &Question) -> bool {
    let acl = cloud.subnets.get(subnet).and_then(|s| cloud.network_acls.get(&s.network_acl.1));
    let Some(acl) = acl else { return false };
    let mut entries: Vec<_> = acl.entries.iter().filter(|e| e.direction == direction).collect();
    entries.sort_by_key(|e| e.number);
    for entry in entries {
        let IpNet::V4(block) = entry.cidr else { continue };
        if block.contains(&question.remote) && covers(entry.protocol, entry.ports, question) {
            return entry.allow;
        }
    }
    false
}
