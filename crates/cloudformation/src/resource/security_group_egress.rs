//! `AWS::EC2::SecurityGroupEgress`: one rule beside those of the group itself.
//!
//! As on AWS it takes away the rule that lets everything out, which a group has from the start. When the last egress
//! rule goes, that rule comes back: a group is then as if the resource had never been.

use super::security_group::default_egress;
use super::security_group_ingress::Of;
use super::*;
use croft_control::{AuthorizeSecurityGroupEgress, RevokeSecurityGroupEgress};
use croft_model::group::{Direction, SecurityGroupRule};
use croft_model::{SecurityGroupId, SecurityGroupRuleId};

pub struct SecurityGroupEgress;

fn egress(cloud: &Cloud, group: &SecurityGroupId) -> Vec<SecurityGroupRule> {
    let rules = cloud.security_groups.get(group).map(|g| g.rules.as_slice()).unwrap_or_default();
    rules.iter().filter(|r| r.direction == Direction::Egress).cloned().collect()
}

fn allow<A: Account>(account: &mut A, group_id: SecurityGroupId, new: Option<&New>) -> Result<String, Failure> {
    let (permission, tags) = match new {
        Some(new) => (new.read::<rule::Rule>()?.permission()?, new.tags()),
        None => (default_egress(), croft_model::Tags::new()),
    };
    let rules = account.run(AuthorizeSecurityGroupEgress { group_id, ip_permissions: vec![permission], tags })?;
    let rule = rules.first().ok_or_else(|| Failure::Settling("no rule was made".to_string()))?;
    Ok(rule.id.to_string())
}

fn revoke<A: Account>(account: &mut A, group_id: SecurityGroupId, rule: SecurityGroupRuleId) -> Result<(), Failure> {
    let security_group_rule_ids = vec![rule];
    account.run(RevokeSecurityGroupEgress { group_id, ip_permissions: Vec::new(), security_group_rule_ids })?;
    Ok(())
}

impl Handler for SecurityGroupEgress {
    const TYPE: ResourceType = ResourceType {
        name: "AWS::EC2::SecurityGroupEgress",
        shape: rule::STANDALONE_EGRESS,
        attributes: &["Id"],
        refused_attributes: &[],
        which: Which::SecurityGroupEgress,
    };

    fn check(properties: &Map<String, Json>) -> Vec<Wrong> {
        rule::check(properties).map(|wrong| ("IpProtocol", wrong)).into_iter().collect()
    }

    fn create<A: Account>(account: &mut A, new: &New) -> Result<String, Failure> {
        let Of { group_id } = new.read()?;
        let default = default_egress();
        // A rule that a resource of some stack made bears tags, and stays.
        let stands = egress(&account.cloud(), &group_id)
            .into_iter()
            .find(|r| r.tags.is_empty() && r.protocol == default.protocol && r.peer == default.peer);
        if let Some(stands) = &stands {
            revoke(account, group_id.clone(), stands.id.clone())?;
        }
        allow(account, group_id.clone(), Some(new)).or_else(|failure| {
            if stands.is_some() {
                allow(account, group_id, None)?;
            }
            Err(failure)
        })
    }

    fn update<A: Account>(_: &mut A, id: &str, _: &Map<String, Json>, _: &New) -> Result<String, Failure> {
        Ok(id.to_string())
    }

    fn delete<A: Account>(account: &mut A, id: &str, properties: &Map<String, Json>) -> Result<(), Failure> {
        let Of { group_id } = read(properties)?;
        revoke(account, group_id.clone(), id.parse()?)?;
        if egress(&account.cloud(), &group_id).is_empty() {
            allow(account, group_id, None)?;
        }
        Ok(())
    }

    fn attribute(_: &Cloud, id: &str, name: &str) -> Option<Known> {
        (name == "Id").then(|| Known::Text(id.to_string()))
    }
}
