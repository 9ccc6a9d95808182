//! `AWS::EC2::SecurityGroupIngress`: one rule beside those of the group itself.

use super::*;
use croft_control::{AuthorizeSecurityGroupIngress, RevokeSecurityGroupIngress};
use croft_model::{SecurityGroupId, SecurityGroupRuleId};
use serde::Deserialize;

pub struct SecurityGroupIngress;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Of {
    pub group_id: SecurityGroupId,
}

impl Handler for SecurityGroupIngress {
    const TYPE: ResourceType = ResourceType {
        name: "AWS::EC2::SecurityGroupIngress",
        shape: rule::STANDALONE_INGRESS,
        attributes: &["Id"],
        refused_attributes: &[],
        which: Which::SecurityGroupIngress,
    };

    fn check(properties: &Map<String, Json>) -> Vec<Wrong> {
        rule::check(properties).map(|wrong| ("IpProtocol", wrong)).into_iter().collect()
    }

    fn create<A: Account>(account: &mut A, new: &New) -> Result<String, Failure> {
        let Of { group_id } = new.read()?;
        let ip_permissions = vec![new.read::<rule::Rule>()?.permission()?];
        let rules = account.run(AuthorizeSecurityGroupIngress { group_id, ip_permissions, tags: new.tags() })?;
        let rule = rules.first().ok_or_else(|| Failure::Settling("no rule was made".to_string()))?;
        Ok(rule.id.to_string())
    }

    fn update<A: Account>(_: &mut A, id: &str, _: &Map<String, Json>, _: &New) -> Result<String, Failure> {
        Ok(id.to_string())
    }

    fn delete<A: Account>(account: &mut A, id: &str, properties: &Map<String, Json>) -> Result<(), Failure> {
        let Of { group_id } = read(properties)?;
        let rule: SecurityGroupRuleId = id.parse()?;
        let security_group_rule_ids = vec![rule];
        account.run(RevokeSecurityGroupIngress { group_id, ip_permissions: Vec::new(), security_group_rule_ids })?;
        Ok(())
    }

    fn attribute(_: &Cloud, id: &str, name: &str) -> Option<Known> {
        (name == "Id").then(|| Known::Text(id.to_string()))
    }
}
