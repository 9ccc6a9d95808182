//! `AWS::EC2::SecurityGroupEgress`: one rule beside those of the group itself.
//!
//! As on AWS it takes away the rules that let everything out, which a group has from the start. When the last egress
//! rule goes, those come back: a group is then as if the resource had never been.

use super::security_group::default_egress;
use super::security_group_ingress::{Of, description};
use super::*;
use croft_control::{
    AuthorizeSecurityGroupEgress, IpPermission, RevokeSecurityGroupEgress, UpdateSecurityGroupRuleDescriptionsEgress,
};
use croft_model::group::{Direction, SecurityGroupRule};
use croft_model::{SecurityGroupId, SecurityGroupRuleId, Tags};

pub struct SecurityGroupEgress;

fn egress(cloud: &Cloud, group: &SecurityGroupId) -> Vec<SecurityGroupRule> {
    let rules = cloud.security_groups.get(group).map(|g| g.rules.as_slice()).unwrap_or_default();
    rules.iter().filter(|r| r.direction == Direction::Egress).cloned().collect()
}

/// What a group allows from the start.
fn default(cloud: &Cloud, group: &SecurityGroupId) -> Vec<IpPermission> {
    cloud.security_groups.get(group).map(|g| default_egress(cloud, &g.vpc)).unwrap_or_default()
}

fn allow<A: Account>(
    account: &mut A,
    group_id: SecurityGroupId,
    ip_permissions: Vec<IpPermission>,
    tags: Tags,
) -> Result<Vec<SecurityGroupRule>, Failure> {
    Ok(account.run(AuthorizeSecurityGroupEgress { group_id, ip_permissions, tags })?)
}

fn revoke<A: Account>(
    account: &mut A,
    group_id: SecurityGroupId,
    security_group_rule_ids: Vec<SecurityGroupRuleId>,
) -> Result<(), Failure> {
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
        let cloud = account.cloud();
        let group_id = new.read::<Of>()?.group(&cloud)?;
        let permission = new.read::<rule::Rule>()?.permission(&cloud)?;
        let default = default(&cloud, &group_id);
        // A rule that a resource of some stack made bears tags, and stays.
        let stands: Vec<SecurityGroupRule> = egress(&cloud, &group_id)
            .into_iter()
            .filter(|r| r.tags.is_empty() && default.iter().any(|d| d.protocol == r.protocol && d.peer == r.peer))
            .collect();
        if !stands.is_empty() {
            revoke(account, group_id.clone(), stands.iter().map(|r| r.id.clone()).collect())?;
        }
        match allow(account, group_id.clone(), vec![permission], new.tags()) {
            Ok(rules) => {
                let rule = rules.first().ok_or_else(|| Failure::Settling("no rule was made".to_string()))?;
                Ok(rule.id.to_string())
            }
            Err(failure) => {
                if !stands.is_empty() {
                    allow(account, group_id, stands.iter().map(rule::permission_of).collect(), Tags::new())?;
                }
                Err(failure)
            }
        }
    }

    fn update<A: Account>(account: &mut A, id: &str, _: &Map<String, Json>, new: &New) -> Result<String, Failure> {
        let group_id = new.read::<Of>()?.group(&account.cloud())?;
        let security_group_rule_descriptions = description(id, new)?;
        account.run(UpdateSecurityGroupRuleDescriptionsEgress {
            group_id,
            ip_permissions: Vec::new(),
            security_group_rule_descriptions,
        })?;
        Ok(id.to_string())
    }

    fn delete<A: Account>(account: &mut A, id: &str, _: &Map<String, Json>) -> Result<(), Failure> {
        let cloud = account.cloud();
        let Some((group, _)) = rule::find(&cloud, id) else { return Ok(()) };
        revoke(account, group.id.clone(), vec![id.parse()?])?;
        if egress(&account.cloud(), &group.id).is_empty() {
            allow(account, group.id.clone(), default(&cloud, &group.id), Tags::new())?;
        }
        Ok(())
    }

    fn live(cloud: &Cloud, id: &str, properties: &Map<String, Json>) -> Option<Map<String, Json>> {
        rule::live(cloud, id, properties)
    }

    fn attribute(_: &Cloud, id: &str, name: &str) -> Option<Known> {
        (name == "Id").then(|| Known::Text(id.to_string()))
    }
}
