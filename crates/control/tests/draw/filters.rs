//! Security groups and network ACLs.

use super::Draw;
use croft_control::*;
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
}
