//! Network ACLs and their entries (rows ACL-2, ACL-3).

use crate::Transaction;
use crate::error::{Error, Identified, Result};
use crate::protocol::canonical_ports;
use crate::request::{Request, request};
use crate::tag::check_tags;
use croft_model::group::Direction;
use croft_model::network_acl::{NetworkAcl, NetworkAclEntry};
use croft_model::protocol::{Ports, Protocol};
use croft_model::*;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};

request! {
    pub struct CreateNetworkAcl {
        pub vpc_id: VpcId,
        #[serde(default)]
        pub tags: Tags,
    }

    pub struct DeleteNetworkAcl {
        pub network_acl_id: NetworkAclId,
    }

    pub struct CreateNetworkAclEntry {
        pub network_acl_id: NetworkAclId,
        pub entry: NetworkAclEntry,
    }

    /// The entry of this number and direction becomes this one.
    pub struct ReplaceNetworkAclEntry {
        pub network_acl_id: NetworkAclId,
        pub entry: NetworkAclEntry,
    }

    pub struct DeleteNetworkAclEntry {
        pub network_acl_id: NetworkAclId,
        pub rule_number: u16,
        pub direction: Direction,
    }

    /// Gives a subnet another ACL: it always has one, so there is nothing to take away.
    pub struct ReplaceNetworkAclAssociation {
        pub association_id: NetworkAclAssociationId,
        pub network_acl_id: NetworkAclId,
    }
}

impl Request for CreateNetworkAcl {
    type Response = NetworkAcl;

    fn run(self, tx: &mut Transaction<'_>) -> Result<NetworkAcl> {
        check_tags(&self.tags)?;
        tx.vpc(&self.vpc_id)?;
        let have = tx.network_acls().filter(|a| a.vpc == self.vpc_id).count();
        let quota = tx.quotas().network_acls_per_vpc;
        tx.room_for_one("NetworkAclLimitExceeded", "network ACLs in the VPC", have, quota)?;
        let id = tx.fresh(|r| &r.network_acls, NetworkAclId::from_bits);
        let acl = NetworkAcl {
            id: id.clone(),
            scope: tx.scope.clone(),
            vpc: self.vpc_id,
            is_default: false,
            entries: vec![],
            tags: self.tags,
        };
        tx.cloud.network_acls.insert(id, acl.clone());
        Ok(acl)
    }
}

impl Request for DeleteNetworkAcl {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        let acl = tx.network_acl(&self.network_acl_id)?;
        if acl.is_default {
            return Err(Error::invalid(format!("cannot delete default network ACL {}", acl.id)));
        }
        if let Some(subnet) = tx.subnets().find(|s| s.network_acl.1 == acl.id) {
            return Err(Error::in_use("networkAcl", &acl.id, &subnet.id));
        }
        tx.cloud.network_acls.remove(&self.network_acl_id);
        Ok(())
    }
}

/// The numbers above are the closing denials' (row ACL-2).
const NUMBERS: std::ops::RangeInclusive<u16> = 1..=32766;

fn canonical(mut entry: NetworkAclEntry) -> Result<NetworkAclEntry> {
    if !NUMBERS.contains(&entry.number) {
        return Err(Error::invalid_value("ruleNumber", entry.number, "Must be between 1 and 32766."));
    }
    entry.ports = canonical_ports(entry.protocol, entry.ports)?;
    entry.cidr = entry.cidr.trunc();
    Ok(entry)
}

fn missing(acl: &NetworkAclId, number: u16, direction: Direction) -> Error {
    let direction = match direction {
        Direction::Ingress => "ingress",
        Direction::Egress => "egress",
    };
    Error::new(
        "InvalidNetworkAclEntry.NotFound",
        format!("The specified network acl entry does not exist: {direction} {number} in {acl}"),
    )
}

/// A default ACL that nobody has changed lets IPv6 through from when its VPC has addresses of it (row ACL-3).
pub(crate) fn allow_ipv6(tx: &mut Transaction<'_>, id: &NetworkAclId) -> Result<()> {
    const NUMBER: u16 = 101;
    let acl = tx.network_acl_mut(id)?;
    let made = |e: &NetworkAclEntry| {
        e.allow && e.protocol == Protocol::All && e.cidr == IpNet::V4(Ipv4Net::default()) && e.number < NUMBER
    };
    if acl.entries.len() == 2 && acl.entries.iter().all(made) {
        acl.entries.extend([Direction::Ingress, Direction::Egress].map(|direction| NetworkAclEntry {
            number: NUMBER,
            direction,
            protocol: Protocol::All,
            ports: Ports::All,
            cidr: Ipv6Net::default().into(),
            allow: true,
        }));
        acl.entries.sort_by_key(|e| (e.direction, e.number));
    }
    Ok(())
}

impl Request for CreateNetworkAclEntry {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        let acl = tx.network_acl(&self.network_acl_id)?;
        let entry = canonical(self.entry)?;
        let same_direction = || acl.entries.iter().filter(|e| e.direction == entry.direction);
        if same_direction().any(|e| e.number == entry.number) {
            return Err(Error::new(
                "NetworkAclEntryAlreadyExists",
                format!("The network acl entry identified by {} already exists.", entry.number),
            ));
        }
        let quota = tx.quotas().entries_per_network_acl;
        let have = same_direction().count();
        tx.room_for_one("NetworkAclEntryLimitExceeded", "network acl entries in one direction", have, quota)?;
        let acl = tx.network_acl_mut(&self.network_acl_id)?;
        acl.entries.push(entry);
        acl.entries.sort_by_key(|e| (e.direction, e.number));
        Ok(())
    }
}

impl Request for ReplaceNetworkAclEntry {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        let acl = tx.network_acl_mut(&self.network_acl_id)?;
        let entry = canonical(self.entry)?;
        let mut entries = acl.entries.iter_mut();
        match entries.find(|e| e.direction == entry.direction && e.number == entry.number) {
            Some(old) => {
                *old = entry;
                Ok(())
            }
            None => Err(missing(&self.network_acl_id, entry.number, entry.direction)),
        }
    }
}

impl Request for DeleteNetworkAclEntry {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        let acl = tx.network_acl_mut(&self.network_acl_id)?;
        let mut entries = acl.entries.iter();
        match entries.position(|e| e.direction == self.direction && e.number == self.rule_number) {
            Some(at) => {
                acl.entries.remove(at);
                Ok(())
            }
            None => Err(missing(&self.network_acl_id, self.rule_number, self.direction)),
        }
    }
}

impl Request for ReplaceNetworkAclAssociation {
    /// A new one: the old one is gone.
    type Response = NetworkAclAssociationId;

    fn run(self, tx: &mut Transaction<'_>) -> Result<NetworkAclAssociationId> {
        let subnet = tx.subnets().find(|s| s.network_acl.0 == self.association_id);
        let subnet = subnet.ok_or_else(|| self.association_id.not_found())?;
        let acl = tx.network_acl(&self.network_acl_id)?;
        if acl.vpc != subnet.vpc {
            return Err(Error::different_networks(format!("network ACL {}", acl.id), format!("subnet {}", subnet.id)));
        }
        let subnet = subnet.id.clone();
        let association = NetworkAclAssociationId::from_bits(tx.bits.draw());
        tx.subnet_mut(&subnet)?.network_acl = (association.clone(), self.network_acl_id);
        Ok(association)
    }
}
