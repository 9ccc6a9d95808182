//! Security groups (rows SG-1, SG-9).

use crate::error::{Error, Result};
use crate::request::{Request, request};
use crate::tag::check_tags;
use crate::{Cloud, Transaction};
use croft_model::group::{Direction, Peer, SecurityGroup, SecurityGroupRule};
use croft_model::protocol::{Ports, Protocol};
use croft_model::*;
use ipnet::{Ipv4Net, Ipv6Net};
use std::collections::BTreeSet;

request! {
    pub struct CreateSecurityGroup {
        pub group_name: String,
        pub description: String,
        /// The default VPC if absent.
        pub vpc_id: Option<VpcId>,
        #[serde(default)]
        pub tags: Tags,
    }

    pub struct DeleteSecurityGroup {
        pub group_id: SecurityGroupId,
    }
}

const DEFAULT_NAME: &str = "default";

impl Request for CreateSecurityGroup {
    type Response = SecurityGroup;

    fn run(self, tx: &mut Transaction<'_>) -> Result<SecurityGroup> {
        check_tags(&self.tags)?;
        check_text("GroupName", &self.group_name)?;
        check_text("GroupDescription", &self.description)?;
        if self.group_name == DEFAULT_NAME {
            return Err(Error::invalid_value(
                "GroupName",
                "default",
                "Cannot use reserved security group name: default",
            ));
        }
        if self.group_name.to_ascii_lowercase().starts_with("sg-") {
            return Err(Error::invalid_value(
                "GroupName",
                self.group_name,
                "Group names may not be in the format sg-*.",
            ));
        }
        let vpc = match self.vpc_id {
            Some(id) => tx.vpc(&id)?.id.clone(),
            None => tx.default_vpc()?.id.clone(),
        };
        let same_name = |g: &&SecurityGroup| g.vpc == vpc && g.name == self.group_name;
        if tx.security_groups().find(same_name).is_some() {
            return Err(Error::new(
                "InvalidGroup.Duplicate",
                format!("The security group '{}' already exists for VPC '{vpc}'", self.group_name),
            ));
        }
        insert(tx, vpc, self.group_name, self.description, self.tags, |_| vec![])
    }
}

/// The group that every VPC has: everything from itself in (row SG-1).
pub(crate) fn create_default(tx: &mut Transaction<'_>, vpc: &VpcId) -> Result<SecurityGroupId> {
    let from_itself = |id: &SecurityGroupId| vec![(Direction::Ingress, Peer::Group(id.clone()))];
    let description = "default VPC security group".to_string();
    Ok(insert(tx, vpc.clone(), DEFAULT_NAME.into(), description, Tags::new(), from_itself)?.id)
}

/// A new group lets everything out (row SG-1).
fn insert(
    tx: &mut Transaction<'_>,
    vpc: VpcId,
    name: String,
    description: String,
    tags: Tags,
    further: fn(&SecurityGroupId) -> Vec<(Direction, Peer)>,
) -> Result<SecurityGroup> {
    let quota = tx.quotas().security_groups_per_region;
    let have = tx.security_groups().count();
    tx.room_for_one("SecurityGroupLimitExceeded", "security groups", have, quota)?;
    let id = tx.fresh(|r| &r.security_groups, SecurityGroupId::from_bits);
    let mut rules = further(&id);
    rules.push((Direction::Egress, Peer::Ipv4(Ipv4Net::default())));
    // A new VPC's own group comes before the VPC.
    if tx.vpc(&vpc).is_ok_and(|v| !v.ipv6_cidr_blocks.is_empty()) {
        rules.push((Direction::Egress, Peer::Ipv6(Ipv6Net::default())));
    }
    let rule = |(direction, peer)| everything(tx, direction, peer);
    let rules = rules.into_iter().map(rule).collect();
    let associated_vpcs = BTreeSet::new();
    let group =
        SecurityGroup { id: id.clone(), scope: tx.scope.clone(), vpc, associated_vpcs, name, description, rules, tags };
    tx.cloud.security_groups.insert(id, group.clone());
    Ok(group)
}

