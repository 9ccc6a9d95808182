//! Security groups and network ACLs.

use super::Draw;
use croft_control::*;
use croft_model::SecurityGroupId;
use croft_model::group::Direction;

impl Draw {
    pub(super) fn named_filter(&mut self, name: &str, cloud: &Cloud) -> Command {
        let group_id = self.id(&cloud.security_groups, "sg");
        match name {
            "CreateSecurityGroup" => CreateSecurityGroup {
                group_name: format!("g{}", self.below(6)),
                description: "d".into(),
                vpc_id: self.maybe(90, |d| d.id(&cloud.vpcs, "vpc")),
                tags: self.tags(),
            }
            .into(),
            "DeleteSecurityGroup" => DeleteSecurityGroup { group_id }.into(),
            "AssociateSecurityGroupVpc" => {
                AssociateSecurityGroupVpc { group_id, vpc_id: self.id(&cloud.vpcs, "vpc") }.into()
            }
            "DisassociateSecurityGroupVpc" => {
                let all: Vec<_> = cloud
                    .security_groups
                    .values()
                    .flat_map(|g| g.associated_vpcs.iter().map(|vpc| (g.id.clone(), vpc.clone())))
                    .collect();
                let (group_id, vpc_id) = self.one(&all).unwrap_or((group_id, self.id(&cloud.vpcs, "vpc")));
                DisassociateSecurityGroupVpc { group_id, vpc_id }.into()
            }
            "AuthorizeSecurityGroupIngress" => {
                AuthorizeSecurityGroupIngress { group_id, ip_permissions: self.permissions(cloud), tags: self.tags() }
                    .into()
            }
            "AuthorizeSecurityGroupEgress" => {
                AuthorizeSecurityGroupEgress { group_id, ip_permissions: self.permissions(cloud), tags: self.tags() }
                    .into()
            }
            "RevokeSecurityGroupIngress" => RevokeSecurityGroupIngress {
                ip_permissions: self.known(cloud, &group_id, Direction::Ingress),
                group_id,
                security_group_rule_ids: self.some(1, |_| "sgr-0".parse().unwrap()),
            }
            .into(),
            "RevokeSecurityGroupEgress" => RevokeSecurityGroupEgress {
                ip_permissions: self.known(cloud, &group_id, Direction::Egress),
                group_id,
                security_group_rule_ids: vec![],
            }
            .into(),
            "ModifySecurityGroupRules" => {
                let rules = cloud.security_groups.get(&group_id).map(|g| g.rules.clone()).unwrap_or_default();
                let update = |d: &mut Self| {
                    let (protocol, ports) = d.protocol();
                    let rule = d.one(&rules);
                    let peer = rule.as_ref().filter(|_| d.often(60)).map(|r| r.peer.clone());
                    let peer = peer.unwrap_or_else(|| d.peer(cloud));
                    SecurityGroupRuleUpdate {
                        security_group_rule_id: rule.map_or_else(|| "sgr-0".parse().unwrap(), |r| r.id),
                        permission: IpPermission { protocol, ports, peer, description: d.maybe(30, |_| "m".into()) },
                    }
                };
                let security_group_rules = self.some(2, update);
                ModifySecurityGroupRules { group_id, security_group_rules }.into()
            }
            "UpdateSecurityGroupRuleDescriptionsIngress" => UpdateSecurityGroupRuleDescriptionsIngress {
                ip_permissions: self.described(cloud, &group_id, Direction::Ingress),
                security_group_rule_descriptions: self.descriptions(cloud, &group_id),
                group_id,
            }
            .into(),
            "UpdateSecurityGroupRuleDescriptionsEgress" => UpdateSecurityGroupRuleDescriptionsEgress {
                ip_permissions: self.described(cloud, &group_id, Direction::Egress),
                security_group_rule_descriptions: self.descriptions(cloud, &group_id),
                group_id,
            }
            .into(),
            "CreateNetworkAcl" => CreateNetworkAcl { vpc_id: self.id(&cloud.vpcs, "vpc"), tags: self.tags() }.into(),
            "DeleteNetworkAcl" => DeleteNetworkAcl { network_acl_id: self.id(&cloud.network_acls, "acl") }.into(),
            "CreateNetworkAclEntry" => {
                CreateNetworkAclEntry { network_acl_id: self.id(&cloud.network_acls, "acl"), entry: self.acl_entry() }
                    .into()
            }
            "ReplaceNetworkAclEntry" => {
                ReplaceNetworkAclEntry { network_acl_id: self.id(&cloud.network_acls, "acl"), entry: self.acl_entry() }
                    .into()
            }
            "DeleteNetworkAclEntry" => DeleteNetworkAclEntry {
                network_acl_id: self.id(&cloud.network_acls, "acl"),
                rule_number: self.below(6) as u16 * 100,
                direction: self.direction(),
            }
            .into(),
            "ReplaceNetworkAclAssociation" => {
                let all: Vec<_> = cloud.subnets.values().map(|s| s.network_acl.0.clone()).collect();
                let association = self.one(&all).unwrap_or_else(|| "aclassoc-0".parse().unwrap());
                ReplaceNetworkAclAssociation {
                    association_id: association,
                    network_acl_id: self.id(&cloud.network_acls, "acl"),
                }
                .into()
            }
            _ => self.named_compute(name, cloud),
        }
    }

    fn described(&mut self, cloud: &Cloud, group: &SecurityGroupId, direction: Direction) -> Vec<IpPermission> {
        let mut permissions = if self.often(70) { self.known(cloud, group, direction) } else { vec![] };
        for permission in &mut permissions {
            permission.description = self.maybe(70, |d| format!("d{}", d.below(3)));
        }
        permissions
    }

    fn descriptions(&mut self, cloud: &Cloud, group: &SecurityGroupId) -> Vec<SecurityGroupRuleDescription> {
        let rules = cloud.security_groups.get(group).map(|g| g.rules.clone()).unwrap_or_default();
        let one = |d: &mut Self| SecurityGroupRuleDescription {
            security_group_rule_id: d.one(&rules).map_or_else(|| "sgr-0".parse().unwrap(), |r| r.id),
            description: d.maybe(50, |_| "by id".into()),
        };
        self.some(1, one)
    }
}
