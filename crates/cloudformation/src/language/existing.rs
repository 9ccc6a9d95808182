//! What is there in an account and region of what a parameter can name.

use super::parameter_type::Of;
use croft_control::Cloud;
use croft_model::Scope;

/// Names or identifiers of what is there. None: anything is taken.
pub fn of(kind: Of, cloud: &Cloud, scope: &Scope) -> Option<Vec<String>> {
    Some(match kind {
        Of::Text | Of::Number | Of::Image | Of::StoredName => return None,
        Of::AvailabilityZone => cloud.zones_of(&scope.region),
        Of::Instance => cloud.instances_in(scope).map(|i| i.id.to_string()).collect(),
        Of::KeyPair => cloud.key_pairs_in(scope).map(|k| k.name.clone()).collect(),
        Of::SecurityGroup => cloud.security_groups_in(scope).map(|g| g.id.to_string()).collect(),
        Of::SecurityGroupName => cloud.security_groups_in(scope).map(|g| g.name.clone()).collect(),
        Of::Subnet => cloud.subnets_in(scope).map(|s| s.id.to_string()).collect(),
        Of::Volume => cloud.volumes_in(scope).map(|v| v.id.to_string()).collect(),
        Of::Vpc => cloud.vpcs_in(scope).map(|v| v.id.to_string()).collect(),
        Of::HostedZone => Vec::new(),
    })
}

/// An attribute that rules may ask for. `None`: there is no such attribute, or nothing of that name.
pub fn attribute(kind: Of, name: &str, attribute: &str, cloud: &Cloud, scope: &Scope) -> Option<String> {
    let tag = attribute.strip_prefix("Tags.");
    match kind {
        Of::Vpc => {
            let vpc = cloud.vpcs_in(scope).find(|v| v.id.to_string() == name)?;
            match (attribute, tag) {
                (_, Some(tag)) => vpc.tags.get(tag).cloned(),
                ("DefaultNetworkAcl", _) => Some(vpc.default_network_acl.to_string()),
                ("DefaultSecurityGroup", _) => Some(vpc.default_security_group.to_string()),
                _ => None,
            }
        }
        Of::Subnet => {
            let subnet = cloud.subnets_in(scope).find(|s| s.id.to_string() == name)?;
            match (attribute, tag) {
                (_, Some(tag)) => subnet.tags.get(tag).cloned(),
                ("AvailabilityZone", _) => Some(subnet.zone.clone()),
                ("VpcId", _) => Some(subnet.vpc.to_string()),
                _ => None,
            }
        }
        Of::SecurityGroup => {
            let group = cloud.security_groups_in(scope).find(|g| g.id.to_string() == name)?;
            group.tags.get(tag?).cloned()
        }
        _ => None,
    }
}

/// Attributes that rules may ask for, for messages; tags besides.
pub fn attributes(kind: Of) -> &'static [&'static str] {
    match kind {
        Of::Vpc => &["DefaultNetworkAcl", "DefaultSecurityGroup", "Tags.Key"],
        Of::Subnet => &["AvailabilityZone", "Tags.Key", "VpcId"],
        Of::SecurityGroup => &["Tags.Key"],
        _ => &[],
    }
}
