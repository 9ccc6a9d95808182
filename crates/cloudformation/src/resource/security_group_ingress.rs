//! `AWS::EC2::SecurityGroupIngress`: one rule beside those of the group itself.

use super::*;
use croft_control::{
    AuthorizeSecurityGroupIngress, RevokeSecurityGroupIngress, SecurityGroupRuleDescription,
    UpdateSecurityGroupRuleDescriptionsIngress,
};
use croft_model::{SecurityGroupId, SecurityGroupRuleId};
use serde::Deserialize;

pub struct SecurityGroupIngress;

/// The group that a rule is of.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Of {
    group_id: Option<SecurityGroupId>,
    /// Of the default VPC.
    group_name: Option<String>,
}

impl Of {
    pub fn group(self, cloud: &Cloud) -> Result<SecurityGroupId, Failure> {
        match (self.group_id, self.group_name) {
            (Some(id), _) => Ok(id),
            (None, Some(name)) => Ok(group_name::find(cloud, &name)?.id.clone()),
            (None, None) => Err(Failure::Properties("neither GroupId nor GroupName is given".to_string())),
        }
    }
}

/// What there is to change of a rule in place: its description. None of its properties else.
pub(super) fn description(id: &str, new: &New) -> Result<Vec<SecurityGroupRuleDescription>, Failure> {
    let description = new.properties.get("Description").and_then(Json::as_str).map(str::to_string);
    Ok(vec![SecurityGroupRuleDescription { security_group_rule_id: id.parse()?, description }])
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
        let cloud = account.cloud();
        let group_id = new.read::<Of>()?.group(&cloud)?;
        let ip_permissions = vec![new.read::<rule::Rule>()?.permission(&cloud)?];
        let rules = account.run(AuthorizeSecurityGroupIngress { group_id, ip_permissions, tags: new.tags() })?;
        let rule = rules.first().ok_or_else(|| Failure::Settling("no rule was made".to_string()))?;
        Ok(rule.id.to_string())
    }

    fn update<A: Account>(account: &mut A, id: &str, _: &Map<String, Json>, new: &New) -> Result<String, Failure> {
        let group_id = new.read::<Of>()?.group(&account.cloud())?;
        let security_group_rule_descriptions = description(id, new)?;
        account.run(UpdateSecurityGroupRuleDescriptionsIngress {
            group_id,
            ip_permissions: Vec::new(),
            security_group_rule_descriptions,
        })?;
        Ok(id.to_string())
    }

    fn delete<A: Account>(account: &mut A, id: &str, _: &Map<String, Json>) -> Result<(), Failure> {
        let rule: SecurityGroupRuleId = id.parse()?;
        let Some(group_id) = rule::find(&account.cloud(), id).map(|(group, _)| group.id.clone()) else { return Ok(()) };
        let security_group_rule_ids = vec![rule];
        account.run(RevokeSecurityGroupIngress { group_id, ip_permissions: Vec::new(), security_group_rule_ids })?;
        Ok(())
    }

    fn live(cloud: &Cloud, id: &str, properties: &Map<String, Json>) -> Option<Map<String, Json>> {
        rule::live(cloud, id, properties)
    }

    fn attribute(_: &Cloud, id: &str, name: &str) -> Option<Known> {
        (name == "Id").then(|| Known::Text(id.to_string()))
    }
}
