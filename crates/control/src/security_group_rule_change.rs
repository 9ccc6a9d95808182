//! Changes of rules of security groups that keep their identifiers.

use crate::Transaction;
use crate::error::{Error, Identified, Result};
use crate::request::{Request, request};
use crate::security_group::check_rule_description;
use crate::security_group_rule::{IpPermission, Match, check_peer, check_rule_quota, duplicate, no_such_rule};
use croft_model::group::{Direction, SecurityGroupRule};
use croft_model::*;
use std::mem::discriminant;

request! {
    /// What a rule allows from now on. The kind of its peer stays; a description that is not given is taken off.
    pub struct SecurityGroupRuleUpdate {
        pub security_group_rule_id: SecurityGroupRuleId,
        pub permission: IpPermission,
    }

    pub struct ModifySecurityGroupRules {
        pub group_id: SecurityGroupId,
        pub security_group_rules: Vec<SecurityGroupRuleUpdate>,
    }

    pub struct SecurityGroupRuleDescription {
        pub security_group_rule_id: SecurityGroupRuleId,
        /// None takes it off.
        pub description: Option<String>,
    }

    /// By what they allow, with the new descriptions in the permissions, or by their identifiers.
    pub struct UpdateSecurityGroupRuleDescriptionsIngress {
        pub group_id: SecurityGroupId,
        #[serde(default)]
        pub ip_permissions: Vec<IpPermission>,
        #[serde(default)]
        pub security_group_rule_descriptions: Vec<SecurityGroupRuleDescription>,
    }

    /// By what they allow, with the new descriptions in the permissions, or by their identifiers.
    pub struct UpdateSecurityGroupRuleDescriptionsEgress {
        pub group_id: SecurityGroupId,
        #[serde(default)]
        pub ip_permissions: Vec<IpPermission>,
        #[serde(default)]
        pub security_group_rule_descriptions: Vec<SecurityGroupRuleDescription>,
    }
}

impl Request for ModifySecurityGroupRules {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        let id = &self.group_id;
        let group = tx.security_group(id)?;
        if self.security_group_rules.is_empty() {
            return Err(Error::missing("SecurityGroupRules"));
        }
        let mut rules = group.rules.clone();
        for SecurityGroupRuleUpdate { security_group_rule_id, permission } in self.security_group_rules {
            check_peer(tx, group, &permission.peer)?;
            check_rule_description(permission.description.as_deref().unwrap_or_default())?;
            let rule = find(&mut rules, &security_group_rule_id)?;
            if discriminant(&rule.peer) != discriminant(&permission.peer) {
                return Err(Error::invalid(format!(
                    "The source or destination type of the security group rule {security_group_rule_id} cannot be changed."
                )));
            }
            let Match { protocol, ports, peer } = Match::of_permission(&permission)?;
            (rule.protocol, rule.ports, rule.peer, rule.description) = (protocol, ports, peer, permission.description);
        }
        // Only now: two rules may have changed places.
        for (n, rule) in rules.iter().enumerate() {
            let what = Match::of_rule(rule);
            let same = |r: &&SecurityGroupRule| r.direction == rule.direction && Match::of_rule(r) == what;
            if rules.iter().skip(n + 1).find(same).is_some() {
                return Err(duplicate(&what));
            }
        }
        tx.security_group_mut(id)?.rules = rules;
        check_rule_quota(&tx.cloud, tx.security_group(id)?)
    }
}

impl Request for UpdateSecurityGroupRuleDescriptionsIngress {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        describe(tx, Direction::Ingress, self.group_id, self.ip_permissions, self.security_group_rule_descriptions)
    }
}

impl Request for UpdateSecurityGroupRuleDescriptionsEgress {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        describe(tx, Direction::Egress, self.group_id, self.ip_permissions, self.security_group_rule_descriptions)
    }
}

fn describe(
    tx: &mut Transaction<'_>,
    direction: Direction,
    id: SecurityGroupId,
    permissions: Vec<IpPermission>,
    descriptions: Vec<SecurityGroupRuleDescription>,
) -> Result<()> {
    let group = tx.security_group_mut(&id)?;
    if permissions.is_empty() && descriptions.is_empty() {
        return Err(Error::missing("ipPermissions"));
    }
    for SecurityGroupRuleDescription { security_group_rule_id, description } in descriptions {
        check_rule_description(description.as_deref().unwrap_or_default())?;
        let rule = find(&mut group.rules, &security_group_rule_id)?;
        if rule.direction != direction {
            return Err(security_group_rule_id.not_found());
        }
        rule.description = description;
    }
    for permission in permissions {
        check_rule_description(permission.description.as_deref().unwrap_or_default())?;
        let what = Match::of_permission(&permission)?;
        let mut rules = group.rules.iter_mut();
        let rule = rules.find(|r| r.direction == direction && Match::of_rule(r) == what);
        rule.ok_or_else(|| no_such_rule(&what, &id))?.description = permission.description;
    }
    Ok(())
}

fn find<'a>(rules: &'a mut [SecurityGroupRule], id: &SecurityGroupRuleId) -> Result<&'a mut SecurityGroupRule> {
    rules.iter_mut().find(|r| r.id == *id).ok_or_else(|| id.not_found())
}
