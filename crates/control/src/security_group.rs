//! Security groups (rows SG-1, SG-9).

use crate::error::{Error, Result};
use crate::request::{Request, request};
use crate::tag::check_tags;
use crate::{Cloud, Transaction};
use croft_model::group::{Direction, Peer, SecurityGroup, SecurityGroupRule};
use croft_model::protocol::{Ports, Protocol};
use croft_model::*;
use ipnet::Ipv4Net;

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
            None => tx.cloud.default_vpc()?.id.clone(),
        };
        let same_name = |g: &&SecurityGroup| g.vpc == vpc && g.name == self.group_name;
        if tx.cloud.security_groups.values().find(same_name).is_some() {
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
    let quota = tx.cloud.quotas.security_groups_per_region;
    let have = tx.cloud.security_groups.len();
    tx.room_for_one("SecurityGroupLimitExceeded", "security groups", have, quota)?;
    let id = tx.fresh(|r| &r.security_groups, SecurityGroupId::from_bits);
    let mut rules = further(&id);
    rules.push((Direction::Egress, Peer::Ipv4(Ipv4Net::default())));
    let rule = |(direction, peer)| SecurityGroupRule {
        id: SecurityGroupRuleId::from_bits(tx.bits.draw()),
        direction,
        protocol: Protocol::All,
        ports: Ports::All,
        peer,
        description: None,
        tags: Tags::new(),
    };
    let rules = rules.into_iter().map(rule).collect();
    let group = SecurityGroup { id: id.clone(), vpc, name, description, rules, tags };
    tx.cloud.security_groups.insert(id, group.clone());
    Ok(group)
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
        if let Some(by) = tx.cloud.user_of_group(id) {
            return Err(Error::dependency(format!("resource {id} has a dependent object: {by}")));
        }
        tx.cloud.security_groups.remove(id);
        Ok(())
    }
}

impl Cloud {
    /// An interface that carries the group, or another group that refers to it (row SG-9).
    fn user_of_group(&self, id: &SecurityGroupId) -> Option<String> {
        let interface = self.interfaces.values().find(|i| i.groups.contains(id)).map(|i| i.id.to_string());
        interface.or_else(|| {
            let refers = |g: &&SecurityGroup| {
                g.id != *id && g.rules.iter().any(|r| matches!(&r.peer, Peer::Group(other) if other == id))
            };
            self.security_groups.values().find(refers).map(|g| g.id.to_string())
        })
    }
}
