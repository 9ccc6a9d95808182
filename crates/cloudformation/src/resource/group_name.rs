//! Groups of the default VPC where a template names one: `SecurityGroups`, `GroupName`, `SourceSecurityGroupName`.
//!
//! `Ref` of a group without a `VpcId` gives its name on AWS and its identifier here, so both are taken.

use super::Failure;
use croft_control::Cloud;
use croft_model::SecurityGroupId;
use croft_model::group::SecurityGroup;

/// The group of the default VPC with this name or identifier.
pub fn find<'a>(cloud: &'a Cloud, text: &str) -> Result<&'a SecurityGroup, Failure> {
    let vpc = &cloud.default_vpc(&cloud.home)?.id;
    let by_id = text.parse::<SecurityGroupId>().ok().and_then(|id| cloud.security_groups.get(&id));
    match by_id.filter(|group| group.vpc == *vpc) {
        Some(group) => Ok(group),
        None => Ok(cloud.security_group_named(&cloud.home, text)?),
    }
}