fn everything(tx: &mut Transaction<'_>, direction: Direction, peer: Peer) -> SecurityGroupRule {
    SecurityGroupRule {
        id: SecurityGroupRuleId::from_bits(tx.bits.draw()),
        direction,
        protocol: Protocol::All,
        ports: Ports::All,
        peer,
        description: None,
        tags: Tags::new(),
    }
}

/// A default group whose rules nobody has changed lets IPv6 out from when its VPC has addresses of it.
pub(crate) fn allow_ipv6(tx: &mut Transaction<'_>, id: &SecurityGroupId) -> Result<()> {
    let rules = &tx.security_group(id)?.rules;
    let made = |r: &SecurityGroupRule| match r.direction {
        Direction::Ingress => r.peer == Peer::Group(id.clone()),
        Direction::Egress => r.peer == Peer::Ipv4(Ipv4Net::default()),
    };
    if rules.len() == 2 && rules.iter().all(|r| r.protocol == Protocol::All && made(r)) {
        let rule = everything(tx, Direction::Egress, Peer::Ipv6(Ipv6Net::default()));
        tx.security_group_mut(id)?.rules.push(rule);
    }
    Ok(())
}

fn check_text(parameter: &str, text: &str) -> Result<()> {
    let legal = |c: char| c.is_ascii_alphanumeric() || " ._-:/()#,@[]+=&;{}!$*".contains(c);
    if text.is_empty() || text.len() > 255 || !text.chars().all(legal) {
        let why = "It has 1 to 255 characters of a-z, A-Z, 0-9, spaces and ._-:/()#,@[]+=&;{}!$*. Choose another text.";
        return Err(Error::invalid_value(parameter, text, why));
    }
    Ok(())
}

/// The text of a rule's description, which may be empty.
pub(crate) fn check_rule_description(text: &str) -> Result<()> {
    match text.is_empty() {
        true => Ok(()),
        false => check_text("Description", text),
    }
}

impl Request for DeleteSecurityGroup {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        let id = &self.group_id;
        let group = tx.security_group(id)?;
        if tx.vpc(&group.vpc)?.default_security_group == *id {
            return Err(Error::new(
                "CannotDelete",
                format!("the specified group: \"{id}\" name: \"default\" cannot be deleted by a user"),
            ));
        }
        if let Some(by) = tx.cloud.user_of_group(group) {
            return Err(Error::dependency(format!("resource {id} has a dependent object: {by}")));
        }
        tx.cloud.security_groups.remove(id);
        Ok(())
    }
}

impl Cloud {
    /// A group by its name, which AWS takes for groups of the default VPC.
    pub fn security_group_named<'a>(&'a self, scope: &'a Scope, name: &str) -> Result<&'a SecurityGroup> {
        let vpc = &self.default_vpc(scope)?.id;
        self.security_groups_in(scope).find(|g| g.vpc == *vpc && g.name == name).ok_or_else(|| {
            Error::new(
                "InvalidGroup.NotFound",
                format!("The security group '{name}' does not exist in default VPC '{vpc}'"),
            )
        })
    }

    /// An interface that carries the group, a VPC that it is associated with, or another group of its VPC that refers
    /// to it (rows SG-9, SG-12).
    fn user_of_group(&self, group: &SecurityGroup) -> Option<String> {
        let id = &group.id;
        let interface = self.interfaces.values().find(|i| i.groups.contains(id)).map(|i| i.id.to_string());
        interface.or_else(|| group.associated_vpcs.first().map(VpcId::to_string)).or_else(|| {
            let refers = |g: &&SecurityGroup| {
                g.id != *id
                    && g.vpc == group.vpc
                    && g.rules.iter().any(|r| matches!(&r.peer, Peer::Group(other) if other == id))
            };
            self.security_groups.values().find(refers).map(|g| g.id.to_string())
        })
    }
}
