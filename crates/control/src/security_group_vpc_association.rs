//! Security groups in further VPCs of their account and region (row SG-12).

use crate::error::{Error, Result};
use crate::request::{Request, request};
use crate::{Cloud, Transaction};
use croft_model::group::{Peer, SecurityGroup, SecurityGroupRule};
use croft_model::*;

request! {
    /// Lets the interfaces of another VPC carry a group, and the rules of that VPC's groups name it.
    pub struct AssociateSecurityGroupVpc {
        pub group_id: SecurityGroupId,
        pub vpc_id: VpcId,
    }

    pub struct DisassociateSecurityGroupVpc {
        pub group_id: SecurityGroupId,
        pub vpc_id: VpcId,
    }
}

impl Request for AssociateSecurityGroupVpc {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        let (id, vpc) = (&self.group_id, tx.vpc(&self.vpc_id)?);
        let group = tx.security_group(id)?;
        if tx.vpc(&group.vpc)?.default_security_group == *id {
            return Err(Error::invalid(format!("The default security group '{id}' cannot be associated with a VPC.")));
        }
        if vpc.is_default {
            return Err(Error::invalid(format!(
                "Security groups cannot be associated with the default VPC '{}'.",
                vpc.id
            )));
        }
        if group.is_usable_in(&vpc.id) {
            return Err(Error::new(
                "Resource.AlreadyAssociated",
                format!("The security group '{id}' is already associated with the VPC '{}'.", vpc.id),
            ));
        }
        tx.security_group_mut(id)?.associated_vpcs.insert(self.vpc_id);
        Ok(())
    }
}

impl Request for DisassociateSecurityGroupVpc {
    type Response = ();

    /// Rules of the VPC's groups that name the group stay, and match nobody: they are stale.
    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        let (id, vpc) = (&self.group_id, &tx.vpc(&self.vpc_id)?.id);
        if !tx.security_group(id)?.associated_vpcs.contains(vpc) {
            return Err(Error::new(
                "InvalidAssociationID.NotFound",
                format!("The security group '{id}' is not associated with the VPC '{vpc}'."),
            ));
        }
        let carries = |i: &&interface::NetworkInterface| i.vpc == *vpc && i.groups.contains(id);
        if let Some(interface) = tx.interfaces().find(carries) {
            return Err(Error::dependency(format!(
                "The association of security group '{id}' with VPC '{vpc}' has a dependent object: {}",
                interface.id
            )));
        }
        tx.security_group_mut(id)?.associated_vpcs.remove(&self.vpc_id);
        Ok(())
    }
}

impl Cloud {
    /// The rules of a group that name one which cannot be used in the group's VPC any more: it was disassociated from
    /// there, and may have been deleted since.
    pub fn stale_rules<'a>(&'a self, group: &'a SecurityGroup) -> impl Iterator<Item = &'a SecurityGroupRule> {
        group.rules.iter().filter(|rule| match &rule.peer {
            Peer::Group(id) => !self.security_groups.get(id).is_some_and(|named| named.is_usable_in(&group.vpc)),
            Peer::Ipv4(_) | Peer::Ipv6(_) | Peer::PrefixList(_) => false,
        })
    }
}
