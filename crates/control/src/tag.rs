//! Tags.

use crate::error::{Error, Result};
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

    /// A key with a value is taken off only where it has that value.
    pub struct DeleteTags {
        pub resource_ids: Vec<String>,
        pub tags: BTreeMap<String, Option<String>>,
    }
}

const MOST_TAGS: usize = 50;
const LONGEST_KEY: usize = 128;
const LONGEST_VALUE: usize = 256;

/// The template engine's own marks, which do not count; every other key in `aws:` is AWS's.
const STACK_MARK: &str = "aws:cloudformation:";

pub(crate) fn check_tags(tags: &Tags) -> Result<()> {
    for (key, value) in tags {
        if key.is_empty() || key.chars().count() > LONGEST_KEY {
            return Err(Error::invalid(format!(
                "Tag key '{key}' is invalid. A key has 1 to {LONGEST_KEY} characters."
            )));
        }
        if value.chars().count() > LONGEST_VALUE {
            return Err(Error::invalid(format!(
                "Tag value of '{key}' is invalid. A value has at most {LONGEST_VALUE} characters."
            )));
        }
        if key.starts_with("aws:") && !key.starts_with(STACK_MARK) {
            return Err(Error::invalid(format!(
                "Tag keys starting with 'aws:' are reserved for internal use: '{key}'"
            )));
        }
    }
    match tags.keys().filter(|k| !k.starts_with(STACK_MARK)).count() > MOST_TAGS {
        true => Err(Error::new("TagLimitExceeded", "The maximum number of Tags for a resource has been reached.")),
        false => Ok(()),
    }
}

impl Request for CreateTags {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        for id in &self.resource_ids {
            let tags = tags_of(&mut tx.cloud, id)?;
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
            let tags = tags_of(&mut tx.cloud, id)?;
            tags.retain(|key, value| match self.tags.get(key) {
                Some(Some(only)) => value != only,
                Some(None) => false,
                None => true,
            });
        }
        Ok(())
    }
}

fn tags_of<'a>(cloud: &'a mut Cloud, id: &str) -> Result<&'a mut Tags> {
    let unknown = || Error::new("InvalidID", format!("The ID '{id}' is not valid"));
    macro_rules! look { ($($type:ident in $field:ident),* $(,)?) => { $(
        if let Ok(id) = id.parse::<$type>() {
            use crate::error::Identified;
            return cloud.$field.get_mut(&id).map(|r| &mut r.tags).ok_or_else(|| id.not_found());
        }
    )* } }
    look! {
        VpcId in vpcs, SubnetId in subnets, InternetGatewayId in internet_gateways, NatGatewayId in nat_gateways,
        AllocationId in addresses, RouteTableId in route_tables, SecurityGroupId in security_groups,
        NetworkAclId in network_acls, NetworkInterfaceId in interfaces, InstanceId in instances,
        PrefixListId in prefix_lists,
    }
    let rule: SecurityGroupRuleId = id.parse().map_err(|_| unknown())?;
    let group = cloud.security_groups.values().find(|g| g.rules.iter().any(|r| r.id == rule)).map(|g| g.id.clone());
    let group = group.and_then(|id| cloud.security_groups.get_mut(&id));
    let rule = group.and_then(|g| g.rules.iter_mut().find(|r| r.id == rule));
    rule.map(|r| &mut r.tags).ok_or_else(unknown)
}
