//! Tags.

use crate::error::{Error, Identified, Result};
use crate::request::{Request, request};
use crate::{Cloud, Transaction};
use croft_model::*;
use std::collections::BTreeMap;

request! {
    pub struct CreateTags {
        /// Of any kind that bears tags.
        pub resource_ids: Vec<String>,
        pub tags: Tags,
    }

    /// A key with a value is taken off only where it has that value. No keys at all: all tags but AWS's own.
    pub struct DeleteTags {
        pub resource_ids: Vec<String>,
        pub tags: BTreeMap<String, Option<String>>,
    }
}

const MOST_TAGS: usize = 50;
const LONGEST_KEY: usize = 128;
const LONGEST_VALUE: usize = 256;

/// What stacks and launch templates write down, which does not count; every other key in `aws:` is AWS's.
const MARKS: [&str; 2] = ["aws:cloudformation:", "aws:ec2launchtemplate:"];

pub(crate) fn is_mark(key: &str) -> bool {
    MARKS.iter().any(|mark| key.starts_with(mark))
}

/// XML, in which the tags are told again, has no way to write the others.
fn is_writable(text: &str) -> bool {
    let control = |c: char| c < ' ' && !matches!(c, '\t' | '\n' | '\r');
    !text.contains(|c| control(c) || matches!(c, '\u{fffe}' | '\u{ffff}'))
}

pub(crate) fn check_tags(tags: &Tags) -> Result<()> {
    for (key, value) in tags {
        if key.is_empty() || key.chars().count() > LONGEST_KEY {
            return Err(Error::invalid(format!(
                "Tag key '{key}' is invalid. A key has 1 to {LONGEST_KEY} characters."
            )));
        }
        if !is_writable(key) || !is_writable(value) {
            return Err(Error::invalid(format!(
                "The tag {key:?} with the value {value:?} is invalid. Control characters are not allowed."
            )));
        }
        if value.chars().count() > LONGEST_VALUE {
            return Err(Error::invalid(format!(
                "Tag value of '{key}' is invalid. A value has at most {LONGEST_VALUE} characters."
            )));
        }
        if key.starts_with("aws:") && !is_mark(key) {
            return Err(Error::invalid(format!(
                "Tag keys starting with 'aws:' are reserved for internal use: '{key}'"
            )));
        }
    }
    match tags.keys().filter(|k| !is_mark(k)).count() > MOST_TAGS {
        true => Err(Error::new("TagLimitExceeded", "The maximum number of Tags for a resource has been reached.")),
        false => Ok(()),
    }
}

impl Request for CreateTags {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        for id in &self.resource_ids {
            let tags = tags_of(tx, id)?;
            tags.extend(self.tags.clone());
            check_tags(tags)?;
        }
        Ok(())
    }
}

impl Request for DeleteTags {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        for id in &self.resource_ids {
            let tags = tags_of(tx, id)?;
            if self.tags.is_empty() {
                tags.retain(|key, _| is_mark(key));
            }
            tags.retain(|key, value| match self.tags.get(key) {
                Some(Some(only)) => value != only,
                Some(None) => false,
                None => true,
            });
        }
        Ok(())
    }
}

/// A tag of a resource, as a list of all tags shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagDescription {
    pub resource_id: String,
    /// AWS's name of the kind, such as `internet-gateway`.
    pub resource_type: &'static str,
    pub key: String,
    pub value: String,
}

macro_rules! tagged { ($($type:ident in $field:ident: $name:literal,)*) => {
    fn tags_of<'a>(tx: &'a mut Transaction<'_>, id: &str) -> Result<&'a mut Tags> {
        let Transaction { cloud, scope, .. } = tx;
        let unknown = || Error::new("InvalidID", format!("The ID '{id}' is not valid"));
        $(if let Ok(id) = id.parse::<$type>() {
            let found = cloud.$field.get_mut(&id).filter(|r| r.scope == *scope);
            return found.map(|r| &mut r.tags).ok_or_else(|| id.not_found());
        })*
        let rule: SecurityGroupRuleId = id.parse().map_err(|_| unknown())?;
        let group = cloud.security_groups_in(scope).find(|g| g.rules.iter().any(|r| r.id == rule));
        let group = group.map(|g| g.id.clone()).and_then(|id| cloud.security_groups.get_mut(&id));
        let found = group.and_then(|g| g.rules.iter_mut().find(|r| r.id == rule));
        found.map(|r| &mut r.tags).ok_or_else(|| rule.not_found())
    }

    impl Cloud {
        /// Every tag of every resource of a scope.
        pub fn tags_in(&self, scope: &Scope) -> Vec<TagDescription> {
            let mut all = Vec::new();
            let mut add = |id: &str, resource_type: &'static str, tags: &Tags| {
                all.extend(tags.iter().map(|(key, value)| TagDescription {
                    resource_id: id.to_string(),
                    resource_type,
                    key: key.clone(),
                    value: value.clone(),
                }));
            };
            $(for resource in self.$field.values().filter(|r| r.scope == *scope) {
                add(resource.id.as_str(), $name, &resource.tags);
            })*
            for group in self.security_groups_in(scope) {
                group.rules.iter().for_each(|rule| add(rule.id.as_str(), "security-group-rule", &rule.tags));
            }
            all
        }
    }
} }

tagged! {
    VpcId in vpcs: "vpc",
    SubnetId in subnets: "subnet",
    SubnetCidrReservationId in subnet_cidr_reservations: "subnet-cidr-reservation",
    DhcpOptionsId in dhcp_options_sets: "dhcp-options",
    BlockPublicAccessExclusionId in block_public_access_exclusions: "vpc-block-public-access-exclusion",
    InternetGatewayId in internet_gateways: "internet-gateway",
    EgressOnlyInternetGatewayId in egress_only_internet_gateways: "egress-only-internet-gateway",
    NatGatewayId in nat_gateways: "natgateway",
    AllocationId in addresses: "elastic-ip",
    RouteTableId in route_tables: "route-table",
    SecurityGroupId in security_groups: "security-group",
    NetworkAclId in network_acls: "network-acl",
    NetworkInterfaceId in interfaces: "network-interface",
    InstanceId in instances: "instance",
    VolumeId in volumes: "volume",
    KeyPairId in key_pairs: "key-pair",
    LaunchTemplateId in launch_templates: "launch-template",
    PrefixListId in prefix_lists: "prefix-list",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_has_no_character_that_cannot_be_told_again() {
        let refused = |key: &str, value: &str| check_tags(&Tags::from([(key.to_string(), value.to_string())])).is_err();
        assert!(refused("a\0b", "c"));
        assert!(refused("a", "\u{1b}[0m"));
        assert!(refused("a", "\u{ffff}"));
        assert!(!refused("a", "two\nlines\tand 日本 <&>"));
    }
}
